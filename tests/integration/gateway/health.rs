//! `/healthz` and `/readyz`.

use axum::http::StatusCode;
use frontdesk::runtime::Channel;
use frontdesk::store::SqliteSettings;

use super::front::Front;

#[tokio::test]
async fn a_server_that_can_serve_says_so() {
    let front = Front::new(Front::noon()).await;
    assert_eq!(front.get("/healthz").await.status, StatusCode::OK);
    let ready = front.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK);
    assert!(ready.text.contains(&front.runtime.bot().version), "{}", ready.text);
}

#[tokio::test]
async fn a_server_whose_store_is_locked_lives_but_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frontdesk.db");
    let settings = SqliteSettings { busy_timeout: std::time::Duration::ZERO, ..SqliteSettings::file(&file) };
    let front = Front::over(Front::noon(), settings, Channel::Local).await;
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(front.get("/healthz").await.status, StatusCode::OK);
    let ready = front.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.text, "not ready: the store cannot be written; the log says why\n");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(front.get("/readyz").await.status, StatusCode::OK);
}
