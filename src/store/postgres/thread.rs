//! The thread as people read it, and the reasons of each turn.

use tokio_postgres::Row;

use super::link::{Again, Link};
use super::param::{at_most, get, get_flag, get_time, maybe_u32, params};
use crate::store::names::{delivery, who};
use crate::store::{ContactId, Entry, StoreError, ThreadQuery, Why};

/// [`super::Store::thread`].
pub async fn read(link: &Link, query: ThreadQuery) -> Result<Vec<Entry>, StoreError> {
    let sql = "SELECT * FROM entries WHERE contact = $1 AND seq > $2 AND seq < $3 ORDER BY seq DESC LIMIT $4";
    let before = query.before.unwrap_or(i64::MAX);
    let values = params![query.contact, query.after, before, at_most(query.limit)];
    link.ask(Again::Yes, sql, values).await?.iter().rev().map(row).collect()
}

/// [`super::Store::why`].
pub async fn why(link: &Link, contact: ContactId, before: Option<i64>, limit: u32) -> Result<Vec<Why>, StoreError> {
    let sql = "SELECT turn, at, reasons FROM turns WHERE contact = $1 AND turn < $2 ORDER BY turn DESC LIMIT $3";
    let read = |row: &Row| Ok(Why { turn: get(row, "turn")?, at: get_time(row, "at")?, reasons: get(row, "reasons")? });
    let values = params![contact, before.unwrap_or(i64::MAX), at_most(limit)];
    link.ask(Again::Yes, sql, values).await?.iter().map(read).collect()
}

/// A line of the thread.
pub fn row(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        contact: get(row, "contact")?,
        seq: get(row, "seq")?,
        turn: get(row, "turn")?,
        at: get_time(row, "at")?,
        who: who(get(row, "who")?, get(row, "name")?),
        enquiry: maybe_u32(row, "enquiry")?,
        message: get(row, "message")?,
        secret: get_flag(row, "secret")?,
        message_id: get(row, "message_id")?,
        delivery: get::<Option<&str>>(row, "delivery")?.map(delivery),
        failure: get(row, "failure")?,
    })
}
