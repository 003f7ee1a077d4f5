//! The import that is under way, in one line, with a way to stop it.

use leptos::prelude::*;

use super::progress_bar::ProgressBar;
use crate::ask;
use crate::format;
use crate::import::Import;
use crate::state::{Place, State};

#[component]
pub fn ImportStatus() -> impl IntoView {
    let state = State::here();
    let current = Memo::new(move |_| {
        state
            .imports
            .with(|imports| imports.iter().find(|import| !import.ended).cloned())
    });
    let batch =
        Memo::new(move |_| current.with(|import| import.as_ref().map(|import| import.batch)));
    let share =
        Signal::derive(move || current.with(|import| import.as_ref().map_or(0.0, Import::share)));
    view! {
        // Spoken when a file is done, not with every byte.
        <p class="import-status-spoken" role="status">
            {move || current.with(|import| import.as_ref().map(spoken))}
        </p>
        <Show when=move || batch.get().is_some()>
            <div class="import-status">
                <a class="link import-status-words" href=Place::Imports.hash()>
                    {move || current.with(|import| import.as_ref().map(words))}
                </a>
                <ProgressBar share=share label="Import" />
                <button
                    type="button"
                    class="import-status-cancel"
                    on:click=move |_| {
                        if let Some(batch) = batch.get_untracked() {
                            ask::cancel(state, batch);
                        }
                    }
                >
                    "Cancel"
                </button>
            </div>
        </Show>
    }
}

fn spoken(import: &Import) -> String {
    format!(
        "{} of {} read",
        import.settled(),
        format::count(import.files.len() as u64, "file")
    )
}

/// `relay9-mail.log.gz · 3 of 12 files · 210 MB of 1.2 GB · 2,140,000 lines · 48.1 MB/s · 21 s left`.
fn words(import: &Import) -> String {
    let mut parts = Vec::new();
    if let Some(file) = import.current() {
        parts.push(file.name.clone());
    }
    if import.files.len() > 1 {
        parts.push(format!(
            "{} of {} files",
            import.settled(),
            import.files.len()
        ));
    }
    parts.push(format!(
        "{} of {}",
        format::size(import.read()),
        format::size(import.size())
    ));
    parts.push(format::count(import.lines(), "line"));
    if let Some(rate) = import.rate() {
        parts.push(format!("{}/s", format::size(rate as u64)));
    }
    if let Some(left) = import.left().filter(|left| *left > 0.0) {
        parts.push(format::left(left));
    }
    parts.join(" · ")
}
