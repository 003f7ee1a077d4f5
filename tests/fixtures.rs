//! Every fixture, by every property that holds for all of them.
//!
//! `tests/fixtures/<format>/<trap>.log` stands beside `<trap>.events` and `<trap>.deliveries`, what is
//! expected of it; `UPDATE_EXPECT=1 cargo test --test fixtures` writes these anew, to be read.

mod support;

use expect_test::expect_file;
use support::*;

const CHUNKS: [usize; 3] = [1, 7, 4096];

#[test]
fn every_fixture_says_what_is_expected() {
    for (path, bytes) in fixtures("") {
        let source = read("unknown", &bytes);
        let traced = trace(std::slice::from_ref(&source));
        let told = format!("{}{}", account(&source.record), events(&traced));
        expect_file![path.with_extension("events")].assert_eq(&told);
        expect_file![path.with_extension("deliveries")].assert_eq(&deliveries(&traced));
    }
}

#[test]
fn a_name_decides_nothing() {
    for (path, bytes) in fixtures("") {
        let (named, unnamed) = (
            read(&path.to_string_lossy(), &bytes),
            read("unknown", &bytes),
        );
        assert_eq!(named.segments, unnamed.segments, "{}", path.display());
        assert_eq!(
            named.record.formats,
            unnamed.record.formats,
            "{}",
            path.display()
        );
        let folder = path.parent().and_then(|folder| folder.file_name()).unwrap();
        let expected = folder.to_string_lossy().into_owned();
        if mailtrace::formats::FORMATS
            .iter()
            .any(|format| format.id() == expected)
        {
            assert_eq!(named.record.formats, [expected], "{}", path.display());
        }
    }
}

#[test]
fn chunks_change_nothing() {
    for (path, bytes) in fixtures("") {
        let whole = read("log", &bytes);
        for step in CHUNKS {
            assert_eq!(
                read_in_steps("log", &bytes, step),
                whole,
                "{} by {step}",
                path.display()
            );
        }
    }
}

