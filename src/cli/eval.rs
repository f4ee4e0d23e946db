//! `frontdesk eval`: how well the bot understands, or how well a classifier does that learns from a file. Reads files,
//! measures times, prints; the figures are made in [`crate::evaluation`].

mod charts;
mod exam;
mod matrix;
mod page;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::evaluation::Answer;
use crate::evaluation::decision_name;
use crate::evaluation::noise::Noise;
use crate::evaluation::report::Report;
use crate::evaluation::words::words;
use crate::language::Language;

use super::aids::SemanticFlag;
use super::project::BotFolder;
use super::{CouldNotRun, FINE, Outcome};

use exam::Exam;

/// So many pairs of confused intents are told to programs, the most frequent.
const PAIRS_MAX: usize = 100;

/// Tell how well the bot understands.
#[derive(Debug, Args)]
#[command(
    after_help = "Without files, the bot's own examples are examined: five times a fifth of them is held out, learned without, and asked about.\n\nExamples:\n  frontdesk eval\n  frontdesk eval my-shop --html understanding.html\n  frontdesk eval --test january.csv                 the bot, on messages that somebody gave intents to\n  frontdesk eval --train train.csv --test test.csv  a classifier that learns from the one file and is asked about the other\n  frontdesk eval --mistyped 20 --stripped           as customers type in a hurry\n\nFiles are CSV, TSV or JSON lines with `text` and `intent`; a text without an intent is out of scope, and in what is learned from\nit stands under `not_for_us`. Out-of-scope recall is the share of such texts that the bot would not act on at once (the decision\nis not `confident`); `accepted` is about the texts in scope on which it would."
)]
pub struct EvalArguments {
    /// The bot's folder
    #[arg(conflicts_with = "train")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    bot: BotFolder,
    #[command(flatten)]
    semantic: SemanticFlag,
    /// Learn from this file instead of from a bot; without --test, the file itself is examined by cross-validation
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// Ask about the texts of this file
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Only texts that are written in this language; with --train, the language of the files
    #[arg(long, value_name = "CODE")]
    language: Option<Language>,
    /// Mistype so many of a hundred words of four letters or more before they are asked about
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    mistyped: u8,
    /// Take the marks off letters before texts are asked about (ā becomes a)
    #[arg(long)]
    stripped: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write a page with charts and the worst mistakes
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write what each text was taken for, as JSON lines
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// There is no bot, it has errors, or a file cannot be read or written.
pub fn run(arguments: &EvalArguments, out: &mut dyn Write, err: &mut dyn Write) -> Outcome {
    // What cannot be written is said before the work, not after it.
    for file in [&arguments.html, &arguments.predictions].into_iter().flatten() {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(CouldNotRun::file(folder, "written into", &std::io::ErrorKind::NotFound.into()));
        }
    }
    let noise = Noise { mistyped: arguments.mistyped, stripped: arguments.stripped };
    let semantic = arguments.semantic.open()?;
    let exam = match (&arguments.train, &arguments.test) {
        (Some(train), test) => Exam::of_files(train, test.as_deref(), arguments.language)?,
        (None, test) => {
            let folder = arguments.bot.find(arguments.folder.as_deref())?;
            Exam::of_bot(&folder, test.as_deref(), arguments.language)?
        }
    };
    let exam = exam.with(semantic);
    let told = std::io::IsTerminal::is_terminal(&std::io::stderr()) && !arguments.json;
    let examined = exam.take(noise, &mut |part, parts| {
        if told {
            // Nobody may be looking.
            drop(write!(err, "\r\x1b[K{part} of {parts} …").and_then(|()| err.flush()));
        }
    });
    if told {
        drop(write!(err, "\r\x1b[K"));
    }
    let report = Report::of(&examined, &exam.train, &exam.asked(noise));
    if let Some(file) = &arguments.predictions {
        write(file, predictions(&examined.answers).as_bytes())?;
    }
    if let Some(file) = &arguments.html {
        let page = page::page(&exam.title, &report, &examined.answers).map_err(CouldNotRun)?;
        write(file, page.as_bytes())?;
    }
    if arguments.json {
        let mut all = serde_json::to_value(&report)?;
        round(&mut all);
        if let Some(pairs) = all["confused"].as_array_mut() {
            pairs.truncate(PAIRS_MAX);
        }
        writeln!(out, "{all:#}")?;
    } else {
        write!(out, "{}", words(&report, &examined.answers))?;
    }
    Ok(FINE)
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), CouldNotRun> {
    std::fs::write(file, bytes).map_err(|error| CouldNotRun::file(file, "written", &error))
}

/// Six digits behind the point say all there is to say.
fn round(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            *value = number.as_f64().map_or(Value::Null, |number| ((number * 1e6).round() / 1e6).into());
        }
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Object(fields) => fields.values_mut().for_each(round),
        _ => {}
    }
}

/// What each text was taken for, a JSON object a line.
fn predictions(answers: &[Answer]) -> String {
    let mut lines = String::new();
    for answer in answers {
        let mut line = json!({
            "text": answer.text.text, "intent": answer.text.intent, "predicted": answer.predicted(),
            "probability": answer.probability(), "decision": decision_name(answer.judged.decision),
        });
        round(&mut line);
        if let (Some(put), Some(fields)) = (&answer.judged.put, line.as_object_mut()) {
            fields.insert("put".to_owned(), put.as_str().into());
        }
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    lines
}
