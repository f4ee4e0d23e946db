//! What is remembered of a contact between two turns. Stored as JSON with a form number; a release reads what the
//! previous one wrote.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::{Timestamp, full_millis};
use crate::intent::Topic;
use crate::language::Language;
use crate::message::{Fields, Inbound, Value};

use super::reason::HandoffReason;

/// The number of the stored form, raised when its meaning changes.
pub const FORM: u32 = 1;

/// One contact's thread (R1): who they are, the enquiry at hand, and what is due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// [`FORM`] when it was written.
    pub form: u32,
    /// Who.
    pub contact: Contact,
    /// Counts turns; timers and stored rows carry it.
    pub turn: u64,
    /// When the last turn was taken: for a contact, time does not go back, whichever node's clock is behind.
    #[serde(default)]
    pub taken_at: Option<Timestamp>,
    /// The open enquiry, or the one that ended last.
    pub enquiry: Option<Enquiry>,
    /// Enquiries before that, the latest first, at most [`EARLIER_MAX`].
    #[serde(default)]
    pub earlier: Vec<Earlier>,
    /// When the customer last wrote: the window's beginning (R32).
    pub wrote_at: Option<Timestamp>,
    /// The channel's id of the customer's last message, for read marks.
    #[serde(default)]
    pub last_message: Option<String>,
    /// When the welcome was last said (R11).
    pub welcomed_at: Option<Timestamp>,
    /// `stop` was said and not undone (R6).
    #[serde(default)]
    pub stopped: bool,
    /// The agent who had the contact last (R29).
    #[serde(default)]
    pub last_agent: Option<String>,
    /// What the bot said lately of its own accord, for R20's loop: digest and time.
    #[serde(default)]
    pub said: Vec<(u64, Timestamp)>,
    /// What is due, and when.
    #[serde(default)]
    pub timers: Timers,
    /// Counts lookups called.
    #[serde(default)]
    pub calls: u64,
}

/// How many ended enquiries are remembered in [`Conversation::earlier`].
pub const EARLIER_MAX: usize = 10;

/// A customer on one of the business's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The business number's id (`policy::Number::id`).
    pub number: String,
    /// WhatsApp's number of the customer: digits, no plus.
    #[serde(default)]
    pub wa_id: Option<String>,
    /// WhatsApp's business-scoped id of the customer.
    #[serde(default)]
    pub user_id: Option<String>,
    /// What the customer calls themselves; untrusted.
    #[serde(default)]
    pub name: String,
    /// The language they were recognised to write.
    #[serde(default)]
    pub language: Option<Language>,
}

impl Contact {
    /// The phone number in E.164, where it is known.
    #[must_use]
    pub fn phone(&self) -> Option<String> {
        self.wa_id.as_ref().filter(|id| !id.is_empty()).map(|id| format!("+{id}"))
    }
}

/// In which of the nine states an enquiry is (`behaviour.md`, Words).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The bot serves it.
    Bot,
    /// The bot has answered; a sitting is open.
    Settled,
    /// Any agent of the queue must act.
    Waiting,
    /// The assigned agent must act.
    NeedsReply,
    /// The assigned agent comes back later.
    Promised,
    /// The customer must act.
    AwaitingCustomer,
    /// Nobody until the queue opens.
    Held,
    /// The morning check went out.
    Asked,
    /// It is over.
    Ended,
}

impl State {
    /// As transcripts and JSON spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Settled => "settled",
            Self::Waiting => "waiting",
            Self::NeedsReply => "needs_reply",
            Self::Promised => "promised",
            Self::AwaitingCustomer => "awaiting_customer",
            Self::Held => "held",
            Self::Asked => "asked",
            Self::Ended => "ended",
        }
    }

    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Bot,
        Self::Settled,
        Self::Waiting,
        Self::NeedsReply,
        Self::Promised,
        Self::AwaitingCustomer,
        Self::Held,
        Self::Asked,
        Self::Ended,
    ];

    /// Whether it is our turn, so that it may never end (R33).
    #[must_use]
    pub const fn is_our_turn(self) -> bool {
        matches!(self, Self::Waiting | Self::NeedsReply | Self::Promised | Self::Held)
    }

    /// Whether a person owns it, so that the bot is silent (R25).
    #[must_use]
    pub const fn is_with_people(self) -> bool {
        matches!(self, Self::Waiting | Self::NeedsReply | Self::Promised | Self::AwaitingCustomer)
    }
}

