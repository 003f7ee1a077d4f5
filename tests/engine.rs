//! The program without a browser: what is said to the engine, and what it answers.
//!
//! Each test is a transcript. A play store does at once what it is told, unless a test holds it back.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]
use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use mailtrace::delivery::Settings;
use mailtrace::engine::{Effect, Engine, Input, PieceKind, StoreNews, StoreOrder};
use mailtrace::protocol::{
    Correction, FileName, LineView, ReaderNews, ReaderReport, Reply, Request, RowView, SourceView,
    Storage,
};
use mailtrace::search::{Column, Query, Sort, SubjectAt, Way};
use mailtrace::segment::SCHEMA;
use mailtrace::source::{FIRST_OF_SESSION, Opening, Parcel, Record, SourceNumber, SourceReader};
use mailtrace::time::{Told, Zone};

const ORDINARY: &str = "\
2026-09-04T08:12:42+00:00 mx1 postfix/smtpd[100]: A1B2C3D4E5: client=mail.contoso.example[192.0.2.10]
2026-09-04T08:12:42+00:00 mx1 postfix/cleanup[101]: A1B2C3D4E5: message-id=<one@contoso.example>
2026-09-04T08:12:42+00:00 mx1 postfix/qmgr[102]: A1B2C3D4E5: from=<Ann@contoso.example>, size=5360, nrcpt=2 (queue active)
2026-09-04T08:12:43+00:00 mx1 postfix/smtp[103]: A1B2C3D4E5: to=<bob@fabrikam.example>, relay=mx.fabrikam.example[203.0.113.5]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7C1E5A4B90)
2026-09-04T08:12:44+00:00 mx1 postfix/smtp[104]: A1B2C3D4E5: to=<nobody@adatum.example>, relay=mx.adatum.example[203.0.113.9]:25, delay=2, delays=0/0/1/1, dsn=5.1.1, status=bounced (host mx.adatum.example[203.0.113.9] said: 550 5.1.1 <nobody@adatum.example>: no such user (in reply to RCPT TO command))
2026-09-04T08:12:44+00:00 mx1 postfix/qmgr[102]: A1B2C3D4E5: removed
";

const LATER: &str = "\
2026-09-04T09:00:00+00:00 mx1 postfix/smtpd[100]: B1B2C3D4E5: client=mx.fabrikam.example[203.0.113.5]
2026-09-04T09:00:00+00:00 mx1 postfix/cleanup[101]: B1B2C3D4E5: message-id=<two@fabrikam.example>
2026-09-04T09:00:00+00:00 mx1 postfix/qmgr[102]: B1B2C3D4E5: from=<bob@fabrikam.example>, size=800, nrcpt=1 (queue active)
2026-09-04T09:00:01+00:00 mx1 postfix/virtual[103]: B1B2C3D4E5: to=<ann@contoso.example>, relay=virtual, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to maildir)
2026-09-04T09:00:01+00:00 mx1 postfix/qmgr[102]: B1B2C3D4E5: removed
";

/// The engine with what surrounds it.
struct Play {
    engine: Engine,
    ticket: u32,
    pieces: BTreeMap<(SourceNumber, &'static str, u32), Vec<u8>>,
    records: BTreeMap<SourceNumber, Record>,
    /// The store is slow: it answers no put.
    holds_puts: bool,
    rows: Vec<RowView>,
    sources: Vec<SourceView>,
    lines: Vec<LineView>,
    said: String,
}

impl Play {
    fn new() -> Play {
        let mut play = Play {
            engine: Engine::new("build-1", 7),
            ticket: 0,
            pieces: BTreeMap::new(),
            records: BTreeMap::new(),
            holds_puts: false,
            rows: Vec::new(),
            sources: Vec::new(),
            lines: Vec::new(),
            said: String::new(),
        };
        play.store(StoreNews::Opened {
            storage: Storage::Kept,
        });
        play
    }

    /// One that has been greeted already, and whose store was empty.
    fn greeted() -> Play {
        let mut play = Play::new();
        play.store(StoreNews::AllLoaded);
        play.run();
        play.said.clear();
        play
    }

    fn store(&mut self, news: StoreNews) {
        self.engine.take(Input::Store(news));
    }

    fn ask(&mut self, request: Request) {
        self.engine.take(Input::Request(Box::new(request)));
    }

