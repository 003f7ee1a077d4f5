//! Messages that a client did not finish: the connection broke, or cleanup(8) was told to stop.

use std::collections::HashMap;

use memchr::memmem;

use super::client;
use crate::event::{Event, Kind, Origin};

/// Which message each smtpd is receiving, by host and process: until 2025, the line that a client went
/// away in the middle of one named none.
#[derive(Default)]
pub(super) struct Sessions {
    open: HashMap<(Vec<u8>, u32), Vec<u8>>,
}

impl Sessions {
    /// More processes than this do not run at once: those that are left speak no more.
    const MOST: usize = 4096;

    /// A process has opened a queue file.
    pub(super) fn opened(&mut self, (host, pid): (&[u8], u32), id: &[u8]) {
        if pid == 0 {
            return;
        }
        if self.open.len() >= Self::MOST {
            self.open.clear();
        }
        self.open.insert((host.to_vec(), pid), id.to_vec());
    }

    /// What a process says that names no message: the message that its client left unfinished, if it
    /// says that. After `RCPT` and `DATA` there is one, and it was not taken yet; whatever a process says of
    /// another connection or message ends the one before.
    pub(super) fn broken(&mut self, (host, pid): (&[u8], u32), said: &[u8]) -> Option<Vec<u8>> {
        let is_over = [&b"connect from "[..], b"disconnect from ", b"reject: "];
        let is_broken = [&b"lost connection after "[..], b"timeout after "];
        let state = is_broken.iter().find_map(|form| said.strip_prefix(*form));
        if state.is_none() && !is_over.iter().any(|form| said.starts_with(form)) {
            return None;
        }
        let id = self.open.remove(&(host.to_vec(), pid))?;
        let unfinished = [&b"RCPT "[..], b"DATA ", b"BDAT "];
        let is_unfinished = |state: &[u8]| unfinished.iter().any(|word| state.starts_with(word));
        state.is_some_and(is_unfinished).then_some(id)
    }
}

/// `lost connection after DATA (1234 bytes) from C`, with a queue id since 2025, and else with that of
/// [`Sessions`]: the message it opened was never queued.
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
