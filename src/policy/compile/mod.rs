//! `bot.yaml` into values that cannot be missing.

mod hours;
mod lookups;
mod people;
mod templates;
mod values;
mod wording;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;

use crate::compile::shape::Kind;
use crate::compile::{Context, NameKind, values as read};
use crate::diagnostic::{Code, Severity, Spot};
use crate::hours::{Country, Hours};
use crate::language::Language;
use crate::locale::Locale;
use crate::yaml::{Node, NodeKind};

use super::schema::BOT;
use super::wording::Wording;
use super::{Lookup, MessageTemplate, Number, Policy, Queue, WhenOpen};

/// The name of the queue of bots that declare none.
pub const DEFAULT_QUEUE: &str = "people";

/// Everything `bot.yaml` says.
#[derive(Debug)]
pub struct Settings {
    /// The bot's name.
    pub name: String,
    /// Its languages.
    pub languages: Vec<Language>,
    /// How they write dates and numbers.
    pub locales: BTreeMap<Language, Locale>,
    /// The business numbers.
    pub numbers: Vec<Number>,
    /// Hours of queues without their own.
    pub hours: Hours,
    /// The country of `holidays`.
    pub country: Option<Country>,
    /// What happens in business hours.
    pub when_open: WhenOpen,
    /// The queues.
    pub queues: BTreeMap<String, Queue>,
    /// The values of the rules.
    pub policy: Policy,
    /// Overrides of thresholds: confident and torn.
    pub thresholds: (Option<f32>, Option<f32>),
    /// More anytime words.
    pub words: Vec<(crate::policy::AnytimeName, String)>,
    /// Texts.
    pub wording: Wording,
    /// Templates by occasion.
    pub templates: BTreeMap<String, MessageTemplate>,
    /// Lookups by name.
    pub lookups: BTreeMap<String, Lookup>,
}

/// Reads the languages and declares every name in `bot.yaml`: what other files need before they can be read.
pub fn declare(context: &mut Context<'_>, file: &Arc<str>, node: &Node) {
    languages(context, file, node);
    for (key, _) in node.get("queues").map(Node::entries).unwrap_or_default() {
        context.declare(NameKind::Queue, file, key);
    }
    for (key, value) in node.get("lookups").map(Node::entries).unwrap_or_default() {
        if let Some(name) = context.declare(NameKind::Lookup, file, key) {
            let declared = value.get("result").map(Node::entries).unwrap_or_default();
            let mut fields: Vec<String> =
                declared.iter().filter_map(|(field, _)| field.scalar()).map(str::to_owned).collect();
            if !fields.iter().any(|field| field == "found") {
                fields.push("found".to_owned());
            }
            context.fields.insert(name, fields);
        }
    }
    for (key, _) in node.get("templates").map(Node::entries).unwrap_or_default() {
        if let Some(occasion) = key.scalar() {
            context.declare_as(NameKind::Template, occasion.to_owned(), Spot::new(file, key.range.clone()));
        }
    }
    for number in node.get("numbers").map(Node::items).unwrap_or_default() {
        if let Some(department) = number.get("department").and_then(Node::scalar)
            && !context.is_declared(NameKind::Department, department)
        {
            let range = number.get("department").map_or(number.range.clone(), |node| node.range.clone());
            context.declare_as(NameKind::Department, department.to_owned(), Spot::new(file, range));
        }
    }
}

/// The bot's languages. One that does not read leaves open which texts are missing.
fn languages(context: &mut Context<'_>, file: &Arc<str>, node: &Node) {
    let mut languages = Vec::new();
    let written = node.get("languages");
    for item in written.map(Node::items).unwrap_or_default() {
        let code = item.scalar().unwrap_or_default();
        match code.parse::<Language>() {
            Ok(language) if !languages.contains(&language) => languages.push(language),
            Ok(_) => {}
            Err(error) => {
                context.languages_doubtful = true;
                context.problem(Code::BadValue, file, &item.range, error.to_string()).help =
                    Some(language_meant(code).map_or_else(
                        || "write the short codes: `[en, he, lv]`".to_owned(),
                        |meant| format!("write {meant}"),
                    ));
            }
        }
    }
    context.languages_doubtful |= written.is_some_and(|node| matches!(node.kind, NodeKind::Map(_)));
    if !languages.is_empty() {
        context.languages = languages;
    }
}

