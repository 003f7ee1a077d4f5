//! What agents and filters noted of a message, told in sentences: custom-data of tracking logs and of the
//! extended report (formats.md 1.6), and the headers that Exchange Online leaves in a message.
//!
//! Events hold only what rules need of these notes (`event::Verdict`). The rest is read here from the raw
//! text of a record, whatever table, list or markup holds it: a note is known by how it begins, and ends
//! where a mark ends it that no note holds.
//!
//! Sources: Microsoft, "Message trace in the modern Exchange admin center" (agents and their keys) and
//! "Anti-spam message headers in Microsoft 365".

use memchr::memmem;

use crate::event::{Di, Sfv};

/// The most sentences of one record.
const SENTENCES: usize = 50;
/// Bytes of the longest name that a sentence repeats.
const NAME_LEN: usize = 80;
/// What ends a note of custom-data: of its own grammar, of a table, of a list, of markup.
const ENDS: &[u8] = b";,\"']}<&\r\n";

/// Who leaves notes, and how a note begins. The first three stand in custom-data behind a type and a
/// colon or in brackets, the others are headers.
const NOTES: [(&str, Agent); 5] = [
    ("SFA", Agent::Spam),
    ("AMA", Agent::Malware),
    ("TRA", Agent::Rule),
    ("X-Forefront-Antispam-Report:", Agent::Report),
    ("X-Microsoft-Antispam:", Agent::Report),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agent {
    Spam,
    Malware,
    Rule,
    Report,
}

/// What the notes in a record tell, each in a sentence or two, in their order; empty where there are none.
pub fn story(record: &str) -> Vec<String> {
    let mut notes: Vec<(usize, Agent, &str)> = Vec::new();
    for (begin, agent) in NOTES {
        for at in memmem::find_iter(record.as_bytes(), begin) {
            if let Some(note) = note(record, at, begin, agent) {
                notes.push((at, agent, note));
            }
            if notes.len() > SENTENCES {
                break;
            }
        }
    }
    notes.sort_by_key(|(at, ..)| *at);
    let told = notes.into_iter().filter_map(|(_, agent, note)| {
        let note = Note::new(note, agent);
        match agent {
            Agent::Spam | Agent::Report => note.spam(),
            Agent::Malware => note.malware(),
            Agent::Rule => note.rule(),
        }
    });
    told.take(SENTENCES).collect()
}

/// The text of the note that begins at a place, if one does.
fn note<'t>(record: &'t str, at: usize, begin: &str, agent: Agent) -> Option<&'t str> {
    let rest = record.get(at + begin.len()..)?;
    if agent == Agent::Report {
        return rest.split(['"', '\r', '\n']).next();
    }
    let before = record.as_bytes().get(at.checked_sub(1)?)?;
    let value = match before {
        b':' => rest.strip_prefix('=')?,
        // Get-MessageTrackingLog writes `[SFA, SUM|…]`, and a script may have written `{SFA=SUM|…}`.
        b'[' => rest.strip_prefix(", ").or(rest.strip_prefix('='))?,
        b';' | b'"' | b'{' | b'\'' | b',' => rest.strip_prefix('=')?,
        _ => return None,
    };
    value
        .split(|c| u8::try_from(c).is_ok_and(|byte| ENDS.contains(&byte)))
        .next()
}

/// One note: keys and values.
struct Note<'t> {
    text: &'t str,
    between: char,
    equals: char,
}

impl<'t> Note<'t> {
    fn new(text: &'t str, agent: Agent) -> Note<'t> {
        let (between, equals) = match agent {
            Agent::Report => (';', ':'),
            _ => ('|', '='),
        };
        Note {
            text,
            between,
            equals,
        }
    }

    /// The first value of a key; empty where there is none.
    fn get(&self, key: &str) -> &'t str {
        let parts = self.text.split(self.between);
        let mut pairs = parts.filter_map(|part| part.trim().split_once(self.equals));
        let value = pairs.find(|(name, _)| name.trim() == key);
        value.map_or("", |(_, value)| shortened(value.trim()))
    }

    fn begins(&self, with: &str) -> bool {
        self.text.split(self.between).next() == Some(with)
    }

