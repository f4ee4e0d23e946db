//! Everything of a contact (R42): read in one piece, and removed in one piece.

use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row, Transaction};

use super::link::{Again, Link};
use super::param::{Param, get, get_time, get_u32, maybe_time, params};
use super::{contacts, thread, timers};
use crate::store::names::delivery;
use crate::store::{
    AuditRow, ContactId, ContactRow, Export, Fact, Happened, KnownBy, Outgoing, Received, StoreError, Why,
};

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

/// [`super::Store::erase`]. The contact's row is locked first, so that a turn under way is over or finds nobody.
pub async fn erase(link: &Link, contact: ContactId, audit: AuditRow) -> Result<bool, StoreError> {
    let mut client = link.connection().await?;
    let whole = client.transaction().await?;
    if whole.query("SELECT id FROM contacts WHERE id = $1 FOR UPDATE", &[&contact]).await?.is_empty() {
        return Ok(false);
    }
    for sql in [
        "DELETE FROM contact_identities WHERE contact = $1",
        "DELETE FROM inbox WHERE contact = $1",
        "DELETE FROM entries WHERE contact = $1",
        "DELETE FROM turns WHERE contact = $1",
        "DELETE FROM outbox WHERE contact = $1",
        "DELETE FROM timers WHERE contact = $1",
        // What is counted stays counted, as nobody's.
        "UPDATE facts SET contact = 0 WHERE contact = $1",
        "DELETE FROM contacts WHERE id = $1",
    ] {
        whole.execute(sql, &[&contact]).await?;
    }
    let values: Vec<Param> = params![audit.at, audit.who, audit.what, audit.about];
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
    whole.execute("INSERT INTO audit (at, who, what, about) VALUES ($1, $2, $3, $4)", &values).await?;
    whole.commit().await?;
    Ok(true)
}
