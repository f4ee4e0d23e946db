//! Agents, their sessions at the desk, and what they did.

use serde::{Deserialize, Serialize};

use super::ContactId;
use crate::clock::Timestamp;

/// Someone who works at the desk.
#[derive(Clone, PartialEq, Eq)]
pub struct AgentRow {
    /// The name shown at the desk; unique.
    pub name: String,
    /// Their password, hashed.
    pub password_hash: String,
    /// What they may do; the desk gives it meaning.
    pub role: String,
    /// The queues they work in; `None` is every queue.
    pub queues: Option<Vec<String>>,
    /// Whether they can be given work now.
    pub online: bool,
    /// How many enquiries may wait for them, if not as `bot.yaml` says.
    pub capacity: Option<u32>,
    /// When they were last seen.
    pub last_seen: Option<Timestamp>,
    /// Whether they may sign in at all.
    pub active: bool,
}

impl std::fmt::Debug for AgentRow {
    /// Leaves the password out.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AgentRow")
            .field("name", &self.name)
            .field("role", &self.role)
            .field("queues", &self.queues)
            .field("online", &self.online)
            .field("capacity", &self.capacity)
            .field("last_seen", &self.last_seen)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

/// An agent who is signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// The digest of the cookie; the cookie itself is kept nowhere.
    pub token_hash: String,
    /// Who.
    pub agent: String,
    /// Until when.
    pub expires: Timestamp,
    /// What forms must carry.
    pub csrf: String,
}

impl std::fmt::Debug for Session {
    /// Leaves the secrets out.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Session").field("agent", &self.agent).field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// What an erasure is called in the audit log (R42).
const ERASE: &str = "erase";

/// Who did what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What.
    pub what: String,
    /// To what or whom; no customer's words.
    pub about: String,
}

impl AuditRow {
    /// "A contact was erased" (R42). The number leads to nobody any more.
    #[must_use]
    pub fn erasure(who: &str, contact: ContactId, at: Timestamp) -> Self {
        Self { at, who: who.to_owned(), what: ERASE.to_owned(), about: format!("contact {contact}") }
    }

    /// Whom it says to have been erased.
    #[must_use]
    pub fn erased(&self) -> Option<ContactId> {
        let about = Some(&self.about).filter(|_| self.what == ERASE)?;
        about.strip_prefix("contact ")?.parse().ok()
    }
}
