//! Who is at the desk (R29): agents say that they can be given work, and a page of theirs has to be open for it to be true.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use axum::Extension;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::store::StoreError;

use super::Desk;
use super::answer::{trouble, wants_words};
use super::gate::Me;

/// Open pages by agent, and who wants work while one is open.
#[derive(Debug, Default)]
pub(super) struct Presence(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    pages: BTreeMap<String, usize>,
    wanting: BTreeSet<String>,
}

impl Presence {
    fn change<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whatever somebody wanted, they have to say it again.
    pub(super) fn forget(&self, agent: &str) {
        self.change(|kept| kept.wanting.remove(agent));
    }
}

/// An open page of an agent; when the last one has been gone for the grace, so is the agent.
pub(super) struct OpenPage {
    desk: Desk,
    agent: String,
}

impl Drop for OpenPage {
    fn drop(&mut self) {
        self.desk.0.presence.change(|kept| {
            match kept.pages.get_mut(&self.agent) {
                Some(pages) if *pages > 1 => *pages -= 1,
                _ => drop(kept.pages.remove(&self.agent)),
            }
            self.desk.leaves_without_page(kept, &self.agent);
        });
    }
}

impl Desk {
    /// An agent says whether they can be given work.
    pub(super) async fn be_online(&self, me: &Me, online: bool) -> Result<(), StoreError> {
        self.0
            .presence
            .change(|kept| if online { kept.wanting.insert(me.name.clone()) } else { kept.wanting.remove(&me.name) });
        self.runtime().presence(&me.name, queues(me), online).await
    }

    /// A page of theirs is open: whoever wanted work is given it again.
    pub(super) async fn open_page(&self, me: &Me) -> Result<OpenPage, StoreError> {
        let wanting = self.0.presence.change(|kept| {
            *kept.pages.entry(me.name.clone()).or_default() += 1;
            self.runtime().comes_back(&me.name);
            kept.wanting.contains(&me.name)
        });
        let page = OpenPage { desk: self.clone(), agent: me.name.clone() };
        if (wanting || me.online) && !self.runtime().is_here(&me.name) {
            self.be_online(me, true).await?;
        }
        Ok(page)
    }

    /// What an agent sees on the switch.
    pub(super) fn wants_work(&self, me: &Me) -> bool {
        self.runtime().online().contains(&me.name) || self.0.presence.change(|kept| kept.wanting.contains(&me.name))
    }

    /// Without a page an agent is gone after the grace: the page that was left for the next one closes, too.
    fn leaves_without_page(&self, kept: &Kept, agent: &str) {
        if !kept.pages.contains_key(agent) {
            self.runtime().leaves(agent, self.now() + self.0.settings.grace);
        }
    }

    /// Agents who were online when the server went down and do not come back: what waits for them goes to others.
    pub(super) fn look_for_the_gone(&self) {
        let Ok(tasks) = tokio::runtime::Handle::try_current() else { return };
        let desk = self.clone();
        tasks.spawn(async move {
            let Ok(agents) = desk.runtime().store().agents().await else { return };
            for agent in agents.into_iter().filter(|agent| agent.online) {
                desk.0.presence.change(|kept| desk.leaves_without_page(kept, &agent.name));
            }
        });
    }
}

fn queues(me: &Me) -> Option<BTreeSet<String>> {
    me.queues.clone().map(|queues| queues.into_iter().collect())
}

/// What the switch says.
#[derive(Deserialize)]
pub(super) struct Switch {
    online: Option<String>,
    back: Option<String>,
}

/// The switch.
pub(super) async fn switch(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    headers: HeaderMap,
    Form(switch): Form<Switch>,
) -> Response {
    let online = switch.online.as_deref() == Some("yes");
    match desk.be_online(&me, online).await {
        Ok(()) if wants_words(&headers) => StatusCode::NO_CONTENT.into_response(),
        Ok(()) => Redirect::to(super::login::inside(switch.back.as_deref()).as_str()).into_response(),
        Err(error) => trouble(&headers, &error),
    }
}
