//! Read marks under way (R20). They are kept nowhere: one that does not arrive is nobody's loss, and a late one is worse
//! than none. Whoever sees "typing…" is written to after it, so that it does not outlast the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::{AbortHandle, JoinSet};

use crate::store::ContactId;

use super::{Inner, channel};

/// At most so many are under way at once; the others wait a moment.
const UNDER_WAY_MAX: usize = 128;

/// A read mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Whose message.
    pub contact: ContactId,
    /// The business number they wrote to.
    pub number_id: String,
    /// The channel's id of the message.
    pub message: String,
    /// "typing…" until we answer.
    pub typing: bool,
}

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Marks {
    under_way: JoinSet<()>,
    typing: BTreeMap<ContactId, AbortHandle>,
}

impl Marks {
    /// Whether one more can be begun.
    pub(super) fn have_room(&self) -> bool {
        self.under_way.len() < UNDER_WAY_MAX
    }

    /// Begins one.
    pub(super) fn begin(&mut self, inner: &Arc<Inner>, mark: Mark) {
        let (inner, contact, typing) = (Arc::clone(inner), mark.contact, mark.typing);
        let begun = self.under_way.spawn(async move { channel::mark_read(&inner, &mark).await });
        if typing {
            self.typing.insert(contact, begun);
        }
    }

    /// Comes back when one has come to its end; never while there is none.
    pub(super) async fn one_ended(&mut self) {
        if self.under_way.join_next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Forgets what has come to its end; whether nothing is under way.
    pub(super) fn are_over(&mut self) -> bool {
        while self.under_way.try_join_next().is_some() {}
        self.under_way.is_empty()
    }

    /// Who is being shown "typing…".
    pub(super) fn typing(&mut self) -> Vec<ContactId> {
        self.typing.retain(|_, mark| !mark.is_finished());
        self.typing.keys().copied().collect()
    }
}
