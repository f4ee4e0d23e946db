//! Agents, sessions, the audit log and settings.

use tokio_postgres::Row;

use super::link::{Again, Link};
use super::param::{at_most, get, get_flag, get_time, maybe_time, maybe_u32, params};
use crate::clock::Timestamp;
use crate::store::{AgentRow, AuditRow, Session, StoreError};

/// An agent is online where any node says so.
const AGENT: &str = "SELECT name, password_hash, role, queues, capacity, active, coalesce(here.online, 0) AS online, \
                     coalesce(here.seen, agents.last_seen) AS last_seen \
                     FROM agents LEFT JOIN LATERAL ( \
                         SELECT max(online) AS online, max(seen) FILTER (WHERE online = 1) AS seen FROM presence \
                         WHERE presence.agent = agents.name) AS here ON TRUE";

/// [`super::Store::put_agent`].
pub async fn put_agent(link: &Link, agent: AgentRow) -> Result<(), StoreError> {
    let sql = "WITH put AS ( \
                   INSERT INTO agents (name, password_hash, role, queues, online, capacity, last_seen, active) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash, role = excluded.role, \
                   queues = excluded.queues, online = excluded.online, capacity = excluded.capacity, \
                   last_seen = excluded.last_seen, active = excluded.active), \
               here AS ( \
                   INSERT INTO presence (agent, node, online, seen) VALUES ($1, $9, $5, coalesce($7, 0)) \
                   ON CONFLICT (agent, node) DO UPDATE SET online = excluded.online) \
               SELECT frontdesk_tell($9, 'people')";
    let queues = agent.queues.as_deref().map(|queues| serde_json::Value::from(queues).to_string());
    let values = params![
        agent.name,
        agent.password_hash,
        agent.role,
        queues,
        agent.online,
        agent.capacity,
        agent.last_seen,
        agent.active,
        link.node.as_str(),
    ];
    link.ask(Again::Yes, sql, values).await.map(drop)
}

/// [`super::Store::agent`].
pub async fn agent(link: &Link, name: String) -> Result<Option<AgentRow>, StoreError> {
    let sql = format!("{AGENT} WHERE name = $1");
    link.ask_one(Again::Yes, &sql, params![name]).await?.as_ref().map(agent_row).transpose()
}

/// [`super::Store::agents`].
pub async fn agents(link: &Link) -> Result<Vec<AgentRow>, StoreError> {
    link.ask(Again::Yes, &format!("{AGENT} ORDER BY name"), params![]).await?.iter().map(agent_row).collect()
}

/// [`super::Store::set_presence`].
pub async fn set_presence(link: &Link, name: String, online: bool, at: Timestamp) -> Result<bool, StoreError> {
    let sql = "SELECT frontdesk_presence($1, $2, $3, $4) AS known";
    let row = link.ask_one(Again::Yes, sql, params![name, online, at, link.node.as_str()]).await?;
    row.map_or(Ok(false), |row| get(&row, "known"))
}

fn agent_row(row: &Row) -> Result<AgentRow, StoreError> {
    let queues: Option<String> = get(row, "queues")?;
    Ok(AgentRow {
        name: get(row, "name")?,
        password_hash: get(row, "password_hash")?,
        role: get(row, "role")?,
        // What is not a list was not written by us: it opens no queue.
        queues: queues.map(|queues| serde_json::from_str(&queues).unwrap_or_default()),
        online: get_flag(row, "online")?,
        capacity: maybe_u32(row, "capacity")?,
        last_seen: maybe_time(row, "last_seen")?,
        active: get_flag(row, "active")?,
    })
}

/// [`super::Store::open_session`].
pub async fn open_session(link: &Link, session: Session) -> Result<(), StoreError> {
    let sql = "INSERT INTO sessions (token_hash, agent, expires, csrf) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (token_hash) DO UPDATE SET agent = excluded.agent, expires = excluded.expires, \
               csrf = excluded.csrf";
    let values = params![session.token_hash, session.agent, session.expires, session.csrf];
    link.ask(Again::Yes, sql, values).await.map(drop)
}

/// [`super::Store::session`].
pub async fn session(link: &Link, token_hash: String, now: Timestamp) -> Result<Option<Session>, StoreError> {
    let sql = "SELECT token_hash, agent, expires, csrf FROM sessions WHERE token_hash = $1 AND expires > $2";
    let read = |row: &Row| {
        let (token_hash, agent) = (get(row, "token_hash")?, get(row, "agent")?);
        Ok(Session { token_hash, agent, expires: get_time(row, "expires")?, csrf: get(row, "csrf")? })
    };
    link.ask_one(Again::Yes, sql, params![token_hash, now]).await?.as_ref().map(read).transpose()
}

/// [`super::Store::close_session`].
pub async fn close_session(link: &Link, token_hash: String) -> Result<(), StoreError> {
    link.ask(Again::Yes, "DELETE FROM sessions WHERE token_hash = $1", params![token_hash]).await.map(drop)
}

/// [`super::Store::close_sessions_of`].
pub async fn close_sessions_of(link: &Link, agent: String) -> Result<(), StoreError> {
    link.ask(Again::Yes, "DELETE FROM sessions WHERE agent = $1", params![agent]).await.map(drop)
}

/// [`super::Store::audit`].
pub async fn audit(link: &Link, row: AuditRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit (at, who, what, about) VALUES ($1, $2, $3, $4)";
    link.ask(Again::No, sql, params![row.at, row.who, row.what, row.about]).await.map(drop)
}

/// [`super::Store::audit_log`].
pub async fn audit_log(link: &Link, before: Option<i64>, limit: u32) -> Result<Vec<(i64, AuditRow)>, StoreError> {
    let sql = "SELECT id, at, who, what, about FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2";
    let read = |row: &Row| {
        let (at, who, what) = (get_time(row, "at")?, get(row, "who")?, get(row, "what")?);
        Ok((get(row, "id")?, AuditRow { at, who, what, about: get(row, "about")? }))
    };
    let values = params![before.unwrap_or(i64::MAX), at_most(limit)];
    link.ask(Again::Yes, sql, values).await?.iter().map(read).collect()
}

/// [`super::Store::setting`].
pub async fn setting(link: &Link, key: String) -> Result<Option<String>, StoreError> {
    let row = link.ask_one(Again::Yes, "SELECT value FROM settings WHERE key = $1", params![key]).await?;
    row.map(|row| get(&row, "value")).transpose()
}

/// [`super::Store::change_setting`].
pub async fn change_setting(
    link: &Link,
    key: String,
    from: Option<String>,
    to: Option<String>,
) -> Result<bool, StoreError> {
    // Of several who change it at once, one finds it as it was.
    let (sql, values) = match (from, to) {
        (None, None) => return Ok(setting(link, key).await?.is_none()),
        (None, Some(to)) => (
            "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING RETURNING key",
            params![key, to],
        ),
        (Some(from), None) => ("DELETE FROM settings WHERE key = $1 AND value = $2 RETURNING key", params![key, from]),
        (Some(from), Some(to)) => {
            ("UPDATE settings SET value = $3 WHERE key = $1 AND value = $2 RETURNING key", params![key, from, to])
        }
    };
    Ok(!link.ask(Again::No, sql, values).await?.is_empty())
}
