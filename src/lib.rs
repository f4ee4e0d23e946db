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
//!
//! # A customer asks about an order
//!
//! 1. Meta posts a delivery. [`gateway`] checks the signature over the raw bytes, [`whatsapp::webhook`] reads it, and
//!    [`runtime::Runtime::receive`] puts it into the inbox of the [`store`]. Only now WhatsApp is answered with 200 (R2).
//! 2. The loop of [`runtime`] waits until no more messages gather (R3), loads the contact, and asks
//!    [`conversation::step`]. No question is open, so the [`intent::classifier`] ranks what the customer may want (R7, R8);
//!    it is confident, and the intent leads to a [`flow`]. The flow asks for the order's number: one [`message::Outbound`]
//!    is wanted, and a timer that reminds the customer once (R20).
//! 3. The new state, the outbox row, the timer and the reasons are committed in one transaction (R38). Then the sender
//!    renders the message ([`whatsapp::render`]) and gives it to the Graph API, or the [`simulator`] shows it.
//! 4. The customer writes "A-10234". The open question reads it (R17) and wants a [`lookup`]; the turn is committed first,
//!    the shop's system called after, and its answer comes back as an event of its own (R18).
//! 5. The first outcome that fits is said; the enquiry is settled.
//!
//! # A promise comes due
//!
//! 1. A second failure handed over to a queue (R14, R21). The customer was told "by 11:08" (R22); the promise is in the
//!    state, and a timer stands for it in the store.
//! 2. `assign` in [`conversation::floor`] gives the enquiry to the agent with the fewest that wait for them (R29). The
//!    [`desk`] shows a countdown, and an alert before it ends (R31).
//! 3. Nobody answers. The timer is due; the loop loads the contact and asks `step`, which apologises once with a new time
//!    and counts the promise as broken. Had an agent replied, the timer would be gone (R40).
//! 4. The agent replies at the desk: [`runtime::Runtime::act`] is one more event, decided by the same `step`. The state is
//!    `awaiting_customer`, and reminders take the place of the promise (R33).

pub mod packed;
pub mod parallel;

pub mod clock;
pub mod diagnostic;
pub mod language;
pub mod text;

pub mod hours;

pub mod locale;
pub mod message;
pub mod samples;
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

pub mod authoring;
pub mod conversation;
pub mod evaluation;

pub mod transcript;

pub mod disk;

pub mod files;
pub mod lookup;
pub mod semantic;
pub mod store;
pub mod whatsapp;

pub mod runtime;

pub mod web;

pub mod desk;
pub mod gateway;
pub mod load;
pub mod simulator;

pub mod cli;
