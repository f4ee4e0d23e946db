//! What WhatsApp tells of our own messages (R39): how far they have come, and what becomes of those that fail.

use std::time::Duration;

use axum::http::StatusCode;
use frontdesk::message::Delivery;
use frontdesk::runtime::{Channel, Whatsapp};
use frontdesk::store::{SqliteSettings, Who};
use serde_json::{Value, json};

use super::front::{Front, NUMBER, line};
use crate::fake_graph::{FakeGraph, Reply, Request, delivery, status_delivery, text_delivery};

/// A server whose bot has sent one message over the fake WhatsApp.
async fn after_one_message() -> (Front, FakeGraph, Request) {
    let graph = FakeGraph::start().await;
    let channel = Channel::Whatsapp(Box::new(Whatsapp::new(graph.client(Duration::from_secs(5)))));
    let front = Front::over(Front::noon(), SqliteSettings::memory(), channel).await;
    let body = text_delivery(NUMBER, "15550100099", "wamid.1", Front::noon().timestamp(), "parcel");
    front.deliver(body.to_string().as_bytes()).await;
    let mut live = front.runtime.live();
    let sent = tokio::select! {
        taken = graph.wait_for_taken(1) => taken,
        () = front.settle() => graph.taken(),
    };
    let sent = sent[0].clone();
    while stands(&front).await.0 != Some(Delivery::Sent) {
        tokio::time::timeout(Duration::from_secs(10), live.recv()).await.unwrap().unwrap();
    }
    (front, graph, sent)
}

async fn tell(front: &Front, status: &Value) {
    assert_eq!(front.deliver(status.to_string().as_bytes()).await.status, StatusCode::OK);
}

/// How far the bot's message has come, and what is said of its failure.
async fn stands(front: &Front) -> (Option<Delivery>, Option<String>) {
    let thread = front.thread(1).await;
    let sent = thread.iter().find(|entry| entry.who == Who::Bot).unwrap();
    (sent.delivery, sent.failure.clone())
}

fn failed(sent: &Request, code: u32, title: &str) -> Value {
    let mut failed = status_delivery(sent, "failed", Front::noon().timestamp());
    let status = &mut failed["entry"][0]["changes"][0]["value"]["statuses"][0];
    status["errors"] = json!([{"code": code, "title": title, "error_data": {"details": "what exactly"}}]);
    failed
}

#[tokio::test]
async fn a_message_goes_forward_only() {
    let (front, _graph, sent) = after_one_message().await;
    let at = Front::noon().timestamp();
    for (status, expected) in [
        ("delivered", Delivery::Delivered),
        ("sent", Delivery::Delivered),
        ("read", Delivery::Read),
        ("delivered", Delivery::Read),
        ("failed", Delivery::Read),
        ("of tomorrow", Delivery::Read),
    ] {
        tell(&front, &status_delivery(&sent, status, at)).await;
        assert_eq!(stands(&front).await, (Some(expected), None), "{status}");
    }
}

#[tokio::test]
async fn a_status_of_a_stranger_changes_nothing() {
    let (front, _graph, sent) = after_one_message().await;
    let before = stands(&front).await;
    let at = Front::noon().timestamp();
    let stranger = Request { wamid: Some("wamid.OTHER".into()), body: json!({"to": "1"}), ..sent.clone() };
    tell(&front, &status_delivery(&stranger, "failed", at)).await;
    let other_number = Request { number_id: "999".into(), ..sent };
    tell(&front, &status_delivery(&other_number, "read", at)).await;
    assert_eq!(stands(&front).await, before);
}

#[tokio::test]
async fn a_final_failure_is_shown_to_a_person() {
    for code in [131_026, 131_047, 131_049, 999_999] {
        let (front, graph, sent) = after_one_message().await;
        tell(&front, &failed(&sent, code, "Message undeliverable")).await;
        tell(&front, &failed(&sent, code, "Message undeliverable")).await;
        front.settle().await;
        let (delivery, failure) = stands(&front).await;
        assert_eq!(delivery, Some(Delivery::Failed));
        assert_eq!(failure.unwrap(), format!("Message undeliverable: what exactly (code {code})"));
        let notes: Vec<String> =
            front.thread(1).await.iter().map(line).filter(|line| line.starts_with("note")).collect();
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].contains(&format!("({code})")), "{notes:?}");
        let state: Value = serde_json::from_str(front.contacts().await[0].contact.state.as_ref().unwrap()).unwrap();
        assert_eq!(state["enquiry"]["state"], "waiting");
        assert_eq!(graph.taken().len(), 1, "never tried again");
    }
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    for code in [131_000, 131_016, 131_053, 131_056, 130_429] {
        let (front, graph, sent) = after_one_message().await;
        tell(&front, &failed(&sent, code, "Something went wrong")).await;
        assert_eq!(stands(&front).await.0, Some(Delivery::Queued), "{code}");
        front.runtime.settle().await;
        assert_eq!(graph.taken().len(), 1, "not at once");
        front.clock.advance(chrono::Duration::seconds(30));
        front.runtime.settle().await;
        let again = graph.wait_for_taken(2).await.remove(1);
        assert_eq!(again.body, sent.body, "the very same message");
        tell(&front, &status_delivery(&again, "delivered", Front::noon().timestamp())).await;
        assert_eq!(stands(&front).await, (Some(Delivery::Delivered), None), "{code}");
    }
}

#[tokio::test]
async fn a_status_that_comes_without_what_we_attached_is_known_by_its_id() {
    let (front, _graph, sent) = after_one_message().await;
    let status = json!({"id": sent.wamid, "status": "read", "timestamp": "1795305611"});
    tell(&front, &delivery(NUMBER, json!({"statuses": [status]}))).await;
    assert_eq!(stands(&front).await.0, Some(Delivery::Read));
}

#[tokio::test]
async fn a_status_may_come_before_our_own_request_has_returned() {
    let graph = FakeGraph::start().await;
    graph.script([Reply::Silence]);
    let channel = Channel::Whatsapp(Box::new(Whatsapp::new(graph.client(Duration::from_secs(60)))));
    let front = Front::over(Front::noon(), SqliteSettings::memory(), channel).await;
    let body = text_delivery(NUMBER, "15550100099", "wamid.1", Front::noon().timestamp(), "parcel");
    front.deliver(body.to_string().as_bytes()).await;
    front.settle().await;
    let sent = graph.wait_for_taken(1).await.remove(0);
    tell(&front, &status_delivery(&sent, "read", Front::noon().timestamp())).await;
    assert_eq!(stands(&front).await, (Some(Delivery::Read), None));
}
