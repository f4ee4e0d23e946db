//! An intent as written into an intent that works, and what it gives the classifier to learn from.

use std::sync::Arc;

use crate::compile::shape::Kind;
use crate::compile::{Context, NameKind, TextNames, values};
use crate::diagnostic::{Code, Spot};
use crate::yaml::Node;

use super::schema::INTENT;
use super::{Anytime, BuiltIn, Destination, Intent, Lesson, table};

const ROW_MAX: usize = 24;
const TEXT_MAX: usize = 4096;
/// Longer patterns are refused.
const PATTERN_MAX: usize = 1_000;
/// Fewer examples are too few to be recognised by.
const EXAMPLES_MIN: usize = 5;
/// Longer examples are no messages.
const EXAMPLE_MAX: usize = 1_000;

/// A sentence or keyword and where it stands, for R9.
#[derive(Debug, Clone)]
pub struct Placed {
    /// As written.
    pub text: String,
    /// Where.
    pub spot: Spot,
}

/// An intent, its lesson, and where its keywords and examples stand.
#[derive(Debug)]
pub struct Compiled {
    /// The intent.
    pub intent: Intent,
    /// What there is to learn.
    pub lesson: Lesson,
    /// Its keywords.
    pub keywords: Vec<Placed>,
    /// Its examples.
    pub examples: Vec<Placed>,
    /// Where its name stands.
    pub spot: Spot,
}

/// Compiles an intent; `None` when it cannot work.
pub fn compile(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<Compiled> {
    let good = context.fits(file, node, Kind::Shape(&INTENT), "intent");
    let name_node = node.get("intent")?;
    let name = name_node.scalar()?.to_owned();
    let built_in = BuiltIn::ALL.into_iter().find(|built_in| built_in.name() == name);
    let leads_to = destination(context, file, node, built_in);
    let names = TextNames::everywhere();
    let label = node.get("label").and_then(|label| {
        context.at_most(file, label, &names, ROW_MAX, "a label");
        context.text(file, label, &names)
    });
    if label.is_none() && built_in.is_none() && node.get("label").is_none() {
        let message = format!("`{name}` has no label, so it can stand neither in the menu nor in \"Did you mean\"");
        context.problem(Code::NoLabel, file, &name_node.range, message).help =
            Some("add `label:` with at most 24 characters, and `menu: false` if it needs no row".to_owned());
    }
    let keywords = placed(file, node, "keywords");
    let mut examples = placed(file, node, "examples");
    let from_file = from_file(context, file, node, &name);
    let all_read = from_file.is_some();
    examples.extend(from_file.unwrap_or_default());
    anytime_words(context, &keywords);
    if built_in.is_none() {
        anytime_words(context, &examples);
    }
    for key in ["keywords", "never"] {
        findable(context, file, node, key);
    }
    confirmable(context, file, node, label.is_some(), leads_to.as_ref());
    let patterns = patterns(context, file, node);
    let never = values::list(node, "never");
    never_kills(context, file, node, &never, &examples, "example");
    never_kills(context, file, node, &never, &keywords, "keyword");
    let nothing_else = keywords.is_empty() && patterns.is_empty();
    let few = examples.len() < EXAMPLES_MIN && (nothing_else || !examples.is_empty());
    if few && all_read && built_in.is_none() {
        let count = match examples.len() {
            0 => "no examples".to_owned(),
            1 => "one example".to_owned(),
            some => format!("{some} examples"),
        };
        let message = format!("`{name}` has {count}; customers put things in many ways");
        context.problem(Code::FewExamples, file, &name_node.range, message).help =
            Some(format!("write at least {EXAMPLES_MIN}, better 12, in every language of the bot"));
    }
    let departments = context.departments(file, node);
    let lesson = Lesson {
        keywords: keywords.iter().map(|keyword| keyword.text.clone()).collect(),
        patterns,
        never,
        examples: examples.iter().map(|example| example.text.clone()).collect(),
        labels: label
            .iter()
            .flat_map(|label| label.sources().map(|(_, text)| text.to_owned()).collect::<Vec<_>>())
            .collect(),
        body: Vec::new(),
    };
    let intent = Intent {
        place: Some(context.place(file, name_node)),
        leads_to: leads_to?,
        in_menu: label.is_some() && node.get("menu").and_then(Node::scalar) != Some("false"),
        label,
        departments,
        confirm: values::flag(node, "confirm"),
        name,
    };
    let spot = Spot::new(file, name_node.range.clone());
    good.then_some(Compiled { intent, lesson, keywords, examples, spot })
}

fn destination(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    built_in: Option<BuiltIn>,
) -> Option<Destination> {
    let Some((key, leads_to)) = node.entry("leads_to") else {
        if let Some(built_in) = built_in {
            return Some(Destination::BuiltIn(built_in));
        }
        let range = node.entry("intent").map_or(node.range.clone(), |(key, _)| key.range.clone());
        context.problem(Code::MissingKey, file, &range, "an intent needs the key `leads_to`").help = Some(
            "say what happens: `leads_to: { flow: … }`, `{ article: … }`, `{ handoff: … }` or `{ say: … }`".to_owned(),
        );
        return None;
    };
    if leads_to.scalar().is_some() {
        return None;
    }
    let [(what, value)] = leads_to.entries() else {
        let message = "`leads_to` leads to one thing: a flow, an article, a handoff or a sentence";
        context.problem(Code::WrongType, file, &key.range, message).help =
            Some("write `leads_to: { flow: restart_tv_box }`".to_owned());
        return None;
    };
    match what.scalar()? {
        "flow" => context.refer(NameKind::Flow, file, value).map(Destination::Flow),
        "article" => context.refer(NameKind::Article, file, value).map(Destination::Article),
        "handoff" => {
            let (queue, note) = context.handoff(file, value, &TextNames::everywhere())?;
            Some(Destination::Handoff { queue, note })
        }
        "say" => {
            let names = TextNames::everywhere();
            for item in value.items() {
                context.at_most(file, item, &names, TEXT_MAX, "a text");
            }
            Some(Destination::Say(context.texts(file, Some(value), &names)))
        }
        _ => None,
    }
}

/// The sentences of a list with their places.
pub fn placed(file: &Arc<str>, node: &Node, key: &str) -> Vec<Placed> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| {
            let text: String = item.scalar()?.trim().chars().take(EXAMPLE_MAX).collect();
            (!text.is_empty()).then(|| Placed { text, spot: Spot::new(file, item.range.clone()) })
        })
        .collect()
}

