//! What the tests share: reading bytes as a source, tracing sources, and telling both as plain text.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses a part of it"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mailtrace::delivery::NO_EVENT;
use mailtrace::event::Kind;
use mailtrace::events::{EventNumber, Row};
use mailtrace::segment::Field;
use mailtrace::source::{HostClock, Opening, Parcel, Record, SourceReader};
use mailtrace::time::Zone;
use mailtrace::trace::Trace;

/// 2026-09-30T12:00:00Z: the date that fixtures without a year have as files.
pub const MODIFIED: i64 = 1_790_769_600_000_000;

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub record: Record,
    pub segments: Vec<(Vec<u8>, Vec<HostClock>)>,
    pub blocks: Vec<(mailtrace::raw::Place, Vec<u8>)>,
}

/// Reads bytes as a file of this name, in pieces of `step` bytes.
pub fn read_in_steps(name: &str, bytes: &[u8], step: usize) -> Source {
    read_dated(name, bytes, step, MODIFIED)
}

/// The same of a file of this date.
pub fn read_dated(name: &str, bytes: &[u8], step: usize, modified: i64) -> Source {
    let opening = Opening {
        name: name.to_owned(),
        size: bytes.len() as u64,
        modified: Some(modified),
        assumed: Zone::utc(),
    };
    let mut reader = SourceReader::new(opening, "test", 1);
    let (mut segments, mut blocks) = (Vec::new(), Vec::new());
    let mut take = |reader: &mut SourceReader| {
        while let Some(parcel) = reader.take() {
            match parcel {
                Parcel::Segment { bytes, clocks } => segments.push((bytes, clocks)),
                Parcel::Block { place, bytes } => blocks.push((place, bytes)),
            }
        }
    };
    for piece in bytes.chunks(step.max(1)) {
        reader.push(piece);
        take(&mut reader);
    }
    let record = reader.finish(None);
    take(&mut reader);
    Source {
        record,
        segments,
        blocks,
    }
}

pub fn read(name: &str, bytes: &[u8]) -> Source {
    read_in_steps(name, bytes, usize::MAX)
}

/// Traces sources, each taken up whole before the next.
pub fn trace(sources: &[Source]) -> Trace {
    let mut trace = Trace::new(7);
    for (source, number) in sources.iter().zip(0..) {
        trace.begin(number, source.record.opening.modified);
        for (bytes, clocks) in &source.segments {
            trace
                .take_up(number, bytes.clone(), clocks)
                .expect("a segment opens as it was packed");
        }
        trace.set_clocks(number, &source.record.clocks);
    }
    while trace.derive(&mut || true) {}
    trace
}

/// The same, derived after every segment.
pub fn trace_step_by_step(sources: &[Source]) -> Trace {
    let mut trace = Trace::new(99);
    for (source, number) in sources.iter().zip(0..) {
        trace.begin(number, source.record.opening.modified);
        for (bytes, clocks) in &source.segments {
            trace
                .take_up(number, bytes.clone(), clocks)
                .expect("a segment opens as it was packed");
            while trace.derive(&mut || false) {}
        }
        trace.set_clocks(number, &source.record.clocks);
        while trace.derive(&mut || false) {}
    }
    trace
}

