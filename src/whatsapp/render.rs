//! Turns one [`Outbound`] into the body of one request to the Graph API, within WhatsApp's limits. Checking a bot keeps
//! its texts within them; what still is too long is cut here, and what was lost is said. Pure: files must have been
//! uploaded before.

mod interactive;
mod parts;
mod template;

use std::fmt;

use serde_json::{Map, Value, json};

use super::limits;
use crate::message::{Location, MediaKind, MediaSource, Outbound};
pub use parts::Cut;
use parts::Cutter;

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A number in digits, without a plus sign (`wa_id`).
    Number(String),
    /// A business-scoped id.
    UserId(String),
}

impl Recipient {
    /// The customer with these ids; the number goes first, since every message may go to it.
    #[must_use]
    pub fn of(wa_id: Option<&str>, user_id: Option<&str>) -> Option<Self> {
        let number = wa_id.map(|wa_id| Self::Number(wa_id.to_owned()));
        number.or_else(|| user_id.map(|user_id| Self::UserId(user_id.to_owned())))
    }

    /// The id as a key, for rates and logs.
    #[must_use]
    pub fn key(&self) -> &str {
        let (Self::Number(id) | Self::UserId(id)) = self;
        id
    }

    /// The member of the request that names them. Without the plus sign a number can be taken for one of another country.
    fn member(&self) -> Result<(&'static str, String), RenderProblem> {
        match self {
            Self::Number(digits)
                if (5..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                Ok(("to", format!("+{digits}")))
            }
            Self::UserId(id) if super::webhook::is_user_id(id) => Ok(("recipient", id.clone())),
            Self::Number(id) | Self::UserId(id) => Err(RenderProblem::Recipient(id.clone())),
        }
    }
}

/// A request's body, and what had to be cut off to make it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The JSON to send.
    pub body: Value,
    /// What was lost; a defect of the bot to tell the operator about.
    pub cuts: Vec<Cut>,
}

/// Why a message cannot be sent as it is. Trying again does not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderProblem {
    /// A text WhatsApp insists on is empty: which.
    Empty(String),
    /// There are none, or more than allowed: of what, how many, and the most.
    Count(&'static str, usize, usize),
    /// Two have the same id, so that a tap would be ambiguous.
    SameId(String),
    /// Longer than allowed and not for people to read, so it cannot be cut: which, and the most.
    TooLong(String, usize),
    /// Neither a number in digits nor a business-scoped id.
    Recipient(String),
    /// A place that is not on earth.
    Place,
    /// An address that is not `https://…` or `http://…`.
    Address(String),
    /// The file is still ours: upload it and render with its id.
    NotUploaded,
}

impl fmt::Display for RenderProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(what) => write!(f, "the {what} is empty; WhatsApp needs words there"),
            Self::Count(what, count, most) => write!(f, "the message has {count} {what}; WhatsApp takes 1 to {most}"),
            Self::SameId(id) => write!(f, "two choices have the id `{id}`; give each its own"),
            Self::TooLong(what, most) => write!(f, "the {what} is longer than the {most} characters WhatsApp takes"),
            Self::Recipient(id) => {
                write!(f, "`{id}` is neither a number in digits nor a business-scoped id such as `US.1234`")
            }
            Self::Place => f.write_str("the place has no latitude within ±90 and longitude within ±180"),
            Self::Address(address) => write!(f, "`{address}` is not an address that begins with `https://`"),
            Self::NotUploaded => f.write_str("the file is not at WhatsApp yet; upload it and send its id"),
        }
    }
}

impl std::error::Error for RenderProblem {}

/// The request that sends `message`; `callback` comes back with its statuses, by which it is known even if the answer to
/// the request never arrived (R39).
///
/// # Errors
/// The message cannot be sent as it is.
pub fn render(message: &Outbound, to: &Recipient, callback: &str) -> Result<Rendered, RenderProblem> {
    let mut cutter = Cutter::default();
    let (kind, content) = content(message, &mut cutter)?;
    let (member, recipient) = to.member()?;
    let mut body = Map::new();
    body.insert("messaging_product".into(), "whatsapp".into());
    body.insert("recipient_type".into(), "individual".into());
    body.insert(member.into(), recipient.into());
    body.insert("type".into(), kind.into());
    body.insert(kind.into(), content);
    if !callback.is_empty() {
        let callback = parts::whole("callback", callback, limits::CALLBACK)?;
        body.insert("biz_opaque_callback_data".into(), callback.into());
    }
    Ok(Rendered { body: Value::Object(body), cuts: cutter.cuts })
}

