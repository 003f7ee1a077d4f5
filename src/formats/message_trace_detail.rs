//! Message Trace's detail: Get-MessageTraceDetail and Get-MessageTraceDetailV2, and Microsoft Graph's
//! getDetailsByRecipient, as table or as JSON (formats.md 2.2, 2.3, 2.6).
//! <https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/get-messagetracedetailv2>
//!
//! A row is one event of one message for one recipient, who mostly stood in the question and not in the
//! row; whose event it is, is not decided here. The extended report is another format.

mod data;

use memchr::memmem;

use super::exchange::row::number;
use super::exchange::{ONLINE, answer, custom_data, digest, recipient_status::last_error};
use super::json::Object;
use super::powershell::{self, Export, Row, is_header, is_object, stamp};
use super::{Claim, Format, Reader, Sink};
use crate::event::{Agent, Di, Enhanced, Event, Folder, Guid, Kind, List, Origin, Sfv, Verdict};
use data::Data;

pub struct MessageTraceDetail;

impl Format for MessageTraceDetail {
    fn id(&self) -> &'static str {
        "message_trace_detail"
    }

    fn title(&self) -> &'static str {
        "Message Trace detail from PowerShell or Graph (CSV, JSON)"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "Date,MessageId,MessageTraceId,Event,Action,Detail,Data,FromIP,ToIP",
            "\"MessageTraceId\";\"Date\";\"Event\";\"Detail\"",
            r#"{"Date":"2026-09-14T08:12:45","MessageId":"<a1@contoso.example>","MessageTraceId":"10000000-2000-4000-8000-000000000001","Event":"Deliver","Action":"","Detail":"The message was successfully delivered.","Data":""}"#,
            r#"[{"id":"10000000-2000-4000-8000-000000000001","messageId":"<a1@contoso.example>","dateTime":"2026-09-14T08:12:45Z","event":"Deliver","action":"","description":"The message was successfully delivered.","data":""}]"#,
        ]
    }

    fn recognises(&self, line: &[u8]) -> Option<Claim> {
        is_header::<Rows>(line, "event").then_some(Claim::Header)
    }

    fn recognises_object(&self, object: &Object<'_>) -> bool {
        is_object::<Rows>(object)
    }

    fn reader(&self) -> Box<dyn Reader> {
        powershell::reader::<Rows>()
    }
}

const TIME: usize = 0;
const EVENT: usize = 1;
const ACTION: usize = 2;
const DETAIL: usize = 3;
const DATA: usize = 4;
const MESSAGE_ID: usize = 5;
const TRACE_ID: usize = 6;
const SENDER: usize = 7;
const RECIPIENT: usize = 8;
const FROM_IP: usize = 9;
const TO_IP: usize = 10;

#[derive(Default)]
struct Rows {
    data: Data,
}

impl Export for Rows {
    const NAMES: &'static [&'static [&'static str]] = &[
        &["Date", "DateTime"],
        &["Event"],
        &["Action"],
        &["Detail", "Description"],
        &["Data"],
        &["MessageId"],
        &["MessageTraceId", "Id"],
        &["SenderAddress"],
        &["RecipientAddress"],
        &["FromIP"],
        &["ToIP"],
    ];

    fn is_row(has: &dyn Fn(&str) -> bool) -> bool {
        has("Event")
            && (has("Detail") || has("Description"))
            && (has("Date") || has("DateTime"))
            && (has("MessageTraceId") || has("MessageId"))
    }

    fn state(&mut self, row: &Row<'_>, out: &mut dyn Sink) -> bool {
        let (name, detail) = (row.get(EVENT), row.get(DETAIL));
        let Some(stamp) = stamp(row.get(TIME)).filter(|_| !name.is_empty()) else {
            return false;
        };
        let (trace_id, message_id) = (row.get(TRACE_ID), row.get(MESSAGE_ID));
        if !trace_id.is_empty() && Guid::parse(trace_id).is_none() {
            return false;
        }
        self.data.read(row.get(DATA));
        let data = |name: &str| self.data.get(name);
        let (kind, agent) = kind(name);
        let gist = custom_data::gist(data("CustomData"));
        let said = said(kind, row, &self.data);
        let recipient = row.get(RECIPIENT);
        // The row of a group is about the group, whose members have rows of their own.
        let group = match (kind, data("RelatedRecipient")) {
            (Kind::Expand, []) => recipient,
            (_, related) => related,
        };
        let id = match trace_id {
            [] => message_id,
            id => id,
        };
        let first_of = |names: [&str; 2]| match data(names[0]) {
            [] => data(names[1]),
            value => value,
        };
        out.event(&Event {
            offset: row.offset,
            stamp,
            kind,
            origin: Origin::TraceDetail,
            host: ONLINE,
            name: match kind {
                Kind::Other => name,
                _ => &[],
            },
            message_id,
            network_message_id: Guid::parse(trace_id),
            sender: row.get(SENDER),
            return_path: data("ReturnPath"),
            recipients: match recipient {
                [] => List::Empty,
                _ if kind == Kind::Expand => List::Empty,
                _ => List::One(recipient),
            },
            related: match group {
                [] => List::Empty,
                _ => List::One(group),
            },
            client_ip: data("ClientIP"),
            client_host: data("ClientName"),
            original_client_ip: match (row.get(FROM_IP), data("CIP")) {
                ([], []) => gist.proxied_client_ip,
                ([], ip) | (ip, _) => ip,
            },
            server_ip: match (said.ip, row.get(TO_IP)) {
                ([], []) => data("OutboundProxyTargetIPAddress"),
                ([], ip) | (ip, _) => ip,
            },
            server_host: match (said.host, data("OutboundProxyTargetHostName")) {
                ([], []) => first_of(["ServerHostName", "MailboxServer"]),
                ([], host) | (host, _) => host,
            },
            connector: data("ConnectorId"),
            context: match kind {
                Kind::AgentInfo => name,
                _ => answer::name(data("SourceContext")),
            },
            recipient_count: u32::try_from(number(data("RcptCount"))).unwrap_or(0),
            reply_code: said.reply_code,
            enhanced: said.enhanced,
            text: said.text,
            delay_ms: gist.latency_ms,
            verdict: verdict(gist.verdict, kind, agent, row, &self.data),
            digest: digest::of_report(&[id, name, detail, recipient]),
            cut: row.cut,
            ..Event::default()
        });
        true
    }
}

