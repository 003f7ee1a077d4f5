//! Deliveries and events in words: what a help desk can read out.
//!
//! Page and terminal show the same texts, and they are made here. Times are not written out: whoever
//! shows a text knows the zone it is read in. Nothing here decides a status.

pub mod act;
pub mod advice;
pub mod answer;
mod detail;
mod entry;
mod event;
mod missing;
pub mod reasons;
mod rules;
mod servers;
mod stations;
pub mod story;
mod way;

pub use advice::{Advice, advice};
pub use detail::detail;
pub use entry::Entry;
pub use event::EventText;
pub use missing::missing;
pub use stations::stations;
pub use way::{Way, way};

use crate::delivery::rule::Rule;
use crate::delivery::status::Status;
use crate::formats::FORMATS;
use crate::source::Record;
use crate::trace::{Gap, Missing};

/// How Postfix begins and ends what a remote server said.
const SAID: &str = " said: ";
const IN_REPLY: &str = " (in reply to ";

/// The longest answer that a row shows.
const SHORT: usize = 160;

/// What became of a delivery, in a sentence or two.
pub fn sentence(entry: &Entry<'_>) -> String {
    let to = match entry.recipient() {
        name if name.is_empty() => "a recipient that the logs do not name".to_owned(),
        name => name,
    };
    let host = named(entry.host(), "the server");
    let server = named(entry.server(), "the next server");
    let replacement = named(entry.replaced_by(), "another address");
    let said = quoted(&entry.reason());
    let told = match entry.reason() {
        reason if reason.is_empty() => String::new(),
        _ => format!(" The answer was {said}."),
    };
    let because = match entry.reason() {
        reason if reason.is_empty() => ".".to_owned(),
        _ => format!(": {said}."),
    };
    let text = match entry.rule() {
        Rule::DeliveredToMailbox => format!("The message was put into the mailbox of {to}."),
        Rule::DuplicateSuppressed => {
            format!("The mailbox of {to} held the message already, so it was not put there twice.")
        }
        Rule::SentExternal => {
            format!("{server} accepted the message for {to}, outside the organisation.{told}")
        }
        Rule::SentOutside if entry.server().is_empty() => {
            format!(
                "The message for {to} was sent on, to a server that the log does not name.{told}"
            )
        }
        Rule::SentOutside => format!(
            "{server}, which is none of the servers whose logs are here, accepted the message for {to}.{told}"
        ),
        Rule::SentToExchangeOnline => {
            format!("Exchange Online accepted the message for {to}.{told}")
        }
        Rule::ReleasedFromQuarantine => {
            format!("The message for {to} was quarantined, then released and delivered.")
        }
        Rule::GroupExpanded => format!(
            "{to} is a group: the message went on to its members, and each of them has a row of its own."
        ),
        Rule::AddressReplaced => format!(
            "{to} was replaced by {replacement}; the status is that of the message to {replacement}."
        ),
        Rule::DeliveryFailed => format!("The message could not be delivered to {to}{because}"),
        Rule::RemovedByAdministrator => format!(
            "A person removed the message for {to} from a queue of {host} before it was delivered{because}"
        ),
        Rule::QueueExpired => format!(
            "{host} tried to deliver the message to {to} until its time was up, and gave up{because}"
        ),
        Rule::BadMail => {
            format!("The message for {to} can be neither delivered nor returned{because}")
        }
        Rule::SubmissionFailed => {
            format!(
                "The message for {to} could not be handed from the sender's mailbox to transport{because}"
            )
        }
        Rule::ModeratorRejected => format!("A moderator rejected the message for {to}{because}"),
        Rule::ModerationExpired => {
            format!(
                "No moderator answered in time, so the message for {to} was not delivered{because}"
            )
        }
        Rule::ModeratorsUnreachable => {
            format!(
                "None of the moderators of {to} could be reached, so the message was not delivered{because}"
            )
        }
        Rule::AwaitingModeration => {
            format!("The message for {to} waits for the approval of a moderator.")
        }
        Rule::Dropped => {
            format!("{host} dropped the message for {to}, and told nobody{because}")
        }
        Rule::PoisonMessage => format!(
            "{host} set the message for {to} aside, because it may have made the transport service crash{because}"
        ),
        Rule::MalwareStopped => {
            format!("A malware filter stopped the message for {to}{because}")
        }
        Rule::Quarantined => format!("The message for {to} is in quarantine{because}"),
        Rule::JunkFolder => format!("The message was delivered to the Junk Email folder of {to}."),
        Rule::SpamStopped => {
            format!("The message for {to} was found to be spam, and a filter stopped it{because}")
        }
        Rule::SpamDelivered => format!(
            "The message for {to} was found to be spam and delivered; as no line names a folder, it is most likely in Junk Email."
        ),
        Rule::Deferred => format!(
            "The message for {to} has been put off for now, and {host} tries again{because}"
        ),
        Rule::Sent => format!("{server} accepted the message for {to}.{told}"),
        Rule::DeliveredLocally => format!("{host} delivered the message to {to}{because}"),
        Rule::HandedToFilter => format!(
            "{host} handed the message for {to} to a content filter. What the filter did with it is not in these logs.{told}"
        ),
        Rule::Forwarded if entry.replaced_by().is_empty() => format!(
            "{host} forwarded the message for {to} under another queue id, and what became of that is not in these logs.{told}"
        ),
        Rule::Forwarded => format!(
            "The message for {to} was forwarded to {replacement}; the status is that of the forwarded message."
        ),
        Rule::AliasExpanded => format!(
            "{to} stands for several addresses: the message went on to them, and each has a row of its own."
        ),
        Rule::AliasResolved => format!(
            "{to} stands for {replacement}; the status is that of the message to {replacement}."
        ),
        Rule::Bounced => format!(
            "The message could not be delivered to {to} and was returned to the sender{because}"
        ),
        Rule::Expired => format!(
            "{host} could not deliver the message to {to} in time and returned it to the sender{because}"
        ),
        Rule::Discarded => format!(
            "{host} threw the message for {to} away, as it is set up to, and told nobody{because}"
        ),
        Rule::QueueEntryEnded => format!(
            "{host} is done with the message, but no line of these logs tells what became of it for {to}."
        ),
        Rule::Refused => format!(
            "{host} refused the message for {to} and never took it; the server that offered it was told{because}"
        ),
        Rule::RefusedForNow => format!(
            "{host} did not take the message for {to} yet and asked the server that offered it to come back later{because} These logs do not show it coming back."
        ),
        Rule::OnHold => {
            format!("{host} keeps the message for {to} on hold until a person releases it{because}")
        }
        Rule::Deleted => format!(
            "A person deleted the message for {to} from the queue of {host}, and nobody was told."
        ),
        Rule::Canceled => format!(
            "The server that offered the message broke off before all of it was there, so {host} never took it{because}"
        ),
        Rule::FilterQuarantined => format!(
            "A content filter on {host} keeps the message for {to} in its quarantine{because}"
        ),
        Rule::FilterBlockedSpam => format!(
            "A content filter on {host} took the message for {to} for spam and ended it{because}"
        ),
        Rule::FilterBlocked => {
            format!("A content filter on {host} ended the message for {to}{because}")
        }
        Rule::FilterDeferred => format!(
            "A content filter on {host} put the message for {to} off; the server that offered it tries again{because}"
        ),
        Rule::ReportedStatus => {
            format!("Exchange Online's message trace gives the message for {to} the status {said}.")
        }
        Rule::ReportedHistory if entry.status() == Status::Delivered => format!(
            "Exchange Online's report tells of the message for {to}: {said}. It doesn't tell of which folder: mail in Junk Email or in quarantine can look the same there."
        ),
        Rule::ReportedHistory => {
            format!("Exchange Online's report tells of the message for {to}: {said}.")
        }
        Rule::ReportedWithoutStatus if !entry.replaced_by().is_empty() => format!(
            "Exchange Online's message trace gives {to} no status of its own: the message went to {replacement} in its place."
        ),
        Rule::ReportedWithoutStatus => format!(
            "Exchange Online's message trace gives {to} no status: the message was refused, or it went on to another address that is not in this report."
        ),
        Rule::GettingStatus | Rule::NoOutcome if let Some(missing) = taken_by_ours(entry) => {
            missing::text(entry, &missing)
        }
        Rule::GettingStatus => format!(
            "The message for {to} is under way: the logs of {host} end shortly after its last event."
        ),
        Rule::NoOutcome => format!(
            "No line of these logs tells what became of the message for {to}, although the logs of {host} go on."
        ),
    };
    capitalised(text)
}

