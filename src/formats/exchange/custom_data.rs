//! The grammar of custom-data (formats.md 1.6), and the few things in it that rules need.
//!
//! ```text
//! custom-data = pair *( ";" pair )
//! pair        = type ":" key "=" value     a pair that holds ";" stands whole in single quotes
//! ```
//! Agents write `|` between and `=` inside their values. The rest of custom-data is long and unique to
//! its row, so it stays in the raw text.

use memchr::{memchr, memmem};

use crate::event::{Agent, Di, Folder, MalwareAction, Sfv, Verdict};

/// One pair, less its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    pub key: &'a [u8],
    pub value: &'a [u8],
}

/// The pairs of a custom-data, in its order.
pub fn pairs(text: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    Pairs {
        rest: Some(text),
        wraps: true,
        balances: true,
    }
    .filter(|pair| !pair.key.is_empty())
}

struct Pairs<'a> {
    rest: Option<&'a [u8]>,
    /// False once a quote or bracket was found not to close: looking again for each pair would let a
    /// hostile line take time that grows with the square of its length.
    wraps: bool,
    balances: bool,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        let text = self.rest?;
        if let Some(inner) = text.strip_prefix(b"'").filter(|_| self.wraps) {
            match closing_quote(inner) {
                Some(end) => {
                    self.rest = inner.get(end + 2..);
                    return Some(pair(inner.get(..end).unwrap_or_default()));
                }
                None => self.wraps = false,
            }
        }
        // Keys are short: a plain loop is faster than a call.
        let name_len = text.iter().position(|byte| matches!(byte, b'=' | b';'));
        let name_len = name_len.unwrap_or(text.len());
        let after = text.get(name_len..).unwrap_or_default();
        let mut end = name_len + memchr(b';', after).unwrap_or(after.len());
        if self.balances
            && let Some(value) = after.strip_prefix(b"=")
            && matches!(value.first(), Some(b'{' | b'['))
        {
            match balanced(value) {
                Some(len) => {
                    let closed = name_len + 1 + len;
                    let rest = text.get(closed..).unwrap_or_default();
                    end = closed + memchr(b';', rest).unwrap_or(rest.len());
                }
                None => self.balances = false,
            }
        }
        self.rest = text.get(end + 1..);
        Some(pair(text.get(..end).unwrap_or_default()))
    }
}

/// The end of a pair that began with a quote: a quote before `;` or at the end.
fn closing_quote(inner: &[u8]) -> Option<usize> {
    memmem::find(inner, b"';").or_else(|| {
        inner
            .len()
            .checked_sub(1)
            .filter(|last| inner.get(*last) == Some(&b'\''))
    })
}

/// The length of a JSON value that begins with a bracket; `None` if the bracket is never closed.
fn balanced(value: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0u32, false, false);
    for (index, byte) in value.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(index + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn pair(text: &[u8]) -> Pair<'_> {
    let text = text.trim_ascii();
    let (name, value) = around_equals(text);
    // S, I32, Dbl, F, Dt: a type is short.
    let key = match name {
        [_, b':', key @ ..] | [_, _, b':', key @ ..] | [_, _, _, b':', key @ ..] => key,
        _ => name,
    };
    Pair { key, value }
}

/// What stands before and after the first equals sign; nothing stands after where there is none.
fn around_equals(text: &[u8]) -> (&[u8], &[u8]) {
    let equals = text.iter().position(|byte| *byte == b'=');
    match equals.and_then(|equals| Some((text.get(..equals)?, text.get(equals + 1..)?))) {
        Some(around) => around,
        None => (text, &[]),
    }
}

/// The parts of an agent's value: `SUM|SFV=SPM|SCL=6` gives `("SUM", "")`, `("SFV", "SPM")`, ….
pub fn parts(value: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    value
        .split(|byte| *byte == b'|')
        .map(|part| around_equals(part.trim_ascii()))
}

/// What rules and rows need of a custom-data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gist<'a> {
    pub verdict: Verdict,
    /// The client before the front end that proxied it.
    pub proxied_client_ip: &'a [u8],
    /// End-to-end latency so far.
    pub latency_ms: u32,
}

