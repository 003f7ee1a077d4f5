//! Which names and addresses are those of hosts whose logs are here.
//!
//! A name in a log (`mail`) is not the name by which others reach the host (`mail.contoso.example`), and an
//! address stands in no log of the host itself. What proves that an endpoint is one of ours is a message
//! that was handed to it and went on in one of our logs under the id that it answered with.

use std::collections::{BTreeMap, HashMap};

use crate::event::{EXCHANGE_ONLINE, Origin};
use crate::events::{Events, Row};
use crate::journey::{Join, Reason};
use crate::segment::Field;
use crate::time::TimeForm;
use crate::words::Word;

/// Endpoints, names in lower case and addresses, and the hosts that they were proved to be, with how many
/// hand-overs prove each.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    known: HashMap<Vec<u8>, BTreeMap<Word, u32>>,
}

impl Endpoints {
    /// The hosts that an endpoint, in lower case, was proved to be.
    pub(super) fn hosts(&self, endpoint: &[u8]) -> impl Iterator<Item = Word> + '_ {
        let known = self.known.get(endpoint);
        known.into_iter().flat_map(|hosts| hosts.keys().copied())
    }

    /// Adds a proof, or takes one back; true if another endpoint is known by that, or one is no more.
    fn count(&mut self, endpoint: &[u8], host: Word, is_proved: bool) -> bool {
        let is_none = endpoint.is_empty() || is_loopback(endpoint);
        if is_none {
            return false;
        }
        let hosts = self.known.entry(endpoint.to_ascii_lowercase()).or_default();
        let count = hosts.entry(host).or_default();
        let before = *count;
        *count = match is_proved {
            true => before.saturating_add(1),
            false => before.saturating_sub(1),
        };
        let is_news = (before == 0) != (*count == 0);
        if *count == 0 {
            hosts.remove(&host);
        }
        is_news
    }
}

/// The proved endpoints on both sides of hand-overs.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    /// Where messages were handed to.
    pub(super) servers: Endpoints,
    /// Where messages came from.
    pub(super) clients: Endpoints,
}

impl Proofs {
    /// Adds or takes back what a join proves; true if something else is known by that.
    pub(super) fn count(&mut self, events: &Events, join: &Join, is_proved: bool) -> bool {
        if join.reason != Reason::AnsweredId {
            return false;
        }
        let (Some(sent), Some(came)) = (events.row(join.event), events.row(join.arrival)) else {
            return false;
        };
        let mut is_news = false;
        if let Some(host) = host_with_log(&came, Field::ServerHost) {
            for field in [Field::ServerHost, Field::ServerIp] {
                is_news |= self.servers.count(sent.text(field), host, is_proved);
            }
        }
        if let Some(host) = host_with_log(&sent, Field::ClientHost) {
            for field in [Field::ClientHost, Field::ClientIp] {
                is_news |= self.clients.count(came.text(field), host, is_proved);
            }
        }
        is_news
    }
}

/// The host that wrote a line of a log. Exports and reports are cut off and late, so what they don't hold
/// proves nothing, and they are none.
fn host_with_log(row: &Row<'_>, server: Field) -> Option<Word> {
    if !row.origin().is_exchange() {
        return Some(row.word(Field::Host)).filter(|host| *host != 0);
    }
    let is_log = row.time_form() == TimeForm::Instant
        && row.text(Field::Host) != EXCHANGE_ONLINE
        && row.origin() == Origin::Smtp;
    Some(row.word(server)).filter(|server| is_log && *server != 0)
}

fn is_loopback(endpoint: &[u8]) -> bool {
    endpoint.starts_with(b"127.") || endpoint == b"::1" || endpoint == b"localhost"
}
