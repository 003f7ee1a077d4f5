//! Bytes to text: UTF-16 becomes UTF-8, byte order marks go, all else passes.
//!
//! What passes is not looked at: a log mixes encodings, and a byte that is no UTF-8 is made readable
//! where it is shown, not here.

/// Decodes a source's unpacked bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Bytes of the byte order mark that are still to come.
    mark: usize,
    utf16: Option<Utf16>,
}

/// What of a UTF-16 text is not whole yet.
#[derive(Debug)]
struct Utf16 {
    big_endian: bool,
    first_byte: Option<u8>,
    high_surrogate: Option<u16>,
    out: Vec<u8>,
}

/// How many bytes show whether a text without byte order mark is UTF-16.
const LOOKED_AT: usize = 512;

impl Decoder {
    /// The encoding that the first bytes speak for (formats.md 0.2).
    ///
    /// Reports that Exchange Online offers for download are UTF-16LE, often without a byte order mark:
    /// then every other byte of what is mostly ASCII is NUL, and those beside it are not.
    pub fn detect(head: &[u8]) -> Decoder {
        let (mark, big_endian) = match head {
            [0xEF, 0xBB, 0xBF, ..] => (3, None),
            [0xFF, 0xFE, ..] => (2, Some(false)),
            [0xFE, 0xFF, ..] => (2, Some(true)),
            _ => (0, byte_order(head.get(..LOOKED_AT).unwrap_or(head))),
        };
        Decoder {
            mark,
            utf16: big_endian.map(|big_endian| Utf16 {
                big_endian,
                first_byte: None,
                high_surrogate: None,
                out: Vec::new(),
            }),
        }
    }

    /// Whether bytes pass as they are: the text is not UTF-16.
    pub fn is_bytes(&self) -> bool {
        self.utf16.is_none()
    }

    /// Whether the bytes so far end in half a UTF-16 character.
    pub fn is_half(&self) -> bool {
        let half = |utf16: &Utf16| utf16.first_byte.is_some() || utf16.high_surrogate.is_some();
        self.utf16.as_ref().is_some_and(half)
    }

    /// Takes the next bytes and gives their text.
    pub fn push(&mut self, bytes: &[u8], text: &mut impl FnMut(&[u8])) {
        let mark = self.mark.min(bytes.len());
        self.mark -= mark;
        let bytes = bytes.get(mark..).unwrap_or_default();
        match &mut self.utf16 {
            None => text(bytes),
            Some(utf16) => {
                utf16.decode(bytes);
                text(&utf16.out);
                utf16.out.clear();
            }
        }
    }
}

/// Whether UTF-16 without byte order mark is big endian; `None` for a text that is no UTF-16.
fn byte_order(head: &[u8]) -> Option<bool> {
    let (pairs, _) = head.as_chunks::<2>();
    let first = pairs.iter().filter(|[first, _]| *first == 0).count();
    let second = pairs.iter().filter(|[_, second]| *second == 0).count();
    let most = |nuls: usize| nuls * 10 > pairs.len() * 6;
    match (most(first), most(second)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        // NULs on both sides are a crash's padding.
        _ => None,
    }
}

impl Utf16 {
    fn decode(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        if let (Some(first), Some((second, after))) = (self.first_byte, rest.split_first()) {
            self.first_byte = None;
            self.pair([first, *second]);
            rest = after;
        }
        let (pairs, odd) = rest.as_chunks::<2>();
        pairs.iter().for_each(|pair| self.pair(*pair));
        self.first_byte = self.first_byte.or(odd.first().copied());
    }

    fn pair(&mut self, pair: [u8; 2]) {
        let unit = if self.big_endian {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        };
        match (self.high_surrogate.take(), unit) {
            (None, 0..=0x7F) => self.out.push(unit as u8),
            (high, 0xD800..=0xDBFF) => {
                if high.is_some() {
                    self.character(char::REPLACEMENT_CHARACTER);
                }
                self.high_surrogate = Some(unit);
            }
            (high, _) => {
                for decoded in char::decode_utf16(high.into_iter().chain([unit])) {
                    self.character(decoded.unwrap_or(char::REPLACEMENT_CHARACTER));
                }
            }
        }
    }

