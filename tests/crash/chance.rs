//! Everything that is left to chance, from one seed. What is drawn is the same for a seed; who draws it is the machine's to
//! say, for the servers are real.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The dice that everybody shares.
pub struct Chance(Mutex<StdRng>);

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    fn dice(&self) -> MutexGuard<'_, StdRng> {
        self.0.lock().unwrap()
    }

    /// Whether something of this probability happens.
    pub fn happens(&self, probability: f64) -> bool {
        self.dice().random::<f64>() < probability
    }

    /// A position in a list of so many.
    pub fn below(&self, count: usize) -> usize {
        self.dice().random_range(0..count.max(1))
    }

    /// From `least` to `most` milliseconds.
    pub fn millis(&self, least: u64, most: u64) -> Duration {
        Duration::from_micros(self.dice().random_range(least * 1_000..=most * 1_000))
    }
}
