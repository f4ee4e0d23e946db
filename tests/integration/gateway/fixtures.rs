//! Every sample of WhatsApp's deliveries, signed and posted: what was kept and what the bot answered, by golden and by
//! the index that was made without our code.

use axum::http::StatusCode;
use chrono::DateTime;
use frontdesk::clock::Timestamp;
use frontdesk::store::{Entry, Who};
use serde_json::Value;

use super::front::{Front, line};
use crate::golden;
use crate::whatsapp::{bytes, fixture, json};

fn names() -> Vec<String> {
    let mut names = Vec::new();
    for folder in ["pywa/inbound", "composed", "made"] {
        let files = std::fs::read_dir(fixture(folder)).unwrap();
        names.extend(files.map(|file| format!("{folder}/{}", file.unwrap().file_name().to_string_lossy())));
    }
    names.retain(|name| !name.ends_with("signature-vectors.json"));
    names.sort();
    names
}

/// The latest moment that a delivery names: it is "now" when it comes.
fn latest(value: &Value) -> Option<i64> {
    match value {
        Value::Array(items) => items.iter().filter_map(latest).max(),
        Value::Object(members) => {
            let own = members.get("timestamp");
            let own = own.and_then(|at| at.as_i64().or_else(|| at.as_str()?.parse().ok()));
            own.into_iter().chain(members.values().filter_map(latest)).max()
        }
        _ => None,
    }
}

fn arrives_at(delivery: &[u8]) -> Timestamp {
    let delivery: Value = serde_json::from_slice(delivery).unwrap();
    latest(&delivery).and_then(|at| DateTime::from_timestamp(at + 1, 0)).unwrap_or_else(Front::noon)
}

/// A server to which this sample was delivered.
async fn delivered(name: &str) -> Front {
    let body = bytes(name);
    let front = Front::new(arrives_at(&body)).await;
    assert_eq!(front.deliver(&body).await.status, StatusCode::OK, "{name}");
    front.settle().await;
    front
}

async fn threads(front: &Front) -> Vec<Entry> {
    let mut entries = Vec::new();
    for loaded in front.contacts().await {
        assert!(loaded.inbox.is_empty(), "everything that was kept was served: {:#?}", loaded.inbox);
        entries.extend(front.thread(loaded.contact.id).await);
    }
    entries
}

#[tokio::test]
async fn every_sample_is_kept_and_answered_as_its_golden_says() {
    for name in names() {
        let front = delivered(&name).await;
        let mut text = String::new();
        for loaded in front.contacts().await {
            let who = &loaded.contact.who;
            let known = [&who.wa_id, &who.user_id, &who.name].map(|part| part.as_deref().unwrap_or("-"));
            let state: Value = serde_json::from_str(loaded.contact.state.as_deref().unwrap_or("null")).unwrap();
            let state = state["enquiry"]["state"].as_str().unwrap_or("none").to_owned();
            text += &format!("{} on {}: {state}\n", known.join(" "), loaded.contact.number_id);
            for entry in front.thread(loaded.contact.id).await {
                text += &format!("  {}\n", line(&entry));
            }
        }
        if text.is_empty() {
            text = "nothing to keep\n".to_owned();
        }
        golden::check(&format!("gateway/{}", name.replace(".json", ".txt")), &text);
    }
}

#[tokio::test]
async fn every_message_the_index_names_is_kept() {
    for (name, facts) in json("index.json").as_object().unwrap() {
        let front = delivered(name).await;
        let entries = threads(&front).await;
        let messages =
            facts.as_array().unwrap().iter().filter(|fact| fact["kind"] == "message" && fact["type"] != "system");
        let mut expected = 0;
        for fact in messages {
            let id = fact["id"].as_str().unwrap();
            let kept = entries.iter().filter(|entry| entry.message_id.as_deref() == Some(id));
            let kept: Vec<&Entry> = kept.filter(|entry| entry.who == Who::Customer).collect();
            assert_eq!(kept.len(), 1, "{name}: {id} among {entries:#?}");
            expected += 1;
        }
        if !name.ends_with("outgoing_message.text.json") {
            let said = entries.iter().filter(|entry| entry.who == Who::Customer).count();
            assert_eq!(said, expected, "{name}: nobody said anything else");
        }
    }
}

#[tokio::test]
async fn what_asks_for_an_answer_gets_one_and_the_rest_does_not() {
    let silent = [
        "reaction",
        "unreaction",
        "edited",
        "outgoing",
        "system",
        "template",
        "account",
        "call_connect",
        "call_terminate",
    ];
    let silent = |name: &str| {
        silent.iter().any(|kind| name.contains(kind))
            || name.contains("status")
            || name.contains("user_marketing")
            || name.contains("user-id")
            || name.contains("request-welcome")
            // Stamped so long ago that the window has shut: a person sees it, and free text is not attempted (R2, R32).
            || name.contains("batch")
    };
    for name in names() {
        let front = delivered(&name).await;
        let answered = threads(&front).await.iter().any(|entry| entry.who == Who::Bot);
        assert_eq!(answered, !silent(&name), "{name}");
    }
}

#[tokio::test]
async fn a_redelivery_is_one_message() {
    let first = bytes("composed/redelivery-1.json");
    let front = Front::new(arrives_at(&first)).await;
    for name in ["composed/redelivery-1.json", "composed/redelivery-2.json"] {
        assert_eq!(front.deliver(&bytes(name)).await.status, StatusCode::OK);
        front.settle().await;
    }
    let said = threads(&front).await.into_iter().filter(|entry| entry.who == Who::Customer).count();
    assert_eq!(said, 1);
}

#[tokio::test]
async fn a_thread_follows_a_changed_number() {
    let change = bytes("pywa/inbound/system.phone_number_change.json");
    let front = Front::new(arrives_at(&change)).await;
    let value: Value = serde_json::from_slice(&change).unwrap();
    let value = &value["entry"][0]["changes"][0]["value"];
    let number_id = value["metadata"]["phone_number_id"].as_str().unwrap();
    let (old, new) =
        (value["messages"][0]["from"].as_str().unwrap(), value["messages"][0]["system"]["wa_id"].as_str().unwrap());
    let at = front.clock.now().timestamp();
    let says = |wa_id: &str, id: &str, text: &str| {
        crate::fake_graph::text_delivery(number_id, wa_id, id, at, text).to_string().into_bytes()
    };
    front.deliver(&says(old, "wamid.before", "parcel")).await;
    front.settle().await;
    assert_eq!(front.deliver(&change).await.status, StatusCode::OK);
    assert_eq!(front.deliver(&change).await.status, StatusCode::OK, "twice, as everything");
    front.settle().await;
    front.deliver(&says(new, "wamid.after", "small")).await;
    front.settle().await;
    let lines = front.lines().await;
    assert!(lines.last().unwrap().contains("Can it break?"), "{lines:#?}");
    assert_eq!(front.contacts().await[0].contact.who.wa_id.as_deref(), Some(new));
}
