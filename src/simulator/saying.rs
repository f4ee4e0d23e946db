//! What a customer can send from the phone, as the messages that WhatsApp would deliver.

use serde::Deserialize;

use crate::clock::Timestamp;
use crate::message::{Choice, Content, Inbound, Location, Media, MediaKind, Outbound};
use crate::runtime::payload::Line;
use crate::store::{Entry, Who};
use crate::web::problem::Problem;

/// WhatsApp's own limit of a message, in UTF-16 units.
const TEXT_MAX: usize = 4_096;
const SHORT_MAX: usize = 1_024;
/// Where the stand-in of a place is: a square in Tel Aviv.
const PLACE: (f64, f64, &str) = (32.077_96, 34.774_21, "Dizengoff Square");

/// A wish to send.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// The message's id if the browser made one: sent again, it changes nothing (R2).
    pub(super) id: Option<String>,
    /// What.
    pub(super) say: Say,
}

/// What is sent.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Say {
    Text { text: String },
    Tap { seq: i64, id: String },
    Image { caption: Option<String> },
    Video { caption: Option<String> },
    Document { name: Option<String>, caption: Option<String> },
    Voice {},
    Sticker {},
    Location { latitude: Option<f64>, longitude: Option<f64> },
    Contact {},
    Order {},
    Reaction { emoji: Option<String> },
    Unsupported {},
}

impl Wish {
    /// The channel's id of the message: `sim.` and what the browser made, or a new one.
    pub(super) fn message_id(&self) -> Result<String, Problem> {
        match &self.id {
            None => Ok(format!("sim.{:032x}", rand::random::<u128>())),
            Some(id) if (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
                Ok(format!("sim.{id}"))
            }
            Some(_) => Err(Problem::wrong("a message's id has 8 to 64 letters, digits and hyphens")),
        }
    }
}

impl Say {
    /// The line of the thread that this refers to, if it does.
    pub(super) const fn tapped(&self) -> Option<i64> {
        match self {
            Self::Tap { seq, .. } => Some(*seq),
            _ => None,
        }
    }

    /// The message. `thread` is the latest of the thread, and the tapped line if there is one; `phone` the customer's own
    /// number.
    pub(super) fn message(
        self,
        id: String,
        at: Timestamp,
        thread: &[Entry],
        phone: Option<&str>,
        name: &str,
    ) -> Result<Inbound, Problem> {
        let mut quotes = None;
        let content = match self {
            Self::Text { text } => Content::Text(words(text, TEXT_MAX)?),
            Self::Tap { seq, id } => {
                let entry = thread.iter().find(|entry| entry.seq == seq);
                let (entry, choice) = entry
                    .and_then(|entry| Some((entry, choice(entry, &id)?)))
                    .ok_or_else(|| Problem::missing("there is no such button in this thread"))?;
                quotes.clone_from(&entry.message_id);
                Content::Tap { id: choice.id, title: choice.title }
            }
            Self::Image { caption } => media(MediaKind::Image, "image/jpeg", &id, caption, None)?,
            Self::Video { caption } => media(MediaKind::Video, "video/mp4", &id, caption, None)?,
            Self::Voice {} => media(MediaKind::Voice, "audio/ogg; codecs=opus", &id, None, None)?,
            Self::Sticker {} => media(MediaKind::Sticker, "image/webp", &id, None, None)?,
            Self::Document { name, caption } => {
                let name = short(name)?.unwrap_or_else(|| "document.pdf".to_owned());
                media(MediaKind::Document, "application/pdf", &id, caption, Some(name))?
            }
            Self::Location { latitude, longitude } => Content::Location(place(latitude, longitude)?),
            Self::Contact {} => {
                let phone = phone.map(str::to_owned);
                Content::ContactCard { summary: format!("{name} {}", phone.as_deref().unwrap_or_default()), phone }
            }
            Self::Order {} => Content::Order { summary: "1 × remote control, 2 × HDMI cable".to_owned() },
            Self::Reaction { emoji } => {
                let ours = thread.iter().rev().find(|entry| matches!(entry.who, Who::Bot | Who::Agent(_)));
                let to = ours.and_then(|entry| entry.message_id.clone());
                let to = to.ok_or_else(|| Problem::conflict("there is no message of ours to react to yet"))?;
                Content::Reaction { emoji: Some(short(emoji)?.unwrap_or_else(|| "👍".to_owned())), to }
            }
            Self::Unsupported {} => Content::Unsupported { kind: "unsupported".to_owned() },
        };
        Ok(Inbound { id, at, content, quotes, referral: None })
    }
}

fn words(text: String, max: usize) -> Result<String, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::wrong("the message is empty"));
    }
    if text.encode_utf16().count() > max {
        return Err(Problem::wrong(format!("a message has at most {max} letters, as in WhatsApp")));
    }
    Ok(text)
}

fn short(text: Option<String>) -> Result<Option<String>, Problem> {
    text.filter(|text| !text.trim().is_empty()).map(|text| words(text, SHORT_MAX)).transpose()
}

fn media(
    kind: MediaKind,
    mime: &str,
    id: &str,
    caption: Option<String>,
    filename: Option<String>,
) -> Result<Content, Problem> {
    let caption = short(caption)?;
    Ok(Content::Media(Media { kind, id: id.to_owned(), mime: mime.to_owned(), caption, filename, sha256: None }))
}

fn place(latitude: Option<f64>, longitude: Option<f64>) -> Result<Location, Problem> {
    let (Some(latitude), Some(longitude)) = (latitude, longitude) else {
        let (latitude, longitude, name) = PLACE;
        return Ok(Location { latitude, longitude, name: Some(name.to_owned()), address: None });
    };
    if (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude) {
        Ok(Location { latitude, longitude, name: None, address: None })
    } else {
        Err(Problem::wrong("there is no such place: latitude is -90 to 90, longitude -180 to 180"))
    }
}

/// What can be tapped on a line of ours. Taps name the line, so that nothing is sent back that we did not show.
fn choice(entry: &Entry, id: &str) -> Option<Choice> {
    let Ok(Line::Sent(message)) = serde_json::from_str(&entry.message) else { return None };
    let choices = match message {
        Outbound::Buttons { buttons, .. } | Outbound::Template { buttons, .. } => buttons,
        Outbound::List { rows, .. } => rows,
        _ => return None,
    };
    choices.into_iter().find(|choice| choice.id == id)
}
