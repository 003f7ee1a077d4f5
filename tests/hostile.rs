//! Logs that are written to make the program wait: a hundred thousand of whatever a log can have many
//! of. Whoever sends mail writes a part of a log, so nothing that a log repeats may cost its square.

#![allow(clippy::print_stdout, reason = "a test tells its figures")]

use std::time::{Duration, Instant};

use mailtrace::delivery::status::Status;
use mailtrace::event::{Event, Guid, Kind, List, Origin, Stamp};
use mailtrace::search::{Query, Search, Sort};
use mailtrace::segment::Packer;
use mailtrace::source::HostClock;
use mailtrace::time::{Clock, TimeForm, Told, Zone};
use mailtrace::trace::Trace;

/// Fewer where nothing is optimised, so that nobody waits; a step of `cargo xtask test` runs them all.
const MANY: u64 = if cfg!(debug_assertions) {
    20_000
} else {
    100_000
};
/// What costs the square of a hundred thousand takes many minutes, on any machine; all else takes seconds,
/// and some more where other programs run.
const LIMIT: Duration = Duration::from_secs(60);
const EVENTS_OF_SEGMENT: u64 = 10_000;
const START: i64 = 1_790_000_000_000_000;
const SECOND: i64 = 1_000_000;

/// A log under construction, derived segment by segment as in an import.
struct Log {
    trace: Trace,
    packer: Packer,
    clocks: Vec<HostClock>,
    events: u64,
    /// Steps of deriving.
    steps: u64,
    began: Instant,
}

impl Log {
    fn begin() -> Log {
        Log {
            trace: Trace::new(1),
            packer: Packer::new(1),
            clocks: vec![clock("mx1")],
            events: 0,
            steps: 0,
            began: Instant::now(),
        }
    }

    fn add(&mut self, seconds: u64, event: Event<'_>) {
        let time = START + seconds as i64 * SECOND;
        let event = Event {
            offset: self.events * 100,
            stamp: Stamp::Instant(time),
            digest: self.events as u32,
            ..event
        };
        self.packer.push(&event, TimeForm::Instant, time);
        self.events += 1;
        if self.events.is_multiple_of(EVENTS_OF_SEGMENT) {
            self.take_up();
        }
    }

    fn take_up(&mut self) {
        let segment = self.packer.pack();
        self.trace
            .take_up(0, segment, &self.clocks)
            .expect("opens as it was packed");
        self.derive();
    }

    fn derive(&mut self) {
        let steps = &mut self.steps;
        let mut count = || {
            *steps += 1;
            true
        };
        while self.trace.derive(&mut count) {}
    }

    fn settle(&mut self) {
        self.trace.set_clocks(0, &self.clocks);
        self.derive();
    }

    fn end(mut self, what: &str) -> Trace {
        self.take_up();
        self.settle();
        let took = self.began.elapsed();
        assert!(took < LIMIT, "{what}: {} events took {took:?}", self.events);
        self.trace
    }
}

fn clock(host: &str) -> HostClock {
    HostClock {
        host: host.to_owned(),
        clock: Clock {
            year: 2026,
            year_told: Told::Line,
            zone: Zone::utc(),
            zone_told: Told::Line,
            day_first: false,
            day_first_told: Told::Line,
        },
        given_name: String::new(),
        lacks_year: false,
        lacks_zone: false,
        lacks_order: false,
        mixes_orders: false,
    }
}

fn postfix(kind: Kind, origin: Origin) -> Event<'static> {
    Event {
        kind,
        origin,
        host: b"mx1",
        id: b"4gABCDzAb",
        ..Event::default()
    }
}

fn tracking(kind: Kind) -> Event<'static> {
    Event {
        kind,
        origin: Origin::Routing,
        message_id: b"<one@contoso.example>",
        network_message_id: Some(Guid([7; 16])),
        ..Event::default()
    }
}

fn count(trace: &Trace, status: Status) -> u64 {
    let all = trace.deliveries();
    all.filter(|(_, delivery)| delivery.status == status)
        .count() as u64
}

