//! One outcome of a flow: when it is taken, what is said and sent, and how it ends.

use std::sync::Arc;

use crate::compile::{Context, NameKind, TextNames, values};
use crate::condition::Types;
use crate::diagnostic::Code;
use crate::yaml::{Node, NodeKind};

use super::compile::{BODY_MAX, BUTTON_MAX, TEXT_MAX};
use super::program::{Attachment, Ending, Handoff, Outcome};

/// Compiles an outcome; `None` when it cannot work.
pub(super) fn outcome(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    types: &Types,
    names: &TextNames,
) -> Option<Outcome> {
    if let (Some((first, _)), Some((second, _))) = (node.entry("when"), node.entry("otherwise")) {
        let message = "an outcome has either `when` or `otherwise`, not both";
        let help = "take one away, or begin an outcome of its own: `- otherwise:`";
        context.clash(file, (first, "the condition"), second, message, help);
        return None;
    }
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
pub(super) fn spoken(context: &mut Context<'_>, file: &Arc<str>, node: &Node, names: &TextNames) {
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
            let message = "an outcome has one ending: `handoff` or `start`";
            let help = "keep the one that is meant; a flow that is started can hand off itself";
            context.clash(file, (first, "the handoff"), second, message, help);
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
    if !matches!(node.kind, NodeKind::Map(_)) {
        return None;
    }
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
            if filename.trim().is_empty() {
                context
                    .problem(Code::MissingKey, file, &value.range, "the document's address ends without a file name")
                    .help = Some("add one: `document: { url: …, filename: guide.pdf }`".to_owned());
                return None;
            }
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
            let url_node = value.get("url")?;
            let url = context.text(file, url_node, names)?;
            if let Some((_, source)) = url.sources().find(|(_, source)| !is_web_address(source)) {
                let message = format!("`{source}` is not a web address");
                context.problem(Code::BadValue, file, &url_node.range, message).help =
                    Some("it must begin with `https://`; answers may stand in what follows the host".to_owned());
                return None;
            }
            Some(Attachment::Link { label, url })
        }
        "template" => context.refer(NameKind::Template, file, value).map(Attachment::Template),
        _ => None,
    }
}

/// Begins with a scheme that a browser opens, and a host that stands fast.
fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.split('/').next().unwrap_or_default().contains("{{"))
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
