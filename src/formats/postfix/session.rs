//! Messages that a client did not finish: the connection broke, or cleanup(8) was told to stop.

use std::collections::HashMap;

use memchr::memmem;

use super::client;
use crate::event::{Event, Kind, Origin};

/// Which message each smtpd is receiving: until 2025, the line that a client went away in the middle of one
/// named none.
#[derive(Default)]
pub(super) struct Sessions {
    /// By process, mostly one.
    open: HashMap<u32, Vec<Opened>>,
    /// By queue id: the process that opened it last.
    by_id: HashMap<Vec<u8>, u32>,
}

/// A queue file that a process has opened.
struct Opened {
    host: Vec<u8>,
    id: Vec<u8>,
}

impl Sessions {
    /// More processes than this do not run at once: those that are left speak no more.
    const MOST: usize = 4096;

    /// A process has opened a queue file.
    pub(super) fn opened(&mut self, (host, pid): (&[u8], u32), id: &[u8]) {
        if pid == 0 {
            return;
        }
        if self.by_id.len() >= Self::MOST {
            self.open.clear();
            self.by_id.clear();
        }
        self.close(host, pid);
        self.by_id.insert(id.to_vec(), pid);
        let of_process = self.open.entry(pid).or_default();
        of_process.push(Opened {
            host: host.to_vec(),
            id: id.to_vec(),
        });
    }

    /// The queue manager has an entry: its message came whole.
    pub(super) fn queued(&mut self, host: &[u8], id: &[u8]) {
        if let Some(pid) = self.by_id.get(id).copied() {
            let held = self.open.get(&pid).into_iter().flatten();
            if held
                .into_iter()
                .any(|held| held.host == host && held.id == id)
            {
                self.close(host, pid);
            }
        }
    }

    /// What a process receives is over.
    fn close(&mut self, host: &[u8], pid: u32) -> Option<Vec<u8>> {
        let of_process = self.open.get_mut(&pid)?;
        let place = of_process.iter().position(|held| held.host == host)?;
        let Opened { id, .. } = of_process.swap_remove(place);
        if of_process.is_empty() {
            self.open.remove(&pid);
        }
        if self.by_id.get(&id) == Some(&pid) {
            self.by_id.remove(&id);
        }
        Some(id)
    }

    /// What a process says that names no message: the message that its client left unfinished, if it
    /// says that. After `RCPT` and `DATA` there is one that was not taken yet, unless all of its recipients
    /// were refused: so a refusal ends the one before, as does another connection.
    pub(super) fn broken(&mut self, (host, pid): (&[u8], u32), said: &[u8]) -> Option<Vec<u8>> {
        let is_broken = [&b"lost connection after "[..], b"timeout after "];
        let state = is_broken.iter().find_map(|form| said.strip_prefix(*form));
        let is_over = [&b"connect from "[..], b"disconnect from "];
        let is_over = is_over.iter().any(|form| said.starts_with(form))
            || said
                .split(|byte| *byte == b':')
                .next()
                .is_some_and(is_answered);
        if state.is_none() && !is_over {
            return None;
        }
        let id = self.close(host, pid)?;
        let unfinished = [&b"RCPT "[..], b"DATA ", b"BDAT "];
        let is_unfinished = |state: &[u8]| unfinished.iter().any(|word| state.starts_with(word));
        state.is_some_and(is_unfinished).then_some(id)
    }
}

/// Whether a line that begins so tells what a restriction or a milter did to a command: `reject`,
/// `milter-reject`, `reject_warning`, `discard`.
fn is_answered(action: &[u8]) -> bool {
    let holds = |word: &[u8]| memmem::find(action, word).is_some();
    action.len() < 24 && (holds(b"reject") || holds(b"discard"))
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
