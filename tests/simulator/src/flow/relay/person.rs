//! What a person does to a queue: postsuper(1).

use super::{Item, Relays};
use crate::calendar::Time;
use crate::fact::QueueFact;
use crate::flow::Flow;

/// What a person does to an entry that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    /// Nothing, as with nearly all.
    Off,
    /// Put into the queue anew, under another id.
    Requeue,
    /// Given up before its time.
    Expire,
}

impl Relays {
    pub(super) fn hand(&self, flow: &mut Flow) -> Hand {
        match flow.random.below(100) {
            0..5 => Hand::Requeue,
            5..7 => Hand::Expire,
            _ => Hand::Off,
        }
    }

    /// `postsuper -r`: out of the queue and into the drop, from where it comes in as if it were new.
    pub(super) fn requeue(&mut self, flow: &mut Flow, item: &Item, at: Time) -> Item {
        self.handled(flow, item, "requeued", at);
        flow.free(item.host, &item.entry, at);
        let mail = item.mail();
        let client = item.entry.client.clone();
        let picked_up = at + flow.moment(30, 60_000);
        let entry = flow.queued(item.host, mail, client, picked_up);
        let next = Item {
            host: item.host,
            entry,
        };
        let came = next.entry.came;
        let what = QueueFact::PickedUp {
            entry: next.entry.clone(),
            user: 0,
            prior: Some(item.entry.clone()),
        };
        next.log(flow, came, what);
        next.name(flow, came + 1000);
        next
    }

    pub(super) fn handled(&self, flow: &mut Flow, item: &Item, how: &'static str, at: Time) {
        let entry = item.entry.clone();
        item.log(flow, at, QueueFact::Handled { entry, how });
    }
}
