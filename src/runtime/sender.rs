//! Sends what was committed to be sent (R39): in order per contact, within WhatsApp's rates, again after passing trouble,
//! and never blindly again when it is not known whether it went out.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::record::{self, Record, RecordLine, Speaker};
use crate::message::{Content, Delivery, MediaKind, MediaSource, Outbound};
use crate::store::{Claim, ContactId, Entry, Finished, Identity, Job, SendOutcome, StoreError, ThreadQuery, Who};
use crate::whatsapp::client::{Graph, SendError};
use crate::whatsapp::errors::{Class, PASSING, SETTLE, next_try, spread};
use crate::whatsapp::limiter::Limiter;
use crate::whatsapp::render::{Recipient, render};

use super::payload::{self, Line};
use super::{Inner, Live, locked};

const LEASE: Duration = Duration::from_secs(60);
const BATCH: u32 = 64;
const TROUBLE_WAIT: Duration = Duration::from_millis(500);
/// The sender looks at the store at least so often.
const LOOK_AROUND: Duration = Duration::from_secs(10);
/// Lines of a record.
const RECORD_LINES_MAX: u32 = 1_000;

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
    graph: Graph,
    limiter: Mutex<Limiter>,
}

impl Whatsapp {
    /// WhatsApp through this client.
    #[must_use]
    pub fn new(graph: Graph) -> Self {
        Self { graph, limiter: Mutex::new(Limiter::default()) }
    }
}

/// Runs until the runtime is dropped.
pub(super) async fn run(inner: Arc<Inner>) {
    let worker = format!("sender-{:016x}", rand::random::<u64>());
    while !inner.is_stopping() {
        let claim =
            Claim { worker: worker.clone(), now: inner.clock.now(), lease: LEASE, settle: SETTLE, limit: BATCH };
        let jobs = match inner.store.claim_jobs(claim).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read; trying again");
                tokio::time::sleep(TROUBLE_WAIT).await;
                continue;
            }
        };
        if jobs.is_empty() {
            let now = inner.clock.now();
            let next = inner.store.next_job().await.ok().flatten();
            let wait = next.map_or(LOOK_AROUND, |at| (at - now).to_std().unwrap_or(Duration::from_millis(20)));
            // Another node, a lease or a status may change things; a short floor keeps the loop from spinning.
            let wait = wait.clamp(Duration::from_millis(20), LOOK_AROUND);
            drop(tokio::time::timeout(wait, inner.outbox.notified()).await);
            continue;
        }
        let sends = jobs.into_iter().map(|job| {
            let (inner, worker) = (Arc::clone(&inner), worker.clone());
            async move {
                let contact = job.id.contact;
                let outcome = send(&inner, &job).await;
                (contact, Finished { job: job.id, worker, outcome })
            }
        });
        let mut tasks = tokio::task::JoinSet::new();
        for send in sends {
            tasks.spawn(send);
        }
        let mut done = Vec::new();
        while let Some(result) = tasks.join_next().await {
            done.extend(result.ok());
        }
        finish(&inner, done).await;
    }
}

async fn finish(inner: &Arc<Inner>, done: Vec<(ContactId, Finished)>) {
    let contacts: Vec<ContactId> = done.iter().map(|(contact, _)| *contact).collect();
    let finished: Vec<Finished> = done.into_iter().map(|(_, finished)| finished).collect();
    while let Err(error) = inner.store.finish_jobs(finished.clone(), inner.clock.now()).await {
        tracing::error!(%error, "what was sent cannot be noted; trying again");
        if matches!(error, StoreError::Closed) {
            return;
        }
        tokio::time::sleep(TROUBLE_WAIT).await;
    }
    if matches!(inner.channel, Channel::Local) {
        deliver_locally(inner, &finished).await;
    }
    for contact in contacts {
        drop(inner.live.send(Live::Changed(contact)));
        drop(inner.wanted.try_send(super::Wanted::Wake(contact)));
    }
}

