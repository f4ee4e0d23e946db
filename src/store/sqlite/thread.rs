//! The thread as people read it, and the reasons of each turn.

use rusqlite::{Connection, Row, params};

use super::convert::{all, at_most, millis, run, time};
use crate::store::names::{delivery, who, who_name};
use crate::store::{ContactId, Entry, NewEntry, StoreError, ThreadQuery, Why};

/// Adds a line; `queued` says that it is to be sent.
pub fn add(
    connection: &Connection,
    contact: ContactId,
    turn: i64,
    seq: i64,
    entry: &NewEntry,
    queued: bool,
) -> Result<(), StoreError> {
    let (who, name) = who_name(&entry.who);
    run(
        connection,
        "INSERT INTO entries (contact, seq, turn, at, who, name, enquiry, message, secret, message_id, delivery) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            contact,
            seq,
            turn,
            millis(entry.at),
            who,
            name,
            entry.enquiry,
            entry.message,
            entry.secret,
            entry.message_id,
            queued.then_some("queued"),
        ],
    )
    .map(drop)
}

/// [`super::Store::thread`].
pub fn read(connection: &Connection, query: &ThreadQuery) -> Result<Vec<Entry>, StoreError> {
    let sql = "SELECT * FROM entries WHERE contact = ?1 AND seq > ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4";
    let before = query.before.unwrap_or(i64::MAX);
    let mut entries = all(connection, sql, params![query.contact, query.after, before, at_most(query.limit)], row)?;
    entries.reverse();
    Ok(entries)
}

/// [`super::Store::why`].
pub fn why(
    connection: &Connection,
    contact: ContactId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Why>, StoreError> {
    let sql = "SELECT turn, at, reasons FROM turns WHERE contact = ?1 AND turn < ?2 ORDER BY turn DESC LIMIT ?3";
    all(connection, sql, params![contact, before.unwrap_or(i64::MAX), at_most(limit)], |row| {
        Ok(Why { turn: row.get(0)?, at: time(row.get(1)?), reasons: row.get(2)? })
    })
}

/// A line of the thread.
pub fn row(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        contact: row.get("contact")?,
        seq: row.get("seq")?,
        turn: row.get("turn")?,
        at: time(row.get("at")?),
        who: who(&row.get::<_, String>("who")?, row.get("name")?),
        enquiry: row.get("enquiry")?,
        message: row.get("message")?,
        secret: row.get("secret")?,
        message_id: row.get("message_id")?,
        delivery: row.get::<_, Option<String>>("delivery")?.map(|name| delivery(&name)),
        failure: row.get("failure")?,
    })
}
