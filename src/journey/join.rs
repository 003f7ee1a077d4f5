//! Why two legs are of one message, and how sure that is.

use super::LegPlace;
use crate::delivery::NO_EVENT;
use crate::events::EventNumber;

/// That two legs are of one message.
///
/// Sorted by the leg that is joined to, so that those of one leg lie together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Join {
    /// The leg that goes on with the message.
    pub to: LegPlace,
    pub from: LegPlace,
    /// The event of `from` that says so, or [`crate::delivery::NO_EVENT`].
    pub event: EventNumber,
    /// Of a hand-over the event with which `to` begins, of a refusal the one that tells it there, else [`crate::delivery::NO_EVENT`].
    pub arrival: EventNumber,
    pub reason: Reason,
}

impl Join {
    /// A join that is no hand-over, and that no event tells.
    pub(super) fn by(reason: Reason, from: LegPlace, to: LegPlace) -> Join {
        Join {
            to,
            from,
            event: NO_EVENT,
            arrival: NO_EVENT,
            reason,
        }
    }
}

/// Why two legs are of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A filter or the next step on the same host named the id that it gave the message.
    NextId,
    /// A system names the id that it knew the message by before.
    PriorId,
    /// A filter keeps it under this name.
    Kept,
    /// It came back from a filter: same host and Message-ID, nearest in time.
    Filter,
    /// A filter looked at it: same host and Message-ID, nearest in time.
    Look,
    /// It was refused for now and taken later: same sender, recipient and network.
    OfferedAgain,
    /// The next host refused it, and both log the same words: same sender, recipient and minute.
    Refused,
    /// Exchange's lines without network message id: same Message-ID, nearest in time.
    MessageId,
    /// The next system's answer names the id that it gave the message, and either no other message can
    /// have that id, or the Message-ID is the same, too.
    AnsweredId,
    /// The same of an id that others can have, with the same envelope sender and within minutes.
    AnsweredIdNear,
    /// No id is named: same Message-ID, recipient and envelope sender, within minutes.
    Likeness,
}

/// How sure a join is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// A system names the other's id.
    Id,
    /// It does, but others may have that id: time tells.
    IdAndTime,
    /// No id is named; all that is known of both is alike.
    Likeness,
}

impl Reason {
    pub const fn certainty(self) -> Certainty {
        match self {
            Reason::PriorId | Reason::Kept | Reason::AnsweredId => Certainty::Id,
            Reason::NextId | Reason::AnsweredIdNear => Certainty::IdAndTime,
            Reason::Filter
            | Reason::Look
            | Reason::OfferedAgain
            | Reason::Refused
            | Reason::MessageId
            | Reason::Likeness => Certainty::Likeness,
        }
    }

    /// Whether the two legs are of two systems, each with its own clock.
    pub const fn is_over_hosts(self) -> bool {
        self.is_hop() || matches!(self, Reason::Refused)
    }

    /// Whether one system handed the message to another, which decides from then on.
    pub const fn is_hop(self) -> bool {
        matches!(
            self,
            Reason::AnsweredId | Reason::AnsweredIdNear | Reason::Likeness
        )
    }
}
