//! How many deliveries a second: a bare server that checks the signature, the durable floor (the same and one row in SQLite
//! before the 200), and frontdesk until the turn of each is durable, with what it has to say in the outbox. There WhatsApp's
//! rate for a business number holds most answers back; with many numbers they all go out, and are checked. One driver, one
//! run, side by side: the ratios are what counts.
//!
//! `cargo bench --bench webhook`, or `cargo bench --bench webhook -- 100000` for so many deliveries to each.
//! `cargo bench --bench webhook -- large`: what a turn costs, and how much memory is needed, with 1,000 contacts and with
//! 1,000,000, of whom 100,000 have open enquiries with 300,000 timers.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a bench measures, prints, and fails by panicking"
)]

mod large;
mod made;
#[path = "../tests/postgres_server.rs"]
#[expect(dead_code, reason = "tests also stop it and look into it")]
mod postgres_server;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use frontdesk::bot::Bot;
use frontdesk::clock::Clock;
use frontdesk::gateway::{self, Gateway};
use frontdesk::load::{Latency, Length, Load, Pace, Plan, Script, Target};
use frontdesk::lookup::{LookupSettings, Lookups};
use frontdesk::runtime::{Beside, Chance, Channel, Runtime, Settings, Whatsapp};
use frontdesk::store::{PostgresSettings, PostgresStore, SqliteSettings, SqliteStore, Store};
use frontdesk::whatsapp::client::{Graph, GraphSettings};
use frontdesk::whatsapp::signature;
use made::Size;
use postgres_server::Server;
use rusqlite::Connection;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

const SECRET: &str = "an-app-secret";
const DELIVERIES: usize = 20_000;
const CONNECTIONS: usize = 128;
/// Enough that WhatsApp's 80 a second for each does not hold up the answers.
const NUMBERS_ENOUGH: usize = 500;
/// How long the server is driven at half of what it can take: so long that a disk that stalls once does not decide alone.
const HALF: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(120);

/// What came of one server.
struct Seen {
    name: &'static str,
    per_second: f64,
    latency: Latency,
}

fn main() {
    let deliveries = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(DELIVERIES);
    let folder = tempfile::tempdir().unwrap();
    let machine = Builder::new_multi_thread().enable_all().build().unwrap();
    let serve = |router: Router| machine.block_on(serve(router));
    if std::env::args().any(|argument| argument == "large") {
        return small_and_large(&machine, deliveries);
    }
    println!("{deliveries} deliveries to each, {CONNECTIONS} at a time, each a new customer's first message\n");

    let flood = Drive { numbers: 1, customers: deliveries, pace: Pace::Flood, receiving: None };
    let bare = drive("bare", serve(bare()), flood.again());
    let floor_at = serve(floor(&folder.path().join("floor.db")));
    // The first run also makes the file grow; the second is what a server that runs for long does.
    drive("floor", floor_at, flood.again());
    let floor = drive("floor", floor_at, flood.again());

    let graph = serve(Router::new().fallback(sent));
    let runtime = machine.block_on(start(in_file(&folder.path().join("frontdesk.db")), graph));
    let address = serve(routes(&runtime));
    let (taken, turns) = turned(&machine, &runtime, address, flood.again());
    // What it can bear for ever is what it can decide, not what it can put into its inbox.
    let half = turns / 2.0;
    let paced = Drive { numbers: 1, customers: seconds(half), pace: Pace::Rate(half), receiving: None };
    let at_half = drive("at half of the turns", address, paced);
    machine.block_on(runtime.stop());

    let server = Server::own();
    let on_server = server.as_ref().map(|server| {
        let runtime = machine.block_on(async { start(on(server).await, graph).await });
        let (_, turns) = turned(&machine, &runtime, serve(routes(&runtime)), flood.again());
        machine.block_on(runtime.stop());
        turns
    });
    drop(server);

    let receiving = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    receiving.set_nonblocking(true).unwrap();
    let graph = receiving.local_addr().unwrap();
    let runtime = machine.block_on(start(in_file(&folder.path().join("answered.db")), graph));
    let address = serve(routes(&runtime));
    let receiving = Some(receiving);
    let all = Drive { numbers: NUMBERS_ENOUGH, customers: deliveries, pace: Pace::Flood, receiving };
    let (_, answered) = turned(&machine, &runtime, address, all);
    machine.block_on(runtime.stop());

    println!("{:22}{:>10}{:>12}{:>12}{:>12}{:>12}", "", "a second", "of floor", "p50 ms", "p99 ms", "max ms");
    for Seen { name, per_second, latency } in [&bare, &floor, &taken, &at_half] {
        let ratio = per_second / floor.per_second;
        let Latency { p50, p99, max, .. } = latency;
        println!("{name:22}{per_second:>10.0}{ratio:>12.2}{p50:>12.2}{p99:>12.2}{max:>12.2}");
    }
    for (name, per_second) in [("frontdesk, turns", turns), ("turns, all answered", answered)] {
        println!("{name:22}{per_second:>10.0}{:>12.2}", per_second / floor.per_second);
    }
    match on_server {
        Some(per_second) => {
            println!("{:22}{per_second:>10.0}{:>12.2}", "turns on PostgreSQL", per_second / floor.per_second);
        }
        None => println!("turns on PostgreSQL: it is not installed"),
    }
    println!("\nBars: turns at least 0.50 of the floor, on PostgreSQL 0.25; p99 under 25 ms at half of its own load.");
}

