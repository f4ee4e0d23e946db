//! Between SQLite's values and ours.

use rusqlite::{Connection, ErrorCode, OptionalExtension, Params, Row};

use crate::clock::Timestamp;
use crate::store::StoreError;
use crate::store::names::ROWS_MAX;

/// A limit as SQLite takes it.
pub const fn at_most(limit: u32) -> u32 {
    if limit < ROWS_MAX { limit } else { ROWS_MAX }
}

/// A time as it is stored.
pub const fn millis(at: Timestamp) -> i64 {
    at.timestamp_millis()
}

/// A time that may be missing, as it is stored.
pub fn maybe_millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(millis)
}

/// A stored time. What no calendar holds cannot have been written by us; it reads as 1970.
pub fn time(millis: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(millis).unwrap_or_default()
}

/// A duration in milliseconds.
pub fn span(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A stored time that may be missing, by the name of its column.
pub fn maybe_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(time))
}

/// The first row, if there is one.
pub fn one<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_row(parameters, read).optional()?)
}

/// All rows.
pub fn all<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_map(parameters, read)?.collect::<rusqlite::Result<_>>()?)
}

/// Runs a statement; how many rows it changed.
pub fn run(connection: &Connection, sql: &str, parameters: impl Params) -> Result<usize, StoreError> {
    Ok(connection.prepare_cached(sql)?.execute(parameters)?)
}

/// Runs a statement that adds a row; its key.
pub fn insert(connection: &Connection, sql: &str, parameters: impl Params) -> Result<i64, StoreError> {
    Ok(connection.prepare_cached(sql)?.insert(parameters)?)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Busy { waited: std::time::Duration::ZERO }
            }
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::SystemIoFailure) => Self::Disk(error.to_string()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}
