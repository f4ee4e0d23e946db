//! What a customer's message means when the bot is not at work: people own the enquiry, it is held, it was asked about, it
//! is settled or over (the table of `behaviour.md`, R25–R28).

use crate::flow::program::Ending;
use crate::intent::{Anytime, BuiltIn, Decision, Destination, Topic};
use crate::message::{Inbound, Outbound, Value};
use crate::policy::wording::Text;

use super::effect::{Alert, Audience, Author, Effect};
use super::input::{Input, What};
use super::morning::speaks_of_trouble;
use super::reading::{Reading, read, words_only};
use super::reason::HandoffReason;
use super::serving::{built_in_of, confident};
use super::state::{AgentWrote, Ended, Enquiry, HandedOff, State};
use super::tap::Tap;
use super::turn::Turn;

impl Turn<'_> {
    /// The word, if the whole input is one that is obeyed at any moment.
    fn word_of(&mut self, input: &Input) -> Option<Anytime> {
        match &input.what {
            What::Words { text, .. } => self.newest().classifier.anytime(text),
            What::Tap { tap: Tap::Word(word), .. } => Some(*word),
            What::StrangeTap { title } => self.newest().classifier.anytime(title),
            _ => None,
        }
    }

    // ── waiting, needs_reply, promised, awaiting_customer ──

    /// People own the enquiry: everything is kept (R25).
    pub(super) fn with_people(&mut self, input: &Input) {
        let word = self.word_of(input);
        if let Some(word @ (Anytime::Stop | Anytime::Start)) = word {
            self.obey(word);
            return;
        }
        if word == Some(Anytime::Record) && matches!(input.what, What::Tap { .. }) {
            self.obey(Anytime::Record);
            return;
        }
        let held_reply = self.send_held_reply(input);
        if held_reply {
            return;
        }
        self.touch();
        match self.state() {
            State::Waiting if word == Some(Anytime::Person) => {
                self.asked_for = true;
                self.repeat_promise();
            }
            State::Waiting => {
                self.rule("R25", "kept for the agents");
                if !std::mem::replace(&mut self.enquiry().added, true) {
                    self.say_word(Text::Added);
                }
            }
            _ => self.our_turn_again(),
        }
    }

    /// The customer wrote to the agent who has it: it is our turn where it was theirs, and the clock runs (R31); what was
    /// put aside untold is back (R30).
    pub(super) fn our_turn_again(&mut self) {
        match self.state() {
            State::AwaitingCustomer => {
                self.rule("R31", "the customer wrote: our turn");
                self.start_clock(false);
                self.needs_reply_again();
            }
            State::Promised if self.open().is_some_and(|enquiry| enquiry.snoozed.is_some()) => {
                self.rule("R30", "the customer wrote: no longer put aside");
                self.start_clock(false);
                self.needs_reply_again();
            }
            _ => self.rule("R25", "kept for the agent"),
        }
    }

    fn needs_reply_again(&mut self) {
        let now = self.now;
        let agent = self.open().and_then(|enquiry| enquiry.agent.clone());
        let enquiry = self.enquiry();
        enquiry.snoozed = None;
        enquiry.agent_wrote = None;
        enquiry.reassign_at = None;
        match agent.filter(|agent| self.floor.is_online(agent)) {
            Some(agent) => {
                self.enter(State::NeedsReply);
                self.must_answer(&agent);
            }
            None => match self.closed_until() {
                Some(until) => {
                    self.enquiry().place = Some(now);
                    self.hold(until);
                    if let Some(held) = &mut self.enquiry().held {
                        held.rejoins = true;
                    }
                }
                None => self.wait_at(now),
            },
        }
    }

    /// A tap on `answer_ready`, or any message, sends the text that waits (R32). Tells whether that was all. A message that
    /// took more than a day to come opens no window: the text waits on.
    fn send_held_reply(&mut self, input: &Input) -> bool {
        let Some((agent, text)) = self.open().and_then(|enquiry| enquiry.held_reply.clone()) else { return false };
        if !self.window_is_open() {
            return false;
        }
        self.rule("R32", "the customer is back: the waiting text is sent");
        self.effects.push(Effect::Send { message: Outbound::Text { text }, by: Author::Agent(agent.clone()) });
        self.stop_clock();
        let only_tap = matches!(input.what, What::Tap { .. } | What::StrangeTap { .. });
        self.enquiry().held_reply = None;
        self.agent_has_written(&agent, false);
        only_tap
    }

    /// A person's public word went out: the customer's turn (R31, R33).
    pub(super) fn agent_has_written(&mut self, agent: &str, by_template: bool) {
        let now = self.now;
        self.own_the_queue();
        self.enter(State::AwaitingCustomer);
        let enquiry = self.enquiry();
        enquiry.agent = Some(agent.to_owned());
        enquiry.last_human_at = now;
        enquiry.person_took_part = true;
        enquiry.run = None;
        enquiry.offer = None;
        enquiry.held = None;
        enquiry.sent_by = None;
        enquiry.snoozed = None;
        enquiry.reassign_at = None;
        enquiry.place = None;
        enquiry.failures = 0;
        enquiry.agent_wrote = Some(AgentWrote {
            at: now,
            by_template,
            reminders: 0,
            reminded_at: None,
            notice_at: None,
            stays_open: false,
        });
        self.c.last_agent = Some(agent.to_owned());
    }

    // ── held ──

    /// Nobody is there until morning: flows and articles go on, everything else is kept (R27).
    pub(super) fn while_held(&mut self, input: &Input) {
        if self.closed_until().is_none() {
            self.rule("R28", "the queue is open and the customer is here: joins at its old place");
            self.rejoin();
            self.with_people(input);
            return;
        }
        self.touch();
        self.read_mark(input);
        if self.question_is_open() {
            self.serve(&input.what);
            return;
        }
        match self.word_of(input) {
            Some(Anytime::Person) => {
                self.asked_for = true;
                self.rule("R27", "a person was asked for again: the time is repeated");
                self.say_word(Text::HeldRepeated);
                return;
            }
            Some(_) => {
                self.serve(&input.what);
                return;
            }
            None => {}
        }
        match &input.what {
            What::Words { .. }
            | What::Tap {
                tap: Tap::Topic(_) | Tap::Option { .. } | Tap::Helped { .. } | Tap::Confirm { .. }, ..
            } => {
                self.serve(&input.what);
            }
            _ => self.keep_while_held(),
        }
    }

    /// Kept; the first one in a closed period is answered "noted" (R27).
    pub(super) fn keep_while_held(&mut self) {
        self.rule("R27", "kept for the morning");
        let noted = self.enquiry().held.as_mut().map(|held| std::mem::replace(&mut held.noted, true));
        if noted == Some(false) {
            self.say_word(Text::HeldNoted);
        }
    }

    // ── asked ──

    /// The morning check is answered: a clear no withdraws, everything else is a yes (R28).
    pub(super) fn while_asked(&mut self, input: &Input) {
        self.touch();
        self.read_mark(input);
        let word = self.word_of(input);
        if let Some(word @ (Anytime::Stop | Anytime::Start)) = word {
            self.obey(word);
            return;
        }
        let no = match &input.what {
            What::Tap { tap: Tap::StillRelevant(yes), .. } => !yes,
            What::Words { text, .. } => {
                let no = read(&crate::flow::program::Accept::YesNo, words_only(text), &self.reader())
                    == Reading::Answer(Value::Bool(false));
                word == Some(Anytime::Cancel) || no && !speaks_of_trouble(text)
            }
            _ => word == Some(Anytime::Cancel),
        };
        self.asked_for = true;
        if no {
            self.rule("R28", "no longer relevant: withdrawn with thanks");
            self.say_word(Text::StillThanks);
            self.end(Ended::Withdrawn);
            return;
        }
        self.still_relevant();
    }

    /// Joins the queue at its old place with a new promise; held again if the queue has closed (R28).
    pub(super) fn still_relevant(&mut self) {
        self.touch();
        self.rule("R28", "still relevant: joins the queue at its old place");
        let place = self.open().and_then(|enquiry| enquiry.place).unwrap_or(self.now);
        match self.closed_until() {
            Some(until) => self.hold(until),
            None => self.join(place, Text::StillJoined),
        }
    }

    // ── settled ──

    /// Within the sitting: another matter is served, the same one again hands off (R26).
    pub(super) fn after_settled(&mut self, input: &Input) {
        let wrote = self.enquiry().last_human_at;
        self.touch();
        self.read_mark(input);
        self.polite = false;
        self.serve_settled(input);
        if self.polite && self.state() == State::Settled {
            self.enquiry().last_human_at = wrote;
        }
    }

    fn serve_settled(&mut self, input: &Input) {
        match &input.what {
            What::Tap { tap: Tap::Option { flow, .. }, .. } if self.settled_by_flow(flow) => self.repeat_intent(),
            What::Tap { tap: Tap::Confirm { intent, yes: true }, .. }
                if self.is_settled(&Topic::Intent(intent.clone())) =>
            {
                self.repeat_intent();
            }
            What::Wordless { .. } => {
                self.reopen_if_settled();
                self.serve(&input.what);
            }
            what => self.serve(what),
        }
    }

    /// Whether a matter that was settled in this sitting leads to this flow, or to one that starts it.
    fn settled_by_flow(&self, flow: &str) -> bool {
        self.open().is_some_and(|enquiry| enquiry.settled_topics.iter().any(|topic| self.topic_leads_to(topic, flow)))
    }

    /// Whether a matter leads to a flow, directly or through one that starts it.
    pub(super) fn topic_leads_to(&self, topic: &Topic, flow: &str) -> bool {
        let bot = self.bot();
        let begins = match topic {
            Topic::Intent(name) => match bot.intents.get(name).map(|intent| &intent.leads_to) {
                Some(Destination::Flow(flow)) => Some(flow.as_str()),
                _ => None,
            },
            Topic::Article(name) => bot.articles.get(name).and_then(|article| article.leads_to.as_deref()),
        };
        begins.is_some_and(|begins| self.leads_to_flow(begins, flow, 0))
    }

    fn leads_to_flow(&self, from: &str, to: &str, depth: u8) -> bool {
        let starts = |outcome: &crate::flow::program::Outcome| match &outcome.ending {
            Ending::Start(next) => depth < 8 && self.leads_to_flow(next, to, depth + 1),
            _ => false,
        };
        from == to || self.bot().flows.get(from).is_some_and(|flow| flow.outcomes.iter().any(starts))
    }

    // ── over ──

    /// The last enquiry is over, or there never was one.
    pub(super) fn after_the_end(&mut self, input: &Input) {
        let recent = self.recent(input);
        let answer_waits = recent.as_ref().is_some_and(|recent| recent.held_reply.is_some());
        match self.word_of(input) {
            Some(word @ (Anytime::Stop | Anytime::Start)) => {
                self.read_mark(input);
                self.remind_again(word == Anytime::Start);
                return;
            }
            Some(Anytime::Record) => {
                self.read_mark(input);
                self.asked_for = true;
                self.send_record();
                return;
            }
            _ if !answer_waits && self.is_polite_only(input, recent.is_some()) => return,
            _ => {}
        }
        match recent {
            Some(recent) if answer_waits => {
                self.reopen(&recent);
                self.enter(State::AwaitingCustomer);
                self.enquiry().agent = recent.agent;
                self.with_people(input);
            }
            Some(recent) => self.repeat_contact(&recent, input),
            None => {
                self.touch();
                self.read_mark(input);
                self.welcome();
                self.serve(&input.what);
            }
        }
    }

    /// The enquiry that ended last, for someone who comes back to it: within 36 hours with anything (R26), and however late
    /// with the button that promised a person or the waiting text (R32, R33).
    fn recent(&self, input: &Input) -> Option<Enquiry> {
        let button = matches!(input.what, What::Tap { tap: Tap::StillNeed | Tap::HeldReply, .. });
        let last = self.c.enquiry.as_ref();
        last.filter(|last| button || self.now - last.last_human_at <= self.policy().repeat_contact).cloned()
    }

    /// Thanks, a goodbye or a greeting after the end: a polite word, and nothing is opened (R10), also where a person wrote
    /// first and the bot never said its welcome.
    fn is_polite_only(&mut self, input: &Input, recent: bool) -> bool {
        let What::Words { text, .. } = &input.what else { return false };
        if self.welcome_is_due() && !recent {
            return false;
        }
        let understood = self.newest().classifier.classify(text, &|topic| self.is_for_us(topic));
        if understood.decision != Decision::Confident {
            return false;
        }
        let built_in = confident(&understood).and_then(|(topic, _)| built_in_of(self.newest(), &topic));
        let text = match built_in {
            Some(BuiltIn::Thanks) => Text::Thanks,
            Some(BuiltIn::Goodbye) => Text::Goodbye,
            Some(BuiltIn::Greeting) => Text::Greeting,
            _ => return false,
        };
        self.rule("R10", "a polite word after the end; opens nothing");
        self.read_mark(input);
        self.say_word(text);
        true
    }

    /// Someone who comes back within 36 hours goes to a person, the same agent preferred (R26); what R33 closed is
    /// reopened.
    fn repeat_contact(&mut self, recent: &Enquiry, input: &Input) {
        self.rule("R26", "back within 36 hours: a person, not the bot");
        self.read_mark(input);
        if recent.ended.as_ref().is_some_and(|ended| ended.how == Ended::Closed) {
            self.reopen(recent);
        } else {
            let queue = recent.queue.clone();
            self.touch();
            let enquiry = self.enquiry();
            enquiry.queue = queue;
            enquiry.topic.clone_from(&recent.topic);
        }
        if let Some(agent) = &recent.agent {
            self.c.last_agent = Some(agent.clone());
        }
        self.hand_off(HandoffReason::RepeatContact, None, None);
        if self.state() == State::Held {
            self.serve_beside(input);
        }
    }

    fn reopen(&mut self, closed: &Enquiry) {
        let mut enquiry = closed.clone();
        enquiry.ended = None;
        enquiry.state = State::Bot;
        enquiry.since = self.now;
        enquiry.last_human_at = self.now;
        enquiry.agent_wrote = None;
        enquiry.agent = None;
        enquiry.given_to.clear();
        enquiry.place = None;
        self.c.enquiry = Some(enquiry);
    }

    /// Outside hours a repeat contact is held *and* served in the same turn by what R27 still allows (R26).
    fn serve_beside(&mut self, input: &Input) {
        match &input.what {
            What::Words { text, .. } => {
                let understood = self.classified(text);
                let Some((topic, probability)) = confident(&understood) else { return };
                let useful = match &topic {
                    Topic::Article(_) => true,
                    Topic::Intent(name) => self.leads_somewhere(name),
                };
                if useful {
                    self.follow(&topic, probability, Some(text.clone()));
                }
            }
            What::Tap { tap: tap @ (Tap::Topic(_) | Tap::Option { .. } | Tap::Confirm { yes: true, .. }), .. } => {
                self.tapped(tap);
            }
            _ => {}
        }
    }

    fn leads_somewhere(&self, intent: &str) -> bool {
        self.bot().intents.get(intent).is_some_and(|intent| {
            matches!(intent.leads_to, Destination::Flow(_) | Destination::Article(_) | Destination::Say(_))
        })
    }

    // ── other things that happen ──

    /// Staff answered from the WhatsApp app: the bot goes silent (R5).
    pub(super) fn echo(&mut self, _echo: &Inbound) {
        self.rule("R5", "staff answered in the WhatsApp app");
        let served_by_bot = !self.state().is_with_people();
        let agent = self.open().and_then(|enquiry| enquiry.agent.clone());
        let at = self.now;
        self.stop_clock();
        self.agent_has_written("", false);
        let enquiry = self.enquiry();
        enquiry.agent = agent;
        if served_by_bot {
            enquiry.handoff = Some(HandedOff { reason: HandoffReason::TakenOver, at, note: None });
        }
        self.c.last_agent = self.open().and_then(|enquiry| enquiry.agent.clone());
    }

    /// A message of ours will never arrive: a person sees it (R39).
    pub(super) fn undeliverable(&mut self, code: u32, title: &str) {
        self.rule("R39", format!("undeliverable: {code} {title}"));
        self.note(format!("Undeliverable ({code}): {title}"));
        let agent = self.open().and_then(|enquiry| enquiry.agent.clone());
        let by_person = self.c.enquiry.as_ref().is_some_and(|enquiry| enquiry.person_took_part);
        match (self.state(), agent) {
            (State::Ended, _) if !by_person => return,
            (State::AwaitingCustomer, _) => {
                self.start_clock(false);
                self.silently_ours();
            }
            (State::Bot | State::Settled | State::Asked, _) => self.hand_off_silently(HandoffReason::Undeliverable),
            _ => {}
        }
        let to = match self.c.enquiry.as_ref().and_then(|enquiry| enquiry.agent.clone()) {
            Some(agent) => Audience::Agent(agent),
            None => Audience::Queue(self.queue().map(|queue| queue.name.clone()).unwrap_or_default()),
        };
        self.alert(to, Alert::Undeliverable);
    }

    fn silently_ours(&mut self) {
        match self.open().and_then(|e| e.agent.clone()).filter(|agent| self.floor.is_online(agent)) {
            Some(agent) => {
                self.enter(State::NeedsReply);
                self.must_answer(&agent);
            }
            None => self.wait_or_hold(),
        }
    }

    /// A handoff of which the customer cannot be told.
    fn hand_off_silently(&mut self, reason: HandoffReason) {
        let at = self.now;
        let enquiry = self.enquiry();
        enquiry.handoff = Some(HandedOff { reason, at, note: None });
        let place = *enquiry.place.get_or_insert(at);
        enquiry.run = None;
        enquiry.offer = None;
        enquiry.sent_by = None;
        self.rule("R21", format!("handed off: {}", reason.name()));
        match self.closed_until() {
            Some(until) => self.hold_silently(until, false),
            None => self.wait_at(place),
        }
    }

    /// WhatsApp reports a changed number or id: the thread follows (R1).
    pub(super) fn renamed(&mut self, wa_id: Option<&str>, user_id: Option<&str>) {
        if let Some(wa_id) = wa_id {
            self.c.contact.wa_id = Some(wa_id.to_owned());
            self.note("The customer changed their phone number");
        }
        if let Some(user_id) = user_id {
            self.c.contact.user_id = Some(user_id.to_owned());
        }
        self.rule("R1", "the thread follows the changed number or id");
    }

    /// The record of the conversation, where there is something to record (R34).
    pub(super) fn send_record(&mut self) {
        let Some(enquiry) = self.c.enquiry.as_ref() else {
            self.say_word(Text::RecordNone);
            return;
        };
        let number = enquiry.number;
        let caption = Some(self.word(Text::RecordCaption)).filter(|caption| !caption.is_empty());
        self.rule("R34", "the record is sent");
        self.speech.next_message();
        self.speech.alone(Outbound::Record { enquiry: number, filename: format!("record-{number}.txt"), caption });
    }
}
