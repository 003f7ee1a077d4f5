//! Which of the messages that bore one id an event is of: ids are reused (formats.md 4.3).

use core::net::IpAddr;
use hashbrown::HashMap;
use std::hash::BuildHasher as _;

use super::Seed;
use super::index::Key;
use crate::event::Kind;
use crate::events::Row;
use crate::segment::Field;
use crate::words::Word;

/// After such a silence an id means another message (formats.md 4.3).
pub(super) const SILENCE: i64 = 5 * 24 * 3600 * 1_000_000;
/// After an entry has ended, other processes speak of it for no longer.
const LINGER: i64 = 600 * 1_000_000;
/// What was put off is offered again within this time, or is another message (formats.md 7.6).
pub(super) const PATIENCE: i64 = 6 * 3600 * 1_000_000;

/// Cuts the events of one bucket, in order, into the messages that they are of.
pub(super) struct Cut {
    key: Key,
    seed: Seed,
    /// The strand that spoke last; most buckets have one.
    last: Option<Strand>,
    others: HashMap<u64, Strand, Seed>,
    begun: usize,
}

/// Events that follow one another: those of one instance of a mail system, or the attempts of one client.
#[derive(Clone, Copy)]
struct Strand {
    name: u64,
    generation: usize,
    last: i64,
    received: bool,
    /// Nothing more comes of this message.
    ended: bool,
    /// The Message-ID that it was given.
    message_id: Word,
}

impl Cut {
    pub(super) fn new(key: Key, seed: Seed) -> Cut {
        Cut {
            key,
            others: HashMap::with_hasher(seed.clone()),
            seed,
            last: None,
            begun: 0,
        }
    }

    /// The message that the next event is of, counted from 0 in order of their beginnings.
    pub(super) fn generation_of(&mut self, row: &Row<'_>, time: i64) -> usize {
        let name = match self.key {
            Key::NetworkMessageId(_) | Key::MessageId(_) | Key::InternalId(_) => return 0,
            Key::Filtered { .. } | Key::Scanned { .. } => {
                // Each look at a message stands for itself.
                self.begun += 1;
                return self.begun - 1;
            }
            // A filter is told the queue id, and not of which instance it is.
            Key::QueueId { .. } if row.origin().is_filter() => {
                self.last.map_or(0, |strand| strand.name)
            }
            Key::QueueId { .. } => {
                let name = u64::from(row.word(Field::Instance)) + 1;
                // What filters said before the mail system did is of its first message.
                if let Some(strand) = self.last.as_mut().filter(|strand| strand.name == 0) {
                    strand.name = name;
                }
                name
            }
            Key::Refused { .. } => {
                let network = network(row.text(Field::ClientIp));
                self.seed.hash_one(&network)
            }
        };
        let strand = self.strand(name);
        let strand = match strand.filter(|strand| !self.is_over(strand, row, time)) {
            Some(strand) => strand,
            None => self.begin(name),
        };
        self.last = Some(Strand {
            last: time,
            received: strand.received || row.kind() == Kind::Receive,
            ended: strand.ended || self.ends(row),
            message_id: match named(row) {
                0 => strand.message_id,
                message_id => message_id,
            },
            ..strand
        });
        strand.generation
    }

    /// Takes up a strand; the one before it is laid aside.
    fn strand(&mut self, name: u64) -> Option<Strand> {
        match self.last {
            Some(last) if last.name == name => Some(last),
            Some(last) => {
                self.others.insert(last.name, last);
                self.others.get(&name).copied()
            }
            None => None,
        }
    }

    fn begin(&mut self, name: u64) -> Strand {
        self.begun += 1;
        Strand {
            name,
            generation: self.begun - 1,
            last: i64::MAX,
            received: false,
            ended: false,
            message_id: 0,
        }
    }

    /// Whether an event begins the next message of a strand.
    fn is_over(&self, strand: &Strand, row: &Row<'_>, time: i64) -> bool {
        let silence = time.saturating_sub(strand.last);
        if let Key::Refused { .. } = self.key {
            return strand.ended || silence > PATIENCE;
        }
        match row.kind() {
            // An entry is received before it is named, so what was named is another.
            Kind::Receive => {
                let is_named = strand.message_id != 0 && silence > 0;
                strand.received || strand.ended || is_named || silence >= SILENCE
            }
            // Retries repeat this line, so silence alone says nothing here.
            Kind::Queue => strand.ended,
            // What the system itself writes, a notice or a forward, begins with its Message-ID. One entry
            // has one, so another is of another message, whose predecessor's end no line tells.
            Kind::Identify => {
                let is_named = strand.message_id != 0 && named(row) != 0;
                strand.ended || is_named && strand.message_id != named(row)
            }
            // What is still to be said of an entry is said soon after it has ended.
            _ => strand.ended && silence > LINGER,
        }
    }

    fn ends(&self, row: &Row<'_>) -> bool {
        match self.key {
            Key::Refused { .. } => !is_for_now(row),
            _ => matches!(row.kind(), Kind::Remove | Kind::Cancel | Kind::Delete),
        }
    }
}

/// The Message-ID that a line gives an entry; 0 if it gives none.
fn named(row: &Row<'_>) -> Word {
    match row.kind() {
        Kind::Identify => row.word(Field::MessageId),
        _ => 0,
    }
}

/// Whether a server refused for now, so that the same message may be offered again.
pub fn is_for_now(row: &Row<'_>) -> bool {
    let class = match row.number(Field::ReplyCode) {
        0 => row.enhanced().class(),
        code => code as u32 / 100,
    };
    row.kind() == Kind::Reject && class == 4
}

/// The network of a client: mail that is offered again often comes from another of its addresses
/// (formats.md 7.6: the same /24; a /64 for IPv6).
pub(super) fn network(ip: &[u8]) -> Vec<u8> {
    let address = std::str::from_utf8(ip).ok();
    match address.and_then(|address| address.parse().ok()) {
        Some(IpAddr::V4(address)) => address.octets().into_iter().take(3).collect(),
        Some(IpAddr::V6(address)) => address.octets().into_iter().take(8).collect(),
        None => ip.to_vec(),
    }
}
