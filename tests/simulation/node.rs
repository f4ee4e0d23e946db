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

use super::shop::{OwnSystem, SHOP};
use super::store::Port;
use super::whatsapp::{Line, SECRET};
use super::world::{Happening, Sim};

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
}

impl Node {
    pub fn new(skew: i64) -> Self {
        let life = Life::begin();
        Self { standing: Standing::Down, life, running: None, skew: Arc::new(AtomicI64::new(skew)) }
    }
}

/// Starts a server that is down.
pub fn start(sim: &Arc<Sim>, node: usize) {
    let begun = sim.with(|world| {
        let here = world.nodes.get_mut(node).filter(|node| node.standing == Standing::Down)?;
        let life = Life::begin();
        here.standing = Standing::Starting;
        here.life = life.clone();
        let (skew, chance) = (Arc::clone(&here.skew), Chance::of(world.dice.seed()));
        world.stir(format_args!("n{node} starts"));
        Some((life, skew, chance))
    });
    let Some((life, skew, chance)) = begun else { return };
    let sim = Arc::clone(sim);
    tokio::spawn(async move {
        let started = serve(&sim, node, &life, skew, chance).await;
        life.or_never().await;
        sim.with(|world| {
            let now = world.now();
            let Some(here) = world.nodes.get_mut(node) else { return };
            match started {
                Ok(running) => {
                    here.standing = Standing::Up;
                    here.running = Some(running);
                    let greeted = world.dice.between(500, 20_000);
                    world.push(now + TimeDelta::milliseconds(greeted), Happening::Greet(node));
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
    node: usize,
    life: &Life,
    skew: Arc<AtomicI64>,
    chance: Chance,
) -> Result<(Runtime, Router), String> {
    let (bot, sources) = SHOP.as_ref().map_err(Clone::clone)?;
    let time = Arc::clone(&sim.time);
    let off = move || -> Timestamp { time.now() + TimeDelta::milliseconds(skew.load(Ordering::SeqCst)) };
    let line = Line { sim: Arc::clone(sim), node, life: life.clone() };
    let runtime = Runtime::start(Settings {
        store: Arc::new(Port::new(sim, node, life.clone())),
        bot: Arc::clone(bot),
        sources: sources.clone(),
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
