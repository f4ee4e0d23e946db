//! Everything that is kept of a contact, in one piece (R42): what is exported, and what an erasure removes. Knows no engine.

use serde::{Deserialize, Serialize};

use super::contact::{Card, ContactRow};
use super::inbox::InboxRow;
use super::thread::{Entry, Why};
use super::turn::{Fact, TimerRow};
use crate::clock::Timestamp;
use crate::message::Delivery;

/// Everything that is kept of a contact, secret answers whole: it is the contact's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Who, and the conversation.
    pub contact: ContactRow,
    /// When they first wrote.
    pub created_at: Timestamp,
    /// What lists show of them.
    pub card: Card,
    /// By what they are and were known.
    pub known_by: Vec<KnownBy>,
    /// What arrived from them, in the order of receipt.
    pub received: Vec<Received>,
    /// Their thread.
    pub thread: Vec<Entry>,
    /// Why each turn went as it did, in order.
    pub reasons: Vec<Why>,
    /// What is armed.
    pub timers: Vec<TimerRow>,
    /// What was to be sent to them, in order.
    pub outbox: Vec<Outgoing>,
    /// What the reports count of them, in order.
    pub facts: Vec<Happened>,
}

/// Something a contact is or was known by (R1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownBy {
    /// `wa_id` or `user_id`.
    pub kind: String,
    /// The number or id.
    pub value: String,
    /// When they left it behind.
    pub left_at: Option<Timestamp>,
}

/// Something that arrived from a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// What.
    #[serde(flatten)]
    pub row: InboxRow,
    /// The channel's id of it.
    pub message_id: Option<String>,
    /// The turn that took it.
    pub taken_by: Option<i64>,
}

/// Something that was to be sent to a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Counts up in the order of sending.
    pub number: i64,
    /// What, as JSON.
    pub payload: String,
    /// When it was committed.
    pub created_at: Timestamp,
    /// How many times it was tried.
    pub attempts: u32,
    /// The channel's id of it, once known.
    pub message_id: Option<String>,
    /// How far it has come.
    pub delivery: Delivery,
    /// Why it has not come further, for people.
    pub failure: Option<String>,
}

/// Something of a contact's that the reports count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub fact: Fact,
}
