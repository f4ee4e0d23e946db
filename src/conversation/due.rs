//! Which timers an enquiry's state arms, and what happens when one is due (R40). Timers follow from the state: they are
//! computed anew after every turn, so that none outlives what armed it.

use chrono::Duration;

use super::effect::Alert;
use super::state::{Enquiry, Offer, State, TimerKind, Timers};
use super::turn::Turn;

/// A flow that an agent sent the customer to may be silent so long (R30).
const SENT_SILENT: Duration = Duration::minutes(30);

impl Turn<'_> {
    /// A timer is due. One that the enquiry no longer wants does nothing.
    pub(super) fn due(&mut self, kind: TimerKind) {
        let Some(at) = self.c.timers.get(kind).filter(|at| *at <= self.now) else {
            self.rule("R40", "the timer is stale: the enquiry has moved on");
            return;
        };
        match kind {
            TimerKind::LookupLost => self.lookup_lost(),
            TimerKind::QuestionReminder => self.question_reminder(at),
            TimerKind::Abandon => {
                self.rule("R20", "the window has shut on what the bot served: abandoned");
                self.end(super::state::Ended::Abandoned);
            }
            TimerKind::SittingOver => {
                self.rule("R26", "the sitting is over");
                self.end(super::state::Ended::Answered);
            }
            TimerKind::SentSilent => self.sent_silent(),
            TimerKind::PromiseDue => self.promise_due(),
            TimerKind::TargetWarn | TimerKind::TargetBreach => self.target_due(kind),
            TimerKind::Reassign => self.reassign(),
            TimerKind::WindowAlert => {
                let wrote = self.c.wrote_at;
                self.enquiry().window_alerted = wrote;
                self.rule("R31", "the window shuts soon on an enquiry that needs our reply");
                self.alert_queue(Alert::Window);
            }
            TimerKind::QueueCloses => self.queue_closes(),
            TimerKind::QueueOpens => self.queue_opens(),
            TimerKind::MorningCheck => self.morning_check(),
            TimerKind::MorningSilent => self.morning_silent(),
            TimerKind::PromiseNear => self.promise_near(),
            TimerKind::Reminder | TimerKind::SecondReminder => self.remind(at),
            TimerKind::ClosingNotice => self.closing_notice(),
            TimerKind::Close => self.close(),
        }
    }

    /// What the state arms.
    pub(super) fn timers(&self) -> Timers {
        let mut timers = Timers::default();
        let Some(enquiry) = self.open() else { return timers };
        if let Some(pending) = enquiry.run.as_ref().and_then(|run| run.pending.as_ref()) {
            timers.set(TimerKind::LookupLost, pending.until);
        }
        match enquiry.state {
            State::Bot => self.bot_timers(enquiry, &mut timers),
            State::Settled => timers.set(TimerKind::SittingOver, enquiry.since + self.policy().sitting),
            State::Waiting | State::NeedsReply => self.owed_timers(enquiry, &mut timers),
            State::Promised => self.promised_timers(enquiry, &mut timers),
            State::AwaitingCustomer => {
                for (kind, at) in enquiry.agent_wrote.iter().flat_map(|wrote| self.awaiting_timers(wrote)) {
                    timers.set(kind, at);
                }
            }
            State::Held => self.held_timers(enquiry, &mut timers),
            State::Asked => {
                let silent = self.policy().morning_check.silent_after;
                timers.set(TimerKind::MorningSilent, self.hours().add_open_time(enquiry.since, silent));
            }
            State::Ended => {}
        }
        timers
    }

    fn bot_timers(&self, enquiry: &Enquiry, timers: &mut Timers) {
        let shuts = self.window_shuts();
        if enquiry.sent_by.is_some() {
            timers
                .set(TimerKind::SentSilent, enquiry.since.max(self.c.wrote_at.unwrap_or(enquiry.since)) + SENT_SILENT);
        } else if let Some(shuts) = shuts {
            timers.set(TimerKind::Abandon, shuts);
        }
        let of_flow = enquiry.run.as_ref().filter(|run| run.question.is_some()).map(|run| (run.asked_at, run.reminded));
        let confirming = enquiry.confirming.as_ref().filter(|_| matches!(enquiry.offer, Some(Offer::Confirm { .. })));
        let asked = of_flow.or_else(|| confirming.map(|asked| (asked.asked_at, asked.reminded)));
        if let Some((asked_at, false)) = asked
            && !self.c.stopped
        {
            let quiet_since = asked_at.max(enquiry.last_human_at);
            let at = self.after_quiet_hours(quiet_since + self.policy().question_reminder);
            if shuts.is_some_and(|shuts| at < shuts) {
                timers.set(TimerKind::QuestionReminder, at);
            }
        }
    }

    /// The opening, or the morning check; and the promise where its time comes before that.
    fn held_timers(&self, enquiry: &Enquiry, timers: &mut Timers) {
        let Some(held) = &enquiry.held else { return };
        let (kind, at) = match held.check_at {
            Some(check_at) => (TimerKind::MorningCheck, check_at),
            // Not the opening it was told: the newest hours say when the queue opens (R19).
            None => (TimerKind::QueueOpens, self.opens_at()),
        };
        timers.set(kind, at);
        let promise = enquiry.promise.as_ref().filter(|promise| promise.told && !promise.over);
        if let Some(promise) = promise.filter(|promise| promise.at < at) {
            timers.set(TimerKind::PromiseDue, promise.at);
        }
    }

    /// A reply is owed: the promise, the targets, the agent's time, the window, the end of the day.
    fn owed_timers(&self, enquiry: &Enquiry, timers: &mut Timers) {
        if let Some(promise) = enquiry.promise.as_ref().filter(|promise| !promise.over) {
            timers.set(TimerKind::PromiseDue, promise.at);
        }
        if let Some(clock) = &enquiry.clock {
            if !clock.warned {
                timers.set(TimerKind::TargetWarn, clock.warn);
            }
            if !clock.breached {
                timers.set(TimerKind::TargetBreach, clock.due);
            }
        }
        if let Some(at) = enquiry.reassign_at.filter(|_| enquiry.state == State::NeedsReply) {
            timers.set(TimerKind::Reassign, at);
        }
        // Closed already: a new version closes earlier, or the closing passed while nothing ran.
        let closed = enquiry.state == State::Waiting && self.closed_until().is_some();
        if let Some(at) = closed.then_some(self.now).or_else(|| self.hours().next_closing(self.now)) {
            timers.set(TimerKind::QueueCloses, at);
        }
        self.window_timer(enquiry, timers);
    }

    fn promised_timers(&self, enquiry: &Enquiry, timers: &mut Timers) {
        let promised = enquiry.promise.as_ref().filter(|promise| promise.by_agent).map(|promise| promise.at);
        let near = promised.map(|at| (at - super::agent::PROMISE_NEAR).max(enquiry.since));
        if let Some(at) = enquiry.snoozed.or(near) {
            timers.set(TimerKind::PromiseNear, at);
        }
        self.window_timer(enquiry, timers);
    }

    fn window_timer(&self, enquiry: &Enquiry, timers: &mut Timers) {
        let alerted = enquiry.window_alerted == self.c.wrote_at;
        if let Some(shuts) = self.window_shuts().filter(|shuts| !alerted && *shuts > self.now) {
            timers.set(TimerKind::WindowAlert, (shuts - self.policy().window_alert).max(self.now));
        }
    }
}
