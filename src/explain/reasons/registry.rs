//! The registered enhanced status codes: RFC 3463, and what later RFCs added to IANA's registry of SMTP
//! enhanced status codes.

use super::reasons;

reasons! { REGISTRY:
    // Addresses.
    "x.1.0", CheckAddress, "RFC 3463, 3.2": "Something is wrong with an address; the code does not tell what.";
    "x.1.1", CheckAddress, "RFC 3463, 3.2": "There is no mailbox of this name at the recipient's server.";
    "x.1.2", CheckDomain, "RFC 3463, 3.2": "The domain after the @ sign does not exist, or takes no mail.";
    "x.1.3", CheckAddress, "RFC 3463, 3.2": "The recipient's address is not written as an address must be.";
    "x.1.4", CheckAddress, "RFC 3463, 3.2": "The address fits more than one mailbox.";
    "x.1.5", NothingToDo, "RFC 3463, 3.2": "The recipient's address is valid.";
    "x.1.6", UseNewAddress, "RFC 3463, 3.2": "The mailbox has moved, and the server does not know where to.";
    "x.1.7", CheckSender, "RFC 3463, 3.2": "The sender's address is not written as an address must be.";
    "x.1.8", CheckSender, "RFC 3463, 3.2": "The domain of the sender's address does not exist, or takes no mail.";
    "x.1.9", AskNextServer, "RFC 3886": "The message went on to a server that reports nothing back.";
    "x.1.10", CheckDomain, "RFC 7505, 4.2": "The recipient's domain says in DNS that it takes no mail at all.";

    // Mailboxes.
    "x.2.0", MendMailbox, "RFC 3463, 3.3": "Something is wrong with the recipient's mailbox; the code does not tell what.";
    "x.2.1", MendMailbox, "RFC 3463, 3.3": "The recipient's mailbox is turned off.";
    "x.2.2", MakeRoom, "RFC 3463, 3.3": "The recipient's mailbox is full.";
    "x.2.3", MakeSmaller, "RFC 3463, 3.3": "The message is larger than this mailbox takes.";
    "x.2.4", MendGroup, "RFC 3463, 3.3": "The members of the mailing list could not be found out.";

    // The receiving system.
    "x.3.0", MendServer, "RFC 3463, 3.4": "Something is wrong with the receiving mail system; the code does not tell what.";
    "x.3.1", MendDisk, "RFC 3463, 3.4": "The receiving mail system has no room left.";
    "x.3.2", MendServer, "RFC 3463, 3.4": "The receiving server takes no mail at present: it is busy, or under repair.";
    "x.3.3", WriteAnew, "RFC 3463, 3.4": "The receiving system lacks a feature that the message asks for.";
    "x.3.4", MakeSmaller, "RFC 3463, 3.4": "The message is larger than the receiving system takes.";
    "x.3.5", MendServer, "RFC 3463, 3.4": "The receiving system is not set up to take this message.";
    "x.3.6", NothingToDo, "RFC 6710": "The message was taken, with another priority than was asked for.";

    // The way there.
    "x.4.0", MendConnection, "RFC 3463, 3.5": "Something is wrong on the way to the receiving server; the code does not tell what.";
    "x.4.1", MendConnection, "RFC 3463, 3.5": "The receiving server did not answer.";
    "x.4.2", MendConnection, "RFC 3463, 3.5": "The connection broke before the message was through.";
    "x.4.3", MendDns, "RFC 3463, 3.5": "A directory that tells where mail goes, such as DNS, could not be asked.";
    "x.4.4", MendDns, "RFC 3463, 3.5": "No way to the receiving server could be found.";
    "x.4.5", SendLater, "RFC 3463, 3.5": "The mail system is overloaded.";
    "x.4.6", EndLoop, "RFC 3463, 3.5": "The message went in circles between servers.";
    "x.4.7", SendLater, "RFC 3463, 3.5": "The message was under way for too long.";

    // How servers talk to each other.
    "x.5.0", MendCommands, "RFC 3463, 3.6": "The two servers did not understand each other; the code does not tell why.";
    "x.5.1", MendCommands, "RFC 3463, 3.6": "The sending server gave a command that was not expected or is not known.";
    "x.5.2", MendCommands, "RFC 3463, 3.6": "The sending server gave a command that could not be read.";
    "x.5.3", FewerRecipients, "RFC 3463, 3.6": "The message has more recipients than the server takes at once.";
    "x.5.4", MendCommands, "RFC 3463, 3.6": "The sending server gave a command with parts that are not valid.";
    "x.5.5", MendCommands, "RFC 3463, 3.6": "The two servers speak versions of the protocol that do not fit.";
    "x.5.6", SignIn, "RFC 4954, 6": "The answer to the question for a password was too long.";

    // Content.
    "x.6.0", WriteAnew, "RFC 3463, 3.7": "Something in the message's content cannot be delivered; the code does not tell what.";
    "x.6.1", WriteAnew, "RFC 3463, 3.7": "The receiving system does not take this kind of content.";
    "x.6.2", WriteAnew, "RFC 3463, 3.7": "The content would have to be converted, and that is forbidden.";
    "x.6.3", WriteAnew, "RFC 3463, 3.7": "The content would have to be converted, and the server cannot do it.";
    "x.6.4", WriteAnew, "RFC 3463, 3.7": "The content was converted, and a part of it was lost.";
    "x.6.5", WriteAnew, "RFC 3463, 3.7": "The content had to be converted, and that went wrong.";
    "x.6.6", WriteAnew, "RFC 4468, 7": "A part of the message lies on another server and could not be fetched.";
    "x.6.7", PlainAddress, "RFC 6531, 3.5": "The server takes no addresses with accents or other special letters.";
    "x.6.8", PlainAddress, "RFC 6531, 3.5": "The answer holds special letters that the sending server cannot read.";
    "x.6.9", PlainAddress, "RFC 6531, 3.5": "The message holds special letters that a later server does not take.";
    "x.6.10", PlainAddress, "IANA registry, SMTP enhanced status codes": "The answer holds special letters; this code has been replaced by X.6.8.";

    // Security and policy.
    "x.7.0", ReadAnswer, "RFC 3463, 3.8": "A security or policy rule stands in the way; the code does not tell which.";
    "x.7.1", AskRecipient, "RFC 3463, 3.8": "The receiving server does not let this sender write to this recipient.";
    "x.7.2", AskToBeAllowed, "RFC 3463, 3.8": "The sender may not write to this mailing list.";
    "x.7.3", WriteAnew, "RFC 3463, 3.8": "The message would have to change from one kind of protection to another.";
    "x.7.4", WriteAnew, "RFC 3463, 3.8": "The message asks for protection that the next server does not know.";
    "x.7.5", MendServer, "RFC 3463, 3.8": "A signature or an encryption could not be checked, as a key is missing or wrong.";
    "x.7.6", WriteAnew, "RFC 3463, 3.8": "The message is protected in a way that the server does not know.";
    "x.7.7", WriteAnew, "RFC 3463, 3.8": "The message was changed on its way.";
    "x.7.8", SignIn, "RFC 4954, 6": "The server did not accept name or password.";
    "x.7.9", SignIn, "RFC 4954, 6": "This way of signing in is too weak for the server.";
    "x.7.10", UseTls, "RFC 5248": "The server wants an encrypted connection for this way of signing in.";
    "x.7.11", UseTls, "RFC 4954, 6": "This way of signing in needs an encrypted connection.";
    "x.7.12", SignIn, "RFC 4954, 6": "The password must be given once in the plain way before this one works.";
    "x.7.13", SecureAccount, "RFC 5248": "The account is disabled.";
    "x.7.14", MendConnector, "RFC 5248": "The server must first be made to trust another one.";
    "x.7.15", SendLater, "RFC 6710": "The message's priority is too low for the server at this time.";
    "x.7.16", MakeSmaller, "RFC 6710": "The message is too large for its priority.";
    "x.7.17", UseNewAddress, "RFC 7293": "The mailbox belongs to somebody else than before.";
    "x.7.18", UseNewAddress, "RFC 7293": "The domain belongs to somebody else than before.";
    "x.7.19", AskRecipient, "RFC 7293": "The server cannot tell whether the mailbox still belongs to the same person.";
    "x.7.20", MendDkim, "RFC 7372, 3.1": "The message has no valid DKIM signature.";
    "x.7.21", MendDkim, "RFC 7372, 3.1": "The message has a DKIM signature, but none that the server accepts.";
    "x.7.22", MendDkim, "RFC 7372, 3.1": "No DKIM signature is that of the sender's own domain.";
    "x.7.23", MendSpf, "RFC 7372, 3.2": "The sending server is not among those that the domain's SPF record allows.";
    "x.7.24", MendSpf, "RFC 7372, 3.2": "The SPF record of the sender's domain could not be evaluated.";
    "x.7.25", MendReverseDns, "RFC 7372, 3.3": "The sending server's address and its name in DNS do not agree.";
    "x.7.26", MendAuthentication, "RFC 7372, 3.4": "The message failed more than one check of who sent it.";
    "x.7.27", CheckSender, "RFC 7505, 4.2": "The sender's domain says in DNS that it takes no mail, so no answer could reach it.";
    "x.7.28", SendLess, "IANA registry, SMTP enhanced status codes": "Too many such messages came in a short time.";
    "x.7.29", MendServer, "RFC 8617": "The record of checks on the way (ARC) is broken.";
    "x.7.30", UseTls, "RFC 8689": "The message asks to be encrypted all the way, and the next server does not promise that.";
}
