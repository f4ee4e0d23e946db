//! The forms the database has had, and the way from each to the next: forward only, each step whole or not at all.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::convert::{one, run};
use crate::store::StoreError;

/// The steps, in order; step n leads to form n (counted from 1). A step that was released is never changed.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_timer_leases.sql"),
    include_str!("migrations/0003_preview_agent.sql"),
    include_str!("migrations/0004_once.sql"),
    include_str!("migrations/0005_outbox_by_number.sql"),
];

/// The form this release writes.
#[must_use]
pub fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the database to the form this release knows. A database of a later release, or of another program, is refused
/// and left as it is.
pub fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let ours = has_table(&transaction, "schema_versions")?;
    if !ours && one(&transaction, "SELECT count(*) FROM sqlite_schema", (), |row| row.get::<_, i64>(0))? > Some(0) {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    if !ours {
        transaction.execute_batch("CREATE TABLE schema_versions (version INTEGER PRIMARY KEY) STRICT")?;
    }
    let found = form(&transaction)?;
    let known = newest();
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for (step, sql) in (1..).zip(STEPS) {
        if step > found {
            transaction.execute_batch(sql)?;
            transaction.execute("INSERT INTO schema_versions (version) VALUES (?1)", [step])?;
        }
    }
    Ok(transaction.commit()?)
}

/// Writes without changing anything: only that shows that writing is possible.
pub fn touch(connection: &Connection) -> Result<(), StoreError> {
    run(connection, "UPDATE schema_versions SET version = version", ()).map(drop)
}

fn form(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(version), 0) FROM schema_versions";
    Ok(one(connection, sql, (), |row| row.get(0))?.unwrap_or(0))
}

fn has_table(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    Ok(one(connection, sql, [name], |row| row.get::<_, i64>(0))?.is_some())
}
