//! How a message comes in: sessions, what is refused in them, greylisting.

use std::rc::Rc;

use super::{Addressee, Goal, Item, Relays, is, story};
use crate::calendar::{SECOND, Time};
use crate::fact::{Client, Door, Entry, Mail, QueueFact, Text, What};
use crate::flow::Flow;
use crate::truth::{Status, Story, Turn};

/// A session at a host, as it is logged.
#[derive(Debug)]
pub(super) struct Session {
    number: u64,
    host: usize,
    mail: Rc<Mail>,
    client: Client,
    door: Door,
    accepted: usize,
    refused: usize,
}

impl Session {
    fn log(&self, flow: &mut Flow, at: Time, what: QueueFact) {
        flow.fact(at, self.host, &self.mail, What::Queue(what));
    }

    /// Refuses a recipient; `entry` is what an earlier one has opened.
    pub(super) fn refuse(
        &mut self,
        flow: &mut Flow,
        entry: Option<&Rc<Entry>>,
        recipient: &Text,
        reply: &str,
        at: Time,
    ) {
        self.refused += 1;
        let what = QueueFact::Refused {
            session: self.number,
            door: self.door.clone(),
            entry: entry.cloned(),
            client: self.client.clone(),
            sender: self.mail.sender.clone(),
            recipient: recipient.clone(),
            reply: reply.replace("{to}", recipient).into(),
        };
        self.log(flow, at, what);
    }

    /// Opens an entry, for so many recipients in the end.
    pub(super) fn take(
        &mut self,
        flow: &mut Flow,
        entry: &Rc<Entry>,
        recipients: usize,
        prior: Option<Rc<Entry>>,
    ) {
        self.accepted += recipients;
        let what = QueueFact::Began {
            session: self.number,
            door: self.door.clone(),
            entry: entry.clone(),
            prior,
        };
        self.log(flow, entry.came, what);
    }

    /// The client goes away with a message half told.
    fn breaks(&self, flow: &mut Flow, entry: &Rc<Entry>, how: &str, at: Time) {
        let what = QueueFact::WentAway {
            session: self.number,
            door: self.door.clone(),
            entry: entry.clone(),
            client: self.client.clone(),
            how: how.into(),
        };
        self.log(flow, at, what);
    }

    pub(super) fn end(self, flow: &mut Flow, at: Time) {
        let what = QueueFact::Disconnected {
            session: self.number,
            door: self.door.clone(),
            client: self.client.clone(),
            accepted: self.accepted,
            refused: self.refused,
        };
        self.log(flow, at, what);
    }
}

impl Relays {
    pub(super) fn begin(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        client: Client,
        door: Door,
        at: Time,
    ) -> Session {
        self.sessions += 1;
        let session = Session {
            number: self.sessions,
            host,
            mail: mail.clone(),
            client,
            door,
            accepted: 0,
            refused: 0,
        };
        let what = QueueFact::Connected {
            session: session.number,
            door: session.door.clone(),
            client: session.client.clone(),
        };
        session.log(flow, at, what);
        session
    }

    /// A session with whoever has the message first.
    fn first(&mut self, flow: &mut Flow, host: usize, mail: &Rc<Mail>, at: Time) -> Session {
        let door = door_of(mail);
        self.begin(flow, host, mail, mail.client.clone(), door, at)
    }

    /// Put off by greylisting: whoever is a mail system comes again.
    pub(super) fn greylisted(
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
            .filter(|addressee| addressee.goes_to != Goal::Nobody)
            .collect();
        let put_off = is(Status::Pending, "refused for now");
        if flow.random.per_mille(250) {
            self.refuse_all(flow, host, &mail, &known, at, REPLY, put_off);
            return;
        }
        let turns = self.refusals(flow, host, &mail, &known, at, REPLY);
        let turns: Vec<(Time, Turn)> = turns.into_iter().map(|at| (at, put_off)).collect();
        let again = at + flow.moment(301_000, 5_400_000);
        let client = match flow.random.per_mille(200) {
            true => neighbour(&mail.client),
            false => mail.client.clone(),
        };
        self.offered_by(flow, host, &mail, client, &known, again, &turns);
    }

    /// A client that goes away before the message is whole, and mostly comes again.
    pub(super) fn goes_away(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: Rc<Mail>,
        addressees: Vec<Addressee>,
        at: Time,
    ) {
        let mut session = self.first(flow, host, &mail, at);
        let asked = at + flow.moment(20, 300);
        let entry = flow.queued(host, &mail, mail.client.clone(), asked);
        session.take(flow, &entry, 0, None);
        let item = Item { host, entry };
        let at = item.entry.came;
        let (how, gone, has_id) = match flow.random.below(3) {
            // Under stress Postfix waits for ten seconds.
            0 => ("timeout after RCPT".to_owned(), at + 10 * SECOND, false),
            1 => {
                let bytes = flow.random.below(mail.size);
                let how = format!("timeout after DATA ({bytes} bytes)");
                (how, at + 10 * SECOND + flow.moment(0, 900), true)
            }
            _ => {
                let bytes = flow.random.below(mail.size);
                let how = format!("lost connection after DATA ({bytes} bytes)");
                (how, at + flow.moment(800, 60_000), true)
            }
        };
        if has_id {
            item.name(flow, at + 5000);
        }
        session.breaks(flow, &item.entry, &how, gone);
        session.end(flow, gone + 100);
        flow.free(host, &item.entry, gone);
        // No line names its recipients.
        let mut story = story(
            &mail,
            &"".into(),
            if has_id { at + 5000 } else { Time::MAX },
        );
        let gone_away = is(Status::Failed, "its client went away");
        story.turns.push((gone, gone_away));
        flow.tell(story, &mail);
        if flow.random.per_mille(700) {
            let mail = flow.mail_again(&mail);
            let again = gone + flow.moment(60_000, 3_600_000);
            self.offered(flow, host, &mail, &addressees, again, &[]);
        }
    }

