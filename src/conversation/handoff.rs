//! A person takes over (R21): to which queue, with what promise, or held until the queue opens (R27).

use chrono::Duration;

use crate::clock::Timestamp;
use crate::flow::program::{Ending, Program};
use crate::message::{Choice, Outbound};
use crate::policy::wording::Text;

use super::effect::Alert;
use super::reason::HandoffReason;
use super::state::{HandedOff, Held, State};
use super::tap::Tap;
use super::turn::Turn;

impl Turn<'_> {
    /// Hands the enquiry to a person. `queue` is what the author named; `note` is for the agent.
    pub(super) fn hand_off(&mut self, reason: HandoffReason, queue: Option<&str>, note: Option<String>) {
        let queue = self.queue_of_handoff(queue);
        self.rule("R21", format!("handed off: {}", reason.name()));
        let at = self.now;
        let was = self.state();
        let (sent_by, other_queue) = {
            let enquiry = self.enquiry();
            let before = enquiry.queue.take();
            enquiry.queue = queue.or_else(|| before.clone());
            enquiry.run = None;
            enquiry.offer = None;
            enquiry.taken_over.clear();
            enquiry.deferred.clear();
            (enquiry.sent_by.take(), before != enquiry.queue)
        };
        self.note(match &note {
            Some(note) => format!("Handed off ({}): {note}", reason.name()),
            None => format!("Handed off ({})", reason.name()),
        });
        self.enquiry().handoff = Some(HandedOff { reason, at, note });
        if let Some(agent) = sent_by {
            self.bring_back(&agent);
            return;
        }
        if was.is_with_people() {
            return;
        }
        if was == State::Held {
            self.held_handoff(reason, other_queue);
            return;
        }
        self.lead(reason);
        self.join_or_hold();
    }

    /// What is said in front of the promise; outside the window only a template can tell it (R32).
    fn lead(&mut self, reason: HandoffReason) {
        if self.window_is_open() {
            self.say_word(lead(reason));
        }
    }

    /// The queue of a handoff that names none: that of the first handoff of the running flow, else of a flow it starts,
    /// else of the flow that began the chain, else the number's own (R21).
    fn queue_of_handoff(&self, named: Option<&str>) -> Option<String> {
        let known = |name: &&str| self.newest().queues.contains_key(*name);
        if let Some(named) = named.filter(known) {
            return Some(named.to_owned());
        }
        let run = self.open().and_then(|enquiry| enquiry.run.as_ref());
        let flows = run.into_iter().flat_map(|run| [&run.flow, &run.began_with]);
        let mut queues =
            flows.filter_map(|flow| self.bot().flows.get(flow)).filter_map(|flow| self.first_queue(flow, 0));
        let of_flow = queues.find(|name| known(&name.as_str()));
        of_flow
            .or_else(|| self.open().and_then(|enquiry| enquiry.queue.clone()))
            .or_else(|| self.own_queue().map(|queue| queue.name.clone()))
    }

    pub(super) fn first_queue(&self, flow: &Program, depth: u8) -> Option<String> {
        let own = flow.outcomes.iter().find_map(|outcome| match &outcome.ending {
            Ending::Handoff(handoff) => handoff.queue.clone(),
            _ => None,
        });
        own.or_else(|| {
            flow.outcomes.iter().filter(|_| depth < 8).find_map(|outcome| match &outcome.ending {
                Ending::Start(next) => self.bot().flows.get(next).and_then(|next| self.first_queue(next, depth + 1)),
                _ => None,
            })
        })
    }

    /// Joins the queue when it is open (or shut for a moment only), else is held (R27).
    fn join_or_hold(&mut self) {
        match self.closed_until() {
            None => self.join(self.now, Text::Promise),
            Some(until) => self.hold(until),
        }
    }

    /// The same without a word where the queue is open: waits at its place, else is held until it opens.
    pub(super) fn wait_or_hold(&mut self) {
        let place = self.open().and_then(|enquiry| enquiry.place).unwrap_or(self.now);
        match self.closed_until() {
            None => self.wait_at(place),
            Some(until) => self.hold_over_night(until),
        }
    }

    /// Until when the enquiry's queue is closed, if it is, and long enough to hold anything (R27).
    pub(super) fn closed_until(&self) -> Option<Timestamp> {
        let hours = self.hours();
        if !hours.has_hours() || hours.is_open(self.now) {
            return None;
        }
        let until = hours.next_opening(self.now)?;
        let short = hours.closure_length(self.now).is_some_and(|length| length < self.policy().short_closure);
        (!short).then_some(until)
    }

    /// Waits in the queue at `place`, with a promise that is told (R22) and a clock that runs (R31).
    pub(super) fn join(&mut self, place: Timestamp, text: Text) {
        self.wait_at(place);
        let due = self.due_at_place(place);
        self.promise(due, true);
        self.tell_promise(text);
    }

    /// Waits in the queue at `place`, without a word.
    pub(super) fn wait_at(&mut self, place: Timestamp) {
        self.enter(State::Waiting);
        let enquiry = self.enquiry();
        enquiry.place = Some(place);
        enquiry.agent = None;
        enquiry.held = None;
        enquiry.offer = None;
        enquiry.run = None;
        enquiry.added = false;
        enquiry.snoozed = None;
        enquiry.reassign_at = None;
        self.forget_absent();
        self.own_the_queue();
        self.start_clock(true);
    }

    /// An enquiry that people own belongs to a queue.
    pub(super) fn own_the_queue(&mut self) {
        let name = self.queue().map(|queue| queue.name.clone());
        let enquiry = self.enquiry();
        if enquiry.queue.is_none() {
            enquiry.queue = name;
        }
    }

    /// Held until the queue opens: the customer is told when people are back, and a promise is stored (R27).
    pub(super) fn hold(&mut self, until: Timestamp) {
        self.hold_silently(until, false);
        let due = self.due_from_opening(until);
        self.promise(due, true);
        self.tell_promise(Text::Held);
    }

    /// Opening + `after_opening` + the first-reply target (R27); at its old place without the morning check for whoever
    /// waited as the queue closed.
    pub(super) fn due_from_opening(&self, until: Timestamp) -> Timestamp {
        let Some(queue) = self.queue() else { return until };
        let rejoins = self.open().and_then(|enquiry| enquiry.held.as_ref()).is_some_and(|held| held.rejoins);
        let work = if rejoins {
            let rank = self.rank_in_the_morning(self.place());
            queue.first_reply.checked_mul(rank).unwrap_or(Duration::days(30))
        } else {
            self.policy().morning_check.after_opening + queue.first_reply
        };
        self.rounded(queue.hours.add_open_time(until, work))
    }

    pub(super) fn hold_silently(&mut self, until: Timestamp, rejoins: bool) {
        let now = self.now;
        self.enter(State::Held);
        self.own_the_queue();
        let enquiry = self.enquiry();
        enquiry.place = enquiry.place.or(Some(now));
        enquiry.agent = None;
        enquiry.reassign_at = None;
        enquiry.held = Some(Held { since: now, until, noted: false, check_at: None, rejoins });
        if rejoins {
            enquiry.offer = None;
            enquiry.run = None;
        }
    }

    /// What a flow or an article hands off while the enquiry is held already: it is kept; never silence (R27). Where that
    /// gives it to another queue, that queue's hours count.
    fn held_handoff(&mut self, reason: HandoffReason, other_queue: bool) {
        let opens = self.closed_until();
        let until = self.open().and_then(|enquiry| enquiry.held.as_ref()).map(|held| held.until);
        if other_queue && opens != until {
            self.lead(reason);
            return self.join_or_hold();
        }
        match reason {
            HandoffReason::LookupFailed => {
                self.say_word(lead(reason));
                self.say_word(Text::HeldKept);
            }
            HandoffReason::SecondFailure => self.say_word(Text::HeldKept),
            HandoffReason::AskedForPerson => self.say_word(Text::HeldRepeated),
            _ => {
                let noted = self.enquiry().held.as_mut().map(|held| std::mem::replace(&mut held.noted, true));
                if noted == Some(false) || self.speech.is_empty() {
                    self.say_word(Text::HeldNoted);
                }
            }
        }
    }

    /// A flow that an agent sent the customer to needs that agent again (R30).
    pub(super) fn bring_back(&mut self, agent: &str) {
        let agent_online = self.floor.is_online(agent);
        self.rule("R30", "the flow comes back to the agent who sent it");
        if agent_online {
            self.enter(State::NeedsReply);
            self.start_clock(false);
            let due = self.due_at_place(self.now);
            self.promise(due, true);
            self.must_answer(agent);
            self.tell_promise(Text::Promise);
            self.alert(super::effect::Audience::Agent(agent.to_owned()), Alert::Back);
        } else {
            self.join_or_hold();
        }
    }

    /// Sends an approved template for an occasion; tells whether `bot.yaml` has one (R32).
    pub(super) fn send_template(&mut self, occasion: &str, buttons: &[(&str, Tap)]) -> bool {
        let Some(template) = self.newest().templates.get(occasion) else { return false };
        let language = self.language();
        let language =
            if template.languages.contains(&language) { Some(language) } else { template.languages.first().copied() };
        let Some(language) = language else { return false };
        let parameters = template.parameters.iter().map(|text| self.render(text)).collect();
        let labelled = template.buttons.iter().map(|(key, label)| {
            let tap = buttons.iter().find(|(name, _)| name == key).map_or(Tap::StillNeed, |(_, tap)| tap.clone());
            (tap, label)
        });
        let labelled: Vec<_> = labelled.collect();
        let buttons = labelled
            .into_iter()
            .map(|(tap, label)| Choice { id: tap.id(), title: self.render(label), description: None })
            .collect();
        self.speech.alone(Outbound::Template {
            occasion: occasion.to_owned(),
            name: template.name.clone(),
            language,
            parameters,
            buttons,
        });
        self.rule("R32", format!("template `{occasion}`"));
        true
    }
}

/// What is said in front of the promise, by reason.
const fn lead(reason: HandoffReason) -> Text {
    match reason {
        HandoffReason::AskedForPerson => Text::HandoffAskedForPerson,
        HandoffReason::SecondFailure => Text::HandoffSecondFailure,
        HandoffReason::RepeatContact => Text::HandoffRepeatContact,
        HandoffReason::RepeatIntent => Text::HandoffRepeatIntent,
        HandoffReason::FlowOutcome | HandoffReason::TakenOver => Text::HandoffFlowOutcome,
        HandoffReason::LeadsToPerson => Text::HandoffLeadsToPerson,
        HandoffReason::NotHelped => Text::HandoffNotHelped,
        HandoffReason::OpenHours => Text::HandoffOpenHours,
        HandoffReason::NoFlow => Text::HandoffNoFlow,
        HandoffReason::LookupFailed => Text::HandoffLookupFailed,
        HandoffReason::Order => Text::HandoffOrder,
        HandoffReason::Undeliverable => Text::HandoffUndeliverable,
        HandoffReason::Late => Text::HandoffLate,
        HandoffReason::Loop => Text::HandoffLoop,
        HandoffReason::BotError => Text::HandoffBotError,
    }
}
