//! The library from a terminal: mail logs in, the trace table out.
//!
//! ```sh
//! cargo run --release --example trace -- mail.log MSGTRK2026091408-1.LOG
//! ```
//! It shows how the library is used: [`SourceReader`] makes segments of a file's bytes, [`Trace`] takes
//! them up and derives deliveries, [`Search`] orders them, and [`Entry`] puts them into words. Reading
//! files and printing is all that is done here.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use chrono::{DateTime, FixedOffset, SecondsFormat};
use mailtrace::delivery::Settings;
use mailtrace::explain::{self, Entry, EventText};
use mailtrace::raw::{self, Place};
use mailtrace::search::{Column, Query, Search, Sort};
use mailtrace::source::SourceNumber;
use mailtrace::source::{HostClock, Opening, Parcel, Record, SourceReader};
use mailtrace::time::{Told, Zone};
use mailtrace::trace::Trace;

const HELP: &str = "\
Traces mail logs: what became of each message, for each recipient.

usage: trace [options] FILE…

A FILE may be packed with gzip; of a directory, every file below it is read.
What a file is, is found out by what is in it. Prints one line a delivery, tab-separated, oldest first,
below a header: time status sender recipient message_id subject from_ip to_ip size reason.
Times are RFC 3339 in UTC. Tab, newline, carriage return and backslash in a field are written
\\t \\n \\r \\\\. What each file is and how many of its lines were read goes to standard error.

  --events       one line an event instead, in the order of the files
  --journeys     the systems that each message passed instead, one line each, below a line for the message,
                 and how it is known to be the same one
  --why          below each delivery, indented: the rule, the line that decided, what happened in a
                 sentence, what it means and what to do, and what is missing
  --zone OFFSET  for logs that do not tell their zone: UTC (which is assumed), +02:00, -0500
  --year YEAR    for logs that do not tell their year: that of their first line
  --host NAME    for logs that name no host
  --setting NAME=VALUE
                 how a contested case is decided; the first value is what holds without:
                 spam-verdict=junk|delivered    spam that went to a folder which no line names
                 refused-spam=failed|filtered   a refusal that names a block list or a spam filter
                 refused-for-now=pending|failed what was put off and not offered again
  --help         this text
";

const BUILD: &str = env!("CARGO_PKG_VERSION");
/// Bytes of a read.
const CHUNK: usize = 1 << 20;
/// Bytes at a file's end that are looked at for its last time.
const TAIL: u64 = 64 << 10;

#[derive(Default)]
struct Options {
    files: Vec<PathBuf>,
    events: bool,
    journeys: bool,
    why: bool,
    help: bool,
    /// Seconds east of UTC.
    offset: i32,
    year: Option<i32>,
    host: String,
    settings: Settings,
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) if options.help => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(options) if !options.files.is_empty() => options,
        Ok(_) => return refuse("name at least one file; --help tells more"),
        Err(what) => return refuse(&what),
    };
    let mut logs = Logs::new(&options);
    let mut all_opened = true;
    for path in &options.files {
        all_opened &= logs.walk(path);
    }
    while logs.trace.derive(&mut || true) {}
    let printed = match () {
        () if options.events => logs.print_events(),
        () if options.journeys => logs.print_journeys(),
        () => logs.print_deliveries(),
    };
    match printed {
        // Whoever reads has had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => refuse(&format!("cannot print: {error}")),
        Ok(()) if all_opened => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
    }
}

fn refuse(what: &str) -> ExitCode {
    eprintln!("trace: {what}");
    ExitCode::FAILURE
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    let mut only_files = false;
    while let Some(arg) = args.next() {
        if only_files || !arg.starts_with('-') {
            options.files.push(arg.into());
            continue;
        }
        let (name, joined) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (arg.as_str(), None),
        };
        let mut value = || {
            let value = joined.clone().or_else(|| args.next());
            value.ok_or_else(|| format!("{name} wants a value"))
        };
        match name {
            "--" => only_files = true,
            "--help" | "-h" => options.help = true,
            "--events" => options.events = true,
            "--journeys" => options.journeys = true,
            "--why" => options.why = true,
            "--host" => options.host = value()?,
            "--setting" => set(&mut options.settings, &value()?)?,
            "--zone" => options.offset = offset(&value()?)?,
            "--year" => {
                let year = value()?;
                let number = year.parse();
                options.year = Some(number.map_err(|_| format!("{year} is no year"))?);
            }
            _ => return Err(format!("there is no option {name}; --help lists them")),
        }
    }
    Ok(options)
}

