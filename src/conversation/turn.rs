//! A turn at work: the conversation as it becomes, what is wanted, what is said, and the small steps that every rule uses.

use chrono::Duration;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::condition::Condition;
use crate::hours::Hours;
use crate::language::Language;
use crate::locale::Locale;
use crate::message::{Choice, Outbound, Value};
use crate::policy::wording::Text;
use crate::policy::{Number, Policy, Queue};
use crate::scope::Scope;
use crate::template::{LocalText, is_plain};

use super::effect::{Alert, Audience, Author, Effect};
use super::reason::{HandoffReason, Reached, Reason};
use super::speech::Speech;
use super::state::{Conversation, EARLIER_MAX, Earlier, Ended, EndedHow, Enquiry, State};
use super::{Editions, Floor, Step};

/// How long after the customer's message WhatsApp lets a business write freely, less the five minutes by which the
/// window counts as shut early (R33).
pub(super) const WINDOW: Duration = Duration::minutes(24 * 60 - 5);

/// Nodes' clocks may differ by so much. Whoever is further ahead has a clock that somebody set wrong, and it is not followed.
const CLOCKS_DIFFER_MAX: Duration = Duration::minutes(15);

pub(super) struct Turn<'a> {
    pub(super) editions: &'a Editions,
    pub(super) floor: &'a Floor,
    pub(super) now: Timestamp,
    /// The place at which the enquiry waits on the floor as the turn begins.
    pub(super) waited_at: Option<Timestamp>,
    /// The place at which the enquiry is held on the floor as the turn begins.
    pub(super) was_held_at: Option<Timestamp>,
    /// The conversation as it becomes.
    pub(super) c: Conversation,
    pub(super) effects: Vec<Effect>,
    pub(super) why: Vec<Reason>,
    pub(super) speech: Speech,
    pub(super) refused: Option<String>,
    /// The customer asked by tap or word for what is said, so that it is no loop (R20).
    pub(super) asked_for: bool,
    /// The customer only greeted, thanked or said goodbye, which does not count as writing (R26).
    pub(super) polite: bool,
    /// All the customer wrote was `stop` or `start`, which is obeyed at once in every state (R6).
    pub(super) only_obeyed: bool,
    /// The channel's id of the message that is being served.
    pub(super) serving: String,
    /// A text of the bot could not be rendered: an error of ours (R21).
    pub(super) broken: bool,
}

impl<'a> Turn<'a> {
    pub(super) fn new(editions: &'a Editions, floor: &'a Floor, c: Conversation, now: Timestamp) -> Self {
        let at_place = |state| {
            let there = c.enquiry.as_ref().filter(|enquiry| enquiry.state == state);
            there.map(|enquiry| enquiry.place.unwrap_or(enquiry.since))
        };
        let (waited_at, was_held_at) = (at_place(State::Waiting), at_place(State::Held));
        Self {
            editions,
            floor,
            now: not_back(c.taken_at, now),
            waited_at,
            was_held_at,
            c,
            effects: Vec::new(),
            why: Vec::new(),
            speech: Speech::default(),
            refused: None,
            asked_for: false,
            polite: false,
            only_obeyed: false,
            serving: String::new(),
            broken: false,
        }
    }

