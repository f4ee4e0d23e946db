//! The only caller of Meta, against a stand-in on loopback (R39).

use std::time::Duration;

use frontdesk::message::Outbound;
use frontdesk::whatsapp::client::{Graph, GraphSettings, MediaAddress, SendError};
use frontdesk::whatsapp::errors::Class;
use frontdesk::whatsapp::render::{Recipient, render};
use frontdesk::whatsapp::webhook::{Received, parse};
use serde_json::{Value, json};

use crate::fake_graph::{FakeGraph, File, Reply, TOKEN, status_delivery, text_delivery};

/// Long enough for loopback.
const PATIENT: Duration = Duration::from_secs(10);
/// Short enough to wait for.
const HASTY: Duration = Duration::from_millis(200);

fn hello() -> Value {
    let to = Recipient::Number("15550100099".into());
    render(&Outbound::Text { text: "שלום".into() }, &to, "job-42").unwrap().body
}

async fn failure(reply: Reply) -> SendError {
    let fake = FakeGraph::start().await;
    let timeout = if matches!(reply, Reply::Silence) { HASTY } else { PATIENT };
    fake.script([reply]);
    fake.client(timeout).send("1", &hello()).await.unwrap_err()
}

#[tokio::test]
async fn a_message_is_taken_and_named() {
    let fake = FakeGraph::start().await;
    let sent = fake.client(PATIENT).send("777", &hello()).await.unwrap();
    assert_eq!((sent.id.as_str(), sent.recipient.wa_id.as_deref()), ("wamid.FAKE0001", Some("15550100099")));
    let taken = fake.wait_for_taken(1).await;
    assert_eq!((taken[0].number_id.as_str(), &taken[0].body), ("777", &hello()));
}

#[tokio::test]
async fn a_customer_without_a_number_is_answered_by_id() {
    let fake = FakeGraph::start().await;
    let message = render(&Outbound::Text { text: "hi".into() }, &Recipient::UserId("US.1234".into()), "").unwrap();
    let sent = fake.client(PATIENT).send("1", &message.body).await.unwrap();
    assert_eq!((sent.recipient.wa_id, sent.recipient.user_id.as_deref()), (None, Some("US.1234")));
}

#[tokio::test]
async fn reading_and_typing_are_shown() {
    let fake = FakeGraph::start().await;
    fake.client(PATIENT).mark_read("1", "wamid.in", true).await.unwrap();
    assert_eq!(fake.requests()[0].body["typing_indicator"], json!({"type": "text"}));
    assert_eq!(fake.taken().len(), 0);
}

#[tokio::test]
async fn refusals_are_classed_by_code() {
    for (code, class) in [
        (131_047, Class::WindowShut),
        (131_056, Class::PairLimited),
        (130_429, Class::NumberLimited),
        (131_026, Class::Undeliverable),
        (100, Class::Rejected),
        (131_053, Class::Retry { tries: 2 }),
    ] {
        let error = failure(Reply::Error { status: 400, code, title: "No" }).await;
        assert_eq!((error.class, error.code, error.title.as_str()), (class, Some(code), "No"));
        assert_eq!(error.trace.as_deref(), Some("FakeTrace"));
    }
    assert_eq!(failure(Reply::Error { status: 500, code: 999_999, title: "?" }).await.class, Class::Retry { tries: 8 });
    assert_eq!(failure(Reply::Error { status: 400, code: 999_999, title: "?" }).await.class, Class::Rejected);
}

#[tokio::test]
async fn a_wrong_token_is_the_accounts_trouble() {
    let fake = FakeGraph::start().await;
    let settings = GraphSettings { base: fake.base(), ..GraphSettings::new("another".to_owned().into()) };
    let error = Graph::new(&settings).unwrap().send("1", &hello()).await.unwrap_err();
    assert_eq!((error.class, error.code), (Class::Account, Some(190)));
    assert!(!format!("{settings:?} {error:?}").contains("another"), "the token is never printed");
}

#[tokio::test]
async fn published_errors_are_classed() {
    for (name, class) in [("expiredaccesstoken", Class::Account), ("reengagementmessage", Class::WindowShut)] {
        let body = String::from_utf8(super::bytes(&format!("pywa/errors/{name}.json"))).unwrap();
        assert_eq!(failure(Reply::Raw { status: 400, body: body.leak() }).await.class, class);
    }
}

