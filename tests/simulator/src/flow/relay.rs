//! Two relays with mailboxes: mx1 has amavis behind its queue, mx2 rspamd as a milter. Mail from outside is
//! refused, put off, filtered, expanded, delivered, put into the mailboxes or sent on; mail of the
//! organisation's people goes out and comes back as notices.

use std::rc::Rc;

use super::{Flow, is, story};
use crate::calendar::{DAY, HOUR, SECOND, Time, civil};
use crate::fact::{Agent, Client, Entry, Mail, QueueFact, Result, Text, Verdict, What};
use crate::truth::{Status, Story, Turn};
use crate::world::DOMAIN;

/// For how long a queue keeps trying: Postfix's `maximal_queue_lifetime`, here a day.
const LIFETIME: Time = DAY;
/// Postfix's `minimal_backoff_time` and `maximal_backoff_time`.
const BACKOFF: (Time, Time) = (300 * SECOND, 4000 * SECOND);

/// The relays, by their places among all hosts.
#[derive(Debug)]
pub struct Relays {
    mine: Vec<usize>,
    sessions: u64,
}

/// One recipient as it was given, and where it goes.
#[derive(Clone, Debug)]
struct Addressee {
    given: Text,
    goes_to: Goal,
}

#[derive(Clone, Debug)]
enum Goal {
    Mailbox,
    Alias(Vec<Text>),
    /// local(8) forwards it.
    Forward(Text),
    Outside(usize),
    /// No such user.
    Nobody,
    /// A trap: discard(8).
    Trap,
}

/// One address that an entry is delivered to.
#[derive(Clone, Debug)]
struct Target {
    to: Text,
    original: Option<Text>,
    goal: Goal,
}

impl Relays {
    pub fn new(mine: Vec<usize>) -> Self {
        Relays { mine, sessions: 0 }
    }

    /// Someone hands a message in.
    pub fn arrival(&mut self, flow: &mut Flow, at: Time) {
        let host = *flow.random.pick(&self.mine);
        if flow.random.per_mille(650) {
            self.come_in(flow, host, at);
        } else {
            self.go_out(flow, host, at);
        }
    }

    fn come_in(&mut self, flow: &mut Flow, host: usize, at: Time) {
        let peer = flow.random.pick(&flow.world.peers).clone();
        let sender = flow.random.pick(&peer.people).clone();
        let client = match flow.random.per_mille(100) {
            true => Client {
                name: None,
                ip: format!("198.51.100.{}", flow.random.between(100, 250)).into(),
            },
            false => peer.client(),
        };
        let mail = Rc::new(flow.mail(&sender, client, None));
        let addressees = self.addressees(flow, true);
        let refused_all = match flow.random.below(1000) {
            0..30 => Some(format!(
                "554 5.7.1 Service unavailable; Client host [{}] blocked using zen.blocklist.example; listed",
                mail.client.ip
            )),
            30..45 => Some("554 5.7.1 <{to}>: Relay access denied".to_owned()),
            _ => None,
        };
        if let Some(reply) = refused_all {
            self.refuse_all(flow, host, &mail, &addressees, at, &reply, 0);
            return;
        }
        if flow.random.per_mille(120) {
            self.greylisted(flow, host, mail, addressees, at);
        } else {
            self.offered(flow, host, &mail, &addressees, at, &[]);
            // The sender's system loses the answer and sends it once more.
            if flow.random.per_mille(15) {
                let again = at + flow.moment(120_000, 1_800_000);
                self.offered(flow, host, &mail, &addressees, again, &[]);
            }
        }
    }

    /// Put off by greylisting: whoever is a mail system comes again.
    fn greylisted(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: Rc<Mail>,
        addressees: Vec<Addressee>,
        at: Time,
    ) {
        const REPLY: &str = "450 4.2.0 <{to}>: Recipient address rejected: Greylisted, see http://postgrey.example/help/contoso.example.html";
        let known: Vec<Addressee> = addressees
            .into_iter()
            .filter(|addressee| !matches!(addressee.goes_to, Goal::Nobody))
            .collect();
        if flow.random.per_mille(250) {
            self.refuse_all(flow, host, &mail, &known, at, REPLY, 1);
            return;
        }
        let turns = self.session(flow, host, &mail, &known, at, REPLY);
        let turns: Vec<(Time, Turn)> = turns
            .into_iter()
            .map(|at| (at, is(Status::Pending, "refused for now")))
            .collect();
        let again = at + flow.moment(301_000, 5_400_000);
        self.offered(flow, host, &mail, &known, again, &turns);
    }

