//! What the person asks for, as typed, and the query that it means.

use leptos::prelude::*;
use mailtrace::delivery::status::Status;
use mailtrace::search::{Query, SubjectAt, Way};

use crate::clock;
use crate::format;
use crate::settings::ZoneChoice;

/// The fields of the search. Texts are as they were typed.
#[derive(Clone, Copy)]
pub struct Form {
    /// One or several senders.
    pub sender: RwSignal<String>,
    /// One or several recipients.
    pub recipients: RwSignal<String>,
    /// A message id, network message id or queue id, or a part of one.
    pub message_id: RwSignal<String>,
    /// Which time is asked for.
    pub range: RwSignal<TimeRange>,
    /// The exact range's first minute, as its input gives it.
    pub since: RwSignal<String>,
    /// The exact range's last minute.
    pub until: RwSignal<String>,
    /// The statuses asked for; none means all.
    pub statuses: RwSignal<Vec<Status>>,
    /// A text of the subject, and where in it.
    pub subject: RwSignal<String>,
    pub subject_at: RwSignal<SubjectAt>,
    /// An address, the beginning of one, or a network.
    pub ip: RwSignal<String>,
    pub direction: RwSignal<Option<Way>>,
    /// Whether Exchange's own probes are shown.
    pub probes: RwSignal<bool>,
    /// What was asked for before the messages that are related to one.
    former: RwSignal<Option<Former>>,
}

/// The fields as they were before they were set to one Message-ID.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Former {
    /// What the field of the Message-ID was set to: once it holds anything else, there is no way back.
    related: String,
    sender: String,
    recipients: String,
    message_id: String,
    range: TimeRange,
    since: String,
    until: String,
    statuses: Vec<Status>,
    subject: String,
    subject_at: SubjectAt,
    ip: String,
    direction: Option<Way>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeRange {
    /// All that is loaded.
    #[default]
    All,
    /// So many hours back from the newest event, since logs are seldom of today.
    Last(u32),
    /// From and to as the person set them.
    Exact,
}

impl TimeRange {
    pub const ALL: [TimeRange; 5] = [
        TimeRange::All,
        TimeRange::Last(24),
        TimeRange::Last(48),
        TimeRange::Last(7 * 24),
        TimeRange::Exact,
    ];

    pub fn title(self) -> String {
        match self {
            TimeRange::All => "All".to_owned(),
            TimeRange::Last(hours) if hours > 48 => format!("Last {} days", hours / 24),
            TimeRange::Last(hours) => format!("Last {hours} hours"),
            TimeRange::Exact => "Custom…".to_owned(),
        }
    }
}

/// A part of the search that narrows it, and can be taken back alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    Sender,
    Recipients,
    MessageId,
    Subject,
    Ip,
    Direction,
    Time,
    Status,
}

impl Form {
    pub fn new() -> Self {
        Form {
            sender: RwSignal::default(),
            recipients: RwSignal::default(),
            message_id: RwSignal::default(),
            range: RwSignal::default(),
            since: RwSignal::default(),
            until: RwSignal::default(),
            statuses: RwSignal::default(),
            subject: RwSignal::default(),
            subject_at: RwSignal::default(),
            ip: RwSignal::default(),
            direction: RwSignal::default(),
            probes: RwSignal::new(false),
            former: RwSignal::default(),
        }
    }

    /// The query that the fields mean; `newest` is the instant that "last" counts back from.
    pub fn query(&self, newest: Option<i64>, zone: ZoneChoice) -> Query {
        let (since, until) = match self.range.get() {
            TimeRange::All => (None, None),
            TimeRange::Last(hours) => (newest.map(|at| at - i64::from(hours) * HOUR), None),
            TimeRange::Exact => (
                clock::instant(zone, &self.since.get()),
                clock::instant(zone, &self.until.get()).map(|at| at + MINUTE),
            ),
        };
        Query {
            senders: names(&self.sender.get()),
            recipients: names(&self.recipients.get()),
            since,
            until,
            statuses: self.statuses.get(),
            message_id: self.message_id.get().trim().to_owned(),
            subject: self.subject.get().trim().to_owned(),
            subject_at: self.subject_at.get(),
            ip: self.ip.get().trim().to_owned(),
            direction: self.direction.get(),
            probes: self.probes.get(),
        }
    }

    /// What in the fields can't be understood.
    pub fn fault(&self) -> Option<String> {
        let query = Query {
            ip: self.ip.get().trim().to_owned(),
            ..Query::default()
        };
        query.fault()
    }

    /// Every condition that narrows, in words.
    pub fn conditions(&self) -> Vec<(Condition, String)> {
        let mut out = Vec::new();
        let senders = names(&self.sender.get());
        if !senders.is_empty() {
            out.push((
                Condition::Sender,
                format!("Sender: {}", senders.join(" or ")),
            ));
        }
        let recipients = names(&self.recipients.get());
        if !recipients.is_empty() {
            out.push((
                Condition::Recipients,
                format!("Recipient: {}", recipients.join(" or ")),
            ));
        }
        let id = self.message_id.get().trim().to_owned();
        if !id.is_empty() {
            out.push((Condition::MessageId, format!("Message ID: {id}")));
        }
        out.extend(self.more_conditions());
        match self.range.get() {
            TimeRange::All => {}
            range @ TimeRange::Last(_) => out.push((Condition::Time, range.title())),
            TimeRange::Exact => {
                let (since, until) = (self.since.get(), self.until.get());
                if let Some(text) = exact(&since, &until) {
                    out.push((Condition::Time, text));
                }
            }
        }
        let statuses = self.statuses.get();
        if !statuses.is_empty() {
            let titles: Vec<&str> = statuses.iter().map(|status| status.title()).collect();
            out.push((
                Condition::Status,
                format!("Status: {}", titles.join(" or ")),
            ));
        }
        out
    }

