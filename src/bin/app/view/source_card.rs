//! One source: what it is, what was taken of it, and how its times were read.

use leptos::prelude::*;
use mailtrace::protocol::SourceView;
use mailtrace::source::{Account, RecognisedBy, RemarkKind};

use super::confirm::Confirm;
use super::icon::{Icon, Sign};
use super::line_account::LineAccount;
use super::remarks::{Remarks, name, sign};
use super::source_hosts::SourceHosts;
use crate::ask;
use crate::correct;
use crate::format::{self, count, number};
use crate::state::State;

/// So many sources are shown with all there is to say of them; of more, each is unfolded by a press.
const UNFOLDED: usize = 3;

#[component]
pub fn SourceCard(id: u32) -> impl IntoView {
    let state = State::here();
    let source = Memo::new(move |_| {
        state
            .sources
            .with(|sources| sources.iter().find(|source| source.source == id).cloned())
    });
    let part = move |take: fn(&SourceView) -> String| {
        Memo::new(move |_| source.with(|source| source.as_ref().map_or_else(String::new, take)))
    };
    let title = part(|source| source.name.clone());
    // As the person wants it, or else as there is room.
    let wanted = RwSignal::new(None::<bool>);
    let few = Memo::new(move |_| state.sources.with(Vec::len) <= UNFOLDED);
    let unfolded = Memo::new(move |_| wanted.get().unwrap_or_else(|| few.get()));
    let (title_id, body_id) = (format!("source-{id}"), format!("source-{id}-all"));
    let (labelled_by, controls) = (title_id.clone(), body_id.clone());
    view! {
        <article class="source-card" aria-labelledby=labelled_by>
            <header class="source-card-head">
                <h3 class="source-card-name" id=title_id>
                    <button
                        type="button"
                        class="source-card-unfold"
                        aria-expanded=move || unfolded.get().to_string()
                        aria-controls=controls
                        on:click=move |_| wanted.set(Some(!unfolded.get_untracked()))
                    >
                        <Sign icon=Icon::ChevronDown />
                        <span>{title}</span>
                    </button>
                </h3>
                {move || {
                    source.with(|source| source.as_ref().map(marks))
                }}
                <Confirm
                    label="Remove"
                    name=format!("Remove {}", title.get_untracked())
                    question="Remove it and all its rows?"
                    yes="Remove"
                    on_yes=move || ask::remove(state, id)
                />
            </header>
            {move || source.get().map(|source| view! { <Summary source=source /> })}
            <div
                class="source-card-all"
                id=body_id
                hidden=move || !unfolded.get()
                // What is being read or filled in stays.
                on:focusin=move |_| wanted.set(Some(true))
            >
                <Show when=move || unfolded.get()>
                    {move || source.get().map(|source| view! { <Rest source=source /> })}
                    <SourceHosts id=id />
                </Show>
            </div>
        </article>
    }
}

/// How many warnings and assumptions there are, to be seen before anything is unfolded.
fn marks(source: &SourceView) -> impl IntoView + use<> {
    let mark = |kind: RemarkKind, one: &str| {
        let of_kind = source.remarks.iter().filter(|remark| remark.kind == kind);
        let number = of_kind.count() as u64;
        let words = count(number, one);
        (number > 0).then(|| {
            view! {
                <span class="source-card-mark" data-remark=name(kind)>
                    <Sign icon=sign(kind) />
                    {words}
                </span>
            }
        })
    };
    view! {
        <span class="source-card-marks">
            {mark(RemarkKind::Warning, "warning")} {mark(RemarkKind::Assumption, "assumption")}
        </span>
    }
}

#[component]
fn Summary(source: SourceView) -> impl IntoView {
    let state = State::here();
    let formats = match source.formats.is_empty() {
        true => "No known format".to_owned(),
        false => source.formats.join(", "),
    };
    let by = source.recognised_by.map(recognised_by);
    let span = source.span;
    let mut facts = vec![sizes(&source), count(source.account.events, "event")];
    facts.extend(hosts(&source));
    let facts = facts.join(" · ");
    let warnings = of_kinds(&source, |kind| kind == RemarkKind::Warning);
    view! {
        <p class="source-card-formats">
            <strong>{formats}</strong>
            " "
            {by.map(|by| view! { <span class="source-card-by">{format!("recognised {by}")}</span> })}
        </p>
        <p class="source-card-facts">
            {facts} {move || span.map(|span| format!(" · {}", state.span(span)))}
            {match source.kept {
                true => view! { <span>" · kept in this browser"</span> }.into_any(),
                false => view! { <span class="source-card-memory">"only in memory"</span> }.into_any(),
            }}
        </p>
        <LineAccount account=source.account />
        <Remarks remarks=warnings />
    }
}

#[component]
fn Rest(source: SourceView) -> impl IntoView {
    let mut others = of_kinds(&source, |kind| kind != RemarkKind::Warning);
    others.sort_by_key(|remark| std::cmp::Reverse(remark.kind));
    view! {
        <Remarks remarks=others />
        <Examples account=source.account />
    }
}

/// A few of the lines that were not understood.
#[component]
fn Examples(account: Account) -> impl IntoView {
    (!account.examples.is_empty()).then(|| {
        let title = match account.examples.len() as u64 == account.unknown {
            true => "Lines that were not understood".to_owned(),
            false => format!(
                "The first {} of {} that were not understood",
                account.examples.len(),
                count(account.unknown, "line")
            ),
        };
        let examples = account.examples.into_iter().map(|(line, text)| {
            view! {
                <li>
                    <span class="source-card-line">{format!("line {}", number(line))}</span>
                    <code>{text}</code>
                </li>
            }
        });
        view! {
            <details class="source-card-examples">
                <summary>{title}</summary>
                <ol>{examples.collect_view()}</ol>
            </details>
        }
    })
}

fn of_kinds(
    source: &SourceView,
    wanted: impl Fn(RemarkKind) -> bool,
) -> Vec<mailtrace::source::Remark> {
    let remarks = source.remarks.iter();
    remarks
        .filter(|remark| wanted(remark.kind))
        .cloned()
        .collect()
}

const fn recognised_by(by: RecognisedBy) -> &'static str {
    match by {
        RecognisedBy::Header => "by its header",
        RecognisedBy::Form => "by the form of its lines",
        RecognisedBy::Program => "by the programs that its lines name",
    }
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

/// `relay7`, `EX01 and EX02`, `5 hosts`.
fn hosts(source: &SourceView) -> Option<String> {
    match source.hosts.as_slice() {
        [] => None,
        [one] => Some(match correct::name(one) {
            "Host not named" => "host not named".to_owned(),
            name => name.to_owned(),
        }),
        [one, other] => Some(format!(
            "{} and {}",
            correct::name(one),
            correct::name(other)
        )),
        hosts => Some(count(hosts.len() as u64, "host")),
    }
}
