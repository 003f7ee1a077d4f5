//! One column of a segment: a number a row, 0 for "not said", packed as narrowly as its values allow.
//!
//! ```text
//! byte 0      encoding: 0 constant, 1 dense, 2 sparse
//! byte 1      bytes a value: 0 (constant), 1, 2, 4, 8
//! bytes 2-9   base, 10-17 unit (both u64, little endian): value = base + unit * stored
//! dense       one stored value a row
//! sparse      u32 count of values, one bit a row in u64 words, one u32 rank a word, then the values
//! ```

use std::ops::Range;

/// A column that is being filled.
#[derive(Clone, Debug, Default)]
pub(super) struct Builder {
    values: Vec<u64>,
}

impl Builder {
    /// Sets a row's value; rows are set in ascending order, those that are skipped hold 0.
    pub(super) fn set(&mut self, row: usize, value: u64) {
        if value != 0 {
            self.values.resize(row, 0);
            self.values.push(value);
        }
    }

    /// Appends the packed column and empties the builder for the next segment.
    pub(super) fn pack(&mut self, rows: usize, out: &mut Vec<u8>) {
        let set = self.values.iter().filter(|value| **value != 0).count();
        let sparse = set * 2 < rows;
        self.values.resize(rows, 0);
        let chosen = || {
            self.values
                .iter()
                .copied()
                .filter(|value| !sparse || *value != 0)
        };
        let base = chosen().min().unwrap_or(0);
        let unit = chosen()
            .fold(0, |unit, value| gcd(value - base, unit))
            .max(1);
        let top = chosen()
            .map(|value| (value - base) / unit)
            .max()
            .unwrap_or(0);
        let width = match top {
            0 => 0,
            1..=0xFF => 1,
            0x100..=0xFFFF => 2,
            0x1_0000..=0xFFFF_FFFF => 4,
            _ => 8,
        };
        let encoding = if sparse && set > 0 {
            2
        } else {
            u8::from(width > 0)
        };
        out.extend_from_slice(&[encoding, width]);
        out.extend_from_slice(&base.to_le_bytes());
        out.extend_from_slice(&unit.to_le_bytes());
        if encoding == 2 {
            self.pack_rows(set, out);
        }
        for value in chosen() {
            let stored = ((value - base) / unit).to_le_bytes();
            out.extend(stored.iter().take(usize::from(width)));
        }
        self.values.clear();
    }

    /// Which rows of a sparse column hold a value.
    fn pack_rows(&self, set: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&(set as u32).to_le_bytes());
        let words = self.values.chunks(64).map(|chunk| {
            let bit = |(bit, value): (usize, &u64)| u64::from(*value != 0) << bit;
            chunk.iter().enumerate().map(bit).sum::<u64>()
        });
        let words: Vec<u64> = words.collect();
        out.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        let mut rank = 0u32;
        for word in words {
            out.extend_from_slice(&rank.to_le_bytes());
            rank += word.count_ones();
        }
    }
}

/// The greatest common divisor; of 0 and a number, the number. Ends at once when `unit` is 1.
fn gcd(mut value: u64, mut unit: u64) -> u64 {
    if unit == 1 {
        return 1;
    }
    while value != 0 {
        (unit, value) = (value, unit % value);
    }
    unit
}

/// Where a packed column lies in a segment's bytes, and how it is read.
#[derive(Clone, Debug)]
pub(super) struct Column {
    width: u8,
    base: u64,
    unit: u64,
    values: Range<usize>,
    /// The bits and the ranks of a sparse column.
    rows: Option<(Range<usize>, Range<usize>)>,
}

impl Column {
    /// Reads a column's head at `at` and moves `at` behind the column; `None` if it does not fit.
    pub(super) fn read(bytes: &[u8], at: &mut usize, rows: usize) -> Option<Column> {
        let head: &[u8; 18] = bytes.get(*at..)?.first_chunk()?;
        let [encoding, width, numbers @ ..] = head;
        let (base, unit) = numbers.split_first_chunk::<8>()?;
        let base = u64::from_le_bytes(*base);
        let unit = u64::from_le_bytes(*unit.first_chunk()?);
        if !matches!(
            (encoding, width),
            (0, 0) | (1, 1 | 2 | 4 | 8) | (2, 0 | 1 | 2 | 4 | 8)
        ) {
            return None;
        }
        *at += head.len();
        let mut take = |len: usize| {
            let range = *at..at.checked_add(len)?;
            bytes.get(range.clone())?;
            *at = range.end;
            Some(range)
        };
        let (rows, count) = match encoding {
            0 => (None, 0),
            1 => (None, rows),
            _ => {
                let count = bytes
                    .get(take(4)?)?
                    .first_chunk()
                    .copied()
                    .map(u32::from_le_bytes)?;
                let words = rows.div_ceil(64);
                (Some((take(words * 8)?, take(words * 4)?)), count as usize)
            }
        };
        let values = take(count.checked_mul(usize::from(*width))?)?;
        Some(Column {
            width: *width,
            base,
            unit,
            values,
            rows,
        })
    }

