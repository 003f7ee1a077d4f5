//! Hand-overs that no id tells: which leg goes on with the message, by likeness.
//!
//! Some servers answer without an id, and Exchange Online's summaries and lists show none. Then the same
//! Message-ID, a recipient in common, the same envelope sender where both are known, minutes between them
//! and the right server at the other side make a join; a Message-ID alone never does: lists, senders and
//! attackers use one again.

use hashbrown::{HashMap, HashSet};

use super::hops::{Hops, NEAR, is_rewritten};
use super::index::Key;
use super::join::Reason;
use super::leg::{Leg, is_filter};
use super::reach::Reach;
use super::{LegPlace, Seed};
use crate::event::{EXCHANGE_ONLINE, Kind, Origin};
use crate::events::{EventNumber, Events, Row};
use crate::segment::Field;
use crate::words::Word;

/// Of more legs than this on either side of a hand-over to one recipient none is looked at.
const NEIGHBOURS: usize = 8;

/// One side of a hand-over.
struct Side {
    place: LegPlace,
    /// What the system calls the message.
    name: Word,
    time: i64,
    sender: Word,
    /// Each once, ascending.
    recipients: Vec<Word>,
    /// The events that tell of it; never empty.
    events: Vec<EventNumber>,
    /// The answer names an id, so only a report that shows none can be the other side.
    names_id: bool,
    /// A row of a report: it shows no id.
    is_reported: bool,
}

impl Side {
    fn of(leg: &Leg, name: Word, time: i64, event: EventNumber) -> Side {
        Side {
            place: leg.place,
            name,
            time,
            sender: leg.sender,
            recipients: Vec::new(),
            events: vec![event],
            names_id: false,
            is_reported: false,
        }
    }

    /// What orders sides where numbers that were given on arrival must not.
    fn content<'e>(&self, events: &'e Events) -> (i64, &'e [u8], u32) {
        (self.time, events.text(self.name), self.place.generation)
    }

    fn row<'e>(&self, events: &'e Events) -> Option<Row<'e>> {
        self.events.first().and_then(|number| events.row(*number))
    }

    /// The recipients, or 0 where none has been told of yet.
    fn recipients_or_none(&self) -> impl Iterator<Item = Word> + '_ {
        let none = self.recipients.is_empty().then_some(0);
        self.recipients.iter().copied().chain(none)
    }

    fn add_recipients(&mut self, events: &Events, row: &Row<'_>, fields: &[Field]) {
        for field in fields {
            let recipients = row.list(*field).map(|word| events.folded(word));
            self.recipients.extend(recipients);
        }
    }

    /// Once all recipients are there.
    fn close(&mut self) {
        self.recipients.sort_unstable();
        self.recipients.dedup();
    }
}

/// Whether an event may be a hand-over whose other side only likeness tells.
pub(super) fn is_vague(row: &Row<'_>) -> bool {
    match row.kind() {
        Kind::Send | Kind::SendExternal => {
            !is_filter(row) && (row.word(Field::NextId) == 0 || is_to_online(row))
        }
        Kind::Status => is_reported_sent(row),
        _ => false,
    }
}

/// Whether a report tells that a message was sent on or delivered, which it doesn't always tell apart.
fn is_reported_sent(row: &Row<'_>) -> bool {
    const ENDS: [&[u8]; 2] = [b"send", b"delivered"];
    let words = row.text_of_first(Field::RecipientStatus).trim_ascii();
    let words = words.to_ascii_lowercase();
    row.kind() == Kind::Status && ENDS.iter().any(|end| words.ends_with(end))
}

/// Whether Exchange Online is at the other side of a transmission.
fn is_to_online(row: &Row<'_>) -> bool {
    const CONNECTOR: &[u8] = b"outbound to office 365";
    let connector = row.text(Field::Connector).get(..CONNECTOR.len());
    is_online(row.text(Field::ServerHost))
        || connector.is_some_and(|name| name.eq_ignore_ascii_case(CONNECTOR))
}

/// Whether a name is one of Exchange Online's servers.
fn is_online(name: &[u8]) -> bool {
    const DOMAIN: &[u8] = b".outlook.com";
    let start = name.len().saturating_sub(DOMAIN.len());
    name.get(start..)
        .is_some_and(|end| end.eq_ignore_ascii_case(DOMAIN))
}

