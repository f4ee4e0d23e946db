//! Why a turn went as it did (R41): recorded with every turn, shown in the simulator, a failed test, the desk and the log.

use serde::{Deserialize, Serialize};

use crate::intent::Understanding;

/// One step of the machine's reasoning, in the order it was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A rule fired: its number (`R14`) and what it did, in a plain sentence without the customer's words.
    Rule {
        /// `R14`.
        rule: String,
        /// What it did.
        did: String,
    },
    /// What the classifier made of the message: candidates, scores, why the others lost.
    Understood(Understanding),
    /// Something the bot's author wrote was reached (coverage).
    Reached(Reached),
    /// The customer wrote, with no question open, what the bot is not sure of (R8): the channel's id of the last message of it,
    /// and whether they were asked "Did you mean". What it was stands in the thread only.
    NotUnderstood {
        /// The channel's id.
        message: String,
        /// Whether they were asked.
        asked: bool,
    },
    /// A passage of the article that answers was put first, because these words stand in it.
    PutFirst {
        /// What it opens with in bold.
        passage: String,
        /// Words of the customer's, the most telling first.
        words: Vec<String>,
    },
    /// A promise that the customer was told of was kept or broken (statistics, R22).
    Promise(Fate),
}

/// A passage that was put first, in a plain sentence (R12).
#[must_use]
pub fn put_first(passage: &str, words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let stand = if words.len() == 1 { "stands" } else { "stand" };
    format!("\"{passage}\" is put first: of the customer's words, {} {stand} there", words.join(", "))
}

/// What became of a promise (R22).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// A person replied in time.
    Kept,
    /// A person replied too late.
    Broken,
    /// It was renewed, which counts as broken.
    Renewed,
}

impl Fate {
    /// In a plain sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Kept => "the promise was kept",
            Self::Broken => "the promise was broken",
            Self::Renewed => "the promise is renewed with an apology; it counts as broken",
        }
    }
}

/// Something the bot's author wrote, for coverage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// A flow began.
    Flow(String),
    /// A question was asked: flow, question.
    Question(String, String),
    /// An option was chosen: flow, question, key.
    Option(String, String, String),
    /// The second chance for input that could not be read was said: flow, question.
    Unclear(String, String),
    /// The second chance for input that is not allowed was said: flow, question.
    Invalid(String, String),
    /// An outcome was taken: flow, position from 0.
    Outcome(String, usize),
    /// An intent was followed.
    Intent(String),
    /// An article was shown.
    Article(String),
}

/// The reason of a handoff (R21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffReason {
    /// R6.
    AskedForPerson,
    /// R14.
    SecondFailure,
    /// R26.
    RepeatContact,
    /// R26.
    RepeatIntent,
    /// An outcome says so.
    FlowOutcome,
    /// The intent leads to a person.
    LeadsToPerson,
    /// R12.
    NotHelped,
    /// R24.
    OpenHours,
    /// Matched, but its flow does not exist at this hour or for this department.
    NoFlow,
    /// R18.
    LookupFailed,
    /// R4.
    Order,
    /// R5.
    TakenOver,
    /// R39.
    Undeliverable,
    /// R2.
    Late,
    /// R20.
    Loop,
    /// R21: an internal error.
    BotError,
}

impl HandoffReason {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::AskedForPerson,
        Self::SecondFailure,
        Self::RepeatContact,
        Self::RepeatIntent,
        Self::FlowOutcome,
        Self::LeadsToPerson,
        Self::NotHelped,
        Self::OpenHours,
        Self::NoFlow,
        Self::LookupFailed,
        Self::Order,
        Self::TakenOver,
        Self::Undeliverable,
        Self::Late,
        Self::Loop,
        Self::BotError,
    ];

    /// As transcripts and JSON spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AskedForPerson => "asked_for_person",
            Self::SecondFailure => "second_failure",
            Self::RepeatContact => "repeat_contact",
            Self::RepeatIntent => "repeat_intent",
            Self::FlowOutcome => "flow_outcome",
            Self::LeadsToPerson => "leads_to_person",
            Self::NotHelped => "not_helped",
            Self::OpenHours => "open_hours",
            Self::NoFlow => "no_flow",
            Self::LookupFailed => "lookup_failed",
            Self::Order => "order",
            Self::TakenOver => "taken_over",
            Self::Undeliverable => "undeliverable",
            Self::Late => "late",
            Self::Loop => "loop",
            Self::BotError => "bot_error",
        }
    }
}
