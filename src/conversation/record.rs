//! The record of an enquiry as a plain-text document (R34): who wrote what and when, the promise and whether it was kept,
//! and how to come back. Customers and agents get the same one.

use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::language::Language;
use crate::locale::Locale;
use crate::policy::wording::{Text, Wording};
use crate::scope::Scope;

/// One line of the thread as it stands in a record. Secrets are masked before they get here (R42).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLine {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: Speaker,
    /// What was said.
    pub text: String,
}

/// Who said a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// The customer.
    Customer,
    /// The bot.
    Bot,
    /// An agent, by name; empty for staff in the WhatsApp app.
    Agent(String),
}

/// What a record is made of.
#[derive(Debug, Clone)]
pub struct Record<'a> {
    /// The bot's name.
    pub bot: &'a str,
    /// The customer's name.
    pub customer: &'a str,
    /// The language it is written in.
    pub language: Language,
    /// How dates are written.
    pub locale: &'a Locale,
    /// Whose clock times these are.
    pub zone: Tz,
    /// The thread, in order.
    pub lines: &'a [RecordLine],
    /// Whether the promise was kept; `None` when none was made.
    pub promise_kept: Option<bool>,
}

/// The document, in UTF-8; every line of a right-to-left language begins with a right-to-left mark, so that plain viewers
/// lay it out rightly.
#[must_use]
pub fn write(record: &Record<'_>, wording: &Wording) -> String {
    let text = |text: Text| {
        let mut scope = Scope::default();
        scope.text("bot", record.bot);
        wording.text(text).render(record.language, &scope).unwrap_or_default()
    };
    let mut lines = vec![text(Text::RecordTitle), String::new()];
    let mut day = None;
    for line in record.lines {
        let local = line.at.with_timezone(&record.zone);
        if day != Some(local.date_naive()) {
            day = Some(local.date_naive());
            lines.push(format!("── {} ──", record.locale.show_date(local.date_naive(), local.date_naive())));
        }
        let who = match &line.who {
            Speaker::Customer if record.customer.is_empty() => text(Text::RecordCustomer),
            Speaker::Customer => record.customer.to_owned(),
            Speaker::Bot => text(Text::RecordBot),
            Speaker::Agent(name) if name.is_empty() => record.bot.to_owned(),
            Speaker::Agent(name) => name.clone(),
        };
        lines.push(format!("{} {who}: {}", local.format("%H:%M"), line.text.replace('\n', "\n    ")));
    }
    lines.push(String::new());
    match record.promise_kept {
        Some(true) => lines.push(text(Text::RecordPromiseKept)),
        Some(false) => lines.push(text(Text::RecordPromiseBroken)),
        None => {}
    }
    lines.push(text(Text::RecordComeBack));
    let mark = if record.language.is_right_to_left() { "\u{200f}" } else { "" };
    lines.join("\n").lines().map(|line| format!("{mark}{line}\n")).collect()
}
