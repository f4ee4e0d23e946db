//! The rounds: customers write, a server is killed at some moment and started again; at the end everything is waited for and
//! checked.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use frontdesk::load::Target;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::kept::Kept;
use crate::node::{Node, Setup, free_address};
use crate::report::{Moments, Report};
use crate::world::World;
use crate::{Options, laws, people, shop, whatsapp};

/// How often it is told how far it is.
const TELL_EACH: u64 = 10;
/// The longest that a server serves before its moment comes, in milliseconds.
const ROUND: u64 = 2_000;
/// How long a server may take to start.
const START_MAX: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(5);
/// A moment that never comes is not waited for.
const MOMENT_MAX: Duration = Duration::from_secs(3);
/// Everything has come to its end long before: a lease of a minute, half a minute for a status, and once more.
const DRAIN_MAX: Duration = Duration::from_secs(400);
/// So long after the last message it is watched whether one comes twice.
const AFTER: Duration = Duration::from_secs(3);

/// Everything that takes part.
struct Scene<'a> {
    world: Arc<World>,
    kept: &'a Kept,
    nodes: Vec<Node>,
    moments: Moments,
}

/// Runs all rounds; whether all went well.
pub async fn run(options: &Options, binary: &Path) -> Result<bool, String> {
    let folder = tempfile::Builder::new().prefix("frontdesk-crash.").tempdir().map_err(|error| error.to_string())?;
    let kept = Kept::make(options.store, folder.path()).await?;
    let mut scene = open(options, binary, folder.path(), &kept).await.map_err(|error| error.to_string())?;
    let report = scene.live_through(options).await?;
    print!("{report}");
    let well = report.is_well();
    if !well {
        println!("the servers' logs are kept in {}", folder.keep().display());
    }
    Ok(well)
}

async fn open<'a>(options: &Options, binary: &Path, folder: &Path, kept: &'a Kept) -> std::io::Result<Scene<'a>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let setup = Setup {
        binary: binary.to_owned(),
        bot: shop::write(folder)?,
        database: kept.url(),
        graph: format!("http://{}", listener.local_addr()?),
    };
    let (mut nodes, mut doors) = (Vec::new(), Vec::new());
    for number in 0..usize::try_from(options.nodes).unwrap_or(1) {
        let address = free_address()?;
        nodes.push(Node::new(setup.clone(), address, folder, number));
        doors.push(Target { address, host: address.to_string(), path: "/webhooks/whatsapp".to_owned() });
    }
    let world = Arc::new(World::new(options.seed, doors));
    tokio::spawn(whatsapp::serve(listener, Arc::clone(&world)));
    Ok(Scene { world, kept, nodes, moments: Moments::default() })
}

impl Scene<'_> {
    async fn live_through(&mut self, options: &Options) -> Result<Report, String> {
        let began = Instant::now();
        for node in 0..self.nodes.len() {
            self.start(node)?;
        }
        let (stop, stopping) = watch::channel(false);
        let mut writing = JoinSet::new();
        for _ in 0..options.customers {
            writing.spawn(people::write(Arc::clone(&self.world), stopping.clone()));
        }
        for round in 1..=options.rounds {
            self.round(options).await?;
            if round % TELL_EACH == 0 {
                let (accepted, sent) = (self.world.tally().accepted.len(), self.world.sent().len());
                eprintln!("{round} rounds in {:.0?}: {accepted} messages taken, {sent} sent", began.elapsed());
            }
        }
        stop.send_replace(true);
        while writing.join_next().await.is_some() {}
        let killed_for = began.elapsed();
        let drained = self.drain().await?;
        for node in &mut self.nodes {
            node.kill()?;
        }
        let found = laws::check(&self.world, self.kept).await;
        let tally = std::mem::take(&mut *self.world.tally());
        Ok(Report::of(options, &self.moments, tally, found, self.world.customers(), killed_for, drained))
    }

    fn start(&mut self, node: usize) -> Result<(), String> {
        self.world.doors[node].started.lock().unwrap().replace(Instant::now());
        self.nodes[node].start().map_err(|error| error.to_string())
    }

    /// Waits for a moment, kills one of the servers, and starts it again.
    async fn round(&mut self, options: &Options) -> Result<(), String> {
        let victim = self.world.chance.below(self.nodes.len());
        self.moment(victim).await;
        if options.kill_store {
            self.start_again()?;
        }
        self.nodes[victim].kill()?;
        let unserved = self.world.doors[victim].started.lock().unwrap().take().is_some();
        self.moments.before_it_served += u64::from(unserved);
        self.world.silent_since.lock().unwrap().replace(Instant::now());
        if options.kill_store {
            self.kept.crash();
        }
        // Another server may do the work for a while.
        let away = if self.nodes.len() > 1 { 1_500 } else { 300 };
        tokio::time::sleep(self.world.chance.millis(0, away)).await;
        self.start(victim)
    }

    /// Starts servers again that found no database while it was being killed.
    fn start_again(&mut self) -> Result<(), String> {
        for node in 0..self.nodes.len() {
            if self.nodes[node].found_no_database() {
                self.start(node)?;
            }
        }
        Ok(())
    }

    /// When it is killed: while it starts; or when it serves, at some time, while a message is on its way to WhatsApp, or
    /// just after a delivery was taken.
    async fn moment(&mut self, victim: usize) {
        let world = Arc::clone(&self.world);
        let kind = world.chance.below(8);
        if kind == 0 {
            self.moments.at_its_start += 1;
            return tokio::time::sleep(world.chance.millis(0, 200)).await;
        }
        self.served(victim).await;
        tokio::time::sleep(world.chance.millis(0, ROUND)).await;
        match kind {
            1..=3 => {
                self.moments.at_a_send += 1;
                world.lurking.store(true, Ordering::SeqCst);
                drop(tokio::time::timeout(MOMENT_MAX, world.message_came.notified()).await);
                tokio::time::sleep(world.chance.millis(0, 3)).await;
                world.lurking.store(false, Ordering::SeqCst);
            }
            4..=5 => {
                self.moments.at_a_200 += 1;
                drop(tokio::time::timeout(MOMENT_MAX, world.delivery_taken.notified()).await);
                tokio::time::sleep(world.chance.millis(0, 3)).await;
            }
            _ => self.moments.at_a_time += 1,
        }
    }

    /// Waits until a server has answered with 200.
    async fn served(&self, node: usize) {
        let began = Instant::now();
        while self.world.doors[node].started.lock().unwrap().is_some() && began.elapsed() < START_MAX {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until nothing is under way any more: how long that took; nothing if it never came to its end.
    async fn drain(&mut self) -> Result<Option<Duration>, String> {
        let began = Instant::now();
        let unturned = "SELECT count(*) FROM inbox WHERE taken_by IS NULL";
        let unsent = "SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending', 'unknown')";
        while began.elapsed() < DRAIN_MAX {
            self.start_again()?;
            let untold = self.world.untold.load(Ordering::SeqCst);
            let (unturned, unsent) = (self.kept.count(unturned).await, self.kept.count(unsent).await);
            if untold + unturned + unsent == 0 {
                let took = began.elapsed();
                tokio::time::sleep(AFTER).await;
                return Ok(Some(took));
            }
            eprintln!("waiting: {unturned} messages without a turn, {unsent} answers not settled, {untold} statuses");
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        Ok(None)
    }
}
