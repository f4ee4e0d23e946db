//! A flow as written into a flow that runs: every reference resolved, every text and condition checked where it stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::compile::shape::Kind;
use crate::compile::{Context, TextNames};
use crate::condition::{Type, Types};
use crate::diagnostic::Code;
use crate::yaml::Node;

use super::outcome::{outcome, spoken};
use super::outcomes as reach;
use super::program::{FlowHours, Outcome, Program};
use super::question::question;
use super::schema::FLOW;

/// The law of R12.
pub const QUESTIONS_MAX: usize = 2;
/// A body with buttons or a list (`whatsapp::limits`).
pub(super) const BODY_MAX: usize = 1024;
/// A text alone.
pub(super) const TEXT_MAX: usize = 4096;
pub(super) const BUTTON_MAX: usize = 20;

/// What a flow needs of the rest of the bot.
pub struct Surroundings<'a> {
    /// The longest text of each article in UTF-16 units: what stands above a question.
    pub articles: &'a std::collections::BTreeMap<String, usize>,
    /// Names of questions in flows that may have started this one: they may be set.
    pub before: &'a BTreeSet<String>,
}

/// Compiles a flow; `None` when it cannot run.
pub fn compile(context: &mut Context<'_>, file: &Arc<str>, node: &Node, around: &Surroundings<'_>) -> Option<Program> {
    let good = context.fits(file, node, Kind::Shape(&FLOW), "flow");
    let name = node.get("flow")?.scalar()?.to_owned();
    let mut types = base_types(context);
    let mut names = TextNames::everywhere();
    for name in around.before {
        names.add(name, false, 60);
        types.insert(name.clone(), Type::Any);
    }
    for (lookup, fields) in &context.fields {
        for field in fields {
            names.add(&format!("{lookup}.{field}"), false, 60);
        }
    }
    let say = context.texts(file, node.get("say"), &names);
    spoken(context, file, node, &names);
    let entries = questions_of(node);
    third_question(context, file, entries);
    let mut questions = Vec::new();
    for (key, value) in entries {
        if let Some(question) = question(context, file, key, value, &mut types, &mut names, around) {
            questions.push(question);
        }
    }
    let items = node.get("outcomes").map(Node::items).unwrap_or_default();
    let outcomes: Vec<Outcome> = items.iter().filter_map(|item| outcome(context, file, item, &types, &names)).collect();
    if last_outcome(context, file, node, items) {
        reach::unreachable(context, file, items, &outcomes, &questions);
    }
    if good {
        reach::silent(context, file, items, node);
        reach::alike(context, file, entries, &questions, node);
    }
    let departments = context.departments(file, node);
    let hours = match node.get("hours").and_then(Node::scalar) {
        Some("any") => FlowHours::Any,
        Some("open") => FlowHours::Open,
        Some("closed") => FlowHours::Closed,
        _ => FlowHours::Default,
    };
    let place = context.place(file, &node.entry("flow")?.1.clone());
    let failures = if node.get("failures").and_then(Node::scalar) == Some("1") { 1 } else { 2 };
    let complete = good && questions.len() == entries.len() && outcomes.len() == items.len() && !outcomes.is_empty();
    complete.then_some(Program { name, place, hours, failures, say, questions, outcomes, departments })
}

fn base_types(context: &Context<'_>) -> Types {
    let languages = context.languages.iter().map(ToString::to_string).collect();
    let mut types = Types::from([
        ("bot".to_owned(), Type::Text),
        ("queue".to_owned(), Type::Text),
        ("contact.name".to_owned(), Type::Text),
        ("contact.phone".to_owned(), Type::Text),
        ("contact.language".to_owned(), Type::Choice(languages)),
        ("hours.open".to_owned(), Type::Bool),
        ("hours.opens".to_owned(), Type::Text),
    ]);
    for (lookup, fields) in &context.fields {
        for field in fields {
            let kind = if field == "found" { Type::Bool } else { Type::Any };
            types.insert(format!("{lookup}.{field}"), kind);
        }
    }
    types
}

/// The questions; none when what stands there are no questions at all, which has been noted.
fn questions_of(node: &Node) -> &[(Node, Node)] {
    let entries = node.get("questions").map(Node::entries).unwrap_or_default();
    if entries.iter().any(|(_, question)| question.get("ask").is_some()) { entries } else { &[] }
}

fn third_question(context: &mut Context<'_>, file: &Arc<str>, entries: &[(Node, Node)]) {
    let [(first, _), (second, _), (third, _), ..] = entries else { return };
    let spot = |node: &Node| crate::diagnostic::Spot::new(file, node.range.clone());
    let (first, second) = (spot(first), spot(second));
    let problem = context.problem(
        Code::ThirdQuestion,
        file,
        &third.range,
        "a flow asks at most two questions, and this is the third",
    );
    problem.related = vec![(first, "the first".to_owned()), (second, "the second".to_owned())];
    problem.help = Some(
        "leave out what the agent can ask, or what the customer's message often says already; a person takes over early here"
            .to_owned(),
    );
}

/// Whether the last outcome is one that always fits, and the only one.
fn last_outcome(context: &mut Context<'_>, file: &Arc<str>, node: &Node, items: &[Node]) -> bool {
    let key = |node: &Node, key: &str| node.entry(key).map_or(node.range.clone(), |(key, _)| key.range.clone());
    let Some(last) = items.last() else {
        if node.get("outcomes").is_some() {
            let message = "a flow needs at least one outcome";
            context.problem(Code::MissingKey, file, &key(node, "outcomes"), message).help =
                Some("end with `- otherwise:` and what happens then".to_owned());
        }
        return false;
    };
    if last.get("when").is_none() {
        return true;
    }
    match items.iter().find(|item| item.get("otherwise").is_some()) {
        Some(early) => {
            let below = crate::diagnostic::Spot::new(file, key(last, "when"));
            let message = "`otherwise` must come last: whatever stands below it can never be reached";
            let problem = context.problem(Code::LastOutcome, file, &key(early, "otherwise"), message);
            problem.related = vec![(below, "below it".to_owned())];
            problem.help = Some("move `- otherwise:`, with what belongs to it, to the end".to_owned());
        }
        None => {
            let message = "the last outcome has a condition, so that nothing may fit";
            context.problem(Code::LastOutcome, file, &key(last, "when"), message).help =
                Some("end with `- otherwise:` and what happens then".to_owned());
        }
    }
    false
}
