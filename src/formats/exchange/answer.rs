//! What source-context says: the remote server's answer, an agent's name, or a reason (formats.md 3.5).
//!
//! Answers, session ids and mailbox events are unique to their row. A reader keeps of them what rules
//! and rows need and what many rows share; the rest is in the raw text.

use memchr::memmem::{self, Finder};

use crate::event::{Agent, Enhanced};

/// Bytes kept of a reason.
const REASON_LEN: usize = 512;
/// Bytes of the longest text taken for a name.
const NAME_LEN: usize = 64;
const QUEUED: &[u8] = b"Queued mail for delivery";

/// The codes at the beginning of an answer: `550 5.1.1 …`, `550-5.1.1`, `5.1.1 …`.
pub fn codes(text: &[u8]) -> (u16, Enhanced) {
    let mut words = text
        .split(|byte| matches!(byte, b' ' | b'-'))
        .map(|word| word.trim_ascii_end().strip_suffix(b";").unwrap_or(word));
    let first = words.next().unwrap_or_default();
    let (reply_code, second) = match first {
        [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            let digit = |digit: &u8| u16::from(digit - b'0');
            (
                digit(a) * 100 + digit(b) * 10 + digit(c),
                words.next().unwrap_or_default(),
            )
        }
        _ => (0, first),
    };
    (reply_code, Enhanced::parse(second).unwrap_or_default())
}

/// Whether a text begins with a reply code or an enhanced status code.
pub fn is_answer(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_digit) && codes(text) != (0, Enhanced::NONE)
}

/// A remote server's answer to a message that it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted<'a> {
    pub reply_code: u16,
    pub enhanced: Enhanced,
    /// The words that such answers share.
    pub text: &'a [u8],
    /// The id under which the other side goes on with it.
    pub next_id: &'a [u8],
}

/// Finds what a SEND's source-context says:
/// `;250 2.6.0 <id> [InternalId=N, Hostname=H] … Queued mail for delivery;ClientSubmitTime:…`.
#[derive(Debug)]
pub struct Answers {
    submit_time: Finder<'static>,
    internal_id: Finder<'static>,
    queued: Finder<'static>,
    queued_as: Finder<'static>,
}

impl Default for Answers {
    fn default() -> Self {
        Answers {
            submit_time: Finder::new(b";ClientSubmitTime:"),
            internal_id: Finder::new(b"[InternalId="),
            queued: Finder::new(QUEUED),
            queued_as: Finder::new(b"queued as "),
        }
    }
}

impl Answers {
    /// Reads the answer of a server that took a message.
    ///
    /// Of the text stays `Queued mail for delivery`, or the words before the first one that holds a
    /// digit (`250 2.0.0 Ok: queued as`): what follows are ids, sizes and rates.
    pub fn accepted<'a>(&self, context: &'a [u8]) -> Accepted<'a> {
        let context = context.strip_prefix(b";").unwrap_or(context);
        let end = self.submit_time.find(context).unwrap_or(context.len());
        let answer = context.get(..end).unwrap_or_default().trim_ascii();
        if !is_answer(answer) {
            return Accepted::default();
        }
        let (reply_code, enhanced) = codes(answer);
        let after = |finder: &Finder<'_>, to: &[u8]| {
            let start = finder.find(answer)? + finder.needle().len();
            let rest = answer.get(start..)?;
            let len = rest.iter().position(|byte| to.contains(byte));
            rest.get(..len.unwrap_or(rest.len()))
        };
        let next_id = after(&self.internal_id, b",] ").or_else(|| after(&self.queued_as, b" ;,)"));
        let queued = self.queued.find(answer);
        let text = queued.and_then(|start| answer.get(start..start + QUEUED.len()));
        Accepted {
            reply_code,
            enhanced,
            text: text.unwrap_or_else(|| shared_words(answer)),
            next_id: next_id.unwrap_or_default(),
        }
    }
}

/// An answer's codes and the words after them, up to the first that is no plain word.
fn shared_words(answer: &[u8]) -> &[u8] {
    let mut end = 0;
    for (index, word) in answer.split(|byte| *byte == b' ').enumerate() {
        let is_code = index < 2
            && word
                .iter()
                .all(|byte| byte.is_ascii_digit() || *byte == b'.');
        let plain = |byte: &u8| {
            byte.is_ascii_alphabetic() || matches!(byte, b':' | b',' | b'.' | b';' | b'!')
        };
        if !is_code && !word.iter().all(plain) {
            break;
        }
        end += word.len() + 1;
    }
    let words = answer.get(..end.saturating_sub(1)).unwrap_or_default();
    reason(words)
}

/// A reason as far as it is kept: half a character is not.
pub fn reason(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    let Some(kept) = text.get(..REASON_LEN) else {
        return text;
    };
    let tail = kept.iter().rev().take_while(|byte| **byte & 0xC0 == 0x80);
    let tail_len = (tail.count() + 1).min(4);
    let whole = kept.len() - tail_len;
    match text.get(REASON_LEN) {
        Some(next) if next & 0xC0 == 0x80 => kept.get(..whole).unwrap_or_default(),
        _ => kept,
    }
}

