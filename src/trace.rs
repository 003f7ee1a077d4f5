//! All that is loaded, traced: events, the journeys and deliveries derived from them, and the facts that
//! only the whole data set knows.
//!
//! Everything but the events can be thrown away and made again. Deriving goes in bounded steps; a new
//! segment derives again only what it touches.

mod missing;

pub use missing::{Gap, Log, Missing};

use hashbrown::{HashMap, HashSet};
use std::collections::VecDeque;
use std::ops::Range;

use crate::delivery::derive::{Elsewhere, deliveries};
use crate::delivery::rule::Rule;
use crate::delivery::status::Status;
use crate::delivery::{Basis, Delivery, NO_EVENT, Settings};
use crate::event::Kind;
use crate::events::{EventNumber, Events, Moved, Row};
use crate::facts::Facts;
use crate::journey::{
    Component, Index, Join, Journey, Leg, LegPlace, Reach, Reason, in_order, summarise,
    tells_sender,
};
use crate::pages::Pages;
use crate::segment::{Field, SegmentError};
use crate::source::{HostClock, SourceNumber};
use crate::words::Word;

/// A message without an outcome is "getting status" while its host's logs end within this time of its
/// last event (formats.md 7.0 G4).
const RECENT: i64 = 15 * 60 * 1_000_000;
/// No delivery points here: its journey is gone.
const NO_JOURNEY: u32 = u32::MAX;
/// Events that are put under their keys in one breath.
const INDEX_STEP: u32 = 4096;
/// So many buckets may each be asked for the numbers of its deliveries.
const FEW_BUCKETS: usize = 16;
/// Events that are looked through in one breath.
const SEEK_STEP: u32 = 1 << 15;

type Seed = foldhash::quality::FixedState;

/// Numbers of deliveries by the bucket of their journey's first leg, and recipient.
type Numbers = HashMap<u32, HashMap<Word, VecDeque<u32>, Seed>, Seed>;

/// Events and what is derived from them.
pub struct Trace {
    seed: u64,
    settings: Settings,
    events: Events,
    index: Index,
    /// Events from here on are not in the index yet.
    indexed: EventNumber,
    facts: Facts,
    /// The stretches of time of the hosts' logs may be others.
    facts_are_stale: bool,
    /// Sources of which more segments are expected.
    growing: HashSet<SourceNumber, Seed>,
    journeys: Pages<Journey>,
    free_journeys: Vec<u32>,
    deliveries: Pages<Delivery>,
    /// The number of the first of `deliveries`.
    first_delivery: u32,
    /// Journeys with a delivery that has no outcome: until when there are logs of a host decides.
    open: HashSet<u32, Seed>,
    /// Journeys with a delivery that was sent to a server: whether it is one of ours decides.
    sent: HashSet<u32, Seed>,
    /// Those of them that are to be looked at again.
    to_settle: Vec<u32>,
    /// Senders that are sought in the events, from which event on.
    seeking: Option<(HashSet<Word, Seed>, EventNumber)>,
    revision: u64,
}

impl Trace {
    /// The seed decides nothing but where words lie in a table.
    pub fn new(seed: u64) -> Trace {
        let hash = Seed::with_seed(seed);
        Trace {
            seed,
            settings: Settings::default(),
            events: Events::new(seed),
            index: Index::new(seed),
            indexed: 0,
            facts: Facts::default(),
            facts_are_stale: false,
            growing: HashSet::with_hasher(hash.clone()),
            journeys: Pages::default(),
            free_journeys: Vec::new(),
            deliveries: Pages::default(),
            first_delivery: 0,
            open: HashSet::with_hasher(hash.clone()),
            sent: HashSet::with_hasher(hash),
            to_settle: Vec::new(),
            seeking: None,
            revision: 0,
        }
    }

    /// Begins a source, before anything of it is taken up; `date` is the file's own, microseconds UTC.
    pub fn begin(&mut self, source: SourceNumber, date: Option<i64>) {
        self.events.begin(source, date);
    }

    /// Takes up one segment of a source. What it touches is derived by [`Trace::derive`].
    pub fn take_up(
        &mut self,
        source: SourceNumber,
        bytes: Vec<u8>,
        clocks: &[HostClock],
    ) -> Result<Range<EventNumber>, SegmentError> {
        let range = self.events.take_up(source, bytes, clocks)?;
        self.growing.insert(source);
        self.facts_are_stale = true;
        Ok(range)
    }

