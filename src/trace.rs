//! All that is loaded, traced: events, the journeys and deliveries derived from them, and the facts that
//! only the whole data set knows.
//!
//! Everything but the events can be thrown away and made again. Deriving goes in bounded steps; a new
//! segment derives again only what it touches.

use std::ops::Range;

use crate::delivery::Delivery;
use crate::engine::SourceNumber;
use crate::events::{EventNumber, Events};
use crate::journey::Journey;
use crate::segment::SegmentError;
use crate::source::HostClock;

/// Events and what is derived from them.
pub struct Trace {
    events: Events,
    journeys: Vec<Journey>,
    deliveries: Vec<Delivery>,
}

impl Trace {
    /// The seed decides nothing but where words lie in a table.
    pub fn new(seed: u64) -> Trace {
        Trace {
            events: Events::new(seed),
            journeys: Vec::new(),
            deliveries: Vec::new(),
        }
    }

    /// Takes up one segment of a source. What it touches is derived by [`Trace::derive`].
    pub fn take_up(
        &mut self,
        source: SourceNumber,
        bytes: Vec<u8>,
        clocks: &[HostClock],
    ) -> Result<Range<EventNumber>, SegmentError> {
        self.events
            .take_up(source, bytes, clocks)
            .map(|(range, _)| range)
    }

    /// Sets how a source's times are read; what that moves is derived again.
    pub fn set_clocks(&mut self, source: SourceNumber, clocks: &[HostClock]) {
        self.events.set_clocks(source, clocks);
    }

    /// Forgets a source. Everything is derived again, and no delivery keeps its number.
    pub fn forget(&mut self, source: SourceNumber) {
        self.events.forget(source);
    }

    /// Derives until `go_on` says no or nothing is left; true if work is left.
    pub fn derive(&mut self, _go_on: &mut dyn FnMut() -> bool) -> bool {
        false
    }

    /// Changes whenever a delivery comes, goes or changes.
    pub fn revision(&self) -> u64 {
        0
    }

    pub fn events(&self) -> &Events {
        &self.events
    }

    /// The deliveries, in an order that means nothing, each with its number. A number is never given
    /// twice.
    pub fn deliveries(&self) -> impl Iterator<Item = (u32, &Delivery)> {
        (0..).zip(self.deliveries.iter())
    }

    /// A delivery; `None` if it is gone.
    pub fn delivery(&self, number: u32) -> Option<&Delivery> {
        self.deliveries.get(number as usize)
    }

    /// The journey of a delivery.
    pub fn journey(&self, delivery: &Delivery) -> Option<&Journey> {
        self.journeys.get(delivery.journey as usize)
    }

    /// The events of a journey in order, each copy of the same evidence once.
    pub fn events_of(&self, _journey: &Journey) -> Vec<EventNumber> {
        Vec::new()
    }

    /// The events of a journey that speak of a delivery's recipient, or of the message as a whole.
    pub fn events_of_delivery(&self, _delivery: &Delivery) -> Vec<EventNumber> {
        Vec::new()
    }
}
