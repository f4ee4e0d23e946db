//! The bot's turn: what a customer wrote is obeyed, read as an answer, understood, or a failure, in that order (R4–R11).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::intent::{Anytime, BuiltIn, Decision, Destination, Topic, Understanding, builtin};
use crate::message::{Content, Inbound, Value};
use crate::policy::wording::Text;

use super::effect::Effect;
use super::event::Event;
use super::failing::Failure;
use super::input::{Input, What, inputs, starts_nothing};
use super::reading::{Given, Reading, names_option, read, row, words_only};
use super::reason::{HandoffReason, Reason};
use super::state::{Matched, Offer, State};
use super::tap::Tap;
use super::turn::Turn;

/// A message stamped longer ago is not answered by the bot as if it were new (R2).
const LATE: chrono::Duration = chrono::Duration::days(1);

impl<'a> Turn<'a> {
    /// The customer wrote.
    pub(super) fn messages(&mut self, messages: &[Inbound]) {
        self.take_note(messages);
        let mut meant: Vec<Inbound> = messages.iter().filter(|m| !starts_nothing(&m.content)).cloned().collect();
        if meant.is_empty() {
            self.rule("R4", "recorded; starts nothing");
            return;
        }
        let late = meant.iter().all(|message| self.is_late(message)) && !self.state().is_with_people();
        let looking_up = self.open().and_then(|e| e.run.as_ref()).is_some_and(|run| run.pending.is_some());
        let person = meant.iter().any(|message| self.asks_for_person(message));
        if late || looking_up || person {
            meant = self.obey_at_once(meant);
        }
        if meant.is_empty() {
            return;
        }
        if late {
            self.late();
            return;
        }
        if looking_up && !person {
            self.rule("R18", "a lookup is under way: dealt with when it answers");
            self.enquiry().deferred.extend(meant);
            return;
        }
        let person = meant.iter().find(|message| self.asks_for_person(message));
        match person {
            Some(person) if meant.len() > 1 && meant.iter().all(|m| matches!(m.content, Content::Text(_))) => {
                self.rule("R6", "one of several messages asks for a person: that goes before anything else");
                self.serve_all(std::slice::from_ref(person));
            }
            _ => self.serve_all(&meant),
        }
    }

    /// What was stamped more than a day ago is not answered as if it were new: a person looks at it (R2).
    fn late(&mut self) {
        self.rule("R2", "stamped more than a day ago: a person looks at it");
        match self.state() {
            State::Held => {
                self.touch();
                self.keep_while_held();
            }
            State::Asked => self.still_relevant(),
            _ => self.hand_off(HandoffReason::Late, None, None),
        }
    }

    fn asks_for_person(&self, message: &Inbound) -> bool {
        match &message.content {
            Content::Text(text) => self.newest().classifier.anytime(text) == Some(Anytime::Person),
            Content::Tap { id, .. } => Tap::read(id) == Some(Tap::Word(Anytime::Person)),
            _ => false,
        }
    }

    /// Whether it was stamped too long ago to be answered as if it were new (R2).
    pub(super) fn is_late(&self, message: &Inbound) -> bool {
        self.now - message.at > LATE
    }

    /// `stop` and `start` are obeyed in every state, whatever is under way and whatever comes with them (R6). Gives back
    /// the other messages.
    fn obey_at_once(&mut self, messages: Vec<Inbound>) -> Vec<Inbound> {
        let mut others = Vec::new();
        for message in messages {
            match self.asks_about_reminders(&message) {
                Some(wanted) => {
                    self.effects.push(Effect::MarkRead { message: message.id, typing: false });
                    self.remind_again(wanted);
                }
                None => others.push(message),
            }
        }
        self.only_obeyed = others.is_empty();
        others
    }

    /// `stop` or `start`, unless the bot's author gave the word another meaning: whether reminders are wanted.
    fn asks_about_reminders(&mut self, message: &Inbound) -> Option<bool> {
        let word = match &message.content {
            Content::Text(text) => self.anytime_word(text)?,
            Content::Tap { id, title } => match Tap::read(id) {
                Some(Tap::Word(word)) => word,
                Some(_) => return None,
                None => self.newest().classifier.anytime(title)?,
            },
            _ => return None,
        };
        match word {
            Anytime::Stop => Some(false),
            Anytime::Start => Some(true),
            _ => None,
        }
    }

