//! Exchange Server's message tracking log, as Exchange 2019 writes it: 30 fields, UTC, RFC 4180's quotes
//! only where they are needed (formats.md 3).

use super::{Line, field, first, guid};
use crate::calendar::{DAY, Time};
use crate::fact::{Mail, Service, TransportFact};
use crate::world::Host;

const VERSION: &str = "15.02.1544.009";

const FIELDS: &str = "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version";

/// What a log begins with.
pub fn header(shown: Time) -> String {
    let mut line = Line::default();
    line.pushes(&[
        "\u{feff}#Software: Microsoft Exchange Server\r\n#Version: ",
        VERSION,
    ]);
    line.push("\r\n#Log-type: Message Tracking Log\r\n#Date: ");
    line.date_time(shown - shown.rem_euclid(DAY) + 52_000, 3);
    line.pushes(&["Z\r\n#Fields: ", FIELDS, "\r\n"]);
    String::from_utf8_lossy(&line.text).into_owned()
}

/// Who sends what the servers themselves have to say.
pub const POSTMASTER: &str = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.example";

/// A row.
pub fn write(host: &Host, shown: Time, fact: &TransportFact, mail: Option<&Mail>, line: &mut Line) {
    line.date_time(shown, 3);
    line.push("Z");
    let writer = Writer {
        tenant: "",
        server_ip: host.ip,
        longest_subject: usize::MAX,
    };
    columns(fact, mail, &writer, line);
    line.push(",Email,");
    guid(line, log_id(host, shown, fact));
    line.pushes(&[",", VERSION, "\r\n"]);
}

/// What differs between those who write such rows.
pub(crate) struct Writer {
    pub(crate) tenant: &'static str,
    pub(crate) server_ip: &'static str,
    /// In characters.
    pub(crate) longest_subject: usize,
}

/// The columns from client-ip to custom-data, which the extended report of Exchange Online has too.
pub(crate) fn columns(fact: &TransportFact, mail: Option<&Mail>, writer: &Writer, line: &mut Line) {
    let message_id = mail.map_or("", |mail| &mail.message_id);
    let subject = mail.map_or("", |mail| &mail.subject);
    let sender = mail.map_or("", |mail| &mail.sender);
    let client_ip = mail
        .filter(|_| fact.is_incoming)
        .map_or("", |mail| &mail.client.ip);
    // A notice is from the server itself, with nothing as its return path.
    let (from, path) = match sender {
        "" => (POSTMASTER, "<>"),
        sender => (sender, sender),
    };
    field(line, &fact.from.0);
    field(line, &fact.from.1);
    field(line, &fact.to.0);
    field(line, &fact.to.1);
    field(line, &fact.context);
    field(line, &fact.connector);
    field(line, fact.source);
    field(line, fact.event);
    line.push(",");
    line.number(fact.copy);
    match message_id {
        // What has none is given one.
        "" => {
            line.push(",<");
            guid(line, fact.network_id);
            line.push("@EX01.contoso.example>");
        }
        message_id => field(line, message_id),
    }
    line.push(",");
    guid(line, fact.network_id);
    let mut list = String::new();
    for (at, (recipient, _)) in fact.recipients.iter().enumerate() {
        list.push_str(if at > 0 { ";" } else { "" });
        list.push_str(recipient);
    }
    field(line, &list);
    list.clear();
    if fact.recipients.iter().any(|(_, status)| !status.is_empty()) {
        for (at, (_, status)) in fact.recipients.iter().enumerate() {
            list.push_str(if at > 0 { ";" } else { "" });
            list.push_str(status);
        }
    }
    field(line, &list);
    line.push(",");
    line.number(mail.map_or(0, |mail| mail.size));
    line.push(",");
    line.number(fact.recipients.len() as u64);
    field(line, fact.related.as_deref().unwrap_or(""));
    field(line, &fact.reference);
    field(line, first(subject, writer.longest_subject));
    field(line, from);
    field(line, path);
    field(line, &fact.info);
    field(
        line,
        if fact.is_incoming {
            "Incoming"
        } else {
            "Originating"
        },
    );
    field(line, writer.tenant);
    field(line, client_ip);
    field(
        line,
        if fact.is_incoming {
            writer.server_ip
        } else {
            ""
        },
    );
    field(line, &fact.custom);
}

/// A row's id is its own: of the server, the copy, the instant and what it tells.
fn log_id(host: &Host, shown: Time, fact: &TransportFact) -> u128 {
    let mut id = u128::from(fact.copy) << 64 | shown as u128;
    let mut mix = |text: &str| {
        for byte in text.bytes() {
            id = (id ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    };
    mix(host.name);
    mix(fact.event);
    for (recipient, status) in &fact.recipients {
        mix(recipient);
        mix(status);
    }
    id
}

/// The server asks itself whether it works.
pub fn write_probe(host: &Host, shown: Time, service: Service, number: u64, line: &mut Line) {
    line.date_time(shown, 3);
    let event = match service {
        Service::Transport => ("SMTP", "HADISCARD"),
        Service::Delivery => ("STOREDRIVER", "DELIVER"),
        Service::Submission => ("STOREDRIVER", "NOTIFYMAPI"),
    };
    line.pushes(&[
        "Z,,",
        host.name,
        ",,",
        host.full_name,
        ",,,",
        event.0,
        ",",
        event.1,
        ",",
    ]);
    line.number(number >> 20);
    line.pushes(&[",<"]);
    line.number(number);
    line.pushes(&["@", host.full_name, ">,"]);
    guid(line, u128::from(number) << 40 | 7);
    let mailbox = "HealthMailbox0a1b2c3d4e5f60718293a4b5c6d7e8f9@contoso.example";
    line.pushes(&[
        ",",
        mailbox,
        ",,1234,1,,,Probe,inboundproxy@contoso.example,",
    ]);
    line.push("inboundproxy@contoso.example,,Originating,,,,,Email,");
    guid(line, u128::from(number) << 64 | shown as u128);
    line.pushes(&[",", VERSION, "\r\n"]);
}
