//! What customers, WhatsApp and whoever kills the servers share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use frontdesk::clock::Clock;
use frontdesk::load::Target;
use frontdesk::load::delivery::Ids;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::chance::Chance;
use crate::shop;
use crate::way_in::Ways;
use crate::whatsapp::Sent;

/// A customer who waits for an answer.
#[derive(Default)]
pub struct Person {
    pub heard: Notify,
}

/// A way in, and how fast it was there after a start.
pub struct Door {
    pub target: Arc<Target>,
    /// Since when the server behind it is being started, until its first 200.
    pub started: Mutex<Option<Instant>>,
}

/// How it went.
#[derive(Default)]
pub struct Tally {
    /// Messages answered with 200: customer and which of theirs.
    pub accepted: Vec<(usize, usize)>,
    /// Deliveries sent again because there was no 200.
    pub again: u64,
    /// Deliveries sent again although there was one.
    pub needless: u64,
    /// From a start to the first 200, and to the first message that was sent.
    pub first_200: Vec<Duration>,
    pub first_answer: Vec<Duration>,
    /// Read marks that came.
    pub marks: u64,
    /// Answers of WhatsApp's that were late, broken off, or that nobody heard because the server was killed meanwhile.
    pub late: u64,
    pub broken: u64,
    pub unheard: u64,
    /// What should never happen.
    pub strange: Vec<String>,
}

/// All of it.
pub struct World {
    pub ids: Ids,
    pub numbers: Vec<String>,
    pub chance: Chance,
    pub doors: Vec<Door>,
    pub clock: Clock,
    people: Mutex<HashMap<usize, Arc<Person>>>,
    next: AtomicUsize,
    ways: Mutex<Vec<Ways>>,
    tally: Mutex<Tally>,
    /// What WhatsApp took, in order.
    sent: Mutex<Vec<Sent>>,
    /// Statuses that no server has taken yet.
    pub untold: AtomicU64,
    /// Since when an answer is waited for after a kill.
    pub silent_since: Mutex<Option<Instant>>,
    /// Whoever kills waits for a message on its way to WhatsApp.
    pub lurking: AtomicBool,
    pub message_came: Notify,
    pub delivery_taken: Notify,
}

impl World {
    pub fn new(seed: u64, doors: Vec<Target>) -> Self {
        let door = |target| Door { target: Arc::new(target), started: Mutex::default() };
        Self {
            ids: Ids { run: u16::try_from(seed % 10_000).unwrap_or_default() },
            numbers: shop::numbers(),
            chance: Chance::of(seed),
            doors: doors.into_iter().map(door).collect(),
            clock: Clock::system(),
            people: Mutex::default(),
            next: AtomicUsize::new(0),
            ways: Mutex::default(),
            tally: Mutex::default(),
            sent: Mutex::default(),
            untold: AtomicU64::new(0),
            silent_since: Mutex::default(),
            lurking: AtomicBool::new(false),
            message_came: Notify::new(),
            delivery_taken: Notify::new(),
        }
    }

    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap()
    }

    pub fn sent(&self) -> MutexGuard<'_, Vec<Sent>> {
        self.sent.lock().unwrap()
    }

    /// Connections that nobody uses now.
    pub fn ways(&self) -> MutexGuard<'_, Vec<Ways>> {
        self.ways.lock().unwrap()
    }

    /// Seconds since 1970, as WhatsApp stamps.
    pub fn now(&self) -> i64 {
        self.clock.now().timestamp()
    }

    /// Somebody who has not written yet.
    pub fn newcomer(&self) -> (usize, Arc<Person>) {
        let (customer, person) = (self.next.fetch_add(1, Ordering::SeqCst), Arc::<Person>::default());
        self.people.lock().unwrap().insert(customer, Arc::clone(&person));
        (customer, person)
    }

    /// They wait for nothing any more.
    pub fn leaves(&self, customer: usize) {
        self.people.lock().unwrap().remove(&customer);
    }

    /// Something came to a customer.
    pub fn heard(&self, customer: usize) {
        if let Some(person) = self.people.lock().unwrap().get(&customer) {
            person.heard.notify_one();
        }
        if let Some(since) = self.silent_since.lock().unwrap().take() {
            self.tally().first_answer.push(since.elapsed());
        }
    }

    /// How many customers have written.
    pub fn customers(&self) -> usize {
        self.next.load(Ordering::SeqCst)
    }
}
