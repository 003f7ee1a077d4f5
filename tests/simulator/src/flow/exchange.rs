//! Exchange: servers of one organisation and its tenant in Exchange Online. Mail from outside and from its
//! people is filtered, resolved, expanded, moderated, forwarded, delivered, handed on, sent out, put off
//! and returned.
//!
//! Exchange Online runs the same transport service, so it is one more place here, whose happenings are told
//! by reports instead of logs, and whose filter knows a quarantine.

mod filter;
mod mailbox;
mod online;
mod resolve;
mod route;

use std::rc::Rc;

use super::{Arrival, Flow, Taken, is, story};
use crate::calendar::{Time, stamp};
use crate::fact::{Client, Mail, Service, Text, TransportFact, What};
use crate::truth::{Reported, Status, Story, Turn};
use crate::world::{DOMAIN, Host, Role, System};

/// The organisation's servers and its tenant, by their places among all hosts.
#[derive(Debug)]
pub struct Servers {
    hosts: Rc<[Host]>,
    mine: Vec<usize>,
}

/// A message at a server, under the number that it has there.
#[derive(Clone, Debug)]
struct Copy {
    host: usize,
    number: u64,
    /// The same for all copies in the organisation.
    network_id: u128,
    mail: Rc<Mail>,
    is_incoming: bool,
    /// Sits in Junk Email if it is delivered, as was found there and then.
    junked: Option<(usize, Time)>,
}

/// A recipient on its way, with what led to it.
#[derive(Debug)]
struct Leg {
    address: Text,
    story: Story,
}

impl Servers {
    pub fn new(hosts: &Rc<[Host]>) -> Self {
        let places = hosts.iter().enumerate();
        let mine = places.filter(|(_, host)| host.system != System::Postfix);
        Servers {
            hosts: hosts.clone(),
            mine: mine.map(|(place, _)| place).collect(),
        }
    }

    /// Whether this place is the tenant in Exchange Online.
    fn is_online(&self, host: usize) -> bool {
        let system = self.hosts.get(host).map(|host| host.system);
        system == Some(System::ExchangeOnline)
    }

    /// Where this mailbox is; nowhere if it is outside.
    fn home(&self, address: &str) -> Option<usize> {
        if !address.ends_with(DOMAIN) {
            return None;
        }
        let mix = |sum: usize, byte: u8| sum.wrapping_mul(31).wrapping_add(usize::from(byte));
        let sum = address.bytes().fold(0, mix) >> 3;
        // Where one server is left beside the tenant, most have moved there.
        match self.mine.as_slice() {
            [server, tenant] if self.is_online(*tenant) => {
                Some(if sum % 5 == 0 { *server } else { *tenant })
            }
            all => all.get(sum % all.len().max(1)).copied(),
        }
    }

    /// The relay that stands between the servers and the outside.
    fn edge(&self) -> Option<usize> {
        let is_edge = |host: &Host| host.system == System::Postfix && host.role == Role::Edge;
        self.hosts.iter().position(is_edge)
    }

    /// The server that keeps shadow copies for this one: the next.
    fn shadow(&self, host: usize) -> usize {
        let servers = self.mine.iter().filter(|one| !self.is_online(**one));
        let after = servers.clone().find(|one| **one > host);
        after.or(servers.clone().next()).copied().unwrap_or(host)
    }

    /// Someone hands a message in.
    pub fn arrival(&mut self, flow: &mut Flow, at: Time) {
        match flow.random.per_mille(600) {
            true => self.come_in(flow, at),
            false => self.submission(flow, at),
        }
    }

    /// Someone outside sends a message to a place that takes mail from there.
    pub fn come_in(&mut self, flow: &mut Flow, at: Time) {
        let has_edge = self.edge().is_some();
        let doors = self.mine.iter().copied();
        let doors: Vec<usize> = doors
            .filter(|host| !has_edge || self.is_online(*host))
            .collect();
        let host = *flow.random.pick(&doors);
        let peer = flow.random.pick(&flow.world.peers).clone();
        let sender = flow.random.pick(&peer.people).clone();
        let mut mail = flow.mail(&sender, peer.client(), None);
        if mail.message_id.is_empty() {
            mail.message_id = self.message_id(flow, host, mail.number);
        }
        let mail = Rc::new(mail);
        let copy = self.copy(flow, host, &mail, true);
        let legs = self.addressed(flow, &mail, true);
        let at = self.received(flow, &copy, &legs, at);
        let legs = begun(legs, at);
        self.look_at(flow, copy, legs, at);
    }