    /// Works until nothing is left, in steps as short as can be.
    fn run(&mut self) {
        loop {
            let is_busy = self.engine.step(&mut || false);
            let effects = self.engine.effects();
            let is_quiet = effects.is_empty();
            effects
                .into_iter()
                .for_each(|effect| self.carry_out(effect));
            if !is_busy && is_quiet {
                break;
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        let text = match effect {
            Effect::Reply(reply) => self.hear(reply),
            Effect::Taken { batch } => format!("taken {batch}"),
            Effect::Store(order) => self.obey(order),
        };
        self.said += &text;
        self.said.push('\n');
    }

    fn hear(&mut self, reply: Reply) -> String {
        match reply {
            Reply::Ready { build, .. } => format!("ready {build}"),
            Reply::Storage { storage } => format!("storage {storage:?}"),
            Reply::Sources { sources } => {
                let mut text = format!("sources {}", sources.len());
                for source in &sources {
                    let SourceView {
                        name,
                        formats,
                        account,
                        kept,
                        ..
                    } = source;
                    let (lines, events) = (account.lines, account.events);
                    text += &format!(
                        "\n  {} {name}: {formats:?}, {lines} lines, {events} events, kept {kept}",
                        shown(source.source)
                    );
                }
                self.sources = sources;
                text
            }
            Reply::Progress {
                batch,
                files,
                ended,
            } => {
                let files: Vec<String> = files
                    .iter()
                    .map(|file| {
                        let remark = Some(&file.remark).filter(|remark| !remark.is_empty());
                        let remark = remark.map(|remark| format!(" ({remark})"));
                        format!(
                            "{} {:?}{}",
                            file.name,
                            file.state,
                            remark.unwrap_or_default()
                        )
                    })
                    .collect();
                let ended = if ended { ", ended" } else { "" };
                format!("progress {batch}: {}{ended}", files.join(", "))
            }
            Reply::Changed => "changed".to_owned(),
            Reply::Found { found, .. } => format!(
                "found {} of {}, {} messages, by status {:?}, {} events{}",
                found.deliveries,
                found.of,
                found.messages,
                found.by_status,
                found.events,
                if found.complete { "" } else { ", so far" }
            ),
            Reply::Rows { from, rows, .. } => {
                let mut text = format!("rows from {from}");
                for row in &rows {
                    let (sender, recipient) = (&row.sender, &row.recipient);
                    let (status, why) = (row.status.title(), &row.why);
                    text += &format!("\n  {sender} -> {recipient}: {status}, {why}");
                }
                self.rows = rows;
                text
            }
            Reply::Detail { detail: None, .. } => "detail gone".to_owned(),
            Reply::Detail {
                detail: Some(detail),
                ..
            } => {
                let mut text = format!(
                    "detail {}: {}\n  rule {}; from {} {}; to {} {}; size {:?}; ids {:?}",
                    detail.status.title(),
                    detail.sentence,
                    detail.rule.name,
                    detail.from_ip,
                    detail.from_ip_note,
                    detail.to_ip,
                    detail.to_ip_note,
                    detail.size,
                    detail.queue_ids,
                );
                for event in &detail.events {
                    let mark = if event.decides { " *" } else { "" };
                    let (word, raw, detail) = (&event.event, &event.raw, &event.detail);
                    text += &format!("\n  {word} [{raw}] {detail}{mark}");
                }
                for other in &detail.recipients {
                    text += &format!("\n  to {}: {}", other.recipient, other.status.title());
                }
                for note in &detail.notes {
                    text += &format!("\n  note: {note}");
                }
                let (means, whom, next) = (
                    &detail.advice.means,
                    &detail.advice.whom,
                    &detail.advice.next,
                );
                text += &format!("\n  {means} For {whom}: {next}");
                text
            }
            Reply::Lines { lines, .. } => {
                let mut text = "lines".to_owned();
                for line in &lines {
                    let mark = if line.decides { "*" } else { "" };
                    let words: String = line.text.chars().take(70).collect();
                    text += &format!("\n  {}:{}{mark} {words}", line.source, line.line);
                    for sentence in &line.story {
                        text += &format!("\n    {sentence}");
                    }
                }
                self.lines = lines;
                text
            }
            Reply::Notice { notice } => format!("notice: {}", notice.text),
        }
    }

    fn obey(&mut self, order: StoreOrder) -> String {
        match order {
            StoreOrder::Put {
                source,
                kind,
                index,
                bytes,
            } => {
                let what = match kind {
                    PieceKind::Segment => "segment",
                    PieceKind::Block => "block",
                };
                self.put(source, what, index, bytes);
                format!("put {what} {index} of {}", shown(source))
            }
            StoreOrder::Commit { source, record } => {
                self.records.insert(source, *record);
                if !self.holds_puts {
                    self.store(StoreNews::Committed { source });
                }
                format!("commit {}", shown(source))
            }
            StoreOrder::Amend { source, record } => {
                let text = format!("amend {}", shown(source));
                match self.records.get_mut(&source) {
                    Some(kept) => *kept = *record,
                    None => self.store(StoreNews::Gone { source }),
                }
                text
            }
            StoreOrder::Abandon { source } => format!("abandon {}", shown(source)),
            StoreOrder::Remove { source } => format!("remove {}", shown(source)),
            StoreOrder::Erase => "erase".to_owned(),
            StoreOrder::Blocks {
                ticket,
                source,
                first,
                count,
            } => {
                let blocks = (first..first + count)
                    .map(|index| self.pieces.get(&(source, "block", index)).cloned())
                    .collect();
                self.store(StoreNews::Blocks {
                    ticket,
                    source,
                    first,
                    blocks,
                });
                format!("read blocks {first} + {count} of {}", shown(source))
            }
        }
    }

    fn put(&mut self, source: SourceNumber, what: &'static str, index: u32, piece: Vec<u8>) {
        let bytes = piece.len() as u64;
        self.pieces.insert((source, what, index), piece);
        if !self.holds_puts {
            self.store(StoreNews::Put { source, bytes });
        }
    }

    /// Announces a drop, and lets a reader read the first files of it to their end.
    fn import(&mut self, batch: u32, files: &[(&str, &str)], read: usize) {
        let names = files.iter().map(|(name, text)| FileName {
            name: (*name).to_owned(),
            size: text.len() as u64,
        });
        self.ask(Request::Import {
            batch,
            files: names.collect(),
        });
        for (file, (name, text)) in files.iter().enumerate().take(read) {
            self.begin(batch, file as u32, name, text);
            let (parcels, record) = read_source(name, text);
            for parcel in parcels {
                self.parcel(batch, file as u32, parcel);
            }
            let record = Box::new(record);
            self.report(batch, file as u32, ReaderNews::Ended { record }, Vec::new());
        }
    }

    fn begin(&mut self, batch: u32, file: u32, name: &str, text: &str) {
        let opening = opening(name, text);
        self.report(batch, file, ReaderNews::Opened { opening }, Vec::new());
    }

    fn parcel(&mut self, batch: u32, file: u32, parcel: Parcel) {
        match parcel {
            Parcel::Segment { bytes, clocks } => {
                self.report(batch, file, ReaderNews::Segment { clocks }, bytes);
            }
            Parcel::Block { place, bytes } => {
                self.report(batch, file, ReaderNews::Block { place }, bytes);
            }
        }
    }

    fn report(&mut self, batch: u32, file: u32, news: ReaderNews, bytes: Vec<u8>) {
        let report = ReaderReport { batch, file, news };
        self.engine.take(Input::Reader { report, bytes });
    }

    /// Hands over what a store has kept of a text, as on the next opening of the page.
    fn restore(&mut self, source: SourceNumber, name: &str, text: &str) {
        let (parcels, record) = read_source(name, text);
        let record = Box::new(record);
        self.store(StoreNews::Source { source, record });
        let mut blocks = 0;
        for parcel in parcels {
            match parcel {
                Parcel::Segment { bytes, .. } => {
                    self.store(StoreNews::Segment { source, bytes });
                }
                Parcel::Block { bytes, .. } => {
                    self.pieces.insert((source, "block", blocks), bytes);
                    blocks += 1;
                }
            }
        }
    }

    fn search(&mut self, query: Query, sort: Sort) {
        self.ticket += 1;
        let ticket = self.ticket;
        self.ask(Request::Search {
            ticket,
            query,
            sort,
        });
        self.ask(Request::Rows {
            ticket,
            from: 0,
            count: 50,
        });
    }

    fn search_all(&mut self) {
        self.search(Query::default(), Sort::default());
    }

    /// The transcript since the last look.
    fn check(&mut self, expected: Expect) {
        self.run();
        expected.assert_eq(&std::mem::take(&mut self.said));
    }
}

fn shown(source: SourceNumber) -> String {
    match source.checked_sub(FIRST_OF_SESSION) {
        Some(new) => format!("new {new}"),
        None => format!("kept {source}"),
    }
}

fn opening(name: &str, text: &str) -> Opening {
    Opening {
        name: name.to_owned(),
        size: text.len() as u64,
        modified: Some(1_788_600_000_000_000),
        assumed: Zone {
            name: "UTC".to_owned(),
            base: 0,
            transitions: Vec::new(),
        },
    }
}

fn read_source(name: &str, text: &str) -> (Vec<Parcel>, Record) {
    let mut reader = SourceReader::new(opening(name, text), "build-1", 7);
    reader.push(text.as_bytes());
    let record = reader.finish(None);
    (std::iter::from_fn(|| reader.take()).collect(), record)
}

#[test]
fn a_drop_becomes_rows_and_is_kept() {
    let mut play = Play::new();
    play.check(expect![[r#"
        ready build-1
        storage Kept
    "#]]);
    play.import(
        1,
        &[
            ("mail.log", ORDINARY),
            ("photo.jpg", "\u{FF}JFIF\0\0\0\0\u{1}"),
        ],
        2,
    );
    play.check(expect![[r#"
        progress 1: mail.log Waiting, photo.jpg Waiting
        progress 1: mail.log Reading, photo.jpg Waiting
        put block 0 of new 0
        progress 1: mail.log Reading, photo.jpg Waiting
        put segment 0 of new 0
        taken 1
        progress 1: mail.log Reading, photo.jpg Waiting
        commit new 0
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept false
        progress 1: mail.log Keeping, photo.jpg Waiting
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept true
        progress 1: mail.log Done, photo.jpg Waiting
        changed
        progress 1: mail.log Done, photo.jpg Reading
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept true
        progress 1: mail.log Done, photo.jpg Refused (This is a binary file: no mail log is; nothing of it was taken.), ended
    "#]]);
    play.search_all();
    play.check(expect![[r#"
        found 2 of 2, 1 messages, by status [1, 0, 0, 1, 0, 0, 0], 6 events, so far
        rows from 0
          Ann@contoso.example -> bob@fabrikam.example: Delivered, accepted by mx.fabrikam.example
          Ann@contoso.example -> nobody@adatum.example: Failed, 550 5.1.1 <nobody@adatum.example>: no such user
    "#]]);
}

#[test]
fn a_delivery_is_told_in_full_with_the_lines_that_prove_it() {
    let mut play = Play::greeted();
    play.import(1, &[("mail.log", ORDINARY), ("later.log", LATER)], 2);
    play.run();
    play.search_all();
    play.run();
    play.said.clear();
    let bounced = play
        .rows
        .iter()
        .find(|row| row.recipient.starts_with("nobody"));
    let delivery = bounced.unwrap().delivery;
    play.ask(Request::Detail {
        ticket: 9,
        delivery,
    });
    play.check(expect![[r#"
        detail Failed: The message could not be delivered to nobody@adatum.example and was returned to the sender: “host mx.adatum.example[203.0.113.9] said: 550 5.1.1 <nobody@adatum.example>: no such user (in reply to RCPT TO command)”.
          rule bounced; from 192.0.2.10 ; to 203.0.113.9 ; size Some(5360); ids ["A1B2C3D4E5 on mx1"]
          Receive [smtpd] from mail.contoso.example [192.0.2.10]
          Message ID [message-id] Message ID <one@contoso.example>
          Queue [queue active] sender Ann@contoso.example; size 5360 bytes; recipients 2
          Fail [smtp] for nobody@adatum.example; to mx.adatum.example [203.0.113.9]; host mx.adatum.example[203.0.113.9] said: 550 5.1.1 <nobody@adatum.example>: no such user (in reply to RCPT TO command) *
          Done [removed] 
          to bob@fabrikam.example: Delivered
          to nobody@adatum.example: Failed
          The server knows nobody of this address. For the sender: Check the address letter by letter, or ask the recipient for the right one. Then the message can be sent again.
        read blocks 0 + 1 of new 0
        lines
          mail.log:1 2026-09-04T08:12:42+00:00 mx1 postfix/smtpd[100]: A1B2C3D4E5: client=m
          mail.log:2 2026-09-04T08:12:42+00:00 mx1 postfix/cleanup[101]: A1B2C3D4E5: messag
          mail.log:3 2026-09-04T08:12:42+00:00 mx1 postfix/qmgr[102]: A1B2C3D4E5: from=<Ann
          mail.log:5* 2026-09-04T08:12:44+00:00 mx1 postfix/smtp[104]: A1B2C3D4E5: to=<nobod
          mail.log:6 2026-09-04T08:12:44+00:00 mx1 postfix/qmgr[102]: A1B2C3D4E5: removed
    "#]]);
    assert_eq!(play.lines[3].text, ORDINARY.lines().nth(4).unwrap());
    play.ask(Request::Detail {
        ticket: 10,
        delivery: 4711,
    });
    play.check(expect![[r#"
        detail gone
    "#]]);
}

#[test]
fn what_agents_noted_is_told_with_their_lines() {
    let report = include_str!("fixtures/exchange_online_extended/ordinary.csv");
    let mut play = Play::greeted();
    play.import(1, &[("report.csv", report)], 1);
    play.run();
    play.search_all();
    play.run();
    let delivery = play.rows.iter().find(|row| row.subject == "Win now");
    let delivery = delivery.unwrap().delivery;
    play.ask(Request::Detail {
        ticket: 9,
        delivery,
    });
    play.run();
    let story: Vec<&String> = play.lines.iter().flat_map(|line| &line.story).collect();
    assert_eq!(
        story,
        [
            "The spam filter took the message for spam, and gave it level 6 (spam). It sent the message to Junk Email."
        ]
    );
}

#[test]
fn lines_are_shown_while_their_source_still_comes() {
    let mut play = Play::greeted();
    let files = [("mail.log", ORDINARY)];
    play.import(1, &files, 0);
    play.begin(1, 0, "mail.log", ORDINARY);
    let (parcels, _) = read_source("mail.log", ORDINARY);
    for parcel in parcels {
        play.parcel(1, 0, parcel);
    }
    play.run();
    play.search_all();
    play.run();
    let delivery = play.rows[0].delivery;
    play.ask(Request::Detail {
        ticket: 9,
        delivery,
    });
    play.run();
    assert_eq!(play.lines[0].text, ORDINARY.lines().next().unwrap());
}

#[test]
fn searches_narrow_and_order() {
    let mut play = Play::greeted();
    play.import(1, &[("mail.log", ORDINARY), ("later.log", LATER)], 2);
    play.run();
    play.said.clear();
    let by = |column, descending| Sort { column, descending };
    let query = |change: &dyn Fn(&mut Query)| {
        let mut query = Query::default();
        change(&mut query);
        query
    };
    play.search(
        query(&|query| query.senders = vec!["ann@*".into()]),
        by(Column::Recipient, false),
    );
    play.check(expect![[r#"
        found 2 of 3, 1 messages, by status [1, 0, 0, 1, 0, 0, 0], 11 events
        rows from 0
          Ann@contoso.example -> bob@fabrikam.example: Delivered, accepted by mx.fabrikam.example
          Ann@contoso.example -> nobody@adatum.example: Failed, 550 5.1.1 <nobody@adatum.example>: no such user
    "#]]);
    play.search(
        query(&|query| query.recipients = vec!["ADATUM".into(), "ann@".into()]),
        by(Column::Status, true),
    );
    play.check(expect![[r#"
        found 2 of 3, 2 messages, by status [1, 0, 0, 1, 0, 0, 0], 11 events
        rows from 0
          Ann@contoso.example -> nobody@adatum.example: Failed, 550 5.1.1 <nobody@adatum.example>: no such user
          bob@fabrikam.example -> ann@contoso.example: Delivered, delivered to maildir
    "#]]);
    for id in [
        "<two@fabrikam.example>",
        "two@fab",
        "TWO*",
        "\"two@fabrikam.example\"",
        "B1B2C3D4E5",
    ] {
        play.search(
            query(&|query| query.message_id = id.into()),
            Sort::default(),
        );
        play.run();
        let recipients: Vec<&str> = play.rows.iter().map(|row| row.recipient.as_str()).collect();
        assert_eq!(recipients, ["ann@contoso.example"], "{id}");
    }
    play.search(
        query(&|query| query.message_id = "7C1E5A4B90".into()),
        by(Column::Sender, false),
    );
    play.run();
    assert_eq!(
        play.rows.len(),
        2,
        "the id that the next server gave finds the message"
    );
    play.said.clear();
    play.search(
        query(&|query| {
            query.since = Some(1_788_512_400_000_000);
            query.statuses = vec![mailtrace::delivery::status::Status::Delivered];
        }),
        Sort::default(),
    );
    play.check(expect![[r#"
        found 1 of 3, 1 messages, by status [1, 0, 0, 0, 0, 0, 0], 11 events
        rows from 0
          bob@fabrikam.example -> ann@contoso.example: Delivered, delivered to maildir
    "#]]);
}

#[test]
fn rows_bear_the_same_key_after_more_files_have_come() {
    let mut play = Play::greeted();
    play.import(1, &[("mail.log", ORDINARY)], 1);
    play.run();
    play.search_all();
    play.run();
    let keys = |play: &Play| -> BTreeMap<String, String> {
        let rows = play.rows.iter();
        rows.map(|row| (row.recipient.clone(), row.key.clone()))
            .collect()
    };
    let before = keys(&play);
    play.import(2, &[("later.log", LATER)], 1);
    play.run();
    play.search_all();
    play.run();
    let after = keys(&play);
    assert_eq!((before.len(), after.len()), (2, 3));
    assert!(
        before
            .iter()
            .all(|(recipient, key)| after.get(recipient) == Some(key))
    );
}

#[test]
fn the_same_content_is_known() {
    let mut play = Play::greeted();
    play.import(1, &[("mail.log", ORDINARY)], 1);
    play.run();
    play.said.clear();
    play.import(2, &[("copy.log", ORDINARY), ("later.log", LATER)], 2);
    play.check(expect![[r#"
        progress 2: copy.log Waiting, later.log Waiting
        progress 2: copy.log Reading, later.log Waiting
        progress 2: copy.log Reading, later.log Waiting
        taken 2
        progress 2: copy.log Reading, later.log Waiting
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept true
        progress 2: copy.log Known (Its content is here already, as “mail.log”.), later.log Waiting
        progress 2: copy.log Known (Its content is here already, as “mail.log”.), later.log Reading
        put block 0 of new 2
        progress 2: copy.log Known (Its content is here already, as “mail.log”.), later.log Reading
        put segment 0 of new 2
        taken 2
        progress 2: copy.log Known (Its content is here already, as “mail.log”.), later.log Reading
        commit new 2
        sources 2
          new 0 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept true
          new 2 later.log: ["Postfix (syslog)"], 5 lines, 5 events, kept false
        progress 2: copy.log Known (Its content is here already, as “mail.log”.), later.log Keeping
        sources 2
          new 0 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept true
          new 2 later.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        progress 2: copy.log Known (Its content is here already, as “mail.log”.), later.log Done, ended
        changed
    "#]]);
}

#[test]
fn what_is_like_a_known_source_and_is_another_is_taken_up() {
    // As long as its first part is the same, a log that has grown may be the one that is here.
    let long: String = (0..1_400)
        .map(|n| ORDINARY.replace("A1B2C3D4E5", &format!("{n:010X}")))
        .collect();
    let grown = format!("{long}{LATER}");
    let mut play = Play::greeted();
    play.import(1, &[("mail.log", &long)], 1);
    play.import(2, &[("mail.log", &long), ("grown.log", &grown)], 2);
    play.run();
    assert_eq!(play.sources.len(), 2);
    assert!(
        !play.said.contains("of new 1"),
        "nothing of the copy is put"
    );
    let events: u64 = play
        .sources
        .iter()
        .map(|source| source.account.events)
        .sum();
    play.search_all();
    play.run();
    assert!(
        play.said.contains(&format!("{events} events")),
        "all is taken up"
    );
    let kept: Vec<u32> = play.sources.iter().map(|source| source.source).collect();
    for source in kept {
        let record = &play.records[&source];
        let has = |what, count: usize| {
            (0..count as u32).all(|index| play.pieces.contains_key(&(source, what, index)))
        };
        assert!(has("segment", record.segments.len()) && record.segments.len() > 1);
        assert!(has("block", record.blocks.len()));
    }
}

#[test]
fn cancelling_keeps_the_files_that_are_whole() {
    let mut play = Play::greeted();
    let files = [
        ("mail.log", ORDINARY),
        ("later.log", LATER),
        ("third.log", ""),
    ];
    play.import(1, &files, 1);
    play.begin(1, 1, "later.log", LATER);
    let (parcels, record) = read_source("later.log", LATER);
    for parcel in parcels {
        play.parcel(1, 1, parcel);
    }
    play.run();
    play.said.clear();
    play.ask(Request::Cancel { batch: 1 });
    // What the reader had sent before it was ended comes too late.
    let record = Box::new(record);
    play.report(1, 1, ReaderNews::Ended { record }, Vec::new());
    play.search_all();
    play.check(expect![[r#"
        abandon new 1
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept true
        progress 1: mail.log Done, later.log Cancelled, third.log Cancelled, ended
        changed
        found 0 of 0, 0 messages, by status [0, 0, 0, 0, 0, 0, 0], 6 events, so far
        rows from 0
        changed
        changed
    "#]]);
}

#[test]
fn a_reader_waits_while_the_store_is_slow() {
    let mut play = Play::greeted();
    play.holds_puts = true;
    play.import(1, &[("mail.log", ORDINARY)], 0);
    play.begin(1, 0, "mail.log", ORDINARY);
    let (parcels, _) = read_source("mail.log", ORDINARY);
    let segment = parcels.iter().find_map(|parcel| match parcel {
        Parcel::Segment { bytes, .. } => Some(bytes.clone()),
        Parcel::Block { .. } => None,
    });
    let place = parcels.iter().find_map(|parcel| match parcel {
        Parcel::Block { place, .. } => Some(*place),
        Parcel::Segment { .. } => None,
    });
    let clocks = Vec::new();
    let bytes = segment.unwrap();
    play.report(
        1,
        0,
        ReaderNews::Segment {
            clocks: clocks.clone(),
        },
        bytes.clone(),
    );
    let place = place.unwrap();
    play.report(1, 0, ReaderNews::Block { place }, vec![0; 64 << 20]);
    play.report(1, 0, ReaderNews::Segment { clocks }, bytes);
    play.run();
    let taken = |play: &Play| play.said.matches("taken 1").count();
    assert_eq!(taken(&play), 1, "{}", play.said);
    let source = FIRST_OF_SESSION;
    play.store(StoreNews::Put { source, bytes: 100 });
    play.run();
    assert_eq!(taken(&play), 1, "still more than 64 MiB");
    play.store(StoreNews::Put {
        source,
        bytes: 1 << 20,
    });
    play.run();
    assert_eq!(taken(&play), 2);
}

#[test]
fn a_source_that_cannot_be_kept_stays_in_the_table() {
    let mut play = Play::greeted();
    play.holds_puts = true;
    play.import(1, &[("mail.log", ORDINARY)], 1);
    play.run();
    play.said.clear();
    play.store(StoreNews::Failed {
        source: FIRST_OF_SESSION,
        why: "The browser has no room left.".to_owned(),
    });
    play.search_all();
    play.check(expect![[r#"
        notice: “mail.log” is in the table, but will be gone with this page. The browser has no room left.
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept false
        progress 1: mail.log Done, ended
        found 2 of 2, 1 messages, by status [1, 0, 0, 1, 0, 0, 0], 6 events
        rows from 0
          Ann@contoso.example -> bob@fabrikam.example: Delivered, accepted by mx.fabrikam.example
          Ann@contoso.example -> nobody@adatum.example: Failed, 550 5.1.1 <nobody@adatum.example>: no such user
    "#]]);
}

#[test]
fn kept_sources_come_back() {
    let mut play = Play::greeted();
    play.restore(7, "mail.log", ORDINARY);
    play.store(StoreNews::Loaded { source: 7 });
    play.restore(3, "later.log", LATER);
    play.store(StoreNews::Damaged {
        source: 3,
        why: "Its second piece is missing.".to_owned(),
    });
    play.store(StoreNews::AllLoaded);
    play.check(expect![[r#"
        sources 1
          kept 7 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept true
        changed
        notice: “later.log” could not be opened again. Its second piece is missing. Drop the file once more.
        sources 1
          kept 7 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept true
        changed
        sources 1
          kept 7 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept true
        changed
    "#]]);
    play.search_all();
    play.run();
    play.said.clear();
    let delivery = play.rows[0].delivery;
    play.ask(Request::Detail {
        ticket: 9,
        delivery,
    });
    play.run();
    assert_eq!(play.lines[0].text, ORDINARY.lines().next().unwrap());
    // The same file again is known, although another session read it.
    play.said.clear();
    play.import(1, &[("again.log", ORDINARY)], 1);
    play.check(expect![[r#"
        progress 1: again.log Waiting
        progress 1: again.log Reading
        progress 1: again.log Reading
        taken 1
        progress 1: again.log Reading
        sources 1
          kept 7 mail.log: ["Postfix (syslog)"], 6 lines, 6 events, kept true
        progress 1: again.log Known (Its content is here already, as “mail.log”.), ended
    "#]]);
}

#[test]
fn a_segment_that_does_not_open_makes_its_source_absent() {
    let mut play = Play::greeted();
    let (_, record) = read_source("mail.log", ORDINARY);
    play.store(StoreNews::Source {
        source: 7,
        record: Box::new(record),
    });
    play.store(StoreNews::Segment {
        source: 7,
        bytes: b"MTSG".to_vec(),
    });
    play.store(StoreNews::Loaded { source: 7 });
    play.store(StoreNews::AllLoaded);
    play.check(expect![[r#"
        notice: “mail.log” could not be opened again. A part of it does not read back as it was written. Drop the file once more.
        sources 0
        changed
        sources 0
    "#]]);
}

#[test]
fn removing_and_erasing_forget() {
    let mut play = Play::greeted();
    play.import(1, &[("mail.log", ORDINARY), ("later.log", LATER)], 2);
    play.run();
    play.said.clear();
    play.ask(Request::Remove {
        source: FIRST_OF_SESSION,
    });
    play.search_all();
    play.check(expect![[r#"
        remove new 0
        sources 1
          new 1 later.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        progress 1: mail.log Done, later.log Done, ended
        changed
        found 0 of 0, 0 messages, by status [0, 0, 0, 0, 0, 0, 0], 5 events, so far
        rows from 0
        changed
        changed
    "#]]);
    play.ask(Request::Erase);
    play.search_all();
    play.check(expect![[r#"
        erase
        sources 0
        changed
        found 0 of 0, 0 messages, by status [0, 0, 0, 0, 0, 0, 0], 0 events
        rows from 0
    "#]]);
    play.store(StoreNews::Gone {
        source: FIRST_OF_SESSION + 1,
    });
    play.check(expect![[""]]);
}

#[test]
fn erasing_while_kept_sources_come_back_leaves_nothing() {
    let mut play = Play::new();
    play.store(StoreNews::AllLoaded);
    play.ask(Request::Erase);
    // The store had this on its lips when the order came.
    play.restore(3, "mail.log", ORDINARY);
    play.store(StoreNews::Gone { source: 3 });
    play.run();
    play.search_all();
    play.check(expect![[r#"
        ready build-1
        storage Kept
        erase
        sources 0
        changed
        sources 0
        found 0 of 0, 0 messages, by status [0, 0, 0, 0, 0, 0, 0], 0 events
        rows from 0
    "#]]);
}

#[test]
fn another_tab_can_remove_a_source() {
    let mut play = Play::greeted();
    play.import(1, &[("mail.log", ORDINARY)], 1);
    play.run();
    play.said.clear();
    play.store(StoreNews::Gone {
        source: FIRST_OF_SESSION,
    });
    play.check(expect![[r#"
        notice: “mail.log” was removed in another tab.
        sources 0
        changed
    "#]]);
}

#[test]
fn a_newer_search_replaces_an_older_one() {
    let mut play = Play::greeted();
    play.import(1, &[("mail.log", ORDINARY)], 1);
    play.run();
    play.said.clear();
    play.search(
        Query {
            senders: vec!["nobody".to_owned()],
            ..Query::default()
        },
        Sort::default(),
    );
    play.engine.step(&mut || false);
    play.search_all();
    play.run();
    assert_eq!(play.said.matches("found ").count(), 1, "{}", play.said);
    assert_eq!(play.rows.len(), 2);
}

#[test]
fn rows_stand_in_the_same_order_whatever_the_order_of_files() {
    // The same instants, senders and recipients; only ids and hosts differ.
    let twin = ORDINARY
        .replace("mx1", "mx2")
        .replace("A1B2C3D4E5", "C1B2C3D4E5")
        .replace("one@", "other@");
    let files = [
        ("mail.log", ORDINARY),
        ("later.log", LATER),
        ("twin.log", &twin),
    ];
    let rows = |files: &[(&str, &str)]| {
        let mut play = Play::greeted();
        play.import(1, files, files.len());
        play.run();
        let mut all = Vec::new();
        for column in [
            Column::Date,
            Column::Sender,
            Column::Recipient,
            Column::Subject,
            Column::Status,
        ] {
            for descending in [false, true] {
                play.search(Query::default(), Sort { column, descending });
                play.run();
                assert_eq!(play.rows.len(), 5);
                let keys = play.rows.iter().map(|row| row.key.clone());
                all.push((column, descending, keys.collect::<Vec<String>>()));
            }
        }
        all
    };
    let expected = rows(&files);
    for order in [[0, 2, 1], [1, 0, 2], [2, 1, 0]] {
        assert_eq!(rows(&order.map(|index| files[index])), expected);
    }
}

/// BSD syslog: neither year nor zone.
const YEARLESS: &str = "\
Sep  4 08:12:42 mx1 postfix/smtpd[100]: A1B2C3D4E5: client=mail.contoso.example[192.0.2.10]
Sep  4 08:12:42 mx1 postfix/cleanup[101]: A1B2C3D4E5: message-id=<one@contoso.example>
Sep  4 08:12:42 mx1 postfix/qmgr[102]: A1B2C3D4E5: from=<ann@contoso.example>, size=5360, nrcpt=1 (queue active)
Sep  4 08:12:43 mx1 postfix/smtp[103]: A1B2C3D4E5: to=<bob@fabrikam.example>, relay=mx.fabrikam.example[203.0.113.5]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7C1E5A4B90)
Sep  4 08:12:44 mx1 postfix/qmgr[102]: A1B2C3D4E5: removed
";

const FIELDS: &str = "#Software: Microsoft Exchange Server
#Version: 15.02.1544.011
#Log-type: Message Tracking Log
#Date: 2026-09-04T07:00:00.000Z
#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version
";

/// Two messages: one from outside by IPv6, one to the outside.
fn tracking() -> String {
    let rows = [
        "2026-09-04T08:00:00.000Z,192.0.2.20,gw.contoso.example,192.0.2.30,EX01,,EX01\\Default,SMTP,RECEIVE,11,<in@fabrikam.example>,3c81e007-6f0e-4a51-b001-08de13a74401,ann@contoso.example,,900,1,,,RE: [Ticket #42] 50% off,bob@fabrikam.example,bob@fabrikam.example,,Incoming,,2001:DB8:0:0::25,,,Email,5b2e41c0-8d17-4f6a-9001-08de1a2b5aef,15.02.1544.011",
        "2026-09-04T08:00:01.000Z,192.0.2.30,EX01,192.0.2.30,EX01,,,STOREDRIVER,DELIVER,11,<in@fabrikam.example>,3c81e007-6f0e-4a51-b001-08de13a74401,ann@contoso.example,,900,1,,,RE: [Ticket #42] 50% off,bob@fabrikam.example,bob@fabrikam.example,,Incoming,,,,,Email,5b2e41c0-8d17-4f6a-9002-08de1a2b5aef,15.02.1544.011",
        "2026-09-04T09:00:00.000Z,192.0.2.30,EX01,192.0.2.30,EX01,,,STOREDRIVER,RECEIVE,12,<out@contoso.example>,3c81e007-6f0e-4a51-b001-08de13a74402,bob@fabrikam.example,,700,1,,,Ticket closed,ann@contoso.example,ann@contoso.example,,Originating,,192.0.2.77,,,Email,5b2e41c0-8d17-4f6a-9003-08de1a2b5aef,15.02.1544.011",
        "2026-09-04T09:00:02.000Z,192.0.2.30,EX01.contoso.example,203.0.113.5,mx.fabrikam.example,,Outbound,SMTP,SENDEXTERNAL,12,<out@contoso.example>,3c81e007-6f0e-4a51-b001-08de13a74402,bob@fabrikam.example,250 2.0.0 Ok,700,1,,,Ticket closed,ann@contoso.example,ann@contoso.example,,Originating,,192.0.2.77,,,Email,5b2e41c0-8d17-4f6a-9004-08de1a2b5aef,15.02.1544.011",
    ];
    format!("{FIELDS}{}\n", rows.join("\n"))
}

impl Play {
    /// One with whole files, whose rows were asked for.
    fn with(files: &[(&str, &str)]) -> Play {
        let mut play = Play::greeted();
        play.import(1, files, files.len());
        play.run();
        play.look();
        play
    }

    /// Asks for all rows, and forgets what was said.
    fn look(&mut self) {
        self.run();
        self.search_all();
        self.run();
        self.said.clear();
    }

    fn correct(&mut self, source: SourceNumber, host: &str, correction: Correction) {
        let host = host.to_owned();
        self.ask(Request::Correct {
            source,
            host,
            correction,
        });
    }

    /// The recipients of the rows that a query finds, sorted.
    fn found(&mut self, change: impl Fn(&mut Query)) -> Vec<String> {
        let mut query = Query::default();
        change(&mut query);
        self.search(query, Sort::default());
        self.run();
        let rows = self.rows.iter();
        let mut found: Vec<String> = rows.map(|row| row.recipient.clone()).collect();
        found.sort();
        found
    }

    fn times(&self) -> Vec<i64> {
        self.rows.iter().map(|row| row.time).collect()
    }
}

fn year(year: i32) -> Correction {
    Correction {
        year: Some(year),
        ..Correction::default()
    }
}

fn name(name: &str) -> Correction {
    Correction {
        name: Some(name.to_owned()),
        ..Correction::default()
    }
}

#[test]
fn a_corrected_year_and_zone_move_the_rows_and_last() {
    const HOUR: i64 = 3_600_000_000;
    let mut play = Play::with(&[("mail.log", YEARLESS), ("later.log", LATER)]);
    let before = play.times();
    let assumed = play.sources[0].remarks.clone();
    assert_eq!(play.sources[0].hosts[0].year, Some(2026));
    play.correct(FIRST_OF_SESSION, "mx1", year(2025));
    play.check(expect![[r#"
        amend new 0
        sources 2
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
          new 1 later.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        changed
    "#]]);
    play.look();
    assert_eq!(before[1] - play.times()[1], 365 * 24 * HOUR);
    assert_eq!(
        before[0],
        play.times()[0],
        "the other file is left as it is"
    );
    let host = &play.sources[0].hosts[0];
    assert_eq!((host.year, host.year_told), (Some(2025), Told::Person));
    assert_ne!(
        play.sources[0].remarks, assumed,
        "what was assumed is not any more"
    );
    let correction = Correction {
        zone: Some(Zone::fixed("+02:00", 7200)),
        ..Correction::default()
    };
    play.correct(FIRST_OF_SESSION, "mx1", correction);
    play.look();
    assert_eq!(before[1] - play.times()[1], (365 * 24 + 2) * HOUR);
    let host = &play.sources[0].hosts[0];
    assert_eq!(
        (host.zone.as_str(), host.zone_told),
        ("+02:00", Told::Person)
    );
    assert!(play.sources[0].span.unwrap().0 < before[1]);

    // The next opening of the page.
    let record = play.records[&FIRST_OF_SESSION].clone();
    let moved = play.times();
    let mut again = Play::greeted();
    again.restore(7, "mail.log", YEARLESS);
    again.store(StoreNews::Amended {
        source: 7,
        record: Box::new(record),
    });
    again.store(StoreNews::Loaded { source: 7 });
    again.run();
    assert!(!again.said.contains("notice"), "{}", again.said);
    again.look();
    assert_eq!(again.times(), moved[1..]);
}

#[test]
fn a_correction_that_cannot_be_is_refused_in_words() {
    let mut play = Play::with(&[("mail.log", YEARLESS), ("later.log", LATER)]);
    let before = (play.times(), play.records.clone());
    play.correct(FIRST_OF_SESSION, "mx1", year(0));
    play.correct(FIRST_OF_SESSION, "mx1", year(99_999));
    play.correct(FIRST_OF_SESSION, "mx2", year(2025));
    play.correct(FIRST_OF_SESSION, "mx1", name("mx\n1"));
    play.correct(FIRST_OF_SESSION + 1, "mx1", year(2025));
    play.correct(99, "mx1", year(2025));
    play.check(expect![[r#"
        notice: “mail.log” was not corrected. 0 is no year of a mail log: name one from 1970 to 2100.
        sources 2
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
          new 1 later.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        notice: “mail.log” was not corrected. 99999 is no year of a mail log: name one from 1970 to 2100.
        sources 2
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
          new 1 later.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        notice: “mail.log” was not corrected. No line of it is of a host “mx2”.
        sources 2
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
          new 1 later.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        notice: “mail.log” was not corrected. That is no name of a host.
        sources 2
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
          new 1 later.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        notice: “later.log” was not corrected. Its lines tell their year themselves.
        sources 2
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
          new 1 later.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        notice: This source is not here any more.
    "#]]);
    play.look();
    assert_eq!(before, (play.times(), play.records.clone()));
}

#[test]
fn a_source_that_is_being_written_can_be_corrected_and_one_being_read_cannot() {
    let mut play = Play::greeted();
    play.holds_puts = true;
    play.import(1, &[("mail.log", YEARLESS), ("later.log", LATER)], 1);
    play.begin(1, 1, "later.log", LATER);
    play.run();
    play.said.clear();
    play.correct(FIRST_OF_SESSION, "mx1", year(2025));
    play.correct(FIRST_OF_SESSION + 1, "mx1", year(2025));
    play.check(expect![[r#"
        amend new 0
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept false
        notice: “later.log” was not corrected. It is still being read: try again once it is whole.
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept false
        changed
    "#]]);
    // What cannot be kept holds as long as the page.
    play.store(StoreNews::Failed {
        source: FIRST_OF_SESSION,
        why: "The browser has no room left.".to_owned(),
    });
    play.correct(FIRST_OF_SESSION, "mx1", year(2024));
    play.check(expect![[r#"
        notice: “mail.log” is in the table, but will be gone with this page. The browser has no room left.
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept false
        progress 1: mail.log Done (The lines leave out the year; by the file's own date, the first is of 2026. The lines leave out the time zone, and nothing tells it: UTC is assumed.), later.log Reading
        changed
    "#]]);
    assert_eq!(play.sources[0].hosts[0].year, Some(2024));
}

#[test]
fn another_tab_can_correct_a_source_or_have_removed_it() {
    let mut play = Play::with(&[("mail.log", YEARLESS)]);
    let source = FIRST_OF_SESSION;
    let mut record = Box::new(play.records[&source].clone());
    record.correct("mx1", &year(2025)).unwrap();
    let news = StoreNews::Amended { source, record };
    play.store(news.clone());
    play.check(expect![[r#"
        notice: “mail.log” was corrected in another tab.
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        changed
    "#]]);
    // What is known already is no news.
    play.store(news);
    play.check(expect![[r#""#]]);
    play.records.clear();
    play.correct(source, "mx1", year(2024));
    play.check(expect![[r#"
        amend new 0
        sources 1
          new 0 mail.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        changed
        notice: “mail.log” was removed in another tab.
        sources 0
        changed
    "#]]);
}

#[test]
fn a_correction_that_cannot_be_kept_says_so() {
    let mut play = Play::with(&[("mail.log", YEARLESS)]);
    play.store(StoreNews::NotAmended {
        source: FIRST_OF_SESSION,
        why: "The browser has no more room for it.".to_owned(),
    });
    play.check(expect![[r#"
        notice: The correction of “mail.log” holds as long as this page is open, but could not be kept. The browser has no more room for it.
    "#]]);
}

#[test]
fn two_files_of_one_host_become_one_by_its_name() {
    // One half of a log says mx1, the other mx1.contoso.example.
    let (first, rest): (Vec<&str>, Vec<&str>) =
        YEARLESS.lines().partition(|line| !line.contains("smtp["));
    let first = first.join("\n") + "\n";
    let rest = rest.join("\n").replace("mx1", "mx1.contoso.example") + "\n";
    let files = [
        ("mail.log", first.as_str()),
        ("mail.full.log", rest.as_str()),
    ];
    let mut play = Play::with(&files);
    assert_eq!(play.rows.len(), 2, "{:?}", play.rows);
    play.correct(FIRST_OF_SESSION, "mx1", name(" mx1.contoso.example "));
    play.search_all();
    play.check(expect![[r#"
        amend new 0
        sources 2
          new 0 mail.log: ["Postfix (syslog)"], 4 lines, 4 events, kept true
          new 1 mail.full.log: ["Postfix (syslog)"], 1 lines, 1 events, kept true
        changed
        found 0 of 0, 0 messages, by status [0, 0, 0, 0, 0, 0, 0], 5 events, so far
        rows from 0
        changed
        changed
    "#]]);
    play.look();
    assert_eq!(play.rows.len(), 1);
    assert_eq!(play.rows[0].sender, "ann@contoso.example");
    let host = &play.sources[0].hosts[0];
    assert_eq!(
        (host.name.as_str(), host.given_name.as_str()),
        ("mx1", "mx1.contoso.example")
    );
    // The next opening of the page has one host from the beginning.
    let mut again = Play::greeted();
    for (number, (file, text)) in (0..).zip(files) {
        let record = Box::new(play.records[&(FIRST_OF_SESSION + number)].clone());
        let source = number + 1;
        again.store(StoreNews::Source { source, record });
        for parcel in read_source(file, text).0 {
            if let Parcel::Segment { bytes, .. } = parcel {
                again.store(StoreNews::Segment { source, bytes });
            }
        }
        again.store(StoreNews::Loaded { source });
    }
    again.look();
    let shown = |row: &RowView| (row.key.clone(), row.time, row.status, row.sender.clone());
    assert_eq!(again.rows.len(), 1);
    assert_eq!(shown(&again.rows[0]), shown(&play.rows[0]));
    // The name stands where the host is shown, and times are still read by the host's clock.
    play.correct(FIRST_OF_SESSION, "mx1", year(2025));
    play.correct(FIRST_OF_SESSION + 1, "mx1.contoso.example", year(2025));
    play.look();
    let delivery = play.rows[0].delivery;
    play.ask(Request::Detail {
        ticket: 9,
        delivery,
    });
    play.check(expect![[r#"
        detail Delivered: mx.fabrikam.example accepted the message for bob@fabrikam.example. The answer was “250 2.0.0 Ok: queued as 7C1E5A4B90”.
          rule sent; from 192.0.2.10 ; to 203.0.113.5 ; size Some(5360); ids ["A1B2C3D4E5 on mx1.contoso.example"]
          Receive [smtpd] from mail.contoso.example [192.0.2.10]
          Message ID [message-id] Message ID <one@contoso.example>
          Queue [queue active] sender ann@contoso.example; size 5360 bytes; recipients 1
          Send [smtp] for bob@fabrikam.example; to mx.fabrikam.example [203.0.113.5]; 250 2.0.0 Ok: queued as 7C1E5A4B90 *
          Done [removed] 
          to bob@fabrikam.example: Delivered
          note: “mail.log” does not tell the time zone, and UTC is assumed.
          note: “mail.full.log” does not tell the time zone, and UTC is assumed.
          By taking the message, that server took on to deliver it or to report that it cannot. For the recipient's administrator: Search that server's log for the time and the id in its answer.
        read blocks 0 + 1 of new 0
        read blocks 0 + 1 of new 1
        lines
          mail.log:1 Sep  4 08:12:42 mx1 postfix/smtpd[100]: A1B2C3D4E5: client=mail.contos
          mail.log:2 Sep  4 08:12:42 mx1 postfix/cleanup[101]: A1B2C3D4E5: message-id=<one@
          mail.log:3 Sep  4 08:12:42 mx1 postfix/qmgr[102]: A1B2C3D4E5: from=<ann@contoso.e
          mail.full.log:1* Sep  4 08:12:43 mx1.contoso.example postfix/smtp[103]: A1B2C3D4E5: to=
          mail.log:4 Sep  4 08:12:44 mx1 postfix/qmgr[102]: A1B2C3D4E5: removed
    "#]]);
    // Taken back, they are two again.
    play.correct(FIRST_OF_SESSION, "mx1", name(""));
    play.look();
    assert_eq!(play.rows.len(), 2);
    assert_eq!(play.sources[0].hosts[0].given_name, "");
}

#[test]
fn a_host_that_no_line_names_gets_a_name() {
    let tracking = tracking();
    let mut play = Play::with(&[("MSGTRK.LOG", &tracking)]);
    assert_eq!(play.sources[0].hosts[0].name, "");
    play.correct(FIRST_OF_SESSION, "", name("EX01.contoso.example"));
    play.look();
    assert_eq!(play.sources[0].hosts[0].given_name, "EX01.contoso.example");
    let record = play.records[&FIRST_OF_SESSION].clone();
    let mut again = Play::greeted();
    again.store(StoreNews::Source {
        source: 7,
        record: Box::new(record),
    });
    let (parcels, _) = read_source("MSGTRK.LOG", &tracking);
    for parcel in parcels {
        if let Parcel::Segment { bytes, .. } = parcel {
            again.store(StoreNews::Segment { source: 7, bytes });
        }
    }
    again.store(StoreNews::Loaded { source: 7 });
    again.run();
    again.look();
    assert_eq!(again.rows.len(), 2);
    assert_eq!(again.sources[0].hosts[0].given_name, "EX01.contoso.example");
}

#[test]
fn settings_decide_what_is_here_and_what_comes() {
    const SPAM: &str = include_str!("fixtures/rules/spam-delivered.log");
    let delivered = Settings {
        spam_verdict_means_junk: false,
        ..Settings::default()
    };
    let mut play = Play::with(&[("MSGTRK.LOG", SPAM)]);
    // What holds already changes nothing.
    play.ask(Request::Settings {
        settings: Settings::default(),
    });
    play.check(expect![[r#""#]]);
    play.ask(Request::Settings {
        settings: delivered,
    });
    play.check(expect![[r#"
        changed
        changed
    "#]]);
    play.search_all();
    play.check(expect![[r#"
        found 7 of 7, 7 messages, by status [7, 0, 0, 0, 0, 0, 0], 20 events
        rows from 0
          zoe@fabrikam.example -> yan@contoso.example: Delivered, to the mailbox
          bob@contoso.example -> fay@contoso.example: Delivered, to the mailbox
          ann@fabrikam.example -> eve@contoso.example: Delivered, to the mailbox
          ann@fabrikam.example -> dan@contoso.example: Delivered, to the mailbox
          bob@contoso.example -> ann@fabrikam.example: Delivered, accepted by mx.fabrikam.example
          ann@fabrikam.example -> cyd@contoso.example: Delivered, to the mailbox
          ann@fabrikam.example -> bob@contoso.example: Delivered, to the mailbox
    "#]]);
    // A search under way begins anew: rows of the old statuses are never shown.
    play.search_all();
    play.engine.step(&mut || false);
    play.ask(Request::Settings {
        settings: Settings::default(),
    });
    play.check(expect![[r#"
        changed
        found 0 of 0, 0 messages, by status [0, 0, 0, 0, 0, 0, 0], 20 events, so far
        rows from 0
        changed
        changed
    "#]]);
    play.search_all();
    play.check(expect![[r#"
        found 7 of 7, 7 messages, by status [5, 0, 0, 0, 2, 0, 0], 20 events
        rows from 0
          zoe@fabrikam.example -> yan@contoso.example: Delivered, to the mailbox
          bob@contoso.example -> fay@contoso.example: Delivered, to the mailbox
          ann@fabrikam.example -> eve@contoso.example: Filtered as spam, spam, most likely in Junk Email
          ann@fabrikam.example -> dan@contoso.example: Delivered, to the mailbox
          bob@contoso.example -> ann@fabrikam.example: Delivered, accepted by mx.fabrikam.example
          ann@fabrikam.example -> cyd@contoso.example: Delivered, to the mailbox
          ann@fabrikam.example -> bob@contoso.example: Filtered as spam, spam, most likely in Junk Email
    "#]]);
    // They hold for what comes, also after all is erased.
    play.ask(Request::Settings {
        settings: delivered,
    });
    play.ask(Request::Erase);
    play.run();
    play.import(2, &[("MSGTRK.LOG", SPAM)], 1);
    play.look();
    assert_eq!(play.rows.len(), 7);
    let is_delivered = |row: &RowView| row.status.title() == "Delivered";
    assert!(play.rows.iter().all(is_delivered));
}

#[test]
fn searches_know_subjects_addresses_and_directions() {
    let tracking = tracking();
    let mut play = Play::with(&[
        ("MSGTRK.LOG", &tracking),
        ("mail.log", ORDINARY),
        ("later.log", LATER),
    ]);
    let (inbound, outbound) = ("ann@contoso.example", "bob@fabrikam.example");
    for (subject, at, expected) in [
        ("[ticket #42]", SubjectAt::Contains, vec![inbound]),
        ("TICKET", SubjectAt::Contains, vec![inbound, outbound]),
        ("ticket", SubjectAt::Starts, vec![outbound]),
        ("50% off", SubjectAt::Ends, vec![inbound]),
        ("re:*off", SubjectAt::Contains, vec![inbound]),
        ("none", SubjectAt::Contains, vec![]),
    ] {
        let found = play.found(|query| {
            query.subject = subject.to_owned();
            query.subject_at = at;
        });
        assert_eq!(found, expected, "{subject} {at:?}");
    }
    for (ip, expected) in [
        ("2001:db8::25", vec![inbound]),
        ("2001:db8:", vec![inbound]),
        ("2001:db8::/32", vec![inbound]),
        // The client is the organisation's own gateway, and no From IP.
        ("192.0.2.20", vec![]),
        ("192.0.2.77", vec![outbound]),
        ("192.0.2.64/26", vec![outbound]),
        // From IP of the second, To IP of the others.
        ("203.0.113.5", vec![inbound, outbound, outbound]),
        ("203.0.113.9", vec!["nobody@adatum.example"]),
        (
            "203.0.113.",
            vec![inbound, outbound, outbound, "nobody@adatum.example"],
        ),
        ("192.0.2.10", vec![outbound, "nobody@adatum.example"]),
        ("192.0.2.0/33", vec![]),
    ] {
        let found = play.found(|query| query.ip = ip.to_owned());
        assert_eq!(found, expected, "{ip}");
    }
    for (way, expected) in [
        // Postfix doesn't say it, but has put the second into a mailbox.
        (Way::Inbound, vec![inbound, inbound]),
        (Way::Outbound, vec![outbound]),
    ] {
        assert_eq!(play.found(|query| query.direction = Some(way)), expected);
    }
    for id in [
        "3c81e007-6f0e-4a51-b001-08de13a74401",
        "{3C81E007-6F0E-4A51-B001-08DE13A74401}",
        "3C81E0076F0E4A51B00108DE13A74401",
        " 3c81e007-6f0e-4a51-b001-08de13a74401 ",
    ] {
        let found = play.found(|query| query.message_id = id.to_owned());
        assert_eq!(found, [inbound], "{id}");
    }
    let query = Query {
        ip: "192.0.2.0/33".to_owned(),
        ..Query::default()
    };
    assert!(query.fault().unwrap().contains("192.0.2.0/33"));
    assert_eq!(Query::default().fault(), None);
}

#[test]
fn of_messages_that_bore_one_id_only_the_one_that_is_asked_for_is_found() {
    let next = ORDINARY
        .replace("2026-09-04T08", "2026-09-06T11")
        .replace("7C1E5A4B90", "8D1E5A4B90");
    let mut play = Play::with(&[("mail.log", ORDINARY), ("next.log", &next)]);
    let times = play.times();
    assert_eq!(times.len(), 4);
    for (id, expected) in [
        ("8D1E5A4B90", &times[..2]),
        ("7C1E5A4B90", &times[2..]),
        ("A1B2C3D4E5", &times[..]),
    ] {
        play.found(|query| query.message_id = id.to_owned());
        assert_eq!(play.times(), expected, "{id}");
    }
}

#[test]
fn what_an_older_layout_has_kept_is_let_go_in_words() {
    let mut play = Play::greeted();
    let (parcels, record) = read_source("mail.log", ORDINARY);
    let record = Box::new(record);
    play.store(StoreNews::Source { source: 7, record });
    for parcel in parcels {
        if let Parcel::Segment { mut bytes, .. } = parcel {
            let schema = bytes
                .windows(2)
                .position(|window| window == SCHEMA.to_le_bytes());
            bytes[schema.unwrap()] -= 1;
            play.store(StoreNews::Segment { source: 7, bytes });
        }
    }
    play.store(StoreNews::Loaded { source: 7 });
    play.restore(3, "later.log", LATER);
    play.store(StoreNews::Loaded { source: 3 });
    play.check(expect![[r#"
        notice: “mail.log” could not be opened again. An older version of Mailtrace has kept it in a form that is no longer read. Drop the file once more.
        remove kept 7
        sources 0
        changed
        sources 1
          kept 3 later.log: ["Postfix (syslog)"], 5 lines, 5 events, kept true
        changed
    "#]]);
    // The same file is read anew, and is no copy of what is gone.
    play.import(1, &[("mail.log", ORDINARY)], 1);
    play.run();
    assert_eq!(play.sources.len(), 2);
}
