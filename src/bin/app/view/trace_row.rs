//! A row of the trace table.

use leptos::prelude::*;
use mailtrace::protocol::RowView;

use super::status_badge::StatusBadge;
use crate::ask;
use crate::state::State;

/// The element that `aria-activedescendant` names.
pub fn row_id(index: u32) -> String {
    format!("trace-row-{index}")
}

#[component]
pub fn TraceRow(index: u32) -> impl IntoView {
    let state = State::here();
    let row = Memo::new(move |_| state.pages.with(|pages| pages.row(index).cloned()));
    let cursor = move || state.cursor.get() == Some(index);
    view! {
        <div
            class="trace-row"
            class:trace-row-cursor=cursor
            role="row"
            id=row_id(index)
            aria-rowindex=u64::from(index) + 2
            aria-selected=move || cursor().to_string()
            on:click=move |_| ask::open_row(state, index)
        >
            {move || row.get().map(|row| view! { <Cells row=row /> })}
        </div>
    }
}

#[component]
fn Cells(row: RowView) -> impl IntoView {
    let state = State::here();
    let time = row.time;
    let subject_class = if row.subject.is_empty() {
        "trace-row-subject trace-row-blank"
    } else {
        "trace-row-subject"
    };
    let date = move || state.date_time(time);
    view! {
        <span class="trace-row-date" role="gridcell">{date}</span>
        {cell("trace-row-sender", or_blank(row.sender, "<>"))}
        {cell("trace-row-recipient", row.recipient)}
        {cell(subject_class, or_blank(row.subject, "no subject in the log"))}
        <span class="trace-row-status" role="gridcell">
            <StatusBadge status=row.status />
        </span>
        {cell("trace-row-why", row.why)}
    }
}

/// A cell whose text may be cut by its column: the whole of it shows on hovering.
fn cell(class: &'static str, text: String) -> impl IntoView {
    let whole = text.clone();
    view! {
        <span class=class role="gridcell" title=whole>{text}</span>
    }
}

fn or_blank(text: String, blank: &'static str) -> String {
    if text.is_empty() {
        blank.to_owned()
    } else {
        text
    }
}
