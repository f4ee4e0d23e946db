//! Reads how far a message of ours has come, and the errors WhatsApp reports.

use serde_json::Value;

use super::{Change, GraphError, Received, Sender, field, message};
use crate::message::Delivery;

/// Reads one of `value.statuses[]`.
pub fn read(change: &Change<'_>, status: &Value) -> Received {
    let name = field::text(status, "status").unwrap_or("nothing");
    if field::text(status, "recipient_type") == Some("group") {
        return change.ignored(format!("status `{name}` in a group"));
    }
    let (Some(message_id), Some(delivery)) = (field::id(status, "id"), delivery(name)) else {
        return change.ignored(format!("status `{name}`"));
    };
    let recipient = Sender { name: None, ..message::sender(change, status, "recipient_id", "recipient_user_id") };
    Received::Status {
        number_id: change.number_id.clone(),
        message_id,
        delivery,
        at: field::time(status, "timestamp").unwrap_or(change.at),
        callback: field::id(status, "biz_opaque_callback_data"),
        recipient,
        errors: errors(status),
    }
}

fn delivery(status: &str) -> Option<Delivery> {
    match status {
        "sent" => Some(Delivery::Sent),
        "delivered" => Some(Delivery::Delivered),
        "read" | "played" => Some(Delivery::Read),
        "failed" => Some(Delivery::Failed),
        _ => None,
    }
}

/// The errors in `value.errors[]`, those without a code left out.
pub fn errors(value: &Value) -> Vec<GraphError> {
    field::list(value, "errors").iter().filter_map(error).collect()
}

/// One error, in a webhook or in an answer of the Graph API.
pub fn error(error: &Value) -> Option<GraphError> {
    let code = field::number(error, "code").filter(|code| (0.0..=f64::from(u32::MAX)).contains(code))?;
    let data = error.get("error_data");
    let details = data.and_then(|data| field::line(data, "details")).or_else(|| field::line(error, "error_data"));
    Some(GraphError {
        code: code as u32,
        title: field::line(error, "title").or_else(|| field::line(error, "message")).unwrap_or_default(),
        details,
    })
}
