//! What exports of Message Trace share, whether PowerShell wrote them, Microsoft Graph or the Reporting
//! Web Service (formats.md 2): they are tables or JSON, and their rows are the same in both.
//!
//! What a row states is its format's to say ([`Export`]).

use super::exchange::resaved;
use super::json::{Object, Objects, Scanner, Taken};
use super::table::{Header, Record, Rows, Table, is_rounded};
use super::{Line, Reader, Reading, Sink, date};
use crate::event::Stamp;
use crate::lines::LONGEST;
use crate::remark::Remark;

/// The most columns that a format reads.
const COLUMNS: usize = 16;

/// What a format knows of its rows.
pub trait Export: Default + 'static {
    /// The columns that are read, each by its names, the usual one first.
    const NAMES: &'static [&'static [&'static str]];

    /// Whether a row of these columns is one of the format's.
    fn is_row(has: &dyn Fn(&str) -> bool) -> bool;

    /// States the events of a row; false if it is none.
    fn state(&mut self, row: &Row<'_>, out: &mut dyn Sink) -> bool;

    /// All has been read, so many rows: says what a person should know of it.
    fn finish(&mut self, _rows: u64, _out: &mut dyn Sink) {}
}

/// One row, whatever it was written in.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its first byte, counted in the source's unpacked text.
    pub offset: u64,
    /// It is the source's last and has no line end.
    pub cut: bool,
    values: [&'a [u8]; COLUMNS],
}

impl<'a> Row<'a> {
    /// The value of a column, by its place in [`Export::NAMES`].
    pub fn get(&self, column: usize) -> &'a [u8] {
        self.values.get(column).copied().unwrap_or_default()
    }
}

/// The time of a row. Message Trace's times are UTC's, though they say so only at times (formats.md 2.1).
pub fn stamp(text: &[u8]) -> Option<Stamp> {
    let Some(ticks) = text.strip_prefix(b"/Date(") else {
        return date::stamp(text, true);
    };
    // Milliseconds since 1970 in UTC, whatever offset follows them.
    let digits = ticks.strip_prefix(b"-").unwrap_or(ticks);
    let (millis, rest) = super::scan::number(digits)?;
    let micros = i64::try_from(millis).ok()?.checked_mul(1000)?;
    let is_whole = rest.ends_with(b")/") && matches!(rest.first(), Some(b')' | b'+' | b'-'));
    is_whole.then_some(Stamp::Instant(match digits.len() < ticks.len() {
        true => -micros,
        false => micros,
    }))
}

/// Whether a header is of a format's table.
pub fn is_header<E: Export>(line: &[u8], word: &str) -> bool {
    Header::with(line, word).is_some_and(|header| is_table_of::<E>(&header))
}

fn is_table_of<E: Export>(header: &Header) -> bool {
    E::is_row(&|name| header.place(&name.to_ascii_lowercase()).is_some())
}

/// Whether an object is one of a format's rows.
pub fn is_object<E: Export>(object: &Object<'_>) -> bool {
    E::is_row(&|name| object.has(name))
}

pub fn reader<E: Export>() -> Box<dyn Reader> {
    Box::new(Undecided::<E> {
        table: Table::new(Sheet::default()),
        json: None,
    })
}

/// Decides between table and JSON by the first line that begins as JSON does.
struct Undecided<E> {
    table: Table<Sheet<E>>,
    json: Option<Box<Json<E>>>,
}

impl<E: Export> Reader for Undecided<E> {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        if self.json.is_none() && self.table.is_headless() && begins_json(line.bytes) {
            self.json = Some(Box::default());
        }
        match &mut self.json {
            Some(json) => json.line(line, out),
            None => self.table.line(line, out),
        }
    }

    fn reads_on(&self) -> bool {
        self.json.is_some()
    }

    fn more(&mut self, piece: &Line<'_>, is_last: bool, out: &mut dyn Sink) {
        if let Some(json) = &mut self.json {
            json.more(piece, is_last, out);
        }
    }

    fn is_whole(&self) -> bool {
        self.json.as_ref().is_some_and(|json| json.is_whole())
    }

    fn finish(&mut self, out: &mut dyn Sink) {
        match &mut self.json {
            Some(json) => json.finish(out),
            None => self.table.finish(out),
        }
    }
}

fn begins_json(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    matches!(line.trim_ascii().first(), Some(b'{' | b'[' | b'}' | b']'))
}

/// A format's rows, and what is noted of all of them.
struct Sheet<E> {
    export: E,
    places: [Option<usize>; COLUMNS],
    resaved: bool,
    /// The names of columns whose values PowerShell did not write.
    unwritten: Vec<&'static str>,
}

impl<E: Export> Default for Sheet<E> {
    fn default() -> Self {
        Sheet {
            export: E::default(),
            places: [None; COLUMNS],
            resaved: false,
            unwritten: Vec::new(),
        }
    }
}

