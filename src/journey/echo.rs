//! Refusals that both sides log: `reject` at the next host, `bounced` or `deferred (host … said: …)` at the
//! sender's. They are one, and the sender's own log tells what it made of it.
//!
//! Joined are those between the same sender and recipient, within minutes, whose words are the same. Where
//! what a client was refused fits the attempts of several messages, nothing tells whose it was.

use hashbrown::{HashMap, HashSet};

use super::hops::NEAR;
use super::join::{Join, Reason};
use super::leg::Leg;
use super::reach::Reach;
use super::{LegPlace, Seed};
use crate::event::{Kind, Origin};
use crate::events::{EventNumber, Events, Row};
use crate::segment::Field;
use crate::words::Word;

/// Between whom: envelope sender and recipient, in lower case.
pub(super) type Pair = (Word, Word);

/// Of more attempts than this on either side of a refusal none is looked at.
const NEIGHBOURS: usize = 4;

/// One side of a refusal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) event: EventNumber,
    pub(super) time: i64,
    /// 0 where only the whole leg tells.
    pub(super) sender: Word,
    pub(super) recipient: Word,
    /// What was said.
    words: Word,
}

impl Refusal {
    /// The refusal that a server logs, of a recipient that it names.
    pub(super) fn given(row: &Row<'_>) -> Option<Refusal> {
        let recipient = row.first_folded(Field::Recipients);
        let sender = row.folded(Field::ReturnPath);
        let is_it = row.kind() == Kind::Reject && recipient != 0 && sender != 0;
        is_it.then_some(Refusal {
            event: row.number,
            time: row.time(),
            sender,
            recipient,
            words: row.word(Field::Text),
        })
    }

    /// The refusal that another server answered to an attempt.
    pub(super) fn heard(row: &Row<'_>) -> Option<Refusal> {
        let is_attempt = matches!(row.kind(), Kind::Fail | Kind::Defer)
            && row.origin() == Origin::Relay
            && memchr::memmem::find(row.text(Field::Text), b" said: ").is_some();
        is_attempt.then_some(Refusal {
            event: row.number,
            time: row.time(),
            sender: 0,
            recipient: row.first_folded(Field::Recipients),
            words: row.word(Field::Text),
        })
    }
}

/// The joins of all refusals between two, by bucket, and in the other direction.
#[derive(Default)]
pub(super) struct Echoes {
    joins: HashMap<u32, Vec<Join>, Seed>,
    askers: HashMap<u32, Vec<u32>, Seed>,
    /// By the leg that refused: the one that was refused.
    sources: HashMap<LegPlace, LegPlace, Seed>,
}

/// A refusal in its leg.
struct Side {
    place: LegPlace,
    message_id: Word,
    refusal: Refusal,
}

impl Side {
    fn of(leg: &Leg, refusal: Refusal) -> Side {
        Side {
            place: leg.place,
            message_id: leg.message_id,
            refusal,
        }
    }
}

/// What a leg that refused may have refused: the legs, and for each refusal the nearest attempt.
#[derive(Default)]
struct Found {
    near: Fitting,
    /// By clocks that may be in other zones.
    far: Fitting,
}

type Fitting = (HashSet<LegPlace, Seed>, HashMap<EventNumber, Join, Seed>);

impl Found {
    /// Attempts come in order of time, so the last one before the refusal, or the first one after it, is
    /// the nearest; either is as good where words are the same.
    fn add(&mut self, from: &Side, at: &Side, is_near: bool) {
        let (legs, joins) = match is_near {
            true => &mut self.near,
            false => &mut self.far,
        };
        legs.insert(from.place);
        let join = Join {
            event: from.refusal.event,
            arrival: at.refusal.event,
            ..Join::by(Reason::Refused, from.place, at.place)
        };
        let is_before = from.refusal.time <= at.refusal.time;
        let slot = joins.entry(at.refusal.event).or_insert(join);
        if is_before {
            *slot = join;
        }
    }

    /// A zone that no line tells is a guess only where nothing is near.
    fn best(self) -> Fitting {
        match self.near.0.is_empty() {
            true => self.far,
            false => self.near,
        }
    }
}

