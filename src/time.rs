//! Instants: how a time as a line writes it becomes microseconds UTC.
//!
//! A segment keeps what the log said; year and zone belong to the source and each host in it, and are
//! applied when a segment is taken up, so a correction reads nothing again.
//! The library knows no zone but those it is given.
//!
//! A stored time is an instant, or else civil time with an ordinal: `(2 * day + again) * DAY + time of
//! day`. `again` marks what was logged after the clock had been set back, so that the hour that comes
//! twice in autumn keeps its order. `day` counts from 1970-01-01 for civil times; for those without a
//! year it counts days of leap years, 366 each, so that 29 February has its place in every year, and
//! day 0 is 1 January of the year of the host's first line, whichever that turns out to be.
//!
//! A date such as `9/5/2026` is kept with its two parts as they stand: whether the day comes first is
//! decided for all such dates of a host at once, never for one (formats.md 2.0). A part above 12 proves
//! it; the order that has dates past the file's own is refuted; else hours that are counted as AM and
//! PM are taken for a sign that the month comes first. A date that has no such day in the order that
//! was decided is read in the other. Its days are counted as `(year * 32 + first) * 32 + second`.

use chrono::{DateTime, Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::event::Stamp;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// A year of the days that are counted where no year is told.
const YEAR: i64 = 366 * DAY;
/// 29 February among them.
const LEAP_DAY: i64 = 59;
/// What the first part and the year of a date count for where its order is not known.
const FIRST_PART: i64 = 32;
const SLASHED_YEAR: i64 = 32 * FIRST_PART;

/// A zone as a table of transitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// What a person calls it: `UTC`, `+02:00`, `Europe/Berlin`.
    pub name: String,
    /// Offset east of UTC in seconds before the first transition.
    pub base: i32,
    /// (seconds UTC, offset east of UTC in seconds from then on), ascending.
    pub transitions: Vec<(i64, i32)>,
}

impl Zone {
    pub fn utc() -> Zone {
        Zone::fixed("UTC", 0)
    }

    /// A zone that is the same all year; `offset` is in seconds east of UTC.
    pub fn fixed(name: &str, offset: i32) -> Zone {
        Zone {
            name: name.to_owned(),
            base: offset,
            transitions: Vec::new(),
        }
    }

    /// Reads `UTC`, `Z`, or an offset such as `+02:00`, `-0330` or `+2`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Zone> {
        if matches!(text, "UTC" | "Z" | "utc" | "z") {
            return Some(Zone::utc());
        }
        let (sign, digits) = match text.split_at_checked(1)? {
            ("+", digits) => (1, digits),
            ("-", digits) => (-1, digits),
            _ => return None,
        };
        let (hours, minutes) = match digits.split_once(':') {
            Some(parts) => parts,
            None if digits.len() == 4 => digits.split_at_checked(2)?,
            None => (digits, "00"),
        };
        let number = |digits: &str, most: i32| -> Option<i32> {
            let fits = digits.len() <= 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
            let number = digits.parse().ok().filter(|_| fits)?;
            (number <= most).then_some(number)
        };
        let minutes = number(minutes, 59).filter(|_| minutes.len() == 2)?;
        let offset = sign * (number(hours, 14)? * 3600 + minutes * 60);
        Some(Zone::fixed(&offset_name(offset), offset))
    }

    /// Seconds east of UTC at an instant.
    pub fn offset(&self, instant: i64) -> i32 {
        let seconds = instant.div_euclid(SECOND);
        self.offset_before(self.transitions.partition_point(|(at, _)| *at <= seconds))
    }

    /// The instant of a civil time, in microseconds since 1970-01-01T00:00:00 on the zone's clocks.
    ///
    /// Where the clocks show a time twice, `again` asks for the second; a time that they skip is taken
    /// as if they had been set forward after it.
    pub fn instant(&self, civil: i64, again: bool) -> i64 {
        /// No two clocks on earth are further apart, in seconds.
        const REACH: i64 = 26 * 3600;
        let seconds = civil.div_euclid(SECOND);
        let first = self
            .transitions
            .partition_point(|(at, _)| *at < seconds.saturating_sub(REACH));
        let mut offset = self.offset_before(first);
        let mut found = None;
        let mut skipped = None;
        let mut start = i64::MIN;
        let near = self.transitions.get(first..).unwrap_or_default().iter();
        let near = near.take_while(|(at, _)| *at <= seconds.saturating_add(REACH));
        for (end, next) in near.copied().chain([(i64::MAX, 0)]) {
            let utc = seconds.saturating_sub(offset.into());
            if utc >= end {
                skipped = Some(offset);
            } else if utc >= start && (found.is_none() || again) {
                found = Some(offset);
            }
            (start, offset) = (end, next);
        }
        let offset = found.or(skipped).unwrap_or(self.base);
        civil.saturating_sub(i64::from(offset) * SECOND)
    }

    fn offset_before(&self, transition: usize) -> i32 {
        let before = transition.checked_sub(1);
        before
            .and_then(|before| self.transitions.get(before))
            .map_or(self.base, |(_, offset)| *offset)
    }
}

fn offset_name(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Where a year, a zone or the order of a date came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Told {
    /// Lines state it.
    #[default]
    Line,
    /// Inferred from ids that hold their time (formats.md 0.5).
    Ids,
    /// Inferred from the file's own date.
    FileDate,
    /// Assumed for want of evidence.
    Assumed,
    /// Set by the person.
    Person,
}

/// What turns one host's times in one source into instants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The year of the host's first line, for times without a year.
    pub year: i32,
    pub year_told: Told,
    pub zone: Zone,
    pub zone_told: Told,
    /// Dates whose order of day and month no line tells have the day first.
    #[serde(default)]
    pub day_first: bool,
    #[serde(default)]
    pub day_first_told: Told,
}

impl Clock {
    /// Microseconds UTC of a stored time.
    pub fn instant(&self, form: TimeForm, stored: i64) -> i64 {
        let slot = stored.div_euclid(DAY);
        let (day, again) = (slot.div_euclid(2), slot.rem_euclid(2) == 1);
        let at = day * DAY + stored.rem_euclid(DAY);
        match form {
            TimeForm::Instant => stored,
            TimeForm::Civil => self.zone.instant(at, again),
            TimeForm::Yearless => self.zone.instant(civil(self.year, at), again),
            TimeForm::Slashed => self.zone.instant(self.slashed(day, at), again),
            TimeForm::SlashedUtc => self.slashed(day, at),
        }
    }

