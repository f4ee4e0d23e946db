//! What must be there before anybody is served: the store, the channel to customers, the running whole.

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use crate::bot::Bot;
use crate::cli::CouldNotRun;
use crate::cli::config::{Mode, Settings};
use crate::clock::Clock;
use crate::diagnostic::Sources;
use crate::gateway::Gateway;
use crate::lookup::{LookupSettings, Lookups};
use crate::runtime::{Channel, Runtime, Settings as RuntimeSettings, Whatsapp};
use crate::store::{SqliteSettings, SqliteStore, Store};
use crate::whatsapp::client::Graph;

use super::listen::reached_at;

/// A server that is open.
#[derive(Debug)]
pub struct Opened {
    /// Serves customers; in local mode, the simulator's.
    pub runtime: Runtime,
    /// The way in from WhatsApp (live mode).
    pub gateway: Option<Gateway>,
}

impl Opened {
    /// Opens the store and starts the runtime.
    ///
    /// # Errors
    /// The store cannot be opened, or nothing could be sent.
    pub async fn new(
        settings: &Settings,
        bound: SocketAddr,
        bot: Arc<Bot>,
        sources: Sources,
    ) -> Result<Self, CouldNotRun> {
        let (channel, demo) = match &settings.mode {
            Mode::Live(whatsapp) => (Channel::Whatsapp(Box::new(Whatsapp::new(Graph::new(&whatsapp.graph)?))), None),
            Mode::Local => (Channel::Local, Some(reached_at(bound))),
        };
        let runtime = Runtime::start(RuntimeSettings {
            store: store(&settings.database)?,
            bot,
            sources,
            clock: Arc::new(Clock::system()),
            lookups: Lookups::new(lookups(&settings.lookups, demo)),
            demo: demo.map(|address| format!("http://{address}/demo")),
            channel,
        })
        .await?;
        let gateway = match &settings.mode {
            Mode::Local => None,
            Mode::Live(whatsapp) => Some(Gateway {
                runtime: runtime.clone(),
                app_secret: whatsapp.app_secret.clone(),
                verify_token: whatsapp.verify_token.clone(),
            }),
        };
        Ok(Self { runtime, gateway })
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

    /// Ends the loops; pages that wait for changes end too.
    pub async fn stop(&self) {
        self.runtime.stop().await;
    }
}

/// The store in its file. Its folder is made if there is none, for nobody but this user: customers' words lie in it.
fn store(path: &Path) -> Result<Arc<dyn Store>, CouldNotRun> {
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
    Ok(Arc::new(SqliteStore::open(&SqliteSettings::file(path))?))
}

/// The operator's settings; in local mode the demo endpoint, which is ourselves, may be called too.
fn lookups(settings: &LookupSettings, demo: Option<SocketAddr>) -> LookupSettings {
    let mut settings = settings.clone();
    settings.allowed_hosts.extend(demo.and_then(|address| address.to_string().parse().ok()));
    settings
}
