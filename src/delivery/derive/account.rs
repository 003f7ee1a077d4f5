//! What the events say of one recipient, as marks, and the status that the marks give.

use hashbrown::HashSet;

use super::Seed;
use super::queue::Entry;
use crate::delivery::rule::Rule;
use crate::delivery::status::Status;
use crate::delivery::{Basis, Delivery, NO_EVENT, Setting, Settings};
use crate::events::{EventNumber, Row};
use crate::segment::Field;
use crate::words::Word;

/// A copy of the message in one system: what it calls it, and the host that does; Exchange's servers name
/// no host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CopyId {
    pub(super) host: Word,
    pub(super) id: Word,
}

impl CopyId {
    pub(super) fn of(row: &Row<'_>) -> CopyId {
        let host = match row.origin().is_exchange() {
            true => 0,
            false => row.word(Field::Host),
        };
        CopyId {
            host,
            id: row.word(Field::Id),
        }
    }

    /// Another copy on the same host.
    pub(super) fn beside(self, id: Word) -> CopyId {
        CopyId { id, ..self }
    }
}

/// An event that ended or delayed a delivery, or what a filter found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) status: Status,
    pub(super) rule: Rule,
    pub(super) basis: Basis,
    pub(super) event: EventNumber,
    /// Its place in the order of the message's events.
    pub(super) at: u32,
    /// The copy that it speaks of: a queue id, an internal message id.
    pub(super) copy: CopyId,
    /// The setting without which it would say otherwise.
    pub(super) setting: Option<Setting>,
}

impl Mark {
    pub(super) fn new(row: &Row<'_>, at: u32, status: Status, rule: Rule) -> Mark {
        Mark {
            status,
            rule,
            basis: Basis::Settled,
            event: row.number,
            at,
            copy: CopyId::of(row),
            setting: None,
        }
    }

    /// Sent to a server that may be one of ours, which facts decide.
    pub(super) fn sent(row: &Row<'_>, at: u32, rule: Rule) -> Mark {
        Mark {
            basis: Basis::SentTo {
                event: row.number,
                rule,
            },
            ..Mark::new(row, at, Status::Delivered, rule)
        }
    }

    /// That a setting has the status be this one.
    pub(super) fn set(self, setting: Setting, status: Status) -> Mark {
        Mark {
            status,
            setting: Some(setting),
            ..self
        }
    }

    /// That the address stands for several others.
    pub(super) fn expanded(self) -> Mark {
        Mark {
            status: Status::Expanded,
            rule: Rule::AliasExpanded,
            ..self
        }
    }

    /// Whether it was sent on, so that a later word of another system may say more.
    pub(super) fn is_sent_on(&self) -> bool {
        matches!(
            self.rule,
            Rule::SentOutside | Rule::SentExternal | Rule::SentToExchangeOnline | Rule::Sent
        )
    }

    /// Whether it may have been a hop to one of our own servers, so that anything newer says more.
    fn may_be_hop(&self) -> bool {
        self.rule == Rule::SentOutside && self.basis != Basis::Settled
    }
}

/// What the events say of one recipient.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) recipient: Word,
    pub(super) end: Option<Mark>,
    pub(super) wait: Option<Mark>,
    /// Handed to a content filter, which hands it on under this queue id.
    pub(super) filter: Option<(Mark, CopyId)>,
    /// Handed to another system that logs the message, too: by which event, and what that system says
    /// last.
    pub(super) hop: Option<(EventNumber, EventNumber)>,
    pub(super) expanded: Option<Mark>,
    /// The address that takes its place.
    pub(super) replaced: Option<(Mark, Word)>,
    /// Goes on under this queue id, to addresses that only that entry tells.
    pub(super) forwarded: Option<(Mark, CopyId)>,
    pub(super) came_from: Word,
    pub(super) last_event: EventNumber,
    pub(super) found: Findings,
    /// What a report of Exchange Online says has become of it.
    pub(super) reported: Option<Mark>,
    /// An approval request was made, whose own end is a DROP.
    pub(super) moderated: bool,
}

/// What filters and agents found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Findings {
    pub(super) spam: Option<Mark>,
    pub(super) junk: Option<Mark>,
    pub(super) quarantine: Option<Mark>,
    pub(super) malware: Option<Mark>,
    pub(super) released: Option<Mark>,
    /// A filter beside a mail transfer agent ended it, or keeps it.
    pub(super) stopped: Option<Mark>,
    /// A mailbox took it, into a folder that is known to be an ordinary one.
    pub(super) in_ordinary_folder: bool,
    pub(super) delivered: bool,
}

