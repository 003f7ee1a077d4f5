//! The names that a queue gives its entries: Postfix's short ids, which are given again, and long ones,
//! which hold their time.

use std::collections::VecDeque;

use crate::calendar::{MINUTE, SECOND, Time};
use crate::fact::Text;
use crate::random::Random;
use crate::world::Host;

/// What a host needs to name its queue's entries.
#[derive(Debug, Default)]
pub struct Queue {
    inodes: u64,
    /// Short ids of entries that have ended, and when: the file system gives their inodes again.
    ended: VecDeque<(Time, Text)>,
}

impl Queue {
    /// A name for what comes at this instant, and when it comes: an id that is given again is of the same
    /// microsecond of another second.
    pub fn name(&mut self, host: &Host, at: Time, random: &mut Random) -> (Time, Text) {
        let is_again = !host.has_long_ids && random.per_mille(30);
        let ended = self.ended.iter().take(50);
        let again = ended
            .map(|(ended, _)| *ended)
            .position(|ended| ended < at - MINUTE);
        let again = again.filter(|_| is_again);
        if let Some((_, old)) = again.and_then(|place| self.ended.remove(place)) {
            let micros = i64::from_str_radix(old.get(..5).unwrap_or("0"), 16).unwrap_or(0);
            let came = at - at.rem_euclid(SECOND) + micros;
            return (if came < at { came + SECOND } else { came }, old);
        }
        self.inodes += 1;
        let inode = 0x14_0000 + self.inodes;
        let id = match host.has_long_ids {
            true => long_id(host.clock.shows(at), inode),
            false => format!("{:05X}{inode:X}", at.rem_euclid(SECOND)),
        };
        (at, id.into())
    }

    pub fn free(&mut self, at: Time, id: Text) {
        self.ended.push_back((at, id));
        if self.ended.len() > 200 {
            self.ended.pop_front();
        }
    }
}

/// Postfix's long id: seconds and microseconds of the host's clock in base 52, `z`, the inode in base 51
/// (formats.md 0.5).
fn long_id(at: Time, inode: u64) -> String {
    const DIGITS: &[u8; 52] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    let encode = |mut value: u64, base: u64, least: usize| {
        let mut digits = Vec::new();
        while value > 0 || digits.len() < least {
            digits.extend(DIGITS.get((value % base) as usize));
            value /= base;
        }
        digits.reverse();
        String::from_utf8_lossy(&digits).into_owned()
    };
    format!(
        "{}{}z{}",
        encode((at / SECOND) as u64, 52, 6),
        encode((at % SECOND) as u64, 52, 4),
        encode(inode, 51, 1)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_id_holds_its_time() {
        // formats.md 0.5: 46sWK42Z5gz… is 2019-10-14T21:04:40.362631Z.
        let at = (1_571_087_080 * SECOND) + 362_631;
        assert!(
            long_id(at, 1).starts_with("46sWK42Z5gz"),
            "{}",
            long_id(at, 1)
        );
    }
}
