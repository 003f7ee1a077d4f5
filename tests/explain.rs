//! What a help desk reads out: one sentence of each rule that the fixtures meet.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use expect_test::expect;
use mailtrace::explain::{self, Entry, EventText};
use mailtrace::source::{Opening, Parcel, SourceReader};
use mailtrace::time::Zone;
use mailtrace::trace::Trace;

/// The deliveries of one fixture.
fn trace(path: &Path) -> Trace {
    let opening = Opening {
        name: "fixture".to_owned(),
        size: 0,
        modified: Some(1_790_769_600_000_000),
        assumed: Zone {
            name: "UTC".to_owned(),
            base: 0,
            transitions: Vec::new(),
        },
    };
    let mut reader = SourceReader::new(opening, "", 0);
    reader.push(&fs::read(path).expect("a fixture can be read"));
    let record = reader.finish(None);
    let mut trace = Trace::new(0);
    while let Some(parcel) = reader.take() {
        if let Parcel::Segment { bytes, clocks } = parcel {
            let taken = trace.take_up(1, bytes, &clocks);
            taken.expect("a segment opens as it was packed");
        }
    }
    trace.set_clocks(1, &record.clocks);
    while trace.derive(&mut || true) {}
    trace
}

#[test]
fn each_rule_is_told_in_a_sentence() {
    let mut told: BTreeMap<&str, String> = BTreeMap::new();
    for folder in ["postfix", "exchange_tracking"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(folder);
        let entries = fs::read_dir(folder).expect("a folder of fixtures");
        let mut paths: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
        paths.sort();
        for path in paths {
            let trace = trace(&path);
            let mut entries: Vec<Entry<'_>> = trace
                .deliveries()
                .filter_map(|(number, _)| Entry::new(&trace, number))
                .filter(|entry| !entry.recipient().is_empty())
                .collect();
            entries.sort_by_key(|entry| (entry.time(), entry.recipient()));
            for entry in entries {
                let rule = entry.rule().name();
                told.entry(rule).or_insert_with(|| {
                    let (sentence, why) = (explain::sentence(&entry), explain::why(&entry));
                    format!("{rule} ({why})\n  {sentence}\n")
                });
            }
        }
    }
    let all: String = told.into_values().collect();
    expect![[r#"
        address-replaced (resolved to fay@contoso.example)
          eve@contoso.example was replaced by fay@contoso.example; the status is that of the message to fay@contoso.example.
        alias-expanded (alias of several addresses)
          sales@contoso.example stands for several addresses: the message went on to them, and each has a row of its own.
        alias-resolved (resolved to erin@contoso.example)
          info@contoso.example stands for erin@contoso.example; the status is that of the message to erin@contoso.example.
        bounced (550 5.1.1 <nobody@fabrikam.example>: Recipient address rejected: User unknown in virtual mailbox table)
          The message could not be delivered to nobody@fabrikam.example and was returned to the sender: “host mx.fabrikam.example[203.0.113.5] said: 550 5.1.1 <nobody@fabrikam.example>: Recipient address rejected: User unknown in virtual mailbox table (in reply to RCPT TO command)”.
        deferred (554 5.7.1 refused)
          The message for bob@fabrikam.example has been put off for now, and mx1 tries again: “host mx.fabrikam.example[203.0.113.5] said: 554 5.7.1 refused (in reply to MAIL FROM command)”.
        deleted (deleted from the queue)
          A person deleted the message for bob@litware.example from the queue of mx1, and nobody was told.
        delivered-locally (accepted by mail.contoso.example)
          mx1 delivered the message to bob@contoso.example: “250 2.0.0 <bob@contoso.example> 4JQnCGN1u2kHIgAAC1 Saved”.
        delivered-to-mailbox (to the mailbox)
          The message was put into the mailbox of bob@contoso.example.
        delivery-failed (550 5.1.1 <gone@northwind.example>: Recipient address rejected: User unknown)
          The message could not be delivered to gone@northwind.example: “550 5.1.1 <gone@northwind.example>: Recipient address rejected: User unknown”.
        discarded (discarded)
          mx1 threw the message for trap@contoso.example away, as it is set up to, and told nobody: “contoso.example”.
        dropped (dropped)
          The server dropped the message for eve@contoso.example, and told nobody.
        duplicate-suppressed (already in the mailbox)
          The mailbox of bob@contoso.example held the message already, so it was not put there twice.
        expired (connect to mx.litware.example[198.51.100.99]:25: Connection timed out)
          mx1 could not deliver the message to bob@litware.example in time and returned it to the sender: “connect to mx.litware.example[198.51.100.99]:25: Connection timed out”.
        filter-blocked (250 2.7.0 BLOCKED (1C0FA9C9A2B3C))
          A content filter on mx1 ended the message for bob@contoso.example: “250 2.7.0 BLOCKED (1C0FA9C9A2B3C)”.
        filter-blocked-spam (250 2.7.0 Ok, discarded, id=00712-01 - spam)
          A content filter on mx1 took the message for ann@contoso.example for spam and ended it: “250 2.7.0 Ok, discarded, id=00712-01 - spam”.
        forwarded (resolved to dan@adatum.example)
          The message for dan@mx1.contoso.example was forwarded to dan@adatum.example; the status is that of the forwarded message.
        getting-status (under way when the logs end)
          The message for bob@contoso.example is under way: the logs of the server end shortly after its last event.
        group-expanded (group)
          team@contoso.example is a group: the message went on to its members, and each of them has a row of its own.
        junk-folder (in Junk Email)
          The message was delivered to the Junk Email folder of bob@contoso.example.
        moderation-expired (550 5.7.1 APPROVAL.ApprovalRequestExpired; the moderators did not decide in time)
          No moderator answered in time, so the message for board@contoso.example was not delivered: “550 5.7.1 APPROVAL.ApprovalRequestExpired; the moderators did not decide in time”.
        moderator-rejected (moderator rejected)
          A moderator rejected the message for board@contoso.example.
        on-hold (on hold)
          mx1 keeps the message for bob@contoso.example on hold until a person releases it: “X-Hold: yes”.
        poison-message (poison message)
          The server set the message for bob@contoso.example aside, because it may have made the transport service crash.
        quarantined (550 5.2.1 Content Filter agent quarantined this message)
          The message for cyd@contoso.example is in quarantine: “550 5.2.1 Content Filter agent quarantined this message”.
        refused (554 5.7.0 Reject, id=31619-02 - spam)
          mx1 refused the message for bob@contoso.example and never took it; the server that offered it was told: “554 5.7.0 Reject, id=31619-02 - spam”.
        refused-for-now (4.7.1 Try again later)
          mx1 did not take the message for bob@contoso.example yet and asked the server that offered it to come back later: “4.7.1 Try again later”. These logs do not show it coming back.
        removed-by-administrator (removed by administrator)
          A person removed the message for hal@northwind.example from a queue of the server before it was delivered.
        sent (accepted by mail.fabrikam.example)
          mail.fabrikam.example accepted the message for ann@fabrikam.example. The answer was “250 2.0.0 Ok: queued as 7C1E5A4B91”.
        sent-external (accepted by mx.northwind.example)
          mx.northwind.example accepted the message for ida@northwind.example, outside the organisation. The answer was “250 2.0.0 Ok: queued as 4cS1Yq2WpXz9rxT”.
        sent-outside (sent on)
          The message for bob@contoso.example was sent on, to a server that the log does not name.
        spam-stopped (spam stopped)
          The message for dan@contoso.example was found to be spam, and a filter stopped it.
    "#]].assert_eq(&all);
}

/// The trace of a member of a group begins with its delivery (formats.md 2.3).
#[test]
fn who_handed_a_message_in_is_known_without_its_receive() {
    let path = "tests/fixtures/exchange_online_extended/delivered-without-receive.csv";
    let trace = trace(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    let entries = trace.deliveries();
    let entries = entries.filter_map(|(number, _)| Entry::new(&trace, number));
    let from: Vec<String> = entries.map(|entry| entry.from_ip()).collect();
    assert_eq!(from, ["198.51.100.7"]);
}

#[test]
fn events_are_told_as_a_person_asks() {
    let mut all = String::new();
    for name in [
        "exchange_tracking/spam-junk.log",
        "exchange_tracking/group-expanded.log",
        "exchange_tracking/external-send.log",
        "postfix/requeued.log",
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let trace = trace(&folder.join(name));
        let events = trace.events();
        for row in events.rows(0..events.len().min(7)) {
            let text = EventText::of(&trace, row);
            let (title, raw, host, detail) = (text.title(), text.raw(), text.host(), text.detail());
            all += &format!("{title} [{raw}] {host}: {detail}\n");
        }
    }
    expect![[r#"
        Receive [RECEIVE] EX01: from mx.fabrikam.example [198.51.100.5]; by connector EX01\Default EX01; for bob@contoso.example; size 7312 bytes
        Spam [AGENTINFO] EX01: for bob@contoso.example; SFV SPM, SCL 6, DI SJ, malware action p
        Deliver [DELIVER] EX01.contoso.example: for bob@contoso.example; on EX01.contoso.example; into Junk Email
        Receive [RECEIVE] EX01: from mx.fabrikam.example [198.51.100.5]; by connector EX01\Default EX01; for team@contoso.example; size 7312 bytes
        Expand [EXPAND] : group team@contoso.example; members bob@contoso.example, cyd@contoso.example, dan@contoso.example; 250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded
        Expand [DUPLICATEEXPAND] : for bob@contoso.example
        Drop [DROP] : for team@contoso.example; 250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded
        Transfer [TRANSFER] : for bob@contoso.example, cyd@contoso.example, dan@contoso.example; from copy 711; by Resolver
        Deliver [DELIVER] EX01.contoso.example: for bob@contoso.example, cyd@contoso.example; on EX01.contoso.example
        Deliver [DELIVER] EX01.contoso.example: for dan@contoso.example; on EX01.contoso.example
        Receive [RECEIVE] EX01: from EX01; for ida@northwind.example, jo@northwind.example; size 7312 bytes
        Send [SEND] EX01: for ida@northwind.example, jo@northwind.example; to mx.northwind.example [203.0.113.25]; by connector Outbound to Internet; 250 2.0.0 Ok: queued as 4cS1Yq2WpXz9rxT
        Receive [RECEIVE] EX01: from EX01; for kim@wingtip.example; size 7312 bytes
        Send [SEND] EX01: for kim@wingtip.example; to mx.wingtip.example [203.0.113.40]; by connector Outbound to Internet; 250 2.0.0 OK
        Send external [SENDEXTERNAL] EX01: for lee@wingtip.example; to mx.northwind.example [203.0.113.25]; by connector Outbound to Internet; 250 2.0.0 Ok: queued as 4cS1Yq2WpXz9rxT
        Receive [smtpd] mx1: from mail.contoso.example [192.0.2.10]
        Message ID [message-id] mx1: Message ID <requeued-1@contoso.example>
        Queue [queue active] mx1: sender ann@contoso.example; size 1500 bytes; recipients 1
        Defer [smtp] mx1: for bob@fabrikam.example; to mx.fabrikam.example [203.0.113.5]; host mx.fabrikam.example[203.0.113.5] said: 450 4.2.0 <bob@fabrikam.example>: Recipient address rejected: Greylisted (in reply to RCPT TO command)
        Queue [queue active] mx1: sender ann@contoso.example; size 1500 bytes; recipients 1
        Defer [smtp] mx1: for bob@fabrikam.example; 4.4.1; connect to mx.fabrikam.example[203.0.113.5]:25: Connection timed out
        Queue [queue active] mx1: sender ann@contoso.example; size 1500 bytes; recipients 1
    "#]].assert_eq(&all);
}
