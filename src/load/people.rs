//! The simulated customers: what each has said, what came of it, and what they say next. Holds the checks that are made of
//! every message: nothing lost, nothing twice, nothing out of order. Sends nothing.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::sync::Notify;

use super::delivery::{Offer, Said};
use super::script::{Line, Script};

/// Everybody, made as they are needed.
#[derive(Debug, Default)]
pub struct People {
    all: RwLock<Vec<Arc<Person>>>,
    /// Messages that were taken and that nothing was done about yet.
    open: Arc<AtomicUsize>,
}

/// One customer.
#[derive(Debug, Default)]
pub struct Person {
    state: Mutex<State>,
    heard: Notify,
    open_of_all: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct State {
    /// So many of their messages, from the first, were marked as read or answered.
    settled: usize,
    /// So many were said.
    said: usize,
    /// Those that were taken and are not settled.
    open: Vec<usize>,
    /// When they began to wait for an answer, and whether they had tapped.
    waits_since: Option<(u64, bool)>,
    offers: Vec<Offer>,
    /// The jobs of what came, by their numbers.
    jobs: BTreeSet<u64>,
    /// What came without a number in its job.
    others: BTreeSet<String>,
}

/// What a message that came to a customer shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// It is the first answer: how long it took, and whether the customer had tapped.
    pub answer: Option<(u64, bool)>,
    /// It came before.
    pub doubled: bool,
    /// A later one came before it.
    pub disordered: bool,
}

/// Messages that nothing was done about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unsettled {
    /// How many.
    pub count: u64,
    /// Whether anything was ever done about an earlier one.
    pub heard_before: bool,
}

impl People {
    /// A customer, made if need be.
    pub fn person(&self, customer: usize) -> Arc<Person> {
        if let Some(person) = self.known(customer) {
            return person;
        }
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        while all.len() <= customer {
            all.push(Arc::new(Person { open_of_all: Arc::clone(&self.open), ..Person::default() }));
        }
        // The index exists: it was made just now.
        Arc::clone(&all[customer])
    }

    /// A customer who said something.
    pub fn known(&self, customer: usize) -> Option<Arc<Person>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).get(customer).cloned()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many messages were taken that nothing was done about yet.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Of everybody, what nothing was done about.
    pub fn unsettled(&self) -> Vec<Unsettled> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|person| person.leave()).filter(|unsettled| unsettled.count > 0).collect()
    }
}

impl Person {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What they say as their `nth` message: what is offered if the script wishes so, else the script's words.
    pub fn words(&self, script: &Script, customer: usize, nth: usize) -> Said {
        let state = self.state();
        let line = script.line(customer, nth);
        let wished = match line {
            Some(Line::Tap(title)) => state.offers.iter().find(|offer| offer.title == *title),
            _ if script.taps() && !state.offers.is_empty() => state.offers.get((customer + nth) % state.offers.len()),
            _ => None,
        };
        match (wished, line) {
            (Some(offer), _) => Said::Tap(offer.clone()),
            (None, Some(Line::Words(words) | Line::Tap(words))) => Said::Words(words.clone()),
            (None, None) => Said::Words("hello".to_owned()),
        }
    }

    /// They say their `nth` message, at `now`.
    pub fn say(&self, nth: usize, tapped: bool, now: u64) {
        let mut state = self.state();
        if state.waits_since.is_none() || state.settled >= state.said {
            state.waits_since = Some((now, tapped));
        }
        state.said = state.said.max(nth + 1);
        // What was offered stands for one answer.
        state.offers.clear();
    }

