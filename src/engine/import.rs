//! Drops of files: from a reader's parcels to whole sources.

use std::collections::VecDeque;

use super::sources::Stage;
use super::{Effect, Engine, PieceKind, StoreOrder};
use crate::protocol::{FileName, FileProgress, FileState, ReaderNews, ReaderReport, Reply};
use crate::raw::Place;
use crate::source::{HostClock, Opening, Parcel, Record, SourceNumber};

/// Bytes of puts under way beyond which a reader gets no leave to send more.
const PUTS: u64 = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct Batches {
    all: Vec<Batch>,
    /// Drops whose readers wait for leave until puts are complete.
    withheld: VecDeque<u32>,
}

#[derive(Debug)]
struct Batch {
    number: u32,
    files: Vec<File>,
    is_cancelled: bool,
    has_changed: bool,
}

#[derive(Debug)]
struct File {
    progress: FileProgress,
    source: Option<SourceNumber>,
}

impl File {
    fn waiting(name: FileName) -> File {
        File {
            progress: FileProgress {
                name: name.name,
                size: name.size,
                read: 0,
                lines: 0,
                events: 0,
                state: FileState::Waiting,
                remark: String::new(),
            },
            source: None,
        }
    }

    fn is_final(&self) -> bool {
        match self.progress.state {
            FileState::Waiting | FileState::Reading | FileState::Keeping => false,
            FileState::Done | FileState::Known | FileState::Refused | FileState::Cancelled => true,
        }
    }
}

impl Batches {
    /// A drop is about to come.
    pub(super) fn announce(&mut self, batch: u32, files: Vec<FileName>) {
        self.all.push(Batch {
            number: batch,
            files: files.into_iter().map(File::waiting).collect(),
            is_cancelled: false,
            has_changed: true,
        });
    }

    pub(super) fn cancel_all(&mut self) {
        self.withheld.clear();
        for batch in &mut self.all {
            batch.is_cancelled = true;
            for file in &mut batch.files {
                if !file.is_final() {
                    file.progress.state = FileState::Cancelled;
                    batch.has_changed = true;
                }
                file.source = None;
            }
        }
    }

    /// A source was removed before it was kept.
    pub(super) fn removed(&mut self, source: SourceNumber) {
        self.update(source, |progress| {
            if progress.state == FileState::Keeping {
                progress.state = FileState::Cancelled;
            }
        });
    }

    /// How the drops that have moved go on.
    pub(super) fn take_progress(&mut self) -> impl Iterator<Item = Reply> + '_ {
        let moved = self.all.iter_mut().filter(|batch| batch.has_changed);
        moved.map(|batch| {
            batch.has_changed = false;
            let files = batch.files.iter();
            Reply::Progress {
                batch: batch.number,
                files: files.map(|file| file.progress.clone()).collect(),
                ended: batch.files.iter().all(File::is_final),
            }
        })
    }

    /// Whether a file is still to be read, or is being read.
    pub(super) fn is_reading(&self) -> bool {
        let mut files = self.all.iter().flat_map(|batch| &batch.files);
        files.any(|file| !file.is_final() && file.progress.state != FileState::Keeping)
    }

    /// A drop that goes on: not one that was never announced, nor one that was cancelled.
    fn going_on(&mut self, number: u32) -> Option<&mut Batch> {
        let mut all = self.all.iter_mut();
        all.find(|batch| batch.number == number && !batch.is_cancelled)
    }

    fn file(&mut self, batch: u32, file: u32) -> Option<&mut File> {
        let batch = self.going_on(batch)?;
        batch.has_changed = true;
        batch.files.get_mut(file as usize)
    }

    fn update(&mut self, source: SourceNumber, change: impl Fn(&mut FileProgress)) {
        for batch in &mut self.all {
            let mut files = batch.files.iter_mut();
            if let Some(file) = files.find(|file| file.source == Some(source)) {
                change(&mut file.progress);
                batch.has_changed = true;
            }
        }
    }
}

impl Engine {
    /// Takes what a reader says. What comes of a cancelled drop is let go.
    pub(super) fn read(&mut self, report: ReaderReport, bytes: Vec<u8>) {
        let (batch, file) = (report.batch, report.file);
        let Some(state) = self.batches.file(batch, file) else {
            return;
        };
        let source = state.source;
        match (report.news, source) {
            (ReaderNews::Opened { opening }, _) => self.opened(batch, file, opening),
            (ReaderNews::Segment { clocks }, source) => {
                if let Some(source) = source {
                    self.parcel(source, Parcel::Segment { bytes, clocks });
                }
                // Even what cannot be used has been taken, so that the reader goes on.
                self.batches.withheld.push_back(batch);
                self.give_leave();
            }
            (ReaderNews::Block { place }, Some(source)) => {
                self.parcel(source, Parcel::Block { place, bytes });
            }
            (
                ReaderNews::Progress {
                    read,
                    lines,
                    events,
                },
                _,
            ) => {
                state.progress.read = read;
                state.progress.lines = lines;
                state.progress.events = events;
            }
            (ReaderNews::Ended { record }, Some(source)) => {
                state.progress.read = state.progress.size;
                state.progress.lines = record.account.lines;
                state.progress.events = record.account.events;
                self.ended(source, record);
            }
            (ReaderNews::Block { .. } | ReaderNews::Ended { .. }, None) => {}
        }
    }

    fn opened(&mut self, batch: u32, file: u32, opening: Opening) {
        let date = opening.modified;
        let source = self.sources.begin(opening);
        self.trace.begin(source, date);
        if let Some(file) = self.batches.file(batch, file) {
            file.source = Some(source);
            file.progress.state = FileState::Reading;
        }
    }

