//! What Exchange's events say (formats.md 7.4, 7.5), and those of Message Trace's detail (7.2).

use super::Message;
use super::account::{Account, CopyId, Findings, Mark};
use crate::delivery::rule::Rule;
use crate::delivery::status::Status;
use crate::event::{
    Agent, Di, Direction, Enhanced, Folder, Kind, MalwareAction, Origin, Sfv, Verdict,
};
use crate::events::{Events, Row};
use crate::journey::is_internal;
use crate::segment::Field;
use crate::words::Word;

/// Mail with a higher spam confidence level goes to the Junk Email folder (Exchange's default).
const JUNK_THRESHOLD: i8 = 4;

impl Message {
    /// An event of Exchange (formats.md 7.4).
    pub(super) fn exchange(&mut self, events: &Events, row: &Row<'_>, at: u32) {
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
            let is_hop = self.hops.contains_key(&row.number);
            let account = self.account(recipient, row.number);
            match is_hop {
                true => {
                    account.find(row, at, kind);
                    self.hand_over(events, row, recipient);
                }
                false => account.exchange(row, at, kind, state),
            }
        }
        if named {
        } else if row.origin() == Origin::TraceDetail {
            // Its recipient stood in the question, not in the answer (formats.md 2.2).
            self.unaddressed.push((at, row.number));
        } else if speaks_of_all(kind) {
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
        let mut found = Findings::default();
        for group in &groups {
            let account = self.account(*group, row.number);
            account.expanded = Some(mark);
            found.add(&account.found);
        }
        for member in row.list(Field::Recipients) {
            let member = events.folded(member);
            let account = self.account(member, row.number);
            account.found.add(&found);
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
            let account = self.account(heir, row.number);
            account.came_from = *original;
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
    /// An event of Exchange that speaks of this recipient; `state` is its own recipient-status.
    pub(super) fn exchange(&mut self, row: &Row<'_>, at: u32, kind: Kind, state: &[u8]) {
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
            Kind::SendExternal => self.end_with(Mark::sent(row, at, Rule::SentExternal)),
            Kind::Send => self.send(row, at),
            Kind::Fail => self.fail(row, at, Rule::DeliveryFailed, state),
            // The group's own copy ends where its members' begin; another server may have expanded it.
            Kind::Drop
                if [state, row.text(Field::Text)]
                    .iter()
                    .any(|text| is_expansion(text)) =>
            {
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
                self.found.quarantine = None;
                self.found.junk = Some(mark(Status::FilteredAsSpam, Rule::JunkFolder));
            }
            // It was released, or the mailbox doesn't go by the verdict.
            Folder::Other => {
                self.found.in_ordinary_folder = true;
                self.found.junk = self.found.junk.filter(|held| held.rule != Rule::JunkFolder);
                if self.found.quarantine.take().is_some() {
                    let released = mark(Status::Delivered, Rule::ReleasedFromQuarantine);
                    self.found.released = Some(released);
                }
            }
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
        if is_internal(row) {
            // This copy waits no more.
            let copy = CopyId::of(row);
            self.wait = self.wait.filter(|wait| wait.copy != copy);
            return;
        }
        let server = row.word(Field::ServerHost);
        self.end_with(if row.verdict().is_external() {
            Mark::sent(row, at, Rule::SentExternal)
        } else if begins(b"Outbound to Office 365") {
            Mark::new(row, at, Status::Delivered, Rule::SentToExchangeOnline)
        } else if server == 0 {
            Mark::new(row, at, Status::Delivered, Rule::SentOutside)
        } else {
            Mark::sent(row, at, Rule::SentOutside)
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
}

/// What Exchange says where a group's own copy ends.
fn is_expansion(text: &[u8]) -> bool {
    holds(text, b"RESOLVER.GRP.Expanded")
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}
