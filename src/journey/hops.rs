//! Hand-overs from one system to another: which leg goes on with the message.
//!
//! A server that takes a message mostly answers with the id that it gives it (`queued as X`,
//! `InternalId=N`), and where that server's log is here, too, a leg bears that id. Long ids of Postfix and
//! Exim and Exchange's internal ids are given once; short ones are given again within hours, and a server
//! outside may by chance give an id that one of ours gave. So the two sides are held against each other:
//! Message-IDs or envelope senders that are known and unlike keep them apart.

use hashbrown::{HashMap, HashSet};

use super::alike::is_vague;
use super::join::{Join, Reason};
use super::leg::Leg;
use super::reach::Reach;
use super::{Key, LegPlace, Seed};
use crate::delivery::NO_EVENT;
use crate::event::{Kind, Origin};
use crate::events::{EventNumber, Events, Row};
use crate::queue_id::postfix_long_id;
use crate::segment::Field;
use crate::words::Word;

const MINUTE: i64 = 60 * 1_000_000;
/// What an id that was given once, or an id and a Message-ID together, leave open: a clock in another
/// zone, or hours behind.
const DAY: i64 = 24 * 60 * MINUTE;
/// Clocks of hosts that deliver mail are minutes apart at most, and what scans a large message before it
/// is queued takes minutes, too.
pub(super) const NEAR: i64 = 10 * MINUTE;
/// Of more legs than this on either side of a hand-over none is looked at.
const NEIGHBOURS: usize = 8;

/// What a leg says of a message that another system took.
#[derive(Clone, Copy, Debug)]
pub(super) struct HandOver {
    pub(super) event: EventNumber,
    pub(super) time: i64,
    /// The id that the other system answered with; 0 for none.
    pub(super) next: Word,
    /// The id may not be enough to find the other side by.
    pub(super) is_vague: bool,
}

/// That a message came from another system.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) event: EventNumber,
    pub(super) time: i64,
    /// The id that it was given.
    pub(super) id: Word,
}

impl HandOver {
    /// The hand-over that an event tells of, if any.
    pub(super) fn of(row: &Row<'_>) -> Option<HandOver> {
        let is_sent = matches!(row.kind(), Kind::Send | Kind::SendExternal);
        let (next, is_vague) = (row.word(Field::NextId), is_vague(row));
        (is_vague || is_sent && next != 0 && !is_internal(row)).then_some(HandOver {
            event: row.number,
            time: row.time(),
            next,
            is_vague,
        })
    }
}

impl Arrival {
    /// The arrival that an event of Exchange tells of, if any. Of a mail transfer agent the whole entry is
    /// one.
    pub(super) fn at_exchange(row: &Row<'_>) -> Option<Arrival> {
        let id = row.word(Field::Id);
        let is_received = row.kind() == Kind::Receive && row.origin() == Origin::Smtp;
        (is_received && id != 0).then_some(Arrival {
            event: row.number,
            time: row.time(),
            id,
        })
    }
}

/// Whether Exchange hands a message to itself: all that it logs of it is under one id anyway.
pub fn is_internal(row: &Row<'_>) -> bool {
    const CONNECTORS: [&[u8]; 2] = [b"intra-organization", b"mailbox"];
    let connector = row.text(Field::Connector);
    row.origin().is_exchange()
        && CONNECTORS.iter().any(|name| {
            let head = connector.get(..name.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(name))
        })
}

/// Joins by hand-overs, by the bucket that hands over and by the one that takes.
#[derive(Default)]
pub(super) struct Hops {
    joins: HashMap<u32, Vec<Join>, Seed>,
    askers: HashMap<u32, Vec<u32>, Seed>,
    /// The events with which the legs begin that were taken up.
    taken: HashMap<u32, Vec<EventNumber>, Seed>,
    /// By the leg that was taken up: the one that handed over.
    sources: HashMap<LegPlace, LegPlace, Seed>,
}

