//! The part of an article that answers is put first, where a customer's words led to it; elsewhere it is as it was written.

use std::sync::{Arc, LazyLock};

use frontdesk::bot::Bot;
use frontdesk::clock::Timestamp;
use frontdesk::conversation::effect::Effect;
use frontdesk::conversation::event::Event;
use frontdesk::conversation::floor::Floor;
use frontdesk::conversation::reason::Reason;
use frontdesk::conversation::state::{Contact, Conversation};
use frontdesk::conversation::{Editions, Step, step};
use frontdesk::intent::passage::Passage;
use frontdesk::language::Language;
use frontdesk::message::{Content, Inbound};
use frontdesk::transcript::outcome::explain;

use super::compile;

const FILES: &str = include_str!("passages.txt");

static BOT: LazyLock<Arc<Bot>> = LazyLock::new(|| Arc::new(compile(FILES)));

/// What the part of the article is called that answers; `-` when none clearly does.
fn answering(article: &str, language: Language, asked: &str) -> String {
    let Some(apart) = BOT.articles[article].passages(language) else { return "none".to_owned() };
    let passages: Vec<Passage<'_>> = apart
        .passages
        .iter()
        .map(|passage| {
            let (lead, text) = passage.apart();
            Passage { lead, text }
        })
        .collect();
    let found = BOT.classifier.passage(asked, &apart.introduction, &passages);
    found.map_or_else(|| "-".to_owned(), |found| apart.passages[found.position].lead().to_owned())
}

/// A first turn in which the customer writes this.
fn write(text: &str) -> Step {
    let now = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
    let contact = Contact {
        number: "local".to_owned(),
        wa_id: Some("37120000001".to_owned()),
        user_id: None,
        name: "Anna".to_owned(),
        language: None,
    };
    let message = Inbound {
        id: "wamid.1".to_owned(),
        at: now,
        content: Content::Text(text.to_owned()),
        quotes: None,
        referral: None,
    };
    let editions = Editions::new(Arc::clone(&BOT));
    step(&editions, &Floor::default(), &Conversation::new(contact), &Event::Messages(vec![message]), now)
}

/// What the turn says, without the welcome.
fn said(step: &Step) -> Vec<String> {
    let sent = step.effects.iter().filter_map(|effect| match effect {
        Effect::Send { message, .. } => Some(message.text().to_owned()),
        _ => None,
    });
    let mut sent: Vec<String> = sent.collect();
    sent[0] = sent[0].split_once('\n').unwrap().1.to_owned();
    sent
}

fn put_first(step: &Step) -> Option<(String, Vec<String>)> {
    step.why.iter().find_map(|reason| match reason {
        Reason::PutFirst { passage, words } => Some((passage.clone(), words.clone())),
        _ => None,
    })
}

#[test]
fn the_part_is_found_that_the_customers_words_stand_in() {
    for (language, asked, part) in [
        (Language::EN, "can i get my money back", "Refunds"),
        (Language::EN, "when will the courier come", "Delivery"),
        (Language::EN, "hello, the vase arrived broken!", "Broken on the way?"),
        (Language::EN, "is a refund possible after two weeks", "Refunds"),
        (Language::EN, "the vaes arrived brokn", "Broken on the way?"),
        (Language::HE, "מתי מגיע השליח", "משלוח"),
        (Language::HE, "אפשר לקבל החזר כספי", "החזרים"),
        (Language::HE, "הכד נשבר בדרך", "נשבר בדרך?"),
        (Language::LV, "vai varu atgūt naudu", "Naudas atmaksa"),
        (Language::LV, "kad atbrauks kurjers", "Piegāde"),
        (Language::LV, "vaze pienaca saplesta", "Saplīsa ceļā?"),
    ] {
        assert_eq!(answering("orders", language, asked), part, "{asked}");
    }
}

#[test]
fn where_no_part_clearly_answers_none_is_chosen() {
    for (language, asked) in [
        (Language::EN, "how do orders work"),
        (Language::EN, "tell me about a vase"),
        (Language::EN, "what about the courier and my money"),
        (Language::EN, "i have been a customer since my grandmother gave me a courier bag for christmas in vienna"),
        (Language::EN, "what is it for"),
        (Language::EN, "👍"),
        (Language::EN, ""),
        (Language::HE, "מה זה"),
        (Language::LV, "kas tas ir"),
    ] {
        assert_eq!(answering("orders", language, asked), "-", "{asked}");
    }
}

#[test]
fn steps_keep_their_places() {
    assert_eq!(answering("glue", Language::EN, "how long does the glue dry"), "none");
    let step = write("how long does the glue dry after pressing");
    assert_eq!(put_first(&step), None);
    assert!(said(&step)[0].starts_with("*Step 1*: clean"), "{:?}", said(&step));
}

#[test]
fn the_part_comes_first_the_rest_follows_and_the_reasons_tell_why() {
    let step = write("can i get my money back");
    let order = ["*Refunds*", "We send vases", "*Delivery*", "*Broken on the way?*", "Did that help?"];
    let text = said(&step).join("\n");
    let places: Vec<usize> = order.iter().map(|part| text.find(part).unwrap()).collect();
    assert!(text.starts_with(order[0]) && places.is_sorted(), "{text}");
    let told = explain(&step.why).join("\n");
    assert!(told.contains("R12: \"Refunds\" is put first: of the customer's words, `money`"), "{told}");
}

#[test]
fn texts_are_filled_in_wherever_their_part_stands() {
    let text = said(&write("when will the courier come")).join("\n");
    assert!(text.starts_with("*Delivery*: the courier of Vases comes"), "{text}");
}

#[test]
fn a_flow_shows_an_article_as_it_was_written() {
    let step = write("i need everything about refunds explained");
    assert_eq!(put_first(&step), None);
    assert!(said(&step).join("\n").contains("\nWe send vases"), "{:?}", said(&step));
}
