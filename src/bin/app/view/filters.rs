//! What narrows the rows by a click.

use leptos::prelude::*;

use super::sort_picker::SortPicker;
use super::status_facets::StatusFacets;
use super::time_range::TimeRangePicker;
use crate::format;
use crate::settings::ZoneChoice;
use crate::state::State;

#[component]
pub fn Filters() -> impl IntoView {
    let state = State::here();
    view! {
        <aside class="filters" aria-label="Filters" class:filters-open=move || state.search_open.get()>
            <StatusFacets />
            <TimeRangePicker />
            <ZonePicker />
            <Probes />
            <Show when=move || state.folded.get()>
                <SortPicker />
            </Show>
        </aside>
    }
}

/// The zone of every time on the page, next to the range that is asked for in it.
#[component]
fn ZonePicker() -> impl IntoView {
    let state = State::here();
    let local = move || {
        let at = state.newest().unwrap_or_default();
        format::offset(crate::clock::offset(ZoneChoice::Local, at))
    };
    let choice = move |zone: ZoneChoice, title: &'static str| {
        view! {
            <button
                type="button"
                class="filters-choice"
                aria-pressed=move || (state.zone.get() == zone).to_string()
                on:click=move |_| state.zone.set(zone)
            >
                {title}
                {(zone == ZoneChoice::Local).then(|| view! { <small>{local}</small> })}
            </button>
        }
    };
    view! {
        <section class="filters-group" aria-label="Time zone">
            <h2 class="filters-title">"Times in"</h2>
            <div class="filters-choices">
                {choice(ZoneChoice::Local, "Local")} {choice(ZoneChoice::Utc, "UTC")}
            </div>
        </section>
    }
}

/// Exchange's own probes are hidden until asked for, and always counted.
#[component]
fn Probes() -> impl IntoView {
    let state = State::here();
    let count = Memo::new(move |_| {
        let shown = state.form.probes.get();
        state
            .found
            .with(|found| found.as_ref().map_or(0, |found| found.probes))
            .max(u32::from(shown))
    });
    view! {
        <Show when=move || { count.get() > 0 }>
            <label class="filters-check">
                <input type="checkbox" bind:checked=state.form.probes />
                {move || format!("Show {} of Exchange’s own", format::count(count.get().into(), "probe row"))}
            </label>
        </Show>
    }
}
