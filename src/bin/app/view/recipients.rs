//! Everyone the message went to, each with a status of their own; a group opens to its members.

use leptos::prelude::*;
use mailtrace::protocol::RecipientView;

use super::icon::{Icon, Sign};
use super::status_badge::{StatusBadge, name, sign};
use crate::ask;
use crate::format;
use crate::state::State;
use crate::tree::{Node, tree};

/// So many are shown at once; a message to a whole company has thousands.
const SHOWN: usize = 100;

/// A group of so many members, or fewer, is open from the beginning.
const SMALL: usize = 12;

#[component]
pub fn Recipients(recipients: Vec<RecipientView>, delivery: u32) -> impl IntoView {
    let title = format::count(recipients.len() as u64, "recipient");
    let nodes = tree(recipients);
    view! {
        <section class="detail-section" aria-label="Recipients">
            <h3 class="detail-title">{title}</h3>
            <div class="recipients">{list(nodes, delivery)}</div>
        </section>
    }
}

/// Recipients side by side. Those beyond the first hundreds are shown when asked for.
fn list(nodes: Vec<Node>, delivery: u32) -> AnyView {
    let all = nodes.len();
    // Where the delivery is that is looked at, the list is open that far.
    let here = nodes.iter().position(|node| node.holds(delivery));
    let shown = RwSignal::new(SHOWN.max(here.map_or(0, |at| at + 1)));
    let nodes = StoredValue::new(nodes);
    let rows = move || {
        let some = nodes.with_value(|nodes| {
            let some = nodes.iter().take(shown.get());
            some.cloned().collect::<Vec<_>>()
        });
        some.into_iter()
            .map(|node| view! { <One node=node delivery=delivery /> })
            .collect_view()
    };
    view! {
        <ul class="recipients-list">{rows}</ul>
        <Show when=move || shown.get() < all>
            <button type="button" class="recipients-more" on:click=move |_| shown.update(|shown| *shown += 10 * SHOWN)>
                {move || format!("Show {} more", format::number((all - shown.get()).min(10 * SHOWN) as u64))}
            </button>
        </Show>
    }
    .into_any()
}

#[component]
fn One(node: Node, delivery: u32) -> impl IntoView {
    let state = State::here();
    let one = node.recipient.clone();
    let current = (one.delivery == delivery).then_some("true");
    let members = node.members.len();
    let replaced = !one.replaced_by.is_empty();
    let has_row = |node: &Node| {
        node.recipient
            .recipient
            .eq_ignore_ascii_case(&one.replaced_by)
    };
    // Where the replacement stands just below, it need not be named twice.
    let named = replaced && !node.members.iter().any(has_row);
    let open = RwSignal::new(node.holds(delivery) || node.len() <= SMALL);
    let counts = (members > 0 && !replaced).then(|| view! { <Counts node=node.clone() /> });
    let label = match replaced {
        true => format!("What took the place of {}", one.recipient),
        false => format!("Members of {}", one.recipient),
    };
    let replacement = one.replaced_by.clone();
    let number = one.delivery;
    let below = StoredValue::new(node.members);
    view! {
        <li>
            <div class="recipient">
                {(members > 0)
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="recipient-unfold"
                                aria-label=label
                                aria-expanded=move || open.get().to_string()
                                on:click=move |_| open.update(|open| *open = !*open)
                            >
                                <Sign icon=Icon::ChevronDown />
                            </button>
                        }
                    })}
                <button
                    type="button"
                    class="recipient-open"
                    aria-current=current
                    on:click=move |_| {
                        state.cursor.set(None);
                        ask::open(state, number);
                    }
                >
                    <span class="recipient-address">
                        {one.recipient.clone()}
                        {replaced
                            .then(|| {
                                view! {
                                    <span class="recipient-replaced">
                                        {if named { format!("replaced by {replacement}") } else { "replaced by".to_owned() }}
                                    </span>
                                }
                            })}
                    </span>
                    <StatusBadge status=one.status />
                </button>
            </div>
            {counts}
            <Show when=move || members != 0 && open.get()>
                <div class="recipient-members">{list(below.get_value(), delivery)}</div>
            </Show>
        </li>
    }
}

/// `10 Delivered, 2 Failed`.
#[component]
fn Counts(node: Node) -> impl IntoView {
    let counts = node.counts().into_iter().map(|(status, count)| {
        view! {
            <li class="recipient-count" data-status=name(status)>
                <Sign icon=sign(status) />
                {format!("{} {}", format::number(count), status.title())}
            </li>
        }
    });
    view! { <ul class="recipient-counts" aria-label="Members by status">{counts.collect_view()}</ul> }
}
