use serde_json::{Value, json};

use super::help::{Simulator, last, said};

fn pairs(view: &Value) -> Vec<(String, String)> {
    said(view)
}

#[tokio::test]
async fn a_conversation_is_the_running_bots_own() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let path = format!("/customers/{customer}/messages");
    let at_once = simulator.tell(&path, json!({ "say": { "kind": "text", "text": "my lamp is *broken*" } })).await;
    assert_eq!(at_once["thread"]["waiting"][0]["text"], "my lamp is *broken*");
    assert_eq!(at_once["thread"]["waiting"][0]["html"], "my lamp is <strong>broken</strong>");
    assert_eq!(at_once["thread"]["typing"], true, "the bot waits for more, then answers");
    assert_eq!(at_once["panel"]["enquiry"], Value::Null);

    simulator.tell("/clock", json!({ "to": "+5s" })).await;
    let view = simulator.thread(customer).await;
    assert_eq!(view["thread"]["waiting"], json!([]));
    assert_eq!(view["thread"]["typing"], false);
    assert_eq!(view["thread"]["lines"][0]["seen"], true);
    let question = last(&view);
    assert_eq!(question["side"], "bot");
    assert_eq!(question["list"], "Choose");
    assert_eq!(question["choices"][0]["title"], "Red");
    assert_eq!(question["choices"][0]["description"], "like a tomato");
    let enquiry = &view["panel"]["enquiry"];
    assert_eq!(enquiry["state"], "bot");
    assert_eq!(enquiry["topic"]["name"], "lamp");
    assert_eq!(enquiry["flow"], json!({ "name": "lamp", "question": "colour", "lookup": null, "asked": 1 }));
    assert_eq!(view["panel"]["writes"], "en");

    simulator.tap(customer, "Blue").await;
    let view = simulator.tap(customer, "No").await;
    let enquiry = &view["panel"]["enquiry"];
    assert_eq!(enquiry["state"], "waiting");
    assert_eq!(enquiry["handoff"]["reason"], "flow_outcome");
    assert_eq!(enquiry["handoff"]["note"], "Blue and steady");
    assert_eq!(enquiry["answers"][0]["shown"], "Blue");
    assert_eq!(enquiry["promise"]["told"], true);
    assert_eq!(enquiry["queue"], "The desk");
    assert!(view["panel"]["timers"].as_array().unwrap().iter().any(|timer| timer["kind"] == "promise_due"));
}

#[tokio::test]
async fn the_reasons_of_each_turn_stand_in_the_panel() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let view = simulator.write(customer, "the lamp does not work").await;
    let turn = &view["why"][0];
    assert_eq!(turn["turn"], view["thread"]["lines"][0]["turn"]);
    let steps = turn["steps"].as_array().unwrap();
    let understood = steps.iter().find(|step| step["kind"] == "understood").unwrap();
    assert_eq!(understood["decision"], "confident");
    let best = &understood["candidates"][0];
    assert_eq!((&best["name"], &best["label"]), (&json!("lamp"), &json!("My lamp is broken")));
    assert!(best["probability"].as_f64().unwrap() > 0.5 && !best["reasons"].as_array().unwrap().is_empty(), "{best}");
    assert!(steps.iter().any(|step| step["rule"] == "R11"), "{steps:?}");
    assert!(steps.iter().any(|step| step["words"] == "`lamp` asks `colour`"), "{steps:?}");
}

#[tokio::test]
async fn what_the_bot_sends_has_arrived_and_been_read() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let mut live = simulator.runtime.live();
    simulator.write(customer, "hello").await;
    let read = async {
        while last(&simulator.thread(customer).await)["delivery"] != "read" {
            live.recv().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), read).await.unwrap();
}

#[tokio::test]
async fn an_old_button_still_works() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    simulator.write(customer, "the lamp does not work").await;
    simulator.tap(customer, "Blue").await;
    let view = simulator.tap(customer, "Red").await;
    let answers = &view["panel"]["enquiry"]["answers"];
    assert_eq!(answers[0]["shown"], "Red", "R16: the later tap counts");
    assert_eq!(last(&view)["text"], "Does it blink?");
}

#[tokio::test]
async fn hebrew_is_answered_in_hebrew_on_a_phone_from_right_to_left() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("he").await;
    let view = simulator.write(customer, "המנורה לא עובדת").await;
    assert_eq!(view["customer"]["right_to_left"], true);
    assert_eq!(view["panel"]["writes"], "he");
    assert_eq!(last(&view)["list"], "לבחירה");
}

#[tokio::test]
async fn everything_that_can_be_attached_arrives_as_what_it_is() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    simulator.write(customer, "hello").await;
    for kind in ["image", "voice", "video", "document", "sticker", "location", "contact", "order", "unsupported"] {
        simulator.say(customer, json!({ "kind": kind })).await;
    }
    let view = simulator.say(customer, json!({ "kind": "reaction", "emoji": "❤️" })).await;
    let lines = view["thread"]["lines"].as_array().unwrap();
    let sent = lines.iter().filter(|line| line["side"] == "customer").filter_map(|line| line["stand_in"].as_str());
    assert_eq!(
        sent.collect::<Vec<_>>(),
        ["image", "voice", "video", "document", "sticker", "location", "contact", "order", "unsupported", "reaction"]
    );
    assert_eq!(last(&view)["called"], "❤️");
}

