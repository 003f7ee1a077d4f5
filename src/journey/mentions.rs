//! By what a bucket is found: each key leads to the buckets that name it.

use std::hash::Hash;

use hashbrown::{HashMap, HashSet};

use super::Seed;
use crate::pages::Pages;

const NONE: u32 = u32::MAX;
/// Lists are mostly shorter than this, and looked through; what is in longer ones is noted.
const SHORT: usize = 4;

/// Lists of buckets by key, each bucket once. Nothing is ever taken out: whoever looks a key up asks the
/// bucket itself whether it still holds.
pub(super) struct Mentions<K> {
    /// The newest of each list, which leads to the others.
    heads: HashMap<K, u32, Seed>,
    list: Pages<(u32, u32)>,
    /// What is in the lists that are too long to be looked through.
    noted: HashSet<(K, u32), Seed>,
}

impl<K: Copy + Eq + Hash> Mentions<K> {
    pub(super) fn new(seed: Seed) -> Mentions<K> {
        Mentions {
            heads: HashMap::with_hasher(seed.clone()),
            list: Pages::default(),
            noted: HashSet::with_hasher(seed),
        }
    }

    /// The buckets that name a key, in no order that means anything.
    pub(super) fn of(&self, key: K) -> impl Iterator<Item = u32> + '_ {
        let mut at = self.heads.get(&key).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let (bucket_idx, before) = *self.list.get(at as usize)?;
            at = before;
            Some(bucket_idx)
        })
    }

    /// Adds a bucket to those that name a key; true if that is news.
    pub(super) fn add(&mut self, key: K, bucket_idx: u32) -> bool {
        let mut list = self.of(key);
        if list.by_ref().take(SHORT).any(|known| known == bucket_idx) {
            return false;
        }
        let is_long = list.next().is_some();
        drop(list);
        if is_long && !self.noted.insert((key, bucket_idx)) {
            return false;
        }
        let before = self.heads.get(&key).copied().unwrap_or(NONE);
        let at = self.list.push((bucket_idx, before)) as u32;
        self.heads.insert(key, at);
        true
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> usize {
        self.list.memory()
            + self.heads.capacity() * (size_of::<(K, u32)>() + 1)
            + self.noted.capacity() * (size_of::<(K, u32)>() + 1)
    }
}
