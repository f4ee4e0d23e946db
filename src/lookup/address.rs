//! Fills in a lookup's address and headers. A customer's value can neither leave its place in the path or the query nor
//! choose the host; an operator's secret can go into a header only.

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior, Value as Filled};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::message::{Fields, Value};

/// The longest address, in bytes, that is called.
const ADDRESS_MAX: usize = 4_096;
/// The most work a template may do.
const FUEL: u64 = 20_000;
/// Headers that steer the connection instead of telling the server something.
const OURS: [&str; 6] = ["host", "connection", "content-length", "transfer-encoding", "upgrade", "proxy-authorization"];

/// The address to call, with every inserted value percent-encoded.
///
/// # Errors
/// A name has no value, or what came out is no address that may be called.
pub(super) fn address(
    template: &str,
    names: &BTreeMap<String, Value>,
    results: &BTreeMap<String, Fields>,
) -> Result<Url, String> {
    host_is_written_out(template)?;
    let given = given(names, results);
    let text = render(template, &Filled::from(given), true).map_err(|problem| match problem {
        Problem::Syntax => "the address is no template".to_owned(),
        Problem::Missing(name) if name.split('.').next() == Some("env") => {
            format!("the address uses `{name}`, but only headers may use the operator's settings")
        }
        Problem::Missing(name) => format!("the address needs `{name}`, which has no value here"),
        Problem::Other => "the address could not be filled in".to_owned(),
    })?;
    if text.len() > ADDRESS_MAX {
        return Err(format!("the address is longer than {ADDRESS_MAX} bytes"));
    }
    if climbs(&text) {
        return Err("a part of the address's path would be `.` or `..`, which leads elsewhere".to_owned());
    }
    let mut url = Url::parse(&text).map_err(|_| "what came out is no address".to_owned())?;
    url.set_fragment(None);
    Ok(url)
}

