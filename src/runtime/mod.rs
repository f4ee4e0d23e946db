//! The one path that acts: takes what arrived, is due or was done, asks `conversation::step`, commits what it wants, and
//! carries it out. Nothing else changes a conversation, and nothing is sent before the state that caused it is committed.

mod agenda;
mod alias;
mod calls;
mod card;
mod chance;
mod channel;
mod counts;
mod elsewhere;
mod erasures;
mod files;
mod inbox;
mod marks;
pub mod misses;
pub mod payload;
mod record;
mod rest;
mod round;
mod secrets;
mod sender;
mod trouble;
mod turn;
mod versions;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::{Notify, Semaphore, broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::bot::Bot;
use crate::clock::{Clock, Timestamp};
use crate::conversation::Editions;
use crate::conversation::effect::{Alert, Audience};
use crate::conversation::event::{Act, Event};
use crate::conversation::floor::{AgentOnFloor, Floor};
use crate::lookup::Calls;
use crate::store::{Arrival, Arrived, ContactId, Store, StoreError};
use crate::whatsapp::breaker::Cut;

pub use chance::Chance;
pub use channel::{Channel, Whatsapp};
pub use counts::{CLASSES_MS, Numbers, Times};
pub use files::{KeptFile, NoFile};
pub use turn::conversation;
pub use versions::{Beside, Compiler, Compiling, pack_sources, unpack_sources};

/// Live listeners that lag behind further than this start anew from the store.
const LIVE_MAX: usize = 1_024;
/// So much may wait for the loop; more is refused, not kept (memory is bounded).
const WANTED_MAX: usize = 4_096;
/// So many deliveries are written down at once; the others wait for their turn, so that what is here already is served.
const RECEIVING_MAX: usize = 1_024;
/// So many read marks may wait; more are left out.
const MARKS_MAX: usize = 4_096;
/// So many may wait for the sender to have nothing to do.
const ASKED_MAX: usize = 64;

/// What the runtime is made of.
#[derive(Debug)]
pub struct Settings {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The newest version of the bot.
    pub bot: Arc<Bot>,
    /// Its sources, kept in the store as long as someone is on it (R19).
    pub sources: crate::diagnostic::Sources,
    /// Compiles the other versions that someone is on.
    pub compiler: Arc<dyn Compiler>,
    /// Where "now" comes from.
    pub clock: Arc<Clock>,
    /// Calls the shop's systems.
    pub lookups: Arc<dyn Calls>,
    /// Local mode: the address that answers lookups to hosts that cannot exist (`*.example`, RFC 2606).
    pub demo: Option<String>,
    /// How messages reach customers.
    pub channel: Channel,
    /// Names senders and spreads waits.
    pub chance: Chance,
}

/// Something that pages show at once.
#[derive(Debug, Clone)]
pub enum Live {
    /// A contact's thread or state changed.
    Changed(ContactId),
    /// Nobody knows what changed: another node's news were missed.
    Anything,
    /// Agents are told something.
    Alert {
        /// About whom.
        contact: ContactId,
        /// What the customer calls themselves.
        name: String,
        /// Who is told.
        to: Audience,
        /// What.
        alert: Alert,
    },
}

/// Why an act was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The conversation does not allow it; a sentence for the agent.
    Act(String),
    /// It could not be stored, or too much waits; a sentence.
    Trouble(String),
}

enum Wanted {
    /// Something waits in the contact's inbox, or they are to be looked at again.
    Wake(ContactId),
    /// Something changed on the floor.
    Round,
    /// Another version was published: what is due follows it.
    Published,
    /// Another node changed these contacts.
    Elsewhere(Vec<ContactId>),
    /// Other nodes may have changed anything.
    Anew,
    /// Something happens to a conversation.
    Event { contact: ContactId, event: Box<Event>, answer: Option<worker::Answer> },
    /// A version that was looked for; none where it is not in the store, or does not compile here.
    Version { hash: String, found: Result<Option<Arc<Bot>>, String> },
    /// Answered once nothing is due any more, with when something will be.
    Rest(oneshot::Sender<Option<Timestamp>>),
}

