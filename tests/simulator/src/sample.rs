//! The page's sample: one working day of a company that has nearly moved to the cloud, over a Postfix relay,
//! an Exchange server and Exchange Online. Always the same bytes.
//!
//! An hour of the relay's log is missing, as if nobody had it.

use std::collections::{BTreeMap, HashMap};

use crate::calendar::{HOUR, Time};
use crate::truth::{Row, Status};
use crate::world::DOMAIN;
use crate::{Log, Options, Report, Sink, Topology, Withheld, simulate};

/// A file of the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A day that was played.
#[derive(Debug)]
pub struct Sample {
    pub options: Options,
    /// As they are dropped.
    pub files: Vec<File>,
    /// What is true of them.
    pub rows: Vec<Row>,
    /// When the logs end.
    pub end: Time,
}

/// So many recipients are small on the wire.
const DELIVERIES: u64 = 2400;
/// So many messages make a working day of it.
const PER_DAY: i64 = 2350;

impl Sample {
    /// The first day on which all happens that is worth finding.
    pub fn first() -> Sample {
        let mut days = (1..200).map(Sample::of);
        let first = days.find(|sample| holds_all_stories(&sample.rows));
        first.unwrap_or_else(|| panic!("no day has all that the sample is to show"))
    }

    fn of(seed: u64) -> Sample {
        let mut options = Options::new(Topology::Sample, seed, DELIVERIES);
        options.per_day = PER_DAY;
        options.reports = vec![Report::WindowsPowerShell];
        // The relay is the first of the hosts.
        options.withheld = vec![Withheld::Span {
            host: 0,
            from: options.start + 5 * HOUR,
            to: options.start + 6 * HOUR,
        }];
        let mut made = Made::default();
        let end = simulate(&options, &mut made);
        // What was saved at noon already says less.
        let logs = made.logs.into_iter();
        let logs = logs.filter(|(log, _)| !log.name.contains("-noon"));
        let files = logs.map(|(log, bytes)| File {
            name: match log.host {
                // Reports lie where the browser has saved them.
                "Exchange Online" => log.name,
                host => format!("{host}/{}", log.name),
            },
            bytes,
        });
        Sample {
            files: files.collect(),
            rows: made.rows,
            options,
            end,
        }
    }
}

/// An offer that bounced, mail in quarantine, mail that was put off for hours, a group of which one member
/// could not be reached, and mail that waits for its moderator.
fn holds_all_stories(rows: &[Row]) -> bool {
    let has = |fits: &dyn Fn(&Row) -> bool| rows.iter().any(|row| !row.is_harmed && fits(row));
    let mut messages: HashMap<u64, [usize; 3]> = HashMap::new();
    for row in rows {
        let count = messages.entry(row.message).or_default();
        match row.status {
            Status::Expanded => count[0] += 1,
            Status::Delivered => count[1] += 1,
            Status::Failed => count[2] += 1,
            _ => {}
        }
    }
    let is_group =
        |[groups, delivered, failed]: &[usize; 3]| *groups == 1 && *delivered > 1 && *failed == 1;
    let is_ours = |row: &Row| row.sender.ends_with(DOMAIN);
    let is_late = |row: &Row| row.decided - row.started > HOUR;
    messages.values().any(is_group)
        && has(&|row| row.reason == "bounced" && row.subject.contains("Offer") && is_ours(row))
        && has(&|row| row.status == Status::Quarantined)
        && has(&|row| row.status == Status::Delivered && row.seen_at & 1 != 0 && is_late(row))
        && has(&|row| row.reason == "waits for its moderator")
}

#[derive(Default)]
struct Made {
    logs: BTreeMap<Log, Vec<u8>>,
    rows: Vec<Row>,
}

impl Sink for Made {
    fn write(&mut self, log: &Log, text: &[u8]) {
        match self.logs.get_mut(log) {
            Some(bytes) => bytes.extend_from_slice(text),
            None => {
                self.logs.insert(log.clone(), text.to_vec());
            }
        }
    }

    fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    fn lost(&mut self, _message: u64) {}
}
