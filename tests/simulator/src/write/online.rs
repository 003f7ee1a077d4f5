//! Exchange Online's reports. Nobody has its logs: what it did is saved from the admin center, PowerShell or
//! Graph, a day at a time, each in its own words and with its own gaps (formats.md 1 and 2).
//!
//! The extended report holds events and is written as they happen. All others are snapshots: a day's
//! messages are kept until nothing more happens to them, and then listed; what is under way when the logs
//! end, and what was saved at noon already, is listed as it stood.

mod detail;
mod extended;
mod list;
mod summary;
mod trace;

pub(crate) use trace::american;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::calendar::{DAY, HOUR, MINUTE, Time, civil};
use crate::fact::{Mail, Text, TransportFact};
use crate::truth::{Status, View};
use crate::world::Host;
use crate::write::{Line, first};
use crate::{Log, Sink};

/// What an administrator saves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// The admin center's extended report.
    Extended,
    /// The admin center's enhanced summary.
    Summary,
    /// The list on the admin center's page, by "Export results".
    Page,
    /// Get-MessageTraceV2 by Windows PowerShell's Export-Csv.
    WindowsPowerShell,
    /// The same by PowerShell 7's, on a German machine.
    PowerShell,
    /// The same by ConvertTo-Json.
    Json,
    /// Microsoft Graph's exchangeMessageTrace.
    Graph,
    /// Get-MessageTraceDetailV2 for all that Get-MessageTraceV2 lists.
    Detail,
    /// Microsoft Graph's getDetailsByRecipient for all that it lists.
    GraphDetail,
}

impl Report {
    pub const ALL: [Report; 9] = [
        Report::Extended,
        Report::Summary,
        Report::Page,
        Report::WindowsPowerShell,
        Report::PowerShell,
        Report::Json,
        Report::Graph,
        Report::Detail,
        Report::GraphDetail,
    ];

    /// What these together permit to know.
    pub fn view(reports: &[Report]) -> View {
        let has = |wanted: &[Report]| reports.iter().any(|report| wanted.contains(report));
        match () {
            () if has(&[Report::Extended]) => View::Report,
            () if reports == [Report::Summary] => View::Summary,
            () => View::List,
        }
    }

    /// So many rows fit into one file, where there is a limit.
    fn page(self) -> usize {
        match self {
            Report::WindowsPowerShell | Report::PowerShell => 5000,
            Report::Json | Report::Graph => 1000,
            _ => usize::MAX,
        }
    }

    fn file_name(self, day: &str, page: usize) -> String {
        match self {
            Report::Extended => format!("MTDetail_{day}.csv"),
            Report::Summary => format!("MTSummary_{day}.csv"),
            Report::Page => format!("MessageTrace_{day}.csv"),
            Report::WindowsPowerShell => format!("trace-{day}-{page}.csv"),
            Report::PowerShell => format!("Nachverfolgung-{day}-{page}.csv"),
            Report::Json => format!("trace-{day}-{page}.json"),
            Report::Graph => format!("messageTraces-{day}-{page}.json"),
            Report::Detail => format!("detail-{day}.csv"),
            Report::GraphDetail => format!("getDetailsByRecipient-{day}.json"),
        }
    }
}

/// What reports show of a subject, in characters.
const LONGEST_SUBJECT: usize = 256;

/// When nothing more happens to a day's messages: expiry, moderators and the quarantine are slow.
const SETTLED: Time = DAY + 36 * HOUR;
/// When a day's messages are saved for the first time.
const NOON: Time = 12 * HOUR;
/// What has no outcome for so long is "Pending", and "Getting status" before.
const RECENT: Time = 15 * MINUTE;

/// A message, as lists know it.
#[derive(Debug)]
pub struct Traced {
    pub came: Time,
    pub mail: Rc<Mail>,
    pub network_id: u128,
    pub is_incoming: bool,
    pub connector: Text,
    pub recipients: Vec<Recipient>,
}

#[derive(Debug)]
pub struct Recipient {
    pub address: Text,
    /// The enhanced summary's words.
    pub history: Vec<&'static str>,
    pub outcome: Outcome,
    /// When something was last heard of it.
    pub last: Time,
    /// The server outside that took it.
    pub to_ip: Text,
    pub details: Vec<Detail>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Open,
    Is(Status),
    /// Another address took its place.
    Resolved,
}

/// An event of Message Trace's detail.
#[derive(Debug)]
pub struct Detail {
    pub at: Time,
    pub event: &'static str,
    pub action: &'static str,
    pub text: String,
    pub data: String,
}

#[derive(Debug, Default)]
struct Day {
    messages: Vec<Traced>,
    is_noon_past: bool,
}

