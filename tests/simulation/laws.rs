//! What must hold at every step, checked where the store's work is done, before anybody hears of it: nothing accepted is
//! lost or taken twice (R2, R38), order per contact (R2, R39), one customer one thread (R1), nothing left of whoever was
//! erased (R42), and what each turn must be ([`turns`]).

mod outbox;
mod threads;
mod turns;

use std::collections::{BTreeMap, BTreeSet};

use frontdesk::clock::Timestamp;
use frontdesk::conversation::state::{Conversation, State};
use frontdesk::message::{Content, Inbound};
use frontdesk::store::{
    Arrival, Arrived, Committed, ContactId, Finished, Identity, InboxKind, Job, JobId, Loaded, TurnCommit, TurnProblem,
};

pub use outbox::Begun;
use outbox::Outbox;
use threads::Threads;
use turns::Taken;

use super::agents::Deeds;
use super::world::World;

/// A server that loads a contact so often before it takes their turn reads them for something else, too.
const LOADS_MAX: usize = 16;

/// Everything that was seen to be done.
#[derive(Default)]
pub struct Laws {
    /// Clocks may be a little off, but nobody sets them.
    pub strict: bool,
    pub outbox: Outbox,
    pub threads: Threads,
    rows: BTreeMap<i64, Row>,
    messages: BTreeMap<String, i64>,
    /// Messages of whoever was erased: their redelivery is news.
    erased: BTreeSet<String>,
    contacts: BTreeMap<ContactId, Contact>,
    loads: BTreeMap<(usize, ContactId), Vec<Vec<i64>>>,
    /// Versions that the store keeps (R19).
    pub kept: BTreeSet<String>,
    /// How often agents did what, by the turns that were committed.
    pub deeds: BTreeMap<(String, String, ContactId), u32>,
}

/// A row of the inbox.
struct Row {
    contact: ContactId,
    kind: InboxKind,
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
    /// Lines of the thread by what was received.
    shown: BTreeSet<String>,
}