/// Microseconds UTC as RFC 3339, with as many digits as are needed.
pub fn time(micros: i64) -> String {
    let time = chrono::DateTime::from_timestamp_micros(micros).expect("a time of this world");
    time.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A word about an event that doesn't depend on numbers given on arrival.
pub fn name_of(row: &Row<'_>) -> String {
    let kind = match row.kind() {
        Kind::Other => text(row.text(Field::Name)),
        kind => kind.name().to_owned(),
    };
    format!("{kind}@{}", row.offset())
}

/// Every event that was packed, one a line, in the order of the file.
pub fn events(trace: &Trace) -> String {
    let mut out = String::new();
    for row in trace.events().rows(0..trace.events().len()) {
        let mut line = format!("{} {}", time(row.time()), name_of(&row));
        let mut word = |label: &str, value: &[u8]| {
            if !value.is_empty() {
                write!(line, "  {label}={}", text(value)).expect("a string takes text");
            }
        };
        word("origin", row.origin().name().as_bytes());
        word("host", row.text(Field::Host));
        word("instance", row.text(Field::Instance));
        word("id", row.text(Field::Id));
        word("next", row.text(Field::NextId));
        word("prior", row.text(Field::PriorId));
        word("message_id", row.text(Field::MessageId));
        if let Some(guid) = row.network_message_id() {
            word("nmid", guid.to_string().as_bytes());
        }
        word("sender", row.text(Field::Sender));
        word("return_path", row.text(Field::ReturnPath));
        word("login", row.text(Field::Login));
        for (label, field) in [
            ("to", Field::Recipients),
            ("state", Field::RecipientStatus),
            ("related", Field::Related),
            ("reference", Field::Reference),
        ] {
            let items: Vec<String> = row
                .list(field)
                .map(|word| text(trace.events().text(word)))
                .collect();
            word(label, items.join(" | ").as_bytes());
        }
        for (label, field) in [
            ("client_ip", Field::ClientIp),
            ("client", Field::ClientHost),
            ("original_ip", Field::OriginalClientIp),
            ("server_ip", Field::ServerIp),
            ("server", Field::ServerHost),
            ("connector", Field::Connector),
            ("context", Field::Context),
            ("subject", Field::Subject),
            ("text", Field::Text),
        ] {
            word(label, row.text(field));
        }
        for (label, field) in [
            ("size", Field::Size),
            ("count", Field::RecipientCount),
            ("code", Field::ReplyCode),
            ("port", Field::ServerPort),
            ("delay_ms", Field::DelayMs),
        ] {
            let value = row.number(field);
            if value != 0 {
                word(label, value.to_string().as_bytes());
            }
        }
        word("dsn", row.enhanced().to_string().as_bytes());
        word("direction", row.direction().name().as_bytes());
        let verdict = row.verdict();
        word("sfv", verdict.sfv().name().as_bytes());
        word("di", verdict.di().name().as_bytes());
        word("malware", verdict.malware().name().as_bytes());
        word("folder", verdict.folder().name().as_bytes());
        word("agent", verdict.agent().name().as_bytes());
        if let Some(scl) = verdict.scl() {
            word("scl", scl.to_string().as_bytes());
        }
        if verdict.is_external() {
            word("external", b"yes");
        }
        if verdict.is_spam() {
            word("spam", b"yes");
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// What became of the lines.
pub fn account(record: &Record) -> String {
    let account = &record.account;
    let mut out = format!(
        "formats {}; lines {} = recognised {} (unread {}) + ignored {} + unknown {}; events {}\n",
        record.formats.join(" "),
        account.lines,
        account.recognised,
        account.unread,
        account.ignored,
        account.unknown,
        account.events,
    );
    for (line, example) in &account.examples {
        let shown: String = example.chars().take(100).collect();
        writeln!(out, "unknown line {line}: {shown}").expect("a string takes text");
    }
    for remark in record.remarks.iter().map(|remark| &remark.text) {
        writeln!(out, "remark: {remark}").expect("a string takes text");
    }
    out
}

/// Every delivery, one a line, in an order that content gives. `place` tells where an event stands.
pub fn deliveries_with(trace: &Trace, place: impl Fn(&Row<'_>) -> String) -> String {
    let events = trace.events();
    let mut lines: Vec<String> = trace
        .deliveries()
        .map(|(_, delivery)| {
            let journey = trace.journey(delivery).expect("a delivery has a journey");
            let name = |word| text(events.text(word));
            let mut line = format!(
                "{}  {:<16} {} -> {}",
                time(journey.start),
                delivery.status.title(),
                name(journey.sender),
                if delivery.recipient == 0 {
                    "?".into()
                } else {
                    name(delivery.recipient)
                },
            );
            write!(line, "  [{}", delivery.rule.name()).expect("a string takes text");
            if let Some(row) = events.row(delivery.decided_by) {
                write!(line, " by {}", place(&row)).expect("a string takes text");
            } else {
                assert_eq!(delivery.decided_by, NO_EVENT, "every deciding event exists");
            }
            line.push(']');
            if delivery.replaced_by != 0 {
                write!(line, "  replaced by {}", name(delivery.replaced_by)).expect("text");
            }
            if delivery.came_from != 0 {
                write!(line, "  came from {}", name(delivery.came_from)).expect("text");
            }
            write!(line, "  {}", name(journey.message_id)).expect("text");
            if journey.is_probe {
                line.push_str("  probe");
            }
            line.push_str(&format!("  {} events", trace.events_of(journey).len()));
            line
        })
        .collect();
    lines.sort();
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Every delivery, with the offset of the event that decided.
pub fn deliveries(trace: &Trace) -> String {
    deliveries_with(trace, name_of)
}

/// The same without offsets, for texts that were cut otherwise.
pub fn deliveries_without_places(trace: &Trace) -> String {
    deliveries_with(trace, |row| row.kind().name().to_owned())
}

/// The events of every message in order: what a cut or an order of files may not change.
pub fn stories(trace: &Trace) -> String {
    let mut stories: Vec<String> = trace
        .deliveries()
        .map(|(_, delivery)| {
            let numbers: Vec<EventNumber> = trace.events_of_delivery(delivery);
            let names = numbers
                .iter()
                .filter_map(|number| trace.events().row(*number))
                .map(|row| {
                    format!(
                        "{} {} {}",
                        time(row.time()),
                        row.kind().name(),
                        row.number(Field::Digest)
                    )
                });
            let names: Vec<String> = names.collect();
            format!(
                "{}: {}\n",
                text(trace.events().text(delivery.recipient)),
                names.join(", ")
            )
        })
        .collect();
    stories.sort();
    stories.concat()
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every fixture log: its path and its bytes, sorted.
pub fn fixtures(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths = Vec::new();
    walk(&root().join("tests/fixtures").join(folder), &mut paths);
    let is_log = |path: &Path| {
        let extension = path.extension().unwrap_or_default();
        ["log", "csv", "json"]
            .iter()
            .any(|known| extension == *known)
    };
    paths.retain(|path| is_log(path));
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).expect("a fixture can be read");
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

pub fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, paths);
        } else {
            paths.push(path);
        }
    }
}

/// Two texts are equal; if not, shows the first lines that differ, and no more.
pub fn assert_same(found: &str, expected: &str, about: &str) {
    if found == expected {
        return;
    }
    let only = |a: &str, b: &str| {
        let other: std::collections::HashSet<&str> = b.lines().collect();
        let lines = a.lines().filter(|line| !other.contains(line)).take(5);
        lines.map(|line| format!("\n  {line}")).collect::<String>()
    };
    panic!(
        "{about}\nfound only:{}\nexpected only:{}",
        only(found, expected),
        only(expected, found)
    );
}
