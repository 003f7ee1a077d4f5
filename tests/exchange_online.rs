//! What holds for reports of Exchange Online whatever they hold: their limits, their encodings, and
//! that no bytes stop the reading.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]

mod support;

use proptest::prelude::*;
use support::*;

const SUMMARY: &str = "origin_timestamp_utc,message_id,recipient_status";
const EXTENDED: &str = "date_time_utc,source,event_id,internal_message_id,message_id,network_message_id,recipient_address";
const LIST: &str = "Date,Sender,Recipient,Subject,Status";

fn summary_row(number: usize) -> String {
    format!(
        "2026-09-14T08:12:01Z,<a{number}@contoso.example>,\"bob@contoso.example##Receive, Deliver\""
    )
}

/// Every message has two rows.
fn extended_row(number: usize) -> String {
    let message = number / 2;
    format!(
        "2026-09-14T08:12:01Z,SMTP,RECEIVE,{message},<a{message}@contoso.example>,10000000-2000-4000-8000-{message:012},bob@contoso.example"
    )
}

fn list_row(number: usize) -> String {
    format!("2026-09-14T08:12:01Z,ann@contoso.example,bob{number}@contoso.example,Plan,Delivered")
}

fn table(header: &str, rows: usize, row: fn(usize) -> String) -> String {
    let rows = (0..rows).map(row);
    let lines = std::iter::once(header.to_owned()).chain(rows);
    lines.map(|line| line + "\r\n").collect()
}

fn remarks(text: &str) -> Vec<String> {
    let record = read("report.csv", text.as_bytes()).record;
    assert_eq!(record.account.unknown, 0, "{:?}", record.account);
    let remarks = record.remarks.into_iter();
    remarks.map(|remark| remark.text).collect()
}

#[test]
fn a_report_that_is_as_long_as_reports_get_may_be_cut_off() {
    for rows in [1_000, 50_000] {
        let told = remarks(&table(SUMMARY, rows, summary_row));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains(&format!("exactly {rows} messages")),
            "{told:?}"
        );
        assert!(remarks(&table(SUMMARY, rows - 1, summary_row)).is_empty());
        assert!(remarks(&table(SUMMARY, rows + 1, summary_row)).is_empty());
    }
    for rows in [1_000, 5_000] {
        let told = remarks(&table(LIST, rows, list_row));
        assert!(
            told[0].contains(&format!("exactly {rows} rows")),
            "{told:?}"
        );
        assert!(remarks(&table(LIST, rows - 1, list_row)).is_empty());
    }
    let told = remarks(&table(EXTENDED, 2_000, extended_row));
    assert!(told[0].contains("exactly 1000 messages"), "{told:?}");
    let told = remarks(&table(EXTENDED, 1_000, extended_row));
    assert!(told[0].contains("exactly 1000 rows"), "{told:?}");
    assert!(remarks(&table(EXTENDED, 1_998, extended_row)).is_empty());
    assert!(remarks(&table(EXTENDED, 2_001, extended_row)).is_empty());
}

#[test]
fn a_tracking_log_and_a_report_of_the_same_event_count_once() {
    let fields = EXTENDED
        .replace("date_time_utc", "date-time")
        .replace('_', "-");
    let head = "#Software: Microsoft Exchange Server\r\n#Log-type: Message Tracking Log\r\n";
    let row = extended_row(0);
    let log = format!("{head}#Fields: {fields}\r\n{row}\r\n");
    let report = format!("{EXTENDED}\r\n{row}\r\n");
    let traced = trace(&[read("a", log.as_bytes()), read("b", report.as_bytes())]);
    let (_, delivery) = traced.deliveries().next().unwrap();
    let journey = traced.journey(delivery).unwrap();
    assert_eq!(
        traced.events_of(journey).len(),
        1,
        "{}",
        deliveries(&traced)
    );
    assert_eq!(traced.deliveries().count(), 1);
}

proptest! {
    /// Rows with marks in wrong places are read, counted unknown, or a part of the row before.
    #[test]
    fn mutated_reports_are_accounted_for(
        changes in prop::collection::vec((0usize..600, prop::sample::select(b",\";\n#=\t\xff2T".to_vec())), 0..14),
        kind in 0usize..3,
        headless in any::<bool>(),
    ) {
        let mut text = match kind {
            0 => table(SUMMARY, 3, summary_row),
            1 => table(EXTENDED, 3, extended_row),
            _ => table(LIST, 3, list_row),
        }
        .into_bytes();
        if headless {
            let end = memchr::memchr(b'\n', &text).unwrap();
            text.drain(..=end);
        }
        for (at, byte) in changes {
            let len = text.len();
            text[at % len] = byte;
        }
        let account = read("report", &text).record.account;
        let lines = text.split_inclusive(|byte| *byte == b'\n').count() as u64;
        prop_assert_eq!(account.lines, lines);
        prop_assert_eq!(account.recognised + account.ignored + account.unknown, lines);
    }

    #[test]
    fn arbitrary_bytes_under_a_header_are_accounted_for(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0usize..3) {
        let mut text = [SUMMARY, EXTENDED, LIST][kind].as_bytes().to_vec();
        text.push(b'\n');
        text.extend(bytes);
        let account = read("report", &text).record.account;
        prop_assert_eq!(account.recognised + account.ignored + account.unknown, account.lines);
    }
}
