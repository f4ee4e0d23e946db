//! Tests.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod architecture;
mod authoring;
mod desk;
mod evaluation;
mod fake_graph;
mod fsyncs;
mod gateway;
mod golden;
mod hours;
mod language;
mod load;
mod lookup;
mod machine;
mod parcel;
mod postgres_server;
mod readme;
mod runtime;
mod sample;
mod serve;
mod simulation;
mod simulator;
mod store;
mod transcript;
mod understanding;
mod whatsapp;
