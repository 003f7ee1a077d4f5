//! What can be asked of the deliveries, and how the answer is found.
//!
//! A search goes in bounded steps over what a [`Trace`] holds at that time; it changes nothing and knows
//! nothing of the page. Filters touch numbers: of each distinct word the text is looked at once.

mod address;
mod bearers;
mod pattern;
mod sorter;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::delivery::status::Status;
use crate::delivery::{Basis, Delivery};
use crate::event::{Direction, Guid, Kind};
use crate::events::{EventNumber, Row};
use crate::journey::Journey;
use crate::segment::Field;
use crate::trace::Trace;
use crate::words::Word;
use address::Addresses;
use bearers::Bearers;
use pattern::{Patterns, lower};
use sorter::Sorter;

/// A question to the deliveries. Every part narrows; an empty part asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Any of these: header From, envelope sender or login. `*` stands for any text; without one, a
    /// part of the address is enough, unless it stands in quotes (formats.md 8.5).
    pub senders: Vec<String>,
    /// Any of these: the recipient, the address before it was replaced, the group.
    pub recipients: Vec<String>,
    /// First instant, microseconds UTC, of the message's first receipt.
    pub since: Option<i64>,
    /// First instant that is too late.
    pub until: Option<i64>,
    /// Any of these; none given means all.
    pub statuses: Vec<Status>,
    /// With or without angle brackets, whole or a part of it; a network message id or a queue id does too.
    pub message_id: String,
    /// The subject, or a part of it; empty asks for nothing. `*` stands for any text.
    pub subject: String,
    /// Where in the subject it stands.
    pub subject_at: SubjectAt,
    /// An address, the beginning of one (`192.0.2.`), or a network (`192.0.2.0/24`), against From IP, the
    /// original client and To IP.
    pub ip: String,
    /// Which way the message crosses the organisation's edge; `None` asks for nothing.
    pub direction: Option<Way>,
    /// Shows Exchange's own probe traffic too.
    pub probes: bool,
}

impl Query {
    /// What in it can't be understood, in a sentence; it finds nothing then.
    pub fn fault(&self) -> Option<String> {
        Addresses::read(&self.ip).fault().map(str::to_owned)
    }
}

/// Where a text stands in the subject, as Message Trace offers it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubjectAt {
    #[default]
    Contains,
    Starts,
    Ends,
}

/// Which way a message crosses the organisation's edge, in Message Trace's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    Inbound,
    Outbound,
}

/// The order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub column: Column,
    pub descending: bool,
}

impl Default for Sort {
    /// Newest first, as in Message Trace.
    fn default() -> Self {
        Sort {
            column: Column::Date,
            descending: true,
        }
    }
}

/// A column of the trace table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    Date,
    Sender,
    Recipient,
    Subject,
    Status,
}

/// How much a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Rows that match; an address that was replaced has a row of its own.
    pub deliveries: u32,
    /// Messages among them.
    pub messages: u32,
    /// Rows in all, probes left out unless the query shows them.
    pub of: u32,
    /// Rows that match by every part of the query but its statuses, by status in the order of
    /// [`Status::ALL`]. An address that was replaced repeats another row's status and is not counted.
    pub by_status: [u32; 7],
    /// All that was dropped, and all that is kept, is in these numbers; otherwise more is to come.
    pub complete: bool,
    /// Rows of Exchange's own probes, which the query hides (or would hide).
    pub probes: u32,
    /// First and last event of all that is loaded.
    pub span: Option<(i64, i64)>,
    /// Events in all.
    pub events: u64,
}

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub found: Found,
    /// The numbers of the deliveries, in the order of the rows.
    pub rows: Vec<u32>,
}

/// A search under way.
#[derive(Debug)]
pub struct Search {
    query: Query,
    sort: Sort,
    senders: Patterns,
    recipients: Patterns,
    subject: Patterns,
    addresses: Addresses,
    /// The journeys that came from such an address.
    from: Bearers,
    ids: Ids,
    stage: Stage,
    found: Found,
}

/// Deliveries, events or words between two looks at the clock.
const STRIDE: usize = 1 << 10;

#[derive(Debug)]
enum Stage {
    Begin,
    /// Looks for the events that bear the queue id, or the address that a message came from.
    Look {
        next: EventNumber,
    },
    /// Finds out whose these events are.
    Settle,
    Filter {
        numbers: Vec<u32>,
        next: usize,
        seen: Seen,
        hits: Vec<Hit>,
    },
    /// Orders the words of the column that is sorted by.
    Rank {
        hits: Vec<Hit>,
        words: Sorter<(u64, Word)>,
    },
    Order {
        rows: Sorter<Hit>,
    },
}

