//! Everything a turn can want done, as one enum. Effects are committed with the state that caused them and carried out after.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::message::{Fields, Outbound};

/// One thing wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Send a message to the contact, after those wanted before it (R39).
    Send {
        /// What.
        message: Outbound,
        /// In whose name.
        by: Author,
    },
    /// Mark the customer's message as read; `typing` shows "typing…" until we answer.
    MarkRead {
        /// The channel's id of the customer's message.
        message: String,
        /// Whether an answer follows.
        typing: bool,
    },
    /// Call a lookup; its answer comes back as [`super::event::Event::Lookup`] (R18).
    Lookup {
        /// Counts up within the conversation; tells an old answer from a new one.
        call: u64,
        /// The lookup's name in the newest bot.
        lookup: String,
        /// The names its address may use, with their values (options by key).
        names: std::collections::BTreeMap<String, crate::message::Value>,
        /// Results of earlier lookups of the enquiry.
        results: std::collections::BTreeMap<String, Fields>,
    },
    /// Tell agents something (R29, R31).
    Alert {
        /// Whom: one agent, or everybody online in the queue.
        to: Audience,
        /// What.
        alert: Alert,
    },
    /// A line in the thread for people's eyes: a handoff with its reason, an assignment, an agent's note.
    Note {
        /// In whose name.
        by: Author,
        /// The line.
        text: String,
    },
}

/// In whose name something is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The bot.
    Bot,
    /// An agent, by name.
    Agent(String),
    /// Staff in the WhatsApp app (R5).
    Phone,
}

/// Who hears an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// One agent.
    Agent(String),
    /// Everybody online in a queue.
    Queue(String),
    /// The supervisors of a queue.
    Supervisors(String),
}

/// What agents are told; the names are those of `! alert` in transcripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    /// It is yours now.
    Assigned,
    /// A target is at `warn_at` per cent (R31).
    Warn,
    /// A target or promise was missed (R22, R31).
    Breach,
    /// The window shuts soon on an enquiry that needs our reply (R31).
    Window,
    /// A message could not be delivered (R39).
    Undeliverable,
    /// A person is needed again: the flow came back, a promise is near, nobody is left to be given it (R29, R30).
    Back,
}

/// A timer armed by a conversation; see [`super::state::TimerKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// What for.
    pub kind: super::state::TimerKind,
    /// When.
    pub at: Timestamp,
}
