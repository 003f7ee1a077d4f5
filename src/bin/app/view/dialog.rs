//! A modal dialog: the browser's own, with its focus, its Escape and its inert page behind.

use leptos::html;
use leptos::prelude::*;

use super::icon::{Icon, Sign};
use crate::state::{Dialog, State};

#[component]
pub fn Modal(
    which: Dialog,
    title: &'static str,
    class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Dialog>::new();
    let open = Memo::new(move |_| state.dialog.get() == Some(which));
    let children = StoredValue::new(children);
    Effect::new(move |_| {
        if let Some(element) = element.get() {
            if open.get() && !element.open() {
                // It is in the document and not open: both reasons to fail are out.
                let _ = element.show_modal();
            } else if !open.get() && element.open() {
                element.close();
            }
        }
    });
    view! {
        <dialog
            class=format!("dialog {class}")
            aria-label=title
            node_ref=element
            on:close=move |_| {
                if open.get_untracked() {
                    state.dialog.set(None);
                }
            }
            on:click=move |event| {
                let backdrop = element.get_untracked().is_some_and(|element| event.target() == Some(element.into()));
                if backdrop {
                    state.dialog.set(None);
                }
            }
        >
            <div class="dialog-page">
                <header class="dialog-bar">
                    <h2 class="dialog-title">{title}</h2>
                    <button type="button" aria-label="Close" on:click=move |_| state.dialog.set(None)>
                        <Sign icon=Icon::Close />
                    </button>
                </header>
                <Show when=move || open.get()>{children.with_value(|children| children())}</Show>
            </div>
        </dialog>
    }
}
