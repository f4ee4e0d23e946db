//! A conversation as it happens: drives `step` as the runtime does, and holds every turn to the laws.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::Duration;
use frontdesk::bot::Bot;
use frontdesk::clock::Timestamp;
use frontdesk::conversation::effect::{Author, Effect};
use frontdesk::conversation::event::{Act, Event, LookupAnswer};
use frontdesk::conversation::floor::{AgentOnFloor, Floor, assign};
use frontdesk::conversation::reason::{HandoffReason, Reason};
use frontdesk::conversation::state::{Contact, Conversation, State};
use frontdesk::conversation::{Editions, Step, is_behind, laws, step};
use frontdesk::message::{Choice, Content, Inbound, Location, Media, MediaKind, Outbound, Value};
use frontdesk::whatsapp::render::{Recipient, render};

use super::bots::BOTS;
use super::generate::{Answers, Does, Happens, Sent};

const AGENTS: [&str; 2] = ["Noa", "Avi"];
const CONTACT: i64 = 1;
/// More turns than this without anything from outside are a machine that does not come to rest.
const TURNS_MAX: usize = 400;

pub struct Life {
    editions: Editions,
    floor: Floor,
    pub now: Timestamp,
    c: Conversation,
    offered: Vec<Choice>,
    queued: VecDeque<Event>,
    answers: Answers,
    messages: u32,
    turns: usize,
    /// What happened, for a failed case.
    log: Option<Vec<String>>,
}

impl Life {
    pub fn new(bot: &Arc<Bot>, start: Timestamp, number: &str) -> Self {
        let contact = Contact {
            number: number.to_owned(),
            wa_id: Some("972501234567".to_owned()),
            user_id: None,
            name: "Dana".to_owned(),
            language: None,
        };
        let mut floor = Floor::default();
        for agent in AGENTS {
            floor.agents.insert(agent.to_owned(), AgentOnFloor { online: false, queues: None });
        }
        Self {
            editions: Editions::new(Arc::clone(bot)),
            floor,
            now: start,
            c: Conversation::new(contact),
            offered: Vec::new(),
            queued: VecDeque::new(),
            answers: Answers::Found,
            messages: 0,
            turns: 0,
            log: None,
        }
    }

    /// The same with every turn written down.
    pub fn told(mut self) -> Self {
        self.log = Some(Vec::new());
        self
    }

    /// What was written down.
    pub fn log(&self) -> String {
        self.log.iter().flatten().map(|line| format!("{line}\n")).collect()
    }

    pub fn happens(&mut self, what: &Happens) -> Result<(), String> {
        self.comes_to_pass(what)?;
        self.no_promise_forgotten()
    }

    fn comes_to_pass(&mut self, what: &Happens) -> Result<(), String> {
        let minutes = |minutes: i64| Duration::minutes(minutes);
        match what {
            Happens::Says(text) => self.customer(vec![Content::Text((*text).to_owned())], self.now),
            Happens::SaysLate(text) => {
                self.customer(vec![Content::Text((*text).to_owned())], self.now - Duration::hours(30))
            }
            Happens::Taps(back) => {
                let Some(at) = self.offered.len().checked_sub(1 + back) else { return Ok(()) };
                let Choice { id, title, .. } = self.offered[at].clone();
                self.customer(vec![Content::Tap { id, title }], self.now)
            }
            Happens::Forges(id) => {
                self.customer(vec![Content::Tap { id: (*id).to_owned(), title: "Something".to_owned() }], self.now)
            }
            Happens::Sends(sent) => {
                let content = self.content(*sent);
                self.customer(vec![content], self.now)
            }
            Happens::Both(text, sent) => {
                let content = self.content(*sent);
                self.customer(vec![Content::Text((*text).to_owned()), content], self.now)
            }
            Happens::Waits(time) => self.advance(self.now + minutes(*time)),
            Happens::IsAway(time) => {
                self.now += minutes(*time);
                self.advance(self.now)
            }
            Happens::Agent(agent, does) => {
                let act = match does {
                    Does::Simple(act) => act.clone(),
                    Does::Promise(time) => Act::Promise { at: self.now + minutes(*time) },
                    Does::Snooze(time) => Act::Snooze { at: self.now + minutes(*time) },
                };
                self.event(&Event::Agent { agent: AGENTS[*agent].to_owned(), act })
            }
            Happens::Online(agent, online) => self.online(AGENTS[*agent], *online),
            Happens::Lookups(answers) => {
                self.answers = *answers;
                Ok(())
            }
            Happens::Undeliverable => self.event(&Event::Undeliverable { code: 131_026, title: "no".to_owned() }),
            Happens::WindowShut(agent) => {
                self.event(&Event::WindowShut { agent: AGENTS[*agent].to_owned(), text: "One moment.".to_owned() })
            }
            Happens::Echo => {
                let echo = self.inbound(Content::Text("From the app.".to_owned()), self.now);
                self.event(&Event::Echo(echo))
            }
            Happens::Publish(bot) => {
                self.editions = self.editions.publish(Arc::clone(&BOTS[bot % BOTS.len()].bot));
                if !is_behind(&self.editions, &self.floor, &self.c, self.now) {
                    return Ok(());
                }
                self.event(&Event::Published)?;
                match is_behind(&self.editions, &self.floor, &self.c, self.now) {
                    true => Err("R19: something is due by an older version".to_owned()),
                    false => Ok(()),
                }
            }
            Happens::Phone(act) => self.event(&Event::Phone { by: "Rami".to_owned(), act: *act }),
            Happens::Renamed => self.event(&Event::Renamed { wa_id: Some("97250999".to_owned()), user_id: None }),
        }
    }

