//! Bytes to lines over chunk borders.
//!
//! A line that lies whole in a chunk is given without being copied; one that spans chunks is carried.
//! A line that is longer than anything that should be held is given in pieces, cut at places that do
//! not depend on the chunks. Nothing here knows what a line says.

/// The longest line that is given whole, in bytes, and the length of the pieces of longer ones.
pub const LONGEST: usize = 1 << 20;

/// One physical line, without its line end, or a piece of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawLine<'a> {
    /// Its first byte, counted in the source's unpacked text.
    pub offset: u64,
    pub bytes: &'a [u8],
    /// False for a last line without line end, which may be half a line, and for a piece that is not
    /// the line's last.
    pub ended: bool,
    pub part: Part,
}

/// How much of a line is given at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// The beginning of a line that is longer than [`LONGEST`].
    First,
    Middle,
    Last,
}

/// Cuts a text into lines, at LF or CRLF.
///
/// NULs at a line's beginning are no part of it: a machine that lost its power, or a log that was
/// emptied under its writer, leaves them, gigabytes at times.
#[derive(Debug, Default)]
pub struct Lines {
    /// Where the text so far ends.
    end: u64,
    /// The line that has not ended yet: where what is held of it begins, whether a piece was given
    /// before, and what is held, with room for a `\r` and one byte more.
    offset: u64,
    in_pieces: bool,
    carry: Vec<u8>,
}

impl Lines {
    pub fn new() -> Lines {
        Lines::default()
    }

