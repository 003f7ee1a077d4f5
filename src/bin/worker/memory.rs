//! The store where the browser keeps nothing: raw text lies in memory until the page is closed.
//!
//! Segments are not kept here: the engine has them in its columns.

use std::collections::BTreeMap;

use mailtrace::engine::{PieceKind, StoreNews, StoreOrder};
use mailtrace::source::SourceNumber;

#[derive(Debug, Default)]
pub(crate) struct Memory {
    blocks: BTreeMap<(SourceNumber, u32), Vec<u8>>,
}

impl Memory {
    /// Does what is ordered, and says what came of it.
    pub(crate) fn order(&mut self, order: StoreOrder) -> Option<StoreNews> {
        match order {
            StoreOrder::Put {
                source,
                kind,
                index,
                bytes,
            } => {
                let len = bytes.len() as u64;
                if kind == PieceKind::Block {
                    self.put(source, index, bytes);
                }
                Some(StoreNews::Put { source, bytes: len })
            }
            StoreOrder::Commit { source, .. } => Some(StoreNews::Committed { source }),
            // The engine has the record.
            StoreOrder::Amend { .. } => None,
            StoreOrder::Abandon { source } | StoreOrder::Remove { source } => {
                self.forget(source);
                None
            }
            StoreOrder::Erase => {
                self.blocks.clear();
                None
            }
            StoreOrder::Blocks {
                ticket,
                source,
                first,
                count,
            } => Some(StoreNews::Blocks {
                ticket,
                source,
                first,
                blocks: (0..count)
                    .map(|at| self.get(source, first.checked_add(at)?))
                    .collect(),
            }),
        }
    }

    pub(crate) fn put(&mut self, source: SourceNumber, index: u32, bytes: Vec<u8>) {
        self.blocks.insert((source, index), bytes);
    }

    pub(crate) fn get(&self, source: SourceNumber, index: u32) -> Option<Vec<u8>> {
        self.blocks.get(&(source, index)).cloned()
    }

    pub(crate) fn forget(&mut self, source: SourceNumber) {
        self.blocks.retain(|(owner, _), _| *owner != source);
    }
}