    /// Every recipient is refused, and that is all.
    #[allow(clippy::too_many_arguments, reason = "one scene")]
    fn refuse_all(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        addressees: &[Addressee],
        at: Time,
        reply: &str,
        is_for_now: usize,
    ) {
        let times = self.session(flow, host, mail, addressees, at, reply);
        let outcome = match is_for_now {
            0 => is(Status::Failed, "refused"),
            _ => is(Status::Pending, "refused for now"),
        };
        for (addressee, at) in addressees.iter().zip(times) {
            let mut story = story(mail, &addressee.given, Time::MAX);
            story.turns.push((at, outcome));
            flow.tell(story, mail);
        }
    }

    /// A session in which every recipient is refused; when.
    fn session(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        addressees: &[Addressee],
        mut at: Time,
        reply: &str,
    ) -> Vec<Time> {
        let session = self.begin_session(flow, host, mail, at);
        let mut times = Vec::new();
        for addressee in addressees {
            at += flow.moment(20, 300);
            self.refusal(flow, host, mail, session, None, &addressee.given, reply, at);
            times.push(at);
        }
        at += flow.moment(10, 200);
        self.end_session(flow, host, mail, session, 0, addressees.len(), at);
        times
    }

    fn begin_session(&mut self, flow: &mut Flow, host: usize, mail: &Rc<Mail>, at: Time) -> u64 {
        self.sessions += 1;
        let what = QueueFact::Connected {
            session: self.sessions,
            client: mail.client.clone(),
        };
        flow.fact(at, host, mail, What::Queue(what));
        self.sessions
    }

    #[allow(clippy::too_many_arguments, reason = "one line has so many parts")]
    fn end_session(
        &self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        session: u64,
        accepted: usize,
        refused: usize,
        at: Time,
    ) {
        let what = QueueFact::Disconnected {
            session,
            client: mail.client.clone(),
            accepted,
            refused,
        };
        flow.fact(at, host, mail, What::Queue(what));
    }

    #[allow(clippy::too_many_arguments, reason = "one line has so many parts")]
    fn refusal(
        &self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        session: u64,
        entry: Option<&Rc<Entry>>,
        recipient: &Text,
        reply: &str,
        at: Time,
    ) {
        let what = QueueFact::Refused {
            session,
            entry: entry.cloned(),
            client: mail.client.clone(),
            sender: mail.sender.clone(),
            recipient: recipient.clone(),
            reply: reply.replace("{to}", recipient).into(),
        };
        flow.fact(at, host, mail, What::Queue(what));
    }

    /// Some recipients from outside: mostly one.
    fn addressees(&self, flow: &mut Flow, is_from_outside: bool) -> Vec<Addressee> {
        let count = match flow.random.below(100) {
            0..80 => 1,
            80..92 => 2,
            _ => flow.random.between(3, 7),
        };
        let mut addressees: Vec<Addressee> = Vec::new();
        for _ in 0..count {
            let weights: &[u64] = match is_from_outside {
                true => &[860, 60, 25, 40, 15, 0],
                false => &[280, 40, 10, 0, 0, 670],
            };
            let one = match flow.random.weighted(weights) {
                0 => Addressee {
                    given: flow.random.pick(&flow.world.people).clone(),
                    goes_to: Goal::Mailbox,
                },
                1 => {
                    let (given, members) = flow.random.pick(&flow.world.aliases).clone();
                    Addressee {
                        given,
                        goes_to: Goal::Alias(members),
                    }
                }
                2 => {
                    let (given, target) = flow.random.pick(&flow.world.forwards).clone();
                    Addressee {
                        given,
                        goes_to: Goal::Forward(target),
                    }
                }
                3 => Addressee {
                    given: format!("nobody{}@{DOMAIN}", flow.random.below(100_000)).into(),
                    goes_to: Goal::Nobody,
                },
                4 => Addressee {
                    given: format!("trap@{DOMAIN}").into(),
                    goes_to: Goal::Trap,
                },
                _ => {
                    let peer = flow.random.below(flow.world.peers.len() as u64) as usize;
                    let people = flow.world.peers.get(peer).map(|peer| &peer.people);
                    Addressee {
                        given: people.map_or("".into(), |people| flow.random.pick(people).clone()),
                        goes_to: Goal::Outside(peer),
                    }
                }
            };
            // Who is reached in two ways is delivered to twice or once, under one of two addresses.
            fn reached(one: &Addressee) -> Vec<&Text> {
                let others: &[Text] = match &one.goes_to {
                    Goal::Alias(members) => members,
                    Goal::Forward(elsewhere) => std::slice::from_ref(elsewhere),
                    _ => &[],
                };
                others.iter().chain([&one.given]).collect()
            }
            let is_twice = addressees
                .iter()
                .any(|other| reached(other).iter().any(|it| reached(&one).contains(it)));
            if !is_twice {
                addressees.push(one);
            }
        }
        addressees
    }

