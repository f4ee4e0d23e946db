//! A flow as written into a flow that runs: every reference resolved, every text and condition checked where it stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::compile::shape::Kind;
use crate::compile::{Context, NameKind, TextNames, values};
use crate::condition::{Type, Types};
use crate::diagnostic::Code;
use crate::yaml::Node;

use super::program::{Accept, Attachment, Ending, FlowHours, Handoff, Outcome, Program, Question, SecondChance};
use super::schema::FLOW;
use super::{accept, outcomes as reach};

/// The law of R12.
pub const QUESTIONS_MAX: usize = 2;
/// A body with buttons or a list (`whatsapp::limits`).
const BODY_MAX: usize = 1024;
/// A text alone.
const TEXT_MAX: usize = 4096;
const CALLED_MAX: usize = 24;
const OPTIONS_MAX: usize = 10;
const BUTTONS_MAX: usize = 3;
const BUTTON_MAX: usize = 20;
const ROW_MAX: usize = 24;
const HINT_MAX: usize = 72;

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
    let entries = node.get("questions").map(Node::entries).unwrap_or_default();
    third_question(context, file, entries);
    let mut questions = Vec::new();
    for (key, value) in entries {
        if let Some(question) = question(context, file, key, value, &mut types, &mut names, around) {
            questions.push(question);
        }
    }
    let items = node.get("outcomes").map(Node::items).unwrap_or_default();
    let outcomes: Vec<Outcome> = items.iter().filter_map(|item| outcome(context, file, item, &types, &names)).collect();
    last_outcome(context, file, node, items);
    reach::unreachable(context, file, items, &outcomes, &questions);
    if good {
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

fn question(
    context: &mut Context<'_>,
    file: &Arc<str>,
    key: &Node,
    node: &Node,
    types: &mut Types,
    names: &mut TextNames,
    around: &Surroundings<'_>,
) -> Option<Question> {
    let name = context.name(file, key);
    if let Some(name) = &name
        && names.0.contains_key(name)
        && !around.before.contains(name)
    {
        let message = format!("`{name}` has a meaning already");
        context.problem(Code::DuplicateName, file, &key.range, message).help =
            Some("call the question something else".to_owned());
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
            let spot = crate::diagnostic::Spot::new(file, first.range.clone());
            let problem = context.problem(
                Code::UnknownKey,
                file,
                &second.range,
                "a question has either `options` or `accept`, not both",
            );
            problem.related = vec![(spot, "the options".to_owned())];
            problem.help = Some("take one of them away".to_owned());
            None
        }
    }
}

fn options_of(context: &mut Context<'_>, file: &Arc<str>, node: &Node, names: &TextNames) -> Option<Accept> {
    let entries = node.entries();
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
        options.push(super::program::AnswerOption { key: key_text, place, label: label?, hint, also });
    }
    ambiguous(context, file, entries, &options);
    Some(Accept::Options(options))
}

