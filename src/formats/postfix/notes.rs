//! What is said of a message that ends nothing: an attempt that goes on with another host, a warning,
//! a word of the queue manager. Each is stated with its text, so that it stands in the message's story.

use memchr::memmem;

use super::delivery::port;
use super::{after_port, answer, client};
use crate::event::{Event, Kind, Origin};

/// A delivery agent on its way to a result: `host C said: …`, `lost connection with C while …`.
///
/// The delivery line that follows has the result, so no recipient is named here.
pub(super) fn attempt<'a>(said: &'a [u8], event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
    if !ON_THE_WAY.iter().any(|form| said.starts_with(form)) {
        return None;
    }
    let mut noted = Event {
        kind: Kind::Other,
        origin: Origin::Relay,
        name: b"attempt",
        text: said,
        ..event()
    };
    if let Some((host, ip, rest)) = other_side(said) {
        (noted.server_host, noted.server_ip) = (host, ip);
        noted.server_port = port(rest);
        let says: [&[u8]; 2] = [b" said: ", b" refused to talk to me: "];
        if let Some(answer) = says
            .iter()
            .find_map(|says| after_port(rest).strip_prefix(*says))
        {
            (noted.reply_code, noted.enhanced) = answer::codes(answer);
        }
    }
    Some(noted)
}

/// The host that an attempt was made with, and what follows it.
fn other_side(said: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let forms: [&[u8]; 4] = [
        b"host ",
        b"lost connection with ",
        b"conversation with ",
        b"SASL authentication failed; server ",
    ];
    let named = forms.iter().find_map(|form| said.strip_prefix(*form));
    named.and_then(client).or_else(|| {
        let workarounds = said.strip_prefix(b"enabling PIX workarounds")?;
        let mark = b" for ";
        client(workarounds.get(memmem::find(workarounds, mark)? + mark.len()..)?)
    })
}

const ON_THE_WAY: &[&[u8]] = &[
    b"host ",
    b"lost connection with ",
    b"conversation with ",
    b"connect to ",
    b"enabling PIX workarounds",
    b"SASL authentication failed",
    b"Cannot start TLS",
    b"TLS is required",
    b"Server certificate not ",
    b"breaking line ",
];

/// A warning or an error that names a message.
pub(super) fn alarm<'a>(
    severity: &'a [u8],
    text: &'a [u8],
    origin: Origin,
    event: impl Fn() -> Event<'a>,
) -> Event<'a> {
    Event {
        kind: Kind::Other,
        origin,
        name: severity,
        text,
        ..event()
    }
}

/// The queue manager's `skipped, still being delivered` and `status=deferred (bounce failed)`.
pub(super) fn queue<'a>(said: &'a [u8], event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
    let status = said.strip_prefix(b"status=");
    if status.is_none() && !said.starts_with(b"skipped, ") {
        return None;
    }
    let text = status.unwrap_or(said);
    let word = text
        .split(|byte| matches!(byte, b' ' | b','))
        .next()
        .unwrap_or_default();
    Some(Event {
        kind: Kind::Other,
        origin: Origin::QueueManager,
        name: word,
        text,
        ..event()
    })
}
