//! `frontdesk check`: compiles the bot, reads its transcripts, and prints every problem.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::bot::Bot;
use crate::diagnostic::{self, Counts};
use crate::transcript;

use super::aids::AidFlags;
use super::project::{self, BotFolder};
use super::{FAILED, FINE, Outcome};

/// Compile the bot and print every problem.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  frontdesk check\n  frontdesk check ../my-bot --strict\n  frontdesk check --format json"
)]
pub struct CheckArguments {
    /// The bot's folder
    folder: Option<PathBuf>,
    #[command(flatten)]
    bot: BotFolder,
    #[command(flatten)]
    aids: AidFlags,
    /// How problems are printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
}

/// How problems are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with the source line.
    Human,
    /// For programs.
    Json,
    /// For code scanning in pull requests.
    Sarif,
}

/// Runs the command.
///
/// # Errors
/// The bot's files cannot be read.
pub fn run(arguments: &CheckArguments, out: &mut dyn Write) -> Outcome {
    let folder = arguments.bot.find(arguments.folder.as_deref())?;
    let sources = project::read(&folder)?;
    let aids = arguments.aids.open()?;
    let (bot, mut problems) = Bot::compile_with(&sources, &aids.of_bot());
    problems.extend(transcript::check(&sources, bot.as_ref()));
    diagnostic::sort(&mut problems);
    match arguments.format {
        Format::Json => writeln!(out, "{:#}", diagnostic::json(&problems, &sources))?,
        Format::Sarif => writeln!(out, "{:#}", diagnostic::sarif(&problems, &sources))?,
        Format::Human => write!(out, "{}", diagnostic::human(&problems, &sources, std::io::stdout().is_terminal()))?,
    }
    let counts = Counts::of(&problems);
    let failed = counts.errors > 0 || arguments.strict && counts.warnings > 0;
    Ok(if failed { FAILED } else { FINE })
}
