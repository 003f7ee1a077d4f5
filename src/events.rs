//! The events of all sources, taken up from segments: the columns that everything is derived from.
//!
//! A segment stays packed and is read in place; its words are mapped to one dictionary, once a word and
//! not once an event. Times are read through the clock of their source and host, so that a corrected
//! year or zone reads nothing again. Numbers of events and words are given in order of arrival and
//! never reach a result.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::event::{Direction, Enhanced, Guid, Kind, Origin, Verdict};
use crate::segment::{Field, Segment, SegmentError};
use crate::source::{HostClock, SourceNumber};
use crate::time::{Clock, TimeForm};
use crate::words::{Word, Words};

/// Numbers an event of all that is loaded.
pub type EventNumber = u32;

/// What is known of each host, ascending by it.
type ByHost<T> = Vec<(Word, T)>;

/// All events.
#[derive(Debug)]
pub struct Events {
    words: Words,
    /// By word: the same address in lower case; itself for what is no address.
    folded: Vec<Word>,
    taken: Vec<Taken>,
    sources: Vec<Source>,
    rows: u32,
}

/// A segment that was taken up.
#[derive(Debug)]
struct Taken {
    first: EventNumber,
    /// The place of its source in `Events::sources`.
    source: u32,
    segment: Segment,
    /// The segment's words in `Events::words`.
    words: Vec<Word>,
    /// For each host: first and last instant.
    spans: Vec<(Word, i64, i64)>,
}

#[derive(Debug)]
struct Source {
    number: SourceNumber,
    /// The file's own date, microseconds UTC.
    date: Option<i64>,
    /// Ascending by host, as its lines name it.
    clocks: ByHost<Clock>,
    /// What the person calls hosts that their lines name otherwise, or not at all: mostly none.
    names: ByHost<Word>,
    /// First and last instant: what orders sources, whose numbers mean nothing.
    span: (i64, i64),
}

/// What a source's other clocks have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    Nothing,
    /// Some of its times are others.
    Times,
    /// Some of its hosts are called otherwise, and so may be other hosts; times may have moved too.
    Hosts,
}

/// One event, read in place.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub number: EventNumber,
    events: &'a Events,
    taken: &'a Taken,
    row: usize,
}

impl Events {
    /// The seed decides nothing but where words lie in a table.
    pub fn new(seed: u64) -> Events {
        Events {
            words: Words::new(seed),
            folded: vec![0],
            taken: Vec::new(),
            sources: Vec::new(),
            rows: 0,
        }
    }

    /// Begins a source; `date` is the file's own, microseconds UTC.
    pub fn begin(&mut self, number: SourceNumber, date: Option<i64>) {
        let source = self.source_idx(number);
        if let Some(source) = self.sources.get_mut(source) {
            source.date = date;
        }
    }

    /// Takes up one segment of a source, and gives the numbers of its events.
    ///
    /// Its clocks are provisional: one that differs from what the host's earlier times were read by is
    /// left for [`Events::set_clocks`], once all of the source is here. An estimate that wavers would
    /// otherwise move all that came before with every segment.
    pub fn take_up(
        &mut self,
        number: SourceNumber,
        bytes: Vec<u8>,
        clocks: &[HostClock],
    ) -> Result<Range<EventNumber>, SegmentError> {
        let mut words = vec![0];
        let all = &mut self.words;
        let segment = Segment::open(bytes, |text| words.push(all.intern(text)))?;
        self.fold_new_words();
        let source = self.source_idx(number);
        let first = self.rows;
        self.rows = self.rows.saturating_add(segment.rows() as u32);
        self.taken.push(Taken {
            first,
            source: source as u32,
            segment,
            words,
            spans: Vec::new(),
        });
        self.add_clocks(source, clocks);
        self.measure(self.taken.len() - 1);
        Ok(first..self.rows)
    }

