//! How many turns a second transcripts are played with: those of the sample bot, again and again.
//!
//! `cargo bench --bench transcripts`
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench measures, prints, and fails by panicking"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use frontdesk::cli::project;
use frontdesk::transcript::outcome::Status;
use frontdesk::transcript::{self, RunOptions, Script};

const LONG_ENOUGH: Duration = Duration::from_secs(3);

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (bot, sources, _) = project::compile(folder).unwrap();
    let files = sources.0.keys().filter(|file| file.ends_with(".chat"));
    let scripts: Vec<Script> = files.map(|file| transcript::read(&sources, file).unwrap()).collect();
    let version = |_: &str| Err("the sample bot has one version".to_owned());
    let options = RunOptions { bot, version: &version };
    for threads in [1, std::thread::available_parallelism().unwrap().get()] {
        let began = Instant::now();
        let turns: usize = std::thread::scope(|scope| {
            let played: Vec<_> = (0..threads).map(|_| scope.spawn(|| play(&scripts, &options, began))).collect();
            played.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        #[expect(clippy::cast_precision_loss, reason = "a count of turns")]
        let rate = turns as f64 / began.elapsed().as_secs_f64();
        println!("{threads} threads: {rate:.0} turns a second, {:.1} µs a turn", 1e6 * threads as f64 / rate);
    }
    println!("Bar: 20,000 turns a second.");
}

/// Plays everything until it is long enough; how many turns it took.
fn play(scripts: &[Script], options: &RunOptions<'_>, began: Instant) -> usize {
    let mut turns = 0;
    while began.elapsed() < LONG_ENOUGH {
        for planned in transcript::plan(scripts, None) {
            let result = transcript::run(planned.script, planned.test, options);
            assert_eq!(result.status, Status::Passed, "{}", result.name);
            turns += result.turns;
        }
    }
    turns
}
