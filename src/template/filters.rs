//! The filters a text may use. None of them fails: what they cannot work on stays as it is, since a text that fails while
//! a customer waits would have to become a handoff.

use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Value};

/// The filters a text may use.
pub const FILTERS: [&str; 9] =
    ["default", "upper", "lower", "title", "capitalize", "trim", "length", "round", "replace"];

/// Adds them to an engine.
pub(super) fn add(engine: &mut Environment<'_>) {
    engine.add_filter("default", |value: Value, other: Rest<Value>, _: Kwargs| {
        if value.is_undefined() || value.is_none() { other.first().cloned().unwrap_or_default() } else { value }
    });
    engine.add_filter("upper", |value: Value| value.to_string().to_uppercase());
    engine.add_filter("lower", |value: Value| value.to_string().to_lowercase());
    engine.add_filter("title", |value: Value| title(&value.to_string()));
    engine.add_filter("capitalize", |value: Value| capitalize(&value.to_string()));
    engine.add_filter("trim", |value: Value| value.to_string().trim().to_owned());
    engine.add_filter("length", |value: Value| value.to_string().chars().count());
    engine.add_filter("round", |value: Value, digits: Rest<Value>| round(value, &digits));
    engine.add_filter("replace", |value: Value, parts: Rest<Value>| match parts.as_slice() {
        [from, to] => value.to_string().replace(&from.to_string(), &to.to_string()),
        _ => value.to_string(),
    });
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.flat_map(char::to_lowercase)).collect()
}

fn title(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(capitalize).collect()
}

fn round(value: Value, digits: &[Value]) -> Value {
    let Ok(number) = f64::try_from(value.clone()) else { return value };
    let digits = digits.first().and_then(|digits| i64::try_from(digits.clone()).ok()).unwrap_or(0).clamp(0, 9);
    let Ok(power) = i32::try_from(digits) else { return value };
    let scale = 10_f64.powi(power);
    super::number_value((number * scale).round() / scale)
}
