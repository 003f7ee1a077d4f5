//! What `Get-MessageTrackingLog | Export-Csv` writes of Exchange's message tracking logs (formats.md 3.6).
//! <https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/get-messagetrackinglog>
//!
//! The columns and what a row states are `exchange/row.rs`'s, as for the logs themselves, so that a log
//! and an export of it are the same evidence. This file knows what PowerShell makes of the columns:
//! names without dashes, times of the exporting machine, lists that a script has joined or lost, and
//! custom-data in brackets. JSON is not read.

use super::exchange::resaved;
use super::exchange::row::{Column, Layout, Place, Row, Speaker};
use super::exchange::{digest, event_data};
use super::powershell::{is_type_name, unwritten};
use super::table::{Header, Record, Rows, Table, is_rounded};
use super::{Claim, Format, Reader, Reading, Sink};
use crate::event::Kind;
use crate::remark::Remark;

pub struct ExchangeTrackingExport;

impl Format for ExchangeTrackingExport {
    fn id(&self) -> &'static str {
        "exchange_tracking_export"
    }

    fn title(&self) -> &'static str {
        "Exchange message tracking log from PowerShell (CSV)"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            r#""Timestamp","ClientIp","ClientHostname","ServerIp","ServerHostname","SourceContext","ConnectorId","Source","EventId","InternalMessageId","MessageId","NetworkMessageId","Recipients","RecipientStatus","TotalBytes","RecipientCount","RelatedRecipientAddress","Reference","MessageSubject","Sender","ReturnPath","Directionality","TenantId","OriginalClientIp","MessageInfo","MessageLatency","MessageLatencyType","EventData","TransportTrafficType","SchemaVersion""#,
            "EventId;Timestamp;Recipients",
            "PSComputerName\tTimestamp\tEventId\tInternalMessageId",
        ]
    }

    fn recognises(&self, line: &[u8]) -> Option<Claim> {
        let header = Header::with(line, TIME)?;
        layout(&header).is_some().then_some(Claim::Header)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Table::new(Export::default()))
    }
}

const TIME: &str = "timestamp";
/// An answer ends at so many rows where no more were asked for.
const LIMIT: u64 = 1_000;

/// The columns that are lists, and what PowerShell calls them.
const LISTS: [(Column, &str); 5] = [
    (Column::RecipientAddress, "Recipients"),
    (Column::RecipientStatus, "RecipientStatus"),
    (Column::RelatedRecipientAddress, "RelatedRecipientAddress"),
    (Column::Reference, "Reference"),
    (Column::CustomData, "EventData"),
];
/// Of them, those of addresses and ids, which scripts join with a separator of their choice.
const ADDRESSES: usize = 0;
const STATES: usize = 1;
const DATA: usize = 4;

fn layout(header: &Header) -> Option<Layout> {
    let layout = Layout::named(header.names());
    // Other tables of events have a time and a number for the event.
    let is_ours = header.has_all(&[TIME, "eventid"])
        && [
            Column::InternalMessageId,
            Column::RecipientAddress,
            Column::MessageSubject,
        ]
        .iter()
        .any(|column| layout.has(*column));
    is_ours.then_some(layout)
}

#[derive(Default)]
struct Export {
    layout: Option<Layout>,
    /// No column names the message.
    lacks_ids: bool,
    speaker: Speaker,
    resaved: bool,
    /// By place in [`LISTS`]: whether PowerShell wrote a type's name.
    lost: [bool; LISTS.len()],
    /// By place in [`LISTS`]: a list as the log writes it.
    rewritten: [Vec<u8>; LISTS.len()],
}

impl Export {
    fn read<'a>(&self, record: &Record<'a>) -> Option<Row<'a>> {
        let layout = self.layout.as_ref()?;
        Some(Row::new(layout, |place| record.get(place)))
    }
}

impl Rows for Export {
    fn header(&mut self, header: &Header) -> bool {
        let Some(layout) = layout(header) else {
            return false;
        };
        let ids = [
            Column::MessageId,
            Column::NetworkMessageId,
            Column::InternalMessageId,
        ];
        self.lacks_ids = !ids.iter().any(|column| layout.has(*column));
        self.layout = Some(layout);
        true
    }

    fn begins(&self, record: &Record<'_>) -> bool {
        self.read(record).is_some_and(|row| {
            row.stamp(true).is_some() && row.kind().is_some_and(|kind| kind != Kind::Other)
        })
    }

