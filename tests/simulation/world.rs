//! One simulated world: what is due in it, and the one loop that lets it happen. Everything runs on one thread, and every
//! choice falls from the same dice, so that a seed is a history.

use std::collections::BTreeMap;
use std::fmt::Arguments;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use frontdesk::clock::Timestamp;
use frontdesk::runtime::Runtime;
use frontdesk::store::{AgentRow, AuditRow, Change, SqliteSettings, SqliteStore, Store};
use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

use super::agents::{Agent, Deeds};
use super::customers::Customer;
use super::dice::Dice;
use super::flaw::Flaw;
use super::laws::Laws;
use super::news::Presence;
use super::node::{self, Node, Standing};
use super::plan::{Faults, Plan};
use super::time::Time;
use super::trace::Trace;
use super::whatsapp::{self, Whatsapp};
use super::{Run, agents, customers, end, news};

/// Nobody does anything for so long before time leaps: longer than messages are gathered (R3).
const QUIET: Duration = Duration::from_secs(4);
/// A leap ends so long before the next thing that is due.
const MARGIN: TimeDelta = TimeDelta::milliseconds(1_500);
/// It ends when nothing has happened for so long, and after so many looks in any case.
const CALM: TimeDelta = TimeDelta::minutes(20);
const LOOKS_MAX: u32 = 20;
/// So long after the last fault everything is caught up with.
const CATCH_UP: TimeDelta = TimeDelta::minutes(10);
/// The loops look at the store this often at least.
pub const GRACE: TimeDelta = TimeDelta::minutes(2);
/// More operations of the store than this are a loop that does not come to rest…
const OPERATIONS_MAX: u64 = 300_000;
/// …and more than this while no time passes are one that goes round and round.
const AT_ONCE_MAX: u64 = 5_000;

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// Time goes on to here.
    Nothing,
    /// A customer does something.
    Customer(usize),
    /// An agent looks at the desk.
    Agent(usize),
    /// An agent who wants work opens a desk.
    Comes(usize),
    /// Staff write to a customer in the WhatsApp app.
    Echo,
    /// A customer has another number or id.
    Changes,
    /// A customer's data is erased.
    Erase,
    /// Another version of the bot is to be served.
    Publish,
    /// A server reads the bot's files again.
    Reload(usize),
    /// A server hears what another changed.
    News(usize, Change),
    /// WhatsApp delivers.
    Deliver(usize),
    /// A server dies, or is restarted.
    Restart,
    /// A server starts.
    Start(usize),
    /// Somebody sets a clock.
    Jump,
    /// WhatsApp cannot be reached for a while.
    Outage,
    /// Nothing goes wrong any more.
    Heal,
    /// It is over.
    End,
}

/// A simulation, shared by everything that runs in it.
pub struct Sim {
    /// The true time.
    pub time: Arc<Time>,
    /// The store itself, without faults.
    pub store: Arc<dyn Store>,
    /// What is broken on purpose.
    pub flaw: Option<Flaw>,
    world: Mutex<World>,
    changed: Arc<Notify>,
    busy: AtomicUsize,
}

/// Everything that changes.
pub struct World {
    time: Arc<Time>,
    changed: Arc<Notify>,
    pub plan: Plan,
    pub dice: Dice,
    pub trace: Trace,
    pub laws: Laws,
    pub nodes: Vec<Node>,
    pub whatsapp: Whatsapp,
    pub customers: Vec<Customer>,
    pub agents: Vec<Agent>,
    pub deeds: Deeds,
    pub presence: Presence,
    /// The version of the bot that lies in the folder.
    pub edition: usize,
    runs: u64,
    agenda: BTreeMap<(Timestamp, u64), Happening>,
    pushed: u64,
    operations: u64,
    /// When the last operation of the store was, and how many there were at that moment.
    operating: (Timestamp, u64),
    stirred: Instant,
    /// When something happened last, by the true time.
    happened: Timestamp,
    looks: u32,
    pub healed: bool,
    over: bool,
    broken: Option<String>,
}

/// Something is under way: time goes on, but does not leap.
struct Busy<'a>(&'a AtomicUsize);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Sim {
    /// Does something to the world; nothing is awaited in it.
    pub fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for something that is on its way.
    pub async fn wait(&self, time: Duration) {
        self.busy(tokio::time::sleep(time)).await;
    }

