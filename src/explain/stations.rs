//! The way of a message from system to system, in words.

use std::collections::HashMap;

use crate::event::EXCHANGE_ONLINE;
use crate::events::{EventNumber, Row};
use crate::journey::{Certainty, Join, Journey, LegPlace, Reason};
use crate::protocol::StationView;
use crate::segment::Field;
use crate::trace::Trace;

use super::entry::lossy;
use super::event::EventText;

/// The most stations of one message that are told.
const STATIONS: usize = 200;
/// The most hosts that are named of one station: Exchange's servers share the id of a message.
const HOSTS: usize = 3;

/// The systems that a message passed, in order. `is_of_it` tells which events concern the delivery that is
/// asked for; what is asked of the message as a whole concerns it everywhere.
pub fn stations(
    trace: &Trace,
    journey: &Journey,
    is_of_it: impl Fn(&Row<'_>) -> bool,
) -> Vec<StationView> {
    let legs = trace.legs_of(journey);
    let places: HashMap<LegPlace, usize> = legs
        .iter()
        .zip(0..)
        .map(|((place, _), at)| (*place, at))
        .collect();
    let mut before: HashMap<LegPlace, &Join> = HashMap::new();
    let mut joins: Vec<&Join> = journey.joins.iter().collect();
    joins.sort_by_key(|join| {
        let told = (join.reason.certainty(), join.reason);
        (told, trace.time_of(join.event))
    });
    for join in joins.iter().filter(|join| join.from != join.to) {
        // What a filter or Exchange says afterwards names the leg that it speaks of: it comes behind.
        let (behind, _) = ends(join);
        before.entry(behind).or_insert(join);
    }
    let views = legs.iter().take(STATIONS).map(|(place, events)| {
        let join = before.get(place);
        let from = join.and_then(|join| places.get(&ends(join).1));
        let rows = || {
            events
                .iter()
                .filter_map(|number| trace.events().row(*number))
        };
        StationView {
            host: hosts(trace, events),
            system: rows().next().map(|row| system(&row)).unwrap_or_default(),
            id: rows()
                .map(|row| id(trace, &row))
                .find(|id| !id.is_empty())
                .unwrap_or_default(),
            came: rows().next().map_or(0, |row| row.time()),
            left: rows().next_back().map_or(0, |row| row.time()),
            before: from.and_then(|from| u32::try_from(*from).ok()),
            joined_by: join.map(|join| because(trace, join)).unwrap_or_default(),
            certainty: join.map_or("", |join| certainty(join.reason)).to_owned(),
            concerns: rows().any(|row| is_of_it(&row)),
        }
    });
    views.collect()
}

/// The later and the earlier leg of a join.
fn ends(join: &Join) -> (LegPlace, LegPlace) {
    match join.reason {
        Reason::PriorId | Reason::Filter | Reason::Look | Reason::MessageId => (join.from, join.to),
        _ => (join.to, join.from),
    }
}

fn hosts(trace: &Trace, events: &[EventNumber]) -> String {
    let mut hosts: Vec<String> = Vec::new();
    let rows = events
        .iter()
        .filter_map(|number| trace.events().row(*number));
    for row in rows {
        let host = match EventText::of(trace, row).host() {
            host if host.is_empty() => lossy(row.text(Field::Host)),
            host => host,
        };
        if !host.is_empty() && !hosts.contains(&host) {
            hosts.push(host);
        }
        if hosts.len() > HOSTS {
            break;
        }
    }
    let has_more = hosts.len() > HOSTS;
    hosts.truncate(HOSTS);
    let mut text = hosts.join(", ");
    text.push_str(if has_more { ", …" } else { "" });
    text
}

/// What kind of system speaks.
fn system(row: &Row<'_>) -> String {
    match row.origin() {
        _ if row.text(Field::Host) == EXCHANGE_ONLINE => "Exchange Online".to_owned(),
        origin if origin.is_exchange() => "Exchange".to_owned(),
        origin if origin.is_filter() => origin.name().to_owned(),
        _ => lossy(row.text(Field::Instance)),
    }
}

fn id(trace: &Trace, row: &Row<'_>) -> String {
    EventText::of(trace, *row).id()
}

/// Why a leg is of the same message as the one before it.
fn because(trace: &Trace, join: &Join) -> String {
    let row = trace.events().row(join.event);
    let next = row.map(|row| lossy(row.text(Field::NextId)));
    let next = next.filter(|next| !next.is_empty());
    let next = next.unwrap_or_else(|| "its id".to_owned());
    match join.reason {
        Reason::AnsweredId | Reason::NextId => {
            format!("The system before was told {next}, which is the id here.")
        }
        Reason::AnsweredIdNear => format!(
            "The system before was told {next}, which is the id here; sender and time fit, too."
        ),
        Reason::PriorId => "A line here names the id before.".to_owned(),
        Reason::Kept => "The filter keeps it under this id.".to_owned(),
        Reason::Filter => {
            "It came back from a filter: same host and Message-ID, nearest in time.".to_owned()
        }
        Reason::Look => {
            "A filter looked at it: same host and Message-ID, nearest in time.".to_owned()
        }
        Reason::OfferedAgain => {
            "It was put off and offered again: same sender, recipient and network.".to_owned()
        }
        Reason::Refused => {
            "The system before logs the same refusal: same sender, recipient and words.".to_owned()
        }
        Reason::MessageId => "Same Message-ID, nearest in time.".to_owned(),
        Reason::Likeness => {
            "No id is named; Message-ID, recipient, sender and time are alike.".to_owned()
        }
    }
}

const fn certainty(reason: Reason) -> &'static str {
    match reason.certainty() {
        Certainty::Id => "id",
        Certainty::IdAndTime => "id and time",
        Certainty::Likeness => "likeness",
    }
}