#[test]
fn one_message_of_many_recipients_that_replace_each_other() {
    let mut log = Log::begin();
    let address = |n: u64| format!("person{n}@contoso.example");
    for n in 0..MANY {
        let (old, new) = (address(n), address(n + 1));
        log.add(
            n,
            Event {
                recipients: List::One(new.as_bytes()),
                related: List::One(old.as_bytes()),
                ..tracking(Kind::Resolve)
            },
        );
    }
    let last = address(MANY);
    log.add(
        MANY,
        Event {
            recipients: List::One(last.as_bytes()),
            ..tracking(Kind::Deliver)
        },
    );
    let trace = log.end("replaced recipients");
    assert_eq!(count(&trace, Status::Delivered), MANY + 1);
}

#[test]
fn one_queue_id_of_many_recipients_each_by_an_alias_of_its_own() {
    let mut log = Log::begin();
    for n in 0..MANY {
        let (recipient, alias) = (
            format!("person{n}@contoso.example"),
            format!("alias{n}@contoso.example"),
        );
        let (kind, origin) = match n % 4 {
            0 => (Kind::Defer, Origin::Relay),
            1 => (Kind::Expire, Origin::QueueManager),
            2 => (Kind::Redirect, Origin::Local),
            _ => (Kind::Send, Origin::Relay),
        };
        log.add(
            n / 100,
            Event {
                recipients: List::One(recipient.as_bytes()),
                related: List::One(alias.as_bytes()),
                next_id: if kind == Kind::Redirect {
                    b"4gABCDzAb"
                } else {
                    b""
                },
                ..postfix(kind, origin)
            },
        );
    }
    let trace = log.end("aliases");
    assert!(count(&trace, Status::Delivered) >= MANY / 4);
}

#[test]
fn one_queue_id_that_is_reused_many_times() {
    let mut log = Log::begin();
    for n in 0..MANY {
        // Every other message tells where it came from, and what it was called next.
        let (client, next): (&[u8], &[u8]) = match n % 2 {
            0 => (b"192.0.2.1", b"7C1E5A4B90"),
            _ => (b"", b""),
        };
        log.add(
            n,
            Event {
                original_client_ip: client,
                ..postfix(Kind::Receive, Origin::Smtpd)
            },
        );
        log.add(
            n,
            Event {
                recipients: List::One(b"ann@contoso.example"),
                next_id: next,
                ..postfix(Kind::Send, Origin::Relay)
            },
        );
    }
    let trace = log.end("a reused queue id");
    assert_eq!(count(&trace, Status::Delivered), MANY);
    let by_address = Query {
        ip: "192.0.2.".to_owned(),
        ..Query::default()
    };
    let by_next_id = Query {
        message_id: "7C1E5A4B90".to_owned(),
        ..Query::default()
    };
    for query in [by_address, by_next_id] {
        let began = Instant::now();
        let outcome = Search::new(query, Sort::default()).step(&trace, &mut || true);
        assert_eq!(
            outcome.map(|outcome| outcome.rows.len() as u64),
            Some(MANY / 2)
        );
        assert!(
            began.elapsed() < LIMIT,
            "a search took {:?}",
            began.elapsed()
        );
    }
}

#[test]
fn many_messages_of_one_message_id_behind_a_filter() {
    let mut log = Log::begin();
    let messages = MANY / 10;
    for n in 0..messages {
        let (before, behind) = (format!("4gA{n:06}zAb"), format!("4gB{n:06}zAb"));
        let mut add = |id: &str, event: Event<'_>| {
            let id = id.as_bytes();
            log.add(n / 100, Event { id, ..event });
        };
        let identify = Event {
            message_id: b"<one@contoso.example>",
            ..postfix(Kind::Identify, Origin::Cleanup)
        };
        add(&before, postfix(Kind::Receive, Origin::Smtpd));
        add(&before, identify);
        add(
            &before,
            Event {
                recipients: List::One(b"ann@contoso.example"),
                server_ip: b"127.0.0.1",
                ..postfix(Kind::Send, Origin::Relay)
            },
        );
        add(
            &behind,
            Event {
                client_ip: b"127.0.0.1",
                ..postfix(Kind::Receive, Origin::Smtpd)
            },
        );
        add(&behind, identify);
    }
    let trace = log.end("a filter");
    assert!(count(&trace, Status::Pending) + count(&trace, Status::GettingStatus) > 0);
}

