//! A server under strace, to which deliveries come one at a time: from the trace it is seen that between each delivery and
//! its 200 the store's log was synced to the disk, with the delivery's own words in it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Json;
use axum::routing::post;
use frontdesk::load::delivery::{Said, message};
use frontdesk::load::{Connection, Target};
use frontdesk::whatsapp::signature;
use serde_json::json;
use tokio::net::TcpListener;

use crate::kept::Kept;
use crate::node::{SECRET, Setup, free_address};
use crate::trace::{self, CALLS, Seen};
use crate::world::World;
use crate::{Options, shop};

/// How many deliveries.
const DELIVERIES: usize = 200;
/// As much as is written at once is to be seen whole.
const LONGEST: &str = "100000";
/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);

/// Traces a server; whether each 200 came after a sync.
pub async fn run(options: &Options, binary: &Path) -> Result<bool, String> {
    if !Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return Err("strace is not installed, and without it nobody sees when something is synced (Debian: `apt-get \
                    install strace`)"
            .to_owned());
    }
    let folder = tempfile::Builder::new().prefix("frontdesk-crash.").tempdir().map_err(|error| error.to_string())?;
    let kept = Kept::make(options.store, folder.path()).await?;
    let trace = folder.path().join("trace");
    let seen = watch(options, binary, folder.path(), &kept, &trace).await.map_err(|error| error.to_string())?;
    tell(&kept, &seen);
    Ok(seen.early.is_empty()
        && [seen.received, seen.answered, seen.synced] == [u64::try_from(DELIVERIES).unwrap_or(0); 3])
}

fn tell(kept: &Kept, seen: &Seen) {
    let store = if matches!(kept, Kept::Sqlite(_)) { "SQLite" } else { "PostgreSQL" };
    println!("{:48}{store}", "store");
    for (name, count) in [
        ("deliveries read from the network", seen.received),
        ("answered with 200", seen.answered),
        ("  after a sync that began when they were read", seen.synced),
        ("  with their own words written before that sync", seen.own_synced),
        ("syncs of the store's log in all", seen.syncs),
    ] {
        println!("{name:48}{count}");
    }
    for id in &seen.early {
        println!("answered before anything was synced: {id}");
    }
}

async fn watch(options: &Options, binary: &Path, folder: &Path, kept: &Kept, file: &Path) -> std::io::Result<Seen> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let setup = Setup {
        binary: binary.to_owned(),
        bot: shop::write(folder)?,
        database: kept.url(),
        graph: format!("http://{}", listener.local_addr()?),
    };
    let answer = || async { Json(json!({"success": true, "messages": [{"id": "wamid.ANY"}]})) };
    let routes = Router::new().route("/{version}/{number}/messages", post(answer));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let address = free_address()?;
    let target = Target { address, host: address.to_string(), path: "/webhooks/whatsapp".to_owned() };
    let world = World::new(options.seed, vec![target]);
    let mut traced = traced(&setup.command(address), kept, file).await?;
    let ids = deliver(&world, &mut traced).await;
    end(&mut traced)?;
    trace::read(BufReader::new(File::open(file)?), &ids?)
}

/// Starts the server under strace, together with all processes of the database.
async fn traced(server: &Command, kept: &Kept, file: &Path) -> std::io::Result<Child> {
    let mut strace = Command::new("strace");
    // `-I 2`: it can be asked to end.
    strace.args(["-I", "2", "-f", "-y", "-s", LONGEST, "-e", CALLS, "-e", "signal=none", "-o"]).arg(file);
    for process in kept.processes().await {
        strace.args(["-p", &process]);
    }
    strace.arg(server.get_program()).args(server.get_args()).env_clear();
    strace.envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(path) = std::env::var_os("PATH") {
        strace.env("PATH", path);
    }
    strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// Delivers one message after the other, each when the one before has been answered; the ids.
async fn deliver(world: &World, traced: &mut Child) -> std::io::Result<Vec<String>> {
    let mut connection = Connection::new(Arc::clone(&world.doors[0].target));
    let mut waited = Duration::ZERO;
    // A delivery that says nothing asks for nothing to be kept.
    while post_once(&mut connection, &frontdesk::load::delivery::nothing()).await.is_err() {
        if waited > PATIENCE || traced.try_wait()?.is_some() {
            return Err(std::io::Error::other(
                "the server does not start under strace; may this user trace processes?",
            ));
        }
        tokio::time::sleep(LOOK).await;
        waited += LOOK;
    }
    let mut ids = Vec::new();
    for customer in 0..DELIVERIES {
        let business = &world.numbers[customer % world.numbers.len()];
        let said = Said::Words(shop::WORDS[0].to_owned());
        let body = message(world.ids, business, customer, 0, &said, world.now());
        let status = post_once(&mut connection, &body).await?;
        if status != 200 {
            return Err(std::io::Error::other(format!("a delivery was answered with {status}")));
        }
        // The quotes tell it from ids that begin alike.
        ids.push(format!("{}\\\"", world.ids.message(customer, 0)));
    }
    Ok(ids)
}

async fn post_once(connection: &mut Connection, body: &str) -> std::io::Result<u16> {
    connection.post(&signature::sign(SECRET.as_bytes(), body.as_bytes()), body.as_bytes()).await
}

fn end(strace: &mut Child) -> std::io::Result<()> {
    // Asked to end, it lets go of the database's processes; the server ends with it (`setpriv --pdeathsig`).
    Command::new("kill").arg("-TERM").arg(strace.id().to_string()).status()?;
    strace.wait().map(drop)
}