    /// One of the organisation's people sends a message, from where the mailbox is.
    pub fn submission(&mut self, flow: &mut Flow, at: Time) {
        let sender = flow.random.pick(&flow.world.people).clone();
        let host = self.home(&sender).unwrap_or_default();
        let client = Client {
            name: Some(self.name(host)),
            ip: self.ip(host),
        };
        let mut mail = flow.mail(&sender, client, None);
        // Exchange gives every message an id.
        mail.message_id = self.message_id(flow, host, mail.number);
        let mail = Rc::new(mail);
        let copy = self.copy(flow, host, &mail, false);
        let legs = self.addressed(flow, &mail, false);
        self.submitted(flow, &copy, &legs, at);
        let sent = at + flow.moment(3, 8);
        let at = self.received(flow, &copy, &legs, sent);
        let legs = begun(legs, at);
        if self.is_online(host) {
            self.checked_on_the_way_out(flow, &copy, &legs, at);
        }
        self.resolve(flow, &copy, legs, at);
    }

    /// Another system hands a message in, whose recipients have their stories so far.
    pub fn take(&mut self, flow: &mut Flow, at: Time, arrival: Arrival) {
        let Taken::Copy(number) = arrival.taken_as else {
            return;
        };
        let mut copy = self.copy(flow, arrival.host, &arrival.mail, true);
        copy.number = number;
        let legs = arrival.legs.into_iter();
        let legs: Vec<Leg> = legs
            .map(|(address, story)| Leg { address, story })
            .collect();
        let at = self.received_from(flow, &copy, &legs, &arrival.client, at);
        // The sender's line is the last of the hand-over.
        let handed = legs
            .iter()
            .filter_map(|leg| leg.story.turns.last().map(|(at, _)| *at));
        let at = handed.fold(at, Time::max) + 1000;
        self.look_at(flow, copy, legs, at);
    }

    /// The filters of the place look at mail from outside.
    fn look_at(&mut self, flow: &mut Flow, copy: Copy, legs: Vec<Leg>, at: Time) {
        if self.is_online(copy.host) {
            self.protect(flow, copy, legs, at);
        } else {
            self.filtered(flow, copy, legs, at);
        }
    }

    /// Whom a message is addressed to, none with a story yet.
    fn addressed(&self, flow: &mut Flow, mail: &Mail, is_incoming: bool) -> Vec<Leg> {
        let recipients = self.recipients(flow, is_incoming);
        let leg = |address: Text| Leg {
            story: story(mail, &address, 0),
            address,
        };
        recipients.into_iter().map(leg).collect()
    }

    fn recipients(&self, flow: &mut Flow, is_incoming: bool) -> Vec<Text> {
        let count = match flow.random.below(100) {
            0..75 => 1,
            75..90 => 2,
            _ => flow.random.between(3, 9),
        };
        let mut recipients: Vec<Text> = Vec::new();
        for _ in 0..count {
            let outside = if is_incoming { 0 } else { 400 };
            let one = match flow.random.weighted(&[820, 70, 20, 20, 30, outside]) {
                0 => flow.random.pick(&flow.world.people).clone(),
                1 => flow.random.pick(&flow.world.aliases).0.clone(),
                2 => flow.random.pick(&flow.world.nested).0.clone(),
                3 => flow.random.pick(&flow.world.forwards).0.clone(),
                4 => format!("nobody{}@{DOMAIN}", flow.random.below(100_000)).into(),
                _ => {
                    let peer = flow.random.pick(&flow.world.peers).clone();
                    flow.random.pick(&peer.people).clone()
                }
            };
            // Who is a member as well gets one copy, and which address it counts for is open.
            let is_group = |address: &Text| {
                flow.world.aliases.iter().any(|(group, _)| group == address)
                    || flow.world.nested.iter().any(|(group, _)| group == address)
            };
            // The same of those whom another's mail goes on to.
            let is_heir = |address: &Text, of: &Text| {
                let forwards = &flow.world.forwards;
                forwards
                    .iter()
                    .any(|(from, to)| from == of && to == address)
            };
            let is_heir = recipients
                .iter()
                .any(|other| is_heir(other, &one) || is_heir(&one, other));
            let is_alone =
                recipients.iter().any(is_group) || (is_group(&one) && !recipients.is_empty());
            if !recipients.contains(&one) && !is_alone && !is_heir {
                recipients.push(one);
            }
        }
        recipients
    }

