//! What an error of WhatsApp's means for a message of ours, and when it is tried again (R39). Decides by code, never by
//! title or HTTP status, which Meta changes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What to do about a message that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A passing trouble of WhatsApp's; the message was certainly not sent. Try again, so many times in all.
    Retry {
        /// How many times in all.
        tries: u32,
    },
    /// Too much to this customer: only their messages wait.
    PairLimited,
    /// Too much from this number or account: all its messages wait.
    NumberLimited,
    /// More than 24 hours since the customer wrote: only a template can go (R32). Never tried again.
    WindowShut,
    /// It cannot reach this customer. Never tried again; shown to a person.
    Undeliverable,
    /// What we sent is wrong (a parameter, a template, a file). Never tried again; shown to a person and the operator.
    Rejected,
    /// The token, a permission, the number or the account is in trouble: nothing can be sent until the operator mends
    /// it, so everything waits.
    Account,
    /// It may or may not have been sent: a delivery status decides, and only then is it tried again.
    OutcomeUnknown,
}

/// Tries of a message that met a passing trouble.
const TRIES: u32 = 8;

/// A passing trouble that can last a while.
pub const PASSING: Class = Class::Retry { tries: TRIES };

/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// How long a delivery status is waited for before a message of unknown outcome is sent again.
pub const SETTLE: Duration = Duration::from_secs(30);

/// What a code of Meta's says; `None` for a code it does not document.
#[must_use]
pub const fn classify(code: u32) -> Option<Class> {
    let class = match code {
        1 | 131_000 => Class::Retry { tries: 3 },
        131_053 | 131_014 => Class::Retry { tries: 2 },
        2 | 131_016 | 131_057 | 133_004 => PASSING,
        131_056 => Class::PairLimited,
        4 | 613 | 80_007 | 130_429 | 131_048 => Class::NumberLimited,
        131_047 => Class::WindowShut,
        130_403
        | 130_472
        | 130_497
        | 131_020
        | 131_021
        | 131_026
        | 131_041
        | 131_049
        | 131_050
        | 131_062
        | 131_200..=131_299
        | 137_000 => Class::Undeliverable,
        0
        | 3
        | 10
        | 33
        | 190
        | 200..=299
        | 368
        | 131_005
        | 131_031
        | 131_037
        | 131_042
        | 131_044
        | 131_045
        | 133_000..=133_003
        | 133_005..=133_016 => Class::Account,
        100
        | 131_008
        | 131_009
        | 131_030
        | 131_051
        | 131_052
        | 131_055
        | 131_063
        | 131_064
        | 132_000..=132_999
        | 134_100..=134_102
        | 135_000 => Class::Rejected,
        _ => return None,
    };
    Some(class)
}

/// What an answer without a documented code says: a server's trouble passes, a refusal does not.
#[must_use]
pub const fn classify_unknown(status: u16, transient: bool) -> Class {
    match status {
        429 => Class::NumberLimited,
        _ if status >= 500 || transient => PASSING,
        _ => Class::Rejected,
    }
}

/// How long to wait after try number `attempt` (from 1) failed; `None` to give up and show the message to a person.
/// Spread it with [`spread`], and never try free text again beyond the window.
#[must_use]
pub fn next_try(class: Class, attempt: u32) -> Option<Duration> {
    let doublings = attempt.saturating_sub(1).min(16);
    match class {
        Class::Retry { tries } => (attempt < tries).then(|| LONGEST.min(Duration::from_secs(2 << doublings))),
        Class::PairLimited => (attempt < TRIES).then(|| LONGEST.min(Duration::from_secs(1 << (2 * doublings)))),
        Class::NumberLimited => Some(LONGEST.min(Duration::from_secs(4 << doublings))),
        Class::Account => Some(LONGEST),
        Class::OutcomeUnknown => (attempt < TRIES).then(|| LONGEST.min(SETTLE * (1 << doublings))),
        Class::WindowShut | Class::Undeliverable | Class::Rejected => None,
    }
}

/// A wait made up to a quarter longer, by `chance` from 0 to 1, so that messages held up together do not come together.
#[must_use]
pub fn spread(wait: Duration, chance: f64) -> Duration {
    let chance = if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 0.0 };
    wait.mul_f64(chance.mul_add(0.25, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(class: Class) -> Vec<u64> {
        (1..12).map_while(|attempt| next_try(class, attempt)).map(|wait| wait.as_secs()).collect()
    }

    #[test]
    fn every_class_has_its_schedule() {
        assert_eq!(waits(Class::Retry { tries: 3 }), [2, 4]);
        assert_eq!(waits(PASSING), [2, 4, 8, 16, 32, 64, 128]);
        assert_eq!(waits(Class::PairLimited), [1, 4, 16, 64, 256, 300, 300]);
        assert_eq!(waits(Class::NumberLimited)[..8], [4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!(waits(Class::OutcomeUnknown), [30, 60, 120, 240, 300, 300, 300]);
        assert_eq!(next_try(Class::Account, u32::MAX), Some(LONGEST), "waits for the operator");
        for never in [Class::WindowShut, Class::Undeliverable, Class::Rejected] {
            assert_eq!(waits(never), [0; 0]);
        }
    }

    #[test]
    fn codes_have_the_class_of_their_meaning() {
        for (code, class) in [
            (0, Class::Account),
            (190, Class::Account),
            (250, Class::Account),
            (100, Class::Rejected),
            (131_047, Class::WindowShut),
            (131_056, Class::PairLimited),
            (130_429, Class::NumberLimited),
            (131_026, Class::Undeliverable),
            (131_053, Class::Retry { tries: 2 }),
            (133_004, PASSING),
            (133_010, Class::Account),
            (132_001, Class::Rejected),
        ] {
            assert_eq!(classify(code), Some(class), "{code}");
        }
        assert_eq!(classify(999_999), None);
        assert_eq!(classify_unknown(400, false), Class::Rejected);
        assert_eq!(classify_unknown(400, true), PASSING);
        assert_eq!(classify_unknown(503, false), PASSING);
        assert_eq!(classify_unknown(429, false), Class::NumberLimited);
    }

    #[test]
    fn a_wait_is_spread_upwards_only() {
        let wait = Duration::from_secs(100);
        assert_eq!([0.0, 1.0, f64::NAN].map(|chance| spread(wait, chance).as_secs()), [100, 125, 100]);
    }
}
