//! What agents do to a case. A form becomes an act; the runtime does it or refuses it, and what was typed comes back with
//! a refusal.

use axum::Extension;
use axum::extract::{Form, Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::conversation::event::Act;
use crate::language::Language;
use crate::locale::Locale;
use crate::runtime::Refused;
use crate::store::ContactId;

use super::Desk;
use super::answer::{self, wants_words};
use super::gate::Me;
use super::list::Asked;
use super::thread::{Shown, Typed, shown};
use super::view::Notice;

/// A message of WhatsApp has at most so many characters.
const TEXT_MAX: usize = 4_096;

/// Who acts, on what, from which page.
pub(super) struct Doing {
    desk: Desk,
    me: Me,
    contact: ContactId,
    asked: Asked,
    headers: HeaderMap,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Doing
where
    Desk: axum::extract::FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Response> {
        let refused = |rejection: &dyn std::fmt::Display| {
            answer::refusal(&HeaderMap::new(), StatusCode::BAD_REQUEST, &rejection.to_string())
        };
        let Path(contact) = Path::<ContactId>::from_request_parts(parts, state).await.map_err(|r| refused(&r))?;
        let Query(asked) = Query::<Asked>::from_request_parts(parts, state).await.map_err(|r| refused(&r))?;
        let Extension(me) = Extension::<Me>::from_request_parts(parts, state).await.map_err(|r| refused(&r))?;
        let desk = <Desk as axum::extract::FromRef<S>>::from_ref(state);
        Ok(Self { desk, me, contact, asked, headers: parts.headers.clone() })
    }
}

impl Doing {
    async fn act(self, act: Act, typed: Typed) -> Response {
        match self.desk.runtime().act(self.contact, &self.me.name, act).await {
            Ok(()) if wants_words(&self.headers) => StatusCode::NO_CONTENT.into_response(),
            Ok(()) => {
                let to = format!("/desk/cases/{}?show={}", self.contact, self.asked.show().name());
                Redirect::to(&to).into_response()
            }
            Err(Refused::Act(why)) => self.refused(StatusCode::CONFLICT, &why, typed).await,
            Err(Refused::Trouble(why)) => self.refused(StatusCode::SERVICE_UNAVAILABLE, &why, typed).await,
        }
    }

    /// Says why nothing was done, with everything that was typed still in its place.
    async fn refused(self, status: StatusCode, why: &str, typed: Typed) -> Response {
        let why = sentence(why);
        if wants_words(&self.headers) {
            return answer::refusal(&self.headers, status, &why);
        }
        let how = Shown { reveal: false, notice: Some(Notice::bad(why)), typed, status };
        shown(&self.desk, &self.me, self.contact, &self.asked, &self.headers, how).await
    }

    async fn unclear(self, why: &str, typed: Typed) -> Response {
        self.refused(StatusCode::UNPROCESSABLE_ENTITY, why, typed).await
    }
}

/// The machine's reasons begin with a small letter and have no full stop.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if why.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// Takes the case.
pub(super) async fn take(doing: Doing) -> Response {
    doing.act(Act::Take, Typed::default()).await
}

/// Ends it.
pub(super) async fn end(doing: Doing) -> Response {
    doing.act(Act::End, Typed::default()).await
}

/// What is said, and to whom.
#[derive(Deserialize)]
pub(super) struct Words {
    text: String,
    to: String,
}

/// A reply, a held reply or a note.
pub(super) async fn say(doing: Doing, Form(words): Form<Words>) -> Response {
    let text = words.text.replace("\r\n", "\n").trim().to_owned();
    let note = words.to == "note";
    let typed = Typed { text: text.clone(), note, when: String::new() };
    if text.is_empty() {
        return doing.unclear("There is nothing to send yet.", typed).await;
    }
    let letters = text.chars().count();
    if letters > TEXT_MAX {
        let why = format!("That is {letters} characters; a message has at most {TEXT_MAX}. Send it in two.");
        return doing.unclear(&why, typed).await;
    }
    let act = match words.to.as_str() {
        "customer" => Act::Reply { text, file: None },
        "held" => Act::HeldReply { text },
        "note" => Act::Note { text },
        _ => return doing.unclear("Choose whether the customer or a colleague is to read it.", typed).await,
    };
    doing.act(act, typed).await
}

/// A time, and whether the customer is told.
#[derive(Deserialize)]
pub(super) struct When {
    when: String,
    told: String,
}

/// A promise or a snooze.
pub(super) async fn later(doing: Doing, Form(when): Form<When>) -> Response {
    let typed = Typed { when: when.when.clone(), ..Typed::default() };
    let Some(at) = moment(&doing.desk, &when.when) else {
        let why = format!("\"{}\" is no time that I can read. Write 2h, 14:00 or tomorrow 09:00.", when.when.trim());
        return doing.unclear(&why, typed).await;
    };
    let act = if when.told == "yes" { Act::Promise { at } } else { Act::Snooze { at } };
    doing.act(act, typed).await
}

/// A time as agents write it: in English or in a language of the bot.
fn moment(desk: &Desk, text: &str) -> Option<Timestamp> {
    let (bot, now) = (desk.runtime().bot(), desk.now());
    let english = Locale::for_language(Language::EN);
    let locales = std::iter::once(&english).chain(bot.locales.values());
    locales.filter_map(|locale| locale.parse_when(text, now, bot.hours.zone())).next()
}

/// To whom.
#[derive(Deserialize)]
pub(super) struct To {
    to: String,
}

/// Gives it to a queue (`queue:billing`) or a colleague (`agent:Noa`).
pub(super) async fn transfer(doing: Doing, Form(to): Form<To>) -> Response {
    let act = match to.to.split_once(':') {
        Some(("queue", queue)) => Act::TransferToQueue { queue: queue.to_owned() },
        Some(("agent", agent)) => Act::TransferToAgent { agent: agent.to_owned() },
        _ => return doing.unclear("Choose a queue or a colleague.", Typed::default()).await,
    };
    doing.act(act, Typed::default()).await
}

/// What the bot is to do.
#[derive(Deserialize)]
pub(super) struct What {
    what: String,
}

/// Sends the customer to a flow (`flow:restart_tv_box`) or an article (`article:pair-remote`).
pub(super) async fn send(doing: Doing, Form(what): Form<What>) -> Response {
    let act = match what.what.split_once(':') {
        Some(("flow", flow)) => Act::Flow { flow: flow.to_owned() },
        Some(("article", article)) => Act::Article { article: article.to_owned() },
        _ => return doing.unclear("Choose what the bot is to do.", Typed::default()).await,
    };
    doing.act(act, Typed::default()).await
}

/// Which template.
#[derive(Deserialize)]
pub(super) struct Occasion {
    occasion: String,
}

/// Sends a template.
pub(super) async fn template(doing: Doing, Form(occasion): Form<Occasion>) -> Response {
    doing.act(Act::Template { occasion: occasion.occasion }, Typed::default()).await
}
