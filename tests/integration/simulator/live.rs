use axum::http::header;
use serde_json::json;
use tokio_stream::StreamExt;

use super::help::Simulator;

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

#[tokio::test]
async fn what_changes_is_told_at_once_and_the_stream_ends_with_the_server() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let answer = simulator.get("/simulator/api/live").await;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    assert!(answer.headers().get(header::CONTENT_ENCODING).is_none(), "never held back to be compressed");
    let mut stream = answer.into_body().into_data_stream();
    let mut heard = String::new();
    simulator.write(customer, "hello").await;
    let until = |heard: &str| heard.contains("event: changed");
    while !until(&heard) {
        let next = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap().unwrap().unwrap();
        heard.push_str(std::str::from_utf8(&next).unwrap());
    }
    assert!(heard.starts_with("event: hello\ndata: {}\n\n"), "{heard}");
    let data = heard.split("event: changed\ndata: ").nth(1).unwrap().lines().next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["contact"], json!(customer));
    assert!(data["now"].as_str().unwrap().starts_with("2026-03-04T10:00:"), "{data}");
    simulator.runtime.stop().await;
    while let Some(next) = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap() {
        next.unwrap();
    }
}
