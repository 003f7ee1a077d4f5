//! One source from its bytes to segments, raw blocks and a record.
//!
//! A source is an imported file. Its bytes are unpacked, decoded, cut into lines, read by the format
//! that recognises them, and packed. Parsing never fails: whatever comes, there is an account of its
//! lines, and what was good is kept.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::event::{Event, Stamp};
use crate::formats::{self, FORMATS, Line, Reader, Reading, Sink, Syntax};
use crate::lines::Lines;
use crate::protocol::Account;
use crate::raw::{Blocks, Place};
use crate::segment::Packer;
use crate::text::Decoder;
use crate::time::{Clock, Tracker, Zone};
use crate::unpack::Unpacker;
use crate::unreadable;

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
    /// The host's lines leave out the year, or the zone.
    pub lacks_year: bool,
    pub lacks_zone: bool,
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
    /// Sentences: what was wrong, what was assumed.
    pub remarks: Vec<String>,
    /// Nothing of it could be used; the last remark says why.
    pub refused: bool,
    /// Length and checksum of each segment, in order.
    pub segments: Vec<Piece>,
    /// The same for the raw blocks, with their places.
    pub blocks: Vec<(Place, Piece)>,
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

/// The first segment closes early, so that rows appear at once.
const FIRST_SEGMENT: u64 = 1 << 20;
/// Bytes of text in a later segment: few enough to be taken up in one breath.
const SEGMENT: u64 = 4 << 20;
/// How many bytes are looked at before a file is taken for text.
const HEAD: usize = 4096;
const EXAMPLES: usize = 5;
const EXAMPLE_LEN: usize = 300;

/// Reads one source.
pub struct SourceReader {
    opening: Opening,
    build: String,
    unpacker: Unpacker,
    hasher: blake3::Hasher,
    read: u64,
    unpacked: u64,
    head: Vec<u8>,
    /// False while the first bytes are still gathered.
    begun: bool,
    refused: bool,
    decoder: Decoder,
    lines: Lines,
    blocks: Blocks,
    body: Body,
}

/// Everything behind the lines, apart so that lines can be cut while events are taken.
struct Body {
    syntax: Option<Box<dyn Reader>>,
    statement: Statement,
}

/// What the lines have stated.
struct Statement {
    packer: Packer,
    hosts: Vec<(Vec<u8>, Tracker)>,
    last_host: usize,
    account: Account,
    open_lines: u64,
    /// Where the lines so far end, and where the last segment did.
    text_end: u64,
    packed_to: u64,
    formats: Vec<&'static str>,
    opening_modified: Option<i64>,
    tail: Option<Stamp>,
    assumed: Zone,
    long_lines: u64,
    parcels: VecDeque<Parcel>,
    segments: Vec<Piece>,
    places: Vec<(Place, Piece)>,
}

impl SourceReader {
    /// `seed` decides nothing but where words lie in a table.
    pub fn new(opening: Opening, build: &str, seed: u64) -> SourceReader {
        let statement = Statement {
            packer: Packer::new(seed),
            hosts: Vec::new(),
            last_host: 0,
            account: Account::default(),
            open_lines: 0,
            text_end: 0,
            packed_to: 0,
            formats: Vec::new(),
            opening_modified: opening.modified,
            tail: None,
            assumed: opening.assumed.clone(),
            long_lines: 0,
            parcels: VecDeque::new(),
            segments: Vec::new(),
            places: Vec::new(),
        };
        SourceReader {
            opening,
            build: build.to_owned(),
            unpacker: Unpacker::default(),
            hasher: blake3::Hasher::new(),
            read: 0,
            unpacked: 0,
            head: Vec::new(),
            begun: false,
            refused: false,
            decoder: Decoder::default(),
            lines: Lines::new(),
            blocks: Blocks::default(),
            body: Body {
                syntax: None,
                statement,
            },
        }
    }

    /// Tells the end of a plain file ahead of its reading, which settles the year of its times early.
    pub fn tail(&mut self, bytes: &[u8]) {
        let last = bytes
            .rsplit(|byte| *byte == b'\n')
            .find_map(formats::syslog::envelope);
        self.body.statement.tail = last.map(|envelope| envelope.stamp);
    }

    /// Takes the next bytes as they lie on disk.
    pub fn push(&mut self, bytes: &[u8]) {
        self.read += bytes.len() as u64;
        if self.refused {
            return;
        }
        let mut unpacker = std::mem::take(&mut self.unpacker);
        unpacker.push(bytes, &mut |text| self.unpacked(text));
        self.unpacker = unpacker;
    }