/// The headers to send, marked as sensitive so that nothing prints their values.
///
/// # Errors
/// A header cannot be sent; its name and the setting that is missing, never a value.
pub(super) fn headers(
    templates: &BTreeMap<String, String>,
    env: &BTreeMap<String, SecretString>,
) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, template) in templates {
        let (name, value) = header(name, template, env)?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn header(
    name: &str,
    template: &str,
    env: &BTreeMap<String, SecretString>,
) -> Result<(HeaderName, HeaderValue), String> {
    let key: HeaderName = name.parse().map_err(|_| format!("`{name}` is no name of a header"))?;
    if OURS.contains(&key.as_str()) {
        return Err(format!("the header `{name}` belongs to the connection and cannot be set"));
    }
    let env: BTreeMap<String, Filled> = env
        .iter()
        .filter(|(variable, _)| template.contains(variable.as_str()))
        .map(|(variable, value)| (variable.clone(), Filled::from(value.expose_secret())))
        .collect();
    let context = Filled::from(BTreeMap::from([("env", Filled::from(env))]));
    let text = render(template, &context, false).map_err(|problem| match problem {
        Problem::Missing(used) if used.split('.').next() == Some("env") => {
            let variable = used.strip_prefix("env.").unwrap_or(&used);
            format!("the header `{name}` needs the setting `{variable}`, which the operator has not given")
        }
        Problem::Missing(used) => format!("the header `{name}` uses `{used}`: headers may use `env.NAME` only"),
        Problem::Syntax | Problem::Other => format!("the header `{name}` could not be filled in"),
    })?;
    let mut value =
        HeaderValue::from_str(&text).map_err(|_| format!("the header `{name}` holds what no header may"))?;
    value.set_sensitive(true);
    Ok((key, value))
}

/// Refuses an address whose scheme or host comes out of a value.
fn host_is_written_out(template: &str) -> Result<(), String> {
    let rest = template.strip_prefix("https://").or_else(|| template.strip_prefix("http://"));
    let rest = rest.ok_or("the address must begin with `https://` or `http://` and a host")?;
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    match host {
        host if host.contains('{') => Err("the address's host must be written out, without `{{ names }}`".to_owned()),
        host if host.contains('@') => Err("the address holds a user's name: use an `Authorization` header".to_owned()),
        _ => Ok(()),
    }
}

/// Whether the path has a part that browsers and clients resolve away. Percent-encoding cannot hide those.
fn climbs(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.split(['/', '\\']).any(|part| matches!(part.replace("%2e", ".").replace("%2E", ".").as_str(), "." | ".."))
}

fn given(names: &BTreeMap<String, Value>, results: &BTreeMap<String, Fields>) -> BTreeMap<String, Filled> {
    let some = |values: &BTreeMap<String, Value>| -> BTreeMap<String, Filled> {
        values.iter().filter_map(|(name, value)| Some((name.clone(), filled(value)?))).collect()
    };
    let mut given: BTreeMap<String, Filled> =
        results.iter().map(|(lookup, fields)| (lookup.clone(), Filled::from(some(fields)))).collect();
    given.extend(some(names));
    given
}

/// A value as an address writes it: options by key, numbers plain, days ISO; nothing for what was not given.
fn filled(value: &Value) -> Option<Filled> {
    Some(match value {
        Value::None => return None,
        Value::Text(text) | Value::Phone(text) | Value::Email(text) | Value::Choice(text) => {
            Filled::from(text.as_str())
        }
        Value::Bool(yes) => Filled::from(*yes),
        Value::Number(number) => whole(*number).map_or_else(|| Filled::from(*number), Filled::from),
        Value::Date(day) => Filled::from(day.to_string()),
        Value::Media(media) => Filled::from(media.id.as_str()),
        Value::Location(place) => Filled::from(format!("{},{}", place.latitude, place.longitude)),
    })
}

/// A number without its `.0`, where it has no fraction.
fn whole(number: f64) -> Option<i64> {
    let text = format!("{number}");
    text.parse().ok()
}

enum Problem {
    Syntax,
    Missing(String),
    Other,
}

fn render(template: &str, values: &Filled, encode: bool) -> Result<String, Problem> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(FUEL));
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    if encode {
        engine.set_formatter(|out, _, value| {
            let text = match bool::try_from(value.clone()) {
                Ok(yes) if value.kind() == minijinja::value::ValueKind::Bool => yes.to_string(),
                _ => value.to_string(),
            };
            Ok(out.write_str(&percent_encoded(&text))?)
        });
    }
    let template = engine.template_from_str(template).map_err(|_| Problem::Syntax)?;
    template.render(values.clone()).map_err(|error| match error.kind() {
        minijinja::ErrorKind::UndefinedError => missing(&template, values).map_or(Problem::Other, Problem::Missing),
        _ => Problem::Other,
    })
}

/// The first name, in alphabetical order, that the template uses and that has no value.
fn missing(template: &minijinja::Template<'_, '_>, values: &Filled) -> Option<String> {
    let mut used: Vec<String> = template.undeclared_variables(true).into_iter().collect();
    used.sort();
    used.into_iter().find(|name| {
        let value = name.split('.').try_fold(values.clone(), |value, part| value.get_attr(part).ok());
        value.is_none_or(|value| value.is_undefined())
    })
}

