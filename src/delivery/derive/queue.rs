//! What a mail transfer agent's events say (formats.md 7.6).

use hashbrown::{HashMap, HashSet};

use super::account::{Account, CopyId, Mark};
use super::{Alias, Message, Seed};
use crate::delivery::rule::Rule;
use crate::delivery::status::Status;
use crate::delivery::{Setting, Settings};
use crate::event::{Kind, Origin};
use crate::events::{EventNumber, Events, Row};
use crate::journey::{is_filter, is_for_now, is_from_this_host};
use crate::segment::Field;
use crate::words::Word;

/// Words of a refusal that name a block list or a spam filter (formats.md 7.6), in lower case.
const SPAM_REFUSALS: [&[u8]; 3] = [b"blocked using", b"spamassassin", b"spam message rejected"];

/// A queue entry of a mail transfer agent.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) copy: CopyId,
    /// The entry that it goes on from.
    pub(super) prior: CopyId,
    pub(super) is_from_here: bool,
    /// Put into the queue anew: the entry that it goes on from is no more.
    pub(super) is_requeued: bool,
    pub(super) recipient_count: u64,
    /// More than words about it were logged.
    pub(super) is_seen: bool,
    /// Recipient and original address of each result.
    pub(super) results: HashSet<(Word, Word), Seed>,
    /// How often each kind of end was told of each of them: a recipient may be in an entry twice.
    pub(super) ends: HashMap<(Word, Word, Kind), u64, Seed>,
    /// Ends that were told again.
    pub(super) told_again: u64,
    /// In order of the results.
    pub(super) recipients: Vec<Word>,
    /// Those that have begun to wait, and those that are on hold, since an event last spoke of all such.
    pub(super) waiting: Vec<Word>,
    pub(super) on_hold: Vec<Word>,
    /// Those that were put off since it last expired, each with the round of attempts.
    pub(super) put_off: Vec<(Word, u32)>,
    /// How often the queue manager took it up for attempts.
    pub(super) round: u32,
    /// How it ended, or what holds of recipients that no line tells.
    pub(super) ended: Option<Mark>,
    /// It waits until a person releases it.
    pub(super) held: Option<Mark>,
    pub(super) last_event: EventNumber,
}

