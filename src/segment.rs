//! Packed events: the one form in which events travel between workers, lie in IndexedDB and are taken
//! up by the engine.
//!
//! A segment holds the events of one source in columns ([`Field`]), with a dictionary of its own.
//! Its words are numbered in order of arrival, 0 being the empty one; whoever takes it up maps them to
//! numbers of its own, once a word and not once an event.
//!
//! ```text
//! "MTSG", schema u16, rows u32, words u32, bytes of words u32, items of lists u32, lists u32
//! length of each word (u32), the words' bytes
//! end of each list in the items (u32), the items (u32, words)
//! one column for each Field, in its order (segment/column.rs)
//! checksum of all before it (u64)
//! ```
//! All numbers are little endian. A change of layout or of a field's meaning gets a new [`SCHEMA`].

mod column;

use column::{Builder, Column};
use hashbrown::HashTable;
use std::hash::BuildHasher as _;
use std::ops::Range;

use crate::event::{Event, List};
use crate::time::TimeForm;
use crate::words::{Word, Words};

/// The number of the layout and of the fields' meanings.
pub const SCHEMA: u16 = 2;

const MAGIC: &[u8; 4] = b"MTSG";
const HEAD: usize = 26;

/// The columns, in the order in which they lie in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Field {
    Offset,
    /// What a clock needs to make an instant of it (`time.rs`), with [`Field::TimeForm`].
    Time,
    TimeForm,
    Kind,
    Origin,
    Pid,
    Size,
    RecipientCount,
    ReplyCode,
    ServerPort,
    Enhanced,
    DelayMs,
    Verdict,
    Direction,
    Digest,
    Cut,
    // From here on, numbers of words.
    Name,
    Host,
    Instance,
    Id,
    NextId,
    PriorId,
    MessageId,
    /// Sixteen bytes.
    NetworkMessageId,
    Sender,
    ReturnPath,
    Login,
    ClientIp,
    ClientHost,
    OriginalClientIp,
    ServerIp,
    ServerHost,
    Connector,
    Context,
    Subject,
    Text,
    // From here on, lists of words.
    Recipients,
    RecipientStatus,
    Related,
    Reference,
}

const FIELDS: usize = Field::Reference as usize + 1;

/// A list of words, as a column holds it: 0 for none, an even number for a single word, an odd one for
/// a list. Lists repeat through a message's events, so each is held once.
fn list_code(single: Option<Word>, list: u32) -> u64 {
    match single {
        Some(word) => u64::from(word) * 2,
        None => u64::from(list) * 2 + 1,
    }
}

/// Packs events into segments.
#[derive(Debug)]
pub struct Packer {
    seed: u64,
    rows: usize,
    words: Words,
    lists: Lists,
    columns: Vec<Builder>,
    items: Vec<Word>,
}

/// Distinct lists of more than one word.
#[derive(Debug)]
struct Lists {
    seed: foldhash::quality::FixedState,
    table: HashTable<u32>,
    ends: Vec<u32>,
    items: Vec<Word>,
}

impl Lists {
    fn intern(&mut self, list: &[Word]) -> u32 {
        let hash = self.seed.hash_one(list);
        let (ends, items) = (&self.ends, &self.items);
        let get = |idx: u32| slice_of(ends, items, idx);
        if let Some(found) = self.table.find(hash, |idx| get(*idx) == list) {
            return *found;
        }
        let idx = self.ends.len() as u32;
        self.items.extend_from_slice(list);
        self.ends.push(self.items.len() as u32);
        let (seed, ends, items) = (&self.seed, &self.ends, &self.items);
        self.table
            .insert_unique(hash, idx, |idx| seed.hash_one(slice_of(ends, items, *idx)));
        idx
    }
}

fn slice_of<'a>(ends: &[u32], items: &'a [Word], idx: u32) -> &'a [Word] {
    let idx = idx as usize;
    let start = idx
        .checked_sub(1)
        .and_then(|before| ends.get(before))
        .copied()
        .unwrap_or(0);
    let end = ends.get(idx).copied().unwrap_or(start);
    items.get(start as usize..end as usize).unwrap_or_default()
}

impl Packer {
    /// The seed decides nothing but where words lie in a table.
    pub fn new(seed: u64) -> Packer {
        Packer {
            seed,
            rows: 0,
            words: Words::new(seed),
            lists: Lists {
                seed: foldhash::quality::FixedState::with_seed(seed),
                table: HashTable::new(),
                ends: Vec::new(),
                items: Vec::new(),
            },
            columns: vec![Builder::default(); FIELDS],
            items: Vec::new(),
        }
    }

