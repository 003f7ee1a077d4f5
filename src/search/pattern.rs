//! What a person types for an address or an id, matched against words.
//!
//! Each distinct word is looked at once: after that a filter touches a byte and no text.

use std::borrow::Cow;

use super::SubjectAt;
use crate::words::{Word, Words};

/// One typed pattern (formats.md 8.5), in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// A part of the text is enough.
    Part(Vec<u8>),
    /// The whole text, `"in quotes"`.
    Whole(Vec<u8>),
    /// The pieces between `*`, which stands for any text; the whole text must fit.
    Pieces(Vec<Vec<u8>>),
}

impl Pattern {
    fn read(typed: &str) -> Option<Pattern> {
        let typed = typed.trim().to_lowercase();
        let quoted = typed
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        if let Some(whole) = quoted {
            return Some(Pattern::Whole(whole.into()));
        }
        if typed.contains('*') {
            return Some(Pattern::Pieces(typed.split('*').map(Into::into).collect()));
        }
        (!typed.is_empty()).then(|| Pattern::Part(typed.into()))
    }

    fn matches(&self, text: &[u8]) -> bool {
        match self {
            Pattern::Part(part) => memchr::memmem::find(text, part).is_some(),
            Pattern::Whole(whole) => text == whole,
            Pattern::Pieces(pieces) => matches_pieces(pieces, text),
        }
    }
}

fn matches_pieces(pieces: &[Vec<u8>], text: &[u8]) -> bool {
    let [first, middle @ .., last] = pieces else {
        return false;
    };
    let Some(mut rest) = text
        .strip_prefix(first.as_slice())
        .and_then(|rest| rest.strip_suffix(last.as_slice()))
    else {
        return false;
    };
    // Taking each piece where it first fits leaves the most for those that follow.
    middle.iter().all(|piece| {
        let at = memchr::memmem::find(rest, piece);
        let after = at.and_then(|at| rest.get(at + piece.len()..));
        rest = after.unwrap_or_default();
        after.is_some()
    })
}

/// Several patterns of which one must match, and what is known of each word already.
#[derive(Debug)]
pub(super) struct Patterns {
    patterns: Vec<Pattern>,
    memo: Memo,
}

impl Patterns {
    pub(super) fn read<'a>(typed: impl IntoIterator<Item = &'a str>) -> Patterns {
        Patterns::of(typed.into_iter().filter_map(Pattern::read).collect())
    }

    /// What is typed for a subject: `*` stands for any text there too, and every other letter for
    /// itself.
    pub(super) fn of_subject(typed: &str, at: SubjectAt) -> Patterns {
        let typed = typed.trim();
        if typed.is_empty() {
            return Patterns::of(Vec::new());
        }
        let typed = typed.to_lowercase();
        let mut pieces: Vec<Vec<u8>> = typed.split('*').map(Into::into).collect();
        if at != SubjectAt::Starts {
            pieces.insert(0, Vec::new());
        }
        if at != SubjectAt::Ends {
            pieces.push(Vec::new());
        }
        Patterns::of(vec![Pattern::Pieces(pieces)])
    }

    fn of(patterns: Vec<Pattern>) -> Patterns {
        Patterns {
            patterns,
            memo: Memo::default(),
        }
    }

    /// Whether nothing is asked for, so everything matches.
    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether a word's text matches one of the patterns. An absent text (word 0) never does.
    pub(super) fn matches(&mut self, words: &Words, word: Word) -> bool {
        let patterns = &self.patterns;
        self.memo.recall(words, word, |text| {
            let text = lower(text);
            patterns.iter().any(|pattern| pattern.matches(&text))
        })
    }
}

/// What is known of each word, so that each is looked at once.
#[derive(Debug, Default)]
pub(super) struct Memo(Vec<Match>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Unknown,
    Yes,
    No,
}

impl Memo {
    /// Whether a word matches; `looks` is asked once a word. An absent text (word 0) never does.
    pub(super) fn recall(
        &mut self,
        words: &Words,
        word: Word,
        looks: impl FnOnce(&[u8]) -> bool,
    ) -> bool {
        if word == 0 {
            return false;
        }
        if self.0.len() < words.len() {
            self.0.resize(words.len(), Match::Unknown);
        }
        let Some(known) = self.0.get_mut(word as usize) else {
            return false;
        };
        if *known == Match::Unknown {
            *known = match looks(words.get(word)) {
                true => Match::Yes,
                false => Match::No,
            };
        }
        *known == Match::Yes
    }
}

/// A text in lower case, as far as it is text.
pub(super) fn lower(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.is_ascii() {
        let lossy = String::from_utf8_lossy(text).to_lowercase();
        Cow::Owned(lossy.into_bytes())
    } else if text.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(typed: &str, text: &str) -> bool {
        let mut words = Words::new(1);
        let word = words.intern(text.as_bytes());
        let mut patterns = Patterns::read([typed]);
        let first = patterns.matches(&words, word);
        assert_eq!(patterns.matches(&words, word), first, "known by now");
        first
    }

    #[test]
    fn a_part_is_enough_and_case_means_nothing() {
        assert!(matches("contoso", "Ann@Contoso.example"));
        assert!(matches(" ANN@ ", "ann@contoso.example"));
        assert!(matches("MÜLLER", "müller@contoso.example"));
        assert!(!matches("fabrikam", "ann@contoso.example"));
        assert!(!matches("ann", ""));
    }

    #[test]
    fn quotes_ask_for_the_whole() {
        assert!(matches("\"ann@contoso.example\"", "ann@contoso.example"));
        assert!(!matches("\"ann@contoso.example\"", "joann@contoso.example"));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (typed, fits) in [
            ("*@contoso.example", true),
            ("a*@contoso.example", true),
            ("*", true),
            ("*@*.example", true),
            ("ann*", true),
            ("a*n*t*example", true),
            ("*ann", false),
            ("contoso*", false),
            ("*@fabrikam.example", false),
            ("ann@contoso.example*example", false),
        ] {
            assert_eq!(matches(typed, "ann@contoso.example"), fits, "{typed}");
        }
        assert!(!matches("ab*ba", "aba"), "pieces never overlap");
    }

    #[test]
    fn a_subject_is_found_where_it_is_asked_for() {
        use SubjectAt::{Contains, Ends, Starts};
        let subject = "RE: [Ticket #42] 50% \"off\" (über) a.b?";
        for (typed, at, fits) in [
            ("ticket #42", Contains, true),
            ("[TICKET", Contains, true),
            ("\"off\"", Contains, true),
            ("(ÜBER)", Contains, true),
            ("a.b?", Ends, true),
            ("a.b", Ends, false),
            ("aXb", Contains, false),
            ("re:", Starts, true),
            ("ticket", Starts, false),
            ("re:*50%", Starts, true),
            ("re:*60%", Starts, false),
            ("#4*b?", Ends, true),
            ("off*ticket", Contains, false),
            ("ticket*über", Contains, true),
            ("*", Starts, true),
            ("  re: ", Starts, true),
        ] {
            let mut words = Words::new(1);
            let word = words.intern(subject.as_bytes());
            let found = Patterns::of_subject(typed, at).matches(&words, word);
            assert_eq!(found, fits, "{typed} {at:?}");
        }
        assert!(Patterns::of_subject(" ", Contains).is_empty());
        let mut any = Patterns::of_subject("*", Contains);
        assert!(!any.matches(&Words::new(1), 0), "no subject is none");
    }

    #[test]
    fn nothing_typed_asks_for_nothing() {
        assert!(Patterns::read(["", "  "]).is_empty());
        assert!(!Patterns::read(["a"]).is_empty());
    }
}
