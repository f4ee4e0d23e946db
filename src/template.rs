//! Customer-facing texts: templates per language, checked when the bot is compiled.

/// A text in one or several languages; the bot's default language always has one.
#[derive(Debug, Clone)]
pub struct LocalText;
