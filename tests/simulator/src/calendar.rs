//! Instants and what a clock on a wall shows of them. Our own, so that a mistake in the library's
//! calendar is not made here too.

/// Microseconds UTC.
pub type Time = i64;

pub const MILLISECOND: Time = 1_000;
pub const SECOND: Time = 1_000_000;
pub const MINUTE: Time = 60 * SECOND;
pub const HOUR: Time = 60 * MINUTE;
pub const DAY: Time = 24 * HOUR;

/// 2026-09-14T00:00:00Z, a Monday.
pub const START: Time = 20_710 * DAY;

/// What a calendar and a clock show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub micros: i64,
}

/// Howard Hinnant, "chrono-compatible low-level date algorithms": civil_from_days.
pub fn civil(at: Time) -> Civil {
    let days = at.div_euclid(DAY);
    let within = at.rem_euclid(DAY);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let month = (month_from_march + 2) % 12 + 1;
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day: of_year - (153 * month_from_march + 2) / 5 + 1,
        hour: within / HOUR,
        minute: within % HOUR / MINUTE,
        second: within % MINUTE / SECOND,
        micros: within % SECOND,
    }
}

/// `2026-09-14T08:12:44.190Z`, as it stands inside of values.
pub fn stamp(at: Time) -> String {
    let now = civil(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        now.year,
        now.month,
        now.day,
        now.hour,
        now.minute,
        now.second,
        now.micros / 1000
    )
}

/// The zone that a host's log is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    Utc,
    /// UTC+1, in summer UTC+2.
    CentralEurope,
}

impl Zone {
    /// How far local time is ahead of UTC.
    pub fn offset(self, at: Time) -> Time {
        match self {
            Zone::Utc => 0,
            Zone::CentralEurope if is_summer(at) => 2 * HOUR,
            Zone::CentralEurope => HOUR,
        }
    }
}

/// Directive 2000/84/EC: from the last Sunday of March to that of October, at 01:00 UTC.
fn is_summer(at: Time) -> bool {
    let now = civil(at);
    // 1970-01-01 was a Thursday: day 3 of weeks that begin on Monday.
    let weekday = (at.div_euclid(DAY) + 3).rem_euclid(7);
    let is_past_change = || {
        let last_sunday_is_past = now.day - (weekday + 1) % 7 >= 25;
        let is_that_sunday = weekday == 6 && now.day >= 25;
        if is_that_sunday {
            now.hour >= 1
        } else {
            last_sunday_is_past
        }
    };
    match now.month {
        4..=9 => true,
        3 => is_past_change(),
        10 => !is_past_change(),
        _ => false,
    }
}

/// A host's own clock: how it is off, and how it drifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    pub ahead: Time,
    /// Microseconds that it gains in a second.
    pub drift: Time,
}

impl Clock {
    pub fn shows(self, at: Time) -> Time {
        at + self.ahead + (at - START) / SECOND * self.drift
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64, hour: i64) -> Time {
        days * DAY + hour * HOUR
    }

    #[test]
    fn days_have_their_dates() {
        let date = |days| {
            let civil = civil(days * DAY);
            (civil.year, civil.month, civil.day)
        };
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(19_782), (2024, 2, 29));
        assert_eq!(date(START / DAY), (2026, 9, 14));
        assert_eq!(date(20_819), (2027, 1, 1));
    }

    #[test]
    fn summer_ends_on_the_last_sunday_of_october() {
        let offset = |days, hour| Zone::CentralEurope.offset(at(days, hour)) / HOUR;
        // 2026-10-25 is the last Sunday; 20 751 days.
        assert_eq!(civil(at(20_751, 0)).day, 25);
        assert_eq!(offset(20_750, 23), 2);
        assert_eq!(offset(20_751, 0), 2);
        assert_eq!(offset(20_751, 1), 1);
        assert_eq!(offset(20_755, 12), 1);
        // 2026-03-29 is the last of March.
        assert_eq!(civil(at(20_541, 0)).day, 29);
        assert_eq!(offset(20_541, 0), 1);
        assert_eq!(offset(20_541, 1), 2);
        assert_eq!(offset(20_537, 1), 1);
    }
}
