//! Syslog's envelope: time, host and program stand before what the program says.
//!
//! Reads the forms that daemons and tools write (formats.md 4.1): BSD (RFC 3164) with the day padded
//! by a space, by a zero or not at all; RFC 3339, as rsyslog has it, and journalctl's `short-iso`;
//! `YYYY Mon DD`; RFC 5424. A file may change its form in the middle, so every line is decided alone.
//! What a program says is for the dialects of [`FORMATS`]; this file knows none of them.

use memchr::memchr2;

use super::scan::{SECOND, clock, cut_at, midnight, month, number, pair};
use super::{Envelope, FORMATS, Format, Line, Reader, Reading, Sink};
use crate::event::Stamp;

/// Splits a line into what syslog says and what the program says; `None` if it is no syslog line.
pub fn envelope(line: &[u8]) -> Option<Envelope<'_>> {
    let line = after_nuls(line);
    match priority(line) {
        Some(rest) => match rest.strip_prefix(b"1 ") {
            Some(rest) => rfc_5424(rest),
            None => plain(rest),
        },
        None => plain(line),
    }
}

/// A reader for a source of syslog lines.
pub fn reader() -> Box<dyn Reader> {
    let dialects = FORMATS.iter().map(|format| (*format, format.reader()));
    Box::new(Syslog {
        dialects: dialects.collect(),
    })
}

struct Syslog {
    dialects: Vec<(&'static dyn Format, Box<dyn Reader>)>,
}

impl Reader for Syslog {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        let Some(envelope) = envelope(line.bytes) else {
            return foreign(line.bytes);
        };
        let speaks = |(format, _): &&mut (&'static dyn Format, _)| format.speaks(envelope.program);
        match self.dialects.iter_mut().find(speaks) {
            Some((_, reader)) => {
                let envelope = Some(envelope);
                reader.line(&Line { envelope, ..*line }, out)
            }
            // Half a line that does not say yet whose it is.
            None if envelope.program.is_empty() && !line.ended => Reading::Unknown,
            None => Reading::Ignored,
        }
    }

    fn finish(&mut self, out: &mut dyn Sink) {
        for (_, reader) in &mut self.dialects {
            reader.finish(out);
        }
    }
}

/// A line without an envelope: only blank ones and journalctl's remarks (`-- Boot 3f… --`) say nothing.
fn foreign(line: &[u8]) -> Reading {
    if line.trim_ascii().is_empty() || line.starts_with(b"-- ") {
        Reading::Ignored
    } else {
        Reading::Unknown
    }
}

/// A machine that lost its power leaves NULs where the line before was to be.
fn after_nuls(line: &[u8]) -> &[u8] {
    let nuls = line.iter().take_while(|byte| **byte == 0).count();
    line.get(nuls..).unwrap_or_default()
}

/// What follows `<22>`.
fn priority(line: &[u8]) -> Option<&[u8]> {
    let (_, rest) = number(line.strip_prefix(b"<")?)?;
    rest.strip_prefix(b">")
}

fn plain(line: &[u8]) -> Option<Envelope<'_>> {
    let (stamp, rest) = stamp(line)?;
    let rest = rest.strip_prefix(b" ")?.trim_ascii_start();
    let (host, rest) = host(rest)?;
    let (program, pid, text) = tag(rest)
        .or_else(|| tag_after_facility(rest))
        .unwrap_or((b"", 0, rest));
    Some(Envelope {
        stamp,
        host,
        program,
        pid,
        text,
    })
}

/// The host; there is none where the tag follows the time at once.
fn host(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (host, rest) = cut_at(text, b' ').unwrap_or((text, b""));
    match host {
        b"" => None,
        [.., b':'] => Some((b"", text)),
        _ => Some((host, rest.trim_ascii_start())),
    }
}

/// `postfix/smtpd[26150]: text` or `dovecot: text`. A colon inside a tag ends it only before a space.
fn tag(text: &[u8]) -> Option<(&[u8], u32, &[u8])> {
    let mut end = 0;
    loop {
        end += memchr2(b':', b'[', text.get(end..)?)?;
        let (program, rest) = text.split_at_checked(end)?;
        if program.is_empty() || program.contains(&b' ') {
            return None;
        }
        match rest {
            [b':', b' ', said @ ..] => return Some((program, 0, message(said))),
            [b':'] => return Some((program, 0, b"")),
            [b'[', rest @ ..] => {
                let (pid, said) = cut_at(rest, b']')?;
                let pid = number(pid).filter(|(_, rest)| rest.is_empty());
                let pid = pid.and_then(|(pid, _)| u32::try_from(pid).ok());
                let said = said.strip_prefix(b":")?;
                return Some((program, pid.unwrap_or(0), message(said)));
            }
            _ => end += 1,
        }
    }
}

/// BusyBox's syslogd puts `mail.info` before the tag.
fn tag_after_facility(text: &[u8]) -> Option<(&[u8], u32, &[u8])> {
    let (facility, rest) = cut_at(text, b' ')?;
    facility.contains(&b'.').then(|| tag(rest))?
}

