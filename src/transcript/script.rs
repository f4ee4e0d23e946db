//! What a `.chat` file says, line by line: the values between the parser, the player and the rewriter.

use std::ops::Range;
use std::sync::Arc;

use chrono::{Duration, NaiveDateTime, NaiveTime, Weekday};

use crate::language::Language;
use crate::message::MediaKind;

/// A `.chat` file that reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// The file, as given to the parser.
    pub file: Arc<str>,
    /// Its tests, in order.
    pub tests: Vec<Test>,
    /// Whether a test says `only`: the others are skipped then.
    pub has_only: bool,
}

/// One test.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// The line of `test:`, from 1.
    pub line: u32,
    /// The bytes of `test:` and of its marks, without the last line end.
    pub head: Range<usize>,
    /// Only such tests run.
    pub only: bool,
    /// Why it is skipped.
    pub skip: Option<String>,
    /// What happens; the lines shared by all tests come first.
    pub steps: Vec<Line>,
}

/// One step with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it says.
    pub step: Step,
    /// From 1.
    pub line: u32,
    /// The bytes of the line and of those that continue it, without the last line end.
    pub range: Range<usize>,
    /// It stands before the first test.
    pub shared: bool,
}

/// What a line of a transcript says.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// `at`: the clock moves to a moment.
    At(When),
    /// `wait`: the clock moves on.
    Wait(Duration),
    /// `contact`: who writes from here on.
    Contact(Who),
    /// `number`: which business number is written to, by id or department.
    Number(String),
    /// `>`: the customer writes.
    Customer(Said),
    /// `<`: the next message must be this; raw lines, continuation lines without their indentation.
    Expect(Vec<String>),
    /// `=`: the state must be this.
    Check(Vec<Check>),
    /// `agent NAME…`.
    Agent {
        /// Who.
        name: String,
        /// What they do.
        act: AgentAct,
    },
    /// `phone>`: staff answered in the WhatsApp app (R5).
    Phone(String),
    /// `! alert NAME EVENT`.
    Alert {
        /// The agent or queue that is told.
        to: String,
        /// What.
        event: String,
    },
    /// `lookup NAME: …`.
    Lookup {
        /// Its name.
        name: String,
        /// What it answers from here on.
        reply: Reply,
    },
    /// `deliver: failed CODE`.
    Deliver(u32),
    /// `bot: DIR`.
    Bot(String),
}

impl Step {
    /// Whether something happens at this line, so that what was said before must have been expected. (Publishing a bot
    /// and naming a customer say nothing to anybody.)
    #[must_use]
    pub const fn acts(&self) -> bool {
        matches!(
            self,
            Self::At(_) | Self::Wait(_) | Self::Customer(_) | Self::Agent { .. } | Self::Phone(_) | Self::Deliver(_)
        )
    }
}

/// A moment as written after `at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// `2026-03-06 19:40`, in the bot's zone.
    Day(NaiveDateTime),
    /// `Fri 19:40`: the next one.
    Weekday(Weekday, NaiveTime),
    /// `19:40`: the next one.
    Time(NaiveTime),
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// What they call themselves.
    pub name: String,
    /// Their number, digits only.
    pub number: Option<String>,
    /// The language they are known to write.
    pub language: Option<Language>,
}

/// What a customer sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// Words.
    Text(String),
    /// A tap on a button or row with this label.
    Tap(String),
    /// A file; caption (pictures and films) or name (documents).
    Media(MediaKind, Option<String>),
    /// A place.
    Location(f64, f64),
    /// A contact card.
    Contact,
    /// A shopping cart.
    Order,
    /// An emoji on the last message.
    Reaction(String),
    /// Something that cannot be read.
    Unsupported,
}

/// What an agent does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentAct {
    /// Writes.
    Write(String),
    /// Takes the enquiry.
    Take,
    /// Promises a time: `2h`, `14:00`, `tomorrow 09:00`.
    Promise(String),
    /// Starts a flow.
    Flow(String),
    /// Sends an article.
    Article(String),
    /// Writes a note for colleagues.
    Note(String),
    /// Gives it to a queue.
    Transfer(String),
    /// Puts it aside.
    Snooze(String),
    /// Ends it.
    End,
    /// Goes away.
    Offline,
    /// Comes; the queues they work in, none is every queue.
    Online(Vec<String>),
}

/// What a lookup answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// A body.
    Body(serde_json::Value),
    /// Nothing in time.
    Timeout,
    /// A status other than 200.
    Status(u16),
}

/// One thing that must hold, with what follows the keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub kind: CheckKind,
    /// What it must be; empty for `settled` and `ended`. For `answer`, the value.
    pub value: String,
    /// For `answer`, the question.
    pub name: String,
}

/// What can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckKind {
    /// `state S`
    State,
    /// `settled`
    Settled,
    /// `ended`
    Ended,
    /// `intent NAME`
    Intent,
    /// `flow NAME`
    Flow,
    /// `answer NAME VALUE`
    Answer,
    /// `article NAME`
    Article,
    /// `handoff REASON`
    Handoff,
    /// `queue NAME`
    Queue,
    /// `agent NAME`
    Agent,
    /// `promise 08:35`, `promise Tue 08:35`
    Promise,
    /// `failures N`
    Failures,
    /// `language L`
    Language,
}

impl CheckKind {
    /// All of them with the word that begins them.
    pub const ALL: [(&'static str, Self); 13] = [
        ("state", Self::State),
        ("settled", Self::Settled),
        ("ended", Self::Ended),
        ("intent", Self::Intent),
        ("flow", Self::Flow),
        ("answer", Self::Answer),
        ("article", Self::Article),
        ("handoff", Self::Handoff),
        ("queue", Self::Queue),
        ("agent", Self::Agent),
        ("promise", Self::Promise),
        ("failures", Self::Failures),
        ("language", Self::Language),
    ];

    /// The word that begins it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("state", |(word, _)| word)
    }
}

impl CheckKind {
    /// The kind that begins with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
    }

    /// What may follow the word, for messages.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::State => "waiting",
            Self::Promise => "08:35",
            Self::Failures => "1",
            Self::Language => "he",
            Self::Handoff => "second_failure",
            _ => "NAME",
        }
    }

    /// Whether nothing follows the word.
    #[must_use]
    pub const fn stands_alone(self) -> bool {
        matches!(self, Self::Settled | Self::Ended)
    }
}

impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind.word())?;
        if !self.name.is_empty() {
            write!(f, " {}", self.name)?;
        }
        if self.kind.stands_alone() {
            return Ok(());
        }
        let quote = self
            .value
            .split(' ')
            .enumerate()
            .any(|(at, word)| word.is_empty() || word.starts_with('"') || at > 0 && CheckKind::of(word).is_some());
        if quote {
            return write!(f, " \"{}\"", self.value.replace('\\', "\\\\").replace('"', "\\\""));
        }
        write!(f, " {}", self.value)
    }
}