    fn row(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Reading {
        // PowerShell writes every column of every row: one that lacks some has lost a quote.
        let width = self.layout.as_ref().map_or(0, Layout::width);
        let is_torn = record.len() < width && !record.cut;
        let Some(mut row) = self.read(record).filter(|row| !is_torn && row.fits()) else {
            return Reading::Unknown;
        };
        if is_rounded(row.get(Column::InternalMessageId)) {
            // Many copies have the same first digits.
            row.clear(Column::InternalMessageId);
            self.resaved = true;
        }
        for ((column, _), lost) in LISTS.iter().zip(&mut self.lost) {
            if is_type_name(row.get(*column)) {
                row.clear(*column);
                *lost = true;
            }
        }
        let mut rewritten = std::mem::take(&mut self.rewritten);
        rewrite(&row, &mut rewritten);
        for ((column, _), text) in LISTS.iter().zip(&rewritten) {
            row.set(*column, text);
        }
        // Rows of one second about one message share this id.
        let own_id = self.lacks_ids.then(|| {
            let time = row.get(Column::DateTime);
            let (sender, subject) = (Column::SenderAddress, Column::MessageSubject);
            digest::made_up_id(time, row.get(sender), row.get(subject))
        });
        if let Some(id) = &own_id {
            row.set(Column::InternalMessageId, id.as_bytes());
        }
        let place = Place {
            host: &[],
            is_local: true,
            offset: record.offset,
            cut: record.cut,
        };
        let is_row = self.speaker.state(&row, place, |event| out.event(event));
        self.rewritten = rewritten;
        match is_row {
            true => Reading::Recognised,
            false => Reading::Unknown,
        }
    }

    fn finish(&mut self, rows: u64, out: &mut dyn Sink) {
        for ((_, name), _) in LISTS.iter().zip(self.lost).filter(|(_, lost)| *lost) {
            out.remark(unwritten(name));
        }
        if self.resaved {
            out.remark(resaved());
        }
        if self.lacks_ids {
            out.remark(Remark::warning(
                "This export has none of the columns MessageId, NetworkMessageId and InternalMessageId, so what happened to one message at different times cannot be joined. Export it anew with Select-Object *.",
            ));
        }
        if rows == LIMIT {
            out.remark(Remark::warning(format!(
                "The export holds exactly {rows} rows, which is where Get-MessageTrackingLog ends its answers, so others may be missing. Ask for all of them with -ResultSize Unlimited."
            )));
        }
        let rows = match self.speaker.unpaired {
            0 => return,
            1 => "In a row".to_owned(),
            rows => format!("In {rows} rows"),
        };
        out.remark(Remark::note(format!(
            "{rows}, it could not be told which recipient each part of RecipientStatus is about, so all of it is shown for each of them."
        )));
    }
}

/// Writes the lists of a row as the log does.
fn rewrite(row: &Row<'_>, rewritten: &mut [Vec<u8>; LISTS.len()]) {
    let mut between: &[u8] = &[];
    let mut count = 0;
    for (place, ((column, _), out)) in LISTS.iter().zip(rewritten).enumerate() {
        let text = row.get(*column);
        out.clear();
        match place {
            ADDRESSES => (count, between) = join_anew(text, out),
            STATES => join_states(text, between, count, out),
            DATA => event_data::rewrite(text, out),
            _ => drop(join_anew(text, out)),
        }
    }
}

/// Writes a list of addresses or Message-IDs with semicolons between its items. Gives how many they are,
/// and what stood between the first two.
///
/// Scripts join lists with `;`, `,`, `|` or spaces, all of which names and quoted local parts hold too:
/// only what has an address on both of its sides is taken for a separator.
fn join_anew<'a>(text: &'a [u8], out: &mut Vec<u8>) -> (usize, &'a [u8]) {
    let text = event_data::less_braces(text);
    let Some(last_at) = memchr::memrchr(b'@', text) else {
        out.extend_from_slice(text);
        return (usize::from(!text.is_empty()), &[]);
    };
    let (mut count, mut between): (usize, &[u8]) = (1, &[]);
    let (mut quoted, mut has_address) = (false, false);
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let can_end = has_address && !quoted && at < last_at;
        if !can_end || !separates(*byte) {
            quoted ^= *byte == b'"';
            has_address |= *byte == b'@';
            out.push(*byte);
            at += 1;
            continue;
        }
        let run = text.get(at..).unwrap_or_default();
        let len = run.iter().take_while(|byte| separates(**byte)).count();
        out.push(b';');
        if count == 1 {
            between = run.get(..len).unwrap_or_default();
        }
        (count, has_address) = (count + 1, false);
        at += len;
    }
    (count, between)
}

