//! Proxmox Mail Gateway's filter and its quarantine, as they speak to syslog (formats.md 4.10).
//!
//! `pmg-smtp-filter` knows a message by an id of its own and says, recipient by recipient, what its
//! rules did with it; `pmgdaemon` says when a person lets a message out of the quarantine. The
//! gateway's other daemons are known and state nothing.

use memchr::{memmem, memrchr};

use super::filter::{self, address, is_queue_id, once, without_line_end};
use super::scan::cut_at;
use super::{Format, Line, Reader, Reading, Sink};
use crate::event::{Agent, Event, Kind, List, Origin, Verdict};

pub struct ProxmoxFilter;

impl Format for ProxmoxFilter {
    fn id(&self) -> &'static str {
        "proxmox_filter"
    }

    fn title(&self) -> &'static str {
        "Proxmox Mail Gateway filter (syslog)"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "Sep  4 08:12:44 pmg pmg-smtp-filter[811]: 611D85EAAD6477B053: accept mail to <bob@fabrikam.example> (9F2A1C0D3E) (rule: default-accept)",
            "Sep  4 08:12:44 pmg pmg-smtp-filter[811]: 611D85EAAD6477B053: SA score=0/5 time=1.2 bayes=undefined autolearn=no hits=HTML_MESSAGE(0.001)",
            "Sep  4 08:12:44 pmg pmgdaemon[90]: delivered quarantined mail 'C0R3T1001' (spam/2/612405EAAD648755DD)",
        ]
    }

    fn speaks(&self, program: &[u8]) -> bool {
        program == FILTER || DAEMONS.contains(&program)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Dialect)
    }
}

const FILTER: &[u8] = b"pmg-smtp-filter";

/// The gateway's daemons; the first lets messages out of the quarantine.
const DAEMONS: &[&[u8]] = &[
    b"pmgdaemon",
    b"pmgmirror",
    b"pmgpolicy",
    b"pmgproxy",
    b"pmgtunnel",
];

/// Every line stands for itself, so there is nothing to remember.
struct Dialect;

impl Reader for Dialect {
    fn line(&mut self, line: &Line<'_>, out: &mut dyn Sink) -> Reading {
        let Some(envelope) = &line.envelope else {
            return Reading::Unknown;
        };
        let text = without_line_end(once(envelope.text));
        let frame = filter::frame(line, envelope, Origin::PmgFilter);
        if envelope.program != FILTER {
            return answer(released(text, frame), out);
        }
        let Some((id, said)) = filter_id(text) else {
            return if text.is_empty() {
                Reading::Unknown
            } else {
                Reading::Recognised
            };
        };
        answer(filtered(said, Event { id, ..frame }), out)
    }
}

/// What a line comes to: an event, nothing, or less than it should.
type Said<'a> = Result<Option<Event<'a>>, Broken>;

struct Broken;

fn answer(said: Said<'_>, out: &mut dyn Sink) -> Reading {
    match said {
        Ok(Some(event)) => out.event(&event),
        Ok(None) => {}
        Err(Broken) => return Reading::Unknown,
    }
    Reading::Recognised
}

/// The filter's own id of a message, up to 25 hexadecimal digits.
fn filter_id(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (id, said) = cut_at(text, b':')?;
    let is_id = (6..=25).contains(&id.len()) && id.iter().all(u8::is_ascii_hexdigit);
    Some((id, said.strip_prefix(b" ")?)).filter(|_| is_id)
}

