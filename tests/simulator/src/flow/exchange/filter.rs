//! What a server's own agents make of mail from outside.

use super::{Copy, Leg, Servers, all};
use crate::calendar::Time;
use crate::flow::{Flow, is};
use crate::truth::Status;

impl Servers {
    /// The agents look at mail from outside.
    pub(super) fn filtered(&mut self, flow: &mut Flow, mut copy: Copy, legs: Vec<Leg>, at: Time) {
        let at = at + flow.moment(10, 200);
        let mut info = self.row(&copy, "AGENT", "AGENTINFO");
        info.recipients = all(&legs);
        let ip = copy.mail.client.ip.clone();
        let clean = format!(
            "S:AMA=SUM|v=0|action=p|error=|atch=0;S:SFA=SUM|SFV=NSPM|SCL=1|CIP={ip};S:DeliveryPriority=Normal"
        );
        let end = match flow.random.below(1000) {
            0..40 => {
                info.custom = format!("S:AMA=SUM|v=0|action=p|error=|atch=0;S:SFA=SUM|SFV=SPM|IPV=NLI|SCL=6|DI=SJ|CIP={ip}").into();
                copy.junked = Some((copy.host, at));
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
                self.notice(flow, &copy, done);
            }
        }
        for mut leg in legs {
            leg.story.turns.push((done, turn));
            flow.tell(leg.story, &copy.mail);
        }
    }
}
