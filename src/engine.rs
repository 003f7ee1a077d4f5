//! The whole program without a browser: what comes in, and what is to be done about it.
//!
//! The worker is a shell around this: it hands in [`Input`]s, calls [`Engine::step`] while there is
//! work, and carries out [`Effect`]s. Nothing here knows a browser, a clock or a disk, so a native test
//! can play any day of the page.

mod corrections;
mod import;
mod lines;
mod questions;
mod sources;

use std::collections::VecDeque;

use crate::delivery::Settings;
use crate::formats::FORMATS;
use crate::protocol::{Notice, ReaderReport, Reply, Request, Storage, Ticket};
use crate::source::{Record, SourceNumber};
use crate::trace::Trace;
use import::Batches;
use lines::Lines;
use questions::Questions;
use sources::Sources;

/// What comes to the engine.
#[derive(Clone, Debug)]
pub enum Input {
    /// From the page.
    Request(Box<Request>),
    /// From a reader; `bytes` are those of a segment or a raw block, else empty.
    Reader {
        report: ReaderReport,
        bytes: Vec<u8>,
    },
    /// From the store.
    Store(StoreNews),
}

/// What the store says.
#[derive(Clone, Debug)]
pub enum StoreNews {
    /// Said once: whether there is a store. Its sources follow, newest first.
    Opened {
        storage: Storage,
    },
    /// A committed source; its segments follow, then [`StoreNews::Loaded`].
    Source {
        source: SourceNumber,
        record: Box<Record>,
    },
    Segment {
        source: SourceNumber,
        bytes: Vec<u8>,
    },
    Loaded {
        source: SourceNumber,
    },
    /// A committed source doesn't read back, so it is absent; `why` is a sentence.
    Damaged {
        source: SourceNumber,
        why: String,
    },
    /// All committed sources have been named and loaded.
    AllLoaded,
    /// So many bytes of puts are complete.
    Put {
        source: SourceNumber,
        bytes: u64,
    },
    /// The record is written: the source lasts.
    Committed {
        source: SourceNumber,
    },
    /// Instead of [`StoreNews::Committed`]: the source could not be kept; `why` is a sentence. It stays
    /// usable in memory, its raw blocks as far as the store still has them.
    Failed {
        source: SourceNumber,
        why: String,
    },
    /// The answer to [`StoreOrder::Blocks`], in order; `None` for one that doesn't read back.
    Blocks {
        ticket: Ticket,
        source: SourceNumber,
        first: u32,
        blocks: Vec<Option<Vec<u8>>>,
    },
    /// Another tab removed the source.
    Gone {
        source: SourceNumber,
    },
    /// Another tab corrected the source.
    Amended {
        source: SourceNumber,
        record: Box<Record>,
    },
    /// [`StoreOrder::Amend`] could not be done; `why` is a sentence.
    NotAmended {
        source: SourceNumber,
        why: String,
    },
}

/// Which of a source's two kinds of pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PieceKind {
    Segment,
    /// Raw text.
    Block,
}