impl Findings {
    /// What was found of the message before this address took the place of another.
    pub(super) fn add(&mut self, before: &Findings) {
        self.spam = self.spam.or(before.spam);
        self.junk = self.junk.or(before.junk);
        self.quarantine = self.quarantine.or(before.quarantine);
        self.malware = self.malware.or(before.malware);
        self.released = self.released.or(before.released);
    }
}

impl Account {
    pub(super) fn new(recipient: Word, event: EventNumber) -> Account {
        Account {
            recipient,
            end: None,
            wait: None,
            filter: None,
            hop: None,
            expanded: None,
            replaced: None,
            forwarded: None,
            came_from: 0,
            last_event: event,
            found: Findings::default(),
            reported: None,
            moderated: false,
        }
    }

    /// Whether all that is known of it is that it goes on as this queue entry, which tells no result.
    pub(super) fn goes_on_as(&self, entry: &Entry) -> bool {
        if self.end.or(self.expanded).is_some() || self.replaced.is_some() {
            return false;
        }
        let filtered = self.filter.is_some_and(|(mark, copy)| {
            let came_back = entry.is_from_here && mark.copy.host == entry.copy.host;
            copy == entry.copy || mark.copy == entry.prior || came_back && copy == mark.copy
        });
        let forwarded = self.forwarded.is_some_and(|(_, copy)| copy == entry.copy);
        match self.wait {
            Some(wait) => entry.is_requeued && wait.copy == entry.prior,
            None => filtered || forwarded || self.hop.is_some(),
        }
    }

    /// Another system took it that logs the message, too: what that one says decides, and this copy waits
    /// no more, nor the one that was put into the queue anew as this.
    pub(super) fn hand_over(&mut self, row: &Row<'_>, prior: Option<CopyId>, last: EventNumber) {
        let copy = CopyId::of(row);
        let is_it = |wait: &Mark| wait.copy == copy || Some(wait.copy) == prior;
        let is_other = |wait: &Mark| !is_it(wait) && wait.rule != Rule::RefusedForNow;
        self.wait = self.wait.filter(is_other);
        self.hop = Some((row.number, last));
    }

    /// An end, unless it is about another copy than the one that was delivered (formats.md 7.0 G2).
    pub(super) fn end_with(&mut self, mark: Mark) {
        if let Some(held) = self.end {
            let other_copy = held.copy != mark.copy;
            let undoes = mark.status == Status::Failed && held.status != Status::Failed;
            let says_less = mark.is_sent_on() && !held.is_sent_on();
            // Servers' clocks differ: a hand-over that is logged after the delivery came before it.
            let came_before = says_less && held.status == Status::Delivered;
            if came_before || other_copy && (undoes && !held.is_sent_on() || says_less) {
                return;
            }
        }
        self.end = Some(mark);
        self.wait = None;
    }

    /// The status that the marks give; `joined` are the queue entries that belong to this message.
    pub(super) fn conclude(&self, joined: &HashSet<CopyId, Seed>, settings: Settings) -> Delivery {
        let delivery = Delivery {
            journey: 0,
            recipient: self.recipient,
            status: Status::Pending,
            rule: Rule::NoOutcome,
            decided_by: NO_EVENT,
            // Of who was handed on and not spoken of again, the next system tells how far it came.
            last_event: match self.hop {
                Some((event, last)) if event == self.last_event => last,
                _ => self.last_event,
            },
            replaced_by: 0,
            came_from: self.came_from,
            basis: Basis::Open,
            setting: None,
        };
        let told = self.told_by_events(joined, settings);
        match self.with_report(told) {
            Some(mark) => Delivery {
                status: mark.status,
                rule: mark.rule,
                decided_by: mark.event,
                basis: mark.basis,
                replaced_by: match (mark.basis, self.replaced) {
                    (Basis::Replaced, Some((_, heir))) => heir,
                    _ => 0,
                },
                setting: mark.setting,
                ..delivery
            },
            None => delivery,
        }
    }

