//! What the bot could do for the customer now (R30): the two flows or articles that fit best, and all of them.

use std::collections::BTreeSet;

use crate::bot::Bot;
use crate::conversation::state::Conversation;
use crate::intent::{Destination, Topic};
use crate::policy::wording::Text;
use crate::scope::Scope;

use super::view::{Fit, Fitting};
use super::why;
use super::words::spoken;

/// What is less likely than this is not offered.
const LIKELY: f32 = 0.15;
const OFFERED: usize = 2;

/// What could be sent; `said` is what the customer wrote, the latest first.
pub(super) fn fitting(bot: &Bot, conversation: &Conversation, agent: &str, said: &[String]) -> Fitting {
    let department = bot.number(&conversation.contact.number).and_then(|number| number.department.clone());
    let here = |departments: &Option<BTreeSet<String>>| {
        departments.as_ref().is_none_or(|all| department.as_ref().is_some_and(|own| all.contains(own)))
    };
    let wanted = |topic: &Topic| match topic {
        Topic::Intent(name) => bot.intents.get(name).is_none_or(|intent| here(&intent.departments)),
        Topic::Article(name) => bot.articles.get(name).is_none_or(|article| here(&article.departments)),
    };
    let mut best: Vec<Fit> = Vec::new();
    let candidates = said.iter().flat_map(|said| bot.classifier.classify(said, &wanted).candidates);
    let topic = conversation.enquiry.as_ref().and_then(|enquiry| enquiry.topic.clone());
    let likely = candidates
        .map(|candidate| (candidate.topic, candidate.probability))
        .filter(|(_, probability)| *probability >= LIKELY)
        .chain(topic.map(|matched| (matched.topic, matched.probability)));
    for (topic, probability) in likely {
        let Some(fit) = fit_of(bot, &topic, Some(why::percent(probability))) else { continue };
        if best.len() < OFFERED && best.iter().all(|other| (other.kind, &other.name) != (fit.kind, &fit.name)) {
            best.push(fit);
        }
    }
    let mut flows: Vec<Fit> =
        bot.flows.values().filter(|flow| here(&flow.departments)).map(|flow| flow_fit(bot, &flow.name, None)).collect();
    flows.sort_by(|a, b| a.label.cmp(&b.label));
    let articles = bot.articles.values().filter(|article| here(&article.departments));
    let mut articles: Vec<Fit> = articles.map(|article| article_fit(bot, &article.name, None)).collect();
    articles.sort_by(|a, b| a.label.cmp(&b.label));
    Fitting { best, flows, articles, sentence: sentence(bot, conversation, agent) }
}

/// What the customer reads when they are sent to a flow.
fn sentence(bot: &Bot, conversation: &Conversation, agent: &str) -> String {
    let mut scope = Scope::default();
    scope.text("agent", agent);
    scope.text("bot", &bot.name);
    let language = bot.speak(conversation.contact.language);
    bot.wording.text(Text::SentToFlow).render(language, &scope).unwrap_or_default()
}

fn fit_of(bot: &Bot, topic: &Topic, percent: Option<u8>) -> Option<Fit> {
    match topic {
        Topic::Intent(name) => match &bot.intents.get(name)?.leads_to {
            Destination::Flow(flow) => Some(flow_fit(bot, flow, percent)),
            Destination::Article(article) => Some(article_fit(bot, article, percent)),
            Destination::Handoff { .. } | Destination::Say(_) | Destination::BuiltIn(_) => None,
        },
        Topic::Article(name) => match &bot.articles.get(name)?.leads_to {
            Some(flow) => Some(flow_fit(bot, flow, percent)),
            None => Some(article_fit(bot, name, percent)),
        },
    }
}

fn flow_fit(bot: &Bot, flow: &str, percent: Option<u8>) -> Fit {
    let leads = |destination: &Destination| matches!(destination, Destination::Flow(to) if to == flow);
    let intent = bot.intents.values().find(|intent| leads(&intent.leads_to) && intent.label.is_some());
    let label =
        intent.and_then(|intent| intent.label.as_ref()).map(|label| label.get(bot.default_language()).to_owned());
    Fit { kind: "flow", name: flow.to_owned(), label: label.unwrap_or_else(|| spoken(flow)), percent }
}

fn article_fit(bot: &Bot, article: &str, percent: Option<u8>) -> Fit {
    let label = why::topic(bot, &Topic::Article(article.to_owned()));
    Fit { kind: "article", name: article.to_owned(), label, percent }
}
