//! One question of a flow: what is asked, what counts as an answer, and whether all of it fits into one bubble.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::compile::{Context, NameKind, TextNames, values};
use crate::condition::{Type, Types};
use crate::diagnostic::{Code, Spot};
use crate::yaml::{Node, NodeKind};

use super::accept;
use super::compile::{BODY_MAX, BUTTON_MAX, Surroundings, TEXT_MAX};
use super::program::{Accept, AnswerOption, Question, SecondChance};

const CALLED_MAX: usize = 24;
const OPTIONS_MAX: usize = 10;
const BUTTONS_MAX: usize = 3;
const ROW_MAX: usize = 24;
const HINT_MAX: usize = 72;
/// Names that texts and conditions use for something else.
const TAKEN: [&str; 18] = [
    "contact", "hours", "bot", "queue", "promise", "agent", "env", "and", "or", "not", "in", "is", "if", "else",
    "true", "false", "none", "defined",
];

/// Compiles a question; what it adds to the names and types holds for what stands after it.
pub(super) fn question(
    context: &mut Context<'_>,
    file: &Arc<str>,
    key: &Node,
    node: &Node,
    types: &mut Types,
    names: &mut TextNames,
    around: &Surroundings<'_>,
) -> Option<Question> {
    let name = context.name(file, key);
    if let Some(name) = &name {
        taken(context, file, key, name);
    }
    let Some(accept) = accept(context, file, key, node, names) else {
        // What uses the answer has done nothing wrong.
        if let Some(name) = name {
            types.insert(name.clone(), Type::Any);
            names.add(&name, true, 60);
        }
        return None;
    };
    let only_if = node.get("only_if").and_then(|condition| context.condition(file, condition, types));
    let article = node.get("article").and_then(|article| context.refer(NameKind::Article, file, article));
    let ask = node.get("ask").and_then(|ask| {
        body(context, file, ask, names, &accept, article.as_deref(), around);
        context.text(file, ask, names)
    });
    let second_chance = |context: &mut Context<'_>, key: &str| {
        let (key, node) = node.entry(key)?;
        context.at_most(file, node, names, BODY_MAX, "a text with buttons");
        let text = context.text(file, node, names)?;
        Some(SecondChance { place: context.place(file, key), text })
    };
    let (if_unclear, if_invalid) = (second_chance(context, "if_unclear"), second_chance(context, "if_invalid"));
    let called = node.get("called").and_then(|called| {
        context.at_most(file, called, names, CALLED_MAX, "`called`");
        context.text(file, called, &TextNames::default())
    });
    let lookup = node.get("lookup").and_then(|lookup| context.refer(NameKind::Lookup, file, lookup));
    let name = name?;
    types.insert(name.clone(), type_of(&accept));
    names.add(&name, only_if.is_none(), longest(&accept));
    let valid_when = node.get("valid_when").and_then(|condition| context.condition(file, condition, types));
    let asked = node.get("only_if").is_none() || only_if.is_some();
    let valid = node.get("valid_when").is_none() || valid_when.is_some();
    let place = context.place(file, key);
    let secret = values::flag(node, "secret");
    (asked && valid).then_some(Question {
        name,
        place,
        ask: ask?,
        accept,
        article,
        only_if,
        if_unclear,
        if_invalid,
        lookup,
        valid_when,
        called,
        secret,
    })
}

/// A name that means something else already: a lookup's fields would even take the answer's place.
fn taken(context: &mut Context<'_>, file: &Arc<str>, key: &Node, name: &str) {
    let lookup = context.declared(NameKind::Lookup).find(|(lookup, _)| *lookup == name).map(|(_, spot)| spot.clone());
    if lookup.is_none() && !TAKEN.contains(&name) {
        return;
    }
    let message = format!("`{name}` has a meaning already");
    let problem = context.problem(Code::DuplicateName, file, &key.range, message);
    problem.help = Some(format!("call the question something else: `{name}_wanted`"));
    problem.related = lookup.into_iter().map(|spot| (spot, "the lookup".to_owned())).collect();
}

/// A question's body with what stands above it has to fit in front of its buttons.
fn body(
    context: &mut Context<'_>,
    file: &Arc<str>,
    ask: &Node,
    names: &TextNames,
    accept: &Accept,
    article: Option<&str>,
    around: &Surroundings<'_>,
) {
    let above = article.and_then(|name| around.articles.get(name)).copied().unwrap_or_default();
    let choices = matches!(accept, Accept::Options(_) | Accept::YesNo | Accept::Location);
    let max = if choices { BODY_MAX } else { TEXT_MAX };
    let what = if choices { "a text with buttons or a list" } else { "a text" };
    context.at_most(file, ask, names, max, what);
    let longest = ask.scalar().map(|text| names.longest(text)).unwrap_or_default();
    if above > 0 && above <= TEXT_MAX && longest <= max && above + longest > max && choices {
        let message = format!(
            "the article and this question have {} characters together; one bubble with buttons holds {max}",
            above + longest + 1
        );
        context.problem(Code::TooLong, file, &ask.range, message).help =
            Some("shorten the article or the question".to_owned());
    }
}

