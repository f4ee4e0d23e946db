//! WhatsApp's protocol: what Meta sends us and what we send Meta.

mod client;
mod inbound;
mod outbound;
mod signature;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A file below `tests/fixtures/whatsapp`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/whatsapp").join(name)
}

pub fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn json(name: &str) -> Value {
    serde_json::from_slice(&bytes(name)).unwrap()
}
