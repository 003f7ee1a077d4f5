//! Journeys to deliveries: one recipient of one message, with its status and why.
//!
//! What an event means for a recipient is decided by the rules in `delivery/status.rs`. What only the
//! whole data set knows (which hosts have logs, and until when) is applied afterwards, so that a new
//! file never makes old deliveries wrong.

pub mod derive;
pub mod rule;
pub mod status;

use serde::{Deserialize, Serialize};

use crate::events::EventNumber;
use crate::words::Word;
use rule::Rule;
use status::Status;

/// How contested cases are decided (formats.md 7.9); the defaults are formats.md's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Mail with a spam verdict that was delivered to a folder which no line names is taken to be in
    /// Junk Email, as the policy's default is: Filtered as spam, else Delivered (7.5).
    pub spam_verdict_means_junk: bool,
    /// A refusal whose text names a block list or a spam filter is Filtered as spam, else Failed: its
    /// sender was told (7.6).
    pub refused_spam_is_filtered: bool,
    /// What a server refused for now (4xx) and was not offered again is Failed, else Pending (7.6).
    pub refused_for_now_is_failed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            spam_verdict_means_junk: true,
            refused_spam_is_filtered: false,
            refused_for_now_is_failed: false,
        }
    }
}

/// A setting, where it made the difference to a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    SpamVerdict,
    RefusedSpam,
    RefusedForNow,
}

/// No event decided: the status speaks of what is not in the logs.
pub const NO_EVENT: EventNumber = EventNumber::MAX;

/// One recipient of one journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The place of its journey.
    pub journey: u32,
    /// In lower case; 0 where the logs tell of a recipient without naming it.
    pub recipient: Word,
    pub status: Status,
    pub rule: Rule,
    /// The event that decided the status, or [`NO_EVENT`].
    pub decided_by: EventNumber,
    /// The newest event that speaks of this recipient, or of the message where none does.
    pub last_event: EventNumber,
    /// The address that replaced this one (Resolved): the row repeats that one's status and is not
    /// counted twice. 0 for none.
    pub replaced_by: Word,
    /// The group or the address that this one came from; 0 for none.
    pub came_from: Word,
    /// What the status still depends on.
    pub basis: Basis,
    /// The setting that the status would be another without.
    pub setting: Option<Setting>,
}

/// What a delivery's status depends on beside its own events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Nothing: its events decide.
    Settled,
    /// There is no outcome: until when the logs of the host of `last_event` reach decides. The rule is
    /// [`Rule::GettingStatus`] or [`Rule::NoOutcome`] accordingly.
    Open,
    /// By this event it was sent to a server: whether that is one of ours decides. If not, it is Delivered
    /// by this rule.
    SentTo { event: EventNumber, rule: Rule },
    /// It repeats the status of the address that replaced it.
    Replaced,
}
