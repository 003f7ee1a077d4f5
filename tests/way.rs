//! The way of a message to one recipient, as the page draws it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails says where"
)]

mod support;

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use mailtrace::explain::{self, Entry};
use support::*;

/// The ways of some files' deliveries: a line for each station, below it what is known of how it came there.
fn ways(files: &[(&str, &str)]) -> String {
    let sources: Vec<Source> = files
        .iter()
        .map(|(name, text)| read(name, text.as_bytes()))
        .collect();
    let trace = trace(&sources);
    let mut all: Vec<String> = Vec::new();
    for (number, _) in trace.deliveries() {
        let entry = Entry::new(&trace, number).unwrap();
        let way = explain::way(&entry);
        let mut out = format!("{} {:?}\n", entry.recipient(), entry.status());
        for (at, station) in way.stations.iter().enumerate() {
            let off = "  ".repeat(station.branch as usize + 1);
            let (host, system, id) = (&station.host, &station.system, &station.id);
            write!(out, "{off}{at} {host} {system} {id}").unwrap();
            if let Some(before) = station.before {
                write!(out, "  after {before} by {}", station.certainty).unwrap();
            }
            writeln!(out, "{}", leg(station.took, station.deferrals)).unwrap();
            if station.apart != 0 {
                writeln!(out, "{off}  clocks differ {}", seconds(station.apart)).unwrap();
            }
            if !station.note.is_empty() {
                writeln!(out, "{off}  {}", station.note).unwrap();
            }
        }
        let ending = leg(way.end.took, way.end.deferrals);
        writeln!(out, "  end {}{ending}", way.end.words).unwrap();
        all.push(out);
    }
    all.sort();
    all.concat()
}

fn leg(took: Option<i64>, deferrals: u32) -> String {
    let took = took.map_or(String::new(), |took| format!("  {}", seconds(took)));
    match deferrals {
        0 => took,
        deferrals => format!("{took}  put off {deferrals} times"),
    }
}

fn seconds(micros: i64) -> String {
    format!("{} s", micros as f64 / 1e6)
}

/// The logs of a case of `tests/twice`.
fn case(name: &str) -> String {
    let folder = root().join("tests/twice").join(name);
    let mut paths = Vec::new();
    walk(&folder, &mut paths);
    paths.retain(|path| !path.ends_with("expected.txt"));
    paths.sort();
    let files: Vec<(String, String)> = paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    ways(&files)
}

fn check(found: &str, expected: Expect) {
    expected.assert_eq(found);
}

