//! A small shop with its bot, its desk and its customers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use frontdesk::bot::Bot;
use frontdesk::clock::{Clock, Timestamp};
use frontdesk::conversation::event::Act;
use frontdesk::conversation::state::Conversation;
use frontdesk::diagnostic::Sources;
use frontdesk::lookup::{HostRule, LookupSettings, Lookups, Names};
use frontdesk::message::{Content, Delivery, Inbound};
use frontdesk::runtime::{Beside, Chance, Channel, Compiler, Refused, Runtime, Settings, Whatsapp};
use frontdesk::store::{
    Arrival, Arrived, Case, CaseQuery, ContactId, Entry, Identity, InboxKind, SqliteSettings, SqliteStore, Store,
    ThreadQuery,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::fake_graph::FakeGraph;

/// The shop's business number.
pub const NUMBER: &str = "100";
/// Long enough for loopback, short enough to wait for.
pub const HASTY: Duration = Duration::from_millis(300);

/// The shop's bot; always open, and it never says welcome. `PLACE` is where lookups go.
const BOT: &str = r#"
bot: Shop
languages: [en]
numbers: [{ id: "100", queue: help }]
hours: { zone: UTC, open: "24/7" }
when_open: flows
queues: { help: { label: Help } }
wording: { welcome: "Hi!" }
lookups:
  order:
    get: "http://PLACE/orders/{{ number }}"
    timeout: 1s
    result: { found: "$.found", eta: "$.eta" }
"#;

const INTENTS: &str = r"
intent: hours
leads_to: { say: We never close. }
keywords: [opening hours]
---
intent: order
leads_to: { flow: order }
keywords: [my parcel]
---
intent: code
leads_to: { flow: code }
keywords: [my code]
---
intent: box
leads_to: { flow: box }
keywords: [my box]
";

const FLOWS: &str = r#"
flow: order
questions:
  number:
    ask: Which order?
    accept: { pattern: 'A-\d+', example: A-1 }
    lookup: order
    valid_when: order.found
outcomes:
  - otherwise:
    say: "It comes {{ order.eta | default('soon') }}."
---
flow: code
questions:
  code:
    ask: Which code?
    accept: { pattern: 'S-\d+', example: S-1 }
    secret: true
outcomes:
  - otherwise:
    say: "Thanks for {{ code }}."
---
flow: box
questions:
  kind:
    ask: Which box?
    options: { black: Black, white: White }
outcomes:
  - otherwise:
    say: "It is {{ kind }}."
"#;

/// The shop's files, changed by `change`.
pub fn sources(place: &str, change: impl Fn(String) -> String) -> Sources {
    let mut sources = Sources::default();
    for (file, text) in [("bot.yaml", BOT), ("intents/all.yaml", INTENTS), ("flows/all.yaml", FLOWS)] {
        sources.add(file, change(text.replace("PLACE", place)).as_bytes());
    }
    sources
}

pub fn compiled(sources: &Sources) -> Arc<Bot> {
    let (bot, problems) = Bot::compile(sources);
    Arc::new(bot.unwrap_or_else(|| panic!("{problems:#?}")))
}

/// Puts one store in front of another.
pub type InFront = dyn Fn(Arc<dyn Store>) -> Arc<dyn Store> + Send + Sync;

/// How a world begins.
pub struct Plan {
    pub sources: Sources,
    pub local: bool,
    /// Where lookups may go.
    pub hosts: String,
    /// Put in front of the store.
    pub before_store: Box<InFront>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            sources: sources("127.0.0.1:1", |text| text),
            local: false,
            hosts: "127.0.0.1:1".to_owned(),
            before_store: Box::new(|store| store),
        }
    }
}

/// The shop, running.
pub struct World {
    pub runtime: Runtime,
    pub graph: FakeGraph,
    pub clock: Arc<Clock>,
    pub folder: Arc<TempDir>,
    plan: Plan,
}

/// So many seconds after the shop opens: a Friday at eight in the morning.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

impl World {
    pub async fn open() -> Self {
        Self::with(Plan::default()).await
    }

    pub async fn with(plan: Plan) -> Self {
        let graph = FakeGraph::start().await;
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let clock = Arc::new(Clock::manual(at(0)));
        let runtime = Runtime::start(settings(&graph, &clock, &folder, &plan)).await.unwrap();
        Self { runtime, graph, clock, folder, plan }
    }

