//! `kill -9` at the worst moments: nothing that was accepted is lost, nothing is sent twice where a status can tell.

use chrono::Utc;
use serde_json::Value;

use super::server::{NUMBER, Place};
use crate::fake_graph::{FakeGraph, Reply, status_delivery, text_delivery};

const ANA: &str = "15550100099";

#[expect(
    clippy::disallowed_methods,
    reason = "the program reads the machine's clock; what is older than a day goes to a person"
)]
pub fn now() -> i64 {
    Utc::now().timestamp()
}

/// A customer writes.
pub fn says(wamid: &str, text: &str) -> Value {
    text_delivery(NUMBER, ANA, wamid, now(), text)
}

/// The words of a message that was sent.
fn words(body: &Value) -> &str {
    body["text"]["body"].as_str().or_else(|| body["interactive"]["body"]["text"].as_str()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_where_it_was() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[]);
    assert_eq!(server.deliver(&says("wamid.1", "my parcel")).await, 200);
    let first = graph.wait_for_taken(1).await.remove(0);
    assert_eq!(first.number_id, NUMBER);
    assert_eq!(first.body["to"], format!("+{ANA}"));
    assert!(words(&first.body).ends_with("How large is the parcel?"), "{:#}", first.body);
    let buttons = first.body["interactive"]["action"]["buttons"].as_array().unwrap();
    let titles: Vec<&str> = buttons.iter().map(|button| button["reply"]["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Small", "Large"]);
    assert_eq!(server.deliver(&status_delivery(&first, "delivered", now())).await, 200);
    server.kill();

    let server = place.serve_live(&graph, &[]);
    assert_eq!(server.deliver(&says("wamid.1", "my parcel")).await, 200, "delivered again, as after every outage");
    assert_eq!(server.deliver(&says("wamid.2", "small")).await, 200);
    let second = graph.wait_for_taken(2).await.remove(1);
    assert_eq!(words(&second.body), "Can it break?");
    server.kill();

    let server = place.serve_live(&graph, &[]);
    assert_eq!(server.deliver(&status_delivery(&second, "read", now())).await, 200);
    assert_eq!(server.deliver(&says("wamid.3", "no")).await, 200);
    let third = graph.wait_for_taken(3).await.remove(2);
    assert_eq!(words(&third.body), "We carry it fast.");
    assert_eq!(server.end("TERM").0, Some(0));
    assert_eq!(graph.taken().len(), 3, "and nothing twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_with_200_is_served_by_the_next_start() {
    // Words are still being gathered when the server dies.
    let (place, graph) = (Place::gathering("2s"), FakeGraph::start().await);
    let server = place.serve_live(&graph, &[]);
    assert_eq!(server.deliver(&says("wamid.1", "my parcel")).await, 200);
    server.kill();
    assert_eq!(graph.taken().len(), 0);

    let server = place.serve_live(&graph, &[]);
    let sent = graph.wait_for_taken(1).await;
    assert!(words(&sent[0].body).ends_with("How large is the parcel?"));
    assert_eq!(server.end("TERM").0, Some(0));
    assert_eq!(graph.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_whose_outcome_the_crash_hid_is_settled_by_its_status() {
    let (place, graph) = (Place::new(), FakeGraph::start().await);
    graph.script([Reply::Silence]);
    let server = place.serve_live(&graph, &[]);
    assert_eq!(server.deliver(&says("wamid.1", "my parcel")).await, 200);
    let hidden = graph.wait_for_taken(1).await.remove(0);
    server.kill();

    let server = place.serve_live(&graph, &[]);
    assert_eq!(server.deliver(&status_delivery(&hidden, "delivered", now())).await, 200);
    assert_eq!(server.deliver(&says("wamid.2", "large")).await, 200);
    let next = graph.wait_for_taken(2).await.remove(1);
    assert_eq!(words(&next.body), "Can it break?", "the first one is not sent again");
    assert_eq!(server.end("TERM").0, Some(0));
    assert_eq!(graph.taken().len(), 2);
}
