//! The sources: those that are being imported, and those that are whole.

use super::{Engine, StoreNews, StoreOrder};
use crate::explain;
use crate::protocol::{HostView, SourceView, Storage};
use crate::raw::Place;
use crate::segment::{SCHEMA, SegmentError};
use crate::source::{FIRST_OF_SESSION, HostClock, Opening, Parcel, Piece, Record, SourceNumber};
use crate::time::Told;

#[derive(Debug, Default)]
pub(super) struct Sources {
    /// In the order in which they came.
    all: Vec<Source>,
    /// How many were begun in this session.
    begun: u32,
    has_changed: bool,
}

#[derive(Debug)]
pub(super) struct Source {
    pub(super) number: SourceNumber,
    pub(super) stage: Stage,
    opening: Opening,
    /// The record, once the source is whole.
    record: Option<Box<Record>>,
    /// Where the raw blocks lie, as long as there is no record.
    places: Vec<Place>,
    segments: u32,
    /// The whole source that this one has been like so far, and what has come of it in the meantime.
    twin: Twin,
    held: Vec<Parcel>,
    /// Bytes of puts that are not complete.
    pub(super) under_way: u64,
}

/// How far a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// A reader reads it.
    Reading,
    /// It is whole, and its record is being written.
    Committing,
    /// Its segments are read back from the store.
    Restoring,
    /// It lasts.
    Kept,
    /// It is whole, and the store could not keep it.
    Unkept,
}

/// Whether a source that is read may be one that is here already.
///
/// People drop a folder again when one file of it is new. Until the known ones have ended, which tells
/// their hash, what comes of them is held back: taking it up would only be undone, and undoing derives
/// all there is anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twin {
    /// Nothing has come yet.
    Open,
    Like(SourceNumber),
    None,
}

/// Bytes that are held back of one source at most.
const HELD: usize = 64 << 20;