    /// The file has ended. `trouble` is a sentence for a file that could not be read to its end.
    pub fn finish(&mut self, trouble: Option<String>) -> Record {
        let mut unpacker = std::mem::take(&mut self.unpacker);
        unpacker.finish(&mut |text| self.unpacked(text));
        self.unpacker = unpacker;
        self.begin();
        self.end_text();
        let mut remarks = Vec::new();
        remarks.extend(trouble);
        remarks.extend(
            self.unpacker
                .damage()
                .map(|damage| damage.sentence().to_owned()),
        );
        remarks.extend(self.body.statement.remarks());
        let refusal = self.refusal();
        let refused = refusal.is_some();
        remarks.extend(refusal);
        let statement = &mut self.body.statement;
        Record {
            opening: self.opening.clone(),
            build: self.build.clone(),
            hash: self.hasher.finalize().to_hex().to_string(),
            unpacked: self.unpacked,
            formats: statement
                .formats
                .iter()
                .map(|id| (*id).to_owned())
                .collect(),
            account: statement.account.clone(),
            clocks: statement.clocks(),
            remarks,
            refused,
            segments: std::mem::take(&mut statement.segments),
            blocks: std::mem::take(&mut statement.places),
        }
    }

    /// The next parcel that is ready, in order.
    pub fn take(&mut self) -> Option<Parcel> {
        self.body.statement.parcels.pop_front()
    }

    /// Bytes on disk that were read, lines and events so far.
    pub fn progress(&self) -> (u64, u64, u64) {
        let account = &self.body.statement.account;
        (self.read, account.lines, account.events)
    }

    /// Nothing of the file can be used, so nothing more of it need be read.
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    fn unpacked(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.unpacked += bytes.len() as u64;
        if self.begun {
            self.text(bytes);
        } else {
            self.head.extend_from_slice(bytes);
            if self.head.len() >= HEAD {
                self.begin();
            }
        }
    }

    /// Looks at the first bytes, once there are enough of them or all.
    fn begin(&mut self) {
        if self.begun {
            return;
        }
        self.begun = true;
        let head = std::mem::take(&mut self.head);
        let first = head.get(..head.len().min(HEAD)).unwrap_or_default();
        self.decoder = Decoder::detect(first);
        self.refused = self.decoder.is_bytes() && unreadable::sentence(first).is_some();
        if self.refused {
            self.head = first.to_vec();
        } else {
            self.text(&head);
        }
    }

    fn text(&mut self, bytes: &[u8]) {
        let SourceReader {
            decoder,
            lines,
            blocks,
            body,
            refused,
            ..
        } = self;
        if *refused {
            return;
        }
        decoder.push(bytes, &mut |text| {
            blocks.push(text, |place, block| body.statement.block(place, block));
            lines.push(text, &mut |line| body.line(line));
        });
    }

    fn end_text(&mut self) {
        let SourceReader {
            lines,
            blocks,
            body,
            refused,
            ..
        } = self;
        if *refused {
            return;
        }
        lines.finish(&mut |line| body.line(line));
        blocks.finish(|place, block| body.statement.block(place, block));
        body.finish();
    }

    /// Why nothing could be used, in a sentence.
    fn refusal(&self) -> Option<String> {
        if self.read == 0 {
            return Some("The file is empty.".to_owned());
        }
        if self.refused {
            return unreadable::sentence(&self.head);
        }
        if self.unpacked == 0 {
            return Some("Nothing could be unpacked from this file.".to_owned());
        }
        let account = &self.body.statement.account;
        if account.events > 0 || account.recognised > 0 {
            return None;
        }
        let titles: Vec<&str> = FORMATS.iter().map(|format| format.title()).collect();
        let what = match account.examples.first() {
            _ if account.ignored > 0 => {
                "This is a system log without a line of a mail program".to_owned()
            }
            Some((_, line)) if line.matches([',', ';', '\t']).count() > 2 => format!(
                "This looks like a table, but not like a mail log that Mailtrace reads; its first line is “{line}”"
            ),
            Some((_, line)) => format!(
                "This is text, but no line of it is of a mail log that Mailtrace reads; its first line is “{line}”"
            ),
            None => "The file holds no text".to_owned(),
        };
        Some(format!("{what}. Mailtrace reads: {}.", titles.join(", ")))
    }
}

