//! System, light or dark: one button that goes round.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use crate::settings::Theme;
use crate::state::State;

#[component]
pub fn ThemeButton() -> impl IntoView {
    let state = State::here();
    let label = move || {
        let theme = state.theme.get();
        format!(
            "{}; change to {}",
            theme.title(),
            theme.next().title().to_lowercase()
        )
    };
    view! {
        <button
            type="button"
            class="theme-button"
            aria-label=label
            title=label
            on:click=move |_| state.theme.update(|theme| *theme = theme.next())
        >
            {move || {
                let icon = match state.theme.get() {
                    Theme::System => Icon::System,
                    Theme::Light => Icon::Sun,
                    Theme::Dark => Icon::Moon,
                };
                view! { <Sign icon=icon /> }
            }}
        </button>
    }
}
