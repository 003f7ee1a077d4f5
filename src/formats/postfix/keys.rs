//! The values at the end of a refusal: `from=<a> to=<b> proto=ESMTP helo=<h>` (formats.md 4.4).
//!
//! smtpd and cleanup separate them by spaces, postscreen by commas; any of them may be missing. The
//! client chose what stands in them, and in part what stands before them.

use memchr::memmem;

use super::address;

/// Who sent to whom, as a refusal names them; empty where it doesn't.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Keys<'a> {
    pub sender: &'a [u8],
    pub recipient: &'a [u8],
    pub login: &'a [u8],
    helo: &'a [u8],
    /// What a table's action adds behind the values: `: text`.
    pub remark: &'a [u8],
}

impl<'a> Keys<'a> {
    /// Reads values that go to the end of the line; `None` if the text is anything else.
    ///
    /// A value that was cut in its middle is left out.
    pub(super) fn read(text: &'a [u8]) -> Option<Keys<'a>> {
        let begins = ["from=", "to=", "proto=", "helo="];
        if !begins.iter().any(|key| text.starts_with(key.as_bytes())) {
            return None;
        }
        let mut keys = Keys::default();
        let mut rest = text;
        loop {
            if let Some(value) = rest.strip_prefix(b"from=") {
                let Some((sender, after)) = address::sender(value) else {
                    return Some(keys);
                };
                (keys.sender, rest) = (sender, after);
            } else if let Some(value) = rest.strip_prefix(b"to=") {
                let Some((recipient, after)) = address::read(value) else {
                    return Some(keys);
                };
                (keys.recipient, rest) = (recipient, after);
            } else if let Some(value) = rest.strip_prefix(b"proto=") {
                let len = value
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric())
                    .count();
                rest = value.get(len..)?;
            } else if let Some(value) = rest.strip_prefix(b"helo=") {
                keys.end(value);
                return Some(keys);
            } else if rest.starts_with(b"sasl_") {
                keys.login = login(rest);
                return Some(keys);
            } else if let Some(remark) = rest.strip_prefix(b": ") {
                keys.remark = remark;
                return Some(keys);
            } else {
                return rest.is_empty().then_some(keys);
            }
            rest = after_separator(rest);
        }
    }

    /// The client's greeting, which may hold anything, and what follows it: a login, or a remark.
    ///
    /// A greeting that looks like a login ends in `>`, and no login does.
    fn end(&mut self, value: &'a [u8]) {
        let inside = value.strip_prefix(b"<").unwrap_or(value);
        if let Some(helo) = inside.strip_suffix(b">") {
            self.helo = helo;
            return;
        }
        let logins: [&[u8]; 2] = [b"> sasl_", b">, sasl_"];
        for mark in logins {
            if let Some(end) = memmem::rfind(inside, mark) {
                self.helo = inside.get(..end).unwrap_or_default();
                // The first of the keys: a login's method goes before its name.
                let first = memmem::rfind(inside, b"> sasl_method=").unwrap_or(end);
                self.login = login(inside.get(first..).unwrap_or_default());
                return;
            }
        }
        let end = memmem::rfind(inside, b">: ");
        self.helo = inside.get(..end.unwrap_or(0)).unwrap_or_default();
        self.remark = end
            .and_then(|end| inside.get(end + b">: ".len()..))
            .unwrap_or_default();
    }
}

/// The text of a refusal, and the values behind its last `; `.
///
/// Both may hold what looks like the values: the text may begin with an address or a greeting in angle
/// brackets, and the greeting stands once more among the values, which is how the true ones are told.
pub(super) fn split(text: &[u8]) -> Option<(&[u8], Keys<'_>)> {
    let named = name_of(text);
    let from = named.map_or(0, |name| text.len() - name.1.len());
    let mut first = None;
    for at in memmem::find_iter(text.get(from..)?, b"; ") {
        let at = from + at;
        let Some(keys) = Keys::read(text.get(at + 2..)?) else {
            continue;
        };
        let repeats = |name: &[u8]| {
            let inside = name.strip_prefix(keys.helo);
            inside.is_some_and(|rest| rest.starts_with(b">: ")) && !keys.helo.is_empty()
        };
        if named.is_some_and(|(name, _)| repeats(name)) {
            return Some((text.get(..at)?, keys));
        }
        if first.is_none() {
            first = Some((text.get(..at)?, keys));
        }
    }
    first
}

