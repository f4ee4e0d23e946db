//! The one table of the desk's paths, with what each needs beside it.

use std::fmt::Write;

use axum::Router;
use axum::extract::Path as PathOf;
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use crate::web::asset::{self, Asset, MARK, STYLE};
use crate::web::headers;

use super::gate::{self, Gate};
use super::role::Need;
use super::{Desk, file, list, live, login, one_time, people, presence, record, reply, thread};

/// A path of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path {
    /// As the router spells it.
    pub path: &'static str,
    /// `GET`, `POST` or both.
    pub methods: &'static [&'static str],
    /// What it needs.
    pub need: Need,
}

const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];
const BOTH: &[&str] = &["GET", "POST"];

/// The table.
fn table() -> Vec<(Path, MethodRouter<Desk>)> {
    let row = |need, methods, path, handlers| (Path { path, methods, need }, handlers);
    vec![
        row(Need::Nothing, GET, "/desk/assets/{name}", get(asset_file)),
        row(Need::Nothing, BOTH, "/desk/sign-in", get(login::page).post(login::sign_in)),
        row(Need::Nothing, BOTH, "/desk/first/{token}", get(one_time::first_page).post(one_time::first_chosen)),
        row(Need::Nothing, BOTH, "/desk/join/{agent}/{token}", get(one_time::join_page).post(one_time::join_chosen)),
        row(Need::Look, POST, "/desk/sign-out", post(login::sign_out)),
        row(Need::Look, GET, "/desk", get(list::page)),
        row(Need::Look, GET, "/desk/list", get(list::part)),
        row(Need::Look, GET, "/desk/live", get(live::stream)),
        row(Need::Look, GET, "/desk/cases/{contact}", get(thread::page)),
        row(Need::Look, GET, "/desk/cases/{contact}/part", get(thread::part)),
        row(Need::Look, GET, "/desk/cases/{contact}/record/{enquiry}", get(record::download)),
        row(Need::Look, GET, "/desk/cases/{contact}/files/{seq}", get(file::show)),
        row(Need::Act, POST, "/desk/presence", post(presence::switch)),
        row(Need::Act, POST, "/desk/cases/{contact}/take", post(reply::take)),
        row(Need::Act, POST, "/desk/cases/{contact}/say", post(reply::say)),
        row(Need::Act, POST, "/desk/cases/{contact}/later", post(reply::later)),
        row(Need::Act, POST, "/desk/cases/{contact}/transfer", post(reply::transfer)),
        row(Need::Act, POST, "/desk/cases/{contact}/send", post(reply::send)),
        row(Need::Act, POST, "/desk/cases/{contact}/template", post(reply::template)),
        row(Need::Act, POST, "/desk/cases/{contact}/end", post(reply::end)),
        row(Need::Act, POST, "/desk/cases/{contact}/reveal", post(thread::reveal)),
        row(Need::Lead, BOTH, "/desk/people", get(people::page).post(people::make)),
        row(Need::Lead, POST, "/desk/people/link", post(people::link)),
        row(Need::Lead, POST, "/desk/people/change", post(people::change)),
        row(Need::Lead, POST, "/desk/people/active", post(people::active)),
    ]
}

/// Every path with what it needs: for tests and for people who ask.
#[must_use]
pub fn paths() -> Vec<Path> {
    table().into_iter().map(|(path, _)| path).collect()
}

/// The routes, each behind its gate.
pub(super) fn router(desk: &Desk) -> Router {
    let mut router = Router::new();
    for (path, handlers) in table() {
        let gate = Gate { desk: desk.clone(), need: path.need, form: gate::Form::With };
        router = router.route(path.path, handlers.layer(from_fn_with_state(gate, gate::enter)));
    }
    headers::safe(router.with_state(desk.clone()))
}

/// What browsers call the session. The prefix has them insist on https and this one host.
pub(super) fn cookie_name(desk: &Desk) -> &'static str {
    if desk.is_https() { "__Host-frontdesk" } else { "frontdesk" }
}

/// A text as part of an address.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

const ASSETS: [Asset; 8] = [
    STYLE,
    MARK,
    Asset::css("desk.css", include_str!("desk.css")),
    Asset::js("desk.js", include_str!("js/desk.js")),
    Asset::js("live.js", include_str!("js/live.js")),
    Asset::js("parts.js", include_str!("js/parts.js")),
    Asset::js("drafts.js", include_str!("js/drafts.js")),
    Asset::js("clocks.js", include_str!("js/clocks.js")),
];

async fn asset_file(PathOf(name): PathOf<String>, request: HeaderMap) -> Response {
    asset::answer(&ASSETS, &name, &request)
}
