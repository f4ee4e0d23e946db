//! Drives a running server with signed deliveries of many simulated customers, receives what it sends as the Graph API
//! would, and checks all of it: how fast, and whether anything was lost, doubled or out of order. Knows a server only from
//! outside; what it finds holds for any that speaks WhatsApp's webhooks.

pub mod delivery;
mod drive;
mod histogram;
mod page;
mod people;
mod post;
mod receiver;
mod report;
mod script;
mod tally;

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub use drive::Load;
pub use histogram::Histogram;
pub use page::page;
pub use post::{Connection, Target};
pub use report::{Latency, Progress, Report};
pub use script::Script;
pub use tally::Second;

/// What is driven, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The webhook.
    pub target: Arc<Target>,
    /// Signs the deliveries.
    pub secret: SecretString,
    /// The business numbers that customers write to; not empty.
    pub numbers: Vec<String>,
    /// How many customers there are.
    pub customers: usize,
    /// When it ends.
    pub length: Length,
    /// How fast customers write.
    pub pace: Pace,
    /// Over how many connections.
    pub connections: usize,
    /// How long a customer waits for anything to come of a message.
    pub patience: Duration,
    /// Whether the server is told how far its messages have come.
    pub statuses: bool,
    /// Whether silence is a loss also after an answer.
    pub strict: bool,
    /// What customers say.
    pub script: Script,
}

/// When a load ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Everybody has said so many messages.
    Messages(usize),
    /// It is time. As many customers as the time allows hold conversations.
    Time(Duration),
}

/// How fast customers write.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Each connection is a customer who waits for the answer, and thinks, before the next message.
    Conversations {
        /// How long.
        think: Duration,
    },
    /// Each connection sends the next message as soon as the one before was taken.
    Flood,
    /// So many messages a second, however fast the server is.
    Rate(f64),
}

impl Plan {
    fn secret_bytes(&self) -> &[u8] {
        self.secret.expose_secret().as_bytes()
    }

    /// The number that a customer writes to.
    fn business(&self, customer: usize) -> &str {
        self.numbers.get(customer % self.numbers.len().max(1)).map_or("", String::as_str)
    }
}

/// Measures from when it was started. The load looks at no other clock to measure.
#[derive(Debug, Clone, Copy)]
struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "measures how long a server takes; decides nothing by the time of day"
    )]
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn micros(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
