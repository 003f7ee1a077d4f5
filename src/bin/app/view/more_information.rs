//! The message's ids and addresses, as Message Trace lists them.

use leptos::prelude::*;
use mailtrace::protocol::DetailView;

use super::hint::Hint;
use crate::format;
use crate::state::State;

#[component]
pub fn MoreInformation(detail: DetailView) -> impl IntoView {
    let size = detail.size.map(format::size_exact).unwrap_or_default();
    let related = detail.message_id.clone();
    view! {
        <section class="detail-section" aria-label="More information">
            <header class="more-information-head">
                <h3 class="detail-title">"More information"</h3>
                <FindRelated message_id=related />
            </header>
            <dl class="more-information">
                <Fact title="Message ID" values=vec![detail.message_id] code=true />
                <Ip title="From IP" ip=detail.from_ip note=detail.from_ip_note />
                <Ip title="To IP" ip=detail.to_ip note=detail.to_ip_note />
                <Fact title="Direction" values=vec![detail.direction] />
                <Fact title="Size" values=vec![size] />
                <Fact title="Network message ID" values=vec![detail.network_message_id] code=true />
                <Fact title="Queue ids" values=detail.queue_ids code=true />
                <Fact title="Envelope sender" values=vec![detail.return_path] />
                <Fact title="Signed in as" values=vec![detail.login] />
            </dl>
        </section>
    }
}

/// One line with its values; nothing at all where there are none.
#[component]
fn Fact(title: &'static str, values: Vec<String>, #[prop(optional)] code: bool) -> impl IntoView {
    let values: Vec<String> = values
        .into_iter()
        .filter(|value| !value.is_empty())
        .collect();
    let class = if code {
        "more-information-value more-information-code"
    } else {
        "more-information-value"
    };
    (!values.is_empty()).then(|| {
        let values = values
            .into_iter()
            .map(|value| view! { <span class=class>{value}</span> });
        view! {
            <div class="more-information-fact">
                <dt>{title}</dt>
                <dd>{values.collect_view()}</dd>
            </div>
        }
    })
}

/// An address, or why there is none: both are shown whatever there is, as Message Trace does.
#[component]
fn Ip(title: &'static str, ip: String, note: String) -> impl IntoView {
    let shown = match ip.is_empty() {
        false => view! { <span class="more-information-value more-information-code">{ip}</span> }
            .into_any(),
        true if note.is_empty() => {
            view! { <span class="more-information-blank">"not in the logs"</span> }.into_any()
        }
        true => view! {
            <span class="more-information-blank">"blank"</span>
            <Hint name=format!("Why {title} is blank") text=note />
        }
        .into_any(),
    };
    view! {
        <div class="more-information-fact">
            <dt>{title}</dt>
            <dd>{shown}</dd>
        </div>
    }
}

/// Every message that bears the same Message-ID, whenever it was.
#[component]
fn FindRelated(message_id: String) -> impl IntoView {
    let state = State::here();
    let message_id = StoredValue::new(message_id);
    view! {
        <Show when=move || !message_id.with_value(String::is_empty) && !state.form.is_related()>
            <button
                type="button"
                class="link more-information-related"
                title="Every message that bears this Message ID, whenever it was"
                on:click=move |_| message_id.with_value(|id| state.form.relate(id))
            >
                "Find related"
            </button>
        </Show>
    }
}
