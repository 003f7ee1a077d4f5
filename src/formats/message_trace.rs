//! Message Trace's list: Get-MessageTrace and Get-MessageTraceV2, the Reporting Web Service, and
//! Microsoft Graph's exchangeMessageTrace, as table or as JSON (formats.md 2.1, 2.4 to 2.6).
//! <https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/get-messagetracev2>
//!
//! A row is one recipient of one message, with the status that Exchange Online gives it. StartDate and
//! EndDate are of the question and Index is of the page; none is read. The page's own export is another
//! format.

use super::exchange::{ONLINE, digest, row::number};
use super::json::Object;
use super::powershell::{self, Export, Row, is_header, is_object, stamp};
use super::table::is_rounded;
use super::{Claim, Format, Reader, Sink};
use crate::event::{Event, Guid, Kind, List, Origin};
use crate::remark::Remark;

pub struct MessageTrace;

impl Format for MessageTrace {
    fn id(&self) -> &'static str {
        "message_trace"
    }

    fn title(&self) -> &'static str {
        "Message Trace list from PowerShell or Graph (CSV, JSON)"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            r#""Organization","MessageId","Received","SenderAddress","RecipientAddress","Subject","Status","ToIP","FromIP","Size","MessageTraceId","StartDate","EndDate","Index""#,
            "Received;SenderAddress;RecipientAddress;Subject;Status",
            r#"{"MessageTraceId":"10000000-2000-4000-8000-000000000001","Received":"2026-09-14T08:12:44.1937001","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Status":"Delivered"}"#,
            r#"{"value":[{"id":"10000000-2000-4000-8000-000000000001","senderAddress":"ann@contoso.example","recipientAddress":"bob@contoso.example","receivedDateTime":"2026-09-14T08:12:44Z","status":"delivered"}]}"#,
        ]
    }

    fn recognises(&self, line: &[u8]) -> Option<Claim> {
        is_header::<Rows>(line, "recipientaddress").then_some(Claim::Header)
    }

    fn recognises_object(&self, object: &Object<'_>) -> bool {
        is_object::<Rows>(object)
    }

    fn reader(&self) -> Box<dyn Reader> {
        powershell::reader::<Rows>()
    }
}

/// Answers end at these many rows where no more were asked for (formats.md 2.1).
const LIMITS: [u64; 2] = [1_000, 5_000];

const TIME: usize = 0;
const SENDER: usize = 1;
const RECIPIENT: usize = 2;
const STATUS: usize = 3;
const SUBJECT: usize = 4;
const SIZE: usize = 5;
const MESSAGE_ID: usize = 6;
const TRACE_ID: usize = 7;
const FROM_IP: usize = 8;
const TO_IP: usize = 9;

#[derive(Default)]
struct Rows {
    /// A Message-ID that had to be rewritten.
    message_id: Vec<u8>,
}

impl Export for Rows {
    const NAMES: &'static [&'static [&'static str]] = &[
        &["Received", "ReceivedDateTime"],
        &["SenderAddress"],
        &["RecipientAddress"],
        &["Status"],
        &["Subject"],
        &["Size"],
        &["MessageId"],
        &["MessageTraceId", "Id"],
        &["FromIP"],
        &["ToIP"],
    ];

    fn is_row(has: &dyn Fn(&str) -> bool) -> bool {
        has("RecipientAddress")
            && has("Status")
            && !has("Event")
            && (has("Received") || has("ReceivedDateTime"))
            && (has("MessageTraceId") || has("SenderAddress"))
    }

    fn state(&mut self, row: &Row<'_>, out: &mut dyn Sink) -> bool {
        let Some(stamp) = stamp(row.get(TIME)) else {
            return false;
        };
        let (recipient, status) = (row.get(RECIPIENT), row.get(STATUS));
        let trace_id = row.get(TRACE_ID);
        // Half a row, or two that a lost quote has made one.
        let is_torn = !trace_id.is_empty() && Guid::parse(trace_id).is_none()
            || row.get(SIZE).iter().any(|byte| !byte.is_ascii_digit())
                && !is_rounded(row.get(SIZE));
        if status.is_empty() || is_torn {
            return false;
        }
        let message_id = message_id(row.get(MESSAGE_ID), &mut self.message_id);
        let (sender, subject) = (row.get(SENDER), row.get(SUBJECT));
        // Rows of one message that has no id share this one.
        let own_id = match (trace_id, message_id) {
            ([], []) => {
                let digest = digest::of_report(&[row.get(TIME), sender, subject]);
                format!("row {digest:08x}")
            }
            _ => String::new(),
        };
        let id = match (trace_id, message_id) {
            ([], []) => own_id.as_bytes(),
            ([], id) | (id, _) => id,
        };
        out.event(&Event {
            offset: row.offset,
            stamp,
            kind: Kind::Status,
            origin: Origin::MessageTrace,
            host: ONLINE,
            id: own_id.as_bytes(),
            message_id,
            network_message_id: Guid::parse(trace_id),
            sender,
            recipients: match recipient {
                [] => List::Empty,
                _ => List::One(recipient),
            },
            recipient_status: List::One(status),
            original_client_ip: row.get(FROM_IP),
            server_ip: row.get(TO_IP),
            subject,
            size: number(row.get(SIZE)),
            digest: digest::of_report(&[id, recipient, status]),
            cut: row.cut,
            ..Event::default()
        });
        true
    }

    fn finish(&mut self, rows: u64, out: &mut dyn Sink) {
        if LIMITS.contains(&rows) {
            out.remark(Remark::warning(format!(
                "The export holds exactly {rows} rows, which is where Message Trace cuts answers off, so others may be missing. Ask for the rest with -StartingRecipientAddress and -EndDate, or for a shorter time."
            )));
        }
    }
}

/// A Message-ID whose angle brackets were escaped twice (`\u003c`) has them again.
fn message_id<'a>(text: &'a [u8], rewritten: &'a mut Vec<u8>) -> &'a [u8] {
    let Some(inner) = text.strip_prefix(b"\\u003c") else {
        return text;
    };
    let inner = inner.strip_suffix(b"\\u003e").unwrap_or(inner);
    rewritten.clear();
    rewritten.push(b'<');
    rewritten.extend_from_slice(inner);
    rewritten.push(b'>');
    rewritten
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Reading;

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
    fn answers_that_end_at_a_limit_are_warned_of() {
        for (rows, warned) in [(999, false), (1_000, true), (1_001, false), (5_000, true)] {
            let mut told = Told::default();
            Rows::default().finish(rows, &mut told);
            assert_eq!(!told.0.is_empty(), warned, "{rows}");
        }
    }

    #[test]
    fn brackets_that_were_escaped_twice_are_brackets() {
        let mut rewritten = Vec::new();
        let escaped = b"\\u003ca@contoso.example\\u003e";
        assert_eq!(message_id(escaped, &mut rewritten), b"<a@contoso.example>");
        let plain = b"<a@contoso.example>";
        assert_eq!(message_id(plain, &mut rewritten), plain);
    }
}