impl Reach<'_> {
    /// The Message-IDs by which a bucket's legs may be joined by likeness, each once.
    pub(super) fn alike_names(&mut self, bucket_idx: u32) -> Vec<Word> {
        let legs = self.legs(bucket_idx).iter();
        let mut names: Vec<Word> = legs.map(|leg| leg.message_id).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| *name != 0 && self.index.may_be_alike(*name));
        names
    }

    /// All hand-overs of one Message-ID are joined at once, the nearest in time first.
    pub(super) fn find_alike(&mut self, message_id: Word) -> Hops {
        let sent = self.sent_alike(message_id);
        let came = self.came_alike(message_id);
        let events = self.events;
        let mut by_recipient: HashMap<Word, Vec<usize>, Seed> = HashMap::default();
        for (b, side) in came.iter().enumerate() {
            for recipient in side.recipients_or_none() {
                by_recipient.entry(recipient).or_default().push(b);
            }
        }
        let mut pairs = Vec::new();
        for (a, from) in sent.iter().enumerate() {
            let mut near: Vec<usize> = Vec::new();
            for recipient in from.recipients.iter().copied().chain([0]) {
                let list = by_recipient.get(&recipient).map_or(&[][..], Vec::as_slice);
                let is_before = |b: &usize| came.get(*b).is_some_and(|side| side.time < from.time);
                let middle = list.partition_point(is_before);
                let list = list.iter().take(middle + NEIGHBOURS);
                near.extend(list.skip(middle.saturating_sub(NEIGHBOURS)));
            }
            near.sort_unstable();
            near.dedup();
            for b in near {
                if let Some(to) = came.get(b).filter(|to| are_alike(events, from, to)) {
                    let apart = from.time.abs_diff(to.time);
                    pairs.push((apart, from.content(events), to.content(events), a, b));
                }
            }
        }
        pairs.sort_unstable();
        let mut hops = Hops::default();
        let mut is_joined: (HashSet<usize, Seed>, HashSet<usize, Seed>) = Default::default();
        for (.., a, b) in pairs {
            if is_joined.0.contains(&a) || is_joined.1.contains(&b) {
                continue;
            }
            is_joined.0.insert(a);
            is_joined.1.insert(b);
            if let (Some(from), Some(to)) = (sent.get(a), came.get(b)) {
                let arrival = to.events.first().copied();
                hops.add(
                    from.place,
                    &from.events,
                    to.place,
                    arrival,
                    Reason::Likeness,
                );
            }
        }
        hops
    }

    /// Hand-overs of a Message-ID that no id tells.
    fn sent_alike(&mut self, message_id: Word) -> Vec<Side> {
        let buckets: Vec<u32> = self.index.handed_on(message_id).collect();
        let mut sent: Vec<Side> = Vec::new();
        for bucket in buckets {
            let name = self.index.name_of(bucket);
            let told: HashSet<EventNumber, Seed> = self
                .told_by_id(bucket)
                .into_iter()
                .map(|join| join.event)
                .collect();
            let events = self.events;
            for leg in self.legs(bucket) {
                if leg.message_id != message_id {
                    continue;
                }
                let vague = leg.hand_overs.iter().filter(|sent| sent.is_vague);
                for hand_over in vague.filter(|sent| !told.contains(&sent.event)) {
                    let Some(row) = events.row(hand_over.event) else {
                        continue;
                    };
                    let is_same = |side: &&mut Side| {
                        side.place == leg.place
                            && hand_over.time - side.time <= NEAR
                            && side
                                .row(events)
                                .is_some_and(|held| is_one_answer(&held, &row))
                    };
                    if let Some(side) = sent.last_mut().filter(is_same) {
                        side.events.push(hand_over.event);
                        side.add_recipients(events, &row, &[Field::Recipients]);
                        continue;
                    }
                    let mut side = Side::of(leg, name, hand_over.time, hand_over.event);
                    side.names_id = hand_over.next != 0;
                    if row.kind() == Kind::Status {
                        side.is_reported = true;
                        side.sender = row.folded(Field::Sender);
                    }
                    side.add_recipients(events, &row, &[Field::Recipients]);
                    sent.push(side);
                }
            }
        }
        sent.iter_mut().for_each(Side::close);
        sent
    }

    /// Arrivals of a Message-ID, in order of time: reports' rows, and what logs show of messages that no
    /// hand-over names.
    fn came_alike(&mut self, message_id: Word) -> Vec<Side> {
        let mut buckets: Vec<u32> = self.index.named(message_id).collect();
        buckets.sort_unstable();
        buckets.dedup();
        let mut came: Vec<Side> = Vec::new();
        for bucket in buckets {
            let Some(key) = self.index.key_of(bucket) else {
                continue;
            };
            let name = self.index.name_of(bucket);
            let taken = self.taken_by_id(bucket);
            let events = self.events;
            let legs = self.legs(bucket).iter();
            for leg in legs.filter(|leg| leg.message_id == message_id) {
                let is_free = |event: EventNumber| !taken.contains(&event);
                if let Key::QueueId { .. } = key {
                    for arrival in leg.arrivals.iter().filter(|arrival| is_free(arrival.event)) {
                        let mut side = Side::of(leg, name, arrival.time, arrival.event);
                        let rows = leg.events.iter().filter_map(|number| events.row(*number));
                        for row in rows {
                            side.add_recipients(events, &row, &[Field::Recipients, Field::Related]);
                        }
                        came.push(side);
                    }
                    continue;
                }
                let rows = leg.events.iter().filter_map(|number| events.row(*number));
                let mut reported: Option<Side> = None;
                let mut shows_id = false;
                for row in rows {
                    let is_received = row.kind() == Kind::Receive && row.origin() == Origin::Smtp;
                    if row.kind() == Kind::Status {
                        let side = reported.get_or_insert_with(|| Side {
                            is_reported: true,
                            ..Side::of(leg, name, row.time(), row.number)
                        });
                        side.add_recipients(events, &row, &[Field::Recipients]);
                        if side.sender == 0 {
                            side.sender = row.folded(Field::Sender);
                        }
                    }
                    shows_id |= is_received
                        && row.text(Field::Host) == EXCHANGE_ONLINE
                        && row.word(Field::Id) != 0;
                    if is_received && is_free(row.number) {
                        let mut side = Side::of(leg, name, row.time(), row.number);
                        side.add_recipients(events, &row, &[Field::Recipients]);
                        came.push(side);
                    }
                }
                // Where another report shows the ids, they tell.
                came.extend(reported.filter(|_| !shows_id));
            }
        }
        came.iter_mut().for_each(Side::close);
        let events = self.events;
        came.sort_by(|a, b| a.content(events).cmp(&b.content(events)));
        came
    }
}

