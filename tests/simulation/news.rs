//! What servers on one store hear of each other, as PostgreSQL tells it: in order, a moment later, and now and then only that
//! something was missed; and who is online at which of them.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use frontdesk::clock::Timestamp;
use frontdesk::store::{AgentRow, Change};

use super::world::{Happening, World};

/// What one said of who is online is forgotten when it has been silent for so long.
const FORGOTTEN: TimeDelta = TimeDelta::seconds(90);

/// Who is online, as each run of each server says.
#[derive(Default)]
pub struct Presence(BTreeMap<(String, u64), (bool, Timestamp)>);

impl Presence {
    /// A run of a server says that an agent is there, or is not; whether that is news.
    pub fn says(&mut self, agent: &str, run: u64, online: bool, at: Timestamp) -> bool {
        self.0.retain(|(name, by), (_, seen)| name != agent || *by == run || *seen >= at - FORGOTTEN);
        let before = self.0.insert((agent.to_owned(), run), (online, at));
        before.is_none_or(|(before, _)| before != online)
    }

    /// Time went on, and these runs went on saying what they said.
    pub fn beats(&mut self, runs: &[u64], by: TimeDelta) {
        for ((_, run), (online, seen)) in &mut self.0 {
            if *online && runs.contains(run) {
                *seen += by;
            }
        }
    }

    /// An agent is online where any run says so.
    pub fn of(&self, agent: AgentRow) -> AgentRow {
        let said = self.0.iter().filter(|((name, _), _)| *name == agent.name).map(|(_, said)| *said);
        let seen = said.filter(|(online, _)| *online).map(|(_, seen)| seen).max();
        AgentRow { online: seen.is_some(), last_seen: seen.or(agent.last_seen), ..agent }
    }
}

/// The other servers hear of a change, soon.
pub fn tell_others(world: &mut World, node: usize, change: &Change) {
    for other in 0..world.nodes.len() {
        if other == node || !world.plan.shared() {
            continue;
        }
        let lost = world.plan.faults.news_lost;
        if world.dice.chance(lost) {
            let wait = world.dice.millis(1_000, 10_000);
            world.push_after(wait, Happening::News(other, Change::Anything));
            continue;
        }
        let now = world.now();
        let soon = now + TimeDelta::from_std(world.dice.millis(1, 200)).unwrap_or_default();
        let Some(there) = world.nodes.get_mut(other) else { continue };
        there.told_until = there.told_until.max(soon);
        let at = there.told_until;
        world.push(at, Happening::News(other, change.clone()));
    }
}

/// A server hears of a change.
pub fn hear(world: &mut World, node: usize, change: &Change) {
    if let Some(node) = world.nodes.get(node) {
        // A server that is down hears nothing.
        drop(node.news.send(change.clone()));
    }
}

/// So many changes may wait to be heard.
pub const WAITING_MAX: usize = 256;
