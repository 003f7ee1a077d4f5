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
//! What relays do is listed in `flow/relay.rs`, what Exchange's servers and Exchange Online do in theirs;
//! beside it there are foreign lines, destroyed lines, lines that are withheld, and a log for each day.
//!
//! What is not played yet: a recipient that is reached in two ways with two outcomes, a filter before the
//! queue (`smtpd_proxy_filter`), several instances on one host, a sender that did not hear the answer and
//! sends a copy of what was taken, `message repeated`, a host that changes its form of dates, changes of
//! zone within a log of Exchange Online's page, mail that a moderator or the quarantine holds for longer than
//! a report's day is kept; spamd's and Proxmox's filters. Exim and Sendmail are missing.

pub mod calendar;
pub mod fact;
pub mod flow;
pub mod noise;
pub mod random;
pub mod sample;
pub mod schedule;
pub mod truth;
pub mod world;
pub mod write;

use std::collections::HashMap;
use std::rc::Rc;

use calendar::{DAY, SECOND, START, Time};
use fact::{Fact, Mail, What};
use flow::exchange::Servers;
use flow::relay::Relays;
use flow::{Arrival, Flow, Planned};
use noise::Noise;
use truth::{Evidence, Row, Story};
use world::{Host, System, World};
use write::Line;
pub use write::online::Report;
use write::online::Reports;

/// Which systems there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// Two Postfix relays with mailboxes, one with amavis, one with rspamd.
    Postfix,
    /// Three Exchange servers.
    Exchange,
    /// A tenant of Exchange Online.
    Online,
    /// The same in small, as the page's sample shows it: one server is left, most mailboxes are in the
    /// cloud. It is played for no score of its own.
    Sample,
    /// A Postfix relay at the edge, two Exchange servers and a tenant of Exchange Online, with mailboxes on
    /// both sides.
    Hybrid,
    /// Postfix relays in a row: edges, hosts with mailboxes, a smart host.
    Relays,
    /// Two organisations with relays of their own, which write to each other.
    Organisations,
}

