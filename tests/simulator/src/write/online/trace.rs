//! Get-MessageTraceV2 in the forms that PowerShell saves, and Microsoft Graph's exchangeMessageTrace
//! (formats.md 2.0, 2.1, 2.4, 2.6): a row is a recipient.

use super::{Outcome, Recipient, Report, Traced};
use crate::calendar::civil;
use crate::truth::Status;
use crate::write::{Line, guid};

/// A row's status as PowerShell spells it.
pub(super) fn status(one: &Recipient) -> &'static str {
    match one.outcome {
        Outcome::Is(Status::Delivered) => "Delivered",
        Outcome::Is(Status::Pending) => "Pending",
        Outcome::Is(Status::Expanded) => "Expanded",
        Outcome::Is(Status::Failed) => "Failed",
        Outcome::Is(Status::FilteredAsSpam) => "FilteredAsSpam",
        Outcome::Is(Status::Quarantined) => "Quarantined",
        Outcome::Is(Status::GettingStatus) | Outcome::Open => "GettingStatus",
        Outcome::Resolved => "Resolved",
    }
}

/// The same as the page spells it.
pub(super) fn title(status: &'static str) -> &'static str {
    match status {
        "FilteredAsSpam" => "Filtered as spam",
        "GettingStatus" => "Getting status",
        status => status,
    }
}

/// The same as Graph spells it.
fn name(status: &'static str) -> String {
    let mut name = status.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}

/// A form in pages of so many rows.
pub(super) fn write(report: Report, page: usize, messages: &[Traced]) -> Vec<Vec<u8>> {
    let rows: Vec<(&Traced, &Recipient)> = messages
        .iter()
        .flat_map(|message| message.recipients.iter().map(move |one| (message, one)))
        .collect();
    let pages = rows.len().div_ceil(page).max(1);
    let mut out = Vec::new();
    for number in 0..pages {
        let rows = rows.iter().skip(number * page).take(page);
        let rows: Vec<(&Traced, &Recipient)> = rows.copied().collect();
        out.push(match report {
            Report::Json => json(&rows),
            Report::Graph => graph(&rows, number + 1 < pages),
            Report::PowerShell => table(&rows, false),
            _ => table(&rows, true),
        });
    }
    out
}

/// Export-Csv: Windows PowerShell's, with the type, in ASCII and American dates; or PowerShell 7's.
fn table(rows: &[(&Traced, &Recipient)], is_windows: bool) -> Vec<u8> {
    let mut line = Line::default();
    line.push(if is_windows {
        "#TYPE Selected.System.Management.Automation.PSCustomObject\r\n\"Organization\",\"MessageId\",\"Received\",\"SenderAddress\",\"RecipientAddress\",\"Subject\",\"Status\",\"ToIP\",\"FromIP\",\"Size\",\"MessageTraceId\",\"StartDate\",\"EndDate\",\"Index\"\r\n"
    } else {
        "\"Received\",\"SenderAddress\",\"RecipientAddress\",\"Subject\",\"Status\",\"ToIP\",\"FromIP\",\"Size\",\"MessageId\",\"MessageTraceId\"\r\n"
    });
    for (index, (message, one)) in rows.iter().enumerate() {
        let received = match is_windows {
            true => american(message.came),
            false => german(message.came),
        };
        let size = message.mail.size.to_string();
        let mut id = Line::default();
        guid(&mut id, message.network_id);
        let id = String::from_utf8_lossy(&id.text).into_owned();
        let index = index.to_string();
        let values: Vec<&str> = match is_windows {
            true => vec![
                "contoso.example",
                &message.mail.message_id,
                &received,
                message.sender(),
                &one.address,
                message.subject(),
                status(one),
                &one.to_ip,
                message.client_ip(),
                &size,
                &id,
                "9/10/2026 12:00:00 AM",
                "9/20/2026 12:00:00 AM",
                &index,
            ],
            false => vec![
                &received,
                message.sender(),
                &one.address,
                message.subject(),
                status(one),
                &one.to_ip,
                message.client_ip(),
                &size,
                &message.mail.message_id,
                &id,
            ],
        };
        for (place, value) in values.iter().enumerate() {
            line.push(if place > 0 { ",\"" } else { "\"" });
            line.push(&value.replace('"', "\"\""));
            line.push("\"");
        }
        line.push("\r\n");
    }
    if is_windows {
        // Whatever is not ASCII is lost.
        let text = String::from_utf8_lossy(&line.text);
        let lost = |c: char| if c.is_ascii() { c } else { '?' };
        return text.chars().map(lost).collect::<String>().into_bytes();
    }
    line.text
}

/// `9/14/2026 8:12:44 AM`.
pub(crate) fn american(at: i64) -> String {
    let now = civil(at);
    let (hour, half) = match now.hour {
        0 => (12, "AM"),
        1..12 => (now.hour, "AM"),
        12 => (12, "PM"),
        hour => (hour - 12, "PM"),
    };
    format!(
        "{}/{}/{} {hour}:{:02}:{:02} {half}",
        now.month, now.day, now.year, now.minute, now.second
    )
}

/// `14.09.2026 08:12:44`.
fn german(at: i64) -> String {
    let now = civil(at);
    format!(
        "{:02}.{:02}.{} {:02}:{:02}:{:02}",
        now.day, now.month, now.year, now.hour, now.minute, now.second
    )
}

/// ConvertTo-Json of PowerShell 7, compressed: an array, dates without a zone.
fn json(rows: &[(&Traced, &Recipient)]) -> Vec<u8> {
    let mut line = Line::default();
    line.push("[");
    for (index, (message, one)) in rows.iter().enumerate() {
        line.push(if index > 0 { ",{" } else { "{" });
        line.push("\"Received\":\"");
        line.date_time(message.came, 7);
        line.push("\",\"SenderAddress\":");
        text(&mut line, message.sender());
        line.push(",\"RecipientAddress\":");
        text(&mut line, &one.address);
        line.push(",\"Subject\":");
        text(&mut line, message.subject());
        line.pushes(&[",\"Status\":\"", status(one), "\",\"ToIP\":"]);
        text_or_null(&mut line, &one.to_ip);
        line.push(",\"FromIP\":");
        text_or_null(&mut line, message.client_ip());
        line.push(",\"Size\":");
        line.number(message.mail.size);
        line.push(",\"MessageId\":");
        text(&mut line, &message.mail.message_id);
        line.push(",\"MessageTraceId\":\"");
        guid(&mut line, message.network_id);
        line.push("\"}");
    }
    line.push("]\r\n");
    line.text
}

fn graph(rows: &[(&Traced, &Recipient)], goes_on: bool) -> Vec<u8> {
    let mut line = Line::default();
    line.push("{\"@odata.context\":\"https://graph.example/beta/$metadata#admin/exchange/tracing/messageTraces\",");
    if goes_on {
        line.push("\"@odata.nextLink\":\"https://graph.example/beta/admin/exchange/tracing/messageTraces?$skiptoken=1000\",");
    }
    line.push("\"value\":[");
    for (index, (message, one)) in rows.iter().enumerate() {
        line.push(if index > 0 {
            ",{\"id\":\""
        } else {
            "{\"id\":\""
        });
        guid(&mut line, message.network_id);
        line.push("\",\"senderAddress\":");
        text(&mut line, message.sender());
        line.push(",\"recipientAddress\":");
        text(&mut line, &one.address);
        line.push(",\"messageId\":");
        text(&mut line, &message.mail.message_id);
        line.push(",\"receivedDateTime\":\"");
        line.seconds(message.came);
        line.push("Z\",\"subject\":");
        text(&mut line, message.subject());
        line.push(",\"size\":");
        line.number(message.mail.size);
        line.push(",\"fromIP\":");
        text(&mut line, message.client_ip());
        line.push(",\"toIP\":");
        text(&mut line, &one.to_ip);
        line.pushes(&[",\"status\":\"", &name(status(one)), "\"}"]);
    }
    line.push("]}\n");
    line.text
}

/// A JSON string as .NET writes it: `<` and what is not ASCII are escaped.
pub(super) fn text(line: &mut Line, value: &str) {
    line.push("\"");
    for c in value.chars() {
        match c {
            '"' => line.push("\\\""),
            '\\' => line.push("\\\\"),
            '\n' => line.push("\\n"),
            '\r' => line.push("\\r"),
            c if c.is_ascii() && !matches!(c, '<' | '>' | '&' | '\'') => {
                line.push(c.encode_utf8(&mut [0; 4]));
            }
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    line.push(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    line.push("\"");
}

fn text_or_null(line: &mut Line, value: &str) {
    match value {
        "" => line.push("null"),
        value => text(line, value),
    }
}