impl Reach<'_> {
    /// The joins of a bucket's legs to those at which the next host refused them.
    pub(super) fn echoes_from(&mut self, bucket_idx: u32) -> Vec<Join> {
        let mut joins = Vec::new();
        for pair in self.pairs(bucket_idx) {
            let of_pair = self.echoes(pair).joins.get(&bucket_idx);
            joins.extend(of_pair.into_iter().flatten().copied());
        }
        joins
    }

    /// The buckets whose attempts a bucket's legs refused.
    pub(super) fn echoes_to(&mut self, bucket_idx: u32) -> Vec<u32> {
        let mut askers = Vec::new();
        for pair in self.pairs(bucket_idx) {
            let of_pair = self.echoes(pair).askers.get(&bucket_idx);
            askers.extend(of_pair.into_iter().flatten().copied());
        }
        askers
    }

    /// Adds by leg of a bucket the one whose attempt it refused.
    pub(super) fn add_sources_by_refusals(
        &mut self,
        bucket_idx: u32,
        sources: &mut HashMap<LegPlace, LegPlace, Seed>,
    ) {
        for pair in self.pairs(bucket_idx) {
            let of_bucket = self.echoes(pair).sources.iter();
            let of_bucket = of_bucket.filter(|(place, _)| place.bucket == bucket_idx);
            sources.extend(of_bucket.map(|(place, from)| (*place, *from)));
        }
    }

    /// Between whom a bucket's refusals are, as far as both sides log some.
    fn pairs(&mut self, bucket_idx: u32) -> Vec<Pair> {
        let mut pairs: Vec<Pair> = Vec::new();
        for leg in self.legs(bucket_idx) {
            let heard = leg.heard.iter().map(|it| (leg.sender, it.recipient));
            pairs.extend(heard.filter(|(sender, _)| *sender != 0));
            pairs.extend(leg.given.iter().map(|it| (it.sender, it.recipient)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs.retain(|pair| self.index.may_echo(*pair));
        pairs
    }

    fn echoes(&mut self, pair: Pair) -> &Echoes {
        if !self.echoes.contains_key(&pair) {
            let echoes = self.find_echoes(pair);
            self.echoes.insert(pair, echoes);
        }
        self.echoes.entry(pair).or_default()
    }

    fn find_echoes(&mut self, pair: Pair) -> Echoes {
        let (mut heard, mut given): (Vec<Side>, Vec<Side>) = Default::default();
        for bucket in self.index.heard(pair).collect::<Vec<u32>>() {
            for leg in self.legs(bucket).iter().filter(|leg| leg.sender == pair.0) {
                let of_pair = leg.heard.iter().filter(|it| it.recipient == pair.1);
                heard.extend(of_pair.map(|refusal| Side::of(leg, *refusal)));
            }
        }
        for bucket in self.index.given(pair).collect::<Vec<u32>>() {
            for leg in self.legs(bucket) {
                let of_pair = leg.given.iter();
                let of_pair = of_pair.filter(|it| (it.sender, it.recipient) == pair);
                given.extend(of_pair.map(|refusal| Side::of(leg, *refusal)));
            }
        }
        let events = self.events;
        heard.sort_by_key(|side| side.refusal.time);
        // Words are repeated with every attempt.
        let mut said: HashMap<(Word, Word), bool, Seed> = HashMap::default();
        // By the leg that refused.
        let mut found: HashMap<LegPlace, Found, Seed> = HashMap::default();
        for at in &given {
            let found = found.entry(at.place).or_default();
            for from in Self::around(&heard, at.refusal.time) {
                let is_said = said
                    .entry((from.refusal.words, at.refusal.words))
                    .or_insert_with(|| {
                        holds(
                            events.text(from.refusal.words),
                            events.text(at.refusal.words),
                        )
                    });
                if let Some(is_near) = are_one(events, from, at).filter(|_| *is_said) {
                    found.add(from, at, is_near);
                }
            }
        }
        let mut echoes = Echoes::default();
        for (place, found) in found {
            let (legs, joins) = found.best();
            let messages: HashSet<LegPlace, Seed> =
                legs.into_iter().map(|leg| self.origin_of(leg)).collect();
            let messages: Vec<LegPlace> = messages.into_iter().collect();
            let [message] = *messages.as_slice() else {
                continue;
            };
            echoes.sources.insert(place, message);
            for join in joins.into_values() {
                let from = join.from.bucket;
                echoes.joins.entry(from).or_default().push(join);
                echoes.askers.entry(place.bucket).or_default().push(from);
            }
        }
        echoes
    }

    /// The attempts about a time.
    fn around(heard: &[Side], time: i64) -> &[Side] {
        let middle = heard.partition_point(|side| side.refusal.time < time);
        let from = middle.saturating_sub(NEIGHBOURS);
        let to = heard.len().min(middle + NEIGHBOURS);
        heard.get(from..to).unwrap_or_default()
    }

    /// The entry as which an entry was first queued that was put into the queue anew.
    pub(super) fn origin_of(&mut self, place: LegPlace) -> LegPlace {
        /// A person requeues a message a few times.
        const REQUEUED: usize = 8;
        let mut at = place;
        for _ in 0..REQUEUED {
            let joins = self.joins_of_queue_id(at.bucket).into_iter();
            let mut prior = joins.filter(|join| join.reason == Reason::PriorId && join.from == at);
            match prior.next() {
                Some(join) => at = join.to,
                None => break,
            }
        }
        at
    }
}

/// Whether the one side heard what the other gave: whether the clocks agree, or may but for a zone; `None`
/// if it is another refusal.
fn are_one(events: &Events, heard: &Side, given: &Side) -> Option<bool> {
    let is_named_unlike =
        heard.message_id != 0 && given.message_id != 0 && heard.message_id != given.message_id;
    if heard.place.bucket == given.place.bucket || is_named_unlike {
        return None;
    }
    let apart = heard.refusal.time.saturating_sub(given.refusal.time);
    if apart.unsigned_abs() <= NEAR.unsigned_abs() {
        return Some(true);
    }
    // A host that is called as the one that was asked begins.
    let (at, by) = (
        events.row(heard.refusal.event)?,
        events.row(given.refusal.event)?,
    );
    let host = by.text(Field::Host);
    let (called, rest) = at.text(Field::ServerHost).split_at_checked(host.len())?;
    let is_host = called.eq_ignore_ascii_case(host) && matches!(rest, [] | [b'.', ..]);
    (is_host && is_zone(apart)).then_some(false)
}

/// Whether what a server said was heard.
fn holds(heard: &[u8], words: &[u8]) -> bool {
    !words.is_empty() && memchr::memmem::find(heard, words).is_some()
}

/// Whether two clocks may be so far apart by their zones, which are quarters of hours, and some minutes.
fn is_zone(apart: i64) -> bool {
    const QUARTER: i64 = 15 * 60 * 1_000_000;
    const MINUTES: i64 = 2 * 60 * 1_000_000;
    const WIDEST: i64 = 14 * 3600 * 1_000_000;
    let off = apart.rem_euclid(QUARTER);
    apart.abs() <= WIDEST && (off <= MINUTES || QUARTER - off <= MINUTES)
}
