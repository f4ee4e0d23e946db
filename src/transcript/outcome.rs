//! What became of a test, in words a QA person understands.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::conversation::reason::{Reached, Reason, put_first};
use crate::intent::{Decision, Topic, Understanding};

/// What became of one test.
#[derive(Debug, Clone, PartialEq)]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: Arc<str>,
    /// The line of `test:`.
    pub line: u32,
    /// How it went.
    pub status: Status,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What of the bot it reached.
    pub reached: BTreeSet<Reached>,
    /// How many turns it took.
    pub turns: usize,
    /// How long it took, in milliseconds; filled in by who has a clock.
    pub millis: f64,
}

/// How a test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// As expected.
    Passed,
    /// Not as expected.
    Failed,
    /// Not run, and why.
    Skipped(String),
}

impl Status {
    /// As JSON spells it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// Why a test failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The line that was not fulfilled.
    pub line: u32,
    /// What happened, in a sentence.
    pub message: String,
    /// What the transcript expects there; empty for nothing.
    pub expected: String,
    /// What came; empty for nothing.
    pub actual: String,
    /// The conversation as expected and as it was, up to there.
    pub side_by_side: String,
    /// Why the bot decided so (R41).
    pub why: Vec<String>,
}

/// Two columns, the right one of what really happened; `!` marks rows that differ. Widths are counted in characters.
#[must_use]
pub fn side_by_side(rows: &[(String, String, bool)]) -> String {
    const WIDTH: usize = 44;
    let mut out = String::new();
    let mut put = |mark: char, left: &str, right: &str| {
        let pad = " ".repeat(WIDTH.saturating_sub(width(left)));
        // Without the marks a viewer would lay out a row in Hebrew from the right, and with it exchange the columns.
        let (begin, divider) =
            if right_to_left(left) || right_to_left(right) { ("\u{200e}", "\u{200e}│\u{200e}") } else { ("", "│") };
        out.push_str(format!("{mark} {begin}{left}{pad} {divider} {right}").trim_end());
        out.push('\n');
    };
    put(' ', "expected", "actual");
    for (left, right, differs) in rows {
        let (left, right) = (wrap(left, WIDTH), wrap(right, WIDTH));
        for index in 0..left.len().max(right.len()) {
            let part = |lines: &[String]| lines.get(index).cloned().unwrap_or_default();
            put(if *differs { '!' } else { ' ' }, &part(&left), &part(&right));
        }
    }
    out
}

fn right_to_left(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'))
}

/// How many columns a line takes: marks that combine or steer take none.
fn width(line: &str) -> usize {
    let none = |c: &char| matches!(c, '\u{0300}'..='\u{036f}' | '\u{0591}'..='\u{05c7}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fe0f}');
    line.chars().filter(|c| !none(c)).count()
}

/// The lines, none wider than `width_max` where words allow it; what goes on is indented more than its beginning.
fn wrap(text: &str, width_max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        let mut current = " ".repeat(indent);
        for (number, word) in words.split(' ').enumerate() {
            if number > 0 && width(&current) + 1 + width(word) > width_max {
                lines.push(std::mem::replace(&mut current, " ".repeat(indent + 2)));
            } else if number > 0 {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines
}

/// Reasons for people (R41), one a line.
#[must_use]
pub fn explain(why: &[Reason]) -> Vec<String> {
    why.iter().flat_map(explain_one).collect()
}

fn explain_one(reason: &Reason) -> Vec<String> {
    match reason {
        Reason::Rule { rule, did } => vec![format!("{rule}: {did}")],
        Reason::PutFirst { passage, words } => vec![format!("R12: {}", put_first(passage, words))],
        Reason::Promise(fate) => vec![format!("R22: {}", fate.sentence())],
        Reason::Understood(understanding) => understood(understanding),
        // The decision and the rule say so already.
        Reason::NotUnderstood { .. } => Vec::new(),
        Reason::Reached(reached) => vec![format!("it came to the {}", reached_name(reached))],
    }
}

fn understood(understanding: &Understanding) -> Vec<String> {
    let decision = match understanding.decision {
        Decision::Confident => "understood with confidence".to_owned(),
        Decision::Torn(count) => format!("torn between the first {count}"),
        Decision::Unsure => "not understood".to_owned(),
    };
    let mut lines = vec![format!("R8: {decision}")];
    for candidate in understanding.candidates.iter().take(3) {
        let topic = match &candidate.topic {
            Topic::Intent(name) => format!("intent {name}"),
            Topic::Article(name) => format!("article {name}"),
        };
        let reasons = candidate.reasons.join(", ");
        let because = if reasons.is_empty() { String::new() } else { format!(" ({reasons})") };
        lines.push(format!("    {:.0}% {topic}{because}", candidate.probability * 100.0));
    }
    lines
}

/// What was reached, for people.
#[must_use]
pub fn reached_name(reached: &Reached) -> String {
    match reached {
        Reached::Flow(flow) => format!("flow `{flow}`"),
        Reached::Question(flow, question) => format!("question `{question}` of `{flow}`"),
        Reached::Option(flow, question, key) => format!("option `{key}` of `{flow}.{question}`"),
        Reached::Unclear(flow, question) => format!("`if_unclear` of `{flow}.{question}`"),
        Reached::Invalid(flow, question) => format!("`if_invalid` of `{flow}.{question}`"),
        Reached::Outcome(flow, position) => format!("outcome {} of `{flow}`", position + 1),
        Reached::Intent(intent) => format!("intent `{intent}`"),
        Reached::Article(article) => format!("article `{article}`"),
    }
}
