//! Sends what was committed to be sent (R39): in order per contact, many contacts at once, nobody waiting for another's
//! slow send. Keeps what is under way in mind, notes what came of it, and sleeps until there is more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinError, JoinSet};

use crate::clock::Timestamp;
use crate::message::Delivery;
use crate::store::{Arrival, Claim, ContactId, Finished, Identity, Job, SendOutcome, StoreError};
use crate::whatsapp::errors::SETTLE;

use super::channel::{Room, Taken};
use super::trouble::Trouble;
use super::{Channel, Inner, Live, channel, locked, payload, turn};

/// How long jobs are ours. After a crash they wait for its end, so it is short.
const LEASE: Duration = Duration::from_secs(60);
/// No try lasts longer than this, files and all, so that no lease ends under a try.
const TRY_MAX: Duration = Duration::from_secs(45);
/// At most so many jobs are under way at once.
const UNDER_WAY_MAX: usize = 128;
/// What is ours is tried once, its file and itself: all of it within its lease.
const _: () = {
    assert!(TRY_MAX.as_secs() < LEASE.as_secs());
    assert!(channel::UPLOAD_MAX.as_secs() < TRY_MAX.as_secs());
};
/// The sender looks at the store at least so often.
const LOOK_AROUND: Duration = Duration::from_secs(10);
/// A job that another holds may come free a moment late; the floor keeps the loop from spinning.
const LOOK_AROUND_LEAST: Duration = Duration::from_millis(20);

/// A question when the sender will have something to do, answered once it has nothing.
pub(super) type Asked = oneshot::Sender<Option<Timestamp>>;

struct Sender {
    inner: Arc<Inner>,
    /// One name per process and start.
    name: String,
    /// None for what is not noted anywhere.
    under_way: JoinSet<Option<Sent>>,
    /// Whose read mark is under way: what they are told comes after it, and is not ours before. Should we die meanwhile,
    /// nothing of theirs waits for the end of a lease.
    marking: BTreeMap<ContactId, AbortHandle>,
    resting: Vec<Asked>,
}

/// What came of a job.
struct Sent {
    number_id: String,
    finished: Finished,
}

