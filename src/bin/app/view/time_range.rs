//! Which time is asked for: all that is loaded, the last of it, or exactly from and to.

use leptos::prelude::*;

use crate::form::TimeRange;
use crate::format;
use crate::state::State;

#[component]
pub fn TimeRangePicker() -> impl IntoView {
    let state = State::here();
    let range = state.form.range;
    let exact = move || range.get() == TimeRange::Exact;
    view! {
        <section class="filters-group" aria-label="Time range">
            <h2 class="filters-title">"Time range"</h2>
            <div class="time-range">
                {TimeRange::ALL.into_iter().map(|one| view! { <Preset range=one /> }).collect_view()}
            </div>
            <Show when=exact>
                <label class="time-range-end">
                    "From"
                    <input type="datetime-local" bind:value=state.form.since />
                </label>
                <label class="time-range-end">
                    "To"
                    <input type="datetime-local" bind:value=state.form.until />
                </label>
            </Show>
            <p class="time-range-note">{move || note(state)}</p>
        </section>
    }
}

#[component]
fn Preset(range: TimeRange) -> impl IntoView {
    let state = State::here();
    let form = state.form;
    view! {
        <button
            type="button"
            class="time-range-preset"
            aria-pressed=move || (form.range.get() == range).to_string()
            on:click=move |_| {
                if range == TimeRange::Exact {
                    begin_exact(state);
                }
                form.range.set(range);
            }
        >
            {range.title()}
        </button>
    }
}

/// An exact range starts from all that is loaded, so that it can be narrowed.
fn begin_exact(state: State) {
    let span = state.found.with_untracked(|found| found.as_ref()?.span);
    if let Some((first, last)) = span {
        for (field, at) in [(state.form.since, first), (state.form.until, last)] {
            if field.with_untracked(String::is_empty) {
                field.set(format::input(at, untrack(|| state.offset(at))));
            }
        }
    }
}

/// What the range means, where that is not plain.
fn note(state: State) -> Option<String> {
    let span = state.found.with(|found| found.as_ref()?.span)?;
    match state.form.range.get() {
        TimeRange::All => Some(state.span(span)),
        TimeRange::Last(_) => {
            let newest = format::minute(span.1, state.offset(span.1));
            Some(format!("Counted back from the newest event, {newest}"))
        }
        TimeRange::Exact => None,
    }
}
