//! Instants: how a time as a line writes it becomes microseconds UTC.
//!
//! A segment keeps what the log said; year and zone belong to the source and each host in it, and are
//! applied when a segment is taken up, so a correction reads nothing again.
//! The library knows no zone but those it is given.

use serde::{Deserialize, Serialize};

use crate::event::Stamp;

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

/// Where a year or a zone came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Told {
    /// Every line states it.
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
    /// The year of ordinal 0, for times without a year.
    pub year: i32,
    pub year_told: Told,
    pub zone: Zone,
    pub zone_told: Told,
}

/// How a stored time is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TimeForm {
    #[default]
    Instant = 0,
    Civil = 1,
    Yearless = 2,
}

impl TimeForm {
    /// The form of a stored code; `None` where a newer build wrote it.
    pub const fn from_code(code: u8) -> Option<TimeForm> {
        match code {
            0 => Some(TimeForm::Instant),
            1 => Some(TimeForm::Civil),
            2 => Some(TimeForm::Yearless),
            _ => None,
        }
    }
}

/// Follows one host's times through a source: orders years, and gathers evidence of year and zone.
#[derive(Clone, Debug, Default)]
pub struct Tracker {}

impl Tracker {
    /// Takes the next line's time and gives what a segment keeps of it.
    ///
    /// `opened` is the instant that the line's id holds, if the line opens an id.
    pub fn note(&mut self, _stamp: Stamp, _opened: Option<i64>) -> (TimeForm, i64) {
        (TimeForm::Instant, 0)
    }

    /// Whether a line so far left out the year.
    pub fn lacks_year(&self) -> bool {
        false
    }

    /// Whether a line so far left out the zone.
    pub fn lacks_zone(&self) -> bool {
        false
    }

    /// The clock that the lines so far speak for.
    ///
    /// `modified` is the file's date in microseconds UTC; `tail` is the last time of the file where it
    /// was looked up ahead of the reading.
    pub fn settle(&self, _modified: Option<i64>, _tail: Option<Stamp>, assumed: &Zone) -> Clock {
        Clock {
            year: 1970,
            year_told: Told::Assumed,
            zone: assumed.clone(),
            zone_told: Told::Assumed,
        }
    }
}

impl Clock {
    /// Microseconds UTC of a stored time.
    pub fn instant(&self, _form: TimeForm, stored: i64) -> i64 {
        stored
    }
}