impl Topology {
    pub const ALL: [Topology; 6] = [
        Topology::Postfix,
        Topology::Exchange,
        Topology::Online,
        Topology::Hybrid,
        Topology::Relays,
        Topology::Organisations,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Topology::Postfix => "postfix",
            Topology::Exchange => "exchange",
            Topology::Online => "online",
            Topology::Hybrid => "hybrid",
            Topology::Sample => "sample",
            Topology::Relays => "relays",
            Topology::Organisations => "organisations",
        }
    }

    /// The machines whose logs are written. A fact names one by its place here.
    pub fn hosts(self) -> Vec<Host> {
        match self {
            Topology::Postfix => world::relays(),
            Topology::Exchange => world::exchange_servers(),
            Topology::Online => vec![world::tenant()],
            Topology::Hybrid => world::hybrid(),
            Topology::Sample => world::nearly_migrated(),
            Topology::Relays => world::relays_in_a_row(),
            Topology::Organisations => world::two_organisations(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Options {
    pub seed: u64,
    /// Recipients of messages, at least.
    pub deliveries: u64,
    pub topology: Topology,
    /// Messages of a day: how many days the logs span.
    pub per_day: i64,
    /// So many lines of a million are destroyed.
    pub damaged: u64,
    pub withheld: Vec<Withheld>,
    /// What is saved of what Exchange Online knows.
    pub reports: Vec<Report>,
    /// What Exchange's servers logged was saved by Get-MessageTrackingLog, and their logs are gone.
    pub is_tracking_exported: bool,
    /// When the first message comes.
    pub start: Time,
}

impl Options {
    pub fn new(topology: Topology, seed: u64, deliveries: u64) -> Self {
        Options {
            seed,
            deliveries,
            topology,
            per_day: 4000,
            damaged: 0,
            withheld: Vec::new(),
            reports: vec![Report::Extended],
            is_tracking_exported: false,
            start: START + 6 * 3600 * SECOND,
        }
    }

    /// What of the logs and reports is at hand.
    fn evidence(&self) -> Evidence {
        let hosts = self.withheld.iter().map(|withheld| match withheld {
            Withheld::Host(host) => 1 << host,
            _ => 0,
        });
        Evidence {
            absent: hosts.fold(0, |all, host| all | host),
            view: Report::view(&self.reports),
        }
    }
}

/// Where lines and truth go.
pub trait Sink {
    /// A piece of a log: whole lines with their ends.
    fn write(&mut self, log: &Log, text: &[u8]);
    fn row(&mut self, row: Row);
    /// A line about this message is not in the logs; rows that were given before may not say so.
    fn lost(&mut self, message: u64);
}

/// A log file: logs are rotated every day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Log {
    pub host: &'static str,
    pub name: String,
    /// When its day ends.
    pub closed: Time,
}

/// What of the logs is kept back, as if nobody had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// All logs of a host.
    Host(usize),
    /// What a host wrote in such a span.
    Span { host: usize, from: Time, to: Time },
    /// Every second line of one kind (see [`What::kind`]).
    EverySecond(&'static str),
}

/// The systems that take mail from one another.
struct Systems {
    hosts: Rc<[Host]>,
    relays: Relays,
    servers: Servers,
}

impl Systems {
    fn new(hosts: &Rc<[Host]>, world: &World) -> Self {
        Systems {
            hosts: hosts.clone(),
            relays: Relays::new(hosts, world),
            servers: Servers::new(hosts),
        }
    }

    /// Someone hands a message in.
    fn arrival(&mut self, flow: &mut Flow, topology: Topology, at: Time) {
        match topology {
            Topology::Postfix | Topology::Relays | Topology::Organisations => {
                self.relays.arrival(flow, at);
            }
            Topology::Exchange | Topology::Online => self.servers.arrival(flow, at),
            Topology::Hybrid => self.hybrid_arrival(flow, &[40, 45, 15], at),
            Topology::Sample => self.hybrid_arrival(flow, &[40, 14, 46], at),
        }
    }

    /// From one of the people, from outside by the edge, or from outside to the tenant.
    fn hybrid_arrival(&mut self, flow: &mut Flow, weights: &[u64], at: Time) {
        match flow.random.weighted(weights) {
            0 => self.servers.submission(flow, at),
            1 => self.relays.come_in(flow, 0, at),
            _ => self.servers.come_in(flow, at),
        }
    }

    /// One system hands a message to another.
    fn take(&mut self, flow: &mut Flow, at: Time, arrival: Arrival) {
        match self.hosts.get(arrival.host).map(|host| host.system) {
            Some(System::Postfix) => self.relays.take(flow, at, arrival),
            Some(System::Exchange | System::ExchangeOnline) => {
                self.servers.take(flow, at, arrival);
            }
            None => {}
        }
    }
}

/// Makes mail flow; when the logs end.
pub fn simulate(options: &Options, sink: &mut impl Sink) -> Time {
    let hosts: Rc<[Host]> = options.topology.hosts().into();
    let mut flow = Flow::new(options.seed, &hosts);
    let mut run = Run {
        systems: Systems::new(&hosts, &flow.world),
        writers: Writers {
            noise: Noise::new(options.seed, options.damaged),
            withheld: options.withheld.clone(),
            seconds: Default::default(),
            files: Default::default(),
            reports: Reports::new(&options.reports),
            is_tracking_exported: options.is_tracking_exported,
            hosts,
            line: Line::default(),
        },
        evidence: options.evidence(),
        sink,
    };
    let mut now = options.start;
    while flow.stories < options.deliveries {
        now += flow.pause(now, options.per_day);
        run.until(now, &mut flow);
        run.systems.arrival(&mut flow, options.topology, now);
    }
    let end = now + 5 * SECOND;
    run.until(end, &mut flow);
    run.writers.finish(end, run.sink);
    while let Some((_, planned)) = flow.schedule.due(Time::MAX) {
        if let Planned::Story(story, mail) = planned {
            run.tell(&story, &mail, end);
        } else if let Planned::Arrival(arrival) = planned {
            // What is still to be handed over has come as far as the logs tell.
            for (_, story) in arrival.legs {
                flow.tell(story, &arrival.mail);
            }
        }
    }
    end
}

/// A flow on its way to the sink.
struct Run<'s, S> {
    systems: Systems,
    writers: Writers,
    evidence: Evidence,
    sink: &'s mut S,
}

impl<S: Sink> Run<'_, S> {
    /// Does what is due.
    fn until(&mut self, now: Time, flow: &mut Flow) {
        while let Some((at, planned)) = flow.schedule.due(now) {
            self.writers.save_due(at, self.sink);
            match planned {
                Planned::Fact(fact) => self.writers.write(at, &fact, self.sink),
                Planned::Story(story, mail) => self.tell(&story, &mail, at),
                Planned::Arrival(arrival) => self.systems.take(flow, at, *arrival),
            }
        }
    }

    fn tell(&mut self, story: &Story, mail: &Mail, end: Time) {
        if let Some(row) = story.told(end, mail, self.evidence) {
            self.sink.row(row);
        }
    }
}

