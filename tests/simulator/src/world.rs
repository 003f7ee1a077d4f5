//! Who there is: an organisation with people, aliases, groups and hosts, and the world outside it.
//!
//! Names are RFC 2606's, addresses RFC 5737's.

use crate::calendar::{Clock, MINUTE, SECOND, Zone};
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

/// What a machine is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Takes mail from outside for the organisation, and sends its own to the outside itself.
    Edge,
    /// Has mailboxes and takes what their owners write. Where there is no edge, it takes from outside as
    /// well; where there is no smart host, it sends to the outside itself.
    Mailboxes,
    /// Sends to the outside for others.
    SmartHost,
}

/// What looks at the mail that a host takes from outside, and at all that a smart host sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    None,
    /// rspamd, asked while a message comes in.
    Milter,
    /// amavis, behind the queue, by SMTP there and back.
    Amavis,
    /// SpamAssassin, behind the queue, by pipe(8) there and by the drop back.
    Pipe,
}

/// Who puts mail into the mailboxes of a Postfix host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailboxes {
    /// Dovecot, by LMTP.
    Lmtp,
    /// Whoever each user has chosen: Dovecot's program, virtual(8), local(8), a command of the user's.
    Various,
}

/// A machine whose logs are written.
#[derive(Clone, Debug)]
pub struct Host {
    pub system: System,
    pub role: Role,
    pub filter: Filter,
    /// As the log names it.
    pub name: &'static str,
    pub full_name: &'static str,
    pub ip: &'static str,
    pub zone: Zone,
    pub clock: Clock,
    /// How mail gets into its mailboxes.
    pub mailboxes: Mailboxes,
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

/// A relay as it is installed: long ids, full dates, UTC, a clock that is right.
const RELAY: Host = Host {
    system: System::Postfix,
    role: Role::Mailboxes,
    filter: Filter::None,
    name: "",
    full_name: "",
    ip: "",
    zone: Zone::Utc,
    clock: Clock { ahead: 0, drift: 0 },
    mailboxes: Mailboxes::Lmtp,
    has_long_ids: true,
    has_full_dates: true,
};

/// Two relays with mailboxes: one as old as can be, one of today whose clock is off.
pub fn relays() -> Vec<Host> {
    vec![
        Host {
            filter: Filter::Amavis,
            name: "mx1",
            full_name: "mx1.contoso.example",
            ip: "192.0.2.25",
            zone: Zone::CentralEurope,
            has_long_ids: false,
            has_full_dates: false,
            ..RELAY
        },
        Host {
            filter: Filter::Milter,
            name: "mx2",
            full_name: "mx2.contoso.example",
            ip: "192.0.2.26",
            clock: Clock {
                ahead: 3 * SECOND,
                drift: 2,
            },
            ..RELAY
        },
    ]
}

/// Relays in a row: two at the edge, two with mailboxes, one that sends to the outside. One is as old as
/// can be, one has a clock that is two minutes behind, one a clock that gains.
pub fn relays_in_a_row() -> Vec<Host> {
    vec![
        Host {
            role: Role::Edge,
            filter: Filter::Amavis,
            name: "edge1",
            full_name: "edge1.contoso.example",
            ip: "192.0.2.21",
            zone: Zone::CentralEurope,
            has_long_ids: false,
            has_full_dates: false,
            ..RELAY
        },
        Host {
            role: Role::Edge,
            filter: Filter::Milter,
            name: "edge2",
            full_name: "edge2.contoso.example",
            ip: "192.0.2.22",
            clock: Clock {
                ahead: 3 * SECOND,
                drift: 0,
            },
            ..RELAY
        },
        Host {
            name: "mx1",
            full_name: "mx1.contoso.example",
            ip: "192.0.2.25",
            zone: Zone::CentralEurope,
            clock: Clock {
                ahead: -2 * MINUTE,
                drift: 0,
            },
            has_long_ids: false,
            ..RELAY
        },
        Host {
            mailboxes: Mailboxes::Various,
            name: "mx2",
            full_name: "mx2.contoso.example",
            ip: "192.0.2.26",
            clock: Clock { ahead: 0, drift: 4 },
            ..RELAY
        },
        Host {
            role: Role::SmartHost,
            filter: Filter::Amavis,
            name: "out1",
            full_name: "out1.contoso.example",
            ip: "192.0.2.29",
            has_full_dates: false,
            ..RELAY
        },
    ]
}

/// Two organisations that write to each other, each with relays of its own.
pub fn two_organisations() -> Vec<Host> {
    let mut hosts = relays_in_a_row();
    hosts.extend([
        Host {
            role: Role::Edge,
            filter: Filter::Pipe,
            name: "gate",
            full_name: "gate.fabrikam.example",
            ip: "203.0.113.41",
            has_long_ids: false,
            ..RELAY
        },
        Host {
            mailboxes: Mailboxes::Various,
            name: "post",
            full_name: "post.fabrikam.example",
            ip: "203.0.113.42",
            zone: Zone::CentralEurope,
            clock: Clock {
                ahead: 20 * SECOND,
                drift: 0,
            },
            ..RELAY
        },
    ]);
    hosts
}

/// Three Exchange servers, one with a clock that is behind and in a zone that its exports show, one at
/// another site.
pub fn exchange_servers() -> Vec<Host> {
    vec![
        exchange("EX01", "EX01.contoso.example", "192.0.2.31", 0),
        Host {
            zone: Zone::CentralEurope,
            ..exchange("EX02", "EX02.contoso.example", "192.0.2.32", -SECOND / 2)
        },
        exchange("EX03", "EX03.plant.contoso.example", "192.0.2.130", 0),
    ]
}

fn exchange(name: &'static str, full_name: &'static str, ip: &'static str, ahead: i64) -> Host {
    Host {
        system: System::Exchange,
        name,
        full_name,
        ip,
        clock: Clock { ahead, drift: 0 },
        ..RELAY
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

/// A relay at the edge, the last server behind it, and the tenant.
pub fn nearly_migrated() -> Vec<Host> {
    let mut hosts = hybrid();
    hosts.retain(|host| host.name != "EX02");
    hosts
}

/// A relay at the edge, two servers behind it, and the tenant beside them.
pub fn hybrid() -> Vec<Host> {
    let mut hosts = vec![Host {
        role: Role::Edge,
        name: "edge1",
        full_name: "edge1.contoso.example",
        ip: "192.0.2.21",
        zone: Zone::CentralEurope,
        has_full_dates: false,
        ..RELAY
    }];
    hosts.extend(exchange_servers().into_iter().take(2));
    hosts.push(tenant());
    hosts
}
