//! Contacts: found by what they are known by (R1), loaded for a turn, listed for the desk.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::link::{Again, Link};
use super::param::{Param, at_most, get, get_time, get_u32, maybe_time, maybe_u32, params};
use super::timers;
use crate::clock::Timestamp;
use crate::store::{
    Card, Case, CaseQuery, ContactId, ContactRow, Identity, InboxKind, InboxRow, Loaded, Pending, Preview, Sort,
    StoreError, TimerRow,
};

const ROW: &str = "SELECT id, number_id, wa_id, user_id, name, state, form, row_version FROM contacts";

fn part(part: &Option<String>) -> Option<String> {
    part.clone().filter(|part| !part.is_empty())
}

/// [`super::Store::contact`].
pub async fn find_or_make(
    link: &Link,
    number_id: &str,
    who: &Identity,
    now: Timestamp,
) -> Result<ContactRow, StoreError> {
    let sql = "SELECT frontdesk_find_or_make($1, $2, $3, $4, $5, $5) AS id";
    let names = params![number_id, part(&who.user_id), part(&who.wa_id), part(&who.name), now];
    let made = link.ask_one(Again::Yes, sql, names).await?;
    let id: ContactId = made.as_ref().map_or(Ok(0), |made| get(made, "id"))?;
    let sql = format!("{ROW} WHERE id = $1");
    let found = link.ask_one(Again::Yes, &sql, params![id]).await?;
    found.as_ref().map_or_else(|| Err(StoreError::Corrupt(format!("contact {id} has names but no row"))), row)
}

/// [`super::Store::find_contact`].
pub async fn find(
    link: &Link,
    number_id: &str,
    who: &Identity,
    now: Timestamp,
) -> Result<Option<ContactRow>, StoreError> {
    let sql = format!("{ROW} WHERE id = (SELECT frontdesk_find($1, $2, $3, $4))");
    let names = params![number_id, part(&who.user_id), part(&who.wa_id), now];
    link.ask_one(Again::Yes, &sql, names).await?.as_ref().map(row).transpose()
}

/// [`super::Store::load`]. The contacts are read first: a turn that begins from one that moved since is refused.
pub async fn load(link: &Link, contacts: Vec<ContactId>) -> Result<Vec<Loaded>, StoreError> {
    let sql = format!("{ROW} WHERE id = ANY ($1)");
    let rows = link.ask(Again::Yes, &sql, params![contacts.clone()]).await?;
    let mut rows: HashMap<ContactId, ContactRow> =
        rows.iter().map(|found| row(found).map(|row| (row.id, row))).collect::<Result<_, _>>()?;
    let sql = "SELECT waiting.* FROM unnest($1::BIGINT[]) AS wanted, LATERAL ( \
                   SELECT contact, id, kind, at, received_at, payload FROM inbox \
                   WHERE contact = wanted AND taken_by IS NULL ORDER BY at, id LIMIT 1000) AS waiting \
               ORDER BY contact, at, id";
    let mut inbox: HashMap<ContactId, Vec<InboxRow>> = HashMap::new();
    for found in link.ask(Again::Yes, sql, params![contacts.clone()]).await? {
        inbox.entry(get(&found, "contact")?).or_default().push(inbox_row(&found)?);
    }
    let sql = "SELECT contact, kind, due, armed_by FROM timers WHERE contact = ANY ($1) ORDER BY due, kind";
    let mut armed: HashMap<ContactId, Vec<TimerRow>> = HashMap::new();
    for found in link.ask(Again::Yes, sql, params![contacts.clone()]).await? {
        armed.entry(get(&found, "contact")?).or_default().push(timers::timer(&found)?);
    }
    let whole = |id: &ContactId| {
        let contact = rows.remove(id)?;
        let (inbox, timers) = (inbox.remove(id).unwrap_or_default(), armed.remove(id).unwrap_or_default());
        Some(Loaded { contact, inbox, timers })
    };
    Ok(contacts.iter().filter_map(whole).collect())
}

/// [`super::Store::pending`].
pub async fn pending(link: &Link, after: ContactId, limit: u32) -> Result<Vec<Pending>, StoreError> {
    let sql = "SELECT contact, min(received_at) AS first, max(received_at) AS last, count(*) AS count FROM inbox \
               WHERE taken_by IS NULL AND contact > $1 GROUP BY contact ORDER BY contact LIMIT $2";
    let read = |row: &Row| {
        let (first, last) = (get_time(row, "first")?, get_time(row, "last")?);
        Ok(Pending { contact: get(row, "contact")?, first, last, count: get_u32(row, "count")? })
    };
    link.ask(Again::Yes, sql, params![after, at_most(limit)]).await?.iter().map(read).collect()
}

