//! One source: what it is, what was taken of it, and how its times were read.

use leptos::prelude::*;
use mailtrace::protocol::{HostView, SourceView};
use mailtrace::source::Account;
use mailtrace::time::Told;

use crate::ask;
use crate::format::{self, count, number};
use crate::state::State;

#[component]
pub fn SourceCard(id: u32) -> impl IntoView {
    let state = State::here();
    let source = Memo::new(move |_| {
        state
            .sources
            .with(|sources| sources.iter().find(|source| source.source == id).cloned())
    });
    view! {
        <article class="source-card">
            {move || source.get().map(|source| view! { <Card source=source /> })}
        </article>
    }
}

#[component]
fn Card(source: SourceView) -> impl IntoView {
    let state = State::here();
    let id = source.source;
    let formats = if source.formats.is_empty() {
        "No known format".to_owned()
    } else {
        source.formats.join(", ")
    };
    let span = source.span;
    view! {
        <header class="source-card-head">
            <h3 class="source-card-name">{source.name.clone()}</h3>
            <button
                type="button"
                aria-label=format!("Remove {}", source.name)
                on:click=move |_| ask::remove(state, id)
            >
                "Remove"
            </button>
        </header>
        <p class="source-card-formats">{formats}</p>
        <p class="source-card-facts">
            {sizes(&source)} {move || span.map(|span| format!(" · {}", state.span(span)))}
            {(!source.kept).then(|| view! { <span class="source-card-memory">"only in memory"</span> })}
        </p>
        <Lines account=source.account />
        <Hosts hosts=source.hosts />
        {(!source.remarks.is_empty())
            .then(|| {
                let remarks = source.remarks.into_iter().map(|remark| view! { <li>{remark.text}</li> });
                view! { <ul class="source-card-remarks">{remarks.collect_view()}</ul> }
            })}
    }
}

/// The account of lines, as a bar and in words; the unknown ones with examples.
#[component]
fn Lines(account: Account) -> impl IntoView {
    let share = |n: u64| format!("{}%", n as f64 * 100.0 / account.lines.max(1) as f64);
    let read = account.recognised.saturating_sub(account.unread);
    let parts = [
        ("read", read),
        ("unread", account.unread),
        ("ignored", account.ignored),
        ("unknown", account.unknown),
    ];
    let bar = parts.into_iter().filter(|(_, n)| *n > 0).map(|(part, n)| {
        view! { <span class="source-card-part" data-part=part style:inline-size=share(n)></span> }
    });
    let examples = account.examples.iter().map(|(line, text)| {
        view! { <li><span class="source-card-line">{number(*line)}</span> <code>{text.clone()}</code></li> }
    });
    let examples = examples.collect_view();
    view! {
        <div class="source-card-bar" aria-hidden="true">{bar.collect_view()}</div>
        <p class="source-card-account">{account_words(&account)}</p>
        {(!account.examples.is_empty())
            .then(|| {
                view! {
                    <details class="source-card-examples">
                        <summary>"Lines that were not understood"</summary>
                        <ul>{examples}</ul>
                    </details>
                }
            })}
    }
}

#[component]
fn Hosts(hosts: Vec<HostView>) -> impl IntoView {
    (!hosts.is_empty()).then(|| {
        let hosts = hosts.into_iter().map(|host| {
            let name = if host.name.is_empty() {
                "Host not named".to_owned()
            } else {
                host.name.clone()
            };
            view! { <li><strong>{name}</strong> {format!(" {}", clock_words(&host))}</li> }
        });
        view! { <ul class="source-card-hosts">{hosts.collect_view()}</ul> }
    })
}

/// `12.4 MB, 88.0 MB unpacked`.
fn sizes(source: &SourceView) -> String {
    if source.unpacked == source.size {
        format::size(source.size)
    } else {
        format!(
            "{}, {} unpacked",
            format::size(source.size),
            format::size(source.unpacked)
        )
    }
}

/// `1,204 lines: 1,190 recognised, of these 20 not yet read; 10 of other programs; 4 not understood`.
fn account_words(account: &Account) -> String {
    let mut words = format!(
        "{}: {} recognised",
        count(account.lines, "line"),
        number(account.recognised)
    );
    if account.unread > 0 {
        words += &format!(", of these {} not yet read", number(account.unread));
    }
    if account.ignored > 0 {
        words += &format!("; {} of other programs", number(account.ignored));
    }
    if account.unknown > 0 {
        words += &format!("; {} not understood", number(account.unknown));
    }
    format!("{words}. {}.", count(account.events, "event"))
}

/// `zone +02:00 (in every line), year 2026 (from ids in the log)`; lines may differ in their zone.
fn clock_words(host: &HostView) -> String {
    let zone = match host.zone.as_str() {
        "" => format!("zone {}", told(host.zone_told)),
        zone => format!("zone {zone} ({})", told(host.zone_told)),
    };
    match host.year {
        Some(year) => format!("{zone}, year {year} ({})", told(host.year_told)),
        None => zone,
    }
}

const fn told(told: Told) -> &'static str {
    match told {
        Told::Line => "in every line",
        Told::Ids => "from ids in the log",
        Told::FileDate => "from the file’s date",
        Told::Assumed => "assumed",
        Told::Person => "set by you",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_says_only_what_there_is() {
        let mut account = Account {
            lines: 1204,
            recognised: 1204,
            events: 1,
            ..Account::default()
        };
        assert_eq!(
            account_words(&account),
            "1,204 lines: 1,204 recognised. 1 event."
        );
        (
            account.recognised,
            account.unread,
            account.ignored,
            account.unknown,
        ) = (1190, 20, 10, 4);
        assert_eq!(
            account_words(&account),
            "1,204 lines: 1,190 recognised, of these 20 not yet read; 10 of other programs; 4 not understood. 1 event."
        );
    }
}
