//! Dates as tables write them: ISO 8601, or in the manner of the country of whoever exported (formats.md
//! 1.7, 2.0).
//!
//! A text is read alone. Whether a day or a month comes first in `9/5/2026` is not decided here
//! (`time.rs`), nor is the zone of a time that states none.

use super::scan::{SECOND, midnight, number};
use crate::event::Stamp;

const MINUTE: i64 = 60 * SECOND;

/// Reads a whole text as a date and a time. `utc` says that a time without a zone is UTC's.
pub fn stamp(text: &[u8], utc: bool) -> Option<Stamp> {
    let text = text.trim_ascii();
    let (first, rest) = number(text)?;
    let (mark, rest) = rest.split_first()?;
    let (second, rest) = number(rest)?;
    let rest = rest.strip_prefix(&[*mark])?;
    let (third, rest) = number(rest)?;
    let year_len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (time, meridiem, rest) = time_of_day(blanks(rest)?)?;
    let zone = zone(rest);
    let zone = match rest {
        [] => utc.then_some(0),
        _ => Some(zone?),
    };
    let at = |year: u64, month: u64, day: u64| -> Option<Stamp> {
        let day = midnight(
            i64::try_from(year).ok()?,
            month.try_into().ok()?,
            day.try_into().ok()?,
        )?;
        Some(match zone {
            Some(offset) => Stamp::Instant(day + time - offset),
            None => Stamp::Civil(day + time),
        })
    };
    match mark {
        b'-' | b'/' if year_len == 4 => at(first, second, third),
        _ if !(1000..10_000).contains(&third) => None,
        // With points, the day comes first everywhere.
        b'.' => at(third, second, first),
        b'/' | b'-' => {
            let part = |part: u64| {
                u8::try_from(part)
                    .ok()
                    .filter(|part| (1..=31).contains(part))
            };
            let (first_part, second_part) = (part(first)?, part(second)?);
            // In one order at least it is a day.
            at(third, first, second).or_else(|| at(third, second, first))?;
            match zone {
                // An offset would have to be taken from the day that is not known yet.
                Some(offset) if offset != 0 => None,
                zone => Some(Stamp::Slashed {
                    first: first_part,
                    second: second_part,
                    year: i32::try_from(third).ok()?,
                    micros: time,
                    meridiem,
                    utc: zone.is_some(),
                }),
            }
        }
        _ => None,
    }
}

/// What stands between a date and its time: `T`, or a comma and spaces.
fn blanks(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"T") {
        return Some(rest);
    }
    let rest = spaces(text.strip_prefix(b",").unwrap_or(text));
    (rest.len() < text.len()).then_some(rest)
}

/// What follows white space; ICU writes a narrow no-break space (U+202F) before AM and PM.
fn spaces(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let rest = text.strip_prefix("\u{202f}".as_bytes());
    rest.or_else(|| text.strip_prefix("\u{a0}".as_bytes()))
        .unwrap_or(text)
}

/// Microseconds since midnight of `6:10`, `18:10:13.5` or `6:10:13 PM`, whether it counts AM and PM, and
/// what follows.
fn time_of_day(text: &[u8]) -> Option<(i64, bool, &[u8])> {
    let part = |text: &[u8], most: u64| {
        let (part, rest) = number(text).filter(|(part, _)| *part <= most)?;
        let is_short = text.len() - rest.len() <= 2;
        is_short.then_some((part as i64, rest.len()))
    };
    let after = |len: usize| text.get(text.len() - len..).unwrap_or_default();
    let (hour, rest) = part(text, 23)?;
    let (minute, rest) = part(after(rest).strip_prefix(b":")?, 59)?;
    let mut rest = after(rest);
    let (mut second, mut micros) = (0, 0);
    if let Some(text) = rest.strip_prefix(b":") {
        let (read, len) = part(text, 60)?;
        // A leap second is the last one once more.
        second = read.min(59);
        rest = after(len);
        if let Some(digits) = rest.strip_prefix(b".") {
            let len = digits
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let (digits, others) = digits.split_at_checked(len)?;
            micros = (0..6)
                .map(|place| i64::from(digits.get(place).map_or(0, |digit| digit - b'0')))
                .fold(0, |sum, digit| sum * 10 + digit);
            rest = others;
        }
    }
    let word = spaces(rest);
    let (hour, meridiem, rest) = match word.get(..2) {
        Some(half) if half.eq_ignore_ascii_case(b"AM") || half.eq_ignore_ascii_case(b"PM") => {
            if !(1..=12).contains(&hour) {
                return None;
            }
            let afternoon = half.eq_ignore_ascii_case(b"PM");
            let rest = word.get(2..).unwrap_or_default();
            (hour % 12 + 12 * i64::from(afternoon), true, rest)
        }
        _ => (hour, false, rest),
    };
    let minutes = hour * 60 + minute;
    Some((minutes * MINUTE + second * SECOND + micros, meridiem, rest))
}

