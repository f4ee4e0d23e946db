//! What was counted while the load ran. Counts; decides nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::histogram::Histogram;

/// Micros in a second.
pub const SECOND: u64 = 1_000_000;
/// More seconds than this are not drawn one by one.
const SECONDS_MAX: usize = 24 * 3_600;

/// Shared by everything that counts.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Numbers>);

/// The numbers at one moment.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// From when a customer's message should have gone, or went, to its 200.
    pub webhook: Histogram,
    /// The same for deliveries of statuses.
    pub status: Histogram,
    /// From a customer's words to the first answer.
    pub after_words: Histogram,
    /// From a customer's tap to the first answer.
    pub after_tap: Histogram,
    /// Answers of 5xx or 429: the delivery is sent again.
    pub put_off: u64,
    /// No answer, or a broken one: the delivery is sent again.
    pub broken: u64,
    /// Deliveries that were refused for good, by status.
    pub refused: BTreeMap<u16, u64>,
    /// Deliveries that were sent again until there was no point.
    pub given_up: u64,
    /// Messages that came to customers.
    pub answers: u64,
    /// Read marks that came.
    pub marks: u64,
    /// Messages taken with 200 that nothing was done about.
    pub lost: u64,
    /// The same of customers whom something had come to before: a person may have taken over.
    pub silent: u64,
    /// Messages that came twice.
    pub doubled: u64,
    /// Messages that came behind a later one to the same customer.
    pub disordered: u64,
    /// Requests to the receiving end that made no sense.
    pub strange: u64,
    /// Second by second.
    pub seconds: Vec<Second>,
}

/// What happened in a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Second {
    /// Customers' messages taken.
    pub accepted: u64,
    /// Messages that came to customers.
    pub answers: u64,
    /// Deliveries put off.
    pub put_off: u64,
}

impl Tally {
    /// The numbers, to change or to read.
    pub fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Numbers {
    /// The second that `micros` lies in.
    pub fn second(&mut self, micros: u64) -> &mut Second {
        let second = usize::try_from(micros / SECOND).unwrap_or(usize::MAX).min(SECONDS_MAX - 1);
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, Second::default());
        }
        // The index exists: it was made just now.
        &mut self.seconds[second]
    }
}
