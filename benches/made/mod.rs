//! A bot of any size, made of words that mean nothing: the same at every run.

use std::fmt::Write;

use frontdesk::diagnostic::Sources;

/// The same as the program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a bot is made of.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Intents, each of which leads to a flow.
    pub intents: usize,
    /// Examples of each.
    pub examples: usize,
    /// Articles.
    pub articles: usize,
}

/// Numbers that look random and are the same at every run.
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
}

/// A word that can be spoken; the same number gives the same word.
fn word(number: usize) -> String {
    const HEADS: [&str; 16] = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "st", "tr"];
    const TAILS: [&str; 12] = ["a", "e", "i", "o", "u", "an", "el", "in", "or", "un", "as", "et"];
    let (mut rest, mut word) = (number + 7, String::new());
    while rest > 0 || word.len() < 4 {
        word += HEADS[rest % HEADS.len()];
        rest /= HEADS.len();
        word += TAILS[rest % TAILS.len()];
        rest /= TAILS.len();
    }
    word
}

/// What customers say about the topic with this number: three words of its own among some that everybody uses.
pub fn sentence(topic: usize, dice: &mut Dice) -> String {
    const COMMON: [&str; 14] =
        ["my", "the", "please", "is", "not", "how", "do", "i", "a", "need", "with", "about", "can", "want"];
    let mut words: Vec<String> = (0..3).map(|_| word(1_000 + topic * 12 + dice.roll(12))).collect();
    for _ in 0..2 + dice.roll(4) {
        words.insert(dice.roll(words.len() + 1), COMMON[dice.roll(COMMON.len())].to_owned());
    }
    words.join(" ")
}

/// The bot's files.
pub fn bot(size: Size) -> Sources {
    let mut dice = Dice::new(42);
    let mut sources = Sources::default();
    sources.add("bot.yaml", b"bot: Made\nlanguages: [en]\npolicy:\n  gather: 0s\n");
    for intent in 0..size.intents {
        sources.add(&format!("flows/f{intent}.yaml"), flow(intent).as_bytes());
        sources.add(&format!("intents/i{intent}.yaml"), intent_file(intent, size.examples, &mut dice).as_bytes());
    }
    for article in 0..size.articles {
        sources.add(&format!("knowledge/a{article}.md"), article_file(size.intents + article, &mut dice).as_bytes());
    }
    sources
}

fn flow(number: usize) -> String {
    format!(
        "flow: f{number}\nhours: any\nquestions:\n  size:\n    ask: How large is it?\n    options: {{ small: Small, large: Large }}\n\
         outcomes:\n  - when: size == \"small\"\n    say: We carry it at once.\n  - otherwise:\n    say: We carry it tomorrow.\n"
    )
}

fn intent_file(number: usize, examples: usize, dice: &mut Dice) -> String {
    let (first, second) = (word(1_000 + number * 12), word(1_001 + number * 12));
    let mut file = format!(
        "intent: i{number}\nleads_to: {{ flow: f{number} }}\nlabel: {first} {number}\nmenu: false\nkeywords: [{first} {second}]\nexamples:\n"
    );
    for _ in 0..examples {
        // Writing to a string cannot fail.
        let _ = writeln!(file, "  - {}", sentence(number, dice));
    }
    file
}

fn article_file(topic: usize, dice: &mut Dice) -> String {
    let mut file = format!("---\ntitle: About {} {topic}\nquestions:\n", word(1_000 + topic * 12));
    for _ in 0..3 {
        let _ = writeln!(file, "  - {}", sentence(topic, dice));
    }
    file += "---\n";
    for part in 0..4 {
        let lead = word(1_000 + topic * 12 + part);
        let _ = writeln!(file, "**{lead}**: {}.\n{}.\n", sentence(topic, dice), sentence(topic, dice));
    }
    file
}