/// What follows the `<` that a refusal names its address in, and what follows that address.
fn name_of(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let codes = text
        .iter()
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b' ' | b'-'))
        .count();
    let named = text.get(codes..)?;
    let (_, after) = address::read(named)?;
    Some((named.strip_prefix(b"<")?, after))
}

fn login(text: &[u8]) -> &[u8] {
    let key = b"sasl_username=";
    let Some(start) = memmem::find(text, key) else {
        return b"";
    };
    let value = text.get(start + key.len()..).unwrap_or_default();
    let end = memmem::rfind(value, b" sasl_sender=").unwrap_or(value.len());
    let value = value.get(..end).unwrap_or_default();
    value.strip_suffix(b",").unwrap_or(value)
}

fn after_separator(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b",").unwrap_or(text);
    text.strip_prefix(b" ").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<[&str; 5]> {
        let (text, keys) = split(text.as_bytes())?;
        let words = [text, keys.sender, keys.recipient, keys.login, keys.remark];
        Some(words.map(|word| std::str::from_utf8(word).unwrap()))
    }

    #[test]
    fn values_are_separated_by_spaces_or_commas_and_may_be_missing() {
        for (text, expected) in [
            (
                "550 5.1.1 no; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<h>",
                ["550 5.1.1 no", "a@b.example", "c@d.example", "", ""],
            ),
            (
                "550 5.5.1 Protocol error; from=<>, to=<c@d.example>, proto=SMTP, helo=<h>",
                ["550 5.5.1 Protocol error", "<>", "c@d.example", "", ""],
            ),
            ("550 no; proto=SMTP helo=<h>", ["550 no", "", "", "", ""]),
            ("450 no; proto=SMTP", ["450 no", "", "", "", ""]),
            (
                "550 no; from=<a@b.example> to=<\"x y\"@d.example> proto=ESMTP helo=<h> sasl_method=PLAIN sasl_username=ann bee sasl_sender=x",
                ["550 no", "a@b.example", "\"x y\"@d.example", "ann bee", ""],
            ),
            (
                "550 no; from=<a@b.example>, to=<c@d.example>, proto=ESMTP, helo=<h>, sasl_username=ann, sasl_sender=x",
                ["550 no", "a@b.example", "c@d.example", "ann", ""],
            ),
            (
                "554 Service unavailable; Client host [192.0.2.1] blocked using x; https://x; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<h>",
                [
                    "554 Service unavailable; Client host [192.0.2.1] blocked using x; https://x",
                    "a@b.example",
                    "c@d.example",
                    "",
                    "",
                ],
            ),
            (
                "450 no; from=<a@b.example> to=<c@d.exam",
                ["450 no", "a@b.example", "", "", ""],
            ),
            ("450 no; from=<a@b", ["450 no", "", "", "", ""]),
            (
                "; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<h>",
                ["", "a@b.example", "c@d.example", "", ""],
            ),
        ] {
            assert_eq!(told(text), Some(expected), "{text}");
        }
        assert_eq!(told("554 5.7.1 Service unavailable; client blocked"), None);
    }

    #[test]
    fn what_a_client_writes_forges_no_value() {
        let genuine = ["a@b.example", "c@d.example"];
        for text in [
            // A quoted local part.
            r#"554 5.7.1 <"; from=<v@w.example> to=<x@y.example> proto=SMTP helo=<z>"@d.example>: Relay access denied; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<h>"#,
            // A greeting, once and twice.
            "550 5.1.1 <c@d.example>: no; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<h>; from=<v@w.example> to=<x@y.example> proto=SMTP helo=<z>",
            "504 5.5.2 <x>: no; from=<v@w.example> to=<x@y.example> proto=SMTP helo=<z>: Helo command rejected; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>: no; from=<v@w.example> to=<x@y.example> proto=SMTP helo=<z>",
            "550 5.1.1 <c@d.example>: no; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<h> sasl_method=PLAIN sasl_username=boss@d.example>",
        ] {
            let told = told(text).unwrap();
            assert_eq!([told[1], told[2]], genuine, "{text}");
            assert_eq!(told[3], "", "{text}");
        }
    }
}
