//! What a question accepts, as written into what the machine reads.

use std::sync::Arc;

use chrono::NaiveDate;
use regex::{Regex, RegexBuilder};

use crate::compile::{Context, values};
use crate::diagnostic::Code;
use crate::text::with_ascii_digits;
use crate::yaml::{Node, NodeKind};

use super::program::{Accept, DateBound, Normalise, Pattern};

const TEXT_MAX: usize = 500;
/// No message is longer.
const LENGTH_MAX: usize = 4096;
/// Compiled patterns may take so much memory, in bytes.
const PATTERN_SIZE_MAX: usize = 1_000_000;

/// Compiles `accept`.
pub(super) fn compile(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<Accept> {
    if let Some(word) = node.scalar() {
        return Some(match word {
            "text" => Accept::Text { min: 1, max: TEXT_MAX },
            "yes_no" => Accept::YesNo,
            "number" => Accept::Number { min: None, max: None, integer: false },
            "date" => Accept::Date { from: None, to: None },
            "phone" => Accept::Phone,
            "email" => Accept::Email,
            "location" => Accept::Location,
            "photo" => Accept::Photo,
            "document" => Accept::Document,
            "media" => Accept::Media,
            _ => return None,
        });
    }
    if !matches!(node.kind, NodeKind::Map(_)) {
        return None;
    }
    if node.get("pattern").is_some() {
        return pattern(context, file, node);
    }
    let [(key, value)] = node.entries() else {
        context.problem(Code::WrongType, file, &node.range, "`accept` takes one kind of answer").help =
            Some("keep one: `accept: text`, or `accept: { number: { min: 1, max: 9 } }`".to_owned());
        return None;
    };
    match key.scalar()? {
        "text" => {
            let min = length(context, file, value, "min")?.unwrap_or(1);
            let max = length(context, file, value, "max")?.unwrap_or(TEXT_MAX.max(min));
            ordered(context, file, value, min <= max && max > 0)?;
            Some(Accept::Text { min, max })
        }
        "number" => {
            let (min, max) = (values::number(value, "min"), values::number(value, "max"));
            ordered(context, file, value, min.zip(max).is_none_or(|(min, max)| min <= max))?;
            Some(Accept::Number { min, max, integer: values::flag(value, "integer") })
        }
        "date" => {
            let mut bound = |key: &str| match value.get(key) {
                Some(node) => date_bound(context, file, node).map(Some),
                None => Some(None),
            };
            let (from, to) = (bound("from")?, bound("to")?);
            let good = match (from, to) {
                (Some(DateBound::FromToday(from)), Some(DateBound::FromToday(to))) => from <= to,
                (Some(DateBound::Day(from)), Some(DateBound::Day(to))) => from <= to,
                _ => true,
            };
            if !good {
                context.problem(Code::BadValue, file, &value.range, "`from` is after `to`").help =
                    Some("swap them".to_owned());
                return None;
            }
            Some(Accept::Date { from, to })
        }
        other if !matches!(other, "example" | "normalise") => None,
        other => {
            let message = format!("`{other}` needs `pattern` beside it");
            context.problem(Code::MissingKey, file, &key.range, message).help =
                Some("add `pattern: 'A-\\d{5}'`, or take this away".to_owned());
            None
        }
    }
}

/// A number of characters: `Some(None)` when it is left out, `None` when it makes no sense.
fn length(context: &mut Context<'_>, file: &Arc<str>, node: &Node, key: &str) -> Option<Option<usize>> {
    let Some(value) = node.get(key) else { return Some(None) };
    let length = value.scalar().and_then(|text| text.parse().ok()).filter(|length| *length <= LENGTH_MAX);
    if length.is_none() && values::number(node, key).is_some() {
        let message = format!("`{key}` is a whole number of characters, from 0 to {LENGTH_MAX}");
        context.problem(Code::BadValue, file, &value.range, message).help =
            Some("write one of these, or take it away".to_owned());
    }
    length.map(Some)
}

fn ordered(context: &mut Context<'_>, file: &Arc<str>, node: &Node, good: bool) -> Option<()> {
    if !good {
        context.problem(Code::BadValue, file, &node.range, "`min` is more than `max`").help =
            Some("swap them".to_owned());
    }
    good.then_some(())
}

fn date_bound(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<DateBound> {
    let text = node.scalar()?.trim();
    let days = |text: &str| text.strip_suffix('d')?.parse::<i64>().ok().filter(|days| days.abs() <= 36_600);
    let bound = match text {
        "today" => Some(DateBound::FromToday(0)),
        _ if text.starts_with(['+', '-']) => days(text).map(DateBound::FromToday),
        _ => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(DateBound::Day),
    };
    if bound.is_none() {
        let message = format!("`{text}` is not a day");
        context.problem(Code::BadValue, file, &node.range, message).help =
            Some("write `today`, `+30d`, `-7d`, or a date like `2026-03-06`".to_owned());
    }
    bound
}

/// A designer's pattern ignores case, is bounded by non-word characters, matches its example and never the empty text.
fn pattern(context: &mut Context<'_>, file: &Arc<str>, node: &Node) -> Option<Accept> {
    let source_node = node.get("pattern")?;
    let source = source_node.scalar()?.to_owned();
    let Some(example_node) = node.get("example") else {
        context.problem(Code::MissingKey, file, &source_node.range, "a pattern needs an `example`").help = Some(
            "add an input that it matches: `example: A-10234`; it is tested, and shown when an answer is unclear"
                .to_owned(),
        );
        return None;
    };
    let example = example_node.scalar()?.to_owned();
    let regex = match bounded(&source) {
        Ok(regex) => regex,
        Err(error) => {
            context
                .problem(Code::BadPattern, file, &source_node.range, format!("this pattern does not compile: {error}"))
                .help =
                Some("brackets come in pairs, and `\\` stands before a sign meant as itself: `A-\\d{5}`".to_owned());
            return None;
        }
    };
    if Regex::new(&format!("^(?:{source})$")).is_ok_and(|regex| regex.is_match("")) {
        let message = "this pattern accepts the empty text, so that every message would fit";
        context.problem(Code::BadPattern, file, &source_node.range, message).help =
            Some("write `+` where at least one is needed instead of `*`".to_owned());
        return None;
    }
    let said = with_ascii_digits(example.trim());
    if regex.captures(&said).and_then(|found| found.get(1)).is_none_or(|found| found.as_str() != said) {
        let message = format!("the pattern misses its own example `{example}`");
        let spot = crate::diagnostic::Spot::new(file, example_node.range.clone());
        let problem = context.problem(Code::BadPattern, file, &source_node.range, message);
        problem.related = vec![(spot, "the example".to_owned())];
        problem.help = Some("change one of the two".to_owned());
        return None;
    }
    let normalise = match node.get("normalise").and_then(Node::scalar) {
        Some("upper") => Normalise::Upper,
        Some("lower") => Normalise::Lower,
        Some("digits") => Normalise::Digits,
        _ => Normalise::Keep,
    };
    Some(Accept::Pattern(Pattern { regex, source, example, normalise }))
}

/// The pattern with the bounds and flags of R17; group 1 is the match. Answers come with ASCII digits, so its own are too.
fn bounded(source: &str) -> Result<Regex, String> {
    let source = with_ascii_digits(source);
    Regex::new(&source).map_err(|error| last_line(&error))?;
    RegexBuilder::new(&format!(r"\b{{start-half}}({source})\b{{end-half}}"))
        .case_insensitive(true)
        .size_limit(PATTERN_SIZE_MAX)
        .build()
        .map_err(|error| last_line(&error))
}

fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
