//! What the customer is told about when a person answers, and the reply clock behind it (R22, R31).

use chrono::{Duration, DurationRound, Timelike};

use crate::clock::Timestamp;
use crate::policy::wording::Text;

use super::effect::{Alert, Audience};
use super::reason::{Fate, Reason};
use super::state::{Promise, ReplyClock, State, TimerKind};
use super::turn::Turn;

/// A promise may be renewed so often; then the next word is a person's (R22).
const RENEWALS_MAX: u8 = 2;

impl Turn<'_> {
    /// When a person will answer someone at `place` in the enquiry's queue: the first-reply target times the rank,
    /// shared by the agents online, in the queue's opening time (R22).
    pub(super) fn due_at_place(&self, place: Timestamp) -> Timestamp {
        let Some(queue) = self.queue() else { return self.now };
        let work = queue.first_reply.checked_mul(self.shares_before(place)).unwrap_or(Duration::days(30));
        self.rounded(queue.hours.add_open_time(self.now, work))
    }

    /// The rank of `place` among the waiting, shared by the agents online. Who waits at the same moment already is before
    /// whoever joins now.
    pub(super) fn shares_before(&self, place: Timestamp) -> i32 {
        let Some(queue) = self.queue() else { return 1 };
        let among_them = self.waited_at == Some(place);
        let same = if among_them { 0 } else { self.floor.waiting_at(&queue.name, place) };
        let ahead = self.floor.waiting_before(&queue.name, place) + same + 1;
        i32::try_from(ahead.div_ceil(self.floor.online_in(&queue.name).max(1)).max(1)).unwrap_or(i32::MAX)
    }

    /// Rounded up to the full minute; more than 30 minutes ahead to the next clock time that is a multiple of five.
    pub(super) fn rounded(&self, due: Timestamp) -> Timestamp {
        let far = due - self.now > Duration::minutes(30);
        let minute = ceil(due, Duration::minutes(1));
        if !far {
            return minute;
        }
        let zone = self.hours().zone();
        let past = minute.with_timezone(&zone).minute() % 5;
        if past == 0 { minute } else { minute + Duration::minutes(i64::from(5 - past)) }
    }

    /// Stores a promise that the rules made.
    pub(super) fn promise(&mut self, at: Timestamp, told: bool) {
        self.enquiry().promise =
            Some(Promise { at, told, renewals: 0, by_agent: false, over: false, at_closing: false });
    }

    /// Tells the promise that was just made, by template outside the window; remembers whether it was told.
    pub(super) fn tell_promise(&mut self, text: Text) {
        let told = self.say_or_template(text, "promise_renewed");
        if let Some(promise) = &mut self.enquiry().promise {
            promise.told = told;
        }
    }

    /// Says the promise, and that the phone line waits too when it is far off (R22). Nobody is told so of a time after
    /// closing, when nobody could call, nor of an agent's own promise.
    pub(super) fn say_promise(&mut self, text: Text) {
        self.say_word(text);
        let Some(promise) = self.c.enquiry.as_ref().and_then(|enquiry| enquiry.promise.as_ref()) else { return };
        let far = promise.at - self.now > self.policy().phone_hint_after;
        if far && !promise.by_agent && self.stays_open_until(promise.at) {
            self.say_word(Text::PhoneHint);
        }
    }

    fn stays_open_until(&self, at: Timestamp) -> bool {
        let hours = self.hours();
        hours.is_open(self.now) && hours.next_closing(self.now).is_none_or(|closes| closes >= at)
    }

    /// Starts the reply clock, unless it runs: it is never restarted (R31).
    pub(super) fn start_clock(&mut self, first: bool) {
        if self.open().is_some_and(|enquiry| enquiry.clock.is_some()) {
            return;
        }
        let Some(queue) = self.queue() else { return };
        let target = if first { queue.first_reply } else { queue.next_reply };
        let warn = Duration::milliseconds(target.num_milliseconds() * i64::from(self.policy().warn_at) / 100);
        let clock = ReplyClock {
            started: self.now,
            due: queue.hours.add_open_time(self.now, target),
            warn: queue.hours.add_open_time(self.now, warn),
            warned: false,
            breached: false,
        };
        self.enquiry().clock = Some(clock);
    }

    /// A person replied in public: the clock stops, and whether the promise was kept is recorded (R22, R31).
    pub(super) fn stop_clock(&mut self) {
        let now = self.now;
        if self.enquiry().clock.take().is_some_and(|clock| now > clock.due) {
            self.rule("R31", "the reply came after its target");
        }
        self.judge_promise();
    }

    /// A person is here: the promise they were told of is over, and whether it was kept is recorded. Every renewal has
    /// been counted as broken before (R22).
    pub(super) fn judge_promise(&mut self) {
        let promise = self.enquiry().promise.take();
        if let Some(promise) = promise.filter(|promise| promise.told) {
            let fate = if self.now <= promise.at { Fate::Kept } else { Fate::Broken };
            self.why.push(Reason::Promise(fate));
        }
    }

    /// The promised time has come and no person has answered: one apology with a new time, at most twice, then the
    /// supervisors (R22); an agent's own promise is renewed once (R30). What is held is told so, too: the queue was to be
    /// open by then, and is not (the hours have changed, or nothing ran all day).
    pub(super) fn promise_due(&mut self) {
        let opens = match self.state() {
            State::Waiting | State::NeedsReply => None,
            State::Held => self.opens_after_the_promise(),
            _ => return,
        };
        let Some(promise) = self.open().and_then(|enquiry| enquiry.promise.clone()) else { return };
        let limit = if promise.by_agent { 1 } else { RENEWALS_MAX };
        if !promise.told || promise.renewals >= limit {
            self.rule("R22", "the promise cannot be renewed again: the next word is a person's");
            self.enquiry().promise = Some(Promise { over: true, ..promise });
            self.alert_supervisors();
            return;
        }
        let at = match opens {
            Some(opens) => self.due_from_opening(opens),
            None => self.due_again(promise.by_agent),
        };
        let text = if promise.by_agent { Text::PromiseLonger } else { Text::PromiseRenewed };
        self.enquiry().promise = Some(Promise { at, renewals: promise.renewals + 1, ..promise });
        self.why.push(Reason::Promise(Fate::Renewed));
        self.tell_promise(text);
    }

    /// The new time of a promise that is renewed while the queue is at work.
    fn due_again(&self, by_agent: bool) -> Timestamp {
        let Some(queue) = self.queue() else { return self.now };
        let place = self.open().and_then(|e| e.place).filter(|_| self.state() == State::Waiting);
        match place {
            _ if by_agent => self.rounded(queue.hours.add_open_time(self.now, queue.next_reply)),
            Some(place) => self.due_at_place(place),
            None => self.rounded(queue.hours.add_open_time(self.now, queue.first_reply)),
        }
    }

    /// A person was asked for again while waiting: the promise is repeated, never one that has passed (R6).
    pub(super) fn repeat_promise(&mut self) {
        self.rule("R6", "a person was asked for again: the promise is repeated");
        let promise = self.open().and_then(|enquiry| enquiry.promise.clone());
        match promise {
            Some(promise) if promise.at > self.now && !promise.over => {}
            Some(_) => return self.say_word(Text::Added),
            None => {
                let place = self.open().and_then(|enquiry| enquiry.place).unwrap_or(self.now);
                let due = self.due_at_place(place);
                self.promise(due, true);
            }
        }
        self.tell_promise(Text::PromiseRepeated);
    }

    /// Says a built-in text, or sends the template for the occasion when the window has shut (R32). Tells whether the
    /// customer heard anything.
    pub(super) fn say_or_template(&mut self, text: Text, occasion: &str) -> bool {
        if self.window_is_open() {
            self.say_promise(text);
            return true;
        }
        if self.send_template(occasion, &[]) {
            return true;
        }
        self.rule("R32", format!("outside the window, and `bot.yaml` names no template for `{occasion}`"));
        self.note(format!("Could not tell the customer: the window has shut and there is no template `{occasion}`"));
        false
    }

    pub(super) fn alert_supervisors(&mut self) {
        if let Some(queue) = self.queue() {
            self.alert(Audience::Supervisors(queue.name.clone()), Alert::Breach);
        }
    }

    pub(super) fn target_due(&mut self, kind: TimerKind) {
        let Some(clock) = self.enquiry().clock.as_mut() else { return };
        if kind == TimerKind::TargetWarn {
            clock.warned = true;
            self.rule("R31", "a reply target is near");
            self.alert_queue(Alert::Warn);
        } else {
            clock.breached = true;
            self.rule("R31", "a reply target is missed");
            self.alert_supervisors();
        }
    }
}

fn ceil(at: Timestamp, step: Duration) -> Timestamp {
    match at.duration_trunc(step) {
        Ok(floor) if floor == at => at,
        Ok(floor) => floor + step,
        Err(_) => at,
    }
}
