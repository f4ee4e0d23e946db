//! `bot.yaml`: numbers, queues, hours, the values that the rules name, templates, lookups, wording.

pub mod compile;
pub mod lookup;
pub mod schema;
pub mod wording;

use std::collections::BTreeMap;

use chrono::{Duration, NaiveTime};

use crate::hours::Hours;
use crate::language::Language;
use crate::template::LocalText;

/// One of the business's WhatsApp numbers (R36).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// WhatsApp's phone number id; `local` where `bot.yaml` declares none.
    pub id: String,
    /// Which department it belongs to; `None` sees everything that is not limited.
    pub department: Option<String>,
    /// Its own queue.
    pub queue: String,
}

/// A team of agents with its own hours and promises.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// What customers and agents call it.
    pub label: LocalText,
    /// When it is open (its own hours, else the bot's).
    pub hours: Hours,
    /// Target for the first reply (R31).
    pub first_reply: Duration,
    /// Target for later replies (R31).
    pub next_reply: Duration,
}

/// What happens in business hours to an intent that leads to a flow (R24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenOpen {
    /// A person, unless the flow says `hours: any`.
    #[default]
    Handoff,
    /// The flow.
    Flows,
}

/// The values that the rules name; [`Policy::default`] is what `behaviour.md` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// R3.
    pub gather: Duration,
    /// R3, when one of the messages is media.
    pub gather_media: Duration,
    /// How long a settled enquiry can be taken up again (R26).
    pub sitting: Duration,
    /// R11.
    pub welcome_again: Duration,
    /// R26.
    pub repeat_contact: Duration,
    /// R20.
    pub question_reminder: Duration,
    /// R33; after the agent's last message, in order.
    pub reminders: Vec<Duration>,
    /// Earliest closing notice (R33).
    pub closing_after: Duration,
    /// R20: includes its beginning, not its end.
    pub quiet_hours: (NaiveTime, NaiveTime),
    /// R27.
    pub short_closure: Duration,
    /// R22.
    pub phone_hint_after: Duration,
    /// R28.
    pub morning_check: MorningCheck,
    /// R29.
    pub reassign_after: Duration,
    /// R29.
    pub offline_after: Duration,
    /// R29; enquiries that wait for one agent.
    pub capacity: usize,
    /// R31; per cent of a target.
    pub warn_at: u8,
    /// R31; before the window shuts.
    pub window_alert: Duration,
    /// R20: so many times the same message …
    pub loop_messages: usize,
    /// … within this.
    pub loop_within: Duration,
}

/// R28.
#[derive(Debug, Clone, PartialEq)]
pub struct MorningCheck {
    /// After opening.
    pub after_opening: Duration,
    /// At most so many a minute.
    pub per_minute: u32,
    /// Not asked when held, or heard from, within this.
    pub skip_younger: Duration,
    /// Joins the queue after this much opening time without an answer.
    pub silent_after: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self {
            gather: Duration::seconds(2),
            gather_media: Duration::seconds(3),
            sitting: Duration::minutes(30),
            welcome_again: Duration::days(90),
            repeat_contact: Duration::hours(36),
            question_reminder: Duration::hours(4),
            reminders: vec![Duration::hours(4), Duration::hours(20)],
            closing_after: Duration::hours(20),
            quiet_hours: (time(21), time(8)),
            short_closure: Duration::hours(2),
            phone_hint_after: Duration::minutes(30),
            morning_check: MorningCheck {
                after_opening: Duration::minutes(15),
                per_minute: 30,
                skip_younger: Duration::hours(2),
                silent_after: Duration::hours(2),
            },
            reassign_after: Duration::minutes(4),
            offline_after: Duration::minutes(2),
            capacity: 8,
            warn_at: 75,
            window_alert: Duration::hours(4),
            loop_messages: 3,
            loop_within: Duration::minutes(10),
        }
    }
}

/// An approved WhatsApp template (R32).
#[derive(Debug, Clone)]
pub struct MessageTemplate {
    /// Its occasion.
    pub occasion: String,
    /// Its name at WhatsApp.
    pub name: String,
    /// The languages it is approved in; never empty.
    pub languages: Vec<Language>,
    /// Names as in texts, in the template's order; each a template text such as `{{ contact.name }}`.
    pub parameters: Vec<LocalText>,
    /// Its quick-reply buttons in order: key (`yes`, `no`) and label.
    pub buttons: Vec<(String, LocalText)>,
}

/// A declared lookup: an HTTP GET (R18).
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Its name.
    pub name: String,
    /// The address; a template in which every value is percent-encoded.
    pub get: String,
    /// Header name to value; the value may use `env.NAME`.
    pub headers: BTreeMap<String, String>,
    /// How long one try may take.
    pub timeout: Duration,
    /// Field name to `JSONPath`.
    pub result: BTreeMap<String, String>,
}

/// The anytime words that `words:` may add to, by key. (What they mean is the classifier's.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnytimeName(&'static str);

impl AnytimeName {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self("person"), Self("menu"), Self("cancel"), Self("stop"), Self("start"), Self("record")];

    /// As `bot.yaml` spells it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.0
    }
}
