//! What the events of a message say of each of its recipients: the rules of formats.md section 7.
//!
//! The events are walked through once, in order, and each leaves its mark on the recipients that it
//! speaks of ([`Account`]); the marks then give the status ([`Account::conclude`]). Exchange's events
//! and those of mail transfer agents leave the same marks, so a message that crosses both is one story.
//! Nothing here knows another message, or which hosts have logs.

mod account;
mod exchange;
mod filter;
mod queue;
mod report;

use hashbrown::{HashMap, HashSet};

use super::rule::Rule;
use super::{Delivery, Settings};
use crate::event::{Kind, Origin, Verdict};
use crate::events::{EventNumber, Events};
use crate::journey::is_from_this_host;
use crate::segment::Field;
use crate::words::Word;
use account::{Account, CopyId, Findings, Mark};
use queue::Entry;

type Seed = foldhash::quality::FixedState;

/// What other systems' logs tell of a message's events.
#[derive(Default)]
pub struct Elsewhere {
    /// The events by which a system handed the message to another one whose events are here, too: for
    /// each what that one says last.
    pub hops: HashMap<EventNumber, EventNumber, Seed>,
    /// The refusals that the system which was refused logs, too, and more of it.
    pub echoes: HashSet<EventNumber, Seed>,
}

/// The deliveries of a message whose events are given in order, sorted by recipient; their journey is
/// left 0.
pub fn deliveries(
    events: &Events,
    list: &[EventNumber],
    elsewhere: Elsewhere,
    settings: Settings,
) -> Vec<Delivery> {
    let rows = || list.iter().filter_map(|number| events.row(*number));
    let mut message = Message {
        settings,
        hops: elsewhere.hops,
        echoes: elsewhere.echoes,
        ..Message::default()
    };
    for row in rows().filter(|row| !row.origin().is_exchange()) {
        let copy = CopyId::of(&row);
        if copy.id != 0 {
            message.joined.insert(copy);
        }
        if row.origin() == Origin::Smtpd && row.word(Field::PriorId) != 0 {
            let prior = copy.beside(row.word(Field::PriorId));
            message.handed_back.insert(prior);
        }
        if is_from_this_host(&row) {
            message.from_here.insert(copy);
        }
    }
    for (row, at) in rows().zip(0..) {
        if row.kind() == Kind::Status {
            message.report(events, &row, at);
        } else if row.origin().is_exchange() {
            message.exchange(events, &row, at);
        } else if row.origin().is_filter() {
            message.filter(events, &row, at);
        } else {
            message.queue(events, &row, at);
        }
    }
    message.conclude(events, list)
}

/// An address that others were put in place of.
struct Alias {
    original: Word,
    /// The first of them, and whether there are more.
    heir: Word,
    has_more: bool,
    /// A line that says so.
    mark: Mark,
}

/// What the events say of one message.
#[derive(Default)]
struct Message {
    settings: Settings,
    hops: HashMap<EventNumber, EventNumber, Seed>,
    echoes: HashSet<EventNumber, Seed>,
    accounts: Vec<Account>,
    by_recipient: HashMap<Word, usize, Seed>,
    entries: Vec<Entry>,
    by_id: HashMap<CopyId, usize, Seed>,
    /// The queue entries that belong to the message.
    joined: HashSet<CopyId, Seed>,
    /// Those of them that a filter took and handed back under another id.
    handed_back: HashSet<CopyId, Seed>,
    /// Those of them that came from this host itself and don't say as what they were known before.
    from_here: HashSet<CopyId, Seed>,
    /// By copy: the places of the recipients whom another system handed on to it.
    gone: HashMap<CopyId, Vec<usize>, Seed>,
    /// The newest event of each kind and verdict that names no recipient, so that it speaks of all.
    wide: HashMap<(Kind, Verdict), (u32, EventNumber), Seed>,
    /// Events of Message Trace's detail that name no recipient, in order.
    unaddressed: Vec<(u32, EventNumber)>,
    /// What filters said without naming a recipient, in order.
    filtered: Vec<(u32, EventNumber)>,
    /// Original addresses, in order of the first line that puts others in their place.
    aliases: Vec<Alias>,
    by_original: HashMap<Word, usize, Seed>,
    /// Postfix asked whether an address exists; no message was sent.
    is_address_probe: bool,
    /// More than bookkeeping was logged.
    is_mail: bool,
}

