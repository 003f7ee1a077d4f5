//! Events to legs to journeys.
//!
//! A *leg* is what one system logs of one message under one of its ids. All events under one id lie in
//! a *bucket*; ids are reused, so a bucket is cut into legs, its *generations*. A leg may name the id of
//! another (`queued as`, `forwarded as`, `orig_queue_id`): that is a *link*, and legs that are linked are
//! one journey. Links are bounded in time, since a reused id means another message an hour later.
//!
//! Nothing depends on the order in which events arrive: a bucket is cut anew whenever an event comes to
//! it, and whatever was linked to its old legs is joined anew.

use hashbrown::{HashMap, HashSet};

use crate::event::{Kind, Origin};
use crate::events::{EventNumber, Events, Row};
use crate::pages::Pages;
use crate::segment::Field;
use crate::words::Word;

/// The legs of one message, and what they say of the message as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journey {
    /// First and last instant, microseconds UTC.
    pub start: i64,
    pub end: i64,
    /// The header's sender, else the envelope's.
    pub sender: Word,
    /// `<>` for none.
    pub return_path: Word,
    pub login: Word,
    pub subject: Word,
    pub message_id: Word,
    /// A word of sixteen bytes.
    pub network_message_id: Word,
    /// Bytes; 0 where no line says.
    pub size: u64,
    /// The client that handed the message to the first system that logged it.
    pub from_ip: Word,
    /// Exchange's own probes (formats.md 3.5).
    pub is_probe: bool,
    /// Where its events are found.
    pub legs: Vec<LegPlace>,
    /// Its deliveries, by number.
    pub deliveries: Vec<u32>,
}

/// A leg: the part of an id's events that belong to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegPlace {
    pub bucket: u32,
    /// Which message of those that bore this id, in order of time.
    pub generation: u32,
}

/// What a system calls a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Exchange's, the same on all its servers and for all copies.
    NetworkMessageId(Word),
    /// For Exchange's lines without the above (2007, 2010, and a few later ones).
    MessageId(Word),
    /// An Exchange line that has neither.
    InternalId(Word),
    /// A queue id is known on one host only.
    QueueId { host: Word, id: Word },
    /// What a filter took on one host and handed back, where nothing but the Message-ID tells that it is
    /// the same message. No event is gathered under it.
    Filtered { host: Word, message_id: Word },
}

