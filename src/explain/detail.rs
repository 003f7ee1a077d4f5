//! One delivery in full.

use std::collections::{HashMap, HashSet};

use crate::delivery::Setting;
use crate::delivery::status::Status;
use crate::event::{Direction, Kind};
use crate::events::{EventNumber, Row};
use crate::protocol::{AdviceView, DetailView, EventView, RecipientView, RuleView};
use crate::segment::Field;
use crate::source::Record;
use crate::source::SourceNumber;
use crate::time::Told;
use crate::trace::Trace;

use super::advice::{Advice, advice, names};
use super::entry::{Entry, lossy};
use super::event::EventText;
use super::way::{Way, way};
use super::{missing, sentence};

/// The most events of one detail.
const EVENTS: usize = 500;
/// The most recipients that are listed beside a delivery.
const RECIPIENTS: usize = 1000;

/// A delivery's detail; `None` if the delivery is gone.
///
/// `records` gives what is known of a source, as far as it is whole.
pub fn detail<'r>(
    trace: &Trace,
    number: u32,
    records: impl Fn(SourceNumber) -> Option<&'r Record>,
) -> Option<DetailView> {
    let entry = Entry::new(trace, number)?;
    let journey = entry.journey;
    let return_path = entry.text(journey.return_path);
    let network_message_id = trace.events().text(journey.network_message_id);
    let guid = network_message_id.try_into().ok().map(crate::event::Guid);
    let Way {
        stations,
        end,
        place_of,
    } = way(&entry);
    Some(DetailView {
        delivery: number,
        key: entry.key(),
        status: entry.status(),
        sentence: sentence(&entry),
        reason: entry.reason(),
        rule: RuleView {
            name: entry.rule().name().to_owned(),
            source: entry.rule().source().to_owned(),
        },
        advice: told(advice(&entry)),
        time: entry.time(),
        sender: entry.sender(),
        return_path: match return_path.eq_ignore_ascii_case(&entry.sender()) {
            true => String::new(),
            false => return_path,
        },
        login: entry.text(journey.login),
        recipient: entry.recipient(),
        replaced_by: entry.replaced_by(),
        came_from: entry.came_from(),
        subject: entry.subject(),
        message_id: entry.message_id(),
        network_message_id: guid.map(|guid| guid.to_string()).unwrap_or_default(),
        queue_ids: queue_ids(&entry),
        direction: direction(journey.direction).to_owned(),
        from_ip: entry.from_ip(),
        from_ip_note: entry.from_ip_note(),
        to_ip: entry.to_ip(),
        to_ip_note: entry.to_ip_note(),
        size: entry.size(),
        events: events(&entry, &place_of),
        stations,
        end,
        missing: missing(&entry),
        recipients: recipients(&entry),
        by_setting: by_setting(&entry).to_owned(),
        notes: notes(&entry, records),
    })
}

fn told(advice: Advice) -> AdviceView {
    AdviceView {
        means: advice.means.to_owned(),
        next: advice.next,
        whom: names(&advice.whom),
        source: advice.source.to_owned(),
    }
}

/// Message Trace's words.
fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Incoming => "Inbound",
        Direction::Originating => "Outbound",
        Direction::None | Direction::Undefined => "",
    }
}

