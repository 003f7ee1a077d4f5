//! Delivery lines: what became of one recipient in one attempt (formats.md 4.5).
//!
//! `to=<a>[, orig_to=<b>], relay=R[, conn_use=N], delay=T[, delays=a/b/c/d][, tls=…][, dsn=X.Y.Z], status=WORD (REASON)`

use memchr::memchr_iter;

use super::{address, answer, client, value};
use crate::event::{Enhanced, Event, Kind, List, Origin};
use crate::formats::scan::{cut_at, number};

/// States what a delivery line says; `None` if it is none or was cut before its status.
pub(super) fn read<'a>(
    daemon: &[u8],
    said: &'a [u8],
    event: impl Fn() -> Event<'a>,
) -> Option<Event<'a>> {
    let (recipient, rest) = address::read(said.strip_prefix(b"to=")?)?;
    let mut rest = rest.strip_prefix(b", ")?;
    let mut related = List::Empty;
    if let Some(original) = rest.strip_prefix(b"orig_to=") {
        let (original, after) = address::read(original)?;
        related = List::One(original);
        rest = after.strip_prefix(b", ")?;
    }
    let mut relay = &b""[..];
    let mut delay_ms = 0;
    let mut enhanced = Enhanced::NONE;
    let status = loop {
        let (key, after) = cut_at(rest, b'=')?;
        if key == b"status" {
            break after;
        }
        let (content, after) = value(after);
        match key {
            b"relay" => relay = content,
            b"delay" => delay_ms = millis(content),
            b"dsn" => enhanced = Enhanced::parse(content).unwrap_or_default(),
            _ => {}
        }
        rest = after;
    };
    let (word, reason) = cut_at(status, b' ').unwrap_or((status, b""));
    let (text, whole) = reason_of(reason);
    let relay = Relay::of(relay);
    let origin = origin(daemon, &relay);
    let next_id = if word == b"sent" {
        answer::next_id(text, whole)
    } else {
        b""
    };
    // A mailbox's LMTP server answers for each recipient: Dovecot's ends with `Saved`, and Cyrus' says that
    // the address is valid (RFC 3463, X.1.5), which no filter says of a whole message.
    let is_address_valid = daemon.ends_with(b"lmtp") && enhanced == ADDRESS_VALID;
    let is_saved = text.ends_with(b" Saved") || is_address_valid && next_id.is_empty();
    let (kind, name) = kind(word, origin, text, is_saved)?;
    Some(Event {
        kind,
        origin,
        name,
        recipients: List::One(recipient),
        related,
        next_id,
        server_host: relay.host,
        server_ip: relay.ip,
        server_port: relay.port,
        connector: relay.service,
        delay_ms,
        enhanced,
        reply_code: reply_code(text),
        text,
        ..event()
    })
}

/// 2.1.5, destination address valid (RFC 3463 3.2).
const ADDRESS_VALID: Enhanced = Enhanced(2_001_005);

/// Where a message was handed to: a host, or something on this one.
#[derive(Default)]
struct Relay<'a> {
    host: &'a [u8],
    ip: &'a [u8],
    port: u16,
    /// `local`, `virtual`, a pipe's service, `host[private/…]`, or `none`.
    service: &'a [u8],
}

