//! A contact's thread as people read it, and why each turn went as it did.

use serde::{Deserialize, Serialize};

use super::ContactId;
use crate::clock::Timestamp;
use crate::message::Delivery;

/// Who speaks in an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The customer.
    Customer,
    /// The bot.
    Bot,
    /// An agent, by name.
    Agent(String),
    /// Staff in the WhatsApp app (R5).
    Phone,
    /// Nobody: a line for people's eyes, in an agent's name or the machine's.
    Note(Option<String>),
}

/// A line to add to the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// When it was said.
    pub at: Timestamp,
    /// By whom.
    pub who: Who,
    /// In which enquiry.
    pub enquiry: Option<u32>,
    /// What, as JSON.
    pub message: String,
    /// It holds a secret answer (R42).
    pub secret: bool,
    /// The channel's id of a message that was received.
    pub message_id: Option<String>,
}

/// A line of the thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose thread.
    pub contact: ContactId,
    /// Counts the lines of the thread from 1.
    pub seq: i64,
    /// The turn it was written by.
    pub turn: i64,
    /// When it was said.
    pub at: Timestamp,
    /// By whom.
    pub who: Who,
    /// In which enquiry.
    pub enquiry: Option<u32>,
    /// What, as JSON.
    pub message: String,
    /// It holds a secret answer (R42).
    pub secret: bool,
    /// The channel's id of it, once known.
    pub message_id: Option<String>,
    /// How far it has come, for what we send.
    pub delivery: Option<Delivery>,
    /// Why it has not come further, for people.
    pub failure: Option<String>,
}

/// Which piece of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadQuery {
    /// Whose.
    pub contact: ContactId,
    /// Lines below this one; the latest if none.
    pub before: Option<i64>,
    /// Lines above this one only.
    pub after: i64,
    /// How many at most, the latest of them; never more than 1,000.
    pub limit: u32,
}

/// Why a turn went as it did (R41).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// Which turn.
    pub turn: i64,
    /// When.
    pub at: Timestamp,
    /// The reasons, as JSON.
    pub reasons: String,
}