/// What an event's name means, and the agent that it is of (formats.md 2.3). Names begin alike and end
/// as the page, PowerShell and Graph like (`Expand`, `Expand DL`, `Resolved`).
fn kind(name: &[u8]) -> (Kind, Agent) {
    const KINDS: [(&[u8], Kind, Agent); 17] = [
        (b"receive", Kind::Receive, Agent::None),
        (b"submit", Kind::Submit, Agent::None),
        (b"sendext", Kind::SendExternal, Agent::None),
        (b"send", Kind::Send, Agent::None),
        (b"deliver", Kind::Deliver, Agent::None),
        (b"fail", Kind::Fail, Agent::None),
        (b"defer", Kind::Defer, Agent::None),
        (b"drop", Kind::Drop, Agent::None),
        (b"expand", Kind::Expand, Agent::None),
        (b"transfer", Kind::Transfer, Agent::None),
        (b"resolve", Kind::Resolve, Agent::None),
        (b"redirect", Kind::Redirect, Agent::None),
        (b"spam", Kind::AgentInfo, Agent::Spam),
        (b"malware", Kind::AgentInfo, Agent::Malware),
        (b"transportrule", Kind::AgentInfo, Agent::Rule),
        (b"rule", Kind::AgentInfo, Agent::Rule),
        (b"dlp", Kind::AgentInfo, Agent::Rule),
    ];
    let begins = |start: &[u8]| {
        let letters = name.iter().filter(|byte| !byte.is_ascii_whitespace());
        let mut letters = letters.map(u8::to_ascii_lowercase);
        start.iter().all(|byte| letters.next() == Some(*byte))
    };
    let mut kinds = KINDS.iter().filter(|(start, ..)| begins(start));
    let found = kinds.next();
    found.map_or((Kind::Other, Agent::None), |(_, kind, agent)| {
        (*kind, *agent)
    })
}

/// What a row says of the outcome.
#[derive(Default)]
struct Said<'a> {
    text: &'a [u8],
    reply_code: u16,
    enhanced: Enhanced,
    /// The other side.
    host: &'a [u8],
    ip: &'a [u8],
}

/// The reason: `Reason: [{LED=550 5.1.10 …};{MSG=};{FQDN=mx.fabrikam.example};{IP=192.0.2.10};{LRT=}]`.
fn said<'a>(kind: Kind, row: &Row<'a>, data: &'a Data) -> Said<'a> {
    let detail = row.get(DETAIL);
    let has_reason = match kind {
        Kind::Fail | Kind::Defer | Kind::Drop | Kind::AgentInfo | Kind::Other => true,
        _ => memmem::find(detail, b"[{LED=").is_some(),
    };
    if !has_reason {
        return Said::default();
    }
    let led = memmem::find(detail, b"[{LED=").and_then(|at| detail.get(at..));
    let (text, host, ip) = match led {
        Some(reason) => {
            let text = match last_error(reason) {
                [] => part(reason, b"{MSG="),
                text => text,
            };
            let host = match part(reason, b"{FQDN=") {
                [] => until_bracket(reason, b"[LastAttemptedServerName="),
                host => host,
            };
            let ip = match part(reason, b"{IP=") {
                [] => until_bracket(reason, b"[LastAttemptedIP="),
                ip => ip,
            };
            (text, host, without_port(ip))
        }
        None => (after_reason(detail), &[][..], &[][..]),
    };
    let text = match text {
        [] if kind != Kind::AgentInfo => last_error(data.get("RecipientStatus")),
        [] => row.get(ACTION),
        text => text,
    };
    let (reply_code, enhanced) = match answer::is_answer(text) {
        true => answer::codes(text),
        false => (0, Enhanced::NONE),
    };
    Said {
        text: answer::reason(text),
        reply_code,
        enhanced,
        host,
        ip,
    }
}

