//! `bot.yaml` into values that cannot be missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;

use crate::compile::shape::Kind;
use crate::compile::{Context, NameKind, TextNames, values};
use crate::diagnostic::{Code, Spot};
use crate::hours::{Country, Exception, Hours};
use crate::language::Language;
use crate::locale::Locale;
use crate::template::LocalText;
use crate::text::nearest;
use crate::yaml::Node;

use super::schema::{BOT, OCCASIONS};
use super::wording::{Text, Wording};
use super::{Lookup, MessageTemplate, MorningCheck, Number, Policy, Queue, WhenOpen};

const FIRST_REPLY: Duration = Duration::minutes(8);
const NEXT_REPLY: Duration = Duration::hours(1);
const LOOKUP_TIMEOUT: Duration = Duration::seconds(3);
const LOOKUP_TIMEOUT_MAX: Duration = Duration::seconds(30);
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
    let mut languages = Vec::new();
    for item in node.get("languages").map(Node::items).unwrap_or_default() {
        let Some(code) = item.scalar() else { continue };
        match code.parse::<Language>() {
            Ok(language) if !languages.contains(&language) => languages.push(language),
            Ok(_) => {}
            Err(error) => {
                context.problem(Code::BadValue, file, &item.range, error.to_string()).help =
                    Some("write the short code: `en`, `he`, `lv`".to_owned());
            }
        }
    }
    if !languages.is_empty() {
        context.languages = languages;
    }
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

