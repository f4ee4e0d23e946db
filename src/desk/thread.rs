//! The page of a case: the list beside it, the thread, what was learned, and what can be done now.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono_tz::Tz;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::state::{Contact, Conversation, State as Stands};
use crate::store::{ContactId, ContactRow, Entry, StoreError, ThreadQuery, Who};
use crate::web::bubble::Bubble;
use crate::web::reasons;

use super::answer::{self, refusal, trouble};
use super::gate::Me;
use super::list::{Asked, clock_words, countdown, lists, name, queue_label, state_words};
use super::role::{Need, Role};
use super::rows::rows;
use super::view::{Approved, CasePage, CasePart, CaseView, Colleague, Composer, Frame, Notice, QueueChoice, Why};
use super::{Desk, fitting, learned, why, words};

/// So many lines of a thread at once.
const LINES: u32 = 100;
/// So many messages of the customer say what the bot could do for them.
const LOOKED_AT: usize = 4;
const NO_CASE: &str = "There is no such case.";

/// What an agent typed and said when something was refused: nothing of it is lost.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    /// The text.
    pub(super) text: String,
    /// It was a note.
    pub(super) note: bool,
    /// The time.
    pub(super) when: String,
}

/// The page.
pub(super) async fn page(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    Path(contact): Path<ContactId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    shown(&desk, &me, contact, &asked, &headers, Shown::default()).await
}

/// How the page is shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Secrets are shown (R42).
    pub(super) reveal: bool,
    /// Something is said above it.
    pub(super) notice: Option<Notice>,
    /// What was typed already.
    pub(super) typed: Typed,
    /// The answer's status.
    pub(super) status: StatusCode,
}

/// The page, in some way.
pub(super) async fn shown(
    desk: &Desk,
    me: &Me,
    contact: ContactId,
    asked: &Asked,
    headers: &HeaderMap,
    how: Shown,
) -> Response {
    let made = async {
        let Some(mut case) = case(desk, me, contact, asked, how.reveal).await? else { return Ok(None) };
        case.composer.typed(how.typed.text, how.typed.note, how.typed.when);
        let list = lists(desk, me, asked.show(), Some(contact)).await?;
        Ok(Some(CasePage { frame: Frame::of(desk, me, "case"), list, case, notice: how.notice }))
    };
    match made.await {
        Ok(Some(page)) => answer::with_status(how.status, &page),
        Ok(None) => refusal(headers, StatusCode::NOT_FOUND, NO_CASE),
        Err(error) => trouble(headers, &error),
    }
}

/// The case alone, for a page that is open.
pub(super) async fn part(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    Path(contact): Path<ContactId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    match case(&desk, &me, contact, &asked, false).await {
        Ok(Some(case)) => answer::page(&CasePart { frame: Frame::of(&desk, &me, "case"), case }),
        Ok(None) => refusal(&headers, StatusCode::NOT_FOUND, NO_CASE),
        Err(error) => trouble(&headers, &error),
    }
}

/// Shows the secrets of a case, once and on record (R42).
pub(super) async fn reveal(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    Path(contact): Path<ContactId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    // Recorded before anything is shown: what cannot be recorded is not shown.
    if let Err(error) = desk.audit(&me.name, "reveal", format!("contact {contact}")).await {
        return trouble(&headers, &error);
    }
    let notice = Notice::good("Secret answers are shown below. That you looked is on record.".to_owned());
    let how = Shown { reveal: true, notice: Some(notice), ..Shown::default() };
    shown(&desk, &me, contact, &asked, &headers, how).await
}

/// A contact and their conversation; `None` where there is no such contact.
pub(super) async fn conversation(
    desk: &Desk,
    contact: ContactId,
) -> Result<Option<(ContactRow, Conversation)>, StoreError> {
    let Some(loaded) = desk.runtime().store().load(vec![contact]).await?.pop() else { return Ok(None) };
    let row = loaded.contact;
    let conversation = match &row.state {
        Some(state) => serde_json::from_str(state).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        None => Conversation::new(Contact {
            number: row.number_id.clone(),
            wa_id: row.who.wa_id.clone(),
            user_id: row.who.user_id.clone(),
            name: row.who.name.clone().unwrap_or_default(),
            language: None,
        }),
    };
    Ok(Some((row, conversation)))
}

