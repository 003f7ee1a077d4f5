//! Every id and the events under it: buckets, and how they are cut into legs.

mod hosts;

use hashbrown::{HashMap, HashSet};
use std::collections::BTreeSet;

use super::alike::is_vague;
use super::copies;
use super::cut::{Cut, PATIENCE};
use super::echo::Pair;
use super::hops::Arrival;
use super::join::Reason;
use super::leg::{Leg, Link, link_of};
use super::mentions::Mentions;
use super::order::Ordered;
use super::{LegPlace, Seed};
use crate::events::{EventNumber, Events, Row};
use crate::pages::Pages;
use crate::segment::Field;
use crate::words::Word;

const NO_EVENT: EventNumber = EventNumber::MAX;
/// More messages than this are not looked at for one that was put off.
const NEAR: usize = 16;

/// What a system calls a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// Exchange's, the same on all its servers and for all copies.
    NetworkMessageId(Word),
    /// For Exchange's lines without the above (2007, 2010, and a few later ones).
    MessageId(Word),
    /// An Exchange line that has neither.
    InternalId(Word),
    /// A queue id is known on one host only.
    QueueId { host: Word, id: Word },
    /// What a filter took on one host and handed back, or looked at, where nothing but the Message-ID
    /// tells that it is the same message. No event is gathered under it.
    Filtered { host: Word, message_id: Word },
    /// What a filter that names no queue id says of a message.
    Scanned { host: Word, message_id: Word },
    /// A server refused what this sender offered for this recipient before it had a queue id; for
    /// refusals that come before any sender is named, the client is.
    Refused {
        host: Word,
        sender: Word,
        recipient: Word,
    },
}

impl Key {
    /// The key under which an event is gathered; `None` if it names no message.
    pub fn of(row: &Row<'_>) -> Option<Key> {
        let id = row.word(Field::Id);
        if !row.origin().is_exchange() {
            let host = row.word(Field::Host);
            return match id {
                0 => Key::without_id(row, host),
                id => Some(Key::QueueId { host, id }),
            };
        }
        let network_message_id = row.word(Field::NetworkMessageId);
        if network_message_id != 0 {
            return Some(Key::NetworkMessageId(network_message_id));
        }
        let message_id = row.word(Field::MessageId);
        if message_id != 0 && row.text(Field::MessageId) != b"<>" {
            return Some(Key::MessageId(message_id));
        }
        (id != 0).then_some(Key::InternalId(id))
    }

    fn without_id(row: &Row<'_>, host: Word) -> Option<Key> {
        if row.origin().is_filter() {
            let message_id = row.word(Field::MessageId);
            return (message_id != 0).then_some(Key::Scanned { host, message_id });
        }
        Key::refused(row)
    }

    /// The key of a refusal, whether or not the message had a queue id by then.
    pub(super) fn refused(row: &Row<'_>) -> Option<Key> {
        let host = row.word(Field::Host);
        let recipient = row.first_folded(Field::Recipients);
        let sender = match row.folded(Field::ReturnPath) {
            0 => row.word(Field::ClientIp),
            sender => sender,
        };
        (sender != 0 || recipient != 0).then_some(Key::Refused {
            host,
            sender,
            recipient,
        })
    }
}

/// The events of one key.
#[derive(Clone, Debug)]
struct Bucket {
    key: Key,
    /// The newest event that came, which leads to the others.
    head: EventNumber,
    len: u32,
    /// How many there were when it was last cut, and where its first leg began then.
    cut_len: u32,
    start: i64,
    is_dirty: bool,
    /// The journeys that its legs belong to.
    journeys: Vec<u32>,
}

