//! What Exchange Online's filter makes of mail: junk, quarantine and release, malware, rules, and the
//! pools by which mail leaves.

use super::{Copy, Leg, Servers, all};
use crate::calendar::{HOUR, MINUTE, Time};
use crate::fact::Service;
use crate::flow::Flow;
use crate::truth::{Reported, Status, Turn};

/// Verdicts by which mail goes on to the inbox: SFV, SCL.
const PASSED: [(&str, &str); 6] = [
    ("NSPM", "1"),
    ("NSPM", "0"),
    ("SKN", "-1"),
    ("SKA", "-1"),
    ("SFE", "-1"),
    ("SKQ", "-1"),
];

/// Verdicts by which it goes to Junk Email: SFV, SCL, DI.
const JUNK: [(&str, &str, &str); 4] = [
    ("SPM", "5", "SJ"),
    ("SPM", "6", "SJ"),
    ("SKS", "6", "SJ"),
    ("SKB", "6", "SJ"),
];

impl Servers {
    /// The filter looks at mail from outside.
    pub(super) fn protect(&mut self, flow: &mut Flow, mut copy: Copy, legs: Vec<Leg>, at: Time) {
        let at = at + flow.moment(50, 600);
        let ip = copy.mail.client.ip.clone();
        let verdict = |sfv: &str, scl: &str, di: &str| {
            format!(
                "S:AMA=SUM|v=0|action=p|error=|atch=0;S:SFA=SUM|SFV={sfv}|IPV=NLI|SRV=|SCL={scl}{}{di}|CIP={ip}|H={};S:AccountForest=EURPR01A001.PROD.OUTLOOK.COM",
                if di.is_empty() { "" } else { "|DI=" },
                copy.mail.client.name.as_deref().unwrap_or("")
            )
        };
        match flow.random.below(1000) {
            0..40 => {
                let (sfv, scl, di) = *flow.random.pick(&JUNK);
                self.found(flow, &copy, &legs, verdict(sfv, scl, di), at);
                copy.junked = Some((copy.host, at));
                self.resolve(flow, &copy, legs, at);
            }
            40..60 => {
                self.found(flow, &copy, &legs, verdict("SPM", "8", "SQ"), at);
                self.quarantined(flow, &copy, legs, at);
            }
            60..66 => {
                self.found(flow, &copy, &legs, verdict("SPM", "9", "SQ"), at);
                let text = "550 5.2.1 Content Filter agent quarantined this message";
                let kept = (Status::Quarantined, "quarantined");
                let turn = Turn::Reported(Reported {
                    report: kept,
                    list: kept,
                    summary: (Status::Failed, "quarantined, and told as failed"),
                });
                self.stopped(
                    flow,
                    &copy,
                    legs,
                    ("Hosted Quarantine Agent", text),
                    turn,
                    at,
                );
            }
            66..76 => {
                self.found(flow, &copy, &legs, verdict("SPM", "9", "SD"), at);
                let text = "550 5.7.1 Message rejected as spam by Content Filtering.";
                let rejected = (Status::FilteredAsSpam, "rejected by the filter");
                let turn = Turn::Reported(Reported {
                    report: rejected,
                    list: rejected,
                    summary: (Status::Failed, "rejected by the filter, and told as failed"),
                });
                self.stopped(flow, &copy, legs, ("Spam Filter Agent", text), turn, at);
            }
            76..82 => {
                let event = "S:AMA=EV|engine=M|v=1|sig=1.389.1|name=Contoso.Test|file=a.exe;S:AMA=SUM|v=1|action=b|error=|atch=1";
                self.found(flow, &copy, &legs, event.into(), at);
                let turn = self.became(&copy, Status::Failed, "malware");
                let text = "550 5.7.1 Malware was found; the message was rejected";
                self.stopped(flow, &copy, legs, ("Malware Agent", text), turn, at);
            }
            82..92 => {
                let rule = "S:TRA=ETR|ruleId=5f8a0000-0000-4000-8000-000000000002|st=9/1/2026 12:31:25 AM|action=RejectMessage|sev=1|mode=Enforce";
                self.found(flow, &copy, &legs, rule.into(), at);
                let turn = self.became(&copy, Status::Failed, "rejected by a rule");
                let text = "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy";
                let notice = copy.clone();
                self.stopped(flow, &copy, legs, ("Transport Rule Agent", text), turn, at);
                self.notice(flow, &notice, at + 60_000);
            }
            one => {
                let (sfv, scl) = match one {
                    92..800 => PASSED[0],
                    _ => *flow.random.pick(&PASSED[..5]),
                };
                self.found(flow, &copy, &legs, verdict(sfv, scl, ""), at);
                self.resolve(flow, &copy, legs, at);
            }
        }
    }

