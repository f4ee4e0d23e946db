//! WhatsApp's two rates as arithmetic on time: per business number, and per number and customer (R39). Keeps one moment
//! per bucket; sends nothing and reads no clock.

use std::collections::HashMap;

use chrono::TimeDelta;

use crate::clock::Timestamp;

use super::limits;

/// Buckets are swept of those that are full again when there are this many.
const SWEEP_AT: usize = 10_000;

/// Who may send when.
#[derive(Debug)]
pub struct Limiter {
    rate: Rate,
    numbers: HashMap<String, Bucket>,
    pairs: HashMap<(String, String), Bucket>,
    sweep_at: usize,
}

impl Default for Limiter {
    fn default() -> Self {
        Self::new(limits::NUMBER_PER_SECOND)
    }
}

impl Limiter {
    /// A limiter for numbers that may send `per_second` (20 for a number that also runs in the phone app). A tenth may
    /// go at once and the rest flows evenly, so that no second ever holds more.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        let per_second = per_second.max(2);
        let burst = (per_second / 10).max(1);
        let interval = TimeDelta::microseconds(1_000_000 / i64::from(per_second - burst));
        Self { rate: Rate { burst, interval }, numbers: HashMap::new(), pairs: HashMap::new(), sweep_at: SWEEP_AT }
    }

    /// How many messages any number may send at once at the most.
    #[must_use]
    pub const fn burst(&self) -> u32 {
        self.rate.burst
    }

    /// The numbers that have sent, and of each how many messages it may send at once, or from when on one.
    pub fn room(&self, now: Timestamp) -> impl Iterator<Item = (&str, Result<u32, Timestamp>)> {
        self.numbers.iter().map(move |(number, bucket)| {
            let ready = bucket.ready_at(self.rate);
            (number.as_str(), if ready > now { Err(ready) } else { Ok(bucket.room(self.rate, now)) })
        })
    }

    /// The earliest moment at which the number may send to the recipient; `now` if it may at once.
    #[must_use]
    pub fn ready_at(&self, number: &str, recipient: &str, now: Timestamp) -> Timestamp {
        let number_at = self.numbers.get(number).map_or(now, |bucket| bucket.ready_at(self.rate));
        let pair = self.pairs.get(&(number.to_owned(), recipient.to_owned()));
        let pair_at = pair.map_or(now, |bucket| bucket.ready_at(PAIR));
        now.max(number_at).max(pair_at)
    }

    /// Takes the right to send one message now.
    ///
    /// # Errors
    /// When it may be asked for again; nothing was taken.
    pub fn take(&mut self, number: &str, recipient: &str, now: Timestamp) -> Result<(), Timestamp> {
        let ready = self.ready_at(number, recipient, now);
        if ready > now {
            return Err(ready);
        }
        self.sweep(now);
        self.numbers.entry(number.to_owned()).or_default().take(self.rate, now);
        self.pairs.entry((number.to_owned(), recipient.to_owned())).or_default().take(PAIR, now);
        Ok(())
    }

    /// Nothing more from this number before `until`: WhatsApp said it is too much.
    pub fn hold_number(&mut self, number: &str, until: Timestamp) {
        self.numbers.entry(number.to_owned()).or_default().hold(until);
    }

    /// Nothing more from this number to this recipient before `until`: WhatsApp said it is too much.
    pub fn hold_pair(&mut self, number: &str, recipient: &str, until: Timestamp) {
        self.pairs.entry((number.to_owned(), recipient.to_owned())).or_default().hold(until);
    }

    /// Forgets buckets that are full: they say nothing. The next sweep waits until there are twice as many.
    fn sweep(&mut self, now: Timestamp) {
        if self.pairs.len() < self.sweep_at {
            return;
        }
        self.pairs.retain(|_, bucket| bucket.says_something(now));
        self.sweep_at = SWEEP_AT.max(self.pairs.len() * 2);
    }
}

const PAIR: Rate =
    Rate { burst: limits::PAIR_BURST, interval: TimeDelta::seconds(limits::PAIR_INTERVAL.as_secs() as i64) };

/// So many at once, then one per interval.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u32,
    interval: TimeDelta,
}

/// A token bucket, kept as the moment at which it will be full again.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    full_at: Timestamp,
    held_until: Timestamp,
}

