//! Reads what a `=` line says: several checks in a row, of which an answer may be several words or stand in quotes.

use chrono::Weekday;

use crate::text::nearest;

use super::line::Wrong;
use super::script::{Check, CheckKind};

/// Reads what must hold, behind the `=`.
pub(super) fn read(text: &str) -> Result<Vec<Check>, Wrong> {
    let words = words(text)?;
    let mut checks = Vec::new();
    let mut rest = words.as_slice();
    while let Some((word, after)) = rest.split_first() {
        let kind = word.begins().ok_or_else(|| unknown_check(&word.text))?;
        rest = after;
        let mut take = |example: &str| {
            let (value, after) = rest.split_first().ok_or_else(|| {
                Wrong::new(format!("`{}` needs a value", kind.word()), format!("write `= {} {example}`", kind.word()))
            })?;
            rest = after;
            Ok(value.text.clone())
        };
        let name = if kind == CheckKind::Answer { take("NAME VALUE")? } else { String::new() };
        let mut value = if kind.stands_alone() { String::new() } else { take(kind.example())? };
        let goes_on = match kind {
            CheckKind::Answer | CheckKind::Agent => true,
            CheckKind::Promise => value.parse::<Weekday>().is_ok(),
            _ => false,
        };
        while let Some((next, after)) = rest.split_first().filter(|(next, _)| goes_on && next.begins().is_none()) {
            value.push(' ');
            value.push_str(&next.text);
            rest = after;
        }
        checks.push(Check { kind, value, name });
    }
    if checks.is_empty() {
        return Err(Wrong::new("`=` needs what must hold", "write `= state waiting`"));
    }
    Ok(checks)
}

fn unknown_check(word: &str) -> Wrong {
    let names = CheckKind::ALL.map(|(name, _)| name);
    let near = nearest(word, names).map(|near| format!("did you mean `{near}`?"));
    let help = near.unwrap_or_else(|| format!("`=` knows {}", names.join(", ")));
    Wrong::new(format!("`=` cannot check `{word}`"), help)
}

/// A word after `=`; what stands in quotes is one word, and never begins a check.
struct Word {
    text: String,
    quoted: bool,
}

impl Word {
    fn begins(&self) -> Option<CheckKind> {
        CheckKind::of(&self.text).filter(|_| !self.quoted)
    }
}

fn words(text: &str) -> Result<Vec<Word>, Wrong> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(inside) => {
                let (text, after) = quoted(inside)
                    .ok_or_else(|| Wrong::new("a quote is not closed", "write `= answer NAME \"several words\"`"))?;
                (Word { text, quoted: true }, after)
            }
            None => {
                let (word, after) =
                    rest.split_at_checked(rest.find(char::is_whitespace).unwrap_or(rest.len())).unwrap_or((rest, ""));
                (Word { text: word.to_owned(), quoted: false }, after)
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

/// The text up to the closing quote, in which a backslash makes a quote plain, and what follows it.
fn quoted(inside: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((text, inside.get(at + 1..)?)),
            '\\' => text.push(chars.next()?.1),
            c => text.push(c),
        }
    }
    None
}