/// The request that marks a customer's message, and those before it, as read; with `typing`, "typing…" is shown until we
/// answer or [`limits::TYPING`] is over.
#[must_use]
pub fn read_mark(message_id: &str, typing: bool) -> Value {
    let mut body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": message_id});
    if typing {
        body["typing_indicator"] = json!({"type": "text"});
    }
    body
}

fn content(message: &Outbound, cutter: &mut Cutter) -> Result<(&'static str, Value), RenderProblem> {
    Ok(match message {
        Outbound::Text { text } => {
            let preview = text.contains("https://") || text.contains("http://");
            ("text", json!({"body": cutter.needed("text", text, limits::TEXT)?, "preview_url": preview}))
        }
        Outbound::Buttons { text, buttons } => ("interactive", interactive::buttons(text, buttons, cutter)?),
        Outbound::List { text, button, rows } => ("interactive", interactive::list(text, button, rows, cutter)?),
        Outbound::Link { text, label, url } => ("interactive", interactive::link(text, label, url, cutter)?),
        Outbound::LocationRequest { text } => ("interactive", interactive::location_request(text, cutter)?),
        Outbound::Media { kind, source, caption, filename } => {
            let file = File { kind: *kind, source, caption: caption.as_deref(), filename: filename.as_deref() };
            file.render(cutter)?
        }
        Outbound::Location(place) => ("location", location(place, cutter)?),
        Outbound::Template { name, language, parameters, buttons, .. } => {
            ("template", template::template(name, *language, parameters, buttons, cutter)?)
        }
        Outbound::Record { .. } => return Err(RenderProblem::NotUploaded),
    })
}

fn location(place: &Location, cutter: &mut Cutter) -> Result<Value, RenderProblem> {
    if !(place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0) {
        return Err(RenderProblem::Place);
    }
    let mut body = json!({"latitude": place.latitude, "longitude": place.longitude});
    for (member, text) in [("name", &place.name), ("address", &place.address)] {
        if let Some(text) = text.as_deref().filter(|text| !text.trim().is_empty()) {
            body[member] = cutter.cut(member, text, limits::PLACE).into();
        }
    }
    Ok(body)
}

/// A file to send, already at WhatsApp or at an address.
struct File<'a> {
    kind: MediaKind,
    source: &'a MediaSource,
    caption: Option<&'a str>,
    filename: Option<&'a str>,
}

impl File<'_> {
    fn render(&self, cutter: &mut Cutter) -> Result<(&'static str, Value), RenderProblem> {
        let mut body = match self.source {
            MediaSource::Id(id) => json!({"id": parts::whole("file id", id, limits::INBOUND_ID)?}),
            MediaSource::Link(link) => json!({"link": parts::address(link)?}),
            MediaSource::Stored(_) => return Err(RenderProblem::NotUploaded),
        };
        let (name, takes_caption) = match self.kind {
            MediaKind::Image => ("image", true),
            MediaKind::Video => ("video", true),
            MediaKind::Voice | MediaKind::Audio => ("audio", false),
            MediaKind::Document => ("document", true),
            MediaKind::Sticker => ("sticker", false),
        };
        if self.kind == MediaKind::Voice {
            body["voice"] = true.into();
        }
        let caption = self.caption.filter(|caption| !caption.trim().is_empty());
        match caption {
            Some(caption) if takes_caption => {
                body["caption"] = cutter.cut("caption", caption, limits::CAPTION).into();
            }
            Some(caption) => cutter.drop("caption", caption),
            None => {}
        }
        if let (MediaKind::Document, Some(filename)) = (self.kind, self.filename) {
            body["filename"] = parts::filename(filename, cutter).into();
        }
        Ok((name, body))
    }
}
