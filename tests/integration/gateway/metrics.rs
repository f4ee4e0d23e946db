//! `/metrics`: the numbers follow what happens.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::Duration;

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
        ] {
            assert_has(&after, line);
        }
        let handoffs = after.iter().filter(|line| line.contains("what=\"handoff\"")).collect::<Vec<_>>();
        assert_eq!(handoffs.len(), 1, "{after:#?}");
        assert!(handoffs[0].ends_with("detail=\"asked_for_person\"} 1"), "counted once: {handoffs:?}");
    }
}

#[tokio::test]
async fn they_are_not_passed_on_to_the_world() {
    let front = Front::new(Front::noon()).await;
    for header in ["x-forwarded-for", "x-real-ip", "forwarded", "via"] {
        let request = Request::get("/metrics").header(header, "203.0.113.7").body(Body::empty()).unwrap();
        assert_eq!(front.ask(request).await.status, StatusCode::FORBIDDEN, "{header}");
    }
}