    /// Civil time of a date whose order of day and month its line does not tell.
    fn slashed(&self, day: i64, at: i64) -> i64 {
        let parts = Parts::of(day);
        let days = parts.days(self.day_first);
        let days = days.or_else(|| parts.days(!self.day_first)).unwrap_or(0);
        days * DAY + at.rem_euclid(DAY)
    }
}

/// How a stored time is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TimeForm {
    #[default]
    Instant = 0,
    Civil = 1,
    Yearless = 2,
    /// A date of unknown order, on the host's own clock.
    Slashed = 3,
    SlashedUtc = 4,
}

impl TimeForm {
    /// The form of a stored code; `None` where a newer build wrote it.
    pub const fn from_code(code: u8) -> Option<TimeForm> {
        match code {
            0 => Some(TimeForm::Instant),
            1 => Some(TimeForm::Civil),
            2 => Some(TimeForm::Yearless),
            3 => Some(TimeForm::Slashed),
            4 => Some(TimeForm::SlashedUtc),
            _ => None,
        }
    }
}

/// Follows one host's times through a source: orders years, and gathers evidence of year and zone.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    lacks_zone: bool,
    /// The year of the first line, once something tells it.
    year: Option<(i32, Told)>,
    /// The last time that lacked something, less `again`.
    last: Option<(TimeForm, i64)>,
    /// The last one that lacked the year: its place on the line of leap years.
    place: Option<i64>,
    /// Which year after the first a 29 February stands in.
    leap_year: Option<i64>,
    /// The clock was set back: until then, an hour may come for the second time.
    again_until: Option<i64>,
    /// A time with a year that came after the last one without, to within a zone's offset.
    dated: Option<i64>,
    offsets: Offsets,
    order: Order,
}

impl Tracker {
    /// Takes the next line's time and gives what a segment keeps of it.
    ///
    /// `opened` is the instant that the line's id holds, if the line opens an id.
    pub fn note(&mut self, stamp: Stamp, opened: Option<i64>) -> (TimeForm, i64) {
        let (form, at) = match stamp {
            Stamp::Instant(instant) => {
                self.dated = Some(instant);
                return (TimeForm::Instant, instant);
            }
            Stamp::Civil(at) => {
                self.lacks_zone = true;
                // Twice the days must fit, too.
                let at = at.clamp(i64::MIN / 4, i64::MAX / 4);
                self.dated = Some(at);
                self.note_offset(at, at, opened);
                (TimeForm::Civil, at)
            }
            Stamp::Yearless { month, day, micros } => {
                self.lacks_zone = true;
                let place = place_in_year(month, day, micros);
                (TimeForm::Yearless, self.note_year(place, opened))
            }
            Stamp::Slashed {
                first,
                second,
                year,
                micros,
                meridiem,
                utc,
            } => {
                let parts = Parts {
                    year: year.clamp(0, 9999),
                    first: first.clamp(1, 31),
                    second: second.clamp(1, 31),
                };
                self.order.note(parts, meridiem);
                let at = parts.place() * DAY + micros.clamp(0, DAY - 1);
                if utc {
                    let slot = parts.place() * 2;
                    return (TimeForm::SlashedUtc, slot * DAY + at.rem_euclid(DAY));
                }
                self.lacks_zone = true;
                (TimeForm::Slashed, at)
            }
        };
        let again = self.is_again(form, at);
        self.last = Some((form, at));
        let slot = at.div_euclid(DAY) * 2 + i64::from(again);
        (form, slot * DAY + at.rem_euclid(DAY))
    }

    /// Whether a line so far left out the year.
    pub fn lacks_year(&self) -> bool {
        self.place.is_some()
    }

    /// Whether a line so far left out the zone.
    pub fn lacks_zone(&self) -> bool {
        self.lacks_zone
    }

    /// Whether a date so far can be read with the day first and with the month first.
    pub fn lacks_order(&self) -> bool {
        self.order.doubtful
    }

    /// Whether some dates so far have the day first and others the month.
    pub fn mixes_orders(&self) -> bool {
        self.order.day_first > 0 && self.order.month_first > 0
    }

    /// The clock that the lines so far speak for.
    ///
    /// `modified` is the file's date in microseconds UTC; `tail` is the last time of the file where it
    /// was looked up ahead of the reading.
    pub fn settle(&self, modified: Option<i64>, tail: Option<Stamp>, assumed: &Zone) -> Clock {
        let (zone, zone_told) = match self.offsets.zone(assumed) {
            _ if !self.lacks_zone => (Zone::utc(), Told::Line),
            Some(zone) => (zone, Told::Ids),
            None => (assumed.clone(), Told::Assumed),
        };
        let (year, year_told) = self.settle_year(modified, tail, &zone);
        let (day_first, day_first_told) = self.order.settle(modified);
        Clock {
            year,
            year_told,
            zone,
            zone_told,
            day_first,
            day_first_told,
        }
    }

    /// Finds the year of a time without one, and gives its place on the line of leap years.
    ///
    /// Evidence decides. Where there is none, the year is the one that is nearest to the line before:
    /// a step of over half a year, either way, is a new year, and a smaller step back is disorder, or
    /// one log behind another (formats.md 4.2).
    fn note_year(&mut self, place: i64, opened: Option<i64>) -> i64 {
        /// More years than a log has, and few enough for every sum.
        const MOST: i64 = 5000;
        let nearest = self
            .place
            .map_or(0, |last| (last - place + YEAR / 2).div_euclid(YEAR));
        let by_id = opened.and_then(|opened| {
            let year = nearest_year(place, opened);
            let off = civil(year, place).abs_diff(opened);
            (off <= OFFSETS.end().unsigned_abs()).then_some((year, Told::Ids))
        });
        let dated = self.dated.take();
        let told = by_id.or_else(|| Some((nearest_year(place, dated?), Told::Line)));
        let count = match (told, self.year) {
            (Some((year, _)), Some((first, _))) => i64::from(year) - i64::from(first),
            _ => nearest,
        };
        let count = count.clamp(-MOST, MOST);
        if let (Some((year, told)), None) = (told, self.year) {
            self.year = Some((year.saturating_sub(count as i32), told));
        }
        if place / DAY == LEAP_DAY {
            self.leap_year.get_or_insert(count);
        }
        let at = count * YEAR + place;
        self.place = Some(at);
        if let Some((year, _)) = by_id {
            self.note_offset(at, civil(year, place), opened);
        }
        at
    }

