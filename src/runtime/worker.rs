//! The loop: one turn a contact a round, all turns of a round committed together (group commit), in order per contact.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::clock::Timestamp;
use crate::conversation::effect::Effect;
use crate::conversation::event::{Event, LookupAnswer};
use crate::conversation::floor::{AgentOnFloor, Floor, assign};
use crate::conversation::state::{Conversation, State};
use crate::conversation::{Editions, Step};
use crate::lookup::LookupOutcome;
use crate::policy::Lookup;
use crate::store::{ContactId, Loaded, Store, StoreError, TurnCommit, TurnProblem};

use super::turn::{self, Next};
use super::{Inner, Live, Refused, Wanted, locked};

/// At most so many contacts a round.
const ROUND_MAX: usize = 128;
/// A turn that keeps being overtaken is tried so often.
const TRIES_MAX: u8 = 8;
/// How long the loop waits before it tries a store in trouble again.
const TROUBLE_WAIT: Duration = Duration::from_millis(250);
/// How long a conversation that cannot be read is left alone.
const BROKEN_WAIT: chrono::Duration = chrono::Duration::seconds(60);
/// The loop looks at the store at least so often: what another way in left there is found.
const LOOK_AROUND: Duration = Duration::from_secs(30);
const PAGE: u32 = 1_000;

type Answer = oneshot::Sender<Result<(), Refused>>;

struct Queued {
    event: Event,
    answer: Option<Answer>,
    tries: u8,
}

struct Worker {
    inner: Arc<Inner>,
    queued: BTreeMap<ContactId, VecDeque<Queued>>,
    checks: BTreeMap<ContactId, Timestamp>,
    assigning: BTreeSet<ContactId>,
    settled: Vec<oneshot::Sender<()>>,
    next_timer: Option<Timestamp>,
}

/// A turn that is about to be committed.
struct Prepared {
    loaded: Loaded,
    step: Step,
    queued: Option<Queued>,
}

/// The floor as the store knows it: open enquiries and agents.
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
            let state = contact.state.as_deref().and_then(|state| serde_json::from_str::<Conversation>(state).ok());
            if let Some(conversation) = state {
                floor.update(contact.id, &conversation);
            }
        }
    }
}

/// Runs until the runtime is dropped.
pub(super) async fn run(inner: Arc<Inner>, mut wanted: mpsc::Receiver<Wanted>) {
    let mut worker = Worker {
        inner,
        queued: BTreeMap::new(),
        checks: BTreeMap::new(),
        assigning: BTreeSet::new(),
        settled: Vec::new(),
        next_timer: None,
    };
    worker.look_around().await;
    loop {
        while let Ok(wanted) = wanted.try_recv() {
            worker.take(wanted);
        }
        match worker.round().await {
            Ok(true) => {}
            Ok(false) => {
                for done in worker.settled.drain(..) {
                    // Whoever asked may have gone.
                    let _: Result<(), ()> = done.send(());
                }
                let wait = worker.wait();
                tokio::select! {
                    biased;
                    () = worker.inner.told_to_stop() => return,
                    next = tokio::time::timeout(wait, wanted.recv()) => match next {
                        Ok(Some(wanted)) => worker.take(wanted),
                        Ok(None) => return,
                        Err(_) if wait >= LOOK_AROUND => worker.look_around().await,
                        Err(_) => {}
                    },
                }
            }
            Err(error) if worker.inner.is_stopping() => {
                tracing::error!(%error, "the store is in trouble; what waits is taken up by the next start");
                return;
            }
            Err(error) => {
                tracing::error!(%error, "the store is in trouble; nothing is lost, trying again");
                tokio::time::sleep(TROUBLE_WAIT).await;
            }
        }
    }
}

impl Worker {
    fn take(&mut self, wanted: Wanted) {
        let now = self.inner.clock.now();
        match wanted {
            Wanted::Wake(contact) if contact > 0 => {
                self.checks.insert(contact, now);
            }
            Wanted::Wake(_) => self.next_timer = Some(now),
            Wanted::Event { contact, event, answer } => {
                self.queued.entry(contact).or_default().push_back(Queued { event: *event, answer, tries: 0 });
            }
            Wanted::Settled(done) => self.settled.push(done),
        }
    }

    /// Finds what waits in the store: at the start, and now and then.
    async fn look_around(&mut self) {
        let now = self.inner.clock.now();
        let mut after = 0;
        while let Ok(page) = self.inner.store.pending(after, PAGE).await {
            let Some(last) = page.last() else { break };
            after = last.contact;
            for pending in page {
                self.checks.entry(pending.contact).or_insert(now);
            }
        }
        self.next_timer = self.inner.store.next_timer(Timestamp::UNIX_EPOCH).await.ok().flatten();
    }

