//! The machine: a pure function from a conversation, one event and the time to the next conversation, the effects wanted
//! and the reasons. It decides and never acts: no I/O, no clock, no randomness, no logging here or below.
//!
//! [`step`] is the door. It hands each event to the file that knows it: `serving` (the bot's turn), `asking` (flows),
//! `waiting` (people own the enquiry), `agent` (what agents do), `due` (timers).

mod agent;
mod article;
mod asking;
mod closing;
mod due;
pub mod effect;
pub mod event;
mod failing;
pub mod floor;
pub mod gather;
mod handoff;
mod input;
pub mod laws;
mod menu;
mod morning;
mod promise;
pub mod reading;
pub mod reason;
pub mod record;
mod serving;
mod speech;
pub mod state;
pub mod tap;
mod turn;
pub mod unsent;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::bot::Bot;
use crate::clock::Timestamp;

use effect::Effect;
use event::Event;
use floor::Floor;
use reason::{HandoffReason, Reason};
use state::Conversation;
use turn::Turn;

/// The versions of the bot that conversations may stand on (R19).
#[derive(Debug, Clone)]
pub struct Editions {
    newest: Arc<Bot>,
    older: BTreeMap<String, Arc<Bot>>,
}

impl Editions {
    /// A bot of which there is one version.
    #[must_use]
    pub const fn new(newest: Arc<Bot>) -> Self {
        Self { newest, older: BTreeMap::new() }
    }

    /// The same with `newest` published: the version before it stays for those who stand on it.
    #[must_use]
    pub fn publish(&self, newest: Arc<Bot>) -> Self {
        let mut older = self.older.clone();
        older.insert(self.newest.version.clone(), Arc::clone(&self.newest));
        older.remove(&newest.version);
        Self { newest, older }
    }

    /// The same with an older version added (loaded from the store).
    #[must_use]
    pub fn with_older(&self, older: Arc<Bot>) -> Self {
        let mut editions = self.clone();
        if older.version != editions.newest.version {
            editions.older.insert(older.version.clone(), older);
        }
        editions
    }

    /// The same without older versions that are not among `needed`.
    #[must_use]
    pub fn keep(&self, needed: &BTreeSet<String>) -> Self {
        let mut editions = self.clone();
        editions.older.retain(|version, _| needed.contains(version));
        editions
    }

    /// The newest version: hours, queues, numbers, policy, templates, words and lookups always come from it.
    #[must_use]
    pub const fn newest(&self) -> &Arc<Bot> {
        &self.newest
    }

    /// The version with this hash, if it is loaded.
    #[must_use]
    pub fn version(&self, version: &str) -> Option<&Arc<Bot>> {
        if self.newest.version == version { Some(&self.newest) } else { self.older.get(version) }
    }
}

/// What a turn comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The conversation after.
    pub after: Conversation,
    /// What is wanted, in order.
    pub effects: Vec<Effect>,
    /// Why (R41).
    pub why: Vec<Reason>,
    /// Why an agent's act was not done, for that agent's eyes; then nothing changed.
    pub refused: Option<String>,
}

/// One turn. Total: every event in every state has a meaning, and customers are never met with silence (R12, R14, R21).
#[must_use]
pub fn step(editions: &Editions, floor: &Floor, before: &Conversation, event: &Event, now: Timestamp) -> Step {
    let mut turn = Turn::new(editions, floor, before.clone(), now);
    match event {
        Event::Messages(messages) => turn.messages(messages),
        Event::Echo(echo) => turn.echo(echo),
        Event::Timer(kind) => turn.due(*kind),
        Event::Lookup { call, answer } => turn.lookup_answered(*call, answer),
        Event::Undeliverable { code, title } => turn.undeliverable(*code, title),
        Event::WindowShut { agent, text } => turn.window_shut_on(agent, text),
        Event::Agent { agent, act } => turn.agent_act(agent, act),
        Event::Assigned { agent } => turn.assigned(agent),
        Event::AgentGone { agent } => turn.agent_gone(agent),
        Event::Published => turn.follow_newest_hours(),
        Event::Renamed { wa_id, user_id } => turn.renamed(wa_id.as_deref(), user_id.as_deref()),
        Event::Phone { by, act } => turn.phone(by, *act),
    }
    turn.finish(before, event)
}

/// Whether something is due at another time by the newest version than the conversation has it: then
/// [`Event::Published`] brings it up to date. Hours and policy are always the newest (R19), what is due is stored.
#[must_use]
pub fn is_behind(editions: &Editions, floor: &Floor, conversation: &Conversation, now: Timestamp) -> bool {
    Turn::new(editions, floor, conversation.clone(), now).timers() != conversation.timers
}

/// What becomes of a turn that could not be served because of an error of ours: a person takes over (R21).
#[must_use]
pub fn bot_error(editions: &Editions, floor: &Floor, before: &Conversation, event: &Event, now: Timestamp) -> Step {
    let mut turn = Turn::new(editions, floor, before.clone(), now);
    turn.take_note_of(event);
    turn.rule("R21", "an internal error becomes a handoff");
    turn.hand_off(HandoffReason::BotError, None, None);
    if let Event::Messages(messages) = event
        && before.state().is_with_people()
        && !messages.iter().all(|message| input::starts_nothing(&message.content))
    {
        turn.touch();
        turn.our_turn_again();
    }
    turn.finish_unchecked()
}
