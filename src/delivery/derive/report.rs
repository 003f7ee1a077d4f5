//! What reports of Exchange Online state: a status, or a history of words (formats.md 7.1, 7.3).

use super::Message;
use super::account::Mark;
use crate::delivery::Basis;
use crate::delivery::rule::Rule;
use crate::delivery::status::Status;
use crate::event::Origin;
use crate::events::{Events, Row};
use crate::segment::Field;

/// What a word of a report means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Status(Status),
    /// The message was refused, or goes on to another address: the report gives it no status.
    Nothing,
    /// On its way.
    OnTheWay,
}

impl Message {
    /// A row of a report for one recipient.
    pub(super) fn report(&mut self, events: &Events, row: &Row<'_>, at: u32) {
        self.is_mail = true;
        let words = row.list(Field::RecipientStatus).next().unwrap_or(0);
        let words = events.text(words);
        let (meaning, rule) = match row.origin() {
            Origin::EnhancedSummary => (of_history(words), Rule::ReportedHistory),
            _ => (of_status(words), Rule::ReportedStatus),
        };
        let recipient = row.first_folded(Field::Recipients);
        // Where it was sent on to a system whose log is here, that one tells.
        if self.hops.contains_key(&row.number) {
            self.account(recipient, row.number);
            return self.hand_over(events, row, recipient);
        }
        let account = self.account(recipient, row.number);
        let mark = match meaning {
            Some(Meaning::Status(status)) => Mark::new(row, at, status, rule),
            Some(Meaning::Nothing) => {
                Mark::new(row, at, Status::Pending, Rule::ReportedWithoutStatus)
            }
            Some(Meaning::OnTheWay) | None => return,
        };
        let outranks = |held: Mark| match events.row(held.event) {
            Some(row_of_held) => is_newer(&mark, row, &held, &row_of_held),
            None => true,
        };
        if account.reported.is_none_or(outranks) {
            account.reported = Some(mark);
        }
    }

    /// A recipient without a status is the only other one's former address, as far as the report can
    /// tell (formats.md 7.0 G6).
    pub(super) fn conclude_reports(&mut self) {
        let is_nameless = |mark: Mark| mark.rule == Rule::ReportedWithoutStatus;
        let mut heirs = self
            .accounts
            .iter()
            .filter(|account| !account.reported.is_some_and(is_nameless) && account.recipient != 0);
        let (heir, other) = (heirs.next().map(|heir| heir.recipient), heirs.next());
        let Some(heir) = heir.filter(|_| other.is_none()) else {
            return;
        };
        for account in &mut self.accounts {
            if let Some(mark) = account.reported.filter(|mark| is_nameless(*mark))
                && account.replaced.is_none()
            {
                account.replaced = Some((mark, heir));
                account.reported = Some(Mark {
                    basis: Basis::Replaced,
                    ..mark
                });
            }
        }
    }
}

/// Whether a report holds against one that is held so far. Of two reports of one kind that both tell an
/// end, the one that was saved later knows better: quarantined mail is released.
fn is_newer(mark: &Mark, row: &Row<'_>, held: &Mark, row_of_held: &Row<'_>) -> bool {
    let is_end = |mark: &Mark| rank(mark) >= ENDED;
    let is_same_kind = row.origin() == row_of_held.origin();
    match (row.source_date(), row_of_held.source_date()) {
        (Some(date), Some(of_held))
            if is_same_kind && is_end(mark) && is_end(held) && date != of_held =>
        {
            date > of_held
        }
        _ => rank(held) <= rank(mark),
    }
}

/// The lowest rank of what has ended.
const ENDED: u8 = 3;

/// Which of several reports holds: what ended outranks what goes on, and what only Exchange Online
/// knows outranks a delivery, of which quarantined mail shows one too (formats.md 7.5, 7.9).
fn rank(mark: &Mark) -> u8 {
    match mark.status {
        _ if mark.rule == Rule::ReportedWithoutStatus => 0,
        Status::GettingStatus => 1,
        Status::Pending => 2,
        Status::Delivered => 3,
        Status::Expanded => 4,
        Status::Failed => 5,
        Status::FilteredAsSpam => 6,
        Status::Quarantined => 7,
    }
}

/// A status as PowerShell, Graph and the page write it: case and spaces differ (formats.md 2.1).
fn of_status(word: &[u8]) -> Option<Meaning> {
    let word: Vec<u8> = word
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    Some(match word.as_slice() {
        // A recalled message had been delivered (formats.md 7.1).
        b"delivered" | b"recalled" => Meaning::Status(Status::Delivered),
        b"pending" => Meaning::Status(Status::Pending),
        b"expanded" => Meaning::Status(Status::Expanded),
        b"failed" => Meaning::Status(Status::Failed),
        b"quarantined" => Meaning::Status(Status::Quarantined),
        b"filteredasspam" => Meaning::Status(Status::FilteredAsSpam),
        b"gettingstatus" | b"unknown" => Meaning::Status(Status::GettingStatus),
        b"none" | b"resolved" => Meaning::Nothing,
        _ => return None,
    })
}

/// The last word of a history that tells something (formats.md 7.3).
fn of_history(history: &[u8]) -> Option<Meaning> {
    let words = history.rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    words
        .map(of_event)
        .find(|meaning| *meaning != Meaning::OnTheWay)
}

fn of_event(word: &[u8]) -> Meaning {
    let begins = |start: &[u8]| {
        let head = word.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    match () {
        () if begins(b"Deliver") || begins(b"Send") => Meaning::Status(Status::Delivered),
        () if begins(b"Fail") => Meaning::Status(Status::Failed),
        () if begins(b"Expand") => Meaning::Status(Status::Expanded),
        () if begins(b"Pending") || begins(b"Defer") => Meaning::Status(Status::Pending),
        () if begins(b"Quarantine") => Meaning::Status(Status::Quarantined),
        () if begins(b"Filtered") || begins(b"Spam") => Meaning::Status(Status::FilteredAsSpam),
        () if begins(b"Resolve") || begins(b"Redirect") => Meaning::Nothing,
        () => Meaning::OnTheWay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_that_tells_something_holds() {
        for (history, status) in [
            ("Receive, Deliver", Status::Delivered),
            ("Receive,send", Status::Delivered),
            ("Receive, Expand, Fail", Status::Failed),
            ("Receive, Pending, Deliver", Status::Delivered),
            ("Receive, Deliver, Receive, Something", Status::Delivered),
            ("Defer", Status::Pending),
        ] {
            let found = of_history(history.as_bytes());
            assert_eq!(found, Some(Meaning::Status(status)), "{history}");
        }
        assert_eq!(of_history(b"Receive, Submit"), None);
        assert_eq!(of_history(b""), None);
    }

    #[test]
    fn statuses_are_read_in_every_spelling() {
        for word in ["FilteredAsSpam", "filteredAsSpam", "Filtered as spam"] {
            let status = Meaning::Status(Status::FilteredAsSpam);
            assert_eq!(of_status(word.as_bytes()), Some(status), "{word}");
        }
        assert_eq!(of_status(b"None"), Some(Meaning::Nothing));
        assert_eq!(of_status(b"unknownFutureValue"), None);
    }
}