    /// What the spam filter thought, and what it did.
    fn spam(&self) -> Option<String> {
        let mut sentences: Vec<String> = Vec::new();
        let verdict = match self.get("SFV") {
            "" => "",
            text => verdict(text),
        };
        let level = level(self.get("SCL"));
        match (verdict, level) {
            ("", None) => {}
            ("", Some(level)) => sentences.push(format!("The spam filter gave it {level}.")),
            (verdict, None) => sentences.push(format!("The spam filter {verdict}.")),
            (verdict, Some(level)) => {
                sentences.push(format!("The spam filter {verdict}, and gave it {level}."));
            }
        }
        if let Some(category) = category(self.get("CAT")) {
            sentences.push(format!("It found {category}."));
        }
        let bulk = self.get("BCL");
        if bulk.parse().is_ok_and(|level: u8| level > 0) {
            sentences.push(format!("As bulk mail it has level {bulk} of 9."));
        }
        if self.get("IPV") == "CAL" {
            sentences.push("The sending address is on a list of allowed ones.".to_owned());
        }
        sentences.extend(done(self.get("DI")).map(str::to_owned));
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    /// What the malware filter found: `EV` is a find, `SUM` the sum of all.
    fn malware(&self) -> Option<String> {
        if self.begins("EV") {
            let name = match self.get("name") {
                "" => "something harmful",
                name => name,
            };
            let place = match self.get("file") {
                "" => String::new(),
                file => format!(" in “{file}”"),
            };
            return Some(format!("The malware filter found {name}{place}."));
        }
        let did = match self.get("action") {
            "p" | "st" | "sy" => "let the message pass",
            "r" => "took out what was harmful and put a note in its place",
            "d" => "put the message off",
            "s" => "deleted the message",
            "ni" | "ne" => "rejected the message",
            "b" => "blocked the message",
            _ => return None,
        };
        Some(format!("The malware filter {did}."))
    }

    /// What a transport rule did, or would have done if it were not being tested.
    fn rule(&self) -> Option<String> {
        if !self.begins("ETR") {
            return None;
        }
        let rule = match self.get("ruleId") {
            "" => "A mail flow rule".to_owned(),
            id => format!("The mail flow rule {id}"),
        };
        let is_enforced = matches!(self.get("mode"), "" | "Enforce");
        Some(match (self.get("action"), is_enforced) {
            ("", _) => format!("{rule} applied to the message."),
            ("Quarantine", true) => format!("{rule} put the message into quarantine."),
            ("RejectMessage", true) => format!("{rule} rejected the message."),
            ("DeleteMessage", true) => format!("{rule} deleted the message."),
            ("RedirectMessage", true) => format!("{rule} sent the message to somebody else."),
            (action, true) => format!("{rule} did this: {action}."),
            (action, false) => {
                format!(
                    "{rule} is being tested and did nothing; it would have done this: {action}."
                )
            }
        })
    }
}

/// What the spam filter thought, SFV.
fn verdict(text: &str) -> &'static str {
    let known = Sfv::ALL.iter().find(|sfv| sfv.name() == text);
    match known.copied().unwrap_or_default() {
        Sfv::Nspm => "found no spam",
        Sfv::Spm => "took the message for spam",
        Sfv::Sks => "did not look, as a rule had marked the message as spam before",
        Sfv::Skb => "took the message for spam, as a policy blocks its sender",
        Sfv::Blk => "took the message for spam, as the recipient blocks its sender",
        Sfv::Skn => "did not look, as a rule had marked the message as no spam before",
        Sfv::Ska => "let the message pass, as a policy allows its sender",
        Sfv::Sfe => "let the message pass, as the recipient trusts its sender",
        Sfv::Skq => "let the message pass, as it was released from quarantine",
        Sfv::Ski => "did not look, as the message stayed within the organisation",
        Sfv::None => "gave a verdict that has no known meaning",
    }
}

/// The spam confidence level in words; `None` for what is none.
fn level(text: &str) -> Option<String> {
    let scl: i8 = text.parse().ok()?;
    let meaning = match scl {
        -1 => "not checked",
        0 | 1 => "no spam",
        5 | 6 => "spam",
        7..=9 => "spam for certain",
        2..=4 => "no clear answer",
        _ => return None,
    };
    Some(format!("level {scl} ({meaning})"))
}

/// What kind of threat the message is, CAT.
fn category(text: &str) -> Option<&'static str> {
    Some(match text {
        "MALW" | "AMP" => "malware",
        "PHSH" => "phishing",
        "HPHSH" | "HPHISH" => "phishing for certain",
        "BULK" => "bulk mail",
        "SPOOF" => "a forged sender",
        "UIMP" => "somebody who poses as a user of the organisation",
        "DIMP" => "somebody who poses as a known domain",
        "GIMP" => "somebody who poses as a person the recipient writes with",
        "BIMP" => "somebody who poses as a known company",
        "INTOS" => "phishing from within the organisation",
        "OSPM" => "spam from the organisation itself",
        "FTBP" => "a kind of file that is not allowed",
        "SAP" => "a harmful attachment",
        _ => return None,
    })
}

