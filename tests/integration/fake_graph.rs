//! A stand-in for Meta's Graph API on loopback: takes messages and files, remembers them, fails when told to, and posts
//! signed deliveries to a webhook as Meta would.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use frontdesk::whatsapp::client::{Graph, GraphSettings};
use frontdesk::whatsapp::signature;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// How long a test waits for something that ought to happen at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// The token the fake insists on.
pub const TOKEN: &str = "fake-token";

/// What the fake answers to a message instead of taking it.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An error of the Graph API.
    Error { status: u16, code: u32, title: &'static str },
    /// Anything else.
    Raw { status: u16, body: &'static str },
    /// As `Raw`, asking to wait so many seconds.
    Later { status: u16, seconds: u32 },
    /// The connection breaks after the headers; the message was taken.
    Break,
    /// No answer ever; the message was taken.
    Silence,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// The sending number's id.
    pub number_id: String,
    /// The message or read mark.
    pub body: Value,
    /// The id it was given, if it was taken.
    pub wamid: Option<String>,
}

/// A file as it was uploaded or can be fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub mime: String,
    pub filename: String,
    pub bytes: Vec<u8>,
}

#[derive(Default)]
struct Memory {
    requests: Vec<Request>,
    replies: VecDeque<Reply>,
    mark_replies: VecDeque<Reply>,
    always: Option<Reply>,
    files: BTreeMap<String, File>,
    base: String,
}

/// The fake; it ends with the test's runtime.
#[derive(Clone)]
pub struct FakeGraph {
    memory: Arc<Mutex<Memory>>,
    changed: Arc<Notify>,
}

impl FakeGraph {
    /// Starts listening on a free port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let memory = Memory { base, ..Memory::default() };
        let fake = Self { memory: Arc::new(Mutex::new(memory)), changed: Arc::default() };
        let app = Router::new()
            .route("/{version}/{number_id}/messages", post(take_message))
            .route("/{version}/{number_id}/media", post(take_file))
            .route("/{version}/{media_id}", get(tell_address))
            .route("/files/{media_id}", get(give_file))
            .layer(DefaultBodyLimit::max(200 << 20))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        fake
    }

    /// What to give `WHATSAPP_API_BASE`.
    pub fn base(&self) -> String {
        self.memory().base.clone()
    }

    /// A client that talks to the fake.
    pub fn client(&self, timeout: Duration) -> Graph {
        let settings = GraphSettings::new(TOKEN.to_owned().into());
        Graph::new(&GraphSettings { base: self.base(), timeout, ..settings }).unwrap()
    }

    /// What to answer to the next messages; those after are taken.
    pub fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.memory().replies.extend(replies);
    }

    /// What to answer to the next read marks; those after are taken.
    pub fn script_marks(&self, replies: impl IntoIterator<Item = Reply>) {
        self.memory().mark_replies.extend(replies);
    }

    /// What to answer to everything from now on, if not to take it.
    pub fn always(&self, reply: Option<Reply>) {
        self.memory().always = reply;
    }

    /// Every request to send or to mark as read, in order, also those refused.
    pub fn requests(&self) -> Vec<Request> {
        self.memory().requests.clone()
    }

    /// The messages taken, in order, without read marks.
    pub fn taken(&self) -> Vec<Request> {
        let requests = self.requests().into_iter();
        requests.filter(|request| request.wamid.is_some() && request.body["type"].is_string()).collect()
    }

    /// Waits until `count` messages were taken; gives them.
    pub async fn wait_for_taken(&self, count: usize) -> Vec<Request> {
        self.wait_for(count, Self::taken).await
    }

    /// Waits until there were so many requests to mark a message as read; gives them.
    pub async fn wait_for_marks(&self, count: usize) -> Vec<Request> {
        let marks = |graph: &Self| {
            graph.requests().into_iter().filter(|request| request.body["status"] == "read").collect::<Vec<Request>>()
        };
        self.wait_for(count, marks).await
    }

    async fn wait_for(&self, count: usize, which: impl Fn(&Self) -> Vec<Request>) -> Vec<Request> {
        let enough = async {
            loop {
                let changed = self.changed.notified();
                let came = which(self);
                if came.len() >= count {
                    return came;
                }
                changed.await;
            }
        };
        let enough = tokio::time::timeout(PATIENCE, enough).await;
        enough.unwrap_or_else(|_| panic!("{count} expected, but there are only {:#?}", which(self)))
    }

    /// Puts a file of a customer's at WhatsApp.
    pub fn put_file(&self, id: &str, file: File) {
        self.memory().files.insert(id.to_owned(), file);
    }

    /// WhatsApp has no files any more.
    pub fn lose_files(&self) {
        self.memory().files.clear();
    }

    /// A file at WhatsApp, by id.
    pub fn file(&self, id: &str) -> Option<File> {
        self.memory().files.get(id).cloned()
    }

    /// Posts a delivery to a webhook, signed; the status it answers.
    pub async fn deliver(&self, webhook: &str, app_secret: &str, delivery: &Value) -> u16 {
        let body = delivery.to_string();
        let signature = signature::sign(app_secret.as_bytes(), body.as_bytes());
        let client = reqwest_client();
        let request = client.post(webhook).header(signature::HEADER, signature).body(body);
        request.header(header::CONTENT_TYPE, "application/json").send().await.unwrap().status().as_u16()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    /// The refusal of a request without the token.
    fn refusal(headers: &HeaderMap) -> Option<Response> {
        let expected = format!("Bearer {TOKEN}");
        let allowed = headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == expected.as_bytes());
        (!allowed).then(|| graph_error(401, 190, "Invalid OAuth access token"))
    }
}

/// A client for loopback, which needs no certificates.
pub fn reqwest_client() -> reqwest::Client {
    client_for_loopback().build().unwrap()
}

