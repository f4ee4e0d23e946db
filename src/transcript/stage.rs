//! Acts out the steps of a transcript on the real machine: who writes, what they send, how the clock moves. Holds nobody to
//! anything; the player and the rewriter do, and a conversation in the terminal needs not.

mod sending;

use std::sync::Arc;

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::event::{Act, Event};
use crate::conversation::{Editions, gather};
use crate::locale as when;
use crate::message::{Content, Inbound};

use super::script::{AgentAct, Check, CheckKind, Line, Said, Step, When, Who};
use super::verdict;
use super::world::{Sent, World};

/// The bot that `bot: DIR` publishes, or why it cannot be read.
pub type Versions<'a> = dyn Fn(&str) -> Result<Arc<Bot>, String> + Sync + 'a;

/// Why a step cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stuck {
    /// In a sentence.
    pub(super) message: String,
    /// What would have been possible instead, where that helps.
    pub(super) possible: String,
}

impl Stuck {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), possible: String::new() }
    }
}

/// No test is about what comes after it.
const YEAR_MAX: i32 = 2199;

type Done = Result<(), Stuck>;

pub(super) struct Stage<'a> {
    pub(super) world: World,
    versions: &'a Versions<'a>,
    zone: Tz,
    number: String,
    who: Who,
    /// Who wrote last; begins when somebody does.
    contact: Option<i64>,
    /// Messages that are gathered for one turn (R3).
    pending: Vec<Inbound>,
}

/// When every test begins, in the bot's zone.
pub(super) fn beginning(zone: Tz) -> Timestamp {
    let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN);
    when::moment(day, zone).unwrap_or_default()
}

impl<'a> Stage<'a> {
    pub(super) fn new(bot: &Arc<Bot>, versions: &'a Versions<'a>) -> Self {
        let zone = bot.hours.zone();
        Self {
            world: World::new(Editions::new(Arc::clone(bot)), beginning(zone)),
            versions,
            zone,
            number: bot.numbers.first().map(|number| number.id.clone()).unwrap_or_default(),
            who: Who { name: "Dana".to_owned(), number: None, language: None },
            contact: None,
            pending: Vec::new(),
        }
    }

    /// Whether messages wait for the turn they belong to.
    pub(super) const fn gathers(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Takes a step; the lines after it tell which messages make one turn (R3). Expectations do nothing here.
    pub(super) fn take(&mut self, step: &Step, following: &[Line]) -> Done {
        self.world.rest();
        match step {
            Step::At(when) => self.move_to(*when),
            Step::Wait(time) => {
                let to = self.world.now.checked_add_signed(*time);
                self.go_to(to.unwrap_or(self.world.now))
            }
            Step::Contact(who) => {
                self.who = who.clone();
                self.contact = Some(self.world.contact(who, &self.number));
                Ok(())
            }
            Step::Number(name) => self.write_to(name),
            Step::Customer(said) => self.customer(said, following),
            Step::Agent { name, act } => self.agent(name, act),
            Step::Phone(text) => {
                let echo = self.world.inbound(Content::Text(text.clone()));
                let contact = self.contact();
                self.world.happen(contact, &Event::Echo(echo));
                Ok(())
            }
            Step::Lookup { name, reply } => {
                self.world.lookups.insert(name.clone(), reply.clone());
                self.world.answer_calls();
                Ok(())
            }
            Step::Deliver(code) => self.deliver(*code),
            Step::Bot(dir) => self.publish(dir),
            Step::Expect(_) | Step::Check(_) | Step::Alert { .. } => Ok(()),
        }
    }

    /// What the checks would say if they held.
    pub(super) fn judged(&mut self, checks: &[Check]) -> Vec<Check> {
        let contact = self.contact();
        let trail = self.world.trail.get(&contact).map(|(_, trail)| trail.as_slice()).unwrap_or_default();
        let Some(conversation) = self.world.contacts.get(&contact) else { return checks.to_vec() };
        let judge = |check: &Check| verdict::judge(check, conversation, trail, self.zone);
        checks.iter().map(|check| judge(check).unwrap_or_else(|| check.clone())).collect()
    }

    /// What holds now of these kinds of check, and every answer where answers are asked for.
    pub(super) fn describe(&mut self, kinds: &[CheckKind]) -> Vec<Check> {
        let contact = self.contact();
        let trail = self.world.trail.get(&contact).map(|(_, trail)| trail.as_slice()).unwrap_or_default();
        let conversation = self.world.contacts.get(&contact);
        conversation.map(|conversation| verdict::describe(kinds, conversation, trail, self.zone)).unwrap_or_default()
    }

    /// What a contact calls themselves.
    pub(super) fn name_of(&self, contact: i64) -> &str {
        self.world.contacts.get(&contact).map(|conversation| conversation.contact.name.as_str()).unwrap_or_default()
    }

    /// Whether a message went to somebody else than who wrote last.
    pub(super) fn is_for_another(&self, sent: &Sent) -> bool {
        self.contact.is_some_and(|contact| contact != sent.contact)
    }

    pub(super) fn shown(&self, at: Timestamp) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string()
    }

    fn contact(&mut self) -> i64 {
        match self.contact {
            Some(contact) => contact,
            None => *self.contact.insert(self.world.contact(&self.who, &self.number)),
        }
    }

    fn move_to(&mut self, when: When) -> Done {
        let to = self.moment(when);
        if to < self.world.now {
            let now = self.shown(self.world.now);
            return Err(Stuck::new(format!("The clock never goes backwards: it is {now} already")));
        }
        self.go_to(to)
    }