    /// Offered to a relay that takes what it knows.
    fn offered(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        addressees: &[Addressee],
        mut at: Time,
        before: &[(Time, Turn)],
    ) {
        let session = self.begin_session(flow, host, mail, at);
        let mut entry: Option<Rc<Entry>> = None;
        let mut accepted: Vec<(Addressee, Vec<(Time, Turn)>)> = Vec::new();
        let mut refused: Vec<(Text, bool, Time)> = Vec::new();
        for (place, addressee) in addressees.iter().enumerate() {
            at += flow.moment(20, 300);
            if matches!(addressee.goes_to, Goal::Nobody) {
                let reply = "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table";
                self.refusal(
                    flow,
                    host,
                    mail,
                    session,
                    entry.as_ref(),
                    &addressee.given,
                    reply,
                    at,
                );
                refused.push((addressee.given.clone(), entry.is_some(), at));
                continue;
            }
            if entry.is_none() {
                let began = flow.queued(host, mail, mail.client.clone(), at);
                at = began.came;
                let what = QueueFact::Began {
                    session,
                    entry: began.clone(),
                    prior: None,
                };
                flow.fact(at, host, mail, What::Queue(what));
                entry = Some(began);
            }
            accepted.push((
                addressee.clone(),
                before.get(place).copied().into_iter().collect(),
            ));
        }
        let has_id_from = at + flow.moment(30, 400);
        for (recipient, has_entry, at) in refused.iter() {
            let mut story = story(
                mail,
                recipient,
                if *has_entry { has_id_from } else { Time::MAX },
            );
            story.turns.push((*at, is(Status::Failed, "refused")));
            flow.tell(story, mail);
        }
        let ended = has_id_from + flow.moment(100, 2000);
        self.end_session(
            flow,
            host,
            mail,
            session,
            accepted.len(),
            refused.len(),
            ended,
        );
        let Some(entry) = entry else { return };
        let what = QueueFact::Named {
            entry: entry.clone(),
        };
        flow.fact(has_id_from, host, mail, What::Queue(what));
        self.accepted(flow, host, &entry, accepted, has_id_from);
    }

    /// The entry is done with.
    fn remove(&mut self, flow: &mut Flow, host: usize, entry: &Rc<Entry>, at: Time) {
        let what = QueueFact::Removed {
            entry: entry.clone(),
        };
        flow.fact(at, host, &entry.mail, What::Queue(what));
        flow.free(host, entry, at);
    }

    /// What the relay took goes through its filter.
    fn accepted(
        &mut self,
        flow: &mut Flow,
        host: usize,
        entry: &Rc<Entry>,
        accepted: Vec<(Addressee, Vec<(Time, Turn)>)>,
        at: Time,
    ) {
        let mail = entry.mail.clone();
        let is_from_outside = mail.login.is_none();
        let mut stories: Vec<Story> = accepted
            .iter()
            .map(|(addressee, before)| {
                let mut story = story(&mail, &addressee.given, at);
                story.turns.extend(before);
                story
            })
            .collect();
        let addressees: Vec<Addressee> = accepted.into_iter().map(|(one, _)| one).collect();
        if is_from_outside && addressees.len() == 1 && flow.random.per_mille(12) {
            self.held(flow, host, entry, &addressees, stories, at);
            return;
        }
        let verdict = match flow.random.below(1000) {
            _ if !is_from_outside => Verdict::Clean,
            0..40 => Verdict::Spammy,
            40..65 => Verdict::Spam,
            65..85 => Verdict::SpamQuarantined,
            85..92 => Verdict::Virus,
            _ => Verdict::Clean,
        };
        let names: Vec<Text> = addressees.iter().map(|one| one.given.clone()).collect();
        // mx2's filter is asked while the message is received, and then the sender is answered.
        if host == 1 {
            let at = at + flow.moment(40, 600);
            let is_refused = matches!(
                verdict,
                Verdict::Spam | Verdict::SpamQuarantined | Verdict::Virus
            );
            let verdict = if is_refused { Verdict::Spam } else { verdict };
            let what = QueueFact::Scanned {
                entry: entry.clone(),
                next: None,
                is_after_queue: false,
                verdict,
                recipients: names.clone(),
            };
            flow.fact(at, host, &mail, What::Queue(what));
            if is_refused {
                let found = at;
                let at = at + flow.moment(1, 20);
                let what = QueueFact::MilterRefused {
                    entry: entry.clone(),
                    recipient: names.last().cloned().unwrap_or("".into()),
                };
                flow.fact(at, host, &mail, What::Queue(what));
                flow.free(host, entry, at);
                for mut story in stories {
                    let turn = Turn::Told {
                        at: found,
                        is: (Status::FilteredAsSpam, "refused by the filter"),
                        else_is: (Status::Failed, "refused"),
                    };
                    story.turns.push((at, turn));
                    flow.tell(story, &mail);
                }
                return;
            }
            for story in &mut stories {
                story.turns.push((at, Turn::UnderWay));
            }
            let at = at + flow.moment(2, 60);
            self.deliver(flow, host, entry, addressees, stories, at);
            return;
        }
        if !is_from_outside {
            self.deliver(flow, host, entry, addressees, stories, at);
            return;
        }
        self.through_amavis(flow, host, entry, addressees, stories, verdict, at);
    }

