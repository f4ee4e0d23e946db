//! A line of the thread as pages show it: the same for the desk and the simulator.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::message::{Choice, Content, Delivery, Media, Outbound};
use crate::runtime::payload::Line;
use crate::store::{Entry, Who};
use crate::text::MASK;

use super::marks;

/// A line of the thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bubble {
    /// Counts the lines of the thread from 1.
    pub seq: i64,
    /// When it was said.
    pub at: Timestamp,
    /// `customer`, `bot`, `agent`, `phone` or `note`.
    pub side: &'static str,
    /// The agent's name, where one wrote.
    pub author: Option<String>,
    /// The words as HTML; safe to put into a page.
    pub html: String,
    /// The words as they are.
    pub text: String,
    /// What can be tapped.
    pub choices: Vec<Choice>,
    /// The choices are rows of a list, opened by a button with this label.
    pub list: Option<String>,
    /// The label and address of a link button.
    pub link: Option<(String, String)>,
    /// A file or place, as a stand-in: `image`, `video`, `voice`, `audio`, `document`, `sticker`, `location`, `contact`,
    /// `order`, `record`, `template`, `reaction`, `location_request` or `unsupported`.
    pub stand_in: Option<&'static str>,
    /// What the stand-in is called: a file's name, a place, a template's name.
    pub called: Option<String>,
    /// It is a file that came, which may be kept.
    pub file: bool,
    /// The enquiry whose record it is (R34).
    pub record: Option<u32>,
    /// How far it has come, for what we send.
    pub delivery: Option<Delivery>,
    /// Why it has not come further.
    pub failure: Option<String>,
    /// It is an answer to a secret question (R42); `text` and `html` are masked unless they were asked for.
    pub secret: bool,
}

impl Bubble {
    /// The line as pages show it; a secret answer only where `reveal` says so. `None` for a line that cannot be read.
    #[must_use]
    pub fn of(entry: &Entry, reveal: bool) -> Option<Self> {
        let (side, author) = match &entry.who {
            Who::Customer => ("customer", None),
            Who::Bot => ("bot", None),
            Who::Agent(name) => ("agent", Some(name.clone())),
            Who::Phone => ("phone", None),
            Who::Note(name) => ("note", name.clone()),
        };
        let mut bubble = Self {
            seq: entry.seq,
            at: entry.at,
            side,
            author,
            html: String::new(),
            text: String::new(),
            choices: Vec::new(),
            list: None,
            link: None,
            stand_in: None,
            called: None,
            file: false,
            record: None,
            delivery: entry.delivery,
            failure: entry.failure.clone(),
            secret: entry.secret,
        };
        if entry.secret && !reveal {
            MASK.clone_into(&mut bubble.text);
        } else {
            match serde_json::from_str::<Line>(&entry.message).ok()? {
                Line::Note { note } => bubble.text = note,
                Line::Sent(message) => bubble.sent(message),
                Line::Came(content) => bubble.came(content),
            }
        }
        bubble.html = marks::html(&bubble.text);
        Some(bubble)
    }

    fn sent(&mut self, message: Outbound) {
        message.text().clone_into(&mut self.text);
        match message {
            Outbound::Text { .. } => {}
            Outbound::Buttons { buttons, .. } => self.choices = buttons,
            Outbound::List { button, rows, .. } => (self.list, self.choices) = (Some(button), rows),
            Outbound::Link { label, url, .. } => self.link = Some((label, url)),
            Outbound::LocationRequest { .. } => self.stand_in = Some("location_request"),
            Outbound::Media { kind, filename, .. } => {
                (self.stand_in, self.called) = (Some(kind.name()), filename);
            }
            Outbound::Location(place) => self.place(place.name, place.latitude, place.longitude),
            Outbound::Template { name, parameters, buttons, .. } => {
                self.text = parameters.join(" · ");
                (self.stand_in, self.called, self.choices) = (Some("template"), Some(name), buttons);
            }
            Outbound::Record { enquiry, filename, .. } => {
                (self.stand_in, self.called, self.record) = (Some("record"), Some(filename), Some(enquiry));
            }
        }
    }

    fn came(&mut self, content: Content) {
        match content {
            Content::Text(text) => self.text = text,
            Content::Tap { title, .. } => self.text = title,
            Content::Media(Media { kind, caption, filename, .. }) => {
                self.text = caption.unwrap_or_default();
                (self.stand_in, self.called) = (Some(kind.name()), filename);
                self.file = true;
            }
            Content::Location(place) => self.place(place.name, place.latitude, place.longitude),
            Content::ContactCard { summary, .. } => (self.stand_in, self.called) = (Some("contact"), Some(summary)),
            Content::Order { summary } => (self.stand_in, self.called) = (Some("order"), Some(summary)),
            Content::Reaction { emoji, .. } => (self.stand_in, self.called) = (Some("reaction"), emoji),
            Content::Edit { text, .. } => self.text = text.unwrap_or_default(),
            Content::Revoke { .. } | Content::Unsupported { .. } => self.stand_in = Some("unsupported"),
        }
    }

    fn place(&mut self, name: Option<String>, latitude: f64, longitude: f64) {
        let place = name.unwrap_or_else(|| format!("{latitude:.5}, {longitude:.5}"));
        (self.stand_in, self.called) = (Some("location"), Some(place));
    }
}
