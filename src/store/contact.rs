//! A contact as it is kept: who, the state, and the columns that lists are made of.

use serde::{Deserialize, Serialize};

use super::ContactId;
use super::inbox::InboxRow;
use super::turn::TimerRow;
use crate::clock::Timestamp;

/// By what a customer is known. At least one of the ids should be there; a customer with neither is never found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Their number in digits.
    pub wa_id: Option<String>,
    /// Their business-scoped id.
    pub user_id: Option<String>,
    /// What they call themselves; untrusted.
    pub name: Option<String>,
}

/// One contact (R1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRow {
    /// Their key.
    pub id: ContactId,
    /// The business number they write to.
    pub number_id: String,
    /// By what they are known now.
    pub who: Identity,
    /// The conversation as JSON; none before the first turn.
    pub state: Option<String>,
    /// The number of the form that `state` has.
    pub form: u32,
    /// Counts the turns committed; a turn names the one it began from.
    pub row_version: i64,
}

/// A contact with everything that its next turn needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Who, and the state.
    pub contact: ContactRow,
    /// What no turn has taken yet, in the order WhatsApp stamped it (R2).
    pub inbox: Vec<InboxRow>,
    /// What is armed.
    pub timers: Vec<TimerRow>,
}

/// What lists show and sort by, computed from the state by whoever writes it. Masking secrets is the writer's duty (R42).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The enquiry's number.
    pub enquiry: Option<u32>,
    /// Its state by name; none before the first enquiry.
    pub state: Option<String>,
    /// Since when it is in that state.
    pub since: Option<Timestamp>,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// The bot version it is on (R19).
    pub version: Option<String>,
    /// The flow that runs (R19).
    pub flow: Option<String>,
    /// The question that is open (R19).
    pub question: Option<String>,
    /// The queue it belongs to.
    pub queue: Option<String>,
    /// Who has it.
    pub agent: Option<String>,
    /// Its place in the queue (R28).
    pub place: Option<Timestamp>,
    /// By when the customer was promised an answer (R22).
    pub promise_at: Option<Timestamp>,
    /// By when a person must have replied (R31).
    pub reply_due: Option<Timestamp>,
    /// When the customer last wrote (R32).
    pub wrote_at: Option<Timestamp>,
    /// When a customer or a person last wrote (R26).
    pub last_human_at: Option<Timestamp>,
    /// What it is about, for people.
    pub subject: Option<String>,
    /// What a customer or a person said last, short, for people; none leaves what was there.
    pub preview: Option<Preview>,
}

/// What somebody said last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// In words, short.
    pub text: String,
    /// The agent who said it; empty for staff in the WhatsApp app, `None` for the customer.
    pub agent: Option<String>,
}

/// A line in a list of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Whose enquiry.
    pub contact: ContactId,
    /// The business number.
    pub number_id: String,
    /// Who they are.
    pub who: Identity,
    /// The turn it is from.
    pub row_version: i64,
    /// The enquiry.
    pub card: Card,
}

/// Which enquiries a list shows; an empty list of values leaves nothing out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseQuery {
    /// In one of these states; empty: in any but `ended`.
    pub states: Vec<String>,
    /// In one of these queues; empty: in any or none.
    pub queues: Vec<String>,
    /// With this agent.
    pub agent: Option<String>,
    /// On this business number.
    pub number_id: Option<String>,
    /// In what order.
    pub sort: Sort,
    /// How many at most; never more than 1,000.
    pub limit: u32,
    /// How many of the first are left out.
    pub offset: u32,
}

/// The orders a list can have. Ties go by contact; what lacks the time comes last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// By place in the queue, first come first.
    #[default]
    Place,
    /// By the nearest of promise and reply due.
    Due,
    /// By when the customer last wrote, the longest ago first.
    LongestAgo,
    /// By when anybody last wrote, the latest first.
    Latest,
}
