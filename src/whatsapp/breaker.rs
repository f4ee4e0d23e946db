//! Whether WhatsApp takes messages of a business number at all, learned from what came of the tries (R39). While it does not,
//! one try at a time finds out when it does again, and nothing else is tried. Sends nothing and reads no clock.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;

use crate::clock::Timestamp;

use super::errors::spread;

/// So many failures in a row are WhatsApp's trouble, not a message's.
const FAILURES: u32 = 5;
/// How long after the first failures a try finds out; twice as long after each that failed.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause between two tries that find out.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A try of which nothing was heard for so long is nobody's any more.
const PROBE_MAX: TimeDelta = TimeDelta::seconds(60);

/// Why nothing goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// WhatsApp cannot be reached, or is in trouble.
    Down,
    /// It refuses the token, a permission, the number or the account, until the operator mends it.
    Refused,
}

impl Cut {
    /// One word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Refused => "refused",
        }
    }
}

/// The breakers of all business numbers.
#[derive(Debug, Default)]
pub struct Breakers(BTreeMap<String, Breaker>);

impl Breakers {
    /// A number's.
    pub fn of(&mut self, number: &str) -> &mut Breaker {
        self.0.entry(number.to_owned()).or_default()
    }

    /// Numbers from which nothing goes out, since when something may be tried again, and why.
    pub fn open(&self) -> impl Iterator<Item = (&str, Timestamp, Cut)> {
        self.0
            .iter()
            .filter_map(|(number, breaker)| breaker.open.as_ref().map(|open| (number.as_str(), open.until, open.why)))
    }
}

/// A number's breaker. As long as it is closed, everything goes out.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    why: Cut,
    /// When the next try may begin.
    until: Timestamp,
    /// Tries that failed.
    failed: u32,
    /// A try is under way.
    probing: bool,
}

impl Breaker {
    /// From when on one try may begin, if nothing goes out.
    #[must_use]
    pub fn open_until(&self) -> Option<Timestamp> {
        self.open.as_ref().map(|open| open.until)
    }

    /// A try begins. If nothing goes out, no other begins until this one has come to its end.
    pub fn begins(&mut self, now: Timestamp) {
        if let Some(open) = &mut self.open {
            open.probing = true;
            open.until = now + PROBE_MAX;
        }
    }

    /// A try ended without WhatsApp having been asked: the next may begin.
    pub fn asked_nothing(&mut self, now: Timestamp) {
        if let Some(open) = self.open.as_mut().filter(|open| open.probing) {
            open.probing = false;
            open.until = now;
        }
    }

    /// WhatsApp answered, whatever it said. Whether nothing went out before.
    pub fn answered(&mut self) -> bool {
        self.failures = 0;
        self.open.take().is_some()
    }

    /// WhatsApp could not be reached, or is in trouble. Whether nothing goes out from now on. `chance` spreads the pauses.
    pub fn failed(&mut self, now: Timestamp, chance: f64) -> bool {
        self.failures = self.failures.saturating_add(1);
        if self.open.is_none() && self.failures >= FAILURES {
            self.open =
                Some(Open { why: Cut::Down, until: after(now, FIRST_PAUSE, chance), failed: 0, probing: false });
            return true;
        }
        self.still_fails(now, chance);
        false
    }

    /// Something failed that may be the message's fault: it says nothing, except that a try did not succeed.
    pub fn still_fails(&mut self, now: Timestamp, chance: f64) {
        if let Some(open) = self.open.as_mut().filter(|open| open.probing) {
            let pause = LONGEST_PAUSE.min(FIRST_PAUSE * (2 << open.failed.min(8)));
            open.failed = open.failed.saturating_add(1);
            open.probing = false;
            open.until = after(now, pause, chance);
        }
    }

    /// WhatsApp refuses the account. Whether that is worth telling: what was under way when it began is not.
    pub fn refused(&mut self, now: Timestamp, chance: f64) -> bool {
        let known = self.open.as_ref().is_some_and(|open| open.why == Cut::Refused && !open.probing);
        if !known {
            self.open =
                Some(Open { why: Cut::Refused, until: after(now, LONGEST_PAUSE, chance), failed: 0, probing: false });
        }
        !known
    }
}

fn after(now: Timestamp, pause: Duration, chance: f64) -> Timestamp {
    now + TimeDelta::from_std(spread(pause, chance)).unwrap_or(PROBE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        let told: Vec<bool> = (0..5).map(|_| breaker.failed(at(0), 0.0)).collect();
        assert_eq!(told, [false, false, false, false, true]);
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
        assert_eq!(open().open_until(), Some(at(5)));
        let mut breaker = Breaker::default();
        for _ in 0..20 {
            assert!((0..4).all(|_| !breaker.failed(at(0), 0.0)));
            assert!(!breaker.answered(), "it was not open");
        }
        assert_eq!(breaker.open_until(), None);
    }

    #[test]
    fn tries_come_less_and_less_often_and_one_at_a_time() {
        let mut breaker = open();
        let mut now = at(5);
        let mut pauses = Vec::new();
        for _ in 0..6 {
            breaker.begins(now);
            assert_eq!(breaker.open_until(), Some(now + PROBE_MAX), "until it has come to its end");
            assert!(!breaker.failed(now, 0.0), "told once");
            let until = breaker.open_until().unwrap();
            assert!(!breaker.failed(now, 0.0), "what was under way before changes nothing");
            assert_eq!(breaker.open_until(), Some(until));
            pauses.push((until - now).num_seconds());
            now = until;
        }
        assert_eq!(pauses, [10, 20, 40, 60, 60, 60]);
        breaker.begins(now);
        assert!(breaker.answered());
        assert_eq!(breaker.open_until(), None);
    }

    #[test]
    fn a_try_that_asked_nothing_makes_room_for_the_next() {
        let mut breaker = open();
        breaker.begins(at(5));
        breaker.asked_nothing(at(6));
        assert_eq!(breaker.open_until(), Some(at(6)));
    }

    #[test]
    fn a_refusal_opens_it_at_once_and_is_told_once_a_minute() {
        let mut breaker = Breaker::default();
        let told = [breaker.refused(at(0), 0.0), breaker.refused(at(0), 0.0)];
        assert_eq!((told, breaker.open_until()), ([true, false], Some(at(60))));
        breaker.begins(at(60));
        assert!(breaker.refused(at(61), 0.0));
        assert_eq!(breaker.open_until(), Some(at(121)));
    }
}
