//! A server's answer, made ready to be looked up.

use memchr::memmem;

use crate::event::Enhanced;

/// How a mail transfer agent introduces what the other side said.
const INTRODUCTIONS: [&str; 2] = [" said: ", " refused to talk to me: "];
/// How Postfix ends it.
const IN_REPLY: &str = " (in reply to ";

/// The codes and the words of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// SMTP reply code, 0 for none.
    pub reply: u16,
    pub enhanced: Enhanced,
    /// The words in lower case, each between blanks, less codes and less addresses: what a stranger has
    /// chosen as his address is no reason.
    words: String,
}

impl Answer {
    /// Reads an answer; codes that it does not begin with are taken from `reply` and `enhanced`.
    pub fn new(text: &str, reply: u16, enhanced: Enhanced) -> Answer {
        let spoken = INTRODUCTIONS
            .iter()
            .filter_map(|introduction| text.split_once(introduction))
            .map(|(_, answer)| answer)
            .min_by_key(|answer| answer.len())
            .unwrap_or(text);
        let spoken = spoken.split(IN_REPLY).next().unwrap_or(spoken);
        let mut answer = Answer::default();
        for (place, word) in spoken.split_whitespace().enumerate() {
            // A word such as `[{LED=550` or `(#5.1.1)` holds a code.
            let bare = word.rsplit('=').next().unwrap_or(word);
            let bare = bare.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            let (code, enhanced) = codes(bare);
            if enhanced == Enhanced::NONE {
                // Of `554-No` the second part is a word.
                answer.add(match code {
                    0 => word,
                    _ => word.split_once('-').map_or("", |(_, word)| word),
                });
            }
            if code == 0 && enhanced == Enhanced::NONE {
                continue;
            }
            if place == 0 {
                answer.reply = code;
            }
            // A number of this form further on may be a version.
            if answer.enhanced == Enhanced::NONE && (place < 2 || word.contains('#')) {
                answer.enhanced = enhanced;
            }
        }
        if answer.enhanced == Enhanced::NONE {
            answer.enhanced = enhanced;
        }
        if answer.reply == 0 {
            answer.reply = reply;
        }
        answer
    }

    /// 2, 4 or 5, or 0 where no code tells. The enhanced code holds where the two differ: of `552 4.2.2`
    /// it is the one that was chosen with care.
    pub fn class(&self) -> u32 {
        match self.enhanced.class() {
            0 => u32::from(self.reply / 100),
            class => class,
        }
    }

    /// Whether these words stand in it: of those that a `|` divides one, and those that a `*` divides
    /// one after the other.
    pub fn says(&self, words: &str) -> bool {
        words.split('|').any(|words| {
            let mut rest = self.words.as_bytes();
            words.split('*').all(|part| {
                let Some(at) = memmem::find(rest, part.as_bytes()) else {
                    return false;
                };
                rest = rest.get(at + part.len()..).unwrap_or_default();
                true
            })
        })
    }

    fn add(&mut self, word: &str) {
        if word.is_empty() || word.contains('@') {
            return;
        }
        if self.words.is_empty() {
            self.words.push(' ');
        }
        // Some write apostrophes and dashes in type.
        let plain = word.chars().map(|c| match c {
            '’' | '‘' => '\'',
            '–' => '-',
            c => c.to_ascii_lowercase(),
        });
        self.words.extend(plain);
        self.words.push(' ');
    }
}

/// The codes of a word: `550`, `5.1.1`, or `550-5.1.1` as an answer of several lines has them.
fn codes(word: &str) -> (u16, Enhanced) {
    let (first, second) = word.split_once('-').unwrap_or((word, ""));
    let reply = match first.as_bytes() {
        [b'2'..=b'5', b'0'..=b'5', b'0'..=b'9'] => first.parse().unwrap_or(0),
        _ => 0,
    };
    let enhanced = match (reply, second) {
        (0, "") => first,
        (0, _) => "",
        _ => second,
    };
    let enhanced = Enhanced::parse(enhanced.as_bytes()).unwrap_or_default();
    (reply, enhanced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (u16, String, String) {
        let answer = Answer::new(text, 0, Enhanced::NONE);
        let words = answer.words.trim().to_owned();
        (answer.reply, answer.enhanced.to_string(), words)
    }

    #[test]
    fn codes_and_words_are_told_apart() {
        for (text, reply, enhanced, words) in [
            (
                "550 5.1.1 <bob@example.org>: User unknown",
                550,
                "5.1.1",
                "user unknown",
            ),
            (
                "host mx.example[192.0.2.7] said: 550-5.1.1 The account 550-5.1.1 does not exist (in reply to RCPT TO command)",
                550,
                "5.1.1",
                "the account does not exist",
            ),
            (
                "550 sorry, no mailbox (#5.1.1)",
                550,
                "5.1.1",
                "sorry, no mailbox",
            ),
            (
                "[{LED=550 5.1.10 RESOLVER.X; gone};{MSG=}]",
                550,
                "5.1.10",
                "resolver.x; gone};{msg=}]",
            ),
            ("host a refused to talk to me: 554 no", 554, "", "no"),
            (
                "554-mx.example 554-No 554 mail",
                554,
                "",
                "mx.example no mail",
            ),
            ("running version 5.1.1 here", 0, "", "running version here"),
            ("192.0.2.7 said nothing", 0, "", "192.0.2.7 said nothing"),
            ("", 0, "", ""),
        ] {
            assert_eq!(
                read(text),
                (reply, enhanced.to_owned(), words.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_is_no_reason() {
        let answer = Answer::new("550 <user-unknown@spam.example>: no", 0, Enhanced::NONE);
        assert!(!answer.says("unknown") && !answer.says("spam") && answer.says("no"));
    }

    #[test]
    fn words_stand_in_their_order() {
        let answer = Answer::new("450 try again later", 0, Enhanced::NONE);
        assert!(answer.says("try*later") && !answer.says("later*try") && answer.says("no|again"));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_read(text in "\\PC{0,80}", reply: u16, code: u32) {
            Answer::new(&text, reply, Enhanced(code)).says("a*b");
        }
    }
}
