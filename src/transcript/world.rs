//! The small world a test plays in: contacts, the floor, the clock, what lookups answer, and what was sent. Runs turns on
//! the real machine, saves and reloads the state between all of them, and fires timers as the clock moves.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chrono::Duration;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::effect::{Alert, Audience, Effect};
use crate::conversation::event::{Event, LookupAnswer};
use crate::conversation::floor::{AgentOnFloor, Floor, assign};
use crate::conversation::reason::{Reached, Reason};
use crate::conversation::state::{Contact, Conversation, State, TimerKind};
use crate::conversation::{Editions, Step, is_behind, step};
use crate::message::{Inbound, Outbound, Value};
use crate::policy::lookup::read_answer;

use super::script::{Reply, Who};

/// More turns than this without a line of the transcript are a bug of the machine.
const TURNS_MAX: usize = 100_000;

/// A message that left.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) contact: i64,
    pub(super) message: Outbound,
    pub(super) at: Timestamp,
    pub(super) why: Arc<[Reason]>,
}

/// A lookup that was called and that no line has answered yet.
#[derive(Debug, Clone)]
pub(super) struct Call {
    contact: i64,
    call: u64,
    pub(super) lookup: String,
    /// The names that its address may use.
    pub(super) names: BTreeMap<String, Value>,
}

pub(super) struct World {
    pub(super) editions: Editions,
    pub(super) now: Timestamp,
    pub(super) floor: Floor,
    pub(super) contacts: BTreeMap<i64, Conversation>,
    pub(super) sent: Vec<Sent>,
    pub(super) alerts: VecDeque<(String, Alert)>,
    pub(super) lookups: BTreeMap<String, Reply>,
    /// What was reached of the bot that the test began with.
    pub(super) reached: BTreeSet<Reached>,
    version: String,
    /// What each contact's enquiry reached, in order, and which enquiry that was.
    pub(super) trail: BTreeMap<i64, (u32, Vec<Reached>)>,
    pub(super) why: Arc<[Reason]>,
    pub(super) turns: usize,
    /// How many turns there were when the machine last came to rest.
    rested: usize,
    /// What went wrong in the machine itself.
    pub(super) broken: Option<String>,
    /// Lookups without an answer wait for one, rather than fail.
    pub(super) patient: bool,
    /// The lookups that wait.
    pub(super) calls: VecDeque<Call>,
    gone_at: BTreeMap<String, Timestamp>,
    queued: VecDeque<(i64, Event)>,
    messages: u64,
}

impl World {
    pub(super) fn new(editions: Editions, now: Timestamp) -> Self {
        Self {
            version: editions.newest().version.clone(),
            editions,
            now,
            floor: Floor::default(),
            contacts: BTreeMap::new(),
            sent: Vec::new(),
            alerts: VecDeque::new(),
            lookups: BTreeMap::new(),
            reached: BTreeSet::new(),
            trail: BTreeMap::new(),
            why: Arc::from([]),
            turns: 0,
            rested: 0,
            broken: None,
            patient: false,
            calls: VecDeque::new(),
            gone_at: BTreeMap::new(),
            queued: VecDeque::new(),
            messages: 0,
        }
    }

    /// The contact of this customer on this business number; begins fresh.
    pub(super) fn contact(&mut self, who: &Who, number: &str) -> i64 {
        let wa_id = who.number.clone().unwrap_or_else(|| number_of(&who.name));
        let known = self.contacts.iter_mut().find(|(_, conversation)| {
            conversation.contact.number == number && conversation.contact.wa_id.as_deref() == Some(&wa_id)
        });
        if let Some((id, conversation)) = known {
            conversation.contact.name.clone_from(&who.name);
            conversation.contact.language = who.language.or(conversation.contact.language);
            return *id;
        }
        let id = i64::try_from(self.contacts.len()).unwrap_or(i64::MAX).saturating_add(1);
        let contact = Contact {
            number: number.to_owned(),
            wa_id: Some(wa_id),
            user_id: None,
            name: who.name.clone(),
            language: who.language,
        };
        self.contacts.insert(id, Conversation::new(contact));
        id
    }

    /// The next line of the transcript begins.
    pub(super) const fn rest(&mut self) {
        self.rested = self.turns;
    }

    /// An id for the next message.
    pub(super) fn message_id(&mut self) -> String {
        self.messages += 1;
        format!("wamid.{}", self.messages)
    }

