//! The receiving end: stands in for the Graph API, so that what the server sends arrives here and is checked. Takes every
//! message; sends none on.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;

use super::delivery::Offer;
use super::drive::{Inner, ToTell};

/// A document of WhatsApp's has at most 100 MB.
const UPLOAD_MAX: usize = 101 * 1024 * 1024;

/// What the server may ask of the Graph API.
pub fn routes(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/{version}/{number}/messages", post(take))
        .route("/{version}/{number}/media", post(|_: Bytes| async { json(r#"{"id":"1"}"#.to_owned()) }))
        .layer(DefaultBodyLimit::max(UPLOAD_MAX))
        .with_state(inner)
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    to: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message_id: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "biz_opaque_callback_data")]
    callback: Option<Cow<'a, str>>,
    interactive: Option<Interactive>,
}

#[derive(Deserialize)]
struct Interactive {
    #[serde(default)]
    action: Action,
}

#[derive(Deserialize, Default)]
struct Action {
    #[serde(default)]
    buttons: Vec<Button>,
    #[serde(default)]
    sections: Vec<Section>,
}

#[derive(Deserialize)]
struct Button {
    reply: Title,
}

#[derive(Deserialize)]
struct Section {
    #[serde(default)]
    rows: Vec<Title>,
}

#[derive(Deserialize)]
struct Title {
    id: String,
    title: String,
}

async fn take(State(inner): State<Arc<Inner>>, Path((_, business)): Path<(String, String)>, body: Bytes) -> Response {
    let now = inner.watch.micros();
    inner.last_heard.fetch_max(now, Ordering::Relaxed);
    let Ok(request) = serde_json::from_slice::<Request<'_>>(&body) else { return strange(&inner) };
    match (&request.to, &request.message_id) {
        (None, Some(message)) => marked(&inner, message),
        (Some(to), _) => answered(&inner, &business, to, &request, now),
        (None, None) => strange(&inner),
    }
}

fn marked(inner: &Inner, message: &str) -> Response {
    let known = inner.ids.which(message).and_then(|(customer, nth)| Some((inner.people.known(customer)?, nth)));
    let Some((person, nth)) = known else { return strange(inner) };
    person.marked(nth);
    inner.tally.numbers().marks += 1;
    json(r#"{"success":true}"#.to_owned())
}

fn answered(inner: &Inner, business: &str, to: &str, request: &Request<'_>, now: u64) -> Response {
    let Some(person) = inner.ids.whose(to).and_then(|customer| inner.people.known(customer)) else {
        return strange(inner);
    };
    let heard =
        person.answered(request.callback.as_deref(), request.interactive.as_ref().map(offers).unwrap_or_default(), now);
    let number = {
        let mut numbers = inner.tally.numbers();
        numbers.answers += 1;
        numbers.second(now).answers += 1;
        numbers.doubled += u64::from(heard.doubled);
        numbers.disordered += u64::from(heard.disordered);
        match heard.answer {
            Some((took, true)) => numbers.after_tap.record(took),
            Some((took, false)) => numbers.after_words.record(took),
            None => {}
        }
        numbers.answers
    };
    let (id, to) = (format!("wamid.REPLY.{}.{number}", inner.ids.run), to.trim_start_matches('+'));
    let answer = format!(
        r#"{{"messaging_product":"whatsapp","contacts":[{{"input":"{to}","wa_id":"{to}"}}],"messages":[{{"id":"{id}"}}]}}"#
    );
    let callback = request.callback.as_deref().map(str::to_owned);
    inner.tell(ToTell { business: business.to_owned(), customer: to.to_owned(), id, callback });
    json(answer)
}

fn offers(interactive: &Interactive) -> Vec<Offer> {
    let offer = |row, Title { id, title }: &Title| Offer { row, id: id.clone(), title: title.clone() };
    let buttons = interactive.action.buttons.iter().map(|button| offer(false, &button.reply));
    let rows = interactive.action.sections.iter().flat_map(|section| &section.rows).map(|row| offer(true, row));
    buttons.chain(rows).collect()
}

fn json(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A request that no server should make of us; it is not tried again.
fn strange(inner: &Inner) -> Response {
    inner.tally.numbers().strange += 1;
    let error = r#"{"error":{"message":"the message is not to a simulated customer of this run","type":"OAuthException","code":100}}"#;
    (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "application/json")], error).into_response()
}
