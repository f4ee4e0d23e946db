//! Reads members of a JSON value as they ought to be, or not at all. Everything it gives is bounded.

use serde_json::Value;

use crate::clock::Timestamp;
use crate::text;
use crate::whatsapp::limits;

/// A member that is text and not empty.
pub fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A member that is one line for people.
pub fn line(value: &Value, name: &str) -> Option<String> {
    let line = text(value, name)?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then(|| cut(&line, limits::INBOUND_LINE))
}

/// A member that is a text of the customer's.
pub fn words(value: &Value, name: &str) -> Option<String> {
    text(value, name).map(|words| cut(words, limits::INBOUND_TEXT))
}

/// A member that is an id. Ids are opaque; one that is too long or has control characters is none. Numbers are taken
/// too: somebody will send one.
pub fn id(value: &Value, name: &str) -> Option<String> {
    let id = match value.get(name)? {
        Value::String(id) => id.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!id.is_empty() && id.len() <= limits::INBOUND_ID && !id.contains(char::is_control)).then_some(id)
}

/// A member that is a list; empty if it is not.
pub fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A member that is a number, or a number in quotes.
pub fn number(value: &Value, name: &str) -> Option<f64> {
    let number = match value.get(name)? {
        Value::String(digits) => digits.trim().parse().ok()?,
        number => number.as_f64()?,
    };
    number.is_finite().then_some(number)
}

/// A member that is a moment: seconds since 1970 in quotes or not, sometimes milliseconds.
pub fn time(value: &Value, name: &str) -> Option<Timestamp> {
    /// Seconds reach this in the year 5138, milliseconds did in 1973.
    const MILLISECONDS_FROM: i64 = 100_000_000_000;
    let stamp = match value.get(name)? {
        Value::String(digits) => digits.trim().parse().ok()?,
        number => number.as_i64()?,
    };
    match stamp {
        1..MILLISECONDS_FROM => Timestamp::from_timestamp(stamp, 0),
        MILLISECONDS_FROM.. => Timestamp::from_timestamp_millis(stamp),
        _ => None,
    }
}

/// A text cut to so many UTF-16 units.
pub fn cut(whole: &str, max: usize) -> String {
    text::cut_utf16(whole, max).0
}