impl Hops {
    /// Joins a leg to the one that it handed the message to, by all events that say so.
    pub(super) fn add(
        &mut self,
        from: LegPlace,
        events: &[EventNumber],
        to: LegPlace,
        arrival: Option<EventNumber>,
        reason: Reason,
    ) {
        let joins = events.iter().map(|event| Join {
            from,
            to,
            event: *event,
            arrival: arrival.unwrap_or(NO_EVENT),
            reason,
        });
        self.joins.entry(from.bucket).or_default().extend(joins);
        self.askers.entry(to.bucket).or_default().push(from.bucket);
        self.taken.entry(to.bucket).or_default().extend(arrival);
        self.sources.insert(to, from);
    }

    fn joins_of(&self, bucket_idx: u32) -> impl Iterator<Item = Join> + '_ {
        let joins = self.joins.get(&bucket_idx).into_iter();
        joins.flatten().copied()
    }

    fn askers_of(&self, bucket_idx: u32) -> impl Iterator<Item = u32> + '_ {
        let askers = self.askers.get(&bucket_idx).into_iter();
        askers.flatten().copied()
    }
}

/// One side of a hand-over.
#[derive(Clone, Debug)]
struct Side {
    place: LegPlace,
    time: i64,
    /// None for Exchange.
    host: Word,
    /// What the system calls the message: a queue id, a network message id.
    name: Word,
    message_id: Word,
    /// The envelope's.
    sender: Word,
    is_exchange: bool,
    /// The events that tell of it: of a hand-over one for each recipient.
    events: Vec<EventNumber>,
}

impl Side {
    fn of(leg: &Leg, key: Key, time: i64, event: EventNumber) -> Side {
        let (host, name) = match key {
            Key::QueueId { host, id } => (host, id),
            Key::NetworkMessageId(id) | Key::MessageId(id) | Key::InternalId(id) => (0, id),
            Key::Filtered { .. } | Key::Scanned { .. } | Key::Refused { .. } => (0, 0),
        };
        Side {
            place: leg.place,
            time,
            host,
            name,
            message_id: leg.message_id,
            sender: leg.sender,
            is_exchange: !matches!(key, Key::QueueId { .. }),
            events: vec![event],
        }
    }

    /// What orders sides where numbers that were given on arrival must not.
    fn content<'e>(&self, events: &'e Events) -> (i64, &'e [u8], &'e [u8], u32) {
        let (host, name) = (events.text(self.host), events.text(self.name));
        (self.time, host, name, self.place.generation)
    }
}

