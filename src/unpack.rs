//! Bytes as they lie on disk to the text they hold: gzip is unpacked, all else passes.
//!
//! Every byte before a damage is given. Members that follow one another (`cat a.gz b.gz`) are one
//! text, and zeros behind the last one (padding of a tape or a block device) are no damage.

use flate2::{Decompress, FlushDecompress, Status};

/// A stream's first bytes decide what it is.
#[derive(Debug)]
pub struct Unpacker {
    state: State,
    /// Bytes of a gzip header or trailer that is not whole yet.
    held: Vec<u8>,
    out: Vec<u8>,
    damage: Option<Damage>,
    members: u32,
}

#[derive(Debug)]
enum State {
    /// Fewer bytes than it takes to tell.
    Start,
    Plain,
    Header,
    Body {
        inflate: Box<Decompress>,
        crc: flate2::Crc,
    },
    Trailer {
        crc: u32,
        len: u32,
    },
    /// After a damage: nothing more is taken.
    Ended,
}

/// What is wrong with a packed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It ends before its end.
    Cut,
    /// Its bytes make no sense from here on.
    Broken,
    /// It was read to its end, and its checksum says that something in it was changed.
    Checksum,
    /// Behind its end stands something that is neither gzip nor padding.
    Surplus,
}

impl Damage {
    /// A sentence for the account.
    pub fn sentence(self) -> &'static str {
        match self {
            Damage::Cut => {
                "The gzip file is cut off: all text before the cut was read. Copy the file again to have the rest."
            }
            Damage::Broken => {
                "The gzip file is damaged: all text before the damage was read, nothing after it could be. Copy the file again to have the rest."
            }
            Damage::Checksum => {
                "The gzip file was read to its end, but its checksum does not fit: some of its text may have been changed. Copy the file again to be sure."
            }
            Damage::Surplus => {
                "Behind the end of the gzip file stands something that is not gzip; it was left out."
            }
        }
    }
}

const OUT_LEN: usize = 256 << 10;

impl Default for Unpacker {
    fn default() -> Self {
        Unpacker {
            state: State::Start,
            held: Vec::new(),
            out: vec![0; OUT_LEN],
            damage: None,
            members: 0,
        }
    }
}

impl Unpacker {
    /// Whether the bytes so far are gzip.
    pub fn is_gzip(&self) -> bool {
        !matches!(self.state, State::Start | State::Plain)
    }

    /// What is wrong, once that is known.
    pub fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// Takes the next bytes and gives the text that they hold.
    pub fn push(&mut self, bytes: &[u8], text: &mut impl FnMut(&[u8])) {
        if let State::Start = self.state {
            self.held.extend_from_slice(bytes);
            let plain = !b"\x1f\x8b"
                .starts_with(self.held.get(..self.held.len().min(2)).unwrap_or_default());
            if !plain && self.held.len() < 2 {
                return;
            }
            self.state = if plain { State::Plain } else { State::Header };
            let held = std::mem::take(&mut self.held);
            return self.push(&held, text);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match self.state {
                State::Start | State::Ended => return,
                State::Plain => {
                    text(rest);
                    return;
                }
                State::Header => self.header(rest),
                State::Body { .. } => self.body(rest, text),
                State::Trailer { .. } => self.trailer(rest),
            };
        }
    }

    /// The file has ended.
    pub fn finish(&mut self, text: &mut impl FnMut(&[u8])) {
        match self.state {
            State::Start => text(&std::mem::take(&mut self.held)),
            State::Header if self.members > 0 && self.held.iter().all(|byte| *byte == 0) => {}
            State::Plain | State::Ended => {}
            State::Header | State::Body { .. } | State::Trailer { .. } => {
                self.damage = Some(Damage::Cut);
            }
        }
    }

    fn end(&mut self, damage: Damage) {
        self.damage = Some(damage);
        self.state = State::Ended;
        self.held = Vec::new();
    }

    /// RFC 1952 2.3; a header is a few bytes, so it is gathered until it is whole.
    fn header<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let held_before = self.held.len();
        // A header with a name and a comment of 64 kB is no header.
        let room = (64usize << 10).saturating_sub(held_before);
        self.held
            .extend_from_slice(rest.get(..rest.len().min(room)).unwrap_or_default());
        if self.members > 0 {
            // Between members: padding.
            let zeros = self.held.iter().take_while(|byte| **byte == 0).count();
            if zeros == self.held.len() {
                self.held.clear();
                return rest.get(room..).unwrap_or_default();
            }
            if zeros > 0 && zeros >= held_before {
                self.held.clear();
                return rest.get(zeros - held_before..).unwrap_or_default();
            }
        }
        match header_len(&self.held) {
            HeaderLen::Whole(len) => {
                self.held.clear();
                self.state = State::Body {
                    inflate: Box::new(Decompress::new(false)),
                    crc: flate2::Crc::new(),
                };
                rest.get(len.saturating_sub(held_before)..)
                    .unwrap_or_default()
            }
            HeaderLen::Short if room > rest.len() => &[],
            HeaderLen::Short | HeaderLen::Wrong => {
                self.end(if self.members > 0 {
                    Damage::Surplus
                } else {
                    Damage::Broken
                });
                &[]
            }
        }
    }

    fn body<'a>(&mut self, rest: &'a [u8], text: &mut impl FnMut(&[u8])) -> &'a [u8] {
        let State::Body { inflate, crc } = &mut self.state else {
            return rest;
        };
        let (was_in, was_out) = (inflate.total_in(), inflate.total_out());
        let result = inflate.decompress(rest, &mut self.out, FlushDecompress::None);
        let used = (inflate.total_in() - was_in) as usize;
        let made = (inflate.total_out() - was_out) as usize;
        let unpacked = self.out.get(..made).unwrap_or_default();
        if made > 0 {
            crc.update(unpacked);
            text(unpacked);
        }
        match result {
            Ok(Status::StreamEnd) => {
                self.state = State::Trailer {
                    crc: crc.sum(),
                    len: crc.amount(),
                };
            }
            Ok(_) if used > 0 || made > 0 => {}
            Ok(_) | Err(_) => {
                self.end(Damage::Broken);
                return &[];
            }
        }
        rest.get(used..).unwrap_or_default()
    }

    fn trailer<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let State::Trailer { crc, len } = self.state else {
            return rest;
        };
        let missing = 8usize.saturating_sub(self.held.len()).min(rest.len());
        let (now, later) = rest.split_at_checked(missing).unwrap_or((rest, &[]));
        self.held.extend_from_slice(now);
        if self.held.len() < 8 {
            return later;
        }
        let told = [crc.to_le_bytes(), len.to_le_bytes()].concat();
        let fits = self.held == told;
        self.held.clear();
        self.members += 1;
        self.state = State::Header;
        if !fits {
            self.damage = Some(Damage::Checksum);
        }
        later
    }
}

