//! The keys that work anywhere on the page.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};

use crate::ask;
use crate::state::{Place, State};

/// Listens for as long as the page lives.
pub fn listen(state: State) {
    window_event_listener(ev::keydown, move |event| {
        // A dialog has its own keys, and the browser's Escape.
        let free = state.dialog.with_untracked(Option::is_none);
        if free && !event.default_prevented() && act(state, &event) {
            event.prevent_default();
        }
    });
}

/// Whether something is being typed into a field.
pub fn in_field(event: &Event) -> bool {
    target(event).is_some_and(|element| {
        element
            .closest("input, textarea, select, [contenteditable]")
            .ok()
            .flatten()
            .is_some()
    })
}

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Does what the key is for; false leaves it to the browser.
fn act(state: State, event: &KeyboardEvent) -> bool {
    let key = event.key();
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() {
        return false;
    }
    if in_field(event) {
        return key == "Escape" && leave_field(state, event);
    }
    let on_button = target(event).is_some_and(|element| {
        element
            .closest("button, a, summary")
            .ok()
            .flatten()
            .is_some()
    });
    let in_detail =
        target(event).is_some_and(|element| element.closest(".detail").ok().flatten().is_some());
    let elsewhere = state.place.get_untracked() != Place::Messages;
    let page = i64::from(state.scroll.with_untracked(|scroll| scroll.page()));
    match key.as_str() {
        "/" => {
            ask::go(state, Place::Messages);
            state.search_open.set(true);
            // The field may be unfolded by this very key: it is there after the next frame.
            request_animation_frame(move || {
                if let Some(field) = state.search_field.get_untracked() {
                    let _ = field.focus();
                    field.select();
                }
            });
        }
        // The rest is the table's.
        _ if elsewhere => return false,
        "Escape" if state.open.with_untracked(Option::is_some) => ask::close(state),
        "j" => ask::move_by(state, 1),
        "k" => ask::move_by(state, -1),
        // Inside the detail these scroll it.
        _ if in_detail => return false,
        "ArrowDown" => ask::move_by(state, 1),
        "ArrowUp" => ask::move_by(state, -1),
        "PageDown" => ask::move_by(state, page),
        "PageUp" => ask::move_by(state, -page),
        "Home" => ask::move_to(state, 0),
        "End" => ask::move_to(state, u32::MAX),
        "Enter" if !on_button => match state.cursor.get_untracked() {
            Some(index) => ask::open_row(state, index),
            None => return false,
        },
        _ => return false,
    }
    true
}

/// From a field back to the table.
fn leave_field(state: State, event: &KeyboardEvent) -> bool {
    let field = target(event).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(field) = field {
        let _ = field.blur();
    }
    if let Some(grid) = state.grid.get_untracked() {
        let _ = grid.focus();
    }
    true
}
