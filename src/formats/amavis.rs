//! amavis (amavisd-new), as it speaks to syslog and to a log file of its own (formats.md 4.8).
//!
//! Read is the one line that says what became of a message, as `$log_templ` forms it; sites change
//! that template, so fields may come in any order or not at all. Whatever else amavis says of its
//! work is known and states nothing.

use memchr::{memchr_iter, memmem};

use super::filter::{self, address, digest, is_queue_id, once, sender};
use super::scan::{cut_at, number};
use super::{Format, Line, Reader, Reading, Sink};
use crate::event::{Agent, Event, Kind, List, Origin, Verdict};

pub struct Amavis;

impl Format for Amavis {
    fn id(&self) -> &'static str {
        "amavis"
    }

    fn title(&self) -> &'static str {
        "amavis (syslog)"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "Sep  4 08:12:44 mx1 amavis[3492]: (03492-02) Passed CLEAN {RelayedInbound}, [192.0.2.10]:55548 [198.51.100.42] <ann@contoso.example> -> <bob@fabrikam.example>, Queue-ID: 9F2A1C0D3E, Message-ID: <m1@contoso.example>, mail_id: y56hSa8ZL3DA, Hits: 0.052, size: 2888, queued_as: 7C1E5A4B90, 2342 ms",
            "Sep  4 08:12:44 mx1 /usr/sbin/amavisd[3492]: (03492-02) Blocked INFECTED (Eicar-Signature), <eve@spam.example> -> <bob@fabrikam.example>, Hits: -, 57 ms",
        ]
    }

    /// The log file that amavis writes itself has syslog's form, and the program's whole path as tag.
    fn speaks(&self, program: &[u8]) -> bool {
        matches!(
            filter::base_name(program),
            b"amavis" | b"amavisd" | b"amavisd-new" | b"amavis-new"
        )
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Dialect::default())
    }
}

/// Remembers lines that amavis cut in pieces because they were too long for syslog.
#[derive(Default)]
struct Dialect {
    open: Vec<Piece>,
}

/// The beginning of a line that goes on in a later one, which begins with `...`.
struct Piece {
    pid: u32,
    text: Vec<u8>,
}

/// More lines than amavis has children are not open at once, and none is longer than a message's
/// recipients make it.
const MOST_OPEN: usize = 64;
const LONGEST: usize = 256 * 1024;

impl Reader for Dialect {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        let Some(envelope) = &line.envelope else {
            return Reading::Unknown;
        };
        let frame = filter::frame(line, envelope, Origin::Amavis);
        let said = said(once(envelope.text));
        if let Some(rest) = said.strip_prefix(MORE) {
            return self.continued(rest, frame, out);
        }
        if said.is_empty() {
            return Reading::Unknown;
        }
        if !is_result(said) {
            return Reading::Recognised;
        }
        if let Some(begun) = said.strip_suffix(MORE) {
            self.open.retain(|piece| piece.pid != frame.pid);
            if self.open.len() < MOST_OPEN {
                let (pid, text) = (frame.pid, begun.to_vec());
                self.open.push(Piece { pid, text });
                return Reading::Recognised;
            }
        }
        state(said, frame, out)
    }
}

impl Dialect {
    fn continued(&mut self, rest: &[u8], frame: Event<'_>, out: &mut dyn Sink) -> Reading {
        let Some(at) = self.open.iter().position(|piece| piece.pid == frame.pid) else {
            // Of a line whose beginning is in an earlier file, or that was no result.
            return Reading::Recognised;
        };
        let mut piece = self.open.swap_remove(at);
        let (rest, goes_on) = match rest.strip_suffix(MORE) {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        piece.text.extend_from_slice(rest);
        if goes_on && piece.text.len() < LONGEST {
            self.open.push(piece);
            return Reading::Recognised;
        }
        let digest = digest(&piece.text);
        state(&piece.text, Event { digest, ..frame }, out)
    }
}

const MORE: &[u8] = b"...";

fn is_result(said: &[u8]) -> bool {
    said.starts_with(b"Passed ") || said.starts_with(b"Blocked ")
}

/// What follows amavis' own id of its work, `(03492-02) `, and a mark of alarm, `(!)`.
fn said(text: &[u8]) -> &[u8] {
    let after = |text: &'_ [u8]| {
        let (id, _) = cut_at(text.strip_prefix(b"(")?, b')')?;
        Some(id.len() + 2)
    };
    let mut text = text;
    for _ in 0..2 {
        let rest = after(text).and_then(|at| text.get(at..));
        text = rest.unwrap_or(text).trim_ascii_start();
    }
    text
}

