//! Copies of the same evidence: each is counted once, and different evidence never as one (invariant 4).
//!
//! People drop a log again after it has grown, or was rotated; a host's own file beside a collector's;
//! exports whose windows overlap. Copies are folded here, when deriving, and never dropped when
//! importing, so removing one source leaves the other whole.
//!
//! The key of content is the instant to the second, the pid and the digest of the record's text (of
//! Exchange's rows: of what a log and an export of it share), within one id of one host. A log may hold
//! equal lines, so of several sources the one holds that has most of them; where one source ends and
//! the next begins with them, a log was rotated in their midst, and their sum holds.

use hashbrown::HashSet;
use std::cmp::Ordering;

use super::Seed;
use super::order::Ordered;
use crate::event::{Kind, Origin};
use crate::events::{EventNumber, Events, Row};
use crate::segment::Field;
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
    }
}

/// An event with what it is compared by.
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
    copies.sort_unstable_by(|a, b| {
        let key = |copy: &Copy| {
            let ordered = &copy.ordered;
            (copy.content, ordered.source_span, ordered.source)
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| a.ordered.offset.cmp(&b.ordered.offset))
    });
    for same in copies.chunk_by(|a, b| a.content == b.content) {
        let mut of_each = same.chunk_by(|a, b| a.ordered.source == b.ordered.source);
        let Some(first) = of_each.next() else {
            continue;
        };
        // Sources that one log was rotated into count as one.
        let mut logs: Vec<Vec<&[Copy]>> = vec![vec![first]];
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
        // Of several that have as many, the first in the order of sources, then by its lines: a number
        // that was given on arrival decides nothing.
        let order = |log: &Vec<&[Copy]>| {
            let len: usize = log.iter().map(|part| part.len()).sum();
            let place = |copy: &Copy| (copy.ordered.source_span, copy.ordered.offset);
            let first = log.iter().flat_map(|part| part.iter()).map(place).min();
            (std::cmp::Reverse(len), first)
        };
        let fullest = logs.into_iter().min_by_key(order).unwrap_or_default();
        list.extend(fullest.into_iter().flatten().map(|copy| copy.ordered));
    }
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

/// The row of a report for one recipient, with what it is compared by.
struct Snapshot<'e> {
    of: (Origin, Word),
    history: &'e [u8],
    saved: Option<i64>,
    ordered: Ordered,
}

/// Of rows of one report for one recipient only those that no other row says more than: reports are
/// snapshots, and a history that extends another replaces it. Of the answers to a question for a
/// message's detail each is left once (formats.md 2.2).
fn fold_snapshots(events: &Events, list: &mut Vec<Ordered>, seed: &Seed) {
    list.sort_unstable();
    let mut snapshots: Vec<Snapshot<'_>> = Vec::new();
    let mut details: HashSet<Content, Seed> = HashSet::with_hasher(seed.clone());
    let mut kept = Vec::with_capacity(list.len());
    for ordered in list.drain(..) {
        let Some(row) = events.row(ordered.number) else {
            continue;
        };
        if row.kind() == Kind::Status {
            let history = row.list(Field::RecipientStatus).next().unwrap_or(0);
            snapshots.push(Snapshot {
                of: (row.origin(), row.first_folded(Field::Recipients)),
                history: events.text(history),
                saved: row.source_date(),
                ordered,
            });
        } else if row.origin() != Origin::TraceDetail || details.insert(content(&ordered, &row)) {
            kept.push(ordered);
        }
    }
    // Of two that say the same, the one that was saved later tells that it still holds.
    snapshots.sort_unstable_by(|a, b| {
        let histories = || by_word(a.history, b.history);
        let rest = || b.saved.cmp(&a.saved).then(a.ordered.cmp(&b.ordered));
        a.of.cmp(&b.of).then_with(histories).then_with(rest)
    });
    snapshots.dedup_by(|b, a| (a.of, a.history) == (b.of, b.history));
    let mut next = snapshots.iter().skip(1);
    for snapshot in &snapshots {
        let next = next.next().filter(|next| next.of == snapshot.of);
        if !next.is_some_and(|next| extends(next.history, snapshot.history)) {
            kept.push(snapshot.ordered);
        }
    }
    *list = kept;
}

/// An order in which the histories that extend one follow it at once.
fn by_word(a: &[u8], b: &[u8]) -> Ordering {
    let rank = |byte: &u8| (*byte != b',', *byte);
    a.iter().map(rank).cmp(b.iter().map(rank))
}

/// Whether a history is another one with more words behind it.
fn extends(history: &[u8], beginning: &[u8]) -> bool {
    let rest = history.strip_prefix(beginning);
    rest.is_some_and(|rest| beginning.is_empty() || rest.starts_with(b","))
}
