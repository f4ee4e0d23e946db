//! The way from a server to the store: takes time, fails before the work is done or after it, or ends with the server's
//! life at either moment. Behind it is SQLite's own SQL, which all servers share.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use frontdesk::clock::Timestamp;
use frontdesk::store::{
    AgentRow, Arrival, Arrived, AuditRow, Case, CaseQuery, Change, Claim, Committed, ContactId, ContactRow, Depths,
    DueTimer, Entry, Export, FactCount, Finished, Identity, Job, Later, Loaded, Occurrence, OccurrenceQuery, Pending,
    Session, Standing, Store, StoreError, ThreadQuery, TimerClaim, TurnCommit, TurnProblem, Version, Why,
};
use tokio::sync::broadcast;
use tokio::time::Duration;

use super::flaw::Flaw;
use super::news::tell_others;
use super::node::{Life, kill};
use super::shop;
use super::world::{Sim, World};

#[derive(Clone)]
pub struct Port {
    sim: Arc<Sim>,
    pub node: usize,
    life: Life,
    /// This run of the server, as no other.
    run: u64,
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Port({})", self.node)
    }
}

/// What becomes of one half of the way.
enum Fate {
    Well,
    Fails(StoreError),
    Dies,
    /// A law was broken: a loop that asks again and again must not keep the world from its end.
    Stops,
}

/// Which half of the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    There,
    BackFromRead,
    BackFromWrite,
}

impl Port {
    pub fn new(sim: &Arc<Sim>, node: usize, life: Life, run: u64) -> Self {
        Self { sim: Arc::clone(sim), node, life, run }
    }

    async fn half(&self, half: Half, operation: &'static str) -> Result<(), StoreError> {
        self.life.or_never().await;
        let (fate, wait) = self.sim.with(|world| draw(world, half, operation));
        if !wait.is_zero() {
            self.sim.wait(wait).await;
            self.life.or_never().await;
        }
        match fate {
            Fate::Well => Ok(()),
            Fate::Fails(error) => {
                let (node, side) = (self.node, if half == Half::There { "fails" } else { "loses its answer" });
                self.sim.with(|world| world.stir(format_args!("n{node} {operation} {side}")));
                Err(error)
            }
            Fate::Stops => std::future::pending().await,
            Fate::Dies => {
                kill(&self.sim, self.node);
                std::future::pending().await
            }
        }
    }

    /// The other servers hear that these contacts changed.
    fn changed(&self, contacts: impl Iterator<Item = ContactId>) {
        let contacts: Vec<ContactId> = contacts.collect();
        if !contacts.is_empty() {
            self.tell_others(&Change::Contacts(contacts));
        }
    }

    fn tell_others(&self, change: &Change) {
        self.sim.with(|world| tell_others(world, self.node, change));
    }

    /// Looks which versions are kept now.
    async fn look_at_versions(&self) {
        let mut kept = BTreeSet::new();
        for hash in shop::hashes() {
            if at_once(self.sim.store.version(hash.clone())).await.is_ok_and(|version| version.is_some()) {
                kept.insert(hash);
            }
        }
        self.held(|world| world.laws.keeps(kept));
    }

    /// As it is, or with what is broken on purpose.
    fn flawed<T>(&self, mut of_it: T, how: impl FnOnce(Flaw, &mut T)) -> T {
        if let Some(flaw) = self.sim.flaw {
            how(flaw, &mut of_it);
        }
        of_it
    }

    fn held(&self, check: impl FnOnce(&mut World) -> Result<(), String>) {
        self.sim.with(|world| {
            let kept = check(world);
            world.hold(kept);
        });
    }
}

/// The store's work is done and looked at in one go; nobody else comes in between.
async fn at_once<T>(work: Later<T>) -> Result<T, StoreError> {
    tokio::task::unconstrained(work).await
}

