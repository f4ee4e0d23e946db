//! Picks up changed bot files: in local mode as they are saved, elsewhere when asked to. A version with errors is shown
//! and left; whoever is on an older version finishes on it (R19).

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::cli::CouldNotRun;
use crate::cli::aids::Aids;
use crate::cli::project::{self, Stamps};
use crate::diagnostic::Counts;
use crate::runtime::Runtime;

use super::standing::Meaning;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Watches a bot's files by their sizes and times.
#[derive(Debug)]
pub struct Watch {
    folder: PathBuf,
    taken: Stamps,
    last: Stamps,
    ticks: Interval,
}

impl Watch {
    /// Watches a folder for what differs from `taken`, the stamps before its files were read.
    #[must_use]
    pub fn new(folder: &Path, taken: Stamps) -> Self {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { folder: folder.to_owned(), last: taken.clone(), taken, ticks }
    }

    /// Waits until the files have changed and have come to rest: editors save several, or one in steps.
    pub async fn changed(&mut self) {
        loop {
            self.ticks.tick().await;
            let folder = self.folder.clone();
            let looked = tokio::task::spawn_blocking(move || project::stamps(&folder)).await;
            // A folder that cannot be read just now, in the middle of a checkout say, is looked at again.
            let Ok(Ok(now)) = looked else { continue };
            if now != self.taken && now == self.last {
                self.taken = now;
                return;
            }
            self.last = now;
        }
    }
}

/// What came of reading the files anew.
#[derive(Debug, PartialEq, Eq)]
pub enum Reloaded {
    /// They say what they said before.
    Same,
    /// A new version is served; words about it.
    Published(String),
    /// The version before goes on; why.
    Kept(String),
}

/// Reads and compiles the files beside the version that is running, and publishes them if they have no errors and take
/// nothing from customers who are on an older version. `make_believe`: there are no customers.
pub async fn reload(folder: &Path, aids: &Aids, runtimes: &[&Runtime], make_believe: bool) -> Reloaded {
    let (place, aids) = (folder.to_owned(), aids.clone());
    let compiled = tokio::task::spawn_blocking(move || project::compile_with(&place, &aids)).await;
    let (bot, sources, problems) = match compiled {
        Ok(Ok(compiled)) => compiled,
        Ok(Err(CouldNotRun(why))) => return kept(&why),
        Err(_) => return kept("reading the bot failed inside"),
    };
    if runtimes.iter().all(|runtime| runtime.bot().version == bot.version) {
        return Reloaded::Same;
    }
    // The first serves customers; the others are make-believe.
    let mut concerned = String::new();
    if let Some(first) = runtimes.first() {
        let meaning = match first.store().standing().await {
            Ok(standing) => Meaning::of(&bot, &first.editions(), &standing),
            Err(error) => return kept(&format!("nobody can say who is on the version before: {error}")),
        };
        if let Some(why) = meaning.refusal().filter(|_| !make_believe) {
            return kept(&why);
        }
        concerned = meaning.words();
    }
    for runtime in runtimes {
        if let Err(error) = runtime.publish(bot.clone(), &sources).await {
            return kept(&format!("the new version could not be kept: {error}"));
        }
    }
    tracing::info!(version = bot.version, "a new version of the bot is served");
    let warnings = Counts::of(&problems).warnings;
    let hint =
        if warnings > 0 { format!(" ({warnings} warnings; `frontdesk check` shows them)") } else { String::new() };
    Reloaded::Published(format!("The changed bot is served{hint}.{concerned}\n"))
}

fn kept(why: &str) -> Reloaded {
    Reloaded::Kept(format!("{}\nThe version before goes on.\n", why.trim_end()))
}
