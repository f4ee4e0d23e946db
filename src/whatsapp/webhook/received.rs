//! What a delivery of WhatsApp's says, in our words. Stored as JSON before the delivery is answered (R2), so fields are
//! only ever added.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::message::{Delivery, Inbound};

/// One thing WhatsApp tells us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Received {
    /// A customer wrote.
    Message {
        /// The business number's id at WhatsApp.
        number_id: String,
        /// Who; at least one of the ids is there.
        sender: Sender,
        /// What.
        message: Inbound,
    },
    /// Staff answered a customer from the WhatsApp app (R5).
    Echo {
        /// The business number's id at WhatsApp.
        number_id: String,
        /// The customer; at least one of the ids is there.
        to: Sender,
        /// What they wrote.
        message: Inbound,
    },
    /// How far a message of ours has come (R39). May come before our own request returned, twice, or out of order.
    Status {
        /// The business number's id at WhatsApp.
        number_id: String,
        /// WhatsApp's id of our message.
        message_id: String,
        /// How far it is.
        delivery: Delivery,
        /// When, as WhatsApp stamped it.
        at: Timestamp,
        /// What we attached to the message.
        callback: Option<String>,
        /// Whom it was for; may be empty.
        recipient: Sender,
        /// Why it failed.
        errors: Vec<GraphError>,
    },
    /// A customer has another number or id now (R1).
    Renamed {
        /// The business number's id at WhatsApp.
        number_id: String,
        /// By what they were known; at least one of the ids is there.
        old: Sender,
        /// By what they are known now; at least one of the ids is there.
        new: Sender,
        /// When it changed, as WhatsApp stamped it.
        at: Timestamp,
    },
    /// Something that asks nothing of us, or that cannot be read.
    Ignored {
        /// The webhook field it came in.
        field: String,
        /// What it was, for the operator's log; no customer's words.
        what: String,
    },
}

/// A customer as WhatsApp names them. Customers who hide their number have only a `user_id`, old deliveries only a `wa_id`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// Their number in digits, without a plus sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// Their business-scoped id (`US.13491208655302741918`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The name they gave themselves; untrusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Sender {
    /// Whether neither id is known.
    #[must_use]
    pub const fn is_nobody(&self) -> bool {
        self.wa_id.is_none() && self.user_id.is_none()
    }
}

/// An error as the Graph API words it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphError {
    /// The code, by which [`crate::whatsapp::errors::classify`] decides.
    pub code: u32,
    /// What it is called.
    #[serde(default)]
    pub title: String,
    /// What exactly went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}
