//! One source from its bytes to segments, raw blocks and a record.
//!
//! A source is an imported file. Its bytes are unpacked, decoded, cut into lines, read by the format
//! that recognises them, and packed. Parsing never fails: whatever comes, there is an account of its
//! lines, and what was good is kept. Nothing that is given depends on the size of the pieces in which
//! the bytes came.

mod correction;
mod remarks;
mod statement;

use serde::{Deserialize, Serialize};

use crate::formats;
use crate::lines::Lines;
use crate::raw::{BLOCK_LEN, Blocks, Place};
pub use crate::remark::{Remark, RemarkKind};
use crate::text::Decoder;
use crate::time::{Clock, Zone};
use crate::unpack::Unpacker;
use crate::unreadable;
pub use correction::Correction;
use statement::{Body, Statement};

/// Numbers a source. Below [`FIRST_OF_SESSION`] it is the store's own key of a source that was committed
/// before this page was opened; from there on it was given to an import of this session, and the store
/// knows which key is meant.
pub type SourceNumber = u32;

pub const FIRST_OF_SESSION: SourceNumber = 1 << 31;

/// What is known of a file before its first byte is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Its path below the dropped folder, or its name. Nothing is ever concluded from it.
    pub name: String,
    /// Bytes on disk.
    pub size: u64,
    /// The file's own date, microseconds UTC.
    pub modified: Option<i64>,
    /// The zone for logs that give no evidence of theirs.
    pub assumed: Zone,
}

/// What a source gives while it is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Parcel {
    /// Events, and the clocks that their times are to be read by, as far as that is known.
    Segment {
        bytes: Vec<u8>,
        clocks: Vec<HostClock>,
    },
    /// Raw text.
    Block { place: Place, bytes: Vec<u8> },
}

/// One host of a source and how its times are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostClock {
    /// The host as its lines name it; empty for formats that name none.
    pub host: String,
    pub clock: Clock,
    /// What the person calls the host; empty where it is called as its lines name it.
    #[serde(default)]
    pub given_name: String,
    /// The host's lines leave out the year, or the zone.
    pub lacks_year: bool,
    pub lacks_zone: bool,
    /// The host's lines have dates such as 3/4/2026, which leave open what is the month.
    #[serde(default)]
    pub lacks_order: bool,
    /// Some of its dates prove that the day comes first, others that the month does.
    #[serde(default)]
    pub mixes_orders: bool,
}

/// A whole source: what the store commits last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub opening: Opening,
    /// The build that read it.
    pub build: String,
    /// Names the unpacked bytes: BLAKE3, hexadecimal.
    pub hash: String,
    /// Bytes, unpacked.
    pub unpacked: u64,
    /// Ids of the formats that were found.
    pub formats: Vec<String>,
    pub account: Account,
    pub clocks: Vec<HostClock>,
    /// What showed how it is to be read; `None` if nothing did.
    pub recognised_by: Option<RecognisedBy>,
    /// What was wrong, what was assumed.
    pub remarks: Vec<Remark>,
    /// Nothing of it could be used; the last remark says why.
    pub refused: bool,
    /// Length and checksum of each segment, in order.
    pub segments: Vec<Piece>,
    /// The same for the raw blocks, with their places.
    pub blocks: Vec<(Place, Piece)>,
}

/// By what the way to read a source was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecognisedBy {
    /// A header names the format or its columns.
    Header,
    /// A line has the form of the format's.
    Form,
    /// Syslog's header names the programs.
    Program,
}

/// What became of the lines: recognised + ignored + unknown = lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub lines: u64,
    pub recognised: u64,
    /// Those of the recognised whose content is not read yet.
    pub unread: u64,
    /// Of programs that are no mail programs.
    pub ignored: u64,
    pub unknown: u64,
    pub events: u64,
    /// The first few unknown lines: number and text, shortened.
    pub examples: Vec<(u64, String)>,
}

/// What the store checks a stored value against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub len: u64,
    pub checksum: u64,
}

impl Piece {
    pub fn of(bytes: &[u8]) -> Piece {
        Piece {
            len: bytes.len() as u64,
            checksum: crate::segment::checksum(bytes),
        }
    }
}

/// How many bytes are looked at before a file is taken for text.
const HEAD: usize = 4096;

/// Reads one source.
pub struct SourceReader {
    opening: Opening,
    build: String,
    /// Bytes on disk that were read.
    read: u64,
    unpacker: Unpacker,
    unpacked: Unpacked,
}

/// Everything behind the unpacking.
struct Unpacked {
    hasher: blake3::Hasher,
    len: u64,
    /// The first bytes, while they are gathered.
    head: Option<Vec<u8>>,
    /// Why the first bytes are no text.
    refusal: Option<String>,
    decoder: Decoder,
    text: Text,
}

/// Everything behind the decoding.
struct Text {
    len: u64,
    lines: Lines,
    blocks: Blocks,
    body: Body,
}

const NOT_READ: &str =
    "The file could not be read: it has changed, was moved, or may not be opened.";

impl SourceReader {
    /// `seed` decides nothing but where words lie in a table.
    pub fn new(opening: Opening, build: &str, seed: u64) -> SourceReader {
        let statement = Statement::new(opening.modified, opening.assumed.clone(), seed);
        SourceReader {
            opening,
            build: build.to_owned(),
            read: 0,
            unpacker: Unpacker::default(),
            unpacked: Unpacked {
                hasher: blake3::Hasher::new(),
                len: 0,
                head: Some(Vec::new()),
                refusal: None,
                decoder: Decoder::default(),
                text: Text {
                    len: 0,
                    lines: Lines::new(),
                    blocks: Blocks::default(),
                    body: Body::new(statement),
                },
            },
        }
    }

