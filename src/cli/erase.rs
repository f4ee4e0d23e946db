//! `frontdesk erase`: removes everything that is kept of a customer (R42).

use std::io::Write;

use clap::Args;

use crate::clock::Clock;
use crate::store::AuditRow;

use super::contact::{self, ContactArguments, Found};
use super::{CouldNotRun, FINE, Outcome};

/// Who erases, in the audit log.
const WHO: &str = "command line";

/// Remove everything that is kept of a customer: who they are, their conversation, what was received and sent, why.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  frontdesk erase \"+44 7700 900123\"          says what would be removed\n  frontdesk erase \"+44 7700 900123\" --yes    removes it\n  frontdesk erase '#7' --yes\n\nIt can be used while the server runs: a case that is open goes away with the customer, within half a minute also for those\nwho had it. Statistics keep their numbers, without the customer. The audit log says that it was done, and not to whom. Who\nwrites again is a new customer. Backups, and what agents copied elsewhere, still hold what they held."
)]
pub struct EraseArguments {
    #[command(flatten)]
    contact: ContactArguments,
    /// Really remove it; it cannot be brought back
    #[arg(long)]
    yes: bool,
}

/// Runs the command.
///
/// # Errors
/// There is no such contact, or it was not said that it shall be done.
pub fn run(arguments: &EraseArguments, out: &mut dyn Write) -> Outcome {
    contact::with(&arguments.contact, async |Found { store, files, contact }| {
        let Some(export) = store.export(contact.id).await? else {
            return Err(CouldNotRun(format!("contact #{} was erased a moment ago", contact.id)));
        };
        let open = export.card.state.as_deref().filter(|state| *state != "ended");
        let what = format!(
            "contact #{} on the number {}: {} lines of conversation{}",
            contact.id,
            contact.number_id,
            export.thread.len(),
            open.map(|state| format!(", an open enquiry ({state})")).unwrap_or_default()
        );
        if !arguments.yes {
            return Err(CouldNotRun(format!(
                "this would remove {what}. Nothing was removed; add `--yes` to remove it, for it cannot be brought back \
                 (`frontdesk export` keeps a copy for the customer)"
            )));
        }
        let audit = AuditRow::erasure(WHO, contact.id, Clock::system().now());
        store.erase(contact.id, audit).await?;
        if let Some(files) = files {
            files.forget(contact.id).map_err(|error| {
                CouldNotRun(format!(
                    "{what} is removed, but not the files they sent, in `{}`: {error}; remove the folder {} there",
                    files.folder().display(),
                    contact.id
                ))
            })?;
        }
        writeln!(out, "Removed {what}.")?;
        Ok(FINE)
    })
}
