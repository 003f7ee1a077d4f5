//! The message's ids and addresses, as Message Trace lists them.

use leptos::prelude::*;
use mailtrace::protocol::DetailView;

use crate::format;

#[component]
pub fn MoreInformation(detail: DetailView) -> impl IntoView {
    let size = detail.size.map(format::size_exact).unwrap_or_default();
    view! {
        <section class="detail-section" aria-label="More information">
            <h3 class="detail-title">"More information"</h3>
            <dl class="more-information">
                {fact("Message ID", vec![detail.message_id], true, String::new())}
                {fact("From IP", vec![detail.from_ip], true, detail.from_ip_note)}
                {fact("To IP", vec![detail.to_ip], true, detail.to_ip_note)}
                {fact("Size", vec![size], false, String::new())}
                {fact("Network message ID", vec![detail.network_message_id], true, String::new())}
                {fact("Queue ids", detail.queue_ids, true, String::new())}
                {fact("Envelope sender", vec![detail.return_path], false, String::new())}
                {fact("Signed in as", vec![detail.login], false, String::new())}
            </dl>
        </section>
    }
}

/// One line: its values, or why there is none; nothing at all where there is neither.
fn fact(title: &'static str, values: Vec<String>, code: bool, note: String) -> impl IntoView {
    let values: Vec<String> = values
        .into_iter()
        .filter(|value| !value.is_empty())
        .collect();
    let shown = !values.is_empty() || !note.is_empty();
    let class = if code {
        "more-information-value more-information-code"
    } else {
        "more-information-value"
    };
    shown.then(|| {
        let values = values.into_iter().map(|value| view! { <span class=class>{value}</span> });
        view! {
            <div class="more-information-fact">
                <dt>{title}</dt>
                <dd>
                    {values.collect_view()}
                    {(!note.is_empty()).then(|| view! { <span class="more-information-note">{note}</span> })}
                </dd>
            </div>
        }
    })
}
