//! Turns: committed whole or not at all (R38), many to a transaction.

use rusqlite::{Connection, params};

use super::convert::{all, at_most, insert, maybe_millis, millis, one, run, time};
use super::writer::Writing;
use super::{people, thread, timers};
use crate::clock::Timestamp;
use crate::store::{
    Committed, Depths, FactCount, JobId, Occurrence, OccurrenceQuery, StoreError, TurnCommit, TurnProblem,
};

/// [`super::Store::commit_turns`].
pub fn commit(writing: &Writing<'_>, turns: &[TurnCommit]) -> Result<Vec<Result<Committed, TurnProblem>>, StoreError> {
    let mut answers = Vec::with_capacity(turns.len());
    for turn in turns {
        let answer = writing.whole(|connection| commit_one(connection, turn));
        match &answer {
            // These are seen before anything is written.
            Ok(_) | Err(TurnProblem::Moved { .. } | TurnProblem::NoContact | TurnProblem::NoEntry { .. }) => {}
            Err(problem) if !writing.is_apart() => return Err(StoreError::Other(problem.to_string())),
            Err(_) => {}
        }
        if writing.is_autocommit() {
            // The disk is full and the transaction gone, with the turns before this one.
            return Err(match answer {
                Err(TurnProblem::Store(error)) => error,
                _ => StoreError::Full,
            });
        }
        answers.push(answer);
    }
    Ok(answers)
}

fn commit_one(connection: &Connection, turn: &TurnCommit) -> Result<Committed, TurnProblem> {
    if let Some(entry) = turn.jobs.iter().filter_map(|job| job.entry).find(|entry| *entry >= turn.entries.len()) {
        return Err(TurnProblem::NoEntry { entry });
    }
    let number_id = save_state(connection, turn)?;
    let row_version = turn.expected + 1;
    take(connection, turn)?;
    let entries = add_entries(connection, turn)?;
    let jobs = add_jobs(connection, turn, &number_id, &entries)?;
    timers::sync(connection, turn.contact, row_version, &turn.timers)?;
    run(
        connection,
        "INSERT INTO turns (contact, turn, at, reasons) VALUES (?1, ?2, ?3, ?4)",
        params![turn.contact, row_version, millis(turn.at), turn.reasons],
    )?;
    add_facts(connection, turn)?;
    if let Some(row) = &turn.audit {
        people::audit(connection, row)?;
    }
    Ok(Committed { contact: turn.contact, row_version, entries, jobs })
}

/// Writes the state if nobody did meanwhile; the business number of the contact.
fn save_state(connection: &Connection, turn: &TurnCommit) -> Result<String, TurnProblem> {
    let card = &turn.card;
    let saved = one(
        connection,
        "UPDATE contacts SET state = ?3, form = ?4, row_version = ?2 + 1, enquiry = ?5, enquiry_state = ?6, \
         since = ?7, opened_at = ?8, version = ?9, flow = ?10, question = ?11, queue = ?12, agent = ?13, place = ?14, \
         promise_at = ?15, reply_due = ?16, wrote_at = ?17, last_human_at = ?18, subject = ?19, \
         preview = coalesce(?20, preview), preview_agent = CASE WHEN ?20 IS NULL THEN preview_agent ELSE ?21 END \
         WHERE id = ?1 AND row_version = ?2 RETURNING number_id",
        params![
            turn.contact,
            turn.expected,
            turn.state,
            turn.form,
            card.enquiry,
            card.state,
            maybe_millis(card.since),
            maybe_millis(card.opened_at),
            card.version,
            card.flow,
            card.question,
            card.queue,
            card.agent,
            maybe_millis(card.place),
            maybe_millis(card.promise_at),
            maybe_millis(card.reply_due),
            maybe_millis(card.wrote_at),
            maybe_millis(card.last_human_at),
            card.subject,
            card.preview.as_ref().map(|preview| &preview.text),
            card.preview.as_ref().and_then(|preview| preview.agent.as_ref()),
        ],
        |row| row.get(0),
    )?;
    if let Some(number_id) = saved {
        return Ok(number_id);
    }
    let found = one(connection, "SELECT row_version FROM contacts WHERE id = ?1", [turn.contact], |row| row.get(0))?;
    Err(found.map_or(TurnProblem::NoContact, |found| TurnProblem::Moved { found }))
}

