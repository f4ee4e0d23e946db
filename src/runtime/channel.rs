//! How messages reach customers, and what an answer of WhatsApp's means for a job (R39): within the window and the rates,
//! again after passing trouble, never blindly again when it is not known whether it went out.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use crate::clock::{Timestamp, full_millis};
use crate::conversation::unsent;
use crate::files::Files;
use crate::message::{MediaKind, MediaSource, Outbound};
use crate::store::{Identity, Job, SendOutcome};
use crate::whatsapp::breaker::{Breakers, Cut};
use crate::whatsapp::client::{Api, SendError, SentId};
use crate::whatsapp::errors::{Class, PASSING, next_try, spread};
use crate::whatsapp::limiter::Limiter;
use crate::whatsapp::render::{Recipient, render};

use super::files::Keeping;
use super::marks::Mark;
use super::payload;
use super::{Inner, locked};

/// How long after the customer's last message free text may go (R32).
const WINDOW: chrono::Duration = chrono::Duration::hours(24);
/// A read mark that takes longer than this only holds up the answer behind it.
const READ_MARK_MAX: Duration = Duration::from_secs(5);
/// A file that takes longer than this to be written and to go up is tried again: it must leave time for the message in the
/// same try.
pub(super) const UPLOAD_MAX: Duration = Duration::from_secs(20);
/// The longest wait for the status of a message of which nobody knows whether it went out.
const SETTLE_LONGEST: Duration = Duration::from_secs(5 * 60);
/// So long the tries of a message do not count while nothing goes out; after that they do, so that a person hears of it.
const PATIENCE: chrono::Duration = chrono::Duration::hours(6);

/// How messages reach customers.
#[derive(Debug)]
pub enum Channel {
    /// The simulator stands in for WhatsApp: whatever is sent has arrived and been read.
    Local,
    /// The Graph API.
    Whatsapp(Box<Whatsapp>),
}

/// WhatsApp, with its rates.
#[derive(Debug)]
pub struct Whatsapp {
    pub(super) graph: Box<dyn Api>,
    pub(super) keeping: Option<Keeping>,
    gate: Mutex<Gate>,
}

/// What may go out now: within the rates, and only what finds out as long as WhatsApp takes nothing.
#[derive(Debug, Default)]
struct Gate {
    limiter: Limiter,
    breakers: Breakers,
}

impl Whatsapp {
    /// WhatsApp through this client.
    #[must_use]
    pub fn new(graph: impl Api + 'static) -> Self {
        Self { graph: Box::new(graph), keeping: None, gate: Mutex::default() }
    }

    /// The same, which keeps the files that customers send.
    #[must_use]
    pub fn keeping(self, files: Files) -> Self {
        Self { keeping: Some(Keeping::new(files)), ..self }
    }
}

/// How much the channel can take now.
#[derive(Debug)]
pub(super) struct Room {
    /// So many messages from any number…
    pub at_once: u32,
    /// …unless it stands here; none from those that may not send yet.
    pub of: BTreeMap<String, u32>,
    /// When the first of these is free again.
    pub freed: Option<Timestamp>,
}

impl Room {
    /// Numbers from which nothing may go yet.
    pub(super) fn held(&self) -> Vec<String> {
        self.of.iter().filter(|(_, room)| **room == 0).map(|(number, _)| number.clone()).collect()
    }
}

/// Whether a job may be tried now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It may, and counts against the rates.
    Now,
    /// Not before.
    Later(Timestamp),
}

impl Channel {
    /// Where files that customers send are kept.
    pub(super) fn files(&self) -> Option<&Files> {
        match self {
            Self::Local => None,
            Self::Whatsapp(whatsapp) => whatsapp.keeping.as_ref().map(|keeping| &keeping.files),
        }
    }

    /// How much may be tried now. What is taken from the store beyond that would only wait here, and after a crash nobody
    /// could tell it from what was tried.
    pub(super) fn room(&self, now: Timestamp) -> Room {
        match self {
            Self::Local => Room { at_once: u32::MAX, of: BTreeMap::new(), freed: None },
            Self::Whatsapp(whatsapp) => locked(&whatsapp.gate).room(now),
        }
    }

