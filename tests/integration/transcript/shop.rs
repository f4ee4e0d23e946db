//! A small shop whose transcripts the tests play, and the ways to play them.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use chrono::DateTime;
use frontdesk::bot::Bot;
use frontdesk::diagnostic::{Sources, human};
use frontdesk::transcript::coverage::Coverage;
use frontdesk::transcript::script::Who;
use frontdesk::transcript::session::Session;
use frontdesk::transcript::{self, Report, RunOptions, Script};

pub const BOT: &str = r#"bot: Lamp shop
languages: [en, he]
numbers:
  - { id: "100", department: sales, queue: sales }
  - { id: "200", department: lab, queue: lab }
hours:
  zone: Asia/Jerusalem
  open: "Su-Th 08:00-18:00"
when_open: flows
queues:
  sales: { label: Sales }
  lab: { label: The lab, first_reply: 10m }
wording:
  welcome: { en: "Hello, this is the automatic assistant.", he: "שלום, כאן העוזר האוטומטי." }
templates:
  still_relevant:
    name: still_relevant_v1
    languages: [en, he]
    buttons: { yes: { en: "Yes", he: כן }, no: { en: "No", he: לא } }
  answer_ready: { name: answer_ready, languages: [en, he] }
  reminder: { name: reminder, languages: [en, he] }
  closing: { name: closing, languages: [en, he] }
  promise_renewed: { name: promise_renewed, languages: [en, he] }
lookups:
  order:
    get: https://shop.example.com/orders/{{ number }}
    result: { found: "$.found", eta: "$.eta" }
"#;

const ORDER_FLOW: &str = r#"flow: order
questions:
  number:
    ask: { en: What is your order number?, he: מה מספר ההזמנה? }
    called: { en: Order, he: הזמנה }
    accept: { pattern: 'A-?\d{5}', example: A-10234, normalise: upper }
    lookup: order
    valid_when: order.found
    if_unclear: { en: It begins with A and has five digits., he: הוא מתחיל ב-A }
    if_invalid: { en: There is no such order. Is there a slip in it?, he: אין הזמנה כזאת }
outcomes:
  - when: order.eta != none
    say: { en: 'It comes on {{ order.eta | default("") }}.', he: 'היא תגיע {{ order.eta | default("") }}.' }
  - otherwise:
    say: { en: Let me ask a colleague., he: נבדוק עם עמית. }
    handoff: { queue: sales, note: 'No date for {{ number }}' }
"#;

const LAMP_FLOW: &str = r"flow: lamp
say: { en: Light will come., he: יהיה אור. }
questions:
  colour:
    ask: { en: Which colour?, he: איזה צבע? }
    options:
      red: { label: { en: Red, he: אדום } }
      blue: { label: { en: Blue, he: כחול } }
outcomes:
  - when: colour == 'red'
    say: { en: Red it is., he: אדום. }
  - otherwise:
    say: { en: Blue it is., he: כחול. }
    article: lamp-care
";

const INTENTS: &str = r"intent: order_status
label: { en: My order, he: ההזמנה שלי }
leads_to: { flow: order }
keywords: [order]
examples: [where is my order, when does it come, has it been sent, track my order, my order is late]
---
intent: buy_lamp
label: { en: Buy a lamp, he: לקנות מנורה }
leads_to: { flow: lamp }
keywords: [buy]
examples: [i want to buy a lamp, sell me a lamp, a new lamp please, which lamps do you have, i need light]
---
intent: broken_lamp
label: { en: My lamp is broken, he: המנורה שבורה }
leads_to: { handoff: lab }
keywords: [broken]
examples: [my lamp is broken, it fell down, the bulb is dead, it does not shine, glass everywhere]
";

const ARTICLE: &str = "---
article: lamp-care
title: { en: Caring for lamps, he: טיפול במנורות }
questions: [how do i clean my lamp, dust on the shade]
---
Wipe it with a dry cloth.

Never use water.
";

