//! What a sender is told: bounces and warnings, which are messages of their own.

use std::rc::Rc;

use super::{Addressee, Item, Relays, story};
use crate::calendar::{Time, civil};
use crate::fact::{Client, Entry, Mail, QueueFact};
use crate::flow::Flow;

impl Relays {
    /// The sender is told.
    pub(super) fn notify(&mut self, flow: &mut Flow, item: &Item, kind: &'static str, at: Time) {
        let about = item.mail();
        let client = Client {
            name: None,
            ip: "".into(),
        };
        let host = item.host;
        let unnamed = Rc::new(flow.mail("", client.clone(), None));
        let queued = flow.queued(host, &unnamed, client.clone(), at);
        // Its Message-ID holds its queue id and the time, as the host's calendar has it.
        let name = flow.hosts.get(host).map_or("", |host| host.full_name);
        let now = civil(queued.came);
        let message_id = format!(
            "<{:04}{:02}{:02}{:02}{:02}{:02}.{}@{name}>",
            now.year, now.month, now.day, now.hour, now.minute, now.second, queued.id
        );
        let mail = Rc::new(Mail {
            number: unnamed.number,
            sender: "".into(),
            message_id: message_id.into(),
            subject: "Undelivered Mail Returned to Sender".into(),
            size: 2900,
            client: client.clone(),
            login: None,
            lost: Default::default(),
            seen_at: Default::default(),
        });
        let entry = Rc::new(Entry {
            id: queued.id.clone(),
            mail: mail.clone(),
            client,
            came: queued.came,
            size: 2900,
        });
        let notice = Item { host, entry };
        let came = notice.entry.came;
        notice.name(flow, came);
        let what = QueueFact::Notified {
            entry: item.entry.clone(),
            kind,
            notice: notice.entry.clone(),
        };
        item.log(flow, came + 1000, what);
        let to = about.sender.clone();
        let its_story = story(&mail, &to, came);
        let goes_to = self.goal(flow, host, &to);
        let addressee = Addressee { given: to, goes_to };
        self.deliver(flow, &notice, vec![(addressee, its_story)], came + 2000);
    }
}
