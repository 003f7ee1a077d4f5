//! verify(8) asks another host whether it knows an address: lines of a queue, and no mail.

use std::rc::Rc;

use super::{Item, Relays};
use crate::calendar::Time;
use crate::fact::{Client, QueueFact};
use crate::flow::Flow;

impl Relays {
    pub(super) fn probe(&mut self, flow: &mut Flow, site: usize, at: Time) {
        let Some(here) = self.sites.get(site) else {
            return;
        };
        let host = *flow.random.pick(here.doors());
        let peer = *flow.random.pick(&here.outside);
        let Some(peer) = flow.world.peers.get(peer).cloned() else {
            return;
        };
        let to = flow.random.pick(&peer.people).clone();
        let nobody = Client {
            name: None,
            ip: "".into(),
        };
        let name = flow.hosts.get(host).map_or("", |host| host.full_name);
        let sender = format!("double-bounce@{name}");
        let mail = Rc::new(flow.mail(&sender, nobody.clone(), None));
        let entry = flow.queued(host, &mail, nobody, at);
        let item = Item { host, entry };
        let came = item.entry.came;
        item.name(flow, came);
        item.activate(flow, 1, came + 1000);
        let server = format!("{}[{}]", peer.server, peer.ip);
        let (is_known, enhanced, answer) = match flow.random.below(3) {
            0 => (
                false,
                "5.1.1",
                format!(
                    "host {server} said: 550 5.1.1 <{to}>: Recipient address rejected: User unknown (in reply to RCPT TO command)"
                ),
            ),
            _ => (true, "2.1.5", "250 2.1.5 Ok".to_owned()),
        };
        let took = flow.moment(30, 900);
        let what = QueueFact::Probed {
            entry: item.entry.clone(),
            relay: format!("{server}:25").into(),
            recipient: to,
            took,
            is_known,
            enhanced,
            answer: answer.into(),
        };
        item.log(flow, came + 1000 + took, what);
        item.remove(flow, came + 2000 + took);
    }
}