    fn content(&mut self, sent: Sent) -> Content {
        let media = |kind| {
            Content::Media(Media {
                kind,
                id: "media".to_owned(),
                mime: String::new(),
                caption: None,
                filename: None,
                sha256: None,
            })
        };
        match sent {
            Sent::Voice => media(MediaKind::Voice),
            Sent::Image => media(MediaKind::Image),
            Sent::Document => media(MediaKind::Document),
            Sent::Sticker => media(MediaKind::Sticker),
            Sent::Location => {
                Content::Location(Location { latitude: 32.1, longitude: 34.8, name: None, address: None })
            }
            Sent::Contact => Content::ContactCard { summary: "Noa".to_owned(), phone: Some("0501234567".to_owned()) },
            Sent::Order => Content::Order { summary: "1 item".to_owned() },
            Sent::Unsupported => Content::Unsupported { kind: "poll".to_owned() },
            Sent::Reaction => Content::Reaction { emoji: None, to: "m1".to_owned() },
            Sent::Edit => Content::Edit { original: "m1".to_owned(), text: Some("x".to_owned()) },
        }
    }

    fn inbound(&mut self, content: Content, at: Timestamp) -> Inbound {
        self.messages += 1;
        Inbound { id: format!("m{}", self.messages), at, content, quotes: None, referral: None }
    }

    fn customer(&mut self, contents: Vec<Content>, at: Timestamp) -> Result<(), String> {
        let messages = contents.into_iter().map(|content| self.inbound(content, at)).collect();
        self.event(&Event::Messages(messages))
    }

    fn online(&mut self, name: &str, online: bool) -> Result<(), String> {
        if let Some(agent) = self.floor.agents.get_mut(name) {
            agent.online = online;
        }
        if online {
            return self.settle();
        }
        self.advance(self.now + Duration::minutes(2))?;
        if self.floor.is_online(name) {
            return Ok(());
        }
        self.event(&Event::AgentGone { agent: name.to_owned() })
    }

    /// Something happens, and whatever follows from it at once: lookups, work handed out, timers.
    fn event(&mut self, event: &Event) -> Result<(), String> {
        self.turn(event)?;
        self.settle()?;
        self.advance(self.now)
    }

    fn settle(&mut self) -> Result<(), String> {
        for _ in 0..TURNS_MAX {
            if let Some(event) = self.queued.pop_front() {
                self.turn(&event)?;
                continue;
            }
            let newest = self.editions.newest();
            let given =
                newest.queues.keys().flat_map(|queue| assign(&self.floor, queue, newest.policy.capacity)).next();
            let Some(given) = given else { return Ok(()) };
            self.turn(&Event::Assigned { agent: given.agent })?;
            if self.c.state() == State::Waiting {
                return Err("work that was handed out still waits".to_owned());
            }
        }
        Err("it does not come to rest".to_owned())
    }

    /// Timers fire in their order, each at its time or as soon as the server is back.
    fn advance(&mut self, to: Timestamp) -> Result<(), String> {
        for _ in 0..TURNS_MAX {
            let Some((kind, at)) = self.c.timers.next().filter(|(_, at)| *at <= to) else {
                self.now = self.now.max(to);
                return Ok(());
            };
            self.now = self.now.max(at);
            self.turn(&Event::Timer(kind))?;
            if self.c.timers.get(kind) == Some(at) {
                return Err(format!("the timer {kind:?} is armed again for the same moment"));
            }
            self.settle()?;
        }
        Err(format!("timers do not come to rest: {:?}", self.c.timers))
    }