#[test]
fn utf_16_changes_nothing_but_the_size() {
    for (path, bytes) in fixtures("") {
        let Ok(text) = std::str::from_utf8(&bytes) else {
            continue;
        };
        let text = text.trim_start_matches('\u{feff}');
        let plain = read("log", text.as_bytes());
        let units = || text.encode_utf16().flat_map(u16::to_le_bytes);
        let marked: Vec<u8> = [0xFF, 0xFE].into_iter().chain(units()).collect();
        for wide in [marked, units().collect()] {
            let wide = read("log", &wide);
            assert_eq!(wide.segments, plain.segments, "{}", path.display());
            assert_eq!(
                wide.record.account,
                plain.record.account,
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn gzip_changes_nothing_but_the_size() {
    use std::io::Write as _;
    for (path, bytes) in fixtures("") {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&bytes).unwrap();
        let packed = read("log.gz", &encoder.finish().unwrap());
        let plain = read("log", &bytes);
        assert_eq!(packed.segments, plain.segments, "{}", path.display());
        assert_eq!(
            packed.record.account,
            plain.record.account,
            "{}",
            path.display()
        );
        assert_eq!(packed.record.hash, plain.record.hash, "{}", path.display());
    }
}

#[test]
fn line_ends_change_nothing() {
    for (path, bytes) in fixtures("") {
        let unix: Vec<u8> = bytes
            .iter()
            .copied()
            .filter(|byte| *byte != b'\r')
            .collect();
        let mut windows = Vec::new();
        for line in unix.split_inclusive(|byte| *byte == b'\n') {
            windows.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
            if line.ends_with(b"\n") {
                windows.extend_from_slice(b"\r\n");
            }
        }
        let (unix, windows) = (read("log", &unix), read("log", &windows));
        assert_eq!(
            (
                unix.record.account.recognised,
                unix.record.account.unknown,
                unix.record.account.events
            ),
            (
                windows.record.account.recognised,
                windows.record.account.unknown,
                windows.record.account.events
            ),
            "{}",
            path.display()
        );
        assert_eq!(
            deliveries_without_places(&trace(&[unix])),
            deliveries_without_places(&trace(&[windows])),
            "{}",
            path.display()
        );
    }
}

#[test]
fn every_line_is_accounted_for() {
    for (path, bytes) in fixtures("") {
        let record = read("log", &bytes).record;
        let account = &record.account;
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').count() as u64;
        assert_eq!(account.lines, lines, "{}", path.display());
        assert_eq!(
            account.recognised + account.ignored + account.unknown,
            account.lines,
            "{}",
            path.display()
        );
        assert!(account.unread <= account.recognised, "{}", path.display());
    }
}

#[test]
fn deriving_at_once_and_step_by_step_is_equal() {
    let sources: Vec<Source> = fixtures("")
        .iter()
        .map(|(path, bytes)| read(&path.to_string_lossy(), bytes))
        .collect();
    let (at_once, by_steps) = (trace(&sources), trace_step_by_step(&sources));
    assert_same(&deliveries(&at_once), &deliveries(&by_steps), "by steps");
    assert_same(&stories(&at_once), &stories(&by_steps), "by steps");
}

#[test]
fn the_order_of_files_changes_nothing() {
    let sources: Vec<Source> = fixtures("")
        .iter()
        .map(|(path, bytes)| read(&path.to_string_lossy(), bytes))
        .collect();
    let expected = trace(&sources);
    let mut shuffled = sources.clone();
    shuffled.reverse();
    for turn in 0..3 {
        shuffled.rotate_left(turn * 5 + 1);
        let found = trace_step_by_step(&shuffled);
        assert_same(&deliveries(&found), &deliveries(&expected), "shuffled");
        assert_same(&stories(&found), &stories(&expected), "shuffled");
    }
}

#[test]
fn a_source_that_goes_takes_only_its_own_with_it() {
    let sources: Vec<Source> = fixtures("")
        .iter()
        .map(|(path, bytes)| read(&path.to_string_lossy(), bytes))
        .collect();
    let (last, others) = sources.split_last().unwrap();
    let mut traced = trace(&sources);
    assert!(!last.segments.is_empty(), "there is something to forget");
    traced.forget(others.len() as u32);
    while traced.derive(&mut || true) {}
    assert_same(
        &deliveries(&traced),
        &deliveries(&trace(others)),
        "less one",
    );
}

/// A rotation may fall between any two lines.
#[test]
fn one_log_cut_at_every_line_gives_the_whole() {
    for (path, bytes) in fixtures("") {
        let folder = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_string_lossy();
        let name = format!("{folder}/{}", path.file_stem().unwrap().to_string_lossy());
        // A record over several lines is no place for a rotation; a log with fields of its own cannot
        // be read without its header, nor rows of unknown words, and Exchange begins every file with one.
        // Nor are tables and JSON: nobody rotates an export.
        let is_export = path.extension().is_some_and(|extension| extension != "log");
        if is_export || CUT_ELSEWHERE.contains(&name.as_str()) {
            continue;
        }
        let expected = deliveries_without_places(&trace(&[read("log", &bytes)]));
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', &bytes)
            .map(|end| end + 1)
            .collect();
        for end in ends.iter().filter(|end| **end < bytes.len()) {
            let (head, tail) = bytes.split_at(*end);
            let mut sources = vec![read("log.1", head), read("log", tail)];
            let found = deliveries_without_places(&trace(&sources));
            assert_eq!(found, expected, "{} cut at byte {end}", path.display());
            sources.reverse();
            let found = deliveries_without_places(&trace(&sources));
            assert_eq!(
                found,
                expected,
                "{} cut at byte {end}, later part first",
                path.display()
            );
        }
    }
}

const CUT_ELSEWHERE: &[&str] = &[
    "amavis/long-lines",
    "exchange_tracking/crlf",
    // Which message it was that a client left, the lines above tell.
    "postfix/lost-connections-without-id",
    "exchange_tracking/fields-repeated",
    "exchange_tracking/misleading-lines",
    "exchange_tracking/quoted-commas-and-newlines",
    "exchange_tracking/unknown-event",
];

#[test]
fn every_format_has_its_fixtures_and_claims_its_samples() {
    use mailtrace::formats::{FORMATS, claimant};
    let mut ids: Vec<&str> = FORMATS.iter().map(|format| format.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), FORMATS.len(), "ids are unique");
    for format in FORMATS {
        let file = root()
            .join("src/formats")
            .join(format!("{}.rs", format.id()));
        assert!(
            file.is_file(),
            "a format's id is its file's stem: {}",
            file.display()
        );
        let own = fixtures(format.id());
        for trap in ["ordinary", "broken"] {
            let is_it = |path: &std::path::Path| path.file_stem().is_some_and(|stem| stem == trap);
            assert!(
                own.iter().any(|(path, _)| is_it(path)),
                "{}/{trap} is missing",
                format.id()
            );
        }
        assert!(
            !format.samples().is_empty(),
            "{} carries samples",
            format.id()
        );
        for sample in format.samples() {
            let claimed = claimant(sample.as_bytes()).map(|format| format.id());
            assert_eq!(claimed, Some(format.id()), "{sample}");
        }
    }
    // Files that are no formats: what several formats share, and syslog's envelope.
    const SHARED: [&str; 9] = [
        "csv",
        "date",
        "exchange",
        "filter",
        "json",
        "powershell",
        "scan",
        "syslog",
        "table",
    ];
    for entry in std::fs::read_dir(root().join("src/formats"))
        .unwrap()
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".rs") else {
            continue;
        };
        assert!(
            ids.contains(&stem) || SHARED.contains(&stem),
            "{name} is a format that FORMATS does not hold"
        );
    }
}

