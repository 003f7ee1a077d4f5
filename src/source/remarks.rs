//! What a person should know of a source, in sentences.

use super::statement::Statement;
use super::{HostClock, Remark};
use crate::formats::FORMATS;
use crate::time::Told;

/// What was wrong with the text. `half` says that it ends in half a UTF-16 character.
pub(super) fn of_text(statement: &Statement, half: bool) -> Vec<Remark> {
    let long = match statement.long_lines {
        0 => None,
        1 => Some("A line is longer than a mebibyte; only its beginning was read.".to_owned()),
        lines => Some(format!(
            "{lines} lines are longer than a mebibyte; only their beginnings were read."
        )),
    };
    let cut = if half {
        Some("The file ends in half a UTF-16 character, so it is cut off; all before was read.")
    } else if statement.is_cut {
        Some("The last line has no line end, so it may be cut off.")
    } else {
        None
    };
    let all = long.into_iter().chain(cut.map(str::to_owned));
    all.map(Remark::warning).collect()
}

/// Where years, zones and the order of dates came from, for times that leave them out.
pub(super) fn of_clocks(clocks: &[HostClock]) -> Vec<Remark> {
    let mut said: Vec<(Remark, Vec<&str>)> = Vec::new();
    for host in clocks {
        let name = match host.host.as_str() {
            "" => "a host without a name",
            name => name,
        };
        for what in [year(host), zone(host), order(host)].into_iter().flatten() {
            match said.iter_mut().find(|(same, _)| *same == what) {
                Some((_, hosts)) => hosts.push(name),
                None => said.push((what, vec![name])),
            }
        }
    }
    let sentence = |what: &str, hosts: &[&str]| match hosts {
        [..] if hosts.len() == clocks.len() => format!("The lines {what}"),
        [one] => format!("The lines of {one} {what}"),
        [one, other] => format!("The lines of {one} and {other} {what}"),
        [one, other, more @ ..] => {
            format!("The lines of {one}, {other} and {} more {what}", more.len())
        }
        [] => String::new(),
    };
    let remark = |(what, hosts): (Remark, Vec<&str>)| Remark {
        text: sentence(&what.text, &hosts),
        ..what
    };
    said.into_iter().map(remark).collect()
}

fn year(host: &HostClock) -> Option<Remark> {
    let year = host.clock.year;
    let why = match host.clock.year_told {
        Told::Line => format!("; others beside them say that the first is of {year}."),
        Told::Ids => format!("; queue ids say that the first is of {year}."),
        Told::FileDate => format!("; by the file's own date, the first is of {year}."),
        Told::Person => format!("; the first was set to {year}."),
        Told::Assumed => format!(", and nothing tells it: {year} is only assumed."),
    };
    let text = format!("leave out the year{why}");
    host.lacks_year.then(|| remark(host.clock.year_told, text))
}

fn zone(host: &HostClock) -> Option<Remark> {
    let zone = &host.clock.zone.name;
    let why = match host.clock.zone_told {
        Told::Line | Told::FileDate => return None,
        Told::Ids => format!("; queue ids say that it is {zone}."),
        Told::Person => format!("; it was set to {zone}."),
        Told::Assumed => format!(", and nothing tells it: {zone} is assumed."),
    };
    let text = format!("leave out the time zone{why}");
    host.lacks_zone.then(|| remark(host.clock.zone_told, text))
}

fn order(host: &HostClock) -> Option<Remark> {
    let first = match host.clock.day_first {
        true => "day",
        false => "month",
    };
    let what = "have dates such as 3/4/2026";
    let told = host.clock.day_first_told;
    let text = match told {
        _ if host.mixes_orders => {
            let text = format!(
                "have dates with the day first and others with the month first; those that could be either, such as 3/4/2026, were read with the {first} first."
            );
            return host.lacks_order.then(|| Remark::warning(text));
        }
        Told::Line | Told::Ids => {
            format!("{what}; others beside them show that the {first} comes first.")
        }
        Told::FileDate => format!("{what}; by the file's own date, the {first} comes first."),
        Told::Person => format!("{what}; it was set that the {first} comes first."),
        Told::Assumed => format!(
            "{what}, and nothing tells day from month: that the {first} comes first is assumed."
        ),
    };
    host.lacks_order.then(|| remark(told, text))
}

fn remark(told: Told, text: String) -> Remark {
    match told {
        Told::Assumed => Remark::assumption(text),
        _ => Remark::note(text),
    }
}

/// What a text is in which no line was recognised.
pub(super) fn of_no_log(statement: &Statement) -> String {
    let what = match statement.account.examples.first() {
        None if statement.is_syslog() => {
            "This is a system log without a line of a mail program".to_owned()
        }
        Some((_, line)) if statement.is_syslog() => format!(
            "This is a system log, but nothing in it could be read as a mail program's; the first line that is not understood is “{line}”"
        ),
        Some((_, line)) if line.trim_start().starts_with(['{', '[']) => format!(
            "This looks like JSON, but no object in it is of a mail log that Mailtrace reads; its first line is “{line}”"
        ),
        Some((_, line)) if line.matches([',', ';', '\t']).count() > 2 => format!(
            "This looks like a table, but not like a mail log that Mailtrace reads; its first line is “{line}”"
        ),
        Some((_, line)) => format!(
            "This is text, but no line of it is of a mail log that Mailtrace reads; its first line is “{line}”"
        ),
        None => "The file holds no text".to_owned(),
    };
    let titles: Vec<&str> = FORMATS.iter().map(|format| format.title()).collect();
    format!("{what}. Mailtrace reads: {}.", titles.join(", "))
}
