//! `/webhooks/whatsapp`: Meta's check of the address, and its deliveries. 200 means that everything in the delivery that
//! is ours to keep is durable (R2); nothing is done about it before that.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::arrival;
use super::body::{Refusal, Rooms};
use super::counts::Counts;
use super::seldom::Seldom;
use crate::runtime::Runtime;
use crate::store::{Arrived, AuditRow, StoreError};
use crate::whatsapp::signature::{self, SignatureProblem};
use crate::whatsapp::webhook::{Received, WebhookError, parse};

/// Where Meta delivers to.
pub const PATH: &str = "/webhooks/whatsapp";

/// A challenge is a number of ten digits; more than this is none.
const CHALLENGE_MAX: usize = 1_024;
/// So many unknown business numbers are told of; an attacker cannot sign one, but Meta's test tool sends some.
const STRANGERS_MAX: usize = 100;
/// Webhook fields by which Meta tells the operator of trouble, or of a change that can mean it.
const ALARMS: [&str; 9] = [
    "account_alerts",
    "account_review_update",
    "account_update",
    "business_capability_update",
    "message_template_quality_update",
    "message_template_status_update",
    "phone_number_quality_update",
    "security",
    "template_category_update",
];

/// What the way in from WhatsApp needs.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Takes what was delivered.
    pub runtime: Runtime,
    /// Signs deliveries.
    pub app_secret: SecretString,
    /// Meta repeats it when it checks the address.
    pub verify_token: SecretString,
    /// Where deliveries are counted.
    pub counts: Counts,
}

/// The webhook (live mode).
pub fn routes(gateway: Gateway) -> Router {
    let whole = Whole { gateway, rooms: Rooms::new(), told: Told::default(), strangers: Mutex::default() };
    Router::new().route(PATH, get(verify).post(deliver)).with_state(Arc::new(whole))
}

struct Whole {
    gateway: Gateway,
    rooms: Rooms,
    told: Told,
    /// Business numbers that the bot does not declare and that were told of.
    strangers: Mutex<BTreeSet<String>>,
}

/// What anybody can make us tell of, or what can happen to every delivery.
#[derive(Default)]
struct Told {
    checked: Seldom,
    refused: Seldom,
    unread: Seldom,
    unkept: Seldom,
}

#[derive(Deserialize)]
struct Check {
    #[serde(rename = "hub.mode")]
    mode: Option<String>,
    #[serde(rename = "hub.verify_token")]
    token: Option<String>,
    #[serde(rename = "hub.challenge")]
    challenge: Option<String>,
}

/// Meta asks whether this address is ours: the challenge comes back exactly, if the word is the one we chose.
async fn verify(
    State(whole): State<Arc<Whole>>,
    query: Result<Query<Check>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(Check { mode: Some(mode), token: Some(token), challenge: Some(challenge) })) = query else {
        let words = "this is a WhatsApp webhook; Meta checks it with `hub.mode`, `hub.verify_token` and `hub.challenge`, \
                     each once";
        return (StatusCode::BAD_REQUEST, words).into_response();
    };
    let ours = whole.gateway.verify_token.expose_secret();
    if mode != "subscribe" || !same(&token, ours) {
        if let Some(times) = whole.told.checked.happened(whole.gateway.runtime.clock().now()) {
            tracing::warn!(
                times,
                "the webhook was checked with another verify token or mode; compare WHATSAPP_VERIFY_TOKEN with Meta's \
                 settings"
            );
        }
        return (StatusCode::FORBIDDEN, "the verify token is not the one of this server").into_response();
    }
    if challenge.len() > CHALLENGE_MAX {
        return (StatusCode::BAD_REQUEST, "the challenge is too long").into_response();
    }
    tracing::info!("Meta checked the webhook");
    let headers =
        [(CONTENT_TYPE, "text/plain; charset=utf-8"), (axum::http::header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, challenge).into_response()
}

/// Compares digests, so that not even the length of our word can be measured. An empty word fits nothing.
pub(super) fn same(said: &str, ours: &str) -> bool {
    let (said, digest) = (Sha256::digest(said), Sha256::digest(ours));
    !ours.is_empty() && bool::from(said.as_slice().ct_eq(digest.as_slice()))
}

/// A delivery, counted with how long its answer took.
async fn deliver(State(whole): State<Arc<Whole>>, headers: HeaderMap, body: Body) -> Response {
    let clock = Arc::clone(whole.gateway.runtime.clock());
    let began = clock.now();
    let answer = answer(&whole, &headers, body).await;
    whole.gateway.counts.answered(answer.status(), clock.now() - began);
    answer
}

