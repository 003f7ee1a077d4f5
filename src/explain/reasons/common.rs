//! Words that many servers use, whoever made them. The answer says it itself; the source is that of the
//! matter.

use super::reasons;

reasons! { COMMON:
    "greylist|graylist|grey-list|gray-list", SendLater, "RFC 6647": "The server puts off mail from senders it has not seen before, and takes the next try (greylisting).";
    "callout verification failed|sender verify failed|could not complete sender verify callout", CheckSender, "Exim, specification: Address verification": "The server asked whether the sender's address exists, and was told no.";
    "unrouteable address|unroutable address|unrouteable mail domain", CheckAddress, "Exim, specification: Routing": "The server finds no way to this address.";
    "all relevant mx records point to non-existent hosts", MendDns, "Exim, specification: dnslookup router": "The domain's MX points to servers that do not exist.";
    "relay not permitted|relaying denied|relaying not allowed|relay denied|not permitted to relay", CheckRelay, "RFC 5321, 7.9": "The server does not pass on mail between these two domains.";
    "retry timeout exceeded", MendConnection, "Exim, specification: Retry configuration": "All tries failed for longer than the server is willing to try.";
    "no mailbox here by that name", CheckAddress, "qmail, qmail-local(8)": "The server has no mailbox by this name.";
    "that domain isn't in my list of allowed rcpthosts", CheckRelay, "qmail, qmail-smtpd(8)": "The server does not take mail for this domain.";

    "over quota|overquota|quota exceeded|exceeded quota|mailbox full|box is full|full mailbox|mailbox has exceeded|exceeded storage|storage quota|quota full|insufficient quota|allowed storage space|too many messages on the server", MakeRoom, "RFC 3463, 3.3: X.2.2": "The recipient's mailbox has no room left.";
    "mailbox is currently disabled|mailbox disabled|account disabled|account is disabled|user disabled|account has been suspended|account suspended|mailbox is inactive|inactive recipient|user is inactive|account is inactive", MendMailbox, "RFC 3463, 3.3: X.2.1": "The recipient's account is disabled or not in use.";
    "user unknown|unknown user|no such user|no such recipient|no such mailbox|no such person|no such address|unknown recipient|recipient unknown|unknown local part|recipient not found|user not found|mailbox not found|mailbox unknown|mailbox does not exist|user does not exist|address does not exist|recipient does not exist|invalid recipient|not a valid mailbox|not our customer|address unknown|unknown address|unknown email|illegal alias|invalid mailbox|no user here|address no longer|account no longer|mailbox no longer|user no longer|recipient no longer|address is no longer|account is no longer|mailbox is no longer|user is no longer|dd is no longer", CheckAddress, "RFC 3463, 3.2: X.1.1": "The server knows nobody of this address.";

    "infected|malware|virus found|virus detected|virus in |a virus|virus:|virus (|contains virus|viruses", WarnOfMalware, "RFC 5321, 7.8; the answer's own words": "A filter found harmful software in the message.";
    "banned file|blocked banned|attachment type|blocked attachment|file extension|attachment is not allowed", ChangeContent, "RFC 5321, 7.8; the answer's own words": "The receiving side does not take this kind of attachment.";
    " phish", ChangeContent, "RFC 5321, 7.8; the answer's own words": "A filter takes the message for phishing.";
    "dmarc*fail|fail*dmarc|dmarc*reject|reject*dmarc|dmarc policy|dmarc violation|pass dmarc|dmarc compl", MendAuthentication, "RFC 7489, 10.3": "The message failed the check of its From domain (DMARC).";
    "dkim*fail|fail*dkim|dkim*invalid|invalid dkim|dkim*not valid|bad dkim|no dkim|missing dkim|dkim*reject|pass dkim", MendDkim, "RFC 6376, 6.3": "The message's DKIM signature did not pass.";
    "sender policy framework|spf fail|spf check|spf hard|spf violation|spf policy|spf=fail|fails spf|failed spf|fail*spf|pass spf|permitted by spf|spf reject|rejected by spf", MendSpf, "RFC 7208, 8.4": "SPF does not allow this server to send for the sender's domain.";
    "reverse dns| rdns|ptr record|reverse hostname", MendReverseDns, "RFC 7372, 3.3; RFC 1912, 2.1": "The receiving server misses a proper name for the sending address in DNS.";
    "mta-sts", MendPolicy, "RFC 8461": "The receiving server does not meet its domain's own MTA-STS policy.";
    "blocked using|blacklist|blocklist|black list|block list|dnsbl| rbl", LeaveBlockList, "RFC 5782": "A block list names the sending server or its domain.";
    " spam |as spam|spam message|spam detected|spam content|spam score|like spam|unsolicited|junk mail|bulk mail|dt:spm", ChangeContent, "RFC 5321, 7.8; the answer's own words": "The receiving side takes the message for spam.";
    "poor reputation|bad reputation|low reputation", MendReputation, "RFC 5321, 7.9; the answer's own words": "The sending server or domain has a bad name with the receiver.";

    "too many bounces", MendReputation, "RFC 5321, 6.1; the answer's own words": "Too much mail from this domain came back before.";
    "address rejected", AskRecipient, "RFC 5321, 4.2.3: 550": "The server does not accept the recipient's address; it may not exist.";
    "mailbox unavailable", CheckAddress, "RFC 5321, 4.2.3: 450, 550": "The mailbox is not there or cannot be used.";
    "message too large|message too big|message size|size limit|too large", MakeSmaller, "RFC 1870; RFC 3463, 3.4: X.3.4": "The message is too large.";
    "too many recipients", FewerRecipients, "RFC 5321, 4.5.3.1.8": "The message goes to too many recipients at once.";
    "rate limit|ratelimit|throttl|too many messages|too many connections|too many concurrent|too fast|sending limit|exceeded the maximum number", SendLess, "RFC 5321, 4.2.1; the answer's own words": "The receiver got more mail or connections than it allows in a time.";
    "authentication required|must authenticate|authenticate first", SignIn, "RFC 4954, 6": "The server takes mail only from who has signed in.";
    "authentication failed|authentication credentials invalid|invalid login|authentication unsuccessful", SignIn, "RFC 4954, 6: 535": "The server did not accept the sign-in.";
    "encryption required|tls required|requires tls|requires encryption|starttls required|starttls is required|use starttls", UseTls, "RFC 3207, 4": "The server asks for an encrypted connection.";
    "mail loop|routing loop|loop detected", EndLoop, "RFC 5321, 6.3": "The message goes in circles.";
    "not allowed to post|not a member|members only|not subscribed|subscribers only", AskToBeAllowed, "RFC 3463, 3.8: X.7.2": "Only members may write to this list.";
    "bare lf|bare <lf>|bare line feed|bare cr", MendOutgoing, "RFC 5321, 2.3.8": "The sending program ends lines in a way that is not allowed.";
    "syntax error", MendCommands, "RFC 5321, 4.2.3: 500, 501": "The server could not read what the sending server said.";
    "try again later|try later|temporarily unavailable|temporary failure|temporary error|server busy|temporarily deferred|please retry|come back later", SendLater, "RFC 5321, 4.2.1": "The server asks to come back later.";
    "administrative prohibition|not authorized|not authorised|access denied|policy", AskRecipient, "RFC 5321, 7.8, 7.9": "A rule of the receiving side forbids this mail.";
}
