//! The inbox: what arrives is kept before it is answered for (R2), and waits in the order WhatsApp stamped it.

use rusqlite::{Connection, Row, params};

use super::convert::{all, at_most, insert, millis, one, time};
use super::{contacts, status};
use crate::clock::Timestamp;
use crate::store::{Arrival, Arrived, ContactId, InboxKind, InboxRow, Pending, StoreError};

/// [`super::Store::receive`].
pub fn receive(connection: &Connection, arrivals: &[Arrival], now: Timestamp) -> Result<Vec<Arrived>, StoreError> {
    arrivals.iter().map(|arrival| take_in(connection, arrival, now)).collect()
}

fn take_in(connection: &Connection, arrival: &Arrival, now: Timestamp) -> Result<Arrived, StoreError> {
    match arrival {
        Arrival::Message { number_id, who, kind, message_id, at, payload } => {
            let known = "SELECT contact FROM inbox WHERE number_id = ?1 AND message_id = ?2";
            if let Some(contact) = one(connection, known, [number_id, message_id], |row| row.get(0))? {
                return Ok(Arrived::Duplicate { contact });
            }
            let contact = contacts::find_or_make(connection, number_id, who, *at, now)?;
            let new = New { contact, number_id, message_id: Some(message_id), kind: *kind, at: *at, payload };
            Ok(Arrived::Stored { contact, inbox: add(connection, &new, now)? })
        }
        Arrival::Renamed { number_id, old, new, at, payload } => {
            let Some(contact) = contacts::find(connection, number_id, old, *at)? else {
                let there = contacts::find(connection, number_id, new, *at)?;
                return Ok(there.map_or(Arrived::Unknown, |contact| Arrived::Duplicate { contact }));
            };
            if !contacts::rename(connection, number_id, contact, new, *at)? {
                return Ok(Arrived::Duplicate { contact });
            }
            let kind = InboxKind::Renamed;
            let new = New { contact, number_id, message_id: None, kind, at: *at, payload };
            Ok(Arrived::Stored { contact, inbox: add(connection, &new, now)? })
        }
        Arrival::Status { number_id, message_id, job, delivery, failure, retry_at, payload } => {
            let (job, delivery, retry_at, failure) = (*job, *delivery, *retry_at, failure.as_deref());
            let told = status::Told { number_id, message_id, job, delivery, failure, retry_at, payload };
            status::settle(connection, &told, now)
        }
    }
}

/// Tells the next turn that a message of ours will never arrive (R39); the row's key.
pub fn add_undeliverable(
    connection: &Connection,
    contact: ContactId,
    number_id: &str,
    payload: &str,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let kind = InboxKind::Undeliverable;
    add(connection, &New { contact, number_id, message_id: None, kind, at: now, payload }, now)
}

/// A row to add.
struct New<'a> {
    contact: ContactId,
    number_id: &'a str,
    /// The channel's id of it, for things that are delivered more than once.
    message_id: Option<&'a str>,
    kind: InboxKind,
    at: Timestamp,
    payload: &'a str,
}

/// Adds a row; its key.
fn add(connection: &Connection, new: &New<'_>, now: Timestamp) -> Result<i64, StoreError> {
    insert(
        connection,
        "INSERT INTO inbox (contact, number_id, message_id, kind, at, received_at, payload) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![new.contact, new.number_id, new.message_id, new.kind.name(), millis(new.at), millis(now), new.payload],
    )
}

/// What no turn of this contact has taken, in the order it was written.
pub fn of(connection: &Connection, contact: ContactId) -> Result<Vec<InboxRow>, StoreError> {
    let sql = "SELECT id, kind, at, received_at, payload FROM inbox WHERE contact = ?1 AND taken_by IS NULL \
               ORDER BY at, id LIMIT 1000";
    all(connection, sql, [contact], row)
}

/// [`super::Store::pending`].
pub fn pending(connection: &Connection, after: ContactId, limit: u32) -> Result<Vec<Pending>, StoreError> {
    let sql = "SELECT contact, min(received_at), max(received_at), count(*) FROM inbox \
               WHERE taken_by IS NULL AND contact > ?1 GROUP BY contact ORDER BY contact LIMIT ?2";
    all(connection, sql, params![after, at_most(limit)], |row| {
        let (first, last) = (time(row.get(1)?), time(row.get(2)?));
        Ok(Pending { contact: row.get(0)?, first, last, count: row.get(3)? })
    })
}

/// A row of the inbox.
pub fn row(row: &Row<'_>) -> rusqlite::Result<InboxRow> {
    let kind: String = row.get("kind")?;
    Ok(InboxRow {
        id: row.get("id")?,
        kind: InboxKind::from_name(&kind).unwrap_or(InboxKind::Message),
        at: time(row.get("at")?),
        received_at: time(row.get("received_at")?),
        payload: row.get("payload")?,
    })
}
