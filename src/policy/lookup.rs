//! What a lookup's answer means (R18). Calls nothing: transcripts, `check` and the caller
//! of real systems all read answers by these rules.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value as Json;
use serde_json_path::JsonPath;

use crate::message::{Fields, Value};

/// The most characters of a text in an answer that are kept: a field is for a sentence, not for a book.
pub const TEXT_MAX: usize = 2_000;
/// Whole numbers beyond this are identifiers, which a number would round: they stay text.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Reads the declared fields (name to `JSONPath`) out of an answer. A path that finds nothing, or `null`, gives
/// [`Value::None`]; one that finds several values gives them as a JSON list in a text.
///
/// # Errors
/// A path is no `JSONPath`; a sentence that names the field and the path.
pub fn read_answer(result: &BTreeMap<String, String>, answer: &Json) -> Result<Fields, String> {
    result.iter().map(|(field, path)| Ok((field.clone(), field_value(field, path, answer)?))).collect()
}

fn field_value(field: &str, path: &str, answer: &Json) -> Result<Value, String> {
    let path = JsonPath::parse(path)
        .map_err(|_| format!("`{path}`, the path of the field `{field}`, is no JSONPath such as `$.delivery.eta`"))?;
    let found = path.query(answer).all();
    Ok(match found.as_slice() {
        [] => Value::None,
        [one] => value(one),
        several => Value::Text(cut(&Json::from_iter(several.iter().map(|&one| one.clone())).to_string())),
    })
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::None,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => match number.as_f64() {
            Some(exact) if exact.is_finite() && exact.abs() < WHOLE_MAX => Value::Number(exact),
            _ => Value::Text(number.to_string()),
        },
        Json::String(text) => date(text).map_or_else(|| Value::Text(cut(text)), Value::Date),
        Json::Array(_) | Json::Object(_) => Value::Text(cut(&json.to_string())),
    }
}

/// A day written exactly `2026-11-24`.
fn date(text: &str) -> Option<NaiveDate> {
    let dashes = text.len() == 10 && text.bytes().enumerate().all(|(i, b)| (b == b'-') == (i == 4 || i == 7));
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| dashes)
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, answer: &Json) -> Value {
        field_value("f", path, answer).unwrap()
    }

    #[test]
    fn scalars_become_values_and_the_rest_becomes_text() {
        let answer = serde_json::json!({
            "text": "on its way", "yes": true, "n": 12.5, "id": 12_345_678_901_234_567_890_u64, "none": null,
            "day": "2026-11-24", "moment": "2026-11-24T10:00:00Z", "no_day": "2026-13-24", "short": "2026-1-2",
            "nested": {"a": [1, 2]}, "lines": [{"sku": "A"}, {"sku": "B"}],
        });
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(read("$.text", &answer), text("on its way"));
        assert_eq!(read("$.yes", &answer), Value::Bool(true));
        assert_eq!(read("$.n", &answer), Value::Number(12.5));
        assert_eq!(read("$.id", &answer), text("12345678901234567890"), "an identifier keeps its digits");
        assert_eq!(read("$.none", &answer), Value::None);
        assert_eq!(read("$.absent.deeper", &answer), Value::None);
        assert_eq!(read("$.day", &answer), Value::Date(NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()));
        assert_eq!(read("$.moment", &answer), text("2026-11-24T10:00:00Z"));
        assert_eq!(read("$.no_day", &answer), text("2026-13-24"));
        assert_eq!(read("$.short", &answer), text("2026-1-2"));
        assert_eq!(read("$.nested", &answer), text(r#"{"a":[1,2]}"#));
        assert_eq!(read("$.lines[*].sku", &answer), text(r#"["A","B"]"#));
    }

    #[test]
    fn a_long_text_is_cut_and_a_bad_path_named() {
        let answer = serde_json::json!({ "long": "א".repeat(TEXT_MAX + 1) });
        assert_eq!(read("$.long", &answer), Value::Text("א".repeat(TEXT_MAX)));
        let problem = field_value("eta", "delivery..", &answer).unwrap_err();
        assert_eq!(problem, "`delivery..`, the path of the field `eta`, is no JSONPath such as `$.delivery.eta`");
    }
}
