//! The command line: reads arguments, calls the library, prints. Exit status 0 is fine, 1 the thing checked failed, 2 could
//! not run. Decides nothing that the library could decide.

pub mod chat;
pub mod check;
pub mod classify;
pub mod config;
pub mod project;
pub mod schema;
pub mod serve;
pub mod test;

use std::ffi::OsString;
use std::io::{BufRead, Write};

use clap::{Parser, Subcommand};

/// All went well.
pub const FINE: u8 = 0;
/// The thing checked failed.
pub const FAILED: u8 = 1;
/// The command could not run.
pub const COULD_NOT_RUN: u8 = 2;

/// The front desk of a person on WhatsApp.
#[derive(Debug, Parser)]
#[command(name = "frontdesk", version, about, long_about = None, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Chat with the bot in the terminal
    Chat(chat::ChatArguments),
    /// Compile the bot and print every problem
    Check(check::CheckArguments),
    /// Show what the bot makes of a text
    Classify(classify::ClassifyArguments),
    /// Serve customers on WhatsApp, agents at the desk, and the simulator
    Serve(Box<serve::ServeArguments>),
    /// Print the JSON Schema of a kind of file, the built-in texts, or the problem codes
    Schema(schema::SchemaArguments),
    /// Play the bot's transcripts
    Test(test::TestArguments),
}

/// Why a command could not run, in words.
#[derive(Debug)]
pub struct CouldNotRun(pub String);

impl<E: std::error::Error> From<E> for CouldNotRun {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// What a command comes to: its exit status, or why it could not run.
pub type Outcome = Result<u8, CouldNotRun>;

/// Runs the command that the arguments name; prints to `out`, errors to `err`.
pub fn run(arguments: impl IntoIterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    run_reading(arguments, None, out, err)
}

/// The same; a command that reads lines takes them from `input` rather than from the terminal.
pub fn run_reading(
    arguments: impl IntoIterator<Item = OsString>,
    input: Option<&mut dyn BufRead>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let to: &mut dyn Write = if error.use_stderr() { err } else { out };
            // A closed pipe leaves nobody to tell.
            drop(write!(to, "{error}"));
            return if error.use_stderr() { COULD_NOT_RUN } else { FINE };
        }
    };
    let outcome = match arguments.command {
        Command::Chat(arguments) => chat::run(&arguments, input, out),
        Command::Check(arguments) => check::run(&arguments, out),
        Command::Classify(arguments) => classify::run(&arguments, out, err),
        Command::Schema(arguments) => schema::run(&arguments, out),
        Command::Serve(arguments) => serve::run(&arguments, out, err),
        Command::Test(arguments) => test::run(&arguments, out),
    };
    let status = outcome.unwrap_or_else(|CouldNotRun(why)| {
        drop(writeln!(err, "frontdesk: {why}"));
        COULD_NOT_RUN
    });
    drop(out.flush());
    status
}
