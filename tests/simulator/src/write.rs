//! Facts to lines, each exactly as the system writes it: a file for every format.
//!
//! Written from formats.md and the vendors' documents, never from the library's parsers.

pub mod exchange_export;
pub mod exchange_tracking;
pub mod online;
pub mod postfix;
pub mod spamd;

use crate::calendar::{Time, civil};
use crate::fact::{Service, What};
use crate::world::Host;

/// What is written at once; kept, so that no line allocates.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub text: Vec<u8>,
}

impl Line {
    pub fn push(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    pub fn pushes(&mut self, parts: &[&str]) {
        for part in parts {
            self.push(part);
        }
    }

    /// A number in decimal.
    pub fn number(&mut self, value: u64) {
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut value = value;
        loop {
            at -= 1;
            if let Some(digit) = digits.get_mut(at) {
                *digit = b'0' + (value % 10) as u8;
            }
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.text.extend_from_slice(digits.get(at..).unwrap_or(&[]));
    }

    /// A number in decimal with leading zeros.
    pub fn padded(&mut self, value: i64, width: usize) {
        let value = value.unsigned_abs();
        let mut least = 10u64.pow(width.saturating_sub(1) as u32);
        while least > 1 && value < least {
            self.text.push(b'0');
            least /= 10;
        }
        self.number(value);
    }

    /// `2026-09-14T08:12:44.190`, with so many digits of the second.
    pub fn date_time(&mut self, at: Time, digits: usize) {
        let now = civil(at);
        self.padded(now.year, 4);
        for (before, value) in [
            ("-", now.month),
            ("-", now.day),
            ("T", now.hour),
            (":", now.minute),
            (":", now.second),
        ] {
            self.push(before);
            self.padded(value, 2);
        }
        self.push(".");
        let known = digits.min(6);
        self.padded(now.micros / 10i64.pow(6 - known as u32), known);
        // Nobody's clock is finer than a microsecond.
        for _ in known..digits {
            self.push("0");
        }
    }

    /// `2026-09-14T08:12:44`.
    pub fn seconds(&mut self, at: Time) {
        self.date_time(at, 1);
        self.text.truncate(self.text.len().saturating_sub(2));
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The head of a syslog line, as this host's daemon writes it: RFC 3164, or RFC 3339's date.
pub fn syslog_head(host: &Host, shown: Time, tag: &str, process: u64, line: &mut Line) {
    let offset = host.zone.offset(shown);
    let local = shown + offset;
    if host.has_full_dates {
        line.date_time(local, 6);
        let minutes = offset / crate::calendar::MINUTE;
        line.push("+");
        line.padded(minutes / 60, 2);
        line.push(":");
        line.padded(minutes % 60, 2);
    } else {
        let now = civil(local);
        let month = MONTHS.get(now.month as usize - 1).unwrap_or(&"");
        line.pushes(&[month, if now.day < 10 { "  " } else { " " }]);
        line.number(now.day as u64);
        for (before, value) in [(" ", now.hour), (":", now.minute), (":", now.second)] {
            line.push(before);
            line.padded(value, 2);
        }
    }
    line.pushes(&[" ", host.name, " ", tag, "["]);
    line.number(process);
    line.push("]: ");
}

/// The log's name on the day of this instant.
pub fn file_name(what: &What, is_exported: bool, shown: Time) -> String {
    let day = civil(shown);
    let date = format!("{:04}{:02}{:02}", day.year, day.month, day.day);
    match what {
        What::Queue(_) => format!("mail.log-{date}"),
        What::Transport(_) if is_exported => format!("tracking-{date}.csv"),
        What::Transport(fact) => match fact.service {
            Service::Transport => format!("MSGTRK{date}-1.LOG"),
            Service::Delivery => format!("MSGTRKMD{date}-1.LOG"),
            Service::Submission => format!("MSGTRKMS{date}-1.LOG"),
        },
    }
}

/// What a new log begins with.
pub fn header(what: &What, is_exported: bool, shown: Time) -> String {
    match what {
        What::Transport(_) if is_exported => exchange_export::header(),
        What::Queue(_) => String::new(),
        What::Transport(_) => exchange_tracking::header(shown),
    }
}

/// So many characters of a text.
pub(crate) fn first(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map(|(at, _)| at);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// A comma and a value, in quotes if it must be.
pub(crate) fn field(line: &mut Line, value: &str) {
    line.push(",");
    if value.contains([',', '"', '\n']) {
        line.push("\"");
        for (at, part) in value.split('"').enumerate() {
            line.pushes(&[if at > 0 { "\"\"" } else { "" }, part]);
        }
        line.push("\"");
    } else {
        line.push(value);
    }
}

pub(crate) fn guid(line: &mut Line, value: u128) {
    for at in 0..32 {
        if matches!(at, 8 | 12 | 16 | 20) {
            line.push("-");
        }
        let digit = (value >> (4 * (31 - at)) & 15) as usize;
        line.text.extend(b"0123456789abcdef".get(digit));
    }
}