    /// Sets how a source's times are read and what its hosts are called, now that all of it is here; what
    /// that moves is derived again.
    pub fn set_clocks(&mut self, source: SourceNumber, clocks: &[HostClock]) {
        match self.events.set_clocks(source, clocks) {
            Moved::Nothing => {}
            Moved::Times => self.touch(source),
            // Ids are known on one host only, so all is another now.
            Moved::Hosts => self.begin_anew(),
        }
        self.growing.remove(&source);
        self.facts_are_stale = true;
        self.index.touch_tied();
    }

    /// Sets how contested cases are decided; all is derived again if that is another way.
    pub fn set_settings(&mut self, settings: Settings) {
        if std::mem::replace(&mut self.settings, settings) != settings {
            self.begin_anew();
        }
    }

    /// Forgets a source. Everything is derived again, and no delivery keeps its number.
    pub fn forget(&mut self, source: SourceNumber) {
        self.events.forget(source);
        self.growing.remove(&source);
        self.begin_anew();
    }

    /// Derives everything again; no delivery keeps its number.
    fn begin_anew(&mut self) {
        self.index = Index::new(self.seed);
        self.indexed = 0;
        self.facts = Facts::default();
        self.facts_are_stale = true;
        self.journeys = Pages::default();
        self.free_journeys.clear();
        self.first_delivery = self
            .first_delivery
            .saturating_add(self.deliveries.len() as u32);
        self.deliveries = Pages::default();
        self.open.clear();
        self.sent.clear();
        self.to_settle.clear();
        self.seeking = None;
        self.revision += 1;
    }

    /// Derives until `go_on` says no or nothing is left; true if work is left.
    pub fn derive(&mut self, go_on: &mut dyn FnMut() -> bool) -> bool {
        loop {
            if !self.derive_some() {
                return false;
            }
            if !go_on() {
                return true;
            }
        }
    }

    /// One short step; false if there was nothing to do.
    fn derive_some(&mut self) -> bool {
        if self.indexed < self.events.len() {
            let end = self.events.len().min(self.indexed + INDEX_STEP);
            for row in self.events.rows(self.indexed..end) {
                self.index.add(&row);
                self.facts.learn(&row);
            }
            self.indexed = end;
            return true;
        }
        let dirty = self.index.take_dirty(!self.growing.is_empty());
        if !dirty.is_empty() {
            self.join(dirty);
            return true;
        }
        // What was accepted before anyone knew that its sender had been put off.
        if self.growing.is_empty() {
            if self.seeking.is_none() {
                let senders = self.index.take_put_off();
                self.seeking = (!senders.is_empty()).then_some((senders, 0));
            }
            if self.seeking.is_some() {
                self.seek();
                return true;
            }
        }
        // What only the facts decide may be otherwise now.
        if std::mem::take(&mut self.facts_are_stale) {
            if self.facts.measure(&self.events) {
                self.to_settle.extend(&self.open);
            }
            return true;
        }
        // While an import goes on, each of its parts may tell of another server.
        if self.growing.is_empty() && self.facts.take_news() {
            self.to_settle.extend(&self.sent);
            return true;
        }
        let some = self.to_settle.len().saturating_sub(1000);
        let journeys: Vec<u32> = self.to_settle.drain(some..).collect();
        for journey in &journeys {
            self.settle(*journey);
        }
        !journeys.is_empty()
    }

    /// Makes the journeys of some buckets anew, and of all that is linked to them.
    fn join(&mut self, buckets: Vec<u32>) {
        let journeys = &self.journeys;
        let legs_of = |journey: u32| {
            journeys
                .get(journey as usize)
                .map_or(Vec::new(), |journey| journey.legs.clone())
        };
        let mut reach = Reach::new(&mut self.index, &self.events);
        let void = reach.gather(buckets, legs_of);
        let components = reach.components();
        let mut numbers = self.withdraw(void);
        for component in components {
            self.found(&component, &mut numbers);
        }
        // Deliveries that nobody has taken over are gone.
        for number in numbers
            .into_values()
            .flat_map(HashMap::into_values)
            .flatten()
        {
            if let Some(delivery) = self.slot(number) {
                delivery.journey = NO_JOURNEY;
            }
        }
        self.revision += 1;
    }

