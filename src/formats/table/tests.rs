use super::*;
use crate::event::{Event, Stamp};
use proptest::prelude::*;

/// Rows of a key that is a number, and a text.
#[derive(Default)]
struct Shelf {
    key: Option<usize>,
    text: Option<usize>,
    seen: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Rows for Shelf {
    fn header(&mut self, header: &Header) -> bool {
        self.key = header.place("key");
        self.text = header.place_of_any(&["words", "text"]);
        self.key.is_some()
    }

    fn begins(&self, record: &Record<'_>) -> bool {
        record.column(self.key).iter().all(u8::is_ascii_digit)
    }

    fn row(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Reading {
        let key = record.column(self.key);
        if key.is_empty() || !key.iter().all(u8::is_ascii_digit) {
            return Reading::Unknown;
        }
        out.event(&Event {
            offset: record.offset,
            stamp: Stamp::Instant(0),
            cut: record.cut,
            ..Event::default()
        });
        self.seen
            .push((key.to_vec(), record.column(self.text).to_vec()));
        Reading::Recognised
    }

    fn finish(&mut self, rows: u64, out: &mut dyn Sink) {
        out.remark(Remark::note(format!("{rows} rows")));
    }
}

#[derive(Default)]
struct Told {
    readings: Vec<Reading>,
    remarks: Vec<String>,
    offsets: Vec<u64>,
}

impl Sink for Told {
    fn event(&mut self, event: &Event<'_>) {
        self.offsets.push(event.offset);
    }

    fn close(&mut self, reading: Reading) {
        let open = self
            .readings
            .iter_mut()
            .filter(|line| **line == Reading::Open);
        open.for_each(|line| *line = reading);
    }

    fn remark(&mut self, remark: Remark) {
        self.remarks.push(remark.text);
    }
}

fn read(text: &[u8], width: usize) -> (Vec<(String, String)>, Told) {
    let mut told = Told::default();
    let places = (width > 0).then_some(0);
    let shelf = Shelf {
        key: places,
        text: places.map(|_| 1),
        seen: Vec::new(),
    };
    let mut table = Table::headless(shelf, width);
    let mut offset = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let bytes = line.strip_suffix(b"\n").unwrap_or(line);
        let reading = table.line(
            &Line {
                offset,
                bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes),
                ended: bytes.len() < line.len(),
                envelope: None,
            },
            &mut told,
        );
        told.readings.push(reading);
        offset += line.len() as u64;
    }
    table.finish(&mut told);
    told.close(Reading::Unknown);
    let text_of = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let seen = table.rows.seen.iter();
    let seen = seen.map(|(key, text)| (text_of(key), text_of(text)));
    (seen.collect(), told)
}

fn rows(text: &str) -> Vec<(String, String)> {
    read(text.as_bytes(), 0).0
}

fn one(key: &str, text: &str) -> Vec<(String, String)> {
    vec![(key.to_owned(), text.to_owned())]
}

#[test]
fn headers_are_told_whatever_their_dress() {
    for table in [
        "key,text\n1,a b\n",
        "TEXT,Key\na b,1\n",
        "\u{feff}\"Key\";\"Text\"\n1;a b\n",
        "Key\tText\tElse\n1\ta b\tx\n",
        "\"\u{200b}key \",\"other, one\",text\n\"1\",x,\"a b\"\n",
        "sep=;\nkey;text;\n1;a b;\n",
        "#TYPE Deserialized.Of.Something\n\"key\",\"words\"\n\"1\",\"a b\"\n",
        "some words above\n\nkey,text\r\n1,a b\r\n",
    ] {
        assert_eq!(rows(table), one("1", "a b"), "{table}");
    }
    assert_eq!(Header::read(b"key"), None);
    assert_eq!(Header::read(b"\"key,text"), None);
    assert_eq!(Header::with(b"2026,a line", "key"), None);
    assert!(Header::with(b"Text,KEY", "key").is_some());
}

#[test]
fn missing_columns_are_empty_and_unknown_ones_are_passed_over() {
    assert_eq!(rows("key,else\n1,x\n"), one("1", ""));
    assert_eq!(rows("else,key,text,more\nx,1,a,y\n"), one("1", "a"));
}

#[test]
fn a_record_goes_over_lines_as_long_as_its_quote_is_open() {
    let (seen, told) = read(b"key,text\n1,\"a\nb, \"\"c\"\"\n\"\n2,d\n", 0);
    assert_eq!(seen[0], ("1".to_owned(), "a\nb, \"c\"".to_owned()));
    assert_eq!(seen[1], ("2".to_owned(), "d".to_owned()));
    assert_eq!(told.readings, [Reading::Recognised; 5]);
    assert_eq!(told.offsets, [9, 25]);
}

#[test]
fn a_quote_that_is_never_closed_swallows_no_other_row() {
    let (seen, told) = read(b"key,text\n1,\"a\n2,b\n3,c\n", 0);
    let keys: Vec<&str> = seen.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["2", "3"]);
    assert_eq!(told.readings[1], Reading::Unknown);
    let (seen, told) = read(b"key,text\n1,\"a\nb\",c\n3,d\n", 0);
    assert_eq!(seen, one("3", "d"), "two rows that a quote made one");
    assert_eq!(told.readings[1..3], [Reading::Unknown; 2]);
}

#[test]
fn a_header_comes_again() {
    let (seen, told) = read(b"key,text\n1,a\ntext,key\nb,2\n", 0);
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1], ("2".to_owned(), "b".to_owned()));
    assert_eq!(told.readings, [Reading::Recognised; 4]);
}

#[test]
fn rows_without_a_header_need_a_layout() {
    assert_eq!(read(b"1,a\n", 0).1.readings, [Reading::Unknown]);
    assert_eq!(read(b"1,a\n", 2).0, one("1", "a"));
}

#[test]
fn half_a_field_is_none() {
    let (seen, told) = read(b"key,text,more\n1,a", 0);
    assert_eq!(seen, one("1", ""));
    assert_eq!(told.readings, [Reading::Recognised; 2]);
}

#[test]
fn values_without_a_column_are_told_of() {
    let (seen, told) = read(b"key,text\n1,a,b\n2,c,\n", 0);
    assert_eq!(seen.len(), 2);
    assert!(told.remarks[0].starts_with("A row has more values than"));
    assert_eq!(told.remarks[1], "2 rows");
    assert_eq!(read(b"key,text\n2,c,\n", 0).1.remarks, ["1 rows"]);
}

#[test]
fn rounded_numbers_are_a_spreadsheets() {
    for text in ["1.32697E+05", "1,3E+11", "7E+12"] {
        assert!(is_rounded(text.as_bytes()), "{text}");
    }
    for text in [
        "",
        "132697",
        "E+05",
        "1.5E-3",
        "8E12",
        "1.3E+x",
        "1.E+05",
        "08DE+01E+3",
    ] {
        assert!(!is_rounded(text.as_bytes()), "{text}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_accounted_for(text in "[1a\",;\t\n]{0,80}", width in 0usize..4) {
        let text = format!("key,text\n{text}");
        let lines = text.split_inclusive('\n').count();
        let (_, told) = read(text.as_bytes(), width);
        prop_assert_eq!(told.readings.len(), lines);
        prop_assert!(!told.readings.contains(&Reading::Open));
    }
}
