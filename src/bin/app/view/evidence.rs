//! The raw lines that a detail stands on, as they are in the files.

use leptos::prelude::*;
use mailtrace::protocol::LineView;

use crate::format;
use crate::state::State;

#[component]
pub fn Evidence() -> impl IntoView {
    let state = State::here();
    view! {
        {move || state.lines.with(|lines| lines.as_deref().map(story))}
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

/// What agents and filters noted in the lines, in their order; what several lines repeat, once.
fn story(lines: &[LineView]) -> impl IntoView + use<> {
    let mut told: Vec<String> = Vec::new();
    for sentence in lines.iter().flat_map(|line| &line.story) {
        if !told.contains(sentence) {
            told.push(sentence.clone());
        }
    }
    (!told.is_empty()).then(|| {
        let told = told
            .into_iter()
            .map(|sentence| view! { <li>{sentence}</li> });
        view! {
            <section class="detail-section" aria-label="Filters and rules">
                <h3 class="detail-title">"Filters and rules"</h3>
                <ol class="evidence-story">{told.collect_view()}</ol>
            </section>
        }
    })
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