impl<'a> Relay<'a> {
    fn of(text: &'a [u8]) -> Relay<'a> {
        match client(text) {
            Some((host, ip, rest)) if !ip.contains(&b'/') => Relay {
                host,
                ip,
                port: port(rest),
                ..Relay::default()
            },
            _ => Relay {
                service: text,
                ..Relay::default()
            },
        }
    }
}

/// The number of `:25`; 0 where there is none.
pub(super) fn port(text: &[u8]) -> u16 {
    let port = text.strip_prefix(b":").and_then(number);
    port.and_then(|(port, _)| u16::try_from(port).ok())
        .unwrap_or(0)
}

/// What kind of agent speaks. Services can be renamed, so for all but a few the relay tells.
fn origin(daemon: &[u8], relay: &Relay<'_>) -> Origin {
    match daemon {
        b"discard" => Origin::Discard,
        b"error" | b"retry" => Origin::Error,
        b"local" | b"virtual" | b"pipe" => Origin::Local,
        _ if matches!(relay.service, b"" | b"none") => Origin::Relay,
        _ => Origin::Local,
    }
}

/// What the status word means; `None` for one that Postfix does not have.
fn kind<'a>(
    word: &'a [u8],
    origin: Origin,
    text: &[u8],
    is_saved: bool,
) -> Option<(Kind, &'a [u8])> {
    let kind = match word {
        // Address probes are no mail (address_verification(7)).
        b"deliverable" | b"undeliverable" | b"undeliverable-but-not-cached" => {
            return Some((Kind::Other, word));
        }
        b"sent" | b"deferred" | b"bounced" | b"expired" | b"SOFTBOUNCE"
            if origin == Origin::Discard =>
        {
            Kind::Drop
        }
        b"sent" if text.starts_with(b"forwarded as ") => Kind::Redirect,
        b"sent" if origin == Origin::Local || is_saved => Kind::Deliver,
        b"sent" => Kind::Send,
        b"deferred" | b"SOFTBOUNCE" => Kind::Defer,
        b"bounced" | b"expired" => Kind::Fail,
        _ => return None,
    };
    Some((kind, b""))
}

/// The reason between its outermost parentheses, and whether it is whole: Postfix cuts long records.
fn reason_of(text: &[u8]) -> (&[u8], bool) {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"(").unwrap_or(text);
    match text.strip_suffix(b")") {
        Some(reason) => (reason, true),
        None => (text, false),
    }
}

/// The SMTP reply code that begins the reason or follows `host x[ip] said: `; 0 for none.
fn reply_code(reason: &[u8]) -> u16 {
    let said = |bracket| {
        let after = reason.get(bracket + 1..)?;
        let said = after.strip_prefix(b" said: ");
        answer::reply_code(said.or_else(|| after.strip_prefix(b" refused to talk to me: "))?)
    };
    answer::reply_code(reason)
        .or_else(|| memchr_iter(b']', reason).find_map(said))
        .unwrap_or(0)
}

