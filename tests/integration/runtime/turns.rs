//! From what arrives to what is sent: in order, once, and nobody's words lost (R1–R4, R22, R38, R42).

use chrono::TimeDelta;
use frontdesk::conversation::event::Act;
use frontdesk::conversation::reason::HandoffReason;
use frontdesk::conversation::state::{State, TimerKind};
use frontdesk::message::{Content, Delivery};
use frontdesk::runtime::Live;
use frontdesk::store::{Arrival, Arrived, Who};
use serde_json::json;

use super::world::{NUMBER, Plan, World, arrival, at, sources};

#[tokio::test]
async fn a_question_is_answered_by_the_right_request() {
    let world = World::open().await;
    let ana = world.says("15550001", "what are your opening hours").await;
    let mut requests = world.graph.requests();
    // The mark and the answer are sent at the same time.
    requests.sort_by_key(|request| request.body["type"].is_string());
    let read = &requests[0].body;
    assert_eq!(
        (read["status"].as_str(), read["message_id"].as_str()),
        (Some("read"), Some(first_id(&world, ana).await.as_str()))
    );
    assert_eq!(read["typing_indicator"], json!(null), "the answer is here already");
    let said = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+15550001", "type": "text",
        "text": {"body": "Hi!\nWe never close.", "preview_url": false},
        "biz_opaque_callback_data": format!("frontdesk:{ana}:1"),
    });
    assert_eq!((requests.len(), requests[1].number_id.as_str()), (2, NUMBER));
    assert_eq!(requests[1].body, said);
    let thread = world.thread(ana).await;
    let lines: Vec<_> = thread.iter().map(|line| (line.seq, line.who.clone(), line.delivery)).collect();
    assert_eq!(lines, [(1, Who::Customer, None), (2, Who::Bot, Some(Delivery::Sent))]);
    assert_eq!(thread[1].message_id, requests[1].wamid);
    assert!(!world.runtime.store().why(ana, None, 1).await.unwrap()[0].reasons.is_empty());
    let preview = world.case(ana).await.card.preview.unwrap();
    assert_eq!(
        (preview.text.as_str(), preview.agent),
        ("what are your opening hours", None),
        "what the customer said, not the bot"
    );
}

async fn first_id(world: &World, contact: i64) -> String {
    world.thread(contact).await[0].message_id.clone().unwrap()
}

#[tokio::test]
async fn messages_in_a_row_are_one_turn() {
    let world = World::open().await;
    let ana = world.writes("15550001", "hello").await;
    world.pass(1).await;
    world.writes("15550001", "what are your").await;
    world.pass(1).await;
    world.writes("15550001", "opening hours").await;
    world.pass(1).await;
    assert_eq!(world.heard(), [""; 0], "there may be more");
    world.pass(1).await;
    assert_eq!(world.heard(), ["15550001: Hi!\nWe never close."]);
    assert_eq!(world.thread(ana).await.len(), 4, "each is a line of its own");
}

#[tokio::test]
async fn a_sitting_is_not_over_while_a_message_is_gathered() {
    let world = World::open().await;
    world.says("15550001", "opening hours").await;
    world.pass(30 * 60 - 1).await;
    world.writes("15550001", "my box").await;
    world.pass(2).await;
    assert_eq!(world.last(), "15550001: Which box?");
}

#[tokio::test]
async fn an_enquiry_is_not_closed_over_a_message_that_is_gathered() {
    let awake =
        |text: String| text.replace("when_open: flows", "when_open: flows\npolicy: { quiet_hours: \"00:00-00:01\" }");
    let world = World::with(Plan { sources: sources("127.0.0.1:1", awake), ..Plan::default() }).await;
    let ana = world.says("15550001", "person").await;
    world.act(ana, "Noa", Act::Reply { text: "Which box?".to_owned(), file: None }).await.unwrap();
    world.pass(24 * 3_600 - 1_800).await;
    let closes = world.conversation(ana).await.timers.get(TimerKind::Close).unwrap();
    world.pass((closes - world.clock.now()).num_seconds() - 1).await;
    world.writes("15550001", "the white one").await;
    world.pass(2).await;
    let enquiry = world.conversation(ana).await.enquiry.unwrap();
    assert_eq!((enquiry.state, enquiry.handoff.unwrap().reason), (State::Waiting, HandoffReason::AskedForPerson));
}

