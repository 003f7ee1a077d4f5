//! Ten million events within a stated memory: the segment and the columns are the dearest things to
//! change later, so this holds from the first day. Runs optimised, as a step of `cargo xtask test`;
//! without optimisation it would take minutes, so there a hundredth of it runs.

use mailtrace::event::{Enhanced, Event, Kind, List, Origin, Stamp};
use mailtrace::segment::Packer;
use mailtrace::time::{Clock, TimeForm, Told, Zone};
use mailtrace::trace::Trace;

const MESSAGES: u64 = if cfg!(debug_assertions) {
    20_000
} else {
    2_000_000
};
const EVENTS_OF_MESSAGE: u64 = 5;
const MESSAGES_OF_SEGMENT: u64 = 4_000;
/// Bytes of resident memory that the events may take.
const TAKEN_UP: u64 = 1_000 << 20;
/// The same with every journey and delivery derived.
const DERIVED: u64 = 2_000 << 20;

#[test]
fn ten_million_events_fit() {
    let before = resident();
    let mut trace = Trace::new(1);
    let clocks = [mailtrace::source::HostClock {
        host: "mx1".into(),
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
    }];
    let mut packer = Packer::new(1);
    let mut packed = 0;
    for message in 0..MESSAGES {
        state(message, &mut packer);
        if (message + 1) % MESSAGES_OF_SEGMENT == 0 {
            let segment = packer.pack();
            packed += segment.len() as u64;
            trace
                .take_up(0, segment, &clocks)
                .expect("opens as it was packed");
        }
    }
    trace.set_clocks(0, &clocks);
    let events = u64::from(trace.events().len());
    assert_eq!(events, MESSAGES * EVENTS_OF_MESSAGE);
    let taken = resident() - before;
    let started = std::time::Instant::now();
    while trace.derive(&mut || true) {}
    let derived = resident() - before;
    println!(
        "{events} events: {packed} bytes packed, {taken} bytes resident when taken up \
         ({} counted), {derived} when derived ({} counted), derived in {:?}",
        trace.events().memory(),
        trace.memory(),
        started.elapsed(),
    );
    assert_eq!(trace.deliveries().count() as u64, MESSAGES);
    assert!(taken < TAKEN_UP, "{taken} bytes when taken up");
    assert!(derived < DERIVED, "{derived} bytes when derived");
}

/// The events of one message of a mail relay: distinct ids, some thousands of addresses.
fn state(message: u64, packer: &mut Packer) {
    let time = 1_790_000_000_000_000 + message as i64 * 40_000;
    let id = format!("4g{message:08}zAb");
    let message_id = format!(
        "<{:016x}@mail.contoso.example>",
        message.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    );
    let sender = format!("user{}@contoso.example", message % 5_003);
    let recipient = format!("person{}@fabrikam.example", message % 20_011);
    let relay = format!("mx{}.fabrikam.example", message % 40);
    let mut push = |step: u64, event: Event<'_>| {
        let event = Event {
            offset: message * 900 + step * 180,
            stamp: Stamp::Instant(time + step as i64 * 1_000),
            host: b"mx1",
            instance: b"postfix",
            pid: 1000 + (message % 97) as u32,
            id: id.as_bytes(),
            digest: (message.wrapping_mul(31) + step) as u32,
            ..event
        };
        packer.push(&event, TimeForm::Instant, time + step as i64 * 1_000);
    };
    push(
        0,
        Event {
            kind: Kind::Receive,
            origin: Origin::Smtpd,
            client_ip: b"192.0.2.17",
            client_host: b"client.contoso.example",
            ..Event::default()
        },
    );
    push(
        1,
        Event {
            kind: Kind::Identify,
            origin: Origin::Cleanup,
            message_id: message_id.as_bytes(),
            ..Event::default()
        },
    );
    push(
        2,
        Event {
            kind: Kind::Queue,
            origin: Origin::QueueManager,
            return_path: sender.as_bytes(),
            size: 2_000 + message % 50_000,
            recipient_count: 1,
            ..Event::default()
        },
    );
    push(
        3,
        Event {
            kind: Kind::Send,
            origin: Origin::Relay,
            recipients: List::One(recipient.as_bytes()),
            server_host: relay.as_bytes(),
            server_ip: b"203.0.113.5",
            enhanced: Enhanced::new(2, 0, 0).expect("a code of RFC 3463"),
            reply_code: 250,
            text: b"250 2.0.0 Ok: queued",
            delay_ms: (message % 3_000) as u32,
            ..Event::default()
        },
    );
    push(
        4,
        Event {
            kind: Kind::Remove,
            origin: Origin::QueueManager,
            ..Event::default()
        },
    );
}

/// Bytes of memory that the process holds.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}