    /// Time does not leap while this goes on.
    pub async fn busy<T>(&self, what: impl Future<Output = T>) -> T {
        self.busy.fetch_add(1, Ordering::SeqCst);
        let _busy = Busy(&self.busy);
        what.await
    }
}

impl World {
    fn new(seed: u64, told: bool, time: &Arc<Time>, changed: &Arc<Notify>, plan: Plan, dice: Dice) -> Self {
        let mut world = Self {
            time: Arc::clone(time),
            changed: Arc::clone(changed),
            plan,
            dice,
            trace: Trace::new(told),
            laws: Laws::default(),
            nodes: Vec::new(),
            whatsapp: Whatsapp::default(),
            customers: Vec::new(),
            agents: Vec::new(),
            deeds: Deeds::default(),
            presence: Presence::default(),
            edition: 0,
            runs: 0,
            agenda: BTreeMap::new(),
            pushed: 0,
            operations: 0,
            operating: (time.now(), 0),
            stirred: Instant::now(),
            happened: time.now(),
            looks: 0,
            healed: false,
            over: false,
            broken: None,
        };
        let plan = world.plan.clone();
        world.stir(format_args!("seed {seed}: {plan:?}"));
        world.laws.strict = plan.jumps == 0;
        world.laws.outbox.strict = plan.jumps == 0;
        world.laws.outbox.skew = TimeDelta::milliseconds(2 * plan.skew + 1_000);
        for node in 0..plan.nodes {
            let skew = world.dice.between(-plan.skew, plan.skew);
            world.nodes.push(Node::new(skew));
            world.push(plan.start, Happening::Start(node));
        }
        customers::arrive(&mut world);
        agents::arrive(&mut world);
        let begun = plan.start.timestamp_millis();
        let span = (plan.heals - plan.start).num_milliseconds();
        for (count, happening) in [
            (plan.restarts, Happening::Restart),
            (plan.jumps, Happening::Jump),
            (plan.outages, Happening::Outage),
            (plan.echoes, Happening::Echo),
            (plan.changes, Happening::Changes),
            (plan.erasures, Happening::Erase),
            (plan.publications, Happening::Publish),
        ] {
            for _ in 0..count {
                let at = begun + world.dice.between(0, span);
                world.push(Timestamp::from_timestamp_millis(at).unwrap_or_default(), happening.clone());
            }
        }
        world.push(plan.heals, Happening::Heal);
        world.push(plan.ends, Happening::End);
        world
    }

    /// The true time.
    pub fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// Something will be due.
    pub fn push(&mut self, at: Timestamp, what: Happening) {
        self.pushed += 1;
        self.agenda.insert((at, self.pushed), what);
        self.changed.notify_one();
    }

    /// As [`Self::push`], after so long.
    pub fn push_after(&mut self, wait: Duration, what: Happening) {
        let at = self.now() + TimeDelta::from_std(wait).unwrap_or_default();
        self.push(at, what);
    }

