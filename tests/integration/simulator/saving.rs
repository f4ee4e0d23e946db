use axum::http::{StatusCode, header};
use frontdesk::conversation::event::Act;
use frontdesk::transcript::outcome::{Status, TestResult};
use frontdesk::transcript::{RunOptions, parse, run};
use serde_json::json;

use super::help::{Simulator, bot, text};

async fn saved(simulator: &Simulator, customer: i64) -> String {
    let answer = simulator.get(&format!("/simulator/api/customers/{customer}/test")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let name = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
    assert_eq!(name, format!("attachment; filename=\"simulator-{customer}.chat\""));
    text(answer).await
}

fn played(chat: &str) -> TestResult {
    let script =
        parse(&std::sync::Arc::from("saved.chat"), chat).unwrap_or_else(|problems| panic!("{problems:?}\n{chat}"));
    let (bot, _) = bot();
    run(&script, &script.tests[0], &RunOptions { bot, version: &|_| Err("there is one version".to_owned()) })
}

fn passes(chat: &str) {
    assert!(!chat.starts_with('#'), "{chat}");
    let result = played(chat);
    assert_eq!(result.status, Status::Passed, "{:?}\n{chat}", result.failure);
}

#[tokio::test]
async fn a_conversation_saved_as_a_test_passes() {
    let simulator = Simulator::start().await;
    simulator.tell("/clock", json!({ "to": "Fri 19:40" })).await;
    let wish = json!({ "name": "Dana", "phone": "+972500012345" });
    let customer = simulator.tell("/customers", wish).await["customer"]["id"].as_i64().unwrap();
    simulator.write(customer, "hi, the lamp does not work").await;
    simulator.tap(customer, "Blue").await;
    simulator.say(customer, json!({ "kind": "voice" })).await;
    simulator.tap(customer, "No").await;
    simulator.tell("/clock", json!({ "to": "Sun 08:30" })).await;
    simulator.tap(customer, "Yes").await;
    let chat = saved(&simulator, customer).await;
    passes(&chat);
    crate::golden::check("simulator/saved.txt", &chat);
}

#[tokio::test]
async fn a_promise_that_hangs_on_seconds_is_saved_to_the_second() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    simulator.tell("/clock", json!({ "to": "+58s" })).await;
    simulator.write(customer, "the lamp does not work").await;
    simulator.tap(customer, "Blue").await;
    simulator.tap(customer, "No").await;
    let chat = saved(&simulator, customer).await;
    assert!(chat.contains("\nwait "), "{chat}");
    passes(&chat);
}

#[tokio::test]
async fn the_second_business_number_and_a_lookup_are_saved_too() {
    let simulator = Simulator::with_demo().await;
    let made = simulator.tell("/customers", json!({ "number": "200" })).await;
    let customer = made["customer"]["id"].as_i64().unwrap();
    let mut live = simulator.runtime.live();
    simulator.write(customer, "where is my parcel").await;
    simulator.write(customer, "A-10231").await;
    let done = async {
        while simulator.thread(customer).await["panel"]["enquiry"]["state"] == "bot" {
            live.recv().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), done).await.unwrap();
    let chat = saved(&simulator, customer).await;
    assert!(chat.contains("\nnumber: money\n"), "{chat}");
    assert!(chat.contains("\nlookup parcel: {\"found\":true,\"status\":\"delivered\"}\n"), "{chat}");
    passes(&chat);
}

#[tokio::test]
async fn a_secret_is_saved_as_another_of_its_kind() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    simulator.write(customer, "change my code").await;
    simulator.write(customer, "4711").await;
    let chat = saved(&simulator, customer).await;
    assert!(!chat.contains("4711") && chat.contains("\n> 1234\n"), "{chat}");
    passes(&chat);
}

#[tokio::test]
async fn before_anything_was_said_there_is_nothing_to_save() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let answer = simulator.get(&format!("/simulator/api/customers/{customer}/test")).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert!(text(answer).await.contains("write something first"));
}

#[tokio::test]
async fn what_a_person_wrote_is_saved_as_theirs() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    simulator.write(customer, "person").await;
    let reply = Act::Reply { text: "Hi, *Noa* here.\n\nWhat is it about?".to_owned(), file: None };
    simulator.runtime.act(customer, "Noa", reply).await.unwrap();
    simulator.write(customer, "my lamp").await;
    let chat = saved(&simulator, customer).await;
    assert!(chat.contains("\nagent Noa> Hi, *Noa* here.\n"), "{chat}");
    passes(&chat);
}
