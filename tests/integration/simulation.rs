//! The simulation in the gate: a few histories with everything going wrong, the same at every run. Many more are a
//! command: `cargo run --release --example simulate -- --seeds 100000`.

#[path = "../simulation/mod.rs"]
mod simulated;

use simulated::{Run, report, run};

/// Few enough for every run of the gate; the command lives through more.
const SEEDS: u64 = 24;

fn lawful(seed: u64) -> Run {
    let run = run(seed, false);
    if let Some(report) = report(&run) {
        panic!("{report}");
    }
    run
}

#[test]
fn no_law_is_broken_whatever_goes_wrong() {
    std::thread::scope(|scope| {
        let halves =
            [0, 1].map(|half| scope.spawn(move || (half..SEEDS).step_by(2).for_each(|seed| drop(lawful(seed)))));
        for half in halves {
            if let Err(why) = half.join() {
                std::panic::resume_unwind(why);
            }
        }
    });
}

#[test]
fn a_seed_is_a_history() {
    for seed in [3, 14, 2_718] {
        let (first, second) = (run(seed, false), run(seed, true));
        assert_eq!((first.digest, first.steps), (second.digest, second.steps), "seed {seed}");
        assert_eq!(second.lines.len() as u64, second.steps);
    }
    assert_ne!(run(1, false).digest, run(2, false).digest);
}
