//! What the mailboxes of a place make of a message: they take it, are full, put it off, have it already,
//! send it on by a rule of their owner's.

use std::rc::Rc;

use super::{Copy, Leg, Servers};
use crate::calendar::{Time, stamp};
use crate::fact::{Client, Service};
use crate::flow::Flow;
use crate::truth::{Reported, Status, Turn};

const FULL: &str = "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded; Failed to process message due to a permanent exception";
const NOT_ALLOWED: &str =
    "550 5.7.124 RESOLVER.RST.SenderNotInAllowedSendersList; sender not in allowed-senders list";
const BUSY: &str = "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded";

impl Servers {
    /// Into mailboxes of the copy's place.
    pub(super) fn deliver(&mut self, flow: &mut Flow, copy: &Copy, legs: Vec<Leg>, at: Time) {
        let at = at + flow.moment(50, 1500);
        let mut whole: Vec<Leg> = Vec::new();
        let mut is_refused = false;
        for leg in legs {
            match flow.random.below(1000) {
                0..15 => {
                    is_refused = true;
                    self.refused_by_mailbox(flow, copy, leg, FULL, "mailbox full", at);
                }
                15..20 => {
                    is_refused = true;
                    self.refused_by_mailbox(flow, copy, leg, NOT_ALLOWED, "sender not allowed", at);
                }
                20..45 => self.delivered_late(flow, copy, leg, at),
                45..49 => self.delivered(flow, copy, vec![leg], "DUPLICATEDELIVER", at + 2000),
                _ => whole.push(leg),
            }
        }
        if !whole.is_empty() {
            self.delivered(flow, copy, whole, "DELIVER", at + 3000);
        }
        // One notice tells of all.
        if is_refused {
            self.notice(flow, copy, at);
        }
    }

    fn refused_by_mailbox(
        &mut self,
        flow: &mut Flow,
        copy: &Copy,
        mut leg: Leg,
        text: &str,
        reason: &'static str,
        at: Time,
    ) {
        self.failed(
            flow,
            copy,
            &leg,
            (Service::Delivery, "STOREDRIVER"),
            text,
            at,
        );
        let turn = self.became(copy, Status::Failed, reason);
        leg.story.turns.push((at, turn));
        flow.tell(leg.story, &copy.mail);
    }

    fn delivered_late(&mut self, flow: &mut Flow, copy: &Copy, mut leg: Leg, at: Time) {
        let mut row = self.row(copy, "STOREDRIVER", "DEFER");
        row.service = Service::Delivery;
        row.recipients = vec![(leg.address.clone(), BUSY.into())];
        row.to = ("".into(), self.server(copy));
        self.log(flow, copy, at, row);
        let turn = self.became(copy, Status::Pending, "deferred");
        leg.story.turns.push((at, turn));
        let later = at + flow.moment(60_000, 1_800_000);
        self.delivered(flow, copy, vec![leg], "DELIVER", later);
    }