impl Key {
    /// The key under which an event is gathered; `None` if it names no message.
    pub fn of(row: &Row<'_>) -> Option<Key> {
        let id = row.word(Field::Id);
        if !row.origin().is_exchange() {
            let host = row.word(Field::Host);
            return (id != 0).then_some(Key::QueueId { host, id });
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

/// A leg, while journeys are being made of it.
#[derive(Clone, Debug)]
pub struct Leg {
    pub place: LegPlace,
    pub start: i64,
    end: i64,
    /// In order, each copy of the same evidence once.
    pub events: Vec<EventNumber>,
    links: Vec<Link>,
    /// When a filter took the message without saying as what it goes on.
    taken: Vec<i64>,
    /// It came from this host itself, and doesn't say as what it was known before.
    is_from_here: bool,
    /// The key under which the two are found.
    filtered: Option<Key>,
}

impl Leg {
    fn begin(place: LegPlace, time: i64) -> Leg {
        Leg {
            start: time,
            end: time,
            ..Leg::of(place, Vec::new())
        }
    }

    /// Notes what an event says of a filter.
    fn note(&mut self, row: &Row<'_>) {
        match row.kind() {
            Kind::Receive => {
                self.is_from_here = is_from_this_host(row);
            }
            Kind::Send | Kind::Deliver if row.word(Field::NextId) == 0 && is_filter(row) => {
                self.taken.push(row.time());
            }
            Kind::Identify if row.text(Field::MessageId) != b"<>" => {
                let (host, message_id) = (row.word(Field::Host), row.word(Field::MessageId));
                self.filtered = (message_id != 0).then_some(Key::Filtered { host, message_id });
            }
            _ => {}
        }
    }

    /// The key under which other legs of a message that a filter took are found.
    fn filtered(&self) -> Option<Key> {
        self.filtered
            .filter(|_| self.is_from_here || !self.taken.is_empty())
    }

    /// A leg whose joins are known already.
    pub fn of(place: LegPlace, events: Vec<EventNumber>) -> Leg {
        Leg {
            place,
            start: 0,
            end: 0,
            events,
            links: Vec::new(),
            taken: Vec::new(),
            is_from_here: false,
            filtered: None,
        }
    }

    /// How far a link is from the leg, and from its start; `None` if it is too far.
    fn distance(&self, link: &Link) -> Option<(i64, i64)> {
        let before = self.start.saturating_sub(link.time);
        let after = link.time.saturating_sub(self.end);
        (before <= LINK_SPAN && after <= link.patience)
            .then(|| (before.max(after).max(0), before.saturating_abs()))
    }
}

/// A leg's word that another leg is of the same message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Link {
    key: Key,
    /// When the link was made.
    time: i64,
    /// For how long before that the other leg may have been silent.
    patience: i64,
}

/// A message is handed on within this time (formats.md 4.7).
const LINK_SPAN: i64 = 3600 * 1_000_000;
/// A filter hands back within this time what only the Message-ID tells to be the same (formats.md 4.7).
const FILTER_SPAN: i64 = 600 * 1_000_000;
/// After such a silence an id means another message (formats.md 4.3).
const SILENCE: i64 = 5 * 24 * 3600 * 1_000_000;
const NO_EVENT: EventNumber = EventNumber::MAX;
const NO_MENTION: u32 = u32::MAX;

type Seed = foldhash::quality::FixedState;

/// Every id and the events under it.
pub struct Index {
    buckets: Pages<Bucket>,
    by_key: HashMap<Key, u32, Seed>,
    /// By event: the one that came before it under the same key.
    before: Pages<EventNumber>,
    /// By key: the newest of the buckets that name it, which leads to the others.
    mentions: HashMap<Key, u32, Seed>,
    mention_list: Pages<(u32, u32)>,
    /// What is in the lists that are too long to be looked through.
    mentioned: HashSet<(Key, u32), Seed>,
    dirty: Vec<u32>,
    /// Buckets in which the order of sources decided the order of events.
    tied: HashSet<u32, Seed>,
}

impl Index {
    pub fn new(seed: u64) -> Index {
        let seed = Seed::with_seed(seed);
        Index {
            buckets: Pages::default(),
            by_key: HashMap::with_hasher(seed.clone()),
            before: Pages::default(),
            mentions: HashMap::with_hasher(seed.clone()),
            mention_list: Pages::default(),
            mentioned: HashSet::with_hasher(seed.clone()),
            dirty: Vec::new(),
            tied: HashSet::with_hasher(seed),
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
                bucket_idx
            }
        };
        if let Some(bucket) = self.buckets.get_mut(bucket_idx as usize) {
            self.before.push(bucket.head);
            bucket.head = row.number;
            bucket.len += 1;
        }
        self.touch(bucket_idx);
    }

    /// Marks a bucket as one whose journeys must be made anew.
    fn touch(&mut self, bucket_idx: u32) {
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
            + self.mention_list.memory()
            + (self.by_key.capacity() + self.mentions.capacity() + self.mentioned.capacity())
                * (size_of::<(Key, u32)>() + 1)
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

    /// Takes away the journeys that a bucket's legs belonged to.
    fn take_journeys(&mut self, bucket_idx: u32) -> Vec<u32> {
        let bucket = self.buckets.get_mut(bucket_idx as usize);
        bucket.map_or(Vec::new(), |bucket| std::mem::take(&mut bucket.journeys))
    }

    /// The buckets that name a bucket's key.
    fn mentions_of(&self, key: Key) -> impl Iterator<Item = u32> + '_ {
        let mut at = self.mentions.get(&key).copied().unwrap_or(NO_MENTION);
        std::iter::from_fn(move || {
            let (bucket_idx, before) = *self.mention_list.get(at as usize)?;
            at = before;
            Some(bucket_idx)
        })
    }

    fn mention(&mut self, key: Key, bucket_idx: u32) {
        /// Lists are mostly shorter than this.
        const SHORT: usize = 4;
        let mut list = self.mentions_of(key);
        if list.by_ref().take(SHORT).any(|known| known == bucket_idx) {
            return;
        }
        let is_long = list.next().is_some();
        drop(list);
        if is_long && !self.mentioned.insert((key, bucket_idx)) {
            return;
        }
        let before = self.mentions.get(&key).copied().unwrap_or(NO_MENTION);
        let at = self.mention_list.push((bucket_idx, before)) as u32;
        self.mentions.insert(key, at);
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
        fold_copies(events, &mut list);
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
        let mut state = Generation::default();
        for row in sorted.iter().filter_map(|number| events.row(*number)) {
            let time = row.time();
            let begins =
                legs.is_empty() || matches!(key, Key::QueueId { .. }) && state.is_over(&row, time);
            if begins {
                state = Generation::default();
                let place = LegPlace {
                    bucket: bucket_idx,
                    generation: legs.len() as u32,
                };
                legs.push(Leg::begin(place, time));
            }
            state.note(&row, time);
            if let Some(leg) = legs.last_mut() {
                leg.end = leg.end.max(time);
                leg.events.push(row.number);
                leg.links.extend(link_of(&row, time));
                if let Key::QueueId { .. } = key {
                    leg.note(&row);
                }
            }
        }
        let first = legs.first().map_or(0, |leg| leg.start);
        if let Some(bucket) = self.buckets.get_mut(bucket_idx as usize) {
            bucket.start = first;
        }
        for leg in &mut legs {
            leg.links.dedup();
            for link in &leg.links {
                self.mention(link.key, bucket_idx);
            }
            if let Some(key) = leg.filtered() {
                self.mention(key, bucket_idx);
            }
        }
        legs
    }

    /// The events of a leg, in order.
    pub fn events_of(&self, events: &Events, place: LegPlace) -> Vec<EventNumber> {
        let Some(bucket) = self.buckets.get(place.bucket as usize) else {
            return Vec::new();
        };
        let (sorted, _) = self.sorted(events, place.bucket);
        if !matches!(bucket.key, Key::QueueId { .. }) {
            return sorted;
        }
        let (mut state, mut generation, mut found) = (Generation::default(), 0, Vec::new());
        for row in sorted.iter().filter_map(|number| events.row(*number)) {
            let time = row.time();
            if state.is_over(&row, time) {
                generation += 1;
                state = Generation::default();
            }
            state.note(&row, time);
            if generation == place.generation {
                found.push(row.number);
            }
        }
        found
    }
}

/// What orders the events of a message: time, then phase, then the order of sources, then the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ordered {
    time: i64,
    phase: u8,
    source_span: (i64, i64),
    offset: u64,
    digest: u64,
    number: EventNumber,
}