    fn go_to(&mut self, to: Timestamp) -> Done {
        if to.year() > YEAR_MAX {
            return Err(Stuck::new(format!("The clock goes as far as the year {YEAR_MAX}")));
        }
        self.world.advance(to);
        Ok(())
    }

    /// The moment that is meant: of a weekday or a time of day the next one.
    pub(super) fn moment(&self, when: When) -> Timestamp {
        let local = self.world.now.with_timezone(&self.zone).naive_local();
        let next = |matching: &dyn Fn(NaiveDate) -> bool, time: NaiveTime| {
            let day = local.date().iter_days().take(9).find(|day| matching(*day) && day.and_time(time) > local);
            day.unwrap_or(local.date()).and_time(time)
        };
        let to = match when {
            When::Day(day) => day,
            When::Time(time) => next(&|_| true, time),
            When::Weekday(weekday, time) => next(&|day| day.weekday() == weekday, time),
        };
        when::moment(to, self.zone).unwrap_or(self.world.now)
    }

    fn write_to(&mut self, name: &str) -> Done {
        let numbers = &self.world.editions.newest().numbers;
        let found = numbers.iter().find(|n| n.id == name || n.department.as_deref() == Some(name));
        let found = found.ok_or_else(|| Stuck::new(format!("The bot has no number or department `{name}`")))?;
        self.number.clone_from(&found.id);
        self.contact = None;
        Ok(())
    }

    fn customer(&mut self, said: &Said, following: &[Line]) -> Done {
        self.contact();
        let content = self.content(said)?;
        let tap = gather::is_tap(&content);
        let message = self.world.inbound(content);
        self.pending.push(message);
        if !tap && self.pending.len() < gather::MESSAGES_MAX && self.goes_on(following) {
            return Ok(());
        }
        let messages = std::mem::take(&mut self.pending);
        let contact = self.contact();
        self.world.happen(contact, &Event::Messages(messages));
        Ok(())
    }

    /// Whether the next line belongs to the same turn (R3).
    fn goes_on(&self, following: &[Line]) -> bool {
        let next = |at: usize| following.get(at).map(|line| &line.step);
        match next(0) {
            Some(Step::Customer(_)) => true,
            Some(Step::Wait(time)) if matches!(next(1), Some(Step::Customer(_))) => {
                let received: Vec<(Timestamp, &Inbound)> = self.pending.iter().map(|m| (m.at, m)).collect();
                let ready = gather::ready_at(&self.world.editions.newest().policy, &received);
                ready.is_some_and(|ready| self.world.now + *time <= ready)
            }
            _ => false,
        }
    }

    /// What was sent to who wrote last, the latest first.
    pub(super) fn theirs(&self) -> impl Iterator<Item = &Sent> {
        self.world.sent.iter().rev().filter(|sent| Some(sent.contact) == self.contact)
    }

    fn agent(&mut self, name: &str, act: &AgentAct) -> Done {
        let act = match act {
            AgentAct::Online(queues) => {
                self.world.online(name, queues);
                return Ok(());
            }
            AgentAct::Offline => {
                self.world.offline(name);
                return Ok(());
            }
            AgentAct::Write(text) => Act::Reply { text: text.clone(), file: None },
            AgentAct::Take => Act::Take,
            AgentAct::Promise(time) => Act::Promise { at: self.time(time)? },
            AgentAct::Snooze(time) => Act::Snooze { at: self.time(time)? },
            AgentAct::Flow(flow) => Act::Flow { flow: flow.clone() },
            AgentAct::Article(article) => Act::Article { article: article.clone() },
            AgentAct::Note(text) => Act::Note { text: text.clone() },
            AgentAct::Transfer(queue) if self.world.editions.newest().queues.contains_key(queue) => {
                Act::TransferToQueue { queue: queue.clone() }
            }
            AgentAct::Transfer(agent) => Act::TransferToAgent { agent: agent.clone() },
            AgentAct::End => Act::End,
        };
        let contact = self.contact();
        match self.world.happen(contact, &Event::Agent { agent: name.to_owned(), act }) {
            Some(why) => Err(Stuck::new(format!("What {name} does was refused: {why}"))),
            None => Ok(()),
        }
    }

    fn time(&self, text: &str) -> Result<Timestamp, Stuck> {
        let bot = self.world.editions.newest();
        let locale = bot.locales.get(&bot.default_language());
        let read = locale.and_then(|locale| locale.parse_when(text, self.world.now, self.zone));
        read.ok_or_else(|| Stuck::new(format!("`{text}` is not a time; write `2h`, `14:00` or `tomorrow 09:00`")))
    }

    fn deliver(&mut self, code: u32) -> Done {
        let contact = self.world.sent.last().map(|sent| sent.contact);
        let contact = contact.ok_or_else(|| Stuck::new("No message was sent that could fail"))?;
        let title = "WhatsApp could not deliver it".to_owned();
        self.world.happen(contact, &Event::Undeliverable { code, title });
        Ok(())
    }

    fn publish(&mut self, dir: &str) -> Done {
        let newest = (self.versions)(dir)
            .map_err(|why| Stuck { message: format!("The bot in `{dir}` cannot be published"), possible: why })?;
        self.zone = newest.hours.zone();
        self.world.publish(newest);
        Ok(())
    }
}

/// How long a wait is, as a transcript writes it.
pub(super) fn duration(time: Duration) -> String {
    let seconds = time.num_seconds().max(0);
    match seconds {
        s if s > 0 && s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s > 0 && s % 3_600 == 0 => format!("{}h", s / 3_600),
        s if s > 0 && s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}
