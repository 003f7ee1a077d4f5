//! Postfix, as it speaks to syslog (formats.md 4.3 to 4.7).
//!
//! Read here are the lines that carry a message through its queue: `client=`, pickup's `uid=`, cleanup's
//! `message-id=`, and what qmgr says. Delivery lines (`delivery.rs`), refusals (`reject.rs`,
//! `header_check.rs`), notifications (`bounce.rs`), what people do (`postsuper.rs`) and what else is said
//! of a message (`session.rs`, `notes.rs`) have files of their own; what is said of connections and
//! daemons (`chatter.rs`) states nothing.
//! Which lines belong together is not decided here: an event names its host, instance and queue id.

mod address;
mod answer;
mod bounce;
mod chatter;
mod delivery;
mod header_check;
mod keys;
mod notes;
mod postsuper;
mod reject;
mod session;

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
    /// another name of an instance, its own daemons are. `smtpd` alone is OpenSMTPD, and Cyrus has
    /// daemons of the same names.
    fn speaks(&self, program: &[u8]) -> bool {
        match tag(program) {
            (b"", daemon) => daemon == b"postfix",
            (path, daemon) if path.split(is_slash).any(is_postfix) => {
                !daemon.starts_with(b"policy")
            }
            (path, daemon) => DAEMONS.contains(&daemon) && path != b"cyrus",
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Dialect::default())
    }
}

/// The programs by which Postfix is known where an instance is not called `postfix…` (postfix(1)).
const DAEMONS: &[&[u8]] = &[
    b"anvil",
    b"bounce",
    b"cleanup",
    b"discard",
    b"dnsblog",
    b"error",
    b"lmtp",
    b"local",
    b"nqmgr",
    b"oqmgr",
    b"pickup",
    b"pipe",
    b"postdrop",
    b"postfix-script",
    b"postlogd",
    b"postscreen",
    b"postsuper",
    b"qmgr",
    b"qmqpd",
    b"retry",
    b"scache",
    b"smtp",
    b"smtpd",
    b"tlsmgr",
    b"tlsproxy",
    b"trivial-rewrite",
    b"virtual",
];

/// Every line stands for itself, but for one: that a client went away names no message.
#[derive(Default)]
struct Dialect {
    sessions: session::Sessions,
}

impl Reader for Dialect {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        let Some(envelope) = &line.envelope else {
            return Reading::Unknown;
        };
        let whole = once(envelope.text);
        let text = whole.strip_prefix(b"info: ").unwrap_or(whole);
        let (alarm, text) = alarm(text);
        let (path, daemon) = tag(envelope.program);
        let event = |id| Event {
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
        let speaker = Speaker {
            daemon,
            ended: line.ended,
        };
        let process = (envelope.host, envelope.pid);
        let stated = match queue_id(text) {
            Some((id, said)) if id != NO_QUEUE => match alarm {
                b"" => {
                    match daemon {
                        b"smtpd" if said.starts_with(b"client=") => {
                            self.sessions.opened(process, id);
                        }
                        b"qmgr" => self.sessions.queued(envelope.host, id),
                        _ => {}
                    }
                    speaker.of_a_message(said, || event(id))
                }
                _ => Some(notes::alarm(alarm, said, speaker.origin(), || event(id))),
            },
            // Before 2.0, Postfix left out the NOQUEUE; of a proxy's answer it still does.
            found => {
                let said = found.map_or(text, |(_, said)| said);
                if daemon == b"smtpd"
                    && let Some(id) = self.sessions.broken(process, said)
                    && let Some(stated) = session::broken(said, || event(b""))
                {
                    out.event(&Event { id: &id, ..stated });
                    return Reading::Recognised;
                }
                let stated = reject::read(speaker.origin(), said, line.ended, || event(b""));
                if stated.is_none() && (!alarm.is_empty() || is_without_message(said)) {
                    return Reading::Recognised;
                }
                stated
            }
        };
        match stated {
            Some(event) => {
                out.event(&event);
                Reading::Recognised
            }
            None => Reading::Unknown,
        }
    }
}

/// Whether a line that names no message is one of Postfix's, severity words included.
fn is_without_message(said: &[u8]) -> bool {
    !alarm(said).0.is_empty() || chatter::is_chatter(said)
}

/// Who speaks, and whether to the end.
struct Speaker<'d> {
    daemon: &'d [u8],
    ended: bool,
}

