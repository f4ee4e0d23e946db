//! How a message is written down in a transcript, and whether a message is what a `<` line expects.
//!
//! Both sides become one text in which buttons, rows and marks such as `[image]` are set apart from words by characters
//! that no message has, so that `…` can run over anything and words never pass for buttons. Blank lines do not count: in a
//! `.chat` file they stand wherever they make it easier to read.

use crate::message::{Choice, MediaKind, Outbound};
use crate::text::without_direction_marks;

/// The beginning and the end of a button or mark, and the beginning of a list row.
const OPEN: char = '\u{f0000}';
const CLOSE: char = '\u{f0001}';
const ROW: char = '\u{f0002}';
const MARKS: [char; 3] = [OPEN, CLOSE, ROW];
const TEMPLATE: &str = "\u{f0000}template ";

/// What a `<` line expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// `*`: one message of any kind.
    Anything,
    /// `…`: one message that is no template.
    AnyWords,
    /// Pieces of text between which anything may stand.
    Pieces(Vec<String>),
}

impl Pattern {
    /// Reads the lines of an expected message.
    #[must_use]
    pub fn read(lines: &[String]) -> Self {
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect();
        match lines.as_slice() {
            ["*"] => return Self(Kind::Anything),
            ["…"] => return Self(Kind::AnyWords),
            _ => {}
        }
        let words = lines.iter().rposition(|line| structure(line).is_none()).map_or(0, |last| last + 1);
        let mut pieces = vec![String::new()];
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                push(&mut pieces, '\n');
            }
            let set_apart = structure(line).filter(|_| index >= words);
            read_line(set_apart.as_deref().unwrap_or(line), &mut pieces);
        }
        Self(Kind::Pieces(pieces.iter().map(|piece| without_direction_marks(piece)).collect()))
    }

    /// Whether the message is what is expected.
    #[must_use]
    pub fn matches(&self, message: &Outbound) -> bool {
        let template = matches!(message, Outbound::Template { .. });
        match &self.0 {
            Kind::Anything => true,
            Kind::AnyWords => !template,
            Kind::Pieces(pieces) => {
                let named = pieces.first().is_some_and(|piece| piece.starts_with(TEMPLATE));
                (!template || named) && fits(pieces, &flat(message))
            }
        }
    }
}

fn push(pieces: &mut [String], c: char) {
    if let Some(last) = pieces.last_mut() {
        last.push(c);
    }
}

/// `…` begins a new piece; a backslash makes what follows plain.
fn read_line(line: &str, pieces: &mut Vec<String>) {
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next_if(|next| matches!(next, '[' | ']' | '-' | '…' | '*' | '\\')) {
                Some(plain) => push(pieces, plain),
                None => push(pieces, '\\'),
            },
            '…' => pieces.push(String::new()),
            c => push(pieces, c),
        }
    }
}

/// The line with its buttons or row set apart, if it is nothing else.
fn structure(line: &str) -> Option<String> {
    if let Some(row) = line.strip_prefix("- ") {
        return Some(format!("{ROW}{}", row.trim()));
    }
    let mut rest = line.trim();
    let mut out = String::new();
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[')?;
        let end = closing(inner)?;
        out.push(OPEN);
        out.push_str(inner.get(..end)?.trim());
        out.push(CLOSE);
        rest = inner.get(end + 1..)?.trim_start();
    }
    Some(out).filter(|out| !out.is_empty())
}

/// Where the bracket closes that no backslash makes plain.
fn closing(inner: &str) -> Option<usize> {
    let mut plain = false;
    inner.char_indices().find_map(|(at, c)| {
        let closes = c == ']' && !plain;
        plain = c == '\\' && !plain;
        closes.then_some(at)
    })
}

