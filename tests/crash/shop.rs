//! A bot that answers every message at once and by itself: each word that customers say has an answer of its own, so that
//! from an answer it is known what was said.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// What a customer says, in this order: each word once, for who asks the same again is given to a person (R26).
pub const WORDS: [&str; 6] = ["alpha", "bravo", "charlie", "delta", "foxtrot", "golf"];
/// Enough business numbers that WhatsApp's 80 messages a second from each hold nothing up.
const NUMBERS: u64 = 50;

/// The business numbers.
pub fn numbers() -> Vec<String> {
    (0..NUMBERS).map(|number| (100_000_000_000_001 + number).to_string()).collect()
}

/// What the bot says to the `nth` word.
pub fn answer(nth: usize) -> String {
    WORDS.get(nth).map(|word| format!("You said {word}.")).unwrap_or_default()
}

/// Writes the bot's files.
pub fn write(folder: &Path) -> std::io::Result<PathBuf> {
    let mut bot = "bot: Crash Desk\nlanguages: [en]\npolicy:\n  gather: 0s\nnumbers:\n".to_owned();
    for number in numbers() {
        // Writing to a string cannot fail.
        let _ = writeln!(bot, "  - {{ id: \"{number}\" }}");
    }
    let intents: Vec<String> = WORDS
        .iter()
        .enumerate()
        .map(|(nth, word)| {
            format!("intent: {word}\nleads_to: {{ say: {} }}\nlabel: {word}\nkeywords: [{word}]\n", answer(nth))
        })
        .collect();
    let place = folder.join("bot");
    fs::create_dir_all(place.join("intents"))?;
    fs::write(place.join("bot.yaml"), bot)?;
    fs::write(place.join("intents/words.yaml"), intents.join("---\n"))?;
    Ok(place)
}
