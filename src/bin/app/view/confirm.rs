//! A button that asks once more, in place, before it does what cannot be taken back.

use leptos::html;
use leptos::prelude::*;

#[component]
pub fn Confirm(
    /// What the button says.
    label: &'static str,
    /// Its name for those who do not see what it stands beside.
    #[prop(into)]
    name: String,
    #[prop(into)] question: Signal<String>,
    /// What the answer says that does it.
    yes: &'static str,
    #[prop(optional, into)] disabled: Signal<bool>,
    on_yes: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let asked = StoredValue::new(false);
    let ask = NodeRef::<html::Button>::new();
    let keep = NodeRef::<html::Button>::new();
    // The focus goes to the answer that does nothing, and comes back with it.
    Effect::new(move |_| {
        if let Some(keep) = keep.get() {
            asked.set_value(true);
            let _ = keep.focus();
        }
    });
    Effect::new(move |_| {
        if let Some(ask) = ask.get().filter(|_| asked.get_value()) {
            let _ = ask.focus();
        }
    });
    let name = StoredValue::new(name);
    view! {
        <span class="confirm">
            <Show
                when=move || asking.get()
                fallback=move || {
                    view! {
                        <button
                            type="button"
                            class="confirm-ask"
                            aria-label=name.get_value()
                            disabled=move || disabled.get()
                            node_ref=ask
                            on:click=move |_| asking.set(true)
                        >
                            {label}
                        </button>
                    }
                }
            >
                <span class="confirm-question" role="alert">{move || question.get()}</span>
                <button type="button" node_ref=keep on:click=move |_| asking.set(false)>
                    "Keep"
                </button>
                <button
                    type="button"
                    class="button-grave"
                    on:click=move |_| {
                        asking.set(false);
                        on_yes();
                    }
                >
                    {yes}
                </button>
            </Show>
        </span>
    }
}
