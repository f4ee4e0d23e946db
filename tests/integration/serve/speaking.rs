//! What a server writes about its work: for people and for programs, and nothing about customers (R42).

use chrono::Utc;
use serde_json::Value;

use super::server::{NUMBER, Place};
use crate::fake_graph::{FakeGraph, client_for_loopback, text_delivery};

#[tokio::test(flavor = "multi_thread")]
async fn the_log_holds_no_words_and_no_numbers_of_customers() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[("RUST_LOG", "debug,frontdesk=trace"), ("FRONTDESK_LOG", "json")]);
    #[expect(clippy::disallowed_methods, reason = "the program reads the machine's clock")]
    let now = Utc::now().timestamp();
    let delivery = text_delivery(NUMBER, "15550107777", "wamid.1", now, "my parcel holds strawberries");
    assert_eq!(server.deliver(&delivery).await, 200);
    graph.wait_for_taken(1).await;
    let delivery = text_delivery(NUMBER, "15550107777", "wamid.2", now, "a strawberries person");
    assert_eq!(server.deliver(&delivery).await, 200);
    graph.wait_for_taken(2).await;
    let delivery = text_delivery(NUMBER, "15550107777", "wamid.3", now, "person");
    assert_eq!(server.deliver(&delivery).await, 200);
    graph.wait_for_taken(3).await;
    let (status, metrics) = server.get("/metrics").await;
    assert_eq!(status, 200);
    let forged = reqwest_post(&server.webhook(), "?hub.verify_token=guessed-word").await;
    assert_eq!(forged, 401);
    let (status, said) = server.end("TERM");
    assert_eq!(status, Some(0));
    for line in said.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "a line that is not JSON: {line}");
    }
    assert!(said.contains("/webhooks/whatsapp"), "requests are told of: {said}");
    for secret in [
        "strawberries",
        "15550107777",
        "wamid.",
        "Ana",
        "How large",
        "an-app-secret",
        "fake-token",
        "let-me-in",
        "guessed-word",
    ] {
        assert!(!said.contains(secret), "`{secret}` is in the log: {said}");
        assert!(!metrics.contains(secret), "`{secret}` is in the metrics: {metrics}");
    }
    // Every turn has a span: about whom, which message, in which flow, handed over for what reason.
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let turns: Vec<&Value> = lines.iter().filter(|line| line["message"] == "a turn was committed").collect();
    let spans: Vec<&Value> =
        turns.iter().map(|turn| &turn["span"]).filter(|span| span["event"] == "messages").collect();
    assert_eq!(spans.len(), 3, "{said}");
    assert!(spans.iter().all(|span| span["name"] == "turn" && span["contact"] == spans[0]["contact"]), "{spans:#?}");
    assert_eq!(spans[0]["contact"].as_str().map(str::len), Some(16));
    assert!(spans[0]["message_id"].is_string() && spans[0]["message_id"] != spans[1]["message_id"], "{spans:#?}");
    assert_eq!(spans[0]["flow"], "parcel");
    assert_eq!(spans[2]["reason"], "asked_for_person");
    for counted in ["frontdesk_understood_total{decision=\"", "frontdesk_turns_total{event=\"messages\"} 3"] {
        assert!(metrics.contains(counted), "{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_send_does_not_fill_the_log() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[]);
    let client = crate::fake_graph::reqwest_client();
    let forged = format!("sha256={}", "0".repeat(64));
    for _ in 0..25 {
        let post = client.post(server.webhook()).header("X-Hub-Signature-256", &forged).body("{}");
        assert_eq!(post.send().await.unwrap().status(), 403);
        let long = client.post(server.webhook()).header("X-Hub-Signature-256", &forged).body(vec![b' '; 5 << 20]);
        // The server may hang up before it has all of it.
        assert_eq!(long.send().await.map_or(413, |answer| answer.status().as_u16()), 413);
        let check = "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=guessed";
        assert_eq!(client.get(format!("{}{check}", server.webhook())).send().await.unwrap().status(), 403);
    }
    let (_, said) = server.end("TERM");
    for kind in ["a delivery was refused", "a delivery was not read", "another verify token"] {
        let told: Vec<&str> = said.lines().filter(|line| line.contains(kind)).collect();
        assert_eq!(told.len(), 1, "{told:#?}");
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

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_of_a_live_server_is_for_who_is_signed_in() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[]);
    let client = client_for_loopback().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for path in ["/simulator", "/simulator/api/world", "/desk"] {
        let answer = client.get(format!("{}{path}", server.base)).send().await.unwrap();
        let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        assert!(answer.status() == 401 || to.starts_with("/desk/"), "{path}: {} {to}", answer.status());
    }
    assert_eq!(server.get("/demo/orders/A-10231").await.0, 404, "there is no make-believe beside customers");
    assert_eq!(client.get(&server.base).send().await.unwrap().headers()["location"], "/desk");
}