    /// Takes the right to try a job now, within WhatsApp's rates per number and per customer.
    pub(super) fn take(&self, job: &Job, now: Timestamp) -> Taken {
        let Self::Whatsapp(whatsapp) = self else { return Taken::Now };
        let Gate { limiter, breakers } = &mut *locked(&whatsapp.gate);
        let breaker = breakers.of(&job.number_id);
        if let Some(until) = breaker.open_until().filter(|until| *until > now) {
            return Taken::Later(full_millis(until));
        }
        // Without a recipient it fails by itself, and asks WhatsApp nothing.
        let Some(to) = recipient(job) else { return Taken::Now };
        if let Err(until) = limiter.take(&job.number_id, to.key(), now) {
            return Taken::Later(full_millis(until));
        }
        breaker.begins(now);
        Taken::Now
    }

    /// The business numbers from which nothing goes out, and why.
    pub(super) fn cut_off(&self) -> Vec<(String, Cut)> {
        let Self::Whatsapp(whatsapp) = self else { return Vec::new() };
        locked(&whatsapp.gate).breakers.open().map(|(number, _, why)| (number.to_owned(), why)).collect()
    }
}

impl Gate {
    fn room(&self, now: Timestamp) -> Room {
        let one_try =
            self.breakers.open().map(|(number, until, _)| (number, if until > now { Err(until) } else { Ok(1) }));
        let mut room = Room { at_once: self.limiter.burst(), of: BTreeMap::new(), freed: None };
        for (number, may) in self.limiter.room(now).chain(one_try) {
            let count = may.unwrap_or_else(|until| {
                let until = full_millis(until);
                room.freed = Some(room.freed.map_or(until, |first| first.min(until)));
                0
            });
            let of_number = room.of.entry(number.to_owned()).or_insert(count);
            *of_number = count.min(*of_number);
        }
        room
    }
}

fn recipient(job: &Job) -> Option<Recipient> {
    Recipient::of(job.to.wa_id.as_deref(), job.to.user_id.as_deref())
}

/// What a try came to.
enum Tried {
    /// WhatsApp was not asked.
    Not(SendOutcome),
    /// What it said, or how it could not be asked.
    Answer(Result<SentId, SendError>),
}

/// One try to send a job.
pub(super) async fn over_whatsapp(inner: &Inner, whatsapp: &Whatsapp, job: &Job, payload: payload::Job) -> SendOutcome {
    let (message, agent) = match payload {
        payload::Job::Message(message) => (message, None),
        payload::Job::Words { agent, text } => (Outbound::Text { text }, Some(agent)),
    };
    match tried(inner, whatsapp, job, message, agent).await {
        Tried::Not(outcome) => {
            locked(&whatsapp.gate).breakers.of(&job.number_id).asked_nothing(inner.clock.now());
            outcome
        }
        Tried::Answer(Ok(sent)) => {
            whatsapp.answered(job);
            let news = |said: Option<String>, known: &Option<String>| said.filter(|said| Some(said) != known.as_ref());
            let (wa_id, user_id) = (sent.recipient.wa_id, sent.recipient.user_id);
            let (wa_id, user_id) = (news(wa_id, &job.to.wa_id), news(user_id, &job.to.user_id));
            SendOutcome::Sent { message_id: sent.id, recipient: Identity { wa_id, user_id, name: None } }
        }
        Tried::Answer(Err(error)) => outcome(inner, whatsapp, job, &error),
    }
}

async fn tried(inner: &Inner, whatsapp: &Whatsapp, job: &Job, message: Outbound, agent: Option<String>) -> Tried {
    let Some(to) = recipient(job) else {
        return Tried::Not(failed(0, "the customer has neither number nor id"));
    };
    if !may_go(&message, job.wrote_at, inner.clock.now()) {
        return Tried::Not(window_shut(message, agent));
    }
    let message = match uploaded(inner, whatsapp, job, message).await {
        Ok(message) => message,
        Err(tried) => return tried,
    };
    let rendered = match render(&message, &to, &job.id.to_string()) {
        Ok(rendered) => rendered,
        Err(problem) => return Tried::Not(failed(0, &problem.to_string())),
    };
    for cut in &rendered.cuts {
        tracing::warn!(contact = job.id.contact, part = cut.part, "a text was cut to WhatsApp's limit");
    }
    Tried::Answer(whatsapp.graph.send(&job.number_id, rendered.body).await)
}

