//! What a status means and what to do next where no answer of a server tells: by the rule that gave it.

use super::act::Act;
use crate::delivery::rule::Rule;
use crate::delivery::status::Status;

/// Whether a server's answer, where there is one, tells why a rule holds.
pub(super) fn is_told_by_answer(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::DeliveryFailed
            | Rule::QueueExpired
            | Rule::BadMail
            | Rule::SubmissionFailed
            | Rule::Deferred
            | Rule::Bounced
            | Rule::Expired
            | Rule::Refused
            | Rule::RefusedForNow
            | Rule::FilterBlocked
            | Rule::FilterDeferred
    )
}

/// What a rule means, and what to do about it.
pub(super) fn told(rule: Rule, status: Status) -> (&'static str, Act) {
    match rule {
        Rule::DeliveredToMailbox => (
            "The message is in the mailbox. Rules of the mailbox may have moved it to a folder.",
            Act::LookAround,
        ),
        Rule::DuplicateSuppressed => (
            "It is in the mailbox already, from another copy; the second one was not needed.",
            Act::LookAround,
        ),
        Rule::SentExternal | Rule::SentOutside | Rule::Sent => (
            "By taking the message, that server took on to deliver it or to report that it cannot.",
            Act::AskNextServer,
        ),
        Rule::SentToExchangeOnline => (
            "From there on, the message trace of Exchange Online tells what became of it.",
            Act::TraceOnline,
        ),
        Rule::ReleasedFromQuarantine => (
            "Somebody released it, and it went on like any other message.",
            Act::LookAround,
        ),
        Rule::GroupExpanded => (
            "The address is a group; what became of the message is told of each member.",
            Act::SeeMembers,
        ),
        Rule::AliasExpanded => (
            "The address stands for several others, and the message went on to each of them.",
            Act::SeeMembers,
        ),
        Rule::Forwarded if status == Status::Pending => (
            "It goes on under another id, and these logs do not follow it.",
            Act::AddNextLog,
        ),
        Rule::AddressReplaced | Rule::AliasResolved | Rule::Forwarded => (
            "The message went on to another address in place of this one.",
            Act::SeeOtherRow,
        ),
        Rule::DeliveryFailed | Rule::Bounced => (
            "The logs give no reason that could be told more plainly.",
            Act::SearchLogs,
        ),
        Rule::SubmissionFailed => (
            "It did not leave the sender's own mail system.",
            Act::CheckMailbox,
        ),
        Rule::RemovedByAdministrator => (
            "This was done by hand, not by the mail system.",
            Act::AskWhoRemoved,
        ),
        Rule::Deleted => (
            "It was deleted from the queue by hand, and neither sender nor recipient was told.",
            Act::AskWhoRemoved,
        ),
        Rule::QueueExpired | Rule::Expired => (
            "It could not be delivered for as long as the server keeps trying.",
            Act::MendConnection,
        ),
        Rule::BadMail => (
            "The server could neither deliver the message nor tell the sender.",
            Act::CheckReplay,
        ),
        Rule::ModeratorRejected => (
            "Mail to this address needs a moderator's approval, and the moderator said no.",
            Act::AskModerator,
        ),
        Rule::ModerationExpired => (
            "Mail to this address needs a moderator's approval, and none came in time.",
            Act::AskForApproval,
        ),
        Rule::ModeratorsUnreachable => (
            "Mail to this address needs a moderator's approval, and no moderator could be asked.",
            Act::MendModerators,
        ),
        Rule::AwaitingModeration => (
            "Mail to this address needs a moderator's approval, which has not come yet.",
            Act::RemindModerator,
        ),
        Rule::Dropped => (
            "The server ended the message on purpose, by a rule, a filter or a setting.",
            Act::CheckDiscard,
        ),
        Rule::Discarded => (
            "It went to a service whose one task is to throw mail away.",
            Act::CheckDiscard,
        ),
        Rule::PoisonMessage => (
            "The server thinks that the message harms it, and keeps it in the poison queue.",
            Act::CheckPoison,
        ),
        Rule::MalwareStopped => (
            "The filter found harmful software in the message.",
            Act::WarnOfMalware,
        ),
        Rule::Quarantined | Rule::FilterQuarantined => (
            "A filter holds the message back until somebody releases it or its time is up.",
            Act::ReleaseQuarantined,
        ),
        Rule::JunkFolder => (
            "It was taken for spam and put where the recipient can find it.",
            Act::LookInJunk,
        ),
        Rule::SpamDelivered => (
            "It was taken for spam; the usual setting puts such mail into Junk Email.",
            Act::LookInJunk,
        ),
        Rule::SpamStopped | Rule::FilterBlockedSpam => (
            "It was taken for spam, and the recipient got nothing.",
            Act::ReleaseFiltered,
        ),
        Rule::FilterBlocked => (
            "The filter found something that it must not let through, such as a virus or a forbidden file.",
            Act::ChangeContent,
        ),
        Rule::Deferred => (
            "Delivery did not work yet; the answer tells no more.",
            Act::SendLater,
        ),
        Rule::FilterDeferred => (
            "The filter wants to see the message once more later, as it does with senders it does not know.",
            Act::SendLater,
        ),
        Rule::DeliveredLocally => (
            "A program on this very server took the message for the recipient.",
            Act::LookAround,
        ),
        Rule::HandedToFilter => (
            "A filter has it, so nobody has received it yet.",
            Act::AddFilterLog,
        ),
        Rule::QueueEntryEnded => (
            "The lines that would tell the result are missing from the logs.",
            Act::AddLaterLog,
        ),
        Rule::Refused => (
            "The server turned the message down at the door, and who offered it knows that.",
            Act::OfferAgain,
        ),
        Rule::RefusedForNow => (
            "A proper mail server comes back within minutes or hours; a spam program never does.",
            Act::OfferAgain,
        ),
        Rule::OnHold => (
            "It waits in the hold queue and goes nowhere until a person lets it.",
            Act::ReleaseHeld,
        ),
        Rule::Canceled => (
            "The message was never handed over in full; most such senders try again.",
            Act::OfferAgain,
        ),
        Rule::ReportedStatus | Rule::ReportedHistory => reported(status),
        Rule::ReportedWithoutStatus => {
            ("The report leaves open what became of it.", Act::SeeReport)
        }
        Rule::GettingStatus => (
            "It is too early to tell: what comes next is not logged yet.",
            Act::AddLaterLog,
        ),
        Rule::NoOutcome => (
            "It has not ended, or the line that tells its end is missing.",
            Act::AddNextLog,
        ),
    }
}

/// What a status means that a report states without more words.
fn reported(status: Status) -> (&'static str, Act) {
    match status {
        Status::Delivered => (
            "The service reports that the message got there.",
            Act::LookAround,
        ),
        Status::Pending => (
            "The service reports that it still tries to deliver the message.",
            Act::SeeReport,
        ),
        Status::Expanded => (
            "The service reports a group, whose members got the message.",
            Act::SeeMembers,
        ),
        Status::Failed => (
            "The service reports that it could not deliver the message.",
            Act::SeeReport,
        ),
        Status::FilteredAsSpam => (
            "The service reports that it took the message for spam.",
            Act::LookInJunk,
        ),
        Status::Quarantined => (
            "The service reports that it holds the message in quarantine.",
            Act::ReleaseQuarantined,
        ),
        Status::GettingStatus => (
            "The service reports that it does not know the status yet.",
            Act::AddLaterLog,
        ),
    }
}
