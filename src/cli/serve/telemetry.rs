//! The log: lines for people or JSON for programs, on stderr. Never a customer's words (R42).

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;

use crate::cli::CouldNotRun;
use crate::cli::config::{LogFormat, Settings};

/// Starts the log of the process. The first to start it has the say.
///
/// # Errors
/// The filter is none.
pub fn start(settings: &Settings) -> Result<(), CouldNotRun> {
    let filter = EnvFilter::try_new(&settings.log_filter)?;
    // A log that cannot be written any more (its reader has gone) is no reason to stop serving: by default it would be told
    // of on stderr, which fails for the same reason and panics.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let log = log.log_internal_errors(false);
    let started = match settings.log_format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
    Ok(())
}

/// What a panic says may hold the words it stumbled over ("byte index 3 is not a char boundary … of `…`"): only its place
/// is logged.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "something failed inside; please report it with this place");
}
