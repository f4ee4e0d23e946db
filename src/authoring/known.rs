//! What stands where in a bot's files: the document of each intent, the list of what is not for the bot, and whose each
//! example is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::bot::Taught;
use crate::diagnostic::Sources;
use crate::text::fold;
use crate::yaml::{self, Node};

use super::naming::NOT_FOR_US;

/// A document of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The file.
    pub file: Arc<str>,
    /// Which of its documents, from 0.
    pub document: usize,
}

/// What there is.
#[derive(Debug, Default)]
pub struct Known {
    /// The document of each intent.
    pub intents: BTreeMap<String, Seat>,
    /// The list of what is not for the bot.
    pub not_for_us: Option<Seat>,
    /// The intent of each example, folded; [`NOT_FOR_US`] for what is not for the bot.
    pub owners: BTreeMap<String, String>,
    /// Labels, as they stand there.
    pub labels: BTreeSet<String>,
    /// The intent that has a label.
    pub labelled: BTreeMap<String, String>,
}

impl Known {
    /// What stands in these files; with what is known of the bot, its examples from tables too.
    #[must_use]
    pub fn of(sources: &Sources, taught: Option<&Taught>) -> Self {
        let mut known = Self::default();
        for file in sources.0.keys().filter(|file| is_ours(file)) {
            let (documents, _) = yaml::parse(sources.text(file));
            for (document, node) in documents.iter().enumerate() {
                known.take(&Seat { file: Arc::clone(file), document }, node);
            }
        }
        if let Some(taught) = taught {
            for (intent, examples) in &taught.examples {
                examples.iter().for_each(|placed| known.own(&placed.text, intent));
            }
            taught.not_for_us.iter().for_each(|placed| known.own(&placed.text, NOT_FOR_US));
        }
        known
    }

    fn take(&mut self, seat: &Seat, node: &Node) {
        if let Some(name) = node.get("intent").and_then(Node::scalar) {
            self.intents.entry(name.to_owned()).or_insert_with(|| seat.clone());
            self.own_all(node.get("examples"), name);
            let labels = node.get("label").map(|label| match label.scalar() {
                Some(words) => vec![words.to_owned()],
                None => label.entries().iter().filter_map(|(_, words)| words.scalar().map(str::to_owned)).collect(),
            });
            for label in labels.into_iter().flatten() {
                self.labelled.entry(label.clone()).or_insert_with(|| name.to_owned());
                self.labels.insert(label);
            }
        } else if node.get(NOT_FOR_US).is_some() {
            self.not_for_us.get_or_insert_with(|| seat.clone());
            self.own_all(node.get(NOT_FOR_US), NOT_FOR_US);
        }
    }

    fn own_all(&mut self, list: Option<&Node>, owner: &str) {
        for text in list.map(Node::items).unwrap_or_default().iter().filter_map(Node::scalar) {
            self.own(text, owner);
        }
    }

    fn own(&mut self, text: &str, owner: &str) {
        // Signs alone are nobody's words: each is told apart by itself.
        let folded = fold(text);
        let key = if folded.is_empty() { text.to_owned() } else { folded };
        self.owners.entry(key).or_insert_with(|| owner.to_owned());
    }
}

/// Whether intents may stand in a file.
fn is_ours(file: &str) -> bool {
    let yaml = file.ends_with(".yaml") || file.ends_with(".yml");
    yaml && file != "bot.yaml" && !file.starts_with("tests/") && !file.starts_with("data/")
}
