//! Versions of the bot, kept as long as someone is on them (R19).

use crate::clock::Timestamp;

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its hash.
    pub hash: String,
    /// What it was compiled from, as JSON.
    pub sources: String,
    /// When it was published last.
    pub published_at: Timestamp,
}

/// How many open enquiries stand at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// On which version.
    pub version: String,
    /// In which flow.
    pub flow: Option<String>,
    /// At which question.
    pub question: Option<String>,
    /// How many.
    pub count: i64,
}
