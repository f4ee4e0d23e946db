//! The loop of turns: looks at whom something waits for, one turn a contact a round, and sleeps until there is more to do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::conversation::event::Event;
use crate::conversation::floor::{AgentOnFloor, Floor, assign};
use crate::conversation::is_behind;
use crate::conversation::state::{Conversation, State};
use crate::store::{ContactId, ContactRow, Store, StoreError};

use super::agenda::Agenda;
use super::erasures::Erasures;
use super::round::{Flight, nothing_done};
use super::trouble::Trouble;
use super::{Inner, Refused, Wanted, elsewhere, locked};

/// At most so many events wait in the loop; more wait before it, where there is a bound, too.
const EVENTS_MAX: usize = 4_096;
/// The loop looks at the store at least so often: what another way in left there is found.
const LOOK_AROUND: Duration = Duration::from_secs(30);
const PAGE: u32 = 1_000;
/// The search for timers that follow an older version looks at so many conversations between two rounds, so that nobody
/// waits for it…
const BEHIND_PAGE: u32 = 100;
/// …and not further while so many events wait.
const BEHIND_MAX: usize = 64;

pub(super) type Answer = oneshot::Sender<Result<(), Refused>>;

/// Something that happens to a conversation, and who waits to hear how it went.
pub(super) struct Queued {
    pub(super) event: Event,
    pub(super) answer: Option<Answer>,
    pub(super) tries: u8,
}

impl Queued {
    fn of_ours(event: Event) -> Self {
        Self { event, answer: None, tries: 0 }
    }

    /// Tells whoever waits, if anybody does.
    pub(super) fn tell(self, result: Result<(), Refused>) {
        if let Some(answer) = self.answer {
            // Whoever asked may have gone.
            drop(answer.send(result));
        }
    }
}

/// What the loop keeps between two rounds. All of it can be found in the store again.
pub(super) struct Worker {
    pub(super) inner: Arc<Inner>,
    /// One name per process and start.
    pub(super) name: String,
    pub(super) agenda: Agenda,
    events: BTreeMap<ContactId, VecDeque<Queued>>,
    waiting_events: usize,
    /// Enquiries that were handed out, until their next turn.
    pub(super) handed_out: BTreeSet<ContactId>,
    resting: Vec<oneshot::Sender<Option<Timestamp>>>,
    /// How far the search for timers that follow an older version has come; `None` when it is over.
    behind: Option<ContactId>,
    /// Who was erased beside us.
    erasures: Erasures,
    /// No timer is due before this; `None` when none is armed.
    pub(super) next_timer: Option<Timestamp>,
    /// Contacts that other nodes changed.
    pub(super) elsewhere: BTreeSet<ContactId>,
    /// Other nodes may have changed anything.
    pub(super) anew: bool,
    /// Versions that are looked for in the store, and who waits for each.
    pub(super) awaited: BTreeMap<String, BTreeSet<ContactId>>,
    /// Versions that are neither here nor in the store.
    pub(super) lost_versions: BTreeSet<String>,
    /// The round that is being committed.
    pub(super) flight: Option<Flight>,
}

/// The floor as the store knows it: open enquiries and agents, all of them away until they are seen.
pub(super) async fn floor(store: &Arc<dyn Store>) -> Result<Floor, StoreError> {
    let mut floor = Floor::default();
    for agent in store.agents().await? {
        let queues = agent.queues.map(|queues| queues.into_iter().collect());
        floor.agents.insert(agent.name, AgentOnFloor { online: false, queues });
    }
    let mut after = 0;
    loop {
        let page = store.open_contacts(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(floor) };
        after = last.id;
        for contact in page {
            if let Some(conversation) = stored(&contact) {
                floor.update(contact.id, &conversation);
            }
        }
    }
}

fn stored(contact: &ContactRow) -> Option<Conversation> {
    contact.state.as_deref().and_then(|state| serde_json::from_str(state).ok())
}

/// Runs until it is told to stop.
pub(super) async fn run(inner: Arc<Inner>, mut wanted: mpsc::Receiver<Wanted>, erasures: Erasures) {
    let mut worker = Worker::new(inner, erasures);
    let mut trouble = Trouble::default();
    let mut looked = Instant::now();
    while !worker.inner.is_stopping() {
        worker.take_all(&mut wanted);
        // However much there is to do: what a node left behind that died at the height of a rush is found.
        if looked.elapsed() >= LOOK_AROUND {
            looked = Instant::now();
            worker.agenda.miss();
        }
        match worker.look_and_do().await {
            Ok(true) => trouble.is_over(),
            Ok(false) => {
                trouble.is_over();
                worker.rest();
                tokio::select! {
                    biased;
                    () = worker.inner.told_to_stop() => {}
                    next = wanted.recv() => match next {
                        Some(wanted) => worker.take(wanted),
                        None => return,
                    },
                    () = tokio::time::sleep(worker.wait().min(LOOK_AROUND.saturating_sub(looked.elapsed()))) => {}
                }
            }
            Err(error) => {
                tracing::error!(%error, "the store is in trouble; nothing is lost, trying again");
                worker.refuse_acts(&error);
                tokio::select! {
                    biased;
                    () = worker.inner.told_to_stop() => {}
                    () = tokio::time::sleep(trouble.wait()) => {}
                }
            }
        }
    }
    if let Err(error) = worker.land().await {
        tracing::error!(%error, "the last turns could not be committed; the next start takes them again");
    }
}