/// What somebody meant who wrote a language's name, a list in one text, or a locale.
fn language_meant(written: &str) -> Option<String> {
    const NAMES: [(&str, &str); 12] = [
        ("english", "en"),
        ("hebrew", "he"),
        ("latvian", "lv"),
        ("russian", "ru"),
        ("arabic", "ar"),
        ("german", "de"),
        ("french", "fr"),
        ("spanish", "es"),
        ("lithuanian", "lt"),
        ("estonian", "et"),
        ("עברית", "he"),
        ("latviešu", "lv"),
    ];
    let lower = written.trim().to_lowercase();
    if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == lower) {
        return Some(format!("the short code: `{code}`"));
    }
    let parts: Vec<&str> = lower.split([',', ' ']).filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 && parts.iter().all(|part| part.parse::<Language>().is_ok()) {
        return Some(format!("a list: `[{}]`", parts.join(", ")));
    }
    match lower.split_once(['-', '_']) {
        Some((code, region)) if code.parse::<Language>().is_ok() => {
            Some(format!("`{code}`; the country goes under `locale: {{ {code}: {code}-{} }}`", region.to_uppercase()))
        }
        _ => lower.parse::<Language>().is_ok().then(|| format!("small letters: `{lower}`")),
    }
}

/// Compiles `bot.yaml`; `None` when the bot cannot run.
pub fn compile(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<Settings> {
    let good = context.fits(file, node, Kind::Shape(&BOT), "bot.yaml");
    let errors = context.problems.iter().filter(|p| p.severity() == Severity::Error).count();
    let languages = context.languages.clone();
    let (hours, country) = match node.get("hours") {
        Some(node) => hours::hours(context, file, node).unwrap_or((Hours::always(Tz::UTC), None)),
        None => (Hours::always(Tz::UTC), None),
    };
    let queues = people::queues(context, file, node, &hours);
    let numbers = people::numbers(context, file, node, &queues);
    let wording = wording::wording(context, file, node);
    let policy = values::policy(context, file, node.get("policy"));
    let lookups = lookups::lookups(context, file, node);
    let templates = templates::templates(context, file, node);
    templates::missing(context, file, node, &queues);
    let locales = locales(context, file, node);
    let when_open =
        if node.get("when_open").and_then(Node::scalar) == Some("flows") { WhenOpen::Flows } else { WhenOpen::Handoff };
    let threshold = |key: &str| {
        let thresholds = node.get("policy")?.get("thresholds")?;
        read::number(thresholds, key).map(|value| value as f32)
    };
    let thresholds = (threshold("confident"), threshold("torn"));
    let words = node.get("words").map(words).unwrap_or_default();
    let now = context.problems.iter().filter(|p| p.severity() == Severity::Error).count();
    let name = node.get("bot").and_then(Node::scalar)?.to_owned();
    (good && now == errors).then_some(Settings {
        name,
        languages,
        locales,
        numbers,
        hours,
        country,
        when_open,
        queues,
        policy,
        thresholds,
        words,
        wording,
        templates,
        lookups,
    })
}

fn words(node: &Node) -> Vec<(super::AnytimeName, String)> {
    super::AnytimeName::ALL
        .into_iter()
        .flat_map(|name| read::list(node, name.key()).into_iter().map(move |word| (name, word)))
        .collect()
}

fn locales(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> BTreeMap<Language, Locale> {
    let mut locales: BTreeMap<Language, Locale> =
        context.languages.iter().map(|language| (*language, Locale::for_language(*language))).collect();
    for (key, value) in node.get("locale").map(Node::entries).unwrap_or_default() {
        let language = key.scalar().and_then(|code| code.parse::<Language>().ok());
        let tag = value.scalar().unwrap_or_default();
        match (language.filter(|language| context.languages.contains(language)), Locale::from_tag(tag)) {
            (Some(language), Some(locale)) if locale.language() == language => {
                locales.insert(language, locale);
            }
            (None, _) if context.languages_doubtful => {}
            (None, _) => {
                let message = format!("`{}` is not a language of this bot", key.scalar().unwrap_or_default());
                context.problem(Code::UnknownLanguage, file, &key.range, message).help =
                    Some("add it to `languages:`, or take it away".to_owned());
            }
            (Some(language), _) => {
                let message = format!("`{tag}` is not a locale of `{language}`");
                context.problem(Code::BadValue, file, &value.range, message).help = Some(format!(
                    "write the language and a country: `{language}-{}`",
                    if language == Language::EN { "IE" } else { "XX" }
                ));
            }
        }
    }
    locales
}
