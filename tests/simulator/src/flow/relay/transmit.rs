//! Handing over to another host: outside, where nobody sees what becomes of it, or to the next one of these
//! logs, which takes it, puts it off or refuses it by its own log, too.

use super::answer::{self, OF_ONE};
use super::deliver::{Round, Target, attempt};
use super::{Goal, Item, Relays, Site, is, logs_refusals};
use crate::calendar::Time;
use crate::fact::{Agent, Client, Result, Text};
use crate::flow::{Arrival, Flow, Planned, Refusal, Taken};
use crate::truth::{Status, Story, Turn};
use crate::world::System;

/// What a host of these logs says to a recipient that it puts off, or refuses.
const PUT_OFF: &str =
    "450 4.2.0 <{to}>: Recipient address rejected: Mailbox is being moved, try again later";
const LOOKUP_FAILED: &str = "451 4.3.0 <{to}>: Temporary lookup failure";
const UNKNOWN: &str =
    "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table";
const UNKNOWN_FOR_NOW: &str =
    "450 4.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table";
const DENIED: &str = "554 5.7.1 <{to}>: Recipient address rejected: Access denied";

impl Relays {
    /// One transaction for all open targets that have this goal.
    pub(super) fn transmit(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        targets: &mut [Target],
        goal: &Goal,
        round: &mut Round,
    ) {
        let mut group: Vec<&mut Target> = targets
            .iter_mut()
            .filter(|target| target.is_open() && target.goal == *goal)
            .collect();
        match *goal {
            Goal::Onward(next) => self.hand_on(flow, item, &mut group, next, round),
            Goal::Outside(peer) => {
                let peer = flow.world.peers.get(peer);
                if let Some(peer) = peer.map(|peer| peer.client()) {
                    self.send_out(flow, item, &mut group, &peer, round);
                }
            }
            _ => {}
        }
    }

    fn send_out(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        group: &mut [&mut Target],
        peer: &Client,
        round: &mut Round,
    ) {
        let took = flow.moment(15, 900);
        let mut at = round.last + took;
        let token = flow.random.below(1 << 40);
        let first = group.first().map(|target| target.next());
        // What befalls the whole connection befalls everyone.
        let is_one = group.iter().all(|target| Some(target.next()) == first);
        let kind = if is_one { token % 5 } else { OF_ONE };
        for target in group.iter_mut() {
            at += 200;
            let result = target.next();
            // All that are taken are taken under one id.
            let kind = if result == Result::Sent {
                token % 5
            } else {
                kind
            };
            let answer = answer::of_peer(peer, &target.to, result, kind, token);
            let result = self.softly(flow, item.host, at, result);
            attempt(flow, item, target, Agent::Smtp, result, answer, took, at);
            match result {
                Result::Sent => target.ends(flow, item, at, is(Status::Delivered, "sent")),
                Result::Bounced => {
                    round.has_bounced = true;
                    target.ends(flow, item, at, is(Status::Failed, "bounced"));
                }
                Result::SoftBounced => {
                    target.turn(at, is(Status::Pending, "refused, but not for good"));
                }
                Result::Deferred => {
                    target.put_off -= 1;
                    target.turn(at, is(Status::Pending, "deferred"));
                }
            }
        }
        round.last = at;
    }