impl Message {
    /// An event of a mail transfer agent (formats.md 7.6).
    pub(super) fn queue(&mut self, events: &Events, row: &Row<'_>, at: u32) {
        let copy = CopyId::of(row);
        let place = self.entry(copy);
        let Some(entry) = self.entries.get_mut(place) else {
            return;
        };
        entry.last_event = row.number;
        entry.is_seen |= !matches!(
            row.kind(),
            Kind::Dsn | Kind::Other | Kind::Header | Kind::Pass
        );
        match row.kind() {
            Kind::Queue => {
                let count = row.number(Field::RecipientCount);
                entry.recipient_count = entry.recipient_count.max(count);
                entry.round += 1;
            }
            Kind::Remove => {
                let ended = Mark::new(row, at, Status::Pending, Rule::QueueEntryEnded);
                entry.ended = entry.ended.or(Some(ended));
                // The line that tells the last attempt's result is missing.
                let waiting = std::mem::take(&mut entry.waiting);
                self.each_waiting(copy, &waiting, |account, wait| {
                    if wait.rule == Rule::Deferred {
                        account.wait = Some(ended);
                    }
                });
            }
            Kind::Expire => {
                let expired = Mark::new(row, at, Status::Failed, Rule::Expired);
                // Of recipients that are not told, some may have been delivered to before the log begins.
                if entry.results.is_empty() {
                    entry.ended = Some(expired);
                }
                // In a round each recipient that is left is tried: who was put off in an earlier one only
                // has an outcome that no line tells.
                let last = entry.put_off.iter().map(|(_, round)| *round).max();
                let mut put_off = std::mem::take(&mut entry.put_off);
                put_off.retain(|(_, round)| Some(*round) == last);
                for (recipient, _) in put_off {
                    let place = self.by_recipient.get(&recipient);
                    if let Some(account) = place.and_then(|place| self.accounts.get_mut(*place))
                        && account.wait.is_some_and(|wait| wait.copy == copy)
                    {
                        account.last_event = row.number;
                        account.end_with(expired);
                    }
                }
            }
            Kind::Other => {
                self.is_address_probe |= row.text(Field::Name).starts_with(b"deliverable")
                    || row.text(Field::Name).starts_with(b"undeliverable");
                // smtpd answers 552 to what is larger than message_size_limit.
                if row.text(Field::Text) == b"queue file size limit exceeded" {
                    entry.ended = Some(Mark::new(row, at, Status::Failed, Rule::Refused));
                }
            }
            Kind::Receive => {
                self.is_mail = true;
                entry.prior = copy.beside(row.word(Field::PriorId));
                entry.is_from_here = is_from_this_host(row);
                entry.is_requeued = row.origin() == Origin::LocalPickup && entry.prior.id != 0;
            }
            Kind::Identify => self.is_mail = true,
            Kind::Reject if self.echoes.contains(&row.number) => {
                self.is_mail = true;
                for recipient in row.list(Field::Recipients) {
                    self.tell(place, events.folded(recipient));
                }
            }
            Kind::Reject | Kind::Drop if row.origin() != Origin::Discard => {
                self.refused(events, row, at, place);
            }
            Kind::Hold => {
                self.is_mail = true;
                let held = Mark::new(row, at, Status::Pending, Rule::OnHold);
                entry.held = Some(held);
                let mut waiting = std::mem::take(&mut entry.waiting);
                self.each_waiting(copy, &waiting, |account, _| account.wait = Some(held));
                for recipient in row.list(Field::Recipients) {
                    let recipient = events.folded(recipient);
                    self.account(recipient, row.number).wait = Some(held);
                    self.tell(place, recipient);
                    waiting.push(recipient);
                }
                if let Some(entry) = self.entries.get_mut(place) {
                    entry.on_hold.append(&mut waiting);
                }
            }
            Kind::Release => {
                entry.held = None;
                let on_hold = std::mem::take(&mut entry.on_hold);
                self.each_waiting(copy, &on_hold, |account, wait| {
                    if wait.rule == Rule::OnHold {
                        account.wait = None;
                    }
                });
            }
            Kind::Cancel => entry.ended = Some(Mark::new(row, at, Status::Failed, Rule::Canceled)),
            Kind::Delete => {
                let deleted = Mark::new(row, at, Status::Failed, Rule::Deleted);
                entry.ended = Some(deleted);
                let mut waiting = std::mem::take(&mut entry.waiting);
                waiting.append(&mut entry.on_hold);
                self.each_waiting(copy, &waiting, |account, _| {
                    account.last_event = row.number;
                    account.end_with(deleted);
                });
            }
            Kind::Send | Kind::Deliver | Kind::Drop | Kind::Fail | Kind::Defer => {
                self.is_mail = true;
                self.result(events, row, at, place);
            }
            // header_checks put another address in place of all; the delivery lines tell of it.
            Kind::Redirect if row.word(Field::NextId) != 0 => {
                self.is_mail = true;
                self.result(events, row, at, place);
            }
            _ => {}
        }
    }

    /// A refusal, or what a restriction, a milter or a header check threw away.
    fn refused(&mut self, events: &Events, row: &Row<'_>, at: u32, place: usize) {
        self.is_mail = true;
        let mark = match row.kind() {
            Kind::Drop => Mark::new(row, at, Status::Failed, Rule::Discarded),
            _ => refusal(row, at, self.settings),
        };
        let mut is_named = false;
        for recipient in row.list(Field::Recipients) {
            is_named = true;
            let recipient = events.folded(recipient);
            let account = self.account(recipient, row.number);
            match mark.rule {
                Rule::RefusedForNow => account.wait = Some(mark),
                _ => account.end_with(mark),
            }
            self.tell(place, recipient);
            self.wait(place, recipient);
        }
        if let Some(entry) = self.entries.get_mut(place).filter(|_| !is_named) {
            entry.ended = Some(mark);
        }
    }

