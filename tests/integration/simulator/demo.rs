use axum::body::Body;
use axum::http::{Request, StatusCode};
use frontdesk::simulator::demo;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::help::text;

async fn ask(path: &str) -> (StatusCode, String) {
    let answer = demo::routes().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    (answer.status(), text(answer).await)
}

async fn order(number: &str) -> Value {
    let (status, body) = ask(&format!("/demo/orders/{number}")).await;
    assert_eq!(status, StatusCode::OK, "{number}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn what_the_shop_answers_follows_from_the_number() {
    for (number, status, eta) in [
        ("A-10234", "in_transit", json!("14:00–16:00")),
        ("a10234", "in_transit", json!("14:00–16:00")),
        ("A-10236", "in_transit", Value::Null),
        ("A-10231", "delivered", Value::Null),
        ("A-10232", "ready_to_install", Value::Null),
        ("A-10233", "lost", Value::Null),
        ("A-10237", "returned", Value::Null),
    ] {
        let answer = order(number).await;
        assert_eq!(
            (&answer["found"], &answer["status"], &answer["eta"]),
            (&json!(true), &json!(status), &eta),
            "{number}"
        );
    }
    assert_eq!(ask("/demo/orders/A-10239").await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask("/demo/orders/A-00003").await.0, StatusCode::INTERNAL_SERVER_ERROR);
    let (status, garbage) = ask("/demo/orders/A-00006").await;
    assert_eq!(status, StatusCode::OK);
    assert!(serde_json::from_str::<Value>(&garbage).is_err(), "{garbage}");
}

#[tokio::test]
async fn faults_are_where_the_page_says() {
    assert!(ask("/demo/outages/haifa").await.1.contains("22:00"));
    assert!(ask("/demo/outages/south").await.1.contains("\"until\":null"));
    assert_eq!(ask("/demo/outages/north").await.0, StatusCode::NOT_FOUND);
    let (status, page) = ask("/demo").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("A-00000") && page.contains("haifa"));
    assert_eq!(ask("/demo/style.css").await.0, StatusCode::OK);
}
