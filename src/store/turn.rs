//! A turn as it is committed (R38), and the timers it leaves behind (R40).

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ContactId;
use super::contact::Card;
use super::error::StoreError;
use super::outbox::JobId;
use super::people::AuditRow;
use super::thread::NewEntry;
use crate::clock::Timestamp;

/// Everything a turn changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnCommit {
    /// Whose turn.
    pub contact: ContactId,
    /// The row version it began from; the turn has the next one.
    pub expected: i64,
    /// When it was taken.
    pub at: Timestamp,
    /// The conversation after it, as JSON.
    pub state: String,
    /// The number of the form that `state` has.
    pub form: u32,
    /// What lists show.
    pub card: Card,
    /// Rows of the inbox it has taken.
    pub taken: Vec<i64>,
    /// What it adds to the thread.
    pub entries: Vec<NewEntry>,
    /// What it wants sent, in order.
    pub jobs: Vec<NewJob>,
    /// All timers that are armed after it, one of each kind; any other is disarmed.
    pub timers: Vec<(String, Timestamp)>,
    /// Why it went as it did, as JSON (R41).
    pub reasons: String,
    /// What the reports count.
    pub facts: Vec<Fact>,
    /// Who did what, if it was an agent.
    pub audit: Option<AuditRow>,
}

/// Something to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What, as JSON.
    pub payload: String,
    /// The entry of the same turn that shows it, by position; its delivery is kept there.
    pub entry: Option<usize>,
    /// Not before.
    pub not_before: Option<Timestamp>,
}

/// Something the reports count, e.g. a promise kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What: `promise_kept`, `handoff`, …
    pub name: String,
    /// In which queue.
    pub queue: Option<String>,
    /// By whom.
    pub agent: Option<String>,
    /// Of what sort, e.g. the reason of a handoff.
    pub detail: Option<String>,
}

/// How often something happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactCount {
    /// What.
    pub name: String,
    /// In which queue.
    pub queue: Option<String>,
    /// Of what sort.
    pub detail: Option<String>,
    /// How often.
    pub count: i64,
}

/// Which things that the reports count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OccurrenceQuery {
    /// What.
    pub name: String,
    /// From when on.
    pub from: Timestamp,
    /// Until before when.
    pub to: Timestamp,
    /// Above this number.
    pub after: i64,
    /// How many at most.
    pub limit: u32,
}

/// Something that the reports count, and to whom it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Counts up as things happen, and stays.
    pub number: i64,
    /// To whom.
    pub contact: ContactId,
    /// When.
    pub at: Timestamp,
    /// Of what sort.
    pub detail: Option<String>,
}

/// What a committed turn was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Whose turn.
    pub contact: ContactId,
    /// The row version it made.
    pub row_version: i64,
    /// Its lines in the thread.
    pub entries: Vec<i64>,
    /// Its jobs.
    pub jobs: Vec<JobId>,
}

/// Why one turn could not be committed. It left no trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnProblem {
    /// Another turn of the contact came first; load again and repeat.
    Moved {
        /// The row version the contact has now.
        found: i64,
    },
    /// There is no such contact.
    NoContact,
    /// A row of the inbox was taken by another turn, or is not this contact's; load again and repeat.
    Taken {
        /// Which.
        inbox: i64,
    },
    /// A job names an entry that the turn does not have.
    NoEntry {
        /// The position it names.
        entry: usize,
    },
    /// The store could not write it.
    Store(StoreError),
}

impl fmt::Display for TurnProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved { found } => write!(out, "another turn came first (row version {found}); repeat it from there"),
            Self::NoContact => write!(out, "there is no such contact"),
            Self::Taken { inbox } => write!(out, "row {inbox} of the inbox is not there to be taken; repeat the turn"),
            Self::NoEntry { entry } => write!(out, "a job belongs to entry {entry}, which the turn does not have"),
            Self::Store(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for TurnProblem {}

impl From<StoreError> for TurnProblem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A timer of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerRow {
    /// What for.
    pub kind: String,
    /// When.
    pub due: Timestamp,
    /// The turn that armed it.
    pub armed_by: i64,
}

/// A timer that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTimer {
    /// Whose.
    pub contact: ContactId,
    /// Which.
    pub timer: TimerRow,
}

/// A wish for timers that are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerClaim {
    /// Who asks: one name per process and start.
    pub worker: String,
    /// The present.
    pub now: Timestamp,
    /// How long the timers are ours. A lease that ends later than one taken now would is of a clock that was set back since,
    /// and holds up nobody.
    pub lease: Duration,
    /// Contacts whose timers are left out.
    pub except: Vec<ContactId>,
    /// How many at most.
    pub limit: u32,
}

/// How much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depths {
    /// Rows of the inbox that no turn has taken.
    pub inbox: i64,
    /// Jobs that are not finished.
    pub outbox: i64,
    /// Timers that are armed.
    pub timers: i64,
    /// Enquiries that have not ended.
    pub open: i64,
}
