//! What the samples do not show.

use frontdesk::clock::Timestamp;
use frontdesk::message::{Content, Delivery, Media, MediaKind};
use frontdesk::whatsapp::limits;
use frontdesk::whatsapp::webhook::{GraphError, Received, Sender};
use serde_json::{Value, json};

use super::{now, read, read_json};
use crate::fake_graph::{delivery, text_delivery};

/// What a message of this kind says.
fn content(mut message: Value) -> Content {
    message["from"] = "15550100099".into();
    message["id"] = "wamid.1".into();
    message["timestamp"] = "1795305611".into();
    match &read_json(&delivery("1", json!({"messages": [message]})))[..] {
        [Received::Message { message, .. }] => message.content.clone(),
        other => panic!("{other:?}"),
    }
}

/// Who sent a message, given these members and contacts.
fn sender(mut message: Value, contacts: &Value) -> Sender {
    message["id"] = "wamid.1".into();
    message["type"] = "text".into();
    message["text"] = json!({"body": "hi"});
    match &read_json(&delivery("1", json!({"messages": [message], "contacts": contacts})))[..] {
        [Received::Message { sender, .. }] => sender.clone(),
        other => panic!("{other:?}"),
    }
}

fn ids(wa_id: Option<&str>, user_id: Option<&str>, name: Option<&str>) -> Sender {
    Sender { wa_id: wa_id.map(str::to_owned), user_id: user_id.map(str::to_owned), name: name.map(str::to_owned) }
}

#[test]
fn a_message_named_twice_is_read_twice() {
    let mut twice = text_delivery("1", "15550100099", "wamid.1", 1_795_305_611, "hi");
    let messages = twice["entry"][0]["changes"][0]["value"]["messages"].as_array_mut().unwrap();
    messages.push(messages[0].clone());
    let received = read_json(&twice);
    assert_eq!(received.len(), 2, "telling them apart is the store's work (R2)");
    assert_eq!(received[0], received[1]);
}

#[test]
fn a_message_without_readable_time_or_number_is_kept() {
    let body = json!({"from": "bla", "id": "wamid.1", "timestamp": "asdf", "type": "text", "text": {"body": "hi"}});
    let [Received::Message { sender, message, .. }] = &read_json(&delivery("1", json!({"messages": [body]})))[..]
    else {
        panic!()
    };
    assert_eq!((sender.wa_id.as_deref(), message.at), (Some("bla"), now()));
}

#[test]
fn times_come_in_seconds_or_milliseconds_quoted_or_not() {
    for stamp in [json!("1795305611"), json!(1_795_305_611), json!("1795305611000"), json!(1_795_305_611_000_i64)] {
        let message = json!({"from": "1", "id": "a", "timestamp": stamp, "type": "text", "text": {"body": "hi"}});
        let [Received::Message { message, .. }] = &read_json(&delivery("1", json!({"messages": [message]})))[..] else {
            panic!()
        };
        assert_eq!(message.at.timestamp(), 1_795_305_611);
    }
}

#[test]
fn a_customer_is_known_by_whichever_ids_there_are() {
    let ana = json!([{"profile": {"name": "Ana"}, "wa_id": "15550100099", "user_id": "US.1234"}]);
    let hidden = json!([{"profile": {"name": "Ana", "username": "ana.p"}, "user_id": "US.1234"}]);
    let both = ids(Some("15550100099"), Some("US.1234"), Some("Ana"));
    for (message, contacts, expected) in [
        (json!({"from": "15550100099"}), ana.clone(), both.clone()),
        (json!({"from_user_id": "US.1234"}), ana.clone(), both),
        (json!({"from_user_id": "US.1234"}), hidden, ids(None, Some("US.1234"), Some("Ana"))),
        (json!({"from": "US.1234"}), json!([]), ids(None, Some("US.1234"), None)),
        (json!({"from": "+15550100099"}), json!([]), ids(Some("15550100099"), None, None)),
        (json!({"from": "15550100077"}), ana.clone(), ids(Some("15550100077"), None, None)),
        (
            json!({"from": "15550100099", "from_user_id": "US.9999"}),
            ana,
            ids(Some("15550100099"), Some("US.9999"), None),
        ),
        (
            json!({"from_user_id": "US.1234"}),
            json!([{"profile": {"username": "ana.p"}, "user_id": "US.1234", "wa_id": ""}]),
            ids(None, Some("US.1234"), Some("ana.p")),
        ),
    ] {
        assert_eq!(sender(message.clone(), &contacts), expected, "{message}");
    }
}

