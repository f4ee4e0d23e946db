//! The way from a server to the store: takes time, fails before the work is done or after it, or ends with the server's
//! life at either moment. Behind it is SQLite's own SQL, which all servers share.

use std::fmt;
use std::sync::Arc;

use frontdesk::clock::Timestamp;
use frontdesk::store::{
    AgentRow, Arrival, Arrived, AuditRow, Case, CaseQuery, Claim, Committed, ContactId, ContactRow, Depths, DueTimer,
    Entry, Export, FactCount, Finished, Identity, Job, Later, Loaded, Pending, Session, Standing, Store, StoreError,
    ThreadQuery, TimerClaim, TurnCommit, TurnProblem, Version, Why,
};
use tokio::time::Duration;

use super::node::{Life, kill};
use super::world::{Sim, World};

#[derive(Clone)]
pub struct Port {
    sim: Arc<Sim>,
    node: usize,
    life: Life,
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
}

/// Which half of the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    There,
    BackFromRead,
    BackFromWrite,
}

impl Port {
    pub fn new(sim: &Arc<Sim>, node: usize, life: Life) -> Self {
        Self { sim: Arc::clone(sim), node, life }
    }

    async fn half(&self, half: Half, operation: &'static str) -> Result<(), StoreError> {
        self.life.or_never().await;
        let (fate, wait) = self.sim.with(|world| draw(world, half));
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
            Fate::Dies => {
                kill(&self.sim, self.node);
                std::future::pending().await
            }
        }
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

fn draw(world: &mut World, half: Half) -> (Fate, Duration) {
    world.count_operation();
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
            let answer = at_once(port.sim.store.receive(arrivals.clone(), now)).await;
            if let Ok(arrived) = &answer {
                port.held(|world| world.received(port.node, &arrivals, arrived));
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
            let answer = at_once(port.sim.store.commit_turns(turns.clone())).await;
            if let Ok(results) = &answer {
                port.held(|world| world.committed(port.node, &turns, results));
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
            let answer = at_once(port.sim.store.finish_jobs(finished.clone(), now)).await;
            if answer.is_ok() {
                port.sim.with(|world| world.finished(port.node, &finished));
            }
            port.half(Half::BackFromWrite, "finish_jobs").await?;
            answer
        })
    }

    there_and_back! {
        Half::BackFromWrite;
        claim_timers(claim: TimerClaim) -> Vec<DueTimer>;
        contact(number_id: String, who: Identity, now: Timestamp) -> ContactRow;
        publish(version: Version) -> ();
        forget_versions(keep: Vec<String>) -> ();
        put_agent(agent: AgentRow) -> ();
        set_presence(name: String, online: bool, at: Timestamp) -> bool;
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
        version(hash: String) -> Option<Version>;
        newest_version() -> Option<Version>;
        standing() -> Vec<Standing>;
        agent(name: String) -> Option<AgentRow>;
        agents() -> Vec<AgentRow>;
        session(token_hash: String, now: Timestamp) -> Option<Session>;
        audit_log(before: Option<i64>, limit: u32) -> Vec<(i64, AuditRow)>;
        setting(key: String) -> Option<String>;
        depths() -> Depths;
        known_as(value: String) -> Vec<ContactRow>;
        export(contact: ContactId) -> Option<Export>;
    }
}