#[test]
fn many_copies_of_one_message_id() {
    let mut log = Log::begin();
    log.add(
        0,
        Event {
            network_message_id: None,
            ..tracking(Kind::Receive)
        },
    );
    for n in 0..MANY / 4 {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(n + 1).to_le_bytes());
        log.add(
            n / 1000,
            Event {
                network_message_id: Some(Guid(id)),
                recipients: List::One(b"ann@contoso.example"),
                ..tracking(Kind::Deliver)
            },
        );
    }
    let trace = log.end("one Message-ID");
    assert_eq!(count(&trace, Status::Delivered), MANY / 4);
}

#[test]
fn many_hosts() {
    let mut log = Log::begin();
    let hosts: Vec<String> = (0..MANY / 4).map(|n| format!("mx{n}")).collect();
    log.clocks = hosts.iter().map(|host| clock(host)).collect();
    for (n, host) in (0..).zip(&hosts) {
        let time = START + n * SECOND;
        let id = format!("4g{n:08}zAb");
        let event = Event {
            host: host.as_bytes(),
            id: id.as_bytes(),
            recipients: List::One(b"ann@contoso.example"),
            ..postfix(Kind::Send, Origin::Relay)
        };
        // A time that only the host's clock makes an instant of.
        log.packer.push(&event, TimeForm::Civil, time);
    }
    let trace = log.end("hosts");
    assert_eq!(count(&trace, Status::Delivered), MANY / 4);
}

#[test]
fn a_year_that_wavers_while_a_file_is_read_costs_no_more_than_one_that_does_not() {
    const SEGMENTS: i64 = 40;
    const EVENTS: i64 = 2_000;
    let read = |year_of: fn(i64) -> i32| {
        let mut log = Log::begin();
        for segment in 0..SEGMENTS {
            for n in segment * EVENTS..(segment + 1) * EVENTS {
                let id = format!("4g{n:08}zAb");
                let event = Event {
                    id: id.as_bytes(),
                    recipients: List::One(b"ann@contoso.example"),
                    ..postfix(Kind::Send, Origin::Relay)
                };
                log.packer.push(&event, TimeForm::Yearless, n * SECOND);
            }
            log.clocks[0].clock.year = year_of(segment);
            log.take_up();
        }
        log.settle();
        let times: Vec<i64> = (0..log.trace.events().len())
            .filter_map(|number| log.trace.events().row(number))
            .map(|row| row.time())
            .collect();
        (log.steps, times)
    };
    let (steady, expected) = read(|_| 2026);
    let (wavering, times) = read(|segment| 2025 + (segment % 2) as i32);
    assert_eq!(times, expected, "the last word holds");
    assert!(
        wavering <= steady * 3,
        "{wavering} steps where a steady year takes {steady}"
    );
}

#[test]
fn what_was_sent_out_is_not_looked_at_again_with_every_segment() {
    const SEGMENTS: u64 = 40;
    const MESSAGES: u64 = 1_000;
    let mut log = Log::begin();
    for segment in 0..SEGMENTS {
        for n in segment * MESSAGES..(segment + 1) * MESSAGES {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&(n + 1).to_le_bytes());
            log.add(
                n,
                Event {
                    network_message_id: Some(Guid(id)),
                    message_id: b"",
                    client_host: b"ex1.contoso.example",
                    server_host: b"mail.fabrikam.example",
                    recipients: List::One(b"ann@fabrikam.example"),
                    ..tracking(Kind::Send)
                },
            );
        }
        log.take_up();
    }
    let steps = log.steps;
    let trace = log.end("sent out");
    assert_eq!(count(&trace, Status::Delivered), SEGMENTS * MESSAGES);
    assert!(
        steps < SEGMENTS * 10,
        "{steps} steps for {SEGMENTS} segments"
    );
}

