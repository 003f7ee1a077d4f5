//! Events to legs to journeys.
//!
//! A leg is what one system logs of one message under one of its ids. Legs are joined into a journey
//! where one names the other's id. Ids are reused, so a leg is also bounded in time.

use crate::events::EventNumber;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LegPlace {
    pub bucket: u32,
    /// Which message of those that bore this id, in order of time.
    pub generation: u32,
}

/// The events of a leg, in order.
pub type LegEvents = Vec<EventNumber>;
