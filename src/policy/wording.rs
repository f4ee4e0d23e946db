//! The built-in texts by name, in every shipped language, with the bot's own over them.

/// The texts of one bot.
#[derive(Debug)]
pub struct Wording;
