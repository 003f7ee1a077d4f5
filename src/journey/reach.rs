//! Joining: the legs that belong together, as far as links reach.

use hashbrown::{HashMap, HashSet};

use super::cut::network;
use super::echo::{Echoes, Pair};
use super::hops::Hops;
use super::index::{Index, Key};
use super::join::{Join, Reason};
use super::leg::{Leg, Link};
use super::{LegPlace, Seed};
use crate::events::Events;
use crate::words::Word;

/// A filter hands back within this time what only the Message-ID tells to be the same (formats.md 4.7).
const FILTER_SPAN: i64 = 600 * 1_000_000;

/// The joins behind a filter of all legs of one key.
#[derive(Default)]
struct Filtered {
    joins: HashMap<u32, Vec<Join>, Seed>,
    /// By bucket: those that join to it.
    askers: HashMap<u32, Vec<u32>, Seed>,
}

/// The legs that belong together with those of some buckets, as far as links reach.
pub struct Reach<'a> {
    pub(super) index: &'a mut Index,
    pub(super) events: &'a Events,
    legs: HashMap<u32, Vec<Leg>, Seed>,
    joins: HashMap<u32, Vec<Join>, Seed>,
    filters: HashMap<Key, Filtered, Seed>,
    /// Hand-overs, by the id that was answered, and by the Message-ID where no id tells.
    pub(super) hops: HashMap<Word, Hops, Seed>,
    pub(super) alike: HashMap<Word, Hops, Seed>,
    /// Refusals that both sides log, by sender and recipient.
    pub(super) echoes: HashMap<Pair, Echoes, Seed>,
    /// Buckets whose legs are joined anew.
    within: Vec<u32>,
}

