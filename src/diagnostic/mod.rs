//! What is wrong with a bot's files, and where: problems with a stable code, drawn under the source line for people or
//! given as JSON. Knows no rule of the language; the compilers find, this tells.

mod code;
mod draw;
mod packing;
mod sarif;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

pub use code::{Code, Severity};
pub use draw::human;
pub use sarif::sarif;

/// A spot in one of the author's files, for messages and coverage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, relative to the bot's folder, with forward slashes.
    pub file: Arc<str>,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// The author's files by path, relative to the bot's folder, as bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources(pub BTreeMap<Arc<str>, Arc<[u8]>>);

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, path: &str, bytes: &[u8]) {
        self.0.insert(Arc::from(path), Arc::from(bytes));
    }

    /// The text of a file up to the first byte that is not UTF-8; the whole file, usually.
    #[must_use]
    pub fn text(&self, file: &str) -> &str {
        let bytes = self.0.get(file).map(AsRef::as_ref).unwrap_or_default();
        match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok()).unwrap_or_default()
            }
        }
    }

    /// Line and column, from 1, of a byte of a file.
    #[must_use]
    pub fn place(&self, spot: &Spot) -> Place {
        let text = self.text(&spot.file);
        let mut at = spot.range.start.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place { file: Arc::clone(&spot.file), line: number(line), column: number(column) }
    }
}

/// Some bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The file.
    pub file: Arc<str>,
    /// Which bytes.
    pub range: Bytes,
}

/// A range that can be ordered and hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl From<Range<usize>> for Bytes {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

impl Spot {
    /// These bytes of this file.
    #[must_use]
    pub fn new(file: &Arc<str>, range: Range<usize>) -> Self {
        Self { file: Arc::clone(file), range: range.into() }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing; stable.
    pub code: Code,
    /// Where.
    pub spot: Spot,
    /// What is wrong, in a plain sentence without final period.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
    /// The other places, where things clash, and what stands there.
    pub related: Vec<(Spot, String)>,
}

impl Problem {
    /// A problem.
    #[must_use]
    pub fn new(code: Code, spot: Spot, message: impl Into<String>) -> Self {
        Self { code, spot, message: message.into(), help: None, related: Vec::new() }
    }

    /// The same with a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with another place.
    #[must_use]
    pub fn and(mut self, spot: Spot, what: impl Into<String>) -> Self {
        self.related.push((spot, what.into()));
        self
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// How many problems of each severity there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// The bot does not run.
    pub errors: usize,
    /// It runs, but something is amiss.
    pub warnings: usize,
    /// Advice.
    pub hints: usize,
}

impl Counts {
    /// Counts problems.
    #[must_use]
    pub fn of(problems: &[Problem]) -> Self {
        let count = |severity| problems.iter().filter(|problem| problem.severity() == severity).count();
        Self { errors: count(Severity::Error), warnings: count(Severity::Warning), hints: count(Severity::Hint) }
    }
}

/// Problems in the order of files and lines.
pub fn sort(problems: &mut Vec<Problem>) {
    problems
        .sort_by(|a, b| a.spot.cmp(&b.spot).then_with(|| a.code.cmp(&b.code)).then_with(|| a.message.cmp(&b.message)));
    problems.dedup();
}

/// The JSON of `check --format json` (`interfaces.md`): keys are stable.
#[must_use]
pub fn json(problems: &[Problem], sources: &Sources) -> serde_json::Value {
    let counts = Counts::of(problems);
    let problems: Vec<serde_json::Value> = problems
        .iter()
        .map(|problem| {
            let place = sources.place(&problem.spot);
            let related: Vec<serde_json::Value> = problem
                .related
                .iter()
                .map(|(spot, message)| {
                    let place = sources.place(spot);
                    serde_json::json!({
                        "file": &*place.file, "line": place.line, "column": place.column, "message": message
                    })
                })
                .collect();
            serde_json::json!({
                "code": problem.code.name(), "severity": problem.severity().name(), "message": problem.message,
                "help": problem.help, "file": &*place.file, "line": place.line, "column": place.column, "related": related,
            })
        })
        .collect();
    serde_json::json!({
        "problems": problems, "errors": counts.errors, "warnings": counts.warnings, "hints": counts.hints
    })
}
