//! Queue ids that hold the time at which they were given (formats.md 0.5).
//!
//! Pure functions from an id to an instant; what an instant proves about a log's year and zone is
//! told by `time`.

/// The digits of Postfix's long ids: no vowels, so that no id spells a word (`mail_queue.h`).
const POSTFIX_DIGITS: &[u8; 52] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

/// Microseconds UTC at which Postfix made a long queue id, such as `46sWK42Z5gz1F`.
///
/// A long id is six digits of seconds, four of microseconds, a `z` and the inode, which has no `z`
/// itself. `None` for anything else; a short id holds no date.
pub fn postfix_long_id(id: &[u8]) -> Option<i64> {
    let (time, inode) = id.split_at_checked(10)?;
    let (seconds, micros) = time.split_at_checked(6)?;
    let (b'z', inode) = inode.split_first()? else {
        return None;
    };
    let inode_is_one = !inode.is_empty()
        && inode
            .iter()
            .all(|byte| *byte != b'z' && digit(*byte).is_some());
    let micros = number(micros)?;
    if !inode_is_one || micros >= 1_000_000 {
        return None;
    }
    Some(number(seconds)? * 1_000_000 + micros)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |sum, byte| Some(sum * 52 + digit(*byte)?))
}

fn digit(byte: u8) -> Option<i64> {
    memchr::memchr(byte, POSTFIX_DIGITS).and_then(|value| i64::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The inverse, as Postfix's `MQID_LG_ENCODE_*` macros do it.
    fn encode(mut value: i64, digits: usize) -> String {
        let mut text = vec![b'0'; digits];
        for slot in text.iter_mut().rev() {
            *slot = POSTFIX_DIGITS[(value % 52) as usize];
            value /= 52;
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_long_id_holds_its_time() {
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
            "NOQUEUE",
            "2B5F91A0C3",
            "46sWK42Z5gz",
            "46sWK42Z5gz1z",
            "46sWK42Z5gzA1",
            "46sWK42Z5g11F",
            "46sWKzzzzz1F",
            "46sWK4zzzzz1F",
            "1pwgnI-00DQGx-NA",
        ] {
            assert_eq!(postfix_long_id(id.as_bytes()), None, "{id}");
        }
    }

    proptest! {
        #[test]
        fn every_time_is_read_back(seconds in 0..19_770_609_664i64, micros in 0..1_000_000i64, inode in "[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]{1,9}") {
            let id = format!("{}{}z{inode}", encode(seconds, 6), encode(micros, 4));
            prop_assert_eq!(postfix_long_id(id.as_bytes()), Some(seconds * 1_000_000 + micros));
        }

        #[test]
        fn arbitrary_bytes_never_panic(id in prop::collection::vec(any::<u8>(), 0..20)) {
            postfix_long_id(&id);
        }
    }
}
