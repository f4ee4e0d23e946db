//! A desk with customers and browsers, in memory, on a clock that stands still unless a test wants another.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use frontdesk::bot::Bot;
use frontdesk::clock::{Clock, Timestamp};
use frontdesk::conversation::state::Conversation;
use frontdesk::desk::{self, Desk, DeskSettings};
use frontdesk::diagnostic::human;
use frontdesk::lookup::{LookupSettings, Lookups};
use frontdesk::message::{Content, Delivery, Inbound};
use frontdesk::runtime::{Beside, Chance, Channel, Runtime, Settings};
use frontdesk::store::{Arrival, ContactId, Identity, InboxKind, SqliteSettings, SqliteStore, Store, ThreadQuery, Who};
use frontdesk::web::bubble::Bubble;
use tower::ServiceExt;

use super::bot::sources;

/// A password that may be chosen.
pub const PASSWORD: &str = "four words in a row";
/// 2026-11-24, a Tuesday, 12:00.
pub const NOON: i64 = 1_795_521_600;

/// What has not come after this long does not come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The desk.
pub struct TestDesk {
    pub desk: Desk,
    pub runtime: Runtime,
    pub router: Router,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Where it leads.
    pub fn to(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    #[track_caller]
    pub fn has(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "{words:?} is not in the answer {}:\n{}", self.status, self.text);
        self
    }

    #[track_caller]
    pub fn lacks(&self, words: &str) -> &Self {
        assert!(!self.text.contains(words), "{words:?} is in the answer {}:\n{}", self.status, self.text);
        self
    }
}

/// Somebody's browser.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    pub cookie: String,
    pub csrf: String,
}

impl TestDesk {
    pub async fn new() -> Self {
        Self::with(DeskSettings { public_url: None, grace: Duration::ZERO }).await
    }

    pub async fn with(settings: DeskSettings) -> Self {
        Self::on(settings, Clock::manual(Timestamp::from_timestamp(NOON, 0).unwrap())).await
    }

    pub async fn on(settings: DeskSettings, clock: Clock) -> Self {
        Self::over(settings, clock, &SqliteSettings::memory()).await
    }

    /// A desk whose store is opened like this.
    pub async fn over(settings: DeskSettings, clock: Clock, kept: &SqliteSettings) -> Self {
        Self::through(settings, clock, kept, Channel::Local).await
    }