impl Ordered {
    fn of(row: &Row<'_>) -> Ordered {
        Ordered {
            time: row.time(),
            phase: phase(row.kind()),
            source_span: row.source_span(),
            offset: row.offset(),
            digest: row.number(Field::Digest),
            number: row.number,
        }
    }
}

/// Which of two events of the same instant comes first (formats.md 2.3, 7.0 G1).
pub fn phase(kind: Kind) -> u8 {
    match kind {
        Kind::NotifyMapi | Kind::NotifyShadow | Kind::ClientSubmission => 0,
        Kind::Receive | Kind::HaReceive | Kind::Load => 1,
        Kind::Identify | Kind::Submit | Kind::SubmitDefer | Kind::SubmitFail => 2,
        Kind::Queue => 3,
        Kind::Expand
        | Kind::DuplicateExpand
        | Kind::Resolve
        | Kind::Redirect
        | Kind::DuplicateRedirect
        | Kind::Transfer
        | Kind::InitMessageCreated => 4,
        Kind::AgentInfo | Kind::Process | Kind::ProcessMeetingMessage => 5,
        Kind::Other
        | Kind::Dsn
        | Kind::ModeratorApprove
        | Kind::Suppressed
        | Kind::Throttle
        | Kind::HaRedirect
        | Kind::HaRedirectFail
        | Kind::HaDiscard
        | Kind::Resubmit
        | Kind::ResubmitDefer
        | Kind::ResubmitFail => 6,
        Kind::Send | Kind::SendExternal => 7,
        Kind::Defer => 8,
        Kind::Deliver
        | Kind::DuplicateDeliver
        | Kind::Fail
        | Kind::DeliverFail
        | Kind::BadMail
        | Kind::PoisonMessage
        | Kind::ModeratorReject
        | Kind::ModerationExpire
        | Kind::ModeratorsAllNdr => 9,
        Kind::Drop | Kind::Expire => 10,
        Kind::Remove => 11,
    }
}

