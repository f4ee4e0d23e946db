//! What a new version changes for whoever is on an older one (R19). Compares; decides nothing.

use crate::flow::program::{Accept, Question};

use super::Bot;

/// The queues, numbers and lookups that `older` has and `newer` lacks, for people. They always come from the newest version,
/// so whoever is on the older one would miss them.
#[must_use]
pub fn missing(older: &Bot, newer: &Bot) -> Vec<String> {
    let queues = older.queues.keys().filter(|name| !newer.queues.contains_key(*name));
    let lookups = older.lookups.keys().filter(|name| !newer.lookups.contains_key(*name));
    let numbers = older.numbers.iter().map(|number| &number.id).filter(|id| newer.number(id).is_none());
    let named = |kind: &'static str| move |name: &String| format!("the {kind} `{name}`");
    queues.map(named("queue")).chain(numbers.map(named("number"))).chain(lookups.map(named("lookup"))).collect()
}

/// Whether a question asks in `newer` what it asks in `older`, and takes the same answers.
#[must_use]
pub fn keeps_question(older: &Bot, newer: &Bot, flow: &str, question: &str) -> bool {
    let asks = |bot: &Bot| bot.question(flow, question).map(|question| as_asked(question, older));
    asks(older).is_some() && asks(older) == asks(newer)
}

/// A question as customers meet it, in every language of `bot`; where it stands in its file does not matter.
fn as_asked(question: &Question, bot: &Bot) -> Vec<String> {
    let mut asked: Vec<String> = bot.languages.iter().map(|language| question.ask.get(*language).to_owned()).collect();
    match &question.accept {
        Accept::Options(options) => {
            for option in options {
                asked.push(option.key.clone());
                asked.extend(bot.languages.iter().map(|language| option.label.get(*language).to_owned()));
            }
        }
        other => asked.push(format!("{other:?}")),
    }
    asked
}
