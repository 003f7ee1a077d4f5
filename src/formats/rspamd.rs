//! Rspamd, as it speaks to syslog and to its own `rspamd.log` (formats.md 4.9).
//!
//! Read is the line that `rspamd_task_write_log` writes of each message that was scanned, in the form
//! of the default `log_format`. All that Rspamd says beside it is known and states nothing.
//! Its own log names no host, and its clock is the host's, without a zone.

use memchr::memmem;

use super::filter::{self, end_of_address, is_queue_id, once, only};
use super::scan::{clock, cut_at, midnight, number, pair};
use super::{Claim, Envelope, Format, Line, Reader, Reading, Sink};
use crate::event::{Agent, Event, Kind, List, Origin, Stamp, Verdict};

pub struct Rspamd;

impl Format for Rspamd {
    fn id(&self) -> &'static str {
        "rspamd"
    }

    fn title(&self) -> &'static str {
        "Rspamd (syslog and rspamd.log)"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-09-04 08:12:44 #3892(normal) <cf1261>; task; rspamd_task_write_log: id: <m1@contoso.example>, qid: <9F2A1C0D3E>, ip: 192.0.2.10, from: <ann@contoso.example>, (default: F (no action): [0.10/15.00] [MIME_GOOD(-0.10){text/plain;}]), len: 2888, time: 81.2ms, dns req: 9, digest: <18243eafedab9fa6e721f9d38a5db586>, rcpts: <bob@fabrikam.example>, mime_rcpts: <bob@fabrikam.example>",
            "2026-09-04 08:12:40.120 #3890(main) lua; lua_cfg.lua:21: configuration is read",
            "Sep  4 08:12:44 mx1 rspamd[3892]: <cf1261>; proxy; rspamd_message_parse: loaded message; id: <m1@contoso.example>; queue-id: <9F2A1C0D3E>; size: 2888; checksum: <b1035f4fb07162ba88053d9e38df9c93>",
        ]
    }

    fn recognises(&self, line: &[u8]) -> Option<Claim> {
        own(line).map(|_| Claim::Form)
    }

    fn speaks(&self, program: &[u8]) -> bool {
        program == b"rspamd"
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Dialect)
    }
}

/// Every line stands for itself, so there is nothing to remember.
struct Dialect;

impl Reader for Dialect {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        let Some(envelope) = line.envelope.or_else(|| own(line.bytes)) else {
            let is_blank = line.bytes.trim_ascii().is_empty();
            return if is_blank {
                Reading::Ignored
            } else {
                Reading::Unknown
            };
        };
        let text = once(envelope.text);
        if text.is_empty() {
            return Reading::Unknown;
        }
        let Some((module, said)) = result(text) else {
            return Reading::Recognised;
        };
        let mut apart = Vec::new();
        let frame = filter::frame(line, &envelope, Origin::Rspamd);
        let Some(mut event) = scanned(said, frame, &mut apart) else {
            return Reading::Unknown;
        };
        if !apart.is_empty() {
            event.recipients = List::Many(&apart);
        }
        if module == BY_HAND {
            event.kind = Kind::AgentInfo;
        }
        out.event(&event);
        Reading::Recognised
    }
}

/// The module that answers a person: what it finds of a message decides nothing about it.
const BY_HAND: &[u8] = b"csession";

/// `2026-09-04 08:12:44 #3892(normal) text`: what rspamd.log says instead of an envelope.
fn own(line: &[u8]) -> Option<Envelope<'_>> {
    let (&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' '], rest) = line.split_first_chunk()?
    else {
        return None;
    };
    let year = pair(y1, y2)? * 100 + pair(y3, y4)?;
    let midnight = midnight(year, pair(m1, m2)?, pair(d1, d2)?)?;
    let (micros, rest) = clock(rest)?;
    let (pid, rest) = number(rest.strip_prefix(b" #")?)?;
    let (worker, text) = cut_at(rest.strip_prefix(b"(")?, b')')?;
    let is_worker = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    worker.iter().all(is_worker).then(|| Envelope {
        stamp: Stamp::Civil(midnight + micros),
        host: b"",
        program: b"rspamd",
        pid: u32::try_from(pid).unwrap_or(0),
        text: text.trim_ascii_start(),
    })
}

