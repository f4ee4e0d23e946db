//! R3: which messages of a contact make one turn, and when it is taken.

use crate::clock::Timestamp;
use crate::message::{Content, Inbound};
use crate::policy::Policy;

/// At most so many messages make one turn; the rest make the next.
pub const MESSAGES_MAX: usize = 50;

/// No turn waits longer than this after its first message, however fast they come.
const WAIT_MAX: chrono::Duration = chrono::Duration::seconds(15);

/// When the turn of these messages (in order of arrival, with the time each was received) is taken: at once for a tap,
/// else when `gather` has passed since the last of them.
#[must_use]
pub fn ready_at(policy: &Policy, received: &[(Timestamp, &Inbound)]) -> Option<Timestamp> {
    let (first, _) = received.first()?;
    let (last, _) = received.last()?;
    let hurry = received.len() >= MESSAGES_MAX || received.iter().any(|(_, message)| is_tap(&message.content));
    if hurry {
        return Some(*last);
    }
    let media = received.iter().any(|(_, message)| matches!(message.content, Content::Media(_)));
    let gather = if media { policy.gather_media } else { policy.gather };
    Some((*last + gather).min(*first + WAIT_MAX.max(gather)))
}

/// Whether the message is a tap on a button or row, which is never delayed.
#[must_use]
pub const fn is_tap(content: &Content) -> bool {
    matches!(content, Content::Tap { .. })
}
