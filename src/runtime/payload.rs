//! What the runtime keeps in the store as JSON: jobs of the outbox, and what waits in the inbox beside messages.

use serde::{Deserialize, Serialize};

use crate::message::{Content, Outbound};

/// Something to send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// A message.
    Message(Outbound),
    /// Words of an agent's. When their window shuts while they wait, they go the template way (R32).
    Words {
        /// Whose.
        agent: String,
        /// Which.
        text: String,
    },
}

/// A customer's number or id changed (R1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// The new number.
    pub wa_id: Option<String>,
    /// The new business-scoped id.
    pub user_id: Option<String>,
}

/// A message of ours will never arrive (R39).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undeliverable {
    /// The channel's code.
    pub code: u32,
    /// What it is called.
    pub title: String,
    /// The words of an agent's that were not even tried, because their window had shut while they waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsent: Option<Unsent>,
}

/// Words that were not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    /// Whose.
    pub agent: String,
    /// Which.
    pub text: String,
}

/// What a line of the thread holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    /// For people's eyes.
    Note {
        /// The words.
        note: String,
    },
    /// What we sent.
    Sent(Outbound),
    /// What came.
    Came(Content),
}
