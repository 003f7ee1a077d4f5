//! Postfix, as it speaks to syslog (formats.md 4.3 to 4.6).
//!
//! Read are the lines that carry a message through its queue: `client=`, pickup's `uid=`, cleanup's
//! `message-id=`, what qmgr says, and the delivery lines (`delivery.rs`). Everything else that Postfix
//! is known to say (`unread.rs`) is counted and not read yet.
//! Which lines belong together is not decided here: an event names its host, instance and queue id.

mod address;
mod delivery;
mod unread;

use flate2::Crc;

use super::scan::{cut_at, number};
use super::{Format, Line, Reader, Reading, Sink};
use crate::event::{Event, Kind, List, Origin};
use crate::queue_id::postfix_long_id;

pub struct Postfix;

impl Format for Postfix {
    fn id(&self) -> &'static str {
        "postfix"
    }

    fn title(&self) -> &'static str {
        "Postfix (syslog)"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "Sep  4 08:12:42 mx1 postfix/smtpd[26150]: 4BDM2k5QVNzF7c: client=mail.contoso.example[192.0.2.10]",
            "2026-09-04T08:12:44.190234+02:00 mx1 postfix-out/smtp[26184]: 9F2A1C0D3E: to=<bob@fabrikam.example>, relay=mx.fabrikam.example[203.0.113.5]:25, delay=1.9, delays=0.05/0.01/1.1/0.71, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7C1E5A4B90)",
            "2026 Sep 04 08:12:44.190 mx1 mx1/outbound/qmgr[811]: 9F2A1C0D3E: removed",
            "<22>Sep 04 08:12:44 mx1 postfix/smtpd[26150]: NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 <bob@contoso.example>: Relay access denied; from=<eve@spam.example> to=<bob@contoso.example> proto=ESMTP helo=<h>",
        ]
    }

    /// Anything below a `postfix…` is Postfix's, policy services that it spawns excepted; below
    /// another name of an instance, its own daemons are. `smtpd` alone is OpenSMTPD.
    fn speaks(&self, program: &[u8]) -> bool {
        match tag(program) {
            (b"", daemon) => daemon == b"postfix",
            (path, daemon) => {
                let ours = path
                    .split(is_slash)
                    .any(|part| part.starts_with(b"postfix"));
                ours && !daemon.starts_with(b"policy") || DAEMONS.contains(&daemon)
            }
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Dialect)
    }
}

/// The programs of Postfix that log (postfix(1)), for instances that are not called `postfix…`.
const DAEMONS: &[&[u8]] = &[
    b"anvil",
    b"bounce",
    b"cleanup",
    b"discard",
    b"dnsblog",
    b"error",
    b"flush",
    b"lmtp",
    b"local",
    b"master",
    b"nqmgr",
    b"oqmgr",
    b"pickup",
    b"pipe",
    b"postdrop",
    b"postfix-script",
    b"postlogd",
    b"postscreen",
    b"postsuper",
    b"proxymap",
    b"qmgr",
    b"qmqpd",
    b"retry",
    b"scache",
    b"smtp",
    b"smtpd",
    b"spawn",
    b"tlsmgr",
    b"tlsproxy",
    b"trivial-rewrite",
    b"verify",
    b"virtual",
];

/// Every line stands for itself, so there is nothing to remember.
struct Dialect;

impl Reader for Dialect {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        let Some(envelope) = &line.envelope else {
            return Reading::Unknown;
        };
        let whole = once(envelope.text);
        let text = whole.strip_prefix(b"info: ").unwrap_or(whole);
        if is_alarm(text) {
            return Reading::Unread;
        }
        let Some((id, said)) = queue_id(text) else {
            return unread_if(unread::without_id(text));
        };
        if is_alarm(said) {
            return Reading::Unread;
        }
        if id == NO_QUEUE {
            return unread_if(unread::with_id(said));
        }
        let (path, daemon) = tag(envelope.program);
        let event = || Event {
            host: envelope.host,
            instance: instance(path, daemon),
            pid: envelope.pid,
            id,
            stamp: envelope.stamp,
            offset: line.offset,
            digest: digest(whole),
            cut: !line.ended,
            ..Event::default()
        };
        let stated = match said.first() {
            Some(b't') => delivery::read(daemon, said, event),
            Some(b'f') => queued(said, event),
            Some(b'r') => {
                removed(daemon, said, event).or_else(|| identified(said, line.ended, event))
            }
            Some(b'm') => identified(said, line.ended, event),
            Some(b'c') => received(said, event),
            Some(b'u') => picked_up(said, event),
            _ => None,
        };
        match stated {
            Some(event) => {
                out.event(&event);
                Reading::Recognised
            }
            None => unread_if(unread::with_id(said)),
        }
    }
}

