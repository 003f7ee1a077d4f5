//! Why a message was refused or put off, in a plain sentence: texts for status codes and for the words
//! of answers, each with its source.
//!
//! Nothing is invented: an answer that no text fits gets that of its reply code or its class, which says
//! no more than the code does.

mod common;
mod exchange;
mod postfix;
mod receivers;
mod registry;
mod reply;

use super::act::Act;
use super::answer::Answer;
use crate::event::Enhanced;

/// One text and when it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// When it holds: `[code] [words]`.
    ///
    /// A code is an enhanced one (`5.7.124`), one of any class (`x.7.1`), a range of details
    /// (`5.7.606-649`), a reply code (`550`) or a class (`5`). Words are in lower case; of those that a
    /// `|` divides, one stands in the answer, and those that a `*` divides stand one after the other.
    pub key: &'static str,
    /// What to do about it.
    pub act: Act,
    /// Where this stands.
    pub source: &'static str,
    /// What it means: a cause, true of a message that is tried again and of one that was returned.
    pub means: &'static str,
}

/// A table of reasons: key, source and meaning, each with a line end behind it, and the acts.
///
/// As one text it weighs much less in the program than as many, and it is read only where a delivery is
/// looked at.
struct Group {
    text: &'static str,
    acts: &'static [Act],
}

impl Group {
    fn reasons(&self) -> impl Iterator<Item = Reason> + use<> {
        let mut lines = self.text.split('\n');
        self.acts.iter().map_while(move |act| {
            Some(Reason {
                key: lines.next()?,
                act: *act,
                source: lines.next()?,
                means: lines.next()?,
            })
        })
    }
}

/// Declares a group of reasons.
macro_rules! reasons {
    ($name:ident: $($key:literal, $act:ident, $source:literal: $means:literal;)*) => {
        pub(super) const $name: $crate::explain::reasons::Group = $crate::explain::reasons::Group {
            text: concat!($($key, "\n", $source, "\n", $means, "\n",)*),
            acts: &[$($crate::explain::act::Act::$act,)*],
        };
    };
}
use reasons;

/// All groups, from the most particular: the first reason that holds is the one.
///
/// A receiver's own words tell most, then those of a maker; his codes tell more than words that anybody
/// may use, and these more than registered codes, which are often chosen without care.
const GROUPS: [Group; 7] = [
    receivers::RECEIVERS,
    exchange::WORDS,
    postfix::POSTFIX,
    exchange::CODES,
    common::COMMON,
    registry::REGISTRY,
    reply::REPLY,
];

/// Every reason, in the order in which they are tried.
pub fn all() -> impl Iterator<Item = Reason> {
    GROUPS.iter().flat_map(Group::reasons)
}

/// The reason that fits an answer best; `None` for one without a code whose words no reason fits.
pub fn find(answer: &Answer) -> Option<Reason> {
    all().find(|reason| reason.fits(answer))
}

impl Reason {
    fn fits(&self, answer: &Answer) -> bool {
        let (first, rest) = self.key.split_once(' ').unwrap_or((self.key, ""));
        match Code::parse(first) {
            Some(code) if !code.fits(answer) => false,
            Some(_) if rest.is_empty() => true,
            Some(_) => answer.says(rest),
            // Words of refusals tell nothing of a message that was taken.
            None => answer.class() != 2 && answer.says(self.key),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    /// Class, where it must be, subject, first and last detail.
    Enhanced(Option<u32>, u32, u32, u32),
    Reply(u16),
    Class(u32),
}

impl Code {
    /// Reads a key's code; `None` if it is a word.
    fn parse(text: &str) -> Option<Code> {
        let mut parts = text.split('.');
        let first = parts.next()?;
        let (Some(subject), Some(detail), None) = (parts.next(), parts.next(), parts.next()) else {
            let number = text.parse().ok()?;
            return match text.len() {
                1 => Some(Code::Class(number)),
                _ => u16::try_from(number).ok().map(Code::Reply),
            };
        };
        let class = match first {
            "x" => None,
            class => Some(class.parse().ok()?),
        };
        let (from, to) = detail.split_once('-').unwrap_or((detail, detail));
        let (from, to) = (from.parse().ok()?, to.parse().ok()?);
        Some(Code::Enhanced(class, subject.parse().ok()?, from, to))
    }

    fn fits(self, answer: &Answer) -> bool {
        let code = answer.enhanced;
        match self {
            Code::Enhanced(class, subject, from, to) => {
                code != Enhanced::NONE
                    && class.is_none_or(|class| class == code.class())
                    && subject == code.0 / 1_000 % 1_000
                    && (from..=to).contains(&(code.0 % 1_000))
            }
            Code::Reply(reply) => reply == answer.reply,
            Code::Class(class) => class == answer.class(),
        }
    }
}

#[cfg(test)]
mod tests;