    /// Stops, and starts anew on the same file.
    pub async fn restart(self) -> Self {
        self.restart_after(0).await
    }

    /// Stops, and starts anew on the same file when so many seconds have passed.
    pub async fn restart_after(self, seconds: i64) -> Self {
        self.runtime.stop().await;
        let Self { graph, clock, folder, plan, .. } = self;
        clock.advance(TimeDelta::seconds(seconds));
        let runtime = Runtime::start(settings(&graph, &clock, &folder, &plan)).await.unwrap();
        Self { runtime, graph, clock, folder, plan }
    }

    /// Starts in a process of its own that [`Doomed::die`] kills.
    pub async fn doomed(plan: Plan) -> Doomed {
        let graph = FakeGraph::start().await;
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let clock = Arc::new(Clock::manual(at(0)));
        let process = process();
        let settings = settings(&graph, &clock, &folder, &plan);
        let runtime = process.spawn(Runtime::start(settings)).await.unwrap().unwrap();
        Doomed { process, world: Self { runtime, graph, clock, folder, plan } }
    }

    /// Stops, and starts anew in a process that will be killed.
    pub async fn again(self) -> Doomed {
        self.runtime.stop().await;
        let Self { graph, clock, folder, plan, .. } = self;
        let process = process();
        let settings = settings(&graph, &clock, &folder, &plan);
        let runtime = process.spawn(Runtime::start(settings)).await.unwrap().unwrap();
        Doomed { process, world: Self { runtime, graph, clock, folder, plan } }
    }

    /// Another node of the same shop, on this store.
    pub async fn node(&self, store: Arc<dyn Store>) -> Runtime {
        self.node_with(store, Arc::new(Beside::default())).await
    }

    /// Another node, which compiles what others publish in its own way.
    pub async fn node_with(&self, store: Arc<dyn Store>, compiler: Arc<dyn Compiler>) -> Runtime {
        let settings = settings(&self.graph, &self.clock, &self.folder, &self.plan);
        Runtime::start(Settings { store, compiler, ..settings }).await.unwrap()
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("desk.db")
    }

    /// Opens the file beside the runtime.
    pub fn sql(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
    }

    /// Lets so many seconds pass, one due moment after the other.
    pub async fn pass(&self, seconds: i64) {
        self.runtime.advance_to(self.clock.now() + TimeDelta::seconds(seconds)).await.unwrap();
    }

    /// A customer writes; what was gathered is answered.
    pub async fn says(&self, who: &str, text: &str) -> ContactId {
        let contact = self.writes(who, text).await;
        self.pass(2).await;
        contact
    }

    /// A customer writes; nothing waits.
    pub async fn writes(&self, who: &str, text: &str) -> ContactId {
        let id = format!("wamid.{who}.{text}.{}", self.clock.now().timestamp_millis());
        let arrived = self.runtime.receive(vec![self.message(who, &id, text)]).await.unwrap();
        match arrived[..] {
            [Arrived::Stored { contact, .. }] => contact,
            _ => panic!("{arrived:?}"),
        }
    }

    /// What a customer writes now, as it arrives.
    pub fn message(&self, who: &str, id: &str, text: &str) -> Arrival {
        arrival(who, id, self.clock.now(), Content::Text(text.to_owned()))
    }

    /// WhatsApp tells how far a message that the fake took has come.
    pub async fn status(&self, position: usize, delivery: Delivery) -> Arrived {
        let request = self.graph.taken().remove(position);
        let job = request.body["biz_opaque_callback_data"].as_str().unwrap().parse().unwrap();
        let failed = delivery == Delivery::Failed;
        let status = Arrival::Status {
            number_id: request.number_id,
            message_id: request.wamid.unwrap(),
            job: Some(job),
            delivery,
            failure: failed.then(|| "it failed".to_owned()),
            retry_at: None,
            payload: r#"{"code":131026,"title":"Message undeliverable"}"#.to_owned(),
        };
        self.runtime.receive(vec![status]).await.unwrap()[0]
    }

