//! Versions of the bot that someone may be on (R19): kept in the store as sources, compiled again after a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::Editions;
use crate::diagnostic::Sources;
use crate::store::{Store, StoreError, Version};

use super::Inner;

/// A bot's sources as JSON, for the store. Files that are not text are no part of a bot that compiles.
#[must_use]
pub fn pack_sources(sources: &Sources) -> String {
    let files: BTreeMap<&str, &str> = sources
        .0
        .keys()
        .filter(|file| !file.starts_with("tests/"))
        .map(|file| (file.as_ref(), sources.text(file)))
        .collect();
    serde_json::to_string(&files).unwrap_or_default()
}

/// The sources back from the store.
#[must_use]
pub fn unpack_sources(json: &str) -> Option<Sources> {
    let files: BTreeMap<String, String> = serde_json::from_str(json).ok()?;
    let mut sources = Sources::default();
    for (file, text) in files {
        sources.add(&file, text.as_bytes());
    }
    Some(sources)
}

/// Keeps a version and makes it the newest.
pub(super) async fn keep(
    store: &Arc<dyn Store>,
    bot: &Bot,
    sources: &Sources,
    now: Timestamp,
) -> Result<(), StoreError> {
    store.publish(Version { hash: bot.version.clone(), sources: pack_sources(sources), published_at: now }).await
}

/// The newest version, and the older ones that enquiries stand on.
pub(super) async fn load(
    store: &Arc<dyn Store>,
    bot: Arc<Bot>,
    sources: &Sources,
    now: Timestamp,
) -> Result<Editions, StoreError> {
    let standing = store.standing().await?;
    keep(store, &bot, sources, now).await?;
    let mut editions = Editions::new(Arc::clone(&bot));
    let mut hashes: Vec<String> =
        standing.into_iter().map(|standing| standing.version).filter(|v| *v != bot.version).collect();
    hashes.sort();
    hashes.dedup();
    for hash in hashes {
        let Some(version) = store.version(hash.clone()).await? else {
            tracing::warn!(
                version = hash,
                "a version that enquiries stand on is not in the store; they go on with the newest"
            );
            continue;
        };
        let older = unpack_sources(&version.sources).and_then(|sources| Bot::compile(&sources).0);
        match older {
            Some(older) => editions = editions.with_older(Arc::new(older)),
            None => tracing::warn!(
                version = hash,
                "an older version no longer compiles; its enquiries go on with the newest"
            ),
        }
    }
    Ok(editions)
}

/// Forgets versions that nobody is on, except the newest and `before`.
pub(super) async fn forget(inner: &Inner, before: String) -> Result<(), StoreError> {
    let mut needed: BTreeSet<String> =
        inner.store.standing().await?.into_iter().map(|standing| standing.version).collect();
    needed.insert(before.clone());
    inner.editions.rcu(|editions| editions.keep(&needed));
    inner.store.forget_versions(vec![before]).await
}
