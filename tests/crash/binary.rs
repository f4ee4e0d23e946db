//! The server that is killed: the program that belongs to this command, built the same way.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The program to start. `cargo run --example` builds this command only, so the server is built here.
pub fn find(named: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(named) = named {
        return named.canonicalize().map_err(|error| format!("`{}` cannot be started: {error}", named.display()));
    }
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = here.parent().and_then(Path::parent).ok_or("this command lies in no folder of Cargo's")?;
    if let Some(cargo) = std::env::var_os("CARGO") {
        let profile = folder.file_name().and_then(|name| name.to_str()).unwrap_or("debug");
        let profile = if profile == "debug" { "dev" } else { profile };
        let built = Command::new(cargo)
            .args(["build", "--locked", "--bin", "frontdesk", "--profile", profile])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        if !built.is_ok_and(|built| built.success()) {
            return Err("the server could not be built".to_owned());
        }
    }
    let binary = folder.join("frontdesk");
    if binary.exists() {
        Ok(binary)
    } else {
        Err(format!("`{}` is not there: name the server with `--binary`", binary.display()))
    }
}