    fn character(&mut self, character: char) {
        let mut buffer = [0; 4];
        let utf8 = character.encode_utf8(&mut buffer);
        self.out.extend_from_slice(utf8.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(bytes: &[u8], step: usize) -> (Vec<u8>, bool) {
        let mut decoder = Decoder::detect(bytes);
        let mut out = Vec::new();
        for chunk in bytes.chunks(step) {
            decoder.push(chunk, &mut |text| out.extend_from_slice(text));
        }
        (out, decoder.is_half())
    }

    fn utf16(text: &str, mark: bool, big_endian: bool) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        let units = mark.into_iter().chain(text.encode_utf16());
        let bytes = |unit: u16| {
            if big_endian {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        units.flat_map(bytes).collect()
    }

    const TEXT: &str = "origin_timestamp,sender_address\r\n2026-09-14,ünï@contoso.example 😀 €\r\n";

    #[test]
    fn utf_16_is_decoded_with_and_without_its_mark() {
        for (mark, big_endian) in [(true, true), (true, false), (false, true), (false, false)] {
            let bytes = utf16(TEXT, mark, big_endian);
            for step in [1, 2, 3, 7, bytes.len()] {
                assert_eq!(
                    decode(&bytes, step),
                    (TEXT.as_bytes().to_vec(), false),
                    "mark {mark}, big endian {big_endian}, in steps of {step}"
                );
            }
        }
    }

    #[test]
    fn the_mark_of_utf_8_goes_and_other_bytes_pass() {
        let marked = [b"\xEF\xBB\xBF".as_slice(), TEXT.as_bytes()].concat();
        for step in [1, 2, 3, marked.len()] {
            assert_eq!(decode(&marked, step).0, TEXT.as_bytes());
        }
        let latin = b"Sep  4 08:12:44 mx1 app: Gr\xFC\xDFe \xEF\xBB\xBF\0";
        assert_eq!(decode(latin, 3), (latin.to_vec(), false));
        assert_eq!(decode(b"", 1), (vec![], false));
    }

    #[test]
    fn padding_is_not_taken_for_utf_16() {
        let padded = [&[0; 450][..], b"Sep  4 08:12:44 mx1 postfix/qmgr[1]: x\n"].concat();
        assert!(Decoder::detect(&padded).is_bytes());
        assert!(Decoder::detect(&[0; 600]).is_bytes());
        assert!(Decoder::detect(b"\0").is_bytes());
    }

    #[test]
    fn half_a_character_at_the_end_is_dropped_and_known() {
        let mut bytes = utf16("log 😀", true, false);
        bytes.pop();
        for step in [1, 2, bytes.len()] {
            assert_eq!(decode(&bytes, step), (b"log ".to_vec(), true));
        }
        bytes.pop();
        assert_eq!(decode(&bytes, 3), (b"log ".to_vec(), true));
    }

    #[test]
    fn lone_surrogates_are_replaced() {
        let lone: Vec<u8> = [0xFEFF, 0xD83D, 0xD83D, 0xDE00, 0xDE00, 0xD83D, 0x41]
            .into_iter()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decode(&lone, 1).0, "\u{FFFD}😀\u{FFFD}\u{FFFD}A".as_bytes());
    }

    proptest! {
        #[test]
        fn chunks_change_nothing(bytes in prop::collection::vec(any::<u8>(), 0..200), step in 1..9usize) {
            for mark in [&b""[..], b"\xFF\xFE", b"\xFE\xFF", b"\xEF\xBB\xBF"] {
                let bytes = [mark, &bytes].concat();
                prop_assert_eq!(decode(&bytes, step), decode(&bytes, bytes.len().max(1)));
            }
        }

        #[test]
        fn every_text_is_read_back(text in "\\PC*", big_endian in any::<bool>()) {
            prop_assert_eq!(decode(&utf16(&text, true, big_endian), 5).0, text.as_bytes());
        }
    }
}
