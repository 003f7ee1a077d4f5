//! One file through all of its stages, read by a format that only these tests know.

use std::io::Write as _;

use super::*;
use crate::event::{Event, List, Stamp};
use crate::formats::{Claim, Format, Line, Reader, Reading, Sink, Syntax};
use crate::segment::{Field, Segment};
use crate::time::Told;
use proptest::prelude::*;

/// Lines are `[~]ev MONTH DAY SECOND HOST RECIPIENT` and a few words that name their reading; `open`
/// begins a record that goes on until `done` or `lost`.
struct Tiny;

impl Format for Tiny {
    fn id(&self) -> &'static str {
        "tiny"
    }

    fn title(&self) -> &'static str {
        "Tiny"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[]
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Tiny)
    }
}

impl Reader for Tiny {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        let words: Vec<&[u8]> = line.bytes.split(|byte| *byte == b' ').collect();
        let number = |text: &[u8]| std::str::from_utf8(text).unwrap_or("").parse().unwrap_or(1);
        match words.as_slice() {
            [b"ev", month, day, second, host, recipient @ ..] => {
                out.event(&Event {
                    offset: line.offset,
                    stamp: Stamp::Yearless {
                        month: number(month) as u8,
                        day: number(day) as u8,
                        micros: number(second) * 1_000_000,
                    },
                    host,
                    recipients: List::Many(recipient),
                    cut: !line.ended,
                    ..Event::default()
                });
                Reading::Recognised
            }
            [b"dialect"] => {
                out.found("dialect");
                Reading::Recognised
            }
            [b"open"] | [b"more"] => Reading::Open,
            [b"done"] => {
                out.close(Reading::Recognised);
                Reading::Recognised
            }
            [b"lost"] => {
                out.close(Reading::Unknown);
                Reading::Ignored
            }
            [b"unread"] => Reading::Unread,
            [b"skip"] | [b""] | [] => Reading::Ignored,
            _ => Reading::Unknown,
        }
    }
}

fn sniff(line: &[u8]) -> Option<Syntax> {
    line.starts_with(b"ev ")
        .then_some(Syntax::Own(&Tiny, Claim::Form))
}

/// 2026-03-02T00:00:00Z.
const MODIFIED: i64 = 1_772_409_600_000_000;

fn reader(size: usize) -> SourceReader {
    let opening = Opening {
        name: "drop/mail.log".into(),
        size: size as u64,
        modified: Some(MODIFIED),
        assumed: Zone::fixed("+01:00", 3600),
    };
    let mut reader = SourceReader::new(opening, "test", 7);
    reader.unpacked.text.body.sniff = sniff;
    reader
}

fn read(bytes: &[u8], step: usize) -> (Vec<Parcel>, Record) {
    let mut reader = reader(bytes.len());
    bytes.chunks(step).for_each(|chunk| reader.push(chunk));
    let record = reader.finish(None);
    let parcels = std::iter::from_fn(|| reader.take()).collect();
    (parcels, record)
}

fn record(bytes: &[u8]) -> Record {
    let (_, record) = read(bytes, bytes.len().max(1));
    let account = &record.account;
    let lines = account.recognised + account.ignored + account.unknown;
    assert_eq!(lines, account.lines, "{account:?}");
    record
}

