//! What happens on other nodes of the same store: who is online there, what they changed, published and tell. Heard of at
//! once where the store can tell, found by looking around where the news was missed. Does nothing where there is one node.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::Editions;
use crate::conversation::effect::{Alert, Audience};
use crate::conversation::floor::AgentOnFloor;
use crate::store::{AgentRow, Change, ContactId, StoreError};

use super::worker::{self, Worker};
use super::{Inner, Live, Wanted, locked, turn, versions};

/// So often a node says again who is online there.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// An agent of whom a node has not said so for this long is away: the node is gone.
const SILENT: chrono::Duration = chrono::Duration::seconds(70);

/// A contact whose version is looked for is looked at again so much later at the latest.
const LOOK_AGAIN: chrono::Duration = chrono::Duration::seconds(5);
/// So many contacts that others changed are looked at together.
const PAGE: usize = 100;

/// When nodes said last that their agents are online, as we saw it: by our own clock, whatever theirs say.
#[derive(Debug, Default)]
pub(super) struct Sightings(BTreeMap<String, Sighting>);

#[derive(Debug)]
struct Sighting {
    /// The node's word, by its own clock.
    said: Timestamp,
    /// When we saw that it was a new one.
    at: Timestamp,
}

impl Sightings {
    /// Whether a node says that this agent is online, and is not gone itself. What it said before we looked is as old as it
    /// claims to be.
    fn says_online(&mut self, row: &AgentRow, now: Timestamp) -> bool {
        let Some(said) = row.last_seen.filter(|_| row.active && row.online) else {
            self.0.remove(&row.name);
            return false;
        };
        let sighting = self.0.entry(row.name.clone()).or_insert(Sighting { said, at: said.min(now) });
        if sighting.said != said {
            *sighting = Sighting { said, at: now };
        }
        now - sighting.at < SILENT
    }
}

/// An alert as other nodes are told it.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    contact: i64,
    name: String,
    to: Audience,
    alert: Alert,
}

/// Runs until the runtime is told to stop.
pub(super) async fn run(inner: Arc<Inner>, mut changes: broadcast::Receiver<Change>) {
    let mut beat = tokio::time::interval(HEARTBEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let heard = tokio::select! {
            biased;
            () = inner.told_to_stop() => return,
            _ = beat.tick() => look_around(&inner).await,
            change = changes.recv() => match change {
                Ok(change) => take(&inner, change).await,
                Err(RecvError::Lagged(_)) => take(&inner, Change::Anything).await,
                Err(RecvError::Closed) => return,
            },
        };
        if let Err(error) = heard {
            tracing::warn!(%error, "what other nodes did could not be looked up; the next look around finds it");
        }
    }
}

async fn take(inner: &Arc<Inner>, change: Change) -> Result<(), StoreError> {
    match change {
        Change::Contacts(contacts) => tell_loop(inner, Wanted::Elsewhere(contacts)).await,
        Change::People => return who_is_there(inner).await,
        Change::Version => return take_newest(inner).await,
        Change::Told(news) => {
            if let Ok(Told { contact, name, to, alert }) = serde_json::from_str(&news) {
                // Nobody may be listening.
                drop(inner.live.send(Live::Alert { contact, name, to, alert }));
            }
        }
        Change::Anything => {
            tell_loop(inner, Wanted::Anew).await;
            who_is_there(inner).await?;
            take_newest(inner).await?;
            drop(inner.live.send(Live::Anything));
        }
    }
    Ok(())
}

async fn tell_loop(inner: &Inner, wanted: Wanted) {
    tokio::select! {
        () = inner.told_to_stop() => {}
        sent = inner.wanted.send(wanted) => drop(sent),
    }
}

/// Says again who is online here, and sees who is online elsewhere: a node that died says nothing.
async fn look_around(inner: &Arc<Inner>) -> Result<(), StoreError> {
    let here: Vec<String> = locked(&inner.here).iter().cloned().collect();
    for agent in here {
        inner.store.set_presence(agent, true, inner.clock.now()).await?;
    }
    who_is_there(inner).await?;
    take_newest(inner).await
}

