//! What became of the lines of a source, or of all of them: as a bar, and in numbers.

use leptos::prelude::*;
use mailtrace::source::Account;

use crate::format::{count, number};

#[component]
pub fn LineAccount(account: Account) -> impl IntoView {
    let share = |n: u64| format!("{}%", n as f64 * 100.0 / account.lines.max(1) as f64);
    let parts = parts(&account);
    let bar = parts.into_iter().filter(|part| part.width > 0).map(|part| {
        view! {
            <span class="line-account-part" data-part=part.name style:inline-size=share(part.width)></span>
        }
    });
    let legend = parts.into_iter().filter(|part| part.count > 0).map(|part| {
        view! {
            <li class="line-account-number" data-part=part.name>
                <strong>{number(part.count)}</strong>
                " "
                {part.words}
            </li>
        }
    });
    view! {
        <div class="line-account">
            <div class="line-account-bar" aria-hidden="true">{bar.collect_view()}</div>
            <ul class="line-account-numbers">
                <li>{format!("{}:", count(account.lines, "line"))}</li>
                {legend.collect_view()}
            </ul>
        </div>
    }
}

#[derive(Clone, Copy)]
struct Part {
    name: &'static str,
    count: u64,
    /// What it takes of the bar.
    width: u64,
    words: &'static str,
}

fn parts(account: &Account) -> [Part; 4] {
    let part = |name, count, width, words| Part {
        name,
        count,
        width,
        words,
    };
    let read = account.recognised.saturating_sub(account.unread);
    [
        part("read", account.recognised, read, "recognised"),
        part(
            "unread",
            account.unread,
            account.unread,
            "of these not read yet",
        ),
        part(
            "ignored",
            account.ignored,
            account.ignored,
            "of other programs",
        ),
        part(
            "unknown",
            account.unknown,
            account.unknown,
            "not understood",
        ),
    ]
}
