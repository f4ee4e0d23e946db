//! What the desk's lists show of a conversation. Secret answers do not get here (R42).

use crate::bot::Bot;
use crate::conversation::state::{Conversation, Enquiry};
use crate::intent::Topic;
use crate::scope::Scope;
use crate::store::Card;
use crate::text::cut_utf16;

const PREVIEW_MAX: usize = 120;

/// The card of a conversation; `said` is its last message, if the turn brought one.
pub(super) fn card(bot: &Bot, conversation: &Conversation, said: Option<&str>) -> Card {
    let Some(enquiry) = &conversation.enquiry else {
        return Card { wrote_at: conversation.wrote_at, ..Card::default() };
    };
    let question = enquiry.run.as_ref().and_then(|run| {
        let flow = bot.flows.get(&run.flow)?;
        Some(flow.questions.get(run.question?)?.name.clone())
    });
    Card {
        enquiry: Some(enquiry.number),
        state: Some(enquiry.state.name().to_owned()),
        since: Some(enquiry.since),
        opened_at: Some(enquiry.opened_at),
        version: Some(enquiry.version.clone()),
        flow: enquiry.run.as_ref().map(|run| run.flow.clone()),
        question,
        queue: enquiry.queue.clone(),
        agent: enquiry.agent.clone(),
        place: enquiry.place,
        promise_at: enquiry.promise.as_ref().map(|promise| promise.at),
        reply_due: enquiry.clock.as_ref().map(|clock| clock.due),
        wrote_at: conversation.wrote_at,
        last_human_at: Some(enquiry.last_human_at),
        subject: Some(subject(bot, enquiry)).filter(|subject| !subject.is_empty()),
        preview: said.map(|said| cut_utf16(&said.replace('\n', " "), PREVIEW_MAX).0),
    }
}

/// What an enquiry is about, for people.
pub(super) fn subject(bot: &Bot, enquiry: &Enquiry) -> String {
    let label = enquiry.topic.as_ref().map(|matched| match &matched.topic {
        Topic::Intent(name) => {
            let label = bot.intents.get(name).and_then(|intent| intent.label.as_ref());
            label.map_or_else(|| name.replace('_', " "), |label| label.get(bot.default_language()).to_owned())
        }
        Topic::Article(name) => bot
            .articles
            .get(name)
            .and_then(|article| article.title.render(bot.default_language(), &Scope::default()).ok())
            .unwrap_or_else(|| name.replace('-', " ")),
    });
    label.unwrap_or_default()
}