/// Reads what is needed of a custom-data.
pub fn gist(text: &[u8]) -> Gist<'_> {
    let mut gist = Gist::default();
    if text.is_empty() {
        return gist;
    }
    for Pair { key, value } in pairs(text) {
        match key {
            b"SFA" => gist.verdict = spam(gist.verdict, value),
            b"AMA" => gist.verdict = malware(gist.verdict, value),
            b"TRA" => gist.verdict = rule(gist.verdict, value),
            b"ToEntity" if value == b"Internet" => gist.verdict = gist.verdict.with_external(),
            b"ProxiedClientIPAddress" => gist.proxied_client_ip = value,
            b"E2ELatency" => gist.latency_ms = millis(value),
            _ if key.ends_with(b"Folder") || value.starts_with(b"DefaultFolderType:") => {
                let folder = folder(value);
                if folder != Folder::None {
                    gist.verdict = gist.verdict.with_folder(folder);
                }
            }
            _ => {}
        }
    }
    gist
}

/// The folder that a text names; [`Folder::None`] for an empty text.
pub fn folder(text: &[u8]) -> Folder {
    let holds = |word: &[u8]| {
        text.windows(word.len())
            .any(|window| window.eq_ignore_ascii_case(word))
    };
    if text.is_empty() {
        Folder::None
    } else if holds(b"quarantine") {
        Folder::Quarantine
    } else if holds(b"junk") {
        Folder::Junk
    } else {
        Folder::Other
    }
}

/// The spam filter's verdict: `SUM|SFV=SPM|SCL=6|DI=SJ|…`.
fn spam(mut verdict: Verdict, value: &[u8]) -> Verdict {
    for (key, value) in parts(value) {
        match key {
            b"SFV" => verdict = verdict.with_sfv(named(Sfv::ALL, Sfv::name, value)),
            b"DI" => verdict = verdict.with_di(named(Di::ALL, Di::name, value)),
            b"SCL" => {
                let scl = std::str::from_utf8(value)
                    .ok()
                    .and_then(|scl| scl.parse().ok());
                verdict = scl.map_or(verdict, |scl| verdict.with_scl(scl));
            }
            _ => {}
        }
    }
    verdict
}

/// The malware filter's: `SUM|action=p|…` is written for clean mail too, `EV|…` for a find.
fn malware(mut verdict: Verdict, value: &[u8]) -> Verdict {
    for (key, value) in parts(value) {
        match key {
            b"EV" => verdict = verdict.with_agent(Agent::Malware),
            b"action" => {
                let action = match value {
                    b"st" | b"sy" => MalwareAction::Passed,
                    _ => named(MalwareAction::ALL, MalwareAction::name, value),
                };
                // A message has one summary and may have several finds: the stronger word stays.
                if !matches!(action, MalwareAction::None)
                    && (action != MalwareAction::Passed || verdict.malware() == MalwareAction::None)
                {
                    verdict = verdict.with_malware(action);
                }
            }
            _ => {}
        }
    }
    verdict
}

/// A transport rule's: only one that is enforced and takes the message away says anything of status.
fn rule(verdict: Verdict, value: &[u8]) -> Verdict {
    let (mut enforced, mut agent) = (true, Agent::None);
    for (key, value) in parts(value) {
        match key {
            b"mode" => enforced = value.eq_ignore_ascii_case(b"Enforce"),
            b"action" => {
                agent = if value.eq_ignore_ascii_case(b"Quarantine") {
                    Agent::Quarantine
                } else if value.eq_ignore_ascii_case(b"RejectMessage")
                    || value.eq_ignore_ascii_case(b"DeleteMessage")
                {
                    Agent::Rule
                } else {
                    agent
                };
            }
            _ => {}
        }
    }
    if enforced && agent != Agent::None {
        verdict.with_agent(agent)
    } else {
        verdict
    }
}

/// The variant of that name; the default one for a name that is none.
fn named<T: Copy + Default>(all: &[T], name: impl Fn(T) -> &'static str, text: &[u8]) -> T {
    let found = all
        .iter()
        .find(|variant| name(**variant).as_bytes().eq_ignore_ascii_case(text));
    found.copied().unwrap_or_default()
}

