//! Public sets as a bot's articles: each intent is an article that customers put in five ways, and asked about in others.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use frontdesk::bot::Bot;
use frontdesk::diagnostic::Sources;
use frontdesk::evaluation::Text;
use frontdesk::intent::{Decision, Topic};
use frontdesk::load::Histogram;

use super::Set;
use crate::made::{self, Dice, Size};

/// How customers put what an article answers.
const QUESTIONS: usize = 5;

/// What stands beside the articles that are asked about.
#[derive(Debug, Clone, Copy)]
pub enum Others {
    /// Nothing.
    None,
    /// Articles of words that mean nothing, until there are so many.
    Strange(usize),
    /// Articles of the sets' own words, thrown together, until there are so many.
    Alike(usize),
}

/// What came of asking.
pub struct Found {
    pub articles: usize,
    pub asked: usize,
    pub first: usize,
    pub in_three: usize,
    pub sent_right: usize,
    pub sent_wrong: usize,
    pub micros: Histogram,
    pub compiled: Duration,
}

/// Makes a bot of the sets' articles and asks it everything in their test splits that has an intent.
pub fn ask(sets: &[&Set], others: Others) -> Found {
    let (sources, articles) = bot(sets, others);
    let began = Instant::now();
    let (bot, problems) = Bot::compile(&sources);
    let compiled = began.elapsed();
    assert!(bot.is_some(), "{:#?}", &problems[..problems.len().min(5)]);
    let bot = bot.unwrap();
    let none = Histogram::default();
    let mut found =
        Found { articles, asked: 0, first: 0, in_three: 0, sent_right: 0, sent_wrong: 0, micros: none, compiled };
    for set in sets {
        for text in &set.test {
            if let Some(intent) = &text.intent {
                put(&bot, &text.text, &Topic::Article(name(set, intent)), &mut found);
            }
        }
    }
    found
}

fn put(bot: &Bot, text: &str, right: &Topic, found: &mut Found) {
    let began = Instant::now();
    let understood = bot.classifier.classify(text, &|_| true);
    found.micros.record(u64::try_from(began.elapsed().as_micros()).unwrap());
    let is_first = understood.best().is_some_and(|best| best.topic == *right);
    let sent = understood.decision == Decision::Confident;
    found.asked += 1;
    found.first += usize::from(is_first);
    found.in_three += usize::from(understood.candidates.iter().take(3).any(|candidate| candidate.topic == *right));
    found.sent_right += usize::from(sent && is_first);
    found.sent_wrong += usize::from(sent && !is_first);
}

/// The bot's files, and how many articles it has.
fn bot(sets: &[&Set], others: Others) -> (Sources, usize) {
    let mut articles: Vec<(String, String, Vec<String>)> = Vec::new();
    for set in sets {
        let drawn = set.draw(QUESTIONS, 0);
        let intents: BTreeSet<&String> = drawn.iter().filter_map(|text| text.intent.as_ref()).collect();
        for intent in intents {
            let of = drawn.iter().filter(|text| text.intent.as_ref() == Some(intent));
            articles.push((name(set, intent), intent.replace('_', " "), of.map(|text| text.text.clone()).collect()));
        }
    }
    let (strange, alike) = match others {
        Others::None => (0, 0),
        Others::Strange(all) => (all - articles.len(), 0),
        Others::Alike(all) => (0, all - articles.len()),
    };
    let mut sources = made::bot(Size { intents: 0, examples: 0, articles: strange });
    articles.extend(thrown_together(sets, alike));
    for (name, title, questions) in &articles {
        sources.add(&format!("knowledge/{name}.md"), file(title, questions).as_bytes());
    }
    (sources, articles.len() + strange)
}

/// Articles whose questions and titles are words of the sets' sentences, each drawn by itself.
fn thrown_together(sets: &[&Set], count: usize) -> Vec<(String, String, Vec<String>)> {
    let mut dice = Dice::new(5);
    let train: Vec<&Text> = sets.iter().flat_map(|set| &set.train).collect();
    let words: Vec<&str> = train.iter().flat_map(|text| text.text.split_whitespace()).collect();
    let mut some = |count: usize| (0..count).map(|_| words[dice.roll(words.len())]).collect::<Vec<_>>().join(" ");
    (0..count)
        .map(|number| (format!("other-{number}"), some(3), (0..QUESTIONS).map(|at| some(6 + at)).collect()))
        .collect()
}

fn file(title: &str, questions: &[String]) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let mut file = format!("---\ntitle: {}\nquestions:\n", quoted(title));
    for question in questions {
        // Writing to a string cannot fail.
        let _ = writeln!(file, "  - {}", quoted(question));
    }
    let _ = writeln!(file, "---\nThis is about {}.", title.replace(['{', '}', '%'], " "));
    file
}

fn name(set: &Set, intent: &str) -> String {
    let plain: String =
        intent.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    format!("{}-{plain}", set.name.to_lowercase())
}
