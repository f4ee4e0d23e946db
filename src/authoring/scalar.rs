//! A text as it is written in YAML: plain where that means the same, else in quotes.

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// In a list or map of lines.
    Lines,
    /// Between brackets or braces.
    Brackets,
}

/// Words that other readers of YAML take for something else than text.
const WORDS: [&str; 12] = ["~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"];
/// Signs that mean something where a text begins.
const FIRST: &str = "-?:,[]{}#&*!|>'\"%@`=.";

/// The text as it is written, in these quotes if others like it are in quotes.
#[must_use]
pub fn written(text: &str, within: Within, quote: Option<char>) -> String {
    match quote {
        None if is_plain(text, within) => text.to_owned(),
        Some('\'') if !text.chars().any(char::is_control) => single(text),
        None if text.contains(['"', '\\']) && !text.chars().any(char::is_control) => single(text),
        _ => double(text),
    }
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            c if c.is_control() => written.push(' '),
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

/// Whether the text means itself without quotes.
fn is_plain(text: &str, within: Within) -> bool {
    let number = text.replace(['_', ','], "").parse::<f64>().is_ok();
    let reserved = number || WORDS.contains(&text.to_lowercase().as_str());
    let edges = text.is_empty() || text.trim() != text || text.starts_with(|c| FIRST.contains(c));
    let inside = text.contains(": ") || text.ends_with(':') || text.contains(" #") || text.chars().any(odd);
    let brackets = within == Within::Brackets && text.contains([',', '[', ']', '{', '}', ':']);
    !(reserved || edges || inside || brackets)
}

/// Signs that readers of YAML do not all take alike.
fn odd(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{85}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Node, parse};
    use proptest::prelude::*;

    #[test]
    fn plain_where_that_means_the_same() {
        for (text, wanted) in [
            ("where is my parcel?", "where is my parcel?"),
            ("i'm here", "i'm here"),
            ("הטלוויזיה לא עובדת", "הטלוויזיה לא עובדת"),
            ("no", "\"no\""),
            ("0412", "\"0412\""),
            ("note: closed", "\"note: closed\""),
            ("say \"hi\": now", "'say \"hi\": now'"),
            ("#1 please", "\"#1 please\""),
            ("- minus", "\"- minus\""),
            ("", "\"\""),
        ] {
            assert_eq!(written(text, Within::Lines, None), wanted);
        }
        assert_eq!(written("a, b", Within::Lines, None), "a, b");
        assert_eq!(written("a, b", Within::Brackets, None), "\"a, b\"");
        assert_eq!(written("it's", Within::Lines, Some('\'')), "'it''s'");
        assert_eq!(written("a", Within::Brackets, Some('"')), "\"a\"");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(text in "\\PC{0,30}", single in any::<bool>()) {
            let text = crate::authoring::example(&text);
            for quote in [None, Some(if single { '\'' } else { '"' })] {
                let lines = format!("a:\n  - {}\n", written(&text, Within::Lines, quote));
                let brackets = format!("a: [{}, x]\n", written(&text, Within::Brackets, quote));
                for file in [lines, brackets] {
                    let (documents, problems) = parse(&file);
                    prop_assert!(problems.is_empty(), "{file} {problems:?}");
                    let list = documents[0].get("a").map(Node::items).unwrap_or_default();
                    prop_assert_eq!(list.first().and_then(Node::scalar), Some(text.as_str()), "{}", file);
                }
            }
        }
    }
}
