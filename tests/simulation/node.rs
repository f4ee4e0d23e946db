//! A server: one runtime on the shared store, with a clock of its own. It dies at any moment, flushing nothing, and comes
//! back. What it was doing stays where it is for ever: whatever it wants next of the store, of WhatsApp or of the shop never
//! answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use chrono::TimeDelta;
use frontdesk::clock::{Clock, Timestamp};
use frontdesk::gateway::{Counts, Gateway, routes};
use frontdesk::runtime::{Chance, Channel, Runtime, Settings, Whatsapp};
use frontdesk::store::Change;
use tokio::sync::broadcast;

use super::agents::lose_desk;
use super::news::WAITING_MAX;
use super::shop::{self, Compiled, OwnSystem};
use super::store::Port;
use super::whatsapp::{Line, SECRET};
use super::world::{Happening, Sim, World};

/// Whether a server still lives, shared by everything it does.
#[derive(Clone)]
pub struct Life(Arc<AtomicBool>);

impl Life {
    fn begin() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    fn end(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Comes back only in the living.
    pub async fn or_never(&self) {
        if !self.0.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Down,
    Starting,
    Up,
    Stopping,
}

pub struct Node {
    pub standing: Standing,
    life: Life,
    /// What it serves with while it is up.
    pub running: Option<(Runtime, Router)>,
    /// How far its clock is off, in milliseconds.
    pub skew: Arc<AtomicI64>,
    /// This run of it, as no other.
    pub run: u64,
    /// What it hears of the others.
    pub news: broadcast::Sender<Change>,
    /// The last of it that is on its way comes then.
    pub told_until: Timestamp,
}

impl Node {
    pub fn new(skew: i64) -> Self {
        let life = Life::begin();
        let (news, told_until) = (broadcast::channel(WAITING_MAX).0, Timestamp::UNIX_EPOCH);
        let skew = Arc::new(AtomicI64::new(skew));
        Self { standing: Standing::Down, life, running: None, skew, run: 0, news, told_until }
    }
}

/// Starts a server that is down.
pub fn start(sim: &Arc<Sim>, node: usize) {
    let begun = sim.with(|world| {
        world.nodes.get(node).filter(|node| node.standing == Standing::Down)?;
        let (run, life) = (world.count_run(), Life::begin());
        let here = world.nodes.get_mut(node)?;
        here.run = run;
        here.standing = Standing::Starting;
        here.life = life.clone();
        // Who ran here before hears nothing more.
        here.news = broadcast::channel(WAITING_MAX).0;
        let skew = Arc::clone(&here.skew);
        let (chance, edition) = (Chance::of(world.dice.seed()), world.edition);
        world.stir(format_args!("n{node} starts with version {edition}"));
        Some((life, run, skew, chance, edition))
    });
    let Some((life, run, skew, chance, edition)) = begun else { return };
    let sim = Arc::clone(sim);
    tokio::spawn(async move {
        let port = Port::new(&sim, node, life.clone(), run);
        let started = serve(&sim, port, &life, skew, (chance, edition)).await;
        life.or_never().await;
        sim.with(|world| {
            let now = world.now();
            let Some(here) = world.nodes.get_mut(node) else { return };
            match started {
                Ok(running) => {
                    here.standing = Standing::Up;
                    here.running = Some(running);
                    // Files that changed while it started are read again, as those who start it would have it.
                    if world.edition != edition {
                        world.push(now + TimeDelta::seconds(1), Happening::Reload(node));
                    }
                    world.push(now + TimeDelta::minutes(2), Happening::Nothing);
                    world.stir(format_args!("n{node} is up"));
                }
                Err(why) => {
                    here.standing = Standing::Down;
                    world.push(now + TimeDelta::seconds(5), Happening::Start(node));
                    world.stir(format_args!("n{node} could not start: {why}"));
                }
            }
        });
    });
}

async fn serve(
    sim: &Arc<Sim>,
    port: Port,
    life: &Life,
    skew: Arc<AtomicI64>,
    (chance, edition): (Chance, usize),
) -> Result<(Runtime, Router), String> {
    let (bot, sources) = shop::published(edition)?;
    let time = Arc::clone(&sim.time);
    let off = move || -> Timestamp { time.now() + TimeDelta::milliseconds(skew.load(Ordering::SeqCst)) };
    let line = Line { sim: Arc::clone(sim), node: port.node, life: life.clone() };
    let runtime = Runtime::start(Settings {
        store: Arc::new(port),
        bot,
        sources,
        compiler: Arc::new(Compiled),
        clock: Arc::new(Clock::driven(off)),
        lookups: Arc::new(OwnSystem { sim: Arc::clone(sim), life: life.clone() }),
        demo: None,
        channel: Channel::Whatsapp(Box::new(Whatsapp::new(line))),
        chance,
    })
    .await
    .map_err(|error| error.to_string())?;
    let (app_secret, verify_token) = (SECRET.to_owned().into(), "verify".to_owned().into());
    let gateway = Gateway { runtime: runtime.clone(), app_secret, verify_token, counts: Counts::default() };
    Ok((runtime, routes(gateway)))
}

/// A server dies, and comes back after a while.
pub fn kill(sim: &Arc<Sim>, node: usize) {
    let running = sim.with(|world| {
        let now = world.now();
        let here = world.nodes.get_mut(node).filter(|node| node.standing != Standing::Down)?;
        here.life.end();
        here.standing = Standing::Down;
        let running = here.running.take();
        let away = world.dice.while_between(Duration::from_secs(1), Duration::from_secs(3 * 60 * 60));
        world.push(now + TimeDelta::from_std(away).unwrap_or_default(), Happening::Start(node));
        world.stir(format_args!("n{node} dies"));
        lose_desk(world, node);
        running
    });
    drop(running);
}

/// A server is stopped as an operator would, and started again.
pub fn restart(sim: &Arc<Sim>, node: usize) {
    let stopping = sim.with(|world| {
        let here = world.nodes.get_mut(node).filter(|node| node.standing == Standing::Up)?;
        here.standing = Standing::Stopping;
        let (runtime, _) = here.running.take()?;
        let life = here.life.clone();
        world.stir(format_args!("n{node} is stopped"));
        lose_desk(world, node);
        Some((runtime, life))
    });
    let Some((runtime, life)) = stopping else { return };
    let sim = Arc::clone(sim);
    tokio::spawn(async move {
        runtime.stop().await;
        life.or_never().await;
        life.end();
        sim.with(|world| {
            let (now, pause) = (world.now(), world.dice.between(1, 60));
            if let Some(here) = world.nodes.get_mut(node) {
                here.standing = Standing::Down;
            }
            world.push(now + TimeDelta::seconds(pause), Happening::Start(node));
            world.stir(format_args!("n{node} has stopped"));
        });
    });
}

/// Another version of the bot lies in the folder: every server reads it, one a little later than the other.
pub fn publish(world: &mut World) {
    let others: Vec<usize> = (0..shop::editions()).filter(|edition| *edition != world.edition).collect();
    let Some(edition) = world.dice.pick(&others).copied() else { return };
    world.edition = edition;
    world.stir(format_args!("version {edition} is to be served"));
    for node in 0..world.nodes.len() {
        let wait = world.dice.millis(10, 60_000);
        world.push_after(wait, Happening::Reload(node));
    }
}

/// A server reads the bot's files again.
pub fn reload(sim: &Arc<Sim>, node: usize) {
    let reloading = sim.with(|world| {
        let (runtime, _) = world.nodes.get(node)?.running.clone()?;
        Some((runtime, world.edition))
    });
    let Some((runtime, edition)) = reloading else { return };
    let Ok((bot, sources)) = shop::published(edition) else { return };
    let sim = Arc::clone(sim);
    tokio::spawn(async move {
        if runtime.bot().version == bot.version {
            return;
        }
        let done = runtime.publish(bot, &sources).await;
        sim.with(|world| {
            world.stir(format_args!("n{node} publishes version {edition}: {done:?}"));
            if done.is_err() {
                world.push_after(Duration::from_secs(30), Happening::Reload(node));
            }
        });
    });
}