    /// amavis takes it from the queue and hands back what it lets pass.
    #[allow(clippy::too_many_arguments, reason = "one scene")]
    fn through_amavis(
        &mut self,
        flow: &mut Flow,
        host: usize,
        entry: &Rc<Entry>,
        addressees: Vec<Addressee>,
        mut stories: Vec<Story>,
        verdict: Verdict,
        at: Time,
    ) {
        let mail = entry.mail.clone();
        let names: Vec<Text> = addressees.iter().map(|one| one.given.clone()).collect();
        let at = at + flow.moment(2, 30);
        self.activate(flow, host, entry, names.len(), at);
        let nameless = self.nameless(&mail, at);
        let took = flow.moment(60, 4000);
        let scanned = at + took;
        let passes = matches!(verdict, Verdict::Clean | Verdict::Spammy);
        let next = passes.then(|| {
            let came = scanned - took / 10;
            let localhost = Client {
                name: Some("localhost".into()),
                ip: "127.0.0.1".into(),
            };
            let next = flow.queued(host, &mail, localhost, came);
            self.sessions += 1;
            let what = QueueFact::Began {
                session: self.sessions,
                entry: next.clone(),
                prior: flow.random.per_mille(500).then(|| entry.clone()),
            };
            flow.fact(next.came, host, &mail, What::Queue(what));
            let named = QueueFact::Named {
                entry: next.clone(),
            };
            flow.fact(next.came + 1000, host, &mail, What::Queue(named));
            next
        });
        // A reused id can move the next entry by up to a second.
        let scanned = next
            .as_ref()
            .map_or(scanned, |next| scanned.max(next.came + 5000));
        let what = QueueFact::Scanned {
            entry: entry.clone(),
            next: next.clone(),
            is_after_queue: true,
            verdict,
            recipients: names.clone(),
        };
        flow.fact(scanned, host, &mail, What::Queue(what));
        let number = mail.number % 90_000 + 10_000;
        let answer: Text = match (verdict, &next) {
            (_, Some(next)) => format!(
                "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {}",
                next.id
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
                entry: entry.clone(),
                agent: Agent::Smtp,
                relay: "127.0.0.1[127.0.0.1]:10024".into(),
                recipient: name.clone(),
                original: None,
                took,
                result: Result::Sent,
                enhanced: "2.0.0",
                answer: answer.clone(),
            };
            flow.fact(handed, host, &mail, What::Queue(what));
        }
        self.remove(flow, host, entry, handed + 1000);
        self.tell_nameless(flow, &mail, nameless, scanned);
        let outcome = match verdict {
            Verdict::Clean | Verdict::Spammy => Turn::UnderWay,
            Verdict::Spam => is(Status::FilteredAsSpam, "blocked by the filter"),
            Verdict::SpamQuarantined => is(Status::Quarantined, "quarantined by the filter"),
            Verdict::Virus => is(Status::Quarantined, "virus"),
        };
        for story in &mut stories {
            story.turns.push((scanned, outcome));
        }
        match next {
            Some(next) => {
                let at = next.came + flow.moment(3, 40);
                self.deliver(flow, host, &next, addressees, stories, at);
            }
            None => {
                for story in stories {
                    flow.tell(story, &mail);
                }
            }
        }
    }