/// One matter the contact brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Enquiry {
    /// Counts the contact's enquiries from 1.
    pub number: u32,
    /// The bot version it began on (R19).
    pub version: String,
    /// When it opened.
    pub opened_at: Timestamp,
    /// Its state.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// When a customer or a person last wrote in it (R26).
    pub last_human_at: Timestamp,
    /// What it is about, as understood last.
    #[serde(default)]
    pub topic: Option<Matched>,
    /// The topics it settled, for R26's "the same intent again".
    #[serde(default)]
    pub settled_topics: Vec<Topic>,
    /// The flow that runs.
    #[serde(default)]
    pub run: Option<Run>,
    /// Answers in the order they were given; a later one to the same question replaces the earlier.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// Results of lookups by name.
    #[serde(default)]
    pub results: BTreeMap<String, Fields>,
    /// Failures so far (R14).
    #[serde(default)]
    pub failures: u8,
    /// What the bot's last word offered, so that numbers and labels can be read against it.
    #[serde(default)]
    pub offer: Option<Offer>,
    /// "You want to …?" as it was asked last; it is open while [`Offer::Confirm`] is what the bot's last word offered.
    #[serde(default)]
    pub confirming: Option<Confirming>,
    /// Facts taken over from the opening message, to be said back in front of the next message (R13).
    #[serde(default)]
    pub taken_over: Vec<String>,
    /// The queue it belongs to once handed off.
    #[serde(default)]
    pub queue: Option<String>,
    /// The agent who has it.
    #[serde(default)]
    pub agent: Option<String>,
    /// Agents it was given to since the customer's last message (R29).
    #[serde(default)]
    pub given_to: Vec<String>,
    /// When the agent who was given it loses it again (R29).
    #[serde(default)]
    pub reassign_at: Option<Timestamp>,
    /// Until when an agent put it aside, untold (R30).
    #[serde(default)]
    pub snoozed: Option<Timestamp>,
    /// The window of this customer message was alerted about (R31).
    #[serde(default)]
    pub window_alerted: Option<Timestamp>,
    /// The last handoff.
    #[serde(default)]
    pub handoff: Option<HandedOff>,
    /// What the customer was promised.
    #[serde(default)]
    pub promise: Option<Promise>,
    /// Its place in the queue: everything with an earlier time comes first (R28).
    #[serde(default)]
    pub place: Option<Timestamp>,
    /// When the reply clock started (R31); none when no reply is owed.
    #[serde(default)]
    pub clock: Option<ReplyClock>,
    /// Since when it is held, and what was said in this closed period (R27).
    #[serde(default)]
    pub held: Option<Held>,
    /// "Added to your enquiry" was said in this wait.
    #[serde(default)]
    pub added: bool,
    /// The agent's last message, for reminders (R33).
    #[serde(default)]
    pub agent_wrote: Option<AgentWrote>,
    /// Text that waits for the customer's tap on `answer_ready` (R32), and who wrote it.
    #[serde(default)]
    pub held_reply: Option<(String, String)>,
    /// The agent on whose behalf the bot serves a flow (R30).
    #[serde(default)]
    pub sent_by: Option<String>,
    /// A person took part (R34).
    #[serde(default)]
    pub person_took_part: bool,
    /// Messages that came while a lookup was under way.
    #[serde(default)]
    pub deferred: Vec<Inbound>,
    /// The morning check was not answered (R28).
    #[serde(default)]
    pub unanswered_check: bool,
    /// How it ended.
    #[serde(default)]
    pub ended: Option<EndedHow>,
}

/// A topic with its probability when it was matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matched {
    /// What.
    pub topic: Topic,
    /// Calibrated, 0 to 1; 1 for taps and menu rows.
    pub probability: f32,
}

/// A flow under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The flow.
    pub flow: String,
    /// Position of the open question; none while a lookup or an ending is awaited.
    pub question: Option<usize>,
    /// The questions asked on this chain, by flow and name; "You want to …?" counts as `confirm` (R12).
    pub asked: Vec<(String, String)>,
    /// When the open question was asked (R20).
    pub asked_at: Timestamp,
    /// The reminder of R20 was said.
    #[serde(default)]
    pub reminded: bool,
    /// A lookup that was called and has not answered.
    pub pending: Option<Pending>,
    /// The flow this chain began with: its first handoff names the queue of one that names none (R21).
    pub began_with: String,
    /// The text that opened the flow, while it may still hold answers (R13).
    #[serde(default)]
    pub opening: Option<String>,
}