    /// Takes the difference between the log's clock and the id's for the zone's offset.
    fn note_offset(&mut self, at: i64, local: i64, opened: Option<i64>) {
        let Some(opened) = opened else { return };
        let step = self.offsets.note(local.saturating_sub(opened), opened);
        // Lord Howe's clocks are set back by half an hour, all others by one.
        if matches!(step, Some(-3600 | -1800)) {
            self.again_until = Some(at + HOUR);
        }
    }

    /// Whether the line stands behind a step back of the clock, near enough for the hour that comes
    /// twice. Disorder of seconds is none, and steps of many hours are another log's beginning. A mark
    /// says nothing outside that hour, so one too many does no harm.
    fn is_again(&mut self, form: TimeForm, at: i64) -> bool {
        if let Some((_, last)) = self.last.filter(|(last_form, _)| *last_form == form) {
            let back = last - at;
            if (5 * MINUTE..2 * HOUR).contains(&back) {
                self.again_until = Some(last + HOUR);
            }
        }
        let again = |until: &i64| (*until - 4 * HOUR..*until).contains(&at);
        self.again_until = self.again_until.filter(again);
        self.again_until.is_some()
    }

    fn settle_year(&self, modified: Option<i64>, tail: Option<Stamp>, zone: &Zone) -> (i32, Told) {
        /// Shown as assumed, and plainly nobody's.
        const ASSUMED: i32 = 1970;
        let last = match (self.year, self.place) {
            (Some(told), _) => return told,
            (None, Some(last)) => last,
            (None, None) => return (ASSUMED, Told::Line),
        };
        if let Some(dated) = self.dated {
            let count = last.div_euclid(YEAR) as i32;
            let year = nearest_year(last.rem_euclid(YEAR), dated);
            return (year.saturating_sub(count), Told::Line);
        }
        let leaps = |year: &i32| {
            self.leap_year
                .is_none_or(|count| is_leap_year(year.saturating_add(count as i32)))
        };
        let Some(modified) = modified else {
            let year = (ASSUMED - 8..=ASSUMED).rev().find(leaps);
            return (year.unwrap_or(ASSUMED), Told::Assumed);
        };
        // The end of the file, a year on where its day is past already.
        let end = match tail {
            Some(Stamp::Yearless { month, day, micros }) => {
                let place = place_in_year(month, day, micros);
                let years = (last - DAY - place + YEAR - 1).div_euclid(YEAR);
                years * YEAR + place
            }
            _ => last,
        };
        let limit = modified.saturating_add(DAY);
        let fits = |year: &i32| zone.instant(civil(*year, end), false) <= limit && leaps(year);
        let latest = year_of(limit)
            .saturating_add(1)
            .saturating_sub(end.div_euclid(YEAR) as i32);
        let year = (latest.saturating_sub(10)..=latest).rev().find(fits);
        (year.unwrap_or(latest), Told::FileDate)
    }
}

/// The parts of a date whose order of day and month is not known.
#[derive(Clone, Copy, Debug)]
struct Parts {
    year: i32,
    first: u8,
    second: u8,
}

impl Parts {
    fn of(place: i64) -> Parts {
        let part = |place: i64| place.rem_euclid(FIRST_PART) as u8;
        Parts {
            year: place.div_euclid(SLASHED_YEAR) as i32,
            first: part(place.div_euclid(FIRST_PART)),
            second: part(place),
        }
    }

    fn place(self) -> i64 {
        i64::from(self.year) * SLASHED_YEAR
            + i64::from(self.first) * FIRST_PART
            + i64::from(self.second)
    }

    /// Days since 1970 in one of the two orders; `None` where there is no such day.
    fn days(self, day_first: bool) -> Option<i64> {
        let (day, month) = match day_first {
            true => (self.first, self.second),
            false => (self.second, self.first),
        };
        let date = NaiveDate::from_ymd_opt(self.year, month.into(), day.into())?;
        Some(date.to_epoch_days().into())
    }
}

/// What the dates so far tell of the order of day and month.
#[derive(Clone, Copy, Debug, Default)]
struct Order {
    /// Dates that are none in the other order.
    day_first: u32,
    month_first: u32,
    /// A date is one in both orders, and not the same.
    doubtful: bool,
    meridiem: bool,
    /// The latest day since 1970 of those in doubt, with the month first and with the day first.
    latest: Option<(i64, i64)>,
}

impl Order {
    fn note(&mut self, parts: Parts, meridiem: bool) {
        self.meridiem |= meridiem;
        match (parts.days(false), parts.days(true)) {
            (Some(month_first), Some(day_first)) if month_first != day_first => {
                self.doubtful = true;
                let (month, day) = self.latest.unwrap_or((i64::MIN, i64::MIN));
                self.latest = Some((month.max(month_first), day.max(day_first)));
            }
            (Some(_), None) => self.month_first = self.month_first.saturating_add(1),
            (None, Some(_)) => self.day_first = self.day_first.saturating_add(1),
            _ => {}
        }
    }

    /// Whether the day comes first, and what tells it. Where both orders are proven, nothing tells of
    /// those dates that allow both.
    fn settle(&self, modified: Option<i64>) -> (bool, Told) {
        let past = |days: i64| modified.is_some_and(|modified| days - 1 > modified.div_euclid(DAY));
        let (month, day) = self.latest.unwrap_or_default();
        match (self.day_first, self.month_first) {
            (0, 0) if !self.doubtful => (false, Told::Line),
            (0, 0) if past(month) != past(day) => (past(month), Told::FileDate),
            (0, 0) => (!self.meridiem, Told::Assumed),
            (_, 0) => (true, Told::Line),
            (0, _) => (false, Told::Line),
            (day_first, month_first) => (day_first > month_first, Told::Assumed),
        }
    }
}

/// How far clocks on earth are from UTC.
const OFFSETS: std::ops::RangeInclusive<i64> = -12 * HOUR..=14 * HOUR;

