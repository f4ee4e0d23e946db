//! The transcripts to play: those of the bot's folder, or the files and folders named. The only reader and writer of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Problem, Sources};
use crate::transcript::{self, Script};

use super::super::{CouldNotRun, project};

/// Transcripts that read, with their texts.
pub(super) struct Transcripts {
    pub(super) scripts: Vec<Script>,
    pub(super) sources: Sources,
    /// Where each file is.
    folder: PathBuf,
    /// The files that `--update` wrote.
    pub(super) rewritten: Vec<PathBuf>,
}

impl Transcripts {
    /// Reads what is named, or everything in the bot's `tests` folder.
    pub(super) fn read(folder: &Path, bot: &Sources, named: &[PathBuf]) -> Result<Self, CouldNotRun> {
        let mut sources = Sources::default();
        if named.is_empty() {
            let all = bot.0.iter().filter(|(file, _)| file.ends_with(".chat"));
            sources.0 = all.map(|(file, bytes)| (Arc::clone(file), Arc::clone(bytes))).collect();
        }
        for path in named {
            add(&mut sources, folder, path)?;
        }
        Self::parse(sources, folder.to_owned())
    }

    fn parse(sources: Sources, folder: PathBuf) -> Result<Self, CouldNotRun> {
        let mut problems: Vec<Problem> = Vec::new();
        let mut scripts = Vec::new();
        for file in sources.0.keys() {
            match transcript::read(&sources, file) {
                Ok(script) => scripts.push(script),
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(super::unreadable(&problems, &sources));
        }
        Ok(Self { scripts, sources, folder, rewritten: Vec::new() })
    }

    /// Writes new texts over files, and reads them again.
    pub(super) fn write(self, texts: Vec<(Arc<str>, String)>) -> Result<Self, CouldNotRun> {
        let Self { mut sources, folder, mut rewritten, .. } = self;
        for (file, text) in texts {
            let path = folder.join(&*file);
            fs::write(&path, &text).map_err(|error| CouldNotRun::file(&path, "written", &error))?;
            sources.add(&file, text.as_bytes());
            rewritten.push(path);
        }
        Ok(Self { rewritten, ..Self::parse(sources, folder)? })
    }
}

/// A file, or every transcript of a folder. What is in the bot's folder is named from there, other files by their full path.
fn add(sources: &mut Sources, folder: &Path, path: &Path) -> Result<(), CouldNotRun> {
    let cannot = |error: std::io::Error| CouldNotRun::file(path, "read", &error);
    let full = fs::canonicalize(path).map_err(cannot)?;
    let root = fs::canonicalize(folder).map_err(cannot)?;
    project::add_transcripts(sources, &root, &full)
}
