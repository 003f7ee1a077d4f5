//! What a delivery's status means in plain words, what to do next, and for whom.

use std::fmt;

use super::act::{Act, Whom};
use super::answer::Answer;
use super::entry::Entry;
use super::missing::missing;
use super::reasons;
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
    let advice = advice_for(entry.rule(), entry.status(), &entry.answer(), entry.sides());
    match what_to_add(entry) {
        Some(next) => Advice { next, ..advice },
        None => advice,
    }
}

/// Which log would tell the outcome that these don't.
fn what_to_add(entry: &Entry<'_>) -> Option<String> {
    let is_open = matches!(
        entry.rule(),
        Rule::GettingStatus
            | Rule::NoOutcome
            | Rule::HandedToFilter
            | Rule::Forwarded
            | Rule::QueueEntryEnded
    );
    let missing = missing(entry).filter(|_| is_open)?;
    Some(match missing.is_covered {
        // The host's mail log is here; a filter often writes another.
        true if entry.rule() == Rule::HandedToFilter => return None,
        true => format!(
            "Ask who runs the server, as {} is here and tells no more.",
            missing.look_at
        ),
        false => format!("Add {} from that time on.", missing.look_at),
    })
}

/// The same by what it rests on.
pub fn advice_for(rule: Rule, status: Status, answer: &Answer, sides: Sides) -> Advice {
    // An answer that reports success explains no failure.
    let reason = match rules::is_told_by_answer(rule) && answer.class() != 2 {
        true => reasons::find(answer).filter(|reason| reason.act != Act::NothingToDo),
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

/// On one line, for a terminal.
impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (means, next, source) = (self.means, &self.next, self.source);
        let whom = names(&self.whom);
        write!(f, "{means} What to do, for {whom}: {next} ({source})")
    }
}

/// `the sender and your administrator`.
pub fn names(whom: &[Whom]) -> String {
    let names: Vec<&str> = whom.iter().map(|whom| whom.name()).collect();
    names.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Enhanced;

    const OURS: Sides = Sides {
        sender_is_ours: true,
        recipient_is_ours: true,
    };
    const OUTWARD: Sides = Sides {
        sender_is_ours: true,
        recipient_is_ours: false,
    };
    const INWARD: Sides = Sides {
        sender_is_ours: false,
        recipient_is_ours: true,
    };

    fn told(rule: Rule, status: Status, text: &str, sides: Sides) -> String {
        let answer = Answer::new(text, 0, Enhanced::NONE);
        advice_for(rule, status, &answer, sides).to_string()
    }

    #[test]
    fn the_same_cause_reads_right_for_now_and_for_good() {
        let full = "552 5.2.2 Mailbox full";
        assert_eq!(
            told(Rule::Bounced, Status::Failed, full, OUTWARD),
            "The recipient's mailbox has no room left. What to do, for the recipient: Delete mail and empty the trash, or ask for a larger mailbox. Then the message can be sent again. (RFC 3463, 3.3: X.2.2)"
        );
        assert_eq!(
            told(
                Rule::Deferred,
                Status::Pending,
                "452 4.2.2 Mailbox full",
                OUTWARD
            ),
            "The recipient's mailbox has no room left. What to do, for the recipient: The message is tried again by itself. If it still does not get through: delete mail and empty the trash, or ask for a larger mailbox. (RFC 3463, 3.3: X.2.2)"
        );
        // A 4.x.x that was never got rid of is no reason to wait.
        let expired = told(
            Rule::Expired,
            Status::Failed,
            "452 4.2.2 Mailbox full",
            OUTWARD,
        );
        assert!(!expired.contains("tried again"), "{expired}");
    }

    #[test]
    fn waiting_is_all_that_helps_against_greylisting() {
        let text = "450 4.2.0 Greylisted";
        let told_outward = told(Rule::Deferred, Status::Pending, text, OUTWARD);
        assert!(
            told_outward.contains("The message is tried again by itself, so wait."),
            "{told_outward}"
        );
        let told_inward = told(Rule::RefusedForNow, Status::Pending, text, INWARD);
        assert!(
            told_inward.contains("The sending server should try again by itself, so wait."),
            "{told_inward}"
        );
    }

    #[test]
    fn an_administrator_is_named_by_whose_he_is() {
        let text = "connect to mx.example[192.0.2.7]:25: Connection refused";
        for (sides, whom) in [
            (OURS, "for your administrator:"),
            (
                OUTWARD,
                "for the recipient's administrator and your administrator:",
            ),
            (
                INWARD,
                "for your administrator and the sender's administrator:",
            ),
        ] {
            let told = told(Rule::Bounced, Status::Failed, text, sides);
            assert!(told.contains(whom), "{told}");
        }
    }

    #[test]
    fn an_answer_of_success_explains_no_failure() {
        let told = told(Rule::Bounced, Status::Failed, "250 2.0.0 Ok", OUTWARD);
        assert!(told.starts_with("The logs give no reason"), "{told}");
    }
}