    /// Everything the fake took, as `number: words`.
    pub fn heard(&self) -> Vec<String> {
        let words = |body: &Value| {
            let text = body["text"]["body"].as_str().or_else(|| body["interactive"]["body"]["text"].as_str());
            text.unwrap_or("?").to_owned()
        };
        let to = |body: &Value| body["to"].as_str().unwrap_or("?").trim_start_matches('+').to_owned();
        self.graph.taken().iter().map(|taken| format!("{}: {}", to(&taken.body), words(&taken.body))).collect()
    }

    /// What a customer got last.
    pub fn last(&self) -> String {
        self.heard().pop().unwrap_or_default()
    }

    pub async fn act(&self, contact: ContactId, agent: &str, act: Act) -> Result<(), Refused> {
        let done = self.runtime.act(contact, agent, act).await;
        self.runtime.settle().await;
        done
    }

    /// An agent comes or goes.
    pub async fn presence(&self, agent: &str, online: bool) {
        self.runtime.presence(agent, None, online).await.unwrap();
        self.runtime.settle().await;
    }

    pub async fn thread(&self, contact: ContactId) -> Vec<Entry> {
        let query = ThreadQuery { contact, before: None, after: 0, limit: 100 };
        self.runtime.store().thread(query).await.unwrap()
    }

    /// The thread in words, one line each.
    pub async fn words(&self, contact: ContactId) -> Vec<String> {
        self.thread(contact).await.into_iter().map(|line| line.message).collect()
    }

    pub async fn case(&self, contact: ContactId) -> Case {
        let states = ["bot", "settled", "waiting", "needs_reply", "promised", "awaiting_customer", "held", "ended"];
        let states = states.map(str::to_owned).to_vec();
        let query = CaseQuery { limit: 1_000, states, ..CaseQuery::default() };
        let cases = self.runtime.store().cases(query).await.unwrap();
        cases.into_iter().find(|case| case.contact == contact).unwrap()
    }

    pub async fn state(&self, contact: ContactId) -> String {
        self.case(contact).await.card.state.unwrap()
    }

    pub async fn conversation(&self, contact: ContactId) -> Conversation {
        let loaded = self.runtime.store().load(vec![contact]).await.unwrap().remove(0);
        serde_json::from_str(&loaded.contact.state.unwrap()).unwrap()
    }
}

fn process() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A world that will be killed.
pub struct Doomed {
    process: tokio::runtime::Runtime,
    pub world: World,
}

impl Doomed {
    /// Everything under way ends where it stands; a new process starts on the same file after so many seconds.
    pub async fn die(self, seconds: i64) -> World {
        self.process.shutdown_background();
        let World { graph, clock, folder, plan, .. } = self.world;
        clock.advance(TimeDelta::seconds(seconds));
        let runtime = Runtime::start(settings(&graph, &clock, &folder, &plan)).await.unwrap();
        World { runtime, graph, clock, folder, plan }
    }
}

/// A message as it arrives.
pub fn arrival(who: &str, id: &str, stamped: Timestamp, content: Content) -> Arrival {
    let inbound = Inbound { id: id.to_owned(), at: stamped, content, quotes: None, referral: None };
    Arrival::Message {
        number_id: NUMBER.to_owned(),
        who: Identity { wa_id: Some(who.to_owned()), user_id: None, name: Some("Ana".to_owned()) },
        kind: InboxKind::Message,
        message_id: id.to_owned(),
        at: stamped,
        payload: serde_json::to_string(&inbound).unwrap(),
    }
}

fn settings(graph: &FakeGraph, clock: &Arc<Clock>, folder: &TempDir, plan: &Plan) -> Settings {
    let store = SqliteSettings { busy_timeout: Duration::from_millis(50), ..file(folder) };
    let channel =
        if plan.local { Channel::Local } else { Channel::Whatsapp(Box::new(Whatsapp::new(graph.client(HASTY)))) };
    let allowed_hosts = HostRule::parse_list(&plan.hosts).unwrap();
    Settings {
        store: (plan.before_store)(Arc::new(SqliteStore::open(&store).unwrap())),
        bot: compiled(&plan.sources),
        sources: plan.sources.clone(),
        clock: Arc::clone(clock),
        lookups: Lookups::new(LookupSettings { allowed_hosts, names: Names::System, ..LookupSettings::default() }),
        demo: None,
        channel,
        chance: Chance::default(),
        compiler: Arc::new(Beside::default()),
    }
}

fn file(folder: &TempDir) -> SqliteSettings {
    SqliteSettings::file(folder.path().join("desk.db"))
}
