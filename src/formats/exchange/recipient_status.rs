//! recipient-status: item *n* belongs to recipient *n*, and the items hold the separator too
//! (formats.md 1.5).

use memchr::{memchr, memchr_iter, memmem};

use super::answer::reason;

/// What begins and ends the form `[{LED=last error};{MSG=…};{FQDN=…};{IP=…};{LRT=…}]` (formats.md 2.3).
const LED: &[u8] = b"[{LED=";
const LED_END: &[u8] = b"}]";

/// Writes the state of each of `recipients` recipients into `items`, in their order; none if there is
/// nothing to say. Where the text cannot be told apart, all of it is said of every recipient, and false is
/// given. A state is kept as far as any reason is.
pub fn pair_up<'a>(text: &'a [u8], recipients: usize, items: &mut Vec<&'a [u8]>) -> bool {
    items.clear();
    let text = text.trim_ascii();
    if text.is_empty() || recipients == 0 {
        return true;
    }
    if recipients == 1 {
        items.push(reason(last_error(text)));
        return true;
    }
    // Between items stands no space; in a text, after its semicolon, one does.
    split(text, |after| !after.starts_with(b" "), items);
    // One text for all is meant so.
    let is_one = items.len() == 1;
    if items.len() == recipients + 1 && items.last().is_some_and(|last| last.is_empty()) {
        items.pop();
    }
    if items.len() != recipients {
        items.clear();
        split(text, begins_item, items);
    }
    let paired = items.len() == recipients || is_one;
    if items.len() != recipients {
        items.clear();
        items.resize(recipients, text);
    }
    for item in items {
        *item = reason(last_error(item));
    }
    paired
}

/// Splits at those semicolons after which `begins` sees an item begin, and at none inside `[{LED=…}]`.
fn split<'a>(text: &'a [u8], begins: impl Fn(&[u8]) -> bool, items: &mut Vec<&'a [u8]>) {
    let (mut start, mut inside_to, mut closes) = (0, 0, true);
    for at in memchr_iter(b';', text) {
        if closes && start >= inside_to && text.get(start..).is_some_and(|t| t.starts_with(LED)) {
            let end = text.get(start..).and_then(|t| memmem::find(t, LED_END));
            closes = end.is_some();
            inside_to = end.map_or(inside_to, |end| start + end);
        }
        let after = text.get(at + 1..).unwrap_or_default();
        if at >= inside_to && begins(after) {
            items.push(text.get(start..at).unwrap_or_default().trim_ascii());
            start = at + 1;
        }
    }
    items.push(text.get(start..).unwrap_or_default().trim_ascii());
}

/// Whether what follows a semicolon is a new item and not the rest of a text.
fn begins_item(after: &[u8]) -> bool {
    match after {
        [b'2' | b'4' | b'5', b, c, b' ', ..] if b.is_ascii_digit() && c.is_ascii_digit() => true,
        [b'2' | b'4' | b'5', b'.', digit, ..] if digit.is_ascii_digit() => true,
        [b'A'..=b'Z', ..] => {
            let end = memchr(b';', after).unwrap_or(after.len());
            let item = after.get(..end).unwrap_or_default();
            matches!(item, b"To" | b"Cc" | b"Bcc") || begins_dotted_name(item)
        }
        _ => after.starts_with(LED),
    }
}

/// `UserMailbox.Forwardable.Resolver…`: a capitalised word, a dot, a capital.
fn begins_dotted_name(item: &[u8]) -> bool {
    let word = item.iter().take_while(|byte| byte.is_ascii_alphabetic());
    let word_len = word.count();
    let after = item.get(word_len..).unwrap_or_default();
    word_len >= 2 && matches!(after, [b'.', b'A'..=b'Z', ..])
}

/// The last error in a `[{LED=…}…]`; long ones are cut off and never close. Any other text is itself.
pub fn last_error(text: &[u8]) -> &[u8] {
    let Some(error) = text.strip_prefix(LED) else {
        return text;
    };
    let end = memmem::find(error, b"};{").or_else(|| memmem::find(error, LED_END));
    let error = match end {
        Some(end) => error.get(..end).unwrap_or_default(),
        None => error.strip_suffix(b"}").unwrap_or(error),
    };
    error.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn paired(text: &str, recipients: usize) -> Vec<&str> {
        let mut items = Vec::new();
        pair_up(text.as_bytes(), recipients, &mut items);
        items
            .iter()
            .map(|item| std::str::from_utf8(item).unwrap())
            .collect()
    }

    #[test]
    fn one_recipient_takes_the_whole_text() {
        let text =
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup";
        assert_eq!(paired(text, 1), [text]);
        assert!(paired("", 2).is_empty());
        assert!(paired("To", 0).is_empty());
    }

    #[test]
    fn equal_counts_pair_up_with_empty_items_in_their_places() {
        assert_eq!(paired("To;;Cc", 3), ["To", "", "Cc"]);
        assert_eq!(paired("To;Cc;", 2), ["To", "Cc"]);
    }

    #[test]
    fn texts_with_semicolons_are_split_before_new_items_only() {
        assert_eq!(
            paired(
                "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found;250 2.1.5 Recipient OK",
                2
            ),
            [
                "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found",
                "250 2.1.5 Recipient OK"
            ]
        );
        assert_eq!(
            paired(
                "To;UserMailbox.Forwardable.Resolver.CreateRecipientItems.40;x; y",
                2
            ),
            [
                "To",
                "UserMailbox.Forwardable.Resolver.CreateRecipientItems.40;x; y"
            ]
        );
    }

    #[test]
    fn last_errors_are_taken_out_of_their_brackets() {
        let led = "[{LED=550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found};{MSG=};{FQDN=mx.fabrikam.example};{IP=192.0.2.10};{LRT=}]";
        assert_eq!(
            paired(&format!("{led};250 2.1.5 Recipient OK"), 2),
            [
                "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found",
                "250 2.1.5 Recipient OK"
            ]
        );
        assert_eq!(
            paired(&format!("{led};{led}"), 2)[1],
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found"
        );
        assert_eq!(
            paired("[{LED=450 4.4.317 cut of", 1),
            ["450 4.4.317 cut of"]
        );
    }

    #[test]
    fn what_cannot_be_told_apart_is_said_of_everyone() {
        assert_eq!(paired("some; text", 3), ["some; text"; 3]);
        let expanded = "250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded";
        assert_eq!(paired(expanded, 2), [expanded; 2]);
        let mut items = Vec::new();
        assert!(!pair_up(b"some; text;more", 3, &mut items));
        assert!(pair_up(expanded.as_bytes(), 2, &mut items));
        assert!(pair_up(b"To;Cc", 2, &mut items));
    }

    #[test]
    fn a_hostile_text_takes_no_square_of_its_length() {
        for piece in ["[{LED=;", ";[{LED=5;", "Aa;"] {
            let text = piece.repeat(150_000);
            let mut items = Vec::new();
            pair_up(text.as_bytes(), 2, &mut items);
            assert_eq!(items.len(), 2);
        }
    }

    proptest! {
        #[test]
        fn every_recipient_gets_an_item(text in "[25;.A a\\[{LED=}\\]To]{0,60}", recipients in 0usize..5) {
            let items = paired(&text, recipients);
            prop_assert!(items.is_empty() || items.len() == recipients);
        }
    }
}
