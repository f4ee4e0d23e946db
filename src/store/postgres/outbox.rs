//! The outbox: what was committed to be sent is handed out in order per contact, under a lease, until it is settled (R39).

use serde_json::{Value, json};
use tokio_postgres::Row;

use super::link::{Again, Link};
use super::param::{at_most, get, get_flag, get_time, get_u32, maybe_time, params, span, time};
use crate::clock::Timestamp;
use crate::store::{Claim, ContactId, Finished, Identity, Job, JobId, SendOutcome, StoreError};

/// [`super::Store::claim_jobs`].
pub async fn claim(link: &Link, claim: Claim) -> Result<Vec<Job>, StoreError> {
    let sql = "SELECT * FROM frontdesk_claim_jobs($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (lease, settle, room, most) =
        (span(claim.lease), span(claim.settle), at_most(claim.room), at_most(claim.limit));
    let (rooms, after) = (json!(claim.rooms), claim.after);
    let values = params![claim.worker, claim.now, lease, settle, claim.except, room, rooms, after, most];
    link.ask(Again::No, sql, values).await?.iter().map(job).collect()
}

fn job(row: &Row) -> Result<Job, StoreError> {
    Ok(Job {
        id: JobId { contact: get(row, "contact")?, number: get(row, "number")? },
        number_id: get(row, "number_id")?,
        to: Identity { wa_id: get(row, "wa_id")?, user_id: get(row, "user_id")?, name: get(row, "name")? },
        payload: get(row, "payload")?,
        attempt: get_u32(row, "attempts")?,
        created_at: get_time(row, "created_at")?,
        wrote_at: maybe_time(row, "wrote_at")?,
        uncertain: get_flag(row, "uncertain")?,
    })
}

/// [`super::Store::next_job`].
pub async fn next(link: &Link, except: Vec<ContactId>, held: Vec<String>) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT frontdesk_next_job($1, $2) AS at";
    let row = link.ask_one(Again::Yes, sql, params![except, held]).await?;
    Ok(row.map(|row| get::<Option<i64>>(&row, "at")).transpose()?.flatten().map(time))
}

/// [`super::Store::finish_jobs`].
pub async fn finish(link: &Link, finished: &[Finished], now: Timestamp) -> Result<(), StoreError> {
    let finished: Vec<Value> = finished.iter().map(spell).collect();
    let values = params![Value::from(finished), now, link.node.as_str()];
    link.ask(Again::Yes, "SELECT frontdesk_finish($1, $2, $3)", values).await.map(drop)
}

fn spell(finished: &Finished) -> Value {
    let mut spelt = json!({
        "contact": finished.job.contact, "job": finished.job.number, "worker": finished.worker,
        "status": "queued", "delivery": "queued", "uncertain": 0, "taken_back": 0,
    });
    let part = |part: &Option<String>| part.clone().filter(|part| !part.is_empty());
    let change = match &finished.outcome {
        SendOutcome::Sent { message_id, recipient } => json!({
            "status": "sent", "delivery": "sent", "message_id": message_id, "user_id": part(&recipient.user_id),
            "wa_id": part(&recipient.wa_id),
        }),
        SendOutcome::Retry { at, failure } => json!({ "ready_at": at.timestamp_millis(), "failure": failure }),
        SendOutcome::Postponed { until } => json!({ "ready_at": until.timestamp_millis(), "taken_back": 1 }),
        SendOutcome::Unknown { until, failure } => json!({
            "status": "unknown", "ready_at": until.timestamp_millis(), "failure": failure, "uncertain": 1,
        }),
        SendOutcome::Failed { failure, payload } => json!({
            "status": "failed", "delivery": "failed", "failure": failure, "payload": payload,
        }),
    };
    if let (Some(spelt), Value::Object(change)) = (spelt.as_object_mut(), change) {
        spelt.extend(change);
    }
    spelt
}
