//! EventData: what Get-MessageTrackingLog makes of custom-data (formats.md 3.6), made custom-data again.
//!
//! ```text
//! event-data = "{" item *( separator item ) "}"     without braces where a script has joined it
//! item       = "[" key ", " value "]"
//! ```

/// Writes an EventData as custom-data (formats.md 1.6). What is none, such as a custom-data that a script
/// exported as it stands, is written unchanged.
pub fn rewrite(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = less_braces(text);
    if !rest.starts_with(b"[") {
        out.extend_from_slice(rest);
        return;
    }
    while let Some(inner) = rest.strip_prefix(b"[") {
        let (len, next) = item(inner);
        let item = inner.get(..len).unwrap_or_default();
        let comma = memchr::memchr(b',', item).unwrap_or(item.len());
        let (key, value) = item.split_at_checked(comma).unwrap_or((item, &[]));
        let value = value.strip_prefix(b",").unwrap_or(value).trim_ascii();
        if !out.is_empty() {
            out.push(b';');
        }
        // A pair that holds a semicolon stands in quotes.
        let quote: &[u8] = match memchr::memchr(b';', value) {
            Some(_) => b"'",
            None => b"",
        };
        for part in [quote, key.trim_ascii(), b"=", value, quote] {
            out.extend_from_slice(part);
        }
        rest = inner.get(next..).unwrap_or_default();
    }
}

/// The length of an item that has begun, and where the next begins: values may hold brackets, so one
/// closes the item only where another item or nothing follows.
fn item(inner: &[u8]) -> (usize, usize) {
    for end in memchr::memchr_iter(b']', inner) {
        let after = inner.get(end + 1..).unwrap_or_default();
        let is_blank =
            |byte: &&u8| matches!(byte, b';' | b',' | b'|') || byte.is_ascii_whitespace();
        let blanks = after.iter().take_while(is_blank).count();
        match after.get(blanks) {
            None => return (end, inner.len()),
            Some(b'[') if blanks > 0 => return (end, end + 1 + blanks),
            Some(_) => {}
        }
    }
    (inner.len(), inner.len())
}

/// A list as PowerShell shows it, less its braces.
pub fn less_braces(text: &[u8]) -> &[u8] {
    let inner = text.strip_prefix(b"{").and_then(|t| t.strip_suffix(b"}"));
    inner.map_or(text, <[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_in_brackets_become_pairs_with_equals_signs() {
        for (text, expected) in [
            (
                "{[DeliveryPriority, Normal], [E2ELatency, 3]}",
                "DeliveryPriority=Normal;E2ELatency=3",
            ),
            (
                "[DeliveryPriority, Normal];[E2ELatency, 3]",
                "DeliveryPriority=Normal;E2ELatency=3",
            ),
            (
                "[SFA, SUM|SFV=SPM|SCL=6] [Rule, [a] b; c]",
                "SFA=SUM|SFV=SPM|SCL=6;'Rule=[a] b; c'",
            ),
            (
                "S:SFA=SUM|SFV=SPM;S:E2ELatency=3",
                "S:SFA=SUM|SFV=SPM;S:E2ELatency=3",
            ),
            ("[Cut, off", "Cut=off"),
            ("[Empty]", "Empty="),
            ("{}", ""),
            ("", ""),
        ] {
            let mut out = Vec::new();
            rewrite(text.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{text}");
        }
    }
}
