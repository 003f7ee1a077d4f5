//! postsuper(1): what a person does to messages in the queue (formats.md 4.4).

use crate::event::{Event, Kind, Origin};

/// Its `removed` means deleted, which only the name of the program tells from the queue manager's.
pub(super) fn read<'a>(
    daemon: &[u8],
    said: &[u8],
    event: impl Fn() -> Event<'a>,
) -> Option<Event<'a>> {
    let (kind, name): (Kind, &[u8]) = match said {
        b"removed" if daemon == b"postsuper" => (Kind::Delete, b""),
        b"requeued" => (Kind::Requeue, b""),
        b"placed on hold" => (Kind::Hold, b""),
        b"released from hold" => (Kind::Release, b""),
        b"expired" => (Kind::Other, b"expired by postsuper"),
        _ => return None,
    };
    Some(Event {
        kind,
        name,
        origin: Origin::Postsuper,
        ..event()
    })
}
