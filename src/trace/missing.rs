//! What the logs don't hold of a delivery, and which log would tell.

use super::Trace;
use crate::delivery::rule::Rule;
use crate::delivery::{Basis, Delivery};
use crate::event::{EXCHANGE_ONLINE, Kind, Origin};
use crate::events::{EventNumber, Row};
use crate::journey::Journey;
use crate::segment::Field;
use crate::words::Word;

const MINUTE: i64 = 60 * 1_000_000;
/// What is looked for was logged within this time before or after, as clocks differ and servers are slow.
const ABOUT: i64 = 15 * MINUTE;
/// Queues give up after this time (RFC 5321 4.5.4.1: four to five days).
const QUEUE: i64 = 5 * 24 * 60 * MINUTE;

/// What the logs don't hold of a delivery, and which log would tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    pub gap: Gap,
    /// The event that shows that there is more.
    pub event: EventNumber,
    /// The host whose log would tell, as its logs name it; 0 where none of them is here.
    pub host: Word,
    /// The name or the address by which the event knows that host; 0 where it is the event's own.
    pub endpoint: Word,
    /// The id under which the message is found there; 0 where nothing tells.
    pub id: Word,
    pub log: Log,
    /// When it was logged there, about: microseconds UTC.
    pub from: i64,
    pub until: i64,
    /// Logs of that host and time are here, and hold nothing of it.
    pub is_covered: bool,
}

/// Where the trail breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// One of our hosts took the message, and no log tells what it did.
    Taken,
    /// A content filter took it, and no log tells what it did.
    Filtered,
    /// The log of the host that has it breaks off before it tells an outcome.
    Ended,
    /// One of our hosts handed it in, and no log of that host tells of it.
    Sent,
    /// The first host's log begins after the message did.
    Begun,
}

/// What a log is called where it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    Mail,
    MessageTracking,
}

impl Trace {
    /// What is missing of a delivery; `None` if nothing is, or if it went to or came from hosts of others.
    pub fn missing(&self, delivery: &Delivery) -> Option<Missing> {
        self.missing_behind(delivery)
            .or_else(|| self.missing_before(self.journey(delivery)?))
    }

    /// What would tell the outcome.
    fn missing_behind(&self, delivery: &Delivery) -> Option<Missing> {
        let is_without_outcome = matches!(delivery.rule, Rule::GettingStatus | Rule::NoOutcome);
        if let Basis::SentTo { event, .. } = delivery.basis {
            let row = self.events.row(event).filter(|_| is_without_outcome)?;
            let missing = self.at_host(&row, Gap::Taken, self.facts.servers(&row));
            return Some(Missing {
                endpoint: first_of(&row, [Field::ServerHost, Field::ServerIp]),
                id: row.word(Field::NextId),
                log: log_at_next(&row),
                ..missing
            });
        }
        if delivery.rule == Rule::HandedToFilter {
            let row = self.events.row(delivery.decided_by)?;
            return Some(Missing {
                id: row.word(Field::NextId),
                ..self.at_host(&row, Gap::Filtered, [row.word(Field::Host)])
            });
        }
        let waits = delivery.rule == Rule::Deferred;
        let row = self.events.row(delivery.last_event)?;
        // Reports are cut off and late: that they say no more proves nothing.
        if !(is_without_outcome || waits) || row.text(Field::Host) == EXCHANGE_ONLINE {
            return None;
        }
        let (host, time) = (row.word(Field::Host), row.time());
        let end = self.facts.logs_end(host, time)?;
        let until = match waits {
            true => time.saturating_add(QUEUE),
            false => time.saturating_add(ABOUT),
        };
        let is_covered = end >= until;
        let (from, until) = match is_covered {
            true => (time, end),
            false => (end, until),
        };
        Some(Missing {
            id: row.word(Field::Id),
            from,
            until,
            is_covered,
            ..self.at_host(&row, Gap::Ended, [host])
        })
    }

    /// What would tell where it came from.
    fn missing_before(&self, journey: &Journey) -> Option<Missing> {
        let list = self.events_of(journey);
        let first = list.first().and_then(|number| self.events.row(*number))?;
        let is_here =
            first.kind() == Kind::Receive && matches!(first.origin(), Origin::Smtpd | Origin::Smtp);
        if is_here {
            let hosts = self.facts.clients(&first);
            return (!hosts.is_empty()).then(|| Missing {
                endpoint: first_of(&first, [Field::ClientHost, Field::ClientIp]),
                ..self.at_host(&first, Gap::Sent, hosts)
            });
        }
        // Of an entry that the log begins in the midst of, the delay tells when it came.
        let is_entry = !first.origin().is_exchange() && !first.origin().is_filter();
        let goes_on = matches!(
            first.kind(),
            Kind::Queue | Kind::Send | Kind::Deliver | Kind::Defer | Kind::Fail | Kind::Remove
        );
        if !is_entry || !goes_on || first.word(Field::Id) == 0 {
            return None;
        }
        let rows = list.iter().filter_map(|number| self.events.row(*number));
        let is_same = |row: &Row<'_>| row.word(Field::Id) == first.word(Field::Id);
        let came = rows.filter(is_same).find_map(|row| {
            let delay = i64::try_from(row.number(Field::DelayMs)).ok()?;
            (delay > 0).then(|| row.time().saturating_sub(delay.saturating_mul(1000)))
        });
        let came = came.unwrap_or(first.time());
        let host = first.word(Field::Host);
        Some(Missing {
            id: first.word(Field::Id),
            from: came.saturating_sub(ABOUT),
            until: came.saturating_add(ABOUT).min(first.time()),
            is_covered: self.covers(host, came),
            ..self.at_host(&first, Gap::Begun, [host])
        })
    }

    /// That the log of one of these hosts would tell, about the time of an event.
    fn at_host(&self, row: &Row<'_>, gap: Gap, hosts: impl IntoIterator<Item = Word>) -> Missing {
        let time = row.time();
        let hosts: Vec<Word> = hosts.into_iter().collect();
        let log = match row.origin().is_exchange() {
            true => Log::MessageTracking,
            false => Log::Mail,
        };
        Missing {
            gap,
            event: row.number,
            host: match *hosts.as_slice() {
                [host] => host,
                _ => 0,
            },
            endpoint: 0,
            id: 0,
            log,
            from: time.saturating_sub(ABOUT),
            until: time.saturating_add(ABOUT),
            is_covered: !hosts.is_empty() && hosts.iter().all(|host| self.covers(*host, time)),
        }
    }

    /// Whether there are logs of a host of this time.
    fn covers(&self, host: Word, time: i64) -> bool {
        let mut stretches = self.facts.stretches(host).iter();
        stretches.any(|(first, last)| (*first..=*last).contains(&time))
    }
}

/// What a log is called at the server that took a message: Exchange answers in its own words.
fn log_at_next(row: &Row<'_>) -> Log {
    let is_exchange = memchr::memmem::find(row.text(Field::Text), b"Queued mail for delivery");
    match is_exchange {
        Some(_) => Log::MessageTracking,
        None => Log::Mail,
    }
}

fn first_of(row: &Row<'_>, fields: [Field; 2]) -> Word {
    let words = fields.map(|field| row.word(field));
    words.into_iter().find(|word| *word != 0).unwrap_or(0)
}
