//! A small bot, a simulator in front of it, and someone who uses it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use frontdesk::bot::Bot;
use frontdesk::clock::{Clock, Timestamp};
use frontdesk::diagnostic::{Sources, human};
use frontdesk::lookup::{HostRule, LookupSettings, Lookups};
use frontdesk::runtime::{Beside, Chance, Channel, Runtime, Settings};
use frontdesk::simulator;
use frontdesk::store::{SqliteSettings, SqliteStore};
use serde_json::{Value, json};
use tower::ServiceExt;

/// A Wednesday noon in Jerusalem: the desk is open until 18:00.
pub const NOON: &str = "2026-03-04T10:00:00Z";

const FILES: [(&str, &str); 4] = [
    (
        "bot.yaml",
        r#"bot: Tom & "Jerry's" <shop>
languages: [en, he]
numbers:
  - { id: "100", department: support, queue: desk }
  - { id: "200", department: money, queue: desk }
hours: { zone: Asia/Jerusalem, open: "Su-Th 08:00-18:00; Fr 08:00-13:00", holidays: IL }
queues: { desk: { label: The desk } }
when_open: flows
templates:
  still_relevant: { name: still_relevant, languages: [en, he], parameters: [contact.name], buttons: { yes: { en: "Yes", he: כן }, no: { en: "No", he: לא } } }
lookups:
  parcel: { get: "https://shop.example/orders/{{ parcel_number }}", timeout: 1s, result: { found: $.found, status: $.status } }
"#,
    ),
    (
        "flows/flows.yaml",
        r#"flow: lamp
hours: any
questions:
  colour:
    ask: Which colour does the light have?
    options:
      red: { label: Red, hint: like a tomato }
      blue: Blue
      green: Green
      white: White
  blinks:
    ask: Does it blink?
    accept: yes_no
outcomes:
  - when: blinks
    say: Then it is asleep. Press the button once.
  - otherwise:
    handoff: { queue: desk, note: "{{ colour }} and steady" }
---
flow: code
hours: any
questions:
  pin:
    ask: What is your code?
    called: Code
    accept: { pattern: '\d{4}', example: "1234" }
    secret: true
outcomes:
  - otherwise:
    say: Thank you, that is done.
---
flow: parcel
hours: any
questions:
  parcel_number:
    ask: Which parcel?
    accept: { pattern: 'A-?\d{5}', example: A-10234, normalise: upper }
    lookup: parcel
    valid_when: parcel.found
outcomes:
  - otherwise:
    say: "Your parcel is {{ parcel.status | default('somewhere') }}."
---
flow: visit
hours: any
questions:
  where:
    ask: Where are you?
    accept: location
outcomes:
  - otherwise:
    say: We are on our way.
"#,
    ),
    (
        "intents/intents.yaml",
        r"intent: lamp
label: { en: My lamp is broken, he: המנורה לא עובדת }
leads_to: { flow: lamp }
examples: [my lamp is broken, the lamp does not work, no light from the lamp, lamp is dead, the bulb is out, המנורה לא עובדת, אין אור במנורה]
---
intent: new_code
label: Change my code
leads_to: { flow: code }
examples: [change my code, i want a new code, set another code, new pin please, can i change the pin]
---
intent: my_parcel
label: Where is my parcel
leads_to: { flow: parcel }
examples: [where is my parcel, when does my parcel come, track a parcel, parcel is late, my package has not arrived]
---
intent: visit
label: Somebody should come
leads_to: { flow: visit }
examples: [send someone to me, i need a visit, can a technician come by, please come to my house, somebody should come]
",
    ),
    ("tests/empty.chat", ""),
];

pub fn bot() -> (Arc<Bot>, Sources) {
    let mut sources = Sources::default();
    for (file, text) in FILES {
        sources.add(file, text.as_bytes());
    }
    let (bot, problems) = Bot::compile(&sources);
    (Arc::new(bot.unwrap_or_else(|| panic!("{}", human(&problems, &sources, false)))), sources)
}

/// A simulator, and the runtime behind it, whose clock stands still.
pub struct Simulator {
    pub runtime: Runtime,
    pub routes: Router,
}

