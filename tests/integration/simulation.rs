//! The simulation in the gate: many histories with everything going wrong, the same at every run. Many more are a
//! command: `cargo run --release --example simulate -- --seeds 100000`.

#[path = "../simulation/mod.rs"]
mod simulated;

use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use simulated::{Flaw, Run, report, run, run_with};

/// So many histories at every run of the gate; the command lives through more.
const SEEDS: u64 = 100;
/// Histories at once.
const JOBS: u64 = 2;
/// A history that takes longer than this does not come to its end. Most take a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// Histories that once broke a law, and what was mended then.
const REGRESSIONS: &[(u64, &str)] = &[
    (2_481, "the day of a held promise passed while no server ran, and nobody told the customer another time"),
    (
        6_412,
        "words fell out of the window and were sent when the customer was back: the law took that for a second act",
    ),
    (7_176, "a server whose clock was ahead took another's job away, and the refusal that came was not believed"),
    (7_488, "the answer and the statuses of a message were lost, and the next overtook its second copy"),
    (11_231, "a version was forgotten while another server still began enquiries on it"),
    (14_505, "the next message overtook the second copy of one"),
    (15_053, "the next message overtook the second copy of one"),
    (
        25_496,
        "a claim came back when its lease was over, and the job, given out anew and under way, was put back as untried",
    ),
    (27_231, "an answer came for a try whose failure was told: the law took it for proof"),
    (48_683, "a job was given out in the moment in which its answer came: the law took that for too late"),
    (50_129, "an earlier try was told to have failed while a later one was under way: the law forgot whose that was"),
    (
        91_784,
        "an enquiry began and moved to another version in one turn: the law took the first one's words for a fault",
    ),
];

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

/// Whatever a store does that it must not do, the law against it tells within a few histories.
#[test]
fn every_law_can_be_broken() {
    for (flaw, rule, what) in [
        (Flaw::Loses, "R2: ", " was loaded without all that waits"),
        (Flaw::Withholds, "R2: ", " rows wait in the inbox"),
        (Flaw::Reverses, "R2: ", " was loaded out of the order that WhatsApp stamped"),
        (Flaw::Repeats, "R2: ", " was taken twice"),
        (Flaw::Estranges, "R1: ", " stands in thread "),
        (Flaw::Ends, "R33: ", "an end from "),
        (Flaw::Forgets, "R22: ", " was forgotten"),
        (Flaw::Hoards, "R39: ", " jobs wait in the outbox"),
        (Flaw::Resends, "R39: ", " was sent, and is to be sent again"),
    ] {
        let tells = |told: String| told.starts_with(rule) && told.contains(what);
        let told = (1..SEEDS).any(|seed| run_with(seed, false, Some(flaw)).broken.is_some_and(tells));
        assert!(told, "{flaw:?}: nothing says {rule}…{what}");
    }
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
