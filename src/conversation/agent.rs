//! What agents do, and what is done to them (R29–R32, R35).

use chrono::Duration;

use crate::message::{Choice, MediaKind, Outbound};
use crate::policy::wording::Text;
use crate::text::utf16_len;

use super::effect::{Alert, Audience, Author, Effect};
use super::event::{Act, FileToSend, PhoneAct};
use super::state::{Ended, Promise, State};
use super::tap::Tap;
use super::turn::Turn;

/// An agent's promise is called in so long before its time (R30).
pub(super) const PROMISE_NEAR: Duration = Duration::minutes(15);

/// WhatsApp takes texts of so many UTF-16 units.
const TEXT_MAX: usize = 4_096;

impl Turn<'_> {
    /// An agent did something. What cannot be done is refused with a reason and changes nothing.
    pub(super) fn agent_act(&mut self, agent: &str, act: &Act) {
        match act {
            Act::Note { text } => {
                self.effects.push(Effect::Note { by: Author::Agent(agent.to_owned()), text: text.clone() });
            }
            Act::Take => self.take(agent),
            Act::Reply { text, file } => self.reply(agent, text, file.as_ref()),
            _ if self.open().is_none() => self.refuse("there is no open enquiry"),
            Act::HeldReply { text } => self.held_reply(agent, text),
            Act::Template { occasion } => self.template(agent, occasion),
            Act::Promise { at } => self.agent_promise(agent, *at),
            Act::Snooze { at } => self.snooze(agent, *at),
            Act::Flow { flow } => self.send_to_flow(agent, flow),
            Act::Article { article } => self.send_to_article(agent, article),
            Act::TransferToQueue { queue } => self.transfer_to_queue(agent, queue),
            Act::TransferToAgent { agent: to } => self.transfer_to_agent(agent, to),
            Act::End => self.end_by_agent(agent),
        }
    }

    fn refuse(&mut self, why: impl Into<String>) {
        self.refused = Some(why.into());
    }

    fn note_by(&mut self, agent: &str, text: String) {
        self.effects.push(Effect::Note { by: Author::Agent(agent.to_owned()), text });
    }

    /// Taking is atomic: whoever comes second is refused (R29). A held enquiry may be taken at any time, which cancels the
    /// morning check (R28).
    fn take(&mut self, agent: &str) {
        let owner = self.open().and_then(|enquiry| enquiry.agent.clone()).filter(|owner| owner != agent);
        match (self.state(), owner) {
            (State::Ended, _) => self.refuse("the enquiry is over; write to reopen it"),
            (_, Some(owner)) => self.refuse(format!("{owner} has it already")),
            (State::NeedsReply, None) => self.rule("R29", "they have it already"),
            _ => {
                self.give_to(agent);
                self.note_by(agent, "took the enquiry".to_owned());
            }
        }
    }

    /// The floor gave it to an agent.
    pub(super) fn assigned(&mut self, agent: &str) {
        if self.state() != State::Waiting {
            self.refuse("it is not waiting any more");
            return;
        }
        self.give_to(agent);
        self.rule("R29", "given to the agent with the fewest that wait");
        self.alert(Audience::Agent(agent.to_owned()), Alert::Assigned);
    }

    fn give_to(&mut self, agent: &str) {
        let now = self.now;
        self.own_the_queue();
        if !matches!(self.state(), State::AwaitingCustomer | State::Promised) {
            self.enter(State::NeedsReply);
            self.start_clock(true);
        }
        self.must_answer(agent);
        let enquiry = self.enquiry();
        enquiry.held = None;
        enquiry.run = None;
        enquiry.offer = None;
        enquiry.place = enquiry.place.or(Some(now));
    }

    /// The agent has it from now on; where it needs a reply they lose it if they do not answer in time (R29).
    pub(super) fn must_answer(&mut self, agent: &str) {
        let reassign_at = self.loses_it_at();
        let enquiry = self.enquiry();
        enquiry.agent = Some(agent.to_owned());
        enquiry.reassign_at = (enquiry.state == State::NeedsReply).then_some(reassign_at);
        if !enquiry.given_to.iter().any(|given| given == agent) {
            enquiry.given_to.push(agent.to_owned());
        }
    }

    /// When an agent who is given it now and does not answer loses it: `reassign_after`, or half of what is left of the
    /// promise if that is shorter (R29).
    fn loses_it_at(&self) -> crate::clock::Timestamp {
        let (now, after) = (self.now, self.policy().reassign_after);
        let left = self.open().and_then(|e| e.promise.as_ref()).filter(|p| p.at > now).map(|p| (p.at - now) / 2);
        now + left.map_or(after, |half| half.min(after))
    }

    /// The agent has not answered in time: the next one, else the queue is alerted (R29).
    pub(super) fn reassign(&mut self) {
        if self.state() != State::NeedsReply {
            return;
        }
        if let Some(opens) = self.closed_until() {
            self.rule("R27", "the queue is closed and the agent is here: nobody is next, they keep it until it opens");
            self.enquiry().reassign_at = Some(opens + self.policy().reassign_after);
            return;
        }
        self.rule("R29", "not answered in time: given to the next");
        self.back_to_queue();
        if self.state() == State::Waiting && self.nobody_is_left() {
            self.rule("R29", "nobody is left: first in line, and the queue is told");
            self.first_in_line();
            self.alert_queue(Alert::Back);
        }
    }

    /// Whether everybody online in the queue was given it since the customer's last message.
    fn nobody_is_left(&self) -> bool {
        let (Some(queue), Some(enquiry)) = (self.queue(), self.open()) else { return false };
        !self.floor.agents.iter().any(|(name, a)| a.serves(&queue.name) && !enquiry.given_to.contains(name))
    }

    /// Before everything that waits in the queue.
    fn first_in_line(&mut self) {
        let first = self.queue().and_then(|queue| self.floor.first_place(&queue.name));
        let place = &mut self.enquiry().place;
        *place = match (*place, first) {
            (Some(own), Some(first)) if own >= first => Some(first - Duration::milliseconds(1)),
            (own, _) => own,
        };
    }

    /// Waiting again, at its old place; the clock and the promise go on.
    fn back_to_queue(&mut self) {
        let now = self.now;
        self.enter(State::Waiting);
        let enquiry = self.enquiry();
        enquiry.agent = None;
        enquiry.reassign_at = None;
        enquiry.place = enquiry.place.or(enquiry.clock.as_ref().map(|clock| clock.started)).or(Some(now));
        self.forget_absent();
        let Some(until) = self.closed_until() else { return };
        let told = |promise: &Promise| promise.told && !promise.by_agent && promise.at >= until;
        if self.open().and_then(|enquiry| enquiry.promise.as_ref()).is_some_and(told) {
            self.rule("R27", "the queue is closed: held as before, the promise they were told stands");
            self.hold_silently(until, true);
        } else {
            self.hold_over_night(until);
        }
    }

    /// An agent went away: gives back what needs a reply, keeps what awaits the customer (R29). Who has come back meanwhile
    /// keeps everything.
    pub(super) fn agent_gone(&mut self, agent: &str) {
        let theirs = self.open().is_some_and(|enquiry| enquiry.agent.as_deref() == Some(agent));
        let theirs = theirs && !self.floor.is_online(agent);
        if theirs && self.state() == State::NeedsReply {
            self.rule("R29", "the agent is offline: given back to the queue");
            self.back_to_queue();
        }
    }

    // ── words to the customer ──

    fn reply(&mut self, agent: &str, text: &str, file: Option<&FileToSend>) {
        if !self.window_is_open() {
            self.refuse("the window has shut: send a template or a held reply (R32)");
            return;
        }
        if text.trim().is_empty() && file.is_none() {
            self.refuse("the reply is empty");
            return;
        }
        self.reopen_for_agent();
        self.mark_read();
        let by = Author::Agent(agent.to_owned());
        let message = match file {
            None => Outbound::Text { text: text.to_owned() },
            Some(file) => Outbound::Media {
                kind: file.media.kind,
                source: file.source.clone(),
                caption: Some(text.to_owned()).filter(|text| !text.trim().is_empty() && has_caption(file.media.kind)),
                filename: file.media.filename.clone(),
            },
        };
        self.effects.push(Effect::Send { message, by: by.clone() });
        if let Some(file) = file
            && !has_caption(file.media.kind)
            && !text.trim().is_empty()
        {
            self.effects.push(Effect::Send { message: Outbound::Text { text: text.to_owned() }, by });
        }
        self.enquiry().held_reply = None;
        self.stop_clock();
        self.agent_has_written(agent, false);
    }

    fn reopen_for_agent(&mut self) {
        if let Some(enquiry) = self.c.enquiry.as_mut().filter(|enquiry| enquiry.state == State::Ended) {
            enquiry.state = State::AwaitingCustomer;
            enquiry.ended = None;
        }
    }

    fn mark_read(&mut self) {
        if let Some(message) = self.c.last_message.clone() {
            self.effects.push(Effect::MarkRead { message, typing: false });
        }
    }

    /// Outside the window: a template asks to tap, and the tap sends the text (R32).
    fn held_reply(&mut self, agent: &str, text: &str) {
        if self.window_is_open() {
            self.reply(agent, text, None);
            return;
        }
        if text.trim().is_empty() {
            self.refuse("the reply is empty");
            return;
        }
        let waiting = self.open().and_then(|enquiry| enquiry.held_reply.clone());
        // What waits already is not lost: the customer gets both.
        let text = waiting.map_or_else(|| text.to_owned(), |(_, before)| format!("{before}\n\n{text}"));
        if utf16_len(&text) > TEXT_MAX {
            self.refuse("together with what waits for the customer already it is longer than WhatsApp takes");
            return;
        }
        self.enquiry().agent = Some(agent.to_owned());
        if !self.ask_by_template() {
            self.refuse("`bot.yaml` names no template `answer_ready`");
            return;
        }
        self.agent_has_written(agent, true);
        self.enquiry().held_reply = Some((agent.to_owned(), text));
    }

    /// Asks by template to tap for what an agent wrote (R32).
    pub(super) fn ask_by_template(&mut self) -> bool {
        let tap = Tap::HeldReply;
        self.send_template("answer_ready", &[("open", tap.clone()), ("yes", tap.clone()), ("answer", tap)])
    }

    fn template(&mut self, agent: &str, occasion: &str) {
        self.enquiry().agent = Some(agent.to_owned());
        if self.send_template(occasion, &[("yes", Tap::StillRelevant(true)), ("no", Tap::StillRelevant(false))]) {
            self.agent_has_written(agent, true);
        } else {
            self.refuse(format!("`bot.yaml` names no template `{occasion}`"));
        }
    }

    // ── later ──

    /// "I will come back to you by …": the customer is told (R30).
    fn agent_promise(&mut self, agent: &str, at: crate::clock::Timestamp) {
        if at <= self.now {
            self.refuse("the promised time has passed");
            return;
        }
        self.judge_promise();
        self.start_clock(false);
        let enquiry = self.enquiry();
        enquiry.agent = Some(agent.to_owned());
        enquiry.person_took_part = true;
        enquiry.snoozed = None;
        enquiry.promise = Some(Promise { at, told: true, renewals: 0, by_agent: true, over: false, at_closing: false });
        if let Some(clock) = &mut enquiry.clock {
            clock.due = at;
            clock.warn = at;
            clock.warned = true;
            clock.breached = false;
        }
        self.put_aside(agent);
        self.rule("R30", "the agent promised a time");
        let told = if self.window_is_open() {
            self.say_word(Text::AgentPromise);
            true
        } else {
            self.send_template("promise_renewed", &[])
        };
        if let Some(promise) = &mut self.enquiry().promise {
            promise.told = told;
        }
    }

    /// Put aside, untold; never beyond the running promise (R30).
    fn snooze(&mut self, agent: &str, at: crate::clock::Timestamp) {
        if at <= self.now {
            self.refuse("that time has passed");
            return;
        }
        let promised = self.open().and_then(|e| e.promise.as_ref()).filter(|p| p.told).map(|p| p.at - PROMISE_NEAR);
        let at = promised.map_or(at, |promised| at.min(promised));
        if at <= self.now {
            self.refuse("the customer was promised an answer before that");
            return;
        }
        let enquiry = self.enquiry();
        enquiry.agent = Some(agent.to_owned());
        enquiry.snoozed = Some(at);
        self.put_aside(agent);
        self.note_by(agent, "put it aside".to_owned());
    }

    fn put_aside(&mut self, agent: &str) {
        self.own_the_queue();
        self.enter(State::Promised);
        let enquiry = self.enquiry();
        enquiry.reassign_at = None;
        enquiry.held = None;
        enquiry.run = None;
        enquiry.offer = None;
        enquiry.agent_wrote = None;
        self.c.last_agent = Some(agent.to_owned());
    }

    /// An agent's promise is near, or what was put aside is back (R30).
    pub(super) fn promise_near(&mut self) {
        let Some(agent) = self.open().and_then(|enquiry| enquiry.agent.clone()) else { return };
        self.rule("R30", "an agent's promise is near");
        self.enquiry().snoozed = None;
        if self.floor.is_online(&agent) {
            self.enter(State::NeedsReply);
            self.alert(Audience::Agent(agent), Alert::Back);
        } else {
            self.back_to_queue();
            self.alert_queue(Alert::Back);
        }
    }

    // ── the bot does what the bot can do ──

    fn send_to_flow(&mut self, agent: &str, flow: &str) {
        if !self.bot().flows.contains_key(flow) {
            self.refuse(format!("there is no flow `{flow}`"));
        } else if self.may_be_sent() {
            self.serve_for(agent);
            self.say_word(Text::SentToFlow);
            self.start_flow(flow, None, Vec::new());
        }
    }

    fn send_to_article(&mut self, agent: &str, article: &str) {
        if !self.bot().articles.contains_key(article) {
            self.refuse(format!("there is no article `{article}`"));
        } else if self.may_be_sent() {
            self.serve_for(agent);
            self.say_article(article);
            self.settle();
        }
    }

    fn may_be_sent(&mut self) -> bool {
        if !self.window_is_open() {
            self.refuse("the window has shut: send a template or a held reply (R32)");
        }
        self.refused.is_none()
    }

    fn serve_for(&mut self, agent: &str) {
        self.rule("R30", "the customer is sent to what the bot can do");
        self.stop_clock();
        self.own_the_queue();
        self.enter(State::Bot);
        let enquiry = self.enquiry();
        enquiry.agent = Some(agent.to_owned());
        enquiry.sent_by = Some(agent.to_owned());
        enquiry.person_took_part = true;
        enquiry.failures = 0;
        enquiry.held = None;
        enquiry.snoozed = None;
        enquiry.agent_wrote = None;
        enquiry.reassign_at = None;
        self.c.last_agent = Some(agent.to_owned());
        self.asked_for = true;
    }

    // ── to others ──

    fn transfer_to_queue(&mut self, agent: &str, queue: &str) {
        if !self.newest().queues.contains_key(queue) {
            self.refuse(format!("there is no queue `{queue}`"));
            return;
        }
        self.note_by(agent, format!("transferred to {queue}"));
        let now = self.now;
        let enquiry = self.enquiry();
        enquiry.queue = Some(queue.to_owned());
        enquiry.given_to.clear();
        enquiry.snoozed = None;
        enquiry.agent_wrote = None;
        enquiry.run = None;
        enquiry.place = enquiry.place.or(Some(now));
        self.c.last_agent = None;
        self.start_clock(false);
        self.back_to_queue();
    }

    fn transfer_to_agent(&mut self, agent: &str, to: &str) {
        if !self.floor.agents.contains_key(to) {
            self.refuse(format!("there is no agent `{to}`"));
            return;
        }
        self.note_by(agent, format!("transferred to {to}"));
        let ours = !matches!(self.state(), State::AwaitingCustomer | State::Promised);
        self.own_the_queue();
        if ours {
            self.enter(State::NeedsReply);
            self.start_clock(false);
        }
        self.must_answer(to);
        let enquiry = self.enquiry();
        enquiry.held = None;
        enquiry.run = None;
        self.c.last_agent = Some(to.to_owned());
        self.alert(Audience::Agent(to.to_owned()), Alert::Assigned);
    }

    /// An agent ends the enquiry: the closing message is a person's last word, and offers the record (R34).
    fn end_by_agent(&mut self, agent: &str) {
        self.enquiry().agent = Some(agent.to_owned());
        self.stop_clock();
        if self.window_is_open() {
            self.say_word(Text::Ended);
            let record = self.record_button();
            self.speech.buttons(vec![record]);
        } else {
            self.send_template("record", &[("record", Tap::Word(crate::intent::Anytime::Record))]);
        }
        self.rule("R34", "ended by an agent; the record is offered");
        let now = self.now;
        self.enquiry().last_human_at = now;
        self.c.last_agent = Some(agent.to_owned());
        self.end(Ended::ByAgent);
    }

    pub(super) fn record_button(&mut self) -> Choice {
        let title = self.word(Text::RecordButton);
        Choice { id: Tap::Word(crate::intent::Anytime::Record).id(), title, description: None }
    }

    // ── the phone line ──

    /// The phone line goes on with the enquiry, or gives it back (R35).
    pub(super) fn phone(&mut self, by: &str, act: PhoneAct) {
        if act == PhoneAct::Invite {
            if !self.send_template("continue_here", &[]) {
                self.refuse("`bot.yaml` names no template `continue_here`");
            }
            return;
        }
        if self.open().is_none() {
            self.refuse("there is no open enquiry");
            return;
        }
        match act {
            PhoneAct::ContinueByPhone => {
                self.enquiry().agent = Some(by.to_owned());
                self.put_aside(by);
                let enquiry = self.enquiry();
                enquiry.promise = None;
                enquiry.snoozed = None;
                self.note(format!("Goes on by phone: {by}"));
                if self.window_is_open() {
                    self.say_word(Text::PhoneContinued);
                } else {
                    self.rule("R32", "the window has shut, and no template tells that it goes on by phone");
                    self.note("Could not tell the customer that it goes on by phone: the window has shut");
                }
            }
            PhoneAct::ContinueOnWhatsapp => {
                let place = self.open().and_then(|enquiry| enquiry.place).unwrap_or(self.now);
                match self.closed_until() {
                    None => self.join(place, Text::WhatsappContinued),
                    Some(until) => self.hold(until),
                }
            }
            PhoneAct::Done => {
                self.stop_clock();
                self.end(Ended::ByPhone);
            }
            PhoneAct::Invite => {}
        }
        self.rule("R35", "the phone line");
    }
}

const fn has_caption(kind: MediaKind) -> bool {
    matches!(kind, MediaKind::Image | MediaKind::Video | MediaKind::Document)
}