/// Decides a contested case, as `spam-verdict=junk` says.
fn set(settings: &mut Settings, setting: &str) -> Result<(), String> {
    match setting {
        "spam-verdict=junk" => settings.spam_verdict_means_junk = true,
        "spam-verdict=delivered" => settings.spam_verdict_means_junk = false,
        "refused-spam=filtered" => settings.refused_spam_is_filtered = true,
        "refused-spam=failed" => settings.refused_spam_is_filtered = false,
        "refused-for-now=failed" => settings.refused_for_now_is_failed = true,
        "refused-for-now=pending" => settings.refused_for_now_is_failed = false,
        _ => {
            return Err(format!("there is no setting {setting}; --help lists them"));
        }
    }
    Ok(())
}

/// Seconds east of UTC of `UTC`, `+02:00`, `-0500`. The library knows no zone by its name.
fn offset(zone: &str) -> Result<i32, String> {
    if matches!(zone.to_ascii_uppercase().as_str(), "UTC" | "Z" | "GMT") {
        return Ok(0);
    }
    let offset: Result<FixedOffset, _> = zone.parse();
    offset
        .map(|offset| offset.local_minus_utc())
        .map_err(|_| format!("{zone} is no offset from UTC such as +02:00"))
}

/// What is read so far.
struct Logs<'o> {
    options: &'o Options,
    trace: Trace,
    sources: Vec<Source>,
}

struct Source {
    record: Record,
    /// The raw text, kept where line numbers are asked for, and where each block of it lies.
    blocks: Vec<Vec<u8>>,
    places: Vec<Place>,
}

impl<'o> Logs<'o> {
    fn new(options: &'o Options) -> Logs<'o> {
        let mut trace = Trace::new(0);
        trace.set_settings(options.settings);
        Logs {
            options,
            trace,
            sources: Vec::new(),
        }
    }

    /// Reads a file, or every file below a directory; false if one cannot be opened.
    fn walk(&mut self, path: &Path) -> bool {
        if !path.is_dir() {
            return match self.read(path) {
                Ok(()) => true,
                Err(error) => {
                    eprintln!("trace: {}: {error}", path.display());
                    false
                }
            };
        }
        let below = fs::read_dir(path).and_then(|entries| {
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            paths.collect::<io::Result<Vec<PathBuf>>>()
        });
        match below {
            Ok(mut paths) => {
                paths.sort();
                let mut all = true;
                paths.iter().for_each(|path| all &= self.walk(path));
                all
            }
            Err(error) => {
                eprintln!("trace: {}: {error}", path.display());
                false
            }
        }
    }

    fn read(&mut self, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        let about = file.metadata()?;
        let opening = Opening {
            name: path.display().to_string(),
            size: about.len(),
            modified: about.modified().ok().map(micros),
            assumed: zone(self.options.offset),
        };
        let number = self.sources.len() as SourceNumber;
        self.trace.begin(number, opening.modified);
        let mut reader = SourceReader::new(opening, BUILD, 0);
        if let Some(tail) = tail(&mut file, about.len())? {
            reader.tail(&tail);
        }
        let mut blocks = Vec::new();
        let mut chunk = vec![0; CHUNK];
        let mut trouble = None;
        while !reader.is_refused() {
            match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(len) => reader.push(chunk.get(..len).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    trouble = Some(format!("The file could not be read to its end: {error}."));
                    break;
                }
            }
            self.take(&mut reader, number, &mut blocks);
        }
        let mut record = reader.finish(trouble);
        self.take(&mut reader, number, &mut blocks);
        self.correct(&mut record.clocks);
        self.trace.set_clocks(number, &record.clocks);
        let known = self
            .sources
            .iter()
            .find(|source| source.record.hash == record.hash && !record.refused);
        if let Some(known) = known {
            let name = &known.record.opening.name;
            eprintln!(
                "{}: its content is here already, as {name}",
                record.opening.name
            );
            self.trace.forget(number);
            return Ok(());
        }
        report(&record);
        let places = record.blocks.iter().map(|(place, _)| *place).collect();
        self.sources.push(Source {
            record,
            blocks,
            places,
        });
        Ok(())
    }

    fn take(&mut self, reader: &mut SourceReader, number: SourceNumber, blocks: &mut Vec<Vec<u8>>) {
        while let Some(parcel) = reader.take() {
            match parcel {
                Parcel::Segment { bytes, mut clocks } => {
                    self.correct(&mut clocks);
                    if let Err(error) = self.trace.take_up(number, bytes, &clocks) {
                        eprintln!("trace: a segment {error}");
                    }
                }
                Parcel::Block { bytes, .. } if self.options.events || self.options.why => {
                    blocks.push(bytes);
                }
                Parcel::Block { .. } => {}
            }
        }
    }

    /// Sets what the person knows better than the log.
    fn correct(&self, clocks: &mut [HostClock]) {
        for clock in clocks {
            if let Some(year) = self.options.year.filter(|_| clock.lacks_year) {
                clock.clock.year = year;
                clock.clock.year_told = Told::Person;
            }
            if clock.host.is_empty() {
                clock.given_name.clone_from(&self.options.host);
            }
        }
    }