    /// The newest bot: hours, queues, numbers, policy, templates, words, lookups (R19).
    pub(super) fn newest(&self) -> &'a Bot {
        self.editions.newest()
    }

    /// The version the enquiry began on, for flows and articles and their texts (R19); the newest when it has gone.
    pub(super) fn bot(&self) -> &'a Bot {
        let version = self.c.enquiry.as_ref().filter(|e| e.state != State::Ended).map(|e| e.version.as_str());
        version.and_then(|version| self.editions.version(version)).unwrap_or(self.editions.newest())
    }

    pub(super) fn policy(&self) -> &'a Policy {
        &self.newest().policy
    }

    /// The business number the contact writes to; the first one if it has gone.
    pub(super) fn number(&self) -> Option<&'a Number> {
        self.newest().number(&self.c.contact.number).or_else(|| self.newest().numbers.first())
    }

    pub(super) fn department(&self) -> Option<&'a str> {
        self.number().and_then(|number| number.department.as_deref())
    }

    /// The number's own queue.
    pub(super) fn own_queue(&self) -> Option<&'a Queue> {
        let own = self.number().and_then(|number| self.newest().queues.get(&number.queue));
        own.or_else(|| self.newest().queues.values().next())
    }

    /// The queue the enquiry belongs to, or would belong to.
    pub(super) fn queue(&self) -> Option<&'a Queue> {
        let named = self.c.enquiry.as_ref().and_then(|e| e.queue.as_ref()).and_then(|q| self.newest().queues.get(q));
        named.or_else(|| self.own_queue())
    }

    pub(super) fn hours(&self) -> &'a Hours {
        self.queue().map_or(&self.newest().hours, |queue| &queue.hours)
    }

    /// Whether it is business hours for what the bot does by itself (R24): a bot without hours has none.
    pub(super) fn business_hours(&self) -> Option<bool> {
        let hours = self.own_queue().map_or(&self.newest().hours, |queue| &queue.hours);
        hours.has_hours().then(|| hours.is_open(self.now))
    }

    pub(super) fn language(&self) -> Language {
        self.newest().speak(self.c.contact.language)
    }

    pub(super) fn locale(&self) -> Locale {
        let language = self.language();
        self.newest().locales.get(&language).cloned().unwrap_or_else(|| Locale::for_language(language))
    }

    pub(super) fn state(&self) -> State {
        self.c.state()
    }

    /// The enquiry at hand if it is not over.
    pub(super) fn open(&self) -> Option<&Enquiry> {
        self.c.enquiry.as_ref().filter(|enquiry| enquiry.state != State::Ended)
    }

    /// The enquiry at hand; opens one if there is none.
    pub(super) fn enquiry(&mut self) -> &mut Enquiry {
        if self.open().is_none() {
            self.open_enquiry();
        }
        let (now, version) = (self.now, self.editions.newest().version.clone());
        self.c.enquiry.get_or_insert_with(|| new_enquiry(1, version, now))
    }

    fn open_enquiry(&mut self) {
        let number = self.c.enquiry.as_ref().map_or(1, |enquiry| enquiry.number + 1);
        if let Some(old) = self.c.enquiry.take() {
            self.c.earlier.insert(0, earlier(&old));
            self.c.earlier.truncate(EARLIER_MAX);
        }
        self.c.enquiry = Some(new_enquiry(number, self.newest().version.clone(), self.now));
    }

    /// Moves the enquiry to a state.
    pub(super) fn enter(&mut self, state: State) {
        let now = self.now;
        let enquiry = self.enquiry();
        enquiry.state = state;
        enquiry.since = now;
    }

    /// The enquiry is over.
    pub(super) fn end(&mut self, how: Ended) {
        let at = self.now;
        self.enter(State::Ended);
        if let Some(enquiry) = &mut self.c.enquiry {
            enquiry.ended = Some(EndedHow { at, how });
            enquiry.run = None;
            enquiry.clock = None;
        }
    }

    /// Records which rule fired and what it did.
    pub(super) fn rule(&mut self, rule: &str, did: impl Into<String>) {
        self.why.push(Reason::Rule { rule: rule.to_owned(), did: did.into() });
    }

    pub(super) fn reached(&mut self, reached: Reached) {
        self.why.push(Reason::Reached(reached));
    }

    /// The moment from which free text is no longer attempted (R32).
    pub(super) fn window_shuts(&self) -> Option<Timestamp> {
        self.c.wrote_at.map(|at| at + WINDOW)
    }

    pub(super) fn window_is_open(&self) -> bool {
        self.window_shuts().is_some_and(|shuts| self.now < shuts)
    }

    pub(super) fn alert(&mut self, to: Audience, alert: Alert) {
        self.effects.push(Effect::Alert { to, alert });
    }

    pub(super) fn alert_queue(&mut self, alert: Alert) {
        if let Some(queue) = self.queue() {
            self.alert(Audience::Queue(queue.name.clone()), alert);
        }
    }

    /// A line in the thread for agents.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.effects.push(Effect::Note { by: Author::Bot, text: text.into() });
    }

    // ── texts ──

    /// A built-in text.
    pub(super) fn word(&mut self, text: Text) -> String {
        self.word_with(text, &[])
    }

    /// A built-in text with names of its own.
    pub(super) fn word_with(&mut self, text: Text, names: &[(&str, &str)]) -> String {
        let text = self.newest().wording.text(text);
        self.fill_in(text, names)
    }

    pub(super) fn say_word(&mut self, text: Text) {
        let text = self.word(text);
        self.speech.text(text);
    }

    /// A text of the bot's author.
    pub(super) fn render(&mut self, text: &LocalText) -> String {
        self.fill_in(text, &[])
    }

    fn fill_in(&mut self, text: &LocalText, names: &[(&str, &str)]) -> String {
        let source = text.get(self.language());
        if is_plain(source) {
            return source.to_owned();
        }
        let mut scope = self.scope(source);
        for (name, value) in names {
            match name.split_once('.') {
                Some((name, field)) => scope.field(name, field, Value::Text((*value).to_owned()), *value),
                None => scope.text(name, *value),
            }
        }
        match text.render(self.language(), &scope) {
            Ok(text) => text,
            Err(error) => {
                self.broken = true;
                self.rule("R21", format!("a text could not be filled in: {error}"));
                String::new()
            }
        }
    }

    /// Whether a condition holds now; none always does.
    pub(super) fn holds(&self, condition: Option<&Condition>) -> bool {
        condition.is_none_or(|condition| condition.eval(&self.scope(condition.source())))
    }

    /// The names that a text or condition may use now. The hours are looked up only where it speaks of them: that takes
    /// longer than everything else in a turn.
    fn scope(&self, source: &str) -> Scope {
        let (locale, language) = (self.locale(), self.language());
        let mut scope = Scope::default();
        scope.text("bot", self.newest().name.clone());
        if let Some(queue) = self.queue() {
            let label = queue.label.render(language, &Scope::default()).unwrap_or_else(|_| queue.name.clone());
            scope.text("queue", label);
        }
        let contact = &self.c.contact;
        scope.field("contact", "name", Value::Text(contact.name.clone()), contact.name.clone());
        scope.field("contact", "language", Value::Text(language.to_string()), language.to_string());
        let phone = contact.phone().map_or(Value::None, Value::Phone);
        scope.field("contact", "phone", phone, contact.phone().unwrap_or_default());
        let hours = self.hours();
        if source.contains("hours") {
            let open = self.business_hours().unwrap_or(true);
            scope.field("hours", "open", Value::Bool(open), if open { "true" } else { "false" });
            if let Some(opens) = hours.next_opening(self.now) {
                let shown = locale.show_opening(opens, self.now, hours.zone());
                scope.field("hours", "opens", Value::Text(shown.clone()), shown);
            }
        }
        for lookup in self.bot().lookups.keys().chain(self.newest().lookups.keys()) {
            scope.declare(lookup);
        }
        let Some(enquiry) = self.c.enquiry.as_ref() else { return scope };
        for answer in &enquiry.answers {
            scope.value(&answer.question, answer.value.clone(), answer.shown.clone());
        }
        for (lookup, fields) in &enquiry.results {
            for (field, value) in fields {
                scope.field(lookup, field, value.clone(), super::reading::show(value, &locale, self.now));
            }
        }
        if let Some(promise) = &enquiry.promise {
            scope.text("promise", locale.show_deadline(promise.at, self.now, hours.zone()));
        }
        if let Some(agent) = &enquiry.agent {
            scope.text("agent", agent.clone());
        }
        scope
    }

    // ── saying ──

    /// Says texts of the bot's author.
    pub(super) fn say(&mut self, texts: &[LocalText]) {
        for text in texts {
            let text = self.render(text);
            self.speech.text(text);
        }
    }

    /// Yes and no as two buttons.
    pub(super) fn yes_no_buttons(&mut self, yes: &super::tap::Tap, no: &super::tap::Tap) {
        let buttons = [(yes, Text::Yes), (no, Text::No)].map(|(tap, text)| Choice {
            id: tap.id(),
            title: self.word(text),
            description: None,
        });
        self.speech.buttons(buttons.into());
    }

    /// Sends what was said so far, as few messages as WhatsApp allows. The same message for the third time in ten
    /// minutes, unasked for, is a loop and hands off instead (R20).
    pub(super) fn flush(&mut self) {
        let mut messages = std::mem::take(&mut self.speech).into_messages();
        if !self.window_is_open() {
            self.keep_templates(&mut messages);
        }
        if messages.is_empty() {
            return;
        }
        let policy = self.policy();
        let since = self.now - policy.loop_within;
        self.c.said.retain(|(_, at)| *at > since);
        let digests: Vec<u64> = messages.iter().map(digest).collect();
        let loops = !self.asked_for
            && matches!(self.state(), State::Bot | State::Settled)
            && digests
                .iter()
                .any(|d| self.c.said.iter().filter(|(said, _)| said == d).count() + 1 >= policy.loop_messages.max(2));
        if loops {
            self.rule("R20", "the same message for the third time in ten minutes is a loop");
            self.hand_off(HandoffReason::Loop, None, None);
            let handoff = std::mem::take(&mut self.speech).into_messages();
            self.send_all(handoff);
            return;
        }
        if !self.asked_for {
            let now = self.now;
            self.c.said.extend(digests.into_iter().map(|digest| (digest, now)));
            let excess = self.c.said.len().saturating_sub(SAID_MAX);
            self.c.said.drain(..excess);
        }
        self.send_all(messages);
    }

    /// Outside the window free text is never attempted (R32).
    fn keep_templates(&mut self, messages: &mut Vec<Outbound>) {
        let all = messages.len();
        messages.retain(|message| matches!(message, Outbound::Template { .. }));
        if messages.len() < all {
            self.rule("R32", "the window has shut: what was to be said is not sent");
        }
    }

    fn send_all(&mut self, messages: Vec<Outbound>) {
        for message in messages {
            self.effects.push(Effect::Send { message, by: Author::Bot });
        }
    }

    // ── the end of a turn ──

    /// Closes the turn: says what is left, holds the laws (R12, R14, R33), and arms what is due.
    pub(super) fn finish(mut self, before: &Conversation, event: &super::Event) -> Step {
        if self.refused.is_some() {
            return Step { after: before.clone(), effects: Vec::new(), why: self.why, refused: self.refused };
        }
        self.flush();
        let broken = super::laws::broken(&self, before, event);
        for (law, what) in &broken {
            self.rule(law, format!("{}{what}", super::laws::BROKEN));
        }
        if self.broken || !broken.is_empty() {
            if self.state().is_with_people() || self.state() == State::Held {
                return self.finish_unchecked();
            }
            let why = std::mem::take(&mut self.why);
            let mut step = super::bot_error(self.editions, self.floor, before, event, self.now);
            step.why.splice(0..0, why);
            return step;
        }
        self.finish_unchecked()
    }

    pub(super) fn finish_unchecked(mut self) -> Step {
        self.flush();
        self.c.turn += 1;
        self.c.taken_at = Some(self.now);
        self.forget_deferred();
        self.c.timers = self.timers();
        Step { after: self.c, effects: self.effects, why: self.why, refused: None }
    }

    /// What waited for a lookup is for the flow that called it: whoever took the enquiry since reads it in the thread.
    fn forget_deferred(&mut self) {
        let looking_up = self.open().and_then(|e| e.run.as_ref()).is_some_and(|run| run.pending.is_some());
        if let Some(enquiry) = self.c.enquiry.as_mut().filter(|_| !looking_up) {
            enquiry.deferred.clear();
        }
    }
}