/// Compiles `bot.yaml`; `None` when the bot cannot run.
pub fn compile(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<Settings> {
    let good = context.fits(file, node, Kind::Shape(&BOT), "bot.yaml");
    let errors = context.problems.iter().filter(|p| p.severity() == crate::diagnostic::Severity::Error).count();
    let languages = context.languages.clone();
    let (hours, country) = match node.get("hours") {
        Some(node) => hours(context, file, node).unwrap_or((Hours::always(Tz::UTC), None)),
        None => (Hours::always(Tz::UTC), None),
    };
    let queues = queues(context, file, node, &hours);
    let numbers = numbers(context, file, node, &queues);
    let wording = wording(context, file, node);
    let policy = policy(context, file, node.get("policy"));
    let lookups = lookups(context, file, node);
    let templates = templates(context, file, node);
    no_templates(context, file, node, &queues);
    let locales = locales(context, file, node);
    let when_open =
        if node.get("when_open").and_then(Node::scalar) == Some("flows") { WhenOpen::Flows } else { WhenOpen::Handoff };
    let threshold = |key: &str| {
        let thresholds = node.get("policy")?.get("thresholds")?;
        values::number(thresholds, key).map(|value| value as f32)
    };
    let thresholds = (threshold("confident"), threshold("torn"));
    let words = node.get("words").map(words).unwrap_or_default();
    let now = context.problems.iter().filter(|p| p.severity() == crate::diagnostic::Severity::Error).count();
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
        .flat_map(|name| values::list(node, name.key()).into_iter().map(move |word| (name, word)))
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

// ── hours ──

fn hours(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<(Hours, Option<Country>)> {
    let zone = match node.get("zone") {
        None => Tz::UTC,
        Some(zone_node) => {
            let name = zone_node.scalar()?;
            match name.parse::<Tz>() {
                Ok(zone) => zone,
                Err(_) => {
                    let near = nearest(name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
                    let help = near.map_or_else(
                        || "zones are named by region and city, such as `Europe/Riga`".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    context
                        .problem(Code::UnknownZone, file, &zone_node.range, format!("there is no time zone `{name}`"))
                        .help = Some(help);
                    return None;
                }
            }
        }
    };
    let country = match node.get("holidays") {
        None => None,
        Some(country_node) => {
            let code = country_node.scalar()?;
            let country = Country::from_code(code);
            if country.is_none() {
                context
                    .problem(
                        Code::UnknownCountry,
                        file,
                        &country_node.range,
                        format!("no holidays are known for `{code}`"),
                    )
                    .help = Some("write the two capital letters of a country, such as `IL`, `LV` or `IE`".to_owned());
                return None;
            }
            country
        }
    };
    let mut exceptions = Vec::new();
    for (day, times) in node.get("exceptions").map(Node::entries).unwrap_or_default() {
        let text = day.scalar().unwrap_or_default();
        let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") else {
            context.problem(Code::BadHours, file, &day.range, format!("`{text}` is not a date")).help =
                Some("write year, month and day: `2026-12-31`".to_owned());
            continue;
        };
        match Exception::parse(times.scalar().unwrap_or_default()) {
            Ok(exception) => exceptions.push((date, exception)),
            Err(error) => {
                context.problem(Code::BadHours, file, &times.range, error.message).help = Some(error.help);
            }
        }
    }
    let open_node = node.get("open")?;
    let open = open_node.scalar()?;
    match Hours::parse(open, zone, country, &exceptions) {
        Ok(hours) => Some((hours, country)),
        Err(error) => {
            let quoted = usize::from(
                context
                    .sources
                    .text(file)
                    .get(open_node.range.clone())
                    .is_some_and(|text| text.starts_with(['"', '\''])),
            );
            let start = (open_node.range.start + quoted + error.at).min(open_node.range.end);
            context.problem(Code::BadHours, file, &(start..open_node.range.end), error.message).help = Some(error.help);
            None
        }
    }
}

// ── queues and numbers ──

fn queues(context: &mut Context<'_>, file: &Arc<str>, node: &Node, general: &Hours) -> BTreeMap<String, Queue> {
    let mut queues = BTreeMap::new();
    let entries = node.get("queues").map(Node::entries).unwrap_or_default();
    for (position, (key, value)) in entries.iter().enumerate() {
        let Some(name) = key.scalar().map(str::to_owned) else { continue };
        if position == 0 {
            context.mark_used(NameKind::Queue, &name);
        }
        let label = value.get("label").and_then(|label| context.text(file, label, &TextNames::default()));
        let own = value.get("hours").and_then(|own| hours(context, file, own)).map(|(hours, _)| hours);
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

fn positive(context: &mut Context<'_>, file: &Arc<str>, node: &Node, key: &str) -> Option<Duration> {
    let duration = values::duration(node, key)?;
    if duration > Duration::zero() {
        return Some(duration);
    }
    let range = node.get(key).map_or(node.range.clone(), |node| node.range.clone());
    context.problem(Code::BadValue, file, &range, format!("`{key}` must be more than nothing")).help =
        Some("write a duration such as `8m`, or take the line away for the usual one".to_owned());
    None
}

fn numbers(context: &mut Context<'_>, file: &Arc<str>, node: &Node, queues: &BTreeMap<String, Queue>) -> Vec<Number> {
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

// ── the values of the rules ──

fn policy(context: &mut Context<'_>, file: &Arc<str>, node: Option<&Node>) -> Policy {
    let mut policy = Policy::default();
    let Some(node) = node else { return policy };
    if let Some(gather) = values::duration(node, "gather") {
        policy.gather = gather;
        policy.gather_media = gather + Duration::seconds(1);
    }
    for (key, slot) in [
        ("sitting", &mut policy.sitting),
        ("welcome_again", &mut policy.welcome_again),
        ("repeat_contact", &mut policy.repeat_contact),
        ("question_reminder", &mut policy.question_reminder),
        ("closing_after", &mut policy.closing_after),
        ("short_closure", &mut policy.short_closure),
        ("phone_hint_after", &mut policy.phone_hint_after),
        ("reassign_after", &mut policy.reassign_after),
        ("offline_after", &mut policy.offline_after),
        ("window_alert", &mut policy.window_alert),
    ] {
        if let Some(duration) = values::duration(node, key) {
            *slot = duration;
        }
    }
    if let Some(reminders) = node.get("reminders") {
        let mut read: Vec<Duration> =
            reminders.items().iter().filter_map(Node::scalar).filter_map(crate::locale::duration).collect();
        read.sort();
        policy.reminders = read;
    }
    if let Some(quiet) = node.get("quiet_hours") {
        let text = quiet.scalar().unwrap_or_default();
        let times = text.split_once('-').and_then(|(from, to)| {
            Some((crate::locale::time_of_day(from.trim())?, crate::locale::time_of_day(to.trim())?))
        });
        match times {
            Some(times) => policy.quiet_hours = times,
            None => {
                context
                    .problem(Code::BadValue, file, &quiet.range, format!("`{text}` are not hours of the day"))
                    .help = Some("write them like `\"21:00-08:00\"`".to_owned());
            }
        }
    }
    policy.capacity = whole(context, file, node, "capacity", 1..=1_000).unwrap_or(policy.capacity);
    policy.warn_at =
        whole(context, file, node, "warn_at", 1..=100).and_then(|n| n.try_into().ok()).unwrap_or(policy.warn_at);
    if let Some(looping) = node.get("loop") {
        policy.loop_messages = whole(context, file, looping, "messages", 2..=100).unwrap_or(policy.loop_messages);
        policy.loop_within = values::duration(looping, "within").unwrap_or(policy.loop_within);
    }
    if let Some(check) = node.get("morning_check") {
        let default = MorningCheck { ..policy.morning_check };
        policy.morning_check = MorningCheck {
            after_opening: values::duration(check, "after_opening").unwrap_or(default.after_opening),
            per_minute: whole(context, file, check, "per_minute", 1..=10_000)
                .and_then(|n| n.try_into().ok())
                .unwrap_or(default.per_minute),
            skip_younger: values::duration(check, "skip_younger").unwrap_or(default.skip_younger),
            silent_after: values::duration(check, "silent_after").unwrap_or(default.silent_after),
        };
    }
    for key in ["confident", "torn"] {
        if let Some(value) = node.get("thresholds").and_then(|node| node.get(key))
            && value
                .scalar()
                .and_then(|text| text.parse::<f64>().ok())
                .is_none_or(|value| !(0.0..=1.0).contains(&value))
        {
            context.problem(Code::BadValue, file, &value.range, format!("`{key}` goes from 0 to 1")).help =
                Some("write a share such as `0.8`, or take the line away: frontdesk measures what fits".to_owned());
        }
    }
    policy
}

fn whole(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    key: &str,
    allowed: std::ops::RangeInclusive<usize>,
) -> Option<usize> {
    let value = node.get(key)?;
    let read = value.scalar().and_then(|text| text.parse().ok()).filter(|number| allowed.contains(number));
    if read.is_none() && values::number(node, key).is_some() {
        let message = format!("`{key}` is a whole number from {} to {}", allowed.start(), allowed.end());
        context.problem(Code::BadValue, file, &value.range, message).help =
            Some("write a number within these, or take the line away for the usual one".to_owned());
    }
    read
}

// ── texts ──

fn wording(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Wording {
    let mut own: BTreeMap<Text, BTreeMap<Language, String>> = BTreeMap::new();
    for (key, value) in node.get("wording").map(Node::entries).unwrap_or_default() {
        let name = key.scalar().unwrap_or_default();
        let Some(text) = Text::from_name(name) else {
            let near = nearest(name, Text::ALL.iter().map(|text| text.name()));
            let help = near.map_or_else(
                || "`frontdesk schema wording` lists all of them".to_owned(),
                |near| format!("did you mean `{near}`? `frontdesk schema wording` lists all of them"),
            );
            context
                .problem(Code::UnknownReference, file, &key.range, format!("there is no built-in text named `{name}`"))
                .help = Some(help);
            continue;
        };
        let mut names = TextNames::everywhere();
        for name in text.names_allowed() {
            names.add(name, true, 40);
        }
        let max = text.length_max().unwrap_or(1024);
        context.at_most(file, value, &names, max, "this text");
        if let Some(read) = context.text(file, value, &names) {
            own.insert(text, read.sources().map(|(language, text)| (language, text.to_owned())).collect());
        }
    }
    missing_wording(context, file, node, &own);
    Wording::new(context.default_language(), &own)
}

/// A language that is not shipped needs every text from the bot.
fn missing_wording(
    context: &mut Context<'_>,
    file: &Arc<str>,
    node: &Node,
    own: &BTreeMap<Text, BTreeMap<Language, String>>,
) {
    for language in context.languages.clone() {
        if Language::BUILT_IN.contains(&language) {
            continue;
        }
        let has = |text: &&Text| own.get(text).is_some_and(|texts| texts.contains_key(&language));
        let missing: Vec<&str> = Text::ALL.iter().filter(|text| !has(text)).map(|text| text.name()).collect();
        if !missing.is_empty() {
            let range = node.entry("languages").map_or(node.range.clone(), |(_, value)| value.range.clone());
            let some = missing.iter().take(6).copied().collect::<Vec<_>>().join(", ");
            let more = missing.len().saturating_sub(6);
            let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let message =
                format!("`{language}` is not shipped, and the bot does not give it these texts: {some}{and_more}");
            context.problem(Code::MissingWording, file, &range, message).help = Some(format!(
                "write them under `wording:` for `{language}`; `frontdesk schema wording` lists all of them"
            ));
        }
    }
}

fn templates(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> BTreeMap<String, MessageTemplate> {
    let mut templates = BTreeMap::new();
    for (key, value) in node.get("templates").map(Node::entries).unwrap_or_default() {
        let Some(occasion) = key.scalar().map(str::to_owned) else { continue };
        if OCCASIONS.contains(&occasion.as_str()) {
            context.mark_used(NameKind::Template, &occasion);
        }
        let Some(name) = values::words(value, "name") else { continue };
        let mut languages = Vec::new();
        for item in value.get("languages").map(Node::items).unwrap_or_default() {
            match item.scalar().and_then(|code| code.parse::<Language>().ok()) {
                Some(language) => languages.push(language),
                None => {
                    let message = format!("`{}` is not a language", item.scalar().unwrap_or_default());
                    context.problem(Code::UnknownLanguage, file, &item.range, message).help =
                        Some("write the short code: `en`, `he`, `lv`".to_owned());
                }
            }
        }
        if languages.is_empty() {
            languages.push(context.default_language());
        }
        let mut names = TextNames::everywhere();
        names.add("promise", false, 40);
        names.add("agent", false, 40);
        let mut parameters = Vec::new();
        for item in value.get("parameters").map(Node::items).unwrap_or_default() {
            let source = format!("{{{{ {} }}}}", item.scalar().unwrap_or_default());
            let problems = context.problems.len();
            context.check_text(file, item, &source, &names);
            context.problems.truncate(problems + 1);
            let missing = context.problems.get(problems).is_some_and(|problem| problem.code == Code::MayBeUnset);
            if missing {
                context.problems.truncate(problems);
            }
            let source = if missing { source.replace(" }}", " | default('') }}") } else { source };
            parameters.push(LocalText::plain(source));
        }
        let buttons = value.get("buttons").map(Node::entries).unwrap_or_default();
        let buttons = buttons.iter().filter_map(|(key, label)| {
            context.at_most(file, label, &names, 20, "a button");
            Some((key.scalar()?.to_owned(), context.text(file, label, &names)?))
        });
        let buttons: Vec<(String, LocalText)> = buttons.collect();
        templates.insert(occasion.clone(), MessageTemplate { occasion, name, languages, parameters, buttons });
    }
    templates
}

/// What may have to be said outside the window, and cannot be without a template (R32).
fn no_templates(context: &mut Context<'_>, file: &Arc<str>, node: &Node, queues: &BTreeMap<String, Queue>) {
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

fn lookups(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> BTreeMap<String, Lookup> {
    let mut lookups = BTreeMap::new();
    for (key, value) in node.get("lookups").map(Node::entries).unwrap_or_default() {
        let (Some(name), Some(get_node)) = (key.scalar().map(str::to_owned), value.get("get")) else { continue };
        let get = get_node.scalar().unwrap_or_default().to_owned();
        address(context, file, get_node, &get);
        let mut headers = BTreeMap::new();
        for (header, text) in value.get("headers").map(Node::entries).unwrap_or_default() {
            headers
                .insert(header.scalar().unwrap_or_default().to_owned(), text.scalar().unwrap_or_default().to_owned());
        }
        let mut result = BTreeMap::new();
        for (field, path) in value.get("result").map(Node::entries).unwrap_or_default() {
            let (Some(field), Some(source)) = (context.name(file, field), path.scalar()) else { continue };
            if serde_json_path::JsonPath::parse(source).is_err() {
                let message = format!("`{source}` is not a JSONPath");
                context.problem(Code::BadLookup, file, &path.range, message).help =
                    Some("write where the value stands in the answer, such as `\"$.delivery.eta\"`".to_owned());
            }
            result.insert(field, source.to_owned());
        }
        let timeout = positive(context, file, value, "timeout").unwrap_or(LOOKUP_TIMEOUT).min(LOOKUP_TIMEOUT_MAX);
        lookups.insert(name.clone(), Lookup { name, get, headers, timeout, result });
    }
    lookups
}

fn address(context: &mut Context<'_>, file: &Arc<str>, node: &Node, get: &str) {
    let rest = get.strip_prefix("https://").or_else(|| get.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let host = host.map(|host| host.rsplit_once(':').map_or(host, |(host, _)| host));
    match host {
        None | Some("") => {
            context
                .problem(Code::BadLookup, file, &node.range, "a lookup's address begins with `https://` and a host")
                .help = Some("write it in full: `https://api.example.com/orders/{{ order_number }}`".to_owned());
        }
        Some(host) if host.contains("{{") || host.contains('@') => {
            context.problem(Code::BadLookup, file, &node.range, "a lookup's host cannot be made of answers").help =
                Some("write the host in full; answers may stand in the path and after `?`".to_owned());
        }
        Some(host) if crate::text::is_private_host(host) => {
            context.problem(Code::PrivateHost, file, &node.range, format!("`{host}` is a private address")).help =
                Some("it is only called when the operator lists it in FRONTDESK_LOOKUP_HOSTS".to_owned());
        }
        Some(_) => {}
    }
    if get.starts_with("http://") && host.is_some_and(|host| !crate::text::is_private_host(host)) {
        context.problem(Code::BadLookup, file, &node.range, "customers' answers would travel unencrypted").help =
            Some("write `https://`".to_owned());
    }
}
