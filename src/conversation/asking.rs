//! Flows at work (R12, R13, R16–R18): opening, questions in order, lookups, outcomes.

use chrono::Duration;

use crate::flow::program::{Accept, Attachment, Ending, Program, Question};
use crate::message::{Choice, Fields, MediaKind, MediaSource, Outbound, Value};
use crate::policy::wording::Text;

use super::effect::Effect;
use super::event::LookupAnswer;
use super::failing::Failure;
use super::reading::{Reader, contained, show};
use super::reason::{HandoffReason, Reached};
use super::state::{AgentWrote, Answer, Pending, Run, State, Then};
use super::tap::Tap;
use super::turn::Turn;

/// The law of R12.
pub(super) const QUESTIONS_MAX: usize = 2;
/// Up to so many options are buttons; more are a list.
const BUTTONS_MAX: usize = 3;
/// How much longer than its two tries a lookup may take before it counts as lost.
const LOOKUP_GRACE: Duration = Duration::seconds(10);

impl<'a> Turn<'a> {
    /// Starts a flow. `opening` is the message that led to it, which may hold answers already (R13); `asked` is what was
    /// asked on the chain before it (R12).
    pub(super) fn start_flow(&mut self, name: &str, opening: Option<String>, asked: Vec<(String, String)>) {
        let Some(flow) = self.bot().flows.get(name) else {
            self.rule("R21", format!("flow `{name}` does not exist in this version"));
            self.hand_off(HandoffReason::BotError, None, None);
            return;
        };
        let now = self.now;
        let enquiry = self.enquiry();
        let before = enquiry.run.take().filter(|_| !asked.is_empty());
        enquiry.offer = None;
        enquiry.answers.retain(|answer| answer.flow != name);
        enquiry.run = Some(Run {
            flow: name.to_owned(),
            question: None,
            asked,
            asked_at: now,
            reminded: false,
            pending: None,
            began_with: before.map_or_else(|| name.to_owned(), |run| run.began_with),
            opening,
        });
        self.reached(Reached::Flow(name.to_owned()));
        self.say(&flow.say);
        self.advance();
    }