/// States what a line says that begins with `Passed` or `Blocked`.
fn state<'a>(said: &'a [u8], frame: Event<'a>, out: &mut dyn Sink) -> Reading {
    let Some(result) = result(said) else {
        return Reading::Unknown;
    };
    let Fields {
        quarantine,
        queue_id,
        message_id,
        size,
        queued_as,
    } = fields(result.rest, !frame.cut);
    let kind = result.kind(!quarantine.is_empty());
    let mut several = Vec::new();
    let recipients = match address(result.recipients) {
        Some((one, b"")) => List::One(one),
        _ => {
            after_addresses(result.recipients, |one| several.push(one));
            List::Many(&several)
        }
    };
    let event = Event {
        kind,
        id: queue_id,
        message_id,
        size,
        return_path: result.return_path,
        recipients,
        client_ip: result.client_ip,
        original_client_ip: result.original_client_ip,
        reference: List::Split(quarantine, b','),
        text: result.words,
        verdict: result.verdict(),
        ..frame
    };
    // Recipients that are treated in different ways get copies of their own: `A/B`.
    let copies = queued_as.split(|byte| *byte == b'/');
    let mut copies = copies
        .filter(|id| kind == Kind::Pass && is_queue_id(id))
        .enumerate()
        .peekable();
    if copies.peek().is_none() {
        out.event(&event);
    }
    for (nth, copy) in copies {
        let digest = event.digest ^ if nth == 0 { 0 } else { digest(copy) };
        // Before the queue, a message has no id until amavis hands it on.
        let (id, next_id) = if queue_id.is_empty() {
            (copy, &b""[..])
        } else {
            (queue_id, copy)
        };
        out.event(&Event {
            id,
            next_id,
            digest,
            ..event
        });
    }
    Reading::Recognised
}

/// The part of a line that has a fixed order.
struct Outcome<'a> {
    /// `Blocked SPAM {DiscardedInbound,Quarantined}`
    words: &'a [u8],
    /// `SPAM`
    category: &'a [u8],
    /// `DiscardedInbound,Quarantined`
    actions: &'a [u8],
    client_ip: &'a [u8],
    original_client_ip: &'a [u8],
    return_path: &'a [u8],
    /// `<to>,<to>`
    recipients: &'a [u8],
    rest: &'a [u8],
}

impl Outcome<'_> {
    fn kind(&self, has_quarantine: bool) -> Kind {
        let did = |action: &[u8]| {
            let mut actions = self.actions.split(|byte| *byte == b',');
            actions.any(|one| one.starts_with(action))
        };
        if self.words.starts_with(b"Passed") {
            Kind::Pass
        } else if did(b"Quarantined") || has_quarantine {
            Kind::Quarantine
        } else if did(b"TempFailed") {
            Kind::Defer
        } else {
            Kind::Block
        }
    }

    fn verdict(&self) -> Verdict {
        let is = |word: &[u8]| self.category.starts_with(word);
        if is(b"SPAM") {
            Verdict::NONE.with_agent(Agent::Spam).with_spam()
        } else if is(b"INFECTED") {
            Verdict::NONE.with_agent(Agent::Malware)
        } else if is(b"CLEAN") {
            Verdict::NONE
        } else {
            Verdict::NONE.with_agent(Agent::Other)
        }
    }
}

