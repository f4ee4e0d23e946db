//! Whether the two sides of a comparison can be compared at all, and what the author most likely meant where not.

use std::ops::Range;

use chrono::NaiveDate;

use crate::message::Value;
use crate::scope::{TextProblem, TextProblemKind};
use crate::text::nearest;

use super::parse::Side;
use super::{Expr, Op, Type};

fn mismatch(range: &Range<usize>, message: impl Into<String>, help: impl Into<String>) -> TextProblem {
    let (message, help) = (message.into(), Some(help.into()));
    TextProblem { range: range.clone(), kind: TextProblemKind::Type, message, help }
}

/// What is wrong with a comparison, if anything. `source` is the whole condition.
pub(super) fn compare(source: &str, left: &Side, op: Op, right: &Side) -> Option<TextProblem> {
    for (side, other) in [(left, right), (right, left)] {
        let name = source.get(side.range.clone()).unwrap_or_default();
        match (&side.kind, &other.expr) {
            (Type::Choice(keys), Expr::Literal(value)) => {
                if let Some(problem) = not_an_option(name, keys, value, &other.range) {
                    return Some(problem);
                }
            }
            (Type::Date, Expr::Literal(Value::Text(day))) if NaiveDate::parse_from_str(day, "%Y-%m-%d").is_err() => {
                let help = "write year, month and day in quotes: `\"2026-03-06\"`";
                return Some(mismatch(&other.range, format!("`{day}` is not a day"), help));
            }
            _ => {}
        }
    }
    let whole = left.range.start..right.range.end;
    if !comparable(left, right) {
        let (a, b) = (word(&left.kind), word(&right.kind));
        let help = different(source, left, right);
        let help = help.unwrap_or_else(|| format!("the left side is {a}, the right side {b}"));
        return Some(mismatch(&whole, "these two cannot be compared", help));
    }
    if matches!(op, Op::Eq | Op::Ne) {
        return None;
    }
    match (&left.kind, &right.kind) {
        (Type::Bool, _) | (_, Type::Bool) => {
            Some(mismatch(&whole, "yes and no have no order", "write the name alone, or `not name`"))
        }
        (Type::Choice(_), _) => Some(mismatch(&whole, "options have no order", "compare with `==` or `in [..]`")),
        _ => None,
    }
}

fn comparable(left: &Side, right: &Side) -> bool {
    match (&left.kind, &right.kind) {
        (Type::Any, _) | (_, Type::Any) | (Type::Choice(_) | Type::Text, Type::Choice(_) | Type::Text) => true,
        (Type::Date, Type::Text) => matches!(right.expr, Expr::Literal(_)),
        (Type::Text, Type::Date) => matches!(left.expr, Expr::Literal(_)),
        (a, b) => a == b,
    }
}

fn not_an_option(name: &str, keys: &[String], value: &Value, range: &Range<usize>) -> Option<TextProblem> {
    match value {
        Value::None => None,
        Value::Text(key) if keys.contains(key) => None,
        Value::Text(key) => {
            let help = match nearest(key, keys.iter().map(String::as_str)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("its options are {}", keys.join(", ")),
            };
            Some(mismatch(range, format!("`{name}` has no option `{key}`"), help))
        }
        _ => {
            let help = format!("compare it with one of its options: {}", keys.join(", "));
            Some(mismatch(range, "an option is compared with something else", help))
        }
    }
}

/// The way out where the kinds differ and one side tells what was meant.
fn different(source: &str, left: &Side, right: &Side) -> Option<String> {
    [(left, right), (right, left)].into_iter().find_map(|(side, other)| {
        let name = source.get(side.range.clone())?;
        match (&side.kind, &other.expr) {
            (Type::Bool, Expr::Literal(_)) => {
                Some(format!("`{name}` is yes or no: write `{name}` alone, or `not {name}`"))
            }
            (Type::Number, Expr::Literal(Value::Text(text))) if text.trim().parse::<f64>().is_ok() => {
                Some(format!("`{name}` is a number: write `{}` without quotes", text.trim()))
            }
            (Type::Date, Expr::Literal(_)) => {
                Some(format!("`{name}` is a day: write year, month and day in quotes, `\"2026-03-06\"`"))
            }
            (Type::Text, Expr::Literal(Value::Number(_))) => {
                Some(format!("`{name}` is words: write the number in quotes"))
            }
            (Type::Thing, _) => Some(format!("`{name}` is something sent: it can only be there, or be `none`")),
            _ => None,
        }
    })
}

/// What an unknown name was meant to be, by what it is compared with.
pub(super) fn meant(unknown: &str, with: &Side, source: &str) -> Option<String> {
    let name = source.get(with.range.clone())?;
    match &with.kind {
        Type::Choice(keys) if keys.iter().any(|key| key == unknown) => {
            Some(format!("an option's key stands in quotes: `\"{unknown}\"`"))
        }
        Type::Bool if matches!(unknown, "yes" | "on" | "y") => Some(format!("write `{name}` alone")),
        Type::Bool if matches!(unknown, "no" | "off" | "n") => Some(format!("write `not {name}`")),
        Type::Date if matches!(unknown, "today" | "tomorrow" | "yesterday" | "now") => Some(
            "days are written out here: `\"2026-03-06\"`; limits such as `from: today` belong under `accept: { date: … }`"
                .to_owned(),
        ),
        Type::Text if matches!(with.expr, Expr::Name(_)) => Some(format!("words stand in quotes: `\"{unknown}\"`")),
        _ => None,
    }
}

/// A text or a number alone, where yes or no is wanted: always true, and never what was meant.
pub(super) fn alone(source: &str, side: &Side) -> Option<TextProblem> {
    let Expr::Literal(Value::Text(_) | Value::Number(_)) = side.expr else { return None };
    let shown = source.get(side.range.clone()).unwrap_or_default();
    let help = format!("name what is compared each time: `box == {shown}`, or write `box in [.., ..]`");
    Some(mismatch(&side.range, format!("`{shown}` alone is no condition: it would always hold"), help))
}

const fn word(kind: &Type) -> &'static str {
    match kind {
        Type::Choice(_) | Type::Text => "words",
        Type::Date => "a day",
        Type::Bool => "yes or no",
        Type::Number => "a number",
        Type::Thing => "something sent",
        Type::Any => "anything",
    }
}
