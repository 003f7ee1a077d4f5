//! What the lines of one source state: their events, packed into segments, and their account.

use std::collections::VecDeque;

use super::{HostClock, Parcel, Piece};
use crate::event::{Event, Stamp};
use crate::formats::{self, Claim, JsonSniffer, Line, Reader, Reading, Sink, Syntax};
use crate::lines::{Part, RawLine};
use crate::raw::Place;
use crate::segment::Packer;
use crate::source::{Account, RecognisedBy, Remark};
use crate::time::{Tracker, Zone};
use crate::words::{Word, Words};

/// Bytes of text in the first segment: it closes early, so that rows appear at once.
const FIRST_SEGMENT: u64 = 1 << 20;
/// Bytes of text in a later segment: few enough to be taken up in one breath.
const SEGMENT: u64 = 4 << 20;
/// How many unknown lines are kept as examples, and how many bytes of each.
const EXAMPLES: usize = 5;
const EXAMPLE_LEN: usize = 300;

/// Has the lines read, by the format that first claims one of them.
pub(super) struct Body {
    pub(super) sniff: fn(&[u8]) -> Option<Syntax>,
    objects: JsonSniffer,
    reader: Option<Box<dyn Reader>>,
    /// Lines before the first that a format claims: they are read once it is known how.
    unclaimed: Vec<HeldLine>,
    unclaimed_len: usize,
    pub(super) statement: Statement,
}

/// How far a format's first line is waited for, in bytes (formats.md 0).
const UNCLAIMED: usize = 64 << 10;

/// A line that waits for its format.
struct HeldLine {
    offset: u64,
    bytes: Vec<u8>,
    ended: bool,
    part: Part,
}

/// What the lines have stated.
pub(super) struct Statement {
    packer: Packer,
    hosts: Hosts,
    modified: Option<i64>,
    expected_end: Option<Stamp>,
    assumed: Zone,
    pub(super) account: Account,
    /// Ids of the formats that were found, in order.
    pub(super) formats: Vec<&'static str>,
    pub(super) recognised_by: Option<RecognisedBy>,
    /// What the formats say of the source as a whole.
    pub(super) remarks: Vec<Remark>,
    /// Lines of a record that goes on, and the number and text of the first of them.
    open_lines: u64,
    open_first: (u64, Vec<u8>),
    /// Lines of which only the beginning was read.
    pub(super) long_lines: u64,
    /// The last line has no line end.
    pub(super) is_cut: bool,
    /// Where the lines so far end, and where the last segment did.
    text_end: u64,
    packed_to: u64,
    pub(super) parcels: VecDeque<Parcel>,
    pub(super) segments: Vec<Piece>,
    pub(super) blocks: Vec<(Place, Piece)>,
}

/// The hosts that the lines name, each with its own clock.
struct Hosts {
    names: Words,
    /// By the number of the host's name; `None` for the empty name until a line has it.
    trackers: Vec<Option<Tracker>>,
    last: Word,
}

impl Body {
    pub(super) fn new(statement: Statement) -> Body {
        Body {
            sniff: formats::sniff,
            objects: JsonSniffer::default(),
            reader: None,
            unclaimed: Vec::new(),
            unclaimed_len: 0,
            statement,
        }
    }

    /// Takes a line, or a piece of a long one.
    pub(super) fn line(&mut self, line: RawLine<'_>) {
        if matches!(line.part, Part::Middle | Part::Last) {
            return self.more(line);
        }
        if self.reader.is_some() {
            return self.read(line);
        }
        let syntax = (self.sniff)(line.bytes).or_else(|| self.objects.look(line.bytes));
        if let Some(syntax) = syntax {
            self.reader = Some(self.statement.reader(syntax));
            self.release();
            return self.read(line);
        }
        self.unclaimed_len += line.bytes.len() + size_of::<HeldLine>();
        if self.unclaimed_len > UNCLAIMED {
            self.release();
            return self.read(line);
        }
        self.unclaimed.push(HeldLine {
            offset: line.offset,
            bytes: line.bytes.to_vec(),
            ended: line.ended,
            part: line.part,
        });
    }

    fn release(&mut self) {
        for held in std::mem::take(&mut self.unclaimed) {
            self.read(RawLine {
                offset: held.offset,
                bytes: &held.bytes,
                ended: held.ended,
                part: held.part,
            });
        }
    }

    fn read(&mut self, line: RawLine<'_>) {
        let statement = &mut self.statement;
        statement.account.lines += 1;
        statement.text_end = line.offset + line.bytes.len() as u64;
        statement.is_cut = !line.ended;
        let goes_on = line.part == Part::First;
        let reads_on = self.reader.as_ref().is_some_and(|reader| reader.reads_on());
        statement.long_lines += u64::from(goes_on && !reads_on);
        let reading = match &mut self.reader {
            Some(reader) => {
                let line = Line {
                    offset: line.offset,
                    bytes: line.bytes,
                    // What is passed over is missing in the same way as what never comes.
                    ended: line.ended,
                    envelope: None,
                };
                reader.line(&line, statement)
            }
            None if line.bytes.trim_ascii().is_empty() => Reading::Ignored,
            None => Reading::Unknown,
        };
        statement.count_line(reading, line.bytes);
        statement.pack_if_due();
    }

    /// Takes a piece of a line that is counted already.
    fn more(&mut self, piece: RawLine<'_>) {
        let statement = &mut self.statement;
        statement.is_cut = !piece.ended;
        if let Some(reader) = self.reader.as_mut().filter(|reader| reader.reads_on()) {
            statement.text_end = piece.offset + piece.bytes.len() as u64;
            let line = Line {
                offset: piece.offset,
                bytes: piece.bytes,
                ended: piece.ended,
                envelope: None,
            };
            reader.more(&line, piece.part == Part::Last, statement);
            statement.pack_if_due();
        }
    }

