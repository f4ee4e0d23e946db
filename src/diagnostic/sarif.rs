//! Problems as SARIF 2.1.0, which code-scanning shows beside the lines of a pull request.

use serde_json::{Value, json};

use super::{Code, Problem, Severity, Sources, Spot};

/// The problems as one SARIF run.
#[must_use]
pub fn sarif(problems: &[Problem], sources: &Sources) -> Value {
    let rules: Vec<Value> = Code::ALL.iter().map(|code| rule(*code)).collect();
    let results: Vec<Value> = problems.iter().map(|problem| result(problem, sources)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "frontdesk", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.name(),
        "shortDescription": { "text": code.meaning() },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn result(problem: &Problem, sources: &Sources) -> Value {
    let text = match &problem.help {
        Some(help) => format!("{}. Way out: {help}", problem.message),
        None => problem.message.clone(),
    };
    let related: Vec<Value> = problem
        .related
        .iter()
        .zip(1..)
        .map(|((spot, what), id)| {
            json!({ "id": id, "message": { "text": what }, "physicalLocation": location(spot, sources) })
        })
        .collect();
    json!({
        "ruleId": problem.code.name(),
        "level": level(problem.severity()),
        "message": { "text": text },
        "locations": [{ "physicalLocation": location(&problem.spot, sources) }],
        "relatedLocations": related,
    })
}

fn location(spot: &Spot, sources: &Sources) -> Value {
    let start = sources.place(spot);
    let last = Spot::new(&spot.file, spot.range.end.max(spot.range.start)..spot.range.end.max(spot.range.start));
    let end = sources.place(&last);
    json!({
        "artifactLocation": { "uri": uri(&spot.file) },
        "region": { "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column },
    })
}

/// A path as a relative address: what addresses cannot hold is percent-encoded.
fn uri(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
