//! Organisations as their relays know them: who there is, which host does what, where an address leads.

use super::Relays;
use crate::fact::Text;
use crate::flow::Flow;
use crate::world::{DOMAIN, Host, Role, World};

/// An organisation.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) domain: Text,
    /// Sorted.
    pub(super) people: Vec<Text>,
    pub(super) aliases: Vec<(Text, Vec<Text>)>,
    /// Whose mail goes on to addresses elsewhere: one, or several.
    pub(super) forwards: Vec<(Text, Vec<Text>)>,
    /// A mailing list, and who has subscribed to it.
    pub(super) list: (Text, Vec<Text>),
    edges: Vec<usize>,
    pub(super) boxes: Vec<usize>,
    smart_hosts: Vec<usize>,
    /// The peers that are no organisation with logs.
    pub(super) outside: Vec<usize>,
}

/// One recipient as it was given, and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Addressee {
    pub(super) given: Text,
    pub(super) goes_to: Goal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    Mailbox,
    Alias(Vec<Text>),
    /// local(8) forwards it.
    Forward(Vec<Text>),
    /// To the server of a peer.
    Outside(usize),
    /// To the next host of these logs.
    Onward(usize),
    /// A mailing list's program, which sends it on to these as a message of its own.
    List(Vec<Text>),
    /// No such user.
    Nobody,
    /// A trap: discard(8).
    Trap,
}

impl Site {
    /// The organisations that these hosts belong to. The first is the world's own, others are peers that
    /// have hosts here.
    pub(super) fn all(hosts: &[Host], world: &World) -> Vec<Site> {
        let has_hosts = |domain: &str| hosts.iter().any(|host| is_of(host, domain));
        let outside: Vec<usize> = (0..world.peers.len())
            .filter(|peer| {
                let peer = world.peers.get(*peer);
                !peer.is_some_and(|peer| has_hosts(&peer.domain))
            })
            .collect();
        let with_hosts = |domain: &str, role| -> Vec<usize> {
            let places = hosts.iter().enumerate();
            let places = places.filter(|(_, host)| host.role == role && is_of(host, domain));
            places.map(|(place, _)| place).collect()
        };
        let own = Site {
            domain: DOMAIN.into(),
            people: world.people.clone(),
            aliases: world.aliases.clone(),
            forwards: forwards_of(world),
            edges: with_hosts(DOMAIN, Role::Edge),
            boxes: with_hosts(DOMAIN, Role::Mailboxes),
            smart_hosts: with_hosts(DOMAIN, Role::SmartHost),
            list: Default::default(),
            outside: outside.clone(),
        };
        let peers = world.peers.iter().filter(|peer| has_hosts(&peer.domain));
        let others = peers.map(|peer| {
            let domain = &peer.domain;
            let some = |from: usize, count| -> Vec<Text> {
                peer.people.iter().skip(from).take(count).cloned().collect()
            };
            Site {
                domain: domain.clone(),
                people: peer.people.clone(),
                aliases: vec![
                    (format!("info@{domain}").into(), some(3, 1)),
                    (format!("sales@{domain}").into(), some(5, 4)),
                ],
                // One who left for the first organisation.
                forwards: vec![(
                    format!("leaver@{domain}").into(),
                    world.people.first().cloned().into_iter().collect(),
                )],
                edges: with_hosts(domain, Role::Edge),
                boxes: with_hosts(domain, Role::Mailboxes),
                smart_hosts: with_hosts(domain, Role::SmartHost),
                list: Default::default(),
                outside: outside.clone(),
            }
        });
        let mut sites: Vec<Site> = std::iter::once(own).chain(others).collect();
        let strangers = outside
            .iter()
            .filter_map(|peer| world.peers.get(*peer)?.people.first());
        let strangers: Vec<Text> = strangers.take(4).cloned().collect();
        for site in &mut sites {
            site.people.sort();
            let own = site.people.iter().step_by(37).take(6);
            let subscribers = own.chain(&strangers).cloned().collect();
            site.list = (format!("announce@{}", site.domain).into(), subscribers);
        }
        sites
    }

    /// The hosts that take mail from outside.
    pub(super) fn doors(&self) -> &[usize] {
        match self.edges.is_empty() {
            true => &self.boxes,
            false => &self.edges,
        }
    }

    pub(super) fn is_edge(&self, host: usize) -> bool {
        self.edges.contains(&host)
    }

