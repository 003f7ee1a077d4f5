//! What to do next, and for whom.
//!
//! Many reasons ask for the same act, so each is written once. A text is an order to those whom it is
//! for, and begins with a verb: it also goes on after "If it still does not get through:".

/// Who can do something about a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// Who reads it.
    You,
    Sender,
    Recipient,
    /// Who runs the server that the message came from.
    SendersAdministrator,
    /// Who runs the server that the message went to.
    RecipientsAdministrator,
    /// Who runs the server whose log this is.
    YourAdministrator,
}

impl Whom {
    /// As a person says it.
    pub const fn name(self) -> &'static str {
        match self {
            Whom::You => "you",
            Whom::Sender => "the sender",
            Whom::Recipient => "the recipient",
            Whom::SendersAdministrator => "the sender's administrator",
            Whom::RecipientsAdministrator => "the recipient's administrator",
            Whom::YourAdministrator => "your administrator",
        }
    }
}

/// Declares the acts: whom each is for, whether the message is worth sending again afterwards, and the
/// order.
macro_rules! acts {
    (again) => { true };
    (end) => { false };
    ($($act:ident $([$whom:ident])+ $then:ident $text:literal;)*) => {
        /// What to do next.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Act { $($act,)* }

        impl Act {
            pub const ALL: &'static [Act] = &[$(Act::$act,)*];

            pub const fn whom(self) -> &'static [Whom] {
                match self { $(Act::$act => &[$(Whom::$whom,)+],)* }
            }

            pub const fn text(self) -> &'static str {
                match self { $(Act::$act => $text,)* }
            }

            /// Whether the message is worth sending again once it is done.
            pub const fn is_worth_another_try(self) -> bool {
                match self { $(Act::$act => acts!($then),)* }
            }
        }
    };
}

