//! What arrives from outside, and what is kept of it until a turn takes it.

use serde::{Deserialize, Serialize};

use super::ContactId;
use super::contact::Identity;
use super::outbox::JobId;
use crate::clock::Timestamp;
use crate::message::Delivery;

/// One thing that was delivered to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// A customer wrote, or staff wrote to them in the WhatsApp app.
    Message {
        /// The business number.
        number_id: String,
        /// The customer, in both cases.
        who: Identity,
        /// [`InboxKind::Message`] or [`InboxKind::Echo`].
        kind: InboxKind,
        /// The channel's id, unique per business number.
        message_id: String,
        /// When it was written, as the channel stamped it.
        at: Timestamp,
        /// What it says, as JSON.
        payload: String,
    },
    /// A customer is known by something else now; the thread follows (R1). What they wrote as somebody new before this
    /// notice comes into their thread, unless a turn answered it already: then it stays where it was answered.
    Renamed {
        /// The business number.
        number_id: String,
        /// By what they were known.
        old: Identity,
        /// What changed to what; parts that are missing stay.
        new: Identity,
        /// When it changed, as the channel stamped it.
        at: Timestamp,
        /// The change for the conversation, as JSON.
        payload: String,
    },
    /// How far a message of ours has come (R39).
    Status {
        /// The business number.
        number_id: String,
        /// The channel's id of our message.
        message_id: String,
        /// The job, if the status carries what we attached.
        job: Option<JobId>,
        /// How far.
        delivery: Delivery,
        /// What failed, for people.
        failure: Option<String>,
        /// When it may be tried again, if its failure allows that; else a failure is final.
        retry_at: Option<Timestamp>,
        /// What a final failure is for the conversation, as JSON.
        payload: String,
    },
}

/// What kind of row waits in the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxKind {
    /// The customer wrote.
    Message,
    /// Staff wrote to them in the WhatsApp app (R5).
    Echo,
    /// They are known by something else now (R1).
    Renamed,
    /// A message of ours will never arrive (R39).
    Undeliverable,
}

impl InboxKind {
    /// As it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Echo => "echo",
            Self::Renamed => "renamed",
            Self::Undeliverable => "undeliverable",
        }
    }

    /// From how it is stored.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Message, Self::Echo, Self::Renamed, Self::Undeliverable].into_iter().find(|kind| kind.name() == name)
    }
}

/// What came of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// It waits for the contact's next turn.
    Stored {
        /// Whose.
        contact: ContactId,
        /// The row in the inbox.
        inbox: i64,
    },
    /// It was here before; nothing changed.
    Duplicate {
        /// Whose.
        contact: ContactId,
    },
    /// A job of ours is further than it was.
    Settled {
        /// Which.
        job: JobId,
        /// How far.
        delivery: Delivery,
    },
    /// It concerns nothing we know; nothing changed.
    Unknown,
}

impl Arrived {
    /// The contact whose next turn has something to take.
    #[must_use]
    pub const fn woken(&self) -> Option<ContactId> {
        match self {
            Self::Stored { contact, .. } => Some(*contact),
            Self::Duplicate { .. } | Self::Settled { .. } | Self::Unknown => None,
        }
    }
}

/// Something received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRow {
    /// Its key; counts up in the order of receipt.
    pub id: i64,
    /// What it is.
    pub kind: InboxKind,
    /// When it was written, as the channel stamped it.
    pub at: Timestamp,
    /// When we received it.
    pub received_at: Timestamp,
    /// What it says, as JSON.
    pub payload: String,
}

/// A contact for whom something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Who.
    pub contact: ContactId,
    /// When the first of it was received.
    pub first: Timestamp,
    /// When the last of it was received.
    pub last: Timestamp,
    /// How many rows.
    pub count: u32,
}