/// Everything but the letters, digits and marks that no part of an address gives a meaning.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn filled_in(template: &str, names: &[(&str, Value)]) -> Result<String, String> {
        let names = names.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let order = Fields::from([("id".to_owned(), Value::Text("A/1".to_owned())), ("eta".to_owned(), Value::None)]);
        address(template, &names, &BTreeMap::from([("order".to_owned(), order)])).map(String::from)
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn every_value_is_encoded_in_its_plain_form() {
        let of = |value| filled_in("https://a.example/{{ x }}?y={{ x }}", &[("x", value)]).unwrap();
        assert_eq!(
            of(text("../b?c#d&e=%2e ")),
            "https://a.example/..%2Fb%3Fc%23d%26e%3D%252e%20?y=..%2Fb%3Fc%23d%26e%3D%252e%20"
        );
        assert_eq!(of(text("שלום")), "https://a.example/%D7%A9%D7%9C%D7%95%D7%9D?y=%D7%A9%D7%9C%D7%95%D7%9D");
        assert_eq!(of(Value::Number(3.0)), "https://a.example/3?y=3");
        assert_eq!(of(Value::Number(-2.5)), "https://a.example/-2.5?y=-2.5");
        assert_eq!(of(Value::Bool(true)), "https://a.example/true?y=true");
        assert_eq!(of(Value::Choice("x1".into())), "https://a.example/x1?y=x1");
        assert_eq!(of(Value::Phone("+972501234567".into())), "https://a.example/%2B972501234567?y=%2B972501234567");
        let day = NaiveDate::from_ymd_opt(2026, 3, 4).unwrap();
        assert_eq!(of(Value::Date(day)), "https://a.example/2026-03-04?y=2026-03-04");
        assert_eq!(filled_in("https://a.example/{{ order.id }}#top", &[]).unwrap(), "https://a.example/A%2F1");
        assert_eq!(
            filled_in("https://a.example/{{ x | safe }}", &[("x", text("a/b"))]).unwrap(),
            "https://a.example/a%2Fb"
        );
    }

    #[test]
    fn an_address_that_would_lead_elsewhere_is_refused() {
        let why = |template: &str, value: Value| filled_in(template, &[("x", value)]).unwrap_err();
        for value in ["..", "."] {
            assert!(why("https://a.example/orders/{{ x }}/items", text(value)).contains("leads elsewhere"));
        }
        assert!(why("https://a.example/orders/%2E{{ x }}", text(".")).contains("leads elsewhere"));
        assert!(why("https://{{ x }}.example/", text("evil")).contains("host must be written out"));
        assert!(why("{{ x }}/orders", text("https://a.example")).contains("must begin with"));
        assert!(why("file:///etc/{{ x }}", text("passwd")).contains("must begin with"));
        assert!(why("https://user:word@a.example/{{ x }}", text("1")).contains("`Authorization` header"));
        assert!(why("https://a.example/{{ x }}", text(&"x".repeat(ADDRESS_MAX))).contains("longer than 4096 bytes"));
        assert_eq!(why("https://a.example/{{ x", text("1")), "the address is no template");
    }

    #[test]
    fn what_is_missing_is_named() {
        let why = |template: &str| filled_in(template, &[("x", Value::None)]).unwrap_err();
        assert_eq!(why("https://a.example/{{ x }}"), "the address needs `x`, which has no value here");
        assert_eq!(why("https://a.example/{{ order.eta }}"), "the address needs `order.eta`, which has no value here");
        let env = "the address uses `env.TOKEN`, but only headers may use the operator's settings";
        assert_eq!(why("https://a.example/{{ env.TOKEN }}"), env);
        assert_eq!(filled_in("https://a.example/{{ x | default('-') }}", &[]).unwrap(), "https://a.example/-");
    }

    #[test]
    fn headers_use_the_environment_only_and_tell_no_values() {
        let env = BTreeMap::from([
            ("TOKEN".to_owned(), SecretString::from("s3cret")),
            ("BAD".to_owned(), "s3\r\ncret".into()),
        ]);
        let of = |name: &str, value: &str| headers(&BTreeMap::from([(name.to_owned(), value.to_owned())]), &env);
        let good = of("Authorization", "Bearer {{ env.TOKEN }}").unwrap();
        assert_eq!(good["authorization"], "Bearer s3cret");
        assert!(!format!("{good:?}").contains("s3cret"));
        let why = |name, value| of(name, value).unwrap_err();
        assert_eq!(
            why("X-Key", "{{ env.OTHER }}"),
            "the header `X-Key` needs the setting `OTHER`, which the operator has not given"
        );
        assert_eq!(
            why("X-Key", "{{ order_number }}"),
            "the header `X-Key` uses `order_number`: headers may use `env.NAME` only"
        );
        assert_eq!(why("X-Key", "{{ env.BAD }}"), "the header `X-Key` holds what no header may");
        assert_eq!(why("X-Key", "{{ env.TOKEN | nosuch }}"), "the header `X-Key` could not be filled in");
        assert_eq!(why("X Key", ""), "`X Key` is no name of a header");
        assert!(why("Host", "internal").contains("belongs to the connection"));
    }
}
