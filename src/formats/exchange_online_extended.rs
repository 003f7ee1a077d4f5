//! Exchange Online's extended report, as the admin center and Start-HistoricalSearch give it (formats.md
//! 1.4 to 1.6): a row is an event that a server or an agent wrote, as in a message tracking log.
//! <https://learn.microsoft.com/en-us/exchange/monitoring/trace-an-email-message/message-trace-modern-eac>
//!
//! The columns and what a row states are `exchange/row.rs`'s, as for tracking logs; this file knows the
//! table. The enhanced summary is another format.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::exchange::row::{Column, Layout, Place, Row, Speaker, begins_with_date};
use super::exchange::{ONLINE, resaved};
use super::table::{Header, Record, Rows, Table, is_rounded};
use super::{Claim, Format, Reader, Reading, Sink};
use crate::event::{Guid, Kind, Origin};
use crate::remark::Remark;

pub struct ExchangeOnlineExtended;

impl Format for ExchangeOnlineExtended {
    fn id(&self) -> &'static str {
        "exchange_online_extended"
    }

    fn title(&self) -> &'static str {
        "Exchange Online extended report"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "date_time_utc,client_ip,client_hostname,server_ip,server_hostname,source_context,connector_id,source,event_id,internal_message_id,message_id,network_message_id,recipient_address,recipient_status,total_bytes,recipient_count,related_recipient_address,reference,message_subject,sender_address,return_path,message_info,directionality,tenant_id,original_client_ip,original_server_ip,custom_data",
            "\"Event_Id\";\"Date_Time_UTC\"",
            "2026-09-14T08:12:45.0110000Z,,,,,,,AGENT,AGENTINFO,132697,<a1@fabrikam.example>,10000000-2000-4000-8000-000000000001,bob@contoso.example,,7312,1,,,Win now,eve@fabrikam.example,eve@fabrikam.example,,Incoming,,198.51.100.7,,S:SFA=SUM|SFV=SPM|SCL=6",
        ]
    }

    fn recognises(&self, line: &[u8]) -> Option<Claim> {
        if Header::with(line, TIME).is_some_and(|header| layout(&header).is_some()) {
            return Some(Claim::Header);
        }
        is_row_without_header(line).then_some(Claim::Form)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Table::headless(Extended::default(), USUAL.width()))
    }
}

const TIME: &str = "date_time_utc";
/// A report ends at so many messages, and files at so many rows (formats.md 1.4, 1.8).
const MOST_MESSAGES: usize = 1_000;
const LIMITS: [u64; 3] = [1_000, 50_000, 100_000];

/// The order in which the report is written, for rows whose header was cut off.
static USUAL: LazyLock<Layout> = LazyLock::new(|| {
    const NAMES: [&str; 27] = [
        "date_time_utc",
        "client_ip",
        "client_hostname",
        "server_ip",
        "server_hostname",
        "source_context",
        "connector_id",
        "source",
        "event_id",
        "internal_message_id",
        "message_id",
        "network_message_id",
        "recipient_address",
        "recipient_status",
        "total_bytes",
        "recipient_count",
        "related_recipient_address",
        "reference",
        "message_subject",
        "sender_address",
        "return_path",
        "message_info",
        "directionality",
        "tenant_id",
        "original_client_ip",
        "original_server_ip",
        "custom_data",
    ];
    Layout::named(NAMES.iter().map(|name| name.as_bytes()))
});

fn layout(header: &Header) -> Option<Layout> {
    let layout = Layout::named(header.names());
    let is_ours = header.place(TIME).is_some() && layout.has(Column::EventId);
    is_ours.then_some(layout)
}

/// Whether a line, alone, is a row. Tracking logs of 2013 have the same columns, and times of three
/// digits where reports have seven.
fn is_row_without_header(line: &[u8]) -> bool {
    const SHAPE: &[u8] = b"2026-09-14T08:12:45.0110000Z";
    let text = line.strip_prefix(b"\"").unwrap_or(line);
    begins_with_date(text)
        && text.get(SHAPE.len() - 1) == Some(&b'Z')
        && Record::alone(line, b',', |record| {
            record.len() == USUAL.width() && is_row(&USUAL, record)
        })
}