#[test]
fn one_message_of_many_reports_that_tell_different_histories() {
    let mut log = Log::begin();
    for n in 0..MANY {
        let history = format!("Receive, Word{n}");
        log.add(
            0,
            Event {
                recipients: List::One(b"ann@contoso.example"),
                recipient_status: List::One(history.as_bytes()),
                origin: Origin::EnhancedSummary,
                ..tracking(Kind::Status)
            },
        );
    }
    let trace = log.end("histories");
    assert_eq!(trace.deliveries().count(), 1);
}

#[test]
fn one_queue_id_that_goes_on_as_many() {
    let mut log = Log::begin();
    // All of it is one message, which each segment has derived anew; without optimisation that takes long.
    let messages = if cfg!(debug_assertions) {
        MANY / 20
    } else {
        MANY / 5
    };
    for n in 0..messages {
        let (next, recipient) = (
            format!("4gB{n:06}zAb"),
            format!("person{n}@contoso.example"),
        );
        log.add(
            n / 100,
            Event {
                recipients: List::One(recipient.as_bytes()),
                next_id: next.as_bytes(),
                ..postfix(Kind::Redirect, Origin::Local)
            },
        );
    }
    for n in 0..messages {
        let next = format!("4gB{n:06}zAb");
        log.add(
            messages / 100,
            Event {
                id: next.as_bytes(),
                ..postfix(Kind::Identify, Origin::Cleanup)
            },
        );
    }
    let trace = log.end("ids that it goes on as");
    assert_eq!(trace.deliveries().count() as u64, messages);
}

#[test]
fn one_queue_id_that_is_reused_and_goes_on_as_one_that_is() {
    let mut log = Log::begin();
    for n in 0..MANY / 2 {
        log.add(n, postfix(Kind::Receive, Origin::Smtpd));
        log.add(
            n,
            Event {
                recipients: List::One(b"ann@contoso.example"),
                next_id: b"7C1E5A4B90",
                ..postfix(Kind::Send, Origin::Relay)
            },
        );
        log.add(
            n,
            Event {
                id: b"7C1E5A4B90",
                ..postfix(Kind::Receive, Origin::Smtpd)
            },
        );
    }
    log.end("two reused queue ids");
}

#[test]
fn many_refusals_of_one_sender_and_recipient() {
    let mut log = Log::begin();
    let messages = MANY / 5;
    for n in 0..messages {
        let (put_off, accepted) = (format!("4gA{n:06}zAb"), format!("4gB{n:06}zAb"));
        let mut add = |id: &str, event: Event<'_>| {
            let id = id.as_bytes();
            log.add(n / 100, Event { id, ..event });
        };
        let refused = Event {
            return_path: b"bob@fabrikam.example",
            recipients: List::One(b"ann@contoso.example"),
            client_ip: b"192.0.2.1",
            reply_code: 450,
            ..postfix(Kind::Reject, Origin::Smtpd)
        };
        add("", refused);
        add(&put_off, refused);
        add(
            &accepted,
            Event {
                client_ip: b"192.0.2.1",
                ..postfix(Kind::Receive, Origin::Smtpd)
            },
        );
        add(
            &accepted,
            Event {
                return_path: b"bob@fabrikam.example",
                ..postfix(Kind::Queue, Origin::QueueManager)
            },
        );
        add(
            &accepted,
            Event {
                recipients: List::One(b"ann@contoso.example"),
                ..postfix(Kind::Send, Origin::Relay)
            },
        );
    }
    let trace = log.end("refusals");
    assert!(count(&trace, Status::Delivered) > 0);
}

#[test]
fn one_queue_id_with_many_of_what_speaks_of_all_its_recipients() {
    let kinds = [Kind::Remove, Kind::Hold, Kind::Release];
    let mut log = Log::begin();
    for n in 0..MANY {
        let recipient = format!("person{n}@contoso.example");
        log.add(
            n / 100,
            Event {
                recipients: List::One(recipient.as_bytes()),
                ..postfix(Kind::Defer, Origin::Relay)
            },
        );
        let kind = kinds[n as usize % 3];
        log.add(n / 100, postfix(kind, Origin::QueueManager));
    }
    let trace = log.end("what speaks of all");
    assert_eq!(trace.deliveries().count() as u64, MANY);
}