fn draw(world: &mut World, half: Half, operation: &str) -> (Fate, Duration) {
    world.count_operation(operation);
    if world.is_broken() {
        return (Fate::Stops, Duration::ZERO);
    }
    let (faults, dice) = (&world.plan.faults, &mut world.dice);
    let wait = if dice.chance(faults.stall) {
        dice.millis(1_000, 120_000)
    } else if dice.chance(faults.store_delay) {
        dice.millis(1, 500)
    } else {
        Duration::ZERO
    };
    let fate = match half {
        _ if dice.chance(faults.crash) => Fate::Dies,
        Half::There if dice.chance(faults.store_fail) => {
            Fate::Fails(StoreError::Busy { waited: Duration::from_secs(5) })
        }
        Half::BackFromWrite if dice.chance(faults.store_lost) => {
            Fate::Fails(StoreError::Other("the connection broke".to_owned()))
        }
        _ => Fate::Well,
    };
    (fate, wait)
}

macro_rules! there_and_back {
    ($back:expr; $($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)+) => {
        $(fn $name(&self, $($argument: $kind),*) -> Later<$answer> {
            let port = self.clone();
            Box::pin(async move {
                port.half(Half::There, stringify!($name)).await?;
                let answer = at_once(port.sim.store.$name($($argument),*)).await;
                port.half($back, stringify!($name)).await?;
                answer
            })
        })+
    };
}

