//! What the operating system asks of the server: to end, or to read the bot's files anew. A server that watches its files
//! ends by SIGHUP too: it runs in a terminal, and the terminal was closed.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGXFSZ.
const FILE_TOO_LARGE: i32 = 25;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To end: SIGINT (Ctrl-C), SIGTERM, or a closed terminal.
    End,
    /// To read the bot's files anew: SIGHUP.
    Reload,
}

/// Listens from the moment it is made.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    by_hangup: Asked,
    /// A file that has grown to the limit the system sets would end us. The database says instead that it cannot be written.
    _file_too_large: Signal,
}

impl Signals {
    /// Begins to listen; `local` is a server that watches its files.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn new(local: bool) -> io::Result<Self> {
        Ok(Self {
            by_hangup: if local { Asked::End } else { Asked::Reload },
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            _file_too_large: signal(SignalKind::from_raw(FILE_TOO_LARGE))?,
        })
    }

    /// Waits for the next.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::End,
            _ = self.terminate.recv() => Asked::End,
            _ = self.hangup.recv() => self.by_hangup,
        }
    }

    /// Waits until it is asked to end; anything else is passed over.
    pub async fn end(&mut self) {
        while self.next().await != Asked::End {}
    }
}