#[test]
fn one_queue_id_with_many_verdicts_of_filters() {
    let mut log = Log::begin();
    for n in 0..MANY {
        let recipient = format!("person{n}@contoso.example");
        log.add(
            n / 100,
            Event {
                recipients: List::One(recipient.as_bytes()),
                ..postfix(Kind::Send, Origin::Relay)
            },
        );
        let kind = match n % 3 {
            0 => Kind::Quarantine,
            1 => Kind::Block,
            _ => Kind::Defer,
        };
        let name = format!("q{n}");
        log.add(
            n / 100,
            Event {
                reference: List::One(name.as_bytes()),
                ..postfix(kind, Origin::Amavis)
            },
        );
    }
    let trace = log.end("verdicts");
    assert!(trace.deliveries().count() as u64 >= MANY);
}

#[test]
fn many_hosts_whose_filters_name_no_queue_id() {
    let mut log = Log::begin();
    for n in 0..MANY / 2 {
        let host = format!("mx{n}");
        log.add(
            n / 100,
            Event {
                host: host.as_bytes(),
                ..postfix(Kind::Receive, Origin::Smtpd)
            },
        );
        log.add(
            n / 100,
            Event {
                host: host.as_bytes(),
                id: b"",
                message_id: b"<one@contoso.example>",
                ..postfix(Kind::Pass, Origin::Spamd)
            },
        );
    }
    log.end("filters' hosts");
}

#[test]
fn many_looks_at_one_message_id() {
    let mut log = Log::begin();
    for n in 0..MANY / 2 {
        let id = format!("4gA{n:06}zAb");
        log.add(
            n / 100,
            Event {
                id: id.as_bytes(),
                message_id: b"<one@contoso.example>",
                ..postfix(Kind::Identify, Origin::Cleanup)
            },
        );
        log.add(
            n / 100,
            Event {
                id: b"",
                message_id: b"<one@contoso.example>",
                ..postfix(Kind::Pass, Origin::Spamd)
            },
        );
    }
    log.end("looks");
}

/// A relay, and the server that it hands everything to.
fn relayed(log: &mut Log, n: u64, id: &str, next: &str, host: &str, event: Event<'_>) {
    let of_host = |host: &'static [u8], id: &str, event: Event<'_>, log: &mut Log| {
        let id = id.as_bytes();
        log.add(n, Event { host, id, ..event });
    };
    let sent = Event {
        recipients: List::One(b"ann@contoso.example"),
        next_id: next.as_bytes(),
        ..postfix(Kind::Send, Origin::Relay)
    };
    of_host(b"mx1", id, postfix(Kind::Receive, Origin::Smtpd), log);
    of_host(b"mx1", id, event, log);
    of_host(b"mx1", id, sent, log);
    for event in [postfix(Kind::Receive, Origin::Smtpd), event] {
        let (id, host) = (next.as_bytes(), host.as_bytes());
        log.add(n, Event { host, id, ..event });
    }
}

#[test]
fn many_hand_overs_of_one_message_id() {
    let mut log = Log::begin();
    log.clocks = vec![clock("mx1"), clock("mx2")];
    let identify = Event {
        message_id: b"<one@contoso.example>",
        ..postfix(Kind::Identify, Origin::Cleanup)
    };
    let messages = MANY / 10;
    for n in 0..messages {
        let (id, next) = (format!("4gA{n:06}zAb"), format!("4gB{n:06}zAb"));
        relayed(&mut log, n / 100, &id, &next, "mx2", identify);
    }
    let trace = log.end("hand-overs");
    let joined = trace.deliveries().count() as u64;
    assert_eq!(joined, messages, "each hand-over is joined");
}

