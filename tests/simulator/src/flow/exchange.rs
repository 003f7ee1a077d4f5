//! Two Exchange servers of one organisation: mail from outside and from its people is resolved, expanded,
//! moderated, filtered, forwarded, delivered, sent out, put off and returned.

use std::rc::Rc;

use super::{Flow, is, story};
use crate::calendar::{DAY, HOUR, MINUTE, Time};
use crate::fact::{Client, Mail, Service, Text, TransportFact, What};
use crate::truth::{Status, Story, Turn};
use crate::world::{DOMAIN, Host};

/// The connector between servers of an organisation.
const INTERNAL: &str = "Intra-Organization SMTP Send Connector";

/// The servers, by their places among all hosts.
#[derive(Debug)]
pub struct Servers {
    hosts: Rc<[Host]>,
    mine: [usize; 2],
}

/// A message at a server, under the number that it has there.
#[derive(Clone, Debug)]
struct Copy {
    host: usize,
    number: u64,
    mail: Rc<Mail>,
    is_incoming: bool,
    /// Sits in Junk Email if it is delivered, as was found then.
    junked: Option<Time>,
}

/// A recipient on its way, with what led to it.
struct Leg {
    address: Text,
    story: Story,
}

impl Servers {
    pub fn new(hosts: &Rc<[Host]>, mine: [usize; 2]) -> Self {
        Servers {
            hosts: hosts.clone(),
            mine,
        }
    }

    fn other(&self, host: usize) -> usize {
        let [first, second] = self.mine;
        if host == first { second } else { first }
    }

