//! The training file of Rasa (`nlu.yml`, versions 2 and 3): its intents with their examples, entities reduced to their words.

use std::sync::LazyLock;

use regex::Regex;

use super::example;
use crate::yaml::{self, Node};

/// What a training file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Training {
    /// The examples of each intent, in the order of the file; retrieval intents as `faq/ask_x`.
    pub intents: Vec<(String, Vec<String>)>,
    /// What else it holds and the bot has no use for: its kind, and how often.
    pub skipped: Vec<(&'static str, usize)>,
}

/// Kinds of entries that hold no intents.
const OTHERS: [(&str, &str); 3] = [
    ("synonym", "synonym: a question's options have `also:`"),
    ("regex", "regular expression: an intent has `patterns:`"),
    ("lookup", "lookup table: an intent has `keywords:`"),
];

#[expect(clippy::unwrap_used, reason = "the pattern is a constant, compiled by a test")]
static ENTITY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[([^\[\]]+)\](?:\([^()]*\)|\{[^{}]*\})").unwrap());

/// Reads a training file.
///
/// # Errors
/// Its line, and why it does not read.
pub fn read(text: &str) -> Result<Training, (usize, String)> {
    if text.lines().any(|line| line.trim_start().starts_with("## intent:")) {
        let words = "this is Rasa 1's Markdown; turn it into YAML first (`rasa data convert nlu -f yaml`)";
        return Err((1, words.to_owned()));
    }
    let text = text.trim_start_matches('\u{feff}');
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let (documents, problems) = yaml::parse(text);
    if let Some(problem) = problems.first() {
        let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        return Err((line(problem.range.start), format!("{}{help}", problem.message)));
    }
    let lists: Vec<&Node> = documents.iter().filter_map(|root| root.get("nlu")).collect();
    if lists.is_empty() {
        return Err((1, "there is no `nlu:` in it; name the training file (often data/nlu.yml)".to_owned()));
    }
    let mut training = Training::default();
    for entry in lists.into_iter().flat_map(Node::items) {
        match entry.get("intent").and_then(Node::scalar) {
            Some(intent) => {
                let texts = entry.get("examples").map(examples).unwrap_or_default();
                match training.intents.iter_mut().find(|(name, _)| name == intent) {
                    Some((_, all)) => all.extend(texts),
                    None => training.intents.push((intent.to_owned(), texts)),
                }
            }
            None => match OTHERS.iter().find(|(key, _)| entry.get(key).is_some()) {
                Some((_, name)) => match training.skipped.iter_mut().find(|(known, _)| known == name) {
                    Some((_, count)) => *count += 1,
                    None => training.skipped.push((name, 1)),
                },
                None => {
                    let words =
                        "this entry is no `intent`, `synonym`, `regex` or `lookup`; correct it, or take it away";
                    return Err((line(entry.range.start), words.to_owned()));
                }
            },
        }
    }
    Ok(training)
}

/// `|` and a dash a line, or a list with a `text:` each.
fn examples(node: &Node) -> Vec<String> {
    if let Some(block) = node.scalar() {
        return listed(block).collect();
    }
    let texts = node.items().iter().filter_map(|item| item.scalar().or_else(|| item.get("text")?.scalar()));
    texts.map(|text| words(text.trim().trim_start_matches("- "))).filter(|text| !text.is_empty()).collect()
}

fn listed(block: &str) -> impl Iterator<Item = String> {
    let lines = block.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.map(|line| words(line.strip_prefix('-').unwrap_or(line))).filter(|text| !text.is_empty())
}

/// The sentence as a customer says it.
fn words(text: &str) -> String {
    example(&ENTITY.replace_all(text, "$1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intents_are_read_as_rasa_writes_them() {
        let training = read(concat!(
            "version: \"3.1\"\nnlu:\n- intent: greet\n  examples: |\n    - hey\n    - hello   [there](x)\n",
            "- intent: faq/ask_x\n  examples: |\n    - from [Riga]{\"entity\": \"city\", \"role\": \"from\"} to [Rome](city)?\n",
            "- synonym: credit\n  examples: |\n    - card\n- regex: zip\n  examples: |\n    - \\d{5}\n",
            "- intent: mood\n  examples:\n  - text: |\n      i am [fine]\n    metadata:\n      sentiment: good\n  - text: bad\n",
            "- synonym: b\n  examples: |\n    - c\n- lookup: city\n  examples: |\n    - Riga\n",
        ))
        .unwrap();
        let named =
            |name: &str, texts: &[&str]| (name.to_owned(), texts.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(
            training.intents,
            [
                named("greet", &["hey", "hello there"]),
                named("faq/ask_x", &["from Riga to Rome?"]),
                named("mood", &["i am [fine]", "bad"]),
            ]
        );
        let skipped: Vec<usize> = training.skipped.iter().map(|(_, count)| *count).collect();
        assert_eq!(skipped, [2, 1, 1]);
    }

    #[test]
    fn files_of_another_kind_say_so() {
        assert!(read("## intent:greet\n- hey\n").unwrap_err().1.contains("Markdown"));
        assert!(read("stories: []\n").unwrap_err().1.contains("no `nlu:`"));
        assert_eq!(read("nlu:\n- intent: a\n  examples: |\n    - b\n- inten: c\n").unwrap_err().0, 5);
        assert_eq!(read("nlu:\n- intent: a\n\tb: c\n").unwrap_err().0, 3);
    }
}
