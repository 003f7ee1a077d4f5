//! What is loaded: each source with its account, and the ways to add, correct, remove and erase.

use leptos::html;
use leptos::prelude::*;
use mailtrace::protocol::{SourceView, Storage};
use mailtrace::source::RemarkKind;

use super::add_files::AddFiles;
use super::confirm::Confirm;
use super::import_files::ImportFiles;
use super::import_totals::ImportTotals;
use super::source_card::SourceCard;
use super::zone_names::ZoneNames;
use crate::ask;
use crate::format;
use crate::state::State;

#[component]
pub fn Imports() -> impl IntoView {
    let state = State::here();
    let title = NodeRef::<html::H2>::new();
    // Another page begins with its title, for those who hear it.
    Effect::new(move |_| {
        if let Some(title) = title.get() {
            let _ = title.focus();
        }
    });
    let warned = RwSignal::new(false);
    let ids = Memo::new(move |_| {
        state.sources.with(|sources| {
            let all = sources.iter().rev();
            let shown = all.filter(|source| !warned.get() || warns(source));
            shown.map(|source| source.source).collect::<Vec<_>>()
        })
    });
    view! {
        <main class="imports">
            <div class="imports-page">
                <header class="imports-head">
                    <div class="imports-words">
                        <h2 class="imports-title" tabindex="-1" node_ref=title>"Imports"</h2>
                        <p class="imports-storage">{move || state.storage.with(storage_words)}</p>
                    </div>
                    <AddFiles />
                </header>
                <ImportTotals />
                <ImportFiles />
                <Tools warned=warned />
                <ul class="imports-list" aria-label="Sources">
                    <For each=move || ids.get() key=|id| *id let:id>
                        <li><SourceCard id=id /></li>
                    </For>
                </ul>
            </div>
            <ZoneNames />
        </main>
    }
}

/// Which sources are listed, and the end of them all.
#[component]
fn Tools(warned: RwSignal<bool>) -> impl IntoView {
    let state = State::here();
    let count = move || state.sources.with(Vec::len) as u64;
    let warnings = Memo::new(move |_| {
        let warning = state
            .sources
            .with(|sources| sources.iter().filter(|source| warns(source)).count() as u64);
        // What the filter would show nothing of is shown whole.
        if warning == 0 {
            warned.set(false);
        }
        warning
    });
    let choice = move |with_warnings: bool, title: &'static str, number: Signal<u64>| {
        view! {
            <button
                type="button"
                class="imports-choice"
                aria-pressed=move || (warned.get() == with_warnings).to_string()
                disabled=move || with_warnings && number.get() == 0
                on:click=move |_| warned.set(with_warnings)
            >
                {title}
                <span class="imports-choice-count">{move || format::number(number.get())}</span>
            </button>
        }
    };
    view! {
        <div class="imports-tools">
            <div class="imports-choices" role="group" aria-label="Sources shown">
                {choice(false, "All sources", Signal::derive(count))}
                {choice(true, "With warnings", warnings.into())}
            </div>
            <Confirm
                label="Erase everything…"
                name="Erase everything…"
                question=Signal::derive(move || {
                    format!("Forget {}, in this browser too?", format::count(count(), "source"))
                })
                yes="Erase"
                disabled=Signal::derive(move || count() == 0)
                on_yes=move || ask::erase(state)
            />
        </div>
    }
}

fn warns(source: &SourceView) -> bool {
    let mut remarks = source.remarks.iter();
    remarks.any(|remark| remark.kind == RemarkKind::Warning)
}

fn storage_words(storage: &Storage) -> String {
    match storage {
        Storage::Opening => "The store is being opened.".to_owned(),
        Storage::Kept => "Kept in this browser, on this machine, until you erase it.".to_owned(),
        Storage::MemoryOnly { why } => format!("Not kept beyond this page: {why}"),
    }
}