/// Every id and the events under it.
pub struct Index {
    buckets: Pages<Bucket>,
    by_key: HashMap<Key, u32, Seed>,
    /// By event: the one that came before it under the same key.
    before: Pages<EventNumber>,
    /// The buckets that name a key.
    mentions: Mentions<Key>,
    /// The buckets that say under which id another system went on with their message.
    onward: Mentions<Word>,
    /// The buckets in which a message begins under an id that another system may have been told.
    arrived: Mentions<Word>,
    /// By Message-ID: the buckets that handed their message on without an id that tells to whom, and the
    /// queue ids that may be the other side. These are noted once there are reports, which show no ids.
    handed_on: Mentions<Word>,
    named: Mentions<Word>,
    /// By sender and recipient: the buckets whose attempts were refused, and those that refused some.
    heard: Mentions<Pair>,
    given: Mentions<Pair>,
    has_reports: bool,
    has_new_reports: bool,
    dirty: Vec<u32>,
    /// Buckets in which the order of sources decided the order of events.
    tied: HashSet<u32, Seed>,
    /// Hosts whose filters name messages by their Message-ID alone.
    scanning: HashSet<Word, Seed>,
    /// Those of them whose queue ids are to be looked at again.
    new_scanning: HashSet<Word, Seed>,
    /// Senders whom some host has put off before it queued anything, and those of them that are new.
    put_off: HashSet<Word, Seed>,
    new_put_off: HashSet<Word, Seed>,
    /// What was accepted of such senders: when, and in which bucket. Whether it still holds, its legs tell.
    accepted: HashMap<Key, BTreeSet<(i64, u32)>, Seed>,
    /// What was put off, likewise.
    refused: HashMap<Key, BTreeSet<(i64, u32)>, Seed>,
}

impl Index {
    pub fn new(seed: u64) -> Index {
        let seed = Seed::with_seed(seed);
        Index {
            buckets: Pages::default(),
            by_key: HashMap::with_hasher(seed.clone()),
            before: Pages::default(),
            mentions: Mentions::new(seed.clone()),
            onward: Mentions::new(seed.clone()),
            arrived: Mentions::new(seed.clone()),
            handed_on: Mentions::new(seed.clone()),
            named: Mentions::new(seed.clone()),
            heard: Mentions::new(seed.clone()),
            given: Mentions::new(seed.clone()),
            has_reports: false,
            has_new_reports: false,
            dirty: Vec::new(),
            tied: HashSet::with_hasher(seed.clone()),
            scanning: HashSet::with_hasher(seed.clone()),
            new_scanning: HashSet::with_hasher(seed.clone()),
            put_off: HashSet::with_hasher(seed.clone()),
            new_put_off: HashSet::with_hasher(seed.clone()),
            accepted: HashMap::with_hasher(seed.clone()),
            refused: HashMap::with_hasher(seed),
        }
    }

    /// Puts an event under its key. Events come in the order of their numbers, none left out.
    pub fn add(&mut self, row: &Row<'_>) {
        let Some(key) = Key::of(row) else {
            self.before.push(NO_EVENT);
            return;
        };
        let bucket_idx = match self.by_key.get(&key) {
            Some(bucket_idx) => *bucket_idx,
            None => {
                let bucket_idx = self.buckets.push(Bucket {
                    key,
                    head: NO_EVENT,
                    len: 0,
                    cut_len: 0,
                    start: 0,
                    is_dirty: false,
                    journeys: Vec::new(),
                }) as u32;
                self.by_key.insert(key, bucket_idx);
                if let Key::QueueId { id, .. } = key
                    && self.arrived.add(id, bucket_idx)
                {
                    self.touch_crowd(id, |index| &index.arrived);
                }
                bucket_idx
            }
        };
        if let Some(arrival) = Arrival::at_exchange(row).filter(|_| row.origin().is_exchange())
            && self.arrived.add(arrival.id, bucket_idx)
        {
            self.touch_crowd(arrival.id, |index| &index.arrived);
        }
        if let Some(bucket) = self.buckets.get_mut(bucket_idx as usize) {
            self.before.push(bucket.head);
            bucket.head = row.number;
            bucket.len += 1;
        }
        self.touch(bucket_idx);
        if row.origin().is_exchange() && is_vague(row) && !self.has_reports {
            (self.has_reports, self.has_new_reports) = (true, true);
        }
        if let Key::Scanned { host, .. } = key
            && self.scanning.insert(host)
        {
            self.new_scanning.insert(host);
        }
    }

    /// Marks all queue ids of hosts that are known to scan since the last call, and once there are reports
    /// all queue ids.
    fn touch_scanning(&mut self) {
        let seed = self.seed();
        let hosts = std::mem::replace(&mut self.new_scanning, HashSet::with_hasher(seed));
        let of_all = std::mem::take(&mut self.has_new_reports);
        if hosts.is_empty() && !of_all {
            return;
        }
        let is_of_it = |bucket: &Bucket| matches!(bucket.key, Key::QueueId { host, .. } if of_all || hosts.contains(&host));
        let buckets = (0..).zip(self.buckets.iter());
        let found = buckets.filter(|(_, bucket)| is_of_it(bucket));
        let found: Vec<u32> = found.map(|(bucket_idx, _)| bucket_idx).collect();
        for bucket_idx in found {
            self.touch(bucket_idx);
        }
    }

