//! The same evidence is never counted twice, and different evidence never once (invariant 4).
//!
//! Each folder of `tests/twice` is a case: its files are dropped together, and `expected.txt` is what is
//! told of them; `UPDATE_EXPECT=1 cargo test --test twice` writes it anew, to be read. A file
//! `name@2025-09-30.log` has that date as a file; of `name+0200.csv`, the zone was set to +02:00 after it
//! was read.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails says where"
)]

mod support;

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use mailtrace::explain::{self, Entry};
use mailtrace::trace::Trace;
use support::*;

/// The cases: folder, and its sources in order of their names.
fn cases() -> Vec<(PathBuf, Vec<Source>)> {
    let mut files = Vec::new();
    walk(&root().join("tests/twice"), &mut files);
    files.retain(|path| path.file_name().is_some_and(|name| name != "expected.txt"));
    files.sort();
    let folder = |path: &Path| path.parent().unwrap().to_owned();
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut source = read_dated(&name, &bytes, usize::MAX, date(&name));
        for host in source.record.clocks.iter_mut() {
            host.clock.zone = zone(&name).unwrap_or(host.clock.zone.clone());
        }
        source
    };
    let of_one_case = files.chunk_by(|a, b| folder(a) == folder(b));
    of_one_case
        .map(|files| (folder(&files[0]), files.iter().map(read).collect()))
        .collect()
}

/// The file's own date, from its name.
fn date(name: &str) -> i64 {
    let Some((_, date)) = name.split_once('@') else {
        return MODIFIED;
    };
    let day = chrono::NaiveDate::parse_from_str(&date[..10], "%Y-%m-%d").unwrap();
    let noon = day.and_hms_opt(12, 0, 0).unwrap().and_utc();
    noon.timestamp_micros()
}

/// The zone that a person sets, from its name.
fn zone(name: &str) -> Option<mailtrace::time::Zone> {
    let (_, offset) = name.rsplit_once('+')?;
    mailtrace::time::Zone::parse(&format!("+{}", &offset[..4]))
}

fn told(sources: &[Source]) -> String {
    all_of(&trace(sources))
}

fn all_of(traced: &Trace) -> String {
    let texts = [
        deliveries_without_places(traced),
        ways(traced),
        stories(traced),
    ];
    texts.concat()
}

/// How messages went from system to system, and what is missing of each delivery; nothing of those that
/// passed one system and miss nothing.
fn ways(traced: &Trace) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (number, delivery) in traced.deliveries() {
        let entry = Entry::new(traced, number).unwrap();
        let journey = traced.journey(delivery).unwrap();
        let to = entry.recipient();
        let stations = explain::stations(traced, journey);
        let several = stations.iter().filter(|_| stations.len() > 1);
        for (station, place) in several.zip(1..) {
            let before = station.before.map_or(String::new(), |before| {
                format!("  after {} by {}", before + 1, station.certainty)
            });
            lines.push(format!(
                "way to {to}: {} {place} {} {}{before}\n",
                time(journey.start),
                station.host,
                station.id
            ));
        }
        if let Some(missing) = explain::missing(&entry) {
            lines.push(format!(
                "missing of {to}: {} {} {} to {}\n",
                missing.text,
                missing.look_at,
                time(missing.from),
                time(missing.until)
            ));
        }
    }
    lines.sort();
    lines.concat()
}

#[test]
fn every_case_is_told_as_expected() {
    let cases = cases();
    assert!(cases.len() >= 14, "{} cases", cases.len());
    for (folder, sources) in cases {
        assert!(sources.len() > 1, "{} has several files", folder.display());
        expect_file![folder.join("expected.txt")].assert_eq(&told(&sources));
    }
}

#[test]
fn the_order_of_files_changes_nothing() {
    for (folder, mut sources) in cases() {
        let expected = told(&sources);
        for _ in 0..sources.len() {
            sources.rotate_left(1);
            assert_eq!(told(&sources), expected, "{}", folder.display());
            let traced = trace_step_by_step(&sources);
            let found = all_of(&traced);
            assert_eq!(found, expected, "{} step by step", folder.display());
        }
        sources.reverse();
        assert_eq!(told(&sources), expected, "{} backwards", folder.display());
    }
}

#[test]
fn removing_one_of_several_leaves_the_others_whole() {
    for (folder, sources) in cases() {
        for gone in 0..sources.len() {
            let mut others = sources.clone();
            others.remove(gone);
            let mut traced = trace(&sources);
            traced.forget(gone as u32);
            while traced.derive(&mut || true) {}
            assert_eq!(
                all_of(&traced),
                told(&others),
                "{} less file {gone}",
                folder.display()
            );
        }
    }
}

#[test]
fn a_file_that_is_dropped_twice_says_nothing_new() {
    for (folder, sources) in cases() {
        let mut twice = sources.clone();
        twice.extend(sources.iter().cloned());
        assert_eq!(told(&twice), told(&sources), "{}", folder.display());
    }
}
