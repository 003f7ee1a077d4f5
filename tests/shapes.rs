//! The simulator's lines beside real ones: every shape of line that its Postfix, amavis and rspamd writers
//! make occurs among the corpus's lines, or stands below with its source.
//!
//! A shape is the program and its text with all values masked. Without the corpus the test passes and says so.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails says where, and one that passes says how it went"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use simulator::truth::Row;
use simulator::{Log, Options, Sink, Topology, simulate};
use support::root;

/// Shapes that no real line at hand has, and where they are from.
const SOURCED: &[(&str, &str)] = &[
    (
        "amavis: Hits Message-ID Queue-ID mail_id quarantine size",
        AMAVIS,
    ),
    ("amavis: Hits Message-ID Queue-ID mail_id size", AMAVIS),
    ("amavis: Hits Queue-ID mail_id quarantine size", AMAVIS),
    (
        "bounce: ID: sender delay notification: _",
        "bounce_notify_util.c",
    ),
    (
        "bounce: ID: sender delivery status notification: _",
        "bounce_notify_util.c",
    ),
    ("cleanup: ID: discard", CHECKS),
    ("cleanup: ID: hold", CHECKS),
    ("cleanup: ID: redirect", CHECKS),
    ("postsuper: ID: expired", "postsuper.c, since 3.6"),
    ("postsuper: ID: released from hold", "postsuper.c"),
    (
        "postsuper: ID: requeued",
        "postsuper.c; a single line of it is among expected results",
    ),
    (
        "rspamd: digest from id ip len mime_rcpts qid rcpts req rspamd_task_write_log time",
        "rspamd, conf/logging.inc: log_format",
    ),
    ("smtpd: ID: lost connection after DATA", BROKEN),
    ("smtpd: ID: timeout after DATA", BROKEN),
    ("smtpd: ID: timeout after RCPT from _", BROKEN),
    (
        "smtpd: disconnect from _ ehlo= mail= rcpt= quit= commands=",
        "smtpd.c: counts of commands",
    ),
    ("smtpd: lost connection after DATA", BROKEN),
    ("smtpd: timeout after DATA", BROKEN),
    ("smtpd: timeout after RCPT from _", BROKEN),
    ("status=SOFTBOUNCE", "global/bounce.c, with soft_bounce"),
    ("status=undeliverable", "global/verify.c"),
    ("delivery by discard", "discard(8)"),
];

const AMAVIS: &str = "amavisd.conf-default: $log_templ; keys without a value are left out";
const CHECKS: &str = "cleanup_message.c: cleanup_act_log";
const BROKEN: &str =
    "smtpd.c: smtpd_proto, with the bytes of a message half read; with a queue id since 2025";

/// What a line is made of, with everything masked that differs from line to line; empty if it is no line of
/// these programs.
fn shapes(line: &str) -> Vec<String> {
    let Some(shape) = shape(line) else {
        return Vec::new();
    };
    let Some((program, keys)) = shape.split_once(": ID: to=") else {
        return vec![shape];
    };
    // log_adhoc.c writes the same keys for every agent and result.
    let (keys, status) = keys.split_once(" status=").unwrap_or((keys, ""));
    let keys = keys.replace(" orig_to=", "").replace(" conn_use=", "");
    vec![
        format!("delivery by {program}"),
        format!("delivery: to={keys}"),
        format!("status={status}"),
    ]
}

fn shape(line: &str) -> Option<String> {
    let at = ["postfix", "amavis[", "rspamd["]
        .iter()
        .filter_map(|tag| line.find(tag))
        .min()?;
    let (tag, text) = line.get(at..)?.split_once("]: ")?;
    let program = tag.split('[').next()?.rsplit('/').next()?;
    if program == "amavis" || program == "rspamd" {
        return Some(format!("{program}: {}", keys_of(text)));
    }
    let text = match text.split_once(": ") {
        Some(("NOQUEUE", rest)) => format!("NOQUEUE: {rest}"),
        Some((id, rest)) if is_id(id) => format!("ID: {rest}"),
        _ => text.to_owned(),
    };
    Some(format!("{program}: {}", masked(&text)))
}

fn is_id(word: &str) -> bool {
    word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What a template of keys has: `Queue-ID`, `Hits` and so on.
fn keys_of(text: &str) -> String {
    let words = text.split([' ', ',', ';']);
    let keys: BTreeSet<&str> = words
        .filter_map(|word| word.strip_suffix(':'))
        .filter(|key| {
            key.bytes()
                .all(|byte| byte.is_ascii_alphabetic() || b"-_".contains(&byte))
        })
        .collect();
    keys.into_iter().collect::<Vec<_>>().join(" ")
}

fn masked(text: &str) -> String {
    // What another server, a person or a header says is anything.
    let ends = [" (", ": header ", " from=<", "]: 4", "]: 5"];
    let cut = ends.iter().filter_map(|end| text.find(end)).min();
    let text = cut.map_or(text, |cut| text.get(..cut).unwrap_or(text));
    let words = text.split(' ').map(|word| match word.split_once('=') {
        // The result is a word of Postfix's own.
        Some(("status", _)) => word.to_owned(),
        Some((key, _)) => format!("{key}="),
        None if word.contains(|c: char| c.is_ascii_digit() || "@<[.".contains(c)) => "_".to_owned(),
        None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The shapes in what is written, each with its first line.
#[derive(Default)]
struct Shapes(BTreeMap<String, String>);

impl Shapes {
    fn add(&mut self, text: &[u8]) {
        for line in String::from_utf8_lossy(text).lines() {
            for shape in shapes(line) {
                self.0.entry(shape).or_insert_with(|| line.to_owned());
            }
        }
    }
}

impl Sink for Shapes {
    fn write(&mut self, _: &Log, text: &[u8]) {
        self.add(text);
    }

    fn row(&mut self, _: Row) {}

    fn lost(&mut self, _: u64) {}
}

fn add_files(shapes: &mut Shapes, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if let Ok(bytes) = std::fs::read(entry.path()) {
            shapes.add(&bytes);
        }
    }
}

#[test]
fn simulated_lines_have_the_shapes_of_real_ones() {
    let folder = root().join("../shared/corpus/postfix");
    if !folder.is_dir() {
        println!("shapes: the corpus is not here");
        return;
    }
    let mut real = Shapes::default();
    add_files(&mut real, &folder);
    let mut made = Shapes::default();
    for topology in [Topology::Postfix, Topology::Relays, Topology::Organisations] {
        simulate(&Options::new(topology, 1, 20_000), &mut made);
    }
    let is_sourced = |shape: &str| SOURCED.iter().any(|(sourced, _)| *sourced == shape);
    let (mut known, mut odd) = (0, Vec::new());
    for (shape, line) in &made.0 {
        if real.0.contains_key(shape) {
            known += 1;
        } else if !is_sourced(shape) {
            odd.push(format!("{shape}\n    {line}"));
        }
    }
    println!(
        "shapes: {known} of {} are those of real lines",
        made.0.len()
    );
    assert!(known > 20, "the corpus was read");
    assert!(odd.is_empty(), "{}", odd.join("\n"));
    for (shape, _) in SOURCED {
        let is_needed = made.0.contains_key(*shape) && !real.0.contains_key(*shape);
        assert!(is_needed, "needs no source: {shape}");
    }
}