    pub(super) fn inbound(&mut self, content: crate::message::Content) -> Inbound {
        Inbound { id: self.message_id(), at: self.now, content, quotes: None, referral: None }
    }

    /// Runs a turn and everything that follows from it at once; says why an agent's act was refused.
    pub(super) fn happen(&mut self, contact: i64, event: &Event) -> Option<String> {
        let refused = self.turn(contact, event);
        self.settle();
        refused
    }

    fn turn(&mut self, contact: i64, event: &Event) -> Option<String> {
        let before = self.contacts.get(&contact)?;
        let Step { after, effects, why, refused } = step(&self.editions, &self.floor, before, event, self.now);
        self.turns += 1;
        let after = self.reload(after);
        self.take_note(contact, &after, &why);
        self.why = Arc::from(why);
        for effect in effects {
            self.carry_out(contact, effect);
        }
        self.floor.update(contact, &after);
        self.contacts.insert(contact, after);
        refused
    }

    fn take_note(&mut self, contact: i64, after: &Conversation, why: &[Reason]) {
        let (enquiry, version) = after.enquiry.as_ref().map_or((0, None), |e| (e.number, Some(&e.version)));
        let counts = version.is_none_or(|version| *version == self.version);
        for reason in why {
            let Reason::Reached(reached) = reason else { continue };
            if counts {
                self.reached.insert(reached.clone());
            }
            let trail = self.trail.entry(contact).or_default();
            if trail.0 != enquiry {
                *trail = (enquiry, Vec::new());
            }
            trail.1.push(reached.clone());
        }
    }

    /// What the store would give back.
    fn reload(&mut self, after: Conversation) -> Conversation {
        let back = serde_json::to_vec(&after).and_then(|saved| serde_json::from_slice::<Conversation>(&saved));
        match back {
            Ok(back) if back == after => back,
            Ok(_) => {
                self.broken = Some("The conversation is not the same after it was saved and loaded".to_owned());
                after
            }
            Err(error) => {
                self.broken = Some(format!("The conversation cannot be saved and loaded: {error}"));
                after
            }
        }
    }

    fn carry_out(&mut self, contact: i64, effect: Effect) {
        match effect {
            Effect::Send { message, .. } => {
                self.sent.push(Sent { contact, message, at: self.now, why: Arc::clone(&self.why) });
            }
            Effect::Lookup { call, lookup, names, .. } if self.patient && !self.lookups.contains_key(&lookup) => {
                self.calls.push_back(Call { contact, call, lookup, names });
            }
            Effect::Lookup { call, lookup, .. } => {
                let answer = self.answer(&lookup);
                self.queued.push_back((contact, Event::Lookup { call, answer }));
            }
            Effect::Alert { to, alert } => {
                let (Audience::Agent(to) | Audience::Queue(to) | Audience::Supervisors(to)) = to;
                self.alerts.push_back((to, alert));
            }
            Effect::MarkRead { .. } | Effect::Note { .. } => {}
        }
    }

    fn answer(&self, lookup: &str) -> LookupAnswer {
        match self.lookups.get(lookup) {
            None => LookupAnswer::Failed(format!("no line `lookup {lookup}: …` says what it answers")),
            Some(Reply::Timeout) => LookupAnswer::Failed("no answer in time".to_owned()),
            Some(Reply::Status(404)) => LookupAnswer::NotFound,
            Some(Reply::Status(status)) => LookupAnswer::Failed(format!("status {status}")),
            Some(Reply::Body(body)) => {
                let declared = self.editions.newest().lookups.get(lookup);
                match declared.map(|declared| read_answer(&declared.result, body)) {
                    Some(Ok(fields)) => LookupAnswer::Found(fields),
                    Some(Err(why)) => LookupAnswer::Failed(why),
                    None => LookupAnswer::Failed(format!("the bot has no lookup `{lookup}`")),
                }
            }
        }
    }

    /// Another version is published: what is due follows it (R19).
    pub(super) fn publish(&mut self, newest: Arc<Bot>) {
        self.editions = self.editions.publish(newest);
        let behind = |c: &Conversation| is_behind(&self.editions, &self.floor, c, self.now);
        let contacts: Vec<i64> = self.contacts.iter().filter(|(_, c)| behind(c)).map(|(contact, _)| *contact).collect();
        for contact in contacts {
            self.turn(contact, &Event::Published);
        }
        self.settle();
        self.advance(self.now);
    }