impl<E: Export> Sheet<E> {
    fn state(&mut self, mut row: Row<'_>, out: &mut dyn Sink) -> bool {
        for (value, names) in row.values.iter_mut().zip(E::NAMES) {
            if is_type_name(value) {
                *value = &[];
                let name = names.first().copied().unwrap_or_default();
                if !self.unwritten.contains(&name) {
                    self.unwritten.push(name);
                }
            }
            self.resaved |= is_rounded(value);
        }
        self.export.state(&row, out)
    }

    fn conclude(&mut self, rows: u64, out: &mut dyn Sink) {
        for name in &self.unwritten {
            out.remark(unwritten(name));
        }
        if self.resaved {
            out.remark(resaved());
        }
        self.export.finish(rows, out);
    }
}

/// What a person should know of a column that PowerShell did not write (formats.md 2.0).
pub fn unwritten(name: &str) -> Remark {
    Remark::warning(format!(
        "The values of {name} are not in this export: PowerShell wrote the name of a type for them, such as “System.String[]”. Export it anew with Select-Object *, @{{n='{name}';e={{$_.{name} -join ';'}}}} -ExcludeProperty {name}."
    ))
}

/// `System.String[]`, `System.Collections.Generic.List`: what a list becomes when it is made a text.
pub fn is_type_name(value: &[u8]) -> bool {
    let ends = |end: &[u8]| value.ends_with(end);
    value.starts_with(b"System.")
        && !value.contains(&b' ')
        && (ends(b"[]") || ends(b"Collection") || ends(b"List") || ends(b"]"))
}

impl<E: Export> Rows for Sheet<E> {
    fn header(&mut self, header: &Header) -> bool {
        if !is_table_of::<E>(header) {
            return false;
        }
        for (place, names) in self.places.iter_mut().zip(E::NAMES) {
            let mut names = names.iter().map(|name| name.to_ascii_lowercase());
            *place = names.find_map(|name| header.place(&name));
        }
        true
    }

    fn begins(&self, record: &Record<'_>) -> bool {
        let mut values = self.places.iter().map(|place| record.column(*place));
        values.any(|value| stamp(value).is_some())
    }

    fn row(&mut self, record: &Record<'_>, out: &mut dyn Sink) -> Reading {
        let row = Row {
            offset: record.offset,
            cut: record.cut,
            values: self.places.map(|place| record.column(place)),
        };
        match self.state(row, out) {
            true => Reading::Recognised,
            false => Reading::Unknown,
        }
    }

    fn finish(&mut self, rows: u64, out: &mut dyn Sink) {
        self.conclude(rows, out);
    }
}

/// Reads JSON, in whatever envelope and over whatever lines.
struct Json<E> {
    scanner: Scanner,
    sheet: Sheet<E>,
    told: Told,
}

impl<E: Export> Default for Json<E> {
    fn default() -> Self {
        Json {
            scanner: Scanner::default(),
            sheet: Sheet::default(),
            told: Told::default(),
        }
    }
}

/// What is noted of the objects.
#[derive(Default)]
struct Told {
    rows: u64,
    lost: u64,
    /// The line that is being read holds something that was not understood.
    is_bad: bool,
    /// The line is given in pieces: what becomes of it is said at its end.
    in_pieces: bool,
    /// The last envelope names a page after it.
    next_page: bool,
}

impl<E: Export> Json<E> {
    fn scan(&mut self, line: &Line<'_>, ends: bool, out: &mut dyn Sink) {
        let mut taker = Taker {
            sheet: &mut self.sheet,
            told: &mut self.told,
            out,
            wrapped_in: None,
        };
        self.scanner.scan(line.offset, line.bytes, ends, &mut taker);
    }
}

impl<E: Export> Reader for Json<E> {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        if line.bytes.trim_ascii().is_empty() {
            return Reading::Ignored;
        }
        self.told.is_bad = false;
        self.told.in_pieces = !line.ended && line.bytes.len() >= LONGEST;
        self.scan(line, line.ended, out);
        match () {
            () if self.told.in_pieces => Reading::Open,
            () if self.told.is_bad => Reading::Unknown,
            () if self.scanner.is_inside() => Reading::Open,
            () => Reading::Recognised,
        }
    }

    fn reads_on(&self) -> bool {
        true
    }

    fn more(&mut self, piece: &Line<'_>, is_last: bool, out: &mut dyn Sink) {
        self.scan(piece, piece.ended, out);
        if is_last {
            self.told.in_pieces = false;
            match self.told.is_bad {
                true => out.close(Reading::Unknown),
                false if self.scanner.is_inside() => {}
                false => out.close(Reading::Recognised),
            }
        }
    }

    fn is_whole(&self) -> bool {
        !self.scanner.is_inside()
    }

    fn finish(&mut self, out: &mut dyn Sink) {
        if self.scanner.is_inside() {
            out.remark(Remark::warning(
                "The JSON ends before what it began with does, so it is cut off; all objects before were read.",
            ));
        }
        if !self.scanner.is_inside_object() && !self.told.is_bad {
            out.close(Reading::Recognised);
        }
        let lost = match self.told.lost {
            0 => None,
            1 => Some("An object of the JSON is damaged or of another kind; it was".to_owned()),
            lost => Some(format!(
                "{lost} objects of the JSON are damaged or of another kind; they were"
            )),
        };
        if let Some(lost) = lost {
            out.remark(Remark::warning(format!("{lost} not read.")));
        }
        if self.told.next_page {
            out.remark(Remark::warning(
                "The answer names a page that follows it (nextLink), so this is not all. Drop the other pages too.",
            ));
        }
        self.sheet.conclude(self.told.rows, out);
    }
}

