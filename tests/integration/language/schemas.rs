//! JSON Schemas of the kinds of file, as editors get them: complete, and never stricter than the compiler.

use std::fs;
use std::path::{Path, PathBuf};

use frontdesk::bot::Bot;
use frontdesk::compile::json_schema::any_of;
use frontdesk::compile::shape::Shape;
use frontdesk::diagnostic::{Severity, Sources};
use frontdesk::yaml::{Node, NodeKind};
use serde_json::Value;

use crate::golden;

const BOT: &Shape = &frontdesk::policy::schema::BOT;
const FLOW: &Shape = &frontdesk::flow::schema::FLOW;
const INTENT: &Shape = &frontdesk::intent::schema::INTENT;
const NOT_FOR_US: &Shape = &frontdesk::intent::schema::NOT_FOR_US;
const ARTICLE: &Shape = &frontdesk::knowledge::compile::ARTICLE;

#[test]
fn every_kind_of_file_has_a_schema() {
    for (kind, shape) in [("bot", BOT), ("flow", FLOW), ("intent", INTENT), ("article", ARTICLE)] {
        let schema = shape.schema();
        assert_eq!(schema["type"], "object", "{kind}");
        assert_eq!(schema["additionalProperties"], false, "{kind}: an unknown key is an error");
        for key in shape.keys {
            assert!(schema["properties"][key.name]["description"].is_string(), "{kind}: `{}` says what for", key.name);
        }
        golden::check(&format!("schema/{kind}.json"), &format!("{schema:#}\n"));
    }
}

/// A value as an editor's YAML 1.2 reads it.
fn read(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Scalar { text, plain: false } => Value::from(text.as_str()),
        NodeKind::Scalar { text, .. } => match text.as_str() {
            "" | "~" | "null" => Value::Null,
            "true" => Value::from(true),
            "false" => Value::from(false),
            text => match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(whole), _) => Value::from(whole),
                (_, Ok(number)) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => Value::from(number),
                _ => Value::from(text),
            },
        },
        NodeKind::List(items) => items.iter().map(read).collect(),
        NodeKind::Map(entries) => {
            let entry = |(key, value): &(Node, Node)| (key.scalar().unwrap_or_default().to_owned(), read(value));
            Value::Object(entries.iter().map(entry).collect())
        }
    }
}

/// Why a value does not fit a schema; knows the words that our schemas use, and fails on any other.
fn misfit(schema: &Value, value: &Value, at: &str) -> Option<String> {
    schema.as_object()?.iter().find_map(|(word, wanted)| match word.as_str() {
        "description" | "title" | "$schema" => None,
        "type" => {
            let is = match value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(_) => "number",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            let fits = wanted == is || wanted.as_array().is_some_and(|types| types.iter().any(|of| of == is));
            (!fits).then(|| format!("{at}: {is} where {wanted} is wanted"))
        }
        "enum" => (!wanted.as_array()?.contains(value)).then(|| format!("{at}: {value} is none of {wanted}")),
        "pattern" => {
            let text = value.as_str()?;
            (!regex::Regex::new(wanted.as_str()?).unwrap().is_match(text)).then(|| format!("{at}: `{text}`"))
        }
        "items" => value.as_array()?.iter().find_map(|item| misfit(wanted, item, &format!("{at}[]"))),
        "required" => {
            let missing = wanted.as_array()?.iter().find(|key| value.get(key.as_str().unwrap()).is_none())?;
            value.is_object().then(|| format!("{at}: {missing} is missing"))
        }
        "properties" => {
            value.as_object()?.iter().find_map(|(key, value)| misfit(wanted.get(key)?, value, &format!("{at}.{key}")))
        }
        "additionalProperties" => value.as_object()?.iter().find_map(|(key, value)| {
            let known = schema.get("properties").is_some_and(|known| known.get(key).is_some());
            match wanted {
                _ if known => None,
                Value::Bool(false) => Some(format!("{at}: `{key}` is not known")),
                wanted => misfit(wanted, value, &format!("{at}.{key}")),
            }
        }),
        "propertyNames" => value.as_object()?.keys().find_map(|key| misfit(wanted, &Value::from(key.as_str()), at)),
        "oneOf" | "anyOf" => {
            let why: Vec<Option<String>> = wanted.as_array()?.iter().map(|schema| misfit(schema, value, at)).collect();
            let fit = why.iter().filter(|why| why.is_none()).count();
            match (word.as_str(), fit) {
                (_, 0) => why.into_iter().flatten().next(),
                ("oneOf", 2..) => Some(format!("{at}: fits several of `oneOf`")),
                _ => None,
            }
        }
        word => panic!("a schema uses `{word}`, which this test does not know"),
    })
}