async fn case(
    desk: &Desk,
    me: &Me,
    contact: ContactId,
    asked: &Asked,
    reveal: bool,
) -> Result<Option<CaseView>, StoreError> {
    let Some((row, conversation)) = conversation(desk, contact).await? else { return Ok(None) };
    let (bot, now) = (desk.runtime().bot(), desk.now());
    let query = ThreadQuery { contact, before: asked.before, after: 0, limit: LINES };
    let entries = desk.runtime().store().thread(query).await?;
    let mut whys = whys(desk, &bot, contact, &entries, reveal).await?;
    let enquiry = conversation.enquiry.as_ref();
    let state = conversation.state();
    let agent = enquiry.and_then(|enquiry| enquiry.agent.clone());
    let files = desk.runtime().keeps_files().then(|| format!("/desk/cases/{contact}/files"));
    Ok(Some(CaseView {
        contact,
        show: asked.show(),
        name: name(row.who.name.as_deref(), row.who.wa_id.as_deref()),
        state: enquiry.map_or_else(|| "no enquiry yet".to_owned(), |enquiry| state_words(&bot, enquiry, now)),
        tone: words::state(state).1,
        countdown: enquiry.and_then(|enquiry| countdown(&bot, enquiry, now)),
        queue: enquiry.and_then(|enquiry| enquiry.queue.as_deref()).map(|queue| queue_label(&bot, queue)),
        mine: agent.as_deref() == Some(me.name.as_str()),
        can_take: state != Stands::Ended && agent.is_none(),
        agent,
        over: state == Stands::Ended,
        earlier: entries.first().map(|entry| entry.seq).filter(|seq| *seq > 1 && entries.len() >= LINES as usize),
        latest: asked.before.is_none(),
        rows: rows(&entries, &mut whys, reveal, now, bot.hours.zone(), files.as_deref()),
        learned: learned::learned(desk, &row, &conversation, reveal).await?,
        composer: composer(desk, me, &bot, &conversation, &entries).await?,
    }))
}

/// Why the turns of these lines went as they did, by turn.
async fn whys(
    desk: &Desk,
    bot: &Bot,
    contact: ContactId,
    entries: &[Entry],
    reveal: bool,
) -> Result<BTreeMap<i64, Why>, StoreError> {
    let after = entries.last().map(|entry| entry.turn + 1);
    let kept = desk.runtime().store().why(contact, after, LINES * 2).await?;
    let told = reasons::told(kept, entries, reveal).into_iter();
    Ok(told.filter_map(|told| Some((told.turn, why::why(bot, told.reasons)?))).collect())
}

/// What can be done now, and to whom it can go.
async fn composer(
    desk: &Desk,
    me: &Me,
    bot: &Bot,
    conversation: &Conversation,
    entries: &[Entry],
) -> Result<Composer, StoreError> {
    let window = window(conversation, desk.now(), bot.hours.zone());
    let shut = window.is_none();
    let enquiry = conversation.enquiry.as_ref();
    let free = !shut && conversation.state() != Stands::Ended;
    let said = if free { said_lately(entries, enquiry.map(|enquiry| enquiry.number)) } else { Vec::new() };
    let agents = desk.runtime().store().agents().await?;
    let others = agents.into_iter().filter(|agent| {
        agent.active && agent.name != me.name && Role::from_name(&agent.role).is_some_and(|role| role.may(Need::Act))
    });
    let online = desk.runtime().online();
    Ok(Composer {
        window: window.unwrap_or_else(|| "WhatsApp's 24 hours are over".to_owned()),
        shut,
        text: String::new(),
        note: false,
        when: String::new(),
        held_reply: bot.templates.contains_key("answer_ready"),
        fits: fitting::fitting(bot, conversation, &me.name, &said),
        templates: templates(bot),
        queues: queues(bot, enquiry.and_then(|enquiry| enquiry.queue.as_deref())),
        colleagues: others.map(|a| Colleague { online: online.contains(&a.name), name: a.name }).collect(),
    })
}

/// The customer's words in this enquiry, the latest first, for what fits best. Secret ones are not looked at.
fn said_lately(entries: &[Entry], enquiry: Option<u32>) -> Vec<String> {
    let theirs = |entry: &&Entry| entry.who == Who::Customer && !entry.secret && entry.enquiry == enquiry;
    let texts = entries.iter().rev().filter(theirs).filter_map(|entry| Bubble::of(entry, false));
    texts.map(|bubble| bubble.text).filter(|text| text.chars().count() > 2).take(LOOKED_AT).collect()
}

/// Until when free text reaches the customer, in words; `None` when it does not any more (R32).
fn window(conversation: &Conversation, now: Timestamp, zone: Tz) -> Option<String> {
    let shuts = conversation.window_shuts().filter(|shuts| *shuts > now)?;
    Some(format!("Free text until {}", clock_words(shuts, now, zone)))
}

fn templates(bot: &Bot) -> Vec<Approved> {
    let occasions = bot.templates.values().filter(|template| template.occasion != "answer_ready");
    occasions.map(|t| Approved { occasion: t.occasion.clone(), label: words::spoken(&t.occasion) }).collect()
}

fn queues(bot: &Bot, own: Option<&str>) -> Vec<QueueChoice> {
    let choice = |name: &String| QueueChoice { name: name.clone(), label: queue_label(bot, name), chosen: false };
    bot.queues.keys().filter(|name| Some(name.as_str()) != own).map(choice).collect()
}