    /// A desk whose customers are reached like this.
    pub async fn through(settings: DeskSettings, clock: Clock, kept: &SqliteSettings, channel: Channel) -> Self {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(kept).unwrap());
        let (bot, problems) = Bot::compile(&sources());
        let bot = Arc::new(bot.unwrap_or_else(|| panic!("{}", human(&problems, &sources(), false))));
        let clock = Arc::new(clock);
        let lookups = Lookups::new(LookupSettings::default());
        let settings_of_runtime = Settings {
            store,
            bot,
            sources: sources(),
            clock,
            lookups,
            demo: None,
            channel,
            chance: Chance::default(),
            compiler: Arc::new(Beside::default()),
        };
        let runtime = Runtime::start(settings_of_runtime).await.unwrap();
        let desk = Desk::new(runtime.clone(), settings);
        Self { router: desk::routes(&desk), desk, runtime }
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let text = String::from_utf8(to_bytes(body, 1 << 22).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub async fn get(&self, browser: &Browser, path: &str) -> Answer {
        self.ask(Request::get(path).header(COOKIE, &browser.cookie).body(Body::empty()).unwrap()).await
    }

    /// Posts a form; the session's token goes along.
    pub async fn post(&self, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        fields.push(("csrf", &browser.csrf));
        let answer = self.ask(form(path, &browser.cookie, &fields)).await;
        self.runtime.settle().await;
        answer
    }

    /// Signs in; the answer and the browser that has its cookie.
    pub async fn sign_in(&self, name: &str, password: &str) -> (Answer, Browser) {
        let answer = self.ask(form("/desk/sign-in", "", &[("name", name), ("password", password)])).await;
        let browser = self.browser(&answer).await;
        (answer, browser)
    }

    /// The browser that got this answer.
    pub async fn browser(&self, answer: &Answer) -> Browser {
        let cookie = answer.headers.get(SET_COOKIE).map_or("", |cookie| cookie.to_str().unwrap());
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let mut browser = Browser { cookie, csrf: String::new() };
        let page = self.get(&browser, "/desk").await;
        browser.csrf = between(&page.text, "name=\"csrf\" value=\"", "\"").to_owned();
        browser
    }

    /// Dana, the admin.
    pub async fn admin(&self) -> Browser {
        let link = self.desk.first_admin().await.unwrap().unwrap();
        let fields = [("name", "Dana"), ("password", PASSWORD), ("again", PASSWORD)];
        let answer = self.ask(form(&link, "", &fields)).await;
        assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, "/desk/people"), "{}", answer.text);
        self.browser(&answer).await
    }

    /// Somebody whom the admin made, signed in through their link.
    pub async fn agent(&self, admin: &Browser, name: &str, role: &str, queues: &[&str]) -> Browser {
        let queues: Vec<String> = queues.iter().map(|queue| format!("queue-{queue}")).collect();
        let mut fields = vec![("name", name), ("role", role)];
        fields.extend(queues.iter().map(|queue| (queue.as_str(), "yes")));
        let made = self.post(admin, "/desk/people", &fields).await;
        let link = between(&made.text, "fixed\" value=\"", "\"").to_owned();
        let answer = self.ask(form(&link, "", &[("password", PASSWORD), ("again", PASSWORD)])).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{link}: {}", answer.text);
        self.browser(&answer).await
    }

    /// A customer writes to the business's first number, and the bot has done what it does.
    pub async fn writes(&self, wa_id: &str, name: &str, text: &str) -> ContactId {
        self.sends(wa_id, name, text, Content::Text(text.to_owned())).await
    }

    /// The same for anything that can be sent; `id` tells it from what they send at the same time.
    pub async fn sends(&self, wa_id: &str, name: &str, id: &str, content: Content) -> ContactId {
        let now = self.runtime.clock().now();
        let id = format!("wamid.{wa_id}.{}.{id}", now.timestamp_millis());
        let message = Inbound { id: id.clone(), at: now, content, quotes: None, referral: None };
        let arrival = Arrival::Message {
            number_id: "1".to_owned(),
            who: Identity { wa_id: Some(wa_id.to_owned()), user_id: None, name: Some(name.to_owned()) },
            kind: InboxKind::Message,
            message_id: id,
            at: now,
            payload: serde_json::to_string(&message).unwrap(),
        };
        let arrived = self.runtime.receive(vec![arrival]).await.unwrap();
        self.pass(3).await;
        arrived[0].woken().unwrap()
    }

    /// Lets seconds pass, with everything that is due meanwhile.
    pub async fn pass(&self, seconds: i64) {
        let until = self.runtime.clock().now() + chrono::Duration::seconds(seconds);
        self.runtime.advance_to(until).await.unwrap();
        self.runtime.settle().await;
    }

    /// The state of somebody's enquiry, by name.
    pub async fn state(&self, contact: ContactId) -> String {
        self.conversation(contact).await.state().name().to_owned()
    }

    pub async fn conversation(&self, contact: ContactId) -> Conversation {
        let loaded = self.runtime.store().load(vec![contact]).await.unwrap();
        serde_json::from_str(loaded[0].contact.state.as_deref().unwrap()).unwrap()
    }

    /// What the customer sees last: who wrote it, and what.
    pub async fn last_seen(&self, contact: ContactId) -> (String, String) {
        let query = ThreadQuery { contact, before: None, after: 0, limit: 1_000 };
        let entries = self.runtime.store().thread(query).await.unwrap();
        let last = entries.iter().rev().find(|entry| !matches!(entry.who, Who::Note(_))).unwrap();
        let bubble = Bubble::of(last, true).unwrap();
        (bubble.author.unwrap_or_else(|| bubble.side.to_owned()), bubble.text)
    }

    /// Waits until the customer has read everything: in local mode that is as soon as it was sent.
    pub async fn until_read(&self, contact: ContactId) {
        let query = ThreadQuery { contact, before: None, after: 0, limit: 1_000 };
        let read = async {
            loop {
                let entries = self.runtime.store().thread(query).await.unwrap();
                if entries.iter().all(|entry| entry.delivery.is_none_or(|delivery| delivery == Delivery::Read)) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap();
    }

    /// What was recorded, the latest first: who did what to what.
    pub async fn audit(&self) -> Vec<String> {
        let rows = self.runtime.store().audit_log(None, 100).await.unwrap();
        rows.into_iter().map(|(_, row)| format!("{} {} {}", row.who, row.what, row.about).trim().to_owned()).collect()
    }
}

/// A form as browsers send it.
pub fn form(path: &str, cookie: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let body: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
    Request::post(path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(COOKIE, cookie)
        .body(Body::from(body.join("&")))
        .unwrap()
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        write!(out, "%{byte:02X}").unwrap();
        out
    })
}

/// What stands between two marks; empty if it is not there.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map_or("", |(inside, _)| inside)
}
