//! What must hold at every step, checked where the store's work is done, before anybody hears of it: nothing accepted is
//! lost or taken twice (R2, R38), order per contact (R2, R39), no promise forgotten (R22), no end while it is our turn
//! (R33), never silence (R21), nothing sent twice that is known to have been sent (R39).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use frontdesk::clock::Timestamp;
use frontdesk::conversation::laws::BROKEN;
use frontdesk::conversation::state::{Conversation, Enquiry, Promise, State};
use frontdesk::message::{Content, Delivery, Inbound};
use frontdesk::runtime::payload;
use frontdesk::store::{
    Arrival, Arrived, Committed, ContactId, Finished, InboxKind, Job, JobId, Loaded, SendOutcome, TurnCommit,
    TurnProblem, Who,
};
use frontdesk::whatsapp::errors::SETTLE;

use super::world::World;

/// A try may last so long, and a lease ends so long after it was given.
const TRY: Duration = Duration::from_secs(45);
const LEASE: Duration = Duration::from_secs(60);

/// Everything that was seen to be done.
#[derive(Default)]
pub struct Laws {
    /// Clocks may be a little off, but nobody sets them.
    pub strict: bool,
    /// So far two clocks may differ.
    pub skew: TimeDelta,
    rows: BTreeMap<i64, Row>,
    messages: BTreeMap<String, i64>,
    contacts: BTreeMap<ContactId, Contact>,
    jobs: BTreeMap<JobId, Seen>,
    loads: BTreeMap<(usize, ContactId), Vec<i64>>,
}

/// A row of the inbox.
struct Row {
    contact: ContactId,
    /// It asks for something, unlike a reaction.
    means: bool,
    message: Option<String>,
    taken: bool,
}

#[derive(Default)]
struct Contact {
    version: i64,
    last: Option<Conversation>,
    /// Rows no turn has taken, in the order WhatsApp stamped them.
    waiting: BTreeSet<(Timestamp, i64)>,
    /// The last job that WhatsApp took.
    last_job: i64,
    /// Lines of the thread by the customer's messages.
    shown: BTreeSet<String>,
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
}

impl World {
    /// A server was told that what arrived is kept.
    pub fn received(&mut self, node: usize, arrivals: &[Arrival], arrived: &[Arrived]) -> Result<(), String> {
        let now = self.now();
        for (arrival, arrived) in arrivals.iter().zip(arrived) {
            match arrival {
                Arrival::Message { message_id, .. } => {
                    self.stir(format_args!("n{node} receives {message_id}: {arrived:?}"));
                }
                Arrival::Status { job, delivery, .. } => {
                    let job = job.map(|job| job.to_string()).unwrap_or_default();
                    self.stir(format_args!("n{node} hears that {job} is {delivery:?}: {arrived:?}"));
                }
                Arrival::Renamed { .. } => {}
            }
            self.laws.arrived(arrival, *arrived, now)?;
        }
        Ok(())
    }

    /// Turns were committed, or not.
    pub fn committed(
        &mut self,
        node: usize,
        turns: &[TurnCommit],
        results: &[Result<Committed, TurnProblem>],
    ) -> Result<(), String> {
        for (turn, result) in turns.iter().zip(results) {
            let contact = turn.contact;
            match result {
                Ok(made) => {
                    let after = read(&turn.state)?;
                    let words = words(turn);
                    let (version, state) = (made.row_version, after.state().name());
                    let who = turn.audit.as_ref().map_or("", |audit| audit.what.as_str());
                    let (taken, jobs) = (&turn.taken, &made.jobs);
                    let jobs: Vec<i64> = jobs.iter().map(|job| job.number).collect();
                    self.stir(format_args!(
                        "n{node} commits turn {version} of c{contact} {who}: takes {taken:?}, is {state}, sends {jobs:?} {words}"
                    ));
                    self.laws.turn(node, turn, made, after)?;
                }
                Err(problem) => self.stir(format_args!("n{node} cannot commit a turn of c{contact}: {problem}")),
            }
        }
        Ok(())
    }

    /// A server was given jobs.
    pub fn claimed(&mut self, node: usize, jobs: &[Job]) -> Result<(), String> {
        let now = self.now();
        let mut whose = BTreeSet::new();
        for job in jobs {
            let (id, attempt, unsure) = (job.id, job.attempt, job.uncertain);
            self.stir(format_args!("n{node} is given {id}, try {attempt}, uncertain {unsure}"));
            law(whose.insert(job.id.contact), || format!("R39: two jobs of contact {} at once", job.id.contact))?;
            let seen = self.laws.jobs.entry(job.id).or_default();
            law(seen.known.is_none() || seen.failed, || format!("R39: {id} was sent, and is to be sent again"))?;
            if let (true, Some(taken)) = (self.laws.strict, seen.taken) {
                let settle = TimeDelta::from_std(SETTLE).unwrap_or_default() - self.laws.skew;
                law(now - taken >= settle, || format!("R39: {id} is tried again before its status had time to come"))?;
            }
            seen.given.insert(node, now);
        }
        Ok(())
    }

