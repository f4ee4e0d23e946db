//! Versions of the bot, and who is on them (R19).

use tokio_postgres::Row;

use super::link::{Again, Link};
use super::param::{get, get_time, params};
use crate::clock::Timestamp;
use crate::store::{Standing, StoreError, Version};

const VERSION: &str = "SELECT hash, sources, published_at FROM versions";

/// [`super::Store::publish`].
pub async fn publish(link: &Link, version: Version) -> Result<(), StoreError> {
    // The order of publishing is counted, so that a clock that was set back cannot change which is the newest.
    let sql = "WITH put AS ( \
                   INSERT INTO versions (hash, sources, published_at, ordinal) \
                   VALUES ($1, $2, $3, nextval('versions_ordinals')) \
                   ON CONFLICT (hash) DO UPDATE SET published_at = excluded.published_at, ordinal = excluded.ordinal) \
               SELECT frontdesk_tell($4, 'version')";
    let values = params![version.hash, version.sources, version.published_at, link.node.as_str()];
    link.ask(Again::Yes, sql, values).await.map(drop)
}

/// [`super::Store::version`].
pub async fn by_hash(link: &Link, hash: String) -> Result<Option<Version>, StoreError> {
    let sql = format!("{VERSION} WHERE hash = $1");
    link.ask_one(Again::Yes, &sql, params![hash]).await?.as_ref().map(version).transpose()
}

/// [`super::Store::newest_version`].
pub async fn newest(link: &Link) -> Result<Option<Version>, StoreError> {
    let sql = format!("{VERSION} ORDER BY ordinal DESC LIMIT 1");
    link.ask_one(Again::Yes, &sql, params![]).await?.as_ref().map(version).transpose()
}

/// [`super::Store::forget_versions`].
pub async fn forget(link: &Link, replaced_before: Timestamp) -> Result<(), StoreError> {
    let sql = "DELETE FROM versions WHERE EXISTS (SELECT 1 FROM versions AS later \
                   WHERE later.ordinal > versions.ordinal AND later.published_at < $1) \
               AND NOT EXISTS (SELECT 1 FROM contacts WHERE enquiry_state <> 'ended' AND version = hash)";
    link.ask(Again::Yes, sql, params![replaced_before]).await.map(drop)
}

/// [`super::Store::standing`].
pub async fn standing(link: &Link) -> Result<Vec<Standing>, StoreError> {
    let sql = "SELECT version, flow, question, count(*) AS count FROM contacts \
               WHERE enquiry_state <> 'ended' AND version IS NOT NULL GROUP BY version, flow, question \
               ORDER BY version, flow NULLS FIRST, question NULLS FIRST";
    let read = |row: &Row| {
        let (version, flow) = (get(row, "version")?, get(row, "flow")?);
        Ok(Standing { version, flow, question: get(row, "question")?, count: get(row, "count")? })
    };
    link.ask(Again::Yes, sql, params![]).await?.iter().map(read).collect()
}

fn version(row: &Row) -> Result<Version, StoreError> {
    let published_at = get_time(row, "published_at")?;
    Ok(Version { hash: get(row, "hash")?, sources: get(row, "sources")?, published_at })
}