/// What is missing of a message that one of our own servers took.
fn taken_by_ours(entry: &Entry<'_>) -> Option<Missing> {
    let missing = entry.trace.missing(entry.delivery);
    missing.filter(|missing| missing.gap == Gap::Taken)
}

/// The same in a few words, for a row.
pub fn why(entry: &Entry<'_>) -> String {
    let words = match entry.rule() {
        Rule::DeliveredToMailbox => "to the mailbox",
        Rule::DuplicateSuppressed => "already in the mailbox",
        Rule::ReleasedFromQuarantine => "released from quarantine",
        Rule::GroupExpanded => "group",
        Rule::AliasExpanded => "alias of several addresses",
        Rule::AwaitingModeration => "waits for a moderator",
        Rule::JunkFolder => "in Junk Email",
        Rule::Discarded => "discarded",
        Rule::SpamDelivered => "spam, most likely in Junk Email",
        Rule::HandedToFilter => "handed to a content filter",
        Rule::QueueEntryEnded => "left the queue, no result logged",
        Rule::ReportedStatus => "as Message Trace says",
        Rule::OnHold => "on hold",
        Rule::Deleted => "deleted from the queue",
        Rule::Canceled => "broken off by the sender's server",
        Rule::FilterQuarantined => "in the filter's quarantine",
        Rule::ReportedWithoutStatus if entry.replaced_by().is_empty() => "no status in the report",
        Rule::GettingStatus => "under way when the logs end",
        Rule::NoOutcome => "no outcome in these logs",
        Rule::AddressReplaced
        | Rule::AliasResolved
        | Rule::Forwarded
        | Rule::ReportedWithoutStatus => {
            return match entry.replaced_by() {
                name if name.is_empty() => "replaced by another address".to_owned(),
                name => format!("resolved to {name}"),
            };
        }
        Rule::SentExternal
        | Rule::SentOutside
        | Rule::SentToExchangeOnline
        | Rule::Sent
        | Rule::DeliveredLocally => {
            return match entry.server() {
                name if name.is_empty() => match entry.reason() {
                    reason if reason.is_empty() => "sent on".to_owned(),
                    reason => shortened(&reason),
                },
                name => format!("accepted by {name}"),
            };
        }
        rule => {
            return match entry.reason() {
                reason if reason.is_empty() => rule.name().replace('-', " "),
                reason => shortened(&reason),
            };
        }
    };
    words.to_owned()
}

/// The titles of the formats that were found in a source; a format that this version does not know has
/// only its id.
pub fn formats(record: &Record) -> Vec<String> {
    let title = |id: &String| {
        let format = FORMATS.iter().find(|format| format.id() == id);
        format.map_or(id.clone(), |format| format.title().to_owned())
    };
    record.formats.iter().map(title).collect()
}

fn named(name: String, otherwise: &str) -> String {
    if name.is_empty() {
        otherwise.to_owned()
    } else {
        name
    }
}

/// A server's own words, less a full stop that the sentence sets itself.
fn quoted(text: &str) -> String {
    format!("“{}”", text.trim_end_matches('.'))
}

/// A sentence begins with a capital, but an address or a host's name keeps its case.
fn capitalised(text: String) -> String {
    let Some(("a" | "the", rest)) = text.split_once(' ') else {
        return text;
    };
    match text.starts_with("the") {
        true => format!("The {rest}"),
        false => format!("A {rest}"),
    }
}

/// The first line of an answer, less who gave it to what.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = match line.split_once(SAID) {
        Some((who, answer)) if who.starts_with("host ") => answer,
        _ => line,
    };
    let line = line.split(IN_REPLY).next().unwrap_or(line);
    match line.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}
