//! Compares text with a file below `tests/golden`. `UPDATE_GOLDENS=1` writes the file instead; read the difference.

use std::fs;
use std::path::Path;

/// Fails unless `text` is what `tests/golden/{path}` holds.
pub fn check(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(path);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        return fs::write(&file, text).unwrap();
    }
    let golden = fs::read_to_string(&file).unwrap_or_default();
    assert!(golden == text, "{path} differs.\n--- golden\n{golden}\n--- now\n{text}\n(UPDATE_GOLDENS=1 rewrites it)");
}
