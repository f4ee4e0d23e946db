//! Sends what was committed to be sent (R39): in order per contact, many contacts at once, nobody waiting for another's
//! slow send. Keeps what is under way in mind, notes what came of it, and sleeps until there is more.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, JoinSet};

use crate::clock::Timestamp;
use crate::message::Delivery;
use crate::store::{Arrival, Claim, Finished, Identity, Job, SendOutcome, StoreError};
use crate::whatsapp::errors::SETTLE;

use super::channel::{Room, Taken};
use super::marks::{Mark, Marks};
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
    /// Counts the claims, so that each has a name of its own.
    claims: u64,
    under_way: JoinSet<Sent>,
    marks: Marks,
    /// The business number that had its share last.
    after: Option<String>,
    resting: Vec<Asked>,
}

/// What came of a job.
struct Sent {
    number_id: String,
    finished: Finished,
}

/// Runs until it is told to stop, and what is under way then has come to its end.
pub(super) async fn run(inner: Arc<Inner>, mut asked: mpsc::Receiver<Asked>, mut marks: mpsc::Receiver<Mark>) {
    let name = format!("sender-{:016x}", inner.chance.number());
    let mut sender = Sender::new(inner, name);
    let mut trouble = Trouble::default();
    while !sender.inner.is_stopping() {
        while let Ok(asked) = asked.try_recv() {
            sender.resting.push(asked);
        }
        sender.begin_marks(&mut marks);
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
            Some(mark) = marks.recv(), if sender.marks.have_room() => sender.marks.begin(&sender.inner, mark),
            () = sender.marks.one_ended() => {}
            () = sender.inner.outbox.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    while let Some(first) = sender.under_way.join_next().await {
        sender.note(first).await;
    }
    while !sender.marks.are_over() {
        sender.marks.one_ended().await;
    }
}

impl Sender {
    fn new(inner: Arc<Inner>, name: String) -> Self {
        let (under_way, marks) = (JoinSet::new(), Marks::default());
        Self { inner, name, claims: 0, under_way, marks, after: None, resting: Vec::new() }
    }

    /// Begins the read marks that turns wanted, before what they want sent.
    fn begin_marks(&mut self, wanted: &mut mpsc::Receiver<Mark>) {
        let _ = self.marks.are_over();
        while self.marks.have_room()
            && let Ok(mark) = wanted.try_recv()
        {
            self.marks.begin(&self.inner, mark);
        }
    }

    /// Starts what may be sent now; when there may be more.
    async fn start_more(&mut self) -> Result<Option<Timestamp>, StoreError> {
        while self.claim().await? {}
        let room = self.inner.channel.room(self.inner.clock.now());
        let except = self.marks.typing();
        let next = self.inner.store.next_job(except, room.held()).await?.into_iter().chain(room.freed).min();
        if self.under_way.is_empty() && self.marks.are_over() {
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
        let Room { at_once: room, of: rooms, .. } = self.inner.channel.room(now);
        let places = UNDER_WAY_MAX.saturating_sub(self.under_way.len());
        let limit = u32::try_from(places).unwrap_or(u32::MAX);
        if limit == 0 {
            return Ok(false);
        }
        let (worker, after, except) = (self.next_name(), self.after.clone(), self.marks.typing());
        let claim =
            Claim { worker: worker.clone(), now, lease: LEASE, settle: SETTLE, limit, room, rooms, after, except };
        let jobs = self.inner.store.claim_jobs(claim).await?;
        let any = !jobs.is_empty();
        self.after = jobs.last().map(|job| job.number_id.clone()).or(self.after.take());
        let begin_by = channel::later(now, LEASE - TRY_MAX);
        for job in jobs {
            let late = self.inner.clock.now();
            if late <= begin_by {
                self.start(&worker, job);
            } else {
                // The store or this machine stood still for a while; whoever is given it next has the time.
                self.begin(&worker, job, async move { SendOutcome::Postponed { until: late } });
            }
        }
        Ok(any)
    }

    /// The next claim's. A lease may end and be ours anew while an earlier one's outcome is still to be noted: by its name
    /// that touches the earlier one only.
    fn next_name(&mut self) -> String {
        self.claims += 1;
        format!("{}-{}", self.name, self.claims)
    }

    fn start(&mut self, worker: &str, job: Job) {
        let payload = match serde_json::from_str::<payload::Job>(&job.payload) {
            Ok(payload) => payload,
            Err(error) => {
                let outcome = channel::failed(0, &format!("it cannot be read back ({})", turn::spot(&error)));
                return self.begin(worker, job, async { outcome });
            }
        };
        match self.inner.channel.take(&job, self.inner.clock.now()) {
            Taken::Now => {
                let (inner, sent) = (Arc::clone(&self.inner), job.clone());
                self.begin(worker, job, async move { send(&inner, &sent, payload).await });
            }
            Taken::Later(until) => self.begin(worker, job, async move { SendOutcome::Postponed { until } }),
        }
    }

    fn begin(&mut self, worker: &str, job: Job, outcome: impl Future<Output = SendOutcome> + Send + 'static) {
        let (worker, inner, began) = (worker.to_owned(), Arc::clone(&self.inner), self.inner.clock.now());
        self.under_way.spawn(async move {
            let finished = Finished { job: job.id, worker, outcome: outcome.await };
            locked(&inner.counts).sent(&finished.outcome, inner.clock.now() - began);
            Sent { number_id: job.number_id, finished }
        });
    }

    /// Notes what came of a job, and of all others that are done by now.
    async fn note(&mut self, first: Result<Sent, JoinError>) {
        let mut done = Vec::new();
        let mut next = Some(first);
        while let Some(result) = next {
            match result {
                Ok(sent) => done.push(sent),
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
            SendOutcome::Sent { message_id: id, .. } => Some(Arrival::Status {
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
        Channel::Local => SendOutcome::Sent { message_id: format!("local.{}", job.id), recipient: Identity::default() },
        Channel::Whatsapp(whatsapp) => {
            let tried = tokio::time::timeout(TRY_MAX, channel::over_whatsapp(inner, whatsapp, job, payload)).await;
            tried.unwrap_or_else(|_| channel::unanswered(inner, whatsapp, job))
        }
    }
}