    /// Adds the clocks, and the given names, of hosts that have none yet.
    fn add_clocks(&mut self, source: usize, clocks: &[HostClock]) {
        let (read, names) = self.read_clocks(clocks);
        let Some(source) = self.sources.get_mut(source) else {
            return;
        };
        for (host, clock) in read {
            if let Err(place) = source.clocks.binary_search_by_key(&host, |(name, _)| *name) {
                source.clocks.insert(place, (host, clock));
                let name = names.iter().find(|(logged, _)| *logged == host);
                source.names.extend(name);
            }
        }
        source.names.sort_unstable();
    }

    /// Sets how a source's times are read and what its hosts are called.
    pub fn set_clocks(&mut self, number: SourceNumber, clocks: &[HostClock]) -> Moved {
        let source = self.source_idx(number);
        let (clocks, names) = self.read_clocks(clocks);
        let Some(state) = self.sources.get_mut(source) else {
            return Moved::Nothing;
        };
        let moves = clocks.iter().any(|(host, clock)| {
            let before = state.clock(*host);
            before.is_some_and(|before| before != clock)
        });
        let moved = match moves {
            _ if state.names != names => Moved::Hosts,
            true => Moved::Times,
            false => Moved::Nothing,
        };
        (state.clocks, state.names) = (clocks, names);
        if moved != Moved::Nothing {
            state.span = (i64::MAX, i64::MIN);
            for idx in 0..self.taken.len() {
                let is_of_it = |taken: &Taken| taken.source as usize == source;
                if self.taken.get(idx).is_some_and(is_of_it) {
                    self.measure(idx);
                }
            }
        }
        moved
    }

    /// Clocks, and the names that the person gave, by host; both ascending.
    fn read_clocks(&mut self, clocks: &[HostClock]) -> (ByHost<Clock>, ByHost<Word>) {
        let mut read = Vec::new();
        let mut names = Vec::new();
        for clock in clocks {
            let host = self.words.intern(clock.host.as_bytes());
            read.push((host, clock.clock.clone()));
            if !clock.given_name.is_empty() {
                names.push((host, self.words.intern(clock.given_name.as_bytes())));
            }
        }
        self.fold_new_words();
        read.sort_by_key(|(host, _)| *host);
        names.sort_unstable();
        (read, names)
    }

    /// Forgets a source. All numbers of events are void after it.
    pub fn forget(&mut self, number: SourceNumber) {
        let Some(gone) = self
            .sources
            .iter()
            .position(|source| source.number == number)
        else {
            return;
        };
        self.sources.remove(gone);
        self.taken.retain(|taken| taken.source as usize != gone);
        let mut first = 0;
        for taken in &mut self.taken {
            taken.source -= u32::from(taken.source as usize > gone);
            taken.first = first;
            first += taken.segment.rows() as u32;
        }
        self.rows = first;
    }

    /// How many events there are.
    pub fn len(&self) -> u32 {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        let taken = self
            .taken
            .iter()
            .map(|taken| taken.segment.memory() + taken.words.capacity() * 4);
        self.words.memory() + self.folded.capacity() * 4 + taken.sum::<usize>()
    }

    pub fn words(&self) -> &Words {
        &self.words
    }

    pub fn text(&self, word: Word) -> &[u8] {
        self.words.get(word)
    }

    /// The same address in lower case; RFC 5321 lets only the receiver tell local parts apart by case,
    /// and no log of mail systems does.
    pub fn folded(&self, word: Word) -> Word {
        self.folded.get(word as usize).copied().unwrap_or(word)
    }

    /// First and last instant of a source.
    pub fn span(&self, number: SourceNumber) -> Option<(i64, i64)> {
        let source = self.sources.iter().find(|source| source.number == number)?;
        (source.span.0 <= source.span.1).then_some(source.span)
    }

    /// First and last instant of all.
    pub fn whole_span(&self) -> Option<(i64, i64)> {
        let spans = self.sources.iter().map(|source| source.span);
        let (first, last) = spans.reduce(|(a, b), (from, to)| (a.min(from), b.max(to)))?;
        (first <= last).then_some((first, last))
    }