    /// How long nothing will happen by itself.
    fn wait(&self) -> Duration {
        let now = self.inner.clock.now();
        let offline = self.inner.editions.load().newest().policy.offline_after;
        let gone = locked(&self.inner.offline_since).values().min().map(|since| *since + offline);
        let next = self.checks.values().min().copied().into_iter().chain(self.next_timer).chain(gone).min();
        next.map_or(LOOK_AROUND, |at| (at - now).to_std().unwrap_or_default().min(LOOK_AROUND))
    }

    /// One round: whether anything was done.
    async fn round(&mut self) -> Result<bool, StoreError> {
        let now = self.inner.clock.now();
        self.agents_gone(now);
        self.assign();
        let mut contacts: BTreeSet<ContactId> = self.queued.keys().copied().take(ROUND_MAX).collect();
        contacts.extend(self.checks.iter().filter(|(_, at)| **at <= now).map(|(contact, _)| *contact).take(ROUND_MAX));
        if self.next_timer.is_some_and(|at| at <= now) {
            let due = self.inner.store.due_timers(now, u32::try_from(ROUND_MAX).unwrap_or(128)).await?;
            contacts.extend(due.iter().map(|due| due.contact));
            if due.is_empty() {
                self.next_timer = self.inner.store.next_timer(now).await?.filter(|at| *at > now);
            }
        }
        if contacts.is_empty() {
            return Ok(false);
        }
        let loaded = self.inner.store.load(contacts.iter().copied().collect()).await?;
        let known: BTreeSet<ContactId> = loaded.iter().map(|loaded| loaded.contact.id).collect();
        for contact in contacts.difference(&known) {
            self.forget(*contact);
        }
        let editions = self.inner.editions.load_full();
        let mut prepared = Vec::new();
        let mut commits = Vec::new();
        for loaded in loaded {
            if let Some((ready, commit)) = self.prepare(&editions, loaded, now) {
                prepared.push(ready);
                commits.push(commit);
            }
        }
        if !commits.is_empty() {
            let results = self.inner.store.commit_turns(commits).await?;
            for (prepared, result) in prepared.into_iter().zip(results) {
                self.committed(prepared, result.map(|_| ()), now);
            }
            self.inner.outbox.notify_one();
            self.next_timer = self.inner.store.next_timer(Timestamp::UNIX_EPOCH).await?;
        }
        Ok(true)
    }

    fn forget(&mut self, contact: ContactId) {
        self.checks.remove(&contact);
        for queued in self.queued.remove(&contact).into_iter().flatten() {
            if let Some(answer) = queued.answer {
                drop(answer.send(Err(Refused::Act("there is no such contact".to_owned()))));
            }
        }
    }

    /// The next turn of a contact, if there is one now.
    fn prepare(&mut self, editions: &Editions, loaded: Loaded, now: Timestamp) -> Option<(Prepared, TurnCommit)> {
        let contact = loaded.contact.id;
        self.checks.remove(&contact);
        let before = match turn::conversation(&loaded) {
            Ok(before) => before,
            Err(error) => {
                tracing::error!(contact, %error, "a stored conversation cannot be read; left alone for a while");
                self.checks.insert(contact, now + BROKEN_WAIT);
                return None;
            }
        };
        let mut queued = None;
        let (event, taken) = match turn::next_of_inbox(&loaded, &editions.newest().policy, now) {
            Next::Event(event, taken) => (*event, taken),
            Next::Unreadable(taken) => {
                tracing::error!(contact, "something in the inbox cannot be read; it is left out");
                (Event::Messages(Vec::new()), taken)
            }
            other => {
                if let Next::Wait(at) = other {
                    self.checks.insert(contact, at);
                }
                let waiting = self.queued.get_mut(&contact).and_then(VecDeque::pop_front);
                if self.queued.get(&contact).is_some_and(VecDeque::is_empty) {
                    self.queued.remove(&contact);
                }
                match waiting {
                    Some(waiting) => {
                        let event = waiting.event.clone();
                        queued = Some(waiting);
                        (event, Vec::new())
                    }
                    None => (Event::Timer(turn::due_timer(&before, now)?), Vec::new()),
                }
            }
        };
        let step = match &event {
            Event::Messages(messages) if messages.is_empty() => {
                Step { after: before.clone(), effects: Vec::new(), why: Vec::new(), refused: None }
            }
            event => turn::decide(editions, &locked(&self.inner.floor), &before, event, now),
        };
        if let Some(why) = &step.refused {
            if let Some(answer) = queued.and_then(|queued| queued.answer) {
                drop(answer.send(Err(Refused::Act(why.clone()))));
            }
            self.assigning.remove(&contact);
            self.checks.insert(contact, now);
            return None;
        }
        match turn::commit(editions, &loaded, &before, &event, &step, taken, now) {
            Ok(commit) => Some((Prepared { loaded, step, queued }, commit)),
            Err(error) => {
                tracing::error!(contact, %error, "a turn cannot be written down; left alone for a while");
                self.checks.insert(contact, now + BROKEN_WAIT);
                None
            }
        }
    }