    /// The flow that runs.
    pub(super) fn running(&self) -> Option<&'a Program> {
        let name = &self.open()?.run.as_ref()?.flow;
        self.bot().flows.get(name)
    }

    /// The question that is open, with its flow and position.
    pub(super) fn open_question(&self) -> Option<(&'a Program, usize, &'a Question)> {
        let position = self.open()?.run.as_ref()?.question?;
        let flow = self.running()?;
        Some((flow, position, flow.questions.get(position)?))
    }

    /// Asks the next question that is to be asked, else takes an outcome.
    pub(super) fn advance(&mut self) {
        let Some(flow) = self.running() else { return };
        for (position, question) in flow.questions.iter().enumerate() {
            if self.is_answered(flow, question) || !self.holds(question.only_if.as_ref()) {
                continue;
            }
            match self.already_said(question) {
                Some(value) => {
                    self.rule("R13", format!("`{}` stood in the message already", question.name));
                    self.take_answer(flow, position, value, true);
                }
                None => self.ask(flow, position),
            }
            return;
        }
        match flow.outcomes.iter().position(|outcome| self.holds(outcome.when.as_ref())) {
            Some(position) => self.outcome(flow, position),
            None => {
                self.rule("R21", format!("no outcome of `{}` fits", flow.name));
                self.hand_off(HandoffReason::BotError, None, None);
            }
        }
    }

    fn is_answered(&self, flow: &Program, question: &Question) -> bool {
        self.open().is_some_and(|e| e.answers.iter().any(|a| a.flow == flow.name && a.question == question.name))
    }

    fn already_said(&self, question: &Question) -> Option<Value> {
        let opening = self.open()?.run.as_ref()?.opening.as_ref()?;
        contained(&question.accept, opening, &self.reader())
    }

    /// What reading an answer needs to know of this contact (R17).
    pub(super) fn reader(&self) -> Reader<'_> {
        let zone = self.hours().zone();
        Reader {
            locale: self.locale(),
            today: self.now.with_timezone(&zone).date_naive(),
            country: self.newest().country,
            business: None,
            writer: self.c.contact.wa_id.as_deref(),
        }
    }

    /// Asks a question, unless it would be the third of the chain: that never happens (R12).
    fn ask(&mut self, flow: &'a Program, position: usize) {
        let Some(question) = flow.questions.get(position) else { return };
        let now = self.now;
        let key = (flow.name.clone(), question.name.clone());
        let Some(run) = self.enquiry().run.as_mut() else { return };
        if !run.asked.contains(&key) {
            run.asked.push(key);
        }
        let too_many = run.asked.len() > QUESTIONS_MAX;
        run.question = Some(position);
        run.asked_at = now;
        run.reminded = false;
        if too_many {
            self.rule("R12", "a third question is never asked");
            self.hand_off(HandoffReason::BotError, None, None);
            return;
        }
        self.reached(Reached::Question(flow.name.clone(), question.name.clone()));
        self.say_taken_over();
        if let Some(article) = &question.article {
            self.say_article(article);
        }
        self.pose(flow, question, true);
    }

    /// Says back once what was taken from the opening message (R13).
    fn say_taken_over(&mut self) {
        let lines = std::mem::take(&mut self.enquiry().taken_over);
        self.speech.text(lines.join("\n"));
    }

    /// The question's words (unless the author's second chance stands for them) and its buttons or rows.
    pub(super) fn pose(&mut self, flow: &Program, question: &Question, with_words: bool) {
        if with_words {
            let ask = self.render(&question.ask);
            self.speech.text(ask);
        }
        let version = self.bot().version.clone();
        let tap = |option: &str| Tap::Option {
            flow: flow.name.clone(),
            question: question.name.clone(),
            option: option.to_owned(),
            version: version.clone(),
        };
        match &question.accept {
            Accept::Options(options) => {
                let list = options.len() > BUTTONS_MAX;
                let mut choices = Vec::new();
                for option in options {
                    let title = self.render(&option.label);
                    let hint = option.hint.as_ref().filter(|_| list).map(|hint| self.render(hint));
                    choices.push(Choice { id: tap(&option.key).id(), title, description: hint });
                }
                if list {
                    let button = self.word(Text::MenuButton);
                    self.speech.list(button, choices);
                } else {
                    self.speech.buttons(choices);
                }
            }
            Accept::YesNo => self.yes_no_buttons(&tap("yes"), &tap("no")),
            Accept::Location => self.speech.location_request(),
            _ => {}
        }
    }

    /// An answer is in: it is kept, looked up where the question says so, and judged.
    pub(super) fn take_answer(&mut self, flow: &'a Program, position: usize, value: Value, from_opening: bool) {
        let Some(question) = flow.questions.get(position) else { return };
        if let Value::Choice(key) = &value {
            self.reached(Reached::Option(flow.name.clone(), question.name.clone(), key.clone()));
        }
        let shown = self.shown(question, &value);
        let called = question.called.as_ref().map(|called| self.render(called));
        let answer = Answer {
            flow: flow.name.clone(),
            question: question.name.clone(),
            value,
            shown,
            called: called.unwrap_or_else(|| question.name.clone()),
            secret: question.secret,
            from_opening,
        };
        let enquiry = self.enquiry();
        enquiry.answers.retain(|a| a.flow != answer.flow || a.question != answer.question);
        enquiry.answers.push(answer);
        if let Some(run) = &mut enquiry.run {
            run.question = None;
        }
        match &question.lookup {
            Some(lookup) => self.look_up(lookup, Then::Judge(position)),
            None => self.judge(flow, position),
        }
    }

    fn shown(&mut self, question: &Question, value: &Value) -> String {
        match (value, &question.accept) {
            (Value::Choice(key), Accept::Options(options)) => {
                let option = options.iter().find(|option| option.key == *key);
                option.map_or_else(|| key.clone(), |option| self.render(&option.label))
            }
            (Value::Bool(yes), _) => self.word(if *yes { Text::Yes } else { Text::No }),
            _ => show(value, &self.locale(), self.now),
        }
    }

    /// Whether the answer counts (`valid_when`), and on.
    fn judge(&mut self, flow: &'a Program, position: usize) {
        let Some(question) = flow.questions.get(position) else { return };
        if self.holds(question.valid_when.as_ref()) {
            self.remember_taken_over(flow, question);
            self.advance();
            return;
        }
        let now = self.now;
        let enquiry = self.enquiry();
        let same = |a: &Answer| a.flow == flow.name && a.question == question.name;
        let shown = enquiry.answers.iter().find(|a| same(a)).map(|a| a.shown.clone()).unwrap_or_default();
        if let Some(run) = &mut enquiry.run {
            run.question = Some(position);
            run.asked_at = now;
            run.opening = None;
            let key = (flow.name.clone(), question.name.clone());
            if !run.asked.contains(&key) {
                run.asked.push(key);
            }
        }
        self.fail(&Failure::NotAllowed(shown));
        self.enquiry().answers.retain(|a| !same(a));
    }

    fn remember_taken_over(&mut self, flow: &Program, question: &Question) {
        let enquiry = self.enquiry();
        let answer = enquiry.answers.iter().find(|a| a.flow == flow.name && a.question == question.name);
        let Some(answer) = answer.filter(|answer| answer.from_opening) else { return };
        let shown = if answer.secret { "•••".to_owned() } else { answer.shown.clone() };
        let line = match &question.called {
            Some(_) if answer.called.ends_with(':') => format!("{} {shown}", answer.called),
            Some(_) if matches!(question.accept, Accept::Date { .. } | Accept::Options(_)) => {
                format!("{}: {shown}", answer.called)
            }
            Some(_) => format!("{} {shown}", answer.called),
            None => shown,
        };
        enquiry.taken_over.push(line);
    }

    // ── lookups ──

    fn look_up(&mut self, lookup: &str, then: Then) {
        let timeout = self.newest().lookups.get(lookup).map_or(Duration::zero(), |lookup| lookup.timeout);
        self.c.calls += 1;
        let (call, until) = (self.c.calls, self.now + timeout * 2 + LOOKUP_GRACE);
        let enquiry = self.enquiry();
        let names = enquiry.answers.iter().map(|a| (a.question.clone(), a.value.clone())).collect();
        let results = enquiry.results.clone();
        if let Some(run) = &mut enquiry.run {
            run.pending = Some(Pending { call, lookup: lookup.to_owned(), then, until });
        }
        self.rule("R18", format!("lookup `{lookup}` is called"));
        if let Some(message) = self.c.last_message.clone() {
            self.effects.push(Effect::MarkRead { message, typing: true });
        }
        self.effects.push(Effect::Lookup { call, lookup: lookup.to_owned(), names, results });
    }

    /// A lookup came back (R18). What was written meanwhile is dealt with after it.
    pub(super) fn lookup_answered(&mut self, call: u64, answer: &LookupAnswer) {
        let pending = self.open().and_then(|e| e.run.as_ref()).and_then(|run| run.pending.clone());
        let Some(pending) = pending.filter(|pending| pending.call == call) else {
            self.rule("R18", "an answer nobody waits for any more");
            return;
        };
        if let Some(run) = &mut self.enquiry().run {
            run.pending = None;
        }
        let fields = match answer {
            LookupAnswer::Found(fields) => self.complete(&pending.lookup, fields, true),
            LookupAnswer::NotFound => self.complete(&pending.lookup, &Fields::new(), false),
            LookupAnswer::Failed(why) => {
                self.rule("R18", format!("lookup `{}` failed: {why}", pending.lookup));
                self.hand_off(HandoffReason::LookupFailed, None, Some(format!("Lookup `{}`: {why}", pending.lookup)));
                self.serve_deferred();
                return;
            }
        };
        self.rule("R18", format!("lookup `{}` answered", pending.lookup));
        self.enquiry().results.insert(pending.lookup, fields);
        if let Some(flow) = self.running() {
            match pending.then {
                Then::Judge(position) => self.judge(flow, position),
                Then::Outcome(position) => self.carry_out(flow, position),
            }
        }
        self.serve_deferred();
    }

    /// Every declared field, `None` where the answer lacks it, and `found` always (R18).
    fn complete(&self, lookup: &str, answer: &Fields, found: bool) -> Fields {
        let declared = self.newest().lookups.get(lookup).into_iter().flat_map(|lookup| lookup.result.keys());
        let mut fields: Fields =
            declared.map(|name| (name.clone(), answer.get(name).cloned().unwrap_or(Value::None))).collect();
        if !matches!(fields.get("found"), Some(Value::Bool(_))) || !found {
            fields.insert("found".to_owned(), Value::Bool(found));
        }
        fields
    }

    fn serve_deferred(&mut self) {
        let pending = self.open().and_then(|e| e.run.as_ref()).is_some_and(|run| run.pending.is_some());
        let Some(enquiry) = self.c.enquiry.as_mut().filter(|_| !pending) else { return };
        let deferred = std::mem::take(&mut enquiry.deferred);
        if !deferred.is_empty() {
            self.flush();
            self.serve_all(&deferred);
        }
    }

    // ── outcomes ──

    fn outcome(&mut self, flow: &'a Program, position: usize) {
        match flow.outcomes.get(position).and_then(|outcome| outcome.lookup.as_ref()) {
            Some(lookup) => self.look_up(lookup, Then::Outcome(position)),
            None => self.carry_out(flow, position),
        }
    }

    fn carry_out(&mut self, flow: &'a Program, position: usize) {
        let Some(outcome) = flow.outcomes.get(position) else { return };
        self.reached(Reached::Outcome(flow.name.clone(), position));
        self.say_taken_over();
        self.say(&outcome.say);
        if let Some(article) = &outcome.article {
            self.say_article(article);
        }
        if let Some(attachment) = &outcome.send {
            self.attach(attachment);
        }
        match &outcome.ending {
            Ending::Settled => self.settle(),
            Ending::Handoff(handoff) => {
                let note = handoff.note.as_ref().map(|note| self.render(note));
                self.hand_off(HandoffReason::FlowOutcome, handoff.queue.as_deref(), note);
            }
            Ending::Start(next) => {
                let run = self.open().and_then(|enquiry| enquiry.run.as_ref());
                let (opening, asked) = run.map(|run| (run.opening.clone(), run.asked.clone())).unwrap_or_default();
                self.start_flow(next, opening, asked);
            }
        }
    }

    fn attach(&mut self, attachment: &Attachment) {
        match attachment {
            Attachment::Document { url, filename } => self.speech.alone(Outbound::Media {
                kind: MediaKind::Document,
                source: MediaSource::Link(url.clone()),
                caption: None,
                filename: Some(filename.clone()),
            }),
            Attachment::Image { url } => self.speech.alone(Outbound::Media {
                kind: MediaKind::Image,
                source: MediaSource::Link(url.clone()),
                caption: None,
                filename: None,
            }),
            Attachment::Location { location } => self.speech.alone(Outbound::Location(location.clone())),
            Attachment::Link { label, url } => {
                let (label, url) = (self.render(label), self.render(url));
                self.speech.link(label, url);
            }
            Attachment::Template(occasion) => {
                self.send_template(occasion, &[]);
            }
        }
    }

    /// The bot has answered (R26). What an agent sent the customer to goes back to that agent (R30); what is held stays
    /// held (R27).
    pub(super) fn settle(&mut self) {
        if self.speech.is_empty() {
            self.say_word(Text::HelpedYes);
        }
        let (now, state) = (self.now, self.state());
        let enquiry = self.enquiry();
        enquiry.run = None;
        enquiry.failures = 0;
        if let Some(matched) = &enquiry.topic
            && !enquiry.settled_topics.contains(&matched.topic)
        {
            enquiry.settled_topics.push(matched.topic.clone());
        }
        if let Some(agent) = enquiry.sent_by.take() {
            enquiry.agent = Some(agent);
            enquiry.agent_wrote = Some(AgentWrote {
                at: now,
                by_template: false,
                reminders: 0,
                reminded_at: None,
                notice_at: None,
                stays_open: false,
            });
            self.enter(State::AwaitingCustomer);
        } else if state != State::Held {
            self.enter(State::Settled);
        }
    }
}