/// Microseconds east of UTC of `Z`, `UTC`, `+02:00` or `-0330`, as a whole text.
pub fn zone(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii();
    if text.eq_ignore_ascii_case(b"Z") || text.eq_ignore_ascii_case(b"UTC") {
        return Some(0);
    }
    let (sign, digits) = match text.split_first()? {
        (b'+', digits) => (1, digits),
        (b'-', digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [a, b, b':', c, d] | [a, b, c, d] => ([*a, *b], [*c, *d]),
        _ => return None,
    };
    let value = |[tens, ones]: [u8; 2]| super::scan::pair(tens, ones);
    let (hours, minutes) = (value(hours)?, value(minutes)?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes) * MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: i64 = 86_400 * SECOND;
    /// 2026-09-14.
    const MONDAY: i64 = 20_710 * DAY;

    fn read(text: &str) -> Option<Stamp> {
        stamp(text.as_bytes(), false)
    }

    fn slashed(first: u8, second: u8, micros: i64, meridiem: bool) -> Option<Stamp> {
        Some(Stamp::Slashed {
            first,
            second,
            year: 2026,
            micros,
            meridiem,
            utc: false,
        })
    }

    #[test]
    fn iso_dates_tell_their_zone_or_do_not() {
        let morning = MONDAY + (8 * 60 + 12) * MINUTE;
        assert_eq!(
            read("2026-09-14T08:12:44.1937001Z"),
            Some(Stamp::Instant(morning + 44 * SECOND + 193_700))
        );
        assert_eq!(
            read("2026-09-14T08:12:00+02:00"),
            Some(Stamp::Instant(morning - 120 * MINUTE))
        );
        assert_eq!(read("2026-09-14 08:12"), Some(Stamp::Civil(morning)));
        assert_eq!(read("2026/09/14 8:12:00"), Some(Stamp::Civil(morning)));
        assert_eq!(
            stamp(b"2026-09-14 08:12:00", true),
            Some(Stamp::Instant(morning))
        );
        assert_eq!(
            stamp(b"2026-09-14T08:12:00-0330", true),
            Some(Stamp::Instant(morning + 210 * MINUTE))
        );
    }

    #[test]
    fn dates_of_a_country_keep_their_parts() {
        let evening = (18 * 60 + 10) * MINUTE;
        assert_eq!(read("9/5/2026 6:10 PM"), slashed(9, 5, evening, true));
        assert_eq!(
            read("9/5/2026, 6:10:13\u{202f}PM"),
            slashed(9, 5, evening + 13 * SECOND, true)
        );
        assert_eq!(read("05/09/2026 18:10"), slashed(5, 9, evening, false));
        assert_eq!(read("5-9-2026 18:10"), slashed(5, 9, evening, false));
        assert_eq!(
            read("9/5/2026 12:10:00 AM"),
            slashed(9, 5, 10 * MINUTE, true)
        );
        assert_eq!(
            read("14.09.2026 18:10:00"),
            Some(Stamp::Civil(MONDAY + evening))
        );
        assert_eq!(
            stamp(b"14.09.2026 18:10:00", true),
            Some(Stamp::Instant(MONDAY + evening))
        );
        assert!(matches!(
            stamp(b"9/5/2026 18:10", true),
            Some(Stamp::Slashed { utc: true, .. })
        ));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "Date",
            "2026-09-14",
            "2026-02-30 08:00",
            "14.13.2026 08:00",
            "13/13/2026 08:00",
            "9/5/26 08:00",
            "9/5/2026 13:00 PM",
            "9/5/2026 24:00",
            "9/5/2026 8:60",
            "9/5/2026 8:00 and more",
            "9-5/2026 8:00",
            "2026-09-14T08:12:44+25:00",
            "99999999999999999999999/1/1 8:00",
            "0/5/2026 8:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_texts_are_read(text in "[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}[ T,]{1,2}[0-9]{1,2}:[0-9:.APMZ+ -]{0,12}") {
            stamp(text.as_bytes(), true);
        }

        #[test]
        fn arbitrary_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            stamp(&bytes, false);
        }
    }
}
