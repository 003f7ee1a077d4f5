//! The less common conditions, unfolded below the search: subject, IP address, direction.

use leptos::prelude::*;
use mailtrace::search::{SubjectAt, Way};

use crate::form::{at_title, way_title};
use crate::state::State;

const PLACES: [SubjectAt; 3] = [SubjectAt::Contains, SubjectAt::Starts, SubjectAt::Ends];
const WAYS: [Option<Way>; 3] = [None, Some(Way::Inbound), Some(Way::Outbound)];

/// What the button that unfolds it names.
pub const SEARCH_MORE: &str = "search-more";

#[component]
pub fn SearchMore() -> impl IntoView {
    let state = State::here();
    let form = state.form;
    let places = PLACES.map(|at| {
        let chosen = move || form.subject_at.get() == at;
        view! { <option value=at_title(at) selected=chosen>{at_title(at)}</option> }
    });
    let fault = move || form.fault();
    let ways = WAYS.map(|way| {
        let title = way.map_or("All", way_title);
        let chosen = move || form.direction.get() == way;
        view! { <option value=title selected=chosen>{title}</option> }
    });
    view! {
        <div class="search search-more" id=SEARCH_MORE role="group" aria-label="More conditions">
            <div class="search-field search-subject">
                <label class="search-label" for="search-subject">"Subject"</label>
                <select
                    aria-label="Where in the subject"
                    on:change:target=move |event| {
                        let title = event.target().value();
                        if let Some(at) = PLACES.into_iter().find(|at| at_title(*at) == title) {
                            form.subject_at.set(at);
                        }
                    }
                >
                    {places.collect_view()}
                </select>
                <input
                    type="text"
                    id="search-subject"
                    placeholder="invoice"
                    autocomplete="off"
                    bind:value=form.subject
                />
            </div>
            <label class="search-field">
                <span class="search-label">"IP address"</span>
                <input
                    type="text"
                    placeholder="192.0.2.17 or 192.0.2.0/24"
                    title="An address, the beginning of one such as 192.0.2., or a network such as 192.0.2.0/24"
                    autocomplete="off"
                    spellcheck="false"
                    aria-invalid=move || fault().map(|_| "true")
                    aria-describedby="search-fault"
                    bind:value=form.ip
                />
            </label>
            <label class="search-field search-direction">
                <span class="search-label">"Direction"</span>
                <select on:change:target=move |event| {
                    let title = event.target().value();
                    let way = WAYS.into_iter().flatten().find(|way| way_title(*way) == title);
                    form.direction.set(way);
                }>{ways.collect_view()}</select>
            </label>
        </div>
        <p class="search-fault" id="search-fault" role="status">{fault}</p>
    }
}
