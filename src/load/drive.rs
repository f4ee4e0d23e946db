//! Drives the server: at a given rate whatever it answers, or as fast as it answers; then waits for what is still to come.
//! A delivery that is put off is sent again, as WhatsApp does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::whatsapp::signature;

use super::delivery::{self, Ids, Said};
use super::people::{People, Unsettled};
use super::post::Connection;
use super::report::{Progress, Report};
use super::tally::{Numbers, SECOND, Tally};
use super::{Length, Pace, Plan, Stopwatch, receiver};

/// A delivery is sent so often.
const TRIES: u32 = 10;
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// So long after the last message it is watched whether one comes twice.
const AFTER: u64 = SECOND / 2;
const LOOK: Duration = Duration::from_millis(20);
/// How far a message comes, as its statuses tell it.
const STATUSES: [&str; 3] = ["sent", "delivered", "read"];
/// Statuses are delivered over so many connections.
const STATUS_CONNECTIONS: usize = 4;

/// A message that came, of which WhatsApp tells how far it has come.
#[derive(Debug)]
pub(super) struct ToTell {
    pub business: String,
    pub customer: String,
    pub id: String,
    pub callback: Option<String>,
}

/// What everything that takes part shares.
pub(super) struct Inner {
    pub plan: Plan,
    pub ids: Ids,
    pub people: People,
    pub tally: Tally,
    pub watch: Stopwatch,
    /// When something last came from the server.
    pub last_heard: AtomicU64,
    clock: Clock,
    stopping: watch::Sender<bool>,
    /// Conversations or messages begun.
    begun: AtomicUsize,
    to_tell: mpsc::UnboundedSender<ToTell>,
    untold: AtomicUsize,
}

/// A load that is ready to be run; its receiving end listens until it is dropped.
pub struct Load {
    inner: Arc<Inner>,
    tellers: JoinSet<()>,
}

impl Load {
    /// Begins to receive, on a listener; drives nothing yet. `run` tells this run's customers from those of other runs.
    #[must_use]
    pub fn new(plan: Plan, listener: TcpListener, run: u16) -> Self {
        let (to_tell, told) = mpsc::unbounded_channel();
        let inner = Arc::new(Inner {
            plan,
            ids: Ids { run },
            people: People::default(),
            tally: Tally::default(),
            watch: Stopwatch::start(),
            last_heard: AtomicU64::new(0),
            clock: Clock::system(),
            stopping: watch::Sender::new(false),
            begun: AtomicUsize::new(0),
            to_tell,
            untold: AtomicUsize::new(0),
        });
        let mut tellers = JoinSet::new();
        let routes = receiver::routes(Arc::clone(&inner));
        // Serving ends with the program or with this load; errors of single connections are theirs.
        tellers.spawn(async move { drop(axum::serve(listener, routes).await) });
        let told = Arc::new(tokio::sync::Mutex::new(told));
        for _ in 0..STATUS_CONNECTIONS {
            tellers.spawn(Arc::clone(&inner).tell_statuses(Arc::clone(&told)));
        }
        Self { inner, tellers }
    }

    /// Tries the way in with a delivery that says nothing.
    ///
    /// # Errors
    /// It is not there, or refuses us; why, and the way out.
    pub async fn knock(&self) -> Result<(), String> {
        let target = &self.inner.plan.target;
        let body = delivery::nothing();
        match Connection::new(Arc::clone(target)).post(&self.inner.sign(&body), body.as_bytes()).await {
            Ok(200) => Ok(()),
            Ok(401 | 403) => Err(format!(
                "{target} refuses our signature; give both sides the same WHATSAPP_APP_SECRET, one for tests only"
            )),
            Ok(404 | 405) => Err(format!(
                "there is no webhook at {target}; a server in local mode has none: start it with WHATSAPP_ACCESS_TOKEN, \
                 WHATSAPP_APP_SECRET and WHATSAPP_VERIFY_TOKEN (any words will do)"
            )),
            Ok(status) => Err(format!("{target} answers {status} to an empty delivery, not 200; its log may say why")),
            Err(error) => Err(format!("{target} cannot be reached: {error}; is the server running?")),
        }
    }

