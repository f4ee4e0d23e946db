//! Everything that can be asked for over HTTP, in one place: who answers which path, and what is logged of it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tower_http::classify::ServerErrorsFailureClass;
use tower_http::trace::TraceLayer;
use tracing::Span;

use super::open::Opened;
use crate::gateway::seldom::Seldom;
use crate::{desk, gateway, simulator};

/// All routes of a server.
pub fn all(opened: &Opened) -> Router {
    let home = opened.home();
    let mut routes = Router::new()
        .route("/", get(move || async move { Redirect::to(home) }))
        .merge(gateway::health::routes(opened.runtime.clone()))
        .merge(gateway::metrics::routes(opened.runtime.clone(), opened.counts.clone(), opened.readers.clone()))
        .merge(desk::routes(&opened.desk));
    if opened.is_local() {
        routes = routes.merge(simulator::routes(opened.runtime.clone())).merge(simulator::demo::routes());
    }
    if let Some(gateway) = opened.gateway.clone() {
        routes = routes.merge(gateway::routes(gateway));
    }
    if let Some(sandbox) = opened.sandbox.clone() {
        routes = routes.merge(desk::guard(simulator::sandbox(sandbox), &opened.desk));
    }
    let (told, clock) = (Arc::new(Seldom::default()), Arc::clone(opened.runtime.clock()));
    let log = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_request(())
        .on_response(|response: &Response, took: Duration, _: &Span| {
            tracing::debug!(status = response.status().as_u16(), took_ms = milliseconds(took), "answered");
        })
        .on_failure(move |class: ServerErrorsFailureClass, took: Duration, _: &Span| {
            if let Some(times) = told.happened(clock.now()) {
                tracing::warn!(times, took_ms = milliseconds(took), "not served: {class}");
            }
        });
    routes.fallback(nothing_here).layer(log)
}

/// The path is logged as the route names it: what stands in it, and behind `?`, may be a secret or a person.
fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    tracing::info_span!("request", method = %request.method(), route)
}

fn milliseconds(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

async fn nothing_here() -> Response {
    let words = "There is nothing at this address. The desk is at /desk, the simulator at /simulator.\n";
    (StatusCode::NOT_FOUND, words).into_response()
}
