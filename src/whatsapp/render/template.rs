//! Approved templates, with values for their placeholders and payloads for their buttons.

use serde_json::{Value, json};

use super::parts::{Cutter, check, one_line, whole};
use super::{RenderProblem, limits};
use crate::language::Language;
use crate::message::Choice;

pub fn template(
    name: &str,
    language: Language,
    parameters: &[String],
    buttons: &[Choice],
    cutter: &mut Cutter,
) -> Result<Value, RenderProblem> {
    let name = whole("template's name", name, limits::INBOUND_ID)?;
    let mut components = Vec::new();
    if !parameters.is_empty() {
        let values: Vec<Value> = parameters.iter().zip(1..).map(|(value, n)| parameter(value, n, cutter)).collect();
        components.push(json!({"type": "body", "parameters": values}));
    }
    if !buttons.is_empty() {
        check("buttons", buttons, limits::TEMPLATE_BUTTONS)?;
    }
    for (button, index) in buttons.iter().zip(0..) {
        components.push(quick_reply(button, index)?);
    }
    let mut template = json!({"name": name, "language": {"code": language.code()}});
    if !components.is_empty() {
        template["components"] = components.into();
    }
    Ok(template)
}

/// WhatsApp refuses values that are empty or have line breaks or runs of spaces.
fn parameter(value: &str, number: usize, cutter: &mut Cutter) -> Value {
    let line = one_line(value);
    let line = if line.is_empty() { "–" } else { &line };
    json!({"type": "text", "text": cutter.cut(&format!("value {number}"), line, limits::TEMPLATE_PARAMETER)})
}

fn quick_reply(button: &Choice, index: usize) -> Result<Value, RenderProblem> {
    let payload = whole("payload of a button", &button.id, limits::TEMPLATE_PAYLOAD)?;
    let parameters = json!([{"type": "payload", "payload": payload}]);
    Ok(json!({"type": "button", "sub_type": "quick_reply", "index": index.to_string(), "parameters": parameters}))
}
