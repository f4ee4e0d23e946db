//! Agents, sessions, the audit log and settings.

use rusqlite::{Connection, Row, params};

use super::convert::{all, at_most, maybe_millis, maybe_time, millis, one, run, time};
use crate::clock::Timestamp;
use crate::store::{AgentRow, AuditRow, Session, StoreError};

/// [`super::Store::put_agent`].
pub fn put_agent(connection: &Connection, agent: &AgentRow) -> Result<(), StoreError> {
    let queues = agent.queues.as_deref().map(|queues| serde_json::Value::from(queues).to_string());
    run(
        connection,
        "INSERT OR REPLACE INTO agents (name, password_hash, role, queues, online, capacity, last_seen, active) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            agent.name,
            agent.password_hash,
            agent.role,
            queues,
            agent.online,
            agent.capacity,
            maybe_millis(agent.last_seen),
            agent.active,
        ],
    )
    .map(drop)
}

/// [`super::Store::agent`].
pub fn agent(connection: &Connection, name: &str) -> Result<Option<AgentRow>, StoreError> {
    one(connection, "SELECT * FROM agents WHERE name = ?1", [name], agent_row)
}

/// [`super::Store::agents`].
pub fn agents(connection: &Connection) -> Result<Vec<AgentRow>, StoreError> {
    all(connection, "SELECT * FROM agents ORDER BY name", (), agent_row)
}

/// [`super::Store::set_presence`].
pub fn set_presence(connection: &Connection, name: &str, online: bool, at: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE agents SET online = ?2, last_seen = ?3 WHERE name = ?1";
    Ok(run(connection, sql, params![name, online, millis(at)])? > 0)
}

fn agent_row(row: &Row<'_>) -> rusqlite::Result<AgentRow> {
    let queues: Option<String> = row.get("queues")?;
    Ok(AgentRow {
        name: row.get("name")?,
        password_hash: row.get("password_hash")?,
        role: row.get("role")?,
        // What is not a list was not written by us: it opens no queue.
        queues: queues.map(|queues| serde_json::from_str(&queues).unwrap_or_default()),
        online: row.get("online")?,
        capacity: row.get("capacity")?,
        last_seen: maybe_time(row, "last_seen")?,
        active: row.get("active")?,
    })
}

/// [`super::Store::open_session`].
pub fn open_session(connection: &Connection, session: &Session) -> Result<(), StoreError> {
    run(
        connection,
        "INSERT OR REPLACE INTO sessions (token_hash, agent, expires, csrf) VALUES (?1, ?2, ?3, ?4)",
        params![session.token_hash, session.agent, millis(session.expires), session.csrf],
    )
    .map(drop)
}

/// [`super::Store::session`].
pub fn session(connection: &Connection, token_hash: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
    let sql = "SELECT token_hash, agent, expires, csrf FROM sessions WHERE token_hash = ?1 AND expires > ?2";
    one(connection, sql, params![token_hash, millis(now)], |row| {
        let expires = time(row.get(2)?);
        Ok(Session { token_hash: row.get(0)?, agent: row.get(1)?, expires, csrf: row.get(3)? })
    })
}

/// [`super::Store::close_session`].
pub fn close_session(connection: &Connection, token_hash: &str) -> Result<(), StoreError> {
    run(connection, "DELETE FROM sessions WHERE token_hash = ?1", [token_hash]).map(drop)
}

/// [`super::Store::close_sessions_of`].
pub fn close_sessions_of(connection: &Connection, agent: &str) -> Result<(), StoreError> {
    run(connection, "DELETE FROM sessions WHERE agent = ?1", [agent]).map(drop)
}

/// [`super::Store::audit`].
pub fn audit(connection: &Connection, row: &AuditRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit (at, who, what, about) VALUES (?1, ?2, ?3, ?4)";
    run(connection, sql, params![millis(row.at), row.who, row.what, row.about]).map(drop)
}

/// [`super::Store::audit_log`].
pub fn audit_log(connection: &Connection, before: Option<i64>, limit: u32) -> Result<Vec<(i64, AuditRow)>, StoreError> {
    let sql = "SELECT id, at, who, what, about FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
    all(connection, sql, params![before.unwrap_or(i64::MAX), at_most(limit)], |row| {
        let at = time(row.get(1)?);
        Ok((row.get(0)?, AuditRow { at, who: row.get(2)?, what: row.get(3)?, about: row.get(4)? }))
    })
}

/// [`super::Store::setting`].
pub fn setting(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    one(connection, "SELECT value FROM settings WHERE key = ?1", [key], |row| row.get(0))
}

/// [`super::Store::change_setting`].
pub fn change_setting(
    connection: &Connection,
    key: &str,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<bool, StoreError> {
    if setting(connection, key)?.as_deref() != from {
        return Ok(false);
    }
    match to {
        Some(to) => run(connection, "INSERT OR REPLACE INTO settings (key, value) VALUES (?1, ?2)", [key, to])?,
        None => run(connection, "DELETE FROM settings WHERE key = ?1", [key])?,
    };
    Ok(true)
}
