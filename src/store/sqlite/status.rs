//! What WhatsApp says became of a message, which settles its job (R39). Statuses come twice, late and out of order.

use rusqlite::{Connection, Row, params};

use super::convert::{millis, one, run};
use super::inbox;
use super::outbox::mirror;
use crate::clock::Timestamp;
use crate::message::Delivery;
use crate::store::names::{TRIES_MAX, delivery, delivery_name};
use crate::store::{Arrived, ContactId, JobId, StoreError};

/// A status; the fields of [`crate::store::Arrival::Status`].
pub struct Told<'a> {
    pub number_id: &'a str,
    pub message_id: &'a str,
    pub job: Option<JobId>,
    pub delivery: Delivery,
    pub failure: Option<&'a str>,
    pub retry_at: Option<Timestamp>,
    pub payload: &'a str,
}

/// The job it is about, as it stands.
struct Stand {
    number: i64,
    contact: ContactId,
    status: String,
    attempts: u32,
    message_id: Option<String>,
    delivery: Delivery,
}

impl Stand {
    /// An earlier try arrived, and the job waits for the end of the last.
    fn is_held(&self) -> bool {
        self.status == "sending" && self.delivery != Delivery::Queued
    }
}

/// Settles the job that a status is about, by what we attached to the message or by the channel's id of it.
pub fn settle(connection: &Connection, told: &Told<'_>, now: Timestamp) -> Result<Arrived, StoreError> {
    let Some(stand) = find(connection, told)? else { return Ok(Arrived::Unknown) };
    if is_old_news(&stand, told) {
        return Ok(Arrived::Duplicate { contact: stand.contact });
    }
    match (told.delivery, told.retry_at) {
        (Delivery::Failed, Some(at)) if stand.attempts < TRIES_MAX => retry(connection, &stand, told, at),
        (Delivery::Failed, _) => fail(connection, &stand, told, now),
        _ => advance(connection, &stand, told),
    }
}

fn find(connection: &Connection, told: &Told<'_>) -> Result<Option<Stand>, StoreError> {
    let by = "SELECT number, contact, status, attempts, message_id, delivery FROM outbox WHERE number_id = ?1";
    if let Some(job) = told.job {
        let sql = format!("{by} AND number = ?2 AND contact = ?3");
        let found = one(connection, &sql, params![told.number_id, job.number, job.contact], stand)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    one(connection, &format!("{by} AND message_id = ?2"), [told.number_id, told.message_id], stand)
}

fn stand(row: &Row<'_>) -> rusqlite::Result<Stand> {
    Ok(Stand {
        number: row.get(0)?,
        contact: row.get(1)?,
        status: row.get(2)?,
        attempts: row.get(3)?,
        message_id: row.get(4)?,
        delivery: delivery(&row.get::<_, String>(5)?),
    })
}

fn is_old_news(stand: &Stand, told: &Told<'_>) -> bool {
    let same_try = stand.message_id.as_deref() == Some(told.message_id);
    let arrived = matches!(told.delivery, Delivery::Delivered | Delivery::Read);
    let status = if stand.is_held() { "sent" } else { stand.status.as_str() };
    match status {
        "failed" => true,
        // A later try went out; what failed before it does not matter any more.
        "sent" if !same_try && stand.message_id.is_some() => !arrived || told.delivery <= stand.delivery,
        "sent" if told.delivery == Delivery::Failed => {
            matches!(stand.delivery, Delivery::Delivered | Delivery::Read | Delivery::Failed)
        }
        "sent" => told.delivery <= stand.delivery,
        // The try this is about has failed and waits to be repeated.
        _ => same_try && !arrived,
    }
}

/// The message is on its way or there. While another try may be under way, the job stays its holder's: the next message would
/// overtake the second copy.
fn advance(connection: &Connection, stand: &Stand, told: &Told<'_>) -> Result<Arrived, StoreError> {
    let is_tried_again = stand.status == "sending" && stand.attempts > 1;
    run(
        connection,
        "UPDATE outbox SET status = iif(?4, status, 'sent'), leased_by = iif(?4, leased_by, NULL), delivery = ?2, \
         message_id = ?3, failure = NULL WHERE number = ?1",
        params![stand.number, delivery_name(told.delivery), told.message_id, is_tried_again],
    )?;
    mirror(connection, stand.number)?;
    Ok(settled(stand, told.delivery))
}

/// It failed for a reason that passes: the job waits for its next try. A later one that may be under way is waited for.
fn retry(connection: &Connection, stand: &Stand, told: &Told<'_>, at: Timestamp) -> Result<Arrived, StoreError> {
    run(
        connection,
        "UPDATE outbox SET status = 'queued', delivery = 'queued', uncertain = 0, message_id = ?3, \
         ready_at = max(?2, iif(status = 'sending' AND attempts > 1, ready_at, 0)), failure = ?4, leased_by = NULL \
         WHERE number = ?1",
        params![stand.number, millis(at), told.message_id, told.failure],
    )?;
    mirror(connection, stand.number)?;
    Ok(settled(stand, Delivery::Queued))
}

/// It will never arrive: the conversation hears of it.
fn fail(connection: &Connection, stand: &Stand, told: &Told<'_>, now: Timestamp) -> Result<Arrived, StoreError> {
    run(
        connection,
        "UPDATE outbox SET status = 'failed', delivery = 'failed', message_id = ?2, failure = ?3, leased_by = NULL \
         WHERE number = ?1",
        params![stand.number, told.message_id, told.failure],
    )?;
    mirror(connection, stand.number)?;
    let inbox = inbox::add_undeliverable(connection, stand.contact, told.number_id, told.payload, now)?;
    Ok(Arrived::Stored { contact: stand.contact, inbox })
}

const fn settled(stand: &Stand, delivery: Delivery) -> Arrived {
    Arrived::Settled { job: JobId { contact: stand.contact, number: stand.number }, delivery }
}
