//! What content filters beside a mail transfer agent say (formats.md 4.8 to 4.10, 7.6).

use super::Message;
use super::account::{Account, CopyId, Mark};
use crate::delivery::rule::Rule;
use crate::delivery::status::Status;
use crate::event::{Agent, Kind};
use crate::events::{EventNumber, Events, Row};
use crate::segment::Field;

impl Message {
    /// What a filter did with the message for the recipients that it names; where it names none, for all.
    pub(super) fn filter(&mut self, events: &Events, row: &Row<'_>, at: u32) {
        let is_verdict = matches!(
            row.kind(),
            Kind::Pass | Kind::Block | Kind::Quarantine | Kind::Defer | Kind::Release
        );
        if !is_verdict {
            return;
        }
        self.is_mail = true;
        let mut is_named = false;
        for recipient in row.list(Field::Recipients) {
            is_named = true;
            let recipient = events.folded(recipient);
            self.account(recipient, row.number).filtered(row, at);
            if row.word(Field::Id) != 0 {
                let place = self.entry(CopyId::of(row));
                self.tell(place, recipient);
                self.wait(place, recipient);
            }
        }
        if !is_named {
            self.filtered_all(events, row, at);
        }
    }

    /// Notes what speaks of all. Of what is said again before anything is released the last holds.
    fn filtered_all(&mut self, events: &Events, row: &Row<'_>, at: u32) {
        let sense = |row: &Row<'_>| {
            let (id, next) = (row.word(Field::Id), row.word(Field::NextId));
            (row.kind(), row.verdict().agent(), next != 0 && next != id)
        };
        let row_of = |number: EventNumber| events.row(number);
        let before = self.filtered.iter().rev().map(|(_, number)| *number);
        let before = before
            .map(row_of)
            .take_while(|before| before.is_some_and(|before| before.kind() != Kind::Release));
        let said = before
            .flatten()
            .position(|before| sense(&before) == sense(row));
        if let Some(said) = said.filter(|_| row.kind() != Kind::Release) {
            self.filtered.remove(self.filtered.len() - 1 - said);
        }
        self.filtered.push((at, row.number));
    }

    /// Applies what filters said without naming a recipient to all of them.
    pub(super) fn conclude_filters(&mut self, events: &Events) {
        for (at, number) in std::mem::take(&mut self.filtered) {
            let Some(row) = events.row(number) else {
                continue;
            };
            let name = row.list(Field::Reference).next();
            for account in &mut self.accounts {
                // A release speaks of what is kept under its name.
                let kept = account
                    .found
                    .stopped
                    .and_then(|stopped| events.row(stopped.event));
                let is_it = kept.is_some_and(|kept| kept.list(Field::Reference).next() == name);
                if row.kind() != Kind::Release || is_it {
                    account.filtered(&row, at);
                }
            }
        }
    }
}

impl Account {
    /// A filter's verdict.
    fn filtered(&mut self, row: &Row<'_>, at: u32) {
        let mark = |status, rule| Mark::new(row, at, status, rule);
        let copy = CopyId::of(row);
        let next = copy.beside(row.word(Field::NextId));
        match row.kind() {
            Kind::Pass if next.id != 0 && next != copy => {
                self.filter = Some((mark(Status::Pending, Rule::HandedToFilter), next));
            }
            Kind::Quarantine => self.stop(mark(Status::Quarantined, Rule::FilterQuarantined)),
            Kind::Block if row.verdict().agent() == Agent::Spam => {
                self.stop(mark(Status::FilteredAsSpam, Rule::FilterBlockedSpam));
            }
            Kind::Block => self.stop(mark(Status::Failed, Rule::FilterBlocked)),
            Kind::Defer => self.wait = Some(mark(Status::Pending, Rule::FilterDeferred)),
            Kind::Release => {
                self.found.stopped = None;
                self.end_with(mark(Status::Delivered, Rule::ReleasedFromQuarantine));
            }
            _ => {}
        }
    }

    /// Of several filters the gravest holds: Quarantined, then Filtered as spam, then Failed
    /// (formats.md 7.0 G7).
    fn stop(&mut self, mark: Mark) {
        let rank = |mark: &Mark| match mark.status {
            Status::Quarantined => 2,
            Status::FilteredAsSpam => 1,
            _ => 0,
        };
        let held = self.found.stopped;
        if held.is_none_or(|held| rank(&held) <= rank(&mark)) {
            self.found.stopped = Some(mark);
        }
    }
}
