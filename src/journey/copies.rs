//! Copies of the same evidence: each is counted once, and different evidence never as one (invariant 4).
//!
//! People drop a log again after it has grown, or was rotated; a host's own file beside a collector's;
//! exports whose windows overlap. Copies are folded here, when deriving, and never dropped when
//! importing, so removing one source leaves the other whole.
//!
//! The key of content is the instant to the second, the pid and the digest of the record's text (of
//! Exchange's rows: of what a log and an export of it share), within one id of one host. A log may hold
//! equal lines, so of several sources the one holds that has most of them; where one source ends and
//! the next begins with them, a log was rotated in their midst, and their sum holds. Of an Exchange log
//! and an export of it, whose times are seconds of its own machine's clock, the log's rows are left.

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};

use super::Seed;
use super::order::Ordered;
use crate::event::{Kind, Origin};
use crate::events::{EventNumber, Events, Row};
use crate::segment::Field;
use crate::time::TimeForm;
use crate::words::Word;

const SECOND: i64 = 1_000_000;

/// What makes two events the same evidence.
type Content = (i64, u64, u64, u8);

fn content(ordered: &Ordered, row: &Row<'_>) -> Content {
    (
        ordered.time.div_euclid(SECOND),
        ordered.digest,
        row.number(Field::Pid),
        ordered.phase,
    )
}

/// Leaves each copy of the same evidence once. The order of what is left is to be made anew.
pub(super) fn fold(events: &Events, list: &mut Vec<Ordered>, seed: &Seed) {
    if list.iter().any(|ordered| ordered.is_snapshot) {
        fold_snapshots(events, list, seed);
    }
    let first = list.first().map(|ordered| ordered.source);
    if list.iter().any(|ordered| Some(ordered.source) != first) {
        fold_between_sources(events, list);
        fold_cut_lines(events, list);
        fold_rows_less_recipients(events, list, seed);
    }
}

/// An event with what it is compared by.
#[derive(Clone, Copy)]
struct Copy {
    content: Content,
    ordered: Ordered,
}

fn fold_between_sources(events: &Events, list: &mut Vec<Ordered>) {
    let copy = |ordered: Ordered| {
        let row = events.row(ordered.number)?;
        Some(Copy {
            content: content(&ordered, &row),
            ordered,
        })
    };
    let mut copies: Vec<Copy> = list.drain(..).filter_map(copy).collect();
    copies.sort_unstable_by_key(|copy| {
        let ordered = &copy.ordered;
        let source = (ordered.source_span, ordered.source);
        (copy.content, source, ordered.offset)
    });
    for same in copies.chunk_by(|a, b| a.content == b.content) {
        let sources = same.chunk_by(|a, b| a.ordered.source == b.ordered.source);
        if sources.clone().count() == 1 {
            list.extend(same.iter().map(|copy| copy.ordered));
            continue;
        }
        // What logs tell apart by the millisecond, an export tells by the second.
        let (mut exact, mut vague) = (Vec::new(), Vec::new());
        for of_one in sources {
            let is_vague = of_one.iter().all(|copy| is_vague(events, copy));
            let part = if is_vague { &mut vague } else { &mut exact };
            part.extend_from_slice(of_one);
        }
        exact.sort_by_key(|copy: &Copy| copy.ordered.time);
        let before = list.len();
        for same in exact.chunk_by(|a, b| a.ordered.time == b.ordered.time) {
            list.extend(fullest(events, same));
        }
        let told = list.len() - before;
        list.extend(fullest(events, &vague).skip(told));
    }
}

/// The copies of the source that has most of them.
fn fullest<'c>(events: &Events, same: &'c [Copy]) -> impl Iterator<Item = Ordered> + use<'c> {
    let mut of_each = same.chunk_by(|a, b| a.ordered.source == b.ordered.source);
    // Sources that one log was rotated into count as one.
    let mut logs: Vec<Vec<&[Copy]>> = of_each
        .next()
        .map(|first| vec![first])
        .into_iter()
        .collect();
    for next in of_each {
        let last = logs.last_mut().filter(|log| {
            log.last()
                .is_some_and(|last| are_cut_by_rotation(events, last, next))
        });
        match last {
            Some(log) => log.push(next),
            None => logs.push(vec![next]),
        }
    }
    // Of several that have as many, the log before its export, then the first in the order of sources and
    // by its lines: a number that was given on arrival decides nothing.
    let order = |log: &Vec<&[Copy]>| {
        let len: usize = log.iter().map(|part| part.len()).sum();
        let copies = || log.iter().flat_map(|part| part.iter());
        let is_exported = copies().any(|copy| is_exported(events, copy));
        let place = |copy: &Copy| (copy.ordered.source_span, copy.ordered.offset);
        (Reverse(len), is_exported, copies().map(place).min())
    };
    let fullest = logs.into_iter().min_by_key(order).unwrap_or_default();
    fullest.into_iter().flatten().map(|copy| copy.ordered)
}

