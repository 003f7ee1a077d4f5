//! A reason that shows on hovering, on focus and on a press, and is read out with its button.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

use super::icon::{Icon, Sign};

/// Numbers the hints, since a description is found by its id.
static LAST: AtomicU32 = AtomicU32::new(0);

#[component]
pub fn Hint(
    /// What the button is called.
    #[prop(into)]
    name: String,
    text: String,
) -> impl IntoView {
    let id = format!("hint-{}", LAST.fetch_add(1, Ordering::Relaxed));
    view! {
        <span class="hint">
            <button type="button" class="hint-button" aria-label=name aria-describedby=id.clone()>
                <Sign icon=Icon::Circle />
            </button>
            <span class="hint-text" role="tooltip" id=id>{text}</span>
        </span>
    }
}
