//! Statuses against the truth: mail flow whose outcome is known is written as logs, read, traced, and
//! compared with what was true, recipient by recipient.
//!
//! `cargo test --test truth -- --nocapture` shows the matrices; `cargo xtask simulate --check` runs larger
//! flows. SIMULATE_SEED and SIMULATE_DELIVERIES choose others.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that fails says where, and one that passes says how it went"
)]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::Instant;

use simulator::truth::Row;
use simulator::{Log, Options, Sink, Topology, simulate};
use support::*;

/// What is known to be told otherwise, and may be: topology, what is told, and why.
const ARGUED: &[(&str, &str, &str)] = &[
    (
        "postfix",
        "Pending (refused for now) has no row",
        "Of two messages from one sender to one recipient that are put off within six hours, the log names \
     neither: when only one comes again, nothing tells which.",
    ),
    (
        "postfix",
        "Failed (refused) has no row",
        "Refused for good within six hours of another message between the same two that was put off: by the \
     log it may be that one, offered again.",
    ),
];

/// Of so many rows, one may be told otherwise for reasons that are argued above.
const ARGUED_SHARE: usize = 5000;

/// A row without a Message-ID is looked for so near, in microseconds: the hours in which what was put off
/// is offered again, and a zone that nothing tells.
const NEAR: i64 = 9 * 3600 * 1_000_000;

/// All that was made.
#[derive(Default)]
struct Made {
    logs: BTreeMap<Log, Vec<u8>>,
    rows: Vec<Row>,
}

impl Sink for Made {
    fn write(&mut self, log: &Log, text: &[u8]) {
        match self.logs.get_mut(log) {
            Some(bytes) => bytes.extend_from_slice(text),
            None => {
                self.logs.insert(log.clone(), text.to_vec());
            }
        }
    }

    fn row(&mut self, row: Row) {
        self.rows.push(row);
    }
}

/// A delivery as Mailtrace has it.
struct Said {
    message_id: String,
    sender: String,
    start: i64,
    status: &'static str,
    rule: &'static str,
    is_replaced: bool,
    is_taken: bool,
}

/// How a flow was told.
#[derive(Default)]
struct Score {
    /// True status, said status.
    matrix: BTreeMap<(&'static str, &'static str), usize>,
    /// What differs: words, how often, examples.
    wrong: BTreeMap<String, (usize, Vec<String>)>,
    /// Rows whose message lost a line: how many are right, how many are not.
    harmed: (usize, usize),
    right: usize,
}

impl Score {
    fn wrong(&mut self, what: String, example: impl FnOnce() -> String) {
        let (count, examples) = self.wrong.entry(what).or_default();
        *count += 1;
        if examples.len() < 3 {
            examples.push(example());
        }
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.map_or(otherwise, |value| value.parse().unwrap())
}

fn made(options: &Options) -> (Made, i64) {
    let mut made = Made::default();
    let end = simulate(options, &mut made);
    (made, end)
}

/// What Mailtrace says of these logs, by recipient.
fn said(made: &Made, end: i64) -> HashMap<String, Vec<Said>> {
    let sources: Vec<Source> = made
        .logs
        .iter()
        .map(|(log, bytes)| read_dated(&log.name, bytes, 1 << 20, end.min(log.closed)))
        .collect();
    let trace = trace(&sources);
    let events = trace.events();
    let text = |word| String::from_utf8_lossy(events.text(word)).to_lowercase();
    let mut said: HashMap<String, Vec<Said>> = HashMap::new();
    for (_, delivery) in trace.deliveries() {
        let journey = trace.journey(delivery).unwrap();
        if journey.is_probe {
            continue;
        }
        said.entry(text(delivery.recipient))
            .or_default()
            .push(Said {
                message_id: text(journey.message_id),
                sender: text(journey.sender),
                start: journey.start,
                status: delivery.status.title(),
                rule: delivery.rule.name(),
                is_replaced: delivery.replaced_by != 0,
                is_taken: false,
            });
    }
    for list in said.values_mut() {
        list.sort_by_key(|said| said.start);
    }
    said
}

/// The delivery that this row is about: of the same Message-ID the first that is left, else the nearest.
fn find<'a>(
    row: &Row,
    said: &'a mut HashMap<String, Vec<Said>>,
    exactly: bool,
) -> Option<&'a mut Said> {
    let list = said.get_mut(&row.recipient.to_lowercase())?;
    let id = row.message_id.to_lowercase();
    let id = id.trim_start_matches('<').trim_end_matches('>');
    let same = |said: &Said| {
        said.message_id
            .trim_start_matches('<')
            .trim_end_matches('>')
            == id
    };
    let place = if exactly {
        list.iter()
            .position(|said| !said.is_taken && !id.is_empty() && same(said))
    } else {
        let sender = row.sender.to_lowercase();
        let near = list.iter().enumerate().filter(|(_, said)| {
            !said.is_taken && (sender.is_empty() || said.sender.is_empty() || said.sender == sender)
        });
        let apart = |said: &Said| (said.start - row.started).abs();
        near.filter(|(_, said)| apart(said) < NEAR)
            .min_by_key(|(_, said)| apart(said))
            .map(|(place, _)| place)
    }?;
    let found = &mut list[place];
    found.is_taken = true;
    Some(found)
}

