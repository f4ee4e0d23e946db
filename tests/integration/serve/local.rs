//! Local mode: what a newcomer is told, and that it is true.

use serde_json::{Value, json};

use super::server::Place;

#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_it_prints_answer() {
    let server = Place::new().serve(&[]);
    let addresses: Vec<&str> = server.hello.split_whitespace().filter(|word| word.starts_with("http://")).collect();
    assert!(addresses[0].ends_with("/simulator"), "the simulator first: {}", server.hello);
    for address in addresses {
        let path = address.strip_prefix(&server.base).unwrap();
        let (status, _) = server.get(path).await;
        assert!([200, 303].contains(&status), "{address} answers {status}");
    }
    for name in ["WHATSAPP_ACCESS_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"] {
        assert!(server.hello.contains(name), "{}", server.hello);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_are_told_how_it_does() {
    let server = Place::new().serve(&[]);
    for (path, words) in [("/healthz", "alive"), ("/readyz", "ready"), ("/metrics", "frontdesk_enquiries_open 0")] {
        let (status, said) = server.get(path).await;
        assert!(status == 200 && said.contains(words), "{path}: {status} {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_webhook() {
    let server = Place::new().serve(&[]);
    let (status, said) = server.get("/webhooks/whatsapp").await;
    assert_eq!(status, 404);
    assert!(said.contains("/simulator"), "{said}");
}

/// What the customer's phone shows of the bot, joined.
fn bot_said(thread: &Value) -> String {
    let lines = thread["thread"]["lines"].as_array().unwrap().iter();
    let said: Vec<&str> =
        lines.filter(|line| line["side"] == "bot").map(|line| line["text"].as_str().unwrap()).collect();
    said.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_chats_and_the_make_believe_shop_answers() {
    let server = Place::asking_a_shop().serve(&[]);
    let thread = server.post("/simulator/api/customers", &json!({"name": "Ana"})).await;
    let customer = thread["customer"]["id"].as_i64().unwrap();
    let mut live = server.listen("/simulator/api/live").await;
    for (text, answer) in [("my order", "What is the number"), ("A-10231", "It was delivered.")] {
        let say = json!({"say": {"kind": "text", "text": text}});
        server.post(&format!("/simulator/api/customers/{customer}/messages"), &say).await;
        let address = format!("/simulator/api/customers/{customer}");
        while !bot_said(&serde_json::from_str(&server.get(&address).await.1).unwrap()).contains(answer) {
            live.next().await;
        }
    }
}