    /// Takes the next bytes and gives each line that has ended.
    pub fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(RawLine<'_>)) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            let piece = bytes.get(start..end).unwrap_or_default();
            let offset = self.end + start as u64;
            if self.in_pieces || !self.carry.is_empty() {
                self.carry(offset, piece, each);
                self.give_carried(true, each);
            } else {
                let line = after_nuls(piece);
                let nuls = piece.len() - line.len();
                give(offset + nuls as u64, line, true, false, each);
            }
            start = end + 1;
        }
        let rest = bytes.get(start..).unwrap_or_default();
        self.carry(self.end + start as u64, rest, each);
        self.end += bytes.len() as u64;
    }

    /// The text has ended: gives a last line that had no line end.
    pub fn finish(&mut self, each: &mut impl FnMut(RawLine<'_>)) {
        if self.in_pieces || !self.carry.is_empty() {
            self.give_carried(false, each);
        }
    }

    /// Holds a piece of the line that has not ended yet, and gives of it what is too long to be held.
    fn carry(&mut self, offset: u64, mut piece: &[u8], each: &mut impl FnMut(RawLine<'_>)) {
        /// So many bytes are a line that is longer than the longest, `\r` or not.
        const HELD: usize = LONGEST + 2;
        if !self.in_pieces && self.carry.is_empty() {
            let line = after_nuls(piece);
            self.offset = offset + (piece.len() - line.len()) as u64;
            piece = line;
        }
        while !piece.is_empty() {
            let room = HELD - self.carry.len();
            let (now, later) = piece.split_at_checked(room).unwrap_or((piece, &[]));
            self.carry.extend_from_slice(now);
            piece = later;
            if self.carry.len() == HELD {
                each(RawLine {
                    offset: self.offset,
                    bytes: self.carry.get(..LONGEST).unwrap_or_default(),
                    ended: false,
                    part: match self.in_pieces {
                        false => Part::First,
                        true => Part::Middle,
                    },
                });
                self.carry.drain(..LONGEST);
                self.offset += LONGEST as u64;
                self.in_pieces = true;
            }
        }
    }

    fn give_carried(&mut self, ended: bool, each: &mut impl FnMut(RawLine<'_>)) {
        give(self.offset, &self.carry, ended, self.in_pieces, each);
        self.carry.clear();
        self.in_pieces = false;
    }
}

/// Gives the rest of a line, or a whole one, as one piece or as several.
fn give(
    mut offset: u64,
    line: &[u8],
    ended: bool,
    mut in_pieces: bool,
    each: &mut impl FnMut(RawLine<'_>),
) {
    // A `\r` that ends the text is half a line end.
    let mut line = line.strip_suffix(b"\r").unwrap_or(line);
    while let Some((bytes, rest)) = line
        .split_at_checked(LONGEST)
        .filter(|(_, rest)| !rest.is_empty())
    {
        each(RawLine {
            offset,
            bytes,
            ended: false,
            part: match in_pieces {
                false => Part::First,
                true => Part::Middle,
            },
        });
        in_pieces = true;
        offset += LONGEST as u64;
        line = rest;
    }
    each(RawLine {
        offset,
        bytes: line,
        ended,
        part: match in_pieces {
            false => Part::Whole,
            true => Part::Last,
        },
    });
}

fn after_nuls(piece: &[u8]) -> &[u8] {
    match piece {
        [0, ..] => {
            let nuls = piece.iter().take_while(|byte| **byte == 0).count();
            piece.get(nuls..).unwrap_or_default()
        }
        _ => piece,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Owned = (u64, Vec<u8>, bool, Part);

    fn cut(text: &[u8], step: usize) -> Vec<Owned> {
        let mut given = Vec::new();
        let mut each = |line: RawLine<'_>| {
            given.push((line.offset, line.bytes.to_vec(), line.ended, line.part));
        };
        let mut lines = Lines::new();
        text.chunks(step)
            .for_each(|chunk| lines.push(chunk, &mut each));
        lines.finish(&mut each);
        given
    }

    fn line(offset: u64, text: &str, ended: bool) -> Owned {
        (offset, text.as_bytes().to_vec(), ended, Part::Whole)
    }

    #[test]
    fn lines_end_at_lf_and_crlf_wherever_chunks_end() {
        let text = b"one\r\ntwo\n\n\r\nth\rree\r\r\nlast";
        let want = vec![
            line(0, "one", true),
            line(5, "two", true),
            line(9, "", true),
            line(10, "", true),
            line(12, "th\rree\r", true),
            line(21, "last", false),
        ];
        for step in 1..=text.len() {
            assert_eq!(cut(text, step), want, "in steps of {step}");
        }
        assert_eq!(cut(b"cut\r", 1), [line(0, "cut", false)]);
        assert!(cut(b"", 1).is_empty());
    }

    #[test]
    fn nuls_before_a_line_are_passed_over_and_counted() {
        let padding = vec![0; 5000];
        let text = [b"a\n", &padding[..], b"b\n\0\0\n\0c\0d\n", &padding[..]].concat();
        let want = vec![
            line(0, "a", true),
            line(5002, "b", true),
            line(5006, "", true),
            line(5008, "c\0d", true),
        ];
        for step in [1, 7, 4096, text.len()] {
            assert_eq!(cut(&text, step), want, "in steps of {step}");
        }
    }

    #[test]
    fn a_line_over_the_longest_is_given_in_pieces() {
        for (len, pieces) in [
            (LONGEST - 1, 1),
            (LONGEST, 1),
            (LONGEST + 1, 2),
            (LONGEST + 2, 2),
            (2 * LONGEST, 2),
            (2 * LONGEST + 1, 3),
            (3 * LONGEST, 3),
        ] {
            for end in ["", "\n", "\r\n"] {
                let long: String = (0..len)
                    .map(|at| char::from(b'a' + (at % 26) as u8))
                    .collect();
                let text = format!("a\n{long}{end}");
                for step in [4096, 1 << 20, text.len()] {
                    let given = cut(text.as_bytes(), step);
                    let told = format!("{len} {end:?} in steps of {step}");
                    assert_eq!(given.len(), 1 + pieces, "{told}");
                    let (given, mut at) = (&given[1..], 0);
                    for (index, (offset, bytes, ended, part)) in given.iter().enumerate() {
                        assert_eq!(*offset, 2 + at as u64, "{told}");
                        assert_eq!(bytes[..], long.as_bytes()[at..at + bytes.len()], "{told}");
                        let is_last = index + 1 == pieces;
                        assert_eq!(*ended, is_last && !end.is_empty(), "{told}");
                        let want = match (index, is_last) {
                            (0, true) => Part::Whole,
                            (0, false) => Part::First,
                            (_, true) => Part::Last,
                            (_, false) => Part::Middle,
                        };
                        assert_eq!(*part, want, "{told}");
                        at += bytes.len();
                    }
                    assert_eq!(at, len, "{told}");
                }
            }
        }
    }

    #[test]
    fn an_endless_line_holds_no_more_than_the_longest() {
        let mut lines = Lines::new();
        let chunk = vec![b'x'; 1 << 20];
        let mut given = 0;
        for _ in 0..100 {
            lines.push(&chunk, &mut |line| {
                assert!(!line.ended);
                given += line.bytes.len();
            });
        }
        assert!(lines.carry.capacity() <= 2 * LONGEST + 2);
        lines.finish(&mut |line| {
            assert!(line.part == Part::Last && !line.ended);
            given += line.bytes.len();
        });
        assert_eq!(given, 100 << 20);
    }

    proptest! {
        #[test]
        fn no_byte_is_lost_whatever_the_chunks(text in prop::collection::vec(prop::sample::select(b"a\r\n\0z".to_vec()), 0..200), step in 1..20usize) {
            let whole = cut(&text, text.len().max(1));
            prop_assert_eq!(&cut(&text, step), &whole);
            for (offset, bytes, ..) in &whole {
                let start = *offset as usize;
                prop_assert_eq!(&text[start..start + bytes.len()], &bytes[..]);
            }
            let ends = memchr::memchr_iter(b'\n', &text).count();
            prop_assert_eq!(whole.iter().filter(|line| line.2).count(), ends);
        }
    }
}
