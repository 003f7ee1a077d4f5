//! What header_checks(5) do while a message comes in: hold it, throw it away, send it elsewhere.

use super::filter::names_of;
use super::{Addressee, Goal, Item, Relays, is};
use crate::calendar::Time;
use crate::fact::{QueueFact, Text};
use crate::flow::Flow;
use crate::truth::{Status, Story, Turn};

impl Relays {
    /// A check finds something in what came for one recipient.
    pub(super) fn checked(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        accepted: Vec<(Addressee, Story)>,
        at: Time,
    ) {
        let caught = self.catcher(item.host);
        let is_caught = accepted.iter().any(|(one, _)| Some(&one.given) == caught);
        match flow.random.below(10) {
            _ if is_caught => self.held(flow, item, accepted, at),
            0..6 => self.held(flow, item, accepted, at),
            6..8 => self.thrown_away(flow, item, accepted, at),
            _ => self.redirected(flow, item, accepted, at),
        }
    }

    /// Who looks at mail that a check has found.
    fn catcher(&self, host: usize) -> Option<&Text> {
        self.site_of(host).and_then(|site| site.people.get(7))
    }

    /// Its sender believes that it was taken.
    fn thrown_away(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        accepted: Vec<(Addressee, Story)>,
        at: Time,
    ) {
        let at = at + 1000;
        for (addressee, mut story) in accepted {
            check(flow, item, addressee.given, "discard", "", at);
            story.turns.push((at, is(Status::Failed, "discarded")));
            flow.tell(story, item.mail());
        }
        flow.free(item.host, &item.entry, at);
    }

    /// It goes to somebody who looks at such mail. The queue manager puts that address in the place of the
    /// recipient's, whom the lines of delivery name as the original one.
    fn redirected(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        accepted: Vec<(Addressee, Story)>,
        at: Time,
    ) {
        let at = at + 1000;
        let Some(to) = self.catcher(item.host).cloned() else {
            return;
        };
        let redirected = accepted.into_iter().map(|(mut addressee, story)| {
            check(flow, item, addressee.given.clone(), "redirect", &to, at);
            addressee.goes_to = Goal::Alias(vec![to.clone()]);
            (addressee, story)
        });
        let redirected = redirected.collect();
        let at = at + flow.moment(40, 400);
        self.deliver(flow, item, redirected, at);
    }

    /// A check of headers puts it on hold until a person decides.
    fn held(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        mut accepted: Vec<(Addressee, Story)>,
        at: Time,
    ) {
        let mail = item.mail().clone();
        let at = at + 1000;
        for recipient in names_of(&accepted) {
            check(flow, item, recipient, "hold", "looks at by hand", at);
        }
        for (_, story) in &mut accepted {
            story.turns.push((at, is(Status::Pending, "on hold")));
        }
        let decided = at + flow.moment(600_000, 10_800_000);
        let handle = |flow: &mut Flow, how| {
            let entry = item.entry.clone();
            item.log(flow, decided, QueueFact::Handled { entry, how });
        };
        match flow.random.below(10) {
            0..5 => {
                handle(flow, "released from hold");
                for (_, story) in &mut accepted {
                    story.turns.push((decided, Turn::UnderWay));
                }
                let at = decided + flow.moment(100, 30_000);
                self.deliver(flow, item, accepted, at);
            }
            5..8 => {
                handle(flow, "removed");
                flow.free(item.host, &item.entry, decided);
                let deleted = is(Status::Failed, "deleted by a person");
                for (_, mut story) in accepted {
                    story.turns.push((decided, deleted));
                    flow.tell(story, &mail);
                }
            }
            _ => {
                for (_, story) in accepted {
                    flow.tell(story, &mail);
                }
            }
        }
    }
}

/// A line about what a check of headers did.
fn check(
    flow: &mut Flow,
    item: &Item,
    recipient: Text,
    action: &'static str,
    remark: &str,
    at: Time,
) {
    let what = QueueFact::Checked {
        entry: item.entry.clone(),
        recipient,
        action,
        remark: remark.into(),
    };
    item.log(flow, at, what);
}
