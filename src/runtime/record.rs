//! The record of an enquiry as a document (R34): what the customer gets, agents see. Secret lines are masked (R42).

use crate::bot::Bot;
use crate::conversation::record::{self, Record, RecordLine, Speaker};
use crate::conversation::state::Conversation;
use crate::locale::Locale;
use crate::message::{Content, Outbound};
use crate::store::{ContactId, Entry, StoreError, ThreadQuery, Who};

use super::payload::Line;
use super::{Inner, Runtime, turn};

/// Lines of a record.
const RECORD_LINES_MAX: u32 = 1_000;

impl Inner {
    /// The record of an enquiry as a document (R34).
    pub(super) async fn record(&self, contact: ContactId, enquiry: u32) -> Result<String, StoreError> {
        let query = ThreadQuery { contact, before: None, after: 0, limit: RECORD_LINES_MAX };
        let entries = self.store.thread(query).await?;
        let loaded = self.store.load(vec![contact]).await?;
        let bot = self.editions.load_full();
        let conversation = loaded.first().and_then(|loaded| turn::conversation(loaded).ok());
        Ok(document(bot.newest(), conversation.as_ref(), &entries, enquiry))
    }
}

impl Runtime {
    /// The record of an enquiry as a document (R34): what the customer gets, agents see.
    ///
    /// `None` where the contact had no such enquiry.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn record(&self, contact: ContactId, enquiry: u32) -> Result<Option<String>, StoreError> {
        let loaded = self.0.store.load(vec![contact]).await?.pop();
        let latest = loaded.and_then(|loaded| turn::conversation(&loaded).ok()?.enquiry);
        if !latest.is_some_and(|latest| (1..=latest.number).contains(&enquiry)) {
            return Ok(None);
        }
        self.0.record(contact, enquiry).await.map(Some)
    }
}

fn document(bot: &Bot, conversation: Option<&Conversation>, entries: &[Entry], enquiry: u32) -> String {
    let language = bot.speak(conversation.and_then(|c| c.contact.language));
    let locale = bot.locales.get(&language).cloned().unwrap_or_else(|| Locale::for_language(language));
    let lines: Vec<RecordLine> = entries
        .iter()
        .filter(|entry| entry.enquiry == Some(enquiry))
        .filter_map(|entry| {
            let who = match &entry.who {
                Who::Customer => Speaker::Customer,
                Who::Bot => Speaker::Bot,
                Who::Agent(name) => Speaker::Agent(name.clone()),
                Who::Phone => Speaker::Agent(String::new()),
                Who::Note(_) => return None,
            };
            let text = if entry.secret { "•••".to_owned() } else { words(&entry.message)? };
            Some(RecordLine { at: entry.at, who, text })
        })
        .collect();
    let name = conversation.map(|c| c.contact.name.clone()).unwrap_or_default();
    let record = Record {
        bot: &bot.name,
        customer: &name,
        language,
        locale: &locale,
        zone: bot.hours.zone(),
        lines: &lines,
        promise_kept: None,
    };
    record::write(&record, &bot.wording)
}

/// A line of the thread in words.
fn words(message: &str) -> Option<String> {
    let text = match serde_json::from_str::<Line>(message).ok()? {
        Line::Note { .. } | Line::Sent(Outbound::Record { .. }) => return None,
        Line::Sent(message) => match &message {
            Outbound::Template { name, parameters, .. } => format!("[{name}] {}", parameters.join(" · ")),
            Outbound::Location(place) => format!("{}, {}", place.latitude, place.longitude),
            Outbound::Media { filename, kind, .. } => {
                let file = filename.clone().unwrap_or_else(|| kind.name().to_owned());
                format!("[{file}] {}", message.text())
            }
            other => other.text().to_owned(),
        },
        Line::Came(content) => match content {
            Content::Text(text) => text,
            Content::Tap { title, .. } => title,
            Content::Media(media) => {
                let file = media.filename.unwrap_or_else(|| media.kind.name().to_owned());
                format!("[{file}] {}", media.caption.unwrap_or_default())
            }
            Content::Location(place) => format!("{}, {}", place.latitude, place.longitude),
            Content::ContactCard { summary, .. } | Content::Order { summary } => summary,
            Content::Reaction { emoji, .. } => emoji?,
            Content::Edit { text, .. } => text?,
            Content::Revoke { .. } | Content::Unsupported { .. } => return None,
        },
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
