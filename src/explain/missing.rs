//! What is missing of a delivery, in words.

use crate::protocol::MissingView;
use crate::segment::Field;
use crate::trace::{Gap, Log, Missing};

use super::entry::{Entry, lossy};
use super::event::EventText;

/// What is missing of a delivery, and where to look for it; `None` if nothing is.
pub fn missing(entry: &Entry<'_>) -> Option<MissingView> {
    let missing = entry.trace.missing(entry.delivery)?;
    Some(MissingView {
        text: text(entry, &missing),
        host: host(entry, &missing),
        is_station: matches!(missing.gap, Gap::Taken | Gap::Filtered | Gap::Sent),
        is_before: matches!(missing.gap, Gap::Sent | Gap::Begun),
        look_at: look_at(entry, &missing),
        from: missing.from,
        until: missing.until,
        is_covered: missing.is_covered,
    })
}

/// Where the trail breaks off, in a sentence or two.
pub(super) fn text(entry: &Entry<'_>, missing: &Missing) -> String {
    let host = host(entry, missing);
    let other = match entry.text(missing.endpoint) {
        name if name.is_empty() || name == host => host.clone(),
        name if missing.host == 0 => name,
        name => format!("{name} ({host})"),
    };
    let (named, called) = match entry.text(missing.id) {
        id if id.is_empty() => (String::new(), String::new()),
        id => (format!(" as {id}"), format!(" ({id})")),
    };
    let of_time = match missing.is_covered {
        true => format!(
            "The logs of {host} reach over that time, and no line in them is known to be of it."
        ),
        false => format!("No log of {host} from that time is here."),
    };
    let shared = match missing.is_covered {
        true => " Lines may be missing, or another server may go by the same name.",
        false => "",
    };
    match missing.gap {
        Gap::Taken => format!(
            "{other} accepted the message{named}, and is one of the servers whose logs are here. {of_time}{shared}"
        ),
        Gap::Filtered => format!("A content filter on {host} took the message{named}. {of_time}"),
        Gap::Sent => format!(
            "The message came from {other}, which is one of the servers whose logs are here. {of_time}"
        ),
        Gap::Ended if missing.is_covered => {
            format!("The logs of {host} go on, and say nothing more of the message{called}.")
        }
        Gap::Ended => format!(
            "The logs of {host} that are here end before they tell what became of the message{called}."
        ),
        Gap::Begun if missing.is_covered => format!(
            "The logs of {host} reach over the time at which the message came{named}, and no line in them is known to tell of that."
        ),
        Gap::Begun => format!(
            "The message came to {host}{named} before the logs of {host} that are here begin."
        ),
    }
}

/// The log that would tell.
fn look_at(entry: &Entry<'_>, missing: &Missing) -> String {
    let log = match (missing.gap, missing.log) {
        (Gap::Filtered, _) => "the content filter's log",
        (_, Log::Mail) => "the mail log",
        (_, Log::MessageTracking) => "the message tracking log",
    };
    format!("{log} of {}", host(entry, missing))
}

/// The host whose log would tell: as its logs name it, else as its neighbour does.
fn host(entry: &Entry<'_>, missing: &Missing) -> String {
    let own = || {
        let row = entry.trace.events().row(missing.event)?;
        Some(match row.text(Field::Host) {
            b"" => EventText::of(entry.trace, row).host(),
            host => lossy(host),
        })
    };
    let named = [missing.host, missing.endpoint].map(|word| entry.text(word));
    let named = named.into_iter().find(|name| !name.is_empty());
    match named.or_else(own) {
        Some(name) if !name.is_empty() => name,
        _ => "the server".to_owned(),
    }
}
