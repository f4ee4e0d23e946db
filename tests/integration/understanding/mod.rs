//! What the bot makes of what customers write: anytime words, wishes for a person, keywords, examples, languages (R6–R10).

mod decisions;
mod kept;
mod languages;
mod passages;
mod semantic;
mod texts;

use std::sync::LazyLock;

use frontdesk::bot::Bot;
use frontdesk::diagnostic::{Sources, human};
use frontdesk::intent::{Decision, Topic, Understanding};

const BOT: &str = include_str!("bot.txt");

static SHOP: LazyLock<Bot> = LazyLock::new(|| compile(BOT));

/// A bot from files in one text: each begins with a line `== path`.
fn compile(text: &str) -> Bot {
    let mut sources = Sources::default();
    for part in format!("\n{text}").split("\n== ").skip(1) {
        let (path, body) = part.split_once('\n').unwrap();
        sources.add(path.trim(), format!("{body}\n").as_bytes());
    }
    let (bot, problems) = Bot::compile(&sources);
    bot.unwrap_or_else(|| panic!("{}", human(&problems, &sources, false)))
}

fn understand(text: &str) -> Understanding {
    SHOP.classifier.classify(text, &|_| true)
}

/// The intent that is picked, `a|b` when torn, `?` when unsure.
fn picked(understood: &Understanding) -> String {
    let name = |at: usize| match understood.candidates.get(at).map(|candidate| &candidate.topic) {
        Some(Topic::Intent(name) | Topic::Article(name)) => name.clone(),
        None => String::new(),
    };
    match understood.decision {
        Decision::Confident => name(0),
        Decision::Torn(count) => (0..usize::from(count)).map(name).collect::<Vec<_>>().join("|"),
        Decision::Unsure => "?".to_owned(),
    }
}
