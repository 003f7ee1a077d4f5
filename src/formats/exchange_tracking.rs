//! Exchange Server's message tracking logs (formats.md 3): MSGTRK (transport), MSGTRKMA (moderation),
//! MSGTRKMD (mailbox delivery) and MSGTRKMS (mailbox submission), of Exchange 2007 to SE.
//! <https://learn.microsoft.com/en-us/exchange/mail-flow/transport-logs/message-tracking>
//!
//! Comma-separated rows under a header of `#` lines, which can come again in mid-file. Columns are
//! found by the names in `#Fields`; where the header was cut off, by how many fields a row has.
//! Exchange 2003's tab-separated logs and the SMTP protocol logs, which share `#Software`, are not read.
//! No row names the host that wrote it, so `Event::host` stays empty.

use std::sync::LazyLock;

use super::csv::{End, Fields};
use super::exchange::row::{Column, Layout, Place, Row, Speaker, begins_with_date};
use super::{Claim, Format, Line, Reader, Reading, Sink};
use crate::event::{Kind, Origin};

pub struct ExchangeTracking;

impl Format for ExchangeTracking {
    fn id(&self) -> &'static str {
        "exchange_tracking"
    }

    fn title(&self) -> &'static str {
        "Exchange message tracking log"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "#Software: Microsoft Exchange Server",
            "#Log-Type: Message Tracking Log",
            "#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id",
            "2026-09-14T08:00:01.200Z,192.0.2.10,mx.fabrikam.example,198.51.100.5,EX01,08DE000000000005;2026-09-14T08:00:00.900Z;0,EX01\\Default EX01,SMTP,RECEIVE,701,<a1@fabrikam.example>,bob@contoso.example,,7312,1,,,Lunch,ann@fabrikam.example,ann@fabrikam.example,0cA: ",
            "2026-09-14T08:00:02.000Z,,EX01,,EX01,\"MDB:10000000, Mailbox:20000000\",,STOREDRIVER,SUBMIT,,<a1@contoso.example>,10000000-0000-0000-0000-000000000001,,,,,,,\"Hi, \"\"Bob\"\"\",ann@contoso.example,,,Originating,,,,,Email,20000000-0000-0000-0000-000000000001,15.02.1118.040",
        ]
    }

    fn recognises(&self, line: &[u8]) -> Option<Claim> {
        let is_header = match header(line) {
            Some((name, value)) if name.eq_ignore_ascii_case(b"software") => {
                // Shared with other logs of Exchange; the reader finds out by the next lines.
                starts_with(value, b"Microsoft Exchange")
            }
            Some((name, value)) if name.eq_ignore_ascii_case(b"log-type") => is_tracking(value),
            Some((name, value)) if name.eq_ignore_ascii_case(b"fields") => layout(value).is_some(),
            Some(_) => false,
            None => return is_row_without_header(line).then_some(Claim::Form),
        };
        is_header.then_some(Claim::Header)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Tracking::default())
    }
}

/// The columns by number of fields, for rows whose header was cut off (formats.md 3.2): Exchange 2007,
/// 2010, 2013, and 2016 to SE.
static LAYOUTS: LazyLock<[Layout; 4]> = LazyLock::new(|| {
    const EXCHANGE_2007: &[&str] = &[
        "date-time",
        "client-ip",
        "client-hostname",
        "server-ip",
        "server-hostname",
        "source-context",
        "connector-id",
        "source",
        "event-id",
        "internal-message-id",
        "message-id",
        "recipient-address",
        "recipient-status",
        "total-bytes",
        "recipient-count",
        "related-recipient-address",
        "reference",
        "message-subject",
        "sender-address",
        "return-path",
        "message-info",
    ];
    const ADDED_IN_2010: &[&str] = &[
        "directionality",
        "tenant-id",
        "original-client-ip",
        "original-server-ip",
        "custom-data",
    ];
    const ADDED_IN_2016: &[&str] = &["transport-traffic-type", "log-id", "schema-version"];
    let until_2010 = [EXCHANGE_2007, ADDED_IN_2010].concat();
    let mut since_2013 = until_2010.clone();
    since_2013.insert(11, "network-message-id");
    let since_2016 = [&since_2013[..], ADDED_IN_2016].concat();
    [EXCHANGE_2007, &until_2010, &since_2013, &since_2016]
        .map(|names| Layout::named(names.iter().map(|name| name.as_bytes())))
});

