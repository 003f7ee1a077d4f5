use super::*;
use crate::event::{Agent, Di, Direction, Enhanced, Event, Folder, Guid, List, Sfv, Stamp};
use proptest::prelude::*;

/// What a reader stated and said of its lines.
#[derive(Default)]
struct Stated {
    events: Vec<Owned>,
    lines: Vec<Reading>,
    /// Places in `lines` that stand open.
    open: Vec<usize>,
}

/// The parts of an event that the tests look at, owned.
#[derive(Clone, Debug, Default, PartialEq)]
struct Owned {
    offset: u64,
    shown: String,
    subject: String,
    recipients: Vec<String>,
    states: Vec<String>,
    text: String,
    digest: u32,
    cut: bool,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn items(list: List<'_>) -> Vec<String> {
    let mut items = Vec::new();
    list.for_each(|item| items.push(text(item)));
    items
}

impl Sink for Stated {
    fn event(&mut self, event: &Event<'_>) {
        self.events.push(Owned {
            offset: event.offset,
            shown: format!(
                "{:?}",
                Event {
                    offset: 0,
                    ..*event
                }
            ),
            subject: text(event.subject),
            recipients: items(event.recipients),
            states: items(event.recipient_status),
            text: text(event.text),
            digest: event.digest,
            cut: event.cut,
        });
    }

    fn close(&mut self, reading: Reading) {
        for place in self.open.drain(..) {
            self.lines[place] = reading;
        }
    }
}

/// A log's lines as `lines.rs` promises to cut them.
fn lines(log: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut next = 0;
    log.split_inclusive(|byte| *byte == b'\n')
        .map(move |piece| {
            let offset = next;
            next += piece.len() as u64;
            let bytes = piece.strip_suffix(b"\n").unwrap_or(piece);
            Line {
                offset,
                bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes),
                ended: piece.ends_with(b"\n"),
                envelope: None,
            }
        })
}

fn read(log: &[u8]) -> Stated {
    let mut out = Stated::default();
    let mut reader = ExchangeTracking.reader();
    for line in lines(log) {
        let reading = reader.line(&line, &mut out);
        if reading == Reading::Open {
            out.open.push(out.lines.len());
        }
        out.lines.push(reading);
    }
    reader.finish(&mut out);
    out.close(Reading::Unknown);
    out
}