/// As [`reqwest_client`], for whoever wants something of their own. Without a provider of rustls no client can be made, and
/// the first to make one installs it.
pub fn client_for_loopback() -> reqwest::ClientBuilder {
    // Losing the race to another test is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_certs_only(std::iter::empty())
}

/// A delivery with one change in the field `messages`.
pub fn delivery(number_id: &str, mut value: Value) -> Value {
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({"display_phone_number": "15550100001", "phone_number_id": number_id});
    let change = json!({"field": "messages", "value": value});
    json!({"object": "whatsapp_business_account", "entry": [{"id": "100000000000001", "changes": [change]}]})
}

/// A delivery in which a customer writes.
pub fn text_delivery(number_id: &str, wa_id: &str, wamid: &str, at: i64, text: &str) -> Value {
    let message = json!({
        "from": wa_id, "id": wamid, "timestamp": at.to_string(), "type": "text", "text": {"body": text},
    });
    let contact = json!({"profile": {"name": "Ana"}, "wa_id": wa_id});
    delivery(number_id, json!({"contacts": [contact], "messages": [message]}))
}

/// A delivery that tells how far a message taken by the fake has come.
pub fn status_delivery(request: &Request, status: &str, at: i64) -> Value {
    let body = &request.body;
    let status = json!({
        "id": request.wamid, "status": status, "timestamp": at.to_string(),
        "recipient_id": body["to"].as_str().unwrap_or_default().trim_start_matches('+'),
        "recipient_user_id": body["recipient"], "biz_opaque_callback_data": body["biz_opaque_callback_data"],
    });
    delivery(&request.number_id, json!({"statuses": [status]}))
}

fn graph_error(status: u16, code: u32, title: &str) -> Response {
    let error = json!({"message": title, "type": "OAuthException", "code": code, "fbtrace_id": "FakeTrace"});
    (StatusCode::from_u16(status).unwrap(), Json(json!({"error": error}))).into_response()
}

async fn take_message(
    State(fake): State<FakeGraph>,
    Path((_, number_id)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Some(refused) = FakeGraph::refusal(&headers) {
        return refused;
    }
    let (reply, wamid) = {
        let mut memory = fake.memory();
        let script = if body["status"] == "read" { &mut memory.mark_replies } else { &mut memory.replies };
        let reply = script.pop_front().or_else(|| memory.always.clone());
        let taken = matches!(reply, None | Some(Reply::Break | Reply::Silence));
        let wamid = taken.then(|| format!("wamid.FAKE{:04}", memory.requests.len() + 1));
        memory.requests.push(Request { number_id, body: body.clone(), wamid: wamid.clone() });
        (reply, wamid)
    };
    fake.changed.notify_waiters();
    match reply {
        None if body["status"] == "read" => Json(json!({"success": true})).into_response(),
        None => Json(accepted(&body, wamid.as_deref())).into_response(),
        Some(Reply::Error { status, code, title }) => graph_error(status, code, title),
        Some(Reply::Raw { status, body }) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Some(Reply::Later { status, seconds }) => {
            let wait = [(header::RETRY_AFTER, seconds.to_string())];
            (StatusCode::from_u16(status).unwrap(), wait).into_response()
        }
        Some(Reply::Break) => {
            let broken = Err::<Bytes, _>(std::io::Error::other("broken on purpose"));
            Body::from_stream(tokio_stream::iter([broken])).into_response()
        }
        Some(Reply::Silence) => std::future::pending().await,
    }
}

fn accepted(body: &Value, wamid: Option<&str>) -> Value {
    let contact = match (body["to"].as_str(), body["recipient"].as_str()) {
        (Some(to), _) => json!({"input": to, "wa_id": to.trim_start_matches('+')}),
        (None, user_id) => json!({"input": user_id, "user_id": user_id}),
    };
    json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]})
}

async fn take_file(State(fake): State<FakeGraph>, headers: HeaderMap, mut form: Multipart) -> Response {
    if let Some(refused) = FakeGraph::refusal(&headers) {
        return refused;
    }
    let mut fields = BTreeMap::new();
    let mut file = None;
    while let Some(field) = form.next_field().await.unwrap() {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            let mime = field.content_type().unwrap_or_default().to_owned();
            let filename = field.file_name().unwrap_or_default().to_owned();
            file = Some(File { mime, filename, bytes: field.bytes().await.unwrap().to_vec() });
        } else {
            fields.insert(name, field.text().await.unwrap());
        }
    }
    let product = fields.get("messaging_product").map(String::as_str);
    match file {
        Some(file) if product == Some("whatsapp") && fields.get("type") == Some(&file.mime) => {
            let id = format!("{}", 9000 + fake.memory().files.len());
            fake.put_file(&id, file);
            Json(json!({"id": id})).into_response()
        }
        _ => graph_error(400, 100, "Invalid parameter"),
    }
}

async fn tell_address(
    State(fake): State<FakeGraph>,
    Path((_, media_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Some(refused) = FakeGraph::refusal(&headers) {
        return refused;
    }
    let Some(file) = fake.file(&media_id) else { return graph_error(400, 100, "Invalid parameter") };
    let url = format!("{}/files/{media_id}", fake.base());
    let size = file.bytes.len().to_string();
    Json(json!({"url": url, "mime_type": file.mime, "sha256": "0f", "file_size": size, "id": media_id})).into_response()
}

async fn give_file(State(fake): State<FakeGraph>, Path(media_id): Path<String>, headers: HeaderMap) -> Response {
    if let Some(refused) = FakeGraph::refusal(&headers) {
        return refused;
    }
    fake.file(&media_id).map_or(StatusCode::NOT_FOUND.into_response(), |file| file.bytes.into_response())
}
