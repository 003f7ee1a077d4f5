//! The systems that a message passed, in words.

use std::collections::HashMap;

use crate::event::{EXCHANGE_ONLINE, Kind};
use crate::events::{EventNumber, Row};
use crate::journey::{Certainty, Join, Journey, LegPlace, Reason};
use crate::protocol::StationView;
use crate::segment::Field;
use crate::trace::Trace;

use super::entry::lossy;
use super::event::EventText;
use super::servers::server;

/// The most hosts that are named of one station: Exchange's servers share the id of a message.
const HOSTS: usize = 3;
const SECOND: i64 = 1_000_000;

/// A leg of a journey, or what one server tells of it, and how the message came to it.
pub(super) struct Passed<'t> {
    pub(super) trace: &'t Trace,
    pub(super) events: Vec<EventNumber>,
    /// The surest of the joins that lead to it.
    pub(super) join: Option<Join>,
    /// The place of the leg before it.
    pub(super) before: Option<usize>,
    /// It and what is before it are one leg, of several servers.
    pub(super) is_same: bool,
}

/// The systems that a message passed, in order.
pub fn stations(trace: &Trace, journey: &Journey) -> Vec<StationView> {
    let legs = passed(trace, journey);
    let views = legs.iter().map(|leg| {
        let before = leg.before.and_then(|before| legs.get(before));
        StationView {
            before: leg.before.and_then(|before| u32::try_from(before).ok()),
            ..leg.view(before, |_| true)
        }
    });
    views.collect()
}

/// A journey's legs in order.
pub(super) fn passed<'t>(trace: &'t Trace, journey: &Journey) -> Vec<Passed<'t>> {
    let legs = trace.legs_of(journey);
    let places: HashMap<LegPlace, usize> = legs
        .iter()
        .zip(0..)
        .map(|((place, _), at)| (*place, at))
        .collect();
    let mut joins: Vec<&Join> = journey.joins.iter().collect();
    joins.sort_by_key(|join| {
        let told = (join.reason.certainty(), join.reason);
        (told, trace.time_of(join.event))
    });
    let mut surest: HashMap<LegPlace, &Join> = HashMap::new();
    for join in joins.iter().filter(|join| join.from != join.to) {
        // What a filter or Exchange says afterwards names the leg that it speaks of: it comes behind.
        let (behind, _) = ends(join);
        surest.entry(behind).or_insert(join);
    }
    let passed = legs.into_iter().map(|(place, events)| {
        let join = surest.get(&place).map(|join| **join);
        let before = join.and_then(|join| places.get(&ends(&join).1).copied());
        Passed {
            trace,
            events,
            join,
            before,
            is_same: false,
        }
    });
    let mut passed: Vec<Passed<'_>> = passed.collect();
    break_circles(&mut passed);
    passed
}

/// Of legs that lead to one another in a circle, one is the first.
fn break_circles(legs: &mut [Passed<'_>]) {
    let mut walk_of: Vec<usize> = vec![0; legs.len()];
    for start in 0..legs.len() {
        let mut at = start;
        while let Some(walk) = walk_of.get_mut(at) {
            match *walk {
                0 => *walk = start + 1,
                walk => {
                    let circle = legs.get_mut(at).filter(|_| walk == start + 1);
                    if let Some(leg) = circle {
                        (leg.join, leg.before) = (None, None);
                    }
                    break;
                }
            }
            match legs.get(at).and_then(|leg| leg.before) {
                Some(before) => at = before,
                None => break,
            }
        }
    }
}

/// The later and the earlier leg of a join.
fn ends(join: &Join) -> (LegPlace, LegPlace) {
    match is_told_behind(join.reason) {
        true => (join.from, join.to),
        false => (join.to, join.from),
    }
}

/// Whether it is the later leg that speaks of the earlier.
const fn is_told_behind(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::PriorId | Reason::Filter | Reason::Look | Reason::MessageId
    )
}

