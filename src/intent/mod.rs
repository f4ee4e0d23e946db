//! Intents: what customers want, and the classifier that recognises it. Ranks; never decides what to do about it.

pub mod anytime;
pub mod builtin;
mod calibration;
pub mod classifier;
pub mod compile;
mod deciding;
mod exact;
mod examples;
mod features;
mod interner;
mod language;
mod layout;
mod learner;
mod lexicon;
mod linear;
mod merged;
pub mod passage;
mod rows;
pub mod schema;
mod scoring;
pub mod semantic;
mod senses;
mod table;
mod terms;
mod trained;
mod trials;
mod wanted;
mod wish;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Place;
use crate::language::Language;
use crate::packed::Packed;
use crate::template::LocalText;

/// An intent as the machine uses it.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Its name, unique in the bot.
    pub name: String,
    /// Where it stands; `None` for a built-in one to which the bot adds nothing.
    pub place: Option<Place>,
    /// What happens.
    pub leads_to: Destination,
    /// Its row in the menu and in "Did you mean".
    pub label: Option<LocalText>,
    /// Whether it has a row in the menu.
    pub in_menu: bool,
    /// The departments it is limited to; `None` is all (R36).
    pub departments: Option<BTreeSet<String>>,
    /// "You want to …?" is asked before its flow.
    pub confirm: bool,
}

/// Where an intent leads.
#[derive(Debug, Clone)]
pub enum Destination {
    /// To a flow.
    Flow(String),
    /// To an article, followed by "Did that help?".
    Article(String),
    /// To a person.
    Handoff {
        /// To whom; `None` is R21's rule.
        queue: Option<String>,
        /// What the agent should know.
        note: Option<LocalText>,
    },
    /// To a sentence.
    Say(Vec<LocalText>),
    /// To what the runtime itself does with a built-in intent.
    BuiltIn(BuiltIn),
}

/// The intents every bot has (`language.md`, R6, R10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuiltIn {
    /// A wish for a person.
    Person,
    /// A wish for the menu.
    Menu,
    /// Drop the flow.
    Cancel,
    /// No more reminders.
    Stop,
    /// A greeting.
    Greeting,
    /// Thanks.
    Thanks,
    /// A goodbye.
    Goodbye,
    /// Yes.
    Yes,
    /// No.
    No,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Person,
        Self::Menu,
        Self::Cancel,
        Self::Stop,
        Self::Greeting,
        Self::Thanks,
        Self::Goodbye,
        Self::Yes,
        Self::No,
    ];

    /// Its name as an intent.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Menu => "menu",
            Self::Cancel => "cancel",
            Self::Stop => "stop",
            Self::Greeting => "greeting",
            Self::Thanks => "thanks",
            Self::Goodbye => "goodbye",
            Self::Yes => "yes",
            Self::No => "no",
        }
    }
}

/// The words that are obeyed at any moment as the whole message (R6, R34).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anytime {
    /// Hand off.
    Person,
    /// Show the menu.
    Menu,
    /// Drop the flow, offer the menu.
    Cancel,
    /// No more reminders and closing notices.
    Stop,
    /// Undo `stop`.
    Start,
    /// Send the record.
    Record,
}

/// What one intent or article gives the classifier to learn from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lesson {
    /// Whole words or phrases.
    pub keywords: Vec<String>,
    /// Regular expressions, linear time; already known to compile.
    pub patterns: Vec<String>,
    /// Words that rule it out.
    pub never: Vec<String>,
    /// Sentences.
    pub examples: Vec<String>,
    /// Labels in all languages; training text.
    pub labels: Vec<String>,
    /// Lines of articles: what they say counts less than how customers put it.
    pub body: Vec<String>,
}

/// An intent or an article: what a message may be about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// An intent, by name (built-in ones too).
    Intent(String),
    /// An article, by name.
    Article(String),
}

impl Packed for Topic {
    fn pack(&self, to: &mut Vec<u8>) {
        let (is_article, name) = match self {
            Self::Intent(name) => (false, name),
            Self::Article(name) => (true, name),
        };
        is_article.pack(to);
        name.pack(to);
    }

    fn unpack(from: &mut &[u8]) -> Option<Self> {
        let is_article = bool::unpack(from)?;
        String::unpack(from).map(if is_article { Self::Article } else { Self::Intent })
    }
}

/// One reading of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What it would be about.
    #[serde(flatten)]
    pub topic: Topic,
    /// Calibrated, 0 to 1.
    pub probability: f32,
    /// Why, for people: the keyword, the example, the article.
    pub reasons: Vec<String>,
}

/// How sure the classifier is (R8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The first candidate it is.
    Confident,
    /// One of the first candidates, mostly two or three; how many.
    Torn(u8),
    /// None that can be relied on.
    Unsure,
}

/// Whether a topic is an intent that every bot has.
fn is_built_in(topic: &Topic) -> bool {
    matches!(topic, Topic::Intent(name) if BuiltIn::ALL.iter().any(|built_in| built_in.name() == name))
}

/// What the classifier makes of a message. Candidates are sorted, best first; ties by topic, so order never depends on files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Understanding {
    /// The best few candidates.
    pub candidates: Vec<Candidate>,
    /// How sure.
    pub decision: Decision,
    /// Whether the message begins with a greeting that hides a matter (R10).
    pub greeted: bool,
    /// The language it seems to be written in; `None` when the text does not tell.
    pub language: Option<Language>,
}

impl Understanding {
    /// The best candidate.
    #[must_use]
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.first()
    }
}
