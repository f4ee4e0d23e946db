//! What a turn's messages come to: words, a tap, a medium, or something that cannot be read (R4).

use crate::message::{Content, Inbound, Location, Media, MediaKind};

use super::tap::Tap;

/// One thing the customer put to the bot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Input {
    /// The channel's id of the last message in it.
    pub(super) message: String,
    /// What it is.
    pub(super) what: What,
}

/// The kinds of thing a customer can put to the bot.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// Words, with files that came along.
    Words { text: String, media: Vec<Media>, location: Option<Location> },
    /// A tap of ours.
    Tap { tap: Tap, title: String },
    /// A tap that is not ours, or of a form we no longer know.
    StrangeTap { title: String },
    /// Files or a place without words.
    Wordless { media: Vec<Media>, location: Option<Location>, phone: Option<String>, kind: Unread },
    /// A shopping cart.
    Order,
}

/// What could not be read, which decides the words that answer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    Voice,
    Image,
    Video,
    Document,
    Sticker,
    Location,
    Contact,
    Unsupported,
}

/// Groups a turn's messages: each tap and each order stands alone, in its place; words, files and places between them
/// are one input. Reactions, edits and deletions are no input at all (R4).
pub(super) fn inputs(messages: &[Inbound]) -> Vec<Input> {
    let mut inputs = Vec::new();
    let mut group = Group::default();
    for message in messages {
        match &message.content {
            Content::Tap { id, title } => {
                inputs.extend(std::mem::take(&mut group).close());
                let title = title.clone();
                let what =
                    Tap::read(id).map_or(What::StrangeTap { title: title.clone() }, |tap| What::Tap { tap, title });
                inputs.push(Input { message: message.id.clone(), what });
            }
            Content::Order { .. } => {
                inputs.extend(std::mem::take(&mut group).close());
                inputs.push(Input { message: message.id.clone(), what: What::Order });
            }
            Content::Reaction { .. } | Content::Edit { .. } | Content::Revoke { .. } => {}
            content => group.add(&message.id, content),
        }
    }
    inputs.extend(group.close());
    inputs
}

/// Whether a message starts nothing: it is recorded only (R4).
pub(super) const fn starts_nothing(content: &Content) -> bool {
    matches!(content, Content::Reaction { .. } | Content::Edit { .. } | Content::Revoke { .. })
}

#[derive(Default)]
struct Group {
    message: String,
    lines: Vec<String>,
    media: Vec<Media>,
    location: Option<Location>,
    phone: Option<String>,
    unread: Option<Unread>,
}

impl Group {
    fn add(&mut self, message: &str, content: &Content) {
        message.clone_into(&mut self.message);
        match content {
            Content::Text(text) => self.lines.push(text.clone()),
            Content::Media(media) => {
                self.lines.extend(media.caption.clone().filter(|caption| !caption.trim().is_empty()));
                self.unread = Some(unread(media.kind));
                self.media.push(media.clone());
            }
            Content::Location(location) => {
                self.unread = Some(Unread::Location);
                self.location = Some(location.clone());
            }
            Content::ContactCard { phone, .. } => {
                self.unread = Some(Unread::Contact);
                self.phone.clone_from(phone);
            }
            _ => self.unread = Some(Unread::Unsupported),
        }
    }

    fn close(self) -> Option<Input> {
        if self.message.is_empty() {
            return None;
        }
        let text = self.lines.join("\n");
        let what = if text.trim().is_empty() {
            let kind = self.unread.unwrap_or(Unread::Unsupported);
            What::Wordless { media: self.media, location: self.location, phone: self.phone, kind }
        } else {
            What::Words { text, media: self.media, location: self.location }
        };
        Some(Input { message: self.message, what })
    }
}

const fn unread(kind: MediaKind) -> Unread {
    match kind {
        MediaKind::Voice | MediaKind::Audio => Unread::Voice,
        MediaKind::Image => Unread::Image,
        MediaKind::Video => Unread::Video,
        MediaKind::Document => Unread::Document,
        MediaKind::Sticker => Unread::Sticker,
    }
}
