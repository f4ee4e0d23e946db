//! What a server writes about its work: for people and for programs, and nothing about customers (R42).

use chrono::Utc;
use serde_json::Value;

use super::server::{NUMBER, Place};
use crate::fake_graph::{FakeGraph, text_delivery};

#[tokio::test(flavor = "multi_thread")]
async fn the_log_holds_no_words_and_no_numbers_of_customers() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[("RUST_LOG", "debug,frontdesk=trace"), ("FRONTDESK_LOG", "json")]);
    #[expect(clippy::disallowed_methods, reason = "the program reads the machine's clock")]
    let now = Utc::now().timestamp();
    let delivery = text_delivery(NUMBER, "15550107777", "wamid.1", now, "my parcel holds strawberries");
    assert_eq!(server.deliver(&delivery).await, 200);
    graph.wait_for_taken(1).await;
    let forged = reqwest_post(&server.webhook(), "?hub.verify_token=guessed-word").await;
    assert_eq!(forged, 401);
    let (status, said) = server.end("TERM");
    assert_eq!(status, Some(0));
    for line in said.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "a line that is not JSON: {line}");
    }
    assert!(said.contains("/webhooks/whatsapp"), "requests are told of: {said}");
    for secret in
        ["strawberries", "15550107777", "Ana", "How large", "an-app-secret", "fake-token", "let-me-in", "guessed-word"]
    {
        assert!(!said.contains(secret), "`{secret}` is in the log: {said}");
    }
}

async fn reqwest_post(webhook: &str, query: &str) -> u16 {
    let client = crate::fake_graph::reqwest_client();
    client.post(format!("{webhook}{query}")).body("{}").send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn live_mode_says_what_to_enter_at_meta() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[("FRONTDESK_PUBLIC_URL", "https://chat.example.com/")]);
    assert!(server.hello.contains("https://chat.example.com/webhooks/whatsapp"), "{}", server.hello);
    drop(server);
    let server = place.serve_live(&graph, &[]);
    assert!(server.hello.contains("FRONTDESK_PUBLIC_URL"), "{}", server.hello);
}