/// Whether the time of an event is known to the second only. So are all that are no Exchange server's:
/// the same line has other digits in the file of the host and in that of a collector, or none.
fn is_vague(events: &Events, copy: &Copy) -> bool {
    let row = events.row(copy.ordered.number);
    copy.ordered.time % SECOND == 0
        || row.is_some_and(|row| !row.origin().is_exchange())
        || is_exported(events, copy)
}

/// Whether an Exchange row tells its time by the clock of the machine that exported it.
fn is_exported(events: &Events, copy: &Copy) -> bool {
    let row = events.row(copy.ordered.number);
    row.is_some_and(|row| row.origin().is_exchange() && row.time_form() != TimeForm::Instant)
}

/// Whether equal lines end one source and begin the next, and the two share nothing else: a rotation's
/// cut.
fn are_cut_by_rotation(events: &Events, before: &[Copy], after: &[Copy]) -> bool {
    let (Some(last), Some(first)) = (before.last(), after.first()) else {
        return false;
    };
    let second = last.content.0;
    let ends = last.ordered.source_span.1.div_euclid(SECOND);
    let begins = first.ordered.source_span.0.div_euclid(SECOND);
    if ends != second || begins != second {
        return false;
    }
    let is_same = |number: EventNumber| {
        let row = events.row(number);
        row.is_some_and(|row| content(&Ordered::of(&row), &row) == last.content)
    };
    let (Some((start, end)), Some((begin, finish))) = (
        events.extent(last.ordered.source),
        events.extent(first.ordered.source),
    ) else {
        return false;
    };
    // All from the first of these lines to the source's end, and all up to the last in the next.
    let head = before.first().map_or(0, |copy| copy.ordered.number);
    let tail = after.last().map_or(0, |copy| copy.ordered.number);
    // Two that hold nothing but these lines are copies.
    let has_more = start < head || tail < finish;
    has_more && (head..=end).all(is_same) && (begin..=tail).all(is_same)
}

/// A last line without line end is part of the line of another source that begins with it.
fn fold_cut_lines(events: &Events, list: &mut Vec<Ordered>) {
    let is_cut = |ordered: &Ordered| {
        let row = events.row(ordered.number);
        row.is_some_and(|row| row.number(Field::Cut) != 0)
    };
    let cut: Vec<Ordered> = list.iter().copied().filter(is_cut).collect();
    for half in cut {
        let Some(half_row) = events.row(half.number) else {
            continue;
        };
        let is_whole = |other: &&Ordered| {
            other.number != half.number
                && other.time.div_euclid(SECOND) == half.time.div_euclid(SECOND)
                && events
                    .row(other.number)
                    .is_some_and(|row| begins_with(&row, &half_row))
        };
        if list.iter().any(|other| is_whole(&other)) {
            list.retain(|ordered| ordered.number != half.number);
        }
    }
}

/// Whether all that half a line states is the beginning of what a line of another source states.
fn begins_with(whole: &Row<'_>, half: &Row<'_>) -> bool {
    const WORDS: [Field; 9] = [
        Field::Id,
        Field::NextId,
        Field::MessageId,
        Field::Sender,
        Field::ReturnPath,
        Field::ClientIp,
        Field::ServerIp,
        Field::Subject,
        Field::Text,
    ];
    let is_beginning = |field| whole.text(field).starts_with(half.text(field));
    let recipients = half.list(Field::Recipients);
    let mut pairs = recipients.zip(whole.list(Field::Recipients));
    let is_longer = half.list(Field::Recipients).count() <= whole.list(Field::Recipients).count();
    whole.source() != half.source()
        && whole.kind() == half.kind()
        && whole.number(Field::Pid) == half.number(Field::Pid)
        && WORDS.into_iter().all(is_beginning)
        && is_longer
        && pairs.all(|(half, whole)| half == whole)
}

