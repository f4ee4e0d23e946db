//! Why a turn went as it did (R41), for agents: what was understood, and which rules fired.

use crate::bot::Bot;
use crate::conversation::reason::{Reason, put_first};
use crate::intent::{Candidate, Decision, Topic};

use super::view::{Reading, Why};
use super::words::spoken;

/// The reasons of a turn; `None` when there is nothing to tell.
pub(super) fn why(bot: &Bot, reasons: Vec<Reason>) -> Option<Why> {
    let mut why = Why { rules: Vec::new(), decision: None, readings: Vec::new() };
    for reason in reasons {
        match reason {
            Reason::Rule { rule, did } => why.rules.push((rule, did)),
            Reason::PutFirst { passage, words } => {
                why.rules.push(("R12".to_owned(), isolated(&put_first(&passage, &words))));
            }
            Reason::Promise(fate) => why.rules.push(("R22".to_owned(), fate.sentence().to_owned())),
            Reason::Understood(understood) => {
                why.decision = Some(match understood.decision {
                    Decision::Confident => "It was sure.",
                    Decision::Torn(_) => "It was torn between these.",
                    Decision::Unsure => "It was not sure of any.",
                });
                why.readings = understood.candidates.iter().map(|candidate| reading(bot, candidate)).collect();
            }
            Reason::NotUnderstood { .. } | Reason::Reached(_) => {}
        }
    }
    (!why.rules.is_empty() || !why.readings.is_empty()).then_some(why)
}

fn reading(bot: &Bot, candidate: &Candidate) -> Reading {
    Reading {
        label: topic(bot, &candidate.topic),
        percent: percent(candidate.probability),
        reasons: candidate.reasons.iter().map(|reason| isolated(reason)).collect::<Vec<_>>().join(" · "),
    }
}

/// The same with what is quoted set apart, so that Hebrew in it does not turn the rest of the line around.
fn isolated(reason: &str) -> String {
    let mut out = String::with_capacity(reason.len() + 8);
    let mut inside = false;
    for letter in reason.chars() {
        let quote = matches!(letter, '"' | '`');
        if quote && inside {
            out.push('\u{2069}');
        }
        out.push(letter);
        if quote && !inside {
            out.push('\u{2068}');
        }
        inside ^= quote;
    }
    out
}

/// A probability from 0 to 1 in per cent.
pub(super) fn percent(probability: f32) -> u8 {
    // What lies outside does not come from the classifier; the cast saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100")]
    let percent = (probability.clamp(0.0, 1.0) * 100.0).round() as u8;
    percent
}

/// What people call a topic: its label or title, else its name.
pub(super) fn topic(bot: &Bot, topic: &Topic) -> String {
    let language = bot.default_language();
    match topic {
        Topic::Intent(name) => {
            let label = bot.intents.get(name).and_then(|intent| intent.label.as_ref());
            label.map_or_else(|| spoken(name), |label| label.get(language).to_owned())
        }
        Topic::Article(name) => {
            let title = bot.articles.get(name).map(|article| article.title.get(language).to_owned());
            title.unwrap_or_else(|| spoken(name))
        }
    }
}
