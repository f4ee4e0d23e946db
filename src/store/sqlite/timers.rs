//! Timers: what is armed and what is due, handed out under a lease (R40).

use rusqlite::{Connection, Row, params};

use super::convert::{all, at_most, millis, one, run, span, time};
use crate::clock::Timestamp;
use crate::store::{ContactId, DueTimer, StoreError, TimerClaim, TimerRow};

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
             ON CONFLICT (contact, kind) DO UPDATE SET due = excluded.due, leased_by = NULL, leased_until = NULL, \
             armed_by = CASE WHEN due = excluded.due THEN armed_by ELSE excluded.armed_by END \
             WHERE due <> excluded.due OR leased_by IS NOT NULL",
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

/// [`super::Store::claim_timers`].
pub fn claim(connection: &Connection, claim: &TimerClaim) -> Result<Vec<DueTimer>, StoreError> {
    let (now, ends) = (millis(claim.now), millis(claim.now).saturating_add(span(claim.lease)));
    let except = serde_json::Value::from(claim.except.as_slice()).to_string();
    let due = all(
        connection,
        "SELECT contact, kind, due, armed_by FROM timers \
         WHERE due <= ?1 AND contact NOT IN (SELECT value FROM json_each(?2)) \
         AND (leased_by IS NULL OR leased_by = ?3 OR leased_until <= ?1 OR leased_until > ?4) \
         ORDER BY due, contact, kind LIMIT ?5",
        params![now, except, claim.worker, ends, at_most(claim.limit)],
        |row| Ok(DueTimer { contact: row.get("contact")?, timer: timer(row)? }),
    )?;
    for DueTimer { contact, timer } in &due {
        run(
            connection,
            "UPDATE timers SET leased_by = ?3, leased_until = ?4 WHERE contact = ?1 AND kind = ?2",
            params![contact, timer.kind, claim.worker, ends],
        )?;
    }
    Ok(due)
}

/// [`super::Store::next_timer`].
pub fn next(connection: &Connection, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT min(at) FROM (SELECT min(due) AS at FROM timers WHERE due > ?1 \
               UNION ALL SELECT min(leased_until) FROM timers WHERE leased_until > ?1)";
    let due = one(connection, sql, [millis(after)], |row| row.get::<_, Option<i64>>(0))?;
    Ok(due.flatten().map(time))
}

fn timer(row: &Row<'_>) -> rusqlite::Result<TimerRow> {
    Ok(TimerRow { kind: row.get("kind")?, due: time(row.get("due")?), armed_by: row.get("armed_by")? })
}
