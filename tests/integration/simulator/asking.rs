use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use super::help::{Simulator, text};

#[tokio::test]
async fn customers_are_made_with_what_is_given_and_the_newest_comes_first() {
    let simulator = Simulator::start().await;
    let made = simulator.tell("/customers", json!({})).await;
    let customer = &made["customer"];
    assert_eq!((&customer["language"], &customer["number"]), (&json!("en"), &json!("100")));
    assert!(customer["phone"].as_str().unwrap().starts_with("+9725000"), "a number that nobody has: {customer}");
    assert!(!customer["name"].as_str().unwrap().is_empty());
    let wish = json!({ "name": " Noa  Levi ", "phone": "+972 50-123 4567", "language": "he", "number": "200" });
    let noa = simulator.tell("/customers", wish.clone()).await;
    assert_eq!(noa["customer"]["name"], "Noa Levi");
    assert_eq!(noa["customer"]["phone"], "+972501234567");
    assert_eq!(noa["customer"]["department"], "money");
    let again = simulator.tell("/customers", wish).await;
    assert_eq!(again["customer"]["id"], noa["customer"]["id"], "R1: one contact, one thread");
    let world = simulator.ask("/world").await;
    let names: Vec<&Value> = world["customers"].as_array().unwrap().iter().map(|customer| &customer["name"]).collect();
    assert_eq!(names, [&noa["customer"]["name"], &customer["name"]]);
}

#[tokio::test]
async fn only_the_newest_phones_are_listed() {
    let simulator = Simulator::start().await;
    for _ in 0..45 {
        simulator.tell("/customers", json!({})).await;
    }
    let world = simulator.ask("/world").await;
    assert_eq!(world["customers"].as_array().unwrap().len(), 40);
    assert_eq!(simulator.thread(1).await["customer"]["id"], 1, "the older ones are still there");
}

#[tokio::test]
async fn what_cannot_be_done_is_said_in_a_sentence_and_changes_nothing() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let say = format!("/customers/{customer}/messages");
    let long = "x".repeat(4_097);
    let cases = [
        (say.as_str(), json!({ "say": { "kind": "text", "text": " \n" } }), 400, "the message is empty"),
        (&say, json!({ "say": { "kind": "text", "text": long } }), 400, "at most 4096 letters"),
        (&say, json!({ "say": { "kind": "dance" } }), 400, "unknown variant `dance`"),
        (&say, json!({ "say": { "kind": "text", "text": "a", "bold": true } }), 400, "unknown field `bold`"),
        (&say, json!({ "id": "x", "say": { "kind": "voice" } }), 400, "8 to 64 letters"),
        (&say, json!({ "id": "../../../etc", "say": { "kind": "voice" } }), 400, "8 to 64 letters"),
        (&say, json!({ "say": { "kind": "tap", "seq": 1, "id": "w|person" } }), 404, "no such button"),
        (&say, json!({ "say": { "kind": "tap", "seq": i64::MAX, "id": "w|person" } }), 404, "no such button"),
        (&say, json!({ "say": { "kind": "reaction" } }), 409, "no message of ours"),
        (&say, json!({ "say": { "kind": "location", "latitude": 91.0, "longitude": 0.0 } }), 400, "no such place"),
        (&say, json!("hello"), 400, "this cannot be read"),
        ("/customers/999/messages", json!({ "say": { "kind": "voice" } }), 404, "no such customer"),
        ("/customers/me/messages", json!({ "say": { "kind": "voice" } }), 404, "no such customer"),
        ("/customers", json!({ "phone": "050-123" }), 400, "with its country"),
        ("/customers", json!({ "phone": "+972' OR 1=1" }), 400, "with its country"),
        ("/customers", json!({ "language": "Hebrew" }), 400, "not a language code"),
        ("/customers", json!({ "number": "300" }), 400, "no such business number"),
        ("/customers", json!({ "name": "n".repeat(61) }), 400, "at most 60 letters"),
        ("/nowhere", json!({}), 404, "nothing here"),
        ("/world", json!({}), 405, "is a POST, everything else a GET"),
    ];
    for (path, body, status, words) in cases {
        let (found, sentence) = simulator.refused(path, body.clone()).await;
        assert_eq!(found, status, "{path} {body}: {sentence}");
        assert!(sentence.contains(words), "{path}: {sentence}");
    }
    let view = simulator.thread(customer).await;
    assert_eq!(view["thread"]["lines"], json!([]));
    assert_eq!(view["thread"]["waiting"], json!([]));
}

#[tokio::test]
async fn what_is_no_json_or_too_much_of_it_is_answered_with_json() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let say = format!("/customers/{customer}/messages");
    let (status, answer) = simulator.post(&say, "{\"say\":").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(answer["error"].as_str().unwrap().contains("cannot be read"), "{answer}");
    let large = format!("{{\"say\":{{\"kind\":\"text\",\"text\":\"{}\"}}}}", "x".repeat(40_000));
    let (status, answer) = simulator.post(&say, &large).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer["error"].as_str().unwrap().contains("more than can be sent"), "{answer}");
    let answer = simulator.get(&format!("/simulator/api/customers/{customer}?before=soon")).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(text(answer).await.contains("\"error\""));
}

#[tokio::test]
async fn pages_of_other_sites_can_do_nothing() {
    let simulator = Simulator::start().await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://elsewhere.example")] {
        let request = Request::post("/simulator/api/customers").header(header::HOST, "localhost").header(name, value);
        let answer = simulator.send(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
        assert!(text(answer).await.contains("another site"));
    }
    assert_eq!(simulator.ask("/world").await["customers"], json!([]));
    let own = Request::post("/simulator/api/customers")
        .header(header::HOST, "localhost:8080")
        .header("origin", "http://localhost:8080")
        .header("sec-fetch-site", "same-origin");
    assert_eq!(simulator.send(own.body(Body::from("{}")).unwrap()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_long_thread_comes_in_pieces() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    for number in 0..30 {
        simulator.write(customer, &format!("message number {number}")).await;
        simulator.write(customer, "person").await;
    }
    let view = simulator.thread(customer).await;
    let lines = view["thread"]["lines"].as_array().unwrap();
    assert_eq!(view["thread"]["more"], true);
    let first = lines[0]["seq"].as_i64().unwrap();
    let before = simulator.ask(&format!("/customers/{customer}?before={first}")).await;
    assert_eq!(before["thread"]["lines"].as_array().unwrap().last().unwrap()["seq"], first - 1);
}
