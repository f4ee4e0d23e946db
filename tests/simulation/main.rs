//! `cargo run --release --example simulate -- --seeds 100000 --jobs 2`: lives through many histories, and stops at the
//! first that breaks a law. `-- --seed 7 --trace` lives through one and tells it.

#[path = "mod.rs"]
mod simulation;

use std::io::{self, Write};
use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;

/// A progress line after so many seeds.
const TELL_EACH: u64 = 1_000;

#[derive(Parser)]
#[command(about = "Simulates frontdesk with everything going wrong, seed by seed")]
struct Options {
    /// The only seed to live through.
    #[arg(long)]
    seed: Option<u64>,
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many at once.
    #[arg(long, default_value_t = 1)]
    jobs: u64,
    /// Goes on after a seed that breaks a law.
    #[arg(long)]
    keep_going: bool,
    /// Tells what happens.
    #[arg(long)]
    trace: bool,
}

fn main() -> io::Result<ExitCode> {
    let options = Options::parse();
    match options.seed {
        Some(seed) => one(seed, options.trace),
        None => many(&options),
    }
}

fn one(seed: u64, trace: bool) -> io::Result<ExitCode> {
    let run = simulation::run(seed, trace);
    let mut out = io::stdout().lock();
    for line in &run.lines {
        writeln!(out, "{line}")?;
    }
    match &run.broken {
        Some(broken) => {
            writeln!(out, "seed {seed}: {broken}")?;
            Ok(ExitCode::FAILURE)
        }
        None => {
            writeln!(out, "seed {seed}: all laws were kept, {} steps, digest {:016x}", run.steps, run.digest)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

struct Progress {
    done: AtomicU64,
    broken: AtomicU64,
    stopped: AtomicBool,
}

#[expect(clippy::disallowed_methods, reason = "how long it really takes is what is asked")]
fn many(options: &Options) -> io::Result<ExitCode> {
    let begun = Instant::now();
    let progress = Progress { done: AtomicU64::new(0), broken: AtomicU64::new(0), stopped: AtomicBool::new(false) };
    let seeds = options.from..options.from.saturating_add(options.seeds);
    let jobs = options.jobs.max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|job| {
                scope.spawn({
                    let (progress, seeds) = (&progress, seeds.clone());
                    move || some(options, job, seeds, progress, begun)
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(io::Error::other("it panicked"))))
    })?;
    let (done, broken) = (progress.done.load(Ordering::SeqCst), progress.broken.load(Ordering::SeqCst));
    writeln!(io::stdout(), "{done} seeds, {broken} broke a law, {:.1} s", begun.elapsed().as_secs_f64())?;
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every so many-th of the seeds.
fn some(options: &Options, job: u64, seeds: Range<u64>, progress: &Progress, begun: Instant) -> io::Result<()> {
    for seed in seeds.filter(|seed| seed % options.jobs.max(1) == job) {
        if progress.stopped.load(Ordering::SeqCst) {
            return Ok(());
        }
        let run = simulation::run(seed, false);
        let done = progress.done.fetch_add(1, Ordering::SeqCst) + 1;
        if run.broken.is_some() {
            progress.broken.fetch_add(1, Ordering::SeqCst);
            progress.stopped.fetch_or(!options.keep_going, Ordering::SeqCst);
            let told = if options.keep_going {
                format!("seed {seed}: {}", run.broken.unwrap_or_default())
            } else {
                simulation::report(&run).unwrap_or_default()
            };
            writeln!(io::stdout(), "{told}")?;
        }
        if done.is_multiple_of(TELL_EACH) {
            writeln!(io::stderr(), "{done} seeds in {:.1} s", begun.elapsed().as_secs_f64())?;
        }
    }
    Ok(())
}