/// Milliseconds of seconds such as `1.9`, `0.05` or `63495`.
fn millis(text: &[u8]) -> u32 {
    let Some((seconds, rest)) = number(text) else {
        return 0;
    };
    let digits = rest.strip_prefix(b".").unwrap_or_default();
    let digits = digits.iter().copied().take_while(u8::is_ascii_digit);
    let fraction = digits
        .chain(std::iter::repeat(b'0'))
        .take(3)
        .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    let millis = seconds.saturating_mul(1000).saturating_add(fraction);
    u32::try_from(millis).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(daemon: &'static str, said: &'static str) -> Event<'static> {
        read(daemon.as_bytes(), said.as_bytes(), Event::default)
            .unwrap_or_else(|| panic!("no delivery line: {said}"))
    }

    fn one(list: List<'_>) -> String {
        let mut items = Vec::new();
        list.for_each(|item| items.push(String::from_utf8_lossy(item).into_owned()));
        items.join("|")
    }

    #[test]
    fn every_field_of_a_delivery_line_is_read() {
        let event = delivery(
            "smtp",
            "to=<bob@fabrikam.example>, orig_to=<sales@contoso.example>, relay=mx.fabrikam.example[203.0.113.5]:25, conn_use=2, delay=1.9, delays=0.05/0.01/1.1/0.71, tls=dane/requiretls, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9F2A1C0D3E)",
        );
        assert_eq!((event.kind, event.origin), (Kind::Send, Origin::Relay));
        assert_eq!(one(event.recipients), "bob@fabrikam.example");
        assert_eq!(one(event.related), "sales@contoso.example");
        assert_eq!(event.server_host, b"mx.fabrikam.example");
        assert_eq!(event.server_ip, b"203.0.113.5");
        assert_eq!(event.connector, b"");
        assert_eq!(event.delay_ms, 1900);
        assert_eq!(event.enhanced, Enhanced::parse(b"2.0.0").unwrap());
        assert_eq!(event.reply_code, 250);
        assert_eq!(event.next_id, b"9F2A1C0D3E");
        assert_eq!(event.text, b"250 2.0.0 Ok: queued as 9F2A1C0D3E");
    }

    #[test]
    fn lines_of_old_releases_lack_brackets_delays_and_dsn() {
        let event = delivery(
            "local",
            "to=root@contoso.example, orig_to=root, relay=local, delay=0, status=sent (delivered to mailbox)",
        );
        assert_eq!((event.kind, event.origin), (Kind::Deliver, Origin::Local));
        assert_eq!(one(event.recipients), "root@contoso.example");
        assert_eq!(one(event.related), "root");
        assert_eq!(event.connector, b"local");
        assert_eq!(event.enhanced, Enhanced::NONE);
    }

    #[test]
    fn the_relay_tells_an_agent_that_ends_here_from_one_that_hands_on() {
        for (daemon, relay, origin, host, ip, connector) in [
            (
                "smtp",
                "mx.fabrikam.example[2001:db8::5]:25",
                Origin::Relay,
                "mx.fabrikam.example",
                "2001:db8::5",
                "",
            ),
            (
                "lmtp",
                "127.0.0.1[127.0.0.1]:24",
                Origin::Relay,
                "127.0.0.1",
                "127.0.0.1",
                "",
            ),
            (
                "lmtp",
                "mx1[private/dovecot-lmtp]",
                Origin::Local,
                "",
                "",
                "mx1[private/dovecot-lmtp]",
            ),
            (
                "lmtp",
                "mx1[/var/run/lmtp]",
                Origin::Local,
                "",
                "",
                "mx1[/var/run/lmtp]",
            ),
            ("smtp", "none", Origin::Relay, "", "", "none"),
            ("virtual", "virtual", Origin::Local, "", "", "virtual"),
            ("pipe", "dovecot", Origin::Local, "", "", "dovecot"),
            (
                "outbound",
                "mx.fabrikam.example[203.0.113.5]:25",
                Origin::Relay,
                "mx.fabrikam.example",
                "203.0.113.5",
                "",
            ),
            ("maildrop", "maildrop", Origin::Local, "", "", "maildrop"),
            ("error", "none", Origin::Error, "", "", "none"),
            ("retry", "none", Origin::Error, "", "", "none"),
            ("discard", "none", Origin::Discard, "", "", "none"),
        ] {
            let line =
                format!("to=<a@b.example>, relay={relay}, delay=1, dsn=4.0.0, status=deferred (x)");
            let event = read(daemon.as_bytes(), line.as_bytes(), Event::default).unwrap();
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            assert_eq!(event.origin, origin, "{daemon} {relay}");
            assert_eq!(text(event.server_host), host, "{daemon} {relay}");
            assert_eq!(text(event.server_ip), ip, "{daemon} {relay}");
            assert_eq!(text(event.connector), connector, "{daemon} {relay}");
        }
    }

    #[test]
    fn status_words_become_kinds() {
        for (daemon, status, kind, name) in [
            ("smtp", "sent (250 ok)", Kind::Send, ""),
            (
                "local",
                "sent (forwarded as 7C1E5A4B90)",
                Kind::Redirect,
                "",
            ),
            (
                "smtp",
                "deferred (connect to x: Connection timed out)",
                Kind::Defer,
                "",
            ),
            (
                "smtp",
                "SOFTBOUNCE (host x[192.0.2.1] said: 550 no)",
                Kind::Defer,
                "",
            ),
            (
                "smtp",
                "bounced (host x[192.0.2.1] said: 550 no)",
                Kind::Fail,
                "",
            ),
            ("smtp", "expired (too old)", Kind::Fail, ""),
            ("discard", "sent (contoso.example)", Kind::Drop, ""),
            ("smtp", "deliverable (250 ok)", Kind::Other, "deliverable"),
            ("error", "undeliverable (no)", Kind::Other, "undeliverable"),
            (
                "smtp",
                "undeliverable-but-not-cached (no)",
                Kind::Other,
                "undeliverable-but-not-cached",
            ),
        ] {
            let line = format!("to=<a@b.example>, relay=none, delay=1, dsn=4.0.0, status={status}");
            let event = read(daemon.as_bytes(), line.as_bytes(), Event::default).unwrap();
            assert_eq!(event.kind, kind, "{status}");
            assert_eq!(event.name, name.as_bytes(), "{status}");
        }
        for line in [
            "to=<a@b.example>, relay=none, delay=1, dsn=4.0.0, status=gone (x)",
            "to=<a@b.example>, relay=none, delay=1, dsn=4.0.0, stat",
            "to=<a@b.example>",
            "to=<a@b.exam",
            "too many errors",
        ] {
            assert!(
                read(b"smtp", line.as_bytes(), Event::default).is_none(),
                "{line}"
            );
        }
    }

    #[test]
    fn a_local_part_may_look_like_the_rest_of_the_line() {
        let event = delivery(
            "smtp",
            r#"to=<"x>, relay=none, status=sent (\" "@b.example>, relay=mx.b.example[192.0.2.5]:25, delay=1, dsn=5.1.1, status=bounced (no)"#,
        );
        assert_eq!(event.kind, Kind::Fail);
        assert_eq!(
            one(event.recipients),
            r#""x>, relay=none, status=sent (\" "@b.example"#
        );
    }

    #[test]
    fn the_reason_runs_to_the_last_parenthesis() {
        let event = delivery(
            "smtp",
            "to=<a@b.example>, relay=mx[192.0.2.5]:25, delay=1, dsn=5.1.1, status=bounced (host mx[192.0.2.5] said: 550-5.1.1 no :) such user 550 5.1.1 (id 7) (in reply to RCPT TO command))",
        );
        assert_eq!(
            event.text,
            b"host mx[192.0.2.5] said: 550-5.1.1 no :) such user 550 5.1.1 (id 7) (in reply to RCPT TO command)"
        );
        assert_eq!(event.reply_code, 550);
    }

    #[test]
    fn a_record_that_was_cut_keeps_its_reason_and_loses_half_an_id() {
        let event = delivery(
            "smtp",
            "to=<a@b.example>, relay=mx[192.0.2.5]:25, delay=1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9F2A",
        );
        assert_eq!(event.text, b"250 2.0.0 Ok: queued as 9F2A");
        assert_eq!(event.next_id, b"");
        let event = delivery("smtp", "to=<a@b.example>, relay=none, delay=1, status=sent");
        assert_eq!((event.kind, event.text), (Kind::Send, &b""[..]));
    }

    #[test]
    fn reply_codes_are_those_of_the_other_side() {
        for (reason, code) in [
            ("250 2.0.0 Ok", 250),
            ("250", 250),
            (
                "host mx[192.0.2.5] said: 450 4.2.0 <a@b.example>: Greylisted",
                450,
            ),
            (
                "host mx[192.0.2.5] refused to talk to me: 421-4.7.0 busy",
                421,
            ),
            (
                "delivery temporarily suspended: host mx[192.0.2.5] said: 452 4.3.1 full",
                452,
            ),
            (
                "SASL authentication failed; server mx[192.0.2.5] said: 535 5.7.8 no",
                535,
            ),
            ("connect to mx[192.0.2.5]:25: Connection timed out", 0),
            (
                "lost connection with mx[192.0.2.5] while sending RCPT TO",
                0,
            ),
            ("2500 bytes", 0),
            ("unknown user: \"550\"", 0),
        ] {
            assert_eq!(reply_code(reason.as_bytes()), code, "{reason}");
        }
    }

    #[test]
    fn delays_are_milliseconds() {
        for (text, expected) in [
            ("1.9", 1_900),
            ("0.05", 50),
            ("0.0004", 0),
            ("63495", 63_495_000),
            ("99999999999999999999", 0),
            ("9999999999", u32::MAX),
            ("", 0),
        ] {
            assert_eq!(millis(text.as_bytes()), expected, "{text}");
        }
    }
}
