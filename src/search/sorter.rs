//! A sort in bounded steps: no single step is long, however many items there are.
//!
//! Short runs are sorted, then merged pairwise; a merge can be left and taken up again. Equal items
//! keep their order.

use std::cmp::Ordering;
use std::collections::VecDeque;

/// Items in one run: sorted in a few milliseconds even in a browser.
const RUN: usize = 1 << 14;
/// Items that are merged between two looks at the clock.
const STRIDE: usize = 1 << 12;

#[derive(Debug)]
pub(super) struct Sorter<T> {
    unsorted: Vec<T>,
    /// Runs of one generation, in the order of their items, and those already merged from them.
    runs: VecDeque<Vec<T>>,
    merged: VecDeque<Vec<T>>,
    merge: Option<Merge<T>>,
}

#[derive(Debug)]
struct Merge<T> {
    left: Vec<T>,
    right: Vec<T>,
    at: (usize, usize),
    out: Vec<T>,
}

impl<T: Copy> Sorter<T> {
    pub(super) fn new(items: Vec<T>) -> Sorter<T> {
        Sorter {
            unsorted: items,
            runs: VecDeque::new(),
            merged: VecDeque::new(),
            merge: None,
        }
    }

    /// Sorts until `go_on` says no or all is sorted; the items once they are.
    pub(super) fn step(
        &mut self,
        order: &mut impl FnMut(&T, &T) -> Ordering,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<Vec<T>> {
        loop {
            if !self.unsorted.is_empty() {
                // Runs are taken from the end, so the first items' run is the last to come.
                let start = (self.unsorted.len() - 1) / RUN * RUN;
                let mut run = self.unsorted.split_off(start);
                run.sort_by(&mut *order);
                self.runs.push_front(run);
            } else if let Some(merge) = &mut self.merge {
                if merge.step(order) {
                    let out = std::mem::take(&mut merge.out);
                    self.merged.push_back(out);
                    self.merge = None;
                }
            } else {
                match (self.runs.pop_front(), self.runs.pop_front()) {
                    (Some(left), Some(right)) => self.join(left, right, order),
                    (Some(odd), None) => self.merged.push_back(odd),
                    (None, _) if self.merged.len() > 1 => {
                        std::mem::swap(&mut self.runs, &mut self.merged);
                    }
                    (None, _) => return Some(self.merged.pop_front().unwrap_or_default()),
                }
                continue;
            }
            if !go_on() {
                return None;
            }
        }
    }
}

impl<T: Copy> Sorter<T> {
    /// Joins two runs: at once where one lies before the other, as in logs, which are in order of time.
    fn join(&mut self, left: Vec<T>, right: Vec<T>, order: &mut impl FnMut(&T, &T) -> Ordering) {
        let mut compare = |a: Option<&T>, b: Option<&T>| Some(order(a?, b?));
        let is_in_order = compare(left.last(), right.first()) != Some(Ordering::Greater);
        let is_reversed = compare(left.first(), right.last()) == Some(Ordering::Greater);
        let (mut first, second) = match is_reversed {
            true => (right, left),
            false => (left, right),
        };
        if is_in_order || is_reversed {
            first.extend_from_slice(&second);
            self.merged.push_back(first);
        } else {
            self.merge = Some(Merge::new(first, second));
        }
    }
}

impl<T: Copy> Merge<T> {
    fn new(left: Vec<T>, right: Vec<T>) -> Merge<T> {
        let out = Vec::with_capacity(left.len() + right.len());
        Merge {
            left,
            right,
            at: (0, 0),
            out,
        }
    }

    /// Merges a stride; true when all is merged.
    fn step(&mut self, order: &mut impl FnMut(&T, &T) -> Ordering) -> bool {
        for _ in 0..STRIDE {
            match (self.left.get(self.at.0), self.right.get(self.at.1)) {
                (Some(left), Some(right)) if order(left, right) == Ordering::Greater => {
                    self.out.push(*right);
                    self.at.1 += 1;
                }
                (Some(left), Some(_)) => {
                    self.out.push(*left);
                    self.at.0 += 1;
                }
                (left, right) => {
                    let rest = match (left, right) {
                        (Some(_), _) => self.left.get(self.at.0..),
                        _ => self.right.get(self.at.1..),
                    };
                    self.out.extend_from_slice(rest.unwrap_or_default());
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_items_is_sorted_in_steps_and_equal_ones_keep_their_order() {
        for count in [0, 1, 2, RUN, RUN + 1, 5 * RUN + 7] {
            let items: Vec<(u32, u32)> = (0..count as u32)
                .map(|n| (n.wrapping_mul(2_654_435_761) >> 20, n))
                .collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            let mut sorter = Sorter::new(items);
            let mut steps = 1;
            let sorted = loop {
                let step = sorter.step(&mut |a, b| a.0.cmp(&b.0), &mut || false);
                if let Some(sorted) = step {
                    break sorted;
                }
                steps += 1;
            };
            assert_eq!(sorted, expected);
            assert!(steps >= count / RUN, "{steps} steps for {count} items");
        }
    }

    #[test]
    fn what_is_in_order_already_or_reversed_is_sorted_too() {
        let items: Vec<usize> = (0..3 * RUN + 5).collect();
        let mut up = Sorter::new(items.clone());
        assert_eq!(
            up.step(&mut |a, b| a.cmp(b), &mut || true),
            Some(items.clone())
        );
        let mut down = Sorter::new(items.clone());
        let reversed: Vec<usize> = items.into_iter().rev().collect();
        assert_eq!(
            down.step(&mut |a, b| b.cmp(a), &mut || true),
            Some(reversed)
        );
    }
}
