//! How a message comes in: sessions, what is refused in them, greylisting.

use std::rc::Rc;

use super::{Addressee, Goal, Item, Relays, is, story};
use crate::calendar::Time;
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
        let door = match &mail.login {
            Some(login) => Door::Submission(login.clone()),
            None => Door::Smtp,
        };
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
        self.offered(flow, host, &mail, &known, again, &turns);
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
        mut at: Time,
        before: &[(Time, Turn)],
    ) {
        const REPLY: &str =
            "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table";
        let mut session = self.first(flow, host, mail, at);
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
                let began = flow.queued(host, mail, mail.client.clone(), at);
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
