//! The order of a message's events, and copies of the same evidence in several sources.

use crate::event::Kind;
use crate::events::{EventNumber, Events, Row};
use crate::segment::Field;

/// What orders the events of a message: time, then phase, then the order of sources, then the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ordered {
    pub(super) time: i64,
    pub(super) phase: u8,
    pub(super) source_span: (i64, i64),
    offset: u64,
    digest: u64,
    pub(super) number: EventNumber,
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

/// Leaves of the same evidence in several sources only the copies of the source that has most of them.
///
/// The key of content is design.md's: the instant to the second, the pid, and the digest of the text.
pub(super) fn fold_copies(events: &Events, list: &mut Vec<Ordered>) {
    let first = list.first().map(|ordered| ordered.source_span);
    if list
        .iter()
        .all(|ordered| Some(ordered.source_span) == first)
    {
        return;
    }
    let content = |ordered: &Ordered| {
        let row = events.row(ordered.number);
        let second = ordered.time.div_euclid(1_000_000);
        (
            second,
            ordered.digest,
            row.map_or(0, |row| row.number(Field::Pid)),
            ordered.phase,
        )
    };
    let source = |ordered: &Ordered| events.row(ordered.number).map_or(0, |row| row.source());
    list.sort_by_cached_key(|ordered| (content(ordered), ordered.source_span, source(ordered)));
    let groups = list.chunk_by(|a, b| content(a) == content(b));
    let kept = groups.flat_map(|copies| {
        let of_each = copies.chunk_by(|a, b| source(a) == source(b));
        // Of several that have as many, the first in the order of sources, then by its lines: a number
        // that was given on arrival decides nothing.
        let order = |of_one: &&[Ordered]| {
            let first = of_one
                .iter()
                .map(|ordered| (ordered.source_span, ordered.offset))
                .min();
            (std::cmp::Reverse(of_one.len()), first)
        };
        of_each.min_by_key(order).unwrap_or_default().to_vec()
    });
    *list = kept.collect();
}