#[test]
fn a_leg_is_timed_by_the_clock_it_began_by() {
    check(
        &case("three-relays-in-a-row"),
        expect![[r#"
        bob@contoso.example Failed
          0 mx1 Postfix 4gWQ1x2Rb0z1F
          1 mx2 Postfix 4gWQ1z4Tb2z3H  after 0 by id  2 s
          2 mx3 Postfix 4gWQ206Xb5z6L  after 1 by id  1 s
          end 550 5.1.1 <bob@contoso.example> User unknown  1 s
    "#]],
    );
}

/// mx2 took the message before mx1 had it: no time is made of that, and no delay.
#[test]
fn clocks_that_differ_are_told() {
    check(
        &case("relay-to-relay-clock-behind"),
        expect![[r#"
        bob@contoso.example Pending
          0 mx1 Postfix 4gWQ1x2Rb0z1F
          1 mx2 Postfix 4gWQ1z4Tb2z3H  after 0 by id  22 s  put off 1 times
            clocks differ -98 s
          end 452 4.3.0 full  1 s  put off 1 times
    "#]],
    );
}

#[test]
fn attempts_stand_where_they_were_made() {
    check(
        &case("put-off-by-the-next-host-then-taken"),
        expect![[r#"
            bob@contoso.example Delivered
              0 mx1 Postfix 4gWQ1x2Rb0z1F
                1 mx2 Postfix   after 0 by likeness  2 s  put off 1 times
                  It refused the message.
              2 mx2 Postfix 4gWQ1z4Tb2z3H  after 0 by id  602 s  put off 1 times
              end 250 2.0.0 <bob@contoso.example> Saved  1 s
        "#]],
    );
    check(
        &case("relay-to-relay-deferred-then-sent"),
        expect![[r#"
            bob@contoso.example Delivered
              0 mx1 Postfix 4gWQ1x2Rb0z1F
              1 mx2 Postfix 4gWQ1z4Tb2z3H  after 0 by id  2 s
              end accepted by store.contoso.example  469 s  put off 1 times
        "#]],
    );
}

/// How long the last station had what no log tells of any more.
#[test]
fn a_trail_that_breaks_off_ends_with_the_hand_over() {
    check(
        &case("taken-by-one-of-ours-whose-log-ends-before"),
        expect![[r#"
            bob@contoso.example Delivered
              0 mx1 Postfix 9F2A1C0D01
              1 mx2 Postfix 3B7C210F01  after 0 by id  2 s
              end 250 2.0.0 <bob@contoso.example> Saved  1 s
            bob@contoso.example GettingStatus
              0 mx1 Postfix 9F2A1C0D03
              end under way when the logs end  2 s
            bob@contoso.example Pending
              0 mx1 Postfix 9F2A1C0D02
              end no outcome in these logs  2 s
        "#]],
    );
}

#[test]
fn each_recipient_has_a_way() {
    check(
        &case("two-ways-for-one-recipient"),
        expect![[r#"
            all@contoso.example Delivered
              0 mx1 Postfix 4gWQ1x2Rb0z1F
                1 mx3 Postfix 4gWQ206Xb5z6L  after 0 by id  2 s
              2 mx2 Postfix 4gWQ1z4Tb2z3H  after 0 by id  2 s
              end 250 2.0.0 <bob@contoso.example> Saved  1 s
            bob@contoso.example Delivered
              0 mx1 Postfix 4gWQ1x2Rb0z1F
                1 mx3 Postfix 4gWQ206Xb5z6L  after 0 by id  2 s
              2 mx2 Postfix 4gWQ1z4Tb2z3H  after 0 by id  2 s
              end 250 2.0.0 <bob@contoso.example> Saved  1 s
        "#]],
    );
    check(
        &case("two-recipients-of-one-hand-over"),
        expect![[r#"
        bob@contoso.example Delivered
          0 mx1 Postfix 9F2A1C0D01
          1 mx2 Postfix 3B7C210F01  after 0 by id  2 s
          end 250 2.0.0 <bob@contoso.example> Saved  1 s
        cyd@contoso.example Pending
          0 mx1 Postfix 9F2A1C0D01
          1 mx2 Postfix 3B7C210F01  after 0 by id  2 s
          end connect to store2.contoso.example[192.0.2.31]:25: Connection refused  1 s  put off 1 times
    "#]],
    );
    let log = |host: &str, id: &str, to: &str| {
        format!(
            "Sep  4 08:12:12 {host} postfix/smtpd[200]: {id}: client=mx1.contoso.example[192.0.2.11]
Sep  4 08:12:12 {host} postfix/qmgr[12]: {id}: from=<ann@fabrikam.example>, size=5561, nrcpt=1 (queue active)
Sep  4 08:12:13 {host} postfix/local[203]: {id}: to=<{to}>, relay=local, delay=0.41, delays=0.3/0.01/0.1/0, dsn=2.0.0, status=sent (delivered to maildir)
"
        )
    };
    let mx1 = "\
Sep  4 08:12:10 mx1 postfix/smtpd[100]: 4gWQ1x2Rb0z1F: client=mail.fabrikam.example[198.51.100.20]
Sep  4 08:12:10 mx1 postfix/qmgr[11]: 4gWQ1x2Rb0z1F: from=<ann@fabrikam.example>, size=5360, nrcpt=2 (queue active)
Sep  4 08:12:12 mx1 postfix/smtp[103]: 4gWQ1x2Rb0z1F: to=<bob@contoso.example>, relay=mx2.contoso.example[192.0.2.12]:25, delay=2.25, delays=0.3/0.01/1/0.7, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4gWQ1z4Tb2z3H)
Sep  4 08:12:12 mx1 postfix/smtp[104]: 4gWQ1x2Rb0z1F: to=<cyd@contoso.example>, relay=mx3.contoso.example[192.0.2.13]:25, delay=2.5, delays=0.3/0.01/1/0.7, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4gWQ206Xb5z6L)
";
    let files = [
        ("mx1.log", mx1),
        (
            "mx2.log",
            &log("mx2", "4gWQ1z4Tb2z3H", "bob@contoso.example"),
        ),
        (
            "mx3.log",
            &log("mx3", "4gWQ206Xb5z6L", "cyd@contoso.example"),
        ),
    ];
    check(
        &ways(&files),
        expect![[r#"
        bob@contoso.example Delivered
          0 mx1 Postfix 4gWQ1x2Rb0z1F
            A copy for others went on to mx3.
          1 mx2 Postfix 4gWQ1z4Tb2z3H  after 0 by id  2.25 s
          end delivered to maildir  0.41 s
        cyd@contoso.example Delivered
          0 mx1 Postfix 4gWQ1x2Rb0z1F
            A copy for others went on to mx2.
          1 mx3 Postfix 4gWQ206Xb5z6L  after 0 by id  2.5 s
          end delivered to maildir  0.41 s
    "#]],
    );
}

/// One network message id, on the premises and online.
#[test]
fn exchange_s_servers_are_stations_of_their_own() {
    check(
        &case("exchange-to-exchange-online-of-one-id"),
        expect![[r#"
        bob@contoso.example Pending
          0 EX01 Exchange 5400000000017
          1 Exchange Online Exchange Online 55555555555  after 0 by id  1 s
          end 451 4.7.0 busy  1.2 s  put off 1 times
    "#]],
    );
    check(
        &case("relay-to-exchange-to-relay"),
        expect![[r#"
            bob@contoso.example Failed
              0 mx1 Postfix 4gWQ1x2Rb0z1F
              1 EX01 Exchange 5400000000017  after 0 by id  2 s
              2 relay1 Postfix 4gWQ1z4Tb2z3H  after 1 by id  8.1 s
              end 550 5.1.1 User unknown  2 s
            bob@northwind.example Failed
              0 mx1 Postfix 4gWQ1x2Rb0z1F
              1 EX01 Exchange 5400000000017  after 0 by id  2 s
              2 relay1 Postfix 4gWQ1z4Tb2z3H  after 1 by id  8.1 s
              end 550 5.1.1 User unknown  2 s
        "#]],
    );
}

#[test]
fn what_only_looks_is_no_step_of_the_way() {
    check(
        &case("requeued-behind-a-filter"),
        expect![[r#"
            bob@contoso.example Failed
              0 mx1 Postfix 9F2A1C0D01
              1 mx1 Postfix 9F2A1C0D02  after 0 by likeness  2 s
              2 mx1 Postfix 9F2A1C0D03  after 1 by id  478 s  put off 1 times
              3 mx2 Postfix 4gWQ1z4Tb2z3H  after 2 by id  2 s
              end 550 5.1.1 User unknown  3 s
        "#]],
    );
    let log = "\
Sep  4 08:12:40 mx1 postfix/smtpd[100]: 4gWQ1x2Rb0z1F: client=mail.fabrikam.example[198.51.100.20]
Sep  4 08:12:40 mx1 postfix/cleanup[101]: 4gWQ1x2Rb0z1F: message-id=<n1@fabrikam.example>
Sep  4 08:12:41 mx1 spamd[811]: spamd: processing message <n1@fabrikam.example> for filter:1000
Sep  4 08:12:42 mx1 spamd[811]: spamd: result: . -1 - BAYES_00 scantime=0.4,size=938,user=filter,uid=1000,required_score=5.0,rhost=::1,raddr=::1,rport=33154,mid=<n1@fabrikam.example>,autolearn=ham
Sep  4 08:12:42 mx1 postfix/qmgr[11]: 4gWQ1x2Rb0z1F: from=<ann@fabrikam.example>, size=5360, nrcpt=1 (queue active)
Sep  4 08:12:43 mx1 postfix/local[103]: 4gWQ1x2Rb0z1F: to=<bob@contoso.example>, relay=local, delay=3.14, delays=0.3/0.01/1/0.7, dsn=2.0.0, status=sent (delivered to maildir)
";
    check(
        &ways(&[("mail.log", log)]),
        expect![[r#"
        bob@contoso.example Delivered
          0 mx1 Postfix 4gWQ1x2Rb0z1F
            1 mx1 spamd   after 0 by likeness  2 s
          end delivered to maildir  3.14 s
    "#]],
    );
}