/// Why a file of a bot does not fit the schema of its kind.
fn misfits(path: &str, text: &str) -> Vec<String> {
    let (documents, schema) = if path.ends_with(".md") {
        let front = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---")).map_or("", |(front, _)| front);
        (frontdesk::yaml::parse(front).0, ARTICLE.schema())
    } else if path == "bot.yaml" {
        (frontdesk::yaml::parse(text).0, BOT.schema())
    } else if path.ends_with(".yaml") {
        let schema = if text.contains("flow:") && path.starts_with("flows/") {
            FLOW.schema()
        } else {
            any_of(&[INTENT, NOT_FOR_US])
        };
        (frontdesk::yaml::parse(text).0, schema)
    } else {
        return Vec::new();
    };
    documents.iter().filter(|node| !node.is_empty()).filter_map(|node| misfit(&schema, &read(node), path)).collect()
}

#[test]
fn whatever_compiles_fits_the_schemas() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    let mut files: Vec<PathBuf> = vec![root.join("bot.yaml")];
    for folder in ["flows", "intents", "knowledge"] {
        files.extend(fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    for file in &files {
        let path = file.strip_prefix(root).unwrap().to_str().unwrap();
        wrong.extend(misfits(path, &fs::read_to_string(file).unwrap()));
    }
    let mut good = 0;
    for entry in fs::read_dir(root.join("tests/golden/check")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let parts: Vec<(&str, &str)> = text
            .split("==== problems")
            .next()
            .unwrap()
            .split("== ")
            .skip(1)
            .filter_map(|part| part.split_once('\n'))
            .filter(|(path, _)| !path.contains(' '))
            .collect();
        let mut sources = Sources::default();
        parts.iter().for_each(|(path, body)| sources.add(path, body.as_bytes()));
        if Bot::compile(&sources).1.iter().all(|problem| problem.severity() != Severity::Error) {
            good += 1;
            wrong.extend(parts.iter().flat_map(|(path, body)| misfits(path, body)));
        }
    }
    assert!(good > 20, "only {good} goldens compile");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_way_to_write_a_thing_fits_and_slips_do_not() {
    let flow = "flow: f\nhours: any\nfailures: 1\nsay: [Hi, { en: There }]\nquestions:\n  a: { ask: Q, options: { yes: Yes, 0412: { label: 12, hint: h, also: x } } }\n  b: { ask: Q, accept: { number: { min: 1, integer: true } }, secret: true }\noutcomes:\n  - when: a == \"yes\"\n    handoff: people\n  - otherwise:\n    handoff: { queue: people, note: n }\n";
    assert_eq!(misfits("flows/f.yaml", flow), [""; 0]);
    for (wrong, right) in [
        ("hours: any", "hours: day"),
        ("secret: true", "secret: yes"),
        ("ask: Q, accept", "aks: Q, accept"),
        ("failures: 1", "failures: 3"),
    ] {
        assert_eq!(misfits("flows/f.yaml", &flow.replace(wrong, right)).len(), 1, "{right}");
    }
    assert_eq!(
        misfits("intents/n.yaml", "not_for_us: [book a flight]\n---\nintent: a\nleads_to: { say: x }\n"),
        [""; 0]
    );
}
