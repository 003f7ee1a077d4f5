//! Where recipients' mailboxes are, and the way there: to another server of the organisation, over the
//! hybrid connector, out to the world. And back, where that fails.

use std::rc::Rc;

use super::{Copy, Leg, Servers, all};
use crate::calendar::{DAY, HOUR, MINUTE, Time};
use crate::fact::{Client, Service, Text};
use crate::flow::{Arrival, Flow, Planned, Taken};
use crate::truth::{Status, Turn};
use crate::world::DOMAIN;

/// The connector between servers of an organisation.
const INTERNAL: &str = "Intra-Organization SMTP Send Connector";
/// Those that the hybrid wizard makes, here and there.
const TO_ONLINE: &str = "Outbound to Office 365 - 6a3c8f0e-0000-4000-8000-00000000c0de";
const FROM_ONLINE: &str = "Outbound to 6a3c8f0e-0000-4000-8000-00000000c0de";
const INBOUND: &str = "Inbound from 6a3c8f0e-0000-4000-8000-00000000c0de";
/// What takes the organisation's mail in Exchange Online.
const PROTECTION: (&str, &str) = (
    "203.0.113.200",
    "contoso-example.mail.protection.outlook.com",
);

/// What servers outside refuse with.
const REFUSALS: [&str; 4] = [
    "550 5.1.1 User unknown",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
    "550 5.7.1 Unable to relay",
    "554 5.7.1 Spam message rejected; see policy",
];

impl Servers {
    /// To the mailboxes of each place, and out.
    pub(super) fn route(&mut self, flow: &mut Flow, copy: &Copy, legs: Vec<Leg>, at: Time) {
        let mut copy = copy.clone();
        let mut at = at;
        // Many recipients are split into copies.
        if legs.len() > 5 {
            let fork = self.copied(flow, &copy, copy.host);
            at += flow.moment(1, 20);
            let mut row = self.row(&fork, "ROUTING", "TRANSFER");
            row.recipients = all(&legs);
            row.reference = copy.number.to_string().into();
            row.context = "Resolver".into();
            self.log(flow, &copy, at, row);
            copy = fork;
        }
        let mut homes: Vec<(usize, Vec<Leg>)> = Vec::new();
        let mut outside = Vec::new();
        for leg in legs {
            let Some(home) = self.home(&leg.address) else {
                outside.push(leg);
                continue;
            };
            match homes.iter_mut().find(|(host, _)| *host == home) {
                Some((_, legs)) => legs.push(leg),
                None => homes.push((home, vec![leg])),
            }
        }
        for (host, legs) in homes {
            if host == copy.host {
                self.deliver(flow, &copy, legs, at);
            } else {
                self.hop(flow, &copy, host, legs, at);
            }
        }
        match self.edge().filter(|_| !self.is_online(copy.host)) {
            Some(edge) if !outside.is_empty() => self.hand_out(flow, &copy, edge, outside, at),
            _ => {
                for leg in outside {
                    self.send(flow, &copy, leg, at);
                }
            }
        }
    }

    /// To another place of the organisation.
    fn hop(&mut self, flow: &mut Flow, copy: &Copy, to: usize, mut legs: Vec<Leg>, at: Time) {
        let mut at = at + flow.moment(30, 900);
        let next = self.copied(flow, copy, to);
        let is_hybrid = self.is_online(copy.host) != self.is_online(to);
        if is_hybrid && flow.random.per_mille(30) {
            at = self.put_off(flow, copy, &mut legs, at);
        }
        let mut receive = self.row(&next, "SMTP", "RECEIVE");
        receive.recipients = all(&legs);
        receive.from = (self.ip(copy.host), self.server(copy));
        receive.to = (self.ip(to), self.name(to));
        receive.connector = format!("{}\\Default {}", self.name(to), self.name(to)).into();
        let mut send = self.row(copy, "SMTP", "SEND");
        send.recipients = legs
            .iter()
            .map(|leg| (leg.address.clone(), "250 2.1.5 Recipient OK".into()))
            .collect();
        send.from = (self.ip(copy.host), self.server(copy));
        send.to = (self.ip(to), self.full(to));
        send.connector = INTERNAL.into();
        if self.is_online(to) {
            receive.to = ("".into(), self.server(&next));
            receive.connector = INBOUND.into();
            send.to = (PROTECTION.0.into(), PROTECTION.1.into());
            send.connector = TO_ONLINE.into();
        } else if is_hybrid {
            receive.from.0 = PROTECTION.0.into();
            receive.connector =
                format!("{}\\Default Frontend {}", self.name(to), self.name(to)).into();
            send.connector = FROM_ONLINE.into();
        }
        if is_hybrid {
            send.event = "SENDEXTERNAL";
        }
        send.context = format!(
            ";250 2.6.0 {} [InternalId={}, Hostname={}] {} bytes in 0.101, 70.000 KB/sec Queued mail for delivery;ClientSubmitTime:",
            copy.mail.message_id,
            next.number,
            self.server(&next),
            copy.mail.size
        )
        .into();
        self.log(flow, &next, at, receive);
        at += flow.moment(1, 20);
        self.log(flow, copy, at, send);
        let turn = match is_hybrid {
            true => Turn::HandedTo(to),
            false => Turn::UnderWay,
        };
        for leg in &mut legs {
            leg.story.turns.push((at, turn));
        }
        self.deliver(flow, &next, legs, at);
    }

