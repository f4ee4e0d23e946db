//! The lists of enquiries.

use askama::Template;

use super::Frame;

/// Whose enquiries the lists show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Mine, and what anybody of my queues may take.
    Mine,
    /// Everything of my queues.
    Queues,
    /// Everything.
    All,
}

impl Show {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mine, Self::Queues, Self::All];

    /// As addresses spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Queues => "queues",
            Self::All => "all",
        }
    }

    /// As the page calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Mine => "Mine",
            Self::Queues => "My queues",
            Self::All => "All",
        }
    }
}

/// The lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Whose.
    pub show: Show,
    /// The case that is open beside them.
    pub at: Option<i64>,
    /// How many must be answered.
    pub must: usize,
    /// The present in milliseconds since 1970, for the page's clocks.
    pub now: i64,
    /// The clock of the desk, `14:05`.
    pub clock: String,
    /// "Must answer", "awaiting the customer", "until morning", "with the bot now".
    pub groups: Vec<Group>,
}

/// One list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `must`, `theirs`, `morning` or `bot`.
    pub key: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What is said when there is nothing.
    pub empty: &'static str,
    /// Its enquiries.
    pub cards: Vec<Card>,
}

/// An enquiry in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Whose.
    pub contact: i64,
    /// What the customer is called.
    pub name: String,
    /// What it is about.
    pub subject: Option<String>,
    /// Its state in words.
    pub state: String,
    /// The tone of the state.
    pub tone: &'static str,
    /// By when a person must answer.
    pub countdown: Option<Countdown>,
    /// Its queue.
    pub queue: Option<String>,
    /// The colleague who has it.
    pub agent: Option<String>,
    /// Whoever looks has it.
    pub mine: bool,
    /// What the customer writes in.
    pub language: Option<String>,
    /// What a customer or a person said last.
    pub preview: Option<Preview>,
    /// When the customer last wrote, in milliseconds since 1970; for the unread mark.
    pub wrote: i64,
    /// How long ago somebody wrote.
    pub since: String,
    /// It is open beside the list.
    pub open: bool,
}

/// What a customer or a person said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Who of ours said it: "You", a colleague; `None` for the customer.
    pub by: Option<String>,
    /// In words.
    pub text: String,
}

/// By when a person must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Countdown {
    /// By when, in milliseconds since 1970.
    pub due: i64,
    /// From when on it is near.
    pub warn: i64,
    /// By when, in words.
    pub at: String,
    /// What is left, in words.
    pub left: String,
    /// `good`, `caution` when near, `bad` when late.
    pub tone: &'static str,
    /// It is what the customer was told.
    pub promised: bool,
}

/// The page with the lists alone.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "desk/pages/queue.html", config = ".askama.toml")]
pub struct QueuePage {
    /// Around it.
    pub frame: Frame,
    /// The lists.
    pub list: List,
}

/// The lists alone, for a page that is open.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "desk/pages/list.html", config = ".askama.toml")]
pub struct ListPart {
    /// The lists.
    pub list: List,
}

impl List {
    /// An example: one late, one near, one of each other list.
    #[must_use]
    pub fn sample() -> Self {
        let said = |by: Option<&str>, text: &str| Some(Preview { by: by.map(str::to_owned), text: text.to_owned() });
        let card = |contact: i64, name: &str, state: &str, tone| Card {
            contact,
            name: name.to_owned(),
            subject: Some("My TV is not working".to_owned()),
            state: state.to_owned(),
            tone,
            countdown: None,
            queue: Some("Technical support".to_owned()),
            agent: None,
            mine: false,
            language: Some("English".to_owned()),
            preview: said(None, "The screen is still black"),
            wrote: 1_795_000_000_000,
            since: "4 min ago".to_owned(),
            open: false,
        };
        let countdown = |left: &str, tone| {
            Some(Countdown {
                due: 1_795_000_300_000,
                warn: 1_795_000_100_000,
                at: "12:31".to_owned(),
                left: left.to_owned(),
                tone,
                promised: true,
            })
        };
        let late = Card {
            countdown: countdown("3 min late", "bad"),
            mine: true,
            open: true,
            ..card(7, "<b>Noa & co</b>", "needs a reply", "warm")
        };
        let near = Card {
            countdown: countdown("in 2 min", "caution"),
            language: Some("Hebrew".to_owned()),
            preview: said(None, "המסך עדיין שחור"),
            ..card(8, "נועה לוי", "waiting for anyone", "warm")
        };
        let theirs = Card {
            agent: Some("Yossi".to_owned()),
            preview: said(Some("You"), "מחר <בבוקר>"),
            ..card(9, "Amir", "awaiting the customer", "accent")
        };
        let group = |key, title, empty, cards| Group { key, title, empty, cards };
        Self {
            show: Show::Mine,
            at: Some(7),
            must: 2,
            now: 1_795_000_000_000,
            clock: "12:26".to_owned(),
            groups: vec![
                group("must", "Must answer", "Nobody waits for you.", vec![late, near]),
                group("theirs", "Awaiting the customer", "Nothing here.", vec![theirs]),
                group("morning", "Until morning", "Nothing here.", vec![]),
                group("bot", "With the bot now", "Nothing here.", vec![card(11, "Lea", "with the bot", "")]),
            ],
        }
    }
}

impl QueuePage {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        Self { frame: Frame::sample(), list: List { at: None, ..List::sample() } }
    }
}

impl ListPart {
    /// An example.
    #[must_use]
    pub fn sample() -> Self {
        Self { list: List::sample() }
    }
}