#[test]
fn many_answers_that_name_one_id() {
    let mut log = Log::begin();
    log.clocks = vec![clock("mx1"), clock("mx2")];
    let messages = MANY / 10;
    for n in 0..messages {
        let (id, name) = (
            format!("4gA{n:06}zAb"),
            format!("<{}@contoso.example>", n / 2),
        );
        let identify = Event {
            message_id: name.as_bytes(),
            ..postfix(Kind::Identify, Origin::Cleanup)
        };
        relayed(&mut log, n / 100, &id, "9F2A1C0D3E", "mx2", identify);
    }
    let trace = log.end("one id");
    assert_eq!(count(&trace, Status::Delivered), messages);
}

#[test]
fn one_id_on_many_hosts() {
    let mut log = Log::begin();
    let hosts: Vec<String> = (0..MANY / 10).map(|n| format!("mx{}", n + 2)).collect();
    log.clocks = hosts.iter().map(|host| clock(host)).collect();
    log.clocks.push(clock("mx1"));
    for (n, host) in (0..).zip(&hosts) {
        let id = format!("4gA{n:06}zAb");
        let name = format!("<{n}@contoso.example>");
        let identify = Event {
            message_id: name.as_bytes(),
            ..postfix(Kind::Identify, Origin::Cleanup)
        };
        relayed(&mut log, n, &id, "9F2A1C0D3E", host, identify);
    }
    let trace = log.end("one id on many hosts");
    assert_eq!(count(&trace, Status::Delivered), MANY / 10);
}

#[test]
fn many_hand_overs_to_reports_of_one_message_id() {
    let mut log = Log::begin();
    let messages = MANY / 10;
    for n in 0..messages {
        let id = format!("4gA{n:06}zAb");
        let id = id.as_bytes();
        let mut add = |event: Event<'_>| log.add(n / 100, Event { id, ..event });
        add(postfix(Kind::Receive, Origin::Smtpd));
        add(Event {
            message_id: b"<one@contoso.example>",
            ..postfix(Kind::Identify, Origin::Cleanup)
        });
        add(Event {
            recipients: List::One(b"ann@contoso.example"),
            server_host: b"contoso-example.mail.protection.outlook.com",
            ..postfix(Kind::Send, Origin::Relay)
        });
        let mut guid = [0; 16];
        guid[..8].copy_from_slice(&(n + 1).to_le_bytes());
        add(Event {
            kind: Kind::Status,
            origin: Origin::MessageTrace,
            host: mailtrace::event::EXCHANGE_ONLINE,
            message_id: b"<one@contoso.example>",
            network_message_id: Some(Guid(guid)),
            recipients: List::One(b"ann@contoso.example"),
            recipient_status: List::One(b"Delivered"),
            ..Event::default()
        });
    }
    let trace = log.end("reports of one Message-ID");
    assert_eq!(count(&trace, Status::Delivered), messages * 2);
}

#[test]
fn one_message_that_is_handed_over_many_times() {
    let mut log = Log::begin();
    log.clocks = vec![clock("mx1"), clock("mx2")];
    let identify = Event {
        message_id: b"<one@contoso.example>",
        ..postfix(Kind::Identify, Origin::Cleanup)
    };
    log.add(0, postfix(Kind::Receive, Origin::Smtpd));
    log.add(0, identify);
    let recipients = MANY / 4;
    for n in 0..recipients {
        let (next, to) = (format!("4gB{n:06}zAb"), format!("user{n}@contoso.example"));
        log.add(
            n / 1000,
            Event {
                recipients: List::One(to.as_bytes()),
                next_id: next.as_bytes(),
                ..postfix(Kind::Send, Origin::Relay)
            },
        );
        let mut at_next = |event: Event<'_>| {
            let id = next.as_bytes();
            let host = b"mx2";
            log.add(n / 1000, Event { id, host, ..event });
        };
        at_next(identify);
        at_next(Event {
            recipients: List::One(to.as_bytes()),
            ..postfix(Kind::Fail, Origin::Relay)
        });
    }
    let trace = log.end("one message");
    assert_eq!(count(&trace, Status::Failed), recipients);
}

