//! Random interleavings of what the runtime asks of a store, against a simple model: order per contact holds, and nothing
//! is lost or doubled.

use std::collections::BTreeSet;
use std::sync::Arc;

use frontdesk::message::Delivery;
use frontdesk::store::{
    Arrived, ContactId, Finished, JobId, SendOutcome, SqliteSettings, SqliteStore, Store, ThreadQuery, TurnCommit,
    TurnProblem,
};
use proptest::prelude::*;

use crate::postgres_server::{database, open, shared};

use super::help::{LEASE, SETTLE, about, at, claim_as, contact, known, load, message, receive, saying, sent, status};

const CONTACTS: usize = 3;
const WORKERS: [&str; 2] = ["one", "two"];

#[derive(Debug, Clone)]
enum Op {
    /// A message with one of few ids arrives, stamped at some time.
    Receive { who: usize, id: u8, stamped: i64 },
    /// A turn takes what waits and sends something; or it began too early and is refused.
    Turn { who: usize, jobs: usize, stale: bool },
    /// A worker asks for work.
    Claim { worker: usize },
    /// A worker tells what became of a job, its own or not.
    Finish { worker: usize, who: usize, job: usize, outcome: Outcome },
    /// WhatsApp tells of a job.
    Status { who: usize, job: usize, delivered: bool },
    /// Time passes.
    Pass { seconds: i64 },
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Sent,
    Retry,
    Postponed,
    Unknown,
    Failed,
}

