//! To whom a message is written.

use super::{Addressee, Relays, Site};
use crate::fact::Text;
use crate::flow::Flow;

impl Relays {
    /// Some recipients, as they are given at a host: mostly one.
    pub(super) fn addressees(
        &self,
        flow: &mut Flow,
        host: usize,
        is_from_outside: bool,
    ) -> Vec<Addressee> {
        let Some(site) = self.site_of(host) else {
            return Vec::new();
        };
        let count = match flow.random.below(100) {
            0..80 => 1,
            80..92 => 2,
            _ => flow.random.between(3, 7),
        };
        let mut given: Vec<Text> = Vec::new();
        for _ in 0..count {
            let one = self.address(flow, site, is_from_outside);
            // Who is reached in two ways is delivered to twice or once, under one of two addresses.
            let reached = self.reached(&one);
            let is_twice = given.iter().any(|other| {
                let others = self.reached(other);
                others.iter().any(|it| reached.contains(it))
            });
            if !is_twice {
                given.push(one);
            }
        }
        given
            .into_iter()
            .map(|given| {
                let goes_to = self.goal(flow, host, &given);
                Addressee { given, goes_to }
            })
            .collect()
    }

    fn address(&self, flow: &mut Flow, site: &Site, is_from_outside: bool) -> Text {
        let weights: &[u64] = match is_from_outside {
            true => &[845, 60, 25, 40, 10, 15, 5, 0],
            false => &[275, 40, 10, 0, 0, 0, 5, 670],
        };
        let domain = &site.domain;
        match flow.random.weighted(weights) {
            0 => flow.random.pick(&site.people).clone(),
            1 => flow.random.pick(&site.aliases).0.clone(),
            2 => flow.random.pick(&site.forwards).0.clone(),
            3 => format!("nobody{}@{domain}", flow.random.below(100_000)).into(),
            4 => format!("former{}@{domain}", flow.random.below(1000)).into(),
            5 => format!("trap@{domain}").into(),
            6 => site.list.0.clone(),
            _ => {
                let others: Vec<&Site> = self
                    .sites
                    .iter()
                    .filter(|other| other.domain != *domain)
                    .collect();
                if !others.is_empty() && flow.random.per_mille(300) {
                    let other = *flow.random.pick(&others);
                    return self.address(flow, other, true);
                }
                let peer = *flow.random.pick(&site.outside);
                let people = flow.world.peers.get(peer).map(|peer| &peer.people);
                people.map_or("".into(), |people| flow.random.pick(people).clone())
            }
        }
    }

    /// All addresses that get what is sent to this one.
    fn reached<'a>(&'a self, address: &'a Text) -> Vec<&'a Text> {
        let aliases = self.sites.iter().flat_map(|site| &site.aliases);
        let forwards = self.sites.iter().flat_map(|site| &site.forwards);
        let stands_for = aliases.chain(forwards);
        let others = stands_for.filter(|(alias, _)| alias == address);
        others.flat_map(|(_, to)| to).chain([address]).collect()
    }
}