impl World {
    /// A server was told that what arrived is kept.
    pub fn received(&mut self, node: usize, arrivals: &[Arrival], arrived: &[Arrived]) -> Result<(), String> {
        let now = self.now();
        for (arrival, arrived) in arrivals.iter().zip(arrived) {
            match arrival {
                Arrival::Message { message_id, number_id, who, .. } => {
                    self.stir(format_args!("n{node} receives {message_id}: {arrived:?}"));
                    if let (Arrived::Stored { contact, .. }, Some(customer)) =
                        (arrived, self.whatsapp.customer_of(message_id))
                    {
                        self.laws.threads.message(*contact, number_id, who, customer)?;
                    }
                }
                Arrival::Status { job, delivery, .. } => {
                    let job = job.map(|job| job.to_string()).unwrap_or_default();
                    self.stir(format_args!("n{node} hears that {job} is {delivery:?}: {arrived:?}"));
                }
                Arrival::Renamed { number_id, old, new, at, .. } => {
                    self.stir(format_args!("n{node} hears that {old:?} is {new:?} on {number_id}: {arrived:?}"));
                    if let Arrived::Stored { contact, .. } = arrived {
                        self.laws.joined(*contact, number_id, new, *at)?;
                        self.laws.threads.renamed(*contact, number_id, old, new, now)?;
                    }
                }
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
                    let words = turns::words(turn);
                    let (version, state) = (made.row_version, after.state().name());
                    let who = turn.audit.as_ref().map_or("", |audit| audit.what.as_str());
                    let taken = &turn.taken;
                    let jobs: Vec<i64> = made.jobs.iter().map(|job| job.number).collect();
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
        for job in jobs {
            let (id, attempt, unsure) = (job.id, job.attempt, job.uncertain);
            self.stir(format_args!("n{node} is given {id}, try {attempt}, uncertain {unsure}"));
            self.laws.threads.alive(id.contact)?;
        }
        self.laws.outbox.claimed(node, jobs, now)
    }

    /// A server noted what came of jobs.
    pub fn finished(&mut self, node: usize, finished: &[Finished]) {
        let now = self.now();
        for finished in finished {
            let (job, outcome) = (finished.job, &finished.outcome);
            self.stir(format_args!("n{node} notes {job}: {outcome:?}"));
            self.laws.outbox.finished(finished, now);
        }
    }

    /// A contact was erased (R42).
    pub fn erased(&mut self, contact: ContactId) {
        let now = self.now();
        self.stir(format_args!("c{contact} is erased"));
        self.laws.erased(contact, now);
    }
}

impl Laws {
    fn arrived(&mut self, arrival: &Arrival, arrived: Arrived, now: Timestamp) -> Result<(), String> {
        match (arrival, arrived) {
            (Arrival::Message { message_id, at, payload, kind, .. }, Arrived::Stored { contact, inbox }) => {
                law(!self.messages.contains_key(message_id), || format!("R2: {message_id} was stored twice"))?;
                self.erased.remove(message_id);
                self.messages.insert(message_id.clone(), inbox);
                let content = serde_json::from_str::<Inbound>(payload).map_err(|error| error.to_string())?.content;
                let means = *kind == InboxKind::Message
                    && !matches!(content, Content::Reaction { .. } | Content::Edit { .. } | Content::Revoke { .. });
                let message = Some(message_id.clone());
                self.rows.insert(inbox, Row { contact, kind: *kind, means, message, taken: false });
                self.contacts.entry(contact).or_default().waiting.insert((*at, inbox));
            }
            (Arrival::Message { message_id, .. }, Arrived::Duplicate { .. }) => {
                law(self.messages.contains_key(message_id), || format!("R2: {message_id} was not here before"))?;
            }
            (Arrival::Message { message_id, .. }, other) => return Err(format!("R2: {message_id} became {other:?}")),
            (Arrival::Status { message_id, .. }, Arrived::Settled { job, delivery }) => {
                self.outbox.settled(job, message_id, delivery, now);
            }
            _ => {}
        }
        Ok(())
    }

    /// What was loaded lacks nothing that was kept before.
    pub fn loaded(&mut self, node: usize, loaded: &[Loaded]) -> Result<(), String> {
        for loaded in loaded {
            let id = loaded.contact.id;
            self.threads.alive(id)?;
            let rows: Vec<i64> = loaded.inbox.iter().map(|row| row.id).collect();
            let contact = self.contacts.entry(id).or_default();
            law(contact.waiting.iter().all(|(_, row)| rows.contains(row)), || {
                format!("R2: contact {id} was loaded without all that waits: {rows:?}")
            })?;
            law(loaded.inbox.is_sorted_by_key(|row| (row.at, row.id)), || {
                format!("R2: contact {id} was loaded out of the order that WhatsApp stamped: {rows:?}")
            })?;
            law(loaded.contact.row_version == contact.version, || format!("contact {id} was loaded as it is not"))?;
            for row in &loaded.inbox {
                self.rows.entry(row.id).or_insert_with(|| Row {
                    contact: id,
                    kind: row.kind,
                    means: row.kind == InboxKind::Message,
                    message: None,
                    taken: false,
                });
            }
            let loads = self.loads.entry((node, id)).or_default();
            loads.truncate(LOADS_MAX);
            loads.insert(0, rows);
        }
        Ok(())
    }

    fn turn(&mut self, node: usize, turn: &TurnCommit, made: &Committed, after: Conversation) -> Result<(), String> {
        let id = turn.contact;
        self.threads.alive(id)?;
        let contact = self.contacts.entry(id).or_default();
        law(made.row_version == contact.version + 1 && turn.expected == contact.version, || {
            format!("R38: turn {} of contact {id} came after turn {}", made.row_version, contact.version)
        })?;
        contact.version = made.row_version;
        let loads = self.loads.remove(&(node, id)).unwrap_or_default();
        law(loads.iter().any(|loaded| loaded.starts_with(&turn.taken)), || {
            format!("R2: contact {id}: {:?} was taken out of its order, {loads:?}", turn.taken)
        })?;
        let (mut means, mut echo) = (false, false);
        for taken in &turn.taken {
            let Some(row) = self.rows.get_mut(taken) else { return Err(format!("row {taken} came from nowhere")) };
            law(!row.taken && row.contact == id, || format!("R2: row {taken} was taken twice"))?;
            row.taken = true;
            means |= row.means;
            echo |= row.kind == InboxKind::Echo;
            contact.waiting.retain(|(_, waiting)| waiting != taken);
            if let Some(message) = &row.message {
                let lines = turn.entries.iter().filter(|entry| entry.message_id.as_ref() == Some(message)).count();
                law(lines == 1, || format!("R38: {message} was taken, and stands in the thread {lines} times"))?;
                law(contact.shown.insert(message.clone()), || format!("R2: {message} stands in the thread twice"))?;
            }
        }
        turns::lawful(&Taken { turn, before: contact.last.as_ref(), after: &after, means, echo })?;
        let open = after.enquiry.as_ref().filter(|enquiry| enquiry.state != State::Ended);
        law(open.is_none_or(|enquiry| self.kept.contains(&enquiry.version)), || {
            format!("R19: contact {id} is on a version that is not kept")
        })?;
        if let Some((who, what)) = turns::act(turn) {
            *self.deeds.entry((who.to_owned(), what.to_owned(), id)).or_default() += 1;
        }
        contact.last = Some(after);
        Ok(())
    }

    /// The store keeps these versions, and no others (R19).
    pub fn keeps(&mut self, versions: BTreeSet<String>) -> Result<(), String> {
        self.kept = versions;
        for (id, contact) in &self.contacts {
            let open = contact.last.as_ref().and_then(|last| last.enquiry.as_ref());
            let open = open.filter(|enquiry| enquiry.state != State::Ended);
            law(open.is_none_or(|enquiry| self.kept.contains(&enquiry.version)), || {
                format!("R19: the version that contact {id} is on was forgotten")
            })?;
        }
        Ok(())
    }

    /// Who was made by messages that overtook this notice, and had no turn, is this contact: what waits comes along (R1).
    fn joined(&mut self, contact: ContactId, number: &str, new: &Identity, at: Timestamp) -> Result<(), String> {
        for early in self.threads.others(contact, number, new) {
            let is_other =
                |early: &Contact| early.version > 0 || early.waiting.first().is_some_and(|(written, _)| *written < at);
            if self.contacts.get(&early).is_some_and(is_other) {
                continue;
            }
            let waiting = self.contacts.remove(&early).unwrap_or_default().waiting;
            self.rows.values_mut().filter(|row| row.contact == early).for_each(|row| row.contact = contact);
            self.contacts.entry(contact).or_default().waiting.extend(waiting);
            self.threads.joined(early, contact, at)?;
        }
        Ok(())
    }

    fn erased(&mut self, contact: ContactId, now: Timestamp) {
        self.threads.erased(contact, now);
        self.contacts.remove(&contact);
        let gone = self.rows.extract_if(.., |_, row| row.contact == contact);
        for message in gone.filter_map(|(_, row)| row.message) {
            self.messages.remove(&message);
            self.erased.insert(message);
        }
    }

    /// WhatsApp takes a job from a server that sent it at `begun`.
    pub fn taken(&mut self, node: usize, job: JobId, begun: Begun, now: Timestamp) -> Result<(), String> {
        self.outbox.taken(node, job, begun, now)
    }

    /// A server sends a job from a business number to a name.
    pub fn addressed(&self, node: usize, job: JobId, number: &str, to: &str) -> Result<(), String> {
        match self.outbox.given(node, job) {
            Some(given) => self.threads.addressed(job, number, to, given),
            None => Err(format!("R39: n{node} sends {job}, which it was not given")),
        }
    }

    /// Whether a message is kept, or was erased.
    pub fn is_kept(&self, message: &str) -> bool {
        self.messages.contains_key(message) || self.erased.contains(message)
    }

    /// All contacts who were not erased.
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

    /// No promise that was told has passed in silence while it is our turn (R22).
    pub fn no_promise_forgotten(&self, now: Timestamp) -> Result<(), String> {
        for (id, contact) in &self.contacts {
            let ours = contact.last.as_ref().filter(|last| last.state().is_our_turn());
            let promise = ours.and_then(turns::promise);
            law(promise.is_none_or(|promise| !promise.told || promise.over || promise.at > now), || {
                format!("R22: the promise to contact {id} was forgotten: {promise:?}")
            })?;
        }
        Ok(())
    }

    /// What an agent was told was done, was done, and once (R38).
    pub fn done_as_told(&self, told: &Deeds) -> Result<(), String> {
        for ((who, what, contact), (certain, unknown)) in told {
            let done = self.deeds.get(&((*who).to_owned(), (*what).to_owned(), *contact)).copied().unwrap_or_default();
            law((*certain..=certain + unknown).contains(&done), || {
                format!(
                    "R38: {what} by {who} on contact {contact} was done {done} times, told {certain}, unsure {unknown}"
                )
            })?;
        }
        Ok(())
    }

    /// Nobody waits for a lookup that is lost (R18).
    pub fn no_lookup_awaited(&self, now: Timestamp) -> Result<(), String> {
        for (id, contact) in &self.contacts {
            let enquiry = contact.last.as_ref().and_then(|last| last.enquiry.as_ref());
            let run = enquiry.filter(|enquiry| enquiry.state != State::Ended).and_then(|enquiry| enquiry.run.as_ref());
            let pending = run.and_then(|run| run.pending.as_ref());
            law(pending.is_none_or(|pending| pending.until > now), || {
                format!("R18: contact {id} waits for a lookup that is lost: {pending:?}")
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