    /// How many events have come since the last segment.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Packs one event. `form` and `time` are what the source's clock made of its stamp.
    pub fn push(&mut self, event: &Event<'_>, form: TimeForm, time: i64) {
        self.number(Field::Offset, event.offset);
        // The sign is turned so that earlier times are smaller numbers; no time is told from 0 by it.
        self.number(Field::Time, time.cast_unsigned() ^ 1 << 63);
        self.number(Field::TimeForm, form as u64);
        self.number(Field::Kind, event.kind.code().into());
        self.number(Field::Origin, event.origin.code().into());
        self.number(Field::Pid, event.pid.into());
        self.number(Field::Size, event.size);
        self.number(Field::RecipientCount, event.recipient_count.into());
        self.number(Field::ReplyCode, event.reply_code.into());
        self.number(Field::ServerPort, event.server_port.into());
        self.number(Field::Enhanced, event.enhanced.0.into());
        self.number(Field::DelayMs, event.delay_ms.into());
        self.number(Field::Verdict, event.verdict.0.into());
        self.number(Field::Direction, event.direction.code().into());
        self.number(Field::Digest, event.digest.into());
        self.number(Field::Cut, event.cut.into());
        self.word(Field::Name, event.name);
        self.word(Field::Host, event.host);
        self.word(Field::Instance, event.instance);
        self.word(Field::Id, event.id);
        self.word(Field::NextId, event.next_id);
        self.word(Field::PriorId, event.prior_id);
        self.word(Field::MessageId, event.message_id);
        if let Some(guid) = event.network_message_id {
            self.word(Field::NetworkMessageId, &guid.0);
        }
        self.word(Field::Sender, event.sender);
        self.word(Field::ReturnPath, event.return_path);
        self.word(Field::Login, event.login);
        self.word(Field::ClientIp, event.client_ip);
        self.word(Field::ClientHost, event.client_host);
        self.word(Field::OriginalClientIp, event.original_client_ip);
        self.word(Field::ServerIp, event.server_ip);
        self.word(Field::ServerHost, event.server_host);
        self.word(Field::Connector, event.connector);
        self.word(Field::Context, event.context);
        self.word(Field::Subject, event.subject);
        self.word(Field::Text, event.text);
        self.list(Field::Recipients, event.recipients);
        self.list(Field::RecipientStatus, event.recipient_status);
        self.list(Field::Related, event.related);
        self.list(Field::Reference, event.reference);
        self.rows += 1;
    }

    fn number(&mut self, field: Field, value: u64) {
        if let Some(column) = self.columns.get_mut(field as usize) {
            column.set(self.rows, value);
        }
    }

    fn word(&mut self, field: Field, text: &[u8]) {
        if !text.is_empty() {
            let word = self.words.intern(text);
            self.number(field, word.into());
        }
    }

    fn list(&mut self, field: Field, list: List<'_>) {
        self.items.clear();
        let (items, words) = (&mut self.items, &mut self.words);
        list.for_each(|item| items.push(words.intern(item)));
        let code = match *self.items.as_slice() {
            [] => return,
            [single] => list_code(Some(single), 0),
            _ => list_code(None, self.lists.intern(&self.items)),
        };
        self.number(field, code);
    }

    /// The events so far as one segment; the packer is empty again.
    pub fn pack(&mut self) -> Vec<u8> {
        let text_len: usize = self.words.iter().map(<[u8]>::len).sum();
        let mut out = Vec::with_capacity(HEAD + text_len + self.words.len() * 4 + self.rows * 48);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&SCHEMA.to_le_bytes());
        let counts = [
            self.rows,
            self.words.len() - 1,
            text_len,
            self.lists.items.len(),
            self.lists.ends.len(),
        ];
        out.extend(
            counts
                .iter()
                .flat_map(|count| (*count as u32).to_le_bytes()),
        );
        out.extend(
            self.words
                .iter()
                .flat_map(|word| (word.len() as u32).to_le_bytes()),
        );
        self.words
            .iter()
            .for_each(|word| out.extend_from_slice(word));
        out.extend(self.lists.ends.iter().flat_map(|end| end.to_le_bytes()));
        out.extend(self.lists.items.iter().flat_map(|item| item.to_le_bytes()));
        for column in &mut self.columns {
            column.pack(self.rows, &mut out);
        }
        let checksum = checksum(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        self.words = Words::new(self.seed);
        self.lists.table.clear();
        self.lists.ends.clear();
        self.lists.items.clear();
        self.rows = 0;
        out
    }
}

