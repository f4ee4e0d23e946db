//! How messages reach customers, and what an answer of WhatsApp's means for a job (R39): within the window and the rates,
//! again after passing trouble, never blindly again when it is not known whether it went out.

use std::sync::Mutex;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::message::{MediaKind, MediaSource, Outbound};
use crate::store::{Identity, Job, SendOutcome};
use crate::whatsapp::client::{Api, SendError};
use crate::whatsapp::errors::{Class, PASSING, next_try, spread};
use crate::whatsapp::limiter::Limiter;
use crate::whatsapp::render::{Recipient, render};

use super::payload;
use super::{Inner, locked};

/// How long after the customer's last message free text may go (R32).
const WINDOW: chrono::Duration = chrono::Duration::hours(24);
/// WhatsApp's code for a window that has shut.
const WINDOW_SHUT: u32 = 131_047;
/// A read mark that takes longer than this only holds up the answer behind it.
const READ_MARK_MAX: Duration = Duration::from_secs(5);
/// A file that takes longer than this to go up is tried again: it must leave time for the message in the same try.
pub(super) const UPLOAD_MAX: Duration = Duration::from_secs(20);

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
    graph: Box<dyn Api>,
    limiter: Mutex<Limiter>,
}

impl Whatsapp {
    /// WhatsApp through this client.
    #[must_use]
    pub fn new(graph: impl Api + 'static) -> Self {
        Self { graph: Box::new(graph), limiter: Mutex::new(Limiter::default()) }
    }
}

impl Channel {
    /// Takes the right to send a job now, within WhatsApp's rates per number and per customer; else from when on.
    pub(super) fn take(&self, job: &Job, payload: &payload::Job, now: Timestamp) -> Result<(), Timestamp> {
        let (Self::Whatsapp(whatsapp), payload::Job::Message(_)) = (self, payload) else { return Ok(()) };
        let Some(to) = recipient(job) else { return Ok(()) };
        locked(&whatsapp.limiter).take(&job.number_id, to.key(), now).map_err(full_millis)
    }
}

/// The clock and the store know milliseconds: the one that is not before `at`.
fn full_millis(at: Timestamp) -> Timestamp {
    use chrono::DurationRound;
    let millis = at.duration_trunc(chrono::TimeDelta::milliseconds(1)).unwrap_or(at);
    if millis < at { millis + chrono::TimeDelta::milliseconds(1) } else { at }
}

fn recipient(job: &Job) -> Option<Recipient> {
    Recipient::of(job.to.wa_id.as_deref(), job.to.user_id.as_deref())
}

/// One try to send a job.
pub(super) async fn over_whatsapp(inner: &Inner, whatsapp: &Whatsapp, job: &Job, payload: payload::Job) -> SendOutcome {
    let message = match payload {
        payload::Job::Message(message) => message,
        payload::Job::Read { message, typing } => return mark_read(whatsapp, job, &message, typing).await,
    };
    let Some(to) = recipient(job) else {
        return failed(0, "the customer has neither number nor id");
    };
    if !may_go(&message, job.wrote_at, inner.clock.now()) {
        return failed(WINDOW_SHUT, "the customer wrote more than 24 hours ago; only a template may go");
    }
    let message = match uploaded(inner, whatsapp, job, message).await {
        Ok(message) => message,
        Err(error) => return outcome(inner, whatsapp, job, &to, &error),
    };
    let rendered = match render(&message, &to, &job.id.to_string()) {
        Ok(rendered) => rendered,
        Err(problem) => return failed(0, &problem.to_string()),
    };
    for cut in &rendered.cuts {
        tracing::warn!(contact = job.id.contact, part = cut.part, "a text was cut to WhatsApp's limit");
    }
    match whatsapp.graph.send(&job.number_id, rendered.body).await {
        Ok(sent) => SendOutcome::Sent {
            message_id: Some(sent.id),
            recipient: Identity { wa_id: sent.recipient.wa_id, user_id: sent.recipient.user_id, name: None },
        },
        Err(error) => outcome(inner, whatsapp, job, &to, &error),
    }
}