fn separates(byte: u8) -> bool {
    matches!(byte, b';' | b',' | b'|') || byte.is_ascii_whitespace()
}

/// Writes the recipients' states, which the script has joined as it has the recipients.
fn join_states(text: &[u8], between: &[u8], count: usize, out: &mut Vec<u8>) {
    let text = event_data::less_braces(text);
    // Lists of nothing.
    if text.iter().all(|byte| separates(*byte)) {
        return;
    }
    let ends = || memchr::memmem::find_iter(text, between);
    if between.is_empty() || between == b";" || ends().count() + 1 != count {
        out.extend_from_slice(text);
        return;
    }
    let mut start = 0;
    for end in ends() {
        out.extend_from_slice(text.get(start..end).unwrap_or_default());
        out.push(b';');
        start = end + between.len();
    }
    out.extend_from_slice(text.get(start..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    fn joined(text: &str) -> (String, usize, String) {
        let mut out = Vec::new();
        let (count, between) = join_anew(text.as_bytes(), &mut out);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&out), count, text(between))
    }

    #[test]
    fn lists_are_split_between_addresses_only() {
        let two = "ann@contoso.example;bob@contoso.example";
        for between in [";", ",", "|", " ", "; ", ", ", " | "] {
            let text = two.replace(';', between);
            let expected = (two.to_owned(), 2, between.to_owned());
            assert_eq!(joined(&text), expected, "{text}");
        }
        let braces = "{ann@contoso.example, bob@contoso.example}";
        assert_eq!(joined(braces).0, two);
        for whole in [
            "",
            "\"a, b\"@contoso.example",
            "Ann, of Contoso <ann@contoso.example>",
            "701;702",
            "ann@contoso.example, Contoso",
        ] {
            assert_eq!(joined(whole).0, whole);
            assert!(joined(whole).1 < 2, "{whole}");
        }
        let names = "ann@contoso.example; Bob, too <bob@contoso.example>";
        let apart = "ann@contoso.example;Bob, too <bob@contoso.example>";
        assert_eq!(joined(names).0, apart);
    }

    #[test]
    fn a_long_run_of_separators_is_looked_at_once() {
        let run = format!("{}@", ";".repeat(1 << 20));
        assert_eq!(joined(&run).0.len(), run.len());
        let list = "a@b ".repeat(1 << 18);
        assert_eq!(joined(&list).1, 1 << 18);
    }

    #[test]
    fn states_are_split_as_the_recipients_are() {
        let split = |text: &str, between: &str, count| {
            let mut out = Vec::new();
            join_states(text.as_bytes(), between.as_bytes(), count, &mut out);
            String::from_utf8(out).unwrap()
        };
        let (ok, no) = ("250 2.1.5 Recipient OK", "550 5.1.1 No, none");
        assert_eq!(split(&format!("{ok}, {ok}"), ", ", 2), format!("{ok};{ok}"));
        // A comma that is part of a text leaves all of it as it is.
        let doubtful = format!("{ok}, {no}");
        assert_eq!(split(&doubtful, ", ", 2), doubtful);
        assert_eq!(split(ok, "", 1), ok);
        assert_eq!(split(",", ", ", 2), "");
    }

    #[test]
    fn other_tables_are_not_claimed() {
        for line in [
            "Timestamp,EventId,Message,Level",
            "Timestamp,SessionId,LocalEndpoint,Recipients",
            "Received,SenderAddress,RecipientAddress,Status",
            "#Fields: date-time,client-ip,event-id,internal-message-id",
            "a timestamp in words",
        ] {
            let claim = ExchangeTrackingExport.recognises(line.as_bytes());
            assert_eq!(claim, None, "{line}");
        }
    }

    #[derive(Default)]
    struct Told(Vec<String>);

    impl Sink for Told {
        fn event(&mut self, _event: &Event<'_>) {}

        fn close(&mut self, _reading: Reading) {}

        fn remark(&mut self, remark: Remark) {
            self.0.push(remark.text);
        }
    }

    #[test]
    fn answers_that_end_at_the_limit_are_warned_of() {
        for (rows, warned) in [(999, false), (1_000, true), (1_001, false)] {
            let mut told = Told::default();
            Export::default().finish(rows, &mut told);
            assert_eq!(!told.0.is_empty(), warned, "{rows}");
        }
    }
}