/// In local mode every message has arrived and been read.
async fn deliver_locally(inner: &Arc<Inner>, finished: &[Finished]) {
    let now = inner.clock.now();
    let statuses = finished.iter().filter_map(|finished| match &finished.outcome {
        SendOutcome::Sent { message_id: Some(id), .. } => Some(crate::store::Arrival::Status {
            number_id: String::new(),
            message_id: id.clone(),
            job: Some(finished.job),
            delivery: Delivery::Read,
            failure: None,
            retry_at: None,
            payload: String::new(),
        }),
        _ => None,
    });
    if let Err(error) = inner.store.receive(statuses.collect(), now).await {
        tracing::warn!(%error, "the delivery of a message could not be noted");
    }
}

async fn send(inner: &Arc<Inner>, job: &Job) -> SendOutcome {
    let payload = match serde_json::from_str::<payload::Job>(&job.payload) {
        Ok(payload) => payload,
        Err(error) => {
            return SendOutcome::Failed { failure: format!("it cannot be read back: {error}"), payload: None };
        }
    };
    match &inner.channel {
        Channel::Local => {
            let message_id = matches!(payload, payload::Job::Message(_)).then(|| format!("local.{}", job.id));
            SendOutcome::Sent { message_id, recipient: Identity::default() }
        }
        Channel::Whatsapp(whatsapp) => over_whatsapp(inner, whatsapp, job, payload).await,
    }
}

async fn over_whatsapp(inner: &Arc<Inner>, whatsapp: &Whatsapp, job: &Job, payload: payload::Job) -> SendOutcome {
    let Some(to) = Recipient::of(job.to.wa_id.as_deref(), job.to.user_id.as_deref()) else {
        return failed(0, "the customer has neither number nor id");
    };
    let message = match payload {
        payload::Job::Read { message, typing } => {
            // A mark that does not arrive is nobody's loss; a late one is worse than none.
            return match whatsapp.graph.mark_read(&job.number_id, &message, typing).await {
                Ok(()) => SendOutcome::Sent { message_id: None, recipient: Identity::default() },
                Err(error) => SendOutcome::Failed { failure: error.to_string(), payload: None },
            };
        }
        payload::Job::Message(message) => message,
    };
    let now = inner.clock.now();
    let free = locked(&whatsapp.limiter).take(&job.number_id, to.key(), now);
    if let Err(until) = free {
        return SendOutcome::Postponed { until };
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
    match whatsapp.graph.send(&job.number_id, &rendered.body).await {
        Ok(sent) => SendOutcome::Sent {
            message_id: Some(sent.id),
            recipient: Identity { wa_id: sent.recipient.wa_id, user_id: sent.recipient.user_id, name: None },
        },
        Err(error) => outcome(inner, whatsapp, job, &to, &error),
    }
}

fn failed(code: u32, title: &str) -> SendOutcome {
    let payload = payload::Undeliverable { code, title: title.to_owned() };
    SendOutcome::Failed { failure: title.to_owned(), payload: serde_json::to_string(&payload).ok() }
}

/// What an error means for the job (R39).
fn outcome(inner: &Inner, whatsapp: &Whatsapp, job: &Job, to: &Recipient, error: &SendError) -> SendOutcome {
    let now = inner.clock.now();
    tracing::warn!(contact = job.id.contact, code = error.code, class = ?error.class, "WhatsApp did not take a message");
    let Some(wait) = next_try(error.class, job.attempt) else {
        return failed(error.code.unwrap_or_default(), &error.to_string());
    };
    let wait = spread(wait, rand::random::<f64>()).max(error.retry_after.unwrap_or_default());
    let at = later(now, wait);
    match error.class {
        Class::OutcomeUnknown => return SendOutcome::Unknown { until: at, failure: error.to_string() },
        Class::PairLimited => locked(&whatsapp.limiter).hold_pair(&job.number_id, to.key(), at),
        Class::NumberLimited | Class::Account => locked(&whatsapp.limiter).hold_number(&job.number_id, at),
        _ => {}
    }
    SendOutcome::Retry { at, failure: error.to_string() }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    chrono::Duration::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait)).unwrap_or(now)
}