    /// Lookups that waited and have an answer now get it.
    pub(super) fn answer_calls(&mut self) {
        let (answered, waiting): (VecDeque<Call>, VecDeque<Call>) =
            std::mem::take(&mut self.calls).into_iter().partition(|call| self.lookups.contains_key(&call.lookup));
        self.calls = waiting;
        for Call { contact, call, lookup, .. } in answered {
            let answer = self.answer(&lookup);
            self.queued.push_back((contact, Event::Lookup { call, answer }));
        }
        self.settle();
    }

    /// Lookups answer and work is handed out until nothing is left to do.
    pub(super) fn settle(&mut self) {
        let mut refused = BTreeSet::new();
        loop {
            if self.exhausted() {
                return;
            }
            if let Some((contact, event)) = self.queued.pop_front() {
                self.turn(contact, &event);
                continue;
            }
            let newest = Arc::clone(self.editions.newest());
            let given = newest.queues.keys().flat_map(|queue| assign(&self.floor, queue, newest.policy.capacity));
            let Some(next) = given.into_iter().find(|a| !refused.contains(&(a.contact, a.agent.clone()))) else {
                return;
            };
            let event = Event::Assigned { agent: next.agent.clone() };
            if self.turn(next.contact, &event).is_some() {
                refused.insert((next.contact, next.agent));
            }
        }
    }

    fn exhausted(&mut self) -> bool {
        if self.turns - self.rested > TURNS_MAX && self.broken.is_none() {
            self.broken = Some(format!("The machine did not come to rest after {TURNS_MAX} turns"));
        }
        self.broken.is_some()
    }

    /// Moves the clock; what is due until then happens in its order, at its time.
    pub(super) fn advance(&mut self, to: Timestamp) {
        while let Some(next) = self.next_due().filter(|next| next.at <= to) {
            if self.exhausted() {
                return;
            }
            self.now = self.now.max(next.at);
            match next.what {
                Due::Timer(contact, kind) => {
                    self.turn(contact, &Event::Timer(kind));
                    if self.contacts.get(&contact).and_then(|c| c.timers.get(kind)) == Some(next.at) {
                        self.broken = Some(format!("The timer `{kind:?}` is armed again for the same moment"));
                        return;
                    }
                }
                Due::Gone(agent) => self.agent_gone(&agent),
            }
            self.settle();
        }
        self.now = self.now.max(to);
    }

    fn next_due(&self) -> Option<Next> {
        let timers = self.contacts.iter().filter_map(|(contact, conversation)| {
            conversation.timers.next().map(|(kind, at)| Next { at, what: Due::Timer(*contact, kind) })
        });
        let gone = self.gone_at.iter().map(|(agent, at)| Next { at: *at, what: Due::Gone(agent.clone()) });
        timers.chain(gone).min()
    }

    fn agent_gone(&mut self, agent: &str) {
        self.gone_at.remove(agent);
        let theirs: Vec<i64> = self
            .floor
            .cases()
            .filter(|(_, case)| case.state == State::NeedsReply && case.agent.as_deref() == Some(agent))
            .map(|(contact, _)| contact)
            .collect();
        for contact in theirs {
            self.turn(contact, &Event::AgentGone { agent: agent.to_owned() });
        }
    }

    pub(super) fn online(&mut self, agent: &str, queues: &[String]) {
        self.gone_at.remove(agent);
        let queues = (!queues.is_empty()).then(|| queues.iter().cloned().collect());
        self.floor.agents.insert(agent.to_owned(), AgentOnFloor { online: true, queues });
        self.settle();
    }

    pub(super) fn offline(&mut self, agent: &str) {
        let after: Duration = self.editions.newest().policy.offline_after;
        if let Some(on_floor) = self.floor.agents.get_mut(agent).filter(|on_floor| on_floor.online) {
            on_floor.online = false;
            self.gone_at.insert(agent.to_owned(), self.now + after);
        }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    at: Timestamp,
    what: Due,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Timer(i64, TimerKind),
    Gone(String),
}

/// A number for a customer of whom only the name is known: the same for the same name.
fn number_of(name: &str) -> String {
    let hash = name.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("97250{:07}", hash % 10_000_000)
}