/// What the store is to do.
#[derive(Clone, Debug)]
pub enum StoreOrder {
    Put {
        source: SourceNumber,
        kind: PieceKind,
        index: u32,
        bytes: Vec<u8>,
    },
    /// After all pieces: writes the record, which makes the source exist.
    Commit {
        source: SourceNumber,
        record: Box<Record>,
    },
    /// Writes the record of a committed source anew. If it is gone, nothing is written, and
    /// [`StoreNews::Gone`] tells so.
    Amend {
        source: SourceNumber,
        record: Box<Record>,
    },
    /// Forgets the pieces of an import that will not be committed.
    Abandon {
        source: SourceNumber,
    },
    Remove {
        source: SourceNumber,
    },
    Erase,
    /// Reads raw blocks `first .. first + count`.
    Blocks {
        ticket: Ticket,
        source: SourceNumber,
        first: u32,
        count: u32,
    },
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Effect {
    Reply(Reply),
    /// The reader of this drop may send one more segment.
    Taken {
        batch: u32,
    },
    Store(StoreOrder),
}

/// Holds the columns, derives, and answers.
pub struct Engine {
    seed: u64,
    settings: Settings,
    trace: Trace,
    storage: Storage,
    sources: Sources,
    batches: Batches,
    questions: Questions,
    lines: Lines,
    /// What is still to be looked at: the page's requests go before all else.
    requests: VecDeque<Request>,
    arrivals: VecDeque<Arrival>,
    /// After an arrival it is the turn of deriving, so that rows appear while segments still come.
    derive_next: bool,
    underived: bool,
    /// All that is kept has been read back.
    restored: bool,
    /// The page's numbers are not complete, so it must hear when they could be.
    told_incomplete: bool,
    pace: Pace,
    effects: Vec<Effect>,
}

/// What may take a while, in the order in which it came.
#[derive(Debug)]
enum Arrival {
    Reader {
        report: ReaderReport,
        bytes: Vec<u8>,
    },
    Store(StoreNews),
}

/// Says when the page hears that rows have changed.
///
/// The page then searches again, and that takes the longer the more there is. So it is told again only
/// when as much other work is done, or when nothing is left to do.
#[derive(Debug)]
struct Pace {
    /// The trace's revision that the page knows of; `None` if it must hear of the present one.
    told: Option<u64>,
    /// Work of the newest search, counted in questions whether to go on, and other work since the page
    /// was told.
    spent_searching: u64,
    spent_since: u64,
}

impl Engine {
    /// `build` names the program; `seed` decides nothing but where words lie in a table.
    pub fn new(build: &str, seed: u64) -> Engine {
        let trace = Trace::new(seed);
        let titles = FORMATS.iter().map(|format| format.title());
        Engine {
            seed,
            settings: Settings::default(),
            pace: Pace {
                told: Some(trace.revision()),
                spent_searching: 0,
                spent_since: 0,
            },
            trace,
            storage: Storage::Opening,
            sources: Sources::default(),
            batches: Batches::default(),
            questions: Questions::default(),
            lines: Lines::default(),
            requests: VecDeque::new(),
            arrivals: VecDeque::new(),
            derive_next: false,
            underived: false,
            restored: false,
            told_incomplete: false,
            effects: vec![Effect::Reply(Reply::Ready {
                build: build.to_owned(),
                formats: titles.map(str::to_owned).collect(),
            })],
        }
    }

    /// Takes what comes. Quick: long work is left for [`Engine::step`].
    pub fn take(&mut self, input: Input) {
        match input {
            Input::Request(request) => self.requests.push_back(*request),
            Input::Reader { report, bytes } => {
                self.arrivals.push_back(Arrival::Reader { report, bytes });
            }
            Input::Store(StoreNews::Opened { storage }) => {
                self.storage = storage.clone();
                self.reply(Reply::Storage { storage });
            }
            Input::Store(StoreNews::Put { source, bytes }) => self.put(source, bytes),
            Input::Store(StoreNews::Committed { source }) => self.committed(source),
            Input::Store(StoreNews::Failed { source, why }) => self.failed(source, &why),
            Input::Store(StoreNews::Blocks {
                ticket,
                source,
                first,
                blocks,
            }) => {
                if let Some(reply) = self.lines.blocks(ticket, source, first, &blocks) {
                    self.reply(reply);
                }
            }
            Input::Store(news) => self.arrivals.push_back(Arrival::Store(news)),
        }
    }

    /// Works until `go_on` says no or nothing is left; true if work is left.
    /// `go_on` is asked every few hundred microseconds of work.
    pub fn step(&mut self, go_on: &mut dyn FnMut() -> bool) -> bool {
        loop {
            if let Some(request) = self.requests.pop_front() {
                self.answer(request);
            } else if self.questions.is_searching() {
                // While a search runs nothing else is done, so it sees one state of the trace.
                self.search(go_on);
            } else if self.underived && (self.derive_next || self.arrivals.is_empty()) {
                let spent = &mut self.pace.spent_since;
                self.underived = self.trace.derive(&mut || {
                    *spent += 1;
                    go_on()
                });
                self.derive_next = false;
            } else if let Some(arrival) = self.arrivals.pop_front() {
                self.pace.spent_since += 1;
                self.arrive(arrival);
                self.derive_next = true;
            } else {
                break;
            }
            if !go_on() {
                break;
            }
        }
        self.has_work()
    }

