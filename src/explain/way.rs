//! The way of a message to one recipient, in the order in which it is drawn.
//!
//! The trunk leads to where the trail ends. What leaves it on the way stands before it goes on, so that a
//! branch never crosses it.

use std::collections::HashMap;

use crate::delivery::{Basis, NO_EVENT};
use crate::events::{EventNumber, Row};
use crate::journey::Reason;
use crate::protocol::{EndView, StationView};
use crate::segment::Field;

use super::entry::Entry;
use super::servers::by_server;
use super::stations::{Passed, passed, some_of};
use super::why;

/// The most stations that are drawn.
const STATIONS: usize = 200;
/// How often an address takes the place of another, at most; they may do so in a circle.
const REPLACED: usize = 8;

/// The systems that a delivery's message passed, and where its trail ends.
pub struct Way {
    pub stations: Vec<StationView>,
    pub end: EndView,
    /// At which station an event was.
    pub place_of: HashMap<EventNumber, u32>,
}

/// A delivery's way.
pub fn way(entry: &Entry<'_>) -> Way {
    let is_of_it = |row: &Row<'_>| entry.concerns(row);
    let legs = passed(entry.trace, entry.journey);
    let legs = by_server(entry.trace, legs, is_of_it);
    let leg_of: HashMap<EventNumber, usize> = legs
        .iter()
        .zip(0..)
        .flat_map(|(leg, at)| leg.events.iter().map(move |event| (*event, at)))
        .collect();
    let ended = followed(*entry);
    let ends_by = match ended.delivery.decided_by {
        NO_EVENT => ended.delivery.last_event,
        event => event,
    };
    let end = leg_of.get(&ends_by).copied().unwrap_or(0);
    let plan = Plan::of(entry, &legs, end);

    let mut places: HashMap<usize, u32> = HashMap::new();
    let mut stations = Vec::new();
    for ((at, branch), place) in plan.order().into_iter().zip(0..) {
        let Some(leg) = legs.get(at) else {
            continue;
        };
        places.insert(at, place);
        let before = leg.before.filter(|before| places.contains_key(before));
        let leg_before = before.and_then(|before| legs.get(before));
        stations.push(StationView {
            before: before.and_then(|before| places.get(&before).copied()),
            branch,
            ..leg.view(leg_before, is_of_it)
        });
        let copies = plan.copies(&legs, at);
        if let Some(station) = stations.last_mut().filter(|_| !copies.is_empty()) {
            station.note = copies;
        }
    }
    let last = legs.get(end);
    // What was sent on and is seen nowhere left by that event.
    let told_by = match ended.delivery.basis {
        Basis::SentTo { event, .. } => event,
        _ => ended.delivery.decided_by,
    };
    let ending = entry.trace.events().row(told_by);
    Way {
        stations,
        end: EndView {
            took: last
                .zip(ending)
                .and_then(|(leg, event)| leg.time_until(&event)),
            deferrals: last.map_or(0, |leg| leg.deferrals(is_of_it)),
            words: why(&ended),
        },
        place_of: leg_of
            .into_iter()
            .filter_map(|(event, at)| Some((event, *places.get(&at)?)))
            .collect(),
    }
}

/// The delivery whose status it is: that of the address which took the recipient's place.
fn followed<'a>(entry: Entry<'a>) -> Entry<'a> {
    let next = |entry: &Entry<'a>| {
        let Basis::Replaced = entry.delivery.basis else {
            return None;
        };
        let all = entry.journey.deliveries.iter();
        let mut all = all.filter_map(|number| Entry::new(entry.trace, *number));
        all.find(|other| other.delivery.recipient == entry.delivery.replaced_by)
    };
    let ways = std::iter::successors(Some(entry), next);
    ways.take(REPLACED).last().unwrap_or(entry)
}

/// Which legs are drawn, and how they hang together.
struct Plan {
    /// Behind each leg, those that the message went on to.
    next: Vec<Vec<usize>>,
    /// Those that no other leads to.
    first: Vec<usize>,
    is_drawn: Vec<bool>,
    /// On the way to the end.
    is_trunk: Vec<bool>,
    /// Nothing more than a look at the message.
    is_look: Vec<bool>,
    end: usize,
}

