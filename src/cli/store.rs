//! `frontdesk store`: what operators do with the whole of what is kept. Moves it from one database to another.

use std::io::Write;

use clap::{Args, Subcommand};

use crate::store::archive::{Archive, Moved, Purpose, copy};
use crate::store::postgres::{BadAddress, PostgresArchive};
use crate::store::sqlite::SqliteArchive;
use crate::store::{PostgresSettings, StoreError};

use super::config::Database;
use super::serve::open;
use super::{CouldNotRun, FINE, Outcome};

/// Look after what is kept.
#[derive(Debug, Args)]
pub struct StoreArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Copy everything that is kept into another database, which must be empty
    #[command(
        after_help = "Example:\n  frontdesk store copy sqlite:data/frontdesk.db postgres://frontdesk@db.internal/frontdesk\n\nEnd every `frontdesk serve` first: what is written to the first database later stays there.\nAll of it arrives, or nothing. Then start `frontdesk serve` with the second as its --database."
    )]
    Copy(CopyArguments),
}

#[derive(Debug, Args)]
struct CopyArguments {
    /// Where everything is kept now: `sqlite:FILE` or `postgres://USER@HOST/DATABASE`
    from: String,
    /// Where it is to be kept
    to: String,
}

/// Runs the command.
///
/// # Errors
/// One of the databases cannot be opened, read or written, or the second is not empty.
pub fn run(arguments: &StoreArguments, out: &mut dyn Write) -> Outcome {
    let What::Copy(CopyArguments { from, to }) = &arguments.what;
    let (from, to) = (database("first", from)?, database("second", to)?);
    if from == to {
        return Err(CouldNotRun(format!("both databases are `{from}`; name another to copy it to")));
    }
    let machine = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    machine.block_on(copy_from_to(&from, &to, out))
}

/// What is wrong with it is said without a word of it: there may be a password in it.
fn database(which: &str, text: &str) -> Result<Database, CouldNotRun> {
    text.parse().map_err(|error: BadAddress| CouldNotRun(format!("the {which} database: {error}")))
}

async fn copy_from_to(from: &Database, to: &Database, out: &mut dyn Write) -> Outcome {
    let source = archive(from, Purpose::Read).await?;
    let target = archive(to, Purpose::Fill).await?;
    let mut written = Ok(());
    let told = |Moved { table, rows }: Moved| {
        if written.is_ok() {
            written = writeln!(out, "{table:20}{rows:>12}").and_then(|()| out.flush());
        }
    };
    copy(source, target, told).await.map_err(|error| CouldNotRun(not_copied(from, to, &error)))?;
    written?;
    writeln!(out, "\nAll of `{from}` is in `{to}` now. Start `frontdesk serve` with that as its --database.")?;
    Ok(FINE)
}

fn not_copied(from: &Database, to: &Database, error: &StoreError) -> String {
    format!("`{from}` was not copied to `{to}`: {error}; nothing was written there")
}

async fn archive(database: &Database, purpose: Purpose) -> Result<Box<dyn Archive>, CouldNotRun> {
    match database {
        Database::Sqlite(path) => {
            if purpose == Purpose::Read && !path.is_file() {
                return Err(CouldNotRun(format!("there is no database `{}`; check its name", path.display())));
            }
            drop(open::in_file(path)?);
            let archive = SqliteArchive::open(path, purpose);
            Ok(Box::new(archive.map_err(|error| CouldNotRun(format!("`{}`: {error}", path.display())))?))
        }
        Database::Postgres(address) => {
            Ok(Box::new(PostgresArchive::open(&PostgresSettings::at(address.clone()), purpose).await?))
        }
    }
}