    /// The next place cannot take anything for a while.
    fn put_off(&self, flow: &mut Flow, copy: &Copy, legs: &mut [Leg], at: Time) -> Time {
        let text = "451 4.7.0 Temporary server error. Please try again later. PRX4";
        let mut row = self.row(copy, "SMTP", "DEFER");
        row.recipients = legs
            .iter()
            .map(|leg| (leg.address.clone(), text.into()))
            .collect();
        self.log(flow, copy, at, row);
        let turn = self.became(copy, Status::Pending, "deferred");
        for leg in legs {
            leg.story.turns.push((at, turn));
        }
        at + flow.moment(300_000, 1_200_000)
    }

    /// To the relay at the edge, which sends it out.
    fn hand_out(
        &mut self,
        flow: &mut Flow,
        copy: &Copy,
        edge: usize,
        mut legs: Vec<Leg>,
        at: Time,
    ) {
        let mut at = at + flow.moment(40, 700);
        if flow.random.per_mille(20) {
            at = self.put_off(flow, copy, &mut legs, at);
        }
        let client = Client {
            name: Some(self.full(copy.host)),
            ip: self.ip(copy.host),
        };
        let entry = flow.queued(edge, &copy.mail, client.clone(), at + 30_000);
        let sent = entry.came + flow.moment(120, 600);
        let mut row = self.row(copy, "SMTP", "SENDEXTERNAL");
        row.recipients = legs
            .iter()
            .map(|leg| (leg.address.clone(), "250 2.1.5 Recipient OK".into()))
            .collect();
        row.from = (self.ip(copy.host), self.server(copy));
        row.to = (self.ip(edge), self.full(edge));
        row.connector = "To edge".into();
        row.context = format!(";250 2.0.0 Ok: queued as {};ClientSubmitTime:", entry.id).into();
        row.custom = "S:E2ELatency=1.100;S:ToEntity=Internet;S:DeliveryPriority=Normal".into();
        self.log(flow, copy, sent, row);
        let legs = legs.into_iter().map(|mut leg| {
            leg.story.turns.push((sent, Turn::HandedTo(edge)));
            (leg.address, leg.story)
        });
        let arrival = Arrival {
            host: edge,
            mail: copy.mail.clone(),
            taken_as: Taken::Entry(entry),
            client,
            legs: legs.collect(),
            refused: Vec::new(),
        };
        flow.schedule.plan(at, Planned::Arrival(Box::new(arrival)));
    }

