//! Links that work once: for the first admin, and for agents to choose their password. Only digests are kept.

use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Duration;
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::store::{AgentRow, StoreError};

use super::answer::{self, refusal, trouble};
use super::password::{self, digest, same, secret};
use super::people::{self, Named};
use super::role::Role;
use super::view::Choose;
use super::{Desk, login, routes};

/// The setting that keeps the digest of the first admin's link.
const FIRST: &str = "desk/first_admin";
/// How long an agent's link works.
const LINK: Duration = Duration::days(3);
const USED: &str = "This link has been used, replaced by a newer one, or is too old. Ask for a new one.";

fn key_of(agent: &str) -> String {
    format!("desk/link/{agent}")
}

/// [`Desk::first_admin`].
pub(super) async fn first_admin(desk: &Desk) -> Result<Option<String>, StoreError> {
    let store = desk.runtime().store();
    if has_admin(desk).await? {
        return Ok(None);
    }
    let token = secret();
    let before = store.setting(FIRST.to_owned()).await?;
    // Should another node be quicker, its link is the one that works.
    let ours = store.change_setting(FIRST.to_owned(), before, Some(digest(&token))).await?;
    Ok(ours.then(|| format!("/desk/first/{token}")))
}

async fn has_admin(desk: &Desk) -> Result<bool, StoreError> {
    let agents = desk.runtime().store().agents().await?;
    Ok(agents.iter().any(|a| a.active && a.role == Role::Admin.name() && !a.password_hash.is_empty()))
}

/// A new link for an agent to choose their password; the one before stops working.
pub(super) async fn link_for(desk: &Desk, agent: &str) -> Result<String, StoreError> {
    let (store, key, token) = (desk.runtime().store(), key_of(agent), secret());
    let value = format!("{} {}", digest(&token), (desk.unmoved() + LINK).timestamp_millis());
    let before = store.setting(key.clone()).await?;
    store.change_setting(key, before, Some(value)).await?;
    Ok(format!("/desk/join/{}/{token}", routes::encoded(agent)))
}

/// Takes an agent's link back.
pub(super) async fn no_link_for(desk: &Desk, agent: &str) -> Result<(), StoreError> {
    let (store, key) = (desk.runtime().store(), key_of(agent));
    let before = store.setting(key.clone()).await?;
    store.change_setting(key, before, None).await.map(drop)
}

/// What the form for choosing says.
#[derive(Deserialize)]
pub(super) struct Chosen {
    name: Option<String>,
    password: String,
    again: String,
}

/// The page behind the first admin's link.
pub(super) async fn first_page(State(desk): State<Desk>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    match first_waits(&desk, &token).await {
        Ok(Some(_)) => answer::page(&choose(&desk, None, String::new(), None)),
        Ok(None) => refusal(&headers, StatusCode::GONE, USED),
        Err(error) => trouble(&headers, &error),
    }
}

/// What the setting holds, if this token is the one.
async fn first_waits(desk: &Desk, token: &str) -> Result<Option<String>, StoreError> {
    let kept = desk.runtime().store().setting(FIRST.to_owned()).await?;
    Ok(kept.filter(|kept| same(kept, &digest(token))))
}

