//! The page's sample holds the stories that are worth finding in it, and tells them.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails says where, and one that passes says what it found"
)]

mod support;

use std::collections::BTreeMap;

use mailtrace::delivery::Delivery;
use mailtrace::delivery::rule::Rule;
use mailtrace::delivery::status::Status;
use mailtrace::trace::Trace;
use simulator::Withheld;
use simulator::calendar::HOUR;
use simulator::sample::Sample;
use support::{Source, read_dated, time, trace};

/// The sample as it is read.
struct Day {
    sample: Sample,
    sources: Vec<Source>,
    trace: Trace,
}

impl Day {
    fn read() -> Day {
        let sample = Sample::first();
        let files = sample.files.iter();
        let sources: Vec<Source> = files
            .map(|file| read_dated(&file.name, &file.bytes, 1 << 20, sample.end))
            .collect();
        let trace = trace(&sources);
        Day {
            sample,
            sources,
            trace,
        }
    }

    fn text(&self, word: u32) -> String {
        String::from_utf8_lossy(self.trace.events().text(word)).into_owned()
    }

    /// The deliveries that a story fits, of which there must be one.
    fn find(&self, story: &str, fits: impl Fn(&Delivery) -> bool) -> usize {
        let found: Vec<&Delivery> = self
            .trace
            .deliveries()
            .map(|(_, delivery)| delivery)
            .filter(|delivery| fits(delivery))
            .collect();
        let first = found.first().unwrap_or_else(|| panic!("no {story}"));
        let journey = self.trace.journey(first).unwrap();
        println!(
            "{story}: {}, such as {} {} -> {}: {:?}, {} ({})",
            found.len(),
            time(journey.start),
            self.text(journey.sender),
            self.text(first.recipient),
            self.text(journey.subject),
            first.status.title(),
            first.rule.name()
        );
        found.len()
    }
}

#[test]
fn the_sample_holds_what_is_worth_finding() {
    let day = Day::read();
    let trace = &day.trace;
    let subject = |delivery: &Delivery| day.text(trace.journey(delivery).unwrap().subject);
    day.find("offer that its recipient's server refused", |delivery| {
        let sender = day.text(trace.journey(delivery).unwrap().sender);
        delivery.rule == Rule::Bounced
            && subject(delivery).contains("Offer")
            && sender.ends_with("@contoso.example")
            && !sender.starts_with("MicrosoftExchange")
    });
    day.find("mail in quarantine", |delivery| {
        delivery.status == Status::Quarantined
    });
    day.find("mail that was put off for more than an hour", |delivery| {
        let began = trace.journey(delivery).unwrap().start;
        let is_late = trace.time_of(delivery.decided_by).saturating_sub(began) > HOUR;
        delivery.status == Status::Delivered && is_late
    });
    let mut members: BTreeMap<(u32, u32), (usize, usize)> = BTreeMap::new();
    for (_, delivery) in trace.deliveries().filter(|(_, one)| one.came_from != 0) {
        let of = members
            .entry((delivery.journey, delivery.came_from))
            .or_default();
        match delivery.status {
            Status::Delivered => of.0 += 1,
            Status::Failed => of.1 += 1,
            _ => {}
        }
    }
    day.find(
        "group of which one member could not be reached",
        |delivery| {
            let of = members.get(&(delivery.journey, delivery.recipient));
            delivery.status == Status::Expanded
                && of.is_some_and(|(delivered, failed)| *delivered > 1 && *failed == 1)
        },
    );
    day.find("mail that waits for a moderator", |delivery| {
        let is_told = delivery.rule == Rule::AwaitingModeration;
        let is_listed = delivery.rule == Rule::ReportedStatus;
        let is_moderated = day.text(delivery.recipient).starts_with("board@");
        delivery.status == Status::Pending && (is_told || is_listed && is_moderated)
    });
    let hour = &day.sample.options.withheld;
    day.find("mail of the hour that the relay's log lacks", |delivery| {
        let missing = trace.missing(delivery);
        let is_in = |withheld: &Withheld| match (withheld, &missing) {
            (Withheld::Span { from, to, .. }, Some(missing)) => {
                missing.from < *to && missing.until > *from
            }
            _ => false,
        };
        hour.iter().any(is_in)
    });
}

#[test]
fn every_line_of_the_sample_is_understood() {
    for source in &Day::read().sources {
        let account = &source.record.account;
        assert_eq!(account.unknown, 0, "{}", source.record.opening.name);
        assert!(account.recognised > 0, "{}", source.record.opening.name);
    }
}

#[test]
fn the_sample_is_a_working_day_of_some_thousand_recipients() {
    let sample = Sample::first();
    let rows = sample.rows.len();
    assert!((2000..4000).contains(&rows), "{rows} rows");
    let hours = (sample.end - sample.options.start) / HOUR;
    assert!((8..16).contains(&hours), "{hours} hours");
    assert_eq!(sample.files, Sample::first().files, "always the same bytes");
}
