//! Tables of separated values under a header, as reports and PowerShell write them (formats.md 0.4):
//! which separator, which column is where, and which lines make a record.
//!
//! Headers are told by names, whatever their order, case, quotes and invisible marks. What a table
//! is about and what its rows state is its format's to say ([`Rows`]); dates and values are not read here.

use super::csv::{End, Fields};
use super::{Line, Reader, Reading, Sink};
use crate::remark::Remark;

/// The longest line that is taken for a header, in bytes.
const HEADER_LEN: usize = 8192;
/// The longest record over several lines.
const RECORD_LEN: usize = 1 << 20;
/// Between the columns of a header; the first of those that are equally frequent holds.
const SEPARATORS: [u8; 3] = *b",;\t";
/// The byte order mark, which is a zero-width character elsewhere, and its like (U+200B to U+200D,
/// U+2060).
const INVISIBLE: [&[u8]; 5] = [
    b"\xEF\xBB\xBF",
    b"\xE2\x80\x8B",
    b"\xE2\x80\x8C",
    b"\xE2\x80\x8D",
    b"\xE2\x81\xA0",
];

/// A table's first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    separator: u8,
    /// In lower case, less quotes, white space around and invisible marks.
    names: Vec<Vec<u8>>,
}

impl Header {
    /// Reads a line as a header; `None` if it has but one column.
    pub fn read(line: &[u8]) -> Option<Header> {
        if line.len() > HEADER_LEN {
            return None;
        }
        let line = without_mark(line);
        let separator = separator(line)?;
        let mut fields = Fields::new(separator);
        let end = fields.split(line);
        let names = (0..fields.len()).map(|place| plain(fields.get(line, place)));
        (end == End::Whole).then(|| Header {
            separator,
            names: names.collect(),
        })
    }

    /// The same, of a line that mentions `word`: most lines of most files are no header, and a scan
    /// for a word costs less than a split.
    pub fn with(line: &[u8], word: &str) -> Option<Header> {
        let line = line.get(..HEADER_LEN).map_or(line, |_| &[]);
        let mentioned = line
            .windows(word.len())
            .any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
        mentioned.then(|| Header::read(line)).flatten()
    }

    /// The names of the columns in their order, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(Vec::as_slice)
    }

    /// How many columns it names.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// Where the first column of this name lies. The name is in lower case.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name.as_bytes())
    }

    /// Where the first of these names has a column.
    pub fn place_of_any(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.place(name))
    }

    pub fn has_all(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.place(name).is_some())
    }
}

fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
}

/// The separator that a line has most of outside quotes.
fn separator(line: &[u8]) -> Option<u8> {
    let mut quoted = false;
    let mut counts = [0usize; SEPARATORS.len()];
    for byte in line {
        quoted ^= *byte == b'"';
        let counted = SEPARATORS.iter().zip(&mut counts);
        for (_, count) in counted.filter(|(separator, _)| **separator == *byte && !quoted) {
            *count += 1;
        }
    }
    let most = counts.iter().max().filter(|most| **most > 0)?;
    let counted = SEPARATORS.iter().zip(&counts);
    let mut counted = counted.filter(|(_, count)| *count == most);
    counted.next().map(|(separator, _)| *separator)
}

fn plain(mut name: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(name.len());
    while let Some((first, rest)) = name.split_first() {
        let mark = INVISIBLE.iter().find(|mark| name.starts_with(mark));
        match mark {
            Some(mark) => name = name.get(mark.len()..).unwrap_or_default(),
            None => {
                plain.push(first.to_ascii_lowercase());
                name = rest;
            }
        }
    }
    plain.trim_ascii().to_vec()
}

/// One record of a table.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its first byte, counted in the source's unpacked text.
    pub offset: u64,
    /// It is the source's last and has no line end.
    pub cut: bool,
    text: &'a [u8],
    fields: &'a Fields,
    /// How many of its fields are whole.
    whole: usize,
}

impl<'a> Record<'a> {
    /// Looks at a line as a record of its own; false if a quote stays open in it.
    pub fn alone(line: &[u8], separator: u8, look: impl FnOnce(&Record<'_>) -> bool) -> bool {
        let mut fields = Fields::new(separator);
        let end = fields.split(line);
        let record = Record {
            offset: 0,
            cut: false,
            text: line,
            fields: &fields,
            whole: fields.len(),
        };
        end == End::Whole && look(&record)
    }

    /// A field; empty where the record has none.
    pub fn get(&self, place: usize) -> &'a [u8] {
        match place < self.whole {
            true => self.fields.get(self.text, place).trim_ascii(),
            false => &[],
        }
    }

    /// The field of a column that the table may not have.
    pub fn column(&self, place: Option<usize>) -> &'a [u8] {
        place.map_or(&[], |place| self.get(place))
    }

    /// How many fields it has.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a format knows of its table.
pub trait Rows {
    /// Learns the columns of a header; false if it is another table's.
    fn header(&mut self, header: &Header) -> bool;

