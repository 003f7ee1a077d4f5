//! What a correction has changed, in words. Pure: how an instant is written is an argument.

use mailtrace::protocol::HostView;
use mailtrace::time::Told;

/// Where a value came from.
pub const fn told(told: Told) -> &'static str {
    match told {
        Told::Line => "in every line",
        Told::Ids => "from ids in the log",
        Told::FileDate => "from the file’s date",
        Told::Assumed => "assumed",
        Told::Person => "set by you",
    }
}

pub const fn order(day_first: bool) -> &'static str {
    match day_first {
        true => "day first",
        false => "month first",
    }
}

/// What a host is called, as far as anyone has said.
pub fn name(host: &HostView) -> &str {
    match (host.given_name.as_str(), host.name.as_str()) {
        ("", "") => "Host not named",
        ("", name) => name,
        (given, _) => given,
    }
}

/// What has become other between two views of one host: `Year 2026 instead of 2025. The times of this
/// source moved forward by 1 h.` Empty where nothing has.
pub fn changes(
    before: (&HostView, Option<(i64, i64)>),
    after: (&HostView, Option<(i64, i64)>),
) -> String {
    let ((was, span_before), (is, span_after)) = (before, after);
    let mut said = Vec::new();
    if name(was) != name(is) {
        said.push(format!("Called {} instead of {}.", name(is), name(was)));
    }
    if was.year != is.year {
        said.push(differ("Year", is.year, was.year));
    }
    if was.zone != is.zone {
        let zone = |host: &HostView| Some(host.zone.clone()).filter(|zone| !zone.is_empty());
        said.push(differ("Zone", zone(is), zone(was)));
    }
    if was.day_first != is.day_first {
        said.push(differ(
            "Dates",
            is.day_first.map(order),
            was.day_first.map(order),
        ));
    }
    if let (Some(from), Some(to)) = (span_before, span_after)
        && from != to
    {
        said.push(moved(to.0 - from.0, to.1 - from.1));
    } else if !said.is_empty() {
        said.push("No time has moved.".to_owned());
    }
    said.join(" ")
}

fn differ(what: &str, is: Option<impl ToString>, was: Option<impl ToString>) -> String {
    let is = is.map_or_else(|| "not told".to_owned(), |is| is.to_string());
    match was {
        Some(was) => format!("{what} {is} instead of {}.", was.to_string()),
        None => format!("{what} {is}."),
    }
}

fn moved(first: i64, last: i64) -> String {
    match (first, last) {
        (first, last) if first == last => {
            let way = if first < 0 { "back" } else { "forward" };
            format!(
                "The times of this source moved {way} by {}.",
                duration(first)
            )
        }
        _ => "The times of this source moved.".to_owned(),
    }
}

/// `2 h`, `1 h 30 min`, `365 days`.
fn duration(micros: i64) -> String {
    const MINUTE: u64 = 60_000_000;
    let minutes = micros.unsigned_abs() / MINUTE;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let parts = [
        (days, if days == 1 { "day" } else { "days" }),
        (hours, "h"),
        (minutes, "min"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    match said.is_empty() {
        true => "less than a minute".to_owned(),
        false => said.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn host() -> HostView {
        HostView {
            name: "relay7".to_owned(),
            zone: "UTC".to_owned(),
            zone_told: Told::Assumed,
            year: Some(2026),
            year_told: Told::FileDate,
            given_name: String::new(),
            day_first: None,
            day_first_told: Told::Line,
        }
    }

    #[test]
    fn a_correction_says_what_was_and_how_far_times_have_moved() {
        let before = host();
        let mut after = before.clone();
        (after.zone, after.zone_told) = ("Europe/Berlin".to_owned(), Told::Person);
        assert_eq!(
            changes(
                (&before, Some((10 * HOUR, 12 * HOUR))),
                (&after, Some((8 * HOUR, 10 * HOUR)))
            ),
            "Zone Europe/Berlin instead of UTC. The times of this source moved back by 2 h."
        );
        let mut after = before.clone();
        (after.year, after.given_name) = (Some(2025), "relay8".to_owned());
        assert_eq!(
            changes((&before, Some((0, HOUR))), (&after, Some((-HOUR, HOUR)))),
            "Called relay8 instead of relay7. Year 2025 instead of 2026. The times of this source moved."
        );
    }

    #[test]
    fn what_stays_is_not_spoken_of() {
        let before = host();
        let mut after = before.clone();
        after.day_first = Some(true);
        let span = Some((0, HOUR));
        assert_eq!(
            changes((&before, span), (&after, span)),
            "Dates day first. No time has moved."
        );
        assert_eq!(changes((&before, span), (&before, span)), "");
    }

    #[test]
    fn durations_are_said_in_their_largest_units() {
        assert_eq!(duration(90 * 60_000_000), "1 h 30 min");
        assert_eq!(duration(-365 * 24 * HOUR), "365 days");
        assert_eq!(duration(1), "less than a minute");
    }
}