/// `examples_from`: the rows of a table that are this intent's, or one text a line. `None` when the file cannot be read, or
/// does not say what its columns hold.
fn from_file(context: &mut Context<'_>, file: &Arc<str>, node: &Node, intent: &str) -> Option<Vec<Placed>> {
    let Some(from) = node.get("examples_from") else { return Some(Vec::new()) };
    let name = from.scalar().filter(|_| !from.is_empty())?.to_owned();
    let readable = name.ends_with(".csv") || name.ends_with(".txt");
    let Some((data, bytes)) = context.sources.0.get_key_value(name.as_str()).filter(|_| readable) else {
        let message = if readable { "there is no file" } else { "examples cannot be read from" };
        context.problem(Code::MissingFile, file, &from.range, format!("{message} `{name}`")).help = Some(
            "write a `.csv` or `.txt` in the folder `data`, as seen from bot.yaml: `examples_from: data/tv.csv`"
                .to_owned(),
        );
        return None;
    };
    std::str::from_utf8(bytes).ok()?;
    let data = Arc::clone(data);
    let mut examples = Vec::new();
    let rows = match table::rows(&data, context.sources.text(&data)) {
        Ok(rows) => rows,
        Err(trouble) => {
            context.problem(Code::BadValue, &data, &trouble.range, trouble.message).help = Some(trouble.help);
            return None;
        }
    };
    for row in rows {
        let spot = Spot::new(&data, row.range.clone());
        match row.intent {
            Some(of) if of != intent => whose(context, &data, &row.range, &of),
            _ if row.text.is_empty() => {}
            _ => examples.push(Placed { text: row.text.chars().take(EXAMPLE_MAX).collect(), spot }),
        }
    }
    Some(examples)
}

