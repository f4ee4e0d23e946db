//! Tests.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod language;
mod fake_graph;
mod golden;
mod whatsapp;