impl<'a> Reach<'a> {
    pub fn new(index: &'a mut Index, events: &'a Events) -> Reach<'a> {
        let seed = index.seed();
        Reach {
            index,
            events,
            legs: HashMap::with_hasher(seed.clone()),
            joins: HashMap::with_hasher(seed.clone()),
            filters: HashMap::with_hasher(seed.clone()),
            hops: HashMap::with_hasher(seed.clone()),
            alike: HashMap::with_hasher(seed.clone()),
            echoes: HashMap::with_hasher(seed),
            within: Vec::new(),
        }
    }

    /// Gathers the buckets and all that is linked to them. `of_journey` gives the legs of a journey
    /// that a bucket belonged to so far; the journeys that are void by this are returned.
    pub fn gather(
        &mut self,
        buckets: Vec<u32>,
        of_journey: impl Fn(u32) -> Vec<LegPlace>,
    ) -> Vec<u32> {
        let (mut open, mut void) = (buckets, Vec::new());
        let seed = self.legs.hasher().clone();
        let mut known: HashSet<u32, Seed> = HashSet::with_hasher(seed.clone());
        known.extend(open.iter().copied());
        let mut is_void: HashSet<u32, Seed> = HashSet::with_hasher(seed);
        // A leg names others only once it is cut, and joins look for who names them.
        for bucket_idx in &open {
            self.legs(*bucket_idx);
        }
        while let Some(bucket_idx) = open.pop() {
            self.within.push(bucket_idx);
            let mut found: Vec<u32> = Vec::new();
            // All buckets of a void journey come by here, so none goes on naming it.
            for journey in self.index.take_journeys(bucket_idx) {
                if is_void.insert(journey) {
                    found.extend(of_journey(journey).iter().map(|leg| leg.bucket));
                    void.push(journey);
                }
            }
            found.extend(self.neighbours(bucket_idx));
            found.retain(|bucket_idx| known.insert(*bucket_idx));
            open.extend(found);
        }
        void
    }

    pub(super) fn legs(&mut self, bucket_idx: u32) -> &[Leg] {
        let (index, events) = (&mut *self.index, self.events);
        self.legs
            .entry(bucket_idx)
            .or_insert_with(|| index.legs(events, bucket_idx))
    }

    /// Buckets that a leg of this one is linked to, in either direction.
    fn neighbours(&mut self, bucket_idx: u32) -> Vec<u32> {
        let Some(key) = self.index.key_of(bucket_idx) else {
            return Vec::new();
        };
        // Who may make a join to this one: those that name it, and for a network message id the
        // bucket of its Message-ID.
        let mut askers: Vec<u32> = self.index.speakers_of(key).collect();
        if let Key::NetworkMessageId(_) = key {
            let links: Vec<Link> = self
                .legs(bucket_idx)
                .iter()
                .flat_map(|leg| leg.links.clone())
                .collect();
            askers.extend(
                links
                    .iter()
                    .filter_map(|link| self.index.bucket_of(link.key)),
            );
        }
        let mut refusals: Vec<(Key, i64)> = Vec::new();
        for leg in self.legs(bucket_idx) {
            refusals.extend(leg.refusals.iter().map(|key| (*key, leg.start)));
        }
        for (key, start) in refusals {
            askers.extend(self.index.refused(key, start));
        }
        askers.sort_unstable();
        askers.dedup();
        let mut found: Vec<u32> = self
            .joins(bucket_idx)
            .iter()
            .map(|join| join.to.bucket)
            .collect();
        for asker in askers {
            let joins = self.joins(asker);
            let found_at = joins.binary_search_by_key(&bucket_idx, |join| join.to.bucket);
            if found_at.is_ok() {
                found.push(asker);
            }
        }
        for key in self.filtered_keys(bucket_idx) {
            let askers = self.filter(key).askers.get(&bucket_idx);
            found.extend(askers.into_iter().flatten());
        }
        found.extend(self.hops_to(bucket_idx));
        found.extend(self.echoes_to(bucket_idx));
        found
    }

    /// The joins that a bucket's legs make, in order.
    fn joins(&mut self, bucket_idx: u32) -> &[Join] {
        if !self.joins.contains_key(&bucket_idx) {
            let mut joins = self.find_joins(bucket_idx);
            joins.extend(self.hops_from(bucket_idx));
            joins.extend(self.echoes_from(bucket_idx));
            joins.sort_unstable();
            joins.dedup();
            self.joins.insert(bucket_idx, joins);
        }
        self.joins.entry(bucket_idx).or_default()
    }

    fn find_joins(&mut self, bucket_idx: u32) -> Vec<Join> {
        match self.index.key_of(bucket_idx) {
            Some(key @ Key::MessageId(_)) => self.joins_of_message_id(key, bucket_idx),
            Some(Key::QueueId { .. }) => {
                let mut joins = self.joins_of_queue_id(bucket_idx);
                joins.extend(self.joins_behind_filter(bucket_idx));
                joins.extend(self.joins_of_put_off(bucket_idx));
                joins
            }
            Some(Key::Scanned { .. }) => self.joins_behind_filter(bucket_idx),
            Some(Key::Refused { .. }) => self.joins_of_put_off(bucket_idx),
            Some(Key::NetworkMessageId(_) | Key::InternalId(_) | Key::Filtered { .. }) | None => {
                Vec::new()
            }
        }
    }

    pub(super) fn joins_of_queue_id(&mut self, bucket_idx: u32) -> Vec<Join> {
        let links: Vec<(LegPlace, Link)> = self
            .legs(bucket_idx)
            .iter()
            .flat_map(|leg| leg.links.iter().map(|link| (leg.place, *link)))
            .collect();
        let mut joins = Vec::new();
        for (from, link) in links {
            let Some(target) = self.index.bucket_of(link.key) else {
                continue;
            };
            let name = self.name_of(from);
            let near = Leg::nearest(self.legs(target), &link, from);
            let is_it = |to: &&Leg| !link.is_outward || name.is_none_or(|name| to.is_called(name));
            joins.extend(near.filter(is_it).map(|to| Join {
                event: link.event,
                ..Join::by(link.reason, from, to.place)
            }));
        }
        joins
    }

    /// The Message-ID of a leg, if it is known.
    fn name_of(&mut self, place: LegPlace) -> Option<Word> {
        let legs = self.legs(place.bucket);
        let leg = legs.get(place.generation as usize)?;
        Some(leg.message_id).filter(|message_id| *message_id != 0)
    }

    /// By leg of a bucket: the one that handed it over, or whose attempt it refused, as first queued.
    fn sources_in(&mut self, bucket_idx: u32) -> HashMap<LegPlace, LegPlace, Seed> {
        let mut sources: HashMap<LegPlace, LegPlace, Seed> = HashMap::default();
        self.add_sources_by_refusals(bucket_idx, &mut sources);
        self.add_sources_by_ids(bucket_idx, &mut sources);
        for source in sources.values_mut() {
            *source = self.origin_of(*source);
        }
        sources
    }

    /// What a server put off belongs to the message that it accepted next of the same sender for the same
    /// recipient from the same network (formats.md 7.6).
    fn joins_of_put_off(&mut self, bucket_idx: u32) -> Vec<Join> {
        let legs = self.legs(bucket_idx).iter();
        let put_off = legs.filter_map(|leg| Some((leg.put_off?, leg.clone())));
        let put_off: Vec<(Key, Leg)> = put_off.collect();
        if put_off.is_empty() {
            return Vec::new();
        }
        let of_bucket = self.sources_in(bucket_idx);
        let mut joins = Vec::new();
        for (key, leg) in put_off {
            let until = leg.end.saturating_add(leg.patience);
            let events = self.events;
            let network_of = |leg: &Leg| network(events.text(leg.client_ip));
            let came_from = network_of(&leg);
            let near: Vec<(i64, u32)> = self.index.accepted(key, leg.start, until).collect();
            let source = of_bucket.get(&leg.place).copied();
            let mut found: Option<(i64, &[u8], LegPlace)> = None;
            for (start, accepted) in near {
                if found.is_some_and(|(found, ..)| found < start) {
                    break;
                }
                let id = self.index.id_of(events, accepted);
                let sources = self.sources_in(accepted);
                let legs = self.legs(accepted);
                let from = legs.partition_point(|other| other.start < start);
                let legs = legs.iter().skip(from);
                let mut legs = legs.take_while(|other| other.start == start);
                let same = legs.find(|other| {
                    other.place != leg.place
                        && other.refusals.contains(&key)
                        && network_of(other) == came_from
                        && !leg.is_named_unlike(other)
                        && !other.has_prior
                        // Both came from hosts whose logs tell from which of their messages.
                        && source.is_none_or(|source| {
                            sources.get(&other.place).is_none_or(|other| *other == source)
                        })
                });
                let same = same.map(|same| (start, id, same.place));
                found = [found, same].into_iter().flatten().min();
            }
            let to = found.map(|(.., to)| to);
            joins.extend(to.map(|to| Join::by(Reason::OfferedAgain, leg.place, to)));
        }
        joins
    }

    /// The keys under which a filter's legs of a bucket are found, each once.
    fn filtered_keys(&mut self, bucket_idx: u32) -> Vec<Key> {
        let legs = self.legs(bucket_idx).iter();
        let mut keys: Vec<Key> = legs.filter_map(Leg::filtered).collect();
        keys.dedup();
        if keys.len() > 1 {
            let mut known: HashSet<Key, Seed> = HashSet::with_hasher(self.legs.hasher().clone());
            keys.retain(|key| known.insert(*key));
        }
        keys
    }

    fn joins_behind_filter(&mut self, bucket_idx: u32) -> Vec<Join> {
        let mut joins = Vec::new();
        for key in self.filtered_keys(bucket_idx) {
            joins.extend(
                self.filter(key)
                    .joins
                    .get(&bucket_idx)
                    .into_iter()
                    .flatten()
                    .copied(),
            );
        }
        joins
    }

    /// A leg that came from this host itself belongs to the one of the same Message-ID that a filter took
    /// nearest to its beginning, and a filter's look at a message to the nearest that began. All of one
    /// Message-ID are joined at once: a spammer gives the same to any number of messages.
    fn filter(&mut self, key: Key) -> &Filtered {
        if !self.filters.contains_key(&key) {
            let (mut taken, mut from_here) = (Vec::new(), Vec::new());
            let (mut queued, mut looks) = (Vec::new(), Vec::new());
            let events = self.events;
            let mut mentions: Vec<u32> = self.index.mentions_of(key).collect();
            mentions.sort_unstable();
            mentions.dedup();
            mentions.sort_by_key(|mention| self.index.id_of(events, *mention));
            for (mention, rank) in mentions.into_iter().zip(0..) {
                let legs = self.legs(mention).iter();
                for leg in legs.filter(|leg| leg.filtered() == Some(key)) {
                    if leg.is_look {
                        looks.push((leg.place, leg.start));
                        continue;
                    }
                    let times = leg.taken.iter();
                    taken.extend(times.map(|time| (*time, leg.start, rank, leg.place)));
                    queued.push((leg.start, leg.start, rank, leg.place));
                    from_here.extend(leg.is_from_here.then_some((leg.place, leg.start)));
                }
            }
            // As what the filter queued it again is told of most: a message that was sent again has the
            // same Message-ID.
            from_here.retain(|(from, _)| !self.is_linked_to(*from));
            taken.sort_unstable();
            queued.sort_unstable();
            let mut filtered = Filtered::default();
            let returned = from_here
                .into_iter()
                .map(|(from, start)| (from, nearest(&taken, from, start), Reason::Filter));
            let looked_at = looks
                .into_iter()
                .map(|(from, start)| (from, nearest(&queued, from, start), Reason::Look));
            for (from, to, reason) in returned.chain(looked_at) {
                let Some(to) = to else {
                    continue;
                };
                let joins = filtered.joins.entry(from.bucket).or_default();
                joins.push(Join::by(reason, from, to));
                let askers = filtered.askers.entry(to.bucket).or_default();
                askers.push(from.bucket);
            }
            self.filters.insert(key, filtered);
        }
        self.filters.entry(key).or_default()
    }

    /// Whether another leg says that it goes on as this one.
    fn is_linked_to(&mut self, place: LegPlace) -> bool {
        /// An id that more than these speak of is told enough of.
        const SPEAKERS: usize = 16;
        let Some(key) = self.index.key_of(place.bucket) else {
            return false;
        };
        let speakers: Vec<u32> = self.index.speakers_of(key).take(SPEAKERS).collect();
        let mut links: Vec<Link> = Vec::new();
        for speaker in speakers {
            let others = self.legs(speaker).iter().filter(|leg| leg.place != place);
            let of_this = others
                .flat_map(|leg| &leg.links)
                .filter(|link| link.key == key && link.reason == Reason::NextId);
            links.extend(of_this);
        }
        let leg = self
            .legs(place.bucket)
            .iter()
            .find(|leg| leg.place == place);
        leg.is_some_and(|leg| links.iter().any(|link| leg.distance(link).is_some()))
    }

    /// Lines that lack the network message id belong to that message of the same Message-ID which
    /// began nearest to them: a message that was sent again has the same one.
    fn joins_of_message_id(&mut self, key: Key, bucket_idx: u32) -> Vec<Join> {
        let Some((from, start)) = self
            .legs(bucket_idx)
            .first()
            .map(|leg| (leg.place, leg.start))
        else {
            return Vec::new();
        };
        // A network message id has one leg, and what has moved since it was cut is cut anew.
        let near = self.index.mentions_of(key).filter_map(|bucket| {
            let began = self.index.start_of(bucket)?;
            let to = LegPlace {
                bucket,
                generation: 0,
            };
            Some((began.saturating_sub(start).saturating_abs(), began, to))
        });
        let near: Vec<(i64, i64, LegPlace)> = near.collect();
        let nearest = near.iter().map(|(apart, began, _)| (*apart, *began)).min();
        // Of several as near the id decides, and never a number that was given on arrival.
        let near = near
            .iter()
            .filter(|(apart, began, _)| Some((*apart, *began)) == nearest);
        let near = near.min_by_key(|(.., to)| self.index.id_of(self.events, to.bucket));
        let join = near.map(|(.., to)| Join::by(Reason::MessageId, from, *to));
        join.into_iter().collect()
    }

    /// The legs that were gathered, joined: each item becomes a journey.
    pub fn components(mut self) -> Vec<Component> {
        let mut within = std::mem::take(&mut self.within);
        within.sort_unstable();
        let joins: Vec<Join> = within
            .iter()
            .flat_map(|bucket_idx| self.joins(*bucket_idx).to_vec())
            .collect();
        let mut legs: Vec<Leg> = within
            .iter()
            .filter_map(|bucket_idx| self.legs.remove(bucket_idx))
            .flatten()
            .collect();
        legs.sort_unstable_by_key(|leg| leg.place);
        let places: Vec<LegPlace> = legs.iter().map(|leg| leg.place).collect();
        let at = |place: LegPlace| places.binary_search(&place).ok();
        let mut group: Vec<usize> = (0..legs.len()).collect();
        for join in &joins {
            if let (Some(from), Some(to)) = (at(join.from), at(join.to)) {
                let (a, b) = (root(&mut group, from), root(&mut group, to));
                if let Some(slot) = group.get_mut(a.max(b)) {
                    *slot = a.min(b);
                }
            }
        }
        let mut components: Vec<Component> =
            (0..legs.len()).map(|_| Component::default()).collect();
        for (leg_idx, leg) in legs.into_iter().enumerate() {
            if let Some(component) = components.get_mut(root(&mut group, leg_idx)) {
                component.legs.push(leg);
            }
        }
        for join in joins {
            let from = at(join.from).map(|leg_idx| root(&mut group, leg_idx));
            if let Some(component) = from.and_then(|from| components.get_mut(from)) {
                component.joins.push(join);
            }
        }
        components.retain(|component| !component.legs.is_empty());
        components
    }
}