/// The present of a contact whose last turn another node may have taken, with a clock ahead of ours: what was due there is
/// not undone here, and done there again.
fn not_back(last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    last.filter(|last| *last > now && *last - now <= CLOCKS_DIFFER_MAX).unwrap_or(now)
}

/// How many digests of what was said are kept for R20.
const SAID_MAX: usize = 32;

/// FNV-1a over the message's stored form: the same on every machine.
fn digest(message: &Outbound) -> u64 {
    let form = serde_json::to_string(message).unwrap_or_default();
    form.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn new_enquiry(number: u32, version: String, now: Timestamp) -> Enquiry {
    Enquiry {
        number,
        version,
        opened_at: now,
        state: State::Bot,
        since: now,
        last_human_at: now,
        topic: None,
        settled_topics: Vec::new(),
        run: None,
        answers: Vec::new(),
        results: std::collections::BTreeMap::new(),
        failures: 0,
        offer: None,
        confirming: None,
        taken_over: Vec::new(),
        queue: None,
        agent: None,
        given_to: Vec::new(),
        reassign_at: None,
        snoozed: None,
        window_alerted: None,
        handoff: None,
        promise: None,
        place: None,
        clock: None,
        held: None,
        added: false,
        agent_wrote: None,
        held_reply: None,
        sent_by: None,
        person_took_part: false,
        deferred: Vec::new(),
        unanswered_check: false,
        ended: None,
    }
}

fn earlier(enquiry: &Enquiry) -> Earlier {
    let (ended_at, how) = enquiry.ended.as_ref().map_or((enquiry.since, Ended::Answered), |e| (e.at, e.how));
    Earlier {
        number: enquiry.number,
        opened_at: enquiry.opened_at,
        ended_at,
        how,
        topic: enquiry.topic.as_ref().map(|matched| matched.topic.clone()),
        agent: enquiry.agent.clone(),
    }
}
