//! What a person should know of a source, in a sentence, and how much it matters.

use serde::{Deserialize, Serialize};

/// A sentence that the person should read of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    pub kind: RemarkKind,
    pub text: String,
}

/// How much a remark matters, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RemarkKind {
    /// What the source is, or how it was read.
    Note,
    /// What was taken to be so for want of evidence.
    Assumption,
    /// Something may be missing or wrong.
    Warning,
}

impl Remark {
    pub fn note(text: impl Into<String>) -> Remark {
        Remark::of(RemarkKind::Note, text)
    }

    pub fn assumption(text: impl Into<String>) -> Remark {
        Remark::of(RemarkKind::Assumption, text)
    }

    pub fn warning(text: impl Into<String>) -> Remark {
        Remark::of(RemarkKind::Warning, text)
    }

    fn of(kind: RemarkKind, text: impl Into<String>) -> Remark {
        Remark {
            kind,
            text: text.into(),
        }
    }
}
