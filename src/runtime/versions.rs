//! Versions of the bot that someone may be on (R19): kept in the store as sources, compiled again after a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::bot::{Aids, Bot, Cache};
use crate::clock::Timestamp;
use crate::conversation::Editions;
use crate::diagnostic::Sources;
use crate::intent::semantic::Embedder;
use crate::store::{Store, StoreError, Version};

use super::Inner;

/// So long after another version took its place no node, however slow to hear of it, begins an enquiry on a version.
const OUT_OF_USE: chrono::Duration = chrono::Duration::days(1);

/// A version that is being compiled; none when it has errors.
pub type Compiling = Pin<Box<dyn Future<Output = Option<Arc<Bot>>> + Send>>;

/// Compiles the versions that are found in the store: the seam at which a simulation has them ready.
pub trait Compiler: fmt::Debug + Send + Sync {
    /// Compiles one.
    fn compile(&self, sources: Sources) -> Compiling;
}

/// Compiles beside the loops, which must not wait for it.
#[derive(Default, Clone)]
pub struct Beside {
    /// Where what takes long to work out of a version is kept.
    pub cache: Option<Arc<dyn Cache + Send + Sync>>,
    /// The model of sentences of the bot that is served.
    pub semantic: Option<Arc<dyn Embedder>>,
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cache, semantic } = self;
        f.debug_struct("Beside").field("cache", &cache.is_some()).field("semantic", semantic).finish()
    }
}

impl Compiler for Beside {
    fn compile(&self, sources: Sources) -> Compiling {
        let Self { cache, semantic } = self.clone();
        let compiling = tokio::task::spawn_blocking(move || {
            let cache = cache.as_deref().map(|cache| cache as &dyn Cache);
            Bot::compile_with(&sources, &Aids { cache, semantic }).0
        });
        Box::pin(async move { compiling.await.ok().flatten().map(Arc::new) })
    }
}

/// A version of the bot from the store.
pub(super) async fn compile(compiler: &dyn Compiler, version: &Version) -> Option<Arc<Bot>> {
    let bot = match unpack_sources(&version.sources) {
        Some(sources) => compiler.compile(sources).await,
        None => None,
    };
    if bot.is_none() {
        tracing::warn!(
            version = version.hash,
            "a version in the store does not compile here; is this an older release?"
        );
    }
    bot
}

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
    compiler: &dyn Compiler,
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
        // Where it does not compile any more, its enquiries go on with the newest.
        if let Some(older) = compile(compiler, &version).await {
            editions = editions.with_older(older);
        }
    }
    Ok(editions)
}

/// Forgets versions that nobody is on: here all but the newest and `before`, in the store when they are long out of use.
pub(super) async fn forget(inner: &Inner, before: String) -> Result<(), StoreError> {
    let mut needed: BTreeSet<String> =
        inner.store.standing().await?.into_iter().map(|standing| standing.version).collect();
    needed.insert(before);
    inner.editions.rcu(|editions| editions.keep(&needed));
    inner.store.forget_versions(inner.clock.now() - OUT_OF_USE).await
}
