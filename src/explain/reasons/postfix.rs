//! Postfix's own words, and those of Dovecot, which often stands behind it.

use super::reasons;

reasons! { POSTFIX:
    // smtp(8), lmtp(8): on the way to the next server.
    "unverified address|undeliverable address", CheckAddress, "Postfix, ADDRESS_VERIFICATION_README": "The server asked whether the address exists, and got no good answer.";
    "mail for*loops back to myself", EndLoop, "Postfix, smtp(8): best MX is this server itself": "DNS says that this server itself takes the domain's mail, but it is not set up for it.";
    "connection timed out", MendConnection, "Postfix, smtp(8): connect": "The other server did not answer in time.";
    "connection refused", MendConnection, "Postfix, smtp(8): connect": "The other server, or a firewall before it, refused the connection.";
    "network is unreachable|no route to host", MendConnection, "Postfix, smtp(8): connect": "No way through the network leads to the other server.";
    "connection reset by peer", MendConnection, "Postfix, smtp(8)": "The other server cut the connection.";
    "name service error*host not found, try again", MendDns, "Postfix, smtp(8): DNS lookup": "DNS could not be asked about the recipient's domain just now.";
    "malformed dns server reply", MendDns, "Postfix, smtp(8): DNS lookup": "The answer of DNS about a domain is broken.";
    "host or domain name not found|name service error|unable to look up host", CheckDomain, "Postfix, smtp(8): DNS lookup": "DNS knows no server for the recipient's domain.";
    "does not accept mail (nullmx)|(nullmx)", CheckDomain, "Postfix, smtp(8); RFC 7505": "The recipient's domain declares that it takes no mail (null MX).";
    "lost connection with", MendConnection, "Postfix, smtp(8)": "The connection to the other server was lost in mid-talk.";
    "conversation with*timed out", MendConnection, "Postfix, smtp(8)": "The other server fell silent in mid-talk.";
    "tls is required, but was not offered", MendServer, "Postfix, TLS_README": "The sending server insists on encryption, and the other one offers none.";
    "server certificate not verified|server certificate not trusted|certificate verification failed", MendCertificate, "Postfix, TLS_README": "The sending server insists on a proper certificate, and the other one's does not pass.";
    "cannot start tls", MendServer, "Postfix, TLS_README": "The two servers could not agree on how to encrypt.";
    "tlsa lookup error", MendDns, "Postfix, TLS_README: DANE": "The domain's DANE records (TLSA) could not be looked up.";
    "sasl authentication failed; cannot authenticate|sasl authentication failed", SignIn, "Postfix, SASL_README": "The sign-in at the next server failed.";
    "message size*exceeds size limit", MakeSmaller, "Postfix, smtp(8): SIZE": "The message is larger than the next server says it takes.";
    "smtputf8", PlainAddress, "Postfix, SMTPUTF8_README": "The message needs support for special letters in addresses, which the next server lacks.";
    "mail transport unavailable", MendServer, "Postfix, qmgr(8)": "A part of Postfix that delivers such mail is not running or not set up.";
    "delivery temporarily suspended", SendLater, "Postfix, qmgr(8)": "Postfix pauses deliveries to this server, as the last ones failed.";
    "queue file write error", MendDisk, "Postfix, smtpd(8), cleanup(8)": "The server could not store the message; its disk may be full.";

    // local(8), virtual(8), pipe(8).
    "unknown user:", CheckAddress, "Postfix, local(8), virtual(8)": "This server has no mailbox of that name.";
    "disk quota exceeded", MakeRoom, "Postfix, virtual(8), local(8)": "The mailbox has used up its share of the disk.";
    "file too large", MendMailbox, "Postfix, mailbox_size_limit": "The mailbox file has reached its largest size.";
    "maildir delivery failed|cannot update mailbox|mailbox delivery failed", MendMailbox, "Postfix, virtual(8), local(8)": "The message could not be written into the mailbox.";
    "mail forwarding loop", EndLoop, "Postfix, local(8): Delivered-To": "The message came to this mailbox before and was forwarded round to it.";
    "command died with|can't create user output file|command time limit exceeded", MendServer, "Postfix, pipe(8), local(8)": "The program that the message was handed to failed.";
    "alias database unavailable|alias expansion error", MendServer, "Postfix, aliases(5)": "The list of aliases could not be read.";

    // smtpd(8): what it takes in.
    "user unknown in", CheckAddress, "Postfix, LOCAL_RECIPIENT_README, VIRTUAL_README": "The address is not in the server's list of recipients.";
    "relay access denied", CheckRelay, "Postfix, SMTPD_ACCESS_README: reject_unauth_destination": "The server does not take mail for this domain from this sender.";
    "sender address rejected: domain not found", CheckSender, "Postfix, reject_unknown_sender_domain": "DNS does not know the domain of the sender's address.";
    "sender address rejected: not owned by", AllowSendAs, "Postfix, reject_sender_login_mismatch": "The signed-in user may not send with this address.";
    "sender address rejected: not logged in", SignIn, "Postfix, reject_sender_login_mismatch": "This sender's address may be used only after signing in.";
    "sender address rejected", CheckSender, "Postfix, SMTPD_ACCESS_README": "The server does not accept the sender's address.";
    "recipient address rejected: domain not found", CheckDomain, "Postfix, reject_unknown_recipient_domain": "The server finds the recipient's domain nowhere in DNS.";
    "need fully-qualified address", CheckAddress, "Postfix, reject_non_fqdn_recipient": "The address lacks its full domain.";
    "cannot find your hostname|cannot find your reverse hostname", MendReverseDns, "Postfix, reject_unknown_client_hostname": "The sending server's address has no name in DNS, or one that does not lead back.";
    "helo command rejected: host not found", MendGreeting, "Postfix, reject_unknown_helo_hostname": "The name in the sending server's greeting is not in DNS.";
    "helo command rejected", MendGreeting, "Postfix, SMTPD_ACCESS_README": "The sending server greeted with a name that is not accepted.";
    "client host rejected: access denied", CheckRelay, "Postfix, SMTPD_ACCESS_README": "The server does not talk to this sending address.";
    "recipient address rejected: access denied", AskRecipient, "Postfix, access(5)": "The server's rules forbid mail to this recipient.";
    "message size exceeds fixed limit", MakeSmaller, "Postfix, message_size_limit": "The message is larger than the server's limit.";
    "insufficient system storage", MendDisk, "Postfix, queue_minfree": "The server's disk is nearly full.";
    "server configuration error|server configuration problem", MendServer, "Postfix, smtpd(8)": "The server has a mistake in its settings.";
    "temporary lookup failure", MendServer, "Postfix, DATABASE_README": "The server could not look something up in a table or database.";
    "improper command pipelining|improper use of smtp command pipelining", MendOutgoing, "Postfix, reject_unauth_pipelining": "The sending server spoke before it was its turn.";
    "too many errors after", MendCommands, "Postfix, smtpd_hard_error_limit": "The sending server made too many mistakes in one connection.";
    "too many hops", EndLoop, "Postfix, hopcount_limit": "The message passed too many servers; it most likely goes in circles.";
    "too much mail from|too many connections from|connection rate limit exceeded|message rate limit", SendLater, "Postfix, anvil(8): rate limits": "The sending address connected or sent too often.";
    "service currently unavailable", SendLater, "Postfix, postscreen(8)": "The server takes no mail just now; Postfix answers so, too, to senders it looks over first.";
    "service unavailable - try again later", MendServer, "Postfix, MILTER_README": "A part of the receiving server, most likely a filter, does not work just now.";
    "must issue a starttls command first", UseTls, "Postfix, smtpd_tls_security_level; RFC 3207": "The server takes mail only over an encrypted connection.";
    "no recipient addresses|no recipients specified", WriteAnew, "Postfix, pickup(8), cleanup(8)": "The message names no recipient.";

    // Dovecot.
    "quota exceeded (mailbox for user is full)", MakeRoom, "Dovecot, Quota plugin": "Dovecot did not store the message, as the mailbox is over its quota.";
    "user doesn't exist", CheckAddress, "Dovecot, LMTP server": "The server knows no user of this name.";
    "temporary internal error|internal error occurred", MendServer, "Dovecot, LMTP server": "The server failed to deliver; its own log tells why.";
    "failed to open mailbox|couldn't open inbox|can't open mailbox", MendMailbox, "Dovecot, LMTP server": "The server could not open the mailbox.";
}
