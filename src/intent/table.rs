//! Examples given as data: a table with columns for texts and intents, or one text a line. Reads what spreadsheets write:
//! commas, semicolons or tabs, quoted cells, a byte order mark. A table that does not say what its columns hold is refused.

use std::ops::Range;

use crate::samples::SampleProblem;
use crate::samples::csv::{self, Cell, Columns};

/// A row of a file of examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The text.
    pub(super) text: String,
    /// Whose example it is; `None` where the file is one text a line.
    pub(super) intent: Option<String>,
    /// Where the row stands; of several lines, the first.
    pub(super) range: Range<usize>,
}

/// What does not read, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Where.
    pub(super) range: Range<usize>,
    /// What is wrong.
    pub(super) message: String,
    /// The way out.
    pub(super) help: String,
}

/// The rows of the file `name`; empty lines are none.
pub(super) fn rows(name: &str, file: &str) -> Result<Vec<Row>, Trouble> {
    let start = file.len() - file.trim_start_matches('\u{feff}').len();
    let body = file.get(start..).unwrap_or_default();
    let first = body.lines().next().unwrap_or_default();
    let mut rows = if let Some(columns) = csv::columns(first) {
        table(body, &columns)
    } else if !name.ends_with(".csv") {
        Ok(lines(body))
    } else if let Some(mark) = csv::MARKS.into_iter().find(|mark| is_table(body, *mark)) {
        Err(nameless(name, first, mark))
    } else {
        one_column(body)
    };
    match &mut rows {
        Ok(rows) => rows.iter_mut().for_each(|row| row.range = row.range.start + start..row.range.end + start),
        Err(trouble) => trouble.range = trouble.range.start + start..trouble.range.end + start,
    }
    rows
}

/// Whether a file whose first line names no columns that are known looks like a table all the same: it names one of the two,
/// it is all names, or all rows have as many cells.
fn is_table(body: &str, mark: char) -> bool {
    let first = body.lines().next().unwrap_or_default();
    let cells = csv::rows(first, mark).ok().and_then(|rows| rows.into_iter().next()).map(|row| row.cells);
    if let Some(cells) = cells {
        let is_word = |cell: &str| !cell.is_empty() && !cell.contains(char::is_whitespace);
        let names_one = cells.iter().any(|cell| csv::is_name(&cell.text));
        if cells.len() < 2 || names_one || first.trim().split(mark).all(is_word) {
            return cells.len() > 1;
        }
    }
    let Ok(rows) = csv::rows(body, mark) else { return false };
    let width = rows.first().map_or(0, |row| row.cells.len());
    width > 1 && rows.len() > 1 && rows.iter().all(|row| row.cells.len() == width)
}

fn nameless(name: &str, first: &str, mark: char) -> Trouble {
    let (names, within) = if mark == '\t' {
        ("`text` and `intent`, with a tab between".to_owned(), "a tab".to_owned())
    } else {
        (format!("`text{mark}intent`"), format!("a `{mark}`"))
    };
    Trouble {
        range: 0..first.trim_end().len(),
        message: format!("the first line of `{name}` does not say which column holds the texts and which the intents"),
        help: format!(
            "name them there: {names} (in any order, beside others); where each line is one text, call the file `.txt`, or \
             put texts with {within} in \"double quotes\""
        ),
    }
}

fn table(body: &str, columns: &Columns) -> Result<Vec<Row>, Trouble> {
    let rows = csv::rows(body, columns.mark).map_err(|problem| trouble(body, problem))?;
    rows.into_iter()
        .skip(1)
        .map(|row| {
            let range = first_line(body, &row.cells);
            let (text, intent) = match row.cells.as_slice() {
                // With two columns, a text that holds the mark needs no quotes, and a missing intent is told by its own words.
                cells if columns.width == 2 => unquoted(body, cells, columns),
                cells if cells.len() == columns.width => {
                    let cell = |at: usize| cells.get(at).map(|cell| cell.text.clone()).unwrap_or_default();
                    (cell(columns.text), cell(columns.intent))
                }
                cells => return Err(trouble(body, csv::wrong_width(row.line, cells.len(), columns))),
            };
            Ok(Row { text, intent: Some(intent), range })
        })
        .collect()
}

/// Text and intent of a row of two columns: the name of the intent, which cannot hold the mark, tells where the text ends.
fn unquoted(body: &str, cells: &[Cell], columns: &Columns) -> (String, String) {
    let (intent, texts) = match cells {
        [text] => (String::new(), std::slice::from_ref(text)),
        [texts @ .., intent] if columns.text == 0 => (intent.text.clone(), texts),
        [intent, texts @ ..] => (intent.text.clone(), texts),
        [] => (String::new(), cells),
    };
    let text = match texts {
        [text] => text.text.clone(),
        [first, .., last] => body.get(first.range.start..last.range.end).unwrap_or_default().to_owned(),
        [] => String::new(),
    };
    (text, intent)
}

/// A table of one column, which may have its name above it and quotes around its texts.
fn one_column(body: &str) -> Result<Vec<Row>, Trouble> {
    if !body.lines().any(|line| line.trim_start().starts_with('"')) {
        let mut rows = lines(body);
        take_name(&mut rows);
        return Ok(rows);
    }
    // A mark that is in no text: each row is one cell.
    let rows = csv::rows(body, '\0').map_err(|problem| trouble(body, problem))?;
    let mut rows: Vec<Row> = rows
        .into_iter()
        .flat_map(|row| row.cells)
        .map(|cell| Row { range: first_line(body, std::slice::from_ref(&cell)), text: cell.text, intent: None })
        .collect();
    take_name(&mut rows);
    Ok(rows)
}

