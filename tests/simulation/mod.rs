//! A deterministic simulation: servers, their store, a faulty WhatsApp, customers and agents in one process, on a clock and
//! dice of their own. A seed is a history; it goes the same way each time. Laws are checked at every step of it.

mod agents;
mod customers;
mod dice;
mod end;
mod flaw;
mod laws;
mod news;
mod node;
mod plan;
mod shop;
mod store;
mod telling;
mod time;
mod trace;
mod whatsapp;
mod world;

pub use flaw::Flaw;

/// How a history went.
#[derive(Debug)]
pub struct Run {
    /// Whose.
    pub seed: u64,
    /// The same for the same history only.
    pub digest: u64,
    /// How much happened.
    pub steps: u64,
    /// The law that was broken.
    pub broken: Option<String>,
    /// What happened, if it was to be told.
    pub lines: Vec<String>,
}

impl Run {
    fn failed(seed: u64, why: String) -> Self {
        Self { seed, digest: 0, steps: 0, broken: Some(why), lines: Vec::new() }
    }
}

/// Lives through the history of a seed; `told` keeps its lines.
#[must_use]
pub fn run(seed: u64, told: bool) -> Run {
    run_with(seed, told, None)
}

/// The same with something broken on purpose.
#[must_use]
pub fn run_with(seed: u64, told: bool, flaw: Option<Flaw>) -> Run {
    match tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build() {
        Ok(runtime) => runtime.block_on(world::live(seed, told, flaw)),
        Err(error) => Run::failed(seed, error.to_string()),
    }
}

/// What to read of a history that broke a law: which, the last that happened, and how to see it all.
#[must_use]
pub fn report(run: &Run) -> Option<String> {
    const LAST: usize = 60;
    let broken = run.broken.as_ref()?;
    let lines = self::run(run.seed, true).lines;
    let last = lines[lines.len().saturating_sub(LAST)..].join("\n");
    Some(format!(
        "seed {}: {broken} (step {})\n{last}\nall of it: cargo run --release --example simulate -- --seed {} --trace",
        run.seed, run.steps, run.seed
    ))
}
