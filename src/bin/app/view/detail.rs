//! One delivery in full: what happened, on whose word, and the lines that prove it.

use leptos::html;
use leptos::prelude::*;
use mailtrace::protocol::DetailView;

use super::advice::Advice;
use super::evidence::Evidence;
use super::icon::{Icon, Sign};
use super::journey::Journey;
use super::message_events::MessageEvents;
use super::more_information::MoreInformation;
use super::recipients::Recipients;
use super::status_badge::{StatusBadge, name};
use crate::ask;
use crate::format;
use crate::state::{Dialog, State};

#[component]
pub fn Detail() -> impl IntoView {
    let state = State::here();
    let back = NodeRef::<html::Button>::new();
    // As a page of its own the detail takes the focus; beside the table the keys stay in the table.
    Effect::new(move |_| {
        if let Some(back) = back.get().filter(|_| state.narrow.get_untracked()) {
            let _ = back.focus();
        }
    });
    let body = NodeRef::<html::Div>::new();
    let key = Memo::new(move |_| {
        state
            .detail
            .with(|detail| detail.as_ref().map(|one| one.key.clone()))
    });
    // Another delivery is read from its top.
    Effect::new(move |_| {
        key.track();
        if let Some(body) = body.get() {
            body.set_scroll_top(0);
        }
    });
    view! {
        <aside class="detail" aria-label="Delivery">
            <div class="detail-bar">
                <button type="button" class="detail-back" node_ref=back on:click=move |_| ask::close(state)>
                    <Sign icon=Icon::ArrowLeft />
                    "Back"
                </button>
                <p class="detail-place">{move || place(state)}</p>
                <button type="button" aria-label="Previous delivery" on:click=move |_| ask::move_by(state, -1)>
                    <Sign icon=Icon::ChevronUp />
                </button>
                <button type="button" aria-label="Next delivery" on:click=move |_| ask::move_by(state, 1)>
                    <Sign icon=Icon::ChevronDown />
                </button>
                <button type="button" class="detail-close" aria-label="Close" on:click=move |_| ask::close(state)>
                    <Sign icon=Icon::Close />
                </button>
            </div>
            <div class="detail-body" tabindex="0" role="group" aria-label="What happened to it" node_ref=body>
                {move || state.detail.get().map(|detail| view! { <Sections detail=detail /> })}
                <Evidence />
            </div>
        </aside>
    }
}

#[component]
fn Sections(detail: DetailView) -> impl IntoView {
    let several = detail.recipients.len() > 1;
    let marked = RwSignal::new(None);
    let (recipients, delivery) = (detail.recipients.clone(), detail.delivery);
    view! {
        <Verdict detail=detail.clone() />
        <BySetting words=detail.by_setting.clone() />
        {(!detail.notes.is_empty())
            .then(|| {
                let notes = detail.notes.clone().into_iter().map(|note| view! { <li>{note}</li> });
                view! { <ul class="detail-notes">{notes.collect_view()}</ul> }
            })}
        <Journey detail=detail.clone() marked=marked />
        <MessageEvents events=detail.events.clone() marked=marked />
        {several.then(|| view! { <Recipients recipients=recipients delivery=delivery /> })}
        <MoreInformation detail=detail />
    }
}

/// What happened, who it concerns, and on whose word.
#[component]
fn Verdict(detail: DetailView) -> impl IntoView {
    let subject = if detail.subject.is_empty() {
        "No subject in the log".to_owned()
    } else {
        detail.subject
    };
    let sender = if detail.sender.is_empty() {
        "<>".to_owned()
    } else {
        detail.sender
    };
    // Said once: many sentences quote the server whole.
    let quoted = detail.sentence.contains(&detail.reason);
    let mut rule = vec![detail.rule.name, detail.rule.source];
    // Without an answer that tells more, the meaning is the rule's own.
    if rule.last() != Some(&detail.advice.source) {
        rule.push(detail.advice.source.clone());
    }
    rule.retain(|part| !part.is_empty());
    let rule = rule.join(" · ");
    view! {
        <h2 class="detail-subject">{subject}</h2>
        <p class="detail-people">
            <span>{sender}</span>
            <Sign icon=Icon::Arrow />
            <strong>{detail.recipient}</strong>
        </p>
        {line("By way of ", detail.came_from)}
        {line("Replaced by ", detail.replaced_by)}
        <section class="detail-verdict" data-status=name(detail.status) aria-label="What happened">
            <StatusBadge status=detail.status />
            <p class="detail-sentence">{detail.sentence}</p>
            {(!quoted).then(|| view! { <blockquote class="detail-reason">{detail.reason}</blockquote> })}
            <Advice advice=detail.advice />
            {(!rule.is_empty()).then(|| view! { <p class="detail-rule">{format!("Rule: {rule}")}</p> })}
        </section>
    }
}

/// Which setting made the difference, and the way to it.
#[component]
fn BySetting(words: String) -> impl IntoView {
    let state = State::here();
    (!words.is_empty()).then(|| {
        view! {
            <p class="detail-setting">
                <Sign icon=Icon::Gear />
                <span>
                    {words} " "
                    <button
                        type="button"
                        class="link"
                        on:click=move |_| state.dialog.set(Some(Dialog::Settings))
                    >
                        "Change the setting"
                    </button>
                </span>
            </p>
        }
    })
}

fn line(words: &'static str, address: String) -> impl IntoView {
    (!address.is_empty())
        .then(|| view! { <p class="detail-way">{words} <span>{address}</span></p> })
}

/// `3 of 412`.
fn place(state: State) -> Option<String> {
    let at = u64::from(state.cursor.get()?) + 1;
    let of = state
        .found
        .with(|found| found.as_ref().map(|found| found.deliveries))?;
    Some(format!(
        "Delivery {} of {}",
        format::number(at),
        format::number(of.into())
    ))
}