/// Leaves of the same evidence in several sources only the copies of the source that has most of them.
///
/// The key of content is design.md's: the instant to the second, the pid, and the digest of the text.
fn fold_copies(events: &Events, list: &mut Vec<Ordered>) {
    let first = list.first().map(|ordered| ordered.source_span);
    if list
        .iter()
        .all(|ordered| Some(ordered.source_span) == first)
    {
        return;
    }
    let content = |ordered: &Ordered| {
        let row = events.row(ordered.number);
        let second = ordered.time.div_euclid(1_000_000);
        (
            second,
            ordered.digest,
            row.map_or(0, |row| row.number(Field::Pid)),
            ordered.phase,
        )
    };
    let source = |ordered: &Ordered| events.row(ordered.number).map_or(0, |row| row.source());
    list.sort_by_cached_key(|ordered| (content(ordered), ordered.source_span, source(ordered)));
    let groups = list.chunk_by(|a, b| content(a) == content(b));
    let kept = groups.flat_map(|copies| {
        let of_each = copies.chunk_by(|a, b| source(a) == source(b));
        // Of several that have as many, the first in the order of sources, then by its lines: a number
        // that was given on arrival decides nothing.
        let order = |of_one: &&[Ordered]| {
            let first = of_one
                .iter()
                .map(|ordered| (ordered.source_span, ordered.offset))
                .min();
            (std::cmp::Reverse(of_one.len()), first)
        };
        of_each.min_by_key(order).unwrap_or_default().to_vec()
    });
    *list = kept.collect();
}

/// What is known of the message that an id stands for, while its events are walked through.
#[derive(Default)]
struct Generation {
    last: Option<i64>,
    received: bool,
    removed: bool,
}

impl Generation {
    /// Whether an event begins the next message under this id (formats.md 4.3).
    fn is_over(&self, row: &Row<'_>, time: i64) -> bool {
        let Some(last) = self.last else {
            return false;
        };
        let is_new = match row.kind() {
            Kind::Receive => self.received,
            // Retries repeat this line, so silence alone says nothing here.
            Kind::Queue => return self.removed,
            Kind::Identify => false,
            _ => return false,
        };
        is_new || self.removed || time.saturating_sub(last) >= SILENCE
    }

    fn note(&mut self, row: &Row<'_>, time: i64) {
        self.last = Some(time);
        self.received |= row.kind() == Kind::Receive;
        self.removed |= row.kind() == Kind::Remove;
    }
}

/// The link that an event makes to another leg.
fn link_of(row: &Row<'_>, time: i64) -> Option<Link> {
    if row.origin().is_exchange() {
        // Lines of the same message that lack the network message id find it by this.
        let message_id = row.word(Field::MessageId);
        let has_both = message_id != 0 && row.word(Field::NetworkMessageId) != 0;
        let key = Key::MessageId(message_id);
        return (has_both && row.text(Field::MessageId) != b"<>").then_some(Link {
            key,
            time,
            patience: LINK_SPAN,
        });
    }
    let host = row.word(Field::Host);
    let prior = row.word(Field::PriorId);
    if prior != 0 {
        // A message may lie in the queue for days before it is handed on or put into the queue anew.
        return Some(Link {
            key: Key::QueueId { host, id: prior },
            time,
            patience: SILENCE,
        });
    }
    // Most systems that queue it next are others'. One that has this id on this host is behind a filter,
    // which may listen on any of the host's addresses, or speak for a pipe.
    let next = row.word(Field::NextId);
    (next != 0).then_some(Link {
        key: Key::QueueId { host, id: next },
        time,
        patience: LINK_SPAN,
    })
}

/// Whether a `sent` only says that a content filter took the message (formats.md 4.7, 7.6).
///
/// A filter listens on the host itself, or is a pipe service whose name says what it is, or that says
/// as what the message was queued again.
pub fn is_filter(row: &Row<'_>) -> bool {
    const FILTERS: [&[u8]; 6] = [b"spam", b"filter", b"amavis", b"clam", b"virus", b"scan"];
    let service = row.text(Field::Connector).to_ascii_lowercase();
    // `host[private/socket]`: a host's name tells nothing.
    let service = service
        .rsplit(|byte| *byte == b'[')
        .next()
        .unwrap_or(&service);
    let is_service = |name: &&[u8]| memchr::memmem::find(service, name).is_some();
    let is_local = row.origin() == Origin::Local
        && (FILTERS.iter().any(is_service) || row.word(Field::NextId) != 0);
    is_loopback(row) || is_local
}