/// Legs that belong together, and why.
#[derive(Debug, Default)]
pub struct Component {
    pub legs: Vec<Leg>,
    pub joins: Vec<Join>,
}

/// When a leg was taken, when it began, its rank among the others by content, and which it is.
type Taken = (i64, i64, u32, LegPlace);

/// Of when which leg was taken, ascending, the nearest to a time that is near enough, but for the leg
/// itself; of several as near, the leg that began first.
fn nearest(taken: &[Taken], from: LegPlace, time: i64) -> Option<LegPlace> {
    let is_other = |(.., leg): &&Taken| *leg != from;
    let (before, behind) = taken.split_at(taken.partition_point(|(at, ..)| *at < time));
    // Of those of one instant, the first is the leg that began first.
    let behind = behind.iter().find(is_other);
    let before = before.chunk_by(|a, b| a.0 == b.0).rev();
    let before = before.filter_map(|same| same.iter().find(is_other)).next();
    let near = before.into_iter().chain(behind);
    let near = near.map(|(at, start, rank, leg)| (at.abs_diff(time), *start, *rank, *leg));
    let (apart, .., leg) = near.min()?;
    (apart <= FILTER_SPAN.unsigned_abs()).then_some(leg)
}

/// The first of a group, and a shorter way to it for those who ask later.
fn root(group: &mut [usize], mut at: usize) -> usize {
    while let Some(up) = group.get(at).copied().filter(|up| *up != at) {
        let above = group.get(up).copied().unwrap_or(up);
        if let Some(slot) = group.get_mut(at) {
            *slot = above;
        }
        at = above;
    }
    at
}