    fn name(&self, host: usize) -> Text {
        self.hosts.get(host).map_or("", |host| host.name).into()
    }

    fn full(&self, host: usize) -> Text {
        self.hosts
            .get(host)
            .map_or("", |host| host.full_name)
            .into()
    }

    fn ip(&self, host: usize) -> Text {
        self.hosts.get(host).map_or("", |host| host.ip).into()
    }

    /// The server that holds a copy; in Exchange Online one of many.
    fn server(&self, copy: &Copy) -> Text {
        match self.is_online(copy.host) {
            true => backend(copy.number),
            false => self.full(copy.host),
        }
    }

    fn message_id(&self, flow: &mut Flow, host: usize, number: u64) -> Text {
        let token = flow.random.below(u64::MAX);
        let server = match self.is_online(host) {
            true => backend(number),
            false => self.full(host),
        };
        format!("<{token:016x}{number:08x}@{server}>").into()
    }

    fn copy(&self, flow: &mut Flow, host: usize, mail: &Rc<Mail>, is_incoming: bool) -> Copy {
        let number = flow.copy_number();
        let seed = u128::from(number) << 32 | u128::from(mail.number);
        Copy {
            host,
            number,
            network_id: seed.wrapping_mul(0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15) | 1,
            mail: mail.clone(),
            is_incoming,
            junked: None,
        }
    }

    /// A further copy of the same message, here or elsewhere.
    fn copied(&self, flow: &mut Flow, copy: &Copy, host: usize) -> Copy {
        Copy {
            host,
            number: flow.copy_number(),
            ..copy.clone()
        }
    }

    /// What became of a recipient, as this place can tell it.
    fn became(&self, copy: &Copy, status: Status, reason: &'static str) -> Turn {
        match self.is_online(copy.host) {
            true => Turn::Reported(Reported::alike(status, reason)),
            false => is(status, reason),
        }
    }

    /// A row about a copy, with nothing in it yet.
    fn row(&self, copy: &Copy, source: &'static str, event: &'static str) -> TransportFact {
        TransportFact {
            service: Service::Transport,
            source,
            event,
            copy: copy.number,
            network_id: copy.network_id,
            recipients: Vec::new(),
            related: None,
            reference: "".into(),
            context: "".into(),
            connector: "".into(),
            from: ("".into(), "".into()),
            to: ("".into(), "".into()),
            info: "".into(),
            is_incoming: copy.is_incoming,
            custom: "S:DeliveryPriority=Normal".into(),
            became: None,
        }
    }

    fn log(&self, flow: &mut Flow, copy: &Copy, at: Time, row: TransportFact) {
        flow.fact(at, copy.host, &copy.mail, What::Transport(Box::new(row)));
    }

    /// Out of an Outbox, by the submission service.
    fn submitted(&self, flow: &mut Flow, copy: &Copy, legs: &[Leg], at: Time) {
        let (host, mail) = (copy.host, &copy.mail);
        let event = if self.is_online(host) {
            "RECEIVE"
        } else {
            "SUBMIT"
        };
        let mut submit = self.row(copy, "STOREDRIVER", event);
        submit.service = Service::Submission;
        submit.recipients = all(legs);
        submit.from = (self.ip(host), self.name(host));
        submit.to = ("".into(), self.name(host));
        if self.is_online(host) {
            submit.from = ("".into(), self.server(copy));
            submit.to = ("".into(), self.server(copy));
            for ((_, status), word) in submit.recipients.iter_mut().zip(["To", "Cc"]) {
                *status = word.into();
            }
        } else {
            submit.copy = 0;
        }
        submit.context = format!(
            "MDB:f4adaa08-0000-4000-8000-0000000000{host:02x}, Mailbox:84dd42d9-0000-4000-8000-{:012x}, Event:{}, MessageClass:IPM.Note, CreationTime:{}, ClientType:MOMT",
            mail.number,
            mail.number * 3,
            stamp(at)
        )
        .into();
        self.log(flow, copy, at, submit);
    }