impl Reach<'_> {
    /// The joins by hand-overs that a bucket's legs make.
    pub(super) fn hops_from(&mut self, bucket_idx: u32) -> Vec<Join> {
        let mut joins = self.told_by_id(bucket_idx);
        for name in self.alike_names(bucket_idx) {
            joins.extend(self.alike(name).joins_of(bucket_idx));
        }
        joins
    }

    /// The buckets that hand a message over to legs of this one.
    pub(super) fn hops_to(&mut self, bucket_idx: u32) -> Vec<u32> {
        let mut askers = Vec::new();
        for id in self.hop_ids(bucket_idx) {
            askers.extend(self.hops(id).askers_of(bucket_idx));
        }
        for name in self.alike_names(bucket_idx) {
            askers.extend(self.alike(name).askers_of(bucket_idx));
        }
        askers
    }

    /// The joins of a bucket's legs by hand-overs that an id tells.
    pub(super) fn told_by_id(&mut self, bucket_idx: u32) -> Vec<Join> {
        let mut joins = Vec::new();
        for id in self.hop_ids(bucket_idx) {
            joins.extend(self.hops(id).joins_of(bucket_idx));
        }
        joins
    }

    /// The beginnings of a bucket's legs that an id tells where they came from.
    pub(super) fn taken_by_id(&mut self, bucket_idx: u32) -> HashSet<EventNumber, Seed> {
        let mut taken = HashSet::default();
        for id in self.hop_ids(bucket_idx) {
            taken.extend(self.hops(id).taken.get(&bucket_idx).into_iter().flatten());
        }
        taken
    }

    /// Adds by leg of a bucket the one that handed it over.
    pub(super) fn add_sources_by_ids(
        &mut self,
        bucket_idx: u32,
        sources: &mut HashMap<LegPlace, LegPlace, Seed>,
    ) {
        for id in self.hop_ids(bucket_idx) {
            let of_bucket = self.hops(id).sources.iter();
            let of_bucket = of_bucket.filter(|(place, _)| place.bucket == bucket_idx);
            sources.extend(of_bucket.map(|(place, from)| (*place, *from)));
        }
    }

    fn alike(&mut self, message_id: Word) -> &Hops {
        if !self.alike.contains_key(&message_id) {
            let hops = self.find_alike(message_id);
            self.alike.insert(message_id, hops);
        }
        self.alike.entry(message_id).or_default()
    }

    /// The ids by which a bucket's legs may be joined to those of other systems, each once.
    fn hop_ids(&mut self, bucket_idx: u32) -> Vec<Word> {
        let mut ids: Vec<Word> = Vec::new();
        for leg in self.legs(bucket_idx) {
            ids.extend(leg.hand_overs.iter().map(|hand_over| hand_over.next));
            ids.extend(leg.arrivals.iter().map(|arrival| arrival.id));
        }
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| *id != 0 && self.index.may_hop(*id));
        ids
    }

    /// All hand-overs under one id are joined at once, the nearest in time first: one hand-over goes to
    /// one leg, and a leg is taken up by one hand-over.
    fn hops(&mut self, id: Word) -> &Hops {
        if !self.hops.contains_key(&id) {
            let hops = self.find_hops(id);
            self.hops.insert(id, hops);
        }
        self.hops.entry(id).or_default()
    }

    fn find_hops(&mut self, id: Word) -> Hops {
        let (sent, came) = (self.sent_as(id), self.came_as(id));
        let events = self.events;
        let mut pairs = Vec::new();
        for (a, from) in sent.iter().enumerate() {
            let middle = came.partition_point(|side| side.time < from.time);
            let near = came.iter().enumerate().take(middle + NEIGHBOURS);
            for (b, to) in near.skip(middle.saturating_sub(NEIGHBOURS)) {
                if let Some(reason) = fits(events, from, to, id) {
                    let apart = from.time.abs_diff(to.time);
                    pairs.push((
                        apart,
                        from.content(events),
                        to.content(events),
                        a,
                        b,
                        reason,
                    ));
                }
            }
        }
        pairs.sort_unstable();
        let (mut is_sent, mut has_come) = (vec![false; sent.len()], vec![false; came.len()]);
        let mut hops = Hops::default();
        for (.., a, b, reason) in pairs {
            let (Some(is_sent), Some(has_come)) = (is_sent.get_mut(a), has_come.get_mut(b)) else {
                continue;
            };
            if *is_sent || *has_come {
                continue;
            }
            (*is_sent, *has_come) = (true, true);
            let (Some(from), Some(to)) = (sent.get(a), came.get(b)) else {
                continue;
            };
            let arrival = to.events.first().copied();
            hops.add(from.place, &from.events, to.place, arrival, reason);
        }
        hops
    }

    /// The hand-overs under an id. A server answers once for all recipients of a transmission, and the
    /// sender's log repeats the answer for each.
    fn sent_as(&mut self, id: Word) -> Vec<Side> {
        let buckets: Vec<u32> = self.index.onward(id).collect();
        let mut sent: Vec<Side> = Vec::new();
        for bucket in buckets {
            let Some(key) = self.index.key_of(bucket) else {
                continue;
            };
            for leg in self.legs(bucket) {
                for hand_over in leg.handed_to(id) {
                    let is_same = |side: &&mut Side| {
                        side.place == leg.place && hand_over.time - side.time <= NEAR
                    };
                    match sent.last_mut().filter(is_same) {
                        Some(side) => side.events.push(hand_over.event),
                        None => sent.push(Side::of(leg, key, hand_over.time, hand_over.event)),
                    }
                }
            }
        }
        sent
    }

    /// The arrivals under an id, in order of time.
    fn came_as(&mut self, id: Word) -> Vec<Side> {
        let buckets: Vec<u32> = self.index.arrived(id).collect();
        let mut came: Vec<Side> = Vec::new();
        for bucket in buckets {
            let Some(key) = self.index.key_of(bucket) else {
                continue;
            };
            for leg in self.legs(bucket) {
                let arrivals = leg.arrived_as(id).iter();
                came.extend(
                    arrivals.map(|arrival| Side::of(leg, key, arrival.time, arrival.event)),
                );
            }
        }
        let events = self.events;
        came.sort_by(|a, b| a.content(events).cmp(&b.content(events)));
        came
    }
}