/// The running whole; cheap to clone.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

struct Inner {
    store: Arc<dyn Store>,
    editions: ArcSwap<Editions>,
    publishing: tokio::sync::Mutex<()>,
    receiving: Semaphore,
    compiler: Arc<dyn Compiler>,
    clock: Arc<Clock>,
    lookups: Arc<dyn Calls>,
    demo: Option<String>,
    channel: Channel,
    chance: Chance,
    aliases: alias::Aliases,
    counts: Mutex<Numbers>,
    floor: Mutex<Floor>,
    /// There may be other nodes on the same store.
    shared: bool,
    /// Agents who are online on this node.
    here: Mutex<BTreeSet<String>>,
    /// What other nodes said of who is online there.
    sightings: Mutex<elsewhere::Sightings>,
    /// When agents who left are away, unless they come back before.
    leaving: Mutex<BTreeMap<String, Timestamp>>,
    /// Since when agents are away, until they have given back what needs a reply.
    offline_since: Mutex<BTreeMap<String, Timestamp>>,
    wanted: mpsc::Sender<Wanted>,
    /// The loop of turns could not be told of something that waits in the store.
    missed: AtomicBool,
    outbox: Notify,
    asked: mpsc::Sender<sender::Asked>,
    marks: mpsc::Sender<marks::Mark>,
    came: mpsc::Sender<files::Came>,
    /// Lookups under way.
    calls: watch::Sender<usize>,
    /// Counts what was done, so that two looks can be compared.
    done: AtomicU64,
    live: broadcast::Sender<Live>,
    stopping: watch::Sender<bool>,
    loops: Mutex<Vec<JoinHandle<()>>>,
}

