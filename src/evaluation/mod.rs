//! How well a bot understands: texts whose intent is known are put to classifiers that have not seen them, and what comes of
//! it is counted. Everything but the times is the same on every run. Reads no file and no clock, and prints nothing: commands
//! give the texts and a stopwatch, and show the report.

pub mod advice;
pub mod data;
mod dice;
pub mod examine;
pub mod figures;
mod folds;
pub mod misses;
pub mod noise;
pub mod report;
pub mod words;

use crate::diagnostic::Place;
use crate::intent::{Decision, Topic};

/// A text whose intent is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What a customer says.
    pub text: String,
    /// What it is about; `None` when it is out of scope.
    pub intent: Option<String>,
    /// Where it stands.
    pub place: Option<Place>,
}

/// What came of putting a text to a classifier that had not seen it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The text as it was put, if it was mistyped or the like.
    pub put: Option<String>,
    /// The best candidates with their probabilities, best first; three at most.
    pub candidates: Vec<(String, f32)>,
    /// How sure the classifier was.
    pub decision: Decision,
    /// Why it took the best candidate.
    pub reasons: Vec<String>,
    /// How long it took, in microseconds.
    pub micros: f64,
}

/// A text, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The text.
    pub text: Text,
    /// What came of it.
    pub judged: Judged,
}

impl Answer {
    /// Whether it has an intent at all.
    #[must_use]
    pub const fn in_scope(&self) -> bool {
        self.text.intent.is_some()
    }

    /// The best candidate, whatever the decision.
    #[must_use]
    pub fn predicted(&self) -> Option<&str> {
        self.judged.candidates.first().map(|(name, _)| name.as_str())
    }

    /// The best candidate's probability; 0 when there is none.
    #[must_use]
    pub fn probability(&self) -> f32 {
        self.judged.candidates.first().map_or(0.0, |(_, probability)| *probability)
    }

    /// Whether the best candidate is the right one.
    #[must_use]
    pub fn right(&self) -> bool {
        self.in_scope() && self.predicted() == self.text.intent.as_deref()
    }

    /// Whether the bot would act on it at once.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.judged.decision == Decision::Confident
    }
}

/// A topic by name, as it is shown: articles say that they are.
#[must_use]
pub fn shown(topic: &Topic) -> String {
    match topic {
        Topic::Intent(name) => name.trim_end().to_owned(),
        Topic::Article(name) => format!("article:{name}"),
    }
}

/// A decision by name.
#[must_use]
pub const fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Decision::Confident => "confident",
        Decision::Torn(_) => "torn",
        Decision::Unsure => "unsure",
    }
}

/// A count as a number to divide by.
#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 texts")]
pub(crate) const fn real(count: usize) -> f64 {
    count as f64
}

/// A part of a whole; nothing of nothing is nothing.
#[must_use]
pub fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { real(part) / real(whole) }
}