    /// Reminders and closing notices from here on, or none; confirmed (R6).
    pub(super) fn remind_again(&mut self, wanted: bool) {
        self.asked_for = true;
        self.c.stopped = !wanted;
        let (did, text) = match wanted {
            true => ("reminders again", Text::StartConfirmed),
            false => ("no more reminders and closing notices", Text::StopConfirmed),
        };
        self.rule("R6", did);
        self.say_word(text);
    }

    /// What is remembered of a turn's event even when serving it fails.
    pub(super) fn take_note_of(&mut self, event: &Event) {
        if let Event::Messages(messages) = event {
            self.take_note(messages);
        }
    }

    fn take_note(&mut self, messages: &[Inbound]) {
        for message in messages {
            if !starts_nothing(&message.content) {
                let at = message.at.min(self.now);
                self.c.wrote_at = Some(self.c.wrote_at.map_or(at, |before| before.max(at)));
                self.c.last_message = Some(message.id.clone());
            }
            if let Some(referral) = &message.referral {
                self.note(format!("Came from: {referral}"));
            }
            let text = match &message.content {
                Content::Text(text) => Some(text),
                Content::Media(media) => media.caption.as_ref(),
                _ => None,
            };
            let language = text.and_then(|text| self.newest().classifier.guess_language(text));
            if let Some(language) = language.filter(|language| self.newest().languages.contains(language)) {
                self.c.contact.language = Some(language);
            }
        }
    }

    pub(super) fn serve_all(&mut self, messages: &[Inbound]) {
        for (position, input) in inputs(messages).into_iter().enumerate() {
            if position > 0 {
                self.flush();
            }
            self.asked_for = false;
            self.serving.clone_from(&input.message);
            self.input(&input);
        }
    }

    fn input(&mut self, input: &Input) {
        match self.state() {
            State::Bot => {
                self.touch();
                self.read_mark(input);
                self.welcome();
                self.serve(&input.what);
            }
            State::Settled => self.after_settled(input),
            State::Held => self.while_held(input),
            State::Asked => self.while_asked(input),
            State::Waiting | State::NeedsReply | State::Promised | State::AwaitingCustomer => self.with_people(input),
            State::Ended => self.after_the_end(input),
        }
    }

    /// The customer wrote in the enquiry (R26).
    pub(super) fn touch(&mut self) {
        let now = self.now;
        let enquiry = self.enquiry();
        enquiry.last_human_at = now;
        // Whoever has it and is there was given it before this message, and keeps it no longer for it (R29).
        let agent = enquiry.agent.as_deref();
        enquiry.given_to.retain(|given| Some(given.as_str()) == agent);
        self.forget_absent();
    }

    /// Who was given it and is away had no chance to answer: it can be theirs again (R29).
    pub(super) fn forget_absent(&mut self) {
        let floor = self.floor;
        self.enquiry().given_to.retain(|given| floor.is_online(given));
    }

    pub(super) fn read_mark(&mut self, input: &Input) {
        self.effects.push(Effect::MarkRead { message: input.message.clone(), typing: false });
    }

    /// The welcome, in front of whatever the turn says (R11).
    pub(super) fn welcome(&mut self) {
        if self.welcome_is_due() {
            self.c.welcomed_at = Some(self.now);
            self.rule("R11", "the welcome, and in the same turn what was written");
            self.say_word(Text::Welcome);
        }
    }

    pub(super) fn welcome_is_due(&self) -> bool {
        self.c.welcomed_at.is_none_or(|at| self.now - at >= self.policy().welcome_again)
    }

    /// The bot deals with an input.
    pub(super) fn serve(&mut self, what: &What) {
        match what {
            What::Order => self.hand_off(HandoffReason::Order, None, None),
            What::Tap { tap, .. } => self.tapped(tap),
            What::StrangeTap { title } => match self.newest().classifier.anytime(title) {
                Some(word) => self.obey(word),
                None => self.outdated(),
            },
            What::Wordless { media, location, phone, kind } => {
                let given = Given { text: "", media, location: location.as_ref(), phone: phone.as_deref() };
                match self.open_question().map(|(flow, at, q)| (flow, at, read(&q.accept, given, &self.reader()))) {
                    Some((flow, position, Reading::Answer(value))) => self.take_answer(flow, position, value, false),
                    _ if self.state() == State::Held && !self.question_is_open() => self.keep_while_held(),
                    _ => self.fail(&Failure::Unread(*kind)),
                }
            }
            What::Words { text, media, location } => {
                let given = Given { text, media, location: location.as_ref(), phone: None };
                self.words(text, given);
            }
        }
    }

