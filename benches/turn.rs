//! What a turn costs in memory (understand and step) with a large bot, and how long such a bot takes to start.
//!
//! `cargo bench --bench turn`
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a bench measures, prints, and fails by panicking"
)]

mod made;

use std::sync::Arc;
use std::time::{Duration, Instant};

use frontdesk::bot::{Aids, Bot, Cache};
use frontdesk::cli::cache::Folder;
use frontdesk::clock::Timestamp;
use frontdesk::conversation::event::Event;
use frontdesk::conversation::floor::Floor;
use frontdesk::conversation::reason::Reason;
use frontdesk::conversation::state::{Contact, Conversation};
use frontdesk::conversation::{Editions, step};
use frontdesk::load::Histogram;
use frontdesk::message::{Content, Inbound};
use made::{Dice, Size, sentence};

const TURNS: usize = 5_000;
const INTENTS: usize = 150;
const ARTICLES: usize = 1_000;

fn main() {
    let size = Size { intents: INTENTS, examples: 100, articles: ARTICLES };
    let (bot, took) = compile(size, None);
    println!("start, 150 intents with 15,000 examples, 1,000 articles: {:.2} s", took.as_secs_f64());
    let editions = Editions::new(Arc::new(bot));
    let mut dice = Dice::new(11);
    let texts: Vec<String> = (0..TURNS).map(|n| sentence(n % INTENTS, &mut dice)).collect();

    let (mut understand, mut first, mut next) = (Histogram::default(), Histogram::default(), Histogram::default());
    let floor = Floor::default();
    for (number, text) in texts.iter().enumerate() {
        let bot = editions.newest();
        measure(&mut understand, || bot.classifier.classify(text, &|_| true));
        let new = Conversation::new(contact(number));
        let begun = measure(&mut first, || step(&editions, &floor, &new, &says(number, text), now(0))).after;
        measure(&mut next, || step(&editions, &floor, &begun, &says(number, "the small one"), now(5)));
    }
    let (mut article, mut put_first) = (Histogram::default(), 0);
    for number in 0..TURNS {
        let text = sentence(INTENTS + number % ARTICLES, &mut dice);
        let new = Conversation::new(contact(number));
        let step = measure(&mut article, || step(&editions, &floor, &new, &says(number, &text), now(0)));
        put_first += usize::from(step.why.iter().any(|reason| matches!(reason, Reason::PutFirst { .. })));
    }
    println!("of {TURNS} questions that articles answer, {put_first} have the part first that does");
    for (name, histogram) in [
        ("understand alone", understand),
        ("first message", first),
        ("the message after", next),
        ("an article answers", article),
    ] {
        let at = |part| histogram.quantile(part);
        println!("{name:20} p50 {:>6} µs   p99 {:>6} µs   max {:>6} µs", at(0.5), at(0.99), histogram.max());
    }
    println!("Bars: p50 under 150 µs, p99 under 1,000 µs.\n");

    let place = tempfile::tempdir().unwrap();
    let cache = Folder::named(&place.path().display().to_string()).unwrap();
    let [cold, warm] = [(), ()].map(|()| compile(Size { articles: 10_000, ..size }, Some(&cache)).1.as_secs_f64());
    println!("start, 150 intents with 15,000 examples, 10,000 articles: {cold:.2} s (bar: 5 s)");
    println!("the same from the cache in a folder: {warm:.2} s (bar: 0.5 s)");
}

fn compile(size: Size, cache: Option<&dyn Cache>) -> (Bot, Duration) {
    let sources = made::bot(size);
    let began = Instant::now();
    let (bot, problems) = Bot::compile_with(&sources, &Aids { cache, ..Aids::default() });
    let took = began.elapsed();
    let bot = bot.unwrap_or_else(|| panic!("{:#?}", &problems[..problems.len().min(5)]));
    (bot, took)
}

fn measure<T>(into: &mut Histogram, what: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let result = std::hint::black_box(what());
    into.record(u64::try_from(began.elapsed().as_micros()).unwrap());
    result
}

fn now(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn contact(number: usize) -> Contact {
    Contact {
        number: "local".to_owned(),
        wa_id: Some(format!("1555{number:07}")),
        user_id: None,
        name: "Ana".to_owned(),
        language: None,
    }
}

fn says(number: usize, text: &str) -> Event {
    Event::Messages(vec![Inbound {
        id: format!("wamid.{number}"),
        at: now(0),
        content: Content::Text(text.to_owned()),
        quotes: None,
        referral: None,
    }])
}
