//! The sums over all sources.

use leptos::prelude::*;
use mailtrace::protocol::SourceView;
use mailtrace::source::Account;

use super::line_account::LineAccount;
use crate::format;
use crate::state::State;

#[component]
pub fn ImportTotals() -> impl IntoView {
    let state = State::here();
    let account = Memo::new(move |_| state.sources.with(|sources| total(sources)));
    let size = move || {
        let size = state
            .sources
            .with(|sources| sources.iter().map(|source| source.size).sum());
        format::size(size)
    };
    let span = move || {
        let span = state.sources.with(|sources| span(sources))?;
        Some(state.span(span))
    };
    view! {
        <section class="import-totals" aria-label="In all">
            <dl class="import-totals-figures">
                {figure("Sources", move || format::number(state.sources.with(Vec::len) as u64))}
                {figure("Size", size)}
                {figure("Events", move || format::number(account.with(|account| account.events)))}
                {figure("Understood", move || account.with(understood))}
                {figure("From – to", move || span().unwrap_or_else(|| "no time yet".to_owned()))}
            </dl>
            {move || view! { <LineAccount account=account.get() /> }}
        </section>
    }
}

fn figure(
    title: &'static str,
    value: impl Fn() -> String + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <div class="import-totals-figure">
            <dt>{title}</dt>
            <dd>{value}</dd>
        </div>
    }
}

fn total(sources: &[SourceView]) -> Account {
    let mut total = Account::default();
    for account in sources.iter().map(|source| &source.account) {
        total.lines += account.lines;
        total.recognised += account.recognised;
        total.unread += account.unread;
        total.ignored += account.ignored;
        total.unknown += account.unknown;
        total.events += account.events;
    }
    total
}

fn span(sources: &[SourceView]) -> Option<(i64, i64)> {
    let spans = sources.iter().filter_map(|source| source.span);
    spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// The share of lines whose meaning is known: never 100 % while there is one whose is not.
fn understood(account: &Account) -> String {
    let known = account.lines - account.unknown.min(account.lines);
    match (account.lines, account.unknown) {
        (0, _) => "–".to_owned(),
        (_, 0) => "100 %".to_owned(),
        (lines, _) => {
            let share = known as f64 * 1000.0 / lines as f64;
            format!("{:.1} %", share.floor() / 10.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unknown_line_is_enough_for_less_than_all() {
        let account = |lines, unknown| Account {
            lines,
            unknown,
            ..Account::default()
        };
        assert_eq!(understood(&account(1_000_000, 1)), "99.9 %");
        assert_eq!(understood(&account(1_000_000, 0)), "100 %");
        assert_eq!(understood(&account(3, 3)), "0.0 %");
        assert_eq!(understood(&account(0, 0)), "–");
    }
}