impl Speaker<'_> {
    /// States what is said behind a queue id. The commonest forms are told by their first byte.
    fn of_a_message<'a>(&self, said: &'a [u8], event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
        let stated = match said.first() {
            Some(b't') => delivery::read(self.daemon, said, &event),
            Some(b'f') => queued(said, &event),
            Some(b'r') => {
                removed(self.daemon, said, &event).or_else(|| identified(said, self.ended, &event))
            }
            Some(b'm') => identified(said, self.ended, &event),
            Some(b'c') => received(said, self.ended, &event),
            Some(b'u') => picked_up(said, self.ended, &event),
            _ => None,
        };
        stated.or_else(|| self.of_its_fate(said, &event))
    }

    fn of_its_fate<'a>(&self, said: &'a [u8], event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
        if let Some((action, rest)) = reject::action(said) {
            let origin = self.origin();
            let stated = header_check::read(action, rest, origin, self.ended, &event)
                .or_else(|| reject::read(origin, said, self.ended, &event));
            if stated.is_some() {
                return stated;
            }
            // A severity word behind the id. Half a check's line is no warning.
            let (severity, text) = alarm(said);
            if !severity.is_empty() && (self.ended || !header_check::is_class(text)) {
                return Some(notes::alarm(severity, text, origin, event));
            }
        }
        postsuper::read(self.daemon, said, &event)
            .or_else(|| session::removed(said, &event))
            .or_else(|| session::broken(said, &event))
            .or_else(|| bounce::read(said, self.ended, &event))
            .or_else(|| notes::queue(said, &event))
            .or_else(|| notes::attempt(said, &event))
    }

    /// The part of Postfix that refuses, checks or warns.
    fn origin(&self) -> Origin {
        match self.daemon {
            b"cleanup" => Origin::Cleanup,
            b"postscreen" => Origin::Postscreen,
            b"smtp" | b"lmtp" => Origin::Relay,
            b"local" | b"virtual" | b"pipe" => Origin::Local,
            b"qmgr" | b"nqmgr" | b"oqmgr" => Origin::QueueManager,
            b"bounce" => Origin::Bounce,
            b"pickup" => Origin::LocalPickup,
            b"error" | b"retry" => Origin::Error,
            b"discard" => Origin::Discard,
            b"postsuper" => Origin::Postsuper,
            _ => Origin::Smtpd,
        }
    }
}

/// `client=C[, sasl_method=…][, sasl_username=…][, orig_queue_id=…][, orig_client=C]` of smtpd and qmqpd.
fn received<'a>(said: &'a [u8], ended: bool, event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
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
        let (content, next) = value(after);
        // The last value of a line that was cut may be half of one.
        if !ended && content.len() == after.len() {
            break;
        }
        match key {
            b"sasl_username" => event.login = content,
            b"orig_queue_id" => event.prior_id = content,
            b"orig_client" => event.original_client_ip = peer(content).unwrap_or_default().1,
            _ => {}
        }
        rest = next;
    }
    Some(event)
}