impl<'t> Passed<'t> {
    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = Row<'t>> {
        let events = self.trace.events();
        self.events.iter().filter_map(|number| events.row(*number))
    }

    fn came(&self) -> i64 {
        self.rows().next().map_or(0, |row| row.time())
    }

    /// As it is shown behind the leg before it, but for where that stands. `is_of_it` tells the events that
    /// are of concern.
    pub(super) fn view(
        &self,
        before: Option<&Passed<'_>>,
        is_of_it: impl Fn(&Row<'_>) -> bool,
    ) -> StationView {
        let (took, apart) = before.map_or((None, 0), |before| self.time_since(before));
        StationView {
            host: self.host(),
            system: self
                .rows()
                .next()
                .map(|row| system(&row))
                .unwrap_or_default(),
            id: self.id(),
            came: self.came(),
            left: self.rows().next_back().map_or(0, |row| row.time()),
            before: None,
            branch: 0,
            joined_by: self.joined_by(),
            certainty: self.certainty().to_owned(),
            took,
            apart,
            deferrals: before.map_or(0, |before| self.deferrals_before(before, is_of_it)),
            note: match self.rows().all(|row| row.kind() == Kind::Reject) {
                true => "It refused the message.".to_owned(),
                false => String::new(),
            },
        }
    }

    /// The event of the leg before by which the message was handed over to this one.
    fn handed_by(&self) -> Option<Row<'t>> {
        let join = self.join.filter(|join| !is_told_behind(join.reason))?;
        self.trace.events().row(join.event)
    }

    /// How long it took from the first word of the leg before, and how far the two clocks are apart at the
    /// least.
    ///
    /// Where one system handed the message to another, that one's clock tells how long it took, and the
    /// other begins between: after the first took it, and before it knew that the other did.
    fn time_since(&self, before: &Passed<'_>) -> (Option<i64>, i64) {
        let (from, came) = (before.came(), self.came());
        let blur = |times: [i64; 2]| match times.iter().any(|time| time % SECOND == 0) {
            true => SECOND,
            false => 0,
        };
        let is_hop = self.join.is_some_and(|join| join.reason.is_over_hosts());
        let Some(handed) = self.handed_by().filter(|_| is_hop) else {
            return match came - from {
                took if took >= 0 => (Some(took), 0),
                took if took > -blur([from, came]) => (Some(0), 0),
                took => (None, took),
            };
        };
        let took = lasted(&handed, from);
        let until = handed.time();
        let arrival = self
            .join
            .and_then(|join| self.trace.events().row(join.arrival));
        let came = arrival.map_or(came, |row| row.time());
        let apart = match came {
            came if came < until - took - blur([until, came]) => came - (until - took),
            // Both servers write their line as the one answers the other.
            came if came > until + SECOND => came - until,
            _ => 0,
        };
        (Some(took), apart)
    }

    /// How often the leg before put the message off until it came here.
    fn deferrals_before(&self, before: &Passed<'_>, is_of_it: impl Fn(&Row<'_>) -> bool) -> u32 {
        let is_look = self.join.is_some_and(|join| join.reason == Reason::Look);
        let until = match self.handed_by() {
            Some(handed) => handed.time(),
            // It looked on, and took nothing over.
            None if is_look => return 0,
            None => i64::MAX,
        };
        before.deferrals(|row| is_of_it(row) && row.time() <= until)
    }

    /// How often it was put off here.
    pub(super) fn deferrals(&self, is_counted: impl Fn(&Row<'_>) -> bool) -> u32 {
        let is_deferral = |row: &Row<'_>| match row.kind() {
            Kind::Defer | Kind::SubmitDefer | Kind::ResubmitDefer | Kind::Throttle => true,
            Kind::Reject => row.number(Field::ReplyCode) / 100 == 4 || row.enhanced().class() == 4,
            _ => false,
        };
        let rows = self
            .rows()
            .filter(|row| is_deferral(row) && is_counted(row));
        u32::try_from(rows.count()).unwrap_or(u32::MAX)
    }

    /// From the first word of it here until an event; `None` if that is the first.
    pub(super) fn time_until(&self, event: &Row<'_>) -> Option<i64> {
        let is_first = self.events.first() == Some(&event.number);
        let took = lasted(event, self.came());
        (!is_first || took > 0).then_some(took)
    }

    /// Whether a copy of the message came here, and not only word of it.
    pub(super) fn went_on(&self) -> bool {
        let is_word = |join: Join| {
            matches!(
                join.reason,
                Reason::Kept | Reason::Look | Reason::OfferedAgain | Reason::Refused
            )
        };
        !self.join.is_some_and(is_word)
    }

    fn joined_by(&self) -> String {
        match &self.join {
            _ if self.is_same => "These servers share the id of the message.".to_owned(),
            Some(join) => because(self.trace, join),
            None => String::new(),
        }
    }

    fn certainty(&self) -> &'static str {
        match self.join {
            _ if self.is_same => "id",
            Some(join) => certainty(join.reason),
            None => "",
        }
    }

    /// The hosts that speak, each by the first of its names.
    pub(super) fn host(&self) -> String {
        let mut servers: Vec<String> = Vec::new();
        let mut hosts: Vec<String> = Vec::new();
        for row in self.rows() {
            let server = server(self.trace, &row);
            if server.is_empty() || servers.contains(&server) {
                continue;
            }
            hosts.push(match EventText::of(self.trace, row).host() {
                _ if row.text(Field::Host) == EXCHANGE_ONLINE => server.clone(),
                host if host.is_empty() => lossy(row.text(Field::Host)),
                host => host,
            });
            servers.push(server);
            if hosts.len() > HOSTS {
                break;
            }
        }
        some_of(hosts)
    }

    fn id(&self) -> String {
        let ids = self.rows().map(|row| EventText::of(self.trace, row).id());
        ids.into_iter()
            .find(|id| !id.is_empty())
            .unwrap_or_default()
    }
}

/// The first few of several names.
pub(super) fn some_of(mut names: Vec<String>) -> String {
    let has_more = names.len() > HOSTS;
    names.truncate(HOSTS);
    let mut text = names.join(", ");
    text.push_str(if has_more { ", …" } else { "" });
    text
}

/// From when a message came until an event of the same system: what the line counts itself is finer than
/// the times of lines, and knows what came before the log.
fn lasted(event: &Row<'_>, came: i64) -> i64 {
    let seen = event.time().saturating_sub(came).max(0);
    let delay = i64::try_from(event.number(Field::DelayMs)).unwrap_or(0);
    match delay.saturating_mul(1000) {
        delay if delay > 0 && delay > seen - SECOND => delay,
        _ => seen,
    }
}

/// What kind of system speaks.
fn system(row: &Row<'_>) -> String {
    match row.origin() {
        _ if row.text(Field::Host) == EXCHANGE_ONLINE => "Exchange Online".to_owned(),
        origin if origin.is_exchange() => "Exchange".to_owned(),
        origin if origin.is_filter() => origin.name().to_owned(),
        _ => match row.text(Field::Instance) {
            b"postfix" => "Postfix".to_owned(),
            instance => lossy(instance),
        },
    }
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
