//! The trace table: any number of rows, of which only those on the screen are in the document.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use mailtrace::search::Column;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::ResizeObserver;

use super::conditions::Conditions;
use super::icon::{Icon, Sign};
use super::trace_row::{TraceRow, row_id};
use crate::ask;
use crate::format;
use crate::scroll::Scroll;
use crate::state::State;

/// Below this many pixels there is no room for columns.
const FOLDED: i32 = 640;

#[component]
pub fn TraceTable() -> impl IntoView {
    let state = State::here();
    let head = NodeRef::<html::Div>::new();
    let window = Memo::new(move |_| state.scroll.with(Scroll::window));
    let rows = Memo::new(move |_| {
        state
            .found
            .with(|found| found.as_ref().map_or(0, |found| found.deliveries))
    });
    let years = Memo::new(move |_| !state.of_one_year());
    measure(state, head);
    Effect::new(move |_| resize(state, rows.get(), state.row_height(), None));
    Effect::new(move |_| {
        window.track();
        ask::fetch(state);
    });
    let settle = settle_later(state);
    view! {
        <div
            class="trace-table"
            class:trace-table-years=move || years.get()
            class:trace-table-folded=move || state.folded.get()
            role="grid"
            tabindex="0"
            aria-label="Message trace"
            aria-rowcount=move || u64::from(rows.get()) + 1
            aria-activedescendant=move || state.cursor.get().map(row_id)
            node_ref=state.grid
            on:scroll=move |_| {
                if let Some(grid) = state.grid.get_untracked() {
                    state.scroll.update(|scroll| scroll.scrolled(f64::from(grid.scroll_top())));
                    settle();
                }
            }
        >
            <div class="trace-table-head" role="row" aria-rowindex="1" node_ref=head>
                <Heading title="Date" column=Column::Date />
                <Heading title="Sender" column=Column::Sender />
                <Heading title="Recipient" column=Column::Recipient />
                <Heading title="Subject" column=Column::Subject />
                <Heading title="Status" column=Column::Status />
                <span class="trace-table-heading" role="columnheader">"Why"</span>
            </div>
            <div
                class="trace-table-body"
                role="rowgroup"
                style:height=move || format!("{}px", state.scroll.with(Scroll::height))
            >
                <div
                    class="trace-table-window"
                    role="presentation"
                    style:transform=move || format!("translateY({}px)", state.scroll.with(Scroll::lead))
                >
                    <For each=move || window.get() key=|index| *index let:index>
                        <TraceRow index=index />
                    </For>
                </div>
            </div>
        </div>
        <Show when=move || state.found.with(|found| found.as_ref().is_some_and(|found| found.deliveries == 0))>
            <NoRows />
        </Show>
    }
}

#[component]
fn Heading(title: &'static str, column: Column) -> impl IntoView {
    let state = State::here();
    let order = move || {
        let sort = state.sort.get();
        (sort.column == column).then_some(sort.descending)
    };
    view! {
        <span
            class="trace-table-heading"
            role="columnheader"
            aria-sort=move || match order() {
                Some(true) => "descending",
                Some(false) => "ascending",
                None => "none",
            }
        >
            <button type="button" class="trace-table-sort" on:click=move |_| ask::sort_by(state, column)>
                {title}
                {move || {
                    order()
                        .map(|down| {
                            let icon = if down { Icon::ChevronDown } else { Icon::ChevronUp };
                            view! { <Sign icon=icon /> }
                        })
                }}
            </button>
        </span>
    }
}

/// An empty result says what emptied it, as far as the counts tell, and what to loosen.
#[component]
fn NoRows() -> impl IntoView {
    let state = State::here();
    let words = move || {
        let found = state.found.get().unwrap_or_default();
        let others: u32 = found.by_status.iter().sum();
        if found.of == 0 && state.importing() {
            "The first rows will be here in a moment.".to_owned()
        } else if found.of == 0 && found.probes > 0 {
            "There is only probe traffic here; it can be shown on the left.".to_owned()
        } else if found.of == 0 {
            "No message has been found in these sources. The account of each is under Imports."
                .to_owned()
        } else if let Some(fault) = state.form.fault() {
            fault
        } else if others > 0 {
            let others = format::count(others.into(), "delivery");
            format!("{others} would match with any status.")
        } else if state.form.conditions().len() == 1 {
            "Nothing matches this condition. A part of an address is enough, and * stands for any text.".to_owned()
        } else {
            "Nothing matches all of these conditions. Take one back:".to_owned()
        }
    };
    view! {
        <div class="no-rows">
            <p class="no-rows-title">"No deliveries to show"</p>
            <p>{words}</p>
            <Conditions />
        </div>
    }
}

/// Tells the scroll how tall the screen is, whenever that changes.
fn measure(state: State, head: NodeRef<html::Div>) {
    let look = move || {
        if let (Some(grid), Some(head)) = (state.grid.get_untracked(), head.get_untracked()) {
            let view = f64::from(grid.client_height() - head.offset_height()).max(0.0);
            state.folded.set(grid.client_width() < FOLDED);
            let (rows, row_height) = state
                .scroll
                .with_untracked(|scroll| (scroll.rows, scroll.row_height));
            resize(state, rows, row_height, Some(view));
        }
    };
    Effect::new(move |_| {
        let Some(grid) = state.grid.get() else { return };
        let closure = Closure::<dyn Fn()>::new(look);
        let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) else {
            look();
            return;
        };
        observer.observe(&grid);
        // The closure lives as long as the table that is observed.
        let kept = StoredValue::new_local(Some((observer, closure)));
        on_cleanup(move || {
            if let Some(Some((observer, _))) = kept.try_update_value(Option::take) {
                observer.disconnect();
            }
        });
    });
}

/// Keeps the rows where they are when their number, their height or the screen changes.
fn resize(state: State, rows: u32, row_height: f64, view: Option<f64>) {
    let same = state.scroll.with_untracked(|scroll| {
        scroll.rows == rows
            && scroll.row_height == row_height
            && view.is_none_or(|view| view == scroll.view)
    });
    if same {
        return;
    }
    let bar = state.scroll.try_update(|scroll| {
        let view = view.unwrap_or(scroll.view);
        scroll.resized(rows, row_height, view)
    });
    // The element takes its new height first.
    request_animation_frame(move || {
        if let (Some(grid), Some(bar)) = (state.grid.get_untracked(), bar) {
            grid.set_scroll_top(bar as i32);
        }
    });
}

/// Puts the bar of a long table where it belongs, a moment after it was last moved.
fn settle_later(state: State) -> impl Fn() {
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    move || {
        if let Some(waiting) = waiting.get_value() {
            waiting.clear();
        }
        let settle = move || {
            let bar = state.scroll.try_update(|scroll| {
                let bar = scroll.settled().round();
                scroll.bar = bar;
                bar
            });
            if let (Some(grid), Some(bar)) = (state.grid.get_untracked(), bar)
                && f64::from(grid.scroll_top()) != bar
            {
                grid.set_scroll_top(bar as i32);
            }
        };
        waiting.set_value(set_timeout_with_handle(settle, Duration::from_millis(200)).ok());
    }
}
