//! What happens, before any system has written a line of it: the words that flows and writers share.
//!
//! A fact knows neither a format nor a status. Those of a queue are what every MTA with a queue has (Postfix;
//! Exim and Sendmail when they have writers); those of a transport service are Exchange's.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::calendar::Time;
use crate::truth::Status;

pub type Text = Rc<str>;

/// A host that connects.
#[derive(Clone, Debug)]
pub struct Client {
    /// None if its address has no name.
    pub name: Option<Text>,
    pub ip: Text,
}

/// One message, as its sender made it.
#[derive(Debug)]
pub struct Mail {
    pub number: u64,
    /// The envelope's; empty for notices.
    pub sender: Text,
    /// With its brackets; empty if the message has none.
    pub message_id: Text,
    pub subject: Text,
    pub size: u64,
    /// Who hands it in.
    pub client: Client,
    pub login: Option<Text>,
    /// When lines about it were due that the logs lack.
    pub lost: RefCell<Vec<Time>>,
    /// The hosts whose logs tell of it: a bit for each.
    pub seen_at: Cell<u64>,
}

/// Something at a host. A fact about no message is noise.
#[derive(Clone, Debug)]
pub struct Fact {
    pub host: usize,
    pub mail: Option<Rc<Mail>>,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Queue(QueueFact),
    Transport(Box<TransportFact>),
}

impl What {
    /// What kind of line it makes.
    pub fn kind(&self) -> &'static str {
        match self {
            What::Transport(fact) => fact.event,
            What::Queue(fact) => match fact {
                QueueFact::Connected { .. } => "connect",
                QueueFact::Disconnected { .. } => "disconnect",
                QueueFact::Refused { .. } => "reject",
                QueueFact::Began { .. } => "client",
                QueueFact::Named { .. } => "message-id",
                QueueFact::WentAway { .. } => "lost connection",
                QueueFact::Canceled { .. } => "canceled",
                QueueFact::Checked { .. } => "header check",
                QueueFact::PickedUp { .. } => "pickup",
                QueueFact::Scanned { .. } => "verdict",
                QueueFact::LookedAt { .. } => "look",
                QueueFact::MilterRefused { .. } => "milter-reject",
                QueueFact::Active { .. } => "queue active",
                QueueFact::Attempt { .. } => "status",
                QueueFact::Probed { .. } => "probe",
                QueueFact::GaveUp { .. } => "expired",
                QueueFact::Notified { .. } => "notification",
                QueueFact::Handled { .. } => "postsuper",
                QueueFact::Removed { .. } => "removed",
            },
        }
    }
}

/// A message in a queue, under the id that it has there.
#[derive(Debug)]
pub struct Entry {
    pub id: Text,
    pub mail: Rc<Mail>,
    pub client: Client,
    pub came: Time,
    pub size: u64,
}

/// Where a message is handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// To whoever comes.
    Smtp,
    /// To people of the organisation, by their login.
    Submission(Text),
    /// To the filter behind the queue, that gives back what it lets pass.
    Reinjection,
}

/// Who delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    Smtp,
    /// The same, to the hosts behind a relay.
    Relay,
    /// To the mailbox server by LMTP.
    Mailbox,
    /// The host's own users and their forwards.
    Local,
    /// Into the mailboxes of domains that have no accounts.
    Virtual,
    /// By a program that master.cf names.
    Pipe,
    /// Nowhere for now: what was tried just before has failed.
    Error,
    /// Nowhere.
    Discard,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Result {
    Sent,
    Deferred,
    Bounced,
    /// Refused for good, by a host that takes nothing for good: `soft_bounce`.
    SoftBounced,
}

/// What a mail filter found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    /// Spam, but not so much that it is stopped.
    Spammy,
    Spam,
    SpamQuarantined,
    Virus,
}

#[derive(Clone, Debug)]
pub enum QueueFact {
    Connected {
        session: u64,
        door: Door,
        client: Client,
    },
    Disconnected {
        session: u64,
        door: Door,
        client: Client,
        accepted: usize,
        refused: usize,
    },
    Refused {
        session: u64,
        door: Door,
        /// The entry that an earlier recipient has opened.
        entry: Option<Rc<Entry>>,
        client: Client,
        sender: Text,
        recipient: Text,
        reply: Text,
    },
    Began {
        session: u64,
        door: Door,
        entry: Rc<Entry>,
        /// The entry that a filter took it from.
        prior: Option<Rc<Entry>>,
    },
    Named {
        entry: Rc<Entry>,
    },
    /// The client goes away before the message is whole; `entry` is what it has opened.
    WentAway {
        session: u64,
        door: Door,
        entry: Rc<Entry>,
        client: Client,
        how: Text,
    },
    /// What came of a client that went away.
    Canceled {
        entry: Rc<Entry>,
    },
    /// A check of headers did this to it.
    Checked {
        entry: Rc<Entry>,
        recipient: Text,
        action: &'static str,
        remark: Text,
    },
    /// Taken out of the drop: handed in on the host itself, or put into the queue anew.
    PickedUp {
        entry: Rc<Entry>,
        user: u32,
        prior: Option<Rc<Entry>>,
    },
    Scanned {
        entry: Rc<Entry>,
        /// The filter stands in the queue's way and hands on; else it is asked while receiving.
        next: Option<Rc<Entry>>,
        is_after_queue: bool,
        verdict: Verdict,
        recipients: Vec<Text>,
    },
    /// A filter that knows no queue looked at it.
    LookedAt {
        entry: Rc<Entry>,
        is_spam: bool,
    },
    MilterRefused {
        entry: Rc<Entry>,
        recipient: Text,
        /// With an enhanced code before it.
        reply: Text,
    },
    Active {
        entry: Rc<Entry>,
        recipients: usize,
    },
    Attempt {
        entry: Rc<Entry>,
        agent: Agent,
        relay: Text,
        recipient: Text,
        original: Option<Text>,
        took: Time,
        result: Result,
        enhanced: &'static str,
        answer: Text,
    },
    /// What another host says to the question whether it knows a recipient.
    Probed {
        entry: Rc<Entry>,
        relay: Text,
        recipient: Text,
        took: Time,
        is_known: bool,
        enhanced: &'static str,
        answer: Text,
    },
    GaveUp {
        entry: Rc<Entry>,
        /// Because a person wanted it.
        is_forced: bool,
    },
    Notified {
        entry: Rc<Entry>,
        kind: &'static str,
        notice: Rc<Entry>,
    },
    /// A person did this to it.
    Handled {
        entry: Rc<Entry>,
        how: &'static str,
    },
    Removed {
        entry: Rc<Entry>,
    },
}

/// One event of a transport service: what its log has to tell, in no layout yet.
#[derive(Clone, Debug)]
pub struct TransportFact {
    /// Which of the server's services logs it.
    pub service: Service,
    pub source: &'static str,
    pub event: &'static str,
    /// The copy's number at this server.
    pub copy: u64,
    pub network_id: u128,
    /// Each with what is said of it.
    pub recipients: Vec<(Text, Text)>,
    pub related: Option<Text>,
    pub reference: Text,
    pub context: Text,
    pub connector: Text,
    /// Who hands over, and to whom.
    pub from: (Text, Text),
    pub to: (Text, Text),
    pub info: Text,
    pub is_incoming: bool,
    pub custom: Text,
    /// What Exchange Online's lists show of its recipients from then on, where the event alone does not
    /// say it.
    pub became: Option<Status>,
}

/// The services of a server that keep a log of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Transport,
    Delivery,
    Submission,
}
