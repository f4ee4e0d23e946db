//! The bot behind the desk in tests: two queues, a flow with a secret question, an article, templates.

use frontdesk::diagnostic::Sources;

const BOT: &str = r#"
bot: Parcel House
languages: [en, he]
when_open: flows
hours: { zone: UTC, open: "Mo-Fr 08:00-18:00" }
numbers:
  - { id: "1", department: support, queue: parcels }
  - { id: "2", department: bills, queue: billing }
queues:
  parcels: { label: { en: Parcels, he: חבילות } }
  billing: { label: { en: Billing, he: חשבונות } }
templates:
  answer_ready: { name: answer_ready, languages: [en], buttons: { open: Show it } }
  reminder: { name: reminder, languages: [en] }
  closing: { name: closing, languages: [en], buttons: { need: Still here } }
"#;

const FLOWS: &str = r#"
flow: find_parcel
hours: any
questions:
  number:
    ask: { en: "What is the parcel's number?", he: "מה מספר החבילה?" }
    called: { en: Parcel, he: חבילה }
    accept: { pattern: 'P-\d{4}', example: P-1234, normalise: upper }
  pin:
    ask: { en: "And the PIN of your account?", he: "ומה הקוד?" }
    called: { en: PIN, he: קוד }
    secret: true
    accept: { pattern: '\d{4}', example: "0000" }
outcomes:
  - otherwise:
    handoff: { queue: parcels, note: "looked for {{ number }}" }
"#;

const INTENTS: &str = r"
intent: where_is_my_parcel
label: { en: Where is my parcel, he: איפה החבילה }
leads_to: { flow: find_parcel }
keywords: [parcel, חבילה]
examples:
  - where is my parcel
  - my parcel has not come
  - when does the parcel come
  - I am waiting for a parcel
  - the parcel is late
  - איפה החבילה שלי
---
intent: complaint
label: { en: I want to complain, he: תלונה }
leads_to: { handoff: billing }
keywords: [complain, complaint]
examples:
  - I want to complain
  - this is a complaint
  - I have a complaint about the bill
  - I am not happy with the bill
  - let me complain about this
  - אני רוצה להתלונן
---
intent: how_to_pack
label: { en: How to pack, he: איך לארוז }
leads_to: { article: packing }
keywords: [pack, wrap]
examples:
  - how do I pack a vase
  - how should I wrap this
  - what box do I need for glass
  - packing something fragile
  - which tape should I use for packing
  - איך אורזים אגרטל
";

const ARTICLE: &str = "---\narticle: packing\ntitle: { en: Packing well, he: לארוז טוב }\nlanguage: en\n---\nUse a *strong* box and a lot of paper.\n";
const ARTICLE_HE: &str = "---\narticle: packing\nlanguage: he\n---\nקופסה חזקה והרבה נייר.\n";

/// The bot's files.
pub fn sources() -> Sources {
    let mut sources = Sources::default();
    let files = [
        ("bot.yaml", BOT),
        ("flows/parcel.yaml", FLOWS),
        ("intents/all.yaml", INTENTS),
        ("knowledge/packing.md", ARTICLE),
        ("knowledge/packing.he.md", ARTICLE_HE),
    ];
    for (file, text) in files {
        sources.add(file, text.as_bytes());
    }
    sources
}
