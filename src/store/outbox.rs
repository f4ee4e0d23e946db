//! What was committed to be sent, until it is settled (R39).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ContactId;
use super::contact::Identity;
use crate::clock::Timestamp;

/// A job by contact and number. Its text (`frontdesk:7:1234`) goes along with the message and comes back with its statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId {
    /// Whose.
    pub contact: ContactId,
    /// Counts up in the order of sending.
    pub number: i64,
}

impl fmt::Display for JobId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "frontdesk:{}:{}", self.contact, self.number)
    }
}

/// The text is not a job's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAJob;

impl FromStr for JobId {
    type Err = NotAJob;

    fn from_str(text: &str) -> Result<Self, NotAJob> {
        let (contact, number) = text.strip_prefix("frontdesk:").and_then(|rest| rest.split_once(':')).ok_or(NotAJob)?;
        let (contact, number) = (contact.parse().map_err(|_| NotAJob)?, number.parse().map_err(|_| NotAJob)?);
        Ok(Self { contact, number })
    }
}

/// A wish for work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who asks: a name of this claim's own, so that a late word of an earlier one's is not taken for its.
    pub worker: String,
    /// The present.
    pub now: Timestamp,
    /// How long the jobs are ours.
    pub lease: Duration,
    /// How long the status of a job whose lease ended is waited for.
    pub settle: Duration,
    /// How many at most.
    pub limit: u32,
    /// How many of one business number at most…
    pub room: u32,
    /// …unless it stands here; none of a number whose jobs wait a moment longer.
    pub rooms: BTreeMap<String, u32>,
    /// The business number after which the search begins, so that none is always the last.
    pub after: Option<String>,
    /// Whose jobs wait a moment longer.
    pub except: Vec<ContactId>,
}

impl Claim {
    /// How many jobs of this business number at most, when so many were found of others.
    #[must_use]
    pub fn room_of(&self, number_id: &str, found: usize) -> u32 {
        let left = self.limit.saturating_sub(u32::try_from(found).unwrap_or(u32::MAX));
        self.rooms.get(number_id).copied().unwrap_or(self.room).min(left)
    }
}

/// A job that is ours until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// From which business number.
    pub number_id: String,
    /// To whom, as known now.
    pub to: Identity,
    /// What, as JSON.
    pub payload: String,
    /// Counts the tries, this one included.
    pub attempt: u32,
    /// When it was committed.
    pub created_at: Timestamp,
    /// When the customer last wrote: the beginning of the window in which free text may go (R32).
    pub wrote_at: Option<Timestamp>,
    /// The outcome of an earlier try is not known, so that the customer may get it twice.
    pub uncertain: bool,
}

/// What became of a leased job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Which.
    pub job: JobId,
    /// The name under which it was claimed.
    pub worker: String,
    /// How it went.
    pub outcome: SendOutcome,
}

/// How a try to send went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// The channel took it.
    Sent {
        /// The channel's id.
        message_id: String,
        /// By what the channel knows the recipient; new parts are added to the contact.
        recipient: Identity,
    },
    /// It did not go out; try again.
    Retry {
        /// Not before.
        at: Timestamp,
        /// Why, for people.
        failure: String,
    },
    /// It was not tried: a limit is in the way. Does not count as a try.
    Postponed {
        /// Not before.
        until: Timestamp,
    },
    /// Nobody knows whether it went out; its status decides, and it is tried again when none comes until then.
    Unknown {
        /// Until when its status is waited for.
        until: Timestamp,
        /// Why, for people.
        failure: String,
    },
    /// It never will; a person must see that.
    Failed {
        /// Why, for people.
        failure: String,
        /// What it is for the conversation, as JSON; none where nobody needs to know.
        payload: Option<String>,
    },
}
