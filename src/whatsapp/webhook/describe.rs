//! Puts into words for people what only people need to read: contact cards, carts, forms, where somebody came from.

use serde_json::Value;

use super::field;
use crate::message::Content;
use crate::whatsapp::limits;

/// Parts of a list that are spelt out.
const PARTS: usize = 20;

/// Contact cards as `Name number, Name number`; with the number when the customer was asked for their own.
pub fn contacts(contacts: &[Value]) -> Option<Content> {
    let first = contacts.first()?;
    let asked = field::text(first, "origin") == Some("contact_request");
    let phone = asked.then(|| field::list(first, "phones").iter().find_map(phone)).flatten();
    Some(Content::ContactCard { summary: joined(contacts.iter().map(contact)), phone })
}

fn contact(contact: &Value) -> String {
    let name = contact.get("name").and_then(|name| field::line(name, "formatted_name"));
    let phones = field::list(contact, "phones").iter().take(PARTS).filter_map(phone);
    name.into_iter().chain(phones).collect::<Vec<_>>().join(" ")
}

fn phone(phone: &Value) -> Option<String> {
    field::line(phone, "phone").or_else(|| field::id(phone, "wa_id").map(|wa_id| format!("+{wa_id}")))
}

/// A cart as `3 × HAMBURGER (30 ILS), …` and the note with it.
pub fn order(order: &Value) -> Option<Content> {
    let items = field::list(order, "product_items").iter().map(item);
    let note = field::line(order, "text");
    let summary = joined(items.chain(note));
    (!summary.is_empty()).then_some(Content::Order { summary })
}

fn item(item: &Value) -> String {
    let product = field::id(item, "product_retailer_id").unwrap_or_else(|| "?".to_owned());
    let quantity = field::number(item, "quantity").unwrap_or(1.0);
    match (field::number(item, "item_price"), field::id(item, "currency")) {
        (Some(price), Some(currency)) => format!("{quantity} × {product} ({price} {currency})"),
        _ => format!("{quantity} × {product}"),
    }
}

/// The answers in a form as lines `name: value`; `None` if they cannot be read.
pub fn form(reply: &Value) -> Option<String> {
    let answers: serde_json::Map<String, Value> = serde_json::from_str(field::text(reply, "response_json")?).ok()?;
    let answers = answers.iter().filter(|(name, _)| *name != "flow_token").map(|(name, value)| match value {
        Value::String(text) => format!("{name}: {text}"),
        other => format!("{name}: {other}"),
    });
    let lines = answers.collect::<Vec<_>>().join("\n");
    (!lines.is_empty()).then(|| field::cut(&lines, limits::INBOUND_TEXT))
}

/// Where somebody came from: headline, text and address of the advertisement or post.
pub fn referral(referral: &Value) -> Option<String> {
    let parts = ["headline", "body", "source_url"].into_iter().filter_map(|name| field::line(referral, name));
    let line = parts.collect::<Vec<_>>().join(" · ");
    (!line.is_empty()).then(|| field::cut(&line, limits::INBOUND_LINE))
}

/// What a change that asks nothing of us is about: its event, or the names of its members.
pub fn change(value: &Value) -> String {
    let members = || value.as_object().map(|members| joined(members.keys().cloned())).unwrap_or_default();
    let event = field::line(value, "event").unwrap_or_else(members);
    match field::line(value, "message_template_name") {
        Some(template) => format!("{event} `{template}`"),
        None => event,
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    let parts = parts.filter(|part| !part.is_empty()).take(PARTS);
    field::cut(&parts.collect::<Vec<_>>().join(", "), limits::INBOUND_LINE)
}