    fn words(&mut self, text: &str, given: Given<'_>) {
        if let Some(word) = self.anytime_word(text) {
            self.obey(word);
            return;
        }
        if self.open_question().is_some() {
            self.answer_words(text, given);
        } else if !self.read_offer(text) {
            self.understand(text);
        }
    }

    /// The anytime word that the whole message is: *person* before anything else, the others after the names of the open
    /// question's options, the rows of the bot's last word, and the bot's keywords (R6).
    pub(super) fn anytime_word(&mut self, text: &str) -> Option<Anytime> {
        let word = self.newest().classifier.anytime(text)?;
        if word == Anytime::Person {
            return Some(word);
        }
        let language = self.language();
        let option = self.open_question().is_some_and(|(_, _, q)| names_option(&q.accept, text, language));
        if option || self.bot().classifier.keyword_owner(text).is_some() {
            return None;
        }
        let labels = self.open().and_then(|e| e.offer.clone()).map(|offer| self.offered_labels(&offer));
        let folded = crate::text::fold(text);
        let is_row = labels.is_some_and(|labels| labels.iter().any(|label| crate::text::fold(label) == folded));
        (!is_row).then_some(word)
    }

    /// R7 with a question open: its answer, else a confident other matter, else a failure.
    fn answer_words(&mut self, text: &str, given: Given<'_>) {
        let Some((flow, position, question)) = self.open_question() else { return };
        if matches!(question.accept, crate::flow::program::Accept::Text { .. }) {
            if self.wants_person(text) {
                return self.obey(Anytime::Person);
            }
            if let Some(polite) = polite_word(text) {
                return self.polite(polite);
            }
        }
        match read(&question.accept, given, &self.reader()) {
            Reading::Answer(value) => {
                self.rule("R7", format!("read as the answer to `{}`", question.name));
                self.take_answer(flow, position, value, false);
            }
            Reading::NotAllowed(shown) => self.fail(&Failure::NotAllowed(shown)),
            Reading::Unclear => {
                let understood = self.classified(text);
                let other = confident(&understood).filter(|topic| !self.is_running(topic));
                match other {
                    Some((topic, probability)) if !is_yes_or_no(&topic) => {
                        self.rule("R7", "cannot be read as the answer; a confident match for another matter");
                        self.switch_to(&topic, probability, text);
                    }
                    _ => self.fail(&Failure::Unclear),
                }
            }
        }
    }

    fn wants_person(&self, text: &str) -> bool {
        let understood = self.bot().classifier.classify(text, &|topic| self.is_for_us(topic));
        confident(&understood).is_some_and(|(topic, _)| topic == Topic::Intent(BuiltIn::Person.name().to_owned()))
    }

    /// Politeness keeps the question open; anything else leaves the flow, its answers stay for the agent (R7, R10).
    fn switch_to(&mut self, topic: &Topic, probability: f32, text: &str) {
        match built_in_of(self.bot(), topic) {
            Some(built_in) => self.built_in(built_in),
            None => self.follow(topic, probability, Some(text.to_owned())),
        }
    }

    fn is_running(&self, matched: &(Topic, f32)) -> bool {
        let topic = self.open().and_then(|e| e.topic.as_ref()).map(|m| &m.topic);
        topic == Some(&matched.0)
    }

    /// Numbers, labels and slips are read against the rows that are the bot's last word (R8, R15).
    fn read_offer(&mut self, text: &str) -> bool {
        let Some(offer) = self.open().and_then(|enquiry| enquiry.offer.clone()) else { return false };
        if let Offer::Helped(_) | Offer::Confirm { .. } | Offer::StillRelevant = &offer {
            let answer = read(&crate::flow::program::Accept::YesNo, words_only(text), &self.reader());
            let Reading::Answer(Value::Bool(yes)) = answer else {
                return matches!(offer, Offer::Confirm { .. }) && self.confirm_unclear(text);
            };
            match offer {
                Offer::Helped(_) => self.helped(yes),
                Offer::Confirm { intent, .. } => self.confirmed(&intent, yes),
                _ => return false,
            }
            return true;
        }
        let labels = self.offered_labels(&offer);
        let Some(position) = row(&labels, text) else { return false };
        self.asked_for = true;
        self.rule("R15", format!("read as row {} of the bot's last word", position + 1));
        match offer {
            Offer::Menu(names) => match names.get(position) {
                Some(name) => self.chosen(&Topic::Intent(name.clone())),
                None => self.obey(Anytime::Person),
            },
            Offer::DidYouMean(topics) => match topics.get(position) {
                Some(topic) => self.chosen(&topic.clone()),
                None => self.obey(Anytime::Menu),
            },
            _ => return false,
        }
        true
    }

