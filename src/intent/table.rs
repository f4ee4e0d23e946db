//! Examples given as data: a table with the columns `text` and `intent`, or one text a line. Reads what spreadsheets write:
//! commas, semicolons or tabs, quoted cells, a byte order mark.

use std::ops::Range;

/// A row of a file of examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The text.
    pub(super) text: String,
    /// Whose example it is; `None` where the file is one text a line.
    pub(super) intent: Option<String>,
    /// Where the row stands.
    pub(super) range: Range<usize>,
}

/// How the lines of a file are read.
enum Form {
    Lines,
    Table { mark: char, text_first: bool },
}

/// The rows of a file; empty lines are none.
pub(super) fn rows(file: &str) -> Vec<Row> {
    let start = file.len() - file.trim_start_matches('\u{feff}').len();
    let body = file.get(start..).unwrap_or_default();
    let form = form(body.lines().next().unwrap_or_default());
    let mut rows = Vec::new();
    let mut at = start;
    for line in body.split_inclusive('\n') {
        let words = line.trim_end();
        let range = at..at + words.len();
        let header = at == start && matches!(form, Form::Table { .. });
        at += line.len();
        if header || words.is_empty() {
            continue;
        }
        let (text, intent) = match form {
            Form::Lines => (words.trim().to_owned(), None),
            Form::Table { mark, text_first } => cells(words, mark, text_first),
        };
        rows.push(Row { text, intent, range });
    }
    rows
}

fn form(first: &str) -> Form {
    let lower = first.trim().to_lowercase().replace('"', "");
    [',', ';', '\t']
        .into_iter()
        .find_map(|mark| {
            let names: Vec<&str> = lower.split(mark).map(str::trim).collect();
            match names.as_slice() {
                ["text", "intent"] => Some(Form::Table { mark, text_first: true }),
                ["intent", "text"] => Some(Form::Table { mark, text_first: false }),
                _ => None,
            }
        })
        .unwrap_or(Form::Lines)
}

/// A line of a table. A text that holds the mark itself should be quoted; where it is not, the name of the intent, which
/// cannot hold it, tells where the text ends.
fn cells(line: &str, mark: char, text_first: bool) -> (String, Option<String>) {
    let (text, intent) = if text_first {
        match quoted(line) {
            Some((text, rest)) => (text, rest.trim().trim_start_matches(mark)),
            None => match line.rsplit_once(mark) {
                Some((text, intent)) => (text.trim().to_owned(), intent),
                None => (line.trim().to_owned(), ""),
            },
        }
    } else {
        let (intent, text) = line.split_once(mark).unwrap_or(("", line));
        (quoted(text.trim()).map_or_else(|| text.trim().to_owned(), |(text, _)| text), intent)
    };
    (text, Some(intent.trim().trim_matches('"').to_owned()))
}

/// A cell in double quotes, with `""` for one, and what stands behind it.
fn quoted(line: &str) -> Option<(String, &str)> {
    let inside = line.trim_start().strip_prefix('"')?;
    let mut text = String::new();
    let mut chars = inside.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if chars.next_if(|(_, next)| *next == '"').is_some() => text.push('"'),
            '"' => return Some((text, inside.get(at + 1..).unwrap_or_default())),
            c => text.push(c),
        }
    }
    Some((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Vec<(String, Option<String>)> {
        rows(file).into_iter().map(|row| (row.text, row.intent)).collect()
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
        let found = rows(file);
        assert_eq!(found.iter().map(|row| row.text.as_str()).collect::<Vec<_>>(), ["my bill, please", "pay it"]);
        assert_eq!(found[0].intent, None);
        assert_eq!(file.get(found[0].range.clone()), Some("my bill, please"));
        assert!(rows("").is_empty() && rows("text,intent\n").is_empty());
    }
}
