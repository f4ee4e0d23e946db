//! Short words for what the contract stores.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use frontdesk::clock::Timestamp;
use frontdesk::message::Delivery;
use frontdesk::store::{
    Arrival, Arrived, Card, Claim, ContactId, Finished, Identity, InboxKind, Job, JobId, Loaded, NewEntry, NewJob,
    SendOutcome, Store, TurnCommit, Who,
};

/// The business number of most cases.
pub const NUMBER: &str = "100";
/// How long a lease lasts in these tests, in seconds.
pub const LEASE: i64 = 60;
/// How long a status is waited for, in seconds.
pub const SETTLE: i64 = 30;

/// So many seconds after the tests' zero.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// A customer by number and id; empty is unknown.
pub fn known(wa_id: &str, user_id: &str) -> Identity {
    let part = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty());
    Identity { wa_id: part(wa_id), user_id: part(user_id), name: None }
}

/// A message as it arrives; its payload is its id.
pub fn message(who: &Identity, id: &str, stamped: i64) -> Arrival {
    Arrival::Message {
        number_id: NUMBER.into(),
        who: who.clone(),
        kind: InboxKind::Message,
        message_id: id.into(),
        at: at(stamped),
        payload: id.into(),
    }
}

/// Receives one arrival now.
pub async fn receive(store: &Arc<dyn Store>, arrival: Arrival, now: i64) -> Arrived {
    store.receive(vec![arrival], at(now)).await.unwrap()[0]
}

/// The contact with this number, made if there is none.
pub async fn contact(store: &Arc<dyn Store>, wa_id: &str) -> ContactId {
    store.contact(NUMBER.into(), known(wa_id, ""), at(0)).await.unwrap().id
}

/// A contact with what waits for it.
pub async fn load(store: &Arc<dyn Store>, contact: ContactId) -> Loaded {
    store.load(vec![contact]).await.unwrap().remove(0)
}

/// What waits in a contact's inbox, by payload.
pub async fn waiting(store: &Arc<dyn Store>, contact: ContactId) -> Vec<String> {
    load(store, contact).await.inbox.into_iter().map(|row| row.payload).collect()
}

/// A turn that changes nothing but the state.
pub fn turn(contact: ContactId, expected: i64) -> TurnCommit {
    TurnCommit {
        contact,
        expected,
        at: at(10),
        state: format!("{{\"turn\":{}}}", expected + 1),
        form: 1,
        card: Card::default(),
        taken: vec![],
        entries: vec![],
        jobs: vec![],
        timers: vec![],
        reasons: "[]".into(),
        facts: vec![],
        audit: None,
    }
}

/// A turn whose card says that the enquiry is in this state.
pub fn standing(contact: ContactId, expected: i64, state: &str) -> TurnCommit {
    TurnCommit { card: Card { state: Some(state.into()), ..Card::default() }, ..turn(contact, expected) }
}

/// A turn that sends these texts.
pub fn saying(contact: ContactId, expected: i64, texts: &[&str]) -> TurnCommit {
    let entries = texts.iter().map(|text| entry(Who::Bot, text)).collect();
    let jobs = texts.iter().enumerate().map(|(position, text)| job(text, Some(position))).collect();
    TurnCommit { entries, jobs, ..turn(contact, expected) }
}

pub fn entry(who: Who, message: &str) -> NewEntry {
    NewEntry { at: at(10), who, enquiry: Some(1), message: message.into(), secret: false, message_id: None }
}

pub fn job(payload: &str, entry: Option<usize>) -> NewJob {
    NewJob { payload: payload.into(), entry, not_before: None }
}

/// Commits one turn that ought to succeed; its jobs.
pub async fn commit(store: &Arc<dyn Store>, turn: TurnCommit) -> Vec<JobId> {
    store.commit_turns(vec![turn]).await.unwrap().remove(0).unwrap().jobs
}

/// A wish for nothing, at second 10.
pub fn wish() -> Claim {
    let (lease, settle) = (Duration::ZERO, Duration::ZERO);
    let (room, rooms, after, except) = (u32::MAX, BTreeMap::new(), None, vec![]);
    Claim { worker: "w".into(), now: at(10), lease, settle, limit: 0, room, rooms, after, except }
}

/// What `worker` gets to send at `now`.
pub async fn claim_as(store: &Arc<dyn Store>, worker: &str, now: i64) -> Vec<Job> {
    let seconds = |seconds: i64| Duration::from_secs(seconds.unsigned_abs());
    let (lease, settle) = (seconds(LEASE), seconds(SETTLE));
    let claim = Claim { worker: worker.into(), now: at(now), lease, settle, limit: 10, ..wish() };
    store.claim_jobs(claim).await.unwrap()
}

/// What the worker `w` gets to send at `now`.
pub async fn claim(store: &Arc<dyn Store>, now: i64) -> Vec<Job> {
    claim_as(store, "w", now).await
}

/// The payloads of what the worker `w` gets to send at `now`.
pub async fn claimed(store: &Arc<dyn Store>, now: i64) -> Vec<String> {
    claim(store, now).await.into_iter().map(|job| job.payload).collect()
}

/// What became of a job that the worker `w` had.
pub async fn finish(store: &Arc<dyn Store>, job: JobId, outcome: SendOutcome, now: i64) {
    let finished = Finished { job, worker: "w".into(), outcome };
    store.finish_jobs(vec![finished], at(now)).await.unwrap();
}

pub fn sent(message_id: &str) -> SendOutcome {
    SendOutcome::Sent { message_id: message_id.into(), recipient: Identity::default() }
}

/// A status by the channel's id of our message.
pub fn status(message_id: &str, delivery: Delivery) -> Arrival {
    Arrival::Status {
        number_id: NUMBER.into(),
        message_id: message_id.into(),
        job: None,
        delivery,
        failure: (delivery == Delivery::Failed).then(|| "no".into()),
        retry_at: None,
        payload: "undeliverable".into(),
    }
}

/// The same with what we attached to the message.
pub fn about(job: JobId, status: Arrival) -> Arrival {
    match status {
        Arrival::Status { number_id, message_id, delivery, failure, retry_at, payload, .. } => {
            Arrival::Status { number_id, message_id, job: Some(job), delivery, failure, retry_at, payload }
        }
        other => other,
    }
}

/// The same, for a failure that passes.
pub fn passing(status: Arrival, retry: i64) -> Arrival {
    match status {
        Arrival::Status { number_id, message_id, job, delivery, failure, payload, .. } => {
            Arrival::Status { number_id, message_id, job, delivery, failure, retry_at: Some(at(retry)), payload }
        }
        other => other,
    }
}
