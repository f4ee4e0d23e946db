//! What of a bot the transcripts reach: every flow, question, option, wording for a failure, outcome, intent and article
//! that its author wrote, with its place. Counts; does not judge how much is enough.

use std::collections::BTreeSet;

use crate::bot::Bot;
use crate::conversation::reason::Reached;
use crate::diagnostic::Place;
use crate::flow::program::{Accept, Program, Question};
use crate::intent::Destination;

use super::outcome::reached_name;

/// Something the author wrote, and whether a conversation came to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is, for people.
    pub what: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it was reached.
    pub reached: bool,
}

/// What was reached of a bot, in the order of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Everything that can be reached.
    pub parts: Vec<Part>,
}

impl Coverage {
    /// What of the bot is among `reached`.
    #[must_use]
    pub fn of(bot: &Bot, reached: &BTreeSet<Reached>) -> Self {
        let mut parts: Vec<Part> = everything(bot)
            .into_iter()
            .map(|(what, place)| Part {
                reached: reached.contains(&what),
                what: reached_name(&what),
                place: place.clone(),
            })
            .collect();
        parts.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.what.cmp(&b.what)));
        Self { parts }
    }

    /// How many were reached.
    #[must_use]
    pub fn reached(&self) -> usize {
        self.parts.iter().filter(|part| part.reached).count()
    }

    /// What was not reached.
    pub fn missing(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| !part.reached)
    }

    /// How much was reached, in per cent, rounded down to a tenth, so that 100 means everything. All of nothing is 100.
    #[must_use]
    pub fn percent(&self) -> f64 {
        let (reached, total) = (self.reached(), self.parts.len());
        if total == 0 {
            return 100.0;
        }
        let tenths = u32::try_from(reached.saturating_mul(1000) / total).unwrap_or(1000);
        f64::from(tenths) / 10.0
    }

    /// Whether at least so much was reached, in per cent.
    #[must_use]
    pub fn is_at_least(&self, percent: u8) -> bool {
        self.reached().saturating_mul(100) >= self.parts.len().saturating_mul(usize::from(percent))
    }
}

/// Everything that can be reached, with its place.
fn everything(bot: &Bot) -> Vec<(Reached, &Place)> {
    let mut all: Vec<(Reached, &Place)> = bot.flows.values().flat_map(of_flow).collect();
    // Words that the author adds to a built-in intent lead where they always did: there is nothing of the bot to reach.
    let own = bot.intents.values().filter(|intent| !matches!(intent.leads_to, Destination::BuiltIn(_)));
    all.extend(own.filter_map(|intent| Some((Reached::Intent(intent.name.clone()), intent.place.as_ref()?))));
    all.extend(bot.articles.values().map(|article| (Reached::Article(article.name.clone()), &article.place)));
    all
}

fn of_flow(flow: &Program) -> Vec<(Reached, &Place)> {
    let mut all = vec![(Reached::Flow(flow.name.clone()), &flow.place)];
    all.extend(flow.questions.iter().flat_map(|question| of_question(flow, question)));
    let outcomes = flow.outcomes.iter().enumerate();
    all.extend(outcomes.map(|(position, outcome)| (Reached::Outcome(flow.name.clone(), position), &outcome.place)));
    all
}

fn of_question<'a>(flow: &Program, question: &'a Question) -> Vec<(Reached, &'a Place)> {
    let names = || (flow.name.clone(), question.name.clone());
    let (of_flow, name) = names();
    let mut all = vec![(Reached::Question(of_flow, name), &question.place)];
    if let Accept::Options(options) = &question.accept {
        all.extend(options.iter().map(|option| {
            let (flow, question) = names();
            (Reached::Option(flow, question, option.key.clone()), &option.place)
        }));
    }
    all.extend(question.if_unclear.iter().map(|own| {
        let (flow, question) = names();
        (Reached::Unclear(flow, question), &own.place)
    }));
    all.extend(question.if_invalid.iter().map(|own| {
        let (flow, question) = names();
        (Reached::Invalid(flow, question), &own.place)
    }));
    all
}
