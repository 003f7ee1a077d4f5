//! Relays that run Postfix, alone or in a row. Mail from outside is refused, put off, filtered, handed on,
//! expanded, delivered, put into the mailboxes or sent on; mail of an organisation's people goes out and
//! comes back as notices.
//!
//! `session.rs` is how a message comes in, `filter.rs` and `checks.rs` what stands in its way, `deliver.rs`
//! what becomes of it in the queue, `person.rs` who meddles with that, `transmit.rs` how another host answers,
//! `notice.rs` what its sender is told, `list.rs` what a mailing list makes of it; `site.rs` knows where an
//! address leads.

mod answer;
mod checks;
mod deliver;
mod filter;
mod list;
mod notice;
mod person;
mod probe;
mod recipients;
mod session;
mod site;
mod transmit;

use std::rc::Rc;

use session::Session;
use site::{Addressee, Goal, Site};

use super::{Arrival, Flow, Refusal, Taken, is, story};
use crate::calendar::{HOUR, MINUTE, SECOND, Time};
use crate::fact::{Client, Door, Entry, Mail, QueueFact, What};
use crate::truth::Status;
use crate::world::{Host, Role, System, World};

/// The relays of all organisations.
#[derive(Debug)]
pub struct Relays {
    sites: Vec<Site>,
    sessions: u64,
}

/// A message in a host's queue.
#[derive(Clone, Debug)]
struct Item {
    host: usize,
    entry: Rc<Entry>,
}

impl Item {
    fn mail(&self) -> &Rc<Mail> {
        &self.entry.mail
    }

    fn log(&self, flow: &mut Flow, at: Time, what: QueueFact) {
        flow.fact(at, self.host, &self.entry.mail, What::Queue(what));
    }

    fn name(&self, flow: &mut Flow, at: Time) {
        let entry = self.entry.clone();
        self.log(flow, at, QueueFact::Named { entry });
    }

    fn activate(&self, flow: &mut Flow, recipients: usize, at: Time) {
        let entry = self.entry.clone();
        self.log(flow, at, QueueFact::Active { entry, recipients });
    }

    /// The entry is done with.
    fn remove(&self, flow: &mut Flow, at: Time) {
        let entry = self.entry.clone();
        self.log(flow, at, QueueFact::Removed { entry });
        flow.free(self.host, &self.entry, at);
    }
}

impl Relays {
    pub fn new(hosts: &[Host], world: &World) -> Self {
        Relays {
            sites: Site::all(hosts, world),
            sessions: 0,
        }
    }

    /// Someone hands a message in.
    pub fn arrival(&mut self, flow: &mut Flow, at: Time) {
        let weights: &[u64] = if self.sites.len() > 1 { &[3, 1] } else { &[1] };
        let site = flow.random.weighted(weights);
        if flow.random.per_mille(8) {
            self.probe(flow, site, at);
        } else if flow.random.per_mille(650) {
            self.come_in(flow, site, at);
        } else {
            self.go_out(flow, site, at);
        }
    }

    /// One of these hosts that can be reached now, the first as often as all others.
    fn up(&self, flow: &mut Flow, hosts: &[usize], at: Time) -> usize {
        let up: Vec<usize> = hosts
            .iter()
            .copied()
            .filter(|host| self.down_until(flow, *host, at).is_none())
            .collect();
        let among = if up.is_empty() { hosts } else { &up };
        among
            .get(flow.random.below(among.len() as u64) as usize)
            .copied()
            .unwrap_or(0)
    }

    /// Until when a host is down. Where there are several in a row, now and then one is, for an hour of
    /// its own.
    fn down_until(&self, flow: &Flow, host: usize, at: Time) -> Option<Time> {
        const DAY: Time = 24 * HOUR;
        let is_in_a_row = flow.hosts.iter().any(|host| host.role == Role::Edge);
        let (day, within) = (at.div_euclid(DAY), at.rem_euclid(DAY));
        let place = host as i64;
        let from = 8 * HOUR + place * 40 * MINUTE;
        let is_down =
            is_in_a_row && (day * 3 + place) % 7 == 0 && (from..from + HOUR).contains(&within);
        is_down.then(|| day * DAY + from + HOUR + place * SECOND)
    }

