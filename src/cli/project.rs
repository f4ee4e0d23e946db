//! The author's files: finds the bot's folder and reads what belongs to a bot. The only reader of them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use clap::Args;

use crate::bot::Bot;
use crate::diagnostic::{Problem, Sources, human};
use crate::yaml::FILE_MAX;

use super::CouldNotRun;
use super::aids::Aids;

/// The folders that belong to a bot, beside `bot.yaml`.
const FOLDERS: [&str; 5] = ["data", "flows", "intents", "knowledge", "tests"];
const ENDINGS: [&str; 6] = ["yaml", "yml", "md", "csv", "txt", "chat"];
/// More files than this are no bot.
const FILES_MAX: usize = 50_000;
const DEPTH_MAX: usize = 8;

/// Where the bot is.
#[derive(Debug, Clone, Default, Args)]
pub struct BotFolder {
    /// The bot's folder; left out: the current folder, or the nearest above it with a `bot.yaml`
    #[arg(long = "bot", value_name = "DIR", env = "FRONTDESK_BOT")]
    pub bot: Option<PathBuf>,
}

impl BotFolder {
    /// The folder, from the option, the argument, or by looking upward.
    ///
    /// # Errors
    /// There is no `bot.yaml`.
    pub fn find(&self, argument: Option<&Path>) -> Result<PathBuf, CouldNotRun> {
        if let Some(folder) = argument.or(self.bot.as_deref()) {
            let folder = if folder.file_name().is_some_and(|name| name == "bot.yaml") {
                folder.parent().unwrap_or(folder)
            } else {
                folder
            };
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            if folder.join("bot.yaml").is_file() {
                return Ok(folder.to_owned());
            }
            return Err(CouldNotRun(format!(
                "there is no bot.yaml in `{}`; name the folder of a bot, or make one with two lines: `bot: My shop` and `languages: [en]`",
                folder.display()
            )));
        }
        let here = std::env::current_dir()
            .map_err(|error| CouldNotRun(format!("the current folder cannot be read: {error}")))?;
        here.ancestors().find(|folder| folder.join("bot.yaml").is_file()).map(Path::to_owned).ok_or_else(|| {
            CouldNotRun(
                "there is no bot.yaml here or in a folder above; go to a bot's folder, or name one with `--bot DIR`"
                    .to_owned(),
            )
        })
    }
}

/// Reads a bot's files.
///
/// # Errors
/// A file or folder cannot be read.
pub fn read(folder: &Path) -> Result<Sources, CouldNotRun> {
    let mut sources = Sources::default();
    for path in files(folder)? {
        add(&mut sources, folder, &path)?;
    }
    Ok(sources)
}

/// Size and time of each of a bot's files: other stamps mean that one was changed, added or removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamps(Vec<(PathBuf, Option<(u64, SystemTime)>)>);

/// The stamps of a bot's files as they are now.
///
/// # Errors
/// A folder cannot be read.
pub fn stamps(folder: &Path) -> Result<Stamps, CouldNotRun> {
    let stamp = |path: &Path| {
        let about = fs::metadata(path).ok()?;
        Some((about.len(), about.modified().ok()?))
    };
    Ok(Stamps(files(folder)?.into_iter().map(|path| (path.clone(), stamp(&path))).collect()))
}

/// The paths of a bot's files, always in the same order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, CouldNotRun> {
    let mut found = vec![folder.join("bot.yaml")];
    for name in FOLDERS {
        let inside = folder.join(name);
        if inside.is_dir() {
            // Transcripts lie in `tests` itself; what is below may be anything.
            walk(&mut found, &inside, if name == "tests" { DEPTH_MAX } else { 0 })?;
        }
    }
    Ok(found)
}

fn walk(found: &mut Vec<PathBuf>, folder: &Path, depth: usize) -> Result<(), CouldNotRun> {
    let cannot = |error: std::io::Error| CouldNotRun::file(folder, "read", &error);
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        entries.push(entry.map_err(cannot)?.path());
    }
    entries.sort();
    for path in entries {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') || found.len() > FILES_MAX {
            continue;
        }
        if path.is_dir() {
            // Another version of the bot, for tests to publish, is no part of this one.
            let another = path.join("bot.yaml").is_file();
            if depth < DEPTH_MAX && !path.is_symlink() && !another {
                walk(found, &path, depth + 1)?;
            }
        } else if path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)) {
            found.push(path);
        }
    }
    Ok(())
}

/// Adds a transcript, or every transcript of a folder; named from `root` where they are below it.
///
/// # Errors
/// A file or folder cannot be read.
pub fn add_transcripts(sources: &mut Sources, root: &Path, path: &Path) -> Result<(), CouldNotRun> {
    if !path.is_dir() {
        return add(sources, root, path);
    }
    let mut found = Vec::new();
    walk(&mut found, path, 0)?;
    found.retain(|path| path.extension().is_some_and(|ending| ending == "chat"));
    found.iter().try_for_each(|path| add(sources, root, path))
}

/// Adds one file; of one that is too large only as much as shows that it is.
fn add(sources: &mut Sources, root: &Path, path: &Path) -> Result<(), CouldNotRun> {
    let cannot = |error: std::io::Error| CouldNotRun::file(path, "read", &error);
    let mut bytes = Vec::new();
    let limit = u64::try_from(FILE_MAX).unwrap_or(u64::MAX).saturating_add(1);
    fs::File::open(path).map_err(cannot)?.take(limit).read_to_end(&mut bytes).map_err(cannot)?;
    let Ok(name) = path.strip_prefix(root) else {
        sources.add(&path.to_string_lossy(), &bytes);
        return Ok(());
    };
    let name: Vec<String> = name.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    sources.add(&name.join("/"), &bytes);
    Ok(())
}

/// Reads and compiles a bot that must run.
///
/// # Errors
/// Its problems, drawn, when there are errors among them.
pub fn compile(folder: &Path) -> Result<(Arc<Bot>, Sources, Vec<Problem>), CouldNotRun> {
    compile_with(folder, &Aids::default())
}

/// The same with what helps.
///
/// # Errors
/// Its problems, drawn, when there are errors among them.
pub fn compile_with(folder: &Path, aids: &Aids) -> Result<(Arc<Bot>, Sources, Vec<Problem>), CouldNotRun> {
    let sources = read(folder)?;
    let (bot, problems) = Bot::compile_with(&sources, &aids.of_bot());
    match bot {
        Some(bot) => Ok((Arc::new(bot), sources, problems)),
        None => {
            let errors: Vec<Problem> = problems
                .into_iter()
                .filter(|problem| problem.severity() == crate::diagnostic::Severity::Error)
                .collect();
            Err(CouldNotRun(format!(
                "the bot in `{}` has errors:\n\n{}",
                folder.display(),
                human(&errors, &sources, false)
            )))
        }
    }
}