/// Whether what was handed over under an id is what arrived under it, and why.
fn fits(events: &Events, from: &Side, to: &Side, id: Word) -> Option<Reason> {
    // What goes on within a host is told by its own links.
    if !to.is_exchange && !from.is_exchange && from.host == to.host {
        return None;
    }
    let is_given_once = is_given_once(events.text(id), to.is_exchange);
    // That the next system chose the id that the message has here already is chance, and so may be that a
    // third one did.
    if from.name == id && !is_given_once {
        return None;
    }
    let (is_named_alike, is_named_unlike) = compare(from.message_id, to.message_id);
    let is_rewritten = |word| is_rewritten(events.text(word));
    let is_comparable = !is_rewritten(from.sender) && !is_rewritten(to.sender);
    let (is_sent_alike, is_sent_unlike) = compare(from.sender, to.sender);
    // A sender may be rewritten on the way (generic(5), masquerading): two proofs outweigh that.
    let is_proved = is_given_once && is_named_alike;
    if is_named_unlike || is_sent_unlike && is_comparable && !is_proved {
        return None;
    }
    let apart = from.time.abs_diff(to.time);
    let is_within = |span: i64| apart <= span.unsigned_abs();
    if is_named_alike || is_given_once {
        return is_within(DAY).then_some(Reason::AnsweredId);
    }
    // With nothing but the time, a short id is as likely another message's.
    (is_sent_alike && is_within(NEAR)).then_some(Reason::AnsweredIdNear)
}

/// Whether two words are known and alike, and whether they are known and unlike.
fn compare(a: Word, b: Word) -> (bool, bool) {
    let are_known = a != 0 && b != 0;
    (are_known && a == b, are_known && a != b)
}

/// Whether no other message bears an id: Postfix's long ids and Exim's hold the time, Exchange's internal
/// ids count on and on.
fn is_given_once(id: &[u8], is_exchange: bool) -> bool {
    const INTERNAL_ID: usize = 9;
    let is_internal = is_exchange && id.len() >= INTERNAL_ID && id.iter().all(u8::is_ascii_digit);
    is_internal || postfix_long_id(id).is_some() || is_exim(id)
}

/// `1vxNiW-00000001abc-XYZ1`, and before 4.97 `1vxNiW-0001ab-XY`.
fn is_exim(id: &[u8]) -> bool {
    let mut parts = id.split(|byte| *byte == b'-');
    let mut part = |lengths: [usize; 2]| {
        let part = parts.next();
        part.is_some_and(|part| {
            lengths.contains(&part.len()) && part.iter().all(u8::is_ascii_alphanumeric)
        })
    };
    part([6, 6]) && part([6, 11]) && part([2, 4]) && parts.next().is_none()
}

/// Whether a sender's address was rewritten on the way, so that it can't be held against another: SRS,
/// BATV.
pub(super) fn is_rewritten(address: &[u8]) -> bool {
    let address = address.to_ascii_lowercase();
    let begins = [&b"srs0"[..], b"srs1", b"prvs=", b"btv1=="];
    begins.iter().any(|start| address.starts_with(start))
        || memchr::memmem::find(&address, b"+srs=").is_some()
}