    fn turn(&mut self, event: &Event) -> Result<(), String> {
        let done = step(&self.editions, &self.floor, &self.c, event, self.now);
        if let Some(log) = &mut self.log {
            log.push(format!("{} {event:?}\n    {}", self.now.format("%a %d %H:%M:%S"), told(&done)));
        }
        self.turns += 1;
        if self.turns.is_multiple_of(3) && step(&self.editions, &self.floor, &self.c, event, self.now) != done {
            return Err("the same turn went otherwise the second time".to_owned());
        }
        let saved = serde_json::to_string(&done.after).map_err(|error| error.to_string())?;
        let loaded: Conversation = serde_json::from_str(&saved).map_err(|error| error.to_string())?;
        if loaded != done.after {
            return Err("it is not the same after it was saved and loaded".to_owned());
        }
        self.lawful(event, &done)?;
        for effect in &done.effects {
            match effect {
                Effect::Send { message, .. } => self.offered.extend(choices(message)),
                Effect::Lookup { call, .. } => {
                    let fields = [("found", Value::Bool(true)), ("state", Value::Text("sent".to_owned()))];
                    let fields = fields.map(|(name, value)| (name.to_owned(), value));
                    let answer = match self.answers {
                        Answers::Found => LookupAnswer::Found(fields.into()),
                        Answers::NotFound => LookupAnswer::NotFound,
                        Answers::Fails => LookupAnswer::Failed("no answer".to_owned()),
                        Answers::Never => continue,
                    };
                    self.queued.push_back(Event::Lookup { call: *call, answer });
                }
                _ => {}
            }
        }
        self.c = loaded;
        self.floor.update(CONTACT, &self.c);
        Ok(())
    }

    // ── the laws ──

    fn lawful(&self, event: &Event, done: &Step) -> Result<(), String> {
        let law = |kept: bool, what: &str| if kept { Ok(()) } else { Err(what.to_owned()) };
        let (before, after) = (&self.c, &done.after);
        let enquiry = after.enquiry.as_ref();
        for reason in &done.why {
            if let Reason::Rule { did, .. } = reason {
                law(!did.starts_with(laws::BROKEN), did)?;
                law(!did.contains("could not be filled in"), did)?;
            }
        }
        if done.refused.is_some() {
            law(after == before && done.effects.is_empty(), "a refused act changed something")?;
        }
        let handoff = enquiry.and_then(|enquiry| enquiry.handoff.as_ref());
        law(handoff.is_none_or(|handoff| handoff.reason != HandoffReason::BotError), "a bot that checks fell over")?;
        let run = enquiry.and_then(|enquiry| enquiry.run.as_ref());
        law(run.is_none_or(|run| run.asked.len() <= 2), "R12: a third question")?;
        let failures = enquiry.map_or(0, |enquiry| enquiry.failures);
        law(after.state() != State::Bot || failures < 2, "R14: a third chance")?;
        let sent: Vec<&Outbound> = done.effects.iter().filter_map(sent).collect();
        law(!self.is_silent(event, done), "silence")?;
        let by_person = matches!(
            event,
            Event::Agent { act: Act::End, .. }
                | Event::Phone { act: frontdesk::conversation::event::PhoneAct::Done, .. }
        );
        let ended = after.state() == State::Ended && before.state() != State::Ended;
        law(!(ended && before.state().is_our_turn()) || by_person, "R33: an end while it is our turn")?;
        let shut = after.wrote_at.is_none_or(|at| self.now >= at + Duration::hours(24));
        for message in &sent {
            law(!shut || matches!(message, Outbound::Template { .. }), "R32: free text outside the window")?;
            fits(message)?;
        }
        self.promised(done, &sent)?;
        let numbers = before.enquiry.as_ref().map(|enquiry| enquiry.number);
        law(enquiry.map(|enquiry| enquiry.number) >= numbers, "R1: an enquiry was lost")?;
        law(after.state() != State::Ended || after.timers.0.is_empty(), "R40: a timer after the end")
    }

    /// No promise that was told has passed in silence while it is our turn (R22).
    fn no_promise_forgotten(&self) -> Result<(), String> {
        let enquiry = self.c.enquiry.as_ref().filter(|enquiry| enquiry.state.is_our_turn());
        let promise = enquiry.and_then(|enquiry| enquiry.promise.as_ref()).filter(|p| p.told && !p.over);
        match promise.filter(|promise| promise.at < self.now) {
            Some(promise) => Err(format!("R22: a promise was forgotten: {promise:?} ({})", self.c.state().name())),
            None => Ok(()),
        }
    }

