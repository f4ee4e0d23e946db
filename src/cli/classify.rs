//! `frontdesk classify`: candidates, probabilities and reasons for a text.

use std::io::Write;

use clap::Args;

use crate::intent::{Decision, Topic, Understanding};

use super::aids::AidFlags;
use super::project::{self, BotFolder};
use super::{FINE, Outcome};

/// Show what the bot makes of a text.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  frontdesk classify \"my tv is not working\"\n  frontdesk classify --json \"הטלוויזיה לא עובדת\""
)]
pub struct ClassifyArguments {
    /// The texts
    #[arg(required = true)]
    texts: Vec<String>,
    #[command(flatten)]
    bot: BotFolder,
    #[command(flatten)]
    aids: AidFlags,
    /// One JSON object a text
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// There is no bot, or it has errors.
pub fn run(arguments: &ClassifyArguments, out: &mut dyn Write, _err: &mut dyn Write) -> Outcome {
    let (bot, ..) = project::compile_with(&arguments.bot.find(None)?, &arguments.aids.open()?)?;
    for text in &arguments.texts {
        #[expect(clippy::disallowed_methods, reason = "measures how long the classifier takes; decides nothing by it")]
        let started = std::time::Instant::now();
        let understood = bot.classifier.classify(text, &|_| true);
        let micros = started.elapsed().as_micros();
        if arguments.json {
            writeln!(out, "{}", json(text, &understood, micros))?;
        } else {
            human(out, &bot, text, &understood)?;
        }
    }
    Ok(FINE)
}

fn decision(understood: &Understanding) -> &'static str {
    match understood.decision {
        Decision::Confident => "confident",
        Decision::Torn(_) => "torn",
        Decision::Unsure => "unsure",
    }
}

fn json(text: &str, understood: &Understanding, micros: u128) -> serde_json::Value {
    let candidates: Vec<serde_json::Value> = understood
        .candidates
        .iter()
        .map(|candidate| {
            let (key, name) = match &candidate.topic {
                Topic::Intent(name) => ("intent", name),
                Topic::Article(name) => ("article", name),
            };
            serde_json::json!({ key: name, "probability": candidate.probability, "reasons": candidate.reasons })
        })
        .collect();
    serde_json::json!({
        "text": text, "language": understood.language, "decision": decision(understood), "candidates": candidates,
        "micros": u64::try_from(micros).unwrap_or(u64::MAX),
    })
}

fn human(out: &mut dyn Write, bot: &crate::bot::Bot, text: &str, understood: &Understanding) -> std::io::Result<()> {
    let language = understood.language.map_or_else(|| "unknown language".to_owned(), |language| language.to_string());
    writeln!(out, "{text}\n  {} ({language})", decision(understood))?;
    if let Some(word) = bot.classifier.anytime(text) {
        writeln!(out, "  anytime word: {}", format!("{word:?}").to_lowercase())?;
    }
    for candidate in &understood.candidates {
        let name = match &candidate.topic {
            Topic::Intent(name) => name.clone(),
            Topic::Article(name) => format!("article {name}"),
        };
        writeln!(out, "  {:>5.1} %  {name:24} {}", candidate.probability * 100.0, candidate.reasons.join("; "))?;
    }
    Ok(())
}
