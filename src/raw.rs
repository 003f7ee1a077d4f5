//! The raw text of a source, byte for byte, in compressed blocks.
//!
//! Any status can show the very line that proves it, after a reload too. A block knows its first byte
//! and its first line; a line may span blocks. An event holds one number for its record: its offset in
//! the unpacked text.

use serde::{Deserialize, Serialize};

/// Bytes of text in one block.
pub const BLOCK_LEN: usize = 256 << 10;

/// The longest text shown of one record.
pub const SHOWN_LEN: usize = 16 << 10;

/// Where a block's text lies in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub first_byte: u64,
    /// Bytes of text.
    pub len: u32,
    /// Lines that ended before the block's first byte.
    pub first_line: u64,
}

/// Cuts a text into compressed blocks.
#[derive(Debug, Default)]
pub struct Blocks {
    text: Vec<u8>,
    first_byte: u64,
    first_line: u64,
}

impl Blocks {
    /// Takes the next bytes, and gives each block that is full.
    pub fn push(&mut self, mut bytes: &[u8], mut full: impl FnMut(Place, Vec<u8>)) {
        while !bytes.is_empty() {
            let room = BLOCK_LEN.saturating_sub(self.text.len()).min(bytes.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.text.extend_from_slice(now);
            bytes = later;
            if self.text.len() >= BLOCK_LEN {
                self.close(&mut full);
            }
        }
    }

    /// The text has ended: gives what is left.
    pub fn finish(&mut self, mut full: impl FnMut(Place, Vec<u8>)) {
        if !self.text.is_empty() {
            self.close(&mut full);
        }
    }

    fn close(&mut self, full: &mut impl FnMut(Place, Vec<u8>)) {
        let len = self.text.len();
        let place = Place {
            first_byte: self.first_byte,
            len: len as u32,
            first_line: self.first_line,
        };
        full(place, lz4_flex::block::compress_prepend_size(&self.text));
        self.first_byte += len as u64;
        self.first_line += memchr::memchr_iter(b'\n', &self.text).count() as u64;
        self.text.clear();
    }
}

/// The text of a block; `None` where its bytes are damaged.
pub fn unpack(block: &[u8]) -> Option<Vec<u8>> {
    // The size stands in front; one that no block has would only be a way to fill memory.
    let size = block
        .first_chunk::<4>()
        .map(|size| u32::from_le_bytes(*size))?;
    (size as usize <= BLOCK_LEN).then(|| lz4_flex::block::decompress_size_prepended(block).ok())?
}

/// The blocks, by index, that hold the text from `offset` on, as far as one record may reach.
pub fn blocks_at(places: &[Place], offset: u64) -> std::ops::Range<usize> {
    let first = places
        .partition_point(|place| place.first_byte <= offset)
        .saturating_sub(1);
    let end = places.partition_point(|place| place.first_byte < offset + SHOWN_LEN as u64);
    first..end.max(first)
}

/// A record as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// From 1.
    pub line: u64,
    /// Lossy where the bytes are no UTF-8; shortened where the line is enormous.
    pub text: String,
}

/// Cuts a record, which is a line or a JSON object, out of the text of the blocks that [`blocks_at`] named, joined.
///
/// `place` is the first of these blocks.
pub fn record_at(place: Place, text: &[u8], offset: u64) -> Option<Record> {
    let start = usize::try_from(offset.checked_sub(place.first_byte)?).ok()?;
    let (before, rest) = text.split_at_checked(start)?;
    let line_end = || memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let end = object_len(rest).unwrap_or_else(line_end);
    let shown = rest.get(..end.min(SHOWN_LEN))?;
    let mut shown_text = String::from_utf8_lossy(shown.trim_ascii_end()).into_owned();
    if shown.len() < end {
        shown_text.push('…');
    }
    let line = place.first_line + memchr::memchr_iter(b'\n', before).count() as u64 + 1;
    Some(Record {
        line,
        text: shown_text,
    })
}

/// The length of a JSON object that a text begins with, whatever lines it spans; `None` if it begins with
/// none, or its end is not among what is shown.
fn object_len(text: &[u8]) -> Option<usize> {
    if text.first() != Some(&b'{') {
        return None;
    }
    let (mut depth, mut quoted, mut escaped) = (0u32, false, false);
    for (at, byte) in text.iter().take(SHOWN_LEN).enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_object_is_shown_whole_and_alone() {
        let place = Place {
            first_byte: 100,
            len: 0,
            first_line: 7,
        };
        let shown = |text: &str, offset| record_at(place, text.as_bytes(), offset).unwrap();
        let pretty = "[\n{\n \"s\": \"}\\\"{\",\n \"d\": {}\n},\n{}]";
        let record = shown(pretty, 102);
        assert_eq!(record.line, 9);
        assert_eq!(record.text, "{\n \"s\": \"}\\\"{\",\n \"d\": {}\n}");
        assert_eq!(shown("[{\"a\":1},{\"b\":2}]", 101).text, "{\"a\":1}");
        assert_eq!(shown("{never\nclosed", 100).text, "{never");
    }

    fn blocks(text: &[u8], step: usize) -> (Vec<Place>, Vec<Vec<u8>>) {
        let (mut places, mut packed) = (Vec::new(), Vec::new());
        let mut blocks = Blocks::default();
        let mut full = |place, block| {
            places.push(place);
            packed.push(block);
        };
        text.chunks(step)
            .for_each(|chunk| blocks.push(chunk, &mut full));
        blocks.finish(&mut full);
        (places, packed)
    }

    #[test]
    fn every_line_is_found_again_over_block_borders() {
        let lines: Vec<String> = (0..20_000)
            .map(|n| format!("line {n} {}\n", "x".repeat(n % 90)))
            .collect();
        let text = lines.concat().into_bytes();
        let (places, packed) = blocks(&text, 999_983);
        assert!(places.len() > 3);
        assert_eq!(
            blocks(&text, 4096),
            (places.clone(), packed.clone()),
            "whatever the chunks"
        );
        let mut offset = 0u64;
        for (index, line) in lines.iter().enumerate() {
            if index % 997 == 0 {
                let range = blocks_at(&places, offset);
                let first = places[range.start];
                let joined: Vec<u8> = range
                    .flat_map(|idx| unpack(&packed[idx]).unwrap())
                    .collect();
                let record = record_at(first, &joined, offset).unwrap();
                assert_eq!(
                    record,
                    Record {
                        line: index as u64 + 1,
                        text: line.trim_end().into()
                    }
                );
            }
            offset += line.len() as u64;
        }
    }

    #[test]
    fn a_damaged_block_is_none() {
        let (_, packed) = blocks(b"hello hello hello hello hello", 4);
        assert!(unpack(&packed[0][..5]).is_none());
        assert!(unpack(&[255, 255, 255, 255, 0]).is_none());
    }
}
