//! Files that are whole or not there at all, for nobody but this user: what every folder of ours is written with.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// How the names of files end that are being written.
pub const UNFINISHED: &str = "unfinished";

/// Writes a file, and its folder if there is none. Under its own name it is whole or not there at all, also when two write
/// it at the same time.
///
/// # Errors
/// It cannot be written; then nothing is left behind, unless the machine stops meanwhile.
pub fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let unfinished = file.with_extension(format!("{}-{count}.{UNFINISHED}", std::process::id()));
    let mut opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    // On the disk before it has its name: a machine that stops leaves no stump behind that looks whole.
    let whole = opened.write_all(bytes).and_then(|()| opened.sync_all());
    let written = whole.and_then(|()| fs::rename(&unfinished, file));
    if written.is_err() {
        drop(fs::remove_file(&unfinished));
    }
    written
}