#[tokio::test]
async fn an_unreadable_answer_leaves_the_outcome_open() {
    for (status, body) in [(200, "<html>"), (200, ""), (200, "{}"), (502, "Bad gateway"), (403, "bad json")] {
        assert_eq!(failure(Reply::Raw { status, body }).await.class, Class::OutcomeUnknown, "{status} {body}");
    }
    for body in
        [r#"{"messages": []}"#, r#"{"messages": [null]}"#, r#"{"messages": [{"id": ""}], "contacts": null}"#, "[]"]
    {
        assert_eq!(failure(Reply::Raw { status: 200, body }).await.class, Class::OutcomeUnknown, "{body}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let body = "x".repeat(1 << 20).leak();
    assert_eq!(failure(Reply::Raw { status: 200, body }).await.class, Class::OutcomeUnknown);
}

#[tokio::test]
async fn silence_and_a_broken_connection_leave_the_outcome_open() {
    assert_eq!(failure(Reply::Silence).await.class, Class::OutcomeUnknown);
    assert_eq!(failure(Reply::Break).await.class, Class::OutcomeUnknown);
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let settings = GraphSettings { base: format!("http://{free}"), ..GraphSettings::new(TOKEN.to_owned().into()) };
    let error = Graph::new(&settings).unwrap().send("1", &hello()).await.unwrap_err();
    assert_eq!((error.class, error.code), (Class::Retry { tries: 8 }, None));
}

#[tokio::test]
async fn a_wait_asked_for_is_kept() {
    let error = failure(Reply::Later { status: 429, seconds: 90 }).await;
    assert_eq!((error.class, error.retry_after), (Class::NumberLimited, Some(Duration::from_secs(90))));
    let error = failure(Reply::Later { status: 429, seconds: u32::MAX }).await;
    assert_eq!(error.retry_after, Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn files_go_up_and_come_down() {
    let fake = FakeGraph::start().await;
    let graph = fake.client(PATIENT);
    let bytes = vec![7; 3 << 20];
    let id = graph.upload_media("1", bytes.clone(), "application/pdf", "חשבון.pdf").await.unwrap();
    let file = File { mime: "application/pdf".into(), filename: "חשבון.pdf".into(), bytes: bytes.clone() };
    assert_eq!(fake.file(&id), Some(file));
    let address = graph.media_address("1", &id).await.unwrap();
    assert_eq!((address.mime.as_str(), address.bytes), ("application/pdf", Some(3 << 20)));
    assert!(graph.download(&address, 3 << 20).await.unwrap() == bytes);
}

#[tokio::test]
async fn a_file_too_large_is_not_fetched_whatever_it_says() {
    let fake = FakeGraph::start().await;
    fake.put_file("7", File { mime: "image/jpeg".into(), filename: String::new(), bytes: vec![0; 1000] });
    let graph = fake.client(PATIENT);
    let told = graph.media_address("1", "7").await.unwrap();
    for bytes in [Some(1000), Some(10), None] {
        let error = graph.download(&MediaAddress { bytes, ..told.clone() }, 999).await.unwrap_err();
        assert_eq!(error.title, "the file is longer than 999 bytes");
    }
}

#[tokio::test]
async fn files_that_cannot_be_had_say_why() {
    let fake = FakeGraph::start().await;
    let graph = fake.client(PATIENT);
    assert_eq!(graph.media_address("1", "gone").await.unwrap_err().code, Some(100));
    assert!(graph.upload_media("1", vec![], "not a kind", "a").await.is_err());
    let address = |url: String| MediaAddress { url, mime: String::new(), sha256: None, bytes: None };
    let gone = graph.download(&address(format!("{}/files/gone", fake.base())), 10).await.unwrap_err();
    assert_eq!(gone.class, Class::OutcomeUnknown);
    let odd = graph.download(&address("ftp://example.com/a".into()), 10).await.unwrap_err();
    assert_eq!(odd.title, "the file's address is not one to tell the token to");
}

#[tokio::test]
async fn ids_cannot_lead_elsewhere() {
    let fake = FakeGraph::start().await;
    let graph = fake.client(PATIENT);
    for id in ["../../files", "a/b", "?x=", "#x"] {
        graph.send(id, &hello()).await.unwrap();
        assert_eq!(fake.taken().last().unwrap().number_id, id);
    }
    assert!(graph.send("..", &hello()).await.is_err());
}

#[test]
fn settings_that_cannot_work_are_refused() {
    for base in ["", "graph.facebook.com", "ftp://example.com", "https://"] {
        let settings = GraphSettings { base: base.into(), ..GraphSettings::new(TOKEN.to_owned().into()) };
        let problem = Graph::new(&settings).unwrap_err().to_string();
        assert_eq!(problem, format!("`{base}` is not an address such as `https://graph.facebook.com`"));
    }
}

#[tokio::test]
async fn the_fake_posts_what_meta_would() {
    let fake = FakeGraph::start().await;
    fake.client(PATIENT).send("1", &hello()).await.unwrap();
    let status = status_delivery(&fake.taken()[0], "delivered", 1_795_305_611);
    let now = frontdesk::clock::Timestamp::UNIX_EPOCH;
    let received = parse(status.to_string().as_bytes(), now).unwrap();
    let [Received::Status { message_id, callback, recipient, .. }] = &received[..] else { panic!("{received:?}") };
    assert_eq!((message_id.as_str(), callback.as_deref()), ("wamid.FAKE0001", Some("job-42")));
    assert_eq!(recipient.wa_id.as_deref(), Some("15550100099"));

    let webhook = Webhook::start().await;
    let delivery = text_delivery("1", "15550100099", "wamid.in", 1_795_305_611, "hi 😀");
    assert_eq!(fake.deliver(&webhook.0, "secret", &delivery).await, 200);
    assert_eq!(fake.deliver(&webhook.0, "another", &delivery).await, 401);
}

/// A webhook that believes what is signed with `secret`.
struct Webhook(String);

impl Webhook {
    async fn start() -> Self {
        use axum::http::{HeaderMap, StatusCode};
        use frontdesk::whatsapp::signature::{HEADER, verify};
        let judge = |headers: HeaderMap, body: axum::body::Bytes| async move {
            let header = headers.get(HEADER).and_then(|value| value.to_str().ok());
            if verify(b"secret", header, &body).is_ok() { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = axum::Router::new().route("/webhook", axum::routing::post(judge));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self(format!("http://{address}/webhook"))
    }
}
