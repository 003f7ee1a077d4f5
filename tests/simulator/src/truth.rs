//! What was true, and what the lines that were written permit to know.
//!
//! A [`Story`] is one recipient of one message: all that became of it, with times. It is told as it stood
//! when the logs end: what happens later cannot be known.

use crate::calendar::{MINUTE, Time};
use crate::fact::{Mail, Text};

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

/// Some of the statuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statuses(u8);

impl Statuses {
    pub fn add(&mut self, status: Status) {
        self.0 |= 1 << status as u8;
    }

    pub fn join(&mut self, others: Statuses) {
        self.0 |= others.0;
    }

    pub fn has(self, status: Status) -> bool {
        self.0 & 1 << status as u8 != 0
    }
}

/// What can be known of what Exchange Online did depends on which of its reports are at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The extended report: all that is known at all.
    #[default]
    Report,
    /// Lists with a status for each recipient.
    List,
    /// The enhanced summary alone, which tells where mail went and not what the filter thought of it.
    Summary,
}

/// What became of a recipient, as each of Exchange Online's reports tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    pub report: (Status, &'static str),
    pub list: (Status, &'static str),
    pub summary: (Status, &'static str),
}

impl Reported {
    /// Which all tell alike.
    pub fn alike(status: Status, reason: &'static str) -> Self {
        let all = (status, reason);
        Reported {
            report: all,
            list: all,
            summary: all,
        }
    }

    fn by(self, view: View) -> (Status, &'static str) {
        match view {
            View::Report => self.report,
            View::List => self.list,
            View::Summary => self.summary,
        }
    }
}

/// What of the logs and reports is at hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence {
    /// The hosts whose logs are withheld as a whole, a bit for each.
    pub absent: u64,
    pub view: View,
}

/// A turn of a story. It can be known by the line of a fact about the same message at the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Something happened that decides nothing.
    UnderWay,
    /// This became of it, for this reason.
    Is(Status, &'static str),
    /// The same, as far as the line of an earlier instant says so; else this can be known.
    Told {
        at: Time,
        is: (Status, &'static str),
        else_is: (Status, &'static str),
    },
    /// This became of it in Exchange Online.
    Reported(Reported),
    /// Another host of these logs took it: whatever becomes of it is told there. If that host's logs are
    /// withheld as a whole, it is a server like any outside.
    HandedTo(usize),
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
    pub subject: Text,
    pub replaced_by: Option<Text>,
    pub status: Status,
    pub reason: &'static str,
    /// When that came about; the last that happened, where nothing has.
    pub decided: Time,
    /// The hosts whose logs tell of its message: a bit for each.
    pub seen_at: u64,
    /// Lines about this message are not in the logs, so its outcome may be unknown.
    pub is_harmed: bool,
    /// The reports at hand leave open what became of it.
    pub is_vague: bool,
    /// What may be said: the status, and where lines are missing also what the rest of them tell, and that
    /// nothing is known. Anything else is a wrong certainty.
    pub allowed: Statuses,
}

impl Row {
    /// Notes that a line about its message is missing.
    pub fn harm(&mut self) {
        self.is_harmed = true;
        self.allowed.add(Status::Pending);
        self.allowed.add(Status::GettingStatus);
    }

    /// Whether this may be said of it.
    pub fn may_be(&self, title: &str) -> bool {
        let all = [
            Status::Delivered,
            Status::Pending,
            Status::Expanded,
            Status::Failed,
            Status::FilteredAsSpam,
            Status::Quarantined,
            Status::GettingStatus,
        ];
        let named = all.into_iter().find(|status| status.title() == title);
        named.is_some_and(|status| self.allowed.has(status))
    }
}

/// For so long after the last line a message without an outcome is on its way (formats.md 7.0, G4).
const PATIENCE: Time = 15 * MINUTE;

impl Story {
    /// Whether it came to its last host from another one of these logs.
    pub fn was_handed_on(&self) -> bool {
        let mut turns = self.turns.iter();
        turns.any(|(_, turn)| matches!(turn, Turn::HandedTo(_)))
    }

    /// When nothing more will come.
    pub fn settled(&self) -> Time {
        self.turns.last().map_or(Time::MAX, |(at, _)| *at)
    }

    /// What can be known when the logs end; nothing of what begins later.
    pub fn told(&self, end: Time, mail: &Mail, evidence: Evidence) -> Option<Row> {
        if self.ends.is_some_and(|ends| ends <= end) {
            return None;
        }
        let known: Vec<&(Time, Turn)> = self.turns.iter().filter(|(at, _)| *at <= end).collect();
        let (first, _) = **known.first()?;
        let (last, _) = **known.last()?;
        let outcome = |turn: &Turn| match *turn {
            Turn::UnderWay => None,
            Turn::Is(status, reason) => Some((status, reason)),
            Turn::Told { is, .. } => Some(is),
            Turn::Reported(reported) => Some(reported.by(evidence.view)),
            Turn::HandedTo(host) if evidence.absent & 1 << host != 0 => Some((
                Status::Delivered,
                "handed to a host whose logs are not here",
            )),
            // What was put off before is past.
            Turn::HandedTo(_) => None,
        };
        let decided = known
            .iter()
            .rev()
            .find_map(|(at, turn)| Some((*at, outcome(turn)?)));
        let without = match end - last < PATIENCE {
            true => (Status::GettingStatus, "on its way"),
            false => (Status::Pending, "no outcome"),
        };
        let was_handed_on = |since: Time| {
            let newest = known.last().filter(|(at, _)| *at >= since);
            newest.is_some_and(|(_, turn)| matches!(turn, Turn::HandedTo(_)))
        };
        let (decided, (status, reason)) = match decided {
            Some((at, (Status::Pending, _))) if was_handed_on(at) => (last, without),
            Some(decided) => decided,
            None => (last, without),
        };
        let lost = mail.lost.borrow();
        let is_lost = |at: Time| lost.contains(&at);
        let mut allowed = Statuses::default();
        allowed.add(status);
        if !lost.is_empty() {
            allowed.add(Status::Pending);
            allowed.add(Status::GettingStatus);
            let seen = known.iter().filter(|(at, _)| !is_lost(*at));
            for (_, turn) in seen {
                // The verdict may be what was lost, and the delivery elsewhere is all that is left.
                if let Turn::Reported(reported) = turn {
                    allowed.add(reported.summary.0);
                }
                let told = match turn {
                    Turn::Told { at, else_is, .. } if is_lost(*at) => Some(*else_is),
                    turn => outcome(turn),
                };
                if let Some((status, _)) = told {
                    allowed.add(status);
                }
            }
        }
        // Lists do not say who took an address's place, and name an open end by their own clock.
        let is_listed = known
            .iter()
            .any(|(_, turn)| matches!(turn, Turn::Reported(_)));
        let replaced_by = self.replaced_by.as_ref();
        let replaced_by = replaced_by.filter(|(since, _)| *since <= end);
        let is_open = matches!(status, Status::Pending | Status::GettingStatus);
        let is_vague =
            evidence.view != View::Report && (is_listed && replaced_by.is_some() || is_open);
        if is_vague {
            allowed.add(Status::Pending);
        }
        if is_vague && is_open {
            allowed.add(Status::GettingStatus);
        }
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
            subject: mail.subject.clone(),
            replaced_by: replaced_by.map(|(_, by)| by.clone()),
            status,
            reason,
            decided,
            seen_at: mail.seen_at.get(),
            is_harmed: !lost.is_empty(),
            is_vague,
            allowed,
        })
    }
}
