//! How many rows there are, in words, and what narrows them.

use leptos::prelude::*;
use mailtrace::protocol::Found;

use super::conditions::Conditions;
use super::icon::{Icon, Sign};
use crate::format;
use crate::state::State;

#[component]
pub fn ResultLine() -> impl IntoView {
    let state = State::here();
    view! {
        <div class="result-line">
            <p class="result-line-count" role="status">
                {move || state.found.with(|found| found.as_ref().map(words))}
            </p>
            <Conditions />
            <Show when=move || state.form.is_related()>
                <button type="button" class="result-line-back" on:click=move |_| state.form.go_back()>
                    <Sign icon=Icon::ArrowLeft />
                    "Back to the search before"
                </button>
            </Show>
        </div>
    }
}

/// `412 of 1,204 deliveries, 380 messages`, and whether more is to come.
fn words(found: &Found) -> String {
    match found.complete {
        true => counts(found),
        false => format!("{} so far…", counts(found)),
    }
}

fn counts(found: &Found) -> String {
    let messages = format::count(found.messages.into(), "message");
    let of = format::count(found.of.into(), "delivery");
    if found.deliveries == found.of {
        format!("{of}, {messages}")
    } else {
        format!(
            "{} of {of}, {messages}",
            format::number(found.deliveries.into())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_counts_are_in_words() {
        let mut found = Found {
            deliveries: 412,
            messages: 380,
            of: 1204,
            complete: true,
            ..Found::default()
        };
        assert_eq!(words(&found), "412 of 1,204 deliveries, 380 messages");
        found.deliveries = 1204;
        assert_eq!(words(&found), "1,204 deliveries, 380 messages");
        found.complete = false;
        assert_eq!(words(&found), "1,204 deliveries, 380 messages so far…");
    }
}
