//! What becomes of a message in the queue: addresses are expanded, every one is tried until it has its
//! outcome, or the queue gives up.

use super::answer::{self, Answer};
use super::filter::is_known;
use super::person::Hand;
use super::site::spread;
use super::transmit::is_unknown;
use super::{Addressee, Goal, Item, Relays, is, story};
use crate::calendar::{DAY, HOUR, SECOND, Time};
use crate::fact::{Agent, QueueFact, Result, Text};
use crate::flow::Flow;
use crate::truth::{Status, Story, Turn};
use crate::world::{DOMAIN, Mailboxes};

/// For how long a queue keeps trying: Postfix's `maximal_queue_lifetime`, here a day.
const LIFETIME: Time = DAY;
/// Postfix's `minimal_backoff_time` and `maximal_backoff_time`.
const BACKOFF: (Time, Time) = (300 * SECOND, 4000 * SECOND);

/// One address that an entry is delivered to, and what is to become of it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) to: Text,
    pub(super) original: Option<Text>,
    pub(super) goal: Goal,
    /// None once it is over here.
    pub(super) story: Option<Story>,
    /// How often it is put off still, and what becomes of it then.
    pub(super) put_off: u32,
    pub(super) end: Result,
    /// When a line named it first.
    named: Option<Time>,
}

impl Target {
    fn new(to: Text, original: Option<Text>, goal: Goal, story: Story) -> Self {
        Target {
            to,
            original,
            goal,
            story: Some(story),
            put_off: 0,
            end: Result::Sent,
            named: None,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.story.is_some()
    }

    /// What the next attempt comes to.
    pub(super) fn next(&self) -> Result {
        match self.put_off {
            0 => self.end,
            _ => Result::Deferred,
        }
    }

    /// A line names it, and this came about. Whose place it took is known from the first such line on.
    pub(super) fn turn(&mut self, at: Time, turn: Turn) {
        self.named.get_or_insert(at);
        let Some(story) = &mut self.story else { return };
        story.turns.push((at, turn));
        let replaced = story.stands_for.as_mut();
        if let Some((since, _)) = replaced.and_then(|replaced| replaced.replaced_by.as_mut()) {
            *since = at.min(*since);
        }
    }

    /// The same, and it is over.
    pub(super) fn ends(&mut self, flow: &mut Flow, item: &Item, at: Time, turn: Turn) {
        self.turn(at, turn);
        if let Some(story) = self.story.take() {
            flow.tell(story, item.mail());
        }
    }
}

/// The attempts that follow each other in a queue's round.
#[derive(Debug)]
pub(super) struct Round {
    /// When the last of them ended.
    pub(super) last: Time,
    pub(super) has_bounced: bool,
}

impl Relays {
    /// The queue delivers to each address in the end, or gives up.
    pub(super) fn deliver(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        accepted: Vec<(Addressee, Story)>,
        at: Time,
    ) {
        let mail = item.mail().clone();
        let is_known_before = is_known(&accepted);
        let mut targets: Vec<Target> = Vec::new();
        let mut groups: Vec<Story> = Vec::new();
        for (addressee, mut given) in accepted {
            let Goal::Alias(members) = addressee.goes_to else {
                targets.push(Target::new(addressee.given, None, addressee.goes_to, given));
                continue;
            };
            let member = |member: &Text| {
                let goal = self.goal(flow, item.host, member);
                let story = story(&mail, member, given.has_id_from);
                Target::new(member.clone(), Some(addressee.given.clone()), goal, story)
            };
            let mut members: Vec<Target> = members.iter().map(member).collect();
            if let [only] = members.as_mut_slice() {
                // Known by the first line that names both.
                given.replaced_by = Some((Time::MAX, only.to.clone()));
                if let Some(story) = &mut only.story {
                    story.stands_for = Some(Box::new(given));
                }
            } else {
                groups.push(given);
            }
            targets.append(&mut members);
        }
        self.attempts(flow, item, &mut targets, at);
        let first = targets.iter().filter_map(|target| target.named).min();
        if !is_known_before && let Some(first) = first {
            let nameless = self.nameless(&mail, at);
            self.tell_nameless(flow, &mail, nameless, first);
        }
        for group in groups {
            let is_of_it = |target: &&Target| target.original.as_ref() == Some(&group.recipient);
            let of_it = targets.iter().filter(is_of_it);
            let named = of_it.filter_map(|target| target.named).collect();
            tell_group(flow, item, group, named);
        }
    }