/// What the program says, less the space before it and the `[ID 197553 mail.info]` of Solaris.
fn message(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let solaris = text.strip_prefix(b"[ID ").and_then(|id| cut_at(id, b']'));
    solaris.map_or(text, |(_, text)| text.trim_ascii_start())
}

/// `TIMESTAMP HOST APP-NAME PROCID MSGID STRUCTURED-DATA MSG` (RFC 5424, section 6).
fn rfc_5424(text: &[u8]) -> Option<Envelope<'_>> {
    let (stamp, rest) = iso(text)?;
    let (host, rest) = cut_at(rest.strip_prefix(b" ")?, b' ')?;
    let (program, rest) = cut_at(rest, b' ')?;
    let (pid, rest) = cut_at(rest, b' ')?;
    let (_message_id, rest) = cut_at(rest, b' ')?;
    let text = after_structured_data(rest)?;
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    Some(Envelope {
        stamp,
        host: said(host),
        program: said(program),
        pid: number(pid)
            .and_then(|(pid, _)| u32::try_from(pid).ok())
            .unwrap_or(0),
        text: message(text),
    })
}

/// RFC 5424 writes `-` for what is not known.
fn said(value: &[u8]) -> &[u8] {
    if value == b"-" { b"" } else { value }
}

/// What follows `-` or `[id name="value"]…`, where values may hold escaped quotes and brackets.
fn after_structured_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut rest = text;
    while let Some(element) = rest.strip_prefix(b"[") {
        let mut escaped = false;
        let end = element.iter().position(|byte| {
            let ends = *byte == b']' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        })?;
        rest = element.get(end + 1..)?;
    }
    (rest.len() < text.len()).then_some(rest)
}

fn stamp(text: &[u8]) -> Option<(Stamp, &[u8])> {
    if text.first()?.is_ascii_digit() {
        iso(text).or_else(|| year_first(text))
    } else {
        bsd(text)
    }
}

/// `Sep  4 08:12:44`, `Sep 04 08:12:44`, `Sep 4 08:12:44`.
fn bsd(text: &[u8]) -> Option<(Stamp, &[u8])> {
    let (month, day, micros, rest) = month_day_clock(text)?;
    // Which years have a 29th of February is for those who know the year.
    midnight(2000, i64::from(month), i64::from(day))?;
    let stamp = Stamp::Yearless { month, day, micros };
    Some((stamp, rest))
}

/// `2026 Sep 04 08:12:44.190`.
fn year_first(text: &[u8]) -> Option<(Stamp, &[u8])> {
    let (year, rest) = year(text)?;
    let (month, day, micros, rest) = month_day_clock(rest.strip_prefix(b" ")?)?;
    let midnight = midnight(year, i64::from(month), i64::from(day))?;
    Some((Stamp::Civil(midnight + micros), rest))
}

fn month_day_clock(text: &[u8]) -> Option<(u8, u8, i64, &[u8])> {
    let (name, rest) = text.split_first_chunk()?;
    let month = month(name)?;
    let (day, rest) = number(rest.strip_prefix(b" ")?.trim_ascii_start())?;
    let (micros, rest) = clock(rest.strip_prefix(b" ")?)?;
    Some((month, u8::try_from(day).ok()?, micros, rest))
}

/// `2026-09-04T08:12:44.190234+02:00`, `…Z`, journalctl's `+0200`, or no zone at all.
fn iso(text: &[u8]) -> Option<(Stamp, &[u8])> {
    let (year, rest) = year(text)?;
    let (&[b'-', m1, m2, b'-', d1, d2, b'T'], rest) = rest.split_first_chunk()? else {
        return None;
    };
    let midnight = midnight(year, pair(m1, m2)?, pair(d1, d2)?)?;
    let (micros, rest) = clock(rest)?;
    let civil = midnight + micros;
    Some(match offset(rest) {
        Some((offset, rest)) => (Stamp::Instant(civil - offset), rest),
        None => (Stamp::Civil(civil), rest),
    })
}

fn year(text: &[u8]) -> Option<(i64, &[u8])> {
    let (&[a, b, c, d], rest) = text.split_first_chunk()?;
    Some((pair(a, b)? * 100 + pair(c, d)?, rest))
}

/// Microseconds east of UTC, and what follows.
fn offset(text: &[u8]) -> Option<(i64, &[u8])> {
    let (sign, rest) = text.split_first()?;
    let sign = match sign {
        b'Z' => return Some((0, rest)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (&[h1, h2], rest) = rest.split_first_chunk()?;
    let (&[m1, m2], rest) = rest
        .strip_prefix(b":")
        .unwrap_or(rest)
        .split_first_chunk()?;
    let minutes = pair(h1, h2)? * 60 + pair(m1, m2)?;
    Some((sign * minutes * 60 * SECOND, rest))
}