impl Source {
    fn new(number: SourceNumber, stage: Stage, opening: Opening) -> Source {
        Source {
            number,
            stage,
            opening,
            record: None,
            places: Vec::new(),
            segments: 0,
            twin: Twin::Open,
            held: Vec::new(),
            under_way: 0,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.opening.name
    }

    pub(super) fn record(&self) -> Option<&Record> {
        self.record.as_deref()
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// Whether the columns have something of it.
    pub(super) fn is_taken_up(&self) -> bool {
        self.segments > 0 || self.stage != Stage::Reading
    }

    /// Whether the store has something of it.
    pub(super) fn is_put(&self) -> bool {
        self.segments > 0 || !self.places.is_empty()
    }

    /// What was held back.
    pub(super) fn take_held(&mut self) -> Vec<Parcel> {
        self.twin = Twin::None;
        std::mem::take(&mut self.held)
    }

    /// The checksum of the part that a parcel would be, were it of this source.
    fn piece_like(&self, parcel: &Parcel, index: usize) -> Option<Piece> {
        let record = self.record()?;
        match parcel {
            Parcel::Segment { .. } => record.segments.get(index).copied(),
            Parcel::Block { .. } => record.blocks.get(index).map(|(_, piece)| *piece),
        }
    }

    /// The index of the next segment.
    pub(super) fn add_segment(&mut self) -> u32 {
        self.segments += 1;
        self.segments - 1
    }

    /// The index of the next raw block.
    pub(super) fn add_block(&mut self, place: Place) -> u32 {
        self.places.push(place);
        self.places.len() as u32 - 1
    }

    pub(super) fn set_record(&mut self, record: Box<Record>) {
        self.places = record.blocks.iter().map(|(place, _)| *place).collect();
        self.record = Some(record);
    }
}

impl Sources {
    /// Begins a source of this session.
    pub(super) fn begin(&mut self, opening: Opening) -> SourceNumber {
        let number = FIRST_OF_SESSION + self.begun;
        self.begun += 1;
        self.all.push(Source::new(number, Stage::Reading, opening));
        number
    }

    pub(super) fn get(&self, number: SourceNumber) -> Option<&Source> {
        self.all.iter().find(|source| source.number == number)
    }

    pub(super) fn get_mut(&mut self, number: SourceNumber) -> Option<&mut Source> {
        self.all.iter_mut().find(|source| source.number == number)
    }

    /// The whole source with this content, if there is one.
    pub(super) fn with_hash(&self, hash: &str) -> Option<&Source> {
        let has_hash = |record: &Record| record.hash == hash;
        self.all
            .iter()
            .find(|source| source.record().is_some_and(has_hash))
    }

    /// Holds a parcel back as long as its source is like one that is here; gives what is to be taken up.
    pub(super) fn hold(&mut self, number: SourceNumber, parcel: Parcel) -> Vec<Parcel> {
        let Some(source) = self.get(number) else {
            return Vec::new();
        };
        if source.twin == Twin::None {
            return vec![parcel];
        }
        let kind = std::mem::discriminant(&parcel);
        let is_such = |held: &&Parcel| std::mem::discriminant(*held) == kind;
        let index = source.held.iter().filter(is_such).count();
        let piece = Some(Piece::of(parcel_bytes(&parcel)));
        let is_like = |other: &&Source| other.piece_like(&parcel, index) == piece;
        let twin = match source.twin {
            Twin::Like(twin) => self.get(twin).filter(is_like),
            Twin::Open | Twin::None => self.all.iter().find(is_like),
        };
        let twin = twin.map(|twin| twin.number);
        let held_len: usize = source
            .held
            .iter()
            .map(|held| parcel_bytes(held).len())
            .sum();
        let fits = held_len + parcel_bytes(&parcel).len() <= HELD;
        let Some(source) = self.get_mut(number) else {
            return Vec::new();
        };
        source.held.push(parcel);
        match twin.filter(|_| fits) {
            Some(twin) => {
                source.twin = Twin::Like(twin);
                Vec::new()
            }
            None => source.take_held(),
        }
    }

    pub(super) fn remove(&mut self, number: SourceNumber) {
        self.all.retain(|source| source.number != number);
        self.has_changed = true;
    }

    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.has_changed = true;
    }

    pub(super) fn changed(&mut self) {
        self.has_changed = true;
    }

    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.has_changed)
    }

    pub(super) fn under_way(&self) -> u64 {
        self.all.iter().map(|source| source.under_way).sum()
    }
}

fn parcel_bytes(parcel: &Parcel) -> &[u8] {
    match parcel {
        Parcel::Segment { bytes, .. } | Parcel::Block { bytes, .. } => bytes,
    }
}

impl Engine {
    /// Takes what the store reads back after the page was opened.
    pub(super) fn restore(&mut self, news: StoreNews) {
        match news {
            StoreNews::Source { source, record } => {
                let opening = record.opening.clone();
                self.trace.begin(source, opening.modified);
                let mut restored = Source::new(source, Stage::Restoring, opening);
                restored.set_record(record);
                self.sources.all.push(restored);
            }
            StoreNews::Segment { source, bytes } => self.restore_segment(source, bytes),
            StoreNews::Loaded { source } => {
                if let Some(loaded) = self.sources.get_mut(source) {
                    loaded.stage = Stage::Kept;
                    let clocks = loaded.record.as_deref().map(|record| &record.clocks);
                    self.trace
                        .set_clocks(source, clocks.map_or(&[], Vec::as_slice));
                    self.underived = true;
                    self.sources.changed();
                }
            }
            StoreNews::Damaged { source, why } => self.damaged(source, &why),
            StoreNews::AllLoaded => {
                self.restored = true;
                self.sources.changed();
            }
            StoreNews::Gone { source } => {
                if let Some(gone) = self.sources.get(source) {
                    // What was still being read back, nobody has seen yet.
                    let was_seen = gone.stage != Stage::Restoring;
                    let text = format!("“{}” was removed in another tab.", gone.name());
                    self.forget(source);
                    if was_seen {
                        self.notice(false, text);
                    }
                }
            }
            StoreNews::Amended { source, record } => self.amended(source, record),
            StoreNews::NotAmended { source, why } => self.not_amended(source, &why),
            StoreNews::Opened { .. }
            | StoreNews::Put { .. }
            | StoreNews::Committed { .. }
            | StoreNews::Failed { .. }
            | StoreNews::Blocks { .. } => {}
        }
    }

