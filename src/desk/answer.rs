//! Answers that are not pages of their own: refusals and trouble, in words, as a page or as plain text for our scripts.

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use crate::store::StoreError;

use super::view::Message;

/// Our scripts ask for words instead of a page.
pub(super) fn wants_words(headers: &HeaderMap) -> bool {
    headers.contains_key("x-desk")
}

/// A page.
pub(super) fn page(page: &impl Template) -> Response {
    with_status(StatusCode::OK, page)
}

/// A page with a status.
pub(super) fn with_status(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "this page could not be made; the log says why").into_response()
        }
    }
}

/// Why something was not done.
pub(super) fn refusal(headers: &HeaderMap, status: StatusCode, why: &str) -> Response {
    if wants_words(headers) {
        return (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], why.to_owned()).into_response();
    }
    let title = match status {
        StatusCode::UNAUTHORIZED => "Please sign in",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::NOT_FOUND => "Not here",
        StatusCode::GONE => "This link has been used",
        StatusCode::SERVICE_UNAVAILABLE => "One moment",
        _ => "That did not work",
    };
    with_status(status, &Message { title: title.to_owned(), text: why.to_owned() })
}

/// The store is in trouble: it is logged, and told without its details.
pub(super) fn trouble(headers: &HeaderMap, error: &StoreError) -> Response {
    tracing::error!(%error, "the desk could not read or write the store");
    refusal(
        headers,
        StatusCode::SERVICE_UNAVAILABLE,
        "The desk cannot reach its store right now. Try again in a moment.",
    )
}