fn op() -> impl Strategy<Value = Op> {
    let who = 0..CONTACTS;
    let outcome = prop_oneof![
        4 => Just(Outcome::Sent),
        1 => Just(Outcome::Retry),
        1 => Just(Outcome::Postponed),
        1 => Just(Outcome::Unknown),
        1 => Just(Outcome::Failed),
    ];
    prop_oneof![
        3 => (who.clone(), 0..12_u8, 0..50_i64).prop_map(|(who, id, stamped)| Op::Receive { who, id, stamped }),
        3 => (who.clone(), 0..3_usize, prop::bool::weighted(0.2))
            .prop_map(|(who, jobs, stale)| Op::Turn { who, jobs, stale }),
        4 => (0..2_usize).prop_map(|worker| Op::Claim { worker }),
        4 => (0..2_usize, who.clone(), 0..6_usize, outcome)
            .prop_map(|(worker, who, job, outcome)| Op::Finish { worker, who, job, outcome }),
        1 => (who, 0..6_usize, any::<bool>()).prop_map(|(who, job, delivered)| Op::Status { who, job, delivered }),
        2 => prop_oneof![1..5_i64, Just(SETTLE), Just(LEASE)].prop_map(|seconds| Op::Pass { seconds }),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Standing {
    /// Not on its way, to be sent from then on.
    Ready(i64),
    /// Perhaps on its way, to be sent again from then on; it was this worker's, who has not said how it went.
    Open {
        from: i64,
        worker: Option<usize>,
    },
    /// Under way; an earlier try may be known to have gone out, and to have been delivered.
    Leased {
        worker: usize,
        ends: i64,
        earlier: Option<bool>,
    },
    Sent {
        delivered: bool,
    },
    Failed,
}

#[derive(Debug)]
struct Job {
    id: JobId,
    standing: Standing,
    attempts: u32,
}

impl Job {
    fn is_done(&self) -> bool {
        matches!(self.standing, Standing::Sent { .. } | Standing::Failed)
    }
}

#[derive(Debug, Default)]
struct Contact {
    id: ContactId,
    version: i64,
    /// Stamp, order of receipt, payload.
    waiting: BTreeSet<(i64, usize, String)>,
    jobs: Vec<Job>,
}

/// What a store ought to hold.
struct Model {
    store: Arc<dyn Store>,
    now: i64,
    contacts: Vec<Contact>,
    ids: BTreeSet<String>,
    received: usize,
}

impl Model {
    async fn new(store: Arc<dyn Store>) -> Self {
        let mut contacts = Vec::new();
        for who in 0..CONTACTS {
            contacts.push(Contact { id: contact(&store, &format!("1{who}")).await, ..Contact::default() });
        }
        Self { store, now: 100, contacts, ids: BTreeSet::new(), received: 0 }
    }

    async fn play(&mut self, op: &Op) {
        match *op {
            Op::Receive { who, id, stamped } => self.receive(who, id, stamped).await,
            Op::Turn { who, jobs, stale } => self.turn(who, jobs, stale).await,
            Op::Claim { worker } => self.claim(worker).await,
            Op::Finish { worker, who, job, outcome } => self.finish(worker, who, job, outcome).await,
            Op::Status { who, job, delivered } => self.status(who, job, delivered).await,
            Op::Pass { seconds } => self.now += seconds,
        }
    }

    async fn receive(&mut self, who: usize, id: u8, stamped: i64) {
        let id = format!("{who}.{id}");
        let arrival = message(&known(&format!("1{who}"), ""), &id, stamped);
        let contact = &mut self.contacts[who];
        match receive(&self.store, arrival, self.now).await {
            Arrived::Stored { contact: stored, .. } => {
                assert_eq!(stored, contact.id);
                assert!(self.ids.insert(id.clone()), "{id} was taken twice");
                self.received += 1;
                contact.waiting.insert((at(stamped).timestamp(), self.received, id));
            }
            Arrived::Duplicate { .. } => assert!(self.ids.contains(&id), "{id} was refused"),
            other => panic!("{other:?}"),
        }
    }

    async fn turn(&mut self, who: usize, jobs: usize, stale: bool) {
        let contact = &mut self.contacts[who];
        let loaded = load(&self.store, contact.id).await;
        let waiting: Vec<&str> = loaded.inbox.iter().map(|row| row.payload.as_str()).collect();
        let expected: Vec<&str> = contact.waiting.iter().map(|(.., payload)| payload.as_str()).collect();
        assert_eq!(waiting, expected, "order of what waits");
        let texts: Vec<String> = (0..jobs).map(|job| format!("{who}.{}.{job}", contact.version)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let began = if stale { contact.version - 1 } else { contact.version };
        let taken = loaded.inbox.iter().map(|row| row.id).collect();
        let turn = TurnCommit { taken, at: at(self.now), ..saying(contact.id, began, &texts) };
        match self.store.commit_turns(vec![turn]).await.unwrap().remove(0) {
            Ok(committed) => {
                assert!(!stale);
                contact.version += 1;
                contact.waiting.clear();
                let job = |id| Job { id, standing: Standing::Ready(self.now), attempts: 0 };
                contact.jobs.extend(committed.jobs.into_iter().map(job));
            }
            Err(TurnProblem::Moved { found }) => assert!(stale && found == contact.version),
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn claim(&mut self, worker: usize) {
        let got: BTreeSet<(JobId, u32)> =
            claim_as(&self.store, WORKERS[worker], self.now).await.iter().map(|job| (job.id, job.attempt)).collect();
        let mut expected = BTreeSet::new();
        for contact in &mut self.contacts {
            for job in &mut contact.jobs {
                if let Standing::Leased { worker, ends, earlier } = job.standing
                    && ends <= self.now
                {
                    let open = Standing::Open { from: self.now + SETTLE, worker: Some(worker) };
                    job.standing = earlier.map_or(open, |delivered| Standing::Sent { delivered });
                }
            }
            let Some(first) = contact.jobs.iter_mut().find(|job| !job.is_done()) else { continue };
            if matches!(first.standing, Standing::Ready(from) | Standing::Open { from, .. } if from <= self.now) {
                first.standing = Standing::Leased { worker, ends: self.now + LEASE, earlier: None };
                first.attempts += 1;
                expected.insert((first.id, first.attempts));
            }
        }
        assert_eq!(got, expected, "at {}", self.now);
    }

    async fn finish(&mut self, worker: usize, who: usize, position: usize, outcome: Outcome) {
        let (now, soon) = (self.now, self.now + 5);
        let Some(job) = self.contacts[who].jobs.get_mut(position) else { return };
        let told = match outcome {
            Outcome::Sent => sent(&format!("wamid.{}", job.id)),
            Outcome::Retry => SendOutcome::Retry { at: at(soon), failure: "busy".into() },
            Outcome::Postponed => SendOutcome::Postponed { until: at(soon) },
            Outcome::Unknown => SendOutcome::Unknown { until: at(soon), failure: "silence".into() },
            Outcome::Failed => SendOutcome::Failed { failure: "no".into(), payload: None },
        };
        let finished = Finished { job: job.id, worker: WORKERS[worker].into(), outcome: told };
        self.store.finish_jobs(vec![finished], at(now)).await.unwrap();
        let theirs = match job.standing {
            Standing::Leased { worker: holder, .. } => holder == worker,
            Standing::Open { worker: holder, .. } => holder == Some(worker),
            _ => false,
        };
        if let Standing::Leased { earlier: Some(delivered), .. } = job.standing {
            if theirs {
                job.standing = Standing::Sent { delivered };
            }
            return;
        }
        if let (Standing::Leased { earlier, .. }, false, Outcome::Sent) = (&mut job.standing, theirs, outcome) {
            // An earlier try went out; the last may be on its way too, and the job stays its holder's.
            *earlier = Some(false);
            return;
        }
        let may_be_out = job.attempts > 0 && !job.is_done();
        match outcome {
            // That it was sent is true whoever says it; the rest is the holder's to say.
            Outcome::Sent if may_be_out => job.standing = Standing::Sent { delivered: false },
            _ if !theirs => {}
            Outcome::Sent => {}
            Outcome::Retry => job.standing = Standing::Ready(soon),
            Outcome::Unknown => job.standing = Standing::Open { from: soon, worker: None },
            Outcome::Postponed => {
                job.standing = Standing::Ready(soon);
                job.attempts -= 1;
            }
            Outcome::Failed => job.standing = Standing::Failed,
        }
    }

    async fn status(&mut self, who: usize, position: usize, delivered: bool) {
        let Some(job) = self.contacts[who].jobs.get_mut(position).filter(|job| job.attempts > 0) else { return };
        let delivery = if delivered { Delivery::Delivered } else { Delivery::Failed };
        let told = about(job.id, status(&format!("wamid.{}", job.id), delivery));
        let came = receive(&self.store, told, self.now).await;
        match job.standing {
            Standing::Failed | Standing::Sent { delivered: true } | Standing::Leased { earlier: Some(true), .. } => {
                assert!(matches!(came, Arrived::Duplicate { .. }), "{came:?}");
            }
            _ if delivered => {
                assert_eq!(came, Arrived::Settled { job: job.id, delivery });
                job.standing = match job.standing {
                    Standing::Leased { worker, ends, .. } if job.attempts > 1 => {
                        Standing::Leased { worker, ends, earlier: Some(true) }
                    }
                    _ => Standing::Sent { delivered },
                };
            }
            _ => {
                assert!(matches!(came, Arrived::Stored { .. }), "{came:?}");
                job.standing = Standing::Failed;
                self.received += 1;
                let row = (at(self.now).timestamp(), self.received, "undeliverable".to_owned());
                self.contacts[who].waiting.insert(row);
            }
        }
    }

    async fn lines(&self, who: usize) -> Vec<Option<Delivery>> {
        let query = ThreadQuery { contact: self.contacts[who].id, before: None, after: 0, limit: 1_000 };
        self.store.thread(query).await.unwrap().into_iter().map(|line| line.delivery).collect()
    }

    /// Everything goes out in the end, once and in order, and nothing is left.
    async fn drain(&mut self) {
        for _ in 0..1_000 {
            self.now += LEASE + SETTLE;
            let jobs = claim_as(&self.store, "last", self.now).await;
            let finished =
                jobs.iter().map(|job| Finished { job: job.id, worker: "last".into(), outcome: sent("x") }).collect();
            self.store.finish_jobs(finished, at(self.now)).await.unwrap();
            if self.store.depths().await.unwrap().outbox == 0 {
                break;
            }
        }
        for who in 0..CONTACTS {
            self.turn(who, 0, false).await;
            let lines = self.lines(who).await;
            assert_eq!(lines.len(), self.contacts[who].jobs.len());
            assert!(lines.iter().all(|line| line.is_some_and(|delivery| delivery != Delivery::Queued)), "{lines:?}");
        }
        let depths = self.store.depths().await.unwrap();
        assert_eq!((depths.inbox, depths.outbox), (0, 0));
    }
}

async fn play(store: Arc<dyn Store>, ops: &[Op]) {
    let mut model = Model::new(store).await;
    for op in ops {
        model.play(op).await;
    }
    model.drain().await;
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn nothing_is_lost_doubled_or_out_of_order(ops in prop::collection::vec(op(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(Arc::new(SqliteStore::open(&SqliteSettings::memory()).unwrap()), &ops));
    }
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn nothing_is_lost_doubled_or_out_of_order_in_postgres(ops in prop::collection::vec(op(), 1..80)) {
        let Some(server) = shared() else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { play(Arc::new(open(server, &database(server).await).await), &ops).await });
    }
}
