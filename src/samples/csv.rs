//! Tables: rows of cells between commas, semicolons or tabs, quoted as RFC 4180 has it, with the columns named in the first.

use std::ops::Range;

use super::{INTENT, Sample, SampleProblem, TEXT, problem, sample};

/// A row: the line it begins in, and its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line it begins in, from 1.
    pub line: usize,
    /// What stands in it, from left to right.
    pub cells: Vec<Cell>,
}

/// What stands between two marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its text, without quotes and without blanks around it.
    pub text: String,
    /// Where it stands, as written.
    pub range: Range<usize>,
}

/// What the first line of a table says of those below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// What stands between two cells.
    pub mark: char,
    /// Which column holds the texts.
    pub text: usize,
    /// Which column holds the intents.
    pub intent: usize,
    /// How many there are.
    pub width: usize,
}

/// What may stand between two cells.
pub const MARKS: [char; 3] = [',', '\t', ';'];

/// The columns that a first line names; `None` where it does not name one of texts and one of intents.
#[must_use]
pub fn columns(first: &str) -> Option<Columns> {
    MARKS.into_iter().find_map(|mark| {
        let names: Vec<String> = first.split(mark).map(name).collect();
        let place = |known: &[&str]| known.iter().find_map(|known| names.iter().position(|name| name == known));
        Some(Columns { mark, text: place(&TEXT)?, intent: place(&INTENT)?, width: names.len() })
    })
}

/// Whether a cell of a first line names a column of texts or of intents.
#[must_use]
pub fn is_name(cell: &str) -> bool {
    let name = name(cell);
    TEXT.iter().chain(&INTENT).any(|known| *known == name)
}

/// The samples of a table.
pub(super) fn table(text: &str) -> Result<Vec<Sample>, SampleProblem> {
    let Some(columns) = columns(text.lines().next().unwrap_or_default()) else {
        return Err(problem(
            1,
            "the first line names no columns `text` and `intent`",
            "write `text,intent` above the rows (in any order, beside others; commas, semicolons or tabs)",
        ));
    };
    let mut samples = Vec::new();
    for Row { line, cells } in rows(text, columns.mark)?.into_iter().skip(1) {
        if cells.len() != columns.width {
            return Err(wrong_width(line, cells.len(), &columns));
        }
        let cell = |at: usize| cells.get(at).map(|cell| cell.text.as_str()).unwrap_or_default();
        samples.push(sample(cell(columns.text), Some(cell(columns.intent)), line)?);
    }
    Ok(samples)
}

fn name(cell: &str) -> String {
    cell.trim().trim_matches('"').trim().to_lowercase()
}

/// What to say of a row that has not as many cells as the first one.
#[must_use]
pub fn wrong_width(line: usize, cells: usize, columns: &Columns) -> SampleProblem {
    let Columns { mark, width, .. } = *columns;
    let mark = if mark == '\t' { "tab".to_owned() } else { format!("`{mark}`") };
    let message = format!("this row has {cells} {} where the first line has {width}", plural(cells));
    let help = if cells > width {
        format!("put a text with a {mark} in it in \"double quotes\"")
    } else {
        format!("end the text with a {mark} and its intent; with nothing behind the {mark} it is out of scope")
    };
    problem(line, message, help)
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "column" } else { "columns" }
}

/// All rows that are not blank, the first one too.
///
/// # Errors
/// A quotation mark that never ends.
pub fn rows(text: &str, mark: char) -> Result<Vec<Row>, SampleProblem> {
    let mut rows = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut line = 1;
    while chars.peek().is_some() {
        let begins = line;
        let mut cells = Vec::new();
        loop {
            let mut cell = String::new();
            while chars.next_if(|(_, c)| *c == ' ' && mark != ' ').is_some() {}
            let start = chars.peek().map_or(text.len(), |(at, _)| *at);
            if chars.next_if(|(_, c)| *c == '"').is_some() {
                loop {
                    match chars.next() {
                        Some((_, '"')) if chars.next_if(|(_, c)| *c == '"').is_some() => cell.push('"'),
                        Some((_, '"')) => break,
                        Some((_, c)) => {
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
            while let Some((_, c)) = chars.next_if(|(_, c)| *c != mark && *c != '\n') {
                cell.push(c);
            }
            let end = chars.peek().map_or(text.len(), |(at, _)| *at);
            let end = start + text.get(start..end).map_or(0, |cell| cell.trim_end().len());
            cells.push(Cell { text: cell.trim().to_owned(), range: start..end });
            if chars.next_if(|(_, c)| *c == mark).is_none() {
                break;
            }
        }
        if chars.next().is_some() {
            line += 1;
        }
        if cells.iter().any(|cell| !cell.text.is_empty()) {
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
