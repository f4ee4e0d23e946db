//! Signing in and out. The same answer, after the same time, for a wrong password and an unknown name.

use std::net::{IpAddr, SocketAddr};

use axum::Extension;
use axum::extract::{ConnectInfo, Form, Query, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use chrono::Duration;
use serde::Deserialize;

use crate::store::{AgentRow, Session, StoreError};
use crate::text::{fold, is_private_address};

use super::answer::{self, trouble};
use super::gate::{Me, who};
use super::password::{digest, secret};
use super::tries::Who;
use super::view::SignIn;
use super::{Desk, device, routes, words};

/// A session lasts a long working day.
const SESSION: Duration = Duration::hours(14);

/// Where to go after signing in.
#[derive(Deserialize)]
pub(super) struct To {
    to: Option<String>,
}

/// The page.
pub(super) async fn page(State(desk): State<Desk>, headers: HeaderMap, Query(to): Query<To>) -> Response {
    match who(&desk, &headers).await {
        Ok(Some(_)) => Redirect::to("/desk").into_response(),
        Ok(None) => answer::page(&SignIn {
            bot: desk.runtime().bot().name.clone(),
            name: String::new(),
            to: inside(to.to.as_deref()),
            problem: None,
        }),
        Err(error) => trouble(&headers, &error),
    }
}

/// What the sign-in form says.
#[derive(Deserialize)]
pub(super) struct Tried {
    name: String,
    password: String,
    to: Option<String>,
}

/// Signs in.
pub(super) async fn sign_in(
    State(desk): State<Desk>,
    address: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Form(tried): Form<Tried>,
) -> Response {
    let from = address.and_then(|Extension(ConnectInfo(peer))| writer(peer.ip(), &headers));
    let name = tried.name.trim().to_owned();
    let again = |status, problem: String| {
        answer::with_status(
            status,
            &SignIn {
                bot: desk.runtime().bot().name.clone(),
                name: name.chars().take(64).collect(),
                to: inside(tried.to.as_deref()),
                problem: Some(problem),
            },
        )
    };
    let agent = match named(&desk, &name).await {
        Ok(agent) => agent,
        Err(error) => return trouble(&headers, &error),
    };
    let device = agent.as_ref().and_then(|agent| device::known(&headers, &agent.password_hash));
    let whoever = device.map_or_else(|| Who::stranger(&name, from), Who::known);
    if let Err(until) = desk.0.tries.count(&whoever, desk.unmoved()) {
        let wait = until - desk.unmoved();
        let problem = format!("Too many tries. Try again {}.", words::in_a_while(wait));
        let seconds = wait.num_seconds().max(1).to_string();
        return ([(RETRY_AFTER, seconds)], again(StatusCode::TOO_MANY_REQUESTS, problem)).into_response();
    }
    match signed_in(&desk, agent, &whoever, tried.password.clone()).await {
        Ok(Some(cookies)) => (cookies, Redirect::to(&inside(tried.to.as_deref()))).into_response(),
        Ok(None) => again(StatusCode::UNAUTHORIZED, "That name and password do not go together.".to_owned()),
        Err(error) => trouble(&headers, &error),
    }
}

async fn named(desk: &Desk, name: &str) -> Result<Option<AgentRow>, StoreError> {
    let folded = fold(name);
    let agents = desk.runtime().store().agents().await?;
    Ok(agents.into_iter().find(|agent| agent.active && fold(&agent.name) == folded))
}

async fn signed_in(
    desk: &Desk,
    agent: Option<AgentRow>,
    whoever: &Who,
    password: String,
) -> Result<Option<Cookies>, StoreError> {
    let hashed = agent.as_ref().map(|agent| agent.password_hash.clone()).filter(|hash| !hash.is_empty());
    let fits = desk.0.passwords.fits(password, hashed).await;
    let Some(agent) = agent.filter(|_| fits) else {
        tracing::warn!("somebody could not sign in at the desk");
        return Ok(None);
    };
    desk.0.tries.forget(whoever);
    let cookies = open_session(desk, &agent.name, &agent.password_hash).await?;
    desk.audit(&agent.name, "sign_in", String::new()).await?;
    Ok(Some(cookies))
}

/// What a browser keeps: its session, and that it is known here.
pub(super) type Cookies = AppendHeaders<Vec<(HeaderName, String)>>;

/// Opens a session on a device that is known from now on.
pub(super) async fn open_session(desk: &Desk, agent: &str, password_hash: &str) -> Result<Cookies, StoreError> {
    let token = secret();
    let expires = desk.unmoved() + SESSION;
    let session = Session { token_hash: digest(&token), agent: agent.to_owned(), expires, csrf: secret() };
    desk.runtime().store().open_session(session).await?;
    let cookies = [Some(cookie(desk, &token, SESSION.num_seconds())), device::cookie(password_hash, desk.is_https())];
    Ok(AppendHeaders(cookies.into_iter().flatten().map(|cookie| (SET_COOKIE, cookie)).collect()))
}

fn cookie(desk: &Desk, value: &str, seconds: i64) -> String {
    let name = routes::cookie_name(desk);
    let secure = if desk.is_https() { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// Signs out. Whoever leaves is given no more work.
pub(super) async fn sign_out(State(desk): State<Desk>, Extension(me): Extension<Me>, headers: HeaderMap) -> Response {
    let left = async {
        desk.runtime().store().close_session(me.session.clone()).await?;
        desk.be_online(&me, false).await?;
        desk.audit(&me.name, "sign_out", String::new()).await
    };
    match left.await {
        Ok(()) => ([(SET_COOKIE, cookie(&desk, "", 0))], Redirect::to("/desk/sign-in")).into_response(),
        Err(error) => trouble(&headers, &error),
    }
}

/// A path of ours; anything else could lead somebody who just signed in to another site.
pub(super) fn inside(to: Option<&str>) -> String {
    let ours = |to: &&str| {
        to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n', '\t']) && to.is_ascii()
    };
    to.filter(ours).unwrap_or("/desk").to_owned()
}

/// The address of who writes: the peer's, or what the proxy in front of us says. Only a proxy that is near is believed.
fn writer(peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
    let said = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let last = said.and_then(|said| said.rsplit(',').next()).and_then(|last| last.trim().parse().ok());
    Some(last.filter(|_| is_private_address(peer)).unwrap_or(peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_nobody_is_led_elsewhere() {
        assert_eq!(inside(Some("/desk/cases/5?show=all")), "/desk/cases/5?show=all");
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "/desk\r\nSet-Cookie: x", ""] {
            assert_eq!(inside(Some(elsewhere)), "/desk", "{elsewhere}");
        }
    }

    #[test]
    fn only_a_near_proxy_says_who_writes() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "198.51.100.7, 203.0.113.9".parse().unwrap());
        let far = "9.9.9.9".parse().unwrap();
        assert_eq!(writer("127.0.0.1".parse().unwrap(), &headers), "203.0.113.9".parse().ok());
        assert_eq!(writer(far, &headers), Some(far));
    }
}
