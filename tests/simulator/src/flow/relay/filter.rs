//! What stands between the door and the queue: a milter that is asked while a message comes in, filters
//! behind the queue.

use std::rc::Rc;

use super::{Addressee, Door, Item, Relays, is, story};
use crate::calendar::Time;
use crate::fact::{Agent, Client, Mail, QueueFact, Result, Text, Verdict};
use crate::flow::Flow;
use crate::truth::{Status, Story, Turn};
use crate::world::Filter;

impl Relays {
    fn filter_of(&self, flow: &Flow, host: usize, mail: &Mail) -> Filter {
        let filter = flow
            .hosts
            .get(host)
            .map_or(Filter::None, |host| host.filter);
        let is_smart_host = self
            .site_of(host)
            .is_some_and(|site| site.is_smart_host(host));
        match filter {
            // Of its own people a host thinks well; its milter is asked all the same.
            Filter::Amavis if mail.login.is_some() && !is_smart_host => Filter::None,
            // Without a Message-ID nothing would tell that what comes back is the same.
            Filter::Pipe if mail.message_id.is_empty() => Filter::None,
            filter => filter,
        }
    }

    fn verdict(&self, flow: &mut Flow, item: &Item) -> Verdict {
        let is_from_outside = item.mail().login.is_none();
        let site = self.site_of(item.host);
        let is_door = site.is_some_and(|site| site.doors().contains(&item.host));
        match flow.random.below(1000) {
            _ if is_door && !is_from_outside => Verdict::Clean,
            // What leaves is seldom stopped; a notice never.
            0..5 if !is_door && !item.mail().sender.is_empty() => Verdict::SpamQuarantined,
            _ if !is_door => Verdict::Clean,
            0..40 => Verdict::Spammy,
            40..65 => Verdict::Spam,
            65..85 => Verdict::SpamQuarantined,
            85..92 => Verdict::Virus,
            _ => Verdict::Clean,
        }
    }

    /// What the relay took goes through its filter.
    pub(super) fn accepted(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        accepted: Vec<(Addressee, Story)>,
        at: Time,
    ) {
        let is_from_outside = item.mail().login.is_none();
        let is_new = accepted.iter().all(|(_, story)| !story.was_handed_on());
        if is_new && is_from_outside && accepted.len() == 1 && flow.random.per_mille(20) {
            self.checked(flow, item, accepted, at);
            return;
        }
        let verdict = self.verdict(flow, item);
        match self.filter_of(flow, item.host, item.mail()) {
            Filter::None => self.deliver(flow, item, accepted, at),
            // Whoever handed it over was told that it is taken.
            Filter::Milter if !is_new => {
                self.through_milter(flow, item, accepted, Verdict::Clean, at)
            }
            Filter::Milter => self.through_milter(flow, item, accepted, verdict, at),
            Filter::Amavis => self.through_amavis(flow, item, accepted, verdict, at),
            Filter::Pipe => self.through_pipe(flow, item, accepted, at),
        }
    }

    /// The filter is asked while the message is received, and then the sender is answered.
    fn through_milter(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        mut accepted: Vec<(Addressee, Story)>,
        verdict: Verdict,
        at: Time,
    ) {
        let names = names_of(&accepted);
        let at = at + flow.moment(40, 600);
        let is_refused = matches!(
            verdict,
            Verdict::Spam | Verdict::SpamQuarantined | Verdict::Virus
        );
        let verdict = if is_refused { Verdict::Spam } else { verdict };
        let entry = item.entry.clone();
        let what = QueueFact::Scanned {
            entry,
            next: None,
            is_after_queue: false,
            verdict,
            recipients: names.clone(),
        };
        item.log(flow, at, what);
        if is_refused {
            let found = at;
            let at = at + flow.moment(1, 20);
            let entry = item.entry.clone();
            let recipient = names.last().cloned().unwrap_or("".into());
            let what = QueueFact::MilterRefused {
                entry,
                recipient,
                reply: "5.7.1 Spam message rejected".into(),
            };
            item.log(flow, at, what);
            flow.free(item.host, &item.entry, at);
            let refused = Turn::Told {
                at: found,
                is: (Status::FilteredAsSpam, "refused by the filter"),
                else_is: (Status::Failed, "refused"),
            };
            for (_, mut story) in accepted {
                story.turns.push((at, refused));
                flow.tell(story, item.mail());
            }
            return;
        }
        for (_, story) in &mut accepted {
            story.turns.push((at, Turn::UnderWay));
        }
        let at = at + flow.moment(2, 60);
        self.deliver(flow, item, accepted, at);
    }

