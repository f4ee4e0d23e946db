//! Everything of a contact (R42): read in one piece, and removed in one piece.
//!
//! What is done with (messages taken, jobs settled, facts) has no index by contact: it would cost every turn. It is looked
//! for without a lock, however long that takes; only then the contact is locked, and what was found is removed by its keys.
//! Where a turn came between, it is looked for again.

use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row, Transaction};

use super::fault::Fault;
use super::link::{Again, Link, UNLUCKY_MAX};
use super::param::{Param, get, get_time, get_u32, maybe_time, params};
use super::{contacts, thread, timers};
use crate::store::names::delivery;
use crate::store::{
    AuditRow, ContactId, ContactRow, Export, Fact, Happened, KnownBy, Outgoing, Received, StoreError, Why,
};

/// A whole table may be read, and that takes its time.
const WHOLE_TABLES: &str = "SET LOCAL statement_timeout = 0; SET LOCAL enable_seqscan = on";
/// So often a contact's rows are looked for before others have to wait for it.
const LOOKS_MAX: u32 = 3;

/// [`super::Store::known_as`].
pub async fn known_as(link: &Link, value: String) -> Result<Vec<ContactRow>, StoreError> {
    let sql = "SELECT * FROM contacts WHERE id IN ( \
                   SELECT contact FROM contact_identities WHERE value = $1 AND left_at IS NULL) ORDER BY id LIMIT 1000";
    link.ask(Again::Yes, sql, params![value]).await?.iter().map(contacts::row).collect()
}