impl Worker {
    fn new(inner: Arc<Inner>, erasures: Erasures) -> Self {
        Self {
            name: format!("worker-{:016x}", inner.chance.number()),
            inner,
            agenda: Agenda::default(),
            events: BTreeMap::new(),
            waiting_events: 0,
            handed_out: BTreeSet::new(),
            resting: Vec::new(),
            behind: Some(0),
            erasures,
            next_timer: Some(Timestamp::UNIX_EPOCH),
            elsewhere: BTreeSet::new(),
            anew: false,
            awaited: BTreeMap::new(),
            lost_versions: BTreeSet::new(),
            flight: None,
        }
    }

    fn take_all(&mut self, wanted: &mut mpsc::Receiver<Wanted>) {
        while self.waiting_events < EVENTS_MAX
            && let Ok(wanted) = wanted.try_recv()
        {
            self.take(wanted);
        }
    }

    fn take(&mut self, wanted: Wanted) {
        match wanted {
            Wanted::Wake(contact) => self.agenda.note_if_room(contact, self.inner.clock.now()),
            Wanted::Round => {}
            Wanted::Published => self.behind = Some(0),
            Wanted::Elsewhere(contacts) => self.elsewhere.extend(contacts),
            Wanted::Anew => self.anew = true,
            Wanted::Event { contact, event, answer } => {
                if answer.is_some() {
                    self.agenda.insist(contact, self.inner.clock.now());
                }
                self.queue(contact, Queued { event: *event, answer, tries: 0 });
            }
            Wanted::Version { hash, found } => self.take_version(hash, found),
            Wanted::Rest(answer) => self.resting.push(answer),
        }
    }

    /// Lets an event wait for its contact's turn.
    fn queue(&mut self, contact: ContactId, queued: Queued) {
        self.events.entry(contact).or_default().push_back(queued);
        self.waiting_events += 1;
        self.agenda.note(contact, self.inner.clock.now());
    }

    /// Puts an event back in front of the others.
    pub(super) fn queue_again(&mut self, contact: ContactId, queued: Queued) {
        self.events.entry(contact).or_default().push_front(queued);
        self.waiting_events += 1;
    }

