//! Everything that is left to chance, from one seed.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The only source of chance in a simulation.
pub struct Dice(StdRng);

impl Dice {
    /// Dice that fall the same way for the same seed.
    pub fn of(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A seed for somebody else's dice.
    pub fn seed(&mut self) -> u64 {
        self.0.random()
    }

    /// Whether something of this probability happens.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.0.random::<f64>() < probability
    }

    /// From `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        self.0.random_range(least..=most.max(least))
    }

    /// A position in a list of so many.
    pub fn below(&mut self, count: usize) -> usize {
        self.0.random_range(0..count.max(1))
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        let position = self.below(among.len());
        among.get(position)
    }

    /// A time between these, short ones as likely as long ones of the next order.
    pub fn while_between(&mut self, least: Duration, most: Duration) -> Duration {
        let (least, most) = (least.as_secs_f64().max(0.001), most.as_secs_f64().max(0.001));
        let part: f64 = self.0.random();
        Duration::from_secs_f64(least * (most / least).powf(part))
    }

    /// As [`Self::while_between`], in milliseconds.
    pub fn millis(&mut self, least: u64, most: u64) -> Duration {
        self.while_between(Duration::from_millis(least), Duration::from_millis(most))
    }

    /// This probability in half of the seeds, else none: a fault shows best when others are away.
    pub fn sometimes(&mut self, most: f64) -> f64 {
        if self.chance(0.5) { most * self.0.random::<f64>() } else { 0.0 }
    }
}
