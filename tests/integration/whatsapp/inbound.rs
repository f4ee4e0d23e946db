//! What Meta sends us, read (R1, R2, R4, R5, R39). The samples are compared with goldens, and with an index made
//! without our code.

mod any;
mod cases;

use chrono::DateTime;
use frontdesk::clock::Timestamp;
use frontdesk::message::{Content, Inbound};
use frontdesk::whatsapp::webhook::{Received, WebhookError, parse};
use serde_json::Value;

use super::{bytes, fixture, json};
use crate::golden;

/// When every sample "arrives".
fn now() -> Timestamp {
    DateTime::from_timestamp(1_795_305_700, 0).unwrap()
}

/// The delivery read, and whether it is the same after having been stored.
fn read(body: &[u8]) -> Vec<Received> {
    let received = parse(body, now()).unwrap();
    let stored = serde_json::to_string(&received).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Received>>(&stored).unwrap(), received);
    received
}

fn read_json(delivery: &Value) -> Vec<Received> {
    read(delivery.to_string().as_bytes())
}

#[test]
fn every_sample_is_read_as_its_golden_says() {
    for folder in ["pywa/inbound", "composed", "made"] {
        let mut names: Vec<_> = std::fs::read_dir(fixture(folder)).unwrap().map(|entry| entry.unwrap()).collect();
        names.sort_by_key(std::fs::DirEntry::file_name);
        for name in names.iter().map(|entry| entry.file_name().into_string().unwrap()) {
            if name != "signature-vectors.json" {
                let received = read(&bytes(&format!("{folder}/{name}")));
                let text = serde_json::to_string_pretty(&received).unwrap() + "\n";
                golden::check(&format!("whatsapp/{folder}/{name}"), &text);
            }
        }
    }
}

#[test]
fn every_sample_holds_what_the_index_says() {
    for (name, facts) in json("index.json").as_object().unwrap() {
        let received = read(&bytes(name));
        let mut facts: Vec<&Value> = facts.as_array().unwrap().iter().collect();
        if name.ends_with("outgoing_message.text.json") {
            assert!(matches!(received[0], Received::Echo { .. }), "{name}");
            facts.clear();
        }
        for fact in facts {
            let stands = received.iter().any(|received| agrees(fact, received));
            assert!(stands, "{name}: {fact:#} is not in {received:#?}");
        }
    }
}

/// Whether what was read is what the fact says.
fn agrees(fact: &Value, received: &Received) -> bool {
    let is = |name: &str, text: &str| fact[name] == text;
    match (fact["kind"].as_str().unwrap(), received) {
        ("message", Received::Message { number_id, sender, message }) => {
            is("id", &message.id)
                && is("phone_number_id", number_id)
                && fact["sender"].as_str() == sender.wa_id.as_deref()
                && is("timestamp", &message.at.timestamp().to_string())
                && fact["reply_to"].as_str() == message.quotes.as_deref()
                && says(fact, message)
        }
        ("message", Received::Renamed { old, .. }) => {
            is("type", "system") && fact["sender"].as_str() == old.wa_id.as_deref()
        }
        ("status", Received::Status { number_id, message_id, delivery, recipient, errors, .. }) => {
            let codes: Vec<u32> = errors.iter().map(|error| error.code).collect();
            is("id", message_id)
                && is("phone_number_id", number_id)
                && is("status", &format!("{delivery:?}").to_lowercase())
                && fact["recipient"].as_str() == recipient.wa_id.as_deref()
                && fact["error_codes"] == serde_json::json!(codes)
        }
        ("status", Received::Ignored { what, .. }) => is("recipient", "fowefinoewcnw") && what.ends_with("in a group"),
        ("error", Received::Ignored { field, what }) => {
            is("field", field) && (is("field", "calls") || what.starts_with(&format!("error {}:", fact["code"])))
        }
        ("other", Received::Ignored { field, .. }) => is("field", field),
        _ => false,
    }
}

fn says(fact: &Value, message: &Inbound) -> bool {
    let is = |name: &str, text: &str| fact[name] == text;
    match (fact["type"].as_str().unwrap(), &message.content) {
        ("text", Content::Text(text)) => is("text", text),
        ("interactive", Content::Tap { id, title }) => is("reply_id", id) && is("reply_title", title),
        ("button", Content::Tap { id, title }) => is("reply_id", id) && title == "title",
        ("interactive", Content::Text(_)) => is("interactive_type", "nfm_reply"),
        ("interactive", Content::Unsupported { kind }) => {
            fact["interactive_type"].as_str().unwrap_or("interactive") == kind
        }
        ("image" | "video" | "audio" | "document" | "sticker", Content::Media(media)) => {
            is("media_id", &media.id) && fact["caption"].as_str() == media.caption.as_deref()
        }
        ("location", Content::Location(_))
        | ("contacts", Content::ContactCard { .. })
        | ("order", Content::Order { .. })
        | ("reaction", Content::Reaction { .. })
        | ("edit", Content::Edit { .. })
        | ("unsupported", Content::Unsupported { .. }) => true,
        _ => false,
    }
}

#[test]
fn the_signed_delivery_is_read() {
    let [Received::Message { message, .. }] = &read(&bytes("pywa/signature/body.bin"))[..] else { panic!() };
    assert_eq!(message.content, Content::Text("Hey there! I am using PyWa.".into()));
}

#[test]
fn what_is_no_delivery_is_an_error() {
    assert_eq!(parse(&vec![b' '; 5 << 20], now()), Err(WebhookError::TooLarge(5 << 20)));
    for body in ["", "{", "[".repeat(100_000).as_str(), "not json"] {
        assert!(matches!(parse(body.as_bytes(), now()), Err(WebhookError::NotJson(_))), "{body:.20}");
    }
    for body in ["{}", "[]", "null", r#"{"entry": {}}"#, r#"{"object": "page", "entry": []}"#] {
        assert_eq!(parse(body.as_bytes(), now()), Err(WebhookError::NotWhatsapp), "{body}");
    }
}