    /// Handed in on the host itself, by a program: all recipients are taken.
    pub(super) fn dropped(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        addressees: Vec<Addressee>,
        at: Time,
    ) {
        let nobody = Client {
            name: None,
            ip: "".into(),
        };
        let entry = flow.queued(host, mail, nobody, at);
        let item = Item { host, entry };
        let came = item.entry.came;
        let what = QueueFact::PickedUp {
            entry: item.entry.clone(),
            user: 33,
            prior: None,
        };
        item.log(flow, came, what);
        let has_id_from = came + 2000;
        item.name(flow, has_id_from);
        let accepted = addressees.into_iter().map(|addressee| {
            let story = story(mail, &addressee.given, has_id_from);
            (addressee, story)
        });
        self.accepted(flow, &item, accepted.collect(), has_id_from + 1000);
    }

    /// Every recipient is refused, and that is all.
    #[allow(clippy::too_many_arguments, reason = "one scene")]
    pub(super) fn refuse_all(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        addressees: &[Addressee],
        at: Time,
        reply: &str,
        outcome: Turn,
    ) {
        let times = self.refusals(flow, host, mail, addressees, at, reply);
        for (addressee, at) in addressees.iter().zip(times) {
            let mut story = story(mail, &addressee.given, Time::MAX);
            story.turns.push((at, outcome));
            flow.tell(story, mail);
        }
    }

    /// A session in which every recipient is refused; when.
    fn refusals(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        addressees: &[Addressee],
        mut at: Time,
        reply: &str,
    ) -> Vec<Time> {
        let mut session = self.first(flow, host, mail, at);
        let mut times = Vec::new();
        for addressee in addressees {
            at += flow.moment(20, 300);
            session.refuse(flow, None, &addressee.given, reply, at);
            times.push(at);
        }
        at += flow.moment(10, 200);
        session.end(flow, at);
        times
    }

    /// Offered to a relay that takes what it knows.
    pub(super) fn offered(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        addressees: &[Addressee],
        at: Time,
        before: &[(Time, Turn)],
    ) {
        let client = mail.client.clone();
        self.offered_by(flow, host, mail, client, addressees, at, before);
    }

    #[allow(clippy::too_many_arguments, reason = "one scene")]
    fn offered_by(
        &mut self,
        flow: &mut Flow,
        host: usize,
        mail: &Rc<Mail>,
        client: Client,
        addressees: &[Addressee],
        mut at: Time,
        before: &[(Time, Turn)],
    ) {
        const REPLY: &str =
            "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table";
        let door = door_of(mail);
        let mut session = self.begin(flow, host, mail, client.clone(), door, at);
        let mut entry: Option<Rc<Entry>> = None;
        let mut accepted: Vec<(Addressee, Story)> = Vec::new();
        let mut refused: Vec<(Text, bool, Time)> = Vec::new();
        for (place, addressee) in addressees.iter().enumerate() {
            at += flow.moment(20, 300);
            if addressee.goes_to == Goal::Nobody {
                session.refuse(flow, entry.as_ref(), &addressee.given, REPLY, at);
                refused.push((addressee.given.clone(), entry.is_some(), at));
                continue;
            }
            if entry.is_none() {
                let began = flow.queued(host, mail, client.clone(), at);
                at = began.came;
                session.take(flow, &began, 0, None);
                entry = Some(began);
            }
            session.accepted += 1;
            // From when its id is known is decided with the last recipient.
            let mut story = story(mail, &addressee.given, 0);
            story.turns.extend(before.get(place));
            accepted.push((addressee.clone(), story));
        }
        let has_id_from = at + flow.moment(30, 400);
        for (recipient, has_entry, at) in refused {
            let mut story = story(
                mail,
                &recipient,
                if has_entry { has_id_from } else { Time::MAX },
            );
            story.turns.push((at, is(Status::Failed, "refused")));
            flow.tell(story, mail);
        }
        let ended = has_id_from + flow.moment(100, 2000);
        session.end(flow, ended);
        let Some(entry) = entry else { return };
        for (_, story) in &mut accepted {
            story.has_id_from = has_id_from;
        }
        let item = Item { host, entry };
        item.name(flow, has_id_from);
        self.accepted(flow, &item, accepted, has_id_from);
    }
}

fn door_of(mail: &Mail) -> Door {
    match &mail.login {
        Some(login) => Door::Submission(login.clone()),
        None => Door::Smtp,
    }
}

/// Another address of the same network: a sender with several machines.
fn neighbour(client: &Client) -> Client {
    let (network, last) = client.ip.rsplit_once('.').unwrap_or(("", ""));
    let last: u32 = last.parse().unwrap_or_default();
    Client {
        name: client.name.as_ref().map(|name| format!("b{name}").into()),
        ip: format!("{network}.{}", (last + 3) % 256).into(),
    }
}