/// `…{FQDN=mx.fabrikam.example}…`; empty where the text was cut off before.
fn part<'a>(reason: &'a [u8], name: &[u8]) -> &'a [u8] {
    between(reason, name, b'}')
}

fn until_bracket<'a>(reason: &'a [u8], name: &[u8]) -> &'a [u8] {
    between(reason, name, b']')
}

fn between<'a>(text: &'a [u8], name: &[u8], end: u8) -> &'a [u8] {
    let value = memmem::find(text, name).and_then(|at| text.get(at + name.len()..));
    let value = value.unwrap_or_default();
    let end = memchr::memchr(end, value);
    end.and_then(|end| value.get(..end))
        .unwrap_or_default()
        .trim_ascii()
}

/// `192.0.2.10:25` less its port.
fn without_port(ip: &[u8]) -> &[u8] {
    let mut parts = ip.splitn(2, |byte| *byte == b':');
    let (host, port) = (parts.next().unwrap_or_default(), parts.next());
    let is_port = port.is_some_and(|port| port.iter().all(u8::is_ascii_digit));
    if is_port { host } else { ip }
}

fn after_reason(detail: &[u8]) -> &[u8] {
    const REASON: &[u8] = b"Reason:";
    let reason = memmem::find(detail, REASON).and_then(|at| detail.get(at + REASON.len()..));
    reason.unwrap_or(detail).trim_ascii()
}

/// What filters found, and where the message went.
fn verdict(mut verdict: Verdict, kind: Kind, agent: Agent, row: &Row<'_>, data: &Data) -> Verdict {
    let detail = row.get(DETAIL);
    if agent != Agent::None {
        verdict = verdict.with_agent(agent);
    }
    let named = |text: &[u8], name: &str| text.eq_ignore_ascii_case(name.as_bytes());
    let sfv = Sfv::ALL
        .iter()
        .find(|sfv| named(data.get("SFV"), sfv.name()));
    if let Some(sfv) = sfv.filter(|sfv| **sfv != Sfv::None) {
        verdict = verdict.with_sfv(*sfv);
    }
    let di = Di::ALL.iter().find(|di| named(data.get("DI"), di.name()));
    if let Some(di) = di.filter(|di| **di != Di::None) {
        verdict = verdict.with_di(*di);
    }
    const LEVEL: &[u8] = b"Spam confidence level:";
    let level = memmem::find(detail, LEVEL).and_then(|at| detail.get(at + LEVEL.len()..));
    let level = match data.get("SCL") {
        [] => level.unwrap_or_default().trim_ascii(),
        level => level,
    };
    let level = level.strip_suffix(b".").unwrap_or(level);
    let level = std::str::from_utf8(level).ok();
    if let Some(level) = level.and_then(|level| level.parse().ok()) {
        verdict = verdict.with_scl(level);
    }
    if kind == Kind::Deliver {
        const FOLDER: &[u8] = b"folder:";
        let folder = memmem::find(detail, FOLDER).and_then(|at| detail.get(at + FOLDER.len()..));
        let folder = custom_data::folder(folder.unwrap_or_default().trim_ascii());
        if folder != Folder::None {
            verdict = verdict.with_folder(folder);
        }
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_known_however_they_are_written() {
        for (name, want) in [
            ("Receive", (Kind::Receive, Agent::None)),
            ("Send external", (Kind::SendExternal, Agent::None)),
            ("SendExternal", (Kind::SendExternal, Agent::None)),
            ("SEND", (Kind::Send, Agent::None)),
            ("Expand DL", (Kind::Expand, Agent::None)),
            ("Resolved", (Kind::Resolve, Agent::None)),
            ("Transport rule", (Kind::AgentInfo, Agent::Rule)),
            ("DLP rule", (Kind::AgentInfo, Agent::Rule)),
            ("Spam", (Kind::AgentInfo, Agent::Spam)),
            ("Sensitivity label", (Kind::Other, Agent::None)),
            ("", (Kind::Other, Agent::None)),
        ] {
            assert_eq!(kind(name.as_bytes()), want, "{name}");
        }
    }

    #[test]
    fn addresses_lose_their_port() {
        assert_eq!(without_port(b"192.0.2.10:25"), b"192.0.2.10");
        assert_eq!(without_port(b"192.0.2.10"), b"192.0.2.10");
        assert_eq!(without_port(b"2001:db8::1"), b"2001:db8::1");
    }

    #[test]
    fn what_was_cut_off_is_not_taken_for_whole() {
        assert_eq!(part(b"[{LED=4.4.7 x};{FQDN=mx.fab", b"{FQDN="), b"");
        assert_eq!(after_reason(b"Reason: gone"), b"gone");
        assert_eq!(after_reason(b"gone"), b"gone");
    }
}