/// A row that matches, with what it is mostly sorted by.
#[derive(Clone, Copy, Debug)]
struct Hit {
    /// A word until words have ranks.
    column: u64,
    time: i64,
    number: u32,
}

/// Which journeys have a row.
#[derive(Debug, Default)]
struct Seen(Vec<bool>);

impl Seen {
    fn is_first(&mut self, journey: u32) -> bool {
        let idx = journey as usize;
        if self.0.len() <= idx {
            self.0.resize(idx + 1, false);
        }
        let seen = self.0.get_mut(idx);
        seen.is_some_and(|seen| !std::mem::replace(seen, true))
    }
}

/// The message that is asked for by any of its ids.
#[derive(Debug)]
struct Ids {
    message_id: Patterns,
    guid: Option<Guid>,
    network_message_id: Option<Word>,
    typed: String,
    queue_id: Option<Word>,
    /// The journeys that bear the queue id.
    bearers: Bearers,
}

impl Ids {
    fn read(typed: &str) -> Ids {
        let is_quoted = typed.contains('"');
        let typed = typed.trim().trim_matches('"');
        let typed = typed.trim_start_matches('<').trim_end_matches('>');
        // What is to fit as a whole fits with angle brackets and without.
        let mut forms = match typed.is_empty() {
            true => Vec::new(),
            false => vec![typed.to_owned(), format!("<{typed}>")],
        };
        if is_quoted {
            forms
                .iter_mut()
                .for_each(|form| *form = format!("\"{form}\""));
        }
        Ids {
            message_id: Patterns::read(forms.iter().map(String::as_str)),
            guid: Guid::parse(typed.as_bytes()),
            network_message_id: None,
            typed: typed.to_owned(),
            queue_id: None,
            bearers: Bearers::default(),
        }
    }

    /// Finds the words that the ids would be.
    fn look_up(&mut self, trace: &Trace) {
        let words = trace.events().words();
        let find = |text: &[u8]| words.find(text).filter(|word| *word != 0);
        self.network_message_id = self.guid.and_then(|guid| find(&guid.0));
        // A queue id holds no `@`, so most searches for a Message-ID need not look at the events.
        let is_queue_id = self.guid.is_none() && !self.typed.contains(['@', '*']);
        self.queue_id = is_queue_id.then(|| find(self.typed.as_bytes())).flatten();
    }

    fn matches(&mut self, trace: &Trace, place: u32, journey: &Journey) -> bool {
        if self.message_id.is_empty() {
            return true;
        }
        let network_message_id = self.network_message_id;
        self.message_id
            .matches(trace.events().words(), journey.message_id)
            || network_message_id.is_some_and(|word| word == journey.network_message_id)
            || self.bearers.hold(place)
    }

    fn bears(&self, row: &Row<'_>) -> bool {
        let ids = [Field::Id, Field::NextId, Field::PriorId];
        self.queue_id.is_some()
            && ids
                .iter()
                .any(|field| Some(row.word(*field)) == self.queue_id)
    }
}

impl Search {
    pub fn new(query: Query, sort: Sort) -> Search {
        Search {
            senders: Patterns::read(query.senders.iter().map(String::as_str)),
            recipients: Patterns::read(query.recipients.iter().map(String::as_str)),
            subject: Patterns::of_subject(&query.subject, query.subject_at),
            addresses: Addresses::read(&query.ip),
            from: Bearers::default(),
            ids: Ids::read(&query.message_id),
            query,
            sort,
            stage: Stage::Begin,
            found: Found::default(),
        }
    }