async fn answer(whole: &Whole, headers: &HeaderMap, body: Body) -> Response {
    let header = headers.get(signature::HEADER).map(|value| value.to_str().unwrap_or_default());
    if header.is_none() {
        return whole.refuse(SignatureProblem::Missing);
    }
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let delivery = match whole.rooms.read(body, declared).await {
        Ok(delivery) => delivery,
        Err(refusal) => return whole.leave_unread(refusal),
    };
    let secret = whole.gateway.app_secret.expose_secret().as_bytes();
    if let Err(problem) = signature::verify(secret, header, &delivery.bytes) {
        return whole.refuse(problem);
    }
    let delivery = match whole.rooms.admit(delivery) {
        Ok(delivery) => delivery,
        Err(refusal) => return whole.leave_unread(refusal),
    };
    let kept = match parse(&delivery.bytes, whole.gateway.runtime.clock().now()) {
        Ok(received) => whole.keep(received).await,
        Err(problem) => whole.keep_unreadable(&problem, &delivery.bytes).await,
    };
    match kept {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => {
            // Under load, a store in trouble meets thousands of them a second.
            if let Some(times) = whole.told.unkept.happened(whole.gateway.runtime.clock().now()) {
                tracing::error!(times, %error, "a delivery could not be kept; WhatsApp will send it again");
            }
            let words = "it cannot be kept at the moment; send it again";
            (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
        }
    }
}

/// What it is, for the numbers.
const fn kind(received: &Received) -> &'static str {
    match received {
        Received::Message { .. } => "message",
        Received::Echo { .. } => "echo",
        Received::Status { .. } => "status",
        Received::Renamed { .. } => "renamed",
        Received::Ignored { .. } => "other",
    }
}

/// What came of it, for the numbers.
const fn became(arrived: Arrived) -> &'static str {
    match arrived {
        Arrived::Stored { .. } => "stored",
        Arrived::Duplicate { .. } => "duplicate",
        Arrived::Settled { .. } => "settled",
        Arrived::Unknown => "unknown",
    }
}

impl Whole {
    /// Only a signature that was made with another secret can be Meta's, and is worth the operator's while.
    fn refuse(&self, problem: SignatureProblem) -> Response {
        let status = match problem {
            SignatureProblem::Missing => StatusCode::UNAUTHORIZED,
            SignatureProblem::Malformed | SignatureProblem::Wrong => StatusCode::FORBIDDEN,
        };
        if problem != SignatureProblem::Wrong {
            tracing::debug!("a delivery was refused: {problem}");
        } else if let Some(times) = self.told.refused.happened(self.gateway.runtime.clock().now()) {
            tracing::warn!(times, "a delivery was refused: {problem}");
        }
        (status, problem.to_string()).into_response()
    }

    fn leave_unread(&self, (status, words): Refusal) -> Response {
        if let Some(times) = self.told.unread.happened(self.gateway.runtime.clock().now()) {
            tracing::warn!(times, status = status.as_u16(), "a delivery was not read: {words}");
        }
        (status, words).into_response()
    }

    /// Keeps what a delivery says, all of it or nothing.
    async fn keep(&self, received: Vec<Received>) -> Result<(), StoreError> {
        let now = self.gateway.runtime.clock().now();
        let count = received.len();
        let (mut kinds, mut arrivals) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for received in received {
            self.tell_operator(&received);
            let kind = kind(&received);
            match arrival::of(received, now) {
                Some(arrival) => {
                    kinds.push(kind);
                    arrivals.push(arrival);
                }
                None => self.gateway.counts.held(kind, "ignored"),
            }
        }
        if arrivals.is_empty() {
            return Ok(());
        }
        let arrived = self.gateway.runtime.receive(arrivals).await?;
        for (kind, arrived) in kinds.into_iter().zip(arrived) {
            self.gateway.counts.held(kind, became(arrived));
        }
        tracing::debug!(count, "a delivery was kept");
        Ok(())
    }

    /// Sending it again would not mend it, so it is answered with 200; that it came is kept where the operator looks.
    async fn keep_unreadable(&self, problem: &WebhookError, bytes: &[u8]) -> Result<(), StoreError> {
        self.gateway.counts.held("delivery", "unreadable");
        let digest = hex::encode(Sha256::digest(bytes));
        tracing::error!(bytes = bytes.len(), digest, "a signed delivery cannot be read: {problem}");
        let now = self.gateway.runtime.clock().now();
        let about = format!("{} bytes, SHA-256 {digest}: {problem}", bytes.len());
        let row = AuditRow { at: now, who: "WhatsApp".to_owned(), what: "unreadable_delivery".to_owned(), about };
        self.gateway.runtime.store().audit(row).await
    }

    fn tell_operator(&self, received: &Received) {
        match received {
            Received::Ignored { field, what } if ALARMS.contains(&field.as_str()) || what.starts_with("error ") => {
                tracing::warn!(field, "WhatsApp says: {what}; see the account in Meta's settings");
            }
            Received::Ignored { field, what } => tracing::info!(field, "WhatsApp says: {what}"),
            Received::Message { number_id, .. } | Received::Echo { number_id, .. } => self.tell_of_stranger(number_id),
            Received::Status { .. } | Received::Renamed { .. } => {}
        }
    }

    /// A number that `bot.yaml` does not declare is served like the first one, from the number itself: customers are not
    /// left without an answer because a line is missing there.
    fn tell_of_stranger(&self, number_id: &str) {
        let bot = self.gateway.runtime.bot();
        if bot.number(number_id).is_some() {
            return;
        }
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        if strangers.len() < STRANGERS_MAX && strangers.insert(number_id.to_owned()) {
            let like = bot.numbers.first().map_or("local", |number| number.id.as_str());
            tracing::warn!(
                number_id,
                "customers write to a business number that `numbers` in bot.yaml lacks; it is served like `{like}`"
            );
        }
    }
}
