//! Timers: what is armed and what is due (R40), handed out under a lease.

use tokio_postgres::Row;

use super::link::{Again, Link};
use super::param::{at_most, get, get_time, params, span, time};
use crate::clock::Timestamp;
use crate::store::{DueTimer, StoreError, TimerClaim, TimerRow};

/// [`super::Store::claim_timers`]. What another node is just leasing is passed over.
pub async fn claim(link: &Link, claim: TimerClaim) -> Result<Vec<DueTimer>, StoreError> {
    let sql = "WITH mine AS MATERIALIZED ( \
                   SELECT contact, kind FROM timers WHERE due <= $1 AND contact <> ALL ($2) \
                   AND (leased_by IS NULL OR leased_by = $3 OR leased_until <= $1 OR leased_until > $4) \
                   ORDER BY due, contact, kind LIMIT $5 FOR UPDATE SKIP LOCKED), \
               leased AS ( \
                   UPDATE timers SET leased_by = $3, leased_until = $4 FROM mine \
                   WHERE timers.contact = mine.contact AND timers.kind = mine.kind \
                   RETURNING timers.contact, timers.kind, due, armed_by) \
               SELECT * FROM leased ORDER BY due, contact, kind";
    let ends = claim.now.timestamp_millis().saturating_add(span(claim.lease));
    let values = params![claim.now, claim.except, claim.worker, ends, at_most(claim.limit)];
    let read = |row: &Row| Ok(DueTimer { contact: get(row, "contact")?, timer: timer(row)? });
    link.ask(Again::Yes, sql, values).await?.iter().map(read).collect()
}

/// [`super::Store::next_timer`].
pub async fn next(link: &Link, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT least((SELECT min(due) FROM timers WHERE due > $1), \
                            (SELECT min(leased_until) FROM timers WHERE leased_until > $1)) AS at";
    let row = link.ask_one(Again::Yes, sql, params![after]).await?;
    Ok(row.map_or(Ok(None), |row| get::<Option<i64>>(&row, "at"))?.map(time))
}

/// A row of the timers.
pub fn timer(row: &Row) -> Result<TimerRow, StoreError> {
    Ok(TimerRow { kind: get(row, "kind")?, due: get_time(row, "due")?, armed_by: get(row, "armed_by")? })
}
