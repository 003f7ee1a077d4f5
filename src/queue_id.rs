//! Queue ids that hold the instant at which they were given.

/// The characters of Postfix's long ids: digits and consonants, 52 of them.
const POSTFIX: &[u8; 52] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

/// Microseconds UTC that a long Postfix queue id holds (formats.md 0.5); `None` for any other id.
///
/// Before the last `z` stand the seconds since 1970 and, in four characters, the microseconds; the
/// inode number follows it.
pub fn postfix_long_id(id: &[u8]) -> Option<i64> {
    let (time, inode) = id.split_at_checked(memchr::memrchr(b'z', id)?)?;
    // Six digits of seconds last until the year 2596.
    let (seconds, micros) = time.split_at_checked(6)?;
    let inode = inode.get(1..)?;
    let is_digit = |byte: &u8| POSTFIX.contains(byte);
    if micros.len() != 4 || inode.is_empty() || !inode.iter().all(is_digit) {
        return None;
    }
    let (seconds, micros) = (base_52(seconds)?, base_52(micros)?);
    (micros < 1_000_000).then_some(seconds * 1_000_000 + micros)
}

fn base_52(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0i64, |sum, digit| {
        let value = POSTFIX.iter().position(|known| known == digit)?;
        Some(sum * 52 + i64::try_from(value).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::postfix_long_id;

    #[test]
    fn a_long_id_holds_its_instant() {
        // 2019-10-14T21:04:40.362631Z
        assert_eq!(
            postfix_long_id(b"46sWK42Z5gz1F"),
            Some(1_571_087_080_362_631)
        );
    }

    #[test]
    fn other_ids_hold_none() {
        for id in [
            "",
            "z",
            "4BDM2k5QVNz",
            "163CB3EE5E7F",
            "46sWK42Z5gz",
            "46sWA42Z5gz1F",
            "46sWK4zzzzz1F",
        ] {
            assert_eq!(postfix_long_id(id.as_bytes()), None, "{id}");
        }
    }
}
