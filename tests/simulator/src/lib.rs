//! A mail flow that knows the truth: from a seed it makes what happens to messages, the logs that the
//! systems write of it, and what became of every recipient. Mailtrace's statuses are scored against it.
//!
//! It shares no code with Mailtrace: its writers are made from formats.md and the vendors' documents, or a
//! mistake in common would stay unseen. Nothing of it ships.
//!
//! ```text
//!  seed ─► flow ─► facts ─► schedule ─► writer ─► lines of a log
//!            └───► stories ────┘──────────────► rows: status as the logs end
//! ```
//!
//! What happens to one message is decided at once, far into its future; the schedule brings facts of all
//! messages into the order of time and holds only those still to come. So ten million deliveries need no
//! more memory than those that wait in a queue.
//!
//! What it makes so far: two Postfix relays with mailboxes (amavis behind the queue, rspamd as a milter,
//! greylisting, refusals, aliases, forwards, holds, retries, bounces and their notices, expiry, discards,
//! queue ids used again, clocks that are off, a message handed in twice, missing Message-IDs); two Exchange
//! servers (hops, groups and groups of groups, forks, moderation, redirects, junk, quarantine, malware,
//! rules, full mailboxes, retries, expiry, notices); foreign lines, destroyed lines, a log for each day.
//!
//! What is missing: Exchange Online and its reports, hybrid, Exim, Sendmail, several relays in a row, two
//! organisations; journaling, inbox rules, lists, release from quarantine, partial outages; hops in the
//! truth; what is withheld and what that leaves unknown; changes of zone within a log, and of the year.
//! `postsuper -r`, soft bounces and the client that goes away are not played either.

pub mod calendar;
pub mod fact;
pub mod flow;
pub mod noise;
pub mod random;
pub mod schedule;
pub mod truth;
pub mod world;
pub mod write;

use calendar::{DAY, SECOND, START, Time};
use fact::{Fact, What};
use flow::{Flow, Planned};
use noise::Noise;
use truth::Row;
use world::Host;
use write::Line;

/// Which systems there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// Two Postfix relays with mailboxes, one with amavis, one with rspamd.
    Postfix,
    /// Two Exchange servers.
    Exchange,
}

impl Topology {
    pub const ALL: [Topology; 2] = [Topology::Postfix, Topology::Exchange];

    pub fn name(self) -> &'static str {
        match self {
            Topology::Postfix => "postfix",
            Topology::Exchange => "exchange",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub seed: u64,
    /// Recipients of messages, at least.
    pub deliveries: u64,
    pub topology: Topology,
    /// Messages of a day: how many days the logs span.
    pub per_day: i64,
    /// So many lines of a million are destroyed.
    pub damaged: u64,
}

impl Options {
    pub fn new(topology: Topology, seed: u64, deliveries: u64) -> Self {
        Options {
            seed,
            deliveries,
            topology,
            per_day: 4000,
            damaged: 0,
        }
    }
}

/// Where lines and truth go.
pub trait Sink {
    /// A piece of a log: whole lines with their ends.
    fn write(&mut self, log: &Log, text: &[u8]);
    fn row(&mut self, row: Row);
}

/// A log file: logs are rotated every day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Log {
    pub host: &'static str,
    pub name: String,
    /// When its day ends.
    pub closed: Time,
}

/// Makes mail flow; when the logs end.
pub fn simulate(options: &Options, sink: &mut impl Sink) -> Time {
    let mut flow = Flow::new(options.seed);
    let hosts = match options.topology {
        Topology::Postfix => world::relays(),
        Topology::Exchange => world::exchange_servers(),
    };
    let mut relays = flow::relay::Relays::new(&hosts);
    let mut servers = flow::exchange::Servers::new(&hosts);
    let mut writers = Writers {
        noise: Noise::new(options.seed, options.damaged),
        files: Default::default(),
        hosts,
        line: Line::default(),
    };
    let mut now = START + 6 * 3600 * SECOND;
    while flow.stories < options.deliveries {
        now += flow.pause(now, options.per_day);
        match options.topology {
            Topology::Postfix => relays.arrival(&mut flow, now),
            Topology::Exchange => servers.arrival(&mut flow, now),
        }
        writers.until(now, &mut flow, sink);
    }
    let end = now + 5 * SECOND;
    writers.until(end, &mut flow, sink);
    while let Some((_, planned)) = flow.schedule.due(Time::MAX) {
        if let Planned::Story(story, mail) = planned
            && let Some(row) = story.told(end, mail.is_harmed.get())
        {
            sink.row(row);
        }
    }
    end
}

/// Writes what is due.
struct Writers {
    hosts: Vec<Host>,
    noise: Noise,
    /// The log that is open, by host and service.
    files: std::collections::HashMap<(usize, u8), Log>,
    line: Line,
}

impl Writers {
    fn until(&mut self, now: Time, flow: &mut Flow, sink: &mut impl Sink) {
        while let Some((at, planned)) = flow.schedule.due(now) {
            match planned {
                Planned::Fact(fact) => self.write(at, &fact, sink),
                Planned::Story(story, mail) => {
                    if let Some(row) = story.told(at, mail.is_harmed.get()) {
                        sink.row(row);
                    }
                }
            }
        }
    }

    fn write(&mut self, at: Time, fact: &Fact, sink: &mut impl Sink) {
        let Some(host) = self.hosts.get(fact.host) else {
            return;
        };
        let shown = host.clock.shows(at);
        let service = match &fact.what {
            What::Queue(_) => 0,
            What::Transport(fact) => fact.service as u8,
        };
        let known = self.files.get(&(fact.host, service));
        if known.is_none_or(|log| log.closed <= shown) {
            let log = Log {
                host: host.name,
                name: write::file_name(&fact.what, shown),
                closed: shown - shown.rem_euclid(DAY) + DAY,
            };
            let header = write::header(&fact.what, shown);
            sink.write(&log, header.as_bytes());
            self.files.insert((fact.host, service), log);
        }
        let Some(log) = self.files.get(&(fact.host, service)) else {
            return;
        };
        self.line.text.clear();
        match &fact.what {
            What::Queue(what) => {
                self.noise.foreign(host, shown, &mut self.line);
                let start = self.line.text.len();
                write::postfix::write(host, shown, what, &mut self.line);
                self.noise.damage(fact, start, &mut self.line);
            }
            What::Transport(what) => {
                let mail = fact.mail.as_deref();
                self.noise.foreign_rows(host, shown, what, &mut self.line);
                let start = self.line.text.len();
                write::exchange_tracking::write(host, shown, what, mail, &mut self.line);
                self.noise.damage(fact, start, &mut self.line);
            }
        }
        sink.write(log, &self.line.text);
    }
}
