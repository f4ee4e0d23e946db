//! Plain values out of nodes whose shape has been checked. What does not read is `None`: the check has noted it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::Duration;

use crate::yaml::Node;

use crate::template::LocalText;

use super::{Context, NameKind, TextNames};

/// `true` under a key; left out is false.
#[must_use]
pub fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::scalar) == Some("true")
}

/// The words under a key.
#[must_use]
pub fn words(node: &Node, key: &str) -> Option<String> {
    node.get(key).and_then(Node::scalar).map(str::to_owned)
}

/// The words of a list under a key.
#[must_use]
pub fn list(node: &Node, key: &str) -> Vec<String> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    items.iter().filter_map(Node::scalar).map(str::to_owned).filter(|text| !text.trim().is_empty()).collect()
}

/// The number under a key.
#[must_use]
pub fn number(node: &Node, key: &str) -> Option<f64> {
    node.get(key)?.scalar()?.parse().ok()
}

/// The duration under a key.
#[must_use]
pub fn duration(node: &Node, key: &str) -> Option<Duration> {
    crate::locale::duration(node.get(key)?.scalar()?)
}

impl Context<'_> {
    /// A handoff wherever it stands: a queue's name, or a queue and a note.
    pub fn handoff(
        &mut self,
        file: &Arc<str>,
        node: &Node,
        names: &TextNames,
    ) -> Option<(Option<String>, Option<LocalText>)> {
        if node.is_empty() {
            return None;
        }
        if node.scalar().is_some() {
            return self.refer(NameKind::Queue, file, node).map(|queue| (Some(queue), None));
        }
        let queue = match node.get("queue") {
            Some(queue) => Some(self.refer(NameKind::Queue, file, queue)?),
            None => None,
        };
        let note = node.get("note").and_then(|note| self.text(file, note, names));
        Some((queue, note))
    }

    /// The departments something is limited to; left out is all (R36).
    pub fn departments(&mut self, file: &Arc<str>, node: &Node) -> Option<BTreeSet<String>> {
        let items = node.get("departments")?.items();
        Some(items.iter().filter_map(|item| self.refer(NameKind::Department, file, item)).collect())
    }
}