    fn take_due(&mut self) -> Option<Happening> {
        let now = self.now();
        let first = self.agenda.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    /// Something happened that may lead to more.
    pub fn stir(&mut self, what: Arguments<'_>) {
        self.happened = self.now();
        self.pass(what);
    }

    /// Time passes, and nothing happens.
    fn pass(&mut self, what: Arguments<'_>) {
        self.stirred = Instant::now();
        self.trace.note(self.time.now(), what);
    }

    /// It is over, unless something happened a moment ago that is not at its end.
    fn look_for_the_end(&mut self) {
        self.looks += 1;
        self.over = self.now() - self.happened >= CALM || self.looks >= LOOKS_MAX;
        self.push(self.now() + CALM, Happening::End);
    }

    /// All is quiet: once nothing goes wrong any more, what was promised has been kept, and nobody waits for what is lost.
    fn look_at_promises(&mut self) {
        let now = self.now();
        if now < self.plan.heals + CATCH_UP {
            return;
        }
        let kept = self.laws.no_promise_forgotten(now - GRACE);
        self.hold(kept.and_then(|()| self.laws.no_lookup_awaited(now - GRACE)));
    }

    /// A law was kept, or it was not.
    pub fn hold(&mut self, kept: Result<(), String>) {
        if let Err(broken) = kept {
            self.stir(format_args!("BROKEN: {broken}"));
            self.broken.get_or_insert(broken);
        }
    }

    /// One more operation of the store.
    pub fn count_operation(&mut self, name: &str) {
        let now = self.now();
        self.operations += 1;
        self.operating = if self.operating.0 == now { (now, self.operating.1 + 1) } else { (now, 1) };
        if self.operations > OPERATIONS_MAX {
            self.hold(Err(format!("it does not come to rest; the last that was asked of the store was `{name}`")));
        } else if self.operating.1 > AT_ONCE_MAX {
            self.hold(Err(format!("it goes round and round at one moment; what was asked last was `{name}`")));
        }
    }

    /// Whether it ends here: nobody gets an answer any more.
    pub fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// A server that is up, by chance.
    pub fn any_node(&mut self) -> Option<usize> {
        let up: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].standing == Standing::Up).collect();
        self.dice.pick(&up).copied()
    }

    /// One more run of a server begins.
    pub fn count_run(&mut self) -> u64 {
        self.runs += 1;
        self.runs
    }

    /// An agent as the store of several servers has them.
    pub fn online(&self, agent: AgentRow) -> AgentRow {
        if self.plan.shared() { self.presence.of(agent) } else { agent }
    }

    /// The runtimes that are up.
    pub fn runtimes(&self) -> Vec<Runtime> {
        self.nodes.iter().filter_map(|node| Some(node.running.as_ref()?.0.clone())).collect()
    }

    fn heal(&mut self) {
        self.healed = true;
        self.plan.faults = Faults::default();
        self.whatsapp.outage_until = self.now();
        let now = self.now();
        for node in 0..self.nodes.len() {
            self.push(now, Happening::Start(node));
        }
        self.stir(format_args!("nothing goes wrong any more"));
    }
}

/// Lives through the history of a seed.
pub async fn live(seed: u64, told: bool, flaw: Option<Flaw>) -> Run {
    let mut dice = Dice::of(seed);
    let plan = Plan::draw(&mut dice);
    let store: Arc<dyn Store> = match SqliteStore::open(&SqliteSettings::memory()) {
        Ok(store) => Arc::new(store),
        Err(error) => return Run::failed(seed, error.to_string()),
    };
    let (time, changed) = (Arc::new(Time::from(plan.start)), Arc::new(Notify::new()));
    let world = World::new(seed, told, &time, &changed, plan, dice);
    let sim = Arc::new(Sim { time, store, flaw, world: Mutex::new(world), changed, busy: AtomicUsize::new(0) });
    for name in sim.with(|world| world.agents.iter().map(|agent| agent.name).collect::<Vec<_>>()) {
        let row = AgentRow {
            name: name.to_owned(),
            password_hash: String::new(),
            role: "agent".to_owned(),
            queues: None,
            online: false,
            capacity: None,
            last_seen: None,
            active: true,
        };
        let made = sim.store.put_agent(row).await;
        sim.with(|world| world.hold(made.map_err(|error| error.to_string())));
    }
    drive(&sim).await;
    if sim.with(|world| world.broken.is_none()) {
        let kept = end::well(&sim).await;
        sim.with(|world| world.hold(kept));
    }
    let (run, nodes) = sim.with(|world| {
        let run = Run {
            seed,
            digest: world.trace.digest(),
            steps: world.trace.steps,
            broken: world.broken.take(),
            lines: std::mem::take(&mut world.trace).into_lines(),
        };
        (run, std::mem::take(&mut world.nodes))
    });
    // The servers hold the world that holds them: whoever lives through many histories has no memory for all of them.
    drop(nodes);
    run
}

async fn drive(sim: &Arc<Sim>) {
    loop {
        while let Some(what) = sim.with(World::take_due) {
            happen(sim, &what);
        }
        if sim.with(|world| world.over || world.broken.is_some()) {
            return;
        }
        let nap = nap(sim).await;
        tokio::select! {
            biased;
            () = sim.changed.notified() => {}
            () = tokio::time::sleep(nap) => {}
        }
    }
}

