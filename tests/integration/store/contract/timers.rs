//! Timers: durable, one of each kind, the longest due first (R40).

use std::sync::Arc;
use std::time::Duration;

use frontdesk::store::{ContactId, Store, TimerClaim, TurnCommit};

use crate::store::help::{LEASE, at, commit, contact, load, turn};

async fn arm(store: &Arc<dyn Store>, contact: ContactId, expected: i64, timers: &[(&str, i64)]) {
    let timers = timers.iter().map(|(kind, due)| ((*kind).to_owned(), at(*due))).collect();
    commit(store, TurnCommit { timers, ..turn(contact, expected) }).await;
}

fn wish(worker: &str, now: i64, except: &[ContactId], limit: u32) -> TimerClaim {
    let lease = Duration::from_secs(LEASE.unsigned_abs());
    TimerClaim { worker: worker.into(), now: at(now), lease, except: except.to_vec(), limit }
}

async fn got(store: &Arc<dyn Store>, wish: TimerClaim) -> Vec<(ContactId, String)> {
    store.claim_timers(wish).await.unwrap().into_iter().map(|due| (due.contact, due.timer.kind)).collect()
}

async fn due(store: &Arc<dyn Store>, now: i64, limit: u32) -> Vec<(ContactId, String)> {
    got(store, wish("w", now, &[], limit)).await
}

pub async fn what_is_due_comes_longest_due_first(store: Arc<dyn Store>) {
    let (ana, ben) = (contact(&store, "1").await, contact(&store, "2").await);
    arm(&store, ana, 0, &[("close", 30), ("reminder", 10)]).await;
    arm(&store, ben, 0, &[("abandon", 20), ("close", 40)]).await;
    assert_eq!(due(&store, 9, 10).await, []);
    let all = [(ana, "reminder"), (ben, "abandon"), (ana, "close")].map(|(contact, kind)| (contact, kind.to_owned()));
    assert_eq!(due(&store, 30, 10).await, all, "due at that very moment counts");
    assert_eq!(due(&store, 30, 2).await, all[..2]);
    assert_eq!(due(&store, 30, 10).await, all, "what is ours comes again");
    let others = got(&store, wish("w", 30, &[ana, 4711], 1)).await;
    assert_eq!(others, all[1..2], "those left out make room");
}

pub async fn a_turn_replaces_all_timers(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    arm(&store, ana, 0, &[("close", 30), ("reminder", 10)]).await;
    arm(&store, ana, 1, &[("close", 35), ("abandon", 5)]).await;
    let timers: Vec<_> = load(&store, ana).await.timers.into_iter().map(|t| (t.kind, t.due, t.armed_by)).collect();
    assert_eq!(timers, [("abandon".to_owned(), at(5), 2), ("close".to_owned(), at(35), 2)]);
    arm(&store, ana, 2, &[]).await;
    assert_eq!(load(&store, ana).await.timers, []);
    assert_eq!(store.depths().await.unwrap().timers, 0);
}

pub async fn a_timer_that_stays_keeps_its_turn(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    arm(&store, ana, 0, &[("close", 30), ("reminder", 10)]).await;
    arm(&store, ana, 1, &[("close", 30), ("reminder", 11)]).await;
    let timers: Vec<_> = load(&store, ana).await.timers.into_iter().map(|t| (t.kind, t.armed_by)).collect();
    assert_eq!(timers, [("reminder".to_owned(), 2), ("close".to_owned(), 1)]);
}

pub async fn the_next_timer_is_looked_up_after_a_moment(store: Arc<dyn Store>) {
    assert_eq!(store.next_timer(at(0)).await.unwrap(), None);
    let ana = contact(&store, "1").await;
    arm(&store, ana, 0, &[("close", 30), ("reminder", 10)]).await;
    assert_eq!(store.next_timer(at(0)).await.unwrap(), Some(at(10)));
    assert_eq!(store.next_timer(at(10)).await.unwrap(), Some(at(30)), "what is due already is left out");
    assert_eq!(store.next_timer(at(30)).await.unwrap(), None);
}

pub async fn a_timer_is_leased_to_one_worker(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    arm(&store, ana, 0, &[("close", 30)]).await;
    let close = [(ana, "close".to_owned())];
    assert_eq!(due(&store, 30, 10).await, close);
    assert_eq!(got(&store, wish("another", 30, &[], 10)).await, []);
    assert_eq!(store.next_timer(at(30)).await.unwrap(), Some(at(30 + LEASE)), "when the lease ends");
    assert_eq!(got(&store, wish("another", 30 + LEASE - 1, &[], 10)).await, []);
    assert_eq!(got(&store, wish("another", 30 + LEASE, &[], 10)).await, close, "the first worker is gone");
    assert_eq!(due(&store, 30 + LEASE, 10).await, [], "and has lost it");
}

pub async fn a_turn_ends_the_lease_of_its_timers(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    arm(&store, ana, 0, &[("close", 30), ("reminder", 10)]).await;
    assert_eq!(due(&store, 30, 10).await.len(), 2);
    arm(&store, ana, 1, &[("close", 30), ("reminder", 20)]).await;
    let both = [(ana, "reminder".to_owned()), (ana, "close".to_owned())];
    assert_eq!(got(&store, wish("another", 30, &[], 10)).await, both);
    let turns: Vec<_> = load(&store, ana).await.timers.into_iter().map(|timer| timer.armed_by).collect();
    assert_eq!(turns, [2, 1], "one that stays keeps its turn");
}

pub async fn a_clock_that_was_set_back_leaves_no_lease_behind(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    arm(&store, ana, 0, &[("close", 30)]).await;
    assert_eq!(due(&store, 9_000, 10).await.len(), 1);
    assert_eq!(got(&store, wish("another", 30, &[], 10)).await.len(), 1);
}