impl Simulator {
    pub async fn start() -> Self {
        Self::with_lookups(LookupSettings::default(), None).await
    }

    /// With the make-believe shop on loopback.
    pub async fn with_demo() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, simulator::demo::routes()).await });
        let allowed_hosts = HostRule::parse_list(&at.to_string()).unwrap();
        let lookups = LookupSettings { allowed_hosts, ..LookupSettings::default() };
        Self::with_lookups(lookups, Some(format!("http://{at}/demo"))).await
    }

    async fn with_lookups(lookups: LookupSettings, demo: Option<String>) -> Self {
        let (bot, sources) = bot();
        let now: Timestamp = NOON.parse().unwrap();
        let runtime = Runtime::start(Settings {
            store: Arc::new(SqliteStore::open(&SqliteSettings::memory()).unwrap()),
            bot,
            sources,
            clock: Arc::new(Clock::manual(now)),
            lookups: Lookups::new(lookups),
            demo,
            channel: Channel::Local,
            chance: Chance::default(),
            compiler: Arc::new(Beside::default()),
        })
        .await
        .unwrap();
        Self { routes: simulator::routes(runtime.clone()), runtime }
    }

    /// Sends a request, as a page of ours does.
    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.routes.clone().oneshot(request).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Response<Body> {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Asks for JSON that must be there.
    pub async fn ask(&self, path: &str) -> Value {
        let answer = self.get(&format!("/simulator/api{path}")).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        serde_json::from_str(&text(answer).await).unwrap()
    }

    /// Posts and answers status and JSON.
    pub async fn post(&self, path: &str, body: &str) -> (StatusCode, Value) {
        let request = Request::builder().method(Method::POST).uri(format!("/simulator/api{path}"));
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_owned()));
        let answer = self.send(request.unwrap()).await;
        let status = answer.status();
        (status, serde_json::from_str(&text(answer).await).unwrap())
    }

    /// Posts what must be done.
    pub async fn tell(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, &body.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{path} {body}: {answer}");
        answer
    }

    /// Why a request is not done.
    pub async fn refused(&self, path: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.post(path, &body.to_string()).await;
        (status.as_u16(), answer["error"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned())
    }

    pub async fn customer(&self, language: &str) -> i64 {
        self.tell("/customers", json!({ "language": language })).await["customer"]["id"].as_i64().unwrap()
    }

    /// Sends something and waits until it is answered.
    pub async fn say(&self, customer: i64, say: Value) -> Value {
        self.tell(&format!("/customers/{customer}/messages"), json!({ "say": say })).await;
        self.tell("/clock", json!({ "to": "+5s" })).await;
        self.thread(customer).await
    }

    pub async fn write(&self, customer: i64, text: &str) -> Value {
        self.say(customer, json!({ "kind": "text", "text": text })).await
    }

    /// Taps the latest button or row with this label.
    pub async fn tap(&self, customer: i64, label: &str) -> Value {
        let before = self.thread(customer).await;
        let lines = before["thread"]["lines"].as_array().unwrap();
        let found = lines.iter().rev().find_map(|line| {
            let choice = line["choices"].as_array()?.iter().find(|choice| choice["title"] == label)?;
            Some((line["seq"].clone(), choice["id"].clone()))
        });
        let (seq, id) = found.unwrap_or_else(|| panic!("no {label} in {before}"));
        self.say(customer, json!({ "kind": "tap", "seq": seq, "id": id })).await
    }

    pub async fn thread(&self, customer: i64) -> Value {
        self.ask(&format!("/customers/{customer}")).await
    }
}

pub async fn text(answer: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(answer.into_body(), 4 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What was said, by side.
pub fn said(view: &Value) -> Vec<(String, String)> {
    let lines = view["thread"]["lines"].as_array().unwrap();
    let string = |value: &Value| value.as_str().unwrap().to_owned();
    lines.iter().map(|line| (string(&line["side"]), string(&line["text"]))).collect()
}

/// The last thing that was said.
pub fn last(view: &Value) -> &Value {
    view["thread"]["lines"].as_array().unwrap().last().unwrap()
}
