//! Versions of the bot, and who is on them (R19).

use rusqlite::{Connection, Row, params};

use super::convert::{all, millis, one, run, time};
use crate::clock::Timestamp;
use crate::store::{Standing, StoreError, Version};

const VERSION: &str = "SELECT hash, sources, published_at FROM versions";

/// [`super::Store::publish`].
pub fn publish(connection: &Connection, version: &Version) -> Result<(), StoreError> {
    // The order of publishing is counted, so that a clock that was set back cannot change which is the newest.
    run(
        connection,
        "INSERT INTO versions (hash, sources, published_at, ordinal) \
         VALUES (?1, ?2, ?3, (SELECT coalesce(max(ordinal), 0) + 1 FROM versions)) \
         ON CONFLICT (hash) DO UPDATE SET published_at = excluded.published_at, ordinal = excluded.ordinal",
        params![version.hash, version.sources, millis(version.published_at)],
    )
    .map(drop)
}

/// [`super::Store::version`].
pub fn by_hash(connection: &Connection, hash: &str) -> Result<Option<Version>, StoreError> {
    one(connection, &format!("{VERSION} WHERE hash = ?1"), [hash], version)
}

/// [`super::Store::newest_version`].
pub fn newest(connection: &Connection) -> Result<Option<Version>, StoreError> {
    one(connection, &format!("{VERSION} ORDER BY ordinal DESC LIMIT 1"), (), version)
}

/// [`super::Store::forget_versions`].
pub fn forget(connection: &Connection, replaced_before: Timestamp) -> Result<(), StoreError> {
    run(
        connection,
        "DELETE FROM versions WHERE EXISTS (SELECT 1 FROM versions AS later \
             WHERE later.ordinal > versions.ordinal AND later.published_at < ?1) \
         AND hash NOT IN (SELECT version FROM contacts WHERE enquiry_state <> 'ended' AND version IS NOT NULL)",
        [millis(replaced_before)],
    )
    .map(drop)
}

/// [`super::Store::standing`].
pub fn standing(connection: &Connection) -> Result<Vec<Standing>, StoreError> {
    let sql = "SELECT version, flow, question, count(*) FROM contacts \
               WHERE enquiry_state <> 'ended' AND version IS NOT NULL \
               GROUP BY version, flow, question ORDER BY version, flow, question";
    all(connection, sql, (), |row| {
        Ok(Standing { version: row.get(0)?, flow: row.get(1)?, question: row.get(2)?, count: row.get(3)? })
    })
}

fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    let published_at: Timestamp = time(row.get(2)?);
    Ok(Version { hash: row.get(0)?, sources: row.get(1)?, published_at })
}
