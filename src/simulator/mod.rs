//! A phone in the browser on which anyone is a customer of the running bot, with a clock to move and a panel that shows why.
//!
//! What is written here arrives through [`Runtime::receive`] like any other message: there is no second engine, and nothing
//! behaves differently in the preview. Decides nothing about a conversation.

mod answers;
mod asset;
pub mod demo;
mod moving;
mod panel;
mod phones;
mod recording;
mod saying;
mod thread;
mod why;

use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn;
use axum::routing::{get, post};
use axum::{Router, response::Redirect};
use tower_http::compression::CompressionLayer;

use crate::runtime::Runtime;
use crate::web::{headers, origin};

/// The largest request that is read, in bytes.
const BODY_MAX: usize = 32 * 1024;

/// The simulator below `/simulator`, for whoever may reach these routes. The desk at `/desk` serves the same customers.
pub fn routes(runtime: Runtime) -> Router {
    serve(runtime, true)
}

/// The simulator of a runtime that no desk belongs to: a sandbox beside the running whole.
pub fn sandbox(runtime: Runtime) -> Router {
    serve(runtime, false)
}

fn serve(runtime: Runtime, has_desk: bool) -> Router {
    let api = Router::new()
        .route("/world", get(answers::world))
        .route("/clock", post(answers::move_clock))
        .route("/live", get(answers::live))
        .route("/customers", post(answers::new_customer))
        .route("/customers/{id}", get(answers::thread))
        .route("/customers/{id}/messages", post(answers::say))
        .route("/customers/{id}/secrets", post(answers::secrets))
        .route("/customers/{id}/test", get(answers::test))
        .route("/customers/{id}/records/{enquiry}", get(answers::record))
        .fallback(answers::nothing_here)
        .method_not_allowed_fallback(answers::not_like_this)
        .layer(DefaultBodyLimit::max(BODY_MAX));
    let pages = Router::new()
        .route("/simulator", get(move |State(runtime): State<Runtime>| async move { asset::page(&runtime, has_desk) }))
        .route("/simulator/", get(|| async { Redirect::permanent("/simulator") }))
        .route("/simulator/assets/{name}", get(asset::file))
        .nest("/simulator/api", api)
        .layer(from_fn(origin::same_origin))
        .layer(CompressionLayer::new())
        .with_state(runtime);
    headers::safe(pages)
}
