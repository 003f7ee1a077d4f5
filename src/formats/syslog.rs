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
            Some((format, reader)) => {
                let envelope = Some(envelope);
                let reading = reader.line(&Line { envelope, ..*line }, out);
                if reading != Reading::Unknown {
                    out.found(format.id());
                }
                reading
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
    let text = message(after_structured_data(rest)?);
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    Some(Envelope {
        stamp,
        host: said(host),
        program: said(program),
        pid: number(pid)
            .and_then(|(pid, _)| u32::try_from(pid).ok())
            .unwrap_or(0),
        text,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::scan::DAY;
    use super::*;

    /// 2026-09-04T00:00:00Z
    const MIDNIGHT: i64 = 20_700 * DAY;
    /// 08:12:44
    const CLOCK: i64 = 29_564 * SECOND;

    fn stamp_of(line: &str) -> Stamp {
        let envelope = envelope(line.as_bytes()).unwrap_or_else(|| panic!("no envelope: {line}"));
        assert_eq!(envelope.host, b"mx1", "{line}");
        assert_eq!(envelope.program, b"postfix/smtpd", "{line}");
        assert_eq!(envelope.pid, 26150, "{line}");
        assert_eq!(envelope.text, b"connect from x", "{line}");
        envelope.stamp
    }

    #[test]
    fn bsd_times_have_no_year() {
        let expected = Stamp::Yearless {
            month: 9,
            day: 4,
            micros: CLOCK,
        };
        for line in [
            "Sep  4 08:12:44 mx1 postfix/smtpd[26150]: connect from x",
            "Sep 04 08:12:44 mx1 postfix/smtpd[26150]: connect from x",
            "Sep 4 08:12:44 mx1 postfix/smtpd[26150]: connect from x",
            "<22>Sep  4 08:12:44 mx1 postfix/smtpd[26150]: connect from x",
            "\0\0\0Sep  4 08:12:44 mx1 postfix/smtpd[26150]: connect from x",
            "Sep  4 08:12:44 mx1 mail.info postfix/smtpd[26150]: connect from x",
            "Sep  4 08:12:44 mx1 postfix/smtpd[26150]: [ID 197553 mail.info] connect from x",
        ] {
            assert_eq!(stamp_of(line), expected, "{line}");
        }
    }

    #[test]
    fn times_with_year_and_zone_are_instants() {
        let utc = Stamp::Instant(MIDNIGHT + CLOCK);
        let utc_fine = Stamp::Instant(MIDNIGHT + CLOCK + 190_234);
        for (line, expected) in [
            (
                "2026-09-04T10:12:44.190234+02:00 mx1 postfix/smtpd[26150]: connect from x",
                utc_fine,
            ),
            (
                "2026-09-04T08:12:44.190234Z mx1 postfix/smtpd[26150]: connect from x",
                utc_fine,
            ),
            (
                "2026-09-04T10:12:44+0200 mx1 postfix/smtpd[26150]: connect from x",
                utc,
            ),
            (
                "2026-09-03T21:42:44-1030 mx1 postfix/smtpd[26150]: connect from x",
                utc,
            ),
            (
                "<22>1 2026-09-04T08:12:44Z mx1 postfix/smtpd 26150 - - connect from x",
                utc,
            ),
            (
                "<22>1 2026-09-04T08:12:44Z mx1 postfix/smtpd 26150 ID47 - \u{feff}connect from x",
                utc,
            ),
            (
                r#"<22>1 2026-09-04T08:12:44Z mx1 postfix/smtpd 26150 - [a@1 b="\]"][c@1] connect from x"#,
                utc,
            ),
        ] {
            assert_eq!(stamp_of(line), expected, "{line}");
        }
    }

    #[test]
    fn times_with_a_year_and_no_zone_are_civil() {
        for (line, micros) in [
            (
                "2026 Sep 04 08:12:44.190 mx1 postfix/smtpd[26150]: connect from x",
                190_000,
            ),
            (
                "2026 Sep  4 08:12:44 mx1 postfix/smtpd[26150]: connect from x",
                0,
            ),
            (
                "2026-09-04T08:12:44 mx1 postfix/smtpd[26150]: connect from x",
                0,
            ),
        ] {
            let expected = Stamp::Civil(MIDNIGHT + CLOCK + micros);
            assert_eq!(stamp_of(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_envelope_is_none() {
        for line in [
            "",
            "Sep",
            "Sep  4 08:12:44",
            "Sep  4 08:12:44 ",
            "Sep 31 08:12:44 mx1 a: b",
            "Sep  4 24:12:44 mx1 a: b",
            "Sop  4 08:12:44 mx1 a: b",
            "2026-02-29T08:12:44Z mx1 a: b",
            "2026-09-04 08:12:44 1pwgnI-00DQGx-NA <= a@contoso.example",
            "2026-09-04T08:12:44.190Z,192.0.2.1,mx1",
            "<22>",
            "<22>1 2026-09-04T08:12:44Z mx1 postfix/smtpd 26150 -",
            "<22>1 2026-09-04T08:12:44Z mx1 postfix/smtpd 26150 - [open",
            "From: ann@contoso.example",
        ] {
            assert_eq!(envelope(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn the_29th_of_february_may_be() {
        assert!(envelope(b"Feb 29 08:12:44 mx1 a: b").is_some());
        assert!(envelope(b"Feb 30 08:12:44 mx1 a: b").is_none());
    }

    #[test]
    fn tags_come_with_and_without_pid() {
        for (rest, program, pid, text) in [
            (
                "mx1 dovecot: imap(x)<1>: bye",
                "dovecot",
                0,
                "imap(x)<1>: bye",
            ),
            (
                "mx1 postfix/10.0.0.1:25/smtpd[7]: x",
                "postfix/10.0.0.1:25/smtpd",
                7,
                "x",
            ),
            ("mx1 a[x]: b", "a", 0, "b"),
            ("mx1 a[99999999999]: b", "a", 0, "b"),
            ("mx1 a[7]:", "a", 7, ""),
            ("mx1 a:", "a", 0, ""),
            (
                "mx1 last message repeated 2 times",
                "",
                0,
                "last message repeated 2 times",
            ),
            ("mx1 a[7", "", 0, "a[7"),
            ("mx1", "", 0, ""),
        ] {
            let line = format!("Sep  4 08:12:44 {rest}");
            let envelope = envelope(line.as_bytes()).unwrap();
            assert_eq!(envelope.host, b"mx1", "{rest}");
            assert_eq!(envelope.program, program.as_bytes(), "{rest}");
            assert_eq!(envelope.pid, pid, "{rest}");
            assert_eq!(envelope.text, text.as_bytes(), "{rest}");
        }
    }

    #[test]
    fn a_host_may_be_missing() {
        let envelope = envelope(b"Sep  4 08:12:44 postfix/qmgr[7]: removed").unwrap();
        assert_eq!(envelope.host, b"");
        assert_eq!(envelope.program, b"postfix/qmgr");
        assert_eq!(envelope.text, b"removed");
    }

    struct Nothing;

    impl Sink for Nothing {
        fn event(&mut self, _event: &crate::event::Event<'_>) {}
        fn close(&mut self, _reading: Reading) {}
    }

    fn reading(bytes: &str, ended: bool) -> Reading {
        let line = Line {
            offset: 0,
            bytes: bytes.as_bytes(),
            ended,
            envelope: None,
        };
        reader().line(&line, &mut Nothing)
    }

    #[test]
    fn lines_go_to_whom_they_speak_to() {
        let removed = "Sep  4 08:12:44 mx1 postfix/qmgr[7]: 4BDM2k5QVNzF7c: removed";
        assert_eq!(reading(removed, true), Reading::Recognised);
        assert_eq!(
            reading("Sep  4 08:12:44 mx1 CRON[7]: session opened", true),
            Reading::Ignored
        );
        assert_eq!(
            reading("Sep  4 08:12:44 mx1 last message repeated 2 times", true),
            Reading::Ignored
        );
        assert_eq!(reading("", true), Reading::Ignored);
        assert_eq!(reading("-- Boot 4b1c6d --", true), Reading::Ignored);
        assert_eq!(reading("a line of something else", true), Reading::Unknown);
        assert_eq!(
            reading("Sep  4 08:12:44 mx1 postf", false),
            Reading::Unknown
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            envelope(&bytes);
        }

        #[test]
        fn no_broken_line_panics(
            which in 0usize..5,
            at in 0usize..70,
            byte: u8,
            len in 0usize..100,
        ) {
            let lines = [
                "Sep  4 08:12:44 mx1 postfix/smtpd[26150]: connect from x",
                "2026-09-04T10:12:44.190234+02:00 mx1 postfix/smtpd[26150]: connect from x",
                "2026 Sep 04 08:12:44.190 mx1 postfix/smtpd[26150]: connect from x",
                "<22>1 2026-09-04T08:12:44Z mx1 a 26150 - [a@1 b=\"\\]\"][c@1] connect from x",
                "Sep  4 08:12:44 mx1 mail.info a[1]: [ID 1 mail.info] message repeated 2 times: [ x]",
            ];
            let mut line = lines[which].as_bytes().to_vec();
            if let Some(place) = line.get_mut(at) {
                *place = byte;
            }
            line.truncate(len);
            envelope(&line);
        }
    }
}