    fn delivered(
        &mut self,
        flow: &mut Flow,
        copy: &Copy,
        legs: Vec<Leg>,
        event: &'static str,
        at: Time,
    ) {
        let is_online = self.is_online(copy.host);
        let mut row = self.row(copy, "STOREDRIVER", event);
        row.service = Service::Delivery;
        // Exchange Online names the folder, where it is not the inbox; not always.
        let folder = match copy.junked {
            Some(_) if is_online && flow.random.per_mille(700) => "DefaultFolderType:JunkEmail",
            _ => "",
        };
        row.recipients = legs
            .iter()
            .map(|leg| (leg.address.clone(), folder.into()))
            .collect();
        row.from = ("".into(), self.name(copy.host));
        row.to = ("".into(), self.server(copy));
        if is_online {
            row.from.1 = row.to.1.clone();
        }
        row.context = format!("08DF{:012X};{};ClientSubmitTime:", copy.number, stamp(at)).into();
        row.info = format!(
            "{};SRV={}:TOTAL-DEL=0.501|SDD=0.389",
            stamp(at - 900_000),
            row.to.1
        )
        .into();
        row.custom =
            "S:MailboxDatabaseName=DB01;S:E2ELatency=1.204;S:DeliveryPriority=Normal".into();
        if is_online && copy.junked.is_some() {
            row.became = Some(Status::FilteredAsSpam);
        }
        self.log(flow, copy, at, row);
        let in_mailbox = (Status::Delivered, "in the mailbox");
        let junk = (Status::FilteredAsSpam, "junk");
        let turn = match copy.junked {
            Some(_) if is_online => Turn::Reported(Reported {
                report: junk,
                list: junk,
                summary: in_mailbox,
            }),
            // The lists of the place that found it only tell that it went on from there.
            Some((host, _)) if self.is_online(host) => Turn::Reported(Reported {
                report: junk,
                list: in_mailbox,
                summary: in_mailbox,
            }),
            Some((_, at)) => Turn::Told {
                at,
                is: junk,
                else_is: in_mailbox,
            },
            None => self.became(copy, in_mailbox.0, in_mailbox.1),
        };
        for mut leg in legs {
            leg.story.turns.push((at, turn));
            match flow.random.below(1000) {
                0..8 if copy.junked.is_none() && !copy.mail.sender.is_empty() => {
                    self.sent_on_by_rule(flow, copy, &leg, at + 20_000);
                }
                8..11 if !is_online && leg.story.stands_for.is_none() => {
                    leg.story
                        .turns
                        .push(self.replayed(flow, copy, &leg, at, turn));
                }
                _ => {}
            }
            flow.tell(leg.story, &copy.mail);
        }
    }

    /// The Safety Net plays what was delivered again, after a database has failed over: the mailbox has it.
    fn replayed(
        &mut self,
        flow: &mut Flow,
        copy: &Copy,
        leg: &Leg,
        at: Time,
        turn: Turn,
    ) -> (Time, Turn) {
        let at = at + flow.moment(600_000, 7_200_000);
        let again = self.copied(flow, copy, copy.host);
        let mut row = self.row(&again, "SAFETYNET", "RESUBMIT");
        row.recipients = vec![(leg.address.clone(), "".into())];
        row.reference = copy.number.to_string().into();
        self.log(flow, &again, at, row);
        let at = at + flow.moment(50, 900);
        let mut row = self.row(&again, "STOREDRIVER", "DUPLICATEDELIVER");
        row.service = Service::Delivery;
        row.recipients = vec![(leg.address.clone(), "".into())];
        row.to = ("".into(), self.server(copy));
        self.log(flow, &again, at, row);
        (at, turn)
    }

    /// A rule of the mailbox's owner forwards it: that is a new message.
    fn sent_on_by_rule(&mut self, flow: &mut Flow, copy: &Copy, leg: &Leg, at: Time) {
        let client = Client {
            name: None,
            ip: "".into(),
        };
        let mut mail = flow.mail(&leg.address, client, None);
        mail.message_id = self.message_id(flow, copy.host, mail.number);
        mail.subject = format!("Fwd: {}", copy.mail.subject).into();
        let mail = Rc::new(mail);
        let copy_of_rule = self.copy(flow, copy.host, &mail, false);
        let to = match flow.random.per_mille(500) {
            true => flow.random.pick(&flow.world.people).clone(),
            false => {
                let peer = flow.random.pick(&flow.world.peers).clone();
                flow.random.pick(&peer.people).clone()
            }
        };
        let mut row = self.row(&copy_of_rule, "MAILBOXRULE", "RECEIVE");
        row.recipients = vec![(to.clone(), "".into())];
        row.reference = copy.number.to_string().into();
        row.to = ("".into(), self.server(copy));
        self.log(flow, &copy_of_rule, at, row);
        let leg = self.member(&copy_of_rule, to, at);
        self.route(flow, &copy_of_rule, vec![leg], at);
    }
}
