//! Brings what was decided for each message into the order of time, holding only what is still to come.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::calendar::Time;

/// What is to happen, earliest first; of one instant, what was planned first.
#[derive(Debug)]
pub struct Schedule<T> {
    heap: BinaryHeap<Planned<T>>,
    planned: u64,
}

#[derive(Debug)]
struct Planned<T> {
    at: Time,
    order: u64,
    what: T,
}

impl<T> Planned<T> {
    fn key(&self) -> (Time, u64) {
        (self.at, self.order)
    }
}

impl<T> PartialEq for Planned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Planned<T> {}

impl<T> PartialOrd for Planned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Planned<T> {
    /// Turned round: a heap gives its largest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

impl<T> Default for Schedule<T> {
    fn default() -> Self {
        Schedule {
            heap: BinaryHeap::new(),
            planned: 0,
        }
    }
}

impl<T> Schedule<T> {
    pub fn plan(&mut self, at: Time, what: T) {
        self.planned += 1;
        self.heap.push(Planned {
            at,
            order: self.planned,
            what,
        });
    }

    /// The next that happens by this time.
    pub fn due(&mut self, by: Time) -> Option<(Time, T)> {
        let is_due = self.heap.peek().is_some_and(|next| next.at <= by);
        let next = is_due.then(|| self.heap.pop()).flatten()?;
        Some((next.at, next.what))
    }

    /// How much is still to come.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_earlier_comes_first_and_of_one_instant_what_was_planned_first() {
        let mut schedule = Schedule::default();
        for (at, what) in [(5, "e"), (1, "a"), (5, "f"), (3, "c")] {
            schedule.plan(at, what);
        }
        let mut order = Vec::new();
        while let Some((_, what)) = schedule.due(5) {
            order.push(what);
        }
        assert_eq!(order, ["a", "c", "e", "f"]);
    }
}