/// `Blocked BANNED (.exe,a.exe) {Actions}, [ip]:port [ip] <sender> -> <to>,<to>` and what follows.
///
/// The name in parentheses is the sender's to choose, so it may hold the very signs that end it.
/// Where more than one end would do, none is believed.
fn result(said: &[u8]) -> Option<Outcome<'_>> {
    let (_, named) = cut_at(said, b' ')?;
    let word = named
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b'-')
        .count();
    let (category, after) = named.split_at_checked(word)?;
    if category.is_empty() {
        return None;
    }
    if !after.starts_with(b" (") {
        return outcome(said, category, after);
    }
    let ends = memchr_iter(b')', after).take(MOST_ENDS + 1);
    let mut found = ends.enumerate().filter_map(|(nth, end)| {
        // A name of nothing but ends is not searched for a true one.
        let after = after.get(end + 1..).filter(|_| nth < MOST_ENDS)?;
        outcome(said, category, after)
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

const MOST_ENDS: usize = 100;

/// What follows the category and its name.
fn outcome<'a>(said: &'a [u8], category: &'a [u8], after: &'a [u8]) -> Option<Outcome<'a>> {
    let (actions, after) = match after.strip_prefix(b" {") {
        Some(inside) => {
            let (actions, after) = cut_at(inside, b'}')?;
            let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b',';
            actions.iter().all(is_word).then_some((actions, after))?
        }
        None => (&b""[..], after),
    };
    let words = said.get(..said.len() - after.len())?;
    let mut rest = after.strip_prefix(b",")?.trim_ascii_start();
    let mut ips = [&b""[..]; 2];
    let mut seen = 0;
    // Before the sender stand the policy (`MYNETS LOCAL`), the client and the protocol.
    while !rest.starts_with(b"<") {
        let (token, next) = cut_at(rest, b' ')?;
        if let Some(ip) = token.strip_prefix(b"[") {
            let (ip, _port) = cut_at(ip, b']')?;
            *ips.get_mut(seen)? = ip.strip_prefix(b"IPv6:").unwrap_or(ip);
            seen += 1;
        } else if !token
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/_-.".contains(byte))
        {
            return None;
        }
        rest = next;
    }
    let (return_path, mut rest) = sender(rest)?;
    rest = rest.strip_prefix(b" -> ")?;
    let begin = rest;
    rest = after_addresses(rest, |_| ())?;
    let recipients = begin.get(..begin.len() - rest.len())?;
    let [client_ip, original_client_ip] = ips;
    Some(Outcome {
        words,
        category,
        actions,
        client_ip,
        original_client_ip,
        return_path,
        recipients,
        rest,
    })
}

/// Calls `each` with every address of `<to>,<to>`, and gives what follows.
fn after_addresses<'a>(text: &'a [u8], mut each: impl FnMut(&'a [u8])) -> Option<&'a [u8]> {
    let mut rest = text;
    loop {
        let (one, next) = address(rest)?;
        each(one);
        match next.strip_prefix(b",") {
            Some(more) if more.starts_with(b"<") => rest = more,
            _ => return Some(next),
        }
    }
}

#[derive(Default)]
struct Fields<'a> {
    quarantine: &'a [u8],
    queue_id: &'a [u8],
    message_id: &'a [u8],
    size: u64,
    queued_as: &'a [u8],
}

/// `, Queue-ID: 9F2A1C0D3E, Message-ID: <m1@contoso.example>, size: 2888, …`
///
/// The first of a name counts, and nothing from a header on that the sender wrote and the site's own
/// template adds.
fn fields(rest: &[u8], ended: bool) -> Fields<'_> {
    let mut fields = Fields::default();
    let mut rest = rest;
    while let Some(field) = rest.strip_prefix(b", ") {
        let (value, next) = match field.strip_prefix(b"Message-ID: <") {
            Some(_) => message_id(field),
            None => {
                let end = memmem::find(field, b", ").unwrap_or(field.len());
                field.split_at_checked(end).unwrap_or_default()
            }
        };
        // The last value of a line that was cut may be half of one.
        if next.is_empty() && !ended {
            break;
        }
        let Some((name, value)) = name(value) else {
            rest = next;
            continue;
        };
        match name {
            b"quarantine" => set(&mut fields.quarantine, value),
            b"Queue-ID" if is_queue_id(value) => set(&mut fields.queue_id, value),
            b"Message-ID" => set(&mut fields.message_id, value),
            b"queued_as" => set(&mut fields.queued_as, value),
            b"size" | b"Size" if fields.size == 0 => {
                fields.size = number(value).map_or(0, |(size, _)| size);
            }
            b"Subject" | b"From" | b"User-Agent" | b"X-Mailer" => break,
            _ => {}
        }
        rest = next;
    }
    fields
}

fn set<'a>(field: &mut &'a [u8], value: &'a [u8]) {
    if field.is_empty() {
        *field = value;
    }
}

