//! Everyone the message went to, each with a status of their own.

use leptos::prelude::*;
use mailtrace::protocol::RecipientView;

use super::status_badge::StatusBadge;
use crate::ask;
use crate::format;
use crate::state::State;

/// So many are shown at once; a message to a whole company has thousands.
const SHOWN: usize = 100;

#[component]
pub fn Recipients(recipients: Vec<RecipientView>, delivery: u32) -> impl IntoView {
    let state = State::here();
    let title = format::count(recipients.len() as u64, "recipient");
    let more = recipients.len().saturating_sub(SHOWN);
    let rows = recipients
        .into_iter()
        .take(SHOWN)
        .map(|one| {
            let current = (one.delivery == delivery).then_some("true");
            view! {
                <li>
                    <button
                        type="button"
                        class="recipient"
                        aria-current=current
                        on:click=move |_| {
                            state.cursor.set(None);
                            ask::open(state, one.delivery);
                        }
                    >
                        <span class="recipient-address">{one.recipient}</span>
                        <StatusBadge status=one.status />
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="detail-section" aria-label="Recipients">
            <h3 class="detail-title">{title}</h3>
            <ul class="recipients">{rows}</ul>
            {(more > 0).then(|| view! { <p class="recipients-more">{format!("and {} more", format::number(more as u64))}</p> })}
        </section>
    }
}
