//! Tables: rows of cells between commas, semicolons or tabs, quoted as RFC 4180 has it, with the columns named in the first.

use super::{INTENT, Sample, SampleProblem, TEXT, problem, sample};

/// A row: the line it begins in, and its cells.
struct Row {
    line: usize,
    cells: Vec<String>,
}

/// The samples of a table.
pub(super) fn table(text: &str) -> Result<Vec<Sample>, SampleProblem> {
    let first = text.lines().next().unwrap_or_default();
    let header = [',', '\t', ';'].into_iter().find_map(|mark| {
        let names: Vec<String> = first.split(mark).map(name).collect();
        let place = |known: &[&str]| known.iter().find_map(|known| names.iter().position(|name| name == known));
        Some((mark, place(&TEXT)?, place(&INTENT)?, names.len()))
    });
    let Some((mark, text_at, intent_at, width)) = header else {
        return Err(problem(
            1,
            "the first line names no columns `text` and `intent`",
            "write `text,intent` above the rows (in any order, beside others; commas, semicolons or tabs)",
        ));
    };
    let mut samples = Vec::new();
    for Row { line, cells } in rows(text, mark)?.into_iter().skip(1) {
        if cells.len() != width {
            return Err(wrong_width(line, cells.len(), width, mark));
        }
        let cell = |at: usize| cells.get(at).map(String::as_str).unwrap_or_default();
        samples.push(sample(cell(text_at), Some(cell(intent_at)), line)?);
    }
    Ok(samples)
}

fn name(cell: &str) -> String {
    cell.trim().trim_matches('"').trim().to_lowercase()
}

fn wrong_width(line: usize, cells: usize, width: usize, mark: char) -> SampleProblem {
    let mark = if mark == '\t' { "tab".to_owned() } else { format!("`{mark}`") };
    let message = format!("this row has {cells} {} where the first line has {width}", columns(cells));
    let help = if cells > width {
        format!("put a text with a {mark} in it in \"double quotes\"")
    } else {
        format!("end the text with a {mark} and its intent; with nothing behind the {mark} it is out of scope")
    };
    problem(line, message, help)
}

const fn columns(count: usize) -> &'static str {
    if count == 1 { "column" } else { "columns" }
}

/// All rows that are not blank, the first one too.
fn rows(text: &str, mark: char) -> Result<Vec<Row>, SampleProblem> {
    let mut rows = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1;
    while chars.peek().is_some() {
        let begins = line;
        let mut cells = Vec::new();
        loop {
            let mut cell = String::new();
            while chars.next_if(|c| *c == ' ' && mark != ' ').is_some() {}
            if chars.next_if_eq(&'"').is_some() {
                loop {
                    match chars.next() {
                        Some('"') if chars.next_if_eq(&'"').is_some() => cell.push('"'),
                        Some('"') => break,
                        Some(c) => {
                            line += usize::from(c == '\n');
                            cell.push(if c == '\n' { ' ' } else { c });
                        }
                        None => {
                            let help = "a text in quotes ends with one, and a quote inside it is written twice";
                            return Err(problem(begins, "the quotation mark that begins here never ends", help));
                        }
                    }
                }
            }
            while let Some(c) = chars.next_if(|c| *c != mark && *c != '\n') {
                cell.push(c);
            }
            cells.push(cell.trim().to_owned());
            if chars.next_if_eq(&mark).is_none() {
                break;
            }
        }
        if chars.next().is_some() {
            line += 1;
        }
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(Row { line: begins, cells });
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String, usize)> {
        let read = table(text).unwrap();
        read.into_iter().map(|s| (s.text, s.intent.unwrap_or_default(), s.line)).collect()
    }

    #[test]
    fn tables_as_spreadsheets_write_them() {
        let wanted = [("my tv, is \"dead\"", "tv", 2), ("pay please", "", 3), ("חשבון", "bill", 5)];
        let wanted = wanted.map(|(text, intent, line)| (text.to_owned(), intent.to_owned(), line));
        for file in [
            "text,intent\n\"my tv, is \"\"dead\"\"\",tv\npay please,\n\nחשבון,\"bill\"\n",
            "Intent;Text\r\ntv;\"my tv, is \"\"dead\"\"\"\r\n;pay please\r\n\r\nbill;חשבון",
            "id\tcategory\ttext\n1\ttv\tmy tv, is \"dead\"\n2\t\tpay please\n\n3\tbill\tחשבון\n",
        ] {
            assert_eq!(pairs(file), wanted, "{file}");
        }
        let lines = "text,category\n\"two\nlines\",x\nnext,y\n";
        assert_eq!(pairs(lines), [("two lines".into(), "x".into(), 2), ("next".into(), "y".into(), 4)]);
    }

    #[test]
    fn rows_that_do_not_fit_say_why() {
        let wrong = |text: &str| {
            let problem = table(text).unwrap_err();
            format!("{}: {problem}", problem.line)
        };
        assert!(wrong("hello,greet\n").starts_with("1: the first line names no columns"));
        assert!(
            wrong("text,intent\na, b,x\n").starts_with("2: this row has 3 columns where the first line has 2; put")
        );
        assert!(wrong("text,intent\na,x\nb\n").starts_with("3: this row has 1 column where"));
        assert!(wrong("text,intent\n\"a,x\nb,y\n").starts_with("2: the quotation mark that begins here never ends"));
        assert!(wrong("text,intent\n,x\n").starts_with("2: this row has no text"));
    }
}