    fn parcel(&mut self, number: SourceNumber, parcel: Parcel) {
        for parcel in self.sources.hold(number, parcel) {
            self.take_up(number, parcel);
        }
    }

    fn take_up(&mut self, number: SourceNumber, parcel: Parcel) {
        match parcel {
            Parcel::Segment { bytes, clocks } => self.segment(number, bytes, &clocks),
            Parcel::Block { place, bytes } => self.block(number, place, bytes),
        }
    }

    fn segment(&mut self, number: SourceNumber, bytes: Vec<u8>, clocks: &[HostClock]) {
        let Some(source) = self.sources.get_mut(number) else {
            return;
        };
        let index = source.add_segment();
        source.under_way += bytes.len() as u64;
        let stored = bytes.clone();
        if let Err(error) = self.trace.take_up(number, bytes, clocks) {
            let why = format!("What was read of it {error}.");
            self.give_up(number, FileState::Refused, &why);
            return;
        }
        self.underived = true;
        self.order(StoreOrder::Put {
            source: number,
            kind: PieceKind::Segment,
            index,
            bytes: stored,
        });
    }

    fn block(&mut self, number: SourceNumber, place: Place, bytes: Vec<u8>) {
        let Some(source) = self.sources.get_mut(number) else {
            return;
        };
        let index = source.add_block(place);
        source.under_way += bytes.len() as u64;
        self.order(StoreOrder::Put {
            source: number,
            kind: PieceKind::Block,
            index,
            bytes,
        });
    }

    fn ended(&mut self, number: SourceNumber, record: Box<Record>) {
        if self.sources.get(number).is_none() {
            return;
        }
        if record.refused {
            let why = record
                .remarks
                .last()
                .map_or("", |remark| &remark.text)
                .to_owned();
            self.give_up(number, FileState::Refused, &why);
            return;
        }
        if let Some(known) = self.sources.with_hash(&record.hash) {
            let why = format!("Its content is here already, as “{}”.", known.name());
            self.give_up(number, FileState::Known, &why);
            return;
        }
        let held = self
            .sources
            .get_mut(number)
            .map(|source| source.take_held());
        for parcel in held.unwrap_or_default() {
            self.take_up(number, parcel);
        }
        let Some(source) = self.sources.get_mut(number) else {
            return;
        };
        self.trace.set_clocks(number, &record.clocks);
        self.underived = true;
        let remarks = record.remarks.iter().map(|remark| remark.text.as_str());
        let remark = remarks.collect::<Vec<_>>().join(" ");
        source.stage = Stage::Committing;
        source.set_record(record.clone());
        self.sources.changed();
        self.batches.update(number, |progress| {
            progress.state = FileState::Keeping;
            progress.remark.clone_from(&remark);
        });
        self.order(StoreOrder::Commit {
            source: number,
            record,
        });
    }

    /// Nothing of a file stays.
    fn give_up(&mut self, number: SourceNumber, state: FileState, why: &str) {
        self.batches.update(number, |progress| {
            progress.state = state;
            progress.remark = why.to_owned();
        });
        self.abandon(number);
        self.give_leave();
    }

    /// Forgets an import and what the store has of it.
    fn abandon(&mut self, number: SourceNumber) {
        let is_put = self
            .sources
            .get(number)
            .is_some_and(|source| source.is_put());
        self.forget(number);
        if is_put {
            self.order(StoreOrder::Abandon { source: number });
        }
    }

    /// The page has ended the reader of a drop.
    pub(super) fn cancel(&mut self, number: u32) {
        let Some(batch) = self.batches.going_on(number) else {
            return;
        };
        batch.is_cancelled = true;
        batch.has_changed = true;
        let mut gone = Vec::new();
        for file in &mut batch.files {
            if matches!(file.progress.state, FileState::Waiting | FileState::Reading) {
                file.progress.state = FileState::Cancelled;
                gone.extend(file.source.take());
            }
        }
        self.batches.withheld.retain(|batch| *batch != number);
        for source in gone {
            self.abandon(source);
        }
        self.give_leave();
    }

    /// Bytes have reached the store.
    pub(super) fn put(&mut self, number: SourceNumber, bytes: u64) {
        if let Some(source) = self.sources.get_mut(number) {
            source.under_way = source.under_way.saturating_sub(bytes);
        }
        self.give_leave();
    }

    /// A source lasts.
    pub(super) fn committed(&mut self, number: SourceNumber) {
        if let Some(source) = self.sources.get_mut(number) {
            source.stage = Stage::Kept;
            source.under_way = 0;
            self.sources.changed();
            self.batches
                .update(number, |progress| progress.state = FileState::Done);
            self.give_leave();
        }
    }

    /// A source could not be kept. What is in the columns stays.
    pub(super) fn failed(&mut self, number: SourceNumber, why: &str) {
        let Some(source) = self.sources.get_mut(number) else {
            return;
        };
        source.stage = Stage::Unkept;
        source.under_way = 0;
        let name = source.name();
        let text = format!("“{name}” is in the table, but will be gone with this page. {why}");
        self.notice(true, text);
        self.sources.changed();
        self.batches
            .update(number, |progress| progress.state = FileState::Done);
        self.give_leave();
    }

    /// Lets waiting readers go on, if little enough is on its way to the store.
    fn give_leave(&mut self) {
        while self.sources.under_way() < PUTS {
            let Some(batch) = self.batches.withheld.pop_front() else {
                return;
            };
            self.effects.push(Effect::Taken { batch });
        }
    }
}