    /// What holds of what events tell and what a report states (formats.md 7.1): reports are snapshots,
    /// and events tell more, but for what only Exchange Online knows.
    fn with_report(&self, told: Option<Mark>) -> Option<Mark> {
        let (Some(told), Some(reported)) = (told, self.reported) else {
            return told.or(self.reported);
        };
        let is_open = |mark: &Mark| matches!(mark.status, Status::Pending | Status::GettingStatus);
        let is_hop = told.is_sent_on() || told.may_be_hop();
        let is_kept = matches!(
            reported.status,
            Status::Quarantined | Status::FilteredAsSpam
        );
        let report_knows_more = match told.status {
            status if status == reported.status => false,
            _ if is_open(&reported) => false,
            _ if is_open(&told) || is_hop => true,
            // The folder is what a DELIVER may leave out.
            Status::Delivered => {
                is_kept && !self.found.in_ordinary_folder && self.found.released.is_none()
            }
            _ => false,
        };
        Some(if report_knows_more { reported } else { told })
    }

    /// The mark that decides by the events, in the order of formats.md 7.0 G5 to G7.
    fn told_by_events(&self, joined: &HashSet<CopyId, Seed>, settings: Settings) -> Option<Mark> {
        let found = &self.found;
        if self.expanded.is_some() {
            return self.expanded;
        }
        if let Some(stopped) = found.stopped.filter(|stopped| !self.passed(stopped)) {
            return Some(stopped);
        }
        if let Some(quarantine) = found.quarantine {
            return Some(quarantine);
        }
        let ended_badly = self.end.is_none_or(|end| end.status == Status::Failed);
        if !found.delivered && ended_badly && found.malware.is_some() {
            return found.malware;
        }
        if let Some(released) = found.released.filter(|_| found.delivered) {
            return Some(released);
        }
        if let Some(junk) = found.junk.filter(|junk| self.is_in_junk(junk)) {
            return Some(junk);
        }
        let is_contested = found.delivered && !found.in_ordinary_folder;
        if let Some(spam) = found.spam.filter(|_| is_contested) {
            let delivered = self.end.filter(|end| end.status == Status::Delivered);
            return Some(match delivered {
                Some(end) if !settings.spam_verdict_means_junk => {
                    end.set(Setting::SpamVerdict, end.status)
                }
                _ => spam.set(Setting::SpamVerdict, spam.status),
            });
        }
        if let Some(end) = self.end.filter(|end| !end.may_be_hop()) {
            return Some(end);
        }
        // A later DEFER of the copy that was sent doesn't undo that; one of another copy tells that
        // it was a hop. What a server put off after it had taken the message was another one.
        let wait = self.wait.filter(|wait| {
            let is_other = |end: Mark| end.copy != wait.copy && wait.rule != Rule::RefusedForNow;
            self.end.is_none_or(is_other)
        });
        let replaced = self.replaced.map(|(mark, _)| Mark {
            basis: Basis::Replaced,
            ..mark
        });
        let newest = [self.end, replaced, wait]
            .into_iter()
            .flatten()
            .max_by_key(|mark| mark.at);
        let is_open = |(_, copy): &(Mark, CopyId)| !joined.contains(copy);
        let forwarded = self.forwarded.filter(is_open).map(|(mark, _)| mark);
        let filter = self.filter.filter(is_open).map(|(mark, _)| mark);
        newest.or(forwarded).or(filter)
    }

    /// Whether a verdict for the Junk Email folder holds: it is carried out on delivery, so what failed,
    /// waits or went on to another address is not there, nor is that of which no line tells an outcome.
    fn is_in_junk(&self, junk: &Mark) -> bool {
        if self.found.delivered || junk.rule != Rule::JunkFolder {
            return true;
        }
        let forwarded_out = self.came_from != 0 && self.end.is_some_and(|end| end.is_sent_on());
        let failed = self
            .end
            .is_some_and(|end| end.rule != Rule::SpamStopped && end.status == Status::Failed);
        !(failed || forwarded_out || self.end.is_none() || self.replaced.is_some())
    }

    /// Whether what a filter stopped was delivered all the same: its verdict was not carried out, or
    /// the message was released later.
    fn passed(&self, stopped: &Mark) -> bool {
        let end = self.end.filter(|end| end.status == Status::Delivered);
        end.is_some_and(|end| end.at > stopped.at || end.copy == stopped.copy && end.copy.id != 0)
    }
}
