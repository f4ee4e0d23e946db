//! The `frontdesk` program: reads the command line, runs one command, ends with its exit status.

use std::process::ExitCode;

/// A turn is made of many small pieces of memory, given back by another thread than took them: a third of its cost is with
/// the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let status = frontdesk::cli::run(std::env::args_os(), &mut std::io::stdout(), &mut std::io::stderr());
    ExitCode::from(status)
}
