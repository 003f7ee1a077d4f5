//! One message under one id, where it ends, and its word that another leg is the same message.

use super::LegPlace;
use super::cut::{PATIENCE, SILENCE, is_for_now};
use super::echo::Refusal;
use super::hops::{Arrival, HandOver};
use super::index::Key;
use super::join::Reason;
use crate::event::{Kind, Origin};
use crate::events::{EventNumber, Events, Row};
use crate::segment::Field;
use crate::words::Word;

/// A message is handed on within this time (formats.md 4.7).
const LINK_SPAN: i64 = 3600 * 1_000_000;

/// A server that has said what it will do with a message queues it within this time.
const SESSION: i64 = 60 * 1_000_000;

/// Filters keep what they hold for about a month.
const QUARANTINE: i64 = 35 * 24 * 3600 * 1_000_000;

/// A leg, while journeys are being made of it.
#[derive(Clone, Debug)]
pub struct Leg {
    pub place: LegPlace,
    pub start: i64,
    pub(super) end: i64,
    /// Where this leg, or one under its id that began before it, ended last.
    pub(super) latest: i64,
    /// In order, each copy of the same evidence once.
    pub events: Vec<EventNumber>,
    pub(super) links: Vec<Link>,
    /// When a filter took the message without saying as what it goes on.
    pub(super) taken: Vec<i64>,
    /// It came from this host itself, and doesn't say as what it was known before.
    pub(super) is_from_here: bool,
    /// A filter on its host names messages by their Message-ID alone, so this one may be among them.
    pub(super) is_looked_at: bool,
    /// It is what such a filter said.
    pub(super) is_look: bool,
    /// The key under which these are found.
    filtered: Option<Key>,
    /// What other systems took of it, by the id that they answered with, and what it took of them, by its
    /// id; each in order of time.
    pub(super) hand_overs: Vec<HandOver>,
    pub(super) arrivals: Vec<Arrival>,
    /// Attempts that other servers refused, and what this one refused.
    pub(super) heard: Vec<Refusal>,
    pub(super) given: Vec<Refusal>,
    /// It goes on from another entry of this host.
    pub(super) has_prior: bool,
    /// It was handed in on this host.
    is_submitted: bool,
    /// 0 where none is known, or `<>`.
    pub(super) message_id: Word,
    /// The envelope's sender, in lower case where it is an address.
    pub(super) sender: Word,
    /// The address that it came from, behind proxies.
    pub(super) client_ip: Word,
    /// What was refused for now last, so that it may be offered again, or was to be held once it has a
    /// queue id.
    pub(super) put_off: Option<Key>,
    /// How much later the message may begin.
    pub(super) patience: i64,
    /// The keys under which a refusal of the same message would be.
    pub(super) refusals: Vec<Key>,
}

/// Whether a line tells whose message this queue entry is: that of the queue manager, and for a message
/// that it never sees the one by which a milter or a check of headers ended or held it.
pub fn tells_sender(row: &Row<'_>) -> bool {
    let is_of_entry = row.word(Field::Id) != 0 && row.word(Field::ReturnPath) != 0;
    match row.kind() {
        Kind::Queue => true,
        Kind::Reject => is_of_entry && !is_for_now(row),
        Kind::Hold | Kind::Drop => is_of_entry,
        _ => false,
    }
}

impl Leg {
    pub(super) fn begin(place: LegPlace, time: i64) -> Leg {
        Leg {
            start: time,
            end: time,
            ..Leg::of(place, Vec::new())
        }
    }