    fn print_deliveries(&self) -> io::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        let header =
            "time\tstatus\tsender\trecipient\tmessage_id\tsubject\tfrom_ip\tto_ip\tsize\treason";
        writeln!(out, "{header}")?;
        let mut lines = LineNumbers::default();
        for number in self.rows() {
            let Some(entry) = Entry::new(&self.trace, number) else {
                continue;
            };
            let size = entry.size().map(|size| size.to_string());
            print_fields(
                &mut out,
                &[
                    rfc3339(entry.time()),
                    entry.status().title().to_owned(),
                    entry.sender(),
                    entry.recipient(),
                    entry.message_id(),
                    entry.subject(),
                    entry.from_ip(),
                    entry.to_ip(),
                    size.unwrap_or_default(),
                    entry.reason(),
                ],
            )?;
            if self.options.why {
                self.print_why(&mut out, &entry, number, &mut lines)?;
            }
        }
        out.flush()
    }

    /// All deliveries, oldest first.
    fn rows(&self) -> Vec<u32> {
        let query = Query {
            probes: true,
            ..Query::default()
        };
        let sort = Sort {
            column: Column::Date,
            descending: false,
        };
        let outcome = Search::new(query, sort).step(&self.trace, &mut || true);
        outcome.unwrap_or_default().rows
    }

    /// Why a delivery has its status: the rule, the line that decided, the sentence, advice, what is missing.
    fn print_why(
        &self,
        out: &mut impl io::Write,
        entry: &Entry<'_>,
        number: u32,
        lines: &mut LineNumbers,
    ) -> io::Result<()> {
        let rule = entry.rule();
        writeln!(out, "\trule\t{}\t{}", rule.name(), rule.source())?;
        let delivery = self.trace.delivery(number);
        let row = delivery.and_then(|delivery| self.trace.events().row(delivery.decided_by));
        if let Some((row, source)) =
            row.zip(row.and_then(|row| self.sources.get(row.source() as usize)))
        {
            let place = lines.at(row.source(), source, row.offset());
            let name = &source.record.opening.name;
            write!(out, "\tdecided by\t{name}:{place}\t")?;
            print_fields(out, &[lines.text(source, row.offset())])?;
        }
        write!(out, "\tthat is\t")?;
        print_fields(out, &[explain::sentence(entry)])?;
        write!(out, "\tadvice\t")?;
        print_fields(out, &[explain::advice(entry).to_string()])?;
        if let Some(missing) = explain::missing(entry) {
            let (from, until) = (rfc3339(missing.from), rfc3339(missing.until));
            let look = match missing.is_covered {
                true => String::new(),
                false => format!(" Look at {} from {from} to {until}.", missing.look_at),
            };
            write!(out, "\tmissing\t")?;
            print_fields(out, &[format!("{}{look}", missing.text)])?;
        }
        Ok(())
    }

    fn print_journeys(&self) -> io::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        let mut known = HashSet::new();
        for number in self.rows() {
            let delivery = self.trace.delivery(number);
            let Some(journey) = delivery.and_then(|delivery| self.trace.journey(delivery)) else {
                continue;
            };
            let Some((delivery, entry)) = delivery.zip(Entry::new(&self.trace, number)) else {
                continue;
            };
            if !known.insert(delivery.journey) {
                continue;
            }
            let recipients = journey.deliveries.iter();
            let recipients = recipients.filter_map(|number| Entry::new(&self.trace, *number));
            let recipients: Vec<String> = recipients
                .map(|entry| format!("{}: {}", entry.recipient(), entry.status().title()))
                .collect();
            print_fields(
                &mut out,
                &[
                    rfc3339(entry.time()),
                    entry.sender(),
                    recipients.join(", "),
                    entry.message_id(),
                    entry.subject(),
                ],
            )?;
            let stations = explain::stations(&self.trace, journey);
            for (station, place) in stations.into_iter().zip(1u32..) {
                let before = station.before.map(|before| format!("after {}", before + 1));
                write!(out, "\t{place}\t")?;
                print_fields(
                    &mut out,
                    &[
                        station.host,
                        station.system,
                        station.id,
                        rfc3339(station.came),
                        rfc3339(station.left),
                        before.unwrap_or_default(),
                        station.certainty,
                        station.joined_by,
                    ],
                )?;
            }
        }
        out.flush()
    }

    fn print_events(&self) -> io::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        let header = "source\tline\ttime\thost\tevent\tkind\torigin\tid\tmessage_id\trecipients\tdetail\ttext";
        writeln!(out, "{header}")?;
        let events = self.trace.events();
        let mut lines = LineNumbers::default();
        for row in events.rows(0..events.len()) {
            let Some(source) = self.sources.get(row.source() as usize) else {
                continue;
            };
            let text = EventText::of(&self.trace, row);
            print_fields(
                &mut out,
                &[
                    source.record.opening.name.clone(),
                    lines.at(row.source(), source, row.offset()),
                    rfc3339(row.time()),
                    text.host(),
                    text.title().to_owned(),
                    text.kind(),
                    row.origin().name().to_owned(),
                    text.id(),
                    text.message_id(),
                    text.recipients(),
                    text.detail(),
                    text.text(),
                ],
            )?;
        }
        out.flush()
    }
}