/// Whether a transmission went to the sending host itself: what listens there is a filter, or the next
/// step of the same mail system, and no recipient (formats.md 7.6).
fn is_loopback(row: &Row<'_>) -> bool {
    let ip = row.text(Field::ServerIp);
    let host = row.text(Field::ServerHost);
    row.origin() == Origin::Relay
        && (is_own_address(ip) || ip.is_empty() && host.eq_ignore_ascii_case(b"localhost"))
}

/// Whether a message was handed in by this host itself, which doesn't say as what it was known before:
/// an ordinary beginning, or the way back from a filter.
pub fn is_from_this_host(row: &Row<'_>) -> bool {
    let is_local = match row.origin() {
        Origin::LocalPickup => true,
        Origin::Smtpd => is_own_address(row.text(Field::ClientIp)),
        _ => false,
    };
    is_local && row.kind() == Kind::Receive && row.word(Field::PriorId) == 0
}

fn is_own_address(ip: &[u8]) -> bool {
    ip.starts_with(b"127.") || ip == b"::1"
}

/// The joins behind a filter of all legs of one key.
#[derive(Default)]
struct Filtered {
    joins: HashMap<u32, Vec<(LegPlace, LegPlace)>, Seed>,
    /// By bucket: those that join to it.
    askers: HashMap<u32, Vec<u32>, Seed>,
}

/// The legs that belong together with those of some buckets, as far as links reach.
pub struct Reach<'a> {
    index: &'a mut Index,
    events: &'a Events,
    legs: HashMap<u32, Vec<Leg>, Seed>,
    joins: HashMap<u32, Vec<(LegPlace, LegPlace)>, Seed>,
    filters: HashMap<Key, Filtered, Seed>,
    /// Buckets whose legs are joined anew.
    within: Vec<u32>,
}

