//! Brand, pages, search, settings, theme: always in the same place.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use super::search::Search;
use super::theme_button::ThemeButton;
use crate::format;
use crate::state::{Dialog, Place, State};

#[component]
pub fn TopBar() -> impl IntoView {
    let state = State::here();
    let sources = move || state.sources.with(Vec::len) as u64;
    let place = move |place: Place, title: &'static str, count: Option<Signal<u64>>| {
        view! {
            <a
                class="top-bar-place"
                href=place.hash()
                aria-current=move || (state.place.get() == place).then_some("page")
            >
                {title}
                {count.map(|count| view! { <span class="top-bar-count">{move || format::number(count.get())}</span> })}
            </a>
        }
    };
    view! {
        <header class="top-bar">
            <h1 class="top-bar-brand">
                <Sign icon=Icon::Brand />
                <span class="top-bar-name">"Mailtrace"</span>
            </h1>
            <Show when=move || state.has_data() fallback=|| view! { <span class="top-bar-gap"></span> }>
                <nav class="top-bar-places" aria-label="Pages">
                    {place(Place::Messages, "Messages", None)}
                    {place(Place::Imports, "Imports", Some(Signal::derive(sources)))}
                </nav>
                <Show
                    when=move || state.place.get() == Place::Messages
                    fallback=|| view! { <span class="top-bar-gap"></span> }
                >
                    <Search />
                </Show>
                <button
                    type="button"
                    class="top-bar-unfold"
                    hidden=move || state.place.get() != Place::Messages
                    aria-expanded=move || state.search_open.get().to_string()
                    on:click=move |_| state.search_open.update(|open| *open = !*open)
                >
                    <Sign icon=Icon::Search />
                    <span class="top-bar-word">"Search"</span>
                </button>
            </Show>
            <button
                type="button"
                class="top-bar-settings"
                aria-label="Settings"
                title="Settings"
                on:click=move |_| state.dialog.set(Some(Dialog::Settings))
            >
                <Sign icon=Icon::Gear />
            </button>
            <ThemeButton />
        </header>
    }
}