    /// What the filter thinks of mail of our own people changes by which pool it leaves, and no more.
    pub(super) fn checked_on_the_way_out(
        &self,
        flow: &mut Flow,
        copy: &Copy,
        legs: &[Leg],
        at: Time,
    ) {
        let verdict = match flow.random.below(100) {
            0..3 => "SFV=SPM|SCL=6|DI=SN",
            3..6 => "SFV=SPM|SCL=5|DI=SO",
            _ => "SFV=SKI|SCL=-1|DI=SO",
        };
        let verdict = format!("S:SFA=SUM|{verdict}|IPV=NLI|CIP=;S:DeliveryPriority=Normal");
        self.found(flow, copy, legs, verdict, at);
    }

    /// The agents' row.
    fn found(&self, flow: &mut Flow, copy: &Copy, legs: &[Leg], verdict: String, at: Time) {
        let mut row = self.row(copy, "AGENT", "AGENTINFO");
        row.recipients = all(legs);
        row.custom = verdict.into();
        self.log(flow, copy, at, row);
    }

    /// An agent ends the message for all.
    fn stopped(
        &self,
        flow: &mut Flow,
        copy: &Copy,
        legs: Vec<Leg>,
        (agent, text): (&str, &str),
        turn: Turn,
        at: Time,
    ) {
        let at = at + flow.moment(1, 50);
        let mut row = self.row(copy, "AGENT", "FAIL");
        row.context = agent.into();
        row.recipients = all(&legs);
        for (_, status) in &mut row.recipients {
            *status = text.into();
        }
        row.became = match turn {
            Turn::Reported(reported) => Some(reported.list.0),
            _ => None,
        };
        self.log(flow, copy, at, row);
        for mut leg in legs {
            leg.story.turns.push((at, turn));
            flow.tell(leg.story, &copy.mail);
        }
    }

    /// Into the quarantine, which is a folder: so there is a DELIVER. Some are released, and delivered
    /// under the same id.
    fn quarantined(&mut self, flow: &mut Flow, copy: &Copy, mut legs: Vec<Leg>, at: Time) {
        let at = at + flow.moment(300, 2000);
        let folder = match flow.random.per_mille(600) {
            true => "DefaultFolderType:QuarantinedEmailSecured",
            false => "",
        };
        let mut row = self.row(copy, "STOREDRIVER", "DELIVER");
        row.service = Service::Delivery;
        row.recipients = all(&legs);
        for (_, status) in &mut row.recipients {
            *status = folder.into();
        }
        row.to = ("".into(), self.server(copy));
        row.became = Some(Status::Quarantined);
        self.log(flow, copy, at, row);
        let kept = (Status::Quarantined, "quarantined");
        let turn = Turn::Reported(Reported {
            report: kept,
            list: kept,
            summary: (Status::Delivered, "quarantined, and told as delivered"),
        });
        for leg in &mut legs {
            leg.story.turns.push((at, turn));
        }
        if !flow.random.per_mille(400) {
            for leg in legs {
                flow.tell(leg.story, &copy.mail);
            }
            return;
        }
        let at = at + flow.random.between(5 * MINUTE, 20 * HOUR);
        let released = self.copied(flow, copy, copy.host);
        let verdict = "S:SFA=SUM|SFV=SKQ|SCL=-1|IPV=NLI|CIP=";
        self.found(flow, &released, &legs, verdict.into(), at);
        let at = at + flow.moment(300, 2000);
        let mut row = self.row(&released, "STOREDRIVER", "DELIVER");
        row.service = Service::Delivery;
        row.recipients = all(&legs);
        for (_, status) in &mut row.recipients {
            *status = "DefaultFolderType:Inbox".into();
        }
        row.to = ("".into(), self.server(&released));
        row.became = Some(Status::Delivered);
        self.log(flow, &released, at, row);
        let turn = self.became(&released, Status::Delivered, "released");
        for mut leg in legs {
            leg.story.turns.push((at, turn));
            flow.tell(leg.story, &copy.mail);
        }
    }
}
