//! Which outcomes some answer leads to, and which options no outcome tells apart. Notes problems; changes nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::compile::Context;
use crate::diagnostic::Code;
use crate::message::Value;
use crate::scope::Scope;
use crate::yaml::{Node, NodeKind};

use super::compile::QUESTIONS_MAX;
use super::program::{Accept, Outcome, Question};

/// Outcomes that are never taken, whatever the answers are.
pub(super) fn unreachable(
    context: &mut Context<'_>,
    file: &Arc<str>,
    items: &[Node],
    outcomes: &[Outcome],
    questions: &[Question],
) {
    if items.len() != outcomes.len() {
        return;
    }
    let reached = reached(outcomes, questions);
    let first_key = |node: &Node| node.entries().first().map_or(node.range.clone(), |(key, _)| key.range.clone());
    let mut conditions: Vec<(&str, usize)> = Vec::new();
    let mut always: Option<usize> = None;
    for (position, (node, outcome)) in items.iter().zip(outcomes).enumerate() {
        let never = outcome.when.as_ref().is_some_and(|when| when.constant() == Some(false));
        let same =
            outcome.when.as_ref().and_then(|when| conditions.iter().find(|(source, _)| *source == when.source()));
        let earlier = always.or(same.map(|(_, earlier)| *earlier));
        let covered = outcome.when.is_some() && !reached.contains(&position);
        if never || covered || earlier.is_some() {
            let reason = match earlier {
                _ if never => "its condition never holds",
                Some(_) => "an earlier one always comes first",
                None => "the ones before it cover every answer it would take",
            };
            let message = format!("this outcome can never be reached: {reason}");
            let spot =
                earlier.and_then(|at| items.get(at)).map(|node| crate::diagnostic::Spot::new(file, first_key(node)));
            let problem = context.problem(Code::UnreachableOutcome, file, &first_key(node), message);
            problem.related = spot.into_iter().map(|spot| (spot, "this one".to_owned())).collect();
            problem.help = Some("take it away, or move it up".to_owned());
        }
        match &outcome.when {
            Some(when) if when.constant() != Some(true) => conditions.push((when.source(), position)),
            _ => always = always.or(Some(position)),
        }
    }
}

/// The outcomes that some answers lead to. Conditions on anything but choices and yes or no may hold or not.
fn reached(outcomes: &[Outcome], questions: &[Question]) -> BTreeSet<usize> {
    let mut scopes = vec![Scope::default()];
    let mut closed = BTreeSet::new();
    for question in questions.iter().take(QUESTIONS_MAX) {
        let Some(answers) = answers(question) else { continue };
        closed.insert(question.name.clone());
        scopes = scopes
            .iter()
            .flat_map(|scope| answers.iter().map(move |answer| (scope.clone(), answer.clone())))
            .map(|(mut scope, answer)| {
                scope.value(&question.name, answer, "");
                scope
            })
            .collect();
    }
    let mut reached = BTreeSet::new();
    for scope in &scopes {
        for (position, outcome) in outcomes.iter().enumerate() {
            let open = outcome.when.as_ref().is_some_and(|when| !when.names().iter().all(|name| closed.contains(name)));
            let holds = outcome.when.as_ref().is_none_or(|when| when.eval(scope));
            if open || holds {
                reached.insert(position);
            }
            if holds && !open {
                break;
            }
        }
    }
    reached
}

/// Every answer there is, where they can be counted.
fn answers(question: &Question) -> Option<Vec<Value>> {
    let mut answers: Vec<Value> = match &question.accept {
        Accept::Options(options) => options.iter().map(|option| Value::Choice(option.key.clone())).collect(),
        Accept::YesNo => vec![Value::Bool(true), Value::Bool(false)],
        _ => return None,
    };
    if question.only_if.is_some() {
        answers.push(Value::None);
    }
    Some(answers)
}

/// Outcomes in which the customer hears nothing: no text, nothing sent, no person, no other flow. Where a flow asks
/// nothing, what it opens with is enough.
pub(super) fn silent(context: &mut Context<'_>, file: &Arc<str>, items: &[Node], node: &Node) {
    const HEARD: [&str; 5] = ["say", "article", "send", "handoff", "start"];
    let asks = node.get("questions").is_some_and(|questions| !questions.entries().is_empty());
    if !asks && node.get("say").is_some() {
        return;
    }
    for item in items.iter().filter(|item| !HEARD.iter().any(|key| item.get(key).is_some())) {
        let range = item.entries().first().map_or(item.range.clone(), |(key, _)| key.range.clone());
        let message = "here the customer would get no answer at all";
        context.problem(Code::SilentOutcome, file, &range, message).help =
            Some("add `say:`, or let a person take over: `handoff:` and a queue".to_owned());
    }
}

/// Options that nothing tells apart: is the question needed? (hint)
pub(super) fn alike(
    context: &mut Context<'_>,
    file: &Arc<str>,
    entries: &[(Node, Node)],
    questions: &[Question],
    node: &Node,
) {
    let outcomes = node.get("outcomes").map(Node::items).unwrap_or_default();
    let looked_up = outcomes.iter().chain(entries.iter().map(|(_, question)| question));
    let elsewhere = |key: &str| outcomes.iter().any(|outcome| outcome.get(key).is_some());
    if elsewhere("start") || looked_up.into_iter().any(|part| part.get("lookup").is_some()) {
        return;
    }
    for (key, _) in entries {
        let Some(question) = questions.iter().find(|question| Some(question.name.as_str()) == key.scalar()) else {
            continue;
        };
        let Accept::Options(options) = &question.accept else { continue };
        if options.len() > 1 && !uses(node, &question.name, false) {
            let message = format!(
                "nothing tells the options of `{}` apart: no condition, text or note uses the answer",
                question.name
            );
            context.problem(Code::OptionsAlike, file, &key.range, message).help =
                Some("use it in an outcome's `when:` or in a handoff's `note:`, or do not ask".to_owned());
        }
    }
}

/// Whether a condition, or what stands in braces in a text, mentions a name.
fn uses(node: &Node, name: &str, condition: bool) -> bool {
    match &node.kind {
        NodeKind::Scalar { text, .. } if condition => mentions(text, name),
        NodeKind::Scalar { text, .. } => {
            text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).any(|inside| mentions(inside, name))
        }
        NodeKind::List(items) => items.iter().any(|item| uses(item, name, condition)),
        NodeKind::Map(entries) => entries.iter().any(|(key, value)| {
            let condition = matches!(key.scalar(), Some("when" | "only_if" | "valid_when"));
            uses(value, name, condition)
        }),
    }
}

/// Whether a name stands as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(letter) && !after.is_some_and(letter)
    })
}