/// A lookup under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its number.
    pub call: u64,
    /// Its name.
    pub lookup: String,
    /// What goes on when it answers.
    pub then: Then,
    /// When it counts as lost.
    pub until: Timestamp,
}

/// What goes on when a lookup answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The answer to this question (its position) is judged.
    Judge(usize),
    /// The outcome at this position is carried out.
    Outcome(usize),
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The flow that asked.
    pub flow: String,
    /// The question.
    pub question: String,
    /// The answer.
    pub value: Value,
    /// How it reads for people, in the contact's language.
    pub shown: String,
    /// How the question calls it, in the contact's language; else the question's name.
    pub called: String,
    /// Masked outside the case (R42).
    #[serde(default)]
    pub secret: bool,
    /// It stood in the opening message and is said back once (R13).
    #[serde(default)]
    pub from_opening: bool,
}

/// What the bot's last word offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// The menu: names of the intents in its rows, in order; the last row is a person.
    Menu(Vec<String>),
    /// "Did you mean": the topics in its rows, in order; the last row is "Something else".
    DidYouMean(Vec<Topic>),
    /// "Did that help?" after an article (R12).
    Helped(String),
    /// "You want to …?" before the flow of an intent.
    Confirm {
        /// The intent.
        intent: String,
        /// The message that led to it, which may hold answers already (R13).
        opening: Option<String>,
    },
    /// "Is it still relevant?" (R28).
    StillRelevant,
}

/// "You want to …?", asked before the flow of an intent that is costly to get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirming {
    /// When it was asked (R20).
    pub asked_at: Timestamp,
    /// The reminder of R20 was said.
    #[serde(default)]
    pub reminded: bool,
}

/// A handoff that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandedOff {
    /// Why (R21).
    pub reason: HandoffReason,
    /// When.
    pub at: Timestamp,
    /// What the designer wants the agent to know.
    pub note: Option<String>,
}

/// What the customer was promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// By when.
    pub at: Timestamp,
    /// Whether the customer was told.
    pub told: bool,
    /// How often it was renewed (R22).
    pub renewals: u8,
    /// Made by an agent (R30) rather than by the rules.
    pub by_agent: bool,
    /// It cannot be renewed any more and the supervisors know (R22).
    #[serde(default)]
    pub over: bool,
    /// It was made as the queue closed on somebody who waits: once it is over, another closing says nothing (R27).
    #[serde(default)]
    pub at_closing: bool,
}

/// The reply clock (R31): never restarted by messages, assignment or transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyClock {
    /// When it started.
    pub started: Timestamp,
    /// By when a person must have replied, in the queue's opening time.
    pub due: Timestamp,
    /// When agents are warned (`warn_at` per cent of the target).
    pub warn: Timestamp,
    /// They were.
    #[serde(default)]
    pub warned: bool,
    /// Its breach was recorded.
    #[serde(default)]
    pub breached: bool,
}

/// What is known of being held (R27).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Since when.
    pub since: Timestamp,
    /// The opening that ends this closed period, by the newest hours (R19).
    pub until: Timestamp,
    /// "Noted" was said in this closed period.
    pub noted: bool,
    /// When the morning check goes out, once the queue has opened on it (R28).
    #[serde(default)]
    pub check_at: Option<Timestamp>,
    /// It was waiting when the queue closed: rejoins without being asked.
    pub rejoins: bool,
}

/// The agent's last message (R33).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentWrote {
    /// When.
    pub at: Timestamp,
    /// It went out by template, and the customer has not written since.
    pub by_template: bool,
    /// How many of the reminders are over, said or dropped.
    #[serde(default)]
    pub reminders: usize,
    /// When the customer was last reminded.
    #[serde(default)]
    pub reminded_at: Option<Timestamp>,
    /// When the closing notice went out.
    #[serde(default)]
    pub notice_at: Option<Timestamp>,
    /// The notice could not go out: no template for it (R33).
    #[serde(default)]
    pub stays_open: bool,
}

/// How an enquiry ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedHow {
    /// When.
    pub at: Timestamp,
    /// How.
    pub how: Ended,
}

/// The ways an enquiry can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The bot answered and the sitting is over.
    Answered,
    /// The customer went away while the bot served (window shut).
    Abandoned,
    /// The customer said it is no longer relevant.
    Withdrawn,
    /// An agent ended it.
    ByAgent,
    /// R33's closing.
    Closed,
    /// Done on the phone line (R35).
    ByPhone,
}

