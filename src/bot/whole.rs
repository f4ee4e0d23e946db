//! What must hold between the parts of a bot: chains of questions, shared keywords, menus, hours, what nobody uses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::compile::{Context, NameKind, TextNames};
use crate::diagnostic::{Code, Place, Severity, Spot};
use crate::flow::chain;
use crate::flow::compile::QUESTIONS_MAX;
use crate::flow::program::{Accept, FlowHours};
use crate::intent::classifier::Classifier;
use crate::intent::compile::{Compiled, Placed, warn_anytime};
use crate::intent::{Anytime, Destination, Topic, anytime::AnytimeWords};
use crate::knowledge::Article;
use crate::policy::WhenOpen;
use crate::policy::schema::OCCASIONS;
use crate::text::nearest;
use crate::yaml::Node;

use super::compile::Parts;

const MENU_MAX: usize = 9;
const MENU_GOOD: usize = 7;
/// Confused so often, and this share of the examples, is worth a warning.
const CONFUSED_MIN: usize = 3;
const CONFUSED_SHARE: f32 = 0.2;

/// Everything that can be known once all parts are there.
pub(super) fn check(context: &mut Context<'_>, parts: &Parts, not_for_us: &[Placed]) {
    chains(context, parts);
    shared(context, parts, Code::SharedKeyword, "keyword", |compiled| &compiled.keywords);
    shared(context, parts, Code::SharedExample, "example", |compiled| &compiled.examples);
    not_ours(context, parts, not_for_us);
    anytime_options(context, parts);
    addresses(context, parts);
    menu_size(context, parts);
    never_open(context, parts);
    unused(context);
}

