//! Get-MessageTrackingLog, saved by Windows PowerShell's Export-Csv: the tracking log's rows under other
//! names, by the second, in the time of the machine (formats.md 3.6). Whoever saved it knew that lists must
//! be joined, or they are lost.

use super::exchange_tracking::POSTMASTER;
use super::online::american;
use super::{Line, guid};
use crate::calendar::Time;
use crate::fact::{Mail, TransportFact};
use crate::world::Host;

const HEADER: &str = "\u{feff}#TYPE Selected.Microsoft.Exchange.Management.TransportLogSearchTasks.MessageTrackingEvent\r\n\"Timestamp\",\"ClientIp\",\"ClientHostname\",\"ServerIp\",\"ServerHostname\",\"SourceContext\",\"ConnectorId\",\"Source\",\"EventId\",\"InternalMessageId\",\"MessageId\",\"NetworkMessageId\",\"Recipients\",\"RecipientStatus\",\"TotalBytes\",\"RecipientCount\",\"RelatedRecipientAddress\",\"Reference\",\"MessageSubject\",\"Sender\",\"ReturnPath\",\"Directionality\",\"TenantId\",\"OriginalClientIp\",\"MessageInfo\",\"MessageLatency\",\"MessageLatencyType\",\"EventData\",\"TransportTrafficType\",\"SchemaVersion\"\r\n";

/// What an export begins with.
pub fn header() -> String {
    HEADER.to_owned()
}

pub fn write(host: &Host, shown: Time, fact: &TransportFact, mail: Option<&Mail>, line: &mut Line) {
    let (from, path) = match mail.map_or("", |mail| &*mail.sender) {
        "" => (POSTMASTER, "<>"),
        sender => (sender, sender),
    };
    let mut network_id = Line::default();
    guid(&mut network_id, fact.network_id);
    let network_id = String::from_utf8_lossy(&network_id.text).into_owned();
    let made_up = format!("<{network_id}@EX01.contoso.example>");
    let message_id = match mail.map_or("", |mail| &*mail.message_id) {
        "" => &made_up,
        message_id => message_id,
    };
    let joined = |of: fn(&(crate::fact::Text, crate::fact::Text)) -> &str| {
        let values: Vec<&str> = fact.recipients.iter().map(of).collect();
        values.join(";")
    };
    let has_states = fact.recipients.iter().any(|(_, state)| !state.is_empty());
    let states = if has_states {
        joined(|(_, state)| state)
    } else {
        String::new()
    };
    let values: [&str; 30] = [
        &american(shown + host.zone.offset(shown)),
        &fact.from.0,
        &fact.from.1,
        &fact.to.0,
        &fact.to.1,
        &fact.context,
        &fact.connector,
        fact.source,
        fact.event,
        &fact.copy.to_string(),
        message_id,
        &network_id,
        &joined(|(recipient, _)| recipient),
        &states,
        &mail.map_or(0, |mail| mail.size).to_string(),
        &fact.recipients.len().to_string(),
        fact.related.as_deref().unwrap_or(""),
        &fact.reference,
        mail.map_or("", |mail| &mail.subject),
        from,
        path,
        if fact.is_incoming {
            "Incoming"
        } else {
            "Originating"
        },
        "",
        mail.filter(|_| fact.is_incoming)
            .map_or("", |mail| &mail.client.ip),
        &fact.info,
        "",
        "None",
        &event_data(&fact.custom),
        "Email",
        "15.02.1544.009",
    ];
    for (place, value) in values.into_iter().enumerate() {
        line.push(if place > 0 { ",\"" } else { "\"" });
        line.push(&value.replace('"', "\"\""));
        line.push("\"");
    }
    line.push("\r\n");
}

/// `S:A=b;S:C=d` as PowerShell prints the pairs: `{[A, b], [C, d]}`.
fn event_data(custom: &str) -> String {
    let pairs = custom.split(';').filter_map(|pair| {
        let (name, value) = pair.strip_prefix("S:")?.split_once('=')?;
        Some(format!("[{name}, {value}]"))
    });
    let pairs: Vec<String> = pairs.collect();
    format!("{{{}}}", pairs.join(", "))
}
