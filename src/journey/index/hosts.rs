//! By what legs of several systems find one another: ids that servers answered with, Message-IDs, and
//! between whom something was refused.
//!
//! What too many speak of tells nothing, and is left alone: whatever an attacker repeats, no list that is
//! looked through is long.

use super::super::echo::Pair;
use super::super::leg::Leg;
use super::super::mentions::Mentions;
use super::{Index, Key};
use crate::words::Word;

/// An id that more buckets than this speak of tells nothing over hosts, and nor does a Message-ID that so
/// many bear.
const CROWD: usize = 64;
const CROWD_OF_NAMES: usize = 256;

impl Index {
    /// The buckets that say that another system went on with their message under this id.
    pub(in crate::journey) fn onward(&self, id: Word) -> impl Iterator<Item = u32> + '_ {
        self.onward.of(id)
    }

    /// The buckets in which a message begins under this id.
    pub(in crate::journey) fn arrived(&self, id: Word) -> impl Iterator<Item = u32> + '_ {
        self.arrived.of(id)
    }

    /// Whether hand-overs under an id may be told by it: both sides are here, and few enough.
    pub(in crate::journey) fn may_hop(&self, id: Word) -> bool {
        let (sent, came) = (self.onward.of(id), self.arrived.of(id));
        let (sent, came) = (sent.take(CROWD + 1).count(), came.take(CROWD + 1).count());
        (1..=CROWD).contains(&sent) && (1..=CROWD).contains(&came)
    }

    pub(super) fn go_on(&mut self, id: Word, bucket_idx: u32) {
        if self.onward.add(id, bucket_idx) {
            self.touch_crowd(id, |index| &index.onward);
        }
    }

    /// Marks all that was joined by an id until now, if what was added to one of its lists is what makes it
    /// tell nothing any more.
    pub(super) fn touch_crowd(&mut self, id: Word, list: fn(&Index) -> &Mentions<Word>) {
        if list(self).of(id).take(CROWD + 2).count() == CROWD + 1 {
            let all = self.onward.of(id).chain(self.arrived.of(id));
            let all: Vec<u32> = all.collect();
            all.into_iter()
                .for_each(|bucket_idx| self.touch(bucket_idx));
        }
    }

    /// The buckets that handed their message on without an id that tells to whom.
    pub(in crate::journey) fn handed_on(&self, message_id: Word) -> impl Iterator<Item = u32> + '_ {
        self.handed_on.of(message_id)
    }

    /// The buckets of messages of a Message-ID that may have come from such a hand-over.
    pub(in crate::journey) fn named(&self, message_id: Word) -> impl Iterator<Item = u32> + '_ {
        let key = Key::MessageId(message_id);
        let own = self.by_key.get(&key).copied().into_iter();
        own.chain(self.mentions.of(key))
            .chain(self.named.of(message_id))
    }

    /// Whether hand-overs of a Message-ID may be told by it: both sides are here, and few enough.
    pub(in crate::journey) fn may_be_alike(&self, message_id: Word) -> bool {
        let sent = self.handed_on.of(message_id).take(CROWD_OF_NAMES + 1);
        let sent = sent.count();
        (1..=CROWD_OF_NAMES).contains(&sent) && {
            let came = self.named(message_id).take(CROWD_OF_NAMES + 1);
            (1..=CROWD_OF_NAMES).contains(&came.count())
        }
    }

    /// Notes by which Message-IDs a bucket's leg may be joined to another.
    pub(super) fn note_namesakes(&mut self, leg: &Leg, is_queued: bool, bucket_idx: u32) {
        let name = leg.message_id;
        let hands_on = leg.hand_overs.iter().any(|sent| sent.is_vague);
        if name == 0 {
            return;
        }
        if hands_on && self.handed_on.add(name, bucket_idx) {
            self.touch_namesakes(name, true);
        }
        let may_arrive = is_queued && self.has_reports && !leg.arrivals.is_empty();
        if may_arrive && self.named.add(name, bucket_idx) {
            self.touch_namesakes(name, false);
        }
    }

    /// Marks all that was joined by a Message-ID until now, if it has just become that of a crowd.
    pub(super) fn touch_namesakes(&mut self, message_id: Word, is_handed_on: bool) {
        let crowd = CROWD_OF_NAMES + 1;
        let count = match is_handed_on {
            true => self.handed_on(message_id).take(crowd + 1).count(),
            false => self.named(message_id).take(crowd + 1).count(),
        };
        if count == crowd {
            let all = self.handed_on(message_id).chain(self.named(message_id));
            let all: Vec<u32> = all.collect();
            all.into_iter()
                .for_each(|bucket_idx| self.touch(bucket_idx));
        }
    }

    /// The buckets whose attempts were refused, and those that refused some.
    pub(in crate::journey) fn heard(&self, pair: Pair) -> impl Iterator<Item = u32> + '_ {
        self.heard.of(pair)
    }

    pub(in crate::journey) fn given(&self, pair: Pair) -> impl Iterator<Item = u32> + '_ {
        self.given.of(pair)
    }

    /// Whether both sides of refusals between two are here, and few enough.
    pub(in crate::journey) fn may_echo(&self, pair: Pair) -> bool {
        let is_few = |list: &Mentions<Pair>| {
            let count = list.of(pair).take(CROWD + 1).count();
            (1..=CROWD).contains(&count)
        };
        is_few(&self.heard) && is_few(&self.given)
    }

    /// Notes between whom a leg's refusals are.
    pub(super) fn note_refusals(&mut self, leg: &Leg, bucket_idx: u32) {
        for it in leg.heard.iter().filter(|_| leg.sender != 0) {
            self.note_pair((leg.sender, it.recipient), bucket_idx, |index| {
                &mut index.heard
            });
        }
        for it in &leg.given {
            self.note_pair((it.sender, it.recipient), bucket_idx, |index| {
                &mut index.given
            });
        }
    }

    pub(super) fn note_pair(
        &mut self,
        pair: Pair,
        bucket_idx: u32,
        list: fn(&mut Index) -> &mut Mentions<Pair>,
    ) {
        let list = list(self);
        if list.add(pair, bucket_idx) && list.of(pair).take(CROWD + 2).count() == CROWD + 1 {
            let all: Vec<u32> = self.heard(pair).chain(self.given(pair)).collect();
            all.into_iter()
                .for_each(|bucket_idx| self.touch(bucket_idx));
        }
    }
}
