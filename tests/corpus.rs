//! Real logs by other people, where they lie beside the project: read, accounted for and traced.
//!
//! Without them the test passes and says so. What is looked at by eye is in the closing words of each
//! run: files read, files skipped and why, and the share of lines that were not understood.

mod support;

use std::collections::BTreeMap;
use support::*;

#[test]
fn real_logs_are_read_and_accounted_for() {
    let corpus = root().join("../shared/corpus");
    let Ok(index) = std::fs::read_to_string(corpus.join("INDEX.tsv")) else {
        println!("corpus: not here, 0 files read");
        return;
    };
    let (mut read_files, mut skipped) = (0, BTreeMap::<String, usize>::new());
    let (mut lines, mut unknown, mut deliveries) = (0, 0, 0);
    let mut formats = BTreeMap::<String, usize>::new();
    for row in index.lines().skip(1) {
        let fields: Vec<&str> = row.split('\t').collect();
        let (Some(path), Some(kind)) = (fields.first(), fields.get(1)) else {
            continue;
        };
        // The other families come with formats of their own.
        let is_read = matches!(*kind, "postfix" | "exchange-mt" | "exo-trace");
        if !is_read {
            *skipped
                .entry(format!("{kind}: not a log of a format that is read yet"))
                .or_default() += 1;
            continue;
        }
        let Ok(bytes) = std::fs::read(corpus.join(path)) else {
            *skipped
                .entry("named in the index and not there".to_owned())
                .or_default() += 1;
            continue;
        };
        read_files += 1;
        let source = read(path, &bytes);
        let account = &source.record.account;
        assert_eq!(
            account.recognised + account.ignored + account.unknown,
            account.lines,
            "{path}: {account:?}"
        );
        assert_eq!(
            read_in_steps(path, &bytes, 4096).segments,
            source.segments,
            "{path}: the size of chunks changes nothing"
        );
        for format in &source.record.formats {
            *formats.entry(format.clone()).or_default() += 1;
        }
        if account.unknown > 0 {
            println!(
                "corpus: {} of {} lines unknown in {path}",
                account.unknown, account.lines
            );
        }
        if *kind == "postfix" {
            assert_eq!(account.unread, 0, "{path}: all of Postfix is read");
            let no_log = NO_LOGS.iter().any(|(name, _)| path.contains(name));
            assert!(
                no_log || account.unknown <= 2,
                "{path}: {:?}",
                account.examples
            );
        }
        if *kind == "exo-trace" {
            assert_eq!(account.unknown, 0, "{path}");
        }
        lines += account.lines;
        unknown += account.unknown;
        let traced = trace(std::slice::from_ref(&source));
        for (_, delivery) in traced.deliveries() {
            deliveries += 1;
            let journey = traced.journey(delivery).expect("a delivery has a journey");
            let numbers = traced.events_of(journey);
            assert!(!numbers.is_empty(), "{path}: a journey has events");
            assert!(
                delivery.decided_by == mailtrace::delivery::NO_EVENT
                    || numbers.contains(&delivery.decided_by),
                "{path}: the deciding event is one of the journey's"
            );
        }
        // Nothing of mail is left out: each event under an id belongs to a journey.
        let told: usize = traced.deliveries().count();
        assert!(
            told > 0 || account.events < 2 || source.record.refused || !has_mail(&traced),
            "{path}: {account:?}"
        );
    }
    println!(
        "corpus: {read_files} files read, {} skipped; {lines} lines, {unknown} unknown; {deliveries} deliveries",
        skipped.values().sum::<usize>()
    );
    println!("corpus: files by format: {formats:?}");
    for (why, count) in skipped {
        println!("corpus: skipped {count}: {why}");
    }
    assert!(
        read_files > 0,
        "the corpus is here, so files of it are read"
    );
    // Filters speak in the logs of the mail systems that call them.
    for filter in ["amavis", "spamassassin"] {
        assert!(formats.contains_key(filter), "{filter}: {formats:?}");
    }
}

/// Files that lie among Postfix's and are no logs of it as they are, and what they are.
const NO_LOGS: &[(&str, &str)] = &[
    ("Analytics__arbiter", "a line of dashes for each byte"),
    ("Analytics__parser_tailed", "words to be tailed"),
    ("fail2ban", "comments between the lines"),
    (
        "modoboa__mail.log",
        "a template: the day is to be filled in",
    ),
    ("monozoide", "keywords were taken for names and replaced"),
    (
        "msimerson-postfix-parser",
        "what follows the envelope, without it",
    ),
    (
        "ossec-ossec-hids__mail-errors",
        "notifications that quote lines",
    ),
    ("whyscream", "a table of texts, without envelopes"),
];

/// Whether an event names a recipient.
fn has_mail(trace: &mailtrace::trace::Trace) -> bool {
    let events = trace.events();
    events.rows(0..events.len()).any(|row| {
        row.list(mailtrace::segment::Field::Recipients)
            .next()
            .is_some()
            && row.kind() != mailtrace::event::Kind::Other
    })
}