    /// The senders that were put off for the first time since the last call: what was accepted of them
    /// may be what they offered again.
    pub fn take_put_off(&mut self) -> HashSet<Word, Seed> {
        let seed = self.seed();
        std::mem::replace(&mut self.new_put_off, HashSet::with_hasher(seed))
    }

    /// Marks a bucket as one whose journeys must be made anew.
    pub fn touch(&mut self, bucket_idx: u32) {
        if let Some(bucket) = self
            .buckets
            .get_mut(bucket_idx as usize)
            .filter(|b| !b.is_dirty)
        {
            bucket.is_dirty = true;
            self.dirty.push(bucket_idx);
        }
    }

    /// Marks the bucket of an event.
    pub fn touch_event(&mut self, row: &Row<'_>) {
        if let Some(bucket_idx) = Key::of(row).and_then(|key| self.by_key.get(&key)) {
            self.touch(*bucket_idx);
        }
    }

    /// Marks the buckets whose order hangs on the order of sources.
    pub fn touch_tied(&mut self) {
        for bucket_idx in std::mem::take(&mut self.tied) {
            self.touch(bucket_idx);
        }
    }

    /// Takes some of the buckets that are to be made anew, few enough for one short step.
    ///
    /// While an import goes on, a large bucket is only made anew once it has grown by a quarter, so
    /// that an id with a hundred thousand events costs no square of them.
    pub fn take_dirty(&mut self, more_comes: bool) -> Vec<u32> {
        const EVENTS: u32 = 2000;
        const LARGE: u32 = 1000;
        self.touch_scanning();
        let (mut some, mut events, mut later) = (Vec::new(), 0, Vec::new());
        while events < EVENTS {
            let Some(bucket_idx) = self.dirty.pop() else {
                break;
            };
            let Some(bucket) = self.buckets.get_mut(bucket_idx as usize) else {
                continue;
            };
            if more_comes
                && bucket.cut_len > LARGE
                && bucket.len - bucket.cut_len < bucket.cut_len / 4
            {
                later.push(bucket_idx);
                continue;
            }
            bucket.is_dirty = false;
            bucket.cut_len = bucket.len;
            events += bucket.len + 4;
            some.push(bucket_idx);
        }
        self.dirty.extend(later);
        some
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.buckets.memory()
            + self.before.memory()
            + self.mentions.memory()
            + self.onward.memory()
            + self.arrived.memory()
            + self.handed_on.memory()
            + self.named.memory()
            + self.heard.memory()
            + self.given.memory()
            + self.by_key.capacity() * (size_of::<(Key, u32)>() + 1)
    }

    /// Lets the buckets of these legs know the journey that they belong to.
    pub fn attach(&mut self, journey: u32, legs: &[LegPlace]) {
        for leg in legs {
            // Of one journey all legs come at once, so only the newest can be this one.
            if let Some(bucket) = self.buckets.get_mut(leg.bucket as usize)
                && bucket.journeys.last() != Some(&journey)
            {
                bucket.journeys.push(journey);
            }
        }
    }

    /// The bucket of an event.
    pub fn bucket_of_event(&self, row: &Row<'_>) -> Option<u32> {
        Key::of(row).and_then(|key| self.bucket_of(key))
    }

    /// The journeys that a bucket's legs belong to: those of all messages that bore its id.
    pub fn journeys_in(&self, bucket_idx: u32) -> &[u32] {
        let bucket = self.buckets.get(bucket_idx as usize);
        bucket.map_or(&[], |bucket| &bucket.journeys)
    }

    /// Takes away the journeys that a bucket's legs belonged to.
    pub(super) fn take_journeys(&mut self, bucket_idx: u32) -> Vec<u32> {
        let bucket = self.buckets.get_mut(bucket_idx as usize);
        bucket.map_or(Vec::new(), |bucket| std::mem::take(&mut bucket.journeys))
    }

    pub(super) fn seed(&self) -> Seed {
        self.by_key.hasher().clone()
    }

    pub(super) fn bucket_of(&self, key: Key) -> Option<u32> {
        self.by_key.get(&key).copied()
    }

