//! The desk: where agents live all day. Pages in, acts out; what an act does to a conversation the runtime decides.
//!
//! `routes` is the table of paths with the need beside each; `gate` lets in who may; the other files each answer for one
//! page or one act. What a page shows is a struct in `view`, and how it looks is a template in `pages`.

mod answer;
mod device;
mod file;
mod fitting;
mod gate;
mod learned;
mod list;
mod live;
mod login;
mod one_time;
mod password;
mod people;
mod presence;
mod record;
mod reply;
mod role;
mod routes;
mod rows;
mod thread;
mod tries;
pub mod view;
mod why;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use crate::clock::Timestamp;
use crate::runtime::Runtime;
use crate::store::{AuditRow, StoreError};

pub use role::{Need, Role};
pub use routes::{Path, paths};

/// What the operator decides about the desk.
#[derive(Debug, Clone)]
pub struct DeskSettings {
    /// Where people reach this server, e.g. `https://chat.example.com`; cookies are `Secure` when it is https.
    pub public_url: Option<String>,
    /// How long after their last page closed an agent still counts as being at the desk: a page that is left for the next
    /// one closes too.
    pub grace: Duration,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self { public_url: None, grace: Duration::from_secs(10) }
    }
}

/// The desk; cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    runtime: Runtime,
    settings: DeskSettings,
    tries: tries::Tries,
    passwords: password::Passwords,
    presence: presence::Presence,
}

impl Desk {
    /// The desk of this runtime. Called where tasks can be spawned.
    #[must_use]
    pub fn new(runtime: Runtime, settings: DeskSettings) -> Self {
        let desk = Self(Arc::new(Inner {
            runtime,
            settings,
            tries: tries::Tries::default(),
            passwords: password::Passwords::default(),
            presence: presence::Presence::default(),
        }));
        desk.look_for_the_gone();
        desk
    }

    /// The path of the one-time link by which the first admin chooses name and password. Each call makes a new link and
    /// the earlier ones stop working; `None` once there is an admin.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn first_admin(&self) -> Result<Option<String>, StoreError> {
        one_time::first_admin(self).await
    }

    fn runtime(&self) -> &Runtime {
        &self.0.runtime
    }

    fn now(&self) -> Timestamp {
        self.0.runtime.clock().now()
    }

    /// The time of those who work here, whom the simulator's clock does not concern: sessions, links, tries to sign in.
    fn unmoved(&self) -> Timestamp {
        self.0.runtime.clock().unmoved()
    }

    /// Whether browsers reach us by https, so that cookies may insist on it.
    fn is_https(&self) -> bool {
        self.0.settings.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// Records who did what (R43).
    async fn audit(&self, who: &str, what: &str, about: String) -> Result<(), StoreError> {
        let row = AuditRow { at: self.now(), who: who.to_owned(), what: what.to_owned(), about };
        self.runtime().store().audit(row).await
    }
}

/// Everything below `/desk`.
pub fn routes(desk: &Desk) -> Router {
    routes::router(desk)
}

/// The same routes, only for who is signed in; everybody else is sent to the sign-in page.
pub fn guard(routes: Router, desk: &Desk) -> Router {
    let gate = gate::Gate { desk: desk.clone(), need: Need::Look, form: gate::Form::Without };
    routes.layer(axum::middleware::from_fn_with_state(gate, gate::enter))
}