acts! {
    // For the sender.
    SendLater [Sender] end
        "Send the message again after a while.";
    CheckAddress [Sender] again
        "Check the address letter by letter, or ask the recipient for the right one.";
    TypeAddress [Sender] again
        "Delete the address from the list of suggestions and type it anew.";
    CheckDomain [Sender] again
        "Check what stands after the @ sign for a typing error.";
    UseNewAddress [Sender] end
        "Ask the recipient for the new address, and send the message there.";
    MakeSmaller [Sender] again
        "Make the message smaller, or share large files by a link.";
    FewerRecipients [Sender] end
        "Send the message to fewer recipients at a time.";
    ChangeContent [Sender] again
        "Leave out the attachment or the link that a filter may dislike.";
    WriteAnew [Sender] end
        "Write the message anew as plain text, or in another mail program.";
    PlainAddress [Sender] end
        "Use addresses without accents and other special letters.";
    AskToBeAllowed [Sender] again
        "Ask the owner of the address to let you write to it.";
    AskRecipient [Sender] end
        "Reach the recipient another way, and pass on the server's answer.";
    CheckSender [Sender] [SendersAdministrator] again
        "Check that the sender's own address exists and can get mail.";
    SignIn [Sender] [SendersAdministrator] again
        "Check name, password and server in the settings of the mail program.";
    SendLess [Sender] [SendersAdministrator] end
        "Send fewer messages at a time, and spread them over the day.";

    // For the recipient.
    MakeRoom [Recipient] again
        "Delete mail and empty the trash, or ask for a larger mailbox.";
    AllowSender [Recipient] [RecipientsAdministrator] again
        "Allow this sender, if the mail is wanted.";
    LookInJunk [Recipient] end
        "Look into Junk Email, and mark the message as not junk if it is wanted.";
    LookAround [Recipient] end
        "Search all folders, deleted items too, and look at the inbox rules.";

    // For who runs the sending server.
    MendReverseDns [SendersAdministrator] again
        "Give the sending server's address a name in DNS that leads back to it.";
    MendGreeting [SendersAdministrator] again
        "Let the server greet with its own full name, which DNS must know.";
    MendSpf [SendersAdministrator] again
        "List every server that sends for the domain in its SPF record.";
    MendDkim [SendersAdministrator] again
        "Sign outgoing mail with DKIM, and check the key in DNS.";
    MendAuthentication [SendersAdministrator] again
        "Set up SPF, DKIM and DMARC, so that they agree with the From address.";
    MendHeaders [SendersAdministrator] again
        "Mend the program that made the message: its headers break the rules.";
    MendCommands [SendersAdministrator] again
        "Compare the logs of both servers: one of them, or a firewall, breaks the rules of SMTP.";
    LeaveBlockList [SendersAdministrator] again
        "Look the address up at the block list that the answer names, end the cause, and ask to be taken off.";
    MendReputation [SendersAdministrator] again
        "Look for bulk mail and for accounts that were broken into.";
    SecureAccount [SendersAdministrator] again
        "Check whether the account was broken into, change its password, and lift the block.";
    UseTls [SendersAdministrator] again
        "Turn on TLS for outgoing mail.";
    UseIpv4 [SendersAdministrator] again
        "Send to this receiver over IPv4.";
    AllowSendAs [SendersAdministrator] again
        "Give the account the right to send as this address.";
    RaiseLimit [SendersAdministrator] again
        "Raise the limit if it is too low for such mail.";
    AskMicrosoft [SendersAdministrator] again
        "End the cause, and ask Microsoft's support to lift the block.";
    AskToLiftBlock [SendersAdministrator] again
        "Ask the receiver's postmaster to lift the block; the answer tells where.";
    AllowForwarding [SendersAdministrator] end
        "Allow forwarding to outside for this mailbox, or end it.";
    MendConnector [SendersAdministrator] again
        "Check connector, certificate and sending address on both sides.";
    MendOutgoing [SendersAdministrator] again
        "Check the sending server's own settings; its log tells more.";

    // For who runs the receiving server.
    MendMailbox [RecipientsAdministrator] again
        "Check the mailbox and its account; its log tells more.";
    MendServer [RecipientsAdministrator] again
        "Look at the mail server; its log tells more.";
    MendDisk [RecipientsAdministrator] again
        "Make room on the mail server's disk.";
    MendGroup [RecipientsAdministrator] again
        "Check the group and its members.";
    MendForwarding [RecipientsAdministrator] again
        "Correct the forwarding address of the mailbox.";
    MendDns [RecipientsAdministrator] again
        "Check the domain's DNS records: its MX, and the address behind it.";
    MendCertificate [RecipientsAdministrator] again
        "Renew or correct the certificate of the mail server.";
    MendPolicy [RecipientsAdministrator] again
        "Let certificate, DNS and the published policy agree.";
    CheckRule [RecipientsAdministrator] end
        "Look for the rule that stops such mail, and make an exception if it is wanted.";
    AllowOutsiders [RecipientsAdministrator] again
        "Let the address take mail from outside, if it is meant to.";
    CheckDomains [RecipientsAdministrator] again
        "Check that the domain is one that the server takes mail for, and where its MX points.";

    // For both sides.
    MendConnection [RecipientsAdministrator] [SendersAdministrator] again
        "Check that the server runs and can be reached on port 25; a firewall may be in between.";
    EndLoop [RecipientsAdministrator] [SendersAdministrator] again
        "Find the forwarding or the route that sends mail in circles, and end it.";
    CheckRelay [SendersAdministrator] [RecipientsAdministrator] again
        "Check which server should take this domain's mail, and who may send through it.";
    ReadAnswer [SendersAdministrator] [RecipientsAdministrator] again
        "Read the server's answer: it tells all that is known.";

    // For who has these logs.
    NothingToDo [Sender] end
        "Do nothing: all is well.";
    SeeOtherRow [You] end
        "Look at the row of the address that the message went on to.";
    SeeMembers [You] end
        "Look at the rows of the members.";
    AskNextServer [RecipientsAdministrator] end
        "Search that server's log for the time and the id in its answer.";
    AddNextLog [You] [YourAdministrator] end
        "Add the log of the next server, from the time of the last event on.";
    AddFilterLog [You] [YourAdministrator] end
        "Add the content filter's log, from the time of the last event on.";
    AddLaterLog [You] [YourAdministrator] end
        "Add a later log of the same server, or wait and export it again.";
    ReleaseHeld [YourAdministrator] end
        "Release the message if it is wanted (postsuper -H), or delete it.";
    ReleaseQuarantined [YourAdministrator] [Recipient] end
        "Release the message from quarantine, if it is wanted and safe.";
    ReleaseFiltered [YourAdministrator] end
        "Allow the sender in the filter, if the mail is wanted.";
    AskWhoRemoved [YourAdministrator] again
        "Ask who removed the message, and why.";
    CheckDiscard [YourAdministrator] again
        "Look for the setting or the rule that throws such mail away.";
    CheckPoison [YourAdministrator] end
        "Look into the poison queue before anything is released from it.";
    CheckReplay [YourAdministrator] end
        "Look into the folder for bad mail, and mend what made the message.";
    CheckMailbox [YourAdministrator] again
        "Look at the sender's mailbox and at its Outbox.";
    WarnOfMalware [Sender] [YourAdministrator] end
        "Scan the sender's machine, and send clean files by another way.";
    AskModerator [Sender] again
        "Ask the moderator for the reason.";
    AskForApproval [Sender] again
        "Ask a moderator to look out for the message.";
    RemindModerator [YourAdministrator] end
        "Remind the moderator to approve or to reject the message.";
    MendModerators [YourAdministrator] again
        "Check that the moderators of the address exist and can get mail.";
    OfferAgain [SendersAdministrator] end
        "Look at the log of the server that offered the message.";
    SearchLogs [YourAdministrator] again
        "Search the server's other logs for this time.";
    TraceOnline [YourAdministrator] end
        "Run a message trace in Exchange Online for this message.";
    SeeReport [YourAdministrator] end
        "Ask for the extended report or the trace details: they tell the reason.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_is_an_order_of_one_sentence() {
        for act in Act::ALL {
            let text = act.text();
            assert!(text.ends_with('.'), "{text}");
            assert!(!text.trim_end_matches('.').contains(". "), "{text}");
            assert!(text.starts_with(|c: char| c.is_ascii_uppercase()), "{text}");
            assert!(text.is_ascii() && text.len() <= 110, "{text}");
        }
    }
}