    /// Notes what an event says of a filter.
    pub(super) fn note(&mut self, row: &Row<'_>) {
        match row.kind() {
            Kind::Receive => {
                self.has_prior = row.word(Field::PriorId) != 0;
                self.is_submitted = row.origin() == Origin::LocalPickup;
                self.is_from_here = is_from_this_host(row);
                self.client_ip = match row.word(Field::OriginalClientIp) {
                    0 => row.word(Field::ClientIp),
                    client_ip => client_ip,
                };
            }
            Kind::Queue => self.sender = row.folded(Field::ReturnPath),
            Kind::Reject | Kind::Hold | Kind::Drop if tells_sender(row) && self.sender == 0 => {
                self.sender = row.folded(Field::ReturnPath);
            }
            _ => {}
        }
        match row.kind() {
            Kind::Reject => {
                self.put_off = Key::refused(row).filter(|_| is_for_now(row));
                self.client_ip = row.word(Field::ClientIp);
                self.patience = PATIENCE;
            }
            Kind::Hold if row.word(Field::Id) == 0 => {
                self.put_off = Key::refused(row);
                self.client_ip = row.word(Field::ClientIp);
                self.patience = SESSION;
            }
            Kind::Send | Kind::Deliver if row.word(Field::NextId) == 0 && is_filter(row) => {
                self.taken.push(row.time());
            }
            Kind::Identify if row.text(Field::MessageId) != b"<>" => {
                let (host, message_id) = (row.word(Field::Host), row.word(Field::MessageId));
                self.filtered = (message_id != 0).then_some(Key::Filtered { host, message_id });
                self.message_id = message_id;
            }
            _ => {}
        }
        if row.origin().is_filter() && row.word(Field::Id) == 0 {
            let (host, message_id) = (row.word(Field::Host), row.word(Field::MessageId));
            self.is_look = true;
            self.filtered = Some(Key::Filtered { host, message_id });
        }
        self.hand_overs.extend(HandOver::of(row));
        self.heard.extend(Refusal::heard(row));
        self.given.extend(Refusal::given(row));
    }

    /// Notes what an event of Exchange says of other systems.
    pub(super) fn note_exchange(&mut self, row: &Row<'_>) {
        let message_id = row.word(Field::MessageId);
        if self.message_id == 0 && row.text(Field::MessageId) != b"<>" {
            self.message_id = message_id;
        }
        if self.sender == 0 {
            self.sender = row.folded(Field::ReturnPath);
        }
        self.hand_overs.extend(HandOver::of(row));
        self.arrivals.extend(Arrival::at_exchange(row));
    }

    /// Notes that the message came to this host under an id, unless it was handed in there.
    pub(super) fn arrive(&mut self, id: Word) {
        if let Some(event) = self.events.first().copied().filter(|_| !self.is_submitted) {
            self.arrivals.push(Arrival {
                event,
                time: self.start,
                id,
            });
        }
    }

    /// Notes under which keys the refusals are that may have come before this message was accepted.
    pub(super) fn find_refusals(&mut self, events: &Events, host: Word) {
        let rows = self.events.iter().filter_map(|number| events.row(*number));
        let was_taken = |row: &Row<'_>| row.kind() != Kind::Reject || tells_sender(row);
        for row in rows.filter(was_taken) {
            for recipient in row.list(Field::Recipients).chain(row.list(Field::Related)) {
                let key = Key::Refused {
                    host,
                    sender: self.sender,
                    recipient: events.folded(recipient),
                };
                if self.refusals.last() != Some(&key) {
                    self.refusals.push(key);
                }
            }
        }
        self.refusals.sort_unstable();
        self.refusals.dedup();
    }

    /// The key under which other legs of a message that a filter took are found.
    pub(super) fn filtered(&self) -> Option<Key> {
        self.filtered.filter(|_| {
            self.is_from_here || !self.taken.is_empty() || self.is_looked_at || self.is_look
        })
    }

    /// Whether both name their message, and not by the same Message-ID.
    pub(super) fn is_named_unlike(&self, other: &Leg) -> bool {
        let (this, that) = (self.message_id, other.message_id);
        this != 0 && that != 0 && this != that
    }

    /// Puts in order what is looked up by an id.
    pub(super) fn order_hops(&mut self) {
        self.hand_overs.sort_by_key(|hand_over| hand_over.next);
        self.arrivals.sort_by_key(|arrival| arrival.id);
    }

    /// The hand-overs to what is known by an id.
    pub(super) fn handed_to(&self, id: Word) -> &[HandOver] {
        equal(&self.hand_overs, id, |hand_over| hand_over.next)
    }

    /// The arrivals under an id.
    pub(super) fn arrived_as(&self, id: Word) -> &[Arrival] {
        equal(&self.arrivals, id, |arrival| arrival.id)
    }

    /// Whether this may be the leg of a message of this Message-ID.
    pub(super) fn is_called(&self, message_id: Word) -> bool {
        self.message_id == 0 || self.message_id == message_id
    }

    /// A leg whose joins are known already.
    pub fn of(place: LegPlace, events: Vec<EventNumber>) -> Leg {
        Leg {
            place,
            start: 0,
            end: 0,
            latest: 0,
            events,
            links: Vec::new(),
            taken: Vec::new(),
            is_from_here: false,
            is_looked_at: false,
            is_look: false,
            filtered: None,
            hand_overs: Vec::new(),
            arrivals: Vec::new(),
            heard: Vec::new(),
            given: Vec::new(),
            has_prior: false,
            is_submitted: false,
            message_id: 0,
            sender: 0,
            client_ip: 0,
            put_off: None,
            patience: 0,
            refusals: Vec::new(),
        }
    }

