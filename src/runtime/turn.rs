//! One turn from what the store holds to what it will hold: asks `step`, and writes down what it wants.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::clock::Timestamp;
use crate::conversation::effect::{Author, Effect};
use crate::conversation::event::{Act, Event};
use crate::conversation::floor::Floor;
use crate::conversation::reason::{Fate, Reason};
use crate::conversation::state::{Contact, Conversation, FORM, TimerKind};
use crate::conversation::{Editions, Step, bot_error, step};
use crate::message::{Inbound, Outbound};
use crate::store::{AuditRow, Fact, Loaded, NewEntry, NewJob, TurnCommit, Who};

use super::card;
use super::misses;
use super::payload;
use super::secrets::Secrets;

/// The contact's conversation as stored; a new one before the first turn.
///
/// # Errors
/// It cannot be read; why, without a word of what it holds (R42).
pub fn conversation(loaded: &Loaded) -> Result<Conversation, String> {
    let who = &loaded.contact.who;
    let mut conversation = match &loaded.contact.state {
        Some(state) => serde_json::from_str::<Conversation>(state).map_err(|error| spot(&error))?,
        None => Conversation::new(Contact {
            number: loaded.contact.number_id.clone(),
            wa_id: None,
            user_id: None,
            name: String::new(),
            language: None,
        }),
    };
    conversation.contact.wa_id = who.wa_id.clone().or(conversation.contact.wa_id);
    conversation.contact.user_id = who.user_id.clone().or(conversation.contact.user_id);
    if let Some(name) = &who.name {
        conversation.contact.name.clone_from(name);
    }
    Ok(conversation)
}

/// Where JSON could not be read. The error's own words may quote what stands there.
pub(super) fn spot(error: &serde_json::Error) -> String {
    format!("{:?} at line {} column {}", error.classify(), error.line(), error.column())
}

/// The first timer that is due.
pub(super) fn due_timer(conversation: &Conversation, now: Timestamp) -> Option<TimerKind> {
    conversation.timers.next().filter(|(_, at)| *at <= now).map(|(kind, _)| kind)
}