/// Makes the first admin.
pub(super) async fn first_chosen(
    State(desk): State<Desk>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Response {
    let name = chosen.name.as_deref().unwrap_or_default().trim().to_owned();
    match make_first(&desk, &token, &name, &chosen).await {
        Ok(Made::SignedIn(cookies)) => (cookies, Redirect::to("/desk/people")).into_response(),
        Ok(Made::Refused(why)) => {
            answer::with_status(StatusCode::UNPROCESSABLE_ENTITY, &choose(&desk, None, name, Some(why)))
        }
        Ok(Made::Used) => refusal(&headers, StatusCode::GONE, USED),
        Err(error) => trouble(&headers, &error),
    }
}

enum Made {
    SignedIn(login::Cookies),
    Refused(String),
    Used,
}

async fn make_first(desk: &Desk, token: &str, name: &str, chosen: &Chosen) -> Result<Made, StoreError> {
    let Some(kept) = first_waits(desk, token).await? else { return Ok(Made::Used) };
    let named = people::named(desk, name).await?;
    let why = match named {
        Named::Free => password::refused(&chosen.password, &chosen.again, name),
        Named::Refused(why) => Some(why),
    };
    if let Some(why) = why {
        return Ok(Made::Refused(why));
    }
    let Some(hash) = desk.0.passwords.hash(chosen.password.clone()).await else {
        return Ok(Made::Refused("The password could not be kept. Try again.".to_owned()));
    };
    if !desk.runtime().store().change_setting(FIRST.to_owned(), Some(kept), None).await? {
        return Ok(Made::Used);
    }
    let admin = AgentRow {
        name: name.to_owned(),
        password_hash: hash.clone(),
        role: Role::Admin.name().to_owned(),
        queues: None,
        online: false,
        capacity: None,
        last_seen: None,
        active: true,
    };
    desk.runtime().store().put_agent(admin).await?;
    desk.runtime().presence(name, None, false).await?;
    desk.audit(name, "first_admin", String::new()).await?;
    Ok(Made::SignedIn(login::open_session(desk, name, &hash).await?))
}

/// The page behind an agent's link.
pub(super) async fn join_page(
    State(desk): State<Desk>,
    Path((agent, token)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    match waits_for(&desk, &agent, &token).await {
        Ok(Some(_)) => answer::page(&choose(&desk, Some(agent), String::new(), None)),
        Ok(None) => refusal(&headers, StatusCode::GONE, USED),
        Err(error) => trouble(&headers, &error),
    }
}

async fn waits_for(desk: &Desk, agent: &str, token: &str) -> Result<Option<String>, StoreError> {
    let kept = desk.runtime().store().setting(key_of(agent)).await?;
    let now = desk.unmoved();
    Ok(kept.filter(|kept| {
        let (hash, until) = kept.split_once(' ').unwrap_or_default();
        let until = until.parse().ok().and_then(Timestamp::from_timestamp_millis);
        same(hash, &digest(token)) && until.is_some_and(|until| until > now)
    }))
}

/// Keeps the password that an agent chose; sessions from before end.
pub(super) async fn join_chosen(
    State(desk): State<Desk>,
    Path((agent, token)): Path<(String, String)>,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Response {
    match join(&desk, &agent, &token, &chosen).await {
        Ok(Made::SignedIn(cookies)) => (cookies, Redirect::to("/desk")).into_response(),
        Ok(Made::Refused(why)) => {
            answer::with_status(StatusCode::UNPROCESSABLE_ENTITY, &choose(&desk, Some(agent), String::new(), Some(why)))
        }
        Ok(Made::Used) => refusal(&headers, StatusCode::GONE, USED),
        Err(error) => trouble(&headers, &error),
    }
}

async fn join(desk: &Desk, agent: &str, token: &str, chosen: &Chosen) -> Result<Made, StoreError> {
    let store = desk.runtime().store();
    let Some(kept) = waits_for(desk, agent, token).await? else { return Ok(Made::Used) };
    if let Some(why) = password::refused(&chosen.password, &chosen.again, agent) {
        return Ok(Made::Refused(why));
    }
    let Some(hash) = desk.0.passwords.hash(chosen.password.clone()).await else {
        return Ok(Made::Refused("The password could not be kept. Try again.".to_owned()));
    };
    if !store.change_setting(key_of(agent), Some(kept), None).await? {
        return Ok(Made::Used);
    }
    let Some(row) = store.agent(agent.to_owned()).await?.filter(|row| row.active) else { return Ok(Made::Used) };
    store.put_agent(AgentRow { password_hash: hash.clone(), ..row }).await?;
    store.close_sessions_of(agent.to_owned()).await?;
    desk.audit(agent, "password_chosen", String::new()).await?;
    Ok(Made::SignedIn(login::open_session(desk, agent, &hash).await?))
}

fn choose(desk: &Desk, agent: Option<String>, name: String, problem: Option<String>) -> Choose {
    Choose { bot: desk.runtime().bot().name.clone(), agent, name, problem }
}
