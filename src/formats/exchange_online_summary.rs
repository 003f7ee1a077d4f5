//! Exchange Online's enhanced summary, as the admin center and Start-HistoricalSearch give it
//! (formats.md 1.2, 1.3): a row is a message, with the history of each of its recipients.
//! <https://learn.microsoft.com/en-us/exchange/monitoring/trace-an-email-message/message-trace-modern-eac>
//!
//! A history is stated as it is written; what it means is not decided here. The extended report and the
//! list on the page are other formats.

use std::collections::BTreeMap;

use super::date;
use super::exchange::row::{begins_with_date, direction, instant, number};
use super::exchange::{ONLINE, digest, resaved};
use super::table::{Header, Record, Rows, Table, is_rounded};
use super::{Claim, Format, Reader, Reading, Sink};
use crate::event::{Event, Guid, Kind, List, Origin, Stamp};
use crate::remark::Remark;

pub struct ExchangeOnlineSummary;

impl Format for ExchangeOnlineSummary {
    fn id(&self) -> &'static str {
        "exchange_online_summary"
    }

    fn title(&self) -> &'static str {
        "Exchange Online enhanced summary report"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,original_client_ip,directionality,connector_id,delivery_priority",
            "\"Recipient_Status\";\"Origin_Timestamp\"",
            "2026-09-14T08:12:44.1937001Z,ann@contoso.example,\"bob@contoso.example##Receive, Deliver\",Plan,49790,<a1@contoso.example>,10000000-2000-4000-8000-000000000001,192.0.2.17,Originating,,Normal",
        ]
    }

    fn recognises(&self, line: &[u8]) -> Option<Claim> {
        if Header::with(line, STATUS).is_some_and(|header| Columns::of(&header).is_some()) {
            return Some(Claim::Header);
        }
        is_row_without_header(line).then_some(Claim::Form)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Table::headless(Summary::default(), WIDTH))
    }
}

const STATUS: &str = "recipient_status";
/// What stands between an address and its history.
const MARK: &[u8] = b"##";
/// The columns of a whole report.
const WIDTH: usize = 11;
/// A report ends at these many rows, whatever there is more (formats.md 1.8).
const LIMITS: [u64; 3] = [1_000, 50_000, 100_000];

/// Where the columns lie.
#[derive(Clone, Copy, Debug)]
struct Columns {
    time: usize,
    status: usize,
    sender: Option<usize>,
    subject: Option<usize>,
    size: Option<usize>,
    message_id: Option<usize>,
    network_message_id: Option<usize>,
    client_ip: Option<usize>,
    direction: Option<usize>,
    connector: Option<usize>,
}

impl Columns {
    /// The order in which the report is written, for rows whose header was cut off.
    const USUAL: Columns = Columns {
        time: 0,
        sender: Some(1),
        status: 2,
        subject: Some(3),
        size: Some(4),
        message_id: Some(5),
        network_message_id: Some(6),
        client_ip: Some(7),
        direction: Some(8),
        connector: Some(9),
    };

    fn of(header: &Header) -> Option<Columns> {
        Some(Columns {
            time: header.place_of_any(&["origin_timestamp_utc", "origin_timestamp"])?,
            status: header.place(STATUS)?,
            sender: header.place("sender_address"),
            subject: header.place("message_subject"),
            size: header.place("total_bytes"),
            message_id: header.place("message_id"),
            network_message_id: header.place("network_message_id"),
            client_ip: header.place("original_client_ip"),
            direction: header.place("directionality"),
            connector: header.place("connector_id"),
        })
    }
}

fn is_row_without_header(line: &[u8]) -> bool {
    let line_begins = begins_with_date(line.strip_prefix(b"\"").unwrap_or(line));
    line_begins
        && Record::alone(line, b',', |record| {
            record.len() == WIDTH
                && instant(record.get(0)).is_some()
                && is_row(&Columns::USUAL, record)
        })
}

/// The time, which is UTC's; a spreadsheet may have rewritten it.
fn stamp(text: &[u8]) -> Option<Stamp> {
    let written = instant(text).map(Stamp::Instant);
    written.or_else(|| date::stamp(text, true))
}

