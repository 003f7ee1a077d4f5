//! How far something is.

use leptos::prelude::*;

#[component]
pub fn ProgressBar(
    /// From 0 to 1.
    share: Signal<f64>,
    #[prop(into)] label: String,
) -> impl IntoView {
    let percent = move || (share.get() * 100.0).clamp(0.0, 100.0);
    view! {
        <span
            class="progress-bar"
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || format!("{:.0}", percent())
        >
            <span class="progress-bar-done" style:inline-size=move || format!("{:.1}%", percent())></span>
        </span>
    }
}
