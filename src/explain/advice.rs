//! What a delivery's status means in plain words, what to do next, and for whom.

use super::act::{Act, Whom};
use super::answer::Answer;
use super::entry::Entry;
use super::reasons::{self, Reason};
use super::rules;
use crate::delivery::rule::Rule;
use crate::delivery::status::Status;

/// What a help desk can read out below the sentence that tells what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Why it came to this, in a sentence or two.
    pub means: &'static str,
    /// What to do next.
    pub next: String,
    /// Who can do it, the likeliest first; never empty.
    pub whom: Vec<Whom>,
    /// Where the meaning stands.
    pub source: &'static str,
}

/// Whose servers are on either side of a delivery, as far as its events tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides {
    /// The message was handed in by somebody of the organisation whose logs these are.
    pub sender_is_ours: bool,
    /// The server that spoke about the recipient is of that organisation.
    pub recipient_is_ours: bool,
}

/// The advice for a delivery. Every rule has one; where a server's answer tells why, the answer's comes
/// first.
pub fn advice(entry: &Entry<'_>) -> Advice {
    advice_for(entry.rule(), entry.status(), &entry.answer(), entry.sides())
}

/// The same by what it rests on.
pub fn advice_for(rule: Rule, status: Status, answer: &Answer, sides: Sides) -> Advice {
    let reason = match rules::is_told_by_answer(rule) {
        true => reasons::find(answer).filter(is_a_refusal),
        false => None,
    };
    let (means, act, source) = match reason {
        Some(reason) => (reason.means, reason.act, reason.source),
        None => {
            let (means, act) = rules::told(rule, status);
            (means, act, rule.source())
        }
    };
    Advice {
        means,
        next: next(rule, status, act),
        whom: whom(act, sides),
        source,
    }
}

/// An answer that reports success explains no failure.
fn is_a_refusal(reason: &Reason) -> bool {
    reason.act != Act::NothingToDo
}

fn next(rule: Rule, status: Status, act: Act) -> String {
    let text = act.text();
    let by_itself = match (status, rule) {
        (Status::Pending, Rule::RefusedForNow) => "The sending server should try again by itself",
        (Status::Pending, Rule::Deferred | Rule::FilterDeferred) => {
            "The message is tried again by itself"
        }
        _ if act.is_worth_another_try() && status == Status::Failed => {
            return format!("{text} Then the message can be sent again.");
        }
        _ => return text.to_owned(),
    };
    if act == Act::SendLater {
        return format!("{by_itself}, so wait.");
    }
    let (first, rest) = text.split_at_checked(1).unwrap_or((text, ""));
    let first = first.to_ascii_lowercase();
    format!("{by_itself}. If it still does not get through: {first}{rest}")
}

/// Those who can do it, by whose servers they are.
fn whom(act: Act, sides: Sides) -> Vec<Whom> {
    let mut all = Vec::new();
    for whom in act.whom() {
        let whom = match whom {
            Whom::SendersAdministrator if sides.sender_is_ours => Whom::YourAdministrator,
            Whom::RecipientsAdministrator if sides.recipient_is_ours => Whom::YourAdministrator,
            whom => *whom,
        };
        if !all.contains(&whom) {
            all.push(whom);
        }
    }
    all
}

/// `the sender and your administrator`.
pub fn names(whom: &[Whom]) -> String {
    let names: Vec<&str> = whom.iter().map(|whom| whom.name()).collect();
    names.join(" and ")
}