/// What turns cost with few contacts and with many.
fn small_and_large(machine: &tokio::runtime::Runtime, deliveries: usize) {
    let folder = tempfile::tempdir().unwrap();
    let graph = machine.block_on(serve(Router::new().fallback(sent)));
    let flood = |file: &Path, customers: usize| {
        let runtime = machine.block_on(start(in_file(file), graph));
        // What is looked through after a start is no part of a turn.
        machine.block_on(runtime.settle());
        let started = large::memory();
        let address = machine.block_on(serve(routes(&runtime)));
        let drive = Drive { numbers: 1, customers, pace: Pace::Flood, receiving: None };
        let (_, turns) = turned(machine, &runtime, address, drive);
        machine.block_on(runtime.stop());
        (turns, started, large::memory())
    };
    let file = folder.path().join("frontdesk.db");
    flood(&file, 1_000);
    let many = folder.path().join("many.db");
    let [contacts, open, timers] = large::multiply(&file, &many, 999, 100);
    let (small, ..) = flood(&file, deliveries);
    let (large, started, ended) = flood(&many, deliveries);
    println!("{deliveries} deliveries of new customers each; turns a second, in the order of being measured");
    println!("the large database: {contacts} contacts, {open} open enquiries, {timers} timers");
    println!("      1,000 contacts: {small:>8.0}");
    println!("  1,000,000 contacts: {large:>8.0}   a turn costs {:.2} times as much", small / large);
    println!("  memory with 1,000,000, driver and all: {started:?} MB when started, {ended:?} MB after");
    println!("\nBars: at most 1.5 times as much, under 400 MB.");
}

/// Floods a runtime: how fast deliveries were taken, and how many turns a second were durable.
fn turned(machine: &tokio::runtime::Runtime, runtime: &Runtime, address: SocketAddr, flood: Drive) -> (Seen, f64) {
    let (began, deliveries) = (Instant::now(), flood.customers);
    let open = machine.block_on(runtime.store().depths()).unwrap().open;
    let wanted = open + i64::try_from(deliveries).unwrap();
    let settled = machine.spawn(settled(runtime.clone(), wanted));
    let taken = drive("frontdesk, taken", address, flood);
    let took = machine.block_on(settled).unwrap() - began;
    #[expect(clippy::cast_precision_loss, reason = "a count of deliveries")]
    (taken, deliveries as f64 / took.as_secs_f64())
}

/// A stand-in for WhatsApp that takes everything.
async fn sent() -> axum::Json<serde_json::Value> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let id = format!("wamid.{}", COUNT.fetch_add(1, Ordering::Relaxed));
    axum::Json(serde_json::json!({"messages": [{"id": id}]}))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of deliveries")]
