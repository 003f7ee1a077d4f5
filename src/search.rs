//! What can be asked of the deliveries.

use serde::{Deserialize, Serialize};

use crate::delivery::status::Status;

/// A question to the deliveries. Every part narrows; an empty part asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Any of these: header From, envelope sender or login. `*` stands for any text; without one, a
    /// part of the address is enough.
    pub senders: Vec<String>,
    /// Any of these: the recipient, the address before it was replaced, the group.
    pub recipients: Vec<String>,
    /// First instant, microseconds UTC, of the message's first receipt.
    pub since: Option<i64>,
    /// First instant that is too late.
    pub until: Option<i64>,
    /// Any of these; none given means all.
    pub statuses: Vec<Status>,
    /// With or without angle brackets, whole or a part of it; a network message id or a queue id does too.
    pub message_id: String,
    /// Shows Exchange's own probe traffic too.
    pub probes: bool,
}

/// The order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub column: Column,
    pub descending: bool,
}

impl Default for Sort {
    /// Newest first, as in Message Trace.
    fn default() -> Self {
        Sort {
            column: Column::Date,
            descending: true,
        }
    }
}

/// A column of the trace table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    Date,
    Sender,
    Recipient,
    Subject,
    Status,
}
