//! The files that belong to pages: in the binary, named by their content, kept by browsers until they change.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// A file in the binary.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name in the address, e.g. `desk.css`.
    pub name: &'static str,
    /// What it is, e.g. `text/css; charset=utf-8`.
    pub mime: &'static str,
    /// What it holds.
    pub bytes: &'static [u8],
}

impl Asset {
    /// A style sheet.
    #[must_use]
    pub const fn css(name: &'static str, text: &'static str) -> Self {
        Self { name, mime: "text/css; charset=utf-8", bytes: text.as_bytes() }
    }

    /// A script (an ECMAScript module).
    #[must_use]
    pub const fn js(name: &'static str, text: &'static str) -> Self {
        Self { name, mime: "text/javascript; charset=utf-8", bytes: text.as_bytes() }
    }

    /// A picture of lines.
    #[must_use]
    pub const fn svg(name: &'static str, text: &'static str) -> Self {
        Self { name, mime: "image/svg+xml", bytes: text.as_bytes() }
    }
}

/// The tokens and basic elements of every page.
pub const STYLE: Asset = Asset::css("style.css", include_str!("style.css"));
/// Threads: bubbles and what can be tapped.
pub const THREAD_STYLE: Asset = Asset::css("thread.css", include_str!("thread.css"));
/// Makes elements; the other scripts import it.
pub const DOM_SCRIPT: Asset = Asset::js("dom.js", include_str!("dom.js"));
/// Makes lines of a thread out of bubbles.
pub const THREAD_SCRIPT: Asset = Asset::js("thread.js", include_str!("thread.js"));
/// The set of pictures, to stand in a page: `<svg><use href="#i-send"/></svg>` shows one.
pub const SYMBOLS: &str = include_str!("symbols.svg");
/// The mark of frontdesk, a desk bell; also the icon of every page.
pub const MARK: Asset = Asset::svg("mark.svg", include_str!("mark.svg"));

/// Answers a request for one of `assets`; browsers ask again each time and are told "unchanged" while it is.
#[must_use]
pub fn answer(assets: &[Asset], name: &str, request: &HeaderMap) -> Response {
    let Some(asset) = assets.iter().find(|asset| asset.name == name) else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let digest = hex::encode(Sha256::digest(asset.bytes));
    let tag = format!("\"{}\"", digest.get(..16).unwrap_or_default());
    let known = request.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = [(ETAG, tag.as_str()), (CACHE_CONTROL, "no-cache"), (CONTENT_TYPE, asset.mime)];
    if known { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, asset.bytes).into_response() }
}