/// The module, and what `rspamd_task_write_log` says, behind `(normal) <cf1261>; task; `.
///
/// Only the function's own place counts: others quote what senders write.
fn result(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = match text.strip_prefix(b"(") {
        Some(rest) => cut_at(rest, b')')?.1.trim_ascii_start(),
        None => text,
    };
    let text = match text.strip_prefix(b"<") {
        Some(rest) => cut_at(rest, b'>')?.1.strip_prefix(b"; ")?,
        None => text,
    };
    let (module, text) = cut_at(text, b';')?;
    Some((module, text.strip_prefix(b" rspamd_task_write_log: ")?))
}

const RESULT: &[u8] = b" (default: ";
const QUEUE_ID: &[u8] = b" qid: <";

/// `id: <m>, qid: <Q>, ip: I, user: U, from: <F>, (default: T (action): [score/required] [symbols]), len: …`
///
/// `None` where a part that tells whose the line is stands in it twice: then one of them was written by
/// the sender, into a Message-ID, an address or what the symbols quote.
///
/// Recipients that stand in brackets of their own are put into `apart`.
fn scanned<'a>(said: &'a [u8], frame: Event<'a>, apart: &mut Vec<&'a [u8]>) -> Option<Event<'a>> {
    let (before, after) = only(said, RESULT)?;
    if memmem::find_iter(said, QUEUE_ID).nth(1).is_some() {
        return None;
    }
    let mut event = frame;
    who(before, &mut event)?;
    let (spam, rest) = cut_at(after, b' ')?;
    let (action, rest) = cut_at(rest.strip_prefix(b"(")?, b')')?;
    let scores = rest.strip_prefix(b": [")?;
    let (_, symbols) = cut_at(scores, b']')?;
    let text = after.get(..after.len() - symbols.len())?;
    event.text = text;
    (event.kind, event.verdict) = judged(spam, action);
    // What the symbols quote may look like their end.
    if let Some((_, rest)) = only(symbols, b"]), len: ") {
        event.size = number(rest)?.0;
        event.recipients = recipients(rest, !event.cut, apart).unwrap_or_default();
    }
    Some(event)
}

/// The part before the result: `id: <m>, qid: <Q>, ip: I, user: U, from: <F>,`.
fn who<'a>(text: &'a [u8], event: &mut Event<'a>) -> Option<()> {
    let rest = text.strip_prefix(b"id: ")?;
    let (id, mut rest) = message_id(rest)?;
    if id != b"<undef>" && id != b"<>" {
        event.message_id = id;
    }
    if let Some(inside) = rest.strip_prefix(QUEUE_ID) {
        let (id, after) = cut_at(inside, b'>')?;
        if is_queue_id(id) {
            event.id = id;
        }
        rest = after.strip_prefix(b",")?;
    }
    if let Some(inside) = rest.strip_prefix(b" ip: ") {
        let (ip, after) = cut_at(inside, b',')?;
        event.client_ip = if ip == b"undef" { b"" } else { ip };
        rest = after;
    }
    if let Some(inside) = rest.strip_prefix(b" user: ") {
        let end = memmem::rfind(inside, b", from: <").unwrap_or(inside.len());
        let (login, after) = inside.split_at_checked(end)?;
        event.login = login.strip_suffix(b",").unwrap_or(login);
        rest = after.strip_prefix(b",").unwrap_or(after);
    }
    if let Some(inside) = rest.strip_prefix(b" from: <") {
        let from = inside
            .strip_suffix(b",")
            .unwrap_or(inside)
            .strip_suffix(b">")?;
        event.return_path = if from.is_empty() { b"<>" } else { from };
    }
    Some(())
}