fn unread_if(known: bool) -> Reading {
    if known {
        Reading::Unread
    } else {
        Reading::Unknown
    }
}

/// `client=C[, sasl_method=…][, sasl_username=…][, orig_queue_id=…][, orig_client=C]` of smtpd and qmqpd.
fn received<'a>(said: &'a [u8], event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
    let (client, mut rest) = value(said.strip_prefix(b"client=")?);
    let (client_host, client_ip) = peer(client)?;
    let mut event = Event {
        kind: Kind::Receive,
        origin: Origin::Smtpd,
        client_host,
        client_ip,
        ..event()
    };
    event.opened = postfix_long_id(event.id);
    while let Some((key, after)) = cut_at(rest, b'=') {
        let (content, after) = value(after);
        rest = after;
        match key {
            b"sasl_username" => event.login = content,
            b"orig_queue_id" => event.prior_id = content,
            b"orig_client" => event.original_client_ip = peer(content)?.1,
            _ => {}
        }
    }
    Some(event)
}

/// `uid=0 from=<root>[ orig_id=QID]` of pickup.
fn picked_up<'a>(said: &'a [u8], event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
    let (_, rest) = number(said.strip_prefix(b"uid=")?)?;
    let (return_path, rest) = address::sender(rest.strip_prefix(b" from=")?)?;
    let event = event();
    Some(Event {
        kind: Kind::Receive,
        origin: Origin::LocalPickup,
        opened: postfix_long_id(event.id),
        return_path,
        prior_id: rest.strip_prefix(b" orig_id=").unwrap_or_default(),
        ..event
    })
}

/// `message-id=<id>` and `resent-message-id=<id>` of cleanup.
///
/// The former names the message, the latter a copy of it that was sent on.
fn identified<'a>(said: &'a [u8], ended: bool, event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
    let resent = said.strip_prefix(b"resent-");
    let id = resent.unwrap_or(said).strip_prefix(b"message-id=")?;
    let id = without_line_end(id);
    // Half an id is another message's.
    if !ended && !id.ends_with(b">") {
        return None;
    }
    let event = event();
    let opened = postfix_long_id(event.id);
    let (message_id, reference) = match resent {
        Some(_) => (&b""[..], List::One(id)),
        None => (id, List::Empty),
    };
    Some(Event {
        kind: Kind::Identify,
        origin: Origin::Cleanup,
        opened,
        message_id,
        reference,
        ..event
    })
}

/// `from=<a>, size=5360, nrcpt=2 (queue active)` and `from=<a>, status=expired, returned to sender` of qmgr.
fn queued<'a>(said: &'a [u8], event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
    let (return_path, rest) = address::sender(said.strip_prefix(b"from=")?)?;
    let rest = rest.strip_prefix(b", ")?;
    if let Some(text) = rest.strip_prefix(b"status=") {
        let expired = text.starts_with(b"expired, ") || text.starts_with(b"force-expired, ");
        return expired.then(|| Event {
            kind: Kind::Expire,
            origin: Origin::QueueManager,
            return_path,
            text,
            ..event()
        });
    }
    let (size, rest) = number(rest.strip_prefix(b"size=")?)?;
    let (count, rest) = number(rest.strip_prefix(b", nrcpt=")?)?;
    rest.starts_with(b" (queue active").then(|| Event {
        kind: Kind::Queue,
        origin: Origin::QueueManager,
        return_path,
        size,
        recipient_count: u32::try_from(count).unwrap_or(u32::MAX),
        ..event()
    })
}

/// `removed` of qmgr: the queue entry ended. postsuper says the same when it throws a message away.
fn removed<'a>(daemon: &[u8], said: &[u8], event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
    (said == b"removed" && daemon != b"postsuper").then(|| Event {
        kind: Kind::Remove,
        origin: Origin::QueueManager,
        ..event()
    })
}

