//! What restrictions, milters and before-queue filters do with a message that a client offers
//! (formats.md 4.4): refuse it, throw it away, hold it, send it elsewhere, or note something.
//!
//! `reject: RCPT from C: 554 5.7.1 <a>: Relay access denied; from=<b> to=<a> proto=ESMTP helo=<h>`

use memchr::memmem;

use super::{after_port, answer, client, keys};
use crate::event::{Event, Kind, List, Origin};

/// States what a restriction did; `None` if the line is of another kind, or was cut too early.
pub(super) fn read<'a>(
    origin: Origin,
    said: &'a [u8],
    ended: bool,
    event: impl Fn() -> Event<'a>,
) -> Option<Event<'a>> {
    let (action, rest) = action(said)?;
    if let Some(result) = action.strip_prefix(b"proxy-") {
        return proxy(result, rest, ended, event);
    }
    let milter = action.strip_prefix(b"milter-");
    let kind = match milter.unwrap_or(action) {
        b"reject" => Kind::Reject,
        b"discard" => Kind::Drop,
        b"hold" => Kind::Hold,
        b"redirect" => Kind::Redirect,
        action if milter.is_some() || NOTES.contains(&action) => Kind::Other,
        _ => return None,
    };
    let (stage, rest) = split_once(rest, b" from ")?;
    if !stage
        .first()
        .is_some_and(|byte| byte.is_ascii_uppercase() || *byte == b'.')
    {
        return None;
    }
    let (client_host, client_ip, rest) = client(rest)?;
    let rest = after_port(rest).strip_prefix(b": ")?;
    let (text, keys) = whole(rest, ended)?;
    let (mut reply_code, enhanced) = answer::codes(text);
    // postscreen tells clients that it has no time for to try again, and leaves the code out of its line.
    if origin == Origin::Postscreen && stage == b"CONNECT" && reply_code == 0 {
        reply_code = 421;
    }
    let (recipients, related) = match kind {
        Kind::Redirect => (List::One(target(text)?), some(keys.recipient)),
        _ => (some(keys.recipient), List::Empty),
    };
    Some(Event {
        kind,
        origin,
        name: if kind == Kind::Other { action } else { b"" },
        context: stage,
        connector: if milter.is_some() { b"milter" } else { b"" },
        client_host,
        client_ip,
        return_path: keys.sender,
        login: keys.login,
        recipients,
        related,
        reply_code,
        enhanced,
        text,
        ..event()
    })
}

/// `proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as QID; from=<a> to=<b> …`: what a filter before
/// the queue answered. That it accepted means that it did so for one recipient at least.
fn proxy<'a>(
    result: &[u8],
    rest: &'a [u8],
    ended: bool,
    event: impl Fn() -> Event<'a>,
) -> Option<Event<'a>> {
    let (stage, rest) = split_once(rest, b": ")?;
    let (text, keys) = whole(rest, ended)?;
    let (reply_code, enhanced) = answer::codes(text);
    let event = event();
    let (kind, id) = match result {
        b"accept" => (Kind::Pass, answer::next_id(text, true)),
        b"reject" => (Kind::Reject, answer::filter_id(text)),
        _ => return None,
    };
    Some(Event {
        kind,
        origin: Origin::Smtpd,
        id,
        context: stage,
        connector: b"proxy",
        return_path: keys.sender,
        login: keys.login,
        recipients: some(keys.recipient),
        reply_code,
        enhanced,
        text,
        ..event
    })
}

/// What a restriction may do that ends nothing (access(5), smtpd_log_access_permit_actions).
const NOTES: &[&[u8]] = &[
    b"bcc",
    b"delay",
    b"filter",
    b"hangup",
    b"info",
    b"pass",
    b"permit",
    b"prepend",
    b"reject_warning",
    b"replace",
    b"strip",
    b"warn",
    b"warning",
];

/// The word of action before the first `: `.
pub(super) fn action(said: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = said
        .iter()
        .take_while(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'))
        .count();
    let (action, rest) = said.split_at_checked(len)?;
    Some((action, rest.strip_prefix(b": ")?))
}

/// Text and values. Without values the text goes to the end, which a line that was cut does not show.
fn whole(text: &[u8], ended: bool) -> Option<(&[u8], keys::Keys<'_>)> {
    keys::split(text).or_else(|| ended.then(|| (text, keys::Keys::default())))
}

/// `<a@b>: Recipient address triggers REDIRECT c@d`
fn target(text: &[u8]) -> Option<&[u8]> {
    let mark = b"triggers REDIRECT ";
    let start = memmem::rfind(text, mark)? + mark.len();
    let target = text.get(start..)?;
    (!target.is_empty()).then_some(target)
}

pub(super) fn some(item: &[u8]) -> List<'_> {
    if item.is_empty() {
        List::Empty
    } else {
        List::One(item)
    }
}

fn split_once<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(text, mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}
