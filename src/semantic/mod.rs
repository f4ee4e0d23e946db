//! Models of sentences that an operator supplies as a folder: reads the folder, and makes of it what the classifier can ask
//! (`intent::semantic`). The only reader of such folders; fetches nothing. Without the feature `semantic`, it only says that
//! this build cannot.

#[cfg(feature = "semantic")]
mod folder;
#[cfg(feature = "semantic")]
mod model;
#[cfg(feature = "semantic")]
mod network;
#[cfg(feature = "semantic")]
mod table;
#[cfg(feature = "semantic")]
mod tokens;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::intent::semantic::Embedder;

/// Why a folder is no model of sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The folder or the file in it.
    pub place: PathBuf,
    /// What is wrong with it.
    pub reason: String,
    /// What to do.
    pub way_out: String,
}

impl Trouble {
    fn new(place: impl Into<PathBuf>, reason: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into(), way_out: way_out.into() }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}; {}", self.place.display(), self.reason, self.way_out)
    }
}

/// The model in a folder.
///
/// # Errors
/// A file is missing, broken, too large or of a shape that cannot be used, or this build has no semantic stage.
#[cfg(feature = "semantic")]
pub fn open(folder: &Path) -> Result<Arc<dyn Embedder>, Trouble> {
    model::open(folder)
}

/// The model in a folder.
///
/// # Errors
/// This build has no semantic stage.
#[cfg(not(feature = "semantic"))]
pub fn open(folder: &Path) -> Result<Arc<dyn Embedder>, Trouble> {
    Err(Trouble::new(
        folder,
        "this build of frontdesk has no semantic stage, so that no model of sentences can be used",
        "build it with `cargo build --release --features semantic`, or leave out `--semantic` and `FRONTDESK_SEMANTIC`",
    ))
}
