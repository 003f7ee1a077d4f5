//! The files of the drops that are under way.

use leptos::prelude::*;
use mailtrace::protocol::{FileProgress, FileState};

use super::progress_bar::ProgressBar;
use crate::ask;
use crate::format;
use crate::import::{Import, state_title};
use crate::state::State;

/// So many files are listed: those being read come first.
const SHOWN: usize = 40;

#[component]
pub fn ImportFiles() -> impl IntoView {
    let state = State::here();
    let running = move || {
        state.imports.with(|imports| {
            imports
                .iter()
                .filter(|import| !import.ended)
                .cloned()
                .collect::<Vec<_>>()
        })
    };
    view! { {move || running().into_iter().map(|import| view! { <Running import=import /> }).collect_view()} }
}

#[component]
fn Running(import: Import) -> impl IntoView {
    let state = State::here();
    let batch = import.batch;
    let title = format!(
        "{} of {} read",
        import.settled(),
        format::count(import.files.len() as u64, "file")
    );
    let mut files = import.files;
    files.sort_by_key(|file| rank(file.state));
    let more = files.len().saturating_sub(SHOWN);
    let rows = files
        .into_iter()
        .take(SHOWN)
        .map(|file| view! { <File file=file /> });
    view! {
        <section class="import-files" aria-label="Import">
            <header class="import-files-head">
                <h3>{title}</h3>
                <button type="button" on:click=move |_| ask::cancel(state, batch)>"Cancel"</button>
            </header>
            <ul>{rows.collect_view()}</ul>
            {(more > 0).then(|| view! { <p>{format!("and {} more", format::number(more as u64))}</p> })}
        </section>
    }
}

#[component]
fn File(file: FileProgress) -> impl IntoView {
    let share = file.read as f64 / file.size.max(1) as f64;
    let reading = file.state == FileState::Reading;
    let remark = if file.remark.is_empty() {
        state_title(file.state).to_owned()
    } else {
        file.remark
    };
    let label = file.name.clone();
    view! {
        <li class="import-file">
            <span class="import-file-name">{file.name}</span>
            <span class="import-file-facts">
                {format!("{} · {}", format::size(file.size), format::count(file.lines, "line"))}
            </span>
            {if reading {
                view! { <ProgressBar share=Signal::stored(share) label=label /> }.into_any()
            } else {
                view! { <span class="import-file-state">{remark}</span> }.into_any()
            }}
        </li>
    }
}

const fn rank(state: FileState) -> u8 {
    match state {
        FileState::Reading | FileState::Keeping => 0,
        FileState::Refused => 1,
        FileState::Waiting => 2,
        FileState::Known | FileState::Cancelled => 3,
        FileState::Done => 4,
    }
}
