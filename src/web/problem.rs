//! What a page's own requests are answered when they cannot be done: a status and a sentence, as JSON. Also reads their
//! bodies, so that a bad one is answered in the same way.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use crate::store::StoreError;

/// Why a request was not done: `{"error": "a sentence"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    sentence: String,
}

impl Problem {
    /// It cannot be done like this; how it can.
    pub fn wrong(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, sentence: sentence.into() }
    }

    /// Whoever asks may not.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, sentence: sentence.into() }
    }

    /// What it is about is not there.
    pub fn missing(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, sentence: sentence.into() }
    }

    /// It is there, but cannot be asked in this way.
    pub fn not_so(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::METHOD_NOT_ALLOWED, sentence: sentence.into() }
    }

    /// Things are not as whoever asks believes.
    pub fn conflict(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, sentence: sentence.into() }
    }

    /// It may work later.
    pub fn later(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, sentence: sentence.into() }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "a page's request failed");
        Self::later("the store is in trouble; nothing was done, try again in a moment")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, axum::Json(serde_json::json!({ "error": self.sentence }))).into_response()
    }
}

/// A body of JSON, within the bounds that the route sets.
#[derive(Debug)]
pub struct Read<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Read<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state).await.map_err(|rejection| Problem {
            status: rejection.status(),
            sentence: "this is more than can be sent at once".to_owned(),
        })?;
        serde_json::from_slice(&body).map(Self).map_err(|error| Problem::wrong(format!("this cannot be read: {error}")))
    }
}
