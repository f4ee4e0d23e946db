//! Answers of the Graph API: read within a bound, and what they say of a message that was taken.

use reqwest::Response;
use serde_json::Value;

use super::problem::SendError;
use crate::whatsapp::errors::Class;
use crate::whatsapp::webhook::Sender;

/// Bytes of an answer that are read; real ones have a few hundred.
pub const MAX: usize = 256 * 1024;

/// A message WhatsApp took. It has not arrived yet; its statuses say when it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentId {
    /// WhatsApp's id of our message.
    pub id: String,
    /// The recipient as WhatsApp knows them, which need not be the number it was sent to.
    pub recipient: Sender,
}

/// The body of an answer, or of a file; `None` if it is longer than `max` bytes.
pub async fn bounded(mut response: Response, max: usize) -> Result<Option<Vec<u8>>, SendError> {
    if response.content_length().is_some_and(|length| length > max as u64) {
        return Ok(None);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| SendError::transport(&error))? {
        if body.len() + chunk.len() > max {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// What an answer to a message says.
pub fn sent(answer: &Value) -> Result<SentId, SendError> {
    let unnamed = || SendError::new(Class::OutcomeUnknown, "WhatsApp took the message but gave it no id");
    let id = id(&answer["messages"][0], "id").ok_or_else(unnamed)?;
    let contact = &answer["contacts"][0];
    Ok(SentId {
        id,
        recipient: Sender { wa_id: self::id(contact, "wa_id"), user_id: self::id(contact, "user_id"), name: None },
    })
}

/// A member that is a text and not empty.
pub fn id(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}