/// `uid=0 from=<root>[ orig_id=QID]` of pickup.
fn picked_up<'a>(said: &'a [u8], ended: bool, event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
    let (_, rest) = number(said.strip_prefix(b"uid=")?)?;
    let (return_path, rest) = address::sender(rest.strip_prefix(b" from=")?)?;
    let prior_id = rest.strip_prefix(b" orig_id=").filter(|_| ended);
    let event = event();
    Some(Event {
        kind: Kind::Receive,
        origin: Origin::LocalPickup,
        opened: postfix_long_id(event.id),
        return_path,
        prior_id: prior_id.unwrap_or_default(),
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
        if !expired {
            let noted = notes::queue(rest, event)?;
            return Some(Event {
                return_path,
                ..noted
            });
        }
        return Some(Event {
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
            _ if is_postfix(part) => return here,
            Some(start) => end = start - 1,
            None => return path.split(is_slash).next().unwrap_or(path),
        }
    }
}

fn is_slash(byte: &u8) -> bool {
    *byte == b'/'
}

fn is_postfix(part: &[u8]) -> bool {
    part.starts_with(b"postfix")
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

/// The word of severity that a text begins with, before or after its queue id, and what follows.
fn alarm(text: &[u8]) -> (&[u8], &[u8]) {
    let word: &[u8] = match text.first() {
        Some(b'w') => b"warning",
        Some(b'e') => b"error",
        Some(b'f') => b"fatal",
        Some(b'p') => b"panic",
        _ => return (b"", text),
    };
    let found = || {
        let (severity, rest) = text.split_at_checked(word.len())?;
        (severity == word).then_some((severity, rest.strip_prefix(b": ")?))
    };
    found().unwrap_or((b"", text))
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
    let (host, ip, _port) = client(text)?;
    Some((host, ip))
}

/// The same at the start of a text, and what follows; a port is part of that.
fn client(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (host, rest) = cut_at(text, b'[')?;
    let (ip, rest) = cut_at(rest, b']')?;
    let known = |name| if name == b"unknown" { &b""[..] } else { name };
    if host.contains(&b' ') {
        return None;
    }
    Some((known(host), known(ip), rest))
}

/// What follows `:25`, if a port is there.
fn after_port(text: &[u8]) -> &[u8] {
    let port = text.strip_prefix(b":").and_then(number);
    port.map_or(text, |(_, rest)| rest)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::Stamp;
    use crate::formats::{claimant, syslog};

    /// What a line came to: its reading, and the event with the fields that are not empty.
    #[derive(Default)]
    struct Stated(String);

    impl Sink for Stated {
        fn event(&mut self, event: &Event<'_>) {
            let mut words = vec![event.kind.name().to_owned(), event.origin.name().to_owned()];
            let mut list = |name: &str, items: &List<'_>| {
                items.for_each(|item| {
                    if !item.is_empty() {
                        words.push(format!("{name}={}", String::from_utf8_lossy(item)));
                    }
                });
            };
            for (name, field) in [
                ("host", event.host),
                ("instance", event.instance),
                ("id", event.id),
                ("prior", event.prior_id),
                ("next", event.next_id),
                ("message-id", event.message_id),
                ("return-path", event.return_path),
                ("login", event.login),
                ("client", event.client_host),
                ("ip", event.client_ip),
                ("original", event.original_client_ip),
                ("text", event.text),
                ("name", event.name),
                ("context", event.context),
                ("connector", event.connector),
                ("subject", event.subject),
                ("server", event.server_host),
                ("server-ip", event.server_ip),
            ] {
                list(name, &List::One(field));
            }
            list("to", &event.recipients);
            list("related", &event.related);
            list("reference", &event.reference);
            let enhanced = event.enhanced.to_string();
            list("enhanced", &List::One(enhanced.as_bytes()));
            for (name, number) in [
                ("size", event.size),
                ("count", event.recipient_count.into()),
                ("code", event.reply_code.into()),
            ] {
                if number > 0 {
                    words.push(format!("{name}={number}"));
                }
            }
            self.0 = words.join(" ");
        }

        fn close(&mut self, _reading: Reading) {}
    }

    fn read_line(bytes: &[u8], ended: bool) -> (Reading, String) {
        let line = Line {
            offset: 0,
            bytes,
            ended,
            envelope: None,
        };
        let mut stated = Stated::default();
        let reading = syslog::reader().line(&line, &mut stated);
        (reading, stated.0)
    }

    fn said(tag: &str, text: &str) -> (Reading, String) {
        read_line(
            format!("Sep  4 08:12:44 mx1 {tag}[7]: {text}").as_bytes(),
            true,
        )
    }

    fn stated(tag: &str, text: &str) -> String {
        let (reading, stated) = said(tag, text);
        assert_eq!(reading, Reading::Recognised, "{tag}: {text}");
        stated
    }

    #[test]
    fn receipts_name_the_client_and_its_login() {
        assert_eq!(
            stated(
                "postfix/smtpd",
                "9F2A1C0D3E: client=mail.contoso.example[192.0.2.10]"
            ),
            "RECEIVE smtpd host=mx1 instance=postfix id=9F2A1C0D3E client=mail.contoso.example ip=192.0.2.10"
        );
        assert_eq!(
            stated(
                "postfix/submission/smtpd",
                "9F2A1C0D3E: client=unknown[2001:db8::7]:50123, sasl_method=PLAIN, sasl_username=ann@contoso.example"
            ),
            "RECEIVE smtpd host=mx1 instance=postfix id=9F2A1C0D3E login=ann@contoso.example ip=2001:db8::7"
        );
        assert_eq!(
            stated(
                "postfix/smtpd",
                "9F2A1C0D3E: client=localhost[127.0.0.1], orig_queue_id=7C1E5A4B90, orig_client=mail.contoso.example[192.0.2.10]"
            ),
            "RECEIVE smtpd host=mx1 instance=postfix id=9F2A1C0D3E prior=7C1E5A4B90 client=localhost ip=127.0.0.1 original=192.0.2.10"
        );
        assert_eq!(
            stated(
                "postfix/pickup",
                "9F2A1C0D3E: uid=0 from=<root> orig_id=7C1E5A4B90"
            ),
            "RECEIVE pickup host=mx1 instance=postfix id=9F2A1C0D3E prior=7C1E5A4B90 return-path=root"
        );
    }

    #[test]
    fn message_ids_are_kept_as_logged() {
        for (logged, kept) in [
            ("<a@b.example>", " message-id=<a@b.example>"),
            ("<a@b.example>#012", " message-id=<a@b.example>"),
            ("<>", " message-id=<>"),
            ("a b c", " message-id=a b c"),
            ("=?utf-8?B?PGE+?=#015#012 ", " message-id==?utf-8?B?PGE+?="),
            ("", ""),
        ] {
            let expected =
                format!("message-id cleanup host=mx1 instance=postfix id=9F2A1C0D3E{kept}");
            assert_eq!(
                stated(
                    "postfix/cleanup",
                    &format!("9F2A1C0D3E: message-id={logged}")
                ),
                expected
            );
        }
        assert_eq!(
            stated(
                "postfix/cleanup",
                "9F2A1C0D3E: resent-message-id=<r@b.example>"
            ),
            "message-id cleanup host=mx1 instance=postfix id=9F2A1C0D3E reference=<r@b.example>"
        );
    }

    #[test]
    fn the_queue_manager_takes_up_and_lets_go() {
        assert_eq!(
            stated(
                "postfix/qmgr",
                "9F2A1C0D3E: from=<ann@contoso.example>, size=5360, nrcpt=2 (queue active)"
            ),
            "queue active qmgr host=mx1 instance=postfix id=9F2A1C0D3E return-path=ann@contoso.example size=5360 count=2"
        );
        assert_eq!(
            stated(
                "postfix/qmgr",
                "9F2A1C0D3E: from=<>, size=5360, nrcpt=1 (queue active)"
            ),
            "queue active qmgr host=mx1 instance=postfix id=9F2A1C0D3E return-path=<> size=5360 count=1"
        );
        assert_eq!(
            stated(
                "postfix/qmgr",
                "9F2A1C0D3E: from=<ann@contoso.example>, status=force-expired, returned to sender"
            ),
            "expired qmgr host=mx1 instance=postfix id=9F2A1C0D3E return-path=ann@contoso.example text=force-expired, returned to sender"
        );
        assert_eq!(
            stated("postfix/qmgr", "9F2A1C0D3E: removed"),
            "removed qmgr host=mx1 instance=postfix id=9F2A1C0D3E"
        );
        for (text, expected) in [
            (
                "9F2A1C0D3E: skipped, still being delivered",
                "OTHER qmgr host=mx1 instance=postfix id=9F2A1C0D3E text=skipped, still being delivered name=skipped",
            ),
            (
                "9F2A1C0D3E: from=<a@b.example>, status=deferred (bounce failed)",
                "OTHER qmgr host=mx1 instance=postfix id=9F2A1C0D3E return-path=a@b.example text=deferred (bounce failed) name=deferred",
            ),
            (
                "9F2A1C0D3E: status=deferred (bounce failed)",
                "OTHER qmgr host=mx1 instance=postfix id=9F2A1C0D3E text=deferred (bounce failed) name=deferred",
            ),
        ] {
            assert_eq!(stated("postfix/qmgr", text), expected);
        }
    }

    #[test]
    fn a_line_that_says_it_again_says_it_once() {
        let once = stated("postfix/qmgr", "9F2A1C0D3E: removed");
        let again = stated(
            "postfix/qmgr",
            "message repeated 3 times: [ 9F2A1C0D3E: removed]",
        );
        assert_eq!(once, again);
    }

    #[test]
    fn tags_tell_the_instance() {
        for (tag, instance) in [
            ("postfix/qmgr", "postfix"),
            ("postfix/submission/qmgr", "postfix"),
            ("postfix-out/qmgr", "postfix-out"),
            ("mailhost/postfix/qmgr", "mailhost/postfix"),
            ("mailhost/postfix-in/10025/qmgr", "mailhost/postfix-in"),
            ("mta/outbound/qmgr", "mta"),
            ("mta/qmgr", "mta"),
            ("postfix/postfix-script", "postfix"),
        ] {
            let (path, daemon) = super::tag(tag.as_bytes());
            assert_eq!(super::instance(path, daemon), instance.as_bytes(), "{tag}");
            assert!(Postfix.speaks(tag.as_bytes()), "{tag}");
        }
        for foreign in [
            "smtpd",
            "postfixadmin",
            "opendkim",
            "policyd-spf",
            "postfix/policy-spf",
            "cyrus/lmtp",
            "",
        ] {
            assert!(!Postfix.speaks(foreign.as_bytes()), "{foreign}");
        }
    }

    #[test]
    fn queue_ids_are_no_words() {
        for id in [
            "9F2A1C",
            "ABCDEF",
            "4BDM2k5QVNzF7c",
            "3bZLDk1V50z37Dv",
            "7E1AEC2C388XXXX",
        ] {
            assert_eq!(
                queue_id(format!("{id}: removed").as_bytes()),
                Some((id.as_bytes(), &b"removed"[..]))
            );
        }
        for text in [
            "9F2A1: removed",
            "removed: x",
            "statistics: x",
            "9F2A1C0D3E:removed",
            "9F2A1C0D3E",
            ": x",
            "12:34:56: x",
        ] {
            assert_eq!(queue_id(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn connections_and_daemons_state_nothing_and_the_rest_is_unknown() {
        for text in [
            "connect from unknown[192.0.2.7]",
            "disconnect from unknown[192.0.2.7] ehlo=1 quit=1 commands=2",
            "NOQUEUE: client=unknown[192.0.2.7]",
            "NOQUEUE: lost connection after CONNECT from unknown[192.0.2.7]",
            "lost connection after DATA (0 bytes) from unknown[192.0.2.7]",
            "warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: authentication failure",
            "warning: non-SMTP command from unknown[192.0.2.7]: Subject: 7C1E5A4B90: removed",
            "info: statistics: max connection rate 1/60s for (smtp:192.0.2.7) at Sep  4 08:12:44",
            "daemon started -- version 3.9.0, configuration /etc/postfix",
        ] {
            let expected = (Reading::Recognised, String::new());
            assert_eq!(said("postfix/smtpd", text), expected, "{text}");
        }
        for text in [
            "",
            "something never seen",
            "9F2A1C0D3E: something never seen",
            "9F2A1C0D3E: client=mail.contoso.exam",
            "9F2A1C0D3E: reject: something never seen",
            "9F2A1C0D3E: header Subject: x",
        ] {
            let expected = (Reading::Unknown, String::new());
            assert_eq!(said("postfix/smtpd", text), expected, "{text}");
        }
    }

    #[test]
    fn restrictions_refuse_and_note() {
        let head = "host=mx1 instance=postfix";
        for (tag, text, expected) in [
            (
                "postfix/smtpd",
                "NOQUEUE: reject: RCPT from unknown[192.0.2.7]:49152: 554 5.7.1 <a@b.example>: Relay access denied; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x> sasl_method=PLAIN sasl_username=ann",
                format!(
                    "reject smtpd {head} return-path=c@d.example login=ann ip=192.0.2.7 text=554 5.7.1 <a@b.example>: Relay access denied context=RCPT to=a@b.example enhanced=5.7.1 code=554"
                ),
            ),
            (
                "postfix/smtpd",
                "9F2A1C0D3E: reject: DATA from mx.d.example[192.0.2.7]: 550 5.5.3 <DATA>: Data command rejected: Multi-recipient bounce; from=<> to=<a@b.example> proto=ESMTP helo=<x>",
                format!(
                    "reject smtpd {head} id=9F2A1C0D3E return-path=<> client=mx.d.example ip=192.0.2.7 text=550 5.5.3 <DATA>: Data command rejected: Multi-recipient bounce context=DATA to=a@b.example enhanced=5.5.3 code=550"
                ),
            ),
            (
                "postfix/postscreen",
                "NOQUEUE: reject: CONNECT from [192.0.2.7]:1337: all server ports busy",
                format!(
                    "reject postscreen {head} ip=192.0.2.7 text=all server ports busy context=CONNECT code=421"
                ),
            ),
            (
                "postfix/smtpd",
                "NOQUEUE: discard: RCPT from unknown[unknown]: <a@b.example>: Recipient address triggers DISCARD action; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>",
                format!(
                    "DROP smtpd {head} return-path=c@d.example text=<a@b.example>: Recipient address triggers DISCARD action context=RCPT to=a@b.example"
                ),
            ),
            (
                "postfix/smtpd",
                "NOQUEUE: redirect: RCPT from x.example[192.0.2.7]: <a@b.example>: Recipient address triggers REDIRECT new@b.example; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>",
                format!(
                    "REDIRECT smtpd {head} return-path=c@d.example client=x.example ip=192.0.2.7 text=<a@b.example>: Recipient address triggers REDIRECT new@b.example context=RCPT to=new@b.example related=a@b.example"
                ),
            ),
            (
                "postfix/smtpd",
                "NOQUEUE: reject_warning: RCPT from unknown[192.0.2.7]: 450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.7]; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>",
                format!(
                    "OTHER smtpd {head} return-path=c@d.example ip=192.0.2.7 text=450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.7] name=reject_warning context=RCPT to=a@b.example enhanced=4.7.25 code=450"
                ),
            ),
            (
                "postfix/cleanup",
                "9F2A1C0D3E: milter-reject: END-OF-MESSAGE from x.example[192.0.2.7]: 5.7.1 Spam message rejected; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>",
                format!(
                    "reject cleanup {head} id=9F2A1C0D3E return-path=c@d.example client=x.example ip=192.0.2.7 text=5.7.1 Spam message rejected context=END-OF-MESSAGE connector=milter to=a@b.example enhanced=5.7.1"
                ),
            ),
            (
                "postfix/cleanup",
                "9F2A1C0D3E: milter-hold: END-OF-MESSAGE from x.example[192.0.2.7]: milter triggers HOLD action; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>",
                format!(
                    "hold cleanup {head} id=9F2A1C0D3E return-path=c@d.example client=x.example ip=192.0.2.7 text=milter triggers HOLD action context=END-OF-MESSAGE connector=milter to=a@b.example"
                ),
            ),
            (
                "postfix/smtpd",
                "proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as 7C1E5A4B90; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>",
                format!(
                    "passed smtpd {head} id=7C1E5A4B90 return-path=c@d.example text=250 2.0.0 Ok: queued as 7C1E5A4B90 context=END-OF-MESSAGE connector=proxy to=a@b.example enhanced=2.0.0 code=250"
                ),
            ),
            (
                "postfix/smtpd",
                "proxy-reject: END-OF-MESSAGE: ; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>",
                format!(
                    "reject smtpd {head} return-path=c@d.example context=END-OF-MESSAGE connector=proxy to=a@b.example"
                ),
            ),
        ] {
            assert_eq!(stated(tag, text), expected, "{text}");
        }
    }

    #[test]
    fn checks_show_the_subject_whatever_it_holds() {
        let head = "host=mx1 instance=postfix id=9F2A1C0D3E";
        for (text, expected) in [
            (
                "warning: header Subject: 7C1E5A4B90: removed from x.example[192.0.2.9]; from=<v@w.example> to=<y@z.example> proto=SMTP helo=<q>: no from unknown[192.0.2.7]; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>",
                format!(
                    "header cleanup {head} return-path=c@d.example ip=192.0.2.7 context=header connector=header check subject=7C1E5A4B90: removed from x.example[192.0.2.9]; from=<v@w.example> to=<y@z.example> proto=SMTP helo=<q>: no to=a@b.example"
                ),
            ),
            (
                "info: header subject: status=sent (250 ok) from local; from=<root@d.example> to=<a@b.example>: seen",
                format!(
                    "header cleanup {head} return-path=root@d.example text=seen context=header connector=header check subject=status=sent (250 ok) to=a@b.example"
                ),
            ),
            (
                "reject: header Subject: pills from x.example[192.0.2.7]; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>: 5.7.1 no pills here",
                format!(
                    "reject cleanup {head} return-path=c@d.example client=x.example ip=192.0.2.7 text=5.7.1 no pills here context=header connector=header check subject=pills to=a@b.example enhanced=5.7.1"
                ),
            ),
            (
                "milter-header-redirect: header X-Spam: Yes from x.example[192.0.2.7]; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>: new@b.example",
                format!(
                    "REDIRECT cleanup {head} return-path=c@d.example client=x.example ip=192.0.2.7 text=new@b.example context=header connector=header check to=new@b.example related=a@b.example"
                ),
            ),
            (
                "prepend: header X-Spam: Yes from x.example[192.0.2.7]; from=<> to=<a@b.example> proto=ESMTP helo=<x>: X-Junk: 1",
                format!(
                    "OTHER cleanup {head} return-path=<> client=x.example ip=192.0.2.7 text=X-Junk: 1 name=prepend context=header connector=header check to=a@b.example"
                ),
            ),
            (
                "warning: body http://a.example from x.example[192.0.2.7]; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>",
                format!(
                    "OTHER cleanup {head} return-path=c@d.example client=x.example ip=192.0.2.7 text=http://a.example name=warning context=body connector=body check to=a@b.example"
                ),
            ),
        ] {
            assert_eq!(
                stated("postfix/cleanup", &format!("9F2A1C0D3E: {text}")),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn what_else_is_said_of_a_message_is_told() {
        let head = "host=mx1 instance=postfix id=9F2A1C0D3E";
        for (daemon, text, expected) in [
            (
                "bounce",
                "9F2A1C0D3E: sender non-delivery notification: 7C1E5A4B90",
                format!(
                    "DSN bounce {head} text=sender non-delivery notification reference=7C1E5A4B90"
                ),
            ),
            (
                "bounce",
                "9F2A1C0D3E: sender notification failed to <a@b.example>: queue file write error",
                format!(
                    "OTHER bounce {head} text=sender notification failed to <a@b.example>: queue file write error name=notification failed"
                ),
            ),
            (
                "postsuper",
                "9F2A1C0D3E: removed",
                format!("deleted postsuper {head}"),
            ),
            (
                "postsuper",
                "9F2A1C0D3E: requeued",
                format!("requeued postsuper {head}"),
            ),
            (
                "postsuper",
                "9F2A1C0D3E: placed on hold",
                format!("hold postsuper {head}"),
            ),
            (
                "postsuper",
                "9F2A1C0D3E: released from hold",
                format!("released from hold postsuper {head}"),
            ),
            (
                "postsuper",
                "9F2A1C0D3E: expired",
                format!("OTHER postsuper {head} name=expired by postsuper"),
            ),
            (
                "cleanup",
                "9F2A1C0D3E: removed (canceled)",
                format!("canceled cleanup {head}"),
            ),
            (
                "cleanup",
                "9F2A1C0D3E: removed (discarded)",
                format!("DROP cleanup {head}"),
            ),
            (
                "smtpd",
                "9F2A1C0D3E: lost connection after DATA (1234 bytes) from unknown[192.0.2.7]",
                format!(
                    "canceled smtpd {head} ip=192.0.2.7 text=lost connection after DATA (1234 bytes) context=DATA (1234 bytes)"
                ),
            ),
            (
                "smtpd",
                "warning: 9F2A1C0D3E: queue file size limit exceeded",
                format!("OTHER smtpd {head} text=queue file size limit exceeded name=warning"),
            ),
            (
                "qmgr",
                "9F2A1C0D3E: warning: message has been queued for 2 days",
                format!("OTHER qmgr {head} text=message has been queued for 2 days name=warning"),
            ),
            (
                "smtp",
                "9F2A1C0D3E: host mx.d.example[192.0.2.5] said: 450 4.2.0 Greylisted (in reply to RCPT TO command)",
                format!(
                    "OTHER smtp {head} text=host mx.d.example[192.0.2.5] said: 450 4.2.0 Greylisted (in reply to RCPT TO command) name=attempt server=mx.d.example server-ip=192.0.2.5 enhanced=4.2.0 code=450"
                ),
            ),
        ] {
            let tag = format!("postfix/{daemon}");
            assert_eq!(stated(&tag, text), expected, "{text}");
        }
    }

    #[test]
    fn half_a_refusal_states_no_half_values() {
        let line = "Sep  4 08:12:44 mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from x.example[192.0.2.7]: 554 5.7.1 <a@b.example>: Relay access denied; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>";
        for len in 0..line.len() {
            let (_, stated) = read_line(&line.as_bytes()[..len], false);
            let whole =
                stated.contains("text=554 5.7.1 <a@b.example>: Relay access denied context");
            let sender = !stated.contains("return-path=") || stated.contains("=c@d.example ");
            let recipient = !stated.contains("to=") || stated.contains("to=a@b.example ");
            assert!(
                stated.is_empty() || whole && sender && recipient,
                "{stated}"
            );
        }
        let subject = "Sep  4 08:12:44 mx1 postfix/cleanup[7]: 9F2A1C0D3E: warning: header Subject: half a subj";
        let expected = (Reading::Unknown, String::new());
        assert_eq!(read_line(subject.as_bytes(), false), expected);
    }

    #[test]
    fn half_a_last_line_states_no_half_values() {
        let line = "Sep  4 08:12:44 mx1 postfix/qmgr[7]: 9F2A1C0D3E: from=<ann@contoso.example>, size=5360, nrcpt=2 (queue active)";
        for len in 0..line.len() - ")".len() - " active".len() {
            let (_, stated) = read_line(&line.as_bytes()[..len], false);
            assert_eq!(stated, "", "{len}");
        }
        let identified =
            b"Sep  4 08:12:44 mx1 postfix/cleanup[7]: 9F2A1C0D3E: message-id=<a@b.exam";
        assert_eq!(read_line(identified, false).0, Reading::Unknown);
        let received = b"Sep  4 08:12:44 mx1 postfix/smtpd[7]: 9F2A1C0D3E: client=a[192.0.2.1], orig_queue_id=7C1E5A4B90, sasl_username=ann@con";
        assert_eq!(
            read_line(received, false).1,
            "RECEIVE smtpd host=mx1 instance=postfix id=9F2A1C0D3E prior=7C1E5A4B90 client=a ip=192.0.2.1"
        );
    }

    #[test]
    fn every_event_says_where_it_stands() {
        struct Place;
        impl Sink for Place {
            fn event(&mut self, event: &Event<'_>) {
                assert_eq!(event.offset, 77);
                assert_eq!(event.pid, 26150);
                assert!(event.cut);
                // CRC-32 of "4BDM2k5QVNzF7c: removed", on every machine.
                assert_eq!(event.digest, digest(b"4BDM2k5QVNzF7c: removed"));
                assert_ne!(event.digest, digest(b"4BDM2k5QVNzF7d: removed"));
                assert_eq!(
                    event.stamp,
                    Stamp::Yearless {
                        month: 9,
                        day: 4,
                        micros: 29_564_000_000
                    }
                );
            }
            fn close(&mut self, _reading: Reading) {}
        }
        let line = Line {
            offset: 77,
            bytes: b"Sep  4 08:12:44 mx1 postfix/qmgr[26150]: 4BDM2k5QVNzF7c: removed",
            ended: false,
            envelope: None,
        };
        assert_eq!(
            syslog::reader().line(&line, &mut Place),
            Reading::Recognised
        );
        assert_eq!(digest(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn samples_are_claimed() {
        for sample in Postfix.samples() {
            let format = claimant(sample.as_bytes()).map(|format| format.id());
            assert_eq!(format, Some("postfix"), "{sample}");
            assert_ne!(
                read_line(sample.as_bytes(), true).0,
                Reading::Unknown,
                "{sample}"
            );
        }
    }

    const GOOD: &[&str] = &[
        "9F2A1C0D3E: client=a[192.0.2.1], sasl_method=PLAIN, sasl_username=a, orig_queue_id=7C1E5A4B90, orig_client=b[192.0.2.2]",
        "4BDM2k5QVNzF7c: to=<\"a b\"@c.example>, orig_to=<d@c.example>, relay=mx[192.0.2.5]:25, delay=1.9, delays=0/0/1/0.7, dsn=5.1.1, status=bounced (host mx[192.0.2.5] said: 550-5.1.1 no (in reply to RCPT TO command))",
        "4BDM2k5QVNzF7c: to=<a@c.example>, relay=none, delay=1, dsn=2.0.0, status=sent (250 Ok: queued as 7C1E5A4B90)",
        "9F2A1C0D3E: message-id=<a@b.example>#012",
        "9F2A1C0D3E: from=<a@b.example>, size=1, nrcpt=1 (queue active)",
        "9F2A1C0D3E: uid=0 from=<root> orig_id=7C1E5A4B90",
        "message repeated 2 times: [ 9F2A1C0D3E: removed]",
        "NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 <a@b.example>: no; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x> sasl_username=ann",
        "9F2A1C0D3E: warning: header Subject: x from a[192.0.2.1]; from=<c@d.example> to=<a@b.example> proto=ESMTP helo=<x>: y",
        "9F2A1C0D3E: lost connection after DATA (1234 bytes) from a[192.0.2.7]",
        "proxy-accept: END-OF-MESSAGE: 250 2.5.0 OK (1A2B3C4D5E6F7); from=<> to=<a@b.example> proto=ESMTP helo=<x>",
    ];

    proptest! {
        #[test]
        fn no_text_panics(text: Vec<u8>) {
            let mut line = b"Sep  4 08:12:44 mx1 postfix/smtp[7]: 9F2A1C0D3E: ".to_vec();
            line.extend(&text);
            read_line(&line, true);
            read_line(&text, false);
        }

        #[test]
        fn no_broken_line_panics(
            which in 0..GOOD.len(),
            at in 0usize..200,
            byte in prop_oneof![any::<u8>(), prop::sample::select(b"<>()[]\"\\,=: ".to_vec())],
            len in 0usize..260,
        ) {
            let mut text = GOOD[which].as_bytes().to_vec();
            if let Some(place) = text.get_mut(at) {
                *place = byte;
            }
            text.truncate(len);
            let mut line = b"Sep  4 08:12:44 mx1 postfix/smtp[7]: ".to_vec();
            line.extend(&text);
            read_line(&line, false);
        }
    }
}
