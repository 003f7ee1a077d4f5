//! The list of Message Trace's page in the Exchange admin center, as its "Export results" gives it
//! (formats.md 1.7): a row is one recipient of one message, with its status.
//! <https://learn.microsoft.com/en-us/exchange/monitoring/trace-an-email-message/message-trace-modern-eac>
//!
//! The page lets its user choose columns, and Microsoft documents no header, so columns have several
//! names. Times are in the zone that was chosen on the page, which the file may not tell. What PowerShell
//! exports of the same list has other names and is another format.

use super::date;
use super::exchange::row::{direction, number};
use super::exchange::{ONLINE, digest, resaved};
use super::table::{Header, Record, Rows, Table, is_rounded};
use super::{Claim, Format, Reader, Reading, Sink};
use crate::event::{Event, Guid, Kind, List, Origin, Stamp};
use crate::remark::Remark;

pub struct MessageTraceList;

impl Format for MessageTraceList {
    fn id(&self) -> &'static str {
        "message_trace_list"
    }

    fn title(&self) -> &'static str {
        "Exchange Online message trace list"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "Date,Sender,Recipient,Subject,Status",
            "\"Date (UTC+02:00)\";\"Sender address\";\"Recipient address\";\"Subject\";\"Delivery status\";\"Message ID\"",
            "Status\tReceived\tSender\tRecipient\tSubject",
        ]
    }

    fn recognises(&self, line: &[u8]) -> Option<Claim> {
        let header = Header::with(line, "status")?;
        Columns::of(&header).map(|_| Claim::Header)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Table::new(ExportedList::default()))
    }
}

/// The page shows and exports no more rows than these (formats.md 1.8).
const LIMITS: [u64; 4] = [1_000, 5_000, 50_000, 100_000];
const TIMES: [&str; 4] = ["date", "received", "date and time", "received time"];

/// Where the columns lie.
#[derive(Clone, Copy, Debug)]
struct Columns {
    time: usize,
    sender: usize,
    recipient: usize,
    status: usize,
    subject: Option<usize>,
    message_id: Option<usize>,
    network_message_id: Option<usize>,
    size: Option<usize>,
    from_ip: Option<usize>,
    to_ip: Option<usize>,
    direction: Option<usize>,
    /// Microseconds east of UTC, where the time's header tells it.
    zone: Option<i64>,
}

impl Columns {
    fn of(header: &Header) -> Option<Columns> {
        let plain = header.place_of_any(&TIMES).map(|place| (place, None));
        let (time, zone) = plain.or_else(|| {
            let mut names = header.names().enumerate();
            names.find_map(|(place, name)| Some((place, Some(zone_of(name)?))))
        })?;
        Some(Columns {
            time,
            zone,
            sender: header.place_of_any(&["sender", "sender address"])?,
            recipient: header.place_of_any(&["recipient", "recipient address"])?,
            status: header.place_of_any(&["status", "delivery status"])?,
            subject: header.place("subject"),
            message_id: header.place("message id"),
            network_message_id: header.place_of_any(&["network message id", "message trace id"]),
            size: header.place_of_any(&["size", "message size"]),
            from_ip: header.place_of_any(&["from ip", "client ip"]),
            to_ip: header.place("to ip"),
            direction: header.place_of_any(&["direction", "directionality"]),
        })
    }
}

/// The zone of a column of times that tells it: `date (utc)`, `received (utc+02:00)`.
fn zone_of(name: &[u8]) -> Option<i64> {
    let open = memchr::memchr(b'(', name)?;
    let (time, zone) = name.split_at_checked(open)?;
    let is_time = TIMES
        .iter()
        .any(|known| known.as_bytes() == time.trim_ascii());
    let zone = zone.strip_prefix(b"(utc").filter(|_| is_time)?;
    let close = memchr::memchr(b')', zone)?;
    match zone.get(..close)?.trim_ascii() {
        [] => Some(0),
        zone => date::zone(zone),
    }
}

#[derive(Default)]
struct ExportedList {
    columns: Option<Columns>,
    resaved: bool,
    /// A date of unknown order stands under a zone, which can't be applied to it.
    zone_unused: bool,
}

impl Rows for ExportedList {
    fn header(&mut self, header: &Header) -> bool {
        let columns = Columns::of(header);
        self.columns = columns.or(self.columns);
        columns.is_some()
    }

    fn begins(&self, record: &Record<'_>) -> bool {
        let is_row = |columns: Columns| is_row(&columns, record);
        self.columns.is_some_and(is_row)
    }