#[test]
fn contacts_are_matched_by_id_never_by_place() {
    let contacts = json!([
        {"profile": {"name": "Ben"}, "wa_id": "15550100002"},
        {"profile": {"name": "Ana"}, "wa_id": "15550100001"},
    ]);
    assert_eq!(sender(json!({"from": "15550100001"}), &contacts).name.as_deref(), Some("Ana"));
}

#[test]
fn kinds_without_what_they_must_have_are_unsupported() {
    for kind in
        ["text", "image", "location", "reaction", "order", "contacts", "edit", "revoke", "button", "interactive"]
    {
        assert_eq!(content(json!({"type": kind})), Content::Unsupported { kind: kind.into() });
    }
    assert_eq!(content(json!({})), Content::Unsupported { kind: "nothing".into() });
}

#[test]
fn kinds_the_samples_lack_are_read() {
    let voice = Media {
        kind: MediaKind::Voice,
        id: "7".into(),
        mime: "audio/ogg".into(),
        caption: None,
        filename: None,
        sha256: None,
    };
    for (message, expected) in [
        (json!({"type": "voice", "voice": {"id": "7", "mime_type": "audio/ogg"}}), Content::Media(voice)),
        (
            json!({"type": "revoke", "revoke": {"original_message_id": "wamid.0"}}),
            Content::Revoke { original: "wamid.0".into() },
        ),
        (
            json!({"type": "edit", "edit": {
                "original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "new"}},
            }}),
            Content::Edit { original: "wamid.0".into(), text: Some("new".into()) },
        ),
        (
            json!({"type": "reaction", "reaction": {"message_id": "wamid.0"}}),
            Content::Reaction { emoji: None, to: "wamid.0".into() },
        ),
        (
            json!({"type": "interactive", "interactive": {
                "type": "nfm_reply", "nfm_reply": {"response_json": "not json", "body": "Sent"},
            }}),
            Content::Unsupported { kind: "nfm_reply".into() },
        ),
    ] {
        assert_eq!(content(message), expected);
    }
}

#[test]
fn texts_and_names_are_bounded() {
    let Content::Text(text) = content(json!({"type": "text", "text": {"body": "א".repeat(100_000)}})) else {
        panic!()
    };
    assert_eq!(text.chars().count(), limits::INBOUND_TEXT);
    let sender = sender(json!({"from": "1"}), &json!([{"wa_id": "1", "profile": {"name": "x\n".repeat(9000)}}]));
    assert!(sender.name.is_some_and(|name| name.len() <= 1002 && !name.contains('\n')));
}