    /// How it goes.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress::of(&self.inner.tally.numbers(), self.inner.watch.micros(), self.inner.people.open())
    }

    /// No more is sent from now on; what is under way is waited for.
    pub fn stop(&self) {
        self.inner.stopping.send_replace(true);
    }

    /// Drives the server to the end of the plan, and waits for what is to come.
    pub async fn run(&self) -> Report {
        let inner = &self.inner;
        let began = inner.watch.micros();
        let mut workers = JoinSet::new();
        for _ in 0..inner.plan.connections {
            workers.spawn(Arc::clone(inner).work(began));
        }
        while workers.join_next().await.is_some() {}
        let sent = inner.watch.micros();
        inner.wait_for_the_rest(sent).await;
        for unsettled in inner.people.unsettled() {
            inner.note(unsettled);
        }
        let heard = inner.last_heard.load(Ordering::Relaxed).max(sent);
        Report::of(&inner.plan, inner.people.count(), &inner.tally.numbers(), sent - began, heard - began)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.tellers.abort_all();
    }
}

impl Inner {
    fn sign(&self, body: &str) -> String {
        signature::sign(self.plan.secret_bytes(), body.as_bytes())
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp()
    }

    /// What may be said is said, or it is time.
    fn is_over(&self, began: u64) -> bool {
        let over = match self.plan.length {
            Length::Messages(_) => false,
            Length::Time(time) => self.watch.micros().saturating_sub(began) >= micros(time),
        };
        over || *self.stopping.borrow()
    }

    async fn work(self: Arc<Self>, began: u64) {
        let mut connection = Connection::new(Arc::clone(&self.plan.target));
        while !self.is_over(began) {
            let next = self.begun.fetch_add(1, Ordering::Relaxed);
            let goes_on = match self.plan.pace {
                Pace::Conversations { think } => self.converse(&mut connection, next, think, began).await,
                Pace::Flood => self.flood(&mut connection, next, None).await,
                Pace::Rate(rate) => self.flood(&mut connection, next, Some((began, rate))).await,
            };
            if !goes_on {
                break;
            }
        }
    }

    /// A customer's whole conversation; whether there are more.
    async fn converse(&self, connection: &mut Connection, customer: usize, think: Duration, began: u64) -> bool {
        let messages = match self.plan.length {
            Length::Messages(_) if customer >= self.plan.customers => return false,
            Length::Messages(messages) => messages,
            Length::Time(_) => self.plan.script.longest(),
        };
        let person = self.people.person(customer);
        for nth in 0..messages {
            if self.is_over(began) {
                break;
            }
            self.say(connection, customer, nth, self.watch.micros()).await;
            if tokio::time::timeout(self.plan.patience, person.hear()).await.is_err() {
                let unsettled = person.leave();
                self.note(unsettled);
                if unsettled.count > 0 {
                    break;
                }
            }
            if !think.is_zero() {
                self.rest(think).await;
            }
        }
        true
    }

    /// The `index`th message of all, the customers in turn; whether there are more.
    async fn flood(&self, connection: &mut Connection, index: usize, rate: Option<(u64, f64)>) -> bool {
        let (nth, customer) = (index / self.plan.customers, index % self.plan.customers);
        if matches!(self.plan.length, Length::Messages(messages) if nth >= messages) {
            return false;
        }
        let mut start = self.watch.micros();
        if let Some((began, rate)) = rate {
            let due = began.saturating_add(spacing(index, rate));
            if matches!(self.plan.length, Length::Time(time) if due >= began.saturating_add(micros(time))) {
                return false;
            }
            // A message that waits because the server is slow has been waiting since it was due. That our own timer wakes
            // a moment late is not the server's doing.
            start = due;
            if let Some(early) = due.checked_sub(self.watch.micros()).filter(|early| *early > 0) {
                self.rest(Duration::from_micros(early)).await;
                start = self.watch.micros();
            }
        }
        if *self.stopping.borrow() {
            return false;
        }
        self.say(connection, customer, nth, start).await;
        true
    }

