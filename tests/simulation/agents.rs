//! Agents, who come to the desk of one server or another, act and vanish.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use frontdesk::conversation::event::Act;
use frontdesk::runtime::Refused;
use frontdesk::store::{Case, CaseQuery, ContactId};
use tokio::time::Duration;

use super::world::{Happening, Sim, World};

const NAMES: [&str; 3] = ["Noa", "Avi", "Lia"];
/// So long after their page was closed they count as away.
const GRACE: TimeDelta = TimeDelta::seconds(20);

/// Somebody at the desk.
pub struct Agent {
    pub name: &'static str,
    /// They want to be given work.
    pub online: bool,
    /// The server whose desk they have open.
    pub desk: Option<usize>,
    /// What they wrote, and what the desk said to it.
    pub said: Vec<Said>,
}

/// Words of an agent's, which no other words are like.
pub struct Said {
    pub to: ContactId,
    pub words: String,
    pub outcome: Outcome,
}

/// What an agent did to whose enquiry, and how often the desk said that it was done, and said nothing.
pub type Deeds = BTreeMap<(&'static str, &'static str, ContactId), (u32, u32)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The desk never answered.
    Unknown,
    Done,
    Refused,
}

/// All of them are there from the beginning, and look at the desk some time later.
pub fn arrive(world: &mut World) {
    let start = world.plan.start;
    for (agent, name) in NAMES.into_iter().enumerate().take(world.plan.agents) {
        world.agents.push(Agent { name, online: false, desk: None, said: Vec::new() });
        let begins = TimeDelta::seconds(world.dice.between(1, 3_600));
        world.push(start + begins, Happening::Agent(agent));
    }
}

/// An agent looks at the desk: comes, goes, or does something; and looks again later.
pub fn looks(sim: &Arc<Sim>, position: usize) {
    let online = sim.with(|world| {
        let (healed, cared_for) = (world.healed, world.plan.cared_for);
        if world.now() >= world.plan.ends {
            return None;
        }
        let flips = if healed { 0.1 } else { 0.3 };
        let flips = world.dice.chance(flips);
        let agent = world.agents.get_mut(position)?;
        let was = agent.online;
        agent.online = if healed { cared_for } else { was != flips };
        let (name, online) = (agent.name, agent.online);
        if was != online {
            world.stir(format_args!("{name} is {}", if online { "online" } else { "offline" }));
            let now = world.now();
            world.push(now + TimeDelta::minutes(2), Happening::Nothing);
        }
        if healed && !online {
            return Some(false);
        }
        let soon = world.dice.chance(0.3);
        let wait = if soon { world.dice.millis(10_000, 600_000) } else { world.dice.millis(1_200_000, 21_600_000) };
        world.push_after(wait, Happening::Agent(position));
        Some(online)
    });
    match online {
        Some(true) => {
            comes(sim, position);
            tokio::spawn(act(Arc::clone(sim), position));
        }
        Some(false) => goes(sim, position),
        None => {}
    }
}

/// An agent who wants work and has no desk open opens one, where there is a server that is up.
pub fn comes(sim: &Arc<Sim>, position: usize) {
    let begun = sim.with(|world| {
        let agent = world.agents.get(position).filter(|agent| agent.online && agent.desk.is_none())?;
        let name = agent.name;
        let Some(node) = world.any_node() else {
            // Who has no page open has it loaded again and again.
            world.push_after(Duration::from_secs(20), Happening::Comes(position));
            return None;
        };
        let (runtime, _) = world.nodes.get(node)?.running.clone()?;
        world.agents.get_mut(position)?.desk = Some(node);
        world.stir(format_args!("{name} opens the desk of n{node}"));
        Some((runtime, name, node))
    });
    let Some((runtime, name, node)) = begun else { return };
    let sim = Arc::clone(sim);
    tokio::spawn(async move {
        runtime.comes_back(name);
        if runtime.is_here(name) || runtime.presence(name, None, true).await.is_ok() {
            return;
        }
        sim.with(|world| {
            let Some(agent) = world.agents.get_mut(position).filter(|agent| agent.desk == Some(node)) else { return };
            agent.desk = None;
            world.push_after(Duration::from_secs(20), Happening::Comes(position));
        });
    });
}

/// An agent says that they are away, or closes the page without a word.
fn goes(sim: &Arc<Sim>, position: usize) {
    let left = sim.with(|world| {
        let agent = world.agents.get_mut(position)?;
        let (node, name) = (agent.desk.take()?, agent.name);
        let says = world.dice.chance(0.5);
        let (runtime, _) = world.nodes.get(node)?.running.clone()?;
        Some((runtime, name, says))
    });
    let Some((runtime, name, says)) = left else { return };
    if says {
        // A desk that gets no answer closes the page next.
        tokio::spawn(async move {
            if runtime.presence(name, None, false).await.is_err() {
                runtime.leaves(name, runtime.clock().now() + GRACE);
            }
        });
    } else {
        runtime.leaves(name, runtime.clock().now() + GRACE);
    }
}