    pub(super) fn failed(
        &self,
        flow: &mut Flow,
        copy: &Copy,
        leg: &Leg,
        (service, source): (Service, &'static str),
        text: &str,
        at: Time,
    ) {
        let mut row = self.row(copy, source, "FAIL");
        row.service = service;
        row.recipients = vec![(leg.address.clone(), text.into())];
        self.log(flow, copy, at, row);
    }

    /// Out of the organisation.
    fn send(&mut self, flow: &mut Flow, copy: &Copy, mut leg: Leg, at: Time) {
        const TRANSPORT: Service = Service::Transport;
        let at = at + flow.moment(200, 4000);
        let peer = flow
            .world
            .peers
            .iter()
            .find(|peer| leg.address.ends_with(&*peer.domain))
            .cloned();
        let (server, ip) = peer.map_or(("".into(), "".into()), |peer| (peer.server, peer.ip));
        let detail = |led: &str| {
            format!(
                "[{{LED={led}}};{{MSG=}};{{FQDN={server}}};{{IP={ip}}};{{LRT=9/14/2026 8:00:01 AM}}]"
            )
        };
        let refusal = *flow.random.pick(&REFUSALS);
        let led = detail(refusal);
        let for_now = detail("450 4.7.1 Greylisted, try again later");
        let is_plain = self.mine.first() == Some(&copy.host) && !self.is_online(copy.host);
        let mut sent = self.row(copy, "SMTP", if is_plain { "SEND" } else { "SENDEXTERNAL" });
        sent.recipients = vec![(leg.address.clone(), "250 2.1.5 Recipient OK".into())];
        sent.from = (self.ip(copy.host), self.server(copy));
        sent.to = (ip.clone(), server.clone());
        sent.connector = match self.is_online(copy.host) {
            true => "To_DefaultOpportunisticTLS".into(),
            false => "To Internet".into(),
        };
        sent.context = format!(
            ";250 2.0.0 Ok: queued as {:010X};ClientSubmitTime:",
            flow.random.below(1 << 40)
        )
        .into();
        sent.custom = "S:E2ELatency=4.100;S:ToEntity=Internet;S:DeliveryPriority=Normal".into();
        let defer = |servers: &Self, flow: &mut Flow, leg: &mut Leg, at: Time| {
            let mut row = servers.row(copy, "SMTP", "DEFER");
            row.recipients = vec![(leg.address.clone(), for_now.as_str().into())];
            row.to = (ip.clone(), server.clone());
            servers.log(flow, copy, at, row);
            let turn = servers.became(copy, Status::Pending, "deferred");
            leg.story.turns.push((at, turn));
        };
        let done = self.became(copy, Status::Delivered, "sent");
        let outcome = match flow.random.below(1000) {
            0..50 => {
                self.failed(flow, copy, &leg, (TRANSPORT, "SMTP"), &led, at);
                Some((at, "refused"))
            }
            50..100 => {
                let mut at = at;
                for _ in 0..flow.random.between(1, 5) {
                    defer(self, flow, &mut leg, at);
                    at += flow.moment(300_000, 900_000);
                }
                self.log(flow, copy, at, sent);
                leg.story.turns.push((at, done));
                None
            }
            100..110 => {
                let mut next = at;
                while next < at + DAY {
                    defer(self, flow, &mut leg, next);
                    next += flow.moment(900_000, 7_200_000);
                }
                let text = "550 4.4.7 QUEUE.Expired; message expired";
                self.failed(flow, copy, &leg, (TRANSPORT, "QUEUE"), text, next);
                Some((next, "expired"))
            }
            110..114 if !self.is_online(copy.host) => {
                defer(self, flow, &mut leg, at);
                let at = at + HOUR + flow.moment(0, MINUTE / 1000);
                self.failed(flow, copy, &leg, (TRANSPORT, "ADMIN"), "", at);
                Some((at, "removed by a person"))
            }
            _ => {
                self.log(flow, copy, at, sent);
                leg.story.turns.push((at, done));
                None
            }
        };
        if let Some((at, reason)) = outcome {
            let turn = self.became(copy, Status::Failed, reason);
            leg.story.turns.push((at, turn));
            if reason != "removed by a person" {
                self.notice(flow, copy, at);
            }
        }
        flow.tell(leg.story, &copy.mail);
    }

    /// The sender is told that something failed.
    pub(super) fn notice(&mut self, flow: &mut Flow, copy: &Copy, at: Time) {
        let about = copy.mail.clone();
        if about.sender.is_empty() {
            return;
        }
        let at = at + flow.moment(10, 4000);
        let subject = format!("Undeliverable: {}", about.subject);
        let (notice, to) = (
            self.own_mail(flow, copy, subject.into()),
            about.sender.clone(),
        );
        let mut row = self.row(&notice, "DSN", "DSN");
        row.recipients = vec![(to.clone(), "".into())];
        row.reference = about.message_id.clone();
        row.context = "failure".into();
        self.log(flow, &notice, at, row);
        let leg = self.member(&notice, to, at);
        self.route(flow, &notice, vec![leg], at);
    }

    /// The journaling agent sends a report with the message to the archive, which is outside.
    pub(super) fn journal(&mut self, flow: &mut Flow, copy: &Copy, at: Time) {
        let about = copy.mail.clone();
        let (report, to) = (
            self.own_mail(flow, copy, about.subject.clone()),
            Text::from("journal@lucerne.example"),
        );
        let mut row = self.row(&report, "AGENT", "RECEIVE");
        row.recipients = vec![(to.clone(), "".into())];
        row.reference = about.message_id.clone();
        row.context = "Journaling".into();
        self.log(flow, &report, at, row);
        let leg = self.member(&report, to, at);
        self.route(flow, &report, vec![leg], at);
    }

    /// A message of the server's own, whose return path is empty.
    fn own_mail(&self, flow: &mut Flow, copy: &Copy, subject: Text) -> Copy {
        let client = Client {
            name: None,
            ip: "".into(),
        };
        let mut mail = flow.mail("", client, None);
        mail.message_id = format!(
            "<{:032x}@{DOMAIN}>",
            u128::from(flow.random.below(u64::MAX))
        )
        .into();
        mail.subject = subject;
        let mail = Rc::new(mail);
        self.copy(flow, copy.host, &mail, false)
    }
}
