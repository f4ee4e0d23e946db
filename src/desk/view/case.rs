//! A case: the thread, what was learned, what can be done.

use askama::Template;

use crate::message::{Choice, Delivery};
use crate::web::bubble::{Bubble, MASK};

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

impl CasePage {
    /// An example, with everything in it that somebody outside can write.
    #[must_use]
    pub fn sample() -> Self {
        let notice = Some(Notice::bad("Yossi has it already.".to_owned()));
        Self {
            frame: Frame { here: "case", ..Frame::sample() },
            list: List::sample(),
            case: CaseView::sample(),
            notice,
        }
    }
}

impl CasePart {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        let mut case = CaseView::sample();
        case.composer.shut = true;
        "WhatsApp's 24 hours are over".clone_into(&mut case.composer.window);
        Self { frame: Frame::sample(), case }
    }
}

impl CaseView {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        let list = List::sample();
        let countdown =
            list.groups.first().and_then(|group| group.cards.first()).and_then(|card| card.countdown.clone());
        Self {
            contact: 7,
            show: Show::Mine,
            name: "<b>Noa & co</b>".to_owned(),
            state: "needs a reply".to_owned(),
            tone: "warm",
            countdown,
            queue: Some("Technical support".to_owned()),
            agent: Some("Dana".to_owned()),
            mine: true,
            can_take: false,
            over: false,
            earlier: Some(12),
            latest: true,
            rows: sample_rows(),
            learned: sample_learned(),
            composer: sample_composer(),
        }
    }
}

fn sample_bubble(seq: i64, side: &'static str, text: &str) -> Bubble {
    Bubble {
        seq,
        at: crate::clock::Timestamp::default(),
        side,
        author: None,
        html: crate::web::marks::html(text),
        text: text.to_owned(),
        choices: Vec::new(),
        list: None,
        link: None,
        stand_in: None,
        called: None,
        record: None,
        delivery: None,
        failure: None,
        secret: false,
    }
}

fn sample_rows() -> Vec<Row> {
    let line = |bubble, time: &str| Line { bubble, time: time.to_owned(), follows: false, event: false, why: None };
    let row = |line| Row::Line(Box::new(line));
    let why = Why {
        rules: vec![("R21".to_owned(), "handed off: second_failure".to_owned())],
        decision: Some("It was not sure of any."),
        readings: vec![Reading {
            label: "My TV is not working".to_owned(),
            percent: 41,
            reasons: "like \"my tv isn't working\" (52 %)".to_owned(),
        }],
    };
    let choices = vec![Choice { id: "q|a".to_owned(), title: "X1 (black)".to_owned(), description: None }];
    let asked = Bubble { choices, delivery: Some(Delivery::Read), ..sample_bubble(14, "bot", "Which box?") };
    let photo =
        Bubble { stand_in: Some("image"), ..sample_bubble(15, "customer", "This one: <script>alert(1)</script>") };
    let secret = Bubble { secret: true, ..sample_bubble(16, "customer", MASK) };
    let agent = Bubble {
        author: Some("Dana".to_owned()),
        delivery: Some(Delivery::Failed),
        failure: Some("131026: not on WhatsApp".to_owned()),
        ..sample_bubble(18, "agent", "*Hello* Noa")
    };
    vec![
        Row::Day("Today".to_owned()),
        Row::Enquiry(2),
        row(line(sample_bubble(13, "customer", "שלום, הטלוויזיה לא עובדת"), "12:20")),
        row(line(asked, "12:20")),
        row(line(photo, "12:21")),
        row(Line { follows: true, why: Some(why), ..line(secret, "12:22") }),
        row(Line {
            event: true,
            ..line(sample_bubble(17, "note", "Handed over: the bot did not understand twice"), "12:22")
        }),
        row(line(agent, "12:25")),
        row(line(Bubble { author: Some("Yossi".to_owned()), ..sample_bubble(19, "note", "She called, too") }, "12:26")),
    ]
}

fn sample_learned() -> Learned {
    let said = |called: &str, value: &str, secret| Said { called: called.to_owned(), value: value.to_owned(), secret };
    Learned {
        name: "<b>Noa & co</b>".to_owned(),
        phone: Some("+972501234567".to_owned()),
        language: Some("Hebrew".to_owned()),
        stopped: true,
        number: Some(2),
        opened: Some("12:20".to_owned()),
        subject: Some("My TV is not working".to_owned()),
        percent: Some(83),
        handoff: Some("the bot did not understand twice"),
        note: Some("X1 box, restart did not help".to_owned()),
        queue: Some("Technical support".to_owned()),
        promise: Some("12:31 by the bot".to_owned()),
        unanswered_check: true,
        held_reply: Some("Dana: It is ready".to_owned()),
        stays_open: true,
        secrets: true,
        answers: vec![said("Box", "X1 (black)", false), said("PIN", MASK, true)],
        results: vec![said("order eta", "Tuesday 3 March", false)],
        earlier: vec![Earlier {
            number: 1,
            when: "3 Nov 2026, 10:00".to_owned(),
            subject: Some("Pay a bill".to_owned()),
            how: "ended by an agent",
            agent: Some("Yossi".to_owned()),
        }],
        others: vec![Other { contact: 12, number: "billing".to_owned(), state: "with the bot".to_owned() }],
    }
}

fn sample_composer() -> Composer {
    let fit =
        |kind, name: &str, label: &str, percent| Fit { kind, name: name.to_owned(), label: label.to_owned(), percent };
    Composer {
        window: "Free text until Thursday at 12:15".to_owned(),
        shut: false,
        text: "Typed </textarea> already".to_owned(),
        note: false,
        when: String::new(),
        held_reply: true,
        fits: Fitting {
            best: vec![fit("flow", "restart_tv_box", "My TV is not working", Some(83))],
            flows: vec![fit("flow", "restart_tv_box", "My TV is not working", None)],
            articles: vec![fit("article", "pair-remote", "Pairing the remote", None)],
            sentence: "This goes quicker with a question or two from our assistant; I'm right here.".to_owned(),
        },
        templates: vec![Approved { occasion: "reminder".to_owned(), label: "reminder".to_owned() }],
        queues: vec![QueueChoice { name: "billing".to_owned(), label: "Billing".to_owned(), chosen: false }],
        colleagues: vec![Colleague { name: "Yossi".to_owned(), online: true }],
    }
}