/// Finds line numbers; neighbours mostly lie in the block that was unpacked last.
#[derive(Default)]
struct LineNumbers {
    block: Option<(SourceNumber, usize, Vec<u8>)>,
}

impl LineNumbers {
    /// The number of a record's line; its text is then [`LineNumbers::text`].
    fn at(&mut self, number: SourceNumber, source: &Source, offset: u64) -> String {
        let index = raw::blocks_at(&source.places, offset).start;
        let is_it = |block: &(SourceNumber, usize, Vec<u8>)| block.0 == number && block.1 == index;
        if !self.block.as_ref().is_some_and(is_it) {
            let text = source
                .blocks
                .get(index)
                .and_then(|block| raw::unpack(block));
            self.block = text.map(|text| (number, index, text));
        }
        let record = self.block.as_ref().zip(source.places.get(index));
        let record = record.and_then(|((.., text), place)| raw::record_at(*place, text, offset));
        record
            .map(|record| record.line.to_string())
            .unwrap_or_default()
    }

    /// The text of the record that was asked for last.
    fn text(&self, source: &Source, offset: u64) -> String {
        let index = raw::blocks_at(&source.places, offset).start;
        let record = self.block.as_ref().zip(source.places.get(index));
        let record = record.and_then(|((.., text), place)| raw::record_at(*place, text, offset));
        record.map(|record| record.text).unwrap_or_default()
    }
}

/// The end of a plain file, which tells the year of its lines.
fn tail(file: &mut File, len: u64) -> io::Result<Option<Vec<u8>>> {
    let mut magic = [0; 2];
    let is_gzip = file.read_exact(&mut magic).is_ok() && magic == [0x1F, 0x8B];
    let mut tail = Vec::new();
    if !is_gzip {
        file.seek(SeekFrom::Start(len.saturating_sub(TAIL)))?;
        file.take(TAIL).read_to_end(&mut tail)?;
    }
    file.seek(SeekFrom::Start(0))?;
    Ok((!is_gzip).then_some(tail))
}

/// Says what a file is and what became of its lines.
fn report(record: &Record) {
    let formats = match explain::formats(record).join(", ") {
        none if none.is_empty() => "no mail log".to_owned(),
        formats => formats,
    };
    let account = &record.account;
    eprintln!(
        "{}: {formats}; {} lines: {} recognised ({} not yet read), {} ignored, {} unknown; {} events",
        record.opening.name,
        account.lines,
        account.recognised,
        account.unread,
        account.ignored,
        account.unknown,
        account.events,
    );
    for (line, text) in &account.examples {
        eprintln!("  line {line} unknown: {text}");
    }
    for remark in record.remarks.iter().map(|remark| &remark.text) {
        eprintln!("  {remark}");
    }
    let is_given = |clock: &&HostClock| clock.clock.year_told == Told::Person;
    if let Some(clock) = record.clocks.iter().find(is_given) {
        eprintln!("  As given, the first line is of {}.", clock.clock.year);
    }
}

fn zone(offset: i32) -> Zone {
    let name = match FixedOffset::east_opt(offset) {
        Some(east) if offset != 0 => east.to_string(),
        _ => "UTC".to_owned(),
    };
    Zone {
        name,
        base: offset,
        transitions: Vec::new(),
    }
}

fn micros(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => since.as_micros() as i64,
        Err(before) => -(before.duration().as_micros() as i64),
    }
}

/// With milli- or microseconds only where there are any.
fn rfc3339(time: i64) -> String {
    let instant = DateTime::from_timestamp_micros(time);
    instant
        .map(|instant| instant.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .unwrap_or_default()
}

fn print_fields(out: &mut impl io::Write, fields: &[String]) -> io::Result<()> {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.write_all(b"\t")?;
        }
        let escape = |letter| match letter {
            '\t' => Some("\\t"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\\' => Some("\\\\"),
            _ => None,
        };
        let mut rest = field.as_str();
        while let Some((at, escaped)) = rest
            .char_indices()
            .find_map(|(at, letter)| Some((at, escape(letter)?)))
        {
            let (before, after) = rest.split_at(at);
            write!(out, "{before}{escaped}")?;
            rest = after.get(1..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())?;
    }
    out.write_all(b"\n")
}
