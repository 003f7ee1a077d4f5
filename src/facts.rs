//! What only the whole data set knows: which servers are ours, and for which stretches of time there
//! are logs of which host.
//!
//! Facts never come from a file's name. They only ever decide deliveries whose own events leave
//! something open.

mod endpoints;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::delivery::rule::Rule;
use crate::event::{Kind, Origin};
use crate::events::{Events, Row};
use crate::journey::Join;
use crate::segment::Field;
use crate::words::Word;
use endpoints::Proofs;

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
    /// Whole names of hosts as their logs have them, in lower case.
    names: BTreeMap<Vec<u8>, Word>,
    proofs: Proofs,
    /// Other servers than before are known to be ours.
    has_news: bool,
}

impl Facts {
    /// Learns which server wrote a line of a tracking log.
    pub fn learn(&mut self, row: &Row<'_>) {
        if !row.origin().is_exchange() {
            return;
        }
        // formats.md 3.3: on RECEIVE the receiving server writes, on SEND the client is this server.
        let field = match row.kind() {
            Kind::Receive if row.origin() == Origin::Smtp => Field::ServerHost,
            Kind::Send | Kind::SendExternal => Field::ClientHost,
            Kind::Deliver | Kind::DuplicateDeliver => Field::ServerHost,
            _ => return,
        };
        let word = row.word(field);
        if word == 0 || !self.seen.insert(word) {
            return;
        }
        let name = row.text(field).to_ascii_lowercase();
        if let Some(suffix) = suffix(&name) {
            self.suffixes.insert(suffix.to_vec());
        }
        self.has_news |= self.own.insert(name);
    }

    /// Learns what a join proves: under which name and address a host is reached.
    pub fn prove(&mut self, events: &Events, join: &Join) {
        self.has_news |= self.proofs.count(events, join, true);
    }

    /// Forgets what a join proved that is no more.
    pub fn disprove(&mut self, events: &Events, join: &Join) {
        self.has_news |= self.proofs.count(events, join, false);
    }

    /// Whether other servers are known to be ours than when this was asked last.
    pub fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.has_news)
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
        let mut names = BTreeMap::new();
        for host in self.stretches.keys() {
            let name = events.text(*host);
            // Every network has a `mail`: a first label alone is nobody's name.
            if memchr::memchr(b'.', name).is_some() {
                names.insert(name.to_ascii_lowercase(), *host);
            }
        }
        self.has_news |= names != self.names;
        self.names = names;
        changed
    }

    /// Whether a server that a message was sent to is one of ours, so that it is no way out.
    ///
    /// What Exchange takes for an inner server may be known by its domain; what went out by any other rule
    /// must be known as it is.
    pub fn is_own(&self, row: &Row<'_>, rule: Rule) -> bool {
        let is_inner = rule == Rule::SentOutside && self.is_inner(row.text(Field::ServerHost));
        is_inner || !self.servers(row).is_empty()
    }

    /// The hosts whose logs are here that a message was handed to by this event: one mostly, or none.
    pub fn servers(&self, row: &Row<'_>) -> BTreeSet<Word> {
        let servers = &self.proofs.servers;
        self.hosts(row, [Field::ServerHost, Field::ServerIp], |endpoint| {
            servers.hosts(endpoint).collect()
        })
    }

    /// The hosts whose logs are here that a message came from by this event.
    pub fn clients(&self, row: &Row<'_>) -> BTreeSet<Word> {
        let clients = &self.proofs.clients;
        self.hosts(row, [Field::ClientHost, Field::ClientIp], |endpoint| {
            clients.hosts(endpoint).collect()
        })
    }

    /// The hosts at an event's other side, by the name of it that logs have, or as was proved.
    fn hosts(
        &self,
        row: &Row<'_>,
        fields: [Field; 2],
        proved: impl Fn(&[u8]) -> Vec<Word>,
    ) -> BTreeSet<Word> {
        let mut hosts = BTreeSet::new();
        for endpoint in fields.map(|field| row.text(field)) {
            let endpoint = endpoint.to_ascii_lowercase();
            hosts.extend(proved(&endpoint));
            hosts.extend(self.names.get(&endpoint));
        }
        hosts.remove(&row.word(Field::Host));
        hosts
    }

    /// Whether a server of this name is one of ours: it wrote a tracking log, or its name ends as the
    /// names of those do (formats.md 7.4).
    fn is_inner(&self, name: &[u8]) -> bool {
        let name = name.to_ascii_lowercase();
        // Exchange Online's servers are many, and a report shows few of them.
        let is_online = name.ends_with(ONLINE) && self.own.iter().any(|own| own.ends_with(ONLINE));
        is_online
            || self.own.contains(&name)
            || suffix(&name).is_some_and(|suffix| self.suffixes.contains(suffix))
    }

    /// The stretches of time of a host's logs, ascending and apart. Tracking logs name no host: all of
    /// theirs count as one.
    pub fn stretches(&self, host: Word) -> &[(i64, i64)] {
        let of_host = self.stretches.get(&host);
        let nameless = || self.stretches.get(&0);
        of_host.or_else(nameless).map_or(&[], Vec::as_slice)
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