    pub(super) fn finish(&mut self) {
        self.release();
        if let Some(reader) = &mut self.reader {
            reader.finish(&mut self.statement);
            self.statement.is_cut &= !reader.is_whole();
        }
        // A reader that leaves a record open at the end has not understood it.
        self.statement.close(Reading::Unknown);
        self.statement.pack();
    }
}

impl Statement {
    pub(super) fn new(modified: Option<i64>, assumed: Zone, seed: u64) -> Statement {
        Statement {
            packer: Packer::new(seed),
            hosts: Hosts {
                names: Words::new(seed),
                trackers: Vec::new(),
                last: 0,
            },
            modified,
            expected_end: None,
            assumed,
            account: Account::default(),
            formats: Vec::new(),
            recognised_by: None,
            remarks: Vec::new(),
            open_lines: 0,
            open_first: (0, Vec::new()),
            long_lines: 0,
            is_cut: false,
            text_end: 0,
            packed_to: 0,
            parcels: VecDeque::new(),
            segments: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// Takes the file's last time ahead of its reading.
    pub(super) fn expect_end(&mut self, stamp: Option<Stamp>) {
        self.expected_end = stamp;
    }

    /// The file is syslog's.
    pub(super) fn is_syslog(&self) -> bool {
        self.recognised_by == Some(RecognisedBy::Program)
    }

    pub(super) fn block(&mut self, place: Place, bytes: Vec<u8>) {
        self.blocks.push((place, Piece::of(&bytes)));
        self.parcels.push_back(Parcel::Block { place, bytes });
    }

    /// The clocks by the lines alone: what was expected has come, or was wrong.
    pub(super) fn final_clocks(&self) -> Vec<HostClock> {
        self.clocks(None)
    }

    fn clocks(&self, end: Option<Stamp>) -> Vec<HostClock> {
        let hosts = self.hosts.trackers.iter().zip(0..);
        let clock = |(tracker, word): (&Option<Tracker>, Word)| {
            let tracker = tracker.as_ref()?;
            Some(HostClock {
                host: String::from_utf8_lossy(self.hosts.names.get(word)).into_owned(),
                clock: tracker.settle(self.modified, end, &self.assumed),
                given_name: String::new(),
                lacks_year: tracker.lacks_year(),
                lacks_zone: tracker.lacks_zone(),
                lacks_order: tracker.lacks_order(),
                mixes_orders: tracker.mixes_orders(),
            })
        };
        hosts.filter_map(clock).collect()
    }

    fn reader(&mut self, syntax: Syntax) -> Box<dyn Reader> {
        match syntax {
            Syntax::Own(format, claim) => {
                self.recognised_by = Some(match claim {
                    Claim::Header => RecognisedBy::Header,
                    Claim::Form => RecognisedBy::Form,
                });
                self.found(format.id());
                format.reader()
            }
            Syntax::Syslog => {
                self.recognised_by = Some(RecognisedBy::Program);
                formats::syslog::reader()
            }
        }
    }

    fn count_line(&mut self, reading: Reading, line: &[u8]) {
        let number = self.account.lines;
        match reading {
            Reading::Open => {
                if self.open_lines == 0 {
                    let (first, text) = &mut self.open_first;
                    *first = number;
                    text.clear();
                    text.extend_from_slice(line.get(..EXAMPLE_LEN).unwrap_or(line));
                }
                self.open_lines += 1;
            }
            Reading::Unknown => {
                self.count(reading, 1);
                self.example(number, line);
            }
            _ => self.count(reading, 1),
        }
    }

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

    fn example(&mut self, number: u64, line: &[u8]) {
        let examples = &mut self.account.examples;
        if examples.len() < EXAMPLES {
            let text = String::from_utf8_lossy(line.get(..EXAMPLE_LEN).unwrap_or(line));
            examples.push((number, text.into_owned()));
        }
    }

    fn pack_if_due(&mut self) {
        let due = match self.segments.as_slice() {
            [] => FIRST_SEGMENT,
            _ => SEGMENT,
        };
        if self.text_end.saturating_sub(self.packed_to) >= due {
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
                clocks: self.clocks(self.expected_end),
            });
        }
    }
}

impl Sink for Statement {
    fn event(&mut self, event: &Event<'_>) {
        let tracker = self.hosts.tracker(event.host);
        let (form, time) = tracker.note(event.stamp, event.opened);
        self.packer.push(event, form, time);
        self.account.events += 1;
    }

    fn close(&mut self, reading: Reading) {
        let lines = std::mem::take(&mut self.open_lines);
        self.count(reading, lines);
        if lines > 0 && reading == Reading::Unknown {
            let (number, text) = std::mem::take(&mut self.open_first);
            self.example(number, &text);
        }
    }

    fn found(&mut self, format: &'static str) {
        if !self.formats.contains(&format) {
            self.formats.push(format);
        }
    }

    fn remark(&mut self, remark: Remark) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }
}

impl Hosts {
    /// The tracker of a host; lines of one host mostly follow one another.
    fn tracker(&mut self, name: &[u8]) -> &mut Tracker {
        if self.names.get(self.last) != name {
            self.last = self.names.intern(name);
        }
        let place = self.last as usize;
        if place >= self.trackers.len() {
            self.trackers.resize(place + 1, None);
        }
        #[expect(clippy::indexing_slicing, reason = "the place was just made")]
        self.trackers[place].get_or_insert_default()
    }
}
