//! How long a loop waits before it tries a store in trouble again: longer each time, so that trouble is neither a busy
//! loop nor a flood in the log.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Trouble in a row.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    in_a_row: u32,
}

impl Trouble {
    /// How long to wait this time.
    pub(super) fn wait(&mut self) -> Duration {
        let wait = LONGEST.min(FIRST * (1 << self.in_a_row.min(8)));
        self.in_a_row = self.in_a_row.saturating_add(1);
        wait
    }

    /// Something went well.
    pub(super) const fn is_over(&mut self) {
        self.in_a_row = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_waited_out_longer_each_time() {
        let mut trouble = Trouble::default();
        let waits: Vec<_> = (0..9).map(|_| trouble.wait().as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
        trouble.is_over();
        assert_eq!(trouble.wait(), FIRST);
    }
}