fn filtered<'a>(said: &'a [u8], frame: Event<'a>) -> Said<'a> {
    let (verb, rest) = cut_at(said, b' ').unwrap_or((said, b""));
    let event = match verb {
        b"new" => identified(rest, frame),
        b"accept" => accepted(rest, frame),
        b"moved" => moved(rest, frame),
        b"block" => blocked(rest, frame),
        b"processing" if rest.starts_with(b"time: ") => Some(Event {
            kind: Kind::Remove,
            ..frame
        }),
        b"SA" if rest.starts_with(b"score=") => Some(Event {
            kind: Kind::AgentInfo,
            ..frame
        }),
        b"virus" if rest.starts_with(b"detected: ") => Some(Event {
            kind: Kind::AgentInfo,
            verdict: Verdict::NONE.with_agent(Agent::Malware),
            ..frame
        }),
        // Changed fields, notices, disclaimers and the like.
        _ => return Ok(None),
    };
    let is_end = |event: &Event<'_>| matches!(event.kind, Kind::Identify | Kind::Remove);
    event
        .map(|event| {
            let text = if is_end(&event) { b"" } else { said };
            Some(Event { text, ..event })
        })
        .ok_or(Broken)
}

/// `new mail message-id=<m>`
fn identified<'a>(said: &'a [u8], frame: Event<'a>) -> Option<Event<'a>> {
    let message_id = said.strip_prefix(b"mail message-id=")?;
    let is_whole = !frame.cut || message_id.ends_with(b">");
    is_whole.then_some(Event {
        kind: Kind::Identify,
        message_id,
        ..frame
    })
}

/// `accept mail to <r> (QID) (rule: x)`: the message goes on as QID.
fn accepted<'a>(said: &'a [u8], frame: Event<'a>) -> Option<Event<'a>> {
    let (recipient, rest) = address(said.strip_prefix(b"mail to ")?)?;
    let (next_id, _) = cut_at(rest.strip_prefix(b" (")?, b')')?;
    is_queue_id(next_id).then_some(Event {
        kind: Kind::Pass,
        recipients: List::One(recipient),
        next_id,
        ..frame
    })
}

/// `moved mail for <r> to spam quarantine - QFID (rule: x)`
///
/// What goes to the attachment quarantine is a copy; the message goes on without its attachments.
fn moved<'a>(said: &'a [u8], frame: Event<'a>) -> Option<Event<'a>> {
    let (recipient, rest) = address(said.strip_prefix(b"mail for ")?)?;
    let (which, rest) = cut_at(rest.strip_prefix(b" to ")?, b' ')?;
    let rest = rest.strip_prefix(b"quarantine - ")?;
    let (reference, _) =
        cut_at(rest, b' ').or_else(|| Some((rest, rest)).filter(|_| !frame.cut))?;
    let (kind, agent) = match which {
        b"spam" => (Kind::Quarantine, Agent::Spam),
        b"virus" => (Kind::Quarantine, Agent::Malware),
        b"attachment" => (Kind::AgentInfo, Agent::Rule),
        _ => return None,
    };
    Some(Event {
        kind,
        recipients: List::One(recipient),
        reference: List::One(reference),
        verdict: found(agent),
        ..frame
    })
}

/// `block mail to <r> (rule: x)`: only the rule's name tells why.
fn blocked<'a>(said: &'a [u8], frame: Event<'a>) -> Option<Event<'a>> {
    let (recipient, rule) = address(said.strip_prefix(b"mail to ")?)?;
    Some(Event {
        kind: Kind::Block,
        recipients: List::One(recipient),
        verdict: found(rule_agent(rule)),
        ..frame
    })
}

fn found(agent: Agent) -> Verdict {
    let verdict = Verdict::NONE.with_agent(agent);
    if agent == Agent::Spam {
        verdict.with_spam()
    } else {
        verdict
    }
}

/// The rules that the gateway comes with are called `Block Spam (Level 10)`, `Block Viruses`, `Blacklist`.
fn rule_agent(rule: &[u8]) -> Agent {
    let names = |word: &[u8; 3]| {
        let mut windows = rule.windows(3);
        windows.any(|part| part.eq_ignore_ascii_case(word))
    };
    if names(b"vir") {
        Agent::Malware
    } else if names(b"spa") {
        Agent::Spam
    } else {
        Agent::Rule
    }
}