    /// At "You want to …?" something that is neither yes nor no: another matter if that is clear, else a failure.
    fn confirm_unclear(&mut self, text: &str) -> bool {
        let understood = self.classified(text);
        match confident(&understood).filter(|topic| !self.is_running(topic)) {
            Some((topic, probability)) if !is_yes_or_no(&topic) => self.switch_to(&topic, probability, text),
            _ => self.fail(&Failure::Unclear),
        }
        true
    }

    /// A topic chosen by row: certain, and nothing to read answers from. The same matter again did not help (R26).
    pub(super) fn chosen(&mut self, topic: &Topic) {
        if !self.is_for_us(topic) || is_yes_or_no(topic) {
            self.outdated();
        } else if self.is_settled(topic) {
            self.repeat_intent();
        } else {
            self.follow(topic, 1.0, None);
        }
    }

    /// Whether the matter was settled in this enquiry already (R26), by itself or by the article it leads to, also when the
    /// menu or another matter came between. At night, when nobody takes over at once, it is rather answered again (R27).
    pub(super) fn is_settled(&self, topic: &Topic) -> bool {
        let bot_serves = |state| matches!(state, State::Bot | State::Settled);
        let article = self.article_of(topic);
        let same = |settled: &Topic| settled == topic || article.is_some() && self.article_of(settled) == article;
        self.open().is_some_and(|e| bot_serves(e.state) && e.sent_by.is_none() && e.settled_topics.iter().any(same))
    }

    /// The article that a topic is answered with, if it is.
    fn article_of<'t>(&'t self, topic: &'t Topic) -> Option<&'t str> {
        match topic {
            Topic::Article(name) => Some(name),
            Topic::Intent(name) => match self.bot().intents.get(name).map(|intent| &intent.leads_to) {
                Some(Destination::Article(name)) => Some(name),
                _ => None,
            },
        }
    }

    pub(super) fn repeat_intent(&mut self) {
        self.rule("R26", "the same matter again: the answer did not help");
        self.hand_off(HandoffReason::RepeatIntent, None, None);
    }

    /// What the classifier makes of a text, recorded with its reasons (R41).
    pub(super) fn classified(&mut self, text: &str) -> Understanding {
        let understood = self.bot().classifier.classify(text, &|topic| self.is_for_us(topic));
        self.why.push(Reason::Understood(understood.clone()));
        understood
    }

    /// Keeps that the message was not understood, for those who teach the bot.
    fn not_understood(&mut self, asked: bool) {
        self.why.push(Reason::NotUnderstood { message: self.serving.clone(), asked });
    }

    /// No question is open: the classifier decides (R7, R8).
    fn understand(&mut self, text: &str) {
        let understood = self.classified(text);
        let held = self.state() == State::Held;
        match understood.decision {
            Decision::Confident => {
                let Some((topic, probability)) = confident(&understood) else { return };
                match built_in_of(self.bot(), &topic) {
                    Some(BuiltIn::Yes | BuiltIn::No) if held => self.keep_while_held(),
                    Some(built_in) => self.built_in(built_in),
                    None if self.is_settled(&topic) => self.repeat_intent(),
                    None => self.follow(&topic, probability, Some(text.to_owned())),
                }
            }
            _ if held => self.keep_while_held(),
            Decision::Torn(count) => {
                let topics: Vec<Topic> =
                    understood.candidates.iter().take(usize::from(count)).map(|c| c.topic.clone()).collect();
                self.rule("R8", "torn between a few: the customer is asked which; no failure");
                self.not_understood(true);
                self.reopen_if_settled();
                if !self.say_did_you_mean(&topics) {
                    self.fail(&Failure::NotUnderstood);
                }
            }
            Decision::Unsure => {
                self.not_understood(false);
                self.reopen_if_settled();
                self.fail(&Failure::NotUnderstood);
            }
        }
    }

    /// Another matter within the sitting reopens the enquiry (R26).
    pub(super) fn reopen_if_settled(&mut self) {
        if self.state() == State::Settled {
            self.enter(State::Bot);
        }
    }