/// What ids that hold their time say of the offset from UTC, in order of arrival.
#[derive(Clone, Debug, Default)]
struct Offsets {
    stretches: Vec<Stretch>,
    /// An offset that was seen once: an id that was logged late, unless the next one agrees.
    doubtful: Option<Stretch>,
}

/// Ids that agree on one offset.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// Seconds east of UTC.
    offset: i32,
    /// The instants of its first and last id.
    first: i64,
    last: i64,
    ids: u32,
}

impl Offsets {
    /// Takes one difference, and gives the step in seconds from the offset before.
    fn note(&mut self, difference: i64, opened: i64) -> Option<i32> {
        /// More than any log has; what comes beyond is left out.
        const MOST: usize = 256;
        const QUARTER: i64 = 15 * MINUTE;
        let quarters = difference.saturating_add(QUARTER / 2).div_euclid(QUARTER);
        let offset = quarters.saturating_mul(QUARTER);
        // An id is logged when it is opened, or soon after it by a host whose clock is nearly right.
        let late = difference.saturating_sub(offset);
        if !OFFSETS.contains(&offset) || !(-MINUTE..=3 * MINUTE).contains(&late) {
            return None;
        }
        let mut seen = Stretch {
            offset: (offset / SECOND) as i32,
            first: opened,
            last: opened,
            ids: 1,
        };
        let Some(stretch) = self.stretches.last_mut() else {
            self.stretches.push(seen);
            return None;
        };
        let step = seen.offset - stretch.offset;
        if step == 0 {
            self.doubtful = None;
            if opened == stretch.last {
                return None;
            }
            stretch.ids = stretch.ids.saturating_add(1);
            if (stretch.last.saturating_sub(7 * DAY)..=stretch.last.saturating_add(7 * DAY))
                .contains(&opened)
            {
                stretch.first = stretch.first.min(opened);
                stretch.last = stretch.last.max(opened);
                return None;
            }
            // Another log behind this one: what lies between the two is not known.
            seen.ids = stretch.ids;
        } else if let Some(doubtful) = self.doubtful.filter(|other| {
            // A second line of the same id is no second witness.
            other.offset == seen.offset && other.first != opened
        }) {
            self.doubtful = None;
            seen.first = doubtful.first.min(opened);
            seen.last = doubtful.first.max(opened);
            seen.ids = 2;
        } else {
            self.doubtful = Some(seen);
            return Some(step);
        }
        if self.stretches.len() < MOST {
            self.stretches.push(seen);
        }
        Some(step)
    }

    /// The zone that the ids speak for; `None` where there are none.
    ///
    /// `assumed` is asked only when the clocks were changed, where no id says it to the minute.
    fn zone(&self, assumed: &Zone) -> Option<Zone> {
        let sure = self.stretches.iter().any(|stretch| stretch.ids > 1);
        let stretches = self.stretches.iter().copied();
        let mut stretches: Vec<Stretch> = stretches
            .filter(|stretch| !sure || stretch.ids > 1)
            .collect();
        stretches.sort_by_key(|stretch| (stretch.first, stretch.last, stretch.offset));
        let first = stretches.first()?;
        let mut zone = Zone::fixed(&offset_name(first.offset), first.offset);
        let (mut offset, mut last) = (first.offset, first.last);
        for stretch in stretches {
            if stretch.offset != offset {
                let at = transition(last, &stretch, assumed);
                offset = stretch.offset;
                zone.transitions.push((at, offset));
                let name = offset_name(offset);
                if !zone.name.contains(&name) {
                    zone.name = format!("{} and {name}", zone.name);
                }
            }
            last = last.max(stretch.last);
        }
        zone.transitions.sort_by_key(|(at, _)| *at);
        Some(zone)
    }
}

/// When the clocks were changed, in seconds UTC: after the last id before, not after the first of
/// `next`. Clocks are changed on the hour.
fn transition(before: i64, next: &Stretch, assumed: &Zone) -> i64 {
    let (before, first) = (before.div_euclid(SECOND), next.first.div_euclid(SECOND));
    let between =
        |(at, offset): &&(i64, i32)| *at > before && *at <= first && *offset == next.offset;
    let known = assumed.transitions.iter().find(between);
    let hour = (before / 3600 + 1) * 3600;
    known.map_or(hour.min(first), |(at, _)| *at)
}

/// Microseconds since the first of January in a leap year.
fn place_in_year(month: u8, day: u8, micros: i64) -> i64 {
    const DAYS_BEFORE: [i64; 12] = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
    let month = usize::from(month.clamp(1, 12)) - 1;
    let before = DAYS_BEFORE.get(month).copied().unwrap_or(0);
    // A leap second, 23:59:60, is the second before it once more.
    let micros = if micros >= DAY {
        micros - SECOND
    } else {
        micros
    };
    (before + i64::from(day.clamp(1, 31)) - 1) * DAY + micros.clamp(0, DAY - 1)
}

/// Civil time since 1970 of a place on the line of leap years that begins with `first_year`.
fn civil(first_year: i32, place: i64) -> i64 {
    let year = first_year.saturating_add(place.div_euclid(YEAR) as i32);
    let in_year = place.rem_euclid(YEAR);
    let new_year = NaiveDate::from_yo_opt(year, 1).unwrap_or_default();
    // Without a 29 February, that day is the first of March.
    let days = new_year.to_epoch_days() as i64;
    let skipped = i64::from(!new_year.leap_year() && in_year / DAY > LEAP_DAY);
    (days - skipped) * DAY + in_year
}

/// The year in which a place in the year is nearest to an instant.
fn nearest_year(place: i64, instant: i64) -> i32 {
    let year = year_of(instant);
    let off = |year: &i32| civil(*year, place).abs_diff(instant);
    (year.saturating_sub(1)..=year.saturating_add(1))
        .min_by_key(off)
        .unwrap_or(year)
}

fn year_of(instant: i64) -> i32 {
    DateTime::from_timestamp_micros(instant).map_or(1970, |time| time.year())
}