    /// A check of headers puts it on hold until a person decides.
    fn held(
        &mut self,
        flow: &mut Flow,
        host: usize,
        entry: &Rc<Entry>,
        addressees: &[Addressee],
        mut stories: Vec<Story>,
        at: Time,
    ) {
        let mail = entry.mail.clone();
        let at = at + 1000;
        for addressee in addressees {
            let what = QueueFact::Held {
                entry: entry.clone(),
                recipient: addressee.given.clone(),
            };
            flow.fact(at, host, &mail, What::Queue(what));
        }
        for story in &mut stories {
            story.turns.push((at, is(Status::Pending, "on hold")));
        }
        let decided = at + flow.moment(600_000, 10_800_000);
        let handle = |flow: &mut Flow, how| {
            let what = QueueFact::Handled {
                entry: entry.clone(),
                how,
            };
            flow.fact(decided, host, &mail, What::Queue(what));
        };
        match flow.random.below(10) {
            0..5 => {
                handle(flow, "released from hold");
                for story in &mut stories {
                    story.turns.push((decided, Turn::UnderWay));
                }
                let at = decided + flow.moment(100, 30_000);
                self.deliver(flow, host, entry, addressees.to_vec(), stories, at);
            }
            5..8 => {
                handle(flow, "removed");
                flow.free(host, entry, decided);
                for mut story in stories {
                    story
                        .turns
                        .push((decided, is(Status::Failed, "deleted by a person")));
                    flow.tell(story, &mail);
                }
            }
            _ => {
                for story in stories {
                    flow.tell(story, &mail);
                }
            }
        }
    }

    fn activate(&self, flow: &mut Flow, host: usize, entry: &Rc<Entry>, count: usize, at: Time) {
        let what = QueueFact::Active {
            entry: entry.clone(),
            recipients: count,
        };
        flow.fact(at, host, &entry.mail, What::Queue(what));
    }

    /// A message in the queue before a line names its recipients.
    fn nameless(&self, mail: &Mail, at: Time) -> Story {
        let mut nameless = story(mail, &"".into(), at);
        nameless.turns.push((at, Turn::UnderWay));
        nameless
    }

    fn tell_nameless(&self, flow: &mut Flow, mail: &Rc<Mail>, mut nameless: Story, named: Time) {
        nameless.ends = Some(named);
        flow.tell(nameless, mail);
        flow.stories -= 1;
    }

    /// The queue delivers to each address in the end, or gives up.
    fn deliver(
        &mut self,
        flow: &mut Flow,
        host: usize,
        entry: &Rc<Entry>,
        addressees: Vec<Addressee>,
        stories: Vec<Story>,
        at: Time,
    ) {
        let mail = entry.mail.clone();
        let is_known_before = stories.iter().all(|story| !story.turns.is_empty());
        // Each target with its story, and the story of the alias that stood for it.
        let mut targets: Vec<(Target, Story)> = Vec::new();
        let mut aliases: Vec<Story> = Vec::new();
        for (addressee, mut given) in addressees.into_iter().zip(stories) {
            match addressee.goes_to {
                Goal::Alias(members) => {
                    for member in &members {
                        let target = Target {
                            to: member.clone(),
                            original: Some(addressee.given.clone()),
                            goal: Goal::Mailbox,
                        };
                        targets.push((target, story(&mail, member, given.has_id_from)));
                    }
                    if let [only] = members.as_slice() {
                        // Known by the first line that names both.
                        given.replaced_by = Some((Time::MAX, only.clone()));
                    }
                    aliases.push(given);
                }
                goal => {
                    let target = Target {
                        to: addressee.given,
                        original: None,
                        goal,
                    };
                    targets.push((target, given));
                }
            }
        }
        let targets = self.attempts(flow, host, entry, targets, at);
        let named = |story: &Story| story.turns.first().map(|(at, _)| *at);
        let first = targets.iter().filter_map(|(_, story)| named(story)).min();
        if !is_known_before && let Some(first) = first {
            let nameless = self.nameless(&mail, at);
            self.tell_nameless(flow, &mail, nameless, first);
        }
        for mut alias in aliases {
            let of_it: Vec<&Story> = targets
                .iter()
                .filter(|(target, _)| target.original.as_ref() == Some(&alias.recipient))
                .map(|(_, story)| story)
                .collect();
            let mut times: Vec<Time> = of_it.iter().filter_map(|story| named(story)).collect();
            times.sort_unstable();
            if let (Some((since, _)), [only], [first]) =
                (&mut alias.replaced_by, of_it.as_slice(), times.as_slice())
            {
                *since = *first;
                alias.turns.extend(&only.turns);
            } else if let [_, second, ..] = times.as_slice() {
                alias
                    .turns
                    .push((*second, is(Status::Expanded, "alias of several")));
            }
            flow.tell(alias, &mail);
        }
        for (_, story) in targets {
            flow.tell(story, &mail);
        }
    }