/// Runs until it is told to stop, and what is under way then has come to its end.
pub(super) async fn run(inner: Arc<Inner>, mut asked: mpsc::Receiver<Asked>) {
    let name = format!("sender-{:016x}", inner.chance.number());
    let mut sender = Sender { inner, name, under_way: JoinSet::new(), marking: BTreeMap::new(), resting: Vec::new() };
    let mut trouble = Trouble::default();
    while !sender.inner.is_stopping() {
        while let Ok(asked) = asked.try_recv() {
            sender.resting.push(asked);
        }
        let wait = match sender.start_more().await {
            Ok(next) => {
                trouble.is_over();
                sender.wait(next)
            }
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read; nothing is lost, trying again");
                trouble.wait()
            }
        };
        tokio::select! {
            biased;
            () = sender.inner.told_to_stop() => {}
            Some(first) = sender.under_way.join_next() => sender.note(first).await,
            Some(asked) = asked.recv() => sender.resting.push(asked),
            () = sender.inner.outbox.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    while let Some(first) = sender.under_way.join_next().await {
        sender.note(first).await;
    }
}

impl Sender {
    /// Starts what may be sent now; when there may be more.
    async fn start_more(&mut self) -> Result<Option<Timestamp>, StoreError> {
        while self.claim().await? {}
        let Room { held, freed, .. } = self.inner.channel.room(self.inner.clock.now());
        let except = self.marked();
        let next = self.inner.store.next_job(except, held).await?.into_iter().chain(freed).min();
        if self.under_way.is_empty() {
            for asked in self.resting.drain(..) {
                // Whoever asked may have gone.
                let _ = asked.send(next);
            }
        }
        Ok(next)
    }

    fn wait(&self, next: Option<Timestamp>) -> Duration {
        let wait = next.map_or(LOOK_AROUND, |at| (at - self.inner.clock.now()).to_std().unwrap_or_default());
        wait.clamp(LOOK_AROUND_LEAST, LOOK_AROUND)
    }

    /// Makes more jobs ours and starts them, as far as there is room; whether there were any.
    async fn claim(&mut self) -> Result<bool, StoreError> {
        let now = self.inner.clock.now();
        let Room { at_once, held, .. } = self.inner.channel.room(now);
        let places = UNDER_WAY_MAX.saturating_sub(self.under_way.len());
        let limit = at_once.min(u32::try_from(places).unwrap_or(u32::MAX));
        if limit == 0 {
            return Ok(false);
        }
        let except = self.marked();
        let claim = Claim { worker: self.name.clone(), now, lease: LEASE, settle: SETTLE, limit, except, held };
        let jobs = self.inner.store.claim_jobs(claim).await?;
        let any = !jobs.is_empty();
        let begin_by = channel::later(now, LEASE - TRY_MAX);
        for job in jobs {
            let late = self.inner.clock.now();
            if late > begin_by {
                // The store or this machine stood still for a while; whoever is given it next has the time.
                self.begin(job, async move { SendOutcome::Postponed { until: late } });
            } else {
                self.start(job);
            }
        }
        Ok(any)
    }

    fn start(&mut self, job: Job) {
        let payload = match serde_json::from_str::<payload::Job>(&job.payload) {
            Ok(payload) => payload,
            Err(error) => {
                let outcome = channel::failed(0, &format!("it cannot be read back ({})", turn::spot(&error)));
                return self.begin(job, async { outcome });
            }
        };
        match self.inner.channel.take(&job, &payload, self.inner.clock.now()) {
            Taken::Now => {
                let (inner, sent) = (Arc::clone(&self.inner), job.clone());
                self.begin(job, async move { send(&inner, &sent, payload).await });
            }
            Taken::Later(until) => self.begin(job, async move { SendOutcome::Postponed { until } }),
            // Only what is handed out once is taken never: it is done with.
            Taken::Never => {}
        }
    }

    /// Whose read mark is under way.
    fn marked(&mut self) -> Vec<ContactId> {
        self.marking.retain(|_, mark| !mark.is_finished());
        self.marking.keys().copied().collect()
    }

    fn begin(&mut self, job: Job, outcome: impl Future<Output = SendOutcome> + Send + 'static) {
        let (worker, contact, once) = (self.name.clone(), job.id.contact, job.once);
        let (inner, began) = (Arc::clone(&self.inner), self.inner.clock.now());
        let under_way = self.under_way.spawn(async move {
            let finished = Finished { job: job.id, worker, outcome: outcome.await };
            if !once {
                locked(&inner.counts).sent(&finished.outcome, inner.clock.now() - began);
            }
            (!once).then_some(Sent { number_id: job.number_id, finished })
        });
        if once {
            self.marking.insert(contact, under_way);
        }
    }

    /// Notes what came of a job, and of all others that are done by now.
    async fn note(&mut self, first: Result<Option<Sent>, JoinError>) {
        let mut done = Vec::new();
        let mut next = Some(first);
        while let Some(result) = next {
            match result {
                Ok(sent) => done.extend(sent),
                // Its lease ends, and its status has time to come before it is tried again.
                Err(error) => tracing::error!(%error, "a send failed inside; it is settled later"),
            }
            next = self.under_way.try_join_next();
        }
        if done.is_empty() || !self.write_down(&done).await {
            return;
        }
        self.inner.done.fetch_add(1, Ordering::SeqCst);
        if matches!(self.inner.channel, Channel::Local) {
            self.deliver_locally(&done).await;
        }
        for sent in done {
            let contact = sent.finished.job.contact;
            drop(self.inner.live.send(Live::Changed(contact)));
            self.inner.wake(contact);
        }
    }

    /// Whether it could be written down before the end. What was sent must not be forgotten because of passing trouble.
    async fn write_down(&self, done: &[Sent]) -> bool {
        let finished: Vec<Finished> = done.iter().map(|sent| sent.finished.clone()).collect();
        let mut trouble = Trouble::default();
        loop {
            let Err(error) = self.inner.store.finish_jobs(finished.clone(), self.inner.clock.now()).await else {
                return true;
            };
            tracing::error!(%error, "what was sent cannot be noted; trying again");
            if matches!(error, StoreError::Closed) || self.inner.is_stopping() {
                return false;
            }
            tokio::select! {
                biased;
                () = self.inner.told_to_stop() => {}
                () = tokio::time::sleep(trouble.wait()) => {}
            }
        }
    }

    /// In local mode every message has arrived and been read.
    async fn deliver_locally(&self, done: &[Sent]) {
        let statuses = done.iter().filter_map(|sent| match &sent.finished.outcome {
            SendOutcome::Sent { message_id: Some(id), .. } => Some(Arrival::Status {
                number_id: sent.number_id.clone(),
                message_id: id.clone(),
                job: Some(sent.finished.job),
                delivery: Delivery::Read,
                failure: None,
                retry_at: None,
                payload: String::new(),
            }),
            _ => None,
        });
        if let Err(error) = self.inner.store.receive(statuses.collect(), self.inner.clock.now()).await {
            tracing::warn!(%error, "the delivery of a message could not be noted");
        }
    }
}

async fn send(inner: &Inner, job: &Job, payload: payload::Job) -> SendOutcome {
    match &inner.channel {
        Channel::Local => {
            let message_id = matches!(payload, payload::Job::Message(_)).then(|| format!("local.{}", job.id));
            SendOutcome::Sent { message_id, recipient: Identity::default() }
        }
        Channel::Whatsapp(whatsapp) => {
            let tried = tokio::time::timeout(TRY_MAX, channel::over_whatsapp(inner, whatsapp, job, payload)).await;
            tried.unwrap_or_else(|_| channel::unanswered(inner, whatsapp, job))
        }
    }
}