/// Which setting made the difference to a status.
fn by_setting(entry: &Entry<'_>) -> &'static str {
    match (entry.delivery.setting, entry.status()) {
        (None, _) => "",
        (Some(Setting::SpamVerdict), Status::FilteredAsSpam) => {
            "By your settings, mail with a spam verdict that was delivered to a folder which no line names counts as Filtered as spam. Otherwise it would be Delivered."
        }
        (Some(Setting::SpamVerdict), _) => {
            "By your settings, mail with a spam verdict that was delivered to a folder which no line names counts as Delivered. Otherwise it would be Filtered as spam."
        }
        (Some(Setting::RefusedSpam), Status::FilteredAsSpam) => {
            "By your settings, a refusal that names a block list or a spam filter counts as Filtered as spam. Otherwise it would be Failed."
        }
        (Some(Setting::RefusedSpam), _) => {
            "By your settings, a refusal that names a block list or a spam filter counts as Failed. Otherwise it would be Filtered as spam."
        }
        (Some(Setting::RefusedForNow), Status::Failed) => {
            "By your settings, what was refused for now and not offered again counts as Failed. Otherwise it would be Pending."
        }
        (Some(Setting::RefusedForNow), _) => {
            "By your settings, what was refused for now and not offered again counts as Pending. Otherwise it would be Failed."
        }
    }
}

fn events(entry: &Entry<'_>, place_of: &HashMap<EventNumber, u32>) -> Vec<EventView> {
    let trace = entry.trace;
    let numbers = trace.events_of_delivery(entry.delivery);
    let decides = |number: EventNumber| number == entry.delivery.decided_by;
    let shown = (0..)
        .zip(&numbers)
        .filter(|(place, number)| *place < EVENTS || decides(**number));
    let rows = shown.filter_map(|(_, number)| trace.events().row(*number));
    rows.map(|row| {
        let text = EventText::of(trace, row);
        EventView {
            time: row.time(),
            event: text.title().to_owned(),
            raw: text.raw(),
            detail: text.detail(),
            host: text.host(),
            station: place_of.get(&row.number).copied(),
            decides: decides(row.number),
        }
    })
    .collect()
}

fn recipients(entry: &Entry<'_>) -> Vec<RecipientView> {
    let all = entry.journey.deliveries.iter();
    let mut views: Vec<RecipientView> = all
        .filter_map(|number| Entry::new(entry.trace, *number))
        .map(|entry| RecipientView {
            delivery: entry.number,
            recipient: entry.recipient(),
            status: entry.status(),
            came_from: entry.came_from(),
            replaced_by: entry.replaced_by(),
        })
        .collect();
    views.sort_by(|a, b| a.recipient.cmp(&b.recipient).then(a.status.cmp(&b.status)));
    views.truncate(RECIPIENTS);
    views
}

/// Each id once, in the order of its first event.
fn queue_ids(entry: &Entry<'_>) -> Vec<String> {
    let trace = entry.trace;
    let mut ids: Vec<String> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    // Some lines tell the id's host, and others of the same id don't.
    let mut placed: HashSet<String> = HashSet::new();
    for number in trace.events_of(entry.journey) {
        let Some(row) = trace.events().row(number) else {
            continue;
        };
        let id = row.text(Field::Id);
        // A report's rows have no id of their own; the reader made one of what they share.
        if id.is_empty() || row.kind() == Kind::Status {
            continue;
        }
        let host = EventText::of(trace, row).host();
        let shown = match host.as_str() {
            "" => lossy(id),
            host => {
                placed.insert(lossy(id));
                format!("{} on {host}", lossy(id))
            }
        };
        if known.insert(shown.clone()) {
            ids.push(shown);
        }
    }
    ids.retain(|id| !placed.contains(id));
    ids
}

/// What a person should know before trusting the times and the status.
fn notes<'r>(
    entry: &Entry<'_>,
    records: impl Fn(SourceNumber) -> Option<&'r Record>,
) -> Vec<String> {
    let trace = entry.trace;
    let mut clocks: Vec<(SourceNumber, String)> = Vec::new();
    let numbers = trace.events_of_delivery(entry.delivery);
    for number in numbers.iter().copied().take(EVENTS) {
        if let Some(row) = trace.events().row(number) {
            let clock = (row.source(), entry.text(row.logged_host()));
            if !clocks.contains(&clock) {
                clocks.push(clock);
            }
        }
    }
    let mut notes = Vec::new();
    let mut add = |note: String| {
        if !notes.contains(&note) {
            notes.push(note);
        }
    };
    if numbers.len() > EVENTS {
        let all = numbers.len();
        add(format!(
            "Of the {all} events of this message, the first {EVENTS} are shown, and the one that decided."
        ));
    }
    for (source, host) in clocks {
        let Some(record) = records(source) else {
            continue;
        };
        let name = &record.opening.name;
        let Some(clock) = record.clocks.iter().find(|clock| clock.host == host) else {
            continue;
        };
        let year = clock.clock.year;
        match clock.clock.year_told {
            Told::Assumed if clock.lacks_year => add(format!(
                "“{name}” does not tell the year, and {year} is assumed."
            )),
            Told::FileDate if clock.lacks_year => add(format!(
                "“{name}” does not tell the year; {year} follows from the file's own date."
            )),
            _ => {}
        }
        if clock.lacks_zone && clock.clock.zone_told == Told::Assumed {
            let zone = &clock.clock.zone.name;
            add(format!(
                "“{name}” does not tell the time zone, and {zone} is assumed."
            ));
        }
        if clock.lacks_order && clock.clock.day_first_told == Told::Assumed {
            let first = match clock.clock.day_first {
                true => "day",
                false => "month",
            };
            add(format!(
                "“{name}” does not tell day from month in its dates, and that the {first} comes first is assumed."
            ));
        }
    }
    let rows = || {
        numbers
            .iter()
            .filter_map(|number| trace.events().row(*number))
    };
    let whole_message: [&[u8]; 3] = [b"DATA", b"BDAT", b"END-OF-MESSAGE"];
    let is_of_all = |row: &Row<'_>| {
        row.kind() == Kind::Reject && whole_message.contains(&row.text(Field::Context))
    };
    if rows().any(|row| is_of_all(&row)) {
        add("The message was refused as a whole. Such a line names one recipient; the others, if there were any, did not get it either.".to_owned());
    }
    let is_tagged = |row: &Row<'_>| row.verdict().is_spam();
    if entry.status() == Status::Delivered && rows().any(|row| is_tagged(&row)) {
        add(
            "A filter took the message for spam and let it pass, most likely with a mark."
                .to_owned(),
        );
    }
    if matches!(entry.status(), Status::Pending | Status::GettingStatus) {
        add("The status is as of the last event that is loaded.".to_owned());
    }
    notes
}
