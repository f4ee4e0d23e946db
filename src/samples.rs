//! Texts with their intents as tables and other tools keep them: CSV, TSV or JSON lines with the columns `text` and `intent`.
//! A text without an intent is out of scope. What does not read is an error with its line and a way out; nothing is guessed
//! and nothing skipped. Reads no file and knows no bot.

pub mod csv;

use std::fmt;

use serde_json::Value;

/// How the column of texts may be called.
const TEXT: [&str; 7] = ["text", "utterance", "sentence", "message", "question", "query", "example"];
/// How the column of intents may be called.
const INTENT: [&str; 4] = ["intent", "category", "label", "class"];

/// A text and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The text, without blanks around it; never empty.
    pub text: String,
    /// The intent; `None` when it is out of scope.
    pub intent: Option<String>,
    /// Its line, from 1.
    pub line: usize,
}

/// Why a file does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleProblem {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl fmt::Display for SampleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.help)
    }
}

fn problem(line: usize, message: impl Into<String>, help: impl Into<String>) -> SampleProblem {
    SampleProblem { line, message: message.into(), help: help.into() }
}

/// The rows of a file, whose name tells its form; where it does not, its first sign does.
///
/// # Errors
/// The first row that does not read.
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<Sample>, SampleProblem> {
    let text = words(bytes)?;
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_json = match ending.as_str() {
        "jsonl" | "ndjson" | "json" => true,
        "csv" | "tsv" => false,
        _ => text.trim_start().starts_with('{'),
    };
    let samples = if is_json { json_lines(text)? } else { csv::table(text)? };
    if samples.is_empty() {
        return Err(problem(1, "there are no rows in it", "write a text and its intent a line"));
    }
    Ok(samples)
}

fn words(bytes: &[u8]) -> Result<&str, SampleProblem> {
    let save = "save it again as UTF-8 (your editor's \"Save with encoding\")";
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(problem(1, "it is saved as UTF-16", save));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        problem(line, "from here on it is not UTF-8 text", save)
    })?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// A text and an intent as they stand in a row.
fn sample(text: &str, intent: Option<&str>, line: usize) -> Result<Sample, SampleProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(problem(line, "this row has no text", "write what a customer says, or take the row away"));
    }
    let intent = intent.map(str::trim).filter(|intent| !intent.is_empty()).map(str::to_owned);
    Ok(Sample { text: text.to_owned(), intent, line })
}

fn json_lines(text: &str) -> Result<Vec<Sample>, SampleProblem> {
    const FORM: &str = "write an object a line: {\"text\": \"where is my parcel\", \"intent\": \"parcel\"}";
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            if line.starts_with('[') {
                return Err(problem(number, "this is a list, not an object", FORM));
            }
            let value: Value = serde_json::from_str(line)
                .map_err(|error| problem(number, format!("this line is no JSON ({})", plain(&error)), FORM))?;
            let field = |names: &[&str]| names.iter().find_map(|name| value.get(name));
            let text = match field(&TEXT) {
                Some(Value::String(text)) => text,
                Some(_) => return Err(problem(number, "`text` is no text", FORM)),
                None => return Err(problem(number, "there is no `text` in this line", FORM)),
            };
            let intent = match field(&INTENT) {
                Some(Value::String(intent)) => Some(intent.as_str()),
                Some(Value::Null) | None => None,
                Some(_) => {
                    return Err(problem(
                        number,
                        "`intent` is no name",
                        "write a name, or null where it is out of scope",
                    ));
                }
            };
            sample(text, intent, number)
        })
        .collect()
}

/// The parser's words without its own place: each line is read alone.
fn plain(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(name: &str, text: &str) -> Vec<(String, Option<String>, usize)> {
        let read = read(name, text.as_bytes()).unwrap();
        read.into_iter().map(|sample| (sample.text, sample.intent, sample.line)).collect()
    }

    fn wrong(name: &str, text: &str) -> String {
        let problem = read(name, text.as_bytes()).unwrap_err();
        format!("{}: {problem}", problem.line)
    }

    #[test]
    fn json_lines_hold_a_text_and_an_intent_or_none() {
        let file = "{\"text\": \" a \", \"intent\": \"x\"}\n\n{\"text\":\"b\",\"intent\":null}\n{\"utterance\":\"c\"}\n{\"text\":\"d\",\"intent\":\"\"}";
        let x = Some("x".to_owned());
        let wanted = [("a".to_owned(), x, 1), ("b".into(), None, 3), ("c".into(), None, 4), ("d".into(), None, 5)];
        assert_eq!(pairs("t.jsonl", file), wanted);
        assert_eq!(pairs("t", file), wanted);
    }

    #[test]
    fn what_does_not_read_says_where_and_what_to_do() {
        assert!(wrong("t.jsonl", "{\"text\":\"a\"}\n{\"text\":").starts_with("2: this line is no JSON (EOF"));
        assert!(wrong("t.jsonl", "[{\"text\":\"a\"}]").starts_with("1: this is a list"));
        assert!(wrong("t.jsonl", "{\"text\":\"a\",\"intent\":7}").contains("null where it is out of scope"));
        assert!(wrong("t.jsonl", "{\"intent\":\"x\"}").contains("no `text`"));
        assert!(wrong("t.jsonl", "{\"text\":\"  \"}").contains("this row has no text"));
        assert!(wrong("t.csv", "").contains("no rows") || wrong("t.csv", "").contains("names no column"));
        assert!(wrong("t.csv", "text,intent\n").contains("no rows"));
        let utf16 = read("t.csv", &[0xff, 0xfe, 0x74]).unwrap_err();
        assert!(utf16.to_string().contains("UTF-16"));
        let latin = read("t.csv", b"text,intent\na,x\nr\xf6d,y\n").unwrap_err();
        assert_eq!(latin.line, 3);
    }
}