/// Eight bytes that change when any byte does: against disks, not against forgers.
pub fn checksum(bytes: &[u8]) -> u64 {
    foldhash::quality::FixedState::with_seed(0).hash_one(bytes)
}

/// Why bytes are no segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentError {
    /// Written by a build with another layout.
    Schema(u16),
    /// Cut off, or changed since they were written.
    Damaged,
}

impl std::fmt::Display for SegmentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SegmentError::Schema(schema) => {
                write!(
                    f,
                    "was written with layout {schema}, and this version reads {SCHEMA}"
                )
            }
            SegmentError::Damaged => f.write_str("does not read back as it was written"),
        }
    }
}

/// A packed segment, read in place.
#[derive(Clone, Debug)]
pub struct Segment {
    bytes: Vec<u8>,
    rows: usize,
    columns: Vec<Column>,
    ends: Range<usize>,
    items: Range<usize>,
}

impl Segment {
    /// Opens a packed segment: checks it and hands each of its words, in order, to `word`.
    ///
    /// The words' bytes are let go then, so that a word is held once, by whoever took it.
    pub fn open(mut bytes: Vec<u8>, mut word: impl FnMut(&[u8])) -> Result<Segment, SegmentError> {
        let body_len = bytes.len().checked_sub(8).ok_or(SegmentError::Damaged)?;
        let (body, sum) = bytes
            .split_at_checked(body_len)
            .ok_or(SegmentError::Damaged)?;
        let head: &[u8; HEAD] = body.first_chunk().ok_or(SegmentError::Damaged)?;
        let [m0, m1, m2, m3, s0, s1, counts @ ..] = head;
        if [*m0, *m1, *m2, *m3] != *MAGIC {
            return Err(SegmentError::Damaged);
        }
        let schema = u16::from_le_bytes([*s0, *s1]);
        if schema != SCHEMA {
            return Err(SegmentError::Schema(schema));
        }
        if sum != checksum(body).to_le_bytes() {
            return Err(SegmentError::Damaged);
        }
        let mut counts = counts.chunks_exact(4).map(|count| number(count) as usize);
        let mut count = || counts.next().unwrap_or(0);
        let (rows, words, text_len, items, lists) = (count(), count(), count(), count(), count());
        let layout = || {
            let lengths = HEAD..HEAD.checked_add(words.checked_mul(4)?)?;
            let texts = lengths.end..lengths.end.checked_add(text_len)?;
            let ends = texts.end..texts.end.checked_add(lists.checked_mul(4)?)?;
            let items = ends.end..ends.end.checked_add(items.checked_mul(4)?)?;
            (items.end <= body.len()).then_some((lengths, texts, ends, items))
        };
        let (lengths, texts, ends, items) = layout().ok_or(SegmentError::Damaged)?;

        let mut rest = body.get(texts.clone()).unwrap_or_default();
        for length in body.get(lengths).unwrap_or_default().chunks_exact(4) {
            let (text, after) = rest
                .split_at_checked(number(length) as usize)
                .ok_or(SegmentError::Damaged)?;
            word(text);
            rest = after;
        }

        // What stays: lists and columns. The words' bytes live on where they were taken.
        bytes.truncate(body_len);
        let gone = ends.start;
        bytes.drain(..gone);
        bytes.shrink_to_fit();
        let (ends, items) = (0..ends.end - gone, items.start - gone..items.end - gone);
        let mut at = items.end;
        let columns: Option<Vec<Column>> = (0..FIELDS)
            .map(|_| Column::read(&bytes, &mut at, rows))
            .collect();
        let columns = columns
            .filter(|_| at == bytes.len())
            .ok_or(SegmentError::Damaged)?;
        Ok(Segment {
            bytes,
            rows,
            columns,
            ends,
            items,
        })
    }

