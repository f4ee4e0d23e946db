//! WhatsApp's Cloud API: signatures, webhooks, rendering within limits, and the only caller of Meta.

pub mod breaker;
pub mod client;
pub mod errors;
pub mod limiter;
pub mod limits;
pub mod render;
pub mod signature;
pub mod webhook;
