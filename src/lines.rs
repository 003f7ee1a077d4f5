//! Bytes to lines over chunk borders.

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

/// Cuts a text into lines.
#[derive(Debug, Default)]
pub struct Lines {}

impl Lines {
    pub fn new() -> Lines {
        Lines::default()
    }

    /// Takes the next bytes and gives each line that has ended.
    pub fn push(&mut self, _bytes: &[u8], _each: &mut impl FnMut(RawLine<'_>)) {}

    /// The text has ended: gives a last line that had no line end.
    pub fn finish(&mut self, _each: &mut impl FnMut(RawLine<'_>)) {}
}
