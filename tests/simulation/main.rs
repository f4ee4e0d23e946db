//! `cargo run --release --example simulate -- --seeds 100000 --jobs 2`: lives through many histories, and stops at the
//! first that breaks a law. `-- --seed 7 --trace` lives through one and tells it.

#[path = "mod.rs"]
mod simulation;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;

/// A progress line after so many seeds.
const TELL_EACH: u64 = 1_000;
/// How often is looked whether a history goes on.
const LOOK_EACH: Duration = Duration::from_secs(1);
/// A history that is seen under way so many times does not come to its end. Most take a few milliseconds. Looks are counted,
/// not time: the machine may have slept.
const LOOKS_MAX: u32 = 300;

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
    /// Breaks the store on purpose, to see a law tell; only with `--seed`.
    #[arg(long, requires = "seed")]
    flaw: Option<simulation::Flaw>,
}

fn main() -> io::Result<ExitCode> {
    let options = Options::parse();
    match options.seed {
        Some(seed) => one(seed, &options),
        None => many(&options),
    }
}

fn one(seed: u64, options: &Options) -> io::Result<ExitCode> {
    let run = simulation::run_with(seed, options.trace, options.flaw);
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
    begun: Instant,
    done: AtomicU64,
    broken: AtomicU64,
    stopped: AtomicBool,
    /// The seed that each job lives through, and how often it was seen.
    under_way: Mutex<BTreeMap<u64, (u64, u32)>>,
}

impl Progress {
    /// A seed that does not come to its end.
    fn stuck(&self) -> Option<u64> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.values_mut().for_each(|(_, seen)| *seen += 1);
        under_way.values().find(|(_, seen)| *seen > LOOKS_MAX).map(|(seed, _)| *seed)
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it really takes is what is asked")]
fn now() -> Instant {
    Instant::now()
}

fn many(options: &Options) -> io::Result<ExitCode> {
    let progress = Progress {
        begun: now(),
        done: AtomicU64::new(0),
        broken: AtomicU64::new(0),
        stopped: AtomicBool::new(false),
        under_way: Mutex::default(),
    };
    let seeds = options.from..options.from.saturating_add(options.seeds);
    let jobs = options.jobs.max(1);
    let (ending, ended) = channel();
    std::thread::scope(|scope| {
        let watching = &progress;
        scope.spawn(move || watch(watching, &ended));
        let workers: Vec<_> = (0..jobs)
            .map(|job| {
                scope.spawn({
                    let (progress, seeds) = (&progress, seeds.clone());
                    move || some(options, job, seeds, progress)
                })
            })
            .collect();
        let all = workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(io::Error::other("it panicked"))));
        drop::<Sender<()>>(ending);
        all
    })?;
    let (done, broken) = (progress.done.load(Ordering::SeqCst), progress.broken.load(Ordering::SeqCst));
    writeln!(io::stdout(), "{done} seeds, {broken} broke a law, {:.1} s", progress.begun.elapsed().as_secs_f64())?;
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Until all has ended. A seed that does not end cannot be ended from outside: the process is.
fn watch(progress: &Progress, ended: &Receiver<()>) {
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(LOOK_EACH) {
        if let Some(seed) = progress.stuck() {
            // What cannot be told cannot be told.
            let _ = writeln!(io::stdout(), "seed {seed} does not come to its end");
            std::process::abort();
        }
    }
}

/// Every so many-th of the seeds.
fn some(options: &Options, job: u64, seeds: Range<u64>, progress: &Progress) -> io::Result<()> {
    // A job that has ended is not stuck.
    let _gone = Gone(progress, job);
    for seed in seeds.filter(|seed| seed % options.jobs.max(1) == job) {
        if progress.stopped.load(Ordering::SeqCst) {
            return Ok(());
        }
        progress.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(job, (seed, 0));
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
            writeln!(io::stderr(), "{done} seeds in {:.1} s", progress.begun.elapsed().as_secs_f64())?;
        }
    }
    Ok(())
}

/// Forgets a job once it is over.
struct Gone<'a>(&'a Progress, u64);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}
