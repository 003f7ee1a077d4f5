//! The whole program without a browser: what comes in, and what is to be done about it.
//!
//! The worker is a shell around this: it hands in [`Input`]s, calls [`Engine::step`] while there is
//! work, and carries out [`Effect`]s. Nothing here knows a browser, a clock or a disk, so a native test
//! can play any day of the page.

use crate::protocol::{ReaderReport, Reply, Request, Storage, Ticket};
use crate::source::Record;

/// Numbers a source. Below [`FIRST_OF_SESSION`] it is the store's own key of a source that was committed
/// before this page was opened; from there on it was given to an import of this session, and the store
/// knows which key is meant.
pub type SourceNumber = u32;

pub const FIRST_OF_SESSION: SourceNumber = 1 << 31;

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
    /// The source could not be kept; `why` is a sentence. It stays usable in memory.
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
}

/// What the store is to do.
#[derive(Clone, Debug)]
pub enum StoreOrder {
    PutSegment {
        source: SourceNumber,
        index: u32,
        bytes: Vec<u8>,
    },
    PutBlock {
        source: SourceNumber,
        index: u32,
        bytes: Vec<u8>,
    },
    /// After all pieces: writes the record, which makes the source exist.
    Commit {
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
    effects: Vec<Effect>,
}

impl Engine {
    /// `build` names the program; `seed` decides nothing but where words lie in a table.
    pub fn new(_build: &str, _seed: u64) -> Engine {
        Engine {
            effects: Vec::new(),
        }
    }

    /// Takes what comes. Quick: long work is left for [`Engine::step`].
    pub fn take(&mut self, _input: Input) {}

    /// Works until `go_on` says no or nothing is left; true if work is left.
    /// `go_on` is asked every few hundred microseconds of work.
    pub fn step(&mut self, _go_on: &mut dyn FnMut() -> bool) -> bool {
        false
    }

    /// What is to be done since the last call, in order.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}