/// What the reports of one tenant are made of.
#[derive(Debug)]
pub struct Reports {
    wanted: Vec<Report>,
    /// By their first instant, as far as they are not listed yet.
    days: BTreeMap<Time, Day>,
    /// Where a message is: its day and its place there.
    places: HashMap<u128, (Time, usize)>,
    /// When the next list is due.
    due: Time,
    extended: Option<Log>,
    line: Line,
}

impl Reports {
    pub fn new(wanted: &[Report]) -> Self {
        Reports {
            wanted: wanted.to_vec(),
            days: BTreeMap::new(),
            places: HashMap::new(),
            due: Time::MAX,
            extended: None,
            line: Line::default(),
        }
    }

    /// Something happened to a message.
    pub fn take(
        &mut self,
        host: &Host,
        at: Time,
        fact: &TransportFact,
        mail: &Rc<Mail>,
        sink: &mut impl Sink,
    ) {
        if self.wanted.contains(&Report::Extended) {
            self.write_extended(host, at, fact, mail, sink);
        }
        let has_lists = self.wanted.iter().any(|report| *report != Report::Extended);
        if !has_lists {
            return;
        }
        let day = at - at.rem_euclid(DAY);
        let known = self.places.get(&fact.network_id).copied();
        let (day, place) = known.unwrap_or_else(|| {
            self.due = self.due.min(day + NOON.max(at - day));
            let messages = &mut self.days.entry(day).or_default().messages;
            messages.push(Traced {
                came: at,
                mail: mail.clone(),
                network_id: fact.network_id,
                is_incoming: fact.is_incoming,
                connector: "".into(),
                recipients: Vec::new(),
            });
            self.places
                .insert(fact.network_id, (day, messages.len() - 1));
            (day, messages.len() - 1)
        });
        let has_details = self
            .wanted
            .iter()
            .any(|report| matches!(report, Report::Detail | Report::GraphDetail));
        let messages = self.days.get_mut(&day).map(|day| &mut day.messages);
        if let Some(message) = messages.and_then(|messages| messages.get_mut(place)) {
            message.note(at, fact, has_details);
        }
    }

    fn write_extended(
        &mut self,
        host: &Host,
        at: Time,
        fact: &TransportFact,
        mail: &Mail,
        sink: &mut impl Sink,
    ) {
        self.line.text.clear();
        let day = at - at.rem_euclid(DAY);
        let is_open = self.extended.as_ref().is_some_and(|log| log.closed > at);
        if !is_open {
            // Some come with a byte order mark, some without.
            if day / DAY % 2 == 0 {
                self.line.push("\u{feff}");
            }
            extended::header(&mut self.line);
            self.extended = Some(Log {
                host: host.name,
                name: Report::Extended.file_name(&date(day), 0),
                closed: day + DAY,
            });
        }
        extended::row(at, fact, mail, &mut self.line);
        if let Some(log) = &self.extended {
            sink.write(log, &utf_16(&self.line.text));
        }
    }

    /// Saves what is due by now.
    pub fn save_due(&mut self, host: &Host, now: Time, sink: &mut impl Sink) {
        while self.due <= now {
            let at = self.due;
            self.due = Time::MAX;
            let mut settled = Vec::new();
            let mut noons = Vec::new();
            for (start, day) in &mut self.days {
                if start + SETTLED <= at {
                    settled.push(*start);
                    continue;
                }
                if !day.is_noon_past && start + NOON <= at {
                    day.is_noon_past = true;
                    noons.push(*start);
                }
                let next = start + if day.is_noon_past { SETTLED } else { NOON };
                self.due = self.due.min(next);
            }
            for start in noons {
                if let Some(day) = self.days.remove(&start) {
                    let day = self.save(host, at, &format!("{}-noon", date(start)), day, sink);
                    self.days.insert(start, day);
                }
            }
            for start in settled {
                if let Some(day) = self.days.remove(&start) {
                    let day = self.save(host, at, &date(start), day, sink);
                    for message in day.messages {
                        self.places.remove(&message.network_id);
                    }
                }
            }
        }
    }

    /// Saves all that was not saved for good yet, as it stands.
    pub fn finish(&mut self, host: &Host, end: Time, sink: &mut impl Sink) {
        for (start, day) in std::mem::take(&mut self.days) {
            self.save(host, end, &date(start), day, sink);
        }
    }

