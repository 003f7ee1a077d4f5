//! What the events of a message say of each of its recipients: the rules of formats.md section 7.
//!
//! The events are walked through once, in order, and each leaves its mark on the recipients that it
//! speaks of ([`Account`]); the marks then give the status ([`Account::conclude`]). Exchange's events
//! and those of mail transfer agents leave the same marks, so a message that crosses both is one story.
//! Nothing here knows another message, or which hosts have logs.

use hashbrown::{HashMap, HashSet};

use super::rule::Rule;
use super::status::Status;
use super::{Basis, Delivery, NO_EVENT, Settings};
use crate::event::{
    Agent, Di, Direction, Enhanced, Folder, Kind, MalwareAction, Origin, Sfv, Verdict,
};
use crate::events::{EventNumber, Events, Row};
use crate::journey::{is_filter, is_from_this_host};
use crate::segment::Field;
use crate::words::Word;

/// Mail with a higher spam confidence level goes to the Junk Email folder (Exchange's default).
const JUNK_THRESHOLD: i8 = 4;

type Seed = foldhash::quality::FixedState;

/// The deliveries of a message whose events are given in order, sorted by recipient; their journey is
/// left 0.
pub fn deliveries(events: &Events, list: &[EventNumber], settings: Settings) -> Vec<Delivery> {
    let rows = || list.iter().filter_map(|number| events.row(*number));
    let mut message = Message {
        settings,
        ..Message::default()
    };
    for row in rows().filter(|row| !row.origin().is_exchange()) {
        message.joined.insert(row.word(Field::Id));
        if row.origin() == Origin::Smtpd && row.word(Field::PriorId) != 0 {
            message.handed_back.insert(row.word(Field::PriorId));
        }
        if is_from_this_host(&row) {
            message.from_here.insert(row.word(Field::Id));
        }
    }
    for (row, at) in rows().zip(0..) {
        if row.origin().is_exchange() {
            message.exchange(events, &row, at);
        } else {
            message.queue(events, &row, at);
        }
    }
    message.conclude(events, list)
}

/// An event that ended or delayed a delivery, or what a filter found.
#[derive(Clone, Copy, Debug)]
struct Mark {
    status: Status,
    rule: Rule,
    basis: Basis,
    event: EventNumber,
    /// Its place in the order of the message's events.
    at: u32,
    /// The copy that it speaks of: a queue id, an internal message id.
    id: Word,
}

impl Mark {
    fn new(row: &Row<'_>, at: u32, status: Status, rule: Rule) -> Mark {
        Mark {
            status,
            rule,
            basis: Basis::Settled,
            event: row.number,
            at,
            id: row.word(Field::Id),
        }
    }

    /// That the address stands for several others.
    fn expanded(self) -> Mark {
        Mark {
            status: Status::Expanded,
            rule: Rule::AliasExpanded,
            ..self
        }
    }

    /// Whether it was sent on, so that a later word of another system may say more.
    fn is_sent_on(&self) -> bool {
        matches!(
            self.rule,
            Rule::SentOutside | Rule::SentExternal | Rule::SentToExchangeOnline | Rule::Sent
        )
    }

    /// Whether it may have been a hop to one of our own servers, so that anything newer says more.
    fn may_be_hop(&self) -> bool {
        matches!(self.basis, Basis::SentTo(_))
    }
}

/// What the events say of one recipient.
#[derive(Clone, Debug)]
struct Account {
    recipient: Word,
    end: Option<Mark>,
    wait: Option<Mark>,
    /// Handed to a content filter, which hands it on under this queue id.
    filter: Option<(Mark, Word)>,
    expanded: Option<Mark>,
    /// The address that takes its place.
    replaced: Option<(Mark, Word)>,
    /// Goes on under this queue id, to addresses that only that entry tells.
    forwarded: Option<(Mark, Word)>,
    came_from: Word,
    last_event: EventNumber,
    found: Findings,
    /// An approval request was made, whose own end is a DROP.
    moderated: bool,
}

