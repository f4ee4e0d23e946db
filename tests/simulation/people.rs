//! Customers, who write, tap old buttons and go silent; agents, who come, act and vanish.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use frontdesk::clock::Timestamp;
use frontdesk::conversation::event::Act;
use frontdesk::runtime::Refused;
use frontdesk::store::{Case, CaseQuery};
use frontdesk::whatsapp::webhook::Sender;
use serde_json::{Value, json};

use super::shop::WORDS;
use super::whatsapp::{self, Taken};
use super::world::{Happening, Sim, World};

const NAMES: [&str; 3] = ["Noa", "Avi", "Lia"];

/// By what a customer is known: a number, an id, or both.
pub struct Customer {
    number: Option<String>,
    id: Option<String>,
    left: i64,
    /// When they last wrote, as WhatsApp stamped it.
    pub wrote_at: Option<Timestamp>,
}

impl Customer {
    /// Whether a message to `name` is to them.
    pub fn is(&self, name: &str) -> bool {
        self.number.as_deref() == Some(name) || self.id.as_deref() == Some(name)
    }

    /// As WhatsApp names them in an answer.
    pub fn sender(&self) -> Sender {
        Sender { wa_id: self.number.clone(), user_id: self.id.clone(), name: None }
    }

    /// Names them in a delivery.
    pub fn name_in(&self, value: &mut Value, number: &str, id: &str) {
        for (member, name) in [(number, &self.number), (id, &self.id)] {
            if let Some(name) = name {
                value[member] = name.as_str().into();
            }
        }
    }
}

/// Somebody at the desk.
pub struct Agent {
    pub name: &'static str,
    pub online: bool,
    /// What they wrote, and what the desk said to it.
    pub said: Vec<Said>,
}

/// Words of an agent's, which no other words are like.
pub struct Said {
    pub words: String,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The desk never answered.
    Unknown,
    Done,
    Refused,
}

/// Everybody is there from the beginning, and begins to act some time later.
pub fn arrive(world: &mut World) {
    let (start, span) = (world.plan.start, (world.plan.heals - world.plan.start).num_seconds());
    for customer in 0..world.plan.customers {
        let kind = world.dice.below(3);
        let number = (kind != 1).then(|| format!("97250000000{customer}"));
        let id = (kind != 0).then(|| format!("IL.100{customer}"));
        let left = world.plan.messages;
        world.customers.push(Customer { number, id, left, wrote_at: None });
        let begins = TimeDelta::seconds(world.dice.between(1, span / 4));
        world.push(start + begins, Happening::Customer(customer));
    }
    for (agent, name) in NAMES.into_iter().enumerate().take(world.plan.agents) {
        world.agents.push(Agent { name, online: false, said: Vec::new() });
        let begins = TimeDelta::seconds(world.dice.between(1, 3_600));
        world.push(start + begins, Happening::Agent(agent));
    }
}

// ── customers ──

/// A customer writes once, or a few times in a row, and does so again later.
pub fn customer(world: &mut World, position: usize) {
    if world.healed {
        return;
    }
    let burst = if world.dice.chance(0.2) { 1 + world.dice.below(4) } else { 1 };
    for _ in 0..burst {
        let content = content(world, position);
        let after = Duration::from_millis(u64::try_from(world.dice.between(0, 300)).unwrap_or_default());
        whatsapp::write(world, position, &content, after);
    }
    let Some(customer) = world.customers.get_mut(position) else { return };
    customer.left -= 1;
    if customer.left > 0 {
        let quick = world.dice.chance(0.6);
        let wait = if quick { world.dice.millis(1_000, 120_000) } else { world.dice.millis(60_000, 30 * 3_600_000) };
        world.push_after(wait, Happening::Customer(position));
    }
}

