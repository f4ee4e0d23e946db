//! `/metrics`: the numbers follow what happens.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use chrono::Duration;
use frontdesk::gateway::metrics::{self, Readers};

use super::front::{Front, NUMBER};
use crate::fake_graph::text_delivery;

/// The lines of the page that are no comments.
async fn numbers(front: &Front) -> Vec<String> {
    let answer = front.get("/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    answer.text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[track_caller]
fn assert_has(numbers: &[String], line: &str) {
    assert!(numbers.iter().any(|number| number == line), "`{line}` is not in {numbers:#?}");
}

#[tokio::test]
async fn they_follow_a_customer_from_delivery_to_handoff() {
    let front = Front::new(Front::noon()).await;
    assert_has(&numbers(&front).await, "frontdesk_enquiries_open 0");
    let body = text_delivery(NUMBER, "15550100099", "wamid.1", Front::noon().timestamp(), "person").to_string();
    front.deliver(body.as_bytes()).await;
    let before = numbers(&front).await;
    assert_has(&before, "frontdesk_waiting{what=\"inbox\"} 1");
    assert_has(&before, "frontdesk_webhook_held_total{kind=\"message\",became=\"stored\"} 1");

    front.deliver(body.as_bytes()).await;
    front.deliver(b"no delivery").await;
    front.post(body, None).await;
    front.settle().await;
    front.clock.advance(Duration::seconds(60));
    for _ in 0..2 {
        let after = numbers(&front).await;
        for line in [
            "frontdesk_waiting{what=\"inbox\"} 0",
            "frontdesk_enquiries_open 1",
            "frontdesk_webhook_held_total{kind=\"message\",became=\"stored\"} 1",
            "frontdesk_webhook_held_total{kind=\"message\",became=\"duplicate\"} 1",
            "frontdesk_webhook_held_total{kind=\"delivery\",became=\"unreadable\"} 1",
            "frontdesk_webhook_answers_total{status=\"200\"} 3",
            "frontdesk_webhook_answers_total{status=\"401\"} 1",
            "frontdesk_webhook_milliseconds_count 4",
            "frontdesk_turns_total{event=\"messages\"} 1",
            "frontdesk_sends_total{outcome=\"sent\"} 1",
            "frontdesk_stage_milliseconds_count{stage=\"wait\"} 1",
            "frontdesk_stage_milliseconds_count{stage=\"send\"} 1",
        ] {
            assert_has(&after, line);
        }
        let handoffs = after.iter().filter(|line| line.contains("what=\"handoff\"")).collect::<Vec<_>>();
        assert_eq!(handoffs.len(), 1, "{after:#?}");
        assert!(handoffs[0].ends_with("detail=\"asked_for_person\"} 1"), "counted once: {handoffs:?}");
    }
}

#[tokio::test]
async fn without_a_token_they_are_told_to_this_machine_only() {
    let front = Front::new(Front::noon()).await;
    for header in ["x-forwarded-for", "x-real-ip", "forwarded", "via"] {
        let request = Request::get("/metrics").header(header, "203.0.113.7").body(Body::empty()).unwrap();
        assert_eq!(front.ask(request).await.status, StatusCode::FORBIDDEN, "{header}");
    }
    for (host, expected) in [
        ("localhost:8080", StatusCode::OK),
        ("127.0.0.1", StatusCode::OK),
        ("[::1]:8080", StatusCode::OK),
        ("chat.example.com", StatusCode::FORBIDDEN),
        ("203.0.113.7:8080", StatusCode::FORBIDDEN),
        ("no host at all", StatusCode::FORBIDDEN),
    ] {
        let request = Request::get("/metrics").header("host", host).body(Body::empty()).unwrap();
        assert_eq!(front.ask(request).await.status, expected, "{host}");
    }
    for (peer, expected) in [
        ("127.0.0.1:5000", StatusCode::OK),
        ("[::1]:5000", StatusCode::OK),
        ("[::ffff:127.0.0.1]:5000", StatusCode::OK),
        ("10.0.0.7:5000", StatusCode::FORBIDDEN),
        ("[::ffff:203.0.113.7]:5000", StatusCode::FORBIDDEN),
    ] {
        let mut request = Request::get("/metrics").body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        let answer = front.ask(request).await;
        assert_eq!(answer.status, expected, "{peer}");
        assert!(expected == StatusCode::OK || answer.text.contains("FRONTDESK_METRICS_TOKEN"), "{}", answer.text);
    }
}

#[tokio::test]
async fn without_a_token_they_are_told_to_nobody_where_the_server_has_a_public_address() {
    let front = Front::new(Front::noon()).await;
    for (is_public, expected) in [(false, StatusCode::OK), (true, StatusCode::FORBIDDEN)] {
        let routes = metrics::routes(front.runtime.clone(), front.counts.clone(), Readers::of(None, is_public));
        // A proxy on this machine that says nothing of itself asks like this.
        let request = Request::get("/metrics").header("host", "127.0.0.1:8080").body(Body::empty()).unwrap();
        let answer = Front::ask_of(routes, request).await;
        assert_eq!(answer.status, expected);
        assert!(!is_public || answer.text.contains("FRONTDESK_METRICS_TOKEN"), "{}", answer.text);
    }
}

#[tokio::test]
async fn with_a_token_they_are_told_to_whoever_has_it() {
    let front = Front::new(Front::noon()).await;
    let token = Some("a-long-word-of-prometheus".to_owned().into());
    let routes = metrics::routes(front.runtime.clone(), front.counts.clone(), Readers::of(token, true));
    let asked = async |authorization: Option<&str>| {
        let mut request = Request::get("/metrics").header("x-forwarded-for", "203.0.113.7");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        Front::ask_of(routes.clone(), request.body(Body::empty()).unwrap()).await
    };
    for good in ["Bearer a-long-word-of-prometheus", "bearer a-long-word-of-prometheus"] {
        assert_eq!(asked(Some(good)).await.status, StatusCode::OK);
    }
    let plain = Request::get("/metrics").body(Body::empty()).unwrap();
    assert_eq!(Front::ask_of(routes.clone(), plain).await.status, StatusCode::UNAUTHORIZED, "this machine, too");
    for bad in
        [None, Some("Bearer"), Some("Bearer "), Some("Basic a-long-word-of-prometheus"), Some("Bearer a-long-word")]
    {
        let answer = asked(bad).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{bad:?}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert!(!answer.text.contains("a-long-word"), "{}", answer.text);
    }
}
