//! frontdesk: a customer-service bot runtime for WhatsApp, the front desk of a person.
//!
//! ```text
//!  customer ─ gateway ┐                    pure, no async, no clock                   ┌ outbox ─ whatsapp ─ customer
//!  agent ──── desk ───┼─ Event ─ load ─ conversation::step(bots, before, event, now) ─ commit ┤ timers (due later → Event)
//!  timer, receipt ────┘                    → Step { after, effects, why }             └ lookups (answer → Event)
//! ```
//!
//! One function decides, one path acts. The modules below are listed in layers; a module imports only from layers above
//! its own, never from a sibling in its layer (a test reads this list and holds everyone to it).
//!
//! Invariants: layers up to `transcript` have no async, network, clock, randomness, environment or logging · `step`
//! returns no `Result` · only `clock` reads time, `cli::config` the environment, `cli::project` the author's files ·
//! nothing is sent before the state that caused it is committed · nothing but the runtime changes a conversation.

pub mod clock;
pub mod diagnostic;
pub mod language;
pub mod text;

pub mod hours;

pub mod locale;
pub mod message;
pub mod yaml;

pub mod scope;

pub mod condition;
pub mod template;

pub mod compile;

pub mod flow;
pub mod intent;
pub mod knowledge;
pub mod policy;

pub mod bot;

pub mod conversation;

pub mod transcript;

pub mod lookup;
pub mod store;
pub mod whatsapp;

pub mod runtime;

pub mod web;

pub mod desk;
pub mod gateway;
pub mod simulator;

pub mod cli;
