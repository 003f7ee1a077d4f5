//! What header_checks(5) and body_checks(5) do, and the header that made them do it: often the only
//! place where a log has the subject (formats.md 4.4).
//!
//! `warning: header Subject: anything from C; from=<a> to=<b> proto=ESMTP helo=<h>[: text]`

use memchr::{memchr_iter, memmem};

use super::keys::Keys;
use super::{after_port, answer, client, reject};
use crate::event::{Event, Kind, List, Origin};

/// States what a check did; `None` if the line is of another kind, or was cut in the header.
pub(super) fn read<'a>(
    action: &'a [u8],
    rest: &'a [u8],
    origin: Origin,
    ended: bool,
    event: impl Fn() -> Event<'a>,
) -> Option<Event<'a>> {
    let action = action.strip_prefix(b"milter-header-").unwrap_or(action);
    let (class, rest) = crate::formats::scan::cut_at(rest, b' ')?;
    let connector = connector(class)?;
    let found = origin_of(rest);
    // smtp_header_checks name no client, and end the line with the header.
    let Found {
        content,
        client_host,
        client_ip,
        keys,
    } = match found {
        Some(found) => found,
        None if ended => Found {
            content: rest,
            ..Found::default()
        },
        None => return None,
    };
    let subject = subject(content)
        .filter(|_| class == b"header")
        .unwrap_or_default();
    let notes = matches!(action, b"info" | b"warning" | b"warn");
    let kind = match action {
        b"reject" => Kind::Reject,
        b"discard" => Kind::Drop,
        b"hold" => Kind::Hold,
        b"redirect" if !keys.remark.is_empty() => Kind::Redirect,
        _ if notes && class == b"header" => Kind::Header,
        _ if ACTIONS.contains(&action) => Kind::Other,
        _ => return None,
    };
    let text = match keys.remark {
        b"" if subject.is_empty() => content,
        _ if kind == Kind::Header && subject.is_empty() => content,
        remark => remark,
    };
    let (recipients, related) = match kind {
        Kind::Redirect => (List::One(keys.remark), reject::some(keys.recipient)),
        _ => (reject::some(keys.recipient), List::Empty),
    };
    let (reply_code, enhanced) = match kind {
        Kind::Reject => answer::codes(keys.remark),
        _ => Default::default(),
    };
    Some(Event {
        kind,
        origin,
        name: if kind == Kind::Other { action } else { b"" },
        context: class,
        connector,
        client_host,
        client_ip,
        return_path: keys.sender,
        login: keys.login,
        recipients,
        related,
        subject,
        reply_code,
        enhanced,
        text,
        ..event()
    })
}

/// Whether a text begins as a check's line does behind its action.
pub(super) fn is_class(text: &[u8]) -> bool {
    let class = text.split(|byte| *byte == b' ').next();
    class.is_some_and(|class| connector(class).is_some())
}

/// Which table was asked, by the part of the message that is named.
fn connector(class: &[u8]) -> Option<&'static [u8]> {
    Some(match class {
        b"header" => b"header check",
        b"body" => b"body check",
        b"content" | b"mime-error" => b"content check",
        _ => return None,
    })
}

const ACTIONS: &[&[u8]] = &[
    b"bcc",
    b"delay",
    b"filter",
    b"info",
    b"pass",
    b"prepend",
    b"redirect",
    b"replace",
    b"strip",
    b"warn",
    b"warning",
];

/// Postfix prints no more of a header than this (cleanup_message.c, `%.200s`).
const CONTENT: usize = 200;

/// What a check's line holds behind its class.
#[derive(Default)]
struct Found<'a> {
    content: &'a [u8],
    client_host: &'a [u8],
    client_ip: &'a [u8],
    keys: Keys<'a>,
}

/// Tells the header from what stands behind ` from C; from=<`.
///
/// The header and the greeting may hold the same, so the last that a header leaves room for is taken.
fn origin_of(text: &[u8]) -> Option<Found<'_>> {
    let mut last = None;
    for end in memmem::find_iter(text, b"; from=") {
        let before = text.get(..end)?;
        let Some(start) = memmem::rfind(before, b" from ") else {
            continue;
        };
        let named = before.get(start + b" from ".len()..)?;
        let (client_host, client_ip) = match client(named) {
            Some((host, ip, rest)) if after_port(rest).is_empty() => (host, ip),
            None if matches!(named, b"local" | b"unknown") => (&b""[..], &b""[..]),
            _ => continue,
        };
        let Some(keys) = Keys::read(text.get(end + 2..)?) else {
            continue;
        };
        if start > CONTENT && last.is_some() {
            break;
        }
        last = Some(Found {
            content: text.get(..start)?,
            client_host,
            client_ip,
            keys,
        });
    }
    last
}

/// What follows `Subject:`, in which Postfix shows a line end as `?`.
fn subject(header: &[u8]) -> Option<&[u8]> {
    let colon = memchr_iter(b':', header).next()?;
    let (name, value) = header.split_at_checked(colon)?;
    let value = value.strip_prefix(b":")?;
    name.eq_ignore_ascii_case(b"subject")
        .then(|| value.trim_ascii())
}
