//! Brand, search, sources, theme: always in the same place.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use super::search::Search;
use super::theme_button::ThemeButton;
use crate::format;
use crate::state::{Dialog, State};

#[component]
pub fn TopBar() -> impl IntoView {
    let state = State::here();
    let sources = move || state.sources.with(Vec::len) as u64;
    view! {
        <header class="top-bar">
            <h1 class="top-bar-brand">
                <Sign icon=Icon::Brand />
                "Mailtrace"
            </h1>
            <Show when=move || state.has_data() fallback=|| view! { <span class="top-bar-gap"></span> }>
                <Search />
                <button
                    type="button"
                    class="top-bar-unfold"
                    aria-expanded=move || state.search_open.get().to_string()
                    on:click=move |_| state.search_open.update(|open| *open = !*open)
                >
                    <Sign icon=Icon::Search />
                    <span class="top-bar-word">"Search"</span>
                </button>
                <button
                    type="button"
                    class="top-bar-sources"
                    on:click=move |_| state.dialog.set(Some(Dialog::Sources))
                >
                    <Sign icon=Icon::Stack />
                    <span class="top-bar-word">"Sources"</span>
                    <span class="top-bar-count">{move || format::number(sources())}</span>
                </button>
            </Show>
            <ThemeButton />
        </header>
    }
}