/// A Message-ID with its brackets, which Rspamd takes off and the format puts on again.
fn message_id(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut ends = memmem::find_iter(text, b">,").map(|end| end + 1);
    let end = ends.find(|end| {
        let after = text.get(end + 1..).unwrap_or_default();
        let next: [&[u8]; 4] = [QUEUE_ID, b" ip: ", b" user: ", b" from: <"];
        after.is_empty() || next.iter().any(|next| after.starts_with(next))
    })?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// What the action means (formats.md 7.6): what only marks a message lets it pass.
fn judged(spam: &[u8], action: &[u8]) -> (Kind, Verdict) {
    let by_spam = Verdict::NONE.with_agent(Agent::Spam).with_spam();
    match action {
        b"reject" | b"discard" => (Kind::Block, by_spam),
        b"quarantine" => (Kind::Quarantine, by_spam),
        b"greylist" | b"soft reject" => (Kind::Defer, Verdict::NONE.with_agent(Agent::Spam)),
        b"add header" | b"rewrite subject" => (Kind::Pass, by_spam),
        // Sites may name actions of their own; `T` tells that one is no ham's.
        _ if spam == b"T" => (Kind::Pass, by_spam),
        _ => (Kind::Pass, Verdict::NONE),
    }
}

/// `rcpts: <a,b>`, or `rcpts: <a>,<b>`; `None` where not all are named, for then the line is about more
/// than these.
fn recipients<'a>(text: &'a [u8], ended: bool, apart: &mut Vec<&'a [u8]>) -> Option<List<'a>> {
    const NAME: &[u8] = b", rcpts: <";
    let at = memmem::find(text, NAME)?;
    let list = text.get(at + NAME.len()..)?;
    let mut rest = list;
    loop {
        let end = end_of_address(rest, |text| memchr::memchr2(b',', b'>', text))?;
        let (address, after) = rest.split_at_checked(end)?;
        if address.contains(&b'"') {
            // A comma in a quoted local part is no separator, and the list is split at commas.
            return None;
        }
        let (sign, after) = after.split_first()?;
        if *sign == b'>' {
            let is_whole = ended || !after.is_empty();
            if after.starts_with(b",<") {
                return is_whole.then(|| in_brackets(list, apart)).flatten();
            }
            let inside = list.get(..list.len() - after.len() - 1)?;
            let is_one = !inside.contains(&b',');
            let list = if is_one {
                List::One(inside)
            } else {
                List::Split(inside, b',')
            };
            return is_whole.then_some(list);
        }
        rest = after;
        if rest.starts_with(b"...") {
            return None;
        }
    }
}

/// `a>,<b>,<c>`, each in brackets of its own; none if one of them is odd.
fn in_brackets<'a>(mut rest: &'a [u8], apart: &mut Vec<&'a [u8]>) -> Option<List<'a>> {
    loop {
        let found = cut_at(rest, b'>');
        let address = found.filter(|(address, _)| !address.contains(&b'"'));
        let Some((address, after)) = address else {
            apart.clear();
            return None;
        };
        apart.push(address);
        match after.strip_prefix(b",<") {
            Some(next) => rest = next,
            None => return Some(List::Empty),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::filter::tests::{read, said};
    use crate::formats::{sniff, syslog};

    fn scan(action: &str) -> String {
        format!(
            "<cf1261>; task; rspamd_task_write_log: id: <m1@contoso.example>, qid: <9F2A1C0D3E>, ip: 192.0.2.10, user: ann, from: <ann@contoso.example>, (default: {action}: [16.20/15.00] [BAYES_SPAM(5.10){{99.97%;}},ASN(0.00){{asn:64500, ipnet:192.0.2.0/24, country:US;}},ODD(0.00){{a]b}};, (c);}}]), len: 2888, time: 81.2ms, dns req: 9, digest: <18243eafedab9fa6e721f9d38a5db586>, rcpts: <bob@fabrikam.example,eve@fabrikam.example>, mime_rcpts: <x@y.example>"
        )
    }

    #[test]
    fn every_action_means_one_thing() {
        for (action, kind, verdict) in [
            ("F (no action)", "passed", ""),
            ("S (no action)", "passed", ""),
            ("T (add header)", "passed", " agent=spam filter spam"),
            ("T (rewrite subject)", "passed", " agent=spam filter spam"),
            ("T (reject)", "blocked", " agent=spam filter spam"),
            ("T (discard)", "blocked", " agent=spam filter spam"),
            ("T (quarantine)", "quarantined", " agent=spam filter spam"),
            ("F (greylist)", "DEFER", " agent=spam filter"),
            ("F (soft reject)", "DEFER", " agent=spam filter"),
            ("T (a site's own)", "passed", " agent=spam filter spam"),
        ] {
            let expected = format!(
                "{kind} rspamd host=mx1 id=9F2A1C0D3E message-id=<m1@contoso.example> return-path=ann@contoso.example login=ann ip=192.0.2.10 to=bob@fabrikam.example to=eve@fabrikam.example size=2888{verdict} text={action}: [16.20/15.00]"
            );
            assert_eq!(
                said("rspamd", &scan(action)),
                (Reading::Recognised, expected)
            );
        }
    }

    #[test]
    fn parts_may_be_missing() {
        for (text, expected) in [
            (
                "(controller) <115a78>; csession; rspamd_task_write_log: id: <undef>, (default: F (no action): [0.00/15.00] []), len: 9, time: 1ms",
                "AGENTINFO rspamd host=mx1 size=9 text=F (no action): [0.00/15.00]",
            ),
            (
                "<115a78>; csession; rspamd_task_write_log: id: <m1@contoso.example>, ip: 192.0.2.10, from: <>, (default: F (no action): [0.00/15.00] [A,B]), len: 9, time: 1ms, rcpts: <bob@fabrikam.example>",
                "AGENTINFO rspamd host=mx1 message-id=<m1@contoso.example> return-path=<> ip=192.0.2.10 to=bob@fabrikam.example size=9 text=F (no action): [0.00/15.00]",
            ),
            (
                "<115a78>; proxy; rspamd_task_write_log: id: <m1@contoso.example>, qid: <9F2A1C0D3E>, ip: 192.0.2.10, (default: F (greylist): [6.00/15.00] [A(6.00){}",
                "DEFER rspamd host=mx1 id=9F2A1C0D3E message-id=<m1@contoso.example> ip=192.0.2.10 agent=spam filter text=F (greylist): [6.00/15.00]",
            ),
            (
                "<115a78>; proxy; rspamd_task_write_log: id: <m1@contoso.example>, qid: <9F2A1C0D3E>, (default: F (no action): [0/15] []), len: 9, rcpts: <a@b.example,c@d.example,...>",
                "passed rspamd host=mx1 id=9F2A1C0D3E message-id=<m1@contoso.example> size=9 text=F (no action): [0/15]",
            ),
            (
                "<115a78>; proxy; rspamd_task_write_log: id: <m1@contoso.example>, qid: <9F2A1C0D3E>, (default: T (reject): [16/15] []), len: 9, rcpts: <a@b.example>,<c@d.example>, mime_rcpts: <x@y.example>",
                "blocked rspamd host=mx1 id=9F2A1C0D3E message-id=<m1@contoso.example> to=a@b.example to=c@d.example size=9 agent=spam filter spam text=T (reject): [16/15]",
            ),
            (
                "<115a78>; proxy; rspamd_task_write_log: id: <m1@contoso.example>, qid: <9F2A1C0D3E>, (default: F (no action): [0/15] []), len: 9, rcpts: <a@b.example>,<c@d.exam",
                "passed rspamd host=mx1 id=9F2A1C0D3E message-id=<m1@contoso.example> size=9 text=F (no action): [0/15]",
            ),
        ] {
            assert_eq!(
                said("rspamd", text),
                (Reading::Recognised, expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_senders_write_moves_no_verdict_to_another_message() {
        let whole = scan("F (no action)");
        for (honest, forged) in [
            (
                "id: <m1@contoso.example>,",
                "id: <m1>, qid: <AAAAAAAAAA>, ip: 192.0.2.7, from: <x>, (default: T (reject): [99/15] []), len: 1>,",
            ),
            ("id: <m1@contoso.example>,", "id: <m1>, qid: <AAAAAAAAAA>,"),
            (
                "from: <ann@contoso.example>,",
                r#"from: <"x>, (default: T (reject): [99/15] []), len: 1"@contoso.example>,"#,
            ),
            ("ODD(0.00){", "ODD(0.00){, qid: <AAAAAAAAAA>"),
        ] {
            let text = whole.replace(honest, forged);
            assert_ne!(text, whole);
            assert_eq!(
                said("rspamd", &text),
                (Reading::Unknown, String::new()),
                "{text}"
            );
        }
        // Where only size and recipients are in doubt, only these are not stated.
        let text = whole.replace(
            "ODD(0.00){",
            "ODD(0.00){]), len: 1, rcpts: <v@fabrikam.example>",
        );
        let (reading, stated) = said("rspamd", &text);
        assert_eq!(reading, Reading::Recognised);
        assert!(stated.contains(" id=9F2A1C0D3E "), "{stated}");
        assert!(!stated.contains("fabrikam"), "{stated}");
        // Another function that quotes a header is not the one that states results.
        let quoted = format!("<cf1261>; task; rspamd_mime_part: subject \"{whole}\"");
        assert_eq!(
            said("rspamd", &quoted),
            (Reading::Recognised, String::new())
        );
    }

    #[test]
    fn its_own_log_has_a_civil_clock_and_no_host() {
        let line = format!(
            "2026-09-04 08:12:44.250 #3892(rspamd_proxy) {}",
            scan("T (reject)")
        );
        let envelope = own(line.as_bytes()).unwrap();
        assert_eq!(envelope.stamp, Stamp::Civil(1_788_509_564_250_000));
        assert_eq!(envelope.pid, 3892);
        let (reading, stated) = read(Dialect.into_box(), &[line.as_bytes()], true);
        assert_eq!(reading, Reading::Recognised);
        assert!(
            stated.concat().starts_with("blocked rspamd id=9F2A1C0D3E"),
            "{stated:?}"
        );
        assert!(sniff(line.as_bytes()).is_some());
        for foreign in [
            "2026-09-04 08:12:44 1pwgnI-00DQGx-NA <= a@contoso.example",
            "2026-09-04 08:12:44 #3892 x",
            "2026-13-04 08:12:44 #3892(normal) x",
        ] {
            assert!(Rspamd.recognises(foreign.as_bytes()).is_none(), "{foreign}");
        }
    }

    impl Dialect {
        fn into_box(self) -> Box<dyn Reader> {
            Box::new(self)
        }
    }

    #[test]
    fn broken_results_are_unknown() {
        let whole = scan("T (reject)");
        let result = whole.find("[16.20/15.00").unwrap() + "[16.20/15.00".len();
        let begin = whole.find("id: ").unwrap();
        for len in begin..result {
            assert_eq!(said("rspamd", &whole[..len]).1, "", "{len}");
        }
        assert_eq!(said("rspamd", &whole[..result]).0, Reading::Unknown);
        assert_eq!(said("rspamd", "").0, Reading::Unknown);
    }

    proptest! {
        #[test]
        fn no_broken_line_panics(
            at in 0usize..500,
            byte in prop_oneof![any::<u8>(), prop::sample::select(b"<>()[]{}\",=:; ".to_vec())],
            len in 0usize..500,
            text: Vec<u8>,
        ) {
            let mut said = scan("T (reject)").into_bytes();
            if let Some(place) = said.get_mut(at) {
                *place = byte;
            }
            said.truncate(len);
            for said in [said, text] {
                let line = [b"Sep  4 08:12:44 mx1 rspamd[7]: ", &said[..]].concat();
                read(syslog::reader(), &[&line], false);
                let line = [b"2026-09-04 08:12:44 #1(normal) ", &said[..]].concat();
                read(Rspamd.reader(), &[&line, &said], false);
            }
        }
    }
}