    /// Takes journeys back, and gives the numbers of their deliveries by bucket and recipient, so that
    /// the same delivery keeps its number.
    fn withdraw(&mut self, mut void: Vec<u32>) -> Numbers {
        let start = |place: &u32| {
            self.journeys
                .get(*place as usize)
                .map(|journey| journey.start)
        };
        void.sort_by_key(start);
        let seed = Seed::with_seed(self.seed);
        let mut numbers: Numbers = HashMap::with_hasher(seed.clone());
        for place in void {
            self.open.remove(&place);
            self.sent.remove(&place);
            let Some(journey) = self.journeys.get_mut(place as usize).map(std::mem::take) else {
                continue;
            };
            self.free_journeys.push(place);
            for join in &journey.joins {
                self.facts.disprove(&self.events, join);
            }
            let bucket = journey.legs.first().map_or(0, |leg| leg.bucket);
            for number in journey.deliveries {
                let recipient = self.slot(number).map_or(0, |delivery| delivery.recipient);
                let by_recipient = numbers.entry(bucket);
                let by_recipient =
                    by_recipient.or_insert_with(|| HashMap::with_hasher(seed.clone()));
                by_recipient.entry(recipient).or_default().push_back(number);
            }
        }
        numbers
    }

    /// Founds the journey of some legs with its deliveries.
    fn found(&mut self, component: &Component, numbers: &mut Numbers) {
        let Component { legs, joins } = component;
        let list = in_order(&self.events, legs, joins);
        let mut journey = summarise(&self.events, &list, component);
        let place = self
            .free_journeys
            .pop()
            .unwrap_or_else(|| self.journeys.push(Journey::default()) as u32);
        let mut buckets: Vec<u32> = legs.iter().map(|leg| leg.place.bucket).collect();
        buckets.dedup();
        buckets.retain(|bucket| numbers.contains_key(bucket));
        // Which buckets have numbers for a recipient: of many, not all are asked.
        let mut by_recipient: HashMap<Word, Vec<u32>, Seed> =
            HashMap::with_hasher(Seed::with_seed(self.seed));
        let is_many = buckets.len() > FEW_BUCKETS;
        for bucket in buckets.iter().filter(|_| is_many) {
            let recipients = numbers.get(bucket).into_iter().flat_map(HashMap::keys);
            for recipient in recipients {
                by_recipient.entry(*recipient).or_default().push(*bucket);
            }
        }
        let elsewhere = elsewhere(component);
        for delivery in deliveries(&self.events, &list, elsewhere, self.settings) {
            let delivery = Delivery {
                journey: place,
                ..delivery
            };
            let asked = match is_many {
                true => by_recipient.get(&delivery.recipient),
                false => Some(&buckets),
            };
            let known = asked.into_iter().flatten().find_map(|bucket| {
                // Several messages that bore one id stand in order of time.
                let by_recipient = numbers.get_mut(bucket)?;
                by_recipient.get_mut(&delivery.recipient)?.pop_front()
            });
            let number = match known {
                Some(number) => number,
                None => self
                    .first_delivery
                    .saturating_add(self.deliveries.push(delivery) as u32),
            };
            if let Some(slot) = self.slot(number) {
                *slot = delivery;
            }
            journey.deliveries.push(number);
        }
        for join in &journey.joins {
            self.facts.prove(&self.events, join);
        }
        self.index.attach(place, &journey.legs);
        if let Some(slot) = self.journeys.get_mut(place as usize) {
            *slot = journey;
        }
        self.settle(place);
    }

    /// Decides the deliveries of a journey that facts decide, and those that repeat another's status.
    fn settle(&mut self, place: u32) {
        let numbers = match self.journeys.get(place as usize) {
            Some(journey) => journey.deliveries.clone(),
            None => return,
        };
        let (mut is_open, mut is_sent) = (false, false);
        for number in &numbers {
            let Some(delivery) = self.delivery(*number).copied() else {
                continue;
            };
            let is_undecided = match delivery.basis {
                Basis::Settled | Basis::Replaced => continue,
                Basis::Open => true,
                Basis::SentTo { event, rule } => {
                    is_sent = true;
                    let row = self.events.row(event);
                    let is_own = row.is_some_and(|row| self.facts.is_own(&row, rule));
                    if !is_own {
                        self.decide(*number, Status::Delivered, rule, event);
                    }
                    is_own
                }
            };
            is_open |= is_undecided;
            if is_undecided {
                let (status, rule) = self.without_outcome(&delivery);
                // A hop decides nothing.
                self.decide(*number, status, rule, NO_EVENT);
            }
        }
        self.settle_replaced(&numbers);
        if is_open {
            self.open.insert(place);
        }
        if is_sent {
            self.sent.insert(place);
        }
    }

    fn decide(&mut self, number: u32, status: Status, rule: Rule, event: EventNumber) {
        let mut changed = false;
        if let Some(slot) = self.slot(number) {
            changed = (slot.status, slot.rule) != (status, rule);
            (slot.status, slot.rule, slot.decided_by) = (status, rule, event);
        }
        self.revision += u64::from(changed);
    }

