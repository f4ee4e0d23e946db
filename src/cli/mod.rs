//! The command line: reads arguments, calls the library, prints. Exit status 0 is fine, 1 the thing checked failed, 2 could
//! not run. Decides nothing that the library could decide.

pub mod aids;
pub mod cache;
pub mod chat;
pub mod check;
pub mod classify;
pub mod config;
pub mod contact;
pub mod erase;
pub mod eval;
pub mod export;
pub mod import;
pub mod load;
pub mod misses;
pub mod project;
pub mod schema;
pub mod serve;
pub mod store;
pub mod test;

use std::ffi::OsString;
use std::io::{self, BufRead, ErrorKind, Write};
use std::path::Path;

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
    /// Remove everything that is kept of a customer
    Erase(erase::EraseArguments),
    /// Tell how well the bot understands
    Eval(eval::EvalArguments),
    /// Print everything that is kept of a customer
    Export(export::ExportArguments),
    /// Make intents out of another tool's training files, or of a table
    Import(import::ImportArguments),
    /// Drive a running server with many simulated customers
    Load(Box<load::LoadArguments>),
    /// Show what customers wrote and the bot did not understand
    Misses(misses::MissesArguments),
    /// Serve customers on WhatsApp, agents at the desk, and the simulator
    Serve(Box<serve::ServeArguments>),
    /// Print the JSON Schema of a kind of file, the built-in texts, or the problem codes
    Schema(schema::SchemaArguments),
    /// Look after what is kept: copy it to another database
    Store(store::StoreArguments),
    /// Play the bot's transcripts
    Test(test::TestArguments),
}

/// Why a command could not run, in words.
#[derive(Debug)]
pub struct CouldNotRun(pub String);

impl CouldNotRun {
    /// A file or folder could not be `done` (read, written).
    fn file(path: &Path, done: &str, error: &io::Error) -> Self {
        let (reason, way_out) = match error.kind() {
            ErrorKind::NotFound => ("there is no such file or folder".to_owned(), "check its name"),
            ErrorKind::PermissionDenied => ("this user may not".to_owned(), "give this user the right to"),
            ErrorKind::IsADirectory => ("it is a folder".to_owned(), "name a file"),
            ErrorKind::NotADirectory => ("a part of its path is a file".to_owned(), "check its name"),
            ErrorKind::StorageFull => ("its disk is full".to_owned(), "free space on it"),
            ErrorKind::ReadOnlyFilesystem => ("its disk is for reading only".to_owned(), "name a file elsewhere"),
            _ => (error.to_string(), "check it and its disk"),
        };
        Self(format!("`{}` cannot be {done}: {reason}; {way_out}", path.display()))
    }
}

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

/// Whoever reads what a command prints. They may go before its end (`frontdesk test | head`): that is no failure, and the
/// exit status still says what it would have said.
struct Listener<'a> {
    to: &'a mut dyn Write,
    gone: bool,
}

impl Write for Listener<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        match self.to.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(bytes.len())
            }
            written => written,
        }
    }

    /// Tells whoever wants to know that nobody reads any more.
    fn flush(&mut self) -> io::Result<()> {
        if self.gone { Err(ErrorKind::BrokenPipe.into()) } else { self.to.flush() }
    }
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
    let mut out = Listener { to: out, gone: false };
    let out = &mut out;
    let outcome = match arguments.command {
        Command::Chat(arguments) => chat::run(&arguments, input, out),
        Command::Check(arguments) => check::run(&arguments, out),
        Command::Classify(arguments) => classify::run(&arguments, out, err),
        Command::Erase(arguments) => erase::run(&arguments, out),
        Command::Eval(arguments) => eval::run(&arguments, out, err),
        Command::Export(arguments) => export::run(&arguments, out),
        Command::Import(arguments) => import::run(&arguments, out),
        Command::Load(arguments) => load::run(&arguments, out, err),
        Command::Misses(arguments) => misses::run(&arguments, out),
        Command::Schema(arguments) => schema::run(&arguments, out),
        Command::Serve(arguments) => serve::run(&arguments, out, err),
        Command::Store(arguments) => store::run(&arguments, out),
        Command::Test(arguments) => test::run(&arguments, out),
    };
    let status = outcome.unwrap_or_else(|CouldNotRun(why)| {
        drop(writeln!(err, "frontdesk: {why}"));
        COULD_NOT_RUN
    });
    drop(out.flush());
    status
}