    /// To the next host of these logs.
    fn hand_on(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        group: &mut [&mut Target],
        next: usize,
        round: &mut Round,
    ) {
        let start = round.last + flow.moment(2, 40);
        let agent = self.agent(item.host, next);
        let there = self.client(flow, next);
        let is_down = self.down_until(flow, next, start).is_some();
        if is_down || flow.random.per_mille(5) {
            let answer = match is_down {
                true => answer::refused_connection(&there),
                false => answer::unreachable_in_time(&there),
            };
            let took = if is_down { 4000 } else { 30_000_000 };
            let mut at = start + took;
            // Whoever tries again soon is not tried at all.
            let (agent, answer) = match is_down && flow.random.per_mille(500) {
                true => (Agent::Error, answer.suspended()),
                false => (agent, answer),
            };
            for target in group.iter_mut() {
                at += 200;
                let answer = answer.clone();
                attempt(
                    flow,
                    item,
                    target,
                    agent,
                    Result::Deferred,
                    answer,
                    took,
                    at,
                );
                target.turn(at, is(Status::Pending, "deferred"));
            }
            round.last = at;
            return;
        }
        let here = self.client(flow, item.host);
        let asked = start + flow.moment(8, 120);
        if let [target] = group
            && target.next() == Result::Sent
            && logs_refusals(flow, next)
            && flow.random.per_mille(6)
        {
            self.put_off_at_the_end(flow, item, target, next, start, round);
            return;
        }
        let is_taken = group.iter().any(|target| target.next() == Result::Sent);
        let (taken_as, came, (enhanced, words)) = match is_taken {
            true => promise(flow, item, next, here.clone(), asked),
            false => (Taken::Nothing, asked, ("", String::new())),
        };
        let mut at = came;
        let mut refused: Vec<Refusal> = Vec::new();
        for target in group.iter_mut() {
            // A host that takes nothing for good refuses for now, too.
            let result = self.softly(flow, next, start, target.next());
            let reply = match (result, flow.random.below(3)) {
                (Result::Sent, _) => continue,
                (Result::Deferred, 0) => LOOKUP_FAILED,
                (Result::Deferred, _) => PUT_OFF,
                (Result::SoftBounced, _) => UNKNOWN_FOR_NOW,
                (Result::Bounced, 0) if !is_unknown(&target.to) => DENIED,
                (Result::Bounced, _) => UNKNOWN,
            };
            let reply: Text = reply.replace("{to}", &target.to).into();
            at += flow.moment(1, 20);
            let is_for_good = result == Result::Bounced;
            let turn = match is_for_good {
                true => is(Status::Failed, "refused by the next host"),
                false => is(Status::Pending, "put off by the next host"),
            };
            if logs_refusals(flow, next) {
                target.turn(at, turn);
            }
            refused.push(Refusal {
                at,
                recipient: target.to.clone(),
                reply: reply.clone(),
            });
            at += flow.moment(1, 20);
            let answer = answer::refused(&there, &reply);
            let result = match is_for_good {
                true => self.softly(flow, item.host, at, Result::Bounced),
                false => Result::Deferred,
            };
            let took = at - start;
            attempt(flow, item, target, agent, result, answer, took, at);
            match result {
                Result::Bounced => {
                    round.has_bounced = true;
                    target.ends(flow, item, at, turn);
                }
                Result::SoftBounced => {
                    target.turn(at, is(Status::Pending, "refused, but not for good"));
                }
                Result::Sent | Result::Deferred => {
                    target.put_off = target.put_off.saturating_sub(1);
                    target.turn(at, turn);
                }
            }
        }
        let mut legs: Vec<(Text, Story)> = Vec::new();
        if is_taken {
            at = at.max(came + flow.moment(90, 800));
            for target in group.iter_mut().filter(|target| target.is_open()) {
                if target.next() != Result::Sent {
                    continue;
                }
                at += 200;
                let answer = answer::taken(&there, enhanced, &words);
                attempt(
                    flow,
                    item,
                    target,
                    agent,
                    Result::Sent,
                    answer,
                    at - start,
                    at,
                );
                target.turn(at, Turn::HandedTo(next));
                legs.extend(target.story.take().map(|story| (target.to.clone(), story)));
            }
        }
        round.last = at;
        let arrival = Arrival {
            host: next,
            mail: item.mail().clone(),
            taken_as,
            client: here,
            legs,
            refused,
        };
        flow.schedule
            .plan(start, Planned::Arrival(Box::new(arrival)));
    }
}

impl Relays {
    /// The next host hears all of it, and then its filter has no answer.
    fn put_off_at_the_end(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        target: &mut Target,
        next: usize,
        start: Time,
        round: &mut Round,
    ) {
        const WHY: &str = "4.7.1 Service unavailable - try again later";
        let (here, there) = (self.client(flow, item.host), self.client(flow, next));
        let asked = start + flow.moment(8, 120);
        let entry = flow.queued(next, item.mail(), here.clone(), asked);
        let put_off = is(Status::Pending, "put off by the next host");
        let said = entry.came + flow.moment(60, 3000);
        target.turn(said, put_off);
        let refused = vec![Refusal {
            at: said,
            recipient: target.to.clone(),
            reply: WHY.into(),
        }];
        let at = said + flow.moment(1, 20);
        let answer = answer::put_off_at_the_end(&there, WHY);
        let (agent, took) = (self.agent(item.host, next), at - start);
        attempt(
            flow,
            item,
            target,
            agent,
            Result::Deferred,
            answer,
            took,
            at,
        );
        target.turn(at, put_off);
        round.last = at;
        let arrival = Arrival {
            host: next,
            mail: item.mail().clone(),
            taken_as: Taken::NotInTheEnd(entry),
            client: here,
            legs: Vec::new(),
            refused,
        };
        flow.schedule
            .plan(start, Planned::Arrival(Box::new(arrival)));
    }

    /// What an edge hands to the hosts behind it goes by the service for relayed domains.
    fn agent(&self, host: usize, next: usize) -> Agent {
        let site = self.site_of(host);
        let is_behind = |site: &Site| site.is_edge(host) && site.boxes.contains(&next);
        match site.is_some_and(is_behind) {
            true => Agent::Relay,
            false => Agent::Smtp,
        }
    }
}

/// Whether this is the address of nobody, or of somebody who has left: only the host with the mailboxes
/// knows.
pub(super) fn is_unknown(address: &str) -> bool {
    address.starts_with("former") || address.starts_with("nobody")
}

/// What the next host will call a message that comes at this instant; when it comes; and the words by which
/// it says so, with their enhanced code.
fn promise(
    flow: &mut Flow,
    item: &Item,
    next: usize,
    client: Client,
    at: Time,
) -> (Taken, Time, (&'static str, String)) {
    let mail = item.mail();
    let there = flow.hosts.get(next);
    let (system, name) = there.map_or((System::Postfix, ""), |host| (host.system, host.full_name));
    match system {
        System::Postfix => {
            let entry = flow.queued(next, mail, client, at);
            let (came, words) = (entry.came, format!("Ok: queued as {}", entry.id));
            (Taken::Entry(entry), came, ("2.0.0", words))
        }
        System::Exchange | System::ExchangeOnline => {
            let number = flow.copy_number();
            let (size, id) = (item.entry.size, &mail.message_id);
            let words = format!(
                "{id} [InternalId={number}, Hostname={name}] {size} bytes in 0.211, 43.0 KB/sec Queued mail for delivery"
            );
            (Taken::Copy(number), at, ("2.6.0", words))
        }
    }
}
