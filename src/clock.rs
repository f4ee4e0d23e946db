//! The only reader of time. Everything else receives a [`Timestamp`] as an argument.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};

/// A moment, in UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// The clock and the store know milliseconds: the one that is not before `at`.
#[must_use]
pub fn full_millis(at: Timestamp) -> Timestamp {
    use chrono::DurationRound;
    let millis = at.duration_trunc(chrono::TimeDelta::milliseconds(1)).unwrap_or(at);
    if millis < at { millis + chrono::TimeDelta::milliseconds(1) } else { at }
}

/// Where "now" comes from.
pub enum Clock {
    /// The machine's clock, moved by an offset in milliseconds. The offset is zero except in local mode, where the
    /// simulator page moves it to try a Friday evening on a Tuesday.
    System(AtomicI64),
    /// A clock that stands still until it is moved, in milliseconds since 1970 (tests).
    Manual(AtomicI64),
    /// A clock that somebody else drives: whatever it says is "now", to the millisecond (simulation).
    Driven(Box<dyn Fn() -> Timestamp + Send + Sync>),
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub const fn system() -> Self {
        Self::System(AtomicI64::new(0))
    }

    /// A clock that stands at `at` until it is moved.
    #[must_use]
    pub const fn manual(at: Timestamp) -> Self {
        Self::Manual(AtomicI64::new(at.timestamp_millis()))
    }

    /// A clock that says whatever `now` says.
    pub fn driven(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self::Driven(Box::new(now))
    }

    /// The present moment, to the millisecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System(offset) => moment(machine().saturating_add(offset.load(Ordering::SeqCst))),
            Self::Manual(_) | Self::Driven(_) => self.unmoved(),
        }
    }

    /// The present moment of whoever sits in front of the machine, wherever the simulator moved the customers' clock: for
    /// what must neither end nor begin anew by that, such as their session.
    #[must_use]
    pub fn unmoved(&self) -> Timestamp {
        match self {
            Self::System(_) => moment(machine()),
            Self::Manual(at) => moment(at.load(Ordering::SeqCst)),
            Self::Driven(now) => moment(now().timestamp_millis()),
        }
    }

    /// Moves the clock forward (or back, if `by` is negative). One that somebody else drives stays where it is.
    pub fn advance(&self, by: chrono::Duration) {
        match self {
            Self::System(cell) | Self::Manual(cell) => {
                cell.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
            }
            Self::Driven(_) => {}
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
fn machine() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

fn moment(millis: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(millis).unwrap_or_default()
}
