//! A case: the thread, what was learned, what can be done.

use askama::Template;

use crate::message::Delivery;
use crate::web::bubble::Bubble;

use super::{Frame, List, Notice, QueueChoice, Show};

/// The page of a case.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "desk/pages/case.html", config = ".askama.toml")]
pub struct CasePage {
    /// Around it.
    pub frame: Frame,
    /// The lists beside it.
    pub list: List,
    /// The case.
    pub case: CaseView,
    /// What came of what was just done.
    pub notice: Option<Notice>,
}

/// The case alone, for a page that is open.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "desk/pages/case_part.html", config = ".askama.toml")]
pub struct CasePart {
    /// Around it.
    pub frame: Frame,
    /// The case.
    pub case: CaseView,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseView {
    /// Whose.
    pub contact: i64,
    /// Which lists stand beside it.
    pub show: Show,
    /// What the customer is called.
    pub name: String,
    /// The enquiry's state in words.
    pub state: String,
    /// The tone of the state.
    pub tone: &'static str,
    /// By when a person must answer.
    pub countdown: Option<super::Countdown>,
    /// Its queue.
    pub queue: Option<String>,
    /// Who has it.
    pub agent: Option<String>,
    /// Whoever looks has it.
    pub mine: bool,
    /// Nobody has it.
    pub can_take: bool,
    /// The enquiry has ended.
    pub over: bool,
    /// There are lines above this one.
    pub earlier: Option<i64>,
    /// The thread is shown to its end.
    pub latest: bool,
    /// The thread.
    pub rows: Vec<Row>,
    /// What was learned.
    pub learned: Learned,
    /// What can be done.
    pub composer: Composer,
}

/// A row of the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A day begins.
    Day(String),
    /// An enquiry begins.
    Enquiry(u32),
    /// Somebody said something, or something happened.
    Line(Box<Line>),
}

/// A line of the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What was said.
    pub bubble: Bubble,
    /// When, `14:05`.
    pub time: String,
    /// The line before it is the same person's.
    pub follows: bool,
    /// It is no one's words but something that happened.
    pub event: bool,
    /// Where its file is, if it has one that can be shown.
    pub file: Option<String>,
    /// Why its turn went as it did; at the last line of a turn.
    pub why: Option<Why>,
}

impl Line {
    /// How far it has come: a sign and what the sign means.
    #[must_use]
    pub fn ticks(&self) -> Option<(&'static str, &'static str)> {
        Some(match self.bubble.delivery? {
            Delivery::Queued => ("◷", "on its way"),
            Delivery::Sent => ("✓", "sent"),
            Delivery::Delivered => ("✓✓", "delivered"),
            Delivery::Read => ("✓✓", "read"),
            Delivery::Failed => ("!", "not delivered"),
        })
    }

    /// It was seen.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.bubble.delivery == Some(Delivery::Read)
    }

    /// How its file is shown: `picture`, `sound`, `film`, or to be saved.
    #[must_use]
    pub fn shown_as(&self) -> &'static str {
        match self.bubble.stand_in {
            Some("image" | "sticker") => "picture",
            Some("voice" | "audio") => "sound",
            Some("video") => "film",
            _ => "saved",
        }
    }

    /// A stand-in for a file or place, in words.
    #[must_use]
    pub fn stand_in(&self) -> Option<&'static str> {
        Some(match self.bubble.stand_in? {
            "image" => "Photo",
            "video" => "Video",
            "voice" => "Voice note",
            "audio" => "Sound",
            "document" => "Document",
            "sticker" => "Sticker",
            "location" => "Place",
            "contact" => "Contact card",
            "order" => "Shopping cart",
            "record" => "Record of the conversation",
            "template" => "Template",
            "reaction" => "Reaction",
            "location_request" => "Asks for a place",
            _ => "Something WhatsApp does not let us read",
        })
    }
}

/// Why a turn went as it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The rules that fired, with what they did.
    pub rules: Vec<(String, String)>,
    /// How sure the bot was.
    pub decision: Option<&'static str>,
    /// What it could have been.
    pub readings: Vec<Reading>,
}

/// One reading of what the customer wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Of what.
    pub label: String,
    /// How likely, in per cent.
    pub percent: u8,
    /// Why.
    pub reasons: String,
}

/// What was learned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// What the customer is called.
    pub name: String,
    /// Their number.
    pub phone: Option<String>,
    /// What they write in.
    pub language: Option<String>,
    /// They want no reminders.
    pub stopped: bool,
    /// The enquiry's number.
    pub number: Option<u32>,
    /// When it was opened.
    pub opened: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// How likely that is, in per cent.
    pub percent: Option<u8>,
    /// Why a person was called.
    pub handoff: Option<&'static str>,
    /// What the designer wants the agent to know.
    pub note: Option<String>,
    /// Its queue.
    pub queue: Option<String>,
    /// What was promised.
    pub promise: Option<String>,
    /// The morning check was not answered.
    pub unanswered_check: bool,
    /// What waits for the customer's tap.
    pub held_reply: Option<String>,
    /// It cannot be closed by a notice, for want of a template (R33).
    pub stays_open: bool,
    /// There are secret answers that are not shown.
    pub secrets: bool,
    /// The answers.
    pub answers: Vec<Said>,
    /// What lookups found.
    pub results: Vec<Said>,
    /// Enquiries before.
    pub earlier: Vec<Earlier>,
    /// Open ones on other numbers.
    pub others: Vec<Other>,
}

/// Something that was answered or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What it is called.
    pub called: String,
    /// What it is.
    pub value: String,
    /// It is a secret.
    pub secret: bool,
}

/// An enquiry before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Its number.
    pub number: u32,
    /// When it ended.
    pub when: String,
    /// What it was about.
    pub subject: Option<String>,
    /// How it ended.
    pub how: &'static str,
    /// Who had it.
    pub agent: Option<String>,
}

/// An open enquiry on another number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Its contact.
    pub contact: i64,
    /// The department.
    pub number: String,
    /// Its state.
    pub state: String,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composer {
    /// Until when free text reaches the customer, in words.
    pub window: String,
    /// It does not any more.
    pub shut: bool,
    /// What was typed.
    pub text: String,
    /// As a note.
    pub note: bool,
    /// The time that was typed.
    pub when: String,
    /// A held reply can be sent.
    pub held_reply: bool,
    /// What the bot could do.
    pub fits: Fitting,
    /// The templates.
    pub templates: Vec<Approved>,
    /// The queues it could go to.
    pub queues: Vec<QueueChoice>,
    /// The colleagues it could go to.
    pub colleagues: Vec<Colleague>,
}

impl Composer {
    /// What was typed comes back.
    pub(in super::super) fn typed(&mut self, text: String, note: bool, when: String) {
        (self.text, self.note, self.when) = (text, note, when);
    }
}

/// What the bot could do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fitting {
    /// What fits best.
    pub best: Vec<Fit>,
    /// All flows.
    pub flows: Vec<Fit>,
    /// All articles.
    pub articles: Vec<Fit>,
    /// What the customer reads in front of a flow.
    pub sentence: String,
}

/// A flow or an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    /// `flow` or `article`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// How likely it fits, in per cent.
    pub percent: Option<u8>,
}

/// A template of WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// Its occasion.
    pub occasion: String,
    /// In words.
    pub label: String,
}

/// A colleague.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Their name.
    pub name: String,
    /// They can be given work now.
    pub online: bool,
}