impl<'a> Reach<'a> {
    pub fn new(index: &'a mut Index, events: &'a Events) -> Reach<'a> {
        let seed = index.by_key.hasher().clone();
        Reach {
            index,
            events,
            legs: HashMap::with_hasher(seed.clone()),
            joins: HashMap::with_hasher(seed.clone()),
            filters: HashMap::with_hasher(seed),
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

    fn legs(&mut self, bucket_idx: u32) -> &[Leg] {
        let (index, events) = (&mut *self.index, self.events);
        self.legs
            .entry(bucket_idx)
            .or_insert_with(|| index.legs(events, bucket_idx))
    }

    /// Buckets that a leg of this one is linked to, in either direction.
    fn neighbours(&mut self, bucket_idx: u32) -> Vec<u32> {
        let Some(key) = self
            .index
            .buckets
            .get(bucket_idx as usize)
            .map(|bucket| bucket.key)
        else {
            return Vec::new();
        };
        // Who may make a join to this one: those that name it, and for a network message id the
        // bucket of its Message-ID.
        let mut askers: Vec<u32> = self.index.mentions_of(key).collect();
        if let Key::NetworkMessageId(_) = key {
            let links: Vec<Link> = self
                .legs(bucket_idx)
                .iter()
                .flat_map(|leg| leg.links.clone())
                .collect();
            askers.extend(
                links
                    .iter()
                    .filter_map(|link| self.index.by_key.get(&link.key)),
            );
        }
        askers.sort_unstable();
        askers.dedup();
        let mut found: Vec<u32> = self
            .joins(bucket_idx)
            .iter()
            .map(|(_, to)| to.bucket)
            .collect();
        for asker in askers {
            if self
                .joins(asker)
                .iter()
                .any(|(_, to)| to.bucket == bucket_idx)
            {
                found.push(asker);
            }
        }
        for key in self.filtered_keys(bucket_idx) {
            let askers = self.filter(key).askers.get(&bucket_idx);
            found.extend(askers.into_iter().flatten());
        }
        found
    }

    /// The joins that a bucket's legs make: from which leg to which.
    fn joins(&mut self, bucket_idx: u32) -> Vec<(LegPlace, LegPlace)> {
        if let Some(joins) = self.joins.get(&bucket_idx) {
            return joins.clone();
        }
        let key = self
            .index
            .buckets
            .get(bucket_idx as usize)
            .map(|bucket| bucket.key);
        let joins = match key {
            Some(key @ Key::MessageId(_)) => self.joins_of_message_id(key, bucket_idx),
            Some(Key::QueueId { .. }) => {
                let mut joins = self.joins_of_queue_id(bucket_idx);
                joins.extend(self.joins_behind_filter(bucket_idx));
                joins
            }
            Some(Key::NetworkMessageId(_) | Key::InternalId(_) | Key::Filtered { .. }) | None => {
                Vec::new()
            }
        };
        self.joins.insert(bucket_idx, joins.clone());
        joins
    }

    fn joins_of_queue_id(&mut self, bucket_idx: u32) -> Vec<(LegPlace, LegPlace)> {
        let links: Vec<(LegPlace, Link)> = self
            .legs(bucket_idx)
            .iter()
            .flat_map(|leg| leg.links.iter().map(|link| (leg.place, *link)))
            .collect();
        let mut joins = Vec::new();
        for (from, link) in links {
            let Some(target) = self.index.by_key.get(&link.key).copied() else {
                continue;
            };
            let legs = self.legs(target).iter().filter(|leg| leg.place != from);
            let near = legs.filter_map(|leg| Some((leg.distance(&link)?, leg.place)));
            let near = near.min();
            joins.extend(near.map(|(_, to)| (from, to)));
        }
        joins.dedup();
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

    fn joins_behind_filter(&mut self, bucket_idx: u32) -> Vec<(LegPlace, LegPlace)> {
        let mut joins = Vec::new();
        for key in self.filtered_keys(bucket_idx) {
            joins.extend(
                self.filter(key)
                    .joins
                    .get(&bucket_idx)
                    .into_iter()
                    .flatten(),
            );
        }
        joins
    }

    /// A leg that came from this host itself belongs to the one of the same Message-ID that a filter took
    /// nearest to its beginning. All of one Message-ID are joined at once: a spammer gives the same to
    /// any number of messages.
    fn filter(&mut self, key: Key) -> &Filtered {
        if !self.filters.contains_key(&key) {
            let (mut taken, mut from_here) = (Vec::new(), Vec::new());
            let mut mentions: Vec<u32> = self.index.mentions_of(key).collect();
            mentions.sort_unstable();
            mentions.dedup();
            for mention in mentions {
                let legs = self.legs(mention).iter();
                for leg in legs.filter(|leg| leg.filtered() == Some(key)) {
                    let times = leg.taken.iter();
                    taken.extend(times.map(|time| (*time, leg.start, leg.place)));
                    from_here.extend(leg.is_from_here.then_some((leg.place, leg.start)));
                }
            }
            taken.sort_unstable();
            let mut filtered = Filtered::default();
            for (from, start) in from_here {
                let Some(to) = nearest(&taken, from, start) else {
                    continue;
                };
                let joins = filtered.joins.entry(from.bucket).or_default();
                joins.push((from, to));
                let askers = filtered.askers.entry(to.bucket).or_default();
                askers.push(from.bucket);
            }
            self.filters.insert(key, filtered);
        }
        self.filters.entry(key).or_default()
    }

    /// Lines that lack the network message id belong to that message of the same Message-ID which
    /// began nearest to them: a message that was sent again has the same one.
    fn joins_of_message_id(&mut self, key: Key, bucket_idx: u32) -> Vec<(LegPlace, LegPlace)> {
        let Some((from, start)) = self
            .legs(bucket_idx)
            .first()
            .map(|leg| (leg.place, leg.start))
        else {
            return Vec::new();
        };
        // A network message id has one leg, and what has moved since it was cut is cut anew.
        let near = self.index.mentions_of(key).filter_map(|bucket| {
            let began = self.index.buckets.get(bucket as usize)?.start;
            let to = LegPlace {
                bucket,
                generation: 0,
            };
            Some((began.saturating_sub(start).saturating_abs(), began, to))
        });
        let near = near.min();
        near.map(|(_, _, to)| (from, to)).into_iter().collect()
    }

    /// The legs that were gathered, joined: each item becomes a journey.
    pub fn components(mut self) -> Vec<Vec<Leg>> {
        let mut within = std::mem::take(&mut self.within);
        within.sort_unstable();
        let joins: Vec<(LegPlace, LegPlace)> = within
            .iter()
            .flat_map(|bucket_idx| self.joins(*bucket_idx))
            .collect();
        let mut legs: Vec<Leg> = within
            .iter()
            .filter_map(|bucket_idx| self.legs.remove(bucket_idx))
            .flatten()
            .collect();
        legs.sort_unstable_by_key(|leg| leg.place);
        let at = |place: LegPlace| legs.binary_search_by_key(&place, |leg| leg.place).ok();
        let mut group: Vec<usize> = (0..legs.len()).collect();
        for (from, to) in joins {
            if let (Some(from), Some(to)) = (at(from), at(to)) {
                let (a, b) = (root(&mut group, from), root(&mut group, to));
                if let Some(slot) = group.get_mut(a.max(b)) {
                    *slot = a.min(b);
                }
            }
        }
        let mut components: Vec<Vec<Leg>> = (0..legs.len()).map(|_| Vec::new()).collect();
        for (leg_idx, leg) in legs.into_iter().enumerate() {
            if let Some(component) = components.get_mut(root(&mut group, leg_idx)) {
                component.push(leg);
            }
        }
        components.retain(|component| !component.is_empty());
        components
    }
}

/// Of when which leg was taken, ascending, the nearest to a time that is near enough, but for the leg
/// itself; of several as near, the leg that began first.
fn nearest(taken: &[(i64, i64, LegPlace)], from: LegPlace, time: i64) -> Option<LegPlace> {
    let is_other = |(.., leg): &&(i64, i64, LegPlace)| *leg != from;
    let (before, behind) = taken.split_at(taken.partition_point(|(at, ..)| *at < time));
    // Of those of one instant, the first is the leg that began first.
    let behind = behind.iter().find(is_other);
    let before = before.chunk_by(|a, b| a.0 == b.0).rev();
    let before = before.filter_map(|same| same.iter().find(is_other)).next();
    let near = before.into_iter().chain(behind);
    let near = near.map(|(at, start, leg)| (at.abs_diff(time), *start, *leg));
    let (apart, _, leg) = near.min()?;
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

/// The events of several legs as one list, in order.
pub fn in_order(events: &Events, legs: &[Leg]) -> Vec<EventNumber> {
    let mut list: Vec<Ordered> = legs
        .iter()
        .flat_map(|leg| leg.events.iter())
        .filter_map(|number| events.row(*number))
        .map(|row| Ordered::of(&row))
        .collect();
    if legs.len() > 1 {
        list.sort_unstable();
    }
    list.iter().map(|ordered| ordered.number).collect()
}

/// What the events say of the message as a whole.
pub fn summarise(events: &Events, list: &[EventNumber], legs: &[Leg]) -> Journey {
    let mut journey = Journey {
        start: i64::MAX,
        end: i64::MIN,
        legs: legs.iter().map(|leg| leg.place).collect(),
        ..Journey::default()
    };
    let first = |held: &mut Word, word: Word| {
        if *held == 0 {
            *held = word;
        }
    };
    for row in list.iter().filter_map(|number| events.row(*number)) {
        let time = row.time();
        journey.start = journey.start.min(time);
        journey.end = journey.end.max(time);
        first(&mut journey.sender, row.word(Field::Sender));
        first(&mut journey.return_path, row.word(Field::ReturnPath));
        first(&mut journey.login, row.word(Field::Login));
        first(&mut journey.subject, row.word(Field::Subject));
        first(&mut journey.message_id, row.word(Field::MessageId));
        first(
            &mut journey.network_message_id,
            row.word(Field::NetworkMessageId),
        );
        if journey.size == 0 {
            journey.size = row.number(Field::Size);
        }
        if journey.from_ip == 0 && row.kind() == Kind::Receive {
            journey.from_ip = row.word(Field::OriginalClientIp);
            first(&mut journey.from_ip, row.word(Field::ClientIp));
        }
        journey.is_probe |= row.origin().is_exchange()
            && (is_probe(row.text(Field::Sender))
                || row
                    .list(Field::Recipients)
                    .any(|word| is_probe(events.text(word))));
    }
    if journey.sender == 0 {
        journey.sender = journey.return_path;
    }
    journey
}

/// Exchange watches itself by mail of these addresses (formats.md 3.5).
fn is_probe(address: &[u8]) -> bool {
    const PROBES: [&[u8]; 4] = [
        b"healthmailbox",
        b"inboundproxy@",
        b"maildeliveryprobe@",
        b"systemmailbox{",
    ];
    PROBES.iter().any(|probe| {
        address
            .get(..probe.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(probe))
    })
}