fn name(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = cut_at(field, b':')?;
    Some((name, value.trim_ascii()))
}

/// A Message-ID ends at its bracket, whatever stands inside; amavis takes it out of the header so. One
/// that is cut is none.
fn message_id(field: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'>', field) {
        Some(end) => field.split_at_checked(end + 1).unwrap_or_default(),
        None => (b"", b""),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::filter::tests::{read, said};
    use crate::formats::syslog;

    fn stated(text: &str) -> String {
        let (reading, stated) = said("amavis", &format!("(03492-02) {text}"));
        assert_eq!(reading, Reading::Recognised, "{text}");
        stated
    }

    const CLEAN: &str = "Passed CLEAN {RelayedInbound}, [192.0.2.10]:55548 [198.51.100.42] <ann@contoso.example> -> <bob@fabrikam.example>, Queue-ID: 9F2A1C0D3E, Message-ID: <m1@contoso.example>, mail_id: y56hSa8ZL3DA, Hits: 0.052, size: 2888, queued_as: 7C1E5A4B90, dkim_sd=s1:contoso.example, 2342 ms";

    #[test]
    fn a_message_that_passed_names_both_legs() {
        assert_eq!(
            stated(CLEAN),
            "passed amavis host=mx1 id=9F2A1C0D3E next=7C1E5A4B90 message-id=<m1@contoso.example> return-path=ann@contoso.example ip=192.0.2.10 original=198.51.100.42 to=bob@fabrikam.example size=2888 text=Passed CLEAN {RelayedInbound}"
        );
    }

    #[test]
    fn every_verdict_has_its_kind() {
        const TAIL: &str = ", [IPv6:2001:db8::7]:1 <> -> <bob@fabrikam.example>, Queue-ID: 9F2A1C0D3E, Hits: -, size: 9, queued_as: 7C1E5A4B90, 7 ms";
        for (words, kind, verdict) in [
            (
                "Passed SPAM {RelayedTaggedInbound}",
                "passed",
                " agent=spam filter spam",
            ),
            (
                "Passed SPAMMY {RelayedTaggedInbound,Quarantined}",
                "passed",
                " agent=spam filter spam",
            ),
            (
                "Passed BAD-HEADER-7 {RelayedInbound}",
                "passed",
                " agent=agent",
            ),
            (
                "Passed UNCHECKED-ENCRYPTED {RelayedInbound}",
                "passed",
                " agent=agent",
            ),
            (
                "Blocked SPAM {DiscardedInbound}",
                "blocked",
                " agent=spam filter spam",
            ),
            (
                "Blocked SPAM {NoBounceInbound,Quarantined}",
                "quarantined",
                " agent=spam filter spam",
            ),
            (
                "Blocked SPAMMY {BouncedInbound,Quarantined}",
                "quarantined",
                " agent=spam filter spam",
            ),
            (
                "Blocked INFECTED (Eicar-Signature, Win.Test) {DiscardedInbound}",
                "blocked",
                " agent=malware filter",
            ),
            (
                "Blocked INFECTED (Eicar-Signature)",
                "blocked",
                " agent=malware filter",
            ),
            (
                "Blocked BANNED (multipart/mixed | .exe,a (1).exe) {RejectedInbound,Quarantined}",
                "quarantined",
                " agent=agent",
            ),
            (
                "Blocked BAD-HEADER-3 {RejectedInternal}",
                "blocked",
                " agent=agent",
            ),
            (
                "Blocked OVERSIZED {BouncedOutbound}",
                "blocked",
                " agent=agent",
            ),
            (
                "Blocked MTA-BLOCKED {TempFailedInbound}",
                "DEFER",
                " agent=agent",
            ),
            ("Blocked CLEAN {TempFailedInternal}", "DEFER", ""),
        ] {
            let next = if kind == "passed" {
                " next=7C1E5A4B90"
            } else {
                ""
            };
            assert_eq!(
                stated(&format!("{words}{TAIL}")),
                format!(
                    "{kind} amavis host=mx1 id=9F2A1C0D3E{next} return-path=<> ip=2001:db8::7 to=bob@fabrikam.example size=9{verdict} text={words}"
                )
            );
        }
    }

    #[test]
    fn fields_come_in_any_order_or_not_at_all() {
        for (text, expected) in [
            (
                "Passed CLEAN, <ann@contoso.example> -> <bob@fabrikam.example>, Hits: -, 57 ms",
                "passed amavis host=mx1 return-path=ann@contoso.example to=bob@fabrikam.example text=Passed CLEAN",
            ),
            (
                "Blocked SPAM, LOCAL [192.0.2.7] [192.0.2.8] <eve@spam.example> -> <bob@fabrikam.example>,<joe@fabrikam.example>, quarantine: W/spam-WK3LMJ.gz, mail_id: WK3LMJ, Message-ID: <m1@spam.example>, Size: 4, Queue-ID: 9F2A1C0D3E, 3 ms",
                "quarantined amavis host=mx1 id=9F2A1C0D3E message-id=<m1@spam.example> return-path=eve@spam.example ip=192.0.2.7 original=192.0.2.8 to=bob@fabrikam.example to=joe@fabrikam.example reference=W/spam-WK3LMJ.gz size=4 agent=spam filter spam text=Blocked SPAM",
            ),
            (
                r#"Passed CLEAN {RelayedInternal}, MYNETS LOCAL [192.0.2.7]:5 ESMTP/ESMTP <"a> -> <b"@contoso.example> -> <"c,d"@fabrikam.example>,<e@fabrikam.example>, Queue-ID: 9F2A1C0D3E, size: 4, 3 ms"#,
                r#"passed amavis host=mx1 id=9F2A1C0D3E return-path="a> -> <b"@contoso.example ip=192.0.2.7 to="c,d"@fabrikam.example to=e@fabrikam.example size=4 text=Passed CLEAN {RelayedInternal}"#,
            ),
        ] {
            assert_eq!(stated(text), expected);
        }
    }

    #[test]
    fn before_the_queue_a_message_has_the_id_that_it_gets() {
        let stated = stated(&CLEAN.replace("Queue-ID: 9F2A1C0D3E, ", ""));
        assert!(stated.contains(" id=7C1E5A4B90 message-id="), "{stated}");
    }

    #[test]
    fn copies_for_different_recipients_are_events_of_their_own() {
        let text = CLEAN.replace("queued_as: 7C1E5A4B90", "queued_as: 7C1E5A4B90/8D2F6B5CA1");
        let both = stated(&text);
        let nexts: Vec<_> = both
            .lines()
            .filter_map(|line| line.split(" next=").nth(1))
            .collect();
        assert_eq!(nexts.len(), 2, "{both}");
        assert!(nexts[0].starts_with("7C1E5A4B90 ") && nexts[1].starts_with("8D2F6B5CA1 "));
    }

    #[test]
    fn what_senders_write_moves_no_verdict_to_another_message() {
        // A Message-ID, a sender and a subject that read like fields.
        for (honest, forged) in [
            (
                "Message-ID: <m1@contoso.example>",
                "Message-ID: <m1, queued_as: AAAAAAAAAA, Queue-ID: BBBBBBBBBB>",
            ),
            (
                "<ann@contoso.example> ->",
                r#"<"x> -> <v@fabrikam.example>, Queue-ID: BBBBBBBBBB, queued_as: AAAAAAAAAA"@contoso.example> ->"#,
            ),
            (
                "2342 ms",
                r#"Subject: "x, Queue-ID: BBBBBBBBBB, queued_as: AAAAAAAAAA", 2342 ms"#,
            ),
        ] {
            let text = CLEAN.replace(honest, forged);
            assert_ne!(text, CLEAN);
            let stated = stated(&text);
            assert!(
                stated.contains(" id=9F2A1C0D3E next=7C1E5A4B90 "),
                "{stated}"
            );
            assert!(stated.contains(" to=bob@fabrikam.example "), "{stated}");
        }
        // A file's name that ends its own parenthesis: two readings, so none.
        let banned = "Blocked BANNED (.exe,NAME) {DiscardedInbound,Quarantined}, [192.0.2.10]:5 <eve@spam.example> -> <bob@fabrikam.example>, Queue-ID: 9F2A1C0D3E, 3 ms";
        let forged = banned.replace(
            "NAME",
            "x) {RelayedInbound}, [192.0.2.10]:5 <eve@spam.example> -> <v@fabrikam.example>, Queue-ID: BBBBBBBBBB, ",
        );
        assert_eq!(said("amavis", &forged), (Reading::Unknown, String::new()));
        assert!(stated(&banned.replace("NAME", "a) {b, (c}.exe")).contains(" id=9F2A1C0D3E "));
        let ends = banned.replace("NAME", &")".repeat(1000));
        assert_eq!(said("amavis", &ends), (Reading::Unknown, String::new()));
        // What amavis says of a part is no verdict, whatever the part is called.
        let part = format!("(03492-02) p001 1/2 Content-Type: text/plain, name: {CLEAN}");
        assert_eq!(said("amavis", &part), (Reading::Recognised, String::new()));
    }

    #[test]
    fn long_lines_come_in_pieces() {
        let (first, second) = CLEAN.split_at(90);
        let (second, third) = second.split_at(60);
        let line =
            |pid: u32, text: &str| format!("Sep  4 08:12:44 mx1 amavis[{pid}]: (03492-02) {text}");
        let lines = [
            line(7, &format!("{first}...")),
            line(8, "...of another line"),
            line(7, &format!("...{second}...")),
            line(7, &format!("...{third}")),
        ];
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let (reading, pieces) = read(syslog::reader(), &lines, true);
        assert_eq!(reading, Reading::Recognised);
        assert_eq!(pieces, [stated(CLEAN)]);
        let (_, headless) = read(syslog::reader(), &lines[1..], true);
        assert!(headless.is_empty(), "{headless:?}");
    }

    #[test]
    fn its_own_log_names_the_program_by_its_path() {
        for program in [
            "amavis",
            "amavisd",
            "/usr/sbin/amavisd",
            "/usr/sbin/amavisd-new",
        ] {
            assert!(Amavis.speaks(program.as_bytes()), "{program}");
        }
        for program in ["amavis/smtp", "amavis-milter", "postfix/amavisd", ""] {
            assert!(!Amavis.speaks(program.as_bytes()), "{program}");
        }
        assert!(stated(&format!("(!) {CLEAN}")).contains(" next="));
    }

    #[test]
    fn half_a_line_states_no_half_values() {
        let start = CLEAN.find("Queue-ID: ").unwrap();
        for len in start..CLEAN.len() {
            let line = format!(
                "Sep  4 08:12:44 mx1 amavis[7]: (03492-02) {}",
                &CLEAN[..len]
            );
            let (_, stated) = read(syslog::reader(), &[line.as_bytes()], false);
            for (field, value) in [
                (" id=", "9F2A1C0D3E"),
                (" next=", "7C1E5A4B90"),
                ("size=", "2888"),
                ("message-id=", "<m1@contoso.example>"),
            ] {
                let found = stated.concat();
                let found = found.split(field).nth(1);
                assert!(
                    found.is_none_or(|found| found.starts_with(value)),
                    "{len}: {stated:?}"
                );
            }
        }
        for text in [
            "",
            "(03492-02)",
            "Passed",
            "Passed CLEAN",
            "Blocked SPAM {",
            "Passed CLEAN {R}, <a@b",
            "Passed clean, <a> -> <b>",
            "Blocked INFECTED (x",
        ] {
            let expected = if text == "Passed" {
                Reading::Recognised
            } else {
                Reading::Unknown
            };
            assert_eq!(said("amavis", text), (expected, String::new()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_broken_line_panics(
            name in "[a-z() {},<>]{0,20}",
            at in 0usize..300,
            byte in prop_oneof![any::<u8>(), prop::sample::select(b"<>()[]{}\"\\,=:./ ".to_vec())],
            len in 0usize..400,
            text: Vec<u8>,
        ) {
            let mut said = CLEAN.replace("CLEAN", &format!("BANNED ({name})")).into_bytes();
            if let Some(place) = said.get_mut(at) {
                *place = byte;
            }
            said.truncate(len);
            for said in [&said, &text] {
                let line = |text: &[u8]| [b"Sep  4 08:12:44 mx1 amavis[7]: (1-2) ", text].concat();
                let lines = [line(&[said, &b"..."[..]].concat()), line(&[b"...", &said[..]].concat()), line(said)];
                read(syslog::reader(), &[&lines[0], &lines[1], &lines[2]], false);
            }
        }
    }
}
