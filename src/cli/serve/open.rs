//! What must be there before anybody is served: the store, the channel to customers, the running whole.

use std::fs::{DirBuilder, OpenOptions};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use crate::bot::Bot;
use crate::cli::CouldNotRun;
use crate::cli::aids::Aids;
use crate::cli::config::{Database, Mode, Settings};
use crate::clock::Clock;
use crate::desk::{Desk, DeskSettings};
use crate::diagnostic::Sources;
use crate::gateway::metrics::Readers;
use crate::gateway::{Counts, Gateway};
use crate::lookup::{Calls, LookupSettings, Lookups};
use crate::runtime::{Beside, Chance, Channel, Runtime, Settings as RuntimeSettings, Whatsapp};
use crate::store::{PostgresSettings, PostgresStore, SqliteSettings, SqliteStore, Store, StoreError};
use crate::whatsapp::client::Graph;

use super::listen::reached_at;

/// A server that is open.
#[derive(Debug)]
pub struct Opened {
    /// Serves customers; in local mode, the simulator's.
    pub runtime: Runtime,
    /// Serves the simulator in live mode: nobody outside is written to, and it forgets everything when it ends.
    pub sandbox: Option<Runtime>,
    /// The way in from WhatsApp (live mode).
    pub gateway: Option<Gateway>,
    /// What the way in did, for `/metrics`.
    pub counts: Counts,
    /// Who may read those.
    pub readers: Readers,
    /// Where agents live.
    pub desk: Desk,
}

impl Opened {
    /// Opens the store and starts the runtime.
    ///
    /// # Errors
    /// The store cannot be opened, or nothing could be sent.
    pub async fn new(
        settings: &Settings,
        aids: &Aids,
        bound: SocketAddr,
        bot: Arc<Bot>,
        sources: Sources,
    ) -> Result<Self, CouldNotRun> {
        let demo = matches!(settings.mode, Mode::Local).then(|| reached_at(bound));
        let lookups: Arc<dyn Calls> = Lookups::new(lookups(&settings.lookups, demo));
        let part = |store: Arc<dyn Store>, channel: Channel| RuntimeSettings {
            store,
            bot: Arc::clone(&bot),
            sources: sources.clone(),
            clock: Arc::new(Clock::system()),
            lookups: Arc::clone(&lookups),
            demo: demo.map(|address| format!("http://{address}/demo")),
            channel,
            chance: Chance::default(),
            compiler: Arc::new(Beside {
                cache: aids.cache.clone().map(|cache| Arc::new(cache) as _),
                semantic: aids.semantic.clone(),
            }),
        };
        let live = match &settings.mode {
            Mode::Local => None,
            Mode::Live(whatsapp) => {
                let graph = Whatsapp::new(Graph::new(&whatsapp.graph)?);
                let graph = settings.media.clone().into_iter().fold(graph, Whatsapp::keeping);
                Some((whatsapp, graph))
            }
        };
        let store = store(&settings.database).await?;
        let counts = Counts::default();
        let (runtime, gateway, sandbox) = match live {
            None => (Runtime::start(part(store, Channel::Local)).await?, None, None),
            Some((whatsapp, graph)) => {
                let runtime = Runtime::start(part(store, Channel::Whatsapp(Box::new(graph)))).await?;
                let memory = Arc::new(SqliteStore::open(&SqliteSettings::memory())?);
                let sandbox = Runtime::start(part(memory, Channel::Local)).await?;
                let gateway = Gateway {
                    runtime: runtime.clone(),
                    app_secret: whatsapp.app_secret.clone(),
                    verify_token: whatsapp.verify_token.clone(),
                    counts: counts.clone(),
                };
                (runtime, Some(gateway), Some(sandbox))
            }
        };
        let about_desk = DeskSettings { public_url: settings.public_url.clone(), ..DeskSettings::default() };
        let desk = Desk::new(runtime.clone(), about_desk);
        let readers = Readers::of(settings.metrics_token.clone(), settings.public_url.is_some());
        Ok(Self { runtime, sandbox, gateway, counts, readers, desk })
    }

