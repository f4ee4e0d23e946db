//! What a customer sends, as the machine receives it: files, places, taps on what was said to them.

use crate::message::{Content, Location, Media, MediaKind};
use crate::transcript::matching::{choices, same_label};
use crate::transcript::script::Said;

use super::{Stage, Stuck};

impl Stage<'_> {
    pub(super) fn content(&mut self, said: &Said) -> Result<Content, Stuck> {
        Ok(match said {
            Said::Text(text) => Content::Text(text.clone()),
            Said::Tap(label) => return self.tap(label),
            Said::Media(kind, words) => Content::Media(self.media(*kind, words.clone())),
            Said::Location(latitude, longitude) => {
                Content::Location(Location { latitude: *latitude, longitude: *longitude, name: None, address: None })
            }
            Said::Contact => Content::ContactCard {
                summary: "Noa Levi +972 50 765 4321".to_owned(),
                phone: Some("+972507654321".to_owned()),
            },
            Said::Order => Content::Order { summary: "1 item".to_owned() },
            Said::Reaction(emoji) => Content::Reaction { emoji: Some(emoji.clone()), to: "wamid.0".to_owned() },
            Said::Unsupported => Content::Unsupported { kind: "unknown".to_owned() },
        })
    }

    fn media(&mut self, kind: MediaKind, words: Option<String>) -> Media {
        let mime = match kind {
            MediaKind::Image => "image/jpeg",
            MediaKind::Video => "video/mp4",
            MediaKind::Voice | MediaKind::Audio => "audio/ogg",
            MediaKind::Document => "application/pdf",
            MediaKind::Sticker => "image/webp",
        };
        let (caption, filename) = if kind == MediaKind::Document { (None, words) } else { (words, None) };
        let id = format!("media-{}", self.world.message_id());
        Media { kind, id, mime: mime.to_owned(), caption, filename, sha256: None }
    }

    /// The latest message to this customer that has the label.
    fn tap(&self, label: &str) -> Result<Content, Stuck> {
        let found = self.theirs().flat_map(|sent| choices(&sent.message));
        if let Some(choice) = found.into_iter().find(|choice| same_label(label, &choice.title)) {
            return Ok(Content::Tap { id: choice.id.clone(), title: choice.title.clone() });
        }
        let offered = self.theirs().map(|sent| choices(&sent.message)).find(|choices| !choices.is_empty());
        let offered: Vec<String> =
            offered.unwrap_or_default().iter().map(|choice| format!("[{}]", choice.title)).collect();
        let message = if !self.pending.is_empty() {
            format!(
                "`{label}` is tapped in the same turn as the line above, before anything is said; write what is said between them"
            )
        } else if offered.is_empty() {
            format!("There is nothing to tap: no message to this customer had buttons, so none says `{label}`")
        } else {
            format!("There is no button or row `{label}` to tap")
        };
        let possible =
            if offered.is_empty() { String::new() } else { format!("could be tapped: {}", offered.join(" ")) };
        Err(Stuck { message, possible })
    }
}
