//! What the page's requests are answered: everything it shows and does, as JSON. Each request that changes something is a
//! POST, and each problem is a sentence.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Sse};
use serde::{Deserialize, Serialize};
use tokio_stream::Stream;

use crate::conversation::state::Conversation;
use crate::runtime::{Live, Runtime};
use crate::store::{Arrival, AuditRow, ContactId, InboxKind, ThreadQuery};
use crate::web::problem::{Problem, Read};
use crate::web::{bubble::Bubble, live as changes};

use super::moving::{self, ClockView};
use super::panel::{self, Panel};
use super::phones::{self, Customer, NewCustomer};
use super::recording;
use super::saying::Wish;
use super::thread::{self, Shown};
use super::why::{self, TurnWhy};

/// So many of the latest lines are looked through for what a reaction is about.
const REACTABLE_MAX: u32 = 50;
/// So many lines can be unmasked at once.
const SECRETS_MAX: u32 = 1_000;

/// Which business number the clock's hours are about.
#[derive(Debug, Deserialize)]
pub(super) struct Looking {
    number: Option<String>,
}

/// The clock and everybody.
#[derive(Debug, Serialize)]
pub(super) struct World {
    clock: ClockView,
    customers: Vec<Customer>,
}

pub(super) async fn world(
    State(runtime): State<Runtime>,
    Query(looking): Query<Looking>,
) -> Result<Json<World>, Problem> {
    let phones = phones::all(runtime.store()).await?;
    let customers = phones::customers(&runtime, &phones).await?;
    Ok(Json(World { clock: moving::view(&runtime, looking.number.as_deref()).await?, customers }))
}

/// Where the clock is to go, and whose hours are meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    to: String,
    number: Option<String>,
}

pub(super) async fn move_clock(
    State(runtime): State<Runtime>,
    Read(wish): Read<Move>,
) -> Result<Json<ClockView>, Problem> {
    moving::go(&runtime, wish.number.as_deref(), &wish.to).await?;
    Ok(Json(moving::view(&runtime, wish.number.as_deref()).await?))
}

pub(super) async fn new_customer(
    State(runtime): State<Runtime>,
    Read(wish): Read<NewCustomer>,
) -> Result<Json<Thread>, Problem> {
    let contact = phones::add(&runtime, wish).await?;
    whole(&runtime, contact, None).await.map(Json)
}

/// A customer's phone and what is behind it.
#[derive(Debug, Serialize)]
pub(super) struct Thread {
    customer: Customer,
    thread: Shown,
    panel: Panel,
    why: Vec<TurnWhy>,
    clock: ClockView,
}

/// Which piece of the thread.
#[derive(Debug, Deserialize)]
pub(super) struct Piece {
    before: Option<String>,
}

pub(super) async fn thread(
    State(runtime): State<Runtime>,
    Path(id): Path<String>,
    Query(piece): Query<Piece>,
) -> Result<Json<Thread>, Problem> {
    let before = piece.before.map(|seq| seq.parse()).transpose();
    let before = before.map_err(|_| Problem::wrong("`before` is the number of a line of the thread"))?;
    whole(&runtime, contact(&id)?, before).await.map(Json)
}

pub(super) async fn say(
    State(runtime): State<Runtime>,
    Path(id): Path<String>,
    Read(wish): Read<Wish>,
) -> Result<Json<Thread>, Problem> {
    let contact = contact(&id)?;
    let (loaded, conversation) = thread::load(&runtime, contact).await?;
    let who = loaded.contact.who.clone();
    let query = ThreadQuery {
        contact,
        before: wish.say.tapped().map(|seq| seq.saturating_add(1)),
        after: 0,
        limit: if wish.say.tapped().is_some() { 1 } else { REACTABLE_MAX },
    };
    let lines = runtime.store().thread(query).await?;
    let at = runtime.clock().now();
    let (message_id, phone) = (wish.message_id()?, conversation.contact.phone());
    let name = conversation.contact.name.as_str();
    let message = wish.say.message(message_id.clone(), at, &lines, phone.as_deref(), name)?;
    let payload = serde_json::to_string(&message).map_err(|error| Problem::wrong(error.to_string()))?;
    let number_id = loaded.contact.number_id;
    let arrival = Arrival::Message { number_id, who, kind: InboxKind::Message, message_id, at, payload };
    runtime.receive(vec![arrival]).await?;
    whole(&runtime, contact, None).await.map(Json)
}

