//! The journeys of some events.
//!
//! An event leads to the messages that bore its id: mostly one. Only of an id that several messages bore
//! is it looked up whose event it is.

use hashbrown::HashSet;

use crate::events::{EventNumber, Row};
use crate::journey::Journey;
use crate::trace::Trace;

type Seed = foldhash::quality::FixedState;

#[derive(Debug, Default)]
pub(super) struct Bearers {
    /// The places of journeys that have such an event, and of those that may have one.
    sure: HashSet<u32, Seed>,
    open: HashSet<u32, Seed>,
    /// The events of the latter.
    events: HashSet<EventNumber, Seed>,
}

impl Bearers {
    pub(super) fn note(&mut self, trace: &Trace, row: &Row<'_>) {
        match trace.journeys_near(row) {
            [] => {}
            [one] => drop(self.sure.insert(*one)),
            several => {
                self.open.extend(several);
                self.events.insert(row.number);
            }
        }
    }

    pub(super) fn hold(&mut self, trace: &Trace, place: u32, journey: &Journey) -> bool {
        if !self.sure.contains(&place) && self.open.remove(&place) {
            let events = trace.events_of(journey);
            if events.iter().any(|number| self.events.contains(number)) {
                self.sure.insert(place);
            }
        }
        self.sure.contains(&place)
    }
}