fn take(connection: &Connection, turn: &TurnCommit) -> Result<(), TurnProblem> {
    let sql = "UPDATE inbox SET taken_by = ?3 WHERE id = ?1 AND contact = ?2 AND taken_by IS NULL";
    for inbox in &turn.taken {
        if run(connection, sql, params![inbox, turn.contact, turn.expected + 1])? == 0 {
            return Err(TurnProblem::Taken { inbox: *inbox });
        }
    }
    Ok(())
}

/// The lines' numbers in the thread.
fn add_entries(connection: &Connection, turn: &TurnCommit) -> Result<Vec<i64>, TurnProblem> {
    if turn.entries.is_empty() {
        return Ok(Vec::new());
    }
    let last = "SELECT coalesce(max(seq), 0) FROM entries WHERE contact = ?1";
    let last = one(connection, last, [turn.contact], |row| row.get(0))?.unwrap_or(0);
    let mut seqs = Vec::with_capacity(turn.entries.len());
    for (position, entry) in turn.entries.iter().enumerate() {
        let seq = last + i64::try_from(seqs.len()).unwrap_or(i64::MAX) + 1;
        let queued = turn.jobs.iter().any(|job| job.entry == Some(position));
        thread::add(connection, turn.contact, turn.expected + 1, seq, entry, queued)?;
        seqs.push(seq);
    }
    Ok(seqs)
}

fn add_jobs(
    connection: &Connection,
    turn: &TurnCommit,
    number_id: &str,
    entries: &[i64],
) -> Result<Vec<JobId>, StoreError> {
    let sql = "INSERT INTO outbox (contact, number_id, entry, payload, created_at, ready_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut jobs = Vec::with_capacity(turn.jobs.len());
    for job in &turn.jobs {
        let entry = job.entry.and_then(|entry| entries.get(entry));
        let (created, ready) = (millis(turn.at), millis(job.not_before.unwrap_or(turn.at)));
        let values = params![turn.contact, number_id, entry, job.payload, created, ready];
        let number = insert(connection, sql, values)?;
        jobs.push(JobId { contact: turn.contact, number });
    }
    Ok(jobs)
}

fn add_facts(connection: &Connection, turn: &TurnCommit) -> Result<(), StoreError> {
    let sql = "INSERT INTO facts (contact, at, name, queue, agent, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    for fact in &turn.facts {
        let at = millis(turn.at);
        run(connection, sql, params![turn.contact, at, fact.name, fact.queue, fact.agent, fact.detail])?;
    }
    Ok(())
}

/// [`super::Store::facts`].
pub fn facts(connection: &Connection, from: Timestamp, to: Timestamp) -> Result<Vec<FactCount>, StoreError> {
    let sql = "SELECT name, queue, detail, count(*) FROM facts WHERE at >= ?1 AND at < ?2 \
               GROUP BY name, queue, detail ORDER BY name, queue, detail";
    all(connection, sql, [millis(from), millis(to)], |row| {
        Ok(FactCount { name: row.get(0)?, queue: row.get(1)?, detail: row.get(2)?, count: row.get(3)? })
    })
}

/// [`super::Store::occurrences`].
pub fn occurrences(connection: &Connection, query: &OccurrenceQuery) -> Result<Vec<Occurrence>, StoreError> {
    let sql = "SELECT id, contact, at, detail FROM facts \
               WHERE name = ?1 AND at >= ?2 AND at < ?3 AND id > ?4 AND contact <> 0 ORDER BY id LIMIT ?5";
    let values = params![query.name, millis(query.from), millis(query.to), query.after, at_most(query.limit)];
    all(connection, sql, values, |row| {
        Ok(Occurrence { number: row.get(0)?, contact: row.get(1)?, at: time(row.get(2)?), detail: row.get(3)? })
    })
}

/// [`super::Store::depths`].
pub fn depths(connection: &Connection) -> Result<Depths, StoreError> {
    let sql = "SELECT (SELECT count(*) FROM inbox WHERE taken_by IS NULL), \
               (SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending', 'unknown')), \
               (SELECT count(*) FROM timers), (SELECT count(*) FROM contacts WHERE enquiry_state <> 'ended')";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Depths { inbox: row.get(0)?, outbox: row.get(1)?, timers: row.get(2)?, open: row.get(3)? })
    };
    Ok(one(connection, sql, (), read)?.unwrap_or_default())
}