/// [`super::Store::open_contacts`].
pub async fn open(link: &Link, after: ContactId, limit: u32) -> Result<Vec<ContactRow>, StoreError> {
    let sql = format!("{ROW} WHERE enquiry_state <> 'ended' AND id > $1 ORDER BY id LIMIT $2");
    link.ask(Again::Yes, &sql, params![after, at_most(limit)]).await?.iter().map(row).collect()
}

/// [`super::Store::cases`].
pub async fn cases(link: &Link, query: CaseQuery) -> Result<Vec<Case>, StoreError> {
    let order = match query.sort {
        Sort::Place => "coalesce(place, since)",
        Sort::Due => "least(promise_at, reply_due)",
        Sort::LongestAgo => "wrote_at",
        Sort::Latest => "last_human_at DESC",
    };
    // The condition on `ended` is repeated as the indexes have it, so that they are used.
    let among = if query.states.is_empty() {
        "enquiry_state <> 'ended' AND cardinality($1::TEXT[]) = 0"
    } else if query.states.iter().any(|state| state == "ended") {
        "enquiry_state = ANY ($1)"
    } else {
        "enquiry_state <> 'ended' AND enquiry_state = ANY ($1)"
    };
    let mut sql = format!("SELECT * FROM contacts WHERE {among}");
    let mut values = params![query.states, at_most(query.limit), query.offset];
    let mut narrow = |column: &str, value: Param| {
        values.push(value);
        sql += &format!(" AND {column}${}", values.len());
    };
    if let Some(agent) = query.agent {
        narrow("agent = ", agent.into());
    }
    if let Some(number) = query.number_id {
        narrow("number_id = ", number.into());
    }
    if !query.queues.is_empty() {
        values.push(query.queues.into());
        sql += &format!(" AND queue = ANY (${})", values.len());
    }
    sql += &format!(" ORDER BY {order} NULLS LAST, id LIMIT $2 OFFSET $3");
    link.ask(Again::Yes, &sql, values).await?.iter().map(case).collect()
}

fn who(row: &Row) -> Result<Identity, StoreError> {
    Ok(Identity { wa_id: get(row, "wa_id")?, user_id: get(row, "user_id")?, name: get(row, "name")? })
}

/// A contact with the state.
pub fn row(row: &Row) -> Result<ContactRow, StoreError> {
    Ok(ContactRow {
        id: get(row, "id")?,
        number_id: get(row, "number_id")?,
        who: who(row)?,
        state: get(row, "state")?,
        form: get_u32(row, "form")?,
        row_version: get(row, "row_version")?,
    })
}

/// A row of the inbox.
pub fn inbox_row(row: &Row) -> Result<InboxRow, StoreError> {
    Ok(InboxRow {
        id: get(row, "id")?,
        kind: InboxKind::from_name(get(row, "kind")?).unwrap_or(InboxKind::Message),
        at: get_time(row, "at")?,
        received_at: get_time(row, "received_at")?,
        payload: get(row, "payload")?,
    })
}

fn case(row: &Row) -> Result<Case, StoreError> {
    let (contact, number_id) = (get(row, "id")?, get(row, "number_id")?);
    Ok(Case { contact, number_id, who: who(row)?, row_version: get(row, "row_version")?, card: card(row)? })
}

/// What lists show of a contact.
pub fn card(row: &Row) -> Result<Card, StoreError> {
    Ok(Card {
        enquiry: maybe_u32(row, "enquiry")?,
        state: get(row, "enquiry_state")?,
        since: maybe_time(row, "since")?,
        opened_at: maybe_time(row, "opened_at")?,
        version: get(row, "version")?,
        flow: get(row, "flow")?,
        question: get(row, "question")?,
        queue: get(row, "queue")?,
        agent: get(row, "agent")?,
        place: maybe_time(row, "place")?,
        promise_at: maybe_time(row, "promise_at")?,
        reply_due: maybe_time(row, "reply_due")?,
        wrote_at: maybe_time(row, "wrote_at")?,
        last_human_at: maybe_time(row, "last_human_at")?,
        subject: get(row, "subject")?,
        preview: preview(row)?,
    })
}

fn preview(row: &Row) -> Result<Option<Preview>, StoreError> {
    let (text, agent) = (get::<Option<String>>(row, "preview")?, get(row, "preview_agent")?);
    Ok(text.map(|text| Preview { text, agent }))
}