/// The layout of a row without header. A later Exchange may have added columns at the end.
fn layout_by_count(count: usize) -> Option<&'static Layout> {
    let last = LAYOUTS.last().filter(|last| count > last.width());
    last.or_else(|| LAYOUTS.iter().find(|layout| layout.width() == count))
}

/// The layout that `#Fields` tells, if it is a tracking log's.
fn layout(names: &[u8]) -> Option<Layout> {
    let layout = Layout::named(names.split(|byte| *byte == b','));
    let needed = [Column::DateTime, Column::EventId, Column::InternalMessageId];
    needed
        .iter()
        .all(|column| layout.has(*column))
        .then_some(layout)
}

/// Name and value of a header line.
fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.strip_prefix(b"#")?;
    let colon = memchr::memchr(b':', line)?;
    let (name, value) = line.split_at_checked(colon)?;
    Some((name.trim_ascii(), value.get(1..)?.trim_ascii()))
}

fn starts_with(text: &[u8], beginning: &[u8]) -> bool {
    let text = text.get(..beginning.len());
    text.is_some_and(|text| text.eq_ignore_ascii_case(beginning))
}

fn is_tracking(log_type: &[u8]) -> bool {
    starts_with(log_type, b"Message Tracking")
}

/// Whether a line, alone, is a tracking row: time, number of fields, and known words for source and
/// event in their places.
fn is_row_without_header(line: &[u8]) -> bool {
    if !begins_with_date(line) {
        return false;
    }
    let mut fields = Fields::new(b',');
    fields.split(line);
    layout_by_count(fields.len()).is_some_and(|layout| {
        let row = Row::new(layout, |place| fields.get(line, place));
        row.instant().is_some()
            && row.origin() != Origin::Unknown
            && row.kind().is_some_and(|kind| kind != Kind::Other)
    })
}

/// What the header lines so far say of the rows below them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading {
    /// Not yet: lines so far are open, because the log may be another of Exchange's.
    Undecided,
    Tracking,
    Other,
}

impl Heading {
    fn reading(self) -> Reading {
        match self {
            Heading::Undecided => Reading::Open,
            Heading::Tracking => Reading::Recognised,
            Heading::Other => Reading::Unknown,
        }
    }
}

/// The longest record over several lines.
const RECORD_LEN: usize = 1 << 20;

struct Tracking {
    heading: Heading,
    /// `#Fields`, or the layout of the rows so far that had none.
    layout: Option<Layout>,
    has_header: bool,
    fields: Fields,
    /// The record so far while a quote is open, its lines joined by LF, and where it began.
    record: Vec<u8>,
    record_offset: u64,
    speaker: Speaker,
}

impl Default for Tracking {
    fn default() -> Self {
        Tracking {
            heading: Heading::Undecided,
            layout: None,
            has_header: false,
            fields: Fields::new(b','),
            record: Vec::new(),
            record_offset: 0,
            speaker: Speaker::default(),
        }
    }
}

impl Reader for Tracking {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        if !self.record.is_empty() {
            if !begins_record(line.bytes) {
                return self.go_on(line, out);
            }
            self.record.clear();
            out.close(Reading::Unknown);
        }
        if line.bytes.first() == Some(&b'#') {
            return self.header(line.bytes, out);
        }
        if line.bytes.trim_ascii().is_empty() {
            return Reading::Ignored;
        }
        if self.heading == Heading::Undecided {
            let decided = match is_row_without_header(line.bytes) {
                true => Heading::Tracking,
                false => Heading::Other,
            };
            out.close(decided.reading());
            // Foreign lines above the header decide nothing about what follows.
            if decided == Heading::Other && self.layout.is_none() {
                return Reading::Unknown;
            }
            self.heading = decided;
        }
        if self.heading == Heading::Other || !begins_with_date(line.bytes) {
            return Reading::Unknown;
        }
        match self.fields.split(line.bytes) {
            End::Open if line.ended => {
                self.record.extend_from_slice(line.bytes);
                self.record_offset = line.offset;
                Reading::Open
            }
            end => self.row(line.bytes, line.offset, end, line.ended, out),
        }
    }
}

