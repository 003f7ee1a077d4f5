//! SpamAssassin's spamd, as it speaks to syslog (formats.md 4.9).
//!
//! Read is the `result:` line, which alone names the message, by its Message-ID. spamd knows no queue
//! and decides nothing: what calls it (a milter, a pipe, procmail) does.

use memchr::memmem;

use super::filter::{self, once};
use super::scan::{cut_at, number};
use super::{Format, Line, Reader, Reading, Sink};
use crate::event::{Agent, Event, Kind, List, Origin, Verdict};

pub struct SpamAssassin;

impl Format for SpamAssassin {
    fn id(&self) -> &'static str {
        "spamassassin"
    }

    fn title(&self) -> &'static str {
        "SpamAssassin spamd (syslog)"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "Sep  4 08:12:44 mx1 spamd[811]: spamd: result: Y 22 - BAYES_99,HTML_MESSAGE scantime=0.4,size=3138,user=filter,uid=1000,required_score=5.0,rhost=::1,raddr=::1,rport=33153,mid=<m1@spam.example>,autolearn=spam",
            "Sep  4 08:12:44 mx1 spamd[811]: spamd: identified spam (22.1/5.0) for filter:1000 in 0.4 seconds, 3138 bytes.",
        ]
    }

    fn speaks(&self, program: &[u8]) -> bool {
        filter::base_name(program) == b"spamd"
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Dialect)
    }
}

/// Every line stands for itself, so there is nothing to remember.
struct Dialect;

impl Reader for Dialect {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        let Some(envelope) = &line.envelope else {
            return Reading::Unknown;
        };
        let text = once(envelope.text);
        let Some(said) = text.strip_prefix(b"spamd: result: ") else {
            return other(text);
        };
        match scanned(said, filter::frame(line, envelope, Origin::Spamd)) {
            // Without a Message-ID, nothing tells what message it was.
            Some(event) if event.message_id.is_empty() => {}
            Some(event) => out.event(&event),
            None => return Reading::Unknown,
        }
        Reading::Recognised
    }
}

/// SpamAssassin's parts begin what they say with their name. Another program is called spamd too, the
/// one of OpenBSD, which begins with an address and is no filter of contents.
fn other(text: &[u8]) -> Reading {
    match cut_at(text, b':') {
        Some((part, _)) if part.iter().all(u8::is_ascii_lowercase) && !part.is_empty() => {
            Reading::Recognised
        }
        _ if text.is_empty() => Reading::Unknown,
        _ => Reading::Ignored,
    }
}

/// `Y 22 - TESTS scantime=0.4,size=3138,…,mid=<m>,…`: `Y` for spam, `.` for none.
fn scanned<'a>(said: &'a [u8], frame: Event<'a>) -> Option<Event<'a>> {
    const FIELDS: &[u8] = b" scantime=";
    let (is_spam, rest) = cut_at(said, b' ')?;
    let verdict = match is_spam {
        b"Y" => Verdict::NONE.with_agent(Agent::Spam).with_spam(),
        b"." => Verdict::NONE,
        _ => return None,
    };
    let score = rest.strip_prefix(b"-").unwrap_or(rest);
    number(score)?;
    let at = memmem::find(said, FIELDS)?;
    let (text, fields) = said.split_at_checked(at)?;
    let size = value(fields, b",size=").and_then(number);
    let message_id = match value(fields, b",mid=")? {
        id if id.starts_with(b"<") => bracketed(id)?,
        _ => b"",
    };
    let resent = value(fields, b",rmid=").and_then(bracketed);
    Some(Event {
        kind: Kind::AgentInfo,
        text,
        verdict,
        size: size.map_or(0, |(size, _)| size),
        message_id,
        reference: resent.map_or(List::Empty, List::One),
        ..frame
    })
}

/// What follows the first of this name: up to the Message-ID, all is spamd's own.
fn value<'a>(fields: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = memmem::find(fields, name)?;
    fields.get(at + name.len()..)
}

