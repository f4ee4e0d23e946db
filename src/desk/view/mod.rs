//! What each page shows, as values; the templates in `pages` give them their look and decide nothing. Every page has a
//! `sample`, which a test renders.

mod case;
mod case_sample;
mod list;
mod people;
mod sign;

use chrono_tz::Tz;

use super::Desk;
use super::gate::Me;
use super::role::Need;

pub use case::{
    Approved, CasePage, CasePart, CaseView, Colleague, Composer, Earlier, Fit, Fitting, Learned, Line, Other, Reading,
    Row, Said, Why,
};
pub use list::{Card, Countdown, Group, List, ListPart, Preview, QueuePage, Show};
pub use people::{AuditLine, People, Person, QueueChoice};
pub use sign::{Choose, Message, SignIn};

/// What stands around every page of somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The bot's name.
    pub bot: String,
    /// Who is signed in.
    pub me: String,
    /// What they are.
    pub role: &'static str,
    /// What forms carry.
    pub csrf: String,
    /// They can be given work.
    pub online: bool,
    /// They answer customers.
    pub acts: bool,
    /// They decide who works here.
    pub leads: bool,
    /// Which page it is: `desk`, `case` or `people`.
    pub here: &'static str,
    /// The clock of the desk, `14:05`.
    pub clock: String,
}

impl Frame {
    pub(super) fn of(desk: &Desk, me: &Me, here: &'static str) -> Self {
        let (bot, now) = (desk.runtime().bot(), desk.now());
        let zone: Tz = bot.hours.zone();
        Self {
            bot: bot.name.clone(),
            me: me.name.clone(),
            role: me.role.name(),
            csrf: me.csrf.clone(),
            online: desk.wants_work(me),
            acts: me.role.may(Need::Act),
            leads: me.role.may(Need::Lead),
            here,
            clock: now.with_timezone(&zone).format("%H:%M").to_string(),
        }
    }

    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            bot: "Orbit TV".to_owned(),
            me: "Dana".to_owned(),
            role: "agent",
            csrf: "csrf-of-the-session".to_owned(),
            online: true,
            acts: true,
            leads: false,
            here: "desk",
            clock: "12:26".to_owned(),
        }
    }
}

/// Something said above a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// It worked.
    pub good: bool,
    /// What.
    pub text: String,
    /// A link to pass on, by its path.
    pub link: Option<String>,
}

impl Notice {
    /// It worked.
    #[must_use]
    pub const fn good(text: String) -> Self {
        Self { good: true, text, link: None }
    }

    /// It did not.
    #[must_use]
    pub const fn bad(text: String) -> Self {
        Self { good: false, text, link: None }
    }

    /// A one-time link for somebody.
    #[must_use]
    pub fn link(name: &str, link: String) -> Self {
        let text = format!("Send this link to {name}. It works once, for three days; there they choose a password.");
        Self { good: true, text, link: Some(link) }
    }
}
