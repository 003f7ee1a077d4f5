//! Exchange's and Exchange Online's codes and the words of their components.
//!
//! Sources: Microsoft, "Email non-delivery reports and SMTP errors in Exchange Online" ("NDRs in Exchange
//! Online" below), "NDRs and bounce messages in Exchange Server", and the pages they lead to.

use super::reasons;

reasons! { WORDS:
    "resolver.adr.recipientnotfound", CheckAddress, "Microsoft, Fix NDR error code 550 5.1.10": "Exchange looked the address up and found nobody.";
    "resolver.adr.exrecipnotfound", TypeAddress, "Microsoft, Fix NDR error codes 5.1.1 through 5.1.20": "An old internal address was used, as a reply or a list of suggestions keeps it, and nobody has it now.";
    "resolver.adr.ambiguous", MendMailbox, "Microsoft, NDRs in Exchange Server: 5.1.4": "More than one recipient in the directory has this address.";
    "resolver.rst.authrequired", AllowOutsiders, "Microsoft, NDRs in Exchange Server: 5.7.1": "The address takes mail only from senders who are signed in.";
    "resolver.rst.notauthorized", AskToBeAllowed, "Microsoft, NDRs in Exchange Server: 5.7.1": "The sender is not among those who may write to this address.";
    "resolver.rst.recipsizelimit", MakeSmaller, "Microsoft, NDRs in Exchange Server: 5.2.3": "The message is larger than this recipient may get.";
    "resolver.rst.sendsizelimit", MakeSmaller, "Microsoft, Message size limits in Exchange Server": "The message is larger than this sender may send.";
    "resolver.fwd.loop", EndLoop, "Microsoft, NDRs in Exchange Server: 5.4.6": "Forwarding addresses in the directory point at each other.";
    "queue.expired", MendConnection, "Microsoft, Fix NDR error code 4.4.7": "The message waited in the queue until its time was up; the next server could not be reached or did not take it.";
    "smtpsend.dns.nonexistentdomain", CheckDomain, "Microsoft, NDRs in Exchange Server: 5.4.4": "DNS does not know the domain that the message should go to.";
    "quotaexceeded|storedrv.deliver; mailbox full", MakeRoom, "Microsoft, STOREDRV.Deliver: QuotaExceededException": "Exchange did not deliver the message, as the mailbox has reached its quota.";
    "accountdisabled", MendMailbox, "Microsoft, STOREDRV.Deliver: AccountDisabledException": "The account of the recipient's mailbox is disabled.";
    "recipient thread limit exceeded", SendLater, "Microsoft, NDRs in Exchange Online: 4.3.2": "The recipient's mailbox gets mail faster than it can take it.";
    "missing or bad storedriver mdb properties", MendMailbox, "Microsoft, NDRs in Exchange Server: 5.3.2": "The recipient is not in the address list that this mail flow uses.";
    "sendasdenied", AllowSendAs, "Microsoft, STOREDRV.Submit: SendAsDenied": "The account may not send as the address that it used.";
    "x.6.0 storedrv.deliver", MendMailbox, "Microsoft, Mail flow: Mailbox Transport Delivery service": "Exchange could not put the message into the mailbox.";
    "x.6.0 storedrv.submit", CheckMailbox, "Microsoft, Mail flow: Mailbox Transport Submission service": "Exchange could not take the message out of the sender's mailbox.";
    "transport.rules.rejectmessage", CheckRule, "Microsoft, Mail flow rule actions: RejectMessage": "A mail flow rule of the organisation rejects such messages.";
    "hop count exceeded", EndLoop, "Microsoft, Fix NDR error codes 5.4.6 through 5.4.20": "The message passed the same servers too many times.";
    "agent generated message depth exceeded", EndLoop, "Microsoft, NDRs in Exchange Server: 5.4.11": "Messages that an agent makes called forth each other without end.";
    "too many related errors", CheckPoison, "Microsoft, NDRs in Exchange Server: 5.3.0": "The message broke the service that worked on it, and was put into the poison queue.";
    "insufficient system resources", MendDisk, "Microsoft, Understanding back pressure": "The server ran short of disk or memory and takes no mail for now.";
    "tenantattribution", MendConnector, "Microsoft, Fix NDR error code 5.7.64": "Exchange Online did not recognise the sending server by its certificate or address.";
    "client was not authenticated", SignIn, "Microsoft, NDRs in Exchange Online: 5.7.1": "The server takes mail only after a sign-in, and there was none.";
    "unable to relay", CheckRelay, "Microsoft, NDRs in Exchange Online: 5.7.1": "The server does not pass on mail to this domain for this sender.";
    "smtpclientauthentication is disabled", SignIn, "Microsoft, Enable or disable authenticated client SMTP submission": "Signing in to send by SMTP is turned off for this account or organisation.";
    "does not have permissions to send as this sender", AllowSendAs, "Microsoft, Fix NDR error code 5.7.60": "The signed-in account may not use this sender's address.";
    "does not allow external forwarding", AllowForwarding, "Microsoft, Control automatic external email forwarding in Microsoft 365": "The organisation does not let mailboxes forward mail to outside by themselves.";
    "submission quota", SecureAccount, "Microsoft, Fix NDR error: the sender's submission quota was exceeded": "The account has sent as much as it may in a day; it may have been broken into.";
    "x-dg-ref header is too long", WriteAnew, "Microsoft, Fix NDR error code 550 5.0.350": "The message is in Outlook's rich text, which made a header too long.";
    "relay access denied*as(", CheckDomains, "Microsoft, Fix NDR error code 550 5.4.1": "Exchange Online does not take mail for this domain.";
    "5.4.1 recipient address rejected: access denied", CheckAddress, "Microsoft, Use Directory Based Edge Blocking": "Exchange Online does not know this address, and refuses unknown ones at the door.";
    "5.4.1 relay access denied", CheckDomains, "Microsoft, Fix NDR error code 550 5.4.1": "The server is not set up to take mail for the recipient's domain.";
    "5.7.504 recipient address rejected: access denied", CheckAddress, "Microsoft, NDRs in Exchange Online: 5.7.504": "Exchange Online says that this address is not valid.";
    "socket error code 10060", MendConnection, "Microsoft, NDRs in Exchange Online: 4.4.316": "The receiving server let the connection of Exchange time out.";
    "socket error code 10061", MendConnection, "Microsoft, NDRs in Exchange Online: 4.4.316": "The receiving server, or a firewall before it, refused the connection of Exchange.";
    "4.3.2 system not accepting network messages", SendLater, "Microsoft, NDRs in Exchange Server: 4.3.2": "The server is paused, or short of resources, and takes no mail for now.";
    "x.4.8 mta-sts", MendPolicy, "Microsoft, Enhancing mail flow with MTA-STS": "The receiving server is not among those that the domain's MTA-STS policy names.";
    "5.1.8 bad outbound sender", SecureAccount, "Microsoft, Fix NDR error code 5.1.8": "The account is blocked, as it sent too much spam; most likely it was broken into.";
    "x.7.5 mta-sts", MendCertificate, "Microsoft, Enhancing mail flow with MTA-STS": "The receiving server's certificate does not meet the domain's MTA-STS policy.";
    "5.7.12 not authenticated", AllowOutsiders, "Microsoft, Fix NDR error code 5.7.12": "The address does not take mail from outside its organisation.";
    "5.7.13 public folder", AllowOutsiders, "Microsoft, Fix NDR error code 5.7.13 or 5.7.135": "The public folder, by its older code, takes no mail from outside.";
    "4.7.26 ipv6", MendAuthentication, "Microsoft, Anonymous inbound email messages over IPv6": "Mail over IPv6 must pass SPF or DKIM, and this message did not for now.";
}

