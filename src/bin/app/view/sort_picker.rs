//! The order of the rows, where there is no room for headings to click.

use leptos::prelude::*;
use mailtrace::search::{Column, Sort};

use crate::state::State;

const ORDERS: [(&str, Sort); 6] = [
    ("Newest first", by(Column::Date, true)),
    ("Oldest first", by(Column::Date, false)),
    ("Sender", by(Column::Sender, false)),
    ("Recipient", by(Column::Recipient, false)),
    ("Subject", by(Column::Subject, false)),
    ("Status", by(Column::Status, false)),
];

const fn by(column: Column, descending: bool) -> Sort {
    Sort { column, descending }
}

#[component]
pub fn SortPicker() -> impl IntoView {
    let state = State::here();
    let options = ORDERS.map(|(title, sort)| {
        let chosen = move || state.sort.get() == sort;
        view! { <option value=title selected=chosen>{title}</option> }
    });
    view! {
        <label class="sort-picker">
            "Sort by"
            <select on:change:target=move |event| {
                let title = event.target().value();
                if let Some((_, sort)) = ORDERS.iter().find(|(one, _)| *one == title) {
                    state.sort.set(*sort);
                }
            }>{options.collect_view()}</select>
        </label>
    }
}