    /// Those of an entry's recipients that have no end, and wait as it does.
    fn each_waiting(
        &mut self,
        copy: CopyId,
        recipients: &[Word],
        mut each: impl FnMut(&mut Account, Mark),
    ) {
        for recipient in recipients {
            let account = self.by_recipient.get(recipient);
            let Some(account) = account.and_then(|place| self.accounts.get_mut(*place)) else {
                continue;
            };
            let wait = account.wait.filter(|wait| wait.copy == copy);
            if let Some(wait) = wait.filter(|_| account.end.is_none()) {
                each(account, wait);
            }
        }
    }

    /// The place of the entry of a queue id.
    pub(super) fn entry(&mut self, copy: CopyId) -> usize {
        let next = self.entries.len();
        let place = *self.by_id.entry(copy).or_insert(next);
        if place == next {
            self.entries.push(Entry {
                copy,
                ..Entry::default()
            });
        }
        place
    }

    /// Notes that a recipient of an entry was told of.
    pub(super) fn tell(&mut self, place: usize, recipient: Word) {
        if let Some(entry) = self.entries.get_mut(place)
            && entry.results.insert((recipient, 0))
        {
            entry.recipients.push(recipient);
        }
    }

    /// Notes that a recipient of an entry may wait as it does.
    pub(super) fn wait(&mut self, place: usize, recipient: Word) {
        if let Some(entry) = self.entries.get_mut(place) {
            entry.waiting.push(recipient);
        }
    }

    /// A delivery line: the result of one attempt for one recipient.
    fn result(&mut self, events: &Events, row: &Row<'_>, at: u32, place: usize) {
        let original = row
            .list(Field::Related)
            .next()
            .map_or(0, |word| events.folded(word));
        let hop = self.hops.get(&row.number).copied();
        let filtered_as = self.filtered_as(row);
        for recipient in row.list(Field::Recipients) {
            let recipient = events.folded(recipient);
            if let Some(entry) = self.entries.get_mut(place) {
                if entry.results.insert((recipient, original)) {
                    entry.recipients.push(recipient);
                }
                match row.kind() {
                    Kind::Defer => {
                        entry.put_off.push((recipient, entry.round));
                        entry.waiting.push(recipient);
                    }
                    kind => {
                        let told = entry.ends.entry((recipient, original, kind)).or_default();
                        entry.told_again += u64::from(*told > 0);
                        *told += 1;
                    }
                }
            }
            if original != 0 && original != recipient {
                let next = self.aliases.len();
                let slot = *self.by_original.entry(original).or_insert(next);
                match self.aliases.get_mut(slot) {
                    Some(alias) => alias.has_more |= alias.heir != recipient,
                    None => self.aliases.push(Alias {
                        original,
                        heir: recipient,
                        has_more: false,
                        mark: Mark::new(row, at, Status::Pending, Rule::AliasResolved),
                    }),
                }
            }
            let account = self.account(recipient, row.number);
            if original != 0 && original != recipient {
                account.came_from = original;
            }
            match hop {
                Some(_) => self.hand_over(events, row, recipient),
                None => account.result(row, at, filtered_as),
            }
        }
    }

    /// What another system took that logs the message, too, goes on there.
    pub(super) fn hand_over(&mut self, events: &Events, row: &Row<'_>, recipient: Word) {
        let Some(last) = self.hops.get(&row.number).copied() else {
            return;
        };
        let slot = self.slot(recipient, row.number);
        let entry = self.by_id.get(&CopyId::of(row));
        let entry = entry.and_then(|place| self.entries.get(*place));
        let prior = entry.filter(|entry| entry.is_requeued);
        let prior = prior.map(|entry| entry.prior);
        if let Some(account) = self.accounts.get_mut(slot) {
            account.hand_over(row, prior, last);
        }
        if let Some(next) = events.row(last) {
            let gone = self.gone.entry(CopyId::of(&next)).or_default();
            gone.push(slot);
        }
    }

    /// The queue id under which the message goes on, if a `sent` only says that a content filter took it
    /// (formats.md 4.7, 7.6); 0 where nothing tells.
    fn filtered_as(&self, row: &Row<'_>) -> Option<CopyId> {
        let copy = CopyId::of(row);
        let next = copy.beside(row.word(Field::NextId));
        match row.kind() {
            // What goes on as an entry of this host was not delivered, wherever it was sent.
            Kind::Send | Kind::Deliver if next != copy && self.joined.contains(&next) => Some(next),
            Kind::Send | Kind::Deliver if is_filter(row) => {
                let is_other = |other: &CopyId| other.host == copy.host && *other != copy;
                let goes_on = self.handed_back.contains(&copy)
                    || next.id == 0 && self.from_here.iter().any(is_other);
                Some(if goes_on { copy } else { next })
            }
            _ => None,
        }
    }
}