    /// A row's value; 0 where it has none, and for bytes that make no sense.
    pub(super) fn get(&self, bytes: &[u8], row: usize) -> u64 {
        let index = match &self.rows {
            None => row,
            Some((bits, ranks)) => match rank(bytes, bits, ranks, row) {
                Some(index) => index,
                None => return 0,
            },
        };
        let stored = match self.width {
            0 => 0,
            width => stored(bytes, &self.values, width, index),
        };
        self.base.wrapping_add(self.unit.wrapping_mul(stored))
    }

    /// Whether no row has a value.
    pub(super) fn is_empty(&self) -> bool {
        self.width == 0 && self.base == 0
    }
}

/// How many rows before this one hold a value; `None` if this one holds none.
fn rank(bytes: &[u8], bits: &Range<usize>, ranks: &Range<usize>, row: usize) -> Option<usize> {
    let word = bytes
        .get(bits.clone())?
        .get(row / 64 * 8..)?
        .first_chunk()?;
    let word = u64::from_le_bytes(*word);
    let before = bytes
        .get(ranks.clone())?
        .get(row / 64 * 4..)?
        .first_chunk()?;
    let bit = 1u64 << (row % 64);
    let within = (word & (bit - 1)).count_ones();
    (word & bit != 0).then_some((u32::from_le_bytes(*before).saturating_add(within)) as usize)
}

fn stored(bytes: &[u8], values: &Range<usize>, width: u8, index: usize) -> u64 {
    let values = bytes.get(values.clone()).unwrap_or_default();
    let at = |width: usize| values.get(index * width..);
    let value = match width {
        1 => values.get(index).map(|byte| u64::from(*byte)),
        2 => at(2)
            .and_then(|rest| rest.first_chunk())
            .map(|v| u64::from(u16::from_le_bytes(*v))),
        4 => at(4)
            .and_then(|rest| rest.first_chunk())
            .map(|v| u64::from(u32::from_le_bytes(*v))),
        _ => at(8)
            .and_then(|rest| rest.first_chunk())
            .map(|v| u64::from_le_bytes(*v)),
    };
    value.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pack(values: &[u64]) -> Vec<u8> {
        let mut builder = Builder::default();
        for (row, value) in values.iter().enumerate() {
            builder.set(row, *value);
        }
        let mut bytes = Vec::new();
        builder.pack(values.len(), &mut bytes);
        bytes
    }

    fn unpack(bytes: &[u8], rows: usize) -> Vec<u64> {
        let mut at = 0;
        let column = Column::read(bytes, &mut at, rows).unwrap();
        assert_eq!(at, bytes.len(), "all bytes belong to the column");
        (0..rows).map(|row| column.get(bytes, row)).collect()
    }

    #[test]
    fn times_a_second_apart_take_two_bytes() {
        let times: Vec<u64> = (0..1000)
            .map(|row| 1_790_000_000_000_000 + row * 1_000_000)
            .collect();
        let bytes = pack(&times);
        assert_eq!(bytes.len(), 18 + 2 * times.len());
        assert_eq!(unpack(&bytes, times.len()), times);
    }

    #[test]
    fn an_empty_column_takes_its_head_only() {
        assert_eq!(pack(&[0; 100]).len(), 18);
    }

    proptest! {
        #[test]
        fn packed_and_unpacked_are_equal(
            values in prop::collection::vec(prop_oneof![3 => Just(0), 2 => 0..300u64, 1 => any::<u64>()], 0..300)
        ) {
            prop_assert_eq!(unpack(&pack(&values), values.len()), values);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), rows in 0..100usize) {
            let mut at = 0;
            if let Some(column) = Column::read(&bytes, &mut at, rows) {
                (0..rows + 2).for_each(|row| { column.get(&bytes, row); });
            }
        }
    }
}