impl Store for Port {
    fn receive(&self, arrivals: Vec<Arrival>, now: Timestamp) -> Later<Vec<Arrived>> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "receive").await?;
            let told = port.flawed(arrivals.clone(), |flaw, arrivals| flaw.received(arrivals));
            let answer = at_once(port.sim.store.receive(told, now)).await;
            if let Ok(arrived) = &answer {
                port.held(|world| world.received(port.node, &arrivals, arrived));
                port.changed(arrived.iter().filter_map(|arrived| match arrived {
                    Arrived::Settled { job, .. } => Some(job.contact),
                    _ => None,
                }));
            }
            port.half(Half::BackFromWrite, "receive").await?;
            answer
        })
    }

    fn load(&self, contacts: Vec<ContactId>) -> Later<Vec<Loaded>> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "load").await?;
            let answer = at_once(port.sim.store.load(contacts)).await;
            let answer = answer.map(|loaded| port.flawed(loaded, Flaw::loaded));
            if let Ok(loaded) = &answer {
                port.held(|world| world.laws.loaded(port.node, loaded));
            }
            port.half(Half::BackFromRead, "load").await?;
            answer
        })
    }

    fn commit_turns(&self, turns: Vec<TurnCommit>) -> Later<Vec<Result<Committed, TurnProblem>>> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "commit_turns").await?;
            let turns = port.flawed(turns, |flaw, turns| flaw.turned(turns));
            let kept = port.flawed(turns.clone(), |flaw, turns| flaw.kept(turns));
            let answer = at_once(port.sim.store.commit_turns(kept)).await;
            if let Ok(results) = &answer {
                port.held(|world| world.committed(port.node, &turns, results));
                port.changed(results.iter().flatten().map(|made| made.contact));
            }
            port.half(Half::BackFromWrite, "commit_turns").await?;
            answer
        })
    }

    fn claim_jobs(&self, claim: Claim) -> Later<Vec<Job>> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "claim_jobs").await?;
            let answer = at_once(port.sim.store.claim_jobs(claim)).await;
            let answer = answer.map(|jobs| port.flawed(jobs, Flaw::claimed));
            if let Ok(jobs) = &answer {
                port.held(|world| world.claimed(port.node, jobs));
            }
            port.half(Half::BackFromWrite, "claim_jobs").await?;
            answer
        })
    }

    fn finish_jobs(&self, finished: Vec<Finished>, now: Timestamp) -> Later<()> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "finish_jobs").await?;
            let kept = port.flawed(finished.clone(), Flaw::finished);
            let answer = at_once(port.sim.store.finish_jobs(kept, now)).await;
            if answer.is_ok() {
                port.sim.with(|world| world.finished(port.node, &finished));
                port.changed(finished.iter().map(|finished| finished.job.contact));
            }
            port.half(Half::BackFromWrite, "finish_jobs").await?;
            answer
        })
    }

    fn publish(&self, version: Version) -> Later<()> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "publish").await?;
            let answer = at_once(port.sim.store.publish(version)).await;
            port.look_at_versions().await;
            port.tell_others(&Change::Version);
            port.half(Half::BackFromWrite, "publish").await?;
            answer
        })
    }

    fn forget_versions(&self, replaced_before: Timestamp) -> Later<()> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "forget_versions").await?;
            let answer = at_once(port.sim.store.forget_versions(replaced_before)).await;
            port.look_at_versions().await;
            port.half(Half::BackFromWrite, "forget_versions").await?;
            answer
        })
    }

    fn set_presence(&self, name: String, online: bool, at: Timestamp) -> Later<bool> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "set_presence").await?;
            let answer = at_once(port.sim.store.set_presence(name.clone(), online, at)).await;
            if port.sim.with(|world| world.presence.says(&name, port.run, online, at)) {
                port.tell_others(&Change::People);
            }
            port.half(Half::BackFromWrite, "set_presence").await?;
            answer
        })
    }

    fn agent(&self, name: String) -> Later<Option<AgentRow>> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "agent").await?;
            let answer = at_once(port.sim.store.agent(name)).await;
            let answer = port.sim.with(|world| answer.map(|agent| agent.map(|agent| world.online(agent))));
            port.half(Half::BackFromRead, "agent").await?;
            answer
        })
    }

    fn agents(&self) -> Later<Vec<AgentRow>> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "agents").await?;
            let answer = at_once(port.sim.store.agents()).await;
            let online = |agents: Vec<AgentRow>, world: &World| agents.into_iter().map(|a| world.online(a)).collect();
            let answer = port.sim.with(|world| answer.map(|agents| online(agents, world)));
            port.half(Half::BackFromRead, "agents").await?;
            answer
        })
    }

    fn changes(&self) -> Option<broadcast::Receiver<Change>> {
        self.sim.with(|world| {
            let node = world.nodes.get(self.node).filter(|_| world.plan.shared())?;
            Some(node.news.subscribe())
        })
    }

    fn tell(&self, news: String) -> Later<()> {
        let port = self.clone();
        Box::pin(async move {
            port.half(Half::There, "tell").await?;
            port.tell_others(&Change::Told(news));
            port.half(Half::BackFromRead, "tell").await
        })
    }

    there_and_back! {
        Half::BackFromWrite;
        claim_timers(claim: TimerClaim) -> Vec<DueTimer>;
        contact(number_id: String, who: Identity, now: Timestamp) -> ContactRow;
        put_agent(agent: AgentRow) -> ();
        open_session(session: Session) -> ();
        close_session(token_hash: String) -> ();
        close_sessions_of(agent: String) -> ();
        audit(row: AuditRow) -> ();
        change_setting(key: String, from: Option<String>, to: Option<String>) -> bool;
        erase(contact: ContactId, audit: AuditRow) -> bool;
        check() -> ();
    }

    there_and_back! {
        Half::BackFromRead;
        find_contact(number_id: String, who: Identity, now: Timestamp) -> Option<ContactRow>;
        pending(after: ContactId, limit: u32) -> Vec<Pending>;
        next_timer(after: Timestamp) -> Option<Timestamp>;
        next_job(except: Vec<ContactId>, held: Vec<String>) -> Option<Timestamp>;
        thread(query: ThreadQuery) -> Vec<Entry>;
        why(contact: ContactId, before: Option<i64>, limit: u32) -> Vec<Why>;
        cases(query: CaseQuery) -> Vec<Case>;
        open_contacts(after: ContactId, limit: u32) -> Vec<ContactRow>;
        facts(from: Timestamp, to: Timestamp) -> Vec<FactCount>;
        occurrences(query: OccurrenceQuery) -> Vec<Occurrence>;
        version(hash: String) -> Option<Version>;
        newest_version() -> Option<Version>;
        standing() -> Vec<Standing>;
        session(token_hash: String, now: Timestamp) -> Option<Session>;
        audit_log(before: Option<i64>, limit: u32) -> Vec<(i64, AuditRow)>;
        setting(key: String) -> Option<String>;
        depths() -> Depths;
        known_as(value: String) -> Vec<ContactRow>;
        export(contact: ContactId) -> Option<Export>;
    }
}
