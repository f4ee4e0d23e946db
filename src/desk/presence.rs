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
    off: BTreeSet<String>,
}

impl Presence {
    fn change<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Somebody was seen off, or let back in: pages that are open hear nothing more.
    pub(super) fn see_off(&self, agent: &str, off: bool) {
        self.change(|kept| if off { kept.off.insert(agent.to_owned()) } else { kept.off.remove(agent) });
    }

    /// Whether somebody was seen off since the start.
    pub(super) fn is_off(&self, agent: &str) -> bool {
        self.change(|kept| kept.off.contains(agent))
    }

    fn has_page(&self, agent: &str) -> bool {
        self.change(|kept| kept.pages.contains_key(agent))
    }
}

/// An open page of an agent; when the last one has been gone for the grace, so is the agent.
pub(super) struct OpenPage {
    desk: Desk,
    me: Me,
}

impl Drop for OpenPage {
    fn drop(&mut self) {
        let last = self.desk.0.presence.change(|kept| {
            let left = kept.pages.get(&self.me.name).map_or(0, |pages| pages.saturating_sub(1));
            if left == 0 {
                kept.pages.remove(&self.me.name);
            } else {
                kept.pages.insert(self.me.name.clone(), left);
            }
            left == 0
        });
        // Where the program is ending there is nobody left to tell.
        if let (true, Ok(tasks)) = (last, tokio::runtime::Handle::try_current()) {
            let (desk, me) = (self.desk.clone(), self.me.clone());
            tasks.spawn(async move { desk.gone(&me).await });
        }
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
            kept.wanting.contains(&me.name)
        });
        let page = OpenPage { desk: self.clone(), me: me.clone() };
        if (wanting || me.online) && !self.runtime().online().contains(&me.name) {
            self.be_online(me, true).await?;
        }
        Ok(page)
    }

    /// What an agent sees on the switch.
    pub(super) fn wants_work(&self, me: &Me) -> bool {
        self.runtime().online().contains(&me.name) || self.0.presence.change(|kept| kept.wanting.contains(&me.name))
    }

    async fn gone(&self, me: &Me) {
        tokio::time::sleep(self.0.settings.grace).await;
        if self.0.presence.has_page(&me.name) || !self.runtime().online().contains(&me.name) {
            return;
        }
        if let Err(error) = self.runtime().presence(&me.name, queues(me), false).await {
            tracing::error!(%error, "an agent left the desk, which could not be noted");
        }
    }

    /// Agents who were online when the server went down and do not come back: what waits for them goes to others.
    pub(super) fn look_for_the_gone(&self) {
        let Ok(tasks) = tokio::runtime::Handle::try_current() else { return };
        let desk = self.clone();
        tasks.spawn(async move {
            tokio::time::sleep(desk.0.settings.grace).await;
            let Ok(agents) = desk.runtime().store().agents().await else { return };
            for agent in agents.into_iter().filter(|agent| agent.online) {
                let here = desk.0.presence.has_page(&agent.name) || desk.runtime().online().contains(&agent.name);
                let queues = agent.queues.map(|queues| queues.into_iter().collect());
                if !here && let Err(error) = desk.runtime().presence(&agent.name, queues, false).await {
                    tracing::error!(%error, "an agent who did not come back could not be noted");
                }
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