    /// Their `nth` message was answered with 200.
    pub fn taken(&self, nth: usize) {
        let mut state = self.state();
        if nth >= state.settled {
            state.open.push(nth);
            self.open_of_all.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Their `nth` message, and with it those before, was marked as read.
    pub fn marked(&self, nth: usize) {
        self.settle(&mut self.state(), nth + 1);
    }

    fn settle(&self, state: &mut State, settled: usize) {
        state.settled = state.settled.max(settled);
        let before = state.open.len();
        let settled = state.settled;
        state.open.retain(|nth| *nth >= settled);
        self.open_of_all.fetch_sub(before - state.open.len(), Ordering::SeqCst);
    }

    /// A message came to them at `now`, of the job that its `callback` names; it answers what they said before.
    pub fn answered(&self, callback: Option<&str>, offers: Vec<Offer>, now: u64) -> Heard {
        let mut state = self.state();
        let mut heard = callback.map_or_else(Heard::default, |callback| state.note(callback));
        if heard.doubled {
            return heard;
        }
        heard.answer = state.waits_since.take().map(|(since, tapped)| (now.saturating_sub(since), tapped));
        if !offers.is_empty() {
            state.offers = offers;
        }
        let said = state.said;
        self.settle(&mut state, said);
        drop(state);
        self.heard.notify_one();
        heard
    }

    /// Comes back when something came to them since they last spoke.
    pub async fn hear(&self) {
        while self.state().waits_since.is_some() {
            self.heard.notified().await;
        }
    }

    /// They wait for nothing more; what nothing was done about.
    pub fn leave(&self) -> Unsettled {
        let mut state = self.state();
        let count = std::mem::take(&mut state.open).len();
        self.open_of_all.fetch_sub(count, Ordering::SeqCst);
        Unsettled { count: u64::try_from(count).unwrap_or(u64::MAX), heard_before: state.settled > 0 }
    }
}

impl State {
    fn note(&mut self, callback: &str) -> Heard {
        let Some(job) = number_of(callback) else {
            let doubled = !self.others.insert(callback.to_owned());
            return Heard { doubled, ..Heard::default() };
        };
        let latest = self.jobs.last().copied();
        let doubled = !self.jobs.insert(job);
        Heard { doubled, disordered: !doubled && latest.is_some_and(|latest| latest > job), answer: None }
    }
}

/// The number that a job's name ends with: of the jobs to one customer it rises.
fn number_of(callback: &str) -> Option<u64> {
    let digits = callback.bytes().rev().take_while(u8::is_ascii_digit).count();
    callback.get(callback.len() - digits..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_settles_what_was_said_up_to_it() {
        let people = People::default();
        let person = people.person(3);
        for nth in 0..3 {
            person.say(nth, false, 0);
            person.taken(nth);
        }
        assert_eq!((people.count(), people.open()), (4, 3));
        person.marked(1);
        assert_eq!(people.open(), 1);
        assert_eq!(people.unsettled(), [Unsettled { count: 1, heard_before: true }]);
        assert_eq!(people.open(), 0);
    }

    #[test]
    fn an_answer_may_come_before_the_200() {
        let people = People::default();
        let person = people.person(0);
        person.say(0, false, 10);
        assert_eq!(person.answered(None, Vec::new(), 35).answer, Some((25, false)));
        person.taken(0);
        assert_eq!(people.open(), 0);
        person.say(1, true, 50);
        person.taken(1);
        assert_eq!(people.unsettled(), [Unsettled { count: 1, heard_before: true }]);
    }

    #[test]
    fn one_answer_is_counted_however_many_messages_it_has() {
        let person = Person::default();
        person.say(0, true, 100);
        let first = person.answered(Some("job:1"), Vec::new(), 150);
        assert_eq!(first, Heard { answer: Some((50, true)), ..Heard::default() });
        assert_eq!(person.answered(Some("job:2"), Vec::new(), 160), Heard::default());
    }

    #[test]
    fn twice_and_out_of_order_are_told_apart() {
        let person = Person::default();
        let came = |callback| {
            let heard = person.answered(Some(callback), Vec::new(), 0);
            (heard.doubled, heard.disordered)
        };
        assert_eq!(came("job:9:5"), (false, false));
        assert_eq!(came("job:9:10"), (false, false), "numbers rise, not letters");
        assert_eq!(came("job:9:7"), (false, true));
        assert_eq!(came("job:9:5"), (true, false));
        assert_eq!(came("some words"), (false, false), "nothing is known of its order");
        assert_eq!(came("some words"), (true, false));
    }

    #[test]
    fn what_is_offered_is_tapped_once() {
        let (person, script) = (Person::default(), Script::default());
        assert_eq!(person.words(&script, 0, 0), Said::Words("hello".into()));
        let offer = Offer { row: true, id: "x".into(), title: "X".into() };
        person.answered(None, vec![offer.clone()], 0);
        assert_eq!(person.words(&script, 0, 1), Said::Tap(offer.clone()));
        person.say(1, true, 0);
        assert!(matches!(person.words(&script, 0, 2), Said::Words(_)));
        let written = Script::read("> hi\n> tap X\n").unwrap();
        assert_eq!(person.words(&written, 0, 1), Said::Words("X".into()), "it is not offered");
        person.answered(None, vec![offer.clone()], 0);
        assert_eq!(person.words(&written, 0, 1), Said::Tap(offer));
    }
}
