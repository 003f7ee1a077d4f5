//! The order of a message's events.

use crate::event::{Kind, Origin};
use crate::events::{EventNumber, Row};
use crate::segment::Field;
use crate::source::SourceNumber;

/// What orders the events of a message: time, then phase, then the order of sources, then the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ordered {
    pub(super) time: i64,
    pub(super) phase: u8,
    pub(super) source_span: (i64, i64),
    pub(super) offset: u64,
    pub(super) digest: u64,
    pub(super) number: EventNumber,
    pub(super) source: SourceNumber,
    /// One of several observations of the same thing: the row of a report, or what Message Trace's detail
    /// says.
    pub(super) is_snapshot: bool,
}

impl Ordered {
    pub(super) fn of(row: &Row<'_>) -> Ordered {
        Ordered {
            time: row.time(),
            phase: phase(row.kind()),
            source_span: row.source_span(),
            offset: row.offset(),
            digest: row.number(Field::Digest),
            number: row.number,
            source: row.source(),
            is_snapshot: row.kind() == Kind::Status || row.origin() == Origin::TraceDetail,
        }
    }
}

/// Which of two events of the same instant comes first (formats.md 2.3, 7.0 G1).
fn phase(kind: Kind) -> u8 {
    match kind {
        Kind::NotifyMapi | Kind::NotifyShadow | Kind::ClientSubmission => 0,
        Kind::Receive | Kind::HaReceive | Kind::Load => 1,
        Kind::Identify | Kind::Submit | Kind::SubmitDefer | Kind::SubmitFail => 2,
        Kind::Queue => 3,
        Kind::Expand
        | Kind::DuplicateExpand
        | Kind::Resolve
        | Kind::Redirect
        | Kind::DuplicateRedirect
        | Kind::Transfer
        | Kind::InitMessageCreated => 4,
        Kind::AgentInfo
        | Kind::Header
        | Kind::Pass
        | Kind::Process
        | Kind::ProcessMeetingMessage => 5,
        Kind::Other
        | Kind::Status
        | Kind::Hold
        | Kind::Release
        | Kind::Requeue
        | Kind::Dsn
        | Kind::ModeratorApprove
        | Kind::Suppressed
        | Kind::Throttle
        | Kind::HaRedirect
        | Kind::HaRedirectFail
        | Kind::HaDiscard
        | Kind::Resubmit
        | Kind::ResubmitDefer
        | Kind::ResubmitFail => 6,
        Kind::Send | Kind::SendExternal => 7,
        Kind::Defer => 8,
        Kind::Deliver
        | Kind::DuplicateDeliver
        | Kind::Fail
        | Kind::Reject
        | Kind::Cancel
        | Kind::Quarantine
        | Kind::Block
        | Kind::Delete
        | Kind::DeliverFail
        | Kind::BadMail
        | Kind::PoisonMessage
        | Kind::ModeratorReject
        | Kind::ModerationExpire
        | Kind::ModeratorsAllNdr => 9,
        Kind::Drop | Kind::Expire => 10,
        Kind::Remove => 11,
    }
}