/// What was done with the message, DI. Documents disagree on what SN and SO mean, so nothing is told of
/// them.
fn done(text: &str) -> Option<&'static str> {
    let known = Di::ALL.iter().find(|di| di.name() == text);
    match known.copied().unwrap_or_default() {
        Di::SenderBlocked => Some("Its sender is blocked."),
        Di::Quarantine => Some("It sent the message to quarantine."),
        Di::Deleted => Some("It deleted the message."),
        Di::Junk => Some("It sent the message to Junk Email."),
        Di::None | Di::OutboundN | Di::OutboundO => None,
    }
}

fn shortened(text: &str) -> &str {
    match text.char_indices().find(|(at, _)| *at >= NAME_LEN) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn notes_are_told_in_their_order() {
        let told = story(
            "2026-09-14T08:12:45Z,AGENTINFO,S:AMA=EV|engine=M|sig=1|name=Eicar|file=a.zip;S:AMA=SUM|v=1|action=b|atch=1;S:SFA=SUM|SFV=SPM|IPV=NLI|SRV=|SCL=6|DI=SJ|CIP=198.51.100.7;S:TRA=ETR|ruleId=30000000-4000|st=7/17/2017 12:31:25 AM|action=Quarantine|sev=1|mode=Enforce,Email,15.2",
        );
        assert_eq!(
            told,
            [
                "The malware filter found Eicar in “a.zip”.",
                "The malware filter blocked the message.",
                "The spam filter took the message for spam, and gave it level 6 (spam). It sent the message to Junk Email.",
                "The mail flow rule 30000000-4000 put the message into quarantine.",
            ]
        );
    }

    #[test]
    fn whatever_holds_a_note_it_is_found() {
        let clean = "The spam filter found no spam, and gave it level 1 (no spam).";
        for record in [
            "x,\"S:Other=1;S:SFA=SUM|SFV=NSPM|SCL=1\"",
            "{[DeliveryPriority, Normal], [SFA, SUM|SFV=NSPM|SCL=1]}",
            "<MEP Name=\"CustomData\" Blob=\"S:SFA=SUM|SFV=NSPM|SCL=1\"/>",
            "X-Forefront-Antispam-Report: CIP:198.51.100.7;CTRY:;SCL:1;SRV:;IPV:NLI;SFV:NSPM;DIR:INB;",
        ] {
            assert_eq!(story(record), [clean], "{record}");
        }
        let bulk =
            "X-Forefront-Antispam-Report:SFV:SPM;SCL:8;CAT:HPHISH\r\nX-Microsoft-Antispam: BCL:7;";
        assert_eq!(
            story(bulk),
            [
                "The spam filter took the message for spam, and gave it level 8 (spam for certain). It found phishing for certain.",
                "As bulk mail it has level 7 of 9.",
            ]
        );
    }

    #[test]
    fn clean_mail_is_no_malware_and_a_tested_rule_did_nothing() {
        assert_eq!(
            story("S:AMA=SUM|v=1|action=p|error=|atch=0;S:TRA=ETR|action=SetHeader|mode=Audit"),
            [
                "The malware filter let the message pass.",
                "A mail flow rule is being tested and did nothing; it would have done this: SetHeader.",
            ]
        );
    }

    #[test]
    fn what_is_no_note_tells_nothing() {
        for record in [
            "",
            "TRAFFIC=1; LAMA=SUM|action=b",
            "S:AMA=",
            "S:SFA=SUM|CIP=192.0.2.1",
            "SFA",
            "S:TRA=DC|x=1",
        ] {
            assert_eq!(story(record), [""; 0], "{record}");
        }
    }

    #[test]
    fn a_hostile_record_takes_no_square_of_its_length() {
        let record = "S:SFA=SUM|SFV=SPM;".repeat(100_000);
        assert_eq!(story(&record).len(), SENTENCES);
    }

    proptest! {
        #[test]
        fn arbitrary_records_are_read(text in "(S:|\\[|;)?(SFA|AMA|TRA)?(=|, )?\\PC{0,60}") {
            story(&text);
        }
    }
}