fn score(options: &Options) -> Score {
    let began = Instant::now();
    let (mut made, end) = made(options);
    let made_in = began.elapsed();
    let bytes: usize = made.logs.values().map(Vec::len).sum();
    let mut said = said(&made, end);
    let mut score = Score::default();
    made.rows.sort_by_key(|row| row.started);
    let (exact, near): (Vec<&Row>, Vec<&Row>) =
        made.rows.iter().partition(|row| !row.message_id.is_empty());
    let mut left: Vec<&Row> = Vec::new();
    let compare = |score: &mut Score, row: &Row, said: &Said| {
        let (truth, told) = (row.status.title(), said.status);
        let is_right = truth == told && row.replaced_by.is_some() == said.is_replaced;
        if row.is_harmed {
            match is_right {
                true => score.harmed.0 += 1,
                false => score.harmed.1 += 1,
            }
            return;
        }
        *score.matrix.entry((truth, told)).or_default() += 1;
        if is_right {
            score.right += 1;
        } else {
            let replaced = |is: bool| if is { " replaced" } else { "" };
            score.wrong(
                format!(
                    "{truth} ({}{}) is said to be {told} ({}{})",
                    row.reason,
                    replaced(row.replaced_by.is_some()),
                    said.rule,
                    replaced(said.is_replaced)
                ),
                || example(row),
            );
        }
    };
    for row in exact {
        match find(row, &mut said, true) {
            Some(said) => compare(&mut score, row, said),
            None => left.push(row),
        }
    }
    left.extend(near);
    // What may be told of no longer takes no other's place.
    left.sort_by_key(|row| row.is_harmed);
    for row in left {
        match find(row, &mut said, false) {
            Some(said) => compare(&mut score, row, said),
            None if row.is_harmed => score.harmed.1 += 1,
            None => {
                *score
                    .matrix
                    .entry((row.status.title(), "(no row)"))
                    .or_default() += 1;
                score.wrong(
                    format!("{} ({}) has no row", row.status.title(), row.reason),
                    || example(row),
                );
            }
        }
    }
    for (recipient, list) in &said {
        for said in list.iter().filter(|said| !said.is_taken) {
            if options.damaged > 0 {
                score.harmed.1 += 1;
                continue;
            }
            *score.matrix.entry(("(no row)", said.status)).or_default() += 1;
            score.wrong(
                format!("{} ({}) is said of nothing", said.status, said.rule),
                || format!("{} {} -> {recipient}", said.message_id, said.sender),
            );
        }
    }
    println!(
        "\n{} seed {}: {} rows, {} logs, {:.1} MB, made in {:.1} s, scored after {:.1} s",
        options.topology.name(),
        options.seed,
        made.rows.len(),
        made.logs.len(),
        bytes as f64 / 1e6,
        made_in.as_secs_f64(),
        began.elapsed().as_secs_f64()
    );
    println!("{}", told(&score));
    score
}

fn example(row: &Row) -> String {
    format!(
        "{} {} {} -> {}",
        time(row.started),
        row.message_id,
        row.sender,
        row.recipient
    )
}

/// The matrix and what is wrong, as text.
fn told(score: &Score) -> String {
    let mut out = String::new();
    for ((truth, said), count) in &score.matrix {
        let mark = if truth == said { ' ' } else { '!' };
        writeln!(out, "  {mark} {truth:<16} said {said:<16} {count:>8}").unwrap();
    }
    writeln!(
        out,
        "  right {}, harmed: {} right, {} not",
        score.right, score.harmed.0, score.harmed.1
    )
    .unwrap();
    for (what, (count, examples)) in &score.wrong {
        writeln!(out, "  ! {count} times: {what}").unwrap();
        for example in examples {
            writeln!(out, "      {example}").unwrap();
        }
    }
    out
}

fn check(topology: Topology) {
    let deliveries = number("SIMULATE_DELIVERIES", 20_000);
    let score = score(&Options::new(
        topology,
        number("SIMULATE_SEED", 1),
        deliveries,
    ));
    assert!(score.right as u64 > deliveries / 2, "most are told at all");
    let is_argued = |what: &str| {
        let known = ARGUED
            .iter()
            .find(|(of, argued, _)| *of == topology.name() && what == *argued);
        known.inspect(|(_, what, why)| println!("  argued: {what}: {why}"))
    };
    for (what, (count, _)) in &score.wrong {
        let most = score.right / ARGUED_SHARE + 1;
        let is_right = is_argued(what).is_some() && *count <= most;
        assert!(is_right, "{}: {what}\n{}", topology.name(), told(&score));
    }
}

#[test]
fn postfix_is_told_as_it_was() {
    check(Topology::Postfix);
}

#[test]
fn exchange_is_told_as_it_was() {
    check(Topology::Exchange);
}

/// A destroyed line can take its own message's outcome with it, and hardly another's: only a queue id that
/// is used again, or a message that was put off, mixes two.
#[test]
fn a_destroyed_line_harms_its_own_message_alone() {
    for topology in Topology::ALL {
        let deliveries = number("SIMULATE_DELIVERIES", 2000).min(100_000);
        let mut options = Options::new(topology, number("SIMULATE_SEED", 1), deliveries);
        options.damaged = 5000;
        let score = score(&options);
        assert!(score.harmed.0 + score.harmed.1 > 20, "lines were destroyed");
        assert!(score.right > 500);
        let others: usize = score.wrong.values().map(|(count, _)| count).sum();
        let most = score.right / ARGUED_SHARE;
        assert!(others <= most, "{}:\n{}", topology.name(), told(&score));
    }
}

#[test]
fn a_seed_gives_the_same_bytes() {
    for topology in Topology::ALL {
        let of = |seed| made(&Options::new(topology, seed, 300)).0;
        let (a, b, c) = (of(5), of(5), of(6));
        assert!(a.logs == b.logs && a.rows == b.rows, "the same seed");
        assert!(a.logs != c.logs, "another seed");
    }
}
