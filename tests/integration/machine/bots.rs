//! Some hundred bots, generated and compiled once for all conversations; only those that `check` accepts.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use frontdesk::bot::Bot;
use frontdesk::diagnostic::Sources;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// So many are drawn; `check` refuses about half of them, most for a third question.
const DRAWN: usize = 240;

/// Words that mean an intent as the whole message; `generate` lets customers say them.
pub const MATTERS: [&str; 5] = ["alpha", "bravo", "charlie", "delta", "foxtrot"];

/// A bot with its files, for a failed case.
pub struct Made {
    pub bot: Arc<Bot>,
    pub files: String,
}

/// All of them, the same at every run. Any may be published over any other: they have the same queues and numbers.
pub static BOTS: LazyLock<Vec<Made>> = LazyLock::new(|| {
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    let drawn: Vec<String> = (0..DRAWN).map(|_| files().new_tree(&mut runner).unwrap().current()).collect();
    let (left, right) = drawn.split_at(DRAWN / 2);
    let made = std::thread::scope(|scope| {
        let left = scope.spawn(|| left.iter().filter_map(|files| made(files)).collect::<Vec<_>>());
        let right: Vec<_> = right.iter().filter_map(|files| made(files)).collect();
        left.join().unwrap().into_iter().chain(right).collect::<Vec<_>>()
    });
    assert!(made.len() > DRAWN / 3, "only {} of {DRAWN} bots compile", made.len());
    made
});

fn made(files: &str) -> Option<Made> {
    let mut sources = Sources::default();
    for part in format!("\n{files}").split("\n== ").skip(1) {
        let (path, body) = part.split_once('\n').unwrap();
        sources.add(path, format!("{body}\n").as_bytes());
    }
    let (bot, _) = Bot::compile(&sources);
    Some(Made { bot: Arc::new(bot?), files: files.to_owned() })
}

const ACCEPTS: [&str; 14] = [
    "options: { one: One, two: { label: Two, also: [deux] } }",
    "options: { a: Ant, b: Bee, c: Cat, d: { label: Dog, hint: it barks }, e: Emu }",
    "accept: text",
    "accept: { text: { min: 3, max: 20 } }",
    "accept: yes_no",
    "accept: { number: { min: 1, max: 9, integer: true } }",
    "accept: { date: { from: today, to: +30d } }",
    "accept: phone",
    "accept: email",
    "accept: { pattern: 'A-?\\d{5}', example: A-10234, normalise: upper }",
    "accept: location",
    "accept: photo",
    "accept: document",
    "accept: media",
];

prop_compose! {
    fn question(name: &'static str)(
        accept in select(ACCEPTS.as_slice()),
        article in prop::bool::weighted(0.2),
        lookup in prop::bool::weighted(0.25),
        own in prop::bool::weighted(0.3),
        called in any::<bool>(),
        secret in prop::bool::weighted(0.1),
    ) -> String {
        let mut text = format!("  {name}:\n    ask: What is {name}?\n    {accept}\n");
        if article { text.push_str("    article: help\n"); }
        if own { text.push_str("    if_unclear: Not clear to me.\n"); }
        if lookup { text.push_str("    lookup: shop\n    valid_when: shop.found\n"); }
        if own && lookup { text.push_str("    if_invalid: The shop does not know it.\n"); }
        if called { text.push_str("    called: Thing\n"); }
        if secret { text.push_str("    secret: true\n"); }
        text
    }
}

const OUTCOMES: [&str; 10] = [
    "  - otherwise:\n    say: That is all.\n",
    "  - otherwise:\n    handoff: first\n",
    "  - otherwise:\n    say: One moment.\n    handoff: { queue: second, note: a note }\n",
    "  - otherwise:\n    article: help\n",
    "  - otherwise:\n    lookup: shop\n    say: \"It is {{ shop.state | default('unknown') }}.\"\n",
    "  - when: contact.language == \"he\"\n    handoff: second\n  - otherwise:\n    say: [Well., \"Bye, {{ contact.name }}.\"]\n",
    "  - when: hours.open\n    say: It is day.\n  - otherwise:\n    send: { link: { label: Read, url: https://example.com/a } }\n    say: It is night.\n",
    "  - otherwise:\n    say: Here.\n    send: { location: { latitude: 32.1, longitude: 34.8, name: Shop } }\n",
    "  - otherwise:\n    start: NEXT\n",
    "  - otherwise:\n    say: On we go.\n    start: NEXT\n",
];

