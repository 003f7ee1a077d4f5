//! The order of a message's events.
//!
//! Clocks of hosts differ, so over hosts the hand-overs give the order (formats.md 7.0 G1): what a system
//! logs of a message is put as if its log began when the one before handed the message over.

use std::collections::VecDeque;

use hashbrown::HashMap;

use super::{Join, Leg, LegPlace, Seed};
use crate::event::{Kind, Origin};
use crate::events::{EventNumber, Events, Row};
use crate::segment::Field;
use crate::source::SourceNumber;

/// What orders the events of a message: time, then the way of the message from system to system, then
/// phase, then the order of sources, then the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ordered {
    pub(super) time: i64,
    /// How many systems handed the message on before this one.
    depth: u32,
    pub(super) phase: u8,
    pub(super) source_span: (i64, i64),
    pub(super) offset: u64,
    pub(super) digest: u64,
    pub(super) number: EventNumber,
    pub(super) source: SourceNumber,
    /// One of several observations of the same thing: the row of a report, or what Message Trace's detail
    /// says.
    pub(super) is_snapshot: bool,
}

impl Ordered {
    pub(super) fn of(row: &Row<'_>) -> Ordered {
        Ordered {
            time: row.time(),
            depth: 0,
            phase: phase(row.kind()),
            source_span: row.source_span(),
            offset: row.offset(),
            digest: row.number(Field::Digest),
            number: row.number,
            source: row.source(),
            is_snapshot: row.kind() == Kind::Status || row.origin() == Origin::TraceDetail,
        }
    }
}

/// The events of several legs as one list, in order.
pub fn in_order(events: &Events, legs: &[Leg], joins: &[Join]) -> Vec<EventNumber> {
    let stations = stations(events, legs, joins);
    let mut list: Vec<Ordered> = Vec::new();
    for leg in legs {
        let (shift, depth) = stations.get(&leg.place).copied().unwrap_or_default();
        let rows = leg.events.iter().filter_map(|number| events.row(*number));
        list.extend(rows.map(|row| {
            let ordered = Ordered::of(&row);
            Ordered {
                time: ordered.time.saturating_add(shift),
                depth,
                ..ordered
            }
        }));
    }
    if legs.len() > 1 {
        list.sort_unstable();
    }
    list.iter().map(|ordered| ordered.number).collect()
}

/// A way on to a leg, and by a hand-over when it was handed over and came, by the clocks of either side.
type Way = (LegPlace, Option<(i64, i64)>);

/// For each leg behind a hand-over, how much later its events are to be put, and how many systems handed
/// the message on before.
fn stations(events: &Events, legs: &[Leg], joins: &[Join]) -> HashMap<LegPlace, (i64, u32), Seed> {
    let mut known = HashMap::default();
    let time_of = |event| Some(events.row(event)?.time());
    let hops: Vec<(&Join, (i64, i64))> = joins
        .iter()
        .filter(|join| join.reason.is_over_hosts() && join.from != join.to)
        .filter_map(|join| Some((join, (time_of(join.event)?, time_of(join.arrival)?))))
        .collect();
    if hops.is_empty() {
        return known;
    }
    let start = |place: LegPlace| {
        let leg = legs.binary_search_by_key(&place, |leg| leg.place).ok();
        let first = leg.and_then(|leg| legs.get(leg)?.events.first());
        let row = first.and_then(|first| events.row(*first));
        row.map_or((0, 0), |row| (row.time(), row.number(Field::Digest)))
    };
    // Legs that are joined within a host are by one clock.
    let mut ways: HashMap<LegPlace, Vec<Way>, Seed> = HashMap::default();
    let mut is_reached: HashMap<LegPlace, bool, Seed> = HashMap::default();
    for join in joins.iter().filter(|join| !join.reason.is_over_hosts()) {
        ways.entry(join.from).or_default().push((join.to, None));
        ways.entry(join.to).or_default().push((join.from, None));
    }
    for (join, times) in &hops {
        let way = (join.to, Some(*times));
        ways.entry(join.from).or_default().push(way);
        is_reached.insert(join.to, true);
    }
    // What follows on the same host was handed over to it, too.
    let mut open: Vec<LegPlace> = is_reached.keys().copied().collect();
    while let Some(place) = open.pop() {
        let same_clock = ways.get(&place).into_iter().flatten();
        for (to, _) in same_clock.filter(|(_, handed)| handed.is_none()) {
            if is_reached.insert(*to, true).is_none() {
                open.push(*to);
            }
        }
    }
    // Numbers that were given on arrival decide nothing.
    for ways in ways.values_mut() {
        ways.sort_by_key(|(to, handed)| (*handed, start(*to)));
    }
    // Of several that nobody handed on to, and in a circle, the one that began first is the first.
    let mut roots: Vec<LegPlace> = legs.iter().map(|leg| leg.place).collect();
    roots.sort_by_key(|place| (is_reached.contains_key(place), start(*place)));
    for root in roots {
        if known.contains_key(&root) {
            continue;
        }
        let mut open = VecDeque::from([(root, (0, 0))]);
        while let Some((place, station)) = open.pop_front() {
            if known.contains_key(&place) {
                continue;
            }
            known.insert(place, station);
            let (shift, depth) = station;
            for (to, handed) in ways.get(&place).into_iter().flatten() {
                let next = match handed {
                    None => station,
                    Some((sent, came)) => (sent.saturating_add(shift) - came, depth + 1),
                };
                open.push_back((*to, next));
            }
        }
    }
    known
}

/// Which of two events of the same instant comes first (formats.md 2.3, 7.0 G1).
fn phase(kind: Kind) -> u8 {
    match kind {
        Kind::NotifyMapi | Kind::NotifyShadow | Kind::ClientSubmission => 0,
        Kind::Receive | Kind::HaReceive | Kind::Load => 1,
        Kind::Identify | Kind::Submit | Kind::SubmitDefer | Kind::SubmitFail => 2,
        Kind::Queue => 3,
        Kind::Expand
        | Kind::DuplicateExpand
        | Kind::Resolve
        | Kind::Redirect
        | Kind::DuplicateRedirect
        | Kind::Transfer
        | Kind::InitMessageCreated => 4,
        Kind::AgentInfo
        | Kind::Header
        | Kind::Pass
        | Kind::Process
        | Kind::ProcessMeetingMessage => 5,
        Kind::Other
        | Kind::Status
        | Kind::Hold
        | Kind::Release
        | Kind::Requeue
        | Kind::Dsn
        | Kind::ModeratorApprove
        | Kind::Suppressed
        | Kind::Throttle
        | Kind::HaRedirect
        | Kind::HaRedirectFail
        | Kind::HaDiscard
        | Kind::Resubmit
        | Kind::ResubmitDefer
        | Kind::ResubmitFail => 6,
        Kind::Send | Kind::SendExternal => 7,
        Kind::Defer => 8,
        Kind::Deliver
        | Kind::DuplicateDeliver
        | Kind::Fail
        | Kind::Reject
        | Kind::Cancel
        | Kind::Quarantine
        | Kind::Block
        | Kind::Delete
        | Kind::DeliverFail
        | Kind::BadMail
        | Kind::PoisonMessage
        | Kind::ModeratorReject
        | Kind::ModerationExpire
        | Kind::ModeratorsAllNdr => 9,
        Kind::Drop | Kind::Expire => 10,
        Kind::Remove => 11,
    }
}
