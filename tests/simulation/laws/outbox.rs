//! What is sent (R39): in order per contact, by whoever was given it, not again when it is known to have gone out, and not
//! before its status had time to say so.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use frontdesk::clock::Timestamp;
use frontdesk::message::Delivery;
use frontdesk::store::{ContactId, Finished, Job, JobId, SendOutcome};
use frontdesk::whatsapp::errors::SETTLE;

use super::law;

/// So long after it was given a job may be begun with: its lease must not end under the try.
const BEGUN_WITHIN: TimeDelta = TimeDelta::seconds(17);
/// So much later it may be sent when it has a file, which is read and goes up first.
const FILE_MAX: TimeDelta = TimeDelta::seconds(20);

/// When a server sent a message.
#[derive(Debug, Clone, Copy)]
pub struct Begun {
    pub at: Timestamp,
    /// It read a file and sent it up before.
    pub with_file: bool,
}

/// Every job that was seen.
#[derive(Default)]
pub struct Outbox {
    /// Clocks may be a little off, but nobody sets them.
    pub strict: bool,
    /// So far two clocks may differ.
    pub skew: TimeDelta,
    jobs: BTreeMap<JobId, Seen>,
    /// The last job of each contact that WhatsApp took.
    last: BTreeMap<ContactId, i64>,
}

/// A job of the outbox.
#[derive(Default)]
struct Seen {
    /// When each server was last given it.
    given: BTreeMap<usize, Timestamp>,
    /// When WhatsApp took it last, unless that failed later.
    taken: Option<Timestamp>,
    /// Since when the store knows that it was sent.
    known: Option<Timestamp>,
    /// WhatsApp gave up on it once, and it may come after what was sent later.
    failed: bool,
    /// The tries that are known to have failed, by WhatsApp's ids.
    gone: BTreeSet<String>,
}

impl Outbox {
    /// A server was given jobs.
    pub fn claimed(&mut self, node: usize, jobs: &[Job], now: Timestamp) -> Result<(), String> {
        let mut whose = BTreeSet::new();
        for job in jobs {
            let id = job.id;
            law(whose.insert(id.contact), || format!("R39: two jobs of contact {} at once", id.contact))?;
            let seen = self.jobs.entry(id).or_default();
            law(seen.known.is_none() || seen.failed, || format!("R39: {id} was sent, and is to be sent again"))?;
            if let (true, Some(taken)) = (self.strict, seen.taken) {
                let settle = TimeDelta::from_std(SETTLE).unwrap_or_default() - self.skew;
                law(now - taken >= settle, || format!("R39: {id} is tried again before its status had time to come"))?;
            }
            seen.given.insert(node, now);
        }
        Ok(())
    }

    /// A server noted what came of a job.
    pub fn finished(&mut self, finished: &Finished, now: Timestamp) {
        if let SendOutcome::Sent { message_id, .. } = &finished.outcome {
            let seen = self.jobs.entry(finished.job).or_default();
            // An answer that comes after WhatsApp gave up on the message says nothing new.
            if seen.taken.is_some() && !seen.gone.contains(message_id) {
                seen.known.get_or_insert(now);
            }
        }
    }

    /// A status settled a job.
    pub fn settled(&mut self, job: JobId, message_id: &str, delivery: Delivery, now: Timestamp) {
        let seen = self.jobs.entry(job).or_default();
        if delivery == Delivery::Queued {
            // A later try may be under way, by whoever was given it.
            let (mut gone, given) = (std::mem::take(&mut seen.gone), std::mem::take(&mut seen.given));
            gone.insert(message_id.to_owned());
            *seen = Seen { failed: true, gone, given, ..Seen::default() };
        } else {
            seen.known.get_or_insert(now);
        }
    }

    /// When a server was last given a job.
    pub fn given(&self, node: usize, job: JobId) -> Option<Timestamp> {
        self.jobs.get(&job)?.given.get(&node).copied()
    }

    /// WhatsApp takes a job from a server that sent it at `begun`.
    pub fn taken(&mut self, node: usize, job: JobId, begun: Begun, now: Timestamp) -> Result<(), String> {
        let last = self.last.entry(job.contact).or_default();
        let seen = self.jobs.entry(job).or_default();
        law(job.number >= *last || seen.failed, || format!("R39: {job} reaches the customer after number {last}"))?;
        *last = job.number.max(*last);
        let Some(given) = seen.given.get(&node).copied() else {
            return Err(format!("R39: n{node} sends {job}, which it was not given"));
        };
        let held = if begun.with_file { BEGUN_WITHIN + FILE_MAX } else { BEGUN_WITHIN };
        let late = begun.at - given;
        law(!self.strict || late <= held, || {
            format!("R39: {job} is sent {} s after it was given: its lease may end under the try", late.num_seconds())
        })?;
        if let Some(known) = seen.known {
            law(known > begun.at || given <= known && late <= held, || {
                format!("R39: {job} is sent again although it was known to be sent")
            })?;
        }
        seen.taken = Some(now);
        Ok(())
    }

    /// WhatsApp gives up on a message that it took.
    pub fn gave_up(&mut self, job: JobId) {
        let seen = self.jobs.entry(job).or_default();
        (seen.taken, seen.failed) = (None, true);
    }
}

#[cfg(test)]
mod tests {
    use frontdesk::store::Identity;

    use super::*;

    fn job(number: i64) -> Job {
        Job {
            id: JobId { contact: 1, number },
            number_id: "1001".to_owned(),
            to: Identity::default(),
            payload: String::new(),
            attempt: 1,
            created_at: Timestamp::UNIX_EPOCH,
            wrote_at: None,
            uncertain: false,
        }
    }

    /// What comes of it when WhatsApp takes these jobs of one contact one after the other.
    fn takes(numbers: &[i64]) -> Result<(), String> {
        let mut outbox = Outbox::default();
        let (now, begun) = (Timestamp::UNIX_EPOCH, Begun { at: Timestamp::UNIX_EPOCH, with_file: false });
        numbers.iter().try_for_each(|number| {
            outbox.claimed(0, &[job(*number)], now)?;
            outbox.taken(0, JobId { contact: 1, number: *number }, begun, now)
        })
    }

    #[test]
    fn what_reaches_a_customer_out_of_its_order_breaks_a_law() {
        assert_eq!(takes(&[1, 2]), Ok(()));
        assert_eq!(takes(&[2, 1]).unwrap_err(), "R39: frontdesk:1:1 reaches the customer after number 2");
    }

    #[test]
    fn two_jobs_of_a_contact_at_once_break_a_law() {
        let told = Outbox::default().claimed(0, &[job(1), job(2)], Timestamp::UNIX_EPOCH);
        assert_eq!(told.unwrap_err(), "R39: two jobs of contact 1 at once");
    }

    #[test]
    fn what_nobody_was_given_is_not_to_be_sent() {
        let begun = Begun { at: Timestamp::UNIX_EPOCH, with_file: false };
        let told = Outbox::default().taken(0, JobId { contact: 1, number: 1 }, begun, Timestamp::UNIX_EPOCH);
        assert_eq!(told.unwrap_err(), "R39: n0 sends frontdesk:1:1, which it was not given");
    }
}
