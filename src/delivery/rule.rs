//! The rules that give a status, each with its name and its source.
//!
//! Every status that is shown names its rule. A rule stands here, is applied in `status.rs`, is told in
//! words in `explain.rs`, and has a fixture in `tests/fixtures/rules/`.

use serde::{Deserialize, Serialize};

/// Declares the rules with their names and sources.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident = $name:literal, $source:literal;)*) => {
        /// Why a delivery has its status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Rule { $($(#[$doc])* $rule,)* }

        impl Rule {
            pub const ALL: &'static [Rule] = &[$(Rule::$rule,)*];

            /// The rule's name, which is also that of its fixture.
            pub const fn name(self) -> &'static str {
                match self { $(Rule::$rule => $name,)* }
            }

            /// Where the rule comes from: a section of an RFC, a vendor's page, or our own reasoning.
            pub const fn source(self) -> &'static str {
                match self { $(Rule::$rule => $source,)* }
            }
        }
    };
}

rules! {
    /// DELIVER: the store driver put the message into a mailbox.
    DeliveredToMailbox = "delivered-to-mailbox", "Microsoft, Message tracking: DELIVER";
    /// DUPLICATEDELIVER: the mailbox holds the message already.
    DuplicateSuppressed = "duplicate-suppressed", "Microsoft, Message tracking: DUPLICATEDELIVER";
    /// SENDEXTERNAL, or a SEND whose line says that it goes to the Internet.
    SentExternal = "sent-external", "Exchange: SENDEXTERNAL, ToEntity=Internet";
    /// A SEND to a server that is none of ours.
    SentOutside = "sent-outside", "Microsoft, Message tracking: SEND to a server outside the logs";
    /// A SEND by the connector to Exchange Online.
    SentToExchangeOnline = "sent-to-exchange-online", "Microsoft, hybrid mail flow: connector \"Outbound to Office 365\"";
    /// Released after it was quarantined.
    ReleasedFromQuarantine = "released-from-quarantine", "Microsoft, Anti-spam message headers: SFV:SKQ; Proxmox Mail Gateway: delivered quarantined mail";
    /// EXPAND of a group.
    GroupExpanded = "group-expanded", "Microsoft, Message tracking: EXPAND";
    /// RESOLVE or REDIRECT to another address.
    AddressReplaced = "address-replaced", "Microsoft, Message tracking: RESOLVE, REDIRECT";
    /// FAIL.
    DeliveryFailed = "delivery-failed", "Microsoft, Message tracking: FAIL";
    /// FAIL by ADMIN: a person removed the message from a queue.
    RemovedByAdministrator = "removed-by-administrator", "Microsoft, Message tracking: FAIL, source ADMIN";
    /// The queue gave up.
    QueueExpired = "queue-expired", "RFC 3463 3.5: X.4.7 Delivery time expired";
    /// BADMAIL.
    BadMail = "bad-mail", "Microsoft, Message tracking: BADMAIL";
    /// SUBMITFAIL.
    SubmissionFailed = "submission-failed", "Microsoft, Message tracking: SUBMITFAIL";
    /// A moderator said no.
    ModeratorRejected = "moderator-rejected", "Microsoft, Message tracking: MODERATORREJECT";
    /// No moderator answered in time.
    ModerationExpired = "moderation-expired", "Microsoft, Message tracking: MODERATIONEXPIRE";
    /// No moderator could be reached.
    ModeratorsUnreachable = "moderators-unreachable", "Microsoft, Message tracking: MODERATORSALLNDR";
    /// INITMESSAGECREATED: an approval request waits for an answer.
    AwaitingModeration = "awaiting-moderation", "Microsoft, Message tracking: INITMESSAGECREATED";
    /// DROP without a notification.
    Dropped = "dropped", "Microsoft, Message tracking: DROP";
    /// The poison queue holds the message.
    PoisonMessage = "poison-message", "Microsoft, Message tracking: POISONMESSAGE";
    /// A malware filter stopped it.
    MalwareStopped = "malware-stopped", "Microsoft, Message trace: malware verdict, not delivered";
    /// Quarantined by folder, verdict or agent.
    Quarantined = "quarantined", "Microsoft, Message trace: Quarantined";
    /// Delivered into the Junk Email folder.
    JunkFolder = "junk-folder", "Microsoft, Message trace: delivered to the Junk Email folder";
    /// A spam verdict, and a filter ended the message.
    SpamStopped = "spam-stopped", "Microsoft, Message trace: Filtered as spam";
    /// A spam verdict, then a delivery that names no folder: the policy's default is Junk Email.
    SpamDelivered = "spam-delivered", "Microsoft, Anti-spam policies: default action is the Junk Email folder";
    /// DEFER, THROTTLE, or a 4xx answer last.
    Deferred = "deferred", "RFC 5321 4.5.4.1: the sender retries; Microsoft, Message trace: Pending";
    /// Postfix, status=sent to a remote server.
    Sent = "sent", "Postfix: status=sent";
    /// Postfix, status=sent by local, virtual, pipe or LMTP over a socket.
    DeliveredLocally = "delivered-locally", "Postfix: status=sent by a local delivery agent";
    /// status=sent to a content filter: the filter took it, nobody has it yet.
    HandedToFilter = "handed-to-filter", "Postfix, FILTER_README: sent to a filter is no delivery";
    /// status=sent (forwarded as …).
    Forwarded = "forwarded", "Postfix, local(8): forwarded as";
    /// Several addresses took the place of one.
    AliasExpanded = "alias-expanded", "Postfix, virtual(5): orig_to with several recipients";
    /// One address took the place of another.
    AliasResolved = "alias-resolved", "Postfix, virtual(5): orig_to with one recipient";
    /// Postfix, status=bounced.
    Bounced = "bounced", "Postfix, bounce(8): status=bounced";
    /// qmgr gave up on all recipients that were still deferred.
    Expired = "expired", "Postfix, qmgr(8): status=expired, returned to sender";
    /// discard(8) threw it away, and says `sent`.
    Discarded = "discarded", "Postfix, discard(8)";
    /// A server refused the message for good: it never took it, and the sender was told.
    Refused = "refused", "RFC 5321 4.2.1: 5yz; Postfix, SMTPD_ACCESS_README, MILTER_README: reject";
    /// A server refused the message for now, and was not seen to take it later.
    RefusedForNow = "refused-for-now", "RFC 5321 4.2.1: 4yz; Postfix, SMTPD_POLICY_README: greylisting";
    /// On hold until a person releases it.
    OnHold = "on-hold", "Postfix, qmgr(8): hold queue";
    /// A person deleted it from the queue.
    Deleted = "deleted", "Postfix, postsuper(1): -d";
    /// The client went away before the message was whole.
    Canceled = "canceled", "RFC 5321 4.1.1.4: no message before the end of data; Postfix, cleanup(8): removed (canceled)";
    /// A content filter keeps it in its quarantine.
    FilterQuarantined = "filter-quarantined", "amavis, rspamd, Proxmox Mail Gateway: quarantine";
    /// A content filter took it for spam and ended it.
    FilterBlockedSpam = "filter-blocked-spam", "amavis: Blocked SPAM; rspamd: reject, discard; Proxmox Mail Gateway: block";
    /// A content filter ended it for a virus, a banned file or another rule.
    FilterBlocked = "filter-blocked", "amavis: Blocked INFECTED, BANNED";
    /// A content filter put it off.
    FilterDeferred = "filter-deferred", "rspamd: greylist, soft reject";
    /// Exchange Online's list states the status.
    ReportedStatus = "reported-status", "Microsoft, Get-MessageTraceV2: Status";
    /// The last telling word of the enhanced summary report.
    ReportedHistory = "reported-history", "Microsoft, Message trace, enhanced summary: recipient_status";
    /// Exchange Online gives no status: the message was refused, or goes on to another recipient.
    ReportedWithoutStatus = "reported-without-status", "Microsoft, Get-MessageTrace: Status None";
    /// The queue entry ended and no line tells the result.
    QueueEntryEnded = "queue-entry-ended", "Postfix, qmgr(8): removed without a logged result";
    /// Nothing is decided, and the host's logs end within a quarter of an hour.
    GettingStatus = "getting-status", "Microsoft, Message trace: Getting status";
    /// Nothing is decided, although the host's logs go on.
    NoOutcome = "no-outcome", "Microsoft, Message trace: Pending";
}
