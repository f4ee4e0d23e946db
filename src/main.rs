//! The `frontdesk` program: reads the command line, runs one command, ends with its exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    let status = frontdesk::cli::run(std::env::args_os(), &mut std::io::stdout(), &mut std::io::stderr());
    ExitCode::from(status)
}