/// A timer's name in the store.
pub(super) fn timer_name(kind: TimerKind) -> String {
    serde_json::to_value(kind).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A turn: what becomes of the conversation, and what the store is to hold after it.
///
/// # Errors
/// It cannot be taken, whatever is done: an error of ours.
pub(super) fn plan(
    editions: &Editions,
    floor: &Floor,
    loaded: &Loaded,
    before: &Conversation,
    event: &Event,
    taken: Vec<i64>,
    now: Timestamp,
) -> Result<(Step, TurnCommit), String> {
    let step = decide(editions, floor, before, event, now)?;
    let commit = catch_unwind(AssertUnwindSafe(|| commit(editions, loaded, before, event, &step, taken, now)));
    let commit = commit.map_err(|_| "what it says cannot be written down".to_owned())??;
    Ok((step, commit))
}

/// Asks `step`; should it fail in spite of everything, a person takes over (R21).
fn decide(
    editions: &Editions,
    floor: &Floor,
    before: &Conversation,
    event: &Event,
    now: Timestamp,
) -> Result<Step, String> {
    let decided = catch_unwind(AssertUnwindSafe(|| step(editions, floor, before, event, now)));
    let decided = decided.or_else(|_| {
        tracing::error!(turn = before.turn, "a turn failed inside; a person takes over");
        catch_unwind(AssertUnwindSafe(|| bot_error(editions, floor, before, event, now)))
    });
    let mut decided = decided.map_err(|_| "it fails inside, and so does handing it to a person".to_owned())?;
    if let Event::Timer(kind) = event
        && decided.after.timers.get(*kind).is_some_and(|at| at <= now)
    {
        decided.after.timers.clear(*kind);
    }
    Ok(decided)
}

/// What the store is to hold after a turn.
fn commit(
    editions: &Editions,
    loaded: &Loaded,
    before: &Conversation,
    event: &Event,
    step: &Step,
    taken: Vec<i64>,
    now: Timestamp,
) -> Result<TurnCommit, String> {
    let enquiry = step.after.enquiry.as_ref().map(|enquiry| enquiry.number);
    let secrets = Secrets::of(editions, before, &step.after);
    let mut entries = received(event, enquiry, &secrets);
    let mut jobs = Vec::new();
    for effect in &step.effects {
        match effect {
            Effect::Send { message, by } => {
                jobs.push(NewJob { payload: json(&job(message, by))?, entry: Some(entries.len()), not_before: None });
                let secret = secrets.stand_in(message.text());
                entries.push(NewEntry { secret, ..entry(now, who(by), enquiry, json(message)?) });
            }
            Effect::Note { by, text } => {
                let name = match by {
                    Author::Agent(name) => Some(name.clone()),
                    Author::Bot | Author::Phone => None,
                };
                entries.push(entry(now, Who::Note(name), enquiry, json(&payload::Line::Note { note: text.clone() })?));
            }
            Effect::Lookup { .. } | Effect::Alert { .. } | Effect::MarkRead { .. } => {}
        }
    }
    let said = entries.iter().rev().find_map(card::preview);
    Ok(TurnCommit {
        contact: loaded.contact.id,
        expected: loaded.contact.row_version,
        at: now,
        state: json(&step.after)?,
        form: FORM,
        card: card::card(editions.newest(), &step.after, said),
        taken,
        entries,
        jobs,
        timers: step.after.timers.0.iter().map(|(kind, at)| (timer_name(*kind), *at)).collect(),
        reasons: json(&step.why)?,
        facts: facts(before, step),
        audit: audit(event, loaded.contact.id, now),
    })
}

/// How a message is to be sent. Words of an agent's can go the template way, if need be.
fn job(message: &Outbound, by: &Author) -> payload::Job {
    match (message, by) {
        (Outbound::Text { text }, Author::Agent(agent)) => {
            payload::Job::Words { agent: agent.clone(), text: text.clone() }
        }
        _ => payload::Job::Message(message.clone()),
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}

fn entry(at: Timestamp, who: Who, enquiry: Option<u32>, message: String) -> NewEntry {
    NewEntry { at, who, enquiry, message, secret: false, message_id: None }
}

fn who(by: &Author) -> Who {
    match by {
        Author::Bot => Who::Bot,
        Author::Agent(name) => Who::Agent(name.clone()),
        Author::Phone => Who::Phone,
    }
}

/// The lines of what was received.
fn received(event: &Event, enquiry: Option<u32>, secrets: &Secrets) -> Vec<NewEntry> {
    let line = |message: &Inbound, who: Who, secret: bool| {
        let text = serde_json::to_string(&message.content).unwrap_or_default();
        NewEntry { at: message.at, who, enquiry, message: text, secret, message_id: Some(message.id.clone()) }
    };
    match event {
        Event::Messages(messages) => {
            messages.iter().map(|message| line(message, Who::Customer, secrets.given)).collect()
        }
        Event::Echo(message) => vec![line(message, Who::Phone, false)],
        _ => Vec::new(),
    }
}

fn facts(before: &Conversation, step: &Step) -> Vec<Fact> {
    let mut facts = Vec::new();
    let enquiry = step.after.enquiry.as_ref();
    let queue = enquiry.and_then(|enquiry| enquiry.queue.clone());
    let agent = enquiry.and_then(|enquiry| enquiry.agent.clone());
    let mut fact = |name: &str, detail: Option<String>| {
        facts.push(Fact { name: name.to_owned(), queue: queue.clone(), agent: agent.clone(), detail });
    };
    let handoff = enquiry.and_then(|enquiry| enquiry.handoff.as_ref());
    let earlier = before.enquiry.as_ref().and_then(|enquiry| enquiry.handoff.as_ref());
    if let Some(handoff) = handoff.filter(|handoff| earlier.is_none_or(|earlier| earlier.at != handoff.at)) {
        fact("handoff", Some(handoff.reason.name().to_owned()));
    }
    for reason in &step.why {
        match reason {
            Reason::Promise(Fate::Kept) => fact("promise_kept", None),
            Reason::Promise(Fate::Broken | Fate::Renewed) => fact("promise_broken", None),
            Reason::NotUnderstood { asked, .. } => {
                fact(misses::FACT, Some(if *asked { "asked" } else { "unsure" }.to_owned()));
            }
            Reason::Rule { .. } | Reason::Understood(_) | Reason::Reached(_) | Reason::PutFirst { .. } => {}
        }
    }
    facts
}

fn audit(event: &Event, contact: i64, now: Timestamp) -> Option<AuditRow> {
    let Event::Agent { agent, act } = event else { return None };
    let what = match act {
        Act::Take => "take",
        Act::Reply { .. } => "reply",
        Act::HeldReply { .. } => "held_reply",
        Act::Template { .. } => "template",
        Act::Note { .. } => "note",
        Act::Promise { .. } => "promise",
        Act::Snooze { .. } => "snooze",
        Act::Flow { .. } => "flow",
        Act::Article { .. } => "article",
        Act::TransferToQueue { .. } | Act::TransferToAgent { .. } => "transfer",
        Act::End => "end",
    };
    Some(AuditRow { at: now, who: agent.clone(), what: what.to_owned(), about: format!("contact {contact}") })
}
