//! Reads a delivery of WhatsApp's into [`Received`] values. Bounded and tolerant: what one part of it cannot say never
//! loses the parts beside it. Knows nothing of signatures, storage or conversations.

mod received;

pub use received::{GraphError, Received, Sender};
