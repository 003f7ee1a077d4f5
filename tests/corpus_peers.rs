//! What other programs make of the same real logs, where these lie beside the project.
//!
//! Lightmeter counts results: each attempt that it logged, with its status. Ours are deliveries: one
//! for each recipient, with its last status, and one for all whose result no line tells. Where the two
//! differ there is a reason, and a reason that no longer holds fails too.

mod support;

use std::path::PathBuf;

use mailtrace::delivery::status::Status::{self, *};
use support::*;

struct Case {
    logs: &'static str,
    /// Named recipients that no other address replaced, in order of status.
    ours: &'static [Status],
    /// Recipients that no line names.
    unnamed: &'static [Status],
    /// Why it is not what Lightmeter has; empty where it is.
    why: &'static str,
}

const UNTOLD: &str =
    "the log was cut down to one recipient: `nrcpt` counts more, whose result no line tells";
const NOT_READ_YET: &str = "rejections are not read yet, so the message seems to be under way";

const CASES: &[Case] = &[
    Case {
        logs: "8_weird_log_file.log",
        ours: &[Pending],
        unnamed: &[],
        why: "",
    },
    Case {
        logs: "1_bounce_simple.log",
        ours: &[Delivered, Failed],
        unnamed: &[],
        why: "",
    },
    Case {
        logs: "3_local_delivery.log",
        ours: &[Delivered],
        unnamed: &[],
        why: "",
    },
    Case {
        logs: "7_only_connections_and_disconnections.log",
        ours: &[],
        unnamed: &[],
        why: "",
    },
    Case {
        logs: "10_pickup.log",
        ours: &[Delivered],
        unnamed: &[],
        why: "",
    },
    Case {
        logs: "11_single_successful_delivery.log",
        ours: &[Delivered],
        unnamed: &[Pending],
        why: UNTOLD,
    },
    Case {
        logs: "12_two_independent_deliveries_in_the_same_smtpd_process_in_order.log",
        ours: &[Delivered, Delivered],
        unnamed: &[Pending, Pending],
        why: UNTOLD,
    },
    Case {
        logs: "12_two_independent_deliveries_in_the_same_smtpd_process_mixed.log",
        ours: &[Delivered, Delivered],
        unnamed: &[Pending, Pending],
        why: UNTOLD,
    },
    Case {
        logs: "13_empty_msgid_issue_388.log",
        ours: &[Delivered],
        unnamed: &[],
        why: "",
    },
    Case {
        logs: "15_milter-reject.log",
        ours: &[],
        unnamed: &[GettingStatus],
        why: NOT_READ_YET,
    },
    Case {
        logs: "17-smtpd-reject.log",
        ours: &[],
        unnamed: &[GettingStatus],
        why: NOT_READ_YET,
    },
    Case {
        logs: "18_expired.log",
        ours: &[Delivered, Failed],
        unnamed: &[],
        why: "each deferral is a result of its own there, and so is the hand-over to the filter",
    },
    Case {
        logs: "31_relayed_bounce.log",
        ours: &[Delivered, Delivered],
        unnamed: &[Pending],
        why: UNTOLD,
    },
    Case {
        logs: "33_delivery_with_remote_id.log",
        ours: &[Delivered],
        unnamed: &[Pending],
        why: UNTOLD,
    },
    Case {
        logs: "29_inbound_relayed_message_server_2.log + 29_inbound_relayed_message_server_1.log",
        ours: &[Delivered, Delivered],
        unnamed: &[Pending, Pending],
        why: "legs on two hosts are not joined yet",
    },
    Case {
        logs: "30_in_reply_to_header.log",
        ours: &[Delivered],
        unnamed: &[Pending],
        why: UNTOLD,
    },
];

#[test]
fn lightmeters_results_are_ours_or_differ_for_a_reason() {
    let Some(folder) = corpus() else {
        println!("peers: the corpus is not here, 0 logs read");
        return;
    };
    let table = "expected/lightmeterio-ControlCenter__tracking_expectations.tsv";
    let table = std::fs::read_to_string(folder.join(table)).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split('\t').collect()).collect();
    let expected = |logs: &str, what: &str| -> Vec<&str> {
        let of_case = rows.iter().filter(|row| row.get(2) == Some(&logs));
        of_case
            .filter(|row| row.get(3).is_some_and(|name| name.contains(what)))
            .filter_map(|row| row.get(5).copied())
            .collect()
    };
    let mut read_logs = 0;
    let mut different = Vec::new();
    for case in CASES {
        let sources: Vec<Source> = case
            .logs
            .split(" + ")
            .map(|name| {
                let path = folder.join(format!("lightmeterio-ControlCenter__{name}"));
                read(name, &std::fs::read(path).unwrap())
            })
            .collect();
        read_logs += sources.len();
        let traced = trace(&sources);
        let statuses = |named: bool| -> Vec<Status> {
            let ours = traced.deliveries().map(|(_, delivery)| delivery);
            let ours = ours.filter(|delivery| delivery.replaced_by == 0);
            let ours = ours.filter(|delivery| (delivery.recipient != 0) == named);
            let mut ours: Vec<Status> = ours.map(|delivery| delivery.status).collect();
            ours.sort_unstable();
            ours
        };
        assert_eq!(statuses(true), case.ours, "{}", case.logs);
        assert_eq!(statuses(false), case.unnamed, "{}", case.logs);

        let count: usize = expected(case.logs, "len(pub.results)")[0].parse().unwrap();
        let theirs = expected(case.logs, "ResultStatusKey");
        let agrees = count == case.ours.len() + case.unnamed.len()
            && theirs.iter().all(|status| {
                case.ours.contains(&match *status {
                    "parser.SentStatus" | "parser.ReceivedStatus" => Delivered,
                    "parser.BouncedStatus" | "parser.ExpiredStatus" => Failed,
                    "parser.DeferredStatus" => Pending,
                    other => panic!("{}: {other} is no status that is known", case.logs),
                })
            });
        assert_eq!(agrees, case.why.is_empty(), "{}: {theirs:?}", case.logs);
        if !agrees {
            different.push(case);
        }
    }
    println!(
        "peers: {read_logs} logs read, {} cases as Lightmeter has them",
        CASES.len() - different.len()
    );
    for case in different {
        println!("peers: {} differs: {}", case.logs, case.why);
    }
}