#[tokio::test]
async fn a_tap_is_not_delayed() {
    let world = World::open().await;
    world.says("15550001", "where is my box").await;
    let offered = world.graph.taken()[0].body["interactive"]["action"]["buttons"].clone();
    let id = offered[1]["reply"]["id"].as_str().unwrap().to_owned();
    let tap = Content::Tap { id, title: "White".to_owned() };
    world.runtime.receive(vec![arrival("15550001", "wamid.tap", world.clock.now(), tap)]).await.unwrap();
    world.runtime.settle().await;
    assert_eq!(world.last(), "15550001: It is White.");
}

#[tokio::test]
async fn what_is_delivered_twice_has_no_second_effect() {
    let world = World::open().await;
    let hello = world.message("15550001", "wamid.1", "opening hours");
    for _ in 0..2 {
        world.runtime.receive(vec![hello.clone(), hello.clone()]).await.unwrap();
        world.pass(2).await;
    }
    assert!(matches!(world.runtime.receive(vec![hello]).await.unwrap()[..], [Arrived::Duplicate { .. }]));
    world.pass(600).await;
    assert_eq!(world.heard(), ["15550001: Hi!\nWe never close."]);
}

#[tokio::test]
async fn messages_take_effect_in_the_order_they_were_stamped() {
    let world = World::open().await;
    let text = |id: &str, seconds: i64, text: &str| arrival("15550001", id, at(seconds), Content::Text(text.into()));
    let arrived =
        world.runtime.receive(vec![text("c", -1, "hours"), text("a", -3, "what are"), text("b", -2, "your opening")]);
    let contact = arrived.await.unwrap()[0].woken().unwrap();
    world.pass(2).await;
    assert_eq!(world.last(), "15550001: Hi!\nWe never close.");
    let words = world.words(contact).await;
    assert_eq!(words[..3], [r#"{"text":"what are"}"#, r#"{"text":"your opening"}"#, r#"{"text":"hours"}"#]);
}

#[tokio::test]
async fn one_delivery_serves_many_customers_each_in_their_own_order() {
    let world = World::open().await;
    let mut delivery = Vec::new();
    for who in 0..20 {
        let who = format!("1555{who:04}");
        delivery.push(world.message(&who, &format!("wamid.{who}"), "where is my box"));
    }
    world.runtime.receive(delivery).await.unwrap();
    world.pass(60).await;
    assert_eq!(world.graph.taken().len(), 20);
    let mut answers = Vec::new();
    for who in 0..20 {
        let who = format!("1555{who:04}");
        answers.push(world.message(&who, &format!("wamid.{who}.2"), "white"));
    }
    world.runtime.receive(answers).await.unwrap();
    world.pass(60).await;
    let heard = world.heard();
    for who in 0..20 {
        let theirs: Vec<_> = heard.iter().filter(|line| line.starts_with(&format!("1555{who:04}: "))).collect();
        assert!(theirs.len() == 2 && theirs[1].ends_with("It is White."), "{theirs:?}");
    }
}

#[tokio::test]
async fn customers_who_are_handed_over_together_do_not_get_the_same_place() {
    let world = World::open().await;
    let mut contacts = Vec::new();
    for who in ["15550001", "15550002", "15550003"] {
        contacts.push(world.writes(who, "person").await);
    }
    world.pass(2).await;
    let mut promises = Vec::new();
    for contact in contacts {
        promises.push((world.case(contact).await.card.promise_at.unwrap() - at(0)).num_minutes());
    }
    assert_eq!(promises, [9, 17, 25], "8, 16 and 24 minutes after two seconds past eight, to the full minute");
}

#[tokio::test]
async fn a_message_that_cannot_be_read_back_is_answered_like_one_of_an_unknown_kind() {
    let world = World::open().await;
    let mut broken = world.message("15550001", "wamid.1", "secret words");
    if let Arrival::Message { payload, .. } = &mut broken {
        payload.truncate(20);
    }
    let contact = world.runtime.receive(vec![broken]).await.unwrap()[0].woken().unwrap();
    world.pass(2).await;
    assert!(world.last().contains("I could not read that message"), "{}", world.last());
    assert_eq!(world.words(contact).await[0], r#"{"unsupported":{"kind":"damaged"}}"#);
}

#[tokio::test]
async fn a_changed_number_is_answered_there() {
    let world = World::open().await;
    let ana = world.says("15550001", "where is my box").await;
    let known = |number: &str| frontdesk::store::Identity { wa_id: Some(number.into()), ..Default::default() };
    let payload = r#"{"wa_id":"15559999","user_id":null}"#.to_owned();
    let (old, new, at) = (known("15550001"), known("15559999"), world.clock.now());
    let change = Arrival::Renamed { number_id: NUMBER.into(), old, new, at, payload };
    world.runtime.receive(vec![change]).await.unwrap();
    assert_eq!(world.says("15559999", "black").await, ana);
    assert_eq!(world.last(), "15559999: It is Black.");
}

#[tokio::test]
async fn a_secret_is_marked_where_it_is_given_and_where_it_is_said() {
    let world = World::open().await;
    let asked = world.says("15550001", "here is my code").await;
    world.says("15550001", "it is S-4711").await;
    let told_at_once = world.says("15550002", "my code is S-4712").await;
    for (contact, lines) in [(asked, [false, false, true, true]), (told_at_once, [true, true, false, false])] {
        let thread = world.thread(contact).await;
        let secret: Vec<bool> = thread.iter().map(|line| line.secret).collect();
        assert_eq!(secret, lines[..thread.len()], "{thread:#?}");
        let card = world.case(contact).await.card;
        assert!(!format!("{card:?}").contains("S-47"), "{card:?}");
        let record = world.runtime.record(contact, 1).await.unwrap().unwrap();
        assert!(!record.contains("S-47"), "{record}");
    }
}

#[tokio::test]
async fn in_local_mode_what_is_sent_has_been_read() {
    let world = World::with(Plan { local: true, ..Plan::default() }).await;
    let mut live = world.runtime.live();
    let ana = world.says("15550001", "opening hours").await;
    assert_eq!(world.thread(ana).await[1].delivery, Some(Delivery::Read));
    assert_eq!(world.graph.requests().len(), 0);
    assert!(matches!(live.recv().await, Ok(Live::Changed(contact)) if contact == ana));
}

#[tokio::test]
async fn pages_hear_of_a_delivery_status() {
    let world = World::open().await;
    let ana = world.says("15550001", "opening hours").await;
    let mut live = world.runtime.live();
    assert!(matches!(world.status(0, Delivery::Delivered).await, Arrived::Settled { .. }));
    assert!(matches!(live.try_recv(), Ok(Live::Changed(contact)) if contact == ana));
    assert_eq!(world.thread(ana).await[1].delivery, Some(Delivery::Delivered));
}

#[tokio::test]
async fn the_clock_goes_from_one_due_moment_to_the_next() {
    let world = World::open().await;
    world.writes("15550001", "where is my box").await;
    world.runtime.advance_to(at(5 * 3600)).await.unwrap();
    assert_eq!(world.clock.now(), at(5 * 3600));
    let thread = world.thread(1).await;
    assert_eq!(thread[1].at, at(2), "answered when its time had come, not when the clock stopped");
    assert_eq!((thread.len(), thread[2].at), (3, at(2) + TimeDelta::hours(4)), "and reminded of after 4 hours");
    world.runtime.advance_to(at(1)).await.unwrap();
    assert_eq!(world.clock.now(), at(5 * 3600), "it never goes back");
}

#[tokio::test]
async fn a_runtime_that_was_stopped_takes_nothing_up_and_says_so() {
    let world = World::open().await;
    let ended = tokio::spawn(world.runtime.stopping());
    world.runtime.stop().await;
    ended.await.unwrap();
    world.writes("15550001", "opening hours").await;
    world.runtime.settle().await;
    assert!(world.runtime.advance_to(at(60)).await.is_err());
    let refused = world.runtime.act(1, "Noa", frontdesk::conversation::event::Act::Take).await;
    let words = "frontdesk is being ended; nothing was done, try again in a moment".to_owned();
    assert_eq!(refused, Err(frontdesk::runtime::Refused::Trouble(words)));
    world.runtime.stop().await;
    let world = world.restart_after(2).await;
    world.runtime.settle().await;
    assert_eq!(
        world.heard(),
        ["15550001: Hi!\nWe never close."],
        "what arrived meanwhile is taken up by the next start"
    );
}
