//! Numbers, sizes and instants as words.
//!
//! Pure: which zone an instant is shown in is an argument, in minutes east of UTC.

use chrono::{DateTime, Datelike, FixedOffset};

/// `1,204`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 message`, `1,204 messages`; a word in -y becomes one in -ies.
pub fn count(n: u64, one: &str) -> String {
    match (n, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{} {stem}ies", number(n)),
        (_, None) => format!("{} {one}s", number(n)),
    }
}

/// `812 B`, `48.6 KB`, `1.2 GB`, in steps of 1,024 as file managers and Exchange count them.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = "KB";
    for next in UNITS.iter().skip(1) {
        if value < 999.5 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if value < 99.95 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

/// A size with its exact bytes behind it.
pub fn size_exact(bytes: u64) -> String {
    if bytes < 1024 {
        count(bytes, "byte")
    } else {
        format!("{} ({} bytes)", size(bytes), number(bytes))
    }
}

/// `3 s left`, `2 min left`.
pub fn left(seconds: f64) -> String {
    if seconds < 90.0 {
        format!("{:.0} s left", seconds.max(1.0))
    } else if seconds < 5400.0 {
        format!("{:.0} min left", seconds / 60.0)
    } else {
        format!("{:.1} h left", seconds / 3600.0)
    }
}

/// `< 1 s`, `2 s`, `0.31 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`: as fine as what is timed.
pub fn duration(micros: i64) -> String {
    let hundredths = micros / 10_000;
    let seconds = hundredths / 100;
    let two = |large: i64, unit: &str, small: i64, lesser: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {lesser}"),
    };
    match seconds {
        0 if micros == 0 => "< 1 s".to_owned(),
        0 if hundredths == 0 => "< 0.01 s".to_owned(),
        0 => format!("0.{hundredths:02} s"),
        1..10 if hundredths % 100 >= 10 => format!("{seconds}.{} s", hundredths / 10 % 10),
        1..60 => format!("{seconds} s"),
        60..3600 => two(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => two(seconds / 3600, "h", seconds / 60 % 60, "min"),
        _ => two(seconds / 86_400, "d", seconds / 3600 % 24, "h"),
    }
}

/// `+1.2 s`, `−1 h`.
pub fn difference(micros: i64) -> String {
    let sign = if micros < 0 { '−' } else { '+' };
    let micros = i64::try_from(micros.unsigned_abs()).unwrap_or(i64::MAX);
    format!("{sign}{}", duration(micros))
}

/// `UTC+02:00`, `UTC`.
pub fn offset(minutes: i32) -> String {
    if minutes == 0 {
        return "UTC".to_owned();
    }
    let sign = if minutes < 0 { '−' } else { '+' };
    let minutes = minutes.abs();
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `14 Sep 2026 10:59:52`.
pub fn date_time(micros: i64, minutes: i32) -> String {
    write(micros, minutes, "%-d %b %Y %H:%M:%S")
}

/// `14 Sep 10:59:52`, where the year goes without saying.
pub fn date_time_of_year(micros: i64, minutes: i32) -> String {
    write(micros, minutes, "%-d %b %H:%M:%S")
}

/// Whether both ends of a span are of one year.
pub fn one_year(from: i64, to: i64, minutes: i32) -> bool {
    let year = |at| civil(at, minutes).map(|civil| civil.year());
    year(from) == year(to)
}

/// `14 Sep 2026 10:59:52.120`, where the log says more than the second.
pub fn date_time_exact(micros: i64, minutes: i32) -> String {
    if micros.rem_euclid(1_000_000) == 0 {
        date_time(micros, minutes)
    } else {
        write(micros, minutes, "%-d %b %Y %H:%M:%S%.3f")
    }
}

/// `14 Sep 2026 10:59`.
pub fn minute(micros: i64, minutes: i32) -> String {
    write(micros, minutes, "%-d %b %Y %H:%M")
}

/// `14 Sep 00:00 – 21 Sep 2026 23:59`: what both ends share is said once.
pub fn span(from: i64, to: i64, minutes: i32) -> String {
    let (first, last) = (civil(from, minutes), civil(to, minutes));
    let (Some(first), Some(last)) = (first, last) else {
        return String::new();
    };
    let end = last.format("%-d %b %Y %H:%M");
    if first.date_naive() == last.date_naive() {
        format!(
            "{} – {}",
            first.format("%-d %b %Y %H:%M"),
            last.format("%H:%M")
        )
    } else if first.year() == last.year() {
        format!("{} – {end}", first.format("%-d %b %H:%M"))
    } else {
        format!("{} – {end}", first.format("%-d %b %Y %H:%M"))
    }
}

/// The value of a date and time input.
pub fn input(micros: i64, minutes: i32) -> String {
    write(micros, minutes, "%Y-%m-%dT%H:%M")
}

/// What a date and time input holds, as if it were UTC.
pub fn from_input(text: &str) -> Option<i64> {
    let civil = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .or_else(|_| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"))
        .ok()?;
    Some(civil.and_utc().timestamp_micros())
}

fn civil(micros: i64, minutes: i32) -> Option<DateTime<FixedOffset>> {
    let zone = FixedOffset::east_opt(minutes.checked_mul(60)?)?;
    Some(DateTime::from_timestamp_micros(micros)?.with_timezone(&zone))
}

fn write(micros: i64, minutes: i32, pattern: &str) -> String {
    civil(micros, minutes).map_or_else(String::new, |civil| civil.format(pattern).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 14 Sep 2026 08:59:52.120 UTC.
    const T: i64 = 1_789_376_392_120_000;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_204_377), "1,204,377");
        assert_eq!(count(1, "delivery"), "1 delivery");
        assert_eq!(count(0, "delivery"), "0 deliveries");
        assert_eq!(count(1204, "line"), "1,204 lines");
    }

    #[test]
    fn sizes_have_three_digits() {
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(49_766), "48.6 KB");
        assert_eq!(size(1 << 20), "1.0 MB");
        assert_eq!(size(1_023_999), "1.0 MB");
        assert_eq!(size(345 << 20), "345 MB");
        assert_eq!(size_exact(49_766), "48.6 KB (49,766 bytes)");
        assert_eq!(size_exact(1), "1 byte");
    }

    #[test]
    fn durations_are_as_fine_as_what_is_timed() {
        const SECOND: i64 = 1_000_000;
        let told = |micros| duration(micros);
        assert_eq!(told(0), "< 1 s");
        assert_eq!(told(4_000), "< 0.01 s");
        assert_eq!(told(70_000), "0.07 s");
        assert_eq!(told(2 * SECOND), "2 s");
        assert_eq!(told(2 * SECOND + 140_000), "2.1 s");
        assert_eq!(told(12 * SECOND + 900_000), "12 s");
        assert_eq!(told(192 * SECOND), "3 min 12 s");
        assert_eq!(told(3600 * SECOND), "1 h");
        assert_eq!(told(7530 * SECOND), "2 h 5 min");
        assert_eq!(told(76 * 3600 * SECOND), "3 d 4 h");
        assert_eq!(difference(-SECOND - 200_000), "−1.2 s");
        assert_eq!(difference(3600 * SECOND), "+1 h");
    }

    #[test]
    fn instants_are_shown_in_the_zone_that_is_given() {
        assert_eq!(date_time(T, 0), "14 Sep 2026 08:59:52");
        assert_eq!(date_time(T, 120), "14 Sep 2026 10:59:52");
        assert_eq!(date_time_exact(T, -570), "13 Sep 2026 23:29:52.120");
        assert_eq!(date_time_exact(T - 120_000, 0), "14 Sep 2026 08:59:52");
        assert_eq!(date_time(i64::MAX, 0), "");
        assert_eq!(date_time_of_year(T, 120), "14 Sep 10:59:52");
        assert!(one_year(T, T + 86_400_000_000, 0));
        assert!(!one_year(T, T + 120 * 86_400_000_000, 0));
        assert_eq!(offset(120), "UTC+02:00");
        assert_eq!(offset(-570), "UTC−09:30");
    }

    #[test]
    fn a_span_says_once_what_its_ends_share() {
        let hour = 3_600_000_000;
        assert_eq!(span(T, T + hour, 0), "14 Sep 2026 08:59 – 09:59");
        assert_eq!(
            span(T, T + 48 * hour, 0),
            "14 Sep 08:59 – 16 Sep 2026 08:59"
        );
    }

    #[test]
    fn an_input_gives_back_what_it_was_given() {
        let minute = T - T.rem_euclid(60_000_000);
        assert_eq!(from_input(&input(T, 0)), Some(minute));
        assert_eq!(from_input("yesterday"), None);
    }

    #[test]
    fn time_left_is_never_none() {
        assert_eq!(left(0.2), "1 s left");
        assert_eq!(left(150.0), "2 min left");
    }
}
