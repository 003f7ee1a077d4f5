//! The digest of a row's content, by which copies of the same evidence are known (design's invariant 4).
//!
//! It is the same for a tracking log and for any export of it, so it takes only what all of them have,
//! and no case, which exports change. Stored in segments: it must never change.

use flate2::Crc;

use crate::event::List;

/// The digest of a tracking event: CRC-32 of its source, its name, its ids and its recipients.
///
/// Not of its time: a log has milliseconds in UTC and an export seconds of the machine that made it, so
/// both are compared by the second, by whatever clock the source is given.
pub fn of_event(
    source: &[u8],
    name: &[u8],
    id: &[u8],
    message_id: &[u8],
    recipients: List<'_>,
) -> u32 {
    let mut digest = Digest(Crc::new());
    for part in [source, name, id, message_id] {
        digest.add(part);
    }
    recipients.for_each(|recipient| digest.add(recipient));
    digest.0.sum()
}

/// The digest of a report's row, of the parts that tell it from others.
pub fn of_report(parts: &[&[u8]]) -> u32 {
    let mut digest = Digest(Crc::new());
    for part in parts {
        digest.add(part);
    }
    digest.0.sum()
}

/// An id for a message of which a report gives none: the same for all rows of that message.
pub fn made_up_id(time: &[u8], sender: &[u8], subject: &[u8]) -> String {
    format!("row {:08x}", of_report(&[time, sender, subject]))
}

struct Digest(Crc);

impl Digest {
    /// Takes a part in lower case, and a mark between it and the next.
    fn add(&mut self, part: &[u8]) {
        for piece in part.chunks(64) {
            let mut lower = [0; 64];
            let lower = lower.get_mut(..piece.len()).unwrap_or_default();
            lower.copy_from_slice(piece);
            lower.make_ascii_lowercase();
            self.0.update(lower);
        }
        self.0.update(b"\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_and_its_export_have_the_same_digest() {
        let logged = of_event(
            b"SMTP",
            b"RECEIVE",
            b"701",
            b"<a@contoso.example>",
            List::Split(b"ann@contoso.example;Bob@contoso.example", b';'),
        );
        let exported = of_event(
            b"smtp",
            b"Receive",
            b"701",
            b"<a@contoso.example>",
            List::Many(&[b"ann@contoso.example", b"bob@contoso.example"]),
        );
        assert_eq!(logged, exported);
        assert_eq!(logged, 2_700_082_404, "stored in segments");
    }

    #[test]
    fn parts_are_told_apart() {
        let digests = [
            of_report(&[b"a", b"b"]),
            of_report(&[b"ab"]),
            of_report(&[b"ab", b""]),
            of_report(&[b"", b"ab"]),
            of_report(&[&[b'x'; 64], b"y"]),
            of_report(&[&[b'x'; 65], b"y"]),
        ];
        let mut unique = digests.to_vec();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), digests.len());
        assert_eq!(of_report(&[b"AB"]), of_report(&[b"ab"]));
    }
}
