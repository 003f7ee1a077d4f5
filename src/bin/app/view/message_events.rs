//! What happened to the message, event by event.

use leptos::prelude::*;
use mailtrace::protocol::EventView;

use crate::state::State;

#[component]
pub fn MessageEvents(
    events: Vec<EventView>,
    /// The station whose events are marked.
    marked: RwSignal<Option<u32>>,
) -> impl IntoView {
    let rows = events
        .into_iter()
        .map(|event| view! { <Row event=event marked=marked /> });
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
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
}

#[component]
fn Row(event: EventView, marked: RwSignal<Option<u32>>) -> impl IntoView {
    let state = State::here();
    let (time, station) = (event.time, event.station);
    let is_marked = move || station.is_some() && marked.get() == station;
    let raw = (!event.raw.eq_ignore_ascii_case(&event.event)).then_some(event.raw);
    view! {
        <tr
            class="message-event"
            class:message-event-decides=event.decides
            class:message-event-marked=is_marked
            data-station=station
            tabindex="-1"
        >
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
