//! The promise, what is loaded, and the work that is under way.

use leptos::prelude::*;
use mailtrace::protocol::Storage;

use super::icon::{Icon, Sign};
use super::import_status::ImportStatus;
use crate::format;
use crate::state::State;

#[component]
pub fn Footer() -> impl IntoView {
    let state = State::here();
    view! {
        <footer class="footer">
            <p class="footer-promise">
                <Sign icon=Icon::Lock />
                "Nothing leaves this page"
            </p>
            <p class="footer-facts">{move || facts(state)}</p>
            {move || state.storage.with(memory_only)}
            <ImportStatus />
        </footer>
    }
}

/// `5 sources · 9,841,002 events · 14 Sep 00:00 – 21 Sep 2026 23:59`.
fn facts(state: State) -> Option<String> {
    let sources = state.sources.with(Vec::len) as u64;
    let (events, span) = state
        .found
        .with(|found| found.as_ref().map(|found| (found.events, found.span)))?;
    (sources > 0).then(|| {
        let mut parts = vec![
            format::count(sources, "source"),
            format::count(events, "event"),
        ];
        parts.extend(span.map(|span| {
            format!(
                "{} {}",
                state.span(span),
                format::offset(state.offset(span.1))
            )
        }));
        parts.join(" · ")
    })
}

fn memory_only(storage: &Storage) -> Option<impl IntoView + use<>> {
    match storage {
        Storage::Opening | Storage::Kept => None,
        Storage::MemoryOnly { why } => Some(view! {
            <p class="footer-memory">
                <Sign icon=Icon::Warning />
                {format!("Not kept beyond this page: {why}")}
            </p>
        }),
    }
}
