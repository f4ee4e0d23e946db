//! What a contact's inbox has for their next turn: in the order WhatsApp stamped it, what was written in a row as one (R2,
//! R3). Nothing that was received is dropped because it cannot be read back.

use crate::clock::Timestamp;
use crate::conversation::event::Event;
use crate::conversation::gather;
use crate::message::{Content, Inbound};
use crate::policy::Policy;
use crate::store::{InboxKind, InboxRow, Loaded};

use super::payload;
use super::turn::spot;

/// What happens in a contact's next turn.
pub(super) enum Next {
    /// This, taking these rows of the inbox.
    Event(Box<Event>, Vec<i64>),
    /// Nothing before then: messages are still being gathered (R3).
    Wait(Timestamp),
    /// Nothing.
    Nothing,
}

/// What the inbox has for the contact's next turn, in the order WhatsApp stamped it (R2, R3); `hurry` waits for no more.
pub(super) fn next_of_inbox(loaded: &Loaded, policy: &Policy, now: Timestamp, hurry: bool) -> Next {
    let Some(first) = loaded.inbox.first() else { return Next::Nothing };
    if first.kind != InboxKind::Message {
        return single(first);
    }
    let rows = loaded.inbox.iter().take_while(|row| row.kind == InboxKind::Message).take(gather::MESSAGES_MAX);
    let messages: Vec<(i64, Timestamp, Inbound)> = rows.map(|row| (row.id, row.received_at, inbound(row))).collect();
    let mut received: Vec<(Timestamp, &Inbound)> = messages.iter().map(|(_, at, message)| (*at, message)).collect();
    received.sort_by_key(|(at, _)| *at);
    match gather::ready_at(policy, &received) {
        Some(ready) if ready > now && !hurry => Next::Wait(ready),
        _ => {
            let taken = messages.iter().map(|(id, ..)| *id).collect();
            Next::Event(Box::new(Event::Messages(messages.into_iter().map(|(.., message)| message).collect())), taken)
        }
    }
}

fn single(row: &InboxRow) -> Next {
    let event = match row.kind {
        InboxKind::Message | InboxKind::Echo => Event::Echo(inbound(row)),
        InboxKind::Renamed => {
            let renamed: payload::Renamed = read(row).unwrap_or_default();
            Event::Renamed { wa_id: renamed.wa_id, user_id: renamed.user_id }
        }
        InboxKind::Undeliverable => {
            let failed: payload::Undeliverable = read(row).unwrap_or_default();
            match failed.unsent {
                Some(payload::Unsent { agent, text }) => Event::WindowShut { agent, text },
                None => Event::Undeliverable { code: failed.code, title: failed.title },
            }
        }
    };
    Next::Event(Box::new(event), vec![row.id])
}

/// A message as it was received. One that cannot be read back is a message of a kind we cannot read (R4): people see that
/// something came.
fn inbound(row: &InboxRow) -> Inbound {
    read(row).unwrap_or_else(|| Inbound {
        id: format!("inbox.{}", row.id),
        at: row.at,
        content: Content::Unsupported { kind: "damaged".to_owned() },
        quotes: None,
        referral: None,
    })
}

fn read<T: serde::de::DeserializeOwned>(row: &InboxRow) -> Option<T> {
    serde_json::from_str(&row.payload)
        .inspect_err(|error| tracing::error!(row = row.id, error = spot(error), "a row of the inbox cannot be read"))
        .ok()
}