/// Whether the columns hold what they should; in a row of another report, or one that lost a quote,
/// they don't.
fn is_row(columns: &Columns, record: &Record<'_>) -> bool {
    let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit) || is_rounded(text);
    let id = record.column(columns.network_message_id);
    (id.is_empty() || Guid::parse(id).is_some())
        && is_number(record.column(columns.size))
        && memchr::memmem::find(record.get(columns.status), MARK).is_some()
}

struct Summary {
    columns: Columns,
    resaved: bool,
}

impl Default for Summary {
    fn default() -> Self {
        Summary {
            columns: Columns::USUAL,
            resaved: false,
        }
    }
}

impl Rows for Summary {
    fn header(&mut self, header: &Header) -> bool {
        let columns = Columns::of(header);
        self.columns = columns.unwrap_or(self.columns);
        columns.is_some()
    }

    fn begins(&self, record: &Record<'_>) -> bool {
        stamp(record.get(self.columns.time)).is_some() && is_row(&self.columns, record)
    }

    fn row(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Reading {
        let columns = &self.columns;
        let time = record.get(columns.time);
        let Some(stamp) = stamp(time).filter(|_| is_row(columns, record)) else {
            return Reading::Unknown;
        };
        self.resaved |= instant(time).is_none() || is_rounded(record.column(columns.size));
        let (sender, subject) = (
            record.column(columns.sender),
            record.column(columns.subject),
        );
        let message_id = record.column(columns.message_id);
        let network_message_id = record.column(columns.network_message_id);
        let made_up = match (message_id, network_message_id) {
            ([], []) => Some(digest::made_up_id(time, sender, subject)),
            _ => None,
        };
        let event = Event {
            offset: record.offset,
            id: made_up.as_deref().unwrap_or_default().as_bytes(),
            stamp,
            kind: Kind::Status,
            origin: Origin::EnhancedSummary,
            host: ONLINE,
            message_id,
            network_message_id: Guid::parse(network_message_id),
            sender,
            original_client_ip: record.column(columns.client_ip),
            connector: record.column(columns.connector),
            subject,
            size: number(record.column(columns.size)),
            direction: direction(record.column(columns.direction)),
            cut: record.cut,
            ..Event::default()
        };
        let id = match (network_message_id, message_id) {
            ([], []) => event.id,
            ([], id) | (id, _) => id,
        };
        let mut items = Items {
            rest: record.get(columns.status),
        };
        each_recipient(&mut items, |recipient, history| {
            out.event(&Event {
                recipients: List::One(recipient),
                recipient_status: List::One(history),
                digest: digest::of_report(&[id, recipient, history]),
                ..event
            });
        });
        match items.rest.is_empty() {
            true => Reading::Recognised,
            // Something stands there without a history.
            false => Reading::Unread,
        }
    }

    fn finish(&mut self, rows: u64, out: &mut dyn Sink) {
        if self.resaved {
            out.remark(resaved());
        }
        if LIMITS.contains(&rows) {
            out.remark(Remark::warning(format!(
                "The report holds exactly {rows} messages, which is where Exchange Online cuts reports off, so others may be missing. Ask for a shorter time, or for fewer senders or recipients."
            )));
        }
    }
}

/// The items of recipient_status: `address##Word, Word;…`. An address may hold the separator in quotes
/// (`"Ann <ann;x"@contoso.example`), so an item begins with what leads to the next mark.
struct Items<'a> {
    /// What is left when the last item was given: nothing, or a text that has no mark.
    rest: &'a [u8],
}

impl<'a> Iterator for Items<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let blank = |byte: &u8| *byte == b';' || byte.is_ascii_whitespace();
        let skipped = self.rest.iter().take_while(|byte| blank(byte)).count();
        self.rest = self.rest.get(skipped..)?;
        let mark = memchr::memmem::find(self.rest, MARK)?;
        let (address, history) = self.rest.split_at_checked(mark)?;
        let history = history.get(MARK.len()..)?;
        let end = memchr::memchr(b';', history).unwrap_or(history.len());
        let (history, rest) = history.split_at_checked(end)?;
        self.rest = rest;
        Some((address.trim_ascii(), history.trim_ascii()))
    }
}

