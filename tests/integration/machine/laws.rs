//! The laws over generated bots and conversations (R1, R12, R14, R20–R22, R32, R33, R38, R40).

use chrono::Duration;
use frontdesk::clock::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::bots::BOTS;
use super::generate::{Happens, anything, by_customer};
use super::life::Life;

const CASES: u32 = 10_000;

/// Monday, 2 March 2026, midnight in UTC; conversations begin within a month of it: weekends, holidays and clock changes.
const MARCH: i64 = 1_772_409_600;

fn hold(test: &str, what: impl Strategy<Value = Vec<Happens>>) {
    let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 1_000, ..Config::default() };
    let case = (any::<prop::sample::Index>(), 0..45_000_i64, any::<bool>(), what);
    let outcome = TestRunner::new(config).run(&case, |(bot, minute, second, happens)| {
        let made = &BOTS[bot.index(BOTS.len())];
        let start = Timestamp::from_timestamp(MARCH, 0).unwrap_or_default() + Duration::minutes(minute);
        let life = || Life::new(&made.bot, start, if second { "2" } else { "1" });
        play(&mut life(), &happens).map_err(|broken| {
            let mut life = life().told();
            // Played again only to be told.
            let _: Result<(), String> = play(&mut life, &happens);
            TestCaseError::fail(format!("{broken}\n\n{}\n{}", life.log(), made.files))
        })
    });
    if let Err(error) = outcome {
        panic!("{test}: {error}");
    }
}

fn play(life: &mut Life, happens: &[Happens]) -> Result<(), String> {
    happens.iter().try_for_each(|what| life.happens(what))
}

#[test]
fn no_law_is_broken_whatever_happens() {
    hold("whatever happens", prop::collection::vec(anything(), 5..30));
}

#[test]
fn no_law_is_broken_whatever_a_customer_does() {
    hold("whatever a customer does", prop::collection::vec(by_customer(), 5..16));
}
