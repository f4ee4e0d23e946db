//! Who works here: admins make agents, give them a link to choose a password, change their role and queues, and see them
//! off.

use std::collections::BTreeSet;

use axum::Extension;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use crate::store::{AgentRow, StoreError};
use crate::text::fold;

use super::answer::{self, trouble};
use super::gate::Me;
use super::role::{Need, Role};
use super::view::{AuditLine, Frame, Notice, People, Person, QueueChoice};
use super::{Desk, one_time, words};

const NAME_MIN: usize = 2;
const NAME_MAX: usize = 40;
/// The page shows so much of the audit log.
const AUDIT_SHOWN: u32 = 50;

/// What is to be said of a name somebody wants.
pub(super) enum Named {
    /// It can be used.
    Free,
    /// It cannot; a sentence.
    Refused(String),
}

/// Whether a new agent can have this name.
pub(super) async fn named(desk: &Desk, name: &str) -> Result<Named, StoreError> {
    let letters = name.chars().count();
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '/' | '\\' | '<' | '>' | '"' | '&' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !(NAME_MIN..=NAME_MAX).contains(&letters) {
        return Ok(Named::Refused(format!("A name has {NAME_MIN} to {NAME_MAX} letters; customers see it.")));
    }
    if name.contains(odd) || fold(name).is_empty() {
        return Ok(Named::Refused("A name is made of letters, digits, spaces, dots and dashes.".to_owned()));
    }
    let taken = desk.runtime().store().agents().await?.iter().any(|agent| fold(&agent.name) == fold(name));
    if taken {
        return Ok(Named::Refused(format!("There is somebody called {name} already.")));
    }
    Ok(Named::Free)
}

/// The page.
pub(super) async fn page(State(desk): State<Desk>, Extension(me): Extension<Me>, headers: HeaderMap) -> Response {
    shown(&desk, &me, &headers, StatusCode::OK, None).await
}

async fn shown(desk: &Desk, me: &Me, headers: &HeaderMap, status: StatusCode, notice: Option<Notice>) -> Response {
    match people(desk, me, notice).await {
        Ok(people) => answer::with_status(status, &people),
        Err(error) => trouble(headers, &error),
    }
}

async fn people(desk: &Desk, me: &Me, notice: Option<Notice>) -> Result<People, StoreError> {
    let (store, bot, now) = (desk.runtime().store(), desk.runtime().bot(), desk.now());
    let online = desk.runtime().online();
    let label = |name: &str| {
        bot.queues.get(name).map_or_else(|| name.to_owned(), |q| q.label.get(bot.default_language()).to_owned())
    };
    let choices = |chosen: Option<&[String]>| {
        let choice = |name: &String| QueueChoice {
            name: name.clone(),
            label: label(name),
            chosen: chosen.is_none_or(|chosen| chosen.contains(name)),
        };
        bot.queues.keys().map(choice).collect::<Vec<_>>()
    };
    let mut people: Vec<Person> = store
        .agents()
        .await?
        .into_iter()
        .map(|agent| Person {
            online: online.contains(&agent.name),
            me: agent.name == me.name,
            waits_for_password: agent.password_hash.is_empty(),
            seen: agent.last_seen.map(|at| words::ago(at, now)),
            queue_words: agent.queues.as_deref().map_or_else(
                || "every queue".to_owned(),
                |queues| {
                    if queues.is_empty() {
                        "no queue".to_owned()
                    } else {
                        queues.iter().map(|q| label(q)).collect::<Vec<_>>().join(", ")
                    }
                },
            ),
            queues: choices(agent.queues.as_deref()),
            role: Role::from_name(&agent.role).unwrap_or(Role::Designer),
            active: agent.active,
            name: agent.name,
        })
        .collect();
    people.sort_by_key(|person| (!person.active, fold(&person.name)));
    let zone = bot.hours.zone();
    let audit = store.audit_log(None, AUDIT_SHOWN).await?.into_iter().map(|(_, row)| AuditLine {
        at: row.at.with_timezone(&zone).format("%-d %b %H:%M").to_string(),
        who: row.who,
        what: row.what.replace('_', " "),
        about: row.about,
    });
    Ok(People {
        frame: Frame::of(desk, me, "people"),
        people,
        roles: Role::ALL.to_vec(),
        queues: choices(None),
        audit: audit.collect(),
        notice,
    })
}

/// What the forms about a person say. Queues come as one field each, `queue-NAME`.
#[derive(Deserialize)]
pub(super) struct Wish {
    name: String,
    role: Option<String>,
    active: Option<String>,
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, String>,
}

impl Wish {
    /// The queues that were ticked; all of them mean every queue, also those that are added later.
    fn queues(&self, desk: &Desk) -> Option<Vec<String>> {
        let bot = desk.runtime().bot();
        let ticked: Vec<String> =
            bot.queues.keys().filter(|queue| self.rest.contains_key(&format!("queue-{queue}"))).cloned().collect();
        (ticked.len() < bot.queues.len()).then_some(ticked)
    }
}