/// What is masked elsewhere (R42).
#[derive(Debug, Serialize)]
pub(super) struct Secrets {
    answers: std::collections::BTreeMap<String, String>,
    lines: Vec<Bubble>,
    /// The reasons of the turns that hold them.
    why: Vec<TurnWhy>,
}

pub(super) async fn secrets(State(runtime): State<Runtime>, Path(id): Path<String>) -> Result<Json<Secrets>, Problem> {
    let contact = contact(&id)?;
    let (_, conversation) = thread::load(&runtime, contact).await?;
    let query = ThreadQuery { contact, before: None, after: 0, limit: SECRETS_MAX };
    let lines = runtime.store().thread(query).await?;
    let (who, what) = ("simulator".to_owned(), "reveal".to_owned());
    let seen = AuditRow { at: runtime.clock().now(), who, what, about: format!("contact {contact}") };
    runtime.store().audit(seen).await?;
    let why = why::show(&runtime, contact, &lines, true).await?;
    let lines = lines.iter().filter(|line| line.secret).filter_map(|line| Bubble::of(line, true)).collect();
    Ok(Json(Secrets { answers: panel::secrets(&conversation), lines, why }))
}

pub(super) async fn test(State(runtime): State<Runtime>, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    let (loaded, conversation) = thread::load(&runtime, contact(&id)?).await?;
    let text = recording::chat(&runtime, &loaded, &conversation).await?;
    let file = format!("attachment; filename=\"simulator-{}.chat\"", loaded.contact.id);
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, file)], text))
}

pub(super) async fn record(
    State(runtime): State<Runtime>,
    Path((id, enquiry)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let (loaded, conversation) = thread::load(&runtime, contact(&id)?).await?;
    let record = match enquiry.parse() {
        Ok(enquiry) => runtime.record(loaded.contact.id, enquiry).await?,
        Err(_) => None,
    };
    let text = record.ok_or_else(|| no_record(&enquiry, &conversation))?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}

fn no_record(asked: &str, conversation: &Conversation) -> Problem {
    let there_are = match conversation.enquiry.as_ref().map_or(0, |enquiry| enquiry.number) {
        0 => "they have had none yet".to_owned(),
        1 => "they have had one, number 1".to_owned(),
        latest => format!("theirs are numbered 1 to {latest}"),
    };
    Problem::missing(format!("this customer has no enquiry “{asked}”: {there_are}"))
}

/// What changes, with the time: another browser may have moved the clock.
pub(super) async fn live(State(runtime): State<Runtime>) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let clock = runtime.clock().clone();
    changes::stream(&runtime, move |change| {
        let Live::Changed(contact) = change else { return None };
        Event::default().event("changed").json_data(Changed { contact: *contact, now: clock.now() }).ok()
    })
}

#[derive(Debug, Serialize)]
struct Changed {
    contact: ContactId,
    now: crate::clock::Timestamp,
}

pub(super) async fn nothing_here() -> Problem {
    Problem::missing("the simulator has nothing here")
}

pub(super) async fn not_like_this() -> Problem {
    Problem::not_so("this cannot be asked in this way: what changes something is a POST, everything else a GET")
}

fn contact(id: &str) -> Result<ContactId, Problem> {
    id.parse().map_err(|_| Problem::missing("there is no such customer"))
}

async fn whole(runtime: &Runtime, contact: ContactId, before: Option<i64>) -> Result<Thread, Problem> {
    let (loaded, conversation) = thread::load(runtime, contact).await?;
    let (bot, editions) = (runtime.bot(), runtime.editions());
    let phones = phones::all(runtime.store()).await?;
    let phone = phones.into_iter().find(|phone| phone.contact == contact);
    let lines = thread::entries(runtime, contact, before).await?;
    let clock = moving::view(runtime, Some(&loaded.contact.number_id)).await?;
    Ok(Thread {
        customer: Customer::new(contact, &conversation, phone, &bot),
        thread: thread::show(&loaded, &conversation, &lines),
        panel: panel::panel(&conversation, &editions, runtime.clock().now()),
        why: why::show(runtime, contact, &lines, false).await?,
        clock,
    })
}