fn take_name(rows: &mut Vec<Row>) {
    if rows.first().is_some_and(|row| csv::is_name(&row.text)) {
        rows.remove(0);
    }
}

fn lines(body: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let words = line.trim_end();
        if !words.is_empty() {
            rows.push(Row { text: words.trim().to_owned(), intent: None, range: at..at + words.len() });
        }
        at += line.len();
    }
    rows
}

/// Where a row stands, or its first line.
fn first_line(body: &str, cells: &[Cell]) -> Range<usize> {
    let start = cells.first().map_or(0, |cell| cell.range.start);
    let end = cells.last().map_or(start, |cell| cell.range.end);
    let line = body.get(start..end).and_then(|row| row.lines().next()).unwrap_or_default();
    start..start + line.trim_end().len()
}

/// A problem of a line as one of a place.
fn trouble(body: &str, problem: SampleProblem) -> Trouble {
    let before: usize = body.split_inclusive('\n').take(problem.line.saturating_sub(1)).map(str::len).sum();
    let line = body.get(before..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    Trouble { range: before..before + line.trim_end().len(), message: problem.message, help: problem.help }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Vec<(String, Option<String>)> {
        rows("data/tv.csv", file).unwrap().into_iter().map(|row| (row.text, row.intent)).collect()
    }

    #[test]
    fn tables_as_spreadsheets_write_them() {
        let rows = [("my tv, is \"dead\"", "tv"), ("pay, please", "bill"), ("חשבון", "bill")];
        let rows = rows.map(|(text, intent)| (text.to_owned(), Some(intent.to_owned())));
        for file in [
            "text,intent\n\"my tv, is \"\"dead\"\"\",tv\npay, please,bill\nחשבון,\"bill\"\n",
            "\u{feff}Text;Intent\r\n\"my tv, is \"\"dead\"\"\";tv\r\n\r\npay, please;bill\r\nחשבון;bill",
            "intent\ttext\ntv\tmy tv, is \"dead\"\nbill\tpay, please\nbill\tחשבון\n",
        ] {
            assert_eq!(read(file), rows, "{file}");
        }
        assert_eq!(read("text,intent\nno intent here\n"), [("no intent here".to_owned(), Some(String::new()))]);
    }

    #[test]
    fn one_text_a_line_and_where_it_stands() {
        let file = "\u{feff}my bill, please\n\n  pay it \n";
        let found = rows("data/tv.csv", file).unwrap();
        assert_eq!(found.iter().map(|row| row.text.as_str()).collect::<Vec<_>>(), ["my bill, please", "pay it"]);
        assert_eq!(found[0].intent, None);
        assert_eq!(file.get(found[0].range.clone()), Some("my bill, please"));
        assert!(read("").is_empty() && read("text,intent\n").is_empty());
    }

    #[test]
    fn columns_are_found_by_their_names_and_cells_hold_several_lines() {
        let rows = [("two lines, one text", "tv"), ("pay", "bill")];
        let rows = rows.map(|(text, intent)| (text.to_owned(), Some(intent.to_owned())));
        for file in [
            "id,text,intent\n1,\"two\nlines, one text\",tv\n2,pay,bill\n",
            "utterance,category\n\"two\nlines, one text\",tv\npay,bill\n",
            "label;note;message\r\ntv;;two lines, one text\r\nbill;old;pay\r\n",
        ] {
            assert_eq!(read(file), rows, "{file}");
        }
        let file = "\u{feff}id,text,intent\n1,\"two\nlines\",tv\n";
        let found = super::rows("data/tv.csv", file).unwrap();
        assert_eq!(file.get(found[0].range.clone()), Some("1,\"two"));
    }

    #[test]
    fn a_single_column_may_have_a_name_and_quotes() {
        let wanted = [("my bill, please".to_owned(), None), ("pay it".to_owned(), None)];
        for file in ["my bill, please\npay it\n", "text\nmy bill, please\npay it\n", "\"my bill, please\"\npay it\n"] {
            assert_eq!(read(file), wanted, "{file}");
        }
        let words = [("yes,please".to_owned(), None), ("message, text".to_owned(), None)];
        assert_eq!(read("\"yes,please\"\n\"message, text\"\n"), words);
        assert_eq!(read("\"message, text\"\n\"yes,please\"\n"), [words[1].clone(), words[0].clone()]);
        let split = "utterance\n\"my bill,\nplease\"\r\npay it\r\n";
        assert_eq!(read(split), wanted);
        let rows = rows("data/tv.txt", "hello,there\nyes,please\n").unwrap();
        assert_eq!(rows.into_iter().map(|row| row.text).collect::<Vec<_>>(), ["hello,there", "yes,please"]);
    }

    #[test]
    fn a_table_that_does_not_name_its_columns_is_refused() {
        let wrong = |file: &str| {
            let trouble = rows("data/tv.csv", file).unwrap_err();
            (file[trouble.range.clone()].to_owned(), trouble.message + "; " + &trouble.help)
        };
        for file in
            ["id,phrase,topic\n1,my tv, is dead,tv\n", "text,topic\nmy tv,tv\n", "my tv is dead,tv\nno sound,tv\n"]
        {
            let (place, words) = wrong(file);
            assert_eq!(place, file.lines().next().unwrap());
            assert!(words.contains("`data/tv.csv`") && words.contains("`text,intent`"), "{words}");
        }
        assert!(wrong("id;phrase\n1;pay\n").1.contains("`text;intent`"));
        assert_eq!(wrong("id,text,intent\n1,a,tv\n2,a, b,tv\n").0, "2,a, b,tv");
        assert!(wrong("text,intent\n\"a,tv\n").1.contains("never ends"));
    }
}