    /// Attempts until every target has its outcome here.
    fn attempts(&mut self, flow: &mut Flow, first: &Item, targets: &mut [Target], mut at: Time) {
        let mail = first.mail().clone();
        let hand = self.hand(flow);
        let mut again: Option<Item> = None;
        for target in targets.iter_mut() {
            (target.put_off, target.end) = fate(flow, target);
        }
        let mut pause = BACKOFF.0;
        let mut has_warned = false;
        loop {
            let item = again.as_ref().unwrap_or(first);
            at = self.down_until(flow, item.host, at).unwrap_or(at);
            let is_tried = targets.iter().any(|target| target.named.is_some());
            let is_forced = hand == Hand::Expire && is_tried;
            if is_forced || at - first.entry.came > LIFETIME {
                if is_forced {
                    self.handled(flow, item, "expired", at - SECOND);
                }
                self.give_up(flow, item, is_forced, at);
                for target in targets.iter_mut().filter(|target| target.is_open()) {
                    target.ends(flow, item, at, is(Status::Failed, "expired"));
                }
                return;
            }
            let open = targets.iter().filter(|target| target.is_open()).count();
            item.activate(flow, open, at);
            let mut round = Round {
                last: at,
                has_bounced: false,
            };
            let mut done: Vec<Goal> = Vec::new();
            for place in 0..targets.len() {
                let Some(target) = targets.get_mut(place).filter(|target| target.is_open()) else {
                    continue;
                };
                match target.goal.clone() {
                    goal @ (Goal::Outside(_) | Goal::Onward(_)) => {
                        if !done.contains(&goal) {
                            self.transmit(flow, item, targets, &goal, &mut round);
                            done.push(goal);
                        }
                    }
                    Goal::Forward(elsewhere) => {
                        self.forward(flow, item, target, &elsewhere, &mut round);
                    }
                    _ => self.attempt_here(flow, item, target, &mut round),
                }
            }
            let last = round.last + 1000;
            if round.has_bounced && !mail.sender.is_empty() {
                self.notify(flow, item, "sender non-delivery notification", last);
            }
            if !targets.iter().any(Target::is_open) {
                // Some senders want to know of success.
                if !round.has_bounced && !mail.sender.is_empty() && flow.random.per_mille(6) {
                    self.notify(flow, item, "sender delivery status notification", last);
                }
                item.remove(flow, last + 2000);
                return;
            }
            if !has_warned && at - item.entry.came > 4 * HOUR && !mail.sender.is_empty() {
                has_warned = true;
                self.notify(flow, item, "sender delay notification", last);
            }
            at = last + pause + flow.moment(0, 20_000);
            pause = (pause * 2).min(BACKOFF.1);
            if hand == Hand::Requeue && again.is_none() {
                let decided = last + flow.moment(30_000, 200_000);
                let next = self.requeue(flow, item, decided);
                at = next.entry.came + flow.moment(3, 40);
                again = Some(next);
            }
        }
    }

    fn give_up(&mut self, flow: &mut Flow, item: &Item, is_forced: bool, at: Time) {
        let entry = item.entry.clone();
        item.log(flow, at, QueueFact::GaveUp { entry, is_forced });
        if !item.mail().sender.is_empty() {
            self.notify(flow, item, "sender non-delivery notification", at + 3000);
        }
        item.remove(flow, at + 6000);
    }

    /// One host takes nothing for good in the early afternoon of some days: `soft_bounce`.
    pub(super) fn softly(&self, flow: &Flow, host: usize, at: Time, result: Result) -> Result {
        let (day, hour) = (at.div_euclid(DAY), at.rem_euclid(DAY) / HOUR);
        let is_soft = (12..14).contains(&hour) && day % 3 == 1 && host + 1 == flow.hosts.len();
        match result {
            Result::Bounced if is_soft => Result::SoftBounced,
            result => result,
        }
    }

    /// Into a mailbox of this host, or nowhere.
    fn attempt_here(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        target: &mut Target,
        round: &mut Round,
    ) {
        let took = flow.moment(15, 900);
        let at = round.last + took;
        round.last = at + 200;
        let result = target.next();
        let token = flow.random.below(1 << 40);
        let host = flow.hosts.get(item.host);
        let (name, mailboxes) = host.map_or(("", Mailboxes::Lmtp), |host| {
            (host.full_name, host.mailboxes)
        });
        let (agent, answer) = match target.goal {
            Goal::Trap => {
                let answer = Answer {
                    relay: "none".to_owned(),
                    enhanced: "2.0.0",
                    text: DOMAIN.to_owned(),
                };
                (Agent::Discard, answer)
            }
            Goal::List(_) => (Agent::Pipe, answer::of_list()),
            _ if mailboxes == Mailboxes::Various => {
                answer::of_agent(&target.to, result, spread(&target.to) % 5)
            }
            _ => {
                let answer = answer::of_mailbox(name, &target.to, result, token);
                (Agent::Mailbox, answer)
            }
        };
        let result = self.softly(flow, item.host, at, result);
        attempt(flow, item, target, agent, result, answer, took, at);
        if let Goal::List(subscribers) = &target.goal
            && !subscribers.is_empty()
        {
            self.distribute(flow, item, &target.to, subscribers, at);
        }
        let turn = match (result, &target.goal) {
            (Result::SoftBounced, _) => {
                target.turn(at, is(Status::Pending, "refused, but not for good"));
                return;
            }
            (_, Goal::Trap) => is(Status::Failed, "discarded"),
            (Result::Bounced, _) => is(Status::Failed, "bounced"),
            (Result::Sent, _) => is(Status::Delivered, "in the mailbox"),
            (Result::Deferred, _) => {
                target.put_off -= 1;
                target.turn(at, is(Status::Pending, "deferred"));
                return;
            }
        };
        round.has_bounced |= result == Result::Bounced;
        target.ends(flow, item, at, turn);
    }

