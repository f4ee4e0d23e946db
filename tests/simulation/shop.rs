//! The shop that is simulated: its bot, with people by day and flows by night, and its own system, which fails.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use frontdesk::bot::Bot;
use frontdesk::diagnostic::Sources;
use frontdesk::lookup::{Calls, LookupOutcome};
use frontdesk::message::{Fields, Value};
use frontdesk::policy::Lookup;
use frontdesk::runtime::{Compiler, Compiling, pack_sources};

use super::node::Life;
use super::world::Sim;

/// The shop's business numbers.
pub const NUMBERS: [&str; 2] = ["1001", "1002"];

const BOT: &str = r#"
bot: Desk
languages: [en]
menu: [box, bill, order, refund]
numbers: [{ id: "1001", queue: technical }, { id: "1002", queue: billing }]
hours: { zone: Asia/Jerusalem, open: "Su-Th 08:00-18:00; Fr 08:00-13:00; PH off", holidays: IL }
when_open: flows
queues:
  technical: { label: Technical }
  billing: { label: Billing, hours: { zone: Asia/Jerusalem, open: "Mo-Fr 10:00-12:00" } }
wording: { welcome: Welcome. }
templates:
  still_relevant: { name: still_relevant, languages: [en], buttons: { yes: "Yes", no: "No" } }
  answer_ready: { name: answer_ready, languages: [en], buttons: { open: Show me } }
  reminder: { name: reminder, languages: [en] }
  closing: { name: closing, languages: [en], buttons: { need: Still needed } }
  promise_renewed: { name: promise_renewed, languages: [en], parameters: [promise] }
  record: { name: record, languages: [en], buttons: { record: Record } }
lookups:
  parcel:
    get: https://api.example.com/parcels/{{ number }}
    result: { found: "$.found", eta: "$.eta" }
"#;

const INTENTS: &str = r"
intent: box
label: My box
leads_to: { flow: box }
keywords: [box]
---
intent: bill
label: My bill
leads_to: { flow: bill }
keywords: [bill]
---
intent: order
label: My order
leads_to: { flow: order }
keywords: [order]
---
intent: refund
label: Money back
confirm: true
leads_to: { flow: refund }
keywords: [refund]
---
intent: prices
leads_to: { article: prices }
keywords: [prices]
---
intent: address
leads_to: { say: We are at 1 Main Street. }
keywords: [address]
---
intent: manager
leads_to: { handoff: billing }
keywords: [manager]
";

const FLOWS: &str = r#"
flow: box
say: Let us see. §
questions:
  kind:
    ask: Which box? §
    options:
      x1: X1
      s2: { label: S2, also: [white box] }
  worked:
    ask: Is it back? §
    accept: yes_no
    only_if: kind == "x1"
outcomes:
  - when: worked
    say: Lovely. §
  - otherwise:
    say: Then we look at it. §
    handoff: technical
---
flow: bill
hours: open
questions:
  about:
    ask: What about the bill? §
    accept: { text: { min: 3, max: 200 } }
outcomes:
  - otherwise:
    handoff: { queue: billing, note: "{{ about }}" }
---
flow: order
hours: any
questions:
  number:
    ask: Which number? §
    called: Order
    accept: { pattern: 'A-?\d{5}', example: A-10234, normalise: upper }
    lookup: parcel
    valid_when: parcel.found
    if_invalid: There is no such order. §
outcomes:
  - when: parcel.eta == none
    say: It waits to be packed. §
  - otherwise:
    say: "It comes {{ parcel.eta | default('soon') }}. §"
---
flow: refund
failures: 1
questions:
  amount:
    ask: How much? §
    accept: { number: { min: 1, max: 99, integer: true } }
outcomes:
  - otherwise:
    say: "You get {{ amount }} back. §"
"#;

const PRICES: &str = "---\ntitle: Prices\n---\nTen a month. §\n";

/// What customers say.
pub const WORDS: [&str; 26] = [
    "hello",
    "thanks",
    "bye",
    "person",
    "person",
    "I want to talk to a human, please",
    "menu",
    "cancel",
    "stop",
    "start",
    "record",
    "yes",
    "no",
    "1",
    "2",
    "X1",
    "white box",
    "my box is broken",
    "my bill is too high",
    "where is my order A-10234",
    "A-10235",
    "refund",
    "prices",
    "manager",
    "purple elephants",
    "what is the address",
];