/// One try to mark a message as read; none while nothing goes out.
pub(super) async fn mark_read(inner: &Inner, mark: &Mark) {
    let Channel::Whatsapp(whatsapp) = &inner.channel else { return };
    if locked(&whatsapp.gate).breakers.of(&mark.number_id).open_until().is_some() {
        return;
    }
    let marked = whatsapp.graph.mark_read(&mark.number_id, &mark.message, mark.typing);
    match timeout(READ_MARK_MAX, marked).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let (contact, code, trace) = (mark.contact, error.code, error.trace.as_deref());
            tracing::debug!(contact, code, trace, "WhatsApp did not take a read mark");
        }
        Err(_) => tracing::debug!(contact = mark.contact, "WhatsApp did not answer to a read mark in time"),
    }
}

/// Outside the window only templates go; anything else is not even attempted (R32).
fn may_go(message: &Outbound, wrote_at: Option<Timestamp>, now: Timestamp) -> bool {
    matches!(message, Outbound::Template { .. }) || wrote_at.is_some_and(|at| now < at + WINDOW)
}

/// It never will arrive, and a person must see that.
pub(super) fn failed(code: u32, title: &str) -> SendOutcome {
    undeliverable(payload::Undeliverable { code, title: title.to_owned(), unsent: None })
}

/// It may not go as it is; what an agent wrote may yet go the template way.
fn window_shut(message: Outbound, agent: Option<String>) -> SendOutcome {
    let words = match (agent, message) {
        (Some(agent), Outbound::Text { text }) => Some(payload::Unsent { agent, text }),
        _ => None,
    };
    undeliverable(payload::Undeliverable { code: unsent::CODE, title: unsent::TITLE.to_owned(), unsent: words })
}

fn undeliverable(payload: payload::Undeliverable) -> SendOutcome {
    let written = serde_json::to_string(&payload).ok();
    SendOutcome::Failed { failure: payload.title, payload: written }
}

/// Nobody knows what became of it.
pub(super) fn unanswered(inner: &Inner, whatsapp: &Whatsapp, job: &Job) -> SendOutcome {
    outcome(inner, whatsapp, job, &trouble(Class::OutcomeUnknown, "WhatsApp did not answer in time"))
}

/// What an error means for the job (R39).
fn outcome(inner: &Inner, whatsapp: &Whatsapp, job: &Job, error: &SendError) -> SendOutcome {
    let (now, chance) = (inner.clock.now(), inner.chance.part());
    let cut_until = whatsapp.learn(job, error, now, chance);
    match (error.class, cut_until.filter(|_| error.class == Class::Account || now < job.created_at + PATIENCE)) {
        (Class::Account | PASSING, Some(until)) => return SendOutcome::Postponed { until: full_millis(until) },
        (Class::OutcomeUnknown, Some(until)) => {
            let wait = next_try(error.class, job.attempt).unwrap_or(SETTLE_LONGEST);
            let until = later(now, spread(wait, chance)).max(full_millis(until));
            return SendOutcome::Unknown { until, failure: error.to_string() };
        }
        _ => {}
    }
    let Some(wait) = next_try(error.class, job.attempt) else {
        return failed(error.code.unwrap_or_default(), &error.to_string());
    };
    let at = later(now, spread(wait, chance).max(error.retry_after.unwrap_or_default()));
    match error.class {
        Class::OutcomeUnknown => SendOutcome::Unknown { until: at, failure: error.to_string() },
        class => {
            whatsapp.hold(job, class, at);
            SendOutcome::Retry { at, failure: error.to_string() }
        }
    }
}

impl Whatsapp {
    /// WhatsApp answered, whatever it said: it is there.
    fn answered(&self, job: &Job) {
        if locked(&self.gate).breakers.of(&job.number_id).answered() {
            tracing::info!(number = job.number_id, "WhatsApp takes messages again; what waited goes out");
        }
    }