    pub(super) fn key_of(&self, bucket_idx: u32) -> Option<Key> {
        self.buckets
            .get(bucket_idx as usize)
            .map(|bucket| bucket.key)
    }

    /// Where a bucket's first leg began when it was last cut.
    pub(super) fn start_of(&self, bucket_idx: u32) -> Option<i64> {
        self.buckets
            .get(bucket_idx as usize)
            .map(|bucket| bucket.start)
    }

    /// The buckets that name a bucket's key.
    pub(super) fn mentions_of(&self, key: Key) -> impl Iterator<Item = u32> + '_ {
        self.mentions.of(key)
    }

    /// The buckets that name a bucket's key, or, on its host, its id without knowing whose it is.
    pub(super) fn speakers_of(&self, key: Key) -> impl Iterator<Item = u32> + '_ {
        let id = match key {
            Key::QueueId { host, id } => Some((host, id)),
            _ => None,
        };
        let onward = id.into_iter().flat_map(move |(host, id)| {
            let on_host = move |bucket_idx: &u32| {
                let speaker = self.key_of(*bucket_idx);
                matches!(speaker, Some(Key::QueueId { host: speaker, .. }) if speaker == host)
            };
            self.onward.of(id).filter(on_host)
        });
        self.mentions.of(key).chain(onward)
    }

    /// Notes that a bucket makes a link. What an answer names may be an id of any host.
    fn mention(&mut self, link: &Link, bucket_idx: u32) {
        match link.key {
            Key::QueueId { id, .. } if link.reason == Reason::NextId => self.go_on(id, bucket_idx),
            Key::MessageId(name) => {
                if self.mentions.add(link.key, bucket_idx) {
                    self.touch_namesakes(name, false);
                }
            }
            key => drop(self.mentions.add(key, bucket_idx)),
        }
    }

    /// What the system of a bucket calls the message.
    pub(super) fn name_of(&self, bucket_idx: u32) -> Word {
        match self.key_of(bucket_idx) {
            Some(
                Key::QueueId { id, .. }
                | Key::NetworkMessageId(id)
                | Key::MessageId(id)
                | Key::InternalId(id),
            ) => id,
            _ => 0,
        }
    }

    /// What was accepted next of a sender that had been put off, in order of time.
    pub(super) fn accepted(
        &self,
        key: Key,
        from: i64,
        until: i64,
    ) -> impl Iterator<Item = (i64, u32)> + '_ {
        let set = self.accepted.get(&key).into_iter();
        set.flat_map(move |set| set.range((from, 0)..=(until, u32::MAX)))
            .take(NEAR)
            .copied()
    }

    /// What was put off so shortly before a time that what was accepted at that time may be the same:
    /// no more than [`NEAR`] others were accepted in between.
    pub(super) fn refused(&self, key: Key, time: i64) -> impl Iterator<Item = u32> + '_ {
        let accepted = self.accepted.get(&key);
        let before = accepted.and_then(|set| set.range(..(time, 0)).rev().nth(NEAR));
        let from = before.map_or(i64::MIN, |(start, _)| *start);
        let from = from.max(time.saturating_sub(PATIENCE));
        let set = self.refused.get(&key).into_iter();
        set.flat_map(move |set| set.range((from, 0)..=(time, u32::MAX)))
            .map(|(_, bucket_idx)| *bucket_idx)
    }

    /// The id that a bucket is of, which orders buckets by content where their numbers, given on
    /// arrival, must not.
    pub(super) fn id_of<'e>(&self, events: &'e Events, bucket_idx: u32) -> &'e [u8] {
        match self.key_of(bucket_idx) {
            Some(Key::QueueId { id, .. } | Key::NetworkMessageId(id)) => events.text(id),
            _ => &[],
        }
    }

    /// A bucket's events in order, each copy of the same evidence once.
    fn sorted(&self, events: &Events, bucket_idx: u32) -> (Vec<EventNumber>, bool) {
        let Some(bucket) = self.buckets.get(bucket_idx as usize) else {
            return (Vec::new(), false);
        };
        let mut list = Vec::with_capacity(bucket.len as usize);
        let mut at = bucket.head;
        while let Some(row) = (at != NO_EVENT).then(|| events.row(at)).flatten() {
            list.push(Ordered::of(&row));
            at = self.before.get(at as usize).copied().unwrap_or(NO_EVENT);
        }
        copies::fold(events, &mut list, &self.seed());
        list.sort_unstable();
        let is_tied = list.windows(2).any(|pair| match pair {
            [a, b] => a.time == b.time && a.phase == b.phase && a.source_span != b.source_span,
            _ => false,
        });
        (list.iter().map(|ordered| ordered.number).collect(), is_tied)
    }

    /// Cuts a bucket into legs.
    pub fn legs(&mut self, events: &Events, bucket_idx: u32) -> Vec<Leg> {
        let Some(bucket) = self.buckets.get(bucket_idx as usize) else {
            return Vec::new();
        };
        let key = bucket.key;
        let (sorted, is_tied) = self.sorted(events, bucket_idx);
        if is_tied {
            self.tied.insert(bucket_idx);
        }
        let mut legs: Vec<Leg> = Vec::new();
        let mut cut = Cut::new(key, self.seed());
        for row in sorted.iter().filter_map(|number| events.row(*number)) {
            let time = row.time();
            let generation = cut.generation_of(&row, time);
            while legs.len() <= generation {
                let place = LegPlace {
                    bucket: bucket_idx,
                    generation: legs.len() as u32,
                };
                legs.push(Leg::begin(place, time));
            }
            if let Some(leg) = legs.get_mut(generation) {
                leg.end = leg.end.max(time);
                leg.events.push(row.number);
                leg.links.extend(link_of(&row, time));
                match key {
                    Key::NetworkMessageId(_) | Key::MessageId(_) | Key::InternalId(_) => {
                        leg.note_exchange(&row);
                    }
                    _ => leg.note(&row),
                }
            }
        }
        let first = legs.first().map_or(0, |leg| leg.start);
        if let Some(bucket) = self.buckets.get_mut(bucket_idx as usize) {
            bucket.start = first;
        }
        let mut latest = i64::MIN;
        for leg in &mut legs {
            leg.links
                .dedup_by_key(|link| (link.key, link.time, link.reason));
            if let Key::QueueId { id, .. } = key {
                leg.arrive(id);
            }
            leg.order_hops();
            latest = latest.max(leg.end);
            leg.latest = latest;
            for link in &leg.links {
                self.mention(link, bucket_idx);
            }
            for hand_over in leg.hand_overs.iter().filter(|sent| sent.next != 0) {
                self.go_on(hand_over.next, bucket_idx);
            }
            self.note_refusals(leg, bucket_idx);
            self.note_namesakes(leg, matches!(key, Key::QueueId { .. }), bucket_idx);
            if let Key::QueueId { host, .. } = key {
                leg.is_looked_at = self.scanning.contains(&host);
                if leg.sender != 0 && self.put_off.contains(&leg.sender) {
                    leg.find_refusals(events, host);
                    for refused in &leg.refusals {
                        let accepted = self.accepted.entry(*refused).or_default();
                        accepted.insert((leg.start, bucket_idx));
                    }
                }
            }
            if let Some(key) = leg.filtered() {
                self.mentions.add(key, bucket_idx);
            }
            if let Some(refused @ Key::Refused { sender, .. }) = leg.put_off {
                let starts = self.refused.entry(refused).or_default();
                starts.insert((leg.start, bucket_idx));
                if self.put_off.insert(sender) {
                    self.new_put_off.insert(sender);
                }
            }
        }
        legs
    }

    /// The events of a leg, in order.
    pub fn events_of(&self, events: &Events, place: LegPlace) -> Vec<EventNumber> {
        let all = self.generations(events, place.bucket).into_iter();
        all.filter(|(_, generation)| *generation == place.generation)
            .map(|(number, _)| number)
            .collect()
    }

    /// A bucket's events in order, each with the generation that it is of.
    pub fn generations(&self, events: &Events, bucket_idx: u32) -> Vec<(EventNumber, u32)> {
        let Some(bucket) = self.buckets.get(bucket_idx as usize) else {
            return Vec::new();
        };
        let (sorted, _) = self.sorted(events, bucket_idx);
        let mut cut = Cut::new(bucket.key, self.seed());
        let generation = |number: EventNumber| {
            let row = events.row(number)?;
            Some((number, cut.generation_of(&row, row.time()) as u32))
        };
        sorted.into_iter().filter_map(generation).collect()
    }
}