/// Two options that answer to the same words could never be told apart (R15).
fn ambiguous(
    context: &mut Context<'_>,
    file: &Arc<str>,
    entries: &[(Node, Node)],
    options: &[super::program::AnswerOption],
) {
    let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (position, option) in options.iter().enumerate() {
        let labels = option.label.sources().map(|(_, text)| text);
        let words: BTreeSet<String> =
            labels.chain(option.also.iter().map(String::as_str)).map(crate::text::fold).collect();
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            match seen.get(&word).copied() {
                Some(other) if other != position => {
                    let (Some((here, _)), Some((first, _))) = (entries.get(position), entries.get(other)) else {
                        continue;
                    };
                    let spot = crate::diagnostic::Spot::new(file, first.range.clone());
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

fn outcome(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    types: &Types,
    names: &TextNames,
) -> Option<Outcome> {
    let when = node.get("when").and_then(|when| context.condition(file, when, types));
    if node.get("when").is_some() && when.is_none() {
        return None;
    }
    let say = context.texts(file, node.get("say"), names);
    spoken(context, file, node, names);
    let article = node.get("article").and_then(|article| context.refer(NameKind::Article, file, article));
    let lookup = node.get("lookup").and_then(|lookup| context.refer(NameKind::Lookup, file, lookup));
    let send = node.get("send").and_then(|send| attachment(context, file, send, names));
    let ending = ending(context, file, node, names)?;
    let place = context.place(file, node.entries().first().map_or(node, |(key, _)| key));
    Some(Outcome { place, when, say, article, lookup, send, ending })
}

/// What is said is one message (R20), and has to fit into one; above a link's button still less fits.
fn spoken(context: &mut Context<'_>, file: &Arc<str>, node: &Node, names: &TextNames) {
    let Some((key, say)) = node.entry("say") else { return };
    let link = node.get("send").is_some_and(|send| send.get("link").is_some());
    let (max, what) = if link { (BODY_MAX, "a text above a link's button") } else { (TEXT_MAX, "a text") };
    let before = context.problems.len();
    for item in say.items() {
        context.at_most(file, item, names, max, what);
    }
    let items = say.items();
    if context.problems.len() > before || items.len() < 2 {
        return;
    }
    for language in context.languages.clone() {
        let code = language.to_string();
        let words = |item: &Node| item.scalar().or_else(|| item.get(&code)?.scalar()).map(|text| names.longest(text));
        let length = items.iter().filter_map(words).sum::<usize>() + 2 * (items.len() - 1);
        if length > max {
            let message = format!("{what} may have {max} characters, and these have {length} together in `{language}`");
            context.problem(Code::TooLong, file, &key.range, message).help = Some("make them shorter".to_owned());
        }
    }
}

fn ending(context: &mut Context<'_>, file: &Arc<str>, node: &Node, names: &TextNames) -> Option<Ending> {
    match (node.entry("handoff"), node.entry("start")) {
        (Some((first, _)), Some((second, _))) => {
            let spot = crate::diagnostic::Spot::new(file, first.range.clone());
            let problem = context.problem(
                Code::UnknownKey,
                file,
                &second.range,
                "an outcome has one ending: `handoff` or `start`",
            );
            problem.related = vec![(spot, "the handoff".to_owned())];
            problem.help = Some("keep the one that is meant; a flow that is started can hand off itself".to_owned());
            None
        }
        (Some((_, value)), None) => handoff(context, file, value, names).map(Ending::Handoff),
        (None, Some((_, value))) => context.refer(NameKind::Flow, file, value).map(Ending::Start),
        (None, None) => Some(Ending::Settled),
    }
}

fn handoff(context: &mut Context<'_>, file: &Arc<str>, node: &Node, names: &TextNames) -> Option<Handoff> {
    context.handoff(file, node, names).map(|(queue, note)| Handoff { queue, note })
}

fn attachment(context: &mut Context<'_>, file: &Arc<str>, node: &Node, names: &TextNames) -> Option<Attachment> {
    let [(key, value)] = node.entries() else {
        context
            .problem(
                Code::WrongType,
                file,
                &node.range,
                "`send` sends one thing: document, image, location, link or template",
            )
            .help = Some("keep one of them; another outcome may send the other".to_owned());
        return None;
    };
    match key.scalar()? {
        "document" => {
            let url_node = value.get("url").unwrap_or(value);
            let url = web_address(context, file, url_node)?;
            let last = url.rsplit('/').next().unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
            let filename = values::words(value, "filename").unwrap_or_else(|| last.to_owned());
            Some(Attachment::Document { url, filename })
        }
        "image" => web_address(context, file, value).map(|url| Attachment::Image { url }),
        "location" => {
            let (latitude, longitude) = (values::number(value, "latitude")?, values::number(value, "longitude")?);
            if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
                context.problem(Code::BadValue, file, &value.range, "there is no such place on earth").help =
                    Some("latitude goes from -90 to 90, longitude from -180 to 180".to_owned());
                return None;
            }
            let (name, address) = (values::words(value, "name"), values::words(value, "address"));
            Some(Attachment::Location { location: crate::message::Location { latitude, longitude, name, address } })
        }
        "link" => {
            let label_node = value.get("label")?;
            context.at_most(file, label_node, names, BUTTON_MAX, "a button");
            let label = context.text(file, label_node, names)?;
            let url = context.text(file, value.get("url")?, names)?;
            Some(Attachment::Link { label, url })
        }
        "template" => context.refer(NameKind::Template, file, value).map(Attachment::Template),
        _ => None,
    }
}

fn web_address(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<String> {
    let url = node.scalar()?.to_owned();
    if url.starts_with("https://") && url.len() > "https://".len() {
        return Some(url);
    }
    let message = format!("`{url}` is not an address that WhatsApp can fetch");
    context.problem(Code::BadValue, file, &node.range, message).help = Some("it must begin with `https://`".to_owned());
    None
}

fn last_outcome(context: &mut Context<'_>, file: &Arc<str>, node: &Node, items: &[Node]) {
    match items.last() {
        Some(last) if last.get("when").is_some() => {
            let range = last.entry("when").map_or(last.range.clone(), |(key, _)| key.range.clone());
            let message = "the last outcome has a condition, so that nothing may fit";
            context.problem(Code::LastOutcome, file, &range, message).help =
                Some("end with `- otherwise:` and what happens then".to_owned());
        }
        Some(_) => {}
        None => {
            if let Some((key, _)) = node.entry("outcomes") {
                context.problem(Code::MissingKey, file, &key.range, "a flow needs at least one outcome").help =
                    Some("end with `- otherwise:` and what happens then".to_owned());
            }
        }
    }
}
