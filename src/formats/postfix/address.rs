//! Addresses as Postfix prints them: mostly in angle brackets, with quoted local parts since 3.5.

use memchr::memchr;

use super::super::scan::quoted_len;

/// An address at the start, less its angle brackets, and what follows.
///
/// `None` for one whose closing bracket is missing: the line was cut in it. Without brackets, as older
/// releases and some filters write it, it ends before `, ` or a space.
pub(super) fn read(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let Some(inside) = text.strip_prefix(b"<") else {
        let end = memchr(b' ', text).unwrap_or(text.len());
        let (word, _) = text.split_at_checked(end)?;
        let word = word.strip_suffix(b",").unwrap_or(word);
        return text.split_at_checked(word.len());
    };
    let end = closing(inside)?;
    Some((inside.get(..end)?, inside.get(end + 1..)?))
}

/// The same for a sender, where `<>` stands for none.
pub(super) fn sender(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text.strip_prefix(b"<>") {
        Some(rest) => Some((text.get(..2)?, rest)),
        None => read(text),
    }
}

/// Where the first `>` stands that is not in a quoted local part.
///
/// Releases before 3.5 print local parts without their quotes, so a quote may have no partner; then
/// the first `>` at all is taken.
fn closing(text: &[u8]) -> Option<usize> {
    let quoted = text.strip_prefix(b"\"").and_then(quoted_len);
    let from = quoted.map_or(0, |len| len + 1);
    Some(from + memchr(b'>', text.get(from..)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<(&str, &str)> {
        let (address, rest) = read(text.as_bytes())?;
        Some((
            std::str::from_utf8(address).unwrap(),
            std::str::from_utf8(rest).unwrap(),
        ))
    }

    #[test]
    fn brackets_go_and_quotes_stay() {
        assert_eq!(
            address("<a@b.example>, relay"),
            Some(("a@b.example", ", relay"))
        );
        assert_eq!(
            address(r#"<"a> \" b"@b.example>, relay"#),
            Some((r#""a> \" b"@b.example"#, ", relay"))
        );
        assert_eq!(address("<>"), Some(("", "")));
        assert_eq!(sender(b"<>, size"), Some((&b"<>"[..], &b", size"[..])));
    }

    #[test]
    fn an_address_may_lack_its_brackets() {
        assert_eq!(
            address("a@b.example, relay"),
            Some(("a@b.example", ", relay"))
        );
        assert_eq!(address("root orig_id=1"), Some(("root", " orig_id=1")));
        assert_eq!(address("root"), Some(("root", "")));
    }

    #[test]
    fn a_quote_without_partner_does_not_swallow_the_line() {
        assert_eq!(
            address(r#"<a"b@c.example>, relay=x"#),
            Some((r#"a"b@c.example"#, ", relay=x"))
        );
        assert_eq!(
            address(r#"<"a@c.example>, relay=x"#),
            Some((r#""a@c.example"#, ", relay=x"))
        );
        assert_eq!(address("<a@b.exam"), None);
        assert_eq!(address(r#"<"a\"#), None);
    }
}
