//! What happens on other nodes of the same store: who is online there, what they changed, published and tell. Heard of at
//! once where the store can tell, found by looking around where the news was missed. Does nothing where there is one node.

use std::collections::BTreeSet;
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
use crate::store::{AgentRow, Change, ContactId, StoreError, Version};

use super::worker::{self, Worker};
use super::{Inner, Live, Wanted, locked, turn, versions};

/// So often a node says again who is online there.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// An agent of whom a node has not said so for this long is away: the node is gone.
const SILENT: chrono::Duration = chrono::Duration::seconds(70);

/// So many contacts that others changed are looked at together.
const PAGE: usize = 100;

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
    Ok(inner.store.agent(agent.to_owned()).await?.is_some_and(|row| says_online(&row, now)))
}

fn says_online(row: &AgentRow, now: Timestamp) -> bool {
    row.active && row.online && row.last_seen.is_some_and(|seen| now - seen < SILENT)
}

/// Brings the floor's agents up to what all nodes say.
async fn who_is_there(inner: &Inner) -> Result<(), StoreError> {
    let rows = inner.store.agents().await?;
    let now = inner.clock.now();
    let mut news = false;
    for row in rows {
        let online = locked(&inner.here).contains(&row.name) || says_online(&row, now);
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
    let Some(bot) = compile(&version).await else { return Ok(()) };
    inner.editions.rcu(|editions| editions.publish(Arc::clone(&bot)));
    tracing::info!(version = version.hash, "another node published a version; going on with it");
    versions::forget(inner, before).await
}

/// A version of the bot from the store.
pub(super) async fn compile(version: &Version) -> Option<Arc<Bot>> {
    let sources = version.sources.clone();
    let compiling = move || versions::unpack_sources(&sources).and_then(|sources| Bot::compile(&sources).0);
    let bot = tokio::task::spawn_blocking(compiling).await.ok().flatten().map(Arc::new);
    if bot.is_none() {
        tracing::warn!(
            version = version.hash,
            "a version in the store does not compile here; is this an older release?"
        );
    }
    bot
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
    /// What other nodes changed is on the floor and on open pages from now on. Here, between two rounds, nothing that is read
    /// can be older than what this node made of it.
    pub(super) async fn take_up_elsewhere(&mut self) -> Result<(), StoreError> {
        if self.anew {
            let mut fresh = worker::floor(&self.inner.store).await?;
            self.anew = false;
            self.elsewhere.clear();
            self.handed_out.clear();
            self.agenda.miss();
            let mut floor = locked(&self.inner.floor);
            fresh.agents = std::mem::take(&mut floor.agents);
            *floor = fresh;
        }
        while !self.elsewhere.is_empty() {
            let page: Vec<ContactId> = self.elsewhere.iter().take(PAGE).copied().collect();
            for loaded in self.inner.store.load(page.clone()).await? {
                let contact = loaded.contact.id;
                if let Ok(conversation) = turn::conversation(&loaded) {
                    locked(&self.inner.floor).update(contact, &conversation);
                }
                self.handed_out.remove(&contact);
                self.next_timer = self.next_timer.into_iter().chain(loaded.timers.first().map(|next| next.due)).min();
                // Nobody may be listening.
                drop(self.inner.live.send(Live::Changed(contact)));
            }
            self.elsewhere.retain(|contact| !page.contains(contact));
        }
        Ok(())
    }

    /// Finds the versions that others published and enquiries stand on (R19).
    pub(super) async fn find_versions(&mut self, wanted: BTreeSet<String>) -> Result<(), StoreError> {
        for hash in wanted {
            let found = match self.inner.store.version(hash.clone()).await? {
                Some(version) => compile(&version).await,
                None => None,
            };
            match found {
                Some(bot) => {
                    self.inner.editions.rcu(|editions| Editions::clone(editions).with_older(Arc::clone(&bot)));
                }
                None => drop(self.lost_versions.insert(hash)),
            }
        }
        Ok(())
    }
}
