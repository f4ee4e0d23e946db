//! A file that a customer sent (R4), shown or given to download. What it is said to be is not believed: only pictures, sounds
//! and films that browsers play are shown, everything else is saved, and nothing in it can act.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeFile;

use crate::message::Media;
use crate::runtime::{KeptFile, NoFile};
use crate::store::ContactId;

use super::Desk;
use super::answer::{refusal, trouble};
use super::gate::Me;
use super::routes::encoded;

/// What browsers may show; of everything else they only get bytes.
const SHOWN: [&str; 14] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/amr",
    "audio/wav",
    "audio/webm",
    "video/mp4",
    "video/3gpp",
    "video/webm",
];
const BYTES: &str = "application/octet-stream";

/// The file of a line of the thread.
pub(super) async fn show(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    Path((contact, seq)): Path<(ContactId, i64)>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let KeptFile { media, place, secret } = match desk.runtime().file(contact, seq).await {
        Ok(Some(found)) => found,
        Ok(None) => return refusal(&headers, StatusCode::NOT_FOUND, "There is no such file."),
        Err(NoFile::Store(error)) => return trouble(&headers, &error),
        Err(error @ NoFile::NotNow(_)) => return refusal(&headers, StatusCode::BAD_GATEWAY, &error.to_string()),
        Err(error @ NoFile::Gone(_)) => {
            let mut answer = refusal(&headers, StatusCode::BAD_GATEWAY, &error.to_string());
            // A page that is shown again and again does not ask WhatsApp each time.
            answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=60"));
            return answer;
        }
    };
    // What cannot be recorded is not shown (R42).
    if secret && let Err(error) = desk.audit(&me.name, "reveal", format!("contact {contact}, file {seq}")).await {
        return trouble(&headers, &error);
    }
    match ServeFile::new(place).try_call(request).await {
        Ok(mut answer) => {
            let kind = kind(&media.mime);
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            if let Ok(disposition) = HeaderValue::from_str(&disposition(&media, seq, kind)) {
                answer.headers_mut().insert(CONTENT_DISPOSITION, disposition);
            }
            answer.into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a file of a customer's cannot be read");
            refusal(
                &headers,
                StatusCode::SERVICE_UNAVAILABLE,
                "This file cannot be read right now. Try again in a moment.",
            )
        }
    }
}

/// What browsers are told it is.
fn kind(mime: &str) -> &'static str {
    let mime = mime.split(';').next().unwrap_or_default().trim();
    SHOWN.into_iter().find(|shown| shown.eq_ignore_ascii_case(mime)).unwrap_or(BYTES)
}

/// Shown in the page, or saved under a name (RFC 6266).
fn disposition(media: &Media, seq: i64, kind: &str) -> String {
    if kind != BYTES {
        return "inline".to_owned();
    }
    let name = media.filename.as_deref().map(|name| name.replace(['/', '\\'], "_"));
    let name = name.unwrap_or_else(|| format!("{}-{seq}", media.kind.name()));
    format!("attachment; filename*=UTF-8''{}", encoded(&name))
}
