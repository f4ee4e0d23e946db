//! The thread as people read it, and why (R41).

use std::sync::Arc;

use frontdesk::message::Delivery;
use frontdesk::store::{SendOutcome, Store, ThreadQuery, TurnCommit};

use crate::store::help::{at, claim, commit, contact, finish, saying, sent, turn};

fn piece(contact: i64, before: Option<i64>, after: i64, limit: u32) -> ThreadQuery {
    ThreadQuery { contact, before, after, limit }
}

async fn lines(store: &Arc<dyn Store>, query: ThreadQuery) -> Vec<i64> {
    store.thread(query).await.unwrap().into_iter().map(|line| line.seq).collect()
}

pub async fn a_thread_is_paged_backwards(store: Arc<dyn Store>) {
    let (ana, ben) = (contact(&store, "1").await, contact(&store, "2").await);
    commit(&store, saying(ben, 0, &["not hers"])).await;
    commit(&store, saying(ana, 0, &["1", "2", "3", "4", "5"])).await;
    assert_eq!(lines(&store, piece(ana, None, 0, 2)).await, [4, 5]);
    assert_eq!(lines(&store, piece(ana, Some(4), 0, 2)).await, [2, 3]);
    assert_eq!(lines(&store, piece(ana, Some(2), 0, 2)).await, [1]);
    assert_eq!(lines(&store, piece(ana, Some(1), 0, 2)).await, [0; 0]);
}

pub async fn news_is_read_forwards(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["1", "2"])).await;
    assert_eq!(lines(&store, piece(ana, None, 1, 100)).await, [2]);
    commit(&store, saying(ana, 1, &["3"])).await;
    assert_eq!(lines(&store, piece(ana, None, 2, 100)).await, [3]);
    assert_eq!(lines(&store, piece(ana, Some(3), 1, 100)).await, [2]);
    assert_eq!(lines(&store, piece(ana, None, 3, 100)).await, [0; 0]);
}

pub async fn delivery_is_seen_in_the_thread(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    commit(&store, saying(ana, 0, &["one", "two"])).await;
    let seen = |store: Arc<dyn Store>| async move {
        let lines = store.thread(piece(ana, None, 0, 10)).await.unwrap();
        lines.into_iter().map(|line| (line.delivery.unwrap(), line.message_id, line.failure)).collect::<Vec<_>>()
    };
    let queued = (Delivery::Queued, None, None);
    assert_eq!(seen(store.clone()).await, [queued.clone(), queued.clone()]);
    let job = claim(&store, 10).await.remove(0);
    finish(&store, job.id, SendOutcome::Retry { at: at(12), failure: "busy".into() }, 10).await;
    assert_eq!(seen(store.clone()).await[0], (Delivery::Queued, None, Some("busy".into())), "why it waits");
    let job = claim(&store, 12).await.remove(0);
    finish(&store, job.id, sent("wamid.1"), 12).await;
    assert_eq!(seen(store.clone()).await, [(Delivery::Sent, Some("wamid.1".into()), None), queued]);
    let job = claim(&store, 13).await.remove(0);
    finish(&store, job.id, SendOutcome::Failed { failure: "blocked".into(), payload: None }, 13).await;
    assert_eq!(seen(store).await[1], (Delivery::Failed, None, Some("blocked".into())));
}

pub async fn reasons_are_paged_backwards(store: Arc<dyn Store>) {
    let ana = contact(&store, "1").await;
    for expected in 0..3 {
        commit(&store, TurnCommit { reasons: format!("[{expected}]"), at: at(expected), ..turn(ana, expected) }).await;
    }
    let why = |before, limit| {
        let why = store.why(ana, before, limit);
        async move { why.await.unwrap().into_iter().map(|why| (why.turn, why.at, why.reasons)).collect::<Vec<_>>() }
    };
    assert_eq!(why(None, 2).await, [(3, at(2), "[2]".to_owned()), (2, at(1), "[1]".to_owned())]);
    assert_eq!(why(Some(2), 2).await, [(1, at(0), "[0]".to_owned())]);
}
