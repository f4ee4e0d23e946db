//! The queue closes on people, and opens again in the morning (R27, R28).

use chrono::Duration;

use crate::message::Choice;
use crate::policy::wording::Text;

use super::reason::{Fate, Reason};
use super::state::{Held, Offer, State};
use super::tap::Tap;
use super::turn::Turn;

impl Turn<'_> {
    /// The queue closed: what is waiting, or needs the reply of an agent who is offline, is held, and told so with an
    /// apology (R27). A short closure holds nothing.
    pub(super) fn queue_closes(&mut self) {
        let offline = self.open().is_some_and(|e| e.agent.as_ref().is_none_or(|agent| !self.floor.is_online(agent)));
        let stays = match self.state() {
            State::Waiting => false,
            State::NeedsReply => !offline,
            _ => true,
        };
        if !stays && let Some(until) = self.closed_until() {
            self.hold_over_night(until);
        }
    }

    /// Held at its old place until `until`, told the new time once: opening + first-reply target × rank (R27).
    pub(super) fn hold_over_night(&mut self, until: crate::clock::Timestamp) {
        self.rule("R27", "the queue is closed on somebody who waits: held, with an apology and the new time");
        let place = self.open().and_then(|e| e.place).unwrap_or(self.now);
        let promise = self.open().and_then(|enquiry| enquiry.promise.as_ref());
        if promise.is_some_and(|promise| promise.over && promise.at_closing) {
            self.rule("R22", "the promise was renewed as often as it may be: the next word is a person's");
            self.enquiry().place = Some(place);
            return self.hold_silently(until, true);
        }
        self.enquiry().place = Some(place);
        self.hold_silently(until, true);
        let at = self.due_from_opening(until);
        let told = self.open().and_then(|e| e.promise.as_ref()).filter(|p| p.told && p.renewals > 0).map(|p| p.at);
        if told == Some(at) {
            self.rule("R27", "the promise was renewed to this very time already: nothing is said twice");
            return;
        }
        let was = self.enquiry().promise.take().filter(|promise| promise.told && promise.at < at);
        if was.is_some() {
            self.why.push(Reason::Promise(Fate::Renewed));
        }
        self.promise(at, true);
        if let Some(promise) = &mut self.enquiry().promise {
            promise.at_closing = true;
        }
        self.tell_promise(Text::HeldClosed);
    }

    /// The place in the line as the queue will open: whoever is held before it comes first, too.
    pub(super) fn rank_in_the_morning(&self, place: crate::clock::Timestamp) -> i32 {
        let Some(queue) = self.queue() else { return 1 };
        let waiting = self.floor.waiting_before(&queue.name, place);
        let itself = usize::from(self.was_held_at == Some(place));
        let held = self.floor.held_before(&queue.name, place) + self.floor.held_at(&queue.name, place);
        let held = held.saturating_sub(itself);
        i32::try_from(waiting + held + 1).unwrap_or(i32::MAX)
    }

    /// The queue opened: who was held long enough and is quiet is asked in a while, the others join unasked and without a
    /// message; the promise they were told stands (R28).
    pub(super) fn queue_opens(&mut self) {
        let Some(held) = self.open().and_then(|enquiry| enquiry.held.clone()) else { return };
        if let Some(until) = self.closed_until() {
            self.enquiry().held = Some(Held { until, ..held });
            return;
        }
        let check = &self.policy().morning_check;
        let quiet = self.c.wrote_at.is_none_or(|at| self.now - at >= check.skip_younger);
        let asked = !held.rejoins && quiet && self.now - held.since >= check.skip_younger;
        if !asked {
            self.rule("R28", "the queue is open: joins at its old place, unasked");
            self.rejoin();
            return;
        }
        let (name, place) = (self.queue().map(|q| q.name.clone()).unwrap_or_default(), self.place());
        let before = self.floor.held_before(&name, place);
        let minutes = before / usize::try_from(check.per_minute.max(1)).unwrap_or(1);
        let spread = Duration::minutes(i64::try_from(minutes).unwrap_or(i64::MAX / 120_000).min(60 * 24));
        let at = held.until.min(self.now) + check.after_opening + spread;
        self.rule("R28", "held for long and quiet: asked whether it is still relevant");
        self.enquiry().held = Some(Held { check_at: Some(at), ..held });
    }

    /// The promised time comes while it is held. When the queue opens, where it is closed still; where it is open, so many
    /// are asked before this one that they join at their old place, unasked (R28).
    pub(super) fn opens_after_the_promise(&mut self) -> Option<crate::clock::Timestamp> {
        let opens = self.closed_until();
        match (opens, self.c.enquiry.as_mut().and_then(|enquiry| enquiry.held.as_mut())) {
            (Some(until), Some(held)) => (held.until, held.check_at) = (until, None),
            _ => {
                self.rule("R28", "the promised time comes before the morning check: joins at its old place, unasked");
                self.rejoin();
            }
        }
        opens
    }

    /// A newer version says when the queue opens: what is held waits for that. What is due is computed anew after every
    /// turn; the promise that was told stands as told, and is renewed at its time where the queue opens later (R19, R22).
    pub(super) fn follow_newest_hours(&mut self) {
        self.rule("R19", "what is due follows the newest hours and policy");
        let opens = self.opens_at();
        let held = self.c.enquiry.as_mut().and_then(|enquiry| enquiry.held.as_mut());
        if let Some(held) = held.filter(|held| held.check_at.is_none()) {
            held.until = opens;
        }
    }

    /// When the queue of what is held opens. An opening that nobody was there for stays when it was (R40).
    pub(super) fn opens_at(&self) -> crate::clock::Timestamp {
        let told = self.open().and_then(|enquiry| enquiry.held.as_ref()).map_or(self.now, |held| held.until);
        self.closed_until().unwrap_or_else(|| told.min(self.now))
    }

    pub(super) fn place(&self) -> crate::clock::Timestamp {
        self.open().and_then(|enquiry| enquiry.place).unwrap_or(self.now)
    }

    /// Joins the queue at its old place; the promise it was told stands, to be kept or renewed.
    pub(super) fn rejoin(&mut self) {
        let (place, promise) = (self.place(), self.open().and_then(|enquiry| enquiry.promise.clone()));
        self.wait_at(place);
        self.enquiry().promise = promise;
    }

    /// The morning check goes out, at most so many a minute (R28).
    pub(super) fn morning_check(&mut self) {
        let Some(held) = self.open().and_then(|enquiry| enquiry.held.clone()) else { return };
        if let Some(until) = self.closed_until() {
            self.enquiry().held = Some(Held { until, check_at: None, ..held });
            return;
        }
        let check = &self.policy().morning_check;
        if self.c.wrote_at.is_some_and(|at| self.now - at < check.skip_younger) {
            self.rule("R28", "the customer wrote lately: joins unasked");
            self.rejoin();
            return;
        }
        let queue = self.queue().map(|queue| queue.name.clone()).unwrap_or_default();
        let lately = self.floor.asked_since(&queue, self.now - Duration::minutes(1));
        if lately >= usize::try_from(check.per_minute.max(1)).unwrap_or(1) {
            self.enquiry().held = Some(Held { check_at: Some(self.now + Duration::minutes(1)), ..held });
            return;
        }
        let yes_no = [("yes", Tap::StillRelevant(true)), ("no", Tap::StillRelevant(false))];
        if self.window_is_open() {
            self.say_word(Text::StillRelevant);
            let [(_, yes), (_, no)] = yes_no;
            let buttons = [(yes, Text::StillYes), (no, Text::StillNo)].map(|(tap, text)| Choice {
                id: tap.id(),
                title: self.word(text),
                description: None,
            });
            self.speech.buttons(buttons.into());
        } else if !self.send_template("still_relevant", &yes_no) {
            self.rule("R28", "the window has shut and there is no template `still_relevant`: joins unasked");
            self.rejoin();
            return;
        }
        self.rule("R28", "the morning check; the held promise is cancelled");
        let place = self.place();
        let was = self.enquiry().promise.take().filter(|promise| promise.told);
        if was.is_some_and(|promise| promise.at < self.now) {
            self.why.push(Reason::Promise(Fate::Broken));
        }
        self.enter(State::Asked);
        let enquiry = self.enquiry();
        enquiry.held = None;
        enquiry.run = None;
        enquiry.place = Some(place);
        enquiry.offer = Some(Offer::StillRelevant);
    }

    /// No answer to the morning check: joins the queue, marked, without a further message and with a promise that is not
    /// told (R28).
    pub(super) fn morning_silent(&mut self) {
        self.rule("R28", "no answer to the morning check: joins the queue, marked");
        self.enquiry().unanswered_check = true;
        if let Some(until) = self.closed_until() {
            return self.hold_silently(until, true);
        }
        let place = self.place();
        self.wait_at(place);
        let due = self.due_at_place(place);
        self.promise(due, false);
    }

    /// The bot served for an agent, and the customer has been silent for 30 minutes (R30).
    pub(super) fn sent_silent(&mut self) {
        if let Some(agent) = self.enquiry().sent_by.take() {
            self.enquiry().run = None;
            self.rule("R30", "30 minutes of silence: back to the agent");
            if self.floor.is_online(&agent) {
                self.enter(State::NeedsReply);
                self.start_clock(false);
                self.must_answer(&agent);
                self.alert(super::effect::Audience::Agent(agent), super::effect::Alert::Back);
            } else {
                self.wait_or_hold();
            }
        }
    }

    /// A lookup never came back (R18).
    pub(super) fn lookup_lost(&mut self) {
        let Some(pending) = self.open().and_then(|e| e.run.as_ref()).and_then(|run| run.pending.clone()) else {
            return;
        };
        let why = super::event::LookupAnswer::Failed("it never came back".to_owned());
        self.lookup_answered(pending.call, &why);
    }
}

/// Whether a "no" tells that the matter is still open ("no, still not working"): then it is no clear no to the morning
/// check, and nobody who waits is sent away (R28).
pub(super) fn speaks_of_trouble(text: &str) -> bool {
    let said = crate::text::fold(text);
    let words: Vec<&str> = said.split(' ').collect();
    let undone = |pair: &[&str]| matches!(pair, [not, done] if NOT.contains(not) && DONE.contains(done));
    words.iter().any(|word| STILL_OPEN.contains(word)) || words.windows(2).any(undone)
}

const NOT: [&str; 3] = ["not", "never", "לא"];

const DONE: [&str; 13] = [
    "working",
    "fixed",
    "solved",
    "resolved",
    "done",
    "arrived",
    "answered",
    "עובד",
    "עובדת",
    "נפתר",
    "תוקנ",
    "הגיע",
    "הסתדר",
];

const STILL_OPEN: [&str; 16] = [
    "still",
    "yet",
    "but",
    "broken",
    "help",
    "helped",
    "didnt",
    "doesnt",
    "isnt",
    "nothing",
    "עדיינ",
    "אבל",
    "עזר",
    "vel",
    "nestrada",
    "nepalidzeja",
];