    /// local(8) puts it into the queue again, for another address or for several.
    fn forward(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        target: &mut Target,
        elsewhere: &[Text],
        round: &mut Round,
    ) {
        let mail = item.mail().clone();
        let at = round.last + flow.moment(15, 900);
        let entry = flow.queued(item.host, &mail, item.entry.client.clone(), at);
        let next = Item {
            host: item.host,
            entry,
        };
        let came = next.entry.came;
        next.name(flow, came);
        let answer = Answer {
            relay: "local".to_owned(),
            enhanced: "2.0.0",
            text: format!("forwarded as {}", next.entry.id),
        };
        let said = came + 3000;
        round.last = said;
        let agent = Agent::Local;
        attempt(
            flow,
            item,
            target,
            agent,
            Result::Sent,
            answer,
            20_000,
            said,
        );
        target.turn(said, Turn::UnderWay);
        let onward = |to: &Text| {
            let goal = self.goal(flow, item.host, to);
            let story = story(&mail, to, came);
            Target::new(to.clone(), Some(target.to.clone()), goal, story)
        };
        let mut onward: Vec<Target> = elsewhere.iter().map(onward).collect();
        let given = target.story.take();
        let mut group: Option<Story> = None;
        match (onward.as_mut_slice(), given) {
            ([only], Some(mut given)) => {
                given.replaced_by = Some((said, only.to.clone()));
                if let Some(story) = &mut only.story {
                    story.stands_for = Some(Box::new(given));
                }
            }
            (_, given) => group = given,
        }
        self.attempts(flow, &next, &mut onward, came + 5000);
        if let Some(group) = group {
            let times = onward.iter().filter_map(|target| target.named);
            tell_group(flow, item, group, times.collect());
        }
    }
}

/// The story of an address that stands for several: known to be one once two of them are named.
fn tell_group(flow: &mut Flow, item: &Item, mut group: Story, mut named: Vec<Time>) {
    named.sort_unstable();
    if let [_, second, ..] = named.as_slice() {
        let expanded = is(Status::Expanded, "alias of several");
        group.turns.push((*second, expanded));
    }
    flow.tell(group, item.mail());
}

/// How often a target is put off, and what becomes of it then.
fn fate(flow: &mut Flow, target: &Target) -> (u32, Result) {
    match &target.goal {
        Goal::Mailbox | Goal::Alias(_) | Goal::Nobody => match flow.random.below(1000) {
            _ if target.goal == Goal::Nobody => (0, Result::Bounced),
            0..15 => (0, Result::Bounced),
            15..35 => (flow.random.between(1, 4) as u32, Result::Sent),
            35..38 => (1000, Result::Deferred),
            _ => (0, Result::Sent),
        },
        Goal::Outside(_) => match flow.random.below(1000) {
            0..60 => (0, Result::Bounced),
            60..120 => (flow.random.between(1, 9) as u32, Result::Sent),
            120..130 => (flow.random.between(1, 4) as u32, Result::Bounced),
            130..140 => (1000, Result::Deferred),
            _ => (0, Result::Sent),
        },
        Goal::Onward(_) if is_unknown(&target.to) => (0, Result::Bounced),
        Goal::Onward(_) => match flow.random.below(1000) {
            0..6 => (0, Result::Bounced),
            6..30 => (flow.random.between(1, 4) as u32, Result::Sent),
            30..33 => (flow.random.between(1, 3) as u32, Result::Bounced),
            33..35 => (1000, Result::Deferred),
            _ => (0, Result::Sent),
        },
        Goal::Forward(_) | Goal::Trap | Goal::List(_) => (0, Result::Sent),
    }
}

/// A line about an attempt.
#[allow(clippy::too_many_arguments, reason = "one line has so many parts")]
pub(super) fn attempt(
    flow: &mut Flow,
    item: &Item,
    target: &Target,
    agent: Agent,
    result: Result,
    answer: Answer,
    took: Time,
    at: Time,
) {
    let what = QueueFact::Attempt {
        entry: item.entry.clone(),
        agent,
        relay: answer.relay.into(),
        recipient: target.to.clone(),
        original: target.original.clone(),
        took,
        result,
        enhanced: answer.enhanced,
        answer: answer.text.into(),
    };
    item.log(flow, at, what);
}