    pub(super) fn is_smart_host(&self, host: usize) -> bool {
        self.smart_hosts.contains(&host)
    }

    fn owns(&self, host: usize) -> bool {
        [&self.edges, &self.boxes, &self.smart_hosts]
            .iter()
            .any(|hosts| hosts.contains(&host))
    }

    fn has(&self, address: &str) -> bool {
        domain_of(address) == &*self.domain
    }

    /// The host with this address's mailbox, or that knows what it stands for.
    fn home(&self, host: usize, address: &str) -> usize {
        let is_here = self.edges.is_empty() && self.boxes.contains(&host);
        let place = spread(address) as usize % self.boxes.len().max(1);
        let home = self.boxes.get(place).copied().unwrap_or(host);
        if is_here { host } else { home }
    }

    /// Where an edge believes that home to be: of some who have moved, where it was.
    fn believed_home(&self, host: usize, address: &str) -> usize {
        let home = self.home(host, address);
        let has_moved = spread(address).is_multiple_of(13);
        let other = self.boxes.iter().find(|other| **other != home);
        other.copied().filter(|_| has_moved).unwrap_or(home)
    }

    /// What an address of this organisation is at a host with mailboxes.
    fn known(&self, host: usize, address: &Text) -> Goal {
        let home = self.home(host, address);
        if home != host {
            return Goal::Onward(home);
        }
        if let Some((_, members)) = self.aliases.iter().find(|(alias, _)| alias == address) {
            return Goal::Alias(members.clone());
        }
        if let Some((_, target)) = self.forwards.iter().find(|(from, _)| from == address) {
            return Goal::Forward(target.clone());
        }
        if self.list.0 == *address {
            return Goal::List(self.list.1.clone());
        }
        // What a list's copies come back with goes to its program, too.
        if address.contains("-bounces@") {
            return Goal::List(Vec::new());
        }
        if address.starts_with("trap@") {
            return Goal::Trap;
        }
        match self.people.binary_search(address) {
            Ok(_) => Goal::Mailbox,
            Err(_) => Goal::Nobody,
        }
    }
}

/// Those of the world, and one address whose mail goes on to three.
fn forwards_of(world: &World) -> Vec<(Text, Vec<Text>)> {
    let forwards = world.forwards.iter();
    let mut all: Vec<(Text, Vec<Text>)> = forwards
        .map(|(from, to)| (from.clone(), vec![to.clone()]))
        .collect();
    let far = world.peers.iter().filter_map(|peer| peer.people.get(2));
    let partners = format!("partners@{DOMAIN}").into();
    all.push((partners, far.take(3).cloned().collect()));
    all
}

fn is_of(host: &Host, domain: &str) -> bool {
    let parent = host.full_name.split_once('.');
    parent.is_some_and(|(_, parent)| parent == domain)
}

fn domain_of(address: &str) -> &str {
    address.rsplit('@').next().unwrap_or_default()
}

/// A number of an address, always the same.
pub(super) fn spread(address: &str) -> u64 {
    let sum = address.bytes().fold(0x9e37u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    sum ^ sum >> 7
}

impl Relays {
    pub(super) fn site_of(&self, host: usize) -> Option<&Site> {
        self.sites.iter().find(|site| site.owns(host))
    }

    /// Where an address leads from a host.
    pub(super) fn goal(&self, flow: &Flow, host: usize, address: &Text) -> Goal {
        let Some(site) = self.site_of(host) else {
            return Goal::Nobody;
        };
        if site.has(address) {
            return match site.boxes.contains(&host) {
                true => site.known(host, address),
                // That someone has left, an edge has not heard.
                false if address.starts_with("nobody") => Goal::Nobody,
                false => Goal::Onward(site.believed_home(host, address)),
            };
        }
        let sends_out = site.edges.contains(&host) || site.smart_hosts.contains(&host);
        if !sends_out {
            let way_out = site.smart_hosts.first().or(site.edges.first());
            if let Some(way_out) = way_out {
                return Goal::Onward(*way_out);
            }
        }
        match self.sites.iter().find(|site| site.has(address)) {
            Some(other) => {
                let doors = other.doors();
                let door = doors.get(spread(address) as usize % doors.len().max(1));
                Goal::Onward(door.copied().unwrap_or(host))
            }
            None => {
                let mut peers = flow.world.peers.iter();
                let peer = peers.position(|peer| &*peer.domain == domain_of(address));
                Goal::Outside(peer.unwrap_or(0))
            }
        }
    }
}