impl Body {
    fn line(&mut self, line: crate::lines::RawLine<'_>) {
        let statement = &mut self.statement;
        statement.account.lines += 1;
        statement.text_end = line.offset + line.bytes.len() as u64;
        statement.long_lines += u64::from(line.shortened);
        if self.syntax.is_none() {
            self.syntax = match formats::sniff(line.bytes) {
                Some(Syntax::Own(format)) => {
                    statement.format(format.id());
                    Some(format.reader())
                }
                Some(Syntax::Syslog) => Some(formats::syslog::reader()),
                None => None,
            };
        }
        let Some(reader) = &mut self.syntax else {
            let blank = line.bytes.trim_ascii().is_empty();
            statement.count(
                if blank {
                    Reading::Ignored
                } else {
                    Reading::Unknown
                },
                1,
            );
            statement.example(line.bytes);
            return;
        };
        let read = Line {
            offset: line.offset,
            bytes: line.bytes,
            ended: line.ended && !line.shortened,
            envelope: None,
        };
        match reader.line(&read, statement) {
            Reading::Open => statement.open_lines += 1,
            reading => {
                statement.count(reading, 1);
                if reading == Reading::Unknown {
                    statement.example(line.bytes);
                }
            }
        }
        statement.pack_if_due();
    }

    fn finish(&mut self) {
        if let Some(reader) = &mut self.syntax {
            reader.finish(&mut self.statement);
        }
        // A reader that leaves a record open at the end has not understood it.
        self.statement.close(Reading::Unknown);
        self.statement.pack();
    }
}

impl Statement {
    fn count(&mut self, reading: Reading, lines: u64) {
        let account = &mut self.account;
        match reading {
            Reading::Recognised => account.recognised += lines,
            Reading::Unread => {
                account.recognised += lines;
                account.unread += lines;
            }
            Reading::Ignored => account.ignored += lines,
            Reading::Unknown | Reading::Open => account.unknown += lines,
        }
    }

    fn example(&mut self, line: &[u8]) {
        let blank = line.trim_ascii().is_empty();
        if !blank && self.account.examples.len() < EXAMPLES {
            let text =
                String::from_utf8_lossy(line.get(..EXAMPLE_LEN).unwrap_or(line)).into_owned();
            self.account.examples.push((self.account.lines, text));
        }
    }

    fn block(&mut self, place: Place, bytes: Vec<u8>) {
        self.places.push((place, Piece::of(&bytes)));
        self.parcels.push_back(Parcel::Block { place, bytes });
    }

    fn pack_if_due(&mut self) {
        let due = if self.segments.is_empty() {
            FIRST_SEGMENT
        } else {
            SEGMENT
        };
        if self.text_end - self.packed_to >= due {
            self.pack();
        }
    }

    fn pack(&mut self) {
        self.packed_to = self.text_end;
        if self.packer.rows() > 0 {
            let bytes = self.packer.pack();
            self.segments.push(Piece::of(&bytes));
            self.parcels.push_back(Parcel::Segment {
                bytes,
                clocks: self.clocks(),
            });
        }
    }

    fn clocks(&self) -> Vec<HostClock> {
        let clock = |(host, tracker): &(Vec<u8>, Tracker)| HostClock {
            host: String::from_utf8_lossy(host).into_owned(),
            clock: tracker.settle(self.opening_modified, self.tail, &self.assumed),
            lacks_year: tracker.lacks_year(),
            lacks_zone: tracker.lacks_zone(),
        };
        self.hosts.iter().map(clock).collect()
    }

    /// The place of a host's tracker; lines of one host mostly follow one another.
    fn host(&mut self, name: &[u8]) -> usize {
        let is_it = |index: &usize| self.hosts.get(*index).is_some_and(|(host, _)| host == name);
        let found = Some(self.last_host).filter(is_it);
        let found = found.or_else(|| self.hosts.iter().position(|(host, _)| host == name));
        self.last_host = found.unwrap_or_else(|| {
            self.hosts.push((name.to_vec(), Tracker::default()));
            self.hosts.len() - 1
        });
        self.last_host
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.long_lines > 0 {
            remarks.push(format!(
                "{} longer than a mebibyte {} read only to there.",
                if self.long_lines == 1 {
                    "A line".to_owned()
                } else {
                    format!("{} lines", self.long_lines)
                },
                if self.long_lines == 1 { "was" } else { "were" },
            ));
        }
        remarks
    }
}

impl Sink for Statement {
    fn event(&mut self, event: &Event<'_>) {
        let host = self.host(event.host);
        if let Some((_, tracker)) = self.hosts.get_mut(host) {
            let (form, time) = tracker.note(event.stamp, event.opened);
            self.packer.push(event, form, time);
            self.account.events += 1;
        }
    }

    fn close(&mut self, reading: Reading) {
        let open_lines = std::mem::take(&mut self.open_lines);
        self.count(reading, open_lines);
    }

    fn format(&mut self, id: &'static str) {
        if !self.formats.contains(&id) {
            self.formats.push(id);
        }
    }
}
