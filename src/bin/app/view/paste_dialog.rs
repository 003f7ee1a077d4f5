//! Log text that is at hand in another window.

use leptos::html;
use leptos::prelude::*;

use super::dialog::Modal;
use crate::drop;
use crate::state::{Dialog, State};

#[component]
pub fn PasteDialog() -> impl IntoView {
    view! {
        <Modal which=Dialog::Paste title="Paste log lines" class="paste-dialog">
            <Paste />
        </Modal>
    }
}

#[component]
fn Paste() -> impl IntoView {
    let state = State::here();
    let area = NodeRef::<html::Textarea>::new();
    let take = move |_| {
        if let Some(area) = area.get_untracked() {
            drop::text(state, &area.value());
        }
        state.dialog.set(None);
    };
    view! {
        <div class="dialog-body">
            <p class="paste-dialog-note">
                "Whole lines, as they stand in the log. Ctrl+V anywhere on the page does the same."
            </p>
            <textarea
                class="paste-dialog-text"
                aria-label="Log lines"
                rows="12"
                spellcheck="false"
                autofocus=true
                node_ref=area
            ></textarea>
        </div>
        <footer class="dialog-actions">
            <button type="button" on:click=move |_| state.dialog.set(None)>"Cancel"</button>
            <button type="button" class="button-main" on:click=take>"Trace"</button>
        </footer>
    }
}
