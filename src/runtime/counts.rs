//! What turns and sends came to since the start, in numbers, with no customer in them. Counts; knows nothing of who reads
//! them.

use std::collections::BTreeMap;

use chrono::Duration;

use crate::conversation::Step;
use crate::conversation::event::Event;
use crate::conversation::reason::Reason;
use crate::conversation::state::{Conversation, State};
use crate::intent::Decision;
use crate::store::SendOutcome;

/// The upper ends of the classes of how long something took, in milliseconds.
pub const CLASSES_MS: [i64; 9] = [1, 5, 10, 25, 50, 100, 250, 1_000, 5_000];

/// How long something took, each time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// How often, by class: one each, the last beyond all ends.
    pub classes: [u64; CLASSES_MS.len() + 1],
    /// All of them together, in milliseconds.
    pub took_ms: i64,
}

impl Times {
    /// It took so long once more.
    pub fn add(&mut self, took: Duration) {
        let took = took.num_milliseconds().max(0);
        let class = CLASSES_MS.iter().position(|end| took <= *end).unwrap_or(CLASSES_MS.len());
        if let Some(count) = self.classes.get_mut(class) {
            *count += 1;
        }
        self.took_ms = self.took_ms.saturating_add(took);
    }
}

/// The numbers at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Turns that were committed, by what happened.
    pub turns: BTreeMap<&'static str, u64>,
    /// What the classifier made of messages, by how sure it was.
    pub understood: BTreeMap<&'static str, u64>,
    /// Enquiries that ended, by who served them: `bot` alone (contained), or a `person` too.
    pub ended: BTreeMap<&'static str, u64>,
    /// Tries to send, by how they went.
    pub sends: BTreeMap<&'static str, u64>,
    /// How long each stage took: `wait` from receipt until the turn was committed, `decide`, `commit`, `send`.
    pub stages: BTreeMap<&'static str, Times>,
}

impl Numbers {
    /// A stage took so long.
    pub(super) fn took(&mut self, stage: &'static str, took: Duration) {
        self.stages.entry(stage).or_default().add(took);
    }

    /// A turn was committed.
    pub(super) fn turn(&mut self, event: &'static str, before: &Conversation, step: &Step) {
        *self.turns.entry(event).or_default() += 1;
        for reason in &step.why {
            if let Reason::Understood(understanding) = reason {
                *self.understood.entry(sure(understanding.decision)).or_default() += 1;
            }
        }
        if before.state() != State::Ended && step.after.state() == State::Ended {
            let person = step.after.enquiry.as_ref().is_some_and(|enquiry| enquiry.handoff.is_some());
            *self.ended.entry(if person { "person" } else { "bot" }).or_default() += 1;
        }
    }

    /// A try to send came to its end.
    pub(super) fn sent(&mut self, outcome: &SendOutcome, took: Duration) {
        let name = match outcome {
            SendOutcome::Sent { .. } => "sent",
            SendOutcome::Retry { .. } => "retry",
            SendOutcome::Postponed { .. } => "postponed",
            SendOutcome::Unknown { .. } => "unknown",
            SendOutcome::Failed { .. } => "failed",
        };
        *self.sends.entry(name).or_default() += 1;
        if !matches!(outcome, SendOutcome::Postponed { .. }) {
            self.took("send", took);
        }
    }
}

/// What happens, by name.
pub(super) const fn event_name(event: &Event) -> &'static str {
    match event {
        Event::Messages(_) => "messages",
        Event::Echo(_) => "echo",
        Event::Timer(_) => "timer",
        Event::Lookup { .. } => "lookup",
        Event::Undeliverable { .. } => "undeliverable",
        Event::WindowShut { .. } => "window_shut",
        Event::Phone { .. } => "phone",
        Event::Agent { .. } => "agent",
        Event::Assigned { .. } => "assigned",
        Event::AgentGone { .. } => "agent_gone",
        Event::Published => "published",
        Event::Renamed { .. } => "renamed",
    }
}

const fn sure(decision: Decision) -> &'static str {
    match decision {
        Decision::Confident => "confident",
        Decision::Torn(_) => "torn",
        Decision::Unsure => "unsure",
    }
}
