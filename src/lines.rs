//! Bytes to lines over chunk borders.
//!
//! A line that lies whole in a chunk is given without being copied; one that spans chunks is carried.
//! Nothing here knows what a line says.

/// The longest line that is read, in bytes; what goes beyond is passed over without being held.
pub const LONGEST: usize = 1 << 20;

/// One physical line, without its line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawLine<'a> {
    /// Its first byte, counted in the source's unpacked text.
    pub offset: u64,
    pub bytes: &'a [u8],
    /// False for a last line without line end: it may be half a line.
    pub ended: bool,
    /// The line is longer than the longest that is read, and only its beginning is here.
    pub shortened: bool,
}

/// Cuts a text into lines, at LF or CRLF.
///
/// NULs at a line's beginning are no part of it: a machine that lost its power, or a log that was
/// emptied under its writer, leaves them, gigabytes at times.
#[derive(Debug, Default)]
pub struct Lines {
    /// Where the text so far ends.
    end: u64,
    /// The line that has not ended yet: where it begins, how long it is so far, and as much of it as
    /// may be given, with room for a `\r`.
    offset: u64,
    len: u64,
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
            if self.len > 0 {
                self.carry(offset, piece);
                self.give_carried(true, each);
            } else {
                let line = after_nuls(piece);
                let nuls = piece.len() - line.len();
                each(raw(offset + nuls as u64, line, line.len() as u64, true));
            }
            start = end + 1;
        }
        let rest = bytes.get(start..).unwrap_or_default();
        self.carry(self.end + start as u64, rest);
        self.end += bytes.len() as u64;
    }

    /// The text has ended: gives a last line that had no line end.
    pub fn finish(&mut self, each: &mut impl FnMut(RawLine<'_>)) {
        if self.len > 0 {
            self.give_carried(false, each);
        }
    }

    /// Holds a piece of the line that has not ended yet.
    fn carry(&mut self, offset: u64, piece: &[u8]) {
        let mut piece = piece;
        if self.len == 0 {
            let line = after_nuls(piece);
            self.offset = offset + (piece.len() - line.len()) as u64;
            piece = line;
        }
        let room = (LONGEST + 1).saturating_sub(self.carry.len());
        self.carry
            .extend_from_slice(piece.get(..piece.len().min(room)).unwrap_or_default());
        self.len += piece.len() as u64;
    }

    fn give_carried(&mut self, ended: bool, each: &mut impl FnMut(RawLine<'_>)) {
        each(raw(self.offset, &self.carry, self.len, ended));
        self.carry.clear();
        self.len = 0;
    }
}

/// `held` is the line's beginning, all of it unless it is longer than the longest by more than a `\r`.
fn raw(offset: u64, held: &[u8], len: u64, ended: bool) -> RawLine<'_> {
    let whole = held.len() as u64 == len;
    // A `\r` that ends the text is half a line end.
    let line = held.strip_suffix(b"\r").filter(|_| whole).unwrap_or(held);
    let shown = line.get(..LONGEST);
    RawLine {
        offset,
        bytes: shown.unwrap_or(line),
        ended,
        shortened: line.len() > LONGEST,
    }
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

    type Owned = (u64, Vec<u8>, bool, bool);

    fn cut(text: &[u8], step: usize) -> Vec<Owned> {
        let mut given = Vec::new();
        let mut each = |line: RawLine<'_>| {
            given.push((line.offset, line.bytes.to_vec(), line.ended, line.shortened));
        };
        let mut lines = Lines::new();
        text.chunks(step)
            .for_each(|chunk| lines.push(chunk, &mut each));
        lines.finish(&mut each);
        given
    }

    fn line(offset: u64, text: &str, ended: bool) -> Owned {
        (offset, text.as_bytes().to_vec(), ended, false)
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
    fn a_line_over_the_longest_is_given_once_and_shortened() {
        for (len, shortened) in [
            (LONGEST - 1, false),
            (LONGEST, false),
            (LONGEST + 1, true),
            (LONGEST + 2, true),
            (3 * LONGEST, true),
        ] {
            for end in ["\n", "\r\n"] {
                let text = format!("a\n{}{end}b\n", "x".repeat(len));
                for step in [4096, 1 << 20, text.len()] {
                    let given = cut(text.as_bytes(), step);
                    assert_eq!(given.len(), 3);
                    assert_eq!((given[1].0, given[1].1.len()), (2, len.min(LONGEST)));
                    assert_eq!(given[1].3, shortened, "{len} {end:?} in steps of {step}");
                    assert_eq!(given[2], line((2 + len + end.len()) as u64, "b", true));
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
            lines.push(&chunk, &mut |_| given += 1);
        }
        assert!(lines.carry.capacity() <= 2 * LONGEST + 2);
        lines.finish(&mut |line| {
            given += 1;
            assert!(line.shortened && !line.ended && line.bytes.len() == LONGEST);
        });
        assert_eq!(given, 1);
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
