//! A dictionary of words: every distinct text once, known by a number.
//!
//! Number 0 is the empty word, so "the line does not say" needs no place of its own.
//! Numbers are given in order of arrival and never reach a result.
//! Bytes lie in fixed pages, so that growing never copies what is there; the table is seeded, because
//! logs are written by strangers.

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher as _;

/// The number of a word in one dictionary.
pub type Word = u32;

const PAGE: usize = 1 << 20;

#[derive(Clone, Debug)]
pub struct Words {
    seed: FixedState,
    table: HashTable<Word>,
    texts: Texts,
}

/// The words' bytes, by number.
#[derive(Clone, Debug, Default)]
struct Texts {
    pages: Vec<Vec<u8>>,
    /// Page, first byte and length of each word but the empty one.
    places: Vec<(u32, u32, u32)>,
}

impl Texts {
    fn get(&self, word: Word) -> &[u8] {
        let place = (word as usize)
            .checked_sub(1)
            .and_then(|index| self.places.get(index));
        let text = place.and_then(|(page, start, len)| {
            let page = self.pages.get(*page as usize)?;
            page.get(*start as usize..)?.get(..*len as usize)
        });
        text.unwrap_or_default()
    }

    fn push(&mut self, text: &[u8]) -> Word {
        let fits = self
            .pages
            .last()
            .is_some_and(|page| page.capacity() - page.len() >= text.len());
        if !fits {
            self.pages.push(Vec::with_capacity(text.len().max(PAGE)));
        }
        let page_idx = self.pages.len() - 1;
        if let Some(page) = self.pages.last_mut() {
            self.places
                .push((page_idx as u32, page.len() as u32, text.len() as u32));
            page.extend_from_slice(text);
        }
        self.places.len() as Word
    }
}

impl Words {
    /// An empty dictionary. The seed decides nothing but where words lie in the table.
    pub fn new(seed: u64) -> Words {
        Words {
            seed: FixedState::with_seed(seed),
            table: HashTable::new(),
            texts: Texts::default(),
        }
    }

    /// The number of a word, which is given one if it is new.
    pub fn intern(&mut self, text: &[u8]) -> Word {
        if text.is_empty() {
            return 0;
        }
        let hash = self.seed.hash_one(text);
        let (texts, seed) = (&self.texts, &self.seed);
        if let Some(word) = self.table.find(hash, |word| texts.get(*word) == text) {
            return *word;
        }
        let word = self.texts.push(text);
        let texts = &self.texts;
        self.table
            .insert_unique(hash, word, |word| seed.hash_one(texts.get(*word)));
        word
    }

    /// The number of a word that is there already.
    pub fn find(&self, text: &[u8]) -> Option<Word> {
        if text.is_empty() {
            return Some(0);
        }
        let hash = self.seed.hash_one(text);
        self.table
            .find(hash, |word| self.texts.get(*word) == text)
            .copied()
    }

    /// A word's bytes; empty for 0 and for a number that was never given.
    pub fn get(&self, word: Word) -> &[u8] {
        self.texts.get(word)
    }

    /// How many numbers there are, the empty word's included.
    pub fn len(&self) -> usize {
        self.texts.places.len() + 1
    }

    /// Whether the empty word is the only one.
    pub fn is_empty(&self) -> bool {
        self.texts.places.is_empty()
    }

    /// Every word but the empty one, in order of its number.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (1..self.len()).map(|word| self.texts.get(word as Word))
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.texts.pages.iter().map(Vec::capacity).sum::<usize>()
            + self.texts.places.capacity() * 12
            + self.table.capacity() * 5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbered_once() {
        let mut words = Words::new(1);
        assert_eq!(words.intern(b""), 0);
        let ann = words.intern(b"ann@contoso.example");
        assert_eq!(words.intern(b"bob@contoso.example"), ann + 1);
        assert_eq!(words.intern(b"ann@contoso.example"), ann);
        assert_eq!(words.find(b"nobody"), None);
        assert_eq!(words.get(ann), b"ann@contoso.example");
        assert_eq!(words.get(99), b"");
        assert_eq!(words.iter().count(), 2);
    }

    #[test]
    fn a_word_longer_than_a_page_has_one_of_its_own() {
        let mut words = Words::new(1);
        let long = vec![b'x'; PAGE * 2];
        let word = words.intern(&long);
        let next = words.intern(b"short");
        assert_eq!(words.get(word), long);
        assert_eq!(words.get(next), b"short");
    }
}
