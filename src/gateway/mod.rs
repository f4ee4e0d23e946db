//! The way in from WhatsApp: checks who delivers, keeps what was delivered, answers. And whether the server is well.
//! Decides nothing about conversations, and does nothing for them before the delivery is answered.

pub mod arrival;
mod body;
mod counts;
pub mod health;
pub mod metrics;
pub mod seldom;
mod webhook;

pub use counts::Counts;
pub use webhook::{Gateway, PATH, routes};