/// Milliseconds of `14.512` seconds.
fn millis(text: &[u8]) -> u32 {
    let mut parts = text.split(|byte| *byte == b'.');
    let mut part = || parts.next().unwrap_or_default();
    let (seconds, fraction) = (part(), part());
    let digits = |digits: &[u8]| {
        digits.iter().try_fold(0u32, |sum, digit| {
            let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
            sum.checked_mul(10)?.checked_add(digit)
        })
    };
    let padded = [0, 1, 2].map(|place| fraction.get(place).copied().unwrap_or(b'0'));
    let whole = digits(seconds).and_then(|seconds| seconds.checked_mul(1000));
    let millis = whole.and_then(|whole| whole.checked_add(digits(&padded)?));
    millis.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        pairs(text.as_bytes())
            .map(|pair| (text_of(pair.key), text_of(pair.value)))
            .collect()
    }

    #[test]
    fn pairs_are_told_apart() {
        let pairs = read(
            "S:SFA=SUM|SFV=SPM;'S:Route=a=b;c=d';S:DLPRU={\"a\":\"};'\",\"b\":[1;2]};I32:Count=3;S:Name=O'Brien;S:Empty=;;Bare",
        );
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("SFA", "SUM|SFV=SPM"),
                ("Route", "a=b;c=d"),
                ("DLPRU", "{\"a\":\"};'\",\"b\":[1;2]}"),
                ("Count", "3"),
                ("Name", "O'Brien"),
                ("Empty", ""),
                ("Bare", ""),
            ]
        );
    }

    #[test]
    fn what_never_closes_ends_at_the_next_semicolon() {
        let open = read("S:A={\"x;S:B=1;'S:C=2;S:D=3");
        let keys: Vec<&str> = open.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["A", "B", "C", "D"]);
    }

    #[test]
    fn verdicts_become_enumerations() {
        let gist = gist(
            b"S:SFA=SUM|SFV=SPM|IPV=NLI|SRV=|SCL=6|DI=SJ|SFS=(1);S:AMA=SUM|action=b|error=|atch=1;S:ToEntity=Internet;S:ProxiedClientIPAddress=192.0.2.7;S:E2ELatency=14.5",
        );
        assert_eq!(gist.verdict.sfv(), Sfv::Spm);
        assert_eq!(gist.verdict.scl(), Some(6));
        assert_eq!(gist.verdict.di(), Di::Junk);
        assert_eq!(gist.verdict.malware(), MalwareAction::Blocked);
        assert!(gist.verdict.is_external());
        assert_eq!(gist.proxied_client_ip, b"192.0.2.7");
        assert_eq!(gist.latency_ms, 14_500);
    }

    #[test]
    fn clean_mail_has_a_malware_summary_too() {
        let verdict = gist(b"S:AMA=SUM|action=p|error=|atch=0").verdict;
        assert_eq!(verdict.malware(), MalwareAction::Passed);
        assert_eq!(verdict.agent(), Agent::None);
        let find =
            gist(b"S:AMA=EV|engine=M|sig=1|name=Eicar|file=a.com;S:AMA=SUM|action=r").verdict;
        assert_eq!(find.agent(), Agent::Malware);
        assert_eq!(find.malware(), MalwareAction::Replaced);
    }

    #[test]
    fn a_rule_counts_only_if_it_is_enforced() {
        let agent = |text: &[u8]| gist(text).verdict.agent();
        assert_eq!(
            agent(b"S:TRA=ETR|ruleId=x|action=Quarantine|mode=Enforce"),
            Agent::Quarantine
        );
        assert_eq!(
            agent(b"S:TRA=ETR|ruleId=x|action=Quarantine|mode=Audit"),
            Agent::None
        );
        assert_eq!(
            agent(b"S:TRA=ETR|ruleId=x|action=RejectMessage|mode=Enforce"),
            Agent::Rule
        );
        assert_eq!(
            agent(b"S:TRA=ETR|ruleId=x|action=SetHeader|mode=Enforce"),
            Agent::None
        );
    }

    #[test]
    fn folders_are_told_by_their_words() {
        assert_eq!(folder(b"DefaultFolderType:JunkEmail"), Folder::Junk);
        assert_eq!(
            folder(b"DefaultFolderType:QuarantinedEmailSecured"),
            Folder::Quarantine
        );
        assert_eq!(folder(b"Inbox"), Folder::Other);
        assert_eq!(folder(b""), Folder::None);
        let held = gist(b"S:DeliveryFolder=Junk E-mail").verdict;
        assert_eq!(held.folder(), Folder::Junk);
    }

    #[test]
    fn latency_is_seconds() {
        for (text, expected) in [
            ("0.062", 62),
            ("3", 3000),
            ("1.5009", 1500),
            ("x", 0),
            ("99999999999", 0),
        ] {
            assert_eq!(millis(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_hostile_line_takes_no_square_of_its_length() {
        for piece in ["S:a={;", "'S:a=b;", "S:a=[{\"", "{};"] {
            let text = piece.repeat(200_000);
            assert!(pairs(text.as_bytes()).count() < 200_001);
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            gist(&bytes);
        }

        #[test]
        fn arbitrary_marks_are_read(text in "[SFA:=;'\\[\\]{}\"|x]{0,60}") {
            gist(text.as_bytes());
        }
    }
}