/// verb-EXO's author wrote down what he saw in reports, and what it means. Nothing differs.
#[test]
fn verb_exos_words_of_reports_mean_the_same_here() {
    let Some(folder) = family("exo-trace") else {
        println!("peers: the corpus is not here, no words of reports compared");
        return;
    };
    let words = "expected/tostka-verb-EXO__recipient-status-vocabulary.txt";
    let words = std::fs::read(folder.join(words)).unwrap();
    let words = String::from_utf8_lossy(&words).into_owned();

    let mut compared = 0;
    for line in words.lines() {
        // `##Receive, Send means the message was …`
        if let Some((history, meaning)) = line.split_once(" means ") {
            let expected = if meaning.contains("failed") {
                Failed
            } else {
                Delivered
            };
            let item = format!("bob@contoso.example{}", history.trim());
            assert_eq!(statuses(&summary(&item)), [expected], "{line}");
            compared += 1;
        } else if line.matches("##").count() > 2 {
            // One address eight times is one recipient.
            assert_eq!(statuses(&summary(line.trim())), [Delivered], "{line}");
            compared += 1;
        } else if line.contains(".Resolver.") || line.contains(".Expansion.") {
            // The states of a resolver: each recipient's own, and no status.
            let state = line.rsplit(':').next().unwrap().trim();
            let source = read("report", extended(state).as_bytes());
            let told = events(&trace(std::slice::from_ref(&source)));
            assert!(told.contains(&format!("state={state} | To")), "{told}");
            compared += 1;
        }
    }
    assert!(compared >= 9, "{compared} lines");

    let table = "expected/tostka-verb-EXO__status-vocabulary.tsv";
    let table = std::fs::read_to_string(folder.join(table)).unwrap();
    for row in table.lines().skip(1) {
        let (word, meaning) = row.split_once('\t').unwrap();
        let expected = match word {
            "Delivered" => Delivered,
            "Expanded" => Expanded,
            "Failed" => Failed,
            "FilteredAsSpam" => FilteredAsSpam,
            "Quarantined" => Quarantined,
            "Pending" => Pending,
            "GettingStatus" => GettingStatus,
            // The one other row has the status, and these lead to it.
            "None" | "Resolved" => Delivered,
            // Events of a message's detail, which is another report.
            _ => {
                assert!(!meaning.is_empty());
                continue;
            }
        };
        let list = format!(
            "Date,Sender,Recipient,Subject,Status\n2026-09-14T08:12:01Z,ann@contoso.example,bob@contoso.example,Plan,{word}\n2026-09-14T08:12:01Z,ann@contoso.example,bob@fabrikam.example,Plan,Delivered\n"
        );
        let mut expected = vec![Delivered, expected];
        expected.sort_unstable();
        assert_eq!(statuses(&list), expected, "{word}: {meaning}");
        compared += 1;
    }
    println!("peers: {compared} words of verb-EXO mean the same");
}

fn summary(recipient_status: &str) -> String {
    format!(
        "origin_timestamp_utc,message_id,recipient_status\n2026-09-14T08:12:01Z,<a1@contoso.example>,\"{}\"\n",
        recipient_status.replace('"', "\"\"")
    )
}

fn extended(state: &str) -> String {
    format!(
        "date_time_utc,source,event_id,message_id,recipient_address,recipient_status\n2026-09-14T08:12:01Z,ROUTING,TRANSFER,<a1@contoso.example>,bob@contoso.example;cyd@contoso.example,{state};To\n"
    )
}

/// The statuses of all recipients of a report, in order.
fn statuses(report: &str) -> Vec<Status> {
    let traced = trace(&[read("report", report.as_bytes())]);
    let mut statuses: Vec<Status> = traced
        .deliveries()
        .map(|(_, delivery)| delivery.status)
        .collect();
    statuses.sort_unstable();
    statuses
}

fn corpus() -> Option<PathBuf> {
    family("postfix")
}

fn family(name: &str) -> Option<PathBuf> {
    ["../shared/corpus", "../../shared/corpus"]
        .iter()
        .map(|folder| root().join(folder).join(name))
        .find(|folder| folder.is_dir())
}