    /// Someone outside sends a message to an organisation.
    pub fn come_in(&mut self, flow: &mut Flow, site: usize, at: Time) {
        let Some(here) = self.sites.get(site) else {
            return;
        };
        let outside = here.outside.clone();
        let doors = here.doors().to_vec();
        let host = self.up(flow, &doors, at);
        let Some(peer) = flow.world.peers.get(*flow.random.pick(&outside)).cloned() else {
            return;
        };
        let sender = flow.random.pick(&peer.people).clone();
        let client = match flow.random.per_mille(100) {
            true => Client {
                name: None,
                ip: format!("198.51.100.{}", flow.random.between(100, 250)).into(),
            },
            false => peer.client(),
        };
        let mail = Rc::new(flow.mail(&sender, client, None));
        let addressees = self.addressees(flow, host, true);
        let refused_all = match flow.random.below(1000) {
            0..30 => Some(format!(
                "554 5.7.1 Service unavailable; Client host [{}] blocked using zen.blocklist.example; listed",
                mail.client.ip
            )),
            30..45 => Some("554 5.7.1 <{to}>: Relay access denied".to_owned()),
            _ => None,
        };
        if let Some(reply) = refused_all {
            let refused = is(Status::Failed, "refused");
            self.refuse_all(flow, host, &mail, &addressees, at, &reply, refused);
            return;
        }
        match flow.random.below(1000) {
            0..120 => self.greylisted(flow, host, mail, addressees, at),
            120..128 => self.goes_away(flow, host, mail, addressees, at),
            // The sender's system loses the answer and sends it once more.
            128..141 => {
                self.offered(flow, host, &mail, &addressees, at, &[]);
                let mail = flow.mail_again(&mail);
                let again = at + flow.moment(120_000, 1_800_000);
                self.offered(flow, host, &mail, &addressees, again, &[]);
            }
            // The sender sends it once more himself, later, to the same or to others.
            141..149 => {
                self.offered(flow, host, &mail, &addressees, at, &[]);
                let mail = flow.mail_again(&mail);
                let again = at + flow.moment(3_000_000, 5_400_000);
                let host = self.up(flow, &doors, again);
                let addressees = match flow.random.per_mille(500) {
                    true => addressees,
                    false => self.addressees(flow, host, true),
                };
                self.offered(flow, host, &mail, &addressees, again, &[]);
            }
            _ => self.offered(flow, host, &mail, &addressees, at, &[]),
        }
    }

    /// Someone of the organisation writes.
    fn go_out(&mut self, flow: &mut Flow, site: usize, at: Time) {
        let Some(here) = self.sites.get(site) else {
            return;
        };
        let sender = flow.random.pick(&here.people).clone();
        let boxes = here.boxes.clone();
        let host = self.up(flow, &boxes, at);
        let client = Client {
            name: None,
            ip: format!("192.0.2.{}", flow.random.between(100, 250)).into(),
        };
        let login = sender.split('@').next().unwrap_or_default().into();
        let mail = Rc::new(flow.mail(&sender, client, Some(login)));
        let addressees = self.addressees(flow, host, false);
        match flow.random.per_mille(60) {
            true => self.dropped(flow, host, &mail, addressees, at),
            false => self.offered(flow, host, &mail, &addressees, at, &[]),
        }
    }

    /// Another host of these logs hands a message over, by a promise that is kept.
    pub fn take(&mut self, flow: &mut Flow, at: Time, arrival: Arrival) {
        let Arrival {
            host,
            mail,
            taken_as,
            client,
            legs,
            refused,
        } = arrival;
        let mut session = self.begin(flow, host, &mail, client, Door::Smtp, at);
        let entry = match taken_as {
            Taken::Entry(entry) => Some(entry),
            Taken::NotInTheEnd(entry) => {
                self.take_not(flow, session, Item { host, entry }, &refused);
                return;
            }
            Taken::Copy(_) | Taken::Nothing => None,
        };
        let mut last = at;
        for refusal in refused {
            let opened = entry.as_ref().filter(|entry| entry.came < refusal.at);
            session.refuse(flow, opened, &refusal.recipient, &refusal.reply, refusal.at);
            last = last.max(refusal.at);
        }
        let Some(entry) = entry else {
            session.end(flow, last + 20_000);
            return;
        };
        let named = entry.came + flow.moment(15, 70);
        session.take(flow, &entry, legs.len(), None);
        let item = Item { host, entry };
        item.name(flow, named);
        let handed = legs.iter().filter_map(|(_, story)| story.turns.last());
        let handed = handed.map(|(at, _)| *at).max().unwrap_or(named).max(named);
        // Until the other's line tells more, this is a message that nobody knows the recipients of.
        let nameless = self.nameless(item.mail(), named);
        self.tell_nameless(flow, item.mail(), nameless, handed);
        let ended = handed + flow.moment(1, 300);
        session.end(flow, ended);
        let accepted = legs
            .into_iter()
            .map(|(given, story)| {
                let goes_to = self.goal(flow, host, &given);
                (Addressee { given, goes_to }, story)
            })
            .collect();
        let at = handed + flow.moment(1, 30);
        self.accepted(flow, &item, accepted, at);
    }

    /// All that was taken so far is put off by the filter, at the end of the message.
    fn take_not(&mut self, flow: &mut Flow, mut session: Session, item: Item, refused: &[Refusal]) {
        session.take(flow, &item.entry, refused.len(), None);
        item.name(flow, item.entry.came + 20_000);
        let mut last = item.entry.came;
        // The line names one recipient.
        if let Some(refusal) = refused.last() {
            last = refusal.at;
            let what = QueueFact::MilterRefused {
                entry: item.entry.clone(),
                recipient: refusal.recipient.clone(),
                reply: refusal.reply.clone(),
            };
            item.log(flow, last, what);
        }
        session.end(flow, last + 5000);
        flow.free(item.host, &item.entry, last);
    }

    /// Another host of these logs, as those see it to whom it connects.
    fn client(&self, flow: &Flow, host: usize) -> Client {
        let host = flow.hosts.get(host);
        Client {
            name: host.map(|host| host.full_name.into()),
            ip: host.map_or("", |host| host.ip).into(),
        }
    }
}

/// Whether a host logs whom it refuses in a session.
fn logs_refusals(flow: &Flow, host: usize) -> bool {
    let host = flow.hosts.get(host);
    host.is_some_and(|host| host.system == System::Postfix)
}