    /// Searches until `go_on` says no or all is found. The trace must stay as it is until then.
    pub fn step(&mut self, trace: &Trace, go_on: &mut dyn FnMut() -> bool) -> Option<Outcome> {
        loop {
            match std::mem::replace(&mut self.stage, Stage::Begin) {
                Stage::Begin => {
                    self.found.span = trace.events().whole_span();
                    self.found.events = trace.events().len().into();
                    self.ids.look_up(trace);
                    let looks = self.ids.queue_id.is_some() || !self.addresses.is_empty();
                    self.stage = match looks {
                        true => Stage::Look { next: 0 },
                        false => filter(trace),
                    };
                }
                Stage::Look { next } => self.stage = self.look(trace, next),
                Stage::Settle => {
                    let is_open = self.ids.bearers.settle(trace) || self.from.settle(trace);
                    self.stage = match is_open {
                        true => Stage::Settle,
                        false => filter(trace),
                    };
                }
                Stage::Filter {
                    numbers,
                    mut next,
                    mut seen,
                    mut hits,
                } => {
                    let stride = numbers.get(next..).unwrap_or_default().iter().take(STRIDE);
                    for number in stride {
                        self.consider(trace, *number, &mut seen, &mut hits);
                    }
                    next += STRIDE;
                    self.stage = if next < numbers.len() {
                        Stage::Filter {
                            numbers,
                            next,
                            seen,
                            hits,
                        }
                    } else if self.sorts_words() {
                        let words = Sorter::new(distinct_words(trace, &hits));
                        Stage::Rank { hits, words }
                    } else {
                        Stage::Order {
                            rows: Sorter::new(hits),
                        }
                    };
                }
                Stage::Rank {
                    mut hits,
                    mut words,
                } => {
                    let mut order = |a: &(u64, Word), b: &(u64, Word)| order_words(trace, *a, *b);
                    let Some(sorted) = words.step(&mut order, go_on) else {
                        self.stage = Stage::Rank { hits, words };
                        return None;
                    };
                    let ranks = ranks(trace, &sorted);
                    for hit in &mut hits {
                        let rank = ranks.get(hit.column as usize).copied();
                        hit.column = rank.unwrap_or(0).into();
                    }
                    self.stage = Stage::Order {
                        rows: Sorter::new(hits),
                    };
                }
                Stage::Order { mut rows } => {
                    let sort = self.sort;
                    let mut order = |a: &Hit, b: &Hit| order_hits(trace, sort, a, b);
                    let Some(sorted) = rows.step(&mut order, go_on) else {
                        self.stage = Stage::Order { rows };
                        return None;
                    };
                    return Some(Outcome {
                        found: std::mem::take(&mut self.found),
                        rows: sorted.iter().map(|hit| hit.number).collect(),
                    });
                }
            }
            if !go_on() {
                return None;
            }
        }
    }

    /// Looks through some of the events.
    fn look(&mut self, trace: &Trace, next: EventNumber) -> Stage {
        let events = trace.events();
        let end = events.len().min(next.saturating_add(STRIDE as u32));
        for row in events.rows(next..end) {
            if self.ids.bears(&row) {
                self.ids.bearers.note(trace, &row);
            }
            if came_from(&row, |word| self.addresses.matches(events.words(), word)) {
                self.from.note(trace, &row);
            }
        }
        match end < events.len() {
            true => Stage::Look { next: end },
            false => Stage::Settle,
        }
    }

    /// Counts a delivery where it counts, and keeps it if all of the query matches.
    fn consider(&mut self, trace: &Trace, number: u32, seen: &mut Seen, hits: &mut Vec<Hit>) {
        let Some(delivery) = trace.delivery(number) else {
            return;
        };
        let Some(journey) = trace.journey(delivery) else {
            return;
        };
        let is_shown = self.query.probes || !journey.is_probe;
        self.found.of += u32::from(is_shown);
        if !self.matches_but_for_status(trace, delivery, journey) {
            return;
        }
        // An address that was replaced is a row, and is not counted twice.
        if is_shown && delivery.basis != Basis::Replaced {
            let count = self.found.by_status.get_mut(delivery.status as usize);
            count.into_iter().for_each(|count| *count += 1);
        }
        let statuses = &self.query.statuses;
        if !statuses.is_empty() && !statuses.contains(&delivery.status) {
            return;
        }
        self.found.probes += u32::from(journey.is_probe);
        if is_shown {
            self.found.deliveries += 1;
            self.found.messages += u32::from(seen.is_first(delivery.journey));
            hits.push(Hit {
                column: match self.sort.column {
                    Column::Date => 0,
                    Column::Sender => journey.sender.into(),
                    Column::Recipient => delivery.recipient.into(),
                    Column::Subject => journey.subject.into(),
                    Column::Status => delivery.status as u64,
                },
                time: journey.start,
                number,
            });
        }
    }

    fn matches_but_for_status(
        &mut self,
        trace: &Trace,
        delivery: &Delivery,
        journey: &Journey,
    ) -> bool {
        let query = &self.query;
        if query.since.is_some_and(|since| journey.start < since)
            || query.until.is_some_and(|until| journey.start >= until)
        {
            return false;
        }
        let words = trace.events().words();
        let any = |patterns: &mut Patterns, texts: [Word; 3]| {
            patterns.is_empty() || texts.iter().any(|word| patterns.matches(words, *word))
        };
        any(
            &mut self.senders,
            [journey.sender, journey.return_path, journey.login],
        ) && any(
            &mut self.recipients,
            [delivery.recipient, delivery.came_from, delivery.replaced_by],
        ) && matches_way(query.direction, journey.direction)
            && (self.subject.is_empty() || self.subject.matches(words, journey.subject))
            && self.ids.matches(trace, delivery.journey, journey)
            && self.matches_address(trace, delivery, journey)
    }

