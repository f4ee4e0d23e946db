//! How values are spelt in a database, in every one the same, and the bounds that each keeps.

use super::thread::Who;
use crate::message::Delivery;

/// At most so many rows come back from one query.
pub const ROWS_MAX: u32 = 1_000;
/// After so many tries a failure is final, whatever its kind.
pub const TRIES_MAX: u32 = 8;

/// How a delivery is stored.
pub const fn delivery_name(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Queued => "queued",
        Delivery::Sent => "sent",
        Delivery::Delivered => "delivered",
        Delivery::Read => "read",
        Delivery::Failed => "failed",
    }
}

/// A stored delivery.
pub fn delivery(name: &str) -> Delivery {
    match name {
        "sent" => Delivery::Sent,
        "delivered" => Delivery::Delivered,
        "read" => Delivery::Read,
        "failed" => Delivery::Failed,
        _ => Delivery::Queued,
    }
}

/// How it is stored who speaks, and their name.
pub fn who_name(who: &Who) -> (&'static str, Option<&str>) {
    match who {
        Who::Customer => ("customer", None),
        Who::Bot => ("bot", None),
        Who::Agent(name) => ("agent", Some(name)),
        Who::Phone => ("phone", None),
        Who::Note(name) => ("note", name.as_deref()),
    }
}

/// Who speaks, as stored.
pub fn who(who: &str, name: Option<String>) -> Who {
    match who {
        "customer" => Who::Customer,
        "bot" => Who::Bot,
        "agent" => Who::Agent(name.unwrap_or_default()),
        "phone" => Who::Phone,
        _ => Who::Note(name),
    }
}
