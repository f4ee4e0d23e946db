//! Which lines of a turn hold secret answers, so that nobody reads them by chance (R42).

use crate::conversation::Editions;
use crate::conversation::state::Conversation;

/// What must not be read by chance (R42).
pub(super) struct Secrets {
    /// What the customer writes in this turn answers a secret question.
    pub(super) given: bool,
    /// How secret answers read.
    shown: Vec<String>,
}

impl Secrets {
    pub(super) fn of(editions: &Editions, before: &Conversation, after: &Conversation) -> Self {
        let answers = |conversation: &Conversation| {
            let answers = conversation.enquiry.iter().flat_map(|enquiry| &enquiry.answers);
            answers.filter(|answer| answer.secret).map(|answer| answer.shown.clone()).collect::<Vec<_>>()
        };
        let (known, shown) = (answers(before), answers(after));
        // It may have stood in the opening message, before the question was asked (R13).
        let new = shown.iter().any(|shown| !known.contains(shown));
        Self { given: new || asks_secret(before, editions), shown }
    }

    /// Whether one of them stands in a text of ours.
    pub(super) fn stand_in(&self, text: &str) -> bool {
        self.shown.iter().any(|shown| !shown.is_empty() && text.contains(shown.as_str()))
    }
}

fn asks_secret(before: &Conversation, editions: &Editions) -> bool {
    let open = before.enquiry.as_ref().and_then(|enquiry| {
        let bot = editions.version(&enquiry.version).unwrap_or_else(|| editions.newest());
        let run = enquiry.run.as_ref()?;
        bot.flows.get(&run.flow)?.questions.get(run.question?)
    });
    open.is_some_and(|question| question.secret)
}