/// Offset, recipients and cut of every event.
fn events(parcels: &[Parcel]) -> Vec<(u64, Vec<String>, bool)> {
    let mut events = Vec::new();
    for parcel in parcels {
        let Parcel::Segment { bytes, .. } = parcel else {
            continue;
        };
        let mut words = vec![String::new()];
        let segment = Segment::open(bytes.clone(), |word| {
            words.push(String::from_utf8_lossy(word).into_owned());
        });
        let segment = segment.unwrap();
        for row in 0..segment.rows() {
            let recipients = segment.list(Field::Recipients, row);
            let recipients = recipients.map(|word| words[word as usize].clone());
            events.push((
                segment.get(Field::Offset, row),
                recipients.collect(),
                segment.get(Field::Cut, row) == 1,
            ));
        }
    }
    events
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A log of several segments and blocks, of two hosts, with a bit of everything.
fn log(lines: u32, end: &str) -> Vec<u8> {
    let line = |n: u32| {
        let host = if n.is_multiple_of(3) { "mx1" } else { "mx2" };
        match n % 97 {
            5 => format!("skip{end}"),
            6 => format!("what is this{end}"),
            7 => format!("open{end}more{end}done{end}"),
            8 => format!("\0\0\0unread{end}"),
            _ => format!(
                "ev 3 1 {} {host} r{n}@contoso.example {:x}{end}",
                n / 10,
                n.wrapping_mul(2_654_435_761)
            ),
        }
    };
    (0..lines).map(line).collect::<String>().into_bytes()
}

#[test]
fn nothing_depends_on_the_chunks() {
    let log = log(24_000, "\r\n");
    let (parcels, whole) = read(&log, log.len());
    assert!(whole.segments.len() > 1 && whole.blocks.len() > 4);
    assert_eq!(
        whole.account.lines as usize,
        log.split(|byte| *byte == b'\n').count() - 1
    );
    for step in [1, 7, 4096] {
        let (in_steps, record) = read(&log, step);
        assert!(in_steps == parcels, "parcels in steps of {step}");
        assert_eq!(record, whole, "in steps of {step}");
    }
}

#[test]
fn packed_and_plain_are_one() {
    let log = log(9000, "\n");
    let (parcels, plain) = read(&log, 65_536);
    let packed = [gzip(&log[..1000]), gzip(&log[1000..])].concat();
    for step in [1, 4096, packed.len()] {
        let (unpacked, mut record) = read(&packed, step);
        record.opening = plain.opening.clone();
        assert!(unpacked == parcels, "parcels in steps of {step}");
        assert_eq!(record, plain);
    }
}

#[test]
fn utf_16_states_the_same_events() {
    let text = "ev 3 1 9 mx1 jürgen@contoso.example 😀\r\nev 3 1 10 mx1 b@contoso.example\r\n";
    let (plain, _) = read(text.as_bytes(), 4096);
    assert_eq!(events(&plain).len(), 2);
    for (mark, step) in [(true, 1), (true, 7), (false, 1), (false, 4096)] {
        let mark = mark.then_some(0xFEFF);
        let units = mark.into_iter().chain(text.encode_utf16());
        let mut bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        let (parcels, record) = read(&bytes, step);
        assert_eq!(events(&parcels), events(&plain));
        assert!(!record.refused);
        bytes.push(b'x');
        let (parcels, record) = read(&bytes, step);
        assert_eq!(events(&parcels), events(&plain));
        assert!(record.remarks[0].text.contains("half a UTF-16 character"));
    }
}

#[test]
fn the_account_says_what_became_of_each_line() {
    let text = "a half line\n\nev 3 1 9 mx1 a@contoso.example\nopen\nmore\nlost\ndialect\ndialect\n\
                open\nmore\ndone\nunread\nskip\nodd ü\nopen\nmore\n";
    let record = record(text.as_bytes());
    let account = &record.account;
    assert_eq!((account.lines, account.events), (16, 1));
    assert_eq!((account.recognised, account.unread), (7, 1));
    assert_eq!((account.ignored, account.unknown), (3, 6));
    let examples = [(1, "a half line"), (4, "open"), (14, "odd ü"), (15, "open")];
    assert_eq!(
        account.examples,
        examples.map(|(line, text)| (line, text.to_owned()))
    );
    assert_eq!(record.formats, ["tiny", "dialect"]);
    assert!(!record.refused);
}

#[test]
fn invalid_utf_8_is_text() {
    let text = b"ev 3 1 9 mx1 Gr\xFC\xDFe@contoso.example\n\xFF\xFEbad\n";
    let (parcels, record) = read(text, 3);
    assert_eq!(
        events(&parcels)[0].1,
        ["Gr\u{FFFD}\u{FFFD}e@contoso.example"]
    );
    assert_eq!(
        record.account.examples,
        [(2, "\u{FFFD}\u{FFFD}bad".to_owned())]
    );
    let Parcel::Block { place, bytes } = &parcels[0] else {
        panic!("a block comes before the last segment");
    };
    assert_eq!(place.len as usize, text.len());
    assert_eq!(crate::raw::unpack(bytes).unwrap(), text, "byte for byte");
}

#[test]
fn a_last_line_without_line_end_is_marked_and_remarked() {
    let (parcels, record) = read(b"ev 3 1 9 mx1 a\nev 3 1 9 mx1 b", 5);
    let want = [
        (0, vec!["a".to_owned()], false),
        (15, vec!["b".to_owned()], true),
    ];
    assert_eq!(events(&parcels), want);
    assert_eq!(
        record.remarks[0].text,
        "The last line has no line end, so it may be cut off."
    );
}

#[test]
fn years_and_zones_are_remarked_with_where_they_came_from() {
    let record = record(b"ev 12 31 9 mx1 a\nev 1 1 9 mx1 b\nev 2 28 9 mx2 b\n");
    let years: Vec<_> = record
        .clocks
        .iter()
        .map(|host| (host.host.as_str(), host.clock.year))
        .collect();
    assert_eq!(years, [("mx1", 2025), ("mx2", 2026)]);
    assert_eq!(record.clocks[0].clock.year_told, Told::FileDate);
    let remarks = [
        "The lines of mx1 leave out the year; by the file's own date, the first is of 2025.",
        "The lines leave out the time zone, and nothing tells it: +01:00 is assumed.",
        "The lines of mx2 leave out the year; by the file's own date, the first is of 2026.",
    ];
    assert_eq!(texts(&record), remarks);
}

#[test]
fn an_end_that_is_told_ahead_settles_the_year_of_the_first_segment() {
    let log: String = (0..30_000)
        .map(|n| format!("ev {} 1 {n} mx1 someone@contoso.example\n", 11 + n / 15_000))
        .chain(["ev 1 2 9 mx1 last@contoso.example\n".to_owned()])
        .collect();
    let first_year = |told: bool| {
        let mut reader = reader(log.len());
        if told {
            let end = Stamp::Yearless {
                month: 1,
                day: 2,
                micros: 0,
            };
            reader.unpacked.text.body.statement.expect_end(Some(end));
        }
        reader.push(log.as_bytes());
        let clocks = std::iter::from_fn(|| reader.take()).find_map(|parcel| match parcel {
            Parcel::Segment { clocks, .. } => Some(clocks),
            Parcel::Block { .. } => None,
        });
        (
            clocks.unwrap()[0].clock.year,
            reader.finish(None).clocks[0].clock.year,
        )
    };
    assert_eq!(first_year(true), (2025, 2025));
    assert_eq!(first_year(false).1, 2025);
}

#[test]
fn damage_and_trouble_come_first() {
    let packed = gzip(&log(3000, "\n"));
    let mut reader = reader(packed.len());
    reader.push(&packed[..packed.len() / 2]);
    let record = reader.finish(Some("It grew while it was read.".to_owned()));
    assert_eq!(record.remarks[0].text, "It grew while it was read.");
    assert!(record.remarks[1].text.contains("cut off"));
    assert!(record.account.events > 500 && !record.refused);
}

#[test]
fn an_endless_line_costs_no_memory_and_loses_nothing_else() {
    const MEBIBYTES: usize = 12;
    let mut reader = reader(0);
    let mut parcels = Vec::new();
    reader.push(b"ev 3 1 9 mx1 a\n");
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..MEBIBYTES {
        reader.push(&chunk);
        parcels.extend(std::iter::from_fn(|| reader.take()));
    }
    reader.push(b"\nev 3 1 9 mx1 b\n");
    let record = reader.finish(None);
    parcels.extend(std::iter::from_fn(|| reader.take()));
    let held: u64 = record.blocks.iter().map(|(_, piece)| piece.len).sum();
    assert!(held < 100 << 10, "{held} bytes of blocks");
    assert_eq!((record.account.lines, record.account.events), (3, 2));
    assert_eq!(record.account.examples[0].1.len(), 300);
    assert_eq!(
        record.remarks[0].text,
        "A line is longer than a mebibyte; only its beginning was read."
    );
    let after = 15 + (MEBIBYTES << 20) as u64 + 1;
    let offsets: Vec<u64> = events(&parcels).iter().map(|event| event.0).collect();
    assert_eq!(offsets, [0, after]);
}

#[test]
fn what_is_no_log_is_refused_in_words() {
    let xlsx =
        b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml \xA2xl/workbook.xml".repeat(200);
    let photo = [b"\xFF\xD8\xFF\xE0\0\x10JFIF".to_vec(), vec![0x5A; 9000]].concat();
    for (bytes, says) in [
        (b"".to_vec(), "The file is empty."),
        (photo.clone(), "a picture (JPEG)"),
        (gzip(&photo), "a picture (JPEG)"),
        (xlsx, "save the sheet as CSV"),
        (
            b"name,street,town,phone\r\nAnn,Main St,Springfield,1\r\n".to_vec(),
            "looks like a table",
        ),
        (b"Dear Ann,\nhello\n".to_vec(), "first line is “Dear Ann,”"),
        (b"\n\n  \n\0\0".to_vec(), "holds no text"),
        (b"\x1f\x8b\x08".to_vec(), "Nothing could be unpacked"),
    ] {
        let whole = record(&bytes);
        assert!(whole.refused, "{says}");
        assert!(
            whole.remarks.last().unwrap().text.contains(says),
            "{:?}",
            whole.remarks
        );
        for step in [1, 7, 4096] {
            assert_eq!(read(&bytes, step).1, whole, "{says} in steps of {step}");
        }
    }
}

#[test]
fn a_refused_file_need_not_be_read_on() {
    let mut reader = reader(0);
    let film = b"\0\0\0\x18ftypmp42".repeat(1000);
    reader.push(&film[..5000]);
    assert!(reader.is_refused());
    let hash = blake3::hash(&film[..HEAD]).to_hex().to_string();
    assert_eq!(reader.finish(None).hash, hash);
    assert!(reader.take().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        lines in prop::collection::vec("(ev [0-9]{1,2} [0-9]{1,2} [0-9]{1,5} mx1 a|open|done|lost|skip)?\r?\n?", 0..20),
        step in 1..700usize,
    ) {
        let text = lines.concat().into_bytes();
        for bytes in [&bytes, &gzip(&bytes), &[text.clone(), bytes.clone()].concat(), &[b"\xFF\xFE".to_vec(), bytes.clone()].concat()] {
            prop_assert_eq!(read(bytes, step), read(bytes, bytes.len().max(1)));
            record(bytes);
        }
    }
}

#[test]
fn a_file_that_is_gone_is_not_called_empty() {
    let said = |size| texts(&reader(size).finish(None));
    assert_eq!(said(0), ["The file is empty."]);
    assert!(said(1)[0].starts_with("The file could not be read"));
}

fn texts(record: &Record) -> Vec<String> {
    let remarks = record.remarks.iter();
    remarks.map(|remark| remark.text.clone()).collect()
}