    /// Host, first and last instant of each part of the logs; the empty host where a format names none.
    pub fn host_spans(&self) -> impl Iterator<Item = (Word, i64, i64)> + '_ {
        self.taken
            .iter()
            .flat_map(|taken| taken.spans.iter().copied())
    }

    /// The numbers of a source's events.
    pub fn numbers_of(&self, number: SourceNumber) -> Vec<Range<EventNumber>> {
        let is_of_it = |taken: &&Taken| {
            let source = self.sources.get(taken.source as usize);
            source.is_some_and(|source| source.number == number)
        };
        let taken = self.taken.iter().filter(is_of_it);
        taken
            .map(|taken| taken.first..taken.first + taken.segment.rows() as u32)
            .collect()
    }

    /// The numbers of a source's first and last event.
    pub fn extent(&self, number: SourceNumber) -> Option<(EventNumber, EventNumber)> {
        let ranges = self.numbers_of(number);
        let last = ranges.iter().map(|range| range.end).max()?.checked_sub(1)?;
        let first = ranges.iter().map(|range| range.start).min()?;
        (first <= last).then_some((first, last))
    }

    /// The event of a number; `None` for one that was never given.
    pub fn row(&self, number: EventNumber) -> Option<Row<'_>> {
        let at = self.taken.partition_point(|taken| taken.first <= number);
        let taken = self.taken.get(at.checked_sub(1)?)?;
        let row = (number - taken.first) as usize;
        (row < taken.segment.rows()).then_some(Row {
            number,
            events: self,
            taken,
            row,
        })
    }

    /// The events of a range of numbers.
    pub fn rows(&self, range: Range<EventNumber>) -> impl Iterator<Item = Row<'_>> {
        range.filter_map(|number| self.row(number))
    }

    fn source_idx(&mut self, number: SourceNumber) -> usize {
        let found = self
            .sources
            .iter()
            .position(|source| source.number == number);
        found.unwrap_or_else(|| {
            self.sources.push(Source {
                number,
                date: None,
                clocks: Vec::new(),
                names: Vec::new(),
                span: (i64::MAX, i64::MIN),
            });
            self.sources.len() - 1
        })
    }

    fn fold_new_words(&mut self) {
        let mut lower = Vec::new();
        while self.folded.len() < self.words.len() {
            let word = self.folded.len() as Word;
            let text = self.words.get(word);
            let is_address = text.first() != Some(&b'<') && memchr::memchr(b'@', text).is_some();
            if is_address && text.iter().any(u8::is_ascii_uppercase) {
                lower.clear();
                lower.extend(text.iter().map(u8::to_ascii_lowercase));
                let folded = self.words.intern(&lower);
                self.folded.push(folded);
            } else {
                self.folded.push(word);
            }
        }
    }

    /// Takes the spans of a segment's hosts anew.
    fn measure(&mut self, taken_idx: usize) {
        let mut spans: BTreeMap<Word, (i64, i64)> = BTreeMap::new();
        if let Some(taken) = self.taken.get(taken_idx) {
            for row in self.rows(taken.first..taken.first + taken.segment.rows() as u32) {
                let (host, time) = (row.word(Field::Host), row.time());
                let (first, last) = spans.entry(host).or_insert((time, time));
                (*first, *last) = ((*first).min(time), (*last).max(time));
            }
        }
        let Some(taken) = self.taken.get_mut(taken_idx) else {
            return;
        };
        if let Some(source) = self.sources.get_mut(taken.source as usize) {
            for (first, last) in spans.values() {
                source.span = (source.span.0.min(*first), source.span.1.max(*last));
            }
        }
        let spans = spans.into_iter();
        taken.spans = spans
            .map(|(host, (first, last))| (host, first, last))
            .collect();
    }
}

impl Source {
    fn clock(&self, host: Word) -> Option<&Clock> {
        let place = self.clocks.binary_search_by_key(&host, |(name, _)| *name);
        self.clocks.get(place.ok()?).map(|(_, clock)| clock)
    }
}