    /// A customer's turn that the bot serves, and nothing came of it.
    fn is_silent(&self, event: &Event, done: &Step) -> bool {
        let Event::Messages(messages) = event else { return false };
        let starts_nothing =
            |m: &Inbound| matches!(m.content, Content::Reaction { .. } | Content::Edit { .. } | Content::Revoke { .. });
        let bot_serves = matches!(self.c.state(), State::Bot | State::Settled | State::Asked | State::Ended);
        // A `stop` that took more than a day to come is obeyed without a word: the window has shut (R2, R6, R32).
        let too_late = |m: &Inbound| {
            let reminders = matches!(&m.content, Content::Text(text) if matches!(text.as_str(), "stop" | "start"));
            reminders && self.now - m.at > Duration::days(1)
        };
        if !bot_serves || messages.iter().all(|m| starts_nothing(m) || too_late(m)) {
            return false;
        }
        let answered = done.effects.iter().any(|e| matches!(e, Effect::Send { .. } | Effect::Lookup { .. }));
        let state = done.after.state();
        let looking = done.after.enquiry.as_ref().and_then(|e| e.run.as_ref()).is_some_and(|run| run.pending.is_some());
        !(answered || looking || state.is_with_people() || state == State::Held)
    }

    /// Whoever was handed off and told so has a promise (R22).
    fn promised(&self, done: &Step, sent: &[&Outbound]) -> Result<(), String> {
        let was = self.c.state();
        // Writing again after a flow that an agent sent finished is our turn, but no new handoff (R30, R31).
        let handoff = |c: &Conversation| c.enquiry.as_ref().and_then(|enquiry| enquiry.handoff.clone());
        let newly = !was.is_with_people() && was != State::Held && handoff(&done.after) != handoff(&self.c);
        let now_waits = matches!(done.after.state(), State::Waiting | State::Held);
        let told = sent.iter().any(|message| !matches!(message, Outbound::Template { .. }));
        let promise = done.after.enquiry.as_ref().and_then(|enquiry| enquiry.promise.as_ref());
        if newly && now_waits && told && promise.is_none_or(|promise| !promise.told || promise.at < self.now) {
            return Err("R22: handed off and told so without a promise".to_owned());
        }
        Ok(())
    }
}

fn sent(effect: &Effect) -> Option<&Outbound> {
    match effect {
        Effect::Send { message, by: Author::Bot | Author::Agent(_) | Author::Phone } => Some(message),
        _ => None,
    }
}

fn choices(message: &Outbound) -> Vec<Choice> {
    match message {
        Outbound::Buttons { buttons, .. } | Outbound::Template { buttons, .. } => buttons.clone(),
        Outbound::List { rows, .. } => rows.clone(),
        _ => Vec::new(),
    }
}

/// WhatsApp takes it as it is: nothing is refused, nothing cut.
fn fits(message: &Outbound) -> Result<(), String> {
    if matches!(message, Outbound::Record { .. }) {
        return Ok(());
    }
    let to = Recipient::of(Some("972501234567"), None).ok_or("no recipient")?;
    match render(message, &to, "") {
        Ok(rendered) if rendered.cuts.is_empty() => Ok(()),
        Ok(rendered) => Err(format!("WhatsApp would cut {:?} of {message:?}", rendered.cuts)),
        Err(problem) => Err(format!("WhatsApp would refuse {message:?}: {problem:?}")),
    }
}

/// A turn in a line or two.
fn told(done: &Step) -> String {
    let said = done.effects.iter().filter_map(|effect| match effect {
        Effect::Send { message, .. } => {
            Some(format!("< {}{:?}", message.text(), choices(message).iter().map(|c| &c.title).collect::<Vec<_>>()))
        }
        Effect::Lookup { lookup, .. } => Some(format!("lookup {lookup}")),
        _ => None,
    });
    let rules = done.why.iter().filter_map(|reason| match reason {
        Reason::Rule { rule, did } => Some(format!("{rule} {did}")),
        _ => None,
    });
    let said: Vec<String> = said.collect();
    let rules: Vec<String> = rules.collect();
    let refused = done.refused.as_ref().map(|why| format!("refused: {why}; ")).unwrap_or_default();
    format!("{refused}{} {:?} ({})", done.after.state().name(), said, rules.join("; "))
}