#[test]
fn many_servers_that_turn_out_to_be_ours() {
    let mut log = Log::begin();
    let hosts: Vec<String> = (0..MANY / 20).map(|n| format!("mx{}", n + 2)).collect();
    log.clocks = hosts.iter().map(|host| clock(host)).collect();
    log.clocks.push(clock("mx1"));
    for (n, host) in (0..).zip(&hosts) {
        let (id, next) = (format!("4gA{n:06}zAb"), format!("4gB{n:06}zAb"));
        let name = format!("<{n}@contoso.example>");
        let identify = Event {
            message_id: name.as_bytes(),
            ..postfix(Kind::Identify, Origin::Cleanup)
        };
        relayed(&mut log, n, &id, &next, host, identify);
        // Another one, which that host's log lacks.
        let (id, next) = (format!("4gC{n:06}zAb"), format!("4gD{n:06}zAb"));
        log.add(
            n,
            Event {
                id: id.as_bytes(),
                next_id: next.as_bytes(),
                recipients: List::One(b"ann@contoso.example"),
                server_host: host.as_bytes(),
                ..postfix(Kind::Send, Origin::Relay)
            },
        );
    }
    log.end("servers");
}

#[test]
fn many_refusals_that_both_sides_log() {
    const WORDS: &[u8] = b"450 4.2.0 <ann@contoso.example>: Recipient address rejected: Greylisted";
    const SAID: &[u8] = b"host mx2 said: 450 4.2.0 <ann@contoso.example>: Recipient address rejected: Greylisted (in reply to RCPT TO command)";
    let mut log = Log::begin();
    log.clocks = vec![clock("mx1"), clock("mx2")];
    log.add(0, postfix(Kind::Receive, Origin::Smtpd));
    log.add(
        0,
        Event {
            return_path: b"bob@fabrikam.example",
            recipient_count: 1,
            ..postfix(Kind::Queue, Origin::QueueManager)
        },
    );
    for n in 0..MANY / 2 {
        let recipients = List::One(b"ann@contoso.example");
        log.add(
            n * 60,
            Event {
                recipients,
                text: SAID,
                ..postfix(Kind::Defer, Origin::Relay)
            },
        );
        log.add(
            n * 60,
            Event {
                host: b"mx2",
                id: b"",
                client_ip: b"192.0.2.11",
                return_path: b"bob@fabrikam.example",
                recipients,
                reply_code: 450,
                text: WORDS,
                ..postfix(Kind::Reject, Origin::Smtpd)
            },
        );
    }
    let trace = log.end("refusals of both sides");
    assert_eq!(trace.deliveries().count(), 1, "they are one message's");
}

#[test]
fn many_messages_that_one_server_refuses_in_the_same_words() {
    const WORDS: &[u8] = b"550 5.1.1 <ann@contoso.example>: Recipient address rejected";
    const SAID: &[u8] =
        b"host mx2 said: 550 5.1.1 <ann@contoso.example>: Recipient address rejected (in reply to RCPT TO command)";
    let mut log = Log::begin();
    log.clocks = vec![clock("mx1"), clock("mx2")];
    for n in 0..MANY / 4 {
        let id = format!("4gA{n:06}zAb");
        let recipients = List::One(b"ann@contoso.example");
        let mut add = |event: Event<'_>| {
            let id = id.as_bytes();
            log.add(n * 60, Event { id, ..event });
        };
        add(Event {
            return_path: b"bob@fabrikam.example",
            recipient_count: 1,
            ..postfix(Kind::Queue, Origin::QueueManager)
        });
        add(Event {
            recipients,
            text: SAID,
            ..postfix(Kind::Fail, Origin::Relay)
        });
        log.add(
            n * 60,
            Event {
                host: b"mx2",
                id: b"",
                client_ip: b"192.0.2.11",
                return_path: b"bob@fabrikam.example",
                recipients,
                reply_code: 550,
                text: WORDS,
                ..postfix(Kind::Reject, Origin::Smtpd)
            },
        );
    }
    log.end("refusals in the same words");
}