/// Gives each recipient once, in order, with all of its histories: a message that was sent on comes back
/// to the same address.
fn each_recipient<'a>(items: &mut Items<'a>, mut each: impl FnMut(&[u8], &[u8])) {
    let Some(first) = items.next() else { return };
    let Some(second) = items.next() else {
        return each(first.0, first.1);
    };
    let mut places = BTreeMap::new();
    let mut recipients: Vec<(&[u8], Vec<&[u8]>)> = Vec::new();
    for (address, history) in [first, second].into_iter().chain(items) {
        let next = recipients.len();
        let place = *places.entry(address.to_ascii_lowercase()).or_insert(next);
        match recipients.get_mut(place) {
            Some((_, histories)) if histories.last() == Some(&history) => {}
            Some((_, histories)) => histories.push(history),
            None => recipients.push((address, vec![history])),
        }
    }
    for (address, histories) in recipients {
        match histories.as_slice() {
            [history] => each(address, history),
            _ => each(address, &histories.join(&b", "[..])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn recipients(text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut items = Items {
            rest: text.as_bytes(),
        };
        each_recipient(&mut items, |address, history| {
            found.push((text_of(address), text_of(history)));
        });
        found
    }

    fn told(text: &str) -> Vec<String> {
        let told = recipients(text).into_iter();
        told.map(|(address, history)| format!("{address}={history}"))
            .collect()
    }

    #[test]
    fn each_address_has_its_history() {
        assert_eq!(
            told("bob@contoso.example##Receive, Deliver;sales@contoso.example##Receive, Expand"),
            [
                "bob@contoso.example=Receive, Deliver",
                "sales@contoso.example=Receive, Expand"
            ]
        );
        assert_eq!(
            told("x@fabrikam.example##Receive,Teleport"),
            ["x@fabrikam.example=Receive,Teleport"],
            "unknown words stay"
        );
        assert!(told("").is_empty());
        assert!(told("To;Cc").is_empty());
    }

    #[test]
    fn addresses_may_hold_anything() {
        assert_eq!(
            told(
                "ann@contoso.example##Receive, Deliver;\"Bob; B.<bob.b\"@contoso.example##Receive, Fail;"
            ),
            [
                "ann@contoso.example=Receive, Deliver",
                "\"Bob; B.<bob.b\"@contoso.example=Receive, Fail"
            ]
        );
    }

    #[test]
    fn an_address_that_comes_again_is_one() {
        assert_eq!(
            told(
                "Bob@contoso.example##Receive, Expand;cyd@contoso.example##Receive;bob@contoso.example##Receive, Fail"
            ),
            [
                "Bob@contoso.example=Receive, Expand, Receive, Fail",
                "cyd@contoso.example=Receive"
            ]
        );
        let same = "bob@contoso.example##Receive, Deliver;".repeat(8);
        assert_eq!(told(&same), ["bob@contoso.example=Receive, Deliver"]);
    }

    #[test]
    fn a_hostile_list_takes_no_square_of_its_length() {
        let many: String = (0..100_000).map(|n| format!("{n}##a;")).collect();
        assert_eq!(recipients(&many).len(), 100_000);
        assert!(recipients(&";#".repeat(400_000)).is_empty());
    }

    #[test]
    fn other_tables_are_not_claimed() {
        for line in [
            "date_time_utc,event_id,recipient_status",
            "origin_timestamp_utc,sender_address,recipient_address",
            "Date,Message ID,Sender,Recipient,Subject,Event type,Action",
            "2026-09-14T08:12:44Z,a,b@contoso.example,c,1,,,,,,",
            "recipient_status,origin_timestamp_utc in a text",
        ] {
            let claim = ExchangeOnlineSummary.recognises(line.as_bytes());
            assert_eq!(claim, None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read(text in "[a@#;,\" ]{0,60}") {
            recipients(&text);
        }
    }
}