    /// Those of the fields that are unfolded by "More".
    pub fn more_conditions(&self) -> Vec<(Condition, String)> {
        let mut out = Vec::new();
        let subject = self.subject.get().trim().to_owned();
        if !subject.is_empty() {
            let at = at_title(self.subject_at.get());
            out.push((Condition::Subject, format!("Subject {at} “{subject}”")));
        }
        let ip = self.ip.get().trim().to_owned();
        if !ip.is_empty() {
            out.push((Condition::Ip, format!("IP address: {ip}")));
        }
        if let Some(way) = self.direction.get() {
            let title = format!("Direction: {}", way_title(way));
            out.push((Condition::Direction, title));
        }
        out
    }

    /// Asks for every message of this Message-ID, whatever else was asked for, and keeps the way back.
    pub fn relate(&self, message_id: &str) {
        let former = Former {
            related: format!("\"{message_id}\""),
            sender: self.sender.get_untracked(),
            recipients: self.recipients.get_untracked(),
            message_id: self.message_id.get_untracked(),
            range: self.range.get_untracked(),
            since: self.since.get_untracked(),
            until: self.until.get_untracked(),
            statuses: self.statuses.get_untracked(),
            subject: self.subject.get_untracked(),
            subject_at: self.subject_at.get_untracked(),
            ip: self.ip.get_untracked(),
            direction: self.direction.get_untracked(),
        };
        self.clear_all();
        self.message_id.set(former.related.clone());
        self.former.set(Some(former));
    }

    /// Whether the rows are those of [`Form::relate`].
    pub fn is_related(&self) -> bool {
        let message_id = self.message_id.get();
        self.former.with(|former| {
            former
                .as_ref()
                .is_some_and(|former| former.related == message_id)
        })
    }

    /// Asks again for what was asked for before.
    pub fn go_back(&self) {
        let Some(former) = self.former.get_untracked() else {
            return;
        };
        self.former.set(None);
        self.sender.set(former.sender);
        self.recipients.set(former.recipients);
        self.message_id.set(former.message_id);
        self.range.set(former.range);
        self.since.set(former.since);
        self.until.set(former.until);
        self.statuses.set(former.statuses);
        self.subject.set(former.subject);
        self.subject_at.set(former.subject_at);
        self.ip.set(former.ip);
        self.direction.set(former.direction);
    }

    /// Takes one condition back.
    pub fn clear(&self, condition: Condition) {
        match condition {
            Condition::Sender => self.sender.set(String::new()),
            Condition::Recipients => self.recipients.set(String::new()),
            Condition::MessageId => self.message_id.set(String::new()),
            Condition::Subject => self.subject.set(String::new()),
            Condition::Ip => self.ip.set(String::new()),
            Condition::Direction => self.direction.set(None),
            Condition::Time => self.range.set(TimeRange::All),
            Condition::Status => self.statuses.set(Vec::new()),
        }
    }

    pub fn clear_all(&self) {
        self.sender.set(String::new());
        self.recipients.set(String::new());
        self.message_id.set(String::new());
        self.subject.set(String::new());
        self.subject_at.set(SubjectAt::default());
        self.ip.set(String::new());
        self.direction.set(None);
        self.range.set(TimeRange::All);
        self.since.set(String::new());
        self.until.set(String::new());
        self.statuses.set(Vec::new());
    }

    /// Asks for a status, or no longer.
    pub fn toggle(&self, status: Status) {
        self.statuses.update(|statuses| {
            match statuses.iter().position(|one| *one == status) {
                Some(at) => drop(statuses.remove(at)),
                None => statuses.push(status),
            }
            statuses.sort_unstable();
        });
    }
}

/// Where in the subject, as it is said between "Subject" and the text.
pub const fn at_title(at: SubjectAt) -> &'static str {
    match at {
        SubjectAt::Contains => "contains",
        SubjectAt::Starts => "starts with",
        SubjectAt::Ends => "ends with",
    }
}

pub const fn way_title(way: Way) -> &'static str {
    match way {
        Way::Inbound => "Inbound",
        Way::Outbound => "Outbound",
    }
}

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// The names of a field: parted by `;`, `,`, spaces or new lines, as people paste them.
fn names(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == ';' || c == ',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// An exact range in words, where at least one end is set.
fn exact(since: &str, until: &str) -> Option<String> {
    let words = |text: &str| format::from_input(text).map(|at| format::minute(at, 0));
    match (words(since), words(until)) {
        (None, None) => None,
        (Some(since), None) => Some(format!("From {since}")),
        (None, Some(until)) => Some(format!("To {until}")),
        (Some(since), Some(until)) => Some(format!("{since} – {until}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parted_as_people_paste_them() {
        assert_eq!(
            names("ann@contoso.example; li@fabrikam.example,*@adatum.example\n  bo "),
            [
                "ann@contoso.example",
                "li@fabrikam.example",
                "*@adatum.example",
                "bo"
            ]
        );
        assert_eq!(names(" ;, "), [""; 0]);
    }

    #[test]
    fn an_exact_range_may_be_open() {
        assert_eq!(exact("", ""), None);
        assert_eq!(
            exact("2026-09-14T10:00", ""),
            Some("From 14 Sep 2026 10:00".to_owned())
        );
        assert_eq!(
            exact("2026-09-14T10:00", "2026-09-15T11:30"),
            Some("14 Sep 2026 10:00 – 15 Sep 2026 11:30".to_owned())
        );
    }
}
