//! Who may deliver (R43), and what 200 means (R2).

use axum::http::StatusCode;
use frontdesk::gateway::arrival;
use frontdesk::message::{Content, Inbound};
use frontdesk::store::Arrival;
use frontdesk::whatsapp::signature;
use frontdesk::whatsapp::webhook::{Received, Sender};

use super::front::{Front, NUMBER, SECRET};
use crate::fake_graph::text_delivery;
use crate::whatsapp::json;

const ANA: &str = "15550100099";

fn text(wamid: &str, after_seconds: i64, text: &str) -> Vec<u8> {
    let at = Front::noon().timestamp() + after_seconds;
    text_delivery(NUMBER, ANA, wamid, at, text).to_string().into_bytes()
}

#[tokio::test]
async fn every_signature_vector_is_judged_as_it_says() {
    let vectors = json("composed/signature-vectors.json");
    assert_eq!(vectors["app_secret"], SECRET);
    let cases = vectors["vectors"].as_array().unwrap();
    assert_eq!(cases.len(), 22);
    let front = Front::new(Front::noon()).await;
    for case in cases {
        let body = hex::decode(case["body_hex"].as_str().unwrap()).unwrap();
        let header = case["header"].as_str();
        let expected = match (case["valid"].as_bool().unwrap(), header) {
            (true, _) => StatusCode::OK,
            (false, None) => StatusCode::UNAUTHORIZED,
            (false, Some(_)) => StatusCode::FORBIDDEN,
        };
        assert_eq!(front.post(body, header).await.status, expected, "{}", case["name"]);
    }
}

#[tokio::test]
async fn what_is_not_signed_leaves_no_trace() {
    let front = Front::new(Front::noon()).await;
    let body = text("wamid.1", 0, "parcel");
    let other = signature::sign(b"another secret", &body);
    for signature in [None, Some(""), Some("sha256="), Some("sha1=00"), Some(other.as_str())] {
        let answer = front.post(body.clone(), signature).await;
        assert!([401, 403].contains(&answer.status.as_u16()), "{signature:?}");
        assert!(!answer.text.is_empty() && !answer.text.contains(SECRET));
    }
    front.settle().await;
    assert_eq!(front.contacts().await, []);
    let log = front.runtime.store().audit_log(None, 10).await.unwrap();
    assert_eq!(log, []);
}

#[tokio::test]
async fn what_is_answered_with_200_is_kept_before_it_is_served() {
    let front = Front::new(Front::noon()).await;
    assert_eq!(front.deliver(&text("wamid.1", 0, "parcel")).await.status, StatusCode::OK);
    let contacts = front.contacts().await;
    assert_eq!(contacts[0].inbox.len(), 1, "kept at once, while the bot still waits for more words");
    let kept: Inbound = serde_json::from_str(&contacts[0].inbox[0].payload).unwrap();
    assert_eq!(kept.content, Content::Text("parcel".into()));
    front.settle().await;
    let lines = front.lines().await;
    assert!(lines[0].contains("parcel") && lines.iter().any(|line| line.contains("How large")), "{lines:#?}");
}

#[tokio::test]
async fn the_same_delivery_again_changes_nothing() {
    let front = Front::new(Front::noon()).await;
    for _ in 0..3 {
        assert_eq!(front.deliver(&text("wamid.1", 0, "parcel")).await.status, StatusCode::OK);
    }
    front.settle().await;
    let once = front.lines().await;
    assert_eq!(front.deliver(&text("wamid.1", 0, "parcel")).await.status, StatusCode::OK);
    front.settle().await;
    assert_eq!(front.lines().await, once);
}

#[tokio::test]
async fn messages_take_effect_in_the_order_they_were_stamped() {
    let front = Front::new(Front::noon()).await;
    for body in [text("wamid.2", 1, "parcel"), text("wamid.1", 0, "good morning")] {
        assert_eq!(front.deliver(&body).await.status, StatusCode::OK);
    }
    front.settle().await;
    let lines = front.lines().await;
    assert!(lines[0].contains("good morning") && lines[1].contains("parcel"), "{lines:#?}");
}

#[tokio::test]
async fn a_number_the_bot_does_not_declare_is_served_from_that_number() {
    let front = Front::new(Front::noon()).await;
    let body = text_delivery("999", ANA, "wamid.1", Front::noon().timestamp(), "parcel").to_string();
    assert_eq!(front.deliver(body.as_bytes()).await.status, StatusCode::OK);
    front.settle().await;
    assert!(front.lines().await.iter().any(|line| line.contains("How large")));
    assert_eq!(front.contacts().await[0].contact.number_id, "999");
}

#[test]
fn a_message_from_far_ahead_is_taken_as_written_now() {
    let now = Front::noon();
    for (ahead, kept) in [(-86_400, -86_400), (0, 0), (599, 599), (601, 0), (9_000_000_000, 0)] {
        let at = now + chrono::Duration::seconds(ahead);
        let message =
            Inbound { id: "wamid.1".into(), at, content: Content::Text("hi".into()), quotes: None, referral: None };
        let sender = Sender { wa_id: Some(ANA.into()), ..Sender::default() };
        let received = Received::Message { number_id: NUMBER.into(), sender, message };
        let Some(Arrival::Message { at, payload, .. }) = arrival::of(received, now) else { panic!() };
        let inside: Inbound = serde_json::from_str(&payload).unwrap();
        assert_eq!([at, inside.at], [now + chrono::Duration::seconds(kept); 2]);
    }
}