/// Calls `look` with the event of the only row.
fn with_event(log: &str, look: impl FnOnce(&Event<'_>)) {
    struct Only<F>(Option<F>);
    impl<F: FnOnce(&Event<'_>)> Sink for Only<F> {
        fn event(&mut self, event: &Event<'_>) {
            (self.0.take().expect("one event"))(event);
        }
        fn close(&mut self, _: Reading) {}
    }
    let mut out = Only(Some(look));
    let mut reader = ExchangeTracking.reader();
    for line in lines(log.as_bytes()) {
        reader.line(&line, &mut out);
    }
    assert!(out.0.is_none(), "no event");
}

const HEAD: &str = "#Software: Microsoft Exchange Server\r\n#Version: 15.02.1118.040\r\n#Log-type: Message Tracking Log\r\n#Date: 2026-09-14T00:00:02.052Z\r\n#Fields: ";
const F2007: &str = "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info";
const F2019: &str = "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version";

const SENT: &str = "2026-09-14T08:12:45.011Z,192.0.2.7,EX01,198.51.100.9,mx.fabrikam.example,\";250 2.6.0 <a1@contoso.example> [InternalId=5400000000017, Hostname=mx.fabrikam.example] 141000 bytes in 0.100, 1376.953 KB/sec Queued mail for delivery;ClientSubmitTime:\",Outbound to Office 365 - 30000000,SMTP,SENDEXTERNAL,8700000000011,<a1@contoso.example>,40000000-5000-4000-8000-08cf7f558901,bob@fabrikam.example;cyd@fabrikam.example,250 2.1.5 Recipient OK;250 2.1.5 Recipient OK,136000,2,,,\"Lunch, \"\"today\"\"\",ann@contoso.example,<>,2026-09-14T08:12:44.1Z;SRV=EX01:TOTAL=0.5,Originating,,,203.0.113.9,S:E2ELatency=14.512;S:ToEntity=Internet;S:ProxiedClientIPAddress=203.0.113.7;S:SFA=SUM|SFV=NSPM|SCL=1|DI=SO,Email,50000000-0000-4000-8000-000000000001,15.02.1118.040";

fn row_2007(event: &str, context: &str, recipients: &str, status: &str) -> String {
    format!(
        "2026-09-14T08:12:45.011Z,192.0.2.7,EX01,192.0.2.8,EX02,{context},Conn,SMTP,{event},17,<a1@contoso.example>,{recipients},{status},7312,1,group@contoso.example,15;16,Lunch,ann@contoso.example,ann@contoso.example,info"
    )
}

#[test]
fn every_field_of_the_2019_set_is_read() {
    with_event(&format!("{HEAD}{F2019}\r\n{SENT}\r\n"), |event| {
        assert_eq!(event.offset, (HEAD.len() + F2019.len() + 2) as u64);
        assert_eq!(event.stamp, Stamp::Instant(1_789_373_565_011_000));
        assert_eq!(
            (event.kind, event.origin),
            (Kind::SendExternal, Origin::Smtp)
        );
        assert_eq!(
            (event.name, event.host, event.instance),
            (&b""[..], &b""[..], &b""[..])
        );
        assert_eq!(event.id, b"8700000000011");
        assert_eq!(event.next_id, b"5400000000017");
        assert_eq!(event.message_id, b"<a1@contoso.example>");
        assert_eq!(
            event.network_message_id,
            Guid::parse(b"40000000-5000-4000-8000-08cf7f558901")
        );
        assert_eq!(event.sender, b"ann@contoso.example");
        assert_eq!(event.return_path, b"<>");
        assert_eq!(
            items(event.recipients),
            ["bob@fabrikam.example", "cyd@fabrikam.example"]
        );
        assert_eq!(items(event.recipient_status), ["250 2.1.5 Recipient OK"; 2]);
        assert!(items(event.related).is_empty() && items(event.reference).is_empty());
        assert_eq!(
            (event.client_ip, event.client_host),
            (&b"192.0.2.7"[..], &b"EX01"[..])
        );
        assert_eq!(event.original_client_ip, b"203.0.113.7");
        assert_eq!(
            (event.server_ip, event.server_host),
            (&b"198.51.100.9"[..], &b"mx.fabrikam.example"[..])
        );
        assert_eq!(event.connector, b"Outbound to Office 365 - 30000000");
        assert_eq!(event.context, b"");
        assert_eq!(event.subject, br#"Lunch, "today""#);
        assert_eq!((event.size, event.recipient_count), (136_000, 2));
        assert_eq!(
            (event.reply_code, event.enhanced),
            (250, Enhanced::new(2, 6, 0).unwrap())
        );
        assert_eq!(event.text, b"Queued mail for delivery");
        assert_eq!(event.delay_ms, 14_512);
        assert!(event.verdict.is_external());
        assert_eq!(
            (event.verdict.sfv(), event.verdict.scl(), event.verdict.di()),
            (Sfv::Nspm, Some(1), Di::OutboundO)
        );
        assert_eq!(event.direction, Direction::Originating);
        assert_eq!(event.digest, content(event, "SENDEXTERNAL"));
        assert!(!event.cut);
    });
}

/// The digest of an event by SMTP: exports have no more than this.
fn content(event: &Event<'_>, name: &str) -> u32 {
    crate::formats::exchange::digest::of_event(
        b"smtp",
        name.as_bytes(),
        event.id,
        event.message_id,
        event.recipients,
    )
}

#[test]
fn every_field_of_the_2007_set_is_read() {
    let row = row_2007("redirect", "Resolver", "bob@contoso.example", "To");
    with_event(&format!("{HEAD}{F2007}\n{row}\n"), |event| {
        assert_eq!((event.kind, event.origin), (Kind::Redirect, Origin::Smtp));
        assert_eq!(event.id, b"17");
        assert_eq!(event.message_id, b"<a1@contoso.example>");
        assert_eq!(event.network_message_id, None);
        assert_eq!(items(event.recipients), ["bob@contoso.example"]);
        assert_eq!(items(event.recipient_status), ["To"]);
        assert_eq!((event.size, event.recipient_count), (7312, 1));
        assert_eq!(items(event.related), ["group@contoso.example"]);
        assert_eq!(items(event.reference), ["15", "16"]);
        assert_eq!(
            (event.context, event.connector),
            (&b"Resolver"[..], &b"Conn"[..])
        );
        assert_eq!(event.subject, b"Lunch");
        assert_eq!(
            (event.sender, event.return_path),
            (&b"ann@contoso.example"[..], &b"ann@contoso.example"[..])
        );
        assert_eq!(
            (event.client_host, event.server_ip, event.server_host),
            (&b"EX01"[..], &b"192.0.2.8"[..], &b"EX02"[..])
        );
        assert_eq!(event.original_client_ip, b"");
        assert_eq!(event.direction, Direction::None);
        assert_eq!(event.digest, content(event, "redirect"));
    });
}

#[test]
fn the_2010_and_2013_sets_differ_by_the_network_message_id() {
    let f2013 = F2019.replace(",transport-traffic-type,log-id,schema-version", "");
    let f2010 = f2013.replace("network-message-id,", "");
    let row2013 = SENT.replace(
        ",Email,50000000-0000-4000-8000-000000000001,15.02.1118.040",
        "",
    );
    let row2010 = row2013.replace("40000000-5000-4000-8000-08cf7f558901,", "");
    for (fields, row, has_guid) in [(&f2013, &row2013, true), (&f2010, &row2010, false)] {
        assert_eq!(fields.split(',').count(), 26 + usize::from(has_guid));
        for head in [format!("{HEAD}{fields}\n"), String::new()] {
            with_event(
                &format!("{head}{}\n", row.replace("SENDEXTERNAL", "SEND")),
                |event| {
                    assert_eq!(event.kind, Kind::Send);
                    assert_eq!(event.network_message_id.is_some(), has_guid);
                    assert_eq!(
                        items(event.recipients),
                        ["bob@fabrikam.example", "cyd@fabrikam.example"]
                    );
                    assert_eq!(event.original_client_ip, b"203.0.113.7");
                    assert_eq!(event.direction, Direction::Originating);
                    assert_eq!(event.digest, content(event, "SEND"));
                },
            );
        }
    }
}

#[test]
fn rows_without_header_go_by_their_number_of_fields() {
    let old = row_2007("RECEIVE", "", "bob@contoso.example", "");
    let later = format!("{SENT},added");
    let log = format!("{old}\n{SENT}\n{later}\n{old},more\n");
    let stated = read(log.as_bytes());
    assert_eq!(stated.events.len(), 3);
    assert_eq!(stated.events[0].recipients, ["bob@contoso.example"]);
    assert_eq!(stated.events[1].recipients.len(), 2);
    assert_eq!(stated.events[2].recipients, stated.events[1].recipients);
}

#[test]
fn fields_are_read_again_in_mid_file_and_go_by_name() {
    let log = format!(
        "{HEAD}{F2007}\n{}\n#Software: Microsoft Exchange Server\n#Log-Type: message tracking log\n#Fields: Event-ID, Recipient-Address ,new-column,internal-message-id,date-time\ndeliver,cyd@contoso.example,x,18,2026-09-14T08:12:46.000Z\n",
        row_2007("RECEIVE", "", "bob@contoso.example", "")
    );
    let stated = read(log.as_bytes());
    // A row that does not begin with its time is not one: the time tells where a record begins.
    assert_eq!(stated.events.len(), 1);
    let log = log.replace(
        "Event-ID, Recipient-Address ,new-column,internal-message-id,date-time",
        "date-time,Event-ID, Recipient-Address ,new-column,internal-message-id",
    );
    let log = log.replace(
        "deliver,cyd@contoso.example,x,18,2026-09-14T08:12:46.000Z",
        "2026-09-14T08:12:46.000Z,deliver,cyd@contoso.example,x,18,surplus",
    );
    let stated = read(log.as_bytes());
    assert_eq!(stated.events[1].recipients, ["cyd@contoso.example"]);
    assert!(
        stated
            .lines
            .iter()
            .all(|reading| *reading == Reading::Recognised)
    );
}

#[test]
fn protocol_logs_of_exchange_are_not_taken() {
    let log = b"#Software: Microsoft Exchange Server\n#Version: 15.0.0.0\n#Log-type: SMTP Receive Protocol Log\n#Date: 2026-09-14T00:00:02.052Z\n#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\n2026-09-14T08:00:01.123Z,EX01\\Default,08DF000000000004,3,192.0.2.1:25,203.0.113.9:40000,<,RCPT TO:<nobody@contoso.example>,\n";
    let stated = read(log);
    assert!(stated.events.is_empty());
    assert!(
        stated
            .lines
            .iter()
            .all(|reading| *reading == Reading::Unknown),
        "{:?}",
        stated.lines
    );
    let claimed: Vec<bool> = log
        .split(|byte| *byte == b'\n')
        .map(|line| ExchangeTracking.recognises(line).is_some())
        .collect();
    assert_eq!(claimed, [true, false, false, false, false, false, false]);
}

#[test]
fn foreign_lines_are_not_claimed() {
    for line in [
        "",
        "#Software: Microsoft Internet Information Services 10.0",
        "#Log-type: SMTP Send Protocol Log",
        "2026-09-14T08:00:01.123456+02:00 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]",
        "2026-09-14T08:00:01.123Z,a,b,c,d,e,f,SMTP,RECEIVE",
        "2026-09-14T08:00:01.123Z,,,,,,,WEATHER,RAIN,,,,,,,,,,,,",
        "date,client-ip,event-id",
    ] {
        assert_eq!(ExchangeTracking.recognises(line.as_bytes()), None, "{line}");
    }
    for sample in ExchangeTracking.samples() {
        assert!(
            ExchangeTracking.recognises(sample.as_bytes()).is_some(),
            "{sample}"
        );
    }
}

#[test]
fn a_quoted_field_goes_on_over_lines() {
    let row = row_2007(
        "RECEIVE",
        "\"\"\"one\"\",\n\ntwo\"",
        "bob@contoso.example",
        "",
    )
    .replace("Lunch", "\"a\nb\"");
    let log = format!("{HEAD}{F2007}\n{row}\n{row}\n");
    let stated = read(log.as_bytes());
    assert_eq!(stated.events.len(), 2);
    assert_eq!(stated.events[0].subject, "a\nb");
    assert_eq!(
        stated.events[0].offset,
        (HEAD.len() + F2007.len() + 1) as u64
    );
    assert_eq!(
        stated.events[1].offset,
        stated.events[0].offset + row.len() as u64 + 1
    );
    assert_eq!(stated.lines, [Reading::Recognised; 13]);
}

#[test]
fn crlf_equals_lf() {
    let row = row_2007("RECEIVE", "\"a\nb\"", "bob@contoso.example", "");
    let log = format!("{}{F2007}\n{row}\n{row}\n", HEAD.replace('\r', ""));
    let plain = read(log.as_bytes());
    let carriage = read(log.replace('\n', "\r\n").as_bytes());
    assert_eq!(plain.lines, carriage.lines);
    let shown = |stated: &Stated| {
        stated
            .events
            .iter()
            .map(|event| event.shown.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&plain), shown(&carriage));
    assert_eq!(plain.events.len(), 2);
}

#[test]
fn a_new_row_ends_a_quote_that_was_never_closed() {
    let broken = row_2007("RECEIVE", "\"open", "bob@contoso.example", "");
    let good = row_2007("DELIVER", "", "bob@contoso.example", "");
    let stated = read(
        format!(
            "{HEAD}{F2007}\n{broken}\nmore\n{good}\n{broken}\n{HEAD}{F2007}\n{good}\n{broken}\n"
        )
        .as_bytes(),
    );
    assert_eq!(stated.events.len(), 2);
    let unknown = |range: std::ops::Range<usize>| {
        stated.lines[range]
            .iter()
            .all(|reading| *reading == Reading::Unknown)
    };
    assert!(
        unknown(5..7) && unknown(8..9) && unknown(15..16),
        "{:?}",
        stated.lines
    );
    let count = stated
        .lines
        .iter()
        .filter(|reading| **reading == Reading::Unknown)
        .count();
    assert_eq!(count, 4);
}

#[test]
fn a_record_gathers_no_more_than_its_bound() {
    let broken = row_2007("RECEIVE", "\"open", "", "");
    let mut log = format!("{HEAD}{F2007}\n{broken}\n");
    log.push_str(&"another line of it, \"\" and more\n".repeat(100_000));
    log.push_str(&row_2007("DELIVER", "", "bob@contoso.example", ""));
    log.push('\n');
    let stated = read(log.as_bytes());
    assert_eq!(stated.events.len(), 1);
    assert_eq!(
        stated
            .lines
            .iter()
            .filter(|reading| **reading == Reading::Unknown)
            .count(),
        100_001
    );
}

#[test]
fn half_a_row_states_its_whole_fields() {
    let half = |len: usize| read(format!("{HEAD}{F2019}\n{}", &SENT[..len]).as_bytes());
    let whole = half(SENT.len());
    assert!(whole.events[0].cut);
    assert_eq!(whole.events[0].recipients.len(), 2);
    // Cut in the second recipient: half an address would be another's.
    let at = SENT.find("cyd@").unwrap() + 6;
    let cut = half(at);
    assert!(cut.events[0].cut && cut.events[0].recipients.is_empty());
    // Cut in an open quote, before the event's name.
    assert!(half(120).events.is_empty());
    assert_eq!(half(120).lines.last(), Some(&Reading::Unknown));
    for len in 0..SENT.len() {
        assert!(half(len).events.len() <= 1);
    }
    // Without header, 26 fields of 30 are not taken for the 26 of Exchange 2010.
    let at = SENT.find("S:E2ELatency").unwrap();
    let headless = read(format!("{SENT}\n{}", &SENT[..at - 1]).as_bytes());
    assert_eq!(headless.events[1].recipients, whole.events[0].recipients);
    // Torn in mid-file: the row is no longer the last, and its last field is still half.
    let at = SENT.find("cyd@").unwrap() + 6;
    let torn = read(format!("{HEAD}{F2019}\n{}\n{SENT}\n", &SENT[..at]).as_bytes());
    assert!(!torn.events[0].cut && torn.events[0].recipients.is_empty());
    assert_eq!(torn.events[1].recipients.len(), 2);
}

#[test]
fn failures_say_why() {
    let led = "[{LED=550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found};{MSG=};{FQDN=mx.fabrikam.example};{IP=192.0.2.10};{LRT=}]";
    with_event(&row_2007("FAIL", "", "bob@contoso.example", led), |event| {
        assert_eq!(
            event.text,
            b"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"
        );
        assert_eq!(
            (event.reply_code, event.enhanced.to_string()),
            (550, "5.1.10".into())
        );
        assert_eq!(items(event.recipient_status), [text(event.text)]);
    });
    with_event(
        &row_2007("FAIL", "Transport Rule Agent", "bob@contoso.example", ""),
        |event| {
            assert_eq!(
                (event.context, event.text),
                (&b"Transport Rule Agent"[..], &b""[..])
            );
            assert_eq!(event.verdict.agent(), Agent::Rule);
        },
    );
    with_event(
        &row_2007(
            "DEFER",
            "451 4.4.0 DNS query failed; next try 2026-09-14T08:20:00Z",
            "bob@contoso.example",
            "",
        ),
        |event| {
            assert_eq!(event.context, b"");
            assert_eq!(
                event.text,
                b"451 4.4.0 DNS query failed; next try 2026-09-14T08:20:00Z"
            );
            assert_eq!(
                (event.reply_code, event.enhanced.to_string()),
                (451, "4.4.0".into())
            );
        },
    );
    with_event(&row_2007("THROTTLE", "", "", ""), |event| {
        assert_eq!(event.text, b"15;16");
        assert!(items(event.reference).is_empty());
    });
    with_event(
        &row_2007(
            "EXPAND",
            "",
            "a@contoso.example;b@contoso.example",
            "250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded",
        ),
        |event| {
            assert_eq!(
                event.text,
                b"250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded"
            );
        },
    );
}

#[test]
fn folders_are_read_from_deliveries() {
    let folder = |context: &str, recipients: &str, status: &str| {
        let mut found = Folder::None;
        with_event(&row_2007("DELIVER", context, recipients, status), |event| {
            found = event.verdict.folder()
        });
        found
    };
    let session = "08DF00000000000C;2026-09-14T08:12:46.1Z;ClientSubmitTime:";
    assert_eq!(folder(session, "a@contoso.example", "To"), Folder::None);
    assert_eq!(
        folder(session, "a@contoso.example", "DefaultFolderType:JunkEmail"),
        Folder::Junk
    );
    assert_eq!(
        folder(
            &format!("{session};DefaultFolderType:QuarantinedEmailSecured"),
            "a@contoso.example",
            "To"
        ),
        Folder::Quarantine
    );
    assert_eq!(
        folder(session, "a@x.example;b@x.example", "Junk Email;Junk Email"),
        Folder::Junk
    );
    assert_eq!(
        folder(session, "a@x.example;b@x.example", "Junk Email;To"),
        Folder::None
    );
}

#[test]
fn an_unknown_event_keeps_its_name() {
    with_event(
        &format!("{HEAD}{F2007}\n{}\n", row_2007("JournalReport", "", "", "")),
        |event| {
            assert_eq!(
                (event.kind, event.name),
                (Kind::Other, &b"JournalReport"[..])
            );
        },
    );
    let stated = read(format!("{HEAD}{F2007}\n{}\n", row_2007("<script>", "", "", "")).as_bytes());
    assert!(stated.events.is_empty());
    assert_eq!(stated.lines.last(), Some(&Reading::Unknown));
}

#[test]
fn fixtures_leave_no_line_out_but_where_they_mean_to() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/exchange_tracking"
    );
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        files += 1;
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let stated = read(&std::fs::read(&path).unwrap());
        let count = |wanted: Reading| {
            stated
                .lines
                .iter()
                .filter(|reading| **reading == wanted)
                .count()
        };
        let (unknown, events) = match stem {
            "broken" => (6, 3),
            "misleading-lines" => (2, 4),
            "torn-by-nuls" => (1, 2),
            _ => (0, stated.events.len()),
        };
        assert_eq!(
            (count(Reading::Unknown), stated.events.len()),
            (unknown, events),
            "{stem}: {:?}",
            stated.lines
        );
        assert_eq!(count(Reading::Open), 0, "{stem}");
        assert!(!stated.events.is_empty(), "{stem}");
    }
    assert!(files >= 28, "{files}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_accounted_for(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').count();
        let stated = read(&bytes);
        prop_assert_eq!(stated.lines.len(), lines);
        prop_assert!(!stated.lines.contains(&Reading::Open));
    }

    #[test]
    fn mutated_rows_are_accounted_for(
        changes in prop::collection::vec((0usize..1300, prop::sample::select(b",\";\n'{[=x\xff#2".to_vec())), 0..12),
        headless in any::<bool>(),
    ) {
        let head = if headless { String::new() } else { format!("{HEAD}{F2019}\n") };
        let mut log = format!("{head}{SENT}\n{SENT}\n").into_bytes();
        for (at, byte) in changes {
            let len = log.len();
            log[at % len] = byte;
        }
        let lines = log.split_inclusive(|byte| *byte == b'\n').count();
        let stated = read(&log);
        prop_assert_eq!(stated.lines.len(), lines);
        prop_assert!(!stated.lines.contains(&Reading::Open));
        prop_assert!(stated.events.iter().all(|event| (event.offset as usize) < log.len()));
    }
}
