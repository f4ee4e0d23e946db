//! Whether the server lives (`/healthz`) and whether it can serve (`/readyz`). Says nothing about the business.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::seldom::Seldom;
use crate::runtime::Runtime;

/// A store that takes longer than this to write nothing is not ready.
const PATIENCE: Duration = Duration::from_secs(3);

/// `/healthz` and `/readyz`.
pub fn routes(runtime: Runtime) -> Router {
    let asked = Arc::new(Asked { runtime, trouble: Seldom::default() });
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).with_state(asked)
}

struct Asked {
    runtime: Runtime,
    trouble: Seldom,
}

async fn alive() -> Response {
    told(StatusCode::OK, "alive\n".to_owned())
}

/// The bot is compiled, or there would be no runtime; what can be missing is a loop, the store, and the wish to go on: whoever
/// spreads requests over several servers turns to another.
async fn ready(State(asked): State<Arc<Asked>>) -> Response {
    let Asked { runtime, trouble } = &*asked;
    if runtime.is_stopping() {
        return told(StatusCode::SERVICE_UNAVAILABLE, "not ready: the server is being ended\n".to_owned());
    }
    if runtime.is_broken() {
        let words = "not ready: a part of the server failed inside; restart it, and report what the log says\n";
        return told(StatusCode::SERVICE_UNAVAILABLE, words.to_owned());
    }
    let version = runtime.bot().version.clone();
    match tokio::time::timeout(PATIENCE, runtime.store().check()).await {
        Ok(Ok(())) => told(StatusCode::OK, format!("ready, bot version {version}\n")),
        Ok(Err(error)) => {
            // Anybody may ask, as often as they like: what exactly is wrong with which file is the log's.
            if let Some(times) = trouble.happened(runtime.clock().now()) {
                tracing::error!(times, %error, "not ready");
            }
            let words = "not ready: the store cannot be written; the log says why\n";
            told(StatusCode::SERVICE_UNAVAILABLE, words.to_owned())
        }
        Err(_) => told(StatusCode::SERVICE_UNAVAILABLE, "not ready: the store does not answer\n".to_owned()),
    }
}

fn told(status: StatusCode, words: String) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], words).into_response()
}
