//! What other programs make of the same real logs, where these lie beside the project.
//!
//! Of single lines (whyscream's grok patterns, CrowdSec's parser, msimerson's postfix-parser) each field
//! is compared that both have, wherever the line states an event here.
//!
//! Lightmeter counts results: each attempt that it logged, with its status. Ours are deliveries: one
//! for each recipient, with its last status, and one for all whose result no line tells. Where the two
//! differ there is a reason, and a reason that no longer holds fails too.

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;

use mailtrace::delivery::status::Status::{self, *};
use mailtrace::event::{Event, List};
use mailtrace::formats::{Line, Reading, Sink, syslog};
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
const REFUSED: &str = "Lightmeter forgets what was refused; here a person can look for it";

const CASES: &[Case] = &[
    Case {
        logs: "8_weird_log_file.log",
        ours: &[Delivered],
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
        ours: &[Pending],
        unnamed: &[],
        why: REFUSED,
    },
    Case {
        logs: "17-smtpd-reject.log",
        ours: &[Failed],
        unnamed: &[],
        why: REFUSED,
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
        ours: &[Delivered],
        unnamed: &[Pending],
        why: UNTOLD,
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

/// A line as another program reads it: the line, and its fields under that program's names.
type Expected = (String, BTreeMap<String, String>);

/// Fields on which we differ, by program, a part of the line, and field, and why.
const DIFFERENT: &[(&str, &str, &str, &str)] = &[
    (
        "whyscream",
        "2690D8044: host ",
        "stage",
        "the stage of a client's session is meant here, not that of an attempt to deliver",
    ),
    (
        "whyscream",
        "milter-header-redirect: ",
        "to",
        "the message goes to the address that was put in place, and came from that one",
    ),
    (
        "msimerson",
        "smtp[7]: 3m",
        "kind",
        "an attempt that goes on with another host is no result: the delivery line has that",
    ),
];

/// The other programs' names of what an event says.
const NAMES: &[(&str, &str)] = &[
    ("postfix_queueid", "id"),
    ("postfix_client_ip", "client-ip"),
    ("postfix_client_hostname", "client"),
    ("postfix_smtp_stage", "stage"),
    ("postfix_proxy_smtp_stage", "stage"),
    ("postfix_status_code", "code"),
    ("postfix_proxy_status_code", "code"),
    ("postfix_status_code_enhanced", "enhanced"),
    ("postfix_proxy_status_code_enhanced", "enhanced"),
    ("postfix_bounce_queueid", "reference"),
    ("postfix_message-id", "message-id"),
    ("postfix_relay_hostname", "server"),
    ("postfix_relay_ip", "server-ip"),
    ("postfix_relay_port", "port"),
    ("postfix_from", "from"),
    ("postfix_to", "to"),
    ("action", "kind"),
    ("command", "stage"),
    ("remote_addr", "client-ip"),
    ("remote_host", "client"),
    ("smtp_basic_status_code", "code"),
    ("smtp_enhanced_status_code", "enhanced"),
    ("qid", "id"),
    ("from", "from"),
    ("to", "to"),
    ("dsn", "enhanced"),
    ("size", "size"),
    ("nrcpt", "count"),
    ("message-id", "message-id"),
];

#[test]
fn lines_say_what_others_read_in_them() {
    let Some(folder) = corpus() else {
        println!("peers: the corpus is not here, 0 lines read");
        return;
    };
    let expected = folder.join("expected");
    let text = |name: &str| std::fs::read_to_string(expected.join(name)).unwrap();
    let mut grok = Vec::new();
    for entry in std::fs::read_dir(&expected).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("whyscream") {
            grok.extend(of_grok(&text(&name)));
        }
    }
    let crowdsec = of_crowdsec(&text("crowdsecurity-hub__postfix-logs__parser.assert"));
    let msimerson = of_msimerson(&text(
        "msimerson-postfix-parser__postfix-parser_test.js.txt",
    ));
    let mut held = vec![false; DIFFERENT.len()];
    let mut wrong = Vec::new();
    for (program, lines) in [
        ("whyscream", grok),
        ("crowdsec", crowdsec),
        ("msimerson", msimerson),
    ] {
        let (mut compared, mut silent) = (0, 0);
        assert!(!lines.is_empty(), "{program}");
        for (line, fields) in &lines {
            let Some(told) = told(line) else {
                silent += 1;
                continue;
            };
            for (name, value) in fields {
                let Some((_, ours)) = NAMES.iter().find(|(theirs, _)| theirs == name) else {
                    continue;
                };
                compared += 1;
                let known = DIFFERENT.iter().position(|(who, part, field, _)| {
                    *who == program && line.contains(part) && field == ours
                });
                let agrees = told.get(*ours).map_or("", String::as_str) == value;
                match known {
                    Some(place) => held[place] |= !agrees,
                    None if agrees => {}
                    None => wrong.push(format!(
                        "{program}: {ours} {value:?} in {line}: {:?}",
                        told.get(*ours)
                    )),
                }
            }
        }
        println!(
            "peers: {program}: {} lines, {compared} fields as there, {silent} state nothing",
            lines.len()
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for ((program, part, field, why), held) in DIFFERENT.iter().zip(held) {
        assert!(held, "{program} no longer differs in {field} of {part}");
        println!("peers: {program} differs in {field} of {part}: {why}");
    }
}

/// What we read in a line; `None` if it states no event.
fn told(line: &str) -> Option<BTreeMap<&'static str, String>> {
    #[derive(Default)]
    struct Told(Option<BTreeMap<&'static str, String>>);
    impl Sink for Told {
        fn event(&mut self, event: &Event<'_>) {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let bare = |bytes: &[u8]| text(bytes).trim_matches(['<', '>']).to_owned();
            let first = |list: &List<'_>| {
                let mut items = Vec::new();
                list.for_each(|item| items.push(text(item)));
                items.into_iter().next().unwrap_or_default()
            };
            let number = |number: u64| match number {
                0 => String::new(),
                number => number.to_string(),
            };
            self.0 = Some(BTreeMap::from([
                ("kind", event.kind.name().to_owned()),
                ("id", text(event.id)),
                ("client", text(event.client_host)),
                ("client-ip", text(event.client_ip)),
                ("stage", text(event.context)),
                ("code", number(event.reply_code.into())),
                ("enhanced", event.enhanced.to_string()),
                ("from", bare(event.return_path)),
                ("to", first(&event.recipients)),
                ("reference", first(&event.reference)),
                ("message-id", bare(event.message_id)),
                ("server", text(event.server_host)),
                ("server-ip", text(event.server_ip)),
                ("port", number(event.server_port.into())),
                ("size", number(event.size)),
                ("count", number(event.recipient_count.into())),
            ]));
        }
        fn close(&mut self, _reading: Reading) {}
    }
    let line = Line {
        offset: 0,
        bytes: line.as_bytes(),
        ended: true,
        envelope: None,
    };
    let mut told = Told::default();
    syslog::reader().line(&line, &mut told);
    told.0
}

/// `pattern: ^%{POSTFIX_SMTPD}$`, `data: "…"` and `results:`, one line each.
fn of_grok(yaml: &str) -> Option<Expected> {
    let value = |text: &str| {
        let text = text.trim();
        let quoted = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        quoted.unwrap_or(text).replace("\\\"", "\"")
    };
    let key = |key: &str| yaml.lines().find_map(|line| line.strip_prefix(key));
    let daemon = value(key("pattern:")?);
    let daemon = daemon
        .split_once("POSTFIX_")?
        .1
        .split_once('}')?
        .0
        .to_lowercase();
    let line = format!(
        "Sep  4 08:12:44 mx1 postfix/{daemon}[7]: {}",
        value(key("data:")?)
    );
    let mut fields = BTreeMap::new();
    for line in yaml.lines().filter(|line| line.starts_with("    ")) {
        let Some((name, content)) = line.trim().split_once(": ") else {
            continue;
        };
        let content = value(content);
        if name == "postfix_keyvalue_data" {
            for key in ["from", "to"] {
                let start = format!("{key}=<");
                let found = content
                    .split_once(&start)
                    .and_then(|(_, rest)| rest.split_once('>'));
                if let Some((address, _)) = found {
                    fields.insert(format!("postfix_{key}"), address.to_owned());
                }
            }
        }
        fields.insert(name.to_owned(), known(content));
    }
    Some((line, fields))
}

/// `results["s01-parse"]["crowdsecurity/postfix-logs"][1].Evt.Parsed["action"] == "reject"`
fn of_crowdsec(assertions: &str) -> Vec<Expected> {
    let mut lines: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for line in assertions.lines() {
        let parsed = line
            .strip_prefix("results[\"s01-parse\"][\"crowdsecurity/postfix-logs\"][")
            .and_then(|line| line.split_once("].Evt.Parsed[\""));
        let Some((number, rest)) = parsed else {
            continue;
        };
        // Long values are compared in another way, and none of them is looked at here.
        let Some((name, value)) = rest.split_once("\"] == \"") else {
            continue;
        };
        let value = value.trim_end_matches('"').replace("\\\"", "\"");
        let fields = lines.entry(number.to_owned()).or_default();
        fields.insert(name.to_owned(), known(value));
    }
    let whole = |fields: BTreeMap<String, String>| {
        let (program, said) = (fields.get("program")?, fields.get("message")?);
        Some((format!("Sep  4 08:12:44 mx1 {program}[7]: {said}"), fields))
    };
    lines.into_values().filter_map(whole).collect()
}

/// `line: '…', type: 'postfix/smtp', obj: { qid: '…', … }`
fn of_msimerson(script: &str) -> Vec<Expected> {
    let mut lines: Vec<Expected> = Vec::new();
    for row in script.lines() {
        let Some((name, value)) = row.trim().split_once(':') else {
            continue;
        };
        let value = value.trim().trim_end_matches(',');
        let unquoted = value
            .strip_prefix('\'')
            .and_then(|value| value.strip_suffix('\''));
        let (name, Some(value)) = (name.trim().trim_matches('\''), unquoted) else {
            continue;
        };
        match (name, lines.last_mut()) {
            ("line", _) => lines.push((value.to_owned(), BTreeMap::new())),
            ("type", Some((line, _))) => *line = format!("Sep  4 08:12:44 mx1 {value}[7]: {line}"),
            (_, Some((_, fields))) => {
                fields.insert(name.to_owned(), known(value.to_owned()));
            }
            (_, None) => {}
        }
    }
    lines
}

/// What these programs write where nothing is known.
fn known(value: String) -> String {
    match value.as_str() {
        "unknown" | "NOQUEUE" => String::new(),
        _ => value,
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
