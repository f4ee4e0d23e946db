//! The outbox: what was committed to be sent is handed out in order per contact, under a lease, until it is settled (R39).

use rusqlite::{Connection, Row, params};

use super::convert::{all, at_most, maybe_time, millis, one, run, span, time};
use super::{contacts, inbox};
use crate::clock::Timestamp;
use crate::message::Delivery;
use crate::store::names::delivery_name;
use crate::store::{Claim, ContactId, Finished, Identity, Job, JobId, SendOutcome, StoreError};

/// [`super::Store::claim_jobs`].
pub fn claim(connection: &Connection, claim: &Claim) -> Result<Vec<Job>, StoreError> {
    let now = millis(claim.now);
    // Whoever held these is gone, it seems, and nobody knows whether the message is, unless its status said so: that has
    // time to come. A holder that is only slow, or whose clock is behind, may still say.
    run(
        connection,
        "UPDATE outbox SET status = iif(delivery = 'queued', 'unknown', 'sent'), uncertain = 1, ready_at = ?2 \
         WHERE status = 'sending' AND ready_at <= ?1",
        params![now, now.saturating_add(span(claim.settle))],
    )?;
    let mut ready = Vec::new();
    for number_id in numbers(connection, claim.after.as_deref())? {
        let room = claim.room_of(&number_id, ready.len());
        if room > 0 {
            ready.extend(ready_of(connection, &number_id, claim, room)?);
        }
    }
    ready.sort_unstable();
    let ends = now.saturating_add(span(claim.lease));
    ready.into_iter().map(|(_, number)| lease(connection, number, &claim.worker, ends)).collect()
}

/// The business numbers for which something waits, those after this one first. Each is found in one step, however much waits.
fn numbers(connection: &Connection, after: Option<&str>) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT min(number_id) FROM outbox WHERE status IN ('queued', 'unknown') AND number_id > ?1";
    let mut numbers = Vec::new();
    let mut last = String::new();
    while let Some(next) = one(connection, sql, [&last], |row| row.get::<_, Option<String>>(0))?.flatten() {
        numbers.push(next.clone());
        last = next;
    }
    let before = after.map_or(0, |after| numbers.partition_point(|number| number.as_str() <= after));
    numbers.rotate_left(before);
    Ok(numbers)
}

