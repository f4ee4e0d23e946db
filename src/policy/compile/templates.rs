//! Approved templates by occasion, and occasions that lack one (R32).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compile::{Context, NameKind, TextNames, values};
use crate::diagnostic::Code;
use crate::language::Language;
use crate::policy::schema::OCCASIONS;
use crate::policy::{MessageTemplate, Queue};
use crate::template::LocalText;
use crate::yaml::Node;

/// The templates by occasion.
pub(super) fn templates(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> BTreeMap<String, MessageTemplate> {
    let mut templates = BTreeMap::new();
    for (key, value) in node.get("templates").map(Node::entries).unwrap_or_default() {
        let Some(occasion) = key.scalar().map(str::to_owned) else { continue };
        if OCCASIONS.contains(&occasion.as_str()) {
            context.mark_used(NameKind::Template, &occasion);
        }
        let Some(name) = values::words(value, "name") else { continue };
        let languages = languages(context, file, value, &occasion);
        let mut names = TextNames::everywhere();
        names.add("promise", false, 40);
        names.add("agent", false, 40);
        let mut parameters = Vec::new();
        for item in value.get("parameters").map(Node::items).unwrap_or_default() {
            parameters.extend(parameter(context, file, item, &names));
        }
        let buttons = value.get("buttons").map(Node::entries).unwrap_or_default();
        let buttons = buttons.iter().filter_map(|(key, label)| {
            context.at_most(file, label, &names, 20, "a button");
            Some((key.scalar()?.to_owned(), context.text(file, label, &names)?))
        });
        let buttons: Vec<(String, LocalText)> = buttons.collect();
        if occasion == "still_relevant" {
            yes_and_no(context, file, value);
        }
        templates.insert(occasion.clone(), MessageTemplate { occasion, name, languages, parameters, buttons });
    }
    templates
}

/// The languages a template is approved in; customers of another get it in its first.
fn languages(context: &mut Context<'_>, file: &Arc<str>, node: &Node, occasion: &str) -> Vec<Language> {
    let mut languages = Vec::new();
    let Some((key, written)) = node.entry("languages") else { return vec![context.default_language()] };
    for item in written.items() {
        match item.scalar().and_then(|code| code.parse::<Language>().ok()) {
            Some(language) => languages.push(language),
            None => {
                let message = format!("`{}` is not a language", item.scalar().unwrap_or_default());
                context.problem(Code::UnknownLanguage, file, &item.range, message).help =
                    Some("write the short code: `en`, `he`, `lv`".to_owned());
                return vec![context.default_language()];
            }
        }
    }
    let missing: Vec<String> =
        context.languages.iter().filter(|language| !languages.contains(language)).map(ToString::to_string).collect();
    if !missing.is_empty() && !context.languages_doubtful {
        let message = format!("the template `{occasion}` is missing in `{}`", missing.join("` and `"));
        let first = languages.first().copied().unwrap_or_else(|| context.default_language());
        context.problem(Code::MissingLanguage, file, &key.range, message).help = Some(format!(
            "have it approved in that language too and add it here; until then those customers get it in `{first}`"
        ));
    }
    if languages.is_empty() { vec![context.default_language()] } else { languages }
}

/// A parameter: a name as in texts, without braces. One that may be unset is sent empty.
fn parameter(context: &mut Context<'_>, file: &Arc<str>, item: &Node, names: &TextNames) -> Option<LocalText> {
    let name = item.scalar()?.trim();
    if name.contains(['{', '}']) {
        let bare = name.trim_matches(|c: char| matches!(c, '{' | '}') || c.is_whitespace());
        let message = "a template's parameter is a name without `{{ }}`";
        context.problem(Code::TextSyntax, file, &item.range, message).help = Some(format!("write `{bare}`"));
        return None;
    }
    let source = format!("{{{{ {name} | default('') }}}}");
    context.check_text(file, item, &source, names);
    Some(LocalText::plain(source))
}

/// The morning check is answered with yes or no (R28): other buttons would mean yes, all of them.
fn yes_and_no(context: &mut Context<'_>, file: &Arc<str>, node: &Node) {
    let Some((key, buttons)) = node.entry("buttons") else { return };
    let has = |name: &str| buttons.get(name).is_some();
    if buttons.entries().is_empty() || has("yes") && has("no") {
        return;
    }
    let message = "the buttons of `still_relevant` are `yes` and `no`";
    context.problem(Code::BadValue, file, &key.range, message).help =
        Some("write `buttons: { yes: …, no: … }` with the labels that WhatsApp approved".to_owned());
}

/// What may have to be said outside the window, and cannot be without a template (R32).
pub(super) fn missing(context: &mut Context<'_>, file: &Arc<str>, node: &Node, queues: &BTreeMap<String, Queue>) {
    let whatsapp = node.get("numbers").is_some_and(|numbers| !numbers.items().is_empty());
    let closes = queues.values().any(|queue| queue.hours.has_hours());
    if !whatsapp {
        return;
    }
    let needed: &[(&str, &str, bool)] = &[
        ("still_relevant", "the morning check after a weekend", closes),
        ("answer_ready", "an agent's answer after a day", true),
        ("promise_renewed", "a promise that cannot be kept", closes),
        ("closing", "the closing notice after a day", true),
    ];
    let range = node
        .entry("templates")
        .or_else(|| node.entry("numbers"))
        .map_or(node.range.clone(), |(key, _)| key.range.clone());
    for (occasion, what, applies) in needed {
        if *applies && !context.is_declared(NameKind::Template, occasion) {
            let message =
                format!("there is no template `{occasion}`: outside WhatsApp's 24 hours, {what} could not be sent");
            context.problem(Code::NoTemplate, file, &range, message).help =
                Some(format!("have one approved and name it under `templates:` as `{occasion}`"));
        }
    }
}
