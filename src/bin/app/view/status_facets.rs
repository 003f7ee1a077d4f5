//! The statuses with their counts under all the other filters.

use leptos::prelude::*;
use mailtrace::delivery::status::Status;

use super::icon::Sign;
use super::status_badge::{name, sign};
use crate::format;
use crate::state::State;

#[component]
pub fn StatusFacets() -> impl IntoView {
    view! {
        <section class="filters-group" aria-label="Delivery status">
            <h2 class="filters-title">"Delivery status"</h2>
            <ul class="status-facets">
                {Status::ALL
                    .into_iter()
                    .enumerate()
                    .map(|(at, status)| view! { <Facet at=at status=status /> })
                    .collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Facet(at: usize, status: Status) -> impl IntoView {
    let state = State::here();
    let count = Memo::new(move |_| {
        state
            .found
            .with(|found| found.as_ref()?.by_status.get(at).copied())
            .unwrap_or(0)
    });
    let chosen = move || {
        state
            .form
            .statuses
            .with(|statuses| statuses.contains(&status))
    };
    view! {
        <li>
            <button
                type="button"
                class="status-facet"
                class:status-facet-none=move || count.get() == 0
                data-status=name(status)
                aria-pressed=move || chosen().to_string()
                on:click=move |_| state.form.toggle(status)
            >
                <Sign icon=sign(status) />
                <span class="status-facet-title">{status.title()}</span>
                <span class="status-facet-count">{move || format::number(count.get().into())}</span>
            </button>
        </li>
    }
}
