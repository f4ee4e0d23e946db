//! The page, and the files that belong to it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{Html, Response};
use serde::Serialize;

use crate::bot::Bot;
use crate::language::Language;
use crate::policy::Number;
use crate::runtime::Runtime;
use crate::web::asset::{self, Asset};
use crate::web::problem::Problem;

/// So many rows of the menu are offered to begin with.
const STARTERS: usize = 3;
const FILES: [Asset; 13] = [
    asset::STYLE,
    asset::MARK,
    asset::THREAD_STYLE,
    asset::DOM_SCRIPT,
    asset::THREAD_SCRIPT,
    Asset::css("simulator.css", include_str!("page/simulator.css")),
    Asset::js("simulator.js", include_str!("page/simulator.js")),
    Asset::js("server.js", include_str!("page/server.js")),
    Asset::js("phone.js", include_str!("page/phone.js")),
    Asset::js("sheet.js", include_str!("page/sheet.js")),
    Asset::js("panel.js", include_str!("page/panel.js")),
    Asset::js("clock.js", include_str!("page/clock.js")),
    Asset::js("words.js", include_str!("page/words.js")),
];

/// What the page is told about the bot.
#[derive(Debug, Serialize)]
struct About {
    bot: String,
    /// A desk serves the same customers.
    has_desk: bool,
    languages: Vec<Spoken>,
    numbers: Vec<ShownNumber>,
    /// What a customer could begin with, by language.
    starters: BTreeMap<Language, Vec<String>>,
}

#[derive(Debug, Serialize)]
struct Spoken {
    code: Language,
    right_to_left: bool,
}

#[derive(Debug, Serialize)]
struct ShownNumber {
    id: String,
    department: Option<String>,
    queue: String,
}

#[derive(Debug, Template)]
#[template(path = "simulator/page/page.html", config = ".askama.toml")]
struct Page {
    bot: String,
    about: String,
    symbols: &'static str,
    has_desk: bool,
}

/// The page itself.
pub(super) fn page(runtime: &Runtime, has_desk: bool) -> Result<Html<String>, Problem> {
    let bot = runtime.bot();
    let about = about(&bot, has_desk);
    let trouble = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "the simulator's page cannot be made");
        Problem::later("the page cannot be made because of an error of ours")
    };
    let about = serde_json::to_string(&about).map_err(|error| trouble(&error))?;
    Page { bot: bot.name.clone(), about, symbols: asset::SYMBOLS, has_desk }
        .render()
        .map(Html)
        .map_err(|error| trouble(&error))
}

fn about(bot: &Bot, has_desk: bool) -> About {
    let spoken = |language: &Language| Spoken { code: *language, right_to_left: language.is_right_to_left() };
    let queue = |name: &str| bot.queues.get(name).map_or("", |queue| queue.label.get(Language::EN)).to_owned();
    let number = |number: &Number| ShownNumber {
        id: number.id.clone(),
        department: number.department.clone(),
        queue: queue(&number.queue),
    };
    About {
        bot: bot.name.clone(),
        has_desk,
        languages: bot.languages.iter().map(spoken).collect(),
        numbers: bot.numbers.iter().map(number).collect(),
        starters: bot.languages.iter().map(|language| (*language, starters(bot, *language))).collect(),
    }
}

/// The first rows of the menu.
fn starters(bot: &Bot, language: Language) -> Vec<String> {
    let labels = bot.menu.iter().filter_map(|name| bot.intents.get(name)?.label.as_ref());
    labels.take(STARTERS).map(|label| label.get(language).to_owned()).collect()
}

/// One of its files.
pub(super) async fn file(Path(name): Path<String>, request: HeaderMap) -> Response {
    asset::answer(&FILES, &name, &request)
}
