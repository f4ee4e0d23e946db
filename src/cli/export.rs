//! `frontdesk export`: everything that is kept of a customer, for the customer (R42). Secret answers are whole in it.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::contact::{self, ContactArguments, Found};
use super::{CouldNotRun, FINE, Outcome};

/// Print everything that is kept of a customer, as JSON.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  frontdesk export \"+44 7700 900123\" --out customer.json\n  frontdesk export 447700900123 --number 106540352242922\n  frontdesk export '#7'                    the contact of case 7 at the desk\n\nIt can be used while the server runs. What it prints is the customer's own: secret answers are whole in it. Give it to\nnobody else. `files` in it names the files they sent: give them along."
)]
pub struct ExportArguments {
    #[command(flatten)]
    contact: ContactArguments,
    /// Write it into a new file, which only you can read
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// There is no such contact, or the file cannot be written.
pub fn run(arguments: &ExportArguments, out: &mut dyn Write) -> Outcome {
    contact::with(&arguments.contact, async |Found { store, files, contact }| {
        let Some(export) = store.export(contact.id).await? else {
            return Err(CouldNotRun(format!("contact #{} was erased a moment ago", contact.id)));
        };
        let mut all = serde_json::to_value(&export)?;
        unfold(&mut all);
        let files = files.map_or(Ok(Vec::new()), |files| files.list(contact.id));
        let files = files.map_err(|error| CouldNotRun(format!("the files they sent cannot be listed: {error}")))?;
        all["files"] = files.iter().map(|file| file.display().to_string()).collect();
        let text = format!("{all:#}\n");
        match &arguments.out {
            Some(file) => write(file, &text)?,
            None => out.write_all(text.as_bytes())?,
        }
        Ok(FINE)
    })
}

/// What is kept as JSON in a text is shown as JSON.
fn unfold(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if let ("state" | "message" | "payload" | "reasons", Value::String(text)) = (name.as_str(), &*field)
                    && let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text)
                {
                    *field = inner;
                } else {
                    unfold(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(unfold),
        _ => {}
    }
}

/// A file that is there is not written over: it may be another customer's.
fn write(file: &Path, text: &str) -> Result<(), CouldNotRun> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let written = made.and_then(|mut made| made.write_all(text.as_bytes()).and_then(|()| made.sync_all()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            CouldNotRun(format!("`{}` is there already; name another file, or remove it", file.display()))
        }
        _ => CouldNotRun::file(file, "written", &error),
    })
}