/// A record becomes a document that WhatsApp has; other messages stay as they are.
async fn uploaded(inner: &Inner, whatsapp: &Whatsapp, job: &Job, message: Outbound) -> Result<Outbound, SendError> {
    let Outbound::Record { enquiry, filename, caption } = message else { return Ok(message) };
    let text = match inner.record(job.id.contact, enquiry).await {
        Ok(text) => text,
        Err(error) => {
            tracing::error!(%error, "a record cannot be written");
            return Err(SendError {
                class: PASSING,
                code: None,
                title: "the record could not be written".to_owned(),
                details: None,
                trace: None,
                retry_after: None,
            });
        }
    };
    let id = whatsapp.graph.upload_media(&job.number_id, text.into_bytes(), "text/plain", &filename).await?;
    Ok(Outbound::Media { kind: MediaKind::Document, source: MediaSource::Id(id), caption, filename: Some(filename) })
}

impl Inner {
    /// The record of an enquiry as a document (R34).
    pub(super) async fn record(&self, contact: ContactId, enquiry: u32) -> Result<String, StoreError> {
        let query = ThreadQuery { contact, before: None, after: 0, limit: RECORD_LINES_MAX };
        let entries = self.store.thread(query).await?;
        let loaded = self.store.load(vec![contact]).await?;
        let bot = std::sync::Arc::clone(self.editions.load().newest());
        let conversation = loaded.first().and_then(|loaded| super::turn::conversation(loaded).ok());
        Ok(document(&bot, conversation.as_ref(), &entries, enquiry))
    }
}

impl super::Runtime {
    /// The record of an enquiry as a document (R34): what the customer gets, agents see.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn record(&self, contact: ContactId, enquiry: u32) -> Result<String, StoreError> {
        self.0.record(contact, enquiry).await
    }
}

fn document(
    bot: &Bot,
    conversation: Option<&crate::conversation::state::Conversation>,
    entries: &[Entry],
    enquiry: u32,
) -> String {
    let language = bot.speak(conversation.and_then(|c| c.contact.language));
    let locale = bot.locales.get(&language).cloned().unwrap_or_else(|| crate::locale::Locale::for_language(language));
    let lines: Vec<RecordLine> = entries
        .iter()
        .filter(|entry| entry.enquiry == Some(enquiry))
        .filter_map(|entry| {
            let who = match &entry.who {
                Who::Customer => Speaker::Customer,
                Who::Bot => Speaker::Bot,
                Who::Agent(name) => Speaker::Agent(name.clone()),
                Who::Phone => Speaker::Agent(String::new()),
                Who::Note(_) => return None,
            };
            let text = if entry.secret { "•••".to_owned() } else { words(&entry.message)? };
            Some(RecordLine { at: entry.at, who, text })
        })
        .collect();
    let name = conversation.map(|c| c.contact.name.clone()).unwrap_or_default();
    let record = Record {
        bot: &bot.name,
        customer: &name,
        language,
        locale: &locale,
        zone: bot.hours.zone(),
        lines: &lines,
        promise_kept: None,
    };
    record::write(&record, &bot.wording)
}

/// A line of the thread in words.
fn words(message: &str) -> Option<String> {
    let text = match serde_json::from_str::<Line>(message).ok()? {
        Line::Note { .. } | Line::Sent(Outbound::Record { .. }) => return None,
        Line::Sent(message) => match &message {
            Outbound::Template { name, parameters, .. } => format!("[{name}] {}", parameters.join(" · ")),
            Outbound::Location(place) => format!("{}, {}", place.latitude, place.longitude),
            Outbound::Media { filename, kind, .. } => {
                let file = filename.clone().unwrap_or_else(|| kind.name().to_owned());
                format!("[{file}] {}", message.text())
            }
            other => other.text().to_owned(),
        },
        Line::Came(content) => match content {
            Content::Text(text) => text,
            Content::Tap { title, .. } => title,
            Content::Media(media) => {
                let file = media.filename.unwrap_or_else(|| media.kind.name().to_owned());
                format!("[{file}] {}", media.caption.unwrap_or_default())
            }
            Content::Location(place) => format!("{}, {}", place.latitude, place.longitude),
            Content::ContactCard { summary, .. } | Content::Order { summary } => summary,
            Content::Reaction { emoji, .. } => emoji?,
            Content::Edit { text, .. } => text?,
            Content::Revoke { .. } | Content::Unsupported { .. } => return None,
        },
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