/// Takes the objects of a scan.
struct Taker<'t, E> {
    sheet: &'t mut Sheet<E>,
    told: &'t mut Told,
    out: &'t mut dyn Sink,
    /// Where the object begins that holds this text.
    wrapped_in: Option<u64>,
}

impl<E> Taker<'_, E> {
    fn close(&mut self, reading: Reading) {
        if !self.told.in_pieces && self.wrapped_in.is_none() {
            self.out.close(reading);
        }
    }
}

impl<E: Export> Objects for Taker<'_, E> {
    fn begins(&mut self) {
        self.close(Reading::Recognised);
    }

    fn object(&mut self, object: &Object<'_>) -> Taken {
        if let Some(text) = object.wrapped().filter(|_| self.wrapped_in.is_none()) {
            let before = self.told.rows;
            let mut inner = Taker {
                sheet: self.sheet,
                told: self.told,
                out: self.out,
                wrapped_in: Some(object.offset),
            };
            Scanner::scan_all(text, &mut inner);
            if self.told.rows > before {
                return Taken::Item;
            }
        }
        if is_object::<E>(object) {
            let mut values: [&[u8]; COLUMNS] = [&[]; COLUMNS];
            for (value, names) in values.iter_mut().zip(E::NAMES) {
                let found = names.iter().find(|name| object.has(name));
                *value = found.map(|name| object.get(name)).unwrap_or_default();
            }
            let row = Row {
                offset: self.wrapped_in.unwrap_or(object.offset),
                cut: false,
                values,
            };
            if self.sheet.state(row, self.out) {
                self.told.rows += 1;
                return Taken::Item;
            }
            return Taken::Foreign;
        }
        let has_any = |names: &[&str]| names.iter().any(|name| object.has(name));
        let next_page = has_any(&["@odata.nextLink", "odata.nextLink", "__next"]);
        if next_page || object.is_empty() || has_any(&["@odata.context", "odata.metadata"]) {
            self.told.next_page = next_page || self.told.next_page && object.is_empty();
            return Taken::Envelope;
        }
        Taken::Foreign
    }

    fn lost(&mut self) {
        if self.wrapped_in.is_none() {
            self.told.lost += 1;
            self.told.is_bad = true;
            self.close(Reading::Unknown);
        }
    }

    fn stray(&mut self) {
        self.told.is_bad |= self.wrapped_in.is_none();
    }

    fn understood(&mut self) {
        self.close(Reading::Recognised);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_s_in_all_their_forms() {
        let instant = Some(Stamp::Instant(1_662_401_413_490_000));
        assert_eq!(stamp(b"/Date(1662401413490)/"), instant);
        assert_eq!(stamp(b"/Date(1662401413490+0200)/"), instant);
        assert_eq!(stamp(b"2022-09-05T18:10:13.4900000"), instant);
        assert_eq!(stamp(b"2022-09-05T18:10:13.49Z"), instant);
        assert_eq!(stamp(b"/Date(-1000)/"), Some(Stamp::Instant(-1_000_000)));
        assert_eq!(
            stamp(b"05.09.2022 18:10:13"),
            Some(Stamp::Instant(1_662_401_413_000_000))
        );
        assert!(matches!(
            stamp(b"9/5/2022 6:10:13 PM"),
            Some(Stamp::Slashed {
                utc: true,
                meridiem: true,
                ..
            })
        ));
        for wrong in [
            "/Date()/",
            "/Date(1",
            "/Date(99999999999999999999)/",
            "",
            "soon",
        ] {
            assert_eq!(stamp(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn names_of_types_are_no_values() {
        for name in [
            "System.String[]",
            "System.Object[]",
            "System.Collections.ArrayList",
            "System.Collections.Generic.List`1[System.String]",
            "System.Collections.ObjectModel.Collection",
        ] {
            assert!(is_type_name(name.as_bytes()), "{name}");
        }
        for value in [
            "System.admin@contoso.example",
            "System. [a]",
            "a System.String[]",
        ] {
            assert!(!is_type_name(value.as_bytes()), "{value}");
        }
    }
}