/// Whether a line begins a record even while a quote is open.
fn begins_record(line: &[u8]) -> bool {
    begins_with_date(line)
        || header(line).is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case(b"software") && starts_with(value, b"Microsoft Exchange")
                || name.eq_ignore_ascii_case(b"log-type")
                || name.eq_ignore_ascii_case(b"fields") && layout(value).is_some()
        })
}

impl Tracking {
    fn header(&mut self, line: &[u8], out: &mut dyn Sink) -> Reading {
        let (name, value) = header(line).unwrap_or_default();
        if name.eq_ignore_ascii_case(b"software") {
            if self.heading == Heading::Undecided {
                out.close(Reading::Unknown);
            }
            self.heading = match starts_with(value, b"Microsoft Exchange") {
                true => Heading::Undecided,
                false => Heading::Other,
            };
        } else if name.eq_ignore_ascii_case(b"log-type") {
            self.decide(is_tracking(value), out);
        } else if name.eq_ignore_ascii_case(b"fields") {
            let layout = layout(value);
            self.decide(layout.is_some(), out);
            if layout.is_some() {
                self.layout = layout;
                self.has_header = true;
            }
        }
        self.heading.reading()
    }

    fn decide(&mut self, is_tracking: bool, out: &mut dyn Sink) {
        let decided = match is_tracking {
            true => Heading::Tracking,
            false => Heading::Other,
        };
        if self.heading == Heading::Undecided {
            out.close(decided.reading());
        }
        self.heading = decided;
    }

    /// Takes a line that continues a record.
    fn go_on(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        if self.record.len() + line.bytes.len() >= RECORD_LEN {
            self.record.clear();
            out.close(Reading::Unknown);
            return Reading::Unknown;
        }
        self.record.push(b'\n');
        self.record.extend_from_slice(line.bytes);
        match self.fields.resume(&self.record) {
            End::Open if line.ended => Reading::Open,
            end => {
                let mut record = std::mem::take(&mut self.record);
                let reading = self.row(&record, self.record_offset, end, line.ended, out);
                out.close(reading);
                record.clear();
                self.record = record;
                reading
            }
        }
    }

    /// States the event of the record that was split last.
    fn row(
        &mut self,
        record: &[u8],
        offset: u64,
        end: End,
        ended: bool,
        out: &mut dyn Sink,
    ) -> Reading {
        // A server that crashed leaves NULs where it had not written yet, commas among them: nothing of
        // such a row stands in a known place.
        if memchr::memchr(0, record).is_some() {
            return Reading::Unknown;
        }
        let count = self.fields.len();
        // Half a row has too few fields to tell its layout; it goes by the rows before it.
        if !self.has_header && (ended || self.layout.is_none()) {
            match layout_by_count(count) {
                Some(layout) if self.layout.as_ref() == Some(layout) => {}
                Some(layout) => self.layout = Some(layout.clone()),
                None => return Reading::Unknown,
            }
        }
        let Some(layout) = &self.layout else {
            return Reading::Unknown;
        };
        // The last field of half a row is half a field, and half an address is another's. A row can be
        // torn in mid-file too, where a server stopped while writing.
        let is_half = end == End::Open || count < layout.width();
        let whole = count - usize::from(is_half).min(count);
        let fields = &self.fields;
        let row = Row::new(layout, |place| match place < whole {
            true => fields.get(record, place),
            false => &[],
        });
        let place = Place {
            host: &[],
            is_local: false,
            offset,
            cut: !ended,
        };
        match self.speaker.state(&row, place, |event| out.event(event)) {
            true => Reading::Recognised,
            false => Reading::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
