//! What is loaded, each source with its account, and the ways to add, remove and erase.

use leptos::prelude::*;
use mailtrace::protocol::Storage;

use super::add_files::AddFiles;
use super::dialog::Modal;
use super::import_files::ImportFiles;
use super::source_card::SourceCard;
use crate::ask;
use crate::format;
use crate::state::{Dialog, State};

#[component]
pub fn SourcesDialog() -> impl IntoView {
    view! {
        <Modal which=Dialog::Sources title="Sources" class="sources-dialog">
            <Sources />
        </Modal>
    }
}

#[component]
fn Sources() -> impl IntoView {
    let state = State::here();
    let ids = Memo::new(move |_| {
        state.sources.with(|sources| {
            sources
                .iter()
                .rev()
                .map(|source| source.source)
                .collect::<Vec<_>>()
        })
    });
    view! {
        <div class="dialog-body">
            <AddFiles />
            <ImportFiles />
            <ul class="sources">
                <For each=move || ids.get() key=|id| *id let:id>
                    <li><SourceCard id=id /></li>
                </For>
            </ul>
        </div>
        <footer class="dialog-actions sources-actions">
            <p class="sources-storage">{move || state.storage.with(storage_words)}</p>
            <Erase />
        </footer>
    }
}

/// Erasing asks once more, in place.
#[component]
fn Erase() -> impl IntoView {
    let state = State::here();
    let asking = RwSignal::new(false);
    let count = move || format::count(state.sources.with(Vec::len) as u64, "source");
    view! {
        <Show
            when=move || asking.get()
            fallback=move || {
                view! {
                    <button
                        type="button"
                        disabled=move || state.sources.with(Vec::is_empty)
                        on:click=move |_| asking.set(true)
                    >
                        "Erase everything…"
                    </button>
                }
            }
        >
            <p class="sources-ask">{move || format!("Forget {}, in this browser too?", count())}</p>
            <button type="button" on:click=move |_| asking.set(false)>"Keep"</button>
            <button
                type="button"
                class="button-grave"
                on:click=move |_| {
                    ask::erase(state);
                    state.dialog.set(None);
                }
            >
                "Erase"
            </button>
        </Show>
    }
}

fn storage_words(storage: &Storage) -> String {
    match storage {
        Storage::Opening => "The store is being opened.".to_owned(),
        Storage::Kept => "Kept in this browser, on this machine, until you erase it.".to_owned(),
        Storage::MemoryOnly { why } => format!("Not kept beyond this page: {why}"),
    }
}
