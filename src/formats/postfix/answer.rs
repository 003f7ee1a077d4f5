//! What a server answers: its codes, and the id that it gives a message.

use memchr::memmem;

use crate::event::Enhanced;

/// The SMTP reply code and the enhanced code that begin an answer: `554 5.7.1 no`, `554-5.7.1 no`,
/// `554 no`, or `5.7.1 no` alone.
pub(super) fn codes(answer: &[u8]) -> (u16, Enhanced) {
    let code = reply_code(answer);
    let after = match code {
        Some(_) => answer.get(4..).unwrap_or_default(),
        None => answer,
    };
    let word = after
        .split(|byte| matches!(byte, b' ' | b';'))
        .next()
        .unwrap_or_default();
    let enhanced = Enhanced::parse(word).unwrap_or_default();
    (code.unwrap_or(0), enhanced)
}

/// The SMTP reply code that begins an answer.
pub(super) fn reply_code(answer: &[u8]) -> Option<u16> {
    let (&[class @ b'2'..=b'5', tens, ones], rest) = answer.split_first_chunk()? else {
        return None;
    };
    let stands_alone = matches!(rest.first(), None | Some(b' ' | b'-'));
    let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
    let value = |digit| u16::from(digit - b'0');
    (digits && stands_alone).then(|| value(class) * 100 + value(tens) * 10 + value(ones))
}

/// The id that the next system gave the message, in the words that systems have for it.
///
/// An id at the end of an answer that was cut may be half of one, and is none.
pub(super) fn next_id(answer: &[u8], whole: bool) -> &[u8] {
    let words: [&[u8]; 4] = [b"queued as ", b"forwarded as ", b"OK id=", b"InternalId="];
    let after = words.iter().find_map(|words| {
        let start = memmem::find(answer, words)? + words.len();
        answer.get(start..)
    });
    let Some(after) = after else {
        return filter_id(answer);
    };
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"<>()[],;\"'".contains(byte);
    match after.iter().position(is_end) {
        Some(end) => after.get(..end).unwrap_or_default(),
        None if whole => after.strip_suffix(b".").unwrap_or(after),
        None => b"",
    }
}

/// The id of Proxmox Mail Gateway's filter: `250 2.5.0 OK (FID)`, `250 2.7.0 BLOCKED (FID)`, and before
/// the queue `554 5.7.1 Rejected for policy reasons (FID)` (formats.md 4.10; pmg-api, PMG/SMTP.pm).
pub(super) fn filter_id(answer: &[u8]) -> &[u8] {
    let id = || {
        let inside = answer.strip_suffix(b")")?;
        let start = memchr::memrchr(b'(', inside)?;
        let (said, id) = inside.split_at_checked(start)?;
        let id = id.strip_prefix(b"(")?;
        let is_said = said == b"250 2.5.0 OK "
            || said == b"250 2.7.0 BLOCKED "
            || said == b"554 5.7.1 Rejected for policy reasons ";
        let is_id = (6..=25).contains(&id.len()) && id.iter().all(u8::is_ascii_hexdigit);
        (is_said && is_id).then_some(id)
    };
    id().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_at_the_beginning() {
        for (answer, code, enhanced) in [
            ("554 5.7.1 no", 554, "5.7.1"),
            ("554-5.7.1 no", 554, "5.7.1"),
            ("554 no", 554, ""),
            ("450", 450, ""),
            ("5.7.1 no", 0, "5.7.1"),
            ("4.7.1", 0, "4.7.1"),
            ("all server ports busy", 0, ""),
            ("5501 no", 0, ""),
            ("no 550 5.1.1", 0, ""),
            ("", 0, ""),
        ] {
            let (found, extended) = codes(answer.as_bytes());
            assert_eq!(
                (found, extended.to_string().as_str()),
                (code, enhanced),
                "{answer}"
            );
        }
    }

    #[test]
    fn systems_have_their_own_words_for_the_next_id() {
        for (answer, id) in [
            ("250 2.0.0 Ok: queued as 4BDM2k5QVNzF7c", "4BDM2k5QVNzF7c"),
            (
                "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 7C1E5A4B90",
                "7C1E5A4B90",
            ),
            ("forwarded as 7C1E5A4B90", "7C1E5A4B90"),
            (
                "250 OK id=1vxNiW-4o5NDgrjpxK-skOz",
                "1vxNiW-4o5NDgrjpxK-skOz",
            ),
            (
                "250 2.6.0 <a@b.example> [InternalId=51234567890, Hostname=ex1.contoso.example] Queued mail for delivery",
                "51234567890",
            ),
            ("250 2.5.0 OK (1A2B3C4D5E6F7)", "1A2B3C4D5E6F7"),
            ("250 2.7.0 BLOCKED (1A2B3C4D5E6F7)", "1A2B3C4D5E6F7"),
            ("250 2.5.0 OK (no id)", ""),
            ("250 2.0.0 OK (1A2B3C4D5E6F7)", ""),
            ("delivered to mailbox", ""),
            ("250 2.0.0 Ok", ""),
        ] {
            assert_eq!(next_id(answer.as_bytes(), true), id.as_bytes(), "{answer}");
        }
        assert_eq!(next_id(b"250 Ok: queued as 7C1E", false), b"");
        assert_eq!(next_id(b"250 2.5.0 OK (1A2B3C4D", false), b"");
    }
}
