//! What helps to compile a bot, beside its files, as flags and variables name it: the cache, and a model of sentences.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::bot::{self, Cache};
use crate::intent::semantic::Embedder;
use crate::semantic;

use super::CouldNotRun;
use super::cache::{CacheFlag, Folder};

/// What turns it off.
const OFF: &str = "off";

/// The help of `--semantic` where no variable is told beside it.
pub const HELP_SEMANTIC: &str = "The folder of a model of sentences, by which messages are understood in other words than the examples' \
     (docs/understanding.md); `off` for none";

/// The flags of commands that compile a bot and serve nobody.
#[derive(Debug, Clone, Default, Args)]
pub struct AidFlags {
    #[command(flatten)]
    cache: CacheFlag,
    #[command(flatten)]
    semantic: SemanticFlag,
}

/// Which model of sentences there is.
#[derive(Debug, Clone, Default, Args)]
pub struct SemanticFlag {
    /// The folder of a model of sentences.
    #[arg(long = "semantic", value_name = "DIR", env = "FRONTDESK_SEMANTIC", help = HELP_SEMANTIC)]
    semantic: Option<String>,
}

impl AidFlags {
    /// What the flags name.
    ///
    /// # Errors
    /// The folder of the model is none, or this build can use none.
    pub fn open(&self) -> Result<Aids, CouldNotRun> {
        Ok(Aids { cache: self.cache.folder(), semantic: self.semantic.open()? })
    }
}

impl SemanticFlag {
    /// The model, if there is to be one.
    ///
    /// # Errors
    /// The folder is none, or this build can use none.
    pub fn open(&self) -> Result<Option<Arc<dyn Embedder>>, CouldNotRun> {
        open(self.semantic.as_deref().and_then(model_named).as_deref())
    }
}

/// The folder that a setting names; `off`, or nothing, is none.
#[must_use]
pub fn model_named(setting: &str) -> Option<PathBuf> {
    let name = setting.trim();
    (!name.is_empty() && name != OFF).then(|| PathBuf::from(name))
}

/// The model in a folder, if there is one.
///
/// # Errors
/// The folder is none, or this build can use none.
pub fn open(folder: Option<&Path>) -> Result<Option<Arc<dyn Embedder>>, CouldNotRun> {
    folder
        .map(semantic::open)
        .transpose()
        .map_err(|trouble| CouldNotRun(format!("the model of sentences cannot be used: {trouble}")))
}

/// What helps to compile bots.
#[derive(Debug, Clone, Default)]
pub struct Aids {
    /// Where what takes long to work out is kept for the next start.
    pub cache: Option<Folder>,
    /// A model of sentences.
    pub semantic: Option<Arc<dyn Embedder>>,
}

impl Aids {
    /// The same as the bot takes it.
    #[must_use]
    pub fn of_bot(&self) -> bot::Aids<'_> {
        bot::Aids { cache: self.cache.as_ref().map(|cache| cache as &dyn Cache), semantic: self.semantic.clone() }
    }

    /// The same for bots that are no version of this one: their leavings would push its own out.
    #[must_use]
    pub fn uncached(&self) -> Self {
        Self { cache: None, ..self.clone() }
    }
}