    /// Attempts until every target has its outcome; the stories with their turns.
    fn attempts(
        &mut self,
        flow: &mut Flow,
        host: usize,
        entry: &Rc<Entry>,
        mut targets: Vec<(Target, Story)>,
        mut at: Time,
    ) -> Vec<(Target, Story)> {
        let mail = entry.mail.clone();
        // How often each is put off; what becomes of it then.
        let mut waits: Vec<(u32, Result)> = targets
            .iter()
            .map(|(target, _)| self.fate(flow, target))
            .collect();
        let mut pause = BACKOFF.0;
        let mut has_warned = false;
        let count = targets.len();
        loop {
            if at - entry.came > LIFETIME {
                self.give_up(flow, host, entry, at);
                for ((_, story), (left, _)) in targets.iter_mut().zip(&waits) {
                    if *left != u32::MAX {
                        story.turns.push((at, is(Status::Failed, "expired")));
                    }
                }
                return targets;
            }
            self.activate(flow, host, entry, count, at);
            let mut last = at;
            let mut bounced = false;
            let mut is_open = false;
            for ((target, story), (left, fate)) in targets.iter_mut().zip(&mut waits) {
                if *left == u32::MAX {
                    continue;
                }
                let took = flow.moment(15, 900);
                let done = last.max(at + took);
                last = done + 200;
                if *left > 0 {
                    *left -= 1;
                    is_open = true;
                    self.attempt(flow, host, entry, target, Result::Deferred, took, done);
                    story.turns.push((done, is(Status::Pending, "deferred")));
                    continue;
                }
                *left = u32::MAX;
                bounced |= *fate == Result::Bounced;
                if let Goal::Forward(elsewhere) = target.goal.clone() {
                    self.forward(flow, host, entry, target, story, &elsewhere, done);
                    continue;
                }
                self.attempt(flow, host, entry, target, *fate, took, done);
                let turn = match (*fate, &target.goal) {
                    (_, Goal::Trap) => is(Status::Failed, "discarded"),
                    (Result::Bounced, _) => is(Status::Failed, "bounced"),
                    (_, Goal::Outside(_)) => is(Status::Delivered, "sent"),
                    _ => is(Status::Delivered, "in the mailbox"),
                };
                story.turns.push((done, turn));
            }
            last += 1000;
            if bounced && !mail.sender.is_empty() {
                self.notify(flow, host, entry, "sender non-delivery notification", last);
            }
            if !is_open {
                self.remove(flow, host, entry, last + 2000);
                return targets;
            }
            if !has_warned && at - entry.came > 4 * HOUR && !mail.sender.is_empty() {
                has_warned = true;
                self.notify(flow, host, entry, "sender delay notification", last);
            }
            at = last + pause + flow.moment(0, 20_000);
            pause = (pause * 2).min(BACKOFF.1);
        }
    }

    fn give_up(&mut self, flow: &mut Flow, host: usize, entry: &Rc<Entry>, at: Time) {
        let mail = entry.mail.clone();
        let what = QueueFact::GaveUp {
            entry: entry.clone(),
        };
        flow.fact(at, host, &mail, What::Queue(what));
        if !mail.sender.is_empty() {
            self.notify(
                flow,
                host,
                entry,
                "sender non-delivery notification",
                at + 3000,
            );
        }
        self.remove(flow, host, entry, at + 6000);
    }