    fn restore_segment(&mut self, number: SourceNumber, bytes: Vec<u8>) {
        let Some(source) = self.sources.get(number) else {
            return;
        };
        let clocks: &[HostClock] = source.record().map_or(&[], |record| &record.clocks);
        match self.trace.take_up(number, bytes, clocks) {
            Ok(_) => self.underived = true,
            Err(SegmentError::Schema(layout)) if layout < SCHEMA => {
                // No later build reads it either, so it is not kept any longer.
                let why =
                    "An older version of Mailtrace has kept it in a form that is no longer read.";
                self.damaged(number, why);
                self.order(StoreOrder::Remove { source: number });
            }
            Err(error) => self.damaged(number, &format!("A part of it {error}.")),
        }
    }

    /// A source that doesn't read back is absent, and the person hears of it.
    fn damaged(&mut self, number: SourceNumber, why: &str) {
        let Some(source) = self.sources.get(number) else {
            return;
        };
        let name = source.name();
        let text = format!("“{name}” could not be opened again. {why} Drop the file once more.");
        self.forget(number);
        self.notice(true, text);
    }

    /// The page asks that a source be forgotten.
    pub(super) fn remove(&mut self, number: SourceNumber) {
        let Some(source) = self.sources.get(number) else {
            return;
        };
        let order = match source.stage {
            // An import is cancelled with its drop, not removed.
            Stage::Reading => return,
            Stage::Unkept => StoreOrder::Abandon { source: number },
            Stage::Committing | Stage::Restoring | Stage::Kept => {
                StoreOrder::Remove { source: number }
            }
        };
        self.batches.removed(number);
        self.forget(number);
        self.order(order);
    }

    pub(super) fn source_views(&self) -> Vec<SourceView> {
        let listed = self.sources.all.iter().filter(|source| {
            matches!(
                source.stage,
                Stage::Committing | Stage::Kept | Stage::Unkept
            )
        });
        listed
            .filter_map(|source| Some(self.view(source, source.record()?)))
            .collect()
    }

    fn view(&self, source: &Source, record: &Record) -> SourceView {
        SourceView {
            source: source.number,
            name: record.opening.name.clone(),
            size: record.opening.size,
            unpacked: record.unpacked,
            modified: record.opening.modified,
            formats: explain::formats(record),
            account: record.account.clone(),
            span: self.trace.events().span(source.number),
            hosts: record.clocks.iter().map(host).collect(),
            recognised_by: record.recognised_by,
            remarks: record.remarks.clone(),
            kept: source.stage == Stage::Kept && self.storage == Storage::Kept,
        }
    }
}

fn host(clock: &HostClock) -> HostView {
    let HostClock {
        host,
        clock,
        given_name,
        lacks_year,
        lacks_zone,
        lacks_order,
        ..
    } = clock;
    HostView {
        name: host.clone(),
        zone: match lacks_zone {
            true => clock.zone.name.clone(),
            false => String::new(),
        },
        zone_told: if *lacks_zone {
            clock.zone_told
        } else {
            Told::Line
        },
        year: lacks_year.then_some(clock.year),
        year_told: if *lacks_year {
            clock.year_told
        } else {
            Told::Line
        },
        given_name: given_name.clone(),
        day_first: lacks_order.then_some(clock.day_first),
        day_first_told: if *lacks_order {
            clock.day_first_told
        } else {
            Told::Line
        },
    }
}