/// Whether a record can be nothing but a row: the time, and known words for source and event.
fn is_row(layout: &Layout, record: &Record<'_>) -> bool {
    let row = Row::new(layout, |place| record.get(place));
    row.instant().is_some()
        && row.origin() != Origin::Unknown
        && row.kind().is_some_and(|kind| kind != Kind::Other)
}

struct Extended {
    layout: Layout,
    speaker: Speaker,
    /// The messages so far, up to one more than a report has.
    messages: BTreeSet<Guid>,
    resaved: bool,
}

impl Default for Extended {
    fn default() -> Self {
        Extended {
            layout: USUAL.clone(),
            speaker: Speaker::default(),
            messages: BTreeSet::new(),
            resaved: false,
        }
    }
}

impl Rows for Extended {
    fn header(&mut self, header: &Header) -> bool {
        let layout = layout(header);
        let is_ours = layout.is_some();
        self.layout = layout.unwrap_or_else(|| self.layout.clone());
        is_ours
    }

    fn begins(&self, record: &Record<'_>) -> bool {
        is_row(&self.layout, record)
    }

    fn row(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Reading {
        let mut row = Row::new(&self.layout, |place| record.get(place));
        if !row.fits() {
            return Reading::Unknown;
        }
        if is_rounded(row.get(Column::InternalMessageId)) {
            // Many copies have the same first digits.
            row.clear(Column::InternalMessageId);
            self.resaved = true;
        }
        let place = Place {
            host: ONLINE,
            is_local: false,
            offset: record.offset,
            cut: record.cut,
        };
        if !self.speaker.state(&row, place, |event| out.event(event)) {
            return Reading::Unknown;
        }
        self.resaved |= row.instant().is_none();
        if self.messages.len() <= MOST_MESSAGES {
            let id = Guid::parse(row.get(Column::NetworkMessageId));
            self.messages.extend(id);
        }
        Reading::Recognised
    }

    fn finish(&mut self, rows: u64, out: &mut dyn Sink) {
        if self.resaved {
            out.remark(resaved());
        }
        let what = match self.messages.len() {
            MOST_MESSAGES => Some(format!("{MOST_MESSAGES} messages")),
            _ if LIMITS.contains(&rows) => Some(format!("{rows} rows")),
            _ => None,
        };
        if let Some(what) = what {
            out.remark(Remark::warning(format!(
                "The report holds exactly {what}, which is where Exchange Online cuts reports off, so others may be missing. Ask for a shorter time, or for fewer senders or recipients."
            )));
        }
        let rows = match self.speaker.unpaired {
            0 => return,
            1 => "In a row".to_owned(),
            rows => format!("In {rows} rows"),
        };
        out.remark(Remark::note(format!(
            "{rows}, it could not be told which recipient each part of recipient_status is about, so all of it is shown for each of them."
        )));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_tables_are_not_claimed() {
        for line in [
            // A tracking log of 2013 has as many columns.
            "2026-09-14T08:12:45.011Z,,,,,,,AGENT,AGENTINFO,1,<a1@fabrikam.example>,,bob@contoso.example,,7312,1,,,Win,,,,Incoming,,,,",
            "#Fields: date-time,client-ip,event-id,internal-message-id",
            "origin_timestamp_utc,sender_address,recipient_status",
            "date_time_utc,event,recipient_address",
            "date_time_utc and event_id in a text, or two",
            // A row of the summary, and one of words that are unknown.
            "2026-09-14T08:12:44.1937001Z,ann@contoso.example,\"bob@contoso.example##Receive, Deliver\",Plan,1,,,,,,",
            "2026-09-14T08:12:45.0110000Z,,,,,,,AGENT,WHO,1,,,,,,,,,,,,,,,,,",
        ] {
            let claim = ExchangeOnlineExtended.recognises(line.as_bytes());
            assert_eq!(claim, None, "{line}");
        }
    }

    #[test]
    fn the_usual_columns_are_all_known() {
        assert_eq!(USUAL.width(), 27);
        for column in [
            Column::DateTime,
            Column::EventId,
            Column::RecipientAddress,
            Column::OriginalClientIp,
            Column::CustomData,
        ] {
            assert!(USUAL.has(column), "{column:?}");
        }
    }
}