fn content(world: &mut World, customer: usize) -> Value {
    let tap = world.dice.chance(0.3).then(|| tap(world, customer)).flatten();
    if let Some(tap) = tap {
        return tap;
    }
    match world.dice.below(20) {
        0 => json!({"type": "image", "image": {"id": "7001", "mime_type": "image/jpeg", "caption": "look"}}),
        1 => json!({"type": "audio", "audio": {"id": "7002", "mime_type": "audio/ogg", "voice": true}}),
        2 => json!({"type": "reaction", "reaction": {"message_id": "wamid.OUT1", "emoji": "👍"}}),
        3 => json!({"type": "unsupported", "errors": [{"code": 131_051, "title": "Unsupported"}]}),
        _ => {
            let words = world.dice.pick(&WORDS).copied().unwrap_or("hello");
            json!({"type": "text", "text": {"body": words}})
        }
    }
}

/// A tap on a button that the customer has, mostly on one of the last.
fn tap(world: &mut World, customer: usize) -> Option<Value> {
    let theirs = world.whatsapp.taken.iter().filter(|taken| taken.customer == customer);
    let mut taps: Vec<Value> = theirs.flat_map(taps).collect();
    if world.dice.chance(0.7) {
        taps.drain(..taps.len().saturating_sub(4));
    }
    world.dice.pick(&taps).cloned()
}

fn taps(taken: &Taken) -> Vec<Value> {
    let action = &taken.body["interactive"]["action"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let context = json!({"id": taken.wamid});
    let buttons = list(&action["buttons"]).into_iter().map(|button| {
        let reply = button["reply"].clone();
        json!({"type": "interactive", "context": context, "interactive": {"type": "button_reply", "button_reply": reply}})
    });
    let rows = list(&action["sections"][0]["rows"]).into_iter().map(|row| {
        let reply = json!({"id": row["id"], "title": row["title"]});
        json!({"type": "interactive", "context": context, "interactive": {"type": "list_reply", "list_reply": reply}})
    });
    let replies = list(&taken.body["template"]["components"]).into_iter().filter_map(|component| {
        let payload = component["parameters"][0]["payload"].as_str()?.to_owned();
        Some(json!({"type": "button", "context": context, "button": {"payload": payload, "text": "Yes"}}))
    });
    buttons.chain(rows).chain(replies).collect()
}

// ── agents ──

/// An agent looks at the desk: comes, goes, or does something; and looks again later.
pub fn agent(sim: &Arc<Sim>, position: usize) {
    let turns = sim.with(|world| {
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
        let soon = world.dice.chance(0.3);
        let wait = if soon { world.dice.millis(10_000, 600_000) } else { world.dice.millis(1_200_000, 21_600_000) };
        world.push_after(wait, Happening::Agent(position));
        let turns = (was != online).then(|| (world.runtimes(), name, online));
        Some((turns, online))
    });
    let Some((turned, online)) = turns else { return };
    if let Some((runtimes, name, online)) = turned {
        for runtime in runtimes {
            tokio::spawn(async move { runtime.presence(name, None, online).await });
        }
    }
    if online {
        tokio::spawn(act(Arc::clone(sim), position));
    }
}

/// Agents who are online find a server that came back.
pub fn greet(sim: &Arc<Sim>, node: usize) {
    let (runtime, online) = sim.with(|world| {
        let runtime = world.nodes.get(node).and_then(|node| Some(node.running.as_ref()?.0.clone()));
        let online = world.agents.iter().filter(|agent| agent.online).map(|agent| agent.name).collect::<Vec<_>>();
        (runtime, online)
    });
    let Some(runtime) = runtime else { return };
    tokio::spawn(async move {
        for name in online {
            // A desk that gets no answer asks again with its next beat; here that is the agent's next look.
            let _ = runtime.presence(name, None, true).await;
        }
    });
}

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
    let said = said(&act).map(|words| Said { words: words.to_owned(), outcome: Outcome::Unknown });
    let spoken = sim.with(|world| {
        let agent = world.agents.get_mut(position)?;
        agent.said.push(said?);
        Some(agent.said.len() - 1)
    });
    let done = runtime.act(contact, name, act).await;
    sim.with(|world| {
        world.stir(format_args!("{name} hears {done:?}"));
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
