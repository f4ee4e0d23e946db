//! Words with something to tap.

use serde_json::{Value, json};

use super::parts::{Cutter, address, check, whole};
use super::{RenderProblem, limits};
use crate::message::Choice;

pub fn buttons(text: &str, buttons: &[Choice], cutter: &mut Cutter) -> Result<Value, RenderProblem> {
    check("buttons", buttons, limits::BUTTONS)?;
    let body = cutter.needed("text", text, limits::BODY)?;
    let mut titles = Vec::new();
    for (button, number) in buttons.iter().zip(1..) {
        let part = format!("title of button {number}");
        titles.push(cutter.title(&part, &button.title, limits::BUTTON_TITLE, &titles)?);
    }
    let reply = |(button, title): (&Choice, &String)| {
        let id = whole("id of a button", &button.id, limits::BUTTON_ID)?;
        Ok(json!({"type": "reply", "reply": {"id": id, "title": title}}))
    };
    let buttons: Vec<Value> = buttons.iter().zip(&titles).map(reply).collect::<Result<_, _>>()?;
    Ok(json!({"type": "button", "body": {"text": body}, "action": {"buttons": buttons}}))
}

pub fn list(text: &str, button: &str, rows: &[Choice], cutter: &mut Cutter) -> Result<Value, RenderProblem> {
    check("rows", rows, limits::ROWS)?;
    let body = cutter.needed("text", text, limits::LIST_BODY)?;
    let button = cutter.title("label of the list", button, limits::LIST_BUTTON, &[])?;
    let mut titles = Vec::new();
    let mut section = Vec::new();
    for (row, number) in rows.iter().zip(1..) {
        let title = cutter.title(&format!("title of row {number}"), &row.title, limits::ROW_TITLE, &titles)?;
        let mut item = json!({"id": whole("id of a row", &row.id, limits::ROW_ID)?, "title": title});
        if let Some(description) = row.description.as_deref().filter(|text| !text.trim().is_empty()) {
            let part = format!("description of row {number}");
            item["description"] = cutter.cut(&part, description, limits::ROW_DESCRIPTION).into();
        }
        titles.push(title);
        section.push(item);
    }
    let action = json!({"button": button, "sections": [{"rows": section}]});
    Ok(json!({"type": "list", "body": {"text": body}, "action": action}))
}

pub fn link(text: &str, label: &str, url: &str, cutter: &mut Cutter) -> Result<Value, RenderProblem> {
    let body = cutter.needed("text", text, limits::BODY)?;
    let label = cutter.title("label of the link", label, limits::LINK_LABEL, &[])?;
    let parameters = json!({"display_text": label, "url": address(url)?});
    let action = json!({"name": "cta_url", "parameters": parameters});
    Ok(json!({"type": "cta_url", "body": {"text": body}, "action": action}))
}

pub fn location_request(text: &str, cutter: &mut Cutter) -> Result<Value, RenderProblem> {
    let body = cutter.needed("text", text, limits::BODY)?;
    Ok(json!({"type": "location_request_message", "body": {"text": body}, "action": {"name": "send_location"}}))
}