/// A tag's path and its last part, the daemon.
fn tag(program: &[u8]) -> (&[u8], &[u8]) {
    let Some(slash) = memchr::memrchr(b'/', program) else {
        return (b"", program);
    };
    let (path, daemon) = program.split_at_checked(slash).unwrap_or_default();
    (path, daemon.strip_prefix(b"/").unwrap_or(daemon))
}

/// The path up to its last part that begins with `postfix`, or its first part.
///
/// What follows names a service of the same instance (`postfix/submission/smtpd`), what precedes it
/// a machine (`mailhost/postfix/qmgr`).
fn instance<'a>(path: &'a [u8], daemon: &'a [u8]) -> &'a [u8] {
    if path.is_empty() {
        return daemon;
    }
    let mut end = path.len();
    loop {
        let here = path.get(..end).unwrap_or(path);
        let start = memchr::memrchr(b'/', here).map(|slash| slash + 1);
        let part = here.get(start.unwrap_or(0)..).unwrap_or_default();
        match start {
            _ if part.starts_with(b"postfix") => return here,
            Some(start) => end = start - 1,
            None => return path.split(is_slash).next().unwrap_or(path),
        }
    }
}

fn is_slash(byte: &u8) -> bool {
    *byte == b'/'
}

/// What stands in `message repeated 3 times: [ text ]`: to say a thing again makes it no truer.
fn once(text: &[u8]) -> &[u8] {
    let inner = || {
        let (_, rest) = number(text.strip_prefix(b"message repeated ")?)?;
        let inner = rest.strip_prefix(b" times: [")?.strip_suffix(b"]")?;
        Some(inner.trim_ascii())
    };
    inner().unwrap_or(text)
}

/// The same on every machine, which a hash that multiplies words is not.
fn digest(text: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(text);
    crc.sum()
}

/// Whether the text begins with a word of severity. Such lines tell the postmaster about Postfix, and
/// what they say of a message is said by another line too.
fn is_alarm(text: &[u8]) -> bool {
    match text.first() {
        Some(b'w') => text.starts_with(b"warning: "),
        Some(b'e') => text.starts_with(b"error: "),
        Some(b'f') => text.starts_with(b"fatal: "),
        Some(b'p') => text.starts_with(b"panic: "),
        _ => false,
    }
}

const NO_QUEUE: &[u8] = b"NOQUEUE";

/// The queue id before `: `, or `NOQUEUE`, and what follows.
fn queue_id(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = text
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let (id, rest) = text.split_at_checked(len)?;
    let rest = rest.strip_prefix(b": ")?;
    (is_id(id) || id == NO_QUEUE).then_some((id, rest))
}

/// Six or more letters and digits that are no word.
///
/// A true id is upper-case hexadecimal, or base 52 without vowels around a `z` (formats.md 4.3). This is
/// laxer because logs are shared with their ids disguised; Postfix itself writes what a line begins
/// with, and what follows the id must be one of its forms.
fn is_id(id: &[u8]) -> bool {
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    id.len() >= 6 && (id.iter().any(u8::is_ascii_digit) || id.iter().all(is_hex))
}

/// A value up to `, `, and what follows that.
fn value(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    loop {
        let Some(comma) = memchr::memchr(b',', text.get(end..).unwrap_or_default()) else {
            return (text, b"");
        };
        end += comma;
        let (value, rest) = text.split_at_checked(end).unwrap_or_default();
        match rest.strip_prefix(b", ") {
            Some(rest) => return (value, rest),
            None => end += 1,
        }
    }
}

/// Name and address of `name[ip]`, with or without `:port`. `unknown` is no name and no address.
fn peer(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (host, rest) = cut_at(text, b'[')?;
    let (ip, _port) = cut_at(rest, b']')?;
    let known = |name| if name == b"unknown" { &b""[..] } else { name };
    Some((known(host), known(ip)))
}

/// rsyslog writes a line feed, a tab or a carriage return inside a value as `#012`, `#011`, `#015`.
fn without_line_end(value: &[u8]) -> &[u8] {
    let mut value = value.trim_ascii_end();
    while let Some((rest, b"#012" | b"#011" | b"#015")) = value
        .split_last_chunk::<4>()
        .map(|(rest, last)| (rest, &last[..]))
    {
        value = rest.trim_ascii_end();
    }
    value
}
