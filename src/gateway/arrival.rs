//! What was delivered, as the store takes it. Pure: what WhatsApp says goes in, what is to be kept comes out.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::message::{Delivery, Inbound};
use crate::runtime::payload;
use crate::store::{Arrival, Identity, InboxKind};
use crate::whatsapp::errors::{SETTLE, classify, next_try};
use crate::whatsapp::webhook::{GraphError, Received, Sender};

/// Clocks differ a little; a message that claims to be from further ahead would keep its window open for as long.
const AHEAD_MAX: chrono::Duration = chrono::Duration::minutes(10);

/// What is to be kept of what was received `now`; `None` for what asks nothing of us.
#[must_use]
pub fn of(received: Received, now: Timestamp) -> Option<Arrival> {
    match received {
        Received::Message { number_id, sender, message } => {
            Some(written(number_id, sender, InboxKind::Message, message, now))
        }
        Received::Echo { number_id, to, message } => Some(written(number_id, to, InboxKind::Echo, message, now)),
        Received::Status { number_id, message_id, delivery, callback, errors, .. } => {
            let failed = delivery == Delivery::Failed;
            Some(Arrival::Status {
                number_id,
                message_id,
                job: callback.and_then(|callback| callback.parse().ok()),
                delivery,
                failure: failed.then(|| in_words(errors.first())),
                retry_at: errors.first().filter(|_| failed).and_then(|error| retry_at(error, now)),
                payload: if failed { json(&undeliverable(errors.first())) } else { String::new() },
            })
        }
        Received::Renamed { number_id, old, new, at } => {
            let payload = json(&payload::Renamed { wa_id: new.wa_id.clone(), user_id: new.user_id.clone() });
            Some(Arrival::Renamed { number_id, old: identity(old), new: identity(new), at: believed(at, now), payload })
        }
        Received::Ignored { .. } => None,
    }
}

fn written(number_id: String, who: Sender, kind: InboxKind, mut message: Inbound, now: Timestamp) -> Arrival {
    message.at = believed(message.at, now);
    let (message_id, at, payload) = (message.id.clone(), message.at, json(&message));
    Arrival::Message { number_id, who: identity(who), kind, message_id, at, payload }
}

/// A stamp, unless it is from too far ahead.
fn believed(stamp: Timestamp, now: Timestamp) -> Timestamp {
    if stamp > now + AHEAD_MAX { now } else { stamp }
}

fn identity(sender: Sender) -> Identity {
    Identity { wa_id: sender.wa_id, user_id: sender.user_id, name: sender.name }
}

/// When a message that WhatsApp took and then gave up on is tried again. The status says nothing of how often it was tried
/// before; the store counts, and makes an end of it.
fn retry_at(error: &GraphError, now: Timestamp) -> Option<Timestamp> {
    let wait = next_try(classify(error.code)?, 1)?.max(SETTLE);
    now.checked_add_signed(chrono::Duration::from_std(wait).ok()?)
}

/// The failure for people; WhatsApp's words hold nothing of the customer's.
fn in_words(error: Option<&GraphError>) -> String {
    let Some(error) = error else { return "WhatsApp could not deliver it and does not say why".to_owned() };
    let details = error.details.as_ref().map(|details| format!(": {details}")).unwrap_or_default();
    format!("{}{details} (code {})", error.title, error.code)
}

fn undeliverable(error: Option<&GraphError>) -> payload::Undeliverable {
    let code = error.map_or(0, |error| error.code);
    payload::Undeliverable {
        code,
        unsent: None,
        title: error.map_or_else(|| in_words(None), |error| error.title.clone()),
    }
}

/// These values are plain strings, numbers and lists, which always become JSON.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
