//! The machine: a pure function from a conversation, one event and the time to the next conversation, the effects wanted
//! and the reasons. It decides and never acts: no I/O, no clock, no randomness, no logging here or below.

pub mod effect;
pub mod event;
pub mod floor;
pub mod reason;
pub mod state;