fn flow(at: usize) -> impl Strategy<Value = String> {
    let name = MATTERS[at];
    let questions = prop_oneof![
        2 => Just(String::new()),
        4 => question("q_one"),
        4 => (question("q_one"), question("q_two")).prop_map(|(one, two)| one + &two),
    ];
    let hours = select(["", "", "hours: any\n", "hours: any\n", "hours: open\n", "hours: closed\n"].as_slice());
    let failures = prop::bool::weighted(0.15);
    let department = prop::bool::weighted(0.1);
    (questions, hours, failures, department, select(OUTCOMES.as_slice()), any::<bool>()).prop_map(
        move |(questions, hours, failures, department, outcome, say)| {
            let next = MATTERS.get(at + 1).filter(|_| at < 3).copied();
            let outcome = match next {
                Some(next) => outcome.replace("NEXT", next),
                None if outcome.contains("NEXT") => OUTCOMES[0].to_owned(),
                None => outcome.to_owned(),
            };
            let mut text = format!("flow: {name}\n{hours}");
            if say {
                text.push_str("say: Very well.\n");
            }
            if failures {
                text.push_str("failures: 1\n");
            }
            if department {
                text.push_str("departments: [one]\n");
            }
            if !questions.is_empty() {
                let _ = write!(text, "questions:\n{questions}");
            }
            text + "outcomes:\n" + &outcome
        },
    )
}

fn intent(at: usize) -> impl Strategy<Value = String> {
    let name = MATTERS[at];
    let to = prop_oneof![
        6 => Just(format!("{{ flow: {name} }}")),
        1 => Just("{ article: help }".to_owned()),
        1 => Just("{ handoff: second }".to_owned()),
        1 => Just("{ say: Said and done. }".to_owned()),
    ];
    (to, prop::bool::weighted(0.2)).prop_map(move |(to, confirm)| {
        let confirm = if confirm && to.contains("flow") { "confirm: true\n" } else { "" };
        format!(
            "intent: {name}\nlabel: The {name}\nleads_to: {to}\n{confirm}keywords: [{name}]\nexamples: [where is the {name}, my {name} is gone, {name} please]\n"
        )
    })
}

const HOURS: [&str; 5] = [
    "",
    "hours: { zone: Asia/Jerusalem, open: \"Su-Th 08:00-18:00; Fr 08:00-13:00; PH off\", holidays: IL }\n",
    "hours: { zone: Europe/London, open: \"Mo-Fr 09:00-12:00,13:00-17:00\" }\n",
    "hours: { zone: Pacific/Auckland, open: \"Mo-Sa 20:00-23:00\" }\n",
    "hours: { zone: Asia/Jerusalem, open: \"Su-Fr 00:00-24:00\" }\n",
];

const POLICIES: [&str; 6] = [
    "",
    "",
    "policy: { sitting: 2h, repeat_contact: 1h }\n",
    "policy: { quiet_hours: \"00:00-06:00\", closing_after: 10h, reminders: [1h, 2h] }\n",
    "policy: { question_reminder: 20m, short_closure: 20h, capacity: 1 }\n",
    "policy: { loop: { messages: 2, within: 1h }, morning_check: { after_opening: 1m, per_minute: 1, skip_younger: 10m, silent_after: 1h } }\n",
];

const TEMPLATES: [&str; 3] = [
    "",
    "templates:\n  promise_renewed: { name: renewed, languages: [en], parameters: [promise] }\n  still_relevant: { name: still, languages: [en], buttons: { yes: Yes, no: No } }\n",
    "templates:\n  promise_renewed: { name: renewed, languages: [en], parameters: [promise] }\n  still_relevant: { name: still, languages: [en], buttons: { yes: Yes, no: No } }\n  answer_ready: { name: ready, languages: [en] }\n  reminder: { name: reminder, languages: [en] }\n  closing: { name: closing, languages: [en], buttons: { need: Still needed } }\n  record: { name: record, languages: [en] }\n  continue_here: { name: here, languages: [en] }\n",
];

fn files() -> impl Strategy<Value = String> {
    let settings = (
        select(HOURS.as_slice()),
        select(POLICIES.as_slice()),
        select(TEMPLATES.as_slice()),
        any::<bool>(),
        select(["", "    hours: { zone: Asia/Jerusalem, open: \"Mo-Fr 10:00-12:00\" }\n"].as_slice()),
    );
    let flows = (flow(0), flow(1), flow(2), flow(3));
    let intents = (intent(0), intent(1), intent(2), intent(3));
    (settings, flows, intents).prop_map(|((hours, policy, templates, day_flows, second), flows, intents)| {
        let when_open = if day_flows { "when_open: flows\n" } else { "" };
        format!(
            "== bot.yaml\nbot: Made\nlanguages: [en, he]\nnumbers:\n  - {{ id: \"1\", department: one, queue: first }}\n  - {{ id: \"2\", department: two, queue: second }}\n{hours}{when_open}queues:\n  first: {{ label: First }}\n  second:\n    label: Second\n{second}{policy}{templates}lookups:\n  shop:\n    get: https://api.example.com/things\n    result: {{ found: \"$.found\", state: \"$.state\" }}\n== flows/all.yaml\n{}---\n{}---\n{}---\n{}\n== intents/all.yaml\n{}---\n{}---\n{}---\n{}---\nintent: foxtrot\nlabel: The help\nleads_to: {{ article: help }}\nkeywords: [foxtrot]\nexamples: [help with foxtrot, foxtrot now]\n== knowledge/help.md\n---\ntitle: Help\nlink: https://example.com/help\n---\nSome help.\n",
            flows.0, flows.1, flows.2, flows.3, intents.0, intents.1, intents.2, intents.3
        )
    })
}