/// Whether the pieces stand in the text in their order, the first at its beginning and the last at its end.
fn fits(pieces: &[String], text: &str) -> bool {
    let Some((first, others)) = pieces.split_first() else { return text.is_empty() };
    let Some((last, middle)) = others.split_last() else { return first == text };
    let Some(rest) = text.strip_prefix(first.as_str()) else { return false };
    let Some(mut rest) = rest.strip_suffix(last.as_str()) else { return false };
    for piece in middle {
        let Some(at) = rest.find(piece.as_str()) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    true
}

/// The message as one text to match against.
fn flat(message: &Outbound) -> String {
    let (words, marks, rows) = parts(message);
    let lines = words.lines().map(|line| line.trim_end().replace(MARKS, ""));
    let mut lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    lines.extend(
        marks
            .iter()
            .map(|line| line.iter().map(|mark| format!("{OPEN}{}{CLOSE}", label(mark))).collect::<Vec<_>>().concat()),
    );
    lines.extend(rows.iter().map(|row| format!("{ROW}{}", label(row))));
    without_direction_marks(lines.join("\n").trim_end())
}

fn label(text: &str) -> String {
    text.replace(MARKS, "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words, the lines of buttons and marks, and the rows of a message.
fn parts(message: &Outbound) -> (&str, Vec<Vec<String>>, Vec<String>) {
    let titles = |choices: &[Choice]| choices.iter().map(|choice| choice.title.clone()).collect::<Vec<_>>();
    let marks = match message {
        Outbound::Text { .. } | Outbound::LocationRequest { .. } => Vec::new(),
        Outbound::Buttons { buttons, .. } => vec![titles(buttons)],
        Outbound::List { rows, .. } => return (message.text(), Vec::new(), titles(rows)),
        Outbound::Link { label, .. } => vec![vec![label.clone()]],
        Outbound::Media { kind, filename, .. } => vec![vec![media(*kind, filename.as_deref())]],
        Outbound::Location(_) => vec![vec!["location".to_owned()]],
        Outbound::Template { occasion, buttons, .. } => {
            vec![vec![format!("template {occasion}")], titles(buttons)]
        }
        Outbound::Record { filename, .. } => vec![vec![format!("document {filename}")]],
    };
    (message.text(), marks.into_iter().filter(|line| !line.is_empty()).collect(), Vec::new())
}

fn media(kind: MediaKind, filename: Option<&str>) -> String {
    match (kind, filename) {
        (MediaKind::Document, Some(name)) => format!("document {name}"),
        (MediaKind::Document, None) => "document".to_owned(),
        (MediaKind::Image, _) => "image".to_owned(),
        (MediaKind::Video, _) => "video".to_owned(),
        (MediaKind::Voice, _) => "voice".to_owned(),
        (MediaKind::Audio, _) => "audio".to_owned(),
        (MediaKind::Sticker, _) => "sticker".to_owned(),
    }
}

/// The message as lines of a transcript, such that [`Pattern::read`] of them matches it and nothing else.
#[must_use]
pub fn show(message: &Outbound) -> Vec<String> {
    let (words, marks, rows) = parts(message);
    let words = words.trim_end().lines().skip_while(|line| line.trim().is_empty());
    let mut lines: Vec<String> = words.map(escape).collect();
    lines.extend(
        marks.iter().map(|line| {
            line.iter().map(|mark| format!("[{}]", escape_label(&label(mark)))).collect::<Vec<_>>().join(" ")
        }),
    );
    lines.extend(rows.iter().map(|row| format!("- {}", escape_inside(&label(row)))));
    if lines.is_empty() {
        lines.push("…".to_owned());
    }
    lines
}

fn escape(line: &str) -> String {
    let line = escape_inside(without_direction_marks(line).trim_end());
    let plain = !(structure(&line).is_some() || line == "*");
    if plain { line } else { format!("\\{line}") }
}

fn escape_label(text: &str) -> String {
    escape_inside(text).replace(']', "\\]")
}

fn escape_inside(text: &str) -> String {
    text.replace('\\', "\\\\").replace('…', "\\…")
}

/// The labels that a message offers to tap, in order.
#[must_use]
pub fn choices(message: &Outbound) -> &[Choice] {
    match message {
        Outbound::Buttons { buttons, .. } | Outbound::Template { buttons, .. } => buttons,
        Outbound::List { rows, .. } => rows,
        _ => &[],
    }
}

/// Whether a label in a transcript is a label of a message.
#[must_use]
pub fn same_label(written: &str, title: &str) -> bool {
    label(&without_direction_marks(written)) == label(&without_direction_marks(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Outbound {
        Outbound::Text { text: text.to_owned() }
    }

    fn buttons(text: &str, titles: &[&str]) -> Outbound {
        let buttons = titles
            .iter()
            .map(|title| Choice { id: String::new(), title: (*title).to_owned(), description: None })
            .collect();
        Outbound::Buttons { text: text.to_owned(), buttons }
    }

    fn matches(pattern: &str, message: &Outbound) -> bool {
        Pattern::read(&pattern.lines().map(str::to_owned).collect::<Vec<_>>()).matches(message)
    }

    #[test]
    fn words_match_strictly() {
        assert!(matches("Hello  ", &text("Hello")));
        assert!(!matches("Hello", &text("Hello!")));
        assert!(matches("a\nb", &text("a  \nb\n")));
        assert!(matches("a\nb", &text("a\n\nb")) && matches("a\n\nb", &text("a\nb")));
        assert!(matches("שלום Dana", &text("שלום \u{2068}Dana\u{2069}")));
        assert!(matches("a…d", &text("a\nb\nc\nd")));
        assert!(matches("…b…", &text("b")));
        assert!(!matches("ab…b", &text("ab")));
        assert!(matches(r"\*", &text("*")) && !matches(r"\*", &text("x")));
        assert!(matches(r"wait\…", &text("wait…")) && !matches(r"wait\…", &text("wait a bit")));
    }

    #[test]
    fn buttons_are_listed_in_order_unless_covered() {
        let message = buttons("Which?", &["A", "B c"]);
        assert!(matches("Which?\n[A] [B c]", &message));
        assert!(!matches("Which?", &message));
        assert!(!matches("Which?\n[B c] [A]", &message));
        assert!(matches("Which?…", &message) && matches("…", &message) && matches("…\n[A] […]", &message));
        assert!(!matches("Which?\n\\[A] [B c]", &message));
        assert!(!matches("Which?\n[A]", &text("Which?\n[A]")));
        assert!(matches("Which?\n\\[A]", &text("Which?\n[A]")));
    }

    #[test]
    fn templates_are_only_what_says_so() {
        let template = Outbound::Template {
            occasion: "still_relevant".into(),
            name: "x".into(),
            language: crate::language::Language::EN,
            parameters: vec![],
            buttons: vec![Choice { id: "y".into(), title: "Yes".into(), description: None }],
        };
        assert!(matches("[template still_relevant]\n[Yes]", &template));
        assert!(matches("*", &template));
        assert!(!matches("…", &template) && !matches("…\n[Yes]", &template));
    }

    #[test]
    fn what_is_shown_matches_itself() {
        let odd = ["*", "…", "- a\n- b", "[A] [B]", "a\\b", "x\n[image]", "wait… more", "\\[a]"];
        for words in odd {
            for message in [text(words), buttons(words, &["A", "…"])] {
                let shown = show(&message);
                assert!(Pattern::read(&shown).matches(&message), "{shown:?}");
            }
            assert!(!Pattern::read(&show(&text(words))).matches(&text("something else")), "{words}");
        }
    }
}
