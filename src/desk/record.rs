//! The record of an enquiry as a download (R34): the document that the customer gets.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Desk;
use super::answer::{refusal, trouble};
use super::gate::Me;

/// The download.
pub(super) async fn download(
    State(desk): State<Desk>,
    Extension(me): Extension<Me>,
    Path((contact, enquiry)): Path<(i64, u32)>,
    headers: HeaderMap,
) -> Response {
    let written = async {
        let Some(text) = desk.runtime().record(contact, enquiry).await? else { return Ok(None) };
        desk.audit(&me.name, "record", format!("contact {contact}, enquiry {enquiry}")).await?;
        Ok(Some(text))
    };
    match written.await {
        Ok(Some(text)) => {
            let name = format!("attachment; filename=\"record-{contact}-{enquiry}.txt\"");
            let kind = "text/plain; charset=utf-8".to_owned();
            ([(CONTENT_DISPOSITION, name), (CONTENT_TYPE, kind)], text).into_response()
        }
        Ok(None) => refusal(&headers, StatusCode::NOT_FOUND, "There is no such enquiry."),
        Err(error) => trouble(&headers, &error),
    }
}