    /// How many events there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.columns.capacity() * size_of::<Column>()
    }

    /// A row's value of a column that holds numbers or words; 0 where it says nothing.
    pub fn get(&self, field: Field, row: usize) -> u64 {
        self.columns
            .get(field as usize)
            .map_or(0, |column| column.get(&self.bytes, row))
    }

    /// The number of a row's word.
    pub fn word(&self, field: Field, row: usize) -> Word {
        self.get(field, row) as Word
    }

    /// Whether no row says anything in this column.
    pub fn lacks(&self, field: Field) -> bool {
        self.columns
            .get(field as usize)
            .is_none_or(Column::is_empty)
    }

    /// A row's time, as [`Packer::push`] took it.
    pub fn time(&self, row: usize) -> (TimeForm, i64) {
        let form = TimeForm::from_code(self.get(Field::TimeForm, row) as u8).unwrap_or_default();
        (form, (self.get(Field::Time, row) ^ 1 << 63).cast_signed())
    }

    /// A row's list, item by item.
    pub fn list(&self, field: Field, row: usize) -> impl Iterator<Item = Word> + '_ {
        let code = self.get(field, row);
        let (single, items) = match (code, code % 2) {
            (0, _) => (None, &[][..]),
            (_, 0) => (Some((code / 2) as Word), &[][..]),
            _ => (None, self.items_of((code / 2) as usize)),
        };
        single.into_iter().chain(items.chunks_exact(4).map(number))
    }

    fn items_of(&self, idx: usize) -> &[u8] {
        let ends = self.bytes.get(self.ends.clone()).unwrap_or_default();
        let end = |idx: usize| {
            ends.get(idx * 4..)
                .and_then(|rest| rest.get(..4))
                .map(number)
        };
        let start = idx.checked_sub(1).and_then(end).unwrap_or(0) as usize * 4;
        let end = end(idx).unwrap_or(0) as usize * 4;
        let items = self.bytes.get(self.items.clone()).unwrap_or_default();
        items.get(start..end).unwrap_or_default()
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Guid, Kind};
    use proptest::prelude::*;

    fn open(bytes: Vec<u8>) -> (Segment, Vec<Vec<u8>>) {
        let mut words = vec![Vec::new()];
        let segment = Segment::open(bytes, |word| words.push(word.to_vec())).unwrap();
        (segment, words)
    }

    #[test]
    fn what_was_packed_is_read_back() {
        let mut packer = Packer::new(7);
        let guid = Guid::parse(b"81945af2-cab7-45ad-ba23-08d8ede2715d");
        let many = Event {
            offset: 10,
            kind: Kind::Expand,
            recipients: List::Split(b"ann@contoso.example; bob@contoso.example;", b';'),
            related: List::One(b"all@contoso.example"),
            network_message_id: guid,
            ..Event::default()
        };
        packer.push(&many, TimeForm::Instant, -5);
        packer.push(
            &Event {
                offset: 90,
                kind: Kind::Fail,
                ..many
            },
            TimeForm::Civil,
            7,
        );
        packer.push(&Event::default(), TimeForm::Instant, i64::MIN);
        let (segment, words) = open(packer.pack());
        assert_eq!(segment.rows(), 3);
        assert_eq!(segment.time(0), (TimeForm::Instant, -5));
        assert_eq!(segment.time(1), (TimeForm::Civil, 7));
        assert_eq!(segment.time(2), (TimeForm::Instant, i64::MIN));
        assert_eq!(segment.get(Field::Offset, 1), 90);
        let texts = |field, row| -> Vec<String> {
            let text = |word: Word| String::from_utf8_lossy(&words[word as usize]).into_owned();
            segment.list(field, row).map(text).collect()
        };
        assert_eq!(
            texts(Field::Recipients, 1),
            ["ann@contoso.example", "bob@contoso.example"]
        );
        assert_eq!(texts(Field::Related, 0), ["all@contoso.example"]);
        assert_eq!(texts(Field::Recipients, 2), [""; 0]);
        let guid_word = segment.word(Field::NetworkMessageId, 1) as usize;
        assert_eq!(words[guid_word], guid.unwrap().0);
        assert!(segment.lacks(Field::Subject));
        assert_eq!(packer.rows(), 0, "the packer is ready for the next segment");
    }

    #[test]
    fn any_change_is_noticed() {
        let mut packer = Packer::new(7);
        packer.push(
            &Event {
                id: b"4XyZ",
                ..Event::default()
            },
            TimeForm::Instant,
            1,
        );
        let good = packer.pack();
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 1;
            assert!(
                Segment::open(bad, |_| {}).is_err(),
                "a flipped bit at {position}"
            );
            assert!(Segment::open(good[..position].to_vec(), |_| {}).is_err());
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Segment::open(bytes.clone(), |_| {});
            // With a right head and checksum the columns are reached, too.
            bytes.splice(..bytes.len().min(6), [b'M', b'T', b'S', b'G', 1, 0]);
            bytes.iter_mut().skip(6).take(20).step_by(4).for_each(|count| *count %= 8);
            bytes.iter_mut().enumerate().skip(6).take(20).filter(|(i, _)| (i - 6) % 4 != 0)
                .for_each(|(_, byte)| *byte = 0);
            bytes.extend(checksum(&bytes).to_le_bytes());
            if let Ok(segment) = Segment::open(bytes, |_| {}) {
                for row in 0..segment.rows() + 1 {
                    segment.time(row);
                    segment.list(Field::Recipients, row).count();
                }
            }
        }
    }
}
