//! Lookups run outside any turn, and their answers come back as one (R18).

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::world::{Plan, World, sources};

/// The shop's order system: A-1 comes on Tuesday, A-500 breaks it, A-999 says nothing, others are unknown.
async fn shop() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let app = Router::new().route("/orders/{number}", get(order));
    tokio::spawn(async move { axum::serve(listener, app).await });
    place
}

async fn order(Path(number): Path<String>) -> Response {
    match number.as_str() {
        "A-1" => r#"{"found": true, "eta": "on Tuesday"}"#.into_response(),
        "A-500" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "A-999" => std::future::pending().await,
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn plan() -> Plan {
    let place = shop().await;
    Plan { sources: sources(&place, |text| text), hosts: place, ..Plan::default() }
}

#[tokio::test]
async fn an_answer_goes_on_where_the_flow_waits() {
    let world = World::with(plan().await).await;
    let ana = world.says("15550001", "my parcel").await;
    assert_eq!(world.last(), "15550001: Hi!\nWhich order?");
    world.says("15550001", "A-1").await;
    assert_eq!(world.last(), "15550001: It comes on Tuesday.");
    assert_eq!(world.state(ana).await, "settled");
    let marks = world.graph.requests().iter().filter(|request| request.body["status"] == "read").count();
    assert_eq!(marks, 2, "one for each message");
    let typing = world.graph.requests().iter().filter(|request| request.body["typing_indicator"].is_object()).count();
    assert_eq!(typing, 1, "while the shop was asked");
}

#[tokio::test]
async fn not_found_is_an_answer_too() {
    let world = World::with(plan().await).await;
    world.says("15550001", "my parcel").await;
    world.says("15550001", "A-2").await;
    assert!(world.last().contains("A-2"), "{}", world.last());
    world.says("15550001", "A-1").await;
    assert_eq!(world.last(), "15550001: It comes on Tuesday.");
}

#[tokio::test]
async fn a_lookup_that_fails_hands_over() {
    let world = World::with(plan().await).await;
    let ana = world.says("15550001", "my parcel").await;
    world.says("15550001", "A-500").await;
    assert_eq!(world.state(ana).await, "waiting");
    assert_eq!(world.conversation(ana).await.enquiry.unwrap().handoff.unwrap().reason.name(), "lookup_failed");
}

#[tokio::test]
async fn a_lookup_lost_in_a_crash_hands_over_after_the_restart() {
    let doomed = World::doomed(plan().await).await;
    let world = &doomed.world;
    world.says("15550001", "my parcel").await;
    world.writes("15550001", "A-999").await;
    world.clock.advance(chrono::TimeDelta::seconds(2));
    let runtime = world.runtime.clone();
    let settling = tokio::spawn(async move { runtime.settle().await });
    while world.conversation(1).await.enquiry.unwrap().run.is_none_or(|run| run.pending.is_none()) {
        tokio::task::yield_now().await;
    }
    settling.abort();
    let world = doomed.die(0).await;
    world.runtime.settle().await;
    assert_eq!(world.state(1).await, "bot", "it may yet answer");
    world.pass(120).await;
    assert_eq!(world.state(1).await, "waiting");
    assert_eq!(world.conversation(1).await.enquiry.unwrap().handoff.unwrap().reason.name(), "lookup_failed");
}
