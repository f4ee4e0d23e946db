//! Simulated time: the paused clock of tokio, which goes on by itself when everybody waits, and leaps over stretches in
//! which nothing is due. Tasks wait on the first; everything that is written down shows both.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use frontdesk::clock::Timestamp;
use tokio::time::Instant;

/// The true time of a simulation.
#[derive(Debug)]
pub struct Time {
    began: Instant,
    start: Timestamp,
    leapt: AtomicI64,
}

impl Time {
    /// Time that begins now, and now is `start`.
    pub fn from(start: Timestamp) -> Self {
        Self { began: Instant::now(), start, leapt: AtomicI64::new(0) }
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        let waited = TimeDelta::from_std(self.began.elapsed()).unwrap_or_default();
        self.start + waited + TimeDelta::milliseconds(self.leapt.load(Ordering::SeqCst))
    }

    /// Leaves out a stretch in which nothing happens.
    pub fn leap(&self, by: TimeDelta) {
        self.leapt.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}
