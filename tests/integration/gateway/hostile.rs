//! Bodies as Meta does not send them, yet: nothing panics, nothing signed is refused for what it says.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use frontdesk::gateway;
use frontdesk::whatsapp::limits::WEBHOOK_BYTES;
use frontdesk::whatsapp::signature;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::front::{Front, NUMBER, SECRET};
use crate::fake_graph::{delivery, text_delivery};

const ANA: &str = "15550100099";

fn text(text: &str) -> Value {
    text_delivery(NUMBER, ANA, "wamid.1", Front::noon().timestamp(), text)
}

/// What the operator finds in the log of what was done.
async fn unreadable(front: &Front) -> Vec<String> {
    let log = front.runtime.store().audit_log(None, 100).await.unwrap();
    log.into_iter().filter(|(_, row)| row.what == "unreadable_delivery").map(|(_, row)| row.about).collect()
}

#[tokio::test]
async fn what_is_signed_but_cannot_be_read_is_noted_and_not_asked_for_again() {
    let front = Front::new(Front::noon()).await;
    let whole = text("my secret words").to_string().into_bytes();
    let gzip = [&[0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0][..], &whole].concat();
    let bodies: [&[u8]; 8] = [
        b"",
        b"not json",
        &whole[..whole.len() / 2],
        b"\xff\xfe\x00",
        &gzip,
        b"{}",
        br#"{"object": "page", "entry": []}"#,
        &b"[".repeat(200_000),
    ];
    for (n, body) in bodies.into_iter().enumerate() {
        let answer = front.deliver(body).await;
        assert_eq!(answer.status, StatusCode::OK, "a retry cannot mend it: {body:.40?}");
        let noted = unreadable(&front).await;
        assert_eq!(noted.len(), n + 1);
        assert!(noted[0].starts_with(&format!("{} bytes, SHA-256 ", body.len())), "{}", noted[0]);
        assert!(!noted[0].contains("secret words"), "{}", noted[0]);
    }
    front.settle().await;
    assert_eq!(front.contacts().await, []);
}

#[tokio::test]
async fn broken_utf_8_loses_only_its_own_characters() {
    let front = Front::new(Front::noon()).await;
    let body = text("parcel X").to_string().replace('X', "\u{0}").into_bytes();
    let body: Vec<u8> = body.into_iter().map(|byte| if byte == 0 { 0xff } else { byte }).collect();
    assert_eq!(front.deliver(&body).await.status, StatusCode::OK);
    front.settle().await;
    assert!(front.lines().await[0].contains("parcel \u{fffd}"), "{:?}", front.lines().await);
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    let front = Front::new(Front::noon()).await;
    let body = text("parcel").to_string();
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "nonsense"] {
        let signed = signature::sign(SECRET.as_bytes(), body.as_bytes());
        let request = Request::post(gateway::PATH).header(signature::HEADER, signed);
        let request = request.header(header::CONTENT_TYPE, content_type).body(Body::from(body.clone())).unwrap();
        assert_eq!(front.ask(request).await.status, StatusCode::OK);
    }
    front.settle().await;
    assert!(front.lines().await.iter().any(|line| line.contains("How large")));
}

#[tokio::test]
async fn up_to_4_mib_are_taken() {
    let front = Front::new(Front::noon()).await;
    let empty = text("").to_string();
    let longest = text(&"x".repeat(WEBHOOK_BYTES - empty.len())).to_string();
    assert_eq!(longest.len(), WEBHOOK_BYTES);
    assert_eq!(front.deliver(longest.as_bytes()).await.status, StatusCode::OK);
    let longer = format!("{longest} ");
    let answer = front.deliver(longer.as_bytes()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let chunks =
        longer.into_bytes().chunks(100_000).map(<[u8]>::to_vec).map(Ok::<_, std::io::Error>).collect::<Vec<_>>();
    let unannounced = Body::from_stream(tokio_stream::iter(chunks));
    assert_eq!(front.post(unannounced, Some("sha256=00")).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_text_of_65_000_characters_is_served() {
    let front = Front::new(Front::noon()).await;
    for (n, character) in ["x", "é", "🙂"].into_iter().enumerate() {
        let long = format!("parcel {}", character.repeat(65_000));
        let id = format!("wamid.{n}");
        let body = text_delivery(NUMBER, ANA, &id, Front::noon().timestamp(), &long).to_string();
        assert_eq!(front.deliver(body.as_bytes()).await.status, StatusCode::OK);
        front.settle().await;
        let lines = front.lines().await;
        assert!(lines.last().unwrap().starts_with("bot: "), "an answer of some kind, not silence");
    }
}

#[tokio::test]
async fn kinds_of_tomorrow_do_not_take_the_others_with_them() {
    let front = Front::new(Front::noon()).await;
    let mut body = text("parcel");
    let value = &mut body["entry"][0]["changes"][0]["value"];
    let strange = json!({"id": "wamid.new", "from": ANA, "type": "hologram", "hologram": {"depth": 3}});
    value["messages"].as_array_mut().unwrap().push(strange);
    value["statuses"] = json!([{"id": "wamid.x", "status": "remembered"}, null, 7, {"status": []}]);
    value["dreams"] = json!([{"id": 1}]);
    let changes = body["entry"][0]["changes"].as_array_mut().unwrap();
    changes.push(json!({"field": "dreams", "value": {"of": ["sheep"]}}));
    changes.push(json!(null));
    body["entry"].as_array_mut().unwrap().push(json!("what"));
    assert_eq!(front.deliver(body.to_string().as_bytes()).await.status, StatusCode::OK);
    front.settle().await;
    let lines = front.lines().await;
    assert!(lines.iter().any(|line| line.contains("hologram")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("How large")), "{lines:#?}");
    assert_eq!(unreadable(&front).await, [""; 0]);
}

#[tokio::test]
async fn a_thousand_updates_in_one_delivery_are_kept() {
    let front = Front::new(Front::noon()).await;
    let at = Front::noon().timestamp().to_string();
    let messages: Vec<Value> = (0..1_000)
        .map(|n| json!({"from": format!("1555010{:04}", n % 50), "id": format!("wamid.{n}"), "timestamp": at, "type": "text", "text": {"body": "hi"}}))
        .collect();
    let body = delivery(NUMBER, json!({"messages": messages})).to_string();
    assert_eq!(front.deliver(body.as_bytes()).await.status, StatusCode::OK);
    let contacts = front.contacts().await;
    assert_eq!(contacts.len(), 50);
    assert_eq!(contacts.iter().map(|contact| contact.inbox.len()).sum::<usize>(), 1_000);
}

/// Any JSON, in the envelope's places.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let key = prop::sample::select(vec!["id", "from", "type", "text", "body", "timestamp", "status", "context", "x"]);
    leaf.prop_recursive(3, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5)
                .prop_map(|members| members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_signed_is_answered_with_200(messages in any_json(), statuses in any_json(), entry in any_json(), cut in any::<prop::sample::Index>()) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let front = Front::new(Front::noon()).await;
            let mut whole = delivery(NUMBER, json!({"messages": [messages.clone(), messages], "statuses": statuses}));
            whole["entry"].as_array_mut().unwrap().push(entry);
            let whole = whole.to_string();
            let cut = cut.index(whole.len());
            for body in [whole.as_bytes(), &whole.as_bytes()[..cut]] {
                assert_eq!(front.deliver(body).await.status, StatusCode::OK);
            }
            front.settle().await;
            for loaded in front.contacts().await {
                assert!(loaded.inbox.is_empty());
            }
        });
    }
}
