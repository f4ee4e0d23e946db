//! Turns: committed whole or not at all (R38), many to a transaction.

use std::collections::HashSet;

use serde_json::{Value, json};
use tokio_postgres::Row;

use super::fault::Fault;
use super::link::{Again, Link};
use super::param::{at_most, get, get_time, params};
use crate::clock::Timestamp;
use crate::store::names::who_name;
use crate::store::{
    Committed, Depths, FactCount, JobId, NewEntry, Occurrence, OccurrenceQuery, StoreError, TurnCommit, TurnProblem,
};

type Answer = Result<Committed, TurnProblem>;
/// A turn with its place among all.
type Placed<'a> = (usize, &'a TurnCommit);

/// [`super::Store::commit_turns`]. Turns of the same contact build on each other: the later ones are committed after the first.
pub async fn commit(link: &Link, turns: &[TurnCommit]) -> Result<Vec<Answer>, StoreError> {
    let (bad, mut left): (Vec<Placed<'_>>, Vec<Placed<'_>>) =
        turns.iter().enumerate().partition(|(_, turn)| missing_entry(turn).is_some());
    let no_entry = |(place, turn)| Some((place, Err(TurnProblem::NoEntry { entry: missing_entry(turn)? })));
    let mut answers: Vec<(usize, Answer)> = bad.into_iter().filter_map(no_entry).collect();
    let mut is_first = true;
    while !left.is_empty() {
        let mut seen = HashSet::new();
        let (now, later): (Vec<Placed<'_>>, Vec<Placed<'_>>) =
            left.into_iter().partition(|(_, turn)| seen.insert(turn.contact));
        match commit_different(link, &now).await {
            Ok(made) => answers.extend(made),
            Err(error) if is_first => return Err(error),
            // What was made before stands, and is told.
            Err(error) => {
                let unmade = now.iter().chain(&later).map(|(place, _)| *place);
                answers.extend(unmade.map(|place| (place, Err(TurnProblem::Store(error.clone())))));
                break;
            }
        }
        is_first = false;
        left = later;
    }
    answers.sort_by_key(|(place, _)| *place);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Turns of contacts of whom each has one.
async fn commit_different(link: &Link, turns: &[Placed<'_>]) -> Result<Vec<(usize, Answer)>, StoreError> {
    let told = |fault: Fault| fault.told(link.address.place());
    match commit_together(link, turns).await {
        Err(Fault::Data(_)) if turns.len() > 1 => {
            // One of them holds what cannot be kept: each for itself.
            let mut answers = Vec::with_capacity(turns.len());
            for turn in turns {
                match commit_together(link, std::slice::from_ref(turn)).await {
                    Ok(alone) => answers.extend(alone),
                    Err(Fault::Data(error)) => answers.push((turn.0, Err(TurnProblem::Store(error)))),
                    Err(fault) => return Err(told(fault)),
                }
            }
            Ok(answers)
        }
        Err(Fault::Data(error)) => {
            Ok(turns.iter().map(|(place, _)| (*place, Err(TurnProblem::Store(error.clone())))).collect())
        }
        done => done.map_err(told),
    }
}

async fn commit_together(link: &Link, turns: &[Placed<'_>]) -> Result<Vec<(usize, Answer)>, Fault> {
    let whose: Vec<i64> = turns.iter().map(|(_, turn)| turn.contact).collect();
    let spelt: Vec<Value> = turns.iter().map(|(_, turn)| spell(turn)).collect();
    // By its token a turn whose answer was lost is known when it is committed again.
    let tokens: Vec<String> = turns.iter().map(|_| format!("{:016x}", rand::random::<u64>())).collect();
    let sql = "SELECT problem, number, entries, jobs FROM frontdesk_commit_all($1, $2, $3, $4)";
    let rows = link.tell(Again::Yes, sql, params![whose, Value::from(spelt), tokens, link.node.as_str()]).await?;
    if rows.len() != turns.len() {
        return Err(Fault::Other(StoreError::Corrupt("answers are missing".to_owned())));
    }
    let read = |((place, turn), row): (&Placed<'_>, &Row)| Ok((*place, answer(turn, row)?));
    turns.iter().zip(&rows).map(read).collect::<Result<_, StoreError>>().map_err(Fault::Other)
}

/// The entry that a job names and the turn does not have.
fn missing_entry(turn: &TurnCommit) -> Option<usize> {
    turn.jobs.iter().filter_map(|job| job.entry).find(|entry| *entry >= turn.entries.len())
}

fn answer(turn: &TurnCommit, row: &Row) -> Result<Answer, StoreError> {
    let number = get::<Option<i64>>(row, "number")?.unwrap_or_default();
    Ok(match get::<Option<&str>>(row, "problem")? {
        None => {
            let jobs: Vec<i64> = get(row, "jobs")?;
            let jobs = jobs.into_iter().map(|number| JobId { contact: turn.contact, number }).collect();
            Ok(Committed { contact: turn.contact, row_version: number, entries: get(row, "entries")?, jobs })
        }
        Some("moved") => Err(TurnProblem::Moved { found: number }),
        Some("taken") => Err(TurnProblem::Taken { inbox: number }),
        Some(_) => Err(TurnProblem::NoContact),
    })
}

fn spell(turn: &TurnCommit) -> Value {
    let card = &turn.card;
    let time = |at: Option<Timestamp>| at.map(|at| at.timestamp_millis());
    let entries: Vec<Value> = (0..).zip(&turn.entries).map(|(place, entry)| spell_entry(turn, place, entry)).collect();
    let job = |(place, job): (usize, &crate::store::NewJob)| {
        json!({
            "place": place, "entry": job.entry.map(|entry| entry + 1), "payload": job.payload,
            "ready_at": job.not_before.unwrap_or(turn.at).timestamp_millis(),
        })
    };
    let timer = |(kind, due): &(String, Timestamp)| json!({ "kind": kind, "due": due.timestamp_millis() });
    let audit = turn
        .audit
        .as_ref()
        .map(|row| json!({ "at": row.at.timestamp_millis(), "who": row.who, "what": row.what, "about": row.about }));
    json!({
        "contact": turn.contact, "expected": turn.expected, "at": turn.at.timestamp_millis(), "state": turn.state,
        "form": turn.form, "enquiry": card.enquiry, "enquiry_state": card.state, "since": time(card.since),
        "opened_at": time(card.opened_at), "version": card.version, "flow": card.flow, "question": card.question,
        "queue": card.queue, "agent": card.agent, "place": time(card.place), "promise_at": time(card.promise_at),
        "reply_due": time(card.reply_due), "wrote_at": time(card.wrote_at),
        "last_human_at": time(card.last_human_at), "subject": card.subject, "preview": card.preview.as_ref().map(|preview| &preview.text),
        "preview_agent": card.preview.as_ref().and_then(|preview| preview.agent.as_ref()),
        "taken": turn.taken, "entries": entries, "jobs": turn.jobs.iter().enumerate().map(job).collect::<Vec<_>>(),
        "timers": turn.timers.iter().map(timer).collect::<Vec<_>>(), "reasons": turn.reasons, "facts": turn.facts,
        "audit": audit,
    })
}

fn spell_entry(turn: &TurnCommit, place: usize, entry: &NewEntry) -> Value {
    let (who, name) = who_name(&entry.who);
    let queued = turn.jobs.iter().any(|job| job.entry == Some(place));
    json!({
        "place": place + 1, "at": entry.at.timestamp_millis(), "who": who, "name": name, "enquiry": entry.enquiry,
        "message": entry.message, "secret": i64::from(entry.secret), "message_id": entry.message_id,
        "delivery": queued.then_some("queued"),
    })
}

/// [`super::Store::facts`].
pub async fn facts(link: &Link, from: Timestamp, to: Timestamp) -> Result<Vec<FactCount>, StoreError> {
    let sql = "SELECT name, queue, detail, count(*) AS count FROM facts WHERE at >= $1 AND at < $2 \
               GROUP BY name, queue, detail ORDER BY name, queue NULLS FIRST, detail NULLS FIRST";
    let read = |row: &Row| {
        let (queue, detail) = (get(row, "queue")?, get(row, "detail")?);
        Ok(FactCount { name: get(row, "name")?, queue, detail, count: get(row, "count")? })
    };
    link.ask(Again::Yes, sql, params![from, to]).await?.iter().map(read).collect()
}

/// [`super::Store::occurrences`].
pub async fn occurrences(link: &Link, query: OccurrenceQuery) -> Result<Vec<Occurrence>, StoreError> {
    let sql = "SELECT id, contact, at, detail FROM facts \
               WHERE name = $1 AND at >= $2 AND at < $3 AND id > $4 AND contact <> 0 ORDER BY id LIMIT $5";
    let read = |row: &Row| {
        let (number, contact) = (get(row, "id")?, get(row, "contact")?);
        Ok(Occurrence { number, contact, at: get_time(row, "at")?, detail: get(row, "detail")? })
    };
    let values = params![query.name, query.from, query.to, query.after, at_most(query.limit)];
    link.ask(Again::Yes, sql, values).await?.iter().map(read).collect()
}

/// [`super::Store::depths`].
pub async fn depths(link: &Link) -> Result<Depths, StoreError> {
    let sql = "SELECT (SELECT count(*) FROM inbox WHERE taken_by IS NULL) AS inbox, \
               (SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending', 'unknown')) AS outbox, \
               (SELECT count(*) FROM timers) AS timers, \
               (SELECT count(*) FROM contacts WHERE enquiry_state <> 'ended') AS open";
    let read = |row: Row| {
        let (inbox, outbox) = (get(&row, "inbox")?, get(&row, "outbox")?);
        Ok(Depths { inbox, outbox, timers: get(&row, "timers")?, open: get(&row, "open")? })
    };
    link.ask_one(Again::Yes, sql, params![]).await?.map_or_else(|| Ok(Depths::default()), read)
}