/// A server has gone: whoever had its desk open looks for another.
pub fn lose_desk(world: &mut World, node: usize) {
    for position in 0..world.agents.len() {
        if world.agents.get(position).is_some_and(|agent| agent.desk == Some(node)) {
            world.agents[position].desk = None;
            let wait = world.dice.millis(500, 40_000);
            world.push_after(wait, Happening::Comes(position));
        }
    }
}

// ── acts ──

async fn act(sim: Arc<Sim>, position: usize) {
    let query = CaseQuery { limit: 100, ..CaseQuery::default() };
    let Ok(cases) = sim.store.cases(query).await else { return };
    let chosen = sim.with(|world| {
        let diligence = if world.healed { 1.0 } else { world.plan.diligence };
        if !world.dice.chance(diligence) {
            return None;
        }
        let case = world.dice.pick(&cases)?;
        let (contact, act) = (case.contact, choose(world, position, case));
        let node = world.any_node()?;
        let runtime = world.nodes.get(node)?.running.as_ref()?.0.clone();
        let name = world.agents.get(position)?.name;
        world.stir(format_args!("{name} at n{node}: {act:?} on c{contact}"));
        Some((runtime, contact, name, act))
    });
    let Some((runtime, contact, name, act)) = chosen else { return };
    let what = (name, called(&act), contact);
    sim.with(|world| world.deeds.entry(what).or_default().1 += 1);
    let said = said(&act).map(|words| Said { to: contact, words: words.to_owned(), outcome: Outcome::Unknown });
    let spoken = sim.with(|world| {
        let agent = world.agents.get_mut(position)?;
        agent.said.push(said?);
        Some(agent.said.len() - 1)
    });
    let done = runtime.act(contact, name, act).await;
    sim.with(|world| {
        world.stir(format_args!("{name} hears {done:?}"));
        let (certain, unknown) = world.deeds.entry(what).or_default();
        *unknown -= u32::from(!matches!(done, Err(Refused::Trouble(_))));
        *certain += u32::from(done.is_ok());
        let Some(agent) = world.agents.get_mut(position) else { return };
        if let Some(said) = spoken.and_then(|spoken| agent.said.get_mut(spoken)) {
            said.outcome = match done {
                Ok(()) => Outcome::Done,
                Err(Refused::Act(_)) => Outcome::Refused,
                Err(Refused::Trouble(_)) => Outcome::Unknown,
            };
        }
    });
}

/// As the audit log calls it.
fn called(act: &Act) -> &'static str {
    match act {
        Act::Take => "take",
        Act::Reply { .. } => "reply",
        Act::HeldReply { .. } => "held_reply",
        Act::Template { .. } => "template",
        Act::Note { .. } => "note",
        Act::Promise { .. } => "promise",
        Act::Snooze { .. } => "snooze",
        Act::Flow { .. } => "flow",
        Act::Article { .. } => "article",
        Act::TransferToQueue { .. } | Act::TransferToAgent { .. } => "transfer",
        Act::End => "end",
    }
}

fn said(act: &Act) -> Option<&str> {
    match act {
        Act::Reply { text, .. } => Some(text),
        _ => None,
    }
}

fn choose(world: &mut World, position: usize, case: &Case) -> Act {
    let mine = case.card.agent.as_deref() == world.agents.get(position).map(|agent| agent.name);
    let count = world.agents.iter().map(|agent| agent.said.len()).sum::<usize>();
    let reply = Act::Reply { text: format!("This is answer {position}-{count}."), file: None };
    let now = world.now();
    let shut = case.card.wrote_at.is_none_or(|at| now >= at + TimeDelta::hours(24));
    if shut && world.dice.chance(0.7) {
        return Act::HeldReply { text: "I have looked into it.".to_owned() };
    }
    if !mine && world.dice.chance(0.6) {
        return Act::Take;
    }
    let later = now + TimeDelta::minutes(world.dice.between(20, 600));
    match world.dice.below(20) {
        0 => Act::Promise { at: later },
        1 => Act::Snooze { at: later },
        2 => Act::TransferToQueue { queue: "billing".to_owned() },
        3 => {
            let colleague = world.dice.pick(&NAMES).copied().unwrap_or("Noa");
            Act::TransferToAgent { agent: colleague.to_owned() }
        }
        4 => Act::Flow { flow: "order".to_owned() },
        5 => Act::Article { article: "prices".to_owned() },
        6 => Act::Note { text: "Seen.".to_owned() },
        7 => Act::Template { occasion: "reminder".to_owned() },
        8 | 9 => Act::End,
        10 => Act::Take,
        _ => reply,
    }
}
