use serde_json::{Value, json};

use super::help::{NOON, Simulator, last};

#[tokio::test]
async fn the_clock_shows_whether_people_are_there() {
    let simulator = Simulator::start().await;
    let clock = &simulator.ask("/world").await["clock"];
    assert_eq!(clock["zone"], "Asia/Jerusalem");
    assert_eq!(clock["still"], true);
    assert_eq!(
        clock["desk"],
        json!({ "queue": "The desk", "open": true, "always": false, "opens_at": null, "closes_at": "2026-03-04T16:00:00Z" })
    );
    let evening = simulator.tell("/clock", json!({ "to": "Fri 19:40" })).await;
    assert_eq!(evening["now"], "2026-03-06T17:40:00Z");
    assert_eq!(evening["desk"]["open"], false);
    assert_eq!(evening["desk"]["opens_at"], "2026-03-08T06:00:00Z");
    let morning = simulator.tell("/clock", json!({ "to": "opening" })).await;
    assert_eq!(morning["now"], "2026-03-08T06:00:00Z");
}

#[tokio::test]
async fn the_clock_refuses_to_go_back_and_stays_where_it_is() {
    let simulator = Simulator::start().await;
    let (status, sentence) = simulator.refused("/clock", json!({ "to": "2026-03-04 11:00" })).await;
    assert_eq!(status, 400);
    assert_eq!(
        sentence,
        "Wed 4 Mar 2026, 11:00 has passed: it is Wed 4 Mar 2026, 12:00 now, and the clock only goes forward"
    );
    for wrong in ["yesterday 10:00", "-1h", "2020-01-01 00:00", "+9999d", "quarter past", "", "timer"] {
        assert_eq!(simulator.refused("/clock", json!({ "to": wrong })).await.0, 400, "{wrong}");
    }
    assert_eq!(simulator.ask("/world").await["clock"]["now"], json!(NOON));
}

#[tokio::test]
async fn what_is_due_on_the_way_happens_in_order() {
    let simulator = Simulator::start().await;
    simulator.tell("/clock", json!({ "to": "Fri 19:40" })).await;
    let customer = simulator.customer("en").await;
    simulator.write(customer, "the lamp does not work").await;
    simulator.tap(customer, "Blue").await;
    let view = simulator.tap(customer, "No").await;
    assert_eq!(view["panel"]["enquiry"]["state"], "held");
    assert!(last(&view)["text"].as_str().unwrap().contains("Sunday at 08:00"), "{view}");
    simulator.tell("/clock", json!({ "to": "Sun 08:16" })).await;
    let view = simulator.thread(customer).await;
    assert_eq!(view["panel"]["enquiry"]["state"], "asked", "R28: the morning check went out at 08:15");
    assert_eq!(last(&view)["at"], "2026-03-08T06:15:00Z");
    let timers = view["panel"]["timers"].as_array().unwrap();
    assert!(timers.iter().any(|timer| timer["kind"] == "morning_silent"), "{timers:?}");
}

#[tokio::test]
async fn what_was_just_written_is_answered_at_its_own_time() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let path = format!("/customers/{customer}/messages");
    simulator.tell(&path, json!({ "say": { "kind": "text", "text": "the lamp does not work" } })).await;
    simulator.tell("/clock", json!({ "to": "+4h" })).await;
    let view = simulator.thread(customer).await;
    let at = |line: &Value| line["at"].as_str().unwrap().to_owned();
    assert!(at(&view["thread"]["lines"][1]).starts_with("2026-03-04T10:00:0"), "{view}");
}

#[tokio::test]
async fn the_next_timer_can_be_gone_to() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let view = simulator.write(customer, "the lamp does not work").await;
    let due = view["panel"]["timers"][0]["at"].clone();
    assert_eq!(view["clock"]["next_timer"], due);
    let clock = simulator.tell("/clock", json!({ "to": "timer" })).await;
    assert_eq!(clock["now"], due);
    let later = simulator.thread(customer).await["panel"]["timers"][0]["at"].as_str().unwrap().to_owned();
    let clock = simulator.tell("/clock", json!({ "to": later })).await;
    assert_eq!(clock["now"], json!(later), "a moment as the page writes it");
}