/// Whether a filter's answer says that it took the message and won't hand it back: amavis's `Ok,
/// discarded, id=00500-02 - spam` and `Ok, id=00500-03, BOUNCE`, Proxmox's `2.7.0 BLOCKED (FID)`
/// (formats.md 4.10).
fn thrown_away(row: &Row<'_>) -> Option<Rule> {
    const ANSWERS: [&[u8]; 2] = [b" Ok, discarded, id=", b" BLOCKED ("];
    let text = row.text(Field::Text);
    let says = |words: &[u8]| memchr::memmem::find(text, words).is_some();
    let ends = ANSWERS.into_iter().any(says) || says(b" Ok, id=") && text.ends_with(b", BOUNCE");
    ends.then(|| match text.to_ascii_lowercase().ends_with(b" - spam") {
        true => Rule::FilterBlockedSpam,
        false => Rule::FilterBlocked,
    })
}

/// A server's refusal, for now or for good.
fn refusal(row: &Row<'_>, at: u32, settings: Settings) -> Mark {
    let text = row.text(Field::Text).to_ascii_lowercase();
    let names = |words: &[u8]| memchr::memmem::find(&text, words).is_some();
    // Postfix asked the next server before it answered, and knows by that (formats.md 7.6).
    if is_for_now(row) && !names(b"undeliverable address") {
        let status = match settings.refused_for_now_is_failed {
            true => Status::Failed,
            false => Status::Pending,
        };
        return Mark::new(row, at, status, Rule::RefusedForNow).set(Setting::RefusedForNow, status);
    }
    let mark = Mark::new(row, at, Status::Failed, Rule::Refused);
    match SPAM_REFUSALS.into_iter().any(names) {
        true if settings.refused_spam_is_filtered => {
            mark.set(Setting::RefusedSpam, Status::FilteredAsSpam)
        }
        true => mark.set(Setting::RefusedSpam, Status::Failed),
        false => mark,
    }
}

impl Account {
    /// A delivery line of a mail transfer agent.
    fn result(&mut self, row: &Row<'_>, at: u32, filtered_as: Option<CopyId>) {
        let mark = |status, rule| Mark::new(row, at, status, rule);
        let next = CopyId::of(row).beside(row.word(Field::NextId));
        match row.kind() {
            Kind::Send | Kind::Deliver if filtered_as.is_some() => {
                // What the filter logged of it itself says more.
                if let Some(rule) = thrown_away(row)
                    && self.found.stopped.is_none()
                {
                    let status = match rule {
                        Rule::FilterBlockedSpam => Status::FilteredAsSpam,
                        _ => Status::Failed,
                    };
                    self.found.stopped = Some(mark(status, rule));
                }
                let handed = mark(Status::Pending, Rule::HandedToFilter);
                self.wait = self.wait.filter(|wait| wait.copy != handed.copy);
                // What the filter itself said of where it goes on stands, in whatever order.
                let said = |(mark, _): &(Mark, CopyId)| Some(mark.copy) == filtered_as;
                if !self.filter.as_ref().is_some_and(said) {
                    self.filter = filtered_as.map(|copy| (handed, copy));
                }
            }
            Kind::Send => self.end_with(Mark::sent(row, at, Rule::Sent)),
            Kind::Deliver => self.end_with(mark(Status::Delivered, Rule::DeliveredLocally)),
            Kind::Redirect => {
                self.forwarded = Some((mark(Status::Pending, Rule::Forwarded), next));
            }
            Kind::Drop => self.end_with(mark(Status::Failed, Rule::Discarded)),
            Kind::Fail => self.end_with(mark(Status::Failed, Rule::Bounced)),
            Kind::Defer => self.wait = Some(mark(Status::Pending, Rule::Deferred)),
            _ => {}
        }
    }
}