    /// Where `/` leads.
    #[must_use]
    pub const fn home(&self) -> &'static str {
        if self.is_local() { "/simulator" } else { "/desk" }
    }

    /// The simulator stands in for WhatsApp.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.gateway.is_none()
    }

    /// Everything that runs the bot.
    pub fn runtimes(&self) -> Vec<&Runtime> {
        std::iter::once(&self.runtime).chain(&self.sandbox).collect()
    }

    /// Ends the loops; pages that wait for changes end too.
    pub async fn stop(&self) {
        for runtime in self.runtimes() {
            runtime.stop().await;
        }
    }
}

/// The store, wherever it is.
async fn store(database: &Database) -> Result<Arc<dyn Store>, CouldNotRun> {
    match database {
        Database::Sqlite(path) => in_file(path),
        Database::Postgres(address) => Ok(Arc::new(PostgresStore::open(&PostgresSettings::at(address.clone())).await?)),
    }
}

/// The store in its file. The file, and its folder, is made if there is none, for nobody but this user: customers' words
/// lie in it.
pub(in crate::cli) fn in_file(path: &Path) -> Result<Arc<dyn Store>, CouldNotRun> {
    if path.is_dir() {
        let folder = path.display();
        let words =
            format!("`{folder}` is a folder; name a file for the database: `--database sqlite:{folder}/frontdesk.db`");
        return Err(CouldNotRun(words));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| {
            CouldNotRun(format!(
                "the folder `{}` for the database cannot be made: {error}; make it, or name another file with \
                 `--database sqlite:FILE`",
                folder.display()
            ))
        })?;
    }
    // SQLite makes files that others can read; of one that is there, it gives the files beside it the same rights. Where the
    // file is there already, or cannot be made, opening it says what is to be said.
    drop(OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
    let opened = SqliteStore::open(&SqliteSettings::file(path)).map_err(|error| match error {
        StoreError::Unopened { .. } | StoreError::Foreign { .. } => CouldNotRun(error.to_string()),
        StoreError::Other(_) => CouldNotRun(format!(
            "`{}`: {error}; check its disk, or name another file with `--database sqlite:FILE`",
            path.display()
        )),
        _ => CouldNotRun(format!("`{}`: {error}", path.display())),
    });
    Ok(Arc::new(opened?))
}

/// The operator's settings; in local mode the demo endpoint, which is ourselves, may be called too.
fn lookups(settings: &LookupSettings, demo: Option<SocketAddr>) -> LookupSettings {
    let mut settings = settings.clone();
    settings.allowed_hosts.extend(demo.and_then(|address| address.to_string().parse().ok()));
    settings
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_database_is_for_nobody_but_this_user() {
        let folder = tempfile::tempdir().unwrap();
        let kept = in_file(&folder.path().join("shop.db")).unwrap();
        for name in ["shop.db", "shop.db-wal", "shop.db-shm"] {
            let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name} has {mode:o}");
        }
        drop(kept);
    }

    #[test]
    fn a_database_that_cannot_be_opened_is_named_with_a_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let (file, diary) = (folder.path().join("shop.db"), folder.path().join("diary.db"));
        std::fs::write(&diary, "Dear diary, ".repeat(1_000)).unwrap();
        drop(in_file(&file).unwrap());
        let later = rusqlite::Connection::open(&file).unwrap();
        later.execute_batch("INSERT INTO schema_versions VALUES (99)").unwrap();
        for (path, way_out) in [
            (folder.path(), "--database sqlite:"),
            (&file, "start the release that made it"),
            (&diary, "restore the last backup"),
            (&file.join("within"), "check that its folder exists"),
        ] {
            let CouldNotRun(said) = in_file(path).map(drop).unwrap_err();
            assert!(said.contains(&*path.to_string_lossy()) && said.contains(way_out), "{said}");
        }
    }
}