/// Of an Exchange row that tells how many recipients it is about and not which, as PowerShell's exports do
/// that lost them, a row of another source that is equal in all else says more. One such row stands for
/// one.
fn fold_rows_less_recipients(events: &Events, list: &mut Vec<Ordered>, seed: &Seed) {
    let lacks_recipients = |ordered: &Ordered| {
        let row = events.row(ordered.number);
        row.is_some_and(|row| {
            row.origin().is_exchange()
                && row.number(Field::RecipientCount) > 0
                && row.list(Field::Recipients).next().is_none()
        })
    };
    let mut less: Vec<Ordered> = list.iter().copied().filter(lacks_recipients).collect();
    if less.is_empty() {
        return;
    }
    less.sort_unstable();
    // By what they are about: rows with recipients that stand for none yet, in reverse order.
    let about = |ordered: &Ordered| {
        let row = events.row(ordered.number)?;
        let ids = [Field::Id, Field::MessageId].map(|field| row.folded(field));
        let second = ordered.time.div_euclid(SECOND);
        let count = row.number(Field::RecipientCount);
        Some((second, row.kind().code(), row.origin().code(), ids, count))
    };
    let mut whole: HashMap<_, Vec<Ordered>, Seed> = HashMap::with_hasher(seed.clone());
    for ordered in list.iter().filter(|ordered| !lacks_recipients(ordered)) {
        if let Some(about) = about(ordered) {
            whole.entry(about).or_default().push(*ordered);
        }
    }
    for rows in whole.values_mut() {
        rows.sort_unstable_by(|a, b| b.cmp(a));
    }
    let mut folded = HashSet::with_hasher(seed.clone());
    for ordered in less {
        let rows = about(&ordered).and_then(|about| whole.get_mut(&about));
        let Some(rows) = rows else { continue };
        if let Some(place) = rows.iter().rposition(|row| row.source != ordered.source) {
            rows.remove(place);
            folded.insert(ordered.number);
        }
    }
    list.retain(|ordered| !folded.contains(&ordered.number));
}

/// Of rows of one report for one recipient only those that no other row says more than: reports are
/// snapshots, and a history that extends another replaces it. Of the answers to a question for a
/// message's detail each is left once (formats.md 2.2).
fn fold_snapshots(events: &Events, list: &mut Vec<Ordered>, seed: &Seed) {
    list.sort_unstable();
    let mut histories: HashMap<(Origin, Word), Vec<Ordered>, Seed> =
        HashMap::with_hasher(seed.clone());
    let mut details: HashMap<Content, (), Seed> = HashMap::with_hasher(seed.clone());
    let mut kept = Vec::with_capacity(list.len());
    for ordered in list.drain(..) {
        let Some(row) = events.row(ordered.number) else {
            continue;
        };
        if row.kind() == Kind::Status {
            let key = (row.origin(), row.first_folded(Field::Recipients));
            let held = histories.entry(key).or_default();
            let (this, that) = (history(events, &ordered), |other: &Ordered| {
                history(events, other)
            });
            let date = |ordered: &Ordered| {
                let row = events.row(ordered.number);
                row.and_then(|row| row.source_date())
            };
            // Of two that say the same, the one that was saved later tells that it still holds.
            let says_less = |other: &Ordered| match that(other) == this {
                true => date(other) >= date(&ordered),
                false => extends(that(other), this),
            };
            if held.iter().any(says_less) {
                continue;
            }
            held.retain(|other| !extends(this, that(other)));
            held.push(ordered);
        } else if row.origin() != Origin::TraceDetail
            || details.insert(content(&ordered, &row), ()).is_none()
        {
            kept.push(ordered);
        }
    }
    kept.extend(histories.into_values().flatten());
    *list = kept;
}

fn history<'e>(events: &'e Events, ordered: &Ordered) -> &'e [u8] {
    let row = events.row(ordered.number);
    let word = row.and_then(|row| row.list(Field::RecipientStatus).next());
    events.text(word.unwrap_or(0))
}

/// Whether a history is another one with more words behind it, or the same.
fn extends(history: &[u8], beginning: &[u8]) -> bool {
    let rest = history.strip_prefix(beginning);
    rest.is_some_and(|rest| rest.is_empty() || beginning.is_empty() || rest.starts_with(b","))
}