    /// What is to be done since the last call, in order.
    pub fn effects(&mut self) -> Vec<Effect> {
        if self.sources.take_changed() {
            let sources = self.source_views();
            self.reply(Reply::Sources { sources });
        }
        let progress = self.batches.take_progress();
        self.effects.extend(progress.map(Effect::Reply));
        if self.told_incomplete && self.is_complete() && !self.has_work() {
            self.told_incomplete = false;
            self.pace.told = None;
        }
        let revision = Some(self.trace.revision());
        let is_time = self.pace.spent_since >= self.pace.spent_searching || !self.has_work();
        if self.pace.told != revision && is_time {
            self.pace.told = revision;
            self.pace.spent_since = 0;
            self.reply(Reply::Changed);
        }
        std::mem::take(&mut self.effects)
    }

    /// Whether all that was dropped and all that is kept is taken up and derived.
    fn is_complete(&self) -> bool {
        self.restored && !self.underived && self.arrivals.is_empty() && !self.batches.is_reading()
    }

    fn has_work(&self) -> bool {
        !self.requests.is_empty()
            || self.questions.is_searching()
            || !self.arrivals.is_empty()
            || self.underived
    }

    fn answer(&mut self, request: Request) {
        match request {
            Request::Search {
                ticket,
                query,
                sort,
            } => {
                self.pace.spent_searching = 0;
                self.questions.search(ticket, query, sort);
            }
            Request::Rows {
                ticket,
                from,
                count,
            } => {
                let reply = self.questions.rows(&self.trace, ticket, from, count);
                self.effects.extend(reply.map(Effect::Reply));
            }
            Request::Detail { ticket, delivery } => self.detail(ticket, delivery),
            Request::Import { batch, files } => self.batches.announce(batch, files),
            Request::Cancel { batch } => self.cancel(batch),
            Request::Settings { settings } => self.decide_by(settings),
            Request::Correct {
                source,
                host,
                correction,
            } => self.correct(source, &host, &correction),
            Request::Remove { source } => self.remove(source),
            Request::Erase => self.erase(),
        }
    }

    fn search(&mut self, go_on: &mut dyn FnMut() -> bool) {
        let mut spent = 0;
        let replies = self.questions.step(&self.trace, &mut || {
            spent += 1;
            go_on()
        });
        self.pace.spent_searching += spent;
        let complete = self.is_complete();
        for mut reply in replies {
            if let Reply::Found { found, .. } = &mut reply {
                found.complete = complete;
                self.told_incomplete = !complete;
            }
            self.reply(reply);
        }
    }

    fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Reader { report, bytes } => self.read(report, bytes),
            Arrival::Store(news) => self.restore(news),
        }
    }

    /// Forgets a source wherever it may be known.
    fn forget(&mut self, source: SourceNumber) {
        let known = self.sources.get(source);
        if known.is_some_and(|source| source.is_taken_up()) {
            self.trace.forget(source);
            self.lines.forget(source);
            self.questions.again();
            self.underived = true;
        }
        self.sources.remove(source);
    }

    /// Decides contested cases in another way from now on.
    fn decide_by(&mut self, settings: Settings) {
        if std::mem::replace(&mut self.settings, settings) != settings {
            self.trace.set_settings(settings);
            self.questions.again();
            self.underived = true;
        }
    }

    fn erase(&mut self) {
        // That all was read back is true still, and said only once.
        self.arrivals
            .retain(|arrival| matches!(arrival, Arrival::Store(StoreNews::AllLoaded)));
        self.batches.cancel_all();
        self.sources.clear();
        self.lines = Lines::default();
        self.trace = Trace::new(self.seed);
        self.trace.set_settings(self.settings);
        self.questions.again();
        self.pace.told = None;
        self.order(StoreOrder::Erase);
    }

    fn reply(&mut self, reply: Reply) {
        self.effects.push(Effect::Reply(reply));
    }

    fn order(&mut self, order: StoreOrder) {
        self.effects.push(Effect::Store(order));
    }

    fn notice(&mut self, grave: bool, text: String) {
        self.reply(Reply::Notice {
            notice: Notice { grave, text },
        });
    }
}
