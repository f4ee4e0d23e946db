//! The lists: what must be answered, apart from what awaits the customer, what is held until morning, and what the bot
//! serves now (R29).

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::bot::Bot;
use crate::clock::Timestamp;
use crate::conversation::state::{Conversation, Enquiry, State as Stands};
use crate::store::{Case, CaseQuery, ContactId, Sort, StoreError};

use super::answer::{self, trouble};
use super::gate::Me;
use super::view::{Card, Countdown, Frame, Group, List, ListPart, Preview, QueuePage, Show};
use super::{Desk, words};

/// A group shows so many.
const MUST_MAX: u32 = 100;
const OTHER_MAX: u32 = 50;

/// What the page is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    /// `mine`, `queues` or `all`.
    pub(super) show: Option<String>,
    /// The case that is open beside the list.
    pub(super) at: Option<ContactId>,
    /// Lines of the thread below this one.
    pub(super) before: Option<i64>,
}

impl Asked {
    /// Which lists.
    pub(super) fn show(&self) -> Show {
        match self.show.as_deref() {
            Some("queues") => Show::Queues,
            Some("all") => Show::All,
            _ => Show::Mine,
        }
    }
}

/// The page with the lists alone.
pub(super) async fn page(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    match lists(&desk, &me, asked.show(), None).await {
        Ok(list) => answer::page(&QueuePage { frame: Frame::of(&desk, &me, "desk"), list }),
        Err(error) => trouble(&headers, &error),
    }
}

/// The lists alone, for a page that is open.
pub(super) async fn part(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    match lists(&desk, &me, asked.show(), asked.at).await {
        Ok(list) => answer::page(&ListPart { list }),
        Err(error) => trouble(&headers, &error),
    }
}

/// What one query asks for.
struct Wanted {
    states: &'static [Stands],
    whose: Whose,
    sort: Sort,
    limit: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Mine,
    MyQueues,
    Everybodys,
}

/// The lists that somebody sees.
pub(super) async fn lists(desk: &Desk, me: &Me, show: Show, at: Option<ContactId>) -> Result<List, StoreError> {
    let wide = match show {
        Show::Mine | Show::Queues => Whose::MyQueues,
        Show::All => Whose::Everybodys,
    };
    let narrow = if show == Show::Mine { Whose::Mine } else { wide };
    let wanted = |states, whose, sort, limit| Wanted { states, whose, sort, limit };
    let mut must = cases(desk, me, &wanted(&[Stands::NeedsReply], narrow, Sort::Due, MUST_MAX)).await?;
    must.extend(cases(desk, me, &wanted(&[Stands::Waiting], wide, Sort::Due, MUST_MAX)).await?);
    must.sort_by_key(|case| (due(case).is_none(), due(case), case.contact));
    let theirs = wanted(&[Stands::AwaitingCustomer, Stands::Promised], narrow, Sort::Latest, OTHER_MAX);
    let theirs = cases(desk, me, &theirs).await?;
    let morning = cases(desk, me, &wanted(&[Stands::Held, Stands::Asked], wide, Sort::Place, OTHER_MAX)).await?;
    let bots =
        cases(desk, me, &wanted(&[Stands::Bot, Stands::Settled], Whose::Everybodys, Sort::Latest, OTHER_MAX)).await?;
    let sitting = desk.runtime().bot().policy.sitting;
    let now = desk.now();
    let sits = |case: &Case| {
        case.card.state.as_deref() == Some(Stands::Bot.name())
            || case.card.since.is_some_and(|since| since + sitting > now)
    };
    let bots: Vec<Case> = bots.into_iter().filter(sits).collect();
    let parts = [must, theirs, morning, bots];
    let ids: Vec<ContactId> = parts.iter().flatten().map(|case| case.contact).collect();
    let known = conversations(desk, ids).await?;
    let bot = desk.runtime().bot();
    let must_count = parts.first().map_or(0, Vec::len);
    let heads = [
        ("must", "Must answer", "Nobody waits for you."),
        ("theirs", "Awaiting the customer", "Nothing here."),
        ("morning", "Until morning", "Nothing here."),
        ("bot", "With the bot now", "Nothing here."),
    ];
    let groups = heads.into_iter().zip(parts).map(|((key, title, empty), cases)| Group {
        key,
        title,
        empty,
        cards: cases.iter().map(|case| card(&bot, me, case, known.get(&case.contact), at, now)).collect(),
    });
    let clock = now.with_timezone(&bot.hours.zone()).format("%H:%M").to_string();
    Ok(List { show, at, must: must_count, now: now.timestamp_millis(), clock, groups: groups.collect() })
}

async fn cases(desk: &Desk, me: &Me, wanted: &Wanted) -> Result<Vec<Case>, StoreError> {
    let queues = match (&me.queues, wanted.whose) {
        (Some(queues), Whose::MyQueues) if queues.is_empty() => return Ok(Vec::new()),
        (Some(queues), Whose::MyQueues) => queues.clone(),
        _ => Vec::new(),
    };
    let query = CaseQuery {
        states: wanted.states.iter().map(|state| state.name().to_owned()).collect(),
        queues,
        agent: (wanted.whose == Whose::Mine).then(|| me.name.clone()),
        number_id: None,
        sort: wanted.sort,
        limit: wanted.limit,
        offset: 0,
    };
    desk.runtime().store().cases(query).await
}

fn due(case: &Case) -> Option<Timestamp> {
    [case.card.promise_at, case.card.reply_due].into_iter().flatten().min()
}

