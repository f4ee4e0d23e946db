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

use super::node::Life;
use super::world::Sim;

/// The shop's business number.
pub const NUMBER: &str = "1001";

const BOT: &str = r#"
bot: Desk
languages: [en]
menu: [box, bill, order, refund]
numbers: [{ id: "1001", queue: technical }]
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
say: Let us see.
questions:
  kind:
    ask: Which box?
    options:
      x1: X1
      s2: { label: S2, also: [white box] }
  worked:
    ask: Is it back?
    accept: yes_no
    only_if: kind == "x1"
outcomes:
  - when: worked
    say: Lovely.
  - otherwise:
    say: Then we look at it.
    handoff: technical
---
flow: bill
hours: open
questions:
  about:
    ask: What about the bill?
    accept: { text: { min: 3, max: 200 } }
outcomes:
  - otherwise:
    handoff: { queue: billing, note: "{{ about }}" }
---
flow: order
hours: any
questions:
  number:
    ask: Which number?
    called: Order
    accept: { pattern: 'A-?\d{5}', example: A-10234, normalise: upper }
    lookup: parcel
    valid_when: parcel.found
    if_invalid: There is no such order.
outcomes:
  - when: parcel.eta == none
    say: It waits to be packed.
  - otherwise:
    say: "It comes {{ parcel.eta | default('soon') }}."
---
flow: refund
failures: 1
questions:
  amount:
    ask: How much?
    accept: { number: { min: 1, max: 99, integer: true } }
outcomes:
  - otherwise:
    say: "You get {{ amount }} back."
"#;

const PRICES: &str = "---\ntitle: Prices\n---\nTen a month.\n";

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

/// The bot with its files, compiled once for all simulations.
pub static SHOP: LazyLock<Result<(Arc<Bot>, Sources), String>> = LazyLock::new(|| {
    let mut sources = Sources::default();
    for (file, text) in
        [("bot.yaml", BOT), ("intents/all.yaml", INTENTS), ("flows/all.yaml", FLOWS), ("knowledge/prices.md", PRICES)]
    {
        sources.add(file, text.as_bytes());
    }
    let (bot, problems) = Bot::compile(&sources);
    bot.map(|bot| (Arc::new(bot), sources)).ok_or_else(|| format!("{problems:#?}"))
});

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
                let fails = world.plan.faults.lookup;
                let dice = &mut world.dice;
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
            self.sim.wait(wait).await;
            self.life.or_never().await;
            outcome
        })
    }
}
