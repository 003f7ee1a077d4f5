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
const NEIGHBOURS: usize = 8;

/// One side of a refusal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) event: EventNumber,
    pub(super) time: i64,
    /// 0 where only the whole leg tells.
    pub(super) sender: Word,
    pub(super) recipient: Word,
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
        // By the leg that refused: the legs that it refused, and by which events.
        let mut found: HashMap<LegPlace, (HashSet<LegPlace, Seed>, Vec<Join>), Seed> =
            HashMap::default();
        for at in &given {
            let middle = heard.partition_point(|side| side.refusal.time < at.refusal.time);
            let near = heard.iter().take(middle + NEIGHBOURS);
            let near = near.skip(middle.saturating_sub(NEIGHBOURS));
            let (legs, joins) = found.entry(at.place).or_default();
            for from in near.filter(|from| are_one(events, from, at)) {
                legs.insert(from.place);
                joins.push(Join {
                    event: from.refusal.event,
                    arrival: at.refusal.event,
                    ..Join::by(Reason::Refused, from.place, at.place)
                });
            }
        }
        let mut echoes = Echoes::default();
        for (place, (legs, joins)) in found {
            let Some(from) = legs.iter().next().filter(|_| legs.len() == 1) else {
                continue;
            };
            echoes.joins.entry(from.bucket).or_default().extend(joins);
            let askers = echoes.askers.entry(place.bucket).or_default();
            askers.push(from.bucket);
            echoes.sources.insert(place, *from);
        }
        echoes
    }
}

/// Whether the one side heard what the other gave.
fn are_one(events: &Events, heard: &Side, given: &Side) -> bool {
    let is_named_unlike =
        heard.message_id != 0 && given.message_id != 0 && heard.message_id != given.message_id;
    let apart = heard.refusal.time.abs_diff(given.refusal.time);
    let (Some(at), Some(by)) = (
        events.row(heard.refusal.event),
        events.row(given.refusal.event),
    ) else {
        return false;
    };
    let words = by.text(Field::Text);
    heard.place.bucket != given.place.bucket
        && !is_named_unlike
        && apart <= NEAR.unsigned_abs()
        && !words.is_empty()
        && memchr::memmem::find(at.text(Field::Text), words).is_some()
}
