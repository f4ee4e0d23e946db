//! Reads what a message says (R4), by its kind. A kind that is unknown, or lacks what it must have, is
//! [`Content::Unsupported`] with WhatsApp's name for it.

use serde_json::Value;

use super::{describe, field};
use crate::message::{Content, Location, Media, MediaKind};

/// WhatsApp's name for the kind of a message.
pub fn kind(message: &Value) -> &str {
    field::text(message, "type").unwrap_or("nothing")
}

/// What a message says.
pub fn read(message: &Value) -> Content {
    let kind = kind(message);
    let value = message.get(kind).unwrap_or(&Value::Null);
    let content = match kind {
        "text" => field::words(value, "body").map(Content::Text),
        "button" => tap(value, "payload", "text"),
        "interactive" => return interactive(value),
        "image" => media(MediaKind::Image, value),
        "video" => media(MediaKind::Video, value),
        "audio" if value.get("voice") == Some(&Value::Bool(true)) => media(MediaKind::Voice, value),
        "audio" => media(MediaKind::Audio, value),
        "voice" => media(MediaKind::Voice, value),
        "document" => media(MediaKind::Document, value),
        "sticker" => media(MediaKind::Sticker, value),
        "location" => location(value),
        "contacts" => describe::contacts(field::list(message, "contacts")),
        "order" => describe::order(value),
        "reaction" => reaction(value),
        "edit" => edit(value),
        "revoke" => field::id(value, "original_message_id").map(|original| Content::Revoke { original }),
        "unsupported" => field::line(value, "type").map(|kind| Content::Unsupported { kind }),
        _ => None,
    };
    content.unwrap_or_else(|| unsupported(kind))
}

fn unsupported(kind: &str) -> Content {
    Content::Unsupported { kind: field::cut(kind, 100) }
}

/// An answer to buttons or a list; or to a form that somebody else sent, which is read as text.
fn interactive(value: &Value) -> Content {
    let Some(kind) = field::text(value, "type") else { return unsupported("interactive") };
    let reply = value.get(kind).unwrap_or(&Value::Null);
    let content = match kind {
        "button_reply" | "list_reply" => tap(reply, "id", "title"),
        "nfm_reply" => describe::form(reply).map(Content::Text),
        _ => None,
    };
    content.unwrap_or_else(|| unsupported(kind))
}

fn tap(value: &Value, id: &str, title: &str) -> Option<Content> {
    let id = field::text(value, id).filter(|id| id.len() <= crate::whatsapp::limits::INBOUND_LINE)?;
    Some(Content::Tap { id: id.to_owned(), title: field::line(value, title).unwrap_or_default() })
}

fn media(kind: MediaKind, value: &Value) -> Option<Content> {
    Some(Content::Media(Media {
        kind,
        id: field::id(value, "id")?,
        mime: field::line(value, "mime_type").unwrap_or_default(),
        caption: field::words(value, "caption"),
        filename: field::line(value, "filename"),
        sha256: field::id(value, "sha256"),
    }))
}

fn location(value: &Value) -> Option<Content> {
    Some(Content::Location(Location {
        latitude: field::number(value, "latitude").filter(|degrees| degrees.abs() <= 90.0)?,
        longitude: field::number(value, "longitude").filter(|degrees| degrees.abs() <= 180.0)?,
        name: field::line(value, "name"),
        address: field::line(value, "address"),
    }))
}

fn reaction(value: &Value) -> Option<Content> {
    Some(Content::Reaction { emoji: field::line(value, "emoji"), to: field::id(value, "message_id")? })
}

fn edit(value: &Value) -> Option<Content> {
    let new = value.get("message").map(read);
    let text = match new {
        Some(Content::Text(text)) => Some(text),
        Some(Content::Media(media)) => media.caption,
        _ => None,
    };
    Some(Content::Edit { original: field::id(value, "original_message_id")?, text })
}