/// The shop's files.
pub fn sources() -> Sources {
    let mut sources = Sources::default();
    let hebrew =
        ARTICLE.replace("Wipe it with a dry cloth.", "לנגב במטלית יבשה.").replace("Never use water.", "בלי מים.");
    let files = [
        ("bot.yaml", BOT),
        ("flows/order.yaml", ORDER_FLOW),
        ("flows/lamp.yaml", LAMP_FLOW),
        ("intents/all.yaml", INTENTS),
        ("knowledge/lamp-care.en.md", ARTICLE),
        ("knowledge/lamp-care.he.md", &hebrew),
    ];
    for (path, text) in files {
        sources.add(path, text.as_bytes());
    }
    sources
}

static SHOP: LazyLock<Arc<Bot>> = LazyLock::new(|| compile(&sources()));
/// The shop after `bot: later`.
static LATER: LazyLock<Arc<Bot>> = LazyLock::new(|| {
    let mut sources = sources();
    let text =
        sources.text("flows/lamp.yaml").replace("Which colour?", "Which colour now?").replace("Red it is.", "Red now.");
    sources.add("flows/lamp.yaml", text.as_bytes());
    compile(&sources)
});

fn compile(sources: &Sources) -> Arc<Bot> {
    let (bot, problems) = Bot::compile(sources);
    Arc::new(bot.unwrap_or_else(|| panic!("{}", human(&problems, sources, false))))
}

fn version(dir: &str) -> Result<Arc<Bot>, String> {
    match dir {
        "later" => Ok(Arc::clone(&LATER)),
        _ => Err("there is no bot.yaml".to_owned()),
    }
}

fn options() -> RunOptions<'static> {
    RunOptions { bot: Arc::clone(&SHOP), version: &version }
}

/// A conversation of Dana's, who writes on a Tuesday morning.
pub fn session() -> Session<'static> {
    let who = Who { name: "Dana".to_owned(), number: None, language: None };
    let now = DateTime::from_timestamp(1_772_524_800, 0).unwrap();
    Session::new(&SHOP, &version, who, now, None).unwrap()
}

pub fn parse(text: &str) -> Script {
    transcript::parse(&Arc::from("tests/shop.chat"), text).unwrap_or_else(|problems| {
        let mut sources = Sources::default();
        sources.add("tests/shop.chat", text.as_bytes());
        panic!("{}", human(&problems, &sources, false))
    })
}

/// Plays every test of a transcript on the shop; times are zero.
pub fn play(text: &str) -> Report {
    let scripts = [parse(text)];
    let tests: Vec<_> = transcript::plan(&scripts, None)
        .into_iter()
        .map(|planned| match planned.skip {
            Some(reason) => transcript::skip(planned.script, planned.test, reason),
            None => transcript::run(planned.script, planned.test, &options()),
        })
        .collect();
    let reached: BTreeSet<_> = tests.iter().flat_map(|test| test.reached.iter().cloned()).collect();
    Report { tests, coverage: Coverage::of(&SHOP, &reached) }
}

/// The transcript as `--update` leaves it.
pub fn update(text: &str) -> String {
    let script = parse(text);
    let report = play(text);
    let failed: BTreeSet<u32> = report.tests.iter().filter(|t| t.failure.is_some()).map(|t| t.line).collect();
    let failing: Vec<_> = script.tests.iter().filter(|test| failed.contains(&test.line)).collect();
    transcript::rewrite(text, &failing, &options())
}

/// Fails unless every test passes.
pub fn passes(text: &str) {
    let report = play(text);
    let all = report.passed() == report.tests.len() && !report.tests.is_empty();
    assert!(all, "{}", report.human(transcript::report::ShowCoverage::No));
}

/// Fails unless every test fails.
pub fn fails(text: &str) {
    let report = play(text);
    let all = report.failed() == report.tests.len() && !report.tests.is_empty();
    assert!(all, "{}", report.human(transcript::report::ShowCoverage::No));
}