/// `delivered quarantined mail 'C0R3T1001' (spam/2/QFID)`: the file's name is the quarantine's id.
fn released<'a>(text: &'a [u8], frame: Event<'a>) -> Said<'a> {
    let Some(said) = text.strip_prefix(b"delivered quarantined mail '") else {
        return if text.is_empty() {
            Err(Broken)
        } else {
            Ok(None)
        };
    };
    let path = || {
        let at = memmem::find(said, b"' (")?;
        said.get(at + 3..)?.strip_suffix(b")")
    };
    let path = path().ok_or(Broken)?;
    let name = memrchr(b'/', path).and_then(|slash| path.get(slash + 1..));
    Ok(Some(Event {
        kind: Kind::Release,
        // What it is called in the quarantine, by which it was put there.
        id: name.unwrap_or(path),
        reference: List::One(name.unwrap_or(path)),
        text,
        ..frame
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::filter::tests::{read, said};
    use crate::formats::syslog;

    fn filter(text: &str) -> (Reading, String) {
        said("pmg-smtp-filter", &format!("611D85EAAD6477B053: {text}"))
    }

    #[test]
    fn each_word_of_the_filter_states_one_thing() {
        for (text, stated) in [
            (
                "new mail message-id=<m1@contoso.example>#012",
                "message-id pmg-smtp-filter host=mx1 id=611D85EAAD6477B053 message-id=<m1@contoso.example>",
            ),
            (
                "accept mail to <bob@fabrikam.example> (9F2A1C0D3E) (rule: default-accept)",
                "passed pmg-smtp-filter host=mx1 id=611D85EAAD6477B053 next=9F2A1C0D3E to=bob@fabrikam.example text=accept mail to <bob@fabrikam.example> (9F2A1C0D3E) (rule: default-accept)",
            ),
            (
                "moved mail for <bob@fabrikam.example> to spam quarantine - 612405EAAD648755DD (rule: Quarantine/Mark Spam (Level 3))",
                "quarantined pmg-smtp-filter host=mx1 id=611D85EAAD6477B053 to=bob@fabrikam.example reference=612405EAAD648755DD agent=spam filter spam text=moved mail for <bob@fabrikam.example> to spam quarantine - 612405EAAD648755DD (rule: Quarantine/Mark Spam (Level 3))",
            ),
            (
                "moved mail for <bob@fabrikam.example> to virus quarantine - 612405EAAD648755DD (rule: Block Viruses)",
                "quarantined pmg-smtp-filter host=mx1 id=611D85EAAD6477B053 to=bob@fabrikam.example reference=612405EAAD648755DD agent=malware filter text=moved mail for <bob@fabrikam.example> to virus quarantine - 612405EAAD648755DD (rule: Block Viruses)",
            ),
            (
                "moved mail for <bob@fabrikam.example> to attachment quarantine - 612405EAAD648755DD (rule: x)",
                "AGENTINFO pmg-smtp-filter host=mx1 id=611D85EAAD6477B053 to=bob@fabrikam.example reference=612405EAAD648755DD agent=transport rule text=moved mail for <bob@fabrikam.example> to attachment quarantine - 612405EAAD648755DD (rule: x)",
            ),
            (
                "block mail to <bob@fabrikam.example> (rule: Block Spam (Level 10))",
                "blocked pmg-smtp-filter host=mx1 id=611D85EAAD6477B053 to=bob@fabrikam.example agent=spam filter spam text=block mail to <bob@fabrikam.example> (rule: Block Spam (Level 10))",
            ),
            (
                "block mail to <bob@fabrikam.example> (rule: Blacklist)",
                "blocked pmg-smtp-filter host=mx1 id=611D85EAAD6477B053 to=bob@fabrikam.example agent=transport rule text=block mail to <bob@fabrikam.example> (rule: Blacklist)",
            ),
            (
                "SA score=8/5 time=0.5 hits=X(8)",
                "AGENTINFO pmg-smtp-filter host=mx1 id=611D85EAAD6477B053 text=SA score=8/5 time=0.5 hits=X(8)",
            ),
            (
                "processing time: 1.61 seconds (0.5, 1, 0)",
                "removed pmg-smtp-filter host=mx1 id=611D85EAAD6477B053",
            ),
            ("notify <admin@fabrikam.example> (rule: x, 7C1E5A4B90)", ""),
        ] {
            assert_eq!(
                filter(text),
                (Reading::Recognised, stated.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_message_leaves_the_quarantine_by_its_files_name() {
        let text = "delivered quarantined mail 'C0R3T1001' (cluster/1/spam/DD/612405EAAD648755DD)";
        assert_eq!(
            said("pmgdaemon", text),
            (
                Reading::Recognised,
                format!(
                    "released from hold pmg-smtp-filter host=mx1 id=612405EAAD648755DD reference=612405EAAD648755DD text={text}"
                )
            )
        );
        assert_eq!(
            said("pmgdaemon", "delivered quarantined mail 'C0R3").0,
            Reading::Unknown
        );
        assert_eq!(
            said("pmgproxy", "starting server"),
            (Reading::Recognised, String::new())
        );
    }

    #[test]
    fn what_senders_write_is_no_word_of_the_filter() {
        // The envelope's recipient may be quoted, and hold a queue id of someone else's.
        let (_, stated) = filter(
            r#"accept mail to <"x> (AAAAAAAAAA) (rule: y"@fabrikam.example> (9F2A1C0D3E) (rule: z)"#,
        );
        assert!(stated.contains("next=9F2A1C0D3E "), "{stated}");
        // A Message-ID that reads like a verdict is still one.
        let (_, stated) =
            filter("new mail message-id=<x>: block mail to <bob@fabrikam.example> (rule: spam)");
        assert!(stated.starts_with("message-id "), "{stated}");
        assert!(!stated.contains(" to="), "{stated}");
        assert_eq!(
            said(
                "pmg-smtp-filter",
                "block mail to <bob@fabrikam.example> (rule: x)"
            ),
            (Reading::Recognised, String::new())
        );
    }

    #[test]
    fn broken_lines_are_unknown() {
        for text in [
            "new mail",
            "accept mail to <bob@fabrikam.exam",
            "accept mail to <bob@fabrikam.example> (",
            "accept mail to <bob@fabrikam.example> (rule: x)",
            "moved mail for <bob@fabrikam.example> to no quarantine - 61 (rule: x)",
            "block mail to bob",
        ] {
            assert_eq!(filter(text), (Reading::Unknown, String::new()), "{text}");
        }
    }

    const GOOD: &[&str] = &[
        "new mail message-id=<m1@contoso.example>#012",
        r#"accept mail to <"a b"@fabrikam.example> (9F2A1C0D3E) (rule: default-accept)"#,
        "moved mail for <bob@fabrikam.example> to spam quarantine - 612405EAAD648755DD (rule: x)",
        "block mail to <bob@fabrikam.example> (rule: x)",
    ];

    proptest! {
        #[test]
        fn no_broken_line_panics(
            which in 0..GOOD.len(),
            at in 0usize..120,
            byte in prop_oneof![any::<u8>(), prop::sample::select(b"<>()[]\"\\,=: ".to_vec())],
            len in 0usize..160,
            text: Vec<u8>,
        ) {
            let mut said = GOOD[which].as_bytes().to_vec();
            if let Some(place) = said.get_mut(at) {
                *place = byte;
            }
            said.truncate(len);
            for said in [said, text] {
                for tag in ["pmg-smtp-filter[7]: 611D85EAAD6477B053: ", "pmgdaemon[7]: "] {
                    let line = [b"Sep  4 08:12:44 mx1 ", tag.as_bytes(), &said].concat();
                    read(syslog::reader(), &[&line], false);
                }
            }
        }
    }
}
