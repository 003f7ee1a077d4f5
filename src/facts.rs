//! What only the whole data set knows: which servers are ours, and for which stretches of time there
//! are logs of which host.
//!
//! Facts never come from a file's name. They only ever decide deliveries whose own events leave
//! something open.

use std::collections::{BTreeMap, HashSet};

use crate::event::{Kind, Origin};
use crate::events::{Events, Row};
use crate::segment::Field;
use crate::words::Word;

/// A host's logs that are further apart than this are two stretches: a day without a single line.
const STRETCH_GAP: i64 = 24 * 3600 * 1_000_000;

/// What the names of Exchange Online's servers end with; those that take mail for other tenants are
/// called otherwise (`mail.protection.outlook.com`).
const ONLINE: &[u8] = b".prod.outlook.com";

#[derive(Debug, Default)]
pub struct Facts {
    seen: HashSet<Word>,
    /// Names of servers that speak in tracking logs, in lower case.
    own: HashSet<Vec<u8>>,
    /// What follows the first dot of these names, if it is at least two labels long.
    suffixes: HashSet<Vec<u8>>,
    /// By host, the empty one for logs that name none: stretches of time, ascending and apart.
    stretches: BTreeMap<Word, Vec<(i64, i64)>>,
}

impl Facts {
    /// Learns which server wrote a line of a tracking log; true if that is news.
    pub fn learn(&mut self, row: &Row<'_>) -> bool {
        if !row.origin().is_exchange() {
            return false;
        }
        // formats.md 3.3: on RECEIVE the receiving server writes, on SEND the client is this server.
        let field = match row.kind() {
            Kind::Receive if row.origin() == Origin::Smtp => Field::ServerHost,
            Kind::Send | Kind::SendExternal => Field::ClientHost,
            Kind::Deliver | Kind::DuplicateDeliver => Field::ServerHost,
            _ => return false,
        };
        let word = row.word(field);
        if word == 0 || !self.seen.insert(word) {
            return false;
        }
        let name = row.text(field).to_ascii_lowercase();
        if let Some(suffix) = suffix(&name) {
            self.suffixes.insert(suffix.to_vec());
        }
        self.own.insert(name)
    }

    /// Takes the stretches of time anew; true if any has changed.
    pub fn measure(&mut self, events: &Events) -> bool {
        let mut spans: BTreeMap<Word, Vec<(i64, i64)>> = BTreeMap::new();
        for (host, first, last) in events.host_spans() {
            spans.entry(host).or_default().push((first, last));
        }
        for list in spans.values_mut() {
            list.sort_unstable();
            list.dedup_by(|next, held| {
                let touches = next.0.saturating_sub(held.1) <= STRETCH_GAP;
                held.1 = if touches { held.1.max(next.1) } else { held.1 };
                touches
            });
        }
        let changed = spans != self.stretches;
        self.stretches = spans;
        changed
    }

    /// Whether a server of this name is one of ours: it wrote a tracking log, or its name ends as the
    /// names of those do (formats.md 7.4).
    pub fn is_own(&self, name: &[u8]) -> bool {
        let name = name.to_ascii_lowercase();
        // Exchange Online's servers are many, and a report shows few of them.
        let is_online = name.ends_with(ONLINE) && self.own.iter().any(|own| own.ends_with(ONLINE));
        is_online
            || self.own.contains(&name)
            || suffix(&name).is_some_and(|suffix| self.suffixes.contains(suffix))
    }

    /// The end of the stretch of a host's logs that holds this instant.
    pub fn logs_end(&self, host: Word, instant: i64) -> Option<i64> {
        let stretches = self.stretches.get(&host)?;
        let after = stretches.partition_point(|(first, _)| *first <= instant);
        stretches.get(after.checked_sub(1)?).map(|(_, last)| *last)
    }
}

fn suffix(name: &[u8]) -> Option<&[u8]> {
    let dot = memchr::memchr(b'.', name)?;
    let suffix = name.get(dot + 1..)?;
    memchr::memchr(b'.', suffix).map(|_| suffix)
}