impl Bucket {
    fn ready_at(self, rate: Rate) -> Timestamp {
        let spare = i32::try_from(rate.burst.saturating_sub(1)).unwrap_or(i32::MAX);
        let one_back = self.full_at.checked_sub_signed(rate.interval * spare).unwrap_or_default();
        one_back.max(self.held_until)
    }

    /// How many may go at once.
    fn room(self, rate: Rate, now: Timestamp) -> u32 {
        let (until_full, interval) = ((self.full_at - now).max(TimeDelta::zero()), rate.interval);
        let taken =
            (0..rate.burst).take_while(|taken| interval * i32::try_from(*taken).unwrap_or(i32::MAX) < until_full);
        rate.burst - u32::try_from(taken.count()).unwrap_or(rate.burst)
    }

    fn take(&mut self, rate: Rate, now: Timestamp) {
        let from = self.full_at.max(now);
        self.full_at = from.checked_add_signed(rate.interval).unwrap_or(from);
    }

    fn hold(&mut self, until: Timestamp) {
        self.held_until = self.held_until.max(until);
    }

    fn says_something(self, now: Timestamp) -> bool {
        self.full_at > now || self.held_until > now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_timestamp_millis(1_800_000_000_000 + millis).unwrap()
    }

    /// Sends as soon as allowed, `count` times; when each went, in milliseconds.
    fn sends(limiter: &mut Limiter, count: usize, recipient: impl Fn(usize) -> String) -> Vec<i64> {
        let mut now = at(0);
        let mut went = Vec::new();
        for i in 0..count {
            now = limiter.ready_at("1", &recipient(i), now);
            limiter.take("1", &recipient(i), now).unwrap();
            went.push((now - at(0)).num_milliseconds());
        }
        went
    }

    #[test]
    fn one_customer_gets_45_at_once_then_one_per_6_seconds() {
        let went = sends(&mut Limiter::default(), 48, |_| "a".into());
        assert!(went[44] < 1000, "{went:?}");
        assert_eq!(went[45], 6000);
        assert_eq!(went[47], 18_000);
    }

    #[test]
    fn no_second_holds_more_than_the_number_may_send() {
        for per_second in [20, 80] {
            let went = sends(&mut Limiter::new(per_second), 500, |i| i.to_string());
            for (i, start) in went.iter().enumerate() {
                let in_second = went[i..].iter().take_while(|millis| **millis < start + 1000).count();
                assert!(in_second <= per_second as usize, "{in_second} in a second");
            }
            assert!(went[499] < 500 * 1000 / i64::from(per_second) * 6 / 5, "much too slow: {}", went[499]);
        }
    }

    #[test]
    fn the_room_of_a_number_is_what_it_may_take() {
        let mut limiter = Limiter::default();
        limiter.hold_number("held", at(60_000));
        for millis in [0, 1, 13, 14, 40, 41, 1_000, 50_000] {
            let mut taken = 0;
            while limiter.take("1", &format!("{millis}.{taken}"), at(millis)).is_ok() {
                taken += 1;
                let room: HashMap<_, _> = limiter.room(at(millis)).collect();
                let mut copy = Limiter { numbers: limiter.numbers.clone(), ..Limiter::default() };
                let more = (0..100).take_while(|n| copy.take("1", &format!("copy {n}"), at(millis)).is_ok()).count();
                assert_eq!(room["1"].unwrap_or(0) as usize, more, "{millis}");
                assert_eq!(room["held"], Err(at(60_000)));
            }
        }
    }

    #[test]
    fn a_refused_take_takes_nothing() {
        let mut limiter = Limiter::default();
        limiter.hold_pair("1", "a", at(5000));
        assert_eq!(limiter.take("1", "a", at(0)), Err(at(5000)));
        assert_eq!(limiter.take("1", "b", at(0)), Ok(()), "others need not wait");
        limiter.hold_number("1", at(9000));
        assert_eq!(limiter.ready_at("1", "b", at(0)), at(9000));
        assert_eq!(limiter.ready_at("2", "b", at(0)), at(0), "nor other numbers");
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let mut limiter = Limiter::new(u32::MAX);
        for i in 0..SWEEP_AT as i64 {
            limiter.take("1", &i.to_string(), at(i * 10)).unwrap();
        }
        limiter.take("1", "last", at(10_000_000)).unwrap();
        assert_eq!(limiter.pairs.len(), 1);
    }
}
