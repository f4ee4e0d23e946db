//! Reads who wrote a message, when, and about which other; changes of number and id; echoes. What it says is read in
//! [`super::content`].

use serde_json::Value;

use super::{Change, Received, Sender, content, describe, field};
use crate::clock::Timestamp;
use crate::message::Inbound;

/// Reads one of `value.messages[]`.
pub fn read(change: &Change<'_>, message: &Value) -> Received {
    let kind = content::kind(message);
    let sender = sender(change, message, "from", "from_user_id");
    match kind {
        _ if message.get("group_id").is_some() => change.ignored(format!("message of kind `{kind}` in a group")),
        "system" => read_system(change, message, sender),
        "request_welcome" => change.ignored("the chat was opened"),
        _ if sender.is_nobody() => change.ignored(format!("message of kind `{kind}` from nobody")),
        _ => match inbound(change, message) {
            Some(message) => Received::Message { number_id: change.number_id.clone(), sender, message },
            None => change.ignored(format!("message of kind `{kind}` without an id")),
        },
    }
}

/// Reads one of `value.message_echoes[]`.
pub fn read_echo(change: &Change<'_>, echo: &Value) -> Received {
    let to = sender(change, echo, "to", "to_user_id");
    match inbound(change, echo) {
        Some(message) if !to.is_nobody() => Received::Echo { number_id: change.number_id.clone(), to, message },
        _ => change.ignored("an echo without an id or to nobody"),
    }
}

/// When WhatsApp says it was.
fn stamp(change: &Change<'_>, value: &Value) -> Timestamp {
    field::time(value, "timestamp").unwrap_or(change.at)
}

fn inbound(change: &Change<'_>, message: &Value) -> Option<Inbound> {
    Some(Inbound {
        id: field::id(message, "id")?,
        at: stamp(change, message),
        content: content::read(message),
        quotes: message.get("context").and_then(|context| field::id(context, "id")),
        referral: message.get("referral").and_then(describe::referral),
    })
}

/// A customer, from the members that name them and the contact card beside the message that bears one of these ids.
/// Two ids belong together only when one delivery says so.
pub fn sender(change: &Change<'_>, value: &Value, wa_id: &str, user_id: &str) -> Sender {
    let mut sender = known_as(field::id(value, wa_id), field::id(value, user_id));
    let cards = change.contacts.iter().map(card);
    if let Some(card) = cards.into_iter().find(|card| same(card, &sender)) {
        sender.wa_id = sender.wa_id.or(card.wa_id);
        sender.user_id = sender.user_id.or(card.user_id);
        sender.name = card.name;
    }
    sender
}

fn card(contact: &Value) -> Sender {
    let profile = contact.get("profile").unwrap_or(&Value::Null);
    let name = field::line(profile, "name").or_else(|| field::line(profile, "username"));
    Sender { name, ..known_as(field::id(contact, "wa_id"), field::id(contact, "user_id")) }
}

/// Whether two senders share an id and contradict each other in none.
fn same(a: &Sender, b: &Sender) -> bool {
    let pairs = [(&a.wa_id, &b.wa_id), (&a.user_id, &b.user_id)];
    let both = || pairs.into_iter().filter(|(a, b)| a.is_some() && b.is_some());
    both().count() > 0 && both().all(|(a, b)| a == b)
}

/// Puts each id where it belongs: a business-scoped id sometimes stands where the number should.
fn known_as(wa_id: Option<String>, user_id: Option<String>) -> Sender {
    let (user_id_in_wa_id, wa_id) = match wa_id {
        Some(id) if is_user_id(&id) => (Some(id), None),
        other => (None, other.map(without_plus)),
    };
    Sender { wa_id, user_id: user_id.or(user_id_in_wa_id), name: None }
}

fn without_plus(wa_id: String) -> String {
    match wa_id.strip_prefix('+') {
        Some(digits) if !digits.is_empty() => digits.to_owned(),
        _ => wa_id,
    }
}

/// Whether an id is business-scoped: a country, a dot, letters and digits (`US.13491208655302741918`).
pub fn is_user_id(id: &str) -> bool {
    let Some((country, scoped)) = id.split_once('.') else { return false };
    let scoped = scoped.strip_prefix("ENT.").unwrap_or(scoped);
    country.len() == 2
        && country.bytes().all(|c| c.is_ascii_uppercase())
        && (1..=128).contains(&scoped.len())
        && scoped.bytes().all(|c| c.is_ascii_alphanumeric())
}

/// Reads a message that WhatsApp itself wrote. The old business-scoped id stands only in its words, next to a name the
/// customer chose, so it is not read from there; `user_id_update` brings it.
fn read_system(change: &Change<'_>, message: &Value, sender: Sender) -> Received {
    let system = message.get("system").unwrap_or(&Value::Null);
    let kind = field::text(system, "type").unwrap_or("nothing");
    let wa_id = field::id(system, "wa_id").or_else(|| field::id(system, "new_wa_id"));
    let new = known_as(wa_id, field::id(system, "user_id"));
    let old = Sender { user_id: field::id(system, "previous_user_id").or(sender.user_id), ..sender };
    match kind {
        "user_changed_number" | "customer_changed_number" | "user_changed_user_id" => {
            renamed(change, message, old, new)
        }
        _ => change.ignored(format!("system message `{kind}`")),
    }
}

/// Reads one of `value.user_id_update[]`.
pub fn read_user_id_update(change: &Change<'_>, update: &Value) -> Received {
    let ids = update.get("user_id").unwrap_or(&Value::Null);
    let old = known_as(None, field::id(ids, "previous"));
    let new = known_as(field::id(update, "wa_id"), field::id(ids, "current"));
    renamed(change, update, old, new)
}

fn renamed(change: &Change<'_>, told: &Value, old: Sender, new: Sender) -> Received {
    if old.is_nobody() || new.is_nobody() {
        return change.ignored("a change of number or id that does not say from what to what");
    }
    Received::Renamed { number_id: change.number_id.clone(), old, new, at: stamp(change, told) }
}