fn accept(context: &mut Context<'_>, file: &Arc<str>, key: &Node, node: &Node, names: &TextNames) -> Option<Accept> {
    if !matches!(node.kind, NodeKind::Map(_)) {
        return None;
    }
    match (node.entry("options"), node.entry("accept")) {
        (Some((_, options)), None) => options_of(context, file, options, names),
        (None, Some((_, accept))) => accept::compile(context, file, accept),
        (None, None) => {
            let message = "a question needs `options` or `accept`";
            context.problem(Code::MissingKey, file, &key.range, message).help =
                Some("give it `options:` to choose from, or say what counts as an answer: `accept: text`".to_owned());
            None
        }
        (Some((first, _)), Some((second, _))) => {
            let message = "a question has either `options` or `accept`, not both";
            context.clash(file, (first, "the options"), second, message, "take one of them away");
            None
        }
    }
}

fn options_of(context: &mut Context<'_>, file: &Arc<str>, node: &Node, names: &TextNames) -> Option<Accept> {
    let entries = node.entries();
    if matches!(node.kind, NodeKind::List(_)) || node.scalar().is_some_and(|text| !text.is_empty()) && !node.is_empty()
    {
        return None;
    }
    if entries.is_empty() {
        context.problem(Code::MissingKey, file, &node.range, "`options` needs at least one option").help =
            Some("write a key and a label for each: `x1: X1 (black)`".to_owned());
        return None;
    }
    if let Some((eleventh, _)) = entries.get(OPTIONS_MAX) {
        let message = format!("a list holds {OPTIONS_MAX} options, and there are {}", entries.len());
        context.problem(Code::TooMany, file, &eleventh.range, message).help =
            Some("group some of them, or ask in words with `accept: text`".to_owned());
    }
    let in_list = entries.len() > BUTTONS_MAX;
    let (max, what) = if in_list { (ROW_MAX, "a list row") } else { (BUTTON_MAX, "a button") };
    let mut options = Vec::new();
    for (key, value) in entries {
        let label_node = value.get("label").unwrap_or(value);
        context.at_most(file, label_node, names, max, what);
        let label = context.text(file, label_node, names);
        let hint = value.get("hint").and_then(|hint| {
            context.at_most(file, hint, names, HINT_MAX, "a hint");
            context.text(file, hint, names)
        });
        let key_text = key.scalar().unwrap_or_default().to_owned();
        let place = context.place(file, key);
        if key_text.is_empty() || key_text.chars().count() > 40 {
            context.problem(Code::BadName, file, &key.range, "an option's key has 1 to 40 characters").help =
                Some("the key is for you, the label for customers: `x1: X1 (black)`".to_owned());
            continue;
        }
        let also = values::list(value, "also");
        options.push(AnswerOption { key: key_text, place, label: label?, hint, also });
    }
    ambiguous(context, file, entries, &options);
    Some(Accept::Options(options))
}

/// Two options that answer to the same words could never be told apart (R15).
fn ambiguous(context: &mut Context<'_>, file: &Arc<str>, entries: &[(Node, Node)], options: &[AnswerOption]) {
    let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (position, option) in options.iter().enumerate() {
        let labels = option.label.sources().map(|(_, text)| text);
        let words: BTreeSet<String> =
            labels.chain(option.also.iter().map(String::as_str)).map(crate::text::name).collect();
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            match seen.get(&word).copied() {
                Some(other) if other != position => {
                    let (Some((here, _)), Some((first, _))) = (entries.get(position), entries.get(other)) else {
                        continue;
                    };
                    let spot = Spot::new(file, first.range.clone());
                    let message = format!("two options answer to `{word}`");
                    let problem = context.problem(Code::AmbiguousOption, file, &here.range, message);
                    problem.related = vec![(spot, "the other".to_owned())];
                    problem.help = Some("change a label or a word under `also`".to_owned());
                }
                _ => {
                    seen.insert(word, position);
                }
            }
        }
    }
}

fn type_of(accept: &Accept) -> Type {
    match accept {
        Accept::Options(options) => Type::Choice(options.iter().map(|option| option.key.clone()).collect()),
        Accept::YesNo => Type::Bool,
        Accept::Number { .. } => Type::Number,
        Accept::Date { .. } => Type::Date,
        Accept::Text { .. } | Accept::Phone | Accept::Email | Accept::Pattern(_) => Type::Text,
        Accept::Location | Accept::Photo | Accept::Document | Accept::Media => Type::Thing,
    }
}

/// How long an answer is at its longest, in UTF-16 units.
fn longest(accept: &Accept) -> usize {
    match accept {
        Accept::Options(options) => {
            let labels =
                options.iter().flat_map(|option| option.label.sources().map(|(_, text)| crate::text::utf16_len(text)));
            labels.max().unwrap_or(ROW_MAX)
        }
        Accept::YesNo => 5,
        Accept::Number { .. } | Accept::Phone => 20,
        Accept::Date { .. } => 30,
        Accept::Text { max, .. } => *max,
        Accept::Email => 100,
        Accept::Pattern(pattern) => crate::text::utf16_len(&pattern.example) + 10,
        Accept::Location | Accept::Photo | Accept::Document | Accept::Media => 40,
    }
}
