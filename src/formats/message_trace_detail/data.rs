//! The column Data of Message Trace's detail: `<root><MEP Name="ServerHostName" String="…"/>…</root>`
//! (formats.md 2.3).
//!
//! It is searched for its elements and not parsed as XML: exports cut it off.

use std::ops::Range;

use memchr::{memchr, memmem};

/// The properties of one Data, with their entities resolved.
#[derive(Debug, Default)]
pub(super) struct Data {
    text: Vec<u8>,
    properties: Vec<(Range<usize>, Range<usize>)>,
}

impl Data {
    /// Reads a Data in place of the one before.
    pub(super) fn read(&mut self, data: &[u8]) {
        self.text.clear();
        self.properties.clear();
        let mut rest = data;
        while let Some(at) = memmem::find(rest, b"<MEP ") {
            rest = rest.get(at + 5..).unwrap_or_default();
            let Some((name, after)) = attribute(rest) else {
                continue;
            };
            rest = after;
            let Some((value, after)) = attribute(rest) else {
                continue;
            };
            rest = after;
            let (name, value) = (self.hold(name.1), self.hold(value.1));
            self.properties.push((name, value));
        }
    }

    /// The first property of this name; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &[u8] {
        let found = self.properties.iter().find(|(known, _)| {
            let known = self.text.get(known.clone()).unwrap_or_default();
            known.eq_ignore_ascii_case(name.as_bytes())
        });
        let value = found.and_then(|(_, value)| self.text.get(value.clone()));
        value.unwrap_or_default().trim_ascii()
    }

    fn hold(&mut self, value: &[u8]) -> Range<usize> {
        let start = self.text.len();
        let mut rest = value;
        while let Some(at) = memchr(b'&', rest) {
            self.text
                .extend_from_slice(rest.get(..at).unwrap_or_default());
            rest = rest.get(at..).unwrap_or_default();
            let known = ENTITIES.iter().find(|(name, _)| rest.starts_with(name));
            let (len, byte) = known.map_or((1, b'&'), |(name, byte)| (name.len(), *byte));
            self.text.push(byte);
            rest = rest.get(len..).unwrap_or_default();
        }
        self.text.extend_from_slice(rest);
        start..self.text.len()
    }
}

const ENTITIES: [(&[u8], u8); 9] = [
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
    (b"&#39;", b'\''),
    (b"&amp;", b'&'),
    (b"&#xD;", b'\r'),
    (b"&#xA;", b'\n'),
    (b"&#x9;", b'\t'),
];

/// An attribute within this element, its name and its value, and what follows it.
type Attribute<'a> = ((&'a [u8], &'a [u8]), &'a [u8]);

fn attribute(text: &[u8]) -> Option<Attribute<'_>> {
    let equals = memchr(b'=', text)?;
    let (name, value) = text.split_at_checked(equals)?;
    if memchr(b'>', name).is_some() {
        return None;
    }
    let (quote, value) = value.get(1..)?.split_first()?;
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let (value, rest) = value.split_at_checked(memchr(*quote, value)?)?;
    Some(((name.trim_ascii(), value), rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn properties_of_every_type_are_found() {
        let mut data = Data::default();
        data.read(
            br#"<root><MEP Name="ServerHostName" String="EX01.contoso.example"/><MEP Name="RcptCount" Integer="28"/><MEP Name='ReturnPath' String='a&amp;b &lt;x@contoso.example&gt; &unknown;'/><MEP Name="CustomData" Blob="S:SFA=SUM|SCL=6"/></root>"#,
        );
        assert_eq!(data.get("ServerHostName"), b"EX01.contoso.example");
        assert_eq!(data.get("rcptcount"), b"28");
        assert_eq!(data.get("ReturnPath"), b"a&b <x@contoso.example> &unknown;");
        assert_eq!(data.get("CustomData"), b"S:SFA=SUM|SCL=6");
        assert_eq!(data.get("SCL"), b"");
    }

    #[test]
    fn what_is_cut_off_costs_only_itself() {
        let mut data = Data::default();
        data.read(br#"<root><MEP Name="SCL" Integer="8"/><MEP Name="DI"/><MEP Name="SFV" String="SPM"/><MEP Name="H" Str"#);
        assert_eq!(data.get("SCL"), b"8");
        assert_eq!(data.get("DI"), b"");
        assert_eq!(data.get("SFV"), b"SPM");
        assert_eq!(data.get("H"), b"");
        data.read(b"");
        assert_eq!(data.get("SCL"), b"");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read(text in prop::collection::vec(prop::sample::select(b"<MEP Name=\"'/>&lt;x".to_vec()), 0..80)) {
            Data::default().read(&text);
        }
    }
}
