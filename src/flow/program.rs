//! A flow as the machine runs it: nothing in it can be missing or wrong (`schema` may be wrong, this cannot).

use std::collections::BTreeSet;

use regex::Regex;

use crate::condition::Condition;
use crate::diagnostic::Place;
use crate::template::LocalText;

/// A flow: an opening, at most two questions in order, then outcomes of which the first that fits wins (R12).
#[derive(Debug, Clone)]
pub struct Program {
    /// Its name, unique in the bot.
    pub name: String,
    /// Where it stands, for coverage and messages.
    pub place: Place,
    /// When it exists (R24).
    pub hours: FlowHours,
    /// How many failures hand off: 1 or 2 (R14).
    pub failures: u8,
    /// What is said first; parts of one message.
    pub say: Vec<LocalText>,
    /// At most two.
    pub questions: Vec<Question>,
    /// At least one; the last has no condition.
    pub outcomes: Vec<Outcome>,
    /// The departments it is limited to; `None` is all (R36).
    pub departments: Option<BTreeSet<String>>,
}

/// When a flow exists (R24).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowHours {
    /// Left out: `when_open` of `bot.yaml` decides.
    Default,
    /// Always, and it runs by itself even in business hours.
    Any,
    /// Inside business hours only.
    Open,
    /// Outside business hours only.
    Closed,
}

/// One question of a flow.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its name, unique in the flow; the answer's name everywhere.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// What is asked.
    pub ask: LocalText,
    /// What counts as an answer.
    pub accept: Accept,
    /// An article shown above it.
    pub article: Option<String>,
    /// Asked only if this holds.
    pub only_if: Option<Condition>,
    /// Said instead of the built-in second chance when the input could not be read (R14).
    pub if_unclear: Option<SecondChance>,
    /// Said instead of the built-in second chance when the input was read but is not allowed (R14).
    pub if_invalid: Option<SecondChance>,
    /// A lookup that runs as soon as the answer is in (R18).
    pub lookup: Option<String>,
    /// The answer counts only if this holds.
    pub valid_when: Option<Condition>,
    /// How the answer is named to the customer and the agent (R13).
    pub called: Option<LocalText>,
    /// Masked everywhere but in the case (R42).
    pub secret: bool,
}

/// The author's own words for a failure (R14).
#[derive(Debug, Clone)]
pub struct SecondChance {
    /// Where they stand.
    pub place: Place,
    /// The words.
    pub text: LocalText,
}

/// What a question takes for an answer.
#[derive(Debug, Clone)]
pub enum Accept {
    /// One of these; 1 to 10.
    Options(Vec<AnswerOption>),
    /// Free words, of a length in characters.
    Text {
        /// At least.
        min: usize,
        /// At most.
        max: usize,
    },
    /// Yes or no, as two buttons.
    YesNo,
    /// A number.
    Number {
        /// At least.
        min: Option<f64>,
        /// At most.
        max: Option<f64>,
        /// Whole numbers only.
        integer: bool,
    },
    /// A day.
    Date {
        /// Not before.
        from: Option<DateBound>,
        /// Not after.
        to: Option<DateBound>,
    },
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
    /// What the designer's pattern finds.
    Pattern(Pattern),
    /// A place.
    Location,
    /// A photo.
    Photo,
    /// A document.
    Document,
    /// Any file.
    Media,
}

/// The first or last day a date question allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateBound {
    /// So many days after today (0 is today, negative is before).
    FromToday(i64),
    /// This day.
    Day(chrono::NaiveDate),
}

/// A designer's pattern: ignores case, bounded by non-word characters, never matches the empty text (R17).
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Compiled with the bounds and flags of R17; group 1 is the match.
    pub regex: Regex,
    /// As the designer wrote it.
    pub source: String,
    /// An input that matches.
    pub example: String,
    /// How the match is brought into one form.
    pub normalise: Normalise,
}

/// How a pattern's match is brought into one canonical form (R17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normalise {
    /// As written.
    Keep,
    /// In capitals.
    Upper,
    /// In small letters.
    Lower,
    /// Digits only.
    Digits,
}

/// One option of a question.
#[derive(Debug, Clone)]
pub struct AnswerOption {
    /// Stable; what conditions compare with.
    pub key: String,
    /// Where it stands.
    pub place: Place,
    /// What the customer sees.
    pub label: LocalText,
    /// The second line in a list.
    pub hint: Option<LocalText>,
    /// Other words for it (R15).
    pub also: Vec<String>,
}

/// One way a flow can come out.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Where it stands.
    pub place: Place,
    /// It is taken only if this holds; the last of a flow has none.
    pub when: Option<Condition>,
    /// What is said; parts of one message.
    pub say: Vec<LocalText>,
    /// An article shown.
    pub article: Option<String>,
    /// A lookup that runs before anything is said.
    pub lookup: Option<String>,
    /// Something sent along.
    pub send: Option<Attachment>,
    /// How it ends.
    pub ending: Ending,
}

/// How an outcome ends.
#[derive(Debug, Clone)]
pub enum Ending {
    /// The enquiry is settled (R26).
    Settled,
    /// A person takes over (R21).
    Handoff(Handoff),
    /// Another flow begins; its questions count (R12).
    Start(String),
}

/// A handoff as a designer writes it.
#[derive(Debug, Clone, Default)]
pub struct Handoff {
    /// To whom; `None` is R21's rule.
    pub queue: Option<String>,
    /// What the agent should know.
    pub note: Option<LocalText>,
}

/// Something an outcome sends along.
#[derive(Debug, Clone)]
pub enum Attachment {
    /// A document at an address.
    Document {
        /// Its address.
        url: String,
        /// Its file name.
        filename: String,
    },
    /// A picture at an address.
    Image {
        /// Its address.
        url: String,
    },
    /// A place.
    Location {
        /// The place.
        location: crate::message::Location,
    },
    /// A button that opens a web page.
    Link {
        /// The button's label, at most 20.
        label: LocalText,
        /// Its address; a template (`?order={{ order_number }}`).
        url: LocalText,
    },
    /// An approved template of `bot.yaml`, by its occasion.
    Template(String),
}
