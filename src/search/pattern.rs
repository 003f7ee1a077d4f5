//! What a person types for an address or an id, matched against words.
//!
//! Each distinct word is looked at once: after that a filter touches a byte and no text.

use std::borrow::Cow;

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
    /// By word: not looked at yet, matches, doesn't.
    known: Vec<Match>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Unknown,
    Yes,
    No,
}

impl Patterns {
    pub(super) fn read<'a>(typed: impl IntoIterator<Item = &'a str>) -> Patterns {
        Patterns {
            patterns: typed.into_iter().filter_map(Pattern::read).collect(),
            known: Vec::new(),
        }
    }

    /// Whether nothing is asked for, so everything matches.
    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether a word's text matches one of the patterns. An absent text (word 0) never does.
    pub(super) fn matches(&mut self, words: &Words, word: Word) -> bool {
        if word == 0 {
            return false;
        }
        if self.known.len() < words.len() {
            self.known.resize(words.len(), Match::Unknown);
        }
        let Some(known) = self.known.get_mut(word as usize) else {
            return false;
        };
        if *known == Match::Unknown {
            let text = lower(words.get(word));
            let matches = self.patterns.iter().any(|pattern| pattern.matches(&text));
            *known = if matches { Match::Yes } else { Match::No };
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
    fn nothing_typed_asks_for_nothing() {
        assert!(Patterns::read(["", "  "]).is_empty());
        assert!(!Patterns::read(["a"]).is_empty());
    }
}
