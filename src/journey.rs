//! Events to legs to journeys.
//!
//! A *leg* is what one system logs of one message under one of its ids. All events under one id lie in
//! a *bucket*; ids are reused, so a bucket is cut into legs, its *generations*. A leg may name the id of
//! another (`queued as`, `forwarded as`, `orig_queue_id`): that is a *link*, and legs that are linked are
//! one journey. Links are bounded in time, since a reused id means another message an hour later.
//! From system to system a message goes by *hand-overs*: one says that another took it, and a leg there
//! begins under the id that was answered.
//!
//! Nothing depends on the order in which events arrive: a bucket is cut anew whenever an event comes to
//! it, and whatever was linked to its old legs is joined anew.

mod alike;
mod copies;
mod cut;
mod echo;
mod hops;
mod index;
mod join;
mod leg;
mod mentions;
mod order;
mod reach;

pub use cut::is_for_now;
pub use hops::is_internal;
pub use index::{Index, Key};
pub use join::{Certainty, Join, Reason};
pub use leg::{Leg, is_filter, is_from_this_host, tells_sender};
pub use order::in_order;
pub use reach::{Component, Reach};

use crate::event::{Direction, Kind, Origin};
use crate::events::{EventNumber, Events};
use crate::segment::Field;
use crate::words::Word;

type Seed = foldhash::quality::FixedState;

/// The legs of one message, and what they say of the message as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journey {
    /// Its first event.
    pub first: EventNumber,
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
    /// Which way it crosses the organisation's edge.
    pub direction: Direction,
    /// Exchange's own probes (formats.md 3.5).
    pub is_probe: bool,
    /// Where its events are found.
    pub legs: Vec<LegPlace>,
    /// Why these legs are of one message.
    pub joins: Box<[Join]>,
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

/// What the events say of the message as a whole.
pub fn summarise(events: &Events, list: &[EventNumber], component: &Component) -> Journey {
    let first_time = list.first().and_then(|number| events.row(*number));
    let mut journey = Journey {
        // The first system's clock tells, and not the one that is most behind.
        start: first_time.map_or(0, |row| row.time()),
        end: i64::MIN,
        legs: component.legs.iter().map(|leg| leg.place).collect(),
        joins: component.joins.clone().into_boxed_slice(),
        first: list.first().copied().unwrap_or_default(),
        ..Journey::default()
    };
    let first = |held: &mut Word, word: Word| {
        if *held == 0 {
            *held = word;
        }
    };
    let (mut is_submitted, mut is_received) = (false, false);
    // Exchange's lines all tell who handed the message in, so one that lacks its RECEIVE tells it, too.
    let mut original_client_ip = 0;
    for row in list.iter().filter_map(|number| events.row(*number)) {
        let time = row.time();
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
        // A server that can't tell says so, and the next one may.
        if matches!(journey.direction, Direction::None | Direction::Undefined)
            && row.direction() != Direction::None
        {
            journey.direction = row.direction();
        }
        let tells_origin = matches!(row.kind(), Kind::Receive | Kind::Reject | Kind::Status);
        if journey.from_ip == 0 && tells_origin {
            journey.from_ip = row.word(Field::OriginalClientIp);
            first(&mut journey.from_ip, row.word(Field::ClientIp));
        }
        if row.origin().is_exchange() {
            first(&mut original_client_ip, row.word(Field::OriginalClientIp));
        }
        is_submitted |= row.origin() == Origin::LocalPickup || row.word(Field::Login) != 0;
        is_received |=
            row.kind() == Kind::Deliver && !row.origin().is_exchange() && !is_filter(&row);
        journey.is_probe |= row.origin().is_exchange()
            && (is_probe(row.text(Field::Sender))
                || row
                    .list(Field::Recipients)
                    .any(|word| is_probe(events.text(word))));
    }
    first(&mut journey.from_ip, original_client_ip);
    if journey.sender == 0 {
        journey.sender = journey.return_path;
    }
    // Mail transfer agents don't say it, but who signed in is one of ours, and so is a mailbox here.
    if journey.direction == Direction::None {
        journey.direction = match (is_submitted, is_received) {
            (true, _) => Direction::Originating,
            (false, true) => Direction::Incoming,
            (false, false) => Direction::None,
        };
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
