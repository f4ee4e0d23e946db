//! A server without a network: the webhook's routes over a runtime whose clock stands still until it is moved.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::{DateTime, Duration};
use frontdesk::bot::Bot;
use frontdesk::clock::{Clock, Timestamp};
use frontdesk::diagnostic::{Sources, human};
use frontdesk::gateway::metrics::Readers;
use frontdesk::gateway::{self, Counts, Gateway};
use frontdesk::lookup::{LookupSettings, Lookups};
use frontdesk::runtime::{Beside, Chance, Channel, Runtime, Settings};
use frontdesk::store::{Entry, Loaded, SqliteSettings, SqliteStore, Store, ThreadQuery};
use frontdesk::whatsapp::signature;
use tower::ServiceExt;

use crate::parcel;

/// Signs the deliveries of tests.
pub const SECRET: &str = "test-app-secret-0123456789abcdef";
/// What Meta is told to repeat.
pub const VERIFY: &str = "let-me-in";
/// The business number that the bot declares.
pub const NUMBER: &str = "1122334455667";

const BOT: &str = r#"
bot: Corner Shop
languages: [en]
numbers:
  - { id: "1122334455667" }
"#;

/// The bot that tests deliver to.
pub fn sources() -> Sources {
    let mut sources = Sources::default();
    for (file, text) in
        [("bot.yaml", BOT), ("flows/parcel.yaml", parcel::FLOW), ("intents/parcel.yaml", parcel::INTENT)]
    {
        sources.add(file, text.as_bytes());
    }
    sources
}

/// Compiled once for all tests.
static COMPILED: LazyLock<Arc<Bot>> = LazyLock::new(|| {
    let (bot, problems) = Bot::compile(&sources());
    Arc::new(bot.unwrap_or_else(|| panic!("{}", human(&problems, &sources(), false))))
});

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

/// The server.
pub struct Front {
    pub runtime: Runtime,
    pub clock: Arc<Clock>,
    pub counts: Counts,
    router: Router,
}

impl Front {
    /// A server whose store is forgotten with it, and whose customers have a simulator for a telephone.
    pub async fn new(now: Timestamp) -> Self {
        Self::over(now, SqliteSettings::memory(), Channel::Local).await
    }

    pub async fn over(now: Timestamp, store: SqliteSettings, channel: Channel) -> Self {
        Self::on(now, Arc::new(SqliteStore::open(&store).unwrap()), channel).await
    }

    pub async fn on(now: Timestamp, store: Arc<dyn Store>, channel: Channel) -> Self {
        let bot = Arc::clone(&COMPILED);
        let clock = Arc::new(Clock::manual(now));
        let settings = Settings {
            store,
            bot,
            sources: sources(),
            clock: Arc::clone(&clock),
            lookups: Lookups::new(LookupSettings::default()),
            demo: None,
            channel,
            chance: Chance::default(),
            compiler: Arc::new(Beside::default()),
        };
        let runtime = Runtime::start(settings).await.unwrap();
        let counts = Counts::default();
        let gateway = Gateway {
            runtime: runtime.clone(),
            app_secret: SECRET.to_owned().into(),
            verify_token: VERIFY.to_owned().into(),
            counts: counts.clone(),
        };
        let router = gateway::routes(gateway)
            .merge(gateway::health::routes(runtime.clone()))
            .merge(gateway::metrics::routes(runtime.clone(), counts.clone(), Readers::ThisMachine));
        Self { runtime, clock, counts, router }
    }

    /// A moment at which nothing is special.
    pub fn noon() -> Timestamp {
        DateTime::from_timestamp(1_795_305_600, 0).unwrap()
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        Self::ask_of(self.router.clone(), request).await
    }

    /// Asks as a program on this machine does, unless the request says otherwise.
    pub async fn ask_of(routes: Router, mut request: Request<Body>) -> Answer {
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 5000))));
        }
        let (parts, body) = routes.oneshot(request).await.unwrap().into_parts();
        let text = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub async fn get(&self, address: &str) -> Answer {
        self.ask(Request::get(address).body(Body::empty()).unwrap()).await
    }

    /// Posts bytes under this signature, or under none.
    pub async fn post(&self, body: impl Into<Body>, signature: Option<&str>) -> Answer {
        let mut request = Request::builder().method(Method::POST).uri(gateway::PATH);
        if let Some(signature) = signature {
            request = request.header(signature::HEADER, signature);
        }
        self.ask(request.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()).await
    }

    /// Posts a delivery as Meta does.
    pub async fn deliver(&self, body: &[u8]) -> Answer {
        self.post(body.to_vec(), Some(&signature::sign(SECRET.as_bytes(), body))).await
    }

    /// Lets the customer's messages gather, and the bot answer them.
    pub async fn settle(&self) {
        self.runtime.settle().await;
        self.clock.advance(Duration::seconds(5));
        self.runtime.settle().await;
    }

    /// Every contact there is.
    pub async fn contacts(&self) -> Vec<Loaded> {
        self.runtime.store().load((1..=50).collect()).await.unwrap()
    }

    /// A contact's thread.
    pub async fn thread(&self, contact: i64) -> Vec<Entry> {
        let query = ThreadQuery { contact, before: None, after: 0, limit: 1_000 };
        self.runtime.store().thread(query).await.unwrap()
    }

    /// The only thread there is, as lines `who: message`.
    pub async fn lines(&self) -> Vec<String> {
        let contacts = self.contacts().await;
        assert_eq!(contacts.len(), 1, "{contacts:#?}");
        self.thread(contacts[0].contact.id).await.iter().map(line).collect()
    }
}

/// An entry as `who: message`.
pub fn line(entry: &Entry) -> String {
    format!("{}: {}", format!("{:?}", entry.who).to_lowercase(), entry.message)
}