async fn conversations(desk: &Desk, ids: Vec<ContactId>) -> Result<BTreeMap<ContactId, Conversation>, StoreError> {
    let loaded = desk.runtime().store().load(ids).await?;
    let read = loaded.into_iter().filter_map(|loaded| {
        let conversation = serde_json::from_str(loaded.contact.state.as_deref()?).ok()?;
        Some((loaded.contact.id, conversation))
    });
    Ok(read.collect())
}

fn card(
    bot: &Bot,
    me: &Me,
    case: &Case,
    conversation: Option<&Conversation>,
    at: Option<ContactId>,
    now: Timestamp,
) -> Card {
    let state = Stands::ALL.into_iter().find(|state| case.card.state.as_deref() == Some(state.name()));
    let state = state.unwrap_or(Stands::Ended);
    let (said, tone) = words::state(state);
    let enquiry = conversation.and_then(|conversation| conversation.enquiry.as_ref());
    Card {
        contact: case.contact,
        name: name(case.who.name.as_deref(), case.who.wa_id.as_deref()),
        subject: case.card.subject.clone(),
        state: enquiry.map_or_else(|| said.to_owned(), |enquiry| state_words(bot, enquiry, now)),
        tone,
        countdown: enquiry.and_then(|enquiry| countdown(bot, enquiry, now)),
        queue: case.card.queue.as_deref().map(|queue| queue_label(bot, queue)),
        agent: case.card.agent.clone().filter(|agent| *agent != me.name),
        mine: case.card.agent.as_deref() == Some(me.name.as_str()),
        language: conversation.and_then(|c| c.contact.language).map(words::language),
        preview: case.card.preview.as_ref().map(|preview| Preview {
            by: preview.agent.as_deref().map(|agent| speaker(agent, me)),
            text: preview.text.clone(),
        }),
        wrote: case.card.wrote_at.map_or(0, |at| at.timestamp_millis()),
        since: case.card.last_human_at.or(case.card.since).map(|at| words::ago(at, now)).unwrap_or_default(),
        open: at == Some(case.contact),
    }
}

/// Who of ours said something, as the line of a list begins.
fn speaker(agent: &str, me: &Me) -> String {
    let name = match agent {
        "" => "WhatsApp app",
        agent if agent == me.name => "You",
        agent => agent,
    };
    name.to_owned()
}

/// What a customer is called: their own name, else their number.
pub(super) fn name(name: Option<&str>, wa_id: Option<&str>) -> String {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    name.map(str::to_owned).or_else(|| wa_id.map(|id| format!("+{id}"))).unwrap_or_else(|| "A customer".to_owned())
}

/// What agents call a queue.
pub(super) fn queue_label(bot: &Bot, queue: &str) -> String {
    let label = bot.queues.get(queue).map(|queue| queue.label.get(bot.default_language()).to_owned());
    label.unwrap_or_else(|| words::spoken(queue))
}

/// A state in words, with its time where it has one.
pub(super) fn state_words(bot: &Bot, enquiry: &Enquiry, now: Timestamp) -> String {
    let (said, _) = words::state(enquiry.state);
    let zone = bot.hours.zone();
    let by = |at: Timestamp| clock_words(at, now, zone);
    match enquiry.state {
        Stands::Promised if enquiry.snoozed.is_some() => {
            enquiry.snoozed.map_or_else(|| said.to_owned(), |at| format!("put aside until {}", by(at)))
        }
        Stands::Promised => {
            enquiry.promise.as_ref().map_or_else(|| said.to_owned(), |p| format!("promised for {}", by(p.at)))
        }
        Stands::Held => {
            enquiry.held.as_ref().map_or_else(|| said.to_owned(), |held| format!("held until {}", by(held.until)))
        }
        Stands::Bot if enquiry.sent_by.is_some() => "with the bot, then back".to_owned(),
        _ => said.to_owned(),
    }
}

/// A moment for agents: "14:05" today, "Sunday at 08:00", else with the date.
pub(super) fn clock_words(at: Timestamp, now: Timestamp, zone: chrono_tz::Tz) -> String {
    crate::locale::Locale::for_language(crate::language::Language::EN).show_deadline(at, now, zone)
}

/// By when a person must answer, and how near that is (R31).
pub(super) fn countdown(bot: &Bot, enquiry: &Enquiry, now: Timestamp) -> Option<Countdown> {
    if !matches!(enquiry.state, Stands::Waiting | Stands::NeedsReply) {
        return None;
    }
    let promise = enquiry.promise.as_ref().map(|promise| promise.at);
    let clock = enquiry.clock.as_ref();
    let due = [promise, clock.map(|clock| clock.due)].into_iter().flatten().min()?;
    let started = clock.map(|clock| clock.started).or_else(|| enquiry.handoff.as_ref().map(|handoff| handoff.at));
    let warn = match clock {
        Some(clock) if clock.due == due => clock.warn,
        _ => started.map_or(due, |from| from + (due - from) * i32::from(bot.policy.warn_at) / 100),
    };
    let tone = if now >= due {
        "bad"
    } else if now >= warn {
        "caution"
    } else {
        "good"
    };
    Some(Countdown {
        due: due.timestamp_millis(),
        warn: warn.timestamp_millis(),
        at: clock_words(due, now, bot.hours.zone()),
        left: words::left(due, now),
        tone,
        promised: promise == Some(due),
    })
}