impl<'a> Row<'a> {
    /// Microseconds UTC.
    pub fn time(&self) -> i64 {
        let (form, stored) = self.taken.segment.time(self.row);
        if form == TimeForm::Instant {
            return stored;
        }
        let host = self.logged_host();
        let source = self.events.sources.get(self.taken.source as usize);
        let clock = source.and_then(|source| source.clock(host));
        clock.map_or(stored, |clock| clock.instant(form, stored))
    }

    /// How its time was written, and so what it took to know the instant.
    pub fn time_form(&self) -> TimeForm {
        self.taken.segment.time(self.row).0
    }

    pub fn source(&self) -> SourceNumber {
        self.events
            .sources
            .get(self.taken.source as usize)
            .map_or(0, |source| source.number)
    }

    /// The date of its source's file: when a report was saved.
    pub fn source_date(&self) -> Option<i64> {
        self.events.sources.get(self.taken.source as usize)?.date
    }

    /// First and last instant of its source, which order sources among each other.
    pub fn source_span(&self) -> (i64, i64) {
        let source = self.events.sources.get(self.taken.source as usize);
        source.map_or((0, 0), |source| source.span)
    }

    /// The first byte of the record in its source.
    pub fn offset(&self) -> u64 {
        self.number(Field::Offset)
    }

    pub fn kind(&self) -> Kind {
        Kind::from_code(self.number(Field::Kind) as u8).unwrap_or_default()
    }

    pub fn origin(&self) -> Origin {
        Origin::from_code(self.number(Field::Origin) as u8).unwrap_or_default()
    }

    pub fn direction(&self) -> Direction {
        Direction::from_code(self.number(Field::Direction) as u8).unwrap_or_default()
    }

    pub fn verdict(&self) -> Verdict {
        Verdict(self.number(Field::Verdict) as u32)
    }

    pub fn enhanced(&self) -> Enhanced {
        Enhanced(self.number(Field::Enhanced) as u32)
    }

    pub fn network_message_id(&self) -> Option<Guid> {
        self.text(Field::NetworkMessageId).try_into().ok().map(Guid)
    }

    /// The value of a column of numbers; 0 where the line does not say.
    pub fn number(&self, field: Field) -> u64 {
        self.taken.segment.get(field, self.row)
    }

    /// The word of a column of words; 0 where the line does not say. A host bears the name that the
    /// person gave it, if any.
    pub fn word(&self, field: Field) -> Word {
        match field {
            Field::Host => self.given_host().unwrap_or_else(|| self.logged_host()),
            _ => self.logged(field),
        }
    }

    /// The host as the line names it.
    pub fn logged_host(&self) -> Word {
        self.logged(Field::Host)
    }

    /// The name that the person gave to the host.
    pub fn given_host(&self) -> Option<Word> {
        let source = self.events.sources.get(self.taken.source as usize)?;
        if source.names.is_empty() {
            return None;
        }
        let host = self.logged_host();
        let names = source.names.iter();
        names
            .copied()
            .find_map(|(logged, given)| (logged == host).then_some(given))
    }

    fn logged(&self, field: Field) -> Word {
        let local = self.taken.segment.word(field, self.row);
        self.taken.words.get(local as usize).copied().unwrap_or(0)
    }

    /// A column's word in lower case, where it is an address.
    pub fn folded(&self, field: Field) -> Word {
        self.events.folded(self.word(field))
    }

    pub fn text(&self, field: Field) -> &'a [u8] {
        self.events.words.get(self.word(field))
    }

    /// The first of a column of lists, in lower case where it is an address; 0 for none.
    pub fn first_folded(&self, field: Field) -> Word {
        self.events.folded(self.list(field).next().unwrap_or(0))
    }

    /// The text of the first of a column of lists; empty for none.
    pub fn text_of_first(&self, field: Field) -> &'a [u8] {
        self.events.words.get(self.list(field).next().unwrap_or(0))
    }

    /// The words of a column of lists.
    pub fn list(&self, field: Field) -> impl Iterator<Item = Word> + use<'a> {
        let taken = self.taken;
        let locals = taken.segment.list(field, self.row);
        locals.map(|local| taken.words.get(local as usize).copied().unwrap_or(0))
    }
}
