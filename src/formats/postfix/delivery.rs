//! Delivery lines: what became of one recipient in one attempt (formats.md 4.5).
//!
//! `to=<a>[, orig_to=<b>], relay=R[, conn_use=N], delay=T[, delays=a/b/c/d][, tls=…][, dsn=X.Y.Z], status=WORD (REASON)`

use memchr::{memchr_iter, memmem};

use super::{address, peer, value};
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
    let (kind, name) = kind(word, origin, text)?;
    let next_id = if word == b"sent" {
        next_id(text, whole)
    } else {
        b""
    };
    Some(Event {
        kind,
        origin,
        name,
        recipients: List::One(recipient),
        related,
        next_id,
        server_host: relay.host,
        server_ip: relay.ip,
        connector: relay.service,
        delay_ms,
        enhanced,
        reply_code: reply_code(text),
        text,
        ..event()
    })
}

/// Where a message was handed to: a host, or something on this one.
#[derive(Default)]
struct Relay<'a> {
    host: &'a [u8],
    ip: &'a [u8],
    /// `local`, `virtual`, a pipe's service, `host[private/…]`, or `none`.
    service: &'a [u8],
}

impl<'a> Relay<'a> {
    fn of(text: &'a [u8]) -> Relay<'a> {
        match peer(text) {
            Some((host, ip)) if !ip.contains(&b'/') => Relay {
                host,
                ip,
                ..Relay::default()
            },
            _ => Relay {
                service: text,
                ..Relay::default()
            },
        }
    }
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
fn kind<'a>(word: &'a [u8], origin: Origin, text: &[u8]) -> Option<(Kind, &'a [u8])> {
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
        b"sent" if origin == Origin::Local => Kind::Deliver,
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
    let code = |text: &[u8]| {
        let (&[class @ b'2'..=b'5', tens, ones], rest) = text.split_first_chunk()? else {
            return None;
        };
        let stands_alone = matches!(rest.first(), None | Some(b' ' | b'-'));
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        let value = |digit| u16::from(digit - b'0');
        (digits && stands_alone).then(|| value(class) * 100 + value(tens) * 10 + value(ones))
    };
    let said = |bracket| {
        let after = reason.get(bracket + 1..)?;
        let said = after.strip_prefix(b" said: ");
        code(said.or_else(|| after.strip_prefix(b" refused to talk to me: "))?)
    };
    code(reason)
        .or_else(|| memchr_iter(b']', reason).find_map(said))
        .unwrap_or(0)
}

/// The id that the next system gave the message, in the words that systems have for it.
///
/// An id at the end of a reason that was cut may be half of one, and is none.
fn next_id(reason: &[u8], whole: bool) -> &[u8] {
    let words: [&[u8]; 4] = [b"queued as ", b"forwarded as ", b"OK id=", b"InternalId="];
    let after = words.iter().find_map(|words| {
        let start = memmem::find(reason, words)? + words.len();
        reason.get(start..)
    });
    let Some(after) = after else {
        return b"";
    };
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"<>()[],;\"'".contains(byte);
    match after.iter().position(is_end) {
        Some(end) => after.get(..end).unwrap_or_default(),
        None if whole => after.strip_suffix(b".").unwrap_or(after),
        None => b"",
    }
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
