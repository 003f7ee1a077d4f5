//! The conditions that narrow the rows, each of which can be taken back alone.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use crate::state::State;

#[component]
pub fn Conditions() -> impl IntoView {
    let state = State::here();
    let conditions = Memo::new(move |_| state.form.conditions());
    view! {
        <Show when=move || conditions.with(|all| !all.is_empty())>
            <ul class="conditions" aria-label="Conditions">
                <For each=move || conditions.get() key=Clone::clone let:condition>
                    <li>
                        <button
                            type="button"
                            class="conditions-one"
                            title="Take this condition back"
                            on:click=move |_| state.form.clear(condition.0)
                        >
                            <span class="conditions-text">{condition.1.clone()}</span>
                            <Sign icon=Icon::Close />
                        </button>
                    </li>
                </For>
                <li>
                    <button type="button" class="conditions-all" on:click=move |_| state.form.clear_all()>
                        "Clear all"
                    </button>
                </li>
            </ul>
        </Show>
    }
}
