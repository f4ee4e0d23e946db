//! The floor: who is online, and which enquiries wait where. `step` reads it to compute promises (R22); [`assign`] is the
//! pure function that says who gets which enquiry (R29).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

use super::state::{Conversation, State};

/// An agent as the floor sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentOnFloor {
    /// Reachable now.
    pub online: bool,
    /// The queues they work in; `None` is every queue.
    pub queues: Option<BTreeSet<String>>,
}

impl AgentOnFloor {
    /// Whether they are online and work in `queue`.
    #[must_use]
    pub fn serves(&self, queue: &str) -> bool {
        self.online && self.queues.as_ref().is_none_or(|queues| queues.contains(queue))
    }
}

/// An open enquiry that belongs to a queue, as the floor sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its queue.
    pub queue: String,
    /// Its state.
    pub state: State,
    /// Its place (R28).
    pub place: Timestamp,
    /// Since when it is in its state.
    pub since: Timestamp,
    /// Who has it.
    pub agent: Option<String>,
    /// Who had the contact last and is preferred.
    pub prefer: Option<String>,
    /// Who was given it since the customer's last message.
    pub given_to: Vec<String>,
}

/// Agents and cases, by name and by contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Floor {
    /// Agents by name.
    pub agents: BTreeMap<String, AgentOnFloor>,
    cases: BTreeMap<i64, Case>,
    waiting: BTreeMap<String, BTreeSet<(Timestamp, i64)>>,
    held: BTreeMap<String, BTreeSet<(Timestamp, i64)>>,
    asked: BTreeMap<String, BTreeSet<(Timestamp, i64)>>,
    load: BTreeMap<String, usize>,
}

/// "This enquiry goes to this agent."
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The contact whose enquiry it is.
    pub contact: i64,
    /// Who gets it.
    pub agent: String,
}

impl Floor {
    /// Takes up what a turn made of a contact's enquiry.
    pub fn update(&mut self, contact: i64, conversation: &Conversation) {
        self.forget(contact);
        let Some(case) = case_of(conversation) else { return };
        match case.state {
            State::Waiting => {
                self.waiting.entry(case.queue.clone()).or_default().insert((case.place, contact));
            }
            State::Held => {
                self.held.entry(case.queue.clone()).or_default().insert((case.place, contact));
            }
            State::Asked => {
                self.asked.entry(case.queue.clone()).or_default().insert((case.since, contact));
            }
            State::NeedsReply => {
                if let Some(agent) = &case.agent {
                    *self.load.entry(agent.clone()).or_default() += 1;
                }
            }
            State::Bot | State::Settled | State::Promised | State::AwaitingCustomer | State::Ended => {}
        }
        self.cases.insert(contact, case);
    }

    /// Knows nothing of a contact any more.
    pub fn forget(&mut self, contact: i64) {
        let Some(case) = self.cases.remove(&contact) else { return };
        for index in [&mut self.waiting, &mut self.held] {
            if let Some(places) = index.get_mut(&case.queue) {
                places.remove(&(case.place, contact));
            }
        }
        if let Some(asked) = self.asked.get_mut(&case.queue) {
            asked.remove(&(case.since, contact));
        }
        if case.state == State::NeedsReply
            && let Some(load) = case.agent.as_ref().and_then(|agent| self.load.get_mut(agent))
        {
            *load = load.saturating_sub(1);
        }
    }

    /// The case of a contact.
    #[must_use]
    pub fn case(&self, contact: i64) -> Option<&Case> {
        self.cases.get(&contact)
    }

    /// All cases, by contact.
    pub fn cases(&self) -> impl Iterator<Item = (i64, &Case)> {
        self.cases.iter().map(|(contact, case)| (*contact, case))
    }

    /// The place of whoever is first in line in `queue`.
    #[must_use]
    pub fn first_place(&self, queue: &str) -> Option<Timestamp> {
        self.waiting.get(queue).and_then(|places| places.first()).map(|(place, _)| *place)
    }

