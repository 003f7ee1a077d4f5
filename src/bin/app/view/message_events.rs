//! What happened to the message, event by event.

use leptos::prelude::*;
use mailtrace::protocol::EventView;

use crate::state::State;

#[component]
pub fn MessageEvents(events: Vec<EventView>) -> impl IntoView {
    view! {
        <section class="detail-section" aria-label="Message events">
            <h3 class="detail-title">"Message events"</h3>
            <table class="message-events">
                <thead>
                    <tr>
                        <th scope="col">"Date"</th>
                        <th scope="col">"Event"</th>
                        <th scope="col">"Detail"</th>
                    </tr>
                </thead>
                <tbody>{events.into_iter().map(|event| view! { <Row event=event /> }).collect_view()}</tbody>
            </table>
        </section>
    }
}

#[component]
fn Row(event: EventView) -> impl IntoView {
    let state = State::here();
    let time = event.time;
    let raw = (!event.raw.eq_ignore_ascii_case(&event.event)).then_some(event.raw);
    view! {
        <tr class="message-event" class:message-event-decides=event.decides>
            <td class="message-event-date">{move || state.date_time_exact(time)}</td>
            <td>
                <span class="message-event-name">{event.event}</span>
                " "
                {raw.map(|raw| view! { <code class="message-event-raw" title="The log’s own word">{raw}</code> })}
            </td>
            <td class="message-event-detail">
                {event.detail}
                {(!event.host.is_empty()).then(|| view! { <span class="message-event-host">{event.host}</span> })}
                {event.decides.then(|| view! { <span class="message-event-mark">"Decides the status"</span> })}
            </td>
        </tr>
    }
}
