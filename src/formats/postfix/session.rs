//! Messages that a client did not finish: the connection broke, or cleanup(8) was told to stop.

use memchr::memmem;

use super::client;
use crate::event::{Event, Kind, Origin};

/// `lost connection after DATA (1234 bytes) from C`, with a queue id since 2025: the message it opened
/// was never queued.
pub(super) fn broken<'a>(said: &'a [u8], event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
    let forms: [&[u8]; 3] = [
        b"lost connection after ",
        b"timeout after ",
        b"too many errors after ",
    ];
    let rest = forms.iter().find_map(|form| said.strip_prefix(*form))?;
    let from = memmem::find(rest, b" from ")?;
    let (client_host, client_ip, _) = client(rest.get(from + b" from ".len()..)?)?;
    let text = said.get(..said.len() - rest.len() + from)?;
    Some(Event {
        kind: Kind::Cancel,
        origin: Origin::Smtpd,
        context: rest.get(..from)?,
        client_host,
        client_ip,
        text,
        ..event()
    })
}

/// cleanup's `removed (canceled)` and, of a message that a check or milter threw away,
/// `removed (discarded)` (3.10).
pub(super) fn removed<'a>(said: &'a [u8], event: impl Fn() -> Event<'a>) -> Option<Event<'a>> {
    let kind = match said {
        b"removed (canceled)" => Kind::Cancel,
        b"removed (discarded)" => Kind::Drop,
        _ => return None,
    };
    Some(Event {
        kind,
        origin: Origin::Cleanup,
        ..event()
    })
}