    fn row(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Reading {
        let Some(columns) = self.columns.filter(|columns| is_row(columns, record)) else {
            return Reading::Unknown;
        };
        let Some(stamp) = stamp(&columns, record) else {
            return Reading::Unknown;
        };
        self.resaved |= is_rounded(record.column(columns.size));
        self.zone_unused |=
            matches!(stamp, Stamp::Slashed { utc: false, .. }) && columns.zone.is_some();
        let (time, sender) = (record.get(columns.time), record.get(columns.sender));
        let (recipient, status) = (record.get(columns.recipient), record.get(columns.status));
        let subject = record.column(columns.subject);
        let message_id = record.column(columns.message_id);
        let network_message_id = record.column(columns.network_message_id);
        let guid = Guid::parse(network_message_id);
        let made_up = match (message_id, guid) {
            ([], None) => Some(digest::made_up_id(time, sender, subject)),
            _ => None,
        };
        let id = made_up.as_deref().unwrap_or_default().as_bytes();
        let message = match (id, network_message_id) {
            ([], []) => message_id,
            ([], id) => id,
            (id, _) => id,
        };
        out.event(&Event {
            offset: record.offset,
            stamp,
            kind: Kind::Status,
            origin: Origin::MessageTrace,
            host: ONLINE,
            id,
            message_id,
            network_message_id: guid,
            sender,
            recipients: List::One(recipient),
            recipient_status: List::One(status),
            original_client_ip: record.column(columns.from_ip),
            server_ip: record.column(columns.to_ip),
            subject,
            size: number(record.column(columns.size)),
            direction: direction(record.column(columns.direction)),
            digest: digest::of_report(&[message, recipient, status]),
            cut: record.cut,
            ..Event::default()
        });
        Reading::Recognised
    }

    fn finish(&mut self, rows: u64, out: &mut dyn Sink) {
        if self.resaved {
            out.remark(resaved());
        }
        if self.zone_unused {
            out.remark(Remark::warning(
                "The list names the zone of its times, but its dates leave open whether the day or the month comes first, so the zone is not applied: set it for this file.",
            ));
        }
        if LIMITS.contains(&rows) {
            out.remark(Remark::warning(format!(
                "The list holds exactly {rows} rows, which is where Exchange Online cuts lists off, so others may be missing. Search for a shorter time, or for fewer senders or recipients, or ask for a report."
            )));
        }
    }
}

/// Whether the columns hold what they should: a row that lost a quote has a part of its subject there.
fn is_row(columns: &Columns, record: &Record<'_>) -> bool {
    let status = record.get(columns.status);
    let is_words = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b' ';
    // Languages other than English have their own words.
    let is_status = (1..=40).contains(&status.len())
        && status.iter().all(|byte| is_words(byte) || !byte.is_ascii());
    let id = record.column(columns.network_message_id);
    is_status
        && !record.get(columns.recipient).is_empty()
        && (id.is_empty() || Guid::parse(id).is_some())
        && stamp(columns, record).is_some()
}

fn stamp(columns: &Columns, record: &Record<'_>) -> Option<Stamp> {
    let text = record.get(columns.time);
    match (date::stamp(text, columns.zone == Some(0))?, columns.zone) {
        (Stamp::Civil(civil), Some(offset)) => Some(Stamp::Instant(civil - offset)),
        (stamp, _) => Some(stamp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_several_names() {
        for line in [
            "Received,Sender Address,Recipient Address,Subject,Status",
            "\u{feff}\"status\",\"recipient\",\"sender\",\"date (UTC-03:30)\"",
        ] {
            let claim = MessageTraceList.recognises(line.as_bytes());
            assert_eq!(claim, Some(Claim::Header), "{line}");
        }
    }

    #[test]
    fn other_tables_are_not_claimed() {
        for line in [
            // PowerShell's.
            "MessageTraceId,Received,SenderAddress,RecipientAddress,Subject,Status",
            // Other reports of Microsoft's: SPAM, DLP, TransportRule.
            "Date,Message ID,Domain,Subject,Sender,Recipient,Event type,Action,Direction",
            "Date,Title,Location,Severity,Size,Source,Actor,DLP policy,Rule,Recipients",
            "Date,Message ID,Sender,Recipient,Subject,Transport rule,Severity",
            "origin_timestamp_utc,sender_address,recipient_status",
            "Sender,Recipient,Subject,Status",
            "Date,Sender,Recipient,Subject",
            "Date (local),Sender,Recipient,Status",
        ] {
            let claim = MessageTraceList.recognises(line.as_bytes());
            assert_eq!(claim, None, "{line}");
        }
    }

    #[test]
    fn a_header_may_tell_the_zone() {
        const HOUR: i64 = 3_600_000_000;
        assert_eq!(zone_of(b"date (utc)"), Some(0));
        assert_eq!(zone_of(b"received (utc+02:00) berlin"), Some(2 * HOUR));
        assert_eq!(zone_of(b"date (utc-03:30)"), Some(-7 * HOUR / 2));
        for name in [
            "date",
            "birthday (utc)",
            "date (utc+2 or so)",
            "date (local)",
        ] {
            assert_eq!(zone_of(name.as_bytes()), None, "{name}");
        }
    }
}