    /// The status of a delivery whose outcome is not in the logs (formats.md 7.0 G4).
    fn without_outcome(&self, delivery: &Delivery) -> (Status, Rule) {
        let row = self.events.row(delivery.last_event);
        let is_recent = row.is_some_and(|row| {
            let (host, time) = (row.word(Field::Host), row.time());
            let end = self.facts.logs_end(host, time);
            end.is_some_and(|end| end.saturating_sub(time) < RECENT)
        });
        match is_recent {
            true => (Status::GettingStatus, Rule::GettingStatus),
            false => (Status::Pending, Rule::NoOutcome),
        }
    }

    /// Lets each address that was replaced repeat the status at the end of its chain of replacements;
    /// a circle has none.
    fn settle_replaced(&mut self, numbers: &[u32]) {
        let is_replaced = |delivery: &&Delivery| delivery.basis == Basis::Replaced;
        let all = || numbers.iter().filter_map(|number| self.delivery(*number));
        if all().find(is_replaced).is_none() {
            return;
        }
        let mut statuses: HashMap<Word, Status, Seed> =
            HashMap::with_hasher(Seed::with_seed(self.seed));
        let mut heirs: HashMap<Word, Word, Seed> = HashMap::with_hasher(Seed::with_seed(self.seed));
        for delivery in all() {
            match delivery.basis {
                Basis::Replaced => drop(heirs.insert(delivery.recipient, delivery.replaced_by)),
                _ => drop(statuses.insert(delivery.recipient, delivery.status)),
            }
        }
        for number in numbers {
            let Some(delivery) = self.delivery(*number).copied().filter(|d| is_replaced(&d)) else {
                continue;
            };
            let (mut chain, mut at) = (Vec::new(), delivery.recipient);
            // What was walked over is taken out, so a circle ends where it began.
            while let Some(heir) = heirs.remove(&at) {
                chain.push(at);
                at = heir;
            }
            let status = statuses.get(&at).copied().unwrap_or(Status::Pending);
            statuses.extend(chain.into_iter().map(|address| (address, status)));
            let status = statuses.get(&delivery.recipient).copied();
            let status = status.unwrap_or(Status::Pending);
            self.decide(*number, status, delivery.rule, delivery.decided_by);
        }
    }

    /// Looks through some more events for the senders that are sought, and marks what they sent.
    fn seek(&mut self) {
        let Some((senders, next)) = self.seeking.take() else {
            return;
        };
        let end = self.events.len().min(next.saturating_add(SEEK_STEP));
        for row in self.events.rows(next..end) {
            if tells_sender(&row) && senders.contains(&row.folded(Field::ReturnPath)) {
                self.index.touch_event(&row);
            }
        }
        if end < self.events.len() {
            self.seeking = Some((senders, end));
        }
    }

    fn touch(&mut self, source: SourceNumber) {
        for range in self.events.numbers_of(source) {
            for row in self.events.rows(range) {
                self.index.touch_event(&row);
            }
        }
    }

    fn slot(&mut self, number: u32) -> Option<&mut Delivery> {
        self.deliveries
            .get_mut(number.checked_sub(self.first_delivery)? as usize)
    }