/// Whether another node says that this agent is online.
pub(super) async fn is_there(inner: &Inner, agent: &str, now: Timestamp) -> Result<bool, StoreError> {
    if !inner.shared {
        return Ok(false);
    }
    let row = inner.store.agent(agent.to_owned()).await?;
    Ok(row.is_some_and(|row| locked(&inner.sightings).says_online(&row, now)))
}

/// Brings the floor's agents up to what all nodes say.
async fn who_is_there(inner: &Inner) -> Result<(), StoreError> {
    let rows = inner.store.agents().await?;
    let now = inner.clock.now();
    let mut news = false;
    for row in rows {
        let there = locked(&inner.sightings).says_online(&row, now);
        let online = there || locked(&inner.here).contains(&row.name);
        let agent = AgentOnFloor { online, queues: row.queues.map(|queues| queues.into_iter().collect()) };
        let before = locked(&inner.floor).agents.insert(row.name.clone(), agent.clone());
        if before.as_ref() != Some(&agent) {
            news = true;
            if before.is_none_or(|before| before.online != online) {
                inner.count_away(&row.name, (!online).then_some(now));
            }
        }
    }
    if news {
        // A loop that has no room to be told is at work, and sees it in its next round.
        drop(inner.wanted.try_send(Wanted::Round));
    }
    Ok(())
}

/// Goes on with the version that was published last, wherever that was (R19).
async fn take_newest(inner: &Arc<Inner>) -> Result<(), StoreError> {
    let _one_at_a_time = inner.publishing.lock().await;
    let before = inner.editions.load().newest().version.clone();
    let Some(version) = inner.store.newest_version().await?.filter(|version| version.hash != before) else {
        return Ok(());
    };
    let Some(bot) = versions::compile(&*inner.compiler, &version).await else { return Ok(()) };
    inner.editions.rcu(|editions| editions.publish(Arc::clone(&bot)));
    tracing::info!(version = version.hash, "another node published a version; going on with it");
    versions::forget(inner, before).await
}

/// Tells other nodes of an alert. It is not kept: what matters is in the thread.
pub(super) fn pass_on(inner: &Inner, contact: i64, name: &str, to: &Audience, alert: Alert) {
    if !inner.shared {
        return;
    }
    let told = Told { contact, name: name.to_owned(), to: to.clone(), alert };
    let Ok(news) = serde_json::to_string(&told) else { return };
    let telling = inner.store.tell(news);
    tokio::spawn(async move {
        if let Err(error) = telling.await {
            tracing::warn!(%error, "other nodes could not be told of an alert");
        }
    });
}

impl Worker {
    /// What other nodes changed is on the floor and on open pages from now on. Whoever has a turn under way is read when that
    /// is committed: nothing that is read may be older than what this node made of it.
    pub(super) async fn take_up_elsewhere(&mut self) -> Result<(), StoreError> {
        if self.anew {
            self.land().await?;
            let mut fresh = worker::floor(&self.inner.store).await?;
            self.anew = false;
            self.elsewhere.clear();
            self.handed_out.clear();
            self.agenda.miss();
            let mut floor = locked(&self.inner.floor);
            fresh.agents = std::mem::take(&mut floor.agents);
            *floor = fresh;
        }
        let is_under_way = |contact: &ContactId| self.flight.as_ref().is_some_and(|flight| flight.has(*contact));
        let ready: Vec<ContactId> = self.elsewhere.iter().filter(|contact| !is_under_way(contact)).copied().collect();
        for page in ready.chunks(PAGE) {
            for loaded in self.inner.store.load(page.to_vec()).await? {
                let contact = loaded.contact.id;
                if let Ok(conversation) = turn::conversation(&loaded) {
                    locked(&self.inner.floor).update(contact, &conversation);
                }
                self.handed_out.remove(&contact);
                self.next_timer = self.next_timer.into_iter().chain(loaded.timers.first().map(|next| next.due)).min();
                // Nobody may be listening.
                drop(self.inner.live.send(Live::Changed(contact)));
            }
            for contact in page {
                self.elsewhere.remove(contact);
            }
        }
        Ok(())
    }

