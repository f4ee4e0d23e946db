//! Why turns went as they did (R41), in plain words: rules that fired, what the classifier made of the message with all its
//! candidates, and what was reached of what the bot's author wrote.

use serde::Serialize;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::reason::{Reached, Reason, put_first};
use crate::intent::{Candidate, Decision, Topic};
use crate::language::Language;
use crate::runtime::Runtime;
use crate::scope::Scope;
use crate::store::{ContactId, Entry};
use crate::web::problem::Problem;
use crate::web::reasons::{self, Told};

/// So many turns are told, the latest first.
const TURNS_MAX: u32 = 40;

/// A turn with its reasons.
#[derive(Debug, Serialize)]
pub(super) struct TurnWhy {
    turn: i64,
    at: Timestamp,
    steps: Vec<Step>,
}

/// One step of the reasoning, in the order it was taken.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Step {
    /// A rule fired.
    Rule { rule: String, did: String },
    /// What the classifier made of it.
    Understood {
        /// `confident`, `torn` or `unsure`.
        decision: &'static str,
        /// The decision in words.
        words: String,
        language: Option<Language>,
        candidates: Vec<ShownCandidate>,
    },
    /// Something the author wrote was reached.
    Reached { words: String },
}

#[derive(Debug, Serialize)]
struct ShownCandidate {
    /// `intent` or `article`.
    what: &'static str,
    name: String,
    label: Option<String>,
    probability: f32,
    reasons: Vec<String>,
}

/// The reasons of the turns of these lines, the latest first; those of secret answers only where `reveal` says so (R42).
pub(super) async fn show(
    runtime: &Runtime,
    contact: ContactId,
    lines: &[Entry],
    reveal: bool,
) -> Result<Vec<TurnWhy>, Problem> {
    let bot = runtime.bot();
    let after = lines.last().map(|line| line.turn + 1);
    let kept = runtime.store().why(contact, after, TURNS_MAX).await?;
    Ok(reasons::told(kept, lines, reveal).into_iter().map(|told| turn(told, &bot)).collect())
}

fn turn(told: Told, bot: &Bot) -> TurnWhy {
    TurnWhy {
        turn: told.turn,
        at: told.at,
        steps: told.reasons.into_iter().filter_map(|reason| step(reason, bot)).collect(),
    }
}

fn step(reason: Reason, bot: &Bot) -> Option<Step> {
    Some(match reason {
        // The decision and the rule say so already.
        Reason::NotUnderstood { .. } => return None,
        Reason::Rule { rule, did } => Step::Rule { rule, did },
        Reason::PutFirst { passage, words } => Step::Rule { rule: "R12".to_owned(), did: put_first(&passage, &words) },
        Reason::Promise(fate) => Step::Rule { rule: "R22".to_owned(), did: fate.sentence().to_owned() },
        Reason::Reached(reached) => Step::Reached { words: reached_words(&reached) },
        Reason::Understood(understood) => {
            let (decision, words) = decision(understood.decision);
            let words = if understood.greeted { format!("{words}; a greeting stands in front") } else { words };
            let candidates = understood.candidates.into_iter().map(|found| candidate(found, bot)).collect();
            Step::Understood { decision, words, language: understood.language, candidates }
        }
    })
}

fn decision(decision: Decision) -> (&'static str, String) {
    match decision {
        Decision::Confident => ("confident", "sure of the first".to_owned()),
        Decision::Torn(count) => ("torn", format!("torn between the first {count}")),
        Decision::Unsure => ("unsure", "sure of none".to_owned()),
    }
}

fn candidate(found: Candidate, bot: &Bot) -> ShownCandidate {
    let label = topic_label(&found.topic, bot);
    let (what, name) = topic_name(found.topic);
    ShownCandidate { what, name, label, probability: found.probability, reasons: found.reasons }
}

/// What a topic is, and its name.
pub(super) fn topic_name(topic: Topic) -> (&'static str, String) {
    match topic {
        Topic::Intent(name) => ("intent", name),
        Topic::Article(name) => ("article", name),
    }
}

/// What people call a topic: the label of an intent, the title of an article.
pub(super) fn topic_label(topic: &Topic, bot: &Bot) -> Option<String> {
    let language = bot.default_language();
    match topic {
        Topic::Intent(name) => Some(bot.intents.get(name)?.label.as_ref()?.get(language).to_owned()),
        Topic::Article(name) => bot.articles.get(name)?.title.render(language, &Scope::default()).ok(),
    }
}

fn reached_words(reached: &Reached) -> String {
    match reached {
        Reached::Flow(flow) => format!("the flow `{flow}` begins"),
        Reached::Question(flow, question) => format!("`{flow}` asks `{question}`"),
        Reached::Option(flow, question, key) => format!("`{flow}`: `{question}` is `{key}`"),
        Reached::Unclear(flow, question) => format!("`{flow}`: a second chance for `{question}`, it could not be read"),
        Reached::Invalid(flow, question) => format!("`{flow}`: a second chance for `{question}`, it is not allowed"),
        Reached::Outcome(flow, position) => format!("`{flow}` takes outcome {}", position + 1),
        Reached::Intent(intent) => format!("the intent `{intent}` is followed"),
        Reached::Article(article) => format!("the article `{article}` is shown"),
    }
}
