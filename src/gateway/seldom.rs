//! Keeps anybody from filling the log with what they can cause at will: it is told at once, and after that at most once a
//! minute, with how often it happened since. Logs nothing itself and reads no clock.

use std::sync::{Mutex, PoisonError};

use chrono::Duration;

use crate::clock::Timestamp;

/// Between two times that it is told.
const SELDOM: Duration = Duration::minutes(1);

/// One kind of thing that can happen very often.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<Count>);

#[derive(Debug, Default)]
struct Count {
    told_at: Option<Timestamp>,
    untold: u64,
}

impl Seldom {
    /// It happened; how often it did since it was told last, if it is to be told now.
    pub fn happened(&self, now: Timestamp) -> Option<u64> {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        count.untold += 1;
        // A clock that was set back must not silence it.
        if count.told_at.is_some_and(|told_at| (now - told_at).abs() < SELDOM) {
            return None;
        }
        count.told_at = Some(now);
        Some(std::mem::take(&mut count.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_and_then_a_count_once_a_minute() {
        let at = |seconds: i64| Timestamp::from_timestamp(1_800_000_000 + seconds, 0).unwrap();
        let seldom = Seldom::default();
        let told = [0, 0, 1, 59, 60, 61, 500, 400, 401].map(|seconds| seldom.happened(at(seconds)));
        assert_eq!(told, [Some(1), None, None, None, Some(4), None, Some(2), Some(1), None]);
    }
}