    /// Looks for a version that another node published and an enquiry stands on (R19). Compiling it takes seconds: meanwhile
    /// its contacts are left alone, and the loop goes on with the others.
    pub(super) fn look_for_version(&mut self, hash: &str, contact: ContactId, now: Timestamp) {
        self.agenda.leave_alone(contact, now + LOOK_AGAIN);
        let waiting = self.awaited.entry(hash.to_owned()).or_default();
        let first = waiting.is_empty();
        waiting.insert(contact);
        if first {
            let (inner, hash) = (Arc::clone(&self.inner), hash.to_owned());
            let (looking, wanted) = (Arc::clone(&inner), hash.clone());
            let looking = tokio::spawn(async move { version(&looking, &wanted).await });
            tokio::spawn(async move {
                // Whatever goes wrong there, it is told, and looked for again.
                let found = match looking.await {
                    Ok(found) => found.map_err(|error| error.to_string()),
                    Err(died) => Err(died.to_string()),
                };
                tell_loop(&inner, Wanted::Version { hash, found }).await;
            });
        }
    }

    /// A version was found, or is nowhere; what waited for it goes on.
    pub(super) fn take_version(&mut self, hash: String, found: Result<Option<Arc<Bot>>, String>) {
        let waiting = self.awaited.remove(&hash).unwrap_or_default();
        match found {
            Ok(Some(bot)) => {
                self.inner.editions.rcu(|editions| Editions::clone(editions).with_older(Arc::clone(&bot)));
            }
            Ok(None) => drop(self.lost_versions.insert(hash)),
            Err(error) => {
                tracing::warn!(error, version = hash, "a version could not be fetched; trying again in a while");
                return;
            }
        }
        for contact in waiting {
            self.agenda.insist(contact, self.inner.clock.now());
        }
    }
}

/// A version from the store; none where it is not there or does not compile here.
async fn version(inner: &Inner, hash: &str) -> Result<Option<Arc<Bot>>, StoreError> {
    // Whoever publishes compiles it, too: once is enough.
    let _one_at_a_time = inner.publishing.lock().await;
    if let Some(bot) = inner.editions.load().version(hash) {
        return Ok(Some(Arc::clone(bot)));
    }
    match inner.store.version(hash.to_owned()).await? {
        Some(version) => Ok(versions::compile(&*inner.compiler, &version).await),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(1_772_409_600 + second, 0).unwrap_or_default()
    }

    fn row(online: bool, seen: i64) -> AgentRow {
        AgentRow {
            name: "Noa".to_owned(),
            password_hash: String::new(),
            role: "agent".to_owned(),
            queues: None,
            online,
            capacity: None,
            last_seen: Some(at(seen)),
            active: true,
        }
    }

    #[test]
    fn who_is_online_elsewhere_is_not_a_matter_of_clocks() {
        for ahead in [-600, 0, 600] {
            let mut sightings = Sightings::default();
            for beat in [0, 20, 40] {
                let online = sightings.says_online(&row(true, ahead + beat), at(beat + 1));
                assert!(online || beat == 0, "a beat every 20 s by a clock that is {ahead} s ahead");
            }
            assert!(sightings.says_online(&row(true, ahead + 40), at(110)));
            assert!(!sightings.says_online(&row(true, ahead + 40), at(111)), "the node is gone");
            assert!(sightings.says_online(&row(true, ahead + 120), at(121)));
            assert!(!sightings.says_online(&row(false, ahead + 120), at(122)));
        }
    }

    #[test]
    fn what_a_dead_node_left_behind_is_as_old_as_it_says() {
        assert!(!Sightings::default().says_online(&row(true, 0), at(71)));
        assert!(Sightings::default().says_online(&row(true, 0), at(69)));
    }
}