/// How long nothing needs the loop. When nobody does anything, time leaps to just before the next thing that is due.
async fn nap(sim: &Sim) -> Duration {
    let (now, next, quiet) = sim.with(|world| {
        let next = world.agenda.first_key_value().map(|((at, _), _)| *at);
        (world.now(), next.unwrap_or_default(), world.stirred.elapsed())
    });
    let until_next = (next - now).to_std().unwrap_or_default();
    if quiet < QUIET || sim.busy.load(Ordering::SeqCst) > 0 {
        return until_next.min(QUIET);
    }
    let runtimes = sim.with(|world| world.runtimes());
    let mut due = next;
    if !runtimes.is_empty() {
        // In memory these answer at once.
        let timer = sim.store.next_timer(Timestamp::UNIX_EPOCH).await.ok().flatten();
        let job = sim.store.next_job(Vec::new(), Vec::new()).await.ok().flatten();
        due = timer.into_iter().chain(job).chain([due]).min().unwrap_or(due);
    }
    if due - now <= MARGIN * 2 {
        return until_next.min(QUIET);
    }
    sim.with(|world| {
        world.look_at_promises();
        let early = TimeDelta::milliseconds(world.dice.between(0, 1_500));
        let by = due - now - MARGIN - early;
        world.time.leap(by);
        // Those who are up have said all the while who is online at them.
        let up: Vec<u64> = world.nodes.iter().filter(|node| node.running.is_some()).map(|node| node.run).collect();
        world.presence.beats(&up, by);
        world.pass(format_args!("time leaps"));
    });
    for runtime in runtimes {
        // The loops slept for a time that is over now.
        tokio::spawn(async move { runtime.settle().await });
    }
    Duration::ZERO
}

fn happen(sim: &Arc<Sim>, what: &Happening) {
    match *what {
        Happening::Nothing => sim.with(|world| world.pass(format_args!("time has come"))),
        Happening::Customer(customer) => sim.with(|world| customers::writes(world, customer)),
        Happening::Agent(agent) => agents::looks(sim, agent),
        Happening::Comes(agent) => agents::comes(sim, agent),
        Happening::Echo => sim.with(customers::echo),
        Happening::Changes => sim.with(customers::changes),
        Happening::Erase => erase(sim),
        Happening::Publish => sim.with(node::publish),
        Happening::Reload(node) => node::reload(sim, node),
        Happening::News(node, ref change) => sim.with(|world| news::hear(world, node, change)),
        Happening::Deliver(delivery) => whatsapp::deliver(sim, delivery),
        Happening::Start(node) => node::start(sim, node),
        Happening::Restart => {
            let (node, dies) = sim.with(|world| (world.any_node(), world.dice.chance(0.7)));
            match node {
                Some(node) if dies => node::kill(sim, node),
                Some(node) => node::restart(sim, node),
                None => {}
            }
        }
        Happening::Jump => sim.with(|world| {
            let node = world.dice.below(world.nodes.len());
            let by = if world.dice.chance(0.7) {
                world.dice.between(1_000, 600_000)
            } else {
                world.dice.between(-120_000, -1_000)
            };
            if let Some(here) = world.nodes.get(node) {
                here.skew.fetch_add(by, Ordering::SeqCst);
            }
            world.stir(format_args!("the clock of n{node} jumps by {by} ms"));
        }),
        Happening::Outage => sim.with(|world| {
            let lasts = world.dice.while_between(Duration::from_secs(5), Duration::from_secs(4 * 60 * 60));
            world.whatsapp.outage_until = world.now() + TimeDelta::from_std(lasts).unwrap_or_default();
            world.stir(format_args!("WhatsApp is out for {} s", lasts.as_secs()));
        }),
        Happening::Heal => sim.with(World::heal),
        Happening::End => sim.with(World::look_for_the_end),
    }
}

/// Somebody's data is erased beside the running servers (R42).
fn erase(sim: &Arc<Sim>) {
    let erased = sim.with(|world| {
        let contacts = world.laws.contacts();
        let contact = world.dice.pick(&contacts).copied()?;
        Some((contact, AuditRow::erasure("command line", contact, world.now())))
    });
    let Some((contact, audit)) = erased else { return };
    // In memory it is done at once.
    let erasing = sim.store.erase(contact, audit);
    sim.with(|world| world.erased(contact));
    let sim = Arc::clone(sim);
    tokio::spawn(async move {
        let done = erasing.await;
        sim.with(|world| world.hold(if matches!(done, Ok(true)) { Ok(()) } else { Err(format!("R42: {done:?}")) }));
    });
}
