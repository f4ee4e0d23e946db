//! The customer is silent: reminded, told that the enquiry will be closed, and only then closed (R33).

use chrono::{Duration, NaiveTime, TimeZone};
use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::message::Choice;
use crate::policy::wording::Text;

use super::state::{AgentWrote, Ended, State, TimerKind};
use super::tap::Tap;
use super::turn::{Turn, WINDOW};

/// The notice goes out at least so long before the window shuts.
const NOTICE_BEFORE: Duration = Duration::minutes(30);
/// The enquiry ends so long after the notice.
const CLOSE_AFTER: Duration = Duration::hours(1);
/// A reminder that quiet hours moved is dropped when the customer was reminded within this.
const REMINDED_LATELY: Duration = Duration::hours(4);
/// A reminder that comes later than this (after downtime) is dropped (R40).
const TOO_LATE: Duration = Duration::minutes(15);

/// When a closing notice goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notice {
    /// As a message, inside the window.
    Message(Timestamp),
    /// As a template.
    Template(Timestamp),
}

impl Turn<'_> {
    /// What is due in `awaiting_customer`: at most one of reminder, notice and close.
    pub(super) fn awaiting_timers(&self, wrote: &AgentWrote) -> Vec<(TimerKind, Timestamp)> {
        if self.c.stopped || wrote.stays_open {
            return Vec::new();
        }
        if let Some(notice_at) = wrote.notice_at {
            return vec![(TimerKind::Close, notice_at + CLOSE_AFTER)];
        }
        let notice = self.notice(wrote);
        let (Notice::Message(at) | Notice::Template(at)) = notice;
        let mut due = vec![(TimerKind::ClosingNotice, at)];
        if let Some(reminder) = self.reminder_at(wrote, wrote.reminders).filter(|reminder| *reminder < at) {
            let second = matches!(notice, Notice::Message(_)) && wrote.reminders > 0;
            let kind = if wrote.reminders == 0 { TimerKind::Reminder } else { TimerKind::SecondReminder };
            if !second {
                due.push((kind, reminder));
            }
        }
        due
    }

    /// When the reminder at `position` is due: moved to the end of quiet hours.
    fn reminder_at(&self, wrote: &AgentWrote, position: usize) -> Option<Timestamp> {
        let after = self.policy().reminders.get(position)?;
        Some(self.after_quiet_hours(wrote.at + *after))
    }

    fn notice(&self, wrote: &AgentWrote) -> Notice {
        let earliest = wrote.at + self.policy().closing_after;
        let shuts = self.c.wrote_at.map(|at| at + WINDOW);
        let latest = shuts.map(|shuts| shuts - NOTICE_BEFORE);
        let last = latest.map(|latest| self.before_quiet_hours(latest)).filter(|last| *last >= earliest);
        match last.filter(|_| !self.unheard(wrote)) {
            Some(last) => Notice::Message(last),
            None => Notice::Template(self.after_quiet_hours(earliest)),
        }
    }

    /// Whether the agent's message went out by template and the customer has not written since.
    fn unheard(&self, wrote: &AgentWrote) -> bool {
        wrote.by_template && self.c.wrote_at.is_none_or(|at| at <= wrote.at)
    }

    /// A reminder is due.
    pub(super) fn remind(&mut self, due: Timestamp) {
        let Some(wrote) = self.open().and_then(|enquiry| enquiry.agent_wrote.clone()) else { return };
        let moved = self.policy().reminders.get(wrote.reminders).is_some_and(|after| wrote.at + *after != due);
        let lately = wrote.reminded_at.is_some_and(|at| self.now - at <= REMINDED_LATELY);
        let late = self.now - due > TOO_LATE;
        let now = self.now;
        if let Some(wrote) = &mut self.enquiry().agent_wrote {
            wrote.reminders += 1;
        }
        if (moved && lately) || late {
            self.rule("R33", "the reminder is dropped");
            return;
        }
        let unheard = self.unheard(&wrote);
        let sent = if unheard || !self.window_is_open() {
            unheard && self.send_template("reminder", &[])
        } else {
            self.say_word(Text::Reminder);
            true
        };
        if !sent {
            self.rule("R33", "no reminder outside the window");
        } else if let Some(wrote) = &mut self.enquiry().agent_wrote {
            wrote.reminded_at = Some(now);
            self.rule("R33", "the customer is reminded");
        }
    }

    /// The closing notice, which is the closing message and offers the record (R33, R34).
    pub(super) fn closing_notice(&mut self) {
        let Some(wrote) = self.open().and_then(|enquiry| enquiry.agent_wrote.clone()) else { return };
        let now = self.now;
        let by_message = matches!(self.notice(&wrote), Notice::Message(_)) && self.window_is_open();
        let sent = if by_message {
            self.say_word(Text::Closing);
            let need = self.word(Text::ClosingButton);
            let record = self.record_button();
            self.speech.buttons(vec![Choice { id: Tap::StillNeed.id(), title: need, description: None }, record]);
            true
        } else {
            let record = Tap::Word(crate::intent::Anytime::Record);
            self.send_template("closing", &[("need", Tap::StillNeed), ("record", record)])
        };
        if let Some(wrote) = &mut self.enquiry().agent_wrote {
            wrote.notice_at = sent.then_some(now);
            wrote.stays_open = !sent;
        }
        if sent {
            self.rule("R33", "the closing notice; an hour later the enquiry ends");
        } else {
            self.rule("R33", "no template `closing`: the enquiry stays open and is shown to the agent");
            self.note("Silent customer; could not send the closing notice: `bot.yaml` names no template `closing`");
            if let Some(agent) = self.open().and_then(|enquiry| enquiry.agent.clone()) {
                self.alert(super::effect::Audience::Agent(agent), super::effect::Alert::Back);
            }
        }
    }

    /// An hour after the notice, silently.
    pub(super) fn close(&mut self) {
        if self.state() == State::AwaitingCustomer {
            self.rule("R33", "closed an hour after the notice");
            self.end(Ended::Closed);
        }
    }

    /// A customer went quiet on a question: reminded once (R20).
    pub(super) fn question_reminder(&mut self, due: Timestamp) {
        let enquiry = self.enquiry();
        if let Some(run) = &mut enquiry.run {
            run.reminded = true;
        } else if let Some(confirming) = &mut enquiry.confirming {
            confirming.reminded = true;
        }
        if self.now - due > TOO_LATE || !self.window_is_open() || self.c.stopped {
            self.rule("R20", "the reminder is dropped");
            return;
        }
        self.rule("R20", "quiet on a question: reminded once");
        self.asked_for = true;
        self.say_word(Text::QuestionReminder);
        self.pose_again();
    }

    /// The end of the quiet hours that hold `at`, or `at` (they include their beginning, not their end).
    pub(super) fn after_quiet_hours(&self, at: Timestamp) -> Timestamp {
        let (from, to) = self.policy().quiet_hours;
        let zone = self.hours().zone();
        let local = at.with_timezone(&zone);
        if !is_quiet(local.time(), from, to) {
            return at;
        }
        let day = if local.time() < to { local.date_naive() } else { local.date_naive() + Duration::days(1) };
        local_moment(zone, day.and_time(to)).unwrap_or(at)
    }

    /// The last full minute at or before `at` that is outside quiet hours.
    fn before_quiet_hours(&self, at: Timestamp) -> Timestamp {
        let (from, to) = self.policy().quiet_hours;
        let zone = self.hours().zone();
        let local = at.with_timezone(&zone);
        if !is_quiet(local.time(), from, to) {
            return at;
        }
        let day = if local.time() >= from { local.date_naive() } else { local.date_naive() - Duration::days(1) };
        local_moment(zone, day.and_time(from)).map_or(at, |quiet| quiet - Duration::minutes(1))
    }
}

fn is_quiet(time: NaiveTime, from: NaiveTime, to: NaiveTime) -> bool {
    if from <= to { (from..to).contains(&time) } else { time >= from || time < to }
}

/// A local time as a moment; one that the clocks skip is the moment they skip to.
fn local_moment(zone: Tz, local: chrono::NaiveDateTime) -> Option<Timestamp> {
    let found = zone.from_local_datetime(&local).earliest();
    let found = found.or_else(|| zone.from_local_datetime(&(local + Duration::hours(1))).earliest());
    found.map(|at| at.with_timezone(&chrono::Utc))
}