    /// An anytime word is obeyed (R6).
    pub(super) fn obey(&mut self, word: Anytime) {
        self.asked_for = true;
        match word {
            Anytime::Person => {
                self.rule("R6", "a person was asked for");
                self.hand_off(HandoffReason::AskedForPerson, None, None);
            }
            Anytime::Menu | Anytime::Cancel => {
                self.rule("R6", "the menu");
                self.reopen_if_settled();
                self.enquiry().run = None;
                self.say_menu(if word == Anytime::Menu { Text::Menu } else { Text::Cancelled });
            }
            Anytime::Stop | Anytime::Start => {
                self.remind_again(word == Anytime::Start);
                self.pose_again();
            }
            Anytime::Record => {
                self.send_record();
                self.pose_again();
            }
        }
    }

    /// The open question again, if there is one. Tells whether there is.
    pub(super) fn pose_again(&mut self) -> bool {
        if let Some((flow, _, question)) = self.open_question() {
            self.pose(flow, question, true);
            return true;
        }
        match self.open().and_then(|enquiry| enquiry.offer.clone()) {
            Some(Offer::Confirm { intent, opening }) => self.pose_confirm(&intent, opening),
            _ => return false,
        }
        true
    }

    /// Whether a question stands: of a flow, or "You want to …?" before one.
    pub(super) fn question_is_open(&self) -> bool {
        let confirm = self.open().is_some_and(|enquiry| matches!(enquiry.offer, Some(Offer::Confirm { .. })));
        confirm || self.open_question().is_some()
    }

    /// A tap (R16).
    pub(super) fn tapped(&mut self, tap: &Tap) {
        self.asked_for = true;
        if let Tap::Helped { article, .. } = tap
            && !self.is_for_us(&Topic::Article(article.clone()))
        {
            return self.outdated();
        }
        match tap {
            Tap::Word(word) => self.obey(*word),
            Tap::Topic(topic) => self.chosen(topic),
            Tap::Helped { yes, article } => {
                let topic = Topic::Article(article.clone());
                if *yes || self.state() == State::Held || self.open().is_some_and(|e| !e.settled_topics.is_empty()) {
                    self.helped(*yes);
                    self.pose_again();
                } else {
                    self.rule("R16", "about an article from earlier in the thread");
                    self.enquiry().topic = Some(Matched { topic, probability: 1.0 });
                    self.helped(false);
                }
            }
            Tap::Confirm { intent, yes } => self.confirmed(intent, *yes),
            Tap::Option { flow, question, option, version } => self.tapped_option(flow, question, option, version),
            Tap::StillRelevant(_) | Tap::StillNeed | Tap::HeldReply => self.outdated(),
        }
    }

    /// The button's thing has gone: the menu with an apology, no failure (R16).
    fn outdated(&mut self) {
        self.rule("R16", "the button belongs to something that has gone");
        self.asked_for = true;
        if self.state() == State::Settled {
            self.enter(State::Bot);
        }
        self.enquiry().run = None;
        self.say_menu(Text::MenuOutdated);
    }

    /// An option of a question, now or from earlier in the thread: the answers after it are forgotten, and it goes on from
    /// there (R16).
    fn tapped_option(&mut self, flow: &str, question: &str, option: &str, version: &str) {
        let shown_by = self.editions.version(version);
        let now_in = self.bot();
        let same_version = shown_by.is_some_and(|bot| bot.version == now_in.version);
        let exists = now_in.question(flow, question).is_some_and(|q| has_option(q, option));
        let unchanged = same_version || shown_by.is_none_or(|then| same_option(then, now_in, flow, question, option));
        if !exists || !unchanged {
            let Some(then) =
                shown_by.filter(|then| then.question(flow, question).is_some_and(|q| has_option(q, option)))
            else {
                self.outdated();
                return;
            };
            self.enquiry().version.clone_from(&then.version);
        }
        let Some(program) = self.bot().flows.get(flow) else { return self.outdated() };
        let Some(position) = program.questions.iter().position(|q| q.name == question) else { return self.outdated() };
        let Some(asked) = program.questions.get(position) else { return self.outdated() };
        let value = match option {
            "yes" | "no" if matches!(asked.accept, crate::flow::program::Accept::YesNo) => Value::Bool(option == "yes"),
            _ => Value::Choice(option.to_owned()),
        };
        let stands = self.open_question().is_some_and(|(f, p, _)| f.name == flow && p == position);
        if !stands && !self.exists_now(program) {
            self.rule("R24", format!("flow `{flow}` does not exist at this hour or for this department"));
            match self.state() {
                State::Held => self.keep_while_held(),
                _ => self.hand_off(HandoffReason::NoFlow, self.first_queue(program, 0).as_deref(), None),
            }
            return;
        }
        self.go_back_to(program, position);
        self.take_answer(program, position, value, false);
    }