reasons! { CODES:
    "5.2.14", MendForwarding, "Microsoft, RESOLVER.FWD.Invalid: misconfigured forwarding address": "The mailbox forwards to an address that is not set up rightly.";
    "x.4.300", MendConnection, "Microsoft, NDRs in Exchange Online: 5.4.300": "The receiving server did not answer for as long as Exchange tried.";
    "x.4.310", CheckDomain, "Microsoft, Fix NDR error code 550 5.4.310": "DNS does not know the recipient's domain.";
    "4.4.316", MendConnection, "Microsoft, NDRs in Exchange Online: 4.4.316": "Exchange Online could not connect to the receiving server.";
    "5.4.14", EndLoop, "Microsoft, Fix NDR error codes 5.4.6 through 5.4.20": "Exchange Online saw the message come back again and again.";
    "5.0.350", AskRecipient, "Microsoft, Fix NDR error code 550 5.0.350": "The receiving side refused the message without a particular reason.";
    "5.1.90", SecureAccount, "Microsoft, NDRs in Exchange Online: 5.1.90": "The sender has written to as many recipients as one may in a day.";
    "5.2.121", SendLess, "Microsoft, NDRs in Exchange Online: 5.2.121": "This sender wrote to this recipient too often within an hour.";
    "5.2.122", SendLater, "Microsoft, NDRs in Exchange Online: 5.2.122": "The recipient got too many messages within an hour.";
    "5.3.190", MendOutgoing, "Microsoft, NDRs in Exchange Online: 5.3.190": "The organisation's journaling to Microsoft 365 is not turned on there.";
    "5.6.11", WriteAnew, "Microsoft, Fix NDR error code 550 5.6.11": "The mail program put characters into the message that are not allowed (bare line feeds).";
    "5.7.51", MendConnector, "Microsoft, NDRs in Exchange Online: RestrictDomainsToIPAddresses": "The recipient's connector takes this domain's mail only from certain addresses or certificates.";
    "5.7.57", SignIn, "Microsoft, NDRs in Exchange Online: 5.7.57": "A program or device sent through Microsoft 365 without a sign-in.";
    "5.7.124", AskToBeAllowed, "Microsoft, Fix NDR error code 5.7.124": "The sender is not on the group's list of allowed senders.";
    "5.7.133", AllowOutsiders, "Microsoft, Fix NDR error code 5.7.133": "The group does not take mail from outside its organisation.";
    "5.7.134", AllowOutsiders, "Microsoft, Fix NDR error code 5.7.134": "The mailbox does not take mail from outside its organisation.";
    "5.7.135", AllowOutsiders, "Microsoft, Fix NDR error code 5.7.13 or 5.7.135": "The public folder does not take mail from outside its organisation.";
    "5.7.136", AllowOutsiders, "Microsoft, Fix NDR error code 5.7.136": "The mail user does not take mail from outside its organisation.";
    "x.7.321", MendServer, "Microsoft, NDRs in Exchange Online: 5.7.321": "The receiving server must offer encryption, by its domain's DANE records, and does not.";
    "x.7.322", MendCertificate, "Microsoft, NDRs in Exchange Online: 5.7.322": "The receiving server's certificate has expired.";
    "x.7.323", MendPolicy, "Microsoft, NDRs in Exchange Online: 5.7.323": "The receiving server's certificate is not the one that its DANE record names.";
    "x.7.324", MendDns, "Microsoft, NDRs in Exchange Online: 5.7.324": "The receiving domain's DNSSEC records are not valid.";
    "x.7.325", MendCertificate, "Microsoft, NDRs in Exchange Online: 5.7.325": "The receiving server's certificate is for another name (DANE).";
    "4.7.500-699", SendLater, "Microsoft, NDRs in Exchange Online: 4.7.500-699": "Microsoft saw suspicious mail from the sending side and holds it back for a while.";
    "4.7.850-899", SendLater, "Microsoft, NDRs in Exchange Online: 4.7.850-899": "Microsoft saw suspicious mail from the sending address and holds it back for a while.";
    "5.7.501-503", AskMicrosoft, "Microsoft, NDRs in Exchange Online: 5.7.501-503": "The sending account is banned for spam.";
    "5.7.505", AskMicrosoft, "Microsoft, NDRs in Exchange Online: 5.7.505": "Microsoft has banned the recipient's address.";
    "5.7.506", MendGreeting, "Microsoft, NDRs in Exchange Online: 5.7.506": "The sending server greeted with the name of the receiving one.";
    "5.7.507", AskRecipient, "Microsoft, NDRs in Exchange Online: 5.7.507": "The recipient's organisation blocks the sending server.";
    "5.7.508", SendLess, "Microsoft, NDRs in Exchange Online: 5.7.508": "Too much mail came from the sending server's range of IPv6 addresses.";
    "5.7.509", MendAuthentication, "Microsoft, NDRs in Exchange Online: 5.7.509": "The message failed DMARC, and the sender's domain asks to reject such mail.";
    "5.7.510", UseIpv4, "Microsoft, NDRs in Exchange Online: 5.7.510": "The recipient's domain takes no mail over IPv6.";
    "5.7.511", AskMicrosoft, "Microsoft, NDRs in Exchange Online: 5.7.511": "Microsoft has banned the sending server; only its support can lift that.";
    "5.7.512", MendHeaders, "Microsoft, NDRs in Exchange Online: 5.7.512": "The message has no valid address in its From line.";
    "5.7.513", AskRecipient, "Microsoft, NDRs in Exchange Online: 5.7.513": "The recipient's domain has the sending server on a block list of its own.";
    "5.7.606-649", AskToLiftBlock, "Microsoft, Use the delist portal": "Microsoft has the sending server on its block list.";
    "5.7.703", CheckRule, "Microsoft, NDRs in Exchange Online: 5.7.703": "The sender's own organisation blocks mail to one of the recipients.";
    "5.7.705", AskMicrosoft, "Microsoft, Fix NDR error codes 5.7.700 through 5.7.750": "The sender's organisation sent more suspicious mail than Microsoft allows.";
    "5.7.708", AskMicrosoft, "Microsoft, Fix NDR error codes 5.7.700 through 5.7.750": "Microsoft takes no mail from the sending address, most likely that of a new or suspicious organisation.";
    "5.7.750", MendConnector, "Microsoft, Fix NDR error codes 5.7.700 through 5.7.750": "Mail was sent from domains that the organisation has not registered with Microsoft.";
    "5.7.800", AskMicrosoft, "Microsoft, NDRs in Exchange Online: 5.7.800": "The sender's domain is banned for spam.";
    "5.7.900-999", CheckRule, "Microsoft, NDRs in Exchange Server: 5.7.900 to 5.7.999": "A mail flow rule, with a code of its own, rejects such messages.";
}