#[test]
fn a_name_cut_inside_an_emoji_loses_nothing_else() {
    let whole = text_delivery("1", "1", "wamid.1", 1_795_305_611, "hi").to_string();
    let cut = whole.replace("\"Ana\"", r#""Ana \ud83d""#);
    assert_ne!(cut, whole);
    let [Received::Message { sender, .. }] = &read(cut.as_bytes())[..] else { panic!() };
    assert_eq!(sender.name.as_deref(), Some("Ana \u{fffd}"));
}

#[test]
fn groups_and_system_messages_start_nothing() {
    for message in [
        json!({"from": "1", "id": "a", "type": "text", "text": {"body": "hi"}, "group_id": "5"}),
        json!({"from": "1", "id": "a", "type": "system", "system": {"type": "customer_identity_changed"}}),
        json!({"from": "1", "id": "a", "type": "request_welcome"}),
        json!({"from": "1", "id": "a", "type": "system", "system": {"type": "user_changed_number"}}),
        json!({"id": "a", "type": "text", "text": {"body": "from nobody"}}),
        json!({"from": "1", "type": "text", "text": {"body": "without an id"}}),
        json!({"from": "1", "id": "a".repeat(600), "type": "text", "text": {"body": "with a monstrous id"}}),
        json!("nonsense"),
    ] {
        let received = read_json(&delivery("1", json!({"messages": [message]})));
        assert!(matches!(received[..], [Received::Ignored { .. }]), "{received:?}");
    }
}

#[test]
fn a_changed_number_names_both() {
    for (kind, member) in [("user_changed_number", "wa_id"), ("customer_changed_number", "new_wa_id")] {
        let system = json!({"type": kind, member: "15550100002", "body": "User changed"});
        let stamp = "1795305611";
        let message = json!({"from": "15550100001", "id": "a", "timestamp": stamp, "type": "system", "system": system});
        let received = read_json(&delivery("7", json!({"messages": [message]})));
        let old = ids(Some("15550100001"), None, None);
        let new = ids(Some("15550100002"), None, None);
        let at = Timestamp::from_timestamp(1_795_305_611, 0).unwrap();
        assert_eq!(received, [Received::Renamed { number_id: "7".into(), old, new, at }]);
    }
}

#[test]
fn statuses_come_in_every_shape() {
    for (status, delivery) in [
        ("sent", Some(Delivery::Sent)),
        ("delivered", Some(Delivery::Delivered)),
        ("read", Some(Delivery::Read)),
        ("played", Some(Delivery::Read)),
        ("failed", Some(Delivery::Failed)),
        ("deleted", None),
        ("hologram", None),
    ] {
        let body = json!({
            "id": "wamid.1", "status": status, "timestamp": "1795305611", "recipient_id": "",
            "recipient_user_id": "US.1234", "biz_opaque_callback_data": "job-42",
            "conversation": {"id": "x", "expiration_timestamp": 1_795_305_611},
            "errors": [{"code": "131047", "message": "Re-engagement message", "error_data": "window closed"}, {}, 7],
        });
        let received = read_json(&crate::fake_graph::delivery("1", json!({"statuses": [body]})));
        let Some(expected) = delivery else {
            assert!(matches!(received[..], [Received::Ignored { .. }]), "{status}");
            continue;
        };
        let [Received::Status { delivery, callback, recipient, errors, .. }] = &received[..] else {
            panic!("{received:?}")
        };
        assert_eq!(*delivery, expected, "{status}");
        assert_eq!(callback.as_deref(), Some("job-42"));
        assert_eq!(*recipient, ids(None, Some("US.1234"), None));
        let error =
            GraphError { code: 131_047, title: "Re-engagement message".into(), details: Some("window closed".into()) };
        assert_eq!(*errors, [error]);
    }
}

#[test]
fn an_echo_says_who_was_answered() {
    let echo = json!({
        "from": "15550100001", "to": "15550100099", "id": "wamid.1", "timestamp": "1795305611",
        "type": "image", "image": {"id": "7", "mime_type": "image/jpeg", "caption": "here it is"},
    });
    let mut delivery = delivery("1", json!({"message_echoes": [echo, {}]}));
    delivery["entry"][0]["changes"][0]["field"] = "smb_message_echoes".into();
    let received = read_json(&delivery);
    let [Received::Echo { to, message, .. }, Received::Ignored { .. }] = &received[..] else { panic!("{received:?}") };
    assert_eq!(*to, ids(Some("15550100099"), None, None));
    assert!(matches!(&message.content, Content::Media(media) if media.caption.as_deref() == Some("here it is")));
}

#[test]
fn errors_beside_messages_are_told_to_the_operator() {
    let errors = json!([{"code": 0, "title": "We were unable to authenticate the app user"}]);
    let received = read_json(&delivery("1", json!({"errors": errors})));
    let what = "error 0: We were unable to authenticate the app user".to_owned();
    assert_eq!(received, [Received::Ignored { field: "messages".into(), what }]);
}
