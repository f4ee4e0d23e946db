//! Stands in for the Graph API: takes every message, sometimes answers late or breaks off after taking it, and tells by
//! signed statuses what became of each. It withholds none: whatever a kill hid, a status tells.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use frontdesk::load::delivery;
use frontdesk::store::JobId;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::way_in::deliver;
use crate::world::World;

/// How often an answer is late, and how often there is none.
const LATE: f64 = 0.3;
const BROKEN: f64 = 0.02;
/// How long an answer is held back from a server that is about to be killed.
const HELD_BACK: Duration = Duration::from_millis(30);
/// How often a status is slow, and how slow: well within what is waited for before anything is sent again.
const SLOW: f64 = 0.1;
const SLOWEST: u64 = 10_000;

/// A message that was taken.
#[derive(Debug, Clone)]
pub struct Sent {
    pub job: JobId,
    /// To whom.
    pub customer: usize,
    /// What it says.
    pub words: String,
    /// When it came.
    pub at: Instant,
    /// When a server took the first status of it.
    pub told: Option<Instant>,
}

/// Serves until the program ends.
pub async fn serve(listener: TcpListener, world: Arc<World>) {
    let routes = Router::new().route("/{version}/{number}/messages", post(take)).with_state(world);
    drop(axum::serve(listener, routes).await);
}

async fn take(State(world): State<Arc<World>>, Path((_, business)): Path<(String, String)>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    if request["status"] == "read" {
        world.tally().marks += 1;
        return Json(json!({"success": true})).into_response();
    }
    let Some((position, sent)) = note(&world, &request) else {
        world.tally().strange.push(format!("WhatsApp was asked for {request}"));
        return (StatusCode::BAD_REQUEST, Json(json!({"error": {"code": 100, "message": "?"}}))).into_response();
    };
    let wamid = format!("wamid.CRASH.{}.{position}", world.ids.run);
    let answer = json!({"messaging_product": "whatsapp", "messages": [{"id": wamid}],
        "contacts": [{"input": request["to"], "wa_id": world.ids.customer(sent.customer)}]});
    world.untold.fetch_add(1, Ordering::SeqCst);
    tokio::spawn(tell(Arc::clone(&world), business, wamid, sent.clone(), position));
    world.heard(sent.customer);
    world.message_came.notify_waiters();
    let unheard = Unheard { world: Arc::clone(&world), hears: false };
    if world.lurking.load(Ordering::SeqCst) {
        tokio::time::sleep(HELD_BACK).await;
    }
    let answer = answered(&world, answer).await;
    unheard.heard();
    answer
}

/// An answer that nobody is there to hear, unless it gets as far as to be given: the server was killed meanwhile.
struct Unheard {
    world: Arc<World>,
    hears: bool,
}

impl Unheard {
    fn heard(mut self) {
        self.hears = true;
    }
}

impl Drop for Unheard {
    fn drop(&mut self) {
        self.world.tally().unheard += u64::from(!self.hears);
    }
}

/// Writes down what came.
fn note(world: &World, request: &Value) -> Option<(usize, Sent)> {
    let job: JobId = request["biz_opaque_callback_data"].as_str()?.parse().ok()?;
    let customer = world.ids.whose(request["to"].as_str()?)?;
    let text = request["text"]["body"].as_str().or_else(|| request["interactive"]["body"]["text"].as_str())?;
    let mut all = world.sent();
    let sent = Sent { job, customer, words: text.to_owned(), at: Instant::now(), told: None };
    all.push(sent.clone());
    Some((all.len() - 1, sent))
}

async fn answered(world: &World, answer: Value) -> Response {
    if world.chance.happens(BROKEN) {
        world.tally().broken += 1;
        let broken = Err::<Bytes, _>(std::io::Error::other("broken on purpose"));
        return Body::from_stream(tokio_stream::iter([broken])).into_response();
    }
    if world.chance.happens(LATE) {
        world.tally().late += 1;
        tokio::time::sleep(world.chance.millis(1, 300)).await;
    }
    Json(answer).into_response()
}

/// Tells how far a message has come, until a server takes it.
async fn tell(world: Arc<World>, business: String, wamid: String, sent: Sent, position: usize) {
    let callback = sent.job.to_string();
    let most = if world.chance.happens(SLOW) { SLOWEST } else { 500 };
    // Each of them is enough to know that it was sent; they come in order, late, or not all of them.
    let statuses: &[&str] = match world.chance.below(4) {
        0 => &["sent", "delivered", "read"],
        1 => &["sent", "delivered"],
        _ => &["delivered"],
    };
    for status in statuses {
        tokio::time::sleep(world.chance.millis(0, most)).await;
        let customer = world.ids.customer(sent.customer);
        let body = delivery::status(&business, &customer, &wamid, Some(&callback), status, world.now());
        deliver(&world, &body).await;
        world.sent()[position].told.get_or_insert_with(Instant::now);
    }
    world.untold.fetch_sub(1, Ordering::SeqCst);
}