/// An id in angle brackets, with them; spamd writes `(unknown)` for none.
fn bracketed(text: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b'>', text.strip_prefix(b"<")?)?;
    text.get(..end + 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::filter::tests::{read, said};
    use crate::formats::syslog;

    const SPAM: &str = "spamd: result: Y 22 - BAYES_99,HTML_MESSAGE scantime=0.4,size=3138,user=filter,uid=1000,required_score=5.0,rhost=::1,raddr=::1,rport=33153,mid=<m1@spam.example>,autolearn=spam";

    #[test]
    fn a_result_names_the_message_and_what_was_found() {
        assert_eq!(
            said("spamd", SPAM),
            (
                Reading::Recognised,
                "AGENTINFO spamd host=mx1 message-id=<m1@spam.example> size=3138 agent=spam filter spam text=Y 22 - BAYES_99,HTML_MESSAGE".to_owned()
            )
        );
        assert_eq!(
            said(
                "spamd",
                "spamd: result: . -20 - scantime=0.0,size=982,user=u,mid=<m2@contoso.example>,rmid=<r2@contoso.example>,autolearn=ham"
            )
            .1,
            "AGENTINFO spamd host=mx1 message-id=<m2@contoso.example> reference=<r2@contoso.example> size=982 text=. -20 -"
        );
        assert_eq!(
            said(
                "spamd",
                "spamd: result: . 0 - A scantime=0.0,size=9,mid=(unknown),autolearn=no"
            ),
            (Reading::Recognised, String::new())
        );
    }

    #[test]
    fn only_results_are_events() {
        for text in [
            "spamd: identified spam (22.1/5.0) for filter:1000 in 0.4 seconds, 3138 bytes.",
            "spamd: clean message (-1.9/5.0) for filter:1000 in 0.4 seconds, 3138 bytes.",
            "spamd: processing message <m1@spam.example> for filter:1000",
            "spamd: connection from localhost [::1]:33153 to port 783, fd 5",
            "prefork: child states: II",
        ] {
            assert_eq!(
                said("spamd", text),
                (Reading::Recognised, String::new()),
                "{text}"
            );
        }
        assert_eq!(
            said("spamd", "192.0.2.7: connected (1/0)").0,
            Reading::Ignored,
            "OpenBSD's spamd is another program"
        );
    }

    #[test]
    fn what_senders_write_is_no_result() {
        let (_, stated) = said(
            "spamd",
            "spamd: processing message <spamd: result: Y 9 - X scantime=1,mid=<v@contoso.example>> for filter:1000",
        );
        assert_eq!(stated, "");
        let (_, stated) = said(
            "spamd",
            "spamd: result: . 0 - A scantime=0.0,size=9,user=u,mid=<a,size=7,mid=<v@contoso.example>>,autolearn=no",
        );
        assert_eq!(
            stated,
            "AGENTINFO spamd host=mx1 message-id=<a,size=7,mid=<v@contoso.example> size=9 text=. 0 - A"
        );
    }

    #[test]
    fn broken_results_are_unknown() {
        for text in [
            "",
            "spamd: result: ",
            "spamd: result: Y",
            "spamd: result: Q 1 - A scantime=1",
            "spamd: result: Y 22 - A",
            "spamd: result: Y high - A scantime=1",
        ] {
            assert_eq!(
                said("spamd", text),
                (Reading::Unknown, String::new()),
                "{text}"
            );
        }
        let cut = &SPAM[..SPAM.find("@spam").unwrap()];
        assert!(!said("spamd", cut).1.contains("message-id"));
    }

    proptest! {
        #[test]
        fn no_broken_line_panics(
            at in 0usize..220,
            byte in prop_oneof![any::<u8>(), prop::sample::select(b"<>()[],=: ".to_vec())],
            len in 0usize..220,
            text: Vec<u8>,
        ) {
            let mut said = SPAM.as_bytes().to_vec();
            if let Some(place) = said.get_mut(at) {
                *place = byte;
            }
            said.truncate(len);
            for said in [said, text] {
                let line = [b"Sep  4 08:12:44 mx1 spamd[7]: ", &said[..]].concat();
                read(syslog::reader(), &[&line], false);
            }
        }
    }
}
