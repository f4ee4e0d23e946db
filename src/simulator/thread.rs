//! A customer's thread as their phone shows it, with what waits to be answered.

use serde::Serialize;

use crate::conversation::state::Conversation;
use crate::message::{Content, Inbound};
use crate::runtime::Runtime;
use crate::store::{ContactId, Entry, InboxKind, InboxRow, Loaded, ThreadQuery, Who};
use crate::web::bubble::Bubble;
use crate::web::problem::Problem;

/// So many lines are shown at once.
const LINES_MAX: u32 = 80;

/// A line, and what belongs to it beyond what the phone shows.
#[derive(Debug, Serialize)]
pub(super) struct ShownLine {
    #[serde(flatten)]
    bubble: Bubble,
    /// The turn it was written by: its reasons are in the panel. None while it waits.
    turn: Option<i64>,
    /// The customer's message was seen: the bot answered it, or a person wrote since.
    seen: bool,
}

/// The thread.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    lines: Vec<ShownLine>,
    /// There are lines before these.
    more: bool,
    /// Messages that are being gathered (R3).
    waiting: Vec<ShownLine>,
    /// The bot is about to answer.
    typing: bool,
}

/// The contact with what waits, and their conversation.
pub(super) async fn load(runtime: &Runtime, contact: ContactId) -> Result<(Loaded, Conversation), Problem> {
    let loaded = runtime.store().load(vec![contact]).await?.pop();
    let loaded = loaded.ok_or_else(|| Problem::missing("there is no such customer"))?;
    let conversation = crate::runtime::conversation(&loaded).map_err(|error| {
        tracing::error!(contact, %error, "a stored conversation cannot be read");
        Problem::conflict("this conversation cannot be read by this version of frontdesk")
    })?;
    Ok((loaded, conversation))
}

/// The latest lines below `before`.
pub(super) async fn entries(runtime: &Runtime, contact: ContactId, before: Option<i64>) -> Result<Vec<Entry>, Problem> {
    Ok(runtime.store().thread(ThreadQuery { contact, before, after: 0, limit: LINES_MAX }).await?)
}

/// The thread, with what is secret masked (R42).
pub(super) fn show(loaded: &Loaded, conversation: &Conversation, entries: &[Entry]) -> Shown {
    let lines = entries.iter().enumerate().filter(|(_, entry)| !matches!(entry.who, Who::Note(_)));
    let lines = lines.filter_map(|(at, entry)| {
        let later = entries.get(at + 1..).unwrap_or_default();
        Some(ShownLine { bubble: Bubble::of(entry, false)?, turn: Some(entry.turn), seen: is_seen(entry, later) })
    });
    let waits: Vec<Inbound> = loaded.inbox.iter().filter_map(received).collect();
    let answers = waits.iter().any(|message| starts_something(&message.content));
    let looks_up = conversation.enquiry.as_ref().and_then(|enquiry| enquiry.run.as_ref());
    Shown {
        lines: lines.collect(),
        more: entries.first().is_some_and(|first| first.seq > 1),
        waiting: waits.iter().filter_map(|message| waiting(loaded.contact.id, message)).collect(),
        typing: answers && !conversation.state().is_with_people() || looks_up.is_some_and(|run| run.pending.is_some()),
    }
}

/// A customer's message was seen when the bot said something in its turn or, after a lookup, in the next one; or when a
/// person wrote later.
fn is_seen(entry: &Entry, later: &[Entry]) -> bool {
    entry.who == Who::Customer
        && later.iter().any(|line| match line.who {
            Who::Bot => line.turn - entry.turn <= 1,
            Who::Agent(_) | Who::Phone => true,
            Who::Customer | Who::Note(_) => false,
        })
}

fn received(row: &InboxRow) -> Option<Inbound> {
    (row.kind == InboxKind::Message).then(|| serde_json::from_str(&row.payload).ok()).flatten()
}

const fn starts_something(content: &Content) -> bool {
    !matches!(content, Content::Reaction { .. } | Content::Edit { .. } | Content::Revoke { .. })
}

fn waiting(contact: ContactId, message: &Inbound) -> Option<ShownLine> {
    let entry = Entry {
        contact,
        seq: 0,
        turn: 0,
        at: message.at,
        who: Who::Customer,
        enquiry: None,
        message: serde_json::to_string(&message.content).ok()?,
        secret: false,
        message_id: Some(message.id.clone()),
        delivery: None,
        failure: None,
    };
    Some(ShownLine { bubble: Bubble::of(&entry, true)?, turn: None, seen: false })
}
