//! A make-believe shop that answers the sample bot's lookups in local mode. It keeps nothing: what it answers follows from
//! the number asked for, so that every case can be tried at will.
//!
//! `/demo/orders/{number}`, by the number's last digit:
//!
//! | ends in | the order |
//! |---|---|
//! | 0, 4, 8 | on its way, expected between 14:00 and 16:00 |
//! | 6 | on its way, nobody knows when it comes |
//! | 1, 5 | delivered |
//! | 2 | ready to be installed |
//! | 3 | lost |
//! | 7 | returned |
//! | 9 | does not exist (404) |
//! | `A-00000` | the system is far too slow |
//! | `A-00006` | the system answers with something that is no JSON |
//! | `A-00003` | the system is broken (500) |
//!
//! `/demo/outages/{area}`: a fault in `haifa` until 22:00, one in `south` with an open end, and none elsewhere (404).

use std::time::Duration;

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::web::asset::{self, Asset};
use crate::web::headers;

/// Slower than any lookup waits.
const SLOW: Duration = Duration::from_secs(20);
const FILES: [Asset; 2] = [asset::STYLE, Asset::css("demo.css", include_str!("page/demo.css"))];
const SENTINEL_SLOW: &str = "A00000";
const SENTINEL_GARBAGE: &str = "A00006";
const SENTINEL_BROKEN: &str = "A00003";

/// The shop below `/demo`; `/demo` itself explains it.
pub fn routes() -> Router {
    let routes = Router::new()
        .route("/demo", get(help))
        .route("/demo/orders/{number}", get(order))
        .route("/demo/outages/{area}", get(outage))
        .route("/demo/{file}", get(file));
    headers::safe(routes)
}

async fn order(Path(number): Path<String>) -> Response {
    let number: String = number.to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
    match number.as_str() {
        SENTINEL_SLOW => {
            tokio::time::sleep(SLOW).await;
            return StatusCode::GATEWAY_TIMEOUT.into_response();
        }
        SENTINEL_GARBAGE => return "<html>The order system is being repaired</html>".into_response(),
        SENTINEL_BROKEN => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => {}
    }
    let (status, eta) = match number.chars().last() {
        Some('0' | '4' | '8') => ("in_transit", Some("14:00–16:00")),
        Some('6') => ("in_transit", None),
        Some('1' | '5') => ("delivered", None),
        Some('2') => ("ready_to_install", None),
        Some('3') => ("lost", None),
        Some('7') => ("returned", None),
        _ => return (StatusCode::NOT_FOUND, Json(json!({ "found": false }))).into_response(),
    };
    Json(json!({ "found": true, "order": number, "status": status, "eta": eta })).into_response()
}

async fn outage(Path(area): Path<String>) -> Response {
    let until = match area.to_lowercase().as_str() {
        "haifa" => Some("22:00"),
        "south" => None,
        _ => return (StatusCode::NOT_FOUND, Json(json!({ "found": false }))).into_response(),
    };
    Json(json!({ "found": true, "area": area, "until": until })).into_response()
}

#[derive(Debug, Template)]
#[template(path = "simulator/page/demo.html", config = ".askama.toml")]
struct Help;

async fn file(Path(name): Path<String>, request: HeaderMap) -> Response {
    asset::answer(&FILES, &name, &request)
}

async fn help() -> Response {
    Help.render().map_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response(), |page| Html(page).into_response())
}