    /// Someone hands a message in.
    pub fn arrival(&mut self, flow: &mut Flow, at: Time) {
        let host = *flow.random.pick(&self.mine);
        let is_incoming = flow.random.per_mille(600);
        let (sender, client) = if is_incoming {
            let peer = flow.random.pick(&flow.world.peers).clone();
            (flow.random.pick(&peer.people).clone(), peer.client())
        } else {
            let sender = flow.random.pick(&flow.world.people).clone();
            let client = Client {
                name: Some(self.name(host)),
                ip: self.ip(host),
            };
            (sender, client)
        };
        let mut mail = flow.mail(&sender, client, None);
        if !is_incoming || mail.message_id.is_empty() {
            // Exchange gives every message an id.
            let token = flow.random.below(u64::MAX);
            mail.message_id =
                format!("<{token:016x}{:08x}@{}>", mail.number, self.full(host)).into();
        }
        let mail = Rc::new(mail);
        let recipients = self.recipients(flow, is_incoming);
        let copy = self.received(flow, host, &mail, is_incoming, &recipients, at);
        let at = at + flow.moment(20, 300);
        let legs = recipients
            .into_iter()
            .map(|address| {
                let mut story = story(&mail, &address, at);
                story.turns.push((at, Turn::UnderWay));
                Leg { address, story }
            })
            .collect();
        if is_incoming {
            self.filtered(flow, copy, legs, at);
        } else {
            self.resolve(flow, &copy, legs, at);
        }
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

    fn copy(&self, flow: &mut Flow, host: usize, mail: &Rc<Mail>, is_incoming: bool) -> Copy {
        Copy {
            host,
            number: flow.copy_number(),
            mail: mail.clone(),
            is_incoming,
            junked: None,
        }
    }

    /// A row about a copy, with nothing in it yet.
    fn row(&self, copy: &Copy, source: &'static str, event: &'static str) -> TransportFact {
        let number = u128::from(copy.mail.number);
        TransportFact {
            service: Service::Transport,
            source,
            event,
            copy: copy.number,
            network_id: number.wrapping_mul(0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15) | 1,
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
        }
    }

    fn log(&self, flow: &mut Flow, copy: &Copy, at: Time, row: TransportFact) {
        flow.fact(at, copy.host, &copy.mail, What::Transport(Box::new(row)));
    }

    /// Comes in by SMTP, or out of an Outbox and then by SMTP from the server's own submission service.
    fn received(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        is_incoming: bool,
        recipients: &[Text],
        at: Time,
    ) -> Copy {
        let copy = self.copy(flow, host, mail, is_incoming);
        let all: Vec<(Text, Text)> = recipients
            .iter()
            .map(|one| (one.clone(), "".into()))
            .collect();
        let mut received = at + flow.moment(5, 15);
        if !is_incoming {
            let mut submit = self.row(&copy, "STOREDRIVER", "SUBMIT");
            submit.service = Service::Submission;
            submit.copy = 0;
            submit.recipients = all.clone();
            submit.from = (self.ip(host), self.name(host));
            submit.to = ("".into(), self.name(host));
            submit.context = format!(
                "MDB:f4adaa08-0000-4000-8000-0000000000{host:02x}, Mailbox:84dd42d9-0000-4000-8000-{:012x}, Event:{}, MessageClass:IPM.Note, CreationTime:2026-09-14T08:00:00.000Z, ClientType:MOMT",
                mail.number,
                mail.number * 3
            )
            .into();
            self.log(flow, &copy, at, submit);
            received = at + flow.moment(8, 18);
        }
        let mut row = self.row(&copy, "SMTP", "RECEIVE");
        row.recipients = all;
        row.from = (
            mail.client.ip.clone(),
            mail.client.name.clone().unwrap_or("".into()),
        );
        row.to = (self.ip(host), self.name(host));
        row.connector = format!("{}\\Default {}", self.name(host), self.name(host)).into();
        row.context = format!("08DE{:012X};2026-09-14T00:00:00.000Z;0", mail.number).into();
        row.info = "0cA: ".into();
        let proxied = match is_incoming {
            true => format!(
                "S:FromEntity=Internet;S:ProxiedClientIPAddress={};S:ProxiedClientHostname={};S:DeliveryPriority=Normal",
                mail.client.ip,
                mail.client.name.as_deref().unwrap_or("")
            ),
            false => "S:FromEntity=Hosted;S:DeliveryPriority=Normal".to_owned(),
        };
        row.custom = format!(
            "S:ProxyHop1={}({});{proxied}",
            self.full(host),
            self.ip(host)
        )
        .into();
        self.log(flow, &copy, received, row);
        if flow.random.per_mille(400) {
            let mut shadow = self.row(&copy, "SMTP", "HAREDIRECT");
            shadow.recipients = recipients
                .iter()
                .map(|one| (one.clone(), "".into()))
                .collect();
            shadow.to = (self.ip(self.other(host)), self.full(self.other(host)));
            self.log(flow, &copy, received - 1000, shadow);
        }
        copy
    }

    /// The agents look at mail from outside.
    fn filtered(&mut self, flow: &mut Flow, mut copy: Copy, legs: Vec<Leg>, at: Time) {
        let at = at + flow.moment(10, 200);
        let all = |legs: &[Leg]| -> Vec<(Text, Text)> {
            legs.iter()
                .map(|leg| (leg.address.clone(), "".into()))
                .collect()
        };
        let mut info = self.row(&copy, "AGENT", "AGENTINFO");
        info.recipients = all(&legs);
        let ip = copy.mail.client.ip.clone();
        let clean = format!(
            "S:AMA=SUM|v=0|action=p|error=|atch=0;S:SFA=SUM|SFV=NSPM|SCL=1|CIP={ip};S:DeliveryPriority=Normal"
        );
        let end = match flow.random.below(1000) {
            0..40 => {
                info.custom = format!("S:AMA=SUM|v=0|action=p|error=|atch=0;S:SFA=SUM|SFV=SPM|IPV=NLI|SCL=6|DI=SJ|CIP={ip}").into();
                copy.junked = Some(at);
                None
            }
            40..55 => {
                info.custom = format!("S:SFA=SUM|SFV=SPM|SCL=9|DI=SQ|CIP={ip}").into();
                Some(("", "", is(Status::Quarantined, "quarantined")))
            }
            55..70 => {
                info.custom = format!("S:SFA=SUM|SFV=SPM|SCL=9|CIP={ip}").into();
                Some((
                    "Content Filter Agent",
                    "550 5.7.1 Message rejected as spam by Content Filtering.",
                    is(Status::FilteredAsSpam, "rejected by the filter"),
                ))
            }
            70..78 => {
                info.custom = "S:AMA=EV|engine=M|v=1.2.3|sig=1|name=Contoso.Test|file=a.exe".into();
                Some((
                    "Malware Agent",
                    "550 5.7.1 malware",
                    is(Status::Failed, "malware"),
                ))
            }
            78..88 => {
                info.custom = clean.into();
                Some((
                    "Transport Rule Agent",
                    "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
                    is(Status::Failed, "rejected by a rule"),
                ))
            }
            _ => {
                info.custom = clean.into();
                None
            }
        };
        self.log(flow, &copy, at, info);
        let Some((agent, text, turn)) = end else {
            self.resolve(flow, &copy, legs, at);
            return;
        };
        let done = at + flow.moment(1, 50);
        if !agent.is_empty() {
            let mut fail = self.row(&copy, "AGENT", "FAIL");
            fail.context = agent.into();
            fail.recipients = legs
                .iter()
                .map(|leg| (leg.address.clone(), text.into()))
                .collect();
            self.log(flow, &copy, done, fail);
            if agent.starts_with("Transport") {
                self.notice(flow, &copy, done + 10_000);
            }
        }
        for mut leg in legs {
            leg.story.turns.push((done, turn));
            flow.tell(leg.story, &copy.mail);
        }
    }

    /// What each address stands for.
    fn resolve(&mut self, flow: &mut Flow, copy: &Copy, legs: Vec<Leg>, mut at: Time) {
        let mut known: Vec<Leg> = Vec::new();
        for mut leg in legs {
            at += flow.moment(1, 15);
            let address = leg.address.clone();
            let nested = flow
                .world
                .nested
                .iter()
                .find(|(group, _)| *group == address);
            let alias = flow
                .world
                .aliases
                .iter()
                .find(|(group, _)| *group == address);
            let forward = flow
                .world
                .forwards
                .iter()
                .find(|(from, _)| *from == address);
            if let Some((_, groups)) = nested.cloned() {
                let groups: Vec<(Text, Vec<Text>)> = groups
                    .iter()
                    .filter_map(|place| flow.world.aliases.get(*place).cloned())
                    .collect();
                let names: Vec<Text> = groups.iter().map(|(name, _)| name.clone()).collect();
                self.expand(flow, copy, &address, &names, at);
                leg.story.turns.push((at, is(Status::Expanded, "group")));
                flow.tell(leg.story, &copy.mail);
                let mut seen: Vec<Text> = Vec::new();
                for (name, members) in groups {
                    at += flow.moment(1, 15);
                    self.expand(flow, copy, &name, &members, at);
                    let mut story = story(&copy.mail, &name, at);
                    story.turns.push((at, is(Status::Expanded, "group")));
                    flow.tell(story, &copy.mail);
                    let twice: Vec<Text> = members
                        .iter()
                        .filter(|one| seen.contains(one))
                        .cloned()
                        .collect();
                    if !twice.is_empty() {
                        let mut row = self.row(copy, "ROUTING", "DUPLICATEEXPAND");
                        row.recipients = twice.into_iter().map(|one| (one, "".into())).collect();
                        row.related = Some(name.clone());
                        self.log(flow, copy, at + 1000, row);
                    }
                    for member in members {
                        if !seen.contains(&member) {
                            seen.push(member.clone());
                            known.push(self.member(copy, member, at));
                        }
                    }
                }
            } else if let Some((_, members)) = alias.cloned() {
                if &*address == "board@contoso.example" {
                    self.moderated(flow, copy, leg, members, at);
                } else if let [only] = members.as_slice() {
                    let mut row = self.row(copy, "ROUTING", "RESOLVE");
                    row.recipients = vec![(only.clone(), "".into())];
                    row.related = Some(address.clone());
                    self.log(flow, copy, at, row);
                    known.push(self.replaced(copy, leg, only, at));
                } else {
                    self.expand(flow, copy, &address, &members, at);
                    leg.story.turns.push((at, is(Status::Expanded, "group")));
                    flow.tell(leg.story, &copy.mail);
                    for member in members {
                        known.push(self.member(copy, member, at));
                    }
                }
            } else if let Some((_, target)) = forward.cloned() {
                let mut row = self.row(copy, "ROUTING", "REDIRECT");
                row.recipients = vec![(target.clone(), "".into())];
                row.related = Some(address.clone());
                self.log(flow, copy, at, row);
                known.push(self.replaced(copy, leg, &target, at));
            } else if address.starts_with("nobody") {
                let mut row = self.row(copy, "ROUTING", "FAIL");
                let text = "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup";
                row.recipients = vec![(address.clone(), text.into())];
                self.log(flow, copy, at, row);
                leg.story.turns.push((at, is(Status::Failed, "unknown")));
                flow.tell(leg.story, &copy.mail);
                self.notice(flow, copy, at + 10_000);
            } else {
                known.push(leg);
            }
        }
        if !known.is_empty() {
            self.route(flow, copy, known, at);
        }
    }

    fn member(&self, copy: &Copy, address: Text, at: Time) -> Leg {
        let mut story = story(&copy.mail, &address, at);
        story.turns.push((at, Turn::UnderWay));
        Leg { address, story }
    }

    /// The address that takes the place of this one: two stories with the same end. The first is told
    /// with the second.
    fn replaced(&self, copy: &Copy, leg: Leg, by: &Text, at: Time) -> Leg {
        let mut next = self.member(copy, by.clone(), at);
        next.story.stands_for = Some(Box::new(Story {
            replaced_by: Some((at, by.clone())),
            ..leg.story
        }));
        next
    }

    fn expand(&self, flow: &mut Flow, copy: &Copy, group: &Text, members: &[Text], at: Time) {
        const TEXT: &str = "250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded";
        let mut row = self.row(copy, "ROUTING", "EXPAND");
        row.recipients = members.iter().map(|one| (one.clone(), "".into())).collect();
        if let Some((_, status)) = row.recipients.first_mut() {
            *status = TEXT.into();
        }
        row.related = Some(group.clone());
        self.log(flow, copy, at, row);
        let mut drop = self.row(copy, "ROUTING", "DROP");
        drop.recipients = vec![(group.clone(), TEXT.into())];
        self.log(flow, copy, at + 1000, drop);
    }

    /// A group whose moderator decides.
    fn moderated(
        &mut self,
        flow: &mut Flow,
        copy: &Copy,
        mut leg: Leg,
        members: Vec<Text>,
        at: Time,
    ) {
        let one = vec![(leg.address.clone(), Text::from(""))];
        let mut row = self.row(copy, "APPROVAL", "INITMESSAGECREATED");
        row.recipients = one.clone();
        self.log(flow, copy, at, row);
        leg.story
            .turns
            .push((at, is(Status::Pending, "waits for its moderator")));
        let decided = at + flow.moment(60_000, 14_400_000);
        let (event, turn) = match flow.random.below(10) {
            0..6 => ("MODERATORAPPROVE", is(Status::Expanded, "group")),
            6..8 => (
                "MODERATORREJECT",
                is(Status::Failed, "rejected by its moderator"),
            ),
            8 => (
                "MODERATIONEXPIRE",
                is(Status::Failed, "no moderator answered"),
            ),
            _ => {
                flow.tell(leg.story, &copy.mail);
                return;
            }
        };
        let mut row = self.row(copy, "APPROVAL", event);
        row.recipients = one.clone();
        self.log(flow, copy, decided, row);
        if event == "MODERATORAPPROVE" {
            let mut again = self.copy(flow, copy.host, &copy.mail, copy.is_incoming);
            again.junked = copy.junked;
            let mut row = self.row(&again, "APPROVAL", "RECEIVE");
            row.recipients = one;
            row.reference = copy.number.to_string().into();
            let at = decided + flow.moment(100, 900);
            self.log(flow, &again, at, row);
            let at = at + flow.moment(5, 50);
            self.expand(flow, &again, &leg.address, &members, at);
            leg.story.turns.push((at, turn));
            let legs = members
                .into_iter()
                .map(|member| self.member(&again, member, at))
                .collect();
            self.route(flow, &again, legs, at);
        } else {
            leg.story.turns.push((decided, turn));
        }
        flow.tell(leg.story, &copy.mail);
    }

    /// To the mailboxes of each server, and out.
    fn route(&mut self, flow: &mut Flow, copy: &Copy, legs: Vec<Leg>, at: Time) {
        let home = |leg: &Leg| match leg.address.ends_with(DOMAIN) {
            true => self.mine.get(leg.address.len() % 2).copied(),
            false => None,
        };
        let mut copy = copy.clone();
        let mut at = at;
        // Many recipients are split into copies.
        if legs.len() > 5 {
            let fork = self.copy(flow, copy.host, &copy.mail, copy.is_incoming);
            at += flow.moment(1, 20);
            let mut row = self.row(&fork, "ROUTING", "TRANSFER");
            row.recipients = legs
                .iter()
                .map(|leg| (leg.address.clone(), "".into()))
                .collect();
            row.reference = copy.number.to_string().into();
            row.context = "Resolver".into();
            self.log(flow, &copy, at, row);
            copy = Copy {
                junked: copy.junked,
                ..fork
            };
        }
        let (mut here, mut there, mut outside) = (Vec::new(), Vec::new(), Vec::new());
        for leg in legs {
            match home(&leg) {
                Some(host) if host == copy.host => here.push(leg),
                Some(_) => there.push(leg),
                None => outside.push(leg),
            }
        }
        if !here.is_empty() {
            self.deliver(flow, &copy, here, at);
        }
        if !there.is_empty() {
            self.hop(flow, &copy, there, at);
        }
        for leg in outside {
            self.send(flow, &copy, leg, at);
        }
    }

    /// To the other server.
    fn hop(&mut self, flow: &mut Flow, copy: &Copy, legs: Vec<Leg>, at: Time) {
        let other = self.other(copy.host);
        let mut at = at + flow.moment(30, 900);
        let mut send = self.row(copy, "SMTP", "SEND");
        send.recipients = legs
            .iter()
            .map(|leg| (leg.address.clone(), "250 2.1.5 Recipient OK".into()))
            .collect();
        send.from = (self.ip(copy.host), self.name(copy.host));
        send.to = (self.ip(other), self.full(other));
        send.connector = INTERNAL.into();
        let mut next = self.copy(flow, other, &copy.mail, copy.is_incoming);
        next.junked = copy.junked;
        send.context = format!(
            ";250 2.6.0 {} [InternalId={}, Hostname={}] {} bytes in 0.101, 70.000 KB/sec Queued mail for delivery;ClientSubmitTime:",
            copy.mail.message_id,
            next.number,
            self.full(other),
            copy.mail.size
        )
        .into();
        let mut receive = self.row(&next, "SMTP", "RECEIVE");
        receive.recipients = legs
            .iter()
            .map(|leg| (leg.address.clone(), "".into()))
            .collect();
        receive.from = (self.ip(copy.host), self.full(copy.host));
        receive.to = (self.ip(other), self.name(other));
        receive.connector = format!("{}\\Default {}", self.name(other), self.name(other)).into();
        self.log(flow, &next, at, receive);
        at += flow.moment(1, 20);
        self.log(flow, copy, at, send);
        self.deliver(flow, &next, legs, at);
    }

    /// Into mailboxes of the copy's server.
    fn deliver(&mut self, flow: &mut Flow, copy: &Copy, legs: Vec<Leg>, at: Time) {
        let at = at + flow.moment(50, 1500);
        let mut whole: Vec<Leg> = Vec::new();
        for mut leg in legs {
            match flow.random.below(1000) {
                0..15 => {
                    let text = "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception";
                    self.failed(flow, copy, &leg, Service::Delivery, "STOREDRIVER", text, at);
                    leg.story
                        .turns
                        .push((at, is(Status::Failed, "mailbox full")));
                    self.tell(flow, leg, copy);
                    self.notice(flow, copy, at + 10_000);
                }
                15..40 => {
                    let mut row = self.row(copy, "STOREDRIVER", "DEFER");
                    row.service = Service::Delivery;
                    let text = "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded";
                    row.recipients = vec![(leg.address.clone(), text.into())];
                    row.to = ("".into(), self.full(copy.host));
                    self.log(flow, copy, at, row);
                    leg.story.turns.push((at, is(Status::Pending, "deferred")));
                    let later = at + flow.moment(60_000, 1_800_000);
                    self.delivered(flow, copy, vec![leg], "DELIVER", later);
                }
                40..44 => self.delivered(flow, copy, vec![leg], "DUPLICATEDELIVER", at + 2000),
                _ => whole.push(leg),
            }
        }
        if !whole.is_empty() {
            self.delivered(flow, copy, whole, "DELIVER", at + 3000);
        }
    }

    fn delivered(
        &self,
        flow: &mut Flow,
        copy: &Copy,
        legs: Vec<Leg>,
        event: &'static str,
        at: Time,
    ) {
        let mut row = self.row(copy, "STOREDRIVER", event);
        row.service = Service::Delivery;
        row.recipients = legs
            .iter()
            .map(|leg| (leg.address.clone(), "".into()))
            .collect();
        row.from = ("".into(), self.name(copy.host));
        row.to = ("".into(), self.full(copy.host));
        row.context = format!(
            "08DF{:012X};2026-09-14T00:00:00.000Z;ClientSubmitTime:",
            copy.number
        )
        .into();
        row.custom =
            "S:MailboxDatabaseName=DB01;S:E2ELatency=1.204;S:DeliveryPriority=Normal".into();
        self.log(flow, copy, at, row);
        let in_mailbox = (Status::Delivered, "in the mailbox");
        let turn = match copy.junked {
            Some(at) => Turn::Told {
                at,
                is: (Status::FilteredAsSpam, "junk"),
                else_is: in_mailbox,
            },
            None => Turn::Is(in_mailbox.0, in_mailbox.1),
        };
        for mut leg in legs {
            leg.story.turns.push((at, turn));
            self.tell(flow, leg, copy);
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one line has so many parts")]
    fn failed(
        &self,
        flow: &mut Flow,
        copy: &Copy,
        leg: &Leg,
        service: Service,
        source: &'static str,
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
        let led = detail("550 5.1.1 User unknown");
        let for_now = detail("450 4.7.1 Greylisted, try again later");
        let mut sent = self.row(
            copy,
            "SMTP",
            if copy.host == self.mine[1] {
                "SENDEXTERNAL"
            } else {
                "SEND"
            },
        );
        sent.recipients = vec![(leg.address.clone(), "250 2.1.5 Recipient OK".into())];
        sent.from = (self.ip(copy.host), self.name(copy.host));
        sent.to = (ip.clone(), server.clone());
        sent.connector = "To Internet".into();
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
            leg.story.turns.push((at, is(Status::Pending, "deferred")));
        };
        let outcome = match flow.random.below(1000) {
            0..50 => {
                self.failed(flow, copy, &leg, Service::Transport, "SMTP", &led, at);
                Some((at, "refused"))
            }
            50..100 => {
                let mut at = at;
                for _ in 0..flow.random.between(1, 5) {
                    defer(self, flow, &mut leg, at);
                    at += flow.moment(300_000, 900_000);
                }
                self.log(flow, copy, at, sent);
                leg.story.turns.push((at, is(Status::Delivered, "sent")));
                None
            }
            100..110 => {
                let mut next = at;
                while next < at + DAY {
                    defer(self, flow, &mut leg, next);
                    next += flow.moment(900_000, 7_200_000);
                }
                let text = "550 4.4.7 QUEUE.Expired; message expired";
                self.failed(flow, copy, &leg, Service::Transport, "QUEUE", text, next);
                Some((next, "expired"))
            }
            110..114 => {
                defer(self, flow, &mut leg, at);
                let at = at + HOUR + flow.moment(0, MINUTE / 1000);
                self.failed(flow, copy, &leg, Service::Transport, "ADMIN", "", at);
                Some((at, "removed by a person"))
            }
            _ => {
                self.log(flow, copy, at, sent);
                leg.story.turns.push((at, is(Status::Delivered, "sent")));
                None
            }
        };
        if let Some((at, reason)) = outcome {
            leg.story.turns.push((at, is(Status::Failed, reason)));
            if reason != "removed by a person" {
                self.notice(flow, copy, at + 10_000);
            }
        }
        self.tell(flow, leg, copy);
    }

    /// A leg has ended, and with it the address that it stands for.
    fn tell(&self, flow: &mut Flow, mut leg: Leg, copy: &Copy) {
        if let Some(mut replaced) = leg.story.stands_for.take() {
            replaced.turns.extend(&leg.story.turns);
            flow.tell(*replaced, &copy.mail);
        }
        flow.tell(leg.story, &copy.mail);
    }

    /// The sender is told that something failed.
    fn notice(&mut self, flow: &mut Flow, copy: &Copy, at: Time) {
        let about = copy.mail.clone();
        if about.sender.is_empty() {
            return;
        }
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
        mail.subject = format!("Undeliverable: {}", about.subject).into();
        let mail = Rc::new(mail);
        let notice = self.copy(flow, copy.host, &mail, false);
        let mut row = self.row(&notice, "DSN", "DSN");
        row.recipients = vec![(about.sender.clone(), "".into())];
        row.reference = about.message_id.clone();
        row.context = "failure".into();
        self.log(flow, &notice, at, row);
        let leg = self.member(&notice, about.sender.clone(), at);
        self.route(flow, &notice, vec![leg], at);
    }
}
