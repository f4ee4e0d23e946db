//! A server as a process: started, killed in the middle of whatever it does, started again at the same address.

use std::fs::{File, OpenOptions};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Signs deliveries.
pub const SECRET: &str = "only-for-crashes";

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Setup {
    pub binary: PathBuf,
    pub bot: PathBuf,
    pub database: String,
    /// Where it sends to.
    pub graph: String,
}

impl Setup {
    /// The command that starts it. It ends when this program does, however that ends.
    pub fn command(&self, address: SocketAddr) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(&self.binary).arg("serve").arg(&self.bot).env_clear();
        command.envs([
            ("FRONTDESK_LISTEN", address.to_string().as_str()),
            ("FRONTDESK_DATABASE", &self.database),
            ("WHATSAPP_ACCESS_TOKEN", "any"),
            ("WHATSAPP_APP_SECRET", SECRET),
            ("WHATSAPP_VERIFY_TOKEN", "any"),
            ("WHATSAPP_API_BASE", &self.graph),
            ("RUST_LOG", "warn"),
        ]);
        command
    }
}

/// An address that nobody listens at.
pub fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// A server at one address, over all its lives.
pub struct Node {
    setup: Setup,
    address: SocketAddr,
    /// What it says on stderr.
    log: PathBuf,
    child: Option<Child>,
}

impl Node {
    pub fn new(setup: Setup, address: SocketAddr, folder: &Path, number: usize) -> Self {
        Self { setup, address, log: folder.join(format!("node-{number}.log")), child: None }
    }

    pub fn start(&mut self) -> std::io::Result<()> {
        let log: File = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut command = self.setup.command(self.address);
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?);
        Ok(())
    }

    /// Whether it has ended because its database was not there when it started, as is said of it. Whoever supervises it starts
    /// it again.
    pub fn found_no_database(&mut self) -> bool {
        let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        let found_none =
            ended.is_some_and(|status| status.code() == Some(2)) && self.last_words().contains("cannot be reached");
        if found_none {
            self.child = None;
        }
        found_none
    }

    /// `kill -9`. Nobody but us ends it: a server that has ended by itself is told of.
    pub fn kill(&mut self) -> Result<(), String> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("the server ended by itself ({status}); it said\n{}", self.last_words()));
        }
        child.kill().and_then(|()| child.wait()).map(drop).map_err(|error| error.to_string())
    }

    /// The last lines of its log.
    pub fn last_words(&self) -> String {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.kill());
    }
}
