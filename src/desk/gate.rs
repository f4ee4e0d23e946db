//! Who gets in (R43): a session for every page but the first ones, a role that is enough, and for everything that changes
//! something a page of ours as its origin and the session's token in the form.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{CONTENT_TYPE, COOKIE, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Duration;
use serde::Deserialize;
use tokio_stream::StreamExt;

use crate::store::StoreError;
use crate::web::origin::is_ours;

use super::answer::{self, wants_words};
use super::password::{digest, same};
use super::role::{Need, Role};
use super::{Desk, routes};

/// Forms are no larger than this; a reply has at most 4,096 characters.
const FORM_MAX: usize = 64 * 1024;
/// What pages listen to.
const EVENT_STREAM: &[u8] = b"text/event-stream";
/// How an alert begins there; it may hold a customer's name.
const ALERT: &[u8] = b"event: alert";
/// What tells a page there that it missed something.
const RELOAD: &[u8] = b"event: reload\ndata: {}\n\n";
/// Changes can come many in a second, to every open page; the store is not asked for each.
const ALLOWED_FOR: Duration = Duration::seconds(1);

/// A gate in front of a route.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) desk: Desk,
    pub(super) need: Need,
    pub(super) form: Form,
}

/// Whether what changes something carries the session's token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Our own forms do.
    With,
    /// Others' routes behind our sign-in do not; they rely on the origin and the cookie's `SameSite`.
    Without,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub(super) struct Me {
    /// Their name.
    pub(super) name: String,
    /// What they are.
    pub(super) role: Role,
    /// The queues they work in; `None` is every queue.
    pub(super) queues: Option<Vec<String>>,
    /// What their forms carry.
    pub(super) csrf: String,
    /// The digest of their cookie.
    pub(super) session: String,
    /// They said that they can be given work.
    pub(super) online: bool,
}

#[derive(Deserialize)]
struct Token {
    csrf: Option<String>,
}

/// The middleware.
pub(super) async fn enter(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && !is_from_here(request.headers(), &gate.desk) {
        return answer::refusal(
            request.headers(),
            StatusCode::FORBIDDEN,
            "That did not come from a page of this desk, so nothing was done.",
        );
    }
    if gate.need == Need::Nothing {
        return next.run(request).await;
    }
    let me = match who(&gate.desk, request.headers()).await {
        Ok(Some(me)) => me,
        Ok(None) => return not_signed_in(&request),
        Err(error) => return answer::trouble(request.headers(), &error),
    };
    if !me.role.may(gate.need) {
        let why = format!("As {} you cannot do that; an admin can give you another role.", me.role.name());
        return answer::refusal(request.headers(), StatusCode::FORBIDDEN, &why);
    }
    let mut request = if changes && gate.form == Form::With {
        match with_token(request, &me).await {
            Ok(request) => request,
            Err(refused) => return refused,
        }
    } else {
        request
    };
    request.extensions_mut().insert(me.clone());
    let answer = next.run(request).await;
    let tells = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(EVENT_STREAM));
    if tells { answer.map(|told| while_allowed(gate.desk, me, told)) } else { answer }
}

/// What is told to an open page ends before an alert, and at most a second before anything else, that its agent may not hear
/// any more: they signed out or were seen off, or their role or queues are others now. A browser whose agent may hear
/// something asks again by itself. A store that cannot say so does not send away whoever is here (R29): it is quiet until
/// the store can, and then the page looks up what it missed.
fn while_allowed(desk: Desk, me: Me, told: Body) -> Body {
    let mut told = told.into_data_stream();
    Body::from_stream(async_stream::stream! {
        let (mut asked, mut missed) = (desk.unmoved(), false);
        while let Some(next) = told.next().await {
            let now = desk.unmoved();
            if (now - asked).abs() >= ALLOWED_FOR || next.as_ref().is_ok_and(|told| told.starts_with(ALERT)) {
                match of_session(&desk, me.session.clone()).await {
                    Ok(Some(now)) if now.role == me.role && now.queues == me.queues => {}
                    Ok(_) => break,
                    Err(_) => {
                        missed = true;
                        continue;
                    }
                }
                asked = now;
            }
            if std::mem::take(&mut missed) {
                yield Ok(Bytes::from_static(RELOAD));
            }
            yield next;
        }
    })
}

/// Who sends this, if they are signed in and may still work here.
pub(super) async fn who(desk: &Desk, headers: &HeaderMap) -> Result<Option<Me>, StoreError> {
    match cookie(headers, routes::cookie_name(desk)) {
        Some(cookie) => of_session(desk, digest(&cookie)).await,
        None => Ok(None),
    }
}

async fn of_session(desk: &Desk, session: String) -> Result<Option<Me>, StoreError> {
    let store = desk.runtime().store();
    let Some(session) = store.session(session, desk.unmoved()).await? else { return Ok(None) };
    let Some(agent) = store.agent(session.agent).await?.filter(|agent| agent.active) else { return Ok(None) };
    Ok(Role::from_name(&agent.role).map(|role| Me {
        name: agent.name,
        role,
        queues: agent.queues,
        csrf: session.csrf,
        session: session.token_hash,
        online: agent.online,
    }))
}

/// A cookie's value.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// A proxy in front of us may have changed the host that the browser meant; the public address counts as ours, too.
fn is_from_here(headers: &HeaderMap, desk: &Desk) -> bool {
    let origin = headers.get(ORIGIN).and_then(|value| value.to_str().ok());
    let public = desk.0.settings.public_url.as_deref().zip(origin).and_then(|(url, origin)| url.strip_prefix(origin));
    let public = public.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    is_ours(headers) || public && !headers.contains_key("sec-fetch-site")
}

fn not_signed_in(request: &Request) -> Response {
    if request.method() == Method::GET && !wants_words(request.headers()) {
        let to = request.uri().path_and_query().map_or("/desk", |path| path.as_str());
        return Redirect::to(&format!("/desk/sign-in?to={}", routes::encoded(to))).into_response();
    }
    let why =
        "You are not signed in any more, so nothing was done. Sign in (in another tab, if you like) and try again.";
    answer::refusal(request.headers(), StatusCode::UNAUTHORIZED, why)
}

/// The same request, if its form carries the session's token.
async fn with_token(request: Request, me: &Me) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    let headers = parts.headers.clone();
    let Ok(bytes) = to_bytes(body, FORM_MAX).await else {
        return Err(answer::refusal(&headers, StatusCode::PAYLOAD_TOO_LARGE, "That is too long; nothing was done."));
    };
    let copy = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    let token = axum::Form::<Token>::from_request(copy, &()).await.ok().and_then(|form| form.0.csrf);
    if token.is_some_and(|token| same(&token, &me.csrf)) {
        Ok(Request::from_parts(parts, Body::from(bytes)))
    } else {
        let why = "That page is from an earlier session, so nothing was done. Load it again and repeat.";
        Err(answer::refusal(&headers, StatusCode::FORBIDDEN, why))
    }
}