/// Makes an agent, with a link to choose a password.
pub(super) async fn make(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    headers: HeaderMap,
    Form(wish): Form<Wish>,
) -> Response {
    let name = wish.name.trim();
    let made = async {
        if let Named::Refused(why) = named(&desk, name).await? {
            return Ok(Err(why));
        }
        let Some(role) = wish.role.as_deref().and_then(Role::from_name) else {
            return Ok(Err("Choose what they do here.".to_owned()));
        };
        let agent = AgentRow {
            name: name.to_owned(),
            password_hash: String::new(),
            role: role.name().to_owned(),
            queues: wish.queues(&desk),
            online: false,
            capacity: None,
            last_seen: None,
            active: true,
        };
        put(&desk, agent).await?;
        desk.audit(&me.name, "agent_made", format!("{name}, {}", role.name())).await?;
        Ok(Ok(Notice::link(name, one_time::link_for(&desk, name).await?)))
    };
    done(&desk, &me, &headers, made.await).await
}

/// A new link for somebody who never used theirs, or forgot the password.
pub(super) async fn link(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    headers: HeaderMap,
    Form(wish): Form<Wish>,
) -> Response {
    let made = async {
        let Some(agent) = desk.runtime().store().agent(wish.name.clone()).await?.filter(|agent| agent.active) else {
            return Ok(Err(nobody(&wish.name)));
        };
        desk.audit(&me.name, "link_made", agent.name.clone()).await?;
        Ok(Ok(Notice::link(&agent.name, one_time::link_for(&desk, &agent.name).await?)))
    };
    done(&desk, &me, &headers, made.await).await
}

/// Another role, other queues.
pub(super) async fn change(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    headers: HeaderMap,
    Form(wish): Form<Wish>,
) -> Response {
    let changed = async {
        let Some(agent) = desk.runtime().store().agent(wish.name.clone()).await? else {
            return Ok(Err(nobody(&wish.name)));
        };
        let Some(role) = wish.role.as_deref().and_then(Role::from_name) else {
            return Ok(Err("Choose what they do here.".to_owned()));
        };
        if agent.name == me.name && role != Role::Admin {
            return Ok(Err("You cannot take your own role away; another admin can.".to_owned()));
        }
        let name = agent.name.clone();
        put(&desk, AgentRow { role: role.name().to_owned(), queues: wish.queues(&desk), ..agent }).await?;
        desk.audit(&me.name, "agent_changed", format!("{name}, {}", role.name())).await?;
        Ok(Ok(Notice::good(format!("{name} was changed."))))
    };
    done(&desk, &me, &headers, changed.await).await
}

/// Sees somebody off, or lets them back in.
pub(super) async fn active(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    headers: HeaderMap,
    Form(wish): Form<Wish>,
) -> Response {
    let active = wish.active.as_deref() == Some("yes");
    let changed = async {
        let store = desk.runtime().store();
        let Some(agent) = store.agent(wish.name.clone()).await? else { return Ok(Err(nobody(&wish.name))) };
        if agent.name == me.name {
            return Ok(Err("You cannot see yourself off; another admin can.".to_owned()));
        }
        let name = agent.name.clone();
        put(&desk, AgentRow { active, online: false, ..agent }).await?;
        if active {
            desk.audit(&me.name, "agent_back", name.clone()).await?;
            return Ok(Ok(Notice::good(format!("{name} can sign in again."))));
        }
        store.close_sessions_of(name.clone()).await?;
        one_time::no_link_for(&desk, &name).await?;
        desk.audit(&me.name, "agent_off", name.clone()).await?;
        Ok(Ok(Notice::good(format!(
            "{name} is signed out everywhere and cannot sign in. What waits for them goes back to its queue."
        ))))
    };
    done(&desk, &me, &headers, changed.await).await
}

/// Keeps an agent, and tells the floor which queues are theirs, and whether they can still be given work.
async fn put(desk: &Desk, agent: AgentRow) -> Result<(), StoreError> {
    let name = agent.name.clone();
    let answers = agent.active && Role::from_name(&agent.role).is_some_and(|role| role.may(Need::Act));
    if !answers {
        desk.0.presence.forget(&name);
    }
    let online = answers && desk.runtime().online().contains(&name);
    let queues: Option<BTreeSet<String>> = agent.queues.clone().map(|queues| queues.into_iter().collect());
    desk.runtime().store().put_agent(AgentRow { online, ..agent }).await?;
    desk.runtime().presence(&name, queues, online).await
}

fn nobody(name: &str) -> String {
    format!("There is nobody called {name} here.")
}

async fn done(
    desk: &Desk,
    me: &Me,
    headers: &HeaderMap,
    result: Result<Result<Notice, String>, StoreError>,
) -> Response {
    match result {
        Ok(Ok(notice)) => shown(desk, me, headers, StatusCode::OK, Some(notice)).await,
        Ok(Err(why)) => shown(desk, me, headers, StatusCode::UNPROCESSABLE_ENTITY, Some(Notice::bad(why))).await,
        Err(error) => trouble(headers, &error),
    }
}
