//! What was true, and what the lines that were written permit to know.
//!
//! A [`Story`] is one recipient of one message: all that became of it, with times. It is told as it stood
//! when the logs end: what happens later cannot be known.

use crate::calendar::{MINUTE, Time};
use crate::fact::Text;

/// Office 365's seven statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Delivered,
    Pending,
    Expanded,
    Failed,
    FilteredAsSpam,
    Quarantined,
    GettingStatus,
}

impl Status {
    /// As Office 365 prints it.
    pub fn title(self) -> &'static str {
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

/// A turn of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Something happened that decides nothing.
    UnderWay,
    /// This became of it, for this reason.
    Is(Status, &'static str),
}

/// One recipient of one message.
#[derive(Clone, Debug)]
pub struct Story {
    /// A message has many stories.
    pub message: u64,
    pub sender: Text,
    /// Empty where no line names the recipient.
    pub recipient: Text,
    pub message_id: Text,
    /// From when a line names the Message-ID; before, there is none in the logs.
    pub has_id_from: Time,
    /// The address that took this one's place, whose status it repeats, and since when.
    pub replaced_by: Option<(Time, Text)>,
    /// The story of the address whose place this one took, told with this one.
    pub stands_for: Option<Box<Story>>,
    /// In the order of time.
    pub turns: Vec<(Time, Turn)>,
    /// From then on the logs tell the same by other stories.
    pub ends: Option<Time>,
}

/// A story as it stood when the logs end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub message: u64,
    /// When the first line about its message was written, as far as it was accepted.
    pub started: Time,
    pub sender: Text,
    pub recipient: Text,
    /// Empty if no line names it.
    pub message_id: Text,
    pub replaced_by: Option<Text>,
    pub status: Status,
    pub reason: &'static str,
    /// A line about this message was destroyed, so its outcome may be unknown.
    pub is_harmed: bool,
}

/// For so long after the last line a message without an outcome is on its way (formats.md 7.0, G4).
const PATIENCE: Time = 15 * MINUTE;

impl Story {
    /// When nothing more will come.
    pub fn settled(&self) -> Time {
        self.turns.last().map_or(Time::MAX, |(at, _)| *at)
    }

    /// What can be known when the logs end; nothing of what begins later.
    pub fn told(&self, end: Time, is_harmed: bool) -> Option<Row> {
        if self.ends.is_some_and(|ends| ends <= end) {
            return None;
        }
        let known: Vec<&(Time, Turn)> = self.turns.iter().filter(|(at, _)| *at <= end).collect();
        let (first, _) = **known.first()?;
        let (last, _) = **known.last()?;
        let outcome = known.iter().rev().find_map(|(_, turn)| match turn {
            Turn::UnderWay => None,
            Turn::Is(status, reason) => Some((*status, *reason)),
        });
        let (status, reason) = outcome.unwrap_or(if end - last < PATIENCE {
            (Status::GettingStatus, "on its way")
        } else {
            (Status::Pending, "no outcome")
        });
        Some(Row {
            message: self.message,
            started: first.min(self.has_id_from),
            sender: self.sender.clone(),
            recipient: self.recipient.clone(),
            message_id: if self.has_id_from <= end {
                self.message_id.clone()
            } else {
                "".into()
            },
            replaced_by: self
                .replaced_by
                .as_ref()
                .filter(|(since, _)| *since <= end)
                .map(|(_, by)| by.clone()),
            status,
            reason,
            is_harmed,
        })
    }
}