    /// Changes whenever a delivery comes, goes or changes.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn events(&self) -> &Events {
        &self.events
    }

    /// The deliveries, in an order that means nothing, each with its number. A number is never given
    /// twice.
    pub fn deliveries(&self) -> impl Iterator<Item = (u32, &Delivery)> {
        let live = |(_, delivery): &(u32, &Delivery)| delivery.journey != NO_JOURNEY;
        (self.first_delivery..)
            .zip(self.deliveries.iter())
            .filter(live)
    }

    /// A delivery; `None` if it is gone.
    pub fn delivery(&self, number: u32) -> Option<&Delivery> {
        let slot = number.checked_sub(self.first_delivery)?;
        let delivery = self.deliveries.get(slot as usize)?;
        (delivery.journey != NO_JOURNEY).then_some(delivery)
    }

    /// The journey of a delivery.
    pub fn journey(&self, delivery: &Delivery) -> Option<&Journey> {
        self.journeys.get(delivery.journey as usize)
    }

    /// The bucket of an event; `None` if it names no message.
    pub fn bucket_of(&self, row: &Row<'_>) -> Option<u32> {
        self.index.bucket_of_event(row)
    }

    /// The places of the journeys that a bucket's events are of: one, mostly.
    pub fn journeys_in(&self, bucket: u32) -> &[u32] {
        self.index.journeys_in(bucket)
    }

    /// Those of them that have one of these events.
    pub fn journeys_with(&self, bucket: u32, is_wanted: impl Fn(EventNumber) -> bool) -> Vec<u32> {
        let events = self.index.generations(&self.events, bucket).into_iter();
        let wanted = events.filter(|(number, _)| is_wanted(*number));
        let wanted: HashSet<u32, Seed> = wanted.map(|(_, generation)| generation).collect();
        let has_one = |place: &u32| {
            let journey = self.journeys.get(*place as usize);
            let legs = journey.map_or(&[][..], |journey| &journey.legs);
            let of_bucket = |leg: &LegPlace| leg.bucket == bucket;
            let mut legs = legs.iter().filter(|leg| of_bucket(leg));
            legs.any(|leg| wanted.contains(&leg.generation))
        };
        let journeys = self.journeys_in(bucket).iter().copied();
        journeys.filter(has_one).collect()
    }

    /// The address of the server that a delivery was handed to; 0 where no line tells.
    pub fn to_ip(&self, delivery: &Delivery) -> Word {
        if delivery.status == Status::Expanded {
            return 0;
        }
        let row = |number| self.events.row(number);
        let last = || row(delivery.last_event).filter(|row| row.kind() == Kind::Defer);
        let told = row(delivery.decided_by).or_else(last);
        told.map_or(0, |row| row.word(Field::ServerIp))
    }

    /// The events of a journey in order, each copy of the same evidence once.
    pub fn events_of(&self, journey: &Journey) -> Vec<EventNumber> {
        let legs: Vec<Leg> = journey
            .legs
            .iter()
            .map(|place| Leg::of(*place, self.index.events_of(&self.events, *place)))
            .collect();
        in_order(&self.events, &legs, &journey.joins)
    }

    /// A journey's legs in the order of their first events, each with its events in order.
    pub fn legs_of(&self, journey: &Journey) -> Vec<(LegPlace, Vec<EventNumber>)> {
        let events = |place: &LegPlace| self.index.events_of(&self.events, *place);
        let all = journey.legs.iter().map(|place| (*place, events(place)));
        let mut legs: Vec<(LegPlace, Vec<EventNumber>)> = all.collect();
        let order: HashMap<EventNumber, usize, Seed> =
            self.events_of(journey).into_iter().zip(0..).collect();
        legs.sort_by_key(|(_, events)| events.first().and_then(|first| order.get(first).copied()));
        legs
    }

    /// When an event was; the earliest time for one that is none.
    pub fn time_of(&self, event: EventNumber) -> i64 {
        self.events.row(event).map_or(i64::MIN, |row| row.time())
    }

    /// The events of a journey that speak of a delivery's recipient, or of the message as a whole.
    pub fn events_of_delivery(&self, delivery: &Delivery) -> Vec<EventNumber> {
        let Some(journey) = self.journey(delivery) else {
            return Vec::new();
        };
        let mut list = self.events_of(journey);
        list.retain(|number| {
            let Some(row) = self.events.row(*number) else {
                return false;
            };
            let is_it = |word: Word| self.events.folded(word) == delivery.recipient;
            let mut named = row
                .list(Field::Recipients)
                .chain(row.list(Field::Related))
                .peekable();
            named.peek().is_none() || delivery.recipient == 0 || named.any(is_it)
        });
        list
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        let journeys = self.journeys.iter().map(|journey| {
            journey.legs.capacity() * size_of::<LegPlace>()
                + journey.joins.len() * size_of::<Join>()
                + journey.deliveries.capacity() * 4
        });
        self.events.memory()
            + self.index.memory()
            + self.journeys.memory()
            + journeys.sum::<usize>()
            + self.deliveries.memory()
    }
}

/// What the joins tell of a message's events.
fn elsewhere(component: &Component) -> Elsewhere {
    let Component { legs, joins } = component;
    let last_of = |place: LegPlace| {
        let leg = legs.binary_search_by_key(&place, |leg| leg.place).ok();
        legs.get(leg?)?.events.last().copied()
    };
    let hops = joins.iter().filter(|join| join.reason.is_hop());
    let echoes = joins.iter().filter(|join| join.reason == Reason::Refused);
    Elsewhere {
        hops: hops
            .filter_map(|join| Some((join.event, last_of(join.to)?)))
            .collect(),
        echoes: echoes.map(|join| join.arrival).collect(),
    }
}