    /// Of the legs of one id, in order of time, the one that a link means: the nearest; of several as
    /// near, the one whose beginning is nearest.
    pub(super) fn nearest<'l>(legs: &'l [Leg], link: &Link, from: LegPlace) -> Option<&'l Leg> {
        let (before, behind) = legs.split_at(legs.partition_point(|leg| leg.start <= link.time));
        let is_other = |leg: &&Leg| leg.place != from;
        let mut found: Option<((i64, i64), &Leg)> = None;
        for leg in before.iter().rev() {
            let apart = link.time.saturating_sub(leg.latest).max(0);
            if found.is_some_and(|((found, _), _)| found <= apart) {
                break;
            }
            let near = Some(leg).filter(is_other);
            let near = near.and_then(|leg| Some((leg.distance(link)?, leg)));
            if let Some(near) = near.filter(|near| found.is_none_or(|found| near.0 < found.0)) {
                found = Some(near);
            }
        }
        let next = behind.iter().find(is_other);
        let next = next.and_then(|leg| Some((leg.distance(link)?, leg)));
        let near = found
            .into_iter()
            .chain(next)
            .min_by_key(|(apart, _)| *apart);
        near.map(|(_, leg)| leg)
    }

    /// How far a link is from the leg, and from its start; `None` if it is too far.
    pub(super) fn distance(&self, link: &Link) -> Option<(i64, i64)> {
        let before = self.start.saturating_sub(link.time);
        let after = link.time.saturating_sub(self.end);
        (before <= link.reach && after <= link.patience)
            .then(|| (before.max(after).max(0), before.saturating_abs()))
    }
}

/// A leg's word that another leg is of the same message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) key: Key,
    pub(super) reason: Reason,
    /// The event that makes it, and when.
    pub(super) event: EventNumber,
    pub(super) time: i64,
    /// A server took the message that may be another host's, which may by chance give an id of this one.
    pub(super) is_outward: bool,
    /// For how long before that the other leg may have been silent, and for how long after it the other
    /// leg may begin.
    pub(super) patience: i64,
    pub(super) reach: i64,
}

/// The link that an event makes to another leg.
pub(super) fn link_of(row: &Row<'_>, time: i64) -> Option<Link> {
    let link = |key, reason| Link {
        key,
        reason,
        event: row.number,
        time,
        patience: LINK_SPAN,
        reach: LINK_SPAN,
        is_outward: false,
    };
    if row.origin().is_exchange() {
        // Lines of the same message that lack the network message id find it by this.
        let message_id = row.word(Field::MessageId);
        let has_both = message_id != 0 && row.word(Field::NetworkMessageId) != 0;
        let key = Key::MessageId(message_id);
        let is_named = has_both && row.text(Field::MessageId) != b"<>";
        return is_named.then(|| link(key, Reason::MessageId));
    }
    let host = row.word(Field::Host);
    let prior = row.word(Field::PriorId);
    if prior != 0 {
        // A message may lie in the queue for days before it is handed on or put into the queue anew.
        return Some(Link {
            patience: SILENCE,
            ..link(Key::QueueId { host, id: prior }, Reason::PriorId)
        });
    }
    if row.kind() == Kind::Quarantine && row.origin().is_filter() {
        // A person may release it from there, under the name by which it is kept.
        let id = row.list(Field::Reference).next()?;
        return Some(Link {
            reach: QUARANTINE,
            ..link(Key::QueueId { host, id }, Reason::Kept)
        });
    }
    // Most systems that queue it next are others'. One that has this id on this host is behind a filter,
    // which may listen on any of the host's addresses, or speak for a pipe.
    let next = row.word(Field::NextId);
    (next != 0).then_some(Link {
        is_outward: row.kind() == Kind::Send && !is_filter(row),
        ..link(Key::QueueId { host, id: next }, Reason::NextId)
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
    // What an LMTP server on the host says it has saved is in a mailbox (formats.md 4.5).
    row.kind() == Kind::Send && is_loopback(row) || is_local
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

/// The part of a list, ordered by an id, that has this one.
fn equal<T>(list: &[T], id: Word, id_of: impl Fn(&T) -> Word) -> &[T] {
    let start = list.partition_point(|item| id_of(item) < id);
    let end = list.partition_point(|item| id_of(item) <= id);
    list.get(start..end).unwrap_or_default()
}
