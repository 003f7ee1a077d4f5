//! What the person knows better than a log tells.
//!
//! A correction changes the record of a source and nothing else; the events are read by the clocks that
//! stand there, so the file is not needed again.

use serde::{Deserialize, Serialize};

use super::{HostClock, Record, remarks};
use crate::time::{Told, Zone};

/// What is to be set for one host of a source. `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// What the host is to be called; empty for what its lines call it.
    pub name: Option<String>,
    /// The year of the host's first line.
    pub year: Option<i32>,
    pub zone: Option<Zone>,
    /// Whether dates such as 3/4/2026 begin with the day.
    pub day_first: Option<bool>,
}

/// The years that a log can be of: there was no mail as we know it before.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2100;
/// The longest name of a host (RFC 1035 2.3.4).
const NAME: usize = 255;

impl Record {
    /// Sets what a correction says of a host, as its lines name it, or says in a sentence why not; then
    /// nothing is changed.
    pub fn correct(&mut self, host: &str, correction: &Correction) -> Result<(), String> {
        let Some(at) = self.clocks.iter().position(|clock| clock.host == host) else {
            return Err(format!("No line of it is of a host “{host}”."));
        };
        let before = remarks::of_clocks(&self.clocks);
        if let Some(clock) = self.clocks.get_mut(at) {
            *clock = clock.corrected(correction)?;
        }
        // What was said of the clocks is true no more.
        let place = self.remarks.iter().position(|one| before.contains(one));
        self.remarks.retain(|remark| !before.contains(remark));
        let place = place.unwrap_or(self.remarks.len());
        let after = remarks::of_clocks(&self.clocks);
        self.remarks.splice(place..place, after);
        Ok(())
    }
}

impl HostClock {
    /// What the host is called: by the person, else by its lines.
    pub fn name(&self) -> &str {
        match self.given_name.as_str() {
            "" => &self.host,
            given => given,
        }
    }

    fn corrected(&self, correction: &Correction) -> Result<HostClock, String> {
        let mut host = self.clone();
        let clock = &mut host.clock;
        if let Some(year) = correction.year {
            if !self.lacks_year {
                return Err("Its lines tell their year themselves.".to_owned());
            }
            if !YEARS.contains(&year) {
                let (first, last) = (YEARS.start(), YEARS.end());
                return Err(format!(
                    "{year} is no year of a mail log: name one from {first} to {last}."
                ));
            }
            (clock.year, clock.year_told) = (year, Told::Person);
        }
        if let Some(zone) = &correction.zone {
            if !self.lacks_zone {
                return Err("Its lines tell their zone themselves.".to_owned());
            }
            (clock.zone, clock.zone_told) = (zone.clone(), Told::Person);
        }
        if let Some(day_first) = correction.day_first {
            if !self.lacks_order {
                return Err(
                    "Its lines leave no doubt which is the day and which the month.".into(),
                );
            }
            (clock.day_first, clock.day_first_told) = (day_first, Told::Person);
        }
        if let Some(name) = &correction.name {
            let name = name.trim();
            if name.len() > NAME || name.contains(|letter: char| letter.is_control()) {
                return Err("That is no name of a host.".to_owned());
            }
            host.given_name = match name == self.host {
                true => String::new(),
                false => name.to_owned(),
            };
        }
        Ok(host)
    }
}