/// Writes what happens.
struct Writers {
    hosts: Rc<[Host]>,
    noise: Noise,
    withheld: Vec<Withheld>,
    /// How many lines of each kind came by of which every second one is withheld.
    seconds: HashMap<&'static str, u64>,
    /// The log that is open, by host and service.
    files: HashMap<(usize, u8), Log>,
    reports: Reports,
    is_tracking_exported: bool,
    line: Line,
}

impl Writers {
    fn is_withheld(&mut self, at: Time, fact: &Fact) -> bool {
        let system = self.hosts.get(fact.host).map(|host| host.system);
        if system == Some(System::ExchangeOnline) {
            // Reports come whole or not at all.
            return self.withheld.contains(&Withheld::Host(fact.host));
        }
        let mut is_withheld = false;
        for withheld in &self.withheld {
            is_withheld |= match *withheld {
                Withheld::Host(host) => host == fact.host,
                Withheld::Span { host, from, to } => host == fact.host && (from..to).contains(&at),
                Withheld::EverySecond(kind) if kind == fact.what.kind() => {
                    let count = self.seconds.entry(kind).or_default();
                    *count += 1;
                    count.is_multiple_of(2)
                }
                Withheld::EverySecond(_) => false,
            };
        }
        is_withheld
    }

    /// Saves the reports that are due.
    fn save_due(&mut self, now: Time, sink: &mut impl Sink) {
        let hosts = self.hosts.clone();
        if let Some(host) = tenant(&hosts) {
            self.reports.save_due(host, now, sink);
        }
    }

    /// Saves what the logs' end leaves unsaved.
    fn finish(&mut self, end: Time, sink: &mut impl Sink) {
        let hosts = self.hosts.clone();
        if let Some(host) = tenant(&hosts) {
            self.reports.finish(host, end, sink);
        }
    }

    fn write(&mut self, at: Time, fact: &Fact, sink: &mut impl Sink) {
        let lose = |fact: &Fact, sink: &mut dyn Sink| {
            if let Some(mail) = &fact.mail {
                mail.lost.borrow_mut().push(at);
                sink.lost(mail.number);
            }
        };
        if self.is_withheld(at, fact) {
            return lose(fact, sink);
        }
        let Some(host) = self.hosts.get(fact.host) else {
            return;
        };
        if host.system == System::ExchangeOnline {
            if let (What::Transport(what), Some(mail)) = (&fact.what, &fact.mail) {
                mail.seen_at.set(mail.seen_at.get() | 1 << fact.host);
                self.reports.take(host, at, what, mail, sink);
            }
            return;
        }
        let shown = host.clock.shows(at);
        let service = match &fact.what {
            What::Queue(_) => 0,
            What::Transport(_) if self.is_tracking_exported => 0,
            What::Transport(fact) => fact.service as u8,
        };
        let known = self.files.get(&(fact.host, service));
        if known.is_none_or(|log| log.closed <= shown) {
            let log = Log {
                host: host.name,
                name: write::file_name(&fact.what, self.is_tracking_exported, shown),
                closed: shown - shown.rem_euclid(DAY) + DAY,
            };
            let header = write::header(&fact.what, self.is_tracking_exported, shown);
            sink.write(&log, header.as_bytes());
            self.files.insert((fact.host, service), log);
        }
        let Some(log) = self.files.get(&(fact.host, service)) else {
            return;
        };
        self.line.text.clear();
        let start = match &fact.what {
            What::Queue(what) => {
                self.noise.foreign(host, shown, &mut self.line);
                let start = self.line.text.len();
                write::postfix::write(host, shown, what, &mut self.line);
                start
            }
            What::Transport(what) if self.is_tracking_exported => {
                let start = self.line.text.len();
                let mail = fact.mail.as_deref();
                write::exchange_export::write(host, shown, what, mail, &mut self.line);
                start
            }
            What::Transport(what) => {
                let mail = fact.mail.as_deref();
                self.noise.foreign_rows(host, shown, what, &mut self.line);
                let start = self.line.text.len();
                write::exchange_tracking::write(host, shown, what, mail, &mut self.line);
                start
            }
        };
        match self.noise.damage(start, &mut self.line) {
            true => lose(fact, sink),
            false => {
                if let Some(mail) = &fact.mail {
                    mail.seen_at.set(mail.seen_at.get() | 1 << fact.host);
                }
            }
        }
        sink.write(log, &self.line.text);
    }
}

fn tenant(hosts: &[Host]) -> Option<&Host> {
    hosts
        .iter()
        .find(|host| host.system == System::ExchangeOnline)
}
