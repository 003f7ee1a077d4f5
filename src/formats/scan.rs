//! Small scanners that more than one format needs: text is bytes, nothing is copied, nothing panics.

use chrono::NaiveDate;
use memchr::{memchr, memchr2};

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const DAY: i64 = 86_400 * SECOND;

/// Cuts at the first `byte`, which belongs to neither part.
pub(super) fn cut_at(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at_checked(memchr(byte, text)?)?;
    Some((before, rest.get(1..)?))
}

/// The length of a quoted string whose opening quote was taken, with its closing quote; a backslash
/// quotes any byte.
pub(super) fn quoted_len(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        from += memchr2(b'"', b'\\', text.get(from..)?)? + 1;
        if text.get(from - 1) == Some(&b'"') {
            return Some(from);
        }
        from += 1;
    }
}

/// A decimal number at the start, and what follows it.
pub(super) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(digits)?;
    if digits.is_empty() {
        return None;
    }
    let number = digits.iter().try_fold(0u64, |sum, digit| {
        sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    })?;
    Some((number, rest))
}

/// Two decimal digits as their value.
pub(super) fn pair(tens: u8, ones: u8) -> Option<i64> {
    let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
    digits.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Microseconds since midnight of `HH:MM:SS`, with or without a fraction, and what follows.
///
/// A leap second counts as the first of the next minute.
pub(super) fn clock(text: &[u8]) -> Option<(i64, &[u8])> {
    let (&[h1, h2, b':', m1, m2, b':', s1, s2], rest) = text.split_first_chunk()? else {
        return None;
    };
    let (hour, minute, second) = (pair(h1, h2)?, pair(m1, m2)?, pair(s1, s2)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = (hour * 60 + minute) * 60 + second;
    let (micros, rest) = fraction(rest);
    Some((seconds * SECOND + micros, rest))
}

/// Microseconds of `.123`, and what follows; finer digits are dropped.
fn fraction(text: &[u8]) -> (i64, &[u8]) {
    let Some(digits) = text.strip_prefix(b".") else {
        return (0, text);
    };
    let len = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (digits, rest) = digits.split_at_checked(len).unwrap_or_default();
    let mut unit = SECOND;
    let micros = digits.iter().take(6).fold(0, |sum, digit| {
        unit /= 10;
        sum + i64::from(digit - b'0') * unit
    });
    (micros, rest)
}

/// Microseconds from 1970-01-01 to the midnight that begins a day; `None` if there is no such day.
pub(super) fn midnight(year: i64, month: i64, day: i64) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )?;
    Some(i64::from(date.to_epoch_days()) * DAY)
}

/// The number of a month by its English abbreviation.
pub(super) fn month(name: &[u8; 3]) -> Option<u8> {
    let number = match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_at_the_first_other_byte_and_never_overflow() {
        assert_eq!(number(b"5360, nrcpt"), Some((5360, &b", nrcpt"[..])));
        assert_eq!(number(b"18446744073709551616"), None);
        assert_eq!(number(b""), None);
        assert_eq!(number(b"-1"), None);
    }

    #[test]
    fn clocks_keep_microseconds() {
        assert_eq!(clock(b"00:00:01 x"), Some((SECOND, &b" x"[..])));
        assert_eq!(clock(b"00:00:00.19Z"), Some((190_000, &b"Z"[..])));
        assert_eq!(
            clock(b"23:59:60.123456789"),
            Some((DAY + 123_456, &b""[..]))
        );
        for wrong in ["24:00:00", "00:60:00", "0:00:00 ", "00:00:0", "aa:bb:cc"] {
            assert_eq!(clock(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(midnight(1970, 1, 2), Some(DAY));
        assert_eq!(midnight(2024, 2, 29), Some(19_782 * DAY));
        assert_eq!(midnight(2026, 2, 29), None);
        assert_eq!(midnight(2026, 13, 1), None);
    }
}