impl Plan {
    fn of(entry: &Entry<'_>, legs: &[Passed<'_>], end: usize) -> Plan {
        let mut plan = Plan {
            next: vec![Vec::new(); legs.len()],
            first: Vec::new(),
            is_drawn: vec![false; legs.len()],
            is_trunk: vec![false; legs.len()],
            is_look: legs
                .iter()
                .map(|leg| leg.join.is_some_and(|join| join.reason == Reason::Look))
                .collect(),
            end,
        };
        for (leg, at) in legs.iter().zip(0..) {
            let before = leg.before.and_then(|before| plan.next.get_mut(before));
            match before {
                Some(next) => next.push(at),
                None => plan.first.push(at),
            }
            if concerns(entry, leg) {
                mark(&mut plan.is_drawn, legs, at);
            }
        }
        mark(&mut plan.is_trunk, legs, end);
        mark(&mut plan.is_drawn, legs, end);
        // The trunk is drawn last.
        let is_trunk = &plan.is_trunk;
        plan.first.sort_by_key(|at| is(is_trunk, *at));
        plan
    }

    /// The legs in the order in which they are drawn, each with how many branchings it is off the trunk.
    fn order(&self) -> Vec<(usize, u32)> {
        let mut order = Vec::new();
        let first = self.first.iter().filter(|at| is(&self.is_drawn, **at));
        let mut open: Vec<(usize, u32)> = first.rev().map(|at| (*at, 0)).collect();
        while let Some((at, branch)) = open.pop() {
            order.push((at, branch));
            let all = self.next.get(at).into_iter().flatten().copied();
            let next: Vec<usize> = all.filter(|at| is(&self.is_drawn, *at)).collect();
            let mut goes_on = next.iter().copied();
            let on = match at == self.end {
                true => None,
                false => goes_on
                    .find(|at| is(&self.is_trunk, *at))
                    .or_else(|| next.iter().copied().rfind(|at| !is(&self.is_look, *at))),
            };
            open.extend(on.map(|on| (on, branch)));
            let has_room = order.len() + open.len() < STATIONS;
            let off = next.iter().rev().filter(|at| has_room && Some(**at) != on);
            open.extend(off.map(|at| (*at, branch + 1)));
        }
        order.truncate(STATIONS);
        order
    }

    /// What else went on from a leg, for others.
    fn copies(&self, legs: &[Passed<'_>], at: usize) -> String {
        let next = self.next.get(at).into_iter().flatten();
        let others = next.filter(|at| !is(&self.is_drawn, **at));
        let others: Vec<&Passed<'_>> = others
            .filter_map(|at| legs.get(*at))
            .filter(|leg| leg.went_on())
            .collect();
        let mut hosts: Vec<String> = Vec::new();
        for leg in &others {
            let host = leg.host();
            if !host.is_empty() && !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        let to = match some_of(hosts) {
            hosts if hosts.is_empty() => String::new(),
            hosts => format!(" to {hosts}"),
        };
        match others.len() {
            0 => String::new(),
            1 => format!("A copy for others went on{to}."),
            several => format!("{several} copies for others went on{to}."),
        }
    }
}

/// Whether a leg is of the way to the recipient: it speaks of them, or what led to it does, or neither
/// speaks of anyone.
fn concerns(entry: &Entry<'_>, leg: &Passed<'_>) -> bool {
    let names = |row: &Row<'_>| row.list(Field::Recipients).next().is_some();
    if leg.rows().any(|row| names(&row) && entry.concerns(&row)) {
        return true;
    }
    let join = leg
        .join
        .and_then(|join| entry.trace.events().row(join.event));
    match join.filter(names) {
        Some(row) => entry.concerns(&row),
        None => !leg.rows().any(|row| names(&row)),
    }
}

/// Marks a leg and all that lead to it.
fn mark(marks: &mut [bool], legs: &[Passed<'_>], at: usize) {
    let mut at = Some(at);
    while let Some(place) = at {
        match marks.get_mut(place) {
            Some(mark) if !*mark => *mark = true,
            _ => return,
        }
        at = legs.get(place).and_then(|leg| leg.before);
    }
}

fn is(marks: &[bool], at: usize) -> bool {
    marks.get(at).copied().unwrap_or(false)
}