impl Message {
    fn account(&mut self, recipient: Word, event: EventNumber) -> &mut Account {
        let slot = self.slot(recipient, event);
        #[expect(
            clippy::indexing_slicing,
            reason = "the account was made if it was not there"
        )]
        let account = &mut self.accounts[slot];
        account.last_event = event;
        account
    }

    /// The place of a recipient's account.
    fn slot(&mut self, recipient: Word, event: EventNumber) -> usize {
        let next = self.accounts.len();
        let slot = *self.by_recipient.entry(recipient).or_insert(next);
        if slot == next {
            self.accounts.push(Account::new(recipient, event));
        }
        slot
    }

    fn conclude(mut self, events: &Events, list: &[EventNumber]) -> Vec<Delivery> {
        if self.is_address_probe && self.entries.iter().all(|entry| entry.results.is_empty()) {
            return Vec::new();
        }
        self.conclude_aliases();
        self.conclude_forwards();
        self.conclude_unnamed(list);
        self.conclude_filters(events);
        self.conclude_wide(events);
        self.conclude_unaddressed(events);
        self.conclude_inherited();
        self.conclude_reports();
        let mut deliveries: Vec<Delivery> = self
            .accounts
            .iter()
            .map(|account| account.conclude(&self.joined, self.settings))
            .collect();
        deliveries.sort_unstable_by(|a, b| events.text(a.recipient).cmp(events.text(b.recipient)));
        deliveries
    }

    /// An original address with one address in its place is replaced, with several it is expanded.
    fn conclude_aliases(&mut self) {
        for alias in std::mem::take(&mut self.aliases) {
            let mark = alias.mark;
            let account = self.account(alias.original, mark.event);
            // That it was put off is past: it was offered again, and taken.
            account.wait = account.wait.filter(|wait| wait.rule != Rule::RefusedForNow);
            // An address that was delivered to under its own name, too, has its own story; one that a
            // filter took goes on as those in its place.
            if account.end.or(account.wait).is_some() || account.forwarded.is_some() {
                continue;
            }
            match alias.has_more {
                false => account.replaced = Some((mark, alias.heir)),
                true => account.expanded = Some(mark.expanded()),
            }
        }
    }

    /// What was forwarded goes on to the recipients of the entry that it was forwarded as.
    fn conclude_forwards(&mut self) {
        let forwards: Vec<(usize, Word, Mark, CopyId)> = (0..)
            .zip(&self.accounts)
            .filter_map(|(slot, account)| {
                let (mark, copy) = account.forwarded?;
                Some((slot, account.recipient, mark, copy))
            })
            .collect();
        let mut told: HashSet<CopyId, Seed> = HashSet::default();
        for (slot, recipient, mark, copy) in forwards {
            let entry = self.by_id.get(&copy).and_then(|at| self.entries.get(*at));
            let recipients = entry.map_or(&[][..], |entry| &entry.recipients);
            let others = || recipients.iter().copied().filter(|heir| *heir != recipient);
            // A system forwards to an entry once; what a log says more often is told of once.
            if told.insert(copy) {
                for heir in others() {
                    if let Some(place) = self.by_recipient.get(&heir)
                        && let Some(account) = self.accounts.get_mut(*place)
                    {
                        account.came_from = recipient;
                    }
                }
            }
            let heirs: Vec<Word> = others().take(2).collect();
            let Some(account) = self.accounts.get_mut(slot) else {
                continue;
            };
            match *heirs.as_slice() {
                [] => {}
                // A copy was kept.
                _ if account.end.is_some() => {}
                [heir] => account.replaced = Some((mark, heir)),
                _ => account.expanded = Some(mark.expanded()),
            }
        }
    }

    /// Recipients that the logs count but don't name, and messages whose recipients they don't tell.
    fn conclude_unnamed(&mut self, list: &[EventNumber]) {
        let entries = std::mem::take(&mut self.entries);
        let requeued: HashSet<CopyId, Seed> = entries
            .iter()
            .filter(|entry| entry.is_requeued)
            .map(|entry| entry.prior)
            .collect();
        let mut going_on = std::mem::take(&mut self.gone);
        for (slot, account) in (0..).zip(&self.accounts) {
            let filtered = account.filter.map(|(mark, copy)| [copy, mark.copy]);
            let others = [
                account.forwarded.map(|(_, copy)| copy),
                account.wait.map(|wait| wait.copy),
            ];
            for copy in filtered
                .into_iter()
                .flatten()
                .chain(others.into_iter().flatten())
            {
                going_on.entry(copy).or_default().push(slot);
            }
        }
        for entry in &entries {
            let told = entry.results.len() as u64 + entry.told_again;
            let is_told = told > 0 && told >= entry.recipient_count;
            // What was never queued has no entry; a refusal without a recipient is told all the same.
            let is_none = !entry.is_seen || entry.copy.id == 0 && entry.ended.is_none();
            if is_told || is_none || requeued.contains(&entry.copy) {
                continue;
            }
            self.is_mail = true;
            let mut missing = entry.recipient_count.saturating_sub(told).max(1);
            // The entries that it goes on from name some of them.
            let slots = |copy: &CopyId| going_on.get(copy).into_iter().flatten().copied();
            let mut slots: Vec<usize> = match entry.is_from_here {
                true => (0..self.accounts.len()).collect(),
                false => [entry.copy, entry.prior].iter().flat_map(slots).collect(),
            };
            slots.sort_unstable();
            slots.dedup();
            for slot in slots {
                if let Some(account) = self.accounts.get_mut(slot)
                    && account.goes_on_as(entry)
                {
                    missing = missing.saturating_sub(1);
                    if let Some(mark) = entry.ended {
                        account.end_with(mark);
                    }
                }
            }
            if missing > 0 {
                let account = self.account(0, entry.last_event);
                match entry.ended {
                    Some(mark) if mark.rule == Rule::RefusedForNow => account.wait = Some(mark),
                    Some(mark) => account.end_with(mark),
                    None => account.wait = account.wait.or(entry.held),
                }
            }
        }
        self.entries = entries;
        let last = list.last().copied();
        if let Some(last) = last.filter(|_| self.is_mail && self.accounts.is_empty()) {
            self.account(0, last);
        }
    }

    /// Message Trace's detail speaks of the recipient that it was asked for: that is the only one, or
    /// nobody can tell which.
    fn conclude_unaddressed(&mut self, events: &Events) {
        let unaddressed = std::mem::take(&mut self.unaddressed);
        let last = unaddressed.last().map(|(_, number)| *number);
        if let Some(last) = last.filter(|_| self.accounts.is_empty()) {
            self.account(0, last);
        }
        let [account] = self.accounts.as_mut_slice() else {
            return;
        };
        for (at, number) in unaddressed {
            if let Some(row) = events.row(number) {
                account.last_event = number;
                account.exchange(&row, at, row.kind(), b"");
            }
        }
    }

    /// What was found of an address before others took its place was found of the message that they get. A
    /// verdict may be logged after that, so this doesn't go by time.
    fn conclude_inherited(&mut self) {
        /// Groups in groups, and forwards; a circle ends, too.
        const DEEP: usize = 16;
        for slot in 0..self.accounts.len() {
            let mut found = Findings::default();
            let mut origin = self.accounts.get(slot).map_or(0, |one| one.came_from);
            for _ in 0..DEEP {
                // Who has no origin has none without a name either.
                let place = self.by_recipient.get(&origin).filter(|_| origin != 0);
                let Some(account) = place.and_then(|place| self.accounts.get(*place)) else {
                    break;
                };
                found.add(&account.found);
                origin = account.came_from;
            }
            if let Some(account) = self.accounts.get_mut(slot) {
                account.found.add(&found);
            }
        }
    }

    /// Events that name no recipient speak of all of them, where nothing newer does.
    fn conclude_wide(&mut self, events: &Events) {
        let wide = std::mem::take(&mut self.wide).into_iter();
        let mut wide: Vec<(u32, EventNumber, Kind)> = wide
            .map(|((kind, _), (at, number))| (at, number, kind))
            .collect();
        wide.sort_unstable();
        for (at, number, kind) in wide {
            let Some(row) = events.row(number) else {
                continue;
            };
            for account in &mut self.accounts {
                let decides = !matches!(kind, Kind::AgentInfo);
                let is_older = account
                    .end
                    .or(account.wait)
                    .is_some_and(|mark| mark.at > at);
                if !(decides && is_older) {
                    account.exchange(&row, at, kind, b"");
                }
            }
        }
    }
}