/// A short memory of an ended enquiry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Earlier {
    /// Its number.
    pub number: u32,
    /// When it opened.
    pub opened_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How.
    pub how: Ended,
    /// What it was about.
    pub topic: Option<Topic>,
    /// Who had it.
    pub agent: Option<String>,
}

/// What a conversation can wait for. Stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    /// A lookup did not come back at all, e.g. because of a crash (R18).
    LookupLost,
    /// A question is open and the customer quiet (R20).
    QuestionReminder,
    /// The window shuts on an enquiry the bot serves: it is abandoned.
    Abandon,
    /// The sitting of a settled enquiry is over (R26).
    SittingOver,
    /// A flow that an agent sent the customer to is silent (R30).
    SentSilent,
    /// The promise must be renewed or kept by now (R22).
    PromiseDue,
    /// A target is at `warn_at` (R31).
    TargetWarn,
    /// A target is missed (R31).
    TargetBreach,
    /// The assigned agent has not answered (R29).
    Reassign,
    /// The window shuts soon on an enquiry that needs our reply (R31).
    WindowAlert,
    /// The queue closes (R27).
    QueueCloses,
    /// The queue opens (R27, R28).
    QueueOpens,
    /// The morning check goes out (R28).
    MorningCheck,
    /// The morning check was not answered (R28).
    MorningSilent,
    /// An agent's promise or snooze is near (R30).
    PromiseNear,
    /// First reminder (R33).
    Reminder,
    /// Second reminder (R33).
    SecondReminder,
    /// The closing notice (R33).
    ClosingNotice,
    /// An hour after the closing notice (R33).
    Close,
}

impl TimerKind {
    /// Whether it is due because the customer has been silent: a message that has come in meanwhile goes before it (R33).
    #[must_use]
    pub const fn presumes_silence(self) -> bool {
        match self {
            Self::QuestionReminder
            | Self::Abandon
            | Self::SittingOver
            | Self::SentSilent
            | Self::QueueOpens
            | Self::MorningCheck
            | Self::MorningSilent
            | Self::Reminder
            | Self::SecondReminder
            | Self::ClosingNotice
            | Self::Close => true,
            Self::LookupLost
            | Self::PromiseDue
            | Self::TargetWarn
            | Self::TargetBreach
            | Self::Reassign
            | Self::WindowAlert
            | Self::QueueCloses
            | Self::PromiseNear => false,
        }
    }
}

/// What is due, and when; at most one of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timers(pub BTreeMap<TimerKind, Timestamp>);

impl Timers {
    /// Arms (or moves) a timer. It is due at a full millisecond, as the store keeps it: one that the store found due a
    /// little earlier would be looked at over and over (R40).
    pub fn set(&mut self, kind: TimerKind, at: Timestamp) {
        self.0.insert(kind, full_millis(at));
    }

    /// Disarms a timer.
    pub fn clear(&mut self, kind: TimerKind) {
        self.0.remove(&kind);
    }

    /// When a timer is due.
    #[must_use]
    pub fn get(&self, kind: TimerKind) -> Option<Timestamp> {
        self.0.get(&kind).copied()
    }

    /// The earliest timer, ties by kind.
    #[must_use]
    pub fn next(&self) -> Option<(TimerKind, Timestamp)> {
        self.0.iter().min_by_key(|(kind, at)| (**at, **kind)).map(|(kind, at)| (*kind, *at))
    }
}

impl Conversation {
    /// The thread of a contact who has not written yet.
    #[must_use]
    pub fn new(contact: Contact) -> Self {
        Self {
            form: FORM,
            contact,
            turn: 0,
            taken_at: None,
            enquiry: None,
            earlier: Vec::new(),
            wrote_at: None,
            last_message: None,
            welcomed_at: None,
            stopped: false,
            last_agent: None,
            said: Vec::new(),
            timers: Timers::default(),
            calls: 0,
        }
    }

    /// When the window shuts on free text (R32); `None` before the customer has written.
    #[must_use]
    pub fn window_shuts(&self) -> Option<Timestamp> {
        self.wrote_at.map(|at| at + super::turn::WINDOW)
    }

    /// The state of the enquiry at hand; `Ended` when there is none.
    #[must_use]
    pub fn state(&self) -> State {
        self.enquiry.as_ref().map_or(State::Ended, |enquiry| enquiry.state)
    }
}