/// What later versions say in place of the first: another option, other hours, another question.
const EDITIONS: [&[(&str, &str)]; 4] = [
    &[],
    &[("s2: { label: S2, also: [white box] }", "s3: { label: S3, also: [white box] }")],
    &[("Su-Th 08:00-18:00; Fr 08:00-13:00", "Su-Th 09:30-16:00; Fr 09:30-12:00"), ("Mo-Fr 10:00-12:00", "24/7")],
    &[
        ("min: 1, max: 99", "min: 1, max: 9"),
        ("accept: yes_no\n    only_if", "accept: yes_no\n    called: Back\n    only_if"),
    ],
];

/// A version of the bot with its files.
pub type Edition = (Arc<Bot>, Sources);

/// All versions of the bot, compiled once for all simulations.
static SHOP: LazyLock<Result<Vec<Edition>, String>> = LazyLock::new(|| (0..EDITIONS.len()).map(compiled).collect());

fn compiled(edition: usize) -> Result<Edition, String> {
    let mut sources = Sources::default();
    for (file, text) in
        [("bot.yaml", BOT), ("intents/all.yaml", INTENTS), ("flows/all.yaml", FLOWS), ("knowledge/prices.md", PRICES)]
    {
        let marked = text.replace('§', &format!("[{edition}]"));
        let changed = EDITIONS[edition].iter().fold(marked, |text, (old, new)| text.replace(old, new));
        sources.add(file, changed.as_bytes());
    }
    let (bot, problems) = Bot::compile(&sources);
    bot.map(|bot| (Arc::new(bot), sources)).ok_or_else(|| format!("{problems:#?}"))
}

/// How many versions there are.
pub const fn editions() -> usize {
    EDITIONS.len()
}

/// A version of the bot.
pub fn published(edition: usize) -> Result<Edition, String> {
    let shop = SHOP.as_ref().map_err(Clone::clone)?;
    shop.get(edition).cloned().ok_or_else(|| format!("there is no version {edition}"))
}

/// Which version has this hash.
pub fn edition(hash: &str) -> Option<usize> {
    SHOP.as_ref().ok()?.iter().position(|(bot, _)| bot.version == hash)
}

/// The hash of each version.
pub fn hashes() -> Vec<String> {
    SHOP.as_ref().map(|shop| shop.iter().map(|(bot, _)| bot.version.clone()).collect()).unwrap_or_default()
}

/// The versions whose words are in a text.
pub fn marks(text: &str) -> Vec<usize> {
    (0..EDITIONS.len()).filter(|edition| text.contains(&format!("[{edition}]"))).collect()
}

/// Versions that were compiled before: for whoever finds one in the store.
#[derive(Debug)]
pub struct Compiled;

impl Compiler for Compiled {
    fn compile(&self, sources: Sources) -> Compiling {
        Box::pin(async move {
            let shop = SHOP.as_ref().ok()?;
            shop.iter().find(|(_, ours)| pack_sources(ours) == pack_sources(&sources)).map(|(bot, _)| Arc::clone(bot))
        })
    }
}

/// The shop's own system.
pub struct OwnSystem {
    pub sim: Arc<Sim>,
    pub life: Life,
}

impl fmt::Debug for OwnSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnSystem")
    }
}

impl Calls for OwnSystem {
    fn call<'a>(
        &'a self,
        lookup: &'a Lookup,
        _names: &'a BTreeMap<String, Value>,
        _results: &'a BTreeMap<String, Fields>,
    ) -> Pin<Box<dyn Future<Output = LookupOutcome> + Send + 'a>> {
        Box::pin(async move {
            let timeout = lookup.timeout.to_std().unwrap_or_default() * 2;
            let (outcome, wait) = self.sim.with(|world| {
                let (fails, never) = (world.plan.faults.lookup, world.plan.faults.lookup_never);
                let dice = &mut world.dice;
                if dice.chance(never) {
                    // Nobody may take what comes so late for the answer to another call.
                    return (LookupOutcome::NotFound, dice.millis(60_000, 6 * 3_600_000));
                }
                if dice.chance(fails) {
                    let wait = if dice.chance(0.5) { timeout } else { Duration::from_millis(50) };
                    (LookupOutcome::Failed("it does not answer".to_owned()), wait)
                } else if dice.chance(0.3) {
                    (LookupOutcome::NotFound, dice.millis(20, 3_000).min(timeout))
                } else {
                    let eta = if dice.chance(0.5) { Value::Text("on Monday".to_owned()) } else { Value::None };
                    let fields = [("found".to_owned(), Value::Bool(true)), ("eta".to_owned(), eta)];
                    (LookupOutcome::Found(fields.into()), dice.millis(20, 3_000).min(timeout))
                }
            });
            if wait > timeout {
                tokio::time::sleep(wait).await;
            } else {
                self.sim.wait(wait).await;
            }
            self.life.or_never().await;
            outcome
        })
    }
}
