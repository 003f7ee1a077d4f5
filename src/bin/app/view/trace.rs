//! Filters, rows and the open detail, side by side.

use leptos::prelude::*;

use super::detail::Detail;
use super::filters::Filters;
use super::result_line::ResultLine;
use super::trace_table::TraceTable;
use crate::state::State;

#[component]
pub fn Trace() -> impl IntoView {
    let state = State::here();
    let open = Memo::new(move |_| state.open.get().is_some() && state.detail.with(Option::is_some));
    view! {
        <div class="trace" class:trace-detailed=move || open.get()>
            <Filters />
            <main class="trace-result">
                <ResultLine />
                <TraceTable />
            </main>
            <Show when=move || open.get()>
                <Detail />
            </Show>
        </div>
    }
}
