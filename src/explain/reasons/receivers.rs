//! The usual answers of large receivers, of filters that stand before many, and of block lists.

use super::reasons;

reasons! { RECEIVERS:
    // Google (Gmail help and Google Workspace help, "Gmail SMTP errors and codes").
    "tried to reach does not exist", CheckAddress, "Google, Gmail SMTP errors and codes: 5.1.1": "Google has no mailbox of this address.";
    "tried to reach is disabled|tried to reach is inactive", AskRecipient, "Google, Gmail SMTP errors and codes: 5.2.1": "The recipient's Google account is disabled, or was not used for long.";
    "tried to reach is over quota|out of storage space", MakeRoom, "Google, Gmail SMTP errors and codes: 4.2.2, 5.2.2": "The recipient's Google storage is full; Drive and Photos count too.";
    "receiving mail too quickly|receiving mail at a rate", SendLater, "Google, Gmail SMTP errors and codes: 4.2.1": "The recipient gets too much mail at the moment.";
    "detected an unusual rate of|an unusual rate of unsolicited", MendReputation, "Google, Gmail SMTP errors and codes: 4.7.28": "Google got unusually much mail, or spam, from the sending address or domain.";
    "likely unsolicited mail", ChangeContent, "Google, Gmail SMTP errors and codes: 5.7.1": "Google takes this message for spam.";
    "nature of the content or the links", ChangeContent, "Google, Gmail SMTP errors and codes: 4.7.0": "Google finds the content or the links of the message suspicious.";
    "very low reputation", MendReputation, "Google, Gmail SMTP errors and codes: 5.7.1": "The sending address or domain has a very bad name with the receiver.";
    "temporary dns failures prevent|temporary*spf|temporary*dkim|temporary*dmarc|spf*temperror|spf*temporary|dkim*temperror|dmarc*temperror", SendLater, "RFC 7208, 2.6.6: temperror": "A check of who sent the message could not be finished, as DNS did not answer well.";
    "spf*permerror|permerror*spf", MendSpf, "RFC 7208, 2.6.7: permerror": "The SPF record of the sender's domain has a mistake in it.";
    "due to domain's dmarc policy", MendAuthentication, "Google, Gmail SMTP errors and codes: 5.7.26": "The message failed DMARC at Google, and the sender's domain asks to reject such mail.";
    "yahoo requires all senders to authenticate", MendAuthentication, "Yahoo, Sender Hub: SMTP error codes": "The message passed neither SPF nor DKIM, and Yahoo asks for one of them.";
    "to authenticate with either spf or dkim|fails to pass authentication checks", MendAuthentication, "Google, Gmail SMTP errors and codes: 5.7.26": "The message passed neither SPF nor DKIM, and Google asks for one of them.";
    "spf record with a hard fail", MendSpf, "Google, Gmail SMTP errors and codes: 5.7.26": "The domain's SPF record forbids this sending server, and Google obeys it.";
    "record of the sending domain has one or more suspicious entries", MendSpf, "Google, Gmail SMTP errors and codes: 5.7.24": "The SPF record of the sender's domain holds entries that Google finds suspicious.";
    "senders to authenticate*with spf", MendSpf, "Google, Gmail SMTP errors and codes: 5.7.27": "Google asks bulk senders to pass SPF, and this message did not.";
    "senders to authenticate*with dkim", MendDkim, "Google, Gmail SMTP errors and codes: 5.7.30": "Google asks bulk senders to sign with DKIM, and this message did not pass.";
    "aligned with either the authenticated", MendAuthentication, "Google, Gmail SMTP errors and codes: 4.7.32": "The From address is of another domain than the one that passed SPF or DKIM at Google.";
    "missing a valid address in|having no from: header", MendHeaders, "Google, Gmail SMTP errors and codes: 5.7.1": "The From line of the message is missing or not valid.";
    "not rfc 5322 compliant", MendHeaders, "Google, Gmail SMTP errors and codes: 5.7.1": "Headers of the message are there twice, or badly written.";
    "missing a valid message-id", MendHeaders, "Google, Gmail SMTP errors and codes: 5.7.1": "The message has no valid Message-ID.";
    "presents a potential security issue|illegal attachment", ChangeContent, "Google, File types blocked in Gmail": "The message holds a kind of attachment that is blocked, perhaps inside of an archive.";
    "exceeded google's message size|exceeds google's", MakeSmaller, "Google, Gmail SMTP errors and codes: 5.3.4": "The message is larger than Google takes.";
    "does not have a ptr record|doesn't have a ptr record|regarding ptr records|specified in the pointer (ptr)", MendReverseDns, "Google, Email sender guidelines": "The receiver wants the sending address to have a name in DNS that leads back to it.";
    "has a policy that prohibited", AskRecipient, "Google, Gmail SMTP errors and codes: 5.7.1": "A policy of the sender's or the recipient's organisation forbids such mail.";
    "tls required for rcpt domain|wasn't sent over a tls connection", UseTls, "Google, Gmail SMTP errors and codes: 4.7.0, 4.7.29": "The receiver takes this mail only over an encrypted connection.";
    "daily user sending limit|daily sending quota|daily smtp relay", SendLess, "Google, Gmail sending limits in Google Workspace": "The account has sent as much as its provider allows in a day.";
    "not authorized to send email directly to our servers", MendOutgoing, "Google, Gmail SMTP errors and codes: 5.7.1": "Google takes no mail directly from such an address, as of a home connection.";
    "ip not in whitelist for rcpt domain", AskRecipient, "Google, Gmail SMTP errors and codes: 4.7.0": "The recipient's organisation takes mail only from certain servers.";
    "multiple destination domains per transaction", SendLater, "Google, Gmail SMTP errors and codes: 4.3.0": "The receiver takes recipients of different domains one after the other.";
    "policy size per transaction exceeded", SendLater, "Google, Gmail SMTP errors and codes: 4.5.3": "The receiver takes this recipient only in a transaction of its own.";
    "username and password not accepted|application-specific password required", SignIn, "Google, Gmail SMTP errors and codes: 5.7.8": "Name or password was not accepted; an app password may be wanted.";

    // Yahoo and AOL (Sender Hub).
    "temporarily deferred due to*complaints|[tss04]", MendReputation, "Yahoo, Sender Hub: SMTP error codes": "Yahoo holds this server's mail back, as it got much of it or users complained.";
    "will be permanently deferred", AskToLiftBlock, "Yahoo, Sender Hub: SMTP error codes": "Yahoo takes no more mail from this server.";
    "not accepted for policy reasons", AskToLiftBlock, "Yahoo, Sender Hub: SMTP error codes": "The receiver's policy refuses the message; with Yahoo often as phishing, or for a failed check.";
    "this user doesn't have a*account", CheckAddress, "Yahoo, Sender Hub: SMTP error codes": "Yahoo has no account of this address.";
    "account has been disabled or discontinued|this mailbox is disabled", AskRecipient, "Yahoo, Sender Hub: SMTP error codes": "The recipient's account was closed or disabled.";
    "due to unresolvable", CheckSender, "Yahoo, Sender Hub: SMTP error codes": "The receiver could not find the sender's domain in DNS.";
    "max message per connection reached", SendLater, "Yahoo, Sender Hub: SMTP error codes": "The receiver wants a new connection after so many messages.";

    // Microsoft's consumer mail: Outlook.com, Hotmail, Live, MSN.
    "on our block list (s3", AskToLiftBlock, "Microsoft, Outlook.com Postmaster: Troubleshooting": "Outlook.com has the sending server, or its network, on its block list.";
    "rate limited due to ip reputation", MendReputation, "Microsoft, Outlook.com Postmaster: Troubleshooting": "Outlook.com holds this server's mail back, as it does not know or trust it yet.";
    "required authentication level", MendAuthentication, "Microsoft, Outlook.com requirements for high-volume senders: 5.7.515": "Outlook.com asks large senders for SPF, DKIM and DMARC, and one of them failed.";
    "sc-00*unfortunately", AskToLiftBlock, "Microsoft, Outlook.com Postmaster: Troubleshooting": "Outlook.com refused the mail for its policy: content, complaints or a bad name of the server.";
    "dy-00*unfortunately", MendOutgoing, "Microsoft, Outlook.com Postmaster: Troubleshooting": "Outlook.com takes no mail from addresses that change, as of a home connection.";
    "ou-00*unfortunately", AskToLiftBlock, "Microsoft, Outlook.com Postmaster: Troubleshooting": "Outlook.com refused the mail, as the server is on a block list or the message looks like spam.";
    "rp-00*unfortunately", SendLess, "Microsoft, Outlook.com Postmaster: Troubleshooting": "The server opened more connections to Outlook.com, or sent more, than its name allows.";

    // Apple.
    "inactive email address", AskRecipient, "Apple, iCloud Mail postmaster: error texts": "The recipient's address is turned off.";
    "recipient no longer on server", UseNewAddress, "Apple, iCloud Mail postmaster: error texts": "The mailbox is gone from the server.";
    "rejected due to*dmarc policy", MendAuthentication, "Apple, Postmaster information for iCloud Mail": "The DMARC policy of the sender's own domain had the message rejected.";
    "[hme1]", MendAuthentication, "Apple, Postmaster information for iCloud Mail": "Mail to a Hide My Email address must pass SPF or DKIM, and this message did not.";
    "rejected due to local policy", ChangeContent, "Apple, Postmaster information for iCloud Mail": "A local policy refuses the message; with Apple that is its spam filter.";
    "deferred due to excessive volume", SendLess, "Apple, Postmaster information for iCloud Mail": "The receiver got too many messages for this recipient in a short time.";

    // United Internet (GMX, web.de, mail.com, IONOS) and Telekom.
    "ip address is block listed", AskToLiftBlock, "GMX, Postmaster: error messages": "The receiver has the sending server on a block list of its own.";
    "bad dns ptr", MendReverseDns, "GMX, Postmaster: error messages": "The receiver found no proper name in DNS for the sending address.";
    "reject due to spf policy", MendSpf, "GMX, Postmaster: error messages": "The domain's SPF record does not allow this server; forwarding can cause that.";
    "reject due to policy", MendReputation, "GMX, Postmaster: error messages": "A policy refuses the server's mail; with GMX and web.de often for many unknown recipients.";
    "rate limit reached", SendLess, "GMX, Postmaster: error messages": "The receiver got too much mail from this server in a short time.";
    "none/bad reputation|a problem occurred. (ask your postmaster", AskToLiftBlock, "Deutsche Telekom, T-Online postmaster, section 4": "T-Online takes no mail from servers that it does not know; the server has to be made known there first.";
    "dialup/transient ip not allowed", AskToLiftBlock, "Deutsche Telekom, T-Online postmaster, section 4": "T-Online takes the sending address for one of a home connection.";

    // Filters before many receivers.
    "proofpoint.com", AskToLiftBlock, "Proofpoint, Dynamic Reputation: IP lookup": "Proofpoint, which filters for the recipient, blocks the sending server.";
    "internal resources are temporarily unavailable", SendLater, "Mimecast, SMTP error codes: 451": "The server puts the mail off; Mimecast answers so to unknown senders and takes the next try.";
    "sender invalid - envelope rejected", MendAuthentication, "Mimecast, SMTP error codes: 550": "Mimecast checked SPF, DKIM or DMARC, and the message failed.";
    "envelope blocked", AllowSender, "Mimecast, SMTP error codes: 550": "The recipient or the organisation blocks this sender.";
    "manually blocked senders|block policy for", AllowSender, "Mimecast, SMTP error codes: 550": "A rule of the recipient's organisation blocks this sender.";
    "anti-spoofing policy", CheckRule, "Mimecast, SMTP error codes: 550": "The message comes from outside with an address of the recipient's own organisation.";
    "local ct ip reputation", MendReputation, "Mimecast, SMTP error codes: 550": "The sending server has a bad name with Mimecast.";
    "ip temporarily blacklisted", SendLater, "Mimecast, SMTP error codes: 451": "The sending server went over one of Mimecast's limits.";
    "content examination policy", ChangeContent, "Mimecast, SMTP error codes: 550": "The content of the message broke a rule at Mimecast.";
    "email rejected due to security policies", ChangeContent, "Mimecast, SMTP error codes: 554": "A filter found a virus or very much spam in the message.";
    "open relay not allowed", CheckRelay, "Mimecast, SMTP error codes: 451": "Neither sender nor recipient belongs to this server, or the sending one is not known there.";
    "this route requires", UseTls, "Mimecast, SMTP error codes: 553": "The way to the recipient takes mail only with newer or stronger encryption.";
    "host network not allowed", AskRecipient, "Mimecast, SMTP error codes: 554": "The recipient's organisation takes no mail from this part of the world.";
    "mta's poor reputation|mta’s poor reputation", MendReputation, "Cisco, Identify and allow poor SenderBase reputation": "Cisco's filter at the recipient finds the sending server's name too bad.";
    "spf unauthorized mail is prohibited", MendSpf, "Cisco, AsyncOS guide: Email authentication": "Cisco's filter at the recipient saw that SPF does not allow this server.";
    "barracuda reputation|barracudacentral", LeaveBlockList, "Barracuda, Barracuda Reputation": "Barracuda's block list names the sending server.";
    "trend micro email reputation", LeaveBlockList, "Trend Micro, Email Reputation Services": "Trend Micro's list names the sending server.";

    // Block lists.
    "spamhaus*dbl|dbl.spamhaus", LeaveBlockList, "Spamhaus, Domain Blocklist (DBL)": "Spamhaus lists a domain that stands in the message.";
    "spamhaus*pbl|pbl.spamhaus", MendOutgoing, "Spamhaus, Policy Blocklist (PBL)": "Spamhaus lists the sending address among those that should not send mail by themselves.";
    "spamhaus*xbl|xbl.spamhaus", LeaveBlockList, "Spamhaus, Exploits Blocklist (XBL)": "Spamhaus lists the sending address, as a machine behind it seems to be infected.";
    "spamhaus", LeaveBlockList, "Spamhaus, Blocklists": "Spamhaus lists the sending server.";
    "spamcop", LeaveBlockList, "SpamCop, Blocking List": "SpamCop lists the sending server, as users reported spam from it.";
    "uceprotect", LeaveBlockList, "UCEPROTECT-Network, Levels 1 to 3": "UCEPROTECT lists the sending address or its whole network.";
    "abusix", LeaveBlockList, "Abusix, Mail Intelligence": "Abusix lists the sending server.";
    "surbl|uribl", ChangeContent, "SURBL, URIBL: lists of domains in messages": "A link in the message leads to a domain that is on a block list.";
    "manitu", LeaveBlockList, "NiX Spam, ix.dnsbl.manitu.net": "The NiX Spam list names the sending server.";
    "psbl", LeaveBlockList, "PSBL, Passive Spam Block List": "The Passive Spam Block List names the sending server.";
    "sorbs", LeaveBlockList, "SORBS (closed in 2024)": "The old SORBS list, which was closed in 2024, is said to name the sending server.";
}
