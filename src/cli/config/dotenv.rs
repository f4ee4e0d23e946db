//! The `.env` format: `NAME=value` a line, comments, quotes, `export`. Fills in no `$NAMES` and runs nothing.

use super::SettingProblem;

/// A line that sets a variable.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: String,
    /// Counted from 1.
    pub(super) line: usize,
}

/// Reads a file's text; every line that is wrong gives a problem, the others their entry.
pub(super) fn parse(file: &str, text: &str) -> (Vec<Entry>, Vec<SettingProblem>) {
    let (mut entries, mut problems): (Vec<Entry>, Vec<SettingProblem>) = (Vec::new(), Vec::new());
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, written) in (1..).zip(text.lines()) {
        let read = entry(written).and_then(|read| unique(&entries, read));
        match read {
            Ok(Some((name, value))) => entries.push(Entry { name, value, line }),
            Ok(None) => {}
            Err((message, help)) => problems.push(SettingProblem::new(format!("{file}:{line}"), message, help)),
        }
    }
    (entries, problems)
}

type Pair = Option<(String, String)>;
/// What is wrong, and the way out.
type Wrong = (String, String);

fn unique(entries: &[Entry], read: Pair) -> Result<Pair, Wrong> {
    let earlier = read.as_ref().and_then(|(name, _)| entries.iter().find(|entry| entry.name == *name));
    match earlier {
        Some(entry) => Err((
            format!("`{}` is set a second time, first in line {}", entry.name, entry.line),
            "keep one of the two".to_owned(),
        )),
        None => Ok(read),
    }
}

fn entry(line: &str) -> Result<Pair, Wrong> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    let Some((name, value)) = line.split_once('=') else {
        return Err(("there is no `=` here".to_owned(), "write `NAME=value`, or `#` before a comment".to_owned()));
    };
    let name = name.trim();
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(good) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err((
            "what stands before `=` is no name".to_owned(),
            "use letters, digits and `_`, and do not begin with a digit".to_owned(),
        ));
    }
    value_of(value.trim()).map(|value| Some((name.to_owned(), value)))
}

fn value_of(written: &str) -> Result<String, Wrong> {
    let (value, rest) = match written.chars().next() {
        Some(quote @ ('\'' | '"')) => quoted(&written[1..], quote)?,
        _ => (until_comment(written).to_owned(), ""),
    };
    let rest = rest.trim_start();
    if value.contains('\0') {
        return Err(("the value holds a NUL character".to_owned(), "take it out".to_owned()));
    }
    if rest.is_empty() || rest.starts_with('#') {
        return Ok(value);
    }
    Err((
        "something stands after the closing quote".to_owned(),
        "quote the whole value, and write `\\\"` for a quote in it".to_owned(),
    ))
}

/// A comment begins with `#` after a space.
fn until_comment(written: &str) -> &str {
    if written.starts_with('#') {
        return "";
    }
    let comment = written.match_indices('#').find(|(at, _)| written[..*at].ends_with([' ', '\t']));
    comment.map_or(written, |(at, _)| &written[..at]).trim_end()
}

/// The value and what follows its closing quote. Single quotes keep everything as it is.
fn quoted(written: &str, quote: char) -> Result<(String, &str), Wrong> {
    let mut value = String::new();
    let mut characters = written.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            c if c == quote => return Ok((value, &written[at + c.len_utf8()..])),
            '\\' if quote == '"' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, 't')) => value.push('\t'),
                Some((_, c @ ('"' | '\\' | '$' | '\''))) => value.push(c),
                Some((_, c)) => value.extend(['\\', c]),
                None => {}
            },
            c => value.push(c),
        }
    }
    Err((format!("the quote `{quote}` is never closed"), "close it on the same line".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str) -> Option<String> {
        let (entries, problems) = parse(".env", line);
        assert_eq!(problems, [], "{line}");
        entries.into_iter().next().map(|entry| format!("{}={}", entry.name, entry.value))
    }

    #[test]
    fn lines_are_read_as_people_write_them() {
        for (line, read) in [
            ("A=b", "A=b"),
            ("\u{feff}A=b\r\n", "A=b"),
            ("  export A = b c  ", "A=b c"),
            ("A=", "A="),
            ("A=b#c # d", "A=b#c"),
            ("A= # nothing", "A="),
            ("A='b # \\n $c' # d", "A=b # \\n $c"),
            (r#"A="b \"c\" \n\\ \$d \x" # e"#, "A=b \"c\" \n\\ $d \\x"),
            ("A=\"שלום\"", "A=שלום"),
            ("A=b=c", "A=b=c"),
            ("A=$HOME", "A=$HOME"),
        ] {
            assert_eq!(value(line).unwrap(), read, "{line}");
        }
        assert_eq!(value("  # A=b"), None);
        assert_eq!(value("   "), None);
    }

    #[test]
    fn what_cannot_be_read_has_its_line_and_a_way_out() {
        let (entries, problems) = parse(
            ".env",
            "A=1\n\nsecret words\n2B=s3cret\n=s3cret\nC=\"s3cret\nD='a'b\nA=s3cret\nE=\"s3cret\\\nF=\"a\\\"\nG=a\0b\nZ=ok",
        );
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                ".env:3: there is no `=` here; write `NAME=value`, or `#` before a comment",
                ".env:4: what stands before `=` is no name; use letters, digits and `_`, and do not begin with a digit",
                ".env:5: what stands before `=` is no name; use letters, digits and `_`, and do not begin with a digit",
                ".env:6: the quote `\"` is never closed; close it on the same line",
                ".env:7: something stands after the closing quote; quote the whole value, and write `\\\"` for a quote in it",
                ".env:8: `A` is set a second time, first in line 1; keep one of the two",
                ".env:9: the quote `\"` is never closed; close it on the same line",
                ".env:10: the quote `\"` is never closed; close it on the same line",
                ".env:11: the value holds a NUL character; take it out",
            ]
        );
        let names: Vec<(String, usize)> = entries.into_iter().map(|entry| (entry.name, entry.line)).collect();
        assert_eq!(names, [("A".to_owned(), 1), ("Z".to_owned(), 12)]);
    }
}
