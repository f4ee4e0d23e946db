//! The simulation in the gate: many histories with everything going wrong, the same at every run. Many more are a
//! command: `cargo run --release --example simulate -- --seeds 100000`.

#[path = "../simulation/mod.rs"]
mod simulated;

use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use simulated::{Run, report, run};

/// So many histories at every run of the gate; the command lives through more.
const SEEDS: u64 = 100;
/// Histories at once.
const JOBS: u64 = 2;
/// A history that takes longer than this does not come to its end. Most take a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// Histories that once broke a law, and what was mended then.
const REGRESSIONS: &[(u64, &str)] =
    &[(2_481, "the day of a held promise passed while no server ran, and nobody told the customer another time")];

fn lawful(seed: u64) -> Result<Run, String> {
    let run = run(seed, false);
    report(&run).map_or(Ok(run), Err)
}

#[test]
fn no_law_is_broken_whatever_goes_wrong() {
    let (tell, told) = channel();
    let seeds: Vec<u64> = REGRESSIONS.iter().map(|(seed, _)| *seed).chain(0..SEEDS).collect();
    for job in 0..JOBS {
        let (tell, seeds) = (tell.clone(), seeds.clone());
        thread::spawn(move || {
            for seed in seeds.into_iter().filter(|seed| seed % JOBS == job) {
                // Nobody may be listening any more: another history broke a law.
                let _ = tell.send((job, seed, None));
                let _ = tell.send((job, seed, Some(lawful(seed).err())));
            }
        });
    }
    drop(tell);
    let (mut lived, mut under_way) = (0, BTreeMap::new());
    loop {
        match told.recv_timeout(PATIENCE) {
            Ok((job, seed, None)) => drop(under_way.insert(job, seed)),
            Ok((_, _, Some(Some(broken)))) => panic!("{broken}"),
            Ok((job, _, Some(None))) => {
                under_way.remove(&job);
                lived += 1;
            }
            Err(RecvTimeoutError::Timeout) => panic!("these histories do not come to their end: {under_way:?}"),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    assert_eq!(lived, seeds.len(), "one of these fell over: {under_way:?}");
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
