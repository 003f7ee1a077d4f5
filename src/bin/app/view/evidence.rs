//! The raw lines that a detail stands on, as they are in the files.

use leptos::prelude::*;
use mailtrace::protocol::LineView;

use crate::format;
use crate::state::State;

#[component]
pub fn Evidence() -> impl IntoView {
    let state = State::here();
    view! {
        <section class="detail-section" aria-label="Evidence">
            <h3 class="detail-title">"Evidence"</h3>
            {move || match state.lines.get() {
                None => view! { <p class="evidence-wait">"The lines are being read from the source…"</p> }.into_any(),
                Some(lines) if lines.is_empty() => {
                    view! { <p class="evidence-wait">"The raw lines are not here any more."</p> }.into_any()
                }
                Some(lines) => {
                    let lines = lines.into_iter().map(|line| view! { <Line line=line /> });
                    view! { <ol class="evidence">{lines.collect_view()}</ol> }.into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Line(line: LineView) -> impl IntoView {
    view! {
        <li class="evidence-line" class:evidence-line-decides=line.decides>
            <p class="evidence-place">
                <span class="evidence-source">{line.source}</span>
                {format!("line {}", format::number(line.line))}
                {line.decides.then(|| view! { <strong>"decides the status"</strong> })}
            </p>
            <pre class="evidence-text">{line.text}</pre>
        </li>
    }
}