/// An object that a cut goes through is lost; all others are read, before and after it.
#[test]
fn json_cut_at_every_line_loses_one_object_at_most() {
    let exports = fixtures("").into_iter().filter(|(path, _)| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    let mut cuts = 0;
    for (path, bytes) in exports {
        let whole = read("export", &bytes).record.account.events;
        for end in memchr::memchr_iter(b'\n', &bytes) {
            let (head, tail) = bytes.split_at(end + 1);
            let events = [head, tail].map(|part| read("export", part).record.account.events);
            let told = events[0] + events[1];
            assert!(
                (whole.saturating_sub(1)..=whole).contains(&told),
                "{} cut at byte {end}: {events:?} of {whole}",
                path.display()
            );
            cuts += 1;
        }
    }
    assert!(cuts > 100, "{cuts} cuts");
}

/// An array may be one line, longer than any line that is held.
#[test]
fn json_in_one_endless_line_is_read_whole() {
    let object = |number: u32| {
        format!(
            r#"{{"MessageTraceId":"10000000-2000-4000-8000-{number:012x}","Received":"2026-09-14T08:12:44","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":"{}","Status":"Delivered","Size":1}}"#,
            "x".repeat(300)
        )
    };
    let objects: Vec<String> = (0..5_000).map(object).collect();
    let text = format!("[{}]\r\n", objects.join(","));
    assert!(text.len() > 2 << 20, "{}", text.len());
    let whole = read("export", text.as_bytes());
    let account = &whole.record.account;
    assert_eq!((account.lines, account.recognised), (1, 1), "{account:?}");
    assert_eq!(account.events, 5_000);
    let remarks = &whole.record.remarks;
    assert_eq!(remarks.len(), 1, "{remarks:?}");
    assert!(remarks[0].text.contains("exactly 5000 rows"), "{remarks:?}");
    for step in [997, 1 << 20] {
        assert_eq!(read_in_steps("export", text.as_bytes(), step), whole);
    }
    // Damage in the midst costs its object.
    let broken = text.replacen(
        "\"Status\":\"Delivered\",\"Size\":1},",
        "\"Status\":\"Deli",
        1,
    );
    let account = read("export", broken.as_bytes()).record.account;
    assert!(account.events >= 4_998, "{account:?}");
    assert_eq!((account.lines, account.unknown), (1, 1));
}