    /// amavis takes it from the queue and hands back what it lets pass.
    fn through_amavis(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        mut accepted: Vec<(Addressee, Story)>,
        verdict: Verdict,
        at: Time,
    ) {
        let mail = item.mail().clone();
        let names = names_of(&accepted);
        let is_known_before = is_known(&accepted);
        let at = at + flow.moment(2, 30);
        item.activate(flow, names.len(), at);
        let nameless = self.nameless(&mail, at);
        let took = flow.moment(60, 4000);
        let scanned = at + took;
        let passes = matches!(verdict, Verdict::Clean | Verdict::Spammy);
        let next = passes.then(|| self.handed_back(flow, item, scanned - took / 10));
        // A reused id can move the next entry by up to a second.
        let scanned = next
            .as_ref()
            .map_or(scanned, |next| scanned.max(next.entry.came + 5000));
        let what = QueueFact::Scanned {
            entry: item.entry.clone(),
            next: next.as_ref().map(|next| next.entry.clone()),
            is_after_queue: true,
            verdict,
            recipients: names.clone(),
        };
        item.log(flow, scanned, what);
        let number = mail.number % 90_000 + 10_000;
        let answer: Text = match (verdict, &next) {
            (_, Some(next)) => format!(
                "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {}",
                next.entry.id
            ),
            (Verdict::Virus, None) => {
                format!("250 2.7.0 Ok, discarded, id={number:05}-01 - INFECTED: Eicar-Signature")
            }
            (_, None) => format!("250 2.7.0 Ok, discarded, id={number:05}-01 - spam"),
        }
        .into();
        let handed = scanned + flow.moment(1, 20);
        for name in &names {
            let what = QueueFact::Attempt {
                entry: item.entry.clone(),
                agent: Agent::Smtp,
                relay: "127.0.0.1[127.0.0.1]:10024".into(),
                recipient: name.clone(),
                original: None,
                took,
                result: Result::Sent,
                enhanced: "2.0.0",
                answer: answer.clone(),
            };
            item.log(flow, handed, what);
        }
        item.remove(flow, handed + 1000);
        if !is_known_before {
            self.tell_nameless(flow, &mail, nameless, scanned);
        }
        let outcome = match verdict {
            Verdict::Clean | Verdict::Spammy => Turn::UnderWay,
            Verdict::Spam => is(Status::FilteredAsSpam, "blocked by the filter"),
            Verdict::SpamQuarantined => is(Status::Quarantined, "quarantined by the filter"),
            Verdict::Virus => is(Status::Quarantined, "virus"),
        };
        for (_, story) in &mut accepted {
            story.turns.push((scanned, outcome));
        }
        match next {
            Some(next) => {
                let at = next.entry.came + flow.moment(3, 40);
                self.deliver(flow, &next, accepted, at);
            }
            None => {
                for (_, story) in accepted {
                    flow.tell(story, &mail);
                }
            }
        }
    }

    /// What the filter hands back is a new entry.
    fn handed_back(&mut self, flow: &mut Flow, item: &Item, at: Time) -> Item {
        let mail = item.mail();
        let localhost = Client {
            name: Some("localhost".into()),
            ip: "127.0.0.1".into(),
        };
        let entry = flow.queued(item.host, mail, localhost.clone(), at);
        self.sessions += 1;
        let what = QueueFact::Began {
            session: self.sessions,
            door: Door::Reinjection,
            entry: entry.clone(),
            prior: flow.random.per_mille(500).then(|| item.entry.clone()),
        };
        let next = Item {
            host: item.host,
            entry,
        };
        next.log(flow, next.entry.came, what);
        next.name(flow, next.entry.came + 1000);
        next
    }

    /// SpamAssassin gets it by pipe(8) and drops it into the queue anew, marked or not.
    fn through_pipe(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        mut accepted: Vec<(Addressee, Story)>,
        at: Time,
    ) {
        let mail = item.mail().clone();
        let names = names_of(&accepted);
        let is_known_before = is_known(&accepted);
        let at = at + flow.moment(2, 30);
        item.activate(flow, names.len(), at);
        let nameless = self.nameless(&mail, at);
        let took = flow.moment(300, 4000);
        // SpamAssassin marks what it takes for spam, and stops nothing.
        let what = QueueFact::LookedAt {
            entry: item.entry.clone(),
            is_spam: flow.random.per_mille(60),
        };
        item.log(flow, at + took - took / 10, what);
        let mut handed = at + took;
        for (name, (_, story)) in names.iter().zip(&mut accepted) {
            handed += 200;
            let what = QueueFact::Attempt {
                entry: item.entry.clone(),
                agent: Agent::Pipe,
                relay: "spamassassin".into(),
                recipient: name.clone(),
                original: None,
                took,
                result: Result::Sent,
                enhanced: "2.0.0",
                answer: "delivered via spamassassin service".into(),
            };
            item.log(flow, handed, what);
            story.turns.push((handed, Turn::UnderWay));
        }
        item.remove(flow, handed + 1000);
        if !is_known_before {
            self.tell_nameless(flow, &mail, nameless, at + took + 200);
        }
        // sendmail(1) has dropped it by then; pickup(8) looks when it is told.
        let nobody = Client {
            name: None,
            ip: "".into(),
        };
        let dropped = handed + flow.moment(2, 900);
        let entry = flow.queued(item.host, &mail, nobody, dropped);
        let next = Item {
            host: item.host,
            entry,
        };
        let came = next.entry.came;
        let what = QueueFact::PickedUp {
            entry: next.entry.clone(),
            user: 5001,
            prior: None,
        };
        next.log(flow, came, what);
        next.name(flow, came + 1000);
        let at = came + flow.moment(3, 40);
        self.deliver(flow, &next, accepted, at);
    }

    /// A message in the queue before a line names its recipients.
    pub(super) fn nameless(&self, mail: &Mail, at: Time) -> Story {
        let mut nameless = story(mail, &"".into(), at);
        nameless.turns.push((at, Turn::UnderWay));
        nameless
    }

    pub(super) fn tell_nameless(
        &self,
        flow: &mut Flow,
        mail: &Rc<Mail>,
        mut nameless: Story,
        named: Time,
    ) {
        nameless.ends = Some(named);
        flow.tell(nameless, mail);
        flow.stories -= 1;
    }
}

/// Whether an earlier line names everyone.
pub(super) fn is_known(accepted: &[(Addressee, Story)]) -> bool {
    accepted.iter().all(|(_, story)| !story.turns.is_empty())
}

pub(super) fn names_of(accepted: &[(Addressee, Story)]) -> Vec<Text> {
    let names = accepted.iter().map(|(addressee, _)| &addressee.given);
    names.cloned().collect()
}
