//! bounce(8): notifications that it writes about a message (formats.md 4.4).

use memchr::memmem;

use super::is_id;
use crate::event::{Event, Kind, List, Origin};

/// `sender non-delivery notification: QID`, `postmaster delay notification: QID`, and since 3.11
/// `sender notification failed to <a>: why`.
pub(super) fn read<'a>(
    said: &'a [u8],
    ended: bool,
    event: impl Fn() -> Event<'a>,
) -> Option<Event<'a>> {
    if !said.starts_with(b"sender ") && !said.starts_with(b"postmaster ") {
        return None;
    }
    let colon = memmem::find(said, b": ")?;
    let (what, rest) = said.split_at_checked(colon)?;
    let rest = rest.strip_prefix(b": ")?;
    let event = Event {
        origin: Origin::Bounce,
        ..event()
    };
    let end = memmem::find(what, b" notification")? + b" notification".len();
    let (what, failed) = what.split_at_checked(end)?;
    if failed.starts_with(b" failed") {
        return Some(Event {
            kind: Kind::Other,
            name: b"notification failed",
            text: said,
            ..event
        });
    }
    // Half an id is another message's.
    let reference = if ended && is_id(rest) {
        List::One(rest)
    } else {
        List::Empty
    };
    Some(Event {
        kind: Kind::Dsn,
        reference,
        text: what,
        ..event
    })
}