/// What filters and agents found.
#[derive(Clone, Copy, Debug, Default)]
struct Findings {
    spam: Option<Mark>,
    junk: Option<Mark>,
    quarantine: Option<Mark>,
    malware: Option<Mark>,
    released: Option<Mark>,
    /// A mailbox took it, into a folder that is known to be an ordinary one.
    in_ordinary_folder: bool,
    delivered: bool,
}

/// A queue entry of a mail transfer agent.
#[derive(Default)]
struct Entry {
    id: Word,
    /// The entry that it goes on from.
    prior: Word,
    is_from_here: bool,
    /// Put into the queue anew: the entry that it goes on from is no more.
    is_requeued: bool,
    recipient_count: u64,
    /// Recipient and original address of each result.
    results: HashSet<(Word, Word), Seed>,
    /// In order of the results.
    recipients: Vec<Word>,
    /// Those that were put off since it last expired.
    put_off: Vec<Word>,
    ended: Option<Mark>,
    last_event: EventNumber,
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
    accounts: Vec<Account>,
    by_recipient: HashMap<Word, usize, Seed>,
    entries: Vec<Entry>,
    by_id: HashMap<Word, usize, Seed>,
    /// The queue entries that belong to the message.
    joined: HashSet<Word, Seed>,
    /// Those of them that a filter took and handed back under another id.
    handed_back: HashSet<Word, Seed>,
    /// Those of them that came from this host itself and don't say as what they were known before.
    from_here: HashSet<Word, Seed>,
    /// The newest event of each kind and verdict that names no recipient, so that it speaks of all.
    wide: HashMap<(Kind, Verdict), (u32, EventNumber), Seed>,
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
        let next = self.accounts.len();
        let slot = *self.by_recipient.entry(recipient).or_insert(next);
        if slot == next {
            self.accounts.push(Account {
                recipient,
                end: None,
                wait: None,
                filter: None,
                expanded: None,
                replaced: None,
                forwarded: None,
                came_from: 0,
                last_event: event,
                found: Findings::default(),
                moderated: false,
            });
        }
        // The entry was made above if it was not there.
        let slot = slot.min(self.accounts.len() - 1);
        #[expect(
            clippy::indexing_slicing,
            reason = "slot is below the length, which is at least 1"
        )]
        let account = &mut self.accounts[slot];
        account.last_event = event;
        account
    }

    /// An event of Exchange (formats.md 7.4).
    fn exchange(&mut self, events: &Events, row: &Row<'_>, at: u32) {
        let kind = row.kind();
        if is_bookkeeping(kind) {
            return;
        }
        self.is_mail = true;
        match kind {
            Kind::Expand => return self.expand(events, row, at),
            Kind::Resolve | Kind::Redirect => return self.replace(events, row, at),
            // That the new address has the message already makes it no less the old one's heir.
            Kind::DuplicateRedirect if row.list(Field::Related).next().is_some() => {
                return self.replace(events, row, at);
            }
            _ => {}
        }
        // A notification goes to the sender, who is no recipient of the message that it is about.
        let sender = match kind {
            Kind::Dsn => events.folded(row.word(Field::Sender)),
            _ => 0,
        };
        let mut named = false;
        let mut states = row.list(Field::RecipientStatus);
        for recipient in row.list(Field::Recipients) {
            named = true;
            let state = events.text(states.next().unwrap_or(0));
            let recipient = events.folded(recipient);
            if recipient == sender {
                continue;
            }
            let account = self.account(recipient, row.number);
            account.exchange(row, at, kind, state);
        }
        if !named && speaks_of_all(kind) {
            self.wide.insert((kind, row.verdict()), (at, row.number));
        }
    }

    /// EXPAND: the group is in related-recipient-address, its members are the recipients.
    fn expand(&mut self, events: &Events, row: &Row<'_>, at: u32) {
        let mark = Mark::new(row, at, Status::Expanded, Rule::GroupExpanded);
        let groups: Vec<Word> = row
            .list(Field::Related)
            .map(|word| events.folded(word))
            .collect();
        for group in &groups {
            self.account(*group, row.number).expanded = Some(mark);
        }
        for member in row.list(Field::Recipients) {
            let member = events.folded(member);
            let account = self.account(member, row.number);
            if let [group] = *groups.as_slice()
                && group != member
            {
                account.came_from = group;
            }
        }
    }

    /// RESOLVE and REDIRECT: the original is in related-recipient-address, the new address is the
    /// recipient (formats.md 3.3).
    fn replace(&mut self, events: &Events, row: &Row<'_>, at: u32) {
        let mark = Mark::new(row, at, Status::Pending, Rule::AddressReplaced);
        let new: Vec<Word> = row
            .list(Field::Recipients)
            .map(|word| events.folded(word))
            .collect();
        let old: Vec<Word> = row
            .list(Field::Related)
            .map(|word| events.folded(word))
            .collect();
        for recipient in &new {
            self.account(*recipient, row.number);
        }
        for (index, original) in old.iter().enumerate() {
            let heir = if new.len() == old.len() {
                new.get(index)
            } else {
                new.first()
            };
            let Some(heir) = heir.copied().filter(|heir| heir != original) else {
                continue;
            };
            let account = self.account(*original, row.number);
            if account.replaced.is_none() || row.kind() != Kind::DuplicateRedirect {
                account.replaced = Some((mark, heir));
            }
            self.account(heir, row.number).came_from = *original;
        }
    }

    /// An event of a mail transfer agent (formats.md 7.6).
    fn queue(&mut self, events: &Events, row: &Row<'_>, at: u32) {
        let id = row.word(Field::Id);
        let next = self.entries.len();
        let place = *self.by_id.entry(id).or_insert(next);
        if place == next {
            self.entries.push(Entry {
                id,
                ..Entry::default()
            });
        }
        let Some(entry) = self.entries.get_mut(place) else {
            return;
        };
        entry.last_event = row.number;
        match row.kind() {
            Kind::Queue => {
                let count = row.number(Field::RecipientCount);
                entry.recipient_count = entry.recipient_count.max(count);
            }
            Kind::Remove => {
                let ended = Mark::new(row, at, Status::Pending, Rule::QueueEntryEnded);
                entry.ended = entry.ended.or(Some(ended));
            }
            Kind::Expire => {
                let expired = Mark::new(row, at, Status::Failed, Rule::Expired);
                // Of recipients that are not told, some may have been delivered to before the log begins.
                if entry.results.is_empty() {
                    entry.ended = Some(expired);
                }
                for recipient in std::mem::take(&mut entry.put_off) {
                    let place = self.by_recipient.get(&recipient);
                    if let Some(account) = place.and_then(|place| self.accounts.get_mut(*place))
                        && account.wait.is_some_and(|wait| wait.id == id)
                    {
                        account.last_event = row.number;
                        account.end_with(expired);
                    }
                }
            }
            Kind::Other => {
                self.is_address_probe |= row.text(Field::Name).starts_with(b"deliverable")
                    || row.text(Field::Name).starts_with(b"undeliverable");
            }
            Kind::Receive => {
                self.is_mail = true;
                entry.prior = row.word(Field::PriorId);
                entry.is_from_here = is_from_this_host(row);
                entry.is_requeued = row.origin() == Origin::LocalPickup && entry.prior != 0;
            }
            Kind::Identify => self.is_mail = true,
            _ => {
                self.is_mail = true;
                self.result(events, row, at, place);
            }
        }
    }

    /// A delivery line: the result of one attempt for one recipient.
    fn result(&mut self, events: &Events, row: &Row<'_>, at: u32, place: usize) {
        let original = row
            .list(Field::Related)
            .next()
            .map_or(0, |word| events.folded(word));
        let filtered_as = self.filtered_as(row);
        for recipient in row.list(Field::Recipients) {
            let recipient = events.folded(recipient);
            if let Some(entry) = self.entries.get_mut(place) {
                if entry.results.insert((recipient, original)) {
                    entry.recipients.push(recipient);
                }
                if row.kind() == Kind::Defer {
                    entry.put_off.push(recipient);
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
            account.result(row, at, filtered_as);
        }
    }

    /// The queue id under which the message goes on, if a `sent` only says that a content filter took it
    /// (formats.md 4.7, 7.6); 0 where nothing tells.
    fn filtered_as(&self, row: &Row<'_>) -> Option<Word> {
        let (id, next) = (row.word(Field::Id), row.word(Field::NextId));
        match row.kind() {
            // What goes on as an entry of this host was not delivered, wherever it was sent.
            Kind::Send | Kind::Deliver if next != id && self.joined.contains(&next) => Some(next),
            Kind::Send | Kind::Deliver if is_filter(row) => {
                let goes_on = self.handed_back.contains(&id)
                    || next == 0 && self.from_here.iter().any(|other| *other != id);
                Some(if goes_on { id } else { next })
            }
            _ => None,
        }
    }

    fn conclude(mut self, events: &Events, list: &[EventNumber]) -> Vec<Delivery> {
        if self.is_address_probe && self.entries.iter().all(|entry| entry.results.is_empty()) {
            return Vec::new();
        }
        self.conclude_aliases();
        self.conclude_forwards();
        self.conclude_unnamed(list);
        self.conclude_wide(events);
        let mut deliveries: Vec<Delivery> = self
            .accounts
            .iter()
            .map(|account| account.conclude(&self.joined))
            .collect();
        deliveries.sort_unstable_by(|a, b| events.text(a.recipient).cmp(events.text(b.recipient)));
        deliveries
    }

    /// An original address with one address in its place is replaced, with several it is expanded.
    fn conclude_aliases(&mut self) {
        for alias in std::mem::take(&mut self.aliases) {
            let mark = alias.mark;
            let account = self.account(alias.original, mark.event);
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
        let forwards: Vec<(usize, Word, Mark, Word)> = (0..)
            .zip(&self.accounts)
            .filter_map(|(slot, account)| {
                let (mark, id) = account.forwarded?;
                Some((slot, account.recipient, mark, id))
            })
            .collect();
        let mut told: HashSet<Word, Seed> = HashSet::default();
        for (slot, recipient, mark, id) in forwards {
            let entry = self.by_id.get(&id).and_then(|at| self.entries.get(*at));
            let recipients = entry.map_or(&[][..], |entry| &entry.recipients);
            let others = || recipients.iter().copied().filter(|heir| *heir != recipient);
            // A system forwards to an entry once; what a log says more often is told of once.
            if told.insert(id) {
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
        let requeued: HashSet<Word, Seed> = entries
            .iter()
            .filter(|entry| entry.is_requeued)
            .map(|entry| entry.prior)
            .collect();
        for entry in &entries {
            let told = entry.results.len() as u64;
            let is_told = told > 0 && told >= entry.recipient_count;
            if is_told || requeued.contains(&entry.id) {
                continue;
            }
            self.is_mail = true;
            let mut missing = entry.recipient_count.saturating_sub(told).max(1);
            // The entries that it goes on from name some of them.
            for account in &mut self.accounts {
                if account.goes_on_as(entry) {
                    missing = missing.saturating_sub(1);
                    if let Some(mark) = entry.ended {
                        account.end_with(mark);
                    }
                }
            }
            if missing > 0 {
                let account = self.account(0, entry.last_event);
                if let Some(mark) = entry.ended {
                    account.end_with(mark);
                }
            }
        }
        self.entries = entries;
        let last = list.last().copied();
        if let Some(last) = last.filter(|_| self.is_mail && self.accounts.is_empty()) {
            self.account(0, last);
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

/// Copies, replays and notices that say nothing of a delivery (formats.md 3.4, group N).
fn is_bookkeeping(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::NotifyMapi
            | Kind::NotifyShadow
            | Kind::Load
            | Kind::HaReceive
            | Kind::HaRedirect
            | Kind::HaRedirectFail
            | Kind::HaDiscard
            | Kind::Resubmit
            | Kind::ResubmitDefer
    )
}

/// Whether an event that names no recipient is about the whole message.
fn speaks_of_all(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::AgentInfo
            | Kind::Defer
            | Kind::SubmitDefer
            | Kind::SubmitFail
            | Kind::Fail
            | Kind::BadMail
            | Kind::PoisonMessage
            | Kind::Throttle
            | Kind::InitMessageCreated
            | Kind::ModeratorApprove
            | Kind::ModeratorReject
            | Kind::ModerationExpire
            | Kind::ModeratorsAllNdr
    )
}

impl Account {
    /// Whether all that is known of it is that it goes on as this queue entry, which tells no result.
    fn goes_on_as(&self, entry: &Entry) -> bool {
        if self.end.or(self.expanded).is_some() || self.replaced.is_some() {
            return false;
        }
        let filtered = self.filter.is_some_and(|(mark, id)| {
            id == entry.id || mark.id == entry.prior || entry.is_from_here && id == mark.id
        });
        let forwarded = self.forwarded.is_some_and(|(_, id)| id == entry.id);
        match self.wait {
            Some(wait) => entry.is_requeued && wait.id == entry.prior,
            None => filtered || forwarded,
        }
    }

    /// An end, unless it is about another copy than the one that was delivered (formats.md 7.0 G2).
    fn end_with(&mut self, mark: Mark) {
        if let Some(held) = self.end {
            let other_copy = held.id != mark.id;
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

    /// An event of Exchange that speaks of this recipient; `state` is its own recipient-status.
    fn exchange(&mut self, row: &Row<'_>, at: u32, kind: Kind, state: &[u8]) {
        let mark = |status, rule| Mark::new(row, at, status, rule);
        // The poison queue is left as well as entered: whatever comes later takes its place.
        if self
            .end
            .is_some_and(|end| end.rule == Rule::PoisonMessage && end.at < at)
        {
            self.end = None;
        }
        self.find(row, at, kind);
        match kind {
            Kind::Deliver | Kind::DuplicateDeliver => self.deliver(row, at, kind, state),
            Kind::SendExternal => self.end_with(mark(Status::Delivered, Rule::SentExternal)),
            Kind::Send => self.send(row, at),
            Kind::Fail => self.fail(row, at, Rule::DeliveryFailed, state),
            // The group's own copy ends where its members' begin; another server may have expanded it.
            Kind::Drop if holds(state, b"RESOLVER.GRP.Expanded") => {
                let expanded = mark(Status::Expanded, Rule::GroupExpanded);
                self.expanded = self.expanded.or(Some(expanded));
            }
            // An approval request ends so whatever the answer was.
            Kind::Drop if self.expanded.is_none() && !self.moderated => {
                self.fail(row, at, Rule::Dropped, state);
            }
            Kind::BadMail => self.end_with(mark(Status::Failed, Rule::BadMail)),
            Kind::SubmitFail => self.end_with(mark(Status::Failed, Rule::SubmissionFailed)),
            Kind::ModeratorReject => self.end_with(mark(Status::Failed, Rule::ModeratorRejected)),
            Kind::ModerationExpire => self.end_with(mark(Status::Failed, Rule::ModerationExpired)),
            Kind::ModeratorsAllNdr => {
                self.end_with(mark(Status::Failed, Rule::ModeratorsUnreachable));
            }
            Kind::PoisonMessage if self.end.is_none() => {
                self.end_with(mark(Status::Failed, Rule::PoisonMessage));
            }
            // A replay from the Safety Net that failed matters only where nothing else ended it.
            Kind::ResubmitFail if self.end.is_none() => {
                self.end_with(mark(Status::Failed, Rule::DeliveryFailed));
            }
            Kind::Defer | Kind::SubmitDefer | Kind::Throttle => {
                self.wait = Some(mark(Status::Pending, Rule::Deferred));
            }
            Kind::InitMessageCreated => {
                self.moderated = true;
                self.wait = Some(mark(Status::Pending, Rule::AwaitingModeration));
            }
            Kind::ModeratorApprove => {
                self.moderated = true;
                self.wait = self
                    .wait
                    .filter(|wait| wait.rule != Rule::AwaitingModeration);
            }
            _ => {}
        }
    }

    /// What filters and agents found on the way (formats.md 7.5).
    fn find(&mut self, row: &Row<'_>, at: u32, kind: Kind) {
        let verdict = row.verdict();
        if verdict == Verdict::NONE {
            return;
        }
        let mark = |status, rule| Some(Mark::new(row, at, status, rule));
        let found = &mut self.found;
        if verdict.sfv() == Sfv::Skq {
            found.released = mark(Status::Delivered, Rule::ReleasedFromQuarantine);
            found.quarantine = found.quarantine.filter(|held| held.at > at);
        }
        let agent_quarantines = verdict.agent() == Agent::Quarantine
            && matches!(kind, Kind::AgentInfo | Kind::Fail | Kind::Drop);
        if verdict.di() == Di::Quarantine || agent_quarantines {
            found.quarantine = mark(Status::Quarantined, Rule::Quarantined);
        }
        let malware = matches!(
            verdict.malware(),
            MalwareAction::Replaced
                | MalwareAction::Deleted
                | MalwareAction::Rejected
                | MalwareAction::RejectedQuietly
                | MalwareAction::Blocked
        );
        if malware || kind == Kind::AgentInfo && verdict.agent() == Agent::Malware {
            found.malware = mark(Status::Failed, Rule::MalwareStopped);
        }
        // Outbound mail with a spam verdict leaves by another pool and is delivered all the same.
        let outbound = row.direction() == Direction::Originating
            || matches!(verdict.di(), Di::OutboundN | Di::OutboundO);
        if outbound {
            return;
        }
        match verdict.di() {
            Di::Junk => found.junk = mark(Status::FilteredAsSpam, Rule::JunkFolder),
            Di::Deleted | Di::SenderBlocked => {
                found.junk = mark(Status::FilteredAsSpam, Rule::SpamStopped);
            }
            _ => {}
        }
        let is_spam = matches!(verdict.sfv(), Sfv::Spm | Sfv::Sks | Sfv::Skb | Sfv::Blk)
            || verdict.sfv() == Sfv::None && verdict.scl().is_some_and(|scl| scl > JUNK_THRESHOLD);
        if is_spam {
            found.spam = mark(Status::FilteredAsSpam, Rule::SpamDelivered);
        }
    }

    fn deliver(&mut self, row: &Row<'_>, at: u32, kind: Kind, state: &[u8]) {
        let mark = |status, rule| Mark::new(row, at, status, rule);
        let folder = match row.verdict().folder() {
            Folder::None if holds(state, b"Quarantine") => Folder::Quarantine,
            Folder::None if holds(state, b"Junk") => Folder::Junk,
            folder => folder,
        };
        let rule = match kind {
            Kind::DuplicateDeliver => Rule::DuplicateSuppressed,
            _ => Rule::DeliveredToMailbox,
        };
        match folder {
            Folder::Quarantine => {
                self.found.quarantine = Some(mark(Status::Quarantined, Rule::Quarantined));
            }
            Folder::Junk => {
                self.found.junk = Some(mark(Status::FilteredAsSpam, Rule::JunkFolder));
            }
            Folder::Other => self.found.in_ordinary_folder = true,
            Folder::None => {}
        }
        self.found.delivered = true;
        self.end_with(mark(Status::Delivered, rule));
    }

    /// SEND: a hop inside, or the way out (formats.md 7.4).
    fn send(&mut self, row: &Row<'_>, at: u32) {
        let connector = row.text(Field::Connector);
        let begins = |start: &[u8]| {
            connector
                .get(..start.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(start))
        };
        if begins(b"Intra-Organization") || begins(b"Mailbox") {
            // This copy waits no more.
            let id = row.word(Field::Id);
            self.wait = self.wait.filter(|wait| wait.id != id);
            return;
        }
        let (rule, basis) = if row.verdict().is_external() {
            (Rule::SentExternal, Basis::Settled)
        } else if begins(b"Outbound to Office 365") {
            (Rule::SentToExchangeOnline, Basis::Settled)
        } else {
            let server = row.word(Field::ServerHost);
            (
                Rule::SentOutside,
                if server == 0 {
                    Basis::Settled
                } else {
                    Basis::SentTo(server)
                },
            )
        };
        self.end_with(Mark {
            basis,
            ..Mark::new(row, at, Status::Delivered, rule)
        });
    }

    fn fail(&mut self, row: &Row<'_>, at: u32, rule: Rule, state: &[u8]) {
        let expired = match state {
            b"" => row.enhanced(),
            // `550 4.4.7 QUEUE.Expired; message expired`
            state => state
                .split(|byte| *byte == b' ')
                .take(2)
                .find_map(Enhanced::parse)
                .unwrap_or_default(),
        };
        let (status, rule) = match row.verdict().agent() {
            // The content filter of a server that has a quarantine mailbox says so (550 5.2.1).
            Agent::Spam if holds(state, b"quarantined") => (Status::Quarantined, Rule::Quarantined),
            Agent::Spam => (Status::FilteredAsSpam, Rule::SpamStopped),
            Agent::Malware => (Status::Failed, Rule::MalwareStopped),
            _ if row.origin() == Origin::Admin => (Status::Failed, Rule::RemovedByAdministrator),
            _ if expired.0 % 1_000_000 == 4_007 => (Status::Failed, Rule::QueueExpired),
            _ => (Status::Failed, rule),
        };
        self.end_with(Mark::new(row, at, status, rule));
    }

    /// A delivery line of a mail transfer agent.
    fn result(&mut self, row: &Row<'_>, at: u32, filtered_as: Option<Word>) {
        let mark = |status, rule| Mark::new(row, at, status, rule);
        let next = row.word(Field::NextId);
        match row.kind() {
            Kind::Send | Kind::Deliver if filtered_as.is_some() => {
                let handed = mark(Status::Pending, Rule::HandedToFilter);
                self.wait = self.wait.filter(|wait| wait.id != handed.id);
                self.filter = filtered_as.map(|id| (handed, id));
            }
            Kind::Send => self.end_with(mark(Status::Delivered, Rule::Sent)),
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

    /// The status that the marks give; `joined` are the queue entries that belong to this message.
    fn conclude(&self, joined: &HashSet<Word, Seed>) -> Delivery {
        let delivery = Delivery {
            journey: 0,
            recipient: self.recipient,
            status: Status::Pending,
            rule: Rule::NoOutcome,
            decided_by: NO_EVENT,
            last_event: self.last_event,
            replaced_by: 0,
            came_from: self.came_from,
            basis: Basis::Open,
            setting: None,
        };
        match self.decide(joined) {
            Some(mark) => Delivery {
                status: mark.status,
                rule: mark.rule,
                decided_by: mark.event,
                basis: mark.basis,
                replaced_by: match (mark.basis, self.replaced) {
                    (Basis::Replaced, Some((_, heir))) => heir,
                    _ => 0,
                },
                ..delivery
            },
            None => delivery,
        }
    }

    /// The mark that decides, in the order of formats.md 7.0 G5 to G7.
    fn decide(&self, joined: &HashSet<Word, Seed>) -> Option<Mark> {
        let found = &self.found;
        if self.expanded.is_some() {
            return self.expanded;
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
        if found.junk.is_some() {
            return found.junk;
        }
        if found.spam.is_some() && found.delivered && !found.in_ordinary_folder {
            return found.spam;
        }
        if let Some(end) = self.end.filter(|end| !end.may_be_hop()) {
            return Some(end);
        }
        // A later DEFER of the copy that was sent doesn't undo that; one of another copy tells that
        // it was a hop.
        let wait = self
            .wait
            .filter(|wait| self.end.is_none_or(|end| end.id != wait.id));
        let replaced = self.replaced.map(|(mark, _)| Mark {
            basis: Basis::Replaced,
            ..mark
        });
        let newest = [self.end, replaced, wait]
            .into_iter()
            .flatten()
            .max_by_key(|mark| mark.at);
        let is_open = |(_, id): &(Mark, Word)| !joined.contains(id);
        let forwarded = self.forwarded.filter(is_open).map(|(mark, _)| mark);
        let filter = self.filter.filter(is_open).map(|(mark, _)| mark);
        newest.or(forwarded).or(filter)
    }
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}
