//! A store that cannot take a delivery: 503, nothing of it is kept, and WhatsApp's next try brings it whole.

use std::time::Duration;

use axum::http::StatusCode;
use frontdesk::runtime::Channel;
use frontdesk::store::{SqliteSettings, Who};

use super::front::{Front, NUMBER};
use crate::fake_graph::{delivery, text_delivery};

#[tokio::test]
async fn a_locked_store_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frontdesk.db");
    let settings = SqliteSettings { busy_timeout: Duration::ZERO, ..SqliteSettings::file(&file) };
    let front = Front::over(Front::noon(), settings, Channel::Local).await;
    let body = text_delivery(NUMBER, "15550100099", "wamid.1", Front::noon().timestamp(), "parcel").to_string();
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for body in [body.as_bytes(), b"no delivery at all".as_slice()] {
        let answer = front.deliver(body).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.text.contains("send it again"), "{}", answer.text);
    }
    assert_eq!(front.contacts().await, []);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(front.deliver(body.as_bytes()).await.status, StatusCode::OK);
    front.settle().await;
    assert!(front.lines().await.iter().any(|line| line.contains("How large")));
}

#[tokio::test]
async fn a_full_store_keeps_all_of_a_delivery_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frontdesk.db");
    // One page more than an empty database needs: there is room for a short delivery, not for a long one.
    let empty = Front::over(Front::noon(), SqliteSettings::file(&file), Channel::Local).await;
    empty.runtime.stop().await;
    drop(empty);
    let pages: u32 =
        rusqlite::Connection::open(&file).unwrap().query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let settings = SqliteSettings { pages_max: Some(pages + 16), ..SqliteSettings::file(&file) };
    let front = Front::over(Front::noon(), settings, Channel::Local).await;
    let at = Front::noon().timestamp().to_string();
    let messages: Vec<serde_json::Value> = (0..300)
        .map(|n| {
            let text = serde_json::json!({"body": format!("{n} {}", "parcel ".repeat(100))});
            serde_json::json!({"from": format!("1555{n:07}"), "id": format!("wamid.{n}"), "timestamp": at, "type": "text", "text": text})
        })
        .collect();
    let long = delivery(NUMBER, serde_json::json!({"messages": messages})).to_string();
    assert_eq!(front.deliver(long.as_bytes()).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(front.contacts().await, [], "not the first few of them either");
    let short = text_delivery(NUMBER, "15550100099", "wamid.1", Front::noon().timestamp(), "parcel").to_string();
    assert_eq!(front.deliver(short.as_bytes()).await.status, StatusCode::OK);
    assert_eq!(front.contacts().await.len(), 1);
}

#[tokio::test]
async fn a_full_store_goes_on_by_itself_when_there_is_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frontdesk.db");
    let empty = Front::over(Front::noon(), SqliteSettings::file(&file), Channel::Local).await;
    empty.runtime.stop().await;
    drop(empty);
    let other = rusqlite::Connection::open(&file).unwrap();
    let pages = || -> u32 { other.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap() };
    let most = pages() + 64;
    let settings = SqliteSettings { pages_max: Some(most), ..SqliteSettings::file(&file) };
    let front = Front::over(Front::noon(), settings, Channel::Local).await;
    let says = async |customer: usize| {
        let (who, id, at) = (format!("1555{customer:07}"), format!("wamid.{customer}"), Front::noon().timestamp());
        front.deliver(text_delivery(NUMBER, &who, &id, at, "parcel").to_string().as_bytes()).await.status
    };
    assert_eq!(says(0).await, StatusCode::OK);

    // Somebody else uses up the rest of the disk.
    other.execute_batch("CREATE TABLE filler (bytes BLOB)").unwrap();
    while pages() < most {
        other.execute("INSERT INTO filler VALUES (zeroblob(3000))", ()).unwrap();
    }
    let mut taken = 1;
    while says(taken).await == StatusCode::OK {
        taken += 1;
        assert!(taken < 200, "it is never full");
    }
    front.clock.advance(chrono::Duration::seconds(5));
    let runtime = front.runtime.clone();
    let settling = tokio::spawn(async move { runtime.settle().await });
    assert_eq!(says(taken).await, StatusCode::SERVICE_UNAVAILABLE);

    other.execute_batch("DROP TABLE filler").unwrap();
    assert_eq!(says(taken).await, StatusCode::OK);
    settling.await.unwrap();
    front.settle().await;
    let contacts = front.contacts().await;
    assert_eq!(contacts.len(), taken + 1);
    for contact in contacts {
        let thread = front.thread(contact.contact.id).await;
        let who: Vec<_> = thread.iter().map(|line| line.who.clone()).collect();
        assert_eq!(who, [Who::Customer, Who::Bot], "answered once");
    }
}
