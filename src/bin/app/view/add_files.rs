//! The ways to bring files in without dragging them.

use leptos::ev::Event;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::icon::{Icon, Sign};
use crate::drop;
use crate::state::{Dialog, State};

#[component]
pub fn AddFiles() -> impl IntoView {
    let state = State::here();
    view! {
        <div class="add-files">
            <label class="add-files-button add-files-main">
                <input type="file" multiple=true class="add-files-input" on:change=move |event| take(state, &event) />
                <Sign icon=Icon::File />
                "Choose files…"
            </label>
            <label class="add-files-button">
                <input
                    type="file"
                    prop:webkitdirectory=true
                    class="add-files-input"
                    on:change=move |event| take(state, &event)
                />
                <Sign icon=Icon::Folder />
                "Choose folder…"
            </label>
            <button
                type="button"
                class="add-files-button"
                on:click=move |_| state.dialog.set(Some(Dialog::Paste))
            >
                <Sign icon=Icon::Paste />
                "Paste…"
            </button>
        </div>
    }
}

fn take(state: State, event: &Event) {
    let input = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    if let Some(input) = input {
        if let Some(files) = input.files() {
            drop::chosen(state, &files);
        }
        // So that choosing the same files again is a choice too.
        input.set_value("");
    }
}