    fn go_back_to(&mut self, flow: &'a crate::flow::program::Program, position: usize) {
        let now = self.now;
        let open = self.open_question().is_some_and(|(f, p, _)| f.name == flow.name && p == position);
        if open {
            return;
        }
        self.rule("R16", "a tap on a question from earlier: it goes on from there");
        self.reopen_if_settled();
        let topic = self.topic_of(&flow.name);
        let enquiry = self.enquiry();
        enquiry.offer = None;
        enquiry.topic = topic;
        let kept: Vec<&str> = flow.questions.iter().take(position).map(|q| q.name.as_str()).collect();
        enquiry.answers.retain(|a| a.flow != flow.name || kept.contains(&a.question.as_str()));
        let asked = flow.questions.iter().take(position + 1).map(|q| (flow.name.clone(), q.name.clone())).collect();
        let running = enquiry.run.take().filter(|run| run.flow == flow.name);
        enquiry.run = Some(super::state::Run {
            flow: flow.name.clone(),
            question: None,
            asked,
            asked_at: now,
            reminded: false,
            pending: None,
            began_with: running.map_or_else(|| flow.name.clone(), |run| run.began_with),
            opening: None,
        });
    }

    /// What an enquiry is about that goes on in a flow: what it was about if that leads there, else the one intent that
    /// does.
    fn topic_of(&self, flow: &str) -> Option<Matched> {
        let now = self.open().and_then(|enquiry| enquiry.topic.clone());
        if let Some(now) = now.filter(|now| self.topic_leads_to(&now.topic, flow)) {
            return Some(now);
        }
        let intents = self.bot().intents.values();
        let mut leading = intents.filter(|i| matches!(&i.leads_to, Destination::Flow(name) if name == flow));
        let topic = leading.next().map(|intent| Topic::Intent(intent.name.clone()));
        topic.filter(|_| leading.next().is_none()).map(|topic| Matched { topic, probability: 1.0 })
    }
}

fn has_option(question: &crate::flow::program::Question, option: &str) -> bool {
    match &question.accept {
        crate::flow::program::Accept::Options(options) => options.iter().any(|o| o.key == option),
        crate::flow::program::Accept::YesNo => matches!(option, "yes" | "no"),
        _ => false,
    }
}

/// Whether a question and its option read the same in two versions.
fn same_option(then: &crate::bot::Bot, now: &crate::bot::Bot, flow: &str, question: &str, option: &str) -> bool {
    let text = |bot: &crate::bot::Bot| {
        let question = bot.question(flow, question)?;
        let label = match &question.accept {
            crate::flow::program::Accept::Options(options) => {
                options.iter().find(|o| o.key == option)?.label.get(bot.default_language()).to_owned()
            }
            _ => option.to_owned(),
        };
        Some((question.ask.get(bot.default_language()).to_owned(), label))
    };
    text(then).is_some() && text(then) == text(now)
}

/// The best candidate, when the classifier is sure of it.
pub(super) fn confident(understood: &Understanding) -> Option<(Topic, f32)> {
    let best = understood.best()?;
    (understood.decision == Decision::Confident).then(|| (best.topic.clone(), best.probability))
}

/// The polite word that the whole message is, in any shipped language (R10).
fn polite_word(text: &str) -> Option<BuiltIn> {
    static POLITE: LazyLock<BTreeMap<String, BuiltIn>> = LazyLock::new(|| {
        let mut polite = BTreeMap::new();
        for built_in in [BuiltIn::Greeting, BuiltIn::Thanks, BuiltIn::Goodbye] {
            for text in builtin::texts(built_in) {
                polite.entry(crate::text::fold(text)).or_insert(built_in);
            }
        }
        polite
    });
    POLITE.get(&crate::text::fold(text)).copied()
}

fn is_yes_or_no(topic: &Topic) -> bool {
    matches!(topic, Topic::Intent(name) if name == BuiltIn::Yes.name() || name == BuiltIn::No.name())
}

pub(super) fn built_in_of(bot: &crate::bot::Bot, topic: &Topic) -> Option<BuiltIn> {
    let Topic::Intent(name) = topic else { return None };
    match bot.intents.get(name).map(|intent| &intent.leads_to) {
        Some(crate::intent::Destination::BuiltIn(built_in)) => Some(*built_in),
        Some(_) => None,
        None => BuiltIn::ALL.into_iter().find(|built_in| built_in.name() == name),
    }
}
