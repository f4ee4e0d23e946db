//! What changes, as agents hear it: which contact, and alerts that are meant for them. An open stream is an open page.

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};

use crate::conversation::effect::{Alert, Audience};
use crate::runtime::Live;
use crate::web;

use super::Desk;
use super::answer::trouble;
use super::gate::Me;
use super::role::{Need, Role};

/// The stream.
pub(super) async fn stream(State(desk): State<Desk>, Extension(me): Extension<Me>, headers: HeaderMap) -> Response {
    let open = if me.role.may(Need::Act) {
        match desk.open_page(&me).await {
            Ok(open) => Some(open),
            Err(error) => return trouble(&headers, &error),
        }
    } else {
        None
    };
    let tell = move |live: &Live| {
        // The page counts as open for as long as this closure lives.
        let _open = &open;
        told(live, &me)
    };
    web::live::stream(desk.runtime(), tell).into_response()
}

fn told(live: &Live, me: &Me) -> Option<Event> {
    match live {
        Live::Changed(contact) => Some(Event::default().event("changed").data(contact.to_string())),
        Live::Alert { contact, name, to, alert } if hears(me, to) => {
            let said = serde_json::json!({
                "contact": contact,
                "text": words(*alert, name),
                "loud": *alert != Alert::Assigned,
            });
            Some(Event::default().event("alert").data(said.to_string()))
        }
        Live::Alert { .. } | Live::Anything => None,
    }
}

/// Whether an alert is meant for somebody.
fn hears(me: &Me, to: &Audience) -> bool {
    let works_in = |queue: &String| me.queues.as_ref().is_none_or(|queues| queues.contains(queue));
    match to {
        Audience::Agent(agent) => *agent == me.name,
        Audience::Queue(queue) => me.role.may(Need::Act) && works_in(queue),
        Audience::Supervisors(queue) => matches!(me.role, Role::Supervisor | Role::Admin) && works_in(queue),
    }
}

fn words(alert: Alert, name: &str) -> String {
    let name = if name.is_empty() { "A customer" } else { name };
    match alert {
        Alert::Assigned => format!("{name} is yours now"),
        Alert::Warn => format!("{name} needs an answer soon"),
        Alert::Breach => format!("{name} was promised an answer that is late"),
        Alert::Window => format!("WhatsApp's 24 hours with {name} end soon"),
        Alert::Undeliverable => format!("A message to {name} could not be delivered"),
        Alert::Back => format!("{name} needs a person again"),
    }
}
