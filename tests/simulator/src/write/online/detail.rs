//! Message Trace's detail: Get-MessageTraceDetailV2 as a table, and Graph's getDetailsByRecipient. The
//! recipient stood in the question and is in no row (formats.md 2.2, 2.3, 2.6).

use super::trace::{american, text};
use super::{Detail, Recipient, Traced};
use crate::calendar::Time;
use crate::fact::TransportFact;
use crate::write::{Line, guid};

/// What the detail shows of an event about this recipient.
pub(super) fn of_recipient(at: Time, fact: &TransportFact, state: &str, one: &mut Recipient) {
    let server = &fact.to.1;
    let (event, action, text) = match (fact.source, fact.event) {
        ("STOREDRIVER", "RECEIVE") => ("Submit", "", "The message was submitted.".to_owned()),
        (_, "RECEIVE" | "DSN") => (
            "Receive",
            "",
            format!("Message received by: {server} using TLS1.2 with AES256"),
        ),
        (_, "DELIVER" | "DUPLICATEDELIVER") => (
            "Deliver",
            "",
            match state {
                "" => "The message was successfully delivered.".to_owned(),
                folder => format!("The message was successfully delivered to the folder: {folder}"),
            },
        ),
        (_, "SENDEXTERNAL") => (
            "Send external",
            "",
            format!(
                "Message sent to {server} at {} using TLS1.2 with AES256",
                fact.to.0
            ),
        ),
        (_, "SEND") => ("Send", "", format!("Message sent to {server}.")),
        (_, "FAIL") => ("Fail", "", reason(state)),
        (_, "DEFER") => ("Defer", "", reason(state)),
        (_, "MODERATORREJECT" | "MODERATIONEXPIRE") => (
            "Fail",
            "",
            reason("550 5.7.1 The moderator did not approve the message"),
        ),
        (_, "AGENTINFO") => match verdict(&fact.custom) {
            Some(found) => found,
            None => return,
        },
        _ => return,
    };
    let mut data = String::from("<root>");
    mep(&mut data, "ServerHostName", server);
    if fact.event == "RECEIVE" {
        mep(&mut data, "ClientIP", &fact.from.0);
        mep(&mut data, "ClientName", &fact.from.1);
    }
    if fact.event == "AGENTINFO" {
        for name in ["SFV", "DI", "SCL"] {
            if let Some(value) = value_of(&fact.custom, name) {
                mep(&mut data, name, value);
            }
        }
    }
    mep(&mut data, "CustomData", &fact.custom);
    data.push_str("</root>");
    one.details.push(Detail {
        at,
        event,
        action,
        text,
        data,
    });
}

/// What it shows of an event by which others take this recipient's place.
pub(super) fn of_related(at: Time, fact: &TransportFact, one: &mut Recipient) {
    let mut push = |event, text: &str| {
        one.details.push(Detail {
            at,
            event,
            action: "",
            text: text.to_owned(),
            data: "<root></root>".to_owned(),
        });
    };
    match fact.event {
        "EXPAND" => {
            push(
                "Expand DL",
                "The message was sent to a distribution group that was expanded.",
            );
            push(
                "Drop",
                "Reason: [{LED=250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded};{MSG=};{FQDN=};{IP=};{LRT=}]",
            );
        }
        "RESOLVE" => push("Resolve", "The recipient was resolved to another address."),
        "REDIRECT" => push("Redirect", "The message was redirected."),
        _ => {}
    }
}

fn reason(state: &str) -> String {
    match state.starts_with('[') {
        true => format!("Reason: {state}"),
        false => format!("Reason: [{{LED={state}}};{{MSG=}};{{FQDN=}};{{IP=}};{{LRT=}}]"),
    }
}

/// The filter's or a rule's word, where the detail shows one.
fn verdict(custom: &str) -> Option<(&'static str, &'static str, String)> {
    if custom.contains("AMA=EV") {
        return Some((
            "Malware",
            "",
            "Malware was found in the message.".to_owned(),
        ));
    }
    if custom.contains("TRA=ETR") {
        let text = "Transport rule: 'No passwords', ID: ('5f8a0000-0000-4000-8000-000000000002'), DLP policy: '', ID: (00000000-0000-0000-0000-000000000000)";
        return Some(("Transport rule", "Reject", text.to_owned()));
    }
    let scl = value_of(custom, "SCL")?;
    let action = match value_of(custom, "DI") {
        Some("SQ") => "Quarantine",
        _ => "",
    };
    let is_spam = scl.parse::<i64>().is_ok_and(|scl| scl >= 5);
    is_spam.then(|| ("Spam", action, format!("Spam confidence level: {scl}")))
}

fn value_of<'a>(custom: &'a str, name: &str) -> Option<&'a str> {
    let mut parts = custom.split(['|', ';']);
    parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

fn mep(data: &mut String, name: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    data.push_str("<MEP Name=\"");
    data.push_str(name);
    data.push_str(if name == "CustomData" {
        "\" Blob=\""
    } else {
        "\" String=\""
    });
    for c in value.chars() {
        match c {
            '&' => data.push_str("&amp;"),
            '<' => data.push_str("&lt;"),
            '>' => data.push_str("&gt;"),
            '"' => data.push_str("&quot;"),
            c => data.push(c),
        }
    }
    data.push_str("\"/>");
}

pub(super) fn table(messages: &[Traced]) -> Vec<u8> {
    let mut line = Line::default();
    line.push("\"Date\",\"MessageId\",\"MessageTraceId\",\"Event\",\"Action\",\"Detail\",\"Data\",\"FromIP\",\"ToIP\"\r\n");
    for message in messages {
        for one in &message.recipients {
            for detail in &one.details {
                line.pushes(&[
                    "\"",
                    &american(detail.at),
                    "\",\"",
                    &message.mail.message_id,
                ]);
                line.push("\",\"");
                guid(&mut line, message.network_id);
                line.push("\"");
                for value in [detail.event, detail.action, &detail.text, &detail.data] {
                    line.pushes(&[",\"", &value.replace('"', "\"\""), "\""]);
                }
                line.pushes(&[",\"", message.client_ip(), "\",\"", &one.to_ip, "\"\r\n"]);
            }
        }
    }
    line.text
}

/// An answer for each recipient of each message, one after the other.
pub(super) fn graph(messages: &[Traced]) -> Vec<u8> {
    let mut line = Line::default();
    for message in messages {
        for one in &message.recipients {
            line.push("{\"@odata.context\":\"https://graph.example/beta/$metadata#Collection(exchangeMessageTraceDetail)\",\"value\":[");
            for (place, detail) in one.details.iter().enumerate() {
                line.push(if place > 0 {
                    ",{\"id\":\""
                } else {
                    "{\"id\":\""
                });
                guid(&mut line, message.network_id);
                line.push("\",\"messageId\":");
                text(&mut line, &message.mail.message_id);
                line.push(",\"dateTime\":\"");
                line.seconds(detail.at);
                line.push("Z\",\"event\":");
                text(&mut line, detail.event);
                line.push(",\"action\":");
                text(&mut line, detail.action);
                line.push(",\"description\":");
                text(&mut line, &detail.text);
                line.push(",\"data\":");
                text(&mut line, &detail.data);
                line.push("}");
            }
            line.push("]}\n");
        }
    }
    line.text
}
