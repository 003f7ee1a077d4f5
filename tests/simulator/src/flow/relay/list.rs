//! A mailing list: a program gets what is written to the list, and sends it to every subscriber, from an
//! address of its own and by the same Message-ID. That is another message.

use std::rc::Rc;

use super::{Addressee, Door, Item, Relays, story};
use crate::calendar::Time;
use crate::fact::{Client, Text};
use crate::flow::Flow;

impl Relays {
    /// The list's program, which got it at this instant, hands it in for all subscribers.
    pub(super) fn distribute(
        &mut self,
        flow: &mut Flow,
        item: &Item,
        list: &Text,
        subscribers: &[Text],
        at: Time,
    ) {
        let host = item.host;
        let localhost = Client {
            name: Some("localhost".into()),
            ip: "127.0.0.1".into(),
        };
        let sender = list.replacen('@', "-bounces@", 1);
        let mut mail = flow.mail(&sender, localhost.clone(), None);
        mail.message_id = item.mail().message_id.clone();
        mail.subject = format!("[announce] {}", item.mail().subject).into();
        let mail = Rc::new(mail);
        let start = at + flow.moment(300, 20_000);
        let mut session = self.begin(flow, host, &mail, localhost.clone(), Door::Smtp, start);
        let asked = start + flow.moment(5, 50);
        let entry = flow.queued(host, &mail, localhost, asked);
        session.take(flow, &entry, subscribers.len(), None);
        let copy = Item { host, entry };
        let named = copy.entry.came + flow.moment(5, 50);
        copy.name(flow, named);
        session.end(flow, named + 30_000);
        let accepted = subscribers.iter().map(|subscriber| {
            let goes_to = self.goal(flow, host, subscriber);
            let given = subscriber.clone();
            let story = story(&mail, &given, named);
            (Addressee { given, goes_to }, story)
        });
        let accepted = accepted.collect();
        self.deliver(flow, &copy, accepted, named + 20_000);
    }
}
