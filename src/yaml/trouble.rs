//! What the author of a file that does not read most likely meant, in words for somebody who knows no YAML.

use std::ops::Range;

use granit_parser::ScanError;

use super::YamlProblem;

/// Signs that mean something to YAML where a text begins.
const SIGNS: [char; 8] = ['*', '&', '@', '`', '%', '!', '>', '|'];

/// A problem of the parser, with the place and the words that help.
pub(super) fn syntax(text: &str, error: &ScanError) -> YamlProblem {
    let marker = error.marker();
    let at = marker.byte_offset().unwrap_or_else(|| marker.index()).min(text.len());
    let start = line_start(text, at);
    let line = line_at(text, start);
    if let Some(tab) = tab(text, start, &error.info()) {
        return YamlProblem {
            range: tab..tab + 1,
            message: "a tab stands where spaces must".to_owned(),
            help: Some("indent with spaces: two for each level".to_owned()),
            first: None,
        };
    }
    if let Some(colon) = missing_space(text, start, &error.info()) {
        let key = text.get(colon.clone()).unwrap_or_default().split(':').next().unwrap_or_default();
        let help = Some(format!("write `{key}: …`"));
        return YamlProblem { message: format!("a space is missing after `{key}:`"), range: colon, help, first: None };
    }
    if value(line).starts_with(SIGNS) {
        return sign(text, at);
    }
    let (message, help) = guess(line, &error.info());
    YamlProblem { range: at..(at + 1).min(text.len().max(at)), message, help: Some(help.to_owned()), first: None }
}

/// A text that begins with a sign which YAML takes for itself; `at` is somewhere in its line.
pub(super) fn sign(text: &str, at: usize) -> YamlProblem {
    let start = line_start(text, at);
    let value = value(line_at(text, start)).trim_end();
    let from = value.as_ptr() as usize - text.as_ptr() as usize;
    let sign = value.chars().next().unwrap_or('!');
    YamlProblem {
        range: from..from + value.len(),
        message: format!("a text that begins with `{sign}` must be in quotes"),
        help: Some(format!("write {}", in_quotes(value))),
        first: None,
    }
}

/// A text in the quotation marks that it does not hold itself.
pub(crate) fn in_quotes(text: &str) -> String {
    if text.contains('"') { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).map_or(0, |before| before.rfind('\n').map_or(0, |newline| newline + 1))
}

fn line_at(text: &str, start: usize) -> &str {
    text.get(start..).unwrap_or_default().lines().next().unwrap_or_default()
}

/// What stands after the key, or after the dash, of a line.
fn value(line: &str) -> &str {
    let begun = line.trim_start().trim_start_matches("- ").trim_start();
    match begun.split_once(": ") {
        Some((key, value)) if !key.contains(['"', '\'', '{', '[']) => value.trim_start(),
        _ => begun,
    }
}

/// The tab in front of a line: of this one, or of a later one where the parser trips over tabs.
fn tab(text: &str, start: usize, info: &str) -> Option<usize> {
    let lines = if info.contains("tab") { 50 } else { 1 };
    let mut at = start;
    for line in text.get(start..)?.split_inclusive('\n').take(lines) {
        let blank = line.len() - line.trim_start().len();
        if let Some(tab) = line.get(..blank).and_then(|before| before.find('\t')).filter(|_| !line.trim().is_empty()) {
            return Some(at + tab);
        }
        at += line.len();
    }
    None
}

/// `flow:box` in this line or the one before it.
fn missing_space(text: &str, start: usize, info: &str) -> Option<Range<usize>> {
    if !info.contains("mapping values") {
        return None;
    }
    let before = line_start(text, start.saturating_sub(1));
    [before, start].into_iter().find_map(|start| {
        let line = line_at(text, start).trim_end();
        let word = line.trim_start().trim_start_matches("- ");
        let (key, rest) = word.split_once(':')?;
        let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let from = start + line.len() - word.len();
        (is_key && !rest.is_empty() && !rest.starts_with([' ', '/'])).then(|| from..from + word.len())
    })
}

/// By the signs of the line; the parser's own words where nothing fits.
fn guess(line: &str, info: &str) -> (String, &'static str) {
    let lower = info.to_lowercase();
    let value = value(line).trim_end();
    let bare = !value.starts_with(['{', '[', '"', '\'']);
    let odd = |mark: char| value.matches(mark).count() % 2 == 1;
    let (message, help) = if line.contains("{{") && value.starts_with(['{', '[']) {
        (
            "a text with `{{` stands without quotes between `{` and `}`",
            "put the text in quotes: say: { en: \"The {{ box }}\" }",
        )
    } else if bare && (value.contains(": ") || value.ends_with(':') && lower.contains("mapping values")) {
        ("a text with `: ` in it stands without quotes", "put the text in quotes: say: \"Note: we are closed\"")
    } else if odd('"') || odd('\'') {
        (
            "the quotation marks of this text do not match",
            "is one missing, or one too many? A text with ' in it can stand in \"double quotes\"",
        )
    } else if lower.contains("trailing content") {
        (
            "the text goes on after its closing quotation mark",
            "put the whole text in quotes, and other marks inside it: say: '\"Hi\" there'",
        )
    } else if lower.contains("flow") || lower.contains("bracket") || lower.contains("brace") {
        (
            "this does not read: a `}`, `]` or `,` is missing, or one is too many",
            "look here and in the line above; a text with `{`, `}`, `[`, `]` or `,` in it must be in \"quotes\" here",
        )
    } else if lower.contains("block") || lower.contains("indent") {
        (
            "this line does not begin in the same column as the lines it belongs to",
            "keys of one map begin in the same column, with spaces in front",
        )
    } else {
        let help =
            "is a colon, a quotation mark or a space after `:` missing? Texts with signs in them go in \"quotes\"";
        return (format!("this does not read as YAML: {info}"), help);
    };
    (message.to_owned(), help)
}
