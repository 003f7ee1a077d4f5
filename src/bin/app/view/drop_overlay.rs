//! What the window says while files are dragged over it.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use crate::state::State;

#[component]
pub fn DropOverlay() -> impl IntoView {
    let state = State::here();
    view! {
        <Show when=move || state.dragging.get()>
            <div class="drop-overlay">
                <p class="drop-overlay-text">
                    <Sign icon=Icon::Upload />
                    "Drop to trace"
                </p>
            </div>
        </Show>
    }
}
