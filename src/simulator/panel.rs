//! Where a customer's enquiry stands, in the words of the rules.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::Editions;
use crate::conversation::reading::show;
use crate::conversation::state::{Answer, Conversation, Enquiry, Offer, State};
use crate::language::Language;
use crate::locale::Locale;
use crate::text::MASK;
use crate::web::words;

use super::why::{topic_label, topic_name};

/// How long a business may write freely after the customer's latest message; it counts as shut five minutes early (R33).
const WINDOW: chrono::Duration = chrono::Duration::minutes(24 * 60 - 5);

/// What the panel shows.
#[derive(Debug, Serialize)]
pub(super) struct Panel {
    enquiry: Option<ShownEnquiry>,
    /// How many enquiries there were before.
    earlier: usize,
    timers: Vec<Timer>,
    /// Until when the business may write freely (R32).
    window_until: Option<Timestamp>,
    /// The customer wants no reminders (R6).
    stopped: bool,
    /// The language they were recognised to write.
    writes: Option<Language>,
}

#[derive(Debug, Serialize)]
struct ShownEnquiry {
    number: u32,
    state: &'static str,
    means: String,
    since: Timestamp,
    topic: Option<Topic>,
    flow: Option<Flow>,
    failures: u8,
    /// So many hand off (R14).
    failures_max: u8,
    answers: Vec<ShownAnswer>,
    lookups: Vec<Looked>,
    offer: Option<&'static str>,
    handoff: Option<Handoff>,
    queue: Option<String>,
    agent: Option<String>,
    promise: Option<Promise>,
    reply_due: Option<Timestamp>,
    held_until: Option<Timestamp>,
    /// It stands on an older version of the bot (R19).
    older_version: bool,
}

#[derive(Debug, Serialize)]
struct Topic {
    what: &'static str,
    name: String,
    label: Option<String>,
    probability: f32,
}

#[derive(Debug, Serialize)]
struct Flow {
    name: String,
    question: Option<String>,
    lookup: Option<String>,
    asked: usize,
}

#[derive(Debug, Serialize)]
struct ShownAnswer {
    name: String,
    called: String,
    shown: String,
    secret: bool,
}

#[derive(Debug, Serialize)]
struct Looked {
    name: String,
    fields: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct Handoff {
    reason: &'static str,
    means: &'static str,
    at: Timestamp,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct Promise {
    at: Timestamp,
    told: bool,
    renewals: u8,
    by_agent: bool,
    over: bool,
}

#[derive(Debug, Serialize)]
struct Timer {
    kind: String,
    means: &'static str,
    at: Timestamp,
}

/// What the panel shows of a conversation; secret answers are masked (R42).
pub(super) fn panel(conversation: &Conversation, editions: &Editions, now: Timestamp) -> Panel {
    let mut timers: Vec<Timer> = conversation
        .timers
        .0
        .iter()
        .map(|(kind, at)| Timer { kind: name(kind), means: words::timer(*kind), at: *at })
        .collect();
    timers.sort_by_key(|timer| timer.at);
    Panel {
        enquiry: conversation.enquiry.as_ref().map(|enquiry| enquiry_view(enquiry, editions, now)),
        earlier: conversation.earlier.len(),
        timers,
        window_until: conversation.wrote_at.map(|at| at + WINDOW),
        stopped: conversation.stopped,
        writes: conversation.contact.language,
    }
}

/// The secret answers as they were given, by question.
pub(super) fn secrets(conversation: &Conversation) -> BTreeMap<String, String> {
    let answers = conversation.enquiry.iter().flat_map(|enquiry| &enquiry.answers);
    answers.filter(|answer| answer.secret).map(|answer| (answer.question.clone(), answer.shown.clone())).collect()
}

fn enquiry_view(enquiry: &Enquiry, editions: &Editions, now: Timestamp) -> ShownEnquiry {
    let newest = editions.newest();
    let bot = editions.version(&enquiry.version).unwrap_or(newest);
    let flow = enquiry.run.as_ref().map(|run| {
        let program = bot.flows.get(&run.flow);
        let question = run.question.and_then(|position| program?.questions.get(position));
        Flow {
            name: run.flow.clone(),
            question: question.map(|question| question.name.clone()),
            lookup: run.pending.as_ref().map(|pending| pending.lookup.clone()),
            asked: run.asked.len(),
        }
    });
    let running = enquiry.run.as_ref().and_then(|run| bot.flows.get(&run.flow));
    ShownEnquiry {
        number: enquiry.number,
        state: enquiry.state.name(),
        means: means(enquiry),
        since: enquiry.since,
        topic: enquiry.topic.as_ref().map(|matched| {
            let (what, name) = topic_name(matched.topic.clone());
            Topic { what, name, label: topic_label(&matched.topic, bot), probability: matched.probability }
        }),
        flow,
        failures: enquiry.failures,
        failures_max: running.map_or(2, |program| program.failures),
        answers: enquiry.answers.iter().map(answer).collect(),
        lookups: looked(enquiry, bot, now),
        offer: enquiry.offer.as_ref().map(offer),
        handoff: enquiry.handoff.as_ref().map(|handoff| Handoff {
            reason: handoff.reason.name(),
            means: words::handoff(handoff.reason),
            at: handoff.at,
            note: handoff.note.clone(),
        }),
        queue: enquiry.queue.as_ref().map(|name| queue(name, newest)),
        agent: enquiry.agent.clone(),
        promise: enquiry.promise.as_ref().map(|promise| Promise {
            at: promise.at,
            told: promise.told,
            renewals: promise.renewals,
            by_agent: promise.by_agent,
            over: promise.over,
        }),
        reply_due: enquiry.clock.as_ref().map(|clock| clock.due),
        held_until: enquiry.held.as_ref().map(|held| held.until),
        older_version: enquiry.version != newest.version,
    }
}

fn means(enquiry: &Enquiry) -> String {
    let ended = enquiry.ended.as_ref().filter(|_| enquiry.state == State::Ended);
    ended.map_or_else(
        || words::state(enquiry.state).to_owned(),
        |ended| format!("{}: {}", words::state(State::Ended), words::ended(ended.how)),
    )
}

fn answer(answer: &Answer) -> ShownAnswer {
    ShownAnswer {
        name: answer.question.clone(),
        called: answer.called.clone(),
        shown: if answer.secret { MASK.to_owned() } else { answer.shown.clone() },
        secret: answer.secret,
    }
}

fn looked(enquiry: &Enquiry, bot: &Bot, now: Timestamp) -> Vec<Looked> {
    let language = bot.default_language();
    let locale = bot.locales.get(&language).cloned().unwrap_or_else(|| Locale::for_language(language));
    let fields = |fields: &crate::message::Fields| {
        fields.iter().map(|(name, value)| (name.clone(), show(value, &locale, now))).collect()
    };
    enquiry.results.iter().map(|(name, found)| Looked { name: name.clone(), fields: fields(found) }).collect()
}

fn queue(name: &str, bot: &Bot) -> String {
    bot.queues.get(name).map_or_else(|| name.to_owned(), |queue| queue.label.get(bot.default_language()).to_owned())
}

const fn offer(offer: &Offer) -> &'static str {
    match offer {
        Offer::Menu(_) => "the menu",
        Offer::DidYouMean(_) => "“Did you mean…”",
        Offer::Helped(_) => "“Did that help?”",
        Offer::Confirm { .. } => "“You want to …?”",
        Offer::StillRelevant => "“Is it still relevant?”",
    }
}

fn name(kind: &crate::conversation::state::TimerKind) -> String {
    serde_json::to_value(kind).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
