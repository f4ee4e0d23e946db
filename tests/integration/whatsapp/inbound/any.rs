//! Whatever comes, reading never panics, and what is whole is not lost with what is broken.

use frontdesk::whatsapp::webhook::{Received, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{bytes, fixture, now};
use crate::fake_graph::delivery;

/// Any JSON, with the words of the protocol among its keys and texts.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "id",
            "type",
            "text",
            "body",
            "from",
            "from_user_id",
            "timestamp",
            "interactive",
            "button_reply",
            "title",
            "nfm_reply",
            "response_json",
            "image",
            "audio",
            "location",
            "latitude",
            "contacts",
            "order",
            "reaction",
            "edit",
            "message",
            "system",
            "errors",
            "code",
            "status",
            "sent",
            "context",
            "referral",
            "phones",
            "",
        ])
        .prop_map(str::to_owned),
        ".{0,12}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn samples() -> Vec<Vec<u8>> {
    let names = ["pywa/inbound", "made"].into_iter().flat_map(|folder| {
        let files = std::fs::read_dir(fixture(folder)).unwrap();
        files.map(move |file| format!("{folder}/{}", file.unwrap().file_name().into_string().unwrap()))
    });
    names.map(|name| bytes(&name)).collect()
}

/// Puts `new` in place of the `at`-th value, counted depth first.
fn replace(value: &mut Value, at: &mut usize, new: &Value) {
    if *at == 0 {
        *value = new.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        _ if *at == usize::MAX => {}
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, new)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, at, new)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&body, now());
    }

    #[test]
    fn samples_with_wrong_bytes_never_panic(
        sample in prop::sample::select(samples()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut body = sample;
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let _ = parse(&body, now());
    }

    #[test]
    fn samples_with_a_wrong_value_never_panic(
        sample in prop::sample::select(samples()),
        at in 0..120_usize,
        new in any_json(),
    ) {
        let mut sample: Value = serde_json::from_slice(&sample).unwrap();
        replace(&mut sample, &mut at.clone(), &new);
        let _ = parse(sample.to_string().as_bytes(), now());
    }

    #[test]
    fn neighbours_of_anything_are_read(odd in any_json()) {
        let text = |id: &str| json!({
            "from": "15550100099", "id": id, "timestamp": "1795305611", "type": "text", "text": {"body": "still here"},
        });
        let status = json!({"id": "wamid.3", "status": "read", "timestamp": "1", "recipient_id": "15550100099"});
        let mut delivery = delivery("1", json!({
            "messages": [text("wamid.1"), odd, text("wamid.2")],
            "statuses": [odd, status],
            "contacts": odd,
            "errors": odd,
        }));
        let entries = delivery["entry"].as_array_mut().unwrap();
        entries.insert(0, odd);
        let read = parse(delivery.to_string().as_bytes(), now()).unwrap();
        for id in ["wamid.1", "wamid.2"] {
            let found = |received: &Received| matches!(received, Received::Message { message, .. } if message.id == id);
            prop_assert!(read.iter().any(found));
        }
        let found = |received: &Received| matches!(received, Received::Status { message_id, .. } if message_id == "wamid.3");
        prop_assert!(read.iter().any(found));
    }
}