    /// A server noted what came of jobs.
    pub fn finished(&mut self, node: usize, finished: &[Finished]) {
        let now = self.now();
        for finished in finished {
            let (job, outcome) = (finished.job, &finished.outcome);
            self.stir(format_args!("n{node} notes {job}: {outcome:?}"));
            if matches!(outcome, SendOutcome::Sent { message_id: Some(_), .. }) {
                let seen = self.laws.jobs.entry(job).or_default();
                // An answer that comes after WhatsApp gave up on the message says nothing new.
                if seen.taken.is_some() {
                    seen.known.get_or_insert(now);
                }
            }
        }
    }
}

impl Laws {
    fn arrived(&mut self, arrival: &Arrival, arrived: Arrived, now: Timestamp) -> Result<(), String> {
        match (arrival, arrived) {
            (Arrival::Message { message_id, at, payload, .. }, Arrived::Stored { contact, inbox }) => {
                law(!self.messages.contains_key(message_id), || format!("R2: {message_id} was stored twice"))?;
                self.messages.insert(message_id.clone(), inbox);
                let means = serde_json::from_str::<Inbound>(payload).map_err(|error| error.to_string())?;
                let means =
                    !matches!(means.content, Content::Reaction { .. } | Content::Edit { .. } | Content::Revoke { .. });
                self.rows.insert(inbox, Row { contact, means, message: Some(message_id.clone()), taken: false });
                self.contacts.entry(contact).or_default().waiting.insert((*at, inbox));
            }
            (Arrival::Message { message_id, .. }, Arrived::Duplicate { .. }) => {
                law(self.messages.contains_key(message_id), || format!("R2: {message_id} was not here before"))?;
            }
            (Arrival::Message { message_id, .. }, other) => return Err(format!("R2: {message_id} became {other:?}")),
            (Arrival::Status { .. }, Arrived::Settled { job, delivery }) => {
                let seen = self.jobs.entry(job).or_default();
                if delivery == Delivery::Queued {
                    *seen = Seen { failed: true, ..Seen::default() };
                } else {
                    seen.known.get_or_insert(now);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What was loaded lacks nothing that was kept before.
    pub fn loaded(&mut self, node: usize, loaded: &[Loaded]) -> Result<(), String> {
        for loaded in loaded {
            let id = loaded.contact.id;
            let rows: Vec<i64> = loaded.inbox.iter().map(|row| row.id).collect();
            let contact = self.contacts.entry(id).or_default();
            law(contact.waiting.iter().all(|(_, row)| rows.contains(row)), || {
                format!("R2: contact {id} was loaded without all that waits: {rows:?}")
            })?;
            law(loaded.contact.row_version == contact.version, || format!("contact {id} was loaded as it is not"))?;
            for row in &loaded.inbox {
                self.rows.entry(row.id).or_insert_with(|| Row {
                    contact: id,
                    means: row.kind == InboxKind::Message,
                    message: None,
                    taken: false,
                });
            }
            self.loads.insert((node, id), rows);
        }
        Ok(())
    }

    fn turn(&mut self, node: usize, turn: &TurnCommit, made: &Committed, after: Conversation) -> Result<(), String> {
        let id = turn.contact;
        let contact = self.contacts.entry(id).or_default();
        law(made.row_version == contact.version + 1 && turn.expected == contact.version, || {
            format!("R38: turn {} of contact {id} came after turn {}", made.row_version, contact.version)
        })?;
        contact.version = made.row_version;
        let loaded = self.loads.get(&(node, id)).map(Vec::as_slice).unwrap_or_default();
        law(loaded.starts_with(&turn.taken), || {
            format!("R2: contact {id}: {:?} was taken out of its order, {loaded:?}", turn.taken)
        })?;
        let mut means = false;
        for taken in &turn.taken {
            let Some(row) = self.rows.get_mut(taken) else { return Err(format!("row {taken} came from nowhere")) };
            law(!row.taken && row.contact == id, || format!("R2: row {taken} was taken twice"))?;
            row.taken = true;
            means |= row.means;
            contact.waiting.retain(|(_, waiting)| waiting != taken);
            if let Some(message) = &row.message {
                let lines = turn.entries.iter().filter(|entry| entry.message_id.as_ref() == Some(message)).count();
                law(lines == 1, || format!("R38: {message} was taken, and stands in the thread {lines} times"))?;
                law(contact.shown.insert(message.clone()), || format!("R2: {message} stands in the thread twice"))?;
            }
        }
        let before = contact.last.as_ref();
        law(!turn.reasons.contains(BROKEN), || format!("{} in turn {}", BROKEN, made.row_version))?;
        law(!turn.reasons.contains("bot_error"), || "R21: a bot that checks fell over".to_owned())?;
        let by_agent = turn.audit.as_ref().map(|audit| audit.what.as_str());
        ends(before, &after, by_agent)?;
        if means {
            speaks(before, &after, turn)?;
        }
        promises(before, &after, turn)?;
        for job in &made.jobs {
            self.jobs.entry(*job).or_default();
        }
        contact.last = Some(after);
        Ok(())
    }

    /// WhatsApp takes a job from a server that began to send it at `begun`.
    pub fn taken(&mut self, node: usize, job: JobId, begun: Timestamp, now: Timestamp) -> Result<(), String> {
        let contact = self.contacts.entry(job.contact).or_default();
        let seen = self.jobs.entry(job).or_default();
        law(job.number >= contact.last_job || seen.failed, || {
            format!("R39: {job} reaches the customer after number {}", contact.last_job)
        })?;
        contact.last_job = contact.last_job.max(job.number);
        let Some(given) = seen.given.get(&node).copied() else {
            return Err(format!("R39: n{node} sends {job}, which it was not given"));
        };
        let held = TimeDelta::from_std(LEASE - TRY).unwrap_or_default() + TimeDelta::seconds(2);
        law(!self.strict || begun - given <= held, || {
            format!(
                "R39: {job} is sent {} s after it was given: its lease may end under the try",
                (begun - given).num_seconds()
            )
        })?;
        if let Some(known) = seen.known {
            law(known > begun || given < known && begun - given <= held, || {
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

    /// Whether a message is kept.
    pub fn is_kept(&self, message: &str) -> bool {
        self.messages.contains_key(message)
    }

    /// All contacts, and what must be true of them once all is quiet.
    pub fn contacts(&self) -> Vec<ContactId> {
        self.contacts.keys().copied().collect()
    }

    /// Nothing that was kept waits, and every message stands in its thread.
    pub fn nothing_waits(&self) -> Result<(), String> {
        for (id, contact) in &self.contacts {
            law(contact.waiting.is_empty(), || format!("R2: {:?} of contact {id} was never taken", contact.waiting))?;
        }
        for (message, row) in &self.messages {
            let contact = self.rows.get(row).and_then(|row| self.contacts.get(&row.contact));
            law(contact.is_some_and(|contact| contact.shown.contains(message)), || format!("R2: {message} is lost"))?;
        }
        Ok(())
    }

    /// No promise has passed in silence.
    pub fn no_promise_forgotten(&self, now: Timestamp) -> Result<(), String> {
        for (id, contact) in &self.contacts {
            let promise = contact.last.as_ref().filter(|last| last.state().is_our_turn()).and_then(promise);
            law(promise.is_none_or(|promise| !promise.told || promise.over || promise.at > now), || {
                format!("R22: the promise to contact {id} was forgotten: {promise:?}")
            })?;
        }
        Ok(())
    }
}

/// A law that is kept, or what it says.
pub fn law(kept: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if kept { Ok(()) } else { Err(what()) }
}

fn read(state: &str) -> Result<Conversation, String> {
    serde_json::from_str(state).map_err(|error| format!("a state cannot be read back: {error}"))
}

/// What a turn says, for the trace.
fn words(turn: &TurnCommit) -> String {
    let texts = turn.entries.iter().filter_map(|entry| match serde_json::from_str(&entry.message).ok()? {
        payload::Line::Sent(message) => Some(format!("< {:?}", message.text())),
        payload::Line::Came(Content::Text(text)) => Some(format!("> {text:?}")),
        payload::Line::Came(other) => Some(format!("> {other:?}")),
        payload::Line::Note { note } => Some(format!("# {note}")),
    });
    texts.collect::<Vec<_>>().join(" ")
}

fn state(conversation: Option<&Conversation>) -> State {
    conversation.map_or(State::Ended, Conversation::state)
}

fn promise(conversation: &Conversation) -> Option<&Promise> {
    conversation.enquiry.as_ref().and_then(|enquiry: &Enquiry| enquiry.promise.as_ref())
}

fn ends(before: Option<&Conversation>, after: &Conversation, by_agent: Option<&str>) -> Result<(), String> {
    let ended = after.state() == State::Ended && state(before).is_our_turn();
    law(!ended || by_agent == Some("end"), || format!("R33: an end from {}", state(before).name()))
}

/// A customer's turn that the bot serves comes to something.
fn speaks(before: Option<&Conversation>, after: &Conversation, turn: &TurnCommit) -> Result<(), String> {
    let served = matches!(state(before), State::Bot | State::Settled | State::Asked | State::Ended);
    let speaks = turn.entries.iter().any(|entry| matches!(entry.who, Who::Bot));
    let run = after.enquiry.as_ref().and_then(|enquiry| enquiry.run.as_ref());
    let looks = run.is_some_and(|run| run.pending.is_some());
    let people = after.state().is_with_people() || after.state() == State::Held;
    law(!served || speaks || looks || people, || "R21: silence".to_owned())
}

/// A promise that was told goes only because a person or the customer acted, or the morning check asks instead.
fn promises(before: Option<&Conversation>, after: &Conversation, turn: &TurnCommit) -> Result<(), String> {
    let Some(was) = before.and_then(promise).filter(|promise| promise.told && !promise.over) else { return Ok(()) };
    let is = promise(after);
    let stands = is.is_some_and(|is| is.told || is.over);
    let acted = turn.audit.is_some() || !turn.taken.is_empty();
    let asks = after.state() == State::Asked;
    law(stands || acted || asks, || format!("R22: the promise {was:?} was dropped, there is {is:?}"))
}