    /// The next event of a contact.
    pub(super) fn next_event(&mut self, contact: ContactId) -> Option<Queued> {
        let waiting = self.events.get_mut(&contact)?;
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.events.remove(&contact);
        }
        self.waiting_events -= usize::from(next.is_some());
        next
    }

    /// Nobody at a desk waits for a store in trouble to get well: they are told, and try again.
    fn refuse_acts(&mut self, error: &StoreError) {
        for waiting in self.events.values_mut() {
            let (acts, ours): (VecDeque<_>, _) = waiting.drain(..).partition(|queued| queued.answer.is_some());
            *waiting = ours;
            self.waiting_events -= acts.len();
            for act in acts {
                act.tell(Err(Refused::Trouble(nothing_done(error))));
            }
        }
        self.events.retain(|_, waiting| !waiting.is_empty());
    }

    /// Finds what there is to do, and does a round of it: whether anything was done.
    async fn look_and_do(&mut self) -> Result<bool, StoreError> {
        self.take_up_elsewhere().await?;
        self.look_for_missed().await?;
        let looked = self.look_for_behind().await?;
        Ok(self.round().await? || looked)
    }

    /// Finds conversations whose timers follow an older version, a page at a time: after a start, and after another version
    /// was published. Hours and policy are always the newest (R19).
    async fn look_for_behind(&mut self) -> Result<bool, StoreError> {
        let Some(after) = self.behind.filter(|_| self.waiting_events < BEHIND_MAX) else { return Ok(false) };
        let page = self.inner.store.open_contacts(after, BEHIND_PAGE).await?;
        self.behind = page.last().map(|last| last.id);
        let (editions, now) = (self.inner.editions.load_full(), self.inner.clock.now());
        let behind: Vec<ContactId> = {
            let floor = locked(&self.inner.floor);
            let is_behind = |contact: &&ContactRow| {
                stored(contact).is_some_and(|conversation| {
                    let behind = catch_unwind(AssertUnwindSafe(|| is_behind(&editions, &floor, &conversation, now)));
                    behind.unwrap_or_else(|_| {
                        tracing::error!(
                            contact = contact.id,
                            "the timers of a conversation cannot be told; left as they are"
                        );
                        false
                    })
                })
            };
            page.iter().filter(is_behind).map(|contact| contact.id).collect()
        };
        for contact in behind {
            self.queue(contact, Queued::of_ours(Event::Published));
        }
        Ok(true)
    }

    /// Finds who waits in the store and could not be noted: at the start, now and then, and after a rush.
    async fn look_for_missed(&mut self) -> Result<(), StoreError> {
        let missed = self.inner.missed.swap(false, Ordering::SeqCst);
        if missed {
            self.agenda.miss();
        }
        if !self.agenda.take_missed() {
            return Ok(());
        }
        for erased in self.erasures.news(&self.inner.store).await.inspect_err(|_| self.agenda.miss())? {
            self.forget(erased);
        }
        let now = self.inner.clock.now();
        self.next_timer = Some(Timestamp::UNIX_EPOCH);
        let mut after = 0;
        loop {
            let page = self.inner.store.pending(after, PAGE).await.inspect_err(|_| self.agenda.miss())?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.contact;
            for pending in page {
                self.agenda.note_if_room(pending.contact, now);
            }
        }
    }

    /// Nothing is due: tells whoever waits for that when something will be.
    fn rest(&mut self) {
        let next = self.next();
        for answer in self.resting.drain(..) {
            // Whoever asked may have gone.
            let _ = answer.send(next);
        }
    }

    /// When something happens by itself.
    fn next(&self) -> Option<Timestamp> {
        let offline = self.inner.editions.load().newest().policy.offline_after;
        let gone = locked(&self.inner.offline_since).values().min().map(|since| *since + offline);
        let leaving = locked(&self.inner.leaving).values().min().copied();
        self.agenda.next().into_iter().chain(self.next_timer).chain(gone).chain(leaving).min()
    }

    fn wait(&self) -> Duration {
        let now = self.inner.clock.now();
        self.next().map_or(LOOK_AROUND, |at| (at - now).to_std().unwrap_or_default().min(LOOK_AROUND))
    }

    /// Hands out what waits, the moment something changed (R29).
    pub(super) fn hand_out(&mut self) {
        let editions = self.inner.editions.load_full();
        let capacity = editions.newest().policy.capacity;
        let given: Vec<_> = {
            let floor = locked(&self.inner.floor);
            editions.newest().queues.keys().flat_map(|queue| assign(&floor, queue, capacity)).collect()
        };
        for assignment in given {
            if self.handed_out.insert(assignment.contact) {
                self.queue(assignment.contact, Queued::of_ours(Event::Assigned { agent: assignment.agent }));
            }
        }
    }

    /// Agents who left and did not come back are away now (R29).
    pub(super) async fn see_leave(&mut self, now: Timestamp) {
        let left: Vec<String> = {
            let mut leaving = locked(&self.inner.leaving);
            let left: Vec<String> = leaving.extract_if(.., |_, at| *at <= now).map(|(agent, _)| agent).collect();
            let mut floor = locked(&self.inner.floor);
            for agent in &left {
                locked(&self.inner.here).remove(agent);
                floor.agents.entry(agent.clone()).and_modify(|agent| agent.online = false);
                self.inner.count_away(agent, Some(now));
            }
            left
        };
        for agent in left {
            // Work is handed out by the floor; what the store says counts for those who do not come back after a restart.
            let noted = self.inner.store.set_presence(agent.clone(), false, now).await;
            let there = match noted {
                Ok(_) => elsewhere::is_there(&self.inner, &agent, now).await,
                Err(error) => Err(error),
            };
            match there {
                Ok(true) => {
                    locked(&self.inner.floor).agents.entry(agent.clone()).and_modify(|agent| agent.online = true);
                    self.inner.count_away(&agent, None);
                }
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "an agent left the desk, which could not be noted"),
            }
        }
    }

    /// Agents who have been away for `offline_after` give back what needs a reply (R29).
    pub(super) fn take_back(&mut self, now: Timestamp) {
        let after = self.inner.editions.load().newest().policy.offline_after;
        let gone: BTreeSet<String> = {
            let mut offline = locked(&self.inner.offline_since);
            offline.extract_if(.., |_, since| now - *since >= after).map(|(agent, _)| agent).collect()
        };
        if gone.is_empty() {
            return;
        }
        let theirs: Vec<(ContactId, String)> = locked(&self.inner.floor)
            .cases()
            .filter(|(_, case)| case.state == State::NeedsReply)
            .filter_map(|(contact, case)| Some((contact, case.agent.clone().filter(|agent| gone.contains(agent))?)))
            .collect();
        for (contact, agent) in theirs {
            self.queue(contact, Queued::of_ours(Event::AgentGone { agent }));
        }
    }
}