/// The rows of the menu: `menu:` in its order, else every intent with a label, by label (R8).
pub(super) fn menu(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    intents: &BTreeMap<String, Compiled>,
) -> Vec<String> {
    let Some(listed) = node.get("menu") else {
        let default = context.default_language();
        let mut labelled: Vec<(&str, &String)> = intents
            .iter()
            .filter(|(_, compiled)| compiled.intent.in_menu)
            .filter_map(|(name, compiled)| Some((compiled.intent.label.as_ref()?.get(default), name)))
            .collect();
        labelled.sort_unstable();
        return labelled.into_iter().map(|(_, name)| name.clone()).collect();
    };
    let mut names: Vec<String> = Vec::new();
    for item in listed.items() {
        let Some(name) = context.refer(NameKind::Intent, file, item) else { continue };
        if intents.get(&name).is_some_and(|compiled| compiled.intent.label.is_none()) {
            context
                .problem(Code::BadValue, file, &item.range, format!("`{name}` has no label, so it can have no row"))
                .help = Some("give the intent a `label:`".to_owned());
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Third questions through `start` or `confirm`, and circles (R12).
fn chains(context: &mut Context<'_>, parts: &Parts) {
    let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
    for (name, program) in &parts.flows {
        match chain::longest(&parts.flows, name) {
            Err(mut circle) => {
                circle.pop();
                circle.sort();
                if circles.insert(circle.clone()) {
                    circle_problem(context, parts, name);
                }
            }
            Ok(chain) if chain.len() > QUESTIONS_MAX && program.questions.len() <= QUESTIONS_MAX => {
                let Some((flow, question)) = chain.get(QUESTIONS_MAX) else { continue };
                let Some(range) = start_of(context, &program.place, "start") else { continue };
                let message = format!("through `start` the question `{question}` of `{flow}` would be the third");
                let related = first_two(context, parts, &chain);
                let problem = context.problem(Code::ThirdQuestion, &program.place.file.clone(), &range, message);
                problem.related = related;
                problem.help =
                    Some("a chain of flows asks at most two questions: leave one out, or hand off instead".to_owned());
            }
            Ok(_) => {}
        }
    }
    for compiled in parts.intents.values().filter(|compiled| compiled.intent.confirm) {
        let Destination::Flow(flow) = &compiled.intent.leads_to else { continue };
        let Ok(chain) = chain::longest(&parts.flows, flow) else { continue };
        if chain.len() >= QUESTIONS_MAX {
            let message = format!(
                "`confirm: true` asks a question of its own, so `{flow}` may ask one more, and it asks {}",
                chain.len()
            );
            let related = first_two(context, parts, &chain);
            let mut spot = compiled.spot.clone();
            if let Some(place) = &compiled.intent.place
                && let Some(range) = start_of(context, place, "confirm")
            {
                spot.range = range.into();
            }
            let problem =
                context.problem(Code::ThirdQuestion, &spot.file, &(spot.range.start..spot.range.end), message);
            problem.related = related;
            problem.help = Some("leave out `confirm`, or a question".to_owned());
        }
    }
}

fn first_two(context: &Context<'_>, parts: &Parts, chain: &[(String, String)]) -> Vec<(Spot, String)> {
    let named = chain.iter().take(2).zip(["the first", "the second"]);
    named
        .filter_map(|((flow, question), what)| {
            let place = &parts.flows.get(flow)?.questions.iter().find(|q| &q.name == question)?.place;
            Some((spot_of(context, place, question.len())?, what.to_owned()))
        })
        .collect()
}

fn circle_problem(context: &mut Context<'_>, parts: &Parts, name: &str) {
    let Some(program) = parts.flows.get(name) else { return };
    let Err(circle) = chain::longest(&parts.flows, name) else { return };
    let Some(range) = start_of(context, &program.place, "start") else { return };
    let related: Vec<(Spot, String)> = circle
        .iter()
        .filter(|flow| *flow != name)
        .filter_map(|flow| {
            let place = &parts.flows.get(flow)?.place;
            Some((spot_of(context, place, flow.len())?, format!("`{flow}`")))
        })
        .collect();
    let message = match circle.as_slice() {
        [_, _] => format!("`{name}` starts itself again, without end"),
        _ => format!("flows start each other in a circle: {}", circle.join(" → ")),
    };
    let problem = context.problem(Code::CircularStart, &program.place.file.clone(), &range, message);
    problem.related = related;
    problem.help = Some("put a handoff, or nothing, in place of one `start`".to_owned());
}

/// Where a key stands first after a place.
fn start_of(context: &Context<'_>, place: &Place, key: &str) -> Option<std::ops::Range<usize>> {
    let spot = spot_of(context, place, 1)?;
    let text = context.sources.text(&place.file);
    let needle = format!("{key}:");
    let at = text.get(spot.range.start..)?.find(&needle)? + spot.range.start;
    Some(at..at + key.len())
}

fn spot_of(context: &Context<'_>, place: &Place, length: usize) -> Option<Spot> {
    let text = context.sources.text(&place.file);
    let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let before: usize = text.get(start..)?.chars().take(column).map(char::len_utf8).sum();
    Some(Spot::new(&place.file, start + before..start + before + length))
}

/// Keywords or examples that two intents claim (R9).
fn shared(context: &mut Context<'_>, parts: &Parts, code: Code, what: &str, of: fn(&Compiled) -> &Vec<Placed>) {
    let mut seen: BTreeMap<String, (&str, &Placed)> = BTreeMap::new();
    for (name, compiled) in &parts.intents {
        for placed in of(compiled) {
            let folded = crate::text::fold(&placed.text);
            if folded.is_empty() {
                continue;
            }
            match seen.get(&folded) {
                Some((other, first)) if *other != name => {
                    let message = format!("`{other}` and `{name}` both have the {what} `{}`", placed.text);
                    let (spot, first) = (placed.spot.clone(), first.spot.clone());
                    let problem = context.problem(code, &spot.file, &(spot.range.start..spot.range.end), message);
                    problem.related = vec![(first, format!("in `{other}`"))];
                    problem.help = Some("keep it where it belongs: nothing is ever chosen at random".to_owned());
                }
                Some(_) => {}
                None => {
                    seen.insert(folded, (name, placed));
                }
            }
        }
    }
}

/// Sentences that are an intent's and not for us at once (R9).
fn not_ours(context: &mut Context<'_>, parts: &Parts, not_for_us: &[Placed]) {
    let strays: BTreeMap<String, &Placed> = not_for_us
        .iter()
        .map(|placed| (crate::text::fold(&placed.text), placed))
        .filter(|of| !of.0.is_empty())
        .collect();
    for (name, compiled) in &parts.intents {
        let texts = [("an example", &compiled.examples), ("a keyword", &compiled.keywords)];
        for (what, placed) in texts.into_iter().flat_map(|(what, all)| all.iter().map(move |placed| (what, placed))) {
            let Some(stray) = strays.get(&crate::text::fold(&placed.text)) else { continue };
            let message = format!("`{}` is {what} of `{name}`, and stands under `not_for_us`", placed.text);
            let spot = placed.spot.clone();
            let problem =
                context.problem(Code::SharedExample, &spot.file, &(spot.range.start..spot.range.end), message);
            problem.related = vec![(stray.spot.clone(), "not for us".to_owned())];
            problem.help = Some("take one of the two away".to_owned());
        }
    }
}

/// Options, and keywords, that equal an anytime word, the bot's own among them (R6).
fn anytime_options(context: &mut Context<'_>, parts: &Parts) {
    let added: Vec<(Anytime, String)> = parts.settings.words.iter().filter_map(super::compile::added_word).collect();
    let words = AnytimeWords::new(&added);
    let built_in = AnytimeWords::built_in();
    for keyword in parts.intents.values().flat_map(|compiled| &compiled.keywords) {
        if let Some(word) = words.whole(&keyword.text)
            && built_in.whole(&keyword.text).is_none()
        {
            warn_anytime(context, &keyword.spot, &keyword.text, word);
        }
    }
    for program in parts.flows.values() {
        for question in &program.questions {
            let Accept::Options(options) = &question.accept else { continue };
            for option in options {
                let labels = option.label.sources().map(|(_, text)| text.to_owned());
                let all: BTreeSet<String> = labels.chain(option.also.iter().cloned()).collect();
                for text in all {
                    if let Some(word) = words.whole(&text)
                        && let Some(spot) = spot_of(context, &option.place, option.key.len())
                    {
                        let spot = word_after(context, &spot, &text);
                        warn_anytime(context, &spot, &text, word);
                    }
                }
            }
        }
    }
}

/// Where an option says a word: at most so many bytes after its key, else the key.
fn word_after(context: &Context<'_>, key: &Spot, word: &str) -> Spot {
    const NEAR: usize = 400;
    let rest = context.sources.text(&key.file).get(key.range.start..).unwrap_or_default();
    match rest.find(word).filter(|at| *at <= NEAR) {
        Some(at) => Spot::new(&key.file, key.range.start + at..key.range.start + at + word.len()),
        None => key.clone(),
    }
}

/// Lookups' addresses may use every answer that some flow asks for; whether it is there shows when it runs (R18).
fn addresses(context: &mut Context<'_>, parts: &Parts) {
    if context.problems.iter().any(|problem| problem.severity() == Severity::Error) {
        return;
    }
    let mut names = TextNames::everywhere();
    for known in names.0.values_mut() {
        known.certain = true;
    }
    let questions = parts.flows.values().flat_map(|flow| flow.questions.iter().map(|question| &question.name));
    let fields =
        context.fields.iter().flat_map(|(lookup, fields)| fields.iter().map(move |field| format!("{lookup}.{field}")));
    for name in questions.cloned().chain(fields).collect::<Vec<_>>() {
        names.add(&name, true, 60);
    }
    for (_, lookup) in parts.node.get("lookups").map(Node::entries).unwrap_or_default() {
        if let Some(get) = lookup.get("get")
            && let Some(source) = get.scalar()
        {
            context.check_text(&parts.file, get, source, &names);
        }
    }
}

/// Rows per department: over seven customers pick "other", over nine it does not fit (R8).
fn menu_size(context: &mut Context<'_>, parts: &Parts) {
    let sizes = parts.settings.numbers.iter().map(|number| {
        let visible = |name: &&String| {
            parts.intents.get(*name).is_some_and(|compiled| {
                let departments = compiled.intent.departments.as_ref();
                compiled.intent.in_menu
                    && departments.is_none_or(|all| number.department.as_ref().is_some_and(|d| all.contains(d)))
            })
        };
        parts.menu.iter().filter(visible).count()
    });
    let most = sizes.max().unwrap_or_default();
    let range = parts.node.entry("menu").or_else(|| parts.node.entry("bot")).map_or(0..0, |(key, _)| key.range.clone());
    let file = Arc::clone(&parts.file);
    if most > MENU_MAX {
        let message = format!("the menu has {most} rows beside \"Talk to a person\", and holds {MENU_MAX}");
        context.problem(Code::MenuTooLong, &file, &range, message).help =
            Some("name at most nine intents under `menu:`, or give the others `menu: false`".to_owned());
    } else if most > MENU_GOOD {
        let message = format!("the menu has {most} rows; customers who see more than {MENU_GOOD} pick \"other\"");
        context.problem(Code::MenuLong, &file, &range, message).help = Some(
            "keep the ones customers ask for most under `menu:`; the others are understood without a row".to_owned(),
        );
    }
}

/// Hours that never open, and flows for hours that never come.
fn never_open(context: &mut Context<'_>, parts: &Parts) {
    let Some(start) = chrono::DateTime::from_timestamp(1_767_225_600, 0) else { return };
    let file = Arc::clone(&parts.file);
    for queue in parts.settings.queues.values() {
        if queue.hours.has_hours() && !queue.hours.is_open(start) && queue.hours.next_opening(start).is_none() {
            let own = parts
                .node
                .get("queues")
                .and_then(|queues| queues.get(&queue.name))
                .and_then(|queue| queue.entry("hours"));
            let range = own.or_else(|| parts.node.entry("hours")).map_or(0..0, |(key, _)| key.range.clone());
            let message = format!("the queue `{}` never opens", queue.name);
            context.problem(Code::BadHours, &file, &range, message).help =
                Some("write when people are there: `Mo-Fr 09:00-17:00`".to_owned());
        }
    }
    hours_never_come(context, parts, start);
}

/// Flows for hours that never come: closed hours where nothing closes, and, where people come first by day (R24), flows
/// without hours of their own where nothing ever closes.
fn hours_never_come(context: &mut Context<'_>, parts: &Parts, start: crate::clock::Timestamp) {
    let own_queues = parts.settings.numbers.iter().filter_map(|number| parts.settings.queues.get(&number.queue));
    let closes = own_queues.clone().any(|queue| {
        queue.hours.has_hours() && (!queue.hours.is_open(start) || queue.hours.next_closing(start).is_some())
    });
    if closes {
        return;
    }
    let has_hours = own_queues.clone().any(|queue| queue.hours.has_hours());
    let people_first = has_hours && parts.settings.when_open == WhenOpen::Handoff;
    for program in parts.flows.values() {
        let led_to = || {
            parts
                .intents
                .values()
                .any(|compiled| matches!(&compiled.intent.leads_to, Destination::Flow(flow) if *flow == program.name))
        };
        let (key, message, help) = match program.hours {
            FlowHours::Closed => (
                "hours",
                format!("`{}` exists only outside opening hours, and the bot never closes", program.name),
                "give bot.yaml `hours:`, or take `hours: closed` away",
            ),
            FlowHours::Default if people_first && led_to() => (
                "flow",
                format!(
                    "in opening hours people come before flows, and the bot never closes: `{}` never runs",
                    program.name
                ),
                "write `hours: any` in the flow, or `when_open: flows` in bot.yaml",
            ),
            _ => continue,
        };
        let range = if key == "flow" {
            spot_of(context, &program.place, program.name.len()).map(|spot| spot.range.start..spot.range.end)
        } else {
            start_of(context, &program.place, key)
        };
        if let Some(range) = range {
            context.problem(Code::FlowNever, &program.place.file.clone(), &range, message).help = Some(help.to_owned());
        }
    }
}

fn unused(context: &mut Context<'_>) {
    for (kind, help) in [
        (NameKind::Flow, "let an intent lead to it, or take it away"),
        (NameKind::Queue, "name it in a handoff or for a number, or take it away"),
        (NameKind::Lookup, "name it in a question or an outcome, or take it away"),
        (
            NameKind::Template,
            "frontdesk uses still_relevant, answer_ready, reminder, closing, promise_renewed, record and continue_here; others are sent by `send: { template: … }`",
        ),
    ] {
        for (name, spot) in context.unused(kind) {
            let message = format!("nothing uses the {} `{name}`", kind.word());
            let near = nearest(&name, OCCASIONS.iter().copied()).filter(|_| kind == NameKind::Template);
            let help = near.map_or_else(|| help.to_owned(), |near| format!("did you mean `{near}`?"));
            context.problem(Code::Unused, &spot.file, &(spot.range.start..spot.range.end), message).help = Some(help);
        }
    }
}

/// The one intent that leads to an article, or to the flow that the article leads to.
pub(super) fn intent_for(parts: &Parts, article: &Article) -> Option<String> {
    let leads = |compiled: &&Compiled| {
        let intent = &compiled.intent;
        let same = match &intent.leads_to {
            Destination::Article(name) => *name == article.name,
            Destination::Flow(flow) => article.leads_to.as_ref() == Some(flow),
            _ => false,
        };
        same && intent.departments == article.departments
    };
    let mut found = parts.intents.values().filter(leads);
    let first = found.next()?;
    found.next().is_none().then(|| first.intent.name.clone())
}

/// Intents that the classifier takes for one another when their examples are held out.
pub(super) fn confusable(context: &mut Context<'_>, parts: &Parts, classifier: &Classifier) {
    for confusion in classifier.confusions() {
        let (Topic::Intent(of), Topic::Intent(with)) = (&confusion.of, &confusion.with) else { continue };
        let (Some(of), Some(with)) = (parts.intents.get(of), parts.intents.get(with)) else { continue };
        let share = confusion.examples as f32 / confusion.out_of.max(1) as f32;
        if confusion.examples < CONFUSED_MIN || share < CONFUSED_SHARE {
            continue;
        }
        let such_as: Vec<String> = confusion.such_as.iter().map(|text| format!("\"{text}\"")).collect();
        let message = format!(
            "{} of {} examples of `{}` would be taken for `{}`, such as {}",
            confusion.examples,
            confusion.out_of,
            of.intent.name,
            with.intent.name,
            such_as.join(", ")
        );
        let (spot, other) = (of.spot.clone(), with.spot.clone());
        let problem = context.problem(Code::Confusable, &spot.file, &(spot.range.start..spot.range.end), message);
        problem.related = vec![(other, "the other".to_owned())];
        problem.help = Some("write more examples that tell the two apart, or make one intent of them".to_owned());
    }
}
