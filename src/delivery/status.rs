//! Office 365's seven statuses.

use serde::{Deserialize, Serialize};

/// What became of a message for one recipient: Office 365's seven, and no eighth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Status {
    Delivered = 0,
    Pending = 1,
    Expanded = 2,
    Failed = 3,
    FilteredAsSpam = 4,
    Quarantined = 5,
    GettingStatus = 6,
}

impl Status {
    pub const ALL: [Status; 7] = [
        Status::Delivered,
        Status::Pending,
        Status::Expanded,
        Status::Failed,
        Status::FilteredAsSpam,
        Status::Quarantined,
        Status::GettingStatus,
    ];

    /// Office 365's words.
    pub const fn title(self) -> &'static str {
        match self {
            Status::Delivered => "Delivered",
            Status::Pending => "Pending",
            Status::Expanded => "Expanded",
            Status::Failed => "Failed",
            Status::FilteredAsSpam => "Filtered as spam",
            Status::Quarantined => "Quarantined",
            Status::GettingStatus => "Getting status",
        }
    }
}