fn seconds(rate: f64) -> usize {
    (rate * HALF.as_secs_f64()) as usize
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What a server is driven with.
struct Drive {
    numbers: usize,
    customers: usize,
    pace: Pace,
    /// Where answers are received and checked; without, nothing is waited for.
    receiving: Option<std::net::TcpListener>,
}

impl Drive {
    /// The same once more, where nothing is received.
    const fn again(&self) -> Self {
        Self { numbers: self.numbers, customers: self.customers, pace: self.pace, receiving: None }
    }
}

/// Drives a server from a runtime of its own.
fn drive(name: &'static str, address: SocketAddr, drive: Drive) -> Seen {
    let Drive { numbers, customers, pace, receiving } = drive;
    let machine = Builder::new_multi_thread().enable_all().build().unwrap();
    let patience = if receiving.is_some() { PATIENCE } else { Duration::ZERO };
    let report = machine.block_on(async {
        let listener = match receiving {
            Some(listener) => TcpListener::from_std(listener).unwrap(),
            None => TcpListener::bind("127.0.0.1:0").await.unwrap(),
        };
        let path = gateway::PATH.to_owned();
        let plan = Plan {
            target: Arc::new(Target { address, host: address.to_string(), path }),
            secret: SECRET.into(),
            numbers: (0..numbers).map(|number| (1_000_000 + number).to_string()).collect(),
            customers,
            length: Length::Messages(1),
            pace,
            connections: CONNECTIONS,
            patience,
            statuses: false,
            strict: false,
            script: script(),
        };
        // A run's customers are new to the server, or they would be answered as those who come back.
        static RUNS: AtomicU16 = AtomicU16::new(1);
        let load = Load::new(plan, listener, RUNS.fetch_add(1, Ordering::Relaxed));
        load.knock().await.unwrap();
        load.run().await
    });
    if !patience.is_zero() {
        assert!(report.passed, "{}", report.words());
    }
    assert_eq!(report.checks.not_taken, 0);
    Seen { name, per_second: report.messages.per_second, latency: report.messages.latency }
}

const SIZE: Size = Size { intents: 20, examples: 30, articles: 50 };

fn script() -> Script {
    let mut dice = made::Dice::new(7);
    let lines: Vec<String> = (0..500).map(|n| made::sentence(n % SIZE.intents, &mut dice)).collect();
    Script::read(&lines.join("\n")).unwrap()
}

fn verified(headers: &HeaderMap, body: &[u8]) -> bool {
    let header = headers.get(signature::HEADER).and_then(|value| value.to_str().ok());
    signature::verify(SECRET.as_bytes(), header, body).is_ok()
}

fn bare() -> Router {
    let answer = |headers: HeaderMap, body: Bytes| async move {
        if verified(&headers, &body) { StatusCode::OK } else { StatusCode::FORBIDDEN }
    };
    Router::new().route(gateway::PATH, post(answer))
}

type Row = (Bytes, oneshot::Sender<()>);

/// A row a delivery; what has gathered while the last transaction was written shares the next.
fn floor(file: &Path) -> Router {
    let connection = Connection::open(file).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.pragma_update(None, "synchronous", "full").unwrap();
    connection.execute("CREATE TABLE deliveries (id INTEGER PRIMARY KEY, body BLOB NOT NULL)", ()).unwrap();
    let (give, take) = sync_channel::<Row>(4_096);
    std::thread::spawn(move || write(&connection, &take));
    Router::new().route(gateway::PATH, post(keep)).with_state(give)
}

async fn keep(State(give): State<SyncSender<Row>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if !verified(&headers, &body) {
        return StatusCode::FORBIDDEN;
    }
    let (done, kept) = oneshot::channel();
    if give.try_send((body, done)).is_err() || kept.await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}

fn write(connection: &Connection, take: &Receiver<Row>) {
    while let Ok(first) = take.recv() {
        let rows: Vec<Row> = std::iter::once(first).chain(take.try_iter().take(255)).collect();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for (body, _) in &rows {
            let sql = "INSERT INTO deliveries (body) VALUES (?1)";
            connection.prepare_cached(sql).unwrap().execute([&body[..]]).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
        for (_, done) in rows {
            // Whoever waited may have gone.
            let _ = done.send(());
        }
    }
}

fn in_file(file: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(&SqliteSettings::file(file)).unwrap())
}

async fn on(server: &Server) -> Arc<dyn Store> {
    let address = server.url("frontdesk", &server.empty().await).parse().unwrap();
    Arc::new(PostgresStore::open(&PostgresSettings::at(address)).await.unwrap())
}

async fn start(store: Arc<dyn Store>, graph: SocketAddr) -> Runtime {
    let sources = made::bot(SIZE);
    let (bot, problems) = Bot::compile(&sources);
    let bot = bot.unwrap_or_else(|| panic!("{problems:#?}"));
    let graph = GraphSettings { base: format!("http://{graph}"), ..GraphSettings::new("any".into()) };
    Runtime::start(Settings {
        store,
        bot: Arc::new(bot),
        sources,
        clock: Arc::new(Clock::system()),
        lookups: Lookups::new(LookupSettings::default()),
        demo: None,
        channel: Channel::Whatsapp(Box::new(Whatsapp::new(Graph::new(&graph).unwrap()))),
        chance: Chance::default(),
        compiler: Arc::new(Beside::default()),
    })
    .await
    .unwrap()
}

fn routes(runtime: &Runtime) -> Router {
    gateway::routes(Gateway {
        runtime: runtime.clone(),
        app_secret: SECRET.into(),
        verify_token: "any".into(),
        counts: gateway::Counts::default(),
    })
}

/// When every delivery has had its turn: so many enquiries are open. Asked for seldom: the answer is counted row by row.
async fn settled(runtime: Runtime, open: i64) -> Instant {
    loop {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let depths = runtime.store().depths().await.unwrap();
        if depths.inbox == 0 && depths.open >= open {
            return Instant::now();
        }
    }
}