    fn committed(&mut self, prepared: Prepared, result: Result<(), TurnProblem>, now: Timestamp) {
        let contact = prepared.loaded.contact.id;
        self.assigning.remove(&contact);
        self.checks.entry(contact).or_insert(now);
        if let Err(problem) = result {
            self.again(contact, prepared.queued, &problem);
            return;
        }
        locked(&self.inner.floor).update(contact, &prepared.step.after);
        self.carry_out(contact, &prepared.step);
        if let Some(answer) = prepared.queued.and_then(|queued| queued.answer) {
            drop(answer.send(Ok(())));
        }
        // Nobody may be listening.
        drop(self.inner.live.send(Live::Changed(contact)));
    }

    /// A turn that another one overtook is repeated from where the contact stands now.
    fn again(&mut self, contact: ContactId, queued: Option<Queued>, problem: &TurnProblem) {
        let passing = match problem {
            TurnProblem::Moved { .. } | TurnProblem::Taken { .. } => true,
            TurnProblem::Store(error) => error.is_temporary(),
            TurnProblem::NoContact | TurnProblem::NoEntry { .. } => false,
        };
        if !passing {
            tracing::error!(contact, %problem, "a turn could not be committed");
            self.checks.insert(contact, self.inner.clock.now() + BROKEN_WAIT);
        }
        let Some(mut queued) = queued else { return };
        queued.tries += 1;
        if passing && queued.tries < TRIES_MAX {
            self.queued.entry(contact).or_default().push_front(queued);
        } else if let Some(answer) = queued.answer {
            drop(answer.send(Err(Refused::Trouble(format!("nothing was done: {problem}")))));
        }
    }

    /// What a committed turn wants besides sending.
    fn carry_out(&self, contact: ContactId, step: &Step) {
        for effect in &step.effects {
            match effect {
                Effect::Lookup { call, lookup, names, results } => {
                    let editions = self.inner.editions.load();
                    let declared = editions.newest().lookups.get(lookup).cloned();
                    let (inner, call, names, results) =
                        (Arc::clone(&self.inner), *call, names.clone(), results.clone());
                    tokio::spawn(async move {
                        let answer = match declared {
                            None => LookupAnswer::Failed("the lookup is no longer declared".to_owned()),
                            Some(lookup) => {
                                let lookup = with_demo(lookup, inner.demo.as_deref());
                                match inner.lookups.call(&lookup, &names, &results).await {
                                    LookupOutcome::Found(fields) => LookupAnswer::Found(fields),
                                    LookupOutcome::NotFound => LookupAnswer::NotFound,
                                    LookupOutcome::Failed(why) => LookupAnswer::Failed(why),
                                }
                            }
                        };
                        let event = Box::new(Event::Lookup { call, answer });
                        // Should the loop be gone, the timer `lookup_lost` takes over after the restart.
                        drop(inner.wanted.send(Wanted::Event { contact, event, answer: None }).await);
                    });
                }
                Effect::Alert { to, alert } => {
                    let name = step.after.contact.name.clone();
                    drop(self.inner.live.send(Live::Alert { contact, name, to: to.clone(), alert: *alert }));
                }
                Effect::Send { .. } | Effect::MarkRead { .. } | Effect::Note { .. } => {}
            }
        }
    }

    /// Hands out what waits, the moment something changed (R29).
    fn assign(&mut self) {
        let editions = self.inner.editions.load_full();
        let floor = locked(&self.inner.floor);
        let mut given = Vec::new();
        for queue in editions.newest().queues.keys() {
            given.extend(assign(&floor, queue, editions.newest().policy.capacity));
        }
        drop(floor);
        for assignment in given {
            if self.assigning.insert(assignment.contact) {
                let event = Event::Assigned { agent: assignment.agent };
                self.queued.entry(assignment.contact).or_default().push_back(Queued { event, answer: None, tries: 0 });
            }
        }
    }

    /// Agents who have been away for `offline_after` give back what needs a reply (R29).
    fn agents_gone(&mut self, now: Timestamp) {
        let after = self.inner.editions.load().newest().policy.offline_after;
        let gone: Vec<String> = {
            let mut offline = locked(&self.inner.offline_since);
            let gone: Vec<String> =
                offline.iter().filter(|(_, since)| now - **since >= after).map(|(agent, _)| agent.clone()).collect();
            for agent in &gone {
                offline.remove(agent);
            }
            gone
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
            let event = Event::AgentGone { agent };
            self.queued.entry(contact).or_default().push_back(Queued { event, answer: None, tries: 0 });
        }
    }
}

/// In local mode, hosts that cannot exist (`*.example`) are answered by the built-in demo endpoint.
fn with_demo(lookup: Lookup, demo: Option<&str>) -> Lookup {
    let rest = lookup.get.strip_prefix("https://").or_else(|| lookup.get.strip_prefix("http://"));
    let (Some(demo), Some((host, path))) = (demo, rest.and_then(|rest| rest.split_once('/'))) else { return lookup };
    if host.ends_with(".example") { Lookup { get: format!("{demo}/{path}"), ..lookup } } else { lookup }
}
