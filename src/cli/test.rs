//! `frontdesk test`: plays the bot's transcripts.

use std::io::Write;
use std::sync::Arc;

use clap::Args;

use crate::diagnostic::{Problem, human};
use crate::transcript::outcome::{Status, TestResult};
use crate::transcript::{self, RunOptions, Script};

use super::project::{self, BotFolder};
use super::{CouldNotRun, FAILED, FINE, Outcome};

/// Play the bot's transcripts.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  frontdesk test\n  frontdesk test --filter friday")]
pub struct TestArguments {
    #[command(flatten)]
    bot: BotFolder,
    /// Only tests whose name contains this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// The bot or a transcript cannot be read.
pub fn run(arguments: &TestArguments, out: &mut dyn Write) -> Outcome {
    let folder = arguments.bot.find(None)?;
    let (bot, sources, _) = project::compile(&folder)?;
    let mut problems: Vec<Problem> = Vec::new();
    let mut scripts: Vec<Script> = Vec::new();
    for file in sources.0.keys().filter(|file| file.ends_with(".chat")) {
        match transcript::parse(file, sources.text(file)) {
            Ok(script) => scripts.push(script),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(CouldNotRun(human(&problems, &sources, false)));
    }
    let version = |dir: &str| project::compile(&folder.join(dir)).ok().map(|(bot, ..)| bot);
    let options = RunOptions { bot: Arc::clone(&bot), version: &version, filter: arguments.filter.as_deref() };
    let results: Vec<TestResult> = scripts.iter().flat_map(|script| transcript::run(script, &options)).collect();
    for result in &results {
        writeln!(out, "{} {} ({}:{})", result.status.name(), result.name, result.file, result.line)?;
        if let Some(failure) = &result.failure {
            writeln!(out, "{}:{}: {}\n{}", result.file, failure.line, failure.message, failure.side_by_side)?;
            for why in &failure.why {
                writeln!(out, "  {why}")?;
            }
        }
    }
    let failed = results.iter().filter(|result| result.status == Status::Failed).count();
    writeln!(out, "{} tests, {failed} failed", results.len())?;
    Ok(if failed == 0 { FINE } else { FAILED })
}