    /// Tells the end of a plain file ahead of its reading, which settles the year of its times early.
    pub fn tail(&mut self, bytes: &[u8]) {
        let last = bytes
            .rsplit(|byte| *byte == b'\n')
            .find_map(formats::syslog::envelope);
        let stamp = last.map(|envelope| envelope.stamp);
        self.unpacked.text.body.statement.expect_end(stamp);
    }

    /// Takes the next bytes as they lie on disk.
    pub fn push(&mut self, bytes: &[u8]) {
        self.read += bytes.len() as u64;
        if !self.is_refused() {
            let unpacked = &mut self.unpacked;
            self.unpacker.push(bytes, &mut |bytes| unpacked.push(bytes));
        }
    }

    /// The file has ended. `trouble` is a sentence for a file that could not be read to its end, or
    /// that grew while it was read.
    pub fn finish(&mut self, trouble: Option<String>) -> Record {
        // Of a file of which nothing came, the refusal says all there is to say.
        let trouble = trouble.filter(|_| self.read > 0);
        let mut remarks = Vec::from_iter(trouble.map(Remark::warning));
        if !self.is_refused() {
            let unpacked = &mut self.unpacked;
            self.unpacker.finish(&mut |bytes| unpacked.push(bytes));
            unpacked.finish();
            remarks.extend(
                self.unpacker
                    .damage()
                    .map(|damage| Remark::warning(damage.sentence())),
            );
        }
        let refusal = self.refusal();
        let refused = refusal.is_some();
        let unpacked = &mut self.unpacked;
        let statement = &mut unpacked.text.body.statement;
        let clocks = statement.final_clocks();
        if !refused {
            remarks.extend(remarks::of_text(statement, unpacked.decoder.is_half()));
            remarks.extend(remarks::of_clocks(&clocks));
        }
        remarks.append(&mut statement.remarks);
        remarks.extend(refusal.map(Remark::warning));
        let formats = statement.formats.iter();
        Record {
            opening: self.opening.clone(),
            build: self.build.clone(),
            hash: unpacked.hasher.finalize().to_hex().to_string(),
            unpacked: unpacked.len,
            formats: formats.map(|id| (*id).to_owned()).collect(),
            account: statement.account.clone(),
            clocks,
            recognised_by: statement.recognised_by,
            remarks,
            refused,
            segments: std::mem::take(&mut statement.segments),
            blocks: std::mem::take(&mut statement.blocks),
        }
    }

    /// The next parcel that is ready, in order.
    pub fn take(&mut self) -> Option<Parcel> {
        self.unpacked.text.body.statement.parcels.pop_front()
    }

    /// Bytes on disk that were read, lines and events so far.
    pub fn progress(&self) -> (u64, u64, u64) {
        let account = &self.unpacked.text.body.statement.account;
        (self.read, account.lines, account.events)
    }

    /// Nothing of the file can be used, so nothing more of it need be read.
    pub fn is_refused(&self) -> bool {
        self.unpacked.refusal.is_some()
    }

    /// Why nothing could be used, in a sentence.
    fn refusal(&self) -> Option<String> {
        let statement = &self.unpacked.text.body.statement;
        match &self.unpacked.refusal {
            _ if self.read == 0 && self.opening.size == 0 => Some("The file is empty.".to_owned()),
            // It held something when it was dropped.
            _ if self.read == 0 => Some(NOT_READ.to_owned()),
            Some(sentence) => Some(sentence.clone()),
            None if self.unpacked.len == 0 => {
                Some("Nothing could be unpacked from this file.".to_owned())
            }
            None if statement.account.recognised > 0 => None,
            None => Some(remarks::of_no_log(statement)),
        }
    }
}

impl Unpacked {
    fn push(&mut self, bytes: &[u8]) {
        match &mut self.head {
            None => self.take(bytes),
            Some(head) => {
                head.extend_from_slice(bytes);
                if head.len() >= HEAD {
                    self.begin();
                }
            }
        }
    }

    /// Looks at the first bytes, once there are enough of them or all.
    fn begin(&mut self) {
        let Some(mut bytes) = self.head.take() else {
            return;
        };
        let head = bytes.get(..HEAD).unwrap_or(&bytes);
        self.decoder = Decoder::detect(head);
        self.refusal = unreadable::sentence(head).filter(|_| self.decoder.is_bytes());
        if self.refusal.is_some() {
            // However much came at once, a refused file is known by its head.
            bytes.truncate(HEAD);
            self.hash(&bytes);
        } else {
            self.take(&bytes);
        }
    }

    fn hash(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.len += bytes.len() as u64;
    }

    fn take(&mut self, bytes: &[u8]) {
        if self.refusal.is_none() {
            self.hash(bytes);
            let text = &mut self.text;
            self.decoder.push(bytes, &mut |bytes| text.push(bytes));
        }
    }

    fn finish(&mut self) {
        self.begin();
        if self.refusal.is_none() {
            self.text.finish();
        }
    }
}

impl Text {
    fn push(&mut self, mut bytes: &[u8]) {
        let Text {
            len,
            lines,
            blocks,
            body,
        } = self;
        // Cut where blocks end, so that parcels come in one order whatever came at once.
        while !bytes.is_empty() {
            let room = BLOCK_LEN - (*len % BLOCK_LEN as u64) as usize;
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            lines.push(now, &mut |line| body.line(line));
            blocks.push(now, |place, block| body.statement.block(place, block));
            *len += now.len() as u64;
            bytes = later;
        }
    }

    fn finish(&mut self) {
        let body = &mut self.body;
        self.lines.finish(&mut |line| body.line(line));
        self.blocks
            .finish(|place, block| body.statement.block(place, block));
        body.finish();
    }
}

#[cfg(test)]
mod tests;
