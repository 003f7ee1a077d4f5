//! SMTP's reply codes, for answers without an enhanced status code that tells more; and the classes, for
//! those that nothing else fits.

use super::reasons;

reasons! { REPLY:
    "421", SendLater, "RFC 5321, 3.8": "The server is shutting down or too busy, and ended the connection.";
    "432", SignIn, "RFC 4954, 6": "The password has to be given once in another way.";
    "450", SendLater, "RFC 5321, 4.2.3": "The mailbox cannot be used just now: it is busy, or a policy puts the message off.";
    "451", SendLater, "RFC 5321, 4.2.3": "The server had trouble of its own while it worked on the message.";
    "452", SendLater, "RFC 5321, 4.2.3": "The server lacks room for the message just now.";
    "454", SendLater, "RFC 4954, 6; RFC 3207, 4": "Signing in or encryption does not work there just now.";
    "455", MendCommands, "RFC 5321, 4.2.3": "The server cannot handle what the sending server asked for just now.";
    "500", MendCommands, "RFC 5321, 4.2.3": "The server did not know a command.";
    "501", MendCommands, "RFC 5321, 4.2.3": "The server could not read a part of a command, such as an address.";
    "502", MendCommands, "RFC 5321, 4.2.4": "The server does not offer a command that was used.";
    "503", MendCommands, "RFC 5321, 4.2.3": "Commands came in the wrong order; often the sign-in is missing.";
    "504", MendCommands, "RFC 5321, 4.2.3": "The server does not offer what a command asked for.";
    "521", CheckDomain, "RFC 7504, 3": "This server takes no mail at all.";
    "523", MakeSmaller, "RFC 4865": "The message is too large to be kept for a later time.";
    "530", SignIn, "RFC 4954, 6": "The server wants a sign-in first.";
    "534", SignIn, "RFC 4954, 6": "The server wants a stronger way of signing in.";
    "535", SignIn, "RFC 4954, 6": "Name or password is wrong.";
    "538", UseTls, "RFC 4954, 6": "The server wants encryption before a sign-in.";
    "550", AskRecipient, "RFC 5321, 4.2.3": "There is no such mailbox, it cannot be used, or a policy forbids it.";
    "551", UseNewAddress, "RFC 5321, 3.4": "The mailbox is not on this server; the answer may tell the new address.";
    "552", MakeRoom, "RFC 5321, 4.2.3": "The mailbox has no room for the message, or the message is too large.";
    "553", CheckAddress, "RFC 5321, 4.2.3": "The server does not allow an address of this form.";
    "554", ReadAnswer, "RFC 5321, 4.2.3": "The server turned down the message or the connection as a whole.";
    "555", MendCommands, "RFC 5321, 4.2.3": "The server does not know an option that came with an address.";
    "556", CheckDomain, "RFC 7504, 4": "The recipient's domain takes no mail.";

    // It tells less than any reply code.
    "x.0.0", ReadAnswer, "RFC 3463, 3.1": "The server gives no reason in its code.";
    "2", NothingToDo, "RFC 3463, 2": "The server reports success.";
    "4", SendLater, "RFC 3463, 2": "The server could not take the message at that time.";
    "5", ReadAnswer, "RFC 3463, 2": "The server will not take the message in this form.";
}
