//! Reads a delivery of WhatsApp's into [`Received`] values. Bounded and tolerant: what one part of it cannot say never
//! loses the parts beside it. Knows nothing of signatures, storage or conversations.

mod content;
mod describe;
mod field;
mod message;
mod received;
mod repair;
mod status;

use std::fmt;

use serde_json::Value;

use crate::clock::Timestamp;

use super::limits;
pub use message::is_user_id;
pub use received::{GraphError, Received, Sender};
pub use status::error as graph_error;

const OBJECT: &str = "whatsapp_business_account";

/// Why a delivery as a whole cannot be read. Sending it again would not mend it: keep it, tell the operator, answer 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookError {
    /// It is longer than [`limits::WEBHOOK_BYTES`].
    TooLarge(usize),
    /// It is not JSON, or nested too deep; why.
    NotJson(String),
    /// It is JSON, but not from WhatsApp.
    NotWhatsapp,
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(bytes) => {
                write!(f, "the delivery has {bytes} bytes; WhatsApp sends at most {}", limits::WEBHOOK_BYTES)
            }
            Self::NotJson(why) => write!(f, "the delivery is not JSON: {why}"),
            Self::NotWhatsapp => {
                write!(f, "the delivery is no `{OBJECT}`; subscribe this address to WhatsApp's webhooks only")
            }
        }
    }
}

impl std::error::Error for WebhookError {}

/// Everything a delivery says, in its order. `at` is when it came, for what carries no readable time itself.
///
/// # Errors
/// The delivery as a whole cannot be read.
pub fn parse(body: &[u8], at: Timestamp) -> Result<Vec<Received>, WebhookError> {
    if body.len() > limits::WEBHOOK_BYTES {
        return Err(WebhookError::TooLarge(body.len()));
    }
    let root = json(body)?;
    let object = field::text(&root, "object");
    let entries = root.get("entry").and_then(Value::as_array);
    let (Some(OBJECT) | None, Some(entries)) = (object, entries) else {
        return Err(WebhookError::NotWhatsapp);
    };
    let mut received = Vec::new();
    for change in entries.iter().flat_map(|entry| field::list(entry, "changes")) {
        read_change(change, at, &mut received);
    }
    Ok(received)
}

/// The JSON of the body; text cut in the middle of an emoji by somebody else is mended first.
fn json(body: &[u8]) -> Result<Value, WebhookError> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok(value),
        Err(first) => serde_json::from_str(&repair::halves_of_characters(&String::from_utf8_lossy(body)))
            .map_err(|_| WebhookError::NotJson(first.to_string())),
    }
}

/// One change: what came in one field for one business number.
struct Change<'a> {
    field: String,
    number_id: String,
    contacts: &'a [Value],
    at: Timestamp,
}

impl Change<'_> {
    fn ignored(&self, what: impl Into<String>) -> Received {
        Received::Ignored { field: self.field.clone(), what: field::cut(&what.into(), limits::INBOUND_LINE) }
    }
}

fn read_change(change: &Value, at: Timestamp, received: &mut Vec<Received>) {
    let name = field::text(change, "field").unwrap_or("messages");
    let value = change.get("value").unwrap_or(&Value::Null);
    let number_id = value.get("metadata").and_then(|metadata| field::id(metadata, "phone_number_id"));
    let change = Change {
        field: field::cut(name, limits::INBOUND_ID),
        number_id: number_id.clone().unwrap_or_default(),
        contacts: field::list(value, "contacts"),
        at,
    };
    let before = received.len();
    match (name, number_id) {
        ("messages", Some(_)) => read_messages(&change, value, received),
        ("smb_message_echoes", Some(_)) => {
            received.extend(field::list(value, "message_echoes").iter().map(|echo| message::read_echo(&change, echo)));
        }
        ("user_id_update", Some(_)) => {
            let updates = field::list(value, "user_id_update").iter();
            received.extend(updates.map(|update| message::read_user_id_update(&change, update)));
        }
        _ => {}
    }
    if received.len() == before {
        received.push(change.ignored(describe::change(value)));
    }
}

fn read_messages(change: &Change<'_>, value: &Value, received: &mut Vec<Received>) {
    let messages = field::list(value, "messages").iter().map(|message| message::read(change, message));
    let statuses = field::list(value, "statuses").iter().map(|status| status::read(change, status));
    let errors = status::errors(value).into_iter();
    let errors = errors.map(|error| change.ignored(format!("error {}: {}", error.code, error.title)));
    received.extend(messages.chain(statuses).chain(errors));
}