#[tokio::test]
async fn a_wish_for_a_place_is_answered_with_one() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let view = simulator.write(customer, "please come to my house").await;
    assert_eq!(last(&view)["stand_in"], "location_request");
    let view = simulator.say(customer, json!({ "kind": "location" })).await;
    assert_eq!(last(&view)["text"], "We are on our way.");
    assert_eq!(view["panel"]["enquiry"]["state"], "settled");
}

#[tokio::test]
async fn the_same_message_twice_is_one_message() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let path = format!("/customers/{customer}/messages");
    let message = json!({ "id": "0123456789abcdef", "say": { "kind": "text", "text": "hello" } });
    simulator.tell(&path, message.clone()).await;
    let twice = simulator.tell(&path, message.clone()).await;
    assert_eq!(twice["thread"]["waiting"].as_array().unwrap().len(), 1);
    simulator.tell("/clock", json!({ "to": "+5s" })).await;
    let later = simulator.tell(&path, message).await;
    assert_eq!(later["thread"]["waiting"], json!([]));
    assert_eq!(pairs(&later).iter().filter(|(side, _)| side == "customer").count(), 1);
}

#[tokio::test]
async fn secrets_are_masked_until_someone_asks_and_that_is_noted() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    simulator.write(customer, "change my code").await;
    let view = simulator.write(customer, "my code is 4711").await;
    assert!(!view.to_string().contains("4711"), "{view}");
    assert_eq!(view["panel"]["enquiry"]["answers"][0]["shown"], "••••••");
    let shown = simulator.tell(&format!("/customers/{customer}/secrets"), json!({})).await;
    assert_eq!(shown["answers"], json!({ "pin": "4711" }));
    assert_eq!(shown["lines"][0]["text"], "my code is 4711");
    let log = simulator.runtime.store().audit_log(None, 10).await.unwrap();
    let noted = log.iter().find(|(_, row)| row.what == "reveal").unwrap();
    assert_eq!(noted.1.about, format!("contact {customer}"));
}

#[tokio::test]
async fn what_could_give_a_secret_away_is_no_reason_until_someone_asks() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let view = simulator.write(customer, "change my code, it was 4711 so far").await;
    let kinds = |why: &Value| {
        let steps = why[0]["steps"].as_array().unwrap();
        steps.iter().map(|step| step["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let told = kinds(&view["why"]);
    assert!(told.contains(&"rule".to_owned()) && !told.contains(&"understood".to_owned()), "{told:?}");
    assert!(!view.to_string().contains("4711"), "{view}");
    let shown = simulator.tell(&format!("/customers/{customer}/secrets"), json!({})).await;
    assert!(kinds(&shown["why"]).contains(&"understood".to_owned()), "{shown}");
}

#[tokio::test]
async fn a_lookup_is_answered_by_the_make_believe_shop() {
    let simulator = Simulator::with_demo().await;
    let customer = simulator.customer("en").await;
    let mut live = simulator.runtime.live();
    simulator.write(customer, "where is my parcel").await;
    simulator.write(customer, "A-10231").await;
    let wait = async {
        loop {
            let view = simulator.thread(customer).await;
            if view["panel"]["enquiry"]["state"] != "bot" {
                return view;
            }
            live.recv().await.unwrap();
        }
    };
    let view = tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.unwrap();
    assert_eq!(last(&view)["text"], "Your parcel is delivered.");
    assert_eq!(view["panel"]["enquiry"]["lookups"][0]["fields"], json!({ "found": "true", "status": "delivered" }));
}

#[tokio::test]
async fn the_record_of_an_enquiry_can_be_read() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    simulator.write(customer, "the lamp does not work").await;
    let record = simulator.get(&format!("/simulator/api/customers/{customer}/records/1")).await;
    let record = super::help::text(record).await;
    assert!(record.contains("the lamp does not work") && record.contains("Which colour"), "{record}");
}

#[tokio::test]
async fn an_enquiry_that_never_was_has_no_record() {
    let simulator = Simulator::start().await;
    let customer = simulator.customer("en").await;
    let asked = async |enquiry: &str| {
        let answer = simulator.get(&format!("/simulator/api/customers/{customer}/records/{enquiry}")).await;
        let status = answer.status().as_u16();
        (status, super::help::text(answer).await)
    };
    let none = asked("1").await;
    assert_eq!(none, (404, r#"{"error":"this customer has no enquiry “1”: they have had none yet"}"#.to_owned()));
    simulator.write(customer, "the lamp does not work").await;
    for wrong in ["0", "2", "-1", "one", "99999999999"] {
        let (status, words) = asked(wrong).await;
        assert_eq!(status, 404, "{wrong}");
        assert!(words.contains(&format!("no enquiry “{wrong}”: they have had one, number 1")), "{words}");
    }
}
