//! A text that waits for a tap, of which no transcript can tell (R32).

use std::path::Path;
use std::sync::Arc;

use chrono::{Duration, TimeZone, Utc};
use frontdesk::cli::project;
use frontdesk::conversation::effect::{Author, Effect};
use frontdesk::conversation::event::{Act, Event};
use frontdesk::conversation::floor::Floor;
use frontdesk::conversation::state::{Contact, Conversation, State};
use frontdesk::conversation::tap::Tap;
use frontdesk::conversation::{Editions, step};
use frontdesk::message::{Content, Inbound, Outbound};

fn message(content: Content, at: chrono::DateTime<Utc>) -> Event {
    Event::Messages(vec![Inbound { id: format!("wamid.{at}"), at, content, quotes: None, referral: None }])
}

/// The bot, and a conversation in which Noa's text waits for a tap since the moment that comes with it.
fn waits() -> (Editions, Conversation, chrono::DateTime<Utc>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/machine/bots/desk");
    let editions = Editions::new(Arc::clone(&project::compile(&folder).unwrap().0));
    let floor = Floor::default();
    let contact = Contact {
        number: "1001".into(),
        wa_id: Some("972501111111".into()),
        user_id: None,
        name: String::new(),
        language: None,
    };
    let start = Utc.with_ymd_and_hms(2026, 3, 3, 9, 0, 0).unwrap();
    let asked = message(Content::Text("person".into()), start);
    let mut conversation = step(&editions, &floor, &Conversation::new(contact), &asked, start).after;
    let wrote = start + Duration::hours(25);
    let act = Event::Agent { agent: "Noa".into(), act: Act::HeldReply { text: "It is ready".into() } };
    conversation = step(&editions, &floor, &conversation, &act, wrote).after;
    (editions, conversation, wrote)
}

/// The words that an agent's name stands under.
fn by_agent(effects: Vec<Effect>) -> Vec<String> {
    let words = effects.into_iter().filter_map(|effect| match effect {
        Effect::Send { message: Outbound::Text { text }, by: Author::Agent(_) } => Some(text),
        _ => None,
    });
    words.collect()
}

/// What becomes of an enquiry that ended while a text waited for the customer, who writes `content` days later.
fn after_days(content: Content, days: i64) -> (State, Vec<String>) {
    let (editions, mut conversation, wrote) = waits();
    let floor = Floor::default();
    while let Some((kind, at)) = conversation.timers.next() {
        conversation = step(&editions, &floor, &conversation, &Event::Timer(kind), at).after;
    }
    assert_eq!(conversation.state(), State::Ended);
    let later = wrote + Duration::days(days);
    let step = step(&editions, &floor, &conversation, &message(content, later), later);
    (step.after.state(), by_agent(step.effects))
}

#[test]
fn the_tap_sends_the_text_that_waits_however_late() {
    let tap = || Content::Tap { id: Tap::HeldReply.id(), title: "Show me".into() };
    for days in [1, 4] {
        assert_eq!(after_days(tap(), days), (State::AwaitingCustomer, vec!["It is ready".to_owned()]));
    }
}

#[test]
fn a_polite_word_sends_the_text_that_waits_too() {
    let (state, texts) = after_days(Content::Text("thanks".into()), 1);
    assert_eq!(texts, ["It is ready"]);
    assert!(state.is_with_people(), "{state:?}");
}

#[test]
fn a_message_that_took_more_than_a_day_leaves_the_text_waiting() {
    let (editions, conversation, wrote) = waits();
    let floor = Floor::default();
    let late = message(Content::Text("hello".into()), wrote - Duration::hours(30));
    let step_late = step(&editions, &floor, &conversation, &late, wrote);
    assert_eq!(by_agent(step_late.effects), Vec::<String>::new());
    let tap = message(Content::Tap { id: Tap::HeldReply.id(), title: "Show me".into() }, wrote);
    assert_eq!(by_agent(step(&editions, &floor, &step_late.after, &tap, wrote).effects), ["It is ready"]);
}