fn is_leap_year(year: i32) -> bool {
    NaiveDate::from_ymd_opt(year, 2, 29).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> i64 {
        let time = DateTime::parse_from_rfc3339(text).unwrap();
        time.timestamp_micros()
    }

    fn shown(instant: i64) -> String {
        let time = DateTime::from_timestamp_micros(instant).unwrap();
        time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// `Sep  4 08:12:44`, `2026 Sep 4 08:12:44` or RFC 3339.
    fn stamp(text: &str) -> Stamp {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Stamp::Instant(time.timestamp_micros());
        }
        if let Ok(time) = chrono::NaiveDateTime::parse_from_str(text, "%Y %b %d %H:%M:%S") {
            return Stamp::Civil(time.and_utc().timestamp_micros());
        }
        let leap = format!("2024 {text}");
        let time = chrono::NaiveDateTime::parse_from_str(&leap, "%Y %b %d %H:%M:%S").unwrap();
        Stamp::Yearless {
            month: time.month() as u8,
            day: time.day() as u8,
            micros: time.and_utc().timestamp_micros().rem_euclid(DAY),
        }
    }

    fn berlin() -> Zone {
        let changes = [
            ("2025-03-30T01:00:00Z", 7200),
            ("2025-10-26T01:00:00Z", 3600),
            ("2026-03-29T01:00:00Z", 7200),
            ("2026-10-25T01:00:00Z", 3600),
        ];
        Zone {
            name: "Europe/Berlin".into(),
            base: 3600,
            transitions: changes
                .map(|(at, offset)| (utc(at) / SECOND, offset))
                .to_vec(),
        }
    }

    /// Lines, each with the instant of its id if it has one.
    fn read(lines: &[(&str, &str)]) -> (Tracker, Vec<(TimeForm, i64)>) {
        let mut tracker = Tracker::default();
        let stored = lines.iter().map(|(text, opened)| {
            let opened = (!opened.is_empty()).then(|| utc(opened));
            tracker.note(stamp(text), opened)
        });
        let stored = stored.collect();
        (tracker, stored)
    }

    fn instants(lines: &[(&str, &str)], modified: Option<&str>, assumed: &Zone) -> Vec<String> {
        let (tracker, stored) = read(lines);
        let clock = tracker.settle(modified.map(utc), None, assumed);
        let instant = |(form, stored): &(TimeForm, i64)| shown(clock.instant(*form, *stored));
        stored.iter().map(instant).collect()
    }

    fn plain<'a>(lines: &[&'a str]) -> Vec<(&'a str, &'a str)> {
        lines.iter().map(|line| (*line, "")).collect()
    }

    #[test]
    fn zones_are_read_from_a_few_words() {
        for (text, name, offset) in [
            ("UTC", "UTC", 0),
            ("+02:00", "+02:00", 7200),
            ("-0330", "-03:30", -12_600),
            ("+2", "+02:00", 7200),
        ] {
            assert_eq!(Zone::parse(text), Some(Zone::fixed(name, offset)), "{text}");
        }
        for text in [
            "", "2", "+", "+15", "+02:60", "+02:0", "+020", "Berlin", "+é1", "++2", "+-2",
        ] {
            assert_eq!(Zone::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_repeated_hour_has_two_instants_and_a_skipped_one_has_one() {
        let zone = berlin();
        let civil = |text: &str| utc(&format!("{text}Z"));
        for (text, again, want) in [
            ("2026-10-25T01:59:59", false, "2026-10-24T23:59:59Z"),
            ("2026-10-25T02:30:00", false, "2026-10-25T00:30:00Z"),
            ("2026-10-25T02:30:00", true, "2026-10-25T01:30:00Z"),
            ("2026-10-25T03:00:00", true, "2026-10-25T02:00:00Z"),
            ("2026-03-29T01:59:59", false, "2026-03-29T00:59:59Z"),
            ("2026-03-29T02:30:00", false, "2026-03-29T01:30:00Z"),
            ("2026-03-29T03:00:00", false, "2026-03-29T01:00:00Z"),
            ("2020-07-01T12:00:00", true, "2020-07-01T11:00:00Z"),
        ] {
            assert_eq!(
                shown(zone.instant(civil(text), again)),
                want,
                "{text} {again}"
            );
        }
        assert_eq!(zone.offset(utc("2026-10-25T00:59:59Z")), 7200);
        assert_eq!(zone.offset(utc("2026-10-25T01:00:00Z")), 3600);
        assert_eq!(zone.offset(utc("2001-01-01T00:00:00Z")), 3600);
    }

    #[test]
    fn the_file_s_date_gives_the_last_line_s_year() {
        let lines = plain(&[
            "Dec 30 10:00:00",
            "Dec 31 23:59:59",
            "Jan  1 00:00:00",
            "Dec 31 23:59:58",
            "Jan  2 00:00:00",
        ]);
        let want = [
            "2025-12-30T10:00:00Z",
            "2025-12-31T23:59:59Z",
            "2026-01-01T00:00:00Z",
            "2025-12-31T23:59:58Z",
            "2026-01-02T00:00:00Z",
        ];
        for modified in [
            "2026-01-02T00:00:01Z",
            "2026-01-01T20:00:00Z",
            "2026-11-03T00:00:00Z",
        ] {
            assert_eq!(
                instants(&lines, Some(modified), &Zone::utc()),
                want,
                "{modified}"
            );
        }
        let early = instants(&lines, Some("2025-12-31T20:00:00Z"), &Zone::utc());
        assert_eq!(early[4], "2025-01-02T00:00:00Z", "more than a day after it");
        let eve = instants(
            &plain(&["Jan  1 01:20:00"]),
            Some("2025-12-31T23:30:00Z"),
            &berlin(),
        );
        assert_eq!(eve, ["2026-01-01T00:20:00Z"]);
    }

    #[test]
    fn newest_first_is_a_step_back_and_no_new_year() {
        let lines = plain(&[
            "Jan  4 06:00:00",
            "Jan  9 06:00:00",
            "Dec 28 06:00:00",
            "Jan  4 05:59:00",
            "Dec 21 06:00:00",
            "Dec 28 05:59:00",
        ]);
        let want = [
            "2026-01-04T06:00:00Z",
            "2026-01-09T06:00:00Z",
            "2025-12-28T06:00:00Z",
            "2026-01-04T05:59:00Z",
            "2025-12-21T06:00:00Z",
            "2025-12-28T05:59:00Z",
        ];
        assert_eq!(
            instants(&lines, Some("2026-01-09T07:00:00Z"), &Zone::utc()),
            want
        );
    }

    #[test]
    fn february_29_falls_in_a_leap_year() {
        let lines = plain(&[
            "Dec 31 12:00:00",
            "Feb 28 12:00:00",
            "Feb 29 12:00:00",
            "Mar  1 12:00:00",
        ]);
        let want = [
            "2023-12-31T12:00:00Z",
            "2024-02-28T12:00:00Z",
            "2024-02-29T12:00:00Z",
            "2024-03-01T12:00:00Z",
        ];
        for modified in ["2024-03-01T13:00:00Z", "2026-11-24T00:00:00Z"] {
            assert_eq!(instants(&lines, Some(modified), &Zone::utc()), want);
        }
        assert_eq!(
            instants(&lines, None, &Zone::utc())[2],
            "1968-02-29T12:00:00Z"
        );
        let (tracker, stored) = read(&lines);
        let mut clock = tracker.settle(Some(utc("2024-03-01T13:00:00Z")), None, &Zone::utc());
        clock.year = 2024;
        let moved: Vec<String> = stored
            .iter()
            .map(|(form, stored)| shown(clock.instant(*form, *stored)))
            .collect();
        assert_eq!(moved[2..], ["2025-03-01T12:00:00Z", "2025-03-01T12:00:00Z"]);
    }

    #[test]
    fn ids_tell_year_and_offset() {
        let lines = [
            ("Sep  4 08:00:00", ""),
            ("Sep  4 08:12:44", "2019-09-04T06:12:44.190Z"),
            ("Sep  4 08:13:00", ""),
            ("Sep  4 08:14:00", "2019-09-04T06:13:59.900Z"),
        ];
        let (tracker, stored) = read(&lines);
        let clock = tracker.settle(Some(utc("2026-11-24T00:00:00Z")), None, &Zone::utc());
        let want = Clock {
            year: 2019,
            year_told: Told::Ids,
            zone: Zone::fixed("+02:00", 7200),
            zone_told: Told::Ids,
            day_first: false,
            day_first_told: Told::Line,
        };
        assert_eq!(clock, want);
        assert_eq!(
            shown(clock.instant(stored[0].0, stored[0].1)),
            "2019-09-04T06:00:00Z"
        );
        assert!(tracker.lacks_year() && tracker.lacks_zone());
    }

    #[test]
    fn an_id_that_was_logged_late_does_not_move_the_zone() {
        let lines = [
            ("Sep  4 08:12:00", "2026-09-04T04:12:00Z"),
            ("Sep  4 08:12:10", "2026-09-04T06:12:10Z"),
            ("Sep  4 08:12:15", "2026-09-04T06:12:15Z"),
            ("Sep  4 08:12:20", "2026-09-04T05:42:00Z"),
            ("Sep  4 08:12:20", "2026-09-04T05:42:00Z"),
            ("Sep  4 08:12:30", "2026-09-04T06:12:30Z"),
            ("Sep  4 08:12:40", "2026-09-04T05:19:00Z"),
            ("Sep  4 08:12:50", "2026-09-04T05:19:20Z"),
            ("Sep  4 08:13:00", "2026-09-04T21:28:00Z"),
            ("Sep  4 08:13:10", "2026-09-04T21:28:10Z"),
        ];
        let (tracker, _) = read(&lines);
        let clock = tracker.settle(None, None, &Zone::utc());
        assert_eq!(clock.zone, Zone::fixed("+02:00", 7200));
    }

    #[test]
    fn ids_tell_when_the_clocks_were_changed() {
        let lines = [
            ("Oct 25 01:50:00", "2026-10-24T23:50:00Z"),
            ("Oct 25 02:20:00", "2026-10-25T00:20:00Z"),
            ("Oct 25 02:58:00", ""),
            ("Oct 25 02:01:00", ""),
            ("Oct 25 02:20:00", "2026-10-25T01:20:00Z"),
            ("Oct 25 02:59:00", ""),
            ("Oct 25 03:20:00", "2026-10-25T02:20:00Z"),
        ];
        let want = [
            "2026-10-24T23:50:00Z",
            "2026-10-25T00:20:00Z",
            "2026-10-25T00:58:00Z",
            "2026-10-25T01:01:00Z",
            "2026-10-25T01:20:00Z",
            "2026-10-25T01:59:00Z",
            "2026-10-25T02:20:00Z",
        ];
        assert_eq!(instants(&lines, None, &Zone::utc()), want);
        let spring = [
            ("Mar 29 01:50:00", "2026-03-29T00:50:00Z"),
            ("Mar 29 01:59:00", "2026-03-29T00:59:00Z"),
            ("Mar 29 03:01:00", ""),
            ("Mar 29 03:02:00", "2026-03-29T01:02:00Z"),
            ("Mar 29 03:03:00", "2026-03-29T01:03:00Z"),
        ];
        assert_eq!(
            instants(&spring, None, &Zone::utc())[2],
            "2026-03-29T01:01:00Z"
        );
        let (tracker, _) = read(&spring);
        assert_eq!(
            tracker.settle(None, None, &Zone::utc()).zone.name,
            "+01:00 and +02:00"
        );
    }

    #[test]
    fn a_quiet_night_takes_the_minute_of_the_change_from_the_assumed_zone() {
        let lines = [
            ("Oct 24 20:00:00", "2026-10-24T18:00:00Z"),
            ("Oct 24 20:01:00", "2026-10-24T18:01:00Z"),
            ("Oct 25 01:30:00", ""),
            ("Oct 25 08:00:00", "2026-10-25T07:00:00Z"),
            ("Oct 25 08:01:00", "2026-10-25T07:01:00Z"),
        ];
        assert_eq!(instants(&lines, None, &berlin())[2], "2026-10-24T23:30:00Z");
    }

    #[test]
    fn years_apart_are_told_by_their_ids() {
        let lines = [
            ("Mar  3 08:00:00", "2024-03-03T08:00:00Z"),
            ("Mar  3 08:01:00", "2024-03-03T08:01:00Z"),
            ("Mar  4 08:00:00", "2026-03-04T08:00:00Z"),
            ("Mar  4 08:01:00", ""),
        ];
        let given = instants(&lines, Some("2026-11-24T00:00:00Z"), &Zone::utc());
        assert_eq!(given[1], "2024-03-03T08:01:00Z");
        assert_eq!(given[3], "2026-03-04T08:01:00Z");
    }

    #[test]
    fn lines_with_a_year_tell_it_to_those_without() {
        let want = [
            "2023-12-31T23:00:00Z",
            "2024-01-01T01:00:00Z",
            "2024-01-01T02:00:00Z",
        ];
        let new_form_last = plain(&["Dec 31 23:00:00", "Jan  1 01:00:00", "2024-01-01T02:00:00Z"]);
        let new_form_first = plain(&["2023-12-31T23:00:00Z", "Jan  1 01:00:00", "Jan  1 02:00:00"]);
        let civil_last = plain(&["Dec 31 23:00:00", "Jan  1 01:00:00", "2024 Jan 1 02:00:00"]);
        for lines in [new_form_last, new_form_first, civil_last] {
            assert_eq!(
                instants(&lines, Some("2026-11-24T00:00:00Z"), &Zone::utc()),
                want
            );
            let (tracker, _) = read(&lines);
            let clock = tracker.settle(None, None, &Zone::utc());
            assert_eq!(clock.year_told, Told::Line);
        }
        let (tracker, _) = read(&plain(&["2024-01-01T02:00:00Z"]));
        let clock = tracker.settle(None, None, &berlin());
        assert_eq!((clock.zone_told, clock.year_told), (Told::Line, Told::Line));
        assert!(!tracker.lacks_year() && !tracker.lacks_zone());
    }

    #[test]
    fn the_hour_that_comes_twice_keeps_the_file_s_order() {
        for year in ["", "2026 "] {
            let lines = [
                "01:58", "02:05", "02:40", "02:10", "02:09", "02:50", "03:10", "02:59",
            ];
            let lines = lines.map(|time| format!("{year}Oct 25 {time}:00"));
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let given = instants(&plain(&lines), Some("2026-10-25T03:00:00Z"), &berlin());
            let want = [
                "23:58", "00:05", "00:40", "01:10", "01:09", "01:50", "02:10", "01:59",
            ];
            let times: Vec<&str> = given.iter().map(|time| &time[11..16]).collect();
            assert_eq!(times, want);
        }
    }

    #[test]
    fn a_tail_settles_the_year_early() {
        let lines = plain(&["Nov  3 10:00:00", "Dec 30 10:00:00", "Jan  2 10:00:00"]);
        let modified = Some(utc("2026-01-02T10:00:01Z"));
        let whole = read(&lines).0.settle(modified, None, &Zone::utc());
        assert_eq!((whole.year, whole.year_told), (2025, Told::FileDate));
        for read_so_far in 1..=3 {
            let (tracker, _) = read(&lines[..read_so_far]);
            let early = tracker.settle(modified, Some(stamp("Jan  2 10:00:00")), &Zone::utc());
            assert_eq!(early, whole, "after {read_so_far}");
        }
    }

    #[test]
    fn without_any_evidence_the_year_is_assumed() {
        let (tracker, _) = read(&plain(&["Nov  3 10:00:00"]));
        let clock = tracker.settle(None, None, &berlin());
        assert_eq!((clock.year, clock.year_told), (1970, Told::Assumed));
        assert_eq!((clock.zone, clock.zone_told), (berlin(), Told::Assumed));
    }

    /// `9/5/2026 6:10:13 PM`, UTC; with a time of 24 hours, `9/5/2026 18:10:13`.
    fn slashed(text: &str) -> Stamp {
        let mut words = text.split(' ');
        let parts: Vec<u16> = words
            .next()
            .unwrap()
            .split('/')
            .map(|part| part.parse().unwrap())
            .collect();
        let time: Vec<i64> = words
            .next()
            .unwrap()
            .split(':')
            .map(|part| part.parse().unwrap())
            .collect();
        let meridiem = words.next();
        let hour = match meridiem {
            Some("PM") => time[0] % 12 + 12,
            Some(_) => time[0] % 12,
            None => time[0],
        };
        Stamp::Slashed {
            first: parts[0] as u8,
            second: parts[1] as u8,
            year: parts[2].into(),
            micros: ((hour * 60 + time[1]) * 60 + time[2]) * SECOND,
            meridiem: meridiem.is_some(),
            utc: true,
        }
    }

    /// The instants of such dates, and how their order was found.
    fn ordered(dates: &[&str], modified: Option<&str>) -> (Vec<String>, Told) {
        let mut tracker = Tracker::default();
        let stored: Vec<_> = dates
            .iter()
            .map(|date| tracker.note(slashed(date), None))
            .collect();
        let clock = tracker.settle(modified.map(utc), None, &Zone::fixed("+02:00", 7200));
        let instants = stored
            .iter()
            .map(|(form, stored)| shown(clock.instant(*form, *stored)));
        (instants.collect(), clock.day_first_told)
    }

    #[test]
    fn a_part_above_twelve_decides_for_all_dates() {
        let (dates, told) = ordered(&["9/5/2026 6:10:13 PM", "13/5/2026 12:00:00 AM"], None);
        assert_eq!(dates, ["2026-05-09T18:10:13Z", "2026-05-13T00:00:00Z"]);
        assert_eq!(told, Told::Line);
        let (dates, told) = ordered(&["09/05/2026 18:10:13", "09/13/2026 12:00:00"], None);
        assert_eq!(dates, ["2026-09-05T18:10:13Z", "2026-09-13T12:00:00Z"]);
        assert_eq!(told, Told::Line);
    }

    #[test]
    fn without_proof_the_hours_suggest_an_order() {
        let (dates, told) = ordered(&["9/5/2026 6:10:13 PM", "9/6/2026 12:00:00 PM"], None);
        assert_eq!(dates, ["2026-09-05T18:10:13Z", "2026-09-06T12:00:00Z"]);
        assert_eq!(told, Told::Assumed);
        let (dates, told) = ordered(&["09/05/2026 18:10:13"], None);
        assert_eq!(dates, ["2026-05-09T18:10:13Z"]);
        assert_eq!(told, Told::Assumed);
        // The same day in both orders leaves nothing to tell.
        let (dates, told) = ordered(&["5/5/2026 6:10:13 PM"], None);
        assert_eq!(dates, ["2026-05-05T18:10:13Z"]);
        assert_eq!(told, Told::Line);
    }

    #[test]
    fn no_date_is_later_than_its_file() {
        let file = Some("2026-05-10T00:00:00Z");
        let (dates, told) = ordered(&["9/5/2026 6:10:13 PM"], file);
        assert_eq!(dates, ["2026-05-09T18:10:13Z"]);
        assert_eq!(told, Told::FileDate);
        let (_, told) = ordered(&["9/5/2026 6:10:13 PM"], Some("2026-10-10T00:00:00Z"));
        assert_eq!(told, Told::Assumed);
    }

    #[test]
    fn dates_that_contradict_each_other_keep_what_each_allows() {
        let dates = [
            "13/5/2026 01:00:00",
            "14/5/2026 01:00:00",
            "5/13/2026 01:00:00",
            "9/5/2026 01:00:00",
        ];
        let (read, told) = ordered(&dates, None);
        let want = [
            "2026-05-13T01:00:00Z",
            "2026-05-14T01:00:00Z",
            "2026-05-13T01:00:00Z",
            "2026-05-09T01:00:00Z",
        ];
        assert_eq!(read, want);
        assert_eq!(told, Told::Assumed);
    }

    #[test]
    fn a_corrected_order_moves_what_was_stored() {
        let mut tracker = Tracker::default();
        let (form, stored) = tracker.note(slashed("12/31/1969 11:00:00 PM"), None);
        let (doubtful, stored_doubtful) = tracker.note(slashed("1/2/2026 1:00:00 AM"), None);
        assert!(tracker.lacks_order() && !tracker.lacks_zone() && !tracker.mixes_orders());
        let mut clock = tracker.settle(None, None, &Zone::utc());
        assert_eq!(shown(clock.instant(form, stored)), "1969-12-31T23:00:00Z");
        assert_eq!(
            shown(clock.instant(doubtful, stored_doubtful)),
            "2026-01-02T01:00:00Z"
        );
        clock.day_first = true;
        assert_eq!(shown(clock.instant(form, stored)), "1969-12-31T23:00:00Z");
        assert_eq!(
            shown(clock.instant(doubtful, stored_doubtful)),
            "2026-02-01T01:00:00Z"
        );
    }

    #[test]
    fn a_host_s_own_clock_has_its_hour_twice() {
        let date = |text: &str| match slashed(text) {
            Stamp::Slashed {
                first,
                second,
                year,
                micros,
                meridiem,
                ..
            } => Stamp::Slashed {
                first,
                second,
                year,
                micros,
                meridiem,
                utc: false,
            },
            stamp => stamp,
        };
        let mut tracker = Tracker::default();
        let stored: Vec<_> = ["10/25/2026 02:59:00", "10/25/2026 02:10:00"]
            .map(|text| tracker.note(date(text), None))
            .to_vec();
        let clock = tracker.settle(None, None, &berlin());
        assert!(tracker.lacks_zone());
        let instants: Vec<String> = stored
            .iter()
            .map(|(form, stored)| shown(clock.instant(*form, *stored)))
            .collect();
        assert_eq!(instants, ["2026-10-25T00:59:00Z", "2026-10-25T01:10:00Z"]);
    }

    fn any_stamp() -> impl Strategy<Value = Stamp> {
        prop_oneof![
            (
                any::<u8>(),
                any::<u8>(),
                any::<i32>(),
                any::<i64>(),
                any::<bool>()
            )
                .prop_map(|(first, second, year, micros, utc)| Stamp::Slashed {
                    first,
                    second,
                    year,
                    micros,
                    meridiem: !utc,
                    utc
                }),
            any::<i64>().prop_map(Stamp::Instant),
            any::<i64>().prop_map(Stamp::Civil),
            (any::<u8>(), any::<u8>(), any::<i64>())
                .prop_map(|(month, day, micros)| Stamp::Yearless { month, day, micros }),
            (1..13u8, 1..32u8, 0..DAY).prop_map(|(month, day, micros)| Stamp::Yearless {
                month,
                day,
                micros
            }),
        ]
    }

    proptest! {
        #[test]
        fn nothing_panics(
            lines in prop::collection::vec((any_stamp(), any::<Option<i64>>()), 0..40),
            modified in any::<Option<i64>>(),
            tail in prop::option::of(any_stamp()),
            base in any::<i32>(),
            year in any::<i32>(),
            stored in any::<i64>(),
            transitions in prop::collection::vec((any::<i64>(), any::<i32>()), 0..4),
        ) {
            let mut tracker = Tracker::default();
            let zone = Zone { name: String::new(), base, transitions };
            let stored = lines.iter().map(|(stamp, opened)| tracker.note(*stamp, *opened)).chain([
                (TimeForm::Civil, stored),
                (TimeForm::Yearless, stored),
                (TimeForm::Slashed, stored),
                (TimeForm::SlashedUtc, stored),
            ]);
            let stored: Vec<_> = stored.collect();
            for clock in [
                tracker.settle(modified, tail, &zone),
                Clock { year, year_told: Told::Person, zone: zone.clone(), zone_told: Told::Person, day_first: true, day_first_told: Told::Person },
            ] {
                for (form, stored) in &stored {
                    clock.instant(*form, *stored);
                }
            }
        }

        /// A log of a year and more, cut anywhere: each part says what the whole says.
        #[test]
        fn a_log_cut_anywhere_keeps_its_instants(
            start in 1_600_000_000..1_900_000_000i64,
            steps in prop::collection::vec(1..(40 * 86_400i64), 4..30),
            cut in 1..29usize,
        ) {
            let times: Vec<i64> = steps
                .iter()
                .scan(start, |at, step| { *at += step; Some(*at * SECOND) })
                .collect();
            let cut = cut.min(times.len() - 1);
            let line = |utc: i64| {
                let local = utc + 2 * HOUR;
                let time = DateTime::from_timestamp_micros(local).unwrap();
                let micros = local.rem_euclid(DAY);
                (Stamp::Yearless { month: time.month() as u8, day: time.day() as u8, micros }, utc)
            };
            let instants = |times: &[i64]| -> Vec<i64> {
                let mut tracker = Tracker::default();
                let stored: Vec<_> = times.iter().map(|utc| {
                    let (stamp, utc) = line(*utc);
                    tracker.note(stamp, Some(utc).filter(|utc| utc % 3 != 0))
                }).collect();
                let clock = tracker.settle(times.last().copied(), None, &Zone::fixed("+02:00", 7200));
                stored.iter().map(|(form, stored)| clock.instant(*form, *stored)).collect()
            };
            prop_assert_eq!(&instants(&times), &times);
            prop_assert_eq!([instants(&times[..cut]), instants(&times[cut..])].concat(), times);
        }
    }
}