    /// Comes in by SMTP from whoever hands it in; when that is done.
    fn received(&self, flow: &mut Flow, copy: &Copy, legs: &[Leg], at: Time) -> Time {
        let client = copy.mail.client.clone();
        self.received_from(flow, copy, legs, &client, at)
    }

    /// Comes in by SMTP from this host; when that is done.
    fn received_from(
        &self,
        flow: &mut Flow,
        copy: &Copy,
        legs: &[Leg],
        client: &Client,
        at: Time,
    ) -> Time {
        let (host, mail) = (copy.host, &copy.mail);
        let mut row = self.row(copy, "SMTP", "RECEIVE");
        row.recipients = all(legs);
        row.from = (client.ip.clone(), client.name.clone().unwrap_or("".into()));
        row.to = (self.ip(host), self.name(host));
        row.connector = format!("{}\\Default {}", self.name(host), self.name(host)).into();
        row.context = format!("08DE{:012X};{};0", mail.number, stamp(at)).into();
        row.info = "0cA: ".into();
        let proxied = match copy.is_incoming {
            true => format!(
                "S:FromEntity=Internet;S:ProxiedClientIPAddress={};S:ProxiedClientHostname={};S:DeliveryPriority=Normal",
                client.ip,
                client.name.as_deref().unwrap_or("")
            ),
            false => "S:FromEntity=Hosted;S:DeliveryPriority=Normal".to_owned(),
        };
        row.custom = match self.is_online(host) {
            true => {
                row.to = ("".into(), self.server(copy));
                row.connector = "".into();
                if !copy.is_incoming {
                    row.from = row.to.clone();
                }
                format!("S:FirstForestHop={};{proxied}", self.server(copy)).into()
            }
            false => format!(
                "S:ProxyHop1={}({});{proxied}",
                self.full(host),
                self.ip(host)
            )
            .into(),
        };
        let received = at + flow.moment(5, 15);
        self.log(flow, copy, received, row);
        if !self.is_online(host) && flow.random.per_mille(400) {
            self.shadowed(flow, copy, legs, received);
        }
        received + flow.moment(20, 300)
    }

    /// The next server keeps a copy until this one has done its work.
    fn shadowed(&self, flow: &mut Flow, copy: &Copy, legs: &[Leg], received: Time) {
        let next = self.shadow(copy.host);
        if next == copy.host {
            return;
        }
        let mut row = self.row(copy, "SMTP", "HAREDIRECT");
        row.recipients = all(legs);
        row.to = (self.ip(next), self.full(next));
        self.log(flow, copy, received - 1000, row);
        let kept = self.copied(flow, copy, next);
        let mut row = self.row(&kept, "SMTP", "HARECEIVE");
        row.recipients = all(legs);
        row.from = (self.ip(copy.host), self.full(copy.host));
        row.to = (self.ip(next), self.name(next));
        self.log(flow, &kept, received - 1500, row);
        let mut row = self.row(&kept, "REDUNDANCY", "HADISCARD");
        row.recipients = all(legs);
        row.context = "DiscardStatus=Delivered".into();
        let discarded = received + flow.moment(60_000, 300_000);
        self.log(flow, &kept, discarded, row);
    }
}

/// The recipients, with nothing said of them.
fn all(legs: &[Leg]) -> Vec<(Text, Text)> {
    let nothing: Text = "".into();
    let addresses = legs.iter().map(|leg| leg.address.clone());
    addresses
        .map(|address| (address, nothing.clone()))
        .collect()
}

/// The same recipients, whose stories begin now.
fn begun(legs: Vec<Leg>, at: Time) -> Vec<Leg> {
    let begin = |mut leg: Leg| {
        leg.story.has_id_from = at;
        leg.story.turns.push((at, Turn::UnderWay));
        leg
    };
    legs.into_iter().map(begin).collect()
}

/// One of Exchange Online's servers.
fn backend(number: u64) -> Text {
    let of = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let (site, server) = (1 + of % 4, 1000 + of / 7 % 800);
    format!(
        "AM{}PR{site:02}MB{server}.eurprd{site:02}.prod.outlook.com",
        of % 9
    )
    .into()
}
