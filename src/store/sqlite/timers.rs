//! Timers: what is armed and what is due (R40).

use rusqlite::{Connection, Row, params};

use super::convert::{all, at_most, millis, one, run, time};
use crate::clock::Timestamp;
use crate::store::{ContactId, DueTimer, StoreError, TimerRow};

/// Makes exactly these timers armed for a contact. One that stays as it is keeps the turn that armed it.
pub fn sync(
    connection: &Connection,
    contact: ContactId,
    turn: i64,
    timers: &[(String, Timestamp)],
) -> Result<(), StoreError> {
    for armed in of(connection, contact)? {
        if !timers.iter().any(|(kind, _)| *kind == armed.kind) {
            run(connection, "DELETE FROM timers WHERE contact = ?1 AND kind = ?2", params![contact, armed.kind])?;
        }
    }
    for (kind, due) in timers {
        run(
            connection,
            "INSERT INTO timers (contact, kind, due, armed_by) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (contact, kind) DO UPDATE SET due = excluded.due, armed_by = excluded.armed_by \
             WHERE due <> excluded.due",
            params![contact, kind, millis(*due), turn],
        )?;
    }
    Ok(())
}

/// What is armed for a contact, the next due first.
pub fn of(connection: &Connection, contact: ContactId) -> Result<Vec<TimerRow>, StoreError> {
    let sql = "SELECT kind, due, armed_by FROM timers WHERE contact = ?1 ORDER BY due, kind";
    all(connection, sql, [contact], timer)
}

/// [`super::Store::due_timers`].
pub fn due(
    connection: &Connection,
    now: Timestamp,
    except: &[ContactId],
    limit: u32,
) -> Result<Vec<DueTimer>, StoreError> {
    let sql = "SELECT contact, kind, due, armed_by FROM timers \
               WHERE due <= ?1 AND contact NOT IN (SELECT value FROM json_each(?2)) ORDER BY due, contact, kind LIMIT ?3";
    let except = serde_json::Value::from(except).to_string();
    all(connection, sql, params![millis(now), except, at_most(limit)], |row| {
        Ok(DueTimer { contact: row.get("contact")?, timer: timer(row)? })
    })
}

/// [`super::Store::next_timer`].
pub fn next(connection: &Connection, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT min(due) FROM timers WHERE due > ?1";
    let due = one(connection, sql, [millis(after)], |row| row.get::<_, Option<i64>>(0))?;
    Ok(due.flatten().map(time))
}

fn timer(row: &Row<'_>) -> rusqlite::Result<TimerRow> {
    Ok(TimerRow { kind: row.get("kind")?, due: time(row.get("due")?), armed_by: row.get("armed_by")? })
}
