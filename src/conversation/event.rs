//! Everything that can happen to a conversation, as one enum.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::message::{Inbound, Media, MediaSource, Value};

use super::state::TimerKind;

/// One thing that happens to a conversation, handled atomically as a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The customer wrote: messages gathered by R3, in the order WhatsApp stamped them; never empty.
    Messages(Vec<Inbound>),
    /// Staff answered from the WhatsApp app (R5).
    Echo(Inbound),
    /// A timer is due.
    Timer(TimerKind),
    /// A lookup answered, or did not (R18).
    Lookup {
        /// Which call: the number in [`super::effect::Effect::Lookup`]. An answer to an older call is ignored.
        call: u64,
        /// What came back.
        answer: LookupAnswer,
    },
    /// A message of ours will never arrive (R39).
    Undeliverable {
        /// The channel's error code, e.g. 131047.
        code: u32,
        /// What the channel says of it, for agents.
        title: String,
    },
    /// Words of an agent's were not sent, because the window shut while they waited to be (R32).
    WindowShut {
        /// Whose words.
        agent: String,
        /// The words.
        text: String,
    },
    /// An agent did something.
    Agent {
        /// Who: the name shown at the desk, unique.
        agent: String,
        /// What.
        act: Act,
    },
    /// The floor handed the enquiry to an agent (R29).
    Assigned {
        /// To whom.
        agent: String,
    },
    /// The agent who has it has been offline for `offline_after` (R29).
    AgentGone {
        /// Who.
        agent: String,
    },
    /// The newest version has other hours or another policy than what is due was computed by (R19).
    Published,
    /// WhatsApp reports a changed number or id (R1, R4).
    Renamed {
        /// The new `wa_id`, if it changed.
        wa_id: Option<String>,
        /// The new business-scoped id, if it changed.
        user_id: Option<String>,
    },
    /// The phone line acts on the enquiry (R35).
    Phone {
        /// Who took the call.
        by: String,
        /// What they do.
        act: PhoneAct,
    },
}

/// What the phone line can do (R35).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneAct {
    /// Go on by phone.
    ContinueByPhone,
    /// Go on here.
    ContinueOnWhatsapp,
    /// It was done by phone.
    Done,
    /// Invite a caller who agreed.
    Invite,
}

/// What a lookup came back with (R18).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookupAnswer {
    /// An answer; fields that it lacks are `None`. `found` is added by the machine unless the bot declares it.
    Found(std::collections::BTreeMap<String, Value>),
    /// 404.
    NotFound,
    /// Time-out, garbage, refused host, another status: why, for the agent.
    Failed(String),
}

/// What an agent can do (R30).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Take the enquiry. Refused if someone else has it.
    Take,
    /// Write to the customer.
    Reply {
        /// The words; may be empty when a file goes along.
        text: String,
        /// A file to send along.
        file: Option<FileToSend>,
    },
    /// Outside the window: ask by template (`answer_ready`) to tap, which sends this text (R32).
    HeldReply {
        /// The waiting text.
        text: String,
    },
    /// Send an approved template (R32).
    Template {
        /// Its occasion in `bot.yaml`.
        occasion: String,
    },
    /// For colleagues only.
    Note {
        /// The words.
        text: String,
    },
    /// Come back to the customer by a time; the customer is told.
    Promise {
        /// `2h`, `14:00`, `tomorrow 09:00`, already read.
        at: Timestamp,
    },
    /// Put it aside until a time; the customer is not told.
    Snooze {
        /// Until when.
        at: Timestamp,
    },
    /// Let the bot do a flow.
    Flow {
        /// Its name.
        flow: String,
    },
    /// Send an article.
    Article {
        /// Its name.
        article: String,
    },
    /// Give it to a queue.
    TransferToQueue {
        /// Its name.
        queue: String,
    },
    /// Give it to a colleague.
    TransferToAgent {
        /// Their name.
        agent: String,
    },
    /// End the enquiry.
    End,
}

/// A file an agent attaches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileToSend {
    /// What it is.
    pub media: Media,
    /// Where its bytes are.
    pub source: MediaSource,
}
