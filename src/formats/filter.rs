//! What the dialects of content filters have in common: an event's frame and addresses in brackets.
//!
//! Much of a filter's line is written by whoever sent the message: addresses, Message-IDs, names of
//! files and viruses. So the dialects read from the left, part by part, and what could end in two
//! places ends in none (`only`).

use flate2::Crc;
use memchr::memchr;
use memchr::memmem::find_iter;

use super::scan::{number, quoted_len};
use super::{Envelope, Line};
use crate::event::{Event, Origin};

/// What every event of a line says: where the line stands, who speaks and when.
pub(super) fn frame<'a>(line: &Line<'_>, envelope: &Envelope<'a>, origin: Origin) -> Event<'a> {
    Event {
        offset: line.offset,
        stamp: envelope.stamp,
        origin,
        host: envelope.host,
        pid: envelope.pid,
        digest: digest(once(envelope.text)),
        cut: !line.ended,
        ..Event::default()
    }
}

/// The same on every machine, which a hash that multiplies words is not.
pub(super) fn digest(text: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(text);
    crc.sum()
}

/// What stands in `message repeated 3 times: [ text ]`: to say a thing again makes it no truer.
pub(super) fn once(text: &[u8]) -> &[u8] {
    let inner = || {
        let (_, rest) = number(text.strip_prefix(b"message repeated ")?)?;
        let inner = rest.strip_prefix(b" times: [")?.strip_suffix(b"]")?;
        Some(inner.trim_ascii())
    };
    inner().unwrap_or(text)
}

/// The last part of a program's path: amavis' own log names it whole.
pub(super) fn base_name(program: &[u8]) -> &[u8] {
    match memchr::memrchr(b'/', program) {
        Some(slash) if program.starts_with(b"/") => program.get(slash + 1..).unwrap_or_default(),
        _ => program,
    }
}

/// An address in angle brackets at the start, without them, and what follows.
///
/// A quoted local part may hold brackets (RFC 5321, section 4.1.2); a quote without its partner ends
/// nothing, and then the first `>` does.
pub(super) fn address(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = text.strip_prefix(b"<")?;
    let end = end_of_address(inside, |from| memchr(b'>', from))?;
    Some((inside.get(..end)?, inside.get(end + 1..)?))
}

/// The same for a sender, where `<>` stands for none.
pub(super) fn sender(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text.strip_prefix(b"<>") {
        Some(rest) => Some((text.get(..2)?, rest)),
        None => address(text),
    }
}

/// Where `end` finds an address' end behind its quoted local part, if it has one.
pub(super) fn end_of_address(text: &[u8], end: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
    let quoted = text.strip_prefix(b"\"").and_then(quoted_len);
    let behind = quoted
        .map(|len| len + 1)
        .filter(|at| text.get(*at) == Some(&b'@'));
    let from = behind.unwrap_or(0);
    Some(from + end(text.get(from..)?)?)
}

/// What stands before and after the mark, if the mark stands in the text once.
pub(super) fn only<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut places = find_iter(text, mark);
    let at = places.next()?;
    if places.next().is_some() {
        return None;
    }
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

/// rsyslog writes a line feed, a tab or a carriage return inside a value as `#012`, `#011`, `#015`.
pub(super) fn without_line_end(value: &[u8]) -> &[u8] {
    let mut value = value.trim_ascii_end();
    while let Some((rest, b"#012" | b"#011" | b"#015")) = value
        .split_last_chunk::<4>()
        .map(|(rest, last)| (rest, &last[..]))
    {
        value = rest.trim_ascii_end();
    }
    value
}

/// Whether a text may be a queue id of Postfix: six or more letters and digits (formats.md 4.3).
pub(super) fn is_queue_id(text: &[u8]) -> bool {
    text.len() >= 6 && text.iter().all(u8::is_ascii_alphanumeric) && {
        let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
        text.iter().any(u8::is_ascii_digit) || text.iter().all(is_hex)
    }
}

/// What the tests of the dialects see of a line: its reading, and its events in words.
#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::event::{Agent, List};
    use crate::formats::{Reader, Reading, Sink, syslog};

    #[derive(Default)]
    struct Stated(Vec<String>);

    impl Sink for Stated {
        fn event(&mut self, event: &Event<'_>) {
            let mut words = vec![event.kind.name().to_owned(), event.origin.name().to_owned()];
            let mut say = |name: &str, item: &[u8]| {
                if !item.is_empty() {
                    words.push(format!("{name}={}", String::from_utf8_lossy(item)));
                }
            };
            for (name, field) in [
                ("host", event.host),
                ("id", event.id),
                ("next", event.next_id),
                ("message-id", event.message_id),
                ("return-path", event.return_path),
                ("login", event.login),
                ("ip", event.client_ip),
                ("original", event.original_client_ip),
            ] {
                say(name, field);
            }
            for (name, items) in [("to", &event.recipients), ("reference", &event.reference)] {
                let items: &List<'_> = items;
                items.for_each(|item| say(name, item));
            }
            if event.size > 0 {
                words.push(format!("size={}", event.size));
            }
            if event.verdict.agent() != Agent::None {
                words.push(format!("agent={}", event.verdict.agent().name()));
            }
            if event.verdict.is_spam() {
                words.push("spam".to_owned());
            }
            if !event.text.is_empty() {
                words.push(format!("text={}", String::from_utf8_lossy(event.text)));
            }
            self.0.push(words.join(" "));
        }

        fn close(&mut self, _reading: Reading) {}
    }

    /// What a reader makes of lines: the reading of the last, and all events.
    pub(in crate::formats) fn read(
        mut reader: Box<dyn Reader>,
        lines: &[&[u8]],
        ended: bool,
    ) -> (Reading, Vec<String>) {
        let mut stated = Stated::default();
        let mut reading = Reading::Ignored;
        for bytes in lines {
            let line = Line {
                offset: 0,
                bytes,
                ended,
                envelope: None,
            };
            reading = reader.line(&line, &mut stated);
        }
        reader.finish(&mut stated);
        (reading, stated.0)
    }

    /// The same for what one program says in syslog.
    pub(in crate::formats) fn said(tag: &str, text: &str) -> (Reading, String) {
        let line = format!("Sep  4 08:12:44 mx1 {tag}[7]: {text}");
        let (reading, events) = read(syslog::reader(), &[line.as_bytes()], true);
        (reading, events.join("\n"))
    }

    #[test]
    fn addresses_end_behind_their_quotes() {
        for (text, expected) in [
            ("<a@b.example>,<c>", Some(("a@b.example", ",<c>"))),
            (
                r#"<"a> -> <b"@c.example> x"#,
                Some((r#""a> -> <b"@c.example"#, " x")),
            ),
            (r#"<"a@b.example> x"#, Some((r#""a@b.example"#, " x"))),
            (
                r#"<"a" b> "@c.example>"#,
                Some((r#""a" b"#, r#" "@c.example>"#)),
            ),
            ("<>", Some(("", ""))),
            ("<a@b", None),
            ("a@b>", None),
        ] {
            let found = address(text.as_bytes());
            let expected = expected.map(|(a, b)| (a.as_bytes(), b.as_bytes()));
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(sender(b"<> -> x"), Some((&b"<>"[..], &b" -> x"[..])));
    }

    #[test]
    fn a_mark_that_stands_twice_marks_nothing() {
        assert_eq!(only(b"a, b", b", "), Some((&b"a"[..], &b"b"[..])));
        assert_eq!(only(b"a, b, c", b", "), None);
        assert_eq!(only(b"a", b", "), None);
    }
}
