//! Everything that the person should know, in one place, and can be put away.

use leptos::prelude::*;
use mailtrace::protocol::Notice;

use super::icon::{Icon, Sign};
use crate::format;
use crate::import::{Import, state_title, unused};
use crate::state::{Place, State};

#[component]
pub fn Notices() -> impl IntoView {
    let state = State::here();
    // The page of imports says itself what is to be known of a file that was taken.
    let shown = move |import: &Import| {
        import.ended
            && (state.place.get() != Place::Imports
                || import.remarkable().any(|file| unused(file.state)))
    };
    let ended = move || {
        state.imports.with(|imports| {
            imports
                .iter()
                .filter(|import| shown(import))
                .cloned()
                .collect::<Vec<_>>()
        })
    };
    view! {
        <div class="notices" role="region" aria-label="Notices" aria-live="polite">
            {move || {
                state.notices.get().into_iter().map(|notice| view! { <One notice=notice /> }).collect_view()
            }}
            {move || ended().into_iter().map(|import| view! { <Outcome import=import /> }).collect_view()}
        </div>
    }
}

#[component]
fn One(notice: Notice) -> impl IntoView {
    let state = State::here();
    let grave = notice.grave;
    let icon = if grave { Icon::Warning } else { Icon::Circle };
    let text = notice.text.clone();
    view! {
        <div class="notice" class:notice-grave=grave>
            <Sign icon=icon />
            <p class="notice-text">{text}</p>
            <button
                type="button"
                aria-label="Dismiss"
                on:click=move |_| state.notices.update(|notices| notices.retain(|one| *one != notice))
            >
                <Sign icon=Icon::Close />
            </button>
        </div>
    }
}

/// The files of a drop that gave nothing, or less than all, and why.
#[component]
fn Outcome(import: Import) -> impl IntoView {
    let state = State::here();
    let batch = import.batch;
    let files: Vec<_> = import.remarkable().cloned().collect();
    let unused = files.iter().filter(|file| unused(file.state)).count();
    let title = title(unused, files.len(), import.files.len());
    let open = files.len() <= 5 && !state.narrow.get_untracked();
    let files = files.into_iter().map(|file| {
        let remark = if file.remark.is_empty() {
            format!("{}.", state_title(file.state))
        } else {
            file.remark
        };
        view! { <li><strong>{file.name}</strong> {format!(" {remark}")}</li> }
    });
    view! {
        <div class="notice">
            <Sign icon=Icon::Circle />
            <details class="notice-text" open=open>
                <summary>{title}</summary>
                <ul class="notice-files">{files.collect_view()}</ul>
            </details>
            <button
                type="button"
                aria-label="Dismiss"
                on:click=move |_| state.imports.update(|imports| imports.retain(|import| import.batch != batch))
            >
                <Sign icon=Icon::Close />
            </button>
        </div>
    }
}

fn title(unused: usize, remarkable: usize, of: usize) -> String {
    let files = format::count(of as u64, "file");
    match (unused, of) {
        (0, 1) => "What to know of the file".to_owned(),
        (0, _) => format!("What to know of {remarkable} of {files}"),
        (1, 1) => "The file was not taken".to_owned(),
        (unused, of) if unused == of => format!("None of {files} was taken"),
        (1, _) => format!("1 of {files} was not taken"),
        (unused, _) => format!("{unused} of {files} were not taken"),
    }
}