/// Whether two rows of a leg repeat one answer for several recipients.
fn is_one_answer(a: &Row<'_>, b: &Row<'_>) -> bool {
    const FIELDS: [Field; 4] = [
        Field::NextId,
        Field::ServerIp,
        Field::ServerHost,
        Field::Text,
    ];
    FIELDS.iter().all(|field| a.word(*field) == b.word(*field))
}

/// Whether what was handed over may be what arrived. The Message-ID is the same already, and a recipient
/// where any is known.
fn are_alike(events: &Events, from: &Side, to: &Side) -> bool {
    let is_rewritten = |word| is_rewritten(events.text(word));
    let is_sent_alike = from.sender == 0
        || to.sender == 0
        || from.sender == to.sender
        || is_rewritten(from.sender)
        || is_rewritten(to.sender);
    // Where no recipient has been told of yet, the sender must be known.
    let is_known = !to.recipients.is_empty() || from.sender != 0 && from.sender == to.sender;
    let (Some(sent), Some(came)) = (from.row(events), to.row(events)) else {
        return false;
    };
    is_sent_alike
        && is_known
        && from.time.abs_diff(to.time) <= NEAR.unsigned_abs()
        && (to.is_reported || !from.names_id)
        && !(from.is_reported && from.place == to.place)
        && are_ends(&sent, &came)
}

/// Whether the one side names the other: the server that was sent to, or the client that it came from.
fn are_ends(sent: &Row<'_>, came: &Row<'_>) -> bool {
    let is_same = |a: &[u8], b: &[u8]| !a.is_empty() && a.eq_ignore_ascii_case(b);
    let is_online_host = |row: &Row<'_>| row.text(Field::Host) == EXCHANGE_ONLINE;
    if is_online_host(came) {
        return is_to_online(sent) && !is_online_host(sent);
    }
    if is_online_host(sent) {
        return is_online(came.text(Field::ClientHost));
    }
    let is_same_field = |field: Field| is_same(sent.text(field), came.text(field));
    [
        Field::ServerIp,
        Field::ServerHost,
        Field::ClientIp,
        Field::ClientHost,
    ]
    .into_iter()
    .any(is_same_field)
        || is_same(sent.text(Field::ServerHost), came.text(Field::Host))
}