/// A mark that does not arrive is nobody's loss, and a late one is worse than none: it is tried once.
async fn mark_read(whatsapp: &Whatsapp, job: &Job, message: &str, typing: bool) -> SendOutcome {
    let nobodys_loss = |failure: String| SendOutcome::Failed { failure, payload: None };
    let marked = whatsapp.graph.mark_read(&job.number_id, message, typing);
    match tokio::time::timeout(READ_MARK_MAX, marked).await {
        Ok(Ok(())) => SendOutcome::Sent { message_id: None, recipient: Identity::default() },
        Ok(Err(error)) => nobodys_loss(error.to_string()),
        Err(_) => nobodys_loss("WhatsApp did not answer in time".to_owned()),
    }
}

/// Outside the window only templates go; anything else is not even attempted (R32).
fn may_go(message: &Outbound, wrote_at: Option<Timestamp>, now: Timestamp) -> bool {
    matches!(message, Outbound::Template { .. }) || wrote_at.is_some_and(|at| now < at + WINDOW)
}

/// It never will arrive, and a person must see that.
pub(super) fn failed(code: u32, title: &str) -> SendOutcome {
    let payload = payload::Undeliverable { code, title: title.to_owned() };
    SendOutcome::Failed { failure: title.to_owned(), payload: serde_json::to_string(&payload).ok() }
}

/// Nobody knows what became of it.
pub(super) fn unanswered(inner: &Inner, job: &Job) -> SendOutcome {
    let failure = "WhatsApp did not answer in time";
    next_try(Class::OutcomeUnknown, job.attempt).map_or_else(
        || failed(0, failure),
        |wait| SendOutcome::Unknown { until: later(inner.clock.now(), wait), failure: failure.to_owned() },
    )
}

/// What an error means for the job (R39).
fn outcome(inner: &Inner, whatsapp: &Whatsapp, job: &Job, to: &Recipient, error: &SendError) -> SendOutcome {
    let now = inner.clock.now();
    tell(job, error);
    let Some(wait) = next_try(error.class, job.attempt) else {
        return failed(error.code.unwrap_or_default(), &error.to_string());
    };
    let wait = spread(wait, inner.chance.part()).max(error.retry_after.unwrap_or_default());
    let at = later(now, wait);
    match error.class {
        Class::OutcomeUnknown => return SendOutcome::Unknown { until: at, failure: error.to_string() },
        Class::PairLimited => locked(&whatsapp.limiter).hold_pair(&job.number_id, to.key(), at),
        Class::NumberLimited | Class::Account => locked(&whatsapp.limiter).hold_number(&job.number_id, at),
        _ => {}
    }
    SendOutcome::Retry { at, failure: error.to_string() }
}

/// Tells the operator, without a word or number of the customer's (R42).
fn tell(job: &Job, error: &SendError) {
    let (contact, number, code, trace) = (job.id.contact, &job.number_id, error.code, error.trace.as_deref());
    if error.class == Class::Account {
        tracing::error!(
            number,
            code,
            trace,
            "WhatsApp refuses the account, its token or a permission; nothing goes out until that is mended"
        );
    } else {
        tracing::warn!(contact, code, trace, class = ?error.class, "WhatsApp did not take a message");
    }
}

pub(super) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    chrono::Duration::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait)).unwrap_or(now)
}

fn passing(title: &str) -> SendError {
    let title = title.to_owned();
    SendError { class: PASSING, code: None, title, details: None, trace: None, retry_after: None }
}

/// A record becomes a document that WhatsApp has; other messages stay as they are.
async fn uploaded(inner: &Inner, whatsapp: &Whatsapp, job: &Job, message: Outbound) -> Result<Outbound, SendError> {
    let Outbound::Record { enquiry, filename, caption } = message else { return Ok(message) };
    let text = match inner.record(job.id.contact, enquiry).await {
        Ok(text) => text,
        Err(error) => {
            tracing::error!(%error, "a record cannot be written");
            return Err(passing("the record could not be written"));
        }
    };
    let upload = whatsapp.graph.upload_media(&job.number_id, text.into_bytes(), "text/plain", &filename);
    let uploaded = tokio::time::timeout(UPLOAD_MAX, upload).await;
    let uploaded = uploaded.unwrap_or_else(|_| Err(passing("WhatsApp did not take the record in time")));
    // Whatever became of the file, no message went out.
    let id = uploaded.map_err(|error| match error.class {
        Class::OutcomeUnknown => SendError { class: PASSING, ..error },
        _ => error,
    })?;
    Ok(Outbound::Media { kind: MediaKind::Document, source: MediaSource::Id(id), caption, filename: Some(filename) })
}
