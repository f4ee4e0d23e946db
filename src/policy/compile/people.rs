//! Queues and business numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Duration;

use crate::compile::{Context, NameKind, TextNames, values};
use crate::diagnostic::{Code, Spot};
use crate::hours::Hours;
use crate::language::Language;
use crate::policy::{Number, Queue};
use crate::template::LocalText;
use crate::yaml::Node;

use super::DEFAULT_QUEUE;

const FIRST_REPLY: Duration = Duration::minutes(8);
const NEXT_REPLY: Duration = Duration::hours(1);

/// The queues by name; the one that every bot has where none is declared.
pub(super) fn queues(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    general: &Hours,
) -> BTreeMap<String, Queue> {
    let mut queues = BTreeMap::new();
    let entries = node.get("queues").map(Node::entries).unwrap_or_default();
    for (position, (key, value)) in entries.iter().enumerate() {
        let Some(name) = key.scalar().map(str::to_owned) else { continue };
        if position == 0 {
            context.mark_used(NameKind::Queue, &name);
        }
        let label = value.get("label").and_then(|label| context.text(file, label, &TextNames::default()));
        let own = value.get("hours").and_then(|own| super::hours::hours(context, file, own)).map(|(hours, _)| hours);
        queues.insert(
            name.clone(),
            Queue {
                label: label.unwrap_or_else(|| LocalText::plain(name.replace('_', " "))),
                hours: own.unwrap_or_else(|| general.clone()),
                first_reply: positive(context, file, value, "first_reply").unwrap_or(FIRST_REPLY),
                next_reply: positive(context, file, value, "next_reply").unwrap_or(NEXT_REPLY),
                name,
            },
        );
    }
    if queues.is_empty() {
        context.declare_as(NameKind::Queue, DEFAULT_QUEUE.to_owned(), Spot::new(file, 0..0));
        context.mark_used(NameKind::Queue, DEFAULT_QUEUE);
        let label = [(Language::EN, "Our team"), (Language::HE, "הצוות שלנו"), (Language::LV, "Mūsu komanda")];
        let label = label.into_iter().map(|(language, text)| (language, text.to_owned())).collect();
        let queue = Queue {
            name: DEFAULT_QUEUE.to_owned(),
            label: LocalText::new(Language::EN, label),
            hours: general.clone(),
            first_reply: FIRST_REPLY,
            next_reply: NEXT_REPLY,
        };
        queues.insert(DEFAULT_QUEUE.to_owned(), queue);
    }
    queues
}

/// A duration that is more than nothing.
pub(super) fn positive(context: &mut Context<'_>, file: &Arc<str>, node: &Node, key: &str) -> Option<Duration> {
    let duration = values::duration(node, key)?;
    if duration > Duration::zero() {
        return Some(duration);
    }
    let range = node.get(key).map_or(node.range.clone(), |node| node.range.clone());
    context.problem(Code::BadValue, file, &range, format!("`{key}` must be more than nothing")).help =
        Some("write a duration such as `8m`, or take the line away for the usual one".to_owned());
    None
}

/// The business numbers; `local` where none is declared.
pub(super) fn numbers(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    queues: &BTreeMap<String, Queue>,
) -> Vec<Number> {
    let declared = node.get("queues").map(Node::entries).unwrap_or_default();
    let first = declared.first().and_then(|(key, _)| key.scalar()).unwrap_or(DEFAULT_QUEUE).to_owned();
    let first = if queues.contains_key(&first) { first } else { DEFAULT_QUEUE.to_owned() };
    let mut numbers: Vec<Number> = Vec::new();
    for item in node.get("numbers").map(Node::items).unwrap_or_default() {
        let Some(id) = item.get("id").and_then(Node::scalar).map(str::to_owned) else { continue };
        if numbers.iter().any(|number| number.id == id) {
            let first = node.get("numbers").map(Node::items).unwrap_or_default().iter();
            let first = first.filter_map(|item| item.get("id")).find(|node| node.scalar() == Some(&id));
            let related = first.map(|node| (Spot::new(file, node.range.clone()), "the first".to_owned()));
            let range = item.get("id").map_or(item.range.clone(), |node| node.range.clone());
            let problem =
                context.problem(Code::DuplicateName, file, &range, format!("the number `{id}` stands here twice"));
            problem.related = related.into_iter().collect();
            problem.help = Some("take one of the two away".to_owned());
            continue;
        }
        let queue = item.get("queue").map_or(Some(first.clone()), |queue| context.refer(NameKind::Queue, file, queue));
        let Some(queue) = queue else { continue };
        numbers.push(Number { id, department: values::words(item, "department"), queue });
    }
    if numbers.is_empty() {
        numbers.push(Number { id: "local".to_owned(), department: None, queue: first });
    }
    numbers
}
