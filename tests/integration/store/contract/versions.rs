//! Versions of the bot, and who is on them (R19).

use std::sync::Arc;

use frontdesk::store::{Card, Standing, Store, TurnCommit, Version};

use crate::store::help::{at, commit, contact, standing, turn};

fn version(hash: &str, seconds: i64) -> Version {
    Version { hash: hash.into(), sources: format!("{{\"bot.yaml\":\"{hash}\"}}"), published_at: at(seconds) }
}

async fn stand(store: &Arc<dyn Store>, who: &str, state: &str, version: &str, question: &str) -> i64 {
    let id = contact(store, who).await;
    let card = Card {
        state: Some(state.into()),
        version: Some(version.into()),
        flow: Some("order".into()),
        question: Some(question.to_owned()).filter(|question| !question.is_empty()),
        ..Card::default()
    };
    commit(store, TurnCommit { card, ..turn(id, 0) }).await;
    id
}

pub async fn the_version_published_last_is_the_newest(store: Arc<dyn Store>) {
    assert_eq!(store.newest_version().await.unwrap(), None);
    assert_eq!(store.version("v1".into()).await.unwrap(), None);
    store.publish(version("v1", 50)).await.unwrap();
    store.publish(version("v2", 40)).await.unwrap();
    assert_eq!(store.newest_version().await.unwrap(), Some(version("v2", 40)), "even if the clock went back");
    store.publish(version("v1", 60)).await.unwrap();
    assert_eq!(store.newest_version().await.unwrap(), Some(version("v1", 60)), "an old one can come back");
    assert_eq!(store.version("v2".into()).await.unwrap(), Some(version("v2", 40)));
}

pub async fn who_stands_where_is_counted(store: Arc<dyn Store>) {
    for (who, state, version, question) in [
        ("1", "bot", "v1", "number"),
        ("2", "bot", "v1", "number"),
        ("3", "waiting", "v2", ""),
        ("4", "ended", "v0", ""),
    ] {
        stand(&store, who, state, version, question).await;
    }
    let count = |version: &str, question: Option<&str>, count| Standing {
        version: version.into(),
        flow: Some("order".into()),
        question: question.map(str::to_owned),
        count,
    };
    assert_eq!(store.standing().await.unwrap(), [count("v1", Some("number"), 2), count("v2", None, 1)]);
}

pub async fn versions_that_nobody_needs_are_forgotten(store: Arc<dyn Store>) {
    for (seconds, hash) in ["v1", "v2", "v3", "v4"].into_iter().enumerate() {
        store.publish(version(hash, seconds as i64)).await.unwrap();
    }
    let ana = stand(&store, "1", "bot", "v1", "").await;
    store.forget_versions(at(3)).await.unwrap();
    for (hash, kept) in [("v1", true), ("v2", false), ("v3", true), ("v4", true)] {
        assert_eq!(store.version(hash.into()).await.unwrap().is_some(), kept, "{hash}");
    }
    commit(&store, standing(ana, 1, "ended")).await;
    store.forget_versions(at(100)).await.unwrap();
    assert_eq!(store.version("v1".into()).await.unwrap(), None);
    assert_eq!(store.newest_version().await.unwrap(), Some(version("v4", 3)), "the newest always stays");
}
