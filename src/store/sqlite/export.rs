//! Everything of a contact (R42): read in one piece, and removed in one piece.
//!
//! What is done with (messages taken, jobs settled, facts) has no index by contact: it would cost every turn. It is looked
//! for by a reader, which holds up nobody; only then the writer removes it by its keys, with what came meanwhile.

use rusqlite::{Connection, Row, params};

use super::convert::{all, maybe_time, one, run, time};
use super::writer::Writing;
use super::{contacts, inbox, people, thread, timers};
use crate::store::names::delivery;
use crate::store::{
    AuditRow, ContactId, ContactRow, Export, Fact, Happened, KnownBy, Outgoing, Received, StoreError, Why,
};

/// [`super::Store::known_as`].
pub fn known_as(connection: &Connection, value: &str) -> Result<Vec<ContactRow>, StoreError> {
    let sql = "SELECT DISTINCT contact FROM contact_identities WHERE value = ?1 AND left_at IS NULL ORDER BY contact";
    let found: Vec<ContactId> = all(connection, sql, [value], |row| row.get(0))?;
    Ok(contacts::load(connection, &found)?.into_iter().map(|loaded| loaded.contact).collect())
}

/// [`super::Store::export`].
pub fn export(connection: &Connection, contact: ContactId) -> Result<Option<Export>, StoreError> {
    let read = |row: &Row<'_>| Ok((contacts::row(row)?, time(row.get("created_at")?), contacts::card(row)?));
    let Some((row, created_at, card)) = one(connection, "SELECT * FROM contacts WHERE id = ?1", [contact], read)?
    else {
        return Ok(None);
    };
    let of = |columns: &str, table: &str, order: &str| {
        format!("SELECT {columns} FROM {table} WHERE contact = ?1 ORDER BY {order}")
    };
    Ok(Some(Export {
        contact: row,
        created_at,
        card,
        known_by: all(
            connection,
            &of("kind, value, left_at", "contact_identities", "kind, value"),
            [contact],
            known_by,
        )?,
        received: all(connection, &of("*", "inbox", "id"), [contact], received)?,
        thread: all(connection, &of("*", "entries", "seq"), [contact], thread::row)?,
        reasons: all(connection, &of("*", "turns", "turn"), [contact], |row| {
            Ok(Why { turn: row.get("turn")?, at: time(row.get("at")?), reasons: row.get("reasons")? })
        })?,
        timers: timers::of(connection, contact)?,
        outbox: all(connection, &of("*", "outbox", "number"), [contact], outgoing)?,
        facts: all(connection, &of("*", "facts", "id"), [contact], happened)?,
    }))
}

fn known_by(row: &Row<'_>) -> rusqlite::Result<KnownBy> {
    Ok(KnownBy { kind: row.get("kind")?, value: row.get("value")?, left_at: maybe_time(row, "left_at")? })
}

fn received(row: &Row<'_>) -> rusqlite::Result<Received> {
    Ok(Received { row: inbox::row(row)?, message_id: row.get("message_id")?, taken_by: row.get("taken_by")? })
}

fn outgoing(row: &Row<'_>) -> rusqlite::Result<Outgoing> {
    Ok(Outgoing {
        number: row.get("number")?,
        payload: row.get("payload")?,
        created_at: time(row.get("created_at")?),
        attempts: row.get("attempts")?,
        message_id: row.get("message_id")?,
        delivery: delivery(&row.get::<_, String>("delivery")?),
        failure: row.get("failure")?,
    })
}

fn happened(row: &Row<'_>) -> rusqlite::Result<Happened> {
    let fact =
        Fact { name: row.get("name")?, queue: row.get("queue")?, agent: row.get("agent")?, detail: row.get("detail")? };
    Ok(Happened { at: time(row.get("at")?), fact })
}

/// Tables that are not indexed by contact, and their keys.
const LOOSE: [(&str, &str); 3] = [("inbox", "id"), ("outbox", "number"), ("facts", "id")];
/// Tables that are.
const INDEXED: [&str; 4] = ["contact_identities", "entries", "turns", "timers"];

/// Keys of a contact's rows in one of the loose tables, as JSON, and up to which key was looked.
pub struct Found {
    keys: String,
    up_to: i64,
}

/// Looks for a contact's rows in the loose tables.
pub fn find(connection: &Connection, contact: ContactId) -> Result<Vec<Found>, StoreError> {
    let look = |(table, key): (&str, &str)| {
        let sql = format!("SELECT {key} FROM {table} WHERE contact = ?1");
        let keys: Vec<i64> = all(connection, &sql, [contact], |row| row.get(0))?;
        let last = format!("SELECT coalesce(max({key}), 0) FROM {table}");
        let up_to = one(connection, &last, (), |row| row.get(0))?.unwrap_or(0);
        Ok(Found { keys: serde_json::Value::from(keys).to_string(), up_to })
    };
    LOOSE.into_iter().map(look).collect()
}

/// [`super::Store::erase`], with what was found.
pub fn erase(
    connection: &Writing<'_>,
    contact: ContactId,
    found: &[Found],
    audit: &AuditRow,
) -> Result<bool, StoreError> {
    if run(connection, "DELETE FROM contacts WHERE id = ?1", [contact])? == 0 {
        return Ok(false);
    }
    for table in INDEXED {
        run(connection, &format!("DELETE FROM {table} WHERE contact = ?1"), [contact])?;
    }
    for ((table, key), found) in LOOSE.into_iter().zip(found) {
        // What is counted stays counted, as nobody's.
        let what =
            if table == "facts" { "UPDATE facts SET contact = 0".to_owned() } else { format!("DELETE FROM {table}") };
        let known = format!("{what} WHERE {key} IN (SELECT value FROM json_each(?2)) AND contact = ?1");
        run(connection, &known, params![contact, found.keys])?;
        run(connection, &format!("{what} WHERE {key} > ?2 AND contact = ?1"), params![contact, found.up_to])?;
    }
    people::audit(connection, audit)?;
    connection.wipe_log();
    Ok(true)
}