    /// Whether a line, alone, is a row and no part of one, so that a quote that was left open before it
    /// swallows no more. It should take more than a date at its beginning, which a subject can have.
    fn begins(&self, record: &Record<'_>) -> bool;

    /// States the events of a row.
    fn row(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Reading;

    /// The table has ended, after so many rows: says what a person should know of it.
    fn finish(&mut self, _rows: u64, _out: &mut dyn Sink) {}
}

/// Reads a table: finds its header, puts its records together, and lets the format speak.
pub struct Table<R> {
    rows: R,
    fields: Fields,
    /// Columns of the header; of the layout that is assumed where it was cut off; 0 for neither.
    width: usize,
    /// The record so far while a quote is open, its lines joined by LF, and where it began.
    record: Vec<u8>,
    record_offset: u64,
    /// Rows so far, and those with more fields than columns.
    count: u64,
    surplus: u64,
    /// For the lines inside an open record.
    alone: Fields,
}

impl<R: Rows> Table<R> {
    /// A table whose header must come before its rows.
    pub fn new(rows: R) -> Table<R> {
        Table::headless(rows, 0)
    }

    /// A table whose rows are known without their header too, by having `width` fields and a comma
    /// between them. The format has those columns' places from the start.
    pub fn headless(rows: R, width: usize) -> Table<R> {
        Table {
            rows,
            fields: Fields::new(b','),
            width,
            record: Vec::new(),
            record_offset: 0,
            count: 0,
            surplus: 0,
            alone: Fields::new(b','),
        }
    }

    /// Whether no header has come, nor any layout without one.
    pub fn is_headless(&self) -> bool {
        self.width == 0
    }

    /// Takes a header, if the line is the table's.
    fn header(&mut self, line: &[u8]) -> bool {
        let header = Header::read(line).filter(|header| self.rows.header(header));
        let Some(header) = header else { return false };
        self.fields = Fields::new(header.separator);
        self.alone = Fields::new(header.separator);
        self.width = header.width();
        true
    }

    /// Whether a line begins a record though a quote is open.
    fn begins(&mut self, line: &Line<'_>) -> bool {
        let end = self.alone.split(line.bytes);
        let record = Record {
            offset: line.offset,
            cut: !line.ended,
            text: line.bytes,
            fields: &self.alone,
            whole: self.alone.len(),
        };
        end == End::Whole && record.len() == self.width && self.rows.begins(&record)
    }

    /// Takes a line that continues a record.
    fn go_on(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        if self.record.len() + line.bytes.len() >= RECORD_LEN {
            self.record.clear();
            out.close(Reading::Unknown);
            return Reading::Unknown;
        }
        self.record.push(b'\n');
        self.record.extend_from_slice(line.bytes);
        match self.fields.resume(&self.record) {
            End::Open if line.ended => Reading::Open,
            // Two rows that a lost quote has made one.
            End::Whole if self.fields.len() != self.width => {
                self.record.clear();
                out.close(Reading::Unknown);
                Reading::Unknown
            }
            end => {
                let mut record = std::mem::take(&mut self.record);
                let reading = self.row(&record, self.record_offset, end, line.ended, out);
                out.close(reading);
                record.clear();
                self.record = record;
                reading
            }
        }
    }

    /// Lets the format read the record that was split last.
    fn row(
        &mut self,
        text: &[u8],
        offset: u64,
        end: End,
        ended: bool,
        out: &mut dyn Sink,
    ) -> Reading {
        let count = self.fields.len();
        // The last field of half a row is half a field.
        let is_half = end == End::Open || count < self.width;
        let record = Record {
            offset,
            cut: !ended,
            text,
            fields: &self.fields,
            whole: count - usize::from(is_half).min(count),
        };
        let reading = self.rows.row(&record, out);
        if reading != Reading::Unknown {
            self.count += 1;
            let more = (self.width..count).any(|place| !record.get(place).is_empty());
            self.surplus += u64::from(more);
        }
        reading
    }
}

impl<R: Rows> Reader for Table<R> {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        if !self.record.is_empty() {
            if !self.begins(line) {
                return self.go_on(line, out);
            }
            self.record.clear();
            out.close(Reading::Unknown);
        }
        if line.bytes.trim_ascii().is_empty() {
            return Reading::Ignored;
        }
        // What PowerShell and Excel write above a header.
        if line.bytes.starts_with(b"#TYPE ") || line.bytes.starts_with(b"sep=") {
            return Reading::Recognised;
        }
        if self.width > 0 {
            match self.fields.split(line.bytes) {
                End::Open if line.ended => {
                    self.record.extend_from_slice(line.bytes);
                    self.record_offset = line.offset;
                    return Reading::Open;
                }
                end => {
                    let reading = self.row(line.bytes, line.offset, end, line.ended, out);
                    if reading != Reading::Unknown {
                        return reading;
                    }
                }
            }
        }
        // Tables that were joined have a header in their midst.
        match self.header(line.bytes) {
            true => Reading::Recognised,
            false => Reading::Unknown,
        }
    }

    fn finish(&mut self, out: &mut dyn Sink) {
        let rows = match self.surplus {
            0 => None,
            1 => Some("A row has".to_owned()),
            rows => Some(format!("{rows} rows have")),
        };
        if let Some(rows) = rows {
            out.remark(Remark::warning(format!(
                "{rows} more values than the table has columns, so a comma may be missing its quotes; the values past the last column were not read."
            )));
        }
        self.rows.finish(self.count, out);
    }
}

/// Whether a text is a long number as a spreadsheet writes it: `1.32697E+05`.
pub fn is_rounded(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'E');
    let (Some(mantissa), Some(exponent), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let exponent = exponent.strip_prefix(b"+").unwrap_or_default();
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let mut mantissa = mantissa.splitn(2, |byte| matches!(byte, b'.' | b','));
    digits(exponent) && mantissa.next().is_some_and(digits) && mantissa.next().is_none_or(digits)
}

#[cfg(test)]
mod tests;
