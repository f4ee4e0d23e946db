//! What the desk's lists show of a conversation. Secret answers do not get here (R42).

use crate::bot::Bot;
use crate::conversation::state::{Conversation, Enquiry};
use crate::intent::Topic;
use crate::message::{Content, Outbound};
use crate::scope::Scope;
use crate::store::{Card, NewEntry, Preview, Who};
use crate::text::{MASK, cut_utf16};

use super::payload::Line;

const PREVIEW_MAX: usize = 120;

/// The card of a conversation; `said` is what a customer or a person said last, if the turn brought something.
pub(super) fn card(bot: &Bot, conversation: &Conversation, said: Option<Preview>) -> Card {
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
        preview: said,
    }
}

/// What a line says in a list; `None` where the line before is worth more: the bot's words, notes, and what starts nothing.
pub(super) fn preview(line: &NewEntry) -> Option<Preview> {
    let agent = match &line.who {
        Who::Customer => None,
        Who::Agent(name) => Some(name.clone()),
        Who::Phone => Some(String::new()),
        Who::Bot | Who::Note(_) => return None,
    };
    let said = if line.secret { MASK.to_owned() } else { words(&line.message)? };
    Some(Preview { text: cut_utf16(&said.replace('\n', " "), PREVIEW_MAX).0, agent })
}

fn words(message: &str) -> Option<String> {
    match serde_json::from_str::<Line>(message).ok()? {
        Line::Note { .. } => None,
        Line::Sent(Outbound::Template { name, .. }) => Some(format!("[{name}]")),
        Line::Sent(Outbound::Media { kind, caption: None, .. }) => Some(format!("[{}]", kind.name())),
        Line::Sent(message) => Some(message.text().to_owned()).filter(|text| !text.is_empty()),
        Line::Came(content) => match content {
            Content::Text(text) | Content::Tap { title: text, .. } => Some(text),
            Content::Media(media) => media.caption.or_else(|| Some(format!("[{}]", media.kind.name()))),
            Content::Location(_) => Some("[location]".to_owned()),
            Content::ContactCard { .. } => Some("[contact]".to_owned()),
            Content::Order { .. } => Some("[order]".to_owned()),
            Content::Unsupported { .. } => Some("[unsupported]".to_owned()),
            Content::Reaction { .. } | Content::Edit { .. } | Content::Revoke { .. } => None,
        },
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