enum HeaderLen {
    Whole(usize),
    Short,
    Wrong,
}

fn header_len(bytes: &[u8]) -> HeaderLen {
    let magic = b"\x1f\x8b\x08";
    let shared = bytes.len().min(magic.len());
    if bytes.get(..shared) != magic.get(..shared) {
        return HeaderLen::Wrong;
    }
    whole_header_len(bytes).map_or(HeaderLen::Short, HeaderLen::Whole)
}

/// `None` while the header is not whole.
fn whole_header_len(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(3)?;
    let mut len = 10;
    if flags & 4 != 0 {
        let extra = bytes
            .get(len..len + 2)?
            .first_chunk()
            .map(|len| u16::from_le_bytes(*len))?;
        len += 2 + usize::from(extra);
    }
    // A name, then a comment, each up to a zero byte.
    for flag in [8, 16] {
        if flags & flag != 0 {
            len += memchr::memchr(0, bytes.get(len..)?)? + 1;
        }
    }
    len += if flags & 2 != 0 { 2 } else { 0 };
    (bytes.len() >= len).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let builder = flate2::GzBuilder::new()
            .filename("mail.log")
            .comment("of mx1")
            .extra(*b"xy");
        let mut encoder = builder.write(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(bytes: &[u8], step: usize) -> (Vec<u8>, Option<Damage>) {
        let (mut unpacker, mut out) = (Unpacker::default(), Vec::new());
        for chunk in bytes.chunks(step) {
            unpacker.push(chunk, &mut |text| out.extend_from_slice(text));
        }
        unpacker.finish(&mut |text| out.extend_from_slice(text));
        (out, unpacker.damage())
    }

    fn log() -> Vec<u8> {
        (0..9000u32)
            .flat_map(|n| {
                format!("{n} {} Sep  4 mx1\n", n.wrapping_mul(2_654_435_761)).into_bytes()
            })
            .collect()
    }

    #[test]
    fn members_follow_one_another_and_padding_is_no_damage() {
        let (a, b) = (gzip(b"first\n"), gzip(&log()));
        let both = [a, vec![0; 700], b, vec![0; 1000]].concat();
        let want = [b"first\n".to_vec(), log()].concat();
        for step in [1, 7, 4096, both.len()] {
            assert_eq!(
                unpack(&both, step),
                (want.clone(), None),
                "in steps of {step}"
            );
        }
    }

    #[test]
    fn every_byte_before_a_cut_is_given() {
        let whole = gzip(&log());
        let cut = &whole[..whole.len() / 2];
        for step in [1, 4096, cut.len()] {
            let (text, damage) = unpack(cut, step);
            assert_eq!(damage, Some(Damage::Cut));
            assert!(
                text.len() > log().len() / 3 && log().starts_with(&text),
                "{}",
                text.len()
            );
        }
        assert_eq!(
            unpack(&whole[..whole.len() - 3], 100),
            (log(), Some(Damage::Cut))
        );
    }

    #[test]
    fn every_byte_before_a_damage_is_given_whatever_the_steps() {
        let mut broken = gzip(&log());
        let middle = broken.len() / 2;
        broken[middle..middle + 40].fill(0xFF);
        let (text, damage) = unpack(&broken, broken.len());
        assert!(
            matches!(damage, Some(Damage::Broken | Damage::Checksum)),
            "{damage:?}"
        );
        assert!(text.len() > log().len() / 3);
        assert_eq!(unpack(&broken, 1).0, text);
    }

    #[test]
    fn surplus_and_plain_and_empty() {
        let tail = [gzip(b"a\n"), b"not gzip at all".to_vec()].concat();
        assert_eq!(unpack(&tail, 5), (b"a\n".to_vec(), Some(Damage::Surplus)));
        assert_eq!(unpack(b"\x1f", 1), (b"\x1f".to_vec(), None));
        assert_eq!(unpack(b"plain text", 3), (b"plain text".to_vec(), None));
        assert_eq!(unpack(b"", 3), (b"".to_vec(), None));
        let mut changed = gzip(b"hello");
        let end = changed.len() - 6;
        changed[end] ^= 1;
        assert_eq!(
            unpack(&changed, 2),
            (b"hello".to_vec(), Some(Damage::Checksum))
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), step in 1..50usize) {
            unpack(&[b"\x1f\x8b\x08".to_vec(), bytes.clone()].concat(), step);
            unpack(&[gzip(b"x"), bytes].concat(), step);
        }
    }
}
