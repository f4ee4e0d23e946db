//! What people and the bot send each other, on any channel. Knows no channel's wire format and decides nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::language::Language;

/// One message from a customer (or, for echoes, from staff in the WhatsApp app).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// The channel's id of the message (`wamid.…`), opaque, unique per business number.
    pub id: String,
    /// When the customer sent it, as the channel stamped it.
    pub at: Timestamp,
    /// What it says.
    pub content: Content,
    /// The id of the message it answers or quotes, where the channel tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    /// Where the customer came from (an ad or a post), as one line for agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<String>,
}

/// What a message from outside says (R4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Words.
    Text(String),
    /// A tap on a button, a list row or a template's button.
    Tap {
        /// What we put behind the button; decides.
        id: String,
        /// What the customer saw; shown, never trusted.
        title: String,
    },
    /// A file of some kind.
    Media(Media),
    /// A place.
    Location(Location),
    /// One or more contact cards, as one line for agents; `phone` when it answers a request for the sender's own number.
    ContactCard {
        /// Names and numbers, for people.
        summary: String,
        /// The first number on the card, as written there.
        phone: Option<String>,
    },
    /// A shopping cart.
    Order {
        /// What was ordered, for people.
        summary: String,
    },
    /// An emoji on an earlier message; `None` takes it away.
    Reaction {
        /// The emoji.
        emoji: Option<String>,
        /// The message reacted to.
        to: String,
    },
    /// The customer changed an earlier message.
    Edit {
        /// The message that was changed.
        original: String,
        /// Its new text, if it has one.
        text: Option<String>,
    },
    /// The customer deleted an earlier message.
    Revoke {
        /// The message that was deleted.
        original: String,
    },
    /// Something this version cannot read; the name the channel gave it.
    Unsupported {
        /// The channel's name for it.
        kind: String,
    },
}

/// The kinds of file a message can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A still picture.
    Image,
    /// A film.
    Video,
    /// A voice note recorded in the chat.
    Voice,
    /// A sound file.
    Audio,
    /// A file to read.
    Document,
    /// A sticker.
    Sticker,
}

impl MediaKind {
    /// As transcripts and JSON spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Voice => "voice",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }
}

/// A file that came with a message. Its bytes are elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// The channel's id, by which the bytes can be fetched.
    pub id: String,
    /// What the sender says it is; untrusted.
    #[serde(default)]
    pub mime: String,
    /// Words under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Its name, where it has one; untrusted, never used as a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The channel's digest of the bytes, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A place on earth, in degrees (WGS 84).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// North is positive.
    pub latitude: f64,
    /// East is positive.
    pub longitude: f64,
    /// What is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// One message to a customer: exactly one bubble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outbound {
    /// Words alone.
    Text {
        /// The words, with WhatsApp's marks.
        text: String,
    },
    /// Words with one to three buttons.
    Buttons {
        /// The words; never empty.
        text: String,
        /// One to three.
        buttons: Vec<Choice>,
    },
    /// Words with a list of one to ten rows behind a button.
    List {
        /// The words; never empty.
        text: String,
        /// The label of the button that opens the list.
        button: String,
        /// One to ten.
        rows: Vec<Choice>,
    },
    /// Words with a button that opens a web page.
    Link {
        /// The words; never empty.
        text: String,
        /// The button's label.
        label: String,
        /// Where it leads.
        url: String,
    },
    /// A file.
    Media {
        /// What it is.
        kind: MediaKind,
        /// Where its bytes are.
        source: MediaSource,
        /// Words under it.
        caption: Option<String>,
        /// Its name (documents).
        filename: Option<String>,
    },
    /// A place.
    Location(Location),
    /// Words with a button by which the customer sends their place.
    LocationRequest {
        /// The words; never empty.
        text: String,
    },
    /// An approved template, the only thing allowed outside the window (R32).
    Template {
        /// What it is for: the key in `bot.yaml` (`still_relevant`, …).
        occasion: String,
        /// Its name at WhatsApp.
        name: String,
        /// The language it is sent in.
        language: Language,
        /// The values of its placeholders, in order.
        parameters: Vec<String>,
        /// Its quick-reply buttons: the payload, and the label as approved.
        buttons: Vec<Choice>,
    },
    /// The record of an enquiry as a document (R34); its bytes are made when it is sent.
    Record {
        /// Which enquiry of the contact, counted from 1.
        enquiry: u32,
        /// The file's name.
        filename: String,
        /// Words under it.
        caption: Option<String>,
    },
}

/// A button or a list row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What comes back when it is tapped; carries the meaning.
    pub id: String,
    /// What the customer sees.
    pub title: String,
    /// A second line in a list row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Where the bytes of an outgoing file are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// At an address the channel fetches.
    Link(String),
    /// At the channel already.
    Id(String),
    /// In our own media folder, by content hash.
    Stored(String),
}

impl Outbound {
    /// The words of the message, without buttons.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text { text }
            | Self::Buttons { text, .. }
            | Self::List { text, .. }
            | Self::Link { text, .. }
            | Self::LocationRequest { text } => text,
            Self::Media { caption, .. } | Self::Record { caption, .. } => caption.as_deref().unwrap_or_default(),
            Self::Location(_) | Self::Template { .. } => "",
        }
    }
}

/// How far a message of ours has come. Later is further; it never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Committed, not yet given to the channel.
    Queued,
    /// The channel took it.
    Sent,
    /// It is on the customer's phone.
    Delivered,
    /// The customer saw it.
    Read,
    /// It will never arrive.
    Failed,
}

/// A value a customer gave, in its one canonical form (R17).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Not given.
    None,
    /// Words.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A day.
    Date(chrono::NaiveDate),
    /// A phone number in E.164 (`+972501234567`).
    Phone(String),
    /// An e-mail address in lower case.
    Email(String),
    /// One of a question's options, by its key.
    Choice(String),
    /// A file the customer sent.
    Media(Media),
    /// A place the customer sent.
    Location(Location),
}

/// The fields of a lookup's result by name (R18).
pub type Fields = BTreeMap<String, Value>;
