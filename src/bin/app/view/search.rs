//! The fields of the search; answers come as one types.

use leptos::ev::ClipboardEvent;
use leptos::prelude::*;

use super::icon::{Icon, Sign};
use super::search_more::{SEARCH_MORE, SearchMore};
use crate::format;
use crate::state::State;

#[component]
pub fn Search() -> impl IntoView {
    let state = State::here();
    let form = state.form;
    view! {
        <div class="search-area" role="search" class:search-open=move || state.search_open.get()>
            <div class="search">
                <label class="search-field">
                    <span class="search-label">"Sender"</span>
                    <input
                        type="text"
                        placeholder="ann@contoso.example"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        aria-keyshortcuts="/"
                        node_ref=state.search_field
                        bind:value=form.sender
                        on:paste=move |event| paste_list(form.sender, &event)
                    />
                    <kbd class="search-key" aria-hidden="true">"/"</kbd>
                </label>
                <label class="search-field">
                    <span class="search-label">"Recipients"</span>
                    <input
                        type="text"
                        placeholder="*@fabrikam.example"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        bind:value=form.recipients
                        on:paste=move |event| paste_list(form.recipients, &event)
                    />
                </label>
                <label class="search-field search-id">
                    <span class="search-label">"Message ID"</span>
                    <input
                        type="text"
                        placeholder="or network or queue id"
                        title="A Message-ID or a part of it, a network message id, or a queue id"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        bind:value=form.message_id
                    />
                </label>
                <button
                    type="button"
                    class="search-unfold"
                    aria-expanded=move || state.search_more.get().to_string()
                    aria-controls=SEARCH_MORE
                    on:click=move |_| state.search_more.update(|more| *more = !*more)
                >
                    "More"
                    {move || {
                        let count = form.more_conditions().len() as u64;
                        (count > 0).then(|| view! { <span class="search-count">{format::number(count)}</span> })
                    }}
                    <Sign icon=Icon::ChevronDown />
                </button>
            </div>
            <Show when=move || state.search_more.get()>
                <SearchMore />
            </Show>
        </div>
    }
}

/// A field of one line would swallow the line ends of a pasted list, and join its names.
fn paste_list(field: RwSignal<String>, event: &ClipboardEvent) {
    let text = event
        .clipboard_data()
        .and_then(|data| data.get_data("text/plain").ok())
        .unwrap_or_default();
    if !text.trim().contains(['\n', '\r']) {
        return;
    }
    event.prevent_default();
    let names: Vec<&str> = text.split_whitespace().collect();
    field.update(|field| {
        if !field.trim().is_empty() {
            field.push_str("; ");
        }
        field.push_str(&names.join("; "));
    });
}
