//! Who there is: an organisation with people, aliases, groups and hosts, and the world outside it.
//!
//! Names are RFC 2606's, addresses RFC 5737's.

use crate::calendar::{Clock, SECOND, Zone};
use crate::fact::{Client, Text};
use crate::random::Random;

pub const DOMAIN: &str = "contoso.example";

/// What a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Postfix,
    Exchange,
    /// All of Exchange Online, as its customers see it.
    ExchangeOnline,
}

/// A machine whose logs are written.
#[derive(Clone, Debug)]
pub struct Host {
    pub system: System,
    /// As the log names it.
    pub name: &'static str,
    pub full_name: &'static str,
    pub ip: &'static str,
    pub zone: Zone,
    pub clock: Clock,
    /// Postfix's `enable_long_queue_ids`.
    pub has_long_ids: bool,
    /// Lines begin as RFC 3339 has it, else as RFC 3164.
    pub has_full_dates: bool,
}

/// A domain outside, with its one server.
#[derive(Clone, Debug)]
pub struct Peer {
    pub domain: Text,
    pub server: Text,
    pub ip: Text,
    pub people: Vec<Text>,
}

impl Peer {
    pub fn client(&self) -> Client {
        Client {
            name: Some(self.server.clone()),
            ip: self.ip.clone(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct World {
    pub people: Vec<Text>,
    /// Aliases and groups: the address, and the people behind it.
    pub aliases: Vec<(Text, Vec<Text>)>,
    /// Groups of groups: the address, and groups in `aliases`.
    pub nested: Vec<(Text, Vec<usize>)>,
    /// People whose mail goes on to an address outside.
    pub forwards: Vec<(Text, Text)>,
    pub peers: Vec<Peer>,
}

const FIRST: [&str; 30] = [
    "ann", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "lea", "max",
    "nia", "oda", "pia", "quinn", "ray", "sue", "tom", "uma", "vic", "wes", "xan", "yan", "zoe",
    "ben", "lou", "mia", "ned",
];

const LAST: [&str; 30] = [
    "abel", "berg", "cole", "dahl", "eckert", "falk", "gray", "hart", "ivers", "jung", "kern",
    "lang", "marsh", "nagel", "olsen", "pohl", "quist", "roth", "stein", "thorn", "ulrich", "voss",
    "wolf", "xavier", "young", "zander", "o'neil", "van-dam", "de.vries", "smith",
];

const DOMAINS: [&str; 12] = [
    "fabrikam",
    "litware",
    "adatum",
    "northwind",
    "tailspin",
    "wingtip",
    "proseware",
    "woodgrove",
    "lucerne",
    "margies",
    "treyresearch",
    "spam",
];

impl World {
    pub fn new(random: &mut Random) -> Self {
        let mut names: Vec<String> = Vec::new();
        for first in FIRST {
            for last in LAST {
                names.push(format!("{first}.{last}"));
            }
        }
        let address = |name: &String, domain: &str| Text::from(format!("{name}@{domain}"));
        let mut chosen = |count: usize| -> Vec<String> {
            let mut chosen: Vec<String> = (0..count).map(|_| random.pick(&names).clone()).collect();
            chosen.sort();
            chosen.dedup();
            chosen
        };
        let people: Vec<Text> = chosen(600)
            .iter()
            .map(|name| address(name, DOMAIN))
            .collect();
        let peers: Vec<Peer> = DOMAINS
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let domain = format!("{name}.example");
                Peer {
                    people: chosen(80)
                        .iter()
                        .map(|name| address(name, &domain))
                        .collect(),
                    server: format!("mx.{domain}").into(),
                    ip: match at % 2 {
                        0 => format!("198.51.100.{}", at + 10).into(),
                        _ => format!("203.0.113.{}", at + 10).into(),
                    },
                    domain: domain.into(),
                }
            })
            .collect();
        let mut some = |count: i64| -> Vec<Text> {
            let mut some: Vec<Text> = (0..count).map(|_| random.pick(&people).clone()).collect();
            some.sort();
            some.dedup();
            some
        };
        let mut aliases: Vec<(Text, Vec<Text>)> = ["info", "jobs", "press", "webmaster"]
            .iter()
            .map(|name| (address(&(*name).to_owned(), DOMAIN), some(1)))
            .collect();
        for (name, count) in [("sales", 4), ("support", 6), ("board", 3), ("plant", 25)] {
            aliases.push((address(&name.to_owned(), DOMAIN), some(count)));
        }
        let nested = vec![
            (address(&"everyone".to_owned(), DOMAIN), vec![4, 5, 7]),
            (address(&"office".to_owned(), DOMAIN), vec![4, 6]),
        ];
        let mut forwards = Vec::new();
        for name in ["leaver.one", "leaver.two", "leaver.three"] {
            let peer = random.pick(&peers);
            let target = random.pick(&peer.people).clone();
            forwards.push((address(&name.to_owned(), DOMAIN), target));
        }
        World {
            people,
            aliases,
            nested,
            forwards,
            peers,
        }
    }
}

/// Two relays with mailboxes: one as old as can be, one of today whose clock is off.
pub fn relays() -> Vec<Host> {
    vec![
        Host {
            system: System::Postfix,
            name: "mx1",
            full_name: "mx1.contoso.example",
            ip: "192.0.2.25",
            zone: Zone::CentralEurope,
            clock: Clock { ahead: 0, drift: 0 },
            has_long_ids: false,
            has_full_dates: false,
        },
        Host {
            system: System::Postfix,
            name: "mx2",
            full_name: "mx2.contoso.example",
            ip: "192.0.2.26",
            zone: Zone::Utc,
            clock: Clock {
                ahead: 3 * SECOND,
                drift: 2,
            },
            has_long_ids: true,
            has_full_dates: true,
        },
    ]
}

/// Three Exchange servers, one with a clock that is behind, one at another site.
pub fn exchange_servers() -> Vec<Host> {
    vec![
        exchange("EX01", "EX01.contoso.example", "192.0.2.31", 0),
        exchange("EX02", "EX02.contoso.example", "192.0.2.32", -SECOND / 2),
        exchange("EX03", "EX03.plant.contoso.example", "192.0.2.130", 0),
    ]
}

fn exchange(
    name: &'static str,
    full_name: &'static str,
    ip: &'static str,
    ahead: i64,
) -> Host {
    Host {
        system: System::Exchange,
        name,
        full_name,
        ip,
        zone: Zone::Utc,
        clock: Clock { ahead, drift: 0 },
        has_long_ids: false,
        has_full_dates: true,
    }
}

/// The tenant in Exchange Online.
pub fn tenant() -> Host {
    Host {
        system: System::ExchangeOnline,
        ip: "203.0.113.200",
        ..exchange("Exchange Online", "Exchange Online", "", 0)
    }
}