    /// Waits, unless it is told to stop.
    async fn rest(&self, time: Duration) {
        let mut stopping = self.stopping.subscribe();
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            // The sender lives as long as `self`.
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    }

    /// A customer says their `nth` message, which should have gone at `start`.
    async fn say(&self, connection: &mut Connection, customer: usize, nth: usize, start: u64) {
        let person = self.people.person(customer);
        let said = person.words(&self.plan.script, customer, nth);
        let business = self.plan.business(customer);
        let body = delivery::message(self.ids, business, customer, nth, &said, self.now());
        person.say(nth, matches!(said, Said::Tap(_)), start);
        if !self.deliver(connection, &body).await {
            return;
        }
        person.taken(nth);
        let now = self.watch.micros();
        let mut numbers = self.tally.numbers();
        numbers.webhook.record(now.saturating_sub(start));
        numbers.second(now).accepted += 1;
    }

    /// Sends a delivery until it is taken; whether it was.
    async fn deliver(&self, connection: &mut Connection, body: &str) -> bool {
        let signature = self.sign(body);
        let mut wait = FIRST_WAIT;
        for _ in 0..TRIES {
            let answer = connection.post(&signature, body.as_bytes()).await;
            {
                let mut numbers = self.tally.numbers();
                match answer {
                    Ok(200) => return true,
                    Ok(429 | 500..) => {
                        numbers.put_off += 1;
                        numbers.second(self.watch.micros()).put_off += 1;
                    }
                    Ok(status) => {
                        *numbers.refused.entry(status).or_default() += 1;
                        return false;
                    }
                    Err(_) => numbers.broken += 1,
                }
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        self.tally.numbers().given_up += 1;
        false
    }

    /// Queues the statuses of a message that came.
    pub(super) fn tell(&self, message: ToTell) {
        if self.plan.statuses && self.to_tell.send(message).is_ok() {
            self.untold.fetch_add(1, Ordering::SeqCst);
        }
    }

    async fn tell_statuses(self: Arc<Self>, queue: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<ToTell>>>) {
        let mut connection = Connection::new(Arc::clone(&self.plan.target));
        loop {
            let next = queue.lock().await.recv().await;
            let Some(ToTell { business, customer, id, callback }) = next else { return };
            for status in STATUSES {
                let body = delivery::status(&business, &customer, &id, callback.as_deref(), status, self.now());
                let start = self.watch.micros();
                if self.deliver(&mut connection, &body).await {
                    self.tally.numbers().status.record(self.watch.micros() - start);
                }
            }
            self.untold.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Waits until something came of every message and every status is told, or until nothing comes any more.
    async fn wait_for_the_rest(&self, sent: u64) {
        loop {
            let quiet = self.watch.micros().saturating_sub(self.last_heard.load(Ordering::Relaxed).max(sent));
            let done = self.people.open() == 0 && self.untold.load(Ordering::SeqCst) == 0;
            if quiet >= micros(self.plan.patience) || (done && quiet >= AFTER) {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Nothing was done about these: a person may have taken over from the bot, but not before a customer's first answer.
    fn note(&self, unsettled: Unsettled) {
        let mut numbers = self.tally.numbers();
        let Numbers { lost, silent, .. } = &mut *numbers;
        *(if unsettled.heard_before && !self.plan.strict { silent } else { lost }) += unsettled.count;
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// How long after the first the `index`th of a rate is due.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a microsecond more or less is no harm"
)]
fn spacing(index: usize, rate: f64) -> u64 {
    (index as f64 * 1e6 / rate) as u64
}