/// [`super::Store::export`]. What is read is of one moment.
pub async fn export(link: &Link, contact: ContactId) -> Result<Option<Export>, StoreError> {
    let mut client = link.connection().await?;
    let one_moment = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
    let moment = one_moment.start().await?;
    moment.batch_execute(WHOLE_TABLES).await?;
    let rows = moment.query("SELECT * FROM contacts WHERE id = $1", &[&contact]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let why = |row: &Row| Ok(Why { turn: get(row, "turn")?, at: get_time(row, "at")?, reasons: get(row, "reasons")? });
    Ok(Some(Export {
        contact: contacts::row(row)?,
        created_at: get_time(row, "created_at")?,
        card: contacts::card(row)?,
        known_by: of(&moment, "contact_identities", "kind, value", contact, known_by).await?,
        received: of(&moment, "inbox", "id", contact, received).await?,
        thread: of(&moment, "entries", "seq", contact, thread::row).await?,
        reasons: of(&moment, "turns", "turn", contact, why).await?,
        timers: of(&moment, "timers", "due, kind", contact, timers::timer).await?,
        outbox: of(&moment, "outbox", "number", contact, outgoing).await?,
        facts: of(&moment, "facts", "id", contact, happened).await?,
    }))
}

async fn of<T>(
    moment: &Transaction<'_>,
    table: &str,
    order: &str,
    contact: ContactId,
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let sql = format!("SELECT * FROM {table} WHERE contact = $1 ORDER BY {order}");
    moment.query(&sql, &[&contact]).await?.iter().map(read).collect()
}

fn known_by(row: &Row) -> Result<KnownBy, StoreError> {
    Ok(KnownBy { kind: get(row, "kind")?, value: get(row, "value")?, left_at: maybe_time(row, "left_at")? })
}

fn received(row: &Row) -> Result<Received, StoreError> {
    let (message_id, taken_by) = (get(row, "message_id")?, get(row, "taken_by")?);
    Ok(Received { row: contacts::inbox_row(row)?, message_id, taken_by })
}

fn outgoing(row: &Row) -> Result<Outgoing, StoreError> {
    Ok(Outgoing {
        number: get(row, "number")?,
        payload: get(row, "payload")?,
        created_at: get_time(row, "created_at")?,
        attempts: get_u32(row, "attempts")?,
        message_id: get(row, "message_id")?,
        delivery: delivery(get(row, "delivery")?),
        failure: get(row, "failure")?,
    })
}

fn happened(row: &Row) -> Result<Happened, StoreError> {
    let (name, queue) = (get(row, "name")?, get(row, "queue")?);
    let fact = Fact { name, queue, agent: get(row, "agent")?, detail: get(row, "detail")? };
    Ok(Happened { at: get_time(row, "at")?, fact })
}

/// [`super::Store::erase`].
pub async fn erase(link: &Link, contact: ContactId, audit: AuditRow) -> Result<bool, StoreError> {
    let mut unlucky = 0;
    loop {
        match erase_once(link, contact, &audit).await {
            Err(Fault::Deadlock) if unlucky < UNLUCKY_MAX => unlucky += 1,
            done => return done.map_err(|fault| fault.told(link.address.place())),
        }
    }
}

async fn erase_once(link: &Link, contact: ContactId, audit: &AuditRow) -> Result<bool, Fault> {
    let failed = |error: tokio_postgres::Error| Fault::of(&error, link.patience());
    let mut client = link.connection().await.map_err(Fault::Other)?;
    let mut looks = 1;
    loop {
        let looking = client.transaction().await.map_err(failed)?;
        let Some(mut found) = find(&looking, contact).await.map_err(failed)? else { return Ok(false) };
        looking.commit().await.map_err(failed)?;
        let whole = client.transaction().await.map_err(failed)?;
        let Some(turns) = lock(&whole, contact, &found).await.map_err(failed)? else { return Ok(false) };
        if turns != found.turns {
            if looks < LOOKS_MAX {
                whole.rollback().await.map_err(failed)?;
                looks += 1;
                continue;
            }
            // They write without end; now they have to wait.
            found = find(&whole, contact).await.map_err(failed)?.unwrap_or(found);
        }
        remove(&whole, contact, &found, audit).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        return Ok(true);
    }
}

/// A contact's rows in the tables that are not indexed by contact, by their keys.
struct Found {
    /// After how many turns. Only a turn adds jobs and facts, and takes messages.
    turns: i64,
    outbox: Vec<i64>,
    inbox: Vec<i64>,
    facts: Vec<i64>,
}

/// Looks for a contact's rows, if there is such a contact.
async fn find(moment: &Transaction<'_>, contact: ContactId) -> Result<Option<Found>, tokio_postgres::Error> {
    moment.batch_execute(WHOLE_TABLES).await?;
    // First: a turn that comes later is noticed.
    let turns = moment.query_opt("SELECT row_version FROM contacts WHERE id = $1", &[&contact]).await?;
    let Some(turns) = turns else { return Ok(None) };
    let (outbox, inbox) = ("SELECT number FROM outbox WHERE contact = $1", "SELECT id FROM inbox WHERE contact = $1");
    Ok(Some(Found {
        turns: turns.try_get(0)?,
        outbox: keys(moment, outbox, contact).await?,
        inbox: keys(moment, inbox, contact).await?,
        facts: keys(moment, "SELECT id FROM facts WHERE contact = $1", contact).await?,
    }))
}

async fn keys(moment: &Transaction<'_>, sql: &str, contact: ContactId) -> Result<Vec<i64>, tokio_postgres::Error> {
    moment.query(sql, &[&contact]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// Locks a contact; how many turns it had, if it is still there. Its jobs come first: whoever notes what became of a message
/// has its job, and goes on to the contact and the inbox. That is waited for, or finds nothing any more; and so does a turn.
async fn lock(
    whole: &Transaction<'_>,
    contact: ContactId,
    found: &Found,
) -> Result<Option<i64>, tokio_postgres::Error> {
    let jobs = "SELECT 1 FROM outbox WHERE number = ANY ($1) ORDER BY number FOR UPDATE";
    whole.execute(jobs, &[&found.outbox]).await?;
    let turns = whole.query_opt("SELECT row_version FROM contacts WHERE id = $1 FOR UPDATE", &[&contact]).await?;
    turns.map(|row| row.try_get(0)).transpose()
}

async fn remove(
    whole: &Transaction<'_>,
    contact: ContactId,
    found: &Found,
    audit: &AuditRow,
) -> Result<(), tokio_postgres::Error> {
    for (sql, keys) in [
        ("DELETE FROM outbox WHERE number = ANY ($2) AND contact = $1", &found.outbox),
        ("DELETE FROM inbox WHERE id = ANY ($2) AND contact = $1", &found.inbox),
        // What is counted stays counted, as nobody's.
        ("UPDATE facts SET contact = 0 WHERE id = ANY ($2) AND contact = $1", &found.facts),
    ] {
        whole.execute(sql, &[&contact, keys]).await?;
    }
    for sql in [
        // What came since waits, and what waits has an index.
        "DELETE FROM inbox WHERE contact = $1 AND taken_by IS NULL",
        "DELETE FROM contact_identities WHERE contact = $1",
        "DELETE FROM entries WHERE contact = $1",
        "DELETE FROM turns WHERE contact = $1",
        "DELETE FROM timers WHERE contact = $1",
        "DELETE FROM contacts WHERE id = $1",
    ] {
        whole.execute(sql, &[&contact]).await?;
    }
    let AuditRow { at, who, what, about } = audit.clone();
    let values: Vec<Param> = params![at, who, what, about];
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
    whole.execute("INSERT INTO audit (at, who, what, about) VALUES ($1, $2, $3, $4)", &values).await.map(drop)
}
