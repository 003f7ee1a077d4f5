//! What a status means, what to do next, and for whom.

use leptos::prelude::*;
use mailtrace::protocol::AdviceView;

#[component]
pub fn Advice(advice: AdviceView) -> impl IntoView {
    let facts = [
        ("What it means", advice.means),
        ("What to do", advice.next),
        ("For whom", advice.whom),
    ];
    let facts = facts.map(|(title, text)| {
        view! {
            <div class="advice-fact">
                <dt>{title}</dt>
                <dd>{text}</dd>
            </div>
        }
    });
    view! { <dl class="advice">{facts.into_iter().collect_view()}</dl> }
}