    /// How many waiting enquiries of `queue` have a place before `place`.
    #[must_use]
    pub fn waiting_before(&self, queue: &str, place: Timestamp) -> usize {
        self.waiting.get(queue).map_or(0, |places| places.range(..(place, i64::MIN)).count())
    }

    /// How many waiting enquiries of `queue` have exactly this place: whoever joins now comes after them.
    #[must_use]
    pub fn waiting_at(&self, queue: &str, place: Timestamp) -> usize {
        self.waiting.get(queue).map_or(0, |places| places.range((place, i64::MIN)..=(place, i64::MAX)).count())
    }

    /// How many held enquiries of `queue` have a place before `place`.
    #[must_use]
    pub fn held_before(&self, queue: &str, place: Timestamp) -> usize {
        self.held.get(queue).map_or(0, |places| places.range(..(place, i64::MIN)).count())
    }

    /// How many held enquiries of `queue` have exactly this place: whoever is held now comes after them.
    #[must_use]
    pub fn held_at(&self, queue: &str, place: Timestamp) -> usize {
        self.held.get(queue).map_or(0, |places| places.range((place, i64::MIN)..=(place, i64::MAX)).count())
    }

    /// How many of `queue` were asked by the morning check after `since` and have not answered (R28).
    #[must_use]
    pub fn asked_since(&self, queue: &str, since: Timestamp) -> usize {
        self.asked.get(queue).map_or(0, |asked| asked.range((since, i64::MAX)..).count())
    }

    /// How many agents are online in `queue`.
    #[must_use]
    pub fn online_in(&self, queue: &str) -> usize {
        self.agents.values().filter(|agent| agent.serves(queue)).count()
    }

    /// Whether this agent is online.
    #[must_use]
    pub fn is_online(&self, agent: &str) -> bool {
        self.agents.get(agent).is_some_and(|agent| agent.online)
    }

    /// How many enquiries wait for this agent (`needs_reply`).
    #[must_use]
    pub fn load_of(&self, agent: &str) -> usize {
        self.load.get(agent).copied().unwrap_or(0)
    }
}

fn case_of(conversation: &Conversation) -> Option<Case> {
    let enquiry = conversation.enquiry.as_ref()?;
    if enquiry.state == State::Ended {
        return None;
    }
    Some(Case {
        queue: enquiry.queue.clone()?,
        state: enquiry.state,
        place: enquiry.place.unwrap_or(enquiry.since),
        since: enquiry.since,
        agent: enquiry.agent.clone(),
        prefer: conversation.last_agent.clone(),
        given_to: enquiry.given_to.clone(),
    })
}

/// Who gets which waiting enquiry of `queue` now (R29): in the order of their places, each to the agent who had the
/// contact last if online with room, else to the agent online in the queue with the fewest enquiries that wait for them
/// (ties by name). Nobody gets more than `capacity`, and nobody gets what they were given since the customer's last
/// message.
#[must_use]
pub fn assign(floor: &Floor, queue: &str, capacity: usize) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    let Some(places) = floor.waiting.get(queue).filter(|places| !places.is_empty()) else { return assignments };
    let mut load: BTreeMap<&str, usize> = floor
        .agents
        .iter()
        .filter(|(_, agent)| agent.serves(queue))
        .map(|(name, _)| (name.as_str(), floor.load_of(name)))
        .collect();
    for (_, contact) in places {
        if load.values().all(|load| *load >= capacity) {
            break;
        }
        let Some(case) = floor.cases.get(contact) else { continue };
        let free = |name: &str, load: usize| load < capacity && !case.given_to.iter().any(|given| given == name);
        let preferred =
            case.prefer.as_deref().and_then(|name| load.get_key_value(name)).filter(|(name, load)| free(name, **load));
        let chosen = preferred.or_else(|| {
            load.iter().filter(|(name, load)| free(name, **load)).min_by_key(|(name, load)| (**load, **name))
        });
        let Some((&agent, _)) = chosen else { continue };
        *load.entry(agent).or_default() += 1;
        assignments.push(Assignment { contact: *contact, agent: agent.to_owned() });
    }
    assignments
}
