//! Where chance comes from: the machine, or a seed, so that a simulation goes the same way again.

use std::sync::Mutex;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::locked;

/// A source of chance.
#[derive(Debug)]
pub struct Chance(Mutex<StdRng>);

impl Default for Chance {
    fn default() -> Self {
        Self::of(rand::random())
    }
}

impl Chance {
    /// Chance that goes the same way each time.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// A number that nobody else has.
    pub(super) fn number(&self) -> u64 {
        locked(&self.0).random()
    }

    /// From 0 to 1.
    pub(super) fn part(&self) -> f64 {
        locked(&self.0).random()
    }
}