/// What may be sent now from a number, the longest ready first: when it was ready, and its number.
fn ready_of(connection: &Connection, number_id: &str, claim: &Claim, room: u32) -> Result<Vec<(i64, i64)>, StoreError> {
    let sql = "SELECT ready_at, number FROM outbox AS job \
               WHERE status IN ('queued', 'unknown') AND number_id = ?1 AND ready_at <= ?2 \
               AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.contact = job.contact \
                   AND earlier.status IN ('queued', 'sending', 'unknown') AND earlier.number < job.number) \
               AND job.contact NOT IN (SELECT value FROM json_each(?3)) ORDER BY ready_at, number LIMIT ?4";
    let values = params![number_id, millis(claim.now), list(&claim.except), at_most(room)];
    all(connection, sql, values, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Makes a job the worker's.
fn lease(connection: &Connection, number: i64, worker: &str, ends: i64) -> Result<Job, StoreError> {
    let taken = "UPDATE outbox SET attempts = attempts + 1, status = 'sending', leased_by = ?2, ready_at = ?3 \
                 WHERE number = ?1";
    run(connection, taken, params![number, worker, ends])?;
    let sql = "SELECT job.*, wa_id, user_id, name, wrote_at FROM outbox AS job \
               LEFT JOIN contacts ON contacts.id = job.contact WHERE number = ?1";
    one(connection, sql, [number], job)?.ok_or_else(|| StoreError::Corrupt(format!("job {number} went away")))
}

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    Ok(Job {
        id: JobId { contact: row.get("contact")?, number: row.get("number")? },
        number_id: row.get("number_id")?,
        to: Identity { wa_id: row.get("wa_id")?, user_id: row.get("user_id")?, name: row.get("name")? },
        payload: row.get("payload")?,
        attempt: row.get("attempts")?,
        created_at: time(row.get("created_at")?),
        wrote_at: maybe_time(row, "wrote_at")?,
        uncertain: row.get("uncertain")?,
    })
}

/// [`super::Store::next_job`].
pub fn next(connection: &Connection, except: &[ContactId], held: &[String]) -> Result<Option<Timestamp>, StoreError> {
    let leased = "SELECT ready_at FROM outbox WHERE status = 'sending' \
                  AND contact NOT IN (SELECT value FROM json_each(?1)) \
                  AND number_id NOT IN (SELECT value FROM json_each(?2)) ORDER BY ready_at LIMIT 1";
    let mut next: Option<i64> = one(connection, leased, [list(except), list(held)], |row| row.get(0))?;
    let ready = "SELECT ready_at FROM outbox AS job WHERE status IN ('queued', 'unknown') AND number_id = ?1 \
                 AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.contact = job.contact \
                     AND earlier.status IN ('queued', 'sending', 'unknown') AND earlier.number < job.number) \
                 AND job.contact NOT IN (SELECT value FROM json_each(?2)) ORDER BY ready_at, number LIMIT 1";
    for number_id in numbers(connection, None)?.into_iter().filter(|number| !held.contains(number)) {
        let of_number = one(connection, ready, params![number_id, list(except)], |row| row.get(0))?;
        next = next.into_iter().chain(of_number).min();
    }
    Ok(next.map(time))
}

/// As the engine reads a list.
fn list<T: Clone + Into<serde_json::Value>>(of: &[T]) -> String {
    serde_json::Value::from(of).to_string()
}

/// [`super::Store::finish_jobs`].
pub fn finish(connection: &Connection, finished: &[Finished], now: Timestamp) -> Result<(), StoreError> {
    for Finished { job, worker, outcome } in finished {
        let Some((number_id, has_failed)) = note(connection, *job, worker, &change(outcome))? else { continue };
        mirror(connection, job.number)?;
        match outcome {
            SendOutcome::Sent { recipient, .. } => {
                contacts::add_names(connection, &number_id, job.contact, recipient)?;
            }
            SendOutcome::Failed { payload: Some(payload), .. } if has_failed => {
                inbox::add_undeliverable(connection, job.contact, &number_id, payload, now)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What an outcome writes to its job.
struct Change<'a> {
    status: &'static str,
    delivery: Delivery,
    ready_at: Option<Timestamp>,
    message_id: Option<&'a str>,
    failure: Option<&'a str>,
    uncertain: bool,
    tries_taken_back: u32,
}

fn change(outcome: &SendOutcome) -> Change<'_> {
    let queued = Change {
        status: "queued",
        delivery: Delivery::Queued,
        ready_at: None,
        message_id: None,
        failure: None,
        uncertain: false,
        tries_taken_back: 0,
    };
    match outcome {
        SendOutcome::Sent { message_id, .. } => {
            Change { status: "sent", delivery: Delivery::Sent, message_id: Some(message_id), ..queued }
        }
        SendOutcome::Retry { at, failure } => Change { ready_at: Some(*at), failure: Some(failure), ..queued },
        SendOutcome::Postponed { until } => Change { ready_at: Some(*until), tries_taken_back: 1, ..queued },
        SendOutcome::Unknown { until, failure } => {
            let ready_at = Some(*until);
            Change { status: "unknown", ready_at, failure: Some(failure), uncertain: true, ..queued }
        }
        SendOutcome::Failed { failure, .. } => {
            Change { status: "failed", delivery: Delivery::Failed, failure: Some(failure), ..queued }
        }
    }
}

/// Writes an outcome to its job; the business number and whether the job has failed, unless it does not wait for this outcome
/// any more. That a message was sent is true whoever holds the lease now, but for one whose failure was told already;
/// everything else is the last holder's to say. While another's try may be under way, the job stays theirs: the next message
/// would overtake the second copy. Where it is known that an earlier try went out, the job was held only for the sake of
/// order, and is sent.
fn note(
    connection: &Connection,
    job: JobId,
    worker: &str,
    change: &Change<'_>,
) -> Result<Option<(String, bool)>, StoreError> {
    one(
        connection,
        "UPDATE outbox SET leased_by = iif(status = 'sending' AND leased_by IS NOT ?3, leased_by, NULL), \
         status = CASE WHEN status = 'sending' AND leased_by IS NOT ?3 THEN status \
             WHEN delivery = 'queued' THEN ?4 ELSE 'sent' END, \
         delivery = iif(delivery = 'queued', ?5, delivery), ready_at = coalesce(?6, ready_at), \
         message_id = iif(delivery = 'queued', coalesce(?7, message_id), message_id), \
         uncertain = max(uncertain, ?9), attempts = attempts - ?10, \
         failure = iif(delivery = 'queued' AND ?4 <> 'sent', coalesce(?8, failure), NULL) \
         WHERE number = ?1 AND contact = ?2 AND ((status IN ('sending', 'unknown') AND leased_by = ?3) \
             OR (?4 = 'sent' AND status IN ('queued', 'sending', 'unknown') AND attempts > 0 \
                 AND (delivery <> 'queued' OR message_id IS NOT ?7))) \
         RETURNING number_id, status = 'failed'",
        params![
            job.number,
            job.contact,
            worker,
            change.status,
            delivery_name(change.delivery),
            change.ready_at.map(millis),
            change.message_id,
            change.failure,
            change.uncertain,
            change.tries_taken_back,
        ],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Shows in the thread how a job stands.
pub fn mirror(connection: &Connection, number: i64) -> Result<(), StoreError> {
    run(
        connection,
        "UPDATE entries SET delivery = job.delivery, message_id = job.message_id, failure = job.failure \
         FROM outbox AS job WHERE job.number = ?1 AND entries.contact = job.contact AND entries.seq = job.entry",
        [number],
    )
    .map(drop)
}