/// A row of another intent: there has to be one of this name.
fn whose(context: &mut Context<'_>, data: &Arc<str>, range: &std::ops::Range<usize>, intent: &str) {
    if intent.is_empty() {
        context.problem(Code::MissingKey, data, range, "this row does not say whose example it is").help =
            Some("write the intent's name in its column, or take the row away".to_owned());
    } else if !context.is_declared(NameKind::Intent, intent) {
        let near = crate::text::nearest(intent, context.declared(NameKind::Intent).map(|(name, _)| name));
        let help = near.map_or_else(
            || "correct it, or add the intent under intents/".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("there is no intent named `{intent}`");
        context.problem(Code::UnknownReference, data, range, message).help = Some(help);
    }
}

/// Words that could never be found in a message, and several that stand in one text.
fn findable(context: &mut Context<'_>, file: &Arc<str>, node: &Node, key: &str) {
    let Some(value) = node.get(key) else { return };
    if let Some(words) = value.scalar().filter(|words| words.contains([',', ';', '،'])) {
        let list: Vec<&str> = words.split([',', ';', '،']).map(str::trim).filter(|word| !word.is_empty()).collect();
        let message = format!("`{key}` holds one text, and this looks like several");
        context.problem(Code::WrongType, file, &value.range, message).help =
            Some(format!("write a list: `{key}: [{}]`", list.join(", ")));
        return;
    }
    for item in value.items() {
        if let Some(word) = item.scalar().filter(|word| crate::text::fold(word).is_empty()) {
            let message = format!("`{word}` has no letters or digits, so it is never found in a message");
            context.problem(Code::BadValue, file, &item.range, message).help =
                Some("write a word that customers write, or take it away".to_owned());
        }
    }
}

/// `confirm: true` asks "You want to: LABEL?" before a flow: it needs both.
fn confirmable(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    has_label: bool,
    leads_to: Option<&Destination>,
) {
    let Some((key, _)) = node.entry("confirm").filter(|_| values::flag(node, "confirm")) else { return };
    let (message, help) = if leads_to.is_some_and(|to| !matches!(to, Destination::Flow(_))) {
        ("`confirm` asks before a flow starts, and this intent starts none", "take `confirm` away")
    } else if !has_label && node.get("label").is_none() {
        ("`confirm` asks \"You want to: …?\" with the intent's label, and there is none", "add `label:`")
    } else {
        return;
    };
    context.problem(Code::BadValue, file, &key.range, message).help = Some(help.to_owned());
}

/// A keyword that equals an anytime word takes that word from the customer, or never works (R6).
fn anytime_words(context: &mut Context<'_>, keywords: &[Placed]) {
    let anytime = super::anytime::AnytimeWords::built_in();
    for keyword in keywords {
        if let Some(word) = anytime.whole(&keyword.text) {
            warn_anytime(context, &keyword.spot, &keyword.text, word);
        }
    }
}

/// Warns of a keyword or option that equals an anytime word.
pub fn warn_anytime(context: &mut Context<'_>, spot: &Spot, text: &str, word: Anytime) {
    let effect = if word == Anytime::Person {
        "customers who write it get a person, and never this"
    } else {
        "here it would mean this instead, and customers lose that way out"
    };
    let name = format!("{word:?}").to_lowercase();
    let meaning = if *text == name { String::new() } else { format!(" (`{name}`)") };
    let message = format!("`{text}` is an anytime word{meaning}: {effect}");
    let range = spot.range.start..spot.range.end;
    context.problem(Code::AnytimeWord, &spot.file.clone(), &range, message).help = Some("use another word".to_owned());
}

fn patterns(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Vec<String> {
    let items = node.get("patterns").map(Node::items).unwrap_or_default();
    let mut good = Vec::new();
    for item in items {
        let Some(source) = item.scalar() else { continue };
        let problem = match regex::Regex::new(source) {
            Ok(regex) if regex.is_match("") => Some("this pattern matches every message, even an empty one".to_owned()),
            Ok(_) if source.len() > PATTERN_MAX => {
                Some(format!("this pattern is longer than {PATTERN_MAX} characters"))
            }
            Ok(_) => None,
            Err(error) => {
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                Some(format!("this pattern does not compile: {reason}"))
            }
        };
        match problem {
            Some(message) => {
                context.problem(Code::BadPattern, file, &item.range, message).help = Some(
                    "patterns are regular expressions such as `\\bno (picture|signal)\\b`, in single quotes".to_owned(),
                );
            }
            None => good.push(source.to_owned()),
        }
    }
    good
}

/// A `never` word that stands in an example or keyword of its own intent (R8).
fn never_kills(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    never: &[String],
    examples: &[Placed],
    what: &str,
) {
    let items = node.get("never").map(Node::items).unwrap_or_default();
    for (word, item) in never.iter().zip(items) {
        let phrase = crate::text::words(word);
        let killed =
            examples.iter().find(|example| crate::text::contains_words(&crate::text::words(&example.text), &phrase));
        if let Some(example) = killed {
            let spot = example.spot.clone();
            let problem = context.problem(
                Code::NeverExample,
                file,
                &item.range,
                format!("`never: {word}` rules out this intent's own {what}"),
            );
            problem.related = vec![(spot, format!("the {what}"))];
            problem.help = Some("take one of the two away".to_owned());
        }
    }
}