    fn matches_address(&mut self, trace: &Trace, delivery: &Delivery, journey: &Journey) -> bool {
        let words = trace.events().words();
        let addresses = &mut self.addresses;
        addresses.is_empty()
            || addresses.matches(words, journey.from_ip)
            || addresses.matches(words, trace.to_ip(delivery))
            || self.from.hold(delivery.journey)
    }

    fn sorts_words(&self) -> bool {
        match self.sort.column {
            Column::Sender | Column::Recipient | Column::Subject => true,
            Column::Date | Column::Status => false,
        }
    }
}

fn matches_way(wanted: Option<Way>, direction: Direction) -> bool {
    match wanted {
        None => true,
        Some(Way::Inbound) => direction == Direction::Incoming,
        Some(Way::Outbound) => direction == Direction::Originating,
    }
}

/// Whether an event names one of these addresses as the client that the message came from at first.
fn came_from(row: &Row<'_>, mut is_wanted: impl FnMut(Word) -> bool) -> bool {
    // What was refused has no receipt.
    is_wanted(row.word(Field::OriginalClientIp))
        || row.kind() == Kind::Reject && is_wanted(row.word(Field::ClientIp))
}

fn filter(trace: &Trace) -> Stage {
    Stage::Filter {
        numbers: trace.deliveries().map(|(number, _)| number).collect(),
        next: 0,
        seen: Seen::default(),
        hits: Vec::new(),
    }
}

/// Each word of the hits once, behind the beginning of its text, which mostly decides.
fn distinct_words(trace: &Trace, hits: &[Hit]) -> Vec<(u64, Word)> {
    let mut seen = vec![false; trace.events().words().len()];
    let mut words = Vec::new();
    for hit in hits {
        let seen = seen.get_mut(hit.column as usize);
        if seen.is_some_and(|seen| !std::mem::replace(seen, true)) {
            let word = hit.column as Word;
            let text = lower(trace.events().text(word));
            let mut beginning = [0; 8];
            beginning
                .iter_mut()
                .zip(text.iter())
                .for_each(|(to, from)| *to = *from);
            words.push((u64::from_be_bytes(beginning), word));
        }
    }
    words
}

fn order_words(trace: &Trace, a: (u64, Word), b: (u64, Word)) -> Ordering {
    let lower_text = |word| lower(trace.events().text(word));
    a.0.cmp(&b.0)
        .then_with(|| lower_text(a.1).cmp(&lower_text(b.1)))
}

/// By word, its rank among the sorted ones; texts that differ only in case share theirs.
fn ranks(trace: &Trace, sorted: &[(u64, Word)]) -> Vec<u32> {
    let mut ranks = vec![0; trace.events().words().len()];
    let (mut rank, mut before) = (0, None);
    for now in sorted {
        if before.is_some_and(|before| order_words(trace, before, *now) != Ordering::Equal) {
            rank += 1;
        }
        before = Some(*now);
        if let Some(slot) = ranks.get_mut(now.1 as usize) {
            *slot = rank;
        }
    }
    ranks
}

/// By the column, then newest first, then by content: never by a number that was given on arrival.
fn order_hits(trace: &Trace, sort: Sort, a: &Hit, b: &Hit) -> Ordering {
    let column = match sort.column {
        Column::Date => a.time.cmp(&b.time),
        _ => a.column.cmp(&b.column),
    };
    let column = if sort.descending {
        column.reverse()
    } else {
        column
    };
    column
        .then_with(|| b.time.cmp(&a.time))
        .then_with(|| order_content(trace, a.number, b.number))
}

fn order_content(trace: &Trace, a: u32, b: u32) -> Ordering {
    let both = |number| {
        let delivery = trace.delivery(number)?;
        Some((delivery, trace.journey(delivery)?))
    };
    let (Some((a, of_a)), Some((b, of_b))) = (both(a), both(b)) else {
        return Ordering::Equal;
    };
    let text = |word| trace.events().text(word);
    let texts = [
        (of_a.sender, of_b.sender),
        (a.recipient, b.recipient),
        (of_a.subject, of_b.subject),
        (of_a.message_id, of_b.message_id),
        (of_a.network_message_id, of_b.network_message_id),
        (a.came_from, b.came_from),
        (a.replaced_by, b.replaced_by),
    ];
    let differ = texts.into_iter().find(|(a, b)| a != b);
    differ
        .map_or(Ordering::Equal, |(a, b)| text(a).cmp(text(b)))
        .then_with(|| a.status.cmp(&b.status))
        .then_with(|| first_id(trace, of_a).cmp(&first_id(trace, of_b)))
}

/// Host and queue id of a journey's first event.
fn first_id<'a>(trace: &'a Trace, journey: &Journey) -> Option<(&'a [u8], &'a [u8], u64)> {
    let row = trace.events().row(journey.first)?;
    Some((row.text(Field::Host), row.text(Field::Id), row.offset()))
}