    /// Learns from an error whether anything can go out at all; until when nothing does.
    fn learn(&self, job: &Job, error: &SendError, now: Timestamp, chance: f64) -> Option<Timestamp> {
        match error.class {
            Class::Account => {
                let news = locked(&self.gate).breakers.of(&job.number_id).refused(now, chance);
                tell_refused(job, error, news);
            }
            PASSING | Class::OutcomeUnknown => {
                let mut gate = locked(&self.gate);
                let breaker = gate.breakers.of(&job.number_id);
                let known = breaker.open_until().is_some();
                let news = breaker.failed(now, chance);
                drop(gate);
                tell_failed(job, error, known, news);
            }
            Class::Retry { .. } => {
                tell_not_taken(job, error);
                locked(&self.gate).breakers.of(&job.number_id).still_fails(now, chance);
            }
            _ => {
                tell_not_taken(job, error);
                self.answered(job);
            }
        }
        locked(&self.gate).breakers.of(&job.number_id).open_until()
    }

    /// Nothing more before `at` of what WhatsApp said is too much.
    fn hold(&self, job: &Job, class: Class, at: Timestamp) {
        let limiter = &mut locked(&self.gate).limiter;
        match (class, recipient(job)) {
            (Class::PairLimited, Some(to)) => limiter.hold_pair(&job.number_id, to.key(), at),
            (Class::NumberLimited, _) => limiter.hold_number(&job.number_id, at),
            _ => {}
        }
    }
}

/// What operators are told never has a word or number of the customer's in it (R42).
fn tell_not_taken(job: &Job, error: &SendError) {
    let (contact, code, trace) = (job.id.contact, error.code, error.trace.as_deref());
    tracing::warn!(contact, code, trace, class = ?error.class, "WhatsApp did not take a message");
}

fn tell_refused(job: &Job, error: &SendError, news: bool) {
    let (number, code, trace) = (&job.number_id, error.code, error.trace.as_deref());
    if news {
        tracing::error!(
            number,
            code,
            trace,
            "WhatsApp refuses the account, its token or a permission; nothing goes out until that is mended"
        );
    }
}

/// An outage is told once, not with every message that meets it.
fn tell_failed(job: &Job, error: &SendError, known: bool, news: bool) {
    if news {
        let (number, code, trace) = (&job.number_id, error.code, error.trace.as_deref());
        tracing::error!(
            number,
            code,
            trace,
            "WhatsApp is in trouble or cannot be reached; messages wait, and one at a time finds out when it is back"
        );
    } else if !known {
        tell_not_taken(job, error);
    }
}

pub(super) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    chrono::Duration::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait)).unwrap_or(now)
}

fn trouble(class: Class, title: &str) -> SendError {
    let title = title.to_owned();
    SendError { class, code: None, title, details: None, trace: None, retry_after: None }
}

/// A record becomes a document that WhatsApp has; other messages stay as they are.
async fn uploaded(inner: &Inner, whatsapp: &Whatsapp, job: &Job, message: Outbound) -> Result<Outbound, Tried> {
    let Outbound::Record { enquiry, filename, caption } = message else { return Ok(message) };
    let by = Instant::now() + UPLOAD_MAX;
    let text = match timeout_at(by, inner.record(job.id.contact, enquiry)).await {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => {
            tracing::error!(%error, "a record cannot be written");
            return Err(Tried::Not(again(inner, job, "the record could not be written")));
        }
        Err(_) => return Err(Tried::Not(again(inner, job, "the record could not be written in time"))),
    };
    let upload = whatsapp.graph.upload_media(&job.number_id, text.into_bytes(), "text/plain", &filename);
    let uploaded = timeout_at(by, upload).await;
    let uploaded = uploaded.unwrap_or_else(|_| Err(trouble(PASSING, "WhatsApp did not take the record in time")));
    // Whatever became of the file, no message went out.
    let id = uploaded.map_err(|error| match error.class {
        Class::OutcomeUnknown => Tried::Answer(Err(SendError { class: PASSING, ..error })),
        _ => Tried::Answer(Err(error)),
    })?;
    Ok(Outbound::Media { kind: MediaKind::Document, source: MediaSource::Id(id), caption, filename: Some(filename) })
}

/// Something of ours stood in the way, and that passes.
fn again(inner: &Inner, job: &Job, failure: &str) -> SendOutcome {
    next_try(PASSING, job.attempt).map_or_else(
        || failed(0, failure),
        |wait| SendOutcome::Retry { at: later(inner.clock.now(), wait), failure: failure.to_owned() },
    )
}