/// The agent or the reason that a source-context names; empty for sessions, mailbox events and answers,
/// which are unique to their row.
pub fn name(context: &[u8]) -> &[u8] {
    let context = context.trim_ascii();
    let is_name = context.first().is_some_and(u8::is_ascii_alphabetic)
        && context.len() <= NAME_LEN
        && !context.contains(&b';')
        && !context.contains(&b'=')
        && !context.starts_with(b"MDB:")
        && !has_long_number(context);
    if is_name { context } else { &[] }
}

/// More digits in a row than a year or a version has, or an id of letters and digits.
fn has_long_number(text: &[u8]) -> bool {
    text.split(|byte| !byte.is_ascii_alphanumeric())
        .any(|word| word.iter().filter(|byte| byte.is_ascii_digit()).count() > 4)
}

/// What kind of agent a name is of.
pub fn agent(name: &[u8]) -> Agent {
    let holds = |word: &[u8]| memmem::find(name, word).is_some();
    if !name.ends_with(b"Agent") && !name.ends_with(b"agent") {
        Agent::None
    } else if holds(b"Quarantine") {
        Agent::Quarantine
    } else if holds(b"Transport Rule") || holds(b"DLP") {
        Agent::Rule
    } else if holds(b"Malware") {
        Agent::Malware
    } else if holds(b"Spam") || holds(b"Content Filter") {
        Agent::Spam
    } else {
        Agent::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_at_the_beginning() {
        let read = |text: &str| {
            let (reply_code, enhanced) = codes(text.as_bytes());
            (reply_code, enhanced.to_string())
        };
        assert_eq!(
            read("550 5.1.10 RESOLVER.ADR.RecipientNotFound; x"),
            (550, "5.1.10".into())
        );
        assert_eq!(read("550-5.1.1 gone"), (550, "5.1.1".into()));
        assert_eq!(read("4.4.7; expired"), (0, "4.4.7".into()));
        assert_eq!(read("421 try later"), (421, String::new()));
        assert_eq!(read("5500 no"), (0, String::new()));
        assert_eq!(read("To"), (0, String::new()));
    }

    #[test]
    fn an_exchange_answer_gives_its_next_id() {
        let accepted = Answers::default().accepted(
            b";250 2.6.0 <m1@contoso.example> [InternalId=5400000000017, Hostname=ex2.contoso.example] 141000 bytes in 0.100, 1376.953 KB/sec Queued mail for delivery;ClientSubmitTime:2026-09-14T08:00:00.000Z",
        );
        assert_eq!(accepted.reply_code, 250);
        assert_eq!(accepted.enhanced.to_string(), "2.6.0");
        assert_eq!(accepted.text, b"Queued mail for delivery");
        assert_eq!(accepted.next_id, b"5400000000017");
    }

    #[test]
    fn other_servers_answers_keep_their_shared_words() {
        let answers = Answers::default();
        let postfix = answers.accepted(b"250 2.0.0 Ok: queued as 4YXq2z0Zz;ClientSubmitTime:");
        assert_eq!(postfix.text, b"250 2.0.0 Ok: queued as");
        assert_eq!(postfix.next_id, b"4YXq2z0Zz");
        let other = answers.accepted(b"250 2.0.0 OK 1789379600 a1-2002 - mx;ClientSubmitTime:");
        assert_eq!(
            (other.text, other.next_id),
            (&b"250 2.0.0 OK"[..], &b""[..])
        );
        assert_eq!(
            answers.accepted(b"08DE0001;2026-09-14T08:00:00Z;0"),
            Accepted::default()
        );
        assert_eq!(answers.accepted(b";"), Accepted::default());
    }

    #[test]
    fn names_are_kept_and_what_is_unique_is_not() {
        for kept in [
            "Resolver",
            "ContentConversion",
            "Transport Rule Agent",
            "No suitable shadow servers",
        ] {
            assert_eq!(name(kept.as_bytes()), kept.as_bytes());
        }
        for unique in [
            "08DE000000000005;2026-09-14T08:00:00.544Z;0",
            "MDB:10000000-2000, Mailbox:20000000",
            "08DE000000000005",
            ";250 2.6.0 ok",
        ] {
            assert_eq!(name(unique.as_bytes()), b"", "{unique}");
        }
    }

    #[test]
    fn agents_are_told_by_their_names() {
        assert_eq!(agent(b"Transport Rule Agent"), Agent::Rule);
        assert_eq!(agent(b"Spam Filter Agent"), Agent::Spam);
        assert_eq!(agent(b"Content Filter Agent"), Agent::Spam);
        assert_eq!(agent(b"Malware Agent"), Agent::Malware);
        assert_eq!(agent(b"Hosted Quarantine Agent"), Agent::Quarantine);
        assert_eq!(agent(b"Contoso Signature Agent"), Agent::Other);
        assert_eq!(agent(b"Resolver"), Agent::None);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let long = "ä".repeat(REASON_LEN);
        let kept = reason(long.as_bytes());
        assert_eq!(
            std::str::from_utf8(kept).unwrap().chars().count(),
            REASON_LEN / 2
        );
        let odd = format!("x{long}");
        assert!(std::str::from_utf8(reason(odd.as_bytes())).is_ok());
    }
}
