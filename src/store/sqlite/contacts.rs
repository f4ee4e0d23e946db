//! Contacts: found by what they are known by (R1), loaded for a turn, listed for the desk.

use rusqlite::{Connection, Row, params};

use super::convert::{all, at_most, insert, maybe_time, millis, one, run};
use super::{inbox, timers};
use crate::clock::Timestamp;
use crate::store::{Card, Case, CaseQuery, ContactId, ContactRow, Identity, Loaded, Preview, Sort, StoreError};

const ROW: &str = "SELECT id, number_id, wa_id, user_id, name, state, form, row_version FROM contacts";

/// The two ways to be known, and the customer's value of each. The business-scoped id has the say: it comes first.
fn names(who: &Identity) -> impl Iterator<Item = (&'static str, &str)> {
    [("user_id", who.user_id.as_deref()), ("wa_id", who.wa_id.as_deref())]
        .into_iter()
        .filter_map(|(kind, id)| id.filter(|id| !id.is_empty()).map(|id| (kind, id)))
}

/// The contact who was known like this at `at`.
pub fn find(
    connection: &Connection,
    number_id: &str,
    who: &Identity,
    at: Timestamp,
) -> Result<Option<ContactId>, StoreError> {
    let sql = "SELECT contact FROM contact_identities WHERE number_id = ?1 AND kind = ?2 AND value = ?3 \
               AND (left_at IS NULL OR left_at >= ?4)";
    for (kind, value) in names(who) {
        let found = one(connection, sql, params![number_id, kind, value, millis(at)], |row| row.get(0))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The contact who was known like this at `at`, made if there is none. What else they are known by, and their name, is
/// kept up to date.
pub fn find_or_make(
    connection: &Connection,
    number_id: &str,
    who: &Identity,
    at: Timestamp,
    now: Timestamp,
) -> Result<ContactId, StoreError> {
    let contact = match find(connection, number_id, who, at)? {
        Some(contact) => contact,
        None => insert(
            connection,
            "INSERT INTO contacts (number_id, created_at) VALUES (?1, ?2)",
            params![number_id, millis(now)],
        )?,
    };
    learn(connection, number_id, contact, who, at)?;
    Ok(contact)
}

/// Notes by what a contact was known at `at`. Names they had left by then are left alone.
pub fn learn(
    connection: &Connection,
    number_id: &str,
    contact: ContactId,
    who: &Identity,
    at: Timestamp,
) -> Result<(), StoreError> {
    for (kind, value) in names(who) {
        let changed = run(
            connection,
            "INSERT INTO contact_identities (number_id, kind, value, contact) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (number_id, kind, value) DO UPDATE SET contact = excluded.contact, left_at = NULL \
             WHERE (contact <> excluded.contact AND left_at IS NULL) OR left_at < ?5",
            params![number_id, kind, value, contact, millis(at)],
        )?;
        if changed > 0 {
            call(connection, contact, kind, value, true)?;
        }
    }
    if let Some(name) = who.name.as_deref().filter(|name| !name.is_empty()) {
        run(connection, "UPDATE contacts SET name = ?2 WHERE id = ?1 AND name IS NOT ?2", params![contact, name])?;
    }
    Ok(())
}

/// Adds what the channel says it knows a contact by, as far as nobody else is known by it.
pub fn add_names(
    connection: &Connection,
    number_id: &str,
    contact: ContactId,
    who: &Identity,
) -> Result<(), StoreError> {
    for (kind, value) in names(who) {
        let added = run(
            connection,
            "INSERT INTO contact_identities (number_id, kind, value, contact) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (number_id, kind, value) DO NOTHING",
            params![number_id, kind, value, contact],
        )?;
        if added > 0 {
            call(connection, contact, kind, value, false)?;
        }
    }
    Ok(())
}

/// A contact is known by something else from `at` on (R1), as the channel stamped it; whether that is news. What they left
/// still finds them for messages stamped before. What they have left since by a later change is no news. Messages that came
/// before this notice, and that no turn has answered yet, come into the thread.
pub fn rename(
    connection: &Connection,
    number_id: &str,
    contact: ContactId,
    new: &Identity,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let early = early(connection, number_id, contact, new, at)?;
    let mut new = new.clone();
    for also in early.iter().map(|row| &row.who) {
        new.user_id = new.user_id.or_else(|| also.user_id.clone());
        new.wa_id = new.wa_id.or_else(|| also.wa_id.clone());
    }
    let mut news = !early.is_empty();
    for (kind, value) in names(&new) {
        news |= change(connection, number_id, contact, (kind, value), at)?;
    }
    for row in early {
        join(connection, row.id, contact)?;
    }
    Ok(news)
}

/// Changes one way in which a contact is known; whether that is news.
fn change(
    connection: &Connection,
    number_id: &str,
    contact: ContactId,
    (kind, value): (&str, &str),
    at: Timestamp,
) -> Result<bool, StoreError> {
    let later = "SELECT contact FROM contact_identities \
                 WHERE number_id = ?1 AND kind = ?2 AND value = ?3 AND contact = ?4 AND left_at > ?5";
    let of_it = params![number_id, kind, value, contact, millis(at)];
    if one(connection, later, of_it, |row| row.get::<_, ContactId>(0))?.is_some() {
        return Ok(false);
    }
    let left = run(
        connection,
        "UPDATE contact_identities SET left_at = ?4 WHERE contact = ?1 AND kind = ?2 AND value <> ?3 AND left_at IS NULL",
        params![contact, kind, value, millis(at)],
    )?;
    let taken = run(
        connection,
        "INSERT INTO contact_identities (number_id, kind, value, contact) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (number_id, kind, value) DO UPDATE SET contact = excluded.contact, left_at = NULL \
         WHERE contact <> excluded.contact OR left_at IS NOT NULL",
        params![number_id, kind, value, contact],
    )?;
    if left + taken > 0 {
        call(connection, contact, kind, value, true)?;
    }
    Ok(left + taken > 0)
}

/// Others who are known like this now, have had no turn and wrote nothing before the change: made by messages that overtook
/// its notice. Whoever had the number before is somebody else.
fn early(
    connection: &Connection,
    number_id: &str,
    contact: ContactId,
    new: &Identity,
    at: Timestamp,
) -> Result<Vec<ContactRow>, StoreError> {
    let sql = format!(
        "{ROW} WHERE id <> ?1 AND row_version = 0 AND id IN (SELECT contact FROM contact_identities \
         WHERE number_id = ?2 AND left_at IS NULL AND ((kind = 'user_id' AND value = ?3) OR (kind = 'wa_id' AND value = ?4))) \
         AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.contact = contacts.id AND taken_by IS NULL AND at < ?5) \
         ORDER BY id"
    );
    all(connection, &sql, params![contact, number_id, new.user_id, new.wa_id, millis(at)], row)
}

/// What waits for one contact waits for another, and the first, who has nothing else, is gone.
fn join(connection: &Connection, early: ContactId, contact: ContactId) -> Result<(), StoreError> {
    for sql in [
        "UPDATE inbox SET contact = ?2 WHERE contact = ?1 AND taken_by IS NULL",
        "UPDATE contact_identities SET contact = ?2 WHERE contact = ?1",
        "UPDATE contacts SET name = coalesce((SELECT name FROM contacts WHERE id = ?1), name) WHERE id = ?2",
    ] {
        run(connection, sql, [early, contact])?;
    }
    run(connection, "DELETE FROM contacts WHERE id = ?1", [early]).map(drop)
}

/// Puts what a contact is known by on their row, by which they are written to; in place of what is there if `anew`.
fn call(connection: &Connection, contact: ContactId, kind: &str, value: &str, anew: bool) -> Result<(), StoreError> {
    let sql = if kind == "user_id" {
        "UPDATE contacts SET user_id = ?2 WHERE id = ?1 AND (?3 OR user_id IS NULL)"
    } else {
        "UPDATE contacts SET wa_id = ?2 WHERE id = ?1 AND (?3 OR wa_id IS NULL)"
    };
    run(connection, sql, params![contact, value, anew]).map(drop)
}

/// [`super::Store::find_contact`].
pub fn find_row(
    connection: &Connection,
    number_id: &str,
    who: &Identity,
    now: Timestamp,
) -> Result<Option<ContactRow>, StoreError> {
    find(connection, number_id, who, now)?.map_or(Ok(None), |contact| by_id(connection, contact))
}

/// [`super::Store::contact`].
pub fn find_or_make_row(
    connection: &Connection,
    number_id: &str,
    who: &Identity,
    now: Timestamp,
) -> Result<ContactRow, StoreError> {
    let contact = find_or_make(connection, number_id, who, now, now)?;
    by_id(connection, contact)?.ok_or_else(|| StoreError::Corrupt(format!("contact {contact} has names but no row")))
}

fn by_id(connection: &Connection, contact: ContactId) -> Result<Option<ContactRow>, StoreError> {
    one(connection, &format!("{ROW} WHERE id = ?1"), [contact], row)
}

/// [`super::Store::load`].
pub fn load(connection: &Connection, contacts: &[ContactId]) -> Result<Vec<Loaded>, StoreError> {
    let mut loaded = Vec::with_capacity(contacts.len());
    for id in contacts {
        let Some(contact) = by_id(connection, *id)? else { continue };
        let (inbox, timers) = (inbox::of(connection, *id)?, timers::of(connection, *id)?);
        loaded.push(Loaded { contact, inbox, timers });
    }
    Ok(loaded)
}

/// [`super::Store::open_contacts`].
pub fn open(connection: &Connection, after: ContactId, limit: u32) -> Result<Vec<ContactRow>, StoreError> {
    let sql = format!("{ROW} WHERE enquiry_state <> 'ended' AND id > ?1 ORDER BY id LIMIT ?2");
    all(connection, &sql, params![after, at_most(limit)], row)
}

/// [`super::Store::cases`].
pub fn cases(connection: &Connection, query: &CaseQuery) -> Result<Vec<Case>, StoreError> {
    let order = match query.sort {
        Sort::Place => "coalesce(place, since) IS NULL, coalesce(place, since)",
        Sort::Due => {
            "coalesce(promise_at, reply_due) IS NULL, \
             min(coalesce(promise_at, reply_due), coalesce(reply_due, promise_at))"
        }
        Sort::LongestAgo => "wrote_at IS NULL, wrote_at",
        Sort::Latest => "last_human_at IS NULL, last_human_at DESC",
    };
    // The condition on `ended` is repeated as the indexes have it, so that they are used.
    let among = if query.states.is_empty() {
        "enquiry_state <> 'ended'"
    } else if query.states.iter().any(|state| state == "ended") {
        "enquiry_state IN (SELECT value FROM json_each(?1))"
    } else {
        "enquiry_state <> 'ended' AND enquiry_state IN (SELECT value FROM json_each(?1))"
    };
    let sql = format!(
        "SELECT * FROM contacts WHERE {among} \
         AND (json_array_length(?2) = 0 OR queue IN (SELECT value FROM json_each(?2))) \
         AND (?3 IS NULL OR agent = ?3) AND (?4 IS NULL OR number_id = ?4) \
         AND json_array_length(?1) >= 0 \
         ORDER BY {order}, id LIMIT ?5 OFFSET ?6"
    );
    let (states, queues) = (list(&query.states), list(&query.queues));
    let parameters = params![states, queues, query.agent, query.number_id, at_most(query.limit), query.offset];
    all(connection, &sql, parameters, case)
}

/// A list of words as JSON.
fn list(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}

fn who(row: &Row<'_>) -> rusqlite::Result<Identity> {
    Ok(Identity { wa_id: row.get("wa_id")?, user_id: row.get("user_id")?, name: row.get("name")? })
}

/// A contact with the state.
pub fn row(row: &Row<'_>) -> rusqlite::Result<ContactRow> {
    Ok(ContactRow {
        id: row.get("id")?,
        number_id: row.get("number_id")?,
        who: who(row)?,
        state: row.get("state")?,
        form: row.get("form")?,
        row_version: row.get("row_version")?,
    })
}

fn case(row: &Row<'_>) -> rusqlite::Result<Case> {
    let (contact, number_id) = (row.get("id")?, row.get("number_id")?);
    Ok(Case { contact, number_id, who: who(row)?, row_version: row.get("row_version")?, card: card(row)? })
}

/// What lists show of a contact.
pub fn card(row: &Row<'_>) -> rusqlite::Result<Card> {
    Ok(Card {
        enquiry: row.get("enquiry")?,
        state: row.get("enquiry_state")?,
        since: maybe_time(row, "since")?,
        opened_at: maybe_time(row, "opened_at")?,
        version: row.get("version")?,
        flow: row.get("flow")?,
        question: row.get("question")?,
        queue: row.get("queue")?,
        agent: row.get("agent")?,
        place: maybe_time(row, "place")?,
        promise_at: maybe_time(row, "promise_at")?,
        reply_due: maybe_time(row, "reply_due")?,
        wrote_at: maybe_time(row, "wrote_at")?,
        last_human_at: maybe_time(row, "last_human_at")?,
        subject: row.get("subject")?,
        preview: preview(row)?,
    })
}

fn preview(row: &Row<'_>) -> rusqlite::Result<Option<Preview>> {
    let (text, agent) = (row.get::<_, Option<String>>("preview")?, row.get("preview_agent")?);
    Ok(text.map(|text| Preview { text, agent }))
}