    /// How often a target is put off, and what becomes of it then.
    fn fate(&self, flow: &mut Flow, target: &Target) -> (u32, Result) {
        match &target.goal {
            Goal::Mailbox | Goal::Alias(_) | Goal::Nobody => match flow.random.below(1000) {
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
            Goal::Forward(_) | Goal::Trap => (0, Result::Sent),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one line has so many parts")]
    fn attempt(
        &self,
        flow: &mut Flow,
        host: usize,
        entry: &Rc<Entry>,
        target: &Target,
        result: Result,
        took: Time,
        at: Time,
    ) {
        let to = &target.to;
        let token = flow.random.below(1 << 40);
        let (agent, mut relay, enhanced, answer) = match (&target.goal, result) {
            (Goal::Trap, _) => (
                Agent::Discard,
                "none".to_owned(),
                "2.0.0",
                DOMAIN.to_owned(),
            ),
            (Goal::Outside(peer), result) => {
                let (server, ip) = flow
                    .world
                    .peers
                    .get(*peer)
                    .map(|peer| (peer.server.clone(), peer.ip.clone()))
                    .unwrap_or(("".into(), "".into()));
                let relay = format!("{server}[{ip}]:25");
                let said = format!("host {server}[{ip}] said: ");
                let none = "none".to_owned();
                let (relay, enhanced, answer) = match (result, token % 5) {
                    (Result::Sent, 0) => (
                        relay,
                        "2.6.0",
                        format!(
                            "250 2.6.0 <{token:x}@{server}> [InternalId={token}, Hostname={server}] 9321 bytes in 0.211, 43.0 KB/sec Queued mail for delivery"
                        ),
                    ),
                    (Result::Sent, 1) => (
                        relay,
                        "2.0.0",
                        format!("250 2.0.0 OK  {token} x{token:x}si{token}.7 - gsmtp"),
                    ),
                    (Result::Sent, 2) => {
                        (relay, "2.0.0", format!("250 OK id=1vxNiW-{token:010}-skOz"))
                    }
                    (Result::Sent, _) => (
                        relay,
                        "2.0.0",
                        format!("250 2.0.0 Ok: queued as {token:010X}"),
                    ),
                    (Result::Deferred, 0) => (
                        none,
                        "4.4.1",
                        format!("connect to {server}[{ip}]:25: Connection timed out"),
                    ),
                    (Result::Deferred, 1) => (
                        none,
                        "4.4.3",
                        format!(
                            "Host or domain name not found. Name service error for name={server} type=A: Host not found, try again"
                        ),
                    ),
                    (Result::Deferred, 2) => (
                        relay,
                        "4.4.2",
                        format!(
                            "lost connection with {server}[{ip}] while receiving the initial server greeting"
                        ),
                    ),
                    (Result::Deferred, _) => (
                        relay,
                        "4.2.0",
                        format!(
                            "{said}450 4.2.0 <{to}>: Recipient address rejected: Greylisted (in reply to RCPT TO command)"
                        ),
                    ),
                    (Result::Bounced, 0) => (
                        relay,
                        "5.7.1",
                        format!(
                            "{said}554 5.7.1 Message rejected as spam (score 9.1) (in reply to end of DATA command)"
                        ),
                    ),
                    (Result::Bounced, 1) => (
                        relay,
                        "5.2.2",
                        format!(
                            "{said}552-5.2.2 The mailbox is full 552 5.2.2 (see https://help.example/full) (in reply to RCPT TO command)"
                        ),
                    ),
                    (Result::Bounced, 2) => (
                        none,
                        "5.4.4",
                        format!(
                            "Host or domain name not found. Name service error for name={server} type=AAAA: Host not found"
                        ),
                    ),
                    (Result::Bounced, 3) => (
                        relay,
                        "5.3.4",
                        format!(
                            "{said}552 5.3.4 Message size exceeds fixed limit (in reply to MAIL FROM command)"
                        ),
                    ),
                    (Result::Bounced, _) => (
                        relay,
                        "5.1.1",
                        format!(
                            "{said}550 5.1.1 <{to}>: Recipient address rejected: User unknown (in reply to RCPT TO command)"
                        ),
                    ),
                };
                (Agent::Smtp, relay, enhanced, answer)
            }
            (_, result) => {
                let socket = "private/dovecot-lmtp";
                let said = format!("host mx{}.contoso.example[{socket}] said: ", host + 1);
                let (enhanced, answer) = match result {
                    Result::Sent => ("2.0.0", format!("250 2.0.0 <{to}> {token:010x}Fj6Z Saved")),
                    Result::Deferred => (
                        "4.2.2",
                        format!(
                            "{said}452 4.2.2 <{to}> Quota exceeded (mailbox for user is full) (in reply to end of DATA command)"
                        ),
                    ),
                    Result::Bounced => (
                        "5.1.1",
                        format!(
                            "{said}550 5.1.1 <{to}> User doesn't exist: {to} (in reply to RCPT TO command)"
                        ),
                    ),
                };
                (Agent::Mailbox, socket.to_owned(), enhanced, answer)
            }
        };
        if agent == Agent::Mailbox {
            let name = flow.hosts.get(host).map_or("", |host| host.full_name);
            relay = format!("{name}[{relay}]");
        }
        let what = QueueFact::Attempt {
            entry: entry.clone(),
            agent,
            relay: relay.into(),
            recipient: to.clone(),
            original: target.original.clone(),
            took,
            result,
            enhanced,
            answer: answer.into(),
        };
        flow.fact(at, host, &entry.mail, What::Queue(what));
    }

    /// local(8) puts it into the queue again, for another address.
    #[allow(clippy::too_many_arguments, reason = "one scene")]
    fn forward(
        &mut self,
        flow: &mut Flow,
        host: usize,
        entry: &Rc<Entry>,
        target: &Target,
        story_of_it: &mut Story,
        elsewhere: &Text,
        at: Time,
    ) {
        let mail = entry.mail.clone();
        let next = flow.queued(host, &mail, entry.client.clone(), at);
        let named = QueueFact::Named {
            entry: next.clone(),
        };
        flow.fact(next.came, host, &mail, What::Queue(named));
        let what = QueueFact::Attempt {
            entry: entry.clone(),
            agent: Agent::Local,
            relay: "local".into(),
            recipient: target.to.clone(),
            original: None,
            took: 20_000,
            result: Result::Sent,
            enhanced: "2.0.0",
            answer: format!("forwarded as {}", next.id).into(),
        };
        let said = next.came + 3000;
        flow.fact(said, host, &mail, What::Queue(what));
        let peer = flow
            .world
            .peers
            .iter()
            .position(|peer| peer.people.contains(elsewhere))
            .unwrap_or(0);
        let onward = Target {
            to: elsewhere.clone(),
            original: Some(target.to.clone()),
            goal: Goal::Outside(peer),
        };
        let its_story = story(&mail, elsewhere, next.came);
        let told = self.attempts(
            flow,
            host,
            &next,
            vec![(onward, its_story)],
            next.came + 5000,
        );
        story_of_it.turns.push((said, Turn::UnderWay));
        story_of_it.replaced_by = Some((said, elsewhere.clone()));
        for (_, story) in told {
            story_of_it.turns.extend(&story.turns);
            flow.tell(story, &mail);
        }
    }

    /// The sender is told.
    fn notify(
        &mut self,
        flow: &mut Flow,
        host: usize,
        entry: &Rc<Entry>,
        kind: &'static str,
        at: Time,
    ) {
        let about = &entry.mail;
        let client = Client {
            name: None,
            ip: "".into(),
        };
        let mut mail = flow.mail("", client.clone(), None);
        let name = flow.hosts.get(host).map_or("", |host| host.full_name);
        // Its Message-ID holds its queue id.
        let unnamed = Rc::new(mail);
        let queued = flow.queued(host, &unnamed, client.clone(), at);
        let now = civil(queued.came);
        mail = Mail {
            number: unnamed.number,
            sender: "".into(),
            message_id: format!(
                "<{:04}{:02}{:02}{:02}{:02}{:02}.{}@{name}>",
                now.year, now.month, now.day, now.hour, now.minute, now.second, queued.id
            )
            .into(),
            subject: "Undelivered Mail Returned to Sender".into(),
            size: 2900,
            client: client.clone(),
            login: None,
            lost: Default::default(),
            seen_at: Default::default(),
        };
        let mail = Rc::new(mail);
        let notice = Rc::new(Entry {
            id: queued.id.clone(),
            mail: mail.clone(),
            client,
            came: queued.came,
            size: 2900,
        });
        let named = QueueFact::Named {
            entry: notice.clone(),
        };
        flow.fact(notice.came, host, &mail, What::Queue(named));
        let what = QueueFact::Notified {
            entry: entry.clone(),
            kind,
            notice: notice.clone(),
        };
        flow.fact(notice.came + 1000, host, about, What::Queue(what));
        let to = about.sender.clone();
        let peer = flow
            .world
            .peers
            .iter()
            .position(|peer| peer.people.contains(&to));
        let addressee = Addressee {
            given: to.clone(),
            goes_to: peer.map_or(Goal::Mailbox, Goal::Outside),
        };
        let its_story = story(&mail, &to, notice.came);
        self.deliver(
            flow,
            host,
            &notice,
            vec![addressee],
            vec![its_story],
            notice.came + 2000,
        );
    }

    /// Someone of the organisation writes.
    fn go_out(&mut self, flow: &mut Flow, host: usize, at: Time) {
        let sender = flow.random.pick(&flow.world.people).clone();
        let client = Client {
            name: None,
            ip: format!("192.0.2.{}", flow.random.between(100, 250)).into(),
        };
        let login = sender.split('@').next().unwrap_or_default().into();
        let mail = Rc::new(flow.mail(&sender, client, Some(login)));
        let addressees = self.addressees(flow, false);
        self.offered(flow, host, &mail, &addressees, at, &[]);
    }
}
