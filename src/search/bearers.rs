//! The journeys of some events.
//!
//! An event leads to the messages that bore its id: mostly one. Of an id that several messages bore it is
//! looked up once, for all of its events together, whose they are.

use hashbrown::{HashMap, HashSet};

use crate::events::{EventNumber, Row};
use crate::trace::Trace;

type Seed = foldhash::quality::FixedState;

#[derive(Debug, Default)]
pub(super) struct Bearers {
    /// The places of the journeys.
    journeys: HashSet<u32, Seed>,
    /// By bucket, the events of ids that several messages bore.
    open: HashMap<u32, HashSet<EventNumber, Seed>, Seed>,
    /// These buckets, once all are known.
    order: Option<Vec<u32>>,
}

impl Bearers {
    pub(super) fn note(&mut self, trace: &Trace, row: &Row<'_>) {
        let Some(bucket) = trace.bucket_of(row) else {
            return;
        };
        match trace.journeys_in(bucket) {
            [] => {}
            [one] => drop(self.journeys.insert(*one)),
            _ => drop(self.open.entry(bucket).or_default().insert(row.number)),
        }
    }

    /// Looks up some of what is open, once all events are noted; true if some is left.
    pub(super) fn settle(&mut self, trace: &Trace) -> bool {
        /// Each is sorted anew, so these are few.
        const BUCKETS: usize = 64;
        let open = &self.open;
        let order = self
            .order
            .get_or_insert_with(|| open.keys().copied().collect());
        let some = order.len().saturating_sub(BUCKETS);
        for bucket in order.drain(some..) {
            if let Some(events) = open.get(&bucket) {
                let found = trace.journeys_with(bucket, |number| events.contains(&number));
                self.journeys.extend(found);
            }
        }
        !order.is_empty()
    }

    pub(super) fn hold(&self, journey: u32) -> bool {
        self.journeys.contains(&journey)
    }
}