    /// A day in all forms that are wanted, newest first.
    fn save(&self, host: &Host, at: Time, name: &str, mut day: Day, sink: &mut impl Sink) -> Day {
        // They stand in the order in which they came.
        day.messages.reverse();
        for message in &mut day.messages {
            message.settle(at);
        }
        for report in &self.wanted {
            let pages = match report {
                Report::Extended => continue,
                Report::Summary => vec![utf_16(&summary::write(&day.messages))],
                Report::Page => vec![list::write(&day.messages)],
                Report::Detail => vec![detail::table(&day.messages)],
                Report::GraphDetail => vec![detail::graph(&day.messages)],
                report => trace::write(*report, report.page(), &day.messages),
            };
            for (page, text) in pages.iter().enumerate() {
                let log = Log {
                    host: host.name,
                    name: report.file_name(name, page + 1),
                    closed: at,
                };
                sink.write(&log, text);
            }
        }
        day.messages.reverse();
        day
    }
}

impl Traced {
    fn recipient(&mut self, address: &Text, at: Time) -> &mut Recipient {
        let known = self
            .recipients
            .iter()
            .position(|one| one.address == *address);
        let place = known.unwrap_or_else(|| {
            self.recipients.push(Recipient {
                address: address.clone(),
                history: Vec::new(),
                outcome: Outcome::Open,
                last: at,
                to_ip: "".into(),
                details: Vec::new(),
            });
            self.recipients.len() - 1
        });
        #[allow(clippy::indexing_slicing, reason = "it was found or made just now")]
        &mut self.recipients[place]
    }

    /// What an event changes.
    fn note(&mut self, at: Time, fact: &TransportFact, has_details: bool) {
        let (word, outcome) = match fact.event {
            "RECEIVE" | "DSN" => ("Receive", None),
            "DELIVER" | "DUPLICATEDELIVER" => ("Deliver", Some(Status::Delivered)),
            "SEND" | "SENDEXTERNAL" => ("Send", Some(Status::Delivered)),
            "FAIL" | "MODERATORREJECT" | "MODERATIONEXPIRE" => ("Fail", Some(Status::Failed)),
            "DEFER" | "INITMESSAGECREATED" => ("Pending", Some(Status::Pending)),
            "EXPAND" => ("Expand", Some(Status::Expanded)),
            _ => ("", None),
        };
        let is_replaced = matches!(fact.event, "RESOLVE" | "REDIRECT");
        if !fact.connector.is_empty() {
            self.connector = fact.connector.clone();
        }
        if let Some(old) = &fact.related {
            let old = self.recipient(old, at);
            match outcome {
                Some(status) => {
                    old.history.push(word);
                    old.outcome = Outcome::Is(status);
                }
                None if is_replaced => {
                    old.history.push("Resolve");
                    old.outcome = Outcome::Resolved;
                }
                None => {}
            }
            if has_details {
                detail::of_related(at, fact, old);
            }
        }
        for (address, state) in &fact.recipients {
            let one = self.recipient(address, at);
            one.last = at;
            if fact.related.is_some() {
                // A member or an heir begins its own history.
                if !one.history.contains(&"Receive") {
                    one.history.push("Receive");
                }
                continue;
            }
            let is_again = one.history.last() == Some(&word);
            if !word.is_empty() && !is_again {
                one.history.push(word);
            }
            if let Some(status) = fact.became.or(outcome) {
                one.outcome = Outcome::Is(status);
            }
            if fact.event.starts_with("SEND") {
                one.to_ip = fact.to.0.clone();
            }
            if has_details {
                detail::of_recipient(at, fact, state, one);
            }
        }
    }

    /// What is open is said to be recent or pending.
    fn settle(&mut self, at: Time) {
        self.recipients
            .sort_by(|one, other| one.address.cmp(&other.address));
        for one in &mut self.recipients {
            if matches!(
                one.outcome,
                Outcome::Open | Outcome::Is(Status::GettingStatus)
            ) {
                one.outcome = Outcome::Is(match at - one.last < RECENT {
                    true => Status::GettingStatus,
                    false => Status::Pending,
                });
            }
        }
    }

    fn client_ip(&self) -> &str {
        match self.is_incoming {
            true => &self.mail.client.ip,
            false => "",
        }
    }

    /// The sender as reports show it: a notice's is the service itself.
    fn sender(&self) -> &str {
        match &*self.mail.sender {
            "" => super::exchange_tracking::POSTMASTER,
            sender => sender,
        }
    }

    /// Reports cut it.
    fn subject(&self) -> &str {
        first(&self.mail.subject, LONGEST_SUBJECT)
    }
}

fn date(day: Time) -> String {
    let day = civil(day);
    format!("{:04}{:02}{:02}", day.year, day.month, day.day)
}

/// Downloaded reports are UTF-16, the lower byte first.
fn utf_16(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