impl Inner {
    /// Comes back when the runtime is told to stop.
    async fn told_to_stop(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives as long as `self`.
        drop(stopping.wait_for(|stopping| *stopping).await);
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Begins to count since when an agent is away, or stops.
    fn count_away(&self, agent: &str, since: Option<Timestamp>) {
        let mut offline = locked(&self.offline_since);
        match since {
            Some(since) => {
                offline.entry(agent.to_owned()).or_insert(since);
            }
            None => {
                offline.remove(agent);
            }
        }
    }

    /// Something waits in a contact's inbox. When the loop has no room to be told, it looks into the store itself.
    fn wake(&self, contact: ContactId) {
        if self.wanted.try_send(Wanted::Wake(contact)).is_err() {
            self.missed.store(true, Ordering::SeqCst);
        }
    }
}

/// A lock that a panicking thread left behind still holds good data: every change to it is one assignment.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Runtime {
    /// Starts the loops: turns, timers, sending. What was left behind by the last run is taken up again.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn start(settings: Settings) -> Result<Self, StoreError> {
        let Settings { store, bot, sources, compiler, clock, lookups, demo, channel, chance } = settings;
        let now = clock.now();
        let changes = store.changes();
        let editions = versions::load(&store, &*compiler, bot, &sources, now).await?;
        let aliases = alias::Aliases::of(&store, &chance).await?;
        let erasures = erasures::Erasures::from_now(&store).await?;
        let floor = worker::floor(&store).await?;
        // Nobody has been seen yet; who does not come back in time gives back what needs a reply (R29).
        let offline = floor.cases().filter_map(|(_, case)| case.agent.clone()).map(|agent| (agent, now)).collect();
        let (wanted, wanted_here) = mpsc::channel(WANTED_MAX);
        let (asked, asked_here) = mpsc::channel(ASKED_MAX);
        let (marks, marks_here) = mpsc::channel(MARKS_MAX);
        let (came, came_here) = mpsc::channel(files::WAITING_MAX);
        let inner = Arc::new(Inner {
            store,
            editions: ArcSwap::from_pointee(editions),
            publishing: tokio::sync::Mutex::default(),
            receiving: Semaphore::new(RECEIVING_MAX),
            compiler,
            clock,
            lookups,
            demo,
            channel,
            chance,
            aliases,
            counts: Mutex::default(),
            floor: Mutex::new(floor),
            shared: changes.is_some(),
            here: Mutex::default(),
            sightings: Mutex::default(),
            leaving: Mutex::default(),
            offline_since: Mutex::new(offline),
            wanted,
            missed: AtomicBool::new(true),
            outbox: Notify::new(),
            asked,
            marks,
            came,
            calls: watch::Sender::new(0),
            done: AtomicU64::new(0),
            live: broadcast::channel(LIVE_MAX).0,
            stopping: watch::Sender::new(false),
            loops: Mutex::new(Vec::new()),
        });
        let turns = tokio::spawn(worker::run(Arc::clone(&inner), wanted_here, erasures));
        let sending = tokio::spawn(sender::run(Arc::clone(&inner), asked_here, marks_here));
        let hearing = changes.map(|changes| tokio::spawn(elsewhere::run(Arc::clone(&inner), changes)));
        let fetching = inner.channel.files().map(|_| tokio::spawn(files::run(Arc::clone(&inner), came_here)));
        locked(&inner.loops).extend([turns, sending].into_iter().chain(hearing).chain(fetching));
        Ok(Self(inner))
    }

    /// Ends the loops after the turns and sends that are under way; what is left is taken up by the next start.
    pub async fn stop(&self) {
        self.0.stopping.send_replace(true);
        // Not before: whoever reads it may ask at once whether we are ready.
        tracing::info!("ending");
        let loops = std::mem::take(&mut *locked(&self.0.loops));
        for ended in loops {
            if let Err(error) = ended.await {
                tracing::error!(%error, "a loop did not end well");
            }
        }
    }

    /// Whether it was told to stop: what arrives is kept and waits for the next start.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.is_stopping()
    }

    /// Whether a loop ended that nobody told to: it failed inside, and only a restart brings it back.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        !self.is_stopping() && locked(&self.0.loops).iter().any(JoinHandle::is_finished)
    }

    /// The business numbers from which nothing goes out, and why (R39).
    #[must_use]
    pub fn cut_off(&self) -> Vec<(String, Cut)> {
        self.0.channel.cut_off()
    }

    /// Comes back when the runtime is told to stop: for what would go on for ever otherwise.
    #[must_use]
    pub fn stopping(&self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { inner.told_to_stop().await })
    }

    /// Takes what arrived from outside: durable when this comes back (R2), served soon after. What was here before changes
    /// nothing.
    ///
    /// # Errors
    /// The store cannot take it; then nothing of it was taken.
    pub async fn receive(&self, arrivals: Vec<Arrival>) -> Result<Vec<Arrived>, StoreError> {
        let _place = self.0.receiving.acquire().await.map_err(|_| StoreError::Closed)?;
        let arrived = self.0.store.receive(arrivals, self.0.clock.now()).await?;
        for arrived in &arrived {
            match arrived {
                // It may be here because an earlier answer was lost, and with it the wake.
                Arrived::Stored { contact, .. } | Arrived::Duplicate { contact } => self.0.wake(*contact),
                // Nobody may be listening.
                Arrived::Settled { job, .. } => drop(self.0.live.send(Live::Changed(job.contact))),
                Arrived::Unknown => {}
            }
        }
        // What came of one message may have freed the next.
        self.0.outbox.notify_one();
        Ok(arrived)
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// The newest version of the bot.
    #[must_use]
    pub fn bot(&self) -> Arc<Bot> {
        Arc::clone(self.0.editions.load().newest())
    }

    /// All versions that someone is on.
    #[must_use]
    pub fn editions(&self) -> Arc<Editions> {
        self.0.editions.load_full()
    }

    /// Where "now" comes from.
    #[must_use]
    pub fn clock(&self) -> &Arc<Clock> {
        &self.0.clock
    }

    /// What turns and sends came to since the start.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        locked(&self.0.counts).clone()
    }

    /// What changes, as it changes.
    #[must_use]
    pub fn live(&self) -> broadcast::Receiver<Live> {
        self.0.live.subscribe()
    }

    /// An agent does something.
    ///
    /// # Errors
    /// Why it was not done; then nothing changed.
    pub async fn act(&self, contact: ContactId, agent: &str, act: Act) -> Result<(), Refused> {
        self.event(contact, Event::Agent { agent: agent.to_owned(), act }).await
    }

    async fn event(&self, contact: ContactId, event: Event) -> Result<(), Refused> {
        let (answer, answered) = oneshot::channel();
        let wanted = Wanted::Event { contact, event: Box::new(event), answer: Some(answer) };
        let trouble =
            |what: &str| Refused::Trouble(format!("frontdesk {what}; nothing was done, try again in a moment"));
        self.0.wanted.try_send(wanted).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => trouble("is very busy"),
            mpsc::error::TrySendError::Closed(_) => trouble("is being ended"),
        })?;
        answered.await.unwrap_or_else(|_| Err(trouble("is being ended")))
    }

    /// An agent can be given work from now on, or cannot any more (R29).
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn presence(
        &self,
        agent: &str,
        queues: Option<BTreeSet<String>>,
        online: bool,
    ) -> Result<(), StoreError> {
        let now = self.0.clock.now();
        self.0.store.set_presence(agent.to_owned(), online, now).await?;
        if online {
            locked(&self.0.here).insert(agent.to_owned());
        } else {
            locked(&self.0.here).remove(agent);
        }
        let online = online || elsewhere::is_there(&self.0, agent, now).await?;
        locked(&self.0.floor).agents.insert(agent.to_owned(), AgentOnFloor { online, queues });
        self.0.count_away(agent, (!online).then_some(now));
        // A loop that has no room to be told is at work, and sees it in its next round.
        drop(self.0.wanted.try_send(Wanted::Round));
        Ok(())
    }

    /// An agent left: from `at` on they are away (R29), unless they come back before.
    pub fn leaves(&self, agent: &str, at: Timestamp) {
        locked(&self.0.leaving).insert(agent.to_owned(), at);
        // The loop has a new moment to sleep until; when it has no room to be told, it is awake.
        drop(self.0.wanted.try_send(Wanted::Round));
    }

    /// An agent who left is back.
    pub fn comes_back(&self, agent: &str) {
        locked(&self.0.leaving).remove(agent);
    }

    /// Whether an agent is online on this node.
    #[must_use]
    pub fn is_here(&self, agent: &str) -> bool {
        locked(&self.0.here).contains(agent)
    }

    /// Who is online, on whatever node.
    #[must_use]
    pub fn online(&self) -> Vec<String> {
        locked(&self.0.floor).agents.iter().filter(|(_, agent)| agent.online).map(|(name, _)| name.clone()).collect()
    }

    /// Publishes a new version: whoever is on an older one finishes on it (R19).
    ///
    /// # Errors
    /// The store cannot be written; then the old version goes on.
    pub async fn publish(&self, bot: Arc<Bot>, sources: &crate::diagnostic::Sources) -> Result<(), StoreError> {
        let _one_at_a_time = self.0.publishing.lock().await;
        versions::keep(&self.0.store, &bot, sources, self.0.clock.now()).await?;
        let before = self.bot().version.clone();
        self.0.editions.rcu(|editions| editions.publish(Arc::clone(&bot)));
        // A loop that has ended looks when it starts again.
        drop(self.0.wanted.send(Wanted::Published).await);
        // A turn that began a moment ago may yet open an enquiry on the version before.
        versions::forget(&self.0, before).await
    }
}
