//! `cargo run --release --example crash -- --rounds 200 --store sqlite`: kills the real server again and again under load,
//! and says whether anything was lost, done twice or sent twice. `-- --fsyncs` shows that each 200 came after an fsync.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "it tells how it goes, and fails by panicking"
)]

mod binary;
mod chance;
mod fsyncs;
mod kept;
mod laws;
mod node;
mod people;
#[path = "../postgres_server.rs"]
mod postgres_server;
mod report;
mod rounds;
mod shop;
mod trace;
mod way_in;
mod whatsapp;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

/// Where everything is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StoreKind {
    Sqlite,
    Postgres,
}

#[derive(Debug, Parser)]
#[command(
    about = "Kills frontdesk under load, again and again, and checks that nothing is lost and nothing done twice"
)]
struct Options {
    /// How often it is killed.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Where everything is kept.
    #[arg(long, value_enum, default_value_t = StoreKind::Sqlite)]
    store: StoreKind,
    /// How many servers share the store, of which one is killed at a time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=8))]
    nodes: u64,
    /// Says when it is killed, and what goes wrong with WhatsApp.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many customers write at the same time.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    customers: u64,
    /// Ends PostgreSQL at each kill, too, as a power cut would.
    #[arg(long)]
    kill_store: bool,
    /// Kills nothing: shows with strace that between each delivery and its 200 something was synced to the disk.
    #[arg(long)]
    fsyncs: bool,
    /// The server to start, if it is not the one that belongs to this command.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

impl Options {
    fn wrong(&self) -> Option<&'static str> {
        let sqlite = self.store == StoreKind::Sqlite;
        if sqlite && self.nodes > 1 {
            return Some("several nodes share PostgreSQL: add `--store postgres`");
        }
        (sqlite && self.kill_store)
            .then_some("SQLite lives in the server that is killed: `--kill-store` is PostgreSQL's")
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(wrong) = options.wrong() {
        eprintln!("{wrong}");
        return ExitCode::from(2);
    }
    let binary = match binary::find(options.binary.as_deref()) {
        Ok(binary) => binary,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let machine = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let done = machine.block_on(async {
        if options.fsyncs { fsyncs::run(&options, &binary).await } else { rounds::run(&options, &binary).await }
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}
