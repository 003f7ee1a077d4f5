//! Exchange's servers, on the premises and online, share the id of a message, so that one leg tells of all of
//! them. Each is a station of its own.

use std::collections::HashMap;

use crate::event::EXCHANGE_ONLINE;
use crate::events::{EventNumber, Row};
use crate::segment::Field;
use crate::trace::Trace;

use super::entry::lossy;
use super::event::EventText;
use super::stations::Passed;

/// The most servers of one leg that are told apart.
const SERVERS: usize = 50;

/// What one server tells of a leg.
struct Part {
    /// The server's own name, less its domain, in lower case; empty as long as no line tells.
    server: String,
    events: Vec<EventNumber>,
    /// Whether the message came by here on its way to the recipient.
    is_passed: bool,
}

/// Legs, those of several servers as several. `is_of_it` tells the events that are of concern.
pub(super) fn by_server<'t>(
    trace: &'t Trace,
    legs: Vec<Passed<'t>>,
    is_of_it: impl Fn(&Row<'_>) -> bool,
) -> Vec<Passed<'t>> {
    let mut all: Vec<Passed<'t>> = Vec::new();
    // The leg that a part is of, and of each leg the part that others come behind.
    let mut leg_of: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = Vec::new();
    let mut place_of: HashMap<EventNumber, usize> = HashMap::new();
    for (number, leg) in legs.into_iter().enumerate() {
        let mut before = None;
        for part in parts(trace, &leg, &is_of_it) {
            let place = all.len();
            place_of.extend(part.events.iter().map(|event| (*event, place)));
            all.push(Passed {
                events: part.events,
                join: leg.join.filter(|_| before.is_none()),
                before: before.or(leg.before),
                is_same: before.is_some(),
                ..leg
            });
            leg_of.push(number);
            if part.is_passed || before.is_none() {
                before = Some(place);
            }
        }
        last.push(before.unwrap_or(0));
    }
    for part in all.iter_mut().filter(|part| !part.is_same) {
        let told_by = part
            .join
            .and_then(|join| place_of.get(&join.event).copied());
        part.before = part.before.and_then(|leg| {
            let told_by = told_by.filter(|place| leg_of.get(*place) == Some(&leg));
            told_by.or(last.get(leg).copied())
        });
    }
    all
}

/// What each server tells of a leg, in the order in which they began.
fn parts(trace: &Trace, leg: &Passed<'_>, is_of_it: impl Fn(&Row<'_>) -> bool) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut at = 0;
    for row in leg.rows() {
        let server = server(trace, &row);
        if !server.is_empty() && row.origin().is_exchange() {
            let is_it = |part: &Part| part.server == server || part.server.is_empty();
            at = match parts.iter().position(is_it) {
                Some(known) => known,
                None if parts.len() < SERVERS => parts.len(),
                None => at,
            };
        }
        if at == parts.len() {
            parts.push(Part {
                server: String::new(),
                events: Vec::new(),
                is_passed: false,
            });
        }
        if let Some(part) = parts.get_mut(at) {
            if part.server.is_empty() {
                part.server = server;
            }
            part.events.push(row.number);
            part.is_passed |= row.list(Field::Recipients).next().is_none() || is_of_it(&row);
        }
    }
    parts
}

/// The server that speaks: its own name less its domain, in lower case. All of Exchange Online is one.
pub(super) fn server(trace: &Trace, row: &Row<'_>) -> String {
    if row.text(Field::Host) == EXCHANGE_ONLINE {
        return lossy(EXCHANGE_ONLINE);
    }
    let name = match EventText::of(trace, *row).host() {
        name if name.is_empty() => lossy(row.text(Field::Host)),
        name => name,
    };
    let label = name.split('.').next().unwrap_or_default();
    match label.bytes().all(|byte| byte.is_ascii_digit()) {
        // An address has no labels.
        true => name,
        false => label.to_ascii_lowercase(),
    }
}
